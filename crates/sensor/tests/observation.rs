//! Several inputs as one observation: what is bad stays alone, what belongs together stays together.

use cordon_model::observe::{Batch, Fact, InputReport, Protocol};
use cordon_model::{Mac, Timestamp};
use cordon_sensor::{Input, Limits, Observation, Progress, Settings, Statistics};
use cordon_testkit::capture::Pcap;

use cordon_testkit::frames::{ArpOperation, Connection, Frame, Link, Side, Stack, arp, ethernet};
use cordon_wire::batch;
use std::io::Cursor;
use std::net::Ipv4Addr;

const START_SECONDS: i64 = 1_794_816_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(START_SECONDS + seconds)
}

fn mac(last: u8) -> Mac {
    Mac([0x00, 0x1b, 0x0d, 0, 0, last])
}

fn side(last: u8, port: u16) -> Side {
    Side { mac: mac(last), ip: Ipv4Addr::new(10, 0, 0, last).into(), port, stack: Stack::Linux, ip_id: 1 }
}

/// A host says which address it has.
fn announcement(last: u8, seconds: i64) -> Frame {
    let own = (mac(last), Ipv4Addr::new(10, 0, 0, last));
    let packet = arp(ArpOperation::Reply, own, (Mac::BROADCAST, own.1));
    let link = Link { source: own.0, destination: Mac::BROADCAST, vlan: None };
    Frame { time: at(seconds), bytes: ethernet(&link, 0x0806, &packet) }
}

fn web_visit(client: u8, seconds: i64) -> Vec<Frame> {
    let mut connection =
        Connection::open(side(client, 50_000), side(200, 80), None, at(seconds), 2_000, (7, 9));
    connection.client(b"GET / HTTP/1.1\r\nHost: pump.example\r\nUser-Agent: Pump/4\r\n\r\n");
    connection.server(b"HTTP/1.1 200 OK\r\nServer: thing/1.0\r\nContent-Length: 0\r\n\r\n");
    connection.close()
}

fn pcap(frames: &[Frame]) -> Vec<u8> {
    Pcap::default().frames(frames).bytes()
}

fn observe(inputs: &[(&str, Vec<u8>)], limits: Limits) -> (Vec<Batch>, Vec<InputReport>, Statistics) {
    let mut observation = Observation::new(Settings { limits, ..Settings::named("test") });
    let mut batches = Vec::new();
    let mut out = |batch| batches.push(batch);
    let mut reports = Vec::new();
    for (name, bytes) in inputs {
        let input = Input::from_reader(name, Box::new(Cursor::new(bytes.clone())), None, false);
        reports.push(observation.input(input, &mut (), &mut out));
    }
    let statistics = observation.finish(&mut out);
    (batches, reports, statistics)
}

#[test]
fn one_bad_file_does_not_lose_the_others() {
    let mut cut = pcap(&[announcement(2, 1), announcement(3, 2)]);
    cut.truncate(cut.len() - 5);
    let inputs = [
        ("one", pcap(&[announcement(1, 0)])),
        ("document", b"%PDF-1.7".to_vec()),
        ("cut", cut),
        ("empty", Vec::new()),
        ("last", pcap(&[announcement(4, 3)])),
    ];
    let (batches, reports, statistics) = observe(&inputs, Limits::default());
    let [batch] = batches.as_slice() else { panic!("{} Batches", batches.len()) };
    assert_eq!(batch.inputs, ["one", "document", "cut", "empty", "last"]);
    assert_eq!(batch.health.inputs, reports);
    assert_eq!((statistics.packets, batch.health.packets), (3, 3));
    let addresses = batch.sightings.iter().filter(|sighting| sighting.fact == Fact::ArpAddress);
    let places: Vec<_> = addresses.map(|s| (s.value.as_str(), s.source.input, s.source.packet)).collect();
    assert_eq!(places, [("10.0.0.1", 0, 1), ("10.0.0.2", 2, 1), ("10.0.0.4", 4, 1)]);
    let reasons: Vec<_> =
        reports.iter().flat_map(|report| &report.damaged).map(|d| d.reason.as_str()).collect();
    assert_eq!(
        reasons,
        [
            "this is no capture; it looks like: PDF document",
            "the file ends inside a frame, after 55 of 60 bytes",
            "there is nothing in it",
        ]
    );
}

#[test]
fn a_file_that_is_not_there_is_reported() {
    let mut observation = Observation::new(Settings::named("test"));
    let report = observation.path("no/such/file.pcap", true, &mut (), &mut |_| {});
    assert_eq!((report.kind.as_str(), report.packets), ("unreadable", 0));
    assert!(report.damaged[0].reason.starts_with("cannot open it: "));
    let mut batches = Vec::new();
    observation.finish(&mut |batch| batches.push(batch));
    assert_eq!(batches[0].health.inputs, [report]);
}

