//! What the subcommands share that look at configurations: reading them, the flows that needs are, and words.

use crate::error::AppError;
use crate::explain::device_name;
use cordon_model::Timestamp;
use cordon_model::observe::Transport;
use cordon_segment::packets::Packet;
use cordon_segment::point::{Broken, Direction, Flow, Stays};
use cordon_segment::read::{Configuration, Language, configuration, decode, recognise};
use cordon_wire::assessment::{Assessment, Device, Need, Rule, Zone};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A rule holds through its last day.
const MICROS_PER_DAY: i64 = 86_400_000_000;
/// The port of a DHCP server (RFC 2131, 4.1).
const DHCP_SERVER: u16 = 67;
/// The longest configuration that is read, in bytes.
const BYTES_MAX: u64 = 64 << 20;

/// Reads configurations. A file of `ipset save`, `ip addr` or `ip route` is of the machine whose rules are named
/// before it.
pub(super) fn read(paths: &[PathBuf]) -> Result<Vec<(PathBuf, Configuration)>, AppError> {
    let mut machines: Vec<(&PathBuf, String, Vec<String>)> = Vec::new();
    for path in paths {
        let text = text(path)?;
        match (recognise(&text), machines.last_mut()) {
            (Some(Language::Beside), Some((.., beside))) => beside.push(text),
            (Some(Language::Beside), None) => {
                let why = "it holds addresses, routes or sets; name the rules of that machine before it";
                return Err(AppError::unreadable(path, why));
            }
            _ => machines.push((path, text, Vec::new())),
        }
    }
    let read = |(path, text, beside): (&PathBuf, String, Vec<String>)| {
        let beside: Vec<&str> = beside.iter().map(String::as_str).collect();
        let found = configuration(&text, &beside).map_err(|error| AppError::unreadable(path, error))?;
        Ok((path.clone(), found))
    };
    machines.into_iter().map(read).collect()
}

fn text(path: &Path) -> Result<String, AppError> {
    let size = std::fs::metadata(path).map_err(|error| AppError::unreadable(path, error))?.len();
    if size > BYTES_MAX {
        return Err(AppError::unreadable(path, format!("it has {size} bytes; at most {BYTES_MAX} are read")));
    }
    let bytes = std::fs::read(path).map_err(|error| AppError::unreadable(path, error))?;
    decode(&bytes).map_err(|error| AppError::unreadable(path, error))
}

/// The configurations as they are in force at one moment.
pub(super) fn at(points: Vec<(PathBuf, Configuration)>, now: Timestamp) -> Vec<(PathBuf, Configuration)> {
    points.into_iter().map(|(path, found)| (path, found.at(now))).collect()
}

/// A need to a group or broadcast address that no point sees: there is nothing to check.
#[derive(Debug, Serialize)]
pub struct OnLink {
    /// Its id.
    pub need: String,
    /// The group or broadcast address.
    pub to: String,
    /// From how many addresses.
    pub flows: u64,
    /// Why.
    pub why: &'static str,
}

/// Flows that stay on their link, by need.
pub(super) fn on_link(found: &[(usize, Stays)], flows: &[Flow]) -> Vec<OnLink> {
    let mut all: BTreeMap<(&str, std::net::IpAddr, Stays), u64> = BTreeMap::new();
    for (flow, why) in found.iter().filter_map(|(at, why)| Some((flows.get(*at)?, *why))) {
        *all.entry((&flow.need, flow.to, why)).or_default() += 1;
    }
    let one = |((need, to, why), flows): ((&str, std::net::IpAddr, Stays), u64)| OnLink {
        need: need.to_owned(),
        to: to.to_string(),
        flows,
        why: match why {
            Stays::OfLink => "no router passes it on",
            Stays::OwnBroadcast => "it is the broadcast address of the sender's own network",
            Stays::NotRouted => "multicast is not routed there",
        },
    };
    all.into_iter().map(one).collect()
}

/// A line that counts only for a time.
#[derive(Debug, Serialize)]
pub struct TimedLine {
    /// Its place in the file.
    pub line: u32,
    /// The line.
    pub text: String,
    /// True where it counts now; `null` where it has just ended and equipment may be late.
    pub counts: Option<bool>,
    /// Until when that is so; `null` for good.
    pub until: Option<String>,
}

/// Lines of a configuration that count only for a time.
pub(super) fn timed(found: &Configuration) -> Vec<TimedLine> {
    let one = |line: &cordon_segment::read::Timely| TimedLine {
        line: line.place,
        text: line.text.clone(),
        counts: line.counts,
        until: line.until.map(|until| until.to_string()),
    };
    found.timely.iter().map(one).collect()
}

/// Lists of a configuration that are bound to nothing.
pub(super) fn unbound(found: &Configuration) -> Vec<String> {
    found.unbound.iter().map(|one| one.list.clone()).collect()
}

