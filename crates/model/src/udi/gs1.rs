//! GS1 element strings (General Specifications, sections 3, 5.10.3 and 7.8 to 7.12).

use super::{Agency, LabelDate, Udi, UdiError, number, year_of_two};

/// What FNC1 becomes behind a field of no fixed length (ASCII 29, "group separator").
pub(super) const SEPARATOR: char = '\u{1d}';
/// The same, made visible.
pub(super) const SEPARATOR_SHOWN: char = '\u{241d}';

/// How long what stands behind an application identifier may be.
#[derive(Clone, Copy)]
struct Field {
    /// Digits of the application identifier.
    identifier: usize,
    min: usize,
    max: usize,
    /// True when its length is known without a separator (figure 7.8.5-2).
    predefined: bool,
}

/// Application identifiers by how they begin; longer beginnings stand first. Those a device's label may carry,
/// and those without which one could not read past what else stands on it.
const FIELDS: &[(&str, usize, usize, usize)] = &[
    ("7003", 4, 10, 10),
    ("7006", 4, 6, 6),
    ("7007", 4, 6, 12),
    ("7020", 4, 1, 20),
    ("7021", 4, 1, 20),
    ("7022", 4, 1, 20),
    ("7023", 4, 1, 30),
    ("7040", 4, 4, 4),
    ("7240", 4, 1, 20),
    ("8003", 4, 14, 30),
    ("8004", 4, 1, 30),
    ("8010", 4, 1, 30),
    ("8011", 4, 1, 12),
    ("8012", 4, 1, 20),
    ("8013", 4, 1, 25),
    ("8017", 4, 18, 18),
    ("8018", 4, 18, 18),
    ("8020", 4, 1, 25),
    ("8200", 4, 1, 70),
    ("235", 3, 1, 28),
    ("240", 3, 1, 30),
    ("241", 3, 1, 30),
    ("242", 3, 1, 6),
    ("243", 3, 1, 20),
    ("250", 3, 1, 30),
    ("251", 3, 1, 30),
    ("253", 3, 13, 30),
    ("254", 3, 1, 20),
    ("255", 3, 13, 25),
    ("400", 3, 1, 30),
    ("401", 3, 1, 30),
    ("402", 3, 17, 17),
    ("403", 3, 1, 30),
    ("420", 3, 1, 20),
    ("421", 3, 4, 12),
    ("422", 3, 3, 3),
    ("426", 3, 3, 3),
    ("71", 3, 1, 20),
    ("723", 4, 3, 30),
    ("00", 2, 18, 18),
    ("01", 2, 14, 14),
    ("02", 2, 14, 14),
    ("03", 2, 14, 14),
    ("10", 2, 1, 20),
    ("11", 2, 6, 6),
    ("12", 2, 6, 6),
    ("13", 2, 6, 6),
    ("15", 2, 6, 6),
    ("16", 2, 6, 6),
    ("17", 2, 6, 6),
    ("20", 2, 2, 2),
    ("21", 2, 1, 20),
    ("22", 2, 1, 20),
    ("30", 2, 1, 8),
    ("31", 4, 6, 6),
    ("32", 4, 6, 6),
    ("33", 4, 6, 6),
    ("34", 4, 6, 6),
    ("35", 4, 6, 6),
    ("36", 4, 6, 6),
    ("37", 2, 1, 8),
    ("390", 4, 1, 15),
    ("391", 4, 4, 18),
    ("392", 4, 1, 15),
    ("393", 4, 4, 18),
    ("41", 3, 13, 13),
    ("90", 2, 1, 30),
    ("9", 2, 1, 90),
];

