//! Advisories that concern devices, and what could not be determined with how to find it out.

use super::{Index, Listed};
use crate::findings::gravity;
use crate::words;
use cordon_wire::assessment::{Device, Finding};
use serde::Serialize;
use std::collections::BTreeMap;

const ADVISORIES_MAX: usize = 60;
const QUESTIONS_MAX: usize = 60;
const NAMES_MAX: usize = 6;

/// The chapter on advisories; `None` when none were given.
#[derive(Serialize)]
pub(crate) struct Advisories {
    read: String,
    concerning: String,
    hit: String,
    rejected: String,
    rows: Listed<AdvisoryRow>,
    questions: Listed<QuestionRow>,
}

/// An advisory and the devices it concerns.
#[derive(Serialize)]
struct AdvisoryRow {
    id: String,
    title: String,
    severity: String,
    affected: String,
    names: String,
    undetermined: String,
    other: String,
    remedy: String,
}

/// A question and the devices it is asked of.
#[derive(Serialize)]
struct QuestionRow {
    question: String,
    advisory: String,
    names: String,
    count: String,
}

pub(crate) fn advisories(index: &Index<'_>) -> Option<Advisories> {
    let read = index.assessment.advisories.as_ref()?;
    let mut by_advisory: BTreeMap<&str, Vec<(&Device, &Finding)>> = BTreeMap::new();
    for device in &index.assessment.devices {
        for finding in &device.findings {
            by_advisory.entry(&finding.advisory).or_default().push((device, finding));
        }
    }
    let mut concerned: Vec<(&str, Vec<(&Device, &Finding)>)> = by_advisory.into_iter().collect();
    concerned.sort_by_key(|(id, found)| {
        let gravest = found.iter().map(|(_, finding)| gravity(&finding.status)).min();
        (gravest, std::cmp::Reverse(severity(found)), *id)
    });
    let total = concerned.len();
    let rows = concerned.iter().take(ADVISORIES_MAX).map(|(id, found)| row(id, found)).collect();
    let (questions, asked) = questions(&concerned);
    let hit = index.count(|device| device.findings.iter().any(|finding| finding.status == "affected"));
    Some(Advisories {
        read: words::number(read.read),
        concerning: words::count(total),
        hit: words::counted(hit, "device", "devices"),
        rejected: words::count(read.rejected.len()),
        rows: Listed::new(rows, total),
        questions: Listed::new(questions, asked),
    })
}

/// The highest severity of an advisory, in tenths.
fn severity(found: &[(&Device, &Finding)]) -> u8 {
    let tenths =
        found.iter().filter_map(|(_, finding)| finding.cvss).map(|score| (score * 10.0).round() as u8);
    tenths.max().unwrap_or(0)
}

fn row(id: &str, found: &[(&Device, &Finding)]) -> AdvisoryRow {
    let of = |status: &str| found.iter().filter(|(_, finding)| finding.status == status).collect::<Vec<_>>();
    let (affected, undetermined) = (of("affected"), of("undetermined"));
    let names: Vec<String> = affected.iter().map(|(device, _)| words::device_name(device)).collect();
    let other = found.len() - affected.len() - undetermined.len();
    let first = found.first().map(|(_, finding)| *finding);
    let remedy = affected.iter().chain(&undetermined).find_map(|(_, finding)| {
        finding.remedies.iter().find(|remedy| remedy.kind == "vendor_fix").or(finding.remedies.first())
    });
    let tenths = severity(found);
    AdvisoryRow {
        id: words::cell(id, 60),
        title: words::prose(first.and_then(|finding| finding.title.as_deref()).unwrap_or_default(), 120),
        severity: if tenths == 0 { String::new() } else { format!("{:.1}", f64::from(tenths) / 10.0) },
        affected: words::count(affected.len()),
        names: words::some_of(&names, NAMES_MAX),
        undetermined: words::count(undetermined.len()),
        other: words::count(other),
        remedy: remedy.map(|remedy| words::prose(&remedy.text, 260)).unwrap_or_default(),
    }
}

/// Each question once, with the devices it is asked of; those of most devices first.
fn questions(concerned: &[(&str, Vec<(&Device, &Finding)>)]) -> (Vec<QuestionRow>, usize) {
    let mut asked: BTreeMap<(&str, &str), Vec<&Device>> = BTreeMap::new();
    for (id, found) in concerned {
        for (device, finding) in found.iter().filter(|(_, finding)| finding.status == "undetermined") {
            let question = finding.question.as_deref().unwrap_or(&finding.why);
            asked.entry((id, question)).or_default().push(device);
        }
    }
    let mut asked: Vec<_> = asked.into_iter().collect();
    asked.sort_by_key(|(_, devices)| std::cmp::Reverse(devices.len()));
    let total = asked.len();
    let rows = asked.into_iter().take(QUESTIONS_MAX).map(|((id, question), devices)| {
        let names: Vec<String> = devices.iter().map(|device| words::device_name(device)).collect();
        QuestionRow {
            question: words::prose(question, 260),
            advisory: words::cell(id, 60),
            names: words::some_of(&names, NAMES_MAX),
            count: words::count(devices.len()),
        }
    });
    (rows.collect(), total)
}
