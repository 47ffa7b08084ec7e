//! Zones by what devices are for; machines without security updates stand apart.
//!
//! A zone depends on a device's own category and support status only, so that one more device never moves
//! another one.

use cordon_model::Category;
use cordon_model::assess::{DeviceAssessment, SupportStatus};
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::segment::Zone;
use std::collections::{BTreeMap, BTreeSet};

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
        C::ImageArchive | C::IntegrationEngine | C::ClinicalServer => group(
            "zone-clinical-services",
            "Clinical services",
            "archive, integration engine and clinical servers that many devices depend on",
        ),
        C::Bed | C::NurseCall | C::HomeMonitor => {
            group("zone-ward", "Ward", "beds, nurse call and home monitoring")
        }
        C::Workstation | C::Tablet | C::Phone | C::Printer => {
            group("zone-office", "Workstations and office", "machines that staff use, and their printers")
        }
        C::Server => group("zone-servers", "Servers", "servers that are not clinical"),
        C::NetworkEquipment => group("zone-network", "Network", "routers, switches and access points"),
        C::Camera | C::Ups | C::BuildingSystem => {
            group("zone-building", "Building", "cameras, power and building control")
        }
        C::Other | C::Unknown => {
            group("zone-unknown", "Not known", "devices that nothing seen identifies; find out what they are")
        }
    }
}

/// Puts every device into one zone.
pub(crate) fn propose(estate: &Estate, assessments: &[DeviceAssessment]) -> Vec<Zone> {
    let ended: BTreeSet<&DeviceId> = assessments
        .iter()
        .filter(|assessment| assessment.support.os == SupportStatus::Ended)
        .map(|assessment| &assessment.device)
        .collect();
    let mut zones: BTreeMap<String, Zone> = BTreeMap::new();
    for device in &estate.devices {
        let Group { id, name, purpose } = of(device.category());
        let (id, name, purpose) = if ended.contains(&device.id) {
            let purpose = format!("{purpose}; these run systems without security updates and stand apart");
            (format!("{id}-unsupported"), format!("{name}, unsupported systems"), purpose)
        } else {
            (id.to_string(), name.to_string(), purpose.to_string())
        };
        let zone = zones.entry(id.clone()).or_insert_with(|| Zone {
            id,
            name,
            purpose,
            devices: Vec::new(),
            outside: Vec::new(),
        });
        zone.devices.push(device.id.clone());
    }
    let mut zones: Vec<Zone> = zones.into_values().collect();
    for zone in &mut zones {
        zone.devices.sort();
    }
    zones
}
