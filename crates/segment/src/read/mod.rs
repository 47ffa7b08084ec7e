//! Configurations of enforcement points, read back into one form: lists, interfaces, routes. A file a language.
//!
//! What was not understood is never dropped: within a list it makes what it touches unsure, elsewhere it is
//! listed with its line.

mod ios;
mod ios_names;
mod ios_objects;

pub use ios::read as cisco_ios;

use crate::lists::List;
use cordon_model::Cidr;
use std::collections::BTreeMap;
use std::net::IpAddr;

/// The longest configuration that is read, in lines.
pub const LINES_MAX: usize = 1_000_000;
/// More lines that were not understood are counted, not kept.
const PASSED_OVER_MAX: usize = 1_000;

/// What a configuration says of filtering and forwarding.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Configuration {
    /// The equipment's own name.
    pub hostname: Option<String>,
    /// Lists by name.
    pub lists: BTreeMap<String, List>,
    /// Interfaces that have an address, in order.
    pub interfaces: Vec<Interface>,
    /// Static routes, in order.
    pub routes: Vec<Route>,
    /// Lines that bear on what passes and were not understood, with their places; at most 1,000.
    pub passed_over: Vec<(u32, String)>,
    /// How many such lines there are.
    pub passed_over_count: u64,
}

/// An interface with the lists that guard it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interface {
    /// Its name.
    pub name: String,
    /// Where its section begins, from 1.
    pub place: u32,
    /// Its addresses with the lengths of their prefixes.
    pub addresses: Vec<(IpAddr, u8)>,
    /// Virtual routing table, where it is in one.
    pub vrf: Option<String>,
    /// True when it is switched off.
    pub is_down: bool,
    /// Name of the list for what comes in, with the line that says so.
    pub inward: Option<(String, u32)>,
    /// Name of the list for what goes out, likewise.
    pub outward: Option<(String, u32)>,
    /// What else decides here about packets and is not read, such as a firewall zone.
    pub doubts: Vec<String>,
}

/// A static route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Where to.
    pub network: Cidr,
    /// Through which interface, when it says so.
    pub interface: Option<String>,
    /// Through which neighbour, when it says so.
    pub next: Option<IpAddr>,
    /// Virtual routing table, where it is in one.
    pub vrf: Option<String>,
    /// Its line, from 1.
    pub place: u32,
}

impl Configuration {
    /// Keeps a line that bears on what passes and was not understood.
    fn pass_over(&mut self, place: u32, text: &str) {
        self.passed_over_count += 1;
        if self.passed_over.len() < PASSED_OVER_MAX {
            self.passed_over.push((place, text.trim().chars().take(200).collect()));
        }
    }
}

/// Why a configuration cannot be used at all.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It has more lines than are read.
    #[error("it has more than {LINES_MAX} lines")]
    TooLong,
    /// Nothing in it filters packets.
    #[error("it holds no access list that is applied to an interface; is this the running configuration?")]
    NoLists,
    /// It is no text.
    #[error("it is no text; save the configuration as plain text and try again")]
    NotText,
}

#[cfg(test)]
mod ios_tests;
