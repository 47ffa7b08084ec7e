//! Which interface leads to an address: connected networks and static routes, the longest prefix first.

use crate::packets::{End, Packets, Set, TooComplex};
use crate::read::{Configuration, Interface, Route};
use cordon_model::Cidr;
use std::net::IpAddr;

/// How often a neighbour is looked up through another route.
const STEPS_MAX: usize = 4;

/// The ways of one configuration.
pub(super) struct Ways {
    /// Networks with the interface that leads there, the longest prefixes first.
    networks: Vec<(Cidr, usize)>,
}

impl Ways {
    pub(super) fn of(configuration: &Configuration) -> Ways {
        let mut networks = Vec::new();
        for (at, interface) in configuration.interfaces.iter().enumerate().filter(|(_, one)| !one.is_down) {
            let connected =
                interface.addresses.iter().filter_map(|(address, length)| Cidr::new(*address, *length));
            networks.extend(connected.map(|network| (network, at)));
        }
        let connected = Ways { networks: networks.clone() };
        for route in &configuration.routes {
            networks.extend(leads(configuration, &connected, route).map(|at| (route.network, at)));
        }
        networks.sort_by_key(|(network, at)| (std::cmp::Reverse(network.prefix()), *at));
        Ways { networks }
    }

    /// The interface that leads to an address; none where two do equally, in one routing table or in two.
    pub(super) fn to(&self, address: IpAddr) -> Option<usize> {
        let mut ways = self.networks.iter().filter(|(network, _)| network.contains(address));
        let (network, at) = ways.next()?;
        let is_other = |(other, way): &&(Cidr, usize)| other.prefix() == network.prefix() && way != at;
        ways.next().filter(is_other).is_none().then_some(*at)
    }

    /// Packets from or to addresses that an interface leads to.
    pub(super) fn behind(&self, at: usize, end: End, packets: &mut Packets) -> Result<Set, TooComplex> {
        let (mut behind, mut taken) = (packets.nothing(), packets.nothing());
        for (network, leads_by) in &self.networks {
            let own = packets.network(end, network)?;
            if *leads_by == at {
                let free = packets.minus(own, taken)?;
                behind = packets.or(behind, free)?;
            }
            taken = packets.or(taken, own)?;
        }
        Ok(behind)
    }
}

/// The interface a route leads through.
fn leads(configuration: &Configuration, connected: &Ways, route: &Route) -> Option<usize> {
    let in_table = |interface: &Interface| interface.vrf == route.vrf && !interface.is_down;
    if let Some(name) = &route.interface {
        return configuration.interfaces.iter().position(|one| one.name == *name && in_table(one));
    }
    let mut next = route.next?;
    for _ in 0..STEPS_MAX {
        if let Some(at) = connected.to(next) {
            return configuration.interfaces.get(at).filter(|one| in_table(one)).map(|_| at);
        }
        let through = configuration
            .routes
            .iter()
            .filter(|other| other.vrf == route.vrf && other.network.contains(next));
        next = through.max_by_key(|other| other.network.prefix())?.next?;
    }
    None
}
