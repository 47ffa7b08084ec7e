use super::*;
use crate::dissect::testing::{Piece, any_split, batter, check, client, run, server};
use proptest::prelude::*;

/// The example system identifier of 20601 annex H.
const SYSTEM: [u8; 8] = [0x88, 0x77, 0x66, 0x55, 0x44, 0x33, 0x22, 0x11];

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

fn apdu(choice: u16, body: &[u8]) -> Vec<u8> {
    [&u16s(&[choice])[..], &octets(body)].concat()
}

fn data(choice: u16, body: &[u8]) -> Vec<u8> {
    let message = [u16s(&[0x4321, choice]), octets(body)].concat();
    apdu(0xe700, &octets(&message))
}

fn information(rules: u16, kind: [u16; 2], system: &[u8], configuration: u16) -> Vec<u8> {
    let versions = u16s(&[0x8000, 0, rules, 0x8000, 0, 0, 0, kind[0], kind[1]]);
    [versions, octets(system), u16s(&[configuration, 0x0081, 0x0101, 0, 0])].concat()
}

fn request(configuration: u16) -> Vec<u8> {
    let information = information(0xa000, [0x0080, 0], &SYSTEM, configuration);
    let protocol = [u16s(&[20601]), octets(&information)].concat();
    apdu(0xe200, &[u16s(&[0x8000, 0]), list(&[protocol])].concat())
}

fn response(result: u16, rules: u16) -> Vec<u8> {
    let manager = [0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88];
    let information = information(rules, [0x8000, 0], &manager, 0);
    apdu(0xe300, &[u16s(&[result, 20601]), octets(&information)].concat())
}

fn report(kind: u16, information: &[u8]) -> Vec<u8> {
    data(0x0101, &[u16s(&[0, 0xffff, 0xffff, kind]), octets(information)].concat())
}

/// A numeric for oxygen saturation and a plethysmogram.
fn configuration() -> Vec<u8> {
    let object = |class: u16, handle: u16, code: u16| {
        let attributes = [attribute(2351, &u16s(&[2, code])), attribute(2630, &u16s(&[0x40c0]))];
        [u16s(&[class, handle]), list(&attributes)].concat()
    };
    let objects = [object(6, 1, 19384), object(9, 7, 19380)];
    report(3356, &[u16s(&[0x4000]), list(&objects)].concat())
}

/// What a get of the device answers, after the example of annex H.
fn described() -> Vec<u8> {
    let model = [octets(b"TheCompany"), octets(b"TheOximeter\0")].concat();
    let specification = list(&[
        [u16s(&[1, 0]), octets(b"DE124567")].concat(),
        [u16s(&[5, 0]), octets(b"1.2")].concat(),
        [u16s(&[4, 0]), octets(b"3.4")].concat(),
        [u16s(&[3, 0]), octets(b"B")].concat(),
        [u16s(&[7, 0]), octets(b"12345")].concat(),
    ]);
    let attributes = [
        attribute(2650, &list(&[u16s(&[4100, 1])])),
        attribute(2344, &model),
        attribute(2436, &octets(&SYSTEM)),
        attribute(2628, &u16s(&[0x4000])),
        attribute(2349, &specification),
        attribute(2439, &[0x20, 0x07, 2, 1, 0x12, 5, 0, 0]),
    ];
    data(0x0203, &[u16s(&[0]), list(&attributes)].concat())
}

fn fixed(handle: u16) -> Vec<u8> {
    let observation = [u16s(&[handle]), octets(&u16s(&[98, 0x2007, 0x1206, 0x1210, 0]))].concat();
    report(3357, &[u16s(&[0xf000, 0]), list(&[observation])].concat())
}

fn conversation() -> Vec<Piece> {
    vec![
        client(request(0x4000)),
        server(response(3, 0x8000)),
        client(configuration()),
        server(data(0x0201, &u16s(&[0, 0, 0, 3356, 4, 0x4000, 0]))),
        server(data(0x0103, &u16s(&[0, 0, 0]))),
        client(described()),
        client([fixed(1), fixed(7)].concat()),
        server(data(0x0201, &u16s(&[0, 0, 0, 3357, 0]))),
        client(apdu(0xe400, &[0, 0])),
        server(apdu(0xe500, &[0, 0])),
    ]
}

