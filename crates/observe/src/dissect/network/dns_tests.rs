//! Golden messages, hostile names, every prefix, any split.

use super::*;
use crate::dissect::stations::told;
use crate::dissect::testing;
use proptest::prelude::*;

const SENDER: IpAddr = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 9));

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.').filter(|label| !label.is_empty()) {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}

fn header(flags: u16, counts: [u16; 4]) -> Vec<u8> {
    let mut bytes = vec![0x12, 0x34];
    bytes.extend(flags.to_be_bytes());
    counts.iter().for_each(|count| bytes.extend(count.to_be_bytes()));
    bytes
}

fn question(bytes: &mut Vec<u8>, name: &str, kind: u16) {
    bytes.extend(encoded(name));
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1]);
}

fn record(bytes: &mut Vec<u8>, name: &[u8], kind: u16, data: &[u8]) {
    bytes.extend(name);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0x80, 1, 0, 0, 0, 60]);
    bytes.extend((data.len() as u16).to_be_bytes());
    bytes.extend(data);
}

fn query() -> Vec<u8> {
    let mut bytes = header(0x0100, [1, 0, 0, 0]);
    question(&mut bytes, "pacs.hosp.example", A);
    bytes
}

fn response() -> Vec<u8> {
    let mut bytes = header(0x8180, [1, 3, 0, 0]);
    question(&mut bytes, "pacs.hosp.example", A);
    record(&mut bytes, &[0xc0, 12], 5, &encoded("srv7.hosp.example"));
    record(&mut bytes, &encoded("srv7.hosp.example"), A, &[10, 0, 0, 7]);
    record(&mut bytes, &encoded("8.0.0.10.in-addr.arpa"), PTR, &encoded("ct-8.hosp.example"));
    bytes
}

fn announcement(address: [u8; 4]) -> Vec<u8> {
    let mut bytes = header(0x8400, [0, 2, 0, 2]);
    let instance = "Dr. House's printer._ipp._tcp.local";
    let mut name = vec![19];
    name.extend(b"Dr. House's printer");
    name.extend(encoded("_ipp._tcp.local"));
    assert_eq!(instance.len(), 35);
    record(&mut bytes, &encoded("_ipp._tcp.local"), PTR, &name);
    record(&mut bytes, &name, TXT, b"\x08ty=Laser\x03x=1\x00");
    let mut service = vec![0, 0, 0, 0, 2, 119];
    service.extend(encoded("printer.local"));
    record(&mut bytes, &name, SRV, &service);
    record(&mut bytes, &encoded("printer.local"), A, &address);
    bytes
}

fn tell(bytes: &[u8], scope: Scope) -> String {
    told(|facts| assert!(message(Side::Server, bytes, scope, false, facts)))
}

#[test]
fn a_query_is_its_askers() {
    let text = told(|facts| assert!(message(Side::Client, &query(), Scope::Unicast, false, facts)));
    assert_eq!(text, "Client dns.query pacs.hosp.example\n");
}

#[test]
fn an_answer_names_addresses_also_behind_an_alias() {
    let expected = "Server dns.server 
10.0.0.7 dns.name srv7.hosp.example
10.0.0.7 dns.name pacs.hosp.example
10.0.0.8 dns.reverse_name ct-8.hosp.example
";
    assert_eq!(tell(&response(), Scope::Unicast), expected);
}

#[test]
fn link_local_answers_make_no_name_server() {
    let text = tell(&response(), Scope::LinkLocal);
    assert!(text.starts_with("10.0.0.7 dns.name srv7") && !text.contains("dns.server"), "{text}");
    assert_eq!(tell(&query(), Scope::LinkLocal), "");
}

#[test]
fn an_announcement_is_its_senders() {
    let expected = "Server mdns.service Dr\\. House's printer._ipp._tcp.local
Server mdns.text ty=Laser
Server mdns.text x=1
Server mdns.text 
Server mdns.service Dr\\. House's printer._ipp._tcp.local
Server mdns.name printer.local
Server mdns.name printer.local
";
    assert_eq!(tell(&announcement([10, 0, 0, 9]), Scope::Multicast(SENDER)), expected);
}

#[test]
fn a_reflected_announcement_is_not_the_reflectors() {
    let text = tell(&announcement([10, 0, 5, 5]), Scope::Multicast(SENDER));
    assert!(text.lines().all(|line| line.starts_with("10.0.5.5 ")), "{text}");
}

