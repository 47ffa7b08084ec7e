//! What a compromised device of a category can do to patients, care, data and the network.

use crate::file::{File, KnowledgeError};
use crate::reference::mistake;
use cordon_model::Category;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HarmFile {
    source: String,
    category: Vec<CategoryFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CategoryFile {
    name: String,
    patient_safety: f64,
    care_delivery: f64,
    patient_data: f64,
    foothold: f64,
    criticality: Criticality,
    downtime_tolerance_hours: u32,
    why: String,
    /// Which rule or standard says what the device is for; the judgement itself is the file's.
    source: Option<String>,
}

/// How much care depends on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Criticality {
    /// Care goes on without it.
    Low,
    /// Care is slowed.
    Medium,
    /// Care stops, or a patient is in danger.
    High,
}

/// Harms of one category, each 0 (none) to 1 (worst).
#[derive(Clone, Debug, PartialEq)]
pub struct Harm {
    /// Injury or death.
    pub patient_safety: f64,
    /// Diagnosis or treatment delayed or stopped.
    pub care_delivery: f64,
    /// Patient data disclosed or altered.
    pub patient_data: f64,
    /// A place from which an attacker reaches further.
    pub foothold: f64,
    /// How much care depends on it.
    pub criticality: Criticality,
    /// For how many hours care goes on without it.
    pub downtime_tolerance_hours: u32,
    /// The judgement in words, as the end of a sentence that starts with the category's name.
    pub why: String,
    /// Who says so.
    pub source: String,
}

/// The harms of every category.
#[derive(Clone, Debug)]
pub struct Harms {
    by_category: BTreeMap<Category, Harm>,
    unknown: Harm,
}

impl Harms {
    /// Reads and validates harm files; of two files that speak of the same thing the later stands; every category must be present.
    pub(crate) fn load(files: &[File<'_>]) -> Result<Harms, KnowledgeError> {
        let mut by_category = BTreeMap::new();
        for file in files {
            let table: HarmFile = file.read()?;
            let mut rows = BTreeSet::new();
            for row in table.category {
                let fail = |what: &str| mistake(file, &row.name, format!("category \"{}\" {what}", row.name));
                let category: Category = row.name.parse().map_err(|_| fail("is not in the vocabulary"))?;
                let harms = [row.patient_safety, row.care_delivery, row.patient_data, row.foothold];
                if harms.iter().any(|harm| !(0.0..=1.0).contains(harm)) {
                    return Err(fail("has a harm outside 0 to 1"));
                }
                let harm = Harm {
                    patient_safety: row.patient_safety,
                    care_delivery: row.care_delivery,
                    patient_data: row.patient_data,
                    foothold: row.foothold,
                    criticality: row.criticality,
                    downtime_tolerance_hours: row.downtime_tolerance_hours,
                    why: row.why.clone(),
                    source: match &row.source {
                        Some(own) => format!("{}; {own}", table.source),
                        None => table.source.clone(),
                    },
                };
                if !rows.insert(category) {
                    return Err(fail("is given twice"));
                }
                by_category.insert(category, harm);
            }
        }
        let missing = Category::ALL.iter().find(|category| !by_category.contains_key(category));
        match (missing, by_category.get(&Category::Unknown)) {
            (None, Some(unknown)) => Ok(Harms { unknown: unknown.clone(), by_category }),
            (missing, _) => {
                let name = missing.map_or("unknown", |category| category.name());
                let nowhere = File::builtin("harm", "");
                Err(mistake(&nowhere, "", format!("category \"{name}\" is missing")))
            }
        }
    }

    /// The harms of a category.
    pub fn of(&self, category: Category) -> &Harm {
        self.by_category.get(&category).unwrap_or(&self.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_category_has_harms_and_pumps_outrank_printers() {
        let harms = crate::Knowledge::builtin().unwrap().harms;
        assert!(harms.of(Category::InfusionPump).patient_safety > harms.of(Category::Printer).patient_safety);
        assert!(harms.of(Category::Ventilator).downtime_tolerance_hours < 4);
        assert!(Category::ALL.iter().all(|category| !harms.of(*category).why.is_empty()));
    }

    #[test]
    fn a_missing_category_or_a_harm_of_two_is_refused() {
        let text = include_str!("../data/harm/categories.toml");
        let error = |text: &str| Harms::load(&[File::builtin("harm/h.toml", text)]).unwrap_err().to_string();
        assert!(error(&text.replace("\"printer\"", "\"plotter\"")).contains("plotter"));
        assert!(error(&text.replacen("patient_safety = 1.0", "patient_safety = 2.0", 1)).contains("outside"));
        assert!(Harms::load(&[]).unwrap_err().to_string().contains("missing"));
    }
}