pub(in crate::dissect) fn corpus() -> Vec<Vec<Piece>> {
    let standard = vec![client(request(400)), server(response(0, 0x8000)), client(fixed(1))];
    let refused = vec![client(request(1700)), server(apdu(0xe300, &u16s(&[7, 0, 0])))];
    vec![conversation(), standard, refused]
}

#[test]
fn requests_and_reports_are_those_of_the_standards_example() {
    // 20601 annex H.2.1.1: lengths and fields in order.
    let expected = b"\xe2\0\0\x32\x80\0\0\0\0\x01\0\x2a\x50\x79\0\x26\x80\0\0\0\xa0\0\x80\0\0\0\
        \0\0\0\0\0\x80\0\0\0\x08\x88\x77\x66\x55\x44\x33\x22\x11\x40\0\0\x81\x01\x01\0\0\0\0";
    assert_eq!(request(0x4000), expected);
}

#[test]
fn a_device_associates_describes_itself_and_reports() {
    let told = check::<Phd>(&conversation());
    let device = "Client for [8877665544332211]";
    let expected = format!(
        "Client phd.system_id 8877665544332211
{device} phd.configuration 16384
Server phd.manager_id 1122334455667788
{device} phd.configuration 16384
{device} phd.measures 2:19384
{device} phd.measures 2:19380
Client phd.system_id 8877665544332211
{device} phd.specialization 11073-10404
{device} phd.manufacturer TheCompany
{device} phd.model TheOximeter
{device} phd.configuration 16384
{device} phd.serial DE124567
{device} phd.firmware_revision 1.2
{device} phd.software_revision 3.4
{device} phd.hardware_revision B
patient data: result waveform
"
    );
    assert_eq!(told, expected);
}

#[test]
fn standard_configurations_stand_for_kinds_of_devices() {
    let kinds = [(400, 10404), (0x02bc, 10407), (0x0320, 10408), (0x05dc, 10415), (0x06a4, 10417)];
    for (number, standard) in kinds {
        let told = check::<Phd>(&[client(request(number))]);
        let wanted = format!("phd.specialization 11073-{standard}\n");
        assert!(told.contains(&wanted), "{told}");
    }
    for number in [0, 100, 300, 0x4000, 0x8000] {
        let told = check::<Phd>(&[client(request(number))]);
        assert!(!told.contains("specialization"), "{told}");
    }
}

#[test]
fn rejections_and_aborts_are_events() {
    let told = check::<Phd>(&[client(request(1700)), server(apdu(0xe300, &u16s(&[7, 0, 0])))]);
    assert!(told.ends_with("Server phd.association_rejected: not authorized\n"), "{told}");
    let told = check::<Phd>(&[client(request(1700)), server(apdu(0xe600, &[0, 3]))]);
    assert!(told.ends_with("Server phd.association_aborted: no configuration in time\n"), "{told}");
    for result in [0, 3] {
        assert!(!check::<Phd>(&[server(response(result, 0x8000))]).contains("rejected"));
    }
}

#[test]
fn reports_say_which_kinds_of_patient_data_passed() {
    let wave = [u16s(&[7]), list(&[attribute(2632, &octets(&[0; 20]))])].concat();
    let cases = [
        (fixed(1), "patient data: result\n"),
        (report(3358, &[u16s(&[0xf000, 0]), list(&[wave])].concat()), "patient data: result waveform\n"),
        (report(3373, &[u16s(&[0xf000, 0]), list(&[vec![0; 8]])].concat()), "patient data: result\n"),
        (report(3361, &[0; 12]), "patient data: result\n"),
        (report(3357, &u16s(&[0xf000, 0, 0, 0])), ""),
        (report(4711, &[0; 12]), ""),
    ];
    for (bytes, expected) in cases {
        assert_eq!(check::<Phd>(&[client(bytes)]), expected);
    }
}

#[test]
fn other_encoding_rules_are_not_read() {
    let xml = vec![client(request(400)), server(response(0, 0x4000)), client(data(0x0101, b"<xml/>"))];
    let told = check::<Phd>(&xml);
    assert!(!told.contains("malformed") && told.contains("phd.configuration 400"), "{told}");
    // A new association starts anew.
    let again = [xml, vec![client(request(400)), client(fixed(1))]].concat();
    assert!(check::<Phd>(&again).contains("patient data: result"));
}

