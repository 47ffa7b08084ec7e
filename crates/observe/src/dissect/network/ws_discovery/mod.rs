//! Web Services Dynamic Discovery (OASIS WS-Discovery 1.1, and the draft of April 2005): SOAP in datagrams,
//! mostly to 239.255.255.250 or ff02::c on port 3702. Medical devices (IEEE 11073-20702), printers and
//! scanners, Windows computers and ONVIF cameras announce themselves this way and answer searches.
//!
//! A message is read twice: an announcement that gives addresses of which none is the sender's comes from
//! somebody who speaks for others (a discovery proxy), and the addresses stand behind what they are about.

mod scopes;
#[cfg(test)]
pub(in crate::dissect) mod tests;

use crate::dissect::sdc::names::{self, qualified};
use crate::dissect::xml::{self, Element, Reading, Visitor, Want, Xml};
use crate::dissect::{Datagram, DatagramDissector, Facts, Recognised, Side, Starts, StationFacts, person};
use cordon_model::observe::{Fact, PatientDataKinds};
use std::net::{IpAddr, Ipv6Addr};

/// Announcements in one message that are read.
const ANNOUNCEMENTS_MAX: usize = 16;
/// Content bytes in which a message must show itself.
const SEARCHED_BYTES_MAX: usize = 4 * 1024;

/// The dissector.
#[derive(Clone, Copy, Debug, Default)]
pub struct WsDiscovery;

impl DatagramDissector for WsDiscovery {
    const STARTS: Starts = Starts::of(b"<\xef \t\n\x0c\r");

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        let text = without_mark(datagram.bytes).trim_ascii_start();
        if text.first() != Some(&b'<') {
            return Recognised::No;
        }
        let mut text = text.get(..SEARCHED_BYTES_MAX).unwrap_or(text);
        let mut recognised = Recognised::No;
        // The action names its message after the namespace.
        while let Some(rest) = after_namespace(text) {
            recognised = match action(rest) {
                b"Hello" | b"Bye" | b"ProbeMatches" | b"ResolveMatches" => {
                    return Recognised::From(Side::Server);
                }
                b"Probe" | b"Resolve" => return Recognised::From(Side::Client),
                _ => Recognised::Unsided,
            };
            text = rest;
        }
        recognised
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let mut survey = Survey::new(datagram.source.0);
        let reading = Xml::default().feed(datagram.bytes, &mut survey);
        if survey.announcement.message == Message::Other {
            return false;
        }
        let mut teller = Announcer { announcement: Announcement::default(), survey, side, facts };
        let mut xml = Xml::default();
        xml.feed(datagram.bytes, &mut teller);
        let more = usize::from(survey.announcement.count) > ANNOUNCEMENTS_MAX;
        if more || xml.limited() {
            facts.limit();
        }
        if matches!(reading, Reading::Malformed(_)) {
            facts.malformed();
        }
        true
    }
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// What follows the first name of either version's namespace.
fn after_namespace(text: &[u8]) -> Option<&[u8]> {
    let ends = names::DISCOVERY_NAMES
        .map(|name| memchr::memmem::find(text, name.as_bytes()).map(|at| at + name.len()));
    text.get(ends.into_iter().flatten().min()?..)
}

/// The word after a slash.
fn action(rest: &[u8]) -> &[u8] {
    let Some(word) = rest.strip_prefix(b"/") else { return &[] };
    let end = word.iter().position(|byte| !byte.is_ascii_alphabetic()).unwrap_or(word.len());
    word.get(..end).unwrap_or_default()
}

/// Which message it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::dissect) enum Message {
    #[default]
    Other,
    /// Hello, ProbeMatches or ResolveMatches: of devices that are there.
    Present,
    /// A device leaves.
    Bye,
    Probe,
    Resolve,
}

/// What the text under way is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Field {
    #[default]
    Other,
    Endpoint,
    Types,
    Scopes,
    Addresses,
    MetadataVersion,
}

/// Where in a message of this protocol the reader stands.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::dissect) struct Announcement {
    pub(in crate::dissect) message: Message,
    field: Field,
    /// Announcements that began.
    pub(in crate::dissect) count: u8,
}

impl Announcement {
    /// An element of a message starts.
    pub(in crate::dissect) fn start(&mut self, element: Element<'_>) -> Want {
        self.field = Field::Other;
        match (element.namespace, element.name) {
            (names::DISCOVERY, name) => self.start_own(name),
            (names::ADDRESSING, b"Address") => self.want(Field::Endpoint, Want::Text),
            _ => Want::Nothing,
        }
    }

