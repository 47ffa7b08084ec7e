//! `cordon.assessment/1`: the whole result of one assessment, from which every document is made.
//!
//! A value that is not known is `null`. Times are RFC 3339 UTC. Lists are in a fixed order, so that equal
//! inputs give equal bytes.

mod needs;
mod plan;

pub use needs::{Coverage, Need, NeedDecision, NeedSeen, Withheld};
pub use plan::{Containment, Microsegment, Reach, Rule, Verification, Zone};

use crate::hours::HoursOfWeek;
use crate::outlook::{Barriers, NistRisk, OwnWeights, Reachability};
use crate::reconciliation::Reconciliation;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The value of [`Assessment::schema`].
pub const SCHEMA: &str = "cordon.assessment/1";

/// The result of one assessment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Assessment {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// Version of the program that made it.
    pub cordon: String,
    /// The time it is made for; statuses are judged at this time.
    pub now: String,
    /// Version of the knowledge base: a hash over its files.
    pub knowledge: String,
    /// Name of the organization and site, and how documents look.
    #[serde(default)]
    pub site: Site,
    /// Advisory and lifecycle feeds used.
    pub feeds: Vec<Feed>,
    /// The advisories that devices were matched with; `null` when none were given.
    #[serde(default)]
    pub advisories: Option<Advisories>,
    /// What was read.
    pub inputs: Vec<Input>,
    /// Devices, highest risk first.
    pub devices: Vec<Device>,
    /// Who talked to whom.
    pub conversations: Vec<Conversation>,
    /// What happened, in order of time.
    #[serde(default)]
    pub events: Vec<Event>,
    /// Required flows.
    pub needs: Vec<Need>,
    /// Proposed zones.
    pub zones: Vec<Zone>,
    /// Proposed rules; everything else is denied.
    pub rules: Vec<Rule>,
    /// What was seen and is not proposed as needed, with the reason.
    #[serde(default)]
    pub withheld: Vec<Withheld>,
    /// Addresses, migration, rollout and budgets of the plan; `null` when nothing of it was made.
    #[serde(default)]
    pub segmentation: Option<crate::segmentation::Segmentation>,
    /// Whether each device was observed well enough to enforce its rules.
    pub coverage: Vec<Coverage>,
    /// What to do, most risk removed per effort first.
    pub actions: Vec<Action>,
    /// How far an attacker gets, before and under the plan.
    pub containment: Containment,
    /// How an attacker outside gets to devices that can harm patients, today and under the plan.
    #[serde(default)]
    pub reachability: Reachability,
    /// What configurations of firewalls and switches permit today; `null` when none were given, and the network is
    /// taken as flat.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub barriers: Option<Barriers>,
    /// The site's own weights and what they do to the ranking; `null` when it has none.
    #[serde(default)]
    pub own_weights: Option<OwnWeights>,
    /// The plan checked against the flows it must allow.
    #[serde(default)]
    pub verification: Verification,
    /// Devices for which neither owner nor department is known, highest risk first.
    #[serde(default)]
    pub unowned: Vec<String>,
    /// The asset lists compared with what was seen; `null` when no list was given.
    #[serde(default)]
    pub reconciliation: Option<Reconciliation>,
    /// How the observation went: counters such as `ipv4.bad_length`.
    #[serde(default)]
    pub health: BTreeMap<String, u64>,
}

/// The advisories that devices were matched with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Advisories {
    /// The folder or file.
    pub path: String,
    /// Advisories that were read, each in its latest revision.
    pub read: u64,
    /// Their ids, in order.
    pub ids: Vec<String>,
    /// Those that concern a device.
    pub concerning: u64,
    /// Documents left aside for a later revision of the same advisory.
    pub superseded: u64,
    /// Documents that could not be used.
    pub rejected: Vec<RejectedAdvisory>,
}

/// A document that could not be used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RejectedAdvisory {
    /// The file, with the member behind `!` in an archive.
    pub file: String,
    /// Where in the document: a JSON pointer, or line and column.
    pub at: String,
    /// Why.
    pub reason: String,
}

/// The organization and how its documents look.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Site {
    /// The organization's name.
    pub organization: Option<String>,
    /// The site's name.
    pub name: Option<String>,
    /// Who made the assessment, for the cover.
    pub author: Option<String>,
}

