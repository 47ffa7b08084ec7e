//! Where facts go before they are a Batch: borrowed values that a receiver copies only when they are new to it.
//! Whoever reads the network pushes, be it frames or other tools' records of them.

use super::{Direction, EventKind, Fact, PatientDataKinds, Protocol, Transport};
use crate::address::Endpoint;
use crate::time::Timestamp;

/// One fact as it passes by.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    /// Whom it is about, or who spoke for the thing it is about.
    pub endpoint: Endpoint,
    /// Names a thing behind the endpoint that the fact is about (see [`Sighting::record`](super::Sighting::record)).
    pub record: Option<&'a str>,
    /// What kind of fact.
    pub fact: Fact,
    /// The value: valid UTF-8, at most [`FACT_BYTES_MAX`](super::FACT_BYTES_MAX) bytes, trimmed, no control characters.
    pub value: &'a str,
    /// Time of the frame or record.
    pub at: Timestamp,
    /// 1-based number of the frame, or of the row, in its input.
    pub packet: u64,
}

/// Something that happened, as it passes by.
#[derive(Clone, Copy, Debug)]
pub struct SeenEvent<'a> {
    /// Who did it.
    pub endpoint: Endpoint,
    /// To whom.
    pub peer: Option<Endpoint>,
    /// What.
    pub kind: EventKind,
    /// Particulars, without patient data.
    pub detail: &'a str,
    /// Time of the frame or record.
    pub at: Timestamp,
    /// 1-based number of the frame, or of the row, in its input.
    pub packet: u64,
}

/// What one connection or exchange did since it was last reported.
///
/// A long conversation is reported more than once (at least once an hour of capture time, so that packets
/// fall into the right hour of the week); `flows` is 1 in its first report only.
#[derive(Clone, Copy, Debug)]
pub struct Flow {
    /// Who asks.
    pub client: Endpoint,
    /// Who answers.
    pub server: Endpoint,
    /// Transport protocol.
    pub transport: Transport,
    /// Server port.
    pub port: u16,
    /// What was certainly spoken.
    pub application: Option<Protocol>,
    /// How client and server were told apart.
    pub direction: Direction,
    /// True once the server answered.
    pub answered: bool,
    /// 1 in the first report of this connection, then 0; always 0 for tunnels, which nothing opens.
    pub flows: u64,
    /// Packets since the last report.
    pub packets: u64,
    /// Bytes on the wire since the last report.
    pub bytes: u64,
    /// First packet since the last report.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// Kinds of patient data read since the last report.
    pub patient_data: PatientDataKinds,
    /// 1-based number of the first frame of this report in its input.
    pub packet: u64,
}

/// Receives what observation finds. Calls are frequent; an implementation copies only what is new.
pub trait Sink {
    /// A fact about an endpoint.
    fn fact(&mut self, seen: Seen<'_>);
    /// A conversation ended, was evicted, or passed a reporting border.
    fn flow(&mut self, flow: &Flow);
    /// Something happened.
    fn event(&mut self, event: SeenEvent<'_>);
}
