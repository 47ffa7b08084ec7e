//! `cordon.plan/1`: a segmentation plan as it was made, kept beside the policy so that the next one can be compared with
//! it; and what a plan says besides zones and rules, which is part of an assessment too.

use crate::assessment::{Need, Rule, Zone};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of [`Plan::schema`].
pub const SCHEMA: &str = "cordon.plan/1";

/// A plan as it was made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Plan {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Version of the program that made it.
    pub cordon: String,
    /// The time of the assessment it was made from.
    pub now: String,
    /// Zones.
    pub zones: Vec<Zone>,
    /// Allowed flows; everything else is denied.
    pub rules: Vec<Rule>,
    /// Needs that rules were made for, and those that were rejected.
    pub needs: Vec<Need>,
    /// Everything else the plan says.
    pub segmentation: Segmentation,
}

/// What a plan says besides zones and rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Segmentation {
    /// VLAN and subnet of each zone.
    pub networks: Vec<Network>,
    /// The address of each device.
    pub reservations: Vec<Reservation>,
    /// In which order zones move to their networks.
    pub migration: Vec<Step>,
    /// In which order the plan is tried on devices.
    pub rollout: Vec<Canary>,
    /// What enforcement points must hold.
    pub points: Vec<Point>,
    /// Rules that open more than is needed because somebody accepted it.
    pub accepted: Vec<Aggregate>,
    /// What each zone can do to the others when all its devices are lost.
    pub zones_lost: Vec<ZoneLost>,
    /// What each device can do to the others when it is lost, and who can come to it.
    #[serde(default)]
    pub devices_lost: Vec<DeviceLost>,
    /// What the communication graph told of devices whose category is not known or general; it holds for the next plan.
    #[serde(default)]
    pub by_graph: Vec<ByGraph>,
    /// What a person must look at, in sentences.
    pub notes: Vec<String>,
    /// What is different from the last plan; `null` when there is none.
    pub changes: Option<Changes>,
}

/// What the communication graph told of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ByGraph {
    /// The device's id.
    pub device: String,
    /// The kind it belongs near, by the id of the zone proposed for the kind; `null` when nothing was told.
    pub near: Option<String>,
    /// True when it stands in its zone for that; else it stands in a microsegment for it at most.
    pub places: bool,
    /// The evidence, in a sentence; empty where there is none.
    pub why: String,
}

/// The network of a zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Network {
    /// The zone's id.
    pub zone: String,
    /// Its VLAN.
    pub vlan: u16,
    /// Its subnet.
    pub subnet: String,
    /// The router's address.
    pub gateway: String,
    /// Devices today.
    pub devices: u64,
    /// Devices it has room for.
    pub capacity: u64,
}

/// The address of a device.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Reservation {
    /// The device's id.
    pub device: String,
    /// The zone's id.
    pub zone: String,
    /// Its interface.
    pub mac: Option<String>,
    /// Its address today.
    pub now: Option<String>,
    /// Its address under the plan.
    pub then: String,
    /// The switch and port it stands behind.
    pub switch_port: Option<String>,
    /// VLANs it was seen in.
    pub vlans: Vec<u16>,
}

/// One zone's move to its network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Step {
    /// The zone's id.
    pub zone: String,
    /// Its devices, in the order they are moved.
    pub devices: Vec<String>,
    /// Needs that are interrupted meanwhile.
    pub needs: Vec<String>,
    /// How many of these are critical to care.
    pub care_critical: u64,
    /// The hour of the week (0 is Monday 00:00 UTC) to do it in.
    pub hour_of_week: u8,
    /// Why in this place and in this hour.
    pub why: String,
}

/// A device in the order a plan is tried on devices.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Canary {
    /// The device's id.
    pub device: String,
    /// 1 is tried first.
    pub wave: u8,
    /// Why then.
    pub why: String,
}

/// What an enforcement point must hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Point {
    /// Its name.
    pub point: String,
    /// Rules it must hold.
    pub rules: u64,
    /// Table entries it must hold.
    pub entries: u64,
    /// Table entries it has room for.
    pub budget: u64,
    /// Aggregations that would make it fit, cheapest first; each must be accepted in the policy.
    pub proposed: Vec<Aggregate>,
    /// True when even all of these are not enough.
    pub is_short: bool,
}

/// Rules drawn together, and what that opens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Aggregate {
    /// The name to accept it by.
    pub id: String,
    /// Who may ask.
    pub from: String,
    /// Whom.
    pub to: String,
    /// Transport.
    pub transport: String,
    /// Server ports.
    pub ports: Vec<u16>,
    /// How many rules it replaces.
    pub replaces: u64,
    /// Entries it saves.
    pub saves: u64,
    /// Pairs it opens that nothing needs.
    pub pairs: u64,
    /// Devices it lets through that need it not; at most twenty.
    pub opened: Vec<String>,
    /// Who accepted it, and why.
    pub accepted: Option<String>,
}

