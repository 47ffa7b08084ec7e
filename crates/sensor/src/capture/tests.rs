//! Files built byte by byte: every format, every way to be broken.

use super::*;
use proptest::prelude::*;
use std::io::{self, Read, Write};

/// Hands out bytes in pieces of the given sizes, again and again.
struct Pieces {
    bytes: Vec<u8>,
    at: usize,
    sizes: Vec<usize>,
    turn: usize,
}

impl Read for Pieces {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let size = if self.sizes.is_empty() { usize::MAX } else { self.sizes[self.turn % self.sizes.len()] };
        self.turn += 1;
        let count = size.max(1).min(out.len()).min(self.bytes.len() - self.at);
        out[..count].copy_from_slice(&self.bytes[self.at..self.at + count]);
        self.at += count;
        Ok(count)
    }
}

/// What a frame said, kept.
type Kept = (u64, Option<i64>, u32, u32, Vec<u8>);

struct Outcome {
    kind: String,
    frames: Vec<Kept>,
    damage: Option<Damage>,
    skipped: Vec<(String, u64)>,
    sha256: String,
}

fn read_pieces(bytes: &[u8], sizes: &[usize]) -> Outcome {
    let pieces = Pieces { bytes: bytes.to_vec(), at: 0, sizes: sizes.to_vec(), turn: 0 };
    let input = Input::from_reader("test", Box::new(pieces), Some(bytes.len() as u64), true);
    let kind = input.kind();
    let mut capture = Capture::new(input);
    let mut frames = Vec::new();
    let damage = loop {
        match capture.next() {
            Ok(Some(frame)) => {
                let at = frame.at.map(Timestamp::micros);
                frames.push((frame.number, at, frame.link, frame.wire_len, frame.bytes.to_vec()));
            }
            Ok(None) => break None,
            Err(damage) => break Some(damage),
        }
    };
    assert_eq!(capture.next(), Ok(None));
    assert_eq!(capture.packets(), frames.len() as u64);
    let (sha256, skipped) = capture.finish();
    Outcome { kind, frames, damage, skipped: skipped.into_counts().into_iter().collect(), sha256 }
}

fn read(bytes: &[u8]) -> Outcome {
    read_pieces(bytes, &[])
}

fn put32(out: &mut Vec<u8>, order: Order, value: u32) {
    match order {
        Order::Little => out.extend(value.to_le_bytes()),
        Order::Big => out.extend(value.to_be_bytes()),
    }
}

fn put16(out: &mut Vec<u8>, order: Order, value: u16) {
    match order {
        Order::Little => out.extend(value.to_le_bytes()),
        Order::Big => out.extend(value.to_be_bytes()),
    }
}

fn pcap_header(order: Order, magic: u32, link: u32) -> Vec<u8> {
    let mut file = Vec::new();
    put32(&mut file, order, magic);
    put16(&mut file, order, 2);
    put16(&mut file, order, 4);
    for value in [0, 0, 65535, link] {
        put32(&mut file, order, value);
    }
    file
}

fn pcap_record(file: &mut Vec<u8>, order: Order, seconds: u32, fraction: u32, frame: &[u8]) {
    for value in [seconds, fraction, frame.len() as u32, frame.len() as u32 + 4] {
        put32(file, order, value);
    }
    file.extend(frame);
}

fn block(order: Order, kind: u32, body: &[u8]) -> Vec<u8> {
    let length = 12 + body.len().next_multiple_of(4) as u32;
    let mut block = Vec::new();
    put32(&mut block, order, kind);
    put32(&mut block, order, length);
    block.extend(body);
    block.resize(8 + body.len().next_multiple_of(4), 0);
    put32(&mut block, order, length);
    block
}

fn section(order: Order) -> Vec<u8> {
    let mut body = Vec::new();
    put32(&mut body, order, 0x1a2b_3c4d);
    put16(&mut body, order, 1);
    put16(&mut body, order, 0);
    body.extend([0xff; 8]);
    block(order, 0x0a0d_0d0a, &body)
}

