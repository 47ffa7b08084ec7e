//! What was found against one device: support, updates, exposure, advisories and recalls, each with its reason.

use cordon_wire::assessment::{Device, Exposure, Finding, Place};
use std::fmt::Write as _;

/// Findings and recalls that are written out; more stand in the assessment.
const WRITTEN_MAX: usize = 40;
/// Vulnerabilities of one finding that are written out.
const CVES_MAX: usize = 8;

/// Appends everything that was found, as far as there is something.
pub(super) fn found(text: &mut String, device: &Device) {
    support(text, device);
    exposure(text, &device.exposure);
    let told: Vec<&Finding> = device.findings.iter().filter(|one| one.status != "not_affected").collect();
    if !told.is_empty() {
        let _ = writeln!(text, "\nadvisories");
    }
    for finding in told.iter().take(WRITTEN_MAX) {
        let severity = finding.cvss.map(|score| format!(", CVSS {score:.1}")).unwrap_or_default();
        let decision = finding.ssvc.as_ref().map(|decision| format!(", {decision}")).unwrap_or_default();
        let used = if finding.known_exploited == Some(true) { ", known to be exploited" } else { "" };
        let _ = writeln!(text, "  {}  {}{severity}{used}{decision}", finding.advisory, finding.status);
        let _ = writeln!(text, "      {}", finding.why);
        if let Some(question) = &finding.question {
            let _ = writeln!(text, "      to settle it: {question}");
        }
        cves(text, finding);
        for point in &finding.ssvc_points {
            let _ = writeln!(text, "      {} = {}: {}", point.name, point.value, point.why);
        }
    }
    more(text, told.len());
    if !device.recalls.is_empty() {
        let _ = writeln!(text, "\nrecalls");
    }
    for recall in device.recalls.iter().take(WRITTEN_MAX) {
        let class = recall.class.as_ref().map(|class| format!(", class {class}")).unwrap_or_default();
        let _ = writeln!(text, "  {}  {}{class}, {}", recall.number, recall.status, recall.state);
        let _ = writeln!(text, "      {}", recall.why);
        if let Some(question) = &recall.question {
            let _ = writeln!(text, "      to settle it: {question}");
        }
        let _ = writeln!(text, "      {}: {} [{}]", recall.firm, recall.reason, recall.source);
    }
    more(text, device.recalls.len());
}

/// The vulnerabilities of what is about several, or is not called after its only one.
fn cves(text: &mut String, finding: &Finding) {
    let others = finding.cves.iter().filter(|cve| **cve != finding.advisory);
    let named: Vec<&str> = others.map(String::as_str).collect();
    if named.is_empty() {
        return;
    }
    let rest = match named.len().saturating_sub(CVES_MAX) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let _ =
        writeln!(text, "      {}{rest}", named.iter().take(CVES_MAX).copied().collect::<Vec<_>>().join(", "));
}

fn more(text: &mut String, count: usize) {
    if count > WRITTEN_MAX {
        let _ = writeln!(text, "  and {} more in the assessment", count - WRITTEN_MAX);
    }
}

fn support(text: &mut String, device: &Device) {
    let (support, patch) = (&device.support, &device.patch);
    let _ = writeln!(text, "\nsupport and updates");
    let day = |time: &Option<String>| {
        let day = time.as_ref().and_then(|time| time.get(..10));
        day.map(|day| format!(" (last day {day})")).unwrap_or_default()
    };
    let source =
        |source: &Option<String>| source.as_ref().map(|source| format!(": {source}")).unwrap_or_default();
    let _ =
        writeln!(text, "  operating system {}{}{}", support.os, day(&support.until), source(&support.source));
    let _ = writeln!(
        text,
        "  device {}{}{}",
        support.device,
        day(&support.device_until),
        source(&support.device_source)
    );
    for hint in &support.hints {
        let _ = writeln!(text, "  hint: {hint}");
    }
    let possible = match (patch.possible, patch.why_not.as_deref()) {
        (Some(true), _) => "can be patched".to_owned(),
        (Some(false), reason) => {
            format!("cannot be patched ({})", reason.unwrap_or("unknown").replace('_', " "))
        }
        (None, _) => "whether it can be patched is not known".to_owned(),
    };
    let who = patch.responsible.as_ref().map(|who| format!(", by {who}")).unwrap_or_default();
    let _ = writeln!(text, "  {possible}{who}{}", source(&patch.source));
    if let Some(hint) = &patch.hint {
        let _ = writeln!(text, "  hint: {hint}");
    }
}

fn exposure(text: &mut String, exposure: &Exposure) {
    if *exposure == Exposure::default() {
        return;
    }
    let _ = writeln!(text, "\nexposure");
    let under_plan =
        exposure.reachable_under_plan.map(|after| format!("; {after} under the plan")).unwrap_or_default();
    let _ = writeln!(
        text,
        "  {} other devices in {} networks can send to it, {} were seen to ask it{under_plan}; it can send to {}",
        exposure.reachable_from, exposure.reachable_from_networks, exposure.asked_by, exposure.reaches
    );
    if exposure.internet_asked + exposure.internet_inbound + exposure.internet_attempts > 0 {
        let needed = match (exposure.internet_needed, &exposure.internet_needed_why) {
            (Some(true), Some(why)) => format!("; needed: {why}"),
            (Some(false), Some(why)) => format!("; not needed: {why}"),
            _ => String::new(),
        };
        let _ = writeln!(
            text,
            "  outside: asked {}, asked by {}, tried in vain {}, {} bytes{needed}",
            exposure.internet_asked,
            exposure.internet_inbound,
            exposure.internet_attempts,
            exposure.internet_bytes
        );
    }
    for service in &exposure.risky_services {
        let _ = writeln!(text, "  {}: {}{}", service.name, service.why, seen(&service.seen));
    }
    if !exposure.patient_data_in_clear.is_empty() {
        let kinds = exposure.patient_data_in_clear.join(", ").replace('_', " ");
        let _ = writeln!(text, "  patient data readable: {kinds}{}", seen(&exposure.patient_data_seen));
    }
    for account in &exposure.default_accounts {
        let _ = writeln!(text, "  account everybody knows: {account}");
    }
    for channel in &exposure.remote_support {
        let _ = writeln!(text, "  remote support: {channel}");
    }
    if let Some(why) = &exposure.can_be_disconnected {
        let _ = writeln!(text, "  can be disconnected: {why}");
    }
}

/// Where something was seen, as evidence is written.
fn seen(place: &Option<Place>) -> String {
    place.as_ref().map(|place| format!(" [{}, frame {}]", place.input, place.packet)).unwrap_or_default()
}
