//! The frames in a block that the kernel filled: `tpacket_block_desc` and `tpacket3_hdr` of linux/if_packet.h,
//! read as bytes in this machine's order.

use cordon_model::Timestamp;
use cordon_observe::LinkType;
use std::ops::Range;

/// `tpacket_hdr_v1::num_pkts` and `offset_to_first_pkt` within a block.
const COUNT_OFFSET: usize = 12;
const FIRST_OFFSET: usize = 16;

/// Fields of `tpacket3_hdr` by offset.
const NEXT: usize = 0;
const SECONDS: usize = 4;
const NANOSECONDS: usize = 8;
const CAPTURED: usize = 12;
const LENGTH: usize = 16;
const STATUS: usize = 20;
const FRAME: usize = 24;
const TAG: usize = 32;
const TAG_KIND: usize = 36;
/// `sockaddr_ll::sll_hatype` of the address that follows the heading's 48 bytes.
const HARDWARE: usize = 48 + 8;
/// Bytes of heading and address: a frame lies behind them.
const HEADING_BYTES: usize = 48 + 20;

const STATUS_TAGGED: u32 = 1 << 4;
const STATUS_TAG_KIND: u32 = 1 << 6;
const TAG_KIND_USUAL: u16 = 0x8100;
/// A destination and a source: what stands before a VLAN tag.
const ADDRESSES_BYTES: usize = 12;
const TAG_BYTES: usize = 4;

/// A frame as the kernel received it, its VLAN tag put back where the hardware had taken it out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Received<'a> {
    pub(super) at: Timestamp,
    /// `None` when this link layer is not read.
    pub(super) link: Option<LinkType>,
    pub(super) wire_len: u32,
    pub(super) bytes: &'a [u8],
}

