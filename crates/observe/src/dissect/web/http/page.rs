//! HTML: the title of a page that is nobody's.

use super::window::{Text, Window};
use crate::dissect::{Facts, Side, person};
use cordon_model::observe::Fact;
use std::ops::Range;

/// Content bytes of a page that are searched for its title.
const PAGE_BYTES_MAX: u32 = 4 * 1024;
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

/// A page's title on its way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
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
    /// The page told its title, or is somebody's.
    Done,
}

impl Default for Page {
    fn default() -> Self {
        Page {
            window: Window::default(),
            left: PAGE_BYTES_MAX,
            phase: Phase::Before,
            text: [0; TITLE_BYTES_MAX],
            length: 0,
        }
    }
}

impl Page {
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
            if begins || began || matches!(self.phase, Phase::Tag | Phase::Text) {
                self.search(side, before, taken, at..end, facts);
            }
            (at, began) = (end, begins);
        }
        if self.phase == Phase::Done {
            return;
        }
        self.window = before.after(taken);
        if bytes.len() > count && self.phase != Phase::Done {
            self.finish(side, facts);
        }
    }

    /// Looks at each byte of a part of what was taken; `before` is what came before that.
    fn search(
        &mut self,
        side: Side,
        before: Window,
        taken: &[u8],
        part: Range<usize>,
        facts: &mut dyn Facts,
    ) {
        let mut last = before.after(taken.get(..part.start).unwrap_or_default()).last();
        for at in part {
            let Some(&byte) = taken.get(at) else { return };
            last = [last[1], byte.to_ascii_lowercase()];
            // Most bytes end nothing and pass at once.
            if may_end(last) || matches!(self.phase, Phase::Tag | Phase::Text) {
                if self.phase == Phase::Done {
                    return;
                }
                self.window = before.after(taken.get(..=at).unwrap_or_default());
                self.byte(side, byte, facts);
            }
        }
    }

    /// The body ended: tells the title of a page that is nobody's.
    pub(super) fn finish(&mut self, side: Side, facts: &mut dyn Facts) {
        if self.phase == Phase::After {
            let text = self.text.get(..usize::from(self.length)).unwrap_or_default().trim_ascii();
            if !text.is_empty() && !is_about_someone(text) {
                facts.fact(side, Fact::HttpTitle, text);
            }
        }
        self.phase = Phase::Done;
    }

    fn byte(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
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
        } else if window.ends_with(&END) {
            self.finish(side, facts);
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