#[test]
fn a_conversation_over_two_files_is_one_and_keeps_its_beginning() {
    let frames = web_visit(7, 0);
    let whole = observe(&[("a", pcap(&frames))], Limits::default()).0;
    // Cut between the request and the answer.
    let (front, back) = frames.split_at(frames.len() / 2);
    let first = [vec![announcement(9, 0)], front.to_vec()].concat();
    let (batches, _, _) = observe(&[("a", pcap(&first)), ("b", pcap(back))], Limits::default());
    let [conversation] = batches[0].conversations.as_slice() else { panic!("{batches:?}") };
    assert_eq!((conversation.source.input, conversation.source.packet), (0, 2));
    assert_eq!(conversation.application, Some(Protocol::Http));
    assert_eq!(conversation.packets, frames.len() as u64);
    assert_eq!(conversation.packets, whole[0].conversations[0].packets);
    let server = batches[0].sightings.iter().find(|sighting| sighting.fact == Fact::HttpServer).unwrap();
    assert_eq!((server.value.as_str(), server.source.input), ("thing/1.0", 1));
}

#[test]
fn hours_apart_is_batches_apart_and_nothing_is_told_twice() {
    let limits = Limits { window_packets_min: 1, ..Limits::default() };
    let frames: Vec<Frame> = [0, 10, 3_600, 7_200, 7_210].map(|seconds| announcement(1, seconds)).into();
    let (batches, _, statistics) = observe(&[("a", pcap(&frames))], limits);
    let told: Vec<_> = batches.iter().map(|b| (b.sequence, b.health.packets, b.sightings[0].count)).collect();
    assert_eq!(told, [(0, 2, 2), (1, 1, 1), (2, 2, 2)]);
    assert_eq!((batches[2].start, batches[2].end), (Some(at(7_200)), Some(at(7_210))));
    assert_eq!((statistics.batches, statistics.packets, statistics.sightings), (3, 5, 3));
    assert!(batches[..2].iter().all(|batch| batch.health.inputs.is_empty()));
}

#[test]
fn link_types_nobody_reads_are_named() {
    let file = Pcap::new(Default::default(), cordon_testkit::capture::Resolution::Micro, 189);
    let file = file.frame(at(0), b"usb").frame(at(1), b"usb").bytes();
    let (batches, reports, _) = observe(&[("air", file)], Limits::default());
    assert_eq!(reports[0].skipped["link type 189 (Linux USB)"], 2);
    assert_eq!((reports[0].packets, batches[0].health.packets), (2, 0));
}

#[test]
fn progress_is_told_while_reading() {
    struct Told(Vec<(u64, Option<u64>, u64)>);
    impl Progress for Told {
        fn read(&mut self, read: u64, total: Option<u64>, packets: u64) {
            self.0.push((read, total, packets));
        }
    }
    let mut file = Pcap::default();
    for number in 0..2_500 {
        file = file.frame(at(number), &[0; 1_500]);
    }
    let bytes = file.bytes();
    let length = bytes.len() as u64;
    let input = Input::from_reader("long", Box::new(Cursor::new(bytes)), Some(length), false);
    let mut told = Told(Vec::new());
    let mut observation = Observation::new(Settings::named("test"));
    observation.input(input, &mut told, &mut |_| {});
    assert!((12..=20).contains(&told.0.len()), "{:?}", told.0);
    assert!(told.0.is_sorted());
    assert_eq!(told.0.last(), Some(&(length, Some(length), 2_500)));
}

#[test]
fn recorded_captures_give_equal_batches_each_time_and_through_their_encoding() {
    let Some(data) = cordon_testkit::data_dir() else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let mut files: Vec<_> =
        std::fs::read_dir(data.join("captures/medical")).unwrap().map(|f| f.unwrap().path()).collect();
    files.sort();
    let inputs: Vec<_> = files.iter().map(|f| (f.to_str().unwrap(), std::fs::read(f).unwrap())).collect();
    let (batches, reports, statistics) = observe(&inputs, Limits::default());
    assert_eq!(reports.len(), files.len());
    assert!(statistics.sightings > 100 && statistics.conversations > 100, "{statistics:?}");
    for batch in &batches {
        assert_eq!(batch::from_line(&batch::to_line(batch)), Ok((batch.clone(), Vec::new())));
        assert!(batch.sightings.is_sorted() && batch.conversations.is_sorted() && batch.events.is_sorted());
    }
    assert_eq!(batches, observe(&inputs, Limits::default()).0);
    // Cut small, the same packets; a scan's unanswered ports must not be shed for this.
    let all = Limits { unanswered_ports_max: u32::MAX, ..Limits::default() };
    let small = observe(&inputs, Limits { entries_max: 50, ..all.clone() }).0;
    let large = observe(&inputs, all).0;
    let packets = |batches: &[Batch]| -> u64 {
        batches.iter().flat_map(|batch| &batch.conversations).map(|conversation| conversation.packets).sum()
    };
    assert!(small.len() > large.len());
    assert_eq!(packets(&small), packets(&large));
}

/// A clock that goes on by one with every look.
fn looks() -> u64 {
    static LOOKS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
    LOOKS.fetch_add(1, std::sync::atomic::Ordering::Relaxed)
}

#[test]
fn time_is_measured_only_when_asked() {
    let mut file = Pcap::default();
    for number in 0..256 {
        file = file.frame(at(number), &[0; 60]);
    }
    let bytes = file.bytes();
    for (asked, expected) in [(false, 0), (true, 4 * 64)] {
        let mut observation = Observation::new(Settings::named("test"));
        if asked {
            observation.measure(looks);
        }
        let input = Input::from_reader("a", Box::new(Cursor::new(bytes.clone())), None, false);
        observation.input(input, &mut (), &mut |_| {});
        let statistics = observation.finish(&mut |_| {});
        assert_eq!(statistics.unread_nanoseconds, expected);
    }
}
