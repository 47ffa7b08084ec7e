//! How right an assessment is: compared with what is really on the network, attribute by attribute.
//!
//! [`score`] is pure: truth and devices in, figures out; [`files`] reads both, [`sources`] plays every source of
//! truth there is. A value that is true but says less than the truth counts as missed, one that contradicts it as
//! wrong; what truth does not state is not judged.

mod compare;
mod figures;
mod matching;
mod plan;
pub mod sources;
mod table;

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use compare::{Verdict, is_same_host, plain, system_is_family, verdict};
use cordon_wire::assessment::Device;
use cordon_wire::truth::{SCHEMA, Truth, TruthDevice};
use figures::Judged;
pub use figures::{Bin, CONFIDENT, Figures};
use matching::Matching;
pub use plan::PlanFigures;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const ATTRIBUTES: [&str; 8] =
    ["category", "modality", "manufacturer", "model", "os", "firmware", "serial", "hostname"];
/// From this confidence on, a claim is shown as the device's value.
const SHOWN_FROM: f64 = cordon_model::identify::Device::SHOWN_FROM;

/// The figures of one assessment against one truth, or of several together.
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
    /// All attributes together.
    pub all: Figures,
    /// By attribute.
    pub attributes: BTreeMap<String, Figures>,
    /// All attributes together, by the category that truth gives the device.
    pub categories: BTreeMap<String, Figures>,
    /// Every wrong value.
    pub wrong: Vec<Miss>,
    /// Every missed value.
    pub missed: Vec<Miss>,
    /// The plan, where the truth says what is needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanFigures>,
    #[serde(skip)]
    judged: Vec<Judged>,
}

/// A value that was not met.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Miss {
    /// The device's name in the truth.
    pub device: String,
    /// Which attribute.
    pub attribute: String,
    /// The truth.
    pub expected: String,
    /// What the assessment says; empty when nothing.
    pub stated: String,
    /// With which confidence, when a claim carries one.
    pub confidence: Option<f64>,
}

/// What comparing needs to know.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Another way to write a manufacturer's name: the present usual name for any spelling.
    pub alias: &'a dyn Fn(&str) -> String,
    /// Rules whose values were taken from the very capture that is scored.
    pub learnt: &'a BTreeSet<String>,
}

/// Reads both files and compares them; manufacturers' names are those of the built-in knowledge.
pub fn files(actor: &Actor, truth: &Path, assessment: &Path) -> Result<Score, AppError> {
    actor.require(Permission::Simulate)?;
    let known = read_truth(truth)?;
    let assessment = crate::report::read_assessment(assessment)?;
    let knowledge = crate::knowledge::read(None)?;
    let alias = |name: &str| knowledge.vendors.canonical(name).to_owned();
    let mut found = score(&known, &assessment.devices, Means { alias: &alias, learnt: &BTreeSet::new() });
    found.plan = plan::figures(&known, &assessment);
    Ok(found)
}

/// Reads a truth file.
pub(crate) fn read_truth(path: &Path) -> Result<Truth, AppError> {
    let text = fs::read(path).map_err(|error| AppError::unreadable(path, error))?;
    let known: Truth = serde_json::from_slice(&text).map_err(|error| {
        AppError::unreadable(path, format!("this is no truth file of this version: {error}"))
    })?;
    if known.schema != SCHEMA {
        let reason = format!("its schema is \"{}\"; this program reads {SCHEMA}", known.schema);
        return Err(AppError::unreadable(path, reason));
    }
    Ok(known)
}

/// Compares an assessment's devices with the truth.
pub fn score(truth: &Truth, found: &[Device], means: Means<'_>) -> Score {
    let mut score = Score { input: truth.input.clone(), ..Score::default() };
    let matching = Matching::of(truth, found);
    for (index, device) in truth.devices.iter().enumerate() {
        let found = matching.device_of.get(&index).and_then(|at| found.get(*at));
        match found {
            Some(_) => score.devices_found += 1,
            None if matching.merged.contains(&index) => score.devices_merged.push(device.name.clone()),
            None => score.devices_missed.push(device.name.clone()),
        }
        for attribute in ATTRIBUTES {
            score.judge(device, found, attribute, means);
        }
    }
    score.devices_split = matching.split;
    score.devices_extra = matching.extra;
    score.devices_without_address = matching.without_address;
    score.count();
    score
}

impl Score {
    /// Takes another score in, as if both truths had been one.
    pub fn absorb(&mut self, other: Score) {
        self.devices_found += other.devices_found;
        self.devices_missed.extend(other.devices_missed);
        self.devices_merged.extend(other.devices_merged);
        self.devices_split += other.devices_split;
        self.devices_extra += other.devices_extra;
        self.devices_without_address += other.devices_without_address;
        self.wrong.extend(other.wrong);
        self.missed.extend(other.missed);
        self.judged.extend(other.judged);
        self.count();
    }

    fn count(&mut self) {
        self.all = Figures::of(self.judged.iter());
        for attribute in ATTRIBUTES {
            let of = self.judged.iter().filter(|judged| judged.attribute == attribute);
            self.attributes.insert(attribute.to_owned(), Figures::of(of));
        }
        let names: BTreeSet<String> = self.judged.iter().map(|judged| judged.category.clone()).collect();
        for name in names.into_iter().filter(|name| !name.is_empty()) {
            let figures = Figures::of(self.judged.iter().filter(|judged| judged.category == name));
            self.categories.insert(name, figures);
        }
    }

