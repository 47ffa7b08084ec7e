//! Headers of elements (PS3.5 7.1.2, 7.1.3, 7.5), and how they are encoded where nothing says so.

use super::contexts::Syntax;

/// A length that says: until a delimiter.
pub(super) const UNDEFINED: u32 = u32::MAX;
/// Item, Item Delimitation Item, Sequence Delimitation Item.
pub(super) const ITEM: u32 = 0xfffe_e000;
pub(super) const ITEM_END: u32 = 0xfffe_e00d;
pub(super) const SEQUENCE_END: u32 = 0xfffe_e0dd;

/// An element's header.
#[derive(Clone, Copy)]
pub(super) struct Header {
    pub(super) tag: u32,
    pub(super) representation: [u8; 2],
    pub(super) length: u32,
}

pub(super) enum Parsed {
    Header(Header),
    /// The long form: four bytes more.
    More,
    Wrong,
}

impl Header {
    /// Reads the first `have` (8 or 12) bytes of a header (PS3.5 7.1.2, 7.1.3, 7.5).
    pub(super) fn of(bytes: &[u8; 12], have: usize, syntax: Syntax) -> Parsed {
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        let big = syntax == Syntax::ExplicitBig;
        let short = |x: u8, y: u8| if big { u16::from_be_bytes([x, y]) } else { u16::from_le_bytes([x, y]) };
        let long = |x: [u8; 4]| if big { u32::from_be_bytes(x) } else { u32::from_le_bytes(x) };
        let tag = u32::from(short(a, b)) << 16 | u32::from(short(c, d));
        let implicit = syntax == Syntax::ImplicitLittle || tag >> 16 == 0xfffe;
        let representation = if implicit { [0, 0] } else { [e, f] };
        let length = match (implicit, &representation) {
            (true, _) => long([e, f, g, h]),
            (false, b"OB" | b"OW" | b"OF" | b"OD" | b"OL" | b"OV" | b"SQ" | b"SV" | b"UC" | b"UN")
                if have < 12 =>
            {
                return Parsed::More;
            }
            (false, b"UR" | b"UT" | b"UV") if have < 12 => return Parsed::More,
            (false, _) if have == 12 => long([i, j, k, l]),
            (false, [b'A'..=b'Z', b'A'..=b'Z']) => u32::from(short(g, h)),
            _ => return Parsed::Wrong,
        };
        Parsed::Header(Header { tag, representation, length })
    }
}

/// The encoding a data set's first element shows; `None` when it shows none.
pub(super) fn guess(header: &[u8; 12]) -> Option<Syntax> {
    let [a, b, _, _, e, f, g, h, ..] = *header;
    let begins = |group: u16| matches!(group, 0x0002..=0x0040 | 0x2000..=0x2130) && group & 1 == 0;
    let (little, big) = (begins(u16::from_le_bytes([a, b])), begins(u16::from_be_bytes([a, b])));
    let explicit = e.is_ascii_uppercase() && f.is_ascii_uppercase();
    match (little, big, explicit) {
        // Group 0020 the one way is group 2000 the other; its value is short.
        (true, true, true) if h != 0 => Some(Syntax::ExplicitBig),
        (true, _, true) => Some(Syntax::ExplicitLittle),
        (false, true, true) => Some(Syntax::ExplicitBig),
        (true, _, false) if g == 0 && h == 0 => Some(Syntax::ImplicitLittle),
        _ => None,
    }
}
