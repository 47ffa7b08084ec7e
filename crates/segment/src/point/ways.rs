//! Which interface leads to an address: connected networks and static routes, the longest prefix first.

use crate::packets::{End, Packets, Set, TooComplex};
use crate::read::{Configuration, Route};
use cordon_model::Cidr;
use std::net::IpAddr;

/// How often a neighbour is looked up through another route.
const STEPS_MAX: usize = 4;

/// The ways of one routing table.
#[derive(Debug)]
pub(super) struct Ways {
    /// Networks with where they are, the longest prefixes first.
    networks: Vec<(Cidr, Way)>,
}

/// Where a network is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Way {
    /// Behind which interface.
    pub(super) interface: usize,
    /// Behind which neighbour there; `None` where it is connected.
    pub(super) next: Option<IpAddr>,
}

impl Ways {
    pub(super) fn of(configuration: &Configuration, vrf: Option<&str>) -> Ways {
        let mut networks = Vec::new();
        let interfaces = configuration.interfaces.iter().enumerate();
        for (at, interface) in interfaces.filter(|(_, one)| !one.is_down && one.vrf.as_deref() == vrf) {
            let connected =
                interface.addresses.iter().filter_map(|(address, length)| Cidr::new(*address, *length));
            networks.extend(connected.map(|network| (network, Way { interface: at, next: None })));
        }
        let mut ways = Ways { networks: networks.clone() };
        ways.sort();
        for route in configuration.routes.iter().filter(|route| route.vrf.as_deref() == vrf) {
            networks.extend(leads(configuration, &ways, route, vrf).map(|way| (route.network, way)));
        }
        let mut ways = Ways { networks };
        ways.sort();
        ways
    }

    fn sort(&mut self) {
        // A connected network goes before a route to the same.
        self.networks
            .sort_by_key(|(network, way)| (std::cmp::Reverse(network.prefix()), way.next.is_some(), *way));
    }

    /// Where an address is; none where two ways are equally good.
    pub(super) fn to(&self, address: IpAddr) -> Option<Way> {
        let mut ways = self.networks.iter().filter(|(network, _)| network.contains(address));
        let (network, way) = ways.next()?;
        let is_other = |(other, another): &&(Cidr, Way)| {
            other.prefix() == network.prefix()
                && another.interface != way.interface
                && another.next.is_some() == way.next.is_some()
        };
        ways.next().filter(is_other).is_none().then_some(*way)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.networks.is_empty()
    }

    /// Packets from or to addresses that each interface leads to.
    pub(super) fn behind(
        &self,
        count: usize,
        end: End,
        packets: &mut Packets,
    ) -> Result<Vec<Set>, TooComplex> {
        let mut behind = vec![packets.nothing(); count];
        let mut taken = packets.nothing();
        for (network, way) in &self.networks {
            let own = packets.network(end, network)?;
            let free = packets.minus(own, taken)?;
            if let Some(set) = behind.get_mut(way.interface) {
                *set = packets.or(*set, free)?;
            }
            taken = packets.or(taken, own)?;
        }
        Ok(behind)
    }
}

/// Where a route leads.
fn leads(configuration: &Configuration, connected: &Ways, route: &Route, vrf: Option<&str>) -> Option<Way> {
    if let Some(name) = &route.interface {
        let is_it =
            |one: &crate::read::Interface| one.name == *name && one.vrf.as_deref() == vrf && !one.is_down;
        let at = configuration.interfaces.iter().position(is_it)?;
        return Some(Way { interface: at, next: Some(route.next.unwrap_or(route.network.base())) });
    }
    let mut next = route.next?;
    for _ in 0..STEPS_MAX {
        if let Some(way) = connected.to(next) {
            return Some(Way { interface: way.interface, next: Some(next) });
        }
        let through = configuration
            .routes
            .iter()
            .filter(|other| other.vrf.as_deref() == vrf && other.network.contains(next));
        next = through.max_by_key(|other| other.network.prefix())?.next?;
    }
    None
}
