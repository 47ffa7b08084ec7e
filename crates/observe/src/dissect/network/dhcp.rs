//! Dynamic Host Configuration Protocol for IPv4 (RFC 2131, options of RFC 2132 and as named below): what
//! a client says of itself, and what it was given.

use crate::dissect::arp::Text;
use crate::dissect::person::HostName;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::{u16_at, u32_at};
use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

const COOKIE: u32 = 0x6382_5363;
const REQUEST: u8 = 1;
const REPLY: u8 = 2;
const OFFER: u8 = 2;
const DECLINE: u8 = 4;
const ACK: u8 = 5;
const NAK: u8 = 6;
/// DHCPINFORM; types above it are not between a client and its server (RFC 3203, RFC 4388).
const LAST_OWN_KIND: u8 = 8;
/// Options read in one message; the fields could hold more than a hundred empty ones.
const OPTIONS_MAX: usize = 128;

/// Entries told of one list within an option.
const LISTED_MAX: usize = 16;

const PORT_SERVER: u16 = 67;
const PORT_CLIENT: u16 = 68;

/// The dissector.
#[derive(Debug)]
pub struct Dhcp;

impl DatagramDissector for Dhcp {
    const STARTS: Starts = Starts::ANY;
    const PORTS: &'static [u16] = &[PORT_SERVER];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        let ports = [datagram.source.1, datagram.destination.1];
        // Relays send from the server's port to it (RFC 2131 4.1).
        if !ports.contains(&PORT_SERVER)
            || ports.iter().any(|port| !matches!(*port, PORT_SERVER | PORT_CLIENT))
        {
            return Recognised::No;
        }
        match datagram.bytes {
            [REQUEST, ..] => Recognised::From(Side::Client),
            [REPLY, ..] => Recognised::From(Side::Server),
            _ => Recognised::Unsided,
        }
    }

    fn read(datagram: &Datagram<'_>, _side: Side, facts: &mut dyn StationFacts) -> bool {
        message(datagram.source.0, datagram.bytes, facts)
    }
}

/// The fixed part of a message, and the options that matter.
struct Message<'a> {
    operation: u8,
    client: Mac,
    client_address: Ipv4Addr,
    your_address: Ipv4Addr,
    relayed: bool,
    kind: u8,
    server: Option<Ipv4Addr>,
    options: [&'a [u8]; 3],
    /// The field that names a file to boot, where it holds no options.
    file: &'a [u8],
}

/// Reads one datagram sent from `from`; answers `false` when it is not DHCP.
pub fn message(from: IpAddr, bytes: &[u8], facts: &mut dyn StationFacts) -> bool {
    // Operation, hardware type and length, then the magic cookie: enough to tell.
    let Some(&[operation @ (REQUEST | REPLY), 1 | 6, 6, _]) = bytes.first_chunk::<4>() else {
        return false;
    };
    if u32_at(bytes, 236) != Some(COOKIE) {
        return false;
    }
    let client = bytes.get(28..).and_then(|rest| rest.first_chunk::<6>()).copied().unwrap_or_default();
    let mut message = Message {
        operation,
        client: Mac(client),
        client_address: address_at(bytes, 12),
        your_address: address_at(bytes, 16),
        relayed: !address_at(bytes, 24).is_unspecified(),
        kind: 0,
        server: None,
        options: [bytes.get(240..).unwrap_or_default(), &[], &[]],
        file: bytes.get(108..236).unwrap_or_default(),
    };
    message.overview(bytes);
    // Lease queries (RFC 4388, types 10 to 13) ask about others, perhaps by address alone.
    if message.kind > LAST_OWN_KIND {
        return true;
    }
    if message.client.is_zero() || message.client.is_group() {
        facts.malformed();
        return true;
    }
    if message.operation == REQUEST {
        message.request(facts)
    } else {
        message.reply(from, facts)
    }
    true
}

fn address_at(bytes: &[u8], at: usize) -> Ipv4Addr {
    Ipv4Addr::from(u32_at(bytes, at).unwrap_or(0))
}

