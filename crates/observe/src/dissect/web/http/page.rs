//! HTML: the title of a page that is nobody's, and what a device's own page says beside known labels.

use super::pairs::Pairs;
use super::window::{Text, Window};
use crate::dissect::particulars::{Particulars, Place};
use crate::dissect::{Facts, Side, person};
use cordon_model::observe::Fact;
use std::ops::Range;

/// Content bytes of a page that are read.
const PAGE_BYTES_MAX: u32 = 16 * 1024;
/// Bytes that are compared at once; more than anything looked for and its borders have.
const BLOCK: usize = 64;
/// Title bytes that are kept until the page has shown that it is nobody's.
const TITLE_BYTES_MAX: usize = 120;

/// Words that show a page to be about patients.
const OF_PATIENTS: [Text; 6] = [
    Text::new(b"patient name"),
    Text::new(b"patientname"),
    Text::new(b"patient id"),
    Text::new(b"patientid"),
    Text::new(b"date of birth"),
    Text::new(b"birthdate"),
];
const RECORD_NUMBER: Text = Text::new(b"mrn");
const BIRTH: Text = Text::new(b"dob");
const TITLE: Text = Text::new(b"<title");
const END: Text = Text::new(b"</html");

/// Words of a title that show the same.
const ABOUT_PATIENTS: [&[u8]; 14] = [
    b"case",
    b"chart",
    b"encounter",
    b"exam",
    b"member",
    b"order",
    b"person",
    b"record",
    b"report",
    b"result",
    b"results",
    b"student",
    b"visit",
    b"worklist",
];

/// A page's title and particulars on their way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// It was asked for without a log-in: its title may be told.
    is_public: bool,
    pairs: Pairs,
    particulars: Particulars,
    window: Window,
    left: u32,
    phase: Phase,
    text: [u8; TITLE_BYTES_MAX],
    length: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Before,
    Tag,
    Text,
    After,
    /// The page was told of, or is somebody's.
    Done,
}

impl Page {
    /// Before a page that was asked for without a log-in, or with one.
    pub(super) fn new(is_public: bool) -> Page {
        Page {
            is_public,
            pairs: Pairs::default(),
            particulars: Particulars::default(),
            window: Window::default(),
            left: PAGE_BYTES_MAX,
            phase: Phase::Before,
            text: [0; TITLE_BYTES_MAX],
            length: 0,
        }
    }

    /// Reads content bytes in order.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) {
        let count = bytes.len().min(self.left as usize);
        self.left -= count as u32;
        let taken = bytes.get(..count).unwrap_or_default();
        let before = self.window;
        let mut at = 0;
        let mut began = true;
        while at < taken.len() && self.phase != Phase::Done {
            let block = taken.get(at..).and_then(<[u8]>::first_chunk::<{ BLOCK + 2 }>);
            let begins = block.is_none_or(may_begin);
            let end = if block.is_some() { at + BLOCK } else { taken.len() };
            // What ends here began here or in the block before it.
            if (begins || began || matches!(self.phase, Phase::Tag | Phase::Text))
                && let Some(end) = self.search(before, taken, at..end)
            {
                self.pairs.read(taken.get(..end).unwrap_or_default(), &mut self.particulars);
                return self.finish(side, facts);
            }
            (at, began) = (end, begins);
        }
        if self.phase == Phase::Done {
            return;
        }
        self.window = before.after(taken);
        self.pairs.read(taken, &mut self.particulars);
        if bytes.len() > count {
            self.finish(side, facts);
        }
    }

    /// Looks at each byte of a part of what was taken, and says where in that the page ended; `before` is what came
    /// before.
    fn search(&mut self, before: Window, taken: &[u8], part: Range<usize>) -> Option<usize> {
        let mut last = before.after(taken.get(..part.start).unwrap_or_default()).last();
        for at in part {
            let &byte = taken.get(at)?;
            last = [last[1], byte.to_ascii_lowercase()];
            // Most bytes end nothing and pass at once.
            if may_end(last) || matches!(self.phase, Phase::Tag | Phase::Text) {
                if self.phase == Phase::Done {
                    return None;
                }
                self.window = before.after(taken.get(..=at).unwrap_or_default());
                self.byte(byte);
                if self.phase != Phase::Done && self.window.ends_with(&END) {
                    return Some(at + 1);
                }
            }
        }
        None
    }

    /// The body ended: tells of a page that is nobody's.
    pub(super) fn finish(&mut self, side: Side, facts: &mut dyn Facts) {
        let phase = std::mem::replace(&mut self.phase, Phase::Done);
        let text = self.text.get(..usize::from(self.length)).unwrap_or_default().trim_ascii();
        if phase == Phase::Done || is_about_someone(text) {
            return;
        }
        if phase == Phase::After && !text.is_empty() && self.is_public {
            facts.fact(side, Fact::HttpTitle, text);
        }
        self.particulars.tell(Place::Page, side, facts);
    }

    fn byte(&mut self, byte: u8) {
        match self.phase {
            Phase::Before if byte | 0x20 == b'e' && self.window.ends_with(&TITLE) => self.phase = Phase::Tag,
            Phase::Tag if byte == b'>' => self.phase = Phase::Text,
            Phase::Text if byte == b'<' => self.phase = Phase::After,
            Phase::Text => self.push(byte),
            _ => {}
        }
        let window = &self.window;
        let of_patients = if byte.is_ascii_alphanumeric() {
            OF_PATIENTS.iter().any(|text| window.ends_with(text))
        } else {
            window.ends_word(&RECORD_NUMBER) || window.ends_word(&BIRTH)
        };
        if of_patients {
            self.phase = Phase::Done;
        }
    }

    fn push(&mut self, byte: u8) {
        let byte = if byte.is_ascii_whitespace() { b' ' } else { byte };
        let last = usize::from(self.length).checked_sub(1).and_then(|at| self.text.get(at)).copied();
        if byte == b' ' && last.is_none_or(|last| last == b' ') {
            return;
        }
        if let Some(slot) = self.text.get_mut(usize::from(self.length)) {
            *slot = byte;
            self.length += 1;
        }
    }
}

