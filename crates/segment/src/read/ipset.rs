//! `ipset save`: sets by name, that lines of iptables ask for (ipset(8)).

use super::iptables::words;
use super::nft_fields::{addresses, ports, protocol};
use crate::lists::{Match, Name, Service};
use std::collections::BTreeMap;

/// Members of one set.
const MEMBERS_MAX: usize = 1_000_000;

/// Sets by name.
#[derive(Debug, Default)]
pub(super) struct Sets {
    sets: BTreeMap<String, Set>,
}

#[derive(Debug, Default)]
struct Set {
    /// `ip`, `net`, `port`, `iface` …, one a dimension.
    parts: Vec<String>,
    members: Vec<Member>,
}

#[derive(Debug)]
struct Member {
    words: String,
    /// It is excepted from the others.
    is_not: bool,
}

impl Sets {
    /// Takes the lines of a text that are of `ipset save`.
    pub(super) fn gather(&mut self, text: &str) {
        for line in text.lines() {
            let words = words(line);
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            match words.as_slice() {
                ["create", name, _, .., "-exist"] if self.sets.contains_key(*name) => {}
                ["create", name, kind, ..] => {
                    let parts = kind.split_once(':').map_or("", |(_, parts)| parts);
                    let parts = parts.split(',').map(str::to_owned).collect();
                    self.sets.insert((*name).to_owned(), Set { parts, members: Vec::new() });
                }
                ["swap", one, other] => {
                    if let (Some(first), Some(second)) = (self.sets.remove(*one), self.sets.remove(*other)) {
                        self.sets.insert((*one).to_owned(), second);
                        self.sets.insert((*other).to_owned(), first);
                    }
                }
                ["flush", name] => {
                    if let Some(set) = self.sets.get_mut(*name) {
                        set.members.clear();
                    }
                }
                ["destroy", name] => drop(self.sets.remove(*name)),
                ["add", name, member, options @ ..] => {
                    if let Some(set) = self.sets.get_mut(*name).filter(|set| set.members.len() < MEMBERS_MAX)
                    {
                        let is_not = options.contains(&"nomatch");
                        set.members.push(Member { words: (*member).to_owned(), is_not });
                    }
                }
                _ => {}
            }
        }
    }

    /// What is matched by a set, asked for by `src`, `dst` for each dimension: members, those excepted, or why it
    /// is not known.
    pub(super) fn matches(&self, name: &str, flags: &str) -> Result<(Vec<Match>, Vec<Match>), String> {
        let set = self.sets.get(name).ok_or_else(|| format!("set {name}, whose members are not given"))?;
        let flags: Vec<&str> = flags.split(',').collect();
        let (mut all, mut except) = (Vec::new(), Vec::new());
        for member in &set.members {
            let found = of_member(&set.parts, &member.words, &flags)
                .ok_or_else(|| format!("{} of set {name}", member.words))?;
            if member.is_not { except.push(found) } else { all.push(found) }
        }
        Ok((all, except))
    }
}

fn of_member(parts: &[String], member: &str, flags: &[&str]) -> Option<Match> {
    let mut matches = Match::default();
    let mut values = member.split(',');
    for (part, flag) in parts.iter().zip(flags.iter().copied().chain(std::iter::repeat("dst"))) {
        let value = values.next()?;
        let is_source = match flag {
            "src" => true,
            "dst" => false,
            _ => return None,
        };
        match part.as_str() {
            "ip" | "net" => {
                let test = addresses(value)?;
                if is_source { matches.sources.push(test) } else { matches.destinations.push(test) }
            }
            "port" => {
                let (kind, number) = value.split_once(':').unwrap_or(("tcp", value));
                let range = ports(number)?;
                // Two ports of one packet are never asked for by one set.
                if !matches.services.is_empty() {
                    return None;
                }
                let mut service = Service {
                    protocol: protocol(kind)?,
                    source_ports: Vec::new(),
                    destination_ports: Vec::new(),
                };
                if is_source {
                    service.source_ports.push(range)
                } else {
                    service.destination_ports.push(range)
                }
                matches.services.push(service);
            }
            "iface" => {
                let name = Name::exactly(value);
                if is_source { matches.inward.push(name) } else { matches.outward.push(name) }
            }
            _ => return None,
        }
    }
    values.next().is_none().then_some(matches)
}
