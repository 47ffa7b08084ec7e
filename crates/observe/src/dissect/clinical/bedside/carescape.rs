//! GE CARESCAPE (Unity) network: every node tells all others who and where it is, one the time, and whoever
//! has an alarm that. Sources: Vocera Carescape Adapter 1.3.0 reference, "Understanding GE Carescape
//! Networks" (ports, lengths, addresses, locations, time); the published decoding of a Dash 4000's messages
//! by J. Scholtyssek, "How to decode a network protocol" (patient in discoveries, text of alarms).
//!
//! A message counts as such only when it holds the very address it came from. Locations and patients, which
//! discoveries spell out, are not told.

use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use cordon_model::observe::{Fact, PatientDataKinds};
use std::net::IpAddr;

const PORT_TIME: u16 = 2000;
const PORT_DISCOVERY: u16 = 7000;
const PORT_ALARM: u16 = 7001;
/// Length of every time message.
const TIME_BYTES: usize = 64;
/// 2000-01-01 in seconds since 1900: no node has an earlier time.
const YEAR_2000: u32 = 3_155_673_600;
/// Bytes of a location, `unit|bed`, filled with zeros.
const LOCATION_BYTES: usize = 16;

/// Announcements of a CARESCAPE network.
#[derive(Debug)]
pub struct Carescape;

/// What a node says to all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Message<'a> {
    /// That it is there, and which patient it serves.
    Discovery { patient: &'a [u8] },
    /// What time it is.
    Time,
    /// That there is an alarm.
    Alarm,
}

impl DatagramDissector for Carescape {
    const STARTS: Starts = Starts::ANY;
    const PORTS: &'static [u16] = &[PORT_DISCOVERY, PORT_TIME, PORT_ALARM];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match message(datagram) {
            // The node serves whoever wants to listen.
            Some(_) => Recognised::From(Side::Server),
            None => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let name: &[u8] = match message(datagram) {
            Some(Message::Discovery { patient }) => {
                if patient.iter().any(u8::is_ascii_alphanumeric) {
                    facts.patient_data(PatientDataKinds::NAME);
                }
                b"discovery"
            }
            Some(Message::Time) => b"time",
            Some(Message::Alarm) => {
                facts.fact(side, Fact::CarescapeAlarms, b"reported");
                facts.patient_data(PatientDataKinds::RESULT);
                b"alarm"
            }
            None => return false,
        };
        facts.fact(side, Fact::CarescapeSends, name);
        true
    }
}

fn message<'a>(datagram: &Datagram<'a>) -> Option<Message<'a>> {
    let IpAddr::V4(sender) = datagram.source.0 else { return None };
    let bytes = datagram.bytes;
    // True when the sender's address and a location stand at these places.
    let says = |address: usize, location: usize| {
        bytes.get(address..).is_some_and(|rest| rest.starts_with(&sender.octets()))
            && bytes.get(location..location + LOCATION_BYTES).is_some_and(is_location)
    };
    match datagram.destination.1 {
        PORT_DISCOVERY if says(4, 12) => {
            let patient = bytes.get(28..43)?;
            is_text(patient).then_some(Message::Discovery { patient })
        }
        PORT_TIME if bytes.len() == TIME_BYTES && says(6, 24) => {
            let time = bytes.last_chunk::<4>().map(|time| u32::from_be_bytes(*time))?;
            (time >= YEAR_2000).then_some(Message::Time)
        }
        PORT_ALARM if says(6, 24) => {
            let text = bytes.get(66..)?;
            let end = text.iter().position(|&byte| byte == 0).unwrap_or(text.len());
            let text = text.get(..end)?;
            (!text.is_empty() && is_text(text)).then_some(Message::Alarm)
        }
        _ => None,
    }
}

/// Printable text, then nothing but zeros.
fn is_text(field: &[u8]) -> bool {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    let (text, rest) = field.split_at_checked(end).unwrap_or_default();
    text.iter().all(|byte| matches!(byte, b' '..=b'~')) && rest.iter().all(|&byte| byte == 0)
}

/// `unit|bed` in a field.
fn is_location(field: &[u8]) -> bool {
    // Alarms and time end the field two bytes earlier; what stands there is theirs.
    let text = field.get(..LOCATION_BYTES - 2).unwrap_or_default();
    is_text(text) && text.iter().filter(|&&byte| byte == b'|').count() == 1
}
