//! Golden messages of SNMP, put together from the published formats, and damage done to them.

use super::super::super::known::Message;
use super::super::super::testing::{Piece, any_split, batter, check, client, datagram, run, server};
use super::super::super::{Datagram, DatagramDissector, Facts, Probe, Side, StreamDissector};
use super::super::snmp::{Snmp, SnmpMessages};
use super::ber::{number, object, tlv};
use insta::assert_snapshot;
use proptest::prelude::*;

fn text(text: &str) -> Vec<u8> {
    tlv(4, &[text.as_bytes()])
}

fn variable(name: &str, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&object(name), value])
}

fn pdu(kind: u8, variables: &[Vec<u8>]) -> Vec<u8> {
    tlv(kind, &[&number(77), &number(0), &number(0), &tlv(0x30, &[&variables.concat()])])
}

fn community(version: i16, community: &str, pdu: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&number(version), &text(community), pdu])
}

/// A message of version 3 with the user-based security model.
fn secured(flags: u8, engine: &[u8], user: &str, scoped: &[u8]) -> Vec<u8> {
    let global = tlv(0x30, &[&number(9), &number(1400), &tlv(4, &[&[flags]]), &number(3)]);
    let fields = [tlv(4, &[engine]), number(2), number(300), text(user), text(""), text("")].concat();
    let parameters = tlv(4, &[&tlv(0x30, &[&fields])]);
    tlv(0x30, &[&number(3), &global, &parameters, scoped])
}

fn scoped(pdu: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&text(""), &text(""), pdu])
}

const ENGINE: &[u8] = &[0x80, 0, 0x1f, 0x88, 3, 0, 0x1b, 0x0d, 0x20, 0x30, 1];

fn system() -> Vec<Vec<u8>> {
    vec![
        variable("1.3.6.1.2.1.1.1.0", &text("APC Web/SNMP Management Card (MB:v4.1.0)")),
        variable("1.3.6.1.2.1.1.2.0", &object("1.3.6.1.4.1.318.1.3.27")),
        variable("1.3.6.1.2.1.1.4.0", &text("biomed")),
        variable("1.3.6.1.2.1.1.5.0", &text("ups-icu-1")),
        variable("1.3.6.1.2.1.1.6.0", &text("ICU rack 2")),
        variable("1.3.6.1.2.1.2.2.1.6.1", &tlv(4, &[&[0, 0x1b, 0x0d, 0x20, 0x30, 1]])),
        variable("1.3.6.1.4.1.318.1.1.1.1.2.3.0", &text("AS0912345678")),
    ]
}

fn chassis() -> Vec<Vec<u8>> {
    vec![
        variable("1.3.6.1.2.1.47.1.1.1.1.5.149", &number(3)),
        variable("1.3.6.1.2.1.47.1.1.1.1.11.149", &text("FOC1234X0AB")),
        variable("1.3.6.1.2.1.47.1.1.1.1.13.149", &text("WS-C2960")),
        variable("1.3.6.1.2.1.47.1.1.1.1.12.1", &text("Cisco")),
        variable("1.3.6.1.2.1.47.1.1.1.1.11.300", &text("a power supply's")),
        variable("1.3.6.1.2.1.43.5.1.1.17.1", &text("PRN-4711")),
        variable("1.3.6.1.2.1.33.1.1.2.0", &text("Smart-UPS 1500")),
        variable("1.3.6.1.2.1.25.3.2.1.3.1", &text("KYOCERA ECOSYS")),
        variable("1.3.6.1.2.1.25.3.2.1.3.2", &text("another")),
    ]
}

