//! Syslog (RFC 5424, RFC 3164) over UDP (RFC 5426) and TCP (RFC 6587, both framings): which host and
//! application report, and the audit trails of IHE ATNA among the reports. Other texts are passed over.

mod audit;
mod header;
#[cfg(test)]
pub(in crate::dissect) mod tests;

use crate::dissect::{
    Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts, Step, StreamDissector,
};
use audit::Audit;
use cordon_model::observe::Fact;
use header::{Form, form, priority};

/// How much of a message is looked at for its head.
const HEAD_BYTES_MAX: usize = 1024;
/// Digits of the longest message length that is believed (RFC 6587 3.4.1).
const COUNT_DIGITS_MAX: usize = 7;
const PORT_SYSLOG: u16 = 514;

/// Syslog over UDP.
#[derive(Debug)]
pub struct SyslogMessages;

impl DatagramDissector for SyslogMessages {
    const STARTS: Starts = Starts::of(b"<");

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match priority(datagram.bytes).map(form) {
            None => Recognised::No,
            Some(Form::Bare | Form::Unsure) if !datagram.touches(PORT_SYSLOG) => Recognised::No,
            // Nobody answers syslog: who sends is the client.
            Some(_) => Recognised::From(Side::Client),
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(length) = head(side, datagram.bytes, facts) else { return false };
        let text = datagram.bytes.get(length..).unwrap_or_default();
        if is_markup(text) {
            Audit::default().feed(side, text, facts);
        }
        true
    }
}

/// Tells what a message's head says and answers its length; `None` where it begins with no priority.
fn head(side: Side, message: &[u8], facts: &mut dyn Facts) -> Option<usize> {
    let window = message.get(..HEAD_BYTES_MAX).unwrap_or(message);
    let header = header::read(window)?;
    for (fact, value) in [
        (Fact::SyslogHostname, header.hostname),
        (Fact::SyslogApplication, header.application),
        (Fact::SyslogSoftware, header.software),
        (Fact::SyslogSoftwareVersion, header.software_version),
    ] {
        if !value.is_empty() {
            facts.fact(side, fact, value);
        }
    }
    Some(header.length)
}

/// True for text that begins like XML, perhaps after a byte order mark.
fn is_markup(text: &[u8]) -> bool {
    let text = text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text);
    text.trim_ascii_start().first() == Some(&b'<')
}

/// What one conversation's dissector remembers: only the sender's side, for nobody answers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Syslog {
    place: Place,
    framing: Framing,
    /// Bytes of a head that wait for more; a gap loses them too.
    held: u32,
    audit: Audit,
}

/// How messages are parted (RFC 6587 3.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Framing {
    /// No message was seen yet.
    #[default]
    Unknown,
    /// Each begins with its length; this many bytes of the current one are left.
    Counted(u32),
    /// Each ends with a line feed or a zero.
    Ended,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before a message.
    #[default]
    Frame,
    /// At a message's priority.
    Head,
    /// Within a text that may be an audit message.
    Text,
    /// Passing over the rest of a message.
    Skip,
    /// Where messages begin is lost.
    Lost,
}

impl StreamDissector for Syslog {
    const STARTS: Starts = Starts::range(b'1', b'9').or(Starts::of(b"<"));
    const HELD_BYTES_MAX: usize = HEAD_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let message = match (head.first(), count(head)) {
            (Some(b'<'), _) => head,
            (Some(b'1'..=b'9'), Count::Bytes(_, length)) => head.get(length..).unwrap_or_default(),
            (Some(b'1'..=b'9'), Count::Incomplete) => return Probe::Unsure,
            _ => return Probe::No,
        };
        let Some(rest) = priority(message) else {
            let digits = message.get(1..).unwrap_or_default();
            let begun = digits.len() <= 3 && digits.iter().all(u8::is_ascii_digit);
            let begun = begun && matches!(message.first(), None | Some(b'<'));
            return if begun { Probe::Unsure } else { Probe::No };
        };
        match form(rest) {
            Form::Standard | Form::Older => Probe::Certain(Side::Client),
            Form::Unsure => Probe::Unsure,
            Form::Bare => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        if side == Side::Server {
            return Step::Done;
        }
        let mut rest = bytes;
        while let Some(count) = self.advance(rest, facts) {
            rest = rest.get(count..).unwrap_or_default();
        }
        match self.place {
            Place::Lost => Step::Done,
            _ => Step::Took(bytes.len() - rest.len()),
        }
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        if side == Side::Server {
            return Step::Done;
        }
        let within = !matches!(self.place, Place::Frame | Place::Lost);
        let held = std::mem::take(&mut self.held);
        let missing = missing.saturating_add(u64::from(held));
        self.place = Place::Skip;
        match self.framing {
            Framing::Ended => Step::Took(0),
            // The end of the message is still to come.
            Framing::Counted(left) if within && u64::from(left) >= missing => {
                self.framing = Framing::Counted(left - u32::try_from(missing).unwrap_or(left));
                Step::Took(0)
            }
            _ => Step::Done,
        }
    }
}

