//! Information elements that matter here, by their number in the IANA registry "IP Flow Information Export
//! (IPFIX) Entities"; NetFlow 9 has the same below 128 (RFC 3954 section 8).

use super::{Reading, Record, transport};
use cordon_model::{Mac, Timestamp};
use std::net::{IpAddr, Ipv4Addr};

/// The enterprise number under which the other direction of a flow is told (RFC 5103 section 6.1).
pub(super) const REVERSE: u32 = 29_305;

/// A field of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// Its number; 0 when it says nothing that is read here.
    pub(super) element: u16,
    /// True for the other direction's.
    pub(super) reverse: bool,
    /// Its length in bytes; [`VARIABLE`] when each record says.
    pub(super) length: u16,
}

/// The length of a field whose length each record tells.
pub(super) const VARIABLE: u16 = 0xffff;

/// What the fields of a record say, before it is known whether that makes a flow.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Gathered {
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
    is_asked_by_source: Option<bool>,
    source_port: u16,
    destination_port: u16,
    protocol: u8,
    packets: u64,
    bytes: u64,
    back_packets: u64,
    back_bytes: u64,
    tcp_flags: u8,
    vlan: u16,
    source_mac: Option<Mac>,
    destination_mac: Option<Mac>,
    first: Option<When>,
    last: Option<When>,
    /// When the exporter started, in microseconds of its clock.
    started: Option<i64>,
    /// One in so many, where the record is about sampling.
    interval: Option<u32>,
    space: Option<u32>,
}

/// A time as exporters tell it.
#[derive(Clone, Copy, Debug)]
enum When {
    /// Milliseconds since the exporter started.
    Uptime(u32),
    /// Microseconds of the exporter's clock.
    Clock(i64),
    /// Microseconds before the datagram was sent.
    Before(i64),
}

/// The exporter's clocks when it sent the datagram.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sent {
    /// Milliseconds since it started, where the format says (NetFlow 9).
    pub(super) uptime: Option<u32>,
    /// Seconds of its clock.
    pub(super) seconds: u32,
}

impl Gathered {
    /// Takes the value of a field. Numbers may be shortened to any length (RFC 7011 section 6.2).
    pub(super) fn take(&mut self, field: Field, bytes: &[u8]) {
        let value = bytes.iter().rev().take(8).rev().fold(0u64, |whole, byte| whole << 8 | u64::from(*byte));
        let (short, word) = (value as u16, u32::try_from(value).unwrap_or(u32::MAX));
        let scaled =
            |factor: i64| When::Clock(i64::try_from(value).unwrap_or(i64::MAX).saturating_mul(factor));
        match (field.element, field.reverse) {
            (1 | 85, false) | (231, _) => self.bytes = value,
            (2 | 86, false) | (298, _) => self.packets = value,
            (1 | 85, true) | (232, _) => self.back_bytes = value,
            (2 | 86, true) | (299, _) => self.back_packets = value,
            (_, true) => {}
            // Counts behind the exporter, where it does not tell those before.
            (23, _) if self.bytes == 0 => self.bytes = value,
            (24, _) if self.packets == 0 => self.packets = value,
            (4, _) => self.protocol = value as u8,
            (6, _) => self.tcp_flags = value as u8,
            (7, _) => self.source_port = short,
            (11, _) => self.destination_port = short,
            (8 | 27, _) => self.source = better(self.source, bytes),
            (12 | 28, _) => self.destination = better(self.destination, bytes),
            // Who began, where the exporter knows (RFC 5103 section 6.3).
            (239, _) => self.is_asked_by_source = matches!(value, 1 | 2).then_some(value == 1),
            (56, _) => self.source_mac = mac(bytes),
            (80, _) => self.destination_mac = mac(bytes),
            (57, _) if self.destination_mac.is_none() => self.destination_mac = mac(bytes),
            (58 | 243, _) => self.vlan = short & 0x0fff,
            (22, _) => self.first = Some(When::Uptime(word)),
            (21, _) => self.last = Some(When::Uptime(word)),
            (150, _) => self.first = Some(scaled(1_000_000)),
            (151, _) => self.last = Some(scaled(1_000_000)),
            (152, _) => self.first = Some(scaled(1_000)),
            (153, _) => self.last = Some(scaled(1_000)),
            (154 | 156, _) => self.first = Some(When::Clock(ntp(value))),
            (155 | 157, _) => self.last = Some(When::Clock(ntp(value))),
            (158, _) => self.first = Some(When::Before(i64::from(word))),
            (159, _) => self.last = Some(When::Before(i64::from(word))),
            (160, _) => self.started = Some(i64::try_from(value).unwrap_or(0).saturating_mul(1_000)),
            (34 | 50 | 305, _) => self.interval = Some(word),
            (306, _) => self.space = Some(word),
            _ => {}
        }
    }

