//! Data sets that are compressed as a whole (PS3.5 annex A.5): their beginning is inflated, for that is where
//! equipment and patient stand; pixels come last and are not wanted.

use super::{COMMAND, ITEM_HEADER_BYTES, LAST, Line, P_DATA_TF, PDU_HEADER_BYTES, PDV_HEADER_BYTES};

/// Bytes of the stream that are held back of a compressed set, headers of units and values and all.
pub(super) const GATHERED_BYTES_MAX: usize = 4 * 1024;
/// Bytes that are inflated of it at most.
pub(super) const INFLATED_BYTES_MAX: usize = 16 * 1024;

/// The beginning of a compressed set, put together from its fragments.
pub(super) struct Gathered {
    bytes: [u8; GATHERED_BYTES_MAX],
    length: usize,
    /// True when this is all of it.
    pub(super) whole: bool,
}

impl Gathered {
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        if let Some(to) = self.bytes.get_mut(self.length..self.length + bytes.len()) {
            to.copy_from_slice(bytes);
            self.length += bytes.len();
        }
    }
}

/// Gathers a set's fragments from the stream, which stands at `line` within the first. `None` while more
/// is needed; what it comes to does not depend on how the stream was cut.
pub(super) fn gather(mut line: Line, bytes: &[u8]) -> Option<Gathered> {
    let enough = bytes.len() >= GATHERED_BYTES_MAX;
    let mut rest = bytes.get(..GATHERED_BYTES_MAX).unwrap_or(bytes);
    let mut gathered = Gathered { bytes: [0; GATHERED_BYTES_MAX], length: 0, whole: false };
    loop {
        let (fragment, after) = rest.split_at((line.part_left as usize).min(rest.len()));
        gathered.push(fragment);
        rest = after;
        line.pdu_left = line.pdu_left.saturating_sub(fragment.len() as u32);
        if fragment.len() < line.part_left as usize {
            return enough.then_some(gathered);
        }
        if line.control & LAST != 0 {
            gathered.whole = true;
            return Some(gathered);
        }
        match next(&mut line, rest) {
            Next::Fragment(after) => rest = after,
            Next::More => return enough.then_some(gathered),
            // The set breaks off; who reads the stream in order will count that.
            Next::Other => return Some(gathered),
        }
    }
}

enum Next<'a> {
    Fragment(&'a [u8]),
    More,
    Other,
}

/// Goes to the next fragment of the same set.
fn next<'a>(line: &mut Line, bytes: &'a [u8]) -> Next<'a> {
    let mut rest = bytes;
    if line.pdu_left == 0 {
        let Some((&[kind, _, a, b, c, d], after)) = rest.split_first_chunk::<PDU_HEADER_BYTES>() else {
            return Next::More;
        };
        if kind != P_DATA_TF {
            return Next::Other;
        }
        line.pdu_left = u32::from_be_bytes([a, b, c, d]);
        rest = after;
    }
    let Some((&[a, b, c, d, _, control], rest)) = rest.split_first_chunk::<PDV_HEADER_BYTES>() else {
        return Next::More;
    };
    let count = u32::from_be_bytes([a, b, c, d]);
    let fits =
        count >= 2 && line.pdu_left.checked_sub(ITEM_HEADER_BYTES as u32).is_some_and(|left| count <= left);
    if !fits || control & COMMAND != 0 {
        return Next::Other;
    }
    line.pdu_left -= PDV_HEADER_BYTES as u32;
    line.part_left = count - 2;
    line.control = control;
    Next::Fragment(rest)
}
