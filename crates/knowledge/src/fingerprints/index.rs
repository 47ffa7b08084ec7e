//! Which fingerprints may match a value, found without trying each: by four letters that each must hold.

use std::collections::BTreeMap;

/// Letters that are looked up together.
const GRAM: usize = 4;

/// The fingerprints that read one kind of fact, by the beginning of a text that a value must hold.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Index {
    by_gram: BTreeMap<[u8; GRAM], Vec<usize>>,
    /// Those whose text is too short to be found so.
    short: Vec<usize>,
    /// One bit for each hash of a known beginning: most places of most values end here.
    known: [[u64; 8]; 8],
}

fn bit(gram: [u8; GRAM]) -> (usize, u64) {
    // Fibonacci hashing (Knuth, The Art of Computer Programming 3, 6.4).
    let hash = u32::from_le_bytes(gram).wrapping_mul(2_654_435_769) >> 20;
    ((hash >> 6) as usize, 1 << (hash & 63))
}

impl Index {
    /// Takes in the fingerprint at `position`, whose values hold `literal`, in lower case.
    pub(super) fn add(&mut self, literal: &str, position: usize) {
        let Some(gram) = literal.as_bytes().first_chunk::<GRAM>() else {
            self.short.push(position);
            return;
        };
        self.by_gram.entry(*gram).or_default().push(position);
        let (word, mask) = bit(*gram);
        if let Some(known) = self.known.as_flattened_mut().get_mut(word) {
            *known |= mask;
        }
    }

    /// The positions of those that may match, in order, given the value in lower case.
    pub(super) fn candidates(&self, lower: &str) -> Vec<usize> {
        let mut found = self.short.clone();
        for window in lower.as_bytes().windows(GRAM) {
            let Some(gram) = window.first_chunk::<GRAM>() else { continue };
            let (word, mask) = bit(*gram);
            if self.known.as_flattened().get(word).is_some_and(|known| known & mask != 0)
                && let Some(positions) = self.by_gram.get(gram)
            {
                found.extend(positions);
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