#[test]
fn reverse_names_of_both_families_are_understood() {
    let reversed = |text: &str| {
        let bytes = encoded(text);
        let mut whole = header(0, [1, 0, 0, 0]);
        whole.extend(&bytes);
        let message = Message::new(&whole);
        message.and_then(|message| message.name(HEADER)).and_then(|(name, _)| name.reversed())
    };
    assert_eq!(reversed("4.3.2.1.IN-ADDR.ARPA"), Some(IpAddr::from([1, 2, 3, 4])));
    let v6 = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa";
    assert_eq!(reversed(v6), "2001:db8::1".parse().ok());
    assert_eq!(reversed("300.3.2.1.in-addr.arpa"), None);
    assert_eq!(reversed("3.2.1.in-addr.arpa"), None);
    assert_eq!(reversed("in-addr.arpa"), None);
}

#[test]
fn pointers_that_go_in_circles_end() {
    for target in [12u8, 13, 14, 200] {
        let mut bytes = header(0, [1, 0, 0, 0]);
        bytes.extend([0xc0, target, 0, 1, 0, 1]);
        assert!(tell(&bytes, Scope::Unicast).contains("malformed"));
    }
    let mut bytes = header(0, [1, 0, 0, 0]);
    bytes.extend([1, b'a', 0xc0, 12, 0, 1, 0, 1]);
    assert!(tell(&bytes, Scope::Unicast).contains("malformed"));
}

#[test]
fn only_whole_sober_messages_look_like_dns_anywhere() {
    assert!(looks_like(&query()) && looks_like(&response()));
    let mut longer = query();
    longer.push(0);
    assert!(!looks_like(&longer) && !looks_like(&query()[..20]) && !looks_like(&[0; 64]));
}

#[test]
fn every_prefix_is_safe_and_tells_no_more() {
    for (golden, scope) in [
        (query(), Scope::Unicast),
        (response(), Scope::Unicast),
        (announcement([10, 0, 0, 9]), Scope::Multicast(SENDER)),
        (announcement([10, 0, 5, 5]), Scope::Multicast(SENDER)),
    ] {
        let all = tell(&golden, scope);
        for length in 0..golden.len() {
            let text = told(|facts| _ = message(Side::Server, &golden[..length], scope, false, facts));
            // A prefix may end before the address that shows a reflection.
            let known = |line: &str| {
                let value = line.split_once(' ').map_or(line, |(_, rest)| rest);
                line == "malformed" || all.contains(value)
            };
            assert!(text.lines().all(known), "{length}: {text}");
            assert!(length <= HEADER || text.contains("malformed"), "{length}");
        }
    }
}

fn framed(messages: &[Vec<u8>]) -> Vec<u8> {
    messages.iter().flat_map(|m| [&(m.len() as u16).to_be_bytes()[..], m].concat()).collect()
}

#[test]
fn streams_tell_the_same_however_they_are_cut() {
    let mut long = header(0x8180, [0, 0, 0, 0]);
    long.resize(20_000, 0);
    let pieces = [
        testing::client(framed(&[query(), query()])),
        testing::server(framed(&[response(), long, response()])),
    ];
    let told = testing::check::<Dns>(&pieces);
    assert_eq!(told.lines().filter(|line| line.contains("10.0.0.7 dns.name")).count(), 4);
    testing::batter::<Dns>(&pieces[..1]);
}

#[test]
fn probes_want_more_than_a_port() {
    let whole = framed(&[query()]);
    assert_eq!(Dns::probe(&whole, 9_953), Probe::Certain(Side::Client));
    assert_eq!(Dns::probe(&framed(&[response()]), 53), Probe::Certain(Side::Server));
    assert_eq!(Dns::probe(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", 53), Probe::No);
    assert_eq!(Dns::probe(&[0x16, 3, 1, 0, 80, 1, 0, 0, 76, 3, 3, 1, 2, 3, 4], 53), Probe::No);
    assert_eq!(Dns::probe(&whole[..1], 53), Probe::Unsure);
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 0..300), flags in any::<u16>()) {
        let mut message_bytes = header(flags & 0x87ff, [1, 2, 1, 1]);
        message_bytes.extend(&bytes);
        for scope in [Scope::Unicast, Scope::Multicast(SENDER)] {
            told(|facts| _ = message(Side::Server, &message_bytes, scope, false, facts));
        }
        looks_like(&bytes);
        let _ = Dns::probe(&bytes, 53);
    }
}
