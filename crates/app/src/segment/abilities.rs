//! Whether equipment can do what the plan needs, as its configuration and the site's `equipment.toml` tell, and what must
//! be upgraded first.

use super::points::name;
use crate::equipment::{Equipment, named};
use cordon_segment::read::{Configuration, Language};
use cordon_wire::assessment::Assessment;
use serde::Serialize;
use std::path::Path;

/// What the plan needs of equipment.
#[derive(Debug, Serialize)]
pub struct Ability {
    /// What.
    pub what: &'static str,
    /// `yes`, `no` or `not known`: a configuration alone never shows that equipment cannot do something.
    pub answer: &'static str,
    /// Where it is seen, or what to find out before.
    pub why: String,
}

const fn answer(is_able: Option<bool>) -> &'static str {
    match is_able {
        Some(true) => "yes",
        Some(false) => "no",
        None => "not known",
    }
}

/// The software from which on a language takes what Cordon writes in it: lists of an ASA hold both IP families since 9.0
/// (Cisco ASA Series Firewall CLI Configuration Guide, "History for Access Rules": "Unified ACL for IPv4 and IPv6",
/// 9.0(1)).
const ASA_FROM: u32 = 9;

/// What the plan needs of one piece of equipment, and whether it can.
pub(super) fn abilities(
    path: &Path,
    found: &Configuration,
    assessment: &Assessment,
    equipment: &[Equipment],
) -> Vec<Ability> {
    let who = name(path, found);
    let said = named(equipment, &who);
    let mut all =
        vec![filters(&who, found, said), vlans(found, assessment, said), room(&who, found, assessment, said)];
    all.extend(software(found));
    all
}

/// What must be upgraded before the plan can be enforced, in sentences.
pub(super) fn upgrade_first(who: &str, abilities: &[Ability]) -> Vec<String> {
    let lacking = abilities.iter().filter(|ability| ability.answer == "no");
    lacking.map(|ability| format!("{who} cannot {}: {}", ability.what, ability.why)).collect()
}

fn filters(who: &str, found: &Configuration, said: Option<&Equipment>) -> Ability {
    let is_seen = !found.hooks.is_empty() || found.interfaces.iter().any(|one| one.guards().next().is_some());
    let (able, why) = match (is_seen, said.and_then(|said| Some((said.access_lists?, said.because())))) {
        (true, _) => (Some(true), format!("{} lines of its configuration do", found.filter_lines)),
        (false, Some((able, because))) => (Some(able), format!("access lists: {because}")),
        (false, None) => (
            None,
            format!(
                "no list is put on an interface; find out whether {who} has access lists, and whether its licence and software do"
            ),
        ),
    };
    Ability { what: "filter packets", answer: answer(able), why }
}

fn vlans(found: &Configuration, assessment: &Assessment, said: Option<&Equipment>) -> Ability {
    let is_vlan = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("vlan")
            || name.rsplit_once('.').is_some_and(|(_, number)| number.parse::<u16>().is_ok())
    };
    let seen = found.interfaces.iter().filter(|one| is_vlan(&one.name)).count();
    let zones = assessment.zones.len();
    let can = said.and_then(|said| Some((said.vlans?, said.because())));
    let (able, why) = match can {
        _ if seen >= zones && zones > 0 => (
            Some(true),
            format!("{seen} VLANs are in its configuration; the plan has {zones} zones over all points"),
        ),
        Some((most, because)) => (
            Some(most >= zones as u64),
            format!("it holds {most}, {because}; the plan has {zones} zones over all points"),
        ),
        None => (
            None,
            format!("{seen} VLANs are in its configuration; the plan has {zones} zones over all points"),
        ),
    };
    Ability { what: "separate the plan's zones", answer: answer(able), why }
}

/// Table entries: as the plan counted them for a point of this name, else over all points.
fn room(who: &str, found: &Configuration, assessment: &Assessment, said: Option<&Equipment>) -> Ability {
    let points = assessment.segmentation.iter().flat_map(|plan| &plan.points);
    let own = points.into_iter().find(|point| point.point.eq_ignore_ascii_case(who));
    let everywhere = || assessment.rules.iter().map(|rule| rule.ports.len().max(1) as u64).sum::<u64>();
    let (needed, of) = match own {
        Some(point) => (point.entries, "here"),
        None => (everywhere(), "over all points"),
    };
    let can = said.and_then(|said| Some((said.entries?, said.because())));
    let (able, why) = match can {
        Some((most, because)) => {
            let cost =
                match own.filter(|point| most < needed && !point.is_short && !point.proposed.is_empty()) {
                    Some(point) => format!(
                        "; drawing rules together would make it fit and open {} pairs that nothing needs",
                        point.proposed.iter().map(|one| one.pairs).sum::<u64>()
                    ),
                    None => String::new(),
                };
            (
                Some(most >= needed),
                format!("it holds {most} entries, {because}; the plan needs {needed} {of}{cost}"),
            )
        }
        None => (
            (found.filter_lines >= needed && needed > 0).then_some(true),
            format!(
                "{} lines are in it now, the plan needs {needed} entries {of}; how many {who} can hold is not in its \
                 configuration: look it up and put it into equipment.toml",
                found.filter_lines
            ),
        ),
    };
    Ability { what: "hold the plan's rules", answer: answer(able), why }
}

/// Whether its software takes what Cordon writes; `None` where its release decides nothing that is known.
fn software(found: &Configuration) -> Option<Ability> {
    let release = found.release.as_deref()?;
    let major: u32 = release.split(['.', '(']).next()?.parse().ok()?;
    (found.language == Language::CiscoAsa).then(|| Ability {
        what: "take lists that Cordon writes",
        answer: answer(Some(major >= ASA_FROM)),
        why: format!("it runs {release}; one list for both IP families needs {ASA_FROM}.0"),
    })
}
