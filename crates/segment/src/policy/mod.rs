//! What people decide about a segmentation: the policy file (`policy.yaml`), its mistakes by line, and edits that leave
//! their words and comments alone.
//!
//! It says which zones there are and who is in them, which flows are allowed by hand and until when, how many entries
//! an enforcement point can hold, which looseness is accepted, and which addresses may be given out. What it does not
//! say is proposed. This module reads and writes text; files are the caller's.

mod check;
mod edit;
mod hand;
mod keys;
mod members;
mod read;
#[cfg(test)]
mod tests;
pub(crate) mod yaml;

pub use edit::{Given, GivenPart, edited, first};
pub use hand::needs;
pub use read::read;

use cordon_model::{Category, Cidr, Timestamp, Vlan};
use std::fmt;

/// The version of the file this program reads and writes.
pub const VERSION: u32 = 1;

/// A mistake and its place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// 1-based line.
    pub line: u32,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Fault {
    pub(crate) fn new(line: u32, message: impl Into<String>) -> Fault {
        Fault { line, message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

/// Who decided, when and why.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Decided {
    /// Name of the person.
    pub by: String,
    /// The day.
    pub when: Timestamp,
    /// The reason.
    pub why: String,
}

/// What a policy file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Policy {
    /// Zones, in the order of the file.
    pub zones: Vec<ZonePolicy>,
    /// Devices that a person put somewhere else than proposed.
    pub moves: Vec<Move>,
    /// Flows allowed by hand.
    pub rules: Vec<HandRule>,
    /// What enforcement points can hold.
    pub budgets: Vec<Budget>,
    /// Looseness that was accepted.
    pub accepted: Vec<Accepted>,
    /// Which addresses may be given out.
    pub addresses: Addresses,
}

/// A zone of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ZonePolicy {
    /// Lasting name.
    pub id: String,
    /// Where it stands in the file.
    pub line: u32,
    /// Short name a person reads; the proposal's where empty.
    pub name: String,
    /// What for; the proposal's where empty.
    pub purpose: String,
    /// Who is in it.
    pub members: Vec<Member>,
    /// Its microsegments; `None` where the file does not say, so that they are proposed.
    pub parts: Option<Vec<PartPolicy>>,
    /// What of its own a device must have to stand in a zone apart within it.
    pub split_by: Option<SplitBy>,
    /// True when devices without security updates stay in it instead of standing apart.
    pub keeps_unsupported: bool,
    /// Parties outside that belong to it, by name or address as rules name them.
    pub outside: Vec<String>,
    /// Its VLAN.
    pub vlan: Option<Vlan>,
    /// Its network.
    pub subnet: Option<Cidr>,
}

/// A microsegment of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PartPolicy {
    /// Lasting name.
    pub id: String,
    /// Where it stands in the file.
    pub line: u32,
    /// Short name a person reads.
    pub name: String,
    /// What for.
    pub purpose: String,
    /// Who is in it, of the devices of its zone.
    pub members: Vec<Member>,
}

/// What divides a zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SplitBy {
    /// The department that uses a device.
    Department,
    /// Where it stands.
    Location,
}

impl SplitBy {
    /// The name in files.
    pub fn name(self) -> &'static str {
        match self {
            SplitBy::Department => "department",
            SplitBy::Location => "location",
        }
    }
}

/// Who is in a zone or a microsegment.
#[derive(Clone, Debug, PartialEq)]
pub struct Member {
    /// Where it stands in the file.
    pub line: u32,
    /// Who.
    pub selector: Selector,
}

/// One way to say who is in a zone, the strongest first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// One device: id, asset tag, host name, MAC or IP address.
    Device(String),
    /// One device by its asset tag.
    Tag(String),
    /// Every device with an address in a network.
    Network(Cidr),
    /// Every device of which all that is said is true.
    Like(Like),
}

/// What must be true of a device; at least one is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Like {
    /// Its category.
    pub category: Option<Category>,
    /// Its department, in any case of letters.
    pub department: Option<String>,
    /// Its location, in any case of letters.
    pub location: Option<String>,
    /// How much care depends on it: `high`, `medium` or `low`.
    pub criticality: Option<String>,
    /// True where it, or its system, must get no updates any more.
    pub ended: bool,
    /// The kind that the communication graph puts it near, as the id of the zone that is proposed for the kind.
    pub talks_with: Option<String>,
}

impl Like {
    /// How much it says; more is stronger.
    pub(crate) fn conditions(&self) -> usize {
        let texts = [&self.department, &self.location, &self.criticality, &self.talks_with];
        usize::from(self.category.is_some()) + usize::from(self.ended) + texts.into_iter().flatten().count()
    }
}

/// A device that a person put into a zone.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// Where it stands in the file.
    pub line: u32,
    /// Id, asset tag, host name, MAC or IP address.
    pub device: String,
    /// The zone's id.
    pub to: String,
    /// Who decided.
    pub decided: Decided,
}

/// A flow allowed by hand.
#[derive(Clone, Debug, PartialEq)]
pub struct HandRule {
    /// Where it stands in the file.
    pub line: u32,
    /// `zone:ID`, `outside:NAME`, `group:ADDRESS` or a device by any of its names.
    pub from: String,
    /// Likewise.
    pub to: String,
    /// Transport protocol by name.
    pub transport: cordon_model::observe::Transport,
    /// Server ports; none means every port, or a transport without ports.
    pub ports: Vec<u16>,
    /// What for.
    pub purpose: String,
    /// True when care depends on it at once.
    pub care_critical: bool,
    /// The last day it holds, as its beginning in UTC.
    pub until: Option<Timestamp>,
    /// Who decided.
    pub decided: Decided,
}

/// What an enforcement point can hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Budget {
    /// Where it stands in the file.
    pub line: u32,
    /// Name of the point.
    pub point: String,
    /// The zones it stands between, by id; none means all.
    pub zones: Vec<String>,
    /// How many table entries it has room for.
    pub entries: u64,
}

/// Looseness somebody accepted: an aggregation opens so many pairs that nothing needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// Where it stands in the file.
    pub line: u32,
    /// The aggregation's id as the plan proposed it.
    pub aggregate: String,
    /// How many unneeded pairs it may open; when it comes to open more, it must be accepted again.
    pub pairs: u64,
    /// Who decided.
    pub decided: Decided,
}

/// Which addresses may be given out, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Addresses {
    /// Networks that subnets are cut from; none means unused private space.
    pub ranges: Vec<Cidr>,
    /// Room for growth in per cent of the devices of today.
    pub growth_percent: u32,
    /// The first VLAN given out.
    pub first_vlan: u16,
    /// The hours of a day, UTC, in which devices may be moved: from, to (the next day's when not later).
    pub quiet_hours: (u8, u8),
}

impl Default for Addresses {
    fn default() -> Self {
        Addresses { ranges: Vec::new(), growth_percent: 100, first_vlan: 100, quiet_hours: (20, 5) }
    }
}