fn interface(order: Order, link: u16, snap: u32, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    put16(&mut body, order, link);
    put16(&mut body, order, 0);
    put32(&mut body, order, snap);
    for (code, value) in options {
        put16(&mut body, order, *code);
        put16(&mut body, order, value.len() as u16);
        body.extend(*value);
        body.resize(body.len().next_multiple_of(4), 0);
    }
    if !options.is_empty() {
        body.extend([0; 4]);
    }
    block(order, 1, &body)
}

fn enhanced(order: Order, interface: u32, ticks: u64, frame: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    let length = frame.len() as u32;
    for value in [interface, (ticks >> 32) as u32, ticks as u32, length, length + 4] {
        put32(&mut body, order, value);
    }
    body.extend(frame);
    body.resize(body.len().next_multiple_of(4), 0);
    // A comment, then the end of options.
    put16(&mut body, order, 1);
    put16(&mut body, order, 2);
    body.extend(b"hi\0\0\0\0\0\0");
    block(order, 6, &body)
}

fn simple(order: Order, wire: u32, frame: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    put32(&mut body, order, wire);
    body.extend(frame);
    block(order, 3, &body)
}

fn sample() -> Vec<u8> {
    let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
    for number in 0..5u32 {
        pcap_record(&mut file, Order::Little, 100 + number, 7, &vec![number as u8; 40 + number as usize]);
    }
    file
}

fn sample_ng() -> Vec<u8> {
    let big = Order::Big;
    [
        section(Order::Little),
        interface(Order::Little, 1, 0, &[(2, b"eth0")]),
        interface(Order::Little, 113, 0, &[(9, &[9]), (14, &(-100i64).to_le_bytes())]),
        enhanced(Order::Little, 0, 5_000_000, b"first"),
        block(Order::Little, 4, b"names"),
        block(Order::Little, 0x0bad, b"custom"),
        enhanced(Order::Little, 1, 105_000_000_999, b"second"),
        enhanced(Order::Little, 7, 0, b"of an interface nobody described"),
        section(big),
        interface(big, 101, 3, &[(9, &[0x80 | 10])]),
        simple(big, 9, b"thi"),
        enhanced(big, 0, 3 << 10, b"fourth"),
    ]
    .concat()
}

#[test]
fn pcap_in_both_orders_and_both_resolutions() {
    for order in [Order::Little, Order::Big] {
        for (magic, fraction) in [(0xa1b2_c3d4, 7), (0xa1b2_3c4d, 7_999)] {
            let mut file = pcap_header(order, magic, 113);
            pcap_record(&mut file, order, 0xffff_ffff, fraction, b"abc");
            let outcome = read(&file);
            assert_eq!(outcome.kind, "pcap");
            let at = 0xffff_ffff_i64 * 1_000_000 + 7;
            assert_eq!(outcome.frames, [(1, Some(at), 113, 7, b"abc".to_vec())]);
            assert_eq!(outcome.damage, None);
        }
    }
}

#[test]
fn the_modified_form_has_longer_records() {
    let mut file = pcap_header(Order::Little, 0xa1b2_cd34, 1);
    for frame in [b"one".as_slice(), b"two"] {
        pcap_record(&mut file, Order::Little, 1, 0, frame);
        let at = file.len() - frame.len();
        file.splice(at..at, [9; 8]);
    }
    let outcome = read(&file);
    assert_eq!(outcome.kind, "pcap (modified)");
    assert_eq!(outcome.frames.iter().map(|frame| frame.4.as_slice()).collect::<Vec<_>>(), [b"one", b"two"]);
}

#[test]
fn old_versions_have_their_lengths_the_other_way_round() {
    for minor in [2, 3] {
        let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
        file[6] = minor;
        for value in [1, 0, 9, 3] {
            put32(&mut file, Order::Little, value);
        }
        file.extend(b"abc");
        assert_eq!(read(&file).frames, [(1, Some(1_000_000), 1, 9, b"abc".to_vec())]);
    }
    let mut file = sample();
    file[4] = 7;
    assert_eq!(read(&file).damage.unwrap().reason, "pcap version 7.4 is not known");
}

