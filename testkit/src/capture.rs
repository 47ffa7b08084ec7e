//! Capture files made in memory: classic pcap in either byte order with micro- or nanoseconds, and pcapng
//! block by block, so that a test can also write what no tool would.

use cordon_model::Timestamp;

/// Link type of Ethernet.
pub const LINKTYPE_ETHERNET: u16 = 1;
/// Link type of BSD loopback (4-byte address family in the writer's byte order).
pub const LINKTYPE_NULL: u16 = 0;
/// Link type of raw IP.
pub const LINKTYPE_RAW: u16 = 101;
/// Link type of Linux cooked capture v1.
pub const LINKTYPE_LINUX_SLL: u16 = 113;

/// The order of bytes in a file's own numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ByteOrder {
    /// Least significant first.
    #[default]
    Little,
    /// Most significant first.
    Big,
}

impl ByteOrder {
    fn u16(self, value: u16) -> [u8; 2] {
        match self {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
    }

    fn u32(self, value: u32) -> [u8; 4] {
        match self {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
    }

    fn u64(self, value: u64) -> [u8; 8] {
        match self {
            ByteOrder::Little => value.to_le_bytes(),
            ByteOrder::Big => value.to_be_bytes(),
        }
    }
}

/// The unit of a classic pcap file's fractions of a second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resolution {
    /// Magic a1b2c3d4.
    #[default]
    Micro,
    /// Magic a1b23c4d.
    Nano,
}

/// A classic pcap file.
#[derive(Clone, Debug)]
pub struct Pcap {
    bytes: Vec<u8>,
    order: ByteOrder,
    resolution: Resolution,
}

impl Default for Pcap {
    /// Little endian, microseconds, Ethernet.
    fn default() -> Self {
        Pcap::new(ByteOrder::Little, Resolution::Micro, LINKTYPE_ETHERNET)
    }
}

impl Pcap {
    /// A file with its header and no frame yet.
    pub fn new(order: ByteOrder, resolution: Resolution, link_type: u16) -> Pcap {
        let magic = match resolution {
            Resolution::Micro => 0xa1b2_c3d4,
            Resolution::Nano => 0xa1b2_3c4d,
        };
        let mut bytes = order.u32(magic).to_vec();
        bytes.extend_from_slice(&order.u16(2));
        bytes.extend_from_slice(&order.u16(4));
        bytes.extend_from_slice(&[0; 8]);
        bytes.extend_from_slice(&order.u32(262_144));
        bytes.extend_from_slice(&order.u32(u32::from(link_type)));
        Pcap { bytes, order, resolution }
    }

    /// Appends a frame that was captured whole.
    pub fn frame(self, time: Timestamp, frame: &[u8]) -> Pcap {
        let length = frame.len() as u32;
        self.frame_claiming(time, length, length, frame)
    }

    /// Appends a record whose header claims `captured` and `original` bytes, whatever `frame` holds.
    pub fn frame_claiming(mut self, time: Timestamp, captured: u32, original: u32, frame: &[u8]) -> Pcap {
        let micros = time.micros().rem_euclid(1_000_000) as u32;
        let fraction = match self.resolution {
            Resolution::Micro => micros,
            Resolution::Nano => micros * 1000,
        };
        for field in [time.micros().div_euclid(1_000_000) as u32, fraction, captured, original] {
            self.bytes.extend_from_slice(&self.order.u32(field));
        }
        self.bytes.extend_from_slice(frame);
        self
    }

    /// Appends frames of the packet builder.
    pub fn frames(self, frames: &[crate::frames::Frame]) -> Pcap {
        frames.iter().fold(self, |pcap, frame| pcap.frame(frame.time, &frame.bytes))
    }

    /// The file.
    pub fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

/// A pcapng file (draft-ietf-opsawg-pcapng), block by block.
#[derive(Clone, Debug, Default)]
pub struct Pcapng {
    bytes: Vec<u8>,
    order: ByteOrder,
}

impl Pcapng {
    /// A file that starts with a section header.
    pub fn new(order: ByteOrder) -> Pcapng {
        Pcapng { bytes: Vec::new(), order }.section(order)
    }

