//! Configurations of enforcement points against the needs of an assessment: what they would break, and what they let
//! through that nothing needs.

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::explain::device_name;
use crate::report::read_assessment;
use cordon_model::observe::Transport;
use cordon_segment::lists::Idle;
use cordon_segment::packets::{Packet, Packets};
use cordon_segment::point::{Broken, Direction, Flow, Loose, Report, check};
use cordon_segment::read::{Configuration, configuration, decode};
use cordon_wire::assessment::{Assessment, Device, Need};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The longest configuration that is read, in bytes.
const BYTES_MAX: u64 = 64 << 20;

/// What to check.
#[derive(Debug)]
pub struct Request {
    /// The assessment with the needs.
    pub assessment: PathBuf,
    /// Running configurations, one a file.
    pub configurations: Vec<PathBuf>,
    /// Only needs that somebody confirmed.
    pub confirmed_only: bool,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verification {
    /// Needs of the assessment that were checked; each may be several flows.
    pub needs: u64,
    /// Flows from address to address.
    pub flows: u64,
    /// Needs that could not be checked, with the reason.
    pub left_out: Vec<LeftOut>,
    /// The configurations, in the order they were named.
    pub points: Vec<Point>,
}

/// A need that could not be checked.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// Its id.
    pub need: String,
    /// Why.
    pub why: String,
}

/// One configuration.
#[derive(Debug, Serialize)]
pub struct Point {
    /// Its file.
    pub path: String,
    /// What it calls itself.
    pub hostname: Option<String>,
    /// Flows that pass through it.
    pub passing: u64,
    /// Flows of which both ends are behind one of its interfaces.
    pub elsewhere: u64,
    /// Flows of which it does not say the way.
    pub no_way: u64,
    /// Needs it stops, at most 1,000.
    pub blocked: Vec<Stopped>,
    /// How many.
    pub blocked_count: u64,
    /// Needs of which it cannot be told.
    pub unsure: Vec<Stopped>,
    /// How many.
    pub unsure_count: u64,
    /// Lines that let through more than is needed.
    pub loose: Vec<Open>,
    /// Lines that do nothing.
    pub idle: Vec<IdleLine>,
    /// Lines that bear on what passes and were not understood: place and text.
    pub not_understood: Vec<(u32, String)>,
    /// How many.
    pub not_understood_count: u64,
}

