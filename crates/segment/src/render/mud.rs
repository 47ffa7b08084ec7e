//! Manufacturer usage descriptions (RFC 8520), one a device, for controllers that fetch them: what the device may ask and
//! be asked, as access lists of RFC 8519.
//!
//! The site publishes them for its own devices, so they name addresses rather than classes. A description permits; it has
//! no stage that only logs.

use super::flows::{Flow, Index, Side, flows, runs};
use super::names::Names;
use super::{File, Target, json, text};
use crate::intent::{Device, Intent};
use cordon_model::Cidr;
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

    fn render(&self, intent: &Intent) -> Vec<File> {
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
                [true, false].map(|is_from_device| entries(flow, &id, is_ipv6, is_asked, is_from_device))
            };
            all.push([of(false), of(true)]);
        }
        Parts { is_ipv6, asks, answers, entries: all }
    }

    /// Writes the lists for packets from the device and to it; false where the device has no part in the family.
    fn lists(&self, out: &mut String, device: &Device, is_first: bool) -> bool {
        let own: Vec<IpAddr> =
            device.addresses.iter().copied().filter(|address| address.is_ipv6() == self.is_ipv6).collect();
        if own.is_empty() {
            return false;
        }
        let kind = if self.is_ipv6 { "ipv6" } else { "ipv4" };
        let parts = [self.asks.of(&own), self.answers.of(&own)];
        for (direction, word) in ["from", "to"].into_iter().enumerate() {
            let comma = if is_first && direction == 0 { "" } else { "," };
            let _ = write!(
                out,
                "{comma}\n      {{ \"name\": \"{word}-{kind}\", \"type\": \"{kind}-acl-type\", \"aces\": {{ \"ace\": ["
            );
            let mut comma = "";
            for (is_asked, flows) in parts.iter().enumerate() {
                for flow in flows {
                    let both = self.entries.get(*flow).and_then(|entries| entries.get(is_asked));
                    if let Some(text) = both.and_then(|both| both.get(direction)) {
                        out.push_str(comma);
                        out.push_str(text);
                        comma = ",";
                    }
                }
            }
            out.push_str("] } }");
        }
        true
    }
}

/// The entries of a flow for packets of one direction. The device is asked or asks, and the service's port is on the
/// side that is asked.
fn entries(flow: &Flow<'_>, id: &str, is_ipv6: bool, is_asked: bool, is_from_device: bool) -> String {
    let others: Vec<Option<&Cidr>> = match if is_asked { flow.from } else { flow.to } {
        Side::Any => vec![None],
        Side::Group(_, members) => members.iter().map(Some).collect(),
    };
    let (ip, end) =
        (if is_ipv6 { "ipv6" } else { "ipv4" }, if is_from_device { "destination" } else { "source" });
    let transports = transports(flow, is_asked, is_from_device != is_asked);
    let role = if is_asked { "asked" } else { "asks" };
    let mut out = String::new();
    let mut number = 0usize;
    for other in others {
        let network = other.map(|other| format!(", \"{end}-{ip}-network\": \"{other}\"")).unwrap_or_default();
        for transport in &transports {
            number += 1;
            let comma = if number > 1 { "," } else { "" };
            let _ = write!(
                out,
                "{comma}\n          {{ \"name\": \"{id}-{role}-{number}\", \"matches\": {{ \"{ip}\": {{ \"protocol\": \
                 {}{network} }}{transport} }}, \"actions\": {{ \"forwarding\": \"accept\" }} }}",
                flow.protocol
            );
        }
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
        (6, true) => "\"ietf-mud:direction-initiated\": \"to-device\"",
        (6, false) => "\"ietf-mud:direction-initiated\": \"from-device\"",
        _ => "",
    };
    let side = if is_to_service { "destination" } else { "source" };
    let ports: Vec<String> = runs(flow.ports)
        .into_iter()
        .map(|(first, last)| match first == last {
            true => format!("\"{side}-port\": {{ \"operator\": \"eq\", \"port\": {first} }}"),
            false => format!("\"{side}-port\": {{ \"lower-port\": {first}, \"upper-port\": {last} }}"),
        })
        .collect();
    match (began, ports.is_empty()) {
        ("", true) => vec![String::new()],
        (began, true) => vec![format!(", \"{name}\": {{ {began} }}")],
        ("", false) => ports.iter().map(|port| format!(", \"{name}\": {{ {port} }}")).collect(),
        (began, false) => ports.iter().map(|port| format!(", \"{name}\": {{ {began}, {port} }}")).collect(),
    }
}

fn description(intent: &Intent, device: &Device, name: &str, families: &[Parts; 2]) -> String {
    let mut lists = String::new();
    let (mut from, mut to) = (Vec::new(), Vec::new());
    for parts in families {
        let kind = if parts.is_ipv6 { "ipv6" } else { "ipv4" };
        if parts.lists(&mut lists, device, from.is_empty()) {
            from.push(format!("{{ \"name\": \"from-{kind}\" }}"));
            to.push(format!("{{ \"name\": \"to-{kind}\" }}"));
        }
    }
    let info: String = text::one_line(&device.name).chars().take(SYSTEM_INFO_MAX).collect();
    let mut optional = String::new();
    for (key, value) in [("mfg-name", &device.manufacturer), ("model-name", &device.model)] {
        if let Some(value) = value {
            let _ = write!(optional, ",\n    \"{key}\": {}", json::string(&text::one_line(value)));
        }
    }
    format!(
        "{{\n  \"ietf-mud:mud\": {{\n    \"mud-version\": 1,\n    \"mud-url\": {url},\n    \"last-update\": \
         \"{made}\",\n    \"cache-validity\": {CACHE_HOURS},\n    \"is-supported\": true,\n    \"systeminfo\": \
         {info}{optional},\n    \"from-device-policy\": {{ \"access-lists\": {{ \"access-list\": [{from}] }} }},\n    \
         \"to-device-policy\": {{ \"access-lists\": {{ \"access-list\": [{to}] }} }}\n  }},\n  \
         \"ietf-access-control-list:acls\": {{\n    \"acl\": [{lists}\n    ]\n  }}\n}}\n",
        url = json::string(&format!("{}/{name}.json", intent.published_at)),
        made = intent.made,
        info = json::string(&info),
        from = from.join(", "),
        to = to.join(", "),
    )
}
