//! Policy files as text: a first one with its words of explanation, and lines put into an existing one without
//! touching what stands there. People's comments, order and spelling stay.

use super::yaml::{self, Node, Value};
use super::{Fault, Like, SplitBy, VERSION};
use cordon_model::{Category, Cidr, Vlan};
use std::fmt::Write as _;

/// What a plan adds to the file about a zone.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Given {
    /// The zone's id.
    pub id: String,
    /// Short name.
    pub name: String,
    /// What for.
    pub purpose: String,
    /// Categories that belong into it; none for one that follows from another.
    pub categories: Vec<Category>,
    /// What divides it.
    pub split_by: Option<SplitBy>,
    /// Its microsegments; none where they stay proposed.
    pub parts: Vec<GivenPart>,
    /// Parties outside that belong to it.
    pub outside: Vec<String>,
    /// The VLAN it was given.
    pub vlan: Option<Vlan>,
    /// The network it was given.
    pub subnet: Option<Cidr>,
}

/// What a plan adds to the file about a microsegment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct GivenPart {
    /// Its id.
    pub id: String,
    /// Short name.
    pub name: String,
    /// What its devices have in common.
    pub purpose: String,
    /// What is true of its devices, one or another.
    pub members: Vec<Like>,
}

const HEAD: &str = "\
# Segmentation policy of this site: edit it, keep it in version control, and run `cordon segment plan` again.
# Cordon adds zones, microsegments and addresses that were missing and never changes or removes what stands here.
# Microsegments divide a zone: rules may name them whole. `microsegments: []` leaves a zone undivided.
";

const TAIL: &str = r##"
# Members under a name, for several zones or microsegments (`- group: icu`):
# groups:
#   - id: icu
#     members: [{department: "ICU"}, {device: cart-2}]
groups: []

# A device somewhere else than its zone's members say:
# moves:
#   - device: ct-2            # id, asset tag, host name, MAC or IP address
#     to: zone-office
#     by: "Anna Example"
#     when: 2026-11-22
#     why: "used for training only"
moves: []

# Flows allowed by hand; a temporary one ends by itself:
# rules:
#   - from: ct-2              # a device, or zone:ID, outside:NAME
#     to: outside:203.0.113.9
#     transport: tcp
#     ports: [443]
#     purpose: "calibration by the maker"
#     until: 2026-12-31
#     by: "Anna Example"
#     when: 2026-11-22
#     why: "service contract 12"
rules: []

# How many table entries an enforcement point has room for:
# budgets:
#   - point: core-1
#     zones: [zone-imaging, zone-archive]   # none means all
#     entries: 500
budgets: []

# Looseness that somebody accepts so that a budget is kept; the plan names the aggregations:
# accept:
#   - aggregate: agg-0123456789abcdef
#     pairs: 12
#     by: "Anna Example"
#     when: 2026-11-22
#     why: "the switch holds 500 entries"
accept: []

# ranges: networks that subnets are cut from; without one, private space that nobody uses
# quiet_hours: when devices may be moved, hours of the day in UTC
addresses:
  growth_percent: 100
  first_vlan: 100
  quiet_hours: 20-5
"##;

/// A policy file for a site that has none.
pub fn first(zones: &[Given]) -> String {
    let mut text = format!("{HEAD}version: {VERSION}\n\nzones:\n");
    for zone in zones {
        entry(&mut text, zone, 2);
    }
    text.push_str(TAIL);
    text
}

/// The file with what was missing put in, and what could not be, with the reason.
pub fn edited(text: &str, zones: &[Given]) -> Result<(String, Vec<Fault>), Fault> {
    let at_the_end = put(text, zones, true)?;
    // Where a zone ends within brackets, only the line of its id is sure to be outside of them.
    if yaml::read(&at_the_end.0).is_ok() { Ok(at_the_end) } else { put(text, zones, false) }
}

/// Microsegments are put at the end of their zone, or behind its id.
fn put(text: &str, zones: &[Given], at_end: bool) -> Result<(String, Vec<Fault>), Fault> {
    let Some(root) = yaml::read(text)? else { return Ok((first(zones), Vec::new())) };
    let mut notes = Vec::new();
    // Lines to put in, each after a line of the file.
    let mut added: Vec<(u32, String)> = Vec::new();
    let list = value(&root, "zones");
    let items: &[Node] = match list.map(|node| &node.value) {
        Some(Value::List(items)) => items,
        _ => &[],
    };
    let known =
        |id: &str| items.iter().find(|item| scalar(item, "id").is_some_and(|node| text_of(node) == Some(id)));
    let mut fresh = String::new();
    let dash = items.first().map_or(2, |item| item.column.saturating_sub(2)) as usize;
    for zone in zones {
        match known(&zone.id) {
            Some(item) => within(item, zone, at_end, &mut added, &mut notes),
            None => entry(&mut fresh, zone, dash),
        }
    }
    let lines: Vec<&str> = text.lines().collect();
    let mut replaced: Option<u32> = None;
    if !fresh.is_empty() {
        match list {
            Some(node) if !items.is_empty() && node.is_flow => {
                let message =
                    "the list of zones is written in brackets, so new zones are not added; give each a line";
                notes.push(Fault::new(node.line, message));
            }
            Some(node) if !items.is_empty() => added.push((node.last_line, fresh)),
            // `zones:` or `zones: []` becomes a list of lines.
            Some(node) if is_alone(&lines, node) => {
                replaced = Some(node.line);
                added.push((node.line, fresh));
            }
            None if !root.is_flow => added.push((root.last_line, format!("zones:\n{fresh}"))),
            other => {
                let message = "zones are not written one key a line, so none are added; give each key a line";
                notes.push(Fault::new(other.unwrap_or(&root).line, message));
            }
        }
    }
    Ok((put_in(&lines, added, replaced), notes))
}

