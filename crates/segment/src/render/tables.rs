//! Plain tables, for people who type rules by hand and for spreadsheets.

use super::flows::written;
use super::text::one_line;
use super::{File, Target};
use crate::intent::{GroupKind, Intent, Permit, Stage, Who};
use cordon_model::identify::DeviceId;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The zones with their devices, a device a row; the rules, a rule a row; and the rules to read and type from.
pub(super) struct Tables;

impl Target for Tables {
    fn name(&self) -> &'static str {
        "tables"
    }

    fn describe(&self) -> &'static str {
        "zones and rules as tables, for people who type rules by hand and for equipment without a target of its own"
    }

    fn has_stages(&self) -> bool {
        false
    }

    fn stages(&self, intent: &Intent, _: &[Stage]) -> Vec<File> {
        let names = Names::new(intent);
        vec![
            File::new("zones.csv", zones_csv(intent)),
            File::new("rules.md", rules_markdown(intent, &names)),
            File::new("rules.csv", rules_csv(intent, &names)),
        ]
    }
}

fn zones_csv(intent: &Intent) -> String {
    let mut text = row(["zone", "zone_name", "device", "name", "category", "ips", "macs", "vlans"]);
    for zone in &intent.zones {
        for device in intent.devices.iter().filter(|device| device.zone == zone.id) {
            text.push_str(&row([
                &zone.id,
                &zone.name,
                device.id.as_str(),
                &device.name,
                device.category.name(),
                &joined(&device.addresses),
                &joined(&device.macs),
                &joined(&device.vlans),
            ]));
        }
    }
    text
}

fn rules_csv(intent: &Intent, names: &Names<'_>) -> String {
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
    for permit in &intent.permits {
        text.push_str(&row([
            &permit.id,
            "allow",
            &names.name(&permit.from),
            &names.addresses(&permit.from),
            &names.name(&permit.to),
            &names.addresses(&permit.to),
            &permit.transport.to_string(),
            &ports(permit),
            permit.application.as_deref().unwrap_or(""),
            &because(permit),
            &permit.needs.join(" "),
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

fn rules_markdown(intent: &Intent, names: &Names<'_>) -> String {
    let mut by_origin: BTreeMap<String, Vec<&Permit>> = BTreeMap::new();
    for permit in &intent.permits {
        by_origin.entry(names.origin(&permit.from)).or_default().push(permit);
    }
    let mut text = String::from(
        "# Rules\n\nAll traffic is denied but for the rules below. Answers to permitted connections are permitted.\n",
    );
    for (origin, permits) in by_origin {
        let _ = write!(
            text,
            "\n## From {}\n\n| rule | from | to | service | why |\n|---|---|---|---|---|\n",
            cell(&origin)
        );
        for permit in permits {
            let service = match ports(permit).as_str() {
                "" => permit.transport.to_string(),
                ports => format!("{}/{ports}", permit.transport),
            };
            let end = |who: &Who| format!("{} ({})", cell(&names.name(who)), cell(&names.addresses(who)));
            let _ = writeln!(
                text,
                "| {} | {} | {} | {} | {} |",
                cell(&permit.id),
                end(&permit.from),
                end(&permit.to),
                service,
                cell(&because(permit))
            );
        }
    }
    if !intent.not_enforceable.is_empty() {
        text.push_str("\n## What no rule by address can hold\n\n| what | why |\n|---|---|\n");
        for one in &intent.not_enforceable {
            let _ = writeln!(text, "| {} | {} |", cell(&one.what), cell(&one.why));
        }
    }
    text
}

/// Why something may pass, and until when.
fn because(permit: &Permit) -> String {
    match permit.expires {
        Some(day) => format!("{} (until the end of {day})", permit.why),
        None => permit.why.clone(),
    }
}

/// What permits' sides are called.
struct Names<'a> {
    intent: &'a Intent,
    zones: BTreeMap<&'a str, &'a str>,
    zone_of: BTreeMap<&'a DeviceId, &'a str>,
}

impl<'a> Names<'a> {
    fn new(intent: &'a Intent) -> Self {
        let zones: BTreeMap<&str, &str> =
            intent.zones.iter().map(|zone| (zone.id.as_str(), zone.name.as_str())).collect();
        let devices = intent.devices.iter();
        let zone_of =
            devices.filter_map(|device| Some((&device.id, *zones.get(device.zone.as_str())?))).collect();
        Names { intent, zones, zone_of }
    }

    fn name(&self, who: &Who) -> String {
        let Who::Group(key) = who else { return "any".to_owned() };
        let Some(group) = self.intent.groups.get(key) else { return key.clone() };
        match &group.kind {
            GroupKind::Device(_) | GroupKind::Unaddressed => group.label.clone(),
            GroupKind::Zone(_) => format!("zone {}", group.label),
            GroupKind::Microsegment { .. } => format!("microsegment {}", group.label),
            GroupKind::Outside => format!("outside {}", group.label),
            GroupKind::Multicast => format!("group {}", group.label),
        }
    }

    fn addresses(&self, who: &Who) -> String {
        let Who::Group(key) = who else { return "any".to_owned() };
        let Some(group) = self.intent.groups.get(key) else { return String::new() };
        match &group.kind {
            GroupKind::Zone(id) => format!("see {id} in zones.csv"),
            GroupKind::Outside if group.members.is_empty() => group.label.clone(),
            _ => group.members.iter().map(written).collect::<Vec<_>>().join(" "),
        }
    }

    fn origin(&self, who: &Who) -> String {
        let Who::Group(key) = who else { return "anywhere".to_owned() };
        let Some(group) = self.intent.groups.get(key) else { return key.clone() };
        match &group.kind {
            GroupKind::Device(id) => {
                self.zone_of.get(id).map_or_else(|| group.label.clone(), |zone| (*zone).to_owned())
            }
            GroupKind::Zone(id) | GroupKind::Microsegment { zone: id, .. } => {
                self.zones.get(id.as_str()).map_or_else(|| id.clone(), |zone| (*zone).to_owned())
            }
            GroupKind::Outside => "outside the site".to_owned(),
            GroupKind::Multicast => "groups".to_owned(),
            GroupKind::Unaddressed => group.label.clone(),
        }
    }
}

fn ports(permit: &Permit) -> String {
    joined(&permit.ports)
}

fn joined<T: ToString>(values: &[T]) -> String {
    values.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

/// A row of RFC 4180. A cell that a spreadsheet would take for a formula gets a leading apostrophe: names
/// come from the network.
pub(super) fn row<'a>(cells: impl IntoIterator<Item = &'a str>) -> String {
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
