//! Datagrams built from the published formats.

use super::*;
use proptest::prelude::*;

const NOW: i64 = 1_800_000_000;

fn now() -> Timestamp {
    Timestamp::from_seconds(NOW)
}

fn exporter() -> IpAddr {
    IpAddr::from([192, 0, 2, 1])
}

/// What a datagram tells, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kept {
    Record(Record, u32),
    Sample(LinkType, u32, Vec<u8>, u16, u32),
}

fn at(collector: &mut Collector, now: Timestamp, datagram: &[u8]) -> Vec<Kept> {
    let mut kept = Vec::new();
    if let Some(number) = collector.recognise(exporter(), now, datagram) {
        collector.read(number, now, datagram, &mut |_, exporter, told| {
            kept.push(match told {
                Told::Record(record) => Kept::Record(record, exporter.sampling),
                Told::Sample(Sample { link, wire_len, bytes, vlan }) => {
                    Kept::Sample(link, wire_len, bytes.to_vec(), vlan, exporter.sampling)
                }
            });
        });
    }
    kept
}

fn read(collector: &mut Collector, datagram: &[u8]) -> Vec<Kept> {
    at(collector, now(), datagram)
}

fn count(collector: &mut Collector, name: &str) -> u64 {
    collector.take_counts().iter().find(|(known, _)| *known == name).map_or(0, |(_, count)| count)
}

