//! `cordon.comparison/1`: what is different between two assessments of one estate.
//!
//! Lists are in a fixed order and texts are those of the assessments, so that equal inputs give equal bytes.

use crate::assessment::Feed;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`Comparison::schema`].
pub const SCHEMA: &str = "cordon.comparison/1";

/// Two assessments compared.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Comparison {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Version of the program that compared.
    pub cordon: String,
    /// The earlier one.
    pub old: Side,
    /// The later one.
    pub new: Side,
    /// What besides the network itself differs between the two, each in a sentence: another knowledge base,
    /// newer feeds, another length of observation. A difference below may come from it.
    pub basis: Vec<String>,
    /// Devices of the new one that the old one does not have, highest risk first.
    pub appeared: Vec<Brief>,
    /// Devices of the old one that the new one does not have, highest risk first. They were not seen or
    /// listed this time, which does not prove that they are gone.
    pub gone: Vec<Brief>,
    /// Devices of both that differ, worse ones first, by how much their score moved.
    pub changed: Vec<DeviceChange>,
    /// Devices of both in which nothing differs.
    pub unchanged: u64,
    /// Advisories whose meaning for a device differs, in order of device and advisory.
    pub findings: Vec<FindingChange>,
    /// The segmentation plan.
    pub plan: PlanChange,
}

/// One of the two assessments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Side {
    /// The file, as named.
    pub path: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// The time it judges at.
    pub now: String,
    /// Version of the program that made it.
    pub cordon: String,
    /// Version of its knowledge base.
    pub knowledge: String,
    /// Feeds it used.
    pub feeds: Vec<Feed>,
    /// Devices in it.
    pub devices: u64,
    /// Devices by tier of risk.
    pub tiers: BTreeMap<String, u64>,
    /// Findings by status.
    pub findings: BTreeMap<String, u64>,
    /// Sum of the devices' scores.
    pub score: f64,
}

/// A device that only one of them has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Brief {
    /// Its id there.
    pub id: String,
    /// The hospital's own label.
    pub asset_tag: Option<String>,
    /// What a person would call it.
    pub name: String,
    /// Category.
    pub category: String,
    /// Addresses: IP, or MAC where none was seen.
    pub addresses: Vec<String>,
    /// Score, 0 to 100.
    pub score: f64,
    /// Tier.
    pub tier: String,
}

/// How a device's risk moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// The score rose.
    Worse,
    /// The score fell.
    Better,
    /// The score stayed.
    Same,
}

/// A device of both that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceChange {
    /// Its id in the new assessment.
    pub id: String,
    /// Its id in the old one, where it was another: something surer is known of it now.
    pub was: Option<String>,
    /// The hospital's own label.
    pub asset_tag: Option<String>,
    /// What a person would call it.
    pub name: String,
    /// How its risk moved.
    pub direction: Direction,
    /// Score before, 0 to 100.
    pub score_before: f64,
    /// Score now.
    pub score_after: f64,
    /// Tier before.
    pub tier_before: String,
    /// Tier now.
    pub tier_after: String,
    /// What is different about it, field by field.
    pub changes: Vec<Change>,
    /// Factors of its score that came, went or moved.
    pub factors: Vec<FactorChange>,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Change {
    /// Which field of the device.
    pub field: String,
    /// What stood there and does not any more; empty where nothing was known.
    pub lost: Vec<String>,
    /// What stands there now and did not.
    pub gained: Vec<String>,
}

/// A factor of a score that came, went or moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FactorChange {
    /// Its name.
    pub name: String,
    /// Points before; `null` when it is new.
    pub before: Option<f64>,
    /// Points now; `null` when it is gone.
    pub after: Option<f64>,
    /// The reason, of the newer where both have it.
    pub why: String,
}

/// What a difference in a finding means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// The device is affected, and was not known to be.
    NewlyAffected,
    /// It was affected or in question, and is fixed or not affected.
    Settled,
    /// Something must be found out that was not in question.
    Asked,
    /// It was affected, and whether it is can no longer be told.
    Reopened,
    /// It is said to be fixed or not affected, and nothing was said.
    Cleared,
    /// The finding is no longer there, the device is.
    Withdrawn,
}

/// An advisory whose meaning for a device differs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FindingChange {
    /// The device's id in the new assessment.
    pub device: String,
    /// What a person would call it.
    pub name: String,
    /// Advisory id.
    pub advisory: String,
    /// CVE ids.
    pub cves: Vec<String>,
    /// Status before; `null` when there was no finding.
    pub before: Option<String>,
    /// Status now; `null` when there is no finding.
    pub after: Option<String>,
    /// What that means.
    pub turn: Turn,
    /// Why, in the words of the newer finding, else of the older.
    pub why: String,
    /// The question that would decide, where one is open now.
    pub question: Option<String>,
}

/// How the segmentation plan differs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PlanChange {
    /// Rules only the new plan has, by id with their words.
    pub rules_added: Vec<RuleBrief>,
    /// Rules only the old plan has.
    pub rules_removed: Vec<RuleBrief>,
    /// Zones only the new plan has, by name.
    pub zones_added: Vec<String>,
    /// Zones only the old plan has.
    pub zones_removed: Vec<String>,
    /// Devices in another zone than before.
    pub moved: Vec<Moved>,
    /// Ordered pairs of devices of which the first can reach the second, today: before and now.
    pub pairs_today: [u64; 2],
    /// The same under the plan.
    pub pairs_planned: [u64; 2],
}

/// A rule in short.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleBrief {
    /// Its id.
    pub id: String,
    /// From whom to whom, on what.
    pub text: String,
}

/// A device that changed zones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// Its id in the new assessment.
    pub device: String,
    /// The zone's name before.
    pub from: String,
    /// The zone's name now.
    pub to: String,
}