/// A feed that was used.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Feed {
    /// Its name.
    pub name: String,
    /// Its version or newest entry.
    pub version: Option<String>,
    /// When it was fetched.
    pub fetched: Option<String>,
}

/// A file or stream that was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Input {
    /// As named on the command line.
    pub path: String,
    /// Hash of its bytes, hexadecimal.
    pub sha256: Option<String>,
    /// What it was recognised as.
    pub kind: String,
    /// Frames or rows.
    pub packets: u64,
    /// Captured bytes.
    pub bytes: u64,
    /// Time of the earliest frame.
    pub first: Option<String>,
    /// Time of the latest frame.
    pub last: Option<String>,
    /// Where it could not be read.
    pub damaged: Vec<Damage>,
    /// What was passed over, with counts.
    #[serde(default)]
    pub skipped: BTreeMap<String, u64>,
}

/// A damaged place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Damage {
    /// Byte offset, after decompression.
    pub offset: u64,
    /// What is wrong.
    pub reason: String,
}

/// A device with everything claimed and found about it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Device {
    /// Stable across runs.
    pub id: String,
    /// The hospital's own label.
    pub asset_tag: Option<String>,
    /// Who is responsible.
    pub owner: Option<String>,
    /// Department.
    pub department: Option<String>,
    /// Where it stands.
    pub location: Option<String>,
    /// Whom to call about it.
    #[serde(default)]
    pub support_contact: Option<String>,
    /// What its costs are booked on.
    #[serde(default)]
    pub cost_centre: Option<String>,
    /// When it was bought.
    #[serde(default)]
    pub purchased: Option<String>,
    /// MAC addresses.
    pub macs: Vec<String>,
    /// IP addresses.
    pub ips: Vec<String>,
    /// VLAN identifiers.
    pub vlans: Vec<u16>,
    /// Host names.
    pub hostnames: Vec<String>,
    /// Category by name; `unknown` when nothing says.
    pub category: String,
    /// How much care depends on it: `high`, `medium` or `low`; its claim says who says so.
    #[serde(default)]
    pub criticality: Option<String>,
    /// DICOM modality code.
    pub modality: Option<String>,
    /// Maker.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Operating system family.
    pub os: Option<String>,
    /// Operating system version.
    pub os_version: Option<String>,
    /// Firmware or application software version.
    pub firmware: Option<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// Unique device identifier.
    pub udi: Option<String>,
    /// Date of manufacture.
    pub manufactured: Option<String>,
    /// What FDA's databases say of the product; `null` when nothing joined it to one.
    #[serde(default)]
    pub fda: Option<Fda>,
    /// When it was first and last on the network; `null` for one that only lists know.
    #[serde(default)]
    pub presence: Option<Presence>,
    /// Every claim with its evidence, also those too weak to show above.
    pub claims: Vec<Claim>,
    /// Ports it answers on.
    pub services: Vec<Service>,
    /// What it does on the network.
    pub roles: Vec<String>,
    /// Patient data readable in its traffic.
    pub patient_data: PatientData,
    /// Contact with addresses outside the site.
    pub internet: Internet,
    /// Support status.
    pub support: Support,
    /// Patchability.
    pub patch: Patch,
    /// Advisories that concern it.
    pub findings: Vec<Finding>,
    /// Where it can be attacked from, and what it gives away.
    #[serde(default)]
    pub exposure: Exposure,
    /// Risk with every factor.
    pub risk: Risk,
    /// The device that speaks for it, when it was never on the wire itself.
    #[serde(default)]
    pub parent: Option<String>,
    /// Why it is made of what it is, and what was kept apart from it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Recalls of its product, open ones first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recalls: Vec<Recall>,
}

/// A recall or field action that concerns a device's product, as FDA publishes it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Recall {
    /// Its number, such as `Z-0001-2026`.
    pub number: String,
    /// FDA's class: `I` (the gravest), `II`, `III`; `null` where it is not given.
    pub class: Option<String>,
    /// What it means for this device: `affected`, `not_affected` or `undetermined`.
    pub status: String,
    /// Why.
    pub why: String,
    /// The question that would decide.
    pub question: Option<String>,
    /// Who recalls.
    pub firm: String,
    /// The product in the firm's words.
    pub product: String,
    /// Which lots, serial numbers or versions, in the firm's words.
    pub codes: String,
    /// The reason in the firm's words.
    pub reason: String,
    /// What the firm does about it.
    pub action: Option<String>,
    /// How far it is, in FDA's words.
    pub state: String,
    /// True while it is not terminated.
    pub open: bool,
    /// The day it began.
    pub begun: Option<String>,
    /// Who says so.
    pub source: String,
}