/// Hands the frames of a block to `take`, in order; answers how many could not be read because the block
/// contradicts itself, which a kernel's does not.
pub(super) fn each(block: &mut [u8], take: &mut dyn FnMut(Received<'_>)) -> u64 {
    let (Some(count), Some(first)) = (u32_at(block, COUNT_OFFSET), u32_at(block, FIRST_OFFSET)) else {
        return 1;
    };
    let mut at = first as usize;
    for read in 0..count {
        let Some((received, next)) = one(block, at) else { return u64::from(count - read) };
        take(received);
        // The last one has no next.
        at = at.saturating_add(next);
    }
    0
}

fn one(block: &mut [u8], at: usize) -> Option<(Received<'_>, usize)> {
    let field = |offset| u32_at(block, at.checked_add(offset)?);
    let (next, status) = (field(NEXT)? as usize, field(STATUS)?);
    let (captured, length) = (field(CAPTURED)? as usize, field(LENGTH)?);
    let micros = i64::from(field(SECONDS)?) * 1_000_000 + i64::from(field(NANOSECONDS)? / 1_000);
    let start = usize::from(u16_at(block, at.checked_add(FRAME)?)?);
    let link = link_type(u16_at(block, at.checked_add(HARDWARE)?)?);
    let start = (start >= HEADING_BYTES).then(|| at.checked_add(start)).flatten()?;
    let mut range = start..start.checked_add(captured)?;
    let mut added = 0;
    if status & STATUS_TAGGED != 0 && link == Some(LinkType::Ethernet) && captured >= ADDRESSES_BYTES {
        let id = field(TAG)? as u16;
        let kind = if status & STATUS_TAG_KIND != 0 { u16_at(block, at + TAG_KIND)? } else { TAG_KIND_USUAL };
        range = tagged(block, range, kind, id)?;
        added = TAG_BYTES;
    }
    let bytes = block.get(range)?;
    let wire_len = length.saturating_add(added as u32).max(bytes.len() as u32);
    Some((Received { at: Timestamp::from_micros(micros), link, wire_len, bytes }, next))
}

/// Moves the addresses forward into the room before them and writes the tag behind.
fn tagged(block: &mut [u8], frame: Range<usize>, kind: u16, id: u16) -> Option<Range<usize>> {
    let start = frame.start.checked_sub(TAG_BYTES)?;
    let addresses = frame.start..frame.start.checked_add(ADDRESSES_BYTES)?;
    block.get(addresses.clone())?;
    block.copy_within(addresses, start);
    let tag = block.get_mut(start + ADDRESSES_BYTES..start + ADDRESSES_BYTES + TAG_BYTES)?;
    let ([k0, k1], [i0, i1]) = (kind.to_be_bytes(), id.to_be_bytes());
    tag.copy_from_slice(&[k0, k1, i0, i1]);
    Some(start..frame.end)
}

/// The link layer of an interface's hardware type (`ARPHRD_…` of linux/if_arp.h).
fn link_type(hardware: u16) -> Option<LinkType> {
    LinkType::from_linktype(match hardware {
        // Ethernet; loopback has the same headers.
        1 | 772 => 1,
        // No link layer: tunnels; PPP as Linux hands it over.
        512 | 519 | 768 | 769 | 776 | 778 | 0xfffe => 101,
        // IEEE 802.11 with a radiotap header.
        803 => 127,
        _ => return None,
    })
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct Put<'a> {
        frame: &'a [u8],
        length: u32,
        tag: Option<(u16, u16)>,
        hardware: u16,
    }

    /// A block as the kernel lays it out: heading, address, room, frame; each at a multiple of 16.
    fn block(frames: &[Put<'_>]) -> Vec<u8> {
        let mut bytes = vec![0; 48];
        bytes[12..16].copy_from_slice(&(frames.len() as u32).to_ne_bytes());
        bytes[16..20].copy_from_slice(&48u32.to_ne_bytes());
        for (number, put) in frames.iter().enumerate() {
            let at = bytes.len();
            let start = 86;
            let next = (start + put.frame.len()).next_multiple_of(16);
            bytes.resize(at + next, 0);
            let mut set = |offset: usize, value: &[u8]| {
                bytes[at + offset..at + offset + value.len()].copy_from_slice(value);
            };
            set(NEXT, &if number + 1 < frames.len() { next as u32 } else { 0 }.to_ne_bytes());
            set(SECONDS, &(1_700_000_000 + number as u32).to_ne_bytes());
            set(NANOSECONDS, &123_456_789u32.to_ne_bytes());
            set(CAPTURED, &(put.frame.len() as u32).to_ne_bytes());
            set(LENGTH, &put.length.to_ne_bytes());
            let status = 1 | put.tag.map_or(0, |_| STATUS_TAGGED | STATUS_TAG_KIND);
            set(STATUS, &status.to_ne_bytes());
            set(FRAME, &(start as u16).to_ne_bytes());
            let (kind, id) = put.tag.unwrap_or_default();
            set(TAG, &u32::from(id).to_ne_bytes());
            set(TAG_KIND, &kind.to_ne_bytes());
            set(HARDWARE, &put.hardware.to_ne_bytes());
            set(start, put.frame);
        }
        bytes
    }

    type Copied = (i64, Option<LinkType>, u32, Vec<u8>);

    fn read(block: &mut [u8]) -> (Vec<Copied>, u64) {
        let mut all = Vec::new();
        let wrong = each(block, &mut |received| {
            all.push((received.at.micros(), received.link, received.wire_len, received.bytes.to_vec()));
        });
        (all, wrong)
    }

    const ADDRESSES: &[u8] = b"ddddddssssss";

    #[test]
    fn frames_come_in_order_with_their_tags_back() {
        let plain = [ADDRESSES, b"\x08\x00first"].concat();
        let tagged = [ADDRESSES, b"\x08\x06second"].concat();
        let mut bytes = block(&[
            Put { frame: &plain, length: 1_400, tag: None, hardware: 1 },
            Put { frame: &tagged, length: 20, tag: Some((0x88a8, 0x2007)), hardware: 1 },
            Put { frame: b"\x45rest", length: 5, tag: None, hardware: 0xfffe },
            Put { frame: b"?", length: 1, tag: None, hardware: 280 },
        ]);
        let (all, wrong) = read(&mut bytes);
        assert_eq!(wrong, 0);
        let ethernet = Some(LinkType::Ethernet);
        let with_tag = [ADDRESSES, b"\x88\xa8\x20\x07\x08\x06second"].concat();
        assert_eq!(all[0], (1_700_000_000_123_456, ethernet, 1_400, plain));
        assert_eq!(all[1], (1_700_000_001_123_456, ethernet, 24, with_tag));
        assert_eq!(all[2], (1_700_000_002_123_456, Some(LinkType::RawIp), 5, b"\x45rest".to_vec()));
        assert_eq!((all[3].1, all.len()), (None, 4));
    }

    #[test]
    fn a_frame_too_short_for_a_tag_stays_as_it_is() {
        let mut bytes = block(&[Put { frame: b"short", length: 5, tag: Some((0x8100, 5)), hardware: 1 }]);
        assert_eq!(read(&mut bytes).0[0].3, b"short");
    }

    #[test]
    fn a_block_that_contradicts_itself_ends() {
        let mut bytes = block(&[Put { frame: ADDRESSES, length: 12, tag: None, hardware: 1 }]);
        bytes[12..16].copy_from_slice(&u32::MAX.to_ne_bytes());
        bytes[48 + CAPTURED..48 + CAPTURED + 4].copy_from_slice(&u32::MAX.to_ne_bytes());
        assert_eq!(read(&mut bytes), (Vec::new(), u64::from(u32::MAX)));
        assert_eq!(read(&mut []).1, 1);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_harm(mut bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            if let Some(count) = bytes.get_mut(13..16) {
                count.fill(0);
            }
            read(&mut bytes);
        }
    }
}
