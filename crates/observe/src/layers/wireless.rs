//! IEEE 802.11 data frames in clear text, with radiotap before them or without.

use super::labels::{self, Labelled};
use super::link::{Frame, LOGICAL_LINK};
use crate::counters::Counter;
use crate::layers::u32_at;
use cordon_model::Mac;

/// Words of a radiotap head that say which fields are there; one is usual.
const PRESENT_WORDS_MAX: usize = 8;

/// A radiotap head (radiotap.org): version, padding, length, then words that say which fields follow. Of these
/// only the flags matter: whether the frame's own head is padded.
pub(super) fn radiotap(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    let [version, _, l0, l1] = *bytes.first_chunk::<4>().ok_or(Counter::LinkShort)?;
    let length = usize::from(u16::from_le_bytes([l0, l1]));
    let head = bytes.get(..length).ok_or(Counter::LinkShort)?;
    if version != 0 {
        return Err(Counter::LinkUnread);
    }
    let rest = bytes.get(length..).ok_or(Counter::LinkShort)?;
    read(rest, flags(head) & 0x20 != 0)
}

/// The flags of a radiotap head; 0 when it has none.
fn flags(head: &[u8]) -> u8 {
    let first = u32_at(head, 4).map_or(0, u32::swap_bytes);
    let mut at = 4;
    for _ in 0..PRESENT_WORDS_MAX {
        let present = u32_at(head, at).map_or(0, u32::swap_bytes);
        at += 4;
        if present >> 31 == 0 {
            break;
        }
    }
    if first & 1 != 0 {
        // The timer takes eight bytes, aligned to eight.
        at = at.next_multiple_of(8) + 8;
    }
    if first & 2 != 0 { head.get(at).copied().unwrap_or(0) } else { 0 }
}

/// A frame without radiotap.
pub(super) fn frame(bytes: &[u8]) -> Result<Frame<'_>, Counter> {
    read(bytes, false)
}

/// IEEE 802.11-2020 9.3.2: which address is whose depends on where the frame goes.
fn read(bytes: &[u8], padded: bool) -> Result<Frame<'_>, Counter> {
    let ([control, flags, ..], _) = bytes.split_first_chunk::<24>().ok_or(Counter::LinkShort)?;
    let (version, kind, subtype) = (control & 3, control >> 2 & 3, control >> 4);
    // Data with content; management, control and data without any carry nothing to observe.
    if version != 0 || kind != 2 || subtype & 0x4 != 0 {
        return Err(Counter::LinkWirelessControl);
    }
    if flags & 0x40 != 0 {
        return Err(Counter::LinkEncrypted);
    }
    let address = |at: usize| bytes.get(at..).and_then(|rest| rest.first_chunk::<6>()).copied().map(Mac);
    let (to_system, from_system) = (flags & 1 != 0, flags & 2 != 0);
    let (destination, source) = match (to_system, from_system) {
        (false, false) => (address(4), address(10)),
        (true, false) => (address(16), address(10)),
        (false, true) => (address(4), address(16)),
        (true, true) => (address(16), address(24)),
    };
    let mut length = if to_system && from_system { 30 } else { 24 };
    if subtype & 0x8 != 0 {
        // Several frames in one (A-MSDU) are not taken apart.
        if bytes.get(length).is_some_and(|quality| quality & 0x80 != 0) {
            return Err(Counter::LinkUnread);
        }
        length += if flags & 0x80 != 0 { 6 } else { 2 };
    }
    if padded {
        length = usize::next_multiple_of(length, 4);
    }
    let payload = bytes.get(length..).ok_or(Counter::LinkShort)?;
    let frame = Frame { source, destination, vlan: 0, ether_type: LOGICAL_LINK, payload };
    Ok(match labels::logical_link(payload)? {
        Labelled::Packet(ether_type, payload) => Frame { ether_type, payload, ..frame },
        Labelled::Ethernet(_) | Labelled::Other => frame,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: [u8; 6] = [2, 0, 0, 0, 0, 1];
    const B: [u8; 6] = [2, 0, 0, 0, 0, 2];
    const C: [u8; 6] = [2, 0, 0, 0, 0, 3];
    const D: [u8; 6] = [2, 0, 0, 0, 0, 4];
    const SNAP: [u8; 9] = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0, 0x45];

    fn built(control: u8, flags: u8, fourth: bool, quality: Option<u8>) -> Vec<u8> {
        let mut bytes = vec![control, flags, 0, 0];
        for address in [A, B, C] {
            bytes.extend(address);
        }
        bytes.extend([0, 0]);
        if fourth {
            bytes.extend(D);
        }
        if let Some(quality) = quality {
            bytes.extend([quality, 0]);
        }
        bytes.extend(SNAP);
        bytes
    }

    #[test]
    fn addresses_are_whose_the_direction_says() {
        for (flags, destination, source) in [(0, A, B), (1, C, B), (2, A, C), (3, C, D)] {
            for quality in [None, Some(0)] {
                let control = if quality.is_some() { 0x88 } else { 0x08 };
                let bytes = built(control, flags, flags == 3, quality);
                let frame = frame(&bytes).unwrap();
                assert_eq!((frame.destination, frame.source), (Some(Mac(destination)), Some(Mac(source))));
                assert_eq!((frame.ether_type, frame.payload), (0x0800, &[0x45][..]));
            }
        }
    }

    #[test]
    fn what_is_encrypted_or_no_data_is_counted() {
        assert_eq!(frame(&built(0x08, 0x40, false, None)).unwrap_err(), Counter::LinkEncrypted);
        assert_eq!(frame(&built(0x80, 0, false, None)).unwrap_err(), Counter::LinkWirelessControl);
        assert_eq!(frame(&built(0x48, 0, false, None)).unwrap_err(), Counter::LinkWirelessControl);
        assert_eq!(frame(&built(0x88, 0, false, Some(0x80))).unwrap_err(), Counter::LinkUnread);
        assert_eq!(frame(&built(0x08, 0, false, None)[..20]).unwrap_err(), Counter::LinkShort);
    }

    #[test]
    fn radiotap_says_whether_the_head_is_padded() {
        let mut bytes = vec![0, 0, 17, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x20];
        let mut inner = built(0x88, 1, false, Some(0));
        inner.splice(26..26, [0, 0]);
        bytes.extend(&inner);
        assert_eq!(radiotap(&bytes).unwrap().ether_type, 0x0800);
        bytes[16] = 0;
        assert_ne!(radiotap(&bytes).unwrap().ether_type, 0x0800);
        for length in 0..bytes.len() {
            let _ = radiotap(&bytes[..length]);
        }
    }
}
