//! What must hold besides the version: accessories, model numbers, circumstances, and texts with several labels.

use super::judge::{codes, shape};
use super::order::Version;
use super::phrase;
use super::{Bound, Bounds, Clause, Reading, Requirement};

/// Words a requirement begins with.
pub(super) const BEGINNINGS: [&str; 14] = [
    "with",
    "without",
    "if",
    "when",
    "only",
    "running",
    "installed",
    "using",
    "where",
    "while",
    "in",
    "on",
    "for",
    "model",
];

/// Words that would widen a condition: text that has them is never taken as a remark or a requirement.
const WIDENING: [&str; 16] = [
    "prior",
    "earlier",
    "later",
    "newer",
    "previous",
    "possibly",
    "also",
    "older",
    "higher",
    "lower",
    "below",
    "above",
    "before",
    "after",
    "probably",
    "potentially",
];

/// Beginnings of remarks that change nothing about the versions.
const REMARKS: [&str; 15] = [
    "inclusive",
    "including",
    "incl.",
    "incl",
    "formerly",
    "previously",
    "released",
    "available",
    "these",
    "cve",
    "impacted",
    "replaced",
    "affected",
    "part",
    "all",
];

/// What the text in brackets or after a version means.
pub(super) enum Aside {
    /// Nothing for the versions.
    Remark,
    /// Something must hold.
    Requires(Requirement),
    /// It may widen the versions: not understood.
    Unclear,
}

/// Reads the text in brackets, or after a version from a requirement's first word on.
pub(super) fn aside(text: &str) -> Aside {
    let text = text.trim();
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !(c.is_alphanumeric() || c == '.')).filter(|word| !word.is_empty()).collect();
    let Some(first) = words.first() else { return Aside::Remark };
    if words == ["only"] {
        return Aside::Remark;
    }
    let speaks_of_versions = words.get(1).is_some_and(|word| phrase::is_noise(word));
    if *first == "with"
        && !speaks_of_versions
        && let Some(part) = part(text.get("with".len()..).unwrap_or_default().trim())
    {
        return Aside::Requires(part);
    }
    // `below`, `above` of a serial number narrow; of a version they widen.
    if *first != "serial" && words.iter().any(|word| WIDENING.contains(word)) {
        return Aside::Unclear;
    }
    if *first == "model" || *first == "models" {
        let model = text.split_whitespace().skip(1).collect::<Vec<_>>().join(" ");
        return if model.is_empty() { Aside::Remark } else { Aside::Requires(Requirement::Model(model)) };
    }
    if REMARKS.contains(first) || words.contains(&"cve") {
        return Aside::Remark;
    }
    let stated = if *first == "if" { text.get("if".len()..).unwrap_or_default().trim() } else { text };
    Aside::Requires(Requirement::Stated(stated.trim_end_matches('.').to_owned()))
}

/// A part's name followed by its versions: `Wireless Battery Module >= v22D19 | <= v22D28`.
fn part(text: &str) -> Option<Requirement> {
    let (name, versions) = match text.split_once(": ") {
        Some(parts) => parts,
        None => {
            let (name, versions) = text.split_at(versions_start(text)?);
            let name = name.trim();
            (name.strip_suffix("versions").or_else(|| name.strip_suffix("version")).unwrap_or(name), versions)
        }
    };
    let name = name.trim();
    let mut readings = phrase::readings(versions)?;
    let versions = readings.pop().filter(|_| readings.is_empty())?;
    let plain = versions.iter().all(|clause| clause.requires.is_empty());
    (plain && !name.is_empty()).then(|| Requirement::Part { name: name.to_owned(), versions })
}

/// Where in a text the first word stands that is a comparison or a version, but not at its beginning.
fn versions_start(text: &str) -> Option<usize> {
    text.match_indices(' ').map(|(at, _)| at + 1).find(|at| {
        let word = text.get(*at..).unwrap_or_default().split_whitespace().next().unwrap_or_default();
        word.starts_with(['<', '>', '=', '≤', '≥']) || phrase::is_version_word(word)
    })
}

