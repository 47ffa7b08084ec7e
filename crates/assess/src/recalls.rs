//! Which recalls concern which devices, and whether the single device is among those recalled.
//!
//! FDA's recalls name a firm and describe the product and its lots, serial numbers or versions in the firm's words. A
//! recall concerns a device when firm and model agree; that the device itself is recalled is said only where its
//! serial number, its version or the words "all" decide it. A lot is never seen on a network, so that a recall of
//! lots is a question, never an answer.

mod codes;
mod product;

use crate::intelligence::recall::Recall as Published;
use codes::Codes;
use cordon_knowledge::{Knowledge, Vendors};
use cordon_model::assess::{FindingStatus, Recall};
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::udi::Udi;
use product::{Likeness, Text};
use std::collections::{BTreeMap, BTreeSet};

/// Recalls kept of one device, open ones first.
const OF_DEVICE_MAX: usize = 50;
/// Letters of the firm's words that a question quotes.
const QUOTED_MAX: usize = 200;

/// The key by which recalls of a firm are looked up: the first word of its name, with the next behind an initial.
pub fn firm_key(firm: &str) -> Option<String> {
    let plain = Vendors::plain(firm);
    let mut words = plain.split(' ').filter(|word| !word.is_empty());
    let first = words.next()?;
    match (first.chars().count(), words.next()) {
        (1, Some(next)) => Some(format!("firm:{first} {next}")),
        (1, None) => None,
        _ => Some(format!("firm:{first}")),
    }
}

/// The keys of all recalls that may concern an estate.
pub fn wanted(estate: &Estate, knowledge: &Knowledge) -> BTreeSet<String> {
    let vendors = &knowledge.vendors;
    let named: BTreeSet<&str> = makers(estate).into_iter().map(|maker| vendors.canonical(maker)).collect();
    let mut keys: BTreeSet<String> = named.iter().filter_map(|maker| firm_key(maker)).collect();
    for (spelling, usual) in vendors.all_spellings() {
        if named.iter().any(|maker| vendors.came_into(maker, usual) || vendors.came_into(usual, maker)) {
            keys.extend(firm_key(spelling));
        }
    }
    keys
}

fn makers(estate: &Estate) -> BTreeSet<&str> {
    estate.devices.iter().filter_map(|device| device.value(Attribute::Manufacturer)).collect()
}

/// Recalls as they were published, ready to be compared with devices.
#[derive(Debug, Default)]
pub struct Register {
    recalls: Vec<Entry>,
    /// By the firm's usual name.
    by_firm: BTreeMap<String, Vec<usize>>,
}

#[derive(Debug)]
struct Entry {
    published: Published,
    source: String,
    product: Text,
    /// Device identifiers that product or codes name.
    identifiers: BTreeSet<String>,
    codes: Codes,
}

/// What says which product a device is; devices with equal ones have equal recalls.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Identity<'d> {
    maker: &'d str,
    names: Vec<&'d str>,
    identifier: Option<String>,
}

impl Register {
    /// Takes recalls with who says so. What firms publish and what FDA reports of one number is one recall: the
    /// class is FDA's, the rest the firm's.
    pub fn new(published: Vec<(Published, String)>, knowledge: &Knowledge) -> Register {
        let mut by_number: BTreeMap<String, Vec<(Published, String)>> = BTreeMap::new();
        for one in published {
            by_number.entry(one.0.number.clone()).or_default().push(one);
        }
        let mut register = Register::default();
        for same in by_number.into_values() {
            for (published, source) in united(same) {
                let firm = firm(&published.firm, &knowledge.vendors);
                register.by_firm.entry(firm).or_default().push(register.recalls.len());
                let texts = [published.product.as_str(), published.codes.as_str()];
                register.recalls.push(Entry {
                    product: Text::of(&published.product),
                    identifiers: texts.into_iter().flat_map(product::identifiers).collect(),
                    codes: Codes::read(&published.codes),
                    published,
                    source,
                });
            }
        }
        register
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.recalls.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.recalls.is_empty()
    }

    /// The recalls of each device's product.
    pub fn of_estate(&self, estate: &Estate, knowledge: &Knowledge) -> BTreeMap<DeviceId, Vec<Recall>> {
        let mut known: BTreeMap<Identity<'_>, Vec<(usize, Likeness)>> = BTreeMap::new();
        let mut found = BTreeMap::new();
        for device in &estate.devices {
            let Some(identity) = identity(device) else { continue };
            let matched = known.entry(identity.clone()).or_insert_with(|| self.matched(&identity, knowledge));
            let entries = matched
                .iter()
                .filter_map(|(at, likeness)| Some(judged(self.recalls.get(*at)?, *likeness, device)));
            let mut recalls: Vec<Recall> = entries.collect();
            recalls.sort_by(|one, other| {
                let key =
                    |recall: &Recall| (!recall.is_open, recall.verdict, std::cmp::Reverse(recall.begun));
                key(one).cmp(&key(other)).then_with(|| one.cmp(other))
            });
            recalls.dedup();
            recalls.truncate(OF_DEVICE_MAX);
            if !recalls.is_empty() {
                found.insert(device.id.clone(), recalls);
            }
        }
        found
    }

