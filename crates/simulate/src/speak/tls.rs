//! TLS 1.2 (RFC 5246) and 1.3 (RFC 8446) handshakes with an X.509 certificate (RFC 5280) built by hand.
//!
//! Keys, randoms and signatures are random bytes: a passive observer cannot tell.

use crate::random::Random;

/// The names in a certificate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Names<'a> {
    /// Common name of the subject.
    pub(crate) subject: &'a str,
    /// Organization of the subject; empty when none.
    pub(crate) organization: &'a str,
    /// Common name of the issuer; equal to the subject's when self-signed.
    pub(crate) issuer: &'a str,
}

/// What each side sends in turn, the client first.
pub(crate) type Flights = Vec<(bool, Vec<u8>)>;

const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];

/// A full TLS 1.2 handshake (ECDHE over x25519) and `exchanges` encrypted request and answer sizes.
pub(crate) fn tls12(
    server_name: &str,
    names: &Names<'_>,
    exchanges: &[(usize, usize)],
    random: &mut Random,
) -> Flights {
    let session = random.bytes(32);
    let mut hello = vec![3, 3];
    hello.extend_from_slice(&random.bytes(32));
    hello.push(32);
    hello.extend_from_slice(&session);
    // ECDHE-RSA-AES256-GCM-SHA384, no compression; renegotiation info, extended master secret.
    hello.extend_from_slice(&[0xc0, 0x30, 0, 0, 9, 0xff, 0x01, 0, 1, 0, 0x00, 0x17, 0, 0]);
    let certificate = certificate(names, random);
    let mut chain = length24(certificate.len() + 3);
    chain.extend_from_slice(&length24(certificate.len()));
    chain.extend_from_slice(&certificate);
    let mut exchange = vec![3, 0, 29, 32];
    exchange.extend_from_slice(&random.bytes(32));
    exchange.extend_from_slice(&[0x08, 0x04, 1, 0]);
    exchange.extend_from_slice(&random.bytes(256));
    let mut answer = handshake(2, &hello);
    for (kind, body) in [(11, chain), (12, exchange), (14, Vec::new())] {
        answer.extend_from_slice(&handshake(kind, &body));
    }
    let mut key = vec![32];
    key.extend_from_slice(&random.bytes(32));
    let mut finish = record(22, &handshake(16, &key));
    finish.extend_from_slice(&CHANGE_CIPHER_SPEC);
    finish.extend_from_slice(&record(22, &random.bytes(40)));
    let mut accept = CHANGE_CIPHER_SPEC.to_vec();
    accept.extend_from_slice(&record(22, &random.bytes(40)));
    let mut flights = vec![
        (true, client_hello(server_name, false, random)),
        (false, record(22, &answer)),
        (true, finish),
        (false, accept),
    ];
    flights.extend(application(exchanges, random));
    flights
}

/// A TLS 1.3 handshake, whose certificate is encrypted, and `exchanges` of encrypted data.
pub(crate) fn tls13(server_name: &str, exchanges: &[(usize, usize)], random: &mut Random) -> Flights {
    let client = client_hello(server_name, true, random);
    let mut hello = vec![3, 3];
    hello.extend_from_slice(&random.bytes(32));
    hello.push(32);
    // The client's legacy session id, which the server must echo.
    hello.extend_from_slice(client.get(44..76).unwrap_or_default());
    // AES-128-GCM; supported version 1.3 and an x25519 key share.
    hello.extend_from_slice(&[0x13, 0x01, 0, 0, 46, 0, 43, 0, 2, 3, 4, 0, 51, 0, 36, 0, 29, 0, 32]);
    hello.extend_from_slice(&random.bytes(32));
    let mut answer = record(22, &handshake(2, &hello));
    answer.extend_from_slice(&CHANGE_CIPHER_SPEC);
    let encrypted = random.between(1200, 3200) as usize;
    answer.extend_from_slice(&record(23, &random.bytes(encrypted)));
    let mut finish = CHANGE_CIPHER_SPEC.to_vec();
    finish.extend_from_slice(&record(23, &random.bytes(53)));
    let mut flights = vec![(true, client), (false, answer), (true, finish)];
    flights.extend(application(exchanges, random));
    flights
}

fn application(exchanges: &[(usize, usize)], random: &mut Random) -> Flights {
    let mut flights = Vec::new();
    for (request, answer) in exchanges {
        flights.push((true, record(23, &random.bytes(request + 24))));
        flights.push((false, record(23, &random.bytes(answer + 24))));
    }
    flights
}

