//! What only the whole estate says of a device: who uses it, whom it speaks for, how others are called.
//!
//! Drawn when everything else is known, from the devices as described and the conversations between them, so that
//! nothing here has to be kept up to date. What it adds are claims like all others, with evidence.

use crate::combine;
use crate::spelling::{is_misspelt, is_one_slip};
use cordon_knowledge::{Knowledge, OuiKind};
use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceConversation, DeviceId, Evidence};
use cordon_model::observe::{Protocol, Source, Transport};
use cordon_model::{Category, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// Devices of one kind that have to use a service before it counts as theirs.
const USERS_MIN: usize = 2;
/// Of all users, those of the kind: others come too, as administrators and scanners do.
const SHARE_MIN: f64 = 0.5;
/// Of the users whose kind is known, those of the kind before the others are thought to be like them.
const LIKE_MIN: f64 = 0.8;
/// How sure a device's kind must be to say something of others.
const KNOWN_FROM: f64 = 0.6;

/// A service mostly of infusion pumps, of bedside monitors.
const OF_PUMPS: f64 = 0.93;
const OF_MONITORS: f64 = 0.75;
/// A machine that reports for pumps, for monitors.
const FOR_PUMPS: f64 = 0.8;
const FOR_MONITORS: f64 = 0.7;
/// What is left of that where it is only one: an archive may pass on for a pump, too.
const FOR_ONE: f64 = 0.6;
/// A device of unknown kind among them.
const LIKE_OTHERS: f64 = 0.82;

/// Raw printing, which printers and print servers answer on.
const RAW_PRINTING: u16 = 9100;
const PRINTS: f64 = 0.86;

/// How sure a maker or model is that one row of a list writes and nothing else confirms.
const TYPED_ONCE: f64 = 0.89;
/// So many times as often must another value stand for one to be a slip of it.
const SLIP_RATIO: u32 = 4;
/// Values that are compared with all others for slips.
const COMPARED_MAX: usize = 2_000;

/// Draws it.
pub(crate) fn consider(devices: &mut [Device], conversations: &[DeviceConversation], knowledge: &Knowledge) {
    let services = Services::of(devices, conversations);
    let mut told: Vec<Told> = services.used(devices, knowledge);
    told.extend(behind(devices));
    told.extend(printing(devices, conversations, knowledge));
    told.sort_by(|one, other| (one.device, &one.evidence).cmp(&(other.device, &other.evidence)));
    for Told { device, category, likely, evidence } in told {
        if let Some(device) = devices.get_mut(device) {
            combine::add_category(&mut device.claims, category, likely, evidence);
        }
    }
    doubt_lists(devices);
    date(devices, conversations);
}

/// One more reason for a device's kind.
struct Told {
    /// Its place in the table.
    device: usize,
    category: Category,
    likely: f64,
    evidence: Evidence,
}

fn evidence(words: String, rule: &str, source: Source, at: Option<Timestamp>) -> Evidence {
    Evidence { protocol: Protocol::Link, fact: words, rule: rule.to_owned(), source, at }
}

fn kind_of(device: &Device) -> Option<Category> {
    let leading = device.claim(Attribute::Category)?;
    (leading.confidence.value() >= KNOWN_FROM).then(|| leading.value.parse().ok()).flatten()
}

/// Who uses which service that may be for one kind of device, by server, transport and port.
struct Services {
    users: BTreeMap<(usize, Transport, u16), Users>,
}

#[derive(Default)]
struct Users {
    devices: BTreeSet<usize>,
    first: Option<(Timestamp, Source)>,
}

fn places(devices: &[Device]) -> BTreeMap<&DeviceId, usize> {
    devices.iter().enumerate().map(|(place, device)| (&device.id, place)).collect()
}

impl Services {
    fn of(devices: &[Device], conversations: &[DeviceConversation]) -> Services {
        let places = places(devices);
        let mut users: BTreeMap<(usize, Transport, u16), Users> = BTreeMap::new();
        for known in conversations {
            let talk = &known.conversation;
            // Names, addresses and time are for everybody; what is read nowhere, or is the web, may be for one kind.
            let for_one =
                matches!(talk.application, None | Some(Protocol::Http | Protocol::Http2 | Protocol::Tls));
            let sent = talk.answered || talk.transport == Transport::Udp;
            let (Some(client), Some(server)) = (&known.client_device, &known.server_device) else { continue };
            if !for_one || !sent || !matches!(talk.transport, Transport::Tcp | Transport::Udp) {
                continue;
            }
            let (Some(client), Some(server)) = (places.get(client), places.get(server)) else { continue };
            if client != server {
                let service = users.entry((*server, talk.transport, talk.port)).or_default();
                service.devices.insert(*client);
                let this = (talk.first, talk.source);
                service.first = Some(service.first.map_or(this, |first| first.min(this)));
            }
        }
        users.retain(|_, users| users.devices.len() >= USERS_MIN);
        Services { users }
    }

    /// What services say: of who serves one kind of device, and of who uses such a service as the others do.
    fn used(&self, devices: &[Device], knowledge: &Knowledge) -> Vec<Told> {
        let kind = |place: usize| devices.get(place).and_then(kind_of);
        let mut told = Vec::new();
        for ((server, transport, port), users) in &self.users {
            let Some((category, count)) = most(users.devices.iter().filter_map(|user| kind(*user))) else {
                continue;
            };
            // An integration engine is used by everybody, for what it passes on.
            let passes_on = kind(*server) == Some(Category::IntegrationEngine);
            let Some((gateway, likely)) = gateway_of(category, OF_PUMPS, OF_MONITORS) else { continue };
            if count < USERS_MIN || passes_on {
                continue;
            }
            let (at, source) = users.first.unwrap_or_default();
            if count as f64 >= SHARE_MIN * users.devices.len() as f64 {
                let words = format!("{count} devices of kind {category} use its {transport}/{port}");
                let evidence = evidence(words, "peers/users", source, Some(at));
                told.push(Told { device: *server, category: gateway, likely, evidence });
            }
            let known = users.devices.iter().filter(|user| kind(**user).is_some()).count();
            if (count as f64) < LIKE_MIN * known as f64 {
                continue;
            }
            for user in users.devices.iter().filter(|user| kind(**user).is_none()) {
                if devices.get(*user).is_some_and(|user| is_of_device_maker(user, knowledge)) {
                    let words = format!(
                        "uses a service on {transport}/{port}, as {count} devices of kind {category} do"
                    );
                    let evidence = evidence(words, "peers/like-others", source, Some(at));
                    told.push(Told { device: *user, category, likely: LIKE_OTHERS, evidence });
                }
            }
        }
        told
    }
}

/// What speaks for devices of a kind is called, and how sure that is.
fn gateway_of(category: Category, pumps: f64, monitors: f64) -> Option<(Category, f64)> {
    match category {
        Category::InfusionPump => Some((Category::InfusionGateway, pumps)),
        Category::PatientMonitor => Some((Category::CentralStation, monitors)),
        _ => None,
    }
}

/// The kind most of them are, and how many; the first in order of those that tie.
fn most(kinds: impl Iterator<Item = Category>) -> Option<(Category, usize)> {
    let mut counts: BTreeMap<Category, usize> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    counts.into_iter().max_by_key(|(category, count)| (*count, std::cmp::Reverse(*category)))
}

/// True when its address block is that of a maker of whole devices.
fn is_of_device_maker(device: &Device, knowledge: &Knowledge) -> bool {
    device.macs.iter().filter_map(|mac| knowledge.oui.lookup(*mac)).any(|oui| oui.kind == OuiKind::Maker)
}

/// What the devices behind a gateway say of it.
fn behind(devices: &[Device]) -> Vec<Told> {
    let places = places(devices);
    let mut children: BTreeMap<usize, Vec<&Device>> = BTreeMap::new();
    for child in devices {
        if let Some(parent) = child.parent.as_ref().and_then(|parent| places.get(parent)) {
            children.entry(*parent).or_default().push(child);
        }
    }
    let tell = |(parent, children): (usize, Vec<&Device>)| {
        let (category, count) = most(children.iter().filter_map(|child| kind_of(child)))?;
        let (gateway, likely) = gateway_of(category, FOR_PUMPS, FOR_MONITORS)?;
        let likely = if count < USERS_MIN { likely * FOR_ONE } else { likely };
        let all = children.iter().flat_map(|child| &child.claims).flat_map(|claim| &claim.evidence);
        let first = all.min_by_key(|evidence| (evidence.at, evidence.source))?;
        let devices = if count == 1 { "device" } else { "devices" };
        let words = format!("reports for {count} {devices} of kind {category}");
        let evidence = evidence(words, "peers/behind", first.source, first.at);
        Some(Told { device: parent, category: gateway, likely, evidence })
    };
    children.into_iter().filter_map(tell).collect()
}

/// What takes print jobs is a printer, or a computer that passes them on.
fn printing(devices: &[Device], conversations: &[DeviceConversation], knowledge: &Knowledge) -> Vec<Told> {
    let places = places(devices);
    let mut first: BTreeMap<usize, (Timestamp, Source)> = BTreeMap::new();
    for known in conversations {
        let talk = &known.conversation;
        if talk.port != RAW_PRINTING || talk.transport != Transport::Tcp || !talk.answered {
            continue;
        }
        if let Some(server) = known.server_device.as_ref().and_then(|server| places.get(server)) {
            let this = (talk.first, talk.source);
            first.entry(*server).and_modify(|known| *known = this.min(*known)).or_insert(this);
        }
    }
    let tell = |(server, (at, source)): (usize, (Timestamp, Source))| {
        let computer = devices
            .get(server)?
            .macs
            .iter()
            .filter_map(|mac| knowledge.oui.lookup(*mac))
            .any(|oui| matches!(oui.kind, OuiKind::Computer | OuiKind::Virtual));
        let likely = if computer { PRINTS / 2.0 } else { PRINTS };
        let words = format!("takes print jobs on tcp/{RAW_PRINTING}");
        let evidence = evidence(words, "port/raw-printing", source, Some(at));
        Some(Told { device: server, category: Category::Printer, likely, evidence })
    };
    first.into_iter().filter_map(tell).collect()
}

/// How often lists write a maker or a model: what stands in several rows alike is no slip of the keyboard, and what is
/// one slip away from something that stands often may be one.
fn doubt_lists(devices: &mut [Device]) {
    for attribute in [Attribute::Manufacturer, Attribute::Model] {
        let mut rows: BTreeMap<String, u32> = BTreeMap::new();
        for claim in devices.iter().flat_map(|device| &device.claims) {
            if claim.attribute == attribute && claim.evidence.iter().any(is_listed) {
                *rows.entry(claim.value.clone()).or_default() += 1;
            }
        }
        let often: Vec<(&String, u32)> =
            rows.iter().filter(|(_, count)| **count > 1).map(|(value, count)| (value, *count)).collect();
        let mut meant: BTreeMap<&String, Option<&String>> = BTreeMap::new();
        for (typed, count) in rows.iter().take(COMPARED_MAX) {
            let near = often
                .iter()
                .take(COMPARED_MAX)
                .filter(|(value, other)| *other >= SLIP_RATIO * count && is_one_slip(typed, value));
            let near: Vec<&String> = near.map(|(value, _)| *value).collect();
            let value = match near.as_slice() {
                [] if *count > 1 => continue,
                // Only letters are put right: a digit tells models apart.
                [value] if is_misspelt(typed, value) => Some(*value),
                _ => None,
            };
            meant.insert(typed, value);
        }
        for device in devices.iter_mut() {
            for claim in device.claims.iter_mut().filter(|claim| claim.attribute == attribute) {
                if let Some(value) = meant.get(&claim.value).filter(|_| claim.evidence.iter().all(is_listed))
                {
                    doubt(claim, value.map(String::as_str));
                }
            }
        }
    }
}

fn is_listed(evidence: &Evidence) -> bool {
    evidence.protocol == Protocol::AssetList
}

/// Takes a claim that only one row makes for less sure, and for what was meant where that is clear.
fn doubt(claim: &mut Claim, meant: Option<&str>) {
    let least = claim.confidence.value().min(TYPED_ONCE);
    claim.confidence = Confidence::new(least);
    if let Some(meant) = meant {
        claim.value = meant.to_owned();
        for evidence in &mut claim.evidence {
            evidence.rule = "list/misspelt".to_owned();
        }
    }
}

/// Gives what was drawn from conversations the time of the first packet it points to.
fn date(devices: &mut [Device], conversations: &[DeviceConversation]) {
    let undated = |evidence: &&mut Evidence| evidence.at.is_none() && !is_listed(evidence);
    let all = |devices: &mut [Device]| -> BTreeSet<Source> {
        let claims = devices.iter_mut().flat_map(|device| &mut device.claims);
        claims.flat_map(|claim| &mut claim.evidence).filter(undated).map(|evidence| evidence.source).collect()
    };
    let wanted = all(devices);
    let mut times: BTreeMap<Source, Timestamp> = BTreeMap::new();
    for talk in conversations.iter().map(|known| &known.conversation) {
        if wanted.contains(&talk.source) {
            times
                .entry(talk.source)
                .and_modify(|first| *first = talk.first.min(*first))
                .or_insert(talk.first);
        }
    }
    let claims = devices.iter_mut().flat_map(|device| &mut device.claims);
    for evidence in claims.flat_map(|claim| &mut claim.evidence).filter(undated) {
        evidence.at = times.get(&evidence.source).copied();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::combine::LIST;

    fn device(number: usize, claims: Vec<Claim>) -> Device {
        Device {
            id: DeviceId::new(format!("dev-{number}")),
            macs: Vec::new(),
            ips: Vec::new(),
            vlans: Vec::new(),
            hostnames: Vec::new(),
            claims,
            services: Vec::new(),
            roles: Vec::new(),
            patient_data: cordon_model::observe::PatientDataKinds::NONE,
            parent: None,
            links: Vec::new(),
            presence: None,
            listings: Vec::new(),
            protections: Vec::new(),
            banners: Vec::new(),
        }
    }

    fn claim(attribute: Attribute, value: &str, confidence: f64, protocol: Protocol) -> Claim {
        let evidence = Evidence {
            protocol,
            fact: String::new(),
            rule: String::new(),
            source: Source::default(),
            at: None,
        };
        let confidence = Confidence::new(confidence);
        Claim { attribute, value: value.to_owned(), confidence, conflict: false, evidence: vec![evidence] }
    }

    fn check(users: &[Category], wanted: Option<Category>) {
        let kind = |category: &Category| claim(Attribute::Category, category.name(), 0.9, Protocol::Dhcp);
        let mut devices: Vec<Device> =
            users.iter().enumerate().map(|(number, category)| device(number, vec![kind(category)])).collect();
        devices.push(device(users.len(), Vec::new()));
        let service = Users { devices: (0..users.len()).collect(), first: None };
        let users = [((users.len(), Transport::Tcp, 8080), service)].into_iter().collect();
        let told = Services { users }.used(&devices, &Knowledge::builtin().unwrap());
        assert_eq!(told.first().map(|told| told.category), wanted);
    }

    #[test]
    fn a_service_of_pumps_is_their_gateway_and_one_pump_makes_none() {
        use Category::{InfusionPump, PatientMonitor, Workstation};
        check(&[InfusionPump, InfusionPump, Workstation], Some(Category::InfusionGateway));
        check(&[InfusionPump, Workstation, Workstation], None);
        check(&[InfusionPump], None);
        check(&[PatientMonitor, PatientMonitor], Some(Category::CentralStation));
        check(&[Workstation, Workstation], None);
        check(&[InfusionPump, InfusionPump, Workstation, Workstation, Workstation], None);
    }

    #[test]
    fn what_stands_often_is_meant_and_a_slip_of_it_is_it() {
        let listed = |value: &str| claim(Attribute::Model, value, LIST, Protocol::AssetList);
        let mut values = vec!["Alaris 8015"; 6];
        values.extend(["Alairs 8015", "AP9641", "AP9641", "AP9641", "AP9641", "AP961", "MX450"]);
        let mut devices: Vec<Device> =
            values.iter().enumerate().map(|(number, value)| device(number, vec![listed(value)])).collect();
        devices.push(device(99, vec![claim(Attribute::Model, "MX700", 0.97, Protocol::Hl7)]));
        doubt_lists(&mut devices);
        let found: Vec<(&str, f64)> = devices
            .iter()
            .map(|device| (device.claims[0].value.as_str(), device.claims[0].confidence.value()))
            .collect();
        assert_eq!(found[0], ("Alaris 8015", LIST));
        assert_eq!(found[6], ("Alaris 8015", TYPED_ONCE), "letters are put right");
        assert_eq!(found[7], ("AP9641", LIST));
        assert_eq!(found[11], ("AP961", TYPED_ONCE), "a digit is not");
        assert_eq!(found[12], ("MX450", TYPED_ONCE));
        assert_eq!(found[13], ("MX700", 0.97), "the wire says so");
    }
}
