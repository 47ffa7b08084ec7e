//! Unique device identifiers as the three agencies accredited by FDA (21 CFR 830.100) issue them: what they
//! say of a device, their check digits and characters verified.
//!
//! GS1 (General Specifications, in brackets and with FNC1), HIBCC (ANSI/HIBC 2.6, Supplier Labeling Standard)
//! and ICCBBA (ISBT 128). A text that is none, or whose check fails, is an error that says why; nothing of it
//! is taken then. What a text leaves open, such as where one number ends and the next begins, is left out.

mod gs1;
mod hibc;
mod isbt;
#[cfg(test)]
mod tests;

use crate::time::Timestamp;
use std::fmt;

/// A longer text is no identifier: the longest a label may carry is below 200 characters.
pub const UDI_BYTES_MAX: usize = 512;

/// Who issues an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agency {
    /// GS1.
    Gs1,
    /// Health Industry Business Communications Council.
    Hibcc,
    /// ICCBBA, for blood, cells and tissue (ISBT 128).
    Iccbba,
}

impl Agency {
    /// The name as FDA's database spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Agency::Gs1 => "GS1",
            Agency::Hibcc => "HIBCC",
            Agency::Iccbba => "ICCBBA",
        }
    }
}

/// A date on a label; some carry no day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelDate {
    year: u16,
    month: u8,
    day: Option<u8>,
}

impl LabelDate {
    /// The date, when there is such a one, from the year 1900 to 2199: those that ISBT 128 can write.
    pub fn new(year: u16, month: u8, day: Option<u8>) -> Option<LabelDate> {
        let known = Timestamp::from_date(i64::from(year), u32::from(month), u32::from(day.unwrap_or(1)));
        known.filter(|_| (1900..2200).contains(&year)).map(|_| LabelDate { year, month, day })
    }

    /// The day with this number in its year, 1 to 366.
    fn of_year(year: u16, number: u16) -> Option<LabelDate> {
        const MICROS_PER_DAY: i64 = 86_400_000_000;
        let first = Timestamp::from_date(i64::from(year), 1, 1)?;
        let (found, month, day) = first.plus_micros((i64::from(number) - 1) * MICROS_PER_DAY).date();
        let is_of_year = number > 0 && found == i64::from(year);
        if is_of_year { LabelDate::new(year, month as u8, Some(day as u8)) } else { None }
    }

    /// The year.
    pub fn year(self) -> u16 {
        self.year
    }
}

impl fmt::Display for LabelDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.year, self.month)?;
        self.day.map_or(Ok(()), |day| write!(f, "-{day:02}"))
    }
}

/// What a text that is no usable identifier is instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UdiError {
    /// It has the form of none of the agencies.
    NoIdentifier,
    /// Its check digit or character says that it was misread or mistyped.
    Check {
        /// What the other characters call for.
        wanted: char,
        /// What is there.
        found: char,
    },
    /// It begins as an agency's identifier and does not go on as one.
    Form(&'static str),
}

impl fmt::Display for UdiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            UdiError::NoIdentifier => f.write_str("no identifier of GS1, HIBCC or ICCBBA"),
            UdiError::Check { wanted, found } => {
                write!(f, "its check character is \"{found}\" where \"{wanted}\" is called for")
            }
            UdiError::Form(what) => f.write_str(what),
        }
    }
}

impl std::error::Error for UdiError {}

/// What a unique device identifier says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Udi {
    /// Who issued it.
    pub agency: Agency,
    /// The device identifier: the part that names maker and model, as FDA's database holds it (a GTIN of 14
    /// digits; labeller, product and unit of HIBC without `+` and check; the 16 characters behind `=/`).
    pub device: String,
    /// Lot or batch.
    pub lot: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// When it expires.
    pub expires: Option<LabelDate>,
    /// When it was made.
    pub manufactured: Option<LabelDate>,
    /// Donation identification number (ISBT 128 only).
    pub donation: Option<String>,
    /// True when a check digit or character stood in it; that it was right is a condition of being here.
    pub checked: bool,
}

impl Udi {
    fn new(agency: Agency, device: &str) -> Udi {
        Udi {
            agency,
            device: device.to_owned(),
            lot: None,
            serial: None,
            expires: None,
            manufactured: None,
            donation: None,
            checked: false,
        }
    }

    /// Reads an identifier in any of the forms the agencies publish; also a bare GTIN of 12 to 14 digits.
    pub fn parse(text: &str) -> Result<Udi, UdiError> {
        if text.len() > UDI_BYTES_MAX {
            return Err(UdiError::NoIdentifier);
        }
        // A label prints HIBC between asterisks.
        let around = |letter: char| letter.is_whitespace() || letter == '*';
        let begun = text.trim_start_matches(around);
        let text = begun.trim_end_matches(around);
        match text.chars().next() {
            Some('+') => hibc::parse(begun.trim_end_matches('*')),
            Some('=' | '&') => isbt::parse(text),
            Some('(') => gs1::bracketed(text),
            Some(']' | gs1::SEPARATOR | gs1::SEPARATOR_SHOWN | '0'..='9') => gs1::plain(text),
            _ => Err(UdiError::NoIdentifier),
        }
    }
}

/// The number that a run of digits stands for.
fn number(digits: &str) -> Option<u16> {
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { digits.parse().ok() } else { None }
}

/// The year of a label with two digits. GS1's rule (General Specifications 7.12: at most 49 years back and 50
/// ahead) as of 2026: identifiers came with 21 CFR 830 in 2013, so that no label is older than 1977.
fn year_of_two(digits: &str) -> Option<u16> {
    let year = number(digits).filter(|_| digits.len() == 2)?;
    Some(if year >= 77 { 1900 + year } else { 2000 + year })
}

/// `text` in two, where it is so long and both parts are whole characters.
fn split(text: &str, at: usize) -> Option<(&str, &str)> {
    text.split_at_checked(at)
}

/// True for capital letters and digits only.
fn is_plain(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
}
