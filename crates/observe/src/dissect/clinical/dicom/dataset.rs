//! Command sets (PS3.7 clause 6.3) and data sets (PS3.5 clause 7), read element by element as they pass.
//!
//! A value is either one of the few that matter, or passed over. Of sequences, two are looked into: the UDI
//! Sequence of an object and the Scheduled Procedure Step Sequence of a worklist's answer. Only the keys of
//! a query are visited all, however deep, and only to see whether they restrict anything.

use super::attributes::{self, SCHEDULED_STEP, UDI_SEQUENCE};
use super::command::{Command, Operation};
use super::contexts::Syntax;
use super::deeds::{self, Keys};
use super::element::{Header, ITEM, ITEM_END, Parsed, SEQUENCE_END, UNDEFINED, guess};
use crate::dissect::{Facts, Side};
use cordon_model::observe::Fact;

/// The part of a value that is kept: a unique device identifier with all its parts goes in.
const VALUE_BYTES_MAX: usize = 128;
/// Sequences within sequences that are followed.
const DEPTH_MAX: u8 = 64;
const ITEM_TAG_BYTES: [u8; 4] = [0xfe, 0xff, 0x00, 0xe0];
const HEADER_BYTES: usize = 8;

/// What a set is read for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Purpose {
    Command,
    /// An object of the sender's own, or a procedure step it performs: equipment attributes.
    Own,
    /// The keys of a query.
    Query,
    /// An answer to a query, which may be a worklist's entry.
    Answer,
    /// Only for the kinds of patient data in it.
    Kinds,
}

/// What the end of a set brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Nothing,
    Command,
    Query(Keys),
}

/// A reader of one command set or data set.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader {
    state: State,
    syntax: Syntax,
    purpose: Purpose,
    /// Undefined lengths that are open, but for the sequence looked into.
    depth: u8,
    /// From this depth on implicit encoding holds, whatever was agreed (PS3.5 6.2.2, unknown values).
    implicit_from: Option<u8>,
    header: [u8; 12],
    header_length: u8,
    tag: u32,
    /// Bytes of the value under way that are left.
    left: u32,
    /// The sequence looked into, zero outside, and what is left of it.
    within: u32,
    within_left: u32,
    value: [u8; VALUE_BYTES_MAX],
    value_length: u8,
    /// The keys of a query so far, and whether the one under way restricts anything.
    keys: Keys,
    restricts: bool,
    station: Station,
}

/// What a worklist's entry says of the station it is for; lengths as in PS3.5 6.2.
#[derive(Clone, Copy, Debug, Default)]
struct Station {
    title: [u8; 16],
    modality: [u8; 16],
    name: [u8; 16],
}

