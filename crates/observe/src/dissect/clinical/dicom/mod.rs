//! DICOM over TCP: the upper layer (PS3.8) and message exchange (PS3.7).
//!
//! This file follows protocol data units; `associate` reads negotiation, `contexts` remembers what was
//! agreed, `command` and `dataset` walk command sets and data sets, `deeds` sums up what an association was
//! used for. Nothing of a data set is held back or kept but attributes of equipment; a patient's values are
//! passed over unread.

mod associate;
mod attributes;
mod command;
mod contexts;
mod dataset;
mod deeds;
mod deflated;
mod element;
pub(in crate::dissect) mod object;
mod uid;

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::inflate::{Coding, End, inflate};
use associate::{Negotiation, Titles};
use command::Command;
use contexts::{Answers, Proposals};
use cordon_model::observe::{EventKind, Fact};
use dataset::{Outcome, Reader};
use deeds::Deeds;

/// The longest item of a negotiation that is read; a longer one is passed over and counted.
const ITEM_BYTES_MAX: usize = 8 * 1024;
/// The longest negotiation that is believed (PS3.8 sets no limit).
const ASSOCIATE_BYTES_MAX: u32 = 1 << 20;
const PDU_HEADER_BYTES: usize = 6;
/// Protocol version, titles and reserved bytes of A-ASSOCIATE-RQ and -AC after the header.
const ASSOCIATE_FIXED_BYTES: usize = 68;
/// Type, reserved byte and length of an item.
const ITEM_HEADER_BYTES: usize = 4;
/// Length, context and control header of a presentation data value.
const PDV_HEADER_BYTES: usize = 6;

const ASSOCIATE_RQ: u8 = 1;
const ASSOCIATE_AC: u8 = 2;
const ASSOCIATE_RJ: u8 = 3;
const P_DATA_TF: u8 = 4;
const RELEASE_RQ: u8 = 5;
const RELEASE_RP: u8 = 6;
const ABORT: u8 = 7;

/// Bits of a presentation data value's control header (PS3.8 annex E.2).
const COMMAND: u8 = 1;
const LAST: u8 = 2;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Dicom {
    client: Line,
    server: Line,
    titles: Titles,
    answers: Answers,
    phase: Phase,
    /// The acceptance was seen, so that roles are told.
    roles_known: bool,
}

/// Negotiation and exchange need memory in turn.
#[derive(Clone, Copy, Debug)]
enum Phase {
    Negotiation(Proposals),
    Exchange(Exchange),
}

impl Default for Phase {
    fn default() -> Self {
        Phase::Exchange(Exchange::default())
    }
}

/// What is remembered while messages are exchanged.
#[derive(Clone, Copy, Debug, Default)]
struct Exchange {
    client: Message,
    server: Message,
    deeds: Deeds,
}

/// The message one side is sending.
#[derive(Clone, Copy, Debug, Default)]
struct Message {
    command: Command,
    reader: Reader,
}

