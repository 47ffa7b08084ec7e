//! Lines of a list that do nothing, and why.

use super::{Action, List};
use crate::packets::{Packet, Packets, Set, TooComplex};

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
/// idle.
pub fn audit(list: &List, packets: &mut Packets, like: &Packet) -> Result<Vec<Idle>, TooComplex> {
    let mut idle = Vec::new();
    let mut before = packets.nothing();
    let mut own: Vec<Set> = Vec::with_capacity(list.lines.len());
    for (at, line) in list.lines.iter().enumerate() {
        let set = match line.not_understood {
            Some(_) => packets.nothing(),
            None => line.matches.packets(packets)?,
        };
        own.push(set);
        if line.not_understood.is_some() {
            continue;
        }
        if packets.is_empty(set) {
            idle.push(Idle::Empty { line: at });
        } else if packets.is_within(set, before)? {
            idle.push(covered(list, packets, &own, at, set, like)?);
        }
        before = packets.or(before, set)?;
    }
    Ok(idle)
}

fn covered(
    list: &List,
    packets: &mut Packets,
    own: &[Set],
    at: usize,
    set: Set,
    like: &Packet,
) -> Result<Idle, TooComplex> {
    let action = |at: usize| list.lines.get(at).map_or(Action::Deny, |line| line.action);
    let (mut left, mut by, mut opposed) = (set, Vec::new(), None);
    for (earlier, set) in own.iter().enumerate().take(at) {
        let taken = packets.and(left, *set)?;
        if packets.is_empty(taken) {
            continue;
        }
        if by.len() < BY_MAX {
            by.push(earlier);
        }
        if opposed.is_none() && action(earlier) != action(at) {
            opposed = packets.example(taken, like);
        }
        left = packets.minus(left, *set)?;
    }
    Ok(match opposed {
        Some(example) => Idle::Contradicted { line: at, by, example },
        None => Idle::Redundant { line: at, by },
    })
}
