//! Reads the content of TCP connections: finds the dissector, feeds it both sides in order, ends it.

use super::dissectors::{self, Dissectors, State, Verdict};
use super::telling::{Moment, Queries, Teller, Told, called};
use super::{Engine, STREAM_RETRIES_MAX};
use crate::Sink;
use crate::conversations::{Content, Conversation, NONE, Pair, Place};
use crate::counters::{Counter, Counters};
use crate::dissect::{Side, Step};
use crate::layers::transport::{ACK, Segment};
use crate::pieces::Pool;
use crate::streams::{Offer, Shared, Stream};
use crate::users::UserNames;
use cordon_model::Timestamp;
use cordon_model::observe::{Direction, Protocol};

/// Bytes after which probes that are still unsure are not asked again.
const PROBE_BYTES_MAX: u32 = 512;

/// What is held while a connection is read.
#[derive(Default)]
pub(crate) struct Reader {
    streams: Pair<Stream>,
    dissector: Option<State>,
    /// Who asks in the protocol's own terms.
    client: Place,
    /// The frame read last.
    at: Timestamp,
    packet: u64,
}

/// The parts of the engine that reading needs, borrowed apart from the table and the readers.
struct Desk<'a, S> {
    dissectors: &'a mut Dissectors,
    pool: &'a mut Pool,
    scratch: &'a mut Vec<u8>,
    counters: &'a mut Counters,
    queries: &'a mut Queries,
    user_names: &'a UserNames,
    sink: &'a mut S,
    moment: Moment,
    side_bytes_max: u32,
    hole_packets_max: u8,
}

/// What probing decided.
enum Decision {
    Wait,
    Read(Protocol, Option<Side>),
    NotThis,
}

impl<S: Sink> Desk<'_, S> {
    /// Runs `feed` on one side's stream with its dissector behind it.
    fn with_dissector(
        &mut self,
        reader: &mut Reader,
        conversation: &mut Conversation,
        place: Place,
        feed: impl FnOnce(&mut Stream, &mut Shared<'_>, &mut dyn FnMut(Offer<'_>) -> Step),
    ) {
        let Some(state) = reader.dissector else { return };
        let side = if place == reader.client { Side::Client } else { Side::Server };
        let mut teller = Teller {
            sink: self.sink,
            moment: self.moment,
            sides: Some((&*conversation, reader.client)),
            queries: self.queries,
            user_names: self.user_names,
            told: Told::default(),
        };
        let held_max = u32::try_from(state.held_bytes_max()).unwrap_or(u32::MAX);
        let mut shared = Shared {
            pool: self.pool,
            scratch: self.scratch,
            counters: self.counters,
            side_bytes_max: self.side_bytes_max.min(held_max),
            hole_packets_max: self.hole_packets_max,
        };
        let dissectors = &mut *self.dissectors;
        let mut read = |offer: Offer<'_>| dissectors.read(state, side, offer, &mut teller);
        feed(reader.streams.get_mut(place), &mut shared, &mut read);
        let told = teller.told;
        told.learn(conversation, self.counters);
        told.note(state.protocol, called(conversation, state.protocol), self.counters);
    }

    /// Tells the dissector that nothing more will come.
    fn end(&mut self, reader: &mut Reader, conversation: &mut Conversation) {
        let Some(state) = reader.dissector else { return };
        let mut teller = Teller {
            sink: self.sink,
            moment: self.moment,
            sides: Some((&*conversation, reader.client)),
            queries: self.queries,
            user_names: self.user_names,
            told: Told::default(),
        };
        self.dissectors.end(state, &mut teller);
        let told = teller.told;
        told.learn(conversation, self.counters);
        told.note_content(state.protocol, called(conversation, state.protocol), self.counters);
    }

    /// Asks the probes about what one side has sent so far.
    fn probe(&mut self, stream: &mut Stream, port: u16, segment: &Segment<'_>, missing: u32) -> Decision {
        let mut verdict = Verdict::Unsure;
        let mut shared = Shared {
            pool: self.pool,
            scratch: self.scratch,
            counters: self.counters,
            side_bytes_max: self.side_bytes_max,
            hole_packets_max: self.hole_packets_max,
        };
        let mut look = |offer: Offer<'_>| {
            if let Offer::Bytes(bytes) = offer {
                verdict = dissectors::probe(bytes, port);
            }
            Step::Took(0)
        };
        stream.segment(&mut shared, segment.sequence, segment.payload, missing, &mut look);
        match verdict {
            Verdict::Certain(protocol, side) => Decision::Read(protocol, side),
            Verdict::No => Decision::NotThis,
            Verdict::Unsure if stream.waiting() > PROBE_BYTES_MAX || stream.is_done() => Decision::NotThis,
            Verdict::Unsure => Decision::Wait,
        }
    }
}

