//! Tables of addresses as switches and hosts print them: ARP and neighbours, MAC addresses by port. Cisco IOS
//! and NX-OS, Aruba AOS-S and CX, Juniper, Linux, Windows and BSD differ in the order of columns; each column
//! is known by the word over it and by the form of what stands in it.

use crate::leases::each_line;
use crate::lines::Lines;
use crate::observed::station;
use crate::scan;
use crate::tell::{At, Teller};
use cordon_model::observe::Fact;
use cordon_model::{Endpoint, Mac, Vlan};
use std::net::IpAddr;

/// What stands under a heading's word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Mac,
    Ip,
    Vlan,
    Port,
    /// The name of a VLAN.
    Name,
    /// The name a neighbour gives itself by LLDP.
    System,
    Other,
}

/// Headings of one or two words, lower case; those of two stand first.
const HEADINGS: &[(&str, Column)] = &[
    ("mac address", Column::Mac),
    ("hardware addr", Column::Mac),
    ("hardware address", Column::Mac),
    ("hw address", Column::Mac),
    ("physical address", Column::Mac),
    ("physical port", Column::Port),
    ("ip address", Column::Ip),
    ("ipv4 address", Column::Ip),
    ("ipv6 address", Column::Ip),
    ("internet address", Column::Ip),
    ("vlan id", Column::Vlan),
    ("vlan name", Column::Name),
    ("logical interface", Column::Port),
    ("local interface", Column::Port),
    ("parent interface", Column::Other),
    ("chassis id", Column::Mac),
    ("port info", Column::Other),
    ("system name", Column::System),
    ("age (min)", Column::Other),
    ("mac flags", Column::Other),
    ("hw type", Column::Other),
    ("flags mask", Column::Other),
    ("linklayer address", Column::Mac),
    ("local-port", Column::Port),
    ("chassis-id", Column::Mac),
    ("port-id", Column::Other),
    ("port-desc", Column::Other),
    ("ttl", Column::Other),
    ("sys-name", Column::System),
    ("link-layer addr", Column::Mac),
    ("hwaddress", Column::Mac),
    ("mac", Column::Mac),
    ("address", Column::Ip),
    ("ip", Column::Ip),
    ("vlan", Column::Vlan),
    ("vid", Column::Vlan),
    ("port", Column::Port),
    ("ports", Column::Port),
    ("port(s)", Column::Port),
    ("interface", Column::Port),
    ("interfaces", Column::Port),
    ("iface", Column::Port),
    ("name", Column::Other),
    ("host", Column::Other),
    ("protocol", Column::Other),
    ("type", Column::Other),
    ("age", Column::Other),
    ("state", Column::Other),
    ("flags", Column::Other),
    ("hwtype", Column::Other),
    ("mask", Column::Other),
    ("vrf", Column::Other),
    ("secure", Column::Other),
    ("ntfy", Column::Other),
    ("mode", Column::Other),
];

/// Reads a heading's words; nothing for a line that is none.
fn heading(line: &str) -> Option<Vec<Column>> {
    let lower = line.to_ascii_lowercase();
    let words: Vec<&str> = lower.split_ascii_whitespace().filter(|word| *word != "|").collect();
    let mut columns = Vec::new();
    let mut recognised = 0;
    let mut rest = words.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let find = |text: &str| HEADINGS.iter().find(|(known, _)| *known == text).map(|(_, column)| *column);
        let two = after.first().and_then(|second| find(&format!("{first} {second}")));
        match (two, find(first)) {
            (Some(column), _) => {
                columns.push(column);
                recognised += 1;
                rest = after.get(1..).unwrap_or_default();
            }
            (None, Some(column)) => {
                columns.push(column);
                recognised += 1;
                rest = after;
            }
            // An unknown word among known ones is a column too.
            (None, None) => {
                columns.push(Column::Other);
                rest = after;
            }
        }
    }
    let known = columns.iter().filter(|column| **column != Column::Other).count();
    let has_mac = columns.contains(&Column::Mac);
    (has_mac && known >= 2 && recognised * 2 >= columns.len()).then_some(columns)
}

