//! TLS 1.0 to 1.3 and SSL 3.0 handshakes (RFC 8446, RFC 5246, RFC 6101): who was asked for, what version
//! was agreed, and what the certificate says; of SSL 2.0 that it is still in use. Once a side encrypts, it is read
//! no further. A protocol that goes over to TLS in the middle (STARTTLS) has one of these in its own state and
//! hands it what follows.

mod certificate;
pub(super) mod hello;
mod ja4;
mod suites;
mod version2;

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::EventKind;
use version2::Hello;

/// The longest record fragment: 2^14 plaintext bytes and what ciphers may add (RFC 5246 6.2.3).
const FRAGMENT_BYTES_MAX: usize = (1 << 14) + 2048;
/// How much of a handshake message is read; enough for the first certificate of a chain.
const MESSAGE_BYTES_MAX: usize = 8 * 1024;
/// How much a message may take on the wire, record headers included.
const SPAN_BYTES_MAX: usize = 12 * 1024;
const RECORD_HEADER_BYTES: usize = 5;

const ALERT: u8 = 21;
const HANDSHAKE: u8 = 22;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tls {
    client: Half,
    server: Half,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    /// The first record was seen; an SSL 2.0 style hello can come only before it.
    begun: bool,
    /// Content type of the record under way.
    content: u8,
    /// Bytes of the record under way that are left.
    record_left: usize,
    /// Bytes of a handshake message that are passed over.
    message_left: usize,
    /// A client's hello was told.
    greeted: bool,
}

/// What one look at the bytes led to.
enum Progress {
    Took(usize),
    More,
    Done,
}

impl StreamDissector for Tls {
    const STARTS: Starts = Starts::of(&[HANDSHAKE, ALERT]).or(Starts::range(0x80, 0xff));
    const HELD_BYTES_MAX: usize = SPAN_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let mut rest = bytes;
        while !rest.is_empty() {
            match half.advance(side, rest, facts) {
                Progress::Took(count) => rest = rest.get(count..).unwrap_or_default(),
                Progress::More => break,
                Progress::Done => return Step::Done,
            }
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        // Only inside a message that is passed over does a loss not matter; where a record begins again
        // cannot be told otherwise.
        match usize::try_from(missing) {
            Ok(missing) if missing <= half.record_left && missing <= half.message_left => {
                half.record_left -= missing;
                half.message_left -= missing;
                Step::Took(0)
            }
            _ => Step::Done,
        }
    }
}

/// Messages of these kinds are read, others passed over.
fn is_read(kind: u8) -> bool {
    matches!(kind, CLIENT_HELLO | SERVER_HELLO | CERTIFICATE)
}

fn message_length([high, middle, low]: [u8; 3]) -> usize {
    usize::from(high) << 16 | usize::from(u16::from_be_bytes([middle, low]))
}

impl Half {
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Progress {
        if self.record_left == 0 {
            return self.record_header(side, bytes, facts);
        }
        match self.content {
            HANDSHAKE if self.message_left > 0 => self.pass_over(bytes),
            HANDSHAKE => self.message(side, bytes, facts),
            ALERT => self.alert(side, bytes, facts),
            _ => Progress::Done,
        }
    }

