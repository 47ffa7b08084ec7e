//! Which addresses are a station's own, and whether it is a router.

use super::{FEW_ADDRESSES, Network, Standing, Station, Use, is_link_local, made_of, network_of};
use cordon_model::Inside;
use std::collections::BTreeSet;
use std::net::IpAddr;

/// More announced addresses than this are proxy ARP (RFC 1027), not a station's own.
const ANNOUNCED_MAX: usize = 16;
/// This many strangers' addresses behind one MAC make it a router.
const FOREIGN_OF_ROUTER: usize = 3;
/// Addresses of this many outside IPv6 networks with one MAC make it a router; a host of its own has few.
const OUTSIDE_NETWORKS_OF_ROUTER: usize = 4;

/// What an address says of the station it was seen with, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// The station said so.
    Announced,
    /// Link-local: never behind a router.
    Innate,
    /// IPv6 of the site's own.
    SixInside,
    /// Other IPv6.
    SixOutside,
    /// IPv4 of the site's own, never announced.
    Quiet,
    /// Other IPv4.
    Outside,
}

impl Class {
    pub(super) const COUNT: usize = 6;

    const fn place(self) -> usize {
        self as usize
    }
}

pub(super) fn class(address: IpAddr, usage: &Use, inside: &Inside) -> Class {
    match address {
        _ if usage.announced => Class::Announced,
        _ if is_link_local(address) => Class::Innate,
        IpAddr::V6(_) if inside.contains(address) => Class::SixInside,
        IpAddr::V6(_) => Class::SixOutside,
        IpAddr::V4(_) if inside.contains(address) => Class::Quiet,
        IpAddr::V4(_) => Class::Outside,
    }
}

impl Station {
    pub(super) fn count(&mut self, class: Class) {
        if let Some(count) = self.counts.get_mut(class.place()) {
            *count += 1;
        }
    }

    pub(super) fn uncount(&mut self, class: Class) {
        if let Some(count) = self.counts.get_mut(class.place()) {
            *count = count.saturating_sub(1);
        }
    }

    fn counted(&self, class: Class) -> usize {
        self.counts.get(class.place()).map_or(0, |count| *count as usize)
    }

    /// It said which IPv4 address it has, so that others with its MAC are not its own.
    fn said_four(&self) -> bool {
        self.announced.iter().any(IpAddr::is_ipv4)
    }

    fn is_few(&self) -> bool {
        self.addresses.len() <= FEW_ADDRESSES
    }
}

struct Counts {
    outside: usize,
    foreign: usize,
    networks: usize,
    proxy: bool,
    both: bool,
    contested: bool,
}

impl Network {
    /// True when another station announced the address.
    fn elsewhere(&self, address: &IpAddr, station: &Station) -> bool {
        self.addresses.get(address).is_some_and(|known| match known.announcers {
            0 => false,
            1 => !station.announced.contains(address),
            _ => true,
        })
    }

    /// True for a leg of a station with one in several VLANs: its only address in a VLAN, of the network the
    /// VLAN's other stations are in, and nobody else's.
    fn is_leg(&self, address: IpAddr, usage: &Use, station: &Station) -> bool {
        let Some(here) = usage.vlan.zip(network_of(address)) else { return false };
        let in_vlan = |(other, theirs): &(&IpAddr, &Use)| other.is_ipv4() && theirs.vlan == usage.vlan;
        self.local.get(&here).is_some_and(|count| *count > 0)
            && self.addresses.get(&address).is_some_and(|known| known.bearers.len() == 1)
            && station.addresses.iter().filter(in_vlan).count() == 1
            && station.addresses.values().all(|theirs| theirs.vlan.is_some())
    }

