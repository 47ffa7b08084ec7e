//! What lists do with all packets there are, and with one.

use super::{Action, Line, List, Matched, Verdict, Way};
use crate::packets::{Packet, Packets, Set, TooComplex};
use std::collections::BTreeMap;

/// How deep lists may hand on to one another; Linux allows 16 (netfilter, `NFT_JUMP_STACK_SIZE`).
const DEPTH_MAX: usize = 32;

/// What a list does with all packets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decided {
    /// Surely let through.
    pub permitted: Set,
    /// Let through or not, depending on what was not understood.
    pub unsure: Set,
}

/// What may become of packets in a list. What is in several is not known for sure.
#[derive(Clone, Copy, Debug)]
struct Outcomes {
    permitted: Set,
    denied: Set,
    /// It leaves the list undecided.
    left: Set,
}

/// Decides by the lists of one configuration, each once where interfaces do not matter.
pub struct Decider<'a> {
    lists: &'a BTreeMap<String, List>,
    /// Lists of which no line, nor any of those it hands on to, asks for an interface.
    known: BTreeMap<&'a str, Outcomes>,
    /// What each line matches, where that does not depend on interfaces.
    own: BTreeMap<&'a str, Vec<Option<Matched>>>,
}

/// What one list does on one way; a list that hands on to itself is met again before it is done.
type Met<'a> = BTreeMap<&'a str, Option<Outcomes>>;

impl<'a> Decider<'a> {
    /// Decides by these lists.
    pub fn new(lists: &'a BTreeMap<String, List>) -> Decider<'a> {
        Decider { lists, known: BTreeMap::new(), own: BTreeMap::new() }
    }

    /// What a list does with all packets that take a way; a list that is not there lets everything through, as
    /// Cisco's do.
    pub fn decide(&mut self, name: &str, way: Way<'_>, packets: &mut Packets) -> Result<Decided, TooComplex> {
        let Some((_, list)) = self.lists.get_key_value(name) else {
            return Ok(Decided { permitted: packets.everything(), unsure: packets.nothing() });
        };
        let (mut all, _) = self.outcomes(list, way, 0, &mut BTreeMap::new(), packets)?;
        match list.otherwise {
            Action::Permit => all.permitted = packets.or(all.permitted, all.left)?,
            Action::Deny => all.denied = packets.or(all.denied, all.left)?,
        }
        let permitted = packets.minus(all.permitted, all.denied)?;
        Ok(Decided { permitted, unsure: packets.and(all.permitted, all.denied)? })
    }

    /// What may become of packets in a list, and whether that is the same on every way.
    fn outcomes(
        &mut self,
        list: &'a List,
        way: Way<'_>,
        depth: usize,
        met: &mut Met<'a>,
        packets: &mut Packets,
    ) -> Result<(Outcomes, bool), TooComplex> {
        if let Some(known) = self.known.get(list.name.as_str()) {
            return Ok((*known, true));
        }
        let unknown = Outcomes {
            permitted: packets.everything(),
            denied: packets.everything(),
            left: packets.everything(),
        };
        match met.get(list.name.as_str()) {
            Some(Some(done)) => return Ok((*done, false)),
            // It hands on to itself: no equipment accepts that.
            Some(None) => return Ok((unknown, false)),
            None if depth >= DEPTH_MAX => return Ok((unknown, false)),
            None => met.insert(&list.name, None),
        };
        let mut pass = Pass {
            reaches: packets.everything(),
            all: Outcomes {
                permitted: packets.nothing(),
                denied: packets.nothing(),
                left: packets.nothing(),
            },
            is_free: true,
        };
        let mut at = 0;
        while let Some(line) = list.lines.get(at) {
            // Lines that do the same one after another are taken as one: sets grow best when joined two by two.
            let like = |other: &Line| plain(line) && plain(other) && other.verdict == line.verdict;
            let run = list.lines.iter().skip(at).take_while(|other| like(other)).count().max(1);
            let matched = self.matched(list, at, run, way, &mut pass.is_free, packets)?;
            let onward = match &line.verdict {
                Verdict::Jump(name) | Verdict::Goto(name) => {
                    match self.lists.get(name).filter(|_| !packets.is_empty(matched.perhaps)) {
                        Some(next) => {
                            let (found, is_free) = self.outcomes(next, way, depth + 1, met, packets)?;
                            pass.is_free &= is_free;
                            found
                        }
                        None => unknown,
                    }
                }
                _ => unknown,
            };
            pass.take(line, matched, onward, packets)?;
            at += run;
            // Lines behind do nothing, whatever they ask for.
            if packets.is_empty(pass.reaches) {
                break;
            }
        }
        pass.all.left = packets.or(pass.all.left, pass.reaches)?;
        met.insert(&list.name, Some(pass.all));
        if pass.is_free {
            self.known.insert(&list.name, pass.all);
        }
        Ok((pass.all, pass.is_free))
    }

    /// What a run of lines matches.
    fn matched(
        &mut self,
        list: &'a List,
        start: usize,
        run: usize,
        way: Way<'_>,
        is_free: &mut bool,
        packets: &mut Packets,
    ) -> Result<Matched, TooComplex> {
        let (mut surely, mut perhaps) = (Vec::with_capacity(run), Vec::with_capacity(run));
        for at in start..start + run {
            let found = self.own(list, at, way, packets)?;
            *is_free &= !list.lines.get(at).is_some_and(|line| line.matches.asks_interface());
            surely.push(found.surely);
            perhaps.push(found.perhaps);
        }
        let together = packets.any(surely.iter().copied())?;
        let either = if surely == perhaps { together } else { packets.any(perhaps)? };
        Ok(Matched { surely: together, perhaps: either })
    }

    /// What one line matches on a way.
    pub fn own(
        &mut self,
        list: &'a List,
        at: usize,
        way: Way<'_>,
        packets: &mut Packets,
    ) -> Result<Matched, TooComplex> {
        let nothing = Matched { surely: packets.nothing(), perhaps: packets.nothing() };
        let Some(line) = list.lines.get(at) else { return Ok(nothing) };
        let kept = self.own.entry(&list.name).or_insert_with(|| vec![None; list.lines.len()]);
        if let Some(Some(found)) = kept.get(at) {
            return Ok(*found);
        }
        let found = line.matches.packets(way, packets)?;
        if !line.matches.asks_interface()
            && let Some(room) = kept.get_mut(at)
        {
            *room = Some(found);
        }
        Ok(found)
    }
}

/// Where a list's lines have got to.
struct Pass {
    /// What no line before has surely taken.
    reaches: Set,
    all: Outcomes,
    /// True while no line asked for an interface.
    is_free: bool,
}

impl Pass {
    fn take(
        &mut self,
        line: &Line,
        matched: Matched,
        onward: Outcomes,
        packets: &mut Packets,
    ) -> Result<(), TooComplex> {
        let taken = packets.and(self.reaches, matched.perhaps)?;
        let (mut permitted, mut denied, mut left) = (packets.nothing(), packets.nothing(), packets.nothing());
        // What comes back to the lines behind.
        let mut back = packets.nothing();
        match &line.verdict {
            Verdict::Permit => permitted = taken,
            Verdict::Deny => denied = taken,
            Verdict::Return => left = taken,
            Verdict::Unknown => (permitted, denied, back) = (taken, taken, taken),
            Verdict::Jump(_) | Verdict::Goto(_) => {
                permitted = packets.and(taken, onward.permitted)?;
                denied = packets.and(taken, onward.denied)?;
                let undecided = packets.and(taken, onward.left)?;
                match line.verdict {
                    Verdict::Goto(_) => left = undecided,
                    _ => back = undecided,
                }
            }
        }
        self.all.permitted = packets.or(self.all.permitted, permitted)?;
        self.all.denied = packets.or(self.all.denied, denied)?;
        self.all.left = packets.or(self.all.left, left)?;
        if line.not_understood.is_none() {
            let beside = packets.minus(self.reaches, matched.surely)?;
            self.reaches = packets.or(beside, back)?;
        }
        Ok(())
    }
}

/// A line that decides by itself and was understood.
fn plain(line: &Line) -> bool {
    line.not_understood.is_none() && matches!(line.verdict, Verdict::Permit | Verdict::Deny)
}

/// What becomes of one packet in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// What is done; `None` where no line decides.
    pub action: Option<Action>,
    /// The list and the line that decide, lines that were not understood passed over.
    pub line: Option<(&'a List, &'a Line)>,
    /// The first line before it that may decide otherwise.
    pub doubt: Option<(&'a List, &'a Line)>,
}