/// What a zone can do to the others when all its devices are lost.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ZoneLost {
    /// The zone's id.
    pub zone: String,
    /// Its devices.
    pub devices: u64,
    /// Devices of other zones in reach today, as far as was seen.
    pub today: u64,
    /// The same under the plan.
    pub direct: u64,
    /// The same when every device that is reached is lost too, and so on.
    pub in_steps: u64,
    /// How many of the directly reached keep patients alive.
    pub life_sustaining: u64,
    /// Zones in direct reach.
    pub zones: Vec<String>,
}

/// What a device can do to the others when it is lost, and who can come to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DeviceLost {
    /// The device's id.
    pub device: String,
    /// Others in reach today, as far as was seen.
    pub today: u64,
    /// Others in reach under the plan.
    pub direct: u64,
    /// The same when every device that is reached is lost too, and so on.
    pub in_steps: u64,
    /// Others that can open connections to it under the plan.
    pub reached_by: u64,
    /// Devices of other zones in reach under the plan when its whole zone is lost with it.
    pub with_zone: u64,
    /// Other zones that can open connections to it when they are lost.
    pub zones: u64,
    /// Other zones that come to it when every device that is reached is lost too, and so on.
    pub zones_in_steps: u64,
}

/// The difference of two plans.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// The time of the last plan.
    pub since: String,
    /// New zones.
    pub zones_added: Vec<String>,
    /// Zones that are gone.
    pub zones_removed: Vec<String>,
    /// Devices in another zone than before.
    pub moved: Vec<Moved>,
    /// New microsegments.
    #[serde(default)]
    pub microsegments_added: Vec<String>,
    /// Microsegments that are gone.
    #[serde(default)]
    pub microsegments_removed: Vec<String>,
    /// Devices of the same zone in another microsegment than before; `null` is the rest of the zone.
    #[serde(default)]
    pub regrouped: Vec<Moved>,
    /// Rules that are new.
    pub added: Vec<RuleChange>,
    /// Rules that are gone.
    pub removed: Vec<RuleChange>,
    /// Rules that let more through than before.
    pub widened: Vec<RuleChange>,
    /// Rules that let less through.
    pub narrowed: Vec<RuleChange>,
}

/// A device in another zone than before.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Moved {
    /// The device's id.
    pub device: String,
    /// The zone it was in; `null` for a device that is new.
    pub from: Option<String>,
    /// The zone it is in; `null` for a device that is gone.
    pub to: Option<String>,
}

/// A rule that is not what it was.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RuleChange {
    /// The rule's id.
    pub rule: String,
    /// What it permits.
    pub what: String,
    /// Why it changed.
    pub why: String,
}

/// The value of [`Quarantine::schema`].
pub const QUARANTINE_SCHEMA: &str = "cordon.quarantine/1";

/// What a quarantine does.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Quarantine {
    /// Always [`QUARANTINE_SCHEMA`].
    pub schema: String,
    /// The device's id.
    pub device: String,
    /// What a person calls it.
    pub name: String,
    /// Its addresses.
    pub addresses: Vec<String>,
    /// When it begins.
    pub from: String,
    /// When it ends by itself.
    pub until: String,
    /// Needs that stay open.
    pub kept: Vec<String>,
    /// Needs that are cut.
    pub cut: Vec<String>,
    /// What stays possible.
    pub stays: Vec<String>,
    /// What is lost.
    pub lost: Vec<String>,
    /// What care needs and no rule by address can keep open.
    pub not_enforceable: Vec<String>,
    /// Why a clinician must be named first; `null` when nobody need be.
    pub hold: Option<String>,
    /// The clinician who agreed.
    pub approved_by: Option<String>,
    /// Files that were written.
    pub files: Vec<String>,
}

/// The value of [`Drift::schema`].
pub const DRIFT_SCHEMA: &str = "cordon.drift/1";

/// What departs from a plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Drift {
    /// Always [`DRIFT_SCHEMA`].
    pub schema: String,
    /// The time of the plan.
    pub plan: String,
    /// The time of the assessment.
    pub now: String,
    /// Flows that were looked at.
    pub flows: u64,
    /// Flows that a rule permits.
    pub permitted: u64,
    /// Flows that no rule permits, those that were answered first.
    pub unpermitted: Vec<Unpermitted>,
    /// Rules that permitted nothing that was seen.
    pub unused: Vec<RuleChange>,
    /// Rules whose end is past.
    pub expired: Vec<RuleChange>,
    /// Devices that the plan puts into no zone.
    pub unknown: Vec<String>,
    /// Devices of the plan that were not seen.
    pub absent: Vec<String>,
}

/// A flow that no rule permits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Unpermitted {
    /// Who asked.
    pub from: String,
    /// Whom.
    pub to: String,
    /// Transport.
    pub transport: String,
    /// Server port.
    pub port: u16,
    /// What was spoken.
    pub application: Option<String>,
    /// True when it was answered.
    pub answered: bool,
    /// When it was first seen.
    pub first: String,
    /// When it was last seen.
    pub last: String,
    /// In words.
    pub what: String,
}
