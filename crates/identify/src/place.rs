//! Where each endpoint stands on the network: which MAC has which addresses for its own, and which MACs
//! only stand in front of others.
//!
//! A MAC is the strongest key. An address is a MAC's own when the station said so (ARP, DHCP) or, where
//! nothing was said, when it is the only one seen with it. Addresses behind a router's MAC are never that
//! MAC's: they find their owner elsewhere or stand for a device of their own.

use crate::gather::{Gathered, Record, Seen};
use cordon_model::address::is_shared_address;
use cordon_model::observe::{Conversation, Fact};
use cordon_model::{Endpoint, Inside, Mac, Timestamp, Vlan};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv6Addr};

/// More announced addresses than this are proxy ARP (RFC 1027), not a station's own.
const ANNOUNCED_MAX: usize = 16;
/// This many strangers' addresses behind one MAC make it a router.
const FOREIGN_OF_ROUTER: usize = 3;
/// Addresses of this many outside IPv6 networks with one MAC make it a router; a host of its own has few.
const OUTSIDE_NETWORKS_OF_ROUTER: usize = 4;

/// A thing that stands somewhere on the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Spot {
    /// A station.
    Station(Mac),
    /// An address known by itself: beyond a router (without VLAN, for the VLAN seen is the router's), or
    /// seen without link layer.
    Address(Option<Vlan>, IpAddr),
}

#[derive(Clone, Copy, Debug)]
struct Use {
    announced: bool,
    /// True when it spoke with an inside address.
    met_inside: bool,
    /// The VLAN of all its packets; `None` without one or with several.
    vlan: Option<Vlan>,
    first: Timestamp,
    last: Timestamp,
}

#[derive(Clone, Debug, Default)]
struct Station {
    addresses: BTreeMap<IpAddr, Use>,
    vlans: BTreeSet<Vlan>,
}

/// What was decided about a station.
#[derive(Clone, Debug, Default)]
pub(crate) struct Standing {
    /// Its own addresses.
    pub(crate) own: BTreeSet<IpAddr>,
    /// The VLANs it was seen in.
    pub(crate) vlans: BTreeSet<Vlan>,
    /// Why it is taken for a router, in words and with how likely that is; `None` when it is not.
    pub(crate) routes: Option<(f64, String)>,
}

/// The network as far as it was seen.
#[derive(Debug)]
pub(crate) struct Map<'i> {
    inside: &'i Inside,
    stations: BTreeMap<Mac, Standing>,
    owners: BTreeMap<IpAddr, BTreeSet<Mac>>,
    addresses: BTreeSet<(Option<Vlan>, IpAddr)>,
}

/// The MAC of an endpoint when it can be one station's.
fn station_of(endpoint: &Endpoint) -> Option<Mac> {
    endpoint.mac.filter(|mac| !mac.is_group() && !mac.is_zero())
}

/// Facts others tell of an address: no proof that anything is there.
fn is_hearsay(fact: Fact) -> bool {
    matches!(fact, Fact::DnsName | Fact::DnsReverseName)
}