    /// One packet in so many, where the record says so. RFC 5477: out of so many picked and so many passed
    /// over; older ways tell the whole as one number.
    pub(super) fn sampling(&self) -> Option<u32> {
        let interval = self.interval.filter(|interval| *interval > 0)?;
        Some(match self.space {
            Some(space) => interval.saturating_add(space).div_ceil(interval),
            None => interval,
        })
    }

    /// The flow, where the record is about one.
    pub(super) fn record(&self, reading: &Reading<'_, '_>, sent: Sent) -> Option<Record> {
        let (source, destination) = (self.source?, self.destination?);
        let when = |when: Option<When>| when.map(|when| self.when(when, reading, sent));
        let last = when(self.last).unwrap_or(reading.now);
        let first = when(self.first).unwrap_or(last).min(last);
        Some(Record {
            source: (source, self.source_port),
            destination: (destination, self.destination_port),
            is_asked_by_source: self.is_asked_by_source,
            transport: transport(self.protocol),
            packets: self.packets,
            bytes: self.bytes,
            back_packets: self.back_packets,
            back_bytes: self.back_bytes,
            first,
            last,
            tcp_flags: self.tcp_flags,
            vlan: self.vlan,
            source_mac: self.source_mac,
            destination_mac: self.destination_mac,
        })
    }

    fn when(&self, when: When, reading: &Reading<'_, '_>, sent: Sent) -> Timestamp {
        let sent_micros = i64::from(sent.seconds) * 1_000_000;
        let age = match when {
            When::Before(micros) => micros,
            When::Clock(micros) => sent_micros.saturating_sub(micros),
            When::Uptime(millis) => match (sent.uptime, self.started) {
                (Some(uptime), _) => i64::from(uptime.wrapping_sub(millis).cast_signed()) * 1_000,
                (None, Some(started)) => {
                    sent_micros.saturating_sub(started.saturating_add(i64::from(millis) * 1_000))
                }
                (None, None) => 0,
            },
        };
        // The heading counts whole seconds: a time within the last one may lie behind it.
        reading.ago(if (-1_000_000..0).contains(&age) { 0 } else { age })
    }
}

/// Microseconds since 1970 of a time in NTP's format (RFC 7011 section 6.1.9).
fn ntp(value: u64) -> i64 {
    const TO_1970: i64 = 2_208_988_800;
    let (seconds, fraction) = ((value >> 32) as i64, value & 0xffff_ffff);
    (seconds - TO_1970) * 1_000_000 + ((fraction * 1_000_000) >> 32) as i64
}

/// A template may have fields for both versions of IP, of which the one not used is all zeros; so is the
/// address of who has none yet.
fn better(known: Option<IpAddr>, bytes: &[u8]) -> Option<IpAddr> {
    let new = match bytes.len() {
        4 => bytes.first_chunk::<4>().map(|bytes| Ipv4Addr::from(*bytes).into()),
        16 => bytes.first_chunk::<16>().map(|bytes| IpAddr::from(*bytes).to_canonical()),
        _ => None,
    };
    match known {
        Some(known) if !known.is_unspecified() => Some(known),
        known => new.or(known),
    }
}

fn mac(bytes: &[u8]) -> Option<Mac> {
    let mac = Mac(*bytes.first_chunk::<6>()?);
    (bytes.len() == 6 && !mac.is_zero() && !mac.is_group()).then_some(mac)
}
