//! HTTP/1.0 and 1.1 in clear text (RFC 9112): what servers and clients call themselves.
//!
//! Heads are read field by field, bodies only as far as a title, a device's particulars or the kinds of patient data need. Paths,
//! queries, credentials and cookies are looked at and never passed on.

mod asked;
mod body;
mod content;
mod dicom_json;
mod fhir;
mod head;
mod json;
mod log_in;
mod medical;
mod page;
mod pairs;
mod part;
mod scan;
mod window;

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::inflate::{self, inflate};
use body::{Body, Next};
use content::Coding;
use fhir::Found;
use head::{Framing, Head, Request};
pub(super) use head::{realm, scheme};
use medical::Medical;
use scan::Scan;

/// The longest header field or start line that is read; a longer one is passed over and counted.
const FIELD_BYTES_MAX: usize = 8 * 1024;
/// Fields of one head that are read; more are passed over and counted once.
const FIELDS_MAX: u16 = 256;
/// The beginning of a compressed body that is held back until it is complete enough to be read.
const PACKED_BYTES_MAX: usize = 16 * 1024;
/// Content of a compressed body that is read, at most.
const UNPACKED_BYTES_MAX: usize = 128 * 1024;
/// Requests that may wait for their answers; beyond this, answers are read without their requests.
const PIPELINE_MAX: usize = 16;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Http {
    client: Half,
    server: Half,
    waiting: Waiting,
    /// What reads a body, and whose; the latest that began is read.
    scan: Scan,
    scanned: Option<Side>,
    medical: Medical,
    /// What the answer's body turned out to be, while the rest of it passes.
    found: Found,
    /// The connection became a tunnel or another protocol.
    left_http: bool,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    head: Head,
    fields: u16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before a start line.
    #[default]
    Start,
    /// Within the fields of a head.
    Fields,
    /// Within a line that is too long to be read; `Fields` or `Trailers` or `Lost` follows.
    SkipLine(After),
    Body(Body),
    /// Before a compressed body that is to be read.
    Packed(Body),
    /// Within the fields after the last chunk.
    Trailers,
    /// After a loss or nonsense: looking for a line that starts a message.
    Lost,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    Fields,
    Trailers,
    Lost,
}

/// Requests whose answers have not begun, oldest first.
#[derive(Clone, Copy, Debug, Default)]
struct Waiting {
    requests: [Request; PIPELINE_MAX],
    count: usize,
    /// Some request was not seen: which answer belongs to which is no longer known.
    broken: bool,
}

impl Waiting {
    fn push(&mut self, request: Request) {
        match self.requests.get_mut(self.count) {
            Some(slot) if !self.broken => {
                *slot = request;
                self.count += 1;
            }
            _ => self.forget(),
        }
    }

    fn oldest(&self) -> Request {
        if self.count == 0 { Request::default() } else { self.requests.first().copied().unwrap_or_default() }
    }

    fn pop(&mut self) {
        if self.count > 0 {
            self.requests.rotate_left(1);
            self.count -= 1;
        }
    }

    fn forget(&mut self) {
        *self = Waiting { broken: true, ..Waiting::default() };
    }
}

impl StreamDissector for Http {
    const STARTS: Starts = head::STARTS;
    const HELD_BYTES_MAX: usize = PACKED_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        head::probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        loop {
            if self.left_http {
                return Step::Done;
            }
            if rest.is_empty() {
                return Step::Took(bytes.len());
            }
            let taken = match self.half(side).place {
                Place::Body(body) => self.body(side, body, rest, facts),
                Place::Packed(body) => self.packed(side, body, rest, facts),
                Place::SkipLine(after) => self.skip_line(side, after, rest),
                _ => self.line(side, rest, facts),
            };
            match taken {
                Some(count) => rest = rest.get(count..).unwrap_or_default(),
                None => return Step::Took(bytes.len() - rest.len()),
            }
        }
    }

    fn end(&mut self, facts: &mut dyn Facts) {
        // A body without a length ends with its connection (RFC 9112 6.3).
        if self.server.place == Place::Body(Body::UntilClose) {
            self.end_of_body(Side::Server, facts);
        }
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        if self.left_http {
            return Step::Done;
        }
        let half = self.half(side);
        half.place = match half.place {
            Place::Body(body) | Place::Packed(body) => match body.after_gap(missing) {
                Some(body) => Place::Body(body),
                None => Place::SkipLine(After::Lost),
            },
            _ => Place::SkipLine(After::Lost),
        };
        let lost = !matches!(half.place, Place::Body(_));
        self.stop_scan(side);
        if lost {
            self.waiting.forget();
        }
        Step::Took(0)
    }
}

