//! A client's hello put together from pieces that come in any order.

/// The longest hello; those of today's browsers are below 2,000 bytes.
const BYTES_MAX: usize = 4_096;
const WORDS: usize = BYTES_MAX / 64;
/// Kind and length of a handshake message.
const HEAD_BYTES: usize = 4;
const CLIENT_HELLO: u8 = 1;

/// The message is longer than is kept, or none that a client begins with.
#[derive(Debug)]
pub(super) struct TooLong;

/// The beginning of the handshake's stream, and which of its bytes are there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Assembly {
    bytes: [u8; BYTES_MAX],
    there: [u64; WORDS],
}

impl Assembly {
    pub(super) fn new() -> Assembly {
        Assembly { bytes: [0; BYTES_MAX], there: [0; WORDS] }
    }

    /// Adds a piece; what lies beyond the room is left out.
    pub(super) fn add(&mut self, offset: usize, piece: &[u8]) {
        let Some(room) = self.bytes.get_mut(offset..) else { return };
        let count = room.len().min(piece.len());
        for (to, from) in room.iter_mut().zip(piece) {
            *to = *from;
        }
        for place in offset..offset + count {
            if let Some(word) = self.there.get_mut(place / 64) {
                *word |= 1 << (place % 64);
            }
        }
    }

    /// True when any byte is there.
    pub(super) fn is_begun(&self) -> bool {
        self.there.iter().any(|word| *word != 0)
    }

    /// How many bytes there are without a hole.
    fn unbroken(&self) -> usize {
        let whole = self.there.iter().take_while(|word| **word == u64::MAX).count();
        whole * 64 + self.there.get(whole).map_or(0, |word| word.trailing_ones() as usize)
    }

    /// The body of the first message, once it is complete.
    pub(super) fn message(&self) -> Option<Result<&[u8], TooLong>> {
        let have = self.bytes.get(..self.unbroken())?;
        let (&[kind, a, b, c], rest) = have.split_first_chunk::<HEAD_BYTES>()?;
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if kind != CLIENT_HELLO || length > BYTES_MAX - HEAD_BYTES {
            return Some(Err(TooLong));
        }
        rest.get(..length).map(Ok)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_order_gives_the_message(
            length in 0usize..3_000,
            cuts in prop::collection::vec(0usize..3_004, 0..20),
            order in any::<u64>(),
        ) {
            let body: Vec<u8> = (0..length).map(|place| (place * 7) as u8).collect();
            let message = [&[1, 0][..], &(length as u16).to_be_bytes(), &body].concat();
            let mut ends: Vec<usize> = cuts.into_iter().map(|cut| cut.min(message.len())).collect();
            ends.extend([0, message.len()]);
            ends.sort_unstable();
            let mut pieces: Vec<(usize, &[u8])> =
                ends.windows(2).map(|pair| (pair[0], &message[pair[0]..pair[1]])).collect();
            let count = pieces.len();
            for place in 0..count {
                pieces.swap(place, (order.rotate_left(place as u32) % count as u64) as usize);
            }
            let mut assembly = Assembly::new();
            for (index, (offset, piece)) in pieces.iter().enumerate() {
                let missing = pieces[index..].iter().any(|(_, piece)| !piece.is_empty());
                if missing {
                    prop_assert!(assembly.message().is_none());
                }
                assembly.add(*offset, piece);
            }
            prop_assert_eq!(assembly.message().unwrap().unwrap(), &body[..]);
        }
    }

    #[test]
    fn what_does_not_fit_is_said() {
        let mut assembly = Assembly::new();
        assert!(!assembly.is_begun() && assembly.message().is_none());
        assembly.add(5_000, &[1; 9]);
        assembly.add(usize::MAX, &[1; 9]);
        assert!(!assembly.is_begun());
        assembly.add(0, &[1, 1, 0, 0]);
        assert!(matches!(assembly.message(), Some(Err(TooLong))));
        assembly.add(0, &[2, 0, 0, 0]);
        assert!(matches!(assembly.message(), Some(Err(TooLong))));
        assembly.add(0, &[9; 9_000]);
        assert_eq!(assembly.unbroken(), BYTES_MAX);
    }
}
