//! Simple Network Management Protocol, versions 1, 2c and 3 (RFC 1157, RFC 3416, RFC 3412, RFC 3414): what
//! agents tell managers about themselves, how well the exchange is protected, what is set and reported.
//!
//! Communities are passwords: only one that makers set at the factory is ever named. Of who is to be called
//! (sysContact) is told only that somebody is.

mod engine;
mod values;

use super::super::{Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts};
use super::ber::{self, Element, Elements, INTEGER, OBJECT, OCTETS, SEQUENCE};
use super::framed::{Extent, Framed, Messages, Next};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

const PORT_AGENT: u16 = 161;
/// Where traps and informs go.
const PORT_TRAPS: u16 = 162;

const GET: u8 = 0xa0;
const RESPONSE: u8 = 0xa2;
const SET: u8 = 0xa3;
const TRAP_V1: u8 = 0xa4;
const INFORM: u8 = 0xa6;
const TRAP: u8 = 0xa7;
const REPORT: u8 = 0xa8;
/// IpAddress (RFC 2578 7.1.5).
const ADDRESS: u8 = 0x40;

/// Variables of one message that are looked at; a GetBulk response holds some dozens.
const VARIABLES_MAX: usize = 256;

/// Communities that makers set at the factory or write in their manuals.
const FACTORY_COMMUNITIES: [&[u8]; 22] = [
    b"public",
    b"private",
    b"admin",
    b"ADMIN",
    b"administrator",
    b"cisco",
    b"CISCO",
    b"community",
    b"default",
    b"guest",
    b"ILMI",
    b"internal",
    b"manager",
    b"monitor",
    b"password",
    b"read",
    b"security",
    b"snmp",
    b"snmpd",
    b"system",
    b"trap",
    b"write",
];

/// snmpTrapOID (RFC 3418): which notification this is.
const TRAP_OBJECT: &[u8] = &[0x2b, 6, 1, 6, 3, 1, 1, 4, 1, 0];
/// snmpTrapAddress (RFC 3584 3.1): whose trap a proxy passes on.
const TRAP_ADDRESS: &[u8] = &[0x2b, 6, 1, 6, 3, 18, 1, 3, 0];
/// 1.3.6.1.6.3.1.1.5: the standard's notifications.
const STANDARD_TRAPS: &[u8] = &[0x2b, 6, 1, 6, 3, 1, 1, 5];
/// 1.3.6.1.6.3.15.1.1: counters of what the user-based security model refuses (RFC 3414).
const USM_STATISTICS: &[u8] = &[0x2b, 6, 1, 6, 3, 15, 1, 1];

/// SNMP in datagrams.
#[derive(Debug)]
pub struct SnmpMessages;

/// SNMP over TCP (RFC 3430).
pub type Snmp = Framed<Stream>;

/// The state of a stream: there is none, each message stands for itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct Stream;

/// One message, as far as all versions have it.
#[derive(Clone, Copy, Debug)]
struct Message<'a> {
    version: i64,
    /// Version 1 and 2c.
    community: Option<&'a [u8]>,
    security: Option<Security<'a>>,
    /// Missing where it is encrypted.
    pdu: Option<Element<'a>>,
}

/// What version 3 says of its protection (RFC 3412 6, RFC 3414 2.4).
#[derive(Clone, Copy, Debug)]
struct Security<'a> {
    flags: u8,
    engine: &'a [u8],
    user: &'a [u8],
}

impl Security<'_> {
    fn is_authenticated(&self) -> bool {
        self.flags & 1 != 0
    }

    fn is_encrypted(&self) -> bool {
        self.flags & 2 != 0
    }

    /// The sender wants a report: true in requests and informs only.
    fn is_reportable(&self) -> bool {
        self.flags & 4 != 0
    }

    fn level(&self) -> &'static str {
        match (self.is_authenticated(), self.is_encrypted()) {
            (false, _) => "noAuthNoPriv",
            (true, false) => "authNoPriv",
            (true, true) => "authPriv",
        }
    }
}

/// Reads the outside of a message.
fn message(bytes: &[u8]) -> Option<Message<'_>> {
    let mut fields = Elements::new(bytes).tagged(SEQUENCE)?.inside();
    let version = fields.tagged(INTEGER)?.number()?;
    match version {
        0 | 1 => {
            let community = fields.tagged(OCTETS)?.value;
            let pdu = fields.next().filter(|pdu| matches!(pdu.tag, GET..=REPORT))?;
            Some(Message { version, community: Some(community), security: None, pdu: Some(pdu) })
        }
        3 => {
            let mut global = fields.tagged(SEQUENCE)?.inside();
            let (_id, _size) = (global.tagged(INTEGER)?, global.tagged(INTEGER)?);
            let flags = *global.tagged(OCTETS)?.value.first()?;
            let model = global.tagged(INTEGER)?.number()?;
            let parameters = fields.tagged(OCTETS)?;
            let (engine, user) = if model == 3 { user_security(parameters)? } else { (&[][..], &[][..]) };
            let security = Some(Security { flags, engine, user });
            let pdu = match fields.next()? {
                scoped if scoped.tag == SEQUENCE => {
                    let mut scoped = scoped.inside();
                    let (_engine, _name) = (scoped.tagged(OCTETS)?, scoped.tagged(OCTETS)?);
                    Some(scoped.next().filter(|pdu| matches!(pdu.tag, GET..=REPORT))?)
                }
                encrypted if encrypted.tag == OCTETS => None,
                _ => return None,
            };
            Some(Message { version, community: None, security, pdu })
        }
        _ => None,
    }
}

