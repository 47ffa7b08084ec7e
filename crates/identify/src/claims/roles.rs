//! What a device's address block, place on the network, and part in HL7 say of it.

use super::witness::Witness;
use super::{Said, Subject};
use crate::combine::Support;
use crate::gather::Seen;
use crate::ground::{Ground, Wording};
use cordon_knowledge::{Knowledge, Oui, OuiKind};
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol, Source};
use cordon_model::{Category, Mac, Timestamp};
use std::collections::BTreeSet;

/// What the address block of a maker of one kind of networked device says of the kind.
const BLOCK_CATEGORY: f64 = 0.85;
/// A kind of machine that is only assumed until something better is known counts no other evidence down.
const BETTER_KNOWN: f64 = 0.5;
/// A machine with an office system of which nothing clinical is seen; consoles of modalities, cabinets and central
/// stations are such machines too, so that it needs a second witness.
const ASSUMED_WORKSTATION: f64 = 0.8;
/// Somebody browses the web on it.
const BROWSES: f64 = 0.8;
/// The maker of a computer's board, where the device is the computer.
const OFFICE_COMPUTER_MAKER: f64 = 0.89;
/// The same, where people browse the web on it: no machine's console.
const BROWSING_COMPUTER_MAKER: f64 = 0.94;
/// The same, where the device is more than the computer in it.
const INNER_COMPUTER: f64 = 0.2;
/// How sure another maker's name must be for that.
const NAMED_FROM: f64 = 0.7;

pub(crate) fn claim<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    claim_block(subject, knowledge, said);
    claim_router(subject, said);
    claim_hl7(subject, said);
    claim_services(subject, said);
    claim_infrastructure(subject, knowledge, said);
    assume_computer(subject, knowledge, said);
    doubt_computers_maker(subject, knowledge, said);
}

fn first_source(subject: &Subject<'_>) -> Source {
    let on_wire = |seen: &&Seen<'_>| seen.fact.protocol() != Protocol::AssetList;
    subject.facts.iter().filter(on_wire).map(|seen| seen.source).min().unwrap_or_default()
}

fn claim_block<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let mut made_up = 0;
    for (mac, standing) in &subject.stations {
        if mac.is_local() {
            made_up += 1;
        }
        let Some(oui) = knowledge.oui.lookup(*mac) else { continue };
        if standing.is_none() {
            // Only a list says so; the list's own cells count, not the address typed into it.
            continue;
        }
        block_supports(*mac, oui, first_source(subject), said);
        if oui.kind == OuiKind::Virtual {
            said.roles.insert(format!("virtual machine ({})", oui.manufacturer).into());
        }
    }
    if made_up > 0 && made_up == subject.stations.len() {
        said.roles.insert("uses a made-up (randomised or virtual) MAC address".into());
    }
}

fn block_supports<'a>(mac: Mac, oui: &'a Oui, source: Source, said: &mut Said<'a>) {
    let mut say = |attribute, value: &'a str, probability, rule: &str| {
        if probability > 0.0 {
            let words = Wording::Text(format!("link.mac = {mac}, a block of {}", oui.manufacturer).into());
            let rule = oui.rule(rule).into();
            let ground = Ground { protocol: Protocol::Link, words, rule, source, at: None };
            said.concluded(ground, (Witness::Block, Timestamp::default()), attribute, value, probability);
        }
    };
    say(Attribute::Manufacturer, &oui.manufacturer, oui.manufacturer_probability(), "oui/maker");
    if let (OuiKind::Maker, Some(category)) = (oui.kind, oui.category) {
        say(Attribute::Category, category.name(), BLOCK_CATEGORY, "oui/one-kind-of-device");
    }
}

fn claim_router<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    let routes = subject.stations.iter().filter_map(|(_, standing)| standing.and_then(|s| s.routes.as_ref()));
    let Some((probability, why)) = routes.max_by(|one, other| one.0.total_cmp(&other.0)) else { return };
    said.roles.insert("router".into());
    let at = first_source(subject);
    said.deed(Protocol::Link, why.as_str(), "network/router", Category::NetworkEquipment, *probability, at);
    if let Some(seen) = subject.facts.iter().find(|seen| seen.fact == Fact::DhcpServer) {
        let words = "hands out addresses and stands in their way";
        let rule = "network/router-with-dhcp";
        said.deed(Protocol::Dhcp, words, rule, Category::NetworkEquipment, 0.8, seen.source);
    }
}

/// Message types by which a system tells others of patients and orders.
const HOSPITAL_MESSAGES: &[&str] = &["ADT", "ORM", "OMG", "OMI", "OML", "SIU", "DFT", "MFN", "BAR", "RDE"];

