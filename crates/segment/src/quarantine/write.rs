//! A released quarantine in the languages of enforcement points. Each ends by itself in the language's own way: an
//! nftables element that times out, iptables' `time` match, a Cisco time range; so that a forgotten one cuts nobody
//! off for good.

use super::{Permit, Quarantine, Release, equipment};
use crate::render::text::{one_line, plain};
use cordon_model::observe::Transport;
use cordon_model::{Cidr, Timestamp};
use std::fmt::Write as _;
use std::net::IpAddr;

/// A file of rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its name.
    pub name: String,
    /// The whole of it.
    pub text: String,
}

/// What a quarantine can be written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Language {
    /// A table for people who type rules by hand.
    Table,
    /// Linux nftables.
    Nftables,
    /// Linux iptables, for `iptables-restore --noflush`.
    Iptables,
    /// Cisco IOS and IOS-XE access lists.
    CiscoIos,
    /// Cisco ASA access lists.
    CiscoAsa,
    /// Cisco ISE, a downloadable access list for the device.
    CiscoIse,
    /// A usage description of the device (RFC 8520).
    Mud,
}

impl Language {
    /// Every language, in order.
    pub const ALL: [Language; 7] = [
        Language::Table,
        Language::Nftables,
        Language::Iptables,
        Language::CiscoIos,
        Language::CiscoAsa,
        Language::CiscoIse,
        Language::Mud,
    ];

    /// The name in commands.
    pub fn name(self) -> &'static str {
        match self {
            Language::Table => "table",
            Language::Nftables => "nftables",
            Language::Iptables => "iptables",
            Language::CiscoIos => "cisco-ios",
            Language::CiscoAsa => "cisco-asa",
            Language::CiscoIse => "cisco-ise",
            Language::Mud => "mud",
        }
    }

    /// True where its rules end by themselves; the others say what to do instead.
    pub fn ends_by_itself(self) -> bool {
        !matches!(self, Language::Table | Language::CiscoIse | Language::Mud)
    }

    /// The language with this name.
    pub fn from_name(name: &str) -> Option<Language> {
        Language::ALL.into_iter().find(|language| language.name() == name)
    }
}

impl Release<'_> {
    /// The quarantine's files in a language: putting it into force and taking it back.
    pub fn write(&self, language: Language) -> Vec<File> {
        let quarantine = self.get();
        match language {
            Language::Table => vec![file("quarantine.md", table(quarantine))],
            Language::Nftables => vec![
                file("quarantine.nft", nftables(quarantine)),
                file("quarantine-rollback.nft", {
                    let table = format!("cordon_quarantine_{}", tag(quarantine));
                    format!("#!/usr/sbin/nft -f\ntable inet {table}\ndelete table inet {table}\n")
                }),
            ],
            Language::Iptables => iptables(quarantine),
            Language::CiscoIos => {
                let name = format!("CORDON-Q-{}", tag(quarantine));
                let back = format!(
                    "! Take it off its interface first: no ip access-group {name} in, no ip access-group {name} out\n\
                     no ip access-list extended {name}\nno time-range {name}\n"
                );
                vec![file("quarantine.ios", cisco(quarantine)), file("quarantine-rollback.ios", back)]
            }
            Language::CiscoAsa => equipment::asa(quarantine),
            Language::CiscoIse => equipment::ise(quarantine),
            Language::Mud => equipment::mud(quarantine),
        }
    }
}

pub(super) fn file(name: &str, text: String) -> File {
    File { name: name.to_owned(), text }
}

/// Twelve letters and digits that name the device in tables, chains and lists.
pub(super) fn tag(quarantine: &Quarantine) -> String {
    let id = quarantine.device.as_str();
    let id = id.rsplit_once('-').map_or(id, |(_, end)| end);
    id.chars().filter(char::is_ascii_alphanumeric).take(12).collect()
}