impl<'i> Map<'i> {
    pub(crate) fn of(gathered: &Gathered<'_>, inside: &'i Inside) -> Map<'i> {
        let mut stations: BTreeMap<Mac, Station> = BTreeMap::new();
        let mut routers = BTreeSet::new();
        for seen in &gathered.sightings {
            if !matches!(seen.record, Some(Record::Row(..))) {
                take_fact(seen, &mut stations, &mut routers);
            }
        }
        for talk in &gathered.conversations {
            take_conversation(talk, inside, &mut stations);
        }
        let network = Network::of(&stations, routers, inside);
        let mut map =
            Map { inside, stations: BTreeMap::new(), owners: BTreeMap::new(), addresses: BTreeSet::new() };
        for (mac, station) in stations {
            let standing = judge(mac, station, &network);
            for address in &standing.own {
                map.owners.entry(*address).or_default().insert(mac);
            }
            map.stations.insert(mac, standing);
        }
        map.find_lone_addresses(gathered);
        map
    }

    /// Addresses without a station of their own that did or answered something.
    fn find_lone_addresses(&mut self, gathered: &Gathered<'_>) {
        let mut active: BTreeSet<Endpoint> = BTreeSet::new();
        for talk in &gathered.conversations {
            active.insert(talk.client);
            if talk.answered {
                active.insert(talk.server);
            }
        }
        for seen in &gathered.sightings {
            if !matches!(seen.record, Some(Record::Row(..))) && !is_hearsay(seen.fact) {
                active.insert(seen.endpoint);
            }
        }
        for endpoint in &active {
            if let Some(Spot::Address(vlan, address)) = self.candidate(endpoint) {
                self.addresses.insert((vlan, address));
            }
        }
    }

    /// Where an endpoint stands; `None` for outside and shared addresses, and for what never did anything.
    pub(crate) fn spot(&self, endpoint: &Endpoint) -> Option<Spot> {
        match self.candidate(endpoint)? {
            Spot::Address(vlan, address) if !self.addresses.contains(&(vlan, address)) => None,
            spot => Some(spot),
        }
    }

    fn candidate(&self, endpoint: &Endpoint) -> Option<Spot> {
        let mac = station_of(endpoint).filter(|mac| self.stations.contains_key(mac));
        let Some(address) = endpoint.ip else { return mac.map(Spot::Station) };
        if let Some(mac) = mac
            && (address.is_unspecified() || self.stations.get(&mac)?.own.contains(&address))
        {
            return Some(Spot::Station(mac));
        }
        if is_shared_address(address) {
            return None;
        }
        match self.owner(endpoint.vlan, address) {
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

    /// Which station has the address for its own, in this VLAN where several do.
    fn owner(&self, vlan: Option<Vlan>, address: IpAddr) -> Owner {
        let Some(owners) = self.owners.get(&address) else { return Owner::Nobody };
        let near = |mac: &&Mac| {
            vlan.is_some_and(|vlan| {
                self.stations.get(*mac).is_some_and(|station| station.vlans.contains(&vlan))
            })
        };
        let mut all = owners.iter();
        match (all.next(), all.next()) {
            (Some(mac), None) => Owner::One(*mac),
            _ => {
                let mut here = owners.iter().filter(near);
                match (here.next(), here.next()) {
                    (Some(mac), None) => Owner::One(*mac),
                    _ => Owner::Several,
                }
            }
        }
    }

    /// True when an endpoint is outside the site. A public IPv6 address that a station here has for its own
    /// is inside, for there is no private range most sites would use instead; a public IPv4 address is
    /// outside unless a person said otherwise.
    pub(crate) fn is_outside(&self, endpoint: &Endpoint) -> bool {
        endpoint.ip.is_some_and(|address| self.is_outside_address(address))
    }

    /// The same of an address.
    pub(crate) fn is_outside_address(&self, address: IpAddr) -> bool {
        if self.inside.contains(address) {
            return false;
        }
        address.is_ipv4() || !self.owners.contains_key(&address)
    }

    /// Every station with what was decided about it.
    pub(crate) fn stations(&self) -> impl Iterator<Item = (Mac, &Standing)> {
        self.stations.iter().map(|(mac, standing)| (*mac, standing))
    }

    /// What was decided about a station.
    pub(crate) fn standing(&self, mac: Mac) -> Option<&Standing> {
        self.stations.get(&mac)
    }

    /// Every address that stands for a device of its own.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = (Option<Vlan>, IpAddr)> {
        self.addresses.iter().copied()
    }

    /// The stations that all have this address for their own, when there are several.
    pub(crate) fn contested(&self, address: IpAddr) -> bool {
        self.owners.get(&address).is_some_and(|owners| owners.len() > 1)
    }
}

enum Owner {
    One(Mac),
    Several,
    Nobody,
}

fn note(stations: &mut BTreeMap<Mac, Station>, endpoint: &Endpoint, address: Option<IpAddr>, how: Use) {
    let Some(mac) = station_of(endpoint) else { return };
    let station = stations.entry(mac).or_default();
    station.vlans.extend(endpoint.vlan);
    let Some(address) = address.filter(|address| !is_shared_address(*address)) else { return };
    let usage = station.addresses.entry(address).or_insert(how);
    usage.announced |= how.announced;
    usage.met_inside |= how.met_inside;
    usage.vlan = usage.vlan.filter(|vlan| how.vlan == Some(*vlan));
    usage.first = usage.first.min(how.first);
    usage.last = usage.last.max(how.last);
}

fn take_fact(seen: &Seen<'_>, stations: &mut BTreeMap<Mac, Station>, routers: &mut BTreeSet<IpAddr>) {
    let how = Use {
        announced: false,
        met_inside: false,
        vlan: seen.endpoint.vlan,
        first: seen.first,
        last: seen.last,
    };
    note(stations, &seen.endpoint, seen.endpoint.ip, how);
    match seen.fact {
        Fact::ArpAddress | Fact::DhcpAddress => {
            note(stations, &seen.endpoint, seen.value.parse().ok(), Use { announced: true, ..how });
        }
        Fact::DhcpRouter => routers.extend(seen.value.parse::<IpAddr>()),
        _ => {}
    }
}

