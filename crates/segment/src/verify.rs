//! An independent check of a plan: everything needed is permitted, and nothing else.
//!
//! It reads rules as an enforcement point would and shares no code with their synthesis. Every mismatch
//! carries an example packet. A [`Verified`] value can only be made here, so what has not passed cannot be
//! rendered.

use crate::Plan;
use cordon_model::identify::{Device, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, Party, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

/// The most mismatches of a kind that are listed; more are the same mistake again.
const MISMATCHES_MAX: usize = 100;

/// A flow that rules and needs disagree on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mismatch {
    /// The need or rule concerned, or `conversation`.
    pub id: String,
    /// Who asks.
    pub from: Party,
    /// Whom.
    pub to: Party,
    /// Transport protocol.
    pub transport: Transport,
    /// Server port; 0 where the transport has none.
    pub port: u16,
    /// A packet that shows it: `tcp 10.0.0.5:49152 > 10.0.0.9:104`.
    pub packet: String,
    /// What is wrong, in a sentence.
    pub why: String,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}; example packet {}", self.id, self.why, self.packet)
    }
}

/// The outcome of checking a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many flows were checked: needs by port, and conversations that worked.
    pub flows_checked: u64,
    /// Needed and not permitted, at most 100.
    pub too_tight: Vec<Mismatch>,
    /// Permitted and not needed, at most 100.
    pub too_loose: Vec<Mismatch>,
}

impl Verification {
    /// True when nothing is too tight and nothing too loose.
    pub fn passed(&self) -> bool {
        self.too_tight.is_empty() && self.too_loose.is_empty()
    }
}

/// A value that passed the check.
#[derive(Clone, Debug, PartialEq)]
pub struct Verified<T> {
    value: T,
    verification: Verification,
}

/// A plan that may be rendered.
pub type VerifiedPlan = Verified<Plan>;

impl<T> Verified<T> {
    /// What passed.
    pub fn get(&self) -> &T {
        &self.value
    }

    /// The check it passed.
    pub fn verification(&self) -> &Verification {
        &self.verification
    }
}

/// A plan that did not pass, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Refused {
    /// The plan as it was handed in.
    pub plan: Plan,
    /// What is wrong with it.
    pub verification: Verification,
}

/// Checks a plan and makes it renderable when it passes.
pub fn approve(plan: Plan, estate: &Estate) -> Result<VerifiedPlan, Box<Refused>> {
    let verification = verify(&plan, estate);
    if verification.passed() {
        Ok(Verified { value: plan, verification })
    } else {
        Err(Box::new(Refused { plan, verification }))
    }
}

/// Checks that a plan permits every need and every conversation that worked and was not withheld, and that
/// it permits nothing without a need.
pub fn verify(plan: &Plan, estate: &Estate) -> Verification {
    let site = Site::new(plan, estate);
    let policy = Policy::new(&plan.rules, &site);
    let mut found = Verification::default();
    check_needs(plan, &policy, &site, &mut found);
    check_conversations(plan, estate, &policy, &site, &mut found);
    check_rules(plan, &site, &mut found);
    found.too_tight.truncate(MISMATCHES_MAX);
    found.too_loose.truncate(MISMATCHES_MAX);
    found
}

/// Who is where.
struct Site<'a> {
    devices: BTreeMap<&'a DeviceId, &'a Device>,
    members: BTreeMap<&'a str, &'a [DeviceId]>,
    zone_of: BTreeMap<&'a DeviceId, &'a str>,
}

impl<'a> Site<'a> {
    fn new(plan: &'a Plan, estate: &'a Estate) -> Self {
        let zones = || plan.zones.iter();
        Site {
            devices: estate.devices.iter().map(|device| (&device.id, device)).collect(),
            members: zones().map(|zone| (zone.id.as_str(), zone.devices.as_slice())).collect(),
            zone_of: zones().flat_map(|zone| zone.devices.iter().map(|id| (id, zone.id.as_str()))).collect(),
        }
    }

    /// The single parties a party stands for.
    fn expand(&self, party: &Party) -> Vec<Party> {
        match party {
            Party::Zone(id) => {
                let members = self.members.get(id.as_str()).copied().unwrap_or_default();
                members.iter().cloned().map(Party::Device).collect()
            }
            single => vec![single.clone()],
        }
    }