impl Http {
    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// Reads no more of this side's body and tells nothing of it.
    fn stop_scan(&mut self, side: Side) {
        if self.scanned == Some(side) {
            self.scan = Scan::Nothing;
            self.scanned = None;
        }
    }

    /// Reads one line or folded field; `None` when it is not complete yet.
    fn line(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let place = self.half(side).place;
        let foldable = matches!(place, Place::Fields);
        match head::line_length(bytes, foldable, FIELD_BYTES_MAX) {
            head::Line::Incomplete => None,
            head::Line::TooLong(count) => {
                if place != Place::Lost {
                    facts.malformed();
                }
                if place == Place::Start && side == Side::Client {
                    self.waiting.forget();
                }
                let after = match place {
                    Place::Fields => After::Fields,
                    Place::Trailers => After::Trailers,
                    _ => After::Lost,
                };
                self.half(side).place = Place::SkipLine(after);
                Some(count)
            }
            head::Line::Length(count) => {
                let line = head::without_line_end(bytes.get(..count).unwrap_or_default());
                match place {
                    Place::Fields => self.field(side, line, facts),
                    Place::Trailers if line.is_empty() => self.end_of_body(side, facts),
                    Place::Trailers => {}
                    _ => self.start_line(side, line, facts),
                }
                Some(count)
            }
        }
    }

    fn skip_line(&mut self, side: Side, after: After, bytes: &[u8]) -> Option<usize> {
        let Some(end) = memchr::memchr(b'\n', bytes) else { return Some(bytes.len()) };
        self.half(side).place = match after {
            After::Fields => Place::Fields,
            After::Trailers => Place::Trailers,
            After::Lost => Place::Lost,
        };
        Some(end + 1)
    }

    fn start_line(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) {
        let lost = self.half(side).place == Place::Lost;
        if line.is_empty() {
            // RFC 9112 2.2: an empty line before a request is to be passed over.
            return;
        }
        let head = match side {
            Side::Client => Head::of_request(line).map(|(head, base)| {
                self.medical.requested(head.request.asked, base);
                head
            }),
            Side::Server => Head::of_answer(line, self.waiting.oldest()),
        };
        let half = self.half(side);
        match head {
            Some(head) => *half = Half { place: Place::Fields, head, fields: 0 },
            None if lost => {}
            None => {
                facts.malformed();
                half.place = Place::Lost;
                if side == Side::Client {
                    self.waiting.forget();
                }
            }
        }
    }

    fn field(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) {
        let half = self.half(side);
        if line.is_empty() {
            return self.end_of_head(side, facts);
        }
        half.fields = half.fields.saturating_add(1);
        match half.fields {
            0..=FIELDS_MAX => half.head.field(side, line, facts),
            count if count == FIELDS_MAX + 1 => facts.malformed(),
            _ => {}
        }
    }

    fn end_of_head(&mut self, side: Side, facts: &mut dyn Facts) {
        let head = self.half(side).head;
        match side {
            Side::Client => self.waiting.push(head.request),
            Side::Server if head.is_interim() => {
                self.half(side).place = Place::Start;
                return;
            }
            Side::Server => {
                self.waiting.pop();
                head.request.log_in.answered(head.status, facts);
                self.found = Found::default();
                self.left_http = head.leaves_http();
            }
        }
        self.stop_scan(side);
        self.medical.head(side, &head, facts);
        let scan = Scan::for_body(side, &head, self.medical.is_fhir());
        if scan.reads() {
            // A body of the other side that is still under way goes on unread: it is being answered.
            self.scan = scan;
            self.scanned = Some(side);
        }
        let body = match head.framing(side) {
            Framing::None | Framing::Length(0) => return self.end_of_body(side, facts),
            Framing::Length(count) => Body::Counted(count),
            Framing::Chunked => Body::chunked(),
            Framing::UntilClose => Body::UntilClose,
        };
        let packed = self.scanned == Some(side) && head.coding != Coding::Plain;
        self.half(side).place = if packed { Place::Packed(body) } else { Place::Body(body) };
    }

