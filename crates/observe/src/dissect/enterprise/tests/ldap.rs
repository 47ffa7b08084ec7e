//! Golden messages of directories, put together from the published formats, and damage done to them.

use super::super::super::known::Message;
use super::super::super::testing::{Piece, any_split, batter, check, client, datagram, run, server};
use super::super::super::{Probe, Side, StreamDissector};
use super::super::ldap::{Ldap, LdapMessages};
use super::ber::{number, tlv};
use super::ntlm::{authenticate, challenge, negotiate};
use insta::assert_snapshot;
use proptest::prelude::*;

fn text(text: &str) -> Vec<u8> {
    tlv(4, &[text.as_bytes()])
}

fn message(id: i16, operation: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&number(id), operation])
}

/// As Windows writes lengths: always in four bytes.
fn long(id: u8, operation: &[u8]) -> Vec<u8> {
    let inside = [&[2, 1, id][..], operation].concat();
    [&[0x30, 0x84][..], &(inside.len() as u32).to_be_bytes(), &inside].concat()
}

fn bind(name: &str, how: &[u8]) -> Vec<u8> {
    tlv(0x60, &[&number(3), &text(name), how])
}

fn answer(tag: u8, code: u8, words: &str) -> Vec<u8> {
    tlv(tag, &[&[10, 1, code], &text(""), &text(words)])
}

fn search(base: &str, filter: &[u8]) -> Vec<u8> {
    let limits = [&[10, 1, 0, 10, 1, 0][..], &number(0), &number(0), &[1, 1, 0]].concat();
    tlv(0x63, &[&text(base), &limits, filter, &tlv(0x30, &[])])
}

fn attribute(name: &str, value: &[u8]) -> Vec<u8> {
    tlv(0x30, &[&text(name), &tlv(0x31, &[&tlv(4, &[value])])])
}

fn entry(name: &str, attributes: &[Vec<u8>]) -> Vec<u8> {
    tlv(0x64, &[&text(name), &tlv(0x30, &[&attributes.concat()])])
}

fn netlogon() -> Vec<u8> {
    let labels = |names: &[&str]| -> Vec<u8> {
        names.iter().flat_map(|name| [&[name.len() as u8][..], name.as_bytes()].concat()).collect()
    };
    [
        &[23, 0, 0, 0, 0xfd, 0xf3, 1, 0][..],
        &[5; 16],
        &labels(&["clinic", "local"]),
        &[0, 0xc0, 24],
        &labels(&["dc1"]),
        &[0xc0, 24],
        &labels(&["CLINIC"]),
        &[0],
        &labels(&["DC1"]),
        &[0],
        &labels(&["Jane Doe"]),
        &[0],
        &labels(&["Main"]),
        &[0, 0xc0, 69],
        &[5, 0, 0, 0, 0xff, 0xff, 0xff, 0xff],
    ]
    .concat()
}

/// A computer looks for a controller of its domain.
pub(crate) fn messages() -> Vec<Message> {
    let equal = |name: &str, value: &str| tlv(0xa3, &[&text(name), &text(value)]);
    let filter = tlv(
        0xa0,
        &[&equal("DnsDomain", "clinic.local"), &equal("Host", "WARD7-PC"), &equal("NtVer", "\u{6}")],
    );
    vec![
        ([50_000, 389], message(1, &search("", &filter))),
        ([389, 50_000], message(1, &entry("", &[attribute("Netlogon", &netlogon())]))),
        ([389, 50_000], message(1, &answer(0x65, 0, ""))),
    ]
}

/// A client asks a controller what it is, logs in, and goes on encrypted.
fn windows() -> Vec<Piece> {
    let present = tlv(0x87, &[b"objectClass"]);
    let root = entry(
        "",
        &[
            attribute("currentTime", b"20250310120000.0Z"),
            attribute("defaultNamingContext", b"DC=clinic,DC=local"),
            attribute("rootDomainNamingContext", b"DC=clinic,DC=local"),
            attribute("dnsHostName", b"dc1.clinic.local"),
            attribute(
                "serverName",
                b"CN=DC1,CN=Servers,CN=Main,CN=Sites,CN=Configuration,DC=clinic,DC=local",
            ),
            attribute("domainControllerFunctionality", b"7"),
        ],
    );
    let token = |token: &[u8]| tlv(0xa3, &[&text("GSS-SPNEGO"), &tlv(4, &[token])]);
    let challenged = tlv(0x61, &[&[10, 1, 14], &text(""), &text(""), &tlv(0x87, &[&challenge()])]);
    vec![
        client(long(1, &search("", &present))),
        server([long(1, &root), long(1, &answer(0x65, 0, ""))].concat()),
        client(message(2, &bind("", &token(&negotiate())))),
        server(message(2, &challenged)),
        client(message(3, &bind("", &token(&authenticate("CLINIC", "Jane Doe", "WARD7-PC", 200))))),
        server(message(3, &answer(0x61, 0, ""))),
        client([&[0, 0, 0, 40][..], &[0x60; 40]].concat()),
        server([&[0, 0, 0, 40][..], &[0x60; 40]].concat()),
    ]
}

