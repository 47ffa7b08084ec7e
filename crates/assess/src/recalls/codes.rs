//! Which units a recall means, in the firm's words: lots, serial numbers, versions, or all.

use crate::version::{Condition, Decision};
use std::collections::BTreeSet;

/// Longer texts were cut when they were read, and list more than is known.
const CUT_FROM: usize = 4_000;
/// The shortest text that is taken for a serial number.
const SERIAL_MIN: usize = 4;

/// Words that say "all" and nothing against it.
const ALL_WORDS: &[&str] = &[
    "all", "units", "unit", "lots", "lot", "serial", "serials", "numbers", "number", "no", "nos", "codes",
    "code", "devices", "device", "systems", "product", "products", "batches", "batch", "sn", "s", "n", "of",
    "the", "udi", "di", "gtin", "are", "affected",
];
/// Words between serial numbers that say nothing of their own.
const SERIAL_WORDS: &[&str] =
    &["serial", "serials", "number", "numbers", "no", "nos", "sn", "s", "n", "and", "udi", "di", "gtin"];
/// Words between the ends of a range.
const THROUGH: &[&str] = &["through", "thru", "to"];

/// What a missing or known fact decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The device is meant, and why.
    Inside(String),
    /// It is not, and why.
    Outside(String),
    /// This fact would tell.
    Asks(Fact),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fact {
    Lot,
    Serial,
    Version,
    Other,
}

/// The units a recall means.
#[derive(Debug, Default)]
pub(super) struct Codes {
    /// Every unit.
    all: bool,
    /// Words that may be serial numbers, as they are compared.
    listed: BTreeSet<String>,
    /// Words that may be lots.
    lots: BTreeSet<String>,
    ranges: Vec<(String, String)>,
    /// True when the text is nothing but serial numbers, and all of them.
    only_serials: bool,
    versions: Option<Condition>,
    asks: Option<Fact>,
}

impl Codes {
    pub(super) fn read(text: &str) -> Codes {
        let words: Vec<Word> = words(text);
        let lower = text.to_lowercase();
        let holds = |some: &[&str]| words.iter().any(|word| some.contains(&word.lower.as_str()));
        let is_identifier =
            |word: &Word| word.text.len() == 14 && word.text.bytes().all(|byte| byte.is_ascii_digit());
        let all = holds(&["all"])
            && words.iter().all(|word| ALL_WORDS.contains(&word.lower.as_str()) || is_identifier(word));
        let listed = words.iter().filter(|word| is_serial(&word.text) && !is_identifier(word));
        let listed: BTreeSet<String> = listed.map(|word| compared(&word.text)).collect();
        let (speaks_of_lots, speaks_of_serials) = (
            holds(&["lot", "lots", "batch", "batches"]),
            holds(&["serial", "serials", "sn"]) || lower.contains("s/n"),
        );
        let speaks_of_versions = ["software", "firmware", "version"].iter().any(|word| lower.contains(word));
        let only_lots = speaks_of_lots && !speaks_of_serials;
        let ranges = ranges(&words);
        let plain = words.iter().all(|word| {
            SERIAL_WORDS.contains(&word.lower.as_str())
                || THROUGH.contains(&word.lower.as_str())
                || is_serial(&word.text)
        });
        // A dash between two serial numbers may be a range or part of one number, and "to" needs both ends.
        let throughs = words.iter().filter(|word| THROUGH.contains(&word.lower.as_str())).count();
        let only_serials = speaks_of_serials
            && plain
            && throughs == ranges.len()
            && !text.contains(['-', '–', '—', '*'])
            && text.len() < CUT_FROM;
        let versions = (speaks_of_versions && !speaks_of_lots && !speaks_of_serials)
            .then(|| Condition::parse(behind_version(text)))
            .filter(Condition::is_typed);
        let asks = match (speaks_of_lots, speaks_of_serials, speaks_of_versions) {
            (true, false, _) => Fact::Lot,
            (_, true, _) => Fact::Serial,
            (false, false, true) => Fact::Version,
            _ => Fact::Other,
        };
        Codes {
            all,
            lots: if speaks_of_lots { listed.clone() } else { BTreeSet::new() },
            listed: if only_lots { BTreeSet::new() } else { listed },
            ranges: if only_lots { Vec::new() } else { ranges },
            only_serials,
            versions,
            asks: Some(asks),
        }
    }

