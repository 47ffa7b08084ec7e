//! What shows only over time and over several conversations: looks at Batches as they are given out and
//! adds events to them. Facts for whoever judges later; nothing here alarms anybody.
//!
//! It sees Batches only, so it tells the same however the packets came and however many threads read them.
//! Everything it remembers is bounded; what it could not remember is counted under `limit.watch`.

use cordon_model::observe::{Batch, Conversation, Event, EventKind, Fact, PatientDataKinds, Transport};
use cordon_model::{Endpoint, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Entries each table may hold.
const ENTRIES_MAX: usize = 65_536;
/// Peers remembered of one server.
const PEERS_MAX: usize = 4_096;
/// Time in which repetitions are a burst.
const BURST_MICROS: i64 = 600 * 1_000_000;
/// Who is first heard this long after the observation began is new; before, everybody is.
const SETTLED_MICROS: i64 = 3_600 * 1_000_000;
/// Queries of one client within a burst that make a sweep. A person at a viewer asks once a minute.
const SWEEP_QUERIES: usize = 30;
/// Servers one client asks within a burst that make a sweep.
const SWEEP_SERVERS: usize = 4;
/// Refused associations of one client within a burst that are no typing error any more.
const GUESSED_TITLES: usize = 5;
/// An alarm sender must have been heard this often before its silence means something.
const ALARMS_MIN: u64 = 3;
/// Silence this many times longer than the usual pause is told, but never a shorter one than `SILENCE_MICROS`.
const PAUSES: i64 = 10;
const SILENCE_MICROS: i64 = 900 * 1_000_000;

type Way = (Endpoint, Endpoint, Transport, u16);

/// What one client did within the last minutes.
#[derive(Debug, Default)]
struct Recent {
    /// Times and peers, oldest first.
    deeds: Vec<(Timestamp, Endpoint)>,
    /// When it was told last.
    told: Option<Timestamp>,
}

/// A sender of alarms.
#[derive(Debug)]
struct Alarms {
    heard: u64,
    first: Timestamp,
    last: Timestamp,
    silent: bool,
}

/// Remembers what is needed to tell.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    began: Option<Timestamp>,
    clear: BTreeMap<Way, PatientDataKinds>,
    askers: BTreeMap<Endpoint, BTreeSet<Endpoint>>,
    queries: BTreeMap<Endpoint, Recent>,
    refusals: BTreeMap<Endpoint, Recent>,
    alarms: BTreeMap<(Endpoint, Fact), Alarms>,
    shed: u64,
}

impl Watch {
    /// Adds to a Batch the events that follow from it and those before it.
    pub(crate) fn look(&mut self, batch: &mut Batch) {
        if let Some(start) = batch.start {
            self.began = Some(self.began.map_or(start, |began| began.min(start)));
        }
        let mut found = Vec::new();
        for talk in &batch.conversations {
            self.in_clear(talk, &mut found);
        }
        for event in &batch.events {
            if event.kind.is_patient_query() {
                self.query(event, &mut found);
            }
            if matches!(event.kind, EventKind::DicomRejected | EventKind::DicomWrongAeTitle) {
                self.refusal(event, &mut found);
            }
        }
        self.silence(batch, &mut found);
        if !found.is_empty() {
            batch.events.append(&mut found);
            batch.events.sort();
        }
        let shed = std::mem::take(&mut self.shed);
        if shed > 0 {
            *batch.health.counters.entry("limit.watch".to_owned()).or_insert(0) += shed;
        }
    }

    fn in_clear(&mut self, talk: &Conversation, found: &mut Vec<Event>) {
        if talk.patient_data.is_empty() {
            return;
        }
        let way = (talk.client, talk.server, talk.transport, talk.port);
        let known = self.clear.get(&way).copied().unwrap_or_default();
        if known.contains(talk.patient_data) {
            return;
        }
        if known.is_empty() && self.clear.len() >= ENTRIES_MAX {
            self.shed += 1;
            return;
        }
        self.clear.insert(way, known.union(talk.patient_data));
        let kinds: Vec<&str> = talk.patient_data.names().collect();
        let spoken = talk.application.map_or("unknown protocol", |protocol| protocol.name());
        found.push(Event {
            at: talk.first,
            kind: EventKind::PatientDataInClear,
            endpoint: talk.client,
            peer: Some(talk.server),
            detail: format!("{spoken} on {} port {}: {}", talk.transport, talk.port, kinds.join(", ")),
            source: talk.source,
        });
    }

