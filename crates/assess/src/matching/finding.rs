//! A judgement in words: what the advisory names, what it rests on, what to ask and what to do.

use super::device::Texts;
use super::judge::{Facts, Judgement, Reason, identity_question};
use crate::advisory::{Advisory, Product, ProductStatus, RemediationCategory};
use crate::version::Version;
use cordon_model::assess::{Finding, Matched, Remedy, RemedyKind};
use std::collections::BTreeSet;

/// The finding that `judgement` is for devices of `texts` and `facts`.
pub(super) fn finding(advisory: &Advisory, judgement: &Judgement, texts: &Texts, facts: &Facts) -> Finding {
    let product = advisory.products.get(judgement.entry as usize);
    let vulnerabilities = judgement.vulnerabilities.iter();
    let concerned: Vec<_> =
        vulnerabilities.filter_map(|at| advisory.vulnerabilities.get(*at as usize)).collect();
    let mut seen = BTreeSet::new();
    let cves =
        concerned.iter().filter_map(|one| one.cve.clone()).filter(|cve| seen.insert(cve.clone())).collect();
    let scores = concerned.iter().flat_map(|one| &one.scores);
    let for_it =
        scores.filter(|score| score.products.is_empty() || score.products.contains(&judgement.entry));
    let mut vectors: Vec<String> = Vec::new();
    for score in for_it {
        if !score.vector.is_empty() && !vectors.contains(&score.vector) {
            vectors.push(score.vector.clone());
        }
    }
    let question =
        judgement.question.clone().or_else(|| product.and_then(|product| question(product, judgement)));
    Finding {
        advisory: advisory.id.clone(),
        title: Some(advisory.title.clone()).filter(|title| !title.is_empty()),
        cves,
        status: judgement.status,
        why: product.map(|product| why(product, judgement, texts, facts)).unwrap_or_default(),
        question,
        matched: product.map(|product| Matched {
            product: product.full_name.clone(),
            versions: product.version.clone(),
            probability: judgement.likeness.probability,
            document: advisory.source.clone(),
            revision: advisory.revision.to_string(),
        }),
        remedies: remedies(advisory, judgement),
        vectors,
        ..Finding::default()
    }
}

/// The question an undetermined judgement without one of its own asks.
fn question(product: &Product, judgement: &Judgement) -> Option<String> {
    match judgement.reason {
        Reason::Identity => Some(identity_question(product, judgement.likeness.why)),
        Reason::NotListed => Some(format!(
            "Is this version affected? The advisory lists only “{}”, and does not say what lies beside those.",
            product.version
        )),
        _ => None,
    }
}

fn why(product: &Product, judgement: &Judgement, texts: &Texts, facts: &Facts) -> String {
    let runs = versions(facts);
    let named = named(texts);
    let entry = entry(product);
    match &judgement.reason {
        Reason::Stated(ProductStatus::NotAffected, justification) => {
            let because = justification.map(|reason| format!(": {}", reason.name())).unwrap_or_default();
            format!("The advisory states that {entry} is not affected{because}; this is {named}{runs}.")
        }
        Reason::Stated(ProductStatus::Fixed | ProductStatus::FirstFixed, _) => {
            format!("The advisory lists {entry} as fixed; this is {named}{runs}.")
        }
        Reason::Stated(..) => format!("The advisory lists {entry} as affected; this is {named}{runs}."),
        Reason::Later => {
            format!("The advisory lists {entry} as affected; this is {named}{runs}, which is later.")
        }
        Reason::Remedied => {
            format!(
                "The advisory lists {entry} as affected; this is {named}{runs}, which its remedy names as fixed."
            )
        }
        Reason::Outside => {
            format!(
                "The advisory lists {entry} as affected; this is {named}{runs}, which is not among these."
            )
        }
        Reason::Missing => {
            format!("The advisory lists {entry}; this is {named}{runs}, which does not decide it.")
        }
        Reason::Identity => {
            format!(
                "The advisory lists {entry}; this is {named}{runs}, which may or may not be that product."
            )
        }
        Reason::NotListed => {
            format!("The advisory lists {entry} as affected; this is {named}{runs}, which it does not name.")
        }
        Reason::Contradiction => {
            format!("The advisory lists {entry} as affected and as not; this is {named}{runs}.")
        }
        Reason::Open(_) => format!("The publisher has not decided on {entry}; this is {named}{runs}."),
    }
}

/// The entry as the document writes it.
fn entry(product: &Product) -> String {
    let name = if product.name.is_empty() { &product.full_name } else { &product.name };
    let version = product.version.trim();
    let vendor = product.vendor.trim();
    let vendor =
        if vendor.is_empty() || name.contains(vendor) { String::new() } else { format!("{vendor} ") };
    match version {
        "" => format!("“{vendor}{name}”"),
        "vers:all/*" | "*" => format!("“{vendor}{name}”, in all versions"),
        version => format!("“{vendor}{name}” version “{version}”"),
    }
}

/// What the device's claims call it.
fn named(texts: &Texts) -> String {
    let model = texts.models.first().map(String::as_str).unwrap_or_default();
    match (texts.manufacturer.as_str(), model) {
        ("", "") => "a device whose model is not known".to_owned(),
        ("", model) => format!("“{model}”"),
        (maker, "") => format!("a device of {maker}"),
        (maker, model) => format!("“{model}” of {maker}"),
    }
}

fn versions(facts: &Facts) -> String {
    let texts: Vec<&str> = facts.versions.iter().map(Version::text).collect();
    match texts.as_slice() {
        [] => " with no version known".to_owned(),
        texts => format!(" running {}", texts.join(" or ")),
    }
}

/// What the advisory advises for the product that decided, in the document's order.
fn remedies(advisory: &Advisory, judgement: &Judgement) -> Vec<Remedy> {
    let mut remedies: Vec<Remedy> = Vec::new();
    for remediation in &advisory.remediations {
        let for_it = remediation.products.is_empty() || remediation.products.contains(&judgement.entry);
        if !for_it || !judgement.vulnerabilities.contains(&remediation.vulnerability) {
            continue;
        }
        let remedy = Remedy {
            kind: kind(remediation.category),
            text: remediation.text.clone(),
            url: remediation.url.clone(),
        };
        if !remedies.contains(&remedy) {
            remedies.push(remedy);
        }
    }
    remedies
}

/// A fix that is only promised is none yet.
fn kind(category: RemediationCategory) -> RemedyKind {
    match category {
        RemediationCategory::VendorFix | RemediationCategory::OptionalPatch => RemedyKind::VendorFix,
        RemediationCategory::Workaround => RemedyKind::Workaround,
        RemediationCategory::Mitigation | RemediationCategory::Other => RemedyKind::Mitigation,
        RemediationCategory::FixPlanned | RemediationCategory::NoneAvailable => RemedyKind::NoneAvailable,
        RemediationCategory::NoFixPlanned => RemedyKind::NoFixPlanned,
    }
}
