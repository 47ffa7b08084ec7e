//! Scopes: what a device says of its place and purpose, as URIs.
//!
//! Only schemes that are known to speak of places and devices are passed on; a scope may as well name a
//! patient or a clinician (IEEE 11073-20701 context-based scopes).

use crate::dissect::sdc::names::{Short, place};

/// The parts of a location in the scope's order, by their names in its query (IEEE 11073-20701).
const LOCATION_PARTS: [&[u8]; 6] = [b"fac", b"bldng", b"flr", b"poc", b"rm", b"bed"];
const LOCATION: &[u8] = b"sdc.ctxt.loc:";
const PATIENT: &[u8] = b"sdc.ctxt.pat:";
const ONVIF: &[u8] = b"onvif://www.onvif.org/";

/// What a scope says.
#[expect(clippy::large_enum_variant, reason = "it is read at once, where nothing is boxed")]
pub(super) enum Scope {
    /// Where a medical device stands, and the point of care it serves.
    Location(Short<256>, Short<64>),
    /// Which patient a medical device is used for.
    Patient,
    /// A camera's name.
    Name(Short<96>),
    /// A camera's model.
    Hardware(Short<96>),
    /// Where a camera hangs.
    CameraLocation(Short<96>),
    /// Something else that may be told as it is.
    Plain,
    /// What is not known to be harmless.
    Untold,
}

/// True when the scope says where a medical device stands.
pub(super) fn is_location(scope: &[u8]) -> bool {
    starts_with(scope, LOCATION)
}

/// Reads one scope.
pub(super) fn read(scope: &[u8]) -> Scope {
    const PLAIN: [&[u8]; 5] = [b"sdc.mds.pkp:", b"sdc.cdc.type:", b"profile/", b"type/", b"mac/"];
    if let Some(location) = strip(scope, LOCATION) {
        return location_of(location);
    }
    if starts_with(scope, PATIENT) {
        return Scope::Patient;
    }
    let inner = strip(scope, ONVIF);
    let text = inner.unwrap_or(scope);
    // Two scopes that ran into one another may end in anything.
    let start = memchr::memchr(b':', text).filter(|_| inner.is_none()).map_or(0, |colon| colon + 1);
    let rest = text.get(start..).unwrap_or_default();
    if memchr::memchr(b':', rest).is_some() && strip(text, b"mac/").is_none_or(|mac| !is_mac(mac)) {
        return Scope::Untold;
    }
    if let Some(inner) = inner {
        if let Some(name) = strip(inner, b"name/") {
            return Scope::Name(decoded(name));
        }
        if let Some(hardware) = strip(inner, b"hardware/") {
            return Scope::Hardware(decoded(hardware));
        }
        if let Some(location) = strip(inner, b"location/") {
            // Countries, cities and buildings are written as `location/city/Bonn`.
            return Scope::CameraLocation(decoded(location));
        }
    }
    match PLAIN.iter().any(|known| starts_with(text, known)) {
        true => Scope::Plain,
        false => Scope::Untold,
    }
}

fn is_mac(text: &[u8]) -> bool {
    text.len() <= 17 && text.iter().all(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'-'))
}

/// `/sdc.ctxt.loc.detail/FAC%2FBLDNG%2F…?fac=…&poc=…`: the query's parts, or without one the six of the path.
fn location_of(scope: &[u8]) -> Scope {
    let mut parts = [Short::<64>::default(); 6];
    let (path, query) = match memchr::memchr(b'?', scope) {
        Some(at) => (scope.get(..at).unwrap_or_default(), scope.get(at + 1..).unwrap_or_default()),
        None => (scope, &[][..]),
    };
    for pair in query.split(|&byte| byte == b'&') {
        let Some(equals) = memchr::memchr(b'=', pair) else { continue };
        let (key, value) = pair.split_at(equals);
        let slots = LOCATION_PARTS.iter().zip(parts.iter_mut());
        for (_, slot) in slots.filter(|(name, slot)| **name == key && slot.is_empty()) {
            *slot = decoded(value.get(1..).unwrap_or_default());
        }
    }
    if query.is_empty() {
        // Slashes between the parts are escaped once, those within a part twice.
        let last = path.rsplit(|&byte| byte == b'/').next().unwrap_or_default();
        let joined: Short<256> = decoded(last);
        for (slot, part) in parts.iter_mut().zip(joined.bytes().split(|&byte| byte == b'/')) {
            *slot = decoded(part);
        }
    }
    let [facility, building, floor, care, room, bed] = &parts;
    let all = [facility, building, floor, care, room, bed].map(Short::bytes);
    Scope::Location(place(all), *care)
}

/// Undoes percent-encoding (RFC 3986 2.1) and the plus of forms.
fn decoded<const N: usize>(text: &[u8]) -> Short<N> {
    let mut out = Short::default();
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let hexadecimal = |byte: &u8| char::from(*byte).to_digit(16);
        let pair = match after {
            [high, low, ..] => hexadecimal(high).zip(hexadecimal(low)),
            _ => None,
        };
        let (byte, taken) = match (first, pair) {
            (b'%', Some((high, low))) => ((high << 4 | low) as u8, 2),
            (b'+', _) => (b' ', 0),
            (byte, _) => (*byte, 0),
        };
        out.push(&[byte]);
        rest = after.get(taken..).unwrap_or_default();
    }
    out
}

fn starts_with(text: &[u8], start: &[u8]) -> bool {
    strip(text, start).is_some()
}

/// What follows `start`, whatever its case.
fn strip<'a>(text: &'a [u8], start: &[u8]) -> Option<&'a [u8]> {
    let (front, rest) = text.split_at_checked(start.len())?;
    front.eq_ignore_ascii_case(start).then_some(rest)
}
