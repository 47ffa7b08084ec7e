//! How right an assessment is: compared with what is really on the network, attribute by attribute.
//!
//! [`score`] is pure: truth and assessment in, figures out; [`files`] reads both. A value that is true but says less than the truth counts as
//! missed, one that contradicts it as wrong; what truth does not state is not judged.

mod compare;

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use compare::{Verdict, plain, verdict};
use cordon_wire::assessment::{Assessment, Device};
use cordon_wire::truth::{SCHEMA, Truth, TruthDevice};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::fs;
use std::path::Path;

/// From this confidence on, a wrong value counts as confidently wrong.
pub const CONFIDENT: f64 = 0.9;

const ATTRIBUTES: [&str; 8] =
    ["category", "modality", "manufacturer", "model", "os", "firmware", "serial", "hostname"];
const BINS: usize = 10;

/// The figures of one assessment against one truth.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// The capture the truth speaks of.
    pub input: String,
    /// Devices of the truth that have a device of their own in the assessment.
    pub devices_found: u64,
    /// Names of those that have none.
    pub devices_missed: Vec<String>,
    /// Names of those whose addresses the assessment gives to a device that is another one.
    pub devices_merged: Vec<String>,
    /// Devices of the assessment that share an address with a found device but are not it.
    pub devices_split: u64,
    /// Devices of the assessment, with an address, that truth does not know.
    pub devices_extra: u64,
    /// Devices of the assessment that have neither MAC nor IP address.
    pub devices_without_address: u64,
    /// Right, missed and wrong for each attribute.
    pub attributes: BTreeMap<String, Tally>,
    /// Every wrong value.
    pub wrong: Vec<Wrong>,
    /// How often claims of like confidence were right.
    pub reliability: Vec<Bin>,
    /// Mean distance between stated confidence and share of right claims, weighted by claims (expected
    /// calibration error); `None` when nothing stated a confidence.
    pub expected_calibration_error: Option<f64>,
}

/// How one attribute fared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Stated and true.
    pub right: u64,
    /// Not stated, or stated so generally that it does not say which.
    pub missed: u64,
    /// Stated and not true.
    pub wrong: u64,
    /// Those of `wrong` that were stated with at least [`CONFIDENT`].
    pub wrong_confident: u64,
}

/// A value that is not true.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Wrong {
    /// The device's name in the truth.
    pub device: String,
    /// Which attribute.
    pub attribute: String,
    /// The truth.
    pub expected: String,
    /// What the assessment says.
    pub stated: String,
    /// With which confidence, when a claim carries one.
    pub confidence: Option<f64>,
}

/// Claims of like confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Lowest confidence of the bin; it is a tenth wide.
    pub from: f64,
    /// Judged claims.
    pub claims: u64,
    /// Those that were right.
    pub right: u64,
    /// Mean stated confidence.
    pub confidence: f64,
}

/// Another way to write a manufacturer's name: the present usual name for any spelling.
pub type Alias<'a> = &'a dyn Fn(&str) -> String;

/// Reads both files and compares them; manufacturers' names are those of the built-in knowledge.
pub fn files(actor: &Actor, truth: &Path, assessment: &Path) -> Result<Score, AppError> {
    actor.require(Permission::Simulate)?;
    let text = fs::read(truth).map_err(|error| AppError::unreadable(truth, error))?;
    let known: Truth = serde_json::from_slice(&text).map_err(|error| {
        AppError::unreadable(truth, format!("this is no truth file of this version: {error}"))
    })?;
    if known.schema != SCHEMA {
        let reason = format!("its schema is \"{}\"; this program reads {SCHEMA}", known.schema);
        return Err(AppError::unreadable(truth, reason));
    }
    let assessment = crate::report::read_assessment(assessment)?;
    let knowledge = crate::knowledge::read(None)?;
    Ok(score(&known, &assessment, &|name| knowledge.vendors.canonical(name).to_owned()))
}