/// The field whose application identifier `text` begins with.
fn field(text: &str) -> Option<Field> {
    let (begin, identifier, min, max) = FIELDS.iter().copied().find(|(begin, ..)| text.starts_with(begin))?;
    let digits = text.get(..identifier)?;
    let predefined = matches!(
        begin,
        "00" | "01"
            | "02"
            | "03"
            | "11"
            | "12"
            | "13"
            | "15"
            | "16"
            | "17"
            | "20"
            | "31"
            | "32"
            | "33"
            | "34"
            | "35"
            | "36"
            | "41"
    );
    let is_identifier = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_identifier.then_some(Field { identifier, min, max, predefined })
}

/// Characters that may stand in an element string (table 7.11-1).
fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "!\"%&'()*+,-./:;<=>?_".contains(letter)
}

/// `(01)09506000134352(10)A1(21)S7`: for people to read.
pub(super) fn bracketed(text: &str) -> Result<Udi, UdiError> {
    let mut elements = Vec::new();
    let mut rest = text;
    while let Some((identifier, behind)) = bracket(rest) {
        let known = field(identifier).ok_or(UdiError::Form("an application identifier is not known"))?;
        let end = if known.predefined {
            let blanks = behind.len() - behind.trim_start().len();
            (blanks + known.max).min(behind.len())
        } else {
            let starts = behind.match_indices('(').map(|(at, _)| at);
            let next = starts.filter(|at| behind.get(*at..).and_then(bracket).is_some());
            next.into_iter().next().unwrap_or(behind.len())
        };
        let (value, after) =
            behind.split_at_checked(end).ok_or(UdiError::Form("it holds characters GS1 does not use"))?;
        elements.push((identifier, value.trim()));
        rest = after.trim_start();
    }
    if rest.is_empty() {
        of_elements(&elements, true)
    } else {
        Err(UdiError::Form("text stands outside a field"))
    }
}

/// An application identifier in brackets and what follows it.
fn bracket(text: &str) -> Option<(&str, &str)> {
    let (identifier, behind) = text.strip_prefix('(')?.split_once(')')?;
    let known = field(identifier)?;
    (known.identifier == identifier.len()).then_some((identifier, behind))
}

/// Symbology identifiers of carriers of element strings (ISO/IEC 15424), `]C1` in front of GS1-128.
const SYMBOLOGIES: &[&str] = &["]C1", "]d2", "]Q3", "]e0", "]J1"];

/// What a scanner sends: fields one after another, FNC1 where one of no fixed length is not the last. Also a
/// bare GTIN.
pub(super) fn plain(text: &str) -> Result<Udi, UdiError> {
    let is_separator = |letter: char| matches!(letter, SEPARATOR | SEPARATOR_SHOWN);
    let text = SYMBOLOGIES.iter().find_map(|prefix| text.strip_prefix(prefix)).unwrap_or(text);
    let text = text.trim_matches(is_separator);
    if (12..=14).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return bare(text);
    }
    if !text.starts_with(|letter: char| letter.is_ascii_digit()) || field(text).is_none() {
        return Err(UdiError::NoIdentifier);
    }
    let is_separated = text.contains(is_separator);
    let mut elements = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let known = field(rest).ok_or(UdiError::Form("an application identifier is not known"))?;
        let (identifier, behind) =
            rest.split_at_checked(known.identifier).ok_or(UdiError::Form("it ends in a field's name"))?;
        let (value, after) = if known.predefined {
            behind.split_at_checked(known.max).ok_or(UdiError::Form("it ends within a field"))?
        } else {
            behind.split_once(is_separator).unwrap_or((behind, ""))
        };
        // Some software drops separators with all other control characters. Where the rest could be further
        // fields just as well, nobody can say where this one ends.
        if known.predefined || is_separated || !could_go_on(value, &known) {
            elements.push((identifier, value));
        }
        rest = after.trim_start_matches(is_separator);
    }
    of_elements(&elements, false)
}

/// True when some end of `value` reads as fields of its own, or the value is too long to be one.
fn could_go_on(value: &str, known: &Field) -> bool {
    let ends = value.char_indices().map(|(at, _)| at).filter(|at| *at >= known.min);
    value.len() > known.max || ends.filter_map(|at| value.get(at..)).any(are_fields)
}

