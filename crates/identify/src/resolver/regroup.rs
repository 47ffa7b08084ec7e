//! Which things are one device, decided anew where something changed that may join or part them.

use super::Resolver;
use crate::corrections::Handle;
use crate::few::Few;
use crate::gather::{Seen, Unit, UnitId, Whose};
use crate::join::{self, Correction, Node, ThingId, What};
use crate::place::Spot;
use crate::things::{CROWD, LinkKey, Name, Thing};
use crate::traits::{Kind, Traits};
use cordon_model::identify::Link;
use cordon_model::observe::{Fact, Protocol};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Reasons kept for one device.
const LINKS_MAX: usize = 64;

/// Which kinds of facts tell what a thing is one with.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    joins: BTreeSet<Fact>,
}

impl Default for Telling {
    fn default() -> Telling {
        let joins = Fact::ALL.iter().copied().filter(|fact| {
            Traits::reads(*fact) || matches!(fact.protocol(), Protocol::Dicom | Protocol::AssetList)
        });
        Telling { joins: joins.collect() }
    }
}

impl Telling {
    /// True when a fact may join things, or change what is joined.
    pub(super) fn joins(&self, fact: Fact) -> bool {
        self.joins.contains(&fact)
    }
}

/// What a thing says that connects it.
#[derive(Default)]
struct Connections {
    keys: Vec<LinkKey>,
    titles: Vec<crate::texts::Text>,
    states: Vec<IpAddr>,
    speaks: bool,
}

/// What of that is still text.
#[derive(Default)]
struct Told {
    serials: BTreeSet<String>,
    unique: BTreeSet<(Kind, String)>,
    titles: BTreeSet<String>,
    means: BTreeSet<ThingId>,
    macs: BTreeSet<cordon_model::Mac>,
    states: Vec<IpAddr>,
    corrections: BTreeSet<u32>,
    speaks: bool,
}

