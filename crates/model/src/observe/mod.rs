//! What was seen: facts, conversations and events, bundled into Batches — the narrow waist between
//! whatever sees the network and whatever reasons about it.
//!
//! Nothing here carries patient data: facts have no kind for it, and dissectors note only *that* and of
//! which kind it passed ([`PatientDataKinds`]).

mod facts;
mod sink;
mod vocabulary;

pub use facts::Fact;
pub use sink::{Flow, Seen, SeenEvent, Sink};
pub use vocabulary::{Direction, EventKind, Protocol, UnknownName};

use crate::address::Endpoint;
use crate::time::{HourOfWeek, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The longest text a fact may carry, in bytes of UTF-8; longer values are cut at a character border.
pub const FACT_BYTES_MAX: usize = 256;

/// Where a fact was first read: the input and the place in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Index into [`Batch::inputs`].
    pub input: u32,
    /// 1-based frame number in a capture, or row number in a list (the heading is row 1).
    pub packet: u64,
}

/// One fact about an endpoint from one protocol, with how often and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Whom the fact is about, or who spoke for the thing it is about (see `record`).
    pub endpoint: Endpoint,
    /// Groups facts about one thing that is not the endpoint itself: the row of an imported list, or a
    /// bedside device a gateway speaks for. `None` when the fact is about the endpoint.
    pub record: Option<String>,
    /// What kind of fact.
    pub fact: Fact,
    /// The stated value, at most [`FACT_BYTES_MAX`] bytes, control characters replaced.
    pub value: String,
    /// How many times it was stated.
    pub count: u64,
    /// First time.
    pub first: Timestamp,
    /// Last time.
    pub last: Timestamp,
    /// Where it was first read.
    pub source: Source,
}

/// The transport a conversation uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Transmission Control Protocol.
    Tcp,
    /// User Datagram Protocol.
    Udp,
    /// ICMP or ICMPv6; the conversation's port is 0.
    Icmp,
    /// Another IP protocol by its IANA number; the conversation's port is 0.
    Other(u8),
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transport::Tcp => f.write_str("tcp"),
            Transport::Udp => f.write_str("udp"),
            Transport::Icmp => f.write_str("icmp"),
            Transport::Other(number) => write!(f, "ip/{number}"),
        }
    }
}

impl FromStr for Transport {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownName { expected: "transport", text: text.chars().take(64).collect() };
        match text {
            "tcp" => Ok(Transport::Tcp),
            "udp" => Ok(Transport::Udp),
            "icmp" => Ok(Transport::Icmp),
            _ => {
                let number = text.strip_prefix("ip/").ok_or_else(unknown)?;
                number.parse().map(Transport::Other).map_err(|_| unknown())
            }
        }
    }
}

/// Which kinds of patient data passed, never their values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientDataKinds(u16);

macro_rules! patient_data_kinds {
    ($($(#[$doc:meta])* $constant:ident = $bit:literal, $name:literal;)*) => {
        impl PatientDataKinds {
            $($(#[$doc])* pub const $constant: PatientDataKinds = PatientDataKinds(1 << $bit);)*

            const NAMES: &'static [(PatientDataKinds, &'static str)] = &[$((PatientDataKinds::$constant, $name)),*];
        }
    };
}

patient_data_kinds! {
    /// A patient's name.
    NAME = 0, "name";
    /// A patient or visit identifier.
    IDENTIFIER = 1, "identifier";
    /// A date of birth.
    BIRTH_DATE = 2, "birth_date";
    /// Postal address or telephone number.
    ADDRESS = 3, "address";
    /// Pixel data.
    IMAGE = 4, "image";
    /// A measured or reported result.
    RESULT = 5, "result";
    /// A waveform.
    WAVEFORM = 6, "waveform";
    /// An order or prescription.
    ORDER = 7, "order";
}

impl PatientDataKinds {
    /// No patient data.
    pub const NONE: PatientDataKinds = PatientDataKinds(0);

    /// True when no kind was seen.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: PatientDataKinds) -> PatientDataKinds {
        PatientDataKinds(self.0 | other.0)
    }

    /// True when all of `other` is in this set.
    pub fn contains(self, other: PatientDataKinds) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the kinds in this set, in declaration order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(kind, _)| self.contains(*kind)).map(|(_, name)| *name)
    }

    /// The kind with this name.
    pub fn from_name(text: &str) -> Result<PatientDataKinds, UnknownName> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind);
        found.ok_or_else(|| UnknownName {
            expected: "kind of patient data",
            text: text.chars().take(64).collect(),
        })
    }
}

/// Packets a conversation exchanged in each hour of the week, only the hours in which there were any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoursOfWeek(Vec<(HourOfWeek, u64)>);

impl HoursOfWeek {
    /// Adds `packets` to an hour.
    pub fn add(&mut self, hour: HourOfWeek, packets: u64) {
        match self.0.binary_search_by_key(&hour, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, count)) = self.0.get_mut(at) {
                    *count = count.saturating_add(packets);
                }
            }
            Err(at) => self.0.insert(at, (hour, packets)),
        }
    }

    /// Adds all hours of `other`.
    pub fn merge(&mut self, other: &HoursOfWeek) {
        for (hour, packets) in other.iter() {
            self.add(hour, packets);
        }
    }

    /// The hours with packets, in order.
    pub fn iter(&self) -> impl Iterator<Item = (HourOfWeek, u64)> + '_ {
        self.0.iter().copied()
    }
}

