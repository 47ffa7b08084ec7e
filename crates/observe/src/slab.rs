//! Numbered places that grow in steps up to a limit and are used again.

/// Values allocated at once.
const STEP: usize = 64;

/// At most so many values, each with a number while it is in use.
pub(crate) struct Slab<T> {
    steps: Vec<Box<[T]>>,
    free: Vec<u32>,
    values_max: usize,
}

impl<T: Default> Slab<T> {
    pub(crate) fn new(values_max: u32) -> Slab<T> {
        Slab { steps: Vec::new(), free: Vec::new(), values_max: values_max as usize }
    }

    pub(crate) fn get_mut(&mut self, id: u32) -> Option<&mut T> {
        self.steps.get_mut(id as usize / STEP)?.get_mut(id as usize % STEP)
    }

    /// A fresh value's number; `None` when all are in use.
    pub(crate) fn take(&mut self) -> Option<u32> {
        if self.free.is_empty() {
            let from = self.steps.len() * STEP;
            let size = STEP.min(self.values_max.checked_sub(from)?);
            self.steps.push((0..size).map(|_| T::default()).collect());
            // Room for all numbers there are, so that giving back never allocates.
            self.free.reserve(from + size);
            self.free.extend((from as u32..(from + size) as u32).rev());
        }
        let id = self.free.pop()?;
        *self.get_mut(id)? = T::default();
        Some(id)
    }

    /// Ends the use of a number.
    pub(crate) fn give_back(&mut self, id: u32) {
        self.free.push(id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_used_again_up_to_the_limit() {
        let mut slab: Slab<u8> = Slab::new(70);
        let ids: Vec<u32> = std::iter::from_fn(|| slab.take()).collect();
        assert_eq!(ids, (0..70).collect::<Vec<_>>());
        *slab.get_mut(69).unwrap() = 7;
        slab.give_back(69);
        assert_eq!(slab.take(), Some(69));
        assert_eq!(slab.get_mut(69), Some(&mut 0));
        assert_eq!(slab.take(), None);
        assert!(Slab::<u8>::new(0).take().is_none());
    }
}