impl<'a> Message<'a> {
    /// Finds the message type, the server, and whether file and sname hold options too (option 52).
    fn overview(&mut self, bytes: &'a [u8]) {
        let mut overload = 0;
        for (code, value) in self.all() {
            match (code, value) {
                (53, [kind]) => self.kind = *kind,
                (52, [which]) => overload = *which,
                (54, value) => self.server = address(value),
                _ => {}
            }
        }
        let [options, ..] = self.options;
        let file = if overload & 1 != 0 { bytes.get(108..236) } else { None };
        if overload & 1 != 0 {
            self.file = &[];
        }
        let sname = if overload & 2 != 0 { bytes.get(44..108) } else { None };
        self.options = [options, file.unwrap_or_default(), sname.unwrap_or_default()];
    }

    fn all(&self) -> impl Iterator<Item = (u8, &'a [u8])> + use<'a> {
        self.options.into_iter().flat_map(|field| Options { rest: field }).take(OPTIONS_MAX)
    }

    fn request(&self, facts: &mut dyn StationFacts) {
        let own = (!self.client_address.is_unspecified()).then_some(IpAddr::V4(self.client_address));
        let mut tell = |fact, value: &[u8]| facts.fact_on(self.client, own, !self.relayed, fact, value);
        for (code, value) in self.all() {
            match code {
                12 => tell(Fact::DhcpHostname, HostName::of(before_nul(value)).text()),
                55 => tell(Fact::DhcpParameterList, Line::of_numbers(value).bytes()),
                60 => tell(Fact::DhcpVendorClass, before_nul(value)),
                61 => tell(Fact::DhcpClientIdentifier, Line::of_identifier(value).bytes()),
                77 => tell(Fact::DhcpUserClass, user_class(value)),
                81 => tell(Fact::DhcpFqdn, HostName::of(Line::of_fqdn(value).bytes()).text()),
                161 => tell(Fact::DhcpMudUrl, before_nul(value)),
                43 => tell(Fact::DhcpVendorOptions, Line::of_hexadecimal(value).bytes()),
                57 | 93 => {
                    let fact = if code == 57 { Fact::DhcpMessageSize } else { Fact::DhcpArchitecture };
                    if let Some(number) = u16_at(value, 0) {
                        let mut text = Text::default();
                        let _ = write!(text, "{number}");
                        tell(fact, text.bytes());
                    }
                }
                82 => relay_agent(value, &mut tell),
                124 | 125 => vendor(value, &mut tell),
                _ => {}
            }
        }
        if self.kind == DECLINE {
            facts.event(Side::Client, EventKind::DhcpDeclined, "the address given is in use already");
        }
    }

    fn reply(&self, from: IpAddr, facts: &mut dyn StationFacts) {
        if let Some(server) = self.server.filter(|_| matches!(self.kind, OFFER | ACK | NAK)) {
            let mut text = Text::default();
            let _ = write!(text, "{server}");
            // A relay passes replies on: then the server is elsewhere.
            if from == IpAddr::V4(server) {
                facts.fact(Side::Server, Fact::DhcpServer, text.bytes());
            } else {
                facts.fact_at(IpAddr::V4(server), Fact::DhcpServer, text.bytes());
            }
        }
        if self.kind == NAK {
            // The reason is free text, which some servers fill in (option 56).
            facts.event(Side::Server, EventKind::DhcpRefused, "the address asked for is not given");
        }
        if self.kind != ACK {
            return;
        }
        // An answer to INFORM gives no address: the client has one.
        let given = if self.your_address.is_unspecified() { self.client_address } else { self.your_address };
        let place = (!given.is_unspecified()).then_some(IpAddr::V4(given));
        let mut tell = |fact, value: &[u8]| facts.fact_on(self.client, place, !self.relayed, fact, value);
        if place.is_some() {
            let mut text = Text::default();
            let _ = write!(text, "{given}");
            tell(Fact::DhcpAddress, text.bytes());
        }
        for (code, value) in self.all() {
            match code {
                3 => {
                    if let Some(router) = value.get(..4).and_then(address) {
                        let mut text = Text::default();
                        let _ = write!(text, "{router}");
                        tell(Fact::DhcpRouter, text.bytes());
                    }
                }
                15 => tell(Fact::DhcpDomain, before_nul(value)),
                66 => tell(Fact::DhcpFileServer, before_nul(value)),
                67 => tell(Fact::DhcpBootFile, before_nul(value)),
                150 => {
                    for server in value.chunks_exact(4).filter_map(address).take(LISTED_MAX) {
                        let mut text = Text::default();
                        let _ = write!(text, "{server}");
                        tell(Fact::DhcpFileServer, text.bytes());
                    }
                }
                82 => relay_agent(value, &mut tell),
                125 => vendor(value, &mut tell),
                _ => {}
            }
        }
        let file = before_nul(self.file);
        if !file.is_empty() {
            tell(Fact::DhcpBootFile, file);
        }
    }
}

/// What a relay adds (RFC 3046): on which of its ports the client hangs, and what it calls itself or the line.
fn relay_agent(value: &[u8], tell: &mut impl FnMut(Fact, &[u8])) {
    for (code, value) in (Options { rest: value }).take(LISTED_MAX) {
        let mut text = Text::default();
        match (code, value) {
            // Many switches write VLAN, module and port, and their own station, each with a kind and a length.
            (1, [0, 4, v0, v1, module, port]) => {
                let vlan = u16::from_be_bytes([*v0, *v1]);
                let _ = write!(text, "vlan {vlan} port {module}/{port}");
                tell(Fact::DhcpCircuitId, text.bytes());
            }
            (2, [0, 6, a, b, c, d, e, f]) | (2, [a, b, c, d, e, f]) if !is_text(value) => {
                let _ = write!(text, "{}", Mac([*a, *b, *c, *d, *e, *f]));
                tell(Fact::DhcpRemoteId, text.bytes());
            }
            (1, _) => tell(Fact::DhcpCircuitId, Line::of_text_or_bytes(value).bytes()),
            (2, _) => tell(Fact::DhcpRemoteId, Line::of_text_or_bytes(value).bytes()),
            _ => {}
        }
    }
}

/// RFC 3925: for each maker its enterprise number, a length, and what it likes; texts in it are told.
fn vendor(value: &[u8], tell: &mut impl FnMut(Fact, &[u8])) {
    let mut rest = value;
    for _ in 0..LISTED_MAX {
        let Some(([a, b, c, d, length], after)) = rest.split_first_chunk::<5>() else { return };
        let mut text = Text::default();
        let _ = write!(text, "{}", u32::from_be_bytes([*a, *b, *c, *d]));
        tell(Fact::DhcpVendorEnterprise, text.bytes());
        let Some(data) = after.get(..usize::from(*length)) else { return };
        // Option 124 holds a counted text, option 125 sub-options.
        if let [count, text @ ..] = data
            && usize::from(*count) == text.len()
            && is_text(text)
        {
            tell(Fact::DhcpVendorText, text);
        } else {
            for (_, text) in (Options { rest: data }).take(LISTED_MAX).filter(|(_, text)| is_text(text)) {
                tell(Fact::DhcpVendorText, text);
            }
        }
        rest = after.get(data.len()..).unwrap_or_default();
    }
}

fn is_text(value: &[u8]) -> bool {
    value.len() > 1 && value.iter().all(|byte| matches!(byte, b' '..=b'~'))
}

fn address(value: &[u8]) -> Option<Ipv4Addr> {
    <[u8; 4]>::try_from(value).ok().map(Ipv4Addr::from)
}

/// Some clients end their texts with NUL bytes (RFC 2132 2 tells readers to expect it).
fn before_nul(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// RFC 3004 says a list of counted texts, of which the first is told; widespread clients send plain text.
fn user_class(value: &[u8]) -> &[u8] {
    let counted = value.split_first().and_then(|(length, rest)| rest.get(..usize::from(*length)));
    let mut rest = value;
    while let Some((length, after)) = rest.split_first() {
        match after.get(usize::from(*length)..).filter(|_| *length > 0) {
            Some(next) => rest = next,
            None => return before_nul(value),
        }
    }
    counted.unwrap_or(value)
}

/// Goes through code, length, value; ends at the end option or where a length lies.
struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let (code, rest) = self.rest.split_first()?;
            self.rest = rest;
            match code {
                0 => continue,
                255 => {
                    self.rest = &[];
                    return None;
                }
                code => {
                    let (length, rest) = rest.split_first()?;
                    let value = rest.get(..usize::from(*length))?;
                    self.rest = rest.get(usize::from(*length)..).unwrap_or_default();
                    return Some((*code, value));
                }
            }
        }
    }
}