/// What one client and one server exchanged on one server port within a Batch's window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conversation {
    /// Who asks.
    pub client: Endpoint,
    /// Who answers.
    pub server: Endpoint,
    /// Transport protocol.
    pub transport: Transport,
    /// The server's port; 0 where the transport has none.
    pub port: u16,
    /// What the content showed to be spoken; `None` when no dissector was certain (a port alone is no
    /// evidence).
    pub application: Option<Protocol>,
    /// How client and server were told apart; the strongest basis seen.
    pub direction: Direction,
    /// True when the server was seen to answer.
    pub answered: bool,
    /// How many connections or exchanges.
    pub flows: u64,
    /// Packets in both directions.
    pub packets: u64,
    /// Bytes on the wire in both directions, headers included.
    pub bytes: u64,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// When in the week.
    pub hours: HoursOfWeek,
    /// Which kinds of patient data were readable in it.
    pub patient_data: PatientDataKinds,
    /// Where it was first seen.
    pub source: Source,
}

/// Something that happened between two endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub endpoint: Endpoint,
    /// To whom, where there is one.
    pub peer: Option<Endpoint>,
    /// Particulars in words, without patient data.
    pub detail: String,
    /// Where it was read.
    pub source: Source,
}

/// A place where an input was damaged; everything readable before it was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// Byte offset in the input after decompression.
    pub offset: u64,
    /// What is wrong there, in words.
    pub reason: String,
}

/// What a Batch's inputs were and how well they could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputReport {
    /// The name as given, `-` for standard input.
    pub path: String,
    /// SHA-256 of the bytes as given (compressed where they were), hexadecimal; empty until all was read.
    pub sha256: String,
    /// What it was recognised as: `pcap`, `pcapng`, `pcap (gzip)`, `batches`, `asset list` …
    pub kind: String,
    /// Frames or rows read.
    pub packets: u64,
    /// Captured bytes read.
    pub bytes: u64,
    /// Time of the earliest frame.
    pub first: Option<Timestamp>,
    /// Time of the latest frame.
    pub last: Option<Timestamp>,
    /// Where it was damaged.
    pub damaged: Vec<Damage>,
    /// What was passed over, with counts: link types, option kinds, rows.
    pub skipped: BTreeMap<String, u64>,
}

/// How the observation itself went: what was read, what was shed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Frames taken in.
    pub packets: u64,
    /// Bytes on the wire taken in.
    pub bytes: u64,
    /// Counters by name: malformed layers, limits hit, evictions. Names are `area.what`, such as
    /// `ipv4.bad_length` or `limit.conversations_evicted`.
    pub counters: BTreeMap<String, u64>,
    /// Inputs that ended within this Batch's window.
    pub inputs: Vec<InputReport>,
}

/// A bounded summary of a time window from one sensor.
///
/// (sensor, sequence) names it; who accepts Batches accepts each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which sensor or import made it.
    pub sensor: String,
    /// Counts up from 0 for each sensor.
    pub sequence: u64,
    /// Time of the earliest thing in it, if it holds any.
    pub start: Option<Timestamp>,
    /// Time of the latest thing in it, if it holds any.
    pub end: Option<Timestamp>,
    /// The inputs that [`Source::input`] points into.
    pub inputs: Vec<String>,
    /// Facts, in order.
    pub sightings: Vec<Sighting>,
    /// Conversations, in order.
    pub conversations: Vec<Conversation>,
    /// Events, in order of time.
    pub events: Vec<Event>,
    /// How it went.
    pub health: Health,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_named_after_its_protocol() {
        for fact in Fact::ALL {
            let (protocol, _) = fact.name().split_once('.').unwrap();
            assert_eq!(protocol, fact.protocol().name());
            assert_eq!(fact.name().parse(), Ok(*fact));
        }
    }

    #[test]
    fn patient_data_kinds_go_by_name() {
        let both = PatientDataKinds::NAME.union(PatientDataKinds::IMAGE);
        assert_eq!(both.names().collect::<Vec<_>>(), ["name", "image"]);
        assert_eq!(PatientDataKinds::from_name("image"), Ok(PatientDataKinds::IMAGE));
        assert!(both.contains(PatientDataKinds::NAME) && !both.contains(PatientDataKinds::RESULT));
    }

    #[test]
    fn hours_stay_in_order() {
        let mut hours = HoursOfWeek::default();
        for (hour, packets) in [(5, 1), (2, 1), (5, 2)] {
            hours.add(HourOfWeek::new(hour).unwrap(), packets);
        }
        assert_eq!(hours.iter().map(|(h, n)| (h.index(), n)).collect::<Vec<_>>(), [(2, 1), (5, 3)]);
    }

    #[test]
    fn transports_round_trip() {
        for transport in [Transport::Tcp, Transport::Udp, Transport::Icmp, Transport::Other(47)] {
            assert_eq!(transport.to_string().parse(), Ok(transport));
        }
    }
}
