//! Security advisories as one kind of value, whatever format they came in.
//!
//! [`read`] makes an [`Advisory`] from the bytes of a CSAF 2.0 or 2.1 document, of a CycloneDX document with
//! vulnerabilities, or of an OpenVEX document. What a document says about versions becomes a [`Condition`]; what it
//! says about products and vulnerabilities becomes [`Statement`]s.

pub mod archive;
pub mod csaf;
pub mod cyclonedx;
pub mod openvex;

mod lenient;
mod notes;
mod prose;

use crate::version::Condition;
use cordon_model::Timestamp;
use std::fmt;

/// The largest document that is read, bytes.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 20;

/// Reads a document of any of the formats, told by its content; `source` is the file's name, `now` the time of reading.
pub fn read(bytes: &[u8], source: &str, now: Timestamp) -> Result<Reading, Rejected> {
    // What tells the formats apart stands near the beginning or, where a writer sorts keys, anywhere.
    let holds = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    if holds(b"\"csaf_version\"") {
        csaf::read(bytes, source, now)
    } else if holds(b"\"CycloneDX\"") {
        cyclonedx::read(bytes, source, now)
    } else if holds(b"openvex.dev/ns") {
        openvex::read(bytes, source, now)
    } else {
        csaf::read(bytes, source, now)
    }
}

/// One revision of one advisory.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Advisory {
    /// Its id at its publisher, such as `ICSMA-17-017-02`.
    pub id: String,
    /// Other names of the same document.
    pub aliases: Vec<String>,
    /// Its title.
    pub title: String,
    /// Who published it.
    pub publisher: String,
    /// The publisher's web address, which with the id makes the document unique (CSAF 2.0, 3.2.1.8).
    pub namespace: String,
    /// The kind of document: `csaf_security_advisory`, `csaf_vex` …
    pub category: String,
    /// Which revision of the document this is.
    pub revision: Revision,
    /// `draft`, `interim` or `final`.
    pub status: DocumentStatus,
    /// When its first revision was published.
    pub released: Option<Timestamp>,
    /// When this revision was published.
    pub updated: Option<Timestamp>,
    /// The document's summary, when it has one.
    pub summary: String,
    /// Where it was read: the file, as handed in.
    pub source: String,
    /// The products it speaks of, in the document's order.
    pub products: Vec<Product>,
    /// The vulnerabilities it speaks of, in the document's order.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What it says of a product and a vulnerability, ordered by vulnerability, product and status.
    pub statements: Vec<Statement>,
    /// What can be done.
    pub remediations: Vec<Remediation>,
}

/// A document version: a number (`2`) or three (`1.0.3`), compared as semantic versions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Revision {
    /// Raised when the advisory must be matched anew.
    pub major: u64,
    /// Raised when information was added.
    pub minor: u64,
    /// Raised for corrections without effect.
    pub patch: u64,
}

impl Revision {
    /// Reads a document version; `None` when it is neither a number nor three.
    pub fn parse(text: &str) -> Option<Revision> {
        let core = text.split(['-', '+']).next().unwrap_or_default();
        let mut parts = core.split('.').map(str::parse::<u64>);
        let major = parts.next()?.ok()?;
        let minor = parts.next().transpose().ok()?.unwrap_or_default();
        let patch = parts.next().transpose().ok()?.unwrap_or_default();
        parts.next().is_none().then_some(Revision { major, minor, patch })
    }
}

impl fmt::Display for Revision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.minor, self.patch) {
            (0, 0) => write!(f, "{}", self.major),
            (minor, patch) => write!(f, "{}.{minor}.{patch}", self.major),
        }
    }
}

/// How far the publisher is with the document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentStatus {
    /// Not yet published.
    Draft,
    /// Will change often.
    Interim,
    /// Published.
    Final,
    /// Not stated.
    #[default]
    Unstated,
}

/// A product and its versions.
#[derive(Clone, Debug, PartialEq)]
pub struct Product {
    /// Its id within the document.
    pub id: String,
    /// The maker, as the document writes it.
    pub vendor: String,
    /// Families it belongs to, outermost first.
    pub families: Vec<String>,
    /// Its name without vendor and version, as the document writes it.
    pub name: String,
    /// The whole name given to product and version, for people.
    pub full_name: String,
    /// The version part as the document writes it.
    pub version: String,
    /// Which versions that is.
    pub condition: Condition,
    /// Architectures, platforms and languages it is limited to.
    pub limits: Vec<String>,
    /// Products of the same name that the document leaves out: `Vivid products, not including EchoPAC`.
    pub excludes: Vec<String>,
    /// How it can be told in an inventory.
    pub helpers: Helpers,
    /// The products it is made of, when the document composes it of others.
    pub composed: Option<Composition>,
}

/// A product that the document makes of two others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Composition {
    /// How they belong together.
    pub relation: ProductRelation,
    /// The part, or the software.
    pub part: u32,
    /// What it is a part of, or runs on.
    pub whole: u32,
}

/// How two products belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductRelation {
    /// The part is always in the whole.
    DefaultComponentOf,
    /// The part may be in the whole.
    OptionalComponentOf,
    /// The part belongs to the whole and is delivered apart.
    ExternalComponentOf,
    /// The software runs on the whole.
    InstalledOn,
    /// The software runs together with the other.
    InstalledWith,
}

/// What tells a product in an inventory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Helpers {
    /// CPE names, 2.2 or 2.3.
    pub cpes: Vec<String>,
    /// Package URLs.
    pub purls: Vec<String>,
    /// Model numbers; `*` and `?` stand for any characters and one character (CSAF 2.1).
    pub models: Vec<String>,
    /// Serial numbers, likewise.
    pub serials: Vec<String>,
    /// Stock keeping units.
    pub skus: Vec<String>,
    /// Hashes of files: algorithm and value.
    pub hashes: Vec<(String, String)>,
}

