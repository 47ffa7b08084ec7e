//! What is known against a device: support status, findings, exposure and risk with every factor.

use crate::identify::DeviceId;
use crate::observe::Source;
use crate::time::Timestamp;
use std::fmt;

/// Whether the maker still mends it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SupportStatus {
    /// Regular updates.
    Supported,
    /// Security updates only, or a shorter list of problems (IMDRF N70 limited support).
    Limited,
    /// Updates against extra payment.
    Extended,
    /// No updates.
    Ended,
    /// Nothing said so far.
    #[default]
    Unknown,
}

impl SupportStatus {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            SupportStatus::Supported => "supported",
            SupportStatus::Limited => "limited",
            SupportStatus::Extended => "extended",
            SupportStatus::Ended => "ended",
            SupportStatus::Unknown => "unknown",
        }
    }
}

impl fmt::Display for SupportStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Support status of the operating system and of the device itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Support {
    /// Of the operating system.
    pub os: SupportStatus,
    /// Of the device.
    pub device: SupportStatus,
    /// When the operating system's support ended or will end.
    pub until: Option<Timestamp>,
    /// Who says so: an entry of the lifecycle knowledge or a notice.
    pub source: Option<String>,
    /// When the device's own support ended or will end.
    pub device_until: Option<Timestamp>,
    /// Who says so: a maker's notice as recorded in the site folder.
    pub device_source: Option<String>,
    /// What points to an end without saying it, such as that it is sold no more; in sentences.
    pub hints: Vec<String>,
}

/// Why a device cannot be patched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PatchWhyNot {
    /// The vendor makes no updates any more.
    VendorEnded,
    /// A change would void its certification.
    Certification,
    /// It has no way to be updated.
    NoMechanism,
    /// It cannot be taken out of care.
    InUse,
    /// Nobody said.
    Unknown,
}

impl PatchWhyNot {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            PatchWhyNot::VendorEnded => "vendor_ended",
            PatchWhyNot::Certification => "certification",
            PatchWhyNot::NoMechanism => "no_mechanism",
            PatchWhyNot::InUse => "in_use",
            PatchWhyNot::Unknown => "unknown",
        }
    }

    /// The reason with this name.
    pub fn from_name(text: &str) -> Option<PatchWhyNot> {
        [Self::VendorEnded, Self::Certification, Self::NoMechanism, Self::InUse, Self::Unknown]
            .into_iter()
            .find(|reason| reason.name() == text)
    }
}

/// Whether a device can be patched, and by whom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Patch {
    /// `None` when nobody knows.
    pub possible: Option<bool>,
    /// Why not, when not.
    pub why_not: Option<PatchWhyNot>,
    /// Who may patch it and is responsible for it.
    pub responsible: Option<String>,
    /// Who says so.
    pub source: Option<String>,
    /// What is usual for its kind, in a sentence that says so; only where nobody said anything.
    pub hint: Option<String>,
}

/// How urgent a risk is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Below 25.
    Low,
    /// 25 to below 50.
    Medium,
    /// 50 to below 75.
    High,
    /// From 75.
    Critical,
}

impl Tier {
    /// The tier of a score from 0 to 100.
    pub fn of(score: f64) -> Tier {
        match score {
            s if s >= 75.0 => Tier::Critical,
            s if s >= 50.0 => Tier::High,
            s if s >= 25.0 => Tier::Medium,
            _ => Tier::Low,
        }
    }

    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Tier::Low => "low",
            Tier::Medium => "medium",
            Tier::High => "high",
            Tier::Critical => "critical",
        }
    }
}

/// Which of the two numbers a factor belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// How likely a compromise is.
    Likelihood,
    /// How bad it would be.
    Impact,
}

impl Side {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Side::Likelihood => "likelihood",
            Side::Impact => "impact",
        }
    }
}

/// One reason for a score.
#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    /// Short stable name, such as `os_support_ended`.
    pub name: String,
    /// Points of the score this factor contributes; the shares of a device sum to its score.
    pub share: f64,
    /// The reason in a sentence, naming what was seen.
    pub why: String,
    /// Whether it makes a compromise likelier or worse.
    pub side: Side,
    /// Weight × strength, 0 to 0.99: what enters 1 − ∏(1 − value) of its side.
    pub value: f64,
    /// The same with verified controls in force.
    pub controlled: f64,
}

/// Likelihood × impact over the harms, 0 to 100, with every factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Risk {
    /// Without controls, 0 to 100.
    pub inherent: f64,
    /// With verified controls, 0 to 100; equal to `inherent` while none is in force.
    pub residual: f64,
    /// What the inherent score is made of, largest share first.
    pub factors: Vec<Factor>,
}

impl Risk {
    /// The score that ranks: what the device carries today, before the plan is carried out.
    pub fn score(&self) -> f64 {
        self.inherent
    }