/// True when an empty list of zones has a line to itself.
fn is_alone(lines: &[&str], node: &Node) -> bool {
    let line = node.line.checked_sub(1).and_then(|at| lines.get(at as usize));
    node.line == node.last_line && line.is_some_and(|line| line.starts_with("zones:"))
}

fn put_in(lines: &[&str], mut added: Vec<(u32, String)>, replaced: Option<u32>) -> String {
    added.sort_by_key(|(line, _)| *line);
    let mut added = added.into_iter().peekable();
    let mut text = String::new();
    for (number, line) in (1u32..).zip(lines) {
        if replaced == Some(number) {
            let comment = line.find(" #").and_then(|at| line.get(at..)).unwrap_or_default();
            let _ = writeln!(text, "zones:{comment}");
        } else {
            text.push_str(line);
            text.push('\n');
        }
        while let Some((_, more)) = added.next_if(|(at, _)| *at <= number) {
            text.push_str(&more);
        }
    }
    added.for_each(|(_, more)| text.push_str(&more));
    text
}

/// The addresses and microsegments a zone of the file lacks.
fn within(item: &Node, zone: &Given, at_end: bool, added: &mut Vec<(u32, String)>, notes: &mut Vec<Fault>) {
    let mut lines = String::new();
    let indent = " ".repeat(item.column as usize);
    if let Some(vlan) = zone.vlan.filter(|_| value(item, "vlan").is_none()) {
        let _ = writeln!(lines, "{indent}vlan: {}", vlan.id());
    }
    if let Some(subnet) = zone.subnet.filter(|_| value(item, "subnet").is_none()) {
        let _ = writeln!(lines, "{indent}subnet: {subnet}");
    }
    let mut divided = String::new();
    if value(item, "microsegments").is_none() {
        parts(&mut divided, &zone.parts, &indent);
    }
    if lines.is_empty() && divided.is_empty() {
        return;
    }
    match scalar(item, "id") {
        Some(id) if !item.is_flow => {
            added.push((id.last_line, lines));
            added.push((if at_end { item.last_line } else { id.last_line }, divided));
        }
        _ => {
            let message = format!(
                "{} is written in braces, so what it lacks is not added; give each key a line",
                zone.id
            );
            notes.push(Fault::new(item.line, message));
        }
    }
}

/// The list of microsegments of a zone; nothing where there are none.
fn parts(text: &mut String, parts: &[GivenPart], indent: &str) {
    if parts.is_empty() {
        return;
    }
    let _ = writeln!(text, "{indent}microsegments:");
    for part in parts {
        let _ = writeln!(text, "{indent}  - id: {}", part.id);
        let _ = writeln!(text, "{indent}    name: {}", quoted(&part.name));
        let _ = writeln!(text, "{indent}    purpose: {}", quoted(&part.purpose));
        let _ = writeln!(text, "{indent}    members:");
        for like in &part.members {
            let _ = writeln!(text, "{indent}      - {{{}}}", conditions(like));
        }
    }
}

/// `category: infusion_pump, department: "ICU"`.
fn conditions(like: &Like) -> String {
    let Like { category, department, location, criticality, ended, talks_with } = like;
    let text =
        |key: &str, value: &Option<String>| value.as_ref().map(|value| format!("{key}: {}", quoted(value)));
    let all = [
        category.map(|category| format!("category: {category}")),
        text("department", department),
        text("location", location),
        text("criticality", criticality),
        ended.then(|| "support: ended".to_owned()),
        text("talks_with", talks_with),
    ];
    all.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn entry(text: &mut String, zone: &Given, dash: usize) {
    let (first, rest) = (" ".repeat(dash), " ".repeat(dash + 2));
    let _ = writeln!(text, "{first}- id: {}", zone.id);
    let _ = writeln!(text, "{rest}name: {}", quoted(&zone.name));
    let _ = writeln!(text, "{rest}purpose: {}", quoted(&zone.purpose));
    if let Some(vlan) = zone.vlan {
        let _ = writeln!(text, "{rest}vlan: {}", vlan.id());
    }
    if let Some(subnet) = zone.subnet {
        let _ = writeln!(text, "{rest}subnet: {subnet}");
    }
    if let Some(split) = zone.split_by {
        let _ = writeln!(text, "{rest}split_by: {}", split.name());
    }
    for (key, values) in [
        (
            "members",
            zone.categories.iter().map(|category| format!("category: {category}")).collect::<Vec<_>>(),
        ),
        ("outside", zone.outside.iter().map(|name| quoted(name)).collect()),
    ] {
        if !values.is_empty() {
            let _ = writeln!(text, "{rest}{key}:");
            values.iter().for_each(|value| {
                let _ = writeln!(text, "{rest}  - {value}");
            });
        }
    }
    parts(text, &zone.parts, &rest);
}

/// A double-quoted scalar (YAML 1.2.2, 7.3.1); names from the network may hold anything.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            c if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}') => quoted.push(' '),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn value<'a>(map: &'a Node, key: &str) -> Option<&'a Node> {
    let Value::Map(pairs) = &map.value else { return None };
    pairs.iter().find(|(name, _)| text_of(name) == Some(key)).map(|(_, node)| node)
}

fn scalar<'a>(map: &'a Node, key: &str) -> Option<&'a Node> {
    value(map, key).filter(|node| text_of(node).is_some())
}

fn text_of(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(text, _) => Some(text),
        _ => None,
    }
}