/// One line of a table.
#[derive(Debug, Default, PartialEq, Eq)]
struct Entry {
    mac: Option<Mac>,
    ip: Option<IpAddr>,
    vlan: Option<Vlan>,
    port: Option<String>,
    system: Option<String>,
    is_incomplete: bool,
}

/// A MAC address as tables write it; a bare number of twelve digits is none.
pub(crate) fn mac(word: &str) -> Option<Mac> {
    let word = word.trim_matches(['(', ')', '[', ']', ',']);
    if let Ok(mac) = word.parse::<Mac>() {
        // Aruba's own form: `001b0d-203001`.
        return word.contains([':', '-', '.']).then_some(mac);
    }
    // BSD and macOS leave out leading zeros.
    let octets: Vec<u8> =
        word.split(':').map(|octet| u8::from_str_radix(octet, 16).ok()).collect::<Option<_>>()?;
    octets.try_into().ok().map(Mac)
}

fn ip(word: &str) -> Option<IpAddr> {
    scan::ip(word.trim_matches(['(', ')', '[', ']', '?', ',']).as_bytes())
}

/// True for the name of an interface: letters, then numbers with slashes, or a plain number under a heading.
fn is_port(word: &str) -> bool {
    let letters = word.chars().take_while(|c| c.is_ascii_alphabetic() || *c == '-').count();
    let rest = word.get(letters..).unwrap_or_default();
    let numbered = rest.starts_with(|c: char| c.is_ascii_digit())
        && rest.chars().all(|c| c.is_ascii_digit() || "/.:".contains(c));
    numbered && (letters > 0 || rest.contains('/'))
}

fn entry(line: &str, columns: &[Column]) -> Option<Entry> {
    // Marks at the front (`*`, `+`, `G`) are no columns.
    let words: Vec<&str> = line
        .split_ascii_whitespace()
        .skip_while(|word| matches!(*word, "*" | "+" | "G" | "R" | "O" | "C" | "~" | "?" | "(R)"))
        .collect();
    let mut entry = Entry {
        is_incomplete: words.iter().any(|word| {
            word.eq_ignore_ascii_case("incomplete")
                || *word == "(incomplete)"
                || *word == "<incomplete>"
                || *word == "FAILED"
                || *word == "INCOMPLETE"
        }),
        ..Entry::default()
    };
    let mac_at = words.iter().position(|word| mac(word).is_some());
    entry.mac = mac_at.and_then(|at| words.get(at)).and_then(|word| mac(word));
    entry.ip = words.iter().find_map(|word| ip(word));
    if entry.mac.is_none() && entry.ip.is_none() {
        return None;
    }
    let number = |word: &&str| word.parse::<u16>().ok().and_then(Vlan::new);
    if columns.len() == words.len() {
        for (column, word) in columns.iter().zip(&words) {
            match column {
                Column::Vlan => entry.vlan = number(word),
                Column::Port => entry.port = Some((*word).to_owned()),
                Column::System => entry.system = Some((*word).to_owned()),
                _ => {}
            }
        }
    }
    let place = |wanted: Column| columns.iter().position(|column| *column == wanted);
    // Where words do not match columns one by one, the VLAN is the number beside the MAC address.
    if entry.vlan.is_none()
        && let (Some(vlan), Some(mac), Some(mac_at)) = (place(Column::Vlan), place(Column::Mac), mac_at)
    {
        entry.vlan = match vlan < mac {
            true => words.get(..mac_at).and_then(|before| before.iter().rev().find_map(number)),
            false => words.get(mac_at + 1..).and_then(|after| after.iter().find_map(number)),
        };
    }
    if entry.port.is_none() {
        entry.port = words.iter().rev().find(|word| is_port(word)).map(|word| (*word).to_owned());
    }
    Some(entry)
}

