//! Flow records that routers, switches and probes send: NetFlow 5 and 9, IPFIX, sFlow 5.
//!
//! A [`Collector`] takes datagrams as they come and gives what is in them: records of flows, and headers of
//! sampled frames. It holds templates only, within limits; what it cannot read is counted. Nothing here opens
//! a socket.

mod fields;
mod netflow5;
mod pairs;
mod sflow;
mod templates;

pub(crate) use pairs::Pairs;
pub(crate) use sflow::is_tagged;

use cordon_model::observe::Transport;
use cordon_model::{Mac, Timestamp};
use cordon_observe::LinkType;
use std::collections::BTreeMap;
use std::net::IpAddr;
use templates::Templates;

/// Senders of records that are told apart; datagrams of further ones are counted and left.
const EXPORTERS_MAX: usize = 1_024;
/// Streams of sequence numbers that are followed.
const SEQUENCES_MAX: usize = 4_096;
/// A sequence that jumps further than this began anew.
const LOST_MAX: u32 = 1 << 20;
/// A flow that claims to have begun earlier than this before its report is taken for one that just did.
const AGE_MICROS_MAX: i64 = 86_400 * 1_000_000;

/// A kind of datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Cisco NetFlow version 5.
    NetFlow5,
    /// Cisco NetFlow version 9 (RFC 3954).
    NetFlow9,
    /// IP Flow Information Export (RFC 7011).
    Ipfix,
    /// sFlow version 5 (sflow.org, July 2004).
    SFlow5,
}

impl Kind {
    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Kind::NetFlow5 => "NetFlow v5",
            Kind::NetFlow9 => "NetFlow v9",
            Kind::Ipfix => "IPFIX",
            Kind::SFlow5 => "sFlow v5",
        }
    }
}

/// What one direction of a flow did, as an exporter says; counts are not yet multiplied by the sampling rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record {
    /// Address and port of the sender.
    pub source: (IpAddr, u16),
    /// Address and port of the receiver.
    pub destination: (IpAddr, u16),
    /// Whether the sender began, where the exporter says.
    pub is_asked_by_source: Option<bool>,
    /// What IP carries.
    pub transport: Transport,
    /// Packets.
    pub packets: u64,
    /// Bytes of IP packets.
    pub bytes: u64,
    /// Packets of the other direction, where the exporter tells both in one record (RFC 5103).
    pub back_packets: u64,
    /// Bytes of them.
    pub back_bytes: u64,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// All TCP flags that were seen.
    pub tcp_flags: u8,
    /// VLAN; 0 when not told.
    pub vlan: u16,
    /// The sender's station, where told.
    pub source_mac: Option<Mac>,
    /// The receiver's station, where told.
    pub destination_mac: Option<Mac>,
}

/// The beginning of a frame that was picked out of many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// Its link layer.
    pub link: LinkType,
    /// Its length on the wire.
    pub wire_len: u32,
    /// Its first bytes.
    pub bytes: &'a [u8],
    /// VLAN the switch took it for, where the frame itself has no tag; 0 when not told.
    pub vlan: u16,
}

/// What a datagram tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told<'a> {
    /// A flow.
    Record(Record),
    /// A sampled frame.
    Sample(Sample<'a>),
}

/// A sender of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Exporter {
    /// The address it sends from; for sFlow the one by which the agent names itself.
    pub address: IpAddr,
    /// What it sent last.
    pub kind: Kind,
    /// One packet in so many was looked at; 1 when all were, or when it does not say.
    pub sampling: u32,
    /// Records and samples so far.
    pub records: u64,
    /// Bytes of its datagrams so far.
    pub bytes: u64,
    /// Its first datagram.
    pub first: Timestamp,
    /// Its latest.
    pub last: Timestamp,
}

/// What was counted since it was asked last.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts(BTreeMap<&'static str, u64>);

impl Counts {
    pub(crate) fn add(&mut self, name: &'static str, more: u64) {
        if more > 0 {
            *self.0.entry(name).or_insert(0) += more;
        }
    }

    /// The counts by name.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.0.iter().map(|(name, count)| (*name, *count))
    }
}

/// One stream of sequence numbers: exporter, kind, and domain or engine.
type Stream = (usize, Kind, u32);

/// Takes datagrams of any number of exporters.
#[derive(Default)]
pub struct Collector {
    exporters: Vec<Exporter>,
    by_address: BTreeMap<IpAddr, usize>,
    templates: Templates,
    sequences: BTreeMap<Stream, u32>,
    counts: Counts,
}

/// What a reader of one format needs while it reads a datagram.
struct Reading<'a, 'b> {
    /// Number of the exporter.
    exporter: usize,
    now: Timestamp,
    exporters: &'a mut Vec<Exporter>,
    templates: &'a mut Templates,
    sequences: &'a mut BTreeMap<Stream, u32>,
    counts: &'a mut Counts,
    take: &'a mut dyn FnMut(usize, &Exporter, Told<'_>),
    datagram: &'b [u8],
}

/// A datagram that contradicts its format; what was read before stays read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Malformed;

impl Collector {
    /// A collector that has seen nothing.
    pub fn new() -> Collector {
        Collector::default()
    }

