//! sFlow version 5 (sflow.org, "sFlow Version 5", July 2004): counters, which are passed over, and the first
//! bytes of one frame in so many.

use super::{Kind, Malformed, Reading, Record, Sample, Told, transport, u16_at, u32_at, v4_at, v6_at};
use cordon_observe::LinkType;
use std::net::IpAddr;

/// Samples of one datagram that are read; an Ethernet frame has room for a few dozen.
const SAMPLES_MAX: u32 = 1_024;
/// Flow records of one sample that are read.
const RECORDS_MAX: u32 = 64;

/// The address by which the agent names itself.
pub(super) fn agent(datagram: &[u8]) -> Option<IpAddr> {
    match u32_at(datagram, 4)? {
        1 => v4_at(datagram, 8),
        2 => v6_at(datagram, 8),
        _ => None,
    }
}

pub(super) fn read(reading: &mut Reading<'_, '_>) -> Result<(), Malformed> {
    let datagram = reading.datagram;
    let at = match u32_at(datagram, 4).ok_or(Malformed)? {
        1 => 12,
        2 => 24,
        _ => return Err(Malformed),
    };
    let word = |at| u32_at(datagram, at).ok_or(Malformed);
    let (part, number, count) = (word(at)?, word(at + 4)?, word(at + 12)?);
    reading.sequence(Kind::SFlow5, part, number, Some(1));
    let mut rest = datagram.get(at + 16..).ok_or(Malformed)?;
    for _ in 0..count.min(SAMPLES_MAX) {
        let (tag, sample) = tagged(&mut rest).ok_or(Malformed)?;
        match tag {
            1 => flows(reading, sample, 8, 28)?,
            3 => flows(reading, sample, 12, 40)?,
            _ => {}
        }
    }
    reading.counts.add("limit.sflow_samples", u64::from(count.saturating_sub(SAMPLES_MAX)));
    Ok(())
}

/// The next structure with its tag: the format, below 4096 for those of sflow.org, and the length before it.
fn tagged<'a>(rest: &mut &'a [u8]) -> Option<(u32, &'a [u8])> {
    let tag = u32_at(rest, 0)?;
    let length = usize::try_from(u32_at(rest, 4)?).ok()?;
    let (body, after) = rest.get(8..)?.split_at_checked(length)?;
    *rest = after;
    Some((tag, body))
}

/// A flow sample: its rate stands at one place, the count of its records at another, and they follow.
fn flows(reading: &mut Reading<'_, '_>, sample: &[u8], rate: usize, count: usize) -> Result<(), Malformed> {
    reading.set_sampling(u32_at(sample, rate).ok_or(Malformed)?);
    let mut rest = sample.get(count + 4..).ok_or(Malformed)?;
    let count = u32_at(sample, count).ok_or(Malformed)?.min(RECORDS_MAX);
    let (mut header, mut vlan, mut addresses) = (None, 0, None);
    for _ in 0..count {
        let (tag, body) = tagged(&mut rest).ok_or(Malformed)?;
        match tag {
            1 => header = Some(raw(body).ok_or(Malformed)?),
            2 => {}
            3 => addresses = Some(sampled(reading, body, 4).ok_or(Malformed)?),
            4 => addresses = Some(sampled(reading, body, 16).ok_or(Malformed)?),
            // The switch's own view: the VLAN the frame came in by.
            1001 => vlan = u32_at(body, 0).ok_or(Malformed)?,
            _ => {}
        }
    }
    match (header, addresses) {
        (Some((Some(link), wire_len, bytes)), _) => {
            let vlan = u16::try_from(vlan).ok().filter(|id| (1..0x0fff).contains(id)).unwrap_or(0);
            reading.tell(Told::Sample(Sample { link, wire_len, bytes, vlan }));
        }
        (_, Some(record)) => reading.tell(Told::Record(record)),
        _ => reading.counts.add("flows.other_records", 1),
    }
    Ok(())
}

/// A sampled header: its link layer (`None` when not read), the frame's length, and its first bytes.
fn raw(body: &[u8]) -> Option<(Option<LinkType>, u32, &[u8])> {
    let link = match u32_at(body, 0)? {
        1 => Some(LinkType::Ethernet),
        11 => Some(LinkType::RawIpv4),
        12 => Some(LinkType::RawIpv6),
        _ => None,
    };
    // What was taken off the end, the checksum mostly, is no part of the frame as captures know it.
    let length = u32_at(body, 4)?.saturating_sub(u32_at(body, 8)?);
    let count = usize::try_from(u32_at(body, 12)?).ok()?;
    let bytes = body.get(16..)?.get(..count)?;
    Some((link, length.max(bytes.len() as u32), bytes))
}

/// An IP packet told by its fields, of addresses with so many bytes.
fn sampled(reading: &Reading<'_, '_>, body: &[u8], address_bytes: usize) -> Option<Record> {
    let address = |at| if address_bytes == 4 { v4_at(body, at) } else { v6_at(body, at) };
    let ports = 8 + 2 * address_bytes;
    let port = |at| Some(u32_at(body, at)? as u16);
    Some(Record {
        source: (address(8)?, port(ports)?),
        destination: (address(8 + address_bytes)?, port(ports + 4)?),
        is_asked_by_source: None,
        transport: transport(u32_at(body, 4)? as u8),
        packets: 1,
        bytes: u64::from(u32_at(body, 0)?),
        back_packets: 0,
        back_bytes: 0,
        first: reading.now,
        last: reading.now,
        tcp_flags: u32_at(body, ports + 8)? as u8,
        vlan: 0,
        source_mac: None,
        destination_mac: None,
    })
}

/// True when an Ethernet frame says its VLAN itself.
pub(crate) fn is_tagged(frame: &[u8]) -> bool {
    matches!(u16_at(frame, 12), Some(0x8100 | 0x88a8 | 0x9100))
}
