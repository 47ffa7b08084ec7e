//! The pcapng format (draft-ietf-opsawg-pcapng): sections with their own byte order, interfaces with their
//! own link type and clock, packets in three kinds of block.

use super::{FRAME_BYTES_MAX, Located, Order, Skipped, window::Window};
use cordon_model::Timestamp;
use cordon_model::observe::Damage;

/// The section header's type reads the same in both byte orders.
const SECTION_HEADER: u32 = 0x0a0d_0d0a;
const BYTE_ORDER_MAGIC: u32 = 0x1a2b_3c4d;
const INTERFACE: u32 = 1;
const OBSOLETE_PACKET: u32 = 2;
const SIMPLE_PACKET: u32 = 3;
const ENHANCED_PACKET: u32 = 6;
/// Name resolution, interface statistics, systemd journal, decryption secrets: known, and of no use here.
const KNOWN_AND_IGNORED: [u32; 4] = [4, 5, 9, 10];

/// Interfaces read in one section; packets of further ones are passed over and counted.
const INTERFACES_MAX: usize = 4096;
/// The longest block of interest, in bytes: a frame with headings and 64 KiB of options.
const BLOCK_BYTES_MAX: usize = FRAME_BYTES_MAX + 64 * 1024;
/// Type, length and the repeated length.
const BLOCK_FRAME_BYTES: usize = 12;

/// True when `head` starts like a pcapng file: a section header with its byte order mark.
pub(crate) fn is_pcapng(head: &[u8]) -> bool {
    let marked = |order: Order| order.u32(head, 8) == Some(BYTE_ORDER_MAGIC);
    Order::Little.u32(head, 0) == Some(SECTION_HEADER) && (marked(Order::Little) || marked(Order::Big))
}

/// How an interface's clock counts.
#[derive(Clone, Copy)]
enum Resolution {
    /// Ticks of 10^-n seconds.
    Decimal(u32),
    /// Ticks of 2^-n seconds.
    Binary(u32),
}

impl Resolution {
    fn micros(self, ticks: u64) -> i64 {
        let micros = match self {
            Resolution::Decimal(6) => u128::from(ticks),
            Resolution::Decimal(9) => u128::from(ticks / 1000),
            Resolution::Decimal(digits @ 0..=5) => u128::from(ticks) * 10u128.pow(6 - digits),
            Resolution::Decimal(digits) => match 10u64.checked_pow(digits - 6) {
                Some(per_micro) => u128::from(ticks / per_micro),
                None => 0,
            },
            Resolution::Binary(bits) => (u128::from(ticks) * 1_000_000).checked_shr(bits).unwrap_or(0),
        };
        i64::try_from(micros).unwrap_or(i64::MAX)
    }
}

#[derive(Clone, Copy)]
struct Interface {
    link: u32,
    /// Bytes kept of each frame; 0 is no limit.
    snap_length: u32,
    resolution: Resolution,
    /// Seconds to add to every time.
    offset_seconds: i64,
}

/// Reads blocks.
pub(super) struct Records {
    order: Option<Order>,
    interfaces: Vec<Interface>,
}

/// What one block is for whoever wants frames.
enum Block {
    Frame(Located),
    /// Nothing for us; pass over its whole length.
    Other,
}

impl Records {
    pub(super) fn new() -> Records {
        Records { order: None, interfaces: Vec::new() }
    }

    /// Finds the next frame; `None` at the end.
    pub(super) fn locate(
        &mut self,
        window: &mut Window,
        skipped: &mut Skipped,
    ) -> Result<Option<Located>, Damage> {
        loop {
            let held = window.need(BLOCK_FRAME_BYTES)?;
            if held == 0 {
                return Ok(None);
            }
            let damage = |window: &Window, reason: String| Err(Damage { offset: window.offset(), reason });
            let (kind, length) = match self.heading(window) {
                Ok(heading) => heading,
                Err(reason) => return damage(window, reason),
            };
            // Writers have left the padding out of the length; readers round up, and so do we.
            let padded = u64::from(length).next_multiple_of(4);
            if !is_of_interest(kind) {
                if !KNOWN_AND_IGNORED.contains(&kind) {
                    skipped.count(|| block_name(kind));
                }
                let offset = window.offset();
                if !window.skip(padded)? {
                    return Err(Damage { offset, reason: ends_inside(length) });
                }
                continue;
            }
            let padded = usize::try_from(padded).unwrap_or(usize::MAX);
            if padded > BLOCK_BYTES_MAX {
                return damage(
                    window,
                    format!(
                        "a block of type {kind} claims {length} bytes; more than {BLOCK_BYTES_MAX} is not read"
                    ),
                );
            }
            if window.need(padded)? < padded {
                return damage(window, ends_inside(length));
            }
            match self.block(kind, length, window.bytes().get(..padded).unwrap_or_default(), skipped) {
                Ok(Block::Frame(located)) => return Ok(Some(located)),
                Ok(Block::Other) => window.consume(padded),
                Err(reason) => return damage(window, reason),
            }
        }
    }

