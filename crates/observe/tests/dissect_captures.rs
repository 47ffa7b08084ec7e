//! The dissectors on recorded traffic, against what an independent decoder read of the same files and what
//! the laboratory wrote down about its hosts. Skipped where the recordings are not at hand.
#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests stop loudly and say what they skip")]

use cordon_model::Timestamp;
use cordon_model::observe::{Fact, PatientDataKinds, Protocol};
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// Everything told of one capture.
#[derive(Default)]
struct Told {
    facts: BTreeSet<(String, Option<String>, Fact, String)>,
    events: BTreeSet<String>,
    kinds: BTreeMap<Option<Protocol>, PatientDataKinds>,
}

impl Sink for Told {
    fn fact(&mut self, seen: Seen<'_>) {
        let record = seen.record.map(str::to_owned);
        let address = seen.endpoint.ip.map(|ip| ip.to_string()).unwrap_or_default();
        self.facts.insert((address, record, seen.fact, seen.value.to_owned()));
    }

    fn flow(&mut self, flow: &Flow) {
        let kinds = self.kinds.entry(flow.application).or_default();
        *kinds = kinds.union(flow.patient_data);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        let address = event.endpoint.ip.map(|ip| ip.to_string()).unwrap_or_default();
        self.events.insert(format!("{address} {}: {}", event.kind, event.detail));
    }
}

impl Told {
    fn values(&self, fact: Fact) -> BTreeSet<&str> {
        self.facts.iter().filter(|(_, _, kind, _)| *kind == fact).map(|(.., value)| value.as_str()).collect()
    }

    fn has(&self, address: &str, fact: Fact, value: &str) -> bool {
        self.facts.contains(&(address.to_owned(), None, fact, value.to_owned()))
    }

    fn text(&self) -> String {
        let facts = self.facts.iter().map(|(address, record, fact, value)| {
            let record = record.as_ref().map(|record| format!(" [{record}]")).unwrap_or_default();
            format!("{address}{record} {fact} {value}\n")
        });
        facts.chain(self.events.iter().map(|event| format!("{event}\n"))).collect()
    }
}

/// The frames of a little-endian capture, classic or in blocks, with their link layer and time.
fn frames(file: &[u8]) -> Vec<(u32, Timestamp, u32, &[u8])> {
    const SECTION: u32 = 0x0a0d_0d0a;
    const INTERFACE: u32 = 1;
    const ENHANCED_PACKET: u32 = 6;
    let number = |at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?));
    let bytes = |at: usize, length: u32| file.get(at..at + length as usize);
    let mut out = Vec::new();
    let (in_blocks, mut link) = (number(0) == Some(SECTION), number(20).unwrap_or(0) & 0xffff);
    let mut at = if in_blocks { 0 } else { 24 };
    while let (Some(first), Some(second), Some(length)) = (number(at), number(at + 4), number(at + 8)) {
        if !in_blocks {
            let time = Timestamp::from_micros(i64::from(first) * 1_000_000 + i64::from(second));
            let Some(frame) = bytes(at + 16, length) else { break };
            out.push((link, time, number(at + 12).unwrap_or(length), frame));
            at += 16 + length as usize;
            continue;
        }
        match first {
            INTERFACE => link = length & 0xffff,
            ENHANCED_PACKET => {
                let (captured, wire) = (number(at + 20).unwrap_or(0), number(at + 24).unwrap_or(0));
                let time = Timestamp::from_seconds(1_700_000_000);
                out.extend(bytes(at + 28, captured).map(|frame| (link, time, wire, frame)));
            }
            _ => {}
        }
        at += (second as usize).max(12);
    }
    out
}

/// Replays a capture; `None` when it is not at hand.
fn replay(name: &str) -> Option<Told> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/captures"));
    let Ok(file) = std::fs::read(folder.join(name)) else {
        eprintln!("skipped: no ../shared/data/captures/{name}");
        return None;
    };
    let (mut told, mut engine) = (Told::default(), Engine::new(Settings::default()));
    for (packet, (link, time, wire, frame)) in (1..).zip(frames(&file)) {
        engine.frame(LinkType::from_linktype(link).unwrap(), time, packet, wire, frame, &mut told);
    }
    engine.finish(&mut told);
    let text = told.text();
    for word in ["TESTPATIENT", "ALPHA", "100200", "19600101"] {
        assert!(!text.contains(word), "{word} leaked");
    }
    Some(told)
}

