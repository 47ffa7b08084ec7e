//! Ordered lists of lines that permit, deny or hand on, as every enforcement language has them, and what they
//! decide over sets of packets. A line that was not understood wholly is never taken for one that does nothing:
//! packets it may concern are unsure.

mod audit;
mod decide;
mod matches;
#[cfg(test)]
mod tests;

pub use audit::{Idle, audit};
pub use decide::{Decided, Decider, Step, trace};
pub use matches::{AddressTest, Match, Matched, Name, Service, State};

use crate::packets::{Packet, Packets, TooComplex};
use std::collections::BTreeMap;

/// What is done with a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is let through.
    Permit,
    /// It is stopped.
    Deny,
}

/// What a line does with the packets it matches.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// They are let through.
    Permit,
    /// They are stopped.
    Deny,
    /// The lines of another list decide; what none of them decides comes back.
    Jump(String),
    /// Likewise, but what none of them decides leaves this list too.
    Goto(String),
    /// They leave this list undecided.
    Return,
    /// They are handed to something that is not read, and may be let through, stopped or come back.
    Unknown,
}

impl From<Action> for Verdict {
    fn from(action: Action) -> Verdict {
        match action {
            Action::Permit => Verdict::Permit,
            Action::Deny => Verdict::Deny,
        }
    }
}

/// The interfaces a packet takes through an enforcement point, by name; `None` where it is not known which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Way<'a> {
    /// Where it comes in.
    pub from: Option<&'a str>,
    /// Where it goes out.
    pub to: Option<&'a str>,
}

/// A line of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Where it stands in its file, from 1.
    pub place: u32,
    /// The line as it stands there.
    pub text: String,
    /// What it does.
    pub verdict: Verdict,
    /// With which packets.
    pub matches: Match,
    /// What of it was not understood. The packets it matches are then at most those of `matches`.
    pub not_understood: Option<String>,
}

/// An ordered list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Its name in its configuration.
    pub name: String,
    /// Its lines.
    pub lines: Vec<Line>,
    /// What is done with packets no line decides about, where no other list handed them on.
    pub otherwise: Action,
}

impl List {
    /// What the list does, taken for itself, with all packets there are, whatever their interfaces.
    pub fn decide(&self, packets: &mut Packets) -> Result<Decided, TooComplex> {
        let alone = BTreeMap::from([(self.name.clone(), self.clone())]);
        Decider::new(&alone).decide(&self.name, Way::default(), packets)
    }

    /// The line that decides about one packet, and what it does; no line where none matches. Lines that were not
    /// understood wholly, and those that hand on, are passed over.
    pub fn first(&self, packet: &Packet) -> (Option<&Line>, Action) {
        let decides = |line: &&Line| {
            line.not_understood.is_none() && matches!(line.verdict, Verdict::Permit | Verdict::Deny)
        };
        let found = self
            .lines
            .iter()
            .filter(decides)
            .find(|line| line.matches.takes(packet, Way::default()) == Some(true));
        let action = match found.map(|line| &line.verdict) {
            Some(Verdict::Permit) => Action::Permit,
            Some(_) => Action::Deny,
            None => self.otherwise,
        };
        (found, action)
    }
}