    fn record_header(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Progress {
        if !self.begun {
            match version2::hello(bytes) {
                Hello::Upgradable(length) if side == Side::Client => {
                    // It names no server; it is passed over.
                    self.begun = true;
                    (self.content, self.record_left, self.message_left) = (HANDSHAKE, length, length);
                    return Progress::Took(2);
                }
                Hello::Server(length) if side == Side::Server => {
                    let wanted = (2 + length).min(MESSAGE_BYTES_MAX);
                    let Some(message) = bytes.get(..wanted) else { return Progress::More };
                    version2::tell(message, facts);
                    return Progress::Done;
                }
                Hello::Client if side == Side::Client => return Progress::Done,
                Hello::Unsure => return Progress::More,
                _ => {}
            }
        }
        let Some((content, length)) = record_header(bytes) else {
            if bytes.len() < RECORD_HEADER_BYTES {
                return Progress::More;
            }
            facts.malformed();
            return Progress::Done;
        };
        self.begun = true;
        match content {
            HANDSHAKE | ALERT => {}
            // What follows a change of cipher is encrypted, as are records of application data.
            _ => return Progress::Done,
        }
        self.content = content;
        self.record_left = length;
        Progress::Took(RECORD_HEADER_BYTES)
    }

    /// RFC 8446 6: level and description; a longer record is an encrypted alert.
    fn alert(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Progress {
        if self.record_left != 2 {
            return Progress::Done;
        }
        let [level, description, ..] = bytes else { return Progress::More };
        const FATAL: u8 = 2;
        if *level == FATAL {
            facts.event(side, EventKind::TlsAlert, decimal(*description, &mut [0; 3]));
        }
        self.record_left = 0;
        Progress::Took(2)
    }

    /// Reads one handshake message: where it lies, when it lies within its record, which is the rule.
    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Progress {
        let whole = bytes.get(..self.record_left.min(bytes.len())).unwrap_or_default();
        match whole.split_first_chunk::<4>() {
            Some((&[kind, high, middle, low], rest)) => {
                let length = message_length([high, middle, low]);
                let wanted = length.min(MESSAGE_BYTES_MAX - 4);
                match rest.get(..wanted) {
                    Some(message) => self.told(side, kind, message, facts),
                    None if !is_read(kind) => {}
                    None if 4 + wanted <= self.record_left => return Progress::More,
                    None => return self.spanning(side, bytes, facts),
                }
                self.message_left = 4 + length;
                self.pass_over(bytes)
            }
            None if self.record_left >= 4 => Progress::More,
            None => self.spanning(side, bytes, facts),
        }
    }

    /// Reads a message gathered from as many records as it spans.
    #[cold]
    #[inline(never)]
    fn spanning(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Progress {
        let mut buffer = [0; MESSAGE_BYTES_MAX];
        let (kind, length) = match self.gather(bytes, 4, &mut buffer) {
            Gathered::Bytes(&[kind, high, middle, low]) => (kind, message_length([high, middle, low])),
            Gathered::Bytes(_) | Gathered::More => return Progress::More,
            Gathered::Broken => return broken(facts),
        };
        if is_read(kind) {
            match self.gather(bytes, (4 + length).min(MESSAGE_BYTES_MAX), &mut buffer) {
                Gathered::Bytes(message) => {
                    self.told(side, kind, message.get(4..).unwrap_or_default(), facts);
                }
                Gathered::More => return Progress::More,
                Gathered::Broken => return broken(facts),
            }
        }
        self.message_left = 4 + length;
        self.pass_over(bytes)
    }

    /// Tells what a message says.
    fn told(&mut self, side: Side, kind: u8, message: &[u8], facts: &mut dyn Facts) {
        let understood = match kind {
            CLIENT_HELLO => {
                let known = std::mem::replace(&mut self.greeted, true);
                hello::client(Side::Client, message, &hello::TLS, known, facts)
            }
            SERVER_HELLO => hello::server(message, facts),
            CERTIFICATE => certificate::first(side, message, facts),
            _ => Some(()),
        };
        if understood.is_none() {
            facts.malformed();
        }
    }

    /// Takes what there is of the message under way.
    fn pass_over(&mut self, bytes: &[u8]) -> Progress {
        let count = self.message_left.min(self.record_left).min(bytes.len());
        self.message_left -= count;
        self.record_left -= count;
        Progress::Took(count)
    }

    /// The next `wanted` bytes of handshake content without the record headers between them.
    fn gather<'a>(&self, bytes: &'a [u8], wanted: usize, buffer: &'a mut [u8]) -> Gathered<'a> {
        if wanted <= self.record_left {
            return match bytes.get(..wanted) {
                Some(whole) => Gathered::Bytes(whole),
                None => Gathered::More,
            };
        }
        let (mut at, mut left, mut have) = (0, self.record_left, 0);
        loop {
            let count = left.min(wanted - have);
            if at + count > SPAN_BYTES_MAX {
                return Gathered::Broken;
            }
            let (Some(from), Some(to)) = (bytes.get(at..at + count), buffer.get_mut(have..have + count))
            else {
                return Gathered::More;
            };
            to.copy_from_slice(from);
            (at, have) = (at + count, have + count);
            if have == wanted {
                return Gathered::Bytes(buffer.get(..wanted).unwrap_or_default());
            }
            let Some(header) = bytes.get(at..at + RECORD_HEADER_BYTES) else {
                return if at + RECORD_HEADER_BYTES > SPAN_BYTES_MAX {
                    Gathered::Broken
                } else {
                    Gathered::More
                };
            };
            match record_header(header) {
                Some((HANDSHAKE, length)) => left = length,
                _ => return Gathered::Broken,
            }
            at += RECORD_HEADER_BYTES;
        }
    }
}

/// Handshake content freed of record headers.
enum Gathered<'a> {
    Bytes(&'a [u8]),
    More,
    Broken,
}

fn broken(facts: &mut dyn Facts) -> Progress {
    facts.malformed();
    Progress::Done
}

/// Content type and length of a record whose header is `bytes`' start (RFC 8446 5.1).
fn record_header(bytes: &[u8]) -> Option<(u8, usize)> {
    let [content @ 20..=24, 3, 0..=4, high, low, ..] = *bytes else { return None };
    let length = usize::from(u16::from_be_bytes([high, low]));
    (length <= FRAGMENT_BYTES_MAX).then_some((content, length))
}

/// A reader of length-prefixed fields (RFC 8446 3.4).
struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (front, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(front)
    }

    fn number(&mut self, bytes: usize) -> Option<usize> {
        Some(self.take(bytes)?.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
    }

    /// A field after its length of `bytes` bytes.
    fn field(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let length = self.number(bytes)?;
        self.take(length)
    }

    /// Calls `read` with type and content of each extension.
    fn extensions(&mut self, mut read: impl FnMut(usize, &'a [u8]) -> Option<()>) -> Option<()> {
        if self.0.is_empty() {
            return Some(());
        }
        let mut extensions = Reader(self.field(2)?);
        while !extensions.0.is_empty() {
            let kind = extensions.number(2)?;
            read(kind, extensions.field(2)?)?;
        }
        Some(())
    }
}

fn decimal(number: u8, digits: &mut [u8; 3]) -> &str {
    *digits = [number / 100, number / 10 % 10, number % 10].map(|digit| b'0' + digit);
    let start = match number {
        100.. => 0,
        10.. => 1,
        _ => 2,
    };
    digits.get(start..).and_then(|digits| std::str::from_utf8(digits).ok()).unwrap_or_default()
}

/// What the first bytes of one side are.
fn probe(head: &[u8]) -> Probe {
    if head.first().is_some_and(|first| first & 0x80 != 0) {
        return version2::probe(head);
    }
    if head.len() < 6 {
        const HELLO: [u8; 2] = [HANDSHAKE, 3];
        let may_be = HELLO.iter().zip(head).all(|(wanted, have)| wanted == have)
            || matches!(*head, [ALERT] | [ALERT, 3, ..]);
        return if may_be { Probe::Unsure } else { Probe::No };
    }
    match (record_header(head), head.get(5), head.len()) {
        (Some((HANDSHAKE, 1..)), Some(&CLIENT_HELLO), _) => Probe::Certain(Side::Client),
        (Some((HANDSHAKE, 1..)), Some(&SERVER_HELLO), _) => Probe::Certain(Side::Server),
        (Some((ALERT, 2)), Some(1 | 2), 7) => Probe::Certain(Side::Server),
        (Some((ALERT, 2)), Some(1 | 2), 6) => Probe::Unsure,
        _ => Probe::No,
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
