//! From text to a policy; every mistake of the file is told at once, by line.

use super::yaml::{self, Node, Value};
use super::{
    Accepted, Addresses, Budget, Decided, Fault, HandRule, Like, Member, Move, Policy, Selector, SplitBy,
    VERSION, ZonePolicy,
};
use cordon_model::observe::Transport;
use cordon_model::{Cidr, Timestamp, Vlan};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Reads a policy file; an empty one says nothing.
pub fn read(text: &str) -> Result<Policy, Vec<Fault>> {
    let root = yaml::read(text).map_err(|fault| vec![fault])?;
    let Some(root) = root else { return Ok(Policy::default()) };
    let mut faults = Vec::new();
    let policy = policy(&root, &mut faults);
    check(&policy, &mut faults);
    faults.sort();
    faults.dedup();
    if faults.is_empty() { Ok(policy) } else { Err(faults) }
}

/// The keys of a mapping, each of which must be asked for.
struct Keys<'a, 'f> {
    line: u32,
    left: BTreeMap<&'a str, (u32, &'a Node)>,
    faults: &'f mut Vec<Fault>,
}

impl<'a, 'f> Keys<'a, 'f> {
    fn of(node: &'a Node, what: &str, faults: &'f mut Vec<Fault>) -> Keys<'a, 'f> {
        let mut left = BTreeMap::new();
        match &node.value {
            Value::Map(pairs) => {
                for (key, value) in pairs {
                    if let Value::Scalar(name, _) = &key.value {
                        left.insert(name.as_str(), (key.line, value));
                    }
                }
            }
            Value::Scalar(text, false) if text.is_empty() => {}
            _ => faults.push(Fault::new(node.line, format!("{what} is a list of keys with values"))),
        }
        Keys { line: node.line, left, faults }
    }

    fn take(&mut self, key: &str) -> Option<&'a Node> {
        self.left.remove(key).map(|(_, node)| node)
    }

    fn fault(&mut self, line: u32, message: impl Into<String>) {
        self.faults.push(Fault::new(line, message));
    }

    fn text(&mut self, key: &str) -> Option<String> {
        let node = self.take(key)?;
        match &node.value {
            Value::Scalar(text, quoted) if *quoted || !text.is_empty() => Some(text.clone()),
            Value::Scalar(..) => None,
            _ => {
                self.fault(node.line, format!("{key} is a text"));
                None
            }
        }
    }

    fn required(&mut self, key: &str) -> String {
        let line = self.line;
        self.text(key).unwrap_or_else(|| {
            self.fault(line, format!("{key} is missing"));
            String::new()
        })
    }

    fn parsed<T: FromStr>(&mut self, key: &str, wanted: &str) -> Option<T> {
        let line = self.left.get(key).map_or(self.line, |(line, _)| *line);
        let text = self.text(key)?;
        let value = text.trim().parse().ok();
        if value.is_none() {
            self.fault(line, format!("{key}: \"{text}\" is no {wanted}"));
        }
        value
    }

    fn yes(&mut self, key: &str) -> bool {
        let line = self.left.get(key).map_or(self.line, |(line, _)| *line);
        match self.text(key).as_deref() {
            Some("true" | "yes") => true,
            None | Some("false" | "no") => false,
            Some(other) => {
                self.fault(line, format!("{key} is yes or no, not \"{other}\""));
                false
            }
        }
    }

    fn list(&mut self, key: &str) -> &'a [Node] {
        let Some(node) = self.take(key) else { return &[] };
        match &node.value {
            Value::List(items) => items,
            Value::Scalar(text, false) if text.is_empty() => &[],
            _ => {
                self.fault(node.line, format!("{key} is a list: a line with a dash for each"));
                &[]
            }
        }
    }

    fn scalars<T: FromStr>(&mut self, key: &str, wanted: &str) -> Vec<T> {
        let items = self.list(key);
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.value {
                Value::Scalar(text, _) => match text.trim().parse() {
                    Ok(value) => values.push(value),
                    Err(_) => self.fault(item.line, format!("{key}: \"{text}\" is no {wanted}")),
                },
                _ => self.fault(item.line, format!("{key} holds {wanted}s, one a line")),
            }
        }
        values
    }

    fn decided(&mut self) -> Decided {
        let by = self.required("by");
        let when = self.parsed("when", "date such as 2026-11-22");
        if when.is_none() && !self.faults.iter().any(|fault| fault.message.starts_with("when:")) {
            self.fault(self.line, "when is missing: the day it was decided, such as 2026-11-22");
        }
        Decided { by, when: when.unwrap_or_default(), why: self.required("why") }
    }

    fn done(self) {
        for (key, (line, _)) in self.left {
            self.faults.push(Fault::new(line, format!("\"{key}\" is not known here")));
        }
    }
}

