//! Dissectors: from the bytes of one conversation to facts about its two sides.
//!
//! Each protocol is one file with one small state machine, in the folder of its field of work. The engine owns
//! streams, time and endpoints, so a dissector sees only bytes and sides. A dissector never allocates, never
//! panics, keeps no patient data, and gives the same facts however its stream is cut into pieces. To add one:
//! write the file, name it in its list (`dissectors!` in `engine/dissectors.rs` for streams, `datagrams!` in
//! `engine/datagrams.rs`), and copy the test set of a sibling.

mod application;
#[cfg(test)]
mod bad_input;
mod clinical;
#[cfg(test)]
pub(crate) mod corpus;
#[cfg(test)]
mod damage;
mod date;
pub mod enterprise;
mod framed;
pub mod headed;
pub mod industrial;
#[cfg(test)]
pub(crate) mod known;
mod network;
mod particulars;
pub(crate) mod person;
pub(crate) mod starts;
#[cfg(test)]
pub(crate) mod testing;
mod web;
pub mod xml;

pub(crate) use application::file_names;
pub use application::{ftp, mailboxes, mqtt, rtsp, sip, smtp, ssh, syslog, talk, telnet, tftp, vnc};
pub use clinical::{astm, bedside, dicom, hl7, intellivue, phd, poct1a, sdc};
#[cfg(test)]
pub(crate) use network::stations;
pub use network::{
    arp, dhcp, dhcpv6, dns, igmp, ike, nd, neighbours, netbios, ntp, routers, ssdp, tunnels, ws_discovery,
};
pub use starts::Starts;
pub use web::{http, http2, quic, tls};

use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact, PatientDataKinds, Protocol};
use std::net::IpAddr;

/// The side of a conversation something comes from or is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Who asked.
    Client,
    /// Who answers.
    Server,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn other(self) -> Side {
        match self {
            Side::Client => Side::Server,
            Side::Server => Side::Client,
        }
    }
}

/// What a probe says of the first bytes of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Probe {
    /// This is the protocol; nothing else starts so. Carries which side of the protocol the *sender* of
    /// these bytes is, so that a conversation whose start was missed still gets its direction right.
    Certain(Side),
    /// This is the protocol, but either side may begin in it: who asked for the connection stays the client.
    Unsided,
    /// It may be; more bytes would tell.
    Unsure,
    /// It is not.
    No,
}

/// What a stream dissector did with the bytes it was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It took this many bytes from the front. The rest is offered again together with what follows; a
    /// dissector that wants to pass over a long body takes all it is given and counts down inside its state.
    Took(usize),
    /// It wants no more bytes of this side; the conversation goes on unread there.
    Done,
}

/// What dissectors tell. The engine adds endpoint, time and place, and cleans text: invalid UTF-8 becomes
/// U+FFFD, control characters are dropped, values are trimmed and cut to `FACT_BYTES_MAX`; empty values of
/// facts that need one are not passed on.
pub trait Facts {
    /// A fact about one side's endpoint.
    fn fact(&mut self, about: Side, fact: Fact, value: &[u8]);
    /// A fact about a thing that `speaker` speaks for, named by `record` (such as a bedside device behind a
    /// gateway).
    fn fact_of(&mut self, speaker: Side, record: &[u8], fact: Fact, value: &[u8]);
    /// A fact about an address the content names, such as the address in a DNS answer.
    fn fact_at(&mut self, address: IpAddr, fact: Fact, value: &[u8]);
    /// The name of an account that one side used or that is known there, as the protocol gives it and without
    /// its domain. What is told is what the site allows: by default a keyed hash
    /// ([`UserNames`](crate::UserNames)). Never to be told by [`Facts::fact`].
    fn user(&mut self, about: Side, fact: Fact, name: &[u8]);
    /// What this conversation carries is, more precisely, this protocol: HTTP that is FHIR, syslog that is
    /// an audit trail. It becomes the conversation's application; the last word counts.
    fn carries(&mut self, protocol: Protocol);
    /// Patient data of these kinds was readable.
    fn patient_data(&mut self, kinds: PatientDataKinds);
    /// Something happened, done by one side to the other.
    fn event(&mut self, by: Side, kind: EventKind, detail: &str);
    /// A message contradicts its protocol; counted under `PROTOCOL.malformed`.
    fn malformed(&mut self);
    /// A message said more than is remembered, though nothing in it is wrong; counted under
    /// `limit.dissector_memory`.
    fn limit(&mut self);
}

