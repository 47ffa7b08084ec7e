//! What follows from an assessment: attack paths, what would be after chosen actions, which ranks weights move.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`WhatIf::schema`].
pub const WHAT_IF_SCHEMA: &str = "cordon.what_if/1";

/// What an attacker gets to, today and under the plan.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reachability {
    /// Where they begin: `internet`, or a device id.
    pub from: String,
    /// Today: by what configurations permit; where none were given, every device with an address can send to each
    /// other, for watching sees no barrier.
    pub before: Reached,
    /// Under the verified plan; `null` when there is none.
    pub after: Option<Reached>,
}

/// What an attacker gets to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reached {
    /// Devices that can harm patients.
    pub harmful: u64,
    /// Devices in all.
    pub devices: u64,
    /// The likeliest ways to those that can harm, likeliest first; at most twenty.
    pub paths: Vec<AttackPath>,
}

/// A way to a device that can harm patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct AttackPath {
    /// Device ids, the first one taken first.
    pub devices: Vec<String>,
    /// How likely the whole way is, 0 to 1: the product of its devices' likelihoods.
    pub likelihood: f64,
}

/// What configurations of firewalls and switches permit between devices.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Barriers {
    /// The configurations, in the order they were named.
    pub configurations: Vec<BarrierSource>,
    /// Devices that they treat alike, and whom each group can send to. Devices without an address are in none.
    pub groups: Vec<BarrierGroup>,
    /// Ordered pairs of devices of which the first can send to the second.
    pub pairs_open: u64,
    /// Ordered pairs that the configurations surely close.
    pub pairs_closed: u64,
}

/// One configuration that was read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BarrierSource {
    /// Its file.
    pub path: String,
    /// What the equipment calls itself.
    pub hostname: Option<String>,
    /// What it is written in.
    pub language: String,
    /// Hash of its bytes, hexadecimal.
    pub sha256: String,
    /// Interfaces with an address.
    pub interfaces: u64,
    /// Devices that stand in one of its networks.
    pub devices: u64,
    /// Lines that bear on what passes and were not understood; what they say counts as open.
    pub not_understood: u64,
}

/// Devices that all configurations treat alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BarrierGroup {
    /// Device ids.
    pub devices: Vec<String>,
    /// Groups it can send to, by their places.
    pub reaches: Vec<u64>,
}

/// The estate after chosen actions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WhatIf {
    /// Always [`WHAT_IF_SCHEMA`].
    pub schema: String,
    /// The actions, by id.
    pub actions: Vec<String>,
    /// Points of risk of all devices today.
    pub before: f64,
    /// Points of risk of all devices afterwards.
    pub after: f64,
    /// How many devices are in each tier today.
    pub tiers_before: BTreeMap<String, u64>,
    /// How many afterwards.
    pub tiers_after: BTreeMap<String, u64>,
    /// Devices whose score falls, furthest first.
    pub devices: Vec<ScoreChange>,
}

/// A device's score before and after.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ScoreChange {
    /// Device id.
    pub id: String,
    /// What to call it.
    pub name: String,
    /// Score today.
    pub before: f64,
    /// Score afterwards.
    pub after: f64,
    /// Tier today.
    pub tier_before: String,
    /// Tier afterwards.
    pub tier_after: String,
}

/// A site's own weights and what they do to the ranking.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct OwnWeights {
    /// Weights that differ from the defaults.
    pub changed: Vec<ChangedWeight>,
    /// Devices whose rank they move, furthest first; at most a hundred.
    pub moves: Vec<RankMove>,
    /// How many ranks they move in all.
    pub moved: u64,
}

/// A weight that differs from its default.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChangedWeight {
    /// Such as `likelihood.internet_contact`.
    pub name: String,
    /// The default.
    pub default: f64,
    /// The site's own.
    pub own: f64,
}

/// A device whose rank own weights move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RankMove {
    /// Device id.
    pub id: String,
    /// Rank by the default weights, 1 first.
    pub rank_default: u64,
    /// Rank by the site's own.
    pub rank_own: u64,
    /// Score by the default weights.
    pub score_default: f64,
    /// Score by the site's own.
    pub score_own: f64,
}

/// The risk in the words of NIST SP 800-30 Rev. 1: `very_low`, `low`, `moderate`, `high`, `very_high`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NistRisk {
    /// Overall likelihood (table G-5's scale).
    pub likelihood: String,
    /// Impact (table H-3's scale).
    pub impact: String,
    /// Level of risk (table I-2).
    pub risk: String,
    /// Level of risk with the plan and verified controls in force.
    pub residual: String,
}