/// Every kind of message, with the ports it goes between.
pub(crate) fn messages() -> Vec<Message> {
    let asked = [variable("1.3.6.1.2.1.1.1.0", &[5, 0])];
    let trap = [
        object("1.3.6.1.4.1.318.1.3.27"),
        tlv(0x40, &[&[10, 0, 0, 7]]),
        number(6),
        number(5),
        tlv(0x43, &[&[9]]),
        tlv(0x30, &[]),
    ]
    .concat();
    let cold = [
        variable("1.3.6.1.2.1.1.3.0", &tlv(0x43, &[&[1]])),
        variable("1.3.6.1.6.3.1.1.4.1.0", &object("1.3.6.1.6.3.1.1.5.5")),
    ];
    let refused = [variable("1.3.6.1.6.3.15.1.1.5.0", &tlv(0x41, &[&[7]]))];
    vec![
        ([50_000, 161], community(1, "public", &pdu(0xa0, &asked))),
        ([161, 50_000], community(1, "public", &pdu(0xa2, &system()))),
        ([161, 50_000], community(0, "ward7secret", &pdu(0xa2, &chassis()))),
        (
            [50_000, 161],
            community(1, "ward7secret", &pdu(0xa3, &[variable("1.3.6.1.2.1.1.5.0", &text("x"))])),
        ),
        ([50_000, 162], community(0, "public", &tlv(0xa4, &[&trap]))),
        ([50_000, 162], community(1, "public", &pdu(0xa7, &cold))),
        ([50_000, 161], secured(4, &[], "", &scoped(&pdu(0xa0, &[])))),
        ([161, 50_000], secured(1, ENGINE, "Jane.Doe", &scoped(&pdu(0xa2, &system()[..1])))),
        ([50_000, 161], secured(7, ENGINE, "Jane.Doe", &text("encrypted bytes"))),
        ([161, 50_000], secured(0, ENGINE, "Jane.Doe", &scoped(&pdu(0xa8, &refused)))),
    ]
}

/// A manager asks an agent over TCP.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    let all = messages();
    vec![vec![
        client(all[0].1.clone()),
        server(all[1].1.clone()),
        client(all[8].1.clone()),
        server(all[7].1.clone()),
    ]]
}

