//! What product names say besides the name: versions in prose, lines, circumstances, exceptions, broken letters.

use crate::version::{Bounds, Clause, Condition, Event, Requirement, Version};
use std::borrow::Cow;

/// The part of a whole product name that speaks of versions: what follows the product's name, or the last colon.
pub(super) fn version_part<'a>(full_name: &'a str, name: &str) -> Option<&'a str> {
    let after = match full_name.get(..name.len()) {
        Some(start) if !name.is_empty() && start.eq_ignore_ascii_case(name) => full_name.get(name.len()..)?,
        _ => {
            let found = full_name.find(name).filter(|_| !name.is_empty());
            match found.and_then(|at| full_name.get(at + name.len()..)) {
                Some(rest) => rest,
                None => full_name.rsplit_once(": ")?.1,
            }
        }
    };
    let after = after.rsplit_once(": ").map_or(after, |(_, last)| last);
    let after = after.trim().trim_start_matches([':', '-', ',']).trim();
    (!after.is_empty()).then_some(after)
}

/// The condition of a product: its version text and what its whole name says, which must not contradict.
pub(super) fn condition(version: &str, prose: Option<&str>) -> Condition {
    let stated = (!version.is_empty()).then(|| Condition::parse(version));
    let prose = prose.filter(|prose| !same(prose, version));
    match (stated, prose) {
        (None, None) => Condition::all(),
        (Some(stated), None) => stated,
        (None, Some(prose)) => match Condition::parse(prose) {
            typed if typed.is_typed() && !names_variant(&typed) => typed,
            _ if prose.bytes().any(|byte| byte.is_ascii_digit()) => Condition::Open(prose.to_owned()),
            _ => Condition::all(),
        },
        (Some(stated), Some(prose)) => {
            let said = Condition::parse(prose);
            if same_dates(&stated, &said) {
                return said;
            }
            let usable = said.is_typed()
                && !names_variant(&said)
                && !(stated.is_typed() && (names_variant(&stated) || requires(&stated) || requires(&said)));
            match (usable, stated.is_typed()) {
                (true, true) => stated.also(said),
                (true, false) => said,
                _ => stated,
            }
        }
    }
}

fn same(prose: &str, version: &str) -> bool {
    prose == version
        || (matches!(version, "*" | "vers:all/*")
            && matches!(prose, "*" | "all versions" | "All versions" | "vers:all/*"))
}

/// Whether both give the same dates, and only the prose says of what: `< july 1 2017` of “all devices released …”.
fn same_dates(stated: &Condition, said: &Condition) -> bool {
    let dates = |condition: &Condition| match condition {
        Condition::Typed(readings) => match readings.as_slice() {
            [reading] => match reading.as_slice() {
                [Clause { bounds: Bounds::Dated { event, from, until }, .. }] => {
                    Some((*event, *from, *until))
                }
                _ => None,
            },
            _ => None,
        },
        Condition::Open(_) => None,
    };
    match (dates(stated), dates(said)) {
        (Some((Event::Released, from, until)), Some((_, also_from, also_until))) => {
            (from, until) == (also_from, also_until)
        }
        _ => false,
    }
}

fn requires(condition: &Condition) -> bool {
    let Condition::Typed(readings) = condition else { return false };
    readings.iter().flatten().any(|clause| !clause.requires.is_empty())
}

fn names_variant(condition: &Condition) -> bool {
    let Condition::Typed(readings) = condition.clone().of_product("") else { return false };
    readings.iter().flatten().any(|clause| matches!(clause.bounds, Bounds::Variant(_)))
}

/// What a product name says besides the name.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Named {
    /// The name alone.
    pub(super) name: String,
    /// The line of versions at its end: `IntelliSpace Portal 8.0.x`.
    pub(super) line: Option<Condition>,
    /// What must hold: `Windows XP-based`.
    pub(super) requires: Option<Requirement>,
    /// What is left out: `not including EchoPAC`.
    pub(super) excludes: Vec<String>,
}

