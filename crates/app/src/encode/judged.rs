//! What was found about a device and what to do, as it crosses the border.

use super::{input_name, round};
use cordon_assess::Weights;
use cordon_model::Timestamp;
use cordon_model::assess as found;
use cordon_model::observe::Source;
use cordon_wire::assessment as wire;
use cordon_wire::outlook::{ChangedWeight, NistRisk, OwnWeights, RankMove};

/// Decimals of a factor's value: enough to compute scores from it again to the tenth.
const VALUE_PLACES: i32 = 6;

pub(super) fn support(support: &found::Support) -> wire::Support {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    wire::Support {
        os: support.os.name().to_owned(),
        device: support.device.name().to_owned(),
        until: time(support.until),
        source: support.source.clone(),
        device_until: time(support.device_until),
        device_source: support.device_source.clone(),
        hints: support.hints.clone(),
    }
}

pub(super) fn patch(patch: &found::Patch) -> wire::Patch {
    wire::Patch {
        possible: patch.possible,
        why_not: patch.why_not.map(|reason| reason.name().to_owned()),
        responsible: patch.responsible.clone(),
        source: patch.source.clone(),
        hint: patch.hint.clone(),
    }
}

pub(crate) fn finding(finding: &found::Finding) -> wire::Finding {
    let severity = finding.cvss.as_ref();
    let points = finding.ssvc.iter().flat_map(|decided| &decided.points);
    wire::Finding {
        advisory: finding.advisory.clone(),
        cves: finding.cves.clone(),
        status: finding.status.name().to_owned(),
        why: finding.why.clone(),
        question: finding.question.clone(),
        matched: finding.matched.as_ref().map(|matched| wire::Matched {
            product: matched.product.clone(),
            versions: matched.versions.clone(),
            probability: round(matched.probability, 2),
            document: matched.document.clone(),
            revision: matched.revision.clone(),
        }),
        known_exploited: finding.known_exploited.map(|_| true),
        epss: finding.epss.as_ref().map(|epss| epss.score),
        cvss: severity.map(|severity| f64::from(severity.tenths) / 10.0),
        ssvc: finding.ssvc.as_ref().map(|decided| decided.decision.to_owned()),
        title: finding.title.clone(),
        remedies: finding.remedies.iter().map(remedy).collect(),
        known_exploited_since: finding.known_exploited.map(|day| day.to_string()),
        epss_model: finding.epss.as_ref().and_then(|epss| epss.model.clone()),
        cvss_vector: severity.map(|severity| severity.vector.clone()),
        cvss_source: severity.map(|severity| severity.source.clone()),
        ssvc_points: points.map(point).collect(),
        remediation: Vec::new(),
    }
}

/// A recall of a device's product.
pub(super) fn recall(recall: &found::Recall) -> wire::Recall {
    wire::Recall {
        number: recall.number.clone(),
        class: recall.class.clone(),
        status: recall.verdict.name().to_owned(),
        why: recall.why.clone(),
        question: recall.question.clone(),
        firm: recall.firm.clone(),
        product: recall.product.clone(),
        codes: recall.codes.clone(),
        reason: recall.reason.clone(),
        action: recall.action.clone(),
        state: recall.state.clone(),
        open: recall.is_open,
        begun: recall.begun.map(|day| day.to_string()),
        source: recall.source.clone(),
    }
}

fn remedy(remedy: &found::Remedy) -> wire::Remedy {
    let (kind, text) = (remedy.kind.name().to_owned(), remedy.text.clone());
    wire::Remedy { kind, text, url: remedy.url.clone() }
}

fn point(point: &found::DecisionPoint) -> wire::DecisionPoint {
    let (name, value) = (point.name.to_owned(), point.value.to_owned());
    wire::DecisionPoint { name, value, why: point.why.clone() }
}

