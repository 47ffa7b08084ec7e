//! Which things are one device: stations, lone addresses, rows of lists, and devices behind gateways.
//!
//! Stations and addresses never join on their own; a person's list may join them (a row with two MACs), and
//! rows join what they name: by MAC, else by address, else by a serial number only one thing has. Rows with
//! different asset tags, and two rows of one list, never become one device. Where two such rows claim one
//! thing equally well neither gets it: a silent choice would be worse than two entries.

use crate::claims::stated;
use crate::gather::{Gathered, Record, Seen};
use crate::place::{Map, Spot};
use cordon_model::observe::Fact;
use cordon_model::{Endpoint, Mac};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// A thing facts are about, before it is known which of them are one device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Thing<'a> {
    /// Something on the network.
    Spot(Spot),
    /// A row of a list: the input's index and the row's name.
    Row(u32, &'a str),
    /// A device behind a gateway: the index of the gateway's thing and the record's name.
    Behind(usize, &'a str),
}

/// The SOP class of C-ECHO, which everything with DICOM answers (PS3.4 A.4).
const VERIFICATION: &str = "1.2.840.10008.1.1";
/// Digits that the end of a host name has at least to be a serial number.
const NAME_DIGITS: usize = 6;
/// Letters and digits that an object's equipment serial number has at least: many machines fill in "1" or "0".
const SERIAL_CHARS: usize = 4;

/// What counts when serial numbers are compared: letters and digits, without "SN" in front.
fn serial_key(value: &str) -> Option<String> {
    let value = value.trim().to_uppercase();
    let bare = ["S/N", "SN"].iter().find_map(|mark| value.strip_prefix(mark)).unwrap_or(&value);
    let key: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
    key.chars().any(|c| c.is_ascii_digit()).then_some(key)
}

/// True when a serial number tells devices apart: not too short, and not one character over and over.
fn is_telling(key: &str) -> bool {
    key.chars().count() >= SERIAL_CHARS && key.chars().any(|c| !key.starts_with(c))
}

/// All things and which of them are one device.
#[derive(Debug)]
pub(crate) struct Things<'a> {
    things: BTreeMap<Thing<'a>, usize>,
    names: Vec<Thing<'a>>,
    groups: Groups<'a>,
    /// Who bears which application entity title in DICOM.
    titles: BTreeMap<&'a str, BTreeSet<usize>>,
}

/// True for what a worklist says of the station whose title the record is: a device of its own, not one behind
/// the worklist's provider.
pub(crate) fn is_schedule(fact: Fact) -> bool {
    matches!(fact, Fact::DicomScheduledAe | Fact::DicomScheduledModality | Fact::DicomScheduledStation)
}