    /// Type and total length of the block that starts here. A section header also sets the byte order.
    fn heading(&mut self, window: &Window) -> Result<(u32, u32), String> {
        let bytes = window.bytes();
        let short = || format!("the file ends inside a block heading, after {} bytes", bytes.len());
        let kind = Order::Little.u32(bytes, 0).ok_or_else(short)?;
        if kind == SECTION_HEADER {
            let magic = Order::Little.u32(bytes, 8).ok_or_else(short)?;
            self.order = match magic {
                BYTE_ORDER_MAGIC => Some(Order::Little),
                swapped if swapped.swap_bytes() == BYTE_ORDER_MAGIC => Some(Order::Big),
                other => return Err(format!("a section header has byte order mark 0x{other:08x}")),
            };
        }
        let Some(order) = self.order else {
            return Err("the file does not start with a section header".to_owned());
        };
        let (kind, length) = (order.u32(bytes, 0).ok_or_else(short)?, order.u32(bytes, 4).ok_or_else(short)?);
        if (length as usize) < BLOCK_FRAME_BYTES {
            return Err(format!("a block of type 0x{kind:08x} claims {length} bytes; the least is 12"));
        }
        Ok((kind, length))
    }

    /// Reads a whole block of interest.
    fn block(
        &mut self,
        kind: u32,
        length: u32,
        bytes: &[u8],
        skipped: &mut Skipped,
    ) -> Result<Block, String> {
        let order = self.order.unwrap_or(Order::Little);
        let again = order.u32(bytes, bytes.len().saturating_sub(4)).unwrap_or_default();
        if again != length {
            return Err(format!(
                "a block of type {kind} says {length} bytes at its start and {again} at its end"
            ));
        }
        let body = bytes.get(8..bytes.len() - 4).unwrap_or_default();
        let short = || format!("a block of type {kind} of {length} bytes is too short for what it must hold");
        match kind {
            SECTION_HEADER => self.section(order, body).map(|()| Block::Other),
            INTERFACE => self.interface(order, body, skipped).ok_or_else(short),
            _ => {
                let packet = self.packet(order, kind, body).ok_or_else(short)?;
                self.located(packet, bytes.len(), body.len(), skipped)
            }
        }
    }

    fn section(&mut self, order: Order, body: &[u8]) -> Result<(), String> {
        self.interfaces.clear();
        match (order.u16(body, 4), order.u16(body, 6)) {
            (Some(1), Some(_)) => Ok(()),
            (Some(major), Some(minor)) => Err(format!("pcapng version {major}.{minor} is not known")),
            _ => Err("a section header is too short".to_owned()),
        }
    }

    fn interface(&mut self, order: Order, body: &[u8], skipped: &mut Skipped) -> Option<Block> {
        let mut interface = Interface {
            link: u32::from(order.u16(body, 0)?),
            snap_length: order.u32(body, 4)?,
            resolution: Resolution::Decimal(6),
            offset_seconds: 0,
        };
        let mut options = body.get(8..).unwrap_or_default();
        while let Some((code, value, rest)) = option(order, options) {
            match (code, value) {
                (0, _) => break,
                (9, [resolution, ..]) => {
                    let exponent = u32::from(resolution & 0x7f);
                    interface.resolution = if resolution & 0x80 == 0 {
                        Resolution::Decimal(exponent)
                    } else {
                        Resolution::Binary(exponent)
                    };
                }
                (14, value) => interface.offset_seconds = order.i64(value, 0).unwrap_or_default(),
                _ => {}
            }
            options = rest;
        }
        if self.interfaces.len() < INTERFACES_MAX {
            self.interfaces.push(interface);
        } else {
            skipped.count(|| format!("pcapng interfaces beyond {INTERFACES_MAX}"));
        }
        Some(Block::Other)
    }