    /// Holds a compressed body back until it is there as far as it is read, then reads it at once and goes
    /// over it again as over one that is not read.
    fn packed(&mut self, side: Side, body: Body, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        if self.scanned != Some(side) {
            self.half(side).place = Place::Body(body);
            return Some(0);
        }
        let bytes = bytes.get(..bytes.len().min(PACKED_BYTES_MAX)).unwrap_or_default();
        if !body.each_content(bytes, |_| {}) && bytes.len() < PACKED_BYTES_MAX {
            return None;
        }
        if let Coding::Compressed(coding) = self.half(side).head.coding
            && unpack(coding, body, bytes, |content| self.content(side, content, facts))
                == inflate::End::Broken
        {
            facts.malformed();
        }
        self.end_of_scan(side, facts);
        self.half(side).place = Place::Body(body);
        Some(0)
    }

    fn body(&mut self, side: Side, body: Body, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let (count, next) = body.take(bytes, |content| self.content(side, content, facts));
        match next {
            Next::Body(body) => self.half(side).place = Place::Body(body),
            Next::Trailers => self.half(side).place = Place::Trailers,
            Next::End => self.end_of_body(side, facts),
            Next::Malformed => {
                facts.malformed();
                self.stop_scan(side);
                self.half(side).place = Place::SkipLine(After::Lost);
                if side == Side::Client {
                    self.waiting.forget();
                }
            }
        }
        Some(count)
    }

    /// Gives content to what reads this side's body. One that has yet to show what it is gets it byte by
    /// byte, so that this is told at once, wherever the stream is cut.
    fn content(&mut self, side: Side, content: &[u8], facts: &mut dyn Facts) {
        if self.scanned != Some(side) {
            return;
        }
        let head = self.half(side).head;
        let mut rest = content;
        while let Some((next, after)) =
            rest.split_at_checked(if self.scan.is_unproven() { 1 } else { rest.len() })
            && !next.is_empty()
        {
            rest = after;
            self.scan.read(side, next, facts);
            self.medical.body(side, &head, self.scan.found(), facts);
        }
    }

    fn end_of_body(&mut self, side: Side, facts: &mut dyn Facts) {
        self.end_of_scan(side, facts);
        if side == Side::Server {
            let (head, found) = (self.half(side).head, std::mem::take(&mut self.found));
            self.medical.end(&head, found, facts);
        }
        self.half(side).place = Place::Start;
    }

    /// Nothing more of this side's body is read; keeps what was found out.
    fn end_of_scan(&mut self, side: Side, facts: &mut dyn Facts) {
        if self.scanned == Some(side) {
            if side == Side::Server {
                self.found = self.scan.found();
            }
            self.scan.finish(side, facts);
            self.scanned = None;
        }
    }
}

/// Decompresses the beginning of a body; apart, for it needs much of the stack.
#[inline(never)]
fn unpack(coding: inflate::Coding, body: Body, bytes: &[u8], content: impl FnMut(&[u8])) -> inflate::End {
    let (mut packed, mut length) = ([0; PACKED_BYTES_MAX], 0);
    body.each_content(bytes, |part| {
        if let Some(room) = packed.get_mut(length..length + part.len()) {
            room.copy_from_slice(part);
            length += part.len();
        }
    });
    inflate(coding, packed.get(..length).unwrap_or_default(), UNPACKED_BYTES_MAX, content)
}

#[cfg(test)]
mod dicom_web_tests;
#[cfg(test)]
mod fhir_tests;
#[cfg(test)]
mod particulars_tests;
#[cfg(test)]
pub(in crate::dissect) mod tests;
