//! HL7 version 2 in clear text, framed by the minimal lower layer protocol or bare: which applications
//! talk, what kinds of messages by which profiles, which were refused or never answered, and which devices
//! they speak of.
//!
//! Messages are read segment by segment; of a segment too long to be held only its beginning is read, and
//! what names its equipment. Of a patient's fields is noticed only that they are not empty.

mod answers;
mod charset;
mod devices;
mod extent;
mod fields;
mod header;
mod observation;
mod patient;
mod wide;

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use answers::{Awaited, Refusal};
use cordon_model::observe::{FACT_BYTES_MAX, Fact};
use devices::Devices;
use extent::{ends_badly, is_clean, merged};
use fields::{Segment, Separators};
use header::{Message, is_answer};
use memchr::{memchr, memchr2, memchr3};
use wide::{WINDOW_BYTES_MAX, Width};

/// The longest segment that is read whole.
const SEGMENT_BYTES_MAX: usize = 4 * 1024;
/// The longest field that is read of a segment longer than that.
const LATE_FIELD_BYTES_MAX: usize = 512;

const START_BLOCK: u8 = 0x0b;
const END_BLOCK: u8 = 0x1c;

/// The same where characters take two bytes: a whole window but room for one character of UTF-8.
const WIDE_SEGMENT_BYTES_MAX: usize = WINDOW_BYTES_MAX - 4;
/// First bytes that a probe looks at where characters take two bytes, and characters that it waits for.
const PROBED_BYTES_MAX: usize = 128;
const PROBED_TEXT_BYTES_MAX: usize = 56;
/// The name of a segment.
const NAME_BYTES: usize = 3;
/// The most bytes of one character in UTF-16.
const CHARACTER_BYTES: usize = 4;
/// OBX-11: the result's status.
const STATUS: u16 = 11;
/// OBX-18: the equipment instance.
const EQUIPMENT: u16 = 18;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Hl7 {
    client: Half,
    server: Half,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    width: Width,
    message: Message,
    devices: Devices,
    refusal: Refusal,
    /// What this side sent and the other has not answered.
    awaited: Awaited,
    /// Bytes of a segment in which its end was looked for in vain, zero where it was not.
    searched: u16,
    /// How many must have come before the segment is taken for one that is too long.
    enough: u16,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before the first bytes of a message, which show how characters are stored.
    #[default]
    Start,
    /// Before a segment.
    Segment,
    /// Within an OBX that is too long to be read whole, at this field; `bare` once the status was empty.
    Long { field: u16, bare: bool },
    /// The same, where the current field is too long as well.
    LongField(u16),
    /// Passing over the rest of a segment.
    Skip,
}

/// Where the messages of one side are read: who sends them, who is told of them, and what the other side
/// still waits for.
struct Desk<'a> {
    side: Side,
    facts: &'a mut dyn Facts,
    other_awaits: &'a mut Awaited,
}

impl StreamDissector for Hl7 {
    const STARTS: Starts = Starts::of(b"MBF\r\n\x0b\x1c\0\xef\xfe\xff");
    const HELD_BYTES_MAX: usize = SEGMENT_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let (half, other) = self.halves(side);
        let mut desk = Desk { side, facts, other_awaits: &mut other.awaited };
        let mut rest = bytes;
        while let Some(count) = half.take(rest, &mut desk) {
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, facts: &mut dyn Facts) -> Step {
        let (half, other) = self.halves(side);
        // What was begun is settled; the next segment starts after the next carriage return, and which
        // device it speaks of is unknown. Answers may have been among what is lost.
        half.settle(side, facts);
        other.awaited.forget();
        if half.width != Width::Narrow {
            // Where a character of two bytes begins is not to be found again.
            return Step::Done;
        }
        half.place = Place::Skip;
        half.searched = 0;
        Step::Took(0)
    }

    fn end(&mut self, facts: &mut dyn Facts) {
        for side in [Side::Client, Side::Server] {
            let (half, _) = self.halves(side);
            half.settle(side, facts);
            half.awaited.end(side, facts);
        }
    }
}

impl Hl7 {
    /// One side's half, and the other's.
    fn halves(&mut self, side: Side) -> (&mut Half, &mut Half) {
        match side {
            Side::Client => (&mut self.client, &mut self.server),
            Side::Server => (&mut self.server, &mut self.client),
        }
    }
}

fn ends_segment(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n' | START_BLOCK | END_BLOCK)
}

/// Where the first segment in `bytes` ends.
fn segment_end(bytes: &[u8]) -> Option<usize> {
    let end = memchr3(b'\r', b'\n', END_BLOCK, bytes);
    let before = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
    memchr(START_BLOCK, before).or(end)
}

