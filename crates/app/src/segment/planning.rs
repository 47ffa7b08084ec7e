//! A plan with everything a site folder says about it: zones and rules by the policy, budgets, addresses, the order in
//! which it is put into force.

use super::within;
use crate::encode;
use crate::equipment::Equipment;
use crate::error::AppError;
use cordon_knowledge::Knowledge;
use cordon_model::Timestamp;
use cordon_model::assess::DeviceAssessment;
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::segment::Zone;
use cordon_segment::addresses::AddressPlan;
use cordon_segment::budgets::{Fit, fit};
use cordon_segment::graph::{self, Graph};
use cordon_segment::makers::{OpenQuestion, open_questions};
use cordon_segment::policy::{self, Budget, Fault, Given, GivenPart, Policy, SplitBy};
use cordon_segment::zones::Proposed;
use cordon_segment::{Plan, Settings, addresses, blast, plan, rollout, zones};
use cordon_wire::segmentation as wire;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

/// The file of the site folder that people write.
const POLICY: &str = "policy.yaml";
/// The file of the site folder that keeps the last plan.
const LAST: &str = "plan.json";
/// The longest policy that is read, in bytes.
const BYTES_MAX: u64 = 16 << 20;

/// The zones of devices that nothing identifies.
const UNKNOWN: &str = "zone-unknown";

/// How many devices are named of which the communication graph tells something else than for the last plan.
const NOTES_OF_GRAPH: usize = 20;

/// A first policy divides a zone by department from so many devices on, when most of them have one.
const SPLIT_FROM: usize = 50;

/// What a site folder says about the plan.
#[derive(Debug, Default)]
pub(crate) struct Wishes {
    pub(crate) path: PathBuf,
    /// The file as it stands; `None` where there is none.
    pub(crate) text: Option<String>,
    pub(crate) policy: Policy,
    /// The last plan.
    pub(crate) last: Option<wire::Plan>,
    /// True when what the communication graph told for the last plan is forgotten.
    pub(crate) asks_again: bool,
    /// What firewalls and switches can do.
    equipment: Vec<Equipment>,
}

impl Wishes {
    /// Reads policy and last plan of a site folder; both may be missing.
    pub(crate) fn read(folder: &Path) -> Result<Wishes, AppError> {
        let path = folder.join(POLICY);
        let text = read_text(&path)?;
        let policy = match &text {
            Some(text) => policy::read(text).map_err(|faults| refused(&path, &faults))?,
            None => Policy::default(),
        };
        let last_path = folder.join(LAST);
        let last = read_text(&last_path)?.map(|text| parse_plan(&last_path, &text)).transpose()?;
        let equipment = crate::equipment::read(folder)?;
        Ok(Wishes { path, text, policy, last, asks_again: false, equipment })
    }

    /// Where the last plan is kept.
    pub(crate) fn last_path(&self) -> PathBuf {
        self.path.with_file_name(LAST)
    }

    /// The communication graph; what it told of devices of the last plan still holds, and where it tells something else
    /// now stands in the notes.
    pub(crate) fn graph(&self, estate: &Estate) -> (Graph, Vec<String>) {
        let mut graph = graph::graph(estate);
        let Some(last) = self.last.as_ref().filter(|_| !self.asks_again) else { return (graph, Vec::new()) };
        let told = last.segmentation.by_graph.iter();
        let told: BTreeMap<&str, &String> =
            told.filter_map(|one| Some((one.device.as_str(), one.near.as_ref()?))).collect();
        let known = last.zones.iter().flat_map(|zone| &zone.devices);
        let earlier = known
            .map(|id| (DeviceId::new(id.as_str()), told.get(id.as_str()).map(|near| (*near).clone())))
            .collect();
        let mut notes = graph::remember(&mut graph, &earlier);
        if let Some(more) = notes.len().checked_sub(NOTES_OF_GRAPH).filter(|more| *more > 0) {
            notes.truncate(NOTES_OF_GRAPH);
            notes
                .push(format!("and of {more} more devices the communication graph tells something else now"));
        }
        (graph, notes)
    }

    fn reserved(&self) -> BTreeMap<DeviceId, Ipv4Addr> {
        let last = self.last.iter().flat_map(|last| &last.segmentation.reservations);
        last.filter_map(|one| Some((DeviceId::new(one.device.as_str()), one.then.parse().ok()?))).collect()
    }
}

/// A plan as it was kept.
pub(crate) fn parse_plan(path: &Path, text: &str) -> Result<wire::Plan, AppError> {
    let plan: wire::Plan = serde_json::from_str(text).map_err(|error| {
        AppError::unreadable(
            path,
            format!("this is no plan.json of this version: {error}; take it away to begin anew"),
        )
    })?;
    if plan.schema == wire::SCHEMA {
        return Ok(plan);
    }
    let reason = format!("its schema is \"{}\"; this program reads {}", plan.schema, wire::SCHEMA);
    Err(AppError::unreadable(path, reason))
}