pub(super) fn heading(quarantine: &Quarantine, mark: &str, ends: bool) -> String {
    let mut text = String::new();
    let mut say = |line: &str| {
        // Some of these are typed into a command line, where a question mark asks for help.
        let _ = writeln!(text, "{mark} {}", plain(line, 240));
    };
    say(&format!("Cordon quarantine of {} ({})", quarantine.label, quarantine.device));
    let how = if ends { "when it ends by itself" } else { "when somebody has to take it back" };
    say(&format!("From {} until {}, {how}.", quarantine.from, quarantine.until));
    if let Some(name) = &quarantine.approved_by {
        say(&format!("Agreed by {name}."));
    }
    for (word, list) in [("Stays", &quarantine.stays), ("Lost", &quarantine.lost)] {
        list.iter().for_each(|one| say(&format!("{word}: {one}")));
    }
    quarantine.not_enforceable.iter().for_each(|one| say(&format!("Not kept open: {one}")));
    if quarantine.addresses.is_empty() {
        say("No address of the device is known: no rule by address can hold it; shut its switch port.");
    }
    text
}

/// Seconds from its beginning to its end.
fn seconds(quarantine: &Quarantine) -> i64 {
    quarantine.until.micros_since(quarantine.from) / 1_000_000
}

pub(super) fn is_v4(network: Cidr) -> bool {
    network.base().is_ipv4()
}

fn nftables(quarantine: &Quarantine) -> String {
    let table = format!("cordon_quarantine_{}", tag(quarantine));
    let mut out = format!("#!/usr/sbin/nft -f\n{}", heading(quarantine, "#", true));
    let _ = write!(
        out,
        "# Load: nft -f quarantine.nft   Roll back at once: nft -f quarantine-rollback.nft\n# Loading it again starts \
         the time anew. Other tables still decide on what stays open here.\n\ntable inet {table}\ndelete table inet \
         {table}\n\ntable inet {table} {{\n"
    );
    let timeout = seconds(quarantine);
    for (set, kind, v4) in [("held4", "ipv4_addr", true), ("held6", "ipv6_addr", false)] {
        let held: Vec<String> = quarantine
            .addresses
            .iter()
            .filter(|ip| ip.is_ipv4() == v4)
            .map(|ip| format!("{ip} timeout {timeout}s"))
            .collect();
        let elements = if held.is_empty() {
            String::new()
        } else {
            format!("\n\t\telements = {{ {} }}", held.join(", "))
        };
        let _ = writeln!(out, "\tset {set} {{\n\t\ttype {kind}; flags timeout;{elements}\n\t}}");
    }
    out.push_str("\tchain forward {\n\t\ttype filter hook forward priority filter - 5; policy accept;\n");
    for permit in &quarantine.permits {
        let (family, set) = if is_v4(permit.peer) { ("ip", "held4") } else { ("ip6", "held6") };
        let (ask, answer) = match permit.asks {
            true => (("saddr", "daddr"), ("daddr", "saddr")),
            false => (("daddr", "saddr"), ("saddr", "daddr")),
        };
        let goes_on = match permit.transport {
            // Of a connection that was open before the kernel followed any, it does not know who began.
            Transport::Tcp => "tcp flags & (fin | syn | rst | ack) != syn ",
            _ => "ct direction reply ",
        };
        for ((own, theirs), port, only) in [(ask, "dport", ""), (answer, "sport", goes_on)] {
            let what = nft_service(permit, port);
            let _ = writeln!(
                out,
                "\t\t{family} {own} @{set} {family} {theirs} {} {what}{only}counter accept comment \"{}\"",
                permit.peer, permit.need
            );
        }
    }
    for (family, set) in [("ip", "held4"), ("ip6", "held6")] {
        for side in ["saddr", "daddr"] {
            let _ = writeln!(out, "\t\t{family} {side} @{set} counter drop comment \"quarantine\"");
        }
    }
    out.push_str("\t}\n}\n");
    out
}