impl Half {
    /// Takes one item from the front, which may be none where only the place changes; `None` when it needs
    /// more bytes.
    fn take(&mut self, bytes: &[u8], desk: &mut Desk<'_>) -> Option<usize> {
        if self.place == Place::Start {
            return self.start(bytes);
        }
        if self.still_waits(bytes) {
            return None;
        }
        // A frame's own bytes stay single even where its content is wide.
        if self.place == Place::Segment && bytes.starts_with(&[END_BLOCK, b'\r']) {
            self.width = Width::Narrow;
        }
        if self.width == Width::Narrow {
            let taken = self.advance(bytes, SEGMENT_BYTES_MAX, desk);
            if taken.is_none() {
                self.wait(bytes.len(), bytes.len(), SEGMENT_BYTES_MAX);
            }
            return taken;
        }
        let mut window = [0; WINDOW_BYTES_MAX];
        let length = self.width.narrow(bytes, &mut window);
        let taken = self.advance(window.get(..length).unwrap_or_default(), WIDE_SEGMENT_BYTES_MAX, desk);
        if taken.is_none() {
            // Two bytes become three at most.
            let missing = WIDE_SEGMENT_BYTES_MAX.saturating_sub(length) * 2 / 3;
            // Half a character, or half a pair of them, may be the beginning of an end; it was not yet counted.
            let searched = bytes.len().saturating_sub(CHARACTER_BYTES - 1);
            self.wait(length, searched, searched + missing);
        }
        Some(self.width.taken(bytes, taken?))
    }

    /// A segment whose name is there has no end yet: with many small pieces, what was searched once is not
    /// searched again.
    fn wait(&mut self, length: usize, searched: usize, enough: usize) {
        if self.place == Place::Segment && length >= NAME_BYTES {
            (self.searched, self.enough) = (searched as u16, enough as u16);
        }
    }

    /// True when no more than before can be said of a segment.
    fn still_waits(&mut self, bytes: &[u8]) -> bool {
        let searched = usize::from(std::mem::take(&mut self.searched));
        let waits = searched > 0
            && bytes.len() < usize::from(self.enough)
            && bytes.get(searched..).is_some_and(|new| segment_end(new).is_none());
        if waits {
            let again = if self.width == Width::Narrow { 0 } else { CHARACTER_BYTES - 1 };
            self.searched = (bytes.len() - again) as u16;
        }
        waits
    }

    /// The first bytes of a message, or what precedes them.
    fn start(&mut self, bytes: &[u8]) -> Option<usize> {
        if ends_segment(*bytes.first()?) {
            return Some(1);
        }
        let (width, mark) = Width::of(bytes)?;
        self.width = width;
        self.place = Place::Segment;
        Some(mark)
    }

    /// Takes one item of single bytes from the front.
    fn advance(&mut self, bytes: &[u8], limit: usize, desk: &mut Desk<'_>) -> Option<usize> {
        let first = *bytes.first()?;
        match self.place {
            Place::Segment if ends_segment(first) => {
                if matches!(first, START_BLOCK | END_BLOCK) {
                    self.settle(desk.side, desk.facts);
                    self.place = Place::Start;
                }
                Some(1)
            }
            Place::Start | Place::Segment => self.segment(bytes, limit, desk),
            Place::Long { field, bare } => self.long(field, bare, bytes, desk),
            Place::LongField(field) => self.long_field(field, bytes),
            Place::Skip => Some(self.skip(bytes)),
        }
    }

    /// Passes over what is left of a field that is too long. Its last bytes are held back until its end is
    /// there: they may be the name of a segment that runs together with it.
    fn long_field(&mut self, field: u16, bytes: &[u8]) -> Option<usize> {
        let end = segment_end(bytes);
        let before = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        let separated = memchr(self.message.separators.field, before);
        let value = before.get(..separated.unwrap_or(before.len())).unwrap_or_default();
        let ends = separated.is_some() || end.is_some();
        if (ends && ends_badly(value)) || !is_clean(value) {
            self.place = Place::Skip;
            return Some(0);
        }
        match separated {
            Some(at) => {
                self.place = Place::Long { field: field.saturating_add(1), bare: false };
                Some(at + 1)
            }
            None if end.is_some() => Some(self.skip(bytes)),
            None => before.len().checked_sub(NAME_BYTES).filter(|count| *count > 0),
        }
    }

    /// Passes over what is left of a segment. What ends it is taken where segments begin.
    fn skip(&mut self, bytes: &[u8]) -> usize {
        match segment_end(bytes) {
            Some(end) => {
                self.place = Place::Segment;
                end
            }
            None => bytes.len(),
        }
    }

