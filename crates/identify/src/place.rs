//! Where each endpoint stands on the network: which MAC has which addresses for its own, and which MACs
//! only stand in front of others.
//!
//! A MAC is the strongest key. An address is a MAC's own when the station said so (ARP, neighbour discovery, DHCP)
//! or, where nothing was said, when it is the only one seen with it. Addresses behind a router's MAC are never that
//! MAC's: they find their owner elsewhere or stand for a device of their own. What is known of a station changes as
//! Batches come; only the stations that a change concerns are judged again.

mod judge;

use cordon_model::address::is_shared_address;
use cordon_model::{Endpoint, Inside, Mac, Timestamp, Vlan};
use judge::{Class, class};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::{IpAddr, Ipv6Addr};

/// With more addresses than this a station is judged by how many of each kind there are.
const FEW_ADDRESSES: usize = 64;
/// Owners of one address that are compared by time; with more the address is simply contested.
const OWNERS_COMPARED: usize = 8;

/// The number of a station.
pub(crate) type StationId = u32;

/// A thing that stands somewhere on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Spot {
    /// A station.
    Station(Mac),
    /// An address known by itself: beyond a router (without VLAN, for the VLAN seen is the router's), or
    /// seen without link layer.
    Address(Option<Vlan>, IpAddr),
}

/// How a station was seen with an address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Use {
    /// The station said that the address is its own, or was given it.
    pub(crate) announced: bool,
    /// True when it spoke with an inside address.
    pub(crate) met_inside: bool,
    /// The VLAN of all its packets; `None` without one or with several.
    pub(crate) vlan: Option<Vlan>,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

impl Use {
    fn overlaps(&self, other: &Use) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// What was decided about a station.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Standing {
    /// Its own addresses.
    pub(crate) own: BTreeSet<IpAddr>,
    /// The VLANs it was seen in.
    pub(crate) vlans: BTreeSet<Vlan>,
    /// Why it is taken for a router, in words and with how likely that is; `None` when it is not.
    pub(crate) routes: Option<(f64, String)>,
}

/// A MAC address on the wire, with what was seen of it.
#[derive(Clone, Debug)]
struct Station {
    mac: Mac,
    addresses: BTreeMap<IpAddr, Use>,
    /// How many addresses there are of each class.
    counts: [u32; Class::COUNT],
    announced: BTreeSet<IpAddr>,
    /// Link-local addresses, and those made of the MAC.
    innate: BTreeSet<IpAddr>,
    /// Outside IPv6 networks (64 bits).
    networks: BTreeSet<u64>,
    outside_met_inside: bool,
    /// It advertises itself as a router (RFC 4861 4.2).
    advertises: bool,
    standing: Standing,
    dirty: bool,
}

/// What is known of an address.
#[derive(Clone, Debug, Default)]
struct Known {
    /// Stations seen with it.
    bearers: Vec<StationId>,
    /// How many of them announced it, and the first that did.
    announcers: u32,
    announcer: StationId,
    /// Stations that have it for their own.
    owners: Vec<StationId>,
}

/// The network as far as it was seen.
#[derive(Clone, Debug)]
pub(crate) struct Network {
    inside: Inside,
    numbers: HashMap<Mac, StationId>,
    stations: Vec<Station>,
    addresses: HashMap<IpAddr, Known>,
    /// The addresses DHCP names as routers.
    routers: BTreeSet<IpAddr>,
    /// The networks (24 bits) that stations announced addresses of, by VLAN, with how many.
    local: HashMap<(Vlan, u32), u32>,
    /// Stations with an address of such a network in its VLAN.
    legs: HashMap<(Vlan, u32), Vec<StationId>>,
    dirty: Vec<StationId>,
    dirty_addresses: BTreeSet<IpAddr>,
}

/// What changed on the network since the last look.
#[derive(Debug, Default)]
pub(crate) struct Moved {
    /// Addresses whose owner may have changed.
    pub(crate) addresses: BTreeSet<IpAddr>,
    /// Stations of which something else was decided.
    pub(crate) stations: Vec<Mac>,
}

/// The MAC of an endpoint when it can be one station's.
pub(crate) fn station_of(endpoint: &Endpoint) -> Option<Mac> {
    endpoint.mac.filter(|mac| !mac.is_group() && !mac.is_zero())
}

/// The first 24 bits of an IPv4 address.
fn network_of(address: IpAddr) -> Option<u32> {
    match address {
        IpAddr::V4(v4) => Some(u32::from(v4) >> 8),
        IpAddr::V6(_) => None,
    }
}

