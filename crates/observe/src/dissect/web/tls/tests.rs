use super::Tls;
use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
use crate::dissect::{Probe, Side, StreamDissector};
use insta::assert_snapshot;
use proptest::prelude::*;

/// Bytes after their length in `width` bytes.
fn prefixed(width: usize, content: &[u8]) -> Vec<u8> {
    let mut out = content.len().to_be_bytes()[8 - width..].to_vec();
    out.extend_from_slice(content);
    out
}

fn record(content: u8, version: u16, fragment: &[u8]) -> Vec<u8> {
    [&[content][..], &version.to_be_bytes(), &prefixed(2, fragment)].concat()
}

fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &prefixed(3, body)].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &prefixed(2, content)].concat()
}

fn client_hello(name: &str) -> Vec<u8> {
    let names = prefixed(2, &[&[0][..], &prefixed(2, name.as_bytes())].concat());
    let extensions = [extension(10, &[0, 2, 0, 29]), extension(0, &names)].concat();
    let body = [&[3, 3][..], &[7; 32], &prefixed(1, &[1; 32]), &prefixed(2, &[0x13, 1]), &[1, 0]].concat();
    handshake(1, &[body, prefixed(2, &extensions)].concat())
}

fn server_hello(version: u16, extensions: &[u8]) -> Vec<u8> {
    let body = [&version.to_be_bytes()[..], &[7; 32], &[0], &[0x00, 0x2f, 0]].concat();
    let extensions = if extensions.is_empty() { Vec::new() } else { prefixed(2, extensions) };
    handshake(2, &[body, extensions].concat())
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = match content.len() {
        short @ 0..0x80 => vec![short as u8],
        long => vec![0x82, (long >> 8) as u8, long as u8],
    };
    [&[tag][..], &length, content].concat()
}

fn attribute(identifier: &[u8], kind: u8, value: &[u8]) -> Vec<u8> {
    der(0x31, &der(0x30, &[der(6, identifier), der(kind, value)].concat()))
}

fn leaf(subject: &[u8], not_after: (u8, &[u8])) -> Vec<u8> {
    leaf_with(subject, not_after, &[])
}

/// With what follows the public key.
fn leaf_with(subject: &[u8], not_after: (u8, &[u8]), more: &[u8]) -> Vec<u8> {
    let issuer =
        [attribute(&[0x55, 4, 6], 19, b"DE"), attribute(&[0x55, 4, 3], 12, "Klinik Köln CA".as_bytes())];
    let validity = [der(23, b"240101000000Z"), der(not_after.0, not_after.1)].concat();
    let to_be_signed = [
        der(0xa0, &der(2, &[2])),
        der(2, &[0x11; 16]),
        der(0x30, &der(6, &[0x2a, 3])),
        der(0x30, &issuer.concat()),
        der(0x30, &validity),
        der(0x30, subject),
        der(0x30, &[0; 300]),
        more.to_vec(),
    ];
    der(0x30, &[der(0x30, &to_be_signed.concat()), der(0x30, &[]), der(3, &[0; 256])].concat())
}

fn certificate(leaf: &[u8]) -> Vec<u8> {
    handshake(11, &prefixed(3, &[prefixed(3, leaf), prefixed(3, &[5; 900])].concat()))
}

fn subject() -> Vec<u8> {
    [
        attribute(&[0x55, 4, 6], 19, b"US"),
        attribute(&[0x55, 4, 10], 20, b"Medizinger\xe4te, Inc."),
        attribute(&[0x55, 4, 11], 30, &[0x03, 0xa9, 0, b'+']),
        attribute(&[0x2b, 6, 1, 4, 1, 0x82, 0x37, 1], 4, &[0xca, 0xfe]),
        attribute(&[0x55, 4, 5], 19, b"SN 77 "),
        attribute(&[0x55, 4, 3], 12, b"#pump\x007"),
    ]
    .concat()
}

/// Extensions with these key purposes, given as content of object identifiers.
fn purposes(list: &[&[u8]], critical: bool) -> Vec<u8> {
    let list: Vec<u8> = list.iter().flat_map(|purpose| der(6, purpose)).collect();
    let usage = der(4, &der(0x30, &list));
    let flag = if critical { der(1, &[0xff]) } else { Vec::new() };
    let other = der(0x30, &[der(6, &[0x55, 0x1d, 0x13]), der(4, &der(0x30, &[]))].concat());
    let extension = der(0x30, &[der(6, &[0x55, 0x1d, 0x25]), flag, usage].concat());
    [der(0x81, &[0, 1]), der(0xa3, &der(0x30, &[other, extension].concat()))].concat()
}