/// What is taken for granted where a configuration does not say which packets meet its lists.
pub(super) fn assumed(found: &Configuration) -> Option<&'static str> {
    match (found.is_assumed(), found.is_placeless()) {
        (true, _) => Some("its lists exist and are bound to no interface: checked as if packets met them"),
        (false, true) => {
            Some("its interfaces have no addresses here: checked as if each list met those it names")
        }
        (false, false) => None,
    }
}

/// A need that could not be checked.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// Its id.
    pub need: String,
    /// Why.
    pub why: String,
}

/// A need or conversation that is stopped, or may be.
#[derive(Debug, Serialize)]
pub struct Stopped {
    /// The need's id; empty where no need names the conversation.
    pub need: String,
    /// What for.
    pub purpose: String,
    /// Who asks.
    pub from: String,
    /// Who answers.
    pub to: String,
    /// The equipment that stops it, by its own name or its file's.
    pub point: String,
    /// `request` or `answer`.
    pub direction: &'static str,
    /// A packet that shows it.
    pub packet: String,
    /// Interface and direction.
    pub at: String,
    /// The list.
    pub list: String,
    /// The line's place in the file; `null` where the list's end decides.
    pub line: Option<u32>,
    /// The line.
    pub text: Option<String>,
    /// What was not understood and decides.
    pub doubt: Option<String>,
}

/// What is stopped, in words.
pub(super) fn stopped(broken: Broken, flow: &Flow, points: &[(PathBuf, Configuration)]) -> Stopped {
    let (line, text) = broken.line.unzip();
    Stopped {
        need: flow.need.clone(),
        purpose: flow.purpose.clone(),
        from: flow.from_name.clone(),
        to: flow.to_name.clone(),
        point: points.get(broken.point).map(|(path, found)| name(path, found)).unwrap_or_default(),
        direction: match broken.direction {
            Direction::Request => "request",
            Direction::Answer => "answer",
        },
        packet: words(&broken.example),
        at: broken.at,
        list: broken.list,
        line,
        text,
        doubt: broken.doubt,
    }
}

/// What a configuration calls its equipment, or else its file.
pub(super) fn name(path: &Path, found: &Configuration) -> String {
    found.hostname.clone().unwrap_or_else(|| path.display().to_string())
}

/// Names of devices by address.
pub(super) fn names(assessment: &Assessment) -> BTreeMap<std::net::IpAddr, String> {
    let of = |device: &Device| {
        let name = device_name(device);
        let ips = device.ips.iter().filter_map(|ip| ip.parse().ok());
        ips.map(|ip| (ip, name.clone())).collect::<Vec<_>>()
    };
    assessment.devices.iter().flat_map(of).collect()
}

/// The transport of an assessment's word.
pub(super) fn transport(word: &str) -> Option<Transport> {
    match word {
        "tcp" => Some(Transport::Tcp),
        "udp" => Some(Transport::Udp),
        "icmp" => Some(Transport::Icmp),
        other => other.strip_prefix("ip/").and_then(|number| number.parse().ok()).map(Transport::Other),
    }
}

/// The needs as flows from address to address.
pub(super) fn flows(assessment: &Assessment, confirmed_only: bool) -> (Vec<Flow>, Vec<LeftOut>, u64) {
    let devices: BTreeMap<&str, &Device> =
        assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect();
    let wholes: BTreeMap<String, &[String]> = assessment.zones.iter().flat_map(Zone::wholes).collect();
    let (mut flows, mut left_out, mut needs) = (BTreeSet::new(), Vec::new(), 0);
    let is_required =
        |need: &&Need| need.state == "confirmed" || (need.state == "proposed" && !confirmed_only);
    for need in assessment.needs.iter().filter(is_required) {
        let asked = Asked {
            id: &need.id,
            from: &need.from,
            to: &need.to,
            transport: &need.transport,
            ports: &need.ports,
            purpose: &need.purpose,
        };
        match flows_of(&asked, &devices, &wholes) {
            Ok(found) => {
                needs += 1;
                flows.extend(found);
            }
            Err(why) => left_out.push(LeftOut { need: need.id.clone(), why }),
        }
    }
    (with_unaddressed(flows), left_out, needs)
}

/// Who asks for an address has none yet: a need that begins with a broadcast to DHCP servers begins so.
fn with_unaddressed(mut flows: BTreeSet<Flow>) -> Vec<Flow> {
    let broadcast = std::net::IpAddr::from([255; 4]);
    let is_asking = |flow: &&Flow| {
        flow.to == broadcast && flow.transport == Transport::Udp && flow.port == Some(DHCP_SERVER)
    };
    let asking = flows.iter().find(is_asking).map(|flow| Flow {
        from: std::net::IpAddr::from([0; 4]),
        from_name: "devices that have no address yet".to_owned(),
        ..flow.clone()
    });
    flows.extend(asking);
    flows.into_iter().collect()
}