    fn start_own(&mut self, name: &[u8]) -> Want {
        let message = match name {
            b"Hello" | b"ProbeMatch" | b"ResolveMatch" => {
                self.count = self.count.saturating_add(1);
                Message::Present
            }
            b"ProbeMatches" | b"ResolveMatches" => Message::Present,
            b"Bye" => Message::Bye,
            b"Probe" => Message::Probe,
            b"Resolve" => Message::Resolve,
            b"Types" => return self.want(Field::Types, Want::Words),
            b"Scopes" => return self.want(Field::Scopes, Want::Words),
            b"XAddrs" => return self.want(Field::Addresses, Want::Words),
            b"MetadataVersion" => return self.want(Field::MetadataVersion, Want::Text),
            _ => return Want::Nothing,
        };
        self.message = message;
        Want::Nothing
    }

    /// Text is only wanted within a message.
    fn want(&mut self, field: Field, want: Want) -> Want {
        if self.message == Message::Other {
            return Want::Nothing;
        }
        self.field = field;
        want
    }

    /// Tells what a text says; where a device stands only if it is `placed` once.
    pub(in crate::dissect) fn text(
        &self,
        text: &[u8],
        scope: &xml::Scope,
        placed: bool,
        whom: Whom,
        facts: &mut dyn Facts,
    ) {
        if xml::is_spoilt(text) {
            return;
        }
        match (self.message, self.field) {
            (Message::Present | Message::Bye, Field::Endpoint) => {
                whom.tell(Fact::WsDiscoveryEndpoint, text, facts);
            }
            (Message::Present, Field::Types) => {
                let (namespace, local) = scope.resolve(text);
                whom.tell(Fact::WsDiscoveryType, qualified(namespace, local).bytes(), facts);
            }
            (Message::Probe, Field::Types) => {
                let (namespace, local) = scope.resolve(text);
                whom.tell(Fact::WsDiscoveryLooksFor, qualified(namespace, local).bytes(), facts);
            }
            (Message::Present, Field::Scopes) => tell_scope(text, placed, whom, facts),
            (Message::Present, Field::Addresses) => {
                if let Some(address) = transport_address(text) {
                    whom.tell(Fact::WsDiscoveryAddress, address, facts);
                }
            }
            (Message::Present, Field::MetadataVersion) if text.iter().all(u8::is_ascii_digit) => {
                whom.tell(Fact::WsDiscoveryMetadataVersion, text, facts);
            }
            _ => {}
        }
    }
}

fn tell_scope(text: &[u8], placed: bool, whom: Whom, facts: &mut dyn Facts) {
    match scopes::read(text) {
        scopes::Scope::Location(place, care) if placed => {
            whom.tell(Fact::WsDiscoveryLocation, place.bytes(), facts);
            whom.tell(Fact::WsDiscoveryPointOfCare, person::of_nobody(care.bytes()), facts);
        }
        scopes::Scope::Patient => facts.patient_data(PatientDataKinds::IDENTIFIER),
        scopes::Scope::Name(name) => whom.tell(Fact::WsDiscoveryName, person::of_nobody(name.bytes()), facts),
        scopes::Scope::Hardware(model) => whom.tell(Fact::WsDiscoveryHardware, model.bytes(), facts),
        scopes::Scope::CameraLocation(place) => {
            whom.tell(Fact::WsDiscoveryLocation, person::of_nobody(place.bytes()), facts);
        }
        scopes::Scope::Plain => whom.tell(Fact::WsDiscoveryScope, text, facts),
        scopes::Scope::Location(..) | scopes::Scope::Untold => {}
    }
}

/// Whom an announcement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dissect) enum Whom {
    /// Its sender.
    Sender(Side),
    /// Whoever has this address.
    Address(IpAddr),
    /// Nobody that is known.
    Nobody,
}

impl Whom {
    fn tell(self, fact: Fact, value: &[u8], facts: &mut dyn Facts) {
        match self {
            _ if value.is_empty() => {}
            Whom::Sender(side) => facts.fact(side, fact, value),
            Whom::Address(address) => facts.fact_at(address, fact, value),
            Whom::Nobody => {}
        }
    }
}