    fn address(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => {
                let device = self.devices.get(id);
                let ip = device.and_then(|device| device.ips.first()).map(IpAddr::to_string);
                ip.unwrap_or_else(|| id.to_string())
            }
            Party::Zone(id) => id.clone(),
            Party::Outside(name) => name.clone(),
            Party::Group(ip) => ip.to_string(),
        }
    }

    fn packet(&self, from: &Party, to: &Party, transport: Transport, port: u16) -> String {
        let (from, to) = (self.address(from), self.address(to));
        match transport {
            Transport::Tcp | Transport::Udp => format!("{transport} {from}:49152 > {to}:{port}"),
            _ => format!("{transport} {from} > {to}"),
        }
    }

    fn mismatch(&self, id: &str, flow: &Flow<'_>, why: &str) -> Mismatch {
        let label = |party: &Party| match party {
            Party::Device(id) => self.devices.get(id).map_or_else(|| id.to_string(), |device| device.label()),
            other => self.address(other),
        };
        let (from, to) = (flow.from.clone(), flow.to.clone());
        Mismatch {
            id: id.to_string(),
            transport: flow.transport,
            port: flow.port,
            packet: self.packet(&from, &to, flow.transport, flow.port),
            why: format!("{} to {}: {why}", label(&from), label(&to)),
            from,
            to,
        }
    }
}

struct Flow<'a> {
    from: &'a Party,
    to: &'a Party,
    transport: Transport,
    port: u16,
}

/// The rules as an enforcement point evaluates them: by source, destination and transport; default deny.
struct Policy<'a> {
    rules: BTreeMap<(Party, Party, Transport), Vec<&'a Rule>>,
    site: &'a Site<'a>,
}

impl<'a> Policy<'a> {
    fn new(rules: &'a [Rule], site: &'a Site<'a>) -> Self {
        let mut table: BTreeMap<(Party, Party, Transport), Vec<&Rule>> = BTreeMap::new();
        for rule in rules {
            table.entry((rule.from.clone(), rule.to.clone(), rule.transport)).or_default().push(rule);
        }
        Policy { rules: table, site }
    }

    fn permits(&self, flow: &Flow<'_>) -> bool {
        let names = |party: &Party| {
            let zone = match party {
                Party::Device(id) => self.site.zone_of.get(id).map(|zone| Party::Zone((*zone).to_string())),
                _ => None,
            };
            [Some(party.clone()), zone]
        };
        let to_names = names(flow.to);
        names(flow.from).into_iter().flatten().any(|from| {
            to_names.iter().flatten().any(|to| {
                let rules = self.rules.get(&(from.clone(), to.clone(), flow.transport));
                rules.is_some_and(|rules| rules.iter().any(|rule| takes(&rule.ports, flow.port)))
            })
        })
    }
}

/// No ports means every port of the transport.
fn takes(ports: &[u16], port: u16) -> bool {
    ports.is_empty() || ports.contains(&port)
}

fn required(plan: &Plan) -> impl Iterator<Item = &Need> {
    plan.needs.iter().filter(|need| need.state.is_required())
}

fn ports_of(ports: &[u16]) -> Vec<u16> {
    if ports.is_empty() { vec![0] } else { ports.to_vec() }
}

fn check_needs(plan: &Plan, policy: &Policy<'_>, site: &Site<'_>, found: &mut Verification) {
    for need in required(plan) {
        for from in site.expand(&need.from) {
            for to in site.expand(&need.to).iter().filter(|to| **to != from) {
                for port in ports_of(&need.ports) {
                    found.flows_checked += 1;
                    let flow = Flow { from: &from, to, transport: need.transport, port };
                    if !policy.permits(&flow) && found.too_tight.len() < MISMATCHES_MAX {
                        let why = format!("needed to {}, and no rule permits it", need.purpose);
                        found.too_tight.push(site.mismatch(&need.id, &flow, &why));
                    }
                }
            }
        }
    }
}

