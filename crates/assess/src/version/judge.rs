//! Deciding a condition for one device.

use super::order::{Relation, Version};
use super::{Bound, Bounds, Clause, Condition, Event, Reading, Requirement};
use cordon_model::Timestamp;

/// What is known of the device a condition is decided for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Subject<'a> {
    /// Its version.
    pub version: Option<&'a Version>,
    /// Its model, model number and other names of the variant it is.
    pub names: &'a [String],
    /// Its serial number.
    pub serial: Option<&'a str>,
    /// When it was made.
    pub manufactured: Option<Timestamp>,
    /// When its owner got it.
    pub acquired: Option<Timestamp>,
    /// Its parts and accessories: name and version.
    pub parts: &'a [(String, String)],
    /// Circumstances somebody answered: the advisory's words, and whether they hold.
    pub stated: &'a [(String, bool)],
}

/// Whether a device meets a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It does.
    Inside,
    /// It does not.
    Outside,
    /// The answer to this question would tell.
    Undecidable(Question),
}

/// What a question asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuestionKind {
    /// The version, or all its parts.
    Version,
    /// Which variant or model number the device is.
    Variant,
    /// The serial number.
    Serial,
    /// When it was made, sold or released.
    Date,
    /// Whether a part is there, and its version.
    Part,
    /// Whether a circumstance holds.
    Circumstance,
    /// What the advisory means.
    Meaning,
}

/// The one question that would settle an undecidable condition.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// What it asks for.
    pub kind: QuestionKind,
    /// The question in a sentence.
    pub text: String,
}

impl Decision {
    fn ask(kind: QuestionKind, text: String) -> Decision {
        Decision::Undecidable(Question { kind, text })
    }
}

/// Decides whether the device is one that the condition speaks of.
pub fn decide(condition: &Condition, subject: &Subject<'_>) -> Decision {
    match condition {
        Condition::Open(text) => answered(text, subject).unwrap_or_else(|| {
            let asked =
                format!("Does the device fall under “{text}”? The text could not be read as versions.");
            Decision::ask(QuestionKind::Meaning, asked)
        }),
        Condition::Typed(readings) => match readings.as_slice() {
            [only] => of_reading(only, subject),
            several => agreed(several, subject),
        },
    }
}

/// What somebody answered about a circumstance.
fn answered(text: &str, subject: &Subject<'_>) -> Option<Decision> {
    let (_, holds) = subject.stated.iter().find(|(known, _)| known == text)?;
    Some(if *holds { Decision::Inside } else { Decision::Outside })
}

/// What all readings agree on; an undecided reading does not contradict one that is inside.
fn agreed(readings: &[Reading], subject: &Subject<'_>) -> Decision {
    let mut inside = false;
    let mut outside = false;
    let mut question = None;
    for reading in readings {
        match of_reading(reading, subject) {
            Decision::Inside => inside = true,
            Decision::Outside => outside = true,
            Decision::Undecidable(asked) => {
                question.get_or_insert(asked);
            }
        }
    }
    match (inside, outside, question) {
        (true, false, _) => Decision::Inside,
        (false, true, None) => Decision::Outside,
        (false, _, Some(question)) => Decision::Undecidable(question),
        _ => Decision::ask(
            QuestionKind::Meaning,
            format!(
                "Does the advisory mean this version? It can be read as {}.",
                readings
                    .iter()
                    .map(|reading| super::show::reading(reading))
                    .collect::<Vec<_>>()
                    .join(" or as ")
            ),
        ),
    }
}

fn of_reading(reading: &[Clause], subject: &Subject<'_>) -> Decision {
    let mut question = None;
    if is_another_variant(reading, subject) {
        return Decision::Outside;
    }
    for clause in reading {
        match of_clause(clause, subject) {
            Decision::Inside => return Decision::Inside,
            Decision::Outside => {}
            Decision::Undecidable(asked) => {
                question.get_or_insert(asked);
            }
        }
    }
    question.map_or(Decision::Outside, Decision::Undecidable)
}

fn of_clause(clause: &Clause, subject: &Subject<'_>) -> Decision {
    let mut question = None;
    let mut outside = false;
    let mut take = |decision: Decision| match decision {
        Decision::Inside => {}
        Decision::Outside => outside = true,
        Decision::Undecidable(asked) => {
            question.get_or_insert(asked);
        }
    };
    take(of_bounds(&clause.bounds, subject));
    for except in &clause.except {
        take(match exactly(except, subject) {
            Decision::Inside => Decision::Outside,
            Decision::Outside => Decision::Inside,
            undecidable => undecidable,
        });
    }
    for requirement in &clause.requires {
        take(of_requirement(requirement, subject));
    }
    match (outside, question) {
        (true, _) => Decision::Outside,
        (false, Some(question)) => Decision::Undecidable(question),
        (false, None) => Decision::Inside,
    }
}