/// True for addresses that never pass a router (RFC 3927, RFC 4291 2.5.6).
fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// True when an IPv6 address was made of the MAC (modified EUI-64, RFC 4291 appendix A).
fn is_made_of(address: Ipv6Addr, mac: Mac) -> bool {
    made_of(address) == Some(mac)
}

/// The MAC that an IPv6 address was made of (modified EUI-64, RFC 4291 appendix A).
pub(crate) fn made_of(address: Ipv6Addr) -> Option<Mac> {
    let [.., a, b, c, 0xff, 0xfe, d, e, f] = address.octets() else { return None };
    let mac = Mac([a ^ 0x02, b, c, d, e, f]);
    (!mac.is_group() && !mac.is_zero()).then_some(mac)
}

impl Network {
    pub(crate) fn new(inside: Inside) -> Network {
        Network {
            inside,
            numbers: HashMap::new(),
            stations: Vec::new(),
            addresses: HashMap::new(),
            routers: BTreeSet::new(),
            local: HashMap::new(),
            legs: HashMap::new(),
            dirty: Vec::new(),
            dirty_addresses: BTreeSet::new(),
        }
    }

    /// True when an address is one of the site's by its range.
    pub(crate) fn is_inside(&self, address: IpAddr) -> bool {
        self.inside.contains(address)
    }

    fn mark(&mut self, station: StationId) {
        if let Some(known) = self.stations.get_mut(station as usize)
            && !known.dirty
        {
            known.dirty = true;
            self.dirty.push(station);
        }
    }

    fn mark_all(&mut self, stations: &[StationId]) {
        for station in stations {
            self.mark(*station);
        }
    }

    fn station(&mut self, mac: Mac) -> StationId {
        if let Some(number) = self.numbers.get(&mac) {
            return *number;
        }
        let number = u32::try_from(self.stations.len()).unwrap_or(u32::MAX);
        self.numbers.insert(mac, number);
        self.stations.push(Station {
            mac,
            addresses: BTreeMap::new(),
            counts: [0; Class::COUNT],
            announced: BTreeSet::new(),
            innate: BTreeSet::new(),
            networks: BTreeSet::new(),
            outside_met_inside: false,
            advertises: false,
            standing: Standing::default(),
            dirty: false,
        });
        self.mark(number);
        number
    }

    /// Takes in that the station of an endpoint was seen with an address.
    pub(crate) fn note(&mut self, endpoint: &Endpoint, address: Option<IpAddr>, how: Use) {
        let Some(mac) = station_of(endpoint) else { return };
        let number = self.station(mac);
        if let Some(vlan) = endpoint.vlan
            && let Some(station) = self.stations.get_mut(number as usize)
            && station.standing.vlans.insert(vlan)
        {
            // In which VLANs its owners are decides whose an address is that several have.
            let own: Vec<IpAddr> = station.standing.own.iter().copied().collect();
            let shared = own.into_iter().filter(|address| self.owners(*address).len() > 1);
            let shared: Vec<IpAddr> = shared.collect();
            self.dirty_addresses.extend(shared);
            self.mark(number);
        }
        let is_own = |address: &IpAddr| !is_shared_address(*address) && !address.is_loopback();
        let Some(address) = address.filter(is_own) else { return };
        let Some(station) = self.stations.get_mut(number as usize) else { return };
        let before = station.addresses.get(&address).copied();
        let after = before.map_or(how, |before| Use {
            announced: before.announced | how.announced,
            met_inside: before.met_inside | how.met_inside,
            vlan: before.vlan.filter(|vlan| how.vlan == Some(*vlan)),
            first: before.first.min(how.first),
            last: before.last.max(how.last),
        });
        station.addresses.insert(address, after);
        self.classify(number, address, before, after);
    }

    /// Brings up to date what is derived from the way a station uses an address.
    fn classify(&mut self, number: StationId, address: IpAddr, before: Option<Use>, after: Use) {
        let old = before.map(|before| class(address, &before, &self.inside));
        let new = class(address, &after, &self.inside);
        let news = before.is_none_or(|before| {
            (before.announced, before.met_inside, before.vlan)
                != (after.announced, after.met_inside, after.vlan)
        });
        let Some(station) = self.stations.get_mut(number as usize) else { return };
        if old != Some(new) {
            let mac = station.mac;
            old.into_iter().for_each(|old| station.uncount(old));
            station.count(new);
            if new == Class::Announced {
                station.announced.insert(address);
            }
            let made = matches!(address, IpAddr::V6(v6) if is_made_of(v6, mac));
            if made || is_link_local(address) {
                station.innate.insert(address);
            }
            if let IpAddr::V6(v6) = address
                && !self.inside.contains(address)
            {
                station.networks.insert((u128::from(v6) >> 64) as u64);
            }
        }
        if address.is_ipv4() && after.met_inside && !self.inside.contains(address) {
            station.outside_met_inside = true;
        }
        if news {
            self.spread(number, address, before, after);
        }
        let times = self.times_matter(number, address, before, after);
        if times {
            self.dirty_addresses.insert(address);
        }
        if news || times {
            self.mark(number);
        }
    }

