//! Dynamic Host Configuration Protocol for IPv6 (RFC 8415; options as named below): what a client says of itself,
//! and what it was given.

use crate::dissect::nd::labels;
use crate::dissect::person::HostName;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::{u16_at, u32_at};
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv6Addr};

const PORT_CLIENT: u16 = 546;
const PORT_SERVER: u16 = 547;

const ADVERTISE: u8 = 2;
const REPLY: u8 = 7;
const RECONFIGURE: u8 = 10;
const INFORMATION_REQUEST: u8 = 11;
const RELAY_FORWARD: u8 = 12;
const RELAY_REPLY: u8 = 13;

const OPTION_CLIENT: u16 = 1;
const OPTION_SERVER: u16 = 2;
const OPTION_ADDRESSES: u16 = 3;
const OPTION_TEMPORARY_ADDRESSES: u16 = 4;
const OPTION_ADDRESS: u16 = 5;
const OPTION_ASKED: u16 = 6;
const OPTION_RELAYED: u16 = 9;
const OPTION_USER_CLASS: u16 = 15;
const OPTION_VENDOR_CLASS: u16 = 16;
const OPTION_VENDOR: u16 = 17;
const OPTION_INTERFACE: u16 = 18;
const OPTION_SEARCH_LIST: u16 = 24;
const OPTION_PREFIXES: u16 = 25;
const OPTION_PREFIX: u16 = 26;
/// RFC 4649.
const OPTION_REMOTE: u16 = 37;
/// RFC 4704.
const OPTION_FQDN: u16 = 39;
/// RFC 6939.
const OPTION_LINK_ADDRESS: u16 = 79;
/// RFC 8520.
const OPTION_MUD: u16 = 112;

/// Options read of one message; relays a message may pass (RFC 8415 7.6).
const OPTIONS_MAX: usize = 64;
const RELAYS_MAX: usize = 8;
/// Numbers told of one list.
const LIST_MAX: usize = 64;

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Dhcpv6;

impl DatagramDissector for Dhcpv6 {
    const STARTS: Starts = Starts::range(1, 13);
    const PORTS: &'static [u16] = &[PORT_CLIENT, PORT_SERVER];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        if !matches!(datagram.destination.1, PORT_CLIENT | PORT_SERVER) {
            return Recognised::No;
        }
        match datagram.bytes {
            [ADVERTISE | REPLY | RECONFIGURE | RELAY_REPLY, _, _, _, ..] => Recognised::From(Side::Server),
            [1..=INFORMATION_REQUEST | RELAY_FORWARD, _, _, _, ..] => Recognised::From(Side::Client),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, _side: Side, facts: &mut dyn StationFacts) -> bool {
        let mut whom = Whom::default();
        let mut bytes = datagram.bytes;
        for _ in 0..RELAYS_MAX {
            let Some(&(RELAY_FORWARD | RELAY_REPLY)) = bytes.first() else {
                if message(bytes, &whom, facts).is_none() && !datagram.cut {
                    facts.malformed();
                }
                return true;
            };
            match relay(bytes, &mut whom) {
                Some(inner) => bytes = inner,
                None => {
                    if !datagram.cut {
                        facts.malformed();
                    }
                    return true;
                }
            }
        }
        facts.limit();
        true
    }
}

/// Whom what a message says is about.
#[derive(Clone, Copy, Default)]
struct Whom<'a> {
    /// The client's station, when a relay spoke for it: as the relay names it, or as its identifier does.
    station: Option<Mac>,
    /// The client's own address as its relay names it.
    peer: Option<IpAddr>,
    relayed: bool,
    /// What the relay calls the port the client hangs on, and the line or circuit.
    interface: &'a [u8],
    remote: &'a [u8],
}

impl Whom<'_> {
    /// A fact about the client; of one behind a relay only when its station is known.
    fn tell(&self, fact: Fact, value: &[u8], facts: &mut dyn StationFacts) {
        match self.station {
            Some(station) => facts.fact_on(station, self.peer, false, fact, value),
            None if !self.relayed => facts.fact(Side::Client, fact, value),
            None => {}
        }
    }
}

