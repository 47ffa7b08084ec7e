//! Passes on what dissectors tell: adds endpoint, time and place, cleans text, counts.

use crate::conversations::{Conversation, Place};
use crate::counters::{Counter, Counters};
use crate::dissect::arp::Text;
use crate::dissect::{Facts, Side, StationFacts};
use crate::text;
use crate::users::{User, UserNames};
use crate::{Seen, SeenEvent, Sink};
use cordon_model::address::is_shared_address;
use cordon_model::observe::{EventKind, FACT_BYTES_MAX, Fact, PatientDataKinds, Protocol};
use cordon_model::{Endpoint, Mac, Timestamp, Vlan};
use foldhash::fast::FixedState;
use std::fmt::Write as _;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// Different names one endpoint may ask for before its further ones are only counted.
const QUERIES_MAX: u16 = 2_048;

/// How many different names each endpoint asked for, roughly: endpoints share places by hash.
pub(crate) struct Queries {
    counts: Vec<u16>,
    seen: Vec<u32>,
    hasher: FixedState,
}

impl Queries {
    pub(crate) fn new() -> Queries {
        Queries { counts: Vec::new(), seen: Vec::new(), hasher: FixedState::with_seed(0x0d6e_7371) }
    }

    /// True when the endpoint may tell one more name, or tells one again.
    fn admit(&mut self, endpoint: &Endpoint, name: &str) -> bool {
        if self.counts.is_empty() {
            self.counts.resize(4_096, 0);
            self.seen.resize(32_768, 0);
        }
        let who = self.hasher.hash_one(endpoint);
        let what = self.hasher.hash_one((who, name));
        let mark = (what >> 32) as u32 | 1;
        if let Some(seen) = self.seen.get_mut(what as usize % 32_768) {
            if *seen == mark {
                return true;
            }
            *seen = mark;
        }
        match self.counts.get_mut(who as usize % 4_096) {
            Some(count) if *count < QUERIES_MAX => {
                *count += 1;
                true
            }
            _ => false,
        }
    }
}

/// When and where something is told.
#[derive(Clone, Copy)]
pub(crate) struct Moment {
    pub(crate) at: Timestamp,
    pub(crate) packet: u64,
    pub(crate) vlan: u16,
}

/// What was told beside facts, to be noted once the dissector is done.
#[derive(Clone, Copy, Default)]
pub(crate) struct Told {
    facts: u32,
    events: u32,
    malformed: u32,
    limits: u32,
    queries_refused: u32,
    carried: Option<Protocol>,
    patient_data: PatientDataKinds,
}

impl Told {
    /// Adds a packet and what it told to the counters.
    pub(crate) fn note(&self, protocol: Protocol, called: Protocol, counters: &mut Counters) {
        counters.given_to(called);
        self.note_content(protocol, called, counters);
    }

    /// Adds what was told without a packet of its own to the counters: those of the protocol the conversation
    /// is called by ([`called`]), but what contradicts its protocol contradicts the one that was read.
    pub(crate) fn note_content(&self, protocol: Protocol, called: Protocol, counters: &mut Counters) {
        if let Some(statistics) = counters.protocol(called) {
            statistics.facts += u64::from(self.facts);
            statistics.events += u64::from(self.events);
            statistics.limited += u64::from(self.limits) + u64::from(self.queries_refused);
            statistics.patient_data = statistics.patient_data.union(self.patient_data);
        }
        for _ in 0..self.malformed {
            counters.malformed(protocol);
        }
        counters.add(Counter::DissectorMemoryLimit, u64::from(self.limits));
        if self.queries_refused > 0 {
            counters.add(Counter::QueriesLimit, u64::from(self.queries_refused));
        }
    }

    /// Adds what was told to what is known of its conversation.
    pub(crate) fn learn(&self, conversation: &mut Conversation, counters: &mut Counters) {
        conversation.patient_data = conversation.patient_data.union(self.patient_data);
        let Some(carried) = self.carried else { return };
        if conversation.application != Some(carried) {
            conversation.application = Some(carried);
            if let Some(statistics) = counters.protocol(carried) {
                statistics.conversations += 1;
            }
        }
    }
}

/// The more precise name of what a dissector reads, once the conversation has one.
#[inline]
pub(crate) fn called(conversation: &Conversation, read: Protocol) -> Protocol {
    conversation.application.filter(|name| name.is_carried_by(read)).unwrap_or(read)
}

/// Stands between one dissector and the sink while a packet is read.
pub(crate) struct Teller<'a, S> {
    pub(crate) sink: &'a mut S,
    pub(crate) moment: Moment,
    /// The conversation being read and which of its places the client's is.
    pub(crate) sides: Option<(&'a Conversation, Place)>,
    pub(crate) queries: &'a mut Queries,
    pub(crate) user_names: &'a UserNames,
    pub(crate) told: Told,
}

/// The endpoint in one place of a conversation.
#[inline]
pub(crate) fn endpoint(conversation: &Conversation, place: Place) -> Endpoint {
    let address = conversation.key.address(place);
    Endpoint {
        vlan: Vlan::new(conversation.key.vlan()),
        mac: conversation.station(place),
        // Who has no address yet sends from the unspecified one.
        ip: (!address.is_unspecified()).then_some(address),
    }
}

