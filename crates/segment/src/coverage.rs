//! Whether each device was watched long enough for its rules to be enforced.

use crate::Settings;
use crate::needs::Expected;
use cordon_model::Timestamp;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::segment::Coverage;
use std::collections::BTreeMap;

const MICROS_PER_DAY: f64 = 86_400_000_000.0;

/// Saturday 00:00 UTC, as an hour of the week.
const WEEKEND_FROM: u8 = 120;

#[derive(Clone, Copy)]
struct Span {
    first: Timestamp,
    last: Timestamp,
    weekend: bool,
}

pub(crate) fn of_estate(estate: &Estate, expected: &Expected, settings: &Settings) -> Vec<Coverage> {
    let mut spans: BTreeMap<&DeviceId, Span> = BTreeMap::new();
    for both in &estate.conversations {
        let flow = &both.conversation;
        let weekend = flow.hours.iter().any(|(hour, packets)| hour.index() >= WEEKEND_FROM && packets > 0);
        for id in [&both.client_device, &both.server_device].into_iter().flatten() {
            let span = Span { first: flow.first, last: flow.last, weekend };
            let known = spans.entry(id).or_insert(span);
            known.first = known.first.min(flow.first);
            known.last = known.last.max(flow.last);
            known.weekend |= weekend;
        }
    }
    let coverage = |id: &DeviceId| {
        let span = spans.get(id);
        let days = span.map_or(0.0, |span| span.last.micros_since(span.first).max(0) as f64 / MICROS_PER_DAY);
        let missing = expected.missing.get(id).map_or(&[][..], Vec::as_slice);
        let (ready, why) = judge(days, span.copied(), missing, settings.days_min);
        Coverage { device: id.clone(), days, ready, why }
    };
    estate.devices.iter().map(|device| coverage(&device.id)).collect()
}

fn judge(days: f64, span: Option<Span>, missing: &[String], days_min: f64) -> (bool, String) {
    let Some(span) = span else {
        return (false, "no conversation of it was seen, so nothing is known of what it needs".to_string());
    };
    if days < days_min {
        let why = format!(
            "seen for {}; {days_min:.0} days with a weekend are needed before its rules may be enforced",
            length(days)
        );
        return (false, why);
    }
    if !span.weekend {
        return (false, format!("seen for {}, but on no weekend", length(days)));
    }
    match missing.first() {
        Some(first) => {
            let more =
                if missing.len() > 1 { format!(" and {} more", missing.len() - 1) } else { String::new() };
            (false, format!("a device of this kind usually needs to {first}{more}, which was never seen"))
        }
        None => (true, format!("seen for {} with a weekend, and everything expected was seen", length(days))),
    }
}

fn length(days: f64) -> String {
    if days >= 2.0 {
        format!("{days:.1} days")
    } else if days >= 2.0 / 24.0 {
        format!("{:.1} hours", days * 24.0)
    } else {
        format!("{:.0} minutes", days * 24.0 * 60.0)
    }
}
