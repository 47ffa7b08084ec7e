//! What the world knows of each finding's vulnerabilities, and how soon to act on it.
//!
//! Exploitation is judged from CISA's catalogue, SSVC points, what vectors say of exploits, and EPSS, the worst of
//! them; severity from every vector there is, the highest. Where sources are silent the worse is taken where that is
//! a decision point, and the reason says so.

use crate::cvss::Vector;
use crate::intelligence::{self, CveIntelligence, Intelligence};
use crate::ssvc::{self, Automatable, Exploitation, HumanImpact, MissionImpact, SafetyImpact};
use cordon_model::Category;
use cordon_model::assess::{
    DecisionPoint, DeployerDecision, ExploitProbability, Finding, FindingStatus, Severity,
};

/// From this probability of exploitation within 30 days on, a way to exploit is taken as known: fewer than one in
/// twenty vulnerabilities have it.
const EPSS_AS_KNOWN_FROM: f64 = 0.1;

/// What a vulnerability without any score counts as, in tenths: the lower end of "high".
const SEVERITY_UNSCORED: u8 = 70;

/// A finding's vulnerabilities in the terms of the risk model.
#[derive(Clone, Debug)]
pub(crate) struct Threat {
    pub(crate) exploitation: Exploitation,
    exploitation_why: String,
    automatable: Automatable,
    automatable_why: String,
    /// True when every vector says that an attacker has to be at the device.
    pub(crate) local: bool,
    /// CVSS in tenths.
    pub(crate) severity: u8,
    /// Probability of exploitation, 0 when nobody says.
    pub(crate) probability: f64,
}

/// What is to be known of a device for a decision.
pub(crate) struct Place<'a> {
    pub(crate) category: Category,
    /// 0 to 1: what a compromise can do to a patient, with the reason.
    pub(crate) patient_safety: (f64, &'a str),
    /// `high`, `medium` or `low`.
    pub(crate) criticality: &'a str,
    pub(crate) exposure: ssvc::Exposure,
    pub(crate) exposure_why: String,
}

/// Fills in what the world knows of a finding, and tells its threat.
pub(crate) fn enrich(finding: &mut Finding, known: &Intelligence) -> Threat {
    let records: Vec<(&str, &CveIntelligence)> =
        finding.cves.iter().filter_map(|cve| Some((cve.as_str(), known.of(cve)?))).collect();
    let records: Vec<(&str, &CveIntelligence)> =
        records.into_iter().filter(|(_, record)| !record.is_rejected).collect();
    let listed = records.iter().filter_map(|(_, record)| record.kev.as_ref().map(|entry| entry.added)).min();
    finding.known_exploited = finding.known_exploited.into_iter().chain(listed).min();
    let likeliest = records.iter().filter_map(|(_, record)| record.epss.as_ref());
    let likeliest = likeliest.max_by(|one, other| one.score.total_cmp(&other.score));
    finding.epss = likeliest
        .map(|epss| ExploitProbability { score: epss.score, model: epss.model.clone() })
        .or(finding.epss.take());
    let vectors = vectors(finding, &records);
    finding.cvss = vectors.iter().map(|(severity, _)| severity.clone()).reduce(worse).or(finding.cvss.take());
    let vectors: Vec<Vector> = vectors.into_iter().map(|(_, vector)| vector).collect();
    let (exploitation, exploitation_why) = exploitation(finding, &records, &vectors);
    let (automatable, automatable_why) = automatable(&records, &vectors);
    Threat {
        exploitation,
        exploitation_why,
        automatable,
        automatable_why,
        local: !vectors.is_empty() && vectors.iter().all(is_local),
        severity: finding.cvss.as_ref().map_or(SEVERITY_UNSCORED, |severity| severity.tenths),
        probability: finding.epss.as_ref().map_or(0.0, |epss| epss.score.clamp(0.0, 1.0)),
    }
}

/// Every vector that can be read, scored; those that cannot say nothing.
fn vectors(finding: &Finding, records: &[(&str, &CveIntelligence)]) -> Vec<(Severity, Vector)> {
    let own = finding.vectors.iter().map(|text| (finding.advisory.as_str(), text.as_str()));
    let others = records.iter().flat_map(|(_, record)| &record.cvss);
    let others = others.map(|one| (one.source.as_str(), one.vector.as_str()));
    let scored = own.chain(others).filter_map(|(source, text)| {
        let vector: Vector = text.parse().ok()?;
        let tenths = vector.scores().overall().tenths();
        Some((Severity { vector: vector.to_string(), tenths, source: source.to_owned() }, vector))
    });
    scored.collect()
}

/// The higher severity; of equals the first.
fn worse(one: Severity, other: Severity) -> Severity {
    if other.tenths > one.tenths { other } else { one }
}

fn is_local(vector: &Vector) -> bool {
    matches!(vector.metric("MAV").or_else(|| vector.metric("AV")), Some("L" | "P"))
}

