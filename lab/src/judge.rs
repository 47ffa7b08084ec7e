//! Compares what Cordon saw with what a scenario says it must see.

use crate::observed::Observed;
use crate::patients::Patients;
use crate::scenario::{ExpectedConversation, ExpectedEvent, ExpectedSighting, Scenario, Station};
use crate::tap;
use cordon_model::Endpoint;
use cordon_model::observe::{Conversation, PatientDataKinds, Sighting};
use std::net::IpAddr;

/// A fact's value in a scenario that nobody can know beforehand, such as a keyed hash.
const ANY: &str = "*";

/// Everything that is not as it must be, one sentence each; nothing when all is well.
pub fn judge(scenario: &Scenario, observed: &Observed, patients: &Patients, frames: &[u8]) -> Vec<String> {
    let judge = Judge { scenario, observed };
    let mut wrong = observed.troubles(&scenario.counted);
    match scenario.sightings() {
        Ok(expected) => wrong.extend(expected.iter().filter_map(|expected| judge.sighting(expected))),
        Err(why) => wrong.push(why),
    }
    let unknown = scenario.unknown.iter().flat_map(|(of, facts)| facts.iter().map(move |fact| (of, fact)));
    wrong.extend(unknown.filter_map(|(of, fact)| judge.unknown(of, fact)));
    wrong.extend(scenario.conversations.iter().filter_map(|expected| judge.conversation(expected)));
    wrong.extend(scenario.events.iter().filter_map(|expected| judge.event(expected)));
    let silent = scenario.silent.iter().filter_map(|name| Some((name, scenario.station(name).ok()?)));
    wrong.extend(silent.filter_map(|(name, station)| {
        let sent = tap::frames_from(frames, &station.mac);
        (sent > 0).then(|| format!("{name} must only listen, and sent {sent} frames"))
    }));
    let written = patients.found_in(&observed.written);
    wrong.extend(written.iter().map(|word| format!("a patient's \"{word}\" came out")));
    let readable = patients.found_in(frames);
    match (scenario.no_patient_readable, readable.first()) {
        (true, Some(word)) => wrong.push(format!("the capture should hide \"{word}\", and does not")),
        (false, None) => wrong.push("no planted patient is in the capture: nothing was proven".to_owned()),
        _ => {}
    }
    wrong
}

struct Judge<'a> {
    scenario: &'a Scenario,
    observed: &'a Observed,
}

