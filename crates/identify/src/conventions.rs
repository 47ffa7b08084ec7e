//! A site's own conventions: what host names, application entity titles, switch ports, networks and address
//! ranges say of whose a device is and where it stands.
//!
//! A convention is a rule that a person of the site wrote. What it concludes is a claim like any other, with
//! the fact it was read from as evidence, and never as sure as what a list or person says of the device.

use crate::claims::witness::Witness;
use crate::claims::{Said, Subject};
use crate::gather::Seen;
use crate::ground::{Ground, Wording};
use crate::texts::Inputs;
use cordon_knowledge::pattern::Pattern;
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol, Sighting, Source};
use cordon_model::{Cidr, Timestamp, Vlan};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The most that a convention is sure of: below what a list states.
pub const CONFIDENCE_MAX: f64 = 0.9;

/// What a convention reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reads {
    /// Host names.
    HostName,
    /// DICOM application entity titles.
    AeTitle,
    /// The switch and port it stands behind: `sw-icu-1 Gi1/0/12`.
    SwitchPort,
    /// The name of a VLAN.
    VlanName,
    /// The name of a Wi-Fi network.
    WlanNetwork,
    /// The name of an access point.
    AccessPoint,
    /// Its IP address, by the range it lies in: a DHCP scope.
    Address,
    /// Its VLAN, by number.
    Vlan,
}

impl Reads {
    /// Every kind, in order.
    pub const ALL: &'static [Reads] = &[
        Reads::HostName,
        Reads::AeTitle,
        Reads::SwitchPort,
        Reads::VlanName,
        Reads::WlanNetwork,
        Reads::AccessPoint,
        Reads::Address,
        Reads::Vlan,
    ];

    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            Reads::HostName => "hostname",
            Reads::AeTitle => "ae_title",
            Reads::SwitchPort => "switch_port",
            Reads::VlanName => "vlan_name",
            Reads::WlanNetwork => "wlan_network",
            Reads::AccessPoint => "access_point",
            Reads::Address => "dhcp_scope",
            Reads::Vlan => "vlan",
        }
    }

    /// True for kinds that are texts with a pattern.
    pub fn is_text(self) -> bool {
        !matches!(self, Reads::Address | Reads::Vlan)
    }

    /// The kind that reads a fact.
    fn of(fact: Fact) -> Option<Reads> {
        Some(match fact {
            Fact::DicomCallingAe | Fact::DicomCalledAe | Fact::DicomStationAe => Reads::AeTitle,
            Fact::SwitchPort => Reads::SwitchPort,
            Fact::WlanNetwork => Reads::WlanNetwork,
            Fact::WlanAccessPoint => Reads::AccessPoint,
            fact if crate::claims::stated::is_host_name(fact) => Reads::HostName,
            _ => return None,
        })
    }
}

/// What a convention looks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Looks {
    /// A text that matches a pattern.
    Like(Pattern),
    /// An address within one of these.
    Within(Vec<Cidr>),
    /// One of these VLANs.
    In(Vec<Vlan>),
}

/// A text with the parts that a pattern named: `Ward {ward}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Literal text and named parts, in turn.
    parts: Vec<Part>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Literal(String),
    Named(String),
}

impl Template {
    /// Reads a template; the error says what is wrong with it.
    pub fn new(text: &str) -> Result<Template, String> {
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some((literal, behind)) = rest.split_once('{') {
            let (name, after) =
                behind.split_once('}').ok_or_else(|| format!("\"{text}\" leaves a part open"))?;
            parts.push(Part::Literal(literal.to_owned()));
            parts.push(Part::Named(name.to_owned()));
            rest = after;
        }
        if text.trim().is_empty() {
            return Err("it is empty".to_owned());
        }
        parts.push(Part::Literal(rest.to_owned()));
        Ok(Template { parts })
    }

    /// The names of the parts it needs.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            Part::Named(name) => Some(name.as_str()),
            Part::Literal(_) => None,
        })
    }

    /// The text, with the words that stand for what was found; `None` where a part has words and this is none.
    fn fill(&self, found: &BTreeMap<String, String>, words: &Words) -> Option<String> {
        let mut text = String::new();
        for part in &self.parts {
            match part {
                Part::Literal(literal) => text.push_str(literal),
                Part::Named(name) => {
                    let value = found.get(name)?;
                    match words.get(name) {
                        Some(known) => text.push_str(known.get(&value.to_lowercase())?),
                        None => text.push_str(value),
                    }
                }
            }
        }
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    }
}

/// By part, what its values (in lower case) stand for.
pub type Words = BTreeMap<String, BTreeMap<String, String>>;

/// One convention of a site.
#[derive(Clone, Debug, PartialEq)]
pub struct Convention {
    /// What the site calls it.
    pub name: String,
    /// What it reads.
    pub reads: Reads,
    /// What it looks for there.
    pub looks: Looks,
    /// What the parts it finds stand for.
    pub words: Words,
    /// What it concludes.
    pub says: Vec<(Attribute, Template)>,
    /// How sure its conclusions are, 0 to [`CONFIDENCE_MAX`].
    pub confidence: f64,
}

