//! FHIR and DICOMweb through the engine, frame by frame: what a conversation carries, and whose facts are whose.
#![expect(clippy::unwrap_used, reason = "tests stop loudly")]

mod common;

use common::*;
use cordon_model::Timestamp;
use cordon_model::observe::{PatientDataKinds, Protocol};
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};

#[derive(Default)]
struct Notes {
    facts: Vec<String>,
    flows: Vec<Flow>,
    events: Vec<String>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        let record = seen.record.map(|record| format!(" [{record}]")).unwrap_or_default();
        self.facts.push(format!("{}{record} {} {}", seen.endpoint.ip.unwrap(), seen.fact, seen.value));
    }

    fn flow(&mut self, flow: &Flow) {
        self.flows.push(*flow);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.events.push(format!("{} {} {}", event.endpoint.ip.unwrap(), event.kind, event.detail));
    }
}

fn observe(frames: &[Vec<u8>]) -> Notes {
    let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
    for (frame, number) in frames.iter().zip(1..) {
        let at = Timestamp::from_seconds(START);
        engine.frame(LinkType::Ethernet, at, number, frame.len() as u32, frame, &mut notes);
    }
    engine.finish(&mut notes);
    notes
}

#[test]
fn a_compressed_statement_is_the_servers_own() {
    let frames = golden("http/golden-4", 8_080);
    let notes = observe(&frames);
    for fact in ["fhir.software Example FHIR Server", "fhir.version 4.0.1", "fhir.base /fhir"] {
        assert!(notes.facts.contains(&format!("10.0.0.1 {fact}")), "{fact}: {:?}", notes.facts);
    }
    let [flow] = notes.flows[..] else { unreachable!("{:?}", notes.flows) };
    assert_eq!((flow.application, flow.port), (Some(Protocol::Fhir), 8_080));
    assert_eq!(flow.patient_data, PatientDataKinds::NONE);
    // What is held back of it survives frames that overtake one another.
    let mut swapped = frames.clone();
    let last = swapped.len() - 1;
    swapped.swap(last - 1, last);
    assert_eq!(observe(&swapped).facts, notes.facts);
    // A lost frame costs what it held, and the next messages are read.
    let mut lost = frames;
    lost.remove(last - 1);
    assert!(!observe(&lost).facts.iter().any(|fact| fact.contains("fhir.software ")));
}

#[test]
fn devices_are_told_behind_who_speaks_for_them() {
    let notes = observe(&golden("http/golden-3", 80));
    assert!(
        notes.facts.contains(&String::from("10.0.0.1 [SN-1] fhir.device_model 8100")),
        "{:?}",
        notes.facts
    );
    assert!(notes.facts.contains(&String::from("10.0.0.2 fhir.asks Device")));
}

#[test]
fn a_modality_that_stores_over_the_web_is_known_by_what_it_made() {
    let notes = observe(&golden("http/golden-5", 8_042));
    assert!(notes.facts.contains(&String::from("10.0.0.2 dicom.model Scanner 5")), "{:?}", notes.facts);
    assert!(notes.facts.contains(&String::from("10.0.0.1 dicomweb.scp STOW-RS")));
    let flow = notes.flows.first().unwrap();
    assert_eq!(flow.application, Some(Protocol::DicomWeb));
    let kinds: Vec<&str> = flow.patient_data.names().collect();
    assert_eq!(kinds, ["name", "identifier", "birth_date", "image"]);
}

#[test]
fn a_broad_search_is_an_event_of_who_searched() {
    let notes = observe(&golden("http/golden-6", 8_042));
    assert_eq!(notes.events, ["10.0.0.2 dicomweb.broad_query studies, all"]);
}
