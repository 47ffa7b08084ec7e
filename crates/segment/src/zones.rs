//! Zones by what devices are for and how much care depends on them; machines without security updates stand apart,
//! and what a policy file says comes first.
//!
//! A zone depends on the device's own category, support status, department, location and criticality and on the
//! policy only, so that one more device never moves another one. Where the category is not known, the communication
//! graph speaks for it ([`graph`]); kept with the plan, what it told moves nobody later either.

mod context;
mod members;
mod outside;
mod parts;

pub(crate) use members::Names;
pub(crate) use outside::outside;
pub use parts::Proposed;

use crate::graph::{self, Graph};
use crate::policy::{Fault, Policy, SplitBy};
use context::Context;
use cordon_model::Category;
use cordon_model::assess::DeviceAssessment;
use cordon_model::identify::{Attribute, Device, Estate};
use cordon_model::segment::Zone;
use members::Members;
use std::collections::BTreeMap;

/// One group of categories: id, name a person reads, what it is for.
struct Group {
    id: &'static str,
    name: &'static str,
    purpose: &'static str,
}

const fn group(id: &'static str, name: &'static str, purpose: &'static str) -> Group {
    Group { id, name, purpose }
}

/// The id of the zone that devices of a category belong to while their system is supported.
pub fn id_of(category: Category) -> &'static str {
    of(category).id
}

fn of(category: Category) -> Group {
    use Category as C;
    match category {
        C::ImagingModality | C::ImagingWorkstation | C::Endoscopy => {
            group("zone-imaging", "Imaging", "devices that make images and the places where they are read")
        }
        C::Radiotherapy => group("zone-radiotherapy", "Radiotherapy", "devices that plan and give radiation"),
        C::InfusionPump | C::InfusionGateway | C::MedicationCabinet => {
            group("zone-pumps", "Infusion and medication", "pumps, their gateways and medication cabinets")
        }
        C::PatientMonitor | C::CentralStation | C::TelemetryGateway => {
            group("zone-monitoring", "Patient monitoring", "monitors, central stations and telemetry")
        }
        C::Ventilator | C::Anaesthesia | C::Dialysis => group(
            "zone-life-support",
            "Ventilation, anaesthesia, dialysis",
            "devices that keep patients alive",
        ),
        C::Ecg | C::Defibrillator | C::ImplantProgrammer => group(
            "zone-cardiology",
            "Cardiology",
            "electrocardiographs, defibrillators and implant programmers",
        ),
        C::LaboratoryAnalyser | C::PointOfCareAnalyser => {
            group("zone-laboratory", "Laboratory", "analysers in the laboratory and at the bedside")
        }
        C::ImageArchive => {
            group("zone-archive", "Image archive", "archives that hold the images of many devices")
        }
        C::IntegrationEngine => group(
            "zone-integration",
            "Integration engine",
            "engines that pass orders and results between clinical systems",
        ),
        C::ClinicalServer => group(
            "zone-clinical-servers",
            "Clinical servers",
            "servers of clinical applications that many devices depend on",
        ),
        C::Bed | C::NurseCall | C::HomeMonitor => {
            group("zone-ward", "Ward", "beds, nurse call and home monitoring")
        }
        C::Workstation | C::Tablet | C::Phone | C::Printer => {
            group("zone-office", "Workstations and office", "machines that staff use, and their printers")
        }
        C::Server => group(
            "zone-servers",
            "Shared services",
            "servers that all may depend on: names, time, sign-in, files",
        ),
        C::NetworkEquipment => group("zone-network", "Network", "routers, switches and access points"),
        C::Camera | C::Ups | C::BuildingSystem => {
            group("zone-building", "Building", "cameras, power and building control")
        }
        C::Other | C::Unknown => {
            group("zone-unknown", "Not known", "devices that nothing seen identifies; find out what they are")
        }
    }
}

/// Puts every device into one zone, as proposed.
pub(crate) fn propose(estate: &Estate, assessments: &[DeviceAssessment]) -> Vec<Zone> {
    // Only a policy can be wrong.
    place(estate, assessments, &Policy::default(), &graph::graph(estate)).unwrap_or_default()
}

/// The microsegments that are proposed for zones as they were placed, by zone and id.
pub fn microsegments(
    estate: &Estate,
    assessments: &[DeviceAssessment],
    policy: &Policy,
    graph: &Graph,
    zones: &[Zone],
) -> Vec<Proposed> {
    parts::proposed(estate, zones, policy, &Context::new(assessments, graph))
}