impl<'a> Things<'a> {
    pub(crate) fn of(gathered: &Gathered<'a>, map: &Map<'_>) -> Things<'a> {
        let mut things = Things {
            things: BTreeMap::new(),
            names: Vec::new(),
            groups: Groups::default(),
            titles: BTreeMap::new(),
        };
        for (mac, _) in map.stations() {
            things.add(Thing::Spot(Spot::Station(mac)));
        }
        for (vlan, address) in map.addresses() {
            things.add(Thing::Spot(Spot::Address(vlan, address)));
        }
        let rows = things.collect_rows(gathered);
        for seen in &gathered.sightings {
            if let Some(Record::Behind(name)) = seen.record
                && !is_schedule(seen.fact)
                && let Some(speaker) = things.at(map, &seen.endpoint)
            {
                things.add(Thing::Behind(speaker, name));
            }
        }
        things.join_records_by_station(gathered, map);
        things.collect_titles(gathered, map);
        things.join_records_by_serial(gathered, map);
        things.join_rows(&rows, gathered, map);
        things
    }

    fn add(&mut self, thing: Thing<'a>) -> usize {
        if let Some(index) = self.things.get(&thing) {
            return *index;
        }
        let index = self.groups.add();
        self.things.insert(thing, index);
        self.names.push(thing);
        index
    }

    fn collect_rows(&mut self, gathered: &Gathered<'a>) -> BTreeMap<usize, Row<'a>> {
        let mut rows: BTreeMap<usize, Row<'a>> = BTreeMap::new();
        for seen in &gathered.sightings {
            let Some(Record::Row(list, name)) = seen.record else { continue };
            let index = self.add(Thing::Row(list, name));
            let row = rows.entry(index).or_default();
            row.macs.extend(seen.endpoint.mac.filter(|mac| !mac.is_group() && !mac.is_zero()));
            if let Some(address) = seen.endpoint.ip {
                row.addresses.insert((seen.endpoint, address));
            }
            match seen.fact {
                Fact::AssetTag => self.groups.label(index, Some(seen.value), list, name),
                Fact::AssetSerial => row.serial = Some(seen.value),
                _ => {}
            }
            self.groups.label(index, None, list, name);
        }
        rows
    }

    /// The thing an endpoint is.
    pub(crate) fn at(&self, map: &Map<'_>, endpoint: &Endpoint) -> Option<usize> {
        self.things.get(&Thing::Spot(map.spot(endpoint)?)).copied()
    }

    /// The thing a fact is about.
    pub(crate) fn about(&self, map: &Map<'_>, seen: &Seen<'a>) -> Option<usize> {
        match seen.record {
            None => self.at(map, &seen.endpoint),
            Some(Record::Row(list, name)) => self.things.get(&Thing::Row(list, name)).copied(),
            Some(Record::Behind(title)) if is_schedule(seen.fact) => self.titled(title),
            Some(Record::Behind(name)) => {
                let speaker = self.at(map, &seen.endpoint)?;
                self.things.get(&Thing::Behind(speaker, name)).copied()
            }
        }
    }

    fn collect_titles(&mut self, gathered: &Gathered<'a>, map: &Map<'_>) {
        for seen in gathered.sightings.iter().filter(|seen| seen.record.is_none()) {
            if matches!(seen.fact, Fact::DicomCallingAe | Fact::DicomCalledAe | Fact::DicomStationAe)
                && let Some(thing) = self.at(map, &seen.endpoint)
            {
                self.titles.entry(seen.value).or_default().insert(thing);
            }
        }
    }

    /// The thing that bears a title, when only one device does.
    fn titled(&self, title: &str) -> Option<usize> {
        let bearers = self.titles.get(title)?;
        let first = *bearers.first()?;
        bearers.iter().all(|thing| self.group(*thing) == self.group(first)).then_some(first)
    }

    /// Things by number.
    pub(crate) fn names(&self) -> &[Thing<'a>] {
        &self.names
    }

    /// The number of the group a thing belongs to: that of one of its things.
    pub(crate) fn group(&self, thing: usize) -> usize {
        self.groups.root(thing)
    }

    /// Serial numbers stated by what is on the wire, and by whom.
    fn serials(&self, gathered: &Gathered<'a>, map: &Map<'_>) -> BTreeMap<String, BTreeSet<usize>> {
        let mut serials: BTreeMap<String, BTreeSet<usize>> = BTreeMap::new();
        let mut objects: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        let mut keepers: BTreeSet<usize> = BTreeSet::new();
        for seen in &gathered.sightings {
            let of_object = match seen.fact {
                fact if stated::is_serial(fact) => false,
                Fact::DicomSerial | Fact::DicomScp => true,
                _ => continue,
            };
            let Some(thing) = self.about(map, seen).map(|thing| self.group(thing)) else { continue };
            if seen.fact == Fact::DicomScp {
                if seen.value != VERIFICATION {
                    keepers.insert(thing);
                }
            } else if let Some(serial) = serial_key(seen.value) {
                if of_object {
                    if is_telling(&serial) {
                        objects.entry(thing).or_default().insert(serial);
                    }
                } else {
                    serials.entry(serial).or_default().insert(thing);
                }
            }
        }
        // An object's equipment is the sender only when it sends one machine's and keeps nobody's.
        objects.retain(|thing, stated| stated.len() == 1 && !keepers.contains(thing));
        for (thing, serial) in
            objects.into_iter().filter_map(|(thing, stated)| Some((thing, stated.into_iter().next()?)))
        {
            serials.entry(serial).or_default().insert(thing);
        }
        self.add_names_with_serials(gathered, map, &mut serials);
        serials
    }

    /// Devices often name themselves after their serial number (`M540-55120034`). That is enough to tell
    /// which of them a record with this serial number means, when only one bears it.
    fn add_names_with_serials(
        &self,
        gathered: &Gathered<'a>,
        map: &Map<'_>,
        serials: &mut BTreeMap<String, BTreeSet<usize>>,
    ) {
        for seen in gathered.sightings.iter().filter(|seen| seen.fact == Fact::DhcpHostname) {
            let Some((_, end)) = seen.value.rsplit_once(['-', '_']) else { continue };
            let digits = end.chars().filter(char::is_ascii_digit).count();
            let Some(key) = serial_key(end).filter(|_| digits >= NAME_DIGITS) else { continue };
            if let Some(owners) = serials.get_mut(&key)
                && let Some(thing) = self.about(map, seen).map(|thing| self.group(thing))
            {
                owners.insert(thing);
            }
        }
    }

    /// A device whose gateway tells its link-layer address (IHE MEM DMC), or an EUI-64 made from it, is the
    /// station that bears it, unless several devices would be.
    fn join_records_by_station(&mut self, gathered: &Gathered<'a>, map: &Map<'_>) {
        let mut bearers: BTreeMap<Mac, BTreeSet<usize>> = BTreeMap::new();
        for seen in &gathered.sightings {
            let Some(Record::Behind(_)) = seen.record else { continue };
            let Some(mac) = stated::station(seen.fact, seen.value) else { continue };
            if let Some(record) = self.about(map, seen) {
                bearers.entry(mac).or_default().insert(record);
            }
        }
        for (mac, records) in bearers {
            let station = self.things.get(&Thing::Spot(Spot::Station(mac))).copied();
            let gateways: BTreeSet<usize> = records
                .iter()
                .filter_map(|record| match self.names.get(*record) {
                    Some(Thing::Behind(gateway, _)) => Some(*gateway),
                    _ => None,
                })
                .collect();
            // Two records of one gateway are two devices; they cannot both be this station.
            if let (Some(station), true) = (station, gateways.len() == records.len()) {
                for record in records {
                    self.groups.join(station, record);
                }
            }
        }
    }

    /// One bedside device reported by several gateways, or by a gateway and by itself.
    fn join_records_by_serial(&mut self, gathered: &Gathered<'a>, map: &Map<'_>) {
        for (_, owners) in self.serials(gathered, map) {
            let is_record = |thing: &&usize| matches!(self.names.get(**thing), Some(Thing::Behind(..)));
            let records: Vec<usize> = owners.iter().filter(is_record).copied().collect();
            let others: Vec<usize> = owners.iter().filter(|thing| !is_record(thing)).copied().collect();
            // Two stations with one serial number stay two, and then nobody knows whose the records are.
            if others.len() > 1 {
                continue;
            }
            // Two records of one gateway are two devices, whatever their serial numbers say.
            let gateways: BTreeSet<usize> = records
                .iter()
                .filter_map(|record| match self.names.get(*record) {
                    Some(Thing::Behind(gateway, _)) => Some(*gateway),
                    _ => None,
                })
                .collect();
            if gateways.len() < records.len() {
                continue;
            }
            let mut all = others.iter().chain(&records);
            if let Some(first) = all.next() {
                for next in all {
                    self.groups.join(*first, *next);
                }
            }
        }
    }

    fn join_rows(&mut self, rows: &BTreeMap<usize, Row<'a>>, gathered: &Gathered<'a>, map: &Map<'_>) {
        for row in rows.values() {
            for mac in &row.macs {
                self.add(Thing::Spot(Spot::Station(*mac)));
            }
        }
        let by_mac = |things: &Things<'a>, row: &Row<'a>| -> BTreeSet<usize> {
            let found =
                row.macs.iter().filter_map(|mac| things.things.get(&Thing::Spot(Spot::Station(*mac))));
            found.copied().collect()
        };
        self.join_pass(rows, &by_mac);
        let by_address = |things: &Things<'a>, row: &Row<'a>| -> BTreeSet<usize> {
            if !row.macs.is_empty() {
                return BTreeSet::new();
            }
            row.addresses.iter().filter_map(|(endpoint, _)| things.at(map, endpoint)).collect()
        };
        self.join_pass(rows, &by_address);
        let serials = self.serials(gathered, map);
        let by_serial = |things: &Things<'a>, row: &Row<'a>| -> BTreeSet<usize> {
            let owners = row.serial.and_then(serial_key).and_then(|serial| serials.get(&serial));
            let owners = owners.filter(|owners| owners.len() == 1).cloned().unwrap_or_default();
            if row.macs.is_empty() && row.addresses.is_empty() {
                return owners;
            }
            // A row with an address of its own names a station already, and at most adds a gateway's record.
            let is_record = |thing: &usize| matches!(things.names.get(*thing), Some(Thing::Behind(..)));
            owners.into_iter().filter(is_record).collect()
        };
        self.join_pass(rows, &by_serial);
    }

    /// Joins each row to what it names, unless rows that cannot be one device name the same thing.
    fn join_pass(
        &mut self,
        rows: &BTreeMap<usize, Row<'a>>,
        named: &dyn Fn(&Things<'a>, &Row<'a>) -> BTreeSet<usize>,
    ) {
        let mut claims: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (index, row) in rows {
            for target in named(self, row) {
                claims.entry(self.group(target)).or_default().insert(*index);
            }
        }
        for (target, claimants) in &claims {
            if self.groups.all_agree(claimants) {
                for row in claimants {
                    self.groups.join(*target, *row);
                }
            }
        }
    }

    /// The MACs and addresses a row states that nothing on the wire has: they are the row's to show.
    pub(crate) fn stated_addresses(&self, seen: &Seen<'a>, map: &Map<'_>) -> (Option<Mac>, Option<IpAddr>) {
        let mac = seen.endpoint.mac.filter(|mac| map.standing(*mac).is_none());
        let address = seen.endpoint.ip.filter(|_| map.spot(&seen.endpoint).is_none());
        (mac, address)
    }
}

