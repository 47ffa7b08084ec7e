//! HIBC supplier labels (ANSI/HIBC 2.6): primary, secondary, and both in one.

use super::{Agency, LabelDate, Udi, UdiError, is_plain, number, split, year_of_two};

/// What the check character is made of, in order of value (2.6, table B).
const CHARACTERS: &[u8; 43] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. $/+%";

/// A lot or serial number has at most this many characters.
const NUMBER_MAX: usize = 18;

/// The check character of everything before it: the sum of all values modulo 43.
pub(super) fn check_character(text: &str) -> Option<char> {
    let mut sum = 0;
    for byte in text.bytes() {
        sum += CHARACTERS.iter().position(|known| *known == byte)?;
    }
    CHARACTERS.get(sum % CHARACTERS.len()).map(|byte| char::from(*byte))
}

/// A text whose last character is its check, without it; a blank there is printed as an underscore.
fn checked(text: &str) -> Result<(&str, char), UdiError> {
    let last = text.chars().next_back().unwrap_or_default();
    let body = text.get(..text.len() - last.len_utf8()).unwrap_or_default();
    let found = if last == '_' { ' ' } else { last };
    let wanted = check_character(body).ok_or(UdiError::Form("it holds characters HIBC does not use"))?;
    if found == wanted { Ok((body, found)) } else { Err(UdiError::Check { wanted, found }) }
}

/// Reads a primary, both in one, or a primary and the secondary that is linked to it, a blank between them.
pub(super) fn parse(text: &str) -> Result<Udi, UdiError> {
    let Some((primary, secondary)) = text.split_once(" +") else {
        // A blank at the end may be the check character.
        let whole = joined(text.trim_end());
        return match whole {
            Err(UdiError::Check { .. }) if text.ends_with(' ') => joined(text),
            whole => whole,
        }
        .map(|(udi, _)| udi);
    };
    let (mut udi, link) = joined(primary)?;
    let secondary = format!("+{}", secondary.trim());
    let (body, _) = checked(&secondary)?;
    let data = body.strip_prefix('+').unwrap_or_default();
    match data.strip_suffix(link) {
        Some(data) => secondary_data(data, &mut udi)?,
        None => return Err(UdiError::Form("the secondary label belongs to another primary one")),
    }
    Ok(udi)
}

/// One text: the primary label's data and, behind a slash, more; and its check character.
fn joined(text: &str) -> Result<(Udi, char), UdiError> {
    let (body, link) = checked(text)?;
    let body = body.strip_prefix('+').unwrap_or_default();
    let mut parts = body.split('/');
    let primary = parts.next().unwrap_or_default();
    let is_primary = (6..=23).contains(&primary.len())
        && is_plain(primary)
        && primary.starts_with(|letter: char| letter.is_ascii_uppercase())
        && primary.ends_with(|letter: char| letter.is_ascii_digit());
    if !is_primary {
        return Err(UdiError::Form("what names the device is not labeller, product and unit of measure"));
    }
    let mut udi = Udi { checked: true, ..Udi::new(Agency::Hibcc, primary) };
    for (at, part) in parts.enumerate() {
        match part {
            _ if at == 0
                && part.starts_with(|letter: char| letter == '$' || letter.is_ascii_digit())
                && !part.starts_with("16D")
                && !part.starts_with("14D") =>
            {
                secondary_data(part, &mut udi)?;
            }
            _ => supplement(part, &mut udi)?,
        }
    }
    Ok((udi, link))
}

/// What stands behind further slashes, named by identifiers of ASC MH10.8.2.
fn supplement(part: &str, udi: &mut Udi) -> Result<(), UdiError> {
    if let Some(date) = part.strip_prefix("16D") {
        udi.manufactured = Some(whole_date(date)?);
    } else if let Some(date) = part.strip_prefix("14D") {
        udi.expires = Some(whole_date(date)?);
    } else if let Some(serial) = part.strip_prefix('S') {
        udi.serial = numbered(serial)?;
    }
    Ok(())
}

