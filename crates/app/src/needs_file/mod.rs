//! `needs.toml` in the site folder: which flows people declared or confirmed as needed, and which they rejected.

mod write;

pub(crate) use write::{Entry, Flow, write};

use crate::error::AppError;
use cordon_model::identify::Estate;
use cordon_model::observe::Transport;
use cordon_model::segment::NeedDecision;
use cordon_model::{Category, Mac, Timestamp};
use cordon_segment::decide::{self, Decided, DecidedFlow, Decision, EndName};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use toml::Spanned;

/// Its name in the site folder.
pub(crate) const FILE: &str = "needs.toml";
/// The version of `needs.toml` this program reads and writes.
const VERSION: u32 = 1;
/// A larger file is refused; 100,000 flows take about 20 MB.
const BYTES_MAX: u64 = 64 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedsToml {
    version: u32,
    #[serde(default)]
    confirmed: Vec<Spanned<DecisionToml>>,
    #[serde(default)]
    rejected: Vec<Spanned<DecisionToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionToml {
    who: String,
    when: String,
    why: String,
    purpose: Option<String>,
    until: Option<String>,
    #[serde(default)]
    care_critical: bool,
    flows: Vec<Spanned<FlowToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FlowToml {
    id: Option<String>,
    from: EndToml,
    to: EndToml,
    service: String,
    application: Option<String>,
    expected: Option<String>,
    /// `to` when it was expected of the answering end.
    of: Option<String>,
    purpose: Option<String>,
}

/// `"10.0.0.5"`, `"category:infusion_pump"`, or a table of several names of one device.
#[derive(Deserialize)]
#[serde(
    untagged,
    expecting = "an end is a text such as \"mac:00:1b:0d:20:30:01\" or \"10.0.0.5\", or a table with \
                               device, asset_tag, mac, ip, host, zone, category, outside or group"
)]
enum EndToml {
    Short(String),
    Long(Box<LongToml>),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LongToml {
    device: Option<String>,
    asset_tag: Option<String>,
    mac: Option<String>,
    ip: Option<String>,
    host: Option<String>,
    zone: Option<String>,
    category: Option<String>,
    outside: Option<String>,
    group: Option<String>,
    /// For people who read the file; says nothing.
    #[serde(rename = "name")]
    _name: Option<String>,
}

/// What a site's people decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeedsFile {
    path: PathBuf,
    /// In the order of the file, confirmed before rejected.
    decisions: Vec<Decision>,
}

impl NeedsFile {
    /// Brings the decisions to an estate, as of a day.
    pub(crate) fn resolve(&self, estate: &Estate, today: Timestamp) -> Result<Decided, AppError> {
        decide::resolve(estate, &self.decisions, FILE, today).map_err(|against| {
            let first = against.first().map(|one| one.why.clone()).unwrap_or_default();
            let more = match against.len().saturating_sub(1) {
                0 => String::new(),
                more => format!(" (and {more} more of this kind)"),
            };
            AppError::unreadable(&self.path, format!("{first}{more}"))
        })
    }
}

/// The decisions of a site folder, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<NeedsFile, AppError> {
    let path = folder.join(FILE);
    match text(&path)? {
        Some(text) => parse(&path, &text),
        None => Ok(NeedsFile::default()),
    }
}

fn text(path: &Path) -> Result<Option<String>, AppError> {
    match fs::metadata(path) {
        Ok(found) if found.len() > BYTES_MAX => {
            let reason = format!("it has {} bytes; at most {BYTES_MAX} are read", found.len());
            Err(AppError::unreadable(path, reason))
        }
        Ok(_) => fs::read_to_string(path).map(Some).map_err(|error| AppError::unreadable(path, error)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(AppError::unreadable(path, error)),
    }
}

/// Reads the text of a `needs.toml`; a mistake is told with its line.
pub(crate) fn parse(path: &Path, text: &str) -> Result<NeedsFile, AppError> {
    let toml: NeedsToml = toml::from_str(text).map_err(|error| AppError::unreadable(path, error))?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err(AppError::unreadable(path, reason));
    }
    let lines = Lines::of(text);
    let wrong = |(line, reason): (u32, String)| AppError::unreadable(path, format!("line {line}: {reason}"));
    let mut decisions = Vec::new();
    for (rejects, entries) in [(false, toml.confirmed), (true, toml.rejected)] {
        for entry in entries {
            let line = lines.at(entry.span().start);
            decisions.push(entry.into_inner().decision(rejects, line, &lines).map_err(wrong)?);
        }
    }
    same_names(&decisions).map_err(wrong)?;
    Ok(NeedsFile { path: path.to_owned(), decisions })
}

