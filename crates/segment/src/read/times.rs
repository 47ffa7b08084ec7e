//! Lines that count only for a time: the `time` match of iptables (iptables-extensions(8), "time"; the kernel's
//! xt_time) and absolute time ranges of Cisco IOS and ASA (Cisco IOS Security Command Reference, "time-range",
//! "absolute").
//!
//! A configuration by itself does not say whether such a line counts; [`Configuration::at`] answers that for one moment,
//! and says how long the answer holds.

use super::Configuration;
use super::ios::Words;
use crate::lists::Line;
use cordon_model::Timestamp;
use std::collections::BTreeMap;

const MICROS_PER_SECOND: i64 = 1_000_000;
const SECONDS_PER_DAY: i64 = 86_400;
/// Days that are looked ahead for the next turn of a line that counts on some days only: no week lacks one.
const DAYS_AHEAD: i64 = 8;
/// Within so many seconds behind the end, equipment of Cisco's may still count a line: the last minute belongs to the
/// range, and it is looked at once a minute (Cisco ASA Series Firewall CLI Configuration Guide, "Access Control Lists":
/// 80 to 100 seconds).
const CISCO_LATE_SECONDS: i64 = 160;

/// When a line counts, in seconds of UTC since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// Not before.
    from: Option<i64>,
    /// Not after; this second still belongs to it.
    until: Option<i64>,
    /// So many seconds behind the end it is not known.
    late: i64,
    /// Seconds of the day, both ends included; the first may be the later one, over midnight.
    daily: (i64, i64),
    /// Days of the week, Monday first.
    weekdays: [bool; 7],
}

impl Default for Window {
    /// Always.
    fn default() -> Window {
        Window { from: None, until: None, late: 0, daily: (0, SECONDS_PER_DAY - 1), weekdays: [true; 7] }
    }
}

impl Window {
    /// Whether it counts then; `None` where equipment may be late.
    fn holds(&self, now: i64) -> Option<bool> {
        if self.from.is_some_and(|from| now < from) {
            return Some(false);
        }
        if let Some(until) = self.until.filter(|until| now > *until) {
            return if now <= until.saturating_add(self.late) { None } else { Some(false) };
        }
        let (day, second) = (now.div_euclid(SECONDS_PER_DAY), now.rem_euclid(SECONDS_PER_DAY));
        // The first of January 1970 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).unwrap_or(0);
        let (first, last) = self.daily;
        let is_hour = match first <= last {
            true => (first..=last).contains(&second),
            false => second >= first || second <= last,
        };
        Some(is_hour && self.weekdays.get(weekday).copied().unwrap_or(false))
    }

    /// When the answer is another one for the first time; `None` where it stays.
    fn turns(&self, now: i64) -> Option<i64> {
        let answer = self.holds(now);
        let midnight = now.div_euclid(SECONDS_PER_DAY) * SECONDS_PER_DAY;
        let days = (0..DAYS_AHEAD).map(|day| midnight + day * SECONDS_PER_DAY);
        let daily = days.flat_map(|day| [day, day + self.daily.0, day + self.daily.1 + 1]);
        let ends = [
            self.from,
            self.until.map(|until| until.saturating_add(1)),
            self.until.map(|until| until.saturating_add(self.late).saturating_add(1)),
        ];
        let turns = ends.into_iter().flatten().chain(daily);
        turns.filter(|at| *at > now && self.holds(*at) != answer).min()
    }

    /// The end of a `time` match of iptables; false where its value is not read.
    pub(super) fn option(&mut self, option: &str, value: &str) -> bool {
        let taken = match option {
            "--datestart" => date_time(value).map(|at| self.from = Some(at)),
            "--datestop" => date_time(value).map(|at| self.until = Some(at)),
            "--timestart" => clock(value).map(|at| self.daily.0 = at),
            "--timestop" => clock(value).map(|at| self.daily.1 = at),
            "--weekdays" => weekdays(value).map(|days| self.weekdays = days),
            _ => None,
        };
        taken.is_some()
    }
}

/// `2026-11-22T13:30:00`, from which anything behind the year may be left out.
fn date_time(word: &str) -> Option<i64> {
    let (date, time) = word.split_once('T').unwrap_or((word, "00:00:00"));
    let mut parts = date.split('-');
    let year = parts.next()?.parse().ok()?;
    let mut part = || parts.next().map_or(Some(1), |part| part.parse().ok());
    day(year, part()?, part()?)?.checked_add(clock(time)?)
}

