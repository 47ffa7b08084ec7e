//! Once warm, the same traffic again costs no allocation, from the file to the Batch being filled.

use cordon_model::{Mac, Timestamp};
use cordon_sensor::{Input, Observation, Settings};
use cordon_testkit::capture::Pcap;

use cordon_testkit::frames::{ArpOperation, Connection, Frame, Link, Side, Stack, arp, ethernet};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::io::Cursor;
use std::net::Ipv4Addr;

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

const START_SECONDS: i64 = 1_794_816_000;

fn side(last: u8, port: u16) -> Side {
    let mac = Mac([0x00, 0x1b, 0x0d, 0, 0, last]);
    Side { mac, ip: Ipv4Addr::new(10, 0, 0, last).into(), port, stack: Stack::Linux, ip_id: 1 }
}

/// Announcements and web visits of twenty hosts within some minutes.
fn traffic() -> Vec<Frame> {
    let mut frames = Vec::new();
    for last in 1..=20u8 {
        let at = Timestamp::from_seconds(START_SECONDS + i64::from(last));
        let (mac, ip) = (side(last, 0).mac, Ipv4Addr::new(10, 0, 0, last));
        let link = Link { source: mac, destination: Mac::BROADCAST, vlan: None };
        let packet = arp(ArpOperation::Reply, (mac, ip), (Mac::BROADCAST, ip));
        frames.push(Frame { time: at, bytes: ethernet(&link, 0x0806, &packet) });
        let mut visit = Connection::open(side(last, 50_000), side(200, 80), None, at, 2_000, (7, 9));
        visit.client(b"GET / HTTP/1.1\r\nHost: pump.example\r\nUser-Agent: Pump/4\r\n\r\n");
        visit.server(b"HTTP/1.1 200 OK\r\nServer: thing/1.0\r\nContent-Length: 0\r\n\r\n");
        frames.extend(visit.close());
    }
    frames.sort_by_key(|frame| frame.time);
    frames
}

/// How many allocations it costs to read the traffic `times` times over.
fn allocations(observation: &mut Observation, times: usize) -> u64 {
    let frames = traffic();
    let bytes = (0..times).fold(Pcap::default(), |file, _| file.frames(&frames)).bytes();
    let input = Input::from_reader("a", Box::new(Cursor::new(bytes)), None, false);
    let before = ALLOCATIONS.with(Cell::get);
    let report = observation.input(input, &mut (), &mut |_| {});
    let cost = ALLOCATIONS.with(Cell::get) - before;
    assert_eq!(report.packets, (frames.len() * times) as u64);
    cost
}

#[test]
fn repeated_traffic_costs_no_allocation() {
    let mut settings = Settings::named("test");
    settings.limits.window_packets_min = u64::MAX;
    let mut observation = Observation::new(settings);
    let cold = allocations(&mut observation, 2);
    let once = allocations(&mut observation, 1);
    let often = allocations(&mut observation, 20);
    assert!(cold > often, "the first time everything is new: {cold}");
    // What is left is the report of the input itself.
    assert!(often <= once + 2, "{once} allocations for one pass, {often} for twenty");
    assert!(once < 40, "{once}");
}
