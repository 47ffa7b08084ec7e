//! How to contain what cannot be patched: needs, zones, rules, coverage and containment.

use crate::Timestamp;
use crate::identify::DeviceId;
use crate::observe::Transport;
use std::fmt;

/// Where a need stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedState {
    /// Seen, and not yet confirmed by a person.
    Proposed,
    /// A person or manufacturer says it is required.
    Confirmed,
    /// A device of this kind usually needs it, and it was never seen.
    ExpectedNotSeen,
    /// A person says that it is not needed, or it was confirmed until a day that is past: never the ground for a
    /// rule, and never dropped from sight.
    Rejected,
}

impl NeedState {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            NeedState::Proposed => "proposed",
            NeedState::Confirmed => "confirmed",
            NeedState::ExpectedNotSeen => "expected_not_seen",
            NeedState::Rejected => "rejected",
        }
    }

    /// True when rules are made for it: it was seen, or somebody answers for it.
    pub fn is_required(self) -> bool {
        matches!(self, NeedState::Proposed | NeedState::Confirmed)
    }
}

/// Who says that a flow is needed; the three are kept apart, and so is what only its kind suggests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeedOrigin {
    /// It was seen.
    #[default]
    Observed,
    /// A person declared it.
    Person,
    /// The maker published it: a usage description (RFC 8520), a network disclosure (IEC 60601-1 14.13) or a form
    /// (MDS2).
    Maker,
    /// Devices of this kind usually need it.
    Template,
}

impl NeedOrigin {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            NeedOrigin::Observed => "observed",
            NeedOrigin::Person => "person",
            NeedOrigin::Maker => "maker",
            NeedOrigin::Template => "template",
        }
    }
}

/// Who decided about a need, when and why.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeedDecision {
    /// Name of the person.
    pub by: String,
    /// The day it was decided.
    pub when: Timestamp,
    /// The justification, in their words.
    pub because: String,
}

/// One end of a need or rule.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// One device.
    Device(DeviceId),
    /// Every device of a zone, by the zone's id.
    Zone(String),
    /// Every device of a microsegment, by its id.
    Microsegment(String),
    /// An address outside the site (by name or number, as it was seen).
    Outside(String),
    /// The multicast group or broadcast address.
    Group(std::net::IpAddr),
}

impl Party {
    /// The id of no zone: it stands where a flow is expected and nothing says with whom. It opens nothing.
    pub const NOT_KNOWN: &'static str = "counterpart-not-known";

    /// The other end of an expected flow of which nothing says who it is.
    pub fn counterpart_not_known() -> Party {
        Party::Zone(Party::NOT_KNOWN.to_owned())
    }

    /// True for the other end of which nothing says who it is.
    pub fn is_not_known(&self) -> bool {
        matches!(self, Party::Zone(id) if id == Party::NOT_KNOWN)
    }
}

impl fmt::Display for Party {
    /// `device:…`, `zone:…`, `microsegment:…`, `outside:…`, `group:…`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Party::Device(id) => write!(f, "device:{id}"),
            Party::Zone(id) => write!(f, "zone:{id}"),
            Party::Microsegment(id) => write!(f, "microsegment:{id}"),
            Party::Outside(name) => write!(f, "outside:{name}"),
            Party::Group(address) => write!(f, "group:{address}"),
        }
    }
}

/// A flow that clinical work requires.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Need {
    /// Lasting name, `need-…`.
    pub id: String,
    /// Who asks.
    pub from: Party,
    /// Who answers.
    pub to: Party,
    /// Transport protocol.
    pub transport: Transport,
    /// Server ports; empty where the transport has none.
    pub ports: Vec<u16>,
    /// What is spoken; `None` when not understood.
    pub application: Option<String>,
    /// What for, in words.
    pub purpose: String,
    /// Whether it is confirmed.
    pub state: NeedState,
    /// Where it comes from: `observed`, a template's source, a file and its line.
    pub source: String,
    /// Who says that it is needed.
    pub origin: NeedOrigin,
    /// The decision of a person, where there is one.
    pub decision: Option<NeedDecision>,
    /// The last day it is needed, as its beginning in UTC; `None` is without end.
    pub until: Option<Timestamp>,
    /// True when care depends on it at once: a quarantine leaves it open.
    pub care_critical: bool,
    /// How well it was observed; `None` when it was never seen.
    pub seen: Option<NeedSeen>,
    /// For what is expected and was not seen: the device whose kind or maker lets expect it.
    pub expected_of: Option<DeviceId>,
}

/// How well a flow was observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NeedSeen {
    /// Its first packet.
    pub first: Timestamp,
    /// Its last packet.
    pub last: Timestamp,
    /// Connections or exchanges.
    pub flows: u64,
    /// Seen in how many of the 168 hours of the week.
    pub hours: u8,
    /// Seen between Monday and Friday, 06:00 to 22:00 UTC.
    pub weekday: bool,
    /// Seen between 22:00 and 06:00 UTC.
    pub night: bool,
    /// Seen on a Saturday or Sunday, UTC.
    pub weekend: bool,
}

