//! The APDUs of IEEE 11073-20601 (annex A.8 to A.10), told apart by their choice and by lengths that agree.

use super::PROTOCOL;
use crate::dissect::clinical::mder::Reader;
use crate::dissect::{Probe, Side};

const REQUEST: u16 = 0xe200;
const RESPONSE: u16 = 0xe300;
const RELEASE_REQUEST: u16 = 0xe400;
const RELEASE_RESPONSE: u16 = 0xe500;
const ABORT: u16 = 0xe600;
const DATA: u16 = 0xe700;
/// Bytes that show whether an APDU begins here: choice, length, and the first number inside.
pub(super) const HEAD: usize = 6;
/// Bytes that are enough to be certain.
const PROBE: usize = 20;
/// The only version of the association protocol.
const VERSION: u16 = 0x8000;

/// What a data APDU asks or answers, as far as it matters here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    /// An event report, confirmed or not: the device tells something.
    Event,
    /// The result of a get: the device describes an object.
    Got,
    /// Requests of the manager, confirmations, errors.
    Other,
}

/// One APDU; bodies start after their own lengths.
#[derive(Clone, Copy, Debug)]
pub(super) enum Apdu<'a> {
    Request(Reader<'a>),
    Response(Reader<'a>),
    Release,
    Abort(u16),
    Data(Service, Reader<'a>),
}

impl<'a> Apdu<'a> {
    /// Reads one; `cut` says that its end is not there. `None` when its lengths contradict one another.
    pub(super) fn of(bytes: &'a [u8], cut: bool) -> Option<Apdu<'a>> {
        let mut body = Reader(bytes);
        let choice = body.u16()?;
        body.u16()?;
        Some(match choice {
            REQUEST => Apdu::Request(body),
            RESPONSE => Apdu::Response(body),
            RELEASE_REQUEST | RELEASE_RESPONSE => Apdu::Release,
            ABORT => Apdu::Abort(body.u16()?),
            _ => {
                let _octets = body.u16()?;
                let _invoke = body.u16()?;
                let (service, _) = service(body.u16()?)?;
                let length = usize::from(body.u16()?);
                if length != body.len() && !(cut && length > body.len()) {
                    return None;
                }
                Apdu::Data(service, body)
            }
        })
    }
}

/// How long the APDU is that these bytes begin, its header included; `None` when they begin none.
pub(super) fn length(head: [u8; HEAD]) -> Option<usize> {
    let [a, b, c, d, e, f] = head;
    let [choice, length, first] = [[a, b], [c, d], [e, f]].map(u16::from_be_bytes);
    let fits = match choice {
        REQUEST => length >= 8 && first == VERSION,
        RESPONSE => length >= 6 && first <= 8,
        RELEASE_REQUEST | RELEASE_RESPONSE | ABORT => length == 2 && first <= 255,
        DATA => length >= 8 && first == length - 2,
        _ => false,
    };
    fits.then_some(4 + usize::from(length))
}

/// What a data APDU's choice means, and who sends such: the agent is the client.
fn service(choice: u16) -> Option<(Service, Option<Side>)> {
    Some(match choice {
        0x0100 | 0x0101 => (Service::Event, Some(Side::Client)),
        0x0203 => (Service::Got, Some(Side::Client)),
        0x0205 | 0x0207 => (Service::Other, Some(Side::Client)),
        0x0103..=0x0107 | 0x0201 => (Service::Other, Some(Side::Server)),
        0x0300 | 0x0400 => (Service::Other, None),
        _ => return None,
    })
}

/// What the first bytes of one side are.
pub(super) fn probe(head: &[u8]) -> Probe {
    let Some(start) = head.first_chunk::<HEAD>() else {
        let known = matches!(head, [] | [0xe2..=0xe7] | [0xe2..=0xe7, 0, ..]);
        return if known { Probe::Unsure } else { Probe::No };
    };
    if length(*start).is_none() {
        return Probe::No;
    }
    match certain(head) {
        Some(probe) => probe,
        None if head.len() < PROBE => Probe::Unsure,
        None => Probe::No,
    }
}

/// The probe's word on a head that begins an APDU; `None` when more bytes would tell.
fn certain(head: &[u8]) -> Option<Probe> {
    let mut reader = Reader(head);
    let (choice, length) = (reader.u16()?, reader.u16()?);
    let fits = |fits: bool, side| if fits { Probe::Certain(side) } else { Probe::No };
    match choice {
        REQUEST => {
            let version = reader.u32()?;
            let (count, list, protocol) = (reader.u16()?, reader.u16()?, reader.u16()?);
            let agrees = length.checked_sub(8) == Some(list) && version == 0x8000_0000;
            Some(fits(agrees && count > 0 && protocol == PROTOCOL, Side::Client))
        }
        RESPONSE => {
            let (_result, protocol, information) = (reader.u16()?, reader.u16()?, reader.u16()?);
            let agrees = length.checked_sub(6) == Some(information);
            Some(fits(agrees && (protocol == PROTOCOL || information == 0), Side::Server))
        }
        DATA => {
            let (_octets, _invoke, choice, inner) =
                (reader.u16()?, reader.u16()?, reader.u16()?, reader.u16()?);
            let agrees = length.checked_sub(8) == Some(inner);
            let Some((_, side)) = service(choice).filter(|_| agrees) else { return Some(Probe::No) };
            Some(side.map_or(Probe::Unsided, Probe::Certain))
        }
        // The end of an association says too little; what follows it may say more.
        _ => match probe(head.get(HEAD..)?) {
            Probe::Unsure => None,
            known => Some(known),
        },
    }
}

/// Why an association was rejected, by the result in its answer (20601 8.7.3.3); `None` when it was not.
pub(super) fn rejection(result: u16) -> Option<&'static str> {
    Some(match result {
        0 | 3 => return None,
        1 => "rejected for good",
        2 => "rejected for now",
        4 => "no common protocol",
        5 => "no common parameter",
        7 => "not authorized",
        8 => "association version not supported",
        _ => "rejected for a reason not given",
    })
}

/// Why an association was aborted (20601 A.8).
pub(super) fn abort_reason(reason: u16) -> &'static str {
    match reason {
        1 => "buffer overflow",
        2 => "no answer in time",
        3 => "no configuration in time",
        _ => "no reason given",
    }
}