#[test]
fn pcapng_sections_and_interfaces_have_their_own_order_link_and_clock() {
    let outcome = read(&sample_ng());
    assert_eq!(outcome.damage, None);
    assert_eq!(
        outcome.frames,
        [
            (1, Some(5_000_000), 1, 9, b"first".to_vec()),
            (2, Some(5_000_000), 113, 10, b"second".to_vec()),
            (3, None, 101, 9, b"thi".to_vec()),
            (4, Some(3_000_000), 101, 10, b"fourth".to_vec()),
        ]
    );
    let skipped = [
        ("packets of interfaces that were not described".to_owned(), 1),
        ("pcapng custom blocks".to_owned(), 1),
    ];
    assert_eq!(outcome.skipped, skipped);
}

#[test]
fn obsolete_packet_blocks_are_read() {
    let mut body = Vec::new();
    put16(&mut body, Order::Little, 0);
    put16(&mut body, Order::Little, 3);
    for value in [0, 1_000, 3, 60] {
        put32(&mut body, Order::Little, value);
    }
    body.extend(b"abc");
    let file = [section(Order::Little), interface(Order::Little, 1, 0, &[]), block(Order::Little, 2, &body)]
        .concat();
    assert_eq!(read(&file).frames, [(1, Some(1_000), 1, 60, b"abc".to_vec())]);
}

#[test]
fn damage_names_its_place_and_loses_nothing_before_it() {
    let file = sample();
    let fifth = 24 + 4 * 16 + 40 + 41 + 42 + 43;
    let outcome = read(&file[..file.len() - 1]);
    assert_eq!(outcome.frames.len(), 4);
    let damage = outcome.damage.unwrap();
    assert_eq!(damage.offset, fifth as u64);
    assert_eq!(damage.reason, "the file ends inside a frame, after 43 of 44 bytes");

    let outcome = read(&file[..fifth + 7]);
    assert_eq!(outcome.frames.len(), 4);
    let damage = outcome.damage.unwrap();
    assert_eq!((damage.offset, damage.reason.contains("7 of 16")), (fifth as u64, true));

    let mut claims = file.clone();
    claims[fifth + 8..fifth + 12].copy_from_slice(&0xffff_fff0_u32.to_le_bytes());
    let outcome = read(&claims);
    assert_eq!(outcome.frames.len(), 4);
    let damage = outcome.damage.unwrap();
    assert_eq!((damage.offset, damage.reason.contains("claims 4294967280")), (fifth as u64, true));
}

#[test]
fn a_wire_length_that_lies_is_counted_and_raised() {
    let mut file = pcap_header(Order::Little, 0xa1b2_c3d4, 1);
    for value in [1, 0, 3, 1] {
        put32(&mut file, Order::Little, value);
    }
    file.extend(b"abc");
    let outcome = read(&file);
    assert_eq!(outcome.frames, [(1, Some(1_000_000), 1, 3, b"abc".to_vec())]);
    assert_eq!(outcome.skipped, [("wire lengths shorter than the frame".to_owned(), 1)]);
}

#[test]
fn blocks_that_lie_are_damage() {
    let start = [section(Order::Little), interface(Order::Little, 1, 0, &[])].concat();
    let good = [start.clone(), enhanced(Order::Little, 0, 1, b"ok")].concat();
    let with = |at: usize, value: u32| {
        let mut bad = enhanced(Order::Little, 0, 1, b"abcd");
        let at = if at == usize::MAX { bad.len() - 4 } else { at };
        bad[at..at + 4].copy_from_slice(&value.to_le_bytes());
        read(&[good.clone(), bad].concat())
    };
    for (at, value, reason) in [
        (4, 3, "the least is 12"),
        (4, 0xffff_ffff, "claims 4294967295 bytes"),
        (4, 4096, "ends inside a block of 4096 bytes"),
        (20, 4000, "room for"),
        (usize::MAX, 8, "at its end"),
        (0, 0x0a0d_0d0a, "byte order mark"),
    ] {
        let outcome = with(at, value);
        assert_eq!(outcome.frames.len(), 1, "{reason}");
        let damage = outcome.damage.unwrap();
        assert_eq!(damage.offset, good.len() as u64);
        assert!(damage.reason.contains(reason), "{}", damage.reason);
    }
    // A block of no interest that claims 4 GB is passed over in the same memory, to the end of the file.
    let outcome = with(0, 0x0bad);
    assert_eq!((outcome.frames.len(), outcome.damage), (1, None));
}