    fn packet(&self, order: Order, kind: u32, body: &[u8]) -> Option<Packet> {
        let ticks = |at: usize| {
            let (high, low) = (order.u32(body, at)?, order.u32(body, at + 4)?);
            Some((u64::from(high) << 32) | u64::from(low))
        };
        Some(match kind {
            SIMPLE_PACKET => {
                let wire = order.u32(body, 0)?;
                let snap = self.interfaces.first().map_or(0, |interface| interface.snap_length);
                let room = u32::try_from(body.len().saturating_sub(4)).unwrap_or(u32::MAX);
                let kept = if snap == 0 { wire } else { wire.min(snap) };
                Packet { interface: 0, ticks: None, captured: kept.min(room), wire, start: 4 }
            }
            ENHANCED_PACKET => Packet {
                interface: order.u32(body, 0)?,
                ticks: Some(ticks(4)?),
                captured: order.u32(body, 12)?,
                wire: order.u32(body, 16)?,
                start: 20,
            },
            _ => Packet {
                interface: u32::from(order.u16(body, 0)?),
                ticks: Some(ticks(4)?),
                captured: order.u32(body, 12)?,
                wire: order.u32(body, 16)?,
                start: 20,
            },
        })
    }

    fn located(
        &self,
        packet: Packet,
        record: usize,
        body: usize,
        skipped: &mut Skipped,
    ) -> Result<Block, String> {
        let captured = packet.captured as usize;
        let room = body.saturating_sub(packet.start);
        if captured > room {
            return Err(format!("a packet block claims {captured} captured bytes and has room for {room}"));
        }
        if captured > FRAME_BYTES_MAX {
            return Err(format!(
                "a packet block claims {captured} captured bytes; more than {FRAME_BYTES_MAX} is no frame"
            ));
        }
        let Some(interface) = self.interfaces.get(packet.interface as usize) else {
            skipped.count(|| "packets of interfaces that were not described".to_owned());
            return Ok(Block::Other);
        };
        if packet.wire < packet.captured {
            skipped.count(|| "wire lengths shorter than the frame".to_owned());
        }
        let at = packet.ticks.map(|ticks| {
            let offset = interface.offset_seconds.saturating_mul(1_000_000);
            Timestamp::from_micros(interface.resolution.micros(ticks).saturating_add(offset))
        });
        // 8 bytes of block heading stand before the body.
        let start = packet.start + 8;
        Ok(Block::Frame(Located {
            at,
            link: interface.link,
            wire_len: packet.wire,
            start,
            len: captured,
            record,
        }))
    }
}

struct Packet {
    interface: u32,
    ticks: Option<u64>,
    captured: u32,
    wire: u32,
    /// Offset of the frame in the block's body.
    start: usize,
}

fn is_of_interest(kind: u32) -> bool {
    matches!(kind, SECTION_HEADER | INTERFACE | OBSOLETE_PACKET | SIMPLE_PACKET | ENHANCED_PACKET)
}

fn block_name(kind: u32) -> String {
    match kind {
        0x0bad | 0x4000_0bad => "pcapng custom blocks".to_owned(),
        kind => format!("pcapng blocks of type 0x{kind:08x}"),
    }
}

fn ends_inside(length: u32) -> String {
    format!("the file ends inside a block of {length} bytes")
}

/// Code and value of the first option, and the options after it; `None` when they end or lie.
fn option(order: Order, options: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let (code, length) = (order.u16(options, 0)?, usize::from(order.u16(options, 2)?));
    let value = options.get(4..4 + length)?;
    let rest = options.get(4 + length.next_multiple_of(4)..).unwrap_or_default();
    Some((code, value, rest))
}

#[cfg(test)]
mod tests {
    use super::Resolution;

    #[test]
    fn every_clock_is_brought_to_microseconds() {
        assert_eq!(Resolution::Decimal(6).micros(5_000_001), 5_000_001);
        assert_eq!(Resolution::Decimal(9).micros(5_000_001_999), 5_000_001);
        assert_eq!(Resolution::Decimal(3).micros(5_001), 5_001_000);
        assert_eq!(Resolution::Decimal(0).micros(5), 5_000_000);
        assert_eq!(Resolution::Decimal(12).micros(5_000_001_999_999), 5_000_001);
        assert_eq!(Resolution::Binary(10).micros(1536), 1_500_000);
        assert_eq!(Resolution::Decimal(127).micros(u64::MAX), 0);
        assert_eq!(Resolution::Binary(127).micros(u64::MAX), 0);
        assert_eq!(Resolution::Decimal(0).micros(u64::MAX), i64::MAX);
    }
}