/// Something that was joined with a device, or looked at and kept apart.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Link {
    /// True when it was joined.
    pub joined: bool,
    /// What: a station, an address, a row of a list, a record of a gateway.
    pub with: String,
    /// The reason.
    pub why: String,
    /// The facts it rests on.
    pub evidence: Vec<Evidence>,
}

/// What FDA's databases say of a product.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Fda {
    /// Name it is sold under.
    pub brand: Option<String>,
    /// Product code.
    pub product_code: Option<String>,
    /// Device class: `1`, `2`, `3`, `U`, `N` or `F`.
    pub device_class: Option<String>,
    /// Whether the classification calls it life-sustaining or life-supporting.
    pub life_sustaining: Option<bool>,
    /// Whether it is still sold, in FDA's words.
    pub distribution: Option<String>,
}

/// When a device was on the network.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Presence {
    /// The earliest time; `null` when no source gives one.
    pub first: Option<String>,
    /// The latest time.
    pub last: Option<String>,
}

/// Attribute = value with confidence and evidence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Claim {
    /// What about.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// 0 to 1.
    pub confidence: f64,
    /// True when other evidence says otherwise.
    pub conflict: bool,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// One sighting and the rule that read it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Evidence {
    /// Protocol or kind of source.
    pub protocol: String,
    /// The sighting in words.
    pub fact: String,
    /// The rule.
    pub rule: String,
    /// Path of the input.
    pub input: String,
    /// 1-based frame or row number in it.
    pub packet: u64,
    /// Time of that frame; absent where only a list says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<String>,
}

/// A port a device answers on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Service {
    /// `tcp`, `udp`, `icmp` or `ip/N`.
    pub transport: String,
    /// Port.
    pub port: u16,
    /// What is spoken, or what the port suggests when `seen` is `port_only`.
    pub application: Option<String>,
    /// `conversation`, `banner` or `port_only`.
    pub seen: String,
}

/// Patient data readable in a device's traffic.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PatientData {
    /// True when any was.
    pub seen: bool,
    /// Which kinds, never values.
    pub kinds: Vec<String>,
    /// True when it crossed the network unencrypted.
    pub in_clear: bool,
}

/// Contact with addresses outside the site.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Internet {
    /// True when any was seen.
    pub seen: bool,
    /// Names, or addresses where no name was seen.
    pub destinations: Vec<String>,
}

/// Support status.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Support {
    /// Of the operating system: `supported`, `limited`, `extended`, `ended`, `unknown`.
    pub os: String,
    /// Of the device.
    pub device: String,
    /// Until when the operating system is or was supported.
    pub until: Option<String>,
    /// Who says so.
    pub source: Option<String>,
    /// Until when the maker looks after the device, or did.
    #[serde(default)]
    pub device_until: Option<String>,
    /// Who says so: a maker's notice as recorded in the site folder.
    #[serde(default)]
    pub device_source: Option<String>,
    /// What points to an end of support without saying it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hints: Vec<String>,
}

/// Patchability.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Patch {
    /// `null` when nobody knows.
    pub possible: Option<bool>,
    /// `vendor_ended`, `certification`, `no_mechanism`, `in_use` or `unknown`.
    pub why_not: Option<String>,
    /// Who may patch it and is responsible for it.
    pub responsible: Option<String>,
    /// Who says so.
    pub source: Option<String>,
    /// What is usual for its kind, where nobody said anything; no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}

/// The product entry of an advisory that a finding rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Matched {
    /// The product with its versions, as the document calls it.
    pub product: String,
    /// The versions, as the document writes them.
    pub versions: String,
    /// How likely the device is this product, 0 to 1.
    pub probability: f64,
    /// The file it was read from.
    pub document: String,
    /// The document's revision.
    pub revision: String,
}