#[test]
fn long_reports_are_passed_over() {
    let observation = [u16s(&[1]), octets(&[0; 9000])].concat();
    let long = report(3357, &[u16s(&[0xf000, 0]), list(&[observation])].concat());
    let told = check::<Phd>(&[client([long, described()].concat())]);
    assert!(told.contains("phd.serial DE124567") && !told.contains("malformed"), "{told}");
    assert!(told.ends_with("patient data: result\n"), "{told}");
}

#[test]
fn a_damaged_message_costs_itself_only() {
    let mut damaged = described();
    damaged[11] ^= 1;
    let told = check::<Phd>(&[client([damaged, described()].concat())]);
    assert!(told.contains("phd.serial") && told.ends_with("malformed: 1\n"), "{told}");
    let noise = [&b"\xe7\0\0noise"[..], &described()].concat();
    let told = check::<Phd>(&[client(noise)]);
    assert!(told.contains("phd.serial") && told.ends_with("malformed: 1\n"), "{told}");
}

#[test]
fn losses_are_stepped_over() {
    let told = run::<Phd>(&[client(&described()[..30]), Piece::Gap(Side::Client, 500), client(described())]);
    assert!(told.contains("phd.serial") && !told.contains("malformed"), "{told}");
    // Within what is passed over anyway, a loss is no loss.
    let long = report(3357, &[u16s(&[0xf000, 0, 1, 8000]), vec![0; 8000]].concat());
    let pieces =
        [client(&long[..5000]), Piece::Gap(Side::Client, 3000), client([&long[8000..], &fixed(1)].concat())];
    assert_eq!(run::<Phd>(&pieces), "patient data: result\n");
}

#[test]
fn probes_are_sure_of_what_they_say() {
    let probe = |bytes: &[u8]| Phd::probe(&bytes[..bytes.len().min(64)], 6024);
    assert_eq!(probe(&request(400)), Probe::Certain(Side::Client));
    assert_eq!(probe(&response(3, 0x8000)), Probe::Certain(Side::Server));
    assert_eq!(probe(&apdu(0xe300, &u16s(&[7, 0, 0]))), Probe::Certain(Side::Server));
    for (bytes, side) in [
        (described(), Side::Client),
        (configuration(), Side::Client),
        (data(0x0103, &u16s(&[0, 0, 0])), Side::Server),
        (data(0x0201, &u16s(&[0, 0, 0, 3356, 4, 0x4000, 0])), Side::Server),
        ([apdu(0xe500, &[0, 0]), request(400)].concat(), Side::Client),
    ] {
        assert_eq!(probe(&bytes), Probe::Certain(side));
        for length in 1..12 {
            assert_eq!(probe(&bytes[..length]), Probe::Unsure, "{length} of {bytes:02x?}");
        }
    }
    assert_eq!(probe(&data(0x0300, &u16s(&[1, 0, 0]))), Probe::Unsided);
    let mut lying = described();
    lying[5] ^= 1;
    let mut other = request(400);
    other[13] ^= 1;
    // Text in UTF-8, MIDI, a frame of another make that begins alike.
    let others: [&[u8]; 5] = [
        &lying,
        &other,
        "\u{2013}Hello".as_bytes(),
        &[0xe7, 0, 0, 20, 1, 2, 3, 4],
        b"\xe2\0\0\x04\x80\0\0\0",
    ];
    for bytes in others {
        assert_eq!(probe(bytes), Probe::No, "{bytes:02x?}");
    }
}

#[test]
fn every_damage_is_safe() {
    for pieces in corpus() {
        batter::<Phd>(&pieces);
    }
}

proptest! {
    #[test]
    fn any_split_tells_the_same(sizes in proptest::collection::vec(1usize..80, 1..8)) {
        any_split::<Phd>(&conversation(), &sizes);
    }

    #[test]
    fn any_bytes_tell_the_same_however_cut(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), 0xe2u8..=0xe7, Just(0)], 0..300),
        sizes in proptest::collection::vec(1usize..20, 1..4),
    ) {
        any_split::<Phd>(&[client(bytes)], &sizes);
    }
}
