//! Plain tables, for people who type rules by hand and for spreadsheets.

use super::{Target, one_line};
use crate::VerifiedPlan;
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::segment::{Party, Rule};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::IpAddr;

/// The zones with their devices, a device a row.
pub(crate) struct ZonesCsv;

/// The rules, a rule a row, for spreadsheets.
pub(crate) struct RulesCsv;

/// The rules as a document a person reads and types from.
pub(crate) struct RulesMarkdown;

impl Target for ZonesCsv {
    fn name(&self) -> &'static str {
        "zones"
    }

    fn file_name(&self) -> &'static str {
        "zones.csv"
    }

    fn describe(&self) -> &'static str {
        "which device belongs to which zone, for address plans and switch ports"
    }

    fn render(&self, plan: &VerifiedPlan, estate: &Estate) -> String {
        let devices: BTreeMap<&DeviceId, &Device> =
            estate.devices.iter().map(|device| (&device.id, device)).collect();
        let mut text = row(["zone", "zone_name", "device", "name", "category", "ips", "macs", "vlans"]);
        for zone in &plan.get().zones {
            for device in zone.devices.iter().filter_map(|id| devices.get(id)) {
                text.push_str(&row([
                    &zone.id,
                    &zone.name,
                    device.id.as_str(),
                    &device.label(),
                    device.category().name(),
                    &joined(&device.ips),
                    &joined(&device.macs),
                    &joined(&device.vlans),
                ]));
            }
        }
        text
    }
}

impl Target for RulesCsv {
    fn name(&self) -> &'static str {
        "rules"
    }

    fn file_name(&self) -> &'static str {
        "rules.csv"
    }

    fn describe(&self) -> &'static str {
        "the rules as a table, for spreadsheets and for firewalls without a target of their own"
    }

    fn render(&self, plan: &VerifiedPlan, estate: &Estate) -> String {
        let names = Names::new(plan, estate);
        let heading = [
            "rule",
            "action",
            "from",
            "from_addresses",
            "to",
            "to_addresses",
            "transport",
            "ports",
            "application",
            "why",
            "needs",
        ];
        let mut text = row(heading);
        for rule in &plan.get().rules {
            text.push_str(&row([
                &rule.id,
                "allow",
                &names.name(&rule.from),
                &names.addresses(&rule.from),
                &names.name(&rule.to),
                &names.addresses(&rule.to),
                &rule.transport.to_string(),
                &ports(rule),
                rule.application.as_deref().unwrap_or(""),
                &rule.why,
                &rule.needs.join(" "),
            ]));
        }
        text.push_str(&row([
            "default",
            "deny",
            "any",
            "",
            "any",
            "",
            "any",
            "any",
            "",
            "what no rule permits",
            "",
        ]));
        text
    }
}

impl Target for RulesMarkdown {
    fn name(&self) -> &'static str {
        "rules-document"
    }

    fn file_name(&self) -> &'static str {
        "rules.md"
    }

    fn describe(&self) -> &'static str {
        "the rules to read and to type by hand, by zone of origin"
    }

    fn render(&self, plan: &VerifiedPlan, estate: &Estate) -> String {
        let names = Names::new(plan, estate);
        let mut by_origin: BTreeMap<String, Vec<&Rule>> = BTreeMap::new();
        for rule in &plan.get().rules {
            by_origin.entry(names.origin(&rule.from)).or_default().push(rule);
        }
        let mut text = String::from(
            "# Rules\n\nAll traffic is denied but for the rules below. Answers to permitted connections are permitted.\n",
        );
        for (origin, rules) in by_origin {
            let _ = write!(
                text,
                "\n## From {}\n\n| rule | from | to | service | why |\n|---|---|---|---|---|\n",
                cell(&origin)
            );
            for rule in rules {
                let service = match ports(rule).as_str() {
                    "" => rule.transport.to_string(),
                    ports => format!("{}/{ports}", rule.transport),
                };
                let end = |party: &Party| {
                    format!("{} ({})", cell(&names.name(party)), cell(&names.addresses(party)))
                };
                let _ = writeln!(
                    text,
                    "| {} | {} | {} | {} | {} |",
                    rule.id,
                    end(&rule.from),
                    end(&rule.to),
                    service,
                    cell(&rule.why)
                );
            }
        }
        text
    }
}

struct Names<'a> {
    devices: BTreeMap<&'a DeviceId, &'a Device>,
    zones: BTreeMap<&'a str, &'a str>,
    zone_of: BTreeMap<&'a DeviceId, &'a str>,
}

impl<'a> Names<'a> {
    fn new(plan: &'a VerifiedPlan, estate: &'a Estate) -> Self {
        let zones = || plan.get().zones.iter();
        Names {
            devices: estate.devices.iter().map(|device| (&device.id, device)).collect(),
            zones: zones().map(|zone| (zone.id.as_str(), zone.name.as_str())).collect(),
            zone_of: zones()
                .flat_map(|zone| zone.devices.iter().map(|id| (id, zone.name.as_str())))
                .collect(),
        }
    }

    fn name(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => self.devices.get(id).map_or_else(|| id.to_string(), |device| device.label()),
            Party::Zone(id) => format!("zone {}", self.zones.get(id.as_str()).copied().unwrap_or(id)),
            Party::Outside(name) => format!("outside {name}"),
            Party::Group(ip) => format!("group {ip}"),
        }
    }

    fn addresses(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => self.devices.get(id).map(|device| joined(&device.ips)).unwrap_or_default(),
            Party::Zone(id) => format!("see {id} in zones.csv"),
            Party::Outside(name) => name.clone(),
            Party::Group(ip) => IpAddr::to_string(ip),
        }
    }

    fn origin(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => {
                self.zone_of.get(id).map_or_else(|| id.to_string(), |zone| (*zone).to_string())
            }
            Party::Zone(id) => self.zones.get(id.as_str()).copied().unwrap_or(id).to_string(),
            Party::Outside(_) => "outside the site".to_string(),
            Party::Group(_) => "groups".to_string(),
        }
    }
}

fn ports(rule: &Rule) -> String {
    joined(&rule.ports)
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

/// A row of RFC 4180. A cell that a spreadsheet would take for a formula gets a leading apostrophe: names
/// come from the network.
fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
    let mut text = String::new();
    for (at, cell) in cells.into_iter().enumerate() {
        let cell = one_line(cell);
        let formula = cell.starts_with(['=', '+', '-', '@']);
        let cell = if formula { format!("'{cell}") } else { cell };
        if at > 0 {
            text.push(',');
        }
        if cell.contains([',', '"']) {
            let _ = write!(text, "\"{}\"", cell.replace('"', "\"\""));
        } else {
            text.push_str(&cell);
        }
    }
    text.push_str("\r\n");
    text
}

/// A cell of a Markdown table; nothing in it can end the cell or start markup.
fn cell(text: &str) -> String {
    let mut safe = String::new();
    for c in one_line(text).chars() {
        if matches!(c, '|' | '<' | '>' | '[' | ']' | '*' | '_' | '`' | '\\') {
            safe.push('\\');
        }
        safe.push(c);
    }
    safe
}
