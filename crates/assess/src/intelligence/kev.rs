//! Entries of CISA's catalogue of known exploited vulnerabilities, `known_exploited_vulnerabilities.json`.

use super::{KnownExploited, Unusable, cve_id, time};
use serde::Deserialize;
use serde_json::Value;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(rename = "cveID")]
    cve: String,
    date_added: String,
    due_date: Option<String>,
    known_ransomware_campaign_use: Option<String>,
    vulnerability_name: Option<String>,
    required_action: Option<String>,
}

/// Reads one element of `vulnerabilities`; answers the CVE id and its entry.
pub fn entry(record: &Value) -> Result<(String, KnownExploited), Unusable> {
    let entry = Entry::deserialize(record).map_err(|error| Unusable::new("entry", error.to_string()))?;
    let cve = cve_id(&entry.cve)
        .ok_or_else(|| Unusable::new("cveID", format!("\"{}\" is no CVE id", short(&entry.cve))))?;
    let added = time(&entry.date_added)
        .ok_or_else(|| Unusable::new("dateAdded", format!("\"{}\" is no date", short(&entry.date_added))))?;
    let ransomware =
        entry.known_ransomware_campaign_use.is_some_and(|text| text.trim().eq_ignore_ascii_case("known"));
    let known = KnownExploited {
        added,
        due: entry.due_date.as_deref().and_then(time),
        ransomware: ransomware.then_some(true),
        name: entry.vulnerability_name.unwrap_or_default().trim().to_owned(),
        action: entry.required_action.unwrap_or_default().trim().to_owned(),
    };
    Ok((cve, known))
}

/// A text that is quoted in a message.
fn short(text: &str) -> String {
    text.chars().take(40).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_read_and_a_broken_one_says_why() {
        let text = r#"{"cveID":"CVE-2021-0001","dateAdded":"2024-12-30","dueDate":"2025-01-20",
            "knownRansomwareCampaignUse":"Known","vulnerabilityName":" A Thing ","requiredAction":"Mend it."}"#;
        let (cve, known) = entry(&serde_json::from_str(text).unwrap()).unwrap();
        assert_eq!(
            (cve.as_str(), known.ransomware, known.name.as_str()),
            ("CVE-2021-0001", Some(true), "A Thing")
        );
        assert_eq!(known.added.date(), (2024, 12, 30));
        assert_eq!(known.due.map(|due| due.date()), Some((2025, 1, 20)));
        for (text, wanted) in [
            (r#"{"cveID":"x","dateAdded":"2024-12-30"}"#, "cveID"),
            (r#"{"cveID":"CVE-2021-0001","dateAdded":"soon"}"#, "dateAdded"),
            (r#"{"cveID":7}"#, "entry"),
            ("[]", "entry"),
        ] {
            let error = entry(&serde_json::from_str(text).unwrap()).unwrap_err();
            assert_eq!(error.path, wanted, "{error}");
        }
    }
}