impl Judge<'_> {
    fn sighting(&self, expected: &ExpectedSighting<'_>) -> Option<String> {
        let ExpectedSighting { of, record, fact, value } = *expected;
        let stated = || {
            self.observed.sightings().filter(|stated| stated.fact == fact && self.is(of, &stated.endpoint))
        };
        let as_said = |stated: &Sighting| value == ANY || stated.value == value;
        if stated().any(|stated| as_said(stated) && stated.record.as_deref() == record) {
            return None;
        }
        let instead: Vec<String> =
            stated().map(|stated| with_record(&stated.value, stated.record.as_deref())).collect();
        let instead = if instead.is_empty() { "nothing".to_owned() } else { instead.join(", ") };
        Some(format!("{of}: {fact} = {} is missing; there is {instead}", with_record(value, record)))
    }

    fn unknown(&self, of: &str, fact: &str) -> Option<String> {
        let mut sightings = self.observed.sightings();
        let found =
            sightings.find(|sighting| sighting.fact.name() == fact && self.is(of, &sighting.endpoint))?;
        Some(format!("{of}: {fact} = {:?} cannot be known", found.value))
    }

    fn conversation(&self, expected: &ExpectedConversation) -> Option<String> {
        let ExpectedConversation { client, server, transport, port, .. } = expected;
        let at = port.map_or("any".to_owned(), |port| port.to_string());
        let name = format!("{client} to {server} {transport}/{at}");
        let found = self.observed.conversations().find(|found| {
            self.is(client, &found.client)
                && self.is(server, &found.server)
                && port.is_none_or(|port| port == found.port)
                && found.transport.to_string() == *transport
        });
        let Some(found) = found else {
            let all: Vec<String> = self.observed.conversations().map(short).collect();
            return Some(format!("{name}: no such conversation; there are\n    {}", all.join("\n    ")));
        };
        let application = found.application.map(|protocol| protocol.name().to_owned());
        let kinds: Vec<&str> = found.patient_data.names().collect();
        let wanted: PatientDataKinds = expected
            .patient_data
            .iter()
            .filter_map(|name| PatientDataKinds::from_name(name).ok())
            .fold(PatientDataKinds::NONE, PatientDataKinds::union);
        if application != expected.application {
            return Some(format!("{name}: {application:?} instead of {:?}", expected.application));
        }
        if found.patient_data != wanted || wanted.names().count() != expected.patient_data.len() {
            return Some(format!("{name}: patient data {kinds:?} instead of {:?}", expected.patient_data));
        }
        (found.answered != expected.answered).then(|| format!("{name}: answered is {}", found.answered))
    }

    fn event(&self, expected: &ExpectedEvent) -> Option<String> {
        let ExpectedEvent { kind, by, to, detail } = expected;
        let found = self.observed.events().any(|event| {
            event.kind.name() == kind
                && self.is(by, &event.endpoint)
                && to.as_ref().is_none_or(|to| event.peer.is_some_and(|peer| self.is(to, &peer)))
                && event.detail.contains(detail)
        });
        if found {
            return None;
        }
        let all: Vec<String> = self
            .observed
            .events()
            .map(|event| format!("{} by {}: {}", event.kind, event.endpoint, event.detail))
            .collect();
        Some(format!("{by}: event {kind} {detail:?} is missing; there are {all:?}"))
    }

    /// Whether an endpoint is the station: both its addresses, where they were seen. What is no station's
    /// name is an address.
    fn is(&self, name: &str, endpoint: &Endpoint) -> bool {
        match self.scenario.stations.get(name) {
            Some(station) => is_station(station, endpoint),
            None => endpoint.ip.is_some_and(|ip| ip.to_string() == name),
        }
    }
}

fn is_station(station: &Station, endpoint: &Endpoint) -> bool {
    let mac = endpoint.mac.map(|mac| mac.to_string());
    match (mac, endpoint.ip) {
        (Some(mac), Some(ip)) => mac == station.mac && has_address(station, ip),
        (Some(mac), None) => mac == station.mac,
        (None, Some(ip)) => has_address(station, ip),
        (None, None) => false,
    }
}

fn has_address(station: &Station, ip: IpAddr) -> bool {
    ip == IpAddr::V4(station.ip) || station.also.contains(&ip)
}

fn short(conversation: &Conversation) -> String {
    let Conversation { client, server, transport, port, application, .. } = conversation;
    let application = application.map_or("not recognised", |protocol| protocol.name());
    format!("{client} to {server} {transport}/{port}, {application}")
}