impl Default for Reader {
    fn default() -> Self {
        Reader {
            state: State::Idle,
            syntax: Syntax::Unknown,
            purpose: Purpose::Kinds,
            depth: 0,
            implicit_from: None,
            header: [0; 12],
            header_length: 0,
            tag: 0,
            left: 0,
            within: 0,
            within_left: 0,
            value: [0; VALUE_BYTES_MAX],
            value_length: 0,
            keys: Keys::default(),
            restricts: false,
            station: Station::default(),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// No set is under way.
    Idle,
    /// The rest of the set is not read.
    Abandoned,
    Header,
    /// Within a value that is wanted.
    Value,
    /// Within a value that is passed over.
    Skip,
}

impl Reader {
    /// For a command set: always implicit, little endian.
    pub(super) fn command() -> Reader {
        Reader {
            state: State::Header,
            syntax: Syntax::ImplicitLittle,
            purpose: Purpose::Command,
            ..Reader::default()
        }
    }

    /// For a data set after its command. Without a command this may be the middle of anything.
    pub(super) fn data(syntax: Syntax, command: &Command, side: Side) -> Reader {
        let readable = command.is_known() && syntax.refusal().is_none();
        let state = if readable { State::Header } else { State::Abandoned };
        let purpose = match (command.request(), command.response()) {
            // An acceptor stores what it was asked to hand out (C-GET); such an object tells of its maker, as
            // does one sent on by a move.
            (Some(Operation::CStore | Operation::NCreate), _) if side == Side::Client && !command.moved => {
                Purpose::Own
            }
            (Some(Operation::CFind), _) => Purpose::Query,
            (_, Some(Operation::CFind)) => Purpose::Answer,
            _ => Purpose::Kinds,
        };
        Reader { state, syntax, purpose, ..Reader::default() }
    }

    /// For an object that stands alone; `own` when its sender made it.
    pub(super) fn object(syntax: Syntax, own: bool) -> Reader {
        let purpose = if own { Purpose::Own } else { Purpose::Kinds };
        Reader { state: State::Header, syntax, purpose, ..Reader::default() }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.state == State::Idle
    }

    /// Forgets the set under way; another begins.
    pub(super) fn stop(&mut self) {
        self.state = State::Idle;
    }

    /// Reads no more of the set under way.
    pub(super) fn abandon(&mut self) {
        self.state = State::Abandoned;
    }

    /// True when the set is compressed as a whole and would be read.
    pub(super) fn is_deflated(&self) -> bool {
        self.state == State::Header && self.syntax == Syntax::Deflated
    }

    /// What is read next was inflated; it is as explicit, little-endian encoding has it.
    pub(super) fn begin_inflated(&mut self) {
        self.syntax = Syntax::ExplicitLittle;
    }

    /// What was inflated ends; `whole` when there is no more of the set. The compressed bytes themselves
    /// are read no more.
    pub(super) fn end_inflated(&mut self, whole: bool, facts: &mut dyn Facts) -> Outcome {
        const PIXELS: u32 = 0x7fe0_0000;
        if !whole && self.state != State::Abandoned && self.tag < PIXELS {
            facts.limit();
        }
        let outcome = if whole { self.finish(facts) } else { Outcome::Nothing };
        self.abandon();
        outcome
    }

    /// Bytes of the set were lost.
    pub(super) fn lose(&mut self, missing: u32) {
        match self.state {
            State::Skip if missing <= self.left => {
                let inside = self.within != 0;
                self.left -= missing;
                self.end_of_skip();
                if inside && self.spend(missing) != Some(false) {
                    self.abandon();
                }
            }
            _ => self.state = State::Abandoned,
        }
    }

    /// The set's last byte was read.
    pub(super) fn finish(&mut self, facts: &mut dyn Facts) -> Outcome {
        let state = std::mem::replace(&mut self.state, State::Idle);
        let closed = self.depth == 0 && self.within == 0 || self.purpose == Purpose::Query;
        let complete = state == State::Header && self.header_length == 0 && closed;
        if !complete && state != State::Abandoned {
            facts.malformed();
        }
        match self.purpose {
            Purpose::Command if state != State::Abandoned => Outcome::Command,
            Purpose::Query if complete => Outcome::Query(self.keys),
            _ => Outcome::Nothing,
        }
    }

    /// Reads on; `side` sends the set.
    pub(super) fn read(&mut self, side: Side, bytes: &[u8], command: &mut Command, facts: &mut dyn Facts) {
        let mut rest = bytes;
        while !rest.is_empty() {
            let (inside, mut offered) = (self.within != 0, rest);
            if inside && self.within_left != UNDEFINED {
                // Nothing is read across the end of the sequence, wherever the stream is cut.
                let (front, _) = rest.split_at((self.within_left as usize).min(rest.len()));
                offered = front;
            }
            let count = match self.state {
                State::Idle | State::Abandoned => return,
                State::Header => self.read_header(side, offered, facts),
                State::Value => self.read_value(side, offered, command, facts),
                State::Skip => {
                    let count = (self.left as usize).min(offered.len());
                    self.left -= count as u32;
                    self.end_of_skip();
                    count
                }
            };
            rest = rest.get(count..).unwrap_or_default();
            if inside {
                match self.spend(count as u32) {
                    Some(false) => {}
                    Some(true) => self.leave(side, facts),
                    None => self.broken(facts),
                }
            }
        }
    }

    fn end_of_skip(&mut self) {
        if self.left == 0 {
            self.state = State::Header;
        }
    }

    /// Takes bytes from what is left of the sequence looked into. Answers whether it ends here; `None` when
    /// what is in it is longer than itself.
    fn spend(&mut self, count: u32) -> Option<bool> {
        if self.within == 0 || self.within_left == UNDEFINED {
            return Some(false);
        }
        self.within_left = self.within_left.checked_sub(count)?;
        let between = self.state == State::Header && self.header_length == 0;
        match (self.within_left, between) {
            (0, true) => Some(true),
            (0, false) if self.state != State::Abandoned => None,
            _ => Some(false),
        }
    }

    /// The sequence looked into is over.
    fn leave(&mut self, side: Side, facts: &mut dyn Facts) {
        if self.depth != 0 {
            return self.broken(facts);
        }
        self.end_item(side, facts);
        self.tag = self.within;
        self.within = 0;
    }

    /// An item of the sequence looked into is over.
    fn end_item(&mut self, side: Side, facts: &mut dyn Facts) {
        let station = std::mem::take(&mut self.station);
        let title = trim(&station.title);
        if title.is_empty() {
            return;
        }
        facts.fact_of(side, title, Fact::DicomScheduledAe, title);
        for (fact, value) in
            [(Fact::DicomScheduledModality, &station.modality), (Fact::DicomScheduledStation, &station.name)]
        {
            let value = trim(value);
            if !value.is_empty() {
                facts.fact_of(side, title, fact, value);
            }
        }
    }

    /// Gathers an element's header, which fragments may cut anywhere.
    fn read_header(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> usize {
        let have = usize::from(self.header_length);
        let wanted = if have < HEADER_BYTES { HEADER_BYTES } else { 12 };
        let count = (wanted - have).min(bytes.len());
        if let (Some(to), Some(from)) = (self.header.get_mut(have..have + count), bytes.get(..count)) {
            to.copy_from_slice(from);
        }
        self.header_length += count as u8;
        if have + count < wanted {
            return count;
        }
        let Some(encoding) = self.encoding() else {
            self.abandon();
            return count;
        };
        match Header::of(&self.header, wanted, encoding) {
            Parsed::Header(header) => {
                self.header_length = 0;
                match self.purpose {
                    Purpose::Query => self.key(header, encoding, facts),
                    _ => self.element(side, header, facts),
                }
            }
            Parsed::More => {}
            Parsed::Wrong => self.broken(facts),
        }
        count
    }

    /// The encoding of the element whose header begins; settled by the first element where no
    /// negotiation tells it, `None` when that does not either.
    fn encoding(&mut self) -> Option<Syntax> {
        if matches!(self.syntax, Syntax::Unknown | Syntax::Private) {
            self.syntax = guess(&self.header)?;
        }
        match self.implicit_from {
            Some(depth) if self.depth >= depth => Some(Syntax::ImplicitLittle),
            _ => Some(self.syntax),
        }
    }

    fn broken(&mut self, facts: &mut dyn Facts) {
        facts.malformed();
        self.state = State::Abandoned;
    }

    /// Decides what to do with an element's value.
    fn element(&mut self, side: Side, header: Header, facts: &mut dyn Facts) {
        if matches!(header.tag, ITEM_END | SEQUENCE_END) {
            return self.delimiter(side, header, facts);
        }
        let top = self.depth == 0;
        if top && header.tag == ITEM {
            return self.item(side, facts);
        }
        if top && !self.follows(header) {
            // Elements stand in order (PS3.5 7.1); what does not is no data set.
            return self.broken(facts);
        }
        if top && self.enters(header) {
            (self.within, self.within_left) = (header.tag, header.length);
            self.note_patient_data(header.tag, facts);
            self.tag = 0;
            self.station = Station::default();
            return;
        }
        if top {
            self.tag = header.tag;
            if header.length > 0 && self.within == 0 {
                self.note_patient_data(header.tag, facts);
            }
        }
        if header.length == UNDEFINED {
            self.depth += 1;
            if self.depth > DEPTH_MAX || self.purpose == Purpose::Command {
                return self.broken(facts);
            }
            if &header.representation == b"UN" && self.implicit_from.is_none() {
                self.implicit_from = Some(self.depth);
            }
            return;
        }
        self.begin_value(header.length, top && self.is_wanted());
    }

    fn begin_value(&mut self, length: u32, wanted: bool) {
        self.left = length;
        self.value_length = 0;
        self.restricts = false;
        self.state = match length {
            0 => State::Header,
            _ if wanted => State::Value,
            _ => State::Skip,
        };
    }

    fn follows(&self, header: Header) -> bool {
        let command = self.purpose == Purpose::Command;
        if command && header.tag >> 16 != 0 {
            return false;
        }
        let first_of_command = command && self.tag == 0 && header.tag == 0 && header.length == 4;
        header.tag > self.tag || first_of_command
    }

    fn enters(&self, header: Header) -> bool {
        let wanted = match self.purpose {
            Purpose::Own => header.tag == UDI_SEQUENCE,
            Purpose::Answer => header.tag == SCHEDULED_STEP,
            _ => false,
        };
        wanted && self.within == 0 && header.length > 0 && &header.representation != b"UN"
    }

    /// An item begins at the top or in the sequence looked into.
    fn item(&mut self, side: Side, facts: &mut dyn Facts) {
        if self.within == 0 {
            return self.broken(facts);
        }
        self.end_item(side, facts);
        self.tag = 0;
    }

    fn delimiter(&mut self, side: Side, header: Header, facts: &mut dyn Facts) {
        if header.length != 0 {
            return self.broken(facts);
        }
        if self.depth == 0 {
            match header.tag {
                _ if self.within == 0 => self.broken(facts),
                ITEM_END => {
                    self.end_item(side, facts);
                    self.tag = 0;
                }
                _ => self.leave(side, facts),
            }
            return;
        }
        self.depth -= 1;
        if self.implicit_from.is_some_and(|from| self.depth < from) {
            self.implicit_from = None;
        }
    }

    /// An element of a query: sequences and items are looked through as if they were not there.
    fn key(&mut self, header: Header, encoding: Syntax, facts: &mut dyn Facts) {
        let frame = matches!(header.tag, ITEM | ITEM_END | SEQUENCE_END)
            || &header.representation == b"SQ"
            || header.length == UNDEFINED;
        if frame {
            return;
        }
        const FIRST_OF_DATA_SETS: u32 = 0x0008_0000;
        if header.tag < FIRST_OF_DATA_SETS || header.tag >> 16 == 0xfffe {
            return self.broken(facts);
        }
        self.tag = header.tag;
        let hidden = encoding == Syntax::ImplicitLittle && header.length as usize >= HEADER_BYTES;
        let level = header.tag == attributes::QUERY_LEVEL;
        self.begin_value(header.length, hidden || level || !attributes::is_no_key(header.tag));
    }

    fn is_wanted(&self) -> bool {
        match (self.purpose, self.within) {
            (Purpose::Command, _) => Command::wants(self.tag),
            (Purpose::Own, 0) => attributes::equipment(self.tag).is_some(),
            (Purpose::Own, _) => self.tag == attributes::UDI,
            (Purpose::Answer, SCHEDULED_STEP) => matches!(
                self.tag,
                attributes::SCHEDULED_AE | attributes::SCHEDULED_STATION | attributes::MODALITY
            ),
            _ => false,
        }
    }

    fn read_value(
        &mut self,
        side: Side,
        bytes: &[u8],
        command: &mut Command,
        facts: &mut dyn Facts,
    ) -> usize {
        let have = usize::from(self.value_length);
        let mut count = (self.left as usize).min(bytes.len());
        let query = self.purpose == Purpose::Query;
        if query && have < HEADER_BYTES {
            // What looks like an item shows that this is a sequence, which implicit encoding does not tell.
            count = count.min(HEADER_BYTES - have);
        }
        let kept = count.min(VALUE_BYTES_MAX - have);
        if let (Some(to), Some(from)) = (self.value.get_mut(have..have + kept), bytes.get(..kept)) {
            to.copy_from_slice(from);
            self.value_length += kept as u8;
            let is_wild = |byte: &u8| matches!(byte, b'*' | b'?' | b' ' | b'\\' | 0);
            self.restricts |= !from.iter().all(is_wild);
        }
        self.left -= count as u32;
        let peeked = query && self.syntax == Syntax::ImplicitLittle && have < HEADER_BYTES;
        if peeked && usize::from(self.value_length) == HEADER_BYTES && self.value.starts_with(&ITEM_TAG_BYTES)
        {
            self.state = State::Header;
        } else if self.left == 0 {
            self.state = State::Header;
            self.end_value(side, command, facts);
        }
        count
    }

    fn end_value(&mut self, side: Side, command: &mut Command, facts: &mut dyn Facts) {
        let value = self.value.get(..usize::from(self.value_length)).unwrap_or_default();
        match self.purpose {
            Purpose::Command => command.take(self.tag, value),
            Purpose::Query if self.tag == attributes::QUERY_LEVEL => {
                self.keys.level = deeds::level(trim(value));
            }
            Purpose::Query if self.restricts && !attributes::is_no_key(self.tag) => {
                self.keys.restrict = true;
                self.note_patient_data(self.tag, facts);
            }
            // A length that lies reaches into what follows, which may be a patient's; its header shows.
            Purpose::Own | Purpose::Answer if !is_text(value) => facts.malformed(),
            Purpose::Own => {
                let fact =
                    if self.within == 0 { attributes::equipment(self.tag) } else { Some(Fact::DicomUdi) };
                let value = trim(value);
                // Half an identifier is another identifier.
                let whole = usize::from(self.value_length) < VALUE_BYTES_MAX || self.within == 0;
                if let Some(fact) = fact.filter(|_| !value.is_empty() && whole) {
                    facts.fact(side, fact, value);
                }
            }
            Purpose::Answer => {
                let slot = match self.tag {
                    attributes::MODALITY => &mut self.station.modality,
                    attributes::SCHEDULED_STATION => &mut self.station.name,
                    _ => &mut self.station.title,
                };
                // Of several titles the first; the others are of stations that may do it as well.
                let first = value.split(|byte| *byte == b'\\').next().unwrap_or_default();
                *slot = [0; 16];
                slot.iter_mut().zip(first).for_each(|(to, from)| *to = *from);
            }
            _ => {}
        }
    }

    /// Notes of which kind an element's value is that is not empty.
    fn note_patient_data(&self, tag: u32, facts: &mut dyn Facts) {
        if self.purpose != Purpose::Command
            && let Some(kinds) = attributes::patient_data(tag)
        {
            facts.patient_data(kinds);
        }
    }
}

/// A value without its padding.
fn trim(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
    value.get(..end).unwrap_or_default().trim_ascii_end()
}

/// True for what a string may hold (PS3.5 6.1.3): no control characters but the one that switches character
/// sets, and a NUL at the end that pads it.
fn is_text(value: &[u8]) -> bool {
    const ESCAPE: u8 = 0x1b;
    trim(value).iter().all(|byte| *byte >= b' ' || *byte == ESCAPE)
}
