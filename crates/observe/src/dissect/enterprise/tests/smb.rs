//! Golden messages of file sharing, put together from the published formats, and damage done to them.

use super::super::super::testing::{Piece, any_split, batter, check, client, run, server};
use super::super::super::{Probe, Side, StreamDissector};
use super::super::smb::Smb;
use super::ntlm::{authenticate, challenge, negotiate};
use super::wide;
use insta::assert_snapshot;
use proptest::prelude::*;

fn frame(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u32).to_be_bytes()[..], message].concat()
}

/// A message of version 2 or 3.
fn v2(command: u8, status: u32, answer: bool, number: u8, body: &[u8]) -> Vec<u8> {
    let head = [
        &b"\xfeSMB\x40\0\x01\0"[..],
        &status.to_le_bytes(),
        &[command, 0, 1, 0, u8::from(answer), 0, 0, 0, 0, 0, 0, 0, number],
        &[0; 39],
    ];
    frame(&[&head.concat()[..], body].concat())
}

fn offer() -> Vec<u8> {
    let dialects = [0x0202u16, 0x0210, 0x0300, 0x0302, 0x0311].map(u16::to_le_bytes).concat();
    let body = [&[36, 0, 5, 0, 1, 0, 0, 0, 0x7f, 0, 0, 0][..], &[9; 16], &[0; 8], &dialects].concat();
    v2(0, 0, false, 0, &body)
}

fn agreement() -> Vec<u8> {
    let body = [
        &[65, 0, 3, 0, 0x11, 3, 1, 0][..],
        &(1..=16).collect::<Vec<u8>>(),
        &[0x2f, 0, 0, 0],
        &[0; 28],
        &[128, 0, 0, 0],
        &128u32.to_le_bytes(),
        // Ciphers: one, AES-128-GCM.
        &[2, 0, 4, 0, 0, 0, 0, 0, 1, 0, 2, 0],
    ]
    .concat();
    v2(0, 0, true, 0, &body)
}

fn set_up(token: &[u8], number: u8) -> Vec<u8> {
    let length = (token.len() as u16).to_le_bytes();
    let body = [&[25, 0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 88, 0][..], &length, &[0; 8], token].concat();
    v2(1, 0, false, number, &body)
}

fn set_up_answer(status: u32, flags: u8, token: &[u8], number: u8) -> Vec<u8> {
    let length = (token.len() as u16).to_le_bytes();
    let body = [&[9, 0, flags, 0, 72, 0][..], &length, token].concat();
    v2(1, status, true, number, &body)
}

fn tree(path: &str, number: u8) -> Vec<u8> {
    let path = wide(path);
    let body = [&[9, 0, 0, 0, 72, 0][..], &(path.len() as u16).to_le_bytes(), &path].concat();
    v2(3, 0, false, number, &body)
}

fn tree_answer(status: u32, number: u8) -> Vec<u8> {
    v2(3, status, true, number, &[16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 1, 0x1f, 0])
}

fn create(name: &str, number: u8) -> Vec<u8> {
    let name = wide(name);
    let body = [&[57, 0][..], &[0; 42], &[120, 0], &(name.len() as u16).to_le_bytes(), &[0; 8], &name];
    v2(5, 0, false, number, &body.concat())
}

/// A workstation logs in with NTLM and administers a server.
fn modern() -> Vec<Piece> {
    vec![
        client(offer()),
        server(agreement()),
        client(set_up(&[&b"\x60\x48\x06\x06"[..], &negotiate()].concat(), 1)),
        server(set_up_answer(0xc000_0016, 0, &challenge(), 1)),
        client(set_up(&authenticate("CLINIC", "Jane Doe", "WARD7-PC", 200), 2)),
        server(set_up_answer(0, 0, &[], 2)),
        client(tree("\\\\files.clinic.local\\IPC$", 3)),
        server(tree_answer(0, 3)),
        client(create("svcctl", 4)),
        client(tree("\\\\files.clinic.local\\ADMIN$", 5)),
        server(tree_answer(0, 5)),
        client(tree("\\\\10.0.0.5\\doe", 6)),
        server(tree_answer(0, 6)),
        client(tree("\\\\10.0.0.5\\C$", 7)),
        server(tree_answer(0xc000_0022, 7)),
        // A file is written: only the first bytes are looked at.
        client(v2(9, 0, false, 8, &[0x44; 700])),
        client(create("LUNG NODULE Doe.dcm", 9)),
        client(frame(&[&b"\xfdSMB"[..], &[0x77; 90]].concat())),
        server(frame(&[&b"\xfdSMB"[..], &[0x77; 90]].concat())),
    ]
}