fn claim_hl7<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    let of = |fact: Fact| subject.facts.iter().filter(move |seen| seen.fact == fact && seen.record.is_none());
    let sent: BTreeSet<&str> = of(Fact::Hl7MessageType)
        .filter_map(|seen| seen.value.split('^').next())
        .filter(|code| *code != "ACK")
        .collect();
    let clients = subject.deeds.hl7_clients.len();
    let servers = subject.deeds.hl7_servers.len();
    let at = of(Fact::Hl7MessageType).map(|seen| seen.source).min().unwrap_or_else(|| first_source(subject));
    if clients > 0 {
        said.roles.insert("HL7 receiver".into());
    }
    if !sent.is_empty() {
        said.roles.insert("HL7 sender".into());
    }
    let types: Vec<&str> = sent.iter().copied().collect();
    let mut say = |words: String, rule: &'static str, category, probability| {
        said.deed(Protocol::Hl7, words, rule, category, probability, at);
    };
    // Who takes in results in every way they come passes them on.
    let hosts = of(Fact::AstmRole).chain(of(Fact::Poct1aRole)).any(|seen| is_host(seen))
        || of(Fact::AstmReceiver).next().is_some()
        || subject.deeds.serves.contains_key(&Protocol::Astm)
        || subject.deeds.serves.contains_key(&Protocol::Poct1a);
    let hospital = sent.iter().any(|code| HOSPITAL_MESSAGES.contains(code));
    if clients > 0 && (clients > 1 || servers > 0) {
        let likely = match (clients, servers) {
            (3.., _) | (2, 1..) => 0.93,
            (2, 0) if hosts => 0.9,
            (2, 0) => 0.75,
            _ if hosts => 0.75,
            _ => 0.6,
        };
        let words = format!("receives HL7 from {clients} and sends to {servers} devices");
        say(words, "hl7/engine", Category::IntegrationEngine, likely);
    } else if hospital {
        let words = format!("sends HL7 {}", types.join(", "));
        say(words, "hl7/hospital-system", Category::ClinicalServer, 0.85);
    } else if clients == 1 {
        let words = "receives HL7 from one device".to_owned();
        say(words, "hl7/receiver", Category::IntegrationEngine, 0.4);
    }
}

fn is_host(seen: &Seen<'_>) -> bool {
    matches!(seen.value, "host" | "manager")
}

/// A virtual machine that hands out addresses, names or accounts.
const INFRASTRUCTURE: f64 = 0.88;

/// What serving names, addresses and accounts says of a virtual machine.
fn claim_infrastructure<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let is_virtual = |mac: Mac| knowledge.oui.lookup(mac).is_some_and(|oui| oui.kind == OuiKind::Virtual);
    let infrastructure = [Protocol::Dhcp, Protocol::Dns, Protocol::Kerberos, Protocol::Ldap, Protocol::Ntp];
    let serves: Vec<Protocol> =
        infrastructure.into_iter().filter(|protocol| subject.deeds.serves.contains_key(protocol)).collect();
    let first = serves.iter().filter_map(|protocol| subject.deeds.serves.get(protocol)).min();
    if let ([one, _, ..], Some(at)) = (serves.as_slice(), first)
        && subject.stations.iter().any(|(mac, _)| is_virtual(*mac))
    {
        let names: Vec<&str> = serves.iter().map(|protocol| protocol.name()).collect();
        let words = format!("a virtual machine that serves {}", names.join(", "));
        said.deed(*one, words, "system/infrastructure", Category::Server, INFRASTRUCTURE, *at);
    }
}

fn is_computer(mac: Mac, knowledge: &Knowledge) -> bool {
    knowledge.oui.lookup(mac).is_some_and(|oui| matches!(oui.kind, OuiKind::Computer | OuiKind::Virtual))
}

fn claim_services<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    let has = |fact: Fact| subject.facts.iter().any(|seen| seen.fact == fact);
    if has(Fact::DhcpServer) {
        said.roles.insert("DHCP server".into());
    }
    if has(Fact::DnsServer) {
        said.roles.insert("DNS server".into());
    }
    for (protocol, role) in [(Protocol::Http, "web server"), (Protocol::Tls, "TLS server")] {
        if subject.deeds.serves.contains_key(&protocol) {
            said.roles.insert(role.into());
        }
    }
}

