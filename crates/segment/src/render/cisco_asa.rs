//! Cisco ASA: an access list inward on each zone's interface, with object groups (Cisco ASA Series Command Reference,
//! "access-list extended", "object-group", "access-group"; unified for both IP families since 9.0(1): Cisco ASA Series
//! Firewall CLI Configuration Guide, "History for Access Rules").
//!
//! The firewall remembers connections, so answers need no entries.

use super::cisco::{Behind, Place, PlacesOf, header, places, protocol, remark, subnet};
use super::flows::{Flow, Key, Side, flows, runs};
use super::names::{GroupNames, Names};
use super::{File, Target, text};
use crate::intent::{Intent, Stage};
use cordon_model::Cidr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// What is left of the 64 characters of a group's name behind `CORDON-` and before `-V6`.
const NAME_MAX: usize = 50;

pub(super) struct CiscoAsa;

impl Target for CiscoAsa {
    fn name(&self) -> &'static str {
        "cisco-asa"
    }

    fn describe(&self) -> &'static str {
        "Cisco ASA 9, access lists inward on each zone's interface; name those (nameif) with --interface"
    }

    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File> {
        let places = places(intent);
        let names = GroupNames::new(intent, '-', NAME_MAX);
        let lists = Lists::of(intent, &places, &names);
        let mut rollback =
            String::from("! Takes Cordon's access lists and groups away, whichever stage is loaded.\n");
        lists.take_away(&mut rollback);
        let mut files: Vec<File> = stages.iter().map(|stage| lists.file(*stage)).collect();
        files.push(File::new("cisco-asa-rollback.cfg", rollback));
        files
    }
}

