//! Support status and patchability, from claims and lifecycles only.

use crate::Context;
use crate::impact::as_kind;
use crate::mds2;
use cordon_model::Category;
use cordon_model::assess::{FindingStatus, Patch, PatchWhyNot, Recall, Support, SupportStatus};
use cordon_model::identify::{Attribute, Claim, Device};

/// Who publishes the ends of support of the feed, as sources begin.
const PUBLISHER: &str = "endoflife.date/";

const MICROS_PER_DAY: i64 = 86_400_000_000;

/// A device's support status, with the words behind it.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// For the assessment.
    pub support: Support,
    /// What runs, as a person says it: `Windows 7`.
    pub named: Option<String>,
    /// Why a known system's status stays unknown, or a remark on the date.
    pub note: Option<String>,
}

pub(crate) fn of(device: &Device, context: &Context<'_>) -> Judgement {
    let mut judgement = of_system(device, context);
    if let Some(notice) = context.beside.notices.about(device) {
        let support = &mut judgement.support;
        support.device = notice.status(context.now).unwrap_or_default();
        // A notice names the first instant after the last day with support; people read the last day.
        let end = notice.support_until.or(notice.full_until).or(notice.paid_until);
        support.device_until = end.map(|end| end.plus_micros(-MICROS_PER_DAY));
        support.device_source =
            Some(format!("{}, recorded by {} on {}: {}", notice.source, notice.who, notice.when, notice.why));
    }
    judgement.support.hints.extend(distribution(device));
    judgement
}

/// What FDA's register says of sales: who is sold no more may still be looked after.
fn distribution(device: &Device) -> Option<String> {
    let said = device.value(Attribute::Distribution)?;
    said.to_lowercase().starts_with("not in").then(|| {
        format!(
            "FDA's register (GUDID) says \"{said}\": it is sold no more, which often comes before the end of support; \
             ask the maker"
        )
    })
}

fn of_system(device: &Device, context: &Context<'_>) -> Judgement {
    let Some(os) = device.value(Attribute::Os) else {
        return Judgement { support: Support::default(), named: None, note: None };
    };
    let version = device.value(Attribute::OsVersion);
    let found = context.knowledge.lifecycle.lookup(os, version, context.now);
    let named = match version {
        Some(version) if !version.starts_with(os) => format!("{os} {version}"),
        Some(version) => version.to_string(),
        None => os.to_string(),
    };
    // The feed speaks where the knowledge is silent, and where it is of the same publisher and may be newer. Editions
    // are told apart by the knowledge alone.
    let is_silent = found.status == SupportStatus::Unknown && found.note.is_none();
    let is_same =
        found.label.is_some() && found.source.as_deref().is_some_and(|one| one.starts_with(PUBLISHER));
    if (is_silent || is_same)
        && let Some(newer) = context.beside.lifecycles.lookup(os, version, context.now)
    {
        let support = Support {
            os: newer.status,
            until: newer.until,
            source: Some(newer.source),
            ..Support::default()
        };
        return Judgement { support, named: Some(named), note: found.note };
    }
    let found_source = found.source.as_deref().map(each_once);
    let source = match (&found_source, &found.note) {
        (Some(source), Some(note)) if found.status == SupportStatus::Unknown => {
            Some(format!("{source}: {note}"))
        }
        (source, _) => source.clone(),
    };
    Judgement {
        support: Support { os: found.status, until: found.until, source, ..Support::default() },
        named: Some(named),
        note: found.note,
    }
}

/// What open recalls say of support: a maker that removes a product looks after it no more for long.
pub(crate) fn recalled(recalls: &[Recall]) -> Vec<String> {
    let open = recalls.iter().filter(|recall| recall.is_open && recall.verdict != FindingStatus::NotAffected);
    let removed = open.filter(|recall| {
        let action = recall.action.as_deref().unwrap_or_default().to_lowercase();
        ["discontinu", "remove", "cease", "stop us"].iter().any(|word| action.contains(word))
    });
    let said = removed.map(|recall| {
        format!(
            "recall {} of {}, by which {} may take it out of use ({})",
            recall.number,
            recall.begun.map_or_else(
                || "an unknown day".to_owned(),
                |day| day.to_string().chars().take(10).collect()
            ),
            recall.firm,
            recall.source
        )
    });
    said.collect()
}

/// Sources as a list of `;` between them, each named once, in the order first named.
fn each_once(sources: &str) -> String {
    let mut once: Vec<&str> = Vec::new();
    for source in sources.split(';').map(str::trim).filter(|source| !source.is_empty()) {
        if !once.contains(&source) {
            once.push(source);
        }
    }
    once.join("; ")
}

/// Whose word it is, for a sentence: the first source without its page (`endoflife.date/windows`).
pub(crate) fn publisher(sources: &str) -> &str {
    sources.split([';', '/', ':']).next().unwrap_or_default().trim()
}

/// What people said about patching, else the maker's form, and that the maker ended support; nobody's silence becomes an answer, and what is
/// usual for a kind stands apart from it.
pub(crate) fn patch(device: &Device, support: &Support, context: &Context<'_>) -> Patch {
    let mut patch = said(device);
    if patch == Patch::default() {
        let form = mds2::about(&context.beside.forms, device);
        patch = form.map(mds2::Form::patch).unwrap_or_default();
    }
    if patch.possible.is_none() && support.device == SupportStatus::Ended {
        patch.possible = Some(false);
        patch.why_not = Some(PatchWhyNot::VendorEnded);
        patch.source = support.device_source.clone();
    }
    if patch == Patch::default() && device.category().is_clinical() {
        patch.hint = Some(format!(
            "nobody said; {} is usually updated by its maker's service or with the maker's approval (FDA, Postmarket \
             Management of Cybersecurity in Medical Devices, 2016; IEC 80001-1)",
            as_one(device.category())
        ));
    }
    patch
}

fn said(device: &Device) -> Patch {
    let claim = |attribute| device.claim(attribute).filter(|_| device.value(attribute).is_some());
    let possible = claim(Attribute::PatchPossible).and_then(|claim| match claim.value.as_str() {
        "yes" => Some((claim, true)),
        "no" => Some((claim, false)),
        _ => None,
    });
    let why_not = claim(Attribute::PatchWhyNot)
        .and_then(|claim| PatchWhyNot::from_name(&claim.value).map(|reason| (claim, reason)));
    let responsible = claim(Attribute::PatchResponsible);
    let first = possible.map(|(claim, _)| claim).or(why_not.map(|(claim, _)| claim)).or(responsible);
    Patch {
        possible: possible.map(|(_, possible)| possible),
        why_not: why_not.map(|(_, reason)| reason),
        responsible: responsible.map(|claim| claim.value.clone()),
        source: first.and_then(source),
        hint: None,
    }
}

/// `an infusion pump`.
fn as_one(category: Category) -> String {
    as_kind(category).trim_start_matches("as ").to_owned()
}

fn source(claim: &Claim) -> Option<String> {
    claim.evidence.first().map(|evidence| evidence.protocol.name().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_is_named_once_and_shortened_in_a_sentence() {
        let sources = each_once("a.example/windows; a.example/windows; b.example/lifecycle;");
        assert_eq!(sources, "a.example/windows; b.example/lifecycle");
        assert_eq!(publisher(&sources), "a.example");
        assert_eq!(publisher(""), "");
    }
}
