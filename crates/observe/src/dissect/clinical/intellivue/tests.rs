use super::serial::tests::framed;
use super::*;
use crate::dissect::testing::{
    Piece, any_split, batter, batter_datagram, check, client, datagram, run, server,
};
use crate::dissect::{Probe, StreamDissector};
use proptest::prelude::*;

fn u16s(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

/// Bytes after their length.
fn octets(value: &[u8]) -> Vec<u8> {
    [&u16s(&[value.len() as u16])[..], value].concat()
}

/// Entries after their count and length.
fn list(entries: &[Vec<u8>]) -> Vec<u8> {
    let body = entries.concat();
    [&u16s(&[entries.len() as u16, body.len() as u16])[..], &body].concat()
}

fn attribute(id: u16, value: &[u8]) -> Vec<u8> {
    [&u16s(&[id])[..], &octets(value)].concat()
}

fn wide(text: &str) -> Vec<u8> {
    octets(&u16s(&text.encode_utf16().chain([0]).collect::<Vec<_>>()))
}

/// Both headers of a remote operation around its body.
fn operation(phase: u16, command: u16, body: &[u8]) -> Vec<u8> {
    let linked: &[u16] = if phase == 5 { &[0x0101] } else { &[] };
    let inner = [u16s(linked), u16s(&[7, command]), octets(body)].concat();
    [u16s(&[phase]), octets(&inner)].concat()
}

fn data(phase: u16, command: u16, body: &[u8]) -> Vec<u8> {
    [&u16s(&[0xe100, 2])[..], &operation(phase, command, body)].concat()
}

fn identity() -> [Vec<u8>; 4] {
    let specification = list(&[
        [u16s(&[1, 8]), octets(b"DE1234567\0\x09x")].concat(),
        [u16s(&[2, 8]), octets(b"M8007A\0\0\0\0")].concat(),
        [u16s(&[3, 8]), octets(b" A.00.30")].concat(),
        [u16s(&[5, 0x78]), octets(b"--------")].concat(),
        [u16s(&[2, 0x58]), octets(b"S-M8003-1402A\0")].concat(),
        [u16s(&[4, 0x58]), octets(b"L.01.18 ")].concat(),
    ]);
    [
        attribute(0x0986, &u16s(&[1, 4429])),
        attribute(0x0984, &octets(&[0, 9, 0xfb, 0xff, 0xff, 0x12, 0x34, 0x56])),
        attribute(0x0928, &[octets(b"Philips\0"), octets(b"M8007A\0")].concat()),
        attribute(0x092d, &specification),
    ]
}

pub(crate) fn announcement() -> Vec<u8> {
    let address = [0, 9, 0xfb, 0x12, 0x34, 0x56, 10, 0, 0, 7, 255, 255, 255, 0];
    let protocols = list(&[
        u16s(&[1, 1, 24105, 0]),
        u16s(&[5, 1, 24105, 0]),
        u16s(&[8, 1, 33333, 0]),
        u16s(&[1, 3, 24000, 0]),
    ]);
    let mut attributes = identity().to_vec();
    attributes.push(attribute(0x0937, &[0, 0, 0, 1, 0, 2, 0, 11]));
    attributes.push(attribute(0xf100, &address));
    attributes.push(attribute(0xf101, &protocols));
    attributes.push(attribute(0xf135, &u16s(&"DOE JANE 12\0".encode_utf16().collect::<Vec<_>>())));
    let event = [u16s(&[35, 0, 0, 0, 0x4711, 0x0d17]), octets(&list(&attributes))].concat();
    [&NOMENCLATURE.to_be_bytes()[..], &operation(1, 0, &event)].concat()
}

pub(crate) fn created() -> Vec<u8> {
    let classes = [u16s(&[1, 6, 0, 201]), u16s(&[1, 9, 0, 60]), u16s(&[1, 54, 0, 1]), u16s(&[1, 42, 0, 1])];
    let mut attributes = identity()[..3].to_vec();
    attributes.push(attribute(0x0946, &u16s(&[0x4000])));
    attributes.push(attribute(0x091e, &wide("DOE 7")));
    attributes.push(attribute(0x0985, &list(&[attribute(0x0102, &list(&classes))])));
    let info = [u16s(&[33, 0, 0]), list(&attributes)].concat();
    data(1, 1, &[u16s(&[33, 0, 0, 0, 0x4711, 0x0d06]), octets(&info)].concat())
}

fn poll(class: u16) -> Vec<u8> {
    let arguments = u16s(&[1, 1, class, 0]);
    data(1, 7, &[u16s(&[33, 0, 0, 0, 0, 0x0c16]), octets(&arguments)].concat())
}

/// The answer to a poll: one context, one object with these attributes.
fn polled(phase: u16, extended: bool, class: u16, attributes: &[Vec<u8>]) -> Vec<u8> {
    let object = [u16s(&[0x8007]), list(attributes)].concat();
    let context = [u16s(&[0]), list(&[object])].concat();
    let head = u16s(if extended { &[1, 0] } else { &[1] });
    let reply = [head, u16s(&[0, 9]), vec![0x20; 8], u16s(&[1, class, 0x0803]), list(&[context])].concat();
    let action = if extended { 0xf13b } else { 0x0c16 };
    data(phase, 7, &[u16s(&[33, 0, 0, action]), octets(&reply)].concat())
}

fn numeric(state: u16) -> Vec<u8> {
    attribute(0x0950, &u16s(&[0x4182, state, 0x0aa0, 0, 60]))
}

fn patient(state: u16) -> Vec<u8> {
    let attributes = [
        attribute(0x0957, &u16s(&[state])),
        attribute(0x095d, &wide("JANE")),
        attribute(0x095f, &octets(&[0, 0])),
        attribute(0x095c, &wide("DOE")),
        attribute(0x095a, &wide("MRN4711")),
        attribute(0x0958, &[0x19, 0x44, 2, 0x29, 0, 0, 0, 0]),
    ];
    polled(2, false, 42, &attributes)
}

/// The association messages of the guide, pages 298 to 301: user data left out, which nobody reads.
fn session(kind: u8) -> Vec<u8> {
    let connect = [0x05, 8, 0x13, 1, 0, 0x16, 1, 2, 0x80, 0, 0x14, 2, 0, 2];
    let identifier = [0x06, 12, 0x2a, 0x86, 0x48, 0xce, 0x14, 2, 1, 0, 0, 0, 1, 1];
    let control =
        |tag: u8| [&[0x61, 0x80, 0x30, 0x80, 2, 1, 1, 0xa0, 0x80, tag, 0x80][..], &[0; 12]].concat();
    let (parameters, user_data): (&[u8], Vec<u8>) = match kind {
        0x0d | 0x0e => (&connect, [&[0x31, 0x80][..], &identifier, &control(0x60)].concat()),
        0x09 => (&[], control(0x62)),
        0x0a => (&[], control(0x63)),
        0x19 => (&[0x11, 1, 3], [&[0xa0, 0x80][..], &control(0x64)].concat()),
        _ => (&[0x32, 1, 0], Vec::new()),
    };
    let mut body = parameters.to_vec();
    if !user_data.is_empty() {
        body.extend([0xc1, user_data.len() as u8]);
        body.extend(user_data);
    }
    [&[kind, body.len() as u8][..], &body].concat()
}

/// To or from the well-known port.
fn told(from_monitor: bool, bytes: &[u8]) -> Option<String> {
    let ports = if from_monitor { [24105, 50_000] } else { [50_000, 24105] };
    datagram::<DataExport>(ports, bytes, false)
}

fn side(bytes: &[u8]) -> Option<Side> {
    Message::of(bytes, true, false).unwrap().sender()
}

#[test]
fn an_announcement_describes_its_monitor() {
    let expected = "00:09:fb:12:34:56 10.0.0.7 (elsewhere) intellivue.address 10.0.0.7
Server intellivue.system_type 4429
Server intellivue.system_id 0009fbffff123456
Server intellivue.manufacturer Philips
Server intellivue.model M8007A
Server intellivue.serial DE1234567
Server intellivue.part_number M8007A
Server intellivue.hardware_revision A.00.30
Server intellivue.software_part S-M8003-1402A
Server intellivue.software_revision L.01.18
Server intellivue.language 2
Server intellivue.service association udp/24105
Server intellivue.service data_export udp/24105
";
    // Announcements are known on any port.
    assert_eq!(datagram::<DataExport>([50_000, 50_001], &announcement(), false).as_deref(), Some(expected));
}

#[test]
fn a_created_system_describes_itself_without_its_bed() {
    let expected = "Server intellivue.system_type 4429
Server intellivue.system_id 0009fbffff123456
Server intellivue.manufacturer Philips
Server intellivue.model M8007A
Server intellivue.operating_mode monitoring
Server intellivue.supports numeric
Server intellivue.supports waveform
Server intellivue.supports alarm
Server intellivue.supports patient_demographics
";
    assert_eq!(told(true, &created()).as_deref(), Some(expected));
    // As the result of a get, and as a polled object, the same attributes say the same.
    let attributes = identity();
    let got = data(2, 3, &[u16s(&[33, 0, 0]), list(&attributes)].concat());
    let result = told(true, &got).unwrap();
    assert!(result.contains("intellivue.serial DE1234567"), "{result}");
    assert_eq!(told(true, &polled(2, false, 33, &attributes)), Some(result));
}

#[test]
fn who_polls_collects() {
    for (class, name) in [(6, "numeric"), (9, "waveform"), (54, "alarm"), (42, "patient_demographics")] {
        let expected = format!("Client intellivue.collects {name}\n");
        assert_eq!(told(false, &poll(class)), Some(expected));
    }
    assert_eq!(told(false, &poll(4711)).as_deref(), Some(""));
}

#[test]
fn results_say_which_kinds_of_patient_data_passed() {
    let wave = |state| attribute(0x096e, &[u16s(&[0x0102, state]), octets(&[0; 64])].concat());
    let cases = [
        (polled(2, false, 6, &[numeric(0)]), "patient data: result\n"),
        (
            polled(5, true, 6, &[attribute(0x094b, &list(&[u16s(&[0x4a15, 0, 0x0f20, 0, 120])]))]),
            "patient data: result\n",
        ),
        (polled(2, true, 9, &[wave(0)]), "patient data: waveform\n"),
        (
            polled(2, true, 9, &[attribute(0x0967, &list(&[wave(0)[4..].to_vec()]))]),
            "patient data: waveform\n",
        ),
        (patient(2), "patient data: name identifier birth_date\n"),
        // A demonstration, a test or an invalid value is nobody's.
        (polled(2, false, 6, &[numeric(0x0400)]), ""),
        (polled(2, false, 6, &[numeric(0x8000)]), ""),
        (polled(2, true, 9, &[wave(0x0800)]), ""),
        (polled(2, false, 6, &[]), ""),
    ];
    for (bytes, expected) in cases {
        assert_eq!(told(true, &bytes).as_deref(), Some(expected));
    }
}

#[test]
fn alarms_are_told_whenever_they_are_carried() {
    let alarm =
        [u16s(&[1, 2, 3, 33, 0, 0, 4]), octets(&u16s(&"DOE HR HIGH".encode_utf16().collect::<Vec<_>>()))];
    let silent = polled(2, true, 54, &[attribute(0x0902, &list(&[])), attribute(0x0904, &list(&[]))]);
    let once = "Server intellivue.alarms reported\n";
    assert_eq!(told(true, &silent).as_deref(), Some(once));
    let active = polled(2, true, 54, &[attribute(0x0902, &list(&[alarm.concat()]))]);
    assert_eq!(told(true, &active), Some(format!("{once}patient data: result\n")));
}

#[test]
fn associations_that_fail_are_events() {
    for kind in [0x0d, 0x0e, 0x09, 0x0a] {
        assert_eq!(told(false, &session(kind)).as_deref(), Some(""), "{kind:#x}");
    }
    let refused = told(true, &session(0x0c));
    assert_eq!(refused.as_deref(), Some("Server intellivue.association_rejected: association refused\n"));
    let aborted = told(true, &session(0x19));
    assert_eq!(aborted.as_deref(), Some("Client intellivue.association_aborted: association aborted\n"));
    let denied = told(true, &data(3, 2, &[]));
    assert_eq!(denied.as_deref(), Some("Client intellivue.error: access denied\n"));
    // A refusal says nothing of its protocol: away from its port it is not known.
    assert_eq!(datagram::<DataExport>([50_000, 50_001], &session(0x0c), false), None);
}

#[test]
fn content_says_who_collects() {
    let expected = [
        (announcement(), Some(Side::Server)),
        (created(), Some(Side::Server)),
        (data(2, 1, &u16s(&[33, 0, 0, 0, 9, 0x0d06, 0])), Some(Side::Client)),
        (poll(6), Some(Side::Client)),
        (patient(2), Some(Side::Server)),
        (polled(5, false, 6, &[]), Some(Side::Server)),
        (data(1, 3, &[0; 12]), Some(Side::Client)),
        (data(1, 5, &[0; 12]), Some(Side::Client)),
        (session(0x0d), Some(Side::Client)),
        (session(0x0e), Some(Side::Server)),
        (session(0x0c), Some(Side::Server)),
        (session(0x19), None),
    ];
    for (bytes, sender) in expected {
        assert_eq!(side(&bytes), sender);
    }
}

#[test]
fn other_traffic_is_not_claimed() {
    let mut longer = created();
    longer.push(0);
    let mut shorter = created();
    shorter.pop();
    let mut inner = created();
    inner[13] ^= 1;
    let others: [&[u8]; 9] = [
        &longer,
        &shorter,
        &inner,
        &announcement()[4..],
        // A DNS query, an RTP packet, text, a TLS alert, zeros.
        b"\0\0\x01\0\0\x01\0\0\0\0\0\0\x04pump\0\0\x01\0\x01",
        b"\x80\xe1\x00\x02\0\x02\0\x2a",
        b"\r\nHello",
        b"\x0e\x02\x32\x00",
        &[0; 64],
    ];
    for bytes in others {
        assert_eq!(told(true, bytes), None, "{bytes:02x?}");
    }
    // What the capture cut off is known by what is left.
    assert!(datagram::<DataExport>([24105, 50_000], &shorter, true).is_some());
}

fn conversation() -> Vec<Piece> {
    vec![
        client(framed(&session(0x0d))),
        server(framed(&session(0x0e))),
        server(framed(&created())),
        client([framed(&poll(6)), b"\xff".to_vec(), framed(&poll(42))].concat()),
        server([framed(&polled(5, false, 6, &[numeric(0)])), framed(&patient(2))].concat()),
        server(framed(&session(0x19))),
    ]
}

pub(in crate::dissect) fn corpus() -> Vec<Vec<Piece>> {
    vec![conversation()]
}

/// One of each kind of datagram.
pub(in crate::dissect) fn datagrams() -> Vec<Vec<u8>> {
    let kinds = [0x0d, 0x0e, 0x0c, 0x09, 0x0a, 0x19].map(session);
    let results = [polled(2, true, 9, &[numeric(0)]), patient(2), data(3, 2, &[]), poll(54)];
    [announcement(), created()].into_iter().chain(kinds).chain(results).collect()
}

#[test]
fn behind_a_serial_server_frames_say_the_same() {
    let text = check::<Intellivue>(&conversation());
    for wanted in [
        "Server intellivue.model M8007A\n",
        "Client intellivue.collects numeric\n",
        "Client intellivue.collects patient_demographics\n",
        "Server intellivue.association_aborted",
        "patient data: name identifier birth_date result\n",
    ] {
        assert!(text.contains(wanted), "{wanted} in {text}");
    }
    assert!(!text.contains("malformed"), "{text}");
}

#[test]
fn a_damaged_frame_costs_itself_only() {
    let mut damaged = framed(&created());
    damaged[40] ^= 1;
    let text = run::<Intellivue>(&[server([damaged, framed(&created())].concat())]);
    assert!(text.contains("M8007A") && text.ends_with("malformed: 1\n"), "{text}");
    // A frame within a frame aborts it; one that never ends is given up.
    let cut = &framed(&created())[..50];
    let text = run::<Intellivue>(&[server([cut, &framed(&created())].concat())]);
    assert!(text.contains("M8007A") && !text.contains("malformed"), "{text}");
    let endless = [&[0xc0, 0x11][..], &[0x55; 9000], &framed(&created())].concat();
    let text = run::<Intellivue>(&[server(endless)]);
    assert!(text.contains("M8007A") && text.contains("malformed: 1\n"), "{text}");
}

#[test]
fn probes_know_frames_by_what_they_hold() {
    let probe = |bytes: &[u8]| Intellivue::probe(&bytes[..bytes.len().min(64)], 4001);
    assert_eq!(probe(&framed(&created())), Probe::Certain(Side::Server));
    assert_eq!(probe(&framed(&poll(6))), Probe::Certain(Side::Client));
    assert_eq!(probe(&framed(&session(0x0d))), Probe::Certain(Side::Client));
    for length in 1..5 {
        assert_eq!(probe(&framed(&created())[..length]), Probe::Unsure);
    }
    // A PPP frame, a frame of the same shape with other content.
    for other in [&b"\xc0\x21\x01\x01"[..], &framed(b"something else entirely"), b"GET / HTTP/1.1"] {
        assert_eq!(probe(other), Probe::No);
    }
}

#[test]
fn every_damage_is_safe() {
    for bytes in datagrams() {
        batter_datagram::<DataExport>([24105, 50_000], &bytes);
    }
    batter::<Intellivue>(&conversation());
}

proptest! {
    #[test]
    fn any_split_tells_the_same(sizes in proptest::collection::vec(1usize..200, 1..8)) {
        any_split::<Intellivue>(&conversation(), &sizes);
    }

    #[test]
    fn any_body_is_safe(phase in 1u16..6, command in 0u16..8, body in proptest::collection::vec(any::<u8>(), 0..300)) {
        told(true, &data(phase, command, &body));
    }
}