/// A vulnerability.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vulnerability {
    /// Its CVE id.
    pub cve: Option<String>,
    /// Its ids in other systems.
    pub ids: Vec<String>,
    /// Its title.
    pub title: String,
    /// Weaknesses: `CWE-120`.
    pub cwes: Vec<String>,
    /// Scores.
    pub scores: Vec<Score>,
    /// When it is first known to have been exploited.
    pub first_exploited: Option<Timestamp>,
    /// What the document says about exploitation.
    pub exploitation: Vec<String>,
}

/// A score as a CVSS vector.
#[derive(Clone, Debug, PartialEq)]
pub struct Score {
    /// The CVSS version: `2.0`, `3.0`, `3.1`, `4.0`.
    pub version: String,
    /// The vector as the document writes it.
    pub vector: String,
    /// The base score the document states, 0 to 10.
    pub base: Option<f64>,
    /// The products it is for.
    pub products: Vec<u32>,
}

/// What a document says of a vulnerability and a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Statement {
    /// Index of the vulnerability.
    pub vulnerability: u32,
    /// Index of the product.
    pub product: u32,
    /// What is said.
    pub status: ProductStatus,
    /// Why it is not affected.
    pub justification: Option<Justification>,
}

/// The status of a product with respect to a vulnerability (CSAF 2.0, 3.2.3.9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProductStatus {
    /// Affected.
    Affected,
    /// The first version that is affected.
    FirstAffected,
    /// The last version that is affected.
    LastAffected,
    /// Holds the fix.
    Fixed,
    /// The first version with the fix.
    FirstFixed,
    /// Not affected.
    NotAffected,
    /// Recommended to use instead.
    Recommended,
    /// The publisher is looking into it.
    UnderInvestigation,
    /// The publisher does not know (CSAF 2.1).
    Unknown,
}

/// Why a product is not affected (VEX).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Justification {
    /// The component is not in the product.
    ComponentNotPresent,
    /// The vulnerable code is not in it.
    CodeNotPresent,
    /// The vulnerable code is never run.
    CodeNotInExecutePath,
    /// An adversary cannot control it.
    CodeNotControllable,
    /// Something in the product prevents it.
    InlineMitigations,
}

impl Justification {
    /// The name in CSAF and OpenVEX.
    pub fn name(self) -> &'static str {
        match self {
            Justification::ComponentNotPresent => "component_not_present",
            Justification::CodeNotPresent => "vulnerable_code_not_present",
            Justification::CodeNotInExecutePath => "vulnerable_code_not_in_execute_path",
            Justification::CodeNotControllable => "vulnerable_code_cannot_be_controlled_by_adversary",
            Justification::InlineMitigations => "inline_mitigations_already_exist",
        }
    }

    /// The justification with this name.
    pub fn from_name(text: &str) -> Option<Justification> {
        [
            Self::ComponentNotPresent,
            Self::CodeNotPresent,
            Self::CodeNotInExecutePath,
            Self::CodeNotControllable,
            Self::InlineMitigations,
        ]
        .into_iter()
        .find(|justification| justification.name() == text)
    }
}

/// Something that can be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remediation {
    /// What kind of thing.
    pub category: RemediationCategory,
    /// What to do, in the document's words.
    pub text: String,
    /// Where to get it.
    pub url: Option<String>,
    /// Since when it is there.
    pub since: Option<Timestamp>,
    /// Index of the vulnerability.
    pub vulnerability: u32,
    /// The products it is for; empty when it is for all.
    pub products: Vec<u32>,
}

/// What kind of remediation (CSAF 2.1, 3.2.4.14.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RemediationCategory {
    /// The vendor's fix.
    VendorFix,
    /// A patch that is not needed for this vulnerability.
    OptionalPatch,
    /// Avoids the vulnerability without fixing it.
    Workaround,
    /// Lowers the risk.
    Mitigation,
    /// A fix will come.
    FixPlanned,
    /// There is nothing yet.
    NoneAvailable,
    /// There will be no fix.
    NoFixPlanned,
    /// The document names a kind that is not known.
    Other,
}

impl RemediationCategory {
    /// The name in CSAF.
    pub fn name(self) -> &'static str {
        match self {
            RemediationCategory::VendorFix => "vendor_fix",
            RemediationCategory::OptionalPatch => "optional_patch",
            RemediationCategory::Workaround => "workaround",
            RemediationCategory::Mitigation => "mitigation",
            RemediationCategory::FixPlanned => "fix_planned",
            RemediationCategory::NoneAvailable => "none_available",
            RemediationCategory::NoFixPlanned => "no_fix_planned",
            RemediationCategory::Other => "other",
        }
    }

    /// The category with this name.
    pub fn from_name(text: &str) -> RemediationCategory {
        [
            Self::VendorFix,
            Self::OptionalPatch,
            Self::Workaround,
            Self::Mitigation,
            Self::FixPlanned,
            Self::NoneAvailable,
            Self::NoFixPlanned,
        ]
        .into_iter()
        .find(|category| category.name() == text)
        .unwrap_or(Self::Other)
    }
}

/// An advisory and what was odd about its document.
#[derive(Clone, Debug, PartialEq)]
pub struct Reading {
    /// The advisory.
    pub advisory: Advisory,
    /// What was tolerated or left out.
    pub notes: Vec<Note>,
}

/// Something odd in a document that was tolerated or left out.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// Where in the document, as a JSON pointer.
    pub path: String,
    /// What, and what was done about it.
    pub text: String,
}

/// Why a document was not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {reason}")]
pub struct Rejected {
    /// Where in the document: a JSON pointer, or line and column.
    pub path: String,
    /// Why.
    pub reason: String,
}
