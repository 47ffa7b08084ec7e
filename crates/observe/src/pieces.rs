//! Bytes held back until more arrive: lists of small pieces from one pool of fixed size, for TCP streams
//! and for fragmented datagrams alike. Knows positions, not protocols.

/// No piece.
const NONE: u32 = u32::MAX;
/// Bytes in one piece; with its head a piece takes 512 bytes.
const PIECE_BYTES: usize = 500;
/// Pieces allocated at once.
const SLAB_PIECES: usize = 128;

#[derive(Clone)]
struct Piece {
    start: u32,
    next: u32,
    length: u16,
    bytes: [u8; PIECE_BYTES],
}

const EMPTY: Piece = Piece { start: 0, next: NONE, length: 0, bytes: [0; PIECE_BYTES] };

/// All pieces there are; grows by slabs up to its limit and never shrinks.
pub(crate) struct Pool {
    slabs: Vec<Box<[Piece]>>,
    slabs_max: usize,
    free: u32,
}

/// The pieces of one stream side or one datagram: in order of position, never overlapping.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pieces {
    first: u32,
    bytes: u32,
    count: u16,
}

impl Default for Pieces {
    fn default() -> Self {
        Pieces { first: NONE, bytes: 0, count: 0 }
    }
}

/// What became of bytes that were to be held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Held {
    /// Some of them had been there before; the earlier ones stay.
    pub(crate) overlapping: bool,
    /// Some of them found no room.
    pub(crate) refused: bool,
}

impl Pool {
    /// A pool of at most `bytes_max` bytes.
    pub(crate) fn new(bytes_max: usize) -> Pool {
        let slabs_max = (bytes_max / size_of::<Piece>()).div_ceil(SLAB_PIECES);
        Pool { slabs: Vec::new(), slabs_max, free: NONE }
    }

    fn get(&self, id: u32) -> Option<&Piece> {
        let id = id as usize;
        self.slabs.get(id / SLAB_PIECES)?.get(id % SLAB_PIECES)
    }

    fn get_mut(&mut self, id: u32) -> Option<&mut Piece> {
        let id = id as usize;
        self.slabs.get_mut(id / SLAB_PIECES)?.get_mut(id % SLAB_PIECES)
    }

    fn take(&mut self) -> Option<u32> {
        if self.free == NONE {
            self.grow()?;
        }
        let id = self.free;
        let piece = self.get_mut(id)?;
        let next = std::mem::replace(&mut piece.next, NONE);
        piece.length = 0;
        self.free = next;
        Some(id)
    }

    fn grow(&mut self) -> Option<()> {
        if self.slabs.len() >= self.slabs_max {
            return None;
        }
        let base = u32::try_from(self.slabs.len() * SLAB_PIECES).ok()?;
        let mut slab = vec![EMPTY; SLAB_PIECES].into_boxed_slice();
        for (piece, next) in slab.iter_mut().zip(base + 1..) {
            piece.next = next;
        }
        if let Some(last) = slab.last_mut() {
            last.next = self.free;
        }
        self.slabs.push(slab);
        self.free = base;
        Some(())
    }

    fn give_back(&mut self, id: u32) {
        let free = self.free;
        if let Some(piece) = self.get_mut(id) {
            piece.next = free;
            self.free = id;
        }
    }
}

/// A run of bytes on its way into a list, `at` counted from the list's base.
struct Run<'a> {
    base: u32,
    at: u32,
    data: &'a [u8],
}

impl Pieces {
    /// Bytes held.
    pub(crate) fn bytes(&self) -> u32 {
        self.bytes
    }

    /// Pieces held.
    pub(crate) fn count(&self) -> u16 {
        self.count
    }

    /// Distance from `base` to the first byte held.
    pub(crate) fn first_offset(&self, pool: &Pool, base: u32) -> Option<u32> {
        pool.get(self.first).map(|piece| piece.start.wrapping_sub(base))
    }

    /// Holds `data`, whose first byte lies at `start`; positions count up from `base` and may wrap around
    /// 2^32. Bytes already held stay as they are.
    pub(crate) fn insert(&mut self, pool: &mut Pool, base: u32, start: u32, data: &[u8]) -> Held {
        let mut held = Held::default();
        let mut run = Run { base, at: start.wrapping_sub(base), data };
        let (mut before, mut current) = (NONE, self.first);
        while !run.data.is_empty() {
            let border = pool.get(current).map(|piece| {
                let begin = piece.start.wrapping_sub(base);
                (begin, begin + u32::from(piece.length), piece.next)
            });
            let room = border.map_or(usize::MAX, |(begin, _, _)| begin.saturating_sub(run.at) as usize);
            let fresh = room.min(run.data.len());
            if fresh > 0 && self.fill(pool, before, current, &mut run, fresh).is_none() {
                held.refused = true;
                return held;
            }
            let Some((_, end, next)) = border else { break };
            let covered = (end.saturating_sub(run.at) as usize).min(run.data.len());
            if covered > 0 {
                held.overlapping = true;
                run.skip(covered);
            }
            (before, current) = (current, next);
        }
        held
    }

    /// Puts the first `length` bytes of the run between two neighbours; `None` when there is no room.
    fn fill(
        &mut self,
        pool: &mut Pool,
        mut before: u32,
        after: u32,
        run: &mut Run<'_>,
        mut length: usize,
    ) -> Option<()> {
        while length > 0 {
            let written = self.extend(pool, before, run, length);
            length -= written;
            if length == 0 {
                break;
            }
            let fresh = pool.take()?;
            let piece = pool.get_mut(fresh)?;
            piece.start = run.base.wrapping_add(run.at);
            piece.next = after;
            match pool.get_mut(before) {
                Some(neighbour) => neighbour.next = fresh,
                None => self.first = fresh,
            }
            self.count += 1;
            before = fresh;
        }
        Some(())
    }

