//! Cisco ISE downloadable access lists: what a switch port lets in from one device, wherever it is plugged in (Cisco
//! Identity Services Engine, "Downloadable ACLs"; the resource `DownloadableAcl` of its API).
//!
//! In such a list `any` as the source stands for the device itself, and its entries are judged packet by packet, so
//! answers are mirrored. Groups of objects do not exist there. Devices that need the same share one list.

use super::cisco::{ports, protocol, wildcard};
use super::flows::{Flow, Index, Members, flows};
use super::{File, Target, json, text};
use crate::intent::{Device, Intent, Stage};
use std::collections::BTreeMap;
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

    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File> {
        let senders = [false, true].map(|is_ipv6| Senders::new(intent, is_ipv6));
        let mut files = Vec::new();
        for stage in stages {
            let name = match stage {
                Stage::LogOnly => "-log-only",
                Stage::Enforce => "",
            };
            let lists = Lists::of(intent, &senders, *stage);
            files.push(File::new(format!("cisco-ise-dacl{name}.txt"), lists.text(intent, *stage)));
            files.push(File::new(format!("cisco-ise-dacl{name}.json"), lists.json()));
            files.push(File::new(format!("cisco-ise-endpoints{name}.csv"), lists.endpoints(intent)));
        }
        files
    }
}

/// A list that devices share. It is kept as what it is made of: many lists hold the same lines, and all of them written
/// out are far larger than the plan.
struct List<'a> {
    is_ipv6: bool,
    /// The parts of its flows, by place and role, in order.
    parts: &'a [(usize, usize)],
    /// How many of its lines are entries and no remarks.
    entries: usize,
}

/// Lines that lists share.
#[derive(Default)]
struct Part {
    /// The lines, each with its end.
    text: String,
    /// The same within a string of JSON, without the quotes.
    json: String,
    /// How many of them are entries and no remarks.
    entries: usize,
    hash: u64,
}

impl Part {
    fn new(text: String, entries: usize) -> Part {
        let json = json::string(&text);
        let json = json.trim_matches('"').to_owned();
        Part { json, entries, hash: hash(FNV_BASIS, text.bytes()), text }
    }
}

/// 64 bits of FNV-1a (draft-eastlake-fnv): where it begins.
const FNV_BASIS: u64 = 0xcbf2_9ce4_8422_2325;

fn hash(basis: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    bytes.into_iter().fold(basis, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

struct Lists<'a> {
    senders: &'a [Senders; 2],
    /// What every list ends with, by family.
    last: [Part; 2],
    lists: BTreeMap<String, List<'a>>,
    /// For each device its lists for IPv4 and IPv6.
    of_device: Vec<(&'a Device, [String; 2])>,
}

impl<'a> Lists<'a> {
    fn of(intent: &'a Intent, senders: &'a [Senders; 2], stage: Stage) -> Lists<'a> {
        let last = [false, true].map(|is_ipv6| last(stage, is_ipv6));
        let (mut lists, mut of_device) = (BTreeMap::new(), Vec::new());
        for (at, device) in intent.devices.iter().enumerate() {
            let mut names = [String::new(), String::new()];
            for ((senders, last), name) in senders.iter().zip(&last).zip(&mut names) {
                if let Some(parts) = senders.of_device.get(at).and_then(Option::as_deref) {
                    let list = senders.list(parts, last);
                    *name = senders.name(device, &list, last);
                    lists.entry(name.clone()).or_insert(list);
                }
            }
            of_device.push((device, names));
        }
        Lists { senders, last, lists, of_device }
    }

    /// The pieces of a list's text, in order.
    fn pieces<'b>(&'b self, list: &'b List<'_>) -> impl Iterator<Item = &'b Part> {
        let families = self.senders.iter().zip(&self.last).find(|(one, _)| one.is_ipv6 == list.is_ipv6);
        families.into_iter().flat_map(|(senders, last)| {
            list.parts.iter().filter_map(|part| senders.part(*part)).chain([last])
        })
    }

    /// For people who paste a list.
    fn text(&self, intent: &Intent, stage: Stage) -> String {
        let mut out = String::with_capacity(self.size(|part| part.text.len()));
        super::cisco::header(&mut out, intent, stage, "Cisco ISE downloadable access lists");
        out.push_str(
            "! Load: Policy, Results, Downloadable ACLs, or post each object of the JSON file to \
             /ers/config/downloadableacl.\n! Which device gets which: the endpoints file. Take them back: assign the list \
             that was there before, then delete these.\n! Lists of one name are the same, so loading twice is loading \
             once.\n",
        );
        for (name, list) in &self.lists {
            let _ = writeln!(out, "!\n! {name}");
            if list.entries > ENTRIES_MAX {
                let _ = writeln!(
                    out,
                    "! {} entries: more than {ENTRIES_MAX}, ask what the switch holds",
                    list.entries
                );
            }
            self.pieces(list).for_each(|part| out.push_str(&part.text));
        }
        out
    }

    /// How large a file of all lists is, about: one that grows is copied again and again.
    fn size(&self, of: impl Fn(&Part) -> usize) -> usize {
        const EACH: usize = 256;
        self.lists.values().map(|list| EACH + self.pieces(list).map(&of).sum::<usize>()).sum()
    }

    /// For the programming interface.
    fn json(&self) -> String {
        let mut out = String::with_capacity(self.size(|part| part.json.len()));
        out.push_str("[\n");
        let mut comma = "";
        for (name, list) in &self.lists {
            let kind = if list.is_ipv6 { "IPV6" } else { "IPV4" };
            let _ = write!(
                out,
                "{comma}  {{ \"DownloadableAcl\": {{ \"name\": {}, \"description\": \"Cordon segmentation plan\", \
                 \"daclType\": \"{kind}\", \"dacl\": \"",
                json::string(name),
            );
            self.pieces(list).for_each(|part| out.push_str(&part.json));
            // The list ends with its last line, not behind it.
            out.truncate(out.trim_end_matches("\\n").len());
            out.push_str("\" } }");
            comma = ",\n";
        }
        out.push_str("\n]\n");
        out
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
    /// For each flow the lines of who asks and of who answers. They do not depend on the device, so many share them.
    lines: Vec<[Part; 2]>,
    /// For each device the parts of its list, by place and role, in order; `None` without an address of the family.
    of_device: Vec<Option<Vec<(usize, usize)>>>,
}

