//! Compares what Cordon saw with what a scenario says it must see.

use crate::observed::Observed;
use crate::patients::Patients;
use crate::scenario::{ExpectedConversation, ExpectedEvent, ExpectedSighting, Scenario, Station};
use cordon_model::Endpoint;
use cordon_model::observe::{Conversation, PatientDataKinds};
use std::net::IpAddr;

/// Everything that is not as it must be, one sentence each; nothing when all is well.
pub fn judge(scenario: &Scenario, observed: &Observed, patients: &Patients, frames: &[u8]) -> Vec<String> {
    let judge = Judge { scenario, observed };
    let mut wrong = observed.troubles();
    match scenario.sightings() {
        Ok(expected) => wrong.extend(expected.iter().filter_map(|expected| judge.sighting(expected))),
        Err(why) => wrong.push(why),
    }
    let unknown = scenario.unknown.iter().flat_map(|(of, facts)| facts.iter().map(move |fact| (of, fact)));
    wrong.extend(unknown.filter_map(|(of, fact)| judge.unknown(of, fact)));
    wrong.extend(scenario.conversations.iter().filter_map(|expected| judge.conversation(expected)));
    wrong.extend(scenario.events.iter().filter_map(|expected| judge.event(expected)));
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
        if stated().any(|stated| stated.value == value && stated.record.as_deref() == record) {
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
        (Some(mac), Some(ip)) => mac == station.mac && ip == IpAddr::V4(station.ip),
        (Some(mac), None) => mac == station.mac,
        (None, Some(ip)) => ip == IpAddr::V4(station.ip),
        (None, None) => false,
    }
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
