//! Cisco IOS and IOS-XE: an access list inward on each zone's interface, with object groups (Cisco IOS Security Command
//! Reference, "ip access-list", "permit", "object-group", "ipv6 access-list").
//!
//! These lists judge packet by packet. What a device answers must pass the list of its own zone, so each permit is
//! mirrored there: over TCP only for packets that go on with a connection (`established`), else from the service's port.

use super::cisco::{Behind, Place, PlacesOf, header, places, ports, protocol, remark, subnet, wildcard};
use super::flows::{Flow, Key, Side, flows};
use super::names::GroupNames;
use super::{File, Target, text};
use crate::intent::{Intent, Stage};
use cordon_model::Cidr;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What is left of the 64 characters of a group's name behind `CORDON-`.
const NAME_MAX: usize = 50;

pub(super) struct CiscoIos;

impl Target for CiscoIos {
    fn name(&self) -> &'static str {
        "cisco-ios"
    }

    fn describe(&self) -> &'static str {
        "Cisco IOS and IOS-XE, access lists inward on each zone's interface; name those with --interface"
    }

    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File> {
        let places = places(intent);
        let names = GroupNames::new(intent, '-', NAME_MAX);
        let lists = Lists::of(intent, &places, &names);
        let mut rollback = String::new();
        let _ =
            writeln!(rollback, "! Takes Cordon's access lists and groups away, whichever stage is loaded.");
        lists.take_away(&mut rollback);
        let mut files: Vec<File> = stages.iter().map(|stage| lists.file(*stage)).collect();
        files.push(File::new("cisco-ios-rollback.cfg", rollback));
        files
    }
}

struct Lists<'a> {
    intent: &'a Intent,
    places: &'a [Place<'a>],
    names: &'a GroupNames,
    /// Entries of each place's list, for IPv4 and IPv6.
    entries: Vec<[String; 2]>,
    /// Groups that entries name.
    groups: BTreeMap<Key<'a>, &'a [Cidr]>,
}

impl<'a> Lists<'a> {
    fn of(intent: &'a Intent, places: &'a [Place<'a>], names: &'a GroupNames) -> Lists<'a> {
        let entries = places.iter().map(|_| [String::new(), String::new()]).collect();
        let mut lists = Lists { intent, places, names, entries, groups: BTreeMap::new() };
        let behind = Behind::new(places);
        for is_ipv6 in [false, true] {
            let mut known = PlacesOf::new(&behind, places);
            for flow in flows(intent, is_ipv6) {
                lists.add(&flow, is_ipv6, false, known.get(flow.from));
                if flow.is_answered() {
                    lists.add(&flow, is_ipv6, true, known.get(flow.to));
                }
            }
        }
        lists
    }

    /// The entries of a flow's requests or answers, in the lists of the places they come from.
    fn add(&mut self, flow: &Flow<'a>, is_ipv6: bool, is_answer: bool, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        let (from, to) = if is_answer { (flow.to, flow.from) } else { (flow.from, flow.to) };
        let protocol = protocol(flow.protocol);
        let end = if is_answer && flow.protocol == 6 { " established" } else { "" };
        let mut lines = format!(" remark {}{}\n", remark(flow), if is_answer { " answers" } else { "" });
        // IPv6 lists take one port an entry and no groups.
        for port in ports(flow.ports, if is_ipv6 { 1 } else { usize::MAX }) {
            let (source_port, port) = if is_answer { (port.as_str(), "") } else { ("", port.as_str()) };
            let targets = self.side(to, is_ipv6);
            for source in self.side(from, is_ipv6) {
                for target in &targets {
                    let _ = writeln!(lines, " permit {protocol} {source}{source_port} {target}{port}{end}");
                }
            }
        }
        for place in places {
            if let Some(own) =
                self.entries.get_mut(*place).and_then(|both| both.get_mut(usize::from(is_ipv6)))
            {
                own.push_str(&lines);
            }
        }
    }

