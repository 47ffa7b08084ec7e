//! What people decided about flows, as a site's `needs.toml` has it, brought to the devices of an estate.
//!
//! A decision names its ends by what lasts: an id, an asset tag, a MAC. So it survives that a device is named anew
//! when more becomes known of it. Address and host name count only where nothing stronger was given, for an address
//! may belong to another machine tomorrow.

use crate::id;
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedDecision, NeedOrigin, NeedState, Party};
use cordon_model::{Category, Mac, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Microseconds of a day.
const DAY_MICROS: i64 = 86_400_000_000;

/// How a person names an end of a flow; several names of one device may stand together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct EndName {
    /// Cordon's id of the device.
    pub device: Option<String>,
    /// Its asset tag.
    pub asset_tag: Option<String>,
    /// Its MAC address.
    pub mac: Option<Mac>,
    /// Its IP address; of no device it is an address outside the site.
    pub ip: Option<IpAddr>,
    /// Its host name.
    pub host: Option<String>,
    /// A zone by its id.
    pub zone: Option<String>,
    /// Every device of a category.
    pub category: Option<Category>,
    /// An address or name outside the site.
    pub outside: Option<String>,
    /// A multicast group or broadcast address.
    pub group: Option<IpAddr>,
}

/// One flow of a decision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecidedFlow {
    /// The need's id, where it was written down.
    pub id: Option<String>,
    /// Who asks.
    pub from: EndName,
    /// Who answers.
    pub to: EndName,
    /// Transport protocol.
    pub transport: Transport,
    /// Server ports; empty for every port.
    pub ports: Vec<u16>,
    /// What is spoken.
    pub application: Option<String>,
    /// The expectation it answers, by its purpose: what devices of this kind usually need and nobody saw.
    pub expected: Option<String>,
    /// True when it is the answering end of which it was expected.
    pub expected_of_to: bool,
    /// What for; else the decision's purpose.
    pub purpose: Option<String>,
    /// Its line in the file.
    pub line: u32,
}

/// A decision of a person about flows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// True for one that says: not needed.
    pub rejects: bool,
    /// Who, when and why.
    pub decision: NeedDecision,
    /// What the flows are for.
    pub purpose: Option<String>,
    /// The last day it holds, as its beginning.
    pub until: Option<Timestamp>,
    /// True when care depends on the flows at once.
    pub care_critical: bool,
    /// The flows.
    pub flows: Vec<DecidedFlow>,
}

/// Two entries that cannot both be meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// The lines of both, the earlier first.
    pub lines: (u32, u32),
    /// What is wrong, in a sentence.
    pub why: String,
}

/// An entry that concerns no device of the estate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    /// Its line.
    pub line: u32,
    /// Why, in a sentence.
    pub why: String,
}

/// The answer to an expectation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// About which device.
    pub device: DeviceId,
    /// Which expectation, by its purpose.
    pub expected: String,
    /// The need as it was confirmed or rejected.
    pub need: Need,
}

/// Decisions brought to an estate.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// Flows that somebody confirmed and whose day is not past.
    pub confirmed: Vec<Need>,
    /// Flows that somebody rejected, or confirmed until a day that is past.
    pub rejected: Vec<Need>,
    /// What was answered to expectations.
    pub answers: Vec<Answer>,
    /// What concerns no device.
    pub unresolved: Vec<Unresolved>,
}

/// Brings decisions to an estate; `file` names where they stand, `today` is the day they are judged on.
pub fn resolve(
    estate: &Estate,
    decisions: &[Decision],
    file: &str,
    today: Timestamp,
) -> Result<Decided, Vec<Contradiction>> {
    let handles = Handles::new(estate);
    let mut found = Decided::default();
    let mut lines: BTreeMap<Need, u32> = BTreeMap::new();
    for decision in decisions {
        for flow in &decision.flows {
            match handles.needs(decision, flow, file, today) {
                Ok(needs) => {
                    for need in needs {
                        lines.insert(need.clone(), flow.line);
                        found.take(need, flow);
                    }
                }
                Err(why) => found.unresolved.push(Unresolved { line: flow.line, why }),
            }
        }
    }
    let against = contradictions(&found, &lines);
    if against.is_empty() { Ok(found) } else { Err(against) }
}

