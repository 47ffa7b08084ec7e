//! Everything the Batches said, each thing once: what is kept does not depend on the order it came in.

use crate::texts::{Inputs, Text, Texts};
use cordon_model::observe::{
    Batch, Conversation, Event, Fact, PatientDataKinds, Protocol, Sighting, Source, Transport,
};
use cordon_model::{Endpoint, Timestamp};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What tells Batches apart: (sensor, sequence) names one; the rest guards against two sensors of one name.
type BatchKey = (String, u64, Option<Timestamp>, Option<Timestamp>, Vec<String>, usize, usize, usize);

/// The number of an endpoint.
pub(crate) type PlaceId = u32;
/// The number of the facts about one thing told by one endpoint.
pub(crate) type UnitId = u32;

/// One fact, however many Batches told it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) endpoint: Endpoint,
    /// Which thing behind the endpoint; see [`Record`].
    pub(crate) record: Option<Record<'a>>,
    pub(crate) fact: Fact,
    pub(crate) value: &'a str,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) source: Source,
}

/// A thing that is not the endpoint itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Record<'a> {
    /// A row of a list: the list (an input) and the row's name in it.
    Row(u32, &'a str),
    /// A device that the endpoint speaks for.
    Behind(&'a str),
}

/// Whose facts an endpoint tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Whose {
    /// Its own.
    Own,
    /// Those of a row of a list: the input's number and the row's name.
    Row(u32, Text),
    /// Those of a device it speaks for.
    Behind(Text),
    /// Those of the station with this application entity title, which a worklist schedules work for.
    Scheduled(Text),
}

/// When and where a fact was told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Told {
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    /// With the input's number.
    pub(crate) source: Source,
}

/// The facts about one thing that one endpoint told.
#[derive(Clone, Debug)]
pub(crate) struct Unit {
    pub(crate) place: PlaceId,
    pub(crate) whose: Whose,
    pub(crate) facts: BTreeMap<(Fact, Text), Told>,
}

/// What an endpoint did in conversations.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doings {
    /// Protocols it answered in, with where that was first seen.
    pub(crate) serves: BTreeMap<Protocol, Source>,
    /// TLS services it answered on, with where that was first seen.
    pub(crate) tls: BTreeMap<u16, Source>,
    /// Ports it answered on.
    pub(crate) ports: BTreeMap<(Transport, u16), BTreeSet<Protocol>>,
    /// Kinds of patient data readable in its conversations.
    pub(crate) patient_data: PatientDataKinds,
    /// Whom it met in protocols that tell what both are.
    pub(crate) peers: BTreeSet<(Part, PlaceId)>,
}

/// A conversation with everything it was taken for.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    /// Its source has the input's number; its application is that of [`Talk::applications`].
    pub(crate) conversation: Conversation,
    pub(crate) client: PlaceId,
    pub(crate) server: PlaceId,
    /// What further Batches took it for, where that was not the same.
    pub(crate) others: BTreeSet<Protocol>,
}

impl Talk {
    /// Everything it was taken for.
    pub(crate) fn applications(&self) -> impl Iterator<Item = Protocol> + '_ {
        let first = self.conversation.application.filter(|_| self.others.is_empty());
        first.into_iter().chain(self.others.iter().copied())
    }
}

/// The most precise of several names for what was spoken, whatever the order they came in: of those that carry none
/// of the others the first of the vocabulary.
pub(crate) fn most_precise(protocols: &BTreeSet<Protocol>) -> Option<Protocol> {
    let carries_none = |one: &&Protocol| !protocols.iter().any(|other| other.is_carried_by(**one));
    protocols.iter().find(carries_none).copied()
}

/// The part an endpoint's peer plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Part {
    Hl7Client,
    Hl7Server,
    DicomClient,
    DicomServer,
    TlsClient(u16),
    TlsServer(u16),
}

