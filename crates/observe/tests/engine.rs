//! The engine from frames to facts and flows: directions, ends, limits, hostile layers.
#![expect(clippy::indexing_slicing, reason = "tests stop loudly")]

mod common;

use common::*;
use cordon_model::Timestamp;
use cordon_model::observe::{Direction, Fact, Protocol, Transport};
use cordon_observe::{Counter, Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use proptest::prelude::*;

#[derive(Default)]
struct Notes {
    facts: Vec<String>,
    flows: Vec<Flow>,
    events: Vec<String>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        self.facts.push(format!("{} {} {}", seen.endpoint, seen.fact, seen.value));
    }

    fn flow(&mut self, flow: &Flow) {
        self.flows.push(*flow);
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.events.push(format!("{} {} {}", event.endpoint, event.kind, event.detail));
    }
}

struct Bench {
    engine: Engine,
    notes: Notes,
    packet: u64,
}

impl Bench {
    fn new(settings: Settings) -> Bench {
        Bench { engine: Engine::new(settings), notes: Notes::default(), packet: 0 }
    }

    fn take(&mut self, second: i64, bytes: &[u8]) {
        self.packet += 1;
        let at = Timestamp::from_seconds(START + second);
        let length = bytes.len() as u32;
        self.engine.frame(LinkType::Ethernet, at, self.packet, length, bytes, &mut self.notes);
    }

    fn count(&self, counter: Counter) -> u64 {
        self.engine.health().get(counter)
    }

    fn finish(mut self) -> Notes {
        self.engine.finish(&mut self.notes);
        assert_eq!(self.engine.conversations(), 0);
        self.notes
    }
}

fn observe(frames: &[Vec<u8>]) -> Notes {
    let mut bench = Bench::new(Settings::default());
    frames.iter().for_each(|frame| bench.take(0, frame));
    bench.finish()
}

const CLIENT: &str = "10.0.0.2 (02:00:00:00:00:02)";
const SERVER: &str = "10.0.0.1 (02:00:00:00:00:01)";

fn pair() -> (Host, Host) {
    (host(2, 50_000), host(1, 8_042))
}

#[test]
fn a_page_fetched_is_one_flow_and_facts_of_both_sides() {
    let (client, server) = pair();
    let frames = fetch(client, server);
    let notes = observe(&frames);
    let mut expected = vec![
        format!("{SERVER} http.host pacs.hosp.example"),
        format!("{CLIENT} http.user_agent Viewer/7.1"),
        format!("{SERVER} http.server Orthanc/1.12"),
    ];
    expected.sort();
    let mut facts = notes.facts;
    facts.sort();
    assert_eq!(facts, expected);
    let [flow] = notes.flows[..] else { panic!("{:?}", notes.flows) };
    assert_eq!((flow.client.to_string(), flow.server.to_string()), (CLIENT.into(), SERVER.into()));
    assert_eq!((flow.transport, flow.port, flow.application), (Transport::Tcp, 8_042, Some(Protocol::Http)));
    assert_eq!((flow.direction, flow.answered, flow.flows, flow.packets), (Direction::Handshake, true, 1, 6));
    assert_eq!(flow.bytes, frames.iter().map(|frame| frame.len() as u64).sum::<u64>());
}

#[test]
fn a_stream_of_one_way_is_asked_by_who_sends_it() {
    let (camera, recorder) = (host(1, 40_004), host(2, 41_004));
    let one_way = vec![udp_frame(camera, recorder, b"\x5a\x01 a picture"); 4];
    let flow = observe(&one_way).flows[0];
    assert_eq!((flow.port, flow.answered, flow.direction), (41_004, false, Direction::Port));
    // Where both speak, and where a port is known, the port decides as ever.
    let both = [one_way[0].clone(), udp_frame(recorder, camera, b"\x5a\x01 seen")];
    assert_eq!(observe(&both).flows[0].port, 40_004);
    let known = [udp_frame(host(1, 24_105), host(2, 50_000), b"\x5a\x01 a wave")];
    assert_eq!(observe(&known).flows[0].port, 24_105);
}

#[test]
fn a_start_that_was_missed_is_decided_by_content_then_by_port() {
    // The odd port is on the serving side, so that the port alone would be wrong.
    let (client, server) = (host(2, 1_000), host(1, 60_000));
    let flow = observe(&fetch(client, server)[3..]).flows[0];
    assert_eq!((flow.direction, flow.port), (Direction::Content, 60_000));
    let data = tcp_frame(client, server, ACK, 5, 5, b"\x07\x00\x00 nothing known");
    let flow = observe(&[data]).flows[0];
    assert_eq!((flow.direction, flow.port, flow.application), (Direction::Port, 1_000, None));
}

