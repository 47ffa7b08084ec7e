//! What Cisco's languages share: who is behind which interface, and how addresses and ports are written.

use super::flows::{Flow, Key, Side, is_host};
use super::text;
use crate::intent::{Intent, Stage, Zone};
use cordon_model::Cidr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

/// Ports that `eq` takes in one entry ("Named ACL Support for Noncontiguous Ports on an Access Control Entry").
const EQ_MAX: usize = 10;
/// From so many ports in a row on a range is written.
const RANGE_FROM: u16 = 3;
/// A remark's length (Cisco IOS Security Command Reference, "remark": 100 characters).
const REMARK_MAX: usize = 100;

/// One access list: a zone, or the zones that share an interface.
#[derive(Debug)]
pub(super) struct Place<'a> {
    /// What the list is called.
    pub(super) name: String,
    /// The interface, where somebody said.
    pub(super) interface: Option<&'a str>,
    /// Its zones.
    pub(super) zones: Vec<&'a Zone>,
}

/// The lists of a point: zones of one interface share one.
pub(super) fn places(intent: &Intent) -> Vec<Place<'_>> {
    let mut shared: BTreeMap<&str, Vec<&Zone>> = BTreeMap::new();
    for zone in &intent.zones {
        shared.entry(zone.interface.as_deref().unwrap_or("")).or_default().push(zone);
    }
    let apart = shared.remove("").unwrap_or_default();
    let with = shared.into_iter().map(|(interface, zones)| (Some(interface), zones));
    let without = apart.into_iter().map(|zone| (None, vec![zone]));
    let all: Vec<(Option<&str>, Vec<&Zone>)> = with.chain(without).collect();
    let key = |(interface, zones): &(Option<&str>, Vec<&Zone>)| match (interface, zones.as_slice()) {
        (_, [zone]) => zone.id.clone(),
        (interface, _) => interface.unwrap_or_default().to_owned(),
    };
    let keys: Vec<String> = all.iter().map(key).collect();
    let names = super::names::Names::new(keys.iter().map(String::as_str), '-', 40);
    keys.iter()
        .zip(all)
        .map(|(key, (interface, zones))| Place {
            name: format!("CORDON-{}-IN", names.get(key)),
            interface,
            zones,
        })
        .collect()
}

/// Which places have some of a group's addresses behind them.
pub(super) struct Behind {
    /// Networks of the places by their first address, with the length of the prefix and the place.
    networks: BTreeMap<IpAddr, Vec<(u8, usize)>>,
    lengths: BTreeSet<u8>,
}

impl Behind {
    pub(super) fn new(places: &[Place<'_>]) -> Behind {
        let mut behind = Behind { networks: BTreeMap::new(), lengths: BTreeSet::new() };
        for (at, place) in places.iter().enumerate() {
            for network in place.zones.iter().flat_map(|zone| &zone.networks) {
                behind.networks.entry(network.base()).or_default().push((network.prefix(), at));
                behind.lengths.insert(network.prefix());
            }
        }
        behind
    }

    /// The places that have some of these addresses.
    fn of(&self, members: &[Cidr]) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        for member in members {
            // Networks that hold the member, and those that the member holds.
            for length in self.lengths.range(..=member.prefix()) {
                let Some(around) = Cidr::new(member.base(), *length) else { continue };
                let same = self.networks.get(&around.base()).into_iter().flatten();
                found.extend(same.filter(|(prefix, _)| prefix == length).map(|(_, at)| *at));
            }
            let within = self.networks.range(member.base()..).take_while(|(base, _)| member.contains(**base));
            found.extend(within.flat_map(|(_, places)| places.iter().map(|(_, at)| *at)));
        }
        found
    }
}

/// The places of the sides of one family's flows, each group looked for once.
pub(super) struct PlacesOf<'a> {
    behind: &'a Behind,
    everywhere: Vec<usize>,
    known: BTreeMap<Key<'a>, Vec<usize>>,
}

impl<'a> PlacesOf<'a> {
    pub(super) fn new(behind: &'a Behind, places: &[Place<'_>]) -> PlacesOf<'a> {
        PlacesOf { behind, everywhere: (0..places.len()).collect(), known: BTreeMap::new() }
    }

    /// In order; all of them for a side that is any address.
    pub(super) fn get(&mut self, side: Side<'a>) -> &[usize] {
        let Side::Group(key, members) = side else { return &self.everywhere };
        self.known.entry(key).or_insert_with(|| self.behind.of(members).into_iter().collect())
    }
}

/// Ports as an entry has them, in as many entries as it takes: ` eq 104 11112`, ` range 6000 6063`, or nothing.
pub(crate) fn ports(ports: &[u16], together: usize) -> Vec<String> {
    if ports.is_empty() {
        return vec![String::new()];
    }
    let (mut entries, mut single) = (Vec::new(), Vec::new());
    for (first, last) in super::flows::runs(ports) {
        match last - first >= RANGE_FROM - 1 {
            true => entries.push(format!(" range {first} {last}")),
            false => single.extend((first..=last).map(|port| port.to_string())),
        }
    }
    entries.extend(single.chunks(together.clamp(1, EQ_MAX)).map(|some| format!(" eq {}", some.join(" "))));
    entries
}

/// A network as access lists of IOS have it, with a wildcard mask.
pub(super) fn wildcard(network: &Cidr) -> String {
    match (network.base(), is_host(network)) {
        (address, true) => format!("host {address}"),
        (IpAddr::V4(base), false) => format!("{base} {}", Ipv4Addr::from_bits(!mask(network.prefix()))),
        (IpAddr::V6(_), false) => network.to_string(),
    }
}

/// A network as object groups and ASA have it, with a subnet mask.
pub(crate) fn subnet(network: &Cidr) -> String {
    match (network.base(), is_host(network)) {
        (address, true) => format!("host {address}"),
        (IpAddr::V4(base), false) => format!("{base} {}", Ipv4Addr::from_bits(mask(network.prefix()))),
        (IpAddr::V6(_), false) => network.to_string(),
    }
}

fn mask(prefix: u8) -> u32 {
    u32::MAX.checked_shl(32 - u32::from(prefix.min(32))).unwrap_or(0)
}

/// A protocol as entries have it.
pub(super) fn protocol(number: u8) -> String {
    match number {
        1 => "icmp".to_owned(),
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        other => other.to_string(),
    }
}

/// What a remark says of a flow: its rule, and who to whom.
pub(super) fn remark(flow: &Flow<'_>) -> String {
    let names = format!("{} to {}", flow.from.label(), flow.to.label());
    let names = text::plain(&names, REMARK_MAX - 50);
    format!("{} {names}", text::id(&flow.permit.id))
}

/// The head of a file: what it is, which stage, what it cannot hold. Lines begin with `!`, a comment in all of them.
pub(super) fn header(out: &mut String, intent: &Intent, stage: Stage, what: &str) {
    let stage = match stage {
        Stage::LogOnly => "stage 1 of 2: log only. Nothing is dropped; read the log before stage 2.",
        Stage::Enforce => "stage 2 of 2: enforce. Whatever no rule permits is logged and dropped.",
    };
    let _ = write!(
        out,
        "! Cordon segmentation plan for {}, {what}\n! {stage}\n! {} rules; remarks name them, see rules.md.\n",
        text::plain(&intent.point, 60),
        intent.permits.len(),
    );
    for note in &intent.not_enforceable {
        let _ =
            writeln!(out, "! not enforceable: {}", text::plain(&format!("{} {}", note.what, note.why), 180));
    }
}
