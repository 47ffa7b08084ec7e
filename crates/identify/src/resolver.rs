//! From Batches to an Estate: takes them in, settles what they changed, and gives the devices.
//!
//! What is known is kept so that a Batch costs what it touches: the endpoints it speaks of are placed, what may now
//! be one device is decided anew together with everything the same evidence connects, and only devices of which
//! something changed are described again. The outcome is always that of taking everything in at once.

mod describe;
mod naming;
mod peers;
mod presence;
mod regroup;

use crate::conventions::{Convention, Reads, VlanNames};
use crate::corrections::Corrections;
use crate::gather::{PlaceId, Store, Talk};
use crate::join::{Correction, ThingId};
use crate::place::{Network, Spot, Use};
use crate::secured::Secured;
use crate::services::{note_client, note_server};
use crate::texts::Positions;
use crate::things::{Name, News, Things};
use cordon_knowledge::Knowledge;
use cordon_model::identify::{Device, DeviceConversation, DeviceId, Estate, Link};
use cordon_model::observe::{Batch, Conversation, Event, Fact, Protocol, Sighting, Source};
use cordon_model::{Endpoint, Inside};
use naming::Naming;
use regroup::Telling;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Stations that only sent, to nobody's answer, from addresses of no maker: more than so many are a flood of made-up
/// addresses.
const UNPROVEN_MAX: usize = 1_000;

/// Collects Batches and says which devices they describe.
///
/// The order of Batches does not matter, and a Batch given twice counts once.
#[derive(Clone, Debug)]
pub struct Resolver<'k> {
    knowledge: &'k Knowledge,
    corrections: Corrections,
    conventions: Vec<Convention>,
    vlan_names: VlanNames,
    reasons: BTreeMap<Correction, Link>,
    telling: Telling,
    store: Store,
    network: Network,
    things: Things,
    groups: Vec<Option<Box<Group>>>,
    naming: Naming,
    /// Stations that only sent, which nothing answered, and whose address is no maker's.
    unproven: BTreeSet<ThingId>,
    fresh_addresses: BTreeSet<IpAddr>,
    fresh_places: Vec<PlaceId>,
    /// Devices behind gateways that are part of another device now.
    reparented: BTreeSet<ThingId>,
    /// All labels of inputs changed, and with them what was described.
    all_anew: bool,
}

/// Things that are one device.
#[derive(Clone, Debug, Default)]
struct Group {
    /// In their lasting order.
    members: Vec<ThingId>,
    links: Vec<Link>,
    /// It speaks DICOM in clear.
    speaks: bool,
    /// Its services that carry DICOM over TLS.
    secured: Vec<Secured>,
    /// Everything but its id and its parent; `None` where nothing is there.
    device: Option<Device>,
    /// The thing that speaks for it, when it was never on the wire itself.
    gateway: Option<ThingId>,
    /// True when the time a fact was last told may decide a claim.
    by_time: bool,
}

/// What taking Batches in changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// Devices that are new, or of which something is; that one was merely seen again is no change.
    pub changed: BTreeSet<DeviceId>,
    /// Devices that are no longer: what they were is part of others now.
    pub gone: BTreeSet<DeviceId>,
}

impl<'k> Resolver<'k> {
    /// A resolver that has seen nothing; `inside` says which addresses are the site's own.
    pub fn new(knowledge: &'k Knowledge, inside: Inside) -> Resolver<'k> {
        Resolver {
            knowledge,
            corrections: Corrections::default(),
            conventions: Vec::new(),
            vlan_names: VlanNames::default(),
            reasons: BTreeMap::new(),
            telling: Telling::default(),
            store: Store::default(),
            network: Network::new(inside),
            things: Things::default(),
            groups: Vec::new(),
            naming: Naming::default(),
            unproven: BTreeSet::new(),
            reparented: BTreeSet::new(),
            fresh_addresses: BTreeSet::new(),
            fresh_places: Vec::new(),
            all_anew: false,
        }
    }

    /// The same, heeding what a person said of which things are one device.
    #[must_use]
    pub fn with_corrections(mut self, corrections: Corrections) -> Resolver<'k> {
        self.reasons = corrections.reasons();
        self.corrections = corrections;
        self
    }

