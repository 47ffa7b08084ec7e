//! Who is in a zone, a microsegment or a group: one by one, by network, by what is true of them, or by a group's name.

use super::keys::Keys;
use super::yaml::Node;
use super::{Fault, Like, Member, Selector};
use crate::graph;
use cordon_model::Cidr;
use std::collections::BTreeMap;

/// More members than a policy of the largest site has, groups written out.
const MEMBERS_MAX: usize = 400_000;

/// A line of a list of members.
enum Entry {
    Member(Member),
    /// Whoever a group names, and its line.
    Group(String, u32),
}

/// The groups of a file: members under a name, for several zones and microsegments.
#[derive(Default)]
pub(super) struct Groups {
    groups: BTreeMap<String, (u32, Vec<Entry>)>,
    /// How many members were written out.
    count: usize,
}

impl Groups {
    /// Reads the list of groups.
    pub(super) fn read(items: &[Node], faults: &mut Vec<Fault>) -> Groups {
        let mut found = Groups::default();
        for node in items {
            let mut keys = Keys::of(node, "a group", faults);
            let id = keys.required("id");
            let members = keys.list("members");
            keys.done();
            let members = members.iter().filter_map(|node| entry(node, faults)).collect();
            if let Some((line, _)) = found.groups.get(&id) {
                faults.push(Fault::new(node.line, format!("group {id} stands on line {line} already")));
            } else {
                found.groups.insert(id, (node.line, members));
            }
        }
        found.cycles(faults);
        found
    }

    /// Groups that hold themselves, told once each.
    fn cycles(&self, faults: &mut Vec<Fault>) {
        for (id, (line, _)) in &self.groups {
            let mut seen: Vec<&str> = Vec::new();
            let mut open: Vec<&str> = self.inner(id).map(|(name, _)| name).collect();
            while let Some(name) = open.pop() {
                if name == id {
                    faults.push(Fault::new(*line, format!("group {id} holds itself")));
                    break;
                }
                if !seen.contains(&name) {
                    seen.push(name);
                    open.extend(self.inner(name).map(|(name, _)| name));
                }
            }
            for (name, at) in self.inner(id).filter(|(name, _)| !self.groups.contains_key(*name)) {
                faults.push(Fault::new(at, format!("there is no group \"{name}\" in this file")));
            }
        }
    }

    fn inner<'g>(&'g self, id: &str) -> impl Iterator<Item = (&'g str, u32)> + use<'g> {
        let entries = self.groups.get(id).map(|(_, entries)| entries.as_slice()).unwrap_or_default();
        entries.iter().filter_map(|entry| match entry {
            Entry::Group(name, line) => Some((name.as_str(), *line)),
            Entry::Member(_) => None,
        })
    }

    /// Members as they are listed, groups written out at the line that names them.
    pub(super) fn members(&mut self, items: &[Node], faults: &mut Vec<Fault>) -> Vec<Member> {
        let mut found = Vec::new();
        for node in items {
            let Some(entry) = entry(node, faults) else { continue };
            match entry {
                Entry::Member(member) => found.push(member),
                Entry::Group(name, line) if !self.groups.contains_key(&name) => {
                    faults.push(Fault::new(line, format!("there is no group \"{name}\" in this file")));
                }
                Entry::Group(name, line) => {
                    self.write_out(&name, line, &mut found);
                    if self.count > MEMBERS_MAX {
                        faults.push(Fault::new(line, format!("groups hold more than {MEMBERS_MAX} members")));
                        return found;
                    }
                }
            }
        }
        found
    }

    fn write_out(&mut self, name: &str, line: u32, found: &mut Vec<Member>) {
        let (mut seen, mut open) = (vec![name], vec![name]);
        while let Some(name) = open.pop() {
            let Some((_, entries)) = self.groups.get(name) else { continue };
            for entry in entries {
                match entry {
                    Entry::Member(member) => {
                        self.count += 1;
                        found.push(Member { line, selector: member.selector.clone() });
                    }
                    Entry::Group(inner, _) if !seen.contains(&inner.as_str()) => {
                        seen.push(inner);
                        open.push(inner);
                    }
                    Entry::Group(..) => {}
                }
            }
            if self.count > MEMBERS_MAX {
                return;
            }
        }
    }
}

fn entry(node: &Node, faults: &mut Vec<Fault>) -> Option<Entry> {
    let mut keys = Keys::of(node, "a member", faults);
    if let Some(group) = keys.text("group") {
        keys.done();
        return Some(Entry::Group(group, node.line));
    }
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
        ended: ended(&mut keys),
        talks_with: talks_with(&mut keys),
    };
    let said = usize::from(device.is_some())
        + usize::from(tag.is_some())
        + usize::from(had_network)
        + usize::from(like.conditions() > 0);
    let is_wrong = !keys.faults.is_empty() || !keys.left.is_empty();
    if said != 1 && !is_wrong {
        let text = "a member is one of device, tag, network, group, or of category, department, location, criticality, \
                    support and talks_with";
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
    Some(Entry::Member(Member { line: node.line, selector }))
}

fn ended(keys: &mut Keys<'_, '_>) -> bool {
    let line = keys.line;
    match keys.text("support").as_deref() {
        None => false,
        Some("ended") => true,
        Some(other) => {
            keys.fault(line, format!("support is ended, not \"{other}\""));
            false
        }
    }
}

fn talks_with(keys: &mut Keys<'_, '_>) -> Option<String> {
    let line = keys.line;
    let kind = keys.text("talks_with")?;
    if graph::kind(&kind).is_none() {
        let message = format!(
            "talks_with: \"{kind}\" is no kind of clinical device; zone-imaging, zone-pumps and zone-monitoring are"
        );
        keys.fault(line, message);
    }
    Some(kind)
}
