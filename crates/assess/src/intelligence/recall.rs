//! Recalls as openFDA publishes them: `device/recall` (what a firm does) and `device/enforcement` (what FDA reports
//! of it, with the class). Both are brought into one shape.

use super::{Unusable, time};
use cordon_model::Timestamp;
use serde_json::Value;

/// One product of one recall.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recall {
    /// Its number, such as `Z-0001-2026`.
    pub number: String,
    /// The number of the event that it belongs to.
    pub event: Option<String>,
    /// Who recalls.
    pub firm: String,
    /// FDA's product code, three characters, where it is given.
    pub product_code: Option<String>,
    /// The product in the firm's words.
    pub product: String,
    /// Which of them: lots, serial numbers, versions, in the firm's words.
    pub codes: String,
    /// Why.
    pub reason: String,
    /// What the firm does about it.
    pub action: Option<String>,
    /// FDA's class (I is the worst), where it is given.
    pub class: Option<String>,
    /// `Ongoing`, `Terminated`, `Open` and so on.
    pub status: String,
    /// When it began.
    pub begun: Option<Timestamp>,
    /// Numbers of premarket notifications (510(k)) and approvals (PMA).
    pub submissions: Vec<String>,
}

/// Longer texts are cut.
const TEXT_CHARS_MAX: usize = 4_000;
/// Premarket numbers kept of one recall.
const LIST_MAX: usize = 64;

/// Reads one element of `results`.
pub fn recall(record: &Value) -> Result<Recall, Unusable> {
    let word = |name: &str| match record.get(name) {
        Some(Value::String(text)) => text.trim().chars().take(TEXT_CHARS_MAX).collect(),
        Some(Value::Number(number)) => number.to_string(),
        _ => String::new(),
    };
    let some = |text: String| Some(text).filter(|text| !text.is_empty());
    let first = |names: &[&str]| names.iter().map(|name| word(name)).find(|text| !text.is_empty());
    let number = first(&["product_res_number", "recall_number"])
        .ok_or_else(|| Unusable::new("product_res_number", "it is missing, and recall_number too"))?;
    let firm = word("recalling_firm");
    if firm.is_empty() {
        return Err(Unusable::new("recalling_firm", "it is missing"));
    }
    let list = |name: &str| {
        let own = record.get(name).and_then(Value::as_array).into_iter().flatten();
        own.filter_map(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let mut submissions: Vec<String> = list("k_numbers").chain(list("pma_numbers")).collect();
    submissions.sort();
    submissions.dedup();
    submissions.truncate(LIST_MAX);
    Ok(Recall {
        number,
        event: first(&["res_event_number", "event_id"]),
        firm,
        product_code: some(word("product_code").to_ascii_uppercase()).filter(|code| code.len() == 3),
        product: word("product_description"),
        codes: word("code_info"),
        reason: word("reason_for_recall"),
        action: some(word("action")),
        class: some(word("classification")),
        status: first(&["recall_status", "status"]).unwrap_or_default(),
        begun: first(&["event_date_initiated", "recall_initiation_date"]).and_then(|text| day(&text)),
        submissions,
    })
}

/// A date as openFDA writes it: `2026-01-31` or `20260131`.
fn day(text: &str) -> Option<Timestamp> {
    match (text.len(), text.get(..4), text.get(4..6), text.get(6..8)) {
        (8, Some(year), Some(month), Some(day)) => time(&format!("{year}-{month}-{day}")),
        _ => time(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn both_kinds_come_into_one_shape() {
        let firm = recall(&json!({ "product_res_number": "Z-0001-2026", "res_event_number": "90000", "recalling_firm": "Example",
            "product_code": "frn", "event_date_initiated": "2026-01-31", "recall_status": "Open", "k_numbers": ["K1", "K1"] }))
        .unwrap();
        assert_eq!(
            (firm.product_code.as_deref(), firm.status.as_str(), firm.submissions.len()),
            (Some("FRN"), "Open", 1)
        );
        assert_eq!(firm.begun.map(|day| day.date()), Some((2026, 1, 31)));
        let report =
            recall(&json!({ "recall_number": "Z-0001-2026", "event_id": 90000, "recalling_firm": "Example",
            "classification": "Class I", "recall_initiation_date": "20260131", "status": "Ongoing" }))
            .unwrap();
        assert_eq!((report.class.as_deref(), report.begun), (Some("Class I"), firm.begun));
        assert_eq!(report.event, firm.event);
        assert_eq!(recall(&json!({})).unwrap_err().path, "product_res_number");
        assert_eq!(recall(&json!({ "recall_number": "x" })).unwrap_err().path, "recalling_firm");
    }
}