#[test]
fn the_middle_of_a_stream_is_not_the_end_of_reading() {
    let (client, server) = pair();
    let mut frames = vec![tcp_frame(server, client, ACK, 500, 100, b"the end of an answer")];
    frames.extend(fetch(client, server).drain(2..4));
    let frames: Vec<_> = frames.into_iter().collect();
    let notes = observe(&frames);
    assert!(notes.facts.iter().any(|fact| fact.contains("Viewer/7.1")), "{:?}", notes.facts);
}

#[test]
fn hours_are_reported_apart() {
    let (client, server) = pair();
    let mut bench = Bench::new(Settings::default());
    for (frame, second) in fetch(client, server).iter().zip([0, 0, 3_000, 3_700, 3_700, 7_250]) {
        bench.take(second, frame);
    }
    let flows = bench.finish().flows;
    assert_eq!(
        flows.iter().map(|flow| (flow.flows, flow.packets)).collect::<Vec<_>>(),
        [(1, 3), (0, 2), (0, 1)]
    );
    assert!(flows.iter().all(|flow| flow.last.micros_since(flow.first) < 3_600_000_000));
}

#[test]
fn a_reused_port_is_a_new_flow_and_a_repeated_syn_is_not() {
    let (client, server) = pair();
    let mut frames = fetch(client, server);
    frames.insert(0, frames[0].clone());
    // Sent again it has an identification of its own; the same packet seen again would not count.
    frames[1][19] ^= 1;
    frames.push(tcp_frame(client, server, SYN, 77_000, 0, b""));
    frames.push(tcp_frame(server, client, RST | ACK, 0, 77_001, b""));
    let flows = observe(&frames).flows;
    assert_eq!(flows.iter().map(|flow| (flow.flows, flow.packets)).collect::<Vec<_>>(), [(1, 7), (1, 2)]);
    assert!(flows[0].answered && !flows[1].answered);
}

#[test]
fn what_never_closes_ends_by_idleness() {
    let (client, server) = pair();
    let mut bench = Bench::new(Settings::default());
    fetch(client, server)[..4].iter().for_each(|frame| bench.take(0, frame));
    bench.take(0, &udp_frame(client, server, b"ping"));
    assert_eq!(bench.engine.conversations(), 2);
    bench.take(200, &udp_frame(host(9, 9), host(8, 8), b"other"));
    assert_eq!((bench.engine.conversations(), bench.notes.flows.len()), (2, 1));
    bench.take(3_700, &udp_frame(host(9, 9), host(8, 8), b"other"));
    assert_eq!((bench.engine.conversations(), bench.notes.flows.len()), (1, 3));
}

#[test]
fn a_scan_stays_in_bounds_and_is_counted() {
    let mut bench = Bench::new(Settings { conversations_max: 100, ..Settings::default() });
    for number in 0..5_000 {
        bench.take(0, &tcp_frame(host(1, 40_000), host(number + 2, 80), SYN, 1, 0, b""));
        assert!(bench.engine.conversations() <= 100);
    }
    assert_eq!(bench.count(Counter::ConversationsEvicted), 4_900);
    let flows = bench.finish().flows;
    assert_eq!(flows.len(), 5_000);
    assert!(flows.iter().all(|flow| !flow.answered && flow.direction == Direction::Handshake));
}

#[test]
fn readers_that_are_used_up_are_counted() {
    let mut bench = Bench::new(Settings { readers_max: 1, ..Settings::default() });
    for number in [2, 3] {
        fetch(host(number, 50_000), host(1, 80))[..4].iter().for_each(|frame| bench.take(0, frame));
    }
    assert_eq!(bench.count(Counter::ReadersLimit), 1);
    let notes = bench.finish();
    assert_eq!((notes.facts.len(), notes.flows.len()), (3, 2));
}

#[test]
fn vlans_and_priority_tags_are_told_apart() {
    let (client, server) = (host(2, 5_000), host(1, 53));
    let payload = ipv4(client, server, 17, 0, &udp(client, server, &dns_query("a.example")));
    let tagged = ethernet(client, server, Some(30), 0x0800, &payload);
    // The same packet on both would be a copy.
    let other = udp(Host { port: 5_001, ..client }, server, &dns_query("a.example"));
    let priority = ethernet(client, server, Some(0xe000), 0x0800, &ipv4(client, server, 17, 0, &other));
    let notes = observe(&[tagged, priority]);
    let expected = [
        "10.0.0.2 (02:00:00:00:00:02, VLAN 30) dns.query a.example",
        &format!("{CLIENT} dns.query a.example"),
    ];
    assert_eq!(notes.facts, expected);
    assert_eq!(notes.flows.len(), 2);
}