impl Decided {
    fn take(&mut self, need: Need, flow: &DecidedFlow) {
        let answers = flow.expected.is_some();
        let device = if flow.expected_of_to { &need.to } else { &need.from };
        if let (Some(expected), Party::Device(device)) = (&flow.expected, device) {
            let (device, expected) = (device.clone(), expected.clone());
            self.answers.push(Answer { device, expected, need: need.clone() });
        }
        match need.state {
            // Who rejects an expectation says that this device has no such need, and nothing of flows that are seen.
            NeedState::Rejected if answers => {}
            NeedState::Rejected => self.rejected.push(need),
            _ => self.confirmed.push(need),
        }
    }
}

/// The same flow confirmed and rejected.
fn contradictions(found: &Decided, lines: &BTreeMap<Need, u32>) -> Vec<Contradiction> {
    let mut rejected: BTreeMap<(&Party, &Party, Transport), Vec<&Need>> = BTreeMap::new();
    for need in &found.rejected {
        rejected.entry((&need.from, &need.to, need.transport)).or_default().push(need);
    }
    let line = |need: &Need| lines.get(need).copied().unwrap_or(0);
    let mut against = Vec::new();
    for need in &found.confirmed {
        let same = rejected.get(&(&need.from, &need.to, need.transport)).map_or(&[][..], Vec::as_slice);
        for other in same.iter().filter(|other| overlap(&need.ports, &other.ports)) {
            let (one, two) = (line(need), line(other));
            against.push(Contradiction {
                lines: (one.min(two), one.max(two)),
                why: format!(
                    "line {one} confirms and line {two} rejects {} of {} to {}; take one of them away",
                    service(need.transport, &need.ports),
                    need.from,
                    need.to
                ),
            });
        }
    }
    against.sort_by_key(|one| one.lines);
    against.dedup();
    against
}

/// True when two lists of ports have one in common; an empty one is every port.
pub(crate) fn overlap(one: &[u16], other: &[u16]) -> bool {
    one.is_empty() || other.is_empty() || one.iter().any(|port| other.contains(port))
}

/// `tcp/104,11112`; `tcp` for every port.
pub fn service(transport: Transport, ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    if ports.is_empty() { transport.to_string() } else { format!("{transport}/{}", ports.join(",")) }
}

/// The devices of an estate by everything a person may call them.
pub(crate) struct Handles<'a> {
    ids: BTreeSet<&'a str>,
    tags: BTreeMap<String, Vec<&'a DeviceId>>,
    macs: BTreeMap<Mac, Vec<&'a DeviceId>>,
    ips: BTreeMap<IpAddr, Vec<&'a DeviceId>>,
    hosts: BTreeMap<String, Vec<&'a DeviceId>>,
    categories: BTreeMap<Category, Vec<&'a DeviceId>>,
}

