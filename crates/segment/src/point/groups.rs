//! Needs to groups: multicast groups and broadcast addresses. Most packets to them never leave their link, and nobody
//! answers from them.

use super::network::Network;
use super::{Broken, Direction, Flow, NAMED_MAX, Report};
use crate::packets::{End, Packets, Set, TooComplex};
use crate::read::{Configuration, Interface};
use cordon_model::Cidr;
use cordon_model::observe::Transport;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};

/// The port of a DHCP server (RFC 2131, 4.1).
const DHCP_SERVER: u16 = 67;
/// Neighbour discovery: router solicitation to redirect (RFC 4861, 4).
const NEIGHBOURS: (u16, u16) = (133 << 8, 137 << 8 | 0xff);

/// Why packets to a group do not leave the link of who sends them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stays {
    /// No router passes on what is for its own link: the limited broadcast (RFC 1812, 5.3.5.1), 224.0.0.0/24 (RFC 5771,
    /// 4), IPv6 groups of interface and link (RFC 4291, 2.7).
    OfLink,
    /// It is the broadcast address of the sender's own network.
    OwnBroadcast,
    /// Groups beyond the link, where multicast is not routed.
    NotRouted,
}

/// True for an address that stands for many: a multicast group, or the limited broadcast.
pub fn is_group(address: IpAddr) -> bool {
    address.is_multicast() || address == IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// True for a group that no router passes anything on to.
fn is_of_link(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => address.is_broadcast() || address.octets().starts_with(&[224, 0, 0]),
        // The lower half of the second byte is the scope: 1 is the interface, 2 the link (RFC 4291, 2.7).
        IpAddr::V6(address) => address.is_multicast() && address.octets()[1] & 0xf <= 2,
    }
}

/// What no router passes on, whatever its lists say: to groups of a link; of neighbours, since whoever gets it from
/// elsewhere drops it (RFC 4861, 6.1 and 7.1: the hop limit must be 255).
pub(super) fn never_passed_on(packets: &mut Packets) -> Result<Set, TooComplex> {
    let mut sets = Vec::new();
    let four = [(IpAddr::from([255, 255, 255, 255]), 32), (IpAddr::from([224, 0, 0, 0]), 24)];
    // The upper half of the second byte is flags.
    let six = (0..16u16).flat_map(|flags| (0..3u16).map(move |scope| 0xff00 | flags << 4 | scope));
    let six = six.map(|first| (IpAddr::from([first, 0, 0, 0, 0, 0, 0, 0]), 16));
    for network in four.into_iter().chain(six).filter_map(|(base, length)| Cidr::new(base, length)) {
        sets.push(packets.network(End::Destination, &network)?);
    }
    let (icmp, kinds) = (packets.protocol(58)?, packets.ports(End::Destination, NEIGHBOURS.0, NEIGHBOURS.1)?);
    sets.push(packets.and(icmp, kinds)?);
    packets.any(sets)
}

/// Flows to groups by where they are checked.
#[derive(Debug, Default)]
pub(super) struct Groups {
    /// Flows that no point sees, by their places.
    pub(super) on_link: Vec<(usize, Stays)>,
    /// Flows that come in at an interface of a point and may go out at every other one.
    by_door: BTreeMap<(usize, usize, Option<usize>), Vec<usize>>,
}

/// What becomes of a flow to a group.
pub(super) enum Seen {
    /// It stays on its link, and nothing is checked.
    Stays(Stays),
    /// It is handed to a server elsewhere at these interfaces, or crosses a bridge: point, and interface where known.
    Handed(Vec<(usize, Option<usize>)>),
    /// It may leave by every other interface of these routers, by their places, with where it comes in.
    Spreads(Vec<(usize, Option<usize>)>),
    /// The configurations do not say where it comes in.
    NoWay,
}