/// Where lines begin.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Lines {
        Lines(text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect())
    }

    /// The 1-based line of a byte.
    fn at(&self, byte: usize) -> u32 {
        u32::try_from(self.0.partition_point(|end| *end < byte) + 1).unwrap_or(u32::MAX)
    }
}

/// Refuses one id for flows of different ends: one of them was edited, or copied and not renamed.
fn same_names(decisions: &[Decision]) -> Result<(), (u32, String)> {
    let mut named: BTreeMap<&str, &DecidedFlow> = BTreeMap::new();
    for flow in decisions.iter().flat_map(|decision| &decision.flows) {
        let Some(id) = flow.id.as_deref() else { continue };
        let Some(first) = named.insert(id, flow) else { continue };
        let other = first.line;
        if (&first.from, &first.to, first.transport) != (&flow.from, &flow.to, flow.transport) {
            let reason = format!(
                "{id} stands on line {other} too, with other ends; take its id away or name both flows alike"
            );
            return Err((flow.line, reason));
        }
        if first.ports == flow.ports {
            return Err((flow.line, format!("{id} stands on line {other} too; take one of them away")));
        }
    }
    Ok(())
}

impl DecisionToml {
    fn decision(self, rejects: bool, line: u32, lines: &Lines) -> Result<Decision, (u32, String)> {
        let here = |reason: String| (line, reason);
        for (name, text) in [("who", &self.who), ("why", &self.why)] {
            if text.trim().is_empty() {
                return Err(here(format!("{name} is empty; a decision needs a name and a reason")));
            }
        }
        if self.flows.is_empty() {
            return Err(here("it names no flows".to_owned()));
        }
        if rejects && (self.until.is_some() || self.care_critical) {
            return Err(here("what is rejected has neither until nor care_critical".to_owned()));
        }
        let until = self.until.as_deref().map(|text| day("until", text)).transpose().map_err(here)?;
        let when = day("when", &self.when).map_err(here)?;
        let flow = |flow: Spanned<FlowToml>| {
            let line = lines.at(flow.span().start);
            flow.into_inner().flow(line).map_err(|reason| (line, reason))
        };
        Ok(Decision {
            rejects,
            decision: NeedDecision { by: self.who, when, because: self.why },
            purpose: self.purpose,
            until,
            care_critical: self.care_critical,
            flows: self.flows.into_iter().map(flow).collect::<Result<_, _>>()?,
        })
    }
}

/// A day such as `2026-12-31`.
pub(crate) fn day(name: &str, text: &str) -> Result<Timestamp, String> {
    let wrong = || format!("{name}: \"{text}\" is no day such as 2026-12-31");
    let mut parts = text.trim().splitn(3, '-');
    let mut number = || parts.next().and_then(|part| part.parse::<u32>().ok()).ok_or_else(wrong);
    let (year, month, day) = (number()?, number()?, number()?);
    Timestamp::from_date(i64::from(year), month, day).ok_or_else(wrong)
}

impl FlowToml {
    fn flow(self, line: u32) -> Result<DecidedFlow, String> {
        let (transport, ports) = service(&self.service)?;
        Ok(DecidedFlow {
            id: self.id,
            from: self.from.name().map_err(|reason| format!("from: {reason}"))?,
            to: self.to.name().map_err(|reason| format!("to: {reason}"))?,
            transport,
            ports,
            application: self.application,
            expected_of_to: match (self.of.as_deref(), &self.expected) {
                (None, _) | (Some("from"), Some(_)) => false,
                (Some("to"), Some(_)) => true,
                _ => return Err("of is \"from\" or \"to\", and stands beside expected".to_owned()),
            },
            expected: self.expected,
            purpose: self.purpose,
            line,
        })
    }
}

/// The most ports that a service written down may have.
const PORTS_MAX: usize = 4096;

