//! Manufacturer usage descriptions (RFC 8520), one a device, for controllers that fetch them: what the device may ask and
//! be asked, as access lists of RFC 8519.
//!
//! The site publishes them for its own devices, so they name addresses rather than classes. A description permits; it has
//! no stage that only logs.

use super::flows::{Flow, Index, Members, flows, runs};
use super::names::Names;
use super::{File, Target, json, text};
use crate::intent::{Device, Intent, Stage};
use std::fmt::Write as _;
use std::net::IpAddr;

/// Hours for which a controller need not ask again (RFC 8520, 3.5; 48 is the default).
const CACHE_HOURS: u8 = 48;
/// The longest `systeminfo` (RFC 8520, 3.7).
const SYSTEM_INFO_MAX: usize = 60;

pub(super) struct Mud;

impl Target for Mud {
    fn name(&self) -> &'static str {
        "mud"
    }

    fn describe(&self) -> &'static str {
        "Manufacturer usage descriptions (RFC 8520), one a device, to be published for controllers"
    }

    fn has_stages(&self) -> bool {
        false
    }

    fn stages(&self, intent: &Intent, _: &[Stage]) -> Vec<File> {
        let ids = intent.devices.iter().map(|device| device.id.as_str());
        let names = Names::new(ids, '-', 60);
        let families = [false, true].map(|is_ipv6| Parts::new(intent, is_ipv6));
        let file = |device: &Device| {
            let name = names.get(device.id.as_str());
            File::new(format!("mud/{name}.json"), description(intent, device, name, &families))
        };
        intent.devices.iter().filter(|device| !device.addresses.is_empty()).map(file).collect()
    }
}

/// Flows of one family by who takes part.
struct Parts {
    is_ipv6: bool,
    asks: Index,
    answers: Index,
    /// For each flow the entries of who asks and of who is asked: of packets from the device, and to it. They do not
    /// depend on the device, so many share them.
    entries: Vec<[[String; 2]; 2]>,
}

impl Parts {
    fn new(intent: &Intent, is_ipv6: bool) -> Parts {
        let (mut asks, mut answers, mut all) = (Index::default(), Index::default(), Vec::new());
        let flows = flows(intent, is_ipv6);
        let members = Members::of(&flows, ToString::to_string);
        for (at, flow) in flows.iter().enumerate() {
            asks.add(at, flow.from);
            answers.add(at, flow.to);
            // Permits are in order of id: where two share one, their places tell their entries apart.
            let is_shared = at
                .checked_sub(1)
                .and_then(|before| flows.get(before))
                .is_some_and(|before| before.permit.id == flow.permit.id);
            let id = text::id(&flow.permit.id);
            let id = if is_shared { format!("{id}-{at}") } else { id };
            let of = |is_asked| {
                [true, false].map(|is_from_device| {
                    let others = members.get(if is_asked { flow.from } else { flow.to });
                    entries((flow, &id), others, is_ipv6, is_asked, is_from_device)
                })
            };
            all.push([of(false), of(true)]);
        }
        Parts { is_ipv6, asks, answers, entries: all }
    }

    /// What a device has part in, in this family; `None` where it has no address in it.
    fn of(&self, device: &Device) -> Option<Own<'_>> {
        let own: Vec<IpAddr> =
            device.addresses.iter().copied().filter(|address| address.is_ipv6() == self.is_ipv6).collect();
        let found = || Own { parts: self, roles: [self.asks.of(&own), self.answers.of(&own)] };
        (!own.is_empty()).then(found)
    }
}

/// Flows of one family that a device has part in.
struct Own<'a> {
    parts: &'a Parts,
    /// Those it asks, and those it is asked.
    roles: [Vec<usize>; 2],
}

impl Own<'_> {
    fn kind(&self) -> &'static str {
        if self.parts.is_ipv6 { "ipv6" } else { "ipv4" }
    }

    /// The entries for packets from the device (0) or to it (1).
    fn entries(&self, direction: usize) -> impl Iterator<Item = &str> {
        self.roles.iter().enumerate().flat_map(move |(is_asked, flows)| {
            flows.iter().filter_map(move |flow| {
                self.parts.entries.get(*flow)?.get(is_asked)?.get(direction).map(String::as_str)
            })
        })
    }

    /// How long the lists are, about.
    fn size(&self) -> usize {
        (0..2).flat_map(|direction| self.entries(direction)).map(|entry| entry.len() + 1).sum()
    }

    /// Writes the lists for packets from the device and to it.
    fn write(&self, out: &mut String, is_first: bool) {
        let kind = self.kind();
        for (direction, word) in ["from", "to"].into_iter().enumerate() {
            let comma = if is_first && direction == 0 { "" } else { "," };
            let _ = write!(
                out,
                "{comma}\n      {{ \"name\": \"{word}-{kind}\", \"type\": \"{kind}-acl-type\", \"aces\": {{ \"ace\": ["
            );
            let mut comma = "";
            for entry in self.entries(direction) {
                out.push_str(comma);
                out.push_str(entry);
                comma = ",";
            }
            out.push_str("] } }");
        }
    }
}