    /// The tier of that score.
    pub fn tier(&self) -> Tier {
        Tier::of(self.score())
    }
}

/// What an advisory means for one device. Filled by advisory matching.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FindingStatus {
    /// The device is hit.
    Affected,
    /// It was, and its version holds the fix.
    Fixed,
    /// It is not hit, and the advisory or a VEX statement says so.
    NotAffected,
    /// One more fact would decide.
    #[default]
    Undetermined,
}

impl FindingStatus {
    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            FindingStatus::Affected => "affected",
            FindingStatus::Fixed => "fixed",
            FindingStatus::NotAffected => "not_affected",
            FindingStatus::Undetermined => "undetermined",
        }
    }
}

/// What kind of remedy an advisory names (CSAF 2.0 section 3.2.3.12.1, category).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemedyKind {
    /// The maker's own fix.
    VendorFix,
    /// A configuration or deployment that lowers the risk.
    Mitigation,
    /// A way around the vulnerable function.
    Workaround,
    /// There is none yet.
    NoneAvailable,
    /// There will be none.
    NoFixPlanned,
}

impl RemedyKind {
    /// The name in files and interfaces: CSAF's.
    pub fn name(self) -> &'static str {
        match self {
            RemedyKind::VendorFix => "vendor_fix",
            RemedyKind::Mitigation => "mitigation",
            RemedyKind::Workaround => "workaround",
            RemedyKind::NoneAvailable => "none_available",
            RemedyKind::NoFixPlanned => "no_fix_planned",
        }
    }
}

/// What an advisory advises for a product.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remedy {
    /// Which kind.
    pub kind: RemedyKind,
    /// The maker's words.
    pub text: String,
    /// Where there is more.
    pub url: Option<String>,
}

/// The probability that a vulnerability is exploited within 30 days (FIRST, EPSS).
#[derive(Clone, Debug, PartialEq)]
pub struct ExploitProbability {
    /// 0 to 1.
    pub score: f64,
    /// The model's version; scores of different models cannot be compared.
    pub model: Option<String>,
}

/// A severity by CVSS, scored from its vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Severity {
    /// The vector.
    pub vector: String,
    /// The score that takes most into account, in tenths: 0 to 100.
    pub tenths: u8,
    /// Who gives the vector: the advisory's id, or a source such as `nvd@nist.gov`.
    pub source: String,
}

/// One decision point of SSVC with its reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionPoint {
    /// `exploitation`, `exposure`, `automatable`, `safety_impact`, `mission_impact`, `human_impact`.
    pub name: &'static str,
    /// CERT/CC's word for it, such as `active`.
    pub value: &'static str,
    /// Why, in a sentence.
    pub why: String,
}

/// How soon to act on a finding, by SSVC's deployer tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeployerDecision {
    /// `defer`, `scheduled`, `out-of-cycle` or `immediate`.
    pub decision: &'static str,
    /// What it follows from.
    pub points: Vec<DecisionPoint>,
}

/// The entry of an advisory that a finding rests on.
#[derive(Clone, Debug, Default, PartialEq)]
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

/// An advisory that concerns a device.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Finding {
    /// The advisory's id, such as `ICSMA-17-017-02`.
    pub advisory: String,
    /// Its title.
    pub title: Option<String>,
    /// CVE ids it covers.
    pub cves: Vec<String>,
    /// What it means for this device.
    pub status: FindingStatus,
    /// Why, in a sentence.
    pub why: String,
    /// The question that would decide an undetermined finding.
    pub question: Option<String>,
    /// The product entry it rests on.
    pub matched: Option<Matched>,
    /// What the advisory advises for this device's product.
    pub remedies: Vec<Remedy>,
    /// CVSS vectors the advisory gives, as they stand there.
    pub vectors: Vec<String>,
    /// The first day any of its CVEs stood in the catalogue of known exploited vulnerabilities.
    pub known_exploited: Option<Timestamp>,
    /// The highest exploit probability of its CVEs.
    pub epss: Option<ExploitProbability>,
    /// The highest severity of its CVEs.
    pub cvss: Option<Severity>,
    /// How soon to act; of an affected or undetermined finding only.
    pub ssvc: Option<DeployerDecision>,
}

/// A service that makes a device easier to attack.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RiskyService {
    /// Short stable name, such as `smb1` or `telnet`.
    pub name: String,
    /// `tcp/23`; `None` where the fact that tells does not say the port.
    pub port: Option<String>,
    /// True when what is spoken was seen, false when only the port number says so.
    pub sure: bool,
    /// The reason in a sentence.
    pub why: String,
    /// Where it was seen first; `None` where no packet shows it.
    pub seen: Option<Source>,
}

