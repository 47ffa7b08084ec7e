//! The things facts are about and which endpoints, rows and records speak of each.
//!
//! Keeps what connects things, so that after a change only those are looked at again that it may concern.

use crate::few::Few;
use crate::gather::{PlaceId, Store, UnitId, Whose};
use crate::join::ThingId;
use crate::place::{Network, Spot, station_of};
use crate::texts::{Text, Texts};
use crate::traits::Kind;
use cordon_model::Mac;
use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};
use std::net::IpAddr;

/// More things than this with one piece of evidence are not told apart by it, and it connects none of them.
pub(crate) const CROWD: usize = 32;

/// What a thing is known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Name {
    /// Something on the network.
    Spot(Spot),
    /// A row of a list: the input's number and the row's name.
    Row(u32, Text),
    /// A device behind a gateway: the gateway's thing and the record's name.
    Behind(ThingId, Text),
}

/// What may make two things one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum LinkKey {
    /// This thing is meant.
    Thing(ThingId),
    /// A serial number.
    Serial(Text),
    /// An identifier made to be unique.
    Unique(Kind, Text),
    /// A person's correction.
    Correction(u32),
}

/// A thing and what belongs to it.
#[derive(Clone, Debug)]
pub(crate) struct Thing {
    pub(crate) name: Name,
    /// Endpoints that are it.
    pub(crate) places: Vec<PlaceId>,
    /// Facts about it that others tell.
    pub(crate) units: Vec<UnitId>,
    /// What connects it to others, in order.
    pub(crate) keys: Vec<LinkKey>,
    /// Application entity titles it bears.
    pub(crate) titles: Vec<Text>,
    /// Addresses it states.
    pub(crate) states: Vec<IpAddr>,
    /// It speaks DICOM in clear.
    pub(crate) speaks: bool,
    /// The first thing of the group it belongs to.
    pub(crate) group: ThingId,
    changed: bool,
}

/// Who bears an application entity title, and what worklists schedule for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Title {
    pub(crate) bearers: BTreeSet<ThingId>,
    pub(crate) units: Vec<UnitId>,
    /// The group that bears it, when one alone does.
    pub(crate) borne: Option<ThingId>,
}

/// How much a fact is news.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// It may join things.
    Joins,
    /// It was not known, or is told of an earlier place.
    Fact,
    /// It was told later than before.
    Time,
}

/// All things.
#[derive(Clone, Debug, Default)]
pub(crate) struct Things {
    numbers: HashMap<Name, ThingId>,
    things: Vec<Thing>,
    /// The thing each place is.
    spots: Vec<Option<ThingId>>,
    by_ip: HashMap<IpAddr, Vec<PlaceId>>,
    /// Places that lists name by a MAC address.
    by_listed_mac: HashMap<Mac, Vec<PlaceId>>,
    pub(crate) keys: HashMap<LinkKey, Few>,
    pub(crate) stated: HashMap<IpAddr, BTreeSet<ThingId>>,
    pub(crate) titles: HashMap<Text, Title>,
    /// Devices behind each gateway.
    behind: HashMap<ThingId, Vec<ThingId>>,
    /// Things of which something changed that may join or part them.
    changed: Vec<ThingId>,
    /// Things of which something else changed.
    renewed: Vec<ThingId>,
    /// Things of which only the time changed that a fact was told.
    touched: Vec<ThingId>,
    pub(crate) dirty_titles: BTreeSet<Text>,
}

impl Things {
    /// The number of a thing, which it gets now if it has none.
    pub(crate) fn number(&mut self, name: Name) -> ThingId {
        if let Some(number) = self.numbers.get(&name) {
            return *number;
        }
        let number = ThingId::try_from(self.things.len()).unwrap_or(ThingId::MAX);
        self.numbers.insert(name, number);
        self.things.push(Thing {
            name,
            places: Vec::new(),
            units: Vec::new(),
            keys: Vec::new(),
            titles: Vec::new(),
            states: Vec::new(),
            speaks: false,
            group: number,
            changed: false,
        });
        if let Name::Behind(gateway, _) = name {
            self.behind.entry(gateway).or_default().push(number);
        }
        self.change(number);
        number
    }

    /// The devices behind a gateway.
    pub(crate) fn behind(&self, gateway: ThingId) -> &[ThingId] {
        self.behind.get(&gateway).map_or(&[], Vec::as_slice)
    }

    /// The number of a thing that has one.
    pub(crate) fn find(&self, name: &Name) -> Option<ThingId> {
        self.numbers.get(name).copied()
    }

    pub(crate) fn get(&self, thing: ThingId) -> Option<&Thing> {
        self.things.get(thing as usize)
    }

    pub(crate) fn get_mut(&mut self, thing: ThingId) -> Option<&mut Thing> {
        self.things.get_mut(thing as usize)
    }

