//! What a conversation costs in memory: counted, over a table full of conversations that are being read.

mod common;

use cordon_model::Timestamp;
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

fn add(bytes: i64) {
    LIVE.with(|live| live.set(live.get() + bytes));
}

#[expect(unsafe_code, reason = "counting memory needs an allocator of our own; it only passes on")]
// SAFETY: every call is passed on unchanged to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        add(layout.size() as i64);
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        add(-(layout.size() as i64));
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        add(size as i64 - layout.size() as i64);
        // SAFETY: the caller's promises are the system allocator's conditions.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Nothing;

impl Sink for Nothing {
    fn fact(&mut self, _: Seen<'_>) {}
    fn flow(&mut self, _: &Flow) {}
    fn event(&mut self, _: SeenEvent<'_>) {}
}

/// The first data of connection `number` from a client, on an Ethernet frame.
fn segment(number: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let length = (40 + payload.len()) as u16;
    bytes.extend([0x45, 0]);
    bytes.extend(length.to_be_bytes());
    bytes.extend([0, 0, 0, 0, 64, 6, 0, 0]);
    bytes.extend((0x0a00_0000 + number).to_be_bytes());
    bytes.extend([10, 255, 0, 1]);
    bytes.extend([0xc3, 0x50, 0, 80]);
    bytes.extend([0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x18, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(payload);
    bytes
}

/// Bytes that so many conversations take which all sent this.
fn bytes_each(conversations: u32, payload: &[u8]) -> i64 {
    let before = LIVE.with(Cell::get);
    let mut engine = Engine::new(Settings::default());
    let empty = LIVE.with(Cell::get);
    for number in 0..conversations {
        let frame = segment(number, payload);
        let at = Timestamp::from_seconds(common::START);
        engine.frame(LinkType::Ethernet, at, u64::from(number), frame.len() as u32, &frame, &mut Nothing);
    }
    assert_eq!(engine.conversations(), conversations as usize);
    let full = LIVE.with(Cell::get);
    assert!(empty - before < 4 << 20, "an engine that has seen nothing takes {} bytes", empty - before);
    (full - empty) / i64::from(conversations)
}

#[test]
fn a_conversation_takes_at_most_four_kilobytes() {
    // A head that is not complete is held back, and its dissector's state with it; bytes that nobody knows
    // cost a place in the table alone. A quarter and half of the table's places are filled.
    for conversations in [16_384, 60_000] {
        let read = bytes_each(conversations, b"GET /studies HTTP/1.1\r\nHost: pacs.example\r\nAccept: ");
        let ignored = bytes_each(conversations, &[0; 700]);
        eprintln!("{conversations} conversations: {read} bytes each while read, {ignored} while ignored");
        assert!(read <= 4_096, "{read}");
        assert!(ignored <= 512, "{ignored}");
    }
}
