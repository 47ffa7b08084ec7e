//! nftables: one table of our own, sets instead of a line a rule, a stage that only logs before one that
//! enforces. Syntax: nft(8).

use super::{Target, one_line};
use crate::VerifiedPlan;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Party, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

/// What happens to what no rule permits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It is logged and passes.
    LogOnly,
    /// It is logged and dropped.
    Enforce,
}

pub(crate) struct Nftables {
    pub(crate) stage: Stage,
}

impl Target for Nftables {
    fn name(&self) -> &'static str {
        match self.stage {
            Stage::LogOnly => "nftables-log-only",
            Stage::Enforce => "nftables",
        }
    }

    fn file_name(&self) -> &'static str {
        match self.stage {
            Stage::LogOnly => "cordon-log-only.nft",
            Stage::Enforce => "cordon.nft",
        }
    }

    fn describe(&self) -> &'static str {
        match self.stage {
            Stage::LogOnly => {
                "Linux nftables, first stage: logs what the rules would drop, drops nothing; load with nft -f"
            }
            Stage::Enforce => "Linux nftables, second stage: drops what no rule permits; load with nft -f",
        }
    }

    fn render(&self, plan: &VerifiedPlan, estate: &Estate) -> String {
        let sets = Sets::of(plan, estate);
        let mut text = String::new();
        self.header(&mut text, plan, &sets);
        // Declared first so that deleting it never fails: the whole file is one transaction.
        text.push_str("table inet cordon\ndelete table inet cordon\n\ntable inet cordon {\n");
        for (kind, elements) in &sets.by_kind {
            kind.declare(&mut text, elements);
        }
        self.chain(&mut text, &sets);
        text.push_str("}\n");
        text
    }
}

impl Nftables {
    fn header(&self, text: &mut String, plan: &VerifiedPlan, sets: &Sets) {
        let stage = match self.stage {
            Stage::LogOnly => "stage 1 of 2: log only. Nothing is dropped; read the log before stage 2.",
            Stage::Enforce => "stage 2 of 2: enforce. Whatever no rule permits is logged and dropped.",
        };
        let rules = plan.get().rules.len();
        let _ = write!(
            text,
            "#!/usr/sbin/nft -f\n# Cordon segmentation plan, {stage}\n# {rules} rules as {} set elements; each element's \
             comment is the rule's id, see rules.md.\n# For a router or bridge between the devices: what never \
             crosses it cannot be filtered by it.\n# Check: nft -c -f {file}   Load: nft -f {file}   Roll back: \
             nft delete table inet cordon\n",
            sets.count(),
            file = self.file_name()
        );
        for note in &sets.skipped {
            let _ = writeln!(text, "# skipped: {}", one_line(note));
        }
        text.push('\n');
    }

    fn chain(&self, text: &mut String, sets: &Sets) {
        let policy = if self.stage == Stage::Enforce { "drop" } else { "accept" };
        let _ = write!(
            text,
            "\tchain forward {{\n\t\ttype filter hook forward priority filter; policy {policy};\n\t\tct state \
             established,related counter accept\n"
        );
        for kind in sets.by_kind.keys() {
            let _ = writeln!(text, "\t\t{} @{} counter accept", kind.matched(), kind.name());
        }
        let (prefix, verdict) = match self.stage {
            Stage::LogOnly => ("cordon would drop: ", ""),
            Stage::Enforce => ("cordon drop: ", "\t\tcounter drop\n"),
        };
        let _ = write!(
            text,
            "\t\tcounter comment \"no rule permits it\"\n\t\tlimit rate 10/second burst 50 packets log prefix \
             \"{prefix}\"\n{verdict}\t}}\n"
        );
    }
}

/// The sets an address family and transport need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    v6: bool,
    match_on: MatchOn,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum MatchOn {
    Tcp,
    Udp,
    /// Every port of TCP, UDP or another protocol by its number.
    Protocol,
}

impl Kind {
    fn name(self) -> &'static str {
        match (self.match_on, self.v6) {
            (MatchOn::Tcp, false) => "tcp4",
            (MatchOn::Tcp, true) => "tcp6",
            (MatchOn::Udp, false) => "udp4",
            (MatchOn::Udp, true) => "udp6",
            (MatchOn::Protocol, false) => "protocol4",
            (MatchOn::Protocol, true) => "protocol6",
        }
    }

    fn matched(self) -> String {
        let family = if self.v6 { "ip6" } else { "ip" };
        let last = match self.match_on {
            MatchOn::Tcp => "tcp dport",
            MatchOn::Udp => "udp dport",
            MatchOn::Protocol => "meta l4proto",
        };
        format!("{family} saddr . {family} daddr . {last}")
    }

    fn declare(self, text: &mut String, elements: &BTreeMap<(IpAddr, IpAddr, u16), String>) {
        let address = if self.v6 { "ipv6_addr" } else { "ipv4_addr" };
        let last = if self.match_on == MatchOn::Protocol { "inet_proto" } else { "inet_service" };
        let _ = writeln!(
            text,
            "\tset {} {{\n\t\ttype {address} . {address} . {last}\n\t\telements = {{",
            self.name()
        );
        for ((from, to, number), rule) in elements {
            let _ = writeln!(text, "\t\t\t{from} . {to} . {number} comment \"{rule}\",");
        }
        text.push_str("\t\t}\n\t}\n\n");
    }
}