/// Engine and user of the user-based security model's parameters.
fn user_security(parameters: Element<'_>) -> Option<(&[u8], &[u8])> {
    let mut fields = parameters.inside().tagged(SEQUENCE)?.inside();
    let engine = fields.tagged(OCTETS)?.value;
    let (_boots, _time) = (fields.tagged(INTEGER)?, fields.tagged(INTEGER)?);
    Some((engine, fields.tagged(OCTETS)?.value))
}

impl Message<'_> {
    /// Which side sent it. Who asks is the client; a trap's sender is one too.
    fn sender(&self, source: u16, destination: u16) -> Option<Side> {
        match self.pdu.map(|pdu| pdu.tag) {
            Some(RESPONSE | REPORT) => Some(Side::Server),
            Some(_) => Some(Side::Client),
            None if matches!(destination, PORT_AGENT | PORT_TRAPS) => Some(Side::Client),
            None if matches!(source, PORT_AGENT | PORT_TRAPS) => Some(Side::Server),
            None => None,
        }
    }

    /// Which side the agent is, where `sender` sent this.
    fn agent(&self, sender: Side, port: u16) -> Side {
        match self.pdu.map(|pdu| pdu.tag) {
            Some(TRAP | TRAP_V1 | INFORM) => sender,
            // What answers an inform is a manager.
            _ if port == PORT_TRAPS => Side::Client,
            _ => Side::Server,
        }
    }
}

/// The sender of one message and where it went.
#[derive(Clone, Copy)]
struct Way {
    sender: Side,
    agent: Side,
    source: Option<IpAddr>,
    /// Nothing was heard before of the sender in this exchange.
    first: bool,
}

impl DatagramDissector for SnmpMessages {
    const STARTS: Starts = Starts::of(&[SEQUENCE]);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match message(datagram.bytes) {
            Some(message) => match message.sender(datagram.source.1, datagram.destination.1) {
                Some(side) => Recognised::From(side),
                None => Recognised::Unsided,
            },
            None => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(message) = message(datagram.bytes) else { return false };
        let port = if side == Side::Client { datagram.destination.1 } else { datagram.source.1 };
        let agent = message.agent(side, port);
        let way = Way { sender: side, agent, source: Some(datagram.source.0), first: datagram.first };
        tell(&message, way, facts);
        true
    }
}

impl Messages for Stream {
    const STARTS: Starts = Starts::of(&[SEQUENCE]);
    const LOOK_MAX: usize = 8 * 1024;
    const SEEKS: bool = true;

    fn probe(head: &[u8], _port: u16) -> Probe {
        // A message's outside may be longer than what is at hand; version and what follows it are enough.
        let outer = match ber::start(head) {
            ber::Start::Known(outer) if outer.tag == SEQUENCE => outer,
            ber::Start::More if head.first() == Some(&SEQUENCE) => return Probe::Unsure,
            _ => return Probe::No,
        };
        let Some(inside) = head.get(outer.head..).filter(|inside| inside.len() >= 5) else {
            return Probe::Unsure;
        };
        match inside {
            [INTEGER, 1, 0 | 1, OCTETS, ..] | [INTEGER, 1, 3, SEQUENCE, ..] => {}
            _ => return Probe::No,
        }
        match message(head).map(|message| message.sender(0, 0)) {
            Some(Some(side)) => Probe::Certain(side),
            Some(None) => Probe::Unsided,
            None if head.len() < 64 => Probe::Unsure,
            None => Probe::No,
        }
    }

    fn extent(&self, side: Side, bytes: &[u8]) -> Extent {
        self.begins(side, bytes)
    }

