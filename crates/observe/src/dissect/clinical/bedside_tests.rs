//! Bedside protocols from frames to facts: the engine finds them, keeps their sides apart, and lets nothing
//! of a patient through.

use crate::dissect::Side;
use crate::dissect::corpus::{segment, udp};
use crate::dissect::testing::{PLANTED, Piece};
use crate::dissect::{bedside, intellivue, phd};
use crate::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use cordon_model::Timestamp;
use cordon_model::observe::Protocol;

/// What came out: facts and events as lines, the applications of flows with their patient data.
#[derive(Default)]
struct Notes {
    lines: Vec<String>,
    flows: Vec<(Option<Protocol>, String, String)>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        let record = seen.record.map(|record| format!(" [{record}]")).unwrap_or_default();
        self.lines.push(format!("{}{record} {} {}", seen.endpoint, seen.fact, seen.value));
    }

    fn flow(&mut self, flow: &Flow) {
        let kinds: Vec<_> = flow.patient_data.names().collect();
        let sides = format!("{} to {}", flow.client, flow.server);
        self.flows.push((flow.application, sides, kinds.join(" ")));
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.lines.push(format!("{} {} {}", event.endpoint, event.kind, event.detail));
    }
}

/// What the engine tells of these frames, one second apart.
fn observe(frames: &[Vec<u8>]) -> Notes {
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for (frame, second) in frames.iter().zip(0..) {
        let at = Timestamp::from_seconds(1_763_800_000 + second);
        let number = 1 + second as u64;
        engine.frame(LinkType::Ethernet, at, number, frame.len() as u32, frame, &mut notes);
    }
    engine.finish(&mut notes);
    let told = notes.lines.join("\n");
    assert!(PLANTED.iter().all(|word| !told.contains(word)), "{told}");
    notes
}

/// A conversation as frames, handshake first.
fn stream(port: u16, pieces: &[Piece]) -> Vec<Vec<u8>> {
    let mut frames = vec![segment(true, port, 99, 2, b""), segment(false, port, 99, 0x12, b"")];
    let mut sequences = [100, 100];
    for piece in pieces {
        let Piece::Bytes(side, bytes) = piece else { continue };
        let sequence = &mut sequences[usize::from(*side == Side::Server)];
        frames.push(segment(*side == Side::Client, port, *sequence, 0x18, bytes));
        *sequence += bytes.len() as u32;
    }
    frames
}

/// True when a line about this endpoint says this.
fn tells(notes: &Notes, whom: &str, what: &str) -> bool {
    notes.lines.iter().any(|line| line.starts_with(whom) && line.ends_with(what))
}

const HERE: &str = "10.0.0.9 (00:01:02:03:04:05)";
const THERE: &str = "10.0.0.1 (00:01:02:03:04:06)";

#[test]
fn a_monitor_that_exports_its_data_is_known_by_its_datagrams() {
    let frames: Vec<_> =
        intellivue::tests::datagrams().iter().map(|bytes| udp([24105, 40_000], bytes)).collect();
    let notes = observe(&frames);
    assert!(notes.lines.contains(&format!("{HERE} intellivue.serial DE1234567")), "{:#?}", notes.lines);
    assert!(notes.lines.contains(&"10.0.0.7 (00:09:fb:12:34:56) intellivue.address 10.0.0.7".to_owned()));
    // The monitor serves, though it sent the first datagram.
    let kinds = "name identifier birth_date result".to_owned();
    assert_eq!(notes.flows, [(Some(Protocol::Intellivue), format!("{THERE} to {HERE}"), kinds)]);
}

#[test]
fn what_a_network_is_told_is_asked_by_nobody() {
    // To the broadcast address of a network, which only the frame shows to be one.
    let mut frame = udp([24106, 24005], &intellivue::tests::announcement());
    frame[..6].fill(0xff);
    let notes = observe(&[frame]);
    assert!(notes.lines.contains(&format!("{HERE} intellivue.serial DE1234567")), "{:#?}", notes.lines);
    let flow = (Some(Protocol::Intellivue), format!("{HERE} to 10.0.0.1 (no MAC)"), String::new());
    assert_eq!(notes.flows, [flow]);
}

#[test]
fn a_monitor_behind_a_serial_server_is_known_by_its_frames() {
    let notes = observe(&stream(4001, &intellivue::tests::corpus()[0]));
    assert!(tells(&notes, "10.0.0.1 ", "intellivue.model M8007A"), "{:#?}", notes.lines);
    assert!(tells(&notes, "10.0.0.9 ", "intellivue.collects numeric"), "{:#?}", notes.lines);
    assert_eq!(notes.flows.first().map(|flow| flow.0), Some(Some(Protocol::Intellivue)));
}

#[test]
fn a_personal_health_device_is_known_by_its_association() {
    let notes = observe(&stream(6024, &phd::tests::corpus()[0]));
    let device = "[8877665544332211] phd.serial DE124567";
    assert!(tells(&notes, "10.0.0.9 ", device), "{:#?}", notes.lines);
    assert!(tells(&notes, "10.0.0.1 ", "phd.manager_id 1122334455667788"), "{:#?}", notes.lines);
    let kinds = "result waveform".to_owned();
    assert!(notes.flows.iter().any(|flow| (flow.0, &flow.2) == (Some(Protocol::Phd), &kinds)));
}

#[test]
fn a_monitoring_network_is_known_by_what_its_nodes_announce() {
    // The frames come from 10.0.0.9; the messages name 10.0.0.7.
    let frames: Vec<_> = bedside::tests::announcements()
        .into_iter()
        .map(|(port, mut bytes)| {
            let at = bytes.windows(4).position(|window| window == [10, 0, 0, 7]).unwrap();
            bytes[at + 3] = 9;
            udp([port, port], &bytes)
        })
        .collect();
    let notes = observe(&frames);
    for sent in ["discovery", "alarm", "time"] {
        let wanted = format!("carescape.sends {sent}");
        assert!(tells(&notes, "10.0.0.9 ", &wanted), "{:#?}", notes.lines);
    }
    assert!(notes.flows.iter().all(|flow| flow.0 == Some(Protocol::Carescape)), "{:?}", notes.flows);
}

#[test]
fn devices_behind_serial_servers_are_known_by_their_lines() {
    let cases = [
        (bedside::tests::bcc_corpus(), Protocol::Bcc, "[667788] bcc.device_type 8713030"),
        (bedside::tests::dri_corpus(), Protocol::Dri, "dri.plug_id 32381"),
        (bedside::tests::medibus_corpus(), Protocol::Medibus, "medibus.device_name Evita XL"),
        (bedside::tests::masimo_corpus(), Protocol::Masimo, "[0000093112] masimo.serial 0000093112"),
        (bedside::tests::pb840_corpus(), Protocol::Pb840, "[3510053249] pb840.serial 3510053249"),
    ];
    for (conversations, protocol, wanted) in cases {
        let notes = observe(&stream(4001, &conversations[0]));
        assert!(tells(&notes, "10.0.0.1 ", wanted), "{wanted}: {:#?}", notes.lines);
        assert_eq!(notes.flows.first().map(|flow| flow.0), Some(Some(protocol)));
    }
}
