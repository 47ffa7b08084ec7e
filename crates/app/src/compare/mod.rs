//! Two assessments of one estate compared: what is new, gone, changed, better, worse.

mod fields;
mod findings;
mod pairs;
mod plan;
#[cfg(test)]
mod tests;

use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use crate::explain::device_name;
use crate::{hash, report};
use cordon_wire::assessment::{Assessment, Device};
use cordon_wire::comparison::{Brief, Comparison, DeviceChange, Direction, SCHEMA, Side};
use pairs::Pairs;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What to compare, and where the sheets go.
#[derive(Debug)]
pub struct Request {
    /// The earlier assessment.json.
    pub old: PathBuf,
    /// The later one.
    pub new: PathBuf,
    /// Folder for `comparison.json` and `comparison.csv`; neither is written without one.
    pub out: Option<PathBuf>,
    /// Replace files of the same names.
    pub force: bool,
}

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    /// The differences.
    pub comparison: Comparison,
    /// Every file that was written.
    pub files: Vec<PathBuf>,
}

/// Compares two assessment files.
pub fn compare(actor: &Actor, request: &Request) -> Result<Outcome, AppError> {
    actor.require(Permission::Assess)?;
    let folder = request.out.as_deref().map(|out| OutputFolder::prepare(out, request.force)).transpose()?;
    let (old, new) = (Read::of(&request.old)?, Read::of(&request.new)?);
    if old.assessment.now > new.assessment.now {
        return Err(AppError::WrongUse(format!(
            "{} is of {} and {} of {}: name the earlier assessment first",
            request.old.display(),
            old.assessment.now,
            request.new.display(),
            new.assessment.now
        )));
    }
    let comparison =
        between(old.side(&request.old), &old.assessment, new.side(&request.new), &new.assessment);
    let mut files = Vec::new();
    if let Some(folder) = folder {
        files.push(folder.write_with("comparison.json", |file| {
            serde_json::to_writer_pretty(&mut *file, &comparison)?;
            file.write_all(b"\n")
        })?);
        let documents = cordon_report::comparison(&comparison)
            .map_err(|error| AppError::Defect { what: "making the sheet", reason: error.to_string() })?;
        for document in documents {
            files.push(folder.write(document.name, &document.bytes)?);
        }
    }
    Ok(Outcome { comparison, files })
}

/// An assessment and the hash of its file.
struct Read {
    assessment: Assessment,
    sha256: String,
}

impl Read {
    fn of(path: &Path) -> Result<Read, AppError> {
        let bytes = std::fs::read(path).map_err(|error| AppError::unreadable(path, error))?;
        Ok(Read { assessment: report::parse_assessment(path, &bytes)?, sha256: hash::hex(&bytes) })
    }

    fn side(&self, path: &Path) -> Side {
        let assessment = &self.assessment;
        let mut tiers: BTreeMap<String, u64> = BTreeMap::new();
        let mut findings: BTreeMap<String, u64> = BTreeMap::new();
        for device in &assessment.devices {
            *tiers.entry(device.risk.tier.clone()).or_default() += 1;
            for finding in &device.findings {
                *findings.entry(finding.status.clone()).or_default() += 1;
            }
        }
        Side {
            path: path.display().to_string(),
            sha256: self.sha256.clone(),
            now: assessment.now.clone(),
            cordon: assessment.cordon.clone(),
            knowledge: assessment.knowledge.clone(),
            feeds: assessment.feeds.clone(),
            devices: assessment.devices.len() as u64,
            tiers,
            findings,
            score: tenths(assessment.devices.iter().map(|device| device.risk.score).sum()),
        }
    }
}

fn between(old_side: Side, old: &Assessment, new_side: Side, new: &Assessment) -> Comparison {
    let pairs = Pairs::of(old, new);
    let mut changed: Vec<DeviceChange> =
        pairs.both.iter().filter_map(|(before, after)| change(before, after, &pairs)).collect();
    changed.sort_by(|a, b| {
        let moved = |one: &DeviceChange| (one.score_after - one.score_before).abs();
        (a.direction.cmp(&b.direction))
            .then_with(|| moved(b).total_cmp(&moved(a)))
            .then_with(|| a.id.cmp(&b.id))
    });
    Comparison {
        schema: SCHEMA.to_owned(),
        cordon: env!("CARGO_PKG_VERSION").to_owned(),
        basis: basis(old, new),
        old: old_side,
        new: new_side,
        appeared: briefs(&pairs.appeared),
        gone: briefs(&pairs.gone),
        unchanged: (pairs.both.len() - changed.len()) as u64,
        changed,
        findings: findings::changes(&pairs),
        plan: plan::change(old, new, &pairs),
    }
}

