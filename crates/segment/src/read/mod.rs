//! Configurations of enforcement points, read back into one form: lists, interfaces, routes. A file a language.
//!
//! What was not understood is never dropped: within a list it makes what it touches unsure, elsewhere it is
//! listed with its line.

mod asa;
mod asa_levels;
mod asa_names;
mod asa_nat;
mod asa_objects;
mod beside;
mod building;
mod ios;
mod ios_entries;
mod ios_names;
mod ios_objects;
mod ios_six;
mod ipset;
mod iptables;
mod nft;
mod nft_fields;
mod nft_json;
mod nft_rules;
mod nft_statements;
mod nft_text;
mod nft_tokens;
mod text;
mod times;
mod unbound;

pub use asa::read as cisco_asa;
pub use ios::read as cisco_ios;
pub use iptables::read as iptables;
pub use nft_json::read as nftables_json;
pub use nft_text::read as nftables;
pub use text::{Language, decode, recognise};
pub use times::Timely;

use crate::lists::{Line, List};
use cordon_model::Cidr;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The longest configuration that is read, in lines.
pub const LINES_MAX: usize = 1_000_000;
/// More lines that were not understood are counted, not kept.
const PASSED_OVER_MAX: usize = 1_000;
/// A line is shown as far as this, in characters.
const TEXT_MAX: usize = 200;

/// What a configuration says of filtering and forwarding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// What it is written in.
    pub language: Language,
    /// The equipment's own name.
    pub hostname: Option<String>,
    /// The release of its software, where it says so, such as `15.2` or `9.16(4)`.
    pub release: Option<String>,
    /// Lists by name.
    pub lists: BTreeMap<String, List>,
    /// Lists that packets meet on their way through, whatever their interfaces, in order.
    pub hooks: Vec<Hook>,
    /// What it remembers of connections.
    pub tracking: Tracking,
    /// Lines that change addresses or ports of the packets they match.
    pub translations: Vec<Line>,
    /// Interfaces that have an address, in order.
    pub interfaces: Vec<Interface>,
    /// Static routes, in order.
    pub routes: Vec<Route>,
    /// Lists that are put nowhere: bound to no interface, and named by nothing else.
    pub unbound: Vec<Unbound>,
    /// Whether it passes on what is sent to multicast groups; `None` where it does not say.
    pub multicast: Option<bool>,
    /// True where it filters frames of one link, which a router never sees.
    pub bridges: bool,
    /// Lines that count only for a time, as they are at the moment asked for ([`Configuration::at`]).
    pub timely: Vec<Timely>,
    /// Those of which it is not asked yet.
    timed: Vec<times::Timed>,
    /// How many lines filter, understood or not.
    pub filter_lines: u64,
    /// How many of them were not understood wholly.
    pub doubtful_lines: u64,
    /// Lines that bear on what passes and were not understood, with their places; at most 1,000.
    pub passed_over: Vec<(u32, String)>,
    /// How many such lines there are.
    pub passed_over_count: u64,
}

/// A list that is put nowhere.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unbound {
    /// Its name.
    pub list: String,
    /// Only packets of one family are judged by it: true for IPv6.
    pub only_ipv6: Option<bool>,
}

/// What an enforcement point remembers of connections it let through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tracking {
    /// Nothing: each packet is looked at by itself, answers too.
    #[default]
    Nothing,
    /// Its lists may ask whether a packet goes on with a connection (Linux `ct state`).
    ByLists,
    /// Packets that go on with a connection pass without meeting its lists (Cisco ASA).
    Always,
}

/// A list that packets meet on their way through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// Name of the list.
    pub list: String,
    /// The place on the way: `prerouting`, `input`, `forward`, `output`, `postrouting`, `ingress` or `egress`.
    pub at: String,
    /// Lower numbers are met first at the same place.
    pub priority: i32,
    /// Only packets of one family meet it: true for IPv6.
    pub only_ipv6: Option<bool>,
    /// Only packets that come in there (`ingress`) or go out there (`egress`) meet it; empty for all.
    pub devices: Vec<String>,
}

impl Hook {
    /// True where packets that are passed on from one interface to another meet it; the others are about the equipment
    /// itself.
    pub fn is_transit(&self) -> bool {
        !matches!(self.at.as_str(), "input" | "output")
    }

    /// True where packets meet it that come from the equipment itself, or are for it, or neither.
    pub(crate) fn is_met(&self, is_from_itself: bool, is_to_itself: bool) -> bool {
        match self.at.as_str() {
            "ingress" | "prerouting" => !is_from_itself,
            "input" => is_to_itself,
            "output" => is_from_itself,
            "forward" => !is_from_itself && !is_to_itself,
            _ => !is_to_itself,
        }
    }

    /// Where it stands among the others.
    fn order(&self) -> (u8, i32) {
        let place = match self.at.as_str() {
            "ingress" => 0,
            "prerouting" => 1,
            "input" | "forward" | "output" => 2,
            "postrouting" => 3,
            _ => 4,
        };
        (place, self.priority)
    }
}