fn client_hello(server_name: &str, v13: bool, random: &mut Random) -> Vec<u8> {
    let mut hello = vec![3, 3];
    hello.extend_from_slice(&random.bytes(32));
    hello.push(32);
    hello.extend_from_slice(&random.bytes(32));
    let suites: &[u8] = if v13 {
        &[0x13, 0x01, 0x13, 0x02, 0x13, 0x03, 0xc0, 0x2b, 0xc0, 0x2f, 0xc0, 0x2c, 0xc0, 0x30]
    } else {
        &[0xc0, 0x2c, 0xc0, 0x2b, 0xc0, 0x30, 0xc0, 0x2f, 0x00, 0x9d, 0x00, 0x9c, 0x00, 0x3d, 0x00, 0x35]
    };
    hello.extend_from_slice(&(suites.len() as u16).to_be_bytes());
    hello.extend_from_slice(suites);
    hello.extend_from_slice(&[1, 0]);
    let mut extensions = Vec::new();
    let mut add = |kind: u16, body: &[u8]| {
        extensions.extend_from_slice(&kind.to_be_bytes());
        extensions.extend_from_slice(&(body.len() as u16).to_be_bytes());
        extensions.extend_from_slice(body);
    };
    if !server_name.is_empty() {
        let length = server_name.len() as u16;
        let mut body = (length + 3).to_be_bytes().to_vec();
        body.push(0);
        body.extend_from_slice(&length.to_be_bytes());
        body.extend_from_slice(server_name.as_bytes());
        add(0, &body);
    }
    // Groups x25519 and P-256, uncompressed points, RSA-PSS and PKCS#1 signatures.
    add(10, &[0, 4, 0, 29, 0, 23]);
    add(11, &[1, 0]);
    add(13, &[0, 8, 8, 4, 4, 1, 4, 3, 2, 1]);
    add(23, &[]);
    if v13 {
        add(16, b"\x00\x0c\x02h2\x08http/1.1");
        add(43, &[4, 3, 4, 3, 3]);
        add(45, &[1, 1]);
        add(51, &[&[0, 36, 0, 29, 0, 32][..], &random.bytes(32)].concat());
    }
    hello.extend_from_slice(&(extensions.len() as u16).to_be_bytes());
    hello.extend_from_slice(&extensions);
    let mut bytes = record(22, &handshake(1, &hello));
    // The first record may say version 1.0 (RFC 8446 section 5.1).
    if let Some(minor) = bytes.get_mut(2) {
        *minor = 1;
    }
    bytes
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut message = vec![kind];
    message.extend_from_slice(&length24(body.len()));
    message.extend_from_slice(body);
    message
}

/// Records of at most 2^14 bytes.
fn record(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut records = Vec::with_capacity(body.len() + 5);
    for piece in body.chunks(1 << 14) {
        records.extend_from_slice(&[kind, 3, 3]);
        records.extend_from_slice(&(piece.len() as u16).to_be_bytes());
        records.extend_from_slice(piece);
    }
    records
}

fn length24(length: usize) -> Vec<u8> {
    let [_, a, b, c] = (length as u32).to_be_bytes();
    vec![a, b, c]
}

const SHA256_WITH_RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b];
const RSA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const COMMON_NAME: [u8; 3] = [0x55, 0x04, 0x03];
const ORGANIZATION: [u8; 3] = [0x55, 0x04, 0x0a];

/// An X.509 version 3 certificate, valid 2022 to 2032.
fn certificate(names: &Names<'_>, random: &mut Random) -> Vec<u8> {
    let algorithm = |oid: &[u8]| der(0x30, &[der(0x06, oid), der(0x05, &[])].concat());
    let mut serial = random.bytes(8);
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x7f) | 0x40;
    }
    let validity = [der(0x17, b"220101000000Z"), der(0x17, b"320101000000Z")].concat();
    let mut modulus = random.bytes(256);
    if let Some(first) = modulus.first_mut() {
        *first |= 0x80;
    }
    modulus.insert(0, 0);
    let key = der(0x30, &[der(0x02, &modulus), der(0x02, &[1, 0, 1])].concat());
    let body = [
        der(0xa0, &der(0x02, &[2])),
        der(0x02, &serial),
        algorithm(&SHA256_WITH_RSA),
        name(names.issuer, if names.issuer == names.subject { names.organization } else { "" }),
        der(0x30, &validity),
        name(names.subject, names.organization),
        der(0x30, &[algorithm(&RSA), der(0x03, &[&[0][..], &key].concat())].concat()),
    ]
    .concat();
    let signature = [&[0][..], &random.bytes(256)].concat();
    der(0x30, &[der(0x30, &body), algorithm(&SHA256_WITH_RSA), der(0x03, &signature)].concat())
}

fn name(common: &str, organization: &str) -> Vec<u8> {
    let part = |oid: &[u8], text: &str| {
        der(0x31, &der(0x30, &[der(0x06, oid), der(0x0c, text.as_bytes())].concat()))
    };
    let mut parts = Vec::new();
    if !organization.is_empty() {
        parts.extend_from_slice(&part(&ORGANIZATION, organization));
    }
    parts.extend_from_slice(&part(&COMMON_NAME, common));
    der(0x30, &parts)
}

/// Tag, length and value in distinguished encoding (X.690).
fn der(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut bytes = vec![tag];
    let length = (value.len() as u32).to_be_bytes();
    match value.len() {
        0..=0x7f => bytes.push(value.len() as u8),
        0x80..=0xff => bytes.extend_from_slice(&[0x81, length[3]]),
        _ => bytes.extend_from_slice(&[0x82, length[2], length[3]]),
    }
    bytes.extend_from_slice(value);
    bytes
}
