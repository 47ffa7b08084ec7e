//! What devices need: proposed from conversations that worked, confirmed by people, expected by kind.

use crate::scan::{self, Scan};
use crate::talk::{End, Talk};
use crate::{Withheld, id, zones};
use cordon_knowledge::{Knowledge, NeedTemplate};
use cordon_model::Category;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::{Protocol, Transport};
use cordon_model::segment::{Need, NeedOrigin, NeedState, Party, Zone};
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
}

/// Whom, by which transport, on which port.
type Target = (End, Transport, u16);

/// What is withheld, by who asked and why.
type Held = BTreeMap<(End, Reason), BTreeSet<Target>>;

/// Needs from conversations, and what was withheld.
pub(crate) fn from_talks(
    estate: &Estate,
    talks: &[Talk],
    knowledge: &Knowledge,
) -> (Vec<Need>, Vec<Withheld>) {
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
        if matches!(transport, Transport::Tcp | Transport::Udp) {
            entry.ports.insert(port);
        }
    }
    let mut needs = Vec::with_capacity(seen.len());
    for ((from, to, transport, application), entry) in seen {
        if entry.ports.len() > PORTS_MAX {
            let targets = entry.ports.iter().map(|port| (to, transport, *port));
            held.entry((from, Reason::ManyPorts)).or_default().extend(targets);
        } else {
            needs.extend(need(estate, (from, to, transport, application), &entry, knowledge));
        }
    }
    needs.sort();
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
}

impl Worked {
    fn add(&mut self, talk: &Talk) {
        self.answered |= talk.answered;
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

/// Adds what people confirmed; a proposal keeps only the ports that no confirmed need covers.
pub(crate) fn with_confirmed(seen: Vec<Need>, confirmed: &[Need]) -> Vec<Need> {
    let mut by_ends: BTreeMap<(&Party, &Party, Transport), Vec<&Need>> = BTreeMap::new();
    for need in confirmed {
        by_ends.entry((&need.from, &need.to, need.transport)).or_default().push(need);
    }
    let mut needs: Vec<Need> = confirmed.to_vec();
    for need in &mut needs {
        need.state = NeedState::Confirmed;
    }
    for mut need in seen {
        let same_ends = by_ends.get(&(&need.from, &need.to, need.transport)).map_or(&[][..], Vec::as_slice);
        let had_ports = !need.ports.is_empty();
        need.ports.retain(|port| !same_ends.iter().any(|c| c.ports.is_empty() || c.ports.contains(port)));
        let covered = if had_ports { need.ports.is_empty() } else { !same_ends.is_empty() };
        if !covered {
            needs.push(need);
        }
    }
    needs.sort();
    needs.dedup();
    needs
}

/// What templates expect and nobody saw.
#[derive(Default)]
pub(crate) struct Expected {
    /// Flows to a zone or device that the site has.
    pub needs: Vec<Need>,
    /// For each device what was expected, peers that the site seems not to have included.
    pub missing: BTreeMap<DeviceId, Vec<String>>,
}

/// Expected and never seen; never the ground for a rule.
pub(crate) fn expected(estate: &Estate, needs: &[Need], zones: &[Zone], knowledge: &Knowledge) -> Expected {
    let mut spoken: BTreeMap<&DeviceId, Vec<&Need>> = BTreeMap::new();
    for need in needs {
        for party in [&need.from, &need.to] {
            if let Party::Device(id) = party {
                spoken.entry(id).or_default().push(need);
            }
        }
    }
    let mut by_category: BTreeMap<Category, Vec<&DeviceId>> = BTreeMap::new();
    for device in &estate.devices {
        by_category.entry(device.category()).or_default().push(&device.id);
    }
    let zone_ids: BTreeSet<&str> = zones.iter().map(|zone| zone.id.as_str()).collect();
    let mut found = Expected::default();
    for device in estate.devices.iter().filter(|device| device.parent.is_none()) {
        let own: &[&Need] = spoken.get(&device.id).map_or(&[], Vec::as_slice);
        for template in knowledge.templates.of(device.category()) {
            if own.iter().any(|need| satisfies(need, template)) {
                continue;
            }
            found.missing.entry(device.id.clone()).or_default().push(template.purpose.clone());
            let peer = template.peers.iter().find_map(|peer| by_category.get(peer).map(|ids| (peer, ids)));
            let Some((category, ids)) = peer else { continue };
            let to = match ids.as_slice() {
                [only] => Party::Device((*only).clone()),
                _ if zone_ids.contains(zones::id_of(*category)) => {
                    Party::Zone(zones::id_of(*category).to_string())
                }
                _ => continue,
            };
            let from = Party::Device(device.id.clone());
            if from != to {
                found.needs.push(expected_need(from, to, template));
            }
        }
    }
    found
}

/// A need fits a template when it speaks the same or uses one of its ports; where makers differ, any flow of
/// that transport does.
fn satisfies(need: &Need, template: &NeedTemplate) -> bool {
    let same_application = template.application.is_some() && need.application == template.application;
    let same_port = need.transport == template.transport
        && (template.ports.is_empty() && need.application.is_none()
            || need.ports.iter().any(|port| template.ports.contains(port)));
    same_application || same_port
}

fn expected_need(from: Party, to: Party, template: &NeedTemplate) -> Need {
    let application = template.application.as_deref();
    let id = id::of_flow("need", &from, &to, template.transport, application, &template.ports);
    Need {
        ports: template.ports.clone(),
        application: template.application.clone(),
        purpose: template.purpose.clone(),
        source: template.source.clone(),
        origin: NeedOrigin::Template,
        ..Need::new(id, from, to, template.transport, NeedState::ExpectedNotSeen)
    }
}