/// Numbers written one behind the other.
#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u8(mut self, value: u8) -> Self {
        self.0.push(value);
        self
    }

    fn u16(mut self, values: &[u16]) -> Self {
        values.iter().for_each(|value| self.0.extend(value.to_be_bytes()));
        self
    }

    fn u32(mut self, values: &[u32]) -> Self {
        values.iter().for_each(|value| self.0.extend(value.to_be_bytes()));
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

/// A set with its number and length before it.
fn set(id: u16, body: Bytes) -> Vec<u8> {
    Bytes::default().u16(&[id, body.0.len() as u16 + 4]).raw(&body.0).0
}

const UPTIME: u32 = 1_000_000;

pub(super) fn netflow5(sampling: u16, sequence: u32) -> Vec<u8> {
    let heading = Bytes::default().u16(&[5, 2]).u32(&[UPTIME, NOW as u32, 0, sequence]);
    let mut bytes = heading.u16(&[0x0102, sampling]).0;
    for (from, to, ports) in
        [([10, 0, 0, 1], [10, 0, 0, 2], [50_000, 443]), ([10, 0, 0, 2], [10, 0, 0, 1], [443, 50_000])]
    {
        let record = Bytes::default().raw(&from).raw(&to).raw(&[0; 4]).u16(&[1, 2]);
        let record = record.u32(&[7, 700, UPTIME - 5_000, UPTIME - 1_000]).u16(&ports);
        bytes.extend(record.raw(&[0, 0x1b, 6, 0]).u16(&[0, 0, 0, 0]).0);
    }
    bytes
}

fn netflow9(sets: &[Vec<u8>], sequence: u32) -> Vec<u8> {
    let heading = Bytes::default().u16(&[9, sets.len() as u16]);
    heading.u32(&[UPTIME, NOW as u32, sequence, 77]).raw(&sets.concat()).0
}

fn ipfix(sets: &[Vec<u8>], sequence: u32) -> Vec<u8> {
    let body = sets.concat();
    let heading = Bytes::default().u16(&[10, body.len() as u16 + 16]);
    heading.u32(&[NOW as u32, sequence, 77]).raw(&body).0
}

/// A template of NetFlow 9 for IPv4, and a record of it.
fn template9() -> Vec<u8> {
    let fields = [
        (8, 4),
        (12, 4),
        (7, 2),
        (11, 2),
        (4, 1),
        (6, 1),
        (1, 4),
        (2, 4),
        (22, 4),
        (21, 4),
        (58, 2),
        (56, 6),
    ];
    let pairs: Vec<u16> = fields.iter().flat_map(|(number, length)| [*number, *length]).collect();
    set(0, Bytes::default().u16(&[256, fields.len() as u16]).u16(&pairs))
}

fn data9(source: u8) -> Vec<u8> {
    let record =
        Bytes::default().raw(&[10, 0, 0, source]).raw(&[10, 0, 0, 9]).u16(&[40_000, 104]).u8(6).u8(0x1b);
    let record = record.u32(&[5_000, 9, UPTIME - 60_000, UPTIME]).u16(&[30]).raw(&[0, 1, 2, 3, 4, 5]);
    set(256, record.raw(&[0, 0, 0]))
}

fn sampling9(rate: u32) -> [Vec<u8>; 2] {
    let template = Bytes::default().u16(&[257, 4, 8]).u16(&[1, 4]).u16(&[34, 4, 35, 1]).raw(&[0, 0]);
    let record = Bytes::default().u32(&[0, rate]).u8(1).raw(&[0; 3]);
    [set(1, template), set(257, record)]
}

/// IPFIX with variable and shortened lengths, elements of makers, and both directions in one record.
fn ipfix_both_ways() -> Vec<u8> {
    let template = Bytes::default().u16(&[300, 12]).u16(&[27, 16, 28, 16, 7, 2, 11, 2, 4, 1]);
    let template =
        template.u16(&[1, 2, 2, 1]).u16(&[0x8001, 8]).u32(&[29_305]).u16(&[0x8002, 8]).u32(&[29_305]);
    let template = template.u16(&[0x8000 | 110, 0xffff]).u32(&[9]).u16(&[152, 8, 153, 8]);
    let record = |name: &[u8], long: bool| {
        let bytes = Bytes::default().raw(&[0xfd; 16]).raw(&[0xfe; 16]).u16(&[50_001, 443]).u8(6);
        let bytes = bytes.u16(&[1_200]).u8(8).raw(&9_000u64.to_be_bytes()).raw(&12u64.to_be_bytes());
        let bytes = if long { bytes.u8(0xff).u16(&[name.len() as u16]) } else { bytes.u8(name.len() as u8) };
        let millis = |ago: i64| ((NOW - ago) as u64 * 1_000).to_be_bytes();
        bytes.raw(name).raw(&millis(90)).raw(&millis(30)).0
    };
    let records = [record(b"x", false), record(&[b'y'; 300], true)].concat();
    ipfix(&[set(2, template), set(300, Bytes::default().raw(&records))], 5)
}

pub(super) fn sflow() -> Vec<u8> {
    let frame = [&[2, 0, 0, 0, 0, 9][..], &[2, 0, 0, 0, 0, 8], &[8, 0], &[0x45; 50]].concat();
    let raw = Bytes::default().u32(&[1, 1_518, 4, frame.len() as u32]).raw(&frame).0;
    let switch = Bytes::default().u32(&[20, 0, 21, 0]).0;
    let v4 = Bytes::default().u32(&[400, 17]).raw(&[10, 0, 0, 1, 10, 0, 0, 2]).u32(&[5_000, 53, 0, 0]).0;
    let tagged = |tag: u32, body: &[u8]| Bytes::default().u32(&[tag, body.len() as u32]).raw(body).0;
    let records = [tagged(1, &raw), tagged(1001, &switch)].concat();
    let sample = Bytes::default().u32(&[1, 3, 512, 0, 0, 1, 2, 2]).raw(&records).0;
    let expanded = Bytes::default().u32(&[1, 0, 3, 256, 0, 0, 0, 1, 0, 2, 1]).raw(&tagged(3, &v4)).0;
    let samples = [tagged(1, &sample), tagged(2, &[0; 20]), tagged(3, &expanded)].concat();
    let heading = Bytes::default().u32(&[5, 1]).raw(&[192, 0, 2, 7]).u32(&[0, 40, UPTIME, 3]);
    heading.raw(&samples).0
}

pub(super) fn golden() -> Vec<Vec<u8>> {
    let [template, sampling] = sampling9(100);
    vec![
        netflow5(0, 0),
        netflow9(&[template9(), template, sampling, data9(1), data9(2)], 0),
        ipfix_both_ways(),
        sflow(),
    ]
}

fn record(kept: &Kept) -> (Record, u32) {
    match kept {
        Kept::Record(record, rate) => (*record, *rate),
        Kept::Sample(..) => panic!("a sample"),
    }
}

#[test]
fn netflow_5_tells_flows_by_our_clock() {
    let mut collector = Collector::new();
    let told = read(&mut collector, &netflow5(0x4000 | 64, 10));
    let (first, rate) = record(&told[0]);
    assert_eq!((told.len(), rate), (2, 64));
    assert_eq!(first.source, (IpAddr::from([10, 0, 0, 1]), 50_000));
    assert_eq!(first.destination, (IpAddr::from([10, 0, 0, 2]), 443));
    assert_eq!(
        (first.packets, first.bytes, first.tcp_flags, first.transport),
        (7, 700, 0x1b, Transport::Tcp)
    );
    assert_eq!(
        (first.first, first.last),
        (Timestamp::from_seconds(NOW - 5), Timestamp::from_seconds(NOW - 1))
    );
    let known = collector.exporters()[0];
    assert_eq!(
        (known.address, known.kind, known.sampling, known.records),
        (exporter(), Kind::NetFlow5, 64, 2)
    );
    read(&mut collector, &netflow5(0, 15));
    assert_eq!(count(&mut collector, "flows.lost_records"), 3, "12 was expected");
}

#[test]
fn netflow_9_needs_its_template_first() {
    let mut collector = Collector::new();
    assert!(read(&mut collector, &netflow9(&[data9(1)], 1)).is_empty());
    assert_eq!(count(&mut collector, "flows.sets_without_template"), 1);
    let told = read(&mut collector, &netflow9(&[template9(), data9(1), data9(2)], 2));
    assert_eq!(told.len(), 2);
    let (first, rate) = record(&told[0]);
    assert_eq!((first.packets, first.bytes, first.vlan, rate), (9, 5_000, 30, 1));
    assert_eq!(first.source_mac, Some(Mac([0, 1, 2, 3, 4, 5])));
    assert_eq!((first.first, first.last), (Timestamp::from_seconds(NOW - 60), now()));
    let [template, sampling] = sampling9(100);
    assert!(read(&mut collector, &netflow9(&[template, sampling], 3)).is_empty());
    let told = read(&mut collector, &netflow9(&[data9(3)], 6));
    assert_eq!(record(&told[0]).1, 100, "sampling is told by options");
    assert_eq!(count(&mut collector, "flows.lost_datagrams"), 2, "4 was expected");
}

#[test]
fn ipfix_tells_both_ways_and_passes_makers_elements_over() {
    let mut collector = Collector::new();
    let told = read(&mut collector, &ipfix_both_ways());
    assert_eq!(told.len(), 2);
    let (first, _) = record(&told[1]);
    assert_eq!(first.source, (IpAddr::from([0xfd; 16]), 50_001));
    assert_eq!((first.packets, first.bytes, first.back_packets, first.back_bytes), (8, 1_200, 12, 9_000));
    assert_eq!(
        (first.first, first.last),
        (Timestamp::from_seconds(NOW - 90), Timestamp::from_seconds(NOW - 30))
    );
    let known = read(&mut collector, &ipfix(&[set(300, Bytes::default())], 9));
    assert!(known.is_empty());
    assert_eq!(count(&mut collector, "flows.lost_records"), 2, "7 was expected");
    // Withdrawn (RFC 7011 section 8.1).
    read(&mut collector, &ipfix(&[set(2, Bytes::default().u16(&[300, 0]))], 9));
    read(&mut collector, &ipfix(&[set(300, Bytes::default())], 9));
    assert_eq!(count(&mut collector, "flows.sets_without_template"), 1);
}

#[test]
fn ipfix_tells_one_in_how_many_in_two_ways() {
    let options = |fields: &[u16], values: &[u32]| {
        let count = fields.len() as u16 / 2 + 1;
        let template = Bytes::default().u16(&[400, count, 1]).u16(&[149, 4]).u16(fields);
        ipfix(&[set(3, template), set(400, Bytes::default().u32(&[77]).u32(values))], 0)
    };
    let mut collector = Collector::new();
    read(&mut collector, &options(&[305, 4, 306, 4], &[1, 999]));
    assert_eq!(collector.exporters()[0].sampling, 1_000);
    read(&mut collector, &options(&[34, 4], &[50]));
    assert_eq!(collector.exporters()[0].sampling, 50);
}

#[test]
fn sflow_lends_headers_with_the_switchs_vlan() {
    let mut collector = Collector::new();
    let told = read(&mut collector, &sflow());
    let Kept::Sample(link, wire_len, bytes, vlan, rate) = &told[0] else { panic!("{told:?}") };
    assert_eq!((*link, *wire_len, bytes.len(), *vlan, *rate), (LinkType::Ethernet, 1_514, 64, 20, 512));
    let (sampled, rate) = record(&told[1]);
    assert_eq!((sampled.packets, sampled.bytes, rate), (1, 400, 256));
    assert_eq!(sampled.destination, (IpAddr::from([10, 0, 0, 2]), 53));
    assert_eq!(collector.exporters()[0].address, IpAddr::from([192, 0, 2, 7]), "the agent names itself");
}

#[test]
fn templates_are_each_exporters_own_and_expire() {
    let mut collector = Collector::new();
    read(&mut collector, &netflow9(&[template9()], 0));
    let datagram = netflow9(&[data9(1)], 1);
    let other = collector.recognise(IpAddr::from([192, 0, 2, 2]), now(), &datagram).unwrap();
    collector.read(other, now(), &datagram, &mut |_, _, _| panic!("another's template"));
    let later = |seconds| Timestamp::from_seconds(NOW + seconds);
    assert_eq!(at(&mut collector, later(5_000), &datagram).len(), 1);
    assert!(at(&mut collector, later(5_401), &datagram).is_empty());
    assert_eq!(count(&mut collector, "flows.templates_expired"), 1);
}

#[test]
fn what_grows_has_a_limit_that_is_counted() {
    let mut collector = Collector::new();
    let templates: Vec<Vec<u8>> =
        (256..=8_000).map(|id| set(0, Bytes::default().u16(&[id, 1]).u16(&[8, 4]))).collect();
    for part in templates.chunks(1_000) {
        read(&mut collector, &netflow9(part, 0));
    }
    assert_eq!(count(&mut collector, "limit.templates"), 7_745 - 4_096);
    for host in 0..2_000u32 {
        collector.recognise(IpAddr::from((0x0a00_0000 + host).to_be_bytes()), now(), &netflow5(0, 0));
    }
    assert_eq!(count(&mut collector, "limit.exporters"), 2_001 - 1_024);
    assert_eq!(collector.exporters().len(), 1_024);
    let mut collector = Collector::new();
    let wide = Bytes::default().u16(&[256, 300]).u16(&[8, 4].repeat(300));
    read(&mut collector, &netflow9(&[set(0, wide)], 0));
    assert_eq!(count(&mut collector, "limit.templates"), 1);
}

#[test]
fn lies_cost_a_datagram() {
    let mut collector = Collector::new();
    let empty = set(0, Bytes::default().u16(&[256, 1]).u16(&[8, 0]));
    assert!(
        read(&mut collector, &netflow9(&[empty, set(256, Bytes::default().raw(&[0; 64]))], 0)).is_empty()
    );
    let mut long = netflow9(&[template9(), data9(1)], 1);
    let last = long.len();
    long[20 + 2..20 + 4].copy_from_slice(&(last as u16).to_be_bytes());
    read(&mut collector, &long);
    let mut many = netflow5(0, 0);
    many[2..4].copy_from_slice(&30u16.to_be_bytes());
    assert_eq!(read(&mut collector, &many).len(), 2, "what is there is told");
    assert_eq!(count(&mut collector, "flows.malformed_datagrams"), 2);
    assert!(read(&mut collector, b"hello").is_empty());
    assert_eq!(count(&mut collector, "flows.unknown_datagrams"), 1);
    assert_eq!(read(&mut collector, &netflow5(0, 0)).len(), 2);
}

#[test]
fn a_fuzzer_starts_from_these() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/flows");
    for (number, bytes) in golden().into_iter().enumerate() {
        let path = folder.join(format!("golden-{number}"));
        if std::env::var_os("CORDON_WRITE_CORPUS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap(), bytes, "CORDON_WRITE_CORPUS=1 writes {}", path.display());
    }
}

proptest! {
    #[test]
    fn any_bytes_and_every_prefix_are_read_without_harm(
        which in 0usize..4, cut in any::<prop::sample::Index>(), change in any::<prop::sample::Index>(), to in any::<u8>(),
    ) {
        let mut collector = Collector::new();
        let mut bytes = golden()[which].clone();
        let place = change.index(bytes.len());
        bytes[place] = to;
        read(&mut collector, &bytes);
        bytes.truncate(cut.index(bytes.len()));
        read(&mut collector, &bytes);
        // And afterwards a good one is read as ever.
        let fresh = read(&mut Collector::new(), &sflow());
        prop_assert_eq!(fresh.len(), 2);
    }

    #[test]
    fn noise_is_read_without_harm(head in 0usize..4, noise in proptest::collection::vec(any::<u8>(), 0..600)) {
        let start: &[u8] = [&[0u8, 5][..], &[0, 9], &[0, 10], &[0, 0, 0, 5]][head];
        let mut collector = Collector::new();
        for _ in 0..2 {
            read(&mut collector, &[start, &noise].concat());
        }
    }
}
