//! Whether each device was watched long enough, and everything usual of its kind answered for, that its rules may be
//! enforced.
//!
//! Days and hours are judged so that no time zone matters: a watch that saw all seven days of the week and nearly all
//! hours of the day has seen days, nights and weekends wherever the site lies.

use crate::Settings;
use crate::expect::{Expected, Missing};
use crate::hours::Hours;
use cordon_model::Timestamp;
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::segment::{Coverage, Need, NeedState, Party};
use std::collections::BTreeMap;

const MICROS_PER_DAY: f64 = 86_400_000_000.0;

/// The watch as a whole must have seen something on every day of the week …
const WATCH_DAYS_MIN: usize = 7;
/// … and in so many of the 24 hours of the day, or nights were not watched.
const WATCH_HOURS_MIN: usize = 20;

/// A device must itself have been seen on so many days of the week; one that works on weekdays only is seen on five.
const DEVICE_DAYS_MIN: usize = 4;

/// How many things a sentence names before it counts.
const NAMED_MAX: usize = 2;

#[derive(Clone, Copy)]
struct Span {
    first: Timestamp,
    last: Timestamp,
    hours: Hours,
}

pub(crate) fn of_estate(
    estate: &Estate,
    needs: &[Need],
    expected: &Expected,
    settings: &Settings,
) -> Vec<Coverage> {
    let mut spans: BTreeMap<&DeviceId, Span> = BTreeMap::new();
    let mut watch = Hours::default();
    for both in &estate.conversations {
        let flow = &both.conversation;
        let hours = Hours::of(&flow.hours);
        watch.merge(hours);
        for id in [&both.client_device, &both.server_device].into_iter().flatten() {
            let known = spans.entry(id).or_insert(Span { first: flow.first, last: flow.last, hours });
            known.first = known.first.min(flow.first);
            known.last = known.last.max(flow.last);
            known.hours.merge(hours);
        }
    }
    let mut open: BTreeMap<&DeviceId, u64> = BTreeMap::new();
    for need in needs.iter().filter(|need| need.state == NeedState::Proposed) {
        for party in [&need.from, &need.to] {
            if let Party::Device(id) = party {
                *open.entry(id).or_insert(0) += 1;
            }
        }
    }
    let nothing = Vec::new();
    let judge = |device: &Device| {
        let missing = expected.missing.get(&device.id).unwrap_or(&nothing);
        let known = Known {
            span: spans.get(&device.id).copied(),
            unconfirmed: open.get(&device.id).copied().unwrap_or(0),
            missing,
        };
        known.judge(device, watch, settings)
    };
    estate.devices.iter().map(judge).collect()
}

/// What is known of one device.
struct Known<'a> {
    span: Option<Span>,
    unconfirmed: u64,
    missing: &'a [Missing],
}

impl Known<'_> {
    fn judge(&self, device: &Device, watch: Hours, settings: &Settings) -> Coverage {
        let days = self.days();
        let hours = self.span.map(|span| span.hours).unwrap_or_default();
        // What would have shown itself in this time did not; it is listed and no longer a reason to wait.
        let too_rare = |missing: &&Missing| missing.every_days.is_some_and(|every| days < f64::from(every));
        let purposes = |of: &[&Missing]| of.iter().map(|missing| missing.purpose.clone()).collect();
        let usual: Vec<&Missing> =
            self.missing.iter().filter(|missing| missing.every_days.is_none()).collect();
        let rare: Vec<&Missing> = self.missing.iter().filter(too_rare).collect();
        let against = self.against(&usual, &rare, watch, settings);
        let why = if against.is_empty() {
            format!(
                "seen for {}, days, nights and weekends watched, every need confirmed and everything usual of its kind \
                 seen or answered for",
                length(days)
            )
        } else {
            against.join("; ")
        };
        Coverage {
            device: device.id.clone(),
            days,
            ready: against.is_empty(),
            why,
            roles: device.roles.clone(),
            hours: hours.count(),
            weekday: hours.has_weekday(),
            night: hours.has_night(),
            weekend: hours.has_weekend(),
            unconfirmed: self.unconfirmed,
            missing: purposes(&usual),
            rare: purposes(&rare),
        }
    }

    fn days(&self) -> f64 {
        self.span.map_or(0.0, |span| span.last.micros_since(span.first).max(0) as f64 / MICROS_PER_DAY)
    }

    /// Every reason to wait, the weightiest first.
    fn against(
        &self,
        usual: &[&Missing],
        rare: &[&Missing],
        watch: Hours,
        settings: &Settings,
    ) -> Vec<String> {
        let Some(span) = self.span else {
            return vec!["no conversation of it was seen, so nothing is known of what it needs".to_owned()];
        };
        let (days, min) = (self.days(), settings.days_min);
        let mut against = Vec::new();
        if days < min {
            let span = length(days);
            against.push(format!(
                "seen for {span}; {min:.0} days with a weekend are needed before its rules may be enforced"
            ));
        } else if watch.days() < WATCH_DAYS_MIN {
            against.push(format!(
                "the network was watched on {} of the seven days of the week only",
                watch.days()
            ));
        } else if watch.hours_of_day() < WATCH_HOURS_MIN {
            against.push(format!(
                "the network was watched in {} of the 24 hours of the day only, so nights are missing",
                watch.hours_of_day()
            ));
        } else if span.hours.days() < DEVICE_DAYS_MIN {
            against.push(format!("itself seen on {} days of the week only", span.hours.days()));
        }
        if let Some(named) = named(usual) {
            against.push(format!("a device of this kind usually needs to {named}, which was never seen"));
        }
        if let Some(named) = named(rare) {
            against.push(format!(
                "nobody has said whether it needs to {named}, which is too rare to be seen in this time"
            ));
        }
        match self.unconfirmed {
            0 => {}
            1 => against.push("one of its needs is not confirmed".to_owned()),
            count => against.push(format!("{count} of its needs are not confirmed")),
        }
        against
    }
}

fn named(missing: &[&Missing]) -> Option<String> {
    let names: Vec<&str> = missing.iter().take(NAMED_MAX).map(|one| one.purpose.as_str()).collect();
    match missing.len().saturating_sub(NAMED_MAX) {
        _ if names.is_empty() => None,
        0 => Some(names.join(", to ")),
        more => Some(format!("{} and {more} more", names.join(", to "))),
    }
}

fn length(days: f64) -> String {
    if days >= 2.0 {
        format!("{days:.1} days")
    } else if days >= 2.0 / 24.0 {
        format!("{:.1} hours", days * 24.0)
    } else {
        format!("{:.0} minutes", days * 24.0 * 60.0)
    }
}