fn nft_service(permit: &Permit, port: &str) -> String {
    let ports = permit.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
    match permit.transport {
        Transport::Tcp | Transport::Udp if permit.ports.is_empty() => {
            format!("meta l4proto {} ", permit.transport)
        }
        Transport::Tcp | Transport::Udp => format!("{} {port} {{ {ports} }} ", permit.transport),
        Transport::Icmp => "meta l4proto { icmp, ipv6-icmp } ".to_owned(),
        Transport::Other(number) => format!("meta l4proto {number} "),
    }
}

/// The rules stand in the table `mangle`, which every forwarded packet meets before `filter`: there the plan's own chain
/// accepts what it permits, and would decide first.
fn iptables(quarantine: &Quarantine) -> Vec<File> {
    let chain = format!("CORDON-Q-{}", tag(quarantine));
    let until = date_time(quarantine.until);
    let (mut files, mut commands) = (Vec::new(), Vec::new());
    for (v4, command) in [(true, "iptables"), (false, "ip6tables")] {
        let held: Vec<&IpAddr> = quarantine.addresses.iter().filter(|ip| ip.is_ipv4() == v4).collect();
        if held.is_empty() {
            continue;
        }
        let mut out = heading(quarantine, "#", true);
        let _ = write!(
            out,
            "# Load: sh quarantine-iptables.sh hold   Roll back at once: sh quarantine-iptables.sh rollback\n*mangle\n\
             :{chain} - [0:0]\n"
        );
        for permit in quarantine.permits.iter().filter(|permit| is_v4(permit.peer) == v4) {
            for own in &held {
                iptables_permit(&mut out, &chain, own, permit);
            }
        }
        for own in &held {
            for side in ["-s", "-d"] {
                // The match is by UTC unless told otherwise (iptables-extensions, time).
                let _ = writeln!(out, "-A {chain} {side} {own} -m time --datestop {until} -j DROP");
            }
        }
        out.push_str("COMMIT\n");
        files.push(file(&format!("quarantine.{command}"), out));
        commands.push(command);
    }
    if !commands.is_empty() {
        files.push(file("quarantine-iptables.sh", script(quarantine, &chain, &commands.join(" "))));
    }
    files
}

/// Loading again leaves one jump, before all others, and never none in between.
fn script(quarantine: &Quarantine, chain: &str, commands: &str) -> String {
    format!(
        "#!/bin/sh\n{}# hold: puts the quarantine into force; again after the plan's own rules were loaded again.\n\
         # rollback: takes it back at once. The kernel ends it by itself; what is left of it then does nothing.\n\
         set -eu\nhere=$(dirname \"$0\")\nchain={chain}\n\n\
         older() {{\n    \"$1\" -t mangle -L FORWARD -n --line-numbers |\n        \
         awk -v chain=\"$chain\" '$2 == chain && seen++ {{ last = $1 }} END {{ print last + 0 }}'\n}}\n\n\
         case ${{1:-}} in\nhold)\n    for family in {commands}; do\n        \
         \"$family-restore\" --noflush --test \"$here/quarantine.$family\"\n    done\n    \
         for family in {commands}; do\n        \"$family-restore\" --noflush \"$here/quarantine.$family\"\n        \
         \"$family\" -t mangle -I FORWARD 1 -j \"$chain\"\n        last=$(older \"$family\")\n        \
         while [ \"$last\" -gt 0 ]; do\n            \"$family\" -t mangle -D FORWARD \"$last\"\n            \
         last=$(older \"$family\")\n        done\n    done\n    ;;\nrollback)\n    for family in {commands}; do\n        \
         while \"$family\" -t mangle -D FORWARD -j \"$chain\" 2>/dev/null; do :; done\n        \
         if \"$family\" -t mangle -F \"$chain\" 2>/dev/null; then \"$family\" -t mangle -X \"$chain\"; fi\n    \
         done\n    ;;\n*)\n    echo \"usage: sh $0 hold|rollback\" >&2\n    exit 2\n    ;;\nesac\n",
        heading(quarantine, "#", true)
    )
}