    /// Decides which addresses are a station's own and whether it is a router.
    pub(super) fn judge(&self, station: &Station) -> Standing {
        let mut own: BTreeSet<IpAddr> = BTreeSet::new();
        let quiet = self.sort_out_legs(station, &mut own);
        let foreign = self.foreign(station, &quiet);
        let here = |address: &&IpAddr| address.is_ipv4() && self.inside.contains(**address);
        let fours = station.announced.iter().filter(|address| address.is_ipv4()).count();
        let proxy = fours > ANNOUNCED_MAX;
        let heres = station.announced.iter().filter(here).count();
        let mut outside = station.counted(Class::Outside);
        if outside == 1 && !station.outside_met_inside {
            // One outside address that never met an inside one may as well be the station's own.
            outside = 0;
        }
        // An address two stations claim is no proof for either; whoever has another one beside it may be posing.
        let is_router = |address: &&IpAddr| {
            self.routers.contains(*address) && (heres == 1 || !self.elsewhere(address, station))
        };
        let router = station.announced.iter().find(is_router).copied();
        let contested =
            station.announced.iter().filter(is_router).any(|address| self.elsewhere(address, station));
        let counts = Counts {
            outside,
            foreign,
            networks: station.networks.len(),
            proxy,
            both: heres > 0 && heres < fours,
            contested,
        };
        let routes = why_router(station, router, &counts);
        if proxy {
            own.extend(station.announced.iter().filter(|address| address.is_ipv6()));
        } else {
            own.extend(&station.announced);
        }
        self.add_unsaid(station, &quiet, routes.is_some(), &mut own);
        Standing { own, vlans: station.standing.vlans.clone(), routes }
    }

    /// Puts legs among the station's own addresses and gives the other inside ones that were never announced.
    fn sort_out_legs(&self, station: &Station, own: &mut BTreeSet<IpAddr>) -> Vec<(IpAddr, Use)> {
        let mut quiet = Vec::new();
        if !station.is_few() || station.counted(Class::Quiet) == 0 {
            return quiet;
        }
        for (address, usage) in &station.addresses {
            if class(*address, usage, &self.inside) != Class::Quiet {
                continue;
            }
            // A virtual station's address is what its routers say it is, and theirs pass under its name.
            if !station.mac.is_virtual_router() && self.is_leg(*address, usage, station) {
                own.insert(*address);
            } else {
                quiet.push((*address, *usage));
            }
        }
        quiet
    }

    /// How many of the addresses must be others'.
    fn foreign(&self, station: &Station, quiet: &[(IpAddr, Use)]) -> usize {
        if !station.is_few() {
            return station.counted(Class::Quiet);
        }
        let said = station.said_four();
        let is_foreign = |address: &IpAddr| said || self.elsewhere(address, station);
        let foreign = quiet.iter().filter(|(address, _)| is_foreign(address)).count();
        let unclaimed = quiet.len() - foreign;
        foreign + if unclaimed >= FOREIGN_OF_ROUTER { unclaimed } else { 0 }
    }

    /// Adds the addresses that are the station's own though it never said so.
    fn add_unsaid(
        &self,
        station: &Station,
        quiet: &[(IpAddr, Use)],
        routes: bool,
        own: &mut BTreeSet<IpAddr>,
    ) {
        if !station.mac.is_virtual_router() {
            own.extend(&station.innate);
        }
        if routes {
            return;
        }
        if !station.said_four() {
            let free: Vec<&(IpAddr, Use)> =
                quiet.iter().filter(|(address, _)| !self.elsewhere(address, station)).collect();
            if one_after_another(&free) {
                own.extend(free.iter().map(|(address, _)| *address));
            }
        }
        if station.counted(Class::SixInside) + station.counted(Class::SixOutside) > 0 {
            // One that is made of another station's MAC is that one's, somewhere behind this one.
            let is_own = |address: &&IpAddr| match address {
                IpAddr::V6(v6) => made_of(*v6).is_none_or(|mac| mac == station.mac),
                IpAddr::V4(_) => false,
            };
            own.extend(station.addresses.keys().filter(is_own));
        }
    }
}

/// Why a station is taken for a router, with how likely that makes it network equipment.
fn why_router(station: &Station, router: Option<IpAddr>, counts: &Counts) -> Option<(f64, String)> {
    if station.mac.is_virtual_router() {
        return Some((0.95, "bears a virtual router's MAC address (VRRP or HSRP)".to_owned()));
    }
    if let Some(address) = router {
        let probability = if counts.contested { 0.6 } else { 0.9 };
        return Some((probability, format!("has the address {address} that DHCP names as router")));
    }
    if station.advertises {
        return Some((0.85, "advertises itself as an IPv6 router".to_owned()));
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
fn one_after_another(addresses: &[&(IpAddr, Use)]) -> bool {
    let mut times: Vec<_> = addresses.iter().map(|(_, usage)| (usage.first, usage.last)).collect();
    times.sort();
    times.iter().zip(times.iter().skip(1)).all(|(before, after)| before.1 < after.0)
}