    /// Says whose a datagram is that came from `sender` at `now`: the exporter's number. `None` for what is no
    /// flow record, or when there are too many exporters; both are counted.
    pub fn recognise(&mut self, sender: IpAddr, now: Timestamp, datagram: &[u8]) -> Option<usize> {
        self.counts.add("flows.datagrams", 1);
        let Some(kind) = kind(datagram) else {
            self.counts.add("flows.unknown_datagrams", 1);
            return None;
        };
        let address = match kind {
            Kind::SFlow5 => sflow::agent(datagram).unwrap_or(sender),
            Kind::NetFlow5 | Kind::NetFlow9 | Kind::Ipfix => sender,
        };
        let Some(exporter) = self.exporter(address.to_canonical(), kind, now) else {
            self.counts.add("limit.exporters", 1);
            return None;
        };
        if let Some(known) = self.exporters.get_mut(exporter) {
            (known.kind, known.last) = (kind, now);
            known.bytes += datagram.len() as u64;
        }
        Some(exporter)
    }

    /// Reads a datagram of an exporter. What it tells goes to `take`, with its exporter and that one's number.
    pub fn read(
        &mut self,
        exporter: usize,
        now: Timestamp,
        datagram: &[u8],
        take: &mut dyn FnMut(usize, &Exporter, Told<'_>),
    ) {
        let Collector { exporters, templates, sequences, counts, .. } = self;
        let mut reading = Reading { exporter, now, exporters, templates, sequences, counts, take, datagram };
        let read = match kind(datagram) {
            Some(Kind::NetFlow5) => netflow5::read(&mut reading),
            Some(Kind::NetFlow9) => templates::netflow9(&mut reading),
            Some(Kind::Ipfix) => templates::ipfix(&mut reading),
            Some(Kind::SFlow5) => sflow::read(&mut reading),
            None => Err(Malformed),
        };
        if read.is_err() {
            self.counts.add("flows.malformed_datagrams", 1);
        }
    }

    fn exporter(&mut self, address: IpAddr, kind: Kind, now: Timestamp) -> Option<usize> {
        if let Some(known) = self.by_address.get(&address) {
            return Some(*known);
        }
        if self.exporters.len() >= EXPORTERS_MAX {
            return None;
        }
        let number = self.exporters.len();
        self.exporters.push(Exporter {
            address,
            kind,
            sampling: 1,
            records: 0,
            bytes: 0,
            first: now,
            last: now,
        });
        self.by_address.insert(address, number);
        Some(number)
    }

    /// Who sent records so far; the number of each is its place.
    pub fn exporters(&self) -> &[Exporter] {
        &self.exporters
    }

    /// What was counted since the last call.
    pub fn take_counts(&mut self) -> Counts {
        self.counts.add("limit.templates", self.templates.take_shed());
        std::mem::take(&mut self.counts)
    }
}

/// What a datagram's first bytes say it is. sFlow counts versions in 4 bytes, the others in 2.
fn kind(datagram: &[u8]) -> Option<Kind> {
    match datagram.first_chunk::<4>()? {
        [0, 5, ..] => Some(Kind::NetFlow5),
        [0, 9, ..] => Some(Kind::NetFlow9),
        [0, 10, ..] => Some(Kind::Ipfix),
        [0, 0, 0, 5] => Some(Kind::SFlow5),
        _ => None,
    }
}

impl Reading<'_, '_> {
    fn set_sampling(&mut self, rate: u32) {
        if let Some(exporter) = self.exporters.get_mut(self.exporter) {
            exporter.sampling = rate.max(1);
        }
    }

    fn tell(&mut self, told: Told<'_>) {
        let name = match told {
            Told::Record(_) => "flows.records",
            Told::Sample(_) => "flows.sampled_frames",
        };
        self.counts.add(name, 1);
        let Some(exporter) = self.exporters.get_mut(self.exporter) else { return };
        exporter.records += 1;
        (self.take)(self.exporter, exporter, told);
    }

    /// Notes a sequence number and by how much the next one is to be higher; what is missing was lost on the
    /// way. `None` for the next means that it cannot be told.
    fn sequence(&mut self, kind: Kind, domain: u32, number: u32, step: Option<u32>) {
        let stream = (self.exporter, kind, domain);
        if let Some(expected) = self.sequences.get(&stream) {
            let missing = number.wrapping_sub(*expected);
            if missing < LOST_MAX {
                let name = if kind == Kind::NetFlow5 || kind == Kind::Ipfix {
                    "flows.lost_records"
                } else {
                    "flows.lost_datagrams"
                };
                self.counts.add(name, u64::from(missing));
            }
        } else if self.sequences.len() >= SEQUENCES_MAX {
            return self.counts.add("limit.exporters", 1);
        }
        match step {
            Some(step) => self.sequences.insert(stream, number.wrapping_add(step)),
            None => self.sequences.remove(&stream),
        };
    }

    /// When something was that happened so many microseconds before the datagram was sent, by our clock: an
    /// exporter's clock may be anything.
    fn ago(&self, micros: i64) -> Timestamp {
        let age = if (0..=AGE_MICROS_MAX).contains(&micros) { micros } else { 0 };
        self.now.plus_micros(-age)
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn v4_at(bytes: &[u8], at: usize) -> Option<IpAddr> {
    Some(IpAddr::from(*bytes.get(at..)?.first_chunk::<4>()?))
}

fn v6_at(bytes: &[u8], at: usize) -> Option<IpAddr> {
    Some(IpAddr::from(*bytes.get(at..)?.first_chunk::<16>()?))
}

fn transport(protocol: u8) -> Transport {
    match protocol {
        6 => Transport::Tcp,
        17 => Transport::Udp,
        1 | 58 => Transport::Icmp,
        other => Transport::Other(other),
    }
}

#[cfg(test)]
mod tests;