    fn segment(&mut self, bytes: &[u8], limit: usize, desk: &mut Desk<'_>) -> Option<usize> {
        if bytes.iter().take(3).any(|byte| !byte.is_ascii_uppercase() && !byte.is_ascii_digit()) {
            desk.facts.malformed();
            self.place = Place::Skip;
            return Some(0);
        }
        let window = bytes.get(..limit).unwrap_or(bytes);
        match segment_end(window) {
            Some(end) => {
                self.place = Place::Segment;
                self.read_all(bytes.get(..end).unwrap_or_default(), false, desk);
                Some(end)
            }
            None if window.len() < limit => None,
            None => {
                // The last bytes are left for what reads on: they may be a name.
                let length = limit - NAME_BYTES;
                self.place = Place::Skip;
                self.read_all(window.get(..length).unwrap_or_default(), true, desk);
                Some(length)
            }
        }
    }

    /// Reads a segment. Of what runs together with it is only noted which patient data it holds.
    fn read_all(&mut self, bytes: &[u8], cut: bool, desk: &mut Desk<'_>) {
        let separator = bytes.get(NAME_BYTES).copied().unwrap_or_default();
        let (segment, mut rest) = bytes.split_at(merged(bytes, separator));
        let segment = match segment.split_last() {
            // What stands in place of the end.
            Some((last, front)) if !rest.is_empty() && !is_clean(&[*last]) => front,
            _ => segment,
        };
        self.read(segment, cut && rest.is_empty(), desk);
        while !rest.is_empty() {
            desk.facts.malformed();
            let (segment, next) = rest.split_at(merged(rest, separator));
            if self.message.separators.known() {
                patient::note(Segment::new(self.message.separators, segment, cut), desk.facts);
            }
            rest = next;
        }
    }

    /// Reads a segment, or of one that is too long its beginning.
    fn read(&mut self, bytes: &[u8], cut: bool, desk: &mut Desk<'_>) {
        match bytes.first_chunk::<3>() {
            Some(b"MSH" | b"FHS" | b"BHS") => return self.header(bytes, cut, desk),
            Some(_) => {}
            None => return desk.facts.malformed(),
        }
        let separators = self.message.separators;
        if !separators.known() {
            return;
        }
        if bytes.get(3).is_some_and(|&byte| byte != separators.field) {
            return desk.facts.malformed();
        }
        let segment = Segment::new(separators, bytes, cut);
        self.devices.passes(&self.message, segment);
        patient::note(segment, desk.facts);
        if !is_clean(bytes) {
            return desk.facts.malformed();
        }
        match segment.name() {
            b"OBX" if cut => {
                let field = segment.last_number();
                if field < EQUIPMENT {
                    self.place = Place::LongField(field);
                }
            }
            _ if cut => desk.facts.limit(),
            _ => self.tell(segment, desk),
        }
    }

    fn tell(&mut self, segment: Segment<'_>, desk: &mut Desk<'_>) {
        let (side, message) = (desk.side, &self.message);
        match segment.name() {
            b"MSA" => self.refusal.acknowledgement(segment, desk.other_awaits, desk.facts),
            b"ERR" => self.refusal.error(segment),
            b"SFT" => tell_software(message, segment, side, desk.facts),
            // Another patient, other devices.
            b"PID" => self.devices.settle(side, desk.facts),
            b"OBX" => self.devices.observation(message, side, segment, desk.facts),
            b"PRT" => self.devices.participation(message, side, segment, desk.facts),
            b"DEV" => self.devices.device(message, side, segment, desk.facts),
            b"EQU" => {
                self.devices.equipment(message, side, segment.field(1), desk.facts);
            }
            _ => {}
        }
    }

    /// A message or a batch of messages begins: the one before is over.
    fn header(&mut self, bytes: &[u8], cut: bool, desk: &mut Desk<'_>) {
        self.settle(desk.side, desk.facts);
        self.message = Message::default();
        let Some(separators) = Separators::of_header(bytes) else { return desk.facts.malformed() };
        if cut {
            desk.facts.limit();
        }
        let segment = Segment::new(separators, bytes, cut);
        self.devices.passes(&self.message, segment);
        if !is_clean(bytes) || !header::is_coherent(segment) {
            // What follows can still be read by its separators.
            self.message.separators = separators;
            return desk.facts.malformed();
        }
        if segment.name() != b"MSH" {
            self.message = Message::of_batch(segment, desk.side, desk.facts);
            return;
        }
        self.message = Message::of_header(segment, desk.side, desk.facts);
        self.awaited.sent(desk.side, &self.message, desk.facts);
    }

