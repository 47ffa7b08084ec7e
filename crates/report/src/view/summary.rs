//! The page for whoever runs the place, and what to do first.

use super::{Index, Listed};
use crate::words;
use cordon_wire::assessment::{Action, Device};
use serde::Serialize;

const ACTIONS_MAX: usize = 40;
const ACTION_DEVICES_MAX: usize = 8;

/// One page in plain words.
#[derive(Serialize)]
pub(crate) struct Summary {
    headline: String,
    tiles: Vec<Tile>,
    found: Vec<String>,
    first: Vec<First>,
    more_actions: usize,
    caution: Vec<String>,
}

/// A number with its meaning.
#[derive(Serialize)]
struct Tile {
    value: String,
    label: &'static str,
    note: String,
    /// `plain`, or a tier for its colour.
    tone: &'static str,
}

/// One of the first actions.
#[derive(Serialize)]
struct First {
    title: String,
    why: String,
}

/// Something to do.
#[derive(Serialize)]
pub(crate) struct ActionRow {
    kind: String,
    title: String,
    why: String,
    devices: String,
    removes: String,
    effort: String,
}

pub(crate) fn summary(index: &Index<'_>) -> Summary {
    let actions = &index.assessment.actions;
    let first = actions
        .iter()
        .take(3)
        .map(|action| First { title: title(index, action), why: words::prose(&action.why, 220) });
    Summary {
        headline: headline(index),
        tiles: tiles(index),
        found: found(index),
        first: first.collect(),
        more_actions: actions.len().saturating_sub(3),
        caution: caution(index),
    }
}

fn in_tier(device: &Device, tiers: &[&str]) -> bool {
    tiers.contains(&device.risk.tier.as_str())
}

fn headline(index: &Index<'_>) -> String {
    let critical = index.count(|device| in_tier(device, &["critical"]));
    let high = index.count(|device| in_tier(device, &["high"]));
    match (index.assessment.devices.len(), critical, high) {
        (0, ..) => "No device was seen. This assessment cannot say anything about the network.".to_owned(),
        (_, 0, 0) => "No device stands out as a critical or high risk in what was observed.".to_owned(),
        (_, 0, high) => {
            format!("{} at high risk. None is critical.", words::counted(high, "device is", "devices are"))
        }
        (_, critical, 0) => {
            format!(
                "{} at critical risk and should be dealt with first.",
                words::counted(critical, "device is", "devices are")
            )
        }
        (_, critical, high) => format!(
            "{} at critical risk and should be dealt with first. {} at high risk.",
            words::counted(critical, "device is", "devices are"),
            words::counted(high, "more is", "more are")
        ),
    }
}

fn tiles(index: &Index<'_>) -> Vec<Tile> {
    let tile = |value: usize, label, note: &str, tone| Tile {
        value: words::count(value),
        label,
        note: note.to_owned(),
        tone: if value == 0 { "plain" } else { tone },
    };
    let urgent = index.count(|device| in_tier(device, &["critical", "high"]));
    let clear = index.count(|device| device.patient_data.in_clear);
    let outside = index.count(|device| device.internet.seen);
    let ended = index.count(|device| device.support.os == "ended" || device.support.device == "ended");
    let clinical = index.count(|device| words::is_clinical(&device.category));
    let unknown = index.count(|device| device.category == "unknown" || device.category.is_empty());
    vec![
        tile(
            index.assessment.devices.len(),
            "devices seen",
            "everything that spoke while we listened",
            "plain",
        ),
        tile(clinical, "medical devices and systems", "machines and systems that care depends on", "plain"),
        tile(urgent, "at critical or high risk", "see what to do first", "critical"),
        tile(clear, "send patient data unprotected", "readable by anyone on the same network", "high"),
        tile(outside, "talk to the outside", "contact with addresses beyond the site", "medium"),
        tile(ended, "no longer get updates", "their maker has stopped mending them", "high"),
        tile(unknown, "of a kind we do not know", "seen, but nothing said what they are", "medium"),
        tile(index.assessment.zones.len(), "zones proposed", "groups kept apart from one another", "plain"),
    ]
}

fn found(index: &Index<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let mut say = |count: usize, one: &str, many: &str| {
        if count > 0 {
            found.push(format!("{} {}", words::count(count), if count == 1 { one } else { many }));
        }
    };
    say(
        index.count(|device| device.patient_data.in_clear),
        "device sends or receives patient data without encryption. Whoever is connected to the same network can read it.",
        "devices send or receive patient data without encryption. Whoever is connected to the same network can read it.",
    );
    say(
        index.count(|device| device.support.os == "ended"),
        "device runs an operating system that gets no more security updates. Its known weaknesses will stay open.",
        "devices run an operating system that gets no more security updates. Their known weaknesses will stay open.",
    );
    say(
        index.count(|device| words::is_clinical(&device.category) && device.internet.seen),
        "medical device or system talks to addresses outside the site. Each such path is also a way in.",
        "medical devices and systems talk to addresses outside the site. Each such path is also a way in.",
    );
    say(
        index.count(|device| device.findings.iter().any(|finding| finding.status == "affected")),
        "device is affected by a published security advisory.",
        "devices are affected by a published security advisory.",
    );
    if let Some(reach) = index.assessment.containment.worst_before.first().filter(|reach| reach.reaches > 1) {
        let others = index.assessment.devices.len().saturating_sub(1);
        let flat = reach.reaches.saturating_mul(2) > others as u64;
        let opening = if flat { "The network keeps little apart. " } else { "" };
        found.push(format!(
            "{opening}From one device ({}) an intruder could open connections to {} of {} others.",
            index.name(&reach.device),
            words::number(reach.reaches),
            words::count(others)
        ));
    }
    let (before, after) =
        (index.assessment.containment.pairs_before, index.assessment.containment.pairs_after);
    if before > after {
        found.push(format!(
            "The proposed plan closes {} of the paths between devices ({} down to {}) and keeps the flows that were seen in use.",
            share_closed(before, after),
            words::number(before),
            words::number(after)
        ));
    }
    found
}

