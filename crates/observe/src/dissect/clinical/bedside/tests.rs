use super::bcc::Bcc;
use super::carescape::Carescape;
use super::dri::Dri;
use super::masimo::Masimo;
use super::medibus::Medibus;
use super::pb840::Pb840;
use crate::dissect::testing::{
    Piece, any_split, batter, batter_datagram, check, client, datagram, run, server,
};
use crate::dissect::{Probe, Side, StreamDissector};
use proptest::prelude::*;

/// A field of text filled with zeros.
fn field(text: &str, bytes: usize) -> Vec<u8> {
    let mut field = text.as_bytes().to_vec();
    field.resize(bytes, 0);
    field
}

/// From the address the datagram tests send from.
const SENDER: [u8; 4] = [10, 0, 0, 7];

fn discovery(patient: &str) -> Vec<u8> {
    let head = [&[1, 4, 0, 0][..], &SENDER, &[0x5a, 0x40, 0xcd, 0xc0]].concat();
    let services = [0, 3, 7, 0xd0, 0, 0x13, 0x0b, 0xb8];
    [head, field("ICU3|DOE", 16), field(patient, 15), vec![7], services.to_vec(), vec![0; 36]].concat()
}

/// What time and alarm messages begin with, up to where they differ.
fn header() -> Vec<u8> {
    [&[255, 255, 255, 255, 0, 0][..], &SENDER, &[0; 14], &field("ICU3|DOE", 14)].concat()
}

fn time(seconds: u32) -> Vec<u8> {
    [header(), vec![9; 22], seconds.to_be_bytes().to_vec()].concat()
}

fn alarm(text: &str) -> Vec<u8> {
    [header(), vec![0; 25], vec![0x3a, 0, 0], field(text, 14), vec![0, 0, 0, 7]].concat()
}

/// One of each kind of datagram, with the port it goes to.
pub(in crate::dissect) fn announcements() -> Vec<(u16, Vec<u8>)> {
    vec![(7000, discovery("DOE,JANE")), (7001, alarm("HR HIGH 150")), (2000, time(0xe000_0000))]
}

fn told(port: u16, bytes: &[u8]) -> Option<String> {
    datagram::<Carescape>([port, port], bytes, false)
}

#[test]
fn nodes_announce_themselves_without_bed_or_patient() {
    let found = told(7000, &discovery("DOE,JANE"));
    assert_eq!(found.as_deref(), Some("Server carescape.sends discovery\npatient data: name\n"));
    assert_eq!(told(7000, &discovery("")).as_deref(), Some("Server carescape.sends discovery\n"));
    assert_eq!(told(7000, &discovery(",")).as_deref(), Some("Server carescape.sends discovery\n"));
    assert_eq!(told(2000, &time(0xe000_0000)).as_deref(), Some("Server carescape.sends time\n"));
    let expected = "Server carescape.alarms reported\nServer carescape.sends alarm\npatient data: result\n";
    assert_eq!(told(7001, &alarm("DOE HR HIGH")).as_deref(), Some(expected));
}

#[test]
fn what_does_not_name_its_own_sender_is_no_announcement() {
    let mut other = discovery("");
    other[5] ^= 1;
    assert_eq!(told(7000, &other), None);
    let mut elsewhere = discovery("");
    elsewhere[16] = b' ';
    assert_eq!(told(7000, &elsewhere), None, "no unit and bed");
    assert_eq!(told(7002, &discovery("")), None, "another port");
    assert_eq!(told(2000, &time(1_000)), None, "no time");
    assert_eq!(told(2000, &[time(0xe000_0000), vec![0]].concat()), None, "too long");
    assert_eq!(told(7001, &alarm("")), None, "no text");
    assert_eq!(told(7000, &[0; 88]), None);
}

/// A command or response with its sum.
fn frame(start: u8, code: u8, payload: &[u8]) -> Vec<u8> {
    let covered = [&[start, code][..], payload].concat();
    let sum = covered.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    [&covered[..], format!("{sum:02X}\r").as_bytes()].concat()
}

fn command(code: u8) -> Vec<u8> {
    frame(0x1b, code, b"")
}

