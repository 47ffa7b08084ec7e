//! Which flows are needed, how well they were observed, and whether rules for them may be enforced.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A flow that clinical work requires.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Need {
    /// Lasting name.
    pub id: String,
    /// `device:ID`, `zone:ID`, `outside:NAME` or `group:ADDRESS`.
    pub from: String,
    /// Likewise.
    pub to: String,
    /// Transport.
    pub transport: String,
    /// Server ports.
    pub ports: Vec<u16>,
    /// What is spoken.
    pub application: Option<String>,
    /// What for.
    pub purpose: String,
    /// `proposed`, `confirmed`, `expected_not_seen` or `rejected`.
    pub state: String,
    /// Where it comes from.
    pub source: String,
    /// Who says that it is needed: `observed`, `person`, `maker` or `template`.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub origin: String,
    /// Who confirmed or rejected it, when and why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision: Option<NeedDecision>,
    /// The last day it is needed, `YYYY-MM-DD`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<String>,
    /// True when care depends on it at once: a quarantine leaves it open.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub care_critical: bool,
    /// How well it was observed; absent when it was never seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<NeedSeen>,
}

/// A person's decision about a need.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeedDecision {
    /// Who.
    pub by: String,
    /// On which day, `YYYY-MM-DD`.
    pub when: String,
    /// Why.
    pub because: String,
}

/// How well a flow was observed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct NeedSeen {
    /// First packet, RFC 3339.
    pub first: String,
    /// Last packet, RFC 3339.
    pub last: String,
    /// Days between them.
    pub days: f64,
    /// Connections or exchanges.
    pub flows: u64,
    /// In how many of the 168 hours of the week.
    pub hours: u8,
    /// Between Monday and Friday, 06:00 to 22:00 UTC.
    pub weekday: bool,
    /// Between 22:00 and 06:00 UTC.
    pub night: bool,
    /// On a Saturday or Sunday, UTC.
    pub weekend: bool,
}

/// How well a device was observed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Coverage {
    /// Device id.
    pub device: String,
    /// Days from its first to its last packet.
    pub days: f64,
    /// True when its rules may be enforced.
    pub ready: bool,
    /// Why or why not.
    pub why: String,
    /// What it was seen to do, by role.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Seen in how many of the 168 hours of the week.
    #[serde(default)]
    pub hours: u8,
    /// Between Monday and Friday, 06:00 to 22:00 UTC.
    #[serde(default)]
    pub weekday: bool,
    /// Between 22:00 and 06:00 UTC.
    #[serde(default)]
    pub night: bool,
    /// On a Saturday or Sunday, UTC.
    #[serde(default)]
    pub weekend: bool,
    /// Needs of it that nobody has confirmed yet.
    #[serde(default)]
    pub unconfirmed: u64,
    /// Usual of its kind, never seen, and not answered for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missing: Vec<String>,
    /// The same of what is too rare to be seen in this time.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rare: Vec<String>,
}

/// Conversations that did not become needs, such as a scan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Withheld {
    /// Who asked: `device:ID`, `zone:ID`, `outside:NAME` or `group:ADDRESS`.
    pub from: String,
    /// Why it is not proposed, in a sentence.
    pub reason: String,
    /// How many flows in all.
    pub count: u64,
    /// The first of them, as `device:ID tcp/445`; at most 100.
    pub flows: Vec<String>,
}