    /// Whether a device with these facts is meant.
    pub(super) fn decide(&self, serial: Option<&str>, lot: Option<&str>, version: Option<&str>) -> Verdict {
        if self.all {
            return Verdict::Inside("maker and model agree, and the recall is of all units".to_owned());
        }
        if let Some(known) = serial.filter(|serial| is_serial(serial)) {
            let own = compared(known);
            if self.listed.contains(&own) || self.ranges.iter().any(|(low, high)| between(&own, low, high)) {
                return Verdict::Inside(format!("its serial number {known} is among those recalled"));
            }
            let is_like = self.listed.iter().any(|other| shape(other) == shape(&own));
            if self.only_serials && is_like {
                let count = self.listed.len();
                return Verdict::Outside(format!(
                    "the recall lists its {count} serial numbers or ends of ranges, and {known} is not among them"
                ));
            }
        }
        // That a lot is not listed decides nothing: lots are written in many ways.
        if let Some(lot) = lot.filter(|lot| self.lots.contains(&compared(lot))) {
            return Verdict::Inside(format!("its lot {lot} is among those recalled"));
        }
        if let (Some(condition), Some(version)) = (&self.versions, version) {
            match condition.decide_text(version) {
                Decision::Inside => {
                    return Verdict::Inside(format!("its version {version} is among those recalled"));
                }
                Decision::Outside => {
                    return Verdict::Outside(format!("its version {version} is not among those recalled"));
                }
                Decision::Undecidable(_) => {}
            }
        }
        Verdict::Asks(self.asks.unwrap_or(Fact::Other))
    }
}

struct Word {
    text: String,
    lower: String,
}

fn words(text: &str) -> Vec<Word> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(|word| Word { text: word.to_owned(), lower: word.to_lowercase() }).collect()
}

/// True for what may be a serial number: letters and digits, with a digit.
fn is_serial(text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphanumeric()).count();
    letters >= SERIAL_MIN && text.contains(|c: char| c.is_ascii_digit())
}

/// As serial numbers are compared: capitals, no punctuation.
fn compared(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_uppercase).collect()
}

/// `AB1234` as `@@9999`: numbers of one kind look alike.
fn shape(text: &str) -> String {
    text.chars().map(|c| if c.is_ascii_digit() { '9' } else { '@' }).collect()
}

fn ranges(words: &[Word]) -> Vec<(String, String)> {
    let ends = words.windows(3).filter_map(|three| match three {
        [low, through, high] if THROUGH.contains(&through.lower.as_str()) => {
            let (low, high) = (compared(&low.text), compared(&high.text));
            (is_serial(&low) && shape(&low) == shape(&high) && low <= high).then_some((low, high))
        }
        _ => None,
    });
    ends.collect()
}

/// Of one shape numbers lie in the order of their characters, as long as the letters before the digits agree.
fn between(own: &str, low: &str, high: &str) -> bool {
    let letters = |text: &str| text.chars().take_while(|c| !c.is_ascii_digit()).collect::<String>();
    shape(own) == shape(low)
        && letters(own) == letters(low)
        && letters(low) == letters(high)
        && low <= own
        && own <= high
}

/// What stands behind the words "software version" and the like.
fn behind_version(text: &str) -> &str {
    const WORDS: [&str; 8] =
        ["software", "firmware", "versions", "version", "revisions", "revision", "affected", "(s)"];
    let mut rest = text.trim();
    loop {
        rest = rest.trim_start_matches([' ', ':', '-', ',', '.']);
        let next = WORDS
            .iter()
            .find(|word| rest.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word)));
        match next {
            Some(word) => rest = rest.get(word.len()..).unwrap_or_default(),
            None => return rest,
        }
    }
}
