//! Manufacturer usage descriptions: RFC 8520, with access lists as in RFC 8519 and host names of `ietf-acldns`.
//!
//! An entry is about packets; a need is about who asks. Where an entry says `direction-initiated`, that decides; of UDP
//! the side whose port is named answers. Replies in the other list are the same flow, and told once.

use super::{FLOWS_MAX, Mistake, PORTS_MAX, Peer, Publication, PublishedFlow, Subject};
use cordon_model::Cidr;
use cordon_model::observe::Transport;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The most notes kept of one file.
const NOTES_MAX: usize = 50;
/// Characters kept of a name.
const NAME_CHARACTERS_MAX: usize = 200;

/// Reads a description; `file` names it in what is said of it.
pub fn read(file: &str, bytes: &[u8]) -> Result<Publication, Mistake> {
    let value: Value = serde_json::from_slice(bytes).map_err(|error| {
        Mistake::new(u32::try_from(error.line()).unwrap_or(0), format!("this is no JSON: {error}"))
    })?;
    let mud = value.get("ietf-mud:mud").and_then(Value::as_object).ok_or_else(|| {
        Mistake::new(0, "this is no usage description (RFC 8520): it has no \"ietf-mud:mud\"")
    })?;
    let version = mud.get("mud-version").and_then(Value::as_u64);
    if version.is_some_and(|version| version != 1) {
        return Err(Mistake::new(0, "its mud-version is not 1, the only one that is known (RFC 8520)"));
    }
    // Drafts before the RFC called the container "access-lists"; files of that time are still about.
    let lists = ["ietf-access-control-list:acls", "ietf-access-control-list:access-lists"]
        .into_iter()
        .find_map(|name| value.get(name)?.get("acl")?.as_array());
    let lists = lists.ok_or_else(|| {
        Mistake::new(
            0,
            "it has no access lists (\"ietf-access-control-list:acls\"), so nothing is said of its flows",
        )
    })?;
    let mut reader = Reader::default();
    for (policy, from_device) in [("from-device-policy", true), ("to-device-policy", false)] {
        for name in names(mud.get(policy)) {
            match lists.iter().find(|list| text(list, "name") == Some(name)) {
                Some(list) => reader.list(list, name, from_device),
                None => reader.note(format!("{policy} names a list \"{}\" that is not there", short(name))),
            }
        }
    }
    let said = |name: &str| mud.get(name).and_then(Value::as_str).map(short).filter(|text| !text.is_empty());
    Ok(Publication {
        file: file.to_owned(),
        subject: Subject { manufacturer: said("mfg-name"), model: said("model-name"), category: None },
        url: said("mud-url"),
        flows: reader.flows.into_iter().collect(),
        notes: reader.notes,
        questions: Vec::new(),
        entries: reader.entries,
    })
}