fn ventilator() -> Vec<Piece> {
    vec![
        client(command(0x51)),
        server(frame(1, 0x51, b"")),
        client(command(0x52)),
        server([frame(1, 0x52, b"8110'Evita XL'07.00:06.00"), command(0x52)].concat()),
        client([frame(1, 0x52, b"0161'COLLECTOR'04.03"), command(0x24)].concat()),
        server([frame(1, 0x24, b"D6 12 D7  8 "), vec![0xd1, 0x81, 0x82, 0x83, 0x84]].concat()),
        client(command(0x27)),
        server([frame(1, 0x27, b""), command(0x30)].concat()),
        client(frame(1, 0x30, b"")),
    ]
}

#[test]
fn a_ventilator_behind_a_serial_server_says_what_it_is() {
    let expected = "Server medibus.device_id 8110
Server medibus.device_name Evita XL
Server medibus.revision 07.00:06.00
Server medibus.alarms reported
patient data: result waveform
";
    assert_eq!(check::<Medibus>(&ventilator()), expected);
    // The published example of the command that opens a session.
    assert_eq!(command(0x51), b"\x1bQ6C\r");
}

#[test]
fn medibus_frames_stand_alone() {
    // What asks for data makes the other side a device.
    let asked = client(command(0x24));
    let mut wrong = frame(1, 0x52, b"8110'Evita XL'07.00");
    wrong[4] ^= 1;
    let right = frame(1, 0x52, b"8110'Evita XL'07.00");
    let told = check::<Medibus>(&[asked.clone(), server([wrong, right].concat())]);
    assert!(told.contains("Evita XL") && told.ends_with("malformed: 1\n"), "{told}");
    let long = [&[1, 0x24][..], &[b' '; 3000], b"00\r", &frame(1, 0x52, b"8110'Babylog'")].concat();
    let told = check::<Medibus>(&[server(long), asked.clone()]);
    assert!(told.contains("Babylog") && told.ends_with("malformed: 1\n"), "{told}");
    // Realtime data and flow control come between any two bytes.
    let mut mixed = frame(1, 0x52, b"8110'Evita XL'07.00");
    mixed.insert(5, 0x11);
    mixed.insert(8, 0xd3);
    assert!(check::<Medibus>(&[asked, server(mixed)]).contains("device_name Evita XL\n"));
    let pieces = [server(&b"\x018110'Evi"[..]), Piece::Gap(Side::Server, 9), server(frame(1, 0x27, b""))];
    assert_eq!(run::<Medibus>(&pieces), "Server medibus.alarms reported\n");
}

fn oximeter() -> Vec<Piece> {
    let line = |spo2: &str| {
        format!(
            "03/19/16 13:37:12 SN=0000093112 SPO2={spo2}% BPM=072 DESAT=-- PIDELTA=+-- ALARM=0000 EXC=000000\r\n"
        )
    };
    vec![server(format!("{}{}other output\r\n", line("098"), line("---")))]
}

#[test]
fn an_oximeters_lines_name_it() {
    let one =
        "Server for [0000093112] masimo.serial 0000093112\nServer for [0000093112] masimo.alarms reported\n";
    assert_eq!(check::<Masimo>(&oximeter()), format!("{}patient data: result\n", one.repeat(2)));
    let Piece::Bytes(_, line) = &oximeter()[0] else { panic!("bytes") };
    let nothing = String::from_utf8(line.clone()).unwrap().replace("098", "---").replace("072", "---");
    assert_eq!(check::<Masimo>(&[server(nothing)]), one.repeat(2));
    let long = [&[b'x'; 2000][..], b"\r\n", line].concat();
    let told = check::<Masimo>(&[server(long)]);
    assert!(told.contains("0000093112") && told.contains("malformed: 1"), "{told}");
}

fn reports() -> Vec<Piece> {
    let report = "MISCA,706,97,\x0214:47 ,840 3510053249    ,      ,NOV 22 2011 ,CMV   ,14.0  ,NORMAL,\x03\r";
    vec![client("SNDA\r"), server(report), client("SNDA\r"), server(report)]
}

