//! An independent check of a plan: everything needed is permitted, and nothing else.
//!
//! It reads rules as an enforcement point would and shares no code with their synthesis. Every mismatch
//! carries an example packet. A [`Verified`] value can only be made here, so what has not passed cannot be
//! rendered.

use crate::Plan;
use cordon_model::identify::{Device, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, Party, Rule, Zone};
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
    let mut site = Site::new(plan, estate);
    let policy = Policy::new(&plan.rules, &mut site);
    let mut found = Verification::default();
    check_needs(plan, &policy, &mut site, &mut found);
    check_conversations(plan, estate, &policy, &mut site, &mut found);
    check_rules(plan, &mut site, &mut found);
    found.too_tight.truncate(MISMATCHES_MAX);
    found.too_loose.truncate(MISMATCHES_MAX);
    found
}

/// A party by its number, so that whole estates compare numbers rather than names.
type Number = u32;

/// Who is where.
struct Site<'a> {
    devices: BTreeMap<&'a DeviceId, &'a Device>,
    /// Every party that a zone, need, rule or flow names.
    list: Vec<Party>,
    numbers: BTreeMap<Party, Number>,
    /// Members of zones and microsegments by number.
    members: BTreeMap<Number, Vec<Number>>,
    /// The zone of each party by number.
    zone_of: Vec<Option<Number>>,
    /// The microsegment of each party by number.
    part_of: Vec<Option<Number>>,
}

impl<'a> Site<'a> {
    fn new(plan: &'a Plan, estate: &'a Estate) -> Self {
        let mut site = Site {
            devices: estate.devices.iter().map(|device| (&device.id, device)).collect(),
            list: Vec::new(),
            numbers: BTreeMap::new(),
            members: BTreeMap::new(),
            zone_of: Vec::new(),
            part_of: Vec::new(),
        };
        for (whole, devices) in plan.zones.iter().flat_map(Zone::wholes) {
            let own = site.number(&whole);
            let members: Vec<Number> =
                devices.iter().map(|id| site.number(&Party::Device(id.clone()))).collect();
            for member in &members {
                let of = if matches!(whole, Party::Zone(_)) { &mut site.zone_of } else { &mut site.part_of };
                if let Some(slot) = of.get_mut(*member as usize) {
                    *slot = Some(own);
                }
            }
            site.members.insert(own, members);
        }
        site
    }

    /// The party's number, a new one when it was never named.
    fn number(&mut self, party: &Party) -> Number {
        if let Some(number) = self.numbers.get(party) {
            return *number;
        }
        let number = self.list.len() as Number;
        self.list.push(party.clone());
        self.zone_of.push(None);
        self.part_of.push(None);
        self.numbers.insert(party.clone(), number);
        number
    }

    /// The single parties a party stands for.
    fn expand(&self, party: Number) -> Vec<Number> {
        match self.list.get(party as usize) {
            Some(Party::Zone(_) | Party::Microsegment(_)) => {
                self.members.get(&party).cloned().unwrap_or_default()
            }
            _ => vec![party],
        }
    }

    fn party(&self, number: Number) -> Party {
        // A number is only ever given for a party.
        self.list.get(number as usize).cloned().unwrap_or_else(|| Party::Outside(String::new()))
    }

