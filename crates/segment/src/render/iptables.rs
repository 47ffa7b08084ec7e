//! iptables: files for iptables-restore and ip6tables-restore, and a script that puts a stage in force or takes it away
//! (iptables(8), iptables-restore(8), iptables-extensions(8)).
//!
//! iptables has no maps, so packets are led by chains: from the network of their sender to the sender's lines, and on to
//! a chain of the group that is asked. A packet meets a few hundred lines at most, whatever the plan's size. The stage
//! that only logs stands in the table `mangle`, where accepting a packet decides nothing for those behind it.

use super::flows::{Flow, Key, Side, flows, runs, written};
use super::names::GroupNames;
use super::{File, Target, text};
use crate::intent::{Intent, Stage};
use cordon_model::Cidr;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

/// A side of up to so many networks is written out line by line.
const WRITTEN_OUT: usize = 4;
/// Ports that one match may name; a range counts twice (iptables-extensions(8), multiport).
const PORTS_MAX: usize = 15;
/// What is left of the 28 characters of a chain's name behind `CORDON-f-`.
const NAME_MAX: usize = 19;
/// Senders are told apart by networks of these sizes first.
const BUCKET: (u8, u8) = (24, 64);

pub(super) struct Iptables;

impl Target for Iptables {
    fn name(&self) -> &'static str {
        "iptables"
    }

    fn describe(&self) -> &'static str {
        "Linux iptables and ip6tables, for a router between the zones; load with cordon-iptables.sh"
    }

    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File> {
        let [four, six] = [false, true].map(|is_ipv6| Tables::of(intent, is_ipv6, false));
        let mut files = vec![File::new("cordon-iptables.sh", SCRIPT.to_owned())];
        for stage in stages {
            let stem = stem(*stage);
            files.push(File::new(format!("{stem}.iptables"), four.write(intent, *stage)));
            files.push(File::new(format!("{stem}.ip6tables"), six.write(intent, *stage)));
        }
        files
    }
}

fn stem(stage: Stage) -> &'static str {
    match stage {
        Stage::LogOnly => "cordon-log-only",
        Stage::Enforce => "cordon",
    }
}

pub(super) const SCRIPT: &str = r#"#!/bin/sh
# Puts a stage of Cordon's rules in force, or takes them away. Loading twice is loading once. As root, in this folder:
#   sh cordon-iptables.sh log-only    stage 1: logs what the rules would drop, drops nothing
#   sh cordon-iptables.sh enforce     stage 2: drops what no rule permits
#   sh cordon-iptables.sh rollback    takes both away
# For ten minutes only: sh cordon-iptables.sh enforce && sleep 600 && sh cordon-iptables.sh rollback
set -eu
cd "$(dirname "$0")"

unhook() { # TABLE
    for tool in iptables ip6tables; do
        while $tool -w -t "$1" -D FORWARD -j CORDON 2>/dev/null; do :; done
    done
}

clear_chains() { # TABLE
    for tool in iptables ip6tables; do
        chains=$($tool-save -t "$1" | sed -n 's/^:\(CORDON[^ ]*\) .*/\1/p')
        for chain in $chains; do $tool -w -t "$1" -F "$chain"; done
        for chain in $chains; do $tool -w -t "$1" -X "$chain"; done
    done
}

load() { # FILES TABLE
    iptables-restore --test --noflush <"$1.iptables"
    ip6tables-restore --test --noflush <"$1.ip6tables"
    iptables-restore -w --noflush <"$1.iptables"
    ip6tables-restore -w --noflush <"$1.ip6tables"
    for tool in iptables ip6tables; do
        $tool -w -t "$2" -C FORWARD -j CORDON 2>/dev/null || $tool -w -t "$2" -I FORWARD 1 -j CORDON
    done
}

case "${1:-}" in
log-only)
    load cordon-log-only mangle
    unhook filter
    clear_chains filter
    ;;
enforce)
    load cordon filter
    unhook mangle
    clear_chains mangle
    ;;
rollback)
    for table in filter mangle; do
        unhook "$table"
        clear_chains "$table"
    done
    ;;
*)
    echo "say log-only, enforce or rollback" >&2
    exit 2
    ;;
esac
"#;

