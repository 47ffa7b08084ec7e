//! A guided form for scoring a vulnerability of a medical device with CVSS 3.1: questions as data, answers to a
//! vector.

use crate::cvss::{Vector, VectorError};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The questions, as a person may read them.
const TEXT: &str = include_str!("rubric.toml");

/// The most that an answers file may hold; the questions themselves have a tenth of that.
pub const ANSWERS_BYTES_MAX: usize = 64 * 1024;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Form {
    source: String,
    metric: Vec<Metric>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Metric {
    name: String,
    title: String,
    /// The value when no question is answered with yes.
    otherwise: Option<String>,
    /// True when the worst of none, low and high counts.
    #[serde(default)]
    worst: bool,
    question: Vec<Question>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    id: String,
    text: String,
    /// The value when answered with yes.
    yes: Option<String>,
}

/// Why answers give no vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RubricError {
    /// It is not TOML of the right form.
    #[error("the answers cannot be read: {0}")]
    Unreadable(String),
    /// A question without an answer.
    #[error("question {0} has no answer yet")]
    Open(String),
    /// An answer that is none of those asked for.
    #[error("question {id} is answered \"{answer}\"; answer {expected}")]
    Unexpected {
        /// Which question.
        id: String,
        /// What was answered.
        answer: String,
        /// What may be.
        expected: &'static str,
    },
    /// An answer to a question that is not asked.
    #[error("there is no question {0}")]
    Unknown(String),
    /// The questions themselves do not lead to a vector.
    #[error("the questions lead to no vector: {0}")]
    Defect(String),
}

/// What the answers come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scored {
    /// The vector.
    pub vector: Vector,
    /// For each metric its value and the question that decided it; `None` where none did.
    pub because: Vec<(String, String, Option<String>)>,
}

fn form() -> Result<Form, RubricError> {
    toml::from_str(TEXT).map_err(|error| RubricError::Defect(error.to_string()))
}

/// A form to fill in: every question as a comment, its answer empty.
pub fn blank() -> Result<String, RubricError> {
    let form = form()?;
    let mut text = format!("# {}\n# Answer every question between the quotation marks.\n", form.source);
    for metric in &form.metric {
        let answers = if metric.worst { "none, low or high" } else { "yes or no" };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n# {} ({answers})\n", metric.title);
        for question in &metric.question {
            let _ = write!(text, "# {}\n{} = \"\"\n", question.text, question.id);
        }
    }
    Ok(text)
}

/// Reads a filled form and scores it.
pub fn score(answers: &str) -> Result<Scored, RubricError> {
    if answers.len() > ANSWERS_BYTES_MAX {
        return Err(RubricError::Unreadable(format!("it is longer than {ANSWERS_BYTES_MAX} bytes")));
    }
    let mut answers: BTreeMap<String, String> =
        toml::from_str(answers).map_err(|error| RubricError::Unreadable(error.to_string()))?;
    let mut because = Vec::new();
    for metric in &form()?.metric {
        let mut chosen: Option<(String, String)> = None;
        for question in &metric.question {
            let answer = answers.remove(&question.id).unwrap_or_default().trim().to_lowercase();
            if answer.is_empty() {
                return Err(RubricError::Open(question.id.clone()));
            }
            let value = metric.value(question, &answer)?;
            let better = |value: &String| match &chosen {
                None => true,
                Some((has, _)) => metric.worst && rank(value) > rank(has),
            };
            chosen = value.filter(better).map(|value| (value, question.id.clone())).or(chosen);
        }
        let otherwise = || metric.otherwise.clone().unwrap_or_else(|| "N".to_owned());
        let (value, by) = chosen.map_or_else(|| (otherwise(), None), |(value, id)| (value, Some(id)));
        because.push((metric.name.clone(), value, by));
    }
    if let Some(id) = answers.into_keys().next() {
        return Err(RubricError::Unknown(id));
    }
    let metrics: Vec<String> = because.iter().map(|(name, value, _)| format!("{name}:{value}")).collect();
    let vector = format!("CVSS:3.1/{}", metrics.join("/")).parse();
    let vector = vector.map_err(|error: VectorError| RubricError::Defect(error.to_string()))?;
    Ok(Scored { vector, because })
}

