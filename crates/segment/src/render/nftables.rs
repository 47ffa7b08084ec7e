//! nftables: one table of our own, sets and verdict maps instead of a line a rule (nft(8)).
//!
//! Flows between few addresses are elements of sets that one lookup decides. Groups of many addresses have a chain of
//! their own, which a verdict map leads to, so that a rule between two zones costs their members once and not times
//! each other. An element's comment names its rules.

use super::flows::{Flow, Key, Side, flows, is_host, runs, written};
use super::names::GroupNames;
use super::{File, Target, text};
use crate::intent::{Intent, Stage};
use cordon_model::Cidr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

/// A side of up to so many addresses is written out, its flows element by element.
const WRITTEN_OUT: usize = 4;
/// A group's chain takes the other side's addresses as elements up to so many for a rule; more become a line with sets.
const ELEMENTS_MAX: usize = 256;
/// What the kernel keeps of a comment (`NFTNL_UDATA_COMMENT_MAXLEN` of libnftnl).
const COMMENT_MAX: usize = 120;
/// Names stay readable; the kernel would take 255.
const NAME_MAX: usize = 48;

pub(super) struct Nftables;

impl Target for Nftables {
    fn name(&self) -> &'static str {
        "nftables"
    }

    fn describe(&self) -> &'static str {
        "Linux nftables, for a router between the zones; load with nft -f"
    }

    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File> {
        let rollback = "#!/usr/sbin/nft -f\n# Takes Cordon's rules away, whichever stage is loaded; loads even when none \
                        are.\ntable inet cordon\ndelete table inet cordon\n";
        let names = GroupNames::new(intent, '_', NAME_MAX);
        let families = [false, true].map(|is_ipv6| Family::of(intent, is_ipv6, &names));
        let mut files = vec![File::new("cordon-rollback.nft", rollback.to_owned())];
        let (mut sets, mut lines) = (String::new(), String::new());
        families.iter().for_each(|family| family.declare(&mut sets));
        families.iter().for_each(|family| family.chains(&mut sets));
        families.iter().for_each(|family| family.forward(&mut lines));
        files.extend(stages.iter().map(|stage| {
            let name = match stage {
                Stage::LogOnly => "cordon-log-only.nft",
                Stage::Enforce => "cordon.nft",
            };
            File::new(name, ruleset(intent, *stage, name, [&sets, &lines]))
        }));
        files
    }
}

/// The file of a stage, around what is the same in both: sets with their chains, and the lines that lead there.
fn ruleset(intent: &Intent, stage: Stage, file: &str, [sets, lines]: [&str; 2]) -> String {
    const AROUND: usize = 1 << 12;
    let mut out = String::with_capacity(AROUND + sets.len() + lines.len());
    header(&mut out, intent, stage, file);
    // Declared first so that deleting it never fails: the whole file is one transaction.
    out.push_str("table inet cordon\ndelete table inet cordon\n\ntable inet cordon {\n");
    out.push_str(sets);
    let policy = if stage == Stage::Enforce { "drop" } else { "accept" };
    let _ = write!(
        out,
        "\tchain forward {{\n\t\ttype filter hook forward priority filter; policy {policy};\n\t\tct state \
         established,related counter accept\n"
    );
    out.push_str(lines);
    let (prefix, verdict) = match stage {
        Stage::LogOnly => ("cordon would drop: ", ""),
        Stage::Enforce => ("cordon drop: ", "\t\tcounter drop\n"),
    };
    let _ = write!(
        out,
        "\t\tcounter comment \"no rule permits it\"\n\t\tlimit rate 10/second burst 50 packets log prefix \
         \"{prefix}\"\n{verdict}\t}}\n}}\n"
    );
    out
}

fn header(out: &mut String, intent: &Intent, stage: Stage, file: &str) {
    let stage = match stage {
        Stage::LogOnly => "stage 1 of 2: log only. Nothing is dropped; read the log before stage 2.",
        Stage::Enforce => "stage 2 of 2: enforce. Whatever no rule permits is logged and dropped.",
    };
    let _ = write!(
        out,
        "#!/usr/sbin/nft -f\n# Cordon segmentation plan for {}, {stage}\n# {} rules; the comment of an element or line \
         names its rules, see rules.md.\n# For a router between the devices: what never crosses it cannot be filtered by \
         it.\n# Check: nft -c -f {file}   Load: nft -f {file}   Roll back: nft -f cordon-rollback.nft\n# Load for ten \
         minutes only: nft -f {file} && sleep 600 && nft -f cordon-rollback.nft\n",
        text::plain(&intent.point, 60),
        intent.permits.len(),
    );
    for note in &intent.not_enforceable {
        let _ =
            writeln!(out, "# not enforceable: {} {}", text::one_line(&note.what), text::one_line(&note.why));
    }
    out.push('\n');
}

