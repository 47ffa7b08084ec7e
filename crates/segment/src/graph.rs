//! The communication graph: near whom a device belongs whose own category is not known or says little.
//!
//! It tells of one device by whom this device itself talks with, and only by counterparts whose own category is known,
//! so that what it tells of one never depends on what it told of another. What it told once is kept with the plan
//! ([`remember`]): zones stay as they are when the estate changes a little, and a person hears what it would tell now.

use crate::{scan, talk, zones};
use cordon_model::Category;
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::observe::Protocol;
use std::collections::{BTreeMap, BTreeSet};

/// What the graph tells, by device: of every device whose category is not known or general, even where it tells nothing.
pub type Graph = BTreeMap<DeviceId, Near>;

/// Near whom a device belongs, as far as its conversations tell.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Near {
    /// The kind it belongs near, as the id of the zone that is proposed for it; `None` when the graph does not tell.
    pub zone: Option<&'static str>,
    /// The same where one counterpart only speaks for it: enough to ask a person, not to decide.
    pub hint: Option<&'static str>,
    /// 0 to 1; with how many of that kind it talks decides, and it is never as sure as a category.
    pub confidence: f64,
    /// The evidence, in a sentence; empty where there is none.
    pub why: String,
}

/// What a conversation with a device of this category says of another device.
enum Says {
    /// It belongs near this kind.
    Near(&'static str),
    /// Nothing: everybody talks with shared services, and what is not known itself is no evidence.
    Nothing,
    /// When the device asks it, that it does not belong near one kind of device only. To be asked says nothing: every
    /// device may have a page that the office opens.
    Against,
}

fn says(category: Category) -> Says {
    use Category as C;
    match category {
        // Archives stand apart, and serve imaging.
        C::ImageArchive => Says::Near(zones::id_of(C::ImagingModality)),
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
        | C::HomeMonitor => Says::Near(zones::id_of(category)),
        // Names, time, sign-in; orders and results of every kind of device.
        C::Server | C::NetworkEquipment | C::IntegrationEngine | C::ClinicalServer => Says::Nothing,
        C::Unknown | C::Other => Says::Nothing,
        _ => Says::Against,
    }
}

/// Who serves many devices of one kind: to talk with one of these alone tells as much as to talk with several.
fn is_hub(category: Category) -> bool {
    use Category as C;
    matches!(
        category,
        C::ImageArchive | C::InfusionGateway | C::CentralStation | C::TelemetryGateway | C::NurseCall
    )
}

/// How far the graph speaks for a device of a category.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    /// It says in which zone it stands: its category does not.
    Zone,
    /// It says in which part of its own zone it stands: its category says how it is used by, and not with whom.
    Part,
}

fn asked(device: &Device) -> Option<Asked> {
    use Category as C;
    match device.category() {
        C::Unknown | C::Other => Some(Asked::Zone),
        C::Workstation | C::Tablet | C::Printer | C::Phone | C::Server => Some(Asked::Part),
        _ => None,
    }
}

/// True when the graph says in which zone a device stands, where it tells.
pub fn places(device: &Device) -> bool {
    asked(device) == Some(Asked::Zone)
}

/// What is known of one device.
#[derive(Default)]
struct Known {
    peers: BTreeMap<&'static str, BTreeSet<usize>>,
    /// True when it speaks a protocol of clinical devices with one of these.
    is_clinical: bool,
    /// True when it talks with somebody who is no device of the site.
    leaves: bool,
    /// True when it asks machines of the office or scans.
    is_mixed: bool,
}

/// Protocols that devices speak and whoever only looks at a device's pages does not.
fn is_clinical(spoken: Protocol) -> bool {
    use Protocol as P;
    matches!(
        spoken,
        P::Dicom
            | P::Hl7
            | P::Sdc
            | P::Dpws
            | P::Intellivue
            | P::Phd
            | P::Astm
            | P::Poct1a
            | P::Bcc
            | P::Carescape
            | P::Dri
            | P::Medibus
            | P::Masimo
            | P::Pb840
    )
}

/// What the conversations of an estate tell of devices whose category is not known or general. Of a device that nothing
/// identifies they tell nothing when it also asks the office or scans, or talks outside the site and speaks nothing clinical.
pub fn graph(estate: &Estate) -> Graph {
    let asked: Vec<Option<Asked>> = estate.devices.iter().map(asked).collect();
    let of = |at: usize| asked.get(at).copied().flatten();
    let talks = talk::of_estate(estate);
    let mut known: BTreeMap<usize, Known> = BTreeMap::new();
    // What was not answered, or carried nothing, says nothing but for a scan.
    for talk in talks.iter().filter(|talk| !talk.is_idle()) {
        for (own, peer, asks) in [(talk.from, talk.to, true), (talk.to, talk.from, false)] {
            if let talk::End::Device(own) = own
                && of(own).is_some()
            {
                known.entry(own).or_default().hear(estate, peer, asks, talk.application);
            }
        }
    }
    for scanner in scanners(talks, |at| of(at) == Some(Asked::Zone)) {
        known.entry(scanner).or_default().is_mixed = true;
    }
    let none = Known::default();
    let told = |(at, device): (usize, &Device)| {
        let known = known.get(&at).unwrap_or(&none);
        Some((device.id.clone(), known.told(estate, device, of(at)?)))
    };
    estate.devices.iter().enumerate().filter_map(told).collect()
}

