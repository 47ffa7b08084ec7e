//! Lines of a list that do nothing, and why.

use super::{List, Match, Name, Verdict, Way};
use crate::packets::{Packet, Packets, Set, TooComplex};
use std::collections::BTreeMap;

/// A line that decides about no packet, or without which nothing would be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Idle {
    /// Lines before it match every packet it matches and do the same.
    Redundant {
        /// Its place in the list, from 0.
        line: usize,
        /// Those before it, by place.
        by: Vec<usize>,
    },
    /// Lines before it match every packet it matches, and at least one does the opposite.
    Contradicted {
        /// Its place in the list.
        line: usize,
        /// Those before it, by place.
        by: Vec<usize>,
        /// A packet it was written for, about which an earlier line decides otherwise.
        example: Packet,
    },
    /// It matches no packet at all, such as a range whose end is before its start.
    Empty {
        /// Its place in the list.
        line: usize,
    },
}

/// The most lines that are named as covering one.
const BY_MAX: usize = 10;

/// Lines that decide about no packet. Lines that were not understood wholly neither cover others nor count as
/// idle; those that hand on to other lists, or ask for other interfaces, cover none.
pub fn audit(list: &List, packets: &mut Packets, like: &Packet) -> Result<Vec<Idle>, TooComplex> {
    let mut idle = Vec::new();
    let mut before: BTreeMap<Vec<&str>, Set> = BTreeMap::new();
    let mut own: Vec<Set> = Vec::with_capacity(list.lines.len());
    for (at, line) in list.lines.iter().enumerate() {
        let asked = Asked::by(&line.matches);
        let set = match (&line.not_understood, asked) {
            (None, Some(_)) => whole(&line.matches, packets)?,
            _ => packets.nothing(),
        };
        own.push(set);
        let (None, Some(asked)) = (&line.not_understood, asked) else { continue };
        if packets.is_empty(set) {
            idle.push(Idle::Empty { line: at });
            continue;
        }
        // Lines that ask for no interface, and those that ask for the same ones.
        let nothing = packets.nothing();
        let names = asked.names();
        let anywhere = before.get(&Vec::new()).copied().unwrap_or(nothing);
        let here = before.get(&names).copied().unwrap_or(nothing);
        let covering = packets.or(anywhere, here)?;
        if packets.is_within(set, covering)? {
            idle.push(covered(list, packets, &own, at, set, like)?);
        }
        if matches!(line.verdict, Verdict::Permit | Verdict::Deny | Verdict::Return | Verdict::Goto(_)) {
            before.insert(names, packets.or(here, set)?);
        }
    }
    Ok(idle)
}

/// The interfaces a line asks for.
#[derive(Clone, Copy, PartialEq)]
struct Asked<'a> {
    inward: &'a [Name],
    outward: &'a [Name],
}

impl<'a> Asked<'a> {
    /// `None` where interfaces are asked for in a way that is not compared here.
    fn by(matches: &'a Match) -> Option<Asked<'a>> {
        let is_nested = matches.also.iter().flatten().chain(&matches.except).any(Match::asks_interface);
        (!is_nested).then_some(Asked { inward: &matches.inward, outward: &matches.outward })
    }

    fn is_any(self) -> bool {
        self.inward.is_empty() && self.outward.is_empty()
    }

    /// The same for the same question; empty where nothing is asked.
    fn names(self) -> Vec<&'a str> {
        if self.is_any() {
            return Vec::new();
        }
        let words = |names: &'a [Name]| {
            names.iter().flat_map(|name| [name.text.as_str(), if name.is_prefix { "*" } else { "" }])
        };
        words(self.inward).chain(std::iter::once(">")).chain(words(self.outward)).collect()
    }
}

/// What a line matches on the interfaces it asks for.
fn whole(matches: &Match, packets: &mut Packets) -> Result<Set, TooComplex> {
    let own = Match { inward: Vec::new(), outward: Vec::new(), ..matches.clone() };
    Ok(own.packets(Way::default(), packets)?.surely)
}

fn covered(
    list: &List,
    packets: &mut Packets,
    own: &[Set],
    at: usize,
    set: Set,
    like: &Packet,
) -> Result<Idle, TooComplex> {
    let asked = |at: usize| list.lines.get(at).and_then(|line| Asked::by(&line.matches));
    let verdict = |at: usize| list.lines.get(at).map(|line| &line.verdict);
    let (mut left, mut by, mut opposed) = (set, Vec::new(), None);
    for (earlier, set) in own.iter().enumerate().take(at) {
        let is_met = asked(earlier).is_some_and(|other| other.is_any() || Some(other) == asked(at));
        if !is_met || matches!(verdict(earlier), Some(Verdict::Jump(_) | Verdict::Unknown)) {
            continue;
        }
        let taken = packets.and(left, *set)?;
        if packets.is_empty(taken) {
            continue;
        }
        if by.len() < BY_MAX {
            by.push(earlier);
        }
        if opposed.is_none() && verdict(earlier) != verdict(at) {
            opposed = packets.example(taken, like);
        }
        left = packets.minus(left, *set)?;
    }
    Ok(match opposed {
        Some(example) => Idle::Contradicted { line: at, by, example },
        None => Idle::Redundant { line: at, by },
    })
}
