//! A timer wheel: numbers that are due at a second, a slot for each second of the next hour and more.
//!
//! Putting in, moving and taking out cost a few writes in one dense array, however many there are. Who is due
//! later than the wheel reaches stands in its last slot and is put again when that comes round. When a
//! number comes up its owner looks whether it was active meanwhile and puts it where it belongs now, so that
//! packets need not touch the wheel at all.

/// No number.
const NONE: u32 = u32::MAX;
/// Slots, a second each.
const SLOTS: i64 = 4_096;

#[derive(Clone, Copy)]
struct Link {
    before: u32,
    after: u32,
    /// `NOWHERE` while it is in no slot.
    slot: u16,
}

const NOWHERE: u16 = u16::MAX;

/// Numbers by the second they are due.
pub(crate) struct Wheel {
    /// The first of each slot.
    slots: Vec<u32>,
    /// A bit for each slot that holds something.
    occupied: [u64; SLOTS as usize / 64],
    /// By number.
    links: Vec<Link>,
    /// The next second to be looked at; unknown before the first.
    hand: Option<i64>,
}

fn slot(second: i64) -> usize {
    second.rem_euclid(SLOTS) as usize
}

impl Wheel {
    pub(crate) fn new() -> Wheel {
        Wheel {
            slots: vec![NONE; SLOTS as usize],
            occupied: [0; SLOTS as usize / 64],
            links: Vec::new(),
            hand: None,
        }
    }

    /// Makes room for the numbers below `count`.
    pub(crate) fn reserve(&mut self, count: usize) {
        self.links.resize(count.max(self.links.len()), Link { before: NONE, after: NONE, slot: NOWHERE });
    }

    /// Moves the hand to where it can stand at this second: not beyond the next, for time may have gone back,
    /// and not so far behind that slots would be looked at twice.
    pub(crate) fn turn(&mut self, now: i64) {
        let next = now.saturating_add(1);
        let hand = self.hand.unwrap_or(next);
        self.hand = Some(hand.clamp(next.saturating_sub(SLOTS), next));
    }

    /// The first number in the slot under the hand, going on up to the slot of `now`; `None` when all up to
    /// there are empty. The caller takes it out or puts it later than `now`.
    pub(crate) fn first_until(&mut self, now: i64) -> Option<u32> {
        self.turn(now);
        let mut hand = self.hand?;
        while hand <= now {
            let first = self.slots.get(slot(hand)).copied().filter(|first| *first != NONE);
            if first.is_some() {
                self.hand = Some(hand);
                return first;
            }
            hand += 1;
        }
        self.hand = Some(hand);
        None
    }

    /// The number after this one in its slot.
    pub(crate) fn after(&self, number: u32) -> Option<u32> {
        self.links.get(number as usize).map(|link| link.after).filter(|after| *after != NONE)
    }

    /// The number that comes up next.
    pub(crate) fn earliest(&self) -> Option<u32> {
        let from = slot(self.hand?);
        let ahead = self.occupied_from(from).or_else(|| self.occupied_from(0))?;
        self.slots.get(ahead).copied().filter(|first| *first != NONE)
    }

    fn occupied_from(&self, from: usize) -> Option<usize> {
        let mut mask = u64::MAX << (from % 64);
        for (word, bits) in self.occupied.iter().enumerate().skip(from / 64) {
            let bits = bits & mask;
            if bits != 0 {
                return Some(word * 64 + bits.trailing_zeros() as usize);
            }
            mask = u64::MAX;
        }
        None
    }

    /// The slot for something due at this second.
    fn slot_for(&self, second: i64) -> usize {
        let hand = self.hand.unwrap_or(second);
        slot(second.clamp(hand, hand.saturating_add(SLOTS - 1)))
    }

    /// True when the number stands where something due at this second belongs.
    pub(crate) fn stands_at(&self, number: u32, second: i64) -> bool {
        let link = self.links.get(number as usize);
        link.is_some_and(|link| usize::from(link.slot) == self.slot_for(second))
    }

