//! A plan made concrete for one enforcement point: who is where, in addresses, and what may pass. It is the only
//! thing renderers read, and what they write is held against.
//!
//! Whatever no permit names is denied. Devices without an address and parties known by name only cannot be
//! enforced by address; they are listed, never left out in silence.

mod cover;
mod make;
mod meaning;
#[cfg(test)]
pub(crate) mod tests;

pub use cover::cover;

use cordon_model::identify::DeviceId;
use cordon_model::observe::Transport;
use cordon_model::{Category, Cidr, Mac, Timestamp, Vlan};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// What happens to what no permit names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It is logged and passes.
    #[default]
    LogOnly,
    /// It is logged and dropped.
    Enforce,
}

impl Stage {
    /// Both, in the order they are gone through.
    pub const ALL: [Stage; 2] = [Stage::LogOnly, Stage::Enforce];

    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Stage::LogOnly => "log-only",
            Stage::Enforce => "enforce",
        }
    }

    /// The stage with this name.
    pub fn from_name(name: &str) -> Option<Stage> {
        Stage::ALL.into_iter().find(|stage| stage.name() == name)
    }
}

/// Whether a point remembers what it let through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Memory {
    /// Answers pass because their request did: firewalls.
    Stateful,
    /// Every packet is judged by itself, so answers need permits of their own: access lists of switches.
    Stateless,
}

/// What a point is told, besides the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// Name of the enforcement point.
    pub name: String,
    /// What is done with what no permit names.
    pub stage: Stage,
    /// Only permits from or to these zones, by id; none means every zone.
    pub zones: BTreeSet<String>,
    /// The point's interface to a zone, by the zone's id.
    pub interfaces: BTreeMap<String, String>,
    /// The VLAN of a zone where the address plan says one, by the zone's id.
    pub vlans: BTreeMap<String, Vlan>,
    /// Where descriptions that controllers fetch are published, without a slash at the end.
    pub published_at: String,
    /// The time the plan is of.
    pub made: Timestamp,
}

impl Place {
    /// A point that stands between all zones and of which nothing more is known.
    pub fn new(name: &str, stage: Stage, made: Timestamp) -> Place {
        Place {
            name: name.to_owned(),
            stage,
            zones: BTreeSet::new(),
            interfaces: BTreeMap::new(),
            vlans: BTreeMap::new(),
            // A name that never resolves (RFC 2606): nobody is asked for what nobody published.
            published_at: "https://cordon.invalid/mud".to_owned(),
            made,
        }
    }
}

/// What one enforcement point is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Intent {
    /// Name of the enforcement point.
    pub point: String,
    /// What is done with what no permit names.
    pub stage: Stage,
    /// The zones it stands between, in order of id.
    pub zones: Vec<Zone>,
    /// Devices of these zones, in the order of the estate.
    pub devices: Vec<Device>,
    /// Who is named by permits, by key: `device:…`, `zone:…`, `outside:…`, `group:…`.
    pub groups: BTreeMap<String, Group>,
    /// What may pass, in order of id.
    pub permits: Vec<Permit>,
    /// What cannot be enforced by address, with the reason, in order.
    pub not_enforceable: Vec<NotEnforceable>,
    /// Where descriptions that controllers fetch are published, without a slash at the end.
    pub published_at: String,
    /// The time the plan is of.
    pub made: Timestamp,
}

/// A zone as the point sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Zone {
    /// Lasting name, `zone-…`.
    pub id: String,
    /// Short name a person reads.
    pub name: String,
    /// The point's interface to it; `None` where nobody said.
    pub interface: Option<String>,
    /// Its VLAN by the address plan; `None` without one.
    pub vlan: Option<Vlan>,
    /// Exactly its devices' addresses, in as few networks as can be.
    pub networks: Vec<Cidr>,
}

/// A device as the point sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Device {
    /// Lasting name.
    pub id: DeviceId,
    /// What a person calls it.
    pub name: String,
    /// Its zone's id.
    pub zone: String,
    /// What it is.
    pub category: Category,
    /// Maker, where known.
    pub manufacturer: Option<String>,
    /// Model, where known.
    pub model: Option<String>,
    /// Its interfaces, in order.
    pub macs: Vec<Mac>,
    /// Its addresses, in order.
    pub addresses: Vec<IpAddr>,
    /// VLANs it was seen in, in order.
    pub vlans: Vec<Vlan>,
}

/// What a group is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum GroupKind {
    /// One device, by its id.
    Device(DeviceId),
    /// Every device of a zone, by its id.
    Zone(String),
    /// Every device of a microsegment.
    Microsegment {
        /// Its id.
        id: String,
        /// The id of its zone.
        zone: String,
    },
    /// Somebody outside the site.
    Outside,
    /// A multicast group or broadcast address.
    Multicast,
    /// Whoever has no address yet and asks for one.
    Unaddressed,
}

/// Addresses that permits name together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What it is.
    pub kind: GroupKind,
    /// What a person calls it. It may come from the network.
    pub label: String,
    /// Exactly its addresses, in as few networks as can be, in order; none where none is known.
    pub members: Vec<Cidr>,
}

/// One side of a permit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Who {
    /// Any address.
    Any,
    /// A group, by its key.
    Group(String),
}

/// Something that may pass.
#[derive(Clone, Debug, PartialEq)]
pub struct Permit {
    /// Id of the rule it is from.
    pub id: String,
    /// Who may ask.
    pub from: Who,
    /// Whom.
    pub to: Who,
    /// Transport protocol.
    pub transport: Transport,
    /// Server ports, in order; none means every port, or a transport without ports.
    pub ports: Vec<u16>,
    /// What is spoken; `None` when not understood.
    pub application: Option<String>,
    /// Ids of the needs that require it.
    pub needs: Vec<String>,
    /// Why, in a sentence. It may hold names from the network.
    pub why: String,
    /// The last day it is needed, as its beginning in UTC; `None` is without end.
    pub expires: Option<Timestamp>,
    /// True when care cannot do without one of its needs.
    pub care_critical: bool,
}

/// Something that no rule by address can hold.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotEnforceable {
    /// What: a device or party, in words. It may come from the network.
    pub what: String,
    /// Why, in words.
    pub why: String,
}

impl Intent {
    /// The addresses of one side: `None` for any, an empty list where none is known.
    pub fn members(&self, who: &Who) -> Option<&[Cidr]> {
        match who {
            Who::Any => None,
            Who::Group(key) => {
                Some(self.groups.get(key).map(|group| group.members.as_slice()).unwrap_or_default())
            }
        }
    }

    /// The zone with this id.
    pub fn zone(&self, id: &str) -> Option<&Zone> {
        self.zones.iter().find(|zone| zone.id == id)
    }
}

/// IANA protocol number of a transport; ICMP is another one for IPv6.
pub fn protocol_number(transport: Transport, is_ipv6: bool) -> u8 {
    match transport {
        Transport::Tcp => 6,
        Transport::Udp => 17,
        Transport::Icmp if is_ipv6 => 58,
        Transport::Icmp => 1,
        Transport::Other(number) => number,
    }
}
