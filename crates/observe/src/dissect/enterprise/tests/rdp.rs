//! Golden messages of remote desktops, put together from the published formats, and damage done to them.

use super::super::super::testing::{Piece, any_split, batter, check, client, run, server};
use super::super::super::{Probe, Side, StreamDissector};
use super::super::rdp::Rdp;
use super::wide;
use insta::assert_snapshot;
use proptest::prelude::*;

fn packet(unit: &[u8]) -> Vec<u8> {
    [&[3, 0][..], &(unit.len() as u16 + 4).to_be_bytes(), unit].concat()
}

fn connect(own: &[u8]) -> Vec<u8> {
    packet(&[&[6 + own.len() as u8, 0xe0, 0, 0, 0, 0, 0][..], own].concat())
}

fn confirm(own: &[u8]) -> Vec<u8> {
    packet(&[&[6 + own.len() as u8, 0xd0, 0, 0, 0x12, 0x34, 0][..], own].concat())
}

fn data(own: &[u8]) -> Vec<u8> {
    packet(&[&[2, 0xf0, 0x80][..], own].concat())
}

/// A current client and server.
fn encrypted() -> Vec<Piece> {
    vec![
        client(connect(&[&b"Cookie: mstshash=CLINIC\\Jane\r\n"[..], &[1, 0, 8, 0, 0x0b, 0, 0, 0]].concat())),
        server(confirm(&[2, 0x1f, 8, 0, 2, 0, 0, 0])),
        client(b"\x16\x03\x01\0\x05hello".to_vec()),
        server(b"\x16\x03\x03\0\x05hello".to_vec()),
    ]
}

/// An old one without TLS.
fn old() -> Vec<Piece> {
    let mut name = wide("MRT-CONSOLE");
    name.resize(32, 0);
    let core = [
        &[0x01, 0xc0, 216, 0, 4, 0, 8, 0, 0, 4, 0, 3, 1, 0xca, 3, 0xaa][..],
        &1031u32.to_le_bytes(),
        &2600u32.to_le_bytes(),
        &name,
        &[0; 216 - 56],
    ]
    .concat();
    let asked =
        [&b"\x7f\x65\x82\x01\x90\x04\x01\x01"[..], b"\0\x05\0\x14\x7c\0\x01\x81\0Duca", &[0x80, 216], &core]
            .concat();
    let server_core = [&[1, 0x0c, 8, 0][..], &0x0008_0004_u32.to_le_bytes()].concat();
    let answered =
        [&b"\x7f\x66\x5a\x0a\x01\0"[..], b"\0\x05\0\x14\x7c\0\x01McDn", &[8], &server_core].concat();
    vec![
        client(connect(b"Cookie: mstshash=jane\r\n")),
        server(confirm(&[])),
        client(data(&asked)),
        server(data(&answered)),
    ]
}

pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    let refused =
        vec![client(connect(&[1, 0, 8, 0, 0, 0, 0, 0])), server(confirm(&[3, 0, 8, 0, 5, 0, 0, 0]))];
    vec![encrypted(), old(), refused]
}

#[test]
fn sessions_are_read_until_they_are_encrypted() {
    let told: Vec<String> = corpus().iter().map(|pieces| check::<Rdp>(pieces)).collect();
    assert_snapshot!(told.join("--\n"), @r"
    Client rdp.user dd95aedc7191f76b
    Client rdp.offers RDP,TLS,CredSSP,CredSSP-EX
    Server rdp.security CredSSP
    Client administration.session: rdp: CredSSP
    --
    Client rdp.user dd95aedc7191f76b
    Server rdp.security RDP
    Server encryption.weak: rdp: its own encryption (RC4)
    Client administration.session: rdp: without TLS
    Client rdp.client_name MRT-CONSOLE
    Client rdp.client_build 2600
    Client rdp.keyboard 1031
    Server rdp.version 5.0
    --
    Client rdp.offers RDP
    Server rdp.refuses CredSSP required
    ");
}

#[test]
fn who_only_asks_does_no_work() {
    let told = run::<Rdp>(&encrypted()[..2]);
    assert!(!told.contains("administration.session"), "{told}");
}

#[test]
fn damage_is_safe() {
    for pieces in corpus() {
        batter::<Rdp>(&pieces);
    }
}

#[test]
fn probes_know_both_sides_and_leave_others_alone() {
    let piece = |pieces: &[Piece], index: usize| match &pieces[index] {
        Piece::Bytes(_, bytes) => bytes.clone(),
        Piece::Gap(..) => Vec::new(),
    };
    assert_eq!(Rdp::probe(&piece(&encrypted(), 0), 0), Probe::Certain(Side::Client));
    assert_eq!(Rdp::probe(&piece(&encrypted(), 1), 0), Probe::Certain(Side::Server));
    assert_eq!(Rdp::probe(&connect(&[]), 3389), Probe::Certain(Side::Client));
    assert_eq!(Rdp::probe(&connect(&[]), 102), Probe::No);
    // A programmer of a plant's controller connects.
    assert_eq!(Rdp::probe(&connect(&[0xc1, 2, 1, 0, 0xc2, 2, 1, 2, 0xc0, 1, 10]), 102), Probe::No);
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..400), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        any_split::<Rdp>(&[client(connect(b"")), server(confirm(&[])), client(data(&bytes)), server(bytes)], &sizes);
    }
}
