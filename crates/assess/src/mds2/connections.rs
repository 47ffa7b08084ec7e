//! What a form says of connections, with its notes: of the form of 2019 every question whose section may tell of them,
//! of the form of 2013 (ANSI/NEMA HN 1-2013) those that are recognised by their wording.
//!
//! No copy of the form of 2013 was at hand. Its numbering is not known: an id of its kind (`20-1`, `D.6`) is shown as it
//! stands and decides nothing. Its exact wording is not known either: a question that is worded otherwise is not read.

use super::{ANSWER_CHARACTERS_MAX, ANSWERS_MAX, is_id};
use std::collections::BTreeMap;

/// Characters kept of a note.
const NOTE_CHARACTERS_MAX: usize = 2_000;
/// A longer answer is a note.
const WORD_CHARACTERS_MAX: usize = 12;

/// Questions of 2013 by what they ask, and the same of 2019.
const OF_2013: [(&str, &str); 3] = [
    ("serviced remotely", "RMOT-1"),
    ("wired network connection", "CONN-1.2"),
    ("wireless network connection", "CONN-1.1"),
];
/// Headings of 2013 for maker and model; the value stands below or beside.
const HEAD_OF_2013: [(&str, &str); 3] =
    [("manufacturer name", "DOC-1"), ("device model", "DOC-3"), ("device category", "DOC-2")];

/// An answer with its note.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Said {
    /// The question's id as the form has it.
    pub id: String,
    /// The id of the same question in the form of 2019.
    pub topic: String,
    /// The answer, short.
    pub answer: String,
    /// The note, where there is one.
    pub note: String,
}

/// What rows say of connections.
pub(super) fn of(rows: &[Vec<String>]) -> Vec<Said> {
    rows.iter().filter_map(|row| said(row)).take(ANSWERS_MAX).collect()
}

fn said(row: &[String]) -> Option<Said> {
    let at = row.iter().position(|cell| is_id(cell.trim()) || is_old_id(cell.trim()))?;
    let id = row.get(at)?.trim().to_ascii_uppercase();
    let question = row.get(at + 1)?.to_lowercase();
    let topic = if is_id(&id) {
        id.clone()
    } else {
        let (_, topic) = OF_2013.iter().find(|(words, _)| question.contains(words))?;
        (*topic).to_owned()
    };
    let mut behind = row.iter().skip(at + 2).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
    let answer = behind.next()?;
    if answer.chars().count() > WORD_CHARACTERS_MAX {
        return None;
    }
    // Behind the note stand references to other standards, which are short and name no ports.
    let note: Vec<&str> = behind.collect();
    let short = |text: &str, most: usize| text.chars().take(most).collect::<String>();
    Some(Said {
        id,
        topic,
        answer: short(answer, ANSWER_CHARACTERS_MAX),
        note: short(&note.join("\n"), NOTE_CHARACTERS_MAX),
    })
}

/// Maker and model of a form of 2013, where no question has told them.
pub(super) fn head(rows: &[Vec<String>], answers: &mut BTreeMap<String, String>) {
    for (line, row) in rows.iter().enumerate().take(ANSWERS_MAX) {
        for (at, cell) in row.iter().enumerate() {
            let Some(id) = heading(cell) else { continue };
            let below = rows.get(line + 1).and_then(|row| row.get(at));
            let beside = row.get(at + 1);
            let mut value = [below, beside].into_iter().flatten().map(|cell| cell.trim());
            if let Some(value) = value.find(|value| !value.is_empty() && heading(value).is_none()) {
                let value = value.chars().take(ANSWER_CHARACTERS_MAX).collect();
                answers.entry(id.to_owned()).or_insert(value);
            }
        }
    }
}

fn heading(cell: &str) -> Option<&'static str> {
    let cell = cell.trim().trim_end_matches(':').to_lowercase();
    HEAD_OF_2013.iter().find(|(words, _)| *words == cell).map(|(_, id)| *id)
}

/// `20-1`, `15-7.1`, `D.6`.
fn is_old_id(cell: &str) -> bool {
    let digits =
        |text: &str| !text.is_empty() && text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    match cell.split_once('-') {
        Some((section, number)) => digits(section) && number.split('.').all(digits),
        None => cell
            .split_once('.')
            .is_some_and(|(section, number)| matches!(section, "A" | "B" | "C" | "D") && digits(number)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Form;

    fn form(text: &str) -> Form {
        let rows: Vec<Vec<String>> =
            text.lines().map(|line| line.split('|').map(str::to_owned).collect()).collect();
        Form::read("form.csv", &rows).unwrap()
    }

    #[test]
    fn answers_of_2019_keep_their_notes() {
        let form = form(
            "id|question|answer|note|IEC\nDOC-1|Manufacturer|Acme|\nDOC-3|Model|Pump 7|\n\
             CONN-6|Internet?|Yes|TCP 443 outbound to cloud.acme.example|A.13.1\nCONN-3|Internal?|No||\n",
        );
        let said: Vec<_> =
            form.connections().iter().map(|one| (one.id.as_str(), one.answer.as_str())).collect();
        assert!(said.ends_with(&[("CONN-6", "Yes"), ("CONN-3", "No")]), "{said:?}");
        let note = &form.connections().iter().find(|one| one.id == "CONN-6").unwrap().note;
        assert!(note.starts_with("TCP 443 outbound"), "{note}");
    }

    #[test]
    fn a_form_of_2013_is_recognised_by_its_wording() {
        let form = form(
            "Device Category|Manufacturer Name|Document ID\nInfusion pump|Acme|D-17\nDevice Model|Software Revision\n\
             Pump 7|2.1\nD.7|Via an integrated wireless network connection (e.g. WiFi)?|Yes|\n\
             20-1|Can the device be serviced remotely?|Yes|TCP 22 inbound\n1-1|Can the device be configured?|No|\n",
        );
        let said: Vec<_> =
            form.connections().iter().map(|one| (one.id.as_str(), one.topic.as_str())).collect();
        assert_eq!(said, [("D.7", "CONN-1.1"), ("20-1", "RMOT-1")]);
    }
}