    /// A section header block; what follows is in `order`, and interfaces count from 0 again.
    pub fn section(mut self, order: ByteOrder) -> Pcapng {
        self.order = order;
        let mut body = order.u32(0x1a2b_3c4d).to_vec();
        body.extend_from_slice(&order.u16(1));
        body.extend_from_slice(&order.u16(0));
        // The section's length is not known.
        body.extend_from_slice(&order.u64(u64::MAX));
        self.block(0x0a0d_0d0a, &body)
    }

    /// An interface description block with options as (code, value), such as `if_tsresol` (9).
    pub fn interface(self, link_type: u16, options: &[(u16, &[u8])]) -> Pcapng {
        let order = self.order;
        let mut body = order.u16(link_type).to_vec();
        body.extend_from_slice(&order.u16(0));
        body.extend_from_slice(&order.u32(262_144));
        body.extend_from_slice(&options_bytes(order, options));
        self.block(1, &body)
    }

    /// An enhanced packet block; `ticks` in the interface's resolution (microseconds without `if_tsresol`).
    pub fn packet(self, interface: u32, ticks: u64, frame: &[u8], options: &[(u16, &[u8])]) -> Pcapng {
        let order = self.order;
        let length = frame.len() as u32;
        let mut body = Vec::new();
        for field in [interface, (ticks >> 32) as u32, ticks as u32, length, length] {
            body.extend_from_slice(&order.u32(field));
        }
        body.extend_from_slice(frame);
        body.resize(body.len().next_multiple_of(4), 0);
        body.extend_from_slice(&options_bytes(order, options));
        self.block(6, &body)
    }

    /// A simple packet block, which has no time and belongs to interface 0.
    pub fn simple_packet(self, frame: &[u8]) -> Pcapng {
        let mut body = self.order.u32(frame.len() as u32).to_vec();
        body.extend_from_slice(frame);
        body.resize(body.len().next_multiple_of(4), 0);
        self.block(3, &body)
    }

    /// Any block: type, body padded to four bytes, and its length before and after.
    pub fn block(mut self, kind: u32, body: &[u8]) -> Pcapng {
        let padded = body.len().next_multiple_of(4);
        let total = self.order.u32(12 + padded as u32);
        self.bytes.extend_from_slice(&self.order.u32(kind));
        self.bytes.extend_from_slice(&total);
        self.bytes.extend_from_slice(body);
        self.bytes.resize(self.bytes.len() + padded - body.len(), 0);
        self.bytes.extend_from_slice(&total);
        self
    }

    /// The file.
    pub fn bytes(self) -> Vec<u8> {
        self.bytes
    }
}

fn options_bytes(order: ByteOrder, options: &[(u16, &[u8])]) -> Vec<u8> {
    let mut bytes = Vec::new();
    if options.is_empty() {
        return bytes;
    }
    for (code, value) in options {
        bytes.extend_from_slice(&order.u16(*code));
        bytes.extend_from_slice(&order.u16(value.len() as u16));
        bytes.extend_from_slice(value);
        bytes.resize(bytes.len().next_multiple_of(4), 0);
    }
    bytes.extend_from_slice(&[0; 4]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nanosecond_big_endian_pcap_is_as_the_format_says() {
        let time = Timestamp::from_micros(3_000_004);
        let bytes = Pcap::new(ByteOrder::Big, Resolution::Nano, LINKTYPE_RAW).frame(time, &[9]).bytes();
        assert_eq!(&bytes[..4], &[0xa1, 0xb2, 0x3c, 0x4d]);
        assert_eq!(&bytes[20..], &[0, 0, 0, 101, 0, 0, 0, 3, 0, 0, 0x0f, 0xa0, 0, 0, 0, 1, 0, 0, 0, 1, 9]);
    }

    #[test]
    fn pcapng_blocks_carry_their_length_twice() {
        let bytes = Pcapng::new(ByteOrder::Little)
            .interface(LINKTYPE_ETHERNET, &[(9, &[9])])
            .packet(0, 1 << 33, &[1, 2, 3, 4, 5], &[])
            .simple_packet(&[1])
            .bytes();
        let mut at = 0;
        let mut kinds = Vec::new();
        while at < bytes.len() {
            let word = |at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().unwrap());
            let length = word(at + 4) as usize;
            assert_eq!(word(at + length - 4) as usize, length);
            kinds.push(word(at));
            at += length;
        }
        assert_eq!(kinds, [0x0a0d_0d0a, 1, 6, 3]);
    }
}