/// A machine that runs an office system and does nothing clinical is a workstation or a server, until
/// something better is known.
fn assume_computer<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    if said.strongest_category_but(&[Category::Workstation, Category::Server]) >= BETTER_KNOWN {
        return;
    }
    let best = |attribute: Attribute| {
        let of = said.supports.iter().filter(|support| support.attribute == attribute);
        of.max_by(|one, other| one.probability.total_cmp(&other.probability))
    };
    if is_anothers_machine(subject, knowledge, said) {
        return;
    }
    let Some(os) = best(Attribute::Os).filter(|support| support.probability >= 0.6) else { return };
    let version = best(Attribute::OsVersion).map_or("", |support| &*support.value);
    let (category, probability) = match &*os.value {
        "Windows" if version.starts_with("Server") => (Category::Server, 0.75),
        "Windows" | "macOS" => (Category::Workstation, ASSUMED_WORKSTATION),
        "VMware ESXi" => (Category::Server, 0.8),
        _ => return,
    };
    let clients = subject.deeds.hl7_clients.len() + subject.deeds.dicom_clients.len();
    if clients > 0 || (os.value == "Windows" && is_of_device_maker(subject, knowledge)) {
        return;
    }
    // Office computers do not speak DICOM; one that asks for nothing else may be a modality's console.
    let asks = |seen: &&Seen<'_>| seen.fact == Fact::DicomScu && seen.record.is_none();
    let (category, ground) = match subject.facts.iter().find(asks) {
        Some(seen) if category == Category::Workstation => {
            let words = Wording::Text(format!("{}, opens DICOM associations", os.ground.words).into());
            let rule = "system/computer-with-dicom".into();
            let (source, at) = (seen.source, Some(seen.first));
            (Category::ImagingWorkstation, Ground { protocol: Protocol::Dicom, words, rule, source, at })
        }
        _ => (category, Ground { rule: "system/office-computer".into(), ..os.ground.clone() }),
    };
    let by = (os.witness, os.last);
    said.concluded(ground, by, Attribute::Category, category.name(), probability);
    if category == Category::Workstation {
        office(subject, knowledge, said);
    }
}

/// True when a computer's own words name another maker than its address block does: it is part of that maker's
/// machine, whatever its system.
fn is_anothers_machine(subject: &Subject<'_>, knowledge: &Knowledge, said: &Said<'_>) -> bool {
    let here = subject.stations.iter().filter(|(_, standing)| standing.is_some());
    let makers: BTreeSet<&str> = here
        .filter_map(|(mac, _)| knowledge.oui.lookup(*mac))
        .filter(|oui| oui.kind == OuiKind::Computer)
        .map(|oui| oui.manufacturer.as_str())
        .collect();
    let named = |support: &Support<'_>| {
        support.attribute == Attribute::Manufacturer
            && !matches!(support.witness, Witness::Block | Witness::List)
            && support.probability >= NAMED_FROM
            && !makers.contains(knowledge.vendors.canonical(&support.value))
    };
    !makers.is_empty() && said.supports.iter().any(named)
}

/// The maker of the computer inside a machine that is more than a computer is not the machine's.
fn doubt_computers_maker<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let is_computer = subject.stations.iter().any(|(mac, _)| is_computer(*mac, knowledge));
    let clinical = said.supports.iter().any(|support| {
        let category = support.value.parse().unwrap_or(Category::Unknown);
        support.attribute == Attribute::Category
            && support.probability >= BETTER_KNOWN
            && !matches!(
                category,
                Category::Workstation | Category::Server | Category::ImagingWorkstation | Category::Unknown
            )
    });
    if is_computer && (clinical || is_anothers_machine(subject, knowledge, said)) {
        let of_block = |support: &&mut Support<'_>| {
            support.attribute == Attribute::Manufacturer && support.witness == Witness::Block
        };
        for support in said.supports.iter_mut().filter(of_block) {
            support.probability = support.probability.min(INNER_COMPUTER);
        }
    }
}

/// An office computer without any clinical part is its maker's product, and people browse the web on it.
fn office<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let browses = |seen: &&Seen<'_>| {
        seen.fact == Fact::HttpUserAgent && seen.record.is_none() && seen.value.starts_with("Mozilla/5.0 (")
    };
    let browsing = subject.facts.iter().find(browses);
    let likely = if browsing.is_some() { BROWSING_COMPUTER_MAKER } else { OFFICE_COMPUTER_MAKER };
    if let Some(seen) = browsing {
        let (category, rule) = (Category::Workstation.name(), "http/browser");
        said.fact(seen, rule, Attribute::Category, category, BROWSES);
    }
    let source = first_source(subject);
    for (mac, _) in subject.stations.iter().filter(|(_, standing)| standing.is_some()) {
        let Some(oui) = knowledge.oui.lookup(*mac).filter(|oui| oui.kind == OuiKind::Computer) else {
            continue;
        };
        let words = format!("link.mac = {mac}, a block of {}, an office computer", oui.manufacturer);
        let (words, rule) = (Wording::Text(words.into()), "oui/office-computer".into());
        let ground = Ground { protocol: Protocol::Link, words, rule, source, at: None };
        let by = (Witness::Block, Timestamp::default());
        said.concluded(ground, by, Attribute::Manufacturer, oui.manufacturer.as_str(), likely);
    }
}

/// True when its address block is that of a maker of whole devices, in which Windows is only a part.
fn is_of_device_maker(subject: &Subject<'_>, knowledge: &Knowledge) -> bool {
    let here = subject.stations.iter().filter(|(_, standing)| standing.is_some());
    here.filter_map(|(mac, _)| knowledge.oui.lookup(*mac)).any(|oui| oui.kind == OuiKind::Maker)
}