/// Serial numbers: `first 5 digits of serial number <= 24061`.
pub(super) fn serial(text: &str) -> Option<Reading> {
    let lower = text.to_lowercase();
    if !lower.contains("serial") {
        return None;
    }
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let counted = words.windows(2).find(|pair| matches!(pair, [_, "digits" | "digit"]));
    let counted = counted.and_then(|pair| pair.first()).and_then(|word| match *word {
        "two" => Some(2),
        "three" => Some(3),
        "four" => Some(4),
        "five" => Some(5),
        word => word.parse::<u8>().ok(),
    });
    let after_count = words.iter().position(|word| word.starts_with("digit")).map_or(0, |at| at + 1);
    let values: Vec<&str> = words
        .get(after_count..)?
        .iter()
        .copied()
        .filter(|word| word.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    let [.., last] = values.as_slice() else { return None };
    let digits = counted.unwrap_or(u8::try_from(last.len()).ok()?);
    if usize::from(digits) != last.len()
        || digits == 0
        || digits > 18
        || !values.iter().all(|value| value == last)
    {
        return None;
    }
    let value: u64 = last.parse().ok()?;
    let at_most = lower.contains("<=") || lower.contains("and prior") || lower.contains("or before");
    let below = !at_most && lower.contains('<');
    let at_least = lower.contains(">=") || lower.contains("and later");
    let known = words.iter().all(|word| {
        let number = word.bytes().all(|b| b.is_ascii_digit());
        number
            || matches!(
                *word,
                "the"
                    | "first"
                    | "digits"
                    | "digit"
                    | "of"
                    | "serial"
                    | "number"
                    | "numbers"
                    | "with"
                    | "are"
                    | "is"
                    | "two"
                    | "three"
                    | "four"
                    | "five"
                    | "and"
                    | "prior"
                    | "later"
                    | "or"
                    | "before"
                    | "no"
            )
    });
    let (low, high) = match (at_least, at_most, below) {
        (true, false, false) => (Some(value), None),
        (false, true, false) => (None, Some(value)),
        (false, false, true) => (None, Some(value.checked_sub(1)?)),
        (false, false, false) => (Some(value), Some(value)),
        _ => return None,
    };
    known.then(|| vec![Clause::new(Bounds::Serial { digits, low, high })])
}

/// Several labelled values: `Version B, Firmware A.01.09, Part #: M8096-67501`.
pub(super) fn labelled(text: &str) -> Option<Reading> {
    if !text.contains(',') {
        return None;
    }
    let mut firmware = None;
    let mut requires = Vec::new();
    for field in text.split(',') {
        let bare = field.split('(').next().unwrap_or_default().trim();
        let (label, value) = bare.split_once([' ', ':'])?;
        let value = value.trim().trim_start_matches(['#', ':', ' ']).trim();
        match label.to_lowercase().as_str() {
            "firmware" => firmware = Some(Version::parse(value)?),
            "version" | "hardware" => requires.push(Requirement::Part {
                name: "hardware version".to_owned(),
                versions: vec![Clause::new(Bounds::Exactly(Version::parse(value)?))],
            }),
            "part" if value.eq_ignore_ascii_case("n/a") => {}
            "part" => requires.push(Requirement::Model(value.to_owned())),
            _ => return None,
        }
    }
    let mut clause = Clause::new(Bounds::Exactly(firmware?));
    clause.requires = requires;
    Some(vec![clause])
}

/// A variant named in place of a version, when nothing in the text speaks of versions.
pub(super) fn variants(text: &str) -> Option<Reading> {
    const PROSE: [&str; 24] = [
        "version",
        "versions",
        "all",
        "any",
        "released",
        "release",
        "between",
        "system",
        "operating",
        "windows",
        "not",
        "see",
        "than",
        "up",
        "and",
        "or",
        "to",
        "through",
        "default",
        "using",
        "based",
        "running",
        "serial",
        "most",
    ];
    let names: Vec<&str> = text.split('|').map(str::trim).filter(|name| !name.is_empty()).collect();
    let fits = |name: &&str| {
        let words: Vec<String> = name
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect();
        let prose =
            words.iter().any(|word| PROSE.contains(&word.as_str()) || WIDENING.contains(&word.as_str()));
        let dotted = name
            .split_whitespace()
            .any(|word| word.contains('.') && word.bytes().any(|b| b.is_ascii_digit()));
        !dotted
            && name.len() <= 60
            && words.len() <= 12
            && !prose
            && !name.contains(['<', '>', '=', ',', ';', '*', '“', '”'])
    };
    let coded = names.iter().any(|name| name.bytes().filter(u8::is_ascii_digit).count() >= 2);
    let all = !names.is_empty() && names.len() <= 30 && names.iter().all(fits);
    (coded && all)
        .then(|| names.iter().map(|name| Clause::new(Bounds::Variant((*name).to_owned()))).collect())
}

/// Exact versions that are model numbers rather become variants: `MMT-1715`, `24950`.
///
/// A variant is told by the device's names, so that its software version does not speak against it. Where the
/// product's own name bears such a number (`MMT-503 Remote Controller`), the text names what it is used with.
pub(in crate::version) fn with_variants(clause: Clause, product: &str) -> Clause {
    let name = match &clause.bounds {
        Bounds::Exactly(version) if is_model_number(version.text()) => version.text().to_owned(),
        Bounds::Variant(name) => name.clone(),
        _ => return clause,
    };
    let own: Vec<String> = codes(product).iter().map(|code| shape(code)).collect();
    let clash = codes(&name).iter().any(|code| {
        let series = |shape: &str| shape.split('(').next().unwrap_or_default().to_owned();
        let shape = series(&shape(code));
        own.iter().any(|own| series(own) == shape) && !codes(product).contains(code)
    });
    if !clash {
        return Clause { bounds: Bounds::Variant(name), ..clause };
    }
    let mut clause = Clause { bounds: Bounds::All, ..clause };
    clause.requires.push(Requirement::Part { name, versions: vec![Clause::new(Bounds::All)] });
    clause
}

/// `MMT-1715`, `24950`, `A51200`; not `V16`, `2016` or anything with a dot.
fn is_model_number(text: &str) -> bool {
    let bare = text.trim();
    let year = bare.parse::<u32>().is_ok_and(|number| (1990..2100).contains(&number));
    let lead = bare.trim_start_matches(|c: char| c.is_ascii_alphabetic()).len() + 1 == bare.len()
        && bare.starts_with(['v', 'V', 'r', 'R', 'k', 'K']);
    let plain = bare.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '(' | ')' | '/'));
    let ranged = bare.contains('-') && !bare.contains(|c: char| c.is_ascii_alphabetic());
    plain && !year && !lead && !ranged && !codes(bare).is_empty()
}

/// A range with these ends.
pub(super) fn range(low: Option<(Version, bool)>, high: Option<(Version, bool)>) -> Clause {
    let bound = |(version, inclusive)| Bound { version, inclusive };
    Clause::new(Bounds::Range { low: low.map(bound), high: high.map(bound) })
}