    /// A query's endpoint is who asked, its peer who was asked.
    fn query(&mut self, event: &Event, found: &mut Vec<Event>) {
        let Some(server) = event.peer else { return };
        self.new_peer(event, server, found);
        let Some(recent) = remembered(&mut self.queries, event.endpoint, &mut self.shed) else { return };
        let Some(deeds) = recent.add(event.at, server) else { return };
        let servers: BTreeSet<Endpoint> = deeds.iter().map(|(_, peer)| *peer).collect();
        if deeds.len() < SWEEP_QUERIES && servers.len() < SWEEP_SERVERS {
            return;
        }
        let asked =
            if servers.len() == 1 { "1 server".to_owned() } else { format!("{} servers", servers.len()) };
        let detail = format!("{} queries to {asked} within 10 minutes", deeds.len());
        recent.told = Some(event.at);
        found.push(Event { kind: EventKind::PatientQuerySweep, detail, ..event.clone() });
    }

    fn new_peer(&mut self, event: &Event, server: Endpoint, found: &mut Vec<Event>) {
        if self.askers.len() >= ENTRIES_MAX && !self.askers.contains_key(&server) {
            self.shed += 1;
            return;
        }
        let known = self.askers.entry(server).or_default();
        if known.contains(&event.endpoint) {
            return;
        }
        let before = known.len();
        if before >= PEERS_MAX {
            self.shed += 1;
            return;
        }
        known.insert(event.endpoint);
        let watched = self.began.map_or(0, |began| event.at.micros_since(began));
        if before == 0 || watched < SETTLED_MICROS {
            return;
        }
        let minutes = watched / 60_000_000;
        let peers = if before == 1 { "1 other peer".to_owned() } else { format!("{before} other peers") };
        let detail =
            format!("first {} after {minutes} minutes of watching; {peers} had asked before", event.kind);
        found.push(Event { kind: EventKind::PatientQueryNewPeer, detail, ..event.clone() });
    }

    /// A refusal's endpoint is who refused, its peer who had asked.
    fn refusal(&mut self, event: &Event, found: &mut Vec<Event>) {
        let Some(client) = event.peer else { return };
        let Some(recent) = remembered(&mut self.refusals, client, &mut self.shed) else { return };
        let Some(deeds) = recent.add(event.at, event.endpoint) else { return };
        if deeds.len() < GUESSED_TITLES {
            return;
        }
        let detail = format!("{} refused associations within 10 minutes", deeds.len());
        recent.told = Some(event.at);
        let (endpoint, peer) = (client, Some(event.endpoint));
        found.push(Event { kind: EventKind::DicomTitleGuessing, endpoint, peer, detail, ..event.clone() });
    }

    fn silence(&mut self, batch: &Batch, found: &mut Vec<Event>) {
        let speaks = |seen: &&cordon_model::observe::Sighting| seen.fact.tells_alarms(&seen.value);
        for seen in batch.sightings.iter().filter(speaks) {
            let key = (seen.endpoint, seen.fact);
            if self.alarms.len() >= ENTRIES_MAX && !self.alarms.contains_key(&key) {
                self.shed += 1;
                continue;
            }
            let fresh = Alarms { heard: 0, first: seen.first, last: seen.last, silent: false };
            let known = self.alarms.entry(key).or_insert(fresh);
            known.heard = known.heard.saturating_add(seen.count);
            known.first = known.first.min(seen.first);
            known.last = known.last.max(seen.last);
            known.silent = false;
        }
        let Some(end) = batch.end else { return };
        for ((endpoint, fact), known) in &mut self.alarms {
            let gaps = i64::try_from(known.heard.saturating_sub(1)).unwrap_or(i64::MAX);
            if known.silent || known.heard < ALARMS_MIN || gaps == 0 {
                continue;
            }
            let pause = known.last.micros_since(known.first) / gaps;
            let silence = end.micros_since(known.last);
            if silence < pause.saturating_mul(PAUSES).max(SILENCE_MICROS) {
                continue;
            }
            known.silent = true;
            let (usual, minutes) = (pause / 1_000_000, silence / 60_000_000);
            found.push(Event {
                at: end,
                kind: EventKind::AlarmsSilent,
                endpoint: *endpoint,
                peer: None,
                detail: format!(
                    "{fact} last at {}; silent for {minutes} minutes, heard every {usual} s before",
                    known.last
                ),
                source: batch.sightings.iter().map(|seen| seen.source).max().unwrap_or_default(),
            });
        }
    }
}