impl Need {
    /// A flow of `from` to `to` in a state, and nothing more said of it.
    pub fn new(id: String, from: Party, to: Party, transport: Transport, state: NeedState) -> Need {
        Need {
            id,
            from,
            to,
            transport,
            ports: Vec::new(),
            application: None,
            purpose: String::new(),
            state,
            source: String::new(),
            origin: NeedOrigin::default(),
            decision: None,
            until: None,
            care_critical: false,
            seen: None,
            expected_of: None,
        }
    }
}

/// Devices that are kept together behind one set of rules.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Zone {
    /// Lasting name, `zone-…`.
    pub id: String,
    /// Short name a person reads.
    pub name: String,
    /// What it is for and why these devices are in it.
    pub purpose: String,
    /// Its devices, in order.
    pub devices: Vec<DeviceId>,
    /// What is in it outside the site, as rules name it ([`Party::Outside`]), in order: a zone of vendor access or
    /// of the internet has no devices of ours.
    pub outside: Vec<String>,
    /// Its parts, in order of id; a device is in one at most.
    pub microsegments: Vec<Microsegment>,
}

impl Zone {
    /// What a rule can name whole: the zone itself, then each microsegment, with their devices.
    pub fn wholes(&self) -> impl Iterator<Item = (Party, &[DeviceId])> {
        let own = (Party::Zone(self.id.clone()), self.devices.as_slice());
        let parts = self.microsegments.iter();
        std::iter::once(own)
            .chain(parts.map(|part| (Party::Microsegment(part.id.clone()), part.devices.as_slice())))
    }
}

/// Devices within a zone that are alike for rules: a person names it, and rules may name it whole. It shares VLAN and
/// subnet with the rest of its zone, so only what filters within a VLAN holds its rules against its neighbours.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Microsegment {
    /// Lasting name, `seg-…`, of one only in the whole plan.
    pub id: String,
    /// Short name a person reads.
    pub name: String,
    /// What it is for and why these devices are in it.
    pub purpose: String,
    /// Its devices, in order; all of them are in the zone.
    pub devices: Vec<DeviceId>,
}

/// An allowed flow; everything without one is denied.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Lasting name, `rule-…`.
    pub id: String,
    /// Who may ask.
    pub from: Party,
    /// Whom.
    pub to: Party,
    /// Transport protocol.
    pub transport: Transport,
    /// Server ports; empty where the transport has none.
    pub ports: Vec<u16>,
    /// What is spoken; `None` when not understood.
    pub application: Option<String>,
    /// The needs that require it; never empty.
    pub needs: Vec<String>,
    /// Why, in a sentence.
    pub why: String,
    /// When it ends by itself; `None` for a lasting one.
    pub until: Option<Timestamp>,
    /// True when a need behind it is critical to care.
    pub care_critical: bool,
    /// Who accepted that it opens more than is needed, and why; `None` where it opens nothing else.
    pub accepted: Option<String>,
}

/// How well a device was observed, and so whether its rules may be enforced.
#[derive(Clone, Debug, PartialEq)]
pub struct Coverage {
    /// Which device.
    pub device: DeviceId,
    /// Days (with fractions) from its first to its last packet.
    pub days: f64,
    /// True when its part of the plan may be enforced.
    pub ready: bool,
    /// Why or why not, in a sentence.
    pub why: String,
    /// What it was seen to do, by the names of its roles.
    pub roles: Vec<String>,
    /// Seen in how many of the 168 hours of the week.
    pub hours: u8,
    /// Seen between Monday and Friday, 06:00 to 22:00 UTC.
    pub weekday: bool,
    /// Seen between 22:00 and 06:00 UTC.
    pub night: bool,
    /// Seen on a Saturday or Sunday, UTC.
    pub weekend: bool,
    /// How many of its needs nobody has confirmed yet.
    pub unconfirmed: u64,
    /// What devices of this kind usually need and nobody has seen or answered for.
    pub missing: Vec<String>,
    /// The same of what happens so rarely that this observation cannot have seen it.
    pub rare: Vec<String>,
}

/// What a compromised device could reach.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reach {
    /// From which device.
    pub device: DeviceId,
    /// How many other devices it can open a connection to.
    pub reaches: u64,
}

/// How far an attacker gets from any device, before and under the plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Containment {
    /// Ordered pairs of devices of which the first can send to the second today, as far as was seen.
    pub pairs_before: u64,
    /// The same under the plan.
    pub pairs_after: u64,
    /// The devices that reach furthest today, furthest first.
    pub worst_before: Vec<Reach>,
    /// The same under the plan.
    pub worst_after: Vec<Reach>,
}