fn with_record(value: &str, record: Option<&str>) -> String {
    match record {
        Some(record) => format!("{value:?} of {record:?}"),
        None => format!("{value:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCENARIO: &str = r#"
        about = "A tells B who it is."
        stations.a = { mac = "02:00:00:00:00:01", ip = "10.77.0.1" }
        stations.b = { mac = "02:00:00:00:00:02", ip = "10.77.0.2" }
        [[step]]
        on = "a"
        run = "true"
        [facts.a]
        dicom.model = "Helix"
        [behind.a.S1]
        hl7.device_serial = "S1"
        [unknown]
        b = ["dicom.model"]
        [[conversation]]
        client = "a"
        server = "b"
        port = 104
        application = "dicom"
        patient_data = ["name"]
        [[event]]
        kind = "dicom.association_aborted"
        by = "a"
        to = "b"
        detail = "user"
    "#;

    const SEEN: &str = r#"{"schema":"cordon.batch/1","sensor":"lab","sequence":0,"inputs":["x"],
        "sightings":[
        {"endpoint":{"mac":"02:00:00:00:00:01","ip":"10.77.0.1"},"fact":"dicom.model","value":"Helix","count":1,
         "first":"2026-11-22T09:00:00Z","last":"2026-11-22T09:00:00Z","input":0,"packet":1},
        {"endpoint":{"mac":"02:00:00:00:00:01","ip":"10.77.0.1"},"record":"S1","fact":"hl7.device_serial","value":"S1",
         "count":1,"first":"2026-11-22T09:00:00Z","last":"2026-11-22T09:00:00Z","input":0,"packet":1}],
        "conversations":[{"client":{"mac":"02:00:00:00:00:01","ip":"10.77.0.1"},
         "server":{"mac":"02:00:00:00:00:02","ip":"10.77.0.2"},"transport":"tcp","port":104,"application":"dicom",
         "direction":"handshake","answered":true,"flows":1,"packets":1,"bytes":1,"first":"2026-11-22T09:00:00Z",
         "last":"2026-11-22T09:00:00Z","hours":[],"patient_data":["name"],"input":0,"packet":1}],
        "events":[{"at":"2026-11-22T09:00:00Z","kind":"dicom.association_aborted",
         "endpoint":{"mac":"02:00:00:00:00:01","ip":"10.77.0.1"},"peer":{"mac":"02:00:00:00:00:02","ip":"10.77.0.2"},
         "detail":"by the user","input":0,"packet":1}],
        "health":{"packets":1,"bytes":1,"counters":{"dicom.malformed":0},"inputs":[]}}"#;

    fn judged(scenario: &str, seen: &str, frames: &str) -> Vec<String> {
        let scenario = Scenario::parse("test", scenario).unwrap();
        let line = seen.replace('\n', " ");
        let observed = Observed::of_lines(&line).unwrap();
        judge(&scenario, &observed, &Patients::read().unwrap(), frames.as_bytes())
    }

    #[test]
    fn what_is_as_it_must_be_is_not_complained_about() {
        assert_eq!(judged(SCENARIO, SEEN, "ASHGROVE"), Vec::<String>::new());
    }

    /// Each change to what was seen, and a word of the one complaint it must bring.
    #[test]
    fn whatever_is_amiss_is_said() {
        let amiss = [
            (r#""value":"Helix""#, r#""value":"Spiral""#, "dicom.model = \"Helix\" is missing"),
            (r#""record":"S1","#, "", "hl7.device_serial = \"S1\" of \"S1\" is missing"),
            (r#""application":"dicom""#, r#""application":"http""#, "instead of Some(\"dicom\")"),
            (r#""patient_data":["name"]"#, r#""patient_data":["name","image"]"#, "instead of [\"name\"]"),
            (r#""port":104"#, r#""port":105"#, "no such conversation"),
            (r#""answered":true"#, r#""answered":false"#, "answered is false"),
            ("by the user", "by nobody", "dicom.association_aborted \"user\" is missing"),
            ("by the user", "by the user Ashgrove", "\"ASHGROVE\" came out"),
            (r#""dicom.malformed":0"#, r#""dicom.malformed":2"#, "counted 2 of dicom.malformed"),
        ];
        for (good, bad, complaint) in amiss {
            let wrong = judged(SCENARIO, &SEEN.replace(good, bad), "ASHGROVE");
            assert!(matches!(wrong.as_slice(), [one] if one.contains(complaint)), "{bad}: {wrong:#?}");
        }
        let known = SCENARIO.replace("b = [\"dicom.model\"]", "a = [\"dicom.model\"]");
        assert_eq!(judged(&known, SEEN, "ASHGROVE"), ["a: dicom.model = \"Helix\" cannot be known"]);
    }

    #[test]
    fn what_must_be_counted_here_is_no_trouble() {
        let seen = SEEN.replace(r#""dicom.malformed":0"#, r#""dicom.malformed":2"#);
        let expected = format!("counted = [\"dicom.malformed\"]\n{SCENARIO}");
        assert_eq!(judged(&expected, &seen, "ASHGROVE"), Vec::<String>::new());
    }

    #[test]
    fn a_capture_without_patients_proves_nothing() {
        assert_eq!(judged(SCENARIO, SEEN, "").len(), 1);
        let hidden = SCENARIO.replacen("about", "no_patient_readable = true\nabout", 1);
        assert_eq!(judged(&hidden, SEEN, "ASHGROVE").len(), 1);
        assert!(judged(&hidden, SEEN, "").is_empty());
    }
}
