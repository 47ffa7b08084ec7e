//! Round trips, newer sensors and foreign lines.

use super::*;
use cordon_model::Mac;
use cordon_model::observe::{Direction, EventKind, Fact, Protocol, Transport};
use proptest::prelude::*;
use std::net::IpAddr;

fn times() -> impl Strategy<Value = Timestamp> {
    any::<i64>().prop_map(Timestamp::from_micros)
}

fn endpoints() -> impl Strategy<Value = Endpoint> {
    let vlan = proptest::option::of(1u16..4095).prop_map(|id| id.and_then(Vlan::new));
    let mac = proptest::option::of(any::<[u8; 6]>().prop_map(Mac));
    (vlan, mac, any::<Option<IpAddr>>()).prop_map(|(vlan, mac, ip)| Endpoint { vlan, mac, ip })
}

fn texts() -> impl Strategy<Value = String> {
    // Quotes, backslashes and everything but control characters, which a Batch never holds.
    proptest::string::string_regex("[^\\p{Cc}]{0,40}").unwrap()
}

fn sources() -> impl Strategy<Value = Source> {
    any::<(u32, u64)>().prop_map(|(input, packet)| Source { input, packet })
}

fn sightings() -> impl Strategy<Value = Sighting> {
    let fact = proptest::sample::select(Fact::ALL);
    let record = proptest::option::of(texts());
    (endpoints(), record, fact, texts(), any::<u64>(), times(), times(), sources()).prop_map(
        |(endpoint, record, fact, value, count, first, last, source)| Sighting {
            endpoint,
            record,
            fact,
            value,
            count,
            first,
            last,
            source,
        },
    )
}

fn conversations() -> impl Strategy<Value = Conversation> {
    let transport = prop_oneof![
        Just(Transport::Tcp),
        Just(Transport::Udp),
        Just(Transport::Icmp),
        any::<u8>().prop_map(Transport::Other)
    ];
    let application = proptest::option::of(proptest::sample::select(Protocol::ALL));
    let direction = proptest::sample::select(Direction::ALL);
    let kinds = proptest::sample::subsequence(vec!["name", "image", "order"], 0..=3);
    let hours = proptest::collection::vec((0u8..168, 0u64..1 << 40), 0..5);
    let numbers = any::<(u16, bool, u64, u64, u64)>();
    (
        (endpoints(), endpoints(), transport, application, direction),
        (numbers, times(), times(), hours, kinds, sources()),
    )
        .prop_map(|((client, server, transport, application, direction), rest)| {
            let ((port, answered, flows, packets, bytes), first, last, hours, kinds, source) = rest;
            let mut of_week = HoursOfWeek::default();
            for (hour, packets) in hours {
                of_week.add(HourOfWeek::new(hour).unwrap(), packets);
            }
            let patient_data = kinds
                .iter()
                .map(|kind| PatientDataKinds::from_name(kind).unwrap())
                .fold(PatientDataKinds::NONE, PatientDataKinds::union);
            let hours = of_week;
            Conversation {
                client,
                server,
                transport,
                port,
                application,
                direction,
                answered,
                flows,
                packets,
                bytes,
                first,
                last,
                hours,
                patient_data,
                source,
            }
        })
}

fn events() -> impl Strategy<Value = Event> {
    let kind = proptest::sample::select(EventKind::ALL);
    (times(), kind, endpoints(), proptest::option::of(endpoints()), texts(), sources()).prop_map(
        |(at, kind, endpoint, peer, detail, source)| Event { at, kind, endpoint, peer, detail, source },
    )
}

fn reports() -> impl Strategy<Value = InputReport> {
    let damaged = proptest::collection::vec(
        (any::<u64>(), texts()).prop_map(|(offset, reason)| Damage { offset, reason }),
        0..3,
    );
    let skipped = proptest::collection::btree_map(texts(), any::<u64>(), 0..3);
    let times = (proptest::option::of(times()), proptest::option::of(times()));
    ((texts(), texts(), texts()), any::<(u64, u64)>(), times, damaged, skipped).prop_map(
        |((path, sha256, kind), (packets, bytes), (first, last), damaged, skipped)| InputReport {
            path,
            sha256,
            kind,
            packets,
            bytes,
            first,
            last,
            damaged,
            skipped,
        },
    )
}

fn batches() -> impl Strategy<Value = Batch> {
    let lists = (
        proptest::collection::vec(sightings(), 0..6),
        proptest::collection::vec(conversations(), 0..6),
        proptest::collection::vec(events(), 0..4),
        proptest::collection::vec(reports(), 0..3),
    );
    let counters = proptest::collection::btree_map(texts(), any::<u64>(), 0..3);
    let times = (proptest::option::of(times()), proptest::option::of(times()));
    let inputs = proptest::collection::vec(texts(), 0..3);
    (texts(), any::<(u64, u64, u64)>(), times, inputs, lists, counters).prop_map(
        |(sensor, (sequence, packets, bytes), (start, end), inputs, lists, counters)| {
            let (sightings, conversations, events, reports) = lists;
            let health = Health { packets, bytes, counters, inputs: reports };
            Batch { sensor, sequence, start, end, inputs, sightings, conversations, events, health }
        },
    )
}

