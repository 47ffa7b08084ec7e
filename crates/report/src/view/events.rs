//! What happened while the network was watched, by kind, the gravest kinds first.

use super::{Index, Listed};
use crate::words;
use cordon_wire::assessment::{Assessment, Event};
use serde::Serialize;
use std::collections::BTreeMap;

/// Kinds shown; there are not many more.
const KINDS_MAX: usize = 40;
/// Examples given of one kind.
const EXAMPLES_MAX: usize = 3;

/// Events of one kind.
#[derive(Serialize)]
pub(crate) struct EventRow {
    what: String,
    count: String,
    /// First and last time.
    when: String,
    /// Who, to whom, what exactly, and where it was read.
    examples: Vec<Example>,
}

/// One event.
#[derive(Serialize)]
struct Example {
    who: String,
    detail: String,
    source: String,
}

pub(crate) fn events(index: &Index<'_>) -> Listed<EventRow> {
    let names = names(index.assessment);
    let mut kinds: BTreeMap<(usize, &str), Vec<&Event>> = BTreeMap::new();
    for event in &index.assessment.events {
        kinds.entry((words::event_place(&event.kind), &event.kind)).or_default().push(event);
    }
    let total = kinds.len();
    let rows = kinds.into_iter().take(KINDS_MAX).map(|((_, kind), events)| row(kind, &events, &names));
    Listed::new(rows.collect(), total)
}

/// Device names by address.
fn names(assessment: &Assessment) -> BTreeMap<&str, String> {
    let devices = assessment.devices.iter();
    let addresses = devices.flat_map(|device| {
        device.ips.iter().chain(&device.macs).map(|address| (address.as_str(), words::device_name(device)))
    });
    addresses.collect()
}

fn row(kind: &str, events: &[&Event], names: &BTreeMap<&str, String>) -> EventRow {
    // RFC 3339 times in UTC sort as text.
    let first = events.iter().map(|event| event.at.as_str()).min().unwrap_or_default();
    let last = events.iter().map(|event| event.at.as_str()).max().unwrap_or_default();
    let mut shown: Vec<(&str, Option<&str>)> = Vec::new();
    let mut examples = Vec::new();
    for event in events {
        // Different pairs show more than the same one again.
        let pair = (event.endpoint.as_str(), event.peer.as_deref());
        if shown.contains(&pair) {
            continue;
        }
        shown.push(pair);
        examples.push(example(event, names));
        if examples.len() == EXAMPLES_MAX {
            break;
        }
    }
    EventRow {
        what: words::event(kind),
        count: words::count(events.len()),
        when: match first == last {
            true => words::date_time(first),
            false => format!("{} to {}", words::date_time(first), words::date_time(last)),
        },
        examples,
    }
}

fn example(event: &Event, names: &BTreeMap<&str, String>) -> Example {
    let name = |endpoint: &str| {
        // An endpoint is its address and, in brackets, its station.
        let address = endpoint.split(' ').next().unwrap_or(endpoint);
        names.get(address).cloned().unwrap_or_else(|| words::clean(endpoint, 60))
    };
    let who = match &event.peer {
        Some(peer) => format!("{} → {}", name(&event.endpoint), name(peer)),
        None => name(&event.endpoint),
    };
    Example {
        who: words::clean(&who, 120),
        detail: words::clean(&event.detail, 160),
        source: format!("{}, packet {}", words::clean(&event.input, 60), event.packet),
    }
}
