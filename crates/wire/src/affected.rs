//! `cordon.affected/1`: what one advisory means for the devices of an assessment.

use crate::assessment::{Remediation, Remedy};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`Affected::schema`].
pub const SCHEMA: &str = "cordon.affected/1";

/// One advisory, or one CVE, and the devices it concerns.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Affected {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Version of the program that answered.
    pub cordon: String,
    /// What was asked for: an advisory's id, a CVE id or a file.
    pub asked: String,
    /// The time the assessment was made for.
    pub assessed: String,
    /// The advisories that this is.
    pub advisories: Vec<Asked>,
    /// Devices in the assessment.
    pub devices: u64,
    /// Devices it hits, highest risk first.
    pub affected: Vec<Hit>,
    /// Devices for which one more fact would tell, with the question.
    pub undetermined: Vec<Hit>,
    /// Devices that run a version with the fix.
    pub fixed: Vec<Hit>,
    /// Devices it concerns and does not hit.
    pub not_affected: Vec<Hit>,
    /// What the maker advises, each once.
    pub remedies: Vec<Remedy>,
    /// Pairs of an affected or undetermined device and a vulnerability, by how far a person is with it.
    #[serde(default)]
    pub remediation: BTreeMap<String, u64>,
}

/// An advisory that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Asked {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: Option<String>,
    /// The document's revision; `null` when only the assessment speaks of it.
    pub revision: Option<String>,
    /// The products it names, as the document writes them; empty when only the assessment speaks of it.
    pub products: Vec<String>,
}

/// A device and what an advisory means for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Hit {
    /// Its id.
    pub device: String,
    /// The hospital's own label.
    pub asset_tag: Option<String>,
    /// What to call it.
    pub name: String,
    /// Department.
    pub department: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// What it runs.
    pub firmware: Option<String>,
    /// The advisory.
    pub advisory: String,
    /// The vulnerabilities this holds for.
    pub cves: Vec<String>,
    /// Why.
    pub why: String,
    /// The question that would decide.
    pub question: Option<String>,
    /// How likely the device is the product, 0 to 1.
    pub probability: Option<f64>,
    /// The device's score of risk, 0 to 100.
    pub risk: f64,
    /// How far a person is with each vulnerability; those not named are not remediated.
    #[serde(default)]
    pub remediation: Vec<Remediation>,
}
