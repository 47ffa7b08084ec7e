//! Repeats, limits, borders between Batches, order.

use super::*;
use cordon_model::Endpoint;
use cordon_model::observe::{Direction, EventKind, Fact, PatientDataKinds, Protocol, Transport};
use proptest::prelude::*;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn host(last: u8) -> Endpoint {
    Endpoint { ip: Some([10, 0, 0, last].into()), ..Endpoint::default() }
}

fn seen<'a>(endpoint: u8, record: Option<&'a str>, value: &'a str, time: i64) -> Seen<'a> {
    let fact = Fact::DhcpHostname;
    Seen { endpoint: host(endpoint), record, fact, value, at: at(time), packet: place(1, 7) }
}

fn flow(client: u8, port: u16, first: i64) -> Flow {
    Flow {
        client: host(client),
        server: host(200),
        transport: Transport::Tcp,
        port,
        application: None,
        direction: Direction::Port,
        answered: true,
        flows: 1,
        packets: 3,
        bytes: 100,
        first: at(first),
        last: at(first + 5),
        patient_data: PatientDataKinds::NONE,
        packet: place(0, first as u64),
    }
}

fn filled(limits: Limits, fill: impl FnOnce(&mut Feed<'_>)) -> Vec<Batch> {
    let mut aggregate = Aggregate::new("s".to_owned(), limits);
    let mut batches = Vec::new();
    let mut out = |batch| batches.push(batch);
    fill(&mut Feed { aggregate: &mut aggregate, out: &mut out });
    batches.extend(aggregate.cut());
    batches
}

#[test]
fn repeats_are_counted() {
    let batches = filled(Limits::default(), |feed| {
        for (value, time) in [("pump", 5), ("pump", 3), ("bed", 4), ("pump", 9)] {
            feed.fact(seen(1, None, value, time));
        }
        feed.fact(seen(1, Some("bed 7"), "pump", 6));
    });
    let [batch] = batches.as_slice() else { panic!("{batches:?}") };
    let told: Vec<_> = batch
        .sightings
        .iter()
        .map(|s| (s.record.as_deref(), s.value.as_str(), s.count, s.first.micros(), s.last.micros()))
        .collect();
    assert_eq!(told, [(None, "bed", 1, 4, 4), (None, "pump", 3, 3, 9), (Some("bed 7"), "pump", 1, 6, 6)]);
    assert_eq!((batch.sightings[0].source.input, batch.sightings[0].source.packet), (1, 7));
    assert_eq!((batch.start, batch.end), (Some(at(3)), Some(at(9))));
}

#[test]
fn flows_of_one_kind_are_one_conversation() {
    let hour = 3_600_000_000;
    let batches = filled(Limits::default(), |feed| {
        feed.flow(&flow(1, 104, hour));
        let known = Flow {
            application: Some(Protocol::Dicom),
            direction: Direction::Handshake,
            patient_data: PatientDataKinds::NAME,
            ..flow(1, 104, 2 * hour)
        };
        feed.flow(&known);
        feed.flow(&Flow { flows: 0, ..flow(1, 104, 9) });
        feed.flow(&flow(1, 105, 1));
    });
    let conversations = &batches[0].conversations;
    assert_eq!(conversations.iter().map(|c| c.port).collect::<Vec<_>>(), [104, 105]);
    let merged = &conversations[0];
    assert_eq!((merged.flows, merged.packets, merged.bytes), (2, 9, 300));
    assert_eq!((merged.application, merged.direction), (Some(Protocol::Dicom), Direction::Handshake));
    assert_eq!((merged.first, merged.last), (at(9), at(2 * hour + 5)));
    assert_eq!(merged.source.packet, 9);
    assert_eq!(
        merged.hours.iter().map(|(h, n)| (h.index(), n)).collect::<Vec<_>>(),
        [(72, 3), (73, 3), (74, 3)]
    );
    assert_eq!(merged.patient_data, PatientDataKinds::NAME);
}

#[test]
fn everything_is_bounded_and_what_is_shed_is_counted() {
    let limits = Limits {
        values_per_fact_max: 3,
        values_per_speaker_max: 5,
        unanswered_ports_max: 2,
        events_per_pair_max: 2,
        ..Limits::default()
    };
    let batches = filled(limits, |feed| {
        let names: Vec<String> = (0..10).map(|n| format!("name{n}")).collect();
        for name in &names {
            feed.fact(seen(1, None, name, 1));
            feed.fact(seen(2, Some(name), "x", 1));
        }
        for port in 0..10 {
            feed.flow(&Flow { answered: false, ..flow(1, port, 1) });
            feed.flow(&flow(2, port, 1));
        }
        for time in 0..10 {
            feed.event(SeenEvent {
                endpoint: host(1),
                peer: None,
                kind: EventKind::TlsAlert,
                detail: &"ü".repeat(300),
                at: at(time),
                packet: 1,
            });
        }
    });
    let batch = &batches[0];
    assert_eq!((batch.sightings.len(), batch.conversations.len(), batch.events.len()), (8, 12, 2));
    assert_eq!(batch.events[0].detail.len(), 256);
    let counters: Vec<_> = batch.health.counters.iter().map(|(name, n)| (name.as_str(), *n)).collect();
    assert_eq!(counters, [("limit.events", 8), ("limit.fact_values", 12), ("limit.unanswered_ports", 8)]);
}

#[test]
fn a_full_batch_makes_room_and_sequences_count_up() {
    let limits = Limits { entries_max: 4, ..Limits::default() };
    let batches = filled(limits, |feed| {
        for client in 0..10 {
            feed.flow(&flow(client, 104, 1));
        }
    });
    let sizes: Vec<_> = batches.iter().map(|b| (b.sequence, b.conversations.len())).collect();
    assert_eq!(sizes, [(0, 4), (1, 4), (2, 2)]);
}

#[test]
fn a_window_ends_with_its_time_and_not_before_it_has_enough() {
    let limits = Limits { window_micros: 100, window_packets_min: 2, ..Limits::default() };
    let mut windows = Windows::new(&limits);
    windows.pass(at(250));
    assert!(!windows.is_over(at(300)) && !windows.is_behind(at(300)), "one packet is not enough");
    windows.pass(at(251));
    for (time, over) in [(299, false), (300, true), (200, false), (100, false), (99, true)] {
        assert_eq!(windows.is_over(at(time)), over, "{time}");
        assert_eq!(windows.is_behind(at(time)), time == 300, "{time}");
    }
    windows.end();
    assert!(!windows.is_over(at(300)));
}

#[test]
fn a_batch_counts_its_frames_once() {
    let mut aggregate = Aggregate::new("s".to_owned(), Limits::default());
    aggregate.frame(60);
    aggregate.frame(60);
    let batch = aggregate.cut().unwrap();
    assert_eq!((batch.health.packets, batch.health.bytes), (2, 120));
    assert_eq!(aggregate.cut(), None);
}

proptest! {
    /// A Batch's order does not depend on the order of what passed by.
    #[test]
    fn order_does_not_matter(values in proptest::collection::vec((0u8..4, "[ab]{1,2}", 0i64..50), 1..40)) {
        let fill = |values: &[(u8, String, i64)]| filled(Limits::default(), |feed| {
            for (endpoint, value, time) in values {
                feed.fact(seen(*endpoint, None, value, *time));
                feed.flow(&flow(*endpoint, 104, *time));
            }
        });
        let forwards = fill(&values);
        let mut reversed = values.clone();
        reversed.reverse();
        prop_assert_eq!(forwards, fill(&reversed));
    }
}