    /// Fields of an OBX that is too long: only its equipment is of interest.
    fn long(&mut self, field: u16, bare: bool, bytes: &[u8], desk: &mut Desk<'_>) -> Option<usize> {
        let separator = self.message.separators.field;
        let window = bytes.get(..LATE_FIELD_BYTES_MAX).unwrap_or(bytes);
        let end = segment_end(window);
        let before = window.get(..end.unwrap_or(window.len())).unwrap_or_default();
        let separated = memchr(separator, before);
        let Some(length) = separated.or(end) else {
            if window.len() < LATE_FIELD_BYTES_MAX {
                return None;
            }
            self.place = Place::LongField(field);
            return Some(0);
        };
        let value = before.get(..length).unwrap_or_default();
        let value = value.trim_ascii();
        if ends_badly(value) || !observation::may_hold(field, value, bare) {
            self.place = Place::Skip;
            return Some(0);
        }
        if field == EQUIPMENT {
            self.devices.equipment(&self.message, desk.side, value, desk.facts);
        }
        if field >= EQUIPMENT || separated.is_none() {
            self.place = Place::Skip;
            return Some(length);
        }
        let bare = bare || (field == STATUS && value.is_empty());
        self.place = Place::Long { field: field.saturating_add(1), bare };
        Some(length + 1)
    }

    /// The message is over.
    fn settle(&mut self, side: Side, facts: &mut dyn Facts) {
        self.refusal.settle(side, facts);
        self.devices.settle(side, facts);
    }
}

/// SFT: vendor, version and name of the software that sends (HL7 2.9 2.14.13).
fn tell_software(message: &Message, segment: Segment<'_>, side: Side, facts: &mut dyn Facts) {
    let mut buffer = [0; FACT_BYTES_MAX];
    for (fact, value) in [
        (Fact::Hl7SoftwareVendor, segment.component(1, 0)),
        (Fact::Hl7SoftwareVersion, segment.component(2, 0)),
        (Fact::Hl7SoftwareProduct, segment.component(3, 0)),
    ] {
        if !value.is_empty() {
            facts.fact(side, fact, message.text(value, &mut buffer));
        }
    }
}

/// What the first bytes of one side are: a message or a batch of messages.
fn probe(head: &[u8]) -> Probe {
    // Some senders begin with the end of a frame, or with an empty one.
    let start = head.iter().take(8).position(|&byte| !ends_segment(byte)).unwrap_or(head.len().min(8));
    let text = head.get(start..).unwrap_or_default();
    match Width::of(text) {
        // All headers begin with one of these letters.
        None if text.iter().any(|byte| byte.is_ascii_uppercase() && !b"MBF".contains(byte)) => Probe::No,
        None if text.len() < 3 => Probe::Unsure,
        None | Some((Width::Narrow, 0)) => probe_text(text),
        Some((Width::Narrow, mark)) => probe_text(text.get(mark..).unwrap_or_default()),
        Some((width, mark)) => {
            let wide = text.get(mark..).unwrap_or_default();
            let mut window = [0; WINDOW_BYTES_MAX];
            let length = width.narrow(wide.get(..PROBED_BYTES_MAX).unwrap_or(wide), &mut window);
            let text = window.get(..length).unwrap_or_default().trim_ascii_start();
            probe_text(text.strip_prefix(&[START_BLOCK]).unwrap_or(text))
        }
    }
}

fn probe_text(text: &[u8]) -> Probe {
    const HEADERS: [&[u8]; 3] = [b"MSH", b"BHS", b"FHS"];
    let Some(rest) = text.get(3..) else {
        return match HEADERS.iter().any(|name| name.starts_with(text)) {
            true => Probe::Unsure,
            false => Probe::No,
        };
    };
    if !HEADERS.iter().any(|name| text.starts_with(name)) {
        return Probe::No;
    }
    let Some((&separator, rest)) = rest.split_first() else { return Probe::Unsure };
    let Some(end) = rest.iter().take(6).position(|&byte| byte == separator) else {
        return if rest.len() < 6 { Probe::Unsure } else { Probe::No };
    };
    if Separators::new(separator, rest.get(..end).unwrap_or_default()).is_none() {
        return Probe::No;
    }
    // MSH-9 tells an answer, which only a receiver sends; where it is out of sight, senders of messages
    // open connections.
    let mut fields = text.split(|&byte| byte == separator).skip(8);
    match (fields.next(), fields.next()) {
        (Some(kind), _) if is_answer(kind) => Probe::Certain(Side::Server),
        (Some(_), Some(_)) => Probe::Certain(Side::Client),
        _ if text.len() < PROBED_TEXT_BYTES_MAX && memchr2(b'\r', b'\n', text).is_none() => Probe::Unsure,
        _ => Probe::Certain(Side::Client),
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
#[cfg(test)]
mod tests_devices;