#[test]
fn a_file_of_headings_only_is_whole() {
    for file in [pcap_header(Order::Big, 0xa1b2_c3d4, 1), section(Order::Big)] {
        let outcome = read(&file);
        assert_eq!((outcome.frames.len(), outcome.damage), (0, None));
    }
    let outcome = read(&sample()[..11]);
    assert!(outcome.damage.unwrap().reason.contains("inside its header, after 11 of 24"));
    assert_eq!(read(b"").kind, "empty file");
    assert_eq!(read(b"%PDF-1.4 and more").kind, "PDF document");
    assert_eq!(read(b"%PDF-1.4 and more").damage.unwrap().reason, "this is not a pcap file");
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap()
}

#[test]
fn compressed_files_of_several_members_are_one_stream() {
    let file = sample();
    let (front, back) = file.split_at(77);
    let gz = [gzip(front), gzip(back)].concat();
    let zst = [zstd::encode_all(front, 1).unwrap(), zstd::encode_all(back, 1).unwrap()].concat();
    let plain = read(&file).frames;
    for (bytes, kind) in [(&gz, "pcap (gzip)"), (&zst, "pcap (zstd)")] {
        let outcome = read(bytes);
        assert_eq!(outcome.kind, kind);
        assert_eq!(outcome.frames, plain);
        assert_eq!(outcome.damage, None);
    }
    for bytes in [&gz, &zst] {
        let outcome = read(&bytes[..bytes.len() - 24]);
        assert!(outcome.frames.len() < plain.len());
        assert_eq!(outcome.frames, plain[..outcome.frames.len()]);
        assert!(outcome.damage.unwrap().reason.starts_with("cannot read on"));
    }
}

#[test]
fn the_hash_is_of_the_bytes_as_given_whole_or_not() {
    // SHA-256 of the empty text (FIPS 180-4).
    assert_eq!(read(b"").sha256, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    let mut file = sample();
    file[32..36].copy_from_slice(&u32::MAX.to_le_bytes());
    file.extend(vec![7; 3 * window::BUFFER_BYTES]);
    let hash = read(&file).sha256;
    file.push(8);
    assert_ne!(hash, read(&file).sha256);
    assert_eq!(hash.len(), 64);
}

#[test]
fn lines_and_whole_texts_are_bounded() {
    let open = |bytes: &[u8]| Input::from_reader("t", Box::new(io::Cursor::new(bytes.to_vec())), None, false);
    let mut input = open(b"one\n\ntwo");
    let mut line = Vec::new();
    let mut lines = Vec::new();
    while input.line(&mut line, 10).unwrap() {
        lines.push(String::from_utf8(line.clone()).unwrap());
    }
    assert_eq!(lines, ["one", "", "two"]);
    assert!(open(b"0123456789a").line(&mut line, 10).is_err());
    assert_eq!(open(b"0123456789").read_all(10), Ok(b"0123456789".to_vec()));
    assert!(open(b"0123456789a").read_all(10).is_err());
}

proptest! {
    #[test]
    fn any_chunking_gives_the_same_frames(sizes in proptest::collection::vec(1usize..70, 1..8), which in 0..4) {
        let file = match which {
            0 => sample(),
            1 => sample_ng(),
            2 => gzip(&sample_ng()),
            _ => zstd::encode_all(sample().as_slice(), 1).unwrap(),
        };
        let (whole, pieces) = (read(&file), read_pieces(&file, &sizes));
        prop_assert_eq!(whole.frames, pieces.frames);
        prop_assert_eq!(whole.damage, pieces.damage);
        prop_assert_eq!(whole.sha256, pieces.sha256);
    }

    #[test]
    fn random_bytes_after_any_heading_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300), which in 0..5) {
        let heading = match which {
            0 => Vec::new(),
            1 => pcap_header(Order::Little, 0xa1b2_c3d4, 1),
            2 => section(Order::Big),
            3 => [section(Order::Little), interface(Order::Little, 1, 0, &[])].concat(),
            _ => vec![0x1f, 0x8b],
        };
        read(&[heading, bytes].concat());
    }

    #[test]
    fn every_single_change_is_survived(at in 0usize..400, to in any::<u8>(), ng in any::<bool>()) {
        let mut file = if ng { sample_ng() } else { sample() };
        let at = at % file.len();
        file[at] = to;
        read(&file);
    }
}
