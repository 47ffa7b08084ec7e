//! `cordon.truth/1`: what is really on a network, to score an assessment against.
//!
//! A field that is absent is not judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The value of [`Truth::schema`].
pub const SCHEMA: &str = "cordon.truth/1";

/// What is really on a network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Truth {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// The capture it speaks of.
    pub input: String,
    /// The devices.
    pub devices: Vec<TruthDevice>,
    /// What happened.
    #[serde(default)]
    pub events: Vec<TruthEvent>,
    /// Flows that are really needed; absent where nobody says.
    #[serde(default)]
    pub needs: Vec<TruthNeed>,
    /// Texts (patient names, identifiers) that must appear in nothing that is written.
    #[serde(default)]
    pub forbidden_text: Vec<String>,
}

/// What a device really is; an absent field is not judged.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TruthDevice {
    /// A name within the file.
    pub name: String,
    /// MAC addresses.
    #[serde(default)]
    pub macs: Vec<String>,
    /// IP addresses.
    #[serde(default)]
    pub ips: Vec<String>,
    /// Category by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub category: Option<String>,
    /// DICOM modality code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modality: Option<String>,
    /// Maker.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manufacturer: Option<String>,
    /// Model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Operating system.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub os: Option<String>,
    /// Firmware.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub firmware: Option<String>,
    /// Serial number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// Host name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hostname: Option<String>,
    /// Free words; never judged.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A flow that is really needed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TruthNeed {
    /// Address of who asks.
    pub from: String,
    /// Address of who answers.
    pub to: String,
    /// Transport protocol.
    pub transport: String,
    /// Server port.
    pub port: u16,
    /// It happens once in months.
    #[serde(default)]
    pub rare: bool,
    /// It is not in the capture.
    #[serde(default)]
    pub withheld: bool,
}

/// Something that really happened.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TruthEvent {
    /// What.
    pub kind: String,
    /// Start, RFC 3339 or seconds since the epoch.
    #[serde(default)]
    pub start: serde_json::Value,
    /// End, likewise.
    #[serde(default)]
    pub end: serde_json::Value,
    /// Who did it.
    #[serde(default)]
    pub source: Option<serde_json::Value>,
    /// To whom.
    #[serde(default)]
    pub target: Option<serde_json::Value>,
}