/// The order of impacts.
fn rank(value: &str) -> u8 {
    match value {
        "H" => 2,
        "L" => 1,
        _ => 0,
    }
}

impl Metric {
    /// The value an answer gives; `None` when it gives none.
    fn value(&self, question: &Question, answer: &str) -> Result<Option<String>, RubricError> {
        let expected = if self.worst { "\"none\", \"low\" or \"high\"" } else { "\"yes\" or \"no\"" };
        match (self.worst, answer) {
            (true, "none") | (false, "no") => Ok(None),
            (true, "low") => Ok(Some("L".to_owned())),
            (true, "high") => Ok(Some("H".to_owned())),
            (false, "yes") => Ok(question.yes.clone()),
            _ => {
                let answer = answer.chars().take(40).collect();
                Err(RubricError::Unexpected { id: question.id.clone(), answer, expected })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(changes: &[(&str, &str)]) -> String {
        let mut text = String::new();
        for metric in form().unwrap().metric {
            for question in metric.question {
                let usual = if metric.worst { "none" } else { "no" };
                let answer = changes.iter().find(|(id, _)| *id == question.id).map_or(usual, |(_, to)| to);
                let _ = writeln!(text, "{} = \"{answer}\"", question.id);
            }
        }
        text
    }

    #[test]
    fn answers_become_a_vector_with_reasons() {
        let scored = |changes: &[(&str, &str)]| score(&answered(changes)).unwrap();
        assert_eq!(scored(&[]).vector.to_string(), "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N");
        // A pump whose rate can be changed by anybody on the ward's network.
        let pump = scored(&[
            ("av_near", "yes"),
            ("av_logged_in", "yes"),
            ("i_records", "low"),
            ("i_therapy", "high"),
            ("a_therapy", "High"),
            ("c_therapy", "low"),
        ]);
        assert_eq!(pump.vector.to_string(), "CVSS:3.1/AV:A/AC:L/PR:N/UI:N/S:U/C:L/I:H/A:H");
        assert_eq!(pump.vector.scores().base.to_string(), "8.3");
        let integrity = pump.because.iter().find(|(metric, ..)| metric == "I").unwrap();
        assert_eq!(integrity.2.as_deref(), Some("i_therapy"));
    }

    #[test]
    fn every_metric_has_values_of_its_own_and_ids_stand_once() {
        let mut ids = std::collections::BTreeSet::new();
        for metric in form().unwrap().metric {
            for question in &metric.question {
                assert!(ids.insert(question.id.clone()), "{} stands twice", question.id);
                assert_eq!(question.yes.is_some(), !metric.worst, "{}", question.id);
                let answers: &[&str] = if metric.worst { &["none", "low", "high"] } else { &["yes", "no"] };
                for answer in answers {
                    score(&answered(&[(&question.id, answer)])).unwrap();
                }
            }
        }
    }

    #[test]
    fn what_is_missing_or_wrong_is_named() {
        assert_eq!(score(&blank().unwrap()), Err(RubricError::Open("av_network".into())));
        let error = |changes: &[(&str, &str)]| score(&answered(changes)).unwrap_err().to_string();
        assert!(error(&[("av_near", "maybe")]).contains("\"yes\" or \"no\""));
        assert!(error(&[("c_identity", "yes")]).contains("\"none\", \"low\" or \"high\""));
        let more = format!("{}colour = \"red\"\n", answered(&[]));
        assert_eq!(score(&more), Err(RubricError::Unknown("colour".into())));
        assert!(matches!(score("av_network = 1"), Err(RubricError::Unreadable(_))));
    }
}