impl Resolver<'_> {
    /// The units with facts about a thing, in order of endpoint and record.
    pub(super) fn units_of(&self, thing: &Thing) -> Vec<UnitId> {
        let own = thing.places.iter().filter_map(|place| self.store.places.get(*place as usize));
        let own = own.flat_map(|place| &place.units).copied();
        let own = own.filter(|unit| self.unit(*unit).is_some_and(|unit| unit.whose == Whose::Own));
        let mut units: Vec<UnitId> = own.chain(thing.units.iter().copied()).collect();
        if units.len() > 1 {
            units.sort_by(|one, other| self.order_units(*one, *other));
        }
        units
    }

    pub(super) fn unit(&self, unit: UnitId) -> Option<&Unit> {
        self.store.units.get(unit as usize)
    }

    /// The order of units by endpoint and record.
    pub(super) fn order_units(&self, one: UnitId, other: UnitId) -> std::cmp::Ordering {
        let endpoint = |unit: Option<&Unit>| {
            unit.and_then(|unit| self.store.places.get(unit.place as usize)).map(|place| place.endpoint)
        };
        let whose = |unit: Option<&Unit>| match unit.map(|unit| unit.whose) {
            None | Some(Whose::Own) => (0, 0, ""),
            Some(Whose::Row(input, name)) => (1, self.store.inputs.label(input), self.store.texts.get(name)),
            Some(Whose::Behind(name)) => (2, 0, self.store.texts.get(name)),
            Some(Whose::Scheduled(name)) => (3, 0, self.store.texts.get(name)),
        };
        let (one, other) = (self.unit(one), self.unit(other));
        endpoint(one).cmp(&endpoint(other)).then_with(|| whose(one).cmp(&whose(other)))
    }

    /// The facts of some units that a test lets through, in order.
    pub(super) fn facts_of(&self, units: &[UnitId], wanted: impl Fn(Fact) -> bool) -> Vec<Seen<'_>> {
        let mut facts = Vec::new();
        for unit in units.iter().filter_map(|unit| self.unit(*unit)) {
            let start = facts.len();
            let told = unit.facts.iter().filter(|((fact, _), _)| wanted(*fact));
            facts.extend(told.filter_map(|(key, told)| self.store.seen(unit, *key, told)));
            // Texts are numbered as they came; values are to stand in their own order.
            if let Some(new) = facts.get_mut(start..) {
                new.sort_by(|one: &Seen<'_>, other| (one.fact, one.value).cmp(&(other.fact, other.value)));
            }
        }
        facts
    }

    fn traits_of(&self, thing: &Thing) -> Traits<'_> {
        let facts = self.facts_of(&self.units_of(thing), |fact| {
            self.telling.joins(fact) || fact.protocol() == Protocol::AssetList
        });
        let address = match thing.name {
            Name::Spot(Spot::Address(_, address)) => Some(address),
            _ => None,
        };
        Traits::of(&facts, matches!(thing.name, Name::Row(..)), address)
    }

    /// Decides anew which things are one device; gives the groups of which something changed.
    pub(super) fn regroup(&mut self) -> BTreeSet<ThingId> {
        let mut stale: BTreeSet<ThingId> = BTreeSet::new();
        let mut changed: BTreeSet<ThingId> = BTreeSet::new();
        let mut affected: BTreeSet<ThingId> = BTreeSet::new();
        // A thing that others name comes into being where they do.
        loop {
            let new = self.things.take_changed();
            if new.is_empty() {
                break;
            }
            for thing in &new {
                self.reconnect(*thing, &mut affected);
            }
            changed.extend(new);
        }
        affected.extend(&changed);
        // What was one device with any of them is looked at again too.
        let mates: Vec<ThingId> = affected
            .iter()
            .filter_map(|thing| self.things.get(*thing))
            .filter_map(|thing| self.group(thing.group))
            .flat_map(|group| group.members.iter().copied())
            .collect();
        affected.extend(mates);
        let mut done: BTreeSet<ThingId> = BTreeSet::new();
        for thing in affected {
            if !done.contains(&thing) {
                let component = self.component(thing);
                done.extend(&component);
                self.rejoin(component, &mut stale);
            }
        }
        stale.extend(changed.iter().filter_map(|thing| self.things.get(*thing)).map(|thing| thing.group));
        let (renewed, touched) = self.things.take_renewed();
        let group = |thing: &ThingId| self.things.get(*thing).map(|thing| thing.group);
        stale.extend(renewed.iter().filter_map(group));
        // A later time decides only between claims that contradict each other.
        let by_time = |root: &ThingId| self.group(*root).is_none_or(|group| group.by_time);
        let touched: Vec<ThingId> = touched.iter().filter_map(group).filter(by_time).collect();
        stale.extend(touched);
        if std::mem::take(&mut self.all_anew) {
            let all = (0..).zip(&self.groups).filter(|(_, group)| group.is_some()).map(|(root, _)| root);
            stale.extend(all.collect::<Vec<ThingId>>());
        }
        stale
    }

    /// Brings up to date what connects a thing to others; adds those that are concerned.
    fn reconnect(&mut self, thing: ThingId, affected: &mut BTreeSet<ThingId>) {
        let Connections { keys, titles, states, speaks } = self.connections(thing);
        let Some(known) = self.things.get_mut(thing) else { return };
        let old_keys = std::mem::replace(&mut known.keys, keys.clone());
        let old_titles = std::mem::replace(&mut known.titles, titles.clone());
        let old_states = std::mem::replace(&mut known.states, states.clone());
        known.speaks = speaks;
        for key in old_keys.iter().chain(&keys).filter(|key| !(old_keys.contains(key) && keys.contains(key)))
        {
            let sharers = self.things.keys.entry(*key).or_default();
            if keys.contains(key) {
                sharers.insert(thing)
            } else {
                sharers.remove(thing)
            };
            if sharers.len() <= CROWD + 1 || matches!(key, LinkKey::Correction(_)) {
                affected.extend(sharers.iter());
            }
            let count = sharers.len();
            if let LinkKey::Thing(meant) = key {
                affected.insert(*meant);
                // A station that only others name is there as long as one does.
                if count < 2 && !self.corrections.is_empty() {
                    self.things.change(*meant);
                }
            }
            if count == 0 {
                self.things.keys.remove(key);
            }
        }
        if old_titles != titles {
            for title in old_titles.iter().chain(&titles) {
                let known = self.things.titles.entry(*title).or_default();
                if titles.contains(title) {
                    known.bearers.insert(thing)
                } else {
                    known.bearers.remove(&thing)
                };
                self.things.dirty_titles.insert(*title);
            }
        }
        for address in old_states.iter().filter(|address| !states.contains(address)) {
            if let Some(staters) = self.things.stated.get_mut(address) {
                staters.remove(&thing);
            }
        }
        for address in states {
            self.things.stated.entry(address).or_default().insert(thing);
        }
    }

    fn connections(&mut self, thing: ThingId) -> Connections {
        let Some(known) = self.things.get(thing) else { return Connections::default() };
        let Some(told) = self.told(known) else { return Connections::default() };
        let texts = &mut self.store.texts;
        let mut keys: BTreeSet<LinkKey> = told.means.into_iter().map(LinkKey::Thing).collect();
        keys.extend(told.serials.iter().map(|serial| LinkKey::Serial(texts.number(serial))));
        keys.extend(told.unique.iter().map(|(kind, value)| LinkKey::Unique(*kind, texts.number(value))));
        keys.extend(told.corrections.into_iter().map(LinkKey::Correction));
        let titles = told.titles.iter().map(|title| texts.number(title)).collect();
        for mac in told.macs {
            keys.insert(LinkKey::Thing(self.things.number(Name::Spot(Spot::Station(mac)))));
        }
        keys.remove(&LinkKey::Thing(thing));
        Connections { keys: keys.into_iter().collect(), titles, states: told.states, speaks: told.speaks }
    }

    /// What a thing says that connects it; `None` where nothing does.
    fn told(&self, thing: &Thing) -> Option<Told> {
        // Addresses and records that nothing is any more.
        let is_gone = match thing.name {
            Name::Spot(Spot::Station(mac)) => {
                let named = self.things.find(&thing.name).map(LinkKey::Thing);
                self.network.standing(mac).is_none()
                    && !named.is_some_and(|named| self.things.keys.contains_key(&named))
            }
            Name::Spot(Spot::Address(..)) => thing.places.is_empty(),
            Name::Row(..) | Name::Behind(..) => thing.units.is_empty(),
        };
        if is_gone {
            return None;
        }
        let units = self.units_of(thing);
        let facts = |wanted: &dyn Fn(Fact) -> bool| {
            let units = units.iter().filter_map(|unit| self.unit(*unit));
            units.flat_map(|unit| unit.facts.keys()).any(|(fact, _)| wanted(*fact))
        };
        let is_row = matches!(thing.name, Name::Row(..));
        let is_six = matches!(thing.name, Name::Spot(Spot::Address(_, IpAddr::V6(_))));
        let tells = is_row || is_six || facts(&|fact| self.telling.joins(fact));
        if !tells && self.corrections.is_empty() {
            return None;
        }
        let traits = self.traits_of(thing);
        let mut told = Told {
            serials: traits.serial_keys(),
            unique: traits.unique.keys().cloned().collect(),
            titles: traits.titles.iter().map(|title| (*title).to_owned()).collect(),
            means: self.means(thing, &traits).into_keys().collect(),
            macs: traits.stations.keys().copied().collect(),
            corrections: self
                .corrections_of(thing, &traits)
                .into_iter()
                .map(|correction| match correction {
                    Correction::Merge(number) | Correction::Split(number, _) => number,
                })
                .collect(),
            states: traits.addresses.keys().copied().collect(),
            speaks: !is_row && self.speaks(thing),
        };
        told.macs.extend(traits.row.iter().flat_map(|row| row.macs.keys().copied()));
        Some(told)
    }

    /// True when it speaks DICOM in clear itself.
    fn speaks(&self, thing: &Thing) -> bool {
        let own = thing.places.iter().filter_map(|place| self.store.places.get(*place as usize));
        let units = own.flat_map(|place| &place.units).filter_map(|unit| self.unit(*unit));
        let mut facts = units.filter(|unit| unit.whose == Whose::Own).flat_map(|unit| unit.facts.keys());
        facts.any(|(fact, _)| fact.protocol() == Protocol::Dicom)
    }

    /// The things whose addresses a thing states, with how it says so; for a row, the things at its addresses.
    fn means<'s>(&'s self, thing: &Thing, traits: &Traits<'s>) -> BTreeMap<ThingId, Option<Seen<'s>>> {
        let mut means = BTreeMap::new();
        for (endpoint, seen) in traits.row.iter().flat_map(|row| &row.addresses) {
            let at = self.store.find(endpoint).and_then(|place| self.things.at(place));
            if let Some(at) = at {
                means.entry(at).or_insert(Some(*seen));
            }
        }
        for (address, seen) in &traits.addresses {
            if let Some(meant) = self.things.meant_by(&self.network, *address) {
                means.entry(meant).or_insert(Some(*seen));
            }
        }
        if matches!(thing.name, Name::Spot(_)) {
            for (mac, seen) in &traits.stations {
                let present = self.network.standing(*mac).is_some();
                let station = self.things.find(&Name::Spot(Spot::Station(*mac))).filter(|_| present);
                if let Some(station) = station {
                    means.entry(station).or_insert(*seen);
                }
            }
        }
        means.retain(|meant, _| self.things.get(*meant).is_some_and(|meant| meant.name != thing.name));
        means
    }

    /// How a person's corrections concern a thing.
    fn corrections_of(&self, thing: &Thing, traits: &Traits<'_>) -> Vec<Correction> {
        if self.corrections.is_empty() {
            return Vec::new();
        }
        let mut handles: BTreeSet<Handle> = BTreeSet::new();
        match thing.name {
            Name::Spot(Spot::Station(mac)) => {
                handles.insert(Handle::Mac(mac));
                let standing = self.network.standing(mac);
                for address in standing.iter().flat_map(|standing| &standing.own) {
                    handles.insert(Handle::Address(*address, None));
                    let vlans = standing.iter().flat_map(|standing| &standing.vlans);
                    handles.extend(vlans.map(|vlan| Handle::Address(*address, Some(*vlan))));
                }
            }
            Name::Spot(Spot::Address(vlan, address)) => {
                handles.extend([Handle::Address(address, None), Handle::Address(address, vlan)]);
            }
            Name::Row(..) => {
                let tags = traits.row.iter().flat_map(|row| &row.tags);
                handles.extend(tags.map(|tag| Handle::AssetTag((*tag).to_owned())));
                let serial = traits.row.as_ref().and_then(|row| row.serial);
                handles.extend(serial.map(|seen| Handle::Serial(seen.value.to_owned())));
            }
            Name::Behind(_, name) => {
                handles.insert(Handle::Record(self.store.texts.get(name).to_owned()));
            }
        }
        handles.extend(traits.serials.values().map(|seen| Handle::Serial(seen.value.to_owned())));
        let mut found: Vec<Correction> =
            handles.into_iter().flat_map(|handle| self.corrections.by(handle)).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Everything that evidence connects a thing with.
    fn component(&self, start: ThingId) -> Vec<ThingId> {
        let mut found = BTreeSet::from([start]);
        let mut open = vec![start];
        while let Some(thing) = open.pop() {
            let Some(known) = self.things.get(thing) else { continue };
            let mut reach = |next: ThingId| {
                if found.insert(next) {
                    open.push(next);
                }
            };
            for key in known.keys.iter().copied().chain([LinkKey::Thing(thing)]) {
                let sharers = self.things.keys.get(&key);
                let crowd = sharers.is_some_and(|sharers| sharers.len() > CROWD);
                if !crowd || matches!(key, LinkKey::Correction(_)) {
                    sharers.into_iter().flat_map(Few::iter).for_each(&mut reach);
                    if let LinkKey::Thing(meant) = key {
                        reach(meant);
                    }
                }
            }
        }
        let mut component: Vec<ThingId> = found.into_iter().collect();
        component.sort_by(|one, other| self.things.order(&self.store, *one, *other));
        component
    }

    /// Decides which things of a component are one device and notes the groups that changed.
    fn rejoin(&mut self, component: Vec<ThingId>, stale: &mut BTreeSet<ThingId>) {
        let (roots, links) = self.joined(&component);
        let mut groups: BTreeMap<ThingId, (Vec<ThingId>, Vec<Link>)> = BTreeMap::new();
        for (thing, root) in component.iter().zip(&roots) {
            groups.entry(*root).or_default().0.push(*thing);
        }
        for (thing, link) in links {
            let root = component.iter().position(|known| *known == thing).and_then(|place| roots.get(place));
            if let Some((_, links)) = root.and_then(|root| groups.get_mut(root)) {
                links.push(link);
            }
        }
        for (thing, root) in component.iter().zip(&roots) {
            let Some(known) = self.things.get_mut(*thing) else { continue };
            let before = std::mem::replace(&mut known.group, *root);
            if before != *root {
                let (titles, places) = (known.titles.clone(), known.places.clone());
                self.things.dirty_titles.extend(titles);
                self.reparented.extend(self.things.behind(*thing));
                for place in places {
                    self.things.renew_peers(&self.store, place);
                }
            }
            if before != *root && !groups.contains_key(&before) {
                stale.insert(before);
            }
        }
        for (root, (members, mut links)) in groups {
            links.sort();
            links.dedup();
            links.truncate(LINKS_MAX);
            let place = root as usize;
            self.groups.resize_with(self.groups.len().max(place + 1), || None);
            let Some(slot) = self.groups.get_mut(place) else { continue };
            let group = slot.get_or_insert_default();
            if group.members != members || group.links != links {
                group.members = members;
                group.links = links;
                stale.insert(root);
            }
        }
    }

    /// The group of each thing of a component, and the reasons by thing.
    fn joined(&self, component: &[ThingId]) -> (Vec<ThingId>, Vec<(ThingId, Link)>) {
        let alone = |thing: &ThingId| {
            self.things.get(*thing).is_none_or(|thing| {
                !thing.keys.iter().any(|key| matches!(key, LinkKey::Correction(_) | LinkKey::Unique(..)))
            })
        };
        if component.len() < 2 && component.iter().all(alone) {
            return (component.to_vec(), Vec::new());
        }
        let nodes: Vec<Node<'_>> = component.iter().filter_map(|thing| self.node(*thing)).collect();
        let joined = join::join(&nodes, &self.reasons);
        let id = |index: usize| nodes.get(index).map(|node| node.id);
        let roots = joined.roots.iter().filter_map(|root| id(*root)).collect();
        let links = joined.links.into_iter().filter_map(|(index, link)| Some((id(index)?, link))).collect();
        (roots, links)
    }

    fn node(&self, thing: ThingId) -> Option<Node<'_>> {
        let known = self.things.get(thing)?;
        let traits = self.traits_of(known);
        let what = match known.name {
            Name::Spot(spot) => What::Spot(spot),
            Name::Row(input, _) => What::Row(self.store.inputs.label(input)),
            Name::Behind(gateway, _) => What::Behind(gateway),
        };
        let name = match known.name {
            Name::Spot(_) => "",
            Name::Row(_, name) | Name::Behind(_, name) => self.store.texts.get(name),
        };
        let crowded = known.keys.iter().filter_map(|key| match key {
            LinkKey::Unique(kind, _) if self.things.keys.get(key).is_some_and(|all| all.len() > CROWD) => {
                Some(*kind)
            }
            _ => None,
        });
        Some(Node {
            id: thing,
            what,
            name,
            words: self.words(known),
            means: self.means(known, &traits),
            corrections: self.corrections_of(known, &traits),
            crowded: crowded.collect(),
            present: !matches!(known.name, Name::Spot(Spot::Station(mac)) if self.network.standing(mac).is_none()),
            traits,
        })
    }

    /// What to call a thing in reasons.
    fn words(&self, thing: &Thing) -> String {
        let text = |name| self.store.texts.get(name);
        match thing.name {
            Name::Spot(Spot::Station(mac)) => format!("station {mac}"),
            Name::Spot(Spot::Address(None, address)) => format!("address {address}"),
            Name::Spot(Spot::Address(Some(vlan), address)) => format!("address {address} in VLAN {vlan}"),
            Name::Row(input, name) => {
                // Lists mostly say where a row is themselves.
                let (list, name) = (self.store.inputs.name(self.store.inputs.label(input)), text(name));
                if name.contains(" of ") { name.to_owned() } else { format!("row {name} of {list}") }
            }
            Name::Behind(gateway, name) => {
                let gateway = self.things.get(gateway).map(|thing| self.words(thing)).unwrap_or_default();
                format!("{} behind {gateway}", text(name))
            }
        }
    }
}
