//! What devices need: proposed from conversations that worked, confirmed or rejected by people.

use crate::hours::Hours;
use crate::scan::{self, Scan};
use crate::talk::{End, Talk};
use crate::{Withheld, id};
use cordon_knowledge::Knowledge;
use cordon_model::identify::Estate;
use cordon_model::observe::{Protocol, Transport};
use cordon_model::segment::{Need, NeedSeen, NeedState, Party};
use cordon_model::{Category, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// One-way datagrams count as a flow from this many packets on; fewer may be a stray.
const ONE_WAY_PACKETS_MIN: u64 = 3;

/// The most ports one need may hold; a pair that uses more has dynamic ports, which a person must decide on.
const PORTS_MAX: usize = 64;

type Key = (End, End, Transport, Option<Protocol>);

#[derive(Default)]
struct Seen {
    ports: BTreeSet<u16>,
    one_way: bool,
    sights: Sights,
}

/// When each port was seen; `None` is the key where the transport has no ports.
pub(crate) type Sights = BTreeMap<Option<u16>, Sight>;

/// When and how often a flow was seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sight {
    first: Timestamp,
    last: Timestamp,
    flows: u64,
    hours: Hours,
}

impl Sight {
    fn of(talk: &Talk) -> Sight {
        Sight { first: talk.first, last: talk.last, flows: talk.flows, hours: talk.hours }
    }

    /// Both together.
    pub(crate) fn with(self, other: Option<Sight>) -> Sight {
        let Some(other) = other else { return self };
        let mut hours = self.hours;
        hours.merge(other.hours);
        Sight {
            first: self.first.min(other.first),
            last: self.last.max(other.last),
            flows: self.flows.saturating_add(other.flows),
            hours,
        }
    }

    pub(crate) fn seen(self) -> NeedSeen {
        NeedSeen {
            first: self.first,
            last: self.last,
            flows: self.flows,
            hours: self.hours.count(),
            weekday: self.hours.has_weekday(),
            night: self.hours.has_night(),
            weekend: self.hours.has_weekend(),
        }
    }
}

/// A need and when its ports were seen.
pub(crate) type Sighted = (Need, Sights);

/// Whom, by which transport, on which port.
type Target = (End, Transport, u16);

/// What is withheld, by who asked and why.
type Held = BTreeMap<(End, Reason), BTreeSet<Target>>;

/// Needs from conversations, and what was withheld.
pub(crate) fn from_talks(
    estate: &Estate,
    talks: &[Talk],
    knowledge: &Knowledge,
) -> (Vec<Sighted>, Vec<Withheld>) {
    let mut held = Held::new();
    let mut worked: BTreeMap<(End, Target), Worked> = BTreeMap::new();
    for (talk, scan) in talks.iter().zip(scan::detect(talks)) {
        let target = (talk.to, talk.transport, talk.port);
        match reason_against(talk, scan) {
            Some(reason) => {
                held.entry((talk.from, reason)).or_default().insert(target);
            }
            None => worked.entry((talk.from, target)).or_default().add(talk),
        }
    }
    // A flow that worked once is not withheld for the times it did not.
    for ((from, _), targets) in &mut held {
        targets.retain(|target| !worked.contains_key(&(*from, *target)));
    }
    let mut seen: BTreeMap<Key, Seen> = BTreeMap::new();
    for ((from, (to, transport, port)), worked) in worked {
        let entry = seen.entry((from, to, transport, worked.application)).or_default();
        entry.one_way |= !worked.answered;
        let port = matches!(transport, Transport::Tcp | Transport::Udp).then_some(port);
        entry.ports.extend(port);
        if let Some(sight) = worked.sight {
            let known = entry.sights.get(&port).copied();
            entry.sights.insert(port, sight.with(known));
        }
    }
    let mut needs = Vec::with_capacity(seen.len());
    for ((from, to, transport, application), entry) in seen {
        if entry.ports.len() > PORTS_MAX {
            let targets = entry.ports.iter().map(|port| (to, transport, *port));
            held.entry((from, Reason::ManyPorts)).or_default().extend(targets);
        } else {
            let need = need(estate, (from, to, transport, application), &entry, knowledge);
            needs.extend(need.map(|need| (need, entry.sights)));
        }
    }
    needs.sort_by(|one, other| one.0.cmp(&other.0));
    (
        needs,
        held.into_iter()
            .filter_map(|((from, reason), targets)| withhold(estate, from, reason, targets))
            .collect(),
    )
}

/// What one port of one server was used for. Where some conversations were understood and others not, the
/// understood ones name it: a rule cannot tell them apart.
#[derive(Default)]
struct Worked {
    application: Option<Protocol>,
    answered: bool,
    sight: Option<Sight>,
}

impl Worked {
    fn add(&mut self, talk: &Talk) {
        self.answered |= talk.answered;
        self.sight = Some(Sight::of(talk).with(self.sight));
        self.application = match (self.application, talk.application) {
            (Some(known), Some(other)) => Some(known.min(other)),
            (known, other) => known.or(other),
        };
    }
}

fn withhold(estate: &Estate, from: End, reason: Reason, targets: BTreeSet<Target>) -> Option<Withheld> {
    let flows: Vec<(Party, Transport, u16)> = targets
        .into_iter()
        .filter_map(|(to, transport, port)| Some((to.party(estate)?, transport, port)))
        .collect();
    let from = from.party(estate)?;
    (!flows.is_empty()).then(|| Withheld { from, reason: reason.words(estate, &flows), flows })
}

