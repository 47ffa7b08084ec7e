//! conn.log: connections.

use super::Rejection;
use crate::fields::Row;
use crate::tell::{Recorded, Teller};
use cordon_model::Endpoint;
use cordon_model::observe::{Direction, Protocol, Transport};

/// Fields in the order of the places below.
pub(super) const FIELDS: &[&str] = &[
    "ts",
    "id.orig_h",
    "id.orig_p",
    "id.resp_h",
    "id.resp_p",
    "proto",
    "service",
    "duration",
    "orig_bytes",
    "resp_bytes",
    "history",
    "orig_pkts",
    "orig_ip_bytes",
    "resp_pkts",
    "resp_ip_bytes",
    "vlan",
    "inner_vlan",
    "orig_l2_addr",
    "resp_l2_addr",
    "ip_proto",
];

const TS: usize = 0;
const ORIG_H: usize = 1;
const RESP_H: usize = 3;
const RESP_P: usize = 4;
const PROTO: usize = 5;
const SERVICE: usize = 6;
const DURATION: usize = 7;
const ORIG_BYTES: usize = 8;
const RESP_BYTES: usize = 9;
const HISTORY: usize = 10;
const ORIG_PKTS: usize = 11;
const ORIG_IP_BYTES: usize = 12;
const RESP_PKTS: usize = 13;
const RESP_IP_BYTES: usize = 14;
const VLAN: usize = 15;
const INNER_VLAN: usize = 16;
const ORIG_L2: usize = 17;
const RESP_L2: usize = 18;
const IP_PROTO: usize = 19;

/// Destination, source and type of an Ethernet frame, which Zeek's counts of bytes leave out.
const ETHERNET_BYTES: u64 = 14;

pub(super) fn tell(row: &Row<'_>, number: u64, teller: &mut Teller<'_>) -> Result<(), Rejection> {
    let first = row.time(TS).ok_or("no time")?;
    let client = row.ip(ORIG_H).ok_or("no address of the originator")?;
    let server = row.ip(RESP_H).ok_or("no address of the responder")?;
    let transport = transport(row).ok_or("no transport protocol that is known")?;
    let port = match transport {
        Transport::Tcp | Transport::Udp => row.port(RESP_P).ok_or("no port of the responder")?,
        _ => 0,
    };
    let lasted = row.bytes(DURATION).and_then(crate::scan::seconds).unwrap_or(0).max(0);
    let history = row.bytes(HISTORY).unwrap_or_default();
    let (sent, received) = (row.number(ORIG_PKTS).unwrap_or(0), row.number(RESP_PKTS).unwrap_or(0));
    let octets = |with_headers: usize, payload: usize| {
        row.number(with_headers).or_else(|| row.number(payload)).unwrap_or(0)
    };
    let packets = sent.saturating_add(received);
    let bytes = octets(ORIG_IP_BYTES, ORIG_BYTES).saturating_add(octets(RESP_IP_BYTES, RESP_BYTES));
    let vlan = row.vlan(INNER_VLAN).or_else(|| row.vlan(VLAN));
    let last = first.plus_micros(lasted);
    teller.journal.at(first);
    teller.journal.at(last);
    teller.flow(
        number,
        &Recorded {
            client: Endpoint { vlan, mac: row.mac(ORIG_L2), ip: Some(client) },
            server: Endpoint { vlan, mac: row.mac(RESP_L2), ip: Some(server) },
            transport,
            port,
            application: row.bytes(SERVICE).and_then(application),
            direction: direction(transport, history),
            // Where packets were not counted, the responder's letters in the history tell.
            answered: received > 0 || (packets == 0 && history.iter().any(u8::is_ascii_lowercase)),
            packets,
            bytes: bytes.saturating_add(packets.saturating_mul(ETHERNET_BYTES)),
            first,
            last,
        },
    );
    Ok(())
}

fn transport(row: &Row<'_>) -> Option<Transport> {
    Some(match row.bytes(PROTO)? {
        b"tcp" => Transport::Tcp,
        b"udp" => Transport::Udp,
        b"icmp" | b"icmp6" => Transport::Icmp,
        _ => match u8::try_from(row.number(IP_PROTO)?).ok()? {
            1 | 58 => Transport::Icmp,
            6 => Transport::Tcp,
            17 => Transport::Udp,
            other => Transport::Other(other),
        },
    })
}

/// `S` and `h` in the history are the originator's SYN and the responder's answer to it.
fn direction(transport: Transport, history: &[u8]) -> Direction {
    let opened = history.iter().any(|letter| matches!(letter, b'S' | b'h'));
    match transport {
        Transport::Tcp if opened => Direction::Handshake,
        _ => Direction::Port,
    }
}

/// What Zeek calls protocols otherwise than the vocabulary does.
const OTHER_NAMES: &[(&str, &str)] = &[
    ("ssl", "tls"),
    ("krb", "kerberos"),
    ("krb_tcp", "kerberos"),
    ("rfb", "vnc"),
    ("ldap_tcp", "ldap"),
    ("ldap_udp", "ldap"),
    ("smb2", "smb"),
    ("dicom_tcp", "dicom"),
    ("s7comm_tcp", "s7"),
    ("s7comm", "s7"),
    ("enip_tcp", "ethernet_ip"),
    ("enip", "ethernet_ip"),
    ("opcua_binary", "opc_ua"),
    ("opcua-binary", "opc_ua"),
    ("postgresql", "postgresql"),
];

/// The application a service field names; of several the most precise.
fn application(services: &[u8]) -> Option<Protocol> {
    let mut found: Option<Protocol> = None;
    for name in services.split(|byte| *byte == b',') {
        let Some(protocol) = protocol(name) else { continue };
        // What is inside encryption was not read.
        if protocol == Protocol::Tls {
            return Some(protocol);
        }
        found = Some(found.map_or(protocol, |before| before.more_precise(protocol)));
    }
    found
}

/// The protocol a tool names so.
pub(crate) fn protocol(name: &[u8]) -> Option<Protocol> {
    // The most usual first, without a search.
    match name {
        b"dns" => return Some(Protocol::Dns),
        b"http" => return Some(Protocol::Http),
        b"ssl" | b"tls" => return Some(Protocol::Tls),
        b"dhcp" => return Some(Protocol::Dhcp),
        _ => {}
    }
    let name = crate::scan::text(name)?;
    let (_, known) = OTHER_NAMES.iter().find(|(theirs, _)| *theirs == name).copied().unwrap_or((name, name));
    known
        .parse()
        .ok()
        .filter(|protocol| !matches!(protocol, Protocol::AssetList | Protocol::Person | Protocol::Link))
}