/// `93 %` of paths closed; never rounded up to all of them.
pub(crate) fn share_closed(before: u64, after: u64) -> String {
    if before == 0 {
        return "0 %".to_owned();
    }
    let closed = 100.0 * before.saturating_sub(after) as f64 / before as f64;
    let shown = if after > 0 { closed.min(99.9) } else { closed };
    if shown > 99.0 && shown < 100.0 { format!("{shown:.1} %") } else { format!("{shown:.0} %") }
}

fn caution(index: &Index<'_>) -> Vec<String> {
    let mut caution = Vec::new();
    if let Some(span) = super::limits::observed_span(index) {
        caution.push(format!(
            "We listened from {span}. What was switched off or silent then is not in this document."
        ));
    }
    let unknown = index.count(|device| device.category == "unknown" || device.category.is_empty());
    if unknown > 0 {
        caution.push(if unknown == 1 {
            "For 1 device we could not tell what it is. Someone should walk to it and look.".to_owned()
        } else {
            let unknown = words::count(unknown);
            format!(
                "For {unknown} devices we could not tell what they are. Someone should walk to them and look."
            )
        });
    }
    let not_ready = index.assessment.coverage.iter().filter(|coverage| !coverage.ready).count();
    if not_ready > 0 {
        caution.push(format!(
            "The rules for {} rest on too short an observation to be enforced yet.",
            words::counted(not_ready, "device", "devices")
        ));
    }
    let damaged = index.assessment.inputs.iter().filter(|input| !input.damaged.is_empty()).count();
    if damaged > 0 {
        caution.push(format!(
            "{} could not be read to the end; details are in the chapter on what was not seen.",
            words::counted(damaged, "input", "inputs")
        ));
    }
    caution
}

pub(crate) fn actions(index: &Index<'_>) -> Listed<ActionRow> {
    let rows = index.assessment.actions.iter().take(ACTIONS_MAX).map(|action| ActionRow {
        kind: words::title(&action.kind),
        title: title(index, action),
        why: words::prose(&action.why, 600),
        devices: words::cell(&words::some_of(&index.names(&action.devices), ACTION_DEVICES_MAX), 700),
        removes: words::points(action.removes),
        effort: words::label(&action.effort),
    });
    Listed::new(rows.collect(), index.assessment.actions.len())
}

/// What to do, as a heading.
fn title(index: &Index<'_>, action: &Action) -> String {
    let whom = match action.devices.as_slice() {
        [] => "the network".to_owned(),
        [one] => index.name(one),
        many => format!("{} devices", words::count(many.len())),
    };
    // The id says more than the kind: what is to be separated, closed or found out.
    let key = action.id.strip_prefix("act-").unwrap_or(&action.id);
    if let Some(group) = key.strip_prefix("segment-") {
        let group = words::clean(&group.replace('-', " "), 40);
        return format!("Separate {whom} from the rest of the network ({group})");
    }
    if key.starts_with("configure-close-") {
        return format!("Close a risky service on {whom}");
    }
    match (key, action.kind.as_str()) {
        ("configure-credentials", _) => format!("Change the passwords that were readable on {whom}"),
        ("configure-encrypt", _) => format!("Encrypt the patient data of {whom}"),
        ("find-out-unknown", _) => format!("Find out what this is: {whom}"),
        ("find-out-owner", _) => format!("Name an owner for {whom}"),
        ("find-out-os-edition", _) => format!("Look up the operating system's edition on {whom}"),
        (_, "segment") => format!("Separate {whom} from the rest of the network"),
        (_, "patch") => format!("Update {whom}"),
        (_, "configure") => format!("Change settings on {whom}"),
        (_, "disconnect") => format!("Block the internet for {whom}, or say why not"),
        (_, "replace") => format!("Plan the replacement of {whom}"),
        (_, "find_out") => format!("Find out more about {whom}"),
        (_, other) => format!("{}: {whom}", words::title(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::share_closed;

    #[test]
    fn shares_are_not_rounded_up_to_all() {
        assert_eq!(share_closed(0, 0), "0 %");
        assert_eq!(share_closed(2450, 0), "100 %");
        assert_eq!(share_closed(2450, 171), "93 %");
        assert_eq!(share_closed(1_000_000, 1), "99.9 %");
    }
}