/// A relay's envelope: hop count, its address, the client's, options. Answers the message inside.
fn relay<'a>(bytes: &'a [u8], whom: &mut Whom<'a>) -> Option<&'a [u8]> {
    let peer = Ipv6Addr::from(*bytes.get(18..)?.first_chunk::<16>()?);
    // The innermost relay is the one next to the client.
    *whom = Whom { station: None, peer: Some(IpAddr::V6(peer)), relayed: true, interface: &[], remote: &[] };
    let mut inner = None;
    for (code, value) in (Options { rest: bytes.get(34..)? }).take(OPTIONS_MAX) {
        match (code, value) {
            (OPTION_RELAYED, value) => inner = Some(value),
            (OPTION_LINK_ADDRESS, [0, 1, a, b, c, d, e, f]) => {
                whom.station = Some(Mac([*a, *b, *c, *d, *e, *f]));
            }
            (OPTION_INTERFACE, value) => whom.interface = value,
            (OPTION_REMOTE, value) => whom.remote = value.get(4..).unwrap_or_default(),
            _ => {}
        }
    }
    inner
}

/// A message between client and server.
fn message<'a>(bytes: &'a [u8], whom: &Whom<'a>, facts: &mut dyn StationFacts) -> Option<()> {
    let kind = *bytes.first()?;
    let options = bytes.get(4..)?;
    let mut whom = *whom;
    if whom.relayed && whom.station.is_none() {
        let find = |code: u16| Options { rest: options }.take(OPTIONS_MAX).find(|(own, _)| *own == code);
        whom.station = find(OPTION_CLIENT).and_then(|(_, value)| station_of(value));
    }
    let from_server = matches!(kind, ADVERTISE | REPLY | RECONFIGURE);
    if !from_server {
        tell_identifier(&whom, Fact::Dhcpv6Interface, whom.interface, facts);
        tell_identifier(&whom, Fact::Dhcpv6Remote, whom.remote, facts);
    }
    let mut walk = Options { rest: options };
    for (code, value) in walk.by_ref().take(OPTIONS_MAX) {
        if from_server {
            given(kind, code, value, &whom, facts);
        } else {
            said(code, value, &whom, facts);
        }
    }
    // What is left over where the options end is a cut or a lie.
    walk.rest.is_empty().then_some(())
}

/// What a client says of itself.
fn said(code: u16, value: &[u8], whom: &Whom<'_>, facts: &mut dyn StationFacts) {
    match code {
        OPTION_CLIENT => {
            tell_hexadecimal(whom, Fact::Dhcpv6Duid, value, facts);
            let mut line = Line::default();
            if let Some(station) = station_of(value) {
                let _ = write!(line, "{station}");
                whom.tell(Fact::Dhcpv6DuidStation, line.text().as_bytes(), facts);
            } else if let Some(number) = u32_at(value, 2).filter(|_| u16_at(value, 0) == Some(2)) {
                let _ = write!(line, "{number}");
                whom.tell(Fact::Dhcpv6DuidEnterprise, line.text().as_bytes(), facts);
            }
        }
        OPTION_ASKED => {
            let mut line = Line::default();
            let (codes, _) = value.as_chunks::<2>();
            for code in codes.iter().take(LIST_MAX) {
                let comma = if line.text().is_empty() { "" } else { "," };
                let _ = write!(line, "{comma}{}", u16::from_be_bytes(*code));
            }
            whom.tell(Fact::Dhcpv6ParameterList, line.text().as_bytes(), facts);
        }
        OPTION_FQDN => {
            // A name without its end is one that the server is to complete.
            if let Some((line, _)) = labels(value.get(1..).unwrap_or_default(), true) {
                whom.tell(Fact::Dhcpv6Fqdn, HostName::of(line.text().as_bytes()).text(), facts);
            }
        }
        OPTION_USER_CLASS => whom.tell(Fact::Dhcpv6UserClass, counted(value), facts),
        OPTION_VENDOR_CLASS => {
            enterprise(value, whom, facts);
            whom.tell(Fact::Dhcpv6VendorClass, counted(value.get(4..).unwrap_or_default()), facts);
        }
        OPTION_VENDOR => enterprise(value, whom, facts),
        OPTION_MUD => whom.tell(Fact::Dhcpv6MudUrl, value, facts),
        _ => {}
    }
}

/// What a server gives.
fn given(kind: u8, code: u16, value: &[u8], whom: &Whom<'_>, facts: &mut dyn StationFacts) {
    match code {
        OPTION_SERVER if !whom.relayed => tell_server(value, facts),
        OPTION_ADDRESSES if kind == REPLY => leases(value.get(12..), Fact::Dhcpv6Address, whom, facts),
        OPTION_TEMPORARY_ADDRESSES if kind == REPLY => {
            leases(value.get(4..), Fact::Dhcpv6Address, whom, facts);
        }
        OPTION_PREFIXES if kind == REPLY => leases(value.get(12..), Fact::Dhcpv6Prefix, whom, facts),
        OPTION_SEARCH_LIST if kind == REPLY => {
            if let Some((line, _)) = labels(value, false) {
                whom.tell(Fact::Dhcpv6Domain, line.text().as_bytes(), facts);
            }
        }
        _ => {}
    }
}