fn read_text(path: &Path) -> Result<Option<String>, AppError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(AppError::unreadable(path, error)),
        Ok(found) if path.ends_with(POLICY) && found.len() > BYTES_MAX => {
            let reason = format!("it has {} bytes; at most {BYTES_MAX} are read", found.len());
            return Err(AppError::unreadable(path, reason));
        }
        Ok(_) => {}
    }
    fs::read_to_string(path).map(Some).map_err(|error| AppError::unreadable(path, error))
}

/// Every mistake of a policy, by line.
pub(crate) fn refused(path: &Path, faults: &[Fault]) -> AppError {
    const TOLD: usize = 20;
    let mut lines: Vec<String> = faults.iter().take(TOLD).map(ToString::to_string).collect();
    if let Some(more) = faults.len().checked_sub(TOLD).filter(|more| *more > 0) {
        lines.push(format!("and {more} more"));
    }
    AppError::unreadable(path, lines.join("\n  "))
}

/// A plan and everything that goes with it.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) plan: Plan,
    graph: Graph,
    /// What the policy may be given of microsegments.
    parts: Vec<Proposed>,
    fit: Fit,
    addresses: AddressPlan,
    /// Rules of the policy that have run out, and acceptances that could not be followed.
    notes: Vec<String>,
}

/// Plans an estate as a site wishes; `settings` hold what it decided besides.
pub(crate) fn planned(
    estate: &Estate,
    assessments: &[DeviceAssessment],
    knowledge: &Knowledge,
    wishes: &Wishes,
    mut settings: Settings,
    now: Timestamp,
) -> Result<Planned, AppError> {
    let refuse = |faults: Vec<Fault>| refused(&wishes.path, &faults);
    let (policy, too_large) = within_equipment(&wishes.policy, &wishes.equipment);
    let policy = &policy;
    let (graph, told_otherwise) = wishes.graph(estate);
    let placed = zones::place(estate, assessments, policy, &graph).map_err(refuse)?;
    let parts = zones::microsegments(estate, assessments, policy, &graph, &placed);
    let (by_hand, mut notes) = policy::needs(policy, estate, &placed, now).map_err(refuse)?;
    notes.extend(told_otherwise);
    notes.extend(within::undivided(&placed, policy));
    settings.confirmed.extend(by_hand);
    settings.zones = Some(placed);
    let mut plan = plan(estate, assessments, knowledge, &settings);
    notes.extend(questions(estate, &settings));
    let mut fit = fit(std::mem::take(&mut plan.rules), &plan.zones, policy);
    plan.rules = std::mem::take(&mut fit.rules);
    let addresses = addresses::plan(estate, &plan.zones, policy, &wishes.reserved()).map_err(refuse)?;
    notes.append(&mut fit.notes);
    notes.extend(too_large);
    notes.extend(upgrades(&wishes.equipment, &fit, &plan.zones));
    notes.extend(within::enforceable(&plan, &wishes.equipment));
    Ok(Planned { plan, graph, parts, fit, addresses, notes })
}

/// The policy with the room that equipment has: a point without a budget gets one over all zones, and none is larger than
/// what the equipment holds.
fn within_equipment(policy: &Policy, equipment: &[Equipment]) -> (Policy, Vec<String>) {
    let (mut policy, mut notes) = (policy.clone(), Vec::new());
    for one in equipment {
        let Some(entries) = one.entries else { continue };
        let budget = policy.budgets.iter_mut().find(|budget| budget.point.eq_ignore_ascii_case(&one.name));
        match budget {
            Some(budget) if budget.entries > entries => {
                notes.push(format!(
                    "the budget of {} in the policy is {}, and it holds {entries} entries: {}; planned with {entries}",
                    budget.point,
                    budget.entries,
                    one.because()
                ));
                budget.entries = entries;
            }
            Some(_) => {}
            None => {
                policy.budgets.push(Budget { line: 0, point: one.name.clone(), zones: Vec::new(), entries })
            }
        }
    }
    (policy, notes)
}

/// What must be upgraded before the plan can be enforced, in sentences.
fn upgrades(equipment: &[Equipment], fit: &Fit, zones: &[Zone]) -> Vec<String> {
    let zones = zones.iter().filter(|zone| !zone.devices.is_empty()).count() as u64;
    let mut notes = Vec::new();
    for one in equipment {
        let (name, because) = (&one.name, one.because());
        if one.access_lists == Some(false) {
            notes.push(format!("upgrade or replace {name} first: it has no access lists, {because}"));
        }
        if let Some(vlans) = one.vlans.filter(|vlans| *vlans < zones) {
            notes.push(format!(
                "{name} holds {vlans} VLANs and the plan has {zones} zones over all points, {because}: see that no more \
                 than {vlans} meet there, or upgrade it first"
            ));
        }
    }
    for point in fit.points.iter().filter(|point| point.entries > point.budget) {
        let pairs: u64 = point.proposed.iter().map(|one| one.pairs).sum();
        notes.push(match point.is_short {
            true => format!(
                "upgrade {} first: the plan needs {} entries there and it holds {}, whatever is drawn together",
                point.point, point.entries, point.budget
            ),
            false => format!(
                "upgrade {} first, or accept that {pairs} pairs open that nothing needs: the plan needs {} entries there \
                 and it holds {}",
                point.point, point.entries, point.budget
            ),
        });
    }
    notes
}

