//! The sheets of a segmentation plan: networks, reservations, migration, rollout, microsegments, who may ask whom, blast
//! radius, needs.

use crate::sheets::{CELL_MAX, heading, write};
use crate::{Document, ReportError, seen, words};
use cordon_wire::assessment::{Assessment, Device, Microsegment, Zone};
use cordon_wire::segmentation::Segmentation;
use std::collections::BTreeMap;

const NETWORKS: &[&str] = &["zone", "name", "vlan", "subnet", "gateway", "devices", "room_for"];
const RESERVATIONS: &[&str] =
    &["id", "name", "zone", "mac", "address_now", "address_then", "vlan_now", "vlan_then", "switch_port"];
const MIGRATION: &[&str] = &[
    "step",
    "zone",
    "name",
    "when_utc",
    "devices",
    "needs",
    "care_critical_needs",
    "device_ids",
    "need_ids",
    "why",
];
const ROLLOUT: &[&str] = &["order", "wave", "id", "name", "zone", "why"];

const MICROSEGMENTS: &[&str] =
    &["zone", "zone_name", "microsegment", "name", "purpose", "device_id", "device", "placed_by"];
const BLAST: &[&str] = &[
    "id",
    "name",
    "zone",
    "reaches_today",
    "reaches_under_plan",
    "reaches_step_by_step",
    "reached_by_under_plan",
    "reaches_when_its_zone_is_lost",
    "zones_that_reach_it",
    "zones_step_by_step",
];
const NEEDS: &[&str] =
    &["id", "from", "to", "transport", "ports", "application", "purpose", "state", "origin", "care_critical"];

/// `address-plan.csv`, `reservations.csv`, `migration.csv`, `rollout.csv`, `microsegments.csv`, `zone-matrix.csv`,
/// `blast-radius.csv` and `needs-coverage.csv`; none without a plan of this kind.
pub(crate) fn sheets(assessment: &Assessment) -> Result<Vec<Document>, ReportError> {
    let Some(segmentation) = &assessment.segmentation else { return Ok(Vec::new()) };
    let names = Names::of(assessment);
    let sheet = |name: &'static str, columns: &[&str], rows: Rows<'_>| -> Result<Document, ReportError> {
        let bytes = write(name, std::iter::once(heading(columns)).chain(rows))?;
        Ok(Document { name, bytes })
    };
    let need_columns: Vec<&str> = NEEDS.iter().chain(&seen::COLUMNS).chain(&["rules"]).copied().collect();
    Ok(vec![
        sheet("address-plan.csv", NETWORKS, networks(segmentation, &names))?,
        sheet("reservations.csv", RESERVATIONS, reservations(segmentation, &names))?,
        sheet("migration.csv", MIGRATION, migration(segmentation, &names))?,
        sheet("rollout.csv", ROLLOUT, rollout(segmentation, &names))?,
        sheet("microsegments.csv", MICROSEGMENTS, Box::new(microsegments(assessment, &names).into_iter()))?,
        sheet("zone-matrix.csv", &["asks", "answers", "from", "to", "rules"], matrix(assessment))?,
        sheet("blast-radius.csv", BLAST, blast(segmentation, &names))?,
        sheet("needs-coverage.csv", &need_columns, needs(assessment, &names))?,
    ])
}

/// Rows that are made when they are written.
type Rows<'a> = Box<dyn Iterator<Item = Vec<String>> + 'a>;

struct Names<'a> {
    devices: BTreeMap<&'a str, &'a Device>,
    zones: BTreeMap<&'a str, &'a str>,
    zone_of: BTreeMap<&'a str, &'a str>,
    /// Names of microsegments by id.
    parts: BTreeMap<&'a str, &'a str>,
}

