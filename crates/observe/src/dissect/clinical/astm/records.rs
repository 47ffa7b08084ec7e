//! Records of ASTM E1394 (CLSI LIS2-A2): who sends to whom, which part each plays, and which kinds of
//! patient data pass.
//!
//! Bytes come one at a time, for a record may be cut by frames. Of all fields only those named here are
//! looked at; of the others is noticed that they are not empty. What names somebody is told when its record has
//! ended and holds together: where an end was lost, a patient's fields would be read as a sender's.

use super::sender;
use crate::dissect::date::is_date;
use crate::dissect::{Facts, Side};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds};

/// The longest field that is read; a longer one is cut.
pub(super) const FIELD_BYTES_MAX: usize = 120;
/// Room for the fields of a record that are told at its end.
const HELD_BYTES_MAX: usize = 176;
/// Before each of them: its number and its length.
const HELD_HEADER_BYTES: usize = 2;
/// The last field of headers and of results (LIS2-A2 6 and 9).
const LAST_FIELD: u8 = 14;
/// A record's number has no more digits than this.
const NUMBER_DIGITS_MAX: u8 = 3;
/// A date has no fewer bytes.
const DATE_BYTES: u8 = 8;

/// True for the letters records begin with (LIS2-A2 5.5).
pub(super) fn is_known(kind: u8) -> bool {
    matches!(kind, b'H' | b'P' | b'O' | b'R' | b'C' | b'Q' | b'M' | b'S' | b'L')
}

/// The delimiters of a message, named by its header (LIS2-A2 5.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delimiters {
    pub(super) field: u8,
    pub(super) repeat: u8,
    pub(super) component: u8,
}

impl Default for Delimiters {
    /// Those nearly everyone uses, for what was sent before the capture began.
    fn default() -> Self {
        Delimiters { field: b'|', repeat: b'\\', component: b'^' }
    }
}

impl Delimiters {
    /// Repeat, component and escape, distinct and neither letters nor digits.
    pub(super) fn new(field: u8, named: &[u8]) -> Option<Delimiters> {
        let &[repeat, component, ref escapes @ ..] = named else { return None };
        let distinct = repeat != component && repeat != field && component != field;
        let suits = field.is_ascii_punctuation() && named.iter().all(u8::is_ascii_punctuation);
        (distinct && suits && escapes.len() <= 3).then_some(Delimiters { field, repeat, component })
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before a record's letter.
    #[default]
    Letter,
    /// Before the delimiter that ends the letter.
    Delimiter,
    /// In a field.
    Field,
    /// Passing over the rest of a record.
    Skip,
}

/// Where the records of one side stand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Records {
    place: Place,
    delimiters: Delimiters,
    /// Which record, by its letter.
    kind: u8,
    /// Which field of it, counted from 1; the letter is field 1.
    field: u8,
    /// Some byte of the field is no blank.
    present: bool,
    /// More of the field came than is kept.
    cut: bool,
    /// Bytes kept of the field, behind those of the fields held.
    length: u8,
    held_bytes: u8,
    held: [u8; HELD_BYTES_MAX],
    shape: Shape,
    message: Message,
}

/// Whether the record under way holds together.
#[derive(Clone, Copy, Debug, Default)]
struct Shape {
    /// It does not: another record has run into it, or a field has shifted.
    broken: bool,
    /// A header bore a password.
    password: bool,
    /// Bytes of the field under way, and the last of them.
    bytes: u8,
    last: u8,
    /// They are digits.
    digits: bool,
    /// The field before ended in a record's letter.
    after_letter: bool,
    /// How the field under way begins.
    start: [u8; DATE_BYTES as usize],
}

/// What is known of the message under way.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    /// Everything since its header was read.
    whole: bool,
    /// It is of control material, so that its orders and results are no patient's (H-12).
    control: bool,
    /// The last order is of control material (O-12).
    control_order: bool,
    results: bool,
    /// The record under way orders something.
    ordered: bool,
    orders: bool,
    /// An order said that it reports, as an instrument does (O-26).
    reports: bool,
}

impl Default for Records {
    fn default() -> Self {
        Records {
            place: Place::default(),
            delimiters: Delimiters::default(),
            kind: 0,
            field: 0,
            present: false,
            cut: false,
            length: 0,
            held_bytes: 0,
            held: [0; HELD_BYTES_MAX],
            shape: Shape::default(),
            message: Message::default(),
        }
    }
}