/// True when one of the texts looked for may begin in a block: all positions are compared at once, with the first
/// three characters of each.
fn may_begin(block: &[u8; BLOCK + 2]) -> bool {
    let (seconds, thirds) = (block.get(1..).unwrap_or_default(), block.get(2..).unwrap_or_default());
    let mut found = false;
    for ((a, b), c) in block.iter().zip(seconds).zip(thirds) {
        let (a, b, c) = (a | 0x20, b | 0x20, c | 0x20);
        // Without an early end: this compares many bytes at once.
        found |= (a == b'p') & (b == b'a') & (c == b't')
            | (a == b'd') & (b == b'a') & (c == b't')
            | (a == b'b') & (b == b'i') & (c == b'r')
            | (a == b'm') & (b == b'r') & (c == b'n')
            | (a == b'd') & (b == b'o') & (c == b'b')
            | (a == b'<') & (b == b't') & (c == b'i')
            | (a == b'<') & (b == b'/') & (c == b'h');
    }
    found
}

/// True for the last two bytes of what is looked for; most of a page ends in none of them.
fn may_end(last: [u8; 2]) -> bool {
    match last {
        [_, byte] if byte.is_ascii_alphanumeric() => {
            matches!(&last, b"me" | b"id" | b"th" | b"te" | b"le" | b"ml")
        }
        // A word that ended here.
        [byte, _] => matches!(byte, b'n' | b'b'),
    }
}

/// True when a title may name a person or a case, or tells that the page is about one.
fn is_about_someone(title: &[u8]) -> bool {
    let mut words = title.split(|byte| !byte.is_ascii_alphanumeric());
    person::may_name_someone(title)
        || words.any(|word| ABOUT_PATIENTS.iter().any(|known| known.eq_ignore_ascii_case(word)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_looked_for_may_end() {
        for text in [
            &b"patient name"[..],
            b"patientname",
            b"patient id",
            b"patientid",
            b"date of birth",
            b"birthdate",
            b"<title",
            b"</html",
            b"mrn ",
            b"dob:",
        ] {
            assert!(may_end(*text.last_chunk().unwrap()), "{}", text.escape_ascii());
        }
        for text in OF_PATIENTS.iter().chain([&RECORD_NUMBER, &BIRTH, &TITLE, &END]) {
            for at in 0..BLOCK {
                let mut block = [b'x'; BLOCK + 2];
                for (room, byte) in block.iter_mut().skip(at).zip(text.bytes()) {
                    *room = byte.to_ascii_uppercase();
                }
                assert!(may_begin(&block), "{text:?} at {at}");
            }
        }
        assert!(!may_begin(&[b'x'; BLOCK + 2]));
        assert!(!may_end(*b"he") && !may_end(*b"> ") && !may_end(*b"ed"));
    }
}