/// True when a text reads as fields to its end.
fn are_fields(text: &str) -> bool {
    let mut rest = text;
    while let Some(known) = field(rest) {
        let Some(behind) = rest.get(known.identifier..) else { return false };
        if !known.predefined {
            return behind.len() >= known.min;
        }
        let Some((value, after)) = behind.split_at_checked(known.max) else { return false };
        if !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        if after.is_empty() {
            return true;
        }
        rest = after;
    }
    false
}

fn bare(digits: &str) -> Result<Udi, UdiError> {
    let gtin = format!("{digits:0>14}");
    check(&gtin)?;
    Ok(Udi { checked: true, ..Udi::new(Agency::Gs1, &gtin) })
}

fn of_elements(elements: &[(&str, &str)], bracketed: bool) -> Result<Udi, UdiError> {
    let mut found = None;
    for (_, value) in elements.iter().filter(|(identifier, _)| *identifier == "01") {
        if value.len() != 14 || !value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UdiError::Form("the GTIN behind (01) has not 14 digits"));
        }
        if found.is_some_and(|before| before != value) {
            return Err(UdiError::Form("it names two devices"));
        }
        check(value)?;
        found = Some(value);
    }
    let gtin = found.ok_or(UdiError::Form("it has no (01), the field that names the device"))?;
    let mut udi = Udi { checked: true, ..Udi::new(Agency::Gs1, gtin) };
    for (identifier, value) in elements {
        let known = field(identifier).ok_or(UdiError::Form("an application identifier is not known"))?;
        let is_blank = |letter: char| bracketed && letter == ' ';
        if !(known.min..=known.max).contains(&value.len()) {
            return Err(UdiError::Form("a field is shorter or longer than its kind may be"));
        }
        if !value.chars().all(|letter| is_allowed(letter) || is_blank(letter)) {
            return Err(UdiError::Form("it holds characters GS1 does not use"));
        }
        match *identifier {
            "10" => once(&mut udi.lot, (*value).to_owned())?,
            "21" => once(&mut udi.serial, (*value).to_owned())?,
            "11" => once(&mut udi.manufactured, date(value)?)?,
            "17" => once(&mut udi.expires, date(value)?)?,
            _ => {}
        }
    }
    Ok(udi)
}

fn once<T: PartialEq>(slot: &mut Option<T>, value: T) -> Result<(), UdiError> {
    match slot {
        Some(before) if *before != value => Err(UdiError::Form("a field stands twice with different values")),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

/// `YYMMDD`; a day `00` is not stated (3.4.2, 3.4.7).
fn date(text: &str) -> Result<LabelDate, UdiError> {
    let parts = (text.get(..2), text.get(2..4), text.get(4..6));
    let (Some(year), Some(month), Some(day)) = parts else {
        return Err(UdiError::Form("a date has not six digits"));
    };
    let known = year_of_two(year).zip(number(month)).zip(number(day)).and_then(|((year, month), day)| {
        let day = u8::try_from(day).ok()?;
        LabelDate::new(year, u8::try_from(month).ok()?, (day > 0).then_some(day))
    });
    known.ok_or(UdiError::Form("there is no such date"))
}

/// The check digit of a GTIN (7.9.1): weights 3 and 1 from the right.
pub(super) fn check_digit(digits: &str) -> u8 {
    let weighted = digits.bytes().rev().zip([3, 1].into_iter().cycle());
    let sum: u32 = weighted.map(|(byte, weight)| u32::from(byte.wrapping_sub(b'0') % 10) * weight).sum();
    ((10 - sum % 10) % 10) as u8
}

fn check(gtin: &str) -> Result<(), UdiError> {
    let mut digits = gtin.chars();
    let found = digits.next_back().unwrap_or_default();
    let wanted = char::from(b'0' + check_digit(digits.as_str()));
    if found == wanted { Ok(()) } else { Err(UdiError::Check { wanted, found }) }
}
