//! Until when operating systems are supported, by version and edition, with a source for every date.
//!
//! A system is looked up by what a claim says about it; where the claim fits editions that end at different
//! times, the answer is "unknown" together with what each edition would mean, never the likeliest date.

use crate::file::{File, KnowledgeError};
use crate::reference::{day, mistake};
use cordon_model::Timestamp;
use cordon_model::assess::SupportStatus;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// How long an entry without an end date is believed after it was read.
const OPEN_ENDED_DAYS: i64 = 400;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SystemFile {
    system: String,
    names: Vec<String>,
    read: Option<String>,
    no_dates: Option<String>,
    source: Option<String>,
    #[serde(default)]
    release: Vec<ReleaseFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReleaseFile {
    label: String,
    versions: Vec<String>,
    #[serde(default)]
    marks: Vec<String>,
    mainstream: Option<String>,
    security: Option<String>,
    paid: Option<String>,
    #[serde(default)]
    open_ended: bool,
    source: String,
}

/// One edition of one version of an operating system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Release {
    /// The name a person reads, such as `Windows 10 Enterprise LTSC 1809`.
    pub label: String,
    /// End of regular updates: the first instant after the last day with them.
    pub mainstream_end: Option<Timestamp>,
    /// End of security updates free of extra charge.
    pub security_end: Option<Timestamp>,
    /// End of updates against extra payment, where the maker sells them.
    pub paid_end: Option<Timestamp>,
    /// Who says so.
    pub source: String,
    versions: Vec<String>,
    marks: Vec<String>,
    /// Supported without an announced end, believed until this time.
    open_until: Option<Timestamp>,
}

impl Release {
    /// The support status at `now`.
    pub fn status(&self, now: Timestamp) -> SupportStatus {
        if let Some(until) = self.open_until {
            return if now < until { SupportStatus::Supported } else { SupportStatus::Unknown };
        }
        let before = |end: Option<Timestamp>| end.is_some_and(|end| now < end);
        if before(self.mainstream_end) {
            SupportStatus::Supported
        } else if before(self.security_end) {
            SupportStatus::Limited
        } else if before(self.paid_end) {
            SupportStatus::Extended
        } else {
            SupportStatus::Ended
        }
    }
}

/// What the lifecycle knowledge says about one operating system claim.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OsSupport {
    /// The status at the time asked for.
    pub status: SupportStatus,
    /// The last day with free security updates, as the start of that day; `None` when not known or when
    /// editions differ.
    pub until: Option<Timestamp>,
    /// The edition, when the claim fits one only; else the version.
    pub label: Option<String>,
    /// Who says so.
    pub source: Option<String>,
    /// Why the status is unknown although the system is known, in a sentence.
    pub note: Option<String>,
}

#[derive(Clone, Debug)]
struct System {
    names: Vec<Vec<String>>,
    no_dates: Option<String>,
    source: Option<String>,
    releases: Vec<Release>,
}

/// The lifecycle of every known operating system.
#[derive(Clone, Debug, Default)]
pub struct Lifecycle {
    systems: BTreeMap<String, System>,
}

