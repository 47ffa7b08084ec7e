//! What makers publish of their devices' connections: manufacturer usage descriptions (MUD, RFC 8520) and network
//! disclosures (IEC 60601-1 clause 14.13, IEC 80001-1), read into one form and brought to the devices of an estate.
//!
//! A published flow with a definite peer and definite ports is a need of its own, and stands confirmed by its maker. One
//! that only says "the local network" or "anybody" vouches for nobody in particular: it is expected, listed when it was
//! never seen, and opens nothing. What a form (MDS2) answers without saying it exactly is a question to the maker.

mod about;
mod apply;
pub mod disclosure;
pub mod mds2;
pub mod mud;
mod questions;

pub use about::Assignment;
pub use apply::Controllers;
pub(crate) use apply::Published;
pub use questions::{Asked, OpenQuestion, disagreements, open_questions};

use cordon_model::observe::Transport;
use cordon_model::{Category, Cidr};

/// The most flows kept of one file.
const FLOWS_MAX: usize = 2_000;
/// A range of more ports than this is not listed port by port; it counts as every port.
const PORTS_MAX: usize = 1_024;

/// Who the other end of a published flow is, as far as the maker can say.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Peer {
    /// A host by its name in the DNS.
    Name(String),
    /// An address or network.
    Network(Cidr),
    /// Devices of a category.
    Category(Category),
    /// Whoever plays a role that a URI names (RFC 8520 section 8.2).
    Controller(String),
    /// The device's own controller (section 8.3).
    MyController,
    /// Devices of a maker, by its authority (section 8.1).
    Manufacturer(String),
    /// Devices of the same maker.
    SameManufacturer,
    /// Devices of a model, by its URI.
    Model(String),
    /// Any device of the local networks.
    LocalNetworks,
    /// Anybody.
    Any,
    /// Somebody whom the maker does not name, though it says that there is one.
    NotNamed,
    /// The maker names the service and says neither who asks nor whom.
    Mentioned,
}

impl std::fmt::Display for Peer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Peer::Name(name) => write!(f, "host {name}"),
            Peer::Network(network) => write!(f, "{network}"),
            Peer::Category(category) => write!(f, "{}", category.label()),
            Peer::Controller(uri) => write!(f, "controller {uri}"),
            Peer::MyController => f.write_str("its controller"),
            Peer::Manufacturer(maker) => write!(f, "devices of {maker}"),
            Peer::SameManufacturer => f.write_str("devices of the same maker"),
            Peer::Model(model) => write!(f, "devices of model {model}"),
            Peer::LocalNetworks => f.write_str("the local networks"),
            Peer::Any => f.write_str("anybody"),
            Peer::NotNamed => f.write_str("somebody who is not named"),
            Peer::Mentioned => f.write_str("somebody"),
        }
    }
}

/// One flow that a maker published.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PublishedFlow {
    /// True when the device opens the connection.
    pub device_asks: bool,
    /// With whom.
    pub peer: Peer,
    /// Transport protocol.
    pub transport: Transport,
    /// Ports of the answering side; empty for every port.
    pub ports: Vec<u16>,
    /// What is spoken, by protocol name.
    pub application: Option<String>,
    /// What for, in the maker's words.
    pub purpose: String,
    /// True when the maker says that care depends on it at once.
    pub care_critical: bool,
    /// Where in the file: `line 7`, the name of an entry.
    pub place: String,
}

/// Which devices a file is about; what is not said does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Subject {
    /// Maker.
    pub manufacturer: Option<String>,
    /// Model.
    pub model: Option<String>,
    /// Category.
    pub category: Option<Category>,
}

impl Subject {
    /// True when it names nobody.
    pub fn is_empty(&self) -> bool {
        *self == Subject::default()
    }
}

/// What one file, or one part of it, says of one kind of device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Publication {
    /// Where it was read, with the folder it lies in: `mud/lamp.json`.
    pub file: String,
    /// Which devices it is about.
    pub subject: Subject,
    /// Where it says that it is published (RFC 8520 `mud-url`): a device that announces this is meant.
    pub url: Option<String>,
    /// Their flows.
    pub flows: Vec<PublishedFlow>,
    /// What of the file was not understood, and what that means.
    pub notes: Vec<String>,
    /// What it leaves open and only its maker can say.
    pub questions: Vec<Question>,
    /// How many entries that allow something it has, and how many of them were understood.
    pub entries: (usize, usize),
}

/// What a document leaves open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// Where in the document: the id of a question of a form.
    pub place: String,
    /// What to ask, in a sentence.
    pub ask: String,
}

/// A mistake of a file, with its line where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// 1-based line; 0 where the file as a whole is meant.
    pub line: u32,
    /// What is wrong, and what to do.
    pub why: String,
}

impl Mistake {
    fn new(line: u32, why: impl Into<String>) -> Mistake {
        Mistake { line, why: why.into() }
    }
}

impl std::fmt::Display for Mistake {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.line > 0 { write!(f, "line {}: {}", self.line, self.why) } else { f.write_str(&self.why) }
    }
}

/// Names that differ in spacing, hyphens and case only are alike.
fn key(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// `1024-1030`, `443`, several with commas; empty or `*` for every port.
fn ports(text: &str) -> Result<Vec<u16>, String> {
    let mut ports = std::collections::BTreeSet::new();
    let text = text.trim();
    if matches!(text, "" | "*" | "any") {
        return Ok(Vec::new());
    }
    for part in text.split([',', ';', ' ']).map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let port = |text: &str| text.trim().parse::<u16>().ok().filter(|port| *port > 0);
        let (Some(first), Some(last)) = (port(first), port(last)) else {
            return Err(format!("\"{part}\" is no port between 1 and 65535"));
        };
        if first > last {
            return Err(format!("{part} ends before it begins"));
        }
        ports.extend(first..=last);
        if ports.len() > PORTS_MAX {
            return Ok(Vec::new());
        }
    }
    Ok(ports.into_iter().collect())
}