fn tell_server(value: &[u8], facts: &mut dyn StationFacts) {
    let mut line = Line::default();
    for byte in value {
        let _ = write!(line, "{byte:02x}");
    }
    facts.fact(Side::Server, Fact::Dhcpv6Server, line.text().as_bytes());
}

/// Addresses (two lifetimes after each) and prefixes (lifetimes and a length before each).
fn leases(options: Option<&[u8]>, fact: Fact, whom: &Whom<'_>, facts: &mut dyn StationFacts) {
    let rest = options.unwrap_or_default();
    for (code, value) in (Options { rest }).take(OPTIONS_MAX) {
        let mut line = Line::default();
        let octets = |at: usize| value.get(at..).and_then(|rest| rest.first_chunk::<16>()).copied();
        match code {
            OPTION_ADDRESS => {
                // A lifetime of 0 takes the address away (RFC 8415 18.2.10.1).
                let Some(octets) = octets(0).filter(|_| u32_at(value, 20).is_some_and(|valid| valid > 0))
                else {
                    continue;
                };
                let _ = write!(line, "{}", Ipv6Addr::from(octets));
            }
            OPTION_PREFIX => {
                let (Some(length), Some(octets)) = (value.get(8), octets(9)) else { continue };
                let _ = write!(line, "{}/{length}", Ipv6Addr::from(octets));
            }
            _ => continue,
        }
        whom.tell(fact, line.text().as_bytes(), facts);
    }
}

/// The link-layer address in an identifier that was made from one (RFC 8415 11.2, 11.4).
fn station_of(identifier: &[u8]) -> Option<Mac> {
    let octets = match identifier {
        [0, 1, 0, 1, _, _, _, _, octets @ ..] | [0, 3, 0, 1, octets @ ..] => octets,
        _ => return None,
    };
    let station = Mac(*octets.first_chunk::<6>().filter(|_| octets.len() == 6)?);
    (!station.is_zero() && !station.is_group()).then_some(station)
}

fn enterprise(value: &[u8], whom: &Whom<'_>, facts: &mut dyn StationFacts) {
    if let Some(number) = u32_at(value, 0) {
        let mut line = Line::default();
        let _ = write!(line, "{number}");
        whom.tell(Fact::Dhcpv6VendorEnterprise, line.text().as_bytes(), facts);
    }
}

/// The first of a list of counted texts.
fn counted(value: &[u8]) -> &[u8] {
    let length = usize::from(u16_at(value, 0).unwrap_or(0));
    value.get(2..2 + length).unwrap_or_default()
}

/// A relay's name for something: text, or bytes of its own.
fn tell_identifier(whom: &Whom<'_>, fact: Fact, value: &[u8], facts: &mut dyn StationFacts) {
    if value.is_empty() {
        return;
    }
    if value.iter().all(|byte| matches!(byte, b' '..=b'~')) {
        whom.tell(fact, value, facts);
    } else {
        tell_hexadecimal(whom, fact, value, facts);
    }
}

fn tell_hexadecimal(whom: &Whom<'_>, fact: Fact, value: &[u8], facts: &mut dyn StationFacts) {
    let mut line = Line::default();
    for byte in value {
        let _ = write!(line, "{byte:02x}");
    }
    whom.tell(fact, line.text().as_bytes(), facts);
}