pub(super) fn exposure(exposure: &found::Exposure, inputs: &[String]) -> wire::Exposure {
    let internet = &exposure.internet;
    let place = |source: Source| wire::Place { input: input_name(source, inputs), packet: source.packet };
    let service = |service: &found::RiskyService| wire::RiskyService {
        name: service.name.clone(),
        port: service.port.clone(),
        sure: service.sure,
        why: service.why.clone(),
        seen: service.seen.map(place),
    };
    wire::Exposure {
        internet_asked: internet.asked,
        internet_inbound: internet.inbound,
        internet_attempts: internet.attempts,
        internet_bytes: internet.bytes,
        internet_needed: internet.needed,
        internet_needed_why: internet.needed_why.clone(),
        reachable_from: exposure.reachable_from,
        reachable_from_networks: exposure.reachable_from_networks,
        asked_by: exposure.asked_by,
        reaches: exposure.reaches,
        reachable_under_plan: exposure.reachable_under_plan,
        risky_services: exposure.risky_services.iter().map(service).collect(),
        patient_data_in_clear: exposure.patient_data_in_clear.clone(),
        patient_data_seen: exposure.patient_data_seen.map(place),
        default_accounts: exposure.default_accounts.clone(),
        remote_support: exposure.remote_support.clone(),
        can_be_disconnected: exposure.can_be_disconnected.clone(),
    }
}

pub(super) fn risk(risk: &found::Risk) -> wire::Risk {
    let factor = |factor: &found::Factor| wire::Factor {
        name: factor.name.clone(),
        share: round(factor.share, 1),
        why: factor.why.clone(),
        side: factor.side.name().to_owned(),
        value: round(factor.value, VALUE_PLACES),
        controlled: round(factor.controlled, VALUE_PLACES),
    };
    wire::Risk {
        score: round(risk.score(), 1),
        tier: risk.tier().name().to_owned(),
        inherent: round(risk.inherent, 1),
        residual: round(risk.residual, 1),
        factors: risk.factors.iter().map(factor).collect(),
        nist: nist(risk),
    }
}

fn nist(risk: &found::Risk) -> NistRisk {
    let words = cordon_assess::nist::in_words(risk);
    NistRisk {
        likelihood: words.likelihood.name().to_owned(),
        impact: words.impact.name().to_owned(),
        risk: words.risk.name().to_owned(),
        residual: words.residual.name().to_owned(),
    }
}

/// Something to do.
pub(crate) fn action(action: &found::Action) -> wire::Action {
    let lowered = |lowered: &found::Lowered| wire::Lowered {
        device: lowered.device.to_string(),
        factor: lowered.factor.clone(),
        left: round(lowered.left, VALUE_PLACES),
    };
    wire::Action {
        id: action.id.clone(),
        kind: action.kind.clone(),
        devices: action.devices.iter().map(ToString::to_string).collect(),
        removes_each: action.removes_each.iter().map(|points| round(*points, 1)).collect(),
        clears: action.clears.clone(),
        lowers: action.lowers.iter().map(lowered).collect(),
        why: action.why.clone(),
        removes: round(action.removes, 1),
        effort: action.effort.clone(),
        constraint: action.constraint.clone(),
    }
}

/// The most moved ranks that are told one by one.
const MOVES_MAX: usize = 100;

/// Weights that differ, and the ranks they move, from (device, score) by default and by own weights.
pub(crate) fn own_weights(
    defaults: &Weights,
    own: &Weights,
    usual: &[(String, f64)],
    scores: &[(String, f64)],
) -> OwnWeights {
    let both = defaults.named().into_iter().zip(own.named());
    let changed = both
        .filter(|((_, default), (_, own))| default != own)
        .map(|((name, default), (_, own))| ChangedWeight { name, default, own })
        .collect();
    let moves = cordon_assess::whatif::moves(usual, scores);
    let rank = |rank: Option<usize>| rank.unwrap_or_default() as u64;
    let told = moves.iter().take(MOVES_MAX).map(|one| RankMove {
        id: one.id.clone(),
        rank_default: rank(one.rank_before),
        rank_own: rank(one.rank_after),
        score_default: round(one.score_before.unwrap_or_default(), 1),
        score_own: round(one.score_after.unwrap_or_default(), 1),
    });
    OwnWeights { changed, moves: told.collect(), moved: moves.len() as u64 }
}