/// Puts every device into one zone, and within it into a microsegment: as the policy says, else as proposed. A policy
/// that contradicts itself or the estate yields every mistake with its line, and no zone.
pub fn place(
    estate: &Estate,
    assessments: &[DeviceAssessment],
    policy: &Policy,
    graph: &Graph,
) -> Result<Vec<Zone>, Vec<Fault>> {
    let context = Context::new(assessments, graph);
    let names = Names::new(estate);
    let mut faults = Vec::new();
    let members = Members::new(&names, policy, &mut faults);
    let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
    for device in &estate.devices {
        let is_ended = context.is_system_ended(device);
        let described = match members.of(device, &context, &mut faults) {
            Some((id, true)) => Described::of_policy(policy, &id),
            Some((id, false)) => within(policy, Described::of_policy(policy, &id), device, is_ended),
            None => within(policy, Described::of_group(of(context.category(device))), device, is_ended),
        };
        let described = described.named_by(policy);
        let zone = zones.entry(described.id.clone()).or_insert_with(|| described.zone());
        zone.devices.push(device.id.clone());
    }
    for said in policy.zones.iter().filter(|said| !said.outside.is_empty()) {
        let empty = || Described::of_policy(policy, &said.id).named_by(policy).zone();
        zones.entry(said.id.clone()).or_insert_with(empty).outside = said.outside.clone();
    }
    parts::place(estate, &mut zones, policy, &context, &names, &mut faults);
    if !faults.is_empty() {
        faults.sort();
        faults.dedup();
        return Err(faults);
    }
    let mut zones: Vec<Zone> = zones.into_values().collect();
    for zone in &mut zones {
        zone.devices.sort();
        zone.outside.sort();
    }
    Ok(zones)
}

/// A zone before anybody is in it.
struct Described {
    id: String,
    name: String,
    purpose: String,
}

impl Described {
    fn of_group(group: Group) -> Described {
        Described { id: group.id.to_owned(), name: group.name.to_owned(), purpose: group.purpose.to_owned() }
    }

    /// A zone of the policy, in the proposal's words where the policy has none.
    fn of_policy(policy: &Policy, id: &str) -> Described {
        let said = policy.zones.iter().find(|zone| zone.id == id);
        let usual = Category::ALL.iter().map(|category| of(*category)).find(|group| group.id == id);
        let usual = usual.map(Described::of_group);
        let or = |text: Option<&String>, usual: Option<String>| {
            text.filter(|text| !text.is_empty()).cloned().or(usual).unwrap_or_default()
        };
        let name = or(said.map(|zone| &zone.name), usual.as_ref().map(|usual| usual.name.clone()));
        Described {
            id: id.to_owned(),
            name: if name.is_empty() { id.to_owned() } else { name },
            purpose: or(said.map(|zone| &zone.purpose), usual.map(|usual| usual.purpose)),
        }
    }

    /// A zone that follows from another bears the name that the policy gives it by its own id.
    fn named_by(mut self, policy: &Policy) -> Described {
        if let Some(said) = policy.zones.iter().find(|zone| zone.id == self.id) {
            for (own, theirs) in [(&mut self.name, &said.name), (&mut self.purpose, &said.purpose)] {
                if !theirs.is_empty() {
                    own.clone_from(theirs);
                }
            }
        }
        self
    }

    fn zone(self) -> Zone {
        let Described { id, name, purpose } = self;
        Zone { id, name, purpose, devices: Vec::new(), outside: Vec::new(), microsegments: Vec::new() }
    }
}

/// Zones of machines that care can mostly do without: those it cannot do without stand apart.
const ORDINARY: &[&str] = &["zone-office", "zone-building", "zone-unknown"];

/// The part of a zone that a device belongs to: apart when care depends on it and not on the others, its
/// department's or place's where the policy divides the zone, and apart when its system gets no updates.
fn within(policy: &Policy, mut zone: Described, device: &Device, is_ended: bool) -> Described {
    let said = policy.zones.iter().find(|said| said.id == zone.id);
    if ORDINARY.contains(&zone.id.as_str()) && device.value(Attribute::Criticality) == Some("high") {
        zone.id.push_str("-critical");
        zone.name.push_str(", care depends on it");
        zone.purpose.push_str("; care depends on these, so they stand apart from the rest");
    }
    let split = said.and_then(|said| said.split_by).map(|split| match split {
        SplitBy::Department => Attribute::Department,
        SplitBy::Location => Attribute::Location,
    });
    if let Some(place) = split.and_then(|split| device.value(split)) {
        let part = slug(place);
        if !part.is_empty() {
            zone.id = format!("{}-{part}", zone.id);
            zone.name = format!("{}, {place}", zone.name);
        }
    }
    if is_ended && !said.is_some_and(|said| said.keeps_unsupported) {
        zone.id.push_str("-unsupported");
        zone.name.push_str(", unsupported systems");
        zone.purpose.push_str("; these run systems without security updates and stand apart");
    }
    zone
}

/// A name as part of an id; different names may come to share one, and then share a zone.
fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.chars().flat_map(char::to_lowercase).take(40) {
        if c.is_ascii_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.trim_end_matches('-').to_owned()
}

/// The categories that are proposed for a zone, in order; none for one that follows from another.
pub fn categories(id: &str) -> Vec<Category> {
    Category::ALL.iter().copied().filter(|category| of(*category).id == id).collect()
}