/// Attributes a convention may conclude.
pub const CONCLUDED: &[Attribute] = &[
    Attribute::Owner,
    Attribute::Department,
    Attribute::Location,
    Attribute::SupportContact,
    Attribute::CostCentre,
];

/// Where a device is, for conventions about networks.
pub(crate) struct Whereabouts<'a> {
    pub(crate) ips: &'a BTreeSet<IpAddr>,
    pub(crate) vlans: &'a BTreeSet<Vlan>,
    pub(crate) names: &'a VlanNames,
    pub(crate) inputs: &'a Inputs,
}

/// The names that switches announce for VLANs, with where and when each was read.
#[derive(Clone, Debug, Default)]
pub(crate) struct VlanNames(BTreeMap<Vlan, BTreeMap<String, (Source, Timestamp)>>);

impl VlanNames {
    /// Takes in what a switch said, a number and a name; `source` has the input's number. True when that is new.
    pub(crate) fn note(&mut self, sighting: &Sighting, source: Source, inputs: &Inputs) -> bool {
        if sighting.fact != Fact::LldpVlanName {
            return false;
        }
        let Some((number, name)) = sighting.value.split_once(' ') else { return false };
        let Some(vlan) = number.parse().ok().and_then(Vlan::new) else { return false };
        let names = self.0.entry(vlan).or_default();
        match names.get_mut(name.trim()) {
            Some(known) => {
                *known = (inputs.first(known.0, source), known.1.max(sighting.last));
                false
            }
            None => {
                names.insert(name.trim().to_owned(), (source, sighting.last));
                true
            }
        }
    }
}

/// Draws what the conventions conclude about a device. Of several that speak of an attribute all are heard;
/// that they differ shows as a conflict.
pub(crate) fn claim<'a>(
    conventions: &[Convention],
    subject: &Subject<'a>,
    places: &Whereabouts<'_>,
    said: &mut Said<'a>,
) {
    if conventions.is_empty() {
        return;
    }
    let read: Vec<(Reads, &Seen<'_>)> =
        subject.facts.iter().filter_map(|seen| Reads::of(seen.fact).map(|reads| (reads, seen))).collect();
    let anywhere = subject.facts.iter().map(|seen| (seen.source, seen.last)).min().unwrap_or_default();
    for convention in conventions {
        match &convention.looks {
            Looks::Like(pattern) if convention.reads == Reads::VlanName => {
                let names = places.vlans.iter().filter_map(|vlan| Some((vlan, places.names.0.get(vlan)?)));
                for (vlan, (name, at)) in names.flat_map(|(vlan, names)| names.iter().map(move |n| (vlan, n)))
                {
                    if let Some(found) = pattern.captures(name) {
                        let evidence =
                            (Protocol::Lldp, Witness::Neighbours, format!("VLAN {vlan} is named {name}"));
                        let at = (places.inputs.labelled(at.0), at.1);
                        conclude(convention, &found, evidence, at, said);
                    }
                }
            }
            Looks::Like(pattern) => {
                for (_, seen) in read.iter().filter(|(reads, _)| *reads == convention.reads) {
                    if let Some(found) = pattern.captures(seen.value.trim()) {
                        // However many protocols carry one name, one person gave it.
                        let words = format!("{} = {}", seen.fact, seen.value);
                        let evidence = (seen.fact.protocol(), Witness::of(seen.fact), words);
                        conclude(convention, &found, evidence, (seen.source, seen.last), said);
                    }
                }
            }
            Looks::Within(ranges) => {
                let within = |ip: &IpAddr| ranges.iter().find(|range| range.contains(*ip)).copied();
                let hit = places.ips.iter().find_map(|ip| within(ip).map(|range| (ip, range)));
                if let Some((ip, range)) = hit {
                    let evidence = (Protocol::Link, Witness::Block, format!("address {ip} in {range}"));
                    conclude(convention, &BTreeMap::new(), evidence, anywhere, said);
                }
            }
            Looks::In(numbers) => {
                if let Some(vlan) = places.vlans.iter().find(|vlan| numbers.contains(vlan)) {
                    let evidence = (Protocol::Link, Witness::Block, format!("VLAN {vlan}"));
                    conclude(convention, &BTreeMap::new(), evidence, anywhere, said);
                }
            }
        }
    }
}

fn conclude<'a>(
    convention: &Convention,
    found: &BTreeMap<String, String>,
    (protocol, witness, fact): (Protocol, Witness, String),
    (source, last): (Source, Timestamp),
    said: &mut Said<'a>,
) {
    let rule = format!("convention/{}", convention.name);
    let confidence = convention.confidence.min(CONFIDENCE_MAX);
    for (attribute, template) in &convention.says {
        if let Some(value) = template.fill(found, &convention.words) {
            let (words, rule) = (Wording::Text(fact.clone().into()), rule.clone().into());
            let ground = Ground { protocol, words, rule, source, at: None };
            said.concluded(ground, (witness, last), *attribute, value, confidence);
        }
    }
}
