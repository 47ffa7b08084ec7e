//! Asset lists against what was seen: what is on the network and in no list, what is in a list and was never
//! seen, and where the two disagree, field by field.

use cordon_model::identify::{Attribute, Claim, Device, DeviceId, Estate, Evidence, Listing};
use cordon_model::observe::{Protocol, Source};
use std::collections::BTreeSet;

/// What was seen must be at least this sure to be held against a list.
const SEEN_FROM: f64 = 0.5;

/// Attributes that both a list and the network speak of.
const COMPARED: &[Attribute] = &[
    Attribute::Category,
    Attribute::Modality,
    Attribute::Manufacturer,
    Attribute::Model,
    Attribute::Os,
    Attribute::OsVersion,
    Attribute::Firmware,
    Attribute::Serial,
    Attribute::Udi,
    Attribute::Manufactured,
    Attribute::Hostname,
    Attribute::Owner,
    Attribute::Department,
    Attribute::Location,
    Attribute::SupportContact,
    Attribute::CostCentre,
];

/// How a list's word and what was seen stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// They say different things.
    Differs,
    /// They say the same and write it otherwise.
    Spelling,
    /// The list gives an address that nothing on the network uses for this device.
    NotSeen,
    /// The device uses an address that the list does not have, where it gives others of its kind.
    NotListed,
}

impl Kind {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Differs => "differs",
            Kind::Spelling => "spelling",
            Kind::NotSeen => "not_seen",
            Kind::NotListed => "not_listed",
        }
    }
}

/// A field in which a list and the network disagree.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// Which device.
    pub device: DeviceId,
    /// An attribute's name, `mac` or `ip`.
    pub field: &'static str,
    /// In which way.
    pub kind: Kind,
    /// What the list says.
    pub listed: Option<String>,
    /// What was seen.
    pub seen: Option<String>,
    /// How sure that is.
    pub confidence: Option<f64>,
    /// The list and row.
    pub row: Source,
    /// What was seen, in words, and where.
    pub evidence: Option<Evidence>,
}

/// Lists compared with the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reconciliation {
    /// Devices that are in a list and on the network.
    pub matched: u64,
    /// Devices seen that no list has, in order.
    pub not_listed: Vec<DeviceId>,
    /// Devices of lists that were never seen, with their first row, in order.
    pub never_seen: Vec<(DeviceId, Source)>,
    /// Disagreements, by device and field.
    pub differences: Vec<Difference>,
}

/// Compares the lists (places in [`Estate::inputs`]) with what was seen.
pub fn reconcile(estate: &Estate, lists: &BTreeSet<u32>) -> Reconciliation {
    let mut found = Reconciliation::default();
    for device in &estate.devices {
        let rows: Vec<&Listing> =
            device.listings.iter().filter(|row| lists.contains(&row.source.input)).collect();
        match (rows.first(), device.presence.is_some()) {
            (Some(_), true) => {
                found.matched += 1;
                for attribute in COMPARED {
                    compare(device, *attribute, lists, &mut found.differences);
                }
                compare_addresses(device, &rows, &mut found.differences);
            }
            (Some(row), false) => found.never_seen.push((device.id.clone(), row.source)),
            (None, true) => found.not_listed.push(device.id.clone()),
            (None, false) => {}
        }
    }
    found
}

/// Devices for which neither an owner nor a department is known, in order.
pub fn unowned(estate: &Estate) -> Vec<DeviceId> {
    let nobody = |device: &&Device| {
        device.value(Attribute::Owner).is_none() && device.value(Attribute::Department).is_none()
    };
    estate.devices.iter().filter(nobody).map(|device| device.id.clone()).collect()
}

/// A list's word, in its own spelling.
struct Said<'e> {
    value: &'e str,
    row: Source,
}