impl<S: Sink> Teller<'_, S> {
    fn endpoint(&self, side: Side) -> Option<Endpoint> {
        let (conversation, client) = self.sides?;
        Some(endpoint(conversation, if side == Side::Client { client } else { client.other() }))
    }

    fn tell(&mut self, endpoint: Endpoint, record: Option<&[u8]>, fact: Fact, value: &[u8]) {
        match (text::plain(value), record) {
            (Some(value), None) => self.tell_text(endpoint, None, fact, value),
            _ => self.tell_cleaned(endpoint, record, fact, value),
        }
    }

    #[inline(never)]
    fn tell_cleaned(&mut self, endpoint: Endpoint, record: Option<&[u8]>, fact: Fact, value: &[u8]) {
        let (mut buffer, mut record_buffer) = ([0; FACT_BYTES_MAX], [0; FACT_BYTES_MAX]);
        let value = text::clean(value, &mut buffer);
        let record = record.map(|record| text::clean(record, &mut record_buffer));
        self.tell_text(endpoint, record, fact, value);
    }

    fn tell_text(&mut self, endpoint: Endpoint, record: Option<&str>, fact: Fact, value: &str) {
        if value.is_empty() && fact != Fact::DnsServer {
            return;
        }
        if fact == Fact::DnsQuery && !self.queries.admit(&endpoint, value) {
            self.told.queries_refused += 1;
            return;
        }
        self.told.facts += 1;
        let Moment { at, packet, .. } = self.moment;
        self.sink.fact(Seen { endpoint, record, fact, value, at, packet });
    }
}

impl<S: Sink> Facts for Teller<'_, S> {
    fn fact(&mut self, about: Side, fact: Fact, value: &[u8]) {
        if let Some(endpoint) = self.endpoint(about) {
            self.tell(endpoint, None, fact, value);
        }
    }

    fn fact_of(&mut self, speaker: Side, record: &[u8], fact: Fact, value: &[u8]) {
        if let Some(endpoint) = self.endpoint(speaker) {
            self.tell(endpoint, Some(record), fact, value);
        }
    }

    fn fact_at(&mut self, address: IpAddr, fact: Fact, value: &[u8]) {
        // Name servers that block answer with these; they are nobody's.
        if !is_shared_address(address) && !address.is_loopback() {
            self.tell(Endpoint { vlan: None, mac: None, ip: Some(address) }, None, fact, value);
        }
    }

    fn user(&mut self, about: Side, fact: Fact, name: &[u8]) {
        match self.user_names.told(name) {
            Some(User::Hash(digits)) => self.fact(about, fact, &digits),
            Some(User::Name(name)) => self.fact(about, fact, name),
            None => {}
        }
    }

    fn carries(&mut self, protocol: Protocol) {
        self.told.carried = Some(protocol);
    }

    fn patient_data(&mut self, kinds: PatientDataKinds) {
        self.told.patient_data = self.told.patient_data.union(kinds);
    }

    fn event(&mut self, by: Side, kind: EventKind, detail: &str) {
        // What a copy shows happened once.
        if self.sides.is_some_and(|(conversation, _)| conversation.is_copy) {
            return;
        }
        let (Some(endpoint), peer) = (self.endpoint(by), self.endpoint(by.other())) else { return };
        let mut buffer = [0; FACT_BYTES_MAX];
        let detail = text::clean(detail.as_bytes(), &mut buffer);
        self.told.events += 1;
        let Moment { at, packet, .. } = self.moment;
        self.sink.event(SeenEvent { endpoint, peer, kind, detail, at, packet });
    }

    fn malformed(&mut self) {
        self.told.malformed += 1;
    }

    fn limit(&mut self) {
        self.told.limits += 1;
    }
}

impl<S: Sink> StationFacts for Teller<'_, S> {
    fn fact_on(&mut self, station: Mac, address: Option<IpAddr>, nearby: bool, fact: Fact, value: &[u8]) {
        let vlan = if nearby { Vlan::new(self.moment.vlan) } else { None };
        self.tell(Endpoint { vlan, mac: Some(station), ip: address }, None, fact, value);
    }

    fn user_on(&mut self, station: Mac, fact: Fact, name: &[u8]) {
        match self.user_names.told(name) {
            Some(User::Hash(digits)) => self.fact_on(station, None, true, fact, &digits),
            Some(User::Name(name)) => self.fact_on(station, None, true, fact, name),
            None => {}
        }
    }

    fn conflict(&mut self, address: IpAddr, now: Mac, before: Mac) {
        let vlan = Vlan::new(self.moment.vlan);
        let claimant = |mac| Endpoint { vlan, mac: Some(mac), ip: Some(address) };
        let mut detail = Text::default();
        let _ = write!(detail, "claimed by {before} before");
        let detail = std::str::from_utf8(detail.bytes()).unwrap_or_default();
        self.told.events += 1;
        let Moment { at, packet, .. } = self.moment;
        let (endpoint, peer) = (claimant(now), Some(claimant(before)));
        self.sink.event(SeenEvent { endpoint, peer, kind: EventKind::ArpConflict, detail, at, packet });
    }
}