    /// Notes that a thing may join or part with others.
    pub(crate) fn change(&mut self, thing: ThingId) {
        if let Some(known) = self.things.get_mut(thing as usize)
            && !known.changed
        {
            known.changed = true;
            self.changed.push(thing);
        }
    }

    /// Notes that something changed of what is known of a thing that cannot join it with others.
    pub(crate) fn renew(&mut self, thing: ThingId) {
        self.renewed.push(thing);
    }

    /// What was noted since the last time.
    pub(crate) fn take_changed(&mut self) -> Vec<ThingId> {
        let changed = std::mem::take(&mut self.changed);
        for thing in &changed {
            if let Some(known) = self.things.get_mut(*thing as usize) {
                known.changed = false;
            }
        }
        changed
    }

    /// What was noted since the last time, of each kind.
    pub(crate) fn take_renewed(&mut self) -> (Vec<ThingId>, Vec<ThingId>) {
        (std::mem::take(&mut self.renewed), std::mem::take(&mut self.touched))
    }

    /// The thing a place is.
    pub(crate) fn at(&self, place: PlaceId) -> Option<ThingId> {
        self.spots.get(place as usize).copied().flatten()
    }

    /// The group a place's thing belongs to.
    pub(crate) fn group_at(&self, place: PlaceId) -> Option<ThingId> {
        self.at(place).and_then(|thing| self.get(thing)).map(|thing| thing.group)
    }

    /// Takes a new place in; where it stands is decided later.
    pub(crate) fn add_place(&mut self, store: &Store, place: PlaceId) {
        self.spots.resize(self.spots.len().max(place as usize + 1), None);
        let Some(known) = store.places.get(place as usize) else { return };
        if let Some(address) = known.endpoint.ip {
            self.by_ip.entry(address).or_default().push(place);
        }
    }

    /// Takes in that a list names this place.
    fn add_listed(&mut self, store: &Store, place: PlaceId) {
        let Some(known) = store.places.get(place as usize) else { return };
        if let Some(mac) = station_of(&known.endpoint) {
            let places = self.by_listed_mac.entry(mac).or_default();
            if !places.contains(&place) {
                places.push(place);
            }
        }
    }

    /// Takes a new unit in and gives it to the thing it is about.
    pub(crate) fn add_unit(&mut self, store: &Store, unit: UnitId) {
        let Some(known) = store.units.get(unit as usize) else { return };
        match known.whose {
            Whose::Own => {
                if let Some(thing) = self.at(known.place) {
                    self.change(thing);
                }
            }
            Whose::Row(input, name) => {
                self.add_listed(store, known.place);
                let thing = self.number(Name::Row(input, name));
                self.attach(thing, unit);
            }
            Whose::Behind(name) => {
                if let Some(gateway) = self.at(known.place) {
                    let thing = self.number(Name::Behind(gateway, name));
                    self.attach(thing, unit);
                }
            }
            Whose::Scheduled(title) => {
                self.titles.entry(title).or_default().units.push(unit);
                self.dirty_titles.insert(title);
            }
        }
    }

    fn attach(&mut self, thing: ThingId, unit: UnitId) {
        if let Some(known) = self.get_mut(thing) {
            known.units.push(unit);
        }
        self.change(thing);
    }

    fn detach(&mut self, thing: ThingId, unit: UnitId) {
        if let Some(known) = self.get_mut(thing) {
            known.units.retain(|other| *other != unit);
        }
        self.change(thing);
    }

    /// Notes a fact of a unit.
    pub(crate) fn fact(&mut self, store: &Store, unit: UnitId, news: News) {
        let Some(known) = store.units.get(unit as usize) else { return };
        let thing = match known.whose {
            Whose::Own => self.at(known.place),
            Whose::Row(input, name) => self.find(&Name::Row(input, name)),
            Whose::Behind(name) => {
                self.at(known.place).and_then(|gateway| self.find(&Name::Behind(gateway, name)))
            }
            Whose::Scheduled(title) => self.titles.get(&title).and_then(|title| title.borne),
        };
        match (thing, news) {
            (Some(thing), News::Joins) => self.change(thing),
            (Some(thing), News::Fact) => self.renew(thing),
            (Some(thing), News::Time) => self.touched.push(thing),
            (None, _) => {}
        }
    }

    /// Decides anew where every place with an address stands.
    pub(crate) fn settle_address(&mut self, store: &Store, network: &Network, address: IpAddr) {
        let places = self.by_ip.get(&address).cloned().unwrap_or_default();
        let candidate = |place: PlaceId| {
            let known = store.places.get(place as usize)?;
            network.candidate(&known.endpoint, known.first, known.last)
        };
        let candidates: Vec<(PlaceId, Option<Spot>)> =
            places.into_iter().map(|place| (place, candidate(place))).collect();
        let is_active = |place: PlaceId| store.places.get(place as usize).is_some_and(|place| place.active);
        let active: BTreeSet<Spot> =
            candidates.iter().filter(|(place, _)| is_active(*place)).filter_map(|(_, spot)| *spot).collect();
        for (place, spot) in candidates {
            let stands = spot.filter(|spot| matches!(spot, Spot::Station(_)) || active.contains(spot));
            self.settle(store, place, stands);
        }
        for stater in self.stated.get(&address).cloned().unwrap_or_default() {
            self.change(stater);
        }
    }