#[test]
fn fragments_and_extension_headers_lead_to_the_same_facts() {
    let (client, server) = (host(2, 5_000), host(1, 53));
    let datagram = udp(client, server, &dns_query("fragmented.example"));
    let late = ethernet(client, server, None, 0x0800, &ipv4(client, server, 17, 2, &datagram[16..]));
    let early = ethernet(client, server, None, 0x0800, &ipv4(client, server, 17, 0x2000, &datagram[..16]));
    let notes = observe(&[late.clone(), early]);
    assert_eq!(notes.facts, [format!("{CLIENT} dns.query fragmented.example")]);
    assert_eq!((notes.flows[0].packets, notes.flows[0].bytes), (2, 2 * 34 + datagram.len() as u64));
    assert!(observe(&[late]).flows.is_empty());

    let head = |next: u8, more: u8, offset: u8| [next, 0, 0, offset | more, 0, 0, 0, 5];
    let options = [17, 0, 1, 4, 0, 0, 0, 0];
    let part = [&options[..], &datagram].concat();
    let frames: Vec<Vec<u8>> = [(0usize, 24usize, 1u8), (24, part.len(), 0)]
        .iter()
        .map(|(from, to, more)| {
            let payload = [&head(60, *more, *from as u8)[..], &part[*from..*to]].concat();
            let hop = [&[44, 0, 1, 4, 0, 0, 0, 0][..], &payload].concat();
            ethernet(client, server, None, 0x86dd, &ipv6(client, server, 0, &hop))
        })
        .collect();
    let notes = observe(&frames);
    assert_eq!(notes.facts, ["fd00::2 (02:00:00:00:00:02) dns.query fragmented.example"]);
}

#[test]
fn names_on_any_port_are_known_by_their_content() {
    let (client, server) = (host(2, 50_001), host(1, 50_000));
    let flow = observe(&[udp_frame(client, server, &dns_query("odd.example"))]).flows[0];
    assert_eq!(
        (flow.application, flow.port, flow.direction),
        (Some(Protocol::Dns), 50_000, Direction::Content)
    );
    let flow = observe(&[udp_frame(client, host(1, 53), b"\x01not a name at all")]).flows[0];
    assert_eq!((flow.application, flow.port), (None, 53));
}

#[test]
fn what_only_looks_like_names_is_told_by_its_port() {
    let (client, server) = (host(2, 137), host(1, 137));
    let notes = observe(&[udp_frame(client, server, &dns_query("FHEPFCELEHFCEPFFFACACACACACACAAA"))]);
    assert_eq!(notes.facts, [format!("{CLIENT} nbns.query WORKGROUP<00>")]);
    assert_eq!(notes.flows[0].application, Some(Protocol::Nbns));
    let group = Host { mac: [1, 0, 0x5e, 0, 0, 0xfc], ip: "224.0.0.252".parse().unwrap(), port: 5355 };
    let mut answer = dns_query("ct-1");
    answer[2] = 0x80;
    answer[7] = 1;
    answer.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 9, 0, 4, 10, 0, 0, 2]);
    let notes = observe(&[udp_frame(host(2, 5355), group, &answer)]);
    assert_eq!(notes.facts, ["10.0.0.2 (no MAC) dns.name ct-1"]);
    let (asked, application) = (notes.flows[0].client.to_string(), notes.flows[0].application);
    assert_eq!((asked, application), (CLIENT.into(), Some(Protocol::Llmnr)));
}

#[test]
fn two_stations_with_one_address_are_an_event() {
    let arp = |station: u8| {
        let mac = [2, 0, 0, 0, 0, station];
        let message =
            [&[0, 1, 8, 0, 6, 4, 0, 2][..], &mac, &[10, 0, 0, 9], &[2, 0, 0, 0, 0, 9, 10, 0, 0, 1]].concat();
        ethernet(Host { mac, ..host(0, 0) }, host(9, 0), None, 0x0806, &message)
    };
    let notes = observe(&[arp(1), arp(2), arp(1)]);
    assert_eq!(notes.facts[0], "10.0.0.9 (02:00:00:00:00:01) arp.address 10.0.0.9");
    let expected = "10.0.0.9 (02:00:00:00:00:02) arp.address_conflict claimed by 02:00:00:00:00:01 before";
    assert_eq!(notes.events, [expected]);
}