#[test]
fn agents_tell_what_they_are() {
    let told: Vec<String> = messages()
        .iter()
        .map(|(ports, bytes)| datagram::<SnmpMessages>(*ports, bytes, false).unwrap())
        .collect();
    assert_snapshot!(told.join("--\n"), @r"
    Client snmp.role manager
    --
    Server snmp.role agent
    Server snmp.version 2c
    Server snmp.community public
    Client log_in.default_credentials: snmp: v2c, community public
    Server snmp.description APC Web/SNMP Management Card (MB:v4.1.0)
    Server snmp.object_id 1.3.6.1.4.1.318.1.3.27
    Server snmp.contact present
    Server snmp.name ups-icu-1
    Server snmp.location ICU rack 2
    Server snmp.interface_address 00:1b:0d:20:30:01
    Server snmp.serial AS0912345678
    --
    Server snmp.role agent
    Server snmp.version 1
    Server snmp.community of the site's own
    Client log_in.clear_credentials: snmp: v1, a community
    Server snmp.serial FOC1234X0AB
    Server snmp.model WS-C2960
    Server snmp.manufacturer Cisco
    Server snmp.serial PRN-4711
    Server snmp.model Smart-UPS 1500
    Server snmp.device KYOCERA ECOSYS
    --
    Client snmp.role manager
    Client configuration.transfer: snmp: v2c, set 1.3.6.1.2.1.1.5.0
    --
    Client snmp.role agent
    Client snmp.version 1
    Client snmp.trap 1.3.6.1.4.1.318.1.3.27.0.5
    --
    Client snmp.role agent
    Client snmp.version 2c
    Client snmp.trap authenticationFailure
    Client log_in.failed: snmp: a wrong community or user, as the agent reports
    --
    Client snmp.role manager
    --
    Server snmp.role agent
    Server snmp.version 3
    Client snmp.user c8a311f1f753374c
    Server snmp.security authNoPriv
    Server snmp.engine_id 80001f8803001b0d203001
    Server snmp.engine_enterprise 8072
    Server snmp.engine_address 00:1b:0d:20:30:01
    Server snmp.description APC Web/SNMP Management Card (MB:v4.1.0)
    --
    Client snmp.role manager
    Client snmp.user c8a311f1f753374c
    Server snmp.security authPriv
    Server snmp.engine_id 80001f8803001b0d203001
    Server snmp.engine_enterprise 8072
    Server snmp.engine_address 00:1b:0d:20:30:01
    --
    Server snmp.role agent
    Server snmp.version 3
    Server snmp.engine_id 80001f8803001b0d203001
    Server snmp.engine_enterprise 8072
    Server snmp.engine_address 00:1b:0d:20:30:01
    Client log_in.failed: snmp: v3, wrong digest
    ");
}

#[test]
fn an_agent_in_one_exchange_is_one_event() {
    let (ports, bytes) = &messages()[1];
    let [source, destination] = ports.map(|port| (std::net::IpAddr::from([10, 0, 0, 7]), port));
    let mut facts = super::super::super::testing::Recorder::default();
    let datagram = Datagram { source, destination, bytes, cut: false, first: false };
    assert!(SnmpMessages::read(&datagram, Side::Server, &mut facts));
    facts.carries(cordon_model::observe::Protocol::Snmp);
    assert!(!facts.finish().contains("log_in"));
}

#[test]
fn whom_to_turn_to_is_not_told() {
    let contact = pdu(0xa2, &[variable("1.3.6.1.2.1.1.4.0", &text("Jane Doe, 5550199"))]);
    let told = datagram::<SnmpMessages>([161, 50_000], &community(1, "x", &contact), false).unwrap();
    assert!(told.contains("snmp.contact present"), "{told}");
}

#[test]
fn traps_that_a_proxy_passes_on_are_not_its_own() {
    let passed_on = [
        variable("1.3.6.1.6.3.1.1.4.1.0", &object("1.3.6.1.6.3.1.1.5.1")),
        variable("1.3.6.1.6.3.18.1.3.0", &tlv(0x40, &[&[10, 0, 0, 99]])),
        variable("1.3.6.1.2.1.1.5.0", &text("another")),
    ];
    let told =
        datagram::<SnmpMessages>([50_000, 162], &community(1, "x", &pdu(0xa7, &passed_on)), false).unwrap();
    assert_eq!(told, "Client snmp.role agent\nClient snmp.version 2c\n");
}

/// An agent that refuses to be renamed repeats the name; it is not its own.
#[test]
fn what_an_error_repeats_is_not_told() {
    let variables = tlv(0x30, &[&variable("1.3.6.1.2.1.1.5.0", &text("intruder"))]);
    for (status, told) in [(17, "snmp.community private"), (16, "snmp.version 2c\n")] {
        let refused = tlv(0xa2, &[&number(77), &number(status), &number(1), &variables]);
        let all = datagram::<SnmpMessages>([161, 50_000], &community(1, "private", &refused), false).unwrap();
        assert!(all.contains(told) && !all.contains("intruder"), "{all}");
        assert_eq!(all.contains("log_in"), status == 17, "{all}");
    }
}

#[test]
fn other_datagrams_are_not_snmp() {
    for bytes in [&b"0\x0c\x02\x01\x01\x63\x07"[..], b"0\x05\x02\x01\x02\x04\x00", b"0", b"0\x84", b"GET"] {
        assert_eq!(datagram::<SnmpMessages>([161, 161], bytes, false), None);
    }
}

#[test]
fn messages_over_tcp_are_read() {
    let told = check::<Snmp>(&corpus()[0]);
    assert!(
        told.contains("Server snmp.name ups-icu-1") && told.contains("log_in.default_credentials"),
        "{told}"
    );
    batter::<Snmp>(&corpus()[0]);
    let resumed =
        run::<Snmp>(&[Piece::Gap(Side::Server, 70), server([&b"0\x03abc"[..], &messages()[1].1].concat())]);
    assert!(resumed.contains("snmp.name ups-icu-1"), "{resumed}");
}

#[test]
fn probes_know_both_sides() {
    let all = messages();
    assert_eq!(Snmp::probe(&all[0].1, 0), Probe::Certain(Side::Client));
    assert_eq!(Snmp::probe(&all[1].1[..64], 0), Probe::Certain(Side::Server));
    assert_eq!(Snmp::probe(b"0\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0", 0), Probe::No);
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..400), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        datagram::<SnmpMessages>([50_000, 161], &bytes, false);
        let mut message = messages()[1].1.clone();
        message.extend(bytes);
        any_split::<Snmp>(&[server(message)], &sizes);
    }
}