impl Records {
    /// True from a record's letter to its end.
    pub(super) fn within_record(&self) -> bool {
        self.place != Place::Letter
    }

    /// Bytes were lost: what follows is passed over up to the next record.
    pub(super) fn lose_place(&mut self) {
        self.place = Place::Skip;
        self.message.whole = false;
    }

    /// Takes the next byte of the records.
    pub(super) fn take(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        if matches!(byte, b'\r' | b'\n') {
            return self.end_record(side, facts);
        }
        match self.place {
            Place::Letter if byte == b' ' => {}
            Place::Letter if is_known(byte) => {
                self.kind = byte;
                self.place = Place::Delimiter;
            }
            Place::Letter => {
                facts.malformed();
                self.place = Place::Skip;
            }
            Place::Delimiter => self.start_fields(side, byte, facts),
            Place::Field if byte == self.delimiters.field => self.next_field(side, facts),
            Place::Field => self.keep(byte),
            Place::Skip => {}
        }
    }

    /// A record ends; what follows is the next one's letter.
    pub(super) fn end_record(&mut self, side: Side, facts: &mut dyn Facts) {
        if self.place == Place::Field {
            self.end_field(side, facts);
            self.tell(side, facts);
            match self.kind {
                b'L' => self.end_message(side, facts),
                b'O' => self.end_order(facts),
                _ => {}
            }
        }
        self.place = Place::Letter;
    }

    /// A message ends. Orders that come without results and do not report are the host's; of a message that
    /// was not read whole there is no telling.
    pub(super) fn end_message(&mut self, side: Side, facts: &mut dyn Facts) {
        let message = std::mem::take(&mut self.message);
        if message.whole && message.orders && !message.results && !message.reports {
            facts.fact(side, Fact::AstmRole, b"host");
        }
        self.place = Place::Letter;
    }

    /// The delimiter after the letter: a header's own, else the one in force.
    fn start_fields(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        if self.kind == b'H' {
            self.end_message(side, facts);
            self.message.whole = true;
            self.delimiters = Delimiters { field: byte, ..Delimiters::default() };
        }
        if self.kind == b'O' {
            (self.message.control_order, self.message.ordered) = (false, false);
        }
        (self.shape, self.held_bytes) = (Shape::default(), 0);
        if byte == self.delimiters.field && byte.is_ascii_punctuation() {
            self.place = Place::Field;
            self.start_field(2);
        } else {
            facts.malformed();
            self.place = Place::Skip;
        }
    }

    fn start_field(&mut self, field: u8) {
        self.field = field;
        self.length = 0;
        self.present = false;
        self.cut = false;
        self.shape.start_field();
    }

    fn next_field(&mut self, side: Side, facts: &mut dyn Facts) {
        self.end_field(side, facts);
        // A header whose delimiters make no sense has no fields.
        if self.place == Place::Field {
            self.start_field(self.field.saturating_add(1));
        }
    }

    fn keep(&mut self, byte: u8) {
        self.present |= byte != b' ';
        self.shape.keep(byte);
        if !is_read(self.kind, self.field) {
            return;
        }
        let at = usize::from(self.held_bytes) + HELD_HEADER_BYTES + usize::from(self.length);
        match self.held.get_mut(at) {
            Some(room) if usize::from(self.length) < FIELD_BYTES_MAX => {
                *room = byte;
                self.length += 1;
            }
            _ => self.cut = true,
        }
    }

    fn end_field(&mut self, side: Side, facts: &mut dyn Facts) {
        // Not of tests and how they came out, nor of what is a letter by itself.
        let no_number = match self.kind {
            b'H' => matches!(self.field, 6..=9 | 11),
            b'R' => self.field == 5,
            _ => false,
        };
        let has_letters = match self.kind {
            b'H' => self.field != 12,
            b'R' => self.field > 4,
            _ => false,
        };
        self.shape.end_field(holds_date(self.kind, self.field), has_letters, no_number);
        if !self.present {
            return;
        }
        // What is reserved is empty, and nothing follows the last.
        self.shape.broken |= match self.kind {
            b'H' => self.field == 7 || self.field > LAST_FIELD,
            b'R' => self.field > LAST_FIELD,
            _ => false,
        };
        let held = self.held;
        let start = usize::from(self.held_bytes) + HELD_HEADER_BYTES;
        let value = held.get(start..start + usize::from(self.length)).unwrap_or_default();
        let mut value = value.trim_ascii();
        if self.cut {
            facts.limit();
            // Half a serial number would be a wrong one.
            let whole = value.iter().rposition(|&byte| byte == self.delimiters.component);
            value = value.get(..whole.unwrap_or(value.len())).unwrap_or_default();
        }
        match self.kind {
            b'H' => self.header(value, facts),
            b'P' => patient(self.field, facts),
            b'O' => self.order(value),
            b'R' => self.result(side, value, facts),
            b'Q' => self.query(side, value, facts),
            b'L' if self.field == 3 => terminator(side, value, facts),
            _ => {}
        }
    }