/// A message of version 1 with 16-bit characters; the places in it are as real ones are.
fn v1(command: u8, status: u32, answer: bool, words: &[u8], bytes: &[u8]) -> Vec<u8> {
    let head = [
        &b"\xffSMB"[..],
        &[command],
        &status.to_le_bytes(),
        &[if answer { 0x98 } else { 0x18 }, 0x01, 0xc8],
        &[0; 18],
        &[7, 0],
    ]
    .concat();
    let count = (bytes.len() as u16).to_le_bytes();
    frame(&[&head[..], &[(words.len() / 2) as u8], words, &count, bytes].concat())
}

/// Texts of 16-bit characters behind `before` bytes of a message.
fn texts(before: usize, texts: &[&str]) -> Vec<u8> {
    let mut out = vec![0; before % 2];
    for text in texts {
        out.extend(wide(text));
        out.extend([0, 0]);
    }
    out
}

/// An old computer and one that knows only the first version.
fn old() -> Vec<Piece> {
    let dialects = b"\x02PC NETWORK PROGRAM 1.0\0\x02NT LM 0.12\0\x02SMB 2.002\0";
    let mut words = vec![2, 0, 3, 50, 0, 1, 0, 4, 0x11, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    words.extend([0xfd, 0xf3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8]);
    let names = [&[1; 8][..], &wide("WORKGROUP\0"), &wide("MRT-CONSOLE\0")].concat();
    let request = [255, 0, 0, 0, 0xff, 0xff, 2, 0, 1, 0, 0, 0, 0, 0, 1, 0, 24, 0, 0, 0, 0, 0, 0xd4, 0, 0, 0];
    let log_in = [
        vec![9; 25],
        texts(32 + 1 + 26 + 2 + 25, &["Jane Doe", "CLINIC", "Windows 5.1", "Windows 2000 LAN Manager"]),
    ];
    let answer = texts(32 + 1 + 6 + 2, &["Windows 5.1", "Windows 2000 LAN Manager", "WORKGROUP"]);
    let tree = [vec![0], texts(32 + 1 + 8 + 2 + 1, &["\\\\MRT-CONSOLE\\C$"]), b"?????\0".to_vec()];
    vec![
        client([&b"\x81\0\0\x44"[..], &session_names()].concat()),
        server(b"\x82\0\0\0".to_vec()),
        client(v1(0x72, 0, false, &[], dialects)),
        server(v1(0x72, 0, true, &words, &names)),
        client(v1(0x73, 0, false, &request, &log_in.concat())),
        server(v1(0x73, 0, true, &[255, 0, 0, 0, 1, 0], &answer)),
        client(v1(0x75, 0, false, &[255, 0, 0, 0, 0, 0, 1, 0], &tree.concat())),
        server(v1(0x75, 0, true, &[255, 0, 0, 0, 1, 0], b"A:\0")),
        client(b"\x85\0\0\0".to_vec()),
        client(v1(0x73, 0, false, &request, &log_in.concat())),
        server(v1(0x73, 0xc000_006d, true, &[], &[])),
    ]
}

/// A computer that speaks version 1 with NTLM in tokens.
fn tokens() -> Vec<Piece> {
    let token = authenticate("CLINIC", "Jane Doe", "WARD7-PC", 200);
    let length = (token.len() as u16).to_le_bytes();
    let words =
        [&[255, 0, 0, 0, 0xff, 0xff, 2, 0, 1, 0, 0, 0, 0, 0][..], &length, &[0, 0, 0, 0, 0xd4, 0, 0, 0x80]]
            .concat();
    let behind = texts(32 + 1 + 24 + 2 + token.len(), &["Mac OS X 10.10", "SMBFS 3.0.0"]);
    let challenge = challenge();
    let length = (challenge.len() as u16).to_le_bytes();
    let answer = [&[255, 0, 0, 0, 0, 0][..], &length].concat();
    let behind_challenge =
        texts(32 + 1 + 8 + 2 + challenge.len(), &["Windows 5.1", "Windows 2000 LAN Manager"]);
    vec![
        client(v1(0x73, 0, false, &words, &[token, behind].concat())),
        server(v1(0x73, 0xc000_0016, true, &answer, &[challenge, behind_challenge].concat())),
    ]
}

/// Called and calling names, each of 16 characters in 32 letters.
fn session_names() -> Vec<u8> {
    let name = |text: &str, kind: u8| {
        let mut padded = [b' '; 16];
        padded[..text.len()].copy_from_slice(text.as_bytes());
        padded[15] = kind;
        let letters: Vec<u8> =
            padded.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect();
        [&[32][..], &letters, &[0]].concat()
    };
    [name("*SMBSERVER", 0x20), name("WARD7-PC", 0)].concat()
}

pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![modern(), old(), tokens()]
}

