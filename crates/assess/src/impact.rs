//! How bad a compromise would be: the four harms of a device, with the reason for each.

use crate::Context;
use crate::exposure::Exposure;
use crate::risk::Part;
use cordon_knowledge::Criticality;
use cordon_model::Category;
use cordon_model::identify::{Attribute, Device, Estate};
use std::collections::BTreeMap;

/// Harms a device that sustains life cannot fall below: 21 CFR 860.3 calls it essential to life.
const SUSTAINING_SAFETY: f64 = 0.95;
const SUSTAINING_CARE: f64 = 0.9;
/// What FDA's class says of a device at least: class III for what supports life or presents unreasonable risk, class
/// II for what general controls alone do not make safe (21 CFR 860.3).
const CLASS_3_SAFETY: f64 = 0.8;
const CLASS_2_SAFETY: f64 = 0.3;
/// What was seen to carry patient data can lose it, whatever its category suggests.
const CARRIED_DATA: f64 = 0.8;

/// Words in a department's or place's name that tell of patients who cannot bear a failure; in small letters.
const CRITICAL_AREAS: &[&str] = &[
    "icu",
    "nicu",
    "picu",
    "ccu",
    "intensive",
    "critical care",
    "intensiv",
    "its",
    "stroke unit",
    "operating",
    "theatre",
    "theater",
    "op-saal",
    "surgery",
    "emergency",
    "notaufnahme",
    "resus",
    "schockraum",
    "trauma",
    "neonat",
    "delivery",
    "kreißsaal",
    "cath lab",
    "anaesth",
    "anesth",
    "anästh",
    "recovery",
    "dialysis",
    "transplant",
];

/// The four harms, as parts of the impact.
#[derive(Clone, Debug)]
pub(crate) struct Harms {
    pub(crate) parts: Vec<Part>,
    /// 0 to 1, with the reason.
    pub(crate) patient_safety: (f64, String),
    /// `high`, `medium` or `low`.
    pub(crate) criticality: String,
}

/// How many devices of each clinical kind there are.
pub(crate) type Kinds = BTreeMap<Category, u64>;

/// Counts the kinds of an estate.
pub(crate) fn kinds(estate: &Estate) -> Kinds {
    let mut kinds = Kinds::new();
    for device in &estate.devices {
        *kinds.entry(device.category()).or_insert(0) += 1;
    }
    kinds
}

/// One harm while it is judged: each reason can only raise it.
struct Judged {
    value: f64,
    why: String,
}

impl Judged {
    fn at_least(&mut self, value: f64, why: &str) {
        if value > self.value {
            self.value = value;
            self.why = format!("{}; {why}", self.why);
        }
    }

    fn more(&mut self, by: f64, why: &str) {
        if by > 0.0 && self.value > 0.0 {
            self.value = (self.value + by).min(1.0);
            self.why = format!("{}; {why}", self.why);
        }
    }
}

pub(crate) fn harms(device: &Device, exposure: &Exposure, kinds: &Kinds, context: &Context<'_>) -> Harms {
    let category = device.category();
    let (harm, weights) = (context.knowledge.harms.of(category), &context.weights.impact);
    let kind = as_kind(category);
    let mut safety = Judged {
        value: harm.patient_safety,
        why: if category == Category::Unknown { harm.why.clone() } else { format!("{kind}: {}", harm.why) },
    };
    let mut care = Judged {
        value: harm.care_delivery,
        why: format!("care goes on without it for about {}", hours(harm.downtime_tolerance_hours)),
    };
    let mut data =
        Judged { value: harm.patient_data, why: format!("{kind} it may hold or pass on patient data") };
    if device.value(Attribute::LifeSustaining) == Some("yes") {
        safety.at_least(SUSTAINING_SAFETY, "FDA calls it life-sustaining");
        care.at_least(SUSTAINING_CARE, "FDA calls it life-sustaining");
    }
    match device.value(Attribute::DeviceClass) {
        Some("3") => safety.at_least(CLASS_3_SAFETY, "FDA's class III"),
        Some("2") => safety.at_least(CLASS_2_SAFETY, "FDA's class II"),
        _ => {}
    }
    if category.is_clinical() {
        if let Some(area) = critical_area(device) {
            let why = format!("it stands where patients cannot bear a failure ({area})");
            safety.more(weights.critical_area, &why);
            care.more(weights.critical_area, &why);
        }
        if kinds.get(&category) == Some(&1) {
            care.more(weights.only_one, "it is the only one of its kind that was seen");
        }
    }
    if !exposure.patient_data.is_empty() || !device.patient_data.is_empty() {
        data.value = data.value.max(CARRIED_DATA);
        data.why = "patient data was seen to pass through it".to_owned();
    }
    let foothold =
        Judged { value: harm.foothold, why: "whoever takes it over can go on to other devices".to_owned() };
    let part = |name: &str, weight: f64, judged: &Judged| Part {
        name: name.to_owned(),
        value: weight * judged.value,
        why: judged.why.clone(),
    };
    let parts = vec![
        part("harm_patient_safety", weights.patient_safety, &safety),
        part("harm_care_delivery", weights.care_delivery, &care),
        part("harm_patient_data", weights.patient_data, &data),
        part("harm_foothold", weights.foothold, &foothold),
    ];
    let usual = match harm.criticality {
        Criticality::High => "high",
        Criticality::Medium => "medium",
        Criticality::Low => "low",
    };
    let criticality = device.value(Attribute::Criticality).unwrap_or(usual).to_owned();
    Harms { parts, patient_safety: (safety.value, safety.why), criticality }
}

/// The department or place, when its name tells of patients who cannot bear a failure.
fn critical_area(device: &Device) -> Option<&str> {
    let named =
        [Attribute::Department, Attribute::Location].into_iter().filter_map(|about| device.value(about));
    let mut named = named.filter(|name| {
        let lower = name.to_lowercase();
        let words: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).collect();
        // Short abbreviations stand alone ("ICU 3"), longer ones may begin a word ("neonatology").
        CRITICAL_AREAS.iter().any(|area| match area.len() {
            0..=4 => words.contains(area),
            _ => lower.contains(area),
        })
    });
    named.next()
}

/// `as an infusion pump`, to begin a sentence with.
pub(crate) fn as_kind(category: Category) -> String {
    let label = category.label();
    match category {
        Category::Unknown => "as a device of unknown kind".to_string(),
        Category::NetworkEquipment => format!("as {label}"),
        _ if label.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("as an {label}"),
        _ => format!("as a {label}"),
    }
}

pub(crate) fn hours(hours: u32) -> String {
    match hours {
        1 => "an hour".to_string(),
        48.. => format!("{} days", hours / 24),
        _ => format!("{hours} hours"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_can_only_raise_a_harm() {
        let mut judged = Judged { value: 0.9, why: "a".into() };
        judged.at_least(0.5, "b");
        assert_eq!((judged.value, judged.why.as_str()), (0.9, "a"));
        judged.more(0.3, "c");
        assert_eq!((judged.value, judged.why.as_str()), (1.0, "a; c"));
    }
}
