//! What happens within one zone: which devices a policy leaves out of its microsegments, and what must filter between
//! devices that share a VLAN.

use crate::equipment::Equipment;
use cordon_model::segment::{Party, Rule, Zone};
use cordon_segment::Plan;
use cordon_segment::policy::Policy;
use std::collections::{BTreeMap, BTreeSet};

/// Devices of zones that a policy divides and that are in none of the parts, in sentences.
pub(super) fn undivided(zones: &[Zone], policy: &Policy) -> Vec<String> {
    let divided =
        policy.zones.iter().filter(|said| said.parts.as_ref().is_some_and(|parts| !parts.is_empty()));
    let mut notes = Vec::new();
    for said in divided {
        let Some(zone) = zones.iter().find(|zone| zone.id == said.id) else { continue };
        let inside: BTreeSet<_> = zone.microsegments.iter().flat_map(|part| &part.devices).collect();
        let left: Vec<String> =
            zone.devices.iter().filter(|id| !inside.contains(id)).map(ToString::to_string).collect();
        if let Some(first) = left.first() {
            notes.push(format!(
                "{} of {} devices of {} are in none of its microsegments, {first} for one; rules name them one by one",
                left.len(),
                zone.devices.len(),
                zone.id
            ));
        }
    }
    notes
}

/// What must be able to filter within a VLAN so that the rules within zones hold, in sentences.
pub(super) fn enforceable(plan: &Plan, equipment: &[Equipment]) -> Vec<String> {
    let (rules, zones) = inner(plan);
    let mut notes = Vec::new();
    if zones == 0 {
        return notes;
    }
    let named = |is: bool| -> Vec<&str> {
        let known = equipment.iter().filter(|one| one.within_vlan == Some(is));
        known.map(|one| one.name.as_str()).collect()
    };
    let (able, unable) = (named(true), named(false));
    let told = match (able.is_empty(), unable.is_empty()) {
        (true, true) => "equipment.toml does not say what can (within_vlan)".to_owned(),
        (false, true) => format!("{} can, as equipment.toml says", able.join(", ")),
        (true, false) => format!("{} cannot, as equipment.toml says", unable.join(", ")),
        (false, false) => {
            format!("{} can and {} cannot, as equipment.toml says", able.join(", "), unable.join(", "))
        }
    };
    notes.push(format!(
        "no router or firewall between VLANs sees what passes between two devices of one zone: the default deny within {zones} \
         zones, with the {rules} rules that stay open there, holds only where switches filter within a VLAN (access lists on \
         ports, VLAN access maps, private VLANs whose router filters, lists by ISE for each port) or where the devices' own \
         firewalls do; {told}"
    ));
    notes
}

/// How many rules pass within a zone, and how many zones have two devices or more.
fn inner(plan: &Plan) -> (usize, usize) {
    let zones = plan.zones.iter().filter(|zone| zone.devices.len() > 1).count();
    let mut zone_of: BTreeMap<Party, &str> = BTreeMap::new();
    for zone in &plan.zones {
        zone_of.extend(zone.wholes().map(|(whole, _)| (whole, zone.id.as_str())));
        zone_of.extend(zone.devices.iter().map(|id| (Party::Device(id.clone()), zone.id.as_str())));
    }
    let is_inner = |rule: &&Rule| {
        let own = zone_of.get(&rule.from);
        own.is_some() && own == zone_of.get(&rule.to)
    };
    (plan.rules.iter().filter(is_inner).count(), zones)
}
