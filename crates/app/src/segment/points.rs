//! What the subcommands share that look at configurations: reading them, the flows that needs are, and words.

use crate::error::AppError;
use crate::explain::device_name;
use cordon_model::Timestamp;
use cordon_model::observe::Transport;
use cordon_segment::packets::Packet;
use cordon_segment::point::{Broken, Direction, Flow};
use cordon_segment::read::{Configuration, Language, configuration, decode, recognise};
use cordon_wire::assessment::{Assessment, Device, Need, Rule, Zone};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A rule holds through its last day.
const MICROS_PER_DAY: i64 = 86_400_000_000;
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
    (flows.into_iter().collect(), left_out, needs)
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
    (flows.into_iter().collect(), left_out)
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
            // Groups and broadcasts are not routed by access lists alone.
            _ => return Err(format!("{party} is no single address")),
        };
        if found.is_empty() { Err(format!("no address of {party} is known")) } else { Ok(found) }
    };
    let transport = transport(need.transport)
        .ok_or_else(|| format!("its transport \"{}\" is not known", need.transport))?;
    let ports: Vec<Option<u16>> =
        if need.ports.is_empty() { vec![None] } else { need.ports.iter().map(|port| Some(*port)).collect() };
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