impl<'a> Names<'a> {
    fn of(assessment: &'a Assessment) -> Names<'a> {
        let zones = || assessment.zones.iter();
        Names {
            devices: assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect(),
            zones: zones().map(|zone| (zone.id.as_str(), zone.name.as_str())).collect(),
            zone_of: zones()
                .flat_map(|zone| zone.devices.iter().map(|id| (id.as_str(), zone.id.as_str())))
                .collect(),
            parts: zones()
                .flat_map(|zone| &zone.microsegments)
                .map(|part| (part.id.as_str(), part.name.as_str()))
                .collect(),
        }
    }

    fn device(&self, id: &str) -> String {
        self.devices.get(id).map_or_else(|| words::clean(id, 60), |device| words::device_name(device))
    }

    fn part(&self, id: &str) -> String {
        words::clean(self.parts.get(id).copied().unwrap_or(id), 120)
    }

    fn zone(&self, id: &str) -> String {
        words::clean(self.zones.get(id).copied().unwrap_or(id), 120)
    }
}

fn networks<'a>(segmentation: &'a Segmentation, names: &'a Names<'_>) -> Rows<'a> {
    let row = move |network: &cordon_wire::segmentation::Network| {
        vec![
            network.zone.clone(),
            names.zone(&network.zone),
            network.vlan.to_string(),
            network.subnet.clone(),
            network.gateway.clone(),
            network.devices.to_string(),
            network.capacity.to_string(),
        ]
    };
    Box::new(segmentation.networks.iter().map(row))
}

fn reservations<'a>(segmentation: &'a Segmentation, names: &'a Names<'_>) -> Rows<'a> {
    let vlans: BTreeMap<&str, u16> =
        segmentation.networks.iter().map(|network| (network.zone.as_str(), network.vlan)).collect();
    let row = move |one: &cordon_wire::segmentation::Reservation| {
        let now: Vec<String> = one.vlans.iter().map(u16::to_string).collect();
        vec![
            words::clean(&one.device, CELL_MAX),
            names.device(&one.device),
            one.zone.clone(),
            one.mac.clone().unwrap_or_default(),
            one.now.clone().unwrap_or_default(),
            one.then.clone(),
            now.join(" "),
            vlans.get(one.zone.as_str()).map(u16::to_string).unwrap_or_default(),
            words::clean(one.switch_port.as_deref().unwrap_or_default(), 120),
        ]
    };
    Box::new(segmentation.reservations.iter().map(row))
}

fn migration<'a>(segmentation: &'a Segmentation, names: &'a Names<'_>) -> Rows<'a> {
    let row = move |(at, step): (usize, &cordon_wire::segmentation::Step)| {
        vec![
            (at + 1).to_string(),
            step.zone.clone(),
            names.zone(&step.zone),
            words::hour_of_week(step.hour_of_week),
            step.devices.len().to_string(),
            step.needs.len().to_string(),
            step.care_critical.to_string(),
            words::clean(&step.devices.join(" "), CELL_MAX),
            words::clean(&step.needs.join(" "), CELL_MAX),
            words::clean(&step.why, 400),
        ]
    };
    Box::new(segmentation.migration.iter().enumerate().map(row))
}

fn rollout<'a>(segmentation: &'a Segmentation, names: &'a Names<'_>) -> Rows<'a> {
    let row = move |(at, canary): (usize, &cordon_wire::segmentation::Canary)| {
        vec![
            (at + 1).to_string(),
            canary.wave.to_string(),
            words::clean(&canary.device, CELL_MAX),
            names.device(&canary.device),
            names.zone_of.get(canary.device.as_str()).map(|zone| names.zone(zone)).unwrap_or_default(),
            words::clean(&canary.why, 400),
        ]
    };
    Box::new(segmentation.rollout.iter().enumerate().map(row))
}

