//! The figures as a person reads them.

use super::{ATTRIBUTES, Figures, Miss, Score};
use std::collections::BTreeMap;
use std::fmt;

/// How many cases of wrong and missed values the table lists; the rest is in the data.
const LISTED_MAX: usize = 40;

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "devices: {} found, {} missed, {} merged into others, {} split, {} extra, {} without address",
            self.devices_found,
            self.devices_missed.len(),
            self.devices_merged.len(),
            self.devices_split,
            self.devices_extra,
            self.devices_without_address
        )?;
        if let Some(plan) = &self.plan {
            write!(f, "{plan}")?;
        }
        heading(f, "attribute")?;
        for attribute in ATTRIBUTES {
            if let Some(figures) = self.attributes.get(attribute) {
                row(f, attribute, figures)?;
            }
        }
        row(f, "all", &self.all)?;
        if !self.categories.is_empty() {
            writeln!(f)?;
            heading(f, "category")?;
            for (category, figures) in &self.categories {
                row(f, category, figures)?;
            }
        }
        curve(f, &self.all)?;
        listed(f, "wrong", &self.wrong)?;
        listed(f, "missed", &self.missed)
    }
}

fn heading(f: &mut fmt::Formatter<'_>, what: &str) -> fmt::Result {
    let names = ["right", "missed", "wrong", "learnt", "right ≥0.9", "wrong ≥0.9", "recall", "error"];
    write!(f, "{what:<24}")?;
    for name in names {
        write!(f, "{name:>11}")?;
    }
    writeln!(f)
}

fn row(f: &mut fmt::Formatter<'_>, name: &str, figures: &Figures) -> fmt::Result {
    write!(f, "{name:<24}")?;
    let counts = [
        figures.right,
        figures.missed,
        figures.wrong,
        figures.learnt,
        figures.right_confident,
        figures.wrong_confident,
    ];
    for count in counts {
        write!(f, "{count:>11}")?;
    }
    for share in [figures.recall, figures.expected_calibration_error] {
        match share {
            Some(share) => write!(f, "{share:>11.3}")?,
            None => write!(f, "{:>11}", "–")?,
        }
    }
    writeln!(f)
}

fn curve(f: &mut fmt::Formatter<'_>, figures: &Figures) -> fmt::Result {
    let Some(error) = figures.expected_calibration_error else { return Ok(()) };
    writeln!(f, "\nreliability: claims stated with about this confidence, and the share that was right")?;
    for bin in &figures.reliability {
        let share = bin.right as f64 / bin.claims as f64;
        let bar = "#".repeat((share * 40.0).round() as usize);
        writeln!(
            f,
            "  from {:.2}  {:>8} claims  mean {:.3}  right {share:.3}  {bar}",
            bin.from, bin.claims, bin.confidence
        )?;
    }
    writeln!(f, "expected calibration error: {error:.3}")?;
    if let Some(share) = figures.right_stated_confidently() {
        writeln!(f, "right claims stated with at least 0.9: {:.1} %", share * 100.0)?;
    }
    if let Some(share) = figures.confident_right() {
        writeln!(f, "claims stated with at least 0.9 that are right: {:.1} %", share * 100.0)?;
    }
    Ok(())
}

/// Equal cases of devices of one kind stand in one line, with the first of them.
fn listed(f: &mut fmt::Formatter<'_>, word: &str, values: &[Miss]) -> fmt::Result {
    let kind = |device: &str| device.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
    let mut cases: BTreeMap<(&str, String, &str, &str), (usize, &Miss)> = BTreeMap::new();
    for value in values {
        let numbered = matches!(value.attribute.as_str(), "serial" | "hostname");
        let expected = if numbered { "" } else { value.expected.as_str() };
        let stated = if numbered && !value.stated.is_empty() { "another" } else { value.stated.as_str() };
        cases.entry((&value.attribute, kind(&value.device), expected, stated)).or_insert((0, value)).0 += 1;
    }
    let mut cases: Vec<(usize, &Miss)> = cases.into_values().collect();
    cases.sort_by_key(|(count, _)| std::cmp::Reverse(*count));
    for (count, value) in cases.iter().take(LISTED_MAX) {
        write!(f, "{word} {count:>5}: {} {} is {:?}", value.device, value.attribute, value.expected)?;
        match (value.stated.as_str(), value.confidence) {
            ("", _) => writeln!(f)?,
            (stated, Some(confidence)) => writeln!(f, ", stated {stated:?} ({confidence:.2})")?,
            (stated, None) => writeln!(f, ", stated {stated:?}")?,
        }
    }
    if cases.len() > LISTED_MAX {
        writeln!(f, "and {} more cases", cases.len() - LISTED_MAX)?;
    }
    Ok(())
}