/// An interface with the lists that guard it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Where its section begins, from 1.
    pub place: u32,
    /// Its addresses with the lengths of their prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Virtual routing table, where it is in one.
    pub vrf: Option<String>,
    /// The VLAN that a switch's port without an address belongs to.
    pub vlan: Option<u16>,
    /// True when it is switched off.
    pub is_down: bool,
    /// Name of the list for what comes in, with the line that says so.
    pub inward: Option<(String, u32)>,
    /// Name of the list for what goes out, likewise.
    pub outward: Option<(String, u32)>,
    /// Name of the list for IPv6 that comes in, where it is one of its own (Cisco IOS); the other is then of IPv4 alone.
    pub inward_v6: Option<(String, u32)>,
    /// Name of the list for IPv6 that goes out, likewise.
    pub outward_v6: Option<(String, u32)>,
    /// The line that says that broadcasts of hosts are handed to a server elsewhere, such as those of DHCP.
    pub relay: Option<u32>,
    /// What else decides here about packets and is not read, such as a firewall zone.
    pub doubts: Vec<String>,
}

/// A static route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub network: Cidr,
    /// Through which interface, when it says so.
    pub interface: Option<String>,
    /// Through which neighbour, when it says so.
    pub next: Option<IpAddr>,
    /// Virtual routing table, where it is in one.
    pub vrf: Option<String>,
    /// Its line, from 1.
    pub place: u32,
}

impl Interface {
    /// Every list that guards it.
    pub fn guards(&self) -> impl Iterator<Item = &(String, u32)> {
        [&self.inward, &self.outward, &self.inward_v6, &self.outward_v6].into_iter().flatten()
    }
}

impl Configuration {
    /// True where lists of Cisco's stand in it and no interface has an address: which list a packet meets is not said.
    /// A part of a configuration is like that, and what Cordon writes before it is put into force.
    pub fn is_placeless(&self) -> bool {
        let is_cisco = matches!(self.language, Language::CiscoIos | Language::CiscoAsa);
        is_cisco && !self.lists.is_empty() && self.interfaces.iter().all(|one| one.addresses.is_empty())
    }

    /// True where nothing of it is bound: it says what it would do, not what it does.
    pub fn is_assumed(&self) -> bool {
        let is_guarded = self.interfaces.iter().any(|one| one.guards().next().is_some());
        let is_hooked = |one: &Unbound| self.hooks.iter().any(|hook| hook.list == one.list);
        match self.language {
            Language::Iptables => self.unbound.iter().any(is_hooked),
            _ => !self.unbound.is_empty() && !is_guarded && self.is_placeless(),
        }
    }

    /// Keeps a line that bears on what passes and was not understood.
    fn pass_over(&mut self, place: u32, text: &str) {
        self.passed_over_count += 1;
        if self.passed_over.len() < PASSED_OVER_MAX {
            self.passed_over.push((place, shown(text)));
        }
    }

    /// Says that a file is cut off, where it begins as equipment begins one and does not end as it ends one.
    fn cut_off(&mut self, text: &str, begins: &[&str], ends: &str) {
        let is_begun = |line: &str| begins.iter().any(|begin| line.starts_with(begin));
        let is_whole = !text.lines().any(is_begun) || text.lines().any(|line| line.trim_end() == ends);
        if !is_whole {
            let last = u32::try_from(text.lines().count()).unwrap_or(u32::MAX);
            self.pass_over(
                last,
                &format!("the configuration does not end with `{ends}`; is the file cut off?"),
            );
        }
    }

    /// Counts a line that filters, and keeps it as not understood where it was not.
    fn count(&mut self, line: &Line) {
        self.filter_lines += 1;
        if line.not_understood.is_some() {
            self.doubtful_lines += 1;
            self.pass_over(line.place, &line.text);
        }
    }
}

/// A line as it is shown.
fn shown(text: &str) -> String {
    text.trim().chars().take(TEXT_MAX).collect()
}

/// Why a configuration cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has more lines than are read.
    #[error("it has more than {LINES_MAX} lines")]
    TooLong,
    /// Nothing in it filters packets.
    #[error("it holds no rules, and no interface with an address; is this the running configuration?")]
    NoLists,
    /// It is no text.
    #[error("it is no text; save the configuration as plain text and try again")]
    NotText,
    /// No language is recognised.
    #[error(
        "it is no configuration of a kind that is read; there are Cisco IOS, IOS-XE and ASA (show running-config), \
         nftables (nft list ruleset, nft -j list ruleset) and iptables (iptables-save, ip6tables-save)"
    )]
    NotKnown,
    /// It breaks off, or is not written as its language has it.
    #[error("line {line}: {why}")]
    Broken {
        /// Where, from 1.
        line: u32,
        /// What is wrong.
        why: String,
    },
}

/// Reads a configuration of any language that is known, with what else is known of the same machine: its IP sets
/// (`ipset save`), its addresses (`ip addr`) and routes (`ip route`).
pub fn configuration(text: &str, beside: &[&str]) -> Result<Configuration, Unreadable> {
    let language = recognise(text).ok_or(Unreadable::NotKnown)?;
    let mut found = match language {
        Language::CiscoIos => cisco_ios(text)?,
        Language::CiscoAsa => cisco_asa(text)?,
        Language::Nftables => nftables(text)?,
        Language::NftablesJson => nftables_json(text)?,
        Language::Iptables => iptables(text, beside)?,
        Language::Beside => return Err(Unreadable::NotKnown),
    };
    for text in beside.iter().chain([&text]) {
        beside::addresses_and_routes(&mut found, text);
    }
    Ok(found)
}

#[cfg(test)]
mod asa_tests;
#[cfg(test)]
mod bad_tests;
#[cfg(test)]
mod hostile_tests;
#[cfg(test)]
mod ios_six_tests;
#[cfg(test)]
mod ios_tests;
#[cfg(test)]
mod iptables_tests;
#[cfg(test)]
mod nft_tests;