#[test]
fn a_ventilators_reports_name_it() {
    let one = "Server for [3510053249] pb840.model 840
Server for [3510053249] pb840.serial 3510053249
Server for [3510053249] pb840.alarms reported
";
    assert_eq!(check::<Pb840>(&reports()), format!("{}patient data: result\n", one.repeat(2)));
    let odd = "MISCA,706,97,\x0214:47 ,840               ,      ,\x03\r";
    assert_eq!(check::<Pb840>(&[server(odd)]), "malformed: 1\n");
}

/// A frame with its length and sum, stuffed.
fn bcc_frame(text: &str, end: u8) -> Vec<u8> {
    let bed = "1/1/1";
    let mut frame = vec![1];
    frame.extend(format!("{:05}", 15 + bed.len() + text.len()).bytes());
    frame.push(2);
    frame.extend(format!("{bed}>{text}").bytes());
    frame.push(end);
    let sum = frame.iter().map(|byte| u32::from(*byte)).sum::<u32>() % 256;
    frame.extend(format!("{sum:05}").bytes());
    frame.push(4);
    let stuff = |byte: u8| match byte {
        b'D' => b"EX".to_vec(),
        b'E' => b"EE".to_vec(),
        b'd' => b"ex".to_vec(),
        b'e' => b"ee".to_vec(),
        byte => vec![byte],
    };
    frame.into_iter().flat_map(stuff).collect()
}

fn rack() -> Vec<Piece> {
    let first = "12,1/1/1,INSERNUM,334455\u{1e}12,1/1/1,GNNEW,Perfusor Space Dde\u{1e}12,1/1/1,INRT,5.0\
                 \u{1e}12,1/1/1,INSOL,DOE DRUG\u{1e}12,1/1/1,INA3,0\u{1e}12,1/1/1,INA4,0";
    let second = "12,1/1/2,GNNEW,unknown so far\u{1e}12,1/1/2,INSERNUM,667788\u{1e}12,1/1/2,INDTNR,8713030\
                  \u{1e}12,1/1/2,PATID,MRN4711\u{1e}12,1/1/1,DLNAME,ICU 2026\u{1e}12,1/1/2,PATIDDRUG,";
    vec![
        client(bcc_frame("ADMIN:ALIVE", 3)),
        server(vec![6]),
        client(bcc_frame("MEM:GET", 3)),
        server(bcc_frame(first, 0x17)),
        client(vec![6]),
        server(bcc_frame(second, 3)),
        client(vec![6]),
    ]
}

#[test]
fn a_rack_speaks_for_its_pumps() {
    let expected = "Server for [334455] bcc.serial 334455
Server for [334455] bcc.device_name Perfusor Space Dde
Server bcc.alarms reported
Server for [667788] bcc.serial 667788
Server for [667788] bcc.device_type 8713030
Server for [334455] bcc.drug_library ICU 2026
patient data: identifier result order
";
    assert_eq!(check::<Bcc>(&rack()), expected);
    let plain = bcc_frame("0,1/1/1,FMSTAT,1", 3);
    assert_eq!(check::<Bcc>(&[server(plain)]), "");
}

#[test]
fn a_damaged_frame_of_a_rack_costs_itself_only() {
    let Piece::Bytes(_, good) = &rack()[3] else { panic!("bytes") };
    for damage in [
        &b"\x0112a45\x021/1/1>x\x0300000\x04"[..],
        b"\x0100020\x02one>x\x0300000\x04",
        b"\x0100020\x021/1/666666666666666666666666666666>x\x0300000\x04",
    ] {
        let told = check::<Bcc>(&[server([damage, good].concat())]);
        assert!(told.contains("bcc.serial 334455") && told.ends_with("malformed: 1\n"), "{told}");
    }
    let long = bcc_frame(&format!("12,1/1/1,INSOL,{}", "x".repeat(3000)), 3);
    let told = check::<Bcc>(&[server([&long[..], good].concat())]);
    assert!(told.contains("bcc.serial 334455") && told.contains("malformed: 1\n"), "{told}");
    let gapped = [server(&good[..40]), Piece::Gap(Side::Server, 99), server(good.clone())];
    assert!(run::<Bcc>(&gapped).contains("bcc.device_name"));
    let crowd: String = (0..40).map(|pump| format!("1,1/2/{pump},INSERNUM,{pump}\u{1e}")).collect();
    assert!(check::<Bcc>(&[server(bcc_frame(&crowd, 3))]).ends_with("limits: 16\n"));
}

