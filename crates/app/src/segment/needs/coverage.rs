//! How well each need was observed, and what stays open with the makers: rows for a person, a program, a sheet.

use super::{Filter, Known, Request};
use crate::actor::{Actor, Permission};
use crate::encode;
use crate::error::AppError;
use cordon_report::seen;
use cordon_segment::makers::{OpenQuestion, open_questions};
use cordon_segment::{NeedCoverage, need_coverage};
use cordon_wire::assessment::NeedSeen;
use serde::Serialize;
use std::collections::BTreeSet;

/// How well a need was observed, as it is listed.
#[derive(Clone, Debug, Serialize)]
pub struct CoverageRow {
    /// The need's id.
    pub need: String,
    /// What a person calls who asks.
    pub from: String,
    /// What a person calls who answers.
    pub to: String,
    /// `tcp/104,11112`.
    pub service: String,
    /// What for.
    pub purpose: String,
    /// `proposed`, `confirmed`, `expected_not_seen` or `rejected`.
    pub state: &'static str,
    /// `observed`, `person`, `maker` or `template`.
    pub origin: &'static str,
    /// Days for which its devices were watched, of two the fewer.
    pub watched_days: Option<f64>,
    /// What its devices were seen to do.
    pub roles: Vec<String>,
    /// When it was seen.
    pub seen: Option<NeedSeen>,
    /// True when it happens too rarely to be seen in this time.
    pub rare: bool,
    /// True when nothing more has to be waited for or asked.
    pub enough: bool,
    /// Why or why not.
    pub why: String,
}

/// An open question, as it is listed.
#[derive(Clone, Debug, Serialize)]
pub struct QuestionRow {
    /// `ask_maker`, `obtain_file` or `check_file`.
    pub kind: &'static str,
    /// The document or URL it rests on.
    pub document: String,
    /// Where in it.
    pub place: String,
    /// What to ask or do.
    pub ask: String,
    /// Ids of the devices it is about.
    pub devices: Vec<String>,
    /// What a person calls them.
    pub names: Vec<String>,
}

/// How well each need of an assessment was observed, of those that the filter leaves.
pub fn coverage(actor: &Actor, request: &Request) -> Result<(Vec<CoverageRow>, Vec<String>), AppError> {
    actor.require(Permission::Assess)?;
    let known = Known::of(request)?;
    let chosen: BTreeSet<&str> = known.chosen(&request.filter)?.iter().map(|need| need.id.as_str()).collect();
    let rows = need_coverage(&known.plan, &known.settings);
    let rows =
        rows.iter().filter(|row| chosen.contains(row.need.as_str())).map(|row| known.coverage_row(row));
    Ok((rows.collect(), known.warnings.clone()))
}

/// What stays open with makers, of the devices that the filter leaves.
pub fn questions(actor: &Actor, request: &Request) -> Result<(Vec<QuestionRow>, Vec<String>), AppError> {
    actor.require(Permission::Assess)?;
    let known = Known::of(request)?;
    let rows = known.questions(&request.filter)?;
    Ok((rows, known.warnings.clone()))
}

impl Known {
    pub(super) fn questions(&self, filter: &Filter) -> Result<Vec<QuestionRow>, AppError> {
        let device = filter.device.as_deref().map(|name| self.party(name)).transpose()?;
        let device = device.map(|party| party.to_string());
        let is_about = |question: &&OpenQuestion| {
            device
                .as_ref()
                .is_none_or(|device| question.devices.iter().any(|id| *device == format!("device:{id}")))
        };
        let questions = open_questions(&self.estate, &self.settings);
        Ok(questions.iter().filter(is_about).map(|question| self.question_row(question)).collect())
    }

    fn coverage_row(&self, row: &NeedCoverage) -> CoverageRow {
        CoverageRow {
            need: row.need.clone(),
            from: self.name(&row.from),
            to: self.name(&row.to),
            service: row.service.clone(),
            purpose: row.purpose.clone(),
            state: row.state.name(),
            origin: row.origin.name(),
            watched_days: row.watched_days.map(|days| encode::round(days, 2)),
            roles: row.roles.clone(),
            seen: row.seen.as_ref().map(encode::need_seen),
            rare: row.rare,
            enough: row.enough,
            why: row.why.clone(),
        }
    }

    fn question_row(&self, question: &OpenQuestion) -> QuestionRow {
        let name = |id: &cordon_model::identify::DeviceId| {
            self.name(&cordon_model::segment::Party::Device(id.clone()))
        };
        QuestionRow {
            kind: question.asked.name(),
            document: question.document.clone(),
            place: question.place.clone(),
            ask: question.ask.clone(),
            devices: question.devices.iter().map(ToString::to_string).collect(),
            names: question.devices.iter().map(name).collect(),
        }
    }
}

/// The rows of coverage as a sheet.
pub fn coverage_sheet(rows: &[CoverageRow]) -> Result<Vec<u8>, AppError> {
    let before = ["need", "state", "origin", "from", "to", "service", "purpose", "watched_days", "roles"];
    let columns: Vec<&str> =
        before.into_iter().chain(seen::COLUMNS).chain(["rare", "enough", "why"]).collect();
    let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let cells = |row: &CoverageRow| {
        let mut cells = vec![
            row.need.clone(),
            row.state.to_owned(),
            row.origin.to_owned(),
            row.from.clone(),
            row.to.clone(),
            row.service.clone(),
            row.purpose.clone(),
            row.watched_days.map(|days| days.to_string()).unwrap_or_default(),
            row.roles.join(", "),
        ];
        cells.extend(seen::cells(row.seen.as_ref()));
        cells.extend([word(row.rare), word(row.enough), row.why.clone()]);
        cells
    };
    sheet("coverage", &columns, rows.iter().map(cells))
}

/// The rows of questions as a sheet.
pub fn questions_sheet(rows: &[QuestionRow]) -> Result<Vec<u8>, AppError> {
    let columns = ["kind", "document", "place", "ask", "devices", "names"];
    let cells = |row: &QuestionRow| {
        vec![
            row.kind.to_owned(),
            row.document.clone(),
            row.place.clone(),
            row.ask.clone(),
            row.devices.join(", "),
            row.names.join(", "),
        ]
    };
    sheet("questions", &columns, rows.iter().map(cells))
}

fn sheet(
    name: &'static str,
    columns: &[&str],
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, AppError> {
    cordon_report::sheet(name, columns, rows)
        .map_err(|error| AppError::Defect { what: "writing the sheet", reason: error.to_string() })
}