/// A longer text on the stack; of what is longer still a fact keeps less than this anyway.
struct Line {
    bytes: [u8; 512],
    length: usize,
}

impl Line {
    fn new() -> Line {
        Line { bytes: [0; 512], length: 0 }
    }

    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, text: &[u8]) {
        let room = self.bytes.get_mut(self.length..).unwrap_or_default();
        let count = text.len().min(room.len());
        if let (Some(room), Some(text)) = (room.get_mut(..count), text.get(..count)) {
            room.copy_from_slice(text);
            self.length += count;
        }
    }

    fn of_numbers(value: &[u8]) -> Line {
        let mut line = Line::new();
        for &code in value {
            if line.length > 0 {
                line.push(b",");
            }
            let digits = [b'0' + code / 100, b'0' + code / 10 % 10, b'0' + code % 10];
            let from = if code >= 100 { 0 } else { usize::from(code < 10) + 1 };
            line.push(digits.get(from..).unwrap_or_default());
        }
        line
    }

    fn of_identifier(value: &[u8]) -> Line {
        let mut line = Line::new();
        match value.split_first() {
            Some((0, text)) if !text.is_empty() && text.iter().all(|byte| matches!(byte, b' '..=b'~')) => {
                line.push(text);
            }
            _ => return Line::of_hexadecimal(value),
        }
        line
    }

    fn of_hexadecimal(value: &[u8]) -> Line {
        let mut line = Line::new();
        let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
        for byte in value {
            line.push(&[digit(byte >> 4), digit(byte & 0x0f)]);
        }
        line
    }

    fn of_text_or_bytes(value: &[u8]) -> Line {
        if !is_text(value) {
            return Line::of_hexadecimal(value);
        }
        let mut line = Line::new();
        line.push(value);
        line
    }

    /// RFC 4702: flags, two obsolete result codes, then the name as text or, with flag E, as DNS labels.
    fn of_fqdn(value: &[u8]) -> Line {
        let mut line = Line::new();
        let Some((&[flags, _, _], mut name)) = value.split_first_chunk::<3>() else { return line };
        if flags & 0x04 == 0 {
            line.push(before_nul(name));
            return line;
        }
        while let Some((length, rest)) = name.split_first() {
            let Some(label) = rest.get(..usize::from(*length)).filter(|label| !label.is_empty()) else {
                break;
            };
            if line.length > 0 {
                line.push(b".");
            }
            line.push(label);
            name = rest.get(label.len()..).unwrap_or_default();
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dissect::stations::{Stations, told};
    use proptest::prelude::*;

    fn built(operation: u8, your_address: [u8; 4], relay: [u8; 4], options: &[(u8, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0u8; 240];
        bytes[..4].copy_from_slice(&[operation, 1, 6, 0]);
        bytes[16..20].copy_from_slice(&your_address);
        bytes[24..28].copy_from_slice(&relay);
        bytes[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 7]);
        bytes[236..240].copy_from_slice(&COOKIE.to_be_bytes());
        for (code, value) in options {
            bytes.extend([*code, value.len() as u8]);
            bytes.extend(*value);
        }
        bytes.push(255);
        bytes
    }

    fn request() -> Vec<u8> {
        let options: &[(u8, &[u8])] = &[
            (53, &[3]),
            (61, &[1, 2, 0, 0, 0, 0, 7]),
            (12, b"PUMP-7\0"),
            (81, &[4, 0, 0, 6, b'p', b'u', b'm', b'p', b'-', b'7', 4, b'h', b'o', b's', b'p', 0]),
            (60, b"MSFT 5.0"),
            (55, &[1, 3, 6, 15, 119, 252]),
            (77, b"\x04ward"),
            (161, b"https://example.org/pump.json"),
            (43, &[1, 2, 0xab, 0xcd]),
            (57, &[5, 0xdc]),
            (93, &[0, 7]),
            (82, &[1, 6, 0, 4, 0, 30, 1, 7, 2, 8, 0, 6, 2, 0, 0, 0, 0, 1]),
            (124, &[0, 0, 0x01, 0x37, 5, 4, b'P', b'u', b'm', b'p']),
            (125, &[0, 0, 0x0d, 0xe9, 6, 5, 4, b'V', b'8', b'.', b'2']),
        ];
        built(REQUEST, [0; 4], [0; 4], options)
    }

    fn acknowledgement(relay: [u8; 4]) -> Vec<u8> {
        let options: &[(u8, &[u8])] =
            &[(53, &[5]), (54, &[10, 0, 0, 1]), (3, &[10, 0, 0, 254, 10, 0, 0, 253]), (15, b"hosp.example")];
        built(REPLY, [10, 0, 0, 7], relay, options)
    }

    fn tell(from: [u8; 4], bytes: &[u8]) -> String {
        told(|facts| assert!(message(IpAddr::from(from), bytes, facts)))
    }

    #[test]
    fn a_request_describes_its_client() {
        let expected = "02:00:00:00:00:07 - dhcp.client_identifier 01020000000007
02:00:00:00:00:07 - dhcp.hostname PUMP-7
02:00:00:00:00:07 - dhcp.fqdn pump-7.hosp
02:00:00:00:00:07 - dhcp.vendor_class MSFT 5.0
02:00:00:00:00:07 - dhcp.parameter_list 1,3,6,15,119,252
02:00:00:00:00:07 - dhcp.user_class ward
02:00:00:00:00:07 - dhcp.mud_url https://example.org/pump.json
02:00:00:00:00:07 - dhcp.vendor_options 0102abcd
02:00:00:00:00:07 - dhcp.message_size 1500
02:00:00:00:00:07 - dhcp.architecture 7
02:00:00:00:00:07 - dhcp.circuit_id vlan 30 port 1/7
02:00:00:00:00:07 - dhcp.remote_id 02:00:00:00:00:01
02:00:00:00:00:07 - dhcp.vendor_enterprise 311
02:00:00:00:00:07 - dhcp.vendor_text Pump
02:00:00:00:00:07 - dhcp.vendor_enterprise 3561
02:00:00:00:00:07 - dhcp.vendor_text V8.2
";
        assert_eq!(tell([0; 4], &request()), expected);
    }

    #[test]
    fn an_acknowledgement_says_what_was_given() {
        let expected = "Server dhcp.server 10.0.0.1
02:00:00:00:00:07 10.0.0.7 dhcp.address 10.0.0.7
02:00:00:00:00:07 10.0.0.7 dhcp.router 10.0.0.254
02:00:00:00:00:07 10.0.0.7 dhcp.domain hosp.example
";
        assert_eq!(tell([10, 0, 0, 1], &acknowledgement([0; 4])), expected);
    }

    #[test]
    fn behind_a_relay_server_and_client_are_elsewhere() {
        let text = tell([10, 0, 9, 254], &acknowledgement([10, 0, 9, 254]));
        assert!(text.starts_with("10.0.0.1 dhcp.server 10.0.0.1\n"), "{text}");
        assert!(text.contains("(relayed) dhcp.address 10.0.0.7"), "{text}");
    }

    #[test]
    fn refusals_and_conflicts_are_events() {
        let refused = tell([10, 0, 0, 1], &built(REPLY, [0; 4], [0; 4], &[(53, &[6]), (54, &[10, 0, 0, 1])]));
        assert!(refused.contains("Server dhcp.refused") && refused.contains("dhcp.server"), "{refused}");
        let declined = tell([0; 4], &built(REQUEST, [0; 4], [0; 4], &[(53, &[4])]));
        assert!(declined.contains("Client dhcp.declined"), "{declined}");
    }

    #[test]
    fn a_reply_says_where_files_are() {
        let options: &[(u8, &[u8])] = &[(53, &[5]), (66, b"tftp.hosp"), (150, &[10, 0, 0, 3, 10, 0, 0, 4])];
        let mut bytes = built(REPLY, [10, 0, 0, 7], [0; 4], options);
        bytes[108..114].copy_from_slice(b"a.cnf\0");
        let text = tell([10, 0, 0, 1], &bytes);
        for wanted in
            ["file_server tftp.hosp", "file_server 10.0.0.3", "file_server 10.0.0.4", "boot_file a.cnf"]
        {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn options_may_overflow_into_other_fields() {
        let mut bytes = built(REQUEST, [0; 4], [0; 4], &[(53, &[1]), (52, &[3])]);
        bytes[108..114].copy_from_slice(&[12, 3, b'a', b'b', b'c', 255]);
        bytes[44..49].copy_from_slice(&[60, 2, b'v', b'c', 255]);
        let text = tell([0; 4], &bytes);
        assert!(text.contains("dhcp.hostname abc") && text.contains("dhcp.vendor_class vc"), "{text}");
    }

    #[test]
    fn odd_values_are_told_as_they_are() {
        let options: &[(u8, &[u8])] =
            &[(61, b"\0pump"), (77, b"plain text"), (81, b"\0\0\0pump.hosp\0"), (12, b"p\xfcmp")];
        let text = tell([0; 4], &built(REQUEST, [0; 4], [0; 4], options));
        for wanted in [
            "client_identifier pump\n",
            "user_class plain text\n",
            "fqdn pump.hosp\n",
            "hostname p\u{fffd}mp\n",
        ] {
            assert!(text.contains(wanted), "{wanted} in {text}");
        }
    }

    #[test]
    fn lease_queries_are_about_others() {
        let mut query = built(REQUEST, [0; 4], [10, 0, 9, 254], &[(53, &[10]), (60, b"concentrator")]);
        assert_eq!(tell([10, 0, 9, 254], &query), "");
        query[28..34].fill(0);
        assert_eq!(tell([10, 0, 9, 254], &query), "");
        let group = built(REQUEST, [0; 4], [0; 4], &[(53, &[1])]);
        let nobody = [&group[..28], &[0; 6], &group[34..]].concat();
        assert_eq!(tell([0; 4], &nobody), "malformed\n");
    }

    #[test]
    fn every_prefix_is_safe_and_tells_no_more() {
        for golden in [request(), acknowledgement([0; 4])] {
            let all = tell([10, 0, 0, 1], &golden);
            for length in 0..golden.len() {
                let mut stations = Stations::default();
                let known = message(IpAddr::from([10, 0, 0, 1]), &golden[..length], &mut stations);
                assert_eq!(known, length >= 240);
                let text = told(|facts| _ = message(IpAddr::from([10, 0, 0, 1]), &golden[..length], facts));
                assert!(
                    text.lines().all(|line| all.contains(line) || line == "malformed"),
                    "{length}: {text}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn any_options_are_safe(mut tail in proptest::collection::vec(any::<u8>(), 0..400), operation in 1u8..3) {
            let mut bytes = built(operation, [10, 0, 0, 7], [0; 4], &[]);
            bytes.pop();
            bytes.append(&mut tail);
            told(|facts| _ = message(IpAddr::from([10, 0, 0, 1]), &bytes, facts));
        }
    }
}