/// The entries of a flow for packets of one direction. The device is asked or asks, and the service's port is on the
/// side that is asked.
fn entries(
    (flow, id): (&Flow<'_>, &str),
    others: Option<&[String]>,
    is_ipv6: bool,
    is_asked: bool,
    is_from_device: bool,
) -> String {
    let (ip, end) =
        (if is_ipv6 { "ipv6" } else { "ipv4" }, if is_from_device { "destination" } else { "source" });
    let role = if is_asked { "asked" } else { "asks" };
    let before = format!("\n{{\"name\":\"{id}-{role}-");
    let between = format!("\",\"matches\":{{\"{ip}\":{{\"protocol\":{}", flow.protocol);
    let network = format!(",\"{end}-{ip}-network\":\"");
    let behind: Vec<String> = transports(flow, is_asked, is_from_device != is_asked)
        .iter()
        .map(|transport| format!("}}{transport}}},\"actions\":{{\"forwarding\":\"accept\"}}}}"))
        .collect();
    let mut out = String::new();
    let mut number = 0usize;
    let mut one = |other: Option<&str>| {
        for behind in &behind {
            number += 1;
            if number > 1 {
                out.push(',');
            }
            out.extend([&before, number.to_string().as_str(), &between]);
            if let Some(other) = other {
                out.extend([&network, other, "\""]);
            }
            out.push_str(behind);
        }
    };
    match others {
        None => one(None),
        Some(others) => others.iter().for_each(|other| one(Some(other))),
    }
    out
}

/// What entries of a flow ask of the transport: who began, and each run of ports.
fn transports(flow: &Flow<'_>, is_asked: bool, is_to_service: bool) -> Vec<String> {
    let name = match flow.protocol {
        6 => "tcp",
        17 => "udp",
        _ => return vec![String::new()],
    };
    let began = match (flow.protocol, is_asked) {
        (6, true) => "\"ietf-mud:direction-initiated\":\"to-device\"",
        (6, false) => "\"ietf-mud:direction-initiated\":\"from-device\"",
        _ => "",
    };
    let side = if is_to_service { "destination" } else { "source" };
    let ports: Vec<String> = runs(flow.ports)
        .into_iter()
        .map(|(first, last)| match first == last {
            true => format!("\"{side}-port\":{{\"operator\":\"eq\",\"port\":{first}}}"),
            false => format!("\"{side}-port\":{{\"lower-port\":{first},\"upper-port\":{last}}}"),
        })
        .collect();
    match (began, ports.is_empty()) {
        ("", true) => vec![String::new()],
        (began, true) => vec![format!(",\"{name}\":{{{began}}}")],
        ("", false) => ports.iter().map(|port| format!(",\"{name}\":{{{port}}}")).collect(),
        (began, false) => ports.iter().map(|port| format!(",\"{name}\":{{{began},{port}}}")).collect(),
    }
}

fn description(intent: &Intent, device: &Device, name: &str, families: &[Parts; 2]) -> String {
    /// What stands around the lists.
    const FRAME: usize = 1_500;
    let own: Vec<Own<'_>> = families.iter().filter_map(|parts| parts.of(device)).collect();
    let named = |word: &str| {
        let names: Vec<String> =
            own.iter().map(|own| format!("{{ \"name\": \"{word}-{}\" }}", own.kind())).collect();
        names.join(", ")
    };
    let info: String = text::one_line(&device.name).chars().take(SYSTEM_INFO_MAX).collect();
    let mut optional = String::new();
    for (key, value) in [("mfg-name", &device.manufacturer), ("model-name", &device.model)] {
        if let Some(value) = value {
            let _ = write!(optional, ",\n    \"{key}\": {}", json::string(&text::one_line(value)));
        }
    }
    // The lists are nearly all of it: they are written once, where they stay.
    let mut out = String::with_capacity(FRAME + optional.len() + own.iter().map(Own::size).sum::<usize>());
    let _ = write!(
        out,
        "{{\n  \"ietf-mud:mud\": {{\n    \"mud-version\": 1,\n    \"mud-url\": {url},\n    \"last-update\": \
         \"{made}\",\n    \"cache-validity\": {CACHE_HOURS},\n    \"is-supported\": true,\n    \"systeminfo\": \
         {info}{optional},\n    \"from-device-policy\": {{ \"access-lists\": {{ \"access-list\": [{from}] }} }},\n    \
         \"to-device-policy\": {{ \"access-lists\": {{ \"access-list\": [{to}] }} }}\n  }},\n  \
         \"ietf-access-control-list:acls\": {{\n    \"acl\": [",
        url = json::string(&format!("{}/{name}.json", intent.published_at)),
        made = intent.made,
        info = json::string(&info),
        from = named("from"),
        to = named("to"),
    );
    for (at, own) in own.iter().enumerate() {
        own.write(&mut out, at == 0);
    }
    out.push_str("\n    ]\n  }\n}\n");
    out
}
