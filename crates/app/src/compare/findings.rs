//! Advisories whose meaning for a device differs.

use super::pairs::Pairs;
use crate::explain::device_name;
use cordon_wire::assessment::{Device, Finding};
use cordon_wire::comparison::{FindingChange, Turn};
use std::collections::BTreeMap;

/// The differences, in order of device and advisory. What a new device brings along counts as new; what one
/// that is not there any more had is not listed, for nothing was settled by its absence.
pub(super) fn changes(pairs: &Pairs<'_>) -> Vec<FindingChange> {
    let both = pairs.both.iter().map(|(before, after)| (before.findings.as_slice(), *after));
    let appeared = pairs.appeared.iter().map(|after| (&[][..], *after));
    let mut changes: Vec<FindingChange> =
        both.chain(appeared).flat_map(|(before, device)| of_device(before, device)).collect();
    changes.sort_by(|a, b| (&a.device, &a.advisory).cmp(&(&b.device, &b.advisory)));
    changes
}

/// The gravest finding of each advisory: several products of one advisory may concern one device.
fn by_advisory(findings: &[Finding]) -> BTreeMap<&str, &Finding> {
    let mut gravest: BTreeMap<&str, &Finding> = BTreeMap::new();
    for finding in findings {
        let known = gravest.entry(&finding.advisory).or_insert(finding);
        if gravity(&finding.status) > gravity(&known.status) {
            *known = finding;
        }
    }
    gravest
}

fn gravity(status: &str) -> u8 {
    match status {
        "affected" => 3,
        "undetermined" => 2,
        "fixed" => 1,
        _ => 0,
    }
}

fn of_device(before: &[Finding], device: &Device) -> Vec<FindingChange> {
    let (before, after) = (by_advisory(before), by_advisory(&device.findings));
    let advisories: std::collections::BTreeSet<&str> = before.keys().chain(after.keys()).copied().collect();
    let change = |advisory: &str| {
        let (was, is) = (before.get(advisory).copied(), after.get(advisory).copied());
        let turn =
            turn(was.map(|finding| finding.status.as_str()), is.map(|finding| finding.status.as_str()))?;
        let newest = is.or(was)?;
        Some(FindingChange {
            device: device.id.clone(),
            name: device_name(device),
            advisory: advisory.to_owned(),
            cves: newest.cves.clone(),
            before: was.map(|finding| finding.status.clone()),
            after: is.map(|finding| finding.status.clone()),
            turn,
            why: newest.why.clone(),
            question: is.and_then(|finding| finding.question.clone()),
        })
    };
    advisories.into_iter().filter_map(change).collect()
}

/// What a change of status means; `None` where it stayed.
fn turn(before: Option<&str>, after: Option<&str>) -> Option<Turn> {
    Some(match (before, after) {
        (before, after) if before == after => return None,
        (_, Some("affected")) => Turn::NewlyAffected,
        (Some("affected"), Some("undetermined")) => Turn::Reopened,
        (_, Some("undetermined")) => Turn::Asked,
        (Some("affected" | "undetermined"), Some(_)) => Turn::Settled,
        (_, Some(_)) => Turn::Cleared,
        (_, None) => Turn::Withdrawn,
    })
}
