//! The part of `cordon.assessment/1` that compares asset lists with what was seen on the network.

use crate::assessment::Evidence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Asset lists compared with what was seen on the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reconciliation {
    /// The lists.
    pub lists: Vec<String>,
    /// How many devices are both in a list and on the network.
    pub matched: u64,
    /// Devices seen that no list has, highest risk first.
    pub not_listed: Vec<String>,
    /// Devices that lists have and that were never seen.
    pub never_seen: Vec<Listed>,
    /// What a list says otherwise than what was seen, by device and attribute.
    pub differences: Vec<Difference>,
}

/// A device of a list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Listed {
    /// Its id.
    pub device: String,
    /// Path of the list.
    pub input: String,
    /// 1-based row in it.
    pub row: u64,
}

/// A list's word against what was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Difference {
    /// The device's id.
    pub device: String,
    /// What about: an attribute, `mac` or `ip`.
    pub attribute: String,
    /// `differs`, `spelling` (the same written otherwise), `not_seen` (an address nothing on the network uses
    /// for it) or `not_listed` (an address the list does not have).
    pub kind: String,
    /// What the list says.
    pub listed: Option<String>,
    /// What was seen.
    pub seen: Option<String>,
    /// How sure that is, 0 to 1.
    pub confidence: Option<f64>,
    /// Path of the list.
    pub input: String,
    /// 1-based row in it.
    pub row: u64,
    /// What was seen, in words, and where: frame or row, and input.
    pub evidence: Option<Evidence>,
}