fn take_conversation(talk: &Conversation, inside: &Inside, stations: &mut BTreeMap<Mac, Station>) {
    let is_inside = |endpoint: &Endpoint| endpoint.ip.is_some_and(|address| inside.contains(address));
    for (endpoint, other) in [(&talk.client, &talk.server), (&talk.server, &talk.client)] {
        let met_inside = is_inside(other);
        let vlan = endpoint.vlan;
        let how = Use { announced: false, met_inside, vlan, first: talk.first, last: talk.last };
        note(stations, endpoint, endpoint.ip, how);
    }
}

/// What all stations together say of the network.
struct Network<'i> {
    inside: &'i Inside,
    /// Who announced each address.
    announcers: BTreeMap<IpAddr, BTreeSet<Mac>>,
    /// The addresses DHCP names as routers.
    routers: BTreeSet<IpAddr>,
    /// How many stations each address was seen with.
    bearers: BTreeMap<IpAddr, u32>,
    /// The networks (24 bits) that stations announced addresses of, by VLAN.
    local: BTreeSet<(Vlan, u32)>,
}

impl<'i> Network<'i> {
    fn of(stations: &BTreeMap<Mac, Station>, routers: BTreeSet<IpAddr>, inside: &'i Inside) -> Network<'i> {
        let (announcers, bearers, local) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let mut network = Network { inside, announcers, routers, bearers, local };
        for (mac, station) in stations {
            for (address, usage) in &station.addresses {
                *network.bearers.entry(*address).or_default() += 1;
                if usage.announced {
                    network.announcers.entry(*address).or_default().insert(*mac);
                    network.local.extend(usage.vlan.zip(network_of(*address)));
                }
            }
        }
        network
    }

    /// True when another station announced the address.
    fn elsewhere(&self, address: &IpAddr, mac: Mac) -> bool {
        self.announcers.get(address).is_some_and(|macs| macs.iter().any(|announcer| *announcer != mac))
    }

    /// True for a leg of a station with one in several VLANs: its only address in a VLAN, of the network the
    /// VLAN's other stations are in, and nobody else's.
    fn is_leg(&self, address: IpAddr, usage: &Use, station: &BTreeMap<IpAddr, Use>) -> bool {
        let Some(here) = usage.vlan.zip(network_of(address)) else { return false };
        let in_vlan = |(other, theirs): &(&IpAddr, &Use)| other.is_ipv4() && theirs.vlan == usage.vlan;
        self.local.contains(&here)
            && self.bearers.get(&address) == Some(&1)
            && station.iter().filter(in_vlan).count() == 1
            && station.values().all(|theirs| theirs.vlan.is_some())
    }
}

/// The first 24 bits of an IPv4 address.
fn network_of(address: IpAddr) -> Option<u32> {
    match address {
        IpAddr::V4(v4) => Some(u32::from(v4) >> 8),
        IpAddr::V6(_) => None,
    }
}

/// A station's addresses by what is known of each.
#[derive(Default)]
struct Sorted {
    own: BTreeSet<IpAddr>,
    announced: BTreeSet<IpAddr>,
    /// Inside, never announced.
    quiet: Vec<(IpAddr, Use)>,
    six: BTreeSet<Ipv6Addr>,
    outside: usize,
}

impl Sorted {
    fn of(addresses: &BTreeMap<IpAddr, Use>, network: &Network<'_>) -> Sorted {
        let mut sorted = Sorted::default();
        let mut met_inside = false;
        for (address, usage) in addresses {
            let address = *address;
            match address {
                _ if usage.announced => {
                    sorted.announced.insert(address);
                }
                IpAddr::V4(v4) if v4.is_link_local() => {
                    sorted.own.insert(address);
                }
                IpAddr::V6(v6) if v6.is_unicast_link_local() => {
                    sorted.own.insert(address);
                }
                IpAddr::V6(v6) => {
                    sorted.six.insert(v6);
                }
                IpAddr::V4(_) if network.inside.contains(address) => {
                    if network.is_leg(address, usage, addresses) {
                        sorted.own.insert(address);
                    } else {
                        sorted.quiet.push((address, *usage));
                    }
                }
                IpAddr::V4(_) => {
                    sorted.outside += 1;
                    met_inside |= usage.met_inside;
                }
            }
        }
        if sorted.outside == 1 && !met_inside {
            // One outside address that never met an inside one may as well be the station's own.
            sorted.outside = 0;
        }
        sorted
    }
}

/// Decides which addresses are a station's own and whether it is a router.
fn judge(mac: Mac, station: Station, network: &Network<'_>) -> Standing {
    let Station { addresses, vlans } = station;
    let inside = network.inside;
    let Sorted { mut own, announced, quiet, six, outside } = Sorted::of(&addresses, network);
    let elsewhere = |address: &IpAddr| network.elsewhere(address, mac);
    let foreign = quiet.iter().filter(|(address, _)| !announced.is_empty() || elsewhere(address)).count();
    let unclaimed = quiet.len() - foreign;
    let networks: BTreeSet<u128> =
        six.iter().filter(|v6| !inside.contains(IpAddr::V6(**v6))).map(|v6| u128::from(*v6) >> 64).collect();
    let proxy = announced.len() > ANNOUNCED_MAX;
    let here = announced.iter().filter(|address| inside.contains(**address)).count();
    let both = here > 0 && here < announced.len();
    // An address two stations claim is no proof for either; whoever has another one beside it may be posing.
    let proven = |address: &IpAddr| !elsewhere(address) || here == 1;
    let routers: BTreeSet<IpAddr> = network.routers.iter().copied().filter(proven).collect();
    let contested = announced.iter().any(|address| routers.contains(address) && elsewhere(address));
    let routes = why_router(
        mac,
        &announced,
        &routers,
        Counts {
            outside,
            foreign: foreign + if unclaimed >= FOREIGN_OF_ROUTER { unclaimed } else { 0 },
            networks: networks.len(),
            proxy,
            both,
            contested,
        },
    );
    if !proxy {
        own.extend(announced.iter().copied());
    }
    if announced.is_empty() && routes.is_none() {
        let free: Vec<(IpAddr, Use)> = quiet.into_iter().filter(|(address, _)| !elsewhere(address)).collect();
        if one_after_another(&free) {
            own.extend(free.iter().map(|(address, _)| *address));
        }
    }
    own.extend(six.into_iter().filter(|v6| routes.is_none() || is_made_of(*v6, mac)).map(IpAddr::V6));
    Standing { own, vlans, routes }
}

struct Counts {
    outside: usize,
    foreign: usize,
    networks: usize,
    proxy: bool,
    both: bool,
    contested: bool,
}

/// Why a station is taken for a router, with how likely that makes it network equipment.
fn why_router(
    mac: Mac,
    announced: &BTreeSet<IpAddr>,
    routers: &BTreeSet<IpAddr>,
    counts: Counts,
) -> Option<(f64, String)> {
    if mac.is_virtual_router() {
        return Some((0.95, "bears a virtual router's MAC address (VRRP or HSRP)".to_owned()));
    }
    if let Some(address) = announced.iter().find(|address| routers.contains(*address)) {
        let probability = if counts.contested { 0.6 } else { 0.9 };
        return Some((probability, format!("has the address {address} that DHCP names as router")));
    }
    if counts.outside > 0 || counts.networks >= OUTSIDE_NETWORKS_OF_ROUTER {
        let count = counts.outside.max(counts.networks);
        return Some((0.8, format!("stands in front of {count} addresses outside")));
    }
    if counts.foreign >= FOREIGN_OF_ROUTER {
        return Some((0.75, format!("stands in front of {} other inside addresses", counts.foreign)));
    }
    if counts.both {
        return Some((0.6, "has both an inside and an outside address".to_owned()));
    }
    counts.proxy.then(|| (0.7, "answers ARP for many addresses".to_owned()))
}

/// True for one address, or for several each used only after the one before: a station that moved. Two
/// addresses at one time may be two stations.
fn one_after_another(addresses: &[(IpAddr, Use)]) -> bool {
    let mut times: Vec<(Timestamp, Timestamp)> =
        addresses.iter().map(|(_, usage)| (usage.first, usage.last)).collect();
    times.sort();
    times.iter().zip(times.iter().skip(1)).all(|(before, after)| before.1 < after.0)
}

/// True when an IPv6 address was made of the MAC (modified EUI-64, RFC 4291 appendix A).
fn is_made_of(address: Ipv6Addr, mac: Mac) -> bool {
    let Mac([a, b, c, d, e, f]) = mac;
    let [.., i, j, k, l, m, n, o, p] = address.octets();
    [i, j, k, l, m, n, o, p] == [a ^ 0x02, b, c, 0xff, 0xfe, d, e, f]
}
