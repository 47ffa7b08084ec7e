//! A set of things that mostly has one element, of which there are very many.

use crate::join::ThingId;
use std::collections::BTreeSet;

/// The set.
#[derive(Clone, Debug, Default)]
#[expect(
    clippy::box_collection,
    reason = "an empty place is to cost little: there are hundreds of thousands"
)]
pub(crate) struct Few {
    one: Option<ThingId>,
    /// All of them, as soon as there are two.
    many: Option<Box<BTreeSet<ThingId>>>,
}

impl Few {
    /// Adds an element.
    pub(crate) fn insert(&mut self, thing: ThingId) {
        if let Some(many) = &mut self.many {
            many.insert(thing);
        } else if let Some(one) = self.one.filter(|one| *one != thing) {
            self.many = Some(Box::new(BTreeSet::from([one, thing])));
            self.one = None;
        } else {
            self.one = Some(thing);
        }
    }

    /// Takes an element out.
    pub(crate) fn remove(&mut self, thing: ThingId) {
        if let Some(many) = &mut self.many {
            many.remove(&thing);
            if many.len() < 2 {
                self.one = many.first().copied();
                self.many = None;
            }
        } else {
            self.one = self.one.filter(|one| *one != thing);
        }
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.many.as_ref().map_or(usize::from(self.one.is_some()), |many| many.len())
    }

    /// The elements, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = ThingId> + '_ {
        self.one.into_iter().chain(self.many.iter().flat_map(|many| many.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_and_shrinks_like_a_set() {
        let mut few = Few::default();
        for thing in [3, 1, 3, 2] {
            few.insert(thing);
        }
        assert_eq!((few.len(), few.iter().collect::<Vec<_>>()), (3, vec![1, 2, 3]));
        for (thing, left) in [(9, 3), (1, 2), (3, 1), (3, 1), (2, 0)] {
            few.remove(thing);
            assert_eq!((few.len(), few.iter().count()), (left, left));
        }
    }
}