struct Lists<'a> {
    intent: &'a Intent,
    places: &'a [Place<'a>],
    names: &'a GroupNames,
    /// The lines of each place's list.
    entries: Vec<String>,
    /// Networks groups that entries name, by key and family.
    groups: BTreeMap<(Key<'a>, bool), &'a [Cidr]>,
    /// Groups of ports that entries name.
    services: BTreeSet<(u8, &'a [u16])>,
    /// Their names.
    port_names: Names,
}

impl<'a> Lists<'a> {
    fn of(intent: &'a Intent, places: &'a [Place<'a>], names: &'a GroupNames) -> Lists<'a> {
        let entries = places.iter().map(|_| String::new()).collect();
        let both = [false, true].map(|is_ipv6| flows(intent, is_ipv6));
        let services: BTreeSet<(u8, &[u16])> =
            both.iter().flatten().map(|flow| (flow.protocol, flow.ports)).collect();
        let keys: BTreeSet<String> =
            services.iter().map(|(protocol, ports)| ports_key(*protocol, ports)).collect();
        let port_names = Names::new(keys.iter().map(String::as_str), '-', NAME_MAX);
        let (groups, services) = (BTreeMap::new(), BTreeSet::new());
        let mut lists = Lists { intent, places, names, entries, groups, services, port_names };
        let behind = Behind::new(places);
        for (is_ipv6, flows) in [false, true].into_iter().zip(both) {
            let mut known = PlacesOf::new(&behind, places);
            for flow in flows {
                lists.add(&flow, is_ipv6, known.get(flow.from));
            }
        }
        lists
    }

    fn add(&mut self, flow: &Flow<'a>, is_ipv6: bool, places: &[usize]) {
        if places.is_empty() {
            return;
        }
        let (from, to) = (self.side(flow.from, is_ipv6), self.side(flow.to, is_ipv6));
        let protocol = if flow.protocol == 58 { "icmp6".to_owned() } else { protocol(flow.protocol) };
        let ports = match runs(flow.ports).as_slice() {
            [] => String::new(),
            [(first, last)] if first == last => format!(" eq {first}"),
            [(first, last)] => format!(" range {first} {last}"),
            _ => {
                self.services.insert((flow.protocol, flow.ports));
                format!(" object-group {}", self.ports(flow.protocol, flow.ports))
            }
        };
        let remark = remark(flow);
        for at in places {
            let (Some(place), Some(lines)) = (self.places.get(*at), self.entries.get_mut(*at)) else {
                continue;
            };
            let name = &place.name;
            let _ = write!(
                lines,
                "access-list {name} remark {remark}\naccess-list {name} extended permit {protocol} {from} {to}{ports}\n"
            );
        }
    }

    fn side(&mut self, side: Side<'a>, is_ipv6: bool) -> String {
        match side {
            Side::Any => (if is_ipv6 { "any6" } else { "any4" }).to_owned(),
            Side::Group(_, [only]) => subnet(only),
            Side::Group(key, members) => {
                self.groups.insert((key, is_ipv6), members);
                format!("object-group {}", self.group(key, is_ipv6))
            }
        }
    }

    fn group(&self, key: Key<'_>, is_ipv6: bool) -> String {
        format!("CORDON-{}{}", self.names.get(key), if is_ipv6 { "-V6" } else { "" })
    }

    fn ports(&self, number: u8, ports: &[u16]) -> String {
        format!("CORDON-{}", self.port_names.get(&ports_key(number, ports)))
    }

    /// Lists, which takes them off their interfaces too, then groups: none goes while something names it.
    fn take_away(&self, out: &mut String) {
        for place in self.places {
            let _ = writeln!(out, "clear configure access-list {}", place.name);
        }
        for (key, is_ipv6) in self.groups.keys() {
            let _ = writeln!(out, "no object-group network {}", self.group(*key, *is_ipv6));
        }
        for (number, ports) in &self.services {
            let _ = writeln!(out, "no object-group service {}", self.ports(*number, ports));
        }
    }

    fn file(&self, stage: Stage) -> File {
        let name = match stage {
            Stage::LogOnly => "cisco-asa-log-only.cfg",
            Stage::Enforce => "cisco-asa.cfg",
        };
        const AROUND: usize = 1 << 16;
        let mut out = String::with_capacity(AROUND + self.entries.iter().map(String::len).sum::<usize>());
        header(&mut out, self.intent, stage, "Cisco ASA 9");
        out.push_str(
            "! Load: paste it in configuration mode; loading twice is loading once. Take it back: \
             cisco-asa-rollback.cfg.\n! Answers to ICMP pass only where the firewall inspects it: policy-map, inspect icmp.\n",
        );
        self.take_away(&mut out);
        self.write(&mut out, stage);
        File::new(name, out)
    }

    fn write(&self, out: &mut String, stage: Stage) {
        for ((key, is_ipv6), members) in &self.groups {
            let label = text::plain(&key.group.label, 60);
            let _ =
                writeln!(out, "!\nobject-group network {}\n description {label}", self.group(*key, *is_ipv6));
            for member in *members {
                let _ = writeln!(out, " network-object {}", subnet(member));
            }
        }
        for (number, ports) in &self.services {
            let name = self.ports(*number, ports);
            let _ = writeln!(out, "!\nobject-group service {name} {}", protocol(*number));
            for (first, last) in runs(ports) {
                let _ = match first == last {
                    true => writeln!(out, " port-object eq {first}"),
                    false => writeln!(out, " port-object range {first} {last}"),
                };
            }
        }
        let last = if stage == Stage::Enforce { "deny" } else { "permit" };
        for (place, entries) in self.places.iter().zip(&self.entries) {
            let zones: Vec<String> = place.zones.iter().map(|zone| text::plain(&zone.name, 40)).collect();
            let _ = writeln!(out, "!\n! {}", zones.join(", "));
            out.push_str(entries);
            let _ = writeln!(
                out,
                "access-list {name} remark no rule permits it\naccess-list {name} extended {last} ip any any log",
                name = place.name
            );
        }
        out.push_str("!\n");
        for place in self.places {
            let _ = match place.interface {
                Some(interface) => writeln!(out, "access-group {} in interface {interface}", place.name),
                None => {
                    let zone = place.zones.first().map(|zone| text::id(&zone.id)).unwrap_or_default();
                    writeln!(
                        out,
                        "! {} is not put on an interface: name it with --interface {zone}=NAMEIF",
                        place.name
                    )
                }
            };
        }
    }
}

/// What names a group of ports: what it is, so that it is the same in every plan.
fn ports_key(number: u8, ports: &[u16]) -> String {
    let ports: Vec<String> = ports.iter().map(u16::to_string).collect();
    format!("{}-{}", protocol(number), ports.join("-"))
}