/// A device that logs in with a password in clear, once in vain; then another that starts TLS.
fn simple() -> Vec<Piece> {
    let password = tlv(0x80, &[b"c2VjcmV0"]);
    let start = tlv(0x77, &[&tlv(0x80, &[b"1.3.6.1.4.1.1466.20037"])]);
    let words = "80090308: LdapErr: DSID-0C09042A, comment: AcceptSecurityContext error, data 52e, v4563";
    let person = entry("cn=Jane Doe,dc=clinic", &[attribute("dnsHostName", b"DOE")]);
    vec![
        client(message(1, &bind("uid=Jane Doe,ou=people,dc=clinic,dc=local", &password))),
        server(message(1, &answer(0x61, 49, words))),
        client(message(2, &bind("CLINIC\\jane", &password))),
        server(message(2, &answer(0x61, 0, ""))),
        client(message(
            3,
            &search("ou=people,dc=clinic,dc=local", &tlv(0xa3, &[&text("cn"), &text("Jane Doe")])),
        )),
        server(message(3, &person)),
        server(message(3, &answer(0x65, 0, ""))),
        client(message(4, &bind("", &tlv(0x80, &[])))),
        client(message(5, &bind("", &tlv(0xa3, &[&text("PLAIN"), &tlv(4, &[b"\0jane\0c2VjcmV0"])])))),
        client(message(6, &start)),
        server(message(6, &answer(0x78, 0, ""))),
        client(b"\x16\x03\x01\0\x05hello".to_vec()),
    ]
}

pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![windows(), simple()]
}

#[test]
fn a_controller_and_its_client_are_read() {
    assert_snapshot!(check::<Ldap>(&windows()), @r"
    Server ldap.domain clinic.local
    Server ldap.forest clinic.local
    Server ldap.host dc1.clinic.local
    Server ldap.site Main
    Server ldap.functional_level 7
    Client ldap.authentication GSS-SPNEGO
    Client ntlm.os 10.0.19041
    Server ntlm.os 10.0.17763
    Server ntlm.domain CLINIC
    Server ntlm.computer FILES
    Server ntlm.dns_domain clinic.local
    Server ntlm.dns_computer files.clinic.local
    Server ntlm.forest clinic.local
    Client ldap.authentication GSS-SPNEGO
    Client ntlm.os 10.0.19041
    Client ntlm.workstation WARD7-PC
    Client ntlm.user_domain CLINIC
    Client ntlm.user ecc55be4445d1856
    Client ntlm.version 2
    ");
}

#[test]
fn log_ins_in_clear_are_told() {
    assert_snapshot!(check::<Ldap>(&simple()), @r"
    Client ldap.authentication simple
    Client log_in.clear_credentials: ldap: simple bind
    Client ldap.user ecc55be4445d1856
    Client log_in.failed: ldap: wrong password (49)
    Client ldap.authentication simple
    Client log_in.clear_credentials: ldap: simple bind
    Client ldap.user dd95aedc7191f76b
    Server ldap.domain clinic.local
    Client ldap.authentication anonymous
    Client ldap.authentication PLAIN
    Client log_in.clear_credentials: ldap: PLAIN
    Client ldap.user dd95aedc7191f76b
    Server ldap.encryption StartTLS
    ");
}

#[test]
fn a_computer_that_looks_for_a_controller_is_read() {
    let told: String = messages()
        .iter()
        .map(|(ports, bytes)| datagram::<LdapMessages>(*ports, bytes, false).unwrap())
        .collect();
    assert_snapshot!(told, @r"
    Client ldap.client_name WARD7-PC
    Server ldap.role domain controller
    Server ldap.forest clinic.local
    Server ldap.domain clinic.local
    Server ldap.host dc1.clinic.local
    Server ldap.netbios_domain CLINIC
    Server ldap.netbios_name DC1
    Server ldap.site Main
    Client ldap.client_site Main
    ");
}

#[test]
fn damage_is_safe() {
    batter::<Ldap>(&windows());
    batter::<Ldap>(&simple());
}

#[test]
fn a_capture_may_begin_in_the_middle() {
    let answer = message(3, &answer(0x61, 49, ""));
    let told = run::<Ldap>(&[Piece::Gap(Side::Server, 70), server([&b"0\x03abc0"[..], &answer].concat())]);
    assert_eq!(told, "Client log_in.failed: ldap: wrong name or password (49)\n");
}

#[test]
fn probes_know_both_sides() {
    assert_eq!(Ldap::probe(&message(1, &bind("", &[0x80, 0])), 0), Probe::Certain(Side::Client));
    assert_eq!(Ldap::probe(&long(1, &answer(0x65, 0, "")), 0), Probe::Certain(Side::Server));
    assert_eq!(Ldap::probe(b"0\x84\0\0", 0), Probe::Unsure);
    assert_eq!(Ldap::probe(b"0\x0c\x02\x01\x01\x04\x06public", 0), Probe::No);
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..400), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        datagram::<LdapMessages>([50_000, 389], &bytes, false);
        let answer = tlv(0x61, &[&[10, 1, 49], &bytes]);
        let mut all = vec![server(bytes)];
        all.push(server(message(7, &answer)));
        any_split::<Ldap>(&all, &sizes);
    }
}