    fn matched(&self, identity: &Identity<'_>, knowledge: &Knowledge) -> Vec<(usize, Likeness)> {
        let vendors = &knowledge.vendors;
        let agrees = |firm: &str| {
            vendors.same(firm, identity.maker)
                || vendors.came_into(firm, identity.maker)
                || vendors.came_into(identity.maker, firm)
        };
        let of_firms = self.by_firm.iter().filter(|(firm, _)| agrees(firm)).flat_map(|(_, places)| places);
        let liked = of_firms.filter_map(|at| {
            let entry = self.recalls.get(*at)?;
            let named = identity.identifier.as_ref().is_some_and(|id| entry.identifiers.contains(id));
            let likeness = if named { Some(Likeness::Same) } else { entry.product.names(&identity.names) };
            likeness.map(|likeness| (*at, likeness))
        });
        liked.collect()
    }
}

/// One recall of one number for each product; what only FDA's report says is added.
fn united(same: Vec<(Published, String)>) -> Vec<(Published, String)> {
    let (reported, mut of_firm): (Vec<_>, Vec<_>) =
        same.into_iter().partition(|(published, _)| published.class.is_some());
    let Some((report, by)) = reported.first().cloned() else { return of_firm };
    if of_firm.is_empty() {
        return reported;
    }
    for (published, source) in &mut of_firm {
        published.class = report.class.clone();
        if published.status.is_empty() {
            published.status = report.status.clone();
        }
        *source = format!("{source}; class by {by}");
    }
    of_firm
}

/// The firm's usual name: the longest beginning of what is written that is known, else what is written.
fn firm(text: &str, vendors: &Vendors) -> String {
    let plain = Vendors::plain(text);
    let words: Vec<&str> = plain.split(' ').collect();
    let beginnings = (1..=words.len()).rev().filter_map(|count| words.get(..count));
    let mut known = beginnings.filter_map(|words| vendors.known(&words.join(" ")));
    known.next().unwrap_or(&plain).to_owned()
}

fn identity(device: &Device) -> Option<Identity<'_>> {
    let maker = device.value(Attribute::Manufacturer)?;
    let names: Vec<&str> =
        [Attribute::Model, Attribute::Brand].into_iter().filter_map(|about| device.value(about)).collect();
    let udi = device.value(Attribute::Udi).and_then(|text| Udi::parse(text).ok());
    let identifier = udi.map(|udi| udi.device);
    (!names.is_empty() || identifier.is_some()).then_some(Identity { maker, names, identifier })
}

fn judged(entry: &Entry, likeness: Likeness, device: &Device) -> Recall {
    let published = &entry.published;
    let is_open = !["terminated", "completed", "closed"]
        .iter()
        .any(|word| published.status.to_lowercase().contains(word));
    let (verdict, why, question) = decide(entry, likeness, device);
    Recall {
        number: published.number.clone(),
        class: published.class.as_deref().map(|class| class.trim_start_matches("Class ").to_owned()),
        verdict,
        why,
        question,
        firm: published.firm.clone(),
        product: published.product.clone(),
        codes: published.codes.clone(),
        reason: published.reason.clone(),
        action: published.action.clone(),
        state: published.status.clone(),
        is_open,
        is_software: is_software(&published.reason),
        begun: published.begun,
        source: entry.source.clone(),
    }
}

fn decide(entry: &Entry, likeness: Likeness, device: &Device) -> (FindingStatus, String, Option<String>) {
    let published = &entry.published;
    let (number, quoted) = (&published.number, quoted(&published.codes));
    let ask = |why: &str, question: String| (FindingStatus::Undetermined, why.to_owned(), Some(question));
    if likeness == Likeness::Near {
        let question = format!(
            "Is it the product of recall {number} ({})? Its name is near: {}",
            published.firm,
            self::quoted(&published.product)
        );
        return ask("maker and model agree, and more words follow that may name another variant", question);
    }
    let (serial, version) = (device.value(Attribute::Serial), device.value(Attribute::Firmware));
    // Only a unique device identifier tells the lot of a single device.
    let udi = device.value(Attribute::Udi).and_then(|text| Udi::parse(text).ok());
    let lot = udi.as_ref().and_then(|udi| udi.lot.as_deref());
    match entry.codes.decide(serial, lot, version) {
        codes::Verdict::Inside(why) => (FindingStatus::Affected, why, None),
        codes::Verdict::Outside(why) => (FindingStatus::NotAffected, why, None),
        codes::Verdict::Asks(fact) => {
            let question = match (fact, quoted.is_empty()) {
                (_, true) => {
                    format!("Ask {} which units recall {number} means; it does not say.", published.firm)
                }
                (codes::Fact::Lot, _) => {
                    format!("Which lot is it of, and is that among those of recall {number}: {quoted}?")
                }
                (codes::Fact::Serial, _) if serial.is_none() => {
                    format!("Which serial number has it? Recall {number} is for: {quoted}")
                }
                (codes::Fact::Version, _) if version.is_none() => {
                    format!("Which software version does it run? Recall {number} is for: {quoted}")
                }
                _ => format!("Is it among those of recall {number}: {quoted}?"),
            };
            ask(
                "maker and model agree; which units are meant is told by lots, serial numbers or versions",
                question,
            )
        }
    }
}

fn quoted(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= QUOTED_MAX {
        return line;
    }
    format!("{} …", line.chars().take(QUOTED_MAX).collect::<String>().trim_end())
}

/// True when the reason speaks of software, security or the network.
fn is_software(reason: &str) -> bool {
    const WORDS: [&str; 12] = [
        "software",
        "cyber",
        "security",
        "firmware",
        "network",
        "vulnerab",
        "wireless",
        "malware",
        "ransom",
        "password",
        "encrypt",
        "unauthorized",
    ];
    let reason = reason.to_lowercase();
    WORDS.iter().any(|word| reason.contains(word))
}

#[cfg(test)]
mod tests;