#[test]
fn unread_ether_types_are_facts_within_bounds() {
    let mut bench = Bench::new(Settings::default());
    for kind in 0..200u16 {
        bench.take(0, &ethernet(host(1, 0), host(2, 0), None, 0x9800 + kind, b"?"));
    }
    assert_eq!(bench.count(Counter::EtherTypesLimit), 136);
    let notes = bench.finish();
    assert_eq!(notes.facts.len(), 64);
    assert_eq!(notes.facts[0], "02:00:00:00:00:01 (no IP) link.ether_type 0x9800");
}

#[test]
fn names_asked_for_without_end_are_bounded() {
    let mut bench = Bench::new(Settings::default());
    for number in 0..3_000 {
        let query = dns_query(&format!("x{number}.tunnel.example"));
        bench.take(0, &udp_frame(host(2, 5_000), host(1, 53), &query));
    }
    bench.take(0, &udp_frame(host(3, 5_000), host(1, 53), &dns_query("a.example")));
    assert!(bench.count(Counter::QueriesLimit) > 900);
    let notes = bench.finish();
    assert!(notes.facts.len() < 2_100 && notes.facts.iter().any(|fact| fact.ends_with("a.example")));
}

#[test]
fn icmp_says_who_asks() {
    let (a, b) = (host(2, 0), host(1, 0));
    let reply = ethernet(b, a, None, 0x0800, &ipv4(b, a, 1, 0, &[0, 0, 0, 0, 1, 2, 3, 4]));
    let flow = observe(&[reply]).flows[0];
    assert_eq!((flow.transport, flow.port, flow.direction), (Transport::Icmp, 0, Direction::Content));
    assert_eq!((flow.client.to_string(), flow.answered), (CLIENT.into(), true));
}

#[test]
fn cut_frames_are_read_as_far_as_they_go() {
    let (client, server) = pair();
    let mut bench = Bench::new(Settings::default());
    for frame in fetch(client, server) {
        bench.packet += 1;
        let (at, kept) = (Timestamp::from_seconds(START), frame.len().min(96));
        let (packet, length) = (bench.packet, frame.len() as u32);
        bench.engine.frame(LinkType::Ethernet, at, packet, length, &frame[..kept], &mut bench.notes);
    }
    assert_eq!(bench.count(Counter::LinkCut), 2);
    assert_eq!(bench.count(Counter::StreamGaps), 2);
    assert_eq!(bench.count(Counter::Ipv4BadLength), 0);
    assert_eq!(bench.finish().flows[0].packets, 6);
}

#[test]
fn another_recording_from_the_past_is_observed_too() {
    let mut bench = Bench::new(Settings { conversations_max: 50, ..Settings::default() });
    for (start, first) in [(1_000_000, 100), (0, 1_000)] {
        for number in 0..200 {
            let frames = fetch(host(first + number, 50_000), host(1, 80));
            frames.iter().for_each(|frame| bench.take(start + i64::from(number), frame));
        }
    }
    assert_eq!(bench.count(Counter::TimeWentBack), 1);
    let notes = bench.finish();
    assert_eq!(notes.flows.iter().map(|flow| flow.flows).sum::<u64>(), 400);
    assert_eq!(notes.facts.len(), 1_200);
}

fn sorted(mut facts: Vec<String>) -> Vec<String> {
    facts.sort();
    facts
}

fn shuffle<T>(items: &mut [T], seed: u64) {
    let mut state = seed | 1;
    items.sort_by_cached_key(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state >> 33
    });
}

/// The bytes of one side in segments of these sizes, some sent twice.
fn segments(from: Host, to: Host, start: u32, data: &[u8], sizes: &[usize]) -> Vec<Vec<u8>> {
    let (mut frames, mut at, mut index) = (Vec::new(), 0, 0);
    while at < data.len() {
        let size = sizes[index % sizes.len()].min(data.len() - at);
        let frame = tcp_frame(from, to, ACK, start.wrapping_add(at as u32), 0, &data[at..at + size]);
        if size.is_multiple_of(3) {
            frames.push(frame.clone());
        }
        frames.push(frame);
        at += size;
        index += 1;
    }
    frames
}

