//! Finds what has a number by its key's hash: one array of fixed-width places, so that a look-up
//! costs one line of the cache, and taking out needs no second array.
//!
//! Linear probing at half load; a place holds the upper half of the hash, which names where it wants to
//! stand, and the number. Taking out moves followers up, so that no marks of the dead pile up.

/// Places at the start.
const PLACES_MIN: usize = 64;

/// Numbers by hash; who keeps what the numbers stand for compares the keys.
pub struct Index {
    /// Hash in the upper half, number plus one in the lower; 0 is empty.
    places: Vec<u64>,
    used: usize,
}

impl Default for Index {
    fn default() -> Index {
        Index { places: vec![0; PLACES_MIN], used: 0 }
    }
}

impl Index {
    /// Takes all numbers out; the room is kept.
    pub fn clear(&mut self) {
        self.places.fill(0);
        self.used = 0;
    }

    /// How many numbers it holds.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.used
    }

    #[inline]
    fn mask(&self) -> usize {
        self.places.len().wrapping_sub(1)
    }

    #[inline]
    fn home(&self, place: u64) -> usize {
        (place >> 32) as usize & self.mask()
    }

    /// Reads the place where a search for this hash begins.
    #[inline]
    pub fn touch(&self, hash: u64) -> u64 {
        self.places.get(self.home(hash)).copied().unwrap_or_default()
    }

    /// The number that a search for this hash comes upon first, if it stands where it wants to.
    #[inline]
    pub fn likely(&self, hash: u64) -> Option<u32> {
        let place = self.touch(hash);
        (place != 0 && place >> 32 == hash >> 32).then(|| (place as u32).wrapping_sub(1))
    }

    /// The number under this hash that `is_it`.
    #[inline]
    pub fn find(&self, hash: u64, is_it: impl Fn(u32) -> bool) -> Option<u32> {
        let mut at = self.home(hash);
        loop {
            let place = *self.places.get(at)?;
            if place == 0 {
                return None;
            }
            let number = (place as u32).wrapping_sub(1);
            if place >> 32 == hash >> 32 && is_it(number) {
                return Some(number);
            }
            at = (at + 1) & self.mask();
        }
    }

    /// Adds a number that is not there; below `u32::MAX`.
    pub fn insert(&mut self, hash: u64, number: u32) {
        if (self.used + 1) * 2 > self.places.len() {
            self.grow();
        }
        self.put(hash >> 32 << 32 | (u64::from(number) + 1));
        self.used += 1;
    }

    fn put(&mut self, place: u64) {
        let (mut at, mask) = (self.home(place), self.mask());
        while let Some(there) = self.places.get_mut(at) {
            if *there == 0 {
                *there = place;
                return;
            }
            at = (at + 1) & mask;
        }
    }

    #[cold]
    fn grow(&mut self) {
        let wider = vec![0; self.places.len() * 2];
        for place in std::mem::replace(&mut self.places, wider) {
            if place != 0 {
                self.put(place);
            }
        }
    }

    /// Takes out a number, which stands under this hash.
    pub(crate) fn remove(&mut self, hash: u64, number: u32) {
        let (wanted, mask) = (hash >> 32 << 32 | (u64::from(number) + 1), self.mask());
        let mut hole = self.home(hash);
        while let Some(place) = self.places.get(hole)
            && *place != wanted
        {
            if *place == 0 {
                return;
            }
            hole = (hole + 1) & mask;
        }
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let place = self.places.get(at).copied().unwrap_or(0);
            if place == 0 {
                break;
            }
            // A follower moves up unless that would put it before where it wants to stand.
            if at.wrapping_sub(self.home(place)) & mask >= at.wrapping_sub(hole) & mask {
                if let Some(there) = self.places.get_mut(hole) {
                    *there = place;
                }
                hole = at;
            }
        }
        if let Some(there) = self.places.get_mut(hole) {
            *there = 0;
        }
        self.used -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a map; few hashes make long runs that wrap around the end.
        #[test]
        fn agrees_with_a_map(deeds in proptest::collection::vec((any::<bool>(), 0u64..8, 0u32..200), 1..600)) {
            let mut index = Index::default();
            let mut model: BTreeMap<u32, u64> = BTreeMap::new();
            for (adds, hash, number) in deeds {
                let hash = hash.wrapping_sub(4) << 32;
                match model.get(&number).copied() {
                    Some(its) => {
                        if !adds {
                            index.remove(its, number);
                            model.remove(&number);
                        }
                    }
                    None if adds => {
                        index.insert(hash, number);
                        model.insert(number, hash);
                    }
                    None => index.remove(hash, number),
                }
                prop_assert_eq!(index.len(), model.len());
            }
            for number in 0..200 {
                let hash = model.get(&number).copied();
                for asked in 0..8u64 {
                    let asked = asked.wrapping_sub(4) << 32;
                    let found = index.find(asked, |other| other == number);
                    prop_assert_eq!(found.is_some(), hash == Some(asked));
                }
            }
            prop_assert!(index.places.len() >= 2 * index.len());
        }
    }
}
