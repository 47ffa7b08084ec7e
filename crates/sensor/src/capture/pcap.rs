//! The classic pcap format (draft-ietf-opsawg-pcap): micro- and nanoseconds, both byte orders, and the
//! modified form of the 1990s whose records carry eight bytes more.

use super::{FRAME_BYTES_MAX, Located, Order, Skipped, window::Window};
use cordon_model::Timestamp;
use cordon_model::observe::Damage;

const FILE_HEADER_BYTES: usize = 24;
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;
const MODIFIED: u32 = 0xa1b2_cd34;

/// True when `head` starts like a pcap file.
pub(crate) fn is_pcap(head: &[u8]) -> bool {
    Magic::of(head).is_some()
}

/// True when `head` starts like the modified form.
pub(crate) fn is_modified(head: &[u8]) -> bool {
    Magic::of(head).is_some_and(|magic| magic.value == MODIFIED)
}

struct Magic {
    order: Order,
    value: u32,
}

impl Magic {
    fn of(head: &[u8]) -> Option<Magic> {
        [Order::Little, Order::Big].into_iter().find_map(|order| {
            let value = order.u32(head, 0)?;
            matches!(value, MICROSECONDS | NANOSECONDS | MODIFIED).then_some(Magic { order, value })
        })
    }
}

/// Which of a record's two lengths comes first: files before version 2.3 have them the other way round, and
/// writers of 2.3 did not agree.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lengths {
    CapturedFirst,
    WireFirst,
    SmallerIsCaptured,
}

/// What the file header says.
#[derive(Clone, Copy)]
struct Header {
    order: Order,
    /// Units of the fraction in one microsecond: 1 or 1000.
    per_micro: u32,
    record_header: usize,
    lengths: Lengths,
    link: u32,
}

/// Reads records.
pub(super) struct Records {
    header: Option<Header>,
}

impl Records {
    pub(super) fn new() -> Records {
        Records { header: None }
    }

    /// Finds the next frame; `None` at the end.
    pub(super) fn locate(
        &mut self,
        window: &mut Window,
        skipped: &mut Skipped,
    ) -> Result<Option<Located>, Damage> {
        let header = match self.header {
            Some(header) => header,
            None => *self.header.insert(read_header(window)?),
        };
        let held = window.need(header.record_header)?;
        if held == 0 {
            return Ok(None);
        }
        let damage = |window: &Window, reason: String| Err(Damage { offset: window.offset(), reason });
        let Some(record) = Record::read(header, window.bytes()).filter(|_| held >= header.record_header)
        else {
            let wanted = header.record_header;
            return damage(
                window,
                format!("the file ends inside a record header, after {held} of {wanted} bytes"),
            );
        };
        let captured = record.captured as usize;
        if captured > FRAME_BYTES_MAX {
            return damage(
                window,
                format!("a record claims {captured} captured bytes; more than {FRAME_BYTES_MAX} is no frame"),
            );
        }
        let held = window.need(header.record_header + captured)?;
        if held < header.record_header + captured {
            let there = held - header.record_header.min(held);
            return damage(
                window,
                format!("the file ends inside a frame, after {there} of {captured} bytes"),
            );
        }
        if record.wire < record.captured {
            skipped.count(|| "wire lengths shorter than the frame".to_owned());
        }
        Ok(Some(Located {
            at: Some(record.at),
            link: header.link,
            wire_len: record.wire,
            start: header.record_header,
            len: captured,
            record: header.record_header + captured,
        }))
    }
}

struct Record {
    at: Timestamp,
    captured: u32,
    wire: u32,
}

impl Record {
    fn read(header: Header, bytes: &[u8]) -> Option<Record> {
        let order = header.order;
        let seconds = order.u32(bytes, 0)?;
        let fraction = order.u32(bytes, 4)? / header.per_micro;
        let (first, second) = (order.u32(bytes, 8)?, order.u32(bytes, 12)?);
        let (captured, wire) = match header.lengths {
            Lengths::CapturedFirst => (first, second),
            Lengths::WireFirst => (second, first),
            Lengths::SmallerIsCaptured => (first.min(second), first.max(second)),
        };
        let at = Timestamp::from_micros(i64::from(seconds) * 1_000_000 + i64::from(fraction));
        Some(Record { at, captured, wire })
    }
}

fn read_header(window: &mut Window) -> Result<Header, Damage> {
    let held = window.need(FILE_HEADER_BYTES)?;
    let bytes = window.bytes();
    let damage = |reason: String| Damage { offset: 0, reason };
    let Some(magic) = Magic::of(bytes) else {
        return Err(damage("this is not a pcap file".to_owned()));
    };
    let order = magic.order;
    let (Some(major), Some(minor), Some(network)) =
        (order.u16(bytes, 4), order.u16(bytes, 6), order.u32(bytes, 20))
    else {
        return Err(damage(format!(
            "the file ends inside its header, after {held} of {FILE_HEADER_BYTES} bytes"
        )));
    };
    let lengths = match (major, minor) {
        (2, 0..=2) => Lengths::WireFirst,
        (2, 3) => Lengths::SmallerIsCaptured,
        (2, 4) => Lengths::CapturedFirst,
        // What a DG/UX tcpdump writes.
        (543, 0) => Lengths::WireFirst,
        _ => return Err(damage(format!("pcap version {major}.{minor} is not known"))),
    };
    window.consume(FILE_HEADER_BYTES);
    Ok(Header {
        order,
        per_micro: if magic.value == NANOSECONDS { 1000 } else { 1 },
        record_header: if magic.value == MODIFIED { 24 } else { 16 },
        lengths,
        // The upper bits tell of frame check sequences.
        link: network & 0x03ff_ffff,
    })
}
