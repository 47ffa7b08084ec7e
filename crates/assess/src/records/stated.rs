//! Advisories and VEX that name products by CPE or package URL (CSAF `product_identification_helper`, OpenVEX) against
//! systems and components: what they state goes before what records say.

use super::Hit;
use super::outcome::{Outcome, Target, of_condition, of_product, together};
use crate::advisory::{Advisory, Justification, Product, ProductStatus};
use crate::cpe::Name;
use crate::purl::Purl;
use cordon_model::assess::FindingStatus;
use std::collections::BTreeMap;

/// True when it names any product by CPE or package URL.
pub fn names_products(advisory: &Advisory) -> bool {
    advisory
        .products
        .iter()
        .any(|product| !product.helpers.cpes.is_empty() || !product.helpers.purls.is_empty())
}

/// What something is named by.
#[derive(Clone)]
pub(super) struct Named {
    /// By CPE: each release that may be meant, with its names.
    pub releases: Vec<Vec<Target>>,
    /// By package URL, with its version.
    pub packages: Vec<(Purl, Target)>,
}

/// What `advisory` states of it, a hit for each vulnerability.
pub(super) fn of_advisory(advisory: &Advisory, named: &Named) -> Vec<Hit> {
    // That a whole release is not hit holds whatever is installed on it; that it is hit does not.
    let clear = named.as_it_is();
    let mut by_vulnerability: BTreeMap<u32, Vec<Said>> = BTreeMap::new();
    for statement in &advisory.statements {
        let Some(product) = advisory.products.get(statement.product as usize) else { continue };
        let is_clear = statement.status == ProductStatus::NotAffected;
        let outcome = of_named(product, if is_clear { &clear } else { named });
        if outcome != Outcome::Other {
            let said = Said { status: statement.status, justification: statement.justification, outcome };
            by_vulnerability.entry(statement.vulnerability).or_default().push(said);
        }
    }
    let hits = by_vulnerability.iter().filter_map(|(at, said)| {
        let vulnerability = advisory.vulnerabilities.get(*at as usize)?;
        let (status, question, justification) = verdict(said)?;
        Some(Hit {
            record: advisory.id.clone(),
            source: advisory.publisher.clone(),
            cves: vulnerability.cve.iter().cloned().collect(),
            status,
            question,
            fixed: None,
            vectors: vulnerability.scores.iter().map(|score| score.vector.clone()).collect(),
            justification,
        })
    });
    hits.collect()
}

impl Named {
    /// The same, where updates do not matter.
    fn as_it_is(&self) -> Named {
        let mut named = self.clone();
        let packages = named.packages.iter_mut().map(|(_, target)| target);
        for target in named.releases.iter_mut().flatten().chain(packages) {
            target.patched_in_place = false;
        }
        named
    }
}

/// One statement about it.
struct Said {
    status: ProductStatus,
    justification: Option<Justification>,
    outcome: Outcome,
}

fn of_named(product: &Product, named: &Named) -> Outcome {
    let sources: Vec<Name> = product.helpers.cpes.iter().filter_map(|cpe| Name::parse(cpe)).collect();
    let of_release = |targets: &Vec<Target>| {
        let all = targets.iter().flat_map(|target| sources.iter().map(move |source| (source, target)));
        together(&all.map(|(source, target)| of_product(product, source, target)).collect::<Vec<_>>())
    };
    let releases: Vec<Outcome> = named.releases.iter().map(of_release).collect();
    let is_one = releases.iter().all(|outcome| Some(outcome) == releases.first());
    let gravest = releases.into_iter().max().unwrap_or(Outcome::Other);
    // Releases that may be meant, and of which some are named: which it is would tell.
    let of_cpe = match gravest {
        Outcome::Inside if !is_one => {
            let ask = named
                .releases
                .iter()
                .flat_map(|targets| targets.iter())
                .map(|target| target.ask.clone())
                .next();
            Outcome::Unknown(ask.unwrap_or_default())
        }
        other => other,
    };
    let stated: Vec<Purl> = product.helpers.purls.iter().filter_map(|purl| Purl::parse(purl)).collect();
    let of_purl = named
        .packages
        .iter()
        .flat_map(|(own, target)| stated.iter().map(move |stated| of_package(product, stated, own, target)));
    of_purl.max().unwrap_or(Outcome::Other).max(of_cpe)
}

fn of_package(product: &Product, stated: &Purl, own: &Purl, target: &Target) -> Outcome {
    let is_same = stated.kind == own.kind
        && stated.namespace.eq_ignore_ascii_case(&own.namespace)
        && stated.name.eq_ignore_ascii_case(&own.name)
        // A qualifier that both state and that differs is another package.
        && stated.qualifiers.iter().all(|(key, value)| own.qualifiers.get(key).is_none_or(|own| own == value));
    if !is_same {
        return Outcome::Other;
    }
    let version = own.version.as_deref().or(target.version.as_ref().map(crate::version::Version::text));
    match (&stated.version, version) {
        (Some(stated), Some(own)) if stated == own => Outcome::Inside,
        (Some(_), Some(_)) => Outcome::Other,
        (Some(_), None) => Outcome::Unknown(target.ask.clone()),
        (None, _) => of_condition(&product.condition, target),
    }
}

type Verdict = (FindingStatus, Option<String>, Option<String>);