/// The first second of a day.
fn day(year: i64, month: u32, day: u32) -> Option<i64> {
    // What the kernel takes: 32 bits of seconds.
    (1970..=2106).contains(&year).then_some(())?;
    Some(Timestamp::from_date(year, month, day)?.micros() / MICROS_PER_SECOND)
}

/// `13:30:00` or `13:30`: the second of the day.
fn clock(word: &str) -> Option<i64> {
    let mut parts = word.split(':');
    let mut part = |most: i64, default: Option<&'static str>| {
        parts.next().or(default)?.parse::<i64>().ok().filter(|number| (0..=most).contains(number))
    };
    let (hours, minutes, seconds) = (part(23, None)?, part(59, None)?, part(59, Some("0"))?);
    parts.next().is_none().then_some(hours * 3_600 + minutes * 60 + seconds)
}

/// `Mon,Tue` or `1,2`, Monday first.
fn weekdays(words: &str) -> Option<[bool; 7]> {
    const NAMES: [&str; 7] = ["mo", "tu", "we", "th", "fr", "sa", "su"];
    let mut days = [false; 7];
    for word in words.split(',') {
        let short = word.get(..2).unwrap_or(word).to_ascii_lowercase();
        let at = match word.parse::<usize>() {
            Ok(number) => number.checked_sub(1)?,
            Err(_) => NAMES.iter().position(|name| *name == short)?,
        };
        *days.get_mut(at)? = true;
    }
    Some(days)
}

/// Time ranges of Cisco's equipment by name; those that are not read wholly are not among them.
#[derive(Debug, Default)]
pub(super) struct Ranges {
    windows: BTreeMap<String, Window>,
}

impl Ranges {
    /// Those of a configuration. Its clock is taken as its `clock timezone` sets it, UTC without; where it changes in
    /// summer, nothing is known of when ranges begin and end.
    pub(super) fn of(text: &str) -> Ranges {
        let (mut found, mut open): (BTreeMap<String, Option<Window>>, Option<String>) =
            (BTreeMap::new(), None);
        let mut zone = Some(0);
        for line in text.lines() {
            let mut words = Words::of(line);
            if line.starts_with([' ', '\t']) {
                if let Some(window) = open.as_ref().and_then(|name| found.get_mut(name)) {
                    *window = match words.next() {
                        Some("absolute") => window.take().and_then(|_| absolute(words)),
                        _ => None,
                    };
                }
                continue;
            }
            open = None;
            match (words.next(), words.next()) {
                (Some("time-range"), Some(name)) => {
                    found.entry(name.to_owned()).or_insert_with(|| Some(Window::default()));
                    open = Some(name.to_owned());
                }
                (Some("clock"), Some("timezone")) => {
                    words.next();
                    zone = offset(words);
                }
                (Some("clock"), Some("summer-time")) => zone = None,
                _ => {}
            }
        }
        let Some(zone) = zone else { return Ranges::default() };
        let utc = |at: Option<i64>| at.map(|at| at - zone);
        let windows = found.into_iter().filter_map(|(name, window)| {
            let window = window.filter(|window| window.from.is_some() || window.until.is_some())?;
            Some((name, Window { from: utc(window.from), until: utc(window.until), ..window }))
        });
        Ranges { windows: windows.collect() }
    }

    pub(super) fn window(&self, name: &str) -> Option<&Window> {
        self.windows.get(name)
    }
}

/// Hours and perhaps minutes from UTC, in seconds.
fn offset(mut words: Words<'_>) -> Option<i64> {
    let hours: i64 = words.next()?.parse().ok().filter(|hours| (-23..=23).contains(hours))?;
    let minutes: i64 = match words.next() {
        Some(word) => word.parse().ok().filter(|minutes| (0..60).contains(minutes))?,
        None => 0,
    };
    Some(hours * 3_600 + if hours < 0 { -minutes * 60 } else { minutes * 60 })
}

/// `[start TIME DAY MONTH YEAR] [end TIME DAY MONTH YEAR]`; month and day also the other way round.
fn absolute(mut words: Words<'_>) -> Option<Window> {
    let mut window = Window { late: CISCO_LATE_SECONDS, ..Window::default() };
    while let Some(word) = words.next() {
        let second = clock(words.next()?)?;
        let (first, other, year) = (words.next()?, words.next()?, words.next()?.parse().ok()?);
        let (number, name) = if first.parse::<u32>().is_ok() { (first, other) } else { (other, first) };
        let at = day(year, month(name)?, number.parse().ok()?)?.checked_add(second)?;
        match word {
            "start" => window.from = Some(at),
            "end" => window.until = Some(at),
            _ => return None,
        }
    }
    Some(window)
}

