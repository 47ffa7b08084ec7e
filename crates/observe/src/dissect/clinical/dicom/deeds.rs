//! What an association is used for: who asks for which operation, what came of it, and the sum of it all.

use super::command::{Command, NOT_ALL_COMMITTED, Operation, status_words};
use super::uid::{UID_CHARACTERS_MAX, Uid};
use crate::dissect::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Different failures of one association that are told one by one.
const FAILURES_MAX: usize = 4;
/// Queries or retrievals after which a long association is summed up, so that it does not stay silent.
const REQUESTS_MAX: u32 = 1_000;

/// The keys of one query, as far as they are looked at: never what they are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Keys {
    /// Bit of the query level in [`LEVELS`].
    pub(super) level: u8,
    /// Whether one of them restricts the answers: holds more than wildcards.
    pub(super) restrict: bool,
}

/// Values of (0008,0052), Query/Retrieve Level (PS3.4 C.6.1, C.6.2).
const LEVELS: [(&[u8], &str); 4] =
    [(b"PATIENT", "patient"), (b"STUDY", "study"), (b"SERIES", "series"), (b"IMAGE", "image")];

/// The bit of a query level.
pub(super) fn level(value: &[u8]) -> u8 {
    LEVELS.iter().position(|(name, _)| *name == value.trim_ascii()).map_or(0, |index| 1 << index)
}

/// Information models, by the SOP classes below them (PS3.4 annexes C, K, CC, Y, Z).
const MODELS: [(&[u8], &str); 7] = [
    (b"1.2.840.10008.5.1.4.1.2.1.", "Patient Root"),
    (b"1.2.840.10008.5.1.4.1.2.2.", "Study Root"),
    (b"1.2.840.10008.5.1.4.1.2.3.", "Patient/Study Only"),
    (b"1.2.840.10008.5.1.4.1.2.4.", "Composite Instance Root"),
    (b"1.2.840.10008.5.1.4.34.", "Unified Procedure Step"),
    (b"1.2.840.10008.5.1.4.31", "Modality Worklist"),
    (b"", "another model"),
];

/// The bit of a SOP class's information model; none when the class is not known.
fn model(class: &Uid) -> u8 {
    let mut text = [0; UID_CHARACTERS_MAX];
    let uid = class.text(&mut text);
    let found = MODELS.iter().position(|(root, _)| uid.starts_with(root) && !uid.is_empty());
    found.map_or(0, |index| 1 << index)
}

/// True for Storage Commitment Push Model (PS3.4 annex J).
fn is_commitment(class: &Uid) -> bool {
    class.text(&mut [0; UID_CHARACTERS_MAX]) == b"1.2.840.10008.1.20.1"
}

/// What an association was used for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deeds {
    client: Doing,
    server: Doing,
    queries: Queries,
    retrievals: Retrievals,
    failures: [Failure; FAILURES_MAX],
    /// Failures of further kinds.
    other_failures: u32,
}

/// What one side did last.
#[derive(Clone, Copy, Debug, Default)]
struct Doing {
    /// Marks the operation asked for that was last told of.
    invokes: u32,
    /// Marks the operation carried out that was last told of.
    performs: u32,
    /// The class of the last request, which responses need not repeat.
    class: Uid,
}

#[derive(Clone, Copy, Debug, Default)]
struct Queries {
    by: Option<Side>,
    requests: u32,
    /// Requests without a restricting key.
    open: u32,
    answers: u32,
    models: u8,
    levels: u8,
}

#[derive(Clone, Copy, Debug, Default)]
struct Retrievals {
    by: Option<Side>,
    moves: u32,
    gets: u32,
    /// Objects that could not be sent.
    failed: u32,
    models: u8,
    destination: [u8; 16],
    /// More than one destination.
    several: bool,
}

#[derive(Clone, Copy, Debug, Default)]
struct Failure {
    /// Whose response it was and to what; `None` while the place is free.
    of: Option<(Side, Operation)>,
    status: u16,
    count: u32,
}