/// What dissectors of address protocols tell besides: they speak of stations by their link-layer address.
pub trait StationFacts: Facts {
    /// A fact about a station. `nearby` is false when a relay spoke for it, so that it sits on another VLAN
    /// than the frame.
    fn fact_on(&mut self, station: Mac, address: Option<IpAddr>, nearby: bool, fact: Fact, value: &[u8]);
    /// The name of an account used by a station; as [`Facts::user`].
    fn user_on(&mut self, station: Mac, fact: Fact, name: &[u8]);
    /// Two stations claim one address; the first is the one that did so now.
    fn conflict(&mut self, address: IpAddr, now: Mac, before: Mac);
}

/// One datagram on its way to its dissector.
#[derive(Clone, Copy, Debug)]
pub struct Datagram<'a> {
    /// Sender's address and port.
    pub source: (IpAddr, u16),
    /// Receiver's address and port.
    pub destination: (IpAddr, u16),
    /// Its content; never empty.
    pub bytes: &'a [u8],
    /// True when the capture holds only its beginning.
    pub cut: bool,
    /// True when nothing was heard of its sender before in this exchange: what every datagram says again is
    /// an event once.
    pub first: bool,
}

impl Datagram<'_> {
    /// True when it was sent from or to this port.
    pub fn touches(&self, port: u16) -> bool {
        self.source.1 == port || self.destination.1 == port
    }
}

/// Whether a datagram is of a protocol, and who sent it in the protocol's own terms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recognised {
    /// It is not of this protocol.
    No,
    /// It is, and this side sent it.
    From(Side),
    /// It is, and its content does not tell who asks and who answers.
    Unsided,
}

/// A dissector for datagrams (UDP). Each is read alone: there is no state.
pub trait DatagramDissector {
    /// What the first byte of its datagrams may be; it is asked about no others. Together with [`PORTS`] this
    /// is what keeps many dissectors from costing anything: name as few bytes as the protocol allows.
    ///
    /// [`PORTS`]: DatagramDissector::PORTS
    const STARTS: Starts;

    /// Where it recognises nothing but datagrams from or to certain ports: those ports.
    const PORTS: &'static [u16] = &[];

    /// Recognises a datagram by its content, strongly enough that no other traffic is claimed; its ports
    /// may serve as a hint where content alone is weak.
    fn recognise(datagram: &Datagram<'_>) -> Recognised;

    /// Reads it; `side` is the sender's. Answers `false`, having told nothing, when it is not of this
    /// protocol after all.
    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool;
}

/// A dissector for a byte stream (TCP).
pub trait StreamDissector: Default {
    /// What the first byte that either side sends may be, also where the capture began in the middle of a
    /// conversation if the protocol can be told there. It is asked about no others, which is what keeps many
    /// dissectors from costing anything: name as few bytes as the protocol allows.
    const STARTS: Starts;

    /// Looks at the first bytes one side sent; `port` is the assumed server's. Never decides on the port
    /// alone. `head` is never empty and begins with one of [`STARTS`](StreamDissector::STARTS). At most the
    /// first 64 bytes need be enough for [`Probe::Certain`] or [`Probe::No`].
    fn probe(head: &[u8], port: u16) -> Probe;

    /// Takes bytes of one side in order. `bytes` starts at the first byte not yet taken of that side.
    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step;

    /// `missing` bytes of one side were lost; what follows starts anywhere in a message. Answers
    /// [`Step::Done`] when it cannot find its place again.
    fn gap(&mut self, side: Side, missing: u64, facts: &mut dyn Facts) -> Step;

    /// The conversation is over, or neither side is read any more: the time to sum up what it amounted to.
    /// Called once, even when messages are still incomplete.
    fn end(&mut self, _facts: &mut dyn Facts) {}

    /// How many bytes a message that is not yet complete may hold back, at most.
    const HELD_BYTES_MAX: usize;
}
