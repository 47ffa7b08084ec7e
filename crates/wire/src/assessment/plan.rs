//! Zones and rules, what they contain, and how they were checked.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Devices behind one set of rules.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Zone {
    /// Lasting name.
    pub id: String,
    /// Short name.
    pub name: String,
    /// What for.
    pub purpose: String,
    /// Device ids.
    pub devices: Vec<String>,
    /// What is in it outside the site, by name or address.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<String>,
    /// Its parts; a device is in one at most.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub microsegments: Vec<Microsegment>,
}

impl Zone {
    /// What a rule can name whole, as it names it: the zone itself, then each microsegment, with their devices.
    pub fn wholes(&self) -> impl Iterator<Item = (String, &[String])> {
        let parts = self.microsegments.iter();
        std::iter::once((format!("zone:{}", self.id), self.devices.as_slice()))
            .chain(parts.map(|part| (format!("microsegment:{}", part.id), part.devices.as_slice())))
    }
}

/// Devices within a zone that rules may name whole.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Microsegment {
    /// Lasting name.
    pub id: String,
    /// Short name.
    pub name: String,
    /// What its devices have in common.
    pub purpose: String,
    /// Device ids.
    pub devices: Vec<String>,
}

/// An allowed flow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Rule {
    /// Lasting name.
    pub id: String,
    /// `device:ID`, `zone:ID`, `microsegment:ID`, `outside:NAME` or `group:ADDRESS`.
    pub from: String,
    /// Likewise.
    pub to: String,
    /// Transport.
    pub transport: String,
    /// Server ports.
    pub ports: Vec<u16>,
    /// What is spoken.
    pub application: Option<String>,
    /// The needs that require it.
    pub needs: Vec<String>,
    /// Why.
    pub why: String,
    /// When it ends by itself; `null` for a lasting one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// True when a need behind it is critical to care.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub care_critical: bool,
    /// Who accepted that it opens more than is needed, and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

/// How far an attacker gets.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Containment {
    /// Ordered pairs of devices of which the first can send to the second today, as far as was seen.
    pub pairs_before: u64,
    /// The same under the plan.
    pub pairs_after: u64,
    /// Devices that reach furthest today.
    pub worst_before: Vec<Reach>,
    /// The same under the plan.
    pub worst_after: Vec<Reach>,
}

/// What a compromised device could reach.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reach {
    /// Device id.
    pub device: String,
    /// How many others it can connect to.
    pub reaches: u64,
}

/// The plan checked against the flows it must allow.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// How many observed or confirmed flows were checked.
    pub flows_checked: u64,
    /// Needed and not permitted, each in a sentence with an example packet.
    pub too_tight: Vec<String>,
    /// Permitted and not needed, likewise.
    pub too_loose: Vec<String>,
}