/// Who a chain is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Owner<'a> {
    /// The forward chain itself.
    All,
    /// Packets from a group, by its key.
    From(Key<'a>),
    /// Packets to a group, likewise.
    To(Key<'a>),
}

/// One element: what of a packet is not asked for is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Element {
    source: Option<IpAddr>,
    destination: Option<IpAddr>,
    protocol: u8,
    port: Option<u16>,
}

/// Which parts of a packet the elements of a set ask for; a protocol always.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Shape {
    source: bool,
    destination: bool,
    port: bool,
}

impl Element {
    fn shape(&self) -> Shape {
        Shape {
            source: self.source.is_some(),
            destination: self.destination.is_some(),
            port: self.port.is_some(),
        }
    }
}

impl Shape {
    /// `from_to_port`, and less where less is asked for.
    fn name(self) -> String {
        let parts =
            [(self.source, "from"), (self.destination, "to"), (true, "protocol"), (self.port, "port")];
        parts.into_iter().filter(|(has, _)| *has).map(|(_, name)| name).collect::<Vec<_>>().join("_")
    }

    fn joined(self, parts: [&str; 4]) -> String {
        let has = [self.source, self.destination, true, self.port];
        let own = parts.into_iter().zip(has).filter(|(_, has)| *has).map(|(part, _)| part);
        own.collect::<Vec<_>>().join(" . ")
    }
}

/// What is decided in one chain.
#[derive(Debug, Default)]
struct Chain<'a> {
    sets: BTreeMap<Shape, BTreeMap<Element, Vec<&'a str>>>,
    lines: Vec<String>,
}

/// Everything of one IP family.
struct Family<'a> {
    is_ipv6: bool,
    names: &'a GroupNames,
    chains: BTreeMap<Owner<'a>, Chain<'a>>,
    /// Members of the groups that chains are for, or that lines name.
    members: BTreeMap<Key<'a>, &'a [Cidr]>,
    /// Groups that lines name.
    named: BTreeSet<Key<'a>>,
}