fn remembered<'a>(
    table: &'a mut BTreeMap<Endpoint, Recent>,
    who: Endpoint,
    shed: &mut u64,
) -> Option<&'a mut Recent> {
    if table.len() >= ENTRIES_MAX && !table.contains_key(&who) {
        *shed += 1;
        return None;
    }
    Some(table.entry(who).or_default())
}

impl Recent {
    /// Notes a deed and forgets what is too old; answers those that count together, or `None` while the
    /// burst was told already.
    fn add(&mut self, at: Timestamp, peer: Endpoint) -> Option<&[(Timestamp, Endpoint)]> {
        self.deeds.retain(|(then, _)| at.micros_since(*then) < BURST_MICROS);
        // One more than any threshold is enough to know.
        if self.deeds.len() > SWEEP_QUERIES {
            self.deeds.remove(0);
        }
        self.deeds.push((at, peer));
        let quiet = self.told.is_none_or(|told| at.micros_since(told) >= BURST_MICROS);
        quiet.then_some(self.deeds.as_slice())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::observe::{Direction, Health, HoursOfWeek, Protocol, Source};
    use std::net::{IpAddr, Ipv4Addr};

    fn host(last: u8) -> Endpoint {
        Endpoint { vlan: None, mac: None, ip: Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, last))) }
    }

    fn batch() -> Batch {
        Batch {
            sensor: "s".into(),
            sequence: 0,
            start: Some(Timestamp::from_seconds(0)),
            end: Some(Timestamp::from_seconds(60)),
            inputs: Vec::new(),
            sightings: Vec::new(),
            conversations: Vec::new(),
            events: Vec::new(),
            health: Health::default(),
        }
    }

    fn event(kind: EventKind, second: i64, from: u8, to: u8) -> Event {
        Event {
            at: Timestamp::from_seconds(second),
            kind,
            endpoint: host(from),
            peer: Some(host(to)),
            detail: String::new(),
            source: Source { input: 0, packet: second as u64 },
        }
    }

    /// The kinds and details of what the watch adds to these events.
    fn added(watch: &mut Watch, events: Vec<Event>) -> Vec<String> {
        let before = events.clone();
        let mut batch = Batch { events, ..batch() };
        watch.look(&mut batch);
        let fresh = batch.events.iter().filter(|event| !before.contains(event));
        fresh.map(|event| format!("{} {} {}", event.endpoint, event.kind, event.detail)).collect()
    }

    #[test]
    fn patient_data_in_clear_is_told_once_and_again_for_further_kinds() {
        let talk = |kinds| Conversation {
            client: host(1),
            server: host(2),
            transport: Transport::Tcp,
            port: 104,
            application: Some(Protocol::Dicom),
            direction: Direction::Handshake,
            answered: true,
            flows: 1,
            packets: 9,
            bytes: 900,
            first: Timestamp::from_seconds(5),
            last: Timestamp::from_seconds(6),
            hours: HoursOfWeek::default(),
            patient_data: kinds,
            source: Source { input: 0, packet: 7 },
        };
        let mut watch = Watch::default();
        let mut told = Vec::new();
        let image = PatientDataKinds::NAME.union(PatientDataKinds::IMAGE);
        for kinds in [PatientDataKinds::NONE, PatientDataKinds::NAME, PatientDataKinds::NAME, image] {
            let mut batch = Batch { conversations: vec![talk(kinds)], ..batch() };
            watch.look(&mut batch);
            told.extend(batch.events.into_iter().map(|event| (event.detail, event.source.packet)));
        }
        let words = ["dicom on tcp port 104: name", "dicom on tcp port 104: name, image"];
        assert_eq!(told, words.map(|text| (text.to_owned(), 7)));
    }

    #[test]
    fn an_asker_is_new_only_where_others_were_known_and_time_has_passed() {
        let mut watch = Watch::default();
        let ask = |second, from| event(EventKind::DicomQuery, second, from, 9);
        assert!(added(&mut watch, vec![ask(0, 1), ask(10, 2), ask(3_000, 3)]).is_empty());
        let told = added(&mut watch, vec![ask(7_200, 1), ask(7_260, 4), ask(7_300, 4)]);
        let expected = "10.0.0.4 (no MAC) patient_query.new_peer first dicom.query after 121 minutes of \
                        watching; 3 other peers had asked before";
        assert_eq!(told, [expected]);
        let first = event(EventKind::FhirPatientSearch, 9_000, 1, 8);
        assert!(added(&mut watch, vec![first]).is_empty(), "the first asker of a server is no news");
    }

    #[test]
    fn sweeps_are_many_queries_or_many_servers_in_a_short_time() {
        let many = (0..40).map(|second| event(EventKind::DicomQuery, second * 10, 1, 9)).collect();
        let told = added(&mut Watch::default(), many);
        let expected = "10.0.0.1 (no MAC) patient_query.sweep 30 queries to 1 server within 10 minutes";
        assert_eq!(told, [expected]);
        let wide = (1..=4).map(|to| event(EventKind::FhirPatientSearch, 60, 7, to)).collect();
        assert_eq!(added(&mut Watch::default(), wide).len(), 1);
        let slow = (0..40).map(|step| event(EventKind::DicomQuery, step * 60, 1, 9)).collect();
        assert!(added(&mut Watch::default(), slow).is_empty(), "a person at a viewer");
    }

    #[test]
    fn refusals_again_and_again_are_guesses() {
        let refuse = |second| event(EventKind::DicomWrongAeTitle, second, 9, 1);
        let told = added(&mut Watch::default(), (0..5).map(|step| refuse(step * 30)).collect());
        let expected = "10.0.0.1 (no MAC) dicom.title_guessing 5 refused associations within 10 minutes";
        assert_eq!(told, [expected]);
        assert!(added(&mut Watch::default(), (0..4).map(|step| refuse(step * 30)).collect()).is_empty());
    }

    #[test]
    fn alarms_that_fall_silent_are_told_once_until_they_come_again() {
        let alarms = |from, to, count| cordon_model::observe::Sighting {
            endpoint: host(1),
            record: None,
            fact: Fact::Hl7Alarms,
            value: "ORU^R40".into(),
            count,
            first: Timestamp::from_seconds(from),
            last: Timestamp::from_seconds(to),
            source: Source::default(),
        };
        let mut watch = Watch::default();
        let mut look = |sightings, end| {
            let mut batch = Batch { sightings, end: Some(Timestamp::from_seconds(end)), ..batch() };
            watch.look(&mut batch);
            batch.events.into_iter().map(|event| event.detail).collect::<Vec<_>>()
        };
        assert!(look(vec![alarms(0, 600, 11)], 1_400).is_empty(), "13 minutes are no silence yet");
        let expected =
            "hl7.alarms last at 1970-01-01T00:10:00Z; silent for 20 minutes, heard every 60 s before";
        assert_eq!(look(Vec::new(), 1_800), [expected]);
        assert!(look(Vec::new(), 3_600).is_empty(), "told already");
        assert!(look(vec![alarms(3_700, 3_800, 2)], 3_900).is_empty());
        assert_eq!(look(Vec::new(), 9_000).len(), 1);
        let mut rare = Batch { sightings: vec![alarms(0, 7_200, 3)], ..batch() };
        rare.end = Some(Timestamp::from_seconds(20_000));
        Watch::default().look(&mut rare);
        assert!(rare.events.is_empty(), "one in an hour is its way");
    }
}
