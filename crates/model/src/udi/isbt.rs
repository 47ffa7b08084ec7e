//! ISBT 128 data structures as UDIs carry them (ICCBBA ST-001, ST-017; FDA's list of formats).

use super::{Agency, LabelDate, Udi, UdiError, number};

/// Reads data structures one after another.
pub(super) fn parse(text: &str) -> Result<Udi, UdiError> {
    let mut device = None;
    let mut udi = Udi::new(Agency::Iccbba, "");
    let mut rest = text;
    while !rest.is_empty() {
        let (begin, length) = structure(rest).ok_or(UdiError::Form("a data structure is not known"))?;
        let (name, behind) = rest.split_at_checked(begin).unwrap_or_default();
        let (value, after) =
            behind.split_at_checked(length).ok_or(UdiError::Form("it ends within a data structure"))?;
        let is_plain = value.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_plain {
            return Err(UdiError::Form("a data structure holds more than letters and digits"));
        }
        match name {
            // DS034 processor product identification code; DS017 container manufacturer and catalogue number.
            "=/" | "=)" if device.is_some_and(|before| before != value) => {
                return Err(UdiError::Form("it names two devices"));
            }
            "=/" | "=)" => device = Some(value),
            // DS032.
            "=," => udi.serial = Some(value.to_owned()),
            // DS004 and, with the time, DS005.
            "=>" | "&>" => udi.expires = Some(date(value)?),
            // DS008 and, with the time, DS009.
            "=}" | "&}" => udi.manufactured = Some(date(value)?),
            // DS035; DS018.
            "&,1" | "&)" => udi.lot = Some(value.to_owned()),
            // DS001.
            "=" => udi.donation = Some(donation(value, &mut udi.checked)?),
            _ => {}
        }
        rest = after.trim_start();
    }
    udi.device =
        device.ok_or(UdiError::Form("it has no =/ or =), the structures that name the device"))?.to_owned();
    Ok(udi)
}

/// The data structure a text begins with: how long its identifier is and how long its data.
fn structure(text: &str) -> Option<(usize, usize)> {
    let known = [
        ("&,1", 18),
        ("=/", 16),
        ("=,", 6),
        ("=>", 6),
        ("&>", 10),
        ("=}", 6),
        ("&}", 10),
        ("=*", 6),
        ("&*", 10),
        ("=)", 10),
        ("&)", 10),
        ("=<", 8),
        ("=%", 4),
        ("=+", 5),
    ];
    if let Some((begin, length)) = known.into_iter().find(|(begin, _)| text.starts_with(begin)) {
        return Some((begin.len(), length));
    }
    // The second character of a donation identification number's identifier is already its first.
    let second = text.strip_prefix('=')?.bytes().next()?;
    second.is_ascii_alphanumeric().then_some((1, 15))
}

/// `cyyjjj`, the century's last digit first; a time may follow.
fn date(text: &str) -> Result<LabelDate, UdiError> {
    let parts = (text.get(..1), text.get(1..3).and_then(number), text.get(3..6).and_then(number));
    let found = match parts {
        (Some(century), Some(year), Some(day)) => {
            let century = match century {
                "9" => Some(1900),
                "0" => Some(2000),
                "1" => Some(2100),
                _ => None,
            };
            century.and_then(|century| LabelDate::of_year(century + year, day))
        }
        _ => None,
    };
    found.ok_or(UdiError::Form("there is no such date"))
}

/// A donation identification number of 13 characters and two flag characters; flags from 60 to 96 are its
/// check (type 3: ISO/IEC 7064 MOD 37-2 plus 60).
fn donation(text: &str, checked: &mut bool) -> Result<String, UdiError> {
    let (donation, flags) = text.split_at_checked(13).unwrap_or_default();
    if let Some(flags @ 60..=96) = number(flags) {
        let wanted = check_value(donation) + 60;
        if flags != wanted {
            let digit = |number: u16| char::from(b'0' + (number % 10) as u8);
            let differs = flags / 10 != wanted / 10;
            let of = |flags: u16| digit(if differs { flags / 10 } else { flags });
            return Err(UdiError::Check { wanted: of(wanted), found: of(flags) });
        }
        *checked = true;
    }
    Ok(donation.to_owned())
}

/// The check of a donation identification number, 0 to 36 (ISO/IEC 7064, MOD 37-2).
pub(super) fn check_value(donation: &str) -> u16 {
    let values = donation.bytes().map(|byte| match byte {
        b'0'..=b'9' => u16::from(byte - b'0'),
        other => u16::from(other.to_ascii_uppercase().wrapping_sub(b'A')) % 26 + 10,
    });
    let sum = values.fold(0, |sum, value| (sum + value) * 2 % 37);
    (38 - sum) % 37
}
