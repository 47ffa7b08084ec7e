//! Flows that a policy allows by hand, as needs: confirmed by a person, with their reason and their end.

use super::{Fault, Policy};
use crate::id;
use crate::zones::Names;
use cordon_model::Timestamp;
use cordon_model::identify::Estate;
use cordon_model::segment::{Need, NeedDecision, NeedOrigin, NeedState, Party, Zone};

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// The policy's own flows as needs, and those that have run out by `now`, in sentences. Ends that nobody knows are
/// refused by line.
pub fn needs(
    policy: &Policy,
    estate: &Estate,
    zones: &[Zone],
    now: Timestamp,
) -> Result<(Vec<Need>, Vec<String>), Vec<Fault>> {
    let names = Names::new(estate);
    let (mut found, mut over, mut faults) = (Vec::new(), Vec::new(), Vec::new());
    for rule in &policy.rules {
        // It holds through its last day.
        if rule.until.is_some_and(|until| until.plus_micros(MICROS_PER_DAY) <= now) {
            let purpose = &rule.purpose;
            over.push(format!(
                "line {}: the rule for \"{purpose}\" has run out; take it away or renew it",
                rule.line
            ));
            continue;
        }
        let mut end =
            |text: &str| party(text, &names, zones).map_err(|why| faults.push(Fault::new(rule.line, why)));
        let (Ok(from), Ok(to)) = (end(&rule.from), end(&rule.to)) else { continue };
        let mut ports = rule.ports.clone();
        ports.sort_unstable();
        ports.dedup();
        let id = id::of_flow("need", &from, &to, rule.transport, None, &ports);
        found.push(Need {
            ports,
            purpose: rule.purpose.clone(),
            source: format!("policy.yaml line {}", rule.line),
            origin: NeedOrigin::Person,
            decision: Some(NeedDecision {
                by: rule.decided.by.clone(),
                when: rule.decided.when,
                because: rule.decided.why.clone(),
            }),
            until: rule.until,
            care_critical: rule.care_critical,
            ..Need::new(id, from, to, rule.transport, NeedState::Confirmed)
        });
    }
    if faults.is_empty() { Ok((found, over)) } else { Err(faults) }
}

fn party(text: &str, names: &Names<'_>, zones: &[Zone]) -> Result<Party, String> {
    match text.split_once(':') {
        Some(("zone", id)) if zones.iter().any(|zone| zone.id == id) => Ok(Party::Zone(id.to_owned())),
        Some(("zone", id)) => Err(format!("there is no zone \"{id}\" with a device in it")),
        Some(("microsegment", id)) => {
            let mut parts = zones.iter().flat_map(|zone| &zone.microsegments);
            match parts.any(|part| part.id == id) {
                true => Ok(Party::Microsegment(id.to_owned())),
                false => Err(format!("there is no microsegment \"{id}\" with a device in it")),
            }
        }
        Some(("outside", name)) if !name.trim().is_empty() => Ok(Party::Outside(name.trim().to_owned())),
        Some(("group", address)) => address
            .trim()
            .parse()
            .map(Party::Group)
            .map_err(|_| format!("\"{address}\" is no address of a group")),
        Some(("device", name)) => names.one(name).map(|id| Party::Device(id.clone())),
        _ => names.one(text).map(|id| Party::Device(id.clone())),
    }
}