    /// Decides anew where a place without an address stands.
    pub(crate) fn settle_place(&mut self, store: &Store, network: &Network, place: PlaceId) {
        let Some(known) = store.places.get(place as usize) else { return };
        match known.endpoint.ip {
            Some(address) => self.settle_address(store, network, address),
            None => self.settle(store, place, network.candidate(&known.endpoint, known.first, known.last)),
        }
    }

    /// Decides anew where the places stand that lists name by a MAC address.
    pub(crate) fn settle_listed(&mut self, store: &Store, network: &Network, mac: Mac) {
        for place in self.by_listed_mac.get(&mac).cloned().unwrap_or_default() {
            self.settle_place(store, network, place);
            // A row shows the addresses it states that no station has.
            let units = store.places.get(place as usize).into_iter().flat_map(|place| &place.units);
            for unit in units.filter_map(|unit| store.units.get(*unit as usize)) {
                if let Whose::Row(input, name) = unit.whose
                    && let Some(row) = self.find(&Name::Row(input, name))
                {
                    self.renew(row);
                }
            }
        }
    }

    fn settle(&mut self, store: &Store, place: PlaceId, spot: Option<Spot>) {
        let new = spot.map(|spot| self.number(Name::Spot(spot)));
        let Some(slot) = self.spots.get_mut(place as usize) else { return };
        let old = std::mem::replace(slot, new);
        if old == new {
            return;
        }
        let Some(known) = store.places.get(place as usize) else { return };
        if let Some(old) = old {
            if let Some(thing) = self.get_mut(old) {
                thing.places.retain(|other| *other != place);
            }
            self.change(old);
        }
        if let Some(new) = new {
            if let Some(thing) = self.get_mut(new) {
                thing.places.push(place);
            }
            self.change(new);
        }
        for unit in &known.units {
            match store.units.get(*unit as usize).map(|unit| unit.whose) {
                Some(Whose::Behind(name)) => {
                    if let Some(old) = old {
                        let thing = self.number(Name::Behind(old, name));
                        self.detach(thing, *unit);
                    }
                    if let Some(new) = new {
                        let thing = self.number(Name::Behind(new, name));
                        self.attach(thing, *unit);
                    }
                }
                Some(Whose::Row(input, name)) => {
                    let row = self.number(Name::Row(input, name));
                    self.change(row);
                }
                _ => {}
            }
        }
        self.renew_peers(store, place);
    }

    /// Notes that those a place met are to be looked at again, for what it is changed.
    pub(crate) fn renew_peers(&mut self, store: &Store, place: PlaceId) {
        let doings = store.places.get(place as usize).and_then(|place| place.doings.as_ref());
        for (_, peer) in doings.into_iter().flat_map(|doings| &doings.peers) {
            if let Some(thing) = self.at(*peer) {
                self.renew(thing);
            }
        }
    }

    /// The one thing that has an address: its station, or the address where no station has it.
    pub(crate) fn meant_by(&self, network: &Network, address: IpAddr) -> Option<ThingId> {
        let stations = network.owners_of(address).map(|mac| Name::Spot(Spot::Station(mac)));
        let mut found: BTreeSet<ThingId> = stations.filter_map(|name| self.find(&name)).take(2).collect();
        for place in self.by_ip.get(&address).into_iter().flatten() {
            if found.len() > 1 {
                break;
            }
            found.extend(self.at(*place));
        }
        found.first().copied().filter(|_| found.len() == 1)
    }

    /// The lasting order of things: by what they are and are known by, never by when they were first seen.
    pub(crate) fn order(&self, store: &Store, one: ThingId, other: ThingId) -> Ordering {
        let (Some(first), Some(second)) = (self.get(one), self.get(other)) else { return one.cmp(&other) };
        let by_text = |one: Text, other: Text, texts: &Texts| texts.get(one).cmp(texts.get(other));
        match (first.name, second.name) {
            (Name::Spot(one), Name::Spot(other)) => one.cmp(&other),
            (Name::Row(list, one), Name::Row(other_list, other)) => {
                let label = |input| store.inputs.label(input);
                label(list).cmp(&label(other_list)).then_with(|| by_text(one, other, &store.texts))
            }
            (Name::Behind(gateway, one), Name::Behind(other_gateway, other)) => {
                self.order(store, gateway, other_gateway).then_with(|| by_text(one, other, &store.texts))
            }
            (one, other) => rank(one).cmp(&rank(other)),
        }
    }
}

const fn rank(name: Name) -> u8 {
    match name {
        Name::Spot(_) => 0,
        Name::Row(..) => 1,
        Name::Behind(..) => 2,
    }
}