    /// Keeps a field until its record ends.
    fn hold(&mut self, value: &[u8]) {
        let start = usize::from(self.held_bytes);
        let end = start + HELD_HEADER_BYTES + value.len();
        if let Some([field, length, room @ ..]) = self.held.get_mut(start..end) {
            (*field, *length) = (self.field, value.len() as u8);
            room.copy_from_slice(value);
            self.held_bytes = end as u8;
        }
    }

    /// The record is complete: tells what was held of it, if it holds together.
    fn tell(&mut self, side: Side, facts: &mut dyn Facts) {
        let held = self.held;
        let mut rest = held.get(..usize::from(self.held_bytes)).unwrap_or_default();
        self.held_bytes = 0;
        if self.shape.broken {
            return facts.malformed();
        }
        if self.shape.password {
            // It is not kept.
            facts.event(side, EventKind::AstmClearCredentials, "access password in a header record");
        }
        while let [field, length, after @ ..] = rest
            && let Some((value, next)) = after.split_at_checked(usize::from(*length))
        {
            rest = next;
            match (self.kind, *field) {
                (b'H', 5) => sender::tell(self.delimiters, side, value, facts),
                (b'H', 10) => facts.fact(side.other(), Fact::AstmReceiver, self.component(value, 0)),
                (b'H', 12) => facts.fact(side, Fact::AstmProcessing, value),
                (b'H', 13) => facts.fact(side, Fact::AstmVersion, value),
                (b'R', 14) => sender::tell_instrument(self.delimiters, side, value, facts),
                _ => {}
            }
        }
    }

    /// H (LIS2-A2 6): who sends to whom.
    fn header(&mut self, value: &[u8], facts: &mut dyn Facts) {
        match self.field {
            2 => match Delimiters::new(self.delimiters.field, value) {
                Some(delimiters) => self.delimiters = delimiters,
                None => {
                    facts.malformed();
                    self.place = Place::Skip;
                }
            },
            4 => self.shape.password = true,
            5 | 10 => self.hold(value),
            12 if matches!(value, b"P" | b"T" | b"D" | b"Q") => {
                self.message.control = value == b"Q";
                self.hold(value);
            }
            13 if is_version(value) => self.hold(value),
            12 | 13 => self.shape.broken = true,
            _ => {}
        }
    }

    /// O (LIS2-A2 8): a test is ordered, or an order is repeated before its results.
    fn order(&mut self, value: &[u8]) {
        match self.field {
            3 | 5 => (self.message.ordered, self.message.orders) = (true, true),
            // Action code Q: control material is to be measured.
            12 => self.message.control_order = value == b"Q",
            26 => self.message.reports |= !matches!(value, b"O" | b"Q"),
            _ => {}
        }
    }

    fn end_order(&mut self, facts: &mut dyn Facts) {
        if std::mem::take(&mut self.message.ordered) {
            self.patient_data(PatientDataKinds::ORDER, facts);
        }
    }

    /// R (LIS2-A2 9): whoever states results has measured, or speaks for who has.
    fn result(&mut self, side: Side, value: &[u8], facts: &mut dyn Facts) {
        match self.field {
            4 => {
                if !std::mem::replace(&mut self.message.results, true) {
                    facts.fact(side, Fact::AstmRole, b"instrument");
                }
                self.patient_data(PatientDataKinds::RESULT, facts);
            }
            14 => self.hold(value),
            _ => {}
        }
    }

