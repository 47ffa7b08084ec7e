//! Philips IntelliVue data export: patient monitors announce themselves, collectors associate with them and
//! poll their vital signs, waves, alarms and patient. Source: Data Export Interface Programming Guide,
//! 4535 642 59271 ("the guide").
//!
//! Over UDP each message is one datagram: announcements to port 24005, everything else to port 24105. On a
//! serial line, and so on a TCP connection to a serial device server, the same messages travel in frames.
//! Values of measurements and of the patient are never read, only of which kind they are; neither is the bed
//! label, which hospitals fill with a bed, a room or a name.

mod association;
mod objects;
mod serial;

use crate::dissect::clinical::mder::Reader;
use crate::dissect::{Datagram, DatagramDissector, Facts, Recognised, Side, Starts, StationFacts};
use association::Session;
use cordon_model::observe::EventKind;
use objects::Operation;
pub use serial::Intellivue;

/// Port of the data export protocol (the guide, page 29).
const PORT_DATA: u16 = 24105;
/// Nomenclature magic and version 1.0, which only an announcement begins with.
const NOMENCLATURE: u32 = 0x0000_0100;
/// Begins every message of the data export protocol.
const SESSION_DATA: u16 = 0xe100;
/// Presentation contexts are numbered by the collector; in practice it is 2.
const CONTEXT_MAX: u16 = 255;

/// The data export protocol over UDP.
#[derive(Debug)]
pub struct DataExport;

impl DatagramDissector for DataExport {
    const STARTS: Starts = Starts::of(&[0x00, 0xe1, 0x09, 0x0a, 0x0c, 0x0d, 0x0e, 0x19]);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match Message::of(datagram.bytes, datagram.touches(PORT_DATA), datagram.cut) {
            None => Recognised::No,
            Some(message) => message.sender().map_or(Recognised::Unsided, Recognised::From),
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(message) = Message::of(datagram.bytes, datagram.touches(PORT_DATA), datagram.cut) else {
            return false;
        };
        if let Message::Announcement(operation) = message {
            objects::station(operation, facts);
        }
        message.tell(side, facts);
        true
    }
}

/// One message, told apart.
#[derive(Clone, Copy, Debug)]
enum Message<'a> {
    /// Connect indication: a monitor says that it is there.
    Announcement(Operation<'a>),
    /// Associations: requested, accepted, refused, released, aborted.
    Session(Session),
    /// Remote operations within an association.
    Data(Operation<'a>),
}

impl<'a> Message<'a> {
    /// What `bytes` are: `None` unless every length agrees with the others and with the end of the bytes.
    /// `cut` says that the end is missing, `on_port` that the well-known port agrees.
    fn of(bytes: &'a [u8], on_port: bool, cut: bool) -> Option<Message<'a>> {
        let mut reader = Reader(bytes);
        match *bytes.first()? {
            0x00 if reader.u32()? == NOMENCLATURE => {
                let operation = Operation::of(reader, cut)?;
                operation.is_announcement().then_some(Message::Announcement(operation))
            }
            0xe1 if reader.u16()? == SESSION_DATA => {
                let context = reader.u16()?;
                let operation = Operation::of(reader, cut)?;
                (1..=CONTEXT_MAX).contains(&context).then_some(Message::Data(operation))
            }
            _ => Session::of(bytes, on_port, cut).map(Message::Session),
        }
    }

    /// The collector is the client, the monitor the server.
    fn sender(&self) -> Option<Side> {
        match self {
            Message::Announcement(_) => Some(Side::Server),
            Message::Session(session) => session.sender(),
            Message::Data(operation) => operation.sender(),
        }
    }

    /// Tells what it says; `side` sent it.
    fn tell(self, side: Side, facts: &mut dyn Facts) {
        match self {
            Message::Announcement(operation) | Message::Data(operation) => operation.tell(side, facts),
            Message::Session(Session::Refuse) => {
                facts.event(side, EventKind::IntellivueRejected, "association refused");
            }
            Message::Session(Session::Abort) => {
                facts.event(side, EventKind::IntellivueAborted, "association aborted");
            }
            Message::Session(_) => {}
        }
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
