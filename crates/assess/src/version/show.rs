//! Conditions as text: one spelling, which reads back as the same condition.

use super::{Bound, Bounds, Clause, Condition, Event, Requirement};
use std::fmt;

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Condition::Open(text) => f.write_str(text),
            Condition::Typed(readings) => {
                f.write_str(&readings.iter().map(|clauses| reading(clauses)).collect::<Vec<_>>().join(" // "))
            }
        }
    }
}

/// The clauses of one reading.
pub(super) fn reading(clauses: &[Clause]) -> String {
    if clauses.is_empty() {
        return "no version".to_owned();
    }
    clauses.iter().map(clause).collect::<Vec<_>>().join(" or ")
}

fn clause(clause: &Clause) -> String {
    let mut text = bounds(&clause.bounds);
    for except in &clause.except {
        text.push_str(&format!(" except {except}"));
    }
    for requirement in &clause.requires {
        match requirement {
            Requirement::Part { name, versions } => {
                text.push_str(&format!(" (with {name}: {})", reading(versions)))
            }
            Requirement::Model(model) => text.push_str(&format!(" (model {model})")),
            Requirement::Stated(stated) => text.push_str(&format!(" (if {stated})")),
        }
    }
    text
}

/// What a clause is about.
pub(super) fn bounds(bounds: &Bounds) -> String {
    let end = |sign: &str, bound: &Bound| {
        format!("{sign}{} {}", if bound.inclusive { "=" } else { "" }, bound.version)
    };
    match bounds {
        Bounds::All => "all versions".to_owned(),
        Bounds::Exactly(version) => version.to_string(),
        Bounds::Range { low, high } => {
            let ends = [low.as_ref().map(|low| end(">", low)), high.as_ref().map(|high| end("<", high))];
            ends.into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        Bounds::Dated { event, from, until } => {
            let event = match event {
                Event::Manufactured => "manufactured",
                Event::Distributed => "distributed",
                Event::Released => "released",
            };
            let day = |time: cordon_model::Timestamp| {
                let (year, month, day) = time.date();
                format!("{year:04}-{month:02}-{day:02}")
            };
            let from = from.map(|from| format!(" >= {}", day(from))).unwrap_or_default();
            let until = until.map(|until| format!(" < {}", day(until))).unwrap_or_default();
            format!("{event}{from}{until}")
        }
        Bounds::Serial { digits, low, high } => {
            let end =
                |sign: &str, value: u64| format!("{sign}{value:0>width$}", width = usize::from(*digits));
            let ends = match (*low, *high) {
                (Some(low), Some(high)) if low == high => end(" ", low),
                (low, high) => {
                    let low = low.map(|low| end(" >= ", low)).unwrap_or_default();
                    low + &high.map(|high| end(" <= ", high)).unwrap_or_default()
                }
            };
            format!("first {digits} digits of serial number{ends}")
        }
        Bounds::Variant(name) => format!("variant “{name}”"),
    }
}