/// The name of the switch before what was typed: `sw-icu-1#show mac address-table`.
pub(crate) fn prompt(line: &str) -> Option<&str> {
    let (name, typed) = line.split_once(['#', '>'])?;
    let typed = typed.trim_start();
    let is_command = typed.starts_with("sh") || typed.starts_with("display");
    let name = name.rsplit('@').next()?.trim();
    (is_command && !name.is_empty() && !name.contains(' ')).then_some(name)
}

/// `? (10.0.0.5) at 00:1b:0d:20:30:01 [ether] on eth0` and `10.0.0.5 dev eth0 lladdr 00:1b:… REACHABLE`.
fn is_neighbour_line(line: &str) -> bool {
    let words: Vec<&str> = line.split_ascii_whitespace().collect();
    let after = |word: &str| {
        words
            .iter()
            .position(|known| *known == word)
            .and_then(|at| words.get(at + 1))
            .and_then(|next| mac(next))
    };
    words.iter().take(2).any(|word| ip(word).is_some())
        && (after("at").is_some() || after("lladdr").is_some())
}

/// True for a text with such a table: a heading and under it a line that it fits, or a neighbour's line.
pub(crate) fn is_table(head: &str) -> bool {
    let mut columns: Option<Vec<Column>> = None;
    for line in head.lines().take(200) {
        if is_neighbour_line(line) {
            return true;
        }
        if let Some(found) = heading(line) {
            columns = Some(found);
        } else if let Some(columns) = &columns
            && entry(line, columns).is_some_and(|entry| {
                entry.mac.is_some() && (entry.ip.is_some() || entry.port.is_some() || entry.vlan.is_some())
            })
        {
            return true;
        }
    }
    false
}

/// Reads such tables, also several in one file.
pub(crate) fn read(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    let mut columns: Vec<Column> = Vec::new();
    let mut switch = String::new();
    each_line(lines, teller, |text, number, teller| {
        if let Some(name) = prompt(text) {
            name.clone_into(&mut switch);
            teller.journal.report.packets -= 1;
            return Ok(());
        }
        if let Some(found) = heading(text) {
            columns = found;
            teller.journal.report.packets -= 1;
            return Ok(());
        }
        let entry = match entry(text, &columns) {
            Some(entry) if !columns.is_empty() || is_neighbour_line(text) => entry,
            _ => {
                teller.journal.report.packets -= 1;
                teller.journal.skip("lines of words around the tables", 1);
                return Ok(());
            }
        };
        let Some(mac) = entry.mac.filter(|mac| !mac.is_zero() && !mac.is_group()) else {
            let what = match (entry.mac, entry.is_incomplete) {
                (Some(_), _) => "entries of addresses no device owns",
                (None, true) => "entries of addresses nobody answered for",
                (None, false) => return Err("no MAC address in it"),
            };
            teller.journal.skip(what, 1);
            return Ok(());
        };
        tell(teller, number, mac, &entry, &switch);
        Ok(())
    });
}

fn tell(teller: &mut Teller<'_>, row: u64, mac: Mac, entry: &Entry, switch: &str) {
    let at = At { row, ..At::default() };
    let whom = Endpoint { vlan: entry.vlan, ..station(mac) };
    if let Some(ip) = entry.ip.filter(|ip| !cordon_model::address::is_shared_address(*ip)) {
        teller.fact(at, whom, Fact::ArpAddress, &ip.to_string());
        return;
    }
    if let Some(system) = &entry.system {
        teller.fact(at, whom, Fact::LldpSystemName, system);
    }
    let port = entry.port.as_deref().unwrap_or("unnamed port");
    teller.fact(at, whom, Fact::SwitchPort, format!("{switch} {port}").trim());
}

#[cfg(test)]
mod tests;
