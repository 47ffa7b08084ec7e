//! Patients who do not exist, with names that occur in no language, so that one found anywhere is a leak.

use crate::random::Random;

/// A patient as the wire spells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Patient {
    /// Family name in capitals, made of syllables and at least nine letters long.
    pub(crate) family: String,
    /// Given name in capitals, likewise.
    pub(crate) given: String,
    /// Medical record number.
    pub(crate) number: String,
    /// Date of birth, `yyyymmdd`.
    pub(crate) birth: String,
    /// `F` or `M`.
    pub(crate) sex: char,
}

const ONSETS: [&str; 12] = ["ZV", "TR", "KW", "BRO", "VLA", "MUR", "QUE", "SOR", "DRA", "HEL", "JOR", "PLI"];
const MIDDLES: [&str; 12] = [
    "AXEN", "OVRI", "UMBAL", "ETHOR", "ILGRA", "ONDEX", "ARVIN", "EKTOS", "UNDRA", "OLMEV", "ISTAN", "APHEL",
];
const FAMILY_ENDS: [&str; 8] = ["HOLTZ", "QUIST", "DOTTIR", "FENNA", "WYCK", "MORA", "ZIAN", "BRINE"];
const GIVEN_ENDS: [&str; 8] = ["IELLA", "ANTHE", "ORWIN", "UBERT", "ETTRA", "YNNE", "ARDO", "OSKIA"];

impl Patient {
    /// Patient number `index` of the hospital with this seed.
    pub(crate) fn new(seed: u64, index: u64) -> Patient {
        let mut random = Random::of(seed, &[0x7061_7469, index]);
        let sex = if random.chance(50) { 'F' } else { 'M' };
        Patient {
            family: [random.pick(&ONSETS), random.pick(&MIDDLES), random.pick(&FAMILY_ENDS)].concat(),
            given: [random.pick(&ONSETS), random.pick(&MIDDLES), random.pick(&GIVEN_ENDS)].concat(),
            number: format!("MRN{:07}", 1_000_003 + index * 37 + random.below(37)),
            birth: format!(
                "{}{:02}{:02}",
                random.between(1928, 2019),
                random.between(1, 12),
                random.between(1, 28)
            ),
            sex,
        }
    }

    /// Everything of this patient that must appear in nothing Cordon writes.
    pub(crate) fn forbidden(&self) -> [String; 5] {
        [self.family.clone(), self.given.clone(), self.number.clone(), self.birth.clone(), self.birth_date()]
    }

    /// The date of birth as web services write it, `yyyy-mm-dd`.
    pub(crate) fn birth_date(&self) -> String {
        match (self.birth.get(..4), self.birth.get(4..6), self.birth.get(6..8)) {
            (Some(year), Some(month), Some(day)) => format!("{year}-{month}-{day}"),
            _ => String::new(),
        }
    }
}
