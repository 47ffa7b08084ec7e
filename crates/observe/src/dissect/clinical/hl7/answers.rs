//! Acknowledgements: which messages were refused and why, and which were never answered.

use super::fields::{Segment, hash};
use super::header::{Message, MessageType};
use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Messages whose answers are awaited at a time; senders by the book send one after the other.
const AWAITED_MAX: usize = 4;

/// A message whose answer is awaited.
#[derive(Clone, Copy, Debug, Default)]
struct Sent {
    /// MSH-10 as a hash, zero for none.
    control: u64,
    kind: MessageType,
}

/// Messages one side has sent and the other not yet answered, oldest first.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Awaited {
    sent: [Sent; AWAITED_MAX],
}

impl Awaited {
    /// A message was sent by `side` that is owed an answer.
    pub(super) fn sent(&mut self, side: Side, message: &Message, facts: &mut dyn Facts) {
        if !message.expects_answer || message.control == 0 {
            return;
        }
        let one = Sent { control: message.control, kind: message.kind };
        match self.sent.iter_mut().find(|place| place.control == 0 || place.control == one.control) {
            Some(place) => *place = one,
            None => {
                if let Some(oldest) = self.sent.first() {
                    oldest.unanswered(side, facts);
                }
                self.sent.rotate_left(1);
                if let Some(last) = self.sent.last_mut() {
                    *last = one;
                }
            }
        }
    }

    /// MSA-2 names the message that is answered.
    fn answered(&mut self, control: u64) {
        if let Some(at) = self.sent.iter().position(|sent| sent.control == control && control != 0)
            && let Some(rest) = self.sent.get_mut(at..)
        {
            rest.rotate_left(1);
            if let Some(last) = rest.last_mut() {
                *last = Sent::default();
            }
        }
    }

    /// Some of the answers may have been lost to the observer: none is missed.
    pub(super) fn forget(&mut self) {
        *self = Awaited::default();
    }

    /// Nothing more comes: what is awaited still was not answered.
    pub(super) fn end(&mut self, side: Side, facts: &mut dyn Facts) {
        for sent in &self.sent {
            sent.unanswered(side, facts);
        }
        self.forget();
    }
}

impl Sent {
    fn unanswered(&self, sender: Side, facts: &mut dyn Facts) {
        if self.control != 0 && !self.kind.is_empty() {
            facts.fact(sender.other(), Fact::Hl7Unanswered, self.kind.bytes());
        }
    }
}

/// A refusal that waits for the error segments of its message.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Refusal {
    words: Option<&'static str>,
    /// ERR-3 or its forerunners, a code of table 0357; zero for none.
    error: u16,
}

impl Refusal {
    /// MSA: what is answered and how (table 0008).
    pub(super) fn acknowledgement(
        &mut self,
        segment: Segment<'_>,
        awaited: &mut Awaited,
        facts: &mut dyn Facts,
    ) {
        awaited.answered(hash(segment.field(2)));
        self.words = match segment.field(1) {
            b"AE" => Some("application error (AE)"),
            b"AR" => Some("application reject (AR)"),
            b"CE" => Some("commit error (CE)"),
            b"CR" => Some("commit reject (CR)"),
            b"AA" | b"CA" => None,
            _ => return facts.malformed(),
        };
        // MSA-6 names the error before version 2.7.
        self.note(code(segment.component(6, 0)));
    }

    /// ERR: the first code counts. Since version 2.5 it is ERR-3; before, the fourth component of ERR-1,
    /// whose parts are subcomponents. Texts for users are not looked at.
    pub(super) fn error(&mut self, segment: Segment<'_>) {
        self.note(code(segment.component(3, 0)));
        self.note(code(segment.separators.subcomponent(segment.component(1, 3))));
    }

    fn note(&mut self, code: u16) {
        if self.error == 0 {
            self.error = code;
        }
    }

    /// The message is over: a refusal is told with its reason.
    pub(super) fn settle(&mut self, side: Side, facts: &mut dyn Facts) {
        if let Some(words) = self.words {
            let mut detail = Detail::default();
            let _ = detail.write_str(words);
            if self.error != 0 {
                let _ = write!(detail, ": {} {}", self.error, error_words(self.error));
            }
            facts.event(side, EventKind::Hl7Rejected, detail.text());
        }
        *self = Refusal::default();
    }
}

/// A code of table 0357; zero for anything else.
fn code(text: &[u8]) -> u16 {
    let digits = text.len() == 3 && text.iter().all(u8::is_ascii_digit);
    if !digits {
        return 0;
    }
    let code = text.iter().fold(0, |number, digit| number * 10 + u16::from(digit - b'0'));
    if error_words(code).is_empty() { 0 } else { code }
}

/// Table 0357 (HL7 2.9 2.C.2).
fn error_words(code: u16) -> &'static str {
    match code {
        100 => "segment sequence error",
        101 => "required field missing",
        102 => "data type error",
        103 => "table value not found",
        104 => "value too long",
        198 => "non-conformant cardinality",
        199 => "other HL7 error",
        200 => "unsupported message type",
        201 => "unsupported event code",
        202 => "unsupported processing id",
        203 => "unsupported version id",
        204 => "unknown key identifier",
        205 => "duplicate key identifier",
        206 => "application record locked",
        207 => "application internal error",
        _ => "",
    }
}

/// An event's detail of bounded length.
#[derive(Default)]
struct Detail(super::fields::Text<96>);

impl Detail {
    fn text(&self) -> &str {
        std::str::from_utf8(self.0.bytes()).unwrap_or_default()
    }
}

impl std::fmt::Write for Detail {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.0.push(text.as_bytes());
        Ok(())
    }
}