/// What an advisory means for a device.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// Advisory id.
    pub advisory: String,
    /// CVE ids.
    pub cves: Vec<String>,
    /// `affected`, `fixed`, `not_affected` or `undetermined`.
    pub status: String,
    /// Why.
    pub why: String,
    /// The question that would decide.
    pub question: Option<String>,
    /// The product entry it rests on.
    #[serde(default)]
    pub matched: Option<Matched>,
    /// In the catalogue of known exploited vulnerabilities.
    pub known_exploited: Option<bool>,
    /// Exploit prediction score, 0 to 1.
    pub epss: Option<f64>,
    /// CVSS base score, 0 to 10.
    pub cvss: Option<f64>,
    /// SSVC deployer decision: `defer`, `scheduled`, `out-of-cycle` or `immediate`.
    pub ssvc: Option<String>,
    /// The advisory's title.
    #[serde(default)]
    pub title: Option<String>,
    /// What it advises.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// The first day any of its CVEs stood in the catalogue of known exploited vulnerabilities.
    #[serde(default)]
    pub known_exploited_since: Option<String>,
    /// The version of the model that made the exploit prediction score.
    #[serde(default)]
    pub epss_model: Option<String>,
    /// The vector the CVSS score follows from.
    #[serde(default)]
    pub cvss_vector: Option<String>,
    /// Who gives that vector.
    #[serde(default)]
    pub cvss_source: Option<String>,
    /// What the SSVC decision follows from.
    #[serde(default)]
    pub ssvc_points: Vec<DecisionPoint>,
    /// How far a person is with each vulnerability; those not named are not remediated.
    #[serde(default)]
    pub remediation: Vec<Remediation>,
}

/// How far a person is with a vulnerability at a device (CSAF 2.1, conformance clause 13).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remediation {
    /// The CVE id, or the advisory's where it names none.
    pub vulnerability: String,
    /// `not_remediated`, `in_progress` or `done`.
    pub state: String,
    /// Who says so.
    pub who: String,
    /// Since when.
    pub when: String,
    /// Why.
    pub why: String,
}

/// What an advisory advises for a product.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Remedy {
    /// `vendor_fix`, `mitigation`, `workaround`, `none_available` or `no_fix_planned`.
    pub kind: String,
    /// The maker's words.
    pub text: String,
    /// Where there is more.
    pub url: Option<String>,
}

/// One decision point of SSVC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DecisionPoint {
    /// `exploitation`, `exposure`, `automatable`, `safety_impact`, `mission_impact` or `human_impact`.
    pub name: String,
    /// CERT/CC's word for it.
    pub value: String,
    /// Why.
    pub why: String,
}

/// Where a device can be attacked from, and what it gives away.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Exposure {
    /// Addresses outside it asked and got answers from.
    pub internet_asked: u64,
    /// Addresses outside that opened connections to it and got answers.
    pub internet_inbound: u64,
    /// Addresses outside it tried in vain to reach.
    pub internet_attempts: u64,
    /// Bytes exchanged with outside.
    pub internet_bytes: u64,
    /// Whether contact with the internet is needed: `true` when somebody confirmed it or it is usual for such a
    /// device, `false` when neither; `null` when there is none or the device is of a kind that lives on it.
    pub internet_needed: Option<bool>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internet_needed_why: Option<String>,
    /// Other devices that can send to it, as far as watching can tell.
    pub reachable_from: u64,
    /// Networks (VLANs) those are in.
    pub reachable_from_networks: u64,
    /// Other devices that were seen to open connections to it.
    pub asked_by: u64,
    /// Other devices it can send to, as far as watching can tell.
    pub reaches: u64,
    /// Other devices that can send to it under the verified plan; `null` when there is none.
    pub reachable_under_plan: Option<u64>,
    /// Services that make it easier to attack.
    pub risky_services: Vec<RiskyService>,
    /// Kinds of patient data that crossed the network readable.
    pub patient_data_in_clear: Vec<String>,
    /// Where patient data was first readable.
    #[serde(default)]
    pub patient_data_seen: Option<Place>,
    /// Accounts everybody knows, in sentences.
    pub default_accounts: Vec<String>,
    /// Channels for remote support.
    pub remote_support: Vec<String>,
    /// Why it can be taken off the network; `null` when it is needed there or was not watched long enough.
    pub can_be_disconnected: Option<String>,
}