    /// True when the time a station used an address in decides something: whose it is, or whether the station moved.
    fn times_matter(&self, number: StationId, address: IpAddr, before: Option<Use>, after: Use) -> bool {
        let same = before.is_some_and(|before| (before.first, before.last) == (after.first, after.last));
        let several = self
            .stations
            .get(number as usize)
            .is_some_and(|station| station.addresses.len() > 1 && station.addresses.len() <= FEW_ADDRESSES);
        !same && (several || self.owners(address).len() > 1)
    }

    /// Marks the other stations that a new use of an address concerns.
    fn spread(&mut self, number: StationId, address: IpAddr, before: Option<Use>, after: Use) {
        let known = self.addresses.entry(address).or_default();
        let mut concerned: Vec<StationId> = Vec::new();
        if before.is_none() {
            known.bearers.push(number);
            if known.bearers.len() == 2 {
                concerned.extend(&known.bearers);
            }
        }
        if after.announced && !before.is_some_and(|before| before.announced) {
            known.announcers += 1;
            match known.announcers {
                1 => {
                    known.announcer = number;
                    concerned.extend(&known.bearers);
                }
                2 => concerned.push(known.announcer),
                _ => {}
            }
        }
        let net = network_of(address);
        let stood = before.and_then(|before| before.vlan.zip(net).filter(|_| before.announced));
        let stands = after.vlan.zip(net).filter(|_| after.announced);
        if stood != stands {
            for (place, more) in
                stood.map(|place| (place, false)).into_iter().chain(stands.map(|place| (place, true)))
            {
                let count = self.local.entry(place).or_default();
                let was = *count > 0;
                *count = if more { *count + 1 } else { count.saturating_sub(1) };
                if was != (*count > 0) {
                    concerned.extend(self.legs.get(&place).into_iter().flatten());
                }
            }
        }
        if before.is_none()
            && let Some(place) = after.vlan.zip(net)
        {
            self.legs.entry(place).or_default().push(number);
        }
        // What others do with an address changes nothing for a station that is judged by numbers, unless it
        // announced the address too.
        concerned.retain(|station| {
            self.stations.get(*station as usize).is_some_and(|station| {
                station.addresses.len() <= FEW_ADDRESSES + 1 || station.announced.contains(&address)
            })
        });
        self.mark_all(&concerned);
    }

    /// Takes in that DHCP names an address as a router's.
    pub(crate) fn note_router(&mut self, address: IpAddr) {
        if self.routers.insert(address) {
            let bearers = self.addresses.get(&address).map(|known| known.bearers.clone()).unwrap_or_default();
            self.mark_all(&bearers);
        }
    }

    /// Takes in that the station of an endpoint advertises itself as a router.
    pub(crate) fn note_advertiser(&mut self, endpoint: &Endpoint) {
        let Some(mac) = station_of(endpoint) else { return };
        let number = self.station(mac);
        if let Some(station) = self.stations.get_mut(number as usize)
            && !station.advertises
        {
            station.advertises = true;
            self.mark(number);
        }
    }

    /// Judges every station anew that something changed for.
    pub(crate) fn settle(&mut self) -> Moved {
        let mut moved = Moved::default();
        for number in std::mem::take(&mut self.dirty) {
            let Some(station) = self.stations.get(number as usize) else { continue };
            let standing = self.judge(station);
            let (gone, come): (Vec<IpAddr>, Vec<IpAddr>) = (
                station.standing.own.difference(&standing.own).copied().collect(),
                standing.own.difference(&station.standing.own).copied().collect(),
            );
            moved.stations.push(station.mac);
            for address in &gone {
                if let Some(known) = self.addresses.get_mut(address) {
                    known.owners.retain(|owner| *owner != number);
                }
            }
            for address in &come {
                self.addresses.entry(*address).or_default().owners.push(number);
            }
            self.dirty_addresses.extend(gone.into_iter().chain(come));
            if let Some(station) = self.stations.get_mut(number as usize) {
                station.standing = standing;
                station.dirty = false;
            }
        }
        moved.addresses = std::mem::take(&mut self.dirty_addresses);
        for address in &moved.addresses {
            // Each owner of an address says whether others have it as well.
            let owners = self.owners(*address).iter().filter_map(|owner| self.stations.get(*owner as usize));
            moved.stations.extend(owners.map(|station| station.mac));
        }
        moved.stations.sort_unstable();
        moved.stations.dedup();
        moved
    }