proptest! {
    #[test]
    fn a_batch_comes_back_as_it_was(batch in batches()) {
        let line = to_line(&batch);
        prop_assert!(line.starts_with(LINE_START));
        prop_assert!(!line.contains('\n'));
        let mut written = Vec::new();
        write_line(&batch, &mut written).unwrap();
        prop_assert_eq!(written, format!("{line}\n").into_bytes());
        prop_assert_eq!(from_line(&line), Ok((batch, Vec::new())));
    }

    #[test]
    fn foreign_lines_never_panic(line in any::<String>(), middle in texts()) {
        let _ = from_line(&line);
        let _ = from_line(&format!("{LINE_START}1\",\"sensor\":\"{middle}\",\"sequence\":1}}"));
    }

    #[test]
    fn times_have_one_spelling(time in times()) {
        prop_assert_eq!(fixed_form_time(&time.to_string()), Some(time));
    }
}

const NEWER: &str = r#"{"schema":"cordon.batch/1","sensor":"s","sequence":3,"flavour":"new","sightings":[
{"endpoint":{"ip":"10.0.0.5"},"fact":"zigbee.name","value":"x","count":1,"first":"2026-11-22T05:00:00Z","last":"2026-11-22T05:00:00Z","input":0,"packet":1},
{"endpoint":{"ip":"10.0.0.5"},"fact":"zigbee.name","value":"y","count":1,"first":"2026-11-22T05:00:00Z","last":"2026-11-22T05:00:00Z","input":0,"packet":2},
{"endpoint":{"ip":"10.0.0.5"},"fact":"dhcp.hostname","value":"pump","count":2,"first":"2026-11-22T06:00:00+01:00","last":"2026-11-22T05:00:00Z","input":0,"packet":3,"more":true}],
"conversations":[{"client":{"ip":"10.0.0.5"},"server":{"mac":"00:1b:0d:20:30:01"},"transport":"tcp","port":9,"application":"zigbee",
"direction":"handshake","answered":true,"flows":1,"packets":2,"bytes":3,"first":"2026-11-22T05:00:00Z","last":"2026-11-22T05:00:00Z",
"hours":[[6,1],[200,1]],"patient_data":["name","aura"],"input":0,"packet":1}]}"#;

#[test]
fn what_a_newer_sensor_knows_is_counted_and_the_rest_kept() {
    let (batch, notes) = from_line(NEWER).unwrap();
    assert_eq!(batch.sequence, 3);
    assert_eq!(batch.sightings.len(), 1);
    assert_eq!(batch.sightings[0].first.to_string(), "2026-11-22T05:00:00Z");
    assert_eq!(batch.conversations[0].application, None);
    assert_eq!(batch.conversations[0].patient_data, PatientDataKinds::NAME);
    let notes: Vec<_> = notes.iter().map(|note| format!("{} × {}", note.count, note.what)).collect();
    assert_eq!(
        notes,
        [
            "1 × \"aura\" is no known kind of patient data",
            "1 × hour of the week 200 does not exist",
            "2 × kind of fact \"zigbee.name\" is not known",
            "1 × protocol \"zigbee\" is not known",
        ]
    );
}

#[test]
fn only_lines_of_version_1_are_read() {
    let newer = from_line(r#"{"schema":"cordon.batch/2","everything":"else"}"#);
    assert_eq!(newer, Err(BatchError::Version("cordon.batch/2".to_owned())));
    for text in ["", "{", "[]", "{}", "3", r#"{"schema":7}"#, r#"{"schema":"cordon.batch/1"}"#] {
        assert!(matches!(from_line(text), Err(BatchError::Malformed(_))), "{text}");
    }
}

#[test]
fn foreign_text_is_held_to_the_bounds_of_a_sighting() {
    let long = "ü".repeat(FACT_BYTES_MAX);
    let line = NEWER.replace("pump", &format!("a\\u0000\\n{long}"));
    let (batch, notes) = from_line(&line).unwrap();
    let value = &batch.sightings[0].value;
    assert_eq!(value.len(), FACT_BYTES_MAX - 1);
    assert!(value.starts_with("aüü"));
    assert!(notes.iter().any(|note| note.what.contains("cut or cleaned")));
}

#[test]
fn notes_are_bounded() {
    let mut reader = Reader::default();
    for number in 0..1000 {
        reader.note(format!("kind {number}"));
    }
    let notes = reader.notes();
    assert_eq!(notes.len(), NOTE_KINDS_MAX + 1);
    assert_eq!(notes.iter().map(|note| note.count).sum::<u64>(), 1000);
}
