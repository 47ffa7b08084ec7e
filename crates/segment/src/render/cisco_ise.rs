//! Cisco ISE downloadable access lists: what a switch port lets in from one device, wherever it is plugged in (Cisco
//! Identity Services Engine, "Downloadable ACLs"; the resource `DownloadableAcl` of its API).
//!
//! In such a list `any` as the source stands for the device itself, and its entries are judged packet by packet, so
//! answers are mirrored. Groups of objects do not exist there. Devices that need the same share one list.

use super::cisco::{ports, protocol, wildcard};
use super::flows::{Flow, Index, Side, flows};
use super::{File, Target, json, text};
use crate::intent::{Device, Intent, Stage};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Entries that access switches commonly hold for a port; a longer list is marked, never cut.
const ENTRIES_MAX: usize = 64;

pub(super) struct CiscoIse;

impl Target for CiscoIse {
    fn name(&self) -> &'static str {
        "cisco-ise"
    }

    fn describe(&self) -> &'static str {
        "Cisco ISE downloadable access lists, with the list of each device by MAC address"
    }

    fn render(&self, intent: &Intent) -> Vec<File> {
        let stage = match intent.stage {
            Stage::LogOnly => "-log-only",
            Stage::Enforce => "",
        };
        let lists = Lists::of(intent);
        vec![
            File::new(format!("cisco-ise-dacl{stage}.txt"), lists.text(intent)),
            File::new(format!("cisco-ise-dacl{stage}.json"), lists.json()),
            File::new(format!("cisco-ise-endpoints{stage}.csv"), lists.endpoints(intent)),
        ]
    }
}

/// A list that devices share.
struct List {
    name: String,
    is_ipv6: bool,
    /// Its lines, each with its end.
    text: String,
    /// How many of them are entries and no remarks.
    entries: usize,
}

struct Lists<'a> {
    lists: BTreeMap<String, List>,
    /// For each device its lists for IPv4 and IPv6.
    of_device: Vec<(&'a Device, [String; 2])>,
}

impl<'a> Lists<'a> {
    fn of(intent: &'a Intent) -> Lists<'a> {
        let both = [false, true].map(|is_ipv6| Senders::new(intent, is_ipv6));
        let mut lists = Lists { lists: BTreeMap::new(), of_device: Vec::new() };
        for device in &intent.devices {
            let mut names = [String::new(), String::new()];
            for (senders, name) in both.iter().zip(&mut names) {
                if device.addresses.iter().any(|address| address.is_ipv6() == senders.is_ipv6) {
                    *name = lists.add(device, senders.is_ipv6, senders.list(intent, device));
                }
            }
            lists.of_device.push((device, names));
        }
        lists
    }

    /// Named by what it holds, so that a changed list is another one and a switch never mixes two.
    fn add(&mut self, device: &Device, is_ipv6: bool, (text, entries): (String, usize)) -> String {
        let hash = text.bytes().fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let zone: String = super::text::id(&device.zone).chars().take(24).collect();
        let name = format!("CORDON-{zone}-{hash:016x}{}", if is_ipv6 { "-V6" } else { "" });
        let list = || List { name: name.clone(), is_ipv6, text, entries };
        self.lists.entry(name.clone()).or_insert_with(list);
        name
    }

    /// For people who paste a list.
    fn text(&self, intent: &Intent) -> String {
        let mut out = String::new();
        super::cisco::header(&mut out, intent, "Cisco ISE downloadable access lists");
        out.push_str(
            "! Load: Policy, Results, Downloadable ACLs, or post each object of the JSON file to \
             /ers/config/downloadableacl.\n! Which device gets which: the endpoints file. Take them back: assign the list \
             that was there before, then delete these.\n! Lists of one name are the same, so loading twice is loading \
             once.\n",
        );
        for list in self.lists.values() {
            let _ = writeln!(out, "!\n! {}", list.name);
            if list.entries > ENTRIES_MAX {
                let _ = writeln!(
                    out,
                    "! {} entries: more than {ENTRIES_MAX}, ask what the switch holds",
                    list.entries
                );
            }
            out.push_str(&list.text);
        }
        out
    }

    /// For the programming interface.
    fn json(&self) -> String {
        let objects: Vec<String> = self
            .lists
            .values()
            .map(|list| {
                let kind = if list.is_ipv6 { "IPV6" } else { "IPV4" };
                format!(
                    "  {{ \"DownloadableAcl\": {{ \"name\": {}, \"description\": \"Cordon segmentation plan\", \"daclType\": \
                     \"{kind}\", \"dacl\": {} }} }}",
                    json::string(&list.name),
                    json::string(list.text.trim_end())
                )
            })
            .collect();
        format!("[\n{}\n]\n", objects.join(",\n"))
    }

    fn endpoints(&self, intent: &Intent) -> String {
        let mut out =
            super::tables::row(["mac", "device", "name", "zone", "dacl", "dacl_v6", "entries", "note"]);
        for (device, [four, six]) in &self.of_device {
            let entries = self.lists.get(four).map_or(0, |list| list.entries);
            let long = [four, six]
                .iter()
                .any(|name| self.lists.get(*name).is_some_and(|list| list.entries > ENTRIES_MAX));
            let note = match (long, four.is_empty() && six.is_empty()) {
                (_, true) => "no IP address: no list",
                (true, _) => "more entries than access switches commonly hold",
                _ => "",
            };
            let zone = intent.zone(&device.zone).map_or(device.zone.as_str(), |zone| zone.name.as_str());
            let macs = device.macs.iter().map(ToString::to_string);
            let macs: Vec<String> = if device.macs.is_empty() { vec![String::new()] } else { macs.collect() };
            for mac in macs {
                let cells =
                    [&mac, device.id.as_str(), &device.name, zone, four, six, &entries.to_string(), note];
                out.push_str(&super::tables::row(cells));
            }
        }
        out
    }
}

/// Flows of one family, by who asks and who answers.
struct Senders {
    is_ipv6: bool,
    asks: Index,
    answers: Index,
    /// For each flow the lines of who asks and of who answers, and how many of them are entries. They do not depend on
    /// the device, so many share them.
    lines: Vec<[(String, usize); 2]>,
}

impl Senders {
    fn new(intent: &Intent, is_ipv6: bool) -> Senders {
        let (asks, answers) = (Index::default(), Index::default());
        let mut senders = Senders { is_ipv6, asks, answers, lines: Vec::new() };
        for (at, flow) in flows(intent, is_ipv6).iter().enumerate() {
            senders.asks.add(at, flow.from);
            if intent.is_answered(flow.permit) {
                senders.answers.add(at, flow.to);
            }
            senders.lines.push([false, true].map(|is_answer| lines(flow, is_ipv6, is_answer)));
        }
        senders
    }

