//! Messages of a start line, named fields, an empty line and a body, as HTTP made them common: telephony and
//! streaming cameras. What all of them share stands here; what their fields mean, in their own files.

use super::{Facts, Probe, Side, Starts, Step, StreamDissector};

/// The longest line that is read; a longer one is passed over.
const LINE_BYTES_MAX: usize = 2_048;
/// Fields of one message that are read.
const FIELDS_MAX: u16 = 128;
/// What stands before media that are sent between messages (RFC 7826 14): a mark, a channel, a length.
const MEDIA_MARK: u8 = b'$';
const MEDIA_HEAD_BYTES: usize = 4;

/// What the messages of a protocol mean.
pub trait Messages: Default {
    /// See [`StreamDissector::STARTS`].
    const STARTS: Starts;

    /// See [`StreamDissector::probe`].
    fn probe(head: &[u8], port: u16) -> Probe;

    /// A message begins; answers `false` when this is no start line.
    fn start(&mut self, side: Side, line: &[u8]) -> bool;

    /// A field of the message that one side began last.
    fn field(&mut self, side: Side, name: &[u8], value: &[u8], facts: &mut dyn Facts);

    /// All fields of the message are there.
    fn whole(&mut self, side: Side, facts: &mut dyn Facts);
}

/// A dissector of a stream of such messages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Headed<M> {
    messages: M,
    client: Half,
    server: Half,
}

/// Where one side stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    fields: u16,
    /// Bytes of the message's body.
    body: usize,
    /// Bytes that are passed over.
    left: usize,
    /// The rest of a line is passed over.
    passing: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Start,
    Fields,
    /// Where a message begins is not known; the next line that is a start line tells.
    Lost,
}

impl<M: Messages> StreamDissector for Headed<M> {
    const STARTS: Starts = M::STARTS;
    const HELD_BYTES_MAX: usize = LINE_BYTES_MAX;

    fn probe(head: &[u8], port: u16) -> Probe {
        M::probe(head, port)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            if half.left > 0 {
                let count = half.left.min(rest.len());
                half.left -= count;
                rest = rest.get(count..).unwrap_or_default();
                continue;
            }
            if half.place == Place::Start && !half.passing && *first == MEDIA_MARK {
                let Some([_, _, high, low]) = rest.first_chunk::<MEDIA_HEAD_BYTES>() else { break };
                half.left = MEDIA_HEAD_BYTES + usize::from(u16::from_be_bytes([*high, *low]));
                continue;
            }
            let end = memchr::memchr(b'\n', rest.get(..LINE_BYTES_MAX).unwrap_or(rest));
            let Some(end) = end else {
                if half.passing || rest.len() >= LINE_BYTES_MAX {
                    half.passing = true;
                    rest = rest.get(LINE_BYTES_MAX..).unwrap_or_default();
                    continue;
                }
                break;
            };
            let line = rest.get(..end).unwrap_or_default();
            rest = rest.get(end + 1..).unwrap_or_default();
            if !std::mem::replace(&mut half.passing, false) {
                half.line(&mut self.messages, side, line.strip_suffix(b"\r").unwrap_or(line), facts);
            }
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        match usize::try_from(missing) {
            Ok(missing) if missing <= half.left => half.left -= missing,
            _ => *half = Half { place: Place::Lost, passing: true, ..Half::default() },
        }
        Step::Took(0)
    }
}

impl Half {
    fn line<M: Messages>(&mut self, messages: &mut M, side: Side, line: &[u8], facts: &mut dyn Facts) {
        match self.place {
            Place::Start if line.is_empty() => {}
            Place::Start | Place::Lost => {
                let known = !line.contains(&b'\r') && messages.start(side, line);
                if known {
                    *self = Half { place: Place::Fields, ..Half::default() };
                } else if self.place == Place::Start {
                    facts.malformed();
                    self.place = Place::Lost;
                }
            }
            Place::Fields if line.is_empty() => {
                messages.whole(side, facts);
                *self = Half { left: self.body, ..Half::default() };
            }
            Place::Fields => {
                self.fields = self.fields.saturating_add(1);
                if self.fields > FIELDS_MAX {
                    if self.fields == FIELDS_MAX + 1 {
                        facts.limit();
                    }
                    return;
                }
                let Some((name, value)) = field(line) else { return };
                if name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"l") {
                    self.body = number(value).unwrap_or(0);
                }
                messages.field(side, name, value, facts);
            }
        }
    }
}

/// Reads one message that is whole, as datagrams bring it; answers `false` when it is none.
pub(super) fn read<M: Messages>(side: Side, message: &[u8], facts: &mut dyn Facts) -> bool {
    let mut messages = M::default();
    let mut lines = message.split(|byte| *byte == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    if !lines.next().is_some_and(|line| messages.start(side, line)) {
        return false;
    }
    for line in lines.take_while(|line| !line.is_empty()).take(usize::from(FIELDS_MAX)) {
        if let Some((name, value)) = field(line) {
            messages.field(side, name, value, facts);
        }
    }
    messages.whole(side, facts);
    true
}

/// Name and value; a line that goes on from the one before has no name.
fn field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|byte| *byte == b':')?;
    let (name, value) = (line.get(..at)?.trim_ascii_end(), line.get(at + 1..)?.trim_ascii());
    let named = !name.is_empty() && name.iter().all(u8::is_ascii_graphic) && !value.contains(&b'\r');
    named.then_some((name, value))
}

fn number(text: &[u8]) -> Option<usize> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// The value of a parameter such as `realm="…"`, with or without quotes.
pub(super) fn parameter<'a>(value: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let at = value.windows(name.len()).position(|part| part.eq_ignore_ascii_case(name))?;
    let rest = value.get(at + name.len()..)?.strip_prefix(b"=")?;
    match rest.strip_prefix(b"\"") {
        Some(quoted) => quoted.split(|byte| *byte == b'"').next(),
        None => rest.split(|byte| matches!(byte, b',' | b';' | b' ' | b'>')).next(),
    }
}
