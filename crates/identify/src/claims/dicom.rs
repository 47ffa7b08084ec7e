//! What DICOM says of a device.
//!
//! The equipment attributes of an object name the machine that made it, not the one that sends it. They are
//! the sender's own only when it sends the objects of one equipment and stores nobody else's; corroboration
//! (a modality's services, an address block of the same maker) makes that surer.

use super::{Said, Subject};
use crate::gather::Seen;
use crate::secured::NAME;
use cordon_knowledge::{Knowledge, SopKind};
use cordon_model::Category;
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol, Source};
use std::collections::BTreeSet;

/// Equipment attributes of a sender of one equipment's objects, without and with corroboration.
const OWN: f64 = 0.89;
const OWN_CORROBORATED: f64 = 0.97;
/// The department an object names is that of the equipment when it was set up.
const DEPARTMENT: f64 = 0.6;
/// A worklist schedules work of one modality for the title that only this device bears.
const SCHEDULED: f64 = 0.85;
/// Archives are what most secured DICOM services are, modalities what most of their clients are.
const SECURED_SERVER: f64 = 0.5;
const SECURED_USER: f64 = 0.35;

/// True for equipment attributes of objects a device sent.
pub(crate) fn is_of_object(fact: Fact) -> bool {
    matches!(
        fact,
        Fact::DicomModality
            | Fact::DicomManufacturer
            | Fact::DicomModel
            | Fact::DicomStation
            | Fact::DicomSoftware
            | Fact::DicomSerial
            | Fact::DicomInstitution
            | Fact::DicomDepartment
            | Fact::DicomDeviceUid
            | Fact::DicomUdi
            | Fact::DicomManufactured
            | Fact::DicomGantry
            | Fact::DicomDetector
            | Fact::DicomStationAe
    )
}

/// What a device does in DICOM.
#[derive(Debug, Default)]
pub(crate) struct Profile {
    uses: BTreeSet<SopKind>,
    provides: BTreeSet<SopKind>,
    /// What it was seen to ask for, beyond having agreed on it.
    asked: BTreeSet<SopKind>,
    /// Modalities whose storage it offers as a user.
    offered: BTreeSet<String>,
    /// Modality codes of objects it sent.
    sent: BTreeSet<String>,
    /// True when it sends the objects of one equipment and stores nobody else's.
    pub(crate) objects_are_own: bool,
    corroborated: bool,
    first: Option<Source>,
}

impl Profile {
    pub(crate) fn of(subject: &Subject<'_>, knowledge: &Knowledge) -> Profile {
        let mut profile = Profile::default();
        let distinct = |fact: Fact| -> BTreeSet<String> {
            let of = subject.facts.iter().filter(|seen| seen.fact == fact && seen.record.is_none());
            of.map(|seen| seen.value.trim().to_lowercase()).collect()
        };
        for seen in subject.facts.iter().filter(|seen| seen.fact.protocol() == Protocol::Dicom) {
            profile.take(seen, knowledge);
        }
        let makers: BTreeSet<String> = distinct(Fact::DicomManufacturer)
            .iter()
            .map(|maker| knowledge.vendors.canonical(maker).to_owned())
            .collect();
        let several = makers.len() > 1
            || distinct(Fact::DicomModel).len() > 1
            || distinct(Fact::DicomSerial).len() > 1
            || profile.machines(knowledge).len() > 1;
        profile.objects_are_own = !several && !profile.provides.contains(&SopKind::Storage);
        let same_maker_block = subject
            .stations
            .iter()
            .any(|(mac, _)| knowledge.oui.lookup(*mac).is_some_and(|oui| makers.contains(&oui.manufacturer)));
        let modality_service = [SopKind::Worklist, SopKind::ProcedureStep, SopKind::Commitment];
        profile.corroborated = same_maker_block
            || modality_service.iter().any(|kind| profile.uses.contains(kind))
            || bears_the_equipments_name(&distinct);
        profile
    }

    fn take(&mut self, seen: &Seen<'_>, knowledge: &Knowledge) {
        match seen.fact {
            Fact::DicomScu => {
                self.uses.insert(knowledge.dicom.kind(seen.value));
                let class = knowledge.dicom.sop_class(seen.value);
                self.offered.extend(class.and_then(|class| class.modality.clone()));
            }
            Fact::DicomScp => {
                self.provides.insert(knowledge.dicom.kind(seen.value));
            }
            Fact::DicomInvokes => {
                // The operation's name, then the class.
                let class = seen.value.split(' ').nth(1).unwrap_or_default();
                self.asked.insert(knowledge.dicom.kind(class));
            }
            Fact::DicomModality => {
                self.sent.insert(seen.value.trim().to_owned());
            }
            _ => return,
        }
        self.first = Some(self.first.map_or(seen.source, |first| first.min(seen.source)));
    }