    /// Q (LIS2-A2 11): what is asked of the other side.
    fn query(&mut self, side: Side, value: &[u8], facts: &mut dyn Facts) {
        match self.field {
            // A starting range is a patient's number, then a specimen's.
            3 if !matches!(self.component(value, 0), b"" | b"ALL") => {
                facts.patient_data(PatientDataKinds::IDENTIFIER);
            }
            13 => {
                let asked: &[u8] = match value {
                    b"O" => b"orders",
                    b"D" => b"demographics",
                    b"A" => b"cancel",
                    b"C" | b"P" | b"F" | b"X" | b"I" | b"S" | b"M" | b"R" | b"N" => b"results",
                    _ => return facts.malformed(),
                };
                facts.fact(side, Fact::AstmQuery, asked);
                // What there is to measure only an instrument needs to ask.
                if asked == b"orders" {
                    facts.fact(side, Fact::AstmRole, b"instrument");
                }
            }
            _ => {}
        }
    }

    /// Notes patient data of a message that is about a patient.
    fn patient_data(&self, kinds: PatientDataKinds, facts: &mut dyn Facts) {
        if !self.message.control && !self.message.control_order {
            facts.patient_data(kinds);
        }
    }

    fn component<'a>(&self, value: &'a [u8], index: usize) -> &'a [u8] {
        sender::components(self.delimiters, value).nth(index).unwrap_or_default()
    }
}

/// The fields whose value is read; no field of a patient, a result's value or free text is among them.
fn is_read(kind: u8, field: u8) -> bool {
    match kind {
        b'H' => matches!(field, 2 | 5 | 10 | 12 | 13),
        b'O' => matches!(field, 12 | 26),
        b'R' => field == 14,
        b'Q' => matches!(field, 3 | 13),
        b'L' => field == 3,
        _ => false,
    }
}

/// P (LIS2-A2 7): who the patient is; only the kinds are noted.
fn patient(field: u8, facts: &mut dyn Facts) {
    let kind = match field {
        3..=5 => PatientDataKinds::IDENTIFIER,
        6 | 7 => PatientDataKinds::NAME,
        8 => PatientDataKinds::BIRTH_DATE,
        11 | 13 => PatientDataKinds::ADDRESS,
        _ => return,
    };
    facts.patient_data(kind);
}

/// L-3 (LIS2-A2 12.3): how the message ended.
fn terminator(side: Side, value: &[u8], facts: &mut dyn Facts) {
    let detail = match value {
        b"T" => "sender aborted (T)",
        b"R" => "receiver requested abort (R)",
        b"E" => "unknown system error (E)",
        b"Q" => "error in last request for information (Q)",
        // Normal, no information available, last request processed.
        _ => return,
    };
    facts.event(side, EventKind::AstmAborted, detail);
}

/// H-14, R-10, R-12 and R-13: when something was sent, changed or measured.
fn holds_date(kind: u8, field: u8) -> bool {
    matches!((kind, field), (b'H', 14) | (b'R', 10 | 12 | 13))
}

/// A version is a code with a few digits in it, `LIS2-A2` or `E 1394-97`: not a sentence, a date, or a patient's
/// sex.
fn is_version(value: &[u8]) -> bool {
    let suits = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/' | b' ');
    let blanks = value.iter().filter(|byte| **byte == b' ').count();
    let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
    value.len() <= 20 && value.iter().all(suits) && blanks <= 1 && (1..=6).contains(&digits)
}

impl Shape {
    fn start_field(&mut self) {
        (self.bytes, self.last, self.digits) = (0, 0, true);
    }

    fn keep(&mut self, byte: u8) {
        if byte == b' ' && self.bytes == 0 {
            return;
        }
        if let Some(room) = self.start.get_mut(usize::from(self.bytes)) {
            *room = byte;
        }
        self.bytes = self.bytes.saturating_add(1);
        self.last = byte;
        self.digits &= byte.is_ascii_digit();
        // Only lost ends and damage put such bytes into a record.
        self.broken |= (byte < b' ' && byte != b'\t') || byte == 0x7f;
    }

    /// A record whose predecessor's end was lost begins with a field that ends in a record's letter and one that is
    /// its number; such a number in a field that holds none shows the same.
    fn end_field(&mut self, date: bool, has_letter: bool, no_number: bool) {
        let number = self.digits && (1..=NUMBER_DIGITS_MAX).contains(&self.bytes);
        self.broken |= number && (self.after_letter || no_number);
        let dated = self.start.get(..usize::from(self.bytes)).unwrap_or(&self.start);
        self.broken |= date && self.bytes > 0 && !(self.bytes >= DATE_BYTES && is_date(dated));
        self.after_letter = has_letter && is_known(self.last);
    }
}
