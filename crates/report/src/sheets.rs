//! `inventory.csv`, the sheet people fill in and give back, and `risk-ranking.csv`.
//!
//! A spreadsheet runs a cell that starts with `=`, `+`, `-`, `@` or a control character. Values come from
//! the wire, so such a cell gets a leading apostrophe; who reads the sheet back takes it off again
//! ([`guard`] says when).

use crate::{ReportError, findings, reconciliation, words};
use cordon_wire::assessment::{Assessment, Device};
use cordon_wire::inventory::{AS_FOUND, COLUMNS, EDITABLE, LIST_SEPARATOR, encode_as_found};
use std::borrow::Cow;

/// More characters than this in a cell are an attack, not a value; spreadsheets end at 32,767.
pub(crate) const CELL_MAX: usize = 4_000;

const RANKING_COLUMNS: [&str; 10] =
    ["rank", "id", "name", "category", "score", "tier", "inherent", "residual", "factors", "reasons"];

/// A cell no spreadsheet takes for a formula. An apostrophe goes before a leading `=`, `+`, `-`, `@`, tab or
/// carriage return, also behind apostrophes that are there already, so that taking one off undoes it always.
pub(crate) fn guard(cell: &str) -> Cow<'_, str> {
    if cell.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) {
        Cow::Owned(format!("'{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// The columns of [`COLUMNS`] as they stand in a device's row, before any guard.
pub(crate) fn inventory_row(device: &Device) -> Vec<String> {
    let editable = EDITABLE.iter().map(|column| (*column, value(device, column)));
    let editable: Vec<(&str, String)> = editable.collect();
    // What a person or list said first stays that person's word: remembered as found, it would count as
    // Cordon's own the next time the sheet comes back, and the correction would be lost.
    let found = editable.iter().filter(|(column, _)| !is_persons_word(device, column));
    let as_found = encode_as_found(found.map(|(column, value)| (*column, value.as_str())));
    let cell = |column: &&str| if *column == AS_FOUND { as_found.clone() } else { value(device, column) };
    COLUMNS.iter().map(cell).collect()
}

/// True when the surest claim behind a cell comes from a person or an asset list.
fn is_persons_word(device: &Device, column: &str) -> bool {
    let attribute = if column == "hostnames" { "hostname" } else { column };
    let claims = device.claims.iter().filter(|claim| claim.attribute == attribute);
    // The first of equals: claims of an attribute stand best first.
    let leading = claims.reduce(|best, claim| if claim.confidence > best.confidence { claim } else { best });
    let said = |protocol: &str| matches!(protocol, "asset_list" | "person");
    leading.is_some_and(|claim| claim.evidence.iter().any(|evidence| said(&evidence.protocol)))
}

fn value(device: &Device, column: &str) -> String {
    let text = |value: &Option<String>| words::clean(value.as_deref().unwrap_or_default(), CELL_MAX);
    let list = |values: &[String]| {
        let values = values.iter().map(|value| words::clean(value, 255).replace(' ', "_"));
        values.collect::<Vec<_>>().join(LIST_SEPARATOR)
    };
    let yes_no = |value: bool| if value { "yes" } else { "no" }.to_owned();
    match column {
        "id" => words::clean(&device.id, CELL_MAX),
        "asset_tag" => text(&device.asset_tag),
        "owner" => text(&device.owner),
        "department" => text(&device.department),
        "location" => text(&device.location),
        "support_contact" => text(&device.support_contact),
        "cost_centre" => text(&device.cost_centre),
        "purchased" => text(&device.purchased),
        "criticality" => text(&device.criticality),
        "category" => words::clean(&device.category, 60),
        "modality" => text(&device.modality),
        "manufacturer" => text(&device.manufacturer),
        "model" => text(&device.model),
        "os" => text(&device.os),
        "os_version" => text(&device.os_version),
        "firmware" => text(&device.firmware),
        "serial" => text(&device.serial),
        "udi" => text(&device.udi),
        "manufactured" => text(&device.manufactured),
        "macs" => list(&device.macs),
        "ips" => list(&device.ips),
        "vlans" => list(&device.vlans.iter().map(u16::to_string).collect::<Vec<_>>()),
        "hostnames" => list(&device.hostnames),
        "criticality_source" => reconciliation::criticality_source(device),
        "fda_product_code" => text(&device.fda.as_ref().and_then(|fda| fda.product_code.clone())),
        "fda_class" => text(&device.fda.as_ref().and_then(|fda| fda.device_class.clone())),
        "life_sustaining" => {
            let flag = device.fda.as_ref().and_then(|fda| fda.life_sustaining);
            flag.map(yes_no).unwrap_or_default()
        }
        "distribution" => text(&device.fda.as_ref().and_then(|fda| fda.distribution.clone())),
        "patch_possible" => device.patch.possible.map(yes_no).unwrap_or_default(),
        "patch_why_not" => text(&device.patch.why_not),
        "patch_responsible" => text(&device.patch.responsible),
        "support_os" => words::clean(&device.support.os, 60),
        "support_device" => words::clean(&device.support.device, 60),
        "support_until" => text(&device.support.until),
        "patient_data" => yes_no(device.patient_data.seen),
        "patient_data_in_clear" => yes_no(device.patient_data.in_clear),
        "internet" => yes_no(device.internet.seen),
        "affected_by" => {
            let affected = device.findings.iter().filter(|finding| finding.status == "affected");
            list(&affected.map(|finding| finding.advisory.clone()).collect::<Vec<_>>())
        }
        "risk_score" => words::points(device.risk.score),
        "risk_tier" => words::clean(&device.risk.tier, 20),
        "risk_reason" => {
            let whys = device.risk.factors.iter().take(3).map(|factor| words::clean(&factor.why, 300));
            whys.collect::<Vec<_>>().join(" ")
        }
        // `notes` is the person's own.
        _ => String::new(),
    }
}

/// `inventory.csv`, one row a device.
pub(crate) fn inventory(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let rows = assessment.devices.iter().map(inventory_row);
    write("inventory.csv", std::iter::once(heading(COLUMNS)).chain(rows))
}

/// `risk-ranking.csv`, highest risk first; factors as `name=share`, biggest first as they come.
pub(crate) fn ranking(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let header: Vec<String> = RANKING_COLUMNS.map(str::to_owned).into();
    let rows = assessment.devices.iter().enumerate().map(|(at, device)| {
        let risk = &device.risk;
        let factors = risk.factors.iter();
        let shares = factors
            .map(|factor| format!("{}={}", words::clean(&factor.name, 60), words::points(factor.share)));
        let whys = risk.factors.iter().map(|factor| words::clean(&factor.why, 400));
        vec![
            (at + 1).to_string(),
            words::clean(&device.id, CELL_MAX),
            words::device_name(device),
            words::clean(&device.category, 60),
            words::points(risk.score),
            words::clean(&risk.tier, 20),
            words::points(risk.inherent),
            words::points(risk.residual),
            shares.collect::<Vec<_>>().join("; "),
            whys.collect::<Vec<_>>().join(" "),
        ]
    });
    write("risk-ranking.csv", std::iter::once(header).chain(rows))
}

/// `reconciliation.csv`: the asset lists against what was seen.
pub(crate) fn reconciliation(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let rows = reconciliation::rows(assessment).into_iter();
    write("reconciliation.csv", std::iter::once(heading(reconciliation::COLUMNS)).chain(rows))
}

/// `findings.csv`: what advisories mean for the devices.
pub(crate) fn findings(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let rows = findings::rows(assessment).into_iter();
    write("findings.csv", std::iter::once(heading(findings::COLUMNS)).chain(rows))
}

/// `without-owner.csv`: devices that nobody owns.
pub(crate) fn unowned(assessment: &Assessment) -> Result<Vec<u8>, ReportError> {
    let rows = reconciliation::unowned(assessment).into_iter();
    write("without-owner.csv", std::iter::once(heading(reconciliation::UNOWNED_COLUMNS)).chain(rows))
}

pub(crate) fn heading(columns: &[&str]) -> Vec<String> {
    columns.iter().map(|column| (*column).to_owned()).collect()
}

/// A sheet of these rows; no cell of it is taken for a formula.
pub(crate) fn write(
    name: &'static str,
    rows: impl Iterator<Item = Vec<String>>,
) -> Result<Vec<u8>, ReportError> {
    let sheet = |source| ReportError::Sheet { name, source };
    // RFC 4180 line ends; every common spreadsheet reads them.
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        writer.write_record(row.iter().map(|cell| guard(cell).into_owned())).map_err(sheet)?;
    }
    writer.into_inner().map_err(|error| sheet(csv::Error::from(error.into_error())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    // What the reader of the sheet does.
    fn unguard(cell: &str) -> &str {
        match cell.strip_prefix('\'') {
            Some(rest) if rest.trim_start_matches('\'').starts_with(['=', '+', '-', '@', '\t', '\r']) => rest,
            _ => cell,
        }
    }

    #[test]
    fn formulas_are_disarmed() {
        assert_eq!(guard("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(guard("@SUM(1)"), "'@SUM(1)");
        assert_eq!(guard("CT-01"), "CT-01");
        assert_eq!(guard(""), "");
    }

    #[test]
    fn a_persons_word_is_not_remembered_as_found() {
        let claim = |attribute: &str, value: &str, confidence: f64, protocol: &str| {
            serde_json::from_value(serde_json::json!({
                "attribute": attribute, "value": value, "confidence": confidence, "conflict": false,
                "evidence": [{"protocol": protocol, "fact": "f", "rule": "r", "input": "i", "packet": 1}],
            }))
            .unwrap()
        };
        let device = Device {
            model: Some("MX450".to_owned()),
            serial: Some("S1".to_owned()),
            os: Some("Linux".to_owned()),
            claims: vec![
                claim("model", "MX450", 0.95, "asset_list"),
                claim("model", "MX400", 0.9, "dhcp"),
                claim("serial", "S1", 0.9, "dicom"),
                claim("serial", "S1", 0.5, "asset_list"),
                claim("os", "Linux", 0.9, "person"),
            ],
            ..Device::default()
        };
        assert_eq!(inventory_row(&device).last().map(String::as_str), Some("serial=S1"));
    }

    proptest! {
        #[test]
        fn a_guarded_cell_comes_back(cell in "['=+@a-]{0,4}[ -~]{0,12}") {
            let guarded = guard(&cell);
            prop_assert!(!guarded.starts_with(['=', '+', '-', '@', '\t', '\r']));
            prop_assert_eq!(unguard(&guarded), cell.as_str());
        }
    }
}