/// Compares an assessment with the truth. `alias` gives a manufacturer's present usual name.
pub fn score(truth: &Truth, assessment: &Assessment, alias: Alias<'_>) -> Score {
    let mut score = Score { input: truth.input.clone(), ..Score::default() };
    for attribute in ATTRIBUTES {
        score.attributes.insert(attribute.to_owned(), Tally::default());
    }
    let matching = Matching::of(truth, assessment);
    let mut judged = Vec::new();
    for (index, device) in truth.devices.iter().enumerate() {
        let found = matching.device_of.get(&index).and_then(|at| assessment.devices.get(*at));
        match found {
            Some(_) => score.devices_found += 1,
            None if matching.merged.contains(&index) => score.devices_merged.push(device.name.clone()),
            None => score.devices_missed.push(device.name.clone()),
        }
        for attribute in ATTRIBUTES {
            judge(&mut score, &mut judged, device, found, attribute, alias);
        }
    }
    score.devices_split = matching.split;
    score.devices_extra = matching.extra;
    score.devices_without_address = matching.without_address;
    calibrate(&mut score, &judged);
    score
}

fn judge(
    score: &mut Score,
    judged: &mut Vec<(f64, bool)>,
    device: &TruthDevice,
    found: Option<&Device>,
    attribute: &str,
    alias: Alias<'_>,
) {
    let Some(expected) = expected(device, attribute) else { return };
    let stated = found.map(|found| stated(found, attribute)).unwrap_or_default();
    let verdict = verdict(attribute, expected, &stated, device, alias);
    let tally = score.attributes.entry(attribute.to_owned()).or_default();
    match verdict {
        Verdict::Right => tally.right += 1,
        Verdict::Missed => tally.missed += 1,
        Verdict::Wrong => tally.wrong += 1,
    }
    let confidence = found.and_then(|found| confidence(found, attribute, &stated));
    if let Some(confidence) = confidence
        && verdict != Verdict::Missed
    {
        judged.push((confidence, verdict == Verdict::Right));
    }
    if verdict == Verdict::Wrong {
        tally.wrong_confident += u64::from(confidence.is_some_and(|value| value >= CONFIDENT));
        score.wrong.push(Wrong {
            device: device.name.clone(),
            attribute: attribute.to_owned(),
            expected: expected.to_owned(),
            stated: stated.join(" "),
            confidence,
        });
    }
}

fn calibrate(score: &mut Score, judged: &[(f64, bool)]) {
    let mut bins = [Bin::default(); BINS];
    for (index, bin) in bins.iter_mut().enumerate() {
        bin.from = index as f64 / BINS as f64;
        for (confidence, right) in judged {
            if bin_of(*confidence) == index {
                bin.claims += 1;
                bin.right += u64::from(*right);
                bin.confidence += confidence;
            }
        }
        if bin.claims > 0 {
            bin.confidence /= bin.claims as f64;
        }
    }
    let claims: u64 = bins.iter().map(|bin| bin.claims).sum();
    if claims > 0 {
        let distance: f64 =
            bins.iter().map(|bin| (bin.confidence * bin.claims as f64 - bin.right as f64).abs()).sum();
        score.expected_calibration_error = Some(distance / claims as f64);
    }
    score.reliability = bins.into_iter().filter(|bin| bin.claims > 0).collect();
}

fn bin_of(confidence: f64) -> usize {
    ((confidence * BINS as f64) as usize).min(BINS - 1)
}

/// Which device of the assessment is which of the truth: each of one side at most one of the other.
#[derive(Debug, Default)]
struct Matching {
    device_of: BTreeMap<usize, usize>,
    merged: BTreeSet<usize>,
    split: u64,
    extra: u64,
    without_address: u64,
}

impl Matching {
    /// MAC addresses decide first, for they are the device's own; then IP addresses.
    fn of(truth: &Truth, assessment: &Assessment) -> Matching {
        let mut matching = Matching::default();
        let mut taken = BTreeSet::new();
        let macs = owners(assessment.devices.iter().map(|device| &device.macs), address_key);
        let ips = owners(assessment.devices.iter().map(|device| &device.ips), address_key);
        let mut known = BTreeSet::new();
        for by_mac in [true, false] {
            let table = if by_mac { &macs } else { &ips };
            for (index, device) in truth.devices.iter().enumerate() {
                let addresses = if by_mac { &device.macs } else { &device.ips };
                let mut shares: BTreeMap<usize, usize> = BTreeMap::new();
                for owner in addresses.iter().filter_map(|text| table.get(&address_key(text))).flatten() {
                    known.insert(*owner);
                    *shares.entry(*owner).or_default() += 1;
                }
                if matching.device_of.contains_key(&index) {
                    continue;
                }
                let free = shares.iter().filter(|(at, _)| !taken.contains(*at));
                match free.max_by_key(|(at, count)| (**count, std::cmp::Reverse(**at))) {
                    Some((at, _)) => {
                        taken.insert(*at);
                        matching.device_of.insert(index, *at);
                        matching.merged.remove(&index);
                    }
                    None if !shares.is_empty() => {
                        matching.merged.insert(index);
                    }
                    None => {}
                }
            }
        }
        for (at, device) in assessment.devices.iter().enumerate() {
            if taken.contains(&at) {
                continue;
            }
            match (device.macs.is_empty() && device.ips.is_empty(), known.contains(&at)) {
                (true, _) => matching.without_address += 1,
                (_, true) => matching.split += 1,
                _ => matching.extra += 1,
            }
        }
        matching
    }
}

