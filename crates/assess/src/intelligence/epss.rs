//! The daily table of EPSS scores: a line `#model_version:…,score_date:…`, a heading, and a line a CVE.

use super::{Epss, Unusable, cve_id, time};
use cordon_model::Timestamp;

/// What the table says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Model {
    /// The version of the model, such as `v2025.03.14`.
    pub version: Option<String>,
    /// The day of the scores.
    pub date: Option<Timestamp>,
}

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub enum Line {
    /// What the table says of itself.
    Model(Model),
    /// The names of the columns, or an empty line.
    Heading,
    /// A score, by CVE id.
    Score(String, Epss),
}

/// Reads one line; `model` is what an earlier line said.
pub fn line(text: &str, model: &Model) -> Result<Line, Unusable> {
    let text = text.trim_start_matches('\u{feff}').trim();
    if let Some(comment) = text.strip_prefix('#') {
        return Ok(Line::Model(header(comment)));
    }
    if text.is_empty() || text.starts_with("cve,epss") {
        return Ok(Line::Heading);
    }
    let mut fields = text.split(',').map(|field| field.trim().trim_matches('"'));
    let [cve, score, percentile] =
        [fields.next(), fields.next(), fields.next()].map(Option::unwrap_or_default);
    let cve = cve_id(cve).ok_or_else(|| Unusable::new("cve", "it is no CVE id"))?;
    let (score, percentile) = (share("epss", score)?, share("percentile", percentile)?);
    Ok(Line::Score(cve, Epss { score, percentile, model: model.version.clone(), date: model.date }))
}

/// A number from 0 to 1.
fn share(name: &str, text: &str) -> Result<f64, Unusable> {
    let number = text.parse::<f64>().ok().filter(|number| (0.0..=1.0).contains(number));
    number.ok_or_else(|| {
        let text: String = text.chars().take(40).collect();
        Unusable::new(name, format!("\"{text}\" is no number from 0 to 1"))
    })
}

fn header(comment: &str) -> Model {
    let mut model = Model::default();
    for part in comment.split(',') {
        match part.split_once(':') {
            Some((name, value)) if name.trim() == "model_version" => {
                model.version =
                    Some(value.trim().chars().take(64).collect()).filter(|text: &String| !text.is_empty());
            }
            Some((name, value)) if name.trim() == "score_date" => model.date = time(&offset(value.trim())),
            _ => {}
        }
    }
    model
}

/// The table writes the offset as `+0000`, RFC 3339 as `+00:00`.
fn offset(text: &str) -> String {
    text.strip_suffix("+0000").map_or_else(|| text.to_owned(), |time| format!("{time}Z"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_carry_the_model_and_the_day() {
        let Ok(Line::Model(model)) =
            line("#model_version:v2025.03.14,score_date:2026-11-20T00:00:00+0000", &Model::default())
        else {
            panic!("no model");
        };
        assert_eq!(model.date.map(|date| date.date()), Some((2026, 11, 20)));
        assert_eq!(line("cve,epss,percentile", &model), Ok(Line::Heading));
        let Ok(Line::Score(cve, epss)) = line("CVE-2024-0001,0.00043,0.0912", &model) else {
            panic!("no score")
        };
        assert_eq!((cve.as_str(), epss.score, epss.percentile), ("CVE-2024-0001", 0.00043, 0.0912));
        assert_eq!(epss.model.as_deref(), Some("v2025.03.14"));
        for (text, wanted) in [
            ("CVE-2024-0001,1.5,0.1", "epss"),
            ("CVE-2024-0001,NaN,0.1", "epss"),
            ("CVE-2024-0001,0.1", "percentile"),
            ("GHSA,0.1,0.1", "cve"),
        ] {
            assert_eq!(line(text, &model).unwrap_err().path, wanted);
        }
    }
}