#[test]
fn the_laboratory_is_read_as_the_independent_decoder_reads_it() {
    let Some(told) = replay("medical/lab__labA.pcap") else { return };
    let set = |values: &[&'static str]| values.iter().copied().collect::<BTreeSet<&str>>();
    assert_eq!(told.values(Fact::DicomCallingAe), set(&["CT99", "CX50", "ECHOSCU", "MRT50", "NHREAD01"]));
    assert_eq!(
        told.values(Fact::DicomImplementationUid),
        set(&["1.2.276.0.7230010.3.0.3.6.2", "1.2.276.0.7230010.3.0.3.6.7"])
    );
    assert_eq!(
        told.values(Fact::HttpServer),
        set(&["AcmeFHIR/6.8.3", "BaseHTTP/0.6 Python/3.11.2", "nginx"]),
    );
    assert_eq!(
        told.values(Fact::Hl7MessageType),
        set(&[
            "ACK^A01", "ACK^A08", "ACK^A40", "ACK^O01", "ACK^R01", "ADT^A01", "ADT^A08", "ADT^A40",
            "ORM^O01", "ORU^R01"
        ])
    );
}

#[test]
fn the_laboratorys_devices_show_what_they_are() {
    let Some(told) = replay("medical/lab__labA.pcap") else { return };
    for (address, fact, value) in [
        ("10.20.30.123", Fact::DicomModality, "CT"),
        ("10.20.30.123", Fact::DicomManufacturer, "GE MEDICAL SYSTEMS"),
        ("10.20.30.123", Fact::DicomModel, "RHAPSODE"),
        ("10.20.30.123", Fact::DicomStation, "CT01_OC0"),
        ("10.20.30.22", Fact::DicomModel, "MRT50H1"),
        ("10.20.30.22", Fact::DicomSoftware, "V3.51*P25"),
        ("10.20.30.115", Fact::DicomModel, "CX50"),
        ("10.20.30.10", Fact::DicomCalledAe, "NHPACS"),
        ("10.20.30.11", Fact::DicomCalledAe, "RISWL"),
        ("10.20.30.12", Fact::Hl7Application, "RHAPSODE_ENG"),
        ("10.20.30.11", Fact::Hl7Application, "EPICADT"),
        ("10.20.30.41", Fact::Hl7Profile, "DEC"),
        ("10.20.30.41", Fact::Hl7CharacterSet, "UNICODE UTF-8"),
        ("10.20.30.41", Fact::Hl7AcknowledgementMode, "enhanced"),
        ("10.20.30.41", Fact::Hl7DeviceIdentifier, "001EE70000000001"),
        ("10.20.30.31", Fact::AstmSender, "cobas c 311"),
        ("10.20.30.31", Fact::AstmSerial, "SN20134455"),
        ("10.20.30.31", Fact::AstmSoftware, "04.02.01"),
        ("10.20.30.31", Fact::AstmInstrument, "cobas c 311"),
        ("10.20.30.31", Fact::AstmRole, "instrument"),
        ("10.20.30.12", Fact::AstmReceiver, "host"),
    ] {
        assert!(told.has(address, fact, value), "{address} {fact} {value}\n{}", told.text());
    }
    // What was called but refused is nobody's title, and an archive is not what it passes on.
    assert!(!told.values(Fact::DicomCalledAe).contains("WRONGAE"));
    assert!(
        !told.facts.iter().any(|(address, _, fact, _)| address == "10.20.30.10" && *fact == Fact::DicomModel)
    );
    // The monitor speaks through its gateway.
    let monitor = "Infinity M540^VG7.1.1^^SN55120034".to_owned();
    for (fact, value) in
        [(Fact::Hl7DeviceSerial, "SN55120034"), (Fact::Hl7DeviceType, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS")]
    {
        let of_monitor = ("10.20.30.41".to_owned(), Some(monitor.clone()), fact, value.to_owned());
        assert!(told.facts.contains(&of_monitor), "{}", told.text());
    }
    assert!(told.events.contains("10.20.30.12 hl7.rejected: application error (AE)"));
    assert!(told.events.iter().any(|event| event.contains("called AE title not recognized: WRONGAE")));
    for event in [
        "10.20.30.123 dicom.query: 1 C-FIND of Modality Worklist, answers: 1",
        "10.20.30.118 dicom.broad_query: 1 C-FIND of Study Root at study level, answers: 4, without a restricting key: 1",
        "10.20.30.118 dicom.retrieve: 1 C-GET of Study Root",
        "10.20.30.22 dicom.association_aborted: aborted by the service user",
    ] {
        assert!(told.events.contains(event), "{event}\n{}", told.text());
    }
    for (address, fact, value) in [
        ("10.20.30.123", Fact::DicomInvokes, "C-FIND 1.2.840.10008.5.1.4.31"),
        ("10.20.30.11", Fact::DicomPerforms, "C-FIND 1.2.840.10008.5.1.4.31"),
        ("10.20.30.118", Fact::DicomPerforms, "C-STORE 1.2.840.10008.5.1.4.1.1.2"),
        ("10.20.30.10", Fact::DicomInvokes, "C-STORE 1.2.840.10008.5.1.4.1.1.2"),
    ] {
        assert!(told.has(address, fact, value), "{address} {fact} {value}\n{}", told.text());
    }
    let names = |protocol| told.kinds.get(&Some(protocol)).map(|kinds| kinds.names().collect::<Vec<_>>());
    assert_eq!(
        names(Protocol::Hl7).unwrap(),
        ["name", "identifier", "birth_date", "address", "result", "order"]
    );
    assert!(names(Protocol::Dicom).unwrap().contains(&"image"));
    assert_eq!(names(Protocol::Astm).unwrap(), ["name", "identifier", "result", "order"]);
}

#[test]
fn other_recordings_agree_with_the_independent_decoder() {
    for (name, fact, expected) in [
        ("medical/tapirx__dicom_arq_1_find_testclient.pcap", Fact::DicomCallingAe, "testclient"),
        ("medical/tapirx__dicom_arq_1_find_testclient.pcap", Fact::DicomImplementationVersion, "GODICOM_1_1"),
        ("medical/tapirx__dicom_arq_2_get_testclient.pcap", Fact::DicomCallingAe, "testclient"),
        ("medical/tapirxl__fixtures__ct_to_pacs_scenario.pcap", Fact::DicomCallingAe, "BRIGHTSPEED01"),
        ("medical/tapirxl__fixtures__ct_to_pacs_scenario.pcap", Fact::DicomImplementationVersion, "AW1234"),
        (
            "medical/tapirxl__fixtures__ct_to_pacs_scenario.pcap",
            Fact::DicomImplementationVersion,
            "CENTRICITY5.0",
        ),
        ("medical/tapirx__HL7-ORU.pcap", Fact::Hl7MessageType, "ORU^R01"),
        ("medical/nDPI__hl7.pcap", Fact::Hl7MessageType, "ADT^A01"),
        ("medical/nDPI__hl7.pcap", Fact::Hl7MessageType, "ACK"),
        ("medical/MPA__demo_pcaps__unencrypted_hl7.pcap", Fact::Hl7Unanswered, "ORU^R01"),
        ("medical/MPA__demo_pcaps__no_alerts.pcap", Fact::HttpHost, "example.local"),
    ] {
        let Some(told) = replay(name) else { continue };
        assert!(told.values(fact).contains(expected), "{name} {fact} {expected}\n{}", told.text());
    }
}

/// Every file below a folder, in order.
fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut entries: Vec<PathBuf> =
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    entries.into_iter().flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[test]
fn no_recording_is_mistaken_for_a_bedside_device() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/captures"));
    let recordings = files(&folder);
    if recordings.is_empty() {
        eprintln!("skipped: no ../shared/data/captures");
    }
    // None of them holds any: so says the index of the recordings.
    let bedside = [
        Protocol::Intellivue,
        Protocol::Phd,
        Protocol::Carescape,
        Protocol::Bcc,
        Protocol::Dri,
        Protocol::Medibus,
        Protocol::Masimo,
        Protocol::Pb840,
    ];
    let mut seen = 0;
    for path in &recordings {
        let file = std::fs::read(path).unwrap();
        let (mut told, mut engine) = (Told::default(), Engine::new(Settings::default()));
        for (packet, (link, time, wire, frame)) in (1..).zip(frames(&file)) {
            let Some(link) = LinkType::from_linktype(link) else { continue };
            seen += 1;
            engine.frame(link, time, packet, wire, frame, &mut told);
        }
        engine.finish(&mut told);
        let claimed: Vec<_> = bedside.iter().filter(|one| told.kinds.contains_key(&Some(**one))).collect();
        assert!(claimed.is_empty(), "{claimed:?} in {}", path.display());
    }
    assert!(recordings.is_empty() || seen > 10_000, "only {seen} frames were read");
}
