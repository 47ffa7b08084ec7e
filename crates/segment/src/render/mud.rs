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
struct Parts<'a> {
    is_ipv6: bool,
    flows: Vec<Flow<'a>>,
    asks: Index,
    answers: Index,
}

impl<'a> Parts<'a> {
    fn new(intent: &'a Intent, is_ipv6: bool) -> Parts<'a> {
        let mut parts = Parts {
            is_ipv6,
            flows: flows(intent, is_ipv6),
            asks: Index::default(),
            answers: Index::default(),
        };
        for (at, flow) in parts.flows.iter().enumerate() {
            parts.asks.add(at, flow.from);
            parts.answers.add(at, flow.to);
        }
        parts
    }

    /// The lists for packets from the device and to it; none where the device has no part in the family.
    fn lists(&self, device: &Device) -> Option<[String; 2]> {
        let own: Vec<IpAddr> =
            device.addresses.iter().copied().filter(|address| address.is_ipv6() == self.is_ipv6).collect();
        if own.is_empty() {
            return None;
        }
        let (mut from, mut to) = (Vec::new(), Vec::new());
        for (index, is_asked) in [(&self.asks, false), (&self.answers, true)] {
            for flow in index.of(&own).into_iter().filter_map(|at| self.flows.get(at)) {
                for (list, is_from_device) in [(&mut from, true), (&mut to, false)] {
                    self.entries(list, flow, is_asked, is_from_device);
                }
            }
        }
        Some([from.join(","), to.join(",")])
    }

    /// The entries of a flow for packets of one direction. The device is asked or asks, and the service's port is on the
    /// side that is asked.
    fn entries(&self, list: &mut Vec<String>, flow: &Flow<'_>, is_asked: bool, is_from_device: bool) {
        let others: Vec<Option<&Cidr>> = match if is_asked { flow.from } else { flow.to } {
            Side::Any => vec![None],
            Side::Group(_, members) => members.iter().map(Some).collect(),
        };
        let is_to_service = is_from_device != is_asked;
        let ports: Vec<Option<(u16, u16)>> = match runs(flow.ports).as_slice() {
            [] => vec![None],
            runs => runs.iter().map(|run| Some(*run)).collect(),
        };
        let (ip, end) = (
            if self.is_ipv6 { "ipv6" } else { "ipv4" },
            if is_from_device { "destination" } else { "source" },
        );
        for other in others {
            for port in &ports {
                let mut matches = format!("\"{ip}\": {{ \"protocol\": {}", flow.protocol);
                if let Some(other) = other {
                    let _ = write!(matches, ", \"{end}-{ip}-network\": \"{other}\"");
                }
                matches.push_str(" }");
                let transport = match flow.protocol {
                    6 => Some("tcp"),
                    17 => Some("udp"),
                    _ => None,
                };
                let mut of_transport: Vec<String> = Vec::new();
                if flow.protocol == 6 {
                    let direction = if is_asked { "to-device" } else { "from-device" };
                    of_transport.push(format!("\"ietf-mud:direction-initiated\": \"{direction}\""));
                }
                if let Some((first, last)) = port {
                    let side = if is_to_service { "destination" } else { "source" };
                    of_transport.push(match first == last {
                        true => format!("\"{side}-port\": {{ \"operator\": \"eq\", \"port\": {first} }}"),
                        false => {
                            format!("\"{side}-port\": {{ \"lower-port\": {first}, \"upper-port\": {last} }}")
                        }
                    });
                }
                if let Some(transport) = transport.filter(|_| !of_transport.is_empty()) {
                    let _ = write!(matches, ", \"{transport}\": {{ {} }}", of_transport.join(", "));
                }
                let name = format!("{}-{}", text::id(&flow.permit.id), list.len() + 1);
                list.push(format!(
                    "\n          {{ \"name\": \"{name}\", \"matches\": {{ {matches} }}, \"actions\": {{ \"forwarding\": \
                     \"accept\" }} }}"
                ));
            }
        }
    }
}

fn description(intent: &Intent, device: &Device, name: &str, families: &[Parts<'_>; 2]) -> String {
    let (mut from, mut to, mut lists) = (Vec::new(), Vec::new(), Vec::new());
    for parts in families {
        let Some(both) = parts.lists(device) else { continue };
        let kind = if parts.is_ipv6 { "ipv6" } else { "ipv4" };
        for (direction, entries) in ["from", "to"].into_iter().zip(both) {
            let list = format!("{direction}-{kind}");
            lists.push(format!(
                "\n      {{ \"name\": \"{list}\", \"type\": \"{kind}-acl-type\", \"aces\": {{ \"ace\": [{entries}] }} }}"
            ));
            let names = if direction == "from" { &mut from } else { &mut to };
            names.push(format!("{{ \"name\": \"{list}\" }}"));
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
        lists = lists.join(","),
    )
}