proptest! {
    #[test]
    fn however_a_stream_is_cut_and_ordered_its_facts_are_the_same(
        // In single bytes the request is more packets than a hole is waited for.
        sizes in proptest::collection::vec(2usize..90, 1..8),
        order in any::<u64>(),
        start in prop_oneof![Just(u32::MAX - 20), any::<u32>()],
    ) {
        let (client, server) = pair();
        let whole = sorted(observe(&fetch(client, server)).facts);
        let next = start.wrapping_add(1);
        let mut frames = vec![
            tcp_frame(client, server, SYN, start, 0, b""),
            tcp_frame(server, client, SYN | ACK, start, next, b""),
        ];
        for (from, to, data) in [(client, server, GET), (server, client, OK)] {
            let mut part = segments(from, to, next, data, &sizes);
            shuffle(&mut part, order);
            frames.extend(part);
        }
        prop_assert_eq!(sorted(observe(&frames).facts), whole);
    }

    #[test]
    fn any_bytes_on_any_link_are_safe(
        frames in proptest::collection::vec((proptest::collection::vec(any::<u8>(), 0..200), any::<u16>()), 1..20),
    ) {
        for link in [
            LinkType::Ethernet, LinkType::LinuxCooked, LinkType::RawIp, LinkType::RawIpv4, LinkType::RawIpv6,
            LinkType::Loopback,
        ] {
            let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
            for (bytes, extra) in &frames {
                let at = Timestamp::from_micros(i64::from(*extra) * 1_000_000_000);
                engine.frame(link, at, 1, u32::from(*extra), bytes, &mut notes);
            }
            engine.finish(&mut notes);
            prop_assert_eq!(engine.health().packets, frames.len() as u64);
        }
    }

    #[test]
    fn damaged_frames_are_safe_and_every_packet_is_accounted_for(
        damage in proptest::collection::vec((0usize..9, 0usize..200, any::<u8>()), 0..30),
        cuts in proptest::collection::vec((0usize..9, 0usize..200), 0..5),
    ) {
        let mut frames = fetch(host(2, 50_000), host(1, 80));
        frames.extend(busy(1).frames.into_iter().skip(6).map(|frame| frame.bytes));
        for (frame, at, value) in &damage {
            if let Some(byte) = frames.get_mut(*frame).and_then(|frame| frame.get_mut(*at)) { *byte = *value; }
        }
        for (frame, length) in &cuts {
            if let Some(frame) = frames.get_mut(*frame) { frame.truncate(*length); }
        }
        let notes = observe(&frames);
        prop_assert!(notes.flows.iter().map(|flow| flow.packets).sum::<u64>() <= frames.len() as u64);
        prop_assert!(notes.flows.iter().all(|flow| flow.packets > 0 && flow.first <= flow.last));
    }
}

#[test]
fn a_request_for_an_address_describes_the_station() {
    let mut message = vec![0u8; 240];
    message[..4].copy_from_slice(&[1, 1, 6, 0]);
    message[28..34].copy_from_slice(&[2, 0, 0, 0, 0, 2]);
    message[236..240].copy_from_slice(&[0x63, 0x82, 0x53, 0x63]);
    message.extend([53, 1, 1, 12, 4, b'C', b'T', b'-', b'1', 255]);
    let nobody = Host { ip: "0.0.0.0".parse().unwrap(), ..host(2, 68) };
    let all = Host { mac: [0xff; 6], ip: "255.255.255.255".parse().unwrap(), port: 67 };
    let notes = observe(&[udp_frame(nobody, all, &message)]);
    assert_eq!(notes.facts, [format!("02:00:00:00:00:02 (no IP) {} CT-1", Fact::DhcpHostname)]);
    assert_eq!(notes.flows[0].client.to_string(), "02:00:00:00:00:02 (no IP)");
    assert_eq!(notes.flows[0].server.to_string(), "255.255.255.255 (no MAC)");
}

#[test]
fn an_association_is_summed_up_when_its_connection_is_over() {
    let query = golden("dicom/golden-3", 104);
    let told = observe(&query);
    let expected = format!(
        "{CLIENT} dicom.query 3 C-FIND of Study Root at study level, answers: 6, without a restricting key: 2"
    );
    assert!(told.events.contains(&expected), "{:?}", told.events);
    assert!(told.flows.iter().all(|flow| flow.application == Some(Protocol::Dicom)));
    // The release was not captured: the end of the capture is the end of the association.
    let cut = observe(&query[..query.len() - 2]);
    assert_eq!(cut.events, told.events);
    assert_eq!(cut.facts, told.facts);
}
