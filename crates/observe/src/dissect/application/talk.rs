//! Protocols in which client and server talk in lines of text, and go over to TLS when they agree to: mail and
//! file transfer. What all of them share stands here; what their words mean, in their own files.

use crate::dissect::tls::Tls;
use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};

/// The longest line that is read; of a longer one the rest is passed over.
const LINE_BYTES_MAX: usize = 512;
/// The first byte of a TLS handshake (RFC 8446 5.1); no line begins with it.
const TLS_HANDSHAKE: u8 = 22;

/// What is wanted after a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// More lines.
    More,
    /// No more lines of this side.
    Enough,
    /// No more lines of either side.
    Over,
}

/// What the words of a protocol mean.
pub trait Words: Default {
    /// See [`StreamDissector::STARTS`].
    const STARTS: Starts;

    /// See [`StreamDissector::probe`].
    fn probe(head: &[u8], port: u16) -> Probe;

    /// A line of one side, without its end.
    fn line(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) -> Heard;
}

/// A dissector for a protocol of such words.
#[derive(Clone, Copy, Debug, Default)]
pub struct Talk<W> {
    words: W,
    client: Half,
    server: Half,
    over: bool,
    tls: Tls,
}

/// Where one side stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    /// The rest of a line is passed over.
    passing: bool,
    /// It went over to TLS.
    secured: bool,
}

impl<W: Words> StreamDissector for Talk<W> {
    const STARTS: Starts = W::STARTS;
    const HELD_BYTES_MAX: usize =
        if Tls::HELD_BYTES_MAX > LINE_BYTES_MAX { Tls::HELD_BYTES_MAX } else { LINE_BYTES_MAX };

    fn probe(head: &[u8], port: u16) -> Probe {
        W::probe(head, port)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        let mut rest = bytes;
        while let Some(first) = rest.first() {
            let taken = bytes.len() - rest.len();
            if half.secured || (*first == TLS_HANDSHAKE && !half.passing) {
                half.secured = true;
                return match self.tls.stream(side, rest, facts) {
                    Step::Took(count) => Step::Took(taken + count),
                    Step::Done => Step::Done,
                };
            }
            if self.over {
                return Step::Done;
            }
            let end = memchr::memchr(b'\n', rest.get(..LINE_BYTES_MAX).unwrap_or(rest));
            let was_passing = half.passing;
            let line = match end {
                Some(end) => {
                    half.passing = false;
                    rest.get(..end)
                }
                None if was_passing || rest.len() >= LINE_BYTES_MAX => {
                    half.passing = true;
                    rest.get(..LINE_BYTES_MAX.min(rest.len()))
                }
                None => return Step::Took(taken),
            };
            let line = line.unwrap_or_default();
            rest = rest.get(line.len() + usize::from(end.is_some())..).unwrap_or_default();
            if was_passing {
                continue;
            }
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            if line.contains(&b'\r') {
                // Where a line's end was damaged, two lines would pass for one.
                facts.malformed();
                continue;
            }
            match self.words.line(side, line, facts) {
                Heard::More => {}
                Heard::Enough => return Step::Done,
                Heard::Over => {
                    self.over = true;
                    return Step::Done;
                }
            }
        }
        Step::Took(bytes.len())
    }

    fn gap(&mut self, side: Side, missing: u64, facts: &mut dyn Facts) -> Step {
        let half = match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        };
        if half.secured {
            return self.tls.gap(side, missing, facts);
        }
        // The next line that is whole begins after the next end of a line.
        half.passing = true;
        Step::Took(0)
    }
}

/// A word at the beginning of a line, in any case, and what follows the blanks after it.
pub(super) fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    (word, rest.trim_ascii())
}

/// A reply's code (RFC 959 4.2, RFC 5321 4.2) and its text; lines between first and last have a dash after it.
pub(super) fn reply(line: &[u8]) -> Option<(u16, &[u8])> {
    let (code, text) = line.split_first_chunk::<3>()?;
    let [b'1'..=b'5', ..] = code else { return None };
    if !code.iter().all(u8::is_ascii_digit) || !matches!(text.first(), None | Some(b' ' | b'-')) {
        return None;
    }
    let number = code.iter().fold(0, |sum, digit| sum * 10 + u16::from(digit - b'0'));
    Some((number, text.get(1..).unwrap_or_default()))
}

/// True when `word`, in capital letters, stands somewhere in the text, in any case.
pub(super) fn contains(text: &[u8], word: &[u8]) -> bool {
    text.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

/// Who greets with code 220: mail or files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Greeting {
    Mail,
    Files,
    Unsure,
    No,
}

/// Both kinds of servers greet with the same code; what they call themselves tells, otherwise the port.
pub(super) fn greeting(head: &[u8], port: u16) -> Greeting {
    const CODE: &[u8] = b"220";
    const ENOUGH: usize = 256;
    if head.len() <= CODE.len() {
        return if CODE.starts_with(head) { Greeting::Unsure } else { Greeting::No };
    }
    let Some(text) = head.strip_prefix(CODE).filter(|text| matches!(text.first(), Some(b' ' | b'-'))) else {
        return Greeting::No;
    };
    if contains(text, b"SMTP") {
        return Greeting::Mail;
    }
    if !head.contains(&b'\n') && head.len() < ENOUGH {
        return Greeting::Unsure;
    }
    match port {
        _ if contains(text, b"FTP") => Greeting::Files,
        21 | 2121 => Greeting::Files,
        25 | 465 | 587 | 2525 => Greeting::Mail,
        // What the client says will tell.
        _ => Greeting::Unsure,
    }
}
