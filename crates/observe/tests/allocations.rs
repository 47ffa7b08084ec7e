//! Once warm, observing allocates nothing: the same traffic again costs no allocation at all.

mod common;

use common::{Frame, Packets, capture};
use cordon_model::Timestamp;
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

#[expect(unsafe_code, reason = "counting allocations needs an allocator of our own; it only passes on")]
// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[derive(Default)]
struct Count {
    facts: u64,
    flows: u64,
    events: u64,
}

impl Sink for Count {
    fn fact(&mut self, _seen: Seen<'_>) {
        self.facts += 1;
    }

    fn flow(&mut self, _flow: &Flow) {
        self.flows += 1;
    }

    fn event(&mut self, _event: SeenEvent<'_>) {
        self.events += 1;
    }
}

fn replay(engine: &mut Engine, packets: &Packets, shift_micros: i64) -> Count {
    let mut count = Count::default();
    for (Frame { at, wire_len, bytes }, number) in packets.frames.iter().zip(1..) {
        engine.frame(packets.link, at.plus_micros(shift_micros), number, *wire_len, bytes, &mut count);
    }
    engine.finish(&mut count);
    count
}

fn second_replay_allocates(settings: Settings, packets: &Packets, shift_micros: i64) -> u64 {
    let mut engine = Engine::new(settings);
    let first = replay(&mut engine, packets, 0);
    let before = ALLOCATIONS.with(Cell::get);
    let second = replay(&mut engine, packets, shift_micros);
    let allocated = ALLOCATIONS.with(Cell::get) - before;
    // A shift over an hour's border reports some flows in two parts.
    assert!(first.facts > 0 && first.flows > 0 && second.facts > 0 && second.flows >= first.flows / 2);
    allocated
}

#[test]
fn the_counter_counts() {
    let before = ALLOCATIONS.with(Cell::get);
    drop(std::hint::black_box(vec![0u8; 64]));
    assert_eq!(ALLOCATIONS.with(Cell::get) - before, 1);
}

#[test]
fn recorded_traffic_again_costs_no_allocation() {
    for name in ["medical/lab__labA.pcap", "formats/lab__labA_snaplen96.pcap"] {
        let Some(packets) = capture(name) else {
            eprintln!("skipped: no ../shared/data/captures/{name}");
            continue;
        };
        assert_eq!(second_replay_allocates(Settings::default(), &packets, 0), 0, "{name}");
        assert_eq!(second_replay_allocates(Settings::default(), &packets, 5_000_000_000), 0, "{name} later");
    }
}

#[test]
fn made_up_traffic_again_costs_no_allocation() {
    let packets = common::busy(3_000);
    let tight = Settings { conversations_max: 256, readers_max: 64, ..Settings::default() };
    for settings in [Settings::default(), tight] {
        assert_eq!(second_replay_allocates(settings, &packets, 1_000_000), 0);
    }
    assert_eq!(packets.frames[0].at, Timestamp::from_seconds(common::START));
}

#[test]
fn bodies_again_cost_no_allocation() {
    // A capability statement compressed in chunks; an object stored over the web. Over DICOM: a negotiation of
    // every item, queries, a worklist, an object compressed as a whole.
    let web = ["http/golden-4", "http/golden-5"].map(|name| (name, 8_080));
    let dicom =
        ["dicom/golden-2", "dicom/golden-3", "dicom/golden-4", "dicom/golden-8"].map(|name| (name, 104));
    // Tokens, tickets, directories, desktops, databases.
    let enterprise = [
        ("smb/golden-0", 445),
        ("smb/golden-1", 445),
        ("kerberos_stream/golden-0", 88),
        ("ldap_stream/golden-0", 389),
        ("rdp/golden-1", 3389),
        ("mssql/golden-0", 1433),
        ("mysql/golden-0", 3306),
        ("postgres/golden-0", 5432),
        ("oracle/golden-0", 1521),
        ("dcerpc/golden-0", 135),
    ];
    for (name, port) in web.into_iter().chain(dicom).chain(enterprise) {
        let frames = common::golden(name, port);
        let frame = |bytes: Vec<u8>| Frame {
            at: Timestamp::from_seconds(common::START),
            wire_len: bytes.len() as u32,
            bytes,
        };
        let packets = Packets { link: LinkType::Ethernet, frames: frames.into_iter().map(frame).collect() };
        assert_eq!(second_replay_allocates(Settings::default(), &packets, 1_000_000), 0, "{name}");
    }
}