    fn begins(&self, _side: Side, bytes: &[u8]) -> Extent {
        if bytes.first().is_some_and(|first| *first != SEQUENCE) {
            return Extent::Wrong;
        }
        match ber::start(bytes) {
            ber::Start::More => Extent::More,
            ber::Start::Known(outer) if outer.length < 1 << 24 => {
                match bytes.get(outer.head..).unwrap_or_default() {
                    [INTEGER, 1, 0 | 1, OCTETS, ..] | [INTEGER, 1, 3, SEQUENCE, ..] => {
                        let total = outer.head + outer.length;
                        Extent::Message { total: total as u64, look: total.min(Self::LOOK_MAX) }
                    }
                    [] | [INTEGER] | [INTEGER, 1] | [INTEGER, 1, 0 | 1 | 3] => Extent::More,
                    _ => Extent::Wrong,
                }
            }
            _ => Extent::Wrong,
        }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        match message(bytes) {
            Some(message) => {
                let agent = message.agent(message.sender(0, 0).unwrap_or(side), 0);
                // In terms of the conversation, whoever opened it: a trap's sender is its client.
                tell(
                    &message,
                    Way { sender: side, agent: relative(agent, side, &message), source: None, first: true },
                    facts,
                );
            }
            None => facts.malformed(),
        }
        Next::On
    }
}

/// The agent's side where the real sender is `side`.
fn relative(agent: Side, side: Side, message: &Message<'_>) -> Side {
    match message.sender(0, 0) {
        Some(sender) if sender != side => agent.other(),
        _ => agent,
    }
}

fn tell(message: &Message<'_>, way: Way, facts: &mut dyn Facts) {
    let agent_speaks = way.sender == way.agent;
    let role = if agent_speaks { "agent" } else { "manager" };
    facts.fact(way.sender, Fact::SnmpRole, role.as_bytes());
    if agent_speaks {
        let version = match message.version {
            0 => "1",
            1 => "2c",
            _ => "3",
        };
        facts.fact(way.agent, Fact::SnmpVersion, version.as_bytes());
    }
    if let Some(community) = message.community {
        tell_community(community, message, way, facts);
    }
    if let Some(security) = &message.security {
        tell_security(security, message, way, facts);
    }
    let Some(pdu) = message.pdu else { return };
    match pdu.tag {
        // An error's answer repeats what was asked (RFC 3416 4.2).
        RESPONSE if agent_speaks && error(pdu) == Some(0) => values::variables(pdu, way.agent, facts),
        TRAP | INFORM => notification(pdu, way, facts),
        TRAP_V1 => trap(pdu, way, facts),
        SET => set(message, pdu, way, facts),
        REPORT => report(pdu, way, facts),
        _ => {}
    }
}

/// The error status of an answer.
fn error(pdu: Element<'_>) -> Option<i64> {
    pdu.inside().nth(1).and_then(Element::number)
}

/// Who answers has accepted the community, unless it answers that access is denied (noAccess,
/// authorizationError).
fn tell_community(community: &[u8], message: &Message<'_>, way: Way, facts: &mut dyn Facts) {
    let answers = way.sender == way.agent
        && message.pdu.is_some_and(|pdu| pdu.tag == RESPONSE && !matches!(error(pdu), Some(6 | 16)));
    if !answers || community.is_empty() {
        return;
    }
    let factory = FACTORY_COMMUNITIES.iter().find(|known| **known == community);
    let name = factory.and_then(|name| std::str::from_utf8(name).ok());
    facts.fact(way.agent, Fact::SnmpCommunity, name.unwrap_or("of the site's own").as_bytes());
    if !way.first {
        return;
    }
    let version = if message.version == 0 { "v1" } else { "v2c" };
    let mut detail = Line::default();
    let (manager, kind) = (
        way.agent.other(),
        name.map_or(EventKind::LogInClearCredentials, |_| EventKind::LogInDefaultCredentials),
    );
    let _ = match name {
        Some(name) => write!(detail, "snmp: {version}, community {name}"),
        None => write!(detail, "snmp: {version}, a community"),
    };
    facts.event(manager, kind, detail.text());
}

fn tell_security(security: &Security<'_>, message: &Message<'_>, way: Way, facts: &mut dyn Facts) {
    let report = message.pdu.is_some_and(|pdu| pdu.tag == REPORT);
    let notification = message.pdu.is_some_and(|pdu| matches!(pdu.tag, TRAP | INFORM));
    // The first message of a manager that has yet to learn the engine's identifier names nobody.
    if !security.user.is_empty() && !report {
        facts.user(way.agent.other(), Fact::SnmpUser, security.user);
        facts.fact(way.agent, Fact::SnmpSecurity, security.level().as_bytes());
    }
    // Of an inform its receiver is the authority (RFC 3414 1.5.1); of an encrypted one to a port of traps
    // that wants a report, too.
    let inform = message.pdu.is_some_and(|pdu| pdu.tag == INFORM)
        || (message.pdu.is_none() && way.sender == way.agent && security.is_reportable());
    if !inform && (notification || !security.engine.is_empty()) {
        engine::engine(security.engine, way.agent, facts);
    }
}