impl Deeds {
    fn doing(&mut self, side: Side) -> &mut Doing {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    /// A command set was read to its end. `roles_known` when the negotiation told who uses and provides what.
    pub(super) fn command(
        &mut self,
        side: Side,
        command: &Command,
        roles_known: bool,
        facts: &mut dyn Facts,
    ) {
        if let Some(operation) = command.request() {
            self.request(side, operation, command, roles_known, facts);
        } else if let Some(operation) = command.response() {
            self.response(side, operation, command, roles_known, facts);
        }
    }

    fn request(
        &mut self,
        side: Side,
        operation: Operation,
        command: &Command,
        roles_known: bool,
        facts: &mut dyn Facts,
    ) {
        let mark = command.class.mark(operation as u16);
        let doing = self.doing(side);
        doing.class = command.class;
        if doing.invokes != mark {
            doing.invokes = mark;
            tell(side, operation, &command.class, Fact::DicomInvokes, facts);
            tell_role(side, operation.is_of_provider(), &command.class, roles_known, facts);
        }
        match operation {
            Operation::CFind => self.query(side, command, facts),
            Operation::CMove | Operation::CGet => self.retrieval(side, operation, command, facts),
            // The archive tells whether what was sent to it is safe.
            Operation::NEventReport
                if is_commitment(&command.class) && command.event == NOT_ALL_COMMITTED =>
            {
                self.failure(side, operation, NOT_ALL_COMMITTED);
            }
            _ => {}
        }
    }

    fn response(
        &mut self,
        side: Side,
        operation: Operation,
        command: &Command,
        roles_known: bool,
        facts: &mut dyn Facts,
    ) {
        if operation == Operation::CFind && command.is_pending() {
            self.queries.answers = self.queries.answers.saturating_add(1);
        }
        if matches!(operation, Operation::CMove | Operation::CGet) && !command.is_pending() {
            self.retrievals.failed = self.retrievals.failed.saturating_add(u32::from(command.failed));
        }
        if command.is_failure() {
            return self.failure(side, operation, command.status);
        }
        let asked = self.doing(side.other()).class;
        let class = if command.class.is_empty() { asked } else { command.class };
        let mark = class.mark(operation as u16);
        let doing = self.doing(side);
        if doing.performs != mark {
            doing.performs = mark;
            tell(side, operation, &class, Fact::DicomPerforms, facts);
            tell_role(side, !operation.is_of_provider(), &class, roles_known, facts);
        }
    }

    fn query(&mut self, side: Side, command: &Command, facts: &mut dyn Facts) {
        if self.queries.requests >= REQUESTS_MAX || self.queries.by == Some(side.other()) {
            self.queries.tell(facts);
        }
        self.queries.by = Some(side);
        self.queries.requests += 1;
        self.queries.models |= model(&command.class);
    }

    /// The keys of a query were read to their end.
    pub(super) fn keys(&mut self, keys: Keys) {
        self.queries.levels |= keys.level;
        self.queries.open = self.queries.open.saturating_add(u32::from(!keys.restrict));
    }

    fn retrieval(&mut self, side: Side, operation: Operation, command: &Command, facts: &mut dyn Facts) {
        let known = &mut self.retrievals;
        if known.moves.saturating_add(known.gets) >= REQUESTS_MAX || known.by == Some(side.other()) {
            known.tell(facts);
        }
        known.by = Some(side);
        known.models |= model(&command.class);
        if operation == Operation::CGet {
            known.gets += 1;
            return;
        }
        if known.moves == 0 || known.destination != command.destination {
            known.several = known.moves > 0;
            known.destination = command.destination;
            facts.fact(side, Fact::DicomMoveDestination, trim(&command.destination));
        }
        known.moves += 1;
    }

    fn failure(&mut self, side: Side, operation: Operation, status: u16) {
        let of = Some((side, operation));
        let place = self
            .failures
            .iter_mut()
            .find(|failure| failure.of.is_none() || (failure.of == of && failure.status == status));
        match place {
            Some(place) => *place = Failure { of, status, count: place.count.saturating_add(1) },
            None => self.other_failures = self.other_failures.saturating_add(1),
        }
    }

    /// The association is over: sums it up and begins anew.
    pub(super) fn tell(&mut self, facts: &mut dyn Facts) {
        self.queries.tell(facts);
        self.retrievals.tell(facts);
        for side in [Side::Client, Side::Server] {
            self.tell_failures(side, facts);
        }
        *self = Deeds::default();
    }

    fn tell_failures(&self, side: Side, facts: &mut dyn Facts) {
        let of = |failure: &Failure| failure.of.filter(|(by, _)| *by == side);
        let mut told = self.failures.iter().filter_map(|failure| Some((of(failure)?.1, failure))).peekable();
        if told.peek().is_none() {
            return;
        }
        let mut line = Line::default();
        let mut comma = "";
        for (operation, Failure { status, count, .. }) in told {
            let words = status_words(operation, *status);
            let _ = write!(line, "{comma}{count} {} {status:04X} {words}", operation.name());
            comma = ", ";
        }
        if self.other_failures > 0 {
            let _ = write!(line, ", and {} others", self.other_failures);
        }
        facts.event(side, EventKind::DicomFailed, line.text());
    }
}

impl Queries {
    fn tell(&mut self, facts: &mut dyn Facts) {
        let done = std::mem::take(self);
        let Some(side) = done.by else { return };
        let mut line = Line::default();
        let _ = write!(line, "{} C-FIND", done.requests);
        name_all(&mut line, done.models, MODELS.iter().map(|(_, name)| *name), " of ", "");
        name_all(&mut line, done.levels, LEVELS.iter().map(|(_, name)| *name), " at ", " level");
        let _ = write!(line, ", answers: {}", done.answers);
        if done.open > 0 {
            let _ = write!(line, ", without a restricting key: {}", done.open);
            facts.event(side, EventKind::DicomBroadQuery, line.text());
        }
        facts.event(side, EventKind::DicomQuery, line.text());
    }
}

impl Retrievals {
    fn tell(&mut self, facts: &mut dyn Facts) {
        let done = std::mem::take(self);
        let Some(side) = done.by else { return };
        let mut line = Line::default();
        let mut comma = "";
        for (count, name) in [(done.moves, "C-MOVE"), (done.gets, "C-GET")] {
            if count > 0 {
                let _ = write!(line, "{comma}{count} {name}");
                comma = ", ";
            }
        }
        name_all(&mut line, done.models, MODELS.iter().map(|(_, name)| *name), " of ", "");
        let destination = trim(&done.destination);
        if done.several {
            let _ = write!(line, ", to several destinations");
        } else if !destination.is_empty() {
            let _ = write!(line, ", to {}", destination.escape_ascii());
        }
        if done.failed > 0 {
            let _ = write!(line, ", objects not sent: {}", done.failed);
        }
        facts.event(side, EventKind::DicomRetrieve, line.text());
    }
}

/// Writes the names whose bits are set.
fn name_all(line: &mut Line, bits: u8, names: impl Iterator<Item = &'static str>, before: &str, after: &str) {
    let mut lead = before;
    for (name, _) in names.zip(0..).filter(|(_, bit)| bits >> bit & 1 == 1) {
        let _ = write!(line, "{lead}{name}");
        lead = ", ";
    }
    if bits != 0 {
        let _ = write!(line, "{after}");
    }
}

/// A title without its padding.
fn trim(title: &[u8; 16]) -> &[u8] {
    let end = title.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
    title.get(..end).unwrap_or_default().trim_ascii_start()
}

/// Tells which operation a side asked for or carried out, on which class where that is known.
fn tell(side: Side, operation: Operation, class: &Uid, fact: Fact, facts: &mut dyn Facts) {
    let mut line = Line::default();
    let _ = write!(line, "{}", operation.name());
    if !class.is_empty() {
        let mut text = [0; UID_CHARACTERS_MAX];
        let _ = write!(line, " {}", class.text(&mut text).escape_ascii());
    }
    facts.fact(side, fact, line.text().as_bytes());
}

/// Tells a side's role where no negotiation did.
fn tell_role(side: Side, provides: bool, class: &Uid, roles_known: bool, facts: &mut dyn Facts) {
    if !roles_known && !class.is_empty() {
        let mut text = [0; UID_CHARACTERS_MAX];
        let role = if provides { Fact::DicomScp } else { Fact::DicomScu };
        facts.fact(side, role, class.text(&mut text));
    }
}