fn of_bounds(bounds: &Bounds, subject: &Subject<'_>) -> Decision {
    match bounds {
        Bounds::All => Decision::Inside,
        Bounds::Exactly(version) => exactly(version, subject),
        Bounds::Range { low, high } => {
            let Some(own) = subject.version else { return which_version(bounds, None) };
            let low = low.as_ref().map_or(Some(true), |bound| above(own, bound));
            let high = high.as_ref().map_or(Some(true), |bound| below(own, bound));
            match (low, high) {
                (Some(false), _) | (_, Some(false)) => Decision::Outside,
                (Some(true), Some(true)) => Decision::Inside,
                _ => which_version(bounds, Some(own)),
            }
        }
        Bounds::Dated { event, from, until } => dated(*event, *from, *until, bounds, subject),
        Bounds::Serial { digits, low, high } => serial(*digits, *low, *high, bounds, subject),
        Bounds::Variant(name) => variant(name, subject),
    }
}

fn which_version(bounds: &Bounds, own: Option<&Version>) -> Decision {
    let asked = super::show::bounds(bounds);
    let text = match own {
        None => format!("Which version does it run? The advisory speaks of {asked}."),
        Some(own) => format!("Which version exactly is “{own}”? The advisory speaks of {asked}."),
    };
    Decision::ask(QuestionKind::Version, text)
}

/// Whether a version is at or above a lower end; `None` when that cannot be said.
fn above(own: &Version, bound: &Bound) -> Option<bool> {
    match own.relation(&bound.version) {
        Relation::Less if own.reversed_as_decimals(&bound.version) => None,
        Relation::Less => Some(false),
        Relation::Greater => Some(true),
        Relation::Equal | Relation::InLine => Some(bound.inclusive),
        Relation::Finer | Relation::CoarserZero if bound.inclusive => Some(true),
        Relation::Finer | Relation::CoarserZero | Relation::Coarser | Relation::Unknown => None,
    }
}

/// Whether a version is at or below an upper end; `None` when that cannot be said.
fn below(own: &Version, bound: &Bound) -> Option<bool> {
    match own.relation(&bound.version) {
        Relation::Less => Some(true),
        Relation::Greater if own.reversed_as_decimals(&bound.version) => None,
        Relation::Greater => Some(false),
        Relation::Equal | Relation::InLine => Some(bound.inclusive),
        Relation::Finer | Relation::CoarserZero if !bound.inclusive => Some(false),
        Relation::Finer | Relation::CoarserZero | Relation::Coarser | Relation::Unknown => None,
    }
}

fn exactly(version: &Version, subject: &Subject<'_>) -> Decision {
    let ask = |own: Option<&Version>| which_version(&Bounds::Exactly(version.clone()), own);
    let Some(own) = subject.version else { return ask(None) };
    match own.relation(version) {
        Relation::Equal | Relation::InLine => Decision::Inside,
        // “Version 8” names all of 8.
        Relation::Finer if own.is_numeric() && version.single_number().is_some_and(|number| number < 100) => {
            Decision::Inside
        }
        Relation::Less | Relation::Greater if alike(own, version) => Decision::Outside,
        _ => ask(Some(own)),
    }
}

/// Whether two versions are surely numbered the same way. One large number in place of a version may be a model
/// number, and then another number says nothing.
fn alike(own: &Version, version: &Version) -> bool {
    let large = |version: &Version| version.single_number().filter(|number| *number >= 100);
    match (large(own), large(version)) {
        (None, None) => true,
        (Some(a), Some(b)) => a.ilog10() == b.ilog10(),
        _ => false,
    }
}

fn dated(
    event: Event,
    from: Option<Timestamp>,
    until: Option<Timestamp>,
    bounds: &Bounds,
    subject: &Subject<'_>,
) -> Decision {
    let inside =
        |time: Timestamp| from.is_none_or(|from| time >= from) && until.is_none_or(|until| time < until);
    let as_version = subject.version.and_then(|version| super::date::whole(version.text()));
    let known = match event {
        Event::Manufactured => subject.manufactured.map(inside),
        Event::Distributed => sold(from, until, subject),
        Event::Released => as_version.map(inside),
    };
    match known {
        Some(true) => Decision::Inside,
        Some(false) => Decision::Outside,
        None => {
            let what = match event {
                Event::Manufactured => "When was it made?",
                Event::Distributed => "When was it sold?",
                Event::Released => "When was what it runs released?",
            };
            let asked = super::show::bounds(bounds);
            Decision::ask(QuestionKind::Date, format!("{what} The advisory speaks of {asked}."))
        }
    }
}

/// Whether it was sold within the times: after it was made, and before its owner got it.
fn sold(from: Option<Timestamp>, until: Option<Timestamp>, subject: &Subject<'_>) -> Option<bool> {
    let at_or_after = |time: Option<Timestamp>, limit: Option<Timestamp>| Some(time? >= limit?);
    let made = |limit| at_or_after(subject.manufactured, limit) == Some(true);
    let got_before = |limit| at_or_after(subject.acquired, limit) == Some(false);
    if made(until) || got_before(from) {
        return Some(false);
    }
    ((from.is_none() || made(from)) && (until.is_none() || got_before(until))).then_some(true)
}