impl Engine {
    /// Gives a segment's content to whoever reads the conversation, or finds out who should.
    pub(super) fn read_segment<S: Sink>(
        &mut self,
        id: u32,
        from: Place,
        segment: &Segment<'_>,
        missing: u32,
        moment: Moment,
        sink: &mut S,
    ) {
        let Some(conversation) = self.table.get_mut(id) else { return };
        // What is decided by a whole segment at once is neither copied nor given a reader in vain.
        let mut verdict = Verdict::Unsure;
        if conversation.reader == NONE && is_first(conversation, from, segment) {
            let port = conversation.key.port(conversation.client.other());
            verdict = dissectors::probe(segment.payload, port);
        }
        if matches!(verdict, Verdict::No) {
            return self.not_this(id, from);
        }
        if !self.ensure_reader(id) {
            return;
        }
        let Some(conversation) = self.table.get_mut(id) else { return };
        let Some(reader) = self.readers.get_mut(conversation.reader) else { return };
        (reader.at, reader.packet) = (moment.at, moment.packet);
        let mut desk = Desk {
            dissectors: &mut self.dissectors,
            pool: &mut self.pool,
            scratch: &mut self.scratch,
            counters: &mut self.counters,
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            sink,
            moment,
            side_bytes_max: self.settings.side_bytes_max,
            hole_packets_max: self.settings.hole_packets_max,
        };
        if let Verdict::Certain(protocol, side) = verdict {
            decide(&mut desk, conversation, reader, protocol, (from, side));
        }
        if reader.dissector.is_none() {
            let port = conversation.key.port(conversation.client.other());
            match desk.probe(reader.streams.get_mut(from), port, segment, missing) {
                Decision::Wait => return,
                Decision::NotThis => return self.not_this(id, from),
                Decision::Read(protocol, side) => {
                    decide(&mut desk, conversation, reader, protocol, (from, side));
                }
            }
        } else {
            if segment.has(ACK) && reader.streams.get(from.other()).has_hole() {
                desk.with_dissector(reader, conversation, from.other(), |stream, shared, mut read| {
                    stream.acknowledged(shared, segment.acknowledgement, &mut read);
                });
            }
            desk.with_dissector(reader, conversation, from, |stream, shared, mut read| {
                stream.segment(shared, segment.sequence, segment.payload, missing, &mut read);
            });
        }
        if reader.streams.get(from).is_done() && reader.streams.get(from.other()).is_done() {
            desk.end(reader, conversation);
            self.stop_reading(id);
        }
    }

    /// Gives the conversation a reader if it has none; answers false when there is none to be had.
    fn ensure_reader(&mut self, id: u32) -> bool {
        let Some(conversation) = self.table.get_mut(id) else { return false };
        if conversation.reader != NONE {
            return true;
        }
        let Some(number) = self.readers.take() else {
            self.counters.count(Counter::ReadersLimit);
            conversation.content = Content::Ignored;
            return false;
        };
        conversation.reader = number;
        if let Some(reader) = self.readers.get_mut(number) {
            reader.client = conversation.client;
            for place in [Place::First, Place::Second] {
                if let Some(initial) = conversation.initial(place) {
                    reader.streams.get_mut(place).start(initial.wrapping_add(1));
                }
            }
        }
        true
    }