impl Network<'_> {
    /// What becomes of a flow to a group; `None` for any other, and for a broadcast to another network, which is routed
    /// as its address is.
    pub(super) fn to_group(&self, flow: &Flow) -> Option<Seen> {
        let configuration = |point: usize| self.enforcers.get(point).map(|one| one.configuration);
        let bridges = || {
            let all = (0..self.enforcers.len())
                .filter(|point| configuration(*point).is_some_and(|found| found.bridges));
            all.map(|point| (point, None)).collect::<Vec<_>>()
        };
        if is_of_link(flow.to) {
            let handed: Vec<(usize, Option<usize>)> =
                bridges().into_iter().chain(self.relays(flow)).collect();
            return Some(if handed.is_empty() { Seen::Stays(Stays::OfLink) } else { Seen::Handed(handed) });
        }
        if !is_group(flow.to) && !self.broadcasts.contains(&flow.to) {
            return None;
        }
        let doors = self.entries(flow.from);
        if !is_group(flow.to) {
            let is_own =
                doors.iter().any(|(router, interface)| self.is_broadcast(flow.to, *router, *interface));
            return is_own.then_some(Seen::Stays(Stays::OwnBroadcast));
        }
        let is_blind = self.routers.iter().all(|router| router.ways.is_empty());
        let spreads: Vec<(usize, Option<usize>)> = match is_blind {
            true => (0..self.routers.len()).map(|router| (router, None)).collect(),
            false => doors.into_iter().map(|(router, interface)| (router, Some(interface))).collect(),
        };
        let is_routed = |router: &usize| {
            let point = self.routers.get(*router).map(|router| router.point);
            point.and_then(configuration).is_none_or(|found| found.multicast != Some(false))
        };
        let routed: Vec<_> = spreads.iter().filter(|(router, _)| is_routed(router)).copied().collect();
        Some(match (spreads.is_empty(), routed.is_empty()) {
            (true, _) => Seen::NoWay,
            (false, true) => Seen::Stays(Stays::NotRouted),
            (false, false) => Seen::Spreads(routed),
        })
    }

    /// Interfaces that hand the broadcasts of a DHCP client on: that of its network, and all where it has no address yet.
    fn relays(&self, flow: &Flow) -> Vec<(usize, Option<usize>)> {
        if flow.transport != Transport::Udp || flow.port != Some(DHCP_SERVER) {
            return Vec::new();
        }
        let doors = self.entries(flow.from);
        let mut found = Vec::new();
        for (at, router) in self.routers.iter().enumerate() {
            let Some(enforcer) = self.enforcers.get(router.point) else { continue };
            let relays = enforcer.configuration.interfaces.iter().enumerate().filter(|(place, one)| {
                one.relay.is_some()
                    && one.vrf.as_deref() == router.vrf
                    && (flow.from.is_unspecified() || doors.contains(&(at, *place)))
            });
            found.extend(relays.map(|(place, _)| (router.point, Some(place))));
        }
        found
    }

    /// True where a broadcast address is of the network behind an interface.
    fn is_broadcast(&self, address: IpAddr, router: usize, interface: usize) -> bool {
        let point = self.routers.get(router).map(|router| router.point);
        let interfaces =
            point.and_then(|point| self.enforcers.get(point)).map(|one| &one.configuration.interfaces);
        let interface = interfaces.and_then(|all| all.get(interface));
        interface.is_some_and(|one| broadcasts(one).any(|own| own == address))
    }

    /// Checks the flows to groups that come in at a point. Where the members are is in no configuration: only what
    /// passes to every other interface surely passes, and what passes to none surely does not.
    pub(super) fn groups(
        &mut self,
        point: usize,
        groups: &Groups,
        flows: &[Flow],
        report: &mut Report,
        packets: &mut Packets,
    ) -> Result<(), TooComplex> {
        for ((_, router, from), these) in groups.by_door.range((point, 0, None)..(point + 1, 0, None)) {
            let vrf = self.routers.get(*router).and_then(|router| router.vrf);
            let Some(enforcer) = self.enforcers.get_mut(point) else { continue };
            let onward = onward(enforcer.configuration, vrf, *from);
            let (mut surely, mut perhaps) = (packets.everything(), packets.nothing());
            for to in &onward {
                let passes = enforcer.passes((*from, *to), packets)?;
                surely = packets.and(surely, passes.surely)?;
                perhaps = packets.or(perhaps, passes.perhaps)?;
            }
            let (remembers, is_told) = (enforcer.remembers(), enforcer.configuration.multicast == Some(true));
            for (at, flow) in these.iter().filter_map(|at| Some((*at, flows.get(*at)?))) {
                let set = flow.packets(Direction::Request, remembers, packets)?;
                let like = flow.usual(Direction::Request, remembers);
                let stopped = packets.minus(set, perhaps)?;
                let open = packets.minus(set, surely)?;
                let (stops, example) = match packets.example(stopped, &like) {
                    Some(example) => (true, example),
                    None => match packets.example(open, &like) {
                        Some(example) => (false, example),
                        None => continue,
                    },
                };
                let mut broken = None;
                for to in &onward {
                    let passes = enforcer.passes((*from, *to), packets)?;
                    if !packets.has(passes.surely, &example) {
                        broken = Some(enforcer.broken((*from, *to), example, packets)?);
                        break;
                    }
                }
                let Some(mut broken) = broken else { continue };
                if !stops {
                    let why = "which interfaces lead to members of the group is in no configuration";
                    broken.doubt.get_or_insert_with(|| why.to_owned());
                } else if !is_told {
                    broken.doubt =
                        Some("whether multicast is routed here is not in the configuration".to_owned());
                }
                let (count, named) = match stops && is_told {
                    true => (&mut report.blocked_count, &mut report.blocked),
                    false => (&mut report.unsure_count, &mut report.unsure),
                };
                *count += 1;
                if named.len() < NAMED_MAX {
                    named.push(Broken { flow: at, point, direction: Direction::Request, ..broken });
                }
            }
        }
        Ok(())
    }
}

impl Groups {
    /// Notes a flow at the doors of routers.
    pub(super) fn add(
        &mut self,
        flow: usize,
        doors: &[(usize, Option<usize>)],
        point_of: impl Fn(usize) -> usize,
    ) {
        for (router, from) in doors {
            self.by_door.entry((point_of(*router), *router, *from)).or_default().push(flow);
        }
    }
}

/// The broadcast addresses of an interface's networks (RFC 919, 7).
pub(super) fn broadcasts(interface: &Interface) -> impl Iterator<Item = IpAddr> {
    interface.addresses.iter().filter_map(|(own, length)| match own {
        IpAddr::V4(own) if *length < 31 => {
            let hosts = u32::MAX.checked_shr(u32::from(*length)).unwrap_or(0);
            Some(IpAddr::V4(Ipv4Addr::from_bits(own.to_bits() | hosts)))
        }
        _ => None,
    })
}

/// Where a packet that came in may go out.
fn onward(configuration: &Configuration, vrf: Option<&str>, from: Option<usize>) -> Vec<Option<usize>> {
    let interfaces = configuration.interfaces.iter().enumerate();
    let others = interfaces.filter(|(at, one)| {
        Some(*at) != from && !one.is_down && one.vrf.as_deref() == vrf && !one.addresses.is_empty()
    });
    let found: Vec<Option<usize>> = others.map(|(at, _)| Some(at)).collect();
    if from.is_none() || found.is_empty() { vec![None] } else { found }
}