impl<'a> Handles<'a> {
    pub(crate) fn new(estate: &'a Estate) -> Handles<'a> {
        let mut handles = Handles {
            ids: BTreeSet::new(),
            tags: BTreeMap::new(),
            macs: BTreeMap::new(),
            ips: BTreeMap::new(),
            hosts: BTreeMap::new(),
            categories: BTreeMap::new(),
        };
        for device in &estate.devices {
            handles.add(device);
        }
        handles
    }

    fn add(&mut self, device: &'a Device) {
        let id = &device.id;
        self.ids.insert(id.as_str());
        if let Some(tag) = device.value(Attribute::AssetTag) {
            self.tags.entry(tag.to_lowercase()).or_default().push(id);
        }
        for mac in &device.macs {
            self.macs.entry(*mac).or_default().push(id);
        }
        for ip in &device.ips {
            self.ips.entry(*ip).or_default().push(id);
        }
        for host in &device.hostnames {
            self.hosts.entry(host.to_lowercase()).or_default().push(id);
        }
        self.categories.entry(device.category()).or_default().push(id);
    }

    /// The needs a flow stands for: one, or one for each device of a category.
    fn needs(
        &self,
        decision: &Decision,
        flow: &DecidedFlow,
        file: &str,
        today: Timestamp,
    ) -> Result<Vec<Need>, String> {
        let (from, to) = (self.parties(&flow.from, "from")?, self.parties(&flow.to, "to")?);
        let single = from.len() == 1 && to.len() == 1;
        let mut needs = Vec::new();
        for from in &from {
            for to in to.iter().filter(|to| *to != from) {
                if !decision.rejects && (from.is_not_known() || to.is_not_known()) {
                    return Err(
                        "its other end is not known; name it, and the flow can be confirmed".to_owned()
                    );
                }
                let application = flow.application.as_deref();
                let of_flow = || id::of_flow("need", from, to, flow.transport, application, &flow.ports);
                let id = flow.id.clone().filter(|_| single).unwrap_or_else(of_flow);
                let mut need =
                    Need::new(id, from.clone(), to.clone(), flow.transport, state(decision, today));
                need.ports.clone_from(&flow.ports);
                need.application.clone_from(&flow.application);
                let purpose = flow.purpose.as_ref().or(flow.expected.as_ref()).or(decision.purpose.as_ref());
                need.purpose = purpose.cloned().unwrap_or_else(|| decision.decision.because.clone());
                need.source = format!("{file} line {}", flow.line);
                need.origin = NeedOrigin::Person;
                need.decision = Some(decision.decision.clone());
                need.until = decision.until;
                need.care_critical = decision.care_critical;
                needs.push(need);
            }
        }
        if needs.is_empty() {
            return Err("both ends are the same device".to_owned());
        }
        Ok(needs)
    }

    /// The devices a person means, none when nobody goes by the name.
    pub(crate) fn devices(&self, name: &EndName) -> Vec<DeviceId> {
        let parties = self.parties(name, "to").unwrap_or_default();
        let device = |party| if let Party::Device(id) = party { Some(id) } else { None };
        parties.into_iter().filter_map(device).collect()
    }

    pub(crate) fn parties(&self, name: &EndName, side: &str) -> Result<Vec<Party>, String> {
        if let Some(zone) = &name.zone {
            return Ok(vec![Party::Zone(zone.clone())]);
        }
        if let Some(outside) = &name.outside {
            return Ok(vec![Party::Outside(outside.clone())]);
        }
        if let Some(group) = name.group {
            return Ok(vec![Party::Group(group)]);
        }
        let devices = |ids: &[&DeviceId]| ids.iter().map(|id| Party::Device((*id).clone())).collect();
        if let Some(category) = name.category {
            let ids = self.categories.get(&category).map_or(&[][..], Vec::as_slice);
            let none = || format!("{side}: the site has no device of category {category}");
            return if ids.is_empty() { Err(none()) } else { Ok(devices(ids)) };
        }
        if let Some(id) = name.device.as_deref().filter(|id| self.ids.contains(id)) {
            return Ok(vec![Party::Device(DeviceId::new(id))]);
        }
        let strong = [
            name.asset_tag.as_ref().and_then(|tag| self.tags.get(&tag.to_lowercase())),
            name.mac.and_then(|mac| self.macs.get(&mac)),
        ];
        let is_strong = name.asset_tag.is_some() || name.mac.is_some();
        let weak = [
            name.ip.and_then(|ip| self.ips.get(&ip)),
            name.host.as_ref().and_then(|host| self.hosts.get(&host.to_lowercase())),
        ];
        let by = if is_strong { strong } else { weak };
        match by.into_iter().flatten().next().map(Vec::as_slice) {
            Some([only]) => Ok(devices(&[*only])),
            Some(several) => {
                Err(format!("{side}: {} devices go by this name; take a stronger one", several.len()))
            }
            None => match name.ip.filter(|_| !is_strong && name.device.is_none() && name.host.is_none()) {
                Some(ip) => Ok(vec![Party::Outside(ip.to_string())]),
                None => Err(format!("{side}: no device of this assessment goes by {}", words(name))),
            },
        }
    }
}

fn state(decision: &Decision, today: Timestamp) -> NeedState {
    let past = decision.until.is_some_and(|until| today >= until.plus_micros(DAY_MICROS));
    if decision.rejects || past { NeedState::Rejected } else { NeedState::Confirmed }
}

fn words(name: &EndName) -> String {
    let parts = [
        name.device.clone(),
        name.asset_tag.as_ref().map(|tag| format!("asset tag {tag}")),
        name.mac.map(|mac| mac.to_string()),
        name.ip.map(|ip| ip.to_string()),
        name.host.clone(),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}
