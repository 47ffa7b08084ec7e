//! Golden messages of RADIUS, TACACS+ and DCE/RPC, put together from the published formats, and damage done to them.

use super::super::super::known::Message;
use super::super::super::testing::{Piece, any_split, batter, check, client, datagram, run, server};
use super::super::super::{Probe, Side, StreamDissector};
use super::super::dcerpc::DceRpc;
use super::super::radius::RadiusMessages;
use super::super::tacacs::Tacacs;
use super::ntlm::{authenticate, challenge};
use insta::assert_snapshot;
use proptest::prelude::*;

/// A message of remote procedure calls, with a token behind it.
fn call(kind: u8, body: &[u8], token: &[u8]) -> Vec<u8> {
    let trailer =
        if token.is_empty() { Vec::new() } else { [&[10, 6, 0, 0, 0, 0, 0, 0][..], token].concat() };
    let length = (16 + body.len() + trailer.len()) as u16;
    let head = [
        &[5, 0, kind, 3, 0x10, 0, 0, 0][..],
        &length.to_le_bytes(),
        &(token.len() as u16).to_le_bytes(),
        &[1, 0, 0, 0],
    ];
    [&head.concat()[..], body, &trailer].concat()
}

/// Contexts, each an interface and one form of transfer.
fn bind(interfaces: &[[u8; 16]]) -> Vec<u8> {
    let contexts = interfaces.iter().map(|id| [&[0, 0, 1, 0][..], id, &[2, 0, 0, 0], &[4; 20]].concat());
    let head = [0xb8, 0x10, 0xb8, 0x10, 0, 0, 0, 0, interfaces.len() as u8, 0, 0, 0];
    [&head[..], &contexts.collect::<Vec<_>>().concat()].concat()
}

const SERVICES: [u8; 16] =
    [0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35, 0xad, 0x32, 0x98, 0xf0, 0x38, 0, 0x10, 0x03];
const LOG_IN: [u8; 16] =
    [0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab, 0xef, 0, 0x01, 0x23, 0x45, 0x67, 0xcf, 0xfb];

/// A client administers a server's services.
pub(crate) fn dcerpc() -> Vec<Vec<Piece>> {
    let bound = |result: u8| {
        let body = [
            &[0xb8, 0x10, 0xb8, 0x10, 1, 0, 0, 0, 4, 0][..],
            b"135\0",
            &[0, 0, 1, 0, 0, 0, result, 0],
            &[0; 22],
        ];
        body.concat()
    };
    vec![
        vec![
            client(call(11, &bind(&[SERVICES]), &[])),
            server(call(12, &bound(0), &challenge())),
            client(call(16, &[0; 4], &authenticate("CLINIC", "Jane Doe", "WARD7-PC", 200))),
            client(call(0, &[7; 900], &[])),
            server(call(2, &[7; 900], &[])),
            client(call(14, &bind(&[LOG_IN, [9; 16]]), &[])),
            server(call(15, &bound(0), &[])),
        ],
        vec![client(call(11, &bind(&[SERVICES]), &[])), server(call(12, &bound(2), &[]))],
    ]
}

fn radius_packet(code: u8, attributes: &[(u8, &[u8])]) -> Vec<u8> {
    let attributes: Vec<u8> = attributes
        .iter()
        .flat_map(|(kind, value)| [&[*kind, value.len() as u8 + 2][..], value].concat())
        .collect();
    [&[code, 9][..], &(attributes.len() as u16 + 20).to_be_bytes(), &[0x5a; 16], &attributes].concat()
}

/// A switch and an access point ask to let stations in.
pub(crate) fn radius() -> Vec<Message> {
    let switch: [(u8, &[u8]); 5] = [
        (1, b"host/WARD7-PC.clinic.local"),
        (4, &[10, 0, 0, 2]),
        (31, b"00-1B-0D-20-30-01"),
        (32, b"SW-ICU-3"),
        (87, b"GigabitEthernet1/0/7"),
    ];
    let wireless: [(u8, &[u8]); 6] = [
        (1, b"CLINIC\\Jane.Doe"),
        (5, &[0, 0, 0, 13]),
        (30, b"00-1b-0d-99-00-01:MedNet"),
        (31, b"001b.0d20.3002"),
        (32, b"AP-7"),
        (79, &[2, 1, 0, 4]),
    ];
    let by_address: [(u8, &[u8]); 3] = [(1, b"001b0d203003"), (2, &[0x77; 16]), (31, b"00:1b:0d:20:30:03")];
    vec![
        ([50_000, 1812], radius_packet(1, &switch)),
        ([1812, 50_000], radius_packet(2, &[(25, b"class")])),
        ([50_000, 1812], radius_packet(1, &wireless)),
        ([1812, 50_000], radius_packet(3, &[(18, b"Jane Doe may not")])),
        ([50_000, 1813], radius_packet(4, &by_address)),
    ]
}