    /// The list of a device, and how many entries it has.
    fn list(&self, intent: &Intent, device: &Device) -> (String, usize) {
        let own: Vec<IpAddr> =
            device.addresses.iter().copied().filter(|address| address.is_ipv6() == self.is_ipv6).collect();
        let asked = self.asks.of(&own).into_iter().map(|at| (at, 0));
        let answered = self.answers.of(&own).into_iter().map(|at| (at, 1));
        let parts: BTreeSet<(usize, usize)> = asked.chain(answered).collect();
        let (mut text, mut entries) = (String::new(), 1);
        for (flow, part) in parts {
            if let Some((lines, count)) = self.lines.get(flow).and_then(|both| both.get(part)) {
                text.push_str(lines);
                entries += count;
            }
        }
        if self.is_ipv6 {
            // Without its neighbours and routers nothing speaks IPv6 at all (RFC 4861).
            text.push_str(
                "permit icmp any any nd-na\npermit icmp any any nd-ns\npermit icmp any any router-solicitation\n",
            );
            entries += 3;
        }
        let last = if intent.stage == Stage::Enforce { "deny" } else { "permit" };
        let _ = writeln!(text, "{last} {} any any", if self.is_ipv6 { "ipv6" } else { "ip" });
        (text, entries)
    }
}

/// The lines of a flow for who asks or who answers, and how many of them are entries.
fn lines(flow: &Flow<'_>, is_ipv6: bool, is_answer: bool) -> (String, usize) {
    let id = text::id(&flow.permit.id);
    let mut out = format!("remark {id}{}\n", if is_answer { " answers" } else { "" });
    let others = match if is_answer { flow.from } else { flow.to } {
        Side::Any => vec!["any".to_owned()],
        Side::Group(_, members) => members.iter().map(wildcard).collect(),
    };
    let protocol = protocol(flow.protocol);
    let end = if is_answer && flow.protocol == 6 { " established" } else { "" };
    let mut entries = 0;
    for port in ports(flow.ports, if is_ipv6 { 1 } else { usize::MAX }) {
        for other in &others {
            let _ = match is_answer {
                true => writeln!(out, "permit {protocol} any{port} {other}{end}"),
                false => writeln!(out, "permit {protocol} any {other}{port}"),
            };
            entries += 1;
        }
    }
    (out, entries)
}