fn policy(root: &Node, faults: &mut Vec<Fault>) -> Policy {
    let mut lists: BTreeMap<&str, &[Node]> = BTreeMap::new();
    let mut keys = Keys::of(root, "the policy", faults);
    match keys.parsed::<u32>("version", "number") {
        Some(VERSION) => {}
        Some(other) => {
            let line = keys.line;
            keys.fault(line, format!("version {other} is not known; this program reads version {VERSION}"));
        }
        None => {
            let line = keys.line;
            keys.fault(line, format!("\"version: {VERSION}\" is missing"));
        }
    }
    for name in ["zones", "moves", "rules", "budgets", "accept"] {
        lists.insert(name, keys.list(name));
    }
    let plan = keys.take("addresses");
    keys.done();
    let items = |name: &str| lists.get(name).copied().unwrap_or_default();
    Policy {
        zones: items("zones").iter().map(|node| zone(node, faults)).collect(),
        moves: items("moves").iter().map(|node| moved(node, faults)).collect(),
        rules: items("rules").iter().filter_map(|node| rule(node, faults)).collect(),
        budgets: items("budgets").iter().map(|node| budget(node, faults)).collect(),
        accepted: items("accept").iter().map(|node| accepted(node, faults)).collect(),
        addresses: plan.map(|node| addresses(node, faults)).unwrap_or_default(),
    }
}

