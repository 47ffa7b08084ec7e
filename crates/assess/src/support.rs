//! Support status and patchability, from claims and lifecycles only.

use crate::Context;
use cordon_model::assess::{Patch, PatchWhyNot, Support, SupportStatus};
use cordon_model::identify::{Attribute, Claim, Device};

/// A device's support status, with the words behind it.
pub(crate) struct OsJudgement {
    /// For the assessment.
    pub support: Support,
    /// What runs, as a person says it: `Windows 7`.
    pub named: Option<String>,
    /// Why a known system's status stays unknown, or a remark on the date.
    pub note: Option<String>,
}

pub(crate) fn of(device: &Device, context: &Context<'_>) -> OsJudgement {
    let Some(os) = device.value(Attribute::Os) else {
        return OsJudgement { support: Support::default(), named: None, note: None };
    };
    let version = device.value(Attribute::OsVersion);
    let found = context.knowledge.lifecycle.lookup(os, version, context.now);
    let named = match version {
        Some(version) if !version.starts_with(os) => format!("{os} {version}"),
        Some(version) => version.to_string(),
        None => os.to_string(),
    };
    let found_source = found.source.as_deref().map(each_once);
    let source = match (&found_source, &found.note) {
        (Some(source), Some(note)) if found.status == SupportStatus::Unknown => {
            Some(format!("{source}: {note}"))
        }
        (source, _) => source.clone(),
    };
    OsJudgement {
        support: Support { os: found.status, device: SupportStatus::Unknown, until: found.until, source },
        named: Some(named),
        note: found.note,
    }
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

/// What people said about patching; nobody's silence becomes an answer.
pub(crate) fn patch(device: &Device) -> Patch {
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
    }
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