/// Replays what was seen to work: either a rule permits it or the plan says why it is withheld.
fn check_conversations(
    plan: &Plan,
    estate: &Estate,
    policy: &Policy<'_>,
    site: &Site<'_>,
    found: &mut Verification,
) {
    let withheld: BTreeSet<(&Party, &Party, Transport, u16)> = plan
        .withheld
        .iter()
        .flat_map(|group| {
            group.flows.iter().map(|(to, transport, port)| (&group.from, to, *transport, *port))
        })
        .collect();
    for both in estate.conversations.iter().filter(|both| both.conversation.answered) {
        let Some((from, to)) = parties(both) else { continue };
        let flow = &both.conversation;
        let (transport, port) = (flow.transport, flow.port);
        found.flows_checked += 1;
        if from == to || withheld.contains(&(&from, &to, transport, port)) {
            continue;
        }
        let flow = Flow { from: &from, to: &to, transport, port };
        if !policy.permits(&flow) && found.too_tight.len() < MISMATCHES_MAX {
            let why = "was seen to work, and is neither permitted nor withheld with a reason";
            found.too_tight.push(site.mismatch("conversation", &flow, why));
        }
    }
}

/// The parties of a conversation between devices, or of a device with the outside.
fn parties(both: &DeviceConversation) -> Option<(Party, Party)> {
    let outside = |ip: Option<IpAddr>| ip.filter(|_| both.outside).map(|ip| Party::Outside(ip.to_string()));
    let (client, server) = (both.conversation.client.ip, both.conversation.server.ip);
    match (&both.client_device, &both.server_device) {
        (Some(from), Some(to)) => Some((Party::Device(from.clone()), Party::Device(to.clone()))),
        (Some(from), None) => {
            let to = outside(server)
                .filter(|_| !both.conversation.server.ip.is_some_and(|ip| ip.is_multicast()))?;
            Some((Party::Device(from.clone()), to))
        }
        (None, Some(to)) => Some((outside(client)?, Party::Device(to.clone()))),
        (None, None) => None,
    }
}

/// Looks for a permitted flow without a need, rule by rule.
fn check_rules(plan: &Plan, site: &Site<'_>, found: &mut Verification) {
    let needs = Needed::new(plan, site);
    let known: BTreeSet<&str> = plan.needs.iter().map(|need| need.id.as_str()).collect();
    for rule in &plan.rules {
        if found.too_loose.len() >= MISMATCHES_MAX {
            return;
        }
        let first = |party: &Party| site.expand(party).into_iter().next().unwrap_or_else(|| party.clone());
        if rule.needs.is_empty() || rule.needs.iter().any(|need| !known.contains(need.as_str())) {
            let (from, to) = (first(&rule.from), first(&rule.to));
            let port = rule.ports.first().copied().unwrap_or(0);
            let flow = Flow { from: &from, to: &to, transport: rule.transport, port };
            found.too_loose.push(site.mismatch(&rule.id, &flow, "the rule names no need of this plan"));
            continue;
        }
        // What somebody accepted is loose by decision, and said to be so in the plan.
        if rule.accepted.is_some() {
            continue;
        }
        if let Some((from, to, port)) = needs.first_unneeded(rule, site) {
            let flow = Flow { from: &from, to: &to, transport: rule.transport, port };
            found.too_loose.push(site.mismatch(&rule.id, &flow, "permitted, and no need asks for it"));
        }
    }
}

/// Needs by who asks whom, for the search for flows without one.
struct Needed<'a> {
    by_ends: BTreeMap<(Party, Party, Transport), Vec<&'a Need>>,
}

impl<'a> Needed<'a> {
    fn new(plan: &'a Plan, site: &Site<'_>) -> Self {
        let mut by_ends: BTreeMap<(Party, Party, Transport), Vec<&Need>> = BTreeMap::new();
        for need in required(plan) {
            for from in site.expand(&need.from) {
                for to in site.expand(&need.to) {
                    by_ends.entry((from.clone(), to, need.transport)).or_default().push(need);
                }
            }
        }
        Needed { by_ends }
    }

    fn first_unneeded(&self, rule: &Rule, site: &Site<'_>) -> Option<(Party, Party, u16)> {
        let to_parties = site.expand(&rule.to);
        for from in site.expand(&rule.from) {
            for to in to_parties.iter().filter(|to| **to != from) {
                let key = (from.clone(), to.clone(), rule.transport);
                let needs = self.by_ends.get(&key).map_or(&[][..], Vec::as_slice);
                if rule.ports.is_empty() {
                    // Every port is permitted, so a need for every port must ask for it.
                    if !needs.iter().any(|need| need.ports.is_empty()) {
                        return Some((from, to.clone(), 0));
                    }
                    continue;
                }
                for port in &rule.ports {
                    if !needs.iter().any(|need| takes(&need.ports, *port)) {
                        return Some((from, to.clone(), *port));
                    }
                }
            }
        }
        None
    }
}