fn iptables_permit(out: &mut String, chain: &str, own: &IpAddr, permit: &Permit) {
    let protocol = match permit.transport {
        Transport::Tcp => "tcp".to_owned(),
        Transport::Udp => "udp".to_owned(),
        Transport::Icmp if is_v4(permit.peer) => "icmp".to_owned(),
        Transport::Icmp => "ipv6-icmp".to_owned(),
        Transport::Other(number) => number.to_string(),
    };
    // The match takes at most 15 ports (iptables-extensions, multiport).
    let chunks: Vec<Vec<u16>> = match permit.ports.is_empty() {
        true => vec![Vec::new()],
        false => permit.ports.chunks(15).map(<[u16]>::to_vec).collect(),
    };
    let peer = permit.peer;
    let (client, server) =
        if permit.asks { (own.to_string(), peer.to_string()) } else { (peer.to_string(), own.to_string()) };
    for ports in chunks {
        let list = ports.iter().map(u16::to_string).collect::<Vec<_>>().join(",");
        let with = |side: &str| match ports.is_empty() {
            true => String::new(),
            false => format!(" -m multiport --{side} {list}"),
        };
        let comment = format!("-m comment --comment {}", permit.need);
        let goes_on = match permit.transport {
            // Of a connection that was open before the kernel followed any, it does not know who began.
            Transport::Tcp => " ! --syn",
            _ => " -m conntrack --ctdir REPLY",
        };
        let _ = write!(
            out,
            "-A {chain} -s {client} -d {server} -p {protocol}{} {comment} -j RETURN\n-A {chain} -s {server} -d {client} \
             -p {protocol}{}{goes_on} {comment} -j RETURN\n",
            with("dports"),
            with("sports"),
        );
    }
}

/// `2026-11-23T05:00:00`.
fn date_time(time: Timestamp) -> String {
    time.to_string().chars().take(19).collect()
}

/// The end of a time range of Cisco's, to the minute: `absolute end 13:30 22 November 2026`.
pub(super) fn absolute(quarantine: &Quarantine) -> String {
    const MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month, day) = quarantine.until.date();
    let text = quarantine.until.to_string();
    let clock = text.get(11..16).unwrap_or("00:00");
    let month =
        usize::try_from(month).ok().and_then(|month| MONTHS.get(month.checked_sub(1)?)).unwrap_or(&"");
    format!("absolute end {clock} {day} {month} {year}")
}

fn cisco(quarantine: &Quarantine) -> String {
    let name = format!("CORDON-Q-{}", tag(quarantine));
    let mut out = heading(quarantine, "!", true);
    let _ = write!(
        out,
        "! The device's lines count until the time range ends; the router's clock must run in UTC, or change the hour.\n! \
         Put it on the interface of the device's network, in and out:\n!  interface Vlan<number>\n!   ip access-group {name} in\n!   \
         ip access-group {name} out\n! Where a list is there already, put these lines before its own instead: the last \
         line here would open what that\n! list closes. Each packet is judged by itself, so open connections are cut \
         too.\n! Roll back at once: \
         quarantine-rollback.ios\nno ip access-list extended {name}\nno time-range {name}\ntime-range {name}\n {}\nip access-list extended {name}\n",
        absolute(quarantine)
    );
    let held: Vec<&IpAddr> = quarantine.addresses.iter().filter(|ip| ip.is_ipv4()).collect();
    for permit in quarantine.permits.iter().filter(|permit| is_v4(permit.peer)) {
        for own in &held {
            cisco_permit(&mut out, own, permit);
        }
    }
    for own in &held {
        let _ = write!(
            out,
            " deny ip host {own} any time-range {name}\n deny ip any host {own} time-range {name}\n"
        );
    }
    out.push_str(" permit ip any any\n");
    if quarantine.addresses.iter().any(|ip| !ip.is_ipv4()) {
        out.push_str("! It has IPv6 addresses too, which this list does not hold.\n");
    }
    out
}