/// What stays open with makers, in sentences; `cordon segment needs --questions` has all.
fn questions(estate: &Estate, settings: &Settings) -> Vec<String> {
    const TOLD: usize = 50;
    let all = open_questions(estate, settings);
    let sentence = |one: &OpenQuestion| {
        let devices = match one.devices.len() {
            1 => "one device".to_owned(),
            count => format!("{count} devices"),
        };
        let place = if one.place.is_empty() { String::new() } else { format!(" {}", one.place) };
        let evidence =
            if one.evidence.is_empty() { String::new() } else { format!("; {}", one.evidence.join(", ")) };
        format!("{}{place} ({devices}): {}{evidence}", one.document, one.ask)
    };
    let mut told: Vec<String> = all.iter().take(TOLD).map(sentence).collect();
    if all.len() > TOLD {
        told.push(format!("and {} more open questions to makers", all.len() - TOLD));
    }
    told
}

impl Planned {
    /// Everything but zones and rules, for an assessment.
    pub(crate) fn encode(
        &self,
        estate: &Estate,
        knowledge: &Knowledge,
        policy: &Policy,
    ) -> wire::Segmentation {
        let mut notes = self.notes.clone();
        notes.extend(self.addresses.notes.iter().cloned());
        let unknown = |id: &DeviceId| {
            self.plan.zones.iter().any(|zone| zone.id.starts_with(UNKNOWN) && zone.devices.contains(id))
        };
        let hints = graph::hints(&self.graph).into_iter().filter(|(device, _)| unknown(device));
        notes.extend(hints.map(|(_, why)| why));
        let lost = blast::blast(estate, &self.plan);
        wire::Segmentation {
            networks: self.addresses.networks.iter().map(encode::network).collect(),
            reservations: self.addresses.reservations.iter().map(encode::reservation).collect(),
            migration: rollout::migration(estate, &self.plan, knowledge, &policy.addresses)
                .iter()
                .map(encode::step)
                .collect(),
            rollout: rollout::canaries(estate, &self.plan, knowledge).iter().map(encode::canary).collect(),
            points: self.fit.points.iter().map(encode::point).collect(),
            accepted: self.fit.accepted.iter().map(encode::aggregate).collect(),
            zones_lost: lost.zones.iter().map(encode::zone_lost).collect(),
            devices_lost: lost.devices.iter().map(encode::device_lost).collect(),
            by_graph: encode::by_graph(estate, &self.graph),
            notes,
            changes: None,
        }
    }

    /// What the policy file should say of each zone that has devices.
    pub(crate) fn given(&self) -> Vec<Given> {
        let networks: BTreeMap<&str, _> =
            self.addresses.networks.iter().map(|one| (one.zone.as_str(), one)).collect();
        let occupied = self.plan.zones.iter().filter(|zone| !zone.devices.is_empty());
        occupied
            .map(|zone| {
                let network = networks.get(zone.id.as_str());
                Given {
                    parts: parts_of(&self.parts, &zone.id),
                    vlan: network.map(|network| network.vlan),
                    subnet: network.map(|network| network.subnet),
                    ..of_zone(zone)
                }
            })
            .collect()
    }
}

/// What a policy says of a zone's microsegments; a zone of which all devices are alike stays undivided.
fn parts_of(proposed: &[Proposed], zone: &str) -> Vec<GivenPart> {
    let own = proposed.iter().filter(|part| part.zone == zone);
    let parts: Vec<GivenPart> = own.map(Proposed::given).collect();
    if parts.len() > 1 { parts } else { Vec::new() }
}

fn of_zone(zone: &Zone) -> Given {
    Given {
        id: zone.id.clone(),
        name: zone.name.clone(),
        purpose: zone.purpose.clone(),
        categories: zones::categories(&zone.id),
        ..Given::default()
    }
}

/// The text of a first policy: the zones as proposed, large ones divided by department where most devices have one.
/// Microsegments come into it with the plan, when it is known which zones that gives.
pub(crate) fn first_policy(
    estate: &Estate,
    assessments: &[DeviceAssessment],
    graph: &Graph,
) -> Result<String, Vec<Fault>> {
    let devices: BTreeMap<&DeviceId, &Device> =
        estate.devices.iter().map(|device| (&device.id, device)).collect();
    let proposed = zones::place(estate, assessments, &Policy::default(), graph)?;
    let given: Vec<Given> = proposed
        .iter()
        .map(|zone| {
            let of = |id: &DeviceId| devices.get(id).and_then(|device| device.value(Attribute::Department));
            let departments: Vec<&str> = zone.devices.iter().filter_map(of).collect();
            let is_known = departments.len() * 5 >= zone.devices.len() * 3;
            let several = departments.iter().collect::<BTreeSet<_>>().len() > 1;
            let splits = zone.devices.len() >= SPLIT_FROM && is_known && several;
            Given { split_by: splits.then_some(SplitBy::Department), ..of_zone(zone) }
        })
        .collect();
    Ok(policy::first(&given))
}
