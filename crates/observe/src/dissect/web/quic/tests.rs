use super::*;
use crate::dissect::testing::{Recorder, batter_datagram, datagram};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt as _;
use aes_gcm::{Aes128Gcm, Nonce};
use insta::assert_snapshot;
use std::net::IpAddr;

const IDENTIFIER: &[u8] = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08";
const ONE: u32 = 1;
const TWO: u32 = 0x6b33_43cf;
const DRAFT: u32 = 0xff00_001d;

/// The hello of RFC 9001 A.2 in its frame.
const HELLO: &str = "060040f1010000ed0303ebf8fa56f12939b9584a3896472ec40bb863cfd3e868\
04fe3a47f06a2b69484c00000413011302010000c000000010000e00000b6578\
616d706c652e636f6dff01000100000a00080006001d00170018001000070005\
04616c706e000500050100000000003300260024001d00209370b2c9caa47fba\
baf4559fedba753de171fa71f50f1ce15d43e994ec74d748002b000302030400\
0d0010000e0403050306030203080408050806002d00020101001c0002400100\
3900320408ffffffffffffffff05048000ffff07048000ffff08011001048000\
75300901100f088394c8f03e51570806048000ffff";

fn bytes(hexadecimal: &str) -> Vec<u8> {
    let digits: Vec<char> = hexadecimal.chars().collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(&pair.iter().collect::<String>(), 16).unwrap()).collect()
}

/// A client's first packet: a long header, its content filled up to `size` bytes, encrypted and masked.
fn packet(version: u32, number: u32, frames: &[u8], size: usize) -> Vec<u8> {
    let mut content = frames.to_vec();
    content.resize(size, 0);
    let kind = if version == TWO { 0xd3 } else { 0xc3 };
    let length = (0x4000 | (4 + content.len() + 16) as u16).to_be_bytes();
    let head =
        [&[kind][..], &version.to_be_bytes(), &[8], IDENTIFIER, &[0, 0], &length, &number.to_be_bytes()];
    let head = head.concat();
    let keys = Keys::of_client(Version::of(version).unwrap(), IDENTIFIER).unwrap();
    let (key, mut nonce, header) = keys.parts();
    for (place, byte) in number.to_be_bytes().iter().enumerate() {
        nonce[8 + place] ^= byte;
    }
    let cipher = Aes128Gcm::new(&key.into());
    let mut sealed = content;
    let tag =
        cipher.encrypt_inout_detached(&Nonce::from(nonce), &head, InOutBuf::from(&mut sealed[..])).unwrap();
    sealed.extend_from_slice(&tag);
    let mut out = [head.clone(), sealed].concat();
    let mut mask: [u8; 16] = out[head.len()..head.len() + 16].try_into().unwrap();
    let mut block = mask.into();
    Aes128::new(&header.into()).encrypt_block(&mut block);
    mask = block.into();
    out[0] ^= mask[0] & 15;
    for place in 0..4 {
        out[head.len() - 4 + place] ^= mask[1 + place];
    }
    out
}

/// Parts of a handshake at their offsets.
fn crypto(offset: usize, part: &[u8]) -> Vec<u8> {
    let number = |value: usize| (0x4000 | value as u16).to_be_bytes();
    [&[6][..], &number(offset), &number(part.len()), part].concat()
}

pub(crate) fn datagrams() -> Vec<Vec<u8>> {
    [ONE, TWO, DRAFT].map(|version| packet(version, 2, &bytes(HELLO), 1162)).to_vec()
}

fn told(bytes: &[u8]) -> Option<String> {
    datagram::<Quic>([50_000, 443], bytes, false)
}