#[test]
fn a_session_of_version_3_is_read() {
    assert_snapshot!(check::<Smb>(&modern()), @r"
    Client smb.signing possible
    Client smb.offers 2.0.2,2.1,3.0,3.0.2,3.1.1
    Server smb.signing required
    Server smb.dialect 3.1.1
    Server smb.server_guid 04030201-0605-0807-090a-0b0c0d0e0f10
    Server smb.encryption AES-128-GCM
    Client ntlm.os 10.0.19041
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
    Server smb.asked_name files.clinic.local
    Server smb.share IPC$
    Server smb.pipe svcctl
    Client administration.session: smb: service control (svcctl)
    Server smb.asked_name files.clinic.local
    Server smb.share ADMIN$
    Client administration.session: smb: share ADMIN$
    Client smb.encrypted yes
    Server smb.encrypted yes
    ");
}

#[test]
fn a_session_of_version_1_is_read() {
    assert_snapshot!(check::<Smb>(&old()), @r"
    Client smb.netbios_name WARD7-PC
    Client smb.offers 1.0,2.0.2
    Server smb.dialect 1.0
    Server smb.signing none
    Server smb.domain WORKGROUP
    Server smb.netbios_name MRT-CONSOLE
    Client smb.user ecc55be4445d1856
    Client smb.domain CLINIC
    Client smb.native_os Windows 5.1
    Client smb.native_lanman Windows 2000 LAN Manager
    Server smb.access guest
    Server smb.native_os Windows 5.1
    Server smb.native_lanman Windows 2000 LAN Manager
    Server smb.domain WORKGROUP
    Server smb.asked_name MRT-CONSOLE
    Server smb.share C$
    Client administration.session: smb: share C$
    Client smb.user ecc55be4445d1856
    Client smb.domain CLINIC
    Client smb.native_os Windows 5.1
    Client smb.native_lanman Windows 2000 LAN Manager
    Client log_in.failed: smb: wrong name or password (0xc000006d)
    ");
}

#[test]
fn tokens_within_version_1_are_read() {
    assert_snapshot!(check::<Smb>(&tokens()), @r"
    Client ntlm.os 10.0.19041
    Client ntlm.workstation WARD7-PC
    Client ntlm.user_domain CLINIC
    Client ntlm.user ecc55be4445d1856
    Client ntlm.version 2
    Client smb.native_os Mac OS X 10.10
    Client smb.native_lanman SMBFS 3.0.0
    Server ntlm.os 10.0.17763
    Server ntlm.domain CLINIC
    Server ntlm.computer FILES
    Server ntlm.dns_domain clinic.local
    Server ntlm.dns_computer files.clinic.local
    Server ntlm.forest clinic.local
    Server smb.native_os Windows 5.1
    Server smb.native_lanman Windows 2000 LAN Manager
    ");
}

#[test]
fn damage_tells_no_names() {
    batter::<Smb>(&modern());
    batter::<Smb>(&old());
    batter::<Smb>(&tokens());
    // Every length of the token.
    let Some(Piece::Bytes(_, message)) = tokens().into_iter().next() else { unreachable!() };
    for length in (0..=u16::MAX / 64).step_by(3) {
        let mut lie = message.clone();
        lie[51..53].copy_from_slice(&length.to_le_bytes());
        run::<Smb>(&[client(lie)]);
    }
}

#[test]
fn a_capture_may_begin_in_the_middle() {
    let told = run::<Smb>(&[
        Piece::Gap(Side::Client, 400),
        client([&b"\0\0rest\0"[..], &tree("\\\\FILES\\IPC$", 3)].concat()),
        server(tree_answer(0, 3)),
    ]);
    assert!(told.contains("smb.asked_name FILES") && told.contains("smb.share IPC$"), "{told}");
    // What is lost within a file's content does no harm.
    let write = v2(9, 0, false, 8, &[0x44; 5000]);
    let told = run::<Smb>(&[
        client(&write[..2000]),
        Piece::Gap(Side::Client, 2000),
        client(&write[4000..]),
        client(tree("\\\\FILES\\IPC$", 3)),
    ]);
    assert_eq!(told, "Server smb.asked_name FILES\n");
}

#[test]
fn probes_know_both_sides() {
    assert_eq!(Smb::probe(&offer(), 0), Probe::Certain(Side::Client));
    assert_eq!(Smb::probe(&agreement(), 0), Probe::Certain(Side::Server));
    assert_eq!(Smb::probe(b"\0\0\0", 0), Probe::Unsure);
    assert_eq!(Smb::probe(b"\0\0\0\x90SMBr", 0), Probe::No);
    assert_eq!(Smb::probe(b"\x81\0\0\x44 ", 0), Probe::Certain(Side::Client));
}

proptest! {
    #[test]
    fn any_bytes_are_safe(bytes in proptest::collection::vec(any::<u8>(), 1..600), sizes in proptest::collection::vec(1usize..50, 1..8)) {
        let pieces = [client(offer()), client(bytes), client(tree("\\\\FILES\\IPC$", 3)), server(tree_answer(0, 3))];
        any_split::<Smb>(&pieces, &sizes);
    }
}