/// A need that is stopped, or may be.
#[derive(Debug, Serialize)]
pub struct Stopped {
    /// The need's id.
    pub need: String,
    /// What for.
    pub purpose: String,
    /// Who asks.
    pub from: String,
    /// Who answers.
    pub to: String,
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

/// A line that lets through more than is needed.
#[derive(Debug, Serialize)]
pub struct Open {
    /// From which interface.
    pub from: String,
    /// To which.
    pub to: String,
    /// The list; `null` where there is none.
    pub list: Option<String>,
    /// The line's place in the file.
    pub line: Option<u32>,
    /// The line.
    pub text: Option<String>,
    /// A packet that passes and that nothing needs.
    pub packet: String,
}

/// A line that does nothing.
#[derive(Debug, Serialize)]
pub struct IdleLine {
    /// The list.
    pub list: String,
    /// The line's place in the file.
    pub line: u32,
    /// The line.
    pub text: String,
    /// `redundant`, `contradicted` or `empty`.
    pub kind: &'static str,
    /// Places of the lines before it that decide instead.
    pub by: Vec<u32>,
    /// A packet it was written for and does not get.
    pub packet: Option<String>,
}

/// Checks configurations against the needs of an assessment.
pub fn verify(actor: &Actor, request: &Request) -> Result<Verification, AppError> {
    actor.require(Permission::Assess)?;
    let assessment = read_assessment(&request.assessment)?;
    let (flows, left_out, needs) = flows(&assessment, request.confirmed_only);
    let points = request
        .configurations
        .iter()
        .map(|path| point(path, &flows))
        .collect::<Result<Vec<Point>, AppError>>()?;
    Ok(Verification { needs, flows: flows.len() as u64, left_out, points })
}

/// The needs as flows from address to address.
fn flows(assessment: &Assessment, confirmed_only: bool) -> (Vec<Flow>, Vec<LeftOut>, u64) {
    let devices: BTreeMap<&str, &Device> =
        assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect();
    let zones: BTreeMap<&str, &[String]> =
        assessment.zones.iter().map(|zone| (zone.id.as_str(), zone.devices.as_slice())).collect();
    let (mut flows, mut left_out, mut needs) = (BTreeSet::new(), Vec::new(), 0);
    let is_required =
        |need: &&Need| need.state == "confirmed" || (need.state == "proposed" && !confirmed_only);
    for need in assessment.needs.iter().filter(is_required) {
        match flows_of(need, &devices, &zones) {
            Ok(found) => {
                needs += 1;
                flows.extend(found);
            }
            Err(why) => left_out.push(LeftOut { need: need.id.clone(), why }),
        }
    }
    (flows.into_iter().collect(), left_out, needs)
}

/// A party's name and addresses.
type Ends = Vec<(String, std::net::IpAddr)>;

fn flows_of(
    need: &Need,
    devices: &BTreeMap<&str, &Device>,
    zones: &BTreeMap<&str, &[String]>,
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
            Some(("zone", id)) => zones
                .get(id)
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
    let transport = match need.transport.as_str() {
        "tcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        "icmp" => Transport::Icmp,
        other => {
            let number = other.strip_prefix("ip/").and_then(|number| number.parse().ok());
            Transport::Other(number.ok_or_else(|| format!("its transport \"{other}\" is not known"))?)
        }
    };
    let ports: Vec<Option<u16>> =
        if need.ports.is_empty() { vec![None] } else { need.ports.iter().map(|port| Some(*port)).collect() };
    let (from, to) = (ends(&need.from)?, ends(&need.to)?);
    let mut flows = Vec::new();
    for (from_name, from) in &from {
        // A packet has addresses of one family.
        for (to_name, to) in to.iter().filter(|(_, to)| to.is_ipv4() == from.is_ipv4() && to != from) {
            flows.extend(ports.iter().map(|port| Flow {
                need: need.id.clone(),
                from_name: from_name.clone(),
                from: *from,
                to_name: to_name.clone(),
                to: *to,
                transport,
                port: *port,
                purpose: need.purpose.clone(),
            }));
        }
    }
    Ok(flows)
}

fn point(path: &Path, flows: &[Flow]) -> Result<Point, AppError> {
    let size = std::fs::metadata(path).map_err(|error| AppError::unreadable(path, error))?.len();
    if size > BYTES_MAX {
        return Err(AppError::unreadable(path, format!("it has {size} bytes; at most {BYTES_MAX} are read")));
    }
    let bytes = std::fs::read(path).map_err(|error| AppError::unreadable(path, error))?;
    let text = decode(&bytes).map_err(|error| AppError::unreadable(path, error))?;
    let configuration = configuration(&text, &[]).map_err(|error| AppError::unreadable(path, error))?;
    let report = check(&configuration, flows, &mut Packets::default())
        .map_err(|error| AppError::unreadable(path, error))?;
    Ok(described(path, configuration, report, flows))
}

fn described(path: &Path, configuration: Configuration, report: Report, flows: &[Flow]) -> Point {
    let stopped = |broken: Vec<Broken>| broken.into_iter().filter_map(|one| stopped(one, flows)).collect();
    let idle =
        report.idle.into_iter().filter_map(|(_, list, idle)| idle_line(&configuration, list, idle)).collect();
    Point {
        path: path.display().to_string(),
        passing: report.passing,
        elsewhere: report.elsewhere,
        no_way: report.no_way.len() as u64,
        blocked: stopped(report.blocked),
        blocked_count: report.blocked_count,
        unsure: stopped(report.unsure),
        unsure_count: report.unsure_count,
        loose: report.loose.into_iter().map(open).collect(),
        idle,
        hostname: configuration.hostname,
        not_understood: configuration.passed_over,
        not_understood_count: configuration.passed_over_count,
    }
}

fn stopped(broken: Broken, flows: &[Flow]) -> Option<Stopped> {
    let flow = flows.get(broken.flow)?;
    let (line, text) = broken.line.unzip();
    Some(Stopped {
        need: flow.need.clone(),
        purpose: flow.purpose.clone(),
        from: flow.from_name.clone(),
        to: flow.to_name.clone(),
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
    })
}

fn open(loose: Loose) -> Open {
    let (line, text) = loose.line.unzip();
    Open { from: loose.from, to: loose.to, list: loose.list, line, text, packet: words(&loose.example) }
}

fn idle_line(configuration: &Configuration, name: String, idle: Idle) -> Option<IdleLine> {
    let list = configuration.lists.get(&name)?;
    let (at, kind, by, packet) = match idle {
        Idle::Redundant { line, by } => (line, "redundant", by, None),
        Idle::Contradicted { line, by, example } => (line, "contradicted", by, Some(words(&example))),
        Idle::Empty { line } => (line, "empty", Vec::new(), None),
    };
    let line = list.lines.get(at)?;
    let by = by.into_iter().filter_map(|at| list.lines.get(at)).map(|line| line.place).collect();
    Some(IdleLine { list: name, line: line.place, text: line.text.clone(), kind, by, packet })
}

/// `tcp 10.0.0.5:49152 > 10.0.0.9:104`, with what the packet goes on with.
fn words(packet: &Packet) -> String {
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