    /// No dissector knows these bytes. Where the connection's start was seen that is final; otherwise they
    /// may be the middle of a message, and the next ones are looked at too.
    fn not_this(&mut self, id: u32, from: Place) {
        let Some(conversation) = self.table.get_mut(id) else { return };
        conversation.tries = conversation.tries.saturating_add(1);
        let from_the_start = conversation.initial(from).is_some();
        if from_the_start || conversation.tries > STREAM_RETRIES_MAX {
            return self.stop_reading(id);
        }
        if let Some(reader) = self.readers.get_mut(conversation.reader) {
            reader.streams.get_mut(from).drop_waiting(&mut self.pool);
        }
    }

    /// Ends reading; further packets of the conversation cost a table hit.
    fn stop_reading(&mut self, id: u32) {
        let Some(conversation) = self.table.get_mut(id) else { return };
        conversation.content = Content::Ignored;
        let number = std::mem::replace(&mut conversation.reader, NONE);
        if let Some(reader) = self.readers.get_mut(number) {
            reader.streams.get_mut(Place::First).close(&mut self.pool);
            reader.streams.get_mut(Place::Second).close(&mut self.pool);
            if let Some(state) = reader.dissector.take() {
                self.dissectors.give_back(state);
            }
            self.readers.give_back(number);
        }
    }

    /// The conversation is over: what waits behind holes is read, the dissector sums up, its reader is free.
    pub(super) fn finish_reading<S: Sink>(&mut self, id: u32, sink: &mut S) {
        let Some(conversation) = self.table.get_mut(id) else { return };
        let Some(reader) = self.readers.get_mut(conversation.reader) else { return };
        let moment = Moment { at: reader.at, packet: reader.packet, vlan: conversation.key.vlan() };
        let mut desk = Desk {
            dissectors: &mut self.dissectors,
            pool: &mut self.pool,
            scratch: &mut self.scratch,
            counters: &mut self.counters,
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            sink,
            moment,
            side_bytes_max: self.settings.side_bytes_max,
            hole_packets_max: self.settings.hole_packets_max,
        };
        let client = reader.client;
        for place in [client, client.other()] {
            if reader.streams.get(place).has_hole() {
                desk.with_dissector(reader, conversation, place, |stream, shared, mut read| {
                    stream.finish(shared, &mut read);
                });
            }
        }
        desk.end(reader, conversation);
        self.stop_reading(id);
    }
}

/// True when a segment brings the first bytes of its side, as far as the capture tells.
fn is_first(conversation: &Conversation, from: Place, segment: &Segment<'_>) -> bool {
    let initial = conversation.initial(from);
    !segment.payload.is_empty() && initial.is_none_or(|initial| initial.wrapping_add(1) == segment.sequence)
}

/// A dissector was found: notes it and gives it what both sides have sent so far, the other side first,
/// for it has been waiting longer.
fn decide<S: Sink>(
    desk: &mut Desk<'_, S>,
    conversation: &mut Conversation,
    reader: &mut Reader,
    protocol: Protocol,
    (from, side): (Place, Option<Side>),
) {
    reader.client = match side {
        Some(Side::Client) => from,
        Some(Side::Server) => from.other(),
        None => conversation.client,
    };
    reader.dissector = desk.dissectors.take(protocol);
    conversation.content = Content::Read;
    conversation.application = Some(protocol);
    if let Some(statistics) = desk.counters.protocol(protocol) {
        statistics.conversations += 1;
    }
    if side.is_some() && conversation.direction != Direction::Handshake {
        conversation.client = reader.client;
        conversation.direction = Direction::Content;
    }
    for place in [from.other(), from] {
        if reader.streams.get(place).waiting() == 0 {
            continue;
        }
        desk.with_dissector(reader, conversation, place, |stream, shared, mut read| {
            stream.offer_waiting(shared, &mut read);
        });
    }
}