#[test]
fn a_medical_certificate_says_for_which_part() {
    const SERVER: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x03\x01";
    const PROVIDER: &[u8] = b"\x2a\x86\x48\xce\x14\x81\xa1\x5d\x01\x01";
    const CONSUMER: &[u8] = b"\x2a\x86\x48\xce\x14\x81\xa1\x5d\x01\x02";
    const OTHER: &[u8] = b"\x2a\x86\x48\xce\x14\x81\xa1\x5d\x01\x03";
    let told = |list: &[&[u8]], critical| {
        let leaf = leaf_with(&subject(), (23, b"310203040506Z"), &purposes(list, critical));
        check::<Tls>(&[server(record(22, 0x0303, &certificate(&leaf)))])
    };
    let both = told(&[SERVER, PROVIDER, OTHER, CONSUMER], true);
    assert!(
        both.ends_with("Server sdc.certificate_role provider\nServer sdc.certificate_role consumer\n"),
        "{both}"
    );
    assert!(told(&[CONSUMER], false).ends_with("Server sdc.certificate_role consumer\n"));
    let none = told(&[SERVER, OTHER], false);
    assert!(none.ends_with("tls.not_after 2031-02-03T04:05:06Z\n"), "{none}");
}

#[test]
fn a_certificate_says_where_its_makers_description_lies() {
    const MUD_URL: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x01\x19";
    let told = |kind: u8| {
        let value = der(4, &der(kind, b"https://acme.example/pump.json"));
        let extension = der(0x30, &[der(6, MUD_URL), value].concat());
        let more = der(0xa3, &der(0x30, &extension));
        let leaf = leaf_with(&subject(), (23, b"310203040506Z"), &more);
        check::<Tls>(&[server(record(22, 0x0303, &certificate(&leaf)))])
    };
    assert!(told(0x16).ends_with("Server tls.mud_url https://acme.example/pump.json\n"), "{}", told(0x16));
    // The standard writes it as an IA5String and as nothing else.
    assert!(!told(0x0c).contains("mud_url"));
}

/// A TLS 1.2 handshake whose server messages share records and cross their borders.
fn golden() -> Vec<Piece> {
    let flight = [
        server_hello(0x0303, &[]),
        certificate(&leaf(&subject(), (24, b"20501231235959Z"))),
        handshake(12, &[9; 200]),
        handshake(14, &[]),
    ]
    .concat();
    let mut records = Vec::new();
    for part in flight.chunks(333) {
        records.extend_from_slice(&record(22, 0x0303, part));
    }
    vec![
        client(record(22, 0x0301, &client_hello("archive.clinic.example"))),
        server(records),
        client(
            [record(22, 0x0303, &handshake(16, &[1; 60])), record(20, 0x0303, &[1]), vec![0xff; 99]].concat(),
        ),
        server([record(20, 0x0303, &[1]), record(22, 0x0303, &[0xee; 40])].concat()),
    ]
}

/// Conversations the fuzz corpus begins with.
pub(crate) fn corpus() -> Vec<Vec<Piece>> {
    vec![golden(), oldest()]
}