/// A plan's rules as flows from address to address; a flow's need is the rule's id. Those whose last day is before
/// `now` ask for nothing.
pub(super) fn flows_of_rules(
    assessment: &Assessment,
    zones: &[Zone],
    rules: &[Rule],
    now: Timestamp,
) -> (Vec<Flow>, Vec<LeftOut>) {
    let devices: BTreeMap<&str, &Device> =
        assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect();
    let wholes: BTreeMap<String, &[String]> = zones.iter().flat_map(Zone::wholes).collect();
    let purposes: BTreeMap<&str, &str> =
        assessment.needs.iter().map(|need| (need.id.as_str(), need.purpose.as_str())).collect();
    let holds = |rule: &&Rule| {
        let until = rule.until.as_ref().and_then(|until| until.parse::<Timestamp>().ok());
        until.is_none_or(|until| until.plus_micros(MICROS_PER_DAY) > now)
    };
    let (mut flows, mut left_out) = (BTreeSet::new(), Vec::new());
    for rule in rules.iter().filter(holds) {
        let known: BTreeSet<&str> =
            rule.needs.iter().filter_map(|need| purposes.get(need.as_str()).copied()).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let purpose = if known.is_empty() { rule.why.clone() } else { known.join("; ") };
        let asked = Asked {
            id: &rule.id,
            from: &rule.from,
            to: &rule.to,
            transport: &rule.transport,
            ports: &rule.ports,
            purpose: &purpose,
        };
        match flows_of(&asked, &devices, &wholes) {
            Ok(found) => flows.extend(found),
            Err(why) => left_out.push(LeftOut { need: rule.id.clone(), why }),
        }
    }
    (with_unaddressed(flows), left_out)
}

/// What a need or a rule asks for.
struct Asked<'a> {
    id: &'a str,
    from: &'a str,
    to: &'a str,
    transport: &'a str,
    ports: &'a [u16],
    purpose: &'a str,
}

/// A party's name and addresses.
type Ends = Vec<(String, std::net::IpAddr)>;

fn flows_of(
    need: &Asked<'_>,
    devices: &BTreeMap<&str, &Device>,
    wholes: &BTreeMap<String, &[String]>,
) -> Result<Vec<Flow>, String> {
    let ends = |party: &str| -> Result<Ends, String> {
        let of_device = |id: &str| {
            let device = devices.get(id);
            let ips = device.iter().flat_map(|device| device.ips.iter().filter_map(|ip| ip.parse().ok()));
            let name = device.map_or_else(|| id.to_owned(), |device| device_name(device));
            ips.map(|ip| (name.clone(), ip)).collect::<Ends>()
        };
        let found = match party.split_once(':') {
            Some(("device", id)) => of_device(id),
            Some(("zone" | "microsegment", _)) => wholes
                .get(party)
                .into_iter()
                .flat_map(|members| members.iter())
                .flat_map(|id| of_device(id))
                .collect(),
            Some(("outside", address)) => {
                address.parse().map(|ip| vec![(address.to_owned(), ip)]).map_err(|_| {
                    format!(
                        "{address} is known by name only; its addresses may change, and were not resolved"
                    )
                })?
            }
            Some(("group", address)) => {
                let ip = address.parse().map_err(|_| format!("{address} is no address"))?;
                vec![(address.to_owned(), ip)]
            }
            _ => return Err(format!("{party} is nobody that has an address")),
        };
        if found.is_empty() { Err(format!("no address of {party} is known")) } else { Ok(found) }
    };
    let transport = transport(need.transport)
        .ok_or_else(|| format!("its transport \"{}\" is not known", need.transport))?;
    let ports: Vec<Option<u16>> =
        if need.ports.is_empty() { vec![None] } else { need.ports.iter().map(|port| Some(*port)).collect() };
    if need.from.starts_with("group:") {
        return Err(format!("{} sends nothing: it is a group", need.from));
    }
    let (from, to) = (ends(need.from)?, ends(need.to)?);
    let mut flows = Vec::new();
    for (from_name, from) in &from {
        // A packet has addresses of one family.
        for (to_name, to) in to.iter().filter(|(_, to)| to.is_ipv4() == from.is_ipv4() && to != from) {
            flows.extend(ports.iter().map(|port| Flow {
                need: need.id.to_owned(),
                from_name: from_name.clone(),
                from: *from,
                to_name: to_name.clone(),
                to: *to,
                transport,
                port: *port,
                purpose: need.purpose.to_owned(),
            }));
        }
    }
    Ok(flows)
}

/// `tcp 10.0.0.5:49152 > 10.0.0.9:104`, with what the packet goes on with.
pub(super) fn words(packet: &Packet) -> String {
    let ends = |port: bool| match port {
        true => format!(
            "{} > {}",
            std::net::SocketAddr::new(packet.source, packet.source_port),
            std::net::SocketAddr::new(packet.destination, packet.destination_port)
        ),
        false => format!("{} > {}", packet.source, packet.destination),
    };
    let goes_on = if packet.established { " (established)" } else { "" };
    match packet.protocol {
        6 => format!("tcp {}{goes_on}", ends(true)),
        17 => format!("udp {}", ends(true)),
        1 | 58 => {
            let (kind, code) = (packet.destination_port >> 8, packet.destination_port & 0xff);
            format!("icmp {} type {kind} code {code}", ends(false))
        }
        other => format!("ip/{other} {}", ends(false)),
    }
}