/// `tcp/104,11112`, `udp/50000-50010`, `tcp` for every port, `icmp`.
pub(crate) fn service(text: &str) -> Result<(Transport, Vec<u16>), String> {
    // `ip/47` is a transport of its own.
    if let Ok(transport) = text.trim().parse() {
        return Ok((transport, Vec::new()));
    }
    let (name, list) = text.split_once('/').unwrap_or((text, ""));
    let transport: Transport = name
        .trim()
        .parse()
        .map_err(|_| format!("service: \"{text}\" is none such as tcp/104,11112, udp/5000-5010 or icmp"))?;
    let mut ports = std::collections::BTreeSet::new();
    for part in list.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let port = |text: &str| {
            let port = text.trim().parse::<u16>().ok().filter(|port| *port > 0);
            port.ok_or_else(|| format!("service: \"{part}\" is no port between 1 and 65535"))
        };
        let (first, last) = (port(first)?, port(last)?);
        if first > last {
            return Err(format!("service: {part} ends before it begins"));
        }
        ports.extend(first..=last);
        if ports.len() > PORTS_MAX {
            return Err(format!("service: more than {PORTS_MAX} ports; write the transport alone for all"));
        }
    }
    let ports: Vec<u16> = ports.into_iter().collect();
    if !ports.is_empty() && !matches!(transport, Transport::Tcp | Transport::Udp) {
        return Err(format!("service: {transport} has no ports"));
    }
    Ok((transport, ports))
}

impl EndToml {
    fn name(self) -> Result<EndName, String> {
        match self {
            EndToml::Short(text) => short(&text),
            EndToml::Long(long) => long.name(),
        }
    }
}

/// `kind:value`, an IP address or a MAC.
pub(crate) fn short(text: &str) -> Result<EndName, String> {
    let text = text.trim();
    if text.parse::<IpAddr>().is_ok() {
        return LongToml { ip: Some(text.to_owned()), ..LongToml::none() }.name();
    }
    if text.parse::<Mac>().is_ok() {
        return LongToml { mac: Some(text.to_owned()), ..LongToml::none() }.name();
    }
    let wrong = || {
        format!(
            "\"{text}\" names nothing; write an address, or device:, asset_tag:, mac:, ip:, host:, zone:, \
                            category:, outside: or group: before a name"
        )
    };
    let (kind, value) = text.split_once(':').ok_or_else(wrong)?;
    let value = Some(value.to_owned());
    let none = LongToml::none();
    let long = match kind {
        "device" => LongToml { device: value, ..none },
        "asset_tag" => LongToml { asset_tag: value, ..none },
        "mac" => LongToml { mac: value, ..none },
        "ip" => LongToml { ip: value, ..none },
        "host" => LongToml { host: value, ..none },
        "zone" => LongToml { zone: value, ..none },
        "category" => LongToml { category: value, ..none },
        "outside" => LongToml { outside: value, ..none },
        "group" => LongToml { group: value, ..none },
        _ => return Err(wrong()),
    };
    long.name()
}

impl LongToml {
    fn none() -> LongToml {
        LongToml {
            device: None,
            asset_tag: None,
            mac: None,
            ip: None,
            host: None,
            zone: None,
            category: None,
            outside: None,
            group: None,
            _name: None,
        }
    }

    fn name(self) -> Result<EndName, String> {
        let one_of_many = [&self.zone, &self.category, &self.outside, &self.group];
        let of_device = [&self.device, &self.asset_tag, &self.mac, &self.ip, &self.host];
        let count = |names: &[&Option<String>]| names.iter().filter(|name| name.is_some()).count();
        match (count(&one_of_many), count(&of_device)) {
            (0, 0) => return Err("it names nothing".to_owned()),
            (0, _) | (1, 0) => {}
            _ => {
                return Err(
                    "it names a zone, category, outside or group together with something else".to_owned()
                );
            }
        }
        let address = |name: &str, text: Option<String>| -> Result<Option<IpAddr>, String> {
            let parse =
                |text: String| text.parse().map_err(|_| format!("{name}: \"{text}\" is no IP address"));
            text.map(parse).transpose()
        };
        let mac = self.mac.map(|text| text.parse::<Mac>().map_err(|error| format!("mac: {error}")));
        let category = self.category.map(|text| text.parse::<Category>().map_err(|error| error.to_string()));
        Ok(EndName {
            device: self.device,
            asset_tag: self.asset_tag,
            mac: mac.transpose()?,
            ip: address("ip", self.ip)?,
            host: self.host,
            zone: self.zone,
            category: category.transpose()?,
            outside: self.outside,
            group: address("group", self.group)?,
        })
    }
}

#[cfg(test)]
mod tests;
