//! The sheets of a segmentation plan: networks, reservations, migration, rollout.

use crate::sheets::{CELL_MAX, heading, write};
use crate::{Document, ReportError, words};
use cordon_wire::assessment::{Assessment, Device};
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

/// `address-plan.csv`, `reservations.csv`, `migration.csv` and `rollout.csv`; none without a plan of this kind.
pub(crate) fn sheets(assessment: &Assessment) -> Result<Vec<Document>, ReportError> {
    let Some(segmentation) = &assessment.segmentation else { return Ok(Vec::new()) };
    let names = Names::of(assessment);
    let sheet =
        |name: &'static str, columns: &[&str], rows: Vec<Vec<String>>| -> Result<Document, ReportError> {
            let bytes = write(name, std::iter::once(heading(columns)).chain(rows))?;
            Ok(Document { name, bytes })
        };
    Ok(vec![
        sheet("address-plan.csv", NETWORKS, networks(segmentation, &names))?,
        sheet("reservations.csv", RESERVATIONS, reservations(segmentation, &names))?,
        sheet("migration.csv", MIGRATION, migration(segmentation, &names))?,
        sheet("rollout.csv", ROLLOUT, rollout(segmentation, &names))?,
    ])
}

struct Names<'a> {
    devices: BTreeMap<&'a str, &'a Device>,
    zones: BTreeMap<&'a str, &'a str>,
    zone_of: BTreeMap<&'a str, &'a str>,
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
        }
    }

    fn device(&self, id: &str) -> String {
        self.devices.get(id).map_or_else(|| words::clean(id, 60), |device| words::device_name(device))
    }

    fn zone(&self, id: &str) -> String {
        words::clean(self.zones.get(id).copied().unwrap_or(id), 120)
    }
}

fn networks(segmentation: &Segmentation, names: &Names<'_>) -> Vec<Vec<String>> {
    let row = |network: &cordon_wire::segmentation::Network| {
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
    segmentation.networks.iter().map(row).collect()
}

fn reservations(segmentation: &Segmentation, names: &Names<'_>) -> Vec<Vec<String>> {
    let vlans: BTreeMap<&str, u16> =
        segmentation.networks.iter().map(|network| (network.zone.as_str(), network.vlan)).collect();
    let row = |one: &cordon_wire::segmentation::Reservation| {
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
    segmentation.reservations.iter().map(row).collect()
}

fn migration(segmentation: &Segmentation, names: &Names<'_>) -> Vec<Vec<String>> {
    let row = |(at, step): (usize, &cordon_wire::segmentation::Step)| {
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
    segmentation.migration.iter().enumerate().map(row).collect()
}

fn rollout(segmentation: &Segmentation, names: &Names<'_>) -> Vec<Vec<String>> {
    let row = |(at, canary): (usize, &cordon_wire::segmentation::Canary)| {
        vec![
            (at + 1).to_string(),
            canary.wave.to_string(),
            words::clean(&canary.device, CELL_MAX),
            names.device(&canary.device),
            names.zone_of.get(canary.device.as_str()).map(|zone| names.zone(zone)).unwrap_or_default(),
            words::clean(&canary.why, 400),
        ]
    };
    segmentation.rollout.iter().enumerate().map(row).collect()
}