/// A row for each device: its zone, its microsegment where it is in one, and the evidence where the communication graph
/// told.
fn microsegments(assessment: &Assessment, names: &Names<'_>) -> Vec<Vec<String>> {
    let told = assessment.segmentation.iter().flat_map(|plan| &plan.by_graph);
    let told: BTreeMap<&str, &str> = told.map(|one| (one.device.as_str(), one.why.as_str())).collect();
    let mut rows = Vec::new();
    for zone in &assessment.zones {
        let parts = zone.microsegments.iter();
        let part_of: BTreeMap<&str, &Microsegment> =
            parts.flat_map(|part| part.devices.iter().map(move |id| (id.as_str(), part))).collect();
        for id in &zone.devices {
            let part = part_of.get(id.as_str());
            let of = |text: fn(&Microsegment) -> &String| {
                part.map(|part| words::clean(text(part), 200)).unwrap_or_default()
            };
            rows.push(vec![
                zone.id.clone(),
                words::clean(&zone.name, 120),
                of(|part| &part.id),
                of(|part| &part.name),
                of(|part| &part.purpose),
                words::clean(id, CELL_MAX),
                names.device(id),
                words::clean(told.get(id.as_str()).copied().unwrap_or_default(), 400),
            ]);
        }
    }
    rows
}

/// Which zone may ask which, by number of rules; pairs of zones without a rule have no row.
fn matrix(assessment: &Assessment) -> Rows<'static> {
    let mut zone_of: BTreeMap<String, &Zone> = BTreeMap::new();
    for zone in &assessment.zones {
        zone_of.extend(zone.wholes().map(|(whole, _)| (whole, zone)));
        zone_of.extend(zone.devices.iter().map(|id| (format!("device:{id}"), zone)));
        zone_of.extend(zone.outside.iter().map(|name| (format!("outside:{name}"), zone)));
    }
    let end = |party: &str| match zone_of.get(party) {
        Some(zone) => (zone.id.clone(), words::clean(&zone.name, 120)),
        None => (words::clean(party, 120), words::clean(party, 120)),
    };
    let mut cells: BTreeMap<_, u64> = BTreeMap::new();
    for rule in &assessment.rules {
        *cells.entry((end(&rule.from), end(&rule.to))).or_default() += 1;
    }
    let row =
        |(((asks, from), (answers, to)), rules): (_, u64)| vec![asks, answers, from, to, rules.to_string()];
    Box::new(cells.into_iter().map(row))
}

fn blast<'a>(segmentation: &'a Segmentation, names: &'a Names<'_>) -> Rows<'a> {
    let row = move |one: &cordon_wire::segmentation::DeviceLost| {
        let counts = [
            one.today,
            one.direct,
            one.in_steps,
            one.reached_by,
            one.with_zone,
            one.zones,
            one.zones_in_steps,
        ];
        let zone = names.zone_of.get(one.device.as_str()).copied().unwrap_or_default().to_owned();
        let who = [words::clean(&one.device, CELL_MAX), names.device(&one.device), zone];
        who.into_iter().chain(counts.iter().map(u64::to_string)).collect()
    };
    Box::new(segmentation.devices_lost.iter().map(row))
}

/// How well each need was observed; empty where it was never seen.
fn needs<'a>(assessment: &'a Assessment, names: &'a Names<'_>) -> Rows<'a> {
    let mut rules: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for rule in &assessment.rules {
        rule.needs.iter().for_each(|need| rules.entry(need).or_default().push(&rule.id));
    }
    let yes = |is: bool| if is { "yes" } else { "no" }.to_owned();
    let party = move |text: &str| match text.split_once(':') {
        Some(("device", id)) => names.device(id),
        Some(("zone", id)) => format!("every device of {}", names.zone(id)),
        Some(("microsegment", id)) => format!("every device of {}", names.part(id)),
        _ => words::clean(text, 120),
    };
    let row = move |need: &cordon_wire::assessment::Need| {
        let ports: Vec<String> = need.ports.iter().map(u16::to_string).collect();
        let mut cells = vec![
            need.id.clone(),
            party(&need.from),
            party(&need.to),
            need.transport.clone(),
            ports.join(" "),
            words::clean(need.application.as_deref().unwrap_or_default(), 60),
            words::clean(&need.purpose, 400),
            need.state.clone(),
            need.origin.clone(),
            yes(need.care_critical),
        ];
        cells.extend(seen::cells(need.seen.as_ref()));
        let own = rules.get(need.id.as_str()).map(|rules| rules.join(" ")).unwrap_or_default();
        cells.push(words::clean(&own, CELL_MAX));
        cells
    };
    Box::new(assessment.needs.iter().map(row))
}