    fn side(&mut self, side: Side<'a>, is_ipv6: bool) -> Vec<String> {
        match side {
            Side::Any => vec!["any".to_owned()],
            Side::Group(_, [only]) => vec![wildcard(only)],
            Side::Group(_, members) if is_ipv6 => members.iter().map(wildcard).collect(),
            Side::Group(key, members) => {
                self.groups.insert(key, members);
                vec![format!("object-group CORDON-{}", self.names.get(key))]
            }
        }
    }

    /// Lists off their interfaces, then lists, then groups: none goes while something names it.
    fn take_away(&self, out: &mut String) {
        for place in self.places {
            if let Some(interface) = place.interface {
                let _ = writeln!(
                    out,
                    "interface {interface}\n no ip access-group {name} in\n no ipv6 traffic-filter {name}-V6 in",
                    name = place.name
                );
            }
        }
        for place in self.places {
            let _ = writeln!(
                out,
                "no ip access-list extended {name}\nno ipv6 access-list {name}-V6",
                name = place.name
            );
        }
        for key in self.groups.keys() {
            let _ = writeln!(out, "no object-group network CORDON-{}", self.names.get(*key));
        }
    }

    fn file(&self, stage: Stage) -> File {
        let name = match stage {
            Stage::LogOnly => "cisco-ios-log-only.cfg",
            Stage::Enforce => "cisco-ios.cfg",
        };
        const AROUND: usize = 1 << 16;
        let lines = self.entries.iter().flatten().map(String::len);
        let mut out = String::with_capacity(AROUND + lines.sum::<usize>());
        header(&mut out, self.intent, stage, "Cisco IOS and IOS-XE");
        out.push_str(
            "! Load: copy it into the running configuration; loading twice is loading once. Lists are taken off their \
             interfaces\n! while they change, so that nothing is dropped that the plan permits. Take them back: \
             cisco-ios-rollback.cfg, or\n! before loading: configure terminal revert timer 10, which takes it all back in \
             ten minutes unless confirmed.\n",
        );
        self.take_away(&mut out);
        self.write(&mut out, stage);
        File::new(name, out)
    }

    fn write(&self, out: &mut String, stage: Stage) {
        for (key, members) in &self.groups {
            let label = text::plain(&key.group.label, 60);
            let _ = writeln!(
                out,
                "!\nobject-group network CORDON-{}\n description {label}",
                self.names.get(*key)
            );
            for member in *members {
                let _ = writeln!(out, " {}", subnet(member));
            }
        }
        let last = if stage == Stage::Enforce { "deny" } else { "permit" };
        for (place, [four, six]) in self.places.iter().zip(&self.entries) {
            let zones: Vec<String> = place.zones.iter().map(|zone| text::plain(&zone.name, 40)).collect();
            let _ = writeln!(out, "!\n! {}\nip access-list extended {}", zones.join(", "), place.name);
            out.push_str(four);
            let _ = writeln!(out, " remark no rule permits it\n {last} ip any any log");
            let _ = writeln!(out, "ipv6 access-list {}-V6", place.name);
            out.push_str(six);
            // Without its neighbours and routers nothing speaks IPv6 at all (RFC 4861).
            out.push_str(" permit icmp any any nd-na\n permit icmp any any nd-ns\n permit icmp any any router-solicitation\n");
            let _ = writeln!(out, " {last} ipv6 any any log");
        }
        for place in self.places {
            match place.interface {
                Some(interface) => {
                    let _ = writeln!(
                        out,
                        "!\ninterface {interface}\n ip access-group {name} in\n ipv6 traffic-filter {name}-V6 in",
                        name = place.name
                    );
                }
                None => {
                    let zone = place.zones.first().map(|zone| text::id(&zone.id)).unwrap_or_default();
                    let _ = writeln!(
                        out,
                        "!\n! {} is not put on an interface: name it with --interface {zone}=INTERFACE",
                        place.name
                    );
                }
            }
        }
    }
}
