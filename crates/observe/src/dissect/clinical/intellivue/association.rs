//! Association control: the session protocol data units that carry it (the guide, pages 67 to 73 and 298 to
//! 301; ITU-T X.225). Only enough is read to be sure that nothing else looks so.

use crate::dissect::Side;
use crate::dissect::clinical::mder::Reader;

/// Object identifiers of the data export protocol start so: 1.2.840.10004.2.1.0.0.
const IDENTIFIERS: [u8; 9] = [0x2a, 0x86, 0x48, 0xce, 0x14, 0x02, 0x01, 0x00, 0x00];
/// Association control over presentation: fully encoded user data of context 1, up to its own tag.
const CONTROL: [u8; 9] = [0x61, 0x80, 0x30, 0x80, 0x02, 0x01, 0x01, 0xa0, 0x80];
/// The user data parameter (X.225 8.3.1).
const USER_DATA: u8 = 0xc1;

/// A session protocol data unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Session {
    /// A collector asks for an association.
    Connect,
    /// The monitor accepts.
    Accept,
    /// The monitor refuses, such as when it serves another collector.
    Refuse,
    /// One side wants to end.
    Finish,
    /// The other agrees.
    Disconnect,
    /// One side ends at once.
    Abort,
}

impl Session {
    /// The unit that `bytes` are, if their parameters fill them exactly and, as far as its kind has such,
    /// carry association control.
    pub(super) fn of(bytes: &[u8], on_port: bool, cut: bool) -> Option<Session> {
        let mut reader = Reader(bytes);
        let (session, tag) = match reader.u8()? {
            0x0d => (Session::Connect, None),
            0x0e => (Session::Accept, None),
            0x0c => (Session::Refuse, None),
            0x09 => (Session::Finish, Some(0x62)),
            0x0a => (Session::Disconnect, Some(0x63)),
            0x19 => (Session::Abort, Some(0x64)),
            _ => return None,
        };
        let length = length(&mut reader)?;
        if length != reader.len() && !(cut && length > reader.len()) {
            return None;
        }
        let user_data = user_data(reader, cut)?;
        let known = match tag {
            Some(tag) => holds(user_data, &CONTROL, Some(tag)),
            None => holds(user_data, &IDENTIFIERS, None),
        };
        // What a refusal carries is not in the guide.
        (known || (session == Session::Refuse && on_port)).then_some(session)
    }

    /// Who sends such; both may end an association.
    pub(super) fn sender(self) -> Option<Side> {
        match self {
            Session::Connect => Some(Side::Client),
            Session::Accept | Session::Refuse => Some(Side::Server),
            Session::Finish | Session::Disconnect | Session::Abort => None,
        }
    }
}

/// A length indicator: one byte, or 255 and two bytes (the guide, page 67).
fn length(reader: &mut Reader<'_>) -> Option<usize> {
    match reader.u8()? {
        255 => reader.u16().map(usize::from),
        length => Some(usize::from(length)),
    }
}

/// The user data parameter's value, empty without one; `None` when the parameters are none.
fn user_data(mut reader: Reader<'_>, cut: bool) -> Option<&[u8]> {
    while let Some(parameter) = reader.u8() {
        let length = length(&mut reader)?;
        if parameter == USER_DATA {
            let whole = length == reader.len() || (cut && length > reader.len());
            return whole.then_some(reader.0);
        }
        // Connection identifier, connect item, their parts, disconnect, requirements, selectors, reason.
        if !matches!(parameter, 0x01 | 0x05 | 0x11 | 0x13 | 0x14 | 0x16 | 0x19 | 0x31..=0x34) {
            return None;
        }
        reader.take(length)?;
    }
    Some(&[])
}

/// True when `bytes` hold the needle, followed by `next` where one is wanted.
fn holds(bytes: &[u8], needle: &[u8; 9], next: Option<u8>) -> bool {
    let wanted = |after: Option<&u8>| next.is_none() || after.copied() == next;
    (0..bytes.len()).any(|at| {
        let rest = bytes.get(at..).unwrap_or_default();
        rest.starts_with(needle) && wanted(rest.get(needle.len()))
    })
}