/// Contact with addresses outside the site.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InternetContact {
    /// How many addresses outside it asked and got answers from.
    pub asked: u64,
    /// How many addresses outside opened connections to it and got answers.
    pub inbound: u64,
    /// How many addresses outside it tried in vain to reach.
    pub attempts: u64,
    /// Bytes exchanged with outside, both directions.
    pub bytes: u64,
    /// Names or addresses, in order; at most fifty.
    pub destinations: Vec<String>,
    /// Whether it is needed: `Some(true)` when a person or maker confirmed it or it is usual for such a device,
    /// `Some(false)` when neither; `None` when there is none, or the device is of a kind that lives on it.
    pub needed: Option<bool>,
    /// Why, in a sentence.
    pub needed_why: Option<String>,
}

/// A recall or field action that concerns a device's product, as FDA publishes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recall {
    /// Its number, such as `Z-0001-2026`.
    pub number: String,
    /// FDA's class, `I` the gravest, where it is given.
    pub class: Option<String>,
    /// What it means for this device: `affected` only where lot, serial number or version is known to be among those
    /// recalled.
    pub verdict: FindingStatus,
    /// Why, in a sentence.
    pub why: String,
    /// The question that would decide.
    pub question: Option<String>,
    /// Who recalls.
    pub firm: String,
    /// The product in the firm's words.
    pub product: String,
    /// Which of them, in the firm's words.
    pub codes: String,
    /// The reason in the firm's words.
    pub reason: String,
    /// What the firm does about it.
    pub action: Option<String>,
    /// How far it is, in FDA's words: `Ongoing`, `Open, Classified`, `Terminated`.
    pub state: String,
    /// True while it is not terminated.
    pub is_open: bool,
    /// True when the reason speaks of software, security or the network.
    pub is_software: bool,
    /// When it began.
    pub begun: Option<Timestamp>,
    /// Who says so, and which edition of it.
    pub source: String,
}

/// Where a device can be attacked from, and what it gives away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Exposure {
    /// Contact with addresses outside the site.
    pub internet: InternetContact,
    /// How many other devices can send to it, as far as watching can tell.
    pub reachable_from: u64,
    /// In how many networks (VLANs) those are.
    pub reachable_from_networks: u64,
    /// How many other devices were seen to open connections to it.
    pub asked_by: u64,
    /// How many other devices it can send to, as far as watching can tell.
    pub reaches: u64,
    /// How many other devices can send to it under the verified plan; `None` when there is none.
    pub reachable_under_plan: Option<u64>,
    /// Services that make it easier to attack, in order.
    pub risky_services: Vec<RiskyService>,
    /// Kinds of patient data that crossed the network readable.
    pub patient_data_in_clear: Vec<String>,
    /// Where patient data was first readable.
    pub patient_data_seen: Option<Source>,
    /// Accounts everybody knows, and who says so, in sentences.
    pub default_accounts: Vec<String>,
    /// Channels for remote support, in order.
    pub remote_support: Vec<String>,
    /// Why it can be taken off the network, when nothing seen needs it there; `None` when it is needed or was not
    /// watched long enough to say.
    pub can_be_disconnected: Option<String>,
}

/// What was found about one device.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceAssessment {
    /// Which device.
    pub device: DeviceId,
    /// Support status.
    pub support: Support,
    /// Patchability.
    pub patch: Patch,
    /// Advisories that concern it.
    pub findings: Vec<Finding>,
    /// Where it can be attacked from, and what it gives away.
    pub exposure: Exposure,
    /// Risk with every factor.
    pub risk: Risk,
    /// Recalls of its product, open ones first.
    pub recalls: Vec<Recall>,
}

/// A factor that an action makes less.
#[derive(Clone, Debug, PartialEq)]
pub struct Lowered {
    /// Of which device.
    pub device: DeviceId,
    /// Which factor, by name.
    pub factor: String,
    /// What is left of its value, 0 to 0.99.
    pub left: f64,
}

/// Something to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// Lasting name within the assessment, `act-…`.
    pub id: String,
    /// `segment`, `patch`, `configure`, `disconnect`, `replace`, `accept`, `find_out`.
    pub kind: String,
    /// Which devices.
    pub devices: Vec<DeviceId>,
    /// Points of risk it removes from each of them, in the same order.
    pub removes_each: Vec<f64>,
    /// Names of the factors that go; of a segmentation none, for it lowers all to their controlled value.
    pub clears: Vec<String>,
    /// Factors that become less, where they do not go.
    pub lowers: Vec<Lowered>,
    /// Why, in a sentence a head of practice understands.
    pub why: String,
    /// Points of risk it removes, summed over the devices.
    pub removes: f64,
    /// `low`, `medium` or `high`.
    pub effort: String,
    /// What the clinic must see to while it is done, in a sentence; `None` when nothing.
    pub constraint: Option<String>,
}