impl Senders {
    fn new(intent: &Intent, is_ipv6: bool) -> Senders {
        let (asks, answers) = (Index::default(), Index::default());
        let mut senders = Senders { is_ipv6, asks, answers, lines: Vec::new(), of_device: Vec::new() };
        let flows = flows(intent, is_ipv6);
        let members = Members::of(&flows, wildcard);
        for (at, flow) in flows.iter().enumerate() {
            senders.asks.add(at, flow.from);
            if flow.is_answered() {
                senders.answers.add(at, flow.to);
            }
            senders.lines.push([false, true].map(|is_answer| lines(flow, &members, is_ipv6, is_answer)));
        }
        senders.of_device = intent.devices.iter().map(|device| senders.parts(device)).collect();
        senders
    }

    fn part(&self, (flow, role): (usize, usize)) -> Option<&Part> {
        self.lines.get(flow)?.get(role)
    }

    /// What the list of a device is made of.
    fn parts(&self, device: &Device) -> Option<Vec<(usize, usize)>> {
        let own: Vec<IpAddr> =
            device.addresses.iter().copied().filter(|address| address.is_ipv6() == self.is_ipv6).collect();
        if own.is_empty() {
            return None;
        }
        let asked = self.asks.of(&own).into_iter().map(|at| (at, 0));
        let answered = self.answers.of(&own).into_iter().map(|at| (at, 1));
        let mut parts: Vec<(usize, usize)> = asked.chain(answered).collect();
        parts.sort_unstable();
        Some(parts)
    }

    fn list<'a>(&self, parts: &'a [(usize, usize)], last: &Part) -> List<'a> {
        let entries =
            parts.iter().filter_map(|part| self.part(*part)).map(|part| part.entries).sum::<usize>();
        List { is_ipv6: self.is_ipv6, parts, entries: entries + last.entries }
    }

    /// Named by what it holds, so that a changed list is another one and a switch never mixes two.
    fn name(&self, device: &Device, list: &List<'_>, last: &Part) -> String {
        let parts = list.parts.iter().filter_map(|part| self.part(*part)).chain([last]);
        let hash = parts.fold(FNV_BASIS, |before, part| hash(before, part.hash.to_be_bytes()));
        let zone: String = text::id(&device.zone).chars().take(24).collect();
        format!("CORDON-{zone}-{hash:016x}{}", if self.is_ipv6 { "-V6" } else { "" })
    }
}

/// What a list ends with.
fn last(stage: Stage, is_ipv6: bool) -> Part {
    let word = if stage == Stage::Enforce { "deny" } else { "permit" };
    match is_ipv6 {
        // Without its neighbours and routers nothing speaks IPv6 at all (RFC 4861).
        true => Part::new(
            format!(
                "permit icmp any any nd-na\npermit icmp any any nd-ns\npermit icmp any any router-solicitation\n\
                 {word} ipv6 any any\n"
            ),
            4,
        ),
        false => Part::new(format!("{word} ip any any\n"), 1),
    }
}

/// The lines of a flow for who asks or who answers.
fn lines(flow: &Flow<'_>, members: &Members<'_>, is_ipv6: bool, is_answer: bool) -> Part {
    let id = text::id(&flow.permit.id);
    let mut out = format!("remark {id}{}\n", if is_answer { " answers" } else { "" });
    let anyone = ["any".to_owned()];
    let others = members.get(if is_answer { flow.from } else { flow.to }).unwrap_or(&anyone);
    let protocol = protocol(flow.protocol);
    let end = if is_answer && flow.protocol == 6 { " established" } else { "" };
    let mut entries = 0;
    for port in ports(flow.ports, if is_ipv6 { 1 } else { usize::MAX }) {
        let (before, behind) = match is_answer {
            true => (format!("permit {protocol} any{port} "), end),
            false => (format!("permit {protocol} any "), port.as_str()),
        };
        for other in others {
            out.extend([&before, other.as_str(), behind, "\n"]);
            entries += 1;
        }
    }
    Part::new(out, entries)
}