pub(in crate::dissect) fn bcc_corpus() -> Vec<Vec<Piece>> {
    vec![rack()]
}

/// A record with one part, its sum and its borders.
fn record(level: u8, plug: u16, kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + body.len()).unwrap().to_le_bytes();
    let [low, high] = plug.to_le_bytes();
    let head = [length[0], length[1], 1, level, low, high, 9, 9, 9, 0, 0, 0, 0, 0, kind, 0];
    let mut parts = [0; 24];
    parts[5] = 0xff;
    let covered = [&head[..], &parts, body].concat();
    let sum = covered.iter().fold(0_u8, |sum, byte| sum.wrapping_add(*byte));
    let mut out = vec![0x7e];
    for byte in covered.into_iter().chain([sum]) {
        match byte {
            0x7e | 0x7d => out.extend([0x7d, byte & 0xdf]),
            byte => out.push(byte),
        }
    }
    out.push(0x7e);
    out
}

fn monitor() -> Vec<Piece> {
    vec![
        client(record(0, 0, 0, &[1, 10, 0, 0, 0, 0, 0, 0, 0])),
        server(record(11, 0x7e7d, 0, &[0x7e; 1044])),
        server([record(11, 0x7e7d, 1, &[1; 100]), record(11, 0x7e7d, 4, b"DOE HR HIGH")].concat()),
    ]
}

#[test]
fn a_monitors_records_say_its_level_and_number() {
    let one = "Server dri.level 11\nServer dri.plug_id 32381\n";
    let expected = format!("{}Server dri.alarms reported\npatient data: result waveform\n", one.repeat(3));
    assert_eq!(check::<Dri>(&monitor()), expected);
    let mut damaged = record(11, 7, 0, &[0; 60]);
    damaged[50] ^= 1;
    let told = check::<Dri>(&[server([&damaged[..], &[0x7e], &record(11, 7, 0, &[0; 60])].concat())]);
    assert_eq!(told, "Server dri.level 11\nServer dri.plug_id 7\npatient data: result\nmalformed: 1\n");
    let endless = [&[0x7e][..], &[1; 4000], &record(11, 7, 0, &[0; 60])].concat();
    assert!(check::<Dri>(&[server(endless)]).contains("dri.plug_id 7\n"));
}

#[test]
fn records_are_known_by_their_header() {
    assert_eq!(Dri::probe(&record(11, 7, 0, &[0; 600])[..64], 4001), Probe::Certain(Side::Server));
    assert_eq!(Dri::probe(&record(0, 0, 1, &[0; 32]), 4001), Probe::Certain(Side::Client));
    assert_eq!(
        Dri::probe(&[&[0x7e][..], &record(11, 7, 4, &[0; 9])].concat(), 4001),
        Probe::Certain(Side::Server)
    );
    assert_eq!(Dri::probe(&record(11, 7, 0, &[0; 60])[..20], 4001), Probe::Unsure);
    let ppp = [&b"\x7e\xff\x03\xc0\x21\x01\x01\0\x14"[..], &[7; 60]].concat();
    for other in
        [&ppp[..], b"\x7e\xff\x03\x7e", b"~ text that goes on for longer than a header does", b"text"]
    {
        assert_eq!(Dri::probe(other, 4001), Probe::No, "{other:02x?}");
    }
}

pub(in crate::dissect) fn dri_corpus() -> Vec<Vec<Piece>> {
    vec![monitor()]
}

