//! What advisories mean for the devices, as a sheet: a row for each device and advisory.

use crate::words;
use cordon_wire::assessment::{Assessment, Device, Finding};

/// The columns of `findings.csv`.
pub(crate) const COLUMNS: &[&str] = &[
    "advisory",
    "title",
    "status",
    "asset_tag",
    "device",
    "name",
    "firmware",
    "department",
    "location",
    "cves",
    "cvss",
    "known_exploited",
    "decision",
    "why",
    "question",
    "product",
    "versions",
    "probability",
    "document",
    "remedy",
];

/// The gravest first.
pub(crate) fn gravity(status: &str) -> u8 {
    match status {
        "affected" => 0,
        "undetermined" => 1,
        "fixed" => 2,
        _ => 3,
    }
}

/// A row for each device and advisory, by advisory, then gravity, then in the order of the devices.
pub(crate) fn rows(assessment: &Assessment) -> Vec<Vec<String>> {
    let findings =
        assessment.devices.iter().flat_map(|device| device.findings.iter().map(move |one| (device, one)));
    let mut findings: Vec<(&Device, &Finding)> = findings.collect();
    findings.sort_by_key(|(_, finding)| (finding.advisory.as_str(), gravity(&finding.status)));
    findings.into_iter().map(|(device, finding)| row(device, finding)).collect()
}

fn row(device: &Device, finding: &Finding) -> Vec<String> {
    const TEXT_MAX: usize = 2_000;
    let text = |value: Option<&String>| value.map(|value| words::clean(value, TEXT_MAX)).unwrap_or_default();
    let matched = finding.matched.as_ref();
    let fix = finding.remedies.iter().find(|remedy| remedy.kind == "vendor_fix").or(finding.remedies.first());
    vec![
        words::clean(&finding.advisory, 200),
        text(finding.title.as_ref()),
        words::clean(&finding.status, 40),
        text(device.asset_tag.as_ref()),
        words::clean(&device.id, 100),
        words::device_name(device),
        text(device.firmware.as_ref()),
        text(device.department.as_ref()),
        text(device.location.as_ref()),
        words::clean(&finding.cves.join("; "), TEXT_MAX),
        finding.cvss.map(|score| format!("{score:.1}")).unwrap_or_default(),
        finding.known_exploited.map(|known| if known { "yes" } else { "no" }.to_owned()).unwrap_or_default(),
        text(finding.ssvc.as_ref()),
        words::clean(&finding.why, TEXT_MAX),
        text(finding.question.as_ref()),
        text(matched.map(|matched| &matched.product)),
        text(matched.map(|matched| &matched.versions)),
        matched.map(|matched| format!("{:.2}", matched.probability)).unwrap_or_default(),
        text(matched.map(|matched| &matched.document)),
        text(fix.map(|remedy| &remedy.text)),
    ]
}