impl Lifecycle {
    /// Reads and validates lifecycle files; of two files that speak of the same thing the later stands.
    pub(crate) fn load(files: &[File<'_>]) -> Result<Lifecycle, KnowledgeError> {
        let mut systems = BTreeMap::new();
        for file in files {
            let table: SystemFile = file.read()?;
            systems.insert(table.system.clone(), system(file, table)?);
        }
        Ok(Lifecycle { systems })
    }

    /// What is known at `now` about the system a claim calls `os`, with `version` as the claim states it.
    pub fn lookup(&self, os: &str, version: Option<&str>, now: Timestamp) -> OsSupport {
        let mut words = tokens(os);
        words.extend(tokens(version.unwrap_or_default()));
        let Some((system, rest)) = self.system_of(&words) else {
            return OsSupport::default();
        };
        if let Some(why) = &system.no_dates {
            let note = Some(why.clone());
            return OsSupport { note, source: system.source.clone(), ..OsSupport::default() };
        }
        let fitting = system.fitting(&rest);
        judge(&fitting, now)
    }

    /// How many releases are known.
    pub fn len(&self) -> usize {
        self.systems.values().map(|system| system.releases.len()).sum()
    }

    /// True when none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The system with the longest name among the words, and the words that are not its name's first word
    /// (`embedded` in `windows embedded` still tells editions apart).
    fn system_of(&self, words: &[String]) -> Option<(&System, Vec<String>)> {
        let mut best: Option<(usize, &System)> = None;
        for system in self.systems.values() {
            for name in &system.names {
                let found = name.iter().all(|word| words.contains(word));
                if found && best.is_none_or(|(length, _)| name.len() > length) {
                    best = Some((name.len(), system));
                }
            }
        }
        let (_, system) = best?;
        Some((system, words.to_vec()))
    }
}

impl System {
    /// The releases a claim's words fit: by the longest version, then by edition marks.
    fn fitting(&self, words: &[String]) -> Vec<&Release> {
        let mut longest = 0;
        let mut fitting: Vec<&Release> = Vec::new();
        for release in &self.releases {
            let length =
                words.iter().flat_map(|word| release.versions.iter().map(|v| overlap(v, word))).max();
            match length.unwrap_or(0) {
                0 => {}
                length if length > longest => {
                    longest = length;
                    fitting = vec![release];
                }
                length if length == longest => fitting.push(release),
                _ => {}
            }
        }
        let known: BTreeSet<&String> = self.releases.iter().flat_map(|release| &release.marks).collect();
        let named: Vec<&String> = words.iter().filter(|word| known.contains(word)).collect();
        let exact: Vec<&Release> = fitting
            .iter()
            .copied()
            .filter(|release| named.iter().all(|mark| release.marks.contains(mark)))
            .collect();
        if exact.is_empty() { fitting } else { exact }
    }
}

/// How many characters of a stated version speak for `known`: all of it when the statement is the same or
/// more exact (`20.04.6` for `20.04`), the stated part when it is less exact (`4` for `4.4`), else none.
fn overlap(known: &str, stated: &str) -> usize {
    let continues =
        |long: &str, short: &str| long.strip_prefix(short).is_some_and(|rest| rest.starts_with('.'));
    if known == stated || continues(stated, known) {
        // One more than a partial statement of the same length, so that `8` prefers 8 to 8.1.
        known.len() * 2 + 1
    } else if continues(known, stated) {
        stated.len() * 2
    } else {
        0
    }
}

fn judge(fitting: &[&Release], now: Timestamp) -> OsSupport {
    let Some(first) = fitting.first() else { return OsSupport::default() };
    let statuses: BTreeSet<SupportStatus> = fitting.iter().map(|release| release.status(now)).collect();
    let sources: BTreeSet<&str> = fitting.iter().map(|release| release.source.as_str()).collect();
    let source = Some(sources.into_iter().collect::<Vec<_>>().join("; "));
    let ends: BTreeSet<Option<Timestamp>> = fitting.iter().map(|release| release.security_end).collect();
    let label = (fitting.len() == 1).then(|| first.label.clone());
    let last_day = |end: Timestamp| end.plus_micros(-MICROS_PER_DAY);
    let only = |some: &[SupportStatus]| statuses.iter().all(|status| some.contains(status));
    let status = match statuses.first() {
        Some(status) if statuses.len() == 1 => *status,
        // Every edition can still be kept patched, at most with fewer updates.
        _ if only(&[SupportStatus::Supported, SupportStatus::Limited]) => SupportStatus::Limited,
        // No edition gets free updates, at least one may get paid ones.
        _ if only(&[SupportStatus::Extended, SupportStatus::Ended]) => SupportStatus::Extended,
        _ => {
            return OsSupport { source, note: Some(ambiguity(fitting, now)), ..OsSupport::default() };
        }
    };
    // Files list the general edition of a version first; it stands for the others once all have ended.
    let until = match status {
        SupportStatus::Ended => first.security_end,
        _ if ends.len() == 1 => ends.first().copied().flatten(),
        _ => None,
    };
    let lasted_longer =
        ends.last().copied().flatten().filter(|_| status == SupportStatus::Ended && ends.len() > 1);
    let note = lasted_longer.map(|end| format!("other editions lasted until {} at most", day_of(end)));
    OsSupport { status, until: until.map(last_day), label, source, note }
}

/// Says that it depends on the edition, with the range of ends.
fn ambiguity(fitting: &[&Release], now: Timestamp) -> String {
    let mut dated: Vec<(Timestamp, &str)> =
        fitting.iter().filter_map(|release| Some((release.security_end?, release.label.as_str()))).collect();
    dated.sort();
    match (dated.first(), dated.last()) {
        (Some((early, first)), Some((late, last))) => {
            let ended = dated.iter().filter(|(end, _)| *end <= now).count();
            format!(
                "it depends on the edition, which was not seen: {ended} of {} editions that fit have no free \
                 security updates any more; {first} ended on {}, {last} lasts until {}",
                dated.len(),
                day_of(*early),
                day_of(*late)
            )
        }
        _ => "it depends on the edition, which was not seen".to_string(),
    }
}

/// The last day before `end`, as `2026-11-22`.
fn day_of(end: Timestamp) -> String {
    end.plus_micros(-MICROS_PER_DAY).to_string().chars().take(10).collect()
}

/// Lower-case words; a version keeps its dots.
fn tokens(text: &str) -> Vec<String> {
    text.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '.' || c == '-' && text.contains("os-9")))
        .map(|word| word.trim_matches('.').to_string())
        .filter(|word| !word.is_empty())
        .collect()
}