impl<'a> Family<'a> {
    fn of(intent: &'a Intent, is_ipv6: bool, names: &'a GroupNames) -> Family<'a> {
        let mut family = Family {
            is_ipv6,
            names,
            chains: BTreeMap::new(),
            members: BTreeMap::new(),
            named: BTreeSet::new(),
        };
        for flow in flows(intent, is_ipv6) {
            family.add(&flow);
        }
        for owners in [family.overlapping(true), family.overlapping(false)] {
            family.named.extend(owners);
        }
        family
    }

    fn add(&mut self, flow: &Flow<'a>) {
        let few = |side: Side<'a>| side.hosts(WRITTEN_OUT);
        let many = |side| matches!(side, Side::Group(..)) && few(side).is_none();
        for side in [flow.from, flow.to] {
            if let Side::Group(key, members) = side {
                self.members.insert(key, members);
            }
        }
        let (owner, sources, destinations) = match (flow.from, flow.to) {
            (Side::Group(key, _), to) if many(flow.from) => {
                let ports = flow.ports.len().max(1);
                match to.hosts(ELEMENTS_MAX / ports) {
                    Some(members) => (Owner::From(key), None, Some(members)),
                    None => return self.line(Owner::From(key), flow, None, to),
                }
            }
            (from, Side::Group(key, _)) if many(flow.to) => match few(from) {
                Some(members) => (Owner::To(key), Some(members), None),
                None => return self.line(Owner::To(key), flow, None, Side::Any),
            },
            (Side::Any, Side::Any) => return self.line(Owner::All, flow, Some(()), Side::Any),
            (from, to) => (Owner::All, few(from), few(to)),
        };
        let every = |hosts: Option<&'a [Cidr]>| match hosts {
            Some(hosts) => hosts.iter().map(|host| Some(host.base())).collect(),
            None => vec![None],
        };
        let chain = self.chains.entry(owner).or_default();
        for source in every(sources) {
            for destination in every(destinations) {
                let ports: Vec<Option<u16>> = match flow.ports {
                    [] => vec![None],
                    ports => ports.iter().map(|port| Some(*port)).collect(),
                };
                for port in ports {
                    let element = Element { source, destination, protocol: flow.protocol, port };
                    chain
                        .sets
                        .entry(element.shape())
                        .or_default()
                        .entry(element)
                        .or_default()
                        .push(&flow.permit.id);
                }
            }
        }
    }

    /// A flow that no set holds, as a line; `family` where nothing else says of which family it is.
    fn line(&mut self, owner: Owner<'a>, flow: &Flow<'a>, family: Option<()>, to: Side<'a>) {
        let mut line = String::new();
        if family.is_some() {
            let _ = write!(line, "meta nfproto {} ", if self.is_ipv6 { "ipv6" } else { "ipv4" });
        }
        if let Side::Group(key, _) = to {
            self.named.insert(key);
            let _ = write!(line, "{} daddr @{} ", self.ip(), self.group(key));
        }
        let ports: Vec<String> = runs(flow.ports)
            .into_iter()
            .map(|(first, last)| if first == last { first.to_string() } else { format!("{first}-{last}") })
            .collect();
        let _ = match (flow.protocol, ports.is_empty()) {
            (6, false) => write!(line, "tcp dport {{ {} }}", ports.join(", ")),
            (17, false) => write!(line, "udp dport {{ {} }}", ports.join(", ")),
            (number, _) => write!(line, "meta l4proto {}", protocol(number)),
        };
        let _ = write!(line, " counter accept comment \"{}\"", text::id(&flow.permit.id));
        self.chains.entry(owner).or_default().lines.push(line);
    }

    fn ip(&self) -> &'static str {
        if self.is_ipv6 { "ip6" } else { "ip" }
    }

    fn number(&self) -> u8 {
        if self.is_ipv6 { 6 } else { 4 }
    }

    fn group(&self, key: Key<'_>) -> String {
        format!("group{}_{}", self.number(), self.names.get(key))
    }

    fn chain_name(&self, owner: Owner<'_>) -> String {
        match owner {
            Owner::All => format!("all{}", self.number()),
            Owner::From(key) => format!("from{}_{}", self.number(), self.names.get(key)),
            Owner::To(key) => format!("to{}_{}", self.number(), self.names.get(key)),
        }
    }

    /// Groups with chains, of one direction.
    fn led(&self, is_from: bool) -> impl Iterator<Item = Key<'a>> {
        self.chains.keys().filter_map(move |owner| match (owner, is_from) {
            (Owner::From(key), true) | (Owner::To(key), false) => Some(*key),
            _ => None,
        })
    }

    /// Groups that share addresses with others before them: a map has one verdict for an address, so they are asked for
    /// by lines.
    fn overlapping(&self, is_from: bool) -> BTreeSet<Key<'a>> {
        let mut all: Vec<(&Cidr, Key<'a>)> = Vec::new();
        for key in self.led(is_from) {
            all.extend(
                self.members.get(&key).into_iter().flat_map(|members| members.iter().map(|one| (one, key))),
            );
        }
        all.sort_by_key(|(network, key)| (network.base(), network.prefix(), *key));
        let (mut found, mut outer) = (BTreeSet::new(), None::<(&Cidr, Key<'_>)>);
        for (network, key) in all {
            match outer {
                Some((last, owner)) if last.contains(network.base()) => {
                    if owner != key {
                        found.insert(key);
                    }
                }
                _ => outer = Some((network, key)),
            }
        }
        found
    }

    fn declare(&self, out: &mut String) {
        for key in &self.named {
            let members = self.members.get(key).copied().unwrap_or_default();
            let label = text::one_line(&key.group.label);
            let _ = writeln!(out, "\t# {label}\n\tset {} {{\n\t\ttype {}", self.group(*key), self.address());
            flags(out, members);
            out.push_str("\t\telements = {\n");
            for member in members {
                let _ = writeln!(out, "\t\t\t{},", written(member));
            }
            out.push_str("\t\t}\n\t}\n\n");
        }
        for (owner, chain) in &self.chains {
            for (shape, elements) in &chain.sets {
                self.set(out, *owner, *shape, elements);
            }
        }
        self.map(out, true);
        self.map(out, false);
    }

    fn address(&self) -> &'static str {
        if self.is_ipv6 { "ipv6_addr" } else { "ipv4_addr" }
    }

    fn set(&self, out: &mut String, owner: Owner<'_>, shape: Shape, elements: &BTreeMap<Element, Vec<&str>>) {
        let types = shape.joined([self.address(), self.address(), "inet_proto", "inet_service"]);
        let name = format!("{}_{}", self.chain_name(owner), shape.name());
        let _ = writeln!(out, "\tset {name} {{\n\t\ttype {types}\n\t\telements = {{");
        for (element, ids) in elements {
            out.push_str("\t\t\t");
            for address in [element.source, element.destination].into_iter().flatten() {
                let _ = write!(out, "{address} . ");
            }
            out.push_str(&protocol(element.protocol));
            if let Some(port) = element.port {
                let _ = write!(out, " . {port}");
            }
            let _ = writeln!(out, " comment \"{}\",", text::ids(ids, COMMENT_MAX));
        }
        out.push_str("\t\t}\n\t}\n\n");
    }

    fn map_name(&self, is_from: bool) -> String {
        format!("{}{}", if is_from { "sources" } else { "destinations" }, self.number())
    }

    /// Groups whose chain the map leads to.
    fn mapped(&self, is_from: bool) -> Vec<(Key<'a>, &'a [Cidr])> {
        let apart = self.overlapping(is_from);
        let own = self.led(is_from).filter(|key| !apart.contains(key));
        own.map(|key| (key, self.members.get(&key).copied().unwrap_or_default())).collect()
    }

    fn map(&self, out: &mut String, is_from: bool) {
        let mapped = self.mapped(is_from);
        if mapped.is_empty() {
            return;
        }
        let _ = writeln!(out, "\tmap {} {{\n\t\ttype {} : verdict", self.map_name(is_from), self.address());
        flags(out, mapped.iter().flat_map(|(_, members)| members.iter()));
        out.push_str("\t\telements = {\n");
        for (key, members) in mapped {
            let label = text::one_line(&key.group.label);
            let _ = writeln!(out, "\t\t\t# {label}");
            let chain = self.chain_name(if is_from { Owner::From(key) } else { Owner::To(key) });
            for member in members {
                let _ = writeln!(out, "\t\t\t{} : jump {chain},", written(member));
            }
        }
        out.push_str("\t\t}\n\t}\n\n");
    }

    fn chains(&self, out: &mut String) {
        for (owner, chain) in self.chains.iter().filter(|(owner, _)| **owner != Owner::All) {
            let _ = writeln!(out, "\tchain {} {{", self.chain_name(*owner));
            self.body(out, *owner, chain);
            out.push_str("\t}\n\n");
        }
    }

    fn body(&self, out: &mut String, owner: Owner<'_>, chain: &Chain<'_>) {
        let (source, destination) = (format!("{} saddr", self.ip()), format!("{} daddr", self.ip()));
        for shape in chain.sets.keys() {
            let matched = shape.joined([&source, &destination, "meta l4proto", "th dport"]);
            let _ =
                writeln!(out, "\t\t{matched} @{}_{} counter accept", self.chain_name(owner), shape.name());
        }
        for line in &chain.lines {
            let _ = writeln!(out, "\t\t{line}");
        }
    }

    /// The lines of the forward chain.
    fn forward(&self, out: &mut String) {
        if let Some(chain) = self.chains.get(&Owner::All) {
            self.body(out, Owner::All, chain);
        }
        for (is_from, end) in [(true, "saddr"), (false, "daddr")] {
            if !self.mapped(is_from).is_empty() {
                let _ = writeln!(out, "\t\t{} {end} vmap @{}", self.ip(), self.map_name(is_from));
            }
            for key in self.overlapping(is_from) {
                let chain = self.chain_name(if is_from { Owner::From(key) } else { Owner::To(key) });
                let _ = writeln!(out, "\t\t{} {end} @{} jump {chain}", self.ip(), self.group(key));
            }
        }
    }
}

/// A protocol by the name nft itself has for it, else by its number.
fn protocol(number: u8) -> String {
    match number {
        1 => "icmp".to_owned(),
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        58 => "icmpv6".to_owned(),
        other => other.to_string(),
    }
}

/// Sets of networks must say that they are; sets of addresses are faster.
fn flags<'a>(out: &mut String, members: impl IntoIterator<Item = &'a Cidr>) {
    if members.into_iter().any(|member| !is_host(member)) {
        out.push_str("\t\tflags interval\n");
    }
}