fn compare(device: &Device, attribute: Attribute, lists: &BTreeSet<u32>, out: &mut Vec<Difference>) {
    let claims: Vec<&Claim> = device.claims.iter().filter(|claim| claim.attribute == attribute).collect();
    let told: Vec<(Said<'_>, &Claim)> =
        claims.iter().filter_map(|claim| Some((said(claim, lists)?, *claim))).collect();
    // Beside a list what was seen shares what the list leaves open; alone it would be so much surer.
    let listed: f64 = told.iter().map(|(_, claim)| claim.confidence.value()).sum();
    let open = (1.0 - listed).max(f64::EPSILON);
    let seen = claims.iter().filter_map(|claim| {
        let evidence = claim.evidence.iter().find(|evidence| contradicts(attribute, evidence))?;
        let is_told = told.iter().any(|(_, other)| std::ptr::eq(*other, *claim));
        let sure = claim.confidence.value() / if is_told || told.is_empty() { 1.0 } else { open };
        (sure >= SEEN_FROM).then_some((*claim, evidence, sure.min(1.0)))
    });
    let Some((seen, evidence, sure)) = seen.into_iter().next() else { return };
    // A machine may bear several names; one that is listed and seen is enough.
    let agrees = |(said, claim): &(Said<'_>, &Claim)| {
        std::ptr::eq(*claim, seen) && (attribute == Attribute::Hostname || same(said.value, &seen.value))
    };
    if told.iter().any(agrees) {
        return;
    }
    for (said, claim) in told {
        let kind = if std::ptr::eq(claim, seen) { Kind::Spelling } else { Kind::Differs };
        out.push(Difference {
            device: device.id.clone(),
            field: attribute.name(),
            kind,
            listed: Some(said.value.to_owned()),
            seen: Some(seen.value.clone()),
            confidence: Some(sure),
            row: said.row,
            evidence: Some(evidence.clone()),
        });
    }
}

/// True for what neither a list nor a person says.
fn is_of_network(evidence: &Evidence) -> bool {
    !matches!(evidence.protocol, Protocol::AssetList | Protocol::Person)
}

/// True for what can contradict a list. Who made the network adapter is not who made the device.
fn contradicts(attribute: Attribute, evidence: &Evidence) -> bool {
    let is_block = attribute == Attribute::Manufacturer && evidence.protocol == Protocol::Link;
    is_of_network(evidence) && !is_block
}

/// What a list says for a claim.
fn said<'e>(claim: &'e Claim, lists: &BTreeSet<u32>) -> Option<Said<'e>> {
    let of_list = |evidence: &&Evidence| !is_of_network(evidence) && lists.contains(&evidence.source.input);
    let evidence = claim.evidence.iter().find(of_list)?;
    let value = evidence.fact.split_once(" = ").map_or(claim.value.as_str(), |(_, value)| value);
    Some(Said { value, row: evidence.source })
}

/// True when two values differ in case, blanks and signs at most.
fn same(one: &str, other: &str) -> bool {
    let plain = |text: &str| -> Vec<char> {
        text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    plain(one) == plain(other)
}

/// A kind of address: its name, those of the rows, those that were seen.
type Field = (&'static str, Vec<(String, Source)>, Vec<String>);

/// Addresses the rows name and nothing was seen to use, and the other way round.
fn compare_addresses(device: &Device, rows: &[&Listing], out: &mut Vec<Difference>) {
    let Some(presence) = &device.presence else { return };
    let Some(first) = rows.first().map(|row| row.source) else { return };
    let named = |of: &dyn Fn(&Listing) -> Vec<String>| -> Vec<(String, Source)> {
        rows.iter().flat_map(|row| of(row).into_iter().map(|address| (address, row.source))).collect()
    };
    let words = |all: &[_]| all.iter().map(ToString::to_string).collect::<Vec<String>>();
    let ips = |all: &[std::net::IpAddr]| all.iter().map(ToString::to_string).collect::<Vec<String>>();
    let fields: [Field; 2] = [
        ("mac", named(&|row| row.macs.iter().map(ToString::to_string).collect()), words(&presence.macs)),
        ("ip", named(&|row| ips(&row.ips)), ips(&presence.ips)),
    ];
    for (field, listed, seen) in fields {
        // Nothing of the kind on one side leaves nothing to compare.
        if listed.is_empty() || seen.is_empty() {
            continue;
        }
        let difference = |kind, listed, seen, row| Difference {
            device: device.id.clone(),
            field,
            kind,
            listed,
            seen,
            confidence: None,
            row,
            evidence: None,
        };
        for (address, row) in listed.iter().filter(|(address, _)| !seen.contains(address)) {
            out.push(difference(Kind::NotSeen, Some(address.clone()), None, *row));
        }
        for address in seen.iter().filter(|address| !listed.iter().any(|(known, _)| known == *address)) {
            out.push(difference(Kind::NotListed, None, Some(address.clone()), first));
        }
    }
}
