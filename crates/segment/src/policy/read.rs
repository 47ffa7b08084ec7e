//! From text to a policy; every mistake of the file is told at once, by line.

use super::check::check;
use super::keys::Keys;
use super::members::Groups;
use super::yaml::{self, Node};
use super::{
    Accepted, Addresses, Budget, Fault, HandRule, Move, PartPolicy, Policy, SplitBy, VERSION, ZonePolicy,
};
use cordon_model::observe::Transport;
use cordon_model::{Cidr, Timestamp, Vlan};
use std::collections::BTreeMap;

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
    for name in ["zones", "groups", "moves", "rules", "budgets", "accept"] {
        lists.insert(name, keys.list(name));
    }
    let plan = keys.take("addresses");
    keys.done();
    let items = |name: &str| lists.get(name).copied().unwrap_or_default();
    let mut groups = Groups::read(items("groups"), faults);
    Policy {
        zones: items("zones").iter().map(|node| zone(node, &mut groups, faults)).collect(),
        moves: items("moves").iter().map(|node| moved(node, faults)).collect(),
        rules: items("rules").iter().filter_map(|node| rule(node, faults)).collect(),
        budgets: items("budgets").iter().map(|node| budget(node, faults)).collect(),
        accepted: items("accept").iter().map(|node| accepted(node, faults)).collect(),
        addresses: plan.map(|node| addresses(node, faults)).unwrap_or_default(),
    }
}

fn zone(node: &Node, groups: &mut Groups, faults: &mut Vec<Fault>) -> ZonePolicy {
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
        parts: None,
        id,
    };
    let members = keys.list("members");
    let is_said = keys.left.contains_key("microsegments");
    let parts = keys.list("microsegments");
    keys.done();
    let members = groups.members(members, faults);
    let parts = is_said.then(|| parts.iter().map(|node| part(node, groups, faults)).collect());
    ZonePolicy { members, parts, ..found }
}

fn part(node: &Node, groups: &mut Groups, faults: &mut Vec<Fault>) -> PartPolicy {
    let mut keys = Keys::of(node, "a microsegment", faults);
    let id = keys.required("id");
    if !id.is_empty() && !is_name(&id) {
        keys.fault(node.line, format!("id: \"{id}\" may hold letters a to z, digits and dashes only"));
    }
    let found = PartPolicy {
        line: node.line,
        name: keys.text("name").unwrap_or_default(),
        purpose: keys.text("purpose").unwrap_or_default(),
        members: Vec::new(),
        id,
    };
    let members = keys.list("members");
    keys.done();
    PartPolicy { members: groups.members(members, faults), ..found }
}

fn is_name(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
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