/// The variables of a PDU: name and value.
fn bindings(pdu: Element<'_>) -> impl Iterator<Item = (&[u8], Element<'_>)> {
    let mut fields = pdu.inside();
    // Request identifier, error status and index; or what stands for them in GetBulk.
    let all = fields.by_ref().skip(3).find(|field| field.tag == SEQUENCE);
    pairs(all)
}

fn pairs(all: Option<Element<'_>>) -> impl Iterator<Item = (&[u8], Element<'_>)> {
    all.map(Element::inside).unwrap_or_default().take(VARIABLES_MAX).filter_map(|pair| {
        let mut pair = pair.inside();
        Some((pair.tagged(OBJECT)?.value, pair.next().filter(|value| value.whole)?))
    })
}

/// A notification of version 2 or 3; a proxy's is another agent's.
fn notification(pdu: Element<'_>, way: Way, facts: &mut dyn Facts) {
    let mut own = true;
    let mut kind = None;
    for (name, value) in bindings(pdu) {
        match (name, value.tag) {
            (TRAP_ADDRESS, ADDRESS) => own = is_from(value.value, way),
            (TRAP_OBJECT, OBJECT) => kind = Some(value.value),
            _ => {}
        }
    }
    if !own {
        return;
    }
    if let Some(kind) = kind {
        if let [last] = kind.strip_prefix(STANDARD_TRAPS).unwrap_or_default() {
            standard_trap(i64::from(*last) - 1, way, facts);
        } else {
            facts.fact(way.agent, Fact::SnmpTrap, ber::object_line(kind).text().as_bytes());
        }
    }
    values::variables(pdu, way.agent, facts);
}

fn is_from(address: &[u8], way: Way) -> bool {
    let address = <[u8; 4]>::try_from(address).map(|four| IpAddr::V4(Ipv4Addr::from(four)));
    address.is_ok_and(|address| address.is_unspecified() || way.source.is_none_or(|source| source == address))
}

/// A trap of version 1 (RFC 1157 4.1.6).
fn trap(pdu: Element<'_>, way: Way, facts: &mut dyn Facts) {
    let mut fields = pdu.inside();
    let head = (|| {
        let enterprise = fields.tagged(OBJECT)?.value;
        let address = fields.tagged(ADDRESS)?.value;
        Some((enterprise, address, fields.tagged(INTEGER)?.number()?, fields.tagged(INTEGER)?.number()?))
    })();
    let Some((enterprise, address, generic, specific)) = head else { return facts.malformed() };
    if !is_from(address, way) {
        return;
    }
    if generic == 6 {
        // As RFC 3584 3.1 joins them.
        let mut line = ber::object_line(enterprise);
        let _ = write!(line, ".0.{specific}");
        facts.fact(way.agent, Fact::SnmpTrap, line.text().as_bytes());
    } else {
        standard_trap(generic, way, facts);
        facts.fact(way.agent, Fact::SnmpObjectId, ber::object_line(enterprise).text().as_bytes());
    }
}

/// One of the standard's own traps, by its number in version 1.
fn standard_trap(number: i64, way: Way, facts: &mut dyn Facts) {
    const NAMES: [&str; 6] =
        ["coldStart", "warmStart", "linkDown", "linkUp", "authenticationFailure", "egpNeighborLoss"];
    let Some(name) = usize::try_from(number).ok().and_then(|number| NAMES.get(number)) else { return };
    facts.fact(way.agent, Fact::SnmpTrap, name.as_bytes());
    if number == 4 {
        facts.event(
            way.agent,
            EventKind::LogInFailed,
            "snmp: a wrong community or user, as the agent reports",
        );
    }
}

fn set(message: &Message<'_>, pdu: Element<'_>, way: Way, facts: &mut dyn Facts) {
    let version = match message.version {
        0 => "v1",
        1 => "v2c",
        _ => "v3",
    };
    let mut detail = Line::default();
    let _ = write!(detail, "snmp: {version}, set");
    for (name, _) in bindings(pdu).take(3) {
        let _ = detail.write_str(" ");
        ber::write_object(&mut detail, name);
    }
    facts.event(way.sender, EventKind::ConfigurationTransfer, detail.text());
}

/// What an agent refuses (RFC 3414 5); that it does not know the manager's idea of its engine or time belongs
/// to every beginning.
fn report(pdu: Element<'_>, way: Way, facts: &mut dyn Facts) {
    let reason = bindings(pdu).find_map(|(name, _)| match *name.strip_prefix(USM_STATISTICS)? {
        [3, 0] => Some("snmp: v3, no such user"),
        [5, 0] => Some("snmp: v3, wrong digest"),
        [6, 0] => Some("snmp: v3, cannot be decrypted"),
        _ => None,
    });
    if let Some(reason) = reason {
        facts.event(way.agent.other(), EventKind::LogInFailed, reason);
    }
}
