//! Golden messages of Kerberos, put together from the published formats, and damage done to them.

use super::super::super::known::Message;
use super::super::super::testing::{
    Piece, Recorder, any_split, batter, check, client, datagram, run, server,
};
use super::super::super::{Probe, Side, StreamDissector};
use super::super::gss;
use super::super::kerberos::{Kerberos, KerberosMessages};
use super::ber::{number, tlv};
use insta::assert_snapshot;
use proptest::prelude::*;

fn string(text: &str) -> Vec<u8> {
    tlv(0x1b, &[text.as_bytes()])
}

fn field(number: u8, content: &[u8]) -> Vec<u8> {
    tlv(0xa0 | number, &[content])
}

fn principal(parts: &[&str]) -> Vec<u8> {
    let parts: Vec<u8> = parts.iter().flat_map(|part| string(part)).collect();
    tlv(0x30, &[&field(0, &number(1)), &field(1, &tlv(0x30, &[&parts]))])
}

fn encrypted(kind: i16) -> Vec<u8> {
    tlv(0x30, &[&field(0, &number(kind)), &field(2, &tlv(4, &[&[0x99; 40]]))])
}

fn ticket(service: &[&str], kind: i16) -> Vec<u8> {
    let fields = [
        field(0, &number(5)),
        field(1, &string("CLINIC.LOCAL")),
        field(2, &principal(service)),
        field(3, &encrypted(kind)),
    ];
    tlv(0x61, &[&tlv(0x30, &[&fields.concat()])])
}

fn request(kind: u8, client: Option<&[&str]>, service: &[&str]) -> Vec<u8> {
    let client = client.map(|name| field(1, &principal(name))).unwrap_or_default();
    let address = tlv(0x30, &[&field(0, &number(20)), &field(1, &tlv(4, &[b"WARD7-PC        "]))]);
    let types: Vec<u8> = [18, 17, 23, -135].into_iter().flat_map(number).collect();
    let body = [
        field(0, &tlv(3, &[&[0, 0x40, 0x81, 0, 0x10]])),
        client,
        field(2, &string("CLINIC.LOCAL")),
        field(3, &principal(service)),
        field(5, &tlv(0x18, &[b"20370913024805Z"])),
        field(7, &number(4711)),
        field(8, &tlv(0x30, &[&types])),
        field(9, &tlv(0x30, &[&address])),
    ];
    let fields = [
        field(1, &number(5)),
        field(2, &number(i16::from(kind & 0x1f))),
        field(4, &tlv(0x30, &[&body.concat()])),
    ];
    tlv(kind, &[&tlv(0x30, &[&fields.concat()])])
}

fn reply(kind: u8, client: &[&str], service: &[&str], types: [i16; 2]) -> Vec<u8> {
    let fields = [
        field(0, &number(5)),
        field(1, &number(i16::from(kind & 0x1f))),
        field(3, &string("CLINIC.LOCAL")),
        field(4, &principal(client)),
        field(5, &ticket(service, types[0])),
        field(6, &encrypted(types[1])),
    ];
    tlv(kind, &[&tlv(0x30, &[&fields.concat()])])
}

fn error(code: i16) -> Vec<u8> {
    let fields = [
        field(0, &number(5)),
        field(1, &number(30)),
        field(4, &tlv(0x18, &[b"20250310120000Z"])),
        field(5, &number(12)),
        field(6, &number(code)),
        field(8, &principal(&["Jane.Doe"])),
        field(9, &string("CLINIC.LOCAL")),
        field(10, &principal(&["krbtgt", "CLINIC.LOCAL"])),
        field(11, &string("Jane.Doe is not here")),
    ];
    tlv(0x7e, &[&tlv(0x30, &[&fields.concat()])])
}

pub(crate) fn messages() -> Vec<Message> {
    let krbtgt = ["krbtgt", "CLINIC.LOCAL"];
    vec![
        ([50_000, 88], request(0x6a, Some(&["Jane.Doe"]), &krbtgt)),
        ([88, 50_000], error(24)),
        ([50_000, 88], request(0x6a, Some(&["WARD7-PC$"]), &krbtgt)),
        ([88, 50_000], reply(0x6b, &["WARD7-PC$"], &krbtgt, [18, 18])),
        ([50_000, 88], request(0x6c, None, &["cifs", "files.clinic.local"])),
        ([88, 50_000], reply(0x6d, &["Jane.Doe"], &["cifs", "files.clinic.local"], [23, 18])),
        ([88, 50_000], error(25)),
    ]
}

pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    let framed = |message: &[u8]| [&(message.len() as u32).to_be_bytes()[..], message].concat();
    let pieces = messages().into_iter().map(|(ports, bytes)| match ports {
        [88, _] => server(framed(&bytes)),
        _ => client(framed(&bytes)),
    });
    vec![pieces.collect()]
}

#[test]
fn log_ins_and_tickets_are_read() {
    assert_snapshot!(check::<Kerberos>(&corpus()[0]), @r"
    Client kerberos.role client
    Client kerberos.user c8a311f1f753374c
    Client kerberos.realm CLINIC.LOCAL
    Client kerberos.encryption_types 18,17,23,-135
    Client kerberos.netbios_name WARD7-PC
    Server kerberos.realm CLINIC.LOCAL
    Client log_in.failed: kerberos: wrong password (24)
    Client kerberos.role client
    Client kerberos.computer WARD7-PC
    Client kerberos.realm CLINIC.LOCAL
    Client kerberos.encryption_types 18,17,23,-135
    Client kerberos.netbios_name WARD7-PC
    Server kerberos.role kdc
    Server kerberos.realm CLINIC.LOCAL
    Client kerberos.computer WARD7-PC
    Client kerberos.role client
    Client kerberos.realm CLINIC.LOCAL
    Client kerberos.asks cifs/files.clinic.local
    Client kerberos.encryption_types 18,17,23,-135
    Client kerberos.netbios_name WARD7-PC
    Server kerberos.role kdc
    Server kerberos.realm CLINIC.LOCAL
    Client kerberos.user c8a311f1f753374c
    Server encryption.weak: kerberos: a ticket encrypted with RC4
    Server kerberos.realm CLINIC.LOCAL
    ");
}

#[test]
fn datagrams_tell_the_same() {
    let told: String = messages()
        .iter()
        .map(|(ports, bytes)| datagram::<KerberosMessages>(*ports, bytes, false).unwrap())
        .collect();
    assert_eq!(told, run::<Kerberos>(&corpus()[0]));
}

#[test]
fn damage_is_safe() {
    batter::<Kerberos>(&corpus()[0]);
}

/// What a client presents to a service names the service.
#[test]
fn a_ticket_within_another_protocol_names_its_server() {
    let fields = [
        field(0, &number(5)),
        field(1, &number(14)),
        field(2, &tlv(3, &[&[0, 0x20, 0, 0, 0]])),
        field(3, &ticket(&["cifs", "files.clinic.local"], 18)),
        field(4, &encrypted(18)),
    ];
    let request = tlv(0x6e, &[&tlv(0x30, &[&fields.concat()])]);
    let inner = tlv(0x60, &[&tlv(6, &[&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 1, 2, 2]]), &[1, 0], &request]);
    let mut facts = Recorder::default();
    assert!(gss::find(&tlv(0xa0, &[&inner]), &mut facts));
    assert_eq!(
        facts.finish(),
        "Server kerberos.realm CLINIC.LOCAL\nServer kerberos.service cifs/files.clinic.local\n"
    );
}

#[test]
fn probes_know_both_sides() {
    let piece = |index: usize| match &corpus()[0][index] {
        Piece::Bytes(_, bytes) => bytes[..40].to_vec(),
        Piece::Gap(..) => Vec::new(),
    };
    assert_eq!(Kerberos::probe(&piece(0), 0), Probe::Certain(Side::Client));
    assert_eq!(Kerberos::probe(&piece(1), 0), Probe::Certain(Side::Server));
    assert_eq!(Kerberos::probe(&[0, 0, 0, 9, 0x6a, 7, 0x30, 5, 0xa1, 3, 2, 1, 4, 0, 0, 0], 0), Probe::No);
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..300), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        let mut all = corpus().remove(0);
        all.insert(1, server(bytes));
        any_split::<Kerberos>(&all, &sizes);
    }
}