#[test]
fn probes_know_their_own_and_no_other() {
    let first = |pieces: &[Piece], wanted: Side| {
        let found = pieces.iter().find_map(|piece| match piece {
            Piece::Bytes(side, bytes) if *side == wanted => Some(bytes.clone()),
            _ => None,
        });
        found.unwrap()
    };
    assert_eq!(Medibus::probe(&command(0x24), 4001), Probe::Certain(Side::Client));
    assert_eq!(Medibus::probe(&command(0x51), 4001), Probe::Unsided);
    assert_eq!(Medibus::probe(&frame(1, 0x24, b"D6 12 "), 4001), Probe::Certain(Side::Server));
    assert_eq!(Masimo::probe(&first(&oximeter(), Side::Server), 4001), Probe::Certain(Side::Server));
    assert_eq!(Masimo::probe(b"\r\n03/19", 4001), Probe::Unsure);
    assert_eq!(Bcc::probe(&bcc_frame("MEM:GET", 3), 4001), Probe::Certain(Side::Client));
    assert_eq!(Bcc::probe(&bcc_frame("ADMIN:ALIVE", 3), 4001), Probe::Certain(Side::Client));
    assert_eq!(Bcc::probe(&bcc_frame("12,1/1/1,INRT,5", 3), 4001), Probe::Certain(Side::Server));
    assert_eq!(Bcc::probe(&bcc_frame("MEM:GET", 3)[..14], 4001), Probe::Unsure);
    assert_eq!(Pb840::probe(&first(&reports(), Side::Server), 4001), Probe::Certain(Side::Server));
    for start in [&b"SN"[..], b"SNDA\r", b"MISCA,7"] {
        assert_eq!(Pb840::probe(start, 4001), Probe::Unsure);
    }
    // A terminal, an ASTM frame, a DICOM request, text with a date, mail.
    let others: [&[u8]; 7] = [
        b"\x1b[2J\r\n",
        b"\x1bR00\r",
        b"\x01\0\0\0\0\xcd",
        b"\x0201H|\\^&\r",
        b"03/19/16 13:37 log",
        b"MISC,1",
        b"220 mail",
    ];
    for other in others {
        let probes =
            [Bcc::probe(other, 1), Medibus::probe(other, 1), Masimo::probe(other, 1), Pb840::probe(other, 1)];
        assert_eq!(probes, [Probe::No; 4], "{other:02x?}");
    }
}

pub(in crate::dissect) fn medibus_corpus() -> Vec<Vec<Piece>> {
    vec![ventilator()]
}

pub(in crate::dissect) fn masimo_corpus() -> Vec<Vec<Piece>> {
    vec![oximeter()]
}

pub(in crate::dissect) fn pb840_corpus() -> Vec<Vec<Piece>> {
    vec![reports()]
}

#[test]
fn every_damage_is_safe() {
    batter::<Bcc>(&rack());
    batter::<Dri>(&monitor());
    batter::<Medibus>(&ventilator());
    batter::<Masimo>(&oximeter());
    batter::<Pb840>(&reports());
    for (port, bytes) in announcements() {
        batter_datagram::<Carescape>([port, port], &bytes);
    }
}

proptest! {
    #[test]
    fn any_split_tells_the_same(sizes in proptest::collection::vec(1usize..60, 1..8)) {
        any_split::<Bcc>(&rack(), &sizes);
        any_split::<Dri>(&monitor(), &sizes);
        any_split::<Medibus>(&ventilator(), &sizes);
        any_split::<Masimo>(&oximeter(), &sizes);
        any_split::<Pb840>(&reports(), &sizes);
    }

    #[test]
    fn any_bytes_tell_the_same_however_cut(
        bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(0x1b), Just(1), Just(2), Just(4), Just(b'>'), Just(0x7e), Just(b'\r')], 0..300),
        sizes in proptest::collection::vec(1usize..20, 1..4),
    ) {
        any_split::<Bcc>(&[server(bytes.clone())], &sizes);
        any_split::<Dri>(&[server(bytes.clone())], &sizes);
        any_split::<Medibus>(&[server(bytes.clone())], &sizes);
        any_split::<Masimo>(&[server(bytes.clone())], &sizes);
        any_split::<Pb840>(&[server(bytes)], &sizes);
    }
}
