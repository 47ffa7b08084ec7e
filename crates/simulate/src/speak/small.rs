//! Small messages: NTP, LLDP and SIP.

use cordon_model::Timestamp;

/// Seconds from 1900 (NTP's era 0) to 1970.
const NTP_OFFSET_SECONDS: i64 = 2_208_988_800;

/// An NTP version 4 packet (RFC 5905): a client's with `stratum` 0, otherwise a server's.
pub(crate) fn ntp(stratum: u8, now: Timestamp, origin: Option<Timestamp>) -> Vec<u8> {
    let mode = if stratum == 0 { 3 } else { 4 };
    let mut packet = vec![0x20 | mode, stratum, 6, 0xe9];
    // Root delay and dispersion of about a millisecond, reference "GPS" or nothing.
    packet.extend_from_slice(&[0, 0, 0, 0x40, 0, 0, 0, 0x40]);
    packet.extend_from_slice(if stratum == 1 { b"GPS\0" } else { &[0; 4] });
    let stamp = |time: Option<Timestamp>| match time {
        None => [0u8; 8],
        Some(time) => {
            let seconds = (time.micros().div_euclid(1_000_000) + NTP_OFFSET_SECONDS) as u32;
            let fraction = ((time.micros().rem_euclid(1_000_000) as u64) << 32) / 1_000_000;
            ((u64::from(seconds) << 32) | fraction).to_be_bytes()
        }
    };
    let server = origin.is_some().then_some(now);
    for time in [server.map(|now| now.plus_micros(-64_000_000)), origin, server, Some(now)] {
        packet.extend_from_slice(&stamp(time));
    }
    packet
}

/// An LLDP data unit (IEEE 802.1AB) with chassis MAC, port, time to live, system name and description.
pub(crate) fn lldp(mac: [u8; 6], port: &str, name: &str, description: &str) -> Vec<u8> {
    let mut unit = Vec::new();
    let mut tlv = |kind: u16, value: &[u8]| {
        unit.extend_from_slice(&((kind << 9) | (value.len() as u16 & 0x1ff)).to_be_bytes());
        unit.extend_from_slice(value);
    };
    tlv(1, &[&[4u8][..], &mac].concat());
    tlv(2, &[&[5u8][..], port.as_bytes()].concat());
    tlv(3, &120u16.to_be_bytes());
    tlv(5, name.as_bytes());
    tlv(6, description.as_bytes());
    // Capabilities: bridge and router, both enabled.
    tlv(7, &[0, 0x14, 0, 0x14]);
    tlv(0, &[]);
    unit
}

/// A SIP registration (RFC 3261) or, with `reply`, its 200 answer.
pub(crate) fn sip_register(
    line: &str,
    phone: &str,
    server: &str,
    agent: &str,
    call: u64,
    reply: bool,
) -> Vec<u8> {
    let start = if reply { "SIP/2.0 200 OK".to_owned() } else { format!("REGISTER sip:{server} SIP/2.0") };
    let hops = if reply { "" } else { "Max-Forwards: 70\r\n" };
    let tag = if reply { ";tag=reg1" } else { "" };
    format!(
        "{start}\r\nVia: SIP/2.0/UDP {phone}:5060;branch=z9hG4bK{call:x}\r\n{hops}\
         From: <sip:{line}@{server}>;tag={call:x}\r\nTo: <sip:{line}@{server}>{tag}\r\n\
         Call-ID: {call:x}@{phone}\r\nCSeq: 1 REGISTER\r\nContact: <sip:{line}@{phone}:5060>\r\n\
         User-Agent: {agent}\r\nExpires: 3600\r\nContent-Length: 0\r\n\r\n"
    )
    .into_bytes()
}
