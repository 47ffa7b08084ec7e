//! Lines of a text that is read as it comes, one buffer for all.

use cordon_model::observe::Damage;
use std::io::{BufRead, ErrorKind};

/// A longer line is passed over.
pub(crate) const LINE_BYTES_MAX: usize = 4 << 20;

/// Reads line by line.
pub(crate) struct Lines<'r> {
    reader: &'r mut dyn BufRead,
    line: Vec<u8>,
    number: u64,
    bytes: u64,
}

/// One line without its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line<'a> {
    /// 1-based number.
    pub(crate) number: u64,
    pub(crate) bytes: &'a [u8],
    /// True when it was longer than any line that is read; `bytes` are its beginning.
    pub(crate) is_cut: bool,
}

impl<'r> Lines<'r> {
    pub(crate) fn new(reader: &'r mut dyn BufRead) -> Lines<'r> {
        Lines { reader, line: Vec::new(), number: 0, bytes: 0 }
    }

    /// Bytes read so far.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` at the end. What cannot be read further is damage.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, Damage> {
        self.line.clear();
        let mut is_cut = false;
        loop {
            let held = match self.reader.fill_buf() {
                Ok(held) => held,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(Damage { offset: self.bytes, reason: error.to_string() }),
            };
            if held.is_empty() {
                if self.line.is_empty() && !is_cut {
                    return Ok(None);
                }
                break;
            }
            let end = memchr::memchr(b'\n', held);
            let part = held.get(..end.unwrap_or(held.len())).unwrap_or_default();
            let room = LINE_BYTES_MAX - self.line.len().min(LINE_BYTES_MAX);
            is_cut |= part.len() > room;
            self.line.extend_from_slice(part.get(..part.len().min(room)).unwrap_or_default());
            let taken = part.len() + usize::from(end.is_some());
            self.reader.consume(taken);
            self.bytes += taken as u64;
            if end.is_some() {
                break;
            }
        }
        self.number += 1;
        let bytes = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        let bytes =
            if self.number == 1 { bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes) } else { bytes };
        Ok(Some(Line { number: self.number, bytes, is_cut }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::BufReader;

    fn all(bytes: &[u8], capacity: usize) -> Vec<(u64, Vec<u8>)> {
        let mut reader = BufReader::with_capacity(capacity, bytes);
        let mut lines = Lines::new(&mut reader);
        let mut all = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            all.push((line.number, line.bytes.to_vec()));
        }
        assert_eq!(lines.bytes(), bytes.len() as u64);
        all
    }

    #[test]
    fn ends_of_all_kinds_are_taken_off() {
        let lines = all(b"\xef\xbb\xbfa\r\n\nb", 2);
        assert_eq!(lines, [(1, b"a".to_vec()), (2, b"".to_vec()), (3, b"b".to_vec())]);
    }

    #[test]
    fn a_line_without_end_is_cut_and_the_next_one_is_whole() {
        let mut text = vec![b'x'; LINE_BYTES_MAX + 5];
        text.extend_from_slice(b"\nnext\n");
        let mut reader = BufReader::new(text.as_slice());
        let mut lines = Lines::new(&mut reader);
        let first = lines.next().unwrap().unwrap();
        assert!(first.is_cut && first.bytes.len() == LINE_BYTES_MAX);
        assert_eq!(lines.next().unwrap().unwrap().bytes, b"next");
    }

    proptest! {
        #[test]
        fn buffers_do_not_matter(text in "[ab\r\n]{0,40}", capacity in 1usize..9) {
            prop_assert_eq!(all(text.as_bytes(), capacity), all(text.as_bytes(), 4096));
        }
    }
}