/// Who of these scans; whatever was answered then is no sign of where it belongs.
fn scanners(mut talks: Vec<talk::Talk>, is_asked: impl Fn(usize) -> bool) -> BTreeSet<usize> {
    let device = |talk: &talk::Talk| match talk.from {
        talk::End::Device(at) => Some(at),
        _ => None,
    };
    talks.retain(|talk| device(talk).is_some_and(&is_asked));
    let scans = scan::detect(&talks);
    talks.iter().zip(scans).filter(|(_, scan)| scan.is_some()).filter_map(|(talk, _)| device(talk)).collect()
}

impl Known {
    fn hear(&mut self, estate: &Estate, peer: talk::End, asks: bool, spoken: Option<Protocol>) {
        match peer {
            talk::End::Device(at) => {
                match says(estate.devices.get(at).map_or(Category::Unknown, Device::category)) {
                    Says::Near(kind) => {
                        self.peers.entry(kind).or_default().insert(at);
                        self.is_clinical |= spoken.is_some_and(is_clinical);
                    }
                    Says::Nothing => {}
                    Says::Against => self.is_mixed |= asks,
                }
            }
            talk::End::Group(_) => {}
            talk::End::Outside(_) | talk::End::Stranger(_) => self.leaves = true,
        }
    }

    fn told(&self, estate: &Estate, device: &Device, asked: Asked) -> Near {
        let mut kinds = self.peers.iter();
        let (Some((kind, with)), None) = (kinds.next(), kinds.next()) else { return Near::default() };
        // Whoever works with one kind of clinical device talks with others of the office too.
        if asked == Asked::Zone && (self.is_mixed || self.leaves && !self.is_clinical) {
            return Near::default();
        }
        let peers: Vec<&Device> = with.iter().filter_map(|at| estate.devices.get(*at)).collect();
        let tells = peers.len() > 1 || peers.iter().any(|peer| is_hub(peer.category()));
        Near {
            zone: tells.then_some(*kind),
            hint: (!tells).then_some(*kind),
            confidence: match peers.len() {
                1 => 0.5,
                2 => 0.6,
                _ => 0.7,
            },
            why: why(device, &peers),
        }
    }
}

fn why(device: &Device, peers: &[&Device]) -> String {
    const NAMED: usize = 3;
    let mut names: Vec<String> = peers
        .iter()
        .take(NAMED)
        .map(|peer| format!("{} ({})", peer.label(), peer.category().label()))
        .collect();
    if let Some(more) = peers.len().checked_sub(NAMED).filter(|more| *more > 0) {
        names.push(format!("{more} more"));
    }
    let what = match device.category() {
        Category::Unknown => "is not identified".to_owned(),
        category => format!("is known as \"{}\" only", category.label()),
    };
    format!(
        "{} {what}; of clinical devices, besides shared services, it talks with {}",
        device.label(),
        names.join(", ")
    )
}

/// The kind of a zone's id, where it is one the graph can tell.
pub(crate) fn kind(id: &str) -> Option<&'static str> {
    let kinds = Category::ALL.iter().filter_map(|category| match says(*category) {
        Says::Near(kind) => Some(kind),
        _ => None,
    });
    kinds.into_iter().find(|kind| *kind == id)
}

/// A category that stands for a kind.
pub(crate) fn stands_for(kind: &str) -> Category {
    Category::ALL
        .iter()
        .copied()
        .find(|category| zones::id_of(*category) == kind)
        .unwrap_or(Category::Unknown)
}

/// Puts what was told at the last plan in place of what is told now, and says where the two differ: nobody moves because
/// somebody else came, went or turned out to be something else.
pub fn remember(graph: &mut Graph, earlier: &BTreeMap<DeviceId, Option<String>>) -> Vec<String> {
    let mut notes = Vec::new();
    for (device, near) in graph {
        let Some(before) = earlier.get(device) else { continue };
        let before = match before {
            None => None,
            // A kind that this version does not know is as if nothing had been told.
            Some(id) => match kind(id) {
                None => continue,
                known => known,
            },
        };
        if before == near.zone {
            continue;
        }
        let words =
            |zone: Option<&str>| zone.map_or_else(|| "nothing".to_owned(), |zone| format!("near {zone}"));
        notes.push(format!(
            "{device}: the communication graph tells {} now and told {} when it was placed, which still holds{}{}; move it \
             by hand, or plan with --ask-again",
            words(near.zone),
            words(before),
            if near.why.is_empty() { "" } else { ": " },
            near.why
        ));
        near.zone = before;
    }
    notes
}

/// Devices that nothing identifies and of which the graph gives a hint, with the hint in a sentence, in order.
pub fn hints(graph: &Graph) -> Vec<(DeviceId, String)> {
    let hint = |(device, near): (&DeviceId, &Near)| {
        let kind = near.hint.filter(|_| near.zone.is_none())?;
        let Near { confidence, why, .. } = near;
        let text = format!(
            "{why}, so it may belong near {kind} (confidence {confidence:.1}); find out what it is, or put it there under \
             moves"
        );
        Some((device.clone(), text))
    };
    graph.iter().filter_map(hint).collect()
}