/// A service that makes a device easier to attack.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RiskyService {
    /// Short stable name.
    pub name: String,
    /// `tcp/23`; `null` where the fact that tells does not say.
    pub port: Option<String>,
    /// False when only the port number says what it is.
    pub sure: bool,
    /// Why.
    pub why: String,
    /// Where it was seen first; `null` where no packet shows it.
    #[serde(default)]
    pub seen: Option<Place>,
}

/// A packet of an input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Place {
    /// The input's name.
    pub input: String,
    /// 1-based frame number, or row of a list.
    pub packet: u64,
}

/// Likelihood × impact, with every factor.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Risk {
    /// 0 to 100.
    pub score: f64,
    /// `critical`, `high`, `medium` or `low`.
    pub tier: String,
    /// Without controls.
    pub inherent: f64,
    /// With the plan in force and verified.
    pub residual: f64,
    /// What the score is made of; shares sum to `score`.
    pub factors: Vec<Factor>,
    /// The same in the words of NIST SP 800-30.
    #[serde(default)]
    pub nist: NistRisk,
}

/// One reason for a score.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Factor {
    /// Short stable name.
    pub name: String,
    /// Points of the score.
    pub share: f64,
    /// The reason in a sentence.
    pub why: String,
    /// `likelihood` or `impact`.
    #[serde(default)]
    pub side: String,
    /// Weight × strength: the score is 100 × the sides' 1 − ∏(1 − value).
    #[serde(default)]
    pub value: f64,
    /// The same with the plan and other verified controls in force.
    #[serde(default)]
    pub controlled: f64,
}

/// What a client and a server exchanged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Conversation {
    /// The client's address.
    pub client: String,
    /// The server's address.
    pub server: String,
    /// The client's device id.
    pub client_device: Option<String>,
    /// The server's device id.
    pub server_device: Option<String>,
    /// VLAN identifier.
    pub vlan: Option<u16>,
    /// Transport.
    pub transport: String,
    /// Server port.
    pub port: u16,
    /// What was spoken, when understood.
    pub application: Option<String>,
    /// Kinds of patient data that were readable in it, so in clear text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patient_data: Vec<String>,
    /// True when one end is outside the site.
    pub outside: bool,
    /// True when the server was seen to answer.
    #[serde(default)]
    pub answered: bool,
    /// How many connections or exchanges; 0 when not told.
    #[serde(default)]
    pub flows: u64,
    /// True when the server's address is a multicast group or a broadcast.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub to_group: bool,
    /// Packets, both directions.
    pub packets: u64,
    /// Bytes, both directions.
    pub bytes: u64,
    /// First packet.
    pub first: String,
    /// Last packet.
    pub last: String,
    /// Packets in each hour of the week (168 values, Monday 00:00 UTC first).
    pub hours_of_week: HoursOfWeek,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Event {
    /// When.
    pub at: String,
    /// What.
    pub kind: String,
    /// Whose doing, as an address.
    pub endpoint: String,
    /// To whom, as an address.
    pub peer: Option<String>,
    /// Particulars, without patient data.
    pub detail: String,
    /// Path of the input.
    pub input: String,
    /// 1-based frame number in it.
    pub packet: u64,
}

/// Something to do.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Action {
    /// Name within the assessment.
    pub id: String,
    /// `segment`, `patch`, `configure`, `disconnect`, `replace`, `accept` or `find_out`.
    pub kind: String,
    /// Device ids.
    pub devices: Vec<String>,
    /// Points of risk it removes from each of them, in the same order.
    #[serde(default)]
    pub removes_each: Vec<f64>,
    /// Names of the factors that go; a segmentation has none and lowers all to their controlled value.
    #[serde(default)]
    pub clears: Vec<String>,
    /// Factors that become less.
    #[serde(default)]
    pub lowers: Vec<Lowered>,
    /// Why.
    pub why: String,
    /// Points of risk it removes.
    pub removes: f64,
    /// `low`, `medium` or `high`.
    pub effort: String,
    /// What the clinic must see to while it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
}

/// A factor that an action makes less.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Lowered {
    /// Device id.
    pub device: String,
    /// Which factor.
    pub factor: String,
    /// What is left of its value.
    pub left: f64,
}