/// RFC 9001 A.2: first and last bytes as printed there.
#[test]
fn the_standards_example_is_built_and_read() {
    let example = &datagrams()[0];
    assert_eq!(example.len(), 1200);
    assert_eq!(example[..32], bytes("c000000001088394c8f03e5157080000449e7b9aec34d1b1c98dd7689fb8ec11"));
    assert_eq!(example[1184..], bytes("e221af44860018ab0856972e194cd934"));
    assert_snapshot!(told(example).unwrap(), @r#"
    Client quic.version 1
    Server quic.server_name example.com
    Client quic.alpn_offered alpn
    Client quic.ja4 q13d0211an_62ed6f6ca7ad_4d634acda6c0
    "#);
}

#[test]
fn other_versions_tell_the_same() {
    for (index, name) in [(1, "2"), (2, "draft-29")] {
        let told = told(&datagrams()[index]).unwrap();
        assert!(told.contains(&format!("Client quic.version {name}\n")), "{told}");
        assert!(told.contains("Server quic.server_name example.com\n"), "{told}");
    }
}

#[test]
fn damage_is_safe() {
    let small = packet(ONE, 0, &bytes(HELLO), 260);
    assert!(told(&small).unwrap().contains("example.com"));
    batter_datagram::<Quic>([50_000, 443], &small);
}

fn read(initials: &mut Initials, bytes: &[u8]) -> String {
    let [source, destination] = [50_000, 443].map(|port| (IpAddr::from([10, 0, 0, 7]), port));
    let mut facts = Recorder::default();
    let datagram = Datagram { source, destination, bytes, cut: false, first: true };
    assert!(initials.read(&datagram, Side::Client, &mut facts));
    facts.finish()
}

#[test]
fn a_hello_comes_in_pieces_in_any_order() {
    let hello = bytes(HELLO)[4..].to_vec();
    let frames = |parts: &[(usize, usize)]| -> Vec<u8> {
        let parts = parts.iter().map(|(from, to)| crypto(*from, &hello[*from..*to]));
        [&[2, 0, 0, 0, 0, 1][..], &parts.collect::<Vec<_>>().concat()].concat()
    };
    let first = packet(ONE, 0, &frames(&[(100, 150), (0, 40)]), 500);
    let second = packet(ONE, 1, &frames(&[(150, hello.len()), (30, 100)]), 500);
    for pair in [[&first, &second], [&second, &first]] {
        let mut initials = Initials::new(2);
        assert_eq!(read(&mut initials, pair[0]), "Client quic.version 1\n");
        let told = read(&mut initials, pair[1]);
        assert!(told.contains("quic.server_name example.com") && told.contains("quic.ja4 q13d"), "{told}");
    }
    // Both in one datagram.
    let mut initials = Initials::new(2);
    let told = read(&mut initials, &[first.clone(), second].concat());
    assert!(told.contains("quic.server_name example.com"), "{told}");
    // No room: what never gets complete is let go of, and said.
    let mut initials = Initials::new(1);
    read(&mut initials, &first);
    initials.slots[0].identifier.1 = 9;
    assert!(read(&mut initials, &first).contains("limits: 1"));
}

#[test]
fn what_is_closed_tells_nothing() {
    // A server's: its identifier is the client's own, from which no keys come.
    let mut server = datagrams()[0].clone();
    server[6] ^= 1;
    assert_eq!(told(&server).unwrap(), "");
    // Handshake and retry packets, and a version nobody knows.
    for (first, version, known) in
        [(0xe0, ONE, true), (0xf0, ONE, true), (0xc0, TWO, true), (0xc0, 0x51, false)]
    {
        let packet =
            [&[first][..], &version.to_be_bytes(), &[8], IDENTIFIER, &[0, 0x40, 4, 1, 2, 3, 4]].concat();
        assert_eq!(told(&packet).as_deref(), known.then_some(""), "{first:x} {version:x}");
    }
    // A frame that has no place here, after the keys fitted.
    assert!(told(&packet(ONE, 0, &[0x1f, 0, 0], 200)).unwrap().ends_with("malformed: 1\n"));
    // Something else in place of the hello.
    assert!(told(&packet(ONE, 0, &crypto(0, &[9; 40]), 200)).unwrap().ends_with("limits: 1\n"));
}