fn exploitation(
    finding: &Finding,
    records: &[(&str, &CveIntelligence)],
    vectors: &[Vector],
) -> (Exploitation, String) {
    if let Some(since) = finding.known_exploited {
        let day: String = since.to_string().chars().take(10).collect();
        return (Exploitation::Active, format!("attackers are known to use it since {day} or before"));
    }
    let stated = |wanted: intelligence::Exploitation| {
        let points = records.iter().filter_map(|(cve, record)| Some((*cve, record.ssvc.as_ref()?)));
        let mut points = points.filter(|(_, points)| points.exploitation == Some(wanted));
        points.next().map(|(cve, points)| (cve, points.source.as_str()))
    };
    let ripe = |wanted: &[&str]| vectors.iter().any(|v| v.metric("E").is_some_and(|e| wanted.contains(&e)));
    if let Some((cve, source)) = stated(intelligence::Exploitation::Active) {
        return (Exploitation::Active, format!("{source} says that {cve} is used by attackers"));
    }
    if ripe(&["A"]) {
        return (Exploitation::Active, "its CVSS vector says that it is used by attackers (E:A)".to_owned());
    }
    if let Some((cve, source)) = stated(intelligence::Exploitation::PublicPoc) {
        return (Exploitation::PublicPoc, format!("{source} says that a way to exploit {cve} is published"));
    }
    if ripe(&["P", "POC", "F", "H"]) {
        return (Exploitation::PublicPoc, "its CVSS vector says that a way to exploit it exists".to_owned());
    }
    match finding.epss.as_ref().filter(|epss| epss.score >= EPSS_AS_KNOWN_FROM) {
        Some(epss) => {
            let percent = epss.score * 100.0;
            (Exploitation::PublicPoc, format!("EPSS expects exploitation within 30 days with {percent:.0} %"))
        }
        None => (Exploitation::None, "no source says that it is exploited or how".to_owned()),
    }
}

fn automatable(records: &[(&str, &CveIntelligence)], vectors: &[Vector]) -> (Automatable, String) {
    let stated: Vec<(&str, bool, &str)> = records
        .iter()
        .filter_map(|(cve, record)| {
            let points = record.ssvc.as_ref()?;
            Some((*cve, points.automatable?, points.source.as_str()))
        })
        .collect();
    if let Some((cve, _, source)) = stated.iter().find(|(_, yes, _)| *yes) {
        return (Automatable::Yes, format!("{source} says so of {cve}"));
    }
    if let Some((cve, _, source)) = stated.first() {
        return (Automatable::No, format!("{source} says not, of {cve}"));
    }
    // A step that needs a person, or being at the device, cannot be automated.
    let by_hand = |vector: &Vector| {
        is_local(vector)
            || matches!(vector.metric("UI"), Some("R" | "P" | "A"))
            || vector.metric("AU") == Some("N")
    };
    if !vectors.is_empty() && vectors.iter().all(by_hand) {
        return (
            Automatable::No,
            "its CVSS vector asks for somebody at the device or a user's help".to_owned(),
        );
    }
    let why = match vectors.is_empty() {
        true => "nobody says, so the worse is taken",
        false => "its CVSS vector asks for no person's help, and nobody says otherwise",
    };
    (Automatable::Yes, why.to_owned())
}

/// How soon to act, with each point's reason; of what does not hit the device, nothing.
pub(crate) fn decide(finding: &Finding, threat: &Threat, place: &Place<'_>) -> Option<DeployerDecision> {
    if !matches!(finding.status, FindingStatus::Affected | FindingStatus::Undetermined) {
        return None;
    }
    let (safety, safety_why) = safety(place);
    let (mission, mission_why) = mission(place);
    let human: HumanImpact = ssvc::human_impact(safety, mission);
    let decision = ssvc::decide(threat.exploitation, place.exposure, threat.automatable, human);
    let point = |name, value, why: &str| DecisionPoint { name, value, why: why.to_owned() };
    Some(DeployerDecision {
        decision: decision.name(),
        points: vec![
            point("exploitation", threat.exploitation.name(), &threat.exploitation_why),
            point("exposure", place.exposure.name(), &place.exposure_why),
            point("automatable", threat.automatable.name(), &threat.automatable_why),
            point("safety_impact", safety.name(), &safety_why),
            point("mission_impact", mission.name(), &mission_why),
            point("human_impact", human.name(), "from safety and mission impact, by CERT/CC's table"),
        ],
    })
}

fn safety(place: &Place<'_>) -> (SafetyImpact, String) {
    let many = matches!(
        place.category,
        Category::CentralStation | Category::TelemetryGateway | Category::InfusionGateway
    );
    let (harm, why) = place.patient_safety;
    match harm {
        harm if harm >= 0.85 && many => (SafetyImpact::Catastrophic, format!("many patients at once: {why}")),
        harm if harm >= 0.85 => (SafetyImpact::Critical, why.to_owned()),
        harm if harm >= 0.5 => (SafetyImpact::Marginal, why.to_owned()),
        _ => (SafetyImpact::Negligible, why.to_owned()),
    }
}

fn mission(place: &Place<'_>) -> (MissionImpact, String) {
    let why = format!("how much care depends on it: {}", place.criticality);
    match place.criticality {
        "high" => (MissionImpact::EssentialFailure, why),
        "medium" => (MissionImpact::SupportCrippled, why),
        _ => (MissionImpact::Degraded, why),
    }
}
