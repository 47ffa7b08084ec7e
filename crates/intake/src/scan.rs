//! Addresses, numbers and times out of bytes, without detours.

use cordon_model::Timestamp;
use std::net::{IpAddr, Ipv4Addr};

/// The text of bytes; nothing for what is no UTF-8.
pub(crate) fn text(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

/// An IP address; of IPv6 also with a zone, which is taken off.
#[inline]
pub(crate) fn ip(bytes: &[u8]) -> Option<IpAddr> {
    if let Some(address) = ipv4(bytes) {
        return Some(IpAddr::V4(address));
    }
    let text = text(bytes)?;
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse().ok()
}

/// Dotted decimal without leading zeros (RFC 6943, 3.1.1).
#[inline]
fn ipv4(bytes: &[u8]) -> Option<Ipv4Addr> {
    let mut octets = [0u8; 4];
    let mut place = 0;
    let mut value = 0u32;
    let mut digits = 0;
    for byte in bytes {
        match byte {
            b'0'..=b'9' => {
                if digits > 0 && value == 0 {
                    return None;
                }
                value = value * 10 + u32::from(byte - b'0');
                digits += 1;
                if value > 255 {
                    return None;
                }
            }
            b'.' if digits > 0 => {
                *octets.get_mut(place)? = value as u8;
                (place, value, digits) = (place + 1, 0, 0);
            }
            _ => return None,
        }
    }
    if place != 3 || digits == 0 {
        return None;
    }
    let [a, b, c, _] = octets;
    Some(Ipv4Addr::new(a, b, c, value as u8))
}

/// A number without sign; nothing for one that does not fit.
#[inline]
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() || bytes.len() > 19 {
        return None;
    }
    let mut value = 0u64;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        value = value * 10 + u64::from(digit);
    }
    Some(value)
}

/// A port.
pub(crate) fn port(bytes: &[u8]) -> Option<u16> {
    number(bytes).and_then(|port| u16::try_from(port).ok())
}

/// Seconds with a fraction, in microseconds.
#[inline]
pub(crate) fn seconds(bytes: &[u8]) -> Option<i64> {
    let (is_negative, bytes) = match bytes.strip_prefix(b"-") {
        Some(rest) => (true, rest),
        None => (false, bytes),
    };
    let (whole, fraction) = match memchr::memchr(b'.', bytes) {
        Some(at) => (bytes.get(..at)?, bytes.get(at + 1..)?),
        None => (bytes, &[][..]),
    };
    let mut micros = i64::try_from(number(whole)?).ok()?.checked_mul(1_000_000)?;
    let mut unit = 100_000;
    for byte in fraction {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            // 1.5e-05: tools write very small numbers so.
            return text(bytes)?.parse::<f64>().ok().filter(|value| value.abs() < 1e12).map(|value| {
                let micros = (value * 1e6) as i64;
                if is_negative { -micros } else { micros }
            });
        }
        micros += i64::from(digit) * unit;
        unit /= 10;
    }
    Some(if is_negative { -micros } else { micros })
}

/// A time: seconds since the epoch with or without a fraction, or RFC 3339 with or without the colon in its
/// offset, or without any offset (then UTC).
#[inline]
pub(crate) fn time(bytes: &[u8]) -> Option<Timestamp> {
    if let Some(micros) = seconds(bytes) {
        return Some(Timestamp::from_micros(micros));
    }
    let text = text(bytes)?.trim();
    if !text.is_ascii() || text.len() < 19 {
        return None;
    }
    // `2026-11-16T07:00:00.123456+0100` as Suricata writes it.
    let (front, end) = text.split_at(text.len() - 5);
    let is_offset = end.starts_with(['+', '-']) && end.bytes().skip(1).all(|byte| byte.is_ascii_digit());
    if is_offset {
        let (hours, minutes) = end.split_at(3);
        return format!("{front}{hours}:{minutes}").parse().ok();
    }
    if text.ends_with('Z') || text.contains('+') || text.matches('-').count() > 2 {
        return text.parse().ok();
    }
    format!("{text}Z").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn times_are_read_in_every_usual_form() {
        let wanted = "2026-11-16T07:00:00.5Z".parse::<Timestamp>().unwrap();
        for text in [
            "1794812400.5",
            "1794812400.500000",
            "2026-11-16T07:00:00.500000+0000",
            "2026-11-16T08:00:00.500000+0100",
            "2026-11-16T08:00:00.5+01:00",
            "2026-11-16T02:00:00.500-0500",
            "2026-11-16T07:00:00.5Z",
            "2026-11-16T07:00:00.5",
            "2026-11-16 07:00:00.5",
        ] {
            assert_eq!(time(text.as_bytes()), Some(wanted), "{text}");
        }
        for text in ["", "-", "yesterday", "2026-11-16T07", "é026-11-16T07:00:00+0000"] {
            assert_eq!(time(text.as_bytes()), None, "{text}");
        }
        assert_eq!(seconds(b"-1.25"), Some(-1_250_000));
        assert_eq!(seconds(b"1.5e-05"), Some(15));
    }

    proptest! {
        #[test]
        fn addresses_and_numbers_are_what_the_library_reads(text in "[0-9.]{0,16}", number_text in "[0-9+-]{0,22}", v4 in any::<u32>()) {
            prop_assert_eq!(ipv4(text.as_bytes()), text.parse().ok());
            let address = Ipv4Addr::from(v4);
            prop_assert_eq!(ip(address.to_string().as_bytes()), Some(IpAddr::V4(address)));
            let expected = number_text.parse::<u64>().ok().filter(|_| number_text.len() <= 19 && !number_text.starts_with('+'));
            prop_assert_eq!(number(number_text.as_bytes()), expected);
        }

        #[test]
        fn any_bytes_end(bytes in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = (time(&bytes), ip(&bytes), seconds(&bytes), port(&bytes));
        }
    }
}