/// An address without credentials and query; `None` when it is none. What no URI may contain (RFC 3986) shows
/// that it is damaged, and what follows might be anything.
fn transport_address(text: &[u8]) -> Option<&[u8]> {
    let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(byte);
    let start = memchr::memmem::find(text, b"://")? + 3;
    if !text.iter().all(allowed) || memchr::memmem::find(text.get(start..)?, b"://").is_some() {
        return None;
    }
    let authority = text.get(start..)?.split(|byte| b"/?#".contains(byte)).next()?;
    let end = memchr::memchr2(b'?', b'#', text).unwrap_or(text.len());
    // A port is a number; a password without its host is not.
    let port = authority.rsplit(|&byte| byte == b']').next()?.splitn(2, |&byte| byte == b':').nth(1);
    let plain = !authority.contains(&b'@') && port.is_none_or(|port| port.iter().all(u8::is_ascii_digit));
    plain.then(|| text.get(..end)).flatten()
}

/// The address a URL names as its host, if it is one.
fn host_address(url: &[u8]) -> Option<IpAddr> {
    let start = memchr::memmem::find(url, b"://")? + 3;
    let authority = url.get(start..)?.split(|byte| b"/?#".contains(byte)).next()?;
    if let Some(inner) = authority.strip_prefix(b"[") {
        let literal = inner.split(|byte| b"]%".contains(byte)).next()?;
        let address: Ipv6Addr = std::str::from_utf8(literal).ok()?.parse().ok()?;
        return Some(IpAddr::V6(address));
    }
    let host = authority.split(|&byte| byte == b':').next()?;
    std::str::from_utf8(host).ok()?.parse().ok()
}

/// What must be known of an announcement before it is told.
#[derive(Clone, Copy, Debug, Default)]
struct Known {
    /// One of its addresses is the sender's.
    own: bool,
    /// Its first address of the sender's family.
    address: Option<IpAddr>,
    /// Places it says it stands at; somebody who speaks for several devices names several.
    places: u8,
}

/// The first reading.
#[derive(Clone, Copy, Debug)]
struct Survey {
    announcement: Announcement,
    source: IpAddr,
    known: [Known; ANNOUNCEMENTS_MAX],
}

impl Survey {
    fn new(source: IpAddr) -> Survey {
        Survey { announcement: Announcement::default(), source, known: [Known::default(); ANNOUNCEMENTS_MAX] }
    }

    /// What is known of the announcement with this number, counted from 1.
    fn of(&self, count: u8) -> Known {
        let index = usize::from(count.saturating_sub(1));
        self.known.get(index).copied().unwrap_or_default()
    }
}

impl Visitor for Survey {
    fn namespace(&mut self, name: &[u8]) -> u8 {
        names::namespace(name)
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        if element.depth == 1 && (element.namespace, element.name) != (names::SOAP, b"Envelope") {
            return Want::Stop;
        }
        self.announcement.start(element)
    }

    fn text(&mut self, text: &[u8], _scope: &xml::Scope) {
        let index = usize::from(self.announcement.count.saturating_sub(1));
        let Some(known) = self.known.get_mut(index) else { return };
        match self.announcement.field {
            Field::Addresses => {
                let Some(address) = host_address(text) else { return };
                known.own |= address == self.source;
                if known.address.is_none() && address.is_ipv4() == self.source.is_ipv4() {
                    known.address = Some(address);
                }
            }
            Field::Scopes if scopes::is_location(text) => known.places = known.places.saturating_add(1),
            _ => {}
        }
    }
}

/// The second reading.
struct Announcer<'a> {
    announcement: Announcement,
    survey: Survey,
    side: Side,
    facts: &'a mut dyn StationFacts,
}

impl Visitor for Announcer<'_> {
    fn namespace(&mut self, name: &[u8]) -> u8 {
        names::namespace(name)
    }

    fn start(&mut self, element: Element<'_>) -> Want {
        self.announcement.start(element)
    }

    fn text(&mut self, text: &[u8], scope: &xml::Scope) {
        let count = self.announcement.count;
        let known = self.survey.of(count);
        let whom = match known.address {
            _ if usize::from(count) > ANNOUNCEMENTS_MAX => Whom::Nobody,
            Some(address) if !known.own => Whom::Address(address),
            // Who answers for several without saying where they are speaks for others.
            None if self.survey.announcement.count > 1 => Whom::Nobody,
            _ => Whom::Sender(self.side),
        };
        self.announcement.text(text, scope, known.places == 1, whom, self.facts);
    }
}