    /// The kinds of machine that made the objects it sent.
    fn machines(&self, knowledge: &Knowledge) -> BTreeSet<Category> {
        let of = self.sent.iter().filter_map(|code| knowledge.dicom.modality(code)?.category);
        of.collect()
    }

    /// The codes of objects it sent that name a machine, as against documents.
    fn machine_codes(&self, knowledge: &Knowledge) -> Vec<&str> {
        let names = |code: &&String| knowledge.dicom.modality(code).is_some_and(|m| m.category.is_some());
        self.sent.iter().filter(names).map(String::as_str).collect()
    }
}

/// The fewest letters and digits that make two names one.
const NAME_MIN: usize = 4;

/// True when the sender goes by the name of the equipment in its objects: the title it calls itself by, which is set
/// on the machine itself, begins with the model or the model with it, or is the equipment's station name; or the
/// host is called as the station. A router that passes on others' objects has names of its own.
fn bears_the_equipments_name(distinct: &dyn Fn(Fact) -> BTreeSet<String>) -> bool {
    let plain = |names: BTreeSet<String>| -> Vec<String> {
        let plain = names.iter().map(|name| name.chars().filter(|c| c.is_alphanumeric()).collect::<String>());
        plain.filter(|name| name.len() >= NAME_MIN).collect()
    };
    let (titles, models) = (plain(distinct(Fact::DicomCallingAe)), plain(distinct(Fact::DicomModel)));
    let stations: Vec<String> = [Fact::DicomStation, Fact::DicomStationAe]
        .into_iter()
        .flat_map(|fact| plain(distinct(fact)))
        .collect();
    let hosts = plain(distinct(Fact::DhcpHostname));
    let one =
        |name: &String, other: &String| name.starts_with(other.as_str()) || other.starts_with(name.as_str());
    titles.iter().any(|title| models.iter().any(|model| one(title, model)) || stations.contains(title))
        || hosts.iter().any(|host| stations.contains(host))
}

/// Draws claims from what a device does in DICOM.
pub(crate) fn claim<'a>(
    profile: &Profile,
    subject: &Subject<'a>,
    knowledge: &'a Knowledge,
    said: &mut Said<'a>,
) {
    for (side, kinds) in [("SCU", &profile.uses), ("SCP", &profile.provides)] {
        said.roles.extend(kinds.iter().map(|kind| format!("DICOM {} {side}", kind.word()).into()));
    }
    if profile.objects_are_own {
        claim_equipment(profile, subject, said);
    }
    claim_schedule(subject, knowledge, said);
    claim_secured(subject, said);
    claim_server(profile, subject, said);
    if !profile.provides.contains(&SopKind::Storage) && !profile.provides.contains(&SopKind::Worklist) {
        claim_client(profile, knowledge, said);
    }
}

fn claim_equipment<'a>(profile: &Profile, subject: &Subject<'a>, said: &mut Said<'a>) {
    let own = if profile.corroborated { OWN_CORROBORATED } else { OWN };
    for seen in &subject.facts {
        let attribute = match seen.fact {
            Fact::DicomManufacturer => Attribute::Manufacturer,
            Fact::DicomModel => Attribute::Model,
            Fact::DicomSerial => Attribute::Serial,
            Fact::DicomSoftware => Attribute::Firmware,
            Fact::DicomUdi => Attribute::Udi,
            Fact::DicomManufactured => Attribute::Manufactured,
            Fact::DicomDepartment => Attribute::Department,
            _ => continue,
        };
        // Several software versions are those of its parts; the first is the system's (PS3.3 C.7.5.1).
        let value = seen.value.split('\\').next().unwrap_or(seen.value).trim();
        let probability = if attribute == Attribute::Department { DEPARTMENT } else { own };
        match attribute {
            _ if value.is_empty() => {}
            Attribute::Manufactured => {
                if let Some(date) = date(value) {
                    said.fact(seen, "dicom/own-objects", attribute, date, own);
                }
            }
            Attribute::Udi => super::udi::claim(seen, "dicom/own-objects", own, said),
            _ => said.fact(seen, "dicom/own-objects", attribute, value, probability),
        }
    }
}

/// A date as DICOM writes it (PS3.5 6.2, DA) as everything else here writes it.
fn date(value: &str) -> Option<String> {
    let digits = value.len() == 8 && value.bytes().all(|byte| byte.is_ascii_digit());
    let (year, rest) = value.split_at_checked(4).filter(|_| digits)?;
    let (month, day) = rest.split_at_checked(2)?;
    Some(format!("{year}-{month}-{day}"))
}