impl Exchange {
    fn message(&mut self, side: Side) -> &mut Message {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Line {
    place: Place,
    /// Bytes of the protocol data unit under way that are left.
    pdu_left: u32,
    /// Bytes of the item or presentation data value under way that are left.
    part_left: u32,
    /// The presentation data value's context and control header.
    context: u8,
    control: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Before a protocol data unit.
    #[default]
    Pdu,
    /// In the fixed part of a request (true) or acceptance.
    AssociateFixed(bool),
    /// Before an item of a request (true) or acceptance.
    AssociateItem(bool),
    /// Passing over an item that is too long.
    LongItem(bool),
    Reject,
    Abort,
    Release,
    /// Passing over the rest of a unit.
    SkipPdu,
    /// Before a presentation data value's header.
    PdvHeader,
    /// Within a presentation data value.
    Pdv,
    /// After a loss or nonsense: looking for a unit.
    Lost,
}

impl StreamDissector for Dicom {
    const STARTS: Starts = Starts::range(1, 4);
    const HELD_BYTES_MAX: usize = ITEM_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        associate::probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while let Some(count) = self.advance(side, rest, facts) {
            rest = rest.get(count..).unwrap_or_default();
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        // Of a compressed set bytes are held that were not counted yet.
        let holds = self.message(side).is_some_and(|message| message.reader.is_deflated());
        let line = self.line(side);
        match u32::try_from(missing) {
            _ if holds => self.lost(side),
            Ok(missing) if line.place == Place::Pdv && missing < line.part_left => {
                line.pdu_left -= missing.min(line.pdu_left);
                line.part_left -= missing;
                if let Some(message) = self.message(side) {
                    message.reader.lose(missing);
                }
            }
            Ok(missing) if line.place == Place::SkipPdu && missing < line.pdu_left => {
                line.pdu_left -= missing;
            }
            _ => self.lost(side),
        }
        Step::Took(0)
    }

    fn end(&mut self, facts: &mut dyn Facts) {
        self.sum_up(facts);
    }
}

impl Dicom {
    fn line(&mut self, side: Side) -> &mut Line {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// The message a side is sending, unless the association is only being negotiated.
    fn message(&mut self, side: Side) -> Option<&mut Message> {
        match &mut self.phase {
            Phase::Exchange(exchange) => Some(exchange.message(side)),
            Phase::Negotiation(_) => None,
        }
    }

    /// Messages show that negotiation is over, whether or not its end was seen.
    fn begin_exchange(&mut self) {
        if matches!(self.phase, Phase::Negotiation(_)) {
            self.phase = Phase::default();
        }
    }

    /// Takes one part from the front; `None` when it is not complete.
    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        if bytes.is_empty() {
            return None;
        }
        let line = self.line(side);
        match line.place {
            Place::Pdu => self.pdu_header(side, bytes, facts),
            Place::AssociateFixed(request) => self.associate_fixed(side, request, bytes, facts),
            Place::AssociateItem(request) => self.associate_item(side, request, bytes, facts),
            Place::LongItem(request) => {
                let count = line.pass_over(bytes);
                if line.part_left == 0 {
                    line.place = Place::AssociateItem(request);
                    self.end_of_items(side, request, facts);
                }
                Some(count)
            }
            Place::Reject | Place::Abort | Place::Release => self.end_of_association(side, bytes, facts),
            Place::SkipPdu => {
                line.part_left = line.pdu_left;
                let count = line.pass_over(bytes);
                if line.pdu_left == 0 {
                    line.place = Place::Pdu;
                }
                Some(count)
            }
            Place::PdvHeader => self.pdv_header(side, bytes, facts),
            Place::Pdv => self.pdv(side, bytes, facts),
            Place::Lost => line.find(bytes),
        }
    }

    /// What follows may be the middle of a set: nothing is read until a command begins.
    fn lost(&mut self, side: Side) {
        if let Some(message) = self.message(side) {
            message.reader.abandon();
            message.command = Command::default();
        }
        self.line(side).place = Place::Lost;
    }

    fn pdu_header(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let &[kind, _, a, b, c, d, ..] = bytes else { return None };
        let count = u32::from_be_bytes([a, b, c, d]);
        let associate = (ASSOCIATE_FIXED_BYTES as u32..=ASSOCIATE_BYTES_MAX).contains(&count);
        let place = match kind {
            ASSOCIATE_RQ if associate => Place::AssociateFixed(true),
            ASSOCIATE_AC if associate => Place::AssociateFixed(false),
            ASSOCIATE_RJ if count == 4 => Place::Reject,
            ABORT if count == 4 => Place::Abort,
            RELEASE_RQ if count == 4 => Place::SkipPdu,
            RELEASE_RP if count == 4 => Place::Release,
            P_DATA_TF if count == 0 => Place::Pdu,
            P_DATA_TF => Place::PdvHeader,
            _ => {
                facts.malformed();
                self.lost(side);
                return Some(0);
            }
        };
        let line = self.line(side);
        (line.place, line.pdu_left) = (place, count);
        Some(PDU_HEADER_BYTES)
    }

    fn associate_fixed(
        &mut self,
        side: Side,
        request: bool,
        bytes: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<usize> {
        let fixed = bytes.get(..ASSOCIATE_FIXED_BYTES)?;
        if request {
            self.sum_up(facts);
            let (called, calling) = (associate::title(fixed, 4), associate::title(fixed, 20));
            self.titles = Titles { called, calling, open: true };
            self.answers = Answers::default();
            self.phase = Phase::Negotiation(Proposals::default());
            self.roles_known = false;
            facts.fact(side, Fact::DicomCallingAe, calling.trim_ascii());
        } else {
            self.titles.accepted(side, facts);
            // What was only proposed no longer holds.
            self.answers = Answers::default();
        }
        let line = self.line(side);
        line.pdu_left -= ASSOCIATE_FIXED_BYTES as u32;
        line.place = Place::AssociateItem(request);
        self.end_of_items(side, request, facts);
        Some(ASSOCIATE_FIXED_BYTES)
    }

    /// One item: type, reserved byte, length, content (PS3.8 9.3.2). The user information's own items stand
    /// in it like the others stand in the unit, and are read like them.
    fn associate_item(
        &mut self,
        side: Side,
        request: bool,
        bytes: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<usize> {
        let line = self.line(side);
        let header =
            (line.pdu_left as usize >= ITEM_HEADER_BYTES).then(|| bytes.first_chunk::<ITEM_HEADER_BYTES>());
        let count = match header {
            None => None,
            Some(None) => return None,
            Some(Some(&[associate::USER_INFORMATION, ..])) => Some(ITEM_HEADER_BYTES),
            Some(Some(&[_, _, high, low])) => {
                Some(ITEM_HEADER_BYTES + usize::from(u16::from_be_bytes([high, low])))
            }
        };
        let Some(count) = count.filter(|count| *count <= line.pdu_left as usize) else {
            facts.malformed();
            line.place = Place::SkipPdu;
            return Some(0);
        };
        // Of an identity only its kind is read, however long the proof is.
        let identity = request && bytes.first() == Some(&associate::USER_IDENTITY);
        let long = count > ITEM_BYTES_MAX || identity;
        let shown = if long { count.min(ITEM_HEADER_BYTES + 2) } else { count };
        let content = bytes.get(ITEM_HEADER_BYTES..shown)?;
        if long {
            line.part_left = count as u32;
            line.place = Place::LongItem(request);
        } else {
            line.pdu_left -= count as u32;
        }
        if long && !identity {
            facts.limit();
            return Some(0);
        }
        let kind = bytes.first().copied().unwrap_or_default();
        if self.negotiation(side, request, facts).item(kind, content).is_none() {
            facts.malformed();
        }
        if long {
            return Some(0);
        }
        self.end_of_items(side, request, facts);
        Some(count)
    }

    fn negotiation<'a>(&'a mut self, side: Side, request: bool, facts: &'a mut dyn Facts) -> Negotiation<'a> {
        let proposals = match &mut self.phase {
            Phase::Negotiation(proposals) => Some(proposals),
            Phase::Exchange(_) => None,
        };
        Negotiation { side, request, proposals, answers: &mut self.answers, facts }
    }

    /// After the last item of an acceptance it is known who serves what.
    fn end_of_items(&mut self, side: Side, request: bool, facts: &mut dyn Facts) {
        let line = self.line(side);
        if line.pdu_left > 0 {
            return;
        }
        line.place = Place::Pdu;
        if !request && let Phase::Negotiation(proposals) = &self.phase {
            proposals.tell(&self.answers, side, facts);
            self.roles_known = true;
            self.phase = Phase::default();
        }
    }

    fn pdv_header(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let line = self.line(side);
        if line.pdu_left < PDV_HEADER_BYTES as u32 {
            facts.malformed();
            line.place = Place::SkipPdu;
            return Some(0);
        }
        let &[a, b, c, d, context, control, ..] = bytes else { return None };
        let count = u32::from_be_bytes([a, b, c, d]);
        // The length counts context and control header, but not itself.
        let fits = count >= 2 && count <= line.pdu_left - ITEM_HEADER_BYTES as u32;
        let changed = line.control & COMMAND != control & COMMAND;
        if fits {
            line.pdu_left -= PDV_HEADER_BYTES as u32;
            line.part_left = count - 2;
            (line.context, line.control) = (context, control);
            line.place = Place::Pdv;
        } else {
            facts.malformed();
            line.place = Place::SkipPdu;
        }
        self.begin_exchange();
        let reader = &mut self.message(side)?.reader;
        if !fits {
            reader.abandon();
            return Some(0);
        }
        if changed {
            // A set that never came to its last fragment ends where one of the other kind begins.
            reader.stop();
        }
        Some(PDV_HEADER_BYTES)
    }

    /// Command or data of a message, in fragments (PS3.8 annex E).
    fn pdv(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let line = *self.line(side);
        self.begin_exchange();
        if self.message(side)?.reader.is_idle() {
            self.begin_set(side, line, facts)?;
        }
        if self.message(side)?.reader.is_deflated() {
            self.deflated(side, line, bytes, facts)?;
        }
        let Message { command, reader } = self.message(side)?;
        let count = line.part_left.min(length(bytes));
        reader.read(side, bytes.get(..count as usize).unwrap_or_default(), command, facts);
        let line = self.line(side);
        line.part_left -= count;
        line.pdu_left -= count;
        if line.part_left == 0 {
            line.place = if line.pdu_left == 0 { Place::Pdu } else { Place::PdvHeader };
            if line.control & LAST != 0 {
                self.end_of_set(side, facts);
            }
        }
        Some(count as usize)
    }

    /// Reads the beginning of a compressed set; `None` while it is not all there. The stream is then passed
    /// over in the ordinary way.
    fn deflated(&mut self, side: Side, line: Line, bytes: &[u8], facts: &mut dyn Facts) -> Option<()> {
        let gathered = deflated::gather(line, bytes)?;
        let Phase::Exchange(exchange) = &mut self.phase else { return None };
        let Message { command, reader } = exchange.message(side);
        reader.begin_inflated();
        let end = inflate(Coding::Deflate, gathered.bytes(), deflated::INFLATED_BYTES_MAX, |part| {
            reader.read(side, part, command, facts);
        });
        if end == End::Broken {
            facts.malformed();
            reader.abandon();
        }
        if let Outcome::Query(keys) = reader.end_inflated(gathered.whole && end == End::Whole, facts) {
            exchange.deeds.keys(keys);
        }
        Some(())
    }

    /// Prepares to read the command set or data set that begins.
    fn begin_set(&mut self, side: Side, line: Line, facts: &mut dyn Facts) -> Option<()> {
        if side == Side::Client {
            // Who sends messages was accepted, even when the acceptance itself was not seen.
            self.titles.accepted(side.other(), facts);
        }
        let syntax = self.answers.get(line.context);
        let message = self.message(side)?;
        if line.control & COMMAND != 0 {
            *message = Message { command: Command::default(), reader: Reader::command() };
        } else {
            message.reader = Reader::data(syntax, &message.command, side);
        }
        Some(())
    }

    fn end_of_set(&mut self, side: Side, facts: &mut dyn Facts) {
        let roles_known = self.roles_known;
        let Phase::Exchange(exchange) = &mut self.phase else { return };
        let message = exchange.message(side);
        let outcome = message.reader.finish(facts);
        let command = message.command;
        match outcome {
            Outcome::Command => exchange.deeds.command(side, &command, roles_known, facts),
            Outcome::Query(keys) => exchange.deeds.keys(keys),
            Outcome::Nothing => {}
        }
        if outcome != Outcome::Command {
            exchange.message(side).command = Command::default();
        }
    }

    /// A-ASSOCIATE-RJ, A-ABORT, A-RELEASE-RP: what, by whom, why (PS3.8 9.3.4, 9.3.7, 9.3.8).
    fn end_of_association(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<usize> {
        let &[_, result, source, reason, ..] = bytes else { return None };
        self.sum_up(facts);
        let titles = self.titles;
        let line = self.line(side);
        match line.place {
            Place::Reject => associate::reject(side, [result, source, reason], &titles, facts),
            Place::Abort => facts.event(side, EventKind::DicomAborted, associate::abortion(source, reason)),
            _ => {}
        }
        (line.place, line.pdu_left) = (Place::Pdu, 0);
        Some(4)
    }

    fn sum_up(&mut self, facts: &mut dyn Facts) {
        if let Phase::Exchange(exchange) = &mut self.phase {
            exchange.deeds.tell(facts);
        }
    }
}

impl Line {
    /// Takes what there is of the part under way.
    fn pass_over(&mut self, bytes: &[u8]) -> usize {
        let count = self.part_left.min(length(bytes));
        self.part_left -= count;
        self.pdu_left -= count.min(self.pdu_left);
        count as usize
    }

    /// Looks for a unit that cannot be mistaken: a header and, for data, the header of its first value.
    fn find(&mut self, bytes: &[u8]) -> Option<usize> {
        const SEEN_BYTES: usize = PDU_HEADER_BYTES + PDV_HEADER_BYTES;
        let found = bytes.windows(SEEN_BYTES).position(|window| {
            let [kind, 0, a, b, c, d, e, f, g, h, context, control] = *window else { return false };
            let (pdu, pdv) = (u32::from_be_bytes([a, b, c, d]), u32::from_be_bytes([e, f, g, h]));
            match kind {
                P_DATA_TF => {
                    pdu <= 1 << 24
                        && pdv > 2
                        && pdv.saturating_add(4) <= pdu
                        && context & 1 == 1
                        && control <= 3
                }
                ASSOCIATE_RQ | ASSOCIATE_AC => {
                    (ASSOCIATE_FIXED_BYTES as u32..1 << 16).contains(&pdu) && pdv == 1 << 16
                }
                _ => false,
            }
        });
        match found {
            Some(at) => {
                self.place = Place::Pdu;
                Some(at)
            }
            None => bytes.len().checked_sub(SEEN_BYTES - 1).filter(|count| *count > 0),
        }
    }
}

/// The length of what is offered, as far as it can matter to a unit.
fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