/// An endpoint and all that is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) endpoint: Endpoint,
    pub(crate) units: Vec<UnitId>,
    /// True when it did or answered something, and not only others spoke of it.
    pub(crate) active: bool,
    /// True when something answered it, or it answered something.
    pub(crate) met: bool,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
    pub(crate) doings: Option<Box<Doings>>,
}

/// What taking a fact in changed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) unit: UnitId,
    pub(crate) new_unit: bool,
    /// It was not known, or not told so early, which evidence shows.
    pub(crate) new_fact: bool,
    /// It was told later than before.
    pub(crate) later: bool,
}

/// Everything the Batches said.
#[derive(Clone, Debug, Default)]
pub(crate) struct Store {
    accepted: BTreeSet<BatchKey>,
    pub(crate) inputs: Inputs,
    pub(crate) texts: Texts,
    place_numbers: HashMap<Endpoint, PlaceId>,
    pub(crate) places: Vec<Place>,
    unit_numbers: HashMap<(PlaceId, Whose), UnitId>,
    pub(crate) units: Vec<Unit>,
    talk_numbers: HashMap<(PlaceId, PlaceId, Transport, u16), u32>,
    pub(crate) talks: Vec<Talk>,
    pub(crate) events: Vec<Event>,
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// True for what a worklist says of the station whose title the record is: a device of its own, not one behind
/// the worklist's provider.
fn is_schedule(fact: Fact) -> bool {
    matches!(fact, Fact::DicomScheduledAe | Fact::DicomScheduledModality | Fact::DicomScheduledStation)
}

/// Facts others tell of an address: no proof that anything is there.
fn is_hearsay(fact: Fact) -> bool {
    matches!(fact, Fact::DnsName | Fact::DnsReverseName)
}

impl Store {
    /// True the first time a Batch is given.
    pub(crate) fn accept(&mut self, batch: &Batch) -> bool {
        let counts = (batch.sightings.len(), batch.conversations.len(), batch.events.len());
        let inputs = batch.inputs.clone();
        let key: BatchKey = (
            batch.sensor.clone(),
            batch.sequence,
            batch.start,
            batch.end,
            inputs,
            counts.0,
            counts.1,
            counts.2,
        );
        self.accepted.insert(key)
    }

    /// The number of an endpoint, and whether it is new.
    pub(crate) fn place(&mut self, endpoint: &Endpoint) -> (PlaceId, bool) {
        if let Some(number) = self.place_numbers.get(endpoint) {
            return (*number, false);
        }
        let number = count(self.places.len());
        self.place_numbers.insert(*endpoint, number);
        let (first, last) = (Timestamp::from_micros(i64::MAX), Timestamp::from_micros(i64::MIN));
        let units = Vec::new();
        self.places.push(Place {
            endpoint: *endpoint,
            units,
            active: false,
            met: false,
            first,
            last,
            doings: None,
        });
        (number, true)
    }

    /// The number of an endpoint that has one.
    pub(crate) fn find(&self, endpoint: &Endpoint) -> Option<PlaceId> {
        self.place_numbers.get(endpoint).copied()
    }

    /// Takes a fact in; `input` is the number of the sighting's input.
    pub(crate) fn take(&mut self, sighting: &Sighting, place: PlaceId, input: u32) -> Taken {
        let whose = match sighting.record.as_deref() {
            None => Whose::Own,
            Some(name) if sighting.fact.protocol() == Protocol::AssetList => {
                Whose::Row(input, self.texts.number(name))
            }
            Some(title) if is_schedule(sighting.fact) => Whose::Scheduled(self.texts.number(title)),
            Some(name) => Whose::Behind(self.texts.number(name)),
        };
        let (unit, new_unit) = self.unit(place, whose);
        let value = self.texts.number(&sighting.value);
        let source = Source { input, packet: sighting.source.packet };
        let told = Told { first: sighting.first, last: sighting.last, source };
        let (new_fact, later) = match self.units.get_mut(unit as usize) {
            None => (false, false),
            Some(unit) => merge_told(&mut unit.facts, (sighting.fact, value), told, &self.inputs),
        };
        if !matches!(whose, Whose::Row(..))
            && !is_hearsay(sighting.fact)
            && let Some(place) = self.places.get_mut(place as usize)
        {
            place.active = true;
        }
        Taken { unit, new_unit, new_fact, later }
    }