fn names(policy: Option<&Value>) -> Vec<&str> {
    let lists =
        policy.and_then(|policy| policy.get("access-lists")).and_then(|lists| lists.get("access-list"));
    let lists = lists.and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    lists.iter().filter_map(|list| text(list, "name")).collect()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

fn short(text: &str) -> String {
    let clean = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    clean.take(NAME_CHARACTERS_MAX).collect::<String>().trim().to_owned()
}

#[derive(Default)]
struct Reader {
    flows: BTreeSet<PublishedFlow>,
    notes: Vec<String>,
    /// Entries that allow something, and those of them that were understood.
    entries: (usize, usize),
}

impl Reader {
    fn note(&mut self, note: String) {
        if self.notes.len() < NOTES_MAX {
            self.notes.push(note);
        }
    }

    fn list(&mut self, list: &Value, name: &str, from_device: bool) {
        let entries = list.get("aces").and_then(|aces| aces.get("ace")).and_then(Value::as_array);
        let Some(entries) = entries else {
            return self.note(format!("list \"{}\" has no entries", short(name)));
        };
        for entry in entries {
            let place = text(entry, "name").map_or_else(|| short(name), short);
            let forwarding = entry.get("actions").and_then(|actions| text(actions, "forwarding"));
            // What is denied is denied anyway; a list of allowances is all a plan asks for.
            if !forwarding.is_some_and(|action| action.ends_with("accept")) {
                continue;
            }
            self.entries.0 += 1;
            match entry.get("matches").and_then(Value::as_object) {
                Some(matches) => match flow(matches, from_device, &place) {
                    Ok(flow) if self.flows.len() < FLOWS_MAX => {
                        self.entries.1 += 1;
                        self.add(flow);
                    }
                    Ok(_) => return self.note(format!("more than {FLOWS_MAX} flows; the rest is left out")),
                    Err(why) => self.note(format!("entry \"{place}\" is left out: {why}")),
                },
                None => self.note(format!("entry \"{place}\" matches nothing that is known")),
            }
        }
    }

    /// Adds a flow unless its reply, or the same for the other version of IP, is there already.
    fn add(&mut self, flow: PublishedFlow) {
        let same = |other: &&PublishedFlow| {
            (other.device_asks, &other.peer, other.transport, &other.ports)
                == (flow.device_asks, &flow.peer, flow.transport, &flow.ports)
        };
        if !self.flows.iter().any(|other| same(&other)) {
            self.flows.insert(flow);
        }
    }
}

fn flow(matches: &Map<String, Value>, from_device: bool, place: &str) -> Result<PublishedFlow, String> {
    let network = ["ipv4", "ipv6"].into_iter().find_map(|name| Some((name, matches.get(name)?.as_object()?)));
    let ports = ["tcp", "udp"].into_iter().find_map(|name| Some((name, matches.get(name)?.as_object()?)));
    let number = network.and_then(|(_, network)| network.get("protocol")?.as_u64());
    let transport = match (ports, number) {
        (Some(("tcp", _)), _) | (None, Some(6)) => Transport::Tcp,
        (Some(_), _) | (None, Some(17)) => Transport::Udp,
        (None, Some(1 | 58)) => Transport::Icmp,
        (None, None) if matches.contains_key("icmp") => Transport::Icmp,
        (None, Some(other)) => return Err(format!("IP protocol {other} is not planned for")),
        (None, None) if network.is_some() => return Err("it names no transport".to_owned()),
        (None, None) => return Err("it is about frames below IP".to_owned()),
    };
    let peer = peer(matches, network.map(|(_, network)| network), from_device)?;
    let (device_asks, ports) = match ports {
        Some((_, fields)) => service(fields, from_device)?,
        None => (from_device, Vec::new()),
    };
    let service = crate::decide::service(transport, &ports);
    let purpose =
        if device_asks { format!("ask {peer} ({service})") } else { format!("answer {peer} ({service})") };
    Ok(PublishedFlow {
        device_asks,
        peer,
        transport,
        ports,
        application: None,
        purpose,
        care_critical: false,
        place: format!("entry {place}"),
    })
}

/// Who asks, and the ports of who answers.
fn service(fields: &Map<String, Value>, from_device: bool) -> Result<(bool, Vec<u16>), String> {
    let direction = fields.get("ietf-mud:direction-initiated").or_else(|| fields.get("direction-initiated"));
    let direction = direction.and_then(Value::as_str);
    let (source, destination) = (fields.get("source-port"), fields.get("destination-port"));
    let device_asks = match direction {
        Some("from-device") => true,
        Some("to-device") => false,
        Some(other) => return Err(format!("direction-initiated \"{}\" is not known", short(other))),
        // The side whose port is named answers; where both are, the list says whose packets are meant.
        None => match (source.is_some(), destination.is_some()) {
            (true, false) => !from_device,
            _ => from_device,
        },
    };
    // Packets of who asks go to the service's port; packets of who answers come from it.
    let port = if device_asks == from_device { destination } else { source };
    Ok((device_asks, port.map(ports).transpose()?.unwrap_or_default()))
}

fn ports(value: &Value) -> Result<Vec<u16>, String> {
    let number =
        |name: &str| value.get(name).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    let (first, last) = match (number("lower-port"), number("upper-port"), number("port")) {
        (Some(first), last, _) => (first, last.unwrap_or(first)),
        (None, _, Some(port)) => match value.get("operator").and_then(Value::as_str).unwrap_or("eq") {
            "eq" => (port, port),
            "lte" => (1, port),
            "gte" => (port, u16::MAX),
            other => return Err(format!("ports by \"{}\" are not planned for", short(other))),
        },
        _ => return Err("its ports cannot be read".to_owned()),
    };
    if first > last {
        return Err(format!("ports {first} to {last} end before they begin"));
    }
    let many = usize::from(last - first) >= PORTS_MAX;
    Ok(if many { Vec::new() } else { (first.max(1)..=last).collect() })
}

fn peer(
    matches: &Map<String, Value>,
    network: Option<&Map<String, Value>>,
    from_device: bool,
) -> Result<Peer, String> {
    let named = |name: &str| network.and_then(|network| network.get(name)).and_then(Value::as_str);
    let side = if from_device { "dst" } else { "src" };
    let dns = [format!("ietf-acldns:{side}-dnsname"), format!("{side}-dnsname")];
    if let Some(name) = dns.iter().find_map(|name| named(name)) {
        return Ok(Peer::Name(short(name).trim_end_matches('.').to_lowercase()));
    }
    if let Some(mud) = matches.get("ietf-mud:mud").or_else(|| matches.get("mud")).and_then(Value::as_object) {
        let word = |name: &str| mud.get(name).and_then(Value::as_str).map(short);
        let said = [
            word("controller").map(Peer::Controller),
            mud.get("my-controller").map(|_| Peer::MyController),
            mud.get("same-manufacturer").map(|_| Peer::SameManufacturer),
            word("manufacturer").map(Peer::Manufacturer),
            word("model").map(Peer::Model),
            mud.get("local-networks").map(|_| Peer::LocalNetworks),
        ];
        let mut said = said.into_iter().flatten();
        return match (said.next(), said.next()) {
            (Some(peer), None) => Ok(peer),
            (Some(_), Some(_)) => Err("it names two kinds of peers at once".to_owned()),
            _ => Err("it names a kind of peer that is not known".to_owned()),
        };
    }
    let side = if from_device { "destination" } else { "source" };
    let address = [format!("{side}-ipv4-network"), format!("{side}-ipv6-network")];
    match address.iter().find_map(|name| named(name)) {
        Some(text) => {
            let network = text.parse::<Cidr>();
            network.map(Peer::Network).map_err(|_| format!("\"{}\" is no network", short(text)))
        }
        None => Ok(Peer::Any),
    }
}