/// Goes through code, length, value; what it cannot read it leaves.
struct Options<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Options<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (code, length) = (u16_at(self.rest, 0)?, usize::from(u16_at(self.rest, 2)?));
        let value = self.rest.get(4..4 + length)?;
        self.rest = self.rest.get(4 + length..).unwrap_or_default();
        Some((code, value))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};
    use proptest::prelude::*;

    fn option(code: u16, value: &[u8]) -> Vec<u8> {
        [&code.to_be_bytes()[..], &(value.len() as u16).to_be_bytes(), value].concat()
    }

    const MAC: [u8; 6] = [2, 0, 0, 0, 0, 7];

    pub(crate) fn request() -> Vec<u8> {
        [
            vec![3, 9, 9, 9],
            option(OPTION_CLIENT, &[&[0, 1, 0, 1, 1, 2, 3, 4][..], &MAC].concat()),
            option(OPTION_FQDN, b"\x01\x06pump-7\x04hosp"),
            option(OPTION_VENDOR_CLASS, b"\x00\x00\x01\x37\x00\x08MSFT 5.0"),
            option(OPTION_ASKED, &[0, 17, 0, 23, 0, 24, 0, 39]),
            option(OPTION_USER_CLASS, b"\x00\x04ward"),
            option(OPTION_MUD, b"https://example.org/pump.json"),
        ]
        .concat()
    }

    pub(crate) fn reply() -> Vec<u8> {
        let octets = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 7).octets();
        let lease = option(OPTION_ADDRESS, &[&octets[..], &[0, 0, 1, 0, 0, 0, 2, 0]].concat());
        let delegated =
            option(OPTION_PREFIX, &[&[0, 0, 1, 0, 0, 0, 2, 0, 56][..], &octets[..6], &[0; 10]].concat());
        [
            vec![7, 9, 9, 9],
            option(OPTION_SERVER, &[&[0, 3, 0, 1][..], &[2, 0, 0, 0, 0, 1]].concat()),
            option(OPTION_ADDRESSES, &[&[0; 12][..], &lease].concat()),
            option(OPTION_PREFIXES, &[&[0; 12][..], &delegated].concat()),
            option(OPTION_SEARCH_LIST, b"\x04hosp\x07example\x00"),
        ]
        .concat()
    }

    pub(crate) fn relayed(kind: u8, inner: &[u8], named: bool) -> Vec<u8> {
        let mut bytes = vec![kind, 0];
        bytes.extend([0; 16]);
        bytes.extend(Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 7).octets());
        if named {
            bytes.extend(option(OPTION_LINK_ADDRESS, &[0, 1, 2, 0, 0, 0, 0, 8]));
        }
        bytes.extend(option(OPTION_INTERFACE, b"Gi1/0/7"));
        bytes.extend(option(OPTION_REMOTE, &[0, 0, 0, 9, 1, 2, 3]));
        bytes.extend(option(OPTION_RELAYED, inner));
        bytes
    }

    fn tell(bytes: &[u8]) -> String {
        datagram::<Dhcpv6>([PORT_CLIENT, PORT_SERVER], bytes, false).unwrap()
    }

    #[test]
    fn a_request_describes_its_client() {
        let expected = "Client dhcpv6.duid 0001000101020304020000000007
Client dhcpv6.duid_station 02:00:00:00:00:07
Client dhcpv6.fqdn pump-7.hosp
Client dhcpv6.vendor_enterprise 311
Client dhcpv6.vendor_class MSFT 5.0
Client dhcpv6.parameter_list 17,23,24,39
Client dhcpv6.user_class ward
Client dhcpv6.mud_url https://example.org/pump.json
";
        assert_eq!(tell(&request()), expected);
    }

    #[test]
    fn a_reply_says_what_was_given() {
        let expected = "Server dhcpv6.server 00030001020000000001
Client dhcpv6.address 2001:db8::7
Client dhcpv6.prefix 2001:db8::/56
Client dhcpv6.domain hosp.example
";
        assert_eq!(tell(&reply()), expected);
    }

    #[test]
    fn a_relay_says_where_its_client_hangs() {
        let told = tell(&relayed(RELAY_FORWARD, &relayed(RELAY_FORWARD, &request(), true), false));
        let whose = "02:00:00:00:00:08 fe80::7 (elsewhere) dhcpv6.";
        assert!(
            told.starts_with(&format!("{whose}interface_id Gi1/0/7\n{whose}remote_id 010203\n")),
            "{told}"
        );
        assert!(told.lines().all(|line| line.starts_with(whose)), "{told}");
        // Without the relay's word the identifier tells the station.
        let told = tell(&relayed(RELAY_REPLY, &reply(), false));
        assert_eq!(told, "");
        let told = tell(&relayed(RELAY_FORWARD, &request(), false));
        assert!(told.contains("02:00:00:00:00:07 fe80::7 (elsewhere) dhcpv6.fqdn pump-7.hosp"), "{told}");
    }

    #[test]
    fn anything_is_safe() {
        for golden in [request(), reply(), relayed(RELAY_FORWARD, &request(), true)] {
            batter_datagram::<Dhcpv6>([PORT_CLIENT, PORT_SERVER], &golden);
        }
        let mut endless = request();
        for _ in 0..12 {
            endless = relayed(RELAY_FORWARD, &endless, false);
        }
        assert_eq!(tell(&endless), "limits: 1\n");
    }

    proptest! {
        #[test]
        fn any_options_are_safe(mut tail in proptest::collection::vec(any::<u8>(), 0..200), kind in 1u8..14) {
            let mut bytes = vec![kind, 1, 2, 3];
            bytes.append(&mut tail);
            tell(&bytes);
        }
    }
}