/// The chains of one IP family.
pub(super) struct Tables<'a> {
    names: GroupNames,
    is_ipv6: bool,
    /// Groups are sets of ipset, not chains.
    with_sets: bool,
    /// Groups that are asked for as sets, with their members.
    pub(super) sets: BTreeMap<Key<'a>, &'a [Cidr]>,
    /// Lines of the first chain, for senders that no bucket holds.
    first: Vec<String>,
    /// Lines by the senders' network.
    buckets: BTreeMap<Cidr, Vec<String>>,
    /// Lines of the chains of groups that ask, by key.
    from: BTreeMap<Key<'a>, Vec<String>>,
    /// Groups that are asked, with their members.
    to: BTreeMap<Key<'a>, &'a [Cidr]>,
    /// Groups that ask and have a chain, already led to.
    led: BTreeSet<Key<'a>>,
}

impl<'a> Tables<'a> {
    pub(super) fn of(intent: &'a Intent, is_ipv6: bool, with_sets: bool) -> Tables<'a> {
        let mut tables = Tables {
            names: GroupNames::new(intent, '-', NAME_MAX),
            is_ipv6,
            with_sets,
            sets: BTreeMap::new(),
            first: Vec::new(),
            buckets: BTreeMap::new(),
            from: BTreeMap::new(),
            to: BTreeMap::new(),
            led: BTreeSet::new(),
        };
        for flow in flows(intent, is_ipv6) {
            tables.add(&flow);
        }
        tables
    }

    /// The set of a group.
    pub(super) fn set(&self, key: Key<'_>) -> String {
        format!("CORDON{}-{}", if self.is_ipv6 { 6 } else { 4 }, self.names.get(key))
    }

    fn add(&mut self, flow: &Flow<'a>) {
        let lines = self.lines(flow);
        match flow.from {
            Side::Any => self.first.extend(lines),
            Side::Group(_, members) if members.len() <= WRITTEN_OUT => {
                for member in members {
                    for line in &lines {
                        self.of_sender(member, format!("-s {} {line}", written(member)));
                    }
                }
            }
            Side::Group(key, members) => {
                self.from.entry(key).or_default().extend(lines);
                if self.led.insert(key) {
                    let chain = format!("CORDON-f-{}", self.names.get(key));
                    if self.with_sets {
                        self.sets.insert(key, members);
                        self.first.push(format!("-m set --match-set {} src -j {chain}", self.set(key)));
                        return;
                    }
                    for member in members {
                        self.of_sender(member, format!("-s {} -j {chain}", written(member)));
                    }
                }
            }
        }
    }

    /// A line about one sender, in the chain of its network.
    fn of_sender(&mut self, sender: &Cidr, line: String) {
        let length = if self.is_ipv6 { BUCKET.1 } else { BUCKET.0 };
        match Cidr::new(sender.base(), length).filter(|_| sender.prefix() >= length) {
            Some(bucket) => {
                self.buckets.entry(bucket).or_default().push(line);
            }
            None => self.first.push(line),
        }
    }

    /// What a flow asks for but its sender, as lines.
    fn lines(&mut self, flow: &Flow<'a>) -> Vec<String> {
        let id = text::id(&flow.permit.id);
        let (targets, verdict) = match flow.to {
            Side::Any => (vec![String::new()], "ACCEPT".to_owned()),
            Side::Group(_, members) if members.len() <= WRITTEN_OUT => (
                members.iter().map(|member| format!("-d {} ", written(member))).collect(),
                "ACCEPT".to_owned(),
            ),
            Side::Group(key, members) if self.with_sets => {
                self.sets.insert(key, members);
                (vec![format!("-m set --match-set {} dst ", self.set(key))], "ACCEPT".to_owned())
            }
            Side::Group(key, members) => {
                self.to.insert(key, members);
                (vec![String::new()], format!("CORDON-t-{}", self.names.get(key)))
            }
        };
        let services = services(flow);
        let line = |target: &String, service: &String| {
            format!("{target}{service} -m comment --comment \"{id}\" -j {verdict}")
        };
        targets.iter().flat_map(|target| services.iter().map(move |service| line(target, service))).collect()
    }

    pub(super) fn write(&self, intent: &Intent, stage: Stage) -> String {
        let (tool, table) = match (self.is_ipv6, stage) {
            (false, Stage::LogOnly) => ("iptables", "mangle"),
            (false, Stage::Enforce) => ("iptables", "filter"),
            (true, Stage::LogOnly) => ("ip6tables", "mangle"),
            (true, Stage::Enforce) => ("ip6tables", "filter"),
        };
        let mut out = String::new();
        header(&mut out, intent, stage, tool, self.with_sets);
        let _ = writeln!(out, "*{table}\n:CORDON - [0:0]");
        for (number, _) in (1u32..).zip(&self.buckets) {
            let _ = writeln!(out, ":CORDON-s-{number} - [0:0]");
        }
        for (letter, keys) in [("f", self.from.keys().collect::<Vec<_>>()), ("t", self.to.keys().collect())] {
            for key in keys {
                let _ = writeln!(out, ":CORDON-{letter}-{} - [0:0]", self.names.get(*key));
            }
        }
        out.push_str("-A CORDON -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n");
        for (number, (bucket, _)) in (1u32..).zip(&self.buckets) {
            let _ = writeln!(out, "-A CORDON -s {bucket} -j CORDON-s-{number}");
        }
        for line in &self.first {
            let _ = writeln!(out, "-A CORDON {line}");
        }
        let (word, verdict) = match stage {
            Stage::LogOnly => ("would drop", ""),
            Stage::Enforce => ("drop", "-A CORDON -j DROP\n"),
        };
        let _ = write!(
            out,
            "-A CORDON -m limit --limit 10/sec --limit-burst 50 -j LOG --log-prefix \"cordon {word}: \"\n{verdict}"
        );
        for (number, lines) in (1u32..).zip(self.buckets.values()) {
            for line in lines {
                let _ = writeln!(out, "-A CORDON-s-{number} {line}");
            }
        }
        for (key, lines) in &self.from {
            for line in lines {
                let _ = writeln!(out, "-A CORDON-f-{} {line}", self.names.get(*key));
            }
        }
        for (key, members) in &self.to {
            for member in *members {
                let _ =
                    writeln!(out, "-A CORDON-t-{} -d {} -j ACCEPT", self.names.get(*key), written(member));
            }
        }
        out.push_str("COMMIT\n");
        out
    }
}

fn header(out: &mut String, intent: &Intent, stage: Stage, tool: &str, with_sets: bool) {
    let (stem, script) = match with_sets {
        true => (super::ipset::stem(stage), "cordon-sets-iptables.sh"),
        false => (stem(stage), "cordon-iptables.sh"),
    };
    let file = format!("{stem}.{tool}");
    let stage = match stage {
        Stage::LogOnly => "stage 1 of 2: log only. Nothing is dropped; read the log before stage 2.",
        Stage::Enforce => "stage 2 of 2: enforce. Whatever no rule permits is logged and dropped.",
    };
    let _ = write!(
        out,
        "# Cordon segmentation plan for {}, {stage}\n# {} rules; comments name them, see rules.md.\n# Check: {tool}-restore \
         --test --noflush <{file}   Load and roll back: {script}\n",
        text::plain(&intent.point, 60),
        intent.permits.len(),
    );
    for note in &intent.not_enforceable {
        let _ =
            writeln!(out, "# not enforceable: {} {}", text::one_line(&note.what), text::one_line(&note.why));
    }
}

/// Protocol and ports, in as many matches as it takes.
fn services(flow: &Flow<'_>) -> Vec<String> {
    let protocol = match flow.protocol {
        1 => "icmp".to_owned(),
        6 => "tcp".to_owned(),
        17 => "udp".to_owned(),
        58 => "ipv6-icmp".to_owned(),
        other => other.to_string(),
    };
    let runs = runs(flow.ports);
    match runs.as_slice() {
        [] => vec![format!("-p {protocol}")],
        [(first, last)] if first == last => vec![format!("-p {protocol} --dport {first}")],
        [(first, last)] => vec![format!("-p {protocol} --dport {first}:{last}")],
        runs => {
            let (mut services, mut list, mut used) = (Vec::new(), Vec::new(), 0);
            for (first, last) in runs {
                let (word, size) = match first == last {
                    true => (first.to_string(), 1),
                    false => (format!("{first}:{last}"), 2),
                };
                if used + size > PORTS_MAX {
                    services.push(std::mem::take(&mut list));
                    used = 0;
                }
                used += size;
                list.push(word);
            }
            services.push(list);
            let match_of =
                |list: &Vec<String>| format!("-p {protocol} -m multiport --dports {}", list.join(","));
            services.iter().map(match_of).collect()
        }
    }
}