    fn address(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => {
                let device = self.devices.get(id);
                let ip = device.and_then(|device| device.ips.first()).map(IpAddr::to_string);
                ip.unwrap_or_else(|| id.to_string())
            }
            Party::Zone(id) | Party::Microsegment(id) => id.clone(),
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

    fn mismatch(&self, id: &str, flow: &Flow, why: &str) -> Mismatch {
        let label = |party: &Party| match party {
            Party::Device(id) => self.devices.get(id).map_or_else(|| id.to_string(), |device| device.label()),
            other => self.address(other),
        };
        let (from, to) = (self.party(flow.from), self.party(flow.to));
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

struct Flow {
    from: Number,
    to: Number,
    transport: Transport,
    port: u16,
}

/// Who asks whom by which transport.
type Ends = (Number, Number, Transport);

/// The rules as an enforcement point evaluates them: by source, destination and transport; default deny.
struct Policy<'a> {
    /// In order of their ends.
    rules: Vec<(Ends, &'a Rule)>,
}

impl<'a> Policy<'a> {
    fn new(rules: &'a [Rule], site: &mut Site<'_>) -> Self {
        let ends = |rule: &'a Rule| {
            let (from, to) = (site.number(&rule.from), site.number(&rule.to));
            ((from, to, rule.transport), rule)
        };
        let mut table: Vec<(Ends, &Rule)> = rules.iter().map(ends).collect();
        table.sort_by_key(|(ends, _)| *ends);
        Policy { rules: table }
    }

    fn permits(&self, flow: &Flow, site: &Site<'_>) -> bool {
        let of = |list: &[Option<Number>], party: Number| list.get(party as usize).copied().flatten();
        let names = |party: Number| [Some(party), of(&site.part_of, party), of(&site.zone_of, party)];
        let to_names = names(flow.to);
        names(flow.from).into_iter().flatten().any(|from| {
            to_names.into_iter().flatten().any(|to| {
                let ends = (from, to, flow.transport);
                of_ends(&self.rules, ends).any(|rule| takes(&rule.ports, flow.port))
            })
        })
    }
}

/// What a table in order of ends has for one.
fn of_ends<'t, T>(table: &'t [(Ends, &'t T)], ends: Ends) -> impl Iterator<Item = &'t T> {
    let first = table.partition_point(|(other, _)| *other < ends);
    let rest = table.get(first..).unwrap_or_default();
    rest.iter().take_while(move |(other, _)| *other == ends).map(|(_, one)| *one)
}

/// No ports means every port of the transport.
fn takes(ports: &[u16], port: u16) -> bool {
    ports.is_empty() || ports.contains(&port)
}

fn required(plan: &Plan) -> impl Iterator<Item = &Need> {
    plan.needs.iter().filter(|need| need.state.is_required())
}

fn check_needs(plan: &Plan, policy: &Policy<'_>, site: &mut Site<'_>, found: &mut Verification) {
    for need in required(plan) {
        let (asking, asked) = (site.number(&need.from), site.number(&need.to));
        let (asking, asked) = (site.expand(asking), site.expand(asked));
        for from in asking {
            for to in asked.iter().copied().filter(|to| *to != from) {
                // A transport without ports is checked once.
                for port in if need.ports.is_empty() { &[0][..] } else { &need.ports } {
                    found.flows_checked += 1;
                    let flow = Flow { from, to, transport: need.transport, port: *port };
                    if !policy.permits(&flow, site) && found.too_tight.len() < MISMATCHES_MAX {
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
    site: &mut Site<'_>,
    found: &mut Verification,
) {
    let mut withheld: BTreeSet<(Ends, u16)> = BTreeSet::new();
    for group in &plan.withheld {
        let from = site.number(&group.from);
        for (to, transport, port) in &group.flows {
            withheld.insert(((from, site.number(to), *transport), *port));
        }
    }
    for both in estate.conversations.iter().filter(|both| both.conversation.answered) {
        let Some((from, to)) = parties(both) else { continue };
        let (from, to) = (site.number(&from), site.number(&to));
        let flow = &both.conversation;
        let (transport, port) = (flow.transport, flow.port);
        found.flows_checked += 1;
        if from == to || withheld.contains(&((from, to, transport), port)) {
            continue;
        }
        let flow = Flow { from, to, transport, port };
        if !policy.permits(&flow, site) && found.too_tight.len() < MISMATCHES_MAX {
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
fn check_rules(plan: &Plan, site: &mut Site<'_>, found: &mut Verification) {
    let needs = Needed::new(plan, site);
    let known: BTreeSet<&str> = plan.needs.iter().map(|need| need.id.as_str()).collect();
    for rule in &plan.rules {
        if found.too_loose.len() >= MISMATCHES_MAX {
            return;
        }
        let (asking, asked) = (site.number(&rule.from), site.number(&rule.to));
        if rule.needs.is_empty() || rule.needs.iter().any(|need| !known.contains(need.as_str())) {
            let first = |party: Number| site.expand(party).first().copied().unwrap_or(party);
            let (from, to) = (first(asking), first(asked));
            let port = rule.ports.first().copied().unwrap_or(0);
            let flow = Flow { from, to, transport: rule.transport, port };
            found.too_loose.push(site.mismatch(&rule.id, &flow, "the rule names no need of this plan"));
            continue;
        }
        // What somebody accepted is loose by decision, and said to be so in the plan.
        if rule.accepted.is_some() {
            continue;
        }
        if let Some((from, to, port)) = needs.first_unneeded(rule, (asking, asked), site) {
            let flow = Flow { from, to, transport: rule.transport, port };
            found.too_loose.push(site.mismatch(&rule.id, &flow, "permitted, and no need asks for it"));
        }
    }
}

/// Needs by who asks whom, for the search for flows without one.
struct Needed<'a> {
    /// In order of their ends.
    by_ends: Vec<(Ends, &'a Need)>,
}

impl<'a> Needed<'a> {
    fn new(plan: &'a Plan, site: &mut Site<'_>) -> Self {
        let mut by_ends: Vec<(Ends, &Need)> = Vec::new();
        for need in required(plan) {
            let (asking, asked) = (site.number(&need.from), site.number(&need.to));
            let asked = site.expand(asked);
            for from in site.expand(asking) {
                by_ends.extend(asked.iter().map(|to| ((from, *to, need.transport), need)));
            }
        }
        by_ends.sort_by_key(|(ends, _)| *ends);
        Needed { by_ends }
    }

    fn first_unneeded(
        &self,
        rule: &Rule,
        (asking, asked): (Number, Number),
        site: &Site<'_>,
    ) -> Option<(Number, Number, u16)> {
        let asked = site.expand(asked);
        for from in site.expand(asking) {
            for to in asked.iter().copied().filter(|to| *to != from) {
                let needs = || of_ends(&self.by_ends, (from, to, rule.transport));
                if rule.ports.is_empty() {
                    // Every port is permitted, so a need for every port must ask for it.
                    if !needs().any(|need| need.ports.is_empty()) {
                        return Some((from, to, 0));
                    }
                    continue;
                }
                let unneeded = |port: &&u16| !needs().any(|need| takes(&need.ports, **port));
                if let Some(port) = rule.ports.iter().find(unneeded) {
                    return Some((from, to, *port));
                }
            }
        }
        None
    }
}