/// Why a conversation does not become a need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    Scanning(Scan),
    Unanswered,
    Refused,
    FromOutside,
    FromStranger,
    ToStranger,
    ManyPorts,
}

fn reason_against(talk: &Talk, scan: Option<Scan>) -> Option<Reason> {
    if let Some(scan) = scan {
        return Some(Reason::Scanning(scan));
    }
    match (talk.from, talk.to) {
        (End::Outside(_), _) => return Some(Reason::FromOutside),
        (End::Stranger(_) | End::Group(_), _) => return Some(Reason::FromStranger),
        (_, End::Stranger(_)) => return Some(Reason::ToStranger),
        // Discovery and address requests go to a group and are answered from elsewhere.
        (End::Device(_), End::Group(_)) => return None,
        (End::Device(_), _) => {}
    }
    let one_way = talk.transport == Transport::Udp && talk.packets >= ONE_WAY_PACKETS_MIN;
    match (talk.answered, talk.is_idle()) {
        (true, false) => None,
        (true, true) => Some(Reason::Refused),
        (false, _) if one_way && matches!(talk.to, End::Device(_)) => None,
        (false, _) => Some(Reason::Unanswered),
    }
}

impl Reason {
    fn words(self, estate: &Estate, flows: &[(Party, Transport, u16)]) -> String {
        let name = |end: End| match end {
            End::Device(at) => estate.devices.get(at).map(|device| device.label()),
            End::Outside(ip) | End::Group(ip) | End::Stranger(ip) => Some(ip.to_string()),
        };
        match self {
            Reason::Scanning(Scan::Sweep { hosts, transport, port }) => format!(
                "looks like scanning: {hosts} hosts were tried on {transport}/{port}, most of them in vain"
            ),
            Reason::Scanning(Scan::Ports { ports, to }) => format!(
                "looks like scanning: {ports} ports of {} were tried, most of them in vain",
                name(to).unwrap_or_default()
            ),
            Reason::Unanswered => "was never answered".to_string(),
            Reason::Refused => "was refused or closed before anything was exchanged".to_string(),
            Reason::FromOutside => "came from outside the site; a person must confirm it first".to_string(),
            Reason::FromStranger => "came from an address that no device is known to own".to_string(),
            Reason::ToStranger => "went to an address that no device is known to own".to_string(),
            Reason::ManyPorts => {
                format!("uses {} ports of one machine; a person must decide which are needed", flows.len())
            }
        }
    }
}

fn need(estate: &Estate, key: Key, seen: &Seen, knowledge: &Knowledge) -> Option<Need> {
    let (from, to, transport, application) = key;
    let (from_party, to_party) = (from.party(estate)?, to.party(estate)?);
    let ports: Vec<u16> = seen.ports.iter().copied().collect();
    let application = application.map(|protocol| protocol.name().to_string());
    let what = purpose(estate, to, transport, application.as_deref(), &ports, knowledge);
    let way = if seen.one_way && matches!(to, End::Device(_)) { ", one way" } else { "" };
    let name = application.as_deref();
    let id = id::of_flow("need", &from_party, &to_party, transport, name, &ports);
    Some(Need {
        ports,
        purpose: format!("{what}{way}"),
        application,
        source: "observed".to_string(),
        ..Need::new(id, from_party, to_party, transport, NeedState::Proposed)
    })
}

/// What a flow is for, in words; what only a port number suggests is said to be so.
fn purpose(
    estate: &Estate,
    to: End,
    transport: Transport,
    application: Option<&str>,
    ports: &[u16],
    knowledge: &Knowledge,
) -> String {
    let category = match to {
        End::Device(at) => estate.devices.get(at).map(|device| device.category()),
        _ => None,
    };
    let list = || ports.iter().take(4).map(u16::to_string).collect::<Vec<_>>().join(", ");
    match (application, category) {
        (Some("dicom"), Some(Category::ImageArchive)) => {
            "store and fetch images in the archive (DICOM)".into()
        }
        (Some("dicom"), _) => "exchange images or worklists (DICOM)".into(),
        (Some("hl7"), _) => "exchange results, orders or admissions (HL7 v2)".into(),
        (Some("dns"), _) => "look up names (DNS)".into(),
        (Some("mdns"), _) => "find services nearby (multicast DNS)".into(),
        (Some("dhcp"), _) => "get an address (DHCP)".into(),
        (Some("http"), _) => "use pages or services without encryption (HTTP)".into(),
        (Some("tls"), _) => format!("use an encrypted service (TLS on {transport}/{})", list()),
        (Some(other), _) => format!("use a service ({other})"),
        (None, _) if transport == Transport::Icmp => "test reachability (ICMP)".into(),
        (None, _) => {
            let known = ports.first().filter(|_| ports.len() == 1);
            match known.and_then(|port| knowledge.ports.get(transport, *port)) {
                Some(port) => format!("{transport}/{} ({} by port number)", list(), port.name),
                None if ports.is_empty() => format!("{transport}, not understood"),
                None => format!(
                    "{transport}/{}{}, not understood",
                    list(),
                    if ports.len() > 4 { " …" } else { "" }
                ),
            }
        }
    }
}