/// A message's length before it.
enum Count {
    /// This many bytes follow; the number itself and the blank after it take that many.
    Bytes(u32, usize),
    /// More bytes would tell.
    Incomplete,
    /// This is no length.
    No,
}

fn count(bytes: &[u8]) -> Count {
    let digits = bytes.iter().take(COUNT_DIGITS_MAX).take_while(|byte| byte.is_ascii_digit()).count();
    let number = bytes.iter().take(digits).fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
    match bytes.get(digits) {
        // Even after the last digit that may stand there the blank is still to come.
        None => Count::Incomplete,
        Some(b' ') if digits > 0 => Count::Bytes(number, digits + 1),
        _ => Count::No,
    }
}

impl Syslog {
    /// Takes one item from the front; `None` when it is not complete.
    fn advance(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let first = *bytes.first()?;
        if self.framing == Framing::Counted(0) && self.place != Place::Lost {
            (self.place, self.framing) = (Place::Frame, Framing::Counted(u32::MAX));
        }
        match self.place {
            Place::Frame => self.frame(first, bytes, facts),
            Place::Head => self.head(bytes, facts),
            Place::Text => self.text(bytes, facts),
            Place::Skip => {
                let length = match self.framing {
                    Framing::Counted(left) => bytes.len().min(left as usize),
                    _ => match message_end(bytes) {
                        Some(end) => {
                            self.place = Place::Frame;
                            end
                        }
                        None => bytes.len(),
                    },
                };
                self.took(length);
                Some(length)
            }
            Place::Lost => None,
        }
    }

    /// A message begins: with its length, or with its priority.
    fn frame(&mut self, first: u8, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        self.audit = Audit::default();
        match first {
            b'\n' | b'\r' | 0 => Some(1),
            b'<' => {
                (self.place, self.framing) = (Place::Head, Framing::Ended);
                Some(0)
            }
            // Where messages end with lines, one that begins with a number is the rest of a text.
            b'1'..=b'9' if self.framing != Framing::Ended => match count(bytes) {
                Count::Bytes(number, length) => {
                    (self.place, self.framing) = (Place::Head, Framing::Counted(number));
                    Some(length)
                }
                Count::Incomplete => None,
                Count::No => self.lose(facts),
            },
            _ => self.lose(facts),
        }
    }

    /// What stands here is no message: the next begins after the next line, or nowhere.
    fn lose(&mut self, facts: &mut dyn Facts) -> Option<usize> {
        facts.malformed();
        self.place = if self.framing == Framing::Ended { Place::Skip } else { Place::Lost };
        Some(0)
    }

    fn head(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let window = bytes.get(..HEAD_BYTES_MAX).unwrap_or(bytes);
        let (message, whole) = match self.framing {
            Framing::Counted(left) => {
                let left = left as usize;
                (window.get(..left).unwrap_or(window), window.len() >= left)
            }
            _ => {
                let end = message_end(window);
                (window.get(..end.unwrap_or(window.len())).unwrap_or_default(), end.is_some())
            }
        };
        if !whole && window.len() < HEAD_BYTES_MAX {
            self.held = window.len() as u32;
            return None;
        }
        self.held = 0;
        self.place = Place::Skip;
        let Some(length) = head(Side::Client, message, facts) else {
            facts.malformed();
            return Some(0);
        };
        if is_markup(message.get(length..).unwrap_or_default()) {
            self.place = Place::Text;
        }
        self.took(length);
        Some(length)
    }

    /// Gives the text to the reader of audit messages.
    fn text(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let length = match self.framing {
            Framing::Counted(left) => bytes.len().min(left as usize),
            _ => match message_end(bytes) {
                // A line may end within a document; the next message begins with a priority.
                Some(0) => {
                    let goes_on = match bytes {
                        [_, b'<', next, ..] => self.audit.is_open() && !next.is_ascii_digit(),
                        [_] | [_, b'<'] if self.audit.is_open() => return None,
                        _ => self.audit.is_open(),
                    };
                    if !goes_on {
                        self.place = Place::Frame;
                        return Some(0);
                    }
                    1
                }
                Some(end) => end,
                None => bytes.len(),
            },
        };
        self.audit.feed(Side::Client, bytes.get(..length).unwrap_or_default(), facts);
        self.took(length);
        Some(length)
    }

    fn took(&mut self, length: usize) {
        if let Framing::Counted(left) = &mut self.framing {
            *left = left.saturating_sub(u32::try_from(length).unwrap_or(u32::MAX));
        }
    }
}

/// Where a message that is not counted ends.
fn message_end(bytes: &[u8]) -> Option<usize> {
    memchr::memchr2(b'\n', 0, bytes)
}