/// What a row names.
#[derive(Debug, Default)]
struct Row<'a> {
    macs: BTreeSet<Mac>,
    addresses: BTreeSet<(Endpoint, IpAddr)>,
    serial: Option<&'a str>,
}

/// Disjoint sets of things, with what keeps sets apart.
#[derive(Debug, Default)]
struct Groups<'a> {
    parents: Vec<usize>,
    labels: BTreeMap<usize, Labels<'a>>,
}

#[derive(Clone, Debug, Default)]
struct Labels<'a> {
    tags: BTreeSet<&'a str>,
    rows: BTreeMap<u32, BTreeSet<&'a str>>,
}

impl Labels<'_> {
    /// True when both can be one device: no two asset tags, and no two rows of one list unless they bear
    /// the same tag.
    fn agree(&self, other: &Self) -> bool {
        let tags: BTreeSet<&&str> = self.tags.iter().chain(&other.tags).collect();
        if tags.len() > 1 {
            return false;
        }
        let same_tag = !self.tags.is_empty() && self.tags == other.tags;
        same_tag
            || self.rows.iter().all(|(list, rows)| other.rows.get(list).is_none_or(|others| others == rows))
    }
}

impl<'a> Groups<'a> {
    fn add(&mut self) -> usize {
        self.parents.push(self.parents.len());
        self.parents.len() - 1
    }