    /// Writes as much as fits into a piece that ends where the run begins.
    fn extend(&mut self, pool: &mut Pool, id: u32, run: &mut Run<'_>, length: usize) -> usize {
        let Some(piece) = pool.get_mut(id) else { return 0 };
        let used = usize::from(piece.length);
        if piece.start.wrapping_sub(run.base).wrapping_add(u32::from(piece.length)) != run.at {
            return 0;
        }
        let count = length.min(PIECE_BYTES - used);
        let (Some(room), Some(data)) = (piece.bytes.get_mut(used..used + count), run.data.get(..count))
        else {
            return 0;
        };
        room.copy_from_slice(data);
        piece.length += count as u16;
        self.bytes += count as u32;
        run.skip(count);
        count
    }

    /// Appends to `out` the unbroken bytes from `base` on.
    pub(crate) fn gather(&self, pool: &Pool, base: u32, out: &mut Vec<u8>) {
        let mut at = base;
        let mut current = self.first;
        while let Some(piece) = pool.get(current) {
            if piece.start != at {
                break;
            }
            out.extend_from_slice(piece.bytes.get(..usize::from(piece.length)).unwrap_or_default());
            at = at.wrapping_add(u32::from(piece.length));
            current = piece.next;
        }
    }

    /// How many unbroken bytes there are from `base` on.
    pub(crate) fn unbroken(&self, pool: &Pool, base: u32) -> u32 {
        let mut length = 0u32;
        let mut current = self.first;
        while let Some(piece) = pool.get(current) {
            if piece.start != base.wrapping_add(length) {
                break;
            }
            length += u32::from(piece.length);
            current = piece.next;
        }
        length
    }

    /// Lets go of everything before `base + count`.
    pub(crate) fn discard(&mut self, pool: &mut Pool, base: u32, count: u32) {
        while let Some(piece) = pool.get_mut(self.first) {
            let begin = piece.start.wrapping_sub(base);
            if begin >= count {
                return;
            }
            let surplus = count - begin;
            if surplus < u32::from(piece.length) {
                piece.bytes.copy_within(surplus as usize..usize::from(piece.length), 0);
                piece.length -= surplus as u16;
                piece.start = base.wrapping_add(count);
                self.bytes -= surplus;
                return;
            }
            let (next, length) = (piece.next, piece.length);
            pool.give_back(self.first);
            self.first = next;
            self.bytes -= u32::from(length);
            self.count -= 1;
        }
    }

    /// Lets go of everything.
    pub(crate) fn clear(&mut self, pool: &mut Pool) {
        while let Some(piece) = pool.get(self.first) {
            let next = piece.next;
            pool.give_back(self.first);
            self.first = next;
        }
        *self = Pieces::default();
    }
}

impl Run<'_> {
    fn skip(&mut self, count: usize) {
        self.at += count as u32;
        self.data = self.data.get(count..).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Against the plainest model: an array of bytes, each set once.
        #[test]
        fn agrees_with_an_array(
            base in prop_oneof![Just(0u32), Just(u32::MAX - 700), any::<u32>()],
            runs in proptest::collection::vec((0usize..3000, 1usize..900, any::<u8>()), 1..30),
            cut in 0usize..3000,
        ) {
            let mut pool = Pool::new(1 << 20);
            let mut pieces = Pieces::default();
            let mut model: Vec<Option<u8>> = vec![None; 4000];
            for (at, length, value) in &runs {
                let data: Vec<u8> = (0..*length).map(|i| value.wrapping_add(i as u8)).collect();
                let expected = model[*at..at + length].iter().any(Option::is_some);
                let held = pieces.insert(&mut pool, base, base.wrapping_add(*at as u32), &data);
                prop_assert_eq!(held, Held { overlapping: expected, refused: false });
                for (slot, byte) in model[*at..at + length].iter_mut().zip(&data) {
                    slot.get_or_insert(*byte);
                }
            }
            prop_assert_eq!(pieces.bytes() as usize, model.iter().flatten().count());
            pieces.discard(&mut pool, base, cut as u32);
            prop_assert_eq!(pieces.bytes() as usize, model[cut..].iter().flatten().count());
            let unbroken: Vec<u8> = model[cut..].iter().map_while(|byte| *byte).collect();
            let mut out = Vec::new();
            let from = base.wrapping_add(cut as u32);
            pieces.gather(&pool, from, &mut out);
            prop_assert_eq!(pieces.unbroken(&pool, from) as usize, out.len());
            prop_assert_eq!(out, unbroken);
            pieces.clear(&mut pool);
            let slabs = pool.slabs.len();
            let mut free = 0;
            while pool.take().is_some() && free < slabs * SLAB_PIECES { free += 1; }
            prop_assert_eq!(free, slabs * SLAB_PIECES);
        }
    }

    #[test]
    fn a_full_pool_refuses() {
        let mut pool = Pool::new(SLAB_PIECES * size_of::<Piece>());
        let mut pieces = Pieces::default();
        let data = vec![1u8; SLAB_PIECES * PIECE_BYTES];
        assert_eq!(pieces.insert(&mut pool, 0, 0, &data), Held::default());
        assert!(pieces.insert(&mut pool, 0, data.len() as u32, &[1]).refused);
        assert_eq!(pieces.unbroken(&pool, 0) as usize, data.len());
        pieces.clear(&mut pool);
        assert!(!pieces.insert(&mut pool, 0, 0, &[1]).refused);
    }
}