    /// The same, with what the site's own conventions say of owners and places.
    #[must_use]
    pub fn with_conventions(mut self, conventions: Vec<Convention>) -> Resolver<'k> {
        self.conventions = conventions;
        self
    }

    /// Takes a Batch in.
    pub fn add(&mut self, batch: &Batch) {
        if !self.store.accept(batch) {
            return;
        }
        let mut inputs = Vec::with_capacity(batch.inputs.len());
        for name in &batch.inputs {
            let (number, anew) = self.store.inputs.number(name);
            self.all_anew |= anew;
            inputs.push(number);
        }
        let here = |source: Source| Source {
            input: inputs.get(source.input as usize).copied().unwrap_or(u32::MAX),
            packet: source.packet,
        };
        let mut before: Option<(Endpoint, PlaceId)> = None;
        for sighting in &batch.sightings {
            let place = match before {
                Some((endpoint, place)) if endpoint == sighting.endpoint => place,
                _ => self.place(&sighting.endpoint),
            };
            before = Some((sighting.endpoint, place));
            self.take_sighting(sighting, place, here(sighting.source).input);
        }
        for talk in &batch.conversations {
            self.take_conversation(Conversation { source: here(talk.source), ..talk.clone() });
        }
        let events = batch.events.iter().map(|event| Event { source: here(event.source), ..event.clone() });
        self.store.events.extend(events);
    }

    fn place(&mut self, endpoint: &Endpoint) -> PlaceId {
        let (place, new) = self.store.place(endpoint);
        if new {
            self.things.add_place(&self.store, place);
            self.unsettle(endpoint.ip, place);
        }
        place
    }

    fn unsettle(&mut self, address: Option<IpAddr>, place: PlaceId) {
        match address {
            Some(address) => {
                self.fresh_addresses.insert(address);
            }
            None => self.fresh_places.push(place),
        }
    }

    fn take_sighting(&mut self, sighting: &Sighting, place: PlaceId, input: u32) {
        let was_active = self.is_active(place);
        let taken = self.store.take(sighting, place, input);
        // What a VLAN is called may say something of every device in it.
        let at = Source { input, packet: sighting.source.packet };
        let is_named = self.vlan_names.note(sighting, at, &self.store.inputs);
        self.all_anew |= is_named && self.conventions.iter().any(|one| one.reads == Reads::VlanName);
        if taken.new_unit {
            self.things.add_unit(&self.store, taken.unit);
        } else if taken.new_fact || taken.later {
            let news = match taken.new_fact {
                true if self.telling.joins(sighting.fact) => News::Joins,
                true => News::Fact,
                false => News::Time,
            };
            self.things.fact(&self.store, taken.unit, news);
        }
        if sighting.fact.protocol() != Protocol::AssetList {
            self.take_place(sighting);
            self.widen(place, &sighting.endpoint, sighting.first, sighting.last);
        }
        if was_active != self.is_active(place) {
            self.unsettle(sighting.endpoint.ip, place);
        }
    }

    fn is_active(&self, place: PlaceId) -> bool {
        self.store.places.get(place as usize).is_some_and(|place| place.active)
    }

    /// Widens the time an endpoint was seen in, which may say whose its address was then.
    fn widen(
        &mut self,
        place: PlaceId,
        endpoint: &Endpoint,
        first: cordon_model::Timestamp,
        last: cordon_model::Timestamp,
    ) {
        if self.store.span(place, first, last)
            && let Some(address) = endpoint.ip
            && self.network.owners_of(address).nth(1).is_some()
        {
            self.fresh_addresses.insert(address);
        }
    }

    /// What a fact says of the network.
    fn take_place(&mut self, sighting: &Sighting) {
        let endpoint = &sighting.endpoint;
        let how = Use {
            announced: false,
            met_inside: false,
            vlan: endpoint.vlan,
            first: sighting.first,
            last: sighting.last,
        };
        self.network.note(endpoint, endpoint.ip, how);
        let is_virtual = endpoint.mac.is_some_and(cordon_model::Mac::is_virtual_router);
        let announced = match sighting.fact {
            Fact::ArpAddress
            | Fact::NdAddress
            | Fact::DhcpAddress
            | Fact::Dhcpv6Address
            | Fact::IntellivueAddress => true,
            Fact::VrrpAddress | Fact::HsrpAddress => is_virtual,
            Fact::DhcpRouter => {
                if let Ok(address) = sighting.value.parse() {
                    self.network.note_router(address);
                }
                false
            }
            Fact::NdRouter => {
                self.network.note_advertiser(endpoint);
                false
            }
            _ => false,
        };
        if announced && sighting.record.is_none() {
            self.network.note(endpoint, sighting.value.parse().ok(), Use { announced: true, ..how });
        }
    }

    fn take_conversation(&mut self, talk: Conversation) {
        let (client, server) = (self.place(&talk.client), self.place(&talk.server));
        for (endpoint, other) in [(&talk.client, &talk.server), (&talk.server, &talk.client)] {
            let met_inside = other.ip.is_some_and(|address| self.network.is_inside(address));
            let how =
                Use { announced: false, met_inside, vlan: endpoint.vlan, first: talk.first, last: talk.last };
            self.network.note(endpoint, endpoint.ip, how);
        }
        for (place, endpoint, did) in [(client, talk.client, true), (server, talk.server, talk.answered)] {
            self.widen(place, &endpoint, talk.first, talk.last);
            let Some(known) = self.store.places.get_mut(place as usize) else { continue };
            let (was_active, was_met) = (known.active, known.met);
            known.active |= did;
            known.met |= talk.answered;
            let met = known.met;
            if did && !was_active {
                self.unsettle(endpoint.ip, place);
            }
            if met
                && !was_met
                && let Some(thing) = self.things.at(place)
            {
                self.things.renew(thing);
            }
        }
        let number = self.store.talk(talk, client, server);
        self.note_doings(number);
    }

    /// What a conversation says of its two ends.
    fn note_doings(&mut self, number: u32) {
        let Store { talks, places, inputs, .. } = &mut self.store;
        let Some(talk) = talks.get(number as usize) else { return };
        let Talk { client, server, .. } = talk;
        let mut news = false;
        if let Some(place) = places.get_mut(*client as usize) {
            news |= note_client(place.doings.get_or_insert_default(), talk, self.knowledge);
        }
        if let Some(place) = places.get_mut(*server as usize) {
            news |= note_server(place.doings.get_or_insert_default(), talk, inputs, self.knowledge);
        }
        for place in [*client, *server].into_iter().filter(|_| news) {
            if let Some(thing) = self.things.at(place) {
                self.things.renew(thing);
            }
        }
    }

    /// Settles everything taken in since the last time.
    pub fn refresh(&mut self) -> Changes {
        self.settle();
        let mut stale = self.regroup();
        self.retitle(&mut stale);
        self.secure(&mut stale);
        self.describe(&stale)
    }

    /// Decides where the endpoints stand that something changed for.
    fn settle(&mut self) {
        let moved = self.network.settle();
        let mut addresses = moved.addresses;
        addresses.append(&mut self.fresh_addresses);
        for address in addresses {
            self.things.settle_address(&self.store, &self.network, address);
        }
        for place in std::mem::take(&mut self.fresh_places) {
            self.things.settle_place(&self.store, &self.network, place);
        }
        for mac in moved.stations {
            let thing = self.things.number(Name::Spot(Spot::Station(mac)));
            self.things.change(thing);
            self.things.settle_listed(&self.store, &self.network, mac);
        }
    }

    /// The devices that everything taken in so far describes.
    pub fn resolve(&mut self) -> Estate {
        self.refresh();
        let positions = self.store.inputs.positions();
        let described = (0..).zip(&self.groups).filter_map(|(root, group)| Some((root, group.as_deref()?)));
        let known = described.filter_map(|(root, group)| Some((root, group.device.clone()?)));
        let devices = known.filter_map(|(root, device)| self.presented(root, device, &positions)).collect();
        self.estate_of(devices, &positions)
    }

    /// The same at the end, when nothing further will be taken in: the devices are handed over and not copied.
    pub fn finish(mut self) -> Estate {
        self.refresh();
        let positions = self.store.inputs.positions();
        let count = self.groups.iter().flatten().filter(|group| group.device.is_some()).count();
        let mut devices = Vec::with_capacity(count);
        for root in (0..).take(self.groups.len()) {
            let device = self.group_mut(root).and_then(|group| group.device.take());
            devices.extend(device.and_then(|device| self.presented(root, device, &positions)));
        }
        self.estate_of(devices, &positions)
    }

    /// Everything as others are to see it.
    fn estate_of(&self, mut devices: Vec<Device>, positions: &Positions) -> Estate {
        devices.sort_by(|one: &Device, other: &Device| one.id.cmp(&other.id));
        let mut conversations: Vec<DeviceConversation> =
            self.store.talks.iter().map(|talk| self.with_devices(talk, positions)).collect();
        conversations.sort_by(|one, other| one.conversation.cmp(&other.conversation));
        crate::whole::consider(&mut devices, &conversations, self.knowledge);
        let mut events: Vec<Event> = self.store.events.clone();
        for event in &mut events {
            event.source = positions.of(self.store.inputs.labelled(event.source));
        }
        events.sort();
        events.dedup();
        let flood_stations = if self.is_flooded() { self.unproven.len() as u64 } else { 0 };
        Estate { inputs: self.store.inputs.names(), devices, conversations, events, flood_stations }
    }

    /// The devices a conversation was between.
    fn with_devices(&self, talk: &Talk, positions: &Positions) -> DeviceConversation {
        let known = &talk.conversation;
        let is_outside =
            |endpoint: &Endpoint| endpoint.ip.is_some_and(|address| self.network.is_outside(address));
        let device = |endpoint: &Endpoint, place: PlaceId| {
            if is_outside(endpoint) { None } else { self.listed(self.things.group_at(place)?) }
        };
        let source = positions.of(self.store.inputs.labelled(known.source));
        DeviceConversation {
            client_device: device(&known.client, talk.client),
            server_device: device(&known.server, talk.server),
            outside: is_outside(&known.client) || is_outside(&known.server),
            conversation: Conversation { source, ..known.clone() },
        }
    }

    /// The device with this id, as of the last [`Resolver::refresh`].
    pub fn device(&self, id: &DeviceId) -> Option<Device> {
        let root = self.naming.group(id)?;
        let device = self.group(root)?.device.clone()?;
        self.presented(root, device, &self.store.inputs.positions())
    }

    /// The device at an endpoint, as of the last [`Resolver::refresh`].
    pub fn device_at(&self, endpoint: &Endpoint) -> Option<DeviceId> {
        self.listed(self.things.group_at(self.store.find(endpoint)?)?)
    }

    /// The id of a group, unless it is one of a flood.
    fn listed(&self, root: ThingId) -> Option<DeviceId> {
        let drowned = self.is_flooded() && self.unproven.contains(&root);
        if drowned { None } else { self.naming.id(root) }
    }

    fn is_flooded(&self) -> bool {
        self.unproven.len() > UNPROVEN_MAX
    }

    fn group(&self, root: ThingId) -> Option<&Group> {
        self.groups.get(root as usize)?.as_deref()
    }

    fn group_mut(&mut self, root: ThingId) -> Option<&mut Group> {
        self.groups.get_mut(root as usize)?.as_deref_mut()
    }
}