    fn unit(&mut self, place: PlaceId, whose: Whose) -> (UnitId, bool) {
        if let Some(number) = self.unit_numbers.get(&(place, whose)) {
            return (*number, false);
        }
        let number = count(self.units.len());
        self.unit_numbers.insert((place, whose), number);
        self.units.push(Unit { place, whose, facts: BTreeMap::new() });
        if let Some(place) = self.places.get_mut(place as usize) {
            place.units.push(number);
        }
        (number, true)
    }

    /// Widens the time an endpoint was seen in; true when that changed it.
    pub(crate) fn span(&mut self, place: PlaceId, first: Timestamp, last: Timestamp) -> bool {
        let Some(place) = self.places.get_mut(place as usize) else { return false };
        let widened = first < place.first || last > place.last;
        place.first = place.first.min(first);
        place.last = place.last.max(last);
        widened
    }

    /// Takes a conversation in between two places; its source has the input's number. Gives its number.
    pub(crate) fn talk(&mut self, talk: Conversation, client: PlaceId, server: PlaceId) -> u32 {
        let key = (client, server, talk.transport, talk.port);
        if let Some(number) = self.talk_numbers.get(&key) {
            if let Some(known) = self.talks.get_mut(*number as usize) {
                let source = self.inputs.first(known.conversation.source, talk.source);
                merge(known, &talk);
                known.conversation.source = source;
            }
            return *number;
        }
        let number = count(self.talks.len());
        self.talk_numbers.insert(key, number);
        self.talks.push(Talk { conversation: talk, client, server, others: BTreeSet::new() });
        number
    }

    /// A fact as the claims see it.
    pub(crate) fn seen<'a>(
        &'a self,
        unit: &Unit,
        (fact, value): (Fact, Text),
        told: &Told,
    ) -> Option<Seen<'a>> {
        let record = match unit.whose {
            Whose::Own => None,
            Whose::Row(input, name) => {
                let list = self.inputs.labelled(Source { input, packet: 0 }).input;
                Some(Record::Row(list, self.texts.get(name)))
            }
            Whose::Behind(name) | Whose::Scheduled(name) => Some(Record::Behind(self.texts.get(name))),
        };
        Some(Seen {
            endpoint: self.places.get(unit.place as usize)?.endpoint,
            record,
            fact,
            value: self.texts.get(value),
            first: told.first,
            last: told.last,
            source: self.inputs.labelled(told.source),
        })
    }
}

/// Adds a fact; whether it, or when or where it was first told, is new, and whether it was told later than before.
fn merge_told(
    facts: &mut BTreeMap<(Fact, Text), Told>,
    key: (Fact, Text),
    told: Told,
    inputs: &Inputs,
) -> (bool, bool) {
    let Some(known) = facts.get_mut(&key) else {
        facts.insert(key, told);
        return (true, true);
    };
    let before = *known;
    known.first = known.first.min(told.first);
    known.last = known.last.max(told.last);
    known.source = inputs.first(known.source, told.source);
    ((before.first, before.source) != (known.first, known.source), before.last != known.last)
}

/// Adds what another Batch says of the same conversation; all but the source.
fn merge(known: &mut Talk, other: &Conversation) {
    let into = &mut known.conversation;
    if into.application != other.application {
        known.others.extend(into.application);
        known.others.extend(other.application);
        into.application = most_precise(&known.others);
    }
    into.direction = into.direction.min(other.direction);
    into.answered |= other.answered;
    into.flows = into.flows.saturating_add(other.flows);
    into.packets = into.packets.saturating_add(other.packets);
    into.bytes = into.bytes.saturating_add(other.bytes);
    into.first = into.first.min(other.first);
    into.last = into.last.max(other.last);
    into.hours.merge(&other.hours);
    into.patient_data = into.patient_data.union(other.patient_data);
}
