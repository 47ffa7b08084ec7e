//! Unique identifiers (PS3.5 clause 9), packed: half a byte a character, without their well-known root.

use std::hash::Hasher;

/// Characters an identifier has at most.
pub(super) const UID_CHARACTERS_MAX: usize = 64;
const PACKED_BYTES: usize = UID_CHARACTERS_MAX / 2;
/// Roots that are left out: none, of storage classes, of all that the standard defines.
const ROOTS: [&[u8]; 3] = [b"", b"1.2.840.10008.5.1.4.1.1.", b"1.2.840.10008."];
/// The lower half of a dot's byte, as a digit's is its value.
const DOT: u8 = b'.' & 15;

/// An identifier without its padding: digits and dots, at most 64.
pub(super) fn trimmed(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
    let uid = bytes.get(..end)?;
    let suits = !uid.is_empty()
        && uid.len() <= UID_CHARACTERS_MAX
        && uid.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    suits.then_some(uid)
}

/// Which root an identifier has, and what follows it.
pub(super) fn split_root(uid: &[u8]) -> (u8, &[u8]) {
    let known = ROOTS.iter().zip(0u8..).skip(1).find(|(root, _)| uid.starts_with(root));
    let (root, index) = known.map_or((&b""[..], 0), |(root, index)| (*root, index));
    (index, uid.get(root.len()..).unwrap_or_default())
}

/// Writes what follows the root, two characters a byte.
pub(super) fn pack(rest: &[u8], packed: &mut [u8]) {
    let (pairs, last) = rest.as_chunks::<2>();
    for (slot, [first, second]) in packed.iter_mut().zip(pairs) {
        *slot = first << 4 | second & 15;
    }
    if let (Some(slot), [last]) = (packed.get_mut(pairs.len()), last) {
        *slot = last << 4;
    }
}

/// The text of a packed identifier: its root, then `length` characters.
pub(super) fn unpack<'t>(
    root: u8,
    length: u8,
    packed: &[u8],
    text: &'t mut [u8; UID_CHARACTERS_MAX],
) -> &'t [u8] {
    let root = ROOTS.get(usize::from(root)).copied().unwrap_or_default();
    let nibbles = packed.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(usize::from(length));
    let characters = nibbles.map(|nibble| if nibble == DOT { b'.' } else { b'0' + nibble });
    let mut count = 0;
    for (slot, byte) in text.iter_mut().zip(root.iter().copied().chain(characters)) {
        *slot = byte;
        count += 1;
    }
    text.get(..count).unwrap_or_default()
}

/// One identifier; empty by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Uid {
    root: u8,
    length: u8,
    packed: [u8; PACKED_BYTES],
}

impl Uid {
    /// The identifier in an element's value; `None` when it is none.
    pub(super) fn of(value: &[u8]) -> Option<Uid> {
        let (root, rest) = split_root(trimmed(value)?);
        let mut uid = Uid { root, length: rest.len() as u8, packed: [0; PACKED_BYTES] };
        pack(rest, &mut uid.packed);
        Some(uid)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.root == 0 && self.length == 0
    }

    pub(super) fn text<'t>(&self, text: &'t mut [u8; UID_CHARACTERS_MAX]) -> &'t [u8] {
        unpack(self.root, self.length, &self.packed, text)
    }

    /// A number that differs for two identifiers, as good as always.
    pub(super) fn mark(&self, salt: u16) -> u32 {
        use foldhash::fast::FixedState;
        use std::hash::BuildHasher;
        let mut hasher = FixedState::with_seed(0xd1c0).build_hasher();
        hasher.write_u16(salt);
        hasher.write_u8(self.root);
        hasher.write_u8(self.length);
        hasher.write(&self.packed);
        hasher.finish() as u32 | 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_identifier_survives_packing(uid in "(1\\.2\\.840\\.10008\\.(5\\.1\\.4\\.1\\.1\\.)?)?[0-9.]{1,40}") {
            let packed = Uid::of(uid.as_bytes()).unwrap();
            let mut text = [0; UID_CHARACTERS_MAX];
            prop_assert_eq!(packed.text(&mut text), uid.as_bytes());
            prop_assert!(!packed.is_empty());
            prop_assert_eq!(Uid::of(format!("{uid}\0").as_bytes()), Some(packed));
        }

        #[test]
        fn what_is_no_identifier_is_none(text in "[0-9.]{0,8}[a-z/][0-9.]{0,8}") {
            prop_assert_eq!(Uid::of(text.as_bytes()), None);
        }
    }
}
