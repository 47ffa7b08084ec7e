//! Devices that nothing identifies, and near whom they belong by whom they talk with.
//!
//! It is a suggestion with its reason and never moves a device by itself: zones follow from a device's own category,
//! criticality and the policy, so that one more device never moves another. A person follows it with a move.

use crate::{talk, zones};
use cordon_model::Category;
use cordon_model::identify::{Attribute, DeviceId, Estate};
use std::collections::{BTreeMap, BTreeSet};

/// Near whom a device belongs, as far as its conversations tell.
#[derive(Clone, Debug, PartialEq)]
pub struct Near {
    /// Which device.
    pub device: DeviceId,
    /// The zone by its proposed id.
    pub zone: &'static str,
    /// 0 to 1; with how many of that kind it talks decides, and it is never as sure as a category.
    pub confidence: f64,
    /// Why, in a sentence.
    pub why: String,
}

/// What a conversation with a device of this category says of an unknown one.
enum Says {
    /// It belongs near this zone.
    Zone(&'static str),
    /// Nothing: everybody talks with shared services.
    Nothing,
    /// That it does not belong near one kind of device only.
    Against,
}

fn says(category: Category) -> Says {
    use Category as C;
    match category {
        // Archives stand apart, and serve imaging.
        C::ImageArchive => Says::Zone(zones::id_of(C::ImagingModality)),
        C::ImagingModality
        | C::ImagingWorkstation
        | C::Endoscopy
        | C::Radiotherapy
        | C::InfusionPump
        | C::InfusionGateway
        | C::MedicationCabinet
        | C::PatientMonitor
        | C::CentralStation
        | C::TelemetryGateway
        | C::Ecg
        | C::Defibrillator
        | C::ImplantProgrammer
        | C::LaboratoryAnalyser
        | C::PointOfCareAnalyser
        | C::Bed
        | C::NurseCall
        | C::HomeMonitor => Says::Zone(zones::id_of(category)),
        C::Server | C::NetworkEquipment => Says::Nothing,
        _ => Says::Against,
    }
}

/// What is known of one unknown device.
#[derive(Default)]
struct Known {
    peers: BTreeMap<&'static str, BTreeSet<usize>>,
    is_mixed: bool,
}

/// Near whom unknown devices belong that talk with one kind of clinical device only, in order of the estate. Devices
/// that talk outside the site, or that somebody recorded as highly critical, are left to people.
pub fn near(estate: &Estate) -> Vec<Near> {
    let is_open = |at: usize| {
        estate.devices.get(at).is_some_and(|device| {
            device.category() == Category::Unknown && device.value(Attribute::Criticality) != Some("high")
        })
    };
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    // What was not answered, or carried nothing, says nothing but for a scan; and who scans is not told apart here.
    for talk in talk::of_estate(estate).iter().filter(|talk| !talk.is_idle()) {
        for (own, peer) in [(talk.from, talk.to), (talk.to, talk.from)] {
            let talk::End::Device(own) = own else { continue };
            if !is_open(own) {
                continue;
            }
            let known = known.entry(own).or_default();
            match peer {
                talk::End::Device(at) => {
                    match says(estate.devices.get(at).map_or(Category::Unknown, |peer| peer.category())) {
                        Says::Zone(zone) => {
                            known.peers.entry(zone).or_default().insert(at);
                        }
                        Says::Nothing => {}
                        Says::Against => known.is_mixed = true,
                    }
                }
                talk::End::Group(_) => {}
                talk::End::Outside(_) | talk::End::Stranger(_) => known.is_mixed = true,
            }
        }
    }
    known.iter().filter_map(|(at, known)| told(estate, *at, known)).collect()
}

fn told(estate: &Estate, at: usize, known: &Known) -> Option<Near> {
    const NAMED: usize = 3;
    let device = estate.devices.get(at)?;
    let mut peers = known.peers.iter();
    let (Some((zone, with)), None, false) = (peers.next(), peers.next(), known.is_mixed) else { return None };
    let named = with.iter().filter_map(|at| estate.devices.get(*at));
    let mut names: Vec<String> =
        named.take(NAMED).map(|peer| format!("{} ({})", peer.label(), peer.category())).collect();
    if let Some(more) = with.len().checked_sub(NAMED).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    let confidence = match with.len() {
        1 => 0.5,
        2 => 0.6,
        _ => 0.7,
    };
    Some(Near {
        device: device.id.clone(),
        zone,
        confidence,
        why: format!(
            "{} is not identified; besides shared services it talks with {} only, so it may belong near {zone} \
             (confidence {confidence:.1}); find out what it is, or put it there under moves",
            device.label(),
            names.join(", ")
        ),
    })
}