    fn judge(
        &mut self,
        device: &TruthDevice,
        found: Option<&Device>,
        attribute: &'static str,
        means: Means<'_>,
    ) {
        let Some(expected) = expected(device, attribute) else { return };
        let stated = found.map(|found| stated(found, attribute)).unwrap_or_default();
        let verdict = verdict(attribute, expected, &stated, device, means.alias);
        let confidence = found.and_then(|found| confidence(found, attribute, &stated, expected));
        self.judged.push(Judged {
            attribute,
            category: device.category.clone().unwrap_or_default(),
            verdict,
            confidence,
            learnt: found.is_some_and(|found| is_learnt(found, attribute, &stated, means.learnt)),
        });
        let miss = || Miss {
            device: device.name.clone(),
            attribute: attribute.to_owned(),
            expected: expected.to_owned(),
            stated: stated.join(" "),
            confidence,
        };
        match verdict {
            Verdict::Right => {}
            Verdict::Missed => self.missed.push(miss()),
            Verdict::Wrong => self.wrong.push(miss()),
        }
    }
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
        "hostname" => {
            let shown = |claim: &&cordon_wire::assessment::Claim| {
                claim.attribute == attribute && claim.confidence >= SHOWN_FROM
            };
            let claimed = device.claims.iter().filter(shown).map(|claim| claim.value.clone());
            device.hostnames.iter().cloned().chain(claimed).collect()
        }
        _ => Vec::new(),
    }
}

/// How sure the assessment is of what it states: for a host name, of the one that is right; for the operating
/// system of the family, and of the version where truth speaks of one.
fn confidence(device: &Device, attribute: &str, stated: &[String], expected: &str) -> Option<f64> {
    let of = |attribute: &str, says: &dyn Fn(&str) -> bool| {
        let claims = device.claims.iter().filter(|claim| claim.attribute == attribute && says(&claim.value));
        claims.map(|claim| claim.confidence).max_by(f64::total_cmp)
    };
    let first = plain(stated.first()?);
    match attribute {
        "hostname" => of(attribute, &|value| is_same_host(value, expected))
            .or_else(|| of(attribute, &|value| plain(value) == first)),
        "os" => {
            let family = of(attribute, &|value| plain(value) == first)?;
            let version = stated.get(1).filter(|_| !system_is_family(expected, stated.first()));
            let version = version.and_then(|version| of("os_version", &|value| value == version));
            Some(version.map_or(family, |version| version.min(family)))
        }
        _ => of(attribute, &|value| plain(value) == first),
    }
}

/// True when a fingerprint taken from this very capture is among the reasons for what is stated.
fn is_learnt(device: &Device, attribute: &str, stated: &[String], learnt: &BTreeSet<String>) -> bool {
    let states = |value: &str| stated.iter().any(|stated| plain(stated) == plain(value));
    let claims = device.claims.iter().filter(|claim| claim.attribute == attribute && states(&claim.value));
    claims.flat_map(|claim| &claim.evidence).any(|evidence| learnt.contains(&evidence.rule))
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_wire::assessment::Claim;

    fn compared(truth: Vec<TruthDevice>, found: &[Device]) -> Score {
        let truth = Truth {
            schema: SCHEMA.into(),
            input: "x.pcap".into(),
            devices: truth,
            events: Vec::new(),
            needs: Vec::new(),
            forbidden_text: Vec::new(),
        };
        score(&truth, found, Means { alias: &str::to_owned, learnt: &BTreeSet::new() })
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
        let truth = vec![
            known("a", &["00:00:00:00:00:0A"], &["10.0.0.1"]),
            known("b", &["00:00:00:00:00:0b"], &["10.0.0.2"]),
            known("c", &["00:00:00:00:00:0c"], &["10.0.0.3"]),
            known("d", &["00:00:00:00:00:0d"], &[]),
        ];
        let found = [
            // Has the address of `b` but the MAC of `a`; `d` was merged into it.
            seen(&["00:00:00:00:00:0a", "00:00:00:00:00:0d"], &["10.0.0.2"]),
            seen(&[], &["10.0.0.3"]),
            seen(&[], &["10.0.0.1"]),
            seen(&[], &["10.0.0.99"]),
            seen(&[], &[]),
        ];
        let score = compared(truth, &found);
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
        let found =
            [device("01", "printer", 0.95), device("02", "camera", 0.91), device("03", "unknown", 0.0)];
        let score = compared(printers, &found);
        let total = &score.all;
        assert_eq!((total.right, total.missed, total.wrong, total.wrong_confident), (1, 1, 1, 1));
        assert_eq!(score.wrong[0].device, "02");
        // One too modest by 0.05, one wrong at 0.91.
        assert!((total.expected_calibration_error.unwrap() - 0.48).abs() < 1e-9);
        assert_eq!(score.missed[0].device, "03");
        assert_eq!(score.categories["printer"].right, 1);
        assert_eq!(total.reliability.len(), 2);
        let table = score.to_string();
        assert!(
            table.contains("wrong     1: 02 category is \"printer\", stated \"camera\" (0.91)"),
            "{table}"
        );
    }
}