#[derive(Default)]
struct Sets {
    by_kind: BTreeMap<Kind, BTreeMap<(IpAddr, IpAddr, u16), String>>,
    skipped: BTreeSet<String>,
}

impl Sets {
    fn of(plan: &VerifiedPlan, estate: &Estate) -> Sets {
        let mut sets = Sets::default();
        let addresses = Addresses::new(plan, estate);
        for rule in &plan.get().rules {
            let (from, to) =
                (addresses.of(&rule.from, &mut sets.skipped), addresses.of(&rule.to, &mut sets.skipped));
            for source in &from {
                for target in
                    to.iter().filter(|target| target.is_ipv4() == source.is_ipv4() && *target != source)
                {
                    sets.add(rule, *source, *target);
                }
            }
        }
        sets
    }

    fn add(&mut self, rule: &Rule, from: IpAddr, to: IpAddr) {
        let v6 = from.is_ipv6();
        let numbers: Vec<(MatchOn, u16)> = match (rule.transport, rule.ports.is_empty()) {
            (Transport::Tcp, false) => rule.ports.iter().map(|port| (MatchOn::Tcp, *port)).collect(),
            (Transport::Udp, false) => rule.ports.iter().map(|port| (MatchOn::Udp, *port)).collect(),
            (transport, _) => vec![(MatchOn::Protocol, u16::from(protocol_number(transport, v6)))],
        };
        for (match_on, number) in numbers {
            let set = self.by_kind.entry(Kind { v6, match_on }).or_default();
            set.entry((from, to, number)).or_insert_with(|| rule.id.clone());
        }
    }

    fn count(&self) -> usize {
        self.by_kind.values().map(BTreeMap::len).sum()
    }
}

/// IANA protocol numbers.
fn protocol_number(transport: Transport, v6: bool) -> u8 {
    match transport {
        Transport::Tcp => 6,
        Transport::Udp => 17,
        Transport::Icmp if v6 => 58,
        Transport::Icmp => 1,
        Transport::Other(number) => number,
    }
}

struct Addresses<'a> {
    of_device: BTreeMap<&'a DeviceId, &'a [IpAddr]>,
    labels: BTreeMap<&'a DeviceId, String>,
    of_zone: BTreeMap<&'a str, &'a [DeviceId]>,
}

impl<'a> Addresses<'a> {
    fn new(plan: &'a VerifiedPlan, estate: &'a Estate) -> Self {
        let devices = || estate.devices.iter();
        Addresses {
            of_device: devices().map(|device| (&device.id, device.ips.as_slice())).collect(),
            labels: devices().map(|device| (&device.id, device.label())).collect(),
            of_zone: plan
                .get()
                .zones
                .iter()
                .map(|zone| (zone.id.as_str(), zone.devices.as_slice()))
                .collect(),
        }
    }

    /// The addresses of a party; one that has none is noted as skipped.
    fn of(&self, party: &Party, skipped: &mut BTreeSet<String>) -> Vec<IpAddr> {
        match party {
            Party::Device(id) => self.of_one(id, skipped),
            Party::Zone(id) => {
                let members = self.of_zone.get(id.as_str()).copied().unwrap_or_default();
                members.iter().flat_map(|id| self.of_one(id, skipped)).collect()
            }
            Party::Outside(name) => match name.parse() {
                Ok(ip) => vec![ip],
                Err(_) => {
                    skipped.insert(format!("{name} is a name; add its addresses by hand"));
                    Vec::new()
                }
            },
            Party::Group(ip) => vec![*ip],
        }
    }

    fn of_one(&self, id: &DeviceId, skipped: &mut BTreeSet<String>) -> Vec<IpAddr> {
        let ips = self.of_device.get(id).copied().unwrap_or_default();
        if ips.is_empty() {
            let label = self.labels.get(id).cloned().unwrap_or_default();
            skipped.insert(format!("{label} ({id}) has no IP address"));
        }
        ips.to_vec()
    }
}
