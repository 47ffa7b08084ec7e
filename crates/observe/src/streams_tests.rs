//! Streams against a reference: whatever the order, cut and repetition, the same bytes come out.

use super::*;
use proptest::prelude::*;

const HOLE_PACKETS_MAX: u8 = 200;

struct Bench {
    pool: Pool,
    scratch: Vec<u8>,
    counters: Counters,
}

impl Bench {
    fn new() -> Bench {
        Bench { pool: Pool::new(1 << 20), scratch: Vec::new(), counters: Counters::new() }
    }

    fn shared(&mut self) -> Shared<'_> {
        Shared {
            pool: &mut self.pool,
            scratch: &mut self.scratch,
            counters: &mut self.counters,
            side_bytes_max: 32 << 10,
            hole_packets_max: HOLE_PACKETS_MAX,
        }
    }
}

/// Takes bytes in steps of its own and remembers them; `appetite` bytes must be there before it takes any.
struct Collector {
    bytes: Vec<u8>,
    gaps: Vec<(usize, u64)>,
    appetite: usize,
}

impl Collector {
    fn new(appetite: usize) -> Collector {
        Collector { bytes: Vec::new(), gaps: Vec::new(), appetite }
    }

    fn read(&mut self, offer: Offer<'_>) -> Step {
        match offer {
            Offer::Bytes(bytes) => {
                let count = bytes.len() / self.appetite * self.appetite;
                self.bytes.extend_from_slice(&bytes[..count]);
                Step::Took(count)
            }
            Offer::Gap(missing) => {
                self.gaps.push((self.bytes.len(), missing));
                Step::Took(0)
            }
        }
    }
}

fn content(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i.wrapping_mul(2_654_435_761) >> 7) as u8).collect()
}

proptest! {
    #[test]
    fn any_order_cut_and_repetition_gives_the_same_bytes(
        length in 1usize..12_000,
        start in prop_oneof![Just(u32::MAX - 3_000), any::<u32>()],
        cuts in proptest::collection::vec(1usize..1_400, 1..40),
        repeats in proptest::collection::vec((0usize..12_000, 1usize..2_000), 0..10),
        order in any::<u64>(),
        appetite in prop_oneof![Just(1usize), 2usize..400],
    ) {
        let sent = content(length);
        let mut segments = Vec::new();
        let (mut at, mut index) = (0, 0);
        while at < length {
            let size = cuts[index % cuts.len()].min(length - at);
            segments.push((at, size));
            at += size;
            index += 1;
        }
        segments.extend(repeats.iter().filter(|(at, _)| *at < length).map(|(at, size)| (*at, (*size).min(length - at))));
        // A hole that more packets than the limit have passed is given up, as another test shows; here none is.
        prop_assume!(segments.len() < usize::from(HOLE_PACKETS_MAX));
        let mut seed = order | 1;
        segments.sort_by_cached_key(|_| { seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); seed >> 33 });
        let mut bench = Bench::new();
        let (mut stream, mut collector) = (Stream::default(), Collector::new(appetite));
        stream.start(start);
        for (at, size) in segments {
            let sequence = start.wrapping_add(at as u32);
            stream.segment(&mut bench.shared(), sequence, &sent[at..at + size], 0, &mut |offer| collector.read(offer));
        }
        prop_assert_eq!(&collector.bytes, &sent[..length / appetite * appetite]);
        prop_assert!(collector.gaps.is_empty());
        prop_assert_eq!(stream.waiting() as usize, length % appetite);
    }

    #[test]
    fn whatever_is_lost_the_rest_stays_in_place(
        lost in proptest::collection::vec(any::<bool>(), 2..60),
    ) {
        let sent = content(lost.len() * 100);
        let mut bench = Bench::new();
        let (mut stream, mut collector) = (Stream::default(), Collector::new(1));
        stream.start(7);
        for (index, chunk) in sent.chunks(100).enumerate().filter(|(index, _)| !lost[*index]) {
            let sequence = 7 + 100 * index as u32;
            stream.segment(&mut bench.shared(), sequence, chunk, 0, &mut |offer| collector.read(offer));
        }
        stream.finish(&mut bench.shared(), &mut |offer| collector.read(offer));
        let kept: Vec<u8> = sent.chunks(100).zip(&lost).filter(|(_, lost)| !**lost).flat_map(|(chunk, _)| chunk.to_vec()).collect();
        prop_assert_eq!(&collector.bytes, &kept);
        let trailing = lost.iter().rev().take_while(|lost| **lost).count();
        let missing: u64 = collector.gaps.iter().map(|(_, missing)| missing).sum();
        prop_assert_eq!(missing as usize, 100 * (lost.iter().filter(|lost| **lost).count() - trailing));
    }
}

#[test]
fn cut_segments_leave_a_gap_of_their_own_size() {
    let mut bench = Bench::new();
    let (mut stream, mut collector) = (Stream::default(), Collector::new(1));
    for index in 0..3u32 {
        stream.segment(&mut bench.shared(), index * 10, b"abcd", 6, &mut |offer| collector.read(offer));
    }
    assert_eq!(collector.bytes, b"abcdabcdabcd");
    assert_eq!(collector.gaps, [(4, 6), (8, 6), (12, 6)]);
}

#[test]
fn a_hole_is_passed_over_in_the_end_or_when_acknowledged() {
    for acknowledge in [false, true] {
        let mut bench = Bench::new();
        let (mut stream, mut collector) = (Stream::default(), Collector::new(1));
        stream.start(0);
        for index in 1..300u32 {
            stream.segment(&mut bench.shared(), index * 10, b"0123456789", 0, &mut |offer| {
                collector.read(offer)
            });
            if acknowledge {
                let next = index * 10 + 10;
                stream.acknowledged(&mut bench.shared(), next, &mut |offer| collector.read(offer));
            }
        }
        assert_eq!(collector.gaps, [(0, 10)]);
        assert_eq!(collector.bytes.len(), 2_990);
    }
}

#[test]
fn a_reader_that_never_takes_is_given_up() {
    let mut bench = Bench::new();
    let (mut stream, mut collector) = (Stream::default(), Collector::new(usize::MAX));
    for index in 0..60u32 {
        stream
            .segment(&mut bench.shared(), index * 1_000, &[0; 1_000], 0, &mut |offer| collector.read(offer));
    }
    assert!(stream.is_done());
    assert_eq!(bench.counters.get(Counter::SideBytesLimit), 1);
}

#[test]
fn a_forged_segment_far_ahead_does_not_disturb() {
    let mut bench = Bench::new();
    let (mut stream, mut collector) = (Stream::default(), Collector::new(1));
    stream.start(0);
    stream.segment(&mut bench.shared(), 1 << 30, b"forged", 0, &mut |offer| collector.read(offer));
    for index in 0..500u32 {
        stream.segment(&mut bench.shared(), index * 4, b"real", 0, &mut |offer| collector.read(offer));
    }
    assert_eq!(collector.bytes, b"real".repeat(500));
    assert!(collector.gaps.is_empty());
}