    /// Puts a number where something due at this second belongs, out of where it was.
    pub(crate) fn put(&mut self, number: u32, second: i64) {
        self.take_out(number);
        let at = self.slot_for(second);
        let Some(first) = self.slots.get_mut(at) else { return };
        let after = std::mem::replace(first, number);
        if let Some(bits) = self.occupied.get_mut(at / 64) {
            *bits |= 1 << (at % 64);
        }
        if let Some(link) = self.links.get_mut(number as usize) {
            *link = Link { before: NONE, after, slot: at as u16 };
        }
        if let Some(link) = self.links.get_mut(after as usize) {
            link.before = number;
        }
    }

    /// Takes a number out, if it is in.
    pub(crate) fn take_out(&mut self, number: u32) {
        let Some(link) = self.links.get_mut(number as usize) else { return };
        let Link { before, after, slot } = *link;
        if slot == NOWHERE {
            return;
        }
        link.slot = NOWHERE;
        if let Some(link) = self.links.get_mut(after as usize) {
            link.before = before;
        }
        if let Some(link) = self.links.get_mut(before as usize) {
            link.after = after;
            return;
        }
        let at = usize::from(slot);
        if let Some(first) = self.slots.get_mut(at) {
            *first = after;
        }
        if after == NONE
            && let Some(bits) = self.occupied.get_mut(at / 64)
        {
            *bits &= !(1 << (at % 64));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        /// Against a map of due seconds: everything comes up at its second, none before, in any order of
        /// putting, moving and taking out; time may stand still, run and jump.
        #[test]
        fn agrees_with_a_map(
            deeds in proptest::collection::vec((0u32..20, 0i64..6_000, 0u8..4, 0i64..5_000), 1..200),
        ) {
            let mut wheel = Wheel::new();
            wheel.reserve(20);
            let mut model: BTreeMap<u32, i64> = BTreeMap::new();
            let mut now = -7_000;
            wheel.turn(now);
            for (number, later, deed, step) in deeds {
                if deed == 0 {
                    wheel.take_out(number);
                    model.remove(&number);
                } else {
                    wheel.put(number, now + later);
                    // The present second has been looked at.
                    model.insert(number, (now + later).max(now + 1));
                }
                now += if deed == 1 { step } else { step / 500 };
                while let Some(number) = wheel.first_until(now) {
                    let due = model[&number];
                    if due > now {
                        // Beyond the wheel's reach: it is put again.
                        wheel.put(number, due);
                        prop_assert!(wheel.stands_at(number, due));
                    } else {
                        wheel.take_out(number);
                        model.remove(&number);
                    }
                }
                prop_assert!(model.values().all(|due| *due > now), "{now}: {model:?}");
                prop_assert_eq!(wheel.earliest().is_some(), !model.is_empty());
                let within = model.values().min().filter(|due| **due < now + SLOTS);
                if let Some(first) = within {
                    let mut earliest = wheel.earliest().unwrap();
                    while !wheel.stands_at(earliest, model[&earliest]) {
                        wheel.put(earliest, model[&earliest]);
                        earliest = wheel.earliest().unwrap();
                    }
                    prop_assert_eq!(model[&earliest], *first);
                }
            }
        }
    }

    #[test]
    fn time_may_go_back_and_to_its_ends() {
        let mut wheel = Wheel::new();
        wheel.reserve(2);
        for now in [0, i64::MAX / 2, i64::MIN / 2, 5, 1_000_000, 3] {
            wheel.turn(now);
            wheel.put(0, now + 2);
            // A hand that lay far behind passes all slots once.
            if wheel.first_until(now).is_some() {
                wheel.put(0, now + 2);
            }
            assert_eq!(wheel.first_until(now), None);
            assert_eq!(wheel.first_until(now + 2), Some(0));
            wheel.take_out(0);
        }
    }
}