fn cisco_permit(out: &mut String, own: &IpAddr, permit: &Permit) {
    let own = format!("host {own}");
    let peer = wildcard(permit.peer);
    let (client, server) = if permit.asks { (own, peer) } else { (peer, own) };
    let _ = writeln!(out, " remark {}", permit.need);
    let ports: Vec<String> = match permit.ports.is_empty() {
        true => vec![String::new()],
        false => permit.ports.iter().map(|port| format!(" eq {port}")).collect(),
    };
    for port in ports {
        let (protocol, answers) = match permit.transport {
            Transport::Tcp => ("tcp".to_owned(), " established"),
            Transport::Udp => ("udp".to_owned(), ""),
            Transport::Icmp => ("icmp".to_owned(), ""),
            Transport::Other(number) => (number.to_string(), ""),
        };
        let _ = write!(
            out,
            " permit {protocol} {client} {server}{port}\n permit {protocol} {server}{port} {client}{answers}\n"
        );
    }
}

/// `host 10.0.0.5`, or network and inverse mask.
fn wildcard(network: Cidr) -> String {
    match network.base() {
        IpAddr::V4(base) if network.prefix() == 32 => format!("host {base}"),
        IpAddr::V4(base) => {
            let mask = u32::MAX.checked_shr(u32::from(network.prefix())).unwrap_or(0);
            format!("{base} {}", std::net::Ipv4Addr::from(mask))
        }
        IpAddr::V6(base) => base.to_string(),
    }
}

fn table(quarantine: &Quarantine) -> String {
    let cell = |text: &str| one_line(text).replace('|', "\\|");
    let mut out = format!("# Quarantine of {}\n\n", cell(&quarantine.label));
    let addresses = quarantine.addresses.iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
    let _ = writeln!(
        out,
        "Device {} at {}. From {} until {}: take it back then, or it cuts the device off for longer than was agreed.{}",
        cell(quarantine.device.as_str()),
        if addresses.is_empty() { "no known address".to_owned() } else { addresses },
        quarantine.from,
        quarantine.until,
        quarantine.approved_by.as_ref().map(|name| format!(" Agreed by {}.", cell(name))).unwrap_or_default(),
    );
    for (heading, list, none) in [
        ("What stays possible", &quarantine.stays, "Nothing: no need of it is marked critical to care."),
        ("What is lost", &quarantine.lost, "Nothing that was seen or confirmed."),
        ("What care needs and no address can keep open", &quarantine.not_enforceable, "Nothing."),
    ] {
        let _ = writeln!(out, "\n## {heading}\n");
        if list.is_empty() {
            let _ = writeln!(out, "{none}");
        }
        list.iter().for_each(|one| {
            let _ = writeln!(out, "- {}", cell(one));
        });
    }
    out.push_str(
        "\n## Rules, in this order\n\n| who asks | who answers | what | need |\n|---|---|---|---|\n",
    );
    for permit in &quarantine.permits {
        let ports = permit.ports.iter().map(u16::to_string).collect::<Vec<_>>().join(", ");
        let what = if ports.is_empty() {
            permit.transport.to_string()
        } else {
            format!("{} {ports}", permit.transport)
        };
        let (from, to) = match permit.asks {
            true => ("the device".to_owned(), permit.peer.to_string()),
            false => (permit.peer.to_string(), "the device".to_owned()),
        };
        let _ = writeln!(out, "| {from} | {to} | allow {what}, and the answers | {} |", permit.need);
    }
    out.push_str("| the device | anybody | deny | |\n| anybody | the device | deny | |\n");
    out
}
