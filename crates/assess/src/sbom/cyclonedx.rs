//! CycloneDX 1.2 to 1.7 in JSON.

use super::{Bill, Component, Stated, kept, list, text};
use crate::advisory::{Justification, ProductStatus};
use serde_json::Value;

/// How deep components may lie in one another.
const DEPTH_MAX: usize = 30;
/// The most statements that are read of one document.
const STATED_MAX: usize = 200_000;

pub(super) fn read(document: &Value) -> Bill {
    let metadata = document.get("metadata").unwrap_or(&Value::Null);
    let product = metadata.get("component").unwrap_or(&Value::Null);
    let mut bill = Bill {
        format: format!("CycloneDX {}", text(document, "specVersion")).trim().to_owned(),
        serial: serial(&text(document, "serialNumber")),
        subject: text(product, "bom-ref"),
        ..Bill::default()
    };
    // The product itself is no component of its own, but what lies within it is.
    components(product, 1, &mut bill);
    components(document, 1, &mut bill);
    for vulnerability in list(document, "vulnerabilities") {
        stated(vulnerability, &mut bill);
    }
    bill
}

/// `urn:uuid:…` as links to it write it.
fn serial(text: &str) -> String {
    text.strip_prefix("urn:uuid:").unwrap_or(text).to_ascii_lowercase()
}

fn components(of: &Value, depth: usize, bill: &mut Bill) {
    if depth > DEPTH_MAX {
        bill.is_cut |= list(of, "components").next().is_some();
        return;
    }
    for component in list(of, "components") {
        bill.add(one(component));
        components(component, depth + 1, bill);
    }
}

fn one(component: &Value) -> Component {
    let named = |name: &str| component.get(name).map(|of| text(of, "name")).filter(|name| !name.is_empty());
    let publisher = || Some(text(component, "publisher")).filter(|name| !name.is_empty());
    let some = |name: &str| Some(text(component, name)).filter(|text| !text.is_empty()).into_iter().collect();
    // A number in place of a text is a version too.
    let version = match component.get("version") {
        Some(Value::Number(number)) => number.to_string(),
        _ => text(component, "version"),
    };
    Component {
        reference: text(component, "bom-ref"),
        name: text(component, "name"),
        version,
        supplier: named("supplier").or_else(|| named("manufacturer")).or_else(publisher).unwrap_or_default(),
        purls: some("purl"),
        cpes: some("cpe"),
        is_system: component.get("type").and_then(Value::as_str) == Some("operating-system"),
    }
}

/// What an analysis says (CycloneDX 1.6, `vulnerability.analysis`); without one nothing is said that a record of the
/// vulnerability would not say.
fn stated(vulnerability: &Value, bill: &mut Bill) {
    let Some(analysis) = vulnerability.get("analysis") else { return };
    let status = match analysis.get("state").and_then(Value::as_str).unwrap_or_default() {
        "exploitable" => ProductStatus::Affected,
        "resolved" | "resolved_with_pedigree" => ProductStatus::Fixed,
        "false_positive" | "not_affected" => ProductStatus::NotAffected,
        "in_triage" => ProductStatus::UnderInvestigation,
        _ => return,
    };
    let reason = analysis.get("justification").and_then(Value::as_str).unwrap_or_default();
    let justification = match reason {
        "code_not_present" => Some(Justification::CodeNotPresent),
        "code_not_reachable" => Some(Justification::CodeNotInExecutePath),
        reason if reason.starts_with("protected_") => Some(Justification::InlineMitigations),
        _ => None,
    };
    let detail = [reason.replace('_', " "), text(analysis, "detail")];
    let detail: Vec<String> = detail.into_iter().filter(|text| !text.is_empty()).collect();
    let detail = kept(&detail.join(": "));
    for affected in list(vulnerability, "affects") {
        let reference = text(affected, "ref");
        // `urn:cdx:SERIAL/VERSION#REFERENCE` is a component of another bill.
        let linked =
            reference.strip_prefix("urn:cdx:").map(|link| link.split_once('#').unwrap_or((link, "")));
        let (serial, reference) = match linked {
            Some((bill, reference)) => {
                (bill.split('/').next().unwrap_or_default().to_ascii_lowercase(), reference.to_owned())
            }
            None => (String::new(), reference),
        };
        if bill.stated.len() < STATED_MAX {
            bill.stated.push(Stated {
                serial,
                reference,
                vulnerability: text(vulnerability, "id"),
                status,
                justification,
                detail: detail.clone(),
            });
        }
    }
}