fn serial(
    digits: u8,
    low: Option<u64>,
    high: Option<u64>,
    bounds: &Bounds,
    subject: &Subject<'_>,
) -> Decision {
    let first = subject.serial.map(str::trim).and_then(|serial| serial.get(..usize::from(digits)));
    match first.and_then(|text| text.parse::<u64>().ok()) {
        Some(value) if low.is_none_or(|low| value >= low) && high.is_none_or(|high| value <= high) => {
            Decision::Inside
        }
        Some(_) => Decision::Outside,
        None => {
            let asked = super::show::bounds(bounds);
            Decision::ask(
                QuestionKind::Serial,
                format!("What is its serial number? The advisory speaks of {asked}."),
            )
        }
    }
}

/// A variant is decided by the names of the device: it bears the variant's name, or the code of another one.
fn variant(name: &str, subject: &Subject<'_>) -> Decision {
    let wanted = codes(name);
    // A part of a dotted version is not a model number.
    let version = subject.version.map(Version::text).filter(|text| !text.contains('.'));
    let own = || subject.names.iter().map(String::as_str).chain(version);
    if own().any(|own| holds(own, name)) || own().flat_map(codes).any(|code| wanted.contains(&code)) {
        return Decision::Inside;
    }
    let another = own().flat_map(codes).any(|code| wanted.iter().any(|wanted| shape(wanted) == shape(&code)));
    if another {
        return Decision::Outside;
    }
    Decision::ask(QuestionKind::Variant, format!("Is it “{name}”? (model, variant or version)"))
}

/// Whether a reading lists variants and the device bears the code of one that is not listed.
fn is_another_variant(reading: &[Clause], subject: &Subject<'_>) -> bool {
    let mut listed = Vec::new();
    for clause in reading {
        match &clause.bounds {
            Bounds::Variant(name) if !subject.names.iter().any(|own| holds(own, name)) => {
                listed.extend(codes(name))
            }
            _ => return false,
        }
    }
    let own = || subject.names.iter().flat_map(|name| codes(name));
    let in_series = own().any(|code| listed.iter().any(|listed| shape(listed) == shape(&code)));
    in_series && !own().any(|code| listed.contains(&code))
}

/// Whether `text` holds the words of `name`, one after the other.
fn holds(text: &str, name: &str) -> bool {
    let words = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(singular)
            .collect::<Vec<_>>()
    };
    let (text, name) = (words(text), words(name));
    !name.is_empty() && text.windows(name.len()).any(|window| window == name)
}

/// A word in lower case without the `s` of a plural.
fn singular(word: &str) -> String {
    let lower = word.to_lowercase();
    match lower.strip_suffix('s') {
        Some(stem) if stem.len() > 3 => stem.to_owned(),
        _ => lower,
    }
}

/// Model numbers in a text: words with letters and two digits, or with three digits: `MMT-1715`, `A51200`, `7900`.
pub(super) fn codes(text: &str) -> Vec<String> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '-' || c == '(' || c == ')'))
        .map(|word| word.trim_matches(|c: char| !c.is_alphanumeric() && c != ')').to_uppercase())
        .filter(|word| {
            let digits = word.chars().filter(char::is_ascii_digit).count();
            digits >= 3 || (digits == 2 && word.chars().any(|c| c.is_ascii_uppercase()))
        })
        .collect()
}

/// Letters kept, digits made equal: model numbers of one series have one shape.
pub(super) fn shape(code: &str) -> String {
    code.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect()
}

fn of_requirement(requirement: &Requirement, subject: &Subject<'_>) -> Decision {
    match requirement {
        Requirement::Part { name, versions } => of_part(name, versions, subject),
        Requirement::Model(model) => match variant(model, subject) {
            Decision::Undecidable(_) => {
                Decision::ask(QuestionKind::Variant, format!("Is its model number {model}?"))
            }
            decided => decided,
        },
        Requirement::Stated(text) => answered(text, subject).unwrap_or_else(|| {
            Decision::ask(QuestionKind::Circumstance, format!("Does this hold for it: “{text}”?"))
        }),
    }
}

fn of_part(name: &str, versions: &Reading, subject: &Subject<'_>) -> Decision {
    let mut known =
        subject.parts.iter().filter(|(part, _)| holds(name, part) || holds(part, name)).peekable();
    if known.peek().is_none() {
        return match subject.stated.iter().find(|(known, _)| known == name) {
            Some((_, false)) => Decision::Outside,
            _ => Decision::ask(
                QuestionKind::Part,
                format!(
                    "Which version of {name} does it have, if any? The advisory speaks of {}.",
                    super::show::reading(versions)
                ),
            ),
        };
    }
    let mut question = None;
    for (_, version) in known {
        let version = Version::parse(version);
        match of_reading(versions, &Subject { version: version.as_ref(), ..Subject::default() }) {
            Decision::Inside => return Decision::Inside,
            Decision::Outside => {}
            Decision::Undecidable(asked) => {
                question.get_or_insert(asked);
            }
        }
    }
    question.map_or(Decision::Outside, Decision::Undecidable)
}