    fn root(&self, mut index: usize) -> usize {
        while let Some(parent) = self.parents.get(index)
            && *parent != index
        {
            index = *parent;
        }
        index
    }

    fn label(&mut self, index: usize, tag: Option<&'a str>, list: u32, name: &'a str) {
        let labels = self.labels.entry(self.root(index)).or_default();
        labels.tags.extend(tag.map(str::trim).filter(|tag| !tag.is_empty()));
        labels.rows.entry(list).or_default().insert(name);
    }

    fn labels(&self, index: usize) -> Labels<'a> {
        self.labels.get(&self.root(index)).cloned().unwrap_or_default()
    }

    /// Makes two groups one, unless their labels keep them apart. The lower number stays the root, so that
    /// the outcome does not depend on the order of joining.
    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if one == other || !self.labels(one).agree(&self.labels(other)) {
            return;
        }
        let (root, child) = (one.min(other), one.max(other));
        if let Some(parent) = self.parents.get_mut(child) {
            *parent = root;
        }
        if let Some(labels) = self.labels.remove(&child) {
            let into = self.labels.entry(root).or_default();
            into.tags.extend(labels.tags);
            for (list, rows) in labels.rows {
                into.rows.entry(list).or_default().extend(rows);
            }
        }
    }

    /// True when all of these could be one device together.
    fn all_agree(&self, indexes: &BTreeSet<usize>) -> bool {
        let mut together = Labels::default();
        let mut roots = BTreeSet::new();
        for index in indexes {
            if !roots.insert(self.root(*index)) {
                continue;
            }
            let labels = self.labels(*index);
            if !together.agree(&labels) {
                return false;
            }
            together.tags.extend(labels.tags);
            for (list, rows) in labels.rows {
                together.rows.entry(list).or_default().extend(rows);
            }
        }
        true
    }
}
