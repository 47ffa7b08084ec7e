//! Golden messages of NTLM, put together from the published formats, and damage done to them.

use super::super::super::testing::Recorder;
use super::super::ntlm;
use super::wide;
use insta::assert_snapshot;

/// A field's place, and the content to be laid there.
fn field(length: usize, at: usize) -> Vec<u8> {
    let length = u16::try_from(length).unwrap().to_le_bytes();
    [&length[..], &length, &u32::try_from(at).unwrap().to_le_bytes()].concat()
}

const VERSION: [u8; 8] = [10, 0, 0x61, 0x4a, 0, 0, 0, 15];

/// The client's first message.
pub(super) fn negotiate() -> Vec<u8> {
    let head = [b"NTLMSSP\0", &1u32.to_le_bytes()[..], &0xe208_b297_u32.to_le_bytes()].concat();
    [&head[..], &field(0, 0), &field(0, 0), &VERSION].concat()
}

/// The server's challenge.
pub(super) fn challenge() -> Vec<u8> {
    let pair = |kind: u16, text: &str| {
        let text = wide(text);
        [&kind.to_le_bytes()[..], &(text.len() as u16).to_le_bytes(), &text].concat()
    };
    let pairs = [
        pair(2, "CLINIC"),
        pair(1, "FILES"),
        pair(4, "clinic.local"),
        pair(3, "files.clinic.local"),
        pair(5, "clinic.local"),
        pair(0, ""),
    ]
    .concat();
    let name = wide("CLINIC");
    let at = 56 + name.len();
    [
        &b"NTLMSSP\0\x02\0\0\0"[..],
        &field(name.len(), 56),
        &0xe28a_8215_u32.to_le_bytes(),
        &[7; 8],
        &[0; 8],
        &field(pairs.len(), at),
        &[10, 0, 0x63, 0x45, 0, 0, 0, 15],
        &name,
        &pairs,
    ]
    .concat()
}

/// The client's answer to it; a response of 24 bytes is of version 1.
pub(super) fn authenticate(domain: &str, user: &str, workstation: &str, response: usize) -> Vec<u8> {
    let texts = [wide(domain), wide(user), wide(workstation)];
    let (mut at, mut places) = (72, Vec::new());
    for text in &texts {
        places.push(field(text.len(), at));
        at += text.len();
    }
    [
        &b"NTLMSSP\0\x03\0\0\0"[..],
        &field(24, at),
        &field(response, at + 24),
        &places.concat(),
        &field(0, at),
        &0xe288_8215_u32.to_le_bytes(),
        &VERSION,
        &texts.concat(),
        &vec![0x5a; 24 + response],
    ]
    .concat()
}

fn told(bytes: &[u8]) -> String {
    let mut facts = Recorder::default();
    ntlm::find(bytes, &mut facts);
    facts.finish()
}

#[test]
fn the_three_messages_name_hosts_and_versions() {
    let text = [
        told(&negotiate()),
        told(&challenge()),
        told(&authenticate("CLINIC", "Jane Doe", "WARD7-PC", 200)),
        told(&authenticate("CLINIC", "WARD7-PC$", "WARD7-PC", 24)),
        told(&authenticate("", "", "NULL", 0)),
    ];
    assert_snapshot!(text.join("--\n"), @r"
    Client ntlm.os 10.0.19041
    --
    Server ntlm.os 10.0.17763
    Server ntlm.domain CLINIC
    Server ntlm.computer FILES
    Server ntlm.dns_domain clinic.local
    Server ntlm.dns_computer files.clinic.local
    Server ntlm.forest clinic.local
    --
    Client ntlm.os 10.0.19041
    Client ntlm.workstation WARD7-PC
    Client ntlm.user_domain CLINIC
    Client ntlm.user ecc55be4445d1856
    Client ntlm.version 2
    --
    Client ntlm.os 10.0.19041
    Client ntlm.workstation WARD7-PC
    Client ntlm.user_domain CLINIC
    Client ntlm.workstation WARD7-PC
    Client ntlm.version 1
    Client encryption.weak: ntlm: version 1
    --
    Client ntlm.os 10.0.19041
    ");
}

#[test]
fn an_account_never_passes_for_a_host() {
    let message = authenticate("CLINIC", "Jane Doe", "WARD7-PC", 24);
    // Places of domain, user and workstation, each byte with many values.
    for at in 28..52 {
        for value in 0..=255 {
            let mut lie = message.clone();
            lie[at] = value;
            let told = told(&lie);
            assert!(!told.contains("Doe") && !told.contains("Jane"), "byte {at} as {value}: {told}");
        }
    }
}

#[test]
fn any_prefix_is_safe() {
    for message in [negotiate(), challenge(), authenticate("CLINIC", "Jane Doe", "WARD7-PC", 200)] {
        for length in 0..message.len() {
            told(&message[..length]);
        }
    }
}