/// The data of a secondary label: quantity, expiry, and lot or serial number.
fn secondary_data(data: &str, udi: &mut Udi) -> Result<(), UdiError> {
    let short = UdiError::Form("the secondary label ends within a field");
    let (is_serial, rest) = match data {
        _ if data.starts_with("$$+") => (true, dated(data.get(3..).unwrap_or_default(), udi)?),
        _ if data.starts_with("$$") => {
            let rest = data.get(2..).unwrap_or_default();
            let quantity = match rest.as_bytes().first() {
                Some(b'8') => 3,
                Some(b'9') => 6,
                _ => 0,
            };
            let (quantity, rest) = split(rest, quantity).ok_or(short)?;
            if !quantity.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(UdiError::Form("a quantity is no number"));
            }
            (false, if rest.is_empty() { rest } else { dated(rest, udi)? })
        }
        _ if data.starts_with("$+") => (true, data.get(2..).unwrap_or_default()),
        _ if data.starts_with('$') => (false, data.get(1..).unwrap_or_default()),
        _ => {
            let (date, rest) = split(data, 5).ok_or(short)?;
            udi.expires = Some(day_of_year(date)?);
            (false, rest)
        }
    };
    let slot = if is_serial { &mut udi.serial } else { &mut udi.lot };
    *slot = numbered(rest)?;
    Ok(())
}

/// Takes the expiry off the front, in the form its first digit tells.
fn dated<'t>(text: &'t str, udi: &mut Udi) -> Result<&'t str, UdiError> {
    let short = UdiError::Form("the secondary label ends within a field");
    let Some((flag, rest)) = split(text, 1) else { return Err(short) };
    // (length, where year, month and day stand); without a day where there is none.
    let (length, year, month, day) = match flag {
        "0" | "1" => {
            let (date, rest) = split(text, 4).ok_or(short)?;
            udi.expires = Some(of_parts(date.get(2..4), date.get(..2), None)?);
            return Ok(rest);
        }
        "2" => (6, 4..6, 0..2, 2..4),
        "3" => (6, 0..2, 2..4, 4..6),
        "4" => (8, 0..2, 2..4, 4..6),
        "5" | "6" => {
            let (date, rest) = split(rest, if flag == "5" { 5 } else { 7 }).ok_or(short)?;
            udi.expires = Some(day_of_year(date.get(..5).unwrap_or_default())?);
            return Ok(rest);
        }
        "7" => return Ok(rest),
        _ => return Err(UdiError::Form("the form of a date is not known")),
    };
    let (date, rest) = split(rest, length).ok_or(short)?;
    udi.expires = Some(of_parts(date.get(year), date.get(month), Some(date.get(day)))?);
    Ok(rest)
}

type Digits<'t> = Option<&'t str>;

fn of_parts(year: Digits<'_>, month: Digits<'_>, day: Option<Digits<'_>>) -> Result<LabelDate, UdiError> {
    let small = |digits: Digits<'_>| digits.and_then(number).and_then(|number| u8::try_from(number).ok());
    let found = year.and_then(year_of_two).zip(small(month)).and_then(|(year, month)| match day {
        Some(day) => LabelDate::new(year, month, Some(small(day)?)),
        None => LabelDate::new(year, month, None),
    });
    found.ok_or(UdiError::Form("there is no such date"))
}

/// `YYJJJ`.
fn day_of_year(text: &str) -> Result<LabelDate, UdiError> {
    let parts = text.get(..2).and_then(year_of_two).zip(text.get(2..5).and_then(number));
    let found = parts.and_then(|(year, day)| LabelDate::of_year(year, day));
    found.ok_or(UdiError::Form("there is no such date"))
}

/// `YYYYMMDD`.
fn whole_date(text: &str) -> Result<LabelDate, UdiError> {
    let small = |from: usize| text.get(from..from + 2).and_then(number).and_then(|n| u8::try_from(n).ok());
    let year = text.get(..4).and_then(number).filter(|_| text.len() == 8);
    let found = year.zip(small(4)).zip(small(6)).and_then(|((y, m), d)| LabelDate::new(y, m, Some(d)));
    found.ok_or(UdiError::Form("there is no such date"))
}

fn numbered(text: &str) -> Result<Option<String>, UdiError> {
    if text.len() > NUMBER_MAX || !is_plain(text) {
        return Err(UdiError::Form(
            "a lot or serial number is too long or holds characters HIBC does not use",
        ));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