/// Takes a product name apart.
pub(super) fn name(text: &str) -> Named {
    let mut named = Named::default();
    let mut rest = text.trim();
    for marker in [", not including ", " not including ", ", excluding ", " except "] {
        if let Some((before, after)) = rest.split_once(marker) {
            let parts = after.split(',').flat_map(|part| part.split(" and "));
            named.excludes =
                parts.map(|part| part.trim().to_owned()).filter(|part| !part.is_empty()).collect();
            rest = before;
        }
    }
    if let Some((before, circumstance)) = based(rest) {
        named.requires = Some(Requirement::Stated(circumstance));
        rest = before;
    }
    if let Some((before, last)) = rest.rsplit_once(' ')
        && is_line(last)
        && !before.trim_end().is_empty()
    {
        let line = if last.ends_with(['x', 'X', '*']) { last.to_owned() } else { format!("{last}.x") };
        named.line = Version::parse(&line)
            .map(|line| Condition::Typed(vec![vec![Clause::new(Bounds::Exactly(line))]]));
        if named.line.is_some() {
            rest = before.trim_end();
            for word in [" version", " Version", " release", " Release", " v", " V"] {
                rest = rest.strip_suffix(word).unwrap_or(rest);
            }
        }
    }
    named.name = rest.trim().trim_end_matches([',', '-', ':']).trim_end().to_owned();
    named
}

/// A dotted version and nothing else: `8.0.x`, `V9.0`, not `1.5T`.
fn is_line(word: &str) -> bool {
    let digits = word.strip_prefix(['v', 'V']).unwrap_or(word);
    let mut parts = digits.split('.');
    let first = parts.next().is_some_and(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
    let mut count = 0;
    let rest = parts.all(|part| {
        count += 1;
        matches!(part, "x" | "X" | "*") || (!part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()))
    });
    first && rest && count > 0
}

/// `… Windows XP-Based` at the end of a name.
fn based(text: &str) -> Option<(&str, String)> {
    let at = text.rfind("Windows ")?;
    let (before, tail) = text.split_at(at);
    let lower = tail.to_lowercase();
    let plain = lower.strip_suffix("-based").or_else(|| lower.strip_suffix(" based"))?;
    (plain.len() <= 30)
        .then(|| (before.trim_end(), format!("runs {}", tail.get(..plain.len()).unwrap_or(tail))))
}

/// Text whose UTF-8 was once read as Windows-1252 (`YhtymÃ¤`) set right; other text as it is.
pub(super) fn mend(text: &str) -> Cow<'_, str> {
    if !text.contains(['Ã', 'Â', 'â']) {
        return Cow::Borrowed(text);
    }
    let bytes: Option<Vec<u8>> = text.chars().map(byte_of).collect();
    match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(mended) => Cow::Owned(mended),
        None => Cow::Borrowed(text),
    }
}

/// The byte a character has in Windows-1252 (WHATWG Encoding Standard, index windows-1252).
fn byte_of(character: char) -> Option<u8> {
    const UPPER: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    if let Some(place) = UPPER.chars().position(|known| known == character) {
        return u8::try_from(place + 0x80).ok();
    }
    u8::try_from(u32::from(character)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_taken_apart() {
        let line = name("IntelliSpace Portal 8.0.x");
        assert_eq!((line.name.as_str(), line.line.is_some()), ("IntelliSpace Portal", true));
        assert_eq!(name("MRI 1.5T").name, "MRI 1.5T");
        assert_eq!(name("Vivid products, not including EchoPAC").excludes, ["EchoPAC"]);
        let based = name("Siemens SPECT/CT Systems Windows XP-Based");
        assert_eq!(based.name, "Siemens SPECT/CT Systems");
        assert_eq!(based.requires, Some(Requirement::Stated("runs Windows XP".to_owned())));
    }

    #[test]
    fn broken_letters() {
        assert_eq!(mend("Innokas YhtymÃ¤ Oy"), "Innokas Yhtymä Oy");
        assert_eq!(mend("Dräger Â"), "Dräger Â");
        assert_eq!(mend("naïve"), "naïve");
    }

    #[test]
    fn versions_in_whole_names() {
        assert_eq!(version_part("VC150: prior to Version 1.7.15", "VC150"), Some("prior to Version 1.7.15"));
        assert_eq!(
            version_part("Valleylab FT10 Valleylab LS10: Version 1.20.2 and lower", "LS10 x"),
            Some("Version 1.20.2 and lower")
        );
        assert_eq!(version_part("VC150", "VC150"), None);
    }
}