/// Follows one packet through a list and those it hands on to.
pub fn trace<'a>(
    lists: &'a BTreeMap<String, List>,
    name: &str,
    packet: &Packet,
    way: Way<'_>,
) -> Option<Step<'a>> {
    let list = lists.get(name)?;
    let mut walk = Walk { lists, packet, way, doubt: None, lines: 0 };
    let line = walk.follow(list, 0);
    let doubt = walk.doubt;
    let action = match line.map(|(_, line)| &line.verdict) {
        Some(Verdict::Permit) => Some(Action::Permit),
        Some(Verdict::Deny) => Some(Action::Deny),
        _ => None,
    };
    Some(Step { action, line, doubt })
}

/// The most lines one packet is followed through; lists that hand on to lists many times over are longer.
const LINES_MAX: u64 = 10_000_000;

struct Walk<'a, 'b> {
    lists: &'a BTreeMap<String, List>,
    packet: &'b Packet,
    way: Way<'b>,
    doubt: Option<(&'a List, &'a Line)>,
    lines: u64,
}

impl<'a> Walk<'a, '_> {
    fn follow(&mut self, list: &'a List, depth: usize) -> Option<(&'a List, &'a Line)> {
        for line in &list.lines {
            self.lines += 1;
            let taken = line.matches.takes(self.packet, self.way);
            if taken == Some(false) {
                continue;
            }
            let hands_on = match &line.verdict {
                Verdict::Jump(next) | Verdict::Goto(next) => Some(self.lists.get(next)),
                _ => None,
            };
            let onward = hands_on.flatten().filter(|_| depth < DEPTH_MAX && self.lines < LINES_MAX);
            let is_doubtful = taken.is_none()
                || line.not_understood.is_some()
                || line.verdict == Verdict::Unknown
                || (hands_on.is_some() && onward.is_none());
            if is_doubtful {
                self.doubt.get_or_insert((list, line));
                continue;
            }
            match &line.verdict {
                Verdict::Permit | Verdict::Deny => return Some((list, line)),
                Verdict::Return => return None,
                _ => {}
            }
            if let Some(found) = onward.and_then(|next| self.follow(next, depth + 1)) {
                return Some(found);
            }
            if matches!(line.verdict, Verdict::Goto(_)) {
                return None;
            }
        }
        None
    }
}