fn zone(node: &Node, faults: &mut Vec<Fault>) -> ZonePolicy {
    let mut keys = Keys::of(node, "a zone", faults);
    let id = keys.required("id");
    if !id.is_empty() && !is_name(&id) {
        keys.fault(node.line, format!("id: \"{id}\" may hold letters a to z, digits and dashes only"));
    }
    let split_by = match keys.text("split_by").as_deref() {
        None => None,
        Some("department") => Some(SplitBy::Department),
        Some("location") => Some(SplitBy::Location),
        Some(other) => {
            keys.fault(node.line, format!("split_by is department or location, not \"{other}\""));
            None
        }
    };
    let keeps_unsupported = match keys.text("unsupported").as_deref() {
        None | Some("apart") => false,
        Some("stay") => true,
        Some(other) => {
            keys.fault(node.line, format!("unsupported is apart or stay, not \"{other}\""));
            false
        }
    };
    let vlan = keys.parsed::<u16>("vlan", "number").and_then(|number| {
        let vlan = Vlan::new(number).filter(|_| (2..=4094).contains(&number));
        if vlan.is_none() {
            keys.fault(node.line, format!("vlan {number}: it must be 2 to 4094"));
        }
        vlan
    });
    let found = ZonePolicy {
        line: node.line,
        name: keys.text("name").unwrap_or_default(),
        purpose: keys.text("purpose").unwrap_or_default(),
        split_by,
        keeps_unsupported,
        outside: keys.scalars("outside", "name or address"),
        vlan,
        subnet: keys.parsed("subnet", "network such as 10.64.1.0/24"),
        members: Vec::new(),
        id,
    };
    let members = keys.list("members");
    keys.done();
    let members = members.iter().filter_map(|node| member(node, faults)).collect();
    ZonePolicy { members, ..found }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

fn member(node: &Node, faults: &mut Vec<Fault>) -> Option<Member> {
    let mut keys = Keys::of(node, "a member", faults);
    let device = keys.text("device");
    let tag = keys.text("tag");
    let wanted = "network such as 10.20.0.0/16";
    let had_network = keys.left.contains_key("network");
    let network = keys.parsed::<Cidr>("network", wanted);
    let like = Like {
        category: keys.parsed("category", "category; infusion_pump, patient_monitor and server are"),
        department: keys.text("department"),
        location: keys.text("location"),
        criticality: keys.text("criticality"),
    };
    let said = usize::from(device.is_some())
        + usize::from(tag.is_some())
        + usize::from(had_network)
        + usize::from(like.conditions() > 0);
    let is_wrong = !keys.faults.is_empty() || !keys.left.is_empty();
    if said != 1 && !is_wrong {
        let text =
            "a member is one of device, tag, network, or of category, department, location and criticality";
        keys.fault(node.line, text);
    }
    keys.done();
    let selector = match (device, tag, network) {
        (Some(name), _, _) => Selector::Device(name),
        (None, Some(tag), _) => Selector::Tag(tag),
        (None, None, Some(network)) => Selector::Network(network),
        _ if like.conditions() > 0 => Selector::Like(like),
        _ => return None,
    };
    Some(Member { line: node.line, selector })
}

fn moved(node: &Node, faults: &mut Vec<Fault>) -> Move {
    let mut keys = Keys::of(node, "a move", faults);
    let found = Move {
        line: node.line,
        device: keys.required("device"),
        to: keys.required("to"),
        decided: keys.decided(),
    };
    keys.done();
    found
}

fn rule(node: &Node, faults: &mut Vec<Fault>) -> Option<HandRule> {
    let mut keys = Keys::of(node, "a rule", faults);
    let had_transport = keys.left.contains_key("transport");
    let transport = keys.parsed::<Transport>("transport", "transport; tcp, udp, icmp and ip/47 are");
    if !had_transport {
        keys.fault(node.line, "transport is missing: tcp, udp, icmp or ip/47");
    }
    let found = HandRule {
        line: node.line,
        from: keys.required("from"),
        to: keys.required("to"),
        transport: transport.unwrap_or(Transport::Tcp),
        ports: keys.scalars("ports", "port"),
        purpose: keys.required("purpose"),
        care_critical: keys.yes("care_critical"),
        until: keys.parsed::<Timestamp>("until", "date such as 2026-11-22"),
        decided: keys.decided(),
    };
    let has_ports = matches!(found.transport, Transport::Tcp | Transport::Udp);
    if !has_ports && !found.ports.is_empty() {
        keys.fault(node.line, format!("{} has no ports", found.transport));
    }
    if has_ports && found.ports.is_empty() {
        keys.fault(node.line, "name the ports; a rule for every port would be no rule");
    }
    if found.ports.contains(&0) {
        keys.fault(node.line, "there is no port 0");
    }
    keys.done();
    transport.map(|_| found)
}

fn budget(node: &Node, faults: &mut Vec<Fault>) -> Budget {
    let mut keys = Keys::of(node, "a budget", faults);
    let point = keys.required("point");
    let entries = keys.parsed("entries", "number");
    if entries.is_none() {
        keys.fault(node.line, "entries is missing: how many table entries the point has room for");
    }
    let zones = keys.scalars("zones", "zone");
    keys.done();
    Budget { line: node.line, point, zones, entries: entries.unwrap_or(0) }
}

fn accepted(node: &Node, faults: &mut Vec<Fault>) -> Accepted {
    let mut keys = Keys::of(node, "an acceptance", faults);
    let aggregate = keys.required("aggregate");
    let pairs = keys.parsed("pairs", "number");
    if pairs.is_none() {
        keys.fault(node.line, "pairs is missing: how many pairs that nothing needs may be opened");
    }
    let decided = keys.decided();
    keys.done();
    Accepted { line: node.line, aggregate, pairs: pairs.unwrap_or(0), decided }
}

fn addresses(node: &Node, faults: &mut Vec<Fault>) -> Addresses {
    let usual = Addresses::default();
    let mut keys = Keys::of(node, "addresses", faults);
    let ranges: Vec<Cidr> = keys.scalars("ranges", "network such as 10.64.0.0/12");
    let growth = keys.parsed("growth_percent", "number").unwrap_or(usual.growth_percent);
    let first_vlan = keys.parsed("first_vlan", "number").unwrap_or(usual.first_vlan);
    let quiet = keys.text("quiet_hours").map(|text| quiet_hours(&text).ok_or(text));
    keys.done();
    for range in ranges.iter().filter(|range| !range.base().is_ipv4()) {
        faults.push(Fault::new(node.line, format!("ranges: {range} is no IPv4 network")));
    }
    if growth > 1000 {
        faults.push(Fault::new(node.line, "growth_percent is at most 1000"));
    }
    if !(2..=4000).contains(&first_vlan) {
        faults.push(Fault::new(node.line, "first_vlan is 2 to 4000"));
    }
    let quiet_hours = match quiet {
        None => usual.quiet_hours,
        Some(Ok(hours)) => hours,
        Some(Err(text)) => {
            let message = format!("quiet_hours: \"{text}\" is no span of hours (UTC) such as 20-5");
            faults.push(Fault::new(node.line, message));
            usual.quiet_hours
        }
    };
    Addresses { ranges, growth_percent: growth.min(1000), first_vlan, quiet_hours }
}

fn quiet_hours(text: &str) -> Option<(u8, u8)> {
    let (from, to) = text.split_once('-')?;
    let (from, to) = (from.trim().parse().ok()?, to.trim().parse().ok()?);
    (from < 24 && to < 24 && from != to).then_some((from, to))
}

/// What contradicts itself whatever the estate is.
fn check(policy: &Policy, faults: &mut Vec<Fault>) {
    once(policy.zones.iter().map(|zone| (zone.id.clone(), zone.line)), "zone", faults);
    let moves = policy.moves.iter().map(|one| (one.device.to_lowercase(), one.line));
    once(moves, "move of device", faults);
    once(policy.accepted.iter().map(|one| (one.aggregate.clone(), one.line)), "acceptance of", faults);
    once(policy.budgets.iter().map(|one| (one.point.clone(), one.line)), "budget of", faults);
    let vlans = policy.zones.iter().filter_map(|zone| Some((zone.vlan?.id().to_string(), zone.line)));
    once(vlans, "VLAN", faults);
    let outside =
        policy.zones.iter().flat_map(|zone| zone.outside.iter().map(|name| (name.clone(), zone.line)));
    once(outside, "outside party", faults);
    let members =
        || policy.zones.iter().flat_map(|zone| zone.members.iter().map(|member| (&zone.id, member)));
    let said = members().filter_map(|(_, member)| match &member.selector {
        Selector::Device(name) | Selector::Tag(name) => Some((name.to_lowercase(), member.line)),
        Selector::Like(like) => Some((format!("{like:?}"), member.line)),
        Selector::Network(_) => None,
    });
    once(said, "member", faults);
    let networks = members().filter_map(|(zone, member)| match member.selector {
        Selector::Network(network) => Some((network, zone.as_str(), member.line)),
        _ => None,
    });
    overlaps(networks.collect(), "zones overlap", faults);
    let subnets = policy.zones.iter().filter_map(|zone| Some((zone.subnet?, zone.id.as_str(), zone.line)));
    overlaps(subnets.collect(), "subnets overlap", faults);
}

fn once(names: impl Iterator<Item = (String, u32)>, what: &str, faults: &mut Vec<Fault>) {
    let mut seen: BTreeMap<String, u32> = BTreeMap::new();
    for (name, line) in names {
        if let Some(first) = seen.get(&name) {
            // How a selector looks inside is nobody's business.
            let name = if name.starts_with("Like") { String::new() } else { format!(" {name}") };
            faults.push(Fault::new(line, format!("{what}{name} stands on line {first} already")));
        } else {
            seen.insert(name, line);
        }
    }
}

fn overlaps(mut networks: Vec<(Cidr, &str, u32)>, what: &str, faults: &mut Vec<Fault>) {
    networks.sort_by_key(|(network, _, line)| (network.base(), network.prefix(), *line));
    // In order, what lies in a network follows it.
    let mut widest: Option<(Cidr, &str, u32)> = None;
    for (network, zone, line) in networks {
        match widest {
            Some((other, holder, _)) if other.contains(network.base()) && holder == zone => {}
            Some((other, holder, at)) if other.contains(network.base()) => {
                let message = format!("{what}: {network} of {zone} lies in {other} of {holder} (line {at})");
                faults.push(Fault::new(line, message));
            }
            _ => widest = Some((network, zone, line)),
        }
    }
}