#[test]
fn a_handshake_shows_name_version_and_certificate() {
    assert_snapshot!(check::<Tls>(&golden()), @r#"
    Server tls.server_name archive.clinic.example
    Client tls.ja4 t12d010200_0f2cb44170f4_a8f3e973773c
    Server tls.version 1.2
    Server tls.cipher_suite TLS_RSA_WITH_AES_128_CBC_SHA
    Server tls.subject CN=\#pump\007,serialNumber=SN 77\ ,1.3.6.1.4.1.311.1=#cafe,OU=Ω\+,O=Medizingeräte\, Inc.,C=US
    Server tls.issuer CN=Klinik Köln CA,C=DE
    Server tls.not_after 2050-12-31T23:59:59Z
    "#);
    batter::<Tls>(&golden());
}

#[test]
fn versions_are_what_the_server_agreed_to() {
    for (version, extensions, expected) in [
        (0x0300, vec![], "Server tls.version ssl3\nServer encryption.weak: SSL 3.0\n"),
        (0x0301, vec![], "Server tls.version 1.0\nServer encryption.weak: TLS 1.0\n"),
        (0x0302, vec![], "Server tls.version 1.1\nServer encryption.weak: TLS 1.1\n"),
        (0x0303, extension(43, &[3, 4]), "Server tls.version 1.3\n"),
        (0x0303, extension(43, &[0x7f, 28]), "Server tls.version 1.3\n"),
        (0x0999, vec![], "malformed: 1\n"),
    ] {
        let told = check::<Tls>(&[server(record(22, 0x0301, &server_hello(version, &extensions)))]);
        let suite = "Server tls.cipher_suite TLS_RSA_WITH_AES_128_CBC_SHA\n";
        assert_eq!(told.replace(suite, ""), expected);
    }
}

#[test]
fn times_and_empty_names_are_read_with_care() {
    for (not_after, expected) in [
        ((23, &b"310203040506Z"[..]), "2031-02-03T04:05:06Z"),
        ((23, b"990203040506Z"), "1999-02-03T04:05:06Z"),
        ((24, b"99991231235959Z"), "9999-12-31T23:59:59Z"),
    ] {
        let told = check::<Tls>(&[server(record(22, 0x0301, &certificate(&leaf(&[], not_after))))]);
        assert!(told.contains(expected) && !told.contains("subject"), "{told}");
    }
    for not_after in [(23, &b"311303040506Z"[..]), (23, b"31020304050Z"), (24, b"2031020304050x"), (4, b"")] {
        let told = check::<Tls>(&[server(record(22, 0x0301, &certificate(&leaf(&[], not_after))))]);
        assert!(told.contains("malformed: 1") && !told.contains("not_after"), "{told}");
    }
}

#[test]
fn fatal_alerts_are_told() {
    let told = check::<Tls>(&[
        client(record(22, 0x0301, &client_hello("x"))),
        server([record(21, 0x0303, &[1, 112]), record(21, 0x0303, &[2, 40])].concat()),
        client(record(21, 0x0303, &[2, 7])),
        client(record(21, 0x0303, &[0xaa; 26])),
    ]);
    assert_snapshot!(told, @r#"
    Server tls.server_name x
    Client tls.ja4 t12d010200_0f2cb44170f4_a8f3e973773c
    Server tls.alert: 40
    Client tls.alert: 7
    "#);
}

#[test]
fn hostile_lengths_are_bounded() {
    // A certificate far larger than is read, in records of a single byte, and one that lies about its length.
    let mut huge = certificate(&[leaf(&subject(), (23, b"310203040506Z")), vec![0; 60_000]].concat());
    let told = check::<Tls>(&[server(
        huge.chunks(16_000).flat_map(|part| record(22, 0x0303, part)).collect::<Vec<u8>>(),
    )]);
    assert_snapshot!(told, @r#"
    Server tls.subject CN=\#pump\007,serialNumber=SN 77\ ,1.3.6.1.4.1.311.1=#cafe,OU=Ω\+,O=Medizingeräte\, Inc.,C=US
    Server tls.issuer CN=Klinik Köln CA,C=DE
    Server tls.not_after 2031-02-03T04:05:06Z
    "#);
    huge.truncate(4_000);
    let told = check::<Tls>(&[server(
        huge.chunks(1).flat_map(|part| record(22, 0x0303, part)).collect::<Vec<u8>>(),
    )]);
    assert_snapshot!(told, @"malformed: 1");
    let lying = handshake(
        11,
        &[prefixed(3, &prefixed(3, &[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 0x30, 0x80]))].concat(),
    );
    assert_snapshot!(check::<Tls>(&[server(record(22, 0x0303, &lying))]), @"malformed: 1");
    assert_snapshot!(check::<Tls>(&[server(vec![22, 3, 3, 0xff, 0xff, 2, 0, 0])]), @"malformed: 1");
}

#[test]
fn an_old_hello_is_passed_over() {
    let old = [&[0x80, 25, 1, 3, 1, 0, 0, 0, 0, 0, 16][..], &[5; 16]].concat();
    assert_eq!(Tls::probe(&old, 443), Probe::Certain(Side::Client));
    let told = check::<Tls>(&[
        client([old, record(22, 0x0301, &client_hello("later"))].concat()),
        server(record(22, 0x0300, &server_hello(0x0300, &[]))),
    ]);
    assert_snapshot!(told, @r#"
    Server tls.server_name later
    Client tls.ja4 t12d010200_0f2cb44170f4_a8f3e973773c
    Server tls.version ssl3
    Server encryption.weak: SSL 3.0
    Server tls.cipher_suite TLS_RSA_WITH_AES_128_CBC_SHA
    "#);
}

/// A hello of SSL 2.0: kind and what stands before the lengths, then three contents.
fn version2(fixed: &[u8], contents: [&[u8]; 3]) -> Vec<u8> {
    let lengths = contents.map(|content| (content.len() as u16).to_be_bytes());
    let message = [fixed, lengths.as_flattened(), &contents.concat()].concat();
    [&(0x8000 | message.len() as u16).to_be_bytes()[..], &message].concat()
}

/// A client that knows nothing newer, and a server that agrees.
fn oldest() -> Vec<Piece> {
    let certificate = leaf(&subject(), (23, b"310203040506Z"));
    vec![
        client(version2(&[1, 0, 2], [&[1, 0, 0x80, 7, 0, 0xc0], b"", &[9; 16]])),
        server(version2(&[4, 0, 1, 0, 2], [&certificate, &[1, 0, 0x80], &[8; 16]])),
        client([0x80, 3, 0xaa, 0xbb, 0xcc]),
    ]
}

#[test]
fn the_oldest_version_is_told_of() {
    assert_snapshot!(check::<Tls>(&oldest()), @r#"
    Server tls.version ssl2
    Server encryption.weak: SSL 2.0
    Server tls.subject CN=\#pump\007,serialNumber=SN 77\ ,1.3.6.1.4.1.311.1=#cafe,OU=Ω\+,O=Medizingeräte\, Inc.,C=US
    Server tls.issuer CN=Klinik Köln CA,C=DE
    Server tls.not_after 2031-02-03T04:05:06Z
    "#);
    batter::<Tls>(&oldest());
    let (Piece::Bytes(_, asks), Piece::Bytes(_, answers)) = (&oldest()[0], &oldest()[1]) else { panic!() };
    assert_eq!(Tls::probe(asks, 443), Probe::Certain(Side::Client));
    assert_eq!(Tls::probe(&answers[..64], 443), Probe::Certain(Side::Server));
    for length in 1..10 {
        assert_eq!(Tls::probe(&asks[..length], 443), Probe::Unsure);
        assert_eq!(Tls::probe(&answers[..length], 443), Probe::Unsure);
    }
}

/// A certificate's public key of RSA or DSA with a number of so many bytes, and a signature.
fn keyed(algorithm: &[u8], bytes: usize, signature: &[u8], more: &[u8]) -> Vec<u8> {
    let number = der(2, &[&[0][..], &vec![0xc1; bytes]].concat());
    let key = if algorithm.ends_with(&[1, 1, 1]) {
        let modulus = der(0x30, &[number, der(2, &[1, 0, 1])].concat());
        [der(0x30, &[der(6, algorithm), der(5, &[])].concat()), der(3, &[&[0][..], &modulus].concat())]
            .concat()
    } else {
        let parameters = der(0x30, &[number, der(2, &[3])].concat());
        [der(0x30, &[der(6, algorithm), parameters].concat()), der(3, &[0, 2, 1, 7])].concat()
    };
    let name = attribute(&[0x55, 4, 3], 12, b"pump-7");
    let to_be_signed = [
        der(2, &[0x11; 16]),
        der(0x30, &der(6, signature)),
        der(0x30, &name),
        der(0x30, &[der(23, b"240101000000Z"), der(23, b"310203040506Z")].concat()),
        der(0x30, &name),
        der(0x30, &key),
        more.to_vec(),
    ];
    der(0x30, &[der(0x30, &to_be_signed.concat()), der(0x30, &[]), der(3, &[0; 128])].concat())
}

#[test]
fn weak_certificates_and_other_names_are_told() {
    const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
    const DSA: &[u8] = b"\x2a\x86\x48\xce\x38\x04\x01";
    const SHA1_RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05";
    let told = |certificate_bytes: &[u8]| {
        check::<Tls>(&[server(record(22, 0x0303, &certificate(certificate_bytes)))])
    };
    let names = [
        der(0x82, b"pump-7.clinic.example"),
        der(0x81, b"jane.doe@clinic.example"),
        der(0x87, &[10, 0, 0, 7]),
        der(0x87, &[0xfe, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]),
        der(0x86, b"urn:uuid:7"),
    ];
    let names = der(0x30, &[der(6, &[0x55, 0x1d, 0x11]), der(4, &der(0x30, &names.concat()))].concat());
    let more = der(0xa3, &der(0x30, &names));
    assert_snapshot!(told(&keyed(RSA, 128, SHA1_RSA, &more)), @r#"
    Server tls.subject CN=pump-7
    Server tls.issuer CN=pump-7
    Server tls.not_after 2031-02-03T04:05:06Z
    Server tls.self_signed yes
    Server tls.weak_signature SHA-1 with RSA
    Server tls.public_key RSA 1024
    Server encryption.weak: certificate with RSA key of 1024 bits
    Server tls.alternative_name pump-7.clinic.example
    Server tls.alternative_name 10.0.0.7
    Server tls.alternative_name fe80::1
    Server tls.alternative_name urn:uuid:7
    "#);
    let strong = told(&keyed(RSA, 256, &[0x2a], &[]));
    assert!(strong.contains("tls.public_key RSA 2048") && !strong.contains("weak"), "{strong}");
    let other = told(&keyed(DSA, 128, &[0x2a], &[]));
    assert!(other.contains("Server encryption.weak: certificate with DSA key of 1024 bits"), "{other}");
}

/// A hello as a browser sends it, and one that answers a server's wish for another key share.
#[test]
fn a_client_is_told_by_its_first_hello() {
    let hello = |extensions: &[Vec<u8>]| {
        let body = [&[3, 3][..], &[7; 32], &[0], &prefixed(2, &[0x1a, 0x1a, 0x13, 1, 0xc0, 0x2f]), &[1, 0]];
        record(22, 0x0301, &handshake(1, &[body.concat(), prefixed(2, &extensions.concat())].concat()))
    };
    let protocols = [prefixed(1, &[0x2a, 0x2a]), prefixed(1, b"h2"), prefixed(1, b"http/1.1")].concat();
    let first = [
        extension(0x3a3a, &[]),
        extension(16, &prefixed(2, &protocols)),
        extension(13, &prefixed(2, &[4, 3, 8, 4])),
        extension(43, &prefixed(1, &[0x4a, 0x4a, 3, 4, 3, 3])),
    ];
    let second = [&first[..], &[extension(44, &[0, 1, 7])]].concat();
    let chosen = [extension(43, &[3, 4]), extension(16, &prefixed(2, &prefixed(1, b"h2")))].concat();
    let told = check::<Tls>(&[
        client(hello(&first)),
        server(record(22, 0x0303, &server_hello(0x0303, &chosen))),
        client(hello(&second)),
    ]);
    assert_snapshot!(told, @r#"
    Client tls.alpn_offered h2
    Client tls.alpn_offered http/1.1
    Client tls.ja4 t13i0203h2_c1929292aa6b_ef5f37ab036a
    Server tls.version 1.3
    Server tls.cipher_suite TLS_RSA_WITH_AES_128_CBC_SHA
    Server tls.alpn h2
    "#);
}

#[test]
fn a_loss_matters_only_where_something_is_read() {
    let cut = record(
        22,
        0x0303,
        &[handshake(12, &[9; 500]), certificate(&leaf(&subject(), (23, b"310203040506Z")))].concat(),
    );
    let told = check::<Tls>(&[
        server(cut[..100].to_vec()),
        Piece::Gap(Side::Server, 300),
        server(cut[400..].to_vec()),
        client(record(22, 0x0301, &client_hello("x"))[..20].to_vec()),
        Piece::Gap(Side::Client, 5),
        client(record(22, 0x0301, &client_hello("y"))),
    ]);
    assert_snapshot!(told, @r#"
    Server tls.subject CN=\#pump\007,serialNumber=SN 77\ ,1.3.6.1.4.1.311.1=#cafe,OU=Ω\+,O=Medizingeräte\, Inc.,C=US
    Server tls.issuer CN=Klinik Köln CA,C=DE
    Server tls.not_after 2031-02-03T04:05:06Z
    "#);
}

#[test]
fn probes_tell_the_sender() {
    let hello = record(22, 0x0301, &client_hello("x"));
    assert_eq!(Tls::probe(&hello, 1), Probe::Certain(Side::Client));
    assert_eq!(Tls::probe(&record(22, 0x0303, &server_hello(0x0303, &[])), 1), Probe::Certain(Side::Server));
    assert_eq!(Tls::probe(&record(21, 0x0303, &[2, 40]), 1), Probe::Certain(Side::Server));
    assert_eq!(Tls::probe(&hello[..4], 1), Probe::Unsure);
    assert_eq!(Tls::probe(&record(23, 0x0303, &[0; 40]), 443), Probe::No);
    assert_eq!(Tls::probe(b"SSH-2.0-x", 443), Probe::No);
}

#[test]
fn the_state_stays_small() {
    assert!(size_of::<Tls>() <= 64, "{}", size_of::<Tls>());
}

proptest! {
    #[test]
    fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..900, 1..12)) {
        any_split::<Tls>(&golden(), &sizes);
    }

    #[test]
    fn any_bytes_are_safe(
        fragments in prop::collection::vec((20u8..25, prop::collection::vec(0u8..18, 0..60)), 0..8),
        sizes in prop::collection::vec(1usize..40, 1..8),
    ) {
        let bytes: Vec<u8> = fragments.iter().flat_map(|(content, bytes)| record(*content, 0x0301, bytes)).collect();
        any_split::<Tls>(&[client(bytes.clone()), server(bytes)], &sizes);
    }
}