fn owners<'a>(
    addresses: impl Iterator<Item = &'a Vec<String>>,
    key: fn(&str) -> String,
) -> BTreeMap<String, Vec<usize>> {
    let mut owners: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (index, list) in addresses.enumerate() {
        for address in list {
            owners.entry(key(address)).or_default().push(index);
        }
    }
    owners
}

fn address_key(text: &str) -> String {
    text.trim().to_lowercase().replace('-', ":")
}

fn expected<'a>(device: &'a TruthDevice, attribute: &str) -> Option<&'a str> {
    let value = match attribute {
        "category" => &device.category,
        "modality" => &device.modality,
        "manufacturer" => &device.manufacturer,
        "model" => &device.model,
        "os" => &device.os,
        "firmware" => &device.firmware,
        "serial" => &device.serial,
        "hostname" => &device.hostname,
        _ => &None,
    };
    value.as_deref().filter(|text| !text.trim().is_empty())
}

/// What the assessment says: several values for host names, family and version for the operating system,
/// otherwise one or none.
fn stated(device: &Device, attribute: &str) -> Vec<String> {
    let one = |value: &Option<String>| value.iter().cloned().collect::<Vec<_>>();
    match attribute {
        "category" if device.category == "unknown" => Vec::new(),
        "category" => vec![device.category.clone()],
        "modality" => one(&device.modality),
        "manufacturer" => one(&device.manufacturer),
        "model" => one(&device.model),
        "os" => device.os.iter().chain(&device.os_version).cloned().collect(),
        "firmware" => one(&device.firmware),
        "serial" => one(&device.serial),
        "hostname" => device.hostnames.clone(),
        _ => Vec::new(),
    }
}

/// The highest confidence of a claim behind the stated value; for the operating system that of the family.
fn confidence(device: &Device, attribute: &str, stated: &[String]) -> Option<f64> {
    let value = plain(stated.first()?);
    device
        .claims
        .iter()
        .filter(|claim| claim.attribute == attribute && plain(&claim.value) == value)
        .map(|claim| claim.confidence)
        .max_by(f64::total_cmp)
}
impl Score {
    /// Right, missed and wrong over all attributes.
    pub fn total(&self) -> Tally {
        self.attributes.values().fold(Tally::default(), |sum, tally| Tally {
            right: sum.right + tally.right,
            missed: sum.missed + tally.missed,
            wrong: sum.wrong + tally.wrong,
            wrong_confident: sum.wrong_confident + tally.wrong_confident,
        })
    }
}