fn month(name: &str) -> Option<u32> {
    const NAMES: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let short = name.get(..3)?.to_ascii_lowercase();
    let at = NAMES.iter().position(|one| *one == short)?;
    u32::try_from(at + 1).ok()
}

/// A line that counts only for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Timed {
    list: String,
    place: u32,
    window: Window,
}

/// Whether a line that counts only for a time counts now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timely {
    /// The line's place in the file, from 1.
    pub place: u32,
    /// The line.
    pub text: String,
    /// True where it counts; `None` where equipment may be a little late.
    pub counts: Option<bool>,
    /// Until when that is so; `None` for good.
    pub until: Option<Timestamp>,
}

/// What a line says of itself that counts only for a time, before the time is known.
const DEPENDS: &str = "when it counts depends on the time";

impl Configuration {
    /// Keeps that a line counts only for a time; one that is not understood for another reason stays so.
    pub(super) fn timed(&mut self, list: &str, line: &mut Line, window: Option<Window>) {
        let Some(window) = window.filter(|_| line.not_understood.is_none()) else { return };
        line.not_understood = Some(DEPENDS.to_owned());
        self.timed.push(Timed { list: list.to_owned(), place: line.place, window });
    }

    /// The configuration as it is in force at one moment: lines that count only for a time count, or are gone.
    #[must_use]
    pub fn at(mut self, now: Timestamp) -> Configuration {
        let seconds = now.micros().div_euclid(MICROS_PER_SECOND);
        for timed in std::mem::take(&mut self.timed) {
            let lines = self.lists.get_mut(&timed.list).map(|list| &mut list.lines);
            let Some(lines) = lines else { continue };
            let is_it =
                |line: &Line| line.place == timed.place && line.not_understood.as_deref() == Some(DEPENDS);
            let Some(at) = lines.iter().position(is_it) else { continue };
            let Some(line) = lines.get_mut(at) else { continue };
            let counts = timed.window.holds(seconds);
            self.timely.push(Timely {
                place: line.place,
                text: line.text.clone(),
                counts,
                until: timed.window.turns(seconds).map(Timestamp::from_seconds),
            });
            match counts {
                Some(true) => line.not_understood = None,
                Some(false) => drop(lines.remove(at)),
                None => continue,
            }
            self.doubtful_lines = self.doubtful_lines.saturating_sub(1);
            self.passed_over_count = self.passed_over_count.saturating_sub(1);
            self.passed_over.retain(|(place, _)| *place != timed.place);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lists::Verdict;
    use crate::read::{cisco_asa, cisco_ios, iptables};

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn window(options: &[(&str, &str)]) -> Window {
        let mut window = Window::default();
        options.iter().for_each(|(option, value)| assert!(window.option(option, value), "{option} {value}"));
        window
    }

    fn seconds(text: &str) -> i64 {
        time(text).micros() / MICROS_PER_SECOND
    }

    #[test]
    fn a_window_holds_through_its_last_second_and_says_until_when() {
        let held = window(&[("--datestop", "2026-11-22T13:30:00")]);
        assert_eq!(held.holds(seconds("2026-11-22T13:30:00Z")), Some(true));
        assert_eq!(held.holds(seconds("2026-11-22T13:30:01Z")), Some(false));
        assert_eq!(held.turns(seconds("2026-11-22T12:00:00Z")), Some(seconds("2026-11-22T13:30:01Z")));
        assert_eq!(held.turns(seconds("2026-11-22T14:00:00Z")), None);
        // The 22nd of November 2026 is a Sunday.
        let office =
            window(&[("--timestart", "08:00"), ("--timestop", "17:59:59"), ("--weekdays", "Mon,Tue,5")]);
        assert_eq!(office.holds(seconds("2026-11-22T12:00:00Z")), Some(false));
        assert_eq!(office.turns(seconds("2026-11-22T12:00:00Z")), Some(seconds("2026-11-23T08:00:00Z")));
        assert_eq!(office.holds(seconds("2026-11-27T17:59:59Z")), Some(true));
        assert_eq!(office.turns(seconds("2026-11-27T17:00:00Z")), Some(seconds("2026-11-27T18:00:00Z")));
        let night = window(&[("--timestart", "22:00"), ("--timestop", "05:59")]);
        assert_eq!(night.holds(seconds("2026-11-22T23:00:00Z")), Some(true));
        assert_eq!(night.holds(seconds("2026-11-22T12:00:00Z")), Some(false));
        assert_eq!(night.turns(seconds("2026-11-22T23:00:00Z")), Some(seconds("2026-11-23T05:59:01Z")));
        for (option, value) in
            [("--datestop", "tomorrow"), ("--timestop", "25:00"), ("--weekdays", "0"), ("--monthdays", "1")]
        {
            assert!(!Window::default().option(option, value), "{option} {value}");
        }
    }

    const SAVED: &str = "*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -s 10.0.0.5/32 -m time --datestop 2026-11-22T13:30:00 \
        -j DROP\n-A FORWARD -s 10.0.0.6/32 -m time --timestart 08:00:00 --monthdays 1 -j DROP\n-A FORWARD -s 10.0.0.7/32 \
        -m time --timestart 08:00:00 --kerneltz -j DROP\nCOMMIT\n";

    #[test]
    fn lines_of_iptables_count_for_their_time() {
        let found = iptables(SAVED, &[]).unwrap();
        assert_eq!((found.doubtful_lines, found.passed_over_count), (3, 3));
        let during = found.clone().at(time("2026-11-22T12:00:00Z"));
        assert_eq!((during.doubtful_lines, during.passed_over_count), (2, 2));
        let lines = |found: &Configuration| found.lists["ip filter FORWARD"].lines.clone();
        assert_eq!(lines(&during)[0].not_understood, None);
        assert_eq!(lines(&during)[0].verdict, Verdict::Deny);
        let told = &during.timely[0];
        assert_eq!(
            (told.place, told.counts, told.until),
            (3, Some(true), Some(time("2026-11-22T13:30:01Z")))
        );
        let after = found.at(time("2026-11-22T13:30:01Z"));
        assert_eq!(lines(&after).len(), 2);
        assert_eq!((after.timely[0].counts, after.timely[0].until), (Some(false), None));
        assert!(lines(&after).iter().all(|line| line.not_understood.is_some()));
    }

    const ROUTER: &str = "interface Vlan1\n ip address 10.0.0.1 255.255.255.0\n ip access-group A in\ntime-range HELD\n \
        absolute end 13:30 22 November 2026\ntime-range NIGHT\n periodic daily 22:00 to 23:59\nip access-list extended A\n \
        deny ip host 10.0.0.5 any time-range HELD\n deny ip host 10.0.0.6 any time-range NIGHT\n permit ip any any\n";

    #[test]
    fn absolute_ranges_of_cisco_count_for_their_time() {
        let counts = |text: &str, now: &str| cisco_ios(text).unwrap().at(time(now)).timely[0].counts;
        assert_eq!(counts(ROUTER, "2026-11-22T13:30:00Z"), Some(true));
        assert_eq!(counts(ROUTER, "2026-11-22T13:31:00Z"), None, "the router may be late");
        assert_eq!(counts(ROUTER, "2026-11-22T13:33:00Z"), Some(false));
        let found = cisco_ios(ROUTER).unwrap().at(time("2026-11-22T13:00:00Z"));
        assert_eq!((found.doubtful_lines, found.timely.len()), (1, 1), "periodic ranges are not read");
        let berlin = format!("clock timezone CET 1\n{ROUTER}");
        assert_eq!(counts(&berlin, "2026-11-22T12:30:00Z"), Some(true));
        assert_eq!(counts(&berlin, "2026-11-22T12:33:00Z"), Some(false));
        let summer = format!("clock summer-time CEST recurring\n{ROUTER}");
        assert_eq!(cisco_ios(&summer).unwrap().at(time("2026-11-22T12:30:00Z")).timely, []);
        let firewall = "ASA Version 9.16(4)\ntime-range HELD\n absolute start 08:00 22 November 2026 end 13:30 22 November \
            2026\naccess-list A extended deny ip host 10.0.0.5 any4 time-range HELD\naccess-list A extended permit ip any \
            any\naccess-group A in interface inside\n";
        let counts = |now: &str| cisco_asa(firewall).unwrap().at(time(now)).timely[0].counts;
        assert_eq!(counts("2026-11-22T07:59:59Z"), Some(false));
        assert_eq!(counts("2026-11-22T08:00:00Z"), Some(true));
        assert_eq!(counts("2026-11-22T14:00:00Z"), Some(false));
    }
}