/// What a worklist says of the station with this device's title.
fn claim_schedule<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    for seen in subject.facts.iter().filter(|seen| seen.fact == Fact::DicomScheduledModality) {
        said.fact(seen, "dicom/scheduled", Attribute::Modality, seen.value, SCHEDULED);
        if let Some(category) = knowledge.dicom.modality(seen.value).and_then(|modality| modality.category) {
            said.fact(seen, "dicom/scheduled", Attribute::Category, category.name(), SCHEDULED);
        }
    }
}

/// What TLS hides is told from certificate, port and peers.
fn claim_secured<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    for service in &subject.deeds.secured {
        said.roles.insert(format!("{NAME} server").into());
        said.deed(
            Protocol::Tls,
            service.reasons.clone(),
            "dicom/over-tls",
            Category::ImageArchive,
            service.probability * SECURED_SERVER,
            service.source,
        );
    }
    if let Some(source) = subject.deeds.secured_user {
        said.roles.insert(format!("{NAME} client").into());
        let words = "opens connections that carry DICOM over TLS";
        let category = Category::ImagingModality;
        said.deed(Protocol::Tls, words, "dicom/over-tls-user", category, SECURED_USER, source);
    }
}

fn source(profile: &Profile) -> Source {
    profile.first.unwrap_or_default()
}

fn claim_server<'a>(profile: &Profile, subject: &Subject<'a>, said: &mut Said<'a>) {
    let provides = |kind| profile.provides.contains(&kind);
    let mut say = |words: &'static str, rule: &'static str, category, probability| {
        said.deed(Protocol::Dicom, words, rule, category, probability, source(profile));
    };
    let finds = provides(SopKind::Query) || provides(SopKind::Retrieve);
    if provides(SopKind::Storage) && finds {
        say("stores objects and answers queries", "dicom/archive", Category::ImageArchive, 0.94);
    } else if provides(SopKind::Storage) && profile.uses.contains(&SopKind::Query) {
        say("queries and receives objects", "dicom/viewer", Category::ImagingWorkstation, 0.75);
    } else if provides(SopKind::Storage) {
        let likely = if subject.deeds.dicom_clients.len() > 1 { 0.85 } else { 0.7 };
        say("stores objects sent to it", "dicom/storage-provider", Category::ImageArchive, likely);
    } else if finds {
        say("answers queries", "dicom/query-provider", Category::ImageArchive, 0.7);
    } else if provides(SopKind::Worklist) {
        say("provides modality worklists", "dicom/worklist-provider", Category::ClinicalServer, 0.9);
    } else if provides(SopKind::Print) {
        say("prints DICOM films", "dicom/print-provider", Category::Printer, 0.75);
    }
}

fn claim_client<'a>(profile: &Profile, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let codes = profile.machine_codes(knowledge);
    let machines = profile.machines(knowledge);
    let own = if profile.corroborated { OWN_CORROBORATED } else { OWN };
    let at = source(profile);
    if let (Some(category), true) = (machines.first(), profile.objects_are_own && machines.len() == 1) {
        let words = format!("sends objects of modality {}", codes.join(", "));
        said.deed(Protocol::Dicom, words, "dicom/sends-own-objects", *category, own, at);
        if let ([code], Some(support)) = (codes.as_slice(), said.supports.last().cloned()) {
            said.supports.push(crate::combine::Support {
                attribute: Attribute::Modality,
                value: (*code).to_owned().into(),
                ..support
            });
        }
        return;
    }
    let uses = |kind| profile.uses.contains(&kind);
    let asked = |kind| profile.asked.contains(&kind);
    if machines.len() > 1 {
        said.deed(
            Protocol::Dicom,
            "sends objects of several kinds of machine",
            "dicom/forwards",
            Category::ImageArchive,
            0.55,
            at,
        );
    } else if uses(SopKind::Worklist) || uses(SopKind::ProcedureStep) {
        let words = "asks for modality worklists";
        let likely = if asked(SopKind::Worklist) || asked(SopKind::ProcedureStep) { 0.8 } else { 0.75 };
        said.deed(Protocol::Dicom, words, "dicom/worklist-user", Category::ImagingModality, likely, at);
    } else if uses(SopKind::Storage) && profile.offered.len() == 1 {
        let offered: Vec<&str> = profile.offered.iter().map(String::as_str).collect();
        if let Some(category) =
            offered.first().and_then(|code| knowledge.dicom.modality(code)).and_then(|m| m.category)
        {
            let words = format!("offers to send objects of modality {}", offered.join(", "));
            said.deed(Protocol::Dicom, words, "dicom/offers-one-modality", category, 0.75, at);
        }
    } else if uses(SopKind::Query) || uses(SopKind::Retrieve) {
        let words = "queries archives";
        let likely = if asked(SopKind::Query) || asked(SopKind::Retrieve) { 0.65 } else { 0.6 };
        said.deed(Protocol::Dicom, words, "dicom/query-user", Category::ImagingWorkstation, likely, at);
    }
}