    fn owners(&self, address: IpAddr) -> &[StationId] {
        self.addresses.get(&address).map_or(&[], |known| &known.owners)
    }

    /// The stations that have an address for their own.
    pub(crate) fn owners_of(&self, address: IpAddr) -> impl Iterator<Item = Mac> + '_ {
        self.owners(address)
            .iter()
            .filter_map(|owner| self.stations.get(*owner as usize))
            .map(|owner| owner.mac)
    }

    /// Where an endpoint stands if anything is there, seen from `first` to `last`; `None` for outside and shared
    /// addresses, and for those nobody can say whose they are.
    pub(crate) fn candidate(&self, endpoint: &Endpoint, first: Timestamp, last: Timestamp) -> Option<Spot> {
        let mac = station_of(endpoint).filter(|mac| self.numbers.contains_key(mac));
        let Some(address) = endpoint.ip else { return mac.map(Spot::Station) };
        if let Some(mac) = mac
            && (address.is_unspecified() || self.standing(mac)?.own.contains(&address))
        {
            return Some(Spot::Station(mac));
        }
        if is_shared_address(address) {
            return None;
        }
        match self.owner(endpoint.vlan, address, first, last) {
            Owner::One(mac) => return Some(Spot::Station(mac)),
            Owner::Several => return None,
            Owner::Nobody => {}
        }
        if !self.inside.contains(address) {
            return None;
        }
        // Behind a router the VLAN is that of the router's leg and says nothing of the host.
        Some(Spot::Address(if mac.is_some() { None } else { endpoint.vlan }, address))
    }

    /// Which station has the address for its own: where several do, the one in this VLAN, or the one that had it at
    /// the time.
    fn owner(&self, vlan: Option<Vlan>, address: IpAddr, first: Timestamp, last: Timestamp) -> Owner {
        let all: Vec<&Station> =
            self.owners(address).iter().filter_map(|owner| self.stations.get(*owner as usize)).collect();
        match all.as_slice() {
            [] => return Owner::Nobody,
            [one] => return Owner::One(one.mac),
            _ => {}
        }
        let here = |station: &&&Station| vlan.is_some_and(|vlan| station.standing.vlans.contains(&vlan));
        let near: Vec<&Station> = all.iter().filter(here).copied().collect();
        if let [one] = near.as_slice() {
            return Owner::One(one.mac);
        }
        let at_the_time = |station: &&&Station| {
            station.addresses.get(&address).is_some_and(|usage| usage.first <= last && first <= usage.last)
        };
        let then: Vec<&Station> =
            if near.is_empty() { all } else { near }.iter().filter(at_the_time).copied().collect();
        match then.as_slice() {
            [one] => Owner::One(one.mac),
            _ => Owner::Several,
        }
    }

    /// True when an address is outside the site. A public IPv6 address that a station here has for its own
    /// is inside, for there is no private range most sites would use instead; a public IPv4 address is
    /// outside unless a person said otherwise.
    pub(crate) fn is_outside(&self, address: IpAddr) -> bool {
        if self.inside.contains(address) {
            return false;
        }
        address.is_ipv4() || self.owners(address).is_empty()
    }

    /// What was decided about a station.
    pub(crate) fn standing(&self, mac: Mac) -> Option<&Standing> {
        let number = self.numbers.get(&mac)?;
        self.stations.get(*number as usize).map(|station| &station.standing)
    }

    /// The other stations that have a station's address for their own: at the same time, or at another.
    pub(crate) fn others(&self, mac: Mac, address: IpAddr) -> Option<Others> {
        let owners = self.owners(address);
        if owners.len() < 2 {
            return None;
        }
        if owners.len() > OWNERS_COMPARED {
            return Some(Others::AtOneTime);
        }
        let usage = |number: &StationId| self.stations.get(*number as usize)?.addresses.get(&address);
        let mine = self.numbers.get(&mac)?;
        let my_use = usage(mine)?;
        let mut others = owners.iter().filter(|owner| *owner != mine).filter_map(usage);
        Some(if others.any(|theirs| theirs.overlaps(my_use)) {
            Others::AtOneTime
        } else {
            Others::AtOtherTimes
        })
    }
}

/// When other stations had the same address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Others {
    AtOneTime,
    AtOtherTimes,
}

enum Owner {
    One(Mac),
    Several,
    Nobody,
}
