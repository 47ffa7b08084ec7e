//! What contradicts itself in a file, whatever the estate is.

use super::{Fault, Member, Policy, Selector};
use cordon_model::Cidr;
use std::collections::BTreeMap;

/// Every contradiction, with its line.
pub(super) fn check(policy: &Policy, faults: &mut Vec<Fault>) {
    once(policy.zones.iter().map(|zone| (zone.id.clone(), zone.line)), "zone", faults);
    let moves = policy.moves.iter().map(|one| (one.device.to_lowercase(), one.line));
    once(moves, "move of device", faults);
    once(policy.accepted.iter().map(|one| (one.aggregate.clone(), one.line)), "acceptance of", faults);
    once(policy.budgets.iter().map(|one| (one.point.clone(), one.line)), "budget of", faults);
    let vlans = policy.zones.iter().filter_map(|zone| Some((zone.vlan?.id().to_string(), zone.line)));
    once(vlans, "VLAN", faults);
    let outside =
        policy.zones.iter().flat_map(|zone| zone.outside.iter().map(|name| (name.clone(), zone.line)));
    once(outside, "outside party", faults);
    let parts = || policy.zones.iter().flat_map(|zone| zone.parts.iter().flatten());
    once(parts().map(|part| (part.id.clone(), part.line)), "microsegment", faults);
    let members = policy.zones.iter().flat_map(|zone| of_one(&zone.id, &zone.members));
    apart(members.collect(), "zones overlap", faults);
    // Zones divide the site; microsegments divide each zone for itself.
    for zone in &policy.zones {
        let parts = zone.parts.iter().flatten().flat_map(|part| of_one(&part.id, &part.members));
        apart(parts.collect(), "microsegments overlap", faults);
    }
    let subnets = policy.zones.iter().filter_map(|zone| Some((zone.subnet?, zone.id.as_str(), zone.line)));
    overlaps(subnets.collect(), "subnets overlap", faults);
}

fn of_one<'p>(id: &'p str, members: &'p [Member]) -> impl Iterator<Item = (&'p str, &'p Member)> {
    members.iter().map(move |member| (id, member))
}

/// Members that two of these have, or one has twice.
fn apart(members: Vec<(&str, &Member)>, what: &str, faults: &mut Vec<Fault>) {
    let said = members.iter().filter_map(|(_, member)| match &member.selector {
        Selector::Device(name) | Selector::Tag(name) => Some((name.to_lowercase(), member.line)),
        Selector::Like(like) => Some((format!("{like:?}").to_lowercase(), member.line)),
        Selector::Network(_) => None,
    });
    once(said, "member", faults);
    let networks = members.iter().filter_map(|(own, member)| match member.selector {
        Selector::Network(network) => Some((network, *own, member.line)),
        _ => None,
    });
    overlaps(networks.collect(), what, faults);
}

fn once(names: impl Iterator<Item = (String, u32)>, what: &str, faults: &mut Vec<Fault>) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (name, line) in names {
        if let Some(first) = seen.get(&name) {
            // How a selector looks inside is nobody's business.
            let name = if name.starts_with("like {") { String::new() } else { format!(" {name}") };
            faults.push(Fault::new(line, format!("{what}{name} stands on line {first} already")));
        } else {
            seen.insert(name, line);
        }
    }
}

fn overlaps(mut networks: Vec<(Cidr, &str, u32)>, what: &str, faults: &mut Vec<Fault>) {
    networks.sort_by_key(|(network, _, line)| (network.base(), network.prefix(), *line));
    // In order, what lies in a network follows it.
    let mut widest: Option<(Cidr, &str, u32)> = None;
    for (network, zone, line) in networks {
        match widest {
            Some((other, holder, _)) if other.contains(network.base()) && holder == zone => {}
            Some((other, holder, at)) if other.contains(network.base()) => {
                let message = format!("{what}: {network} of {zone} lies in {other} of {holder} (line {at})");
                faults.push(Fault::new(line, message));
            }
            _ => widest = Some((network, zone, line)),
        }
    }
}