/// A switch asks who may work on it; another does so in clear.
pub(crate) fn tacacs() -> Vec<Vec<Piece>> {
    let packet = |number: u8, flags: u8| {
        [&[0xc0, 1, number, flags, 1, 2, 3, 4][..], &20u32.to_be_bytes(), &[0x5a; 20]].concat()
    };
    vec![
        vec![client(packet(1, 4)), server(packet(2, 4)), client(packet(3, 4))],
        vec![client(packet(1, 1)), server(packet(2, 1))],
    ]
}

#[test]
fn administration_by_procedure_calls_is_told() {
    let told: Vec<String> = dcerpc().iter().map(|pieces| check::<DceRpc>(pieces)).collect();
    assert_snapshot!(told.join("--\n"), @r"
    Server dcerpc.interface svcctl
    Client administration.session: dcerpc: service control (svcctl)
    Server ntlm.os 10.0.17763
    Server ntlm.domain CLINIC
    Server ntlm.computer FILES
    Server ntlm.dns_domain clinic.local
    Server ntlm.dns_computer files.clinic.local
    Server ntlm.forest clinic.local
    Client ntlm.os 10.0.19041
    Client ntlm.workstation WARD7-PC
    Client ntlm.user_domain CLINIC
    Client ntlm.user ecc55be4445d1856
    Client ntlm.version 2
    Server dcerpc.interface netlogon
    Server dcerpc.interface 09090909-0909-0909-0909-090909090909
    --
    Server dcerpc.interface svcctl
    ");
}

#[test]
fn stations_at_the_door_are_told() {
    let told: Vec<String> = radius()
        .iter()
        .map(|(ports, bytes)| datagram::<RadiusMessages>(*ports, bytes, false).unwrap())
        .collect();
    assert_snapshot!(told.join("--\n"), @r"
    Client radius.role client
    Client radius.nas_address 10.0.0.2
    Client radius.nas_identifier SW-ICU-3
    00:1b:0d:20:30:01 - (elsewhere) radius.computer WARD7-PC.clinic.local
    00:1b:0d:20:30:01 - (elsewhere) radius.attached_to SW-ICU-3 GigabitEthernet1/0/7
    --
    Server radius.role server
    --
    Client radius.role client
    Client radius.method EAP
    Client radius.nas_identifier AP-7
    Client radius.user c8a311f1f753374c
    00:1b:0d:20:30:02 - (elsewhere) radius.attached_to AP-7 port 13
    00:1b:0d:20:30:02 - (elsewhere) radius.network MedNet
    --
    Server radius.role server
    Client log_in.failed: radius: turned away
    --
    Client radius.role client
    Client radius.method PAP
    ");
    assert_eq!(datagram::<RadiusMessages>([50_000, 1899], &radius()[0].1, false), None);
}

#[test]
fn equipment_that_asks_who_may_work_on_it_is_told() {
    let told: Vec<String> = tacacs().iter().map(|pieces| check::<Tacacs>(pieces)).collect();
    assert_snapshot!(told.join("--\n"), @r"
    Client tacacs.role client
    Server tacacs.role server
    --
    Client tacacs.role client
    Client log_in.clear_credentials: tacacs: without its secret
    Server tacacs.role server
    ");
}

#[test]
fn damage_is_safe() {
    dcerpc().iter().for_each(|pieces| batter::<DceRpc>(pieces));
    tacacs().iter().for_each(|pieces| batter::<Tacacs>(pieces));
}

#[test]
fn probes_know_both_sides() {
    assert_eq!(DceRpc::probe(&call(11, &bind(&[SERVICES]), &[])[..24], 0), Probe::Certain(Side::Client));
    assert_eq!(DceRpc::probe(&call(2, &[7; 20], &[]), 0), Probe::Certain(Side::Server));
    // A client of a proxy greets.
    assert_eq!(DceRpc::probe(b"\x05\x01\x00", 1080), Probe::Unsure);
    assert_eq!(DceRpc::probe(b"\x05\x01\x00\x05\x01", 1080), Probe::No);
    let resumed = run::<DceRpc>(&[
        Piece::Gap(Side::Client, 70),
        client([&b"\x05\0rest"[..], &call(11, &bind(&[LOG_IN]), &[])].concat()),
    ]);
    assert_eq!(resumed, "Server dcerpc.interface netlogon\n");
    let Piece::Bytes(_, asked) = &tacacs()[0][0] else { return };
    assert_eq!(Tacacs::probe(asked, 0), Probe::Certain(Side::Client));
    assert_eq!(Tacacs::probe(&asked[..16], 0), Probe::No);
    assert_eq!(Tacacs::probe(&asked[..16], 49), Probe::Certain(Side::Client));
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..300), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        datagram::<RadiusMessages>([50_000, 1812], &bytes, false);
        let mut pieces = dcerpc().remove(0);
        pieces.insert(1, client(bytes.clone()));
        any_split::<DceRpc>(&pieces, &sizes);
        any_split::<Tacacs>(&[client(bytes)], &sizes);
    }
}