/// How many wrong values the table lists; the rest is in the data.
const WRONG_SHOWN: usize = 40;

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
        writeln!(f, "{:<14}{:>8}{:>8}{:>8}{:>16}", "attribute", "right", "missed", "wrong", "wrong, sure")?;
        let row = |f: &mut fmt::Formatter<'_>, name: &str, tally: &Tally| {
            writeln!(
                f,
                "{name:<14}{:>8}{:>8}{:>8}{:>16}",
                tally.right, tally.missed, tally.wrong, tally.wrong_confident
            )
        };
        for attribute in ATTRIBUTES {
            if let Some(tally) = self.attributes.get(attribute) {
                row(f, attribute, tally)?;
            }
        }
        row(f, "all", &self.total())?;
        if let Some(error) = self.expected_calibration_error {
            writeln!(f, "expected calibration error: {error:.3}")?;
        }
        for wrong in self.wrong.iter().take(WRONG_SHOWN) {
            write!(f, "wrong: {} {} is {:?}", wrong.device, wrong.attribute, wrong.expected)?;
            write!(f, ", stated {:?}", wrong.stated)?;
            match wrong.confidence {
                Some(confidence) => writeln!(f, " ({confidence:.2})")?,
                None => writeln!(f)?,
            }
        }
        if self.wrong.len() > WRONG_SHOWN {
            writeln!(f, "and {} more wrong values", self.wrong.len() - WRONG_SHOWN)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_wire::assessment::Claim;

    fn same(text: &str) -> String {
        text.to_owned()
    }

    fn assessment(devices: Vec<Device>) -> Assessment {
        let empty = serde_json::json!({
            "schema": "cordon.assessment/1", "cordon": "", "now": "", "knowledge": "", "feeds": [],
            "inputs": [], "devices": [], "conversations": [], "needs": [], "zones": [], "rules": [],
            "coverage": [], "actions": [],
            "containment": {"pairs_before": 0, "pairs_after": 0, "worst_before": [], "worst_after": []}
        });
        Assessment { devices, ..serde_json::from_value(empty).unwrap() }
    }

    fn truth(devices: Vec<TruthDevice>) -> Truth {
        Truth {
            schema: SCHEMA.into(),
            input: "x.pcap".into(),
            devices,
            events: Vec::new(),
            forbidden_text: Vec::new(),
        }
    }

    fn known(name: &str, macs: &[&str], ips: &[&str]) -> TruthDevice {
        TruthDevice {
            name: name.into(),
            macs: macs.iter().map(|text| (*text).to_owned()).collect(),
            ips: ips.iter().map(|text| (*text).to_owned()).collect(),
            ..TruthDevice::default()
        }
    }

    fn seen(macs: &[&str], ips: &[&str]) -> Device {
        Device {
            macs: macs.iter().map(|text| (*text).to_owned()).collect(),
            ips: ips.iter().map(|text| (*text).to_owned()).collect(),
            category: "unknown".into(),
            ..Device::default()
        }
    }

    #[test]
    fn devices_match_by_mac_before_address() {
        let truth = truth(vec![
            known("a", &["00:00:00:00:00:0A"], &["10.0.0.1"]),
            known("b", &["00:00:00:00:00:0b"], &["10.0.0.2"]),
            known("c", &["00:00:00:00:00:0c"], &["10.0.0.3"]),
            known("d", &["00:00:00:00:00:0d"], &[]),
        ]);
        let assessment = assessment(vec![
            // Has the address of `b` but the MAC of `a`; `d` was merged into it.
            seen(&["00:00:00:00:00:0a", "00:00:00:00:00:0d"], &["10.0.0.2"]),
            seen(&[], &["10.0.0.3"]),
            seen(&[], &["10.0.0.1"]),
            seen(&[], &["10.0.0.99"]),
            seen(&[], &[]),
        ]);
        let score = score(&truth, &assessment, &same);
        assert_eq!(score.devices_found, 2, "a by MAC, c by address");
        assert_eq!(score.devices_merged, ["b", "d"]);
        assert!(score.devices_missed.is_empty());
        assert_eq!((score.devices_split, score.devices_extra, score.devices_without_address), (1, 1, 1));
    }

    #[test]
    fn only_what_truth_states_is_judged_and_confidence_is_weighed() {
        let claim = |value: &str, confidence| Claim {
            attribute: "category".into(),
            value: value.into(),
            confidence,
            conflict: false,
            evidence: Vec::new(),
        };
        let device = |last: &str, category: &str, confidence| Device {
            category: category.into(),
            serial: Some("not judged".into()),
            claims: vec![claim(category, confidence)],
            ..seen(&[&format!("00:00:00:00:00:{last}")], &[])
        };
        let mut printers: Vec<TruthDevice> = ["01", "02", "03"]
            .iter()
            .map(|last| known(last, &[&format!("00:00:00:00:00:{last}")], &[]))
            .collect();
        for printer in &mut printers {
            printer.category = Some("printer".into());
        }
        let assessment = assessment(vec![
            device("01", "printer", 0.95),
            device("02", "camera", 0.91),
            device("03", "unknown", 0.0),
        ]);
        let score = score(&truth(printers), &assessment, &same);
        let total = score.total();
        assert_eq!((total.right, total.missed, total.wrong, total.wrong_confident), (1, 1, 1, 1));
        assert_eq!(score.wrong[0].device, "02");
        // Two claims around 0.93, one of them right: 0.93 - 0.5.
        assert!((score.expected_calibration_error.unwrap() - 0.43).abs() < 1e-9);
        assert_eq!(score.reliability.len(), 1);
        let table = score.to_string();
        assert!(table.contains("wrong: 02 category is \"printer\", stated \"camera\" (0.91)"), "{table}");
    }
}