fn system(file: &File<'_>, table: SystemFile) -> Result<System, KnowledgeError> {
    let fail = |what: String| mistake(file, "system", what);
    if table.names.is_empty() {
        return Err(fail(format!("system \"{}\" has no names", table.system)));
    }
    if table.release.is_empty() && table.no_dates.is_none() {
        return Err(fail(format!(
            "system \"{}\" has neither releases nor a reason for having none",
            table.system
        )));
    }
    let read_on = table.read.as_deref().map(|text| day(file, text)).transpose()?;
    let mut releases = Vec::new();
    for row in table.release {
        releases.push(release(file, row, read_on)?);
    }
    let names = table.names.iter().map(|name| tokens(name)).collect();
    Ok(System { names, no_dates: table.no_dates, source: table.source, releases })
}

fn release(file: &File<'_>, row: ReleaseFile, read_on: Option<Timestamp>) -> Result<Release, KnowledgeError> {
    let fail = |what: &str| mistake(file, &row.label, format!("release \"{}\" {what}", row.label));
    // A date names the last day with updates; the end is the instant after it.
    let end = |text: &Option<String>| -> Result<Option<Timestamp>, KnowledgeError> {
        let last = text.as_deref().map(|text| day(file, text)).transpose()?;
        Ok(last.map(|last| last.plus_micros(MICROS_PER_DAY)))
    };
    let (mainstream_end, security_end, paid_end) =
        (end(&row.mainstream)?, end(&row.security)?, end(&row.paid)?);
    if row.versions.is_empty() || row.source.trim().is_empty() {
        return Err(fail("needs versions and a source"));
    }
    let open_until = match (row.open_ended, read_on) {
        (false, _) => None,
        (true, Some(day)) => Some(day.plus_micros(OPEN_ENDED_DAYS * MICROS_PER_DAY)),
        (true, None) => return Err(fail("is open ended, but the file does not say when it was read")),
    };
    if open_until.is_none() && security_end.is_none() {
        return Err(fail("has no end of security updates"));
    }
    if mainstream_end > security_end || paid_end.is_some() && paid_end < security_end {
        return Err(fail("has dates out of order"));
    }
    let lower = |texts: &[String]| texts.iter().map(|text| text.to_lowercase()).collect();
    let (versions, marks) = (lower(&row.versions), lower(&row.marks));
    Ok(Release {
        label: row.label,
        mainstream_end,
        security_end,
        paid_end,
        source: row.source,
        versions,
        marks,
        open_until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn builtin() -> Lifecycle {
        crate::Knowledge::builtin().unwrap().lifecycle
    }

    fn check(os: &str, version: &str, day: &str, expected: SupportStatus, until: Option<&str>) {
        let found = builtin().lookup(os, Some(version), day.parse().unwrap());
        assert_eq!(found.status, expected, "{os} {version} on {day}: {found:?}");
        let until_text = found.until.map(|t| t.to_string().chars().take(10).collect::<String>());
        assert_eq!(until_text.as_deref(), until, "{os} {version} on {day}: {found:?}");
    }

    #[test]
    fn dates_are_last_days_with_updates() {
        use SupportStatus::*;
        check("Debian", "12", "2026-07-11", Supported, Some("2028-06-30"));
        check("Debian", "12", "2026-07-12", Limited, Some("2028-06-30"));
        check("Ubuntu", "20.04.6", "2026-11-22", Extended, Some("2025-05-31"));
        check("Ubuntu", "bionic", "2028-04-02", Ended, Some("2023-05-31"));
        check("RHEL", "7.9", "2026-11-22", Extended, Some("2024-06-30"));
        check("CentOS Linux", "7", "2026-11-22", Ended, Some("2024-06-30"));
        check("Windows Server", "2012 R2", "2026-10-13", Extended, Some("2023-10-10"));
        check("Windows Server", "2012 R2", "2026-10-14", Ended, Some("2023-10-10"));
        check("Windows Server", "2022", "2026-11-22", Limited, Some("2031-10-14"));
        check("macOS", "10.15.7", "2026-11-22", Ended, Some("2026-02-02"));
        check("Android", "9", "2026-11-22", Ended, Some("2022-01-01"));
    }

    #[test]
    fn editions_are_told_apart() {
        use SupportStatus::*;
        let now = "2026-11-22";
        check("Windows", "XP", now, Ended, Some("2014-04-08"));
        check("Windows", "7", now, Ended, Some("2020-01-14"));
        check("Windows", "7 SP1 Professional", now, Ended, Some("2020-01-14"));
        check("Microsoft Windows", "10 22H2", now, Extended, Some("2025-10-14"));
        check("Windows 10 Enterprise LTSC", "1809", now, Limited, Some("2029-01-09"));
        check("Windows", "10 IoT Enterprise LTSC 2021", now, Supported, Some("2032-01-13"));
        check("Windows", "10.0.19045", now, Extended, Some("2025-10-14"));
        let open = builtin().lookup("Windows", Some("10"), now.parse().unwrap());
        assert_eq!((open.status, open.until), (Unknown, None));
        assert!(open.note.unwrap().contains("edition"));
    }

    #[test]
    fn what_is_not_known_stays_unknown() {
        let now = "2026-11-22".parse().unwrap();
        for (os, version) in
            [("VxWorks", Some("6.9")), ("QNX", None), ("Linux", Some("4.9")), ("Plan 9", None)]
        {
            let found = builtin().lookup(os, version, now);
            assert_eq!((found.status, found.until), (SupportStatus::Unknown, None), "{os}");
        }
        assert!(builtin().lookup("VxWorks", None, now).note.is_some());
        // Apple announces no ends, so what was read in 2026 is not believed for ever.
        assert_eq!(builtin().lookup("macOS", Some("26"), now).status, SupportStatus::Supported);
        let later = "2029-01-01".parse().unwrap();
        assert_eq!(builtin().lookup("macOS", Some("26"), later).status, SupportStatus::Unknown);
    }

    #[test]
    fn files_that_contradict_themselves_are_refused() {
        let base = "system = \"x\"\nnames = [\"x\"]\n[[release]]\nlabel = \"X 1\"\nversions = [\"1\"]\n";
        for (rest, word) in [
            ("security = \"2020-01-01\"\n", "source"),
            ("source = \"s\"\n", "no end"),
            ("source = \"s\"\nmainstream = \"2021-01-01\"\nsecurity = \"2020-01-01\"\n", "order"),
            ("source = \"s\"\nsecurity = \"2020-13-01\"\n", "2020-13-01"),
            ("source = \"s\"\nsecurity = \"2020-01-01\"\nwhat = 1\n", "what"),
        ] {
            let text = format!("{base}{rest}");
            let error = Lifecycle::load(&[File::builtin("lifecycle/x.toml", &text)]).unwrap_err();
            assert!(
                error.to_string().contains(word) && error.to_string().contains("lifecycle/x.toml:"),
                "{error}"
            );
        }
    }
}
