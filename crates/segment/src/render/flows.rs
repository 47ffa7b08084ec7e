//! What is permitted, by IP family, as languages that know addresses, protocols and ports say it.

use crate::intent::{Group, GroupKind, Intent, Permit, Who, protocol_number};
use cordon_model::Cidr;
use cordon_model::observe::Transport;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;

/// A group by its number in the order of keys: large plans name groups a million times, and their keys begin alike.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key<'a> {
    number: usize,
    /// The group.
    pub(super) group: &'a Group,
}

impl Key<'_> {
    /// Its place among the groups of the intent.
    pub(super) fn number(self) -> usize {
        self.number
    }
}

impl PartialEq for Key<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Key<'_> {}

impl PartialOrd for Key<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}

/// A permit within one IP family.
#[derive(Clone, Copy, Debug)]
pub(super) struct Flow<'a> {
    /// The permit it is from.
    pub(super) permit: &'a Permit,
    /// Who may ask.
    pub(super) from: Side<'a>,
    /// Whom.
    pub(super) to: Side<'a>,
    /// IP protocol number.
    pub(super) protocol: u8,
    /// Server ports, in order; none means all, or a protocol without.
    pub(super) ports: &'a [u16],
}

/// One side of a flow.
#[derive(Clone, Copy, Debug)]
pub(super) enum Side<'a> {
    /// Any address of the family.
    Any,
    /// The addresses of a group; never none, disjoint and in order.
    Group(Key<'a>, &'a [Cidr]),
}

impl Flow<'_> {
    /// True when somebody can answer: no multicast group or broadcast address sends.
    pub(super) fn is_answered(&self) -> bool {
        !matches!(self.to, Side::Group(key, _) if key.group.kind == GroupKind::Multicast)
    }
}

impl<'a> Side<'a> {
    /// True when it is single addresses, no more than `most`.
    pub(super) fn hosts(self, most: usize) -> Option<&'a [Cidr]> {
        match self {
            Side::Group(_, members) if members.len() <= most && members.iter().all(is_host) => Some(members),
            _ => None,
        }
    }

    /// What a person calls it.
    pub(super) fn label(self) -> &'a str {
        match self {
            Side::Any => "any",
            Side::Group(key, _) => &key.group.label,
        }
    }
}

/// True for a network of one address.
pub(super) fn is_host(network: &Cidr) -> bool {
    network.prefix() == if network.base().is_ipv4() { 32 } else { 128 }
}

/// A network as most languages write it: an address alone, or with the length of its prefix.
pub(super) fn written(network: &Cidr) -> String {
    match is_host(network) {
        true => network.base().to_string(),
        false => network.to_string(),
    }
}

/// The flows of one family that can be enforced, in order of rule. A side that has no address in this family lets
/// nothing through.
pub(super) fn flows(intent: &Intent, is_ipv6: bool) -> Vec<Flow<'_>> {
    let groups = intent.groups.iter().enumerate();
    let keys = groups.map(|(number, (name, group))| (name.as_str(), Key { number, group })).collect();
    intent.permits.iter().filter_map(|permit| flow(&keys, permit, is_ipv6)).collect()
}

/// Groups by their keys.
type Keys<'a> = HashMap<&'a str, Key<'a>>;

fn flow<'a>(keys: &Keys<'a>, permit: &'a Permit, is_ipv6: bool) -> Option<Flow<'a>> {
    let (from, to) = (side(keys, &permit.from, is_ipv6)?, side(keys, &permit.to, is_ipv6)?);
    let has_ports = matches!(permit.transport, Transport::Tcp | Transport::Udp);
    let ports: &[u16] = if has_ports { &permit.ports } else { &[] };
    Some(Flow { permit, from, to, protocol: protocol_number(permit.transport, is_ipv6), ports })
}

fn side<'a>(keys: &Keys<'a>, who: &Who, is_ipv6: bool) -> Option<Side<'a>> {
    let Who::Group(name) = who else { return Some(Side::Any) };
    let key = *keys.get(name.as_str())?;
    let members = &key.group.members;
    // IPv4 comes first in a cover.
    let (four, six) = members.split_at(members.partition_point(|network| network.base().is_ipv4()));
    let own = if is_ipv6 { six } else { four };
    (!own.is_empty()).then_some(Side::Group(key, own))
}

/// Ports as ranges: those that follow one another together.
pub(super) fn runs(ports: &[u16]) -> Vec<(u16, u16)> {
    let mut runs: Vec<(u16, u16)> = Vec::new();
    for port in ports {
        match runs.last_mut() {
            Some((_, last)) if last.checked_add(1) == Some(*port) => *last = *port,
            _ => runs.push((*port, *port)),
        }
    }
    runs
}

/// The members of groups as a language writes them, each written once: many flows name the same group.
pub(super) struct Members<'a> {
    by_key: BTreeMap<Key<'a>, Vec<String>>,
}

impl<'a> Members<'a> {
    pub(super) fn of(flows: &[Flow<'a>], write: impl Fn(&Cidr) -> String) -> Members<'a> {
        let mut by_key: BTreeMap<Key<'_>, Vec<String>> = BTreeMap::new();
        for side in flows.iter().flat_map(|flow| [flow.from, flow.to]) {
            if let Side::Group(key, members) = side {
                by_key.entry(key).or_insert_with(|| members.iter().map(&write).collect());
            }
        }
        Members { by_key }
    }

    /// The members of one side; `None` stands for any.
    pub(super) fn get(&self, side: Side<'a>) -> Option<&[String]> {
        match side {
            Side::Any => None,
            Side::Group(key, _) => Some(self.by_key.get(&key).map(Vec::as_slice).unwrap_or_default()),
        }
    }
}

/// Flows by the networks of one of their sides.
#[derive(Debug, Default)]
pub(super) struct Index {
    by_network: BTreeMap<(IpAddr, u8), Vec<usize>>,
    lengths: BTreeSet<u8>,
    by_anyone: Vec<usize>,
}

impl Index {
    pub(super) fn add(&mut self, at: usize, side: Side<'_>) {
        let Side::Group(_, members) = side else { return self.by_anyone.push(at) };
        for member in members {
            self.by_network.entry((member.base(), member.prefix())).or_default().push(at);
            self.lengths.insert(member.prefix());
        }
    }

    /// Flows, in order, of which one side holds one of the addresses.
    pub(super) fn of(&self, addresses: &[IpAddr]) -> Vec<usize> {
        let mut found = self.by_anyone.clone();
        for address in addresses {
            for length in &self.lengths {
                if let Some(network) = Cidr::new(*address, *length) {
                    found.extend(self.by_network.get(&(network.base(), *length)).into_iter().flatten());
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}