fn change(before: &Device, after: &Device, pairs: &Pairs<'_>) -> Option<DeviceChange> {
    let changes = fields::changes(before, after, pairs);
    let factors = fields::factors(&before.risk.factors, &after.risk.factors);
    let was = (before.id != after.id).then(|| before.id.clone());
    if changes.is_empty() && factors.is_empty() && was.is_none() && before.risk.tier == after.risk.tier {
        return None;
    }
    let (score_before, score_after) = (before.risk.score, after.risk.score);
    Some(DeviceChange {
        id: after.id.clone(),
        was,
        asset_tag: after.asset_tag.clone(),
        name: device_name(after),
        // Scores are whole tenths; less is noise of their encoding.
        direction: match tenths(score_after - score_before) {
            moved if moved > 0.0 => Direction::Worse,
            moved if moved < 0.0 => Direction::Better,
            _ => Direction::Same,
        },
        score_before,
        score_after,
        tier_before: before.risk.tier.clone(),
        tier_after: after.risk.tier.clone(),
        changes,
        factors,
    })
}

fn briefs(devices: &[&Device]) -> Vec<Brief> {
    let mut briefs: Vec<Brief> = devices
        .iter()
        .map(|device| Brief {
            id: device.id.clone(),
            asset_tag: device.asset_tag.clone(),
            name: device_name(device),
            category: device.category.clone(),
            addresses: if device.ips.is_empty() { device.macs.clone() } else { device.ips.clone() },
            score: device.risk.score,
            tier: device.risk.tier.clone(),
        })
        .collect();
    briefs.sort_by(|a, b| b.score.total_cmp(&a.score).then_with(|| a.id.cmp(&b.id)));
    briefs
}

/// Differences in what the two assessments rest on.
fn basis(old: &Assessment, new: &Assessment) -> Vec<String> {
    let mut basis = Vec::new();
    if old.cordon != new.cordon {
        basis.push(format!("the program was {} and is {}", old.cordon, new.cordon));
    }
    if old.knowledge != new.knowledge {
        basis
            .push("the knowledge base is another: devices may be recognised better, or otherwise".to_owned());
    }
    let version = |assessment: &Assessment, name: &str| {
        let feed = assessment.feeds.iter().find(|feed| feed.name == name);
        feed.map(|feed| feed.version.clone().unwrap_or_else(|| "without a version".to_owned()))
    };
    let names: std::collections::BTreeSet<&str> =
        old.feeds.iter().chain(&new.feeds).map(|feed| feed.name.as_str()).collect();
    for name in names {
        match (version(old, name), version(new, name)) {
            (Some(before), Some(after)) if before != after => {
                basis.push(format!("the feed {name} was {before} and is {after}"));
            }
            (None, Some(after)) => basis.push(format!("the feed {name} ({after}) was not used before")),
            (Some(_), None) => basis.push(format!("the feed {name} was used before and is not now")),
            _ => {}
        }
    }
    let (before, after) = (hours(old), hours(new));
    // A tenth more or less is the same length to a person.
    if (before - after).abs() > 0.1 * before.max(after) {
        basis.push(format!("{before:.1} hours were observed before, and {after:.1} now"));
    }
    basis
}

/// Hours between the first and the last packet of the inputs.
fn hours(assessment: &Assessment) -> f64 {
    let times = |pick: fn(&cordon_wire::assessment::Input) -> Option<&String>| {
        let times = assessment.inputs.iter().filter_map(pick);
        times.filter_map(|time| time.parse::<cordon_model::Timestamp>().ok()).collect::<Vec<_>>()
    };
    let first = times(|input| input.first.as_ref()).into_iter().min();
    let last = times(|input| input.last.as_ref()).into_iter().max();
    first.zip(last).map_or(0.0, |(first, last)| (last.micros() - first.micros()) as f64 / 3.6e9)
}

/// Rounded to the tenths that scores have.
fn tenths(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