/// What the statements of one vulnerability come to; what contradicts itself is asked.
fn verdict(said: &[Said]) -> Option<Verdict> {
    use ProductStatus as S;
    let holding =
        |wanted: &[S]| said.iter().find(|one| wanted.contains(&one.status) && one.outcome == Outcome::Inside);
    let affected = holding(&[S::Affected, S::FirstAffected, S::LastAffected]);
    let mended = holding(&[S::Fixed, S::FirstFixed, S::NotAffected]);
    match (affected, mended) {
        (Some(_), None) => return Some((FindingStatus::Affected, None, None)),
        (None, Some(one)) if one.status == S::NotAffected => {
            let reason = one.justification.map(|reason| reason.name().replace('_', " "));
            return Some((FindingStatus::NotAffected, None, Some(reason.unwrap_or_default())));
        }
        (None, Some(_)) => return Some((FindingStatus::Fixed, None, None)),
        (Some(_), Some(_)) => {
            let question = "Which of the two does the publisher mean: it is listed as affected and as not?";
            return Some((FindingStatus::Undetermined, Some(question.to_owned()), None));
        }
        (None, None) => {}
    }
    if holding(&[S::UnderInvestigation, S::Unknown]).is_some() {
        let question = "What did the publisher find? It was still looking into this product.";
        return Some((FindingStatus::Undetermined, Some(question.to_owned()), None));
    }
    said.iter().find_map(|one| match &one.outcome {
        Outcome::Unknown(question) if one.status != S::Recommended => {
            Some((FindingStatus::Undetermined, Some(question.clone()), None))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::advisory;
    use crate::records::component::Records;
    use crate::records::platform::{Platform, Stated};
    use crate::sbom::Component;
    use cordon_knowledge::Knowledge;
    use cordon_model::Timestamp;

    /// A CSAF document that names one product by a helper and says of it what `status` says.
    fn document(helper: &str, status: &str) -> Advisory {
        let text = format!(
            r#"{{"document":{{"category":"csaf_vex","csaf_version":"2.0","title":"x",
            "publisher":{{"category":"vendor","name":"Maker","namespace":"https://maker.example"}},
            "tracking":{{"id":"V-1","status":"final","version":"1","initial_release_date":"2024-01-01T00:00:00Z",
            "current_release_date":"2024-01-01T00:00:00Z",
            "revision_history":[{{"number":"1","date":"2024-01-01T00:00:00Z","summary":"x"}}]}}}},
            "product_tree":{{"full_product_names":[{{"product_id":"P","name":"thing","product_identification_helper":{helper}}}]}},
            "vulnerabilities":[{{"cve":"CVE-2024-0001","product_status":{{"{status}":["P"]}},
            "flags":[{{"label":"component_not_present","product_ids":["P"]}}]}}]}}"#
        );
        advisory::read(text.as_bytes(), "v.json", Timestamp::from_seconds(1_750_000_000)).unwrap().advisory
    }

    #[test]
    fn a_vex_document_speaks_of_a_system_by_its_cpe() {
        let knowledge = Knowledge::builtin().unwrap();
        let of = |version: &str, helper: &str, status: &str| {
            let stated = Stated { system: "Windows".to_owned(), version: Some(version.to_owned()) };
            let hits = Platform::new(&stated, &knowledge).unwrap().stated_by(&document(helper, status));
            hits.first().map(|hit| (hit.status, hit.justification.clone()))
        };
        let release = r#"{"cpe":"cpe:2.3:o:microsoft:windows_10_1809:*:*:*:*:*:*:*:*"}"#;
        let absent = Some("component not present".to_owned());
        let clear = Some((FindingStatus::NotAffected, absent));
        assert_eq!(of("10 10.0.17763.1", release, "known_not_affected"), clear);
        assert_eq!(of("10 22H2", release, "known_not_affected"), None);
        // Which of its releases it is, is not known: no clear.
        let open = of("10", release, "known_not_affected").map(|(status, _)| status);
        assert_eq!(open, Some(FindingStatus::Undetermined));
    }

    #[test]
    fn a_vex_document_speaks_of_a_component_by_its_package_url() {
        let knowledge = Knowledge::builtin().unwrap();
        let component = |version: &str| Component {
            name: "x".to_owned(),
            version: version.to_owned(),
            purls: vec![format!("pkg:npm/x@{version}")],
            ..Component::default()
        };
        let of = |version: &str, purl: &str, status: &str| {
            let helper = format!(r#"{{"purl":"{purl}"}}"#);
            let documents = [document(&helper, status)];
            let hits = Records::default().stated_by(&component(version), &knowledge, &documents);
            hits.first().map(|hit| hit.status)
        };
        assert_eq!(of("1.0.0", "pkg:npm/x@1.0.0", "known_not_affected"), Some(FindingStatus::NotAffected));
        assert_eq!(of("1.0.0", "pkg:npm/x@1.0.0", "known_affected"), Some(FindingStatus::Affected));
        assert_eq!(of("1.0.1", "pkg:npm/x@1.0.0", "known_not_affected"), None);
        assert_eq!(of("1.0.0", "pkg:npm/y@1.0.0", "known_affected"), None);
        assert_eq!(of("1.0.0", "pkg:npm/x@1.0.0", "under_investigation"), Some(FindingStatus::Undetermined));
    }
}
