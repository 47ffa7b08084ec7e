//! Vulnerabilities: status of products, justifications, scores, exploitation, remediations.

use super::STATEMENTS_MAX;
use super::tree::Tree;
use super::wire::{Cvss, ProductStatus as Statuses, Score as WireScore, Vulnerability as Wire};
use crate::advisory::lenient::{List, Object, Text};
use crate::advisory::notes::{Notes, Path, rejected, time};
use crate::advisory::{
    Advisory, Justification, ProductStatus, Rejected, Remediation, RemediationCategory, Score, Statement,
    Vulnerability,
};
use std::collections::BTreeMap;

pub(super) fn read(
    list: &List<Object<Wire<'_>>>,
    tree: &Tree<'_>,
    advisory: &mut Advisory,
    root: &Path<'_>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    let path = root.field("vulnerabilities");
    notes.wrong(list.wrong, &path);
    let mut references = 0usize;
    for (at, entry) in list.items.iter().enumerate() {
        let path = path.item(at);
        let Some(entry) = entry.get() else {
            notes.wrong(true, &path);
            continue;
        };
        let index = u32::try_from(advisory.vulnerabilities.len()).unwrap_or(u32::MAX);
        let justified = flags(entry, tree, &path, notes);
        if let Some(statuses) = entry.product_status.get() {
            let path = path.field("product_status");
            statements(statuses, index, tree, &justified, advisory, &path, notes);
        }
        let scores = scores(entry, tree, &path, notes);
        remediations(entry, index, tree, advisory, &path, notes);
        references += scores.iter().map(|score| score.products.len()).sum::<usize>();
        let remedies: usize = advisory
            .remediations
            .iter()
            .rev()
            .map_while(|one| (one.vulnerability == index).then_some(one.products.len()))
            .sum();
        references += remedies;
        if advisory.statements.len() > STATEMENTS_MAX || references > STATEMENTS_MAX {
            return Err(rejected(&path.pointer(), format!("more than {STATEMENTS_MAX} statements")));
        }
        advisory.vulnerabilities.push(vulnerability(entry, scores, &path, notes));
    }
    advisory.statements.sort_unstable();
    advisory.statements.dedup();
    contradictions(advisory, &path, notes);
    Ok(())
}

fn vulnerability(entry: &Wire<'_>, scores: Vec<Score>, path: &Path<'_>, notes: &mut Notes) -> Vulnerability {
    let cve = entry.cve.get().trim();
    let cwes = entry.cwe.get().into_iter().chain(entry.cwes.items.iter().filter_map(|cwe| cwe.get()));
    let exploited = entry.first_known_exploitation_dates.items.iter().enumerate().filter_map(|(at, date)| {
        let list = path.field("first_known_exploitation_dates");
        let item = list.item(at);
        time(&date.get()?.exploitation_date, &item.field("exploitation_date"), notes)
    });
    let first_exploited = exploited.min();
    Vulnerability {
        cve: (!cve.is_empty()).then(|| cve.to_owned()),
        ids: texts(entry.ids.items.iter().filter_map(|id| id.get()).map(|id| &id.text)),
        title: entry.title.get().to_owned(),
        cwes: texts(cwes.map(|cwe| &cwe.id)),
        scores,
        first_exploited,
        exploitation: texts(
            entry
                .threats
                .items
                .iter()
                .filter_map(|threat| threat.get())
                .filter(|threat| threat.category.get() == "exploit_status")
                .map(|threat| &threat.details),
        ),
    }
}

fn texts<'a>(texts: impl Iterator<Item = &'a Text<'a>>) -> Vec<String> {
    texts.map(|text| text.get().trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

/// Why products are not affected.
fn flags(
    entry: &Wire<'_>,
    tree: &Tree<'_>,
    path: &Path<'_>,
    notes: &mut Notes,
) -> BTreeMap<u32, Justification> {
    let mut out = BTreeMap::new();
    let path = path.field("flags");
    for (at, flag) in entry.flags.items.iter().enumerate() {
        let path = path.item(at);
        let Some(flag) = flag.get() else { continue };
        let Some(justification) = Justification::from_name(flag.label.get()) else {
            notes
                .add(&path.field("label"), format!("unknown justification “{}”; left out", flag.label.get()));
            continue;
        };
        for product in tree.all(&flag.product_ids, &flag.group_ids, &path, notes) {
            out.insert(product, justification);
        }
    }
    out
}

fn statements(
    statuses: &Statuses<'_>,
    vulnerability: u32,
    tree: &Tree<'_>,
    justified: &BTreeMap<u32, Justification>,
    advisory: &mut Advisory,
    path: &Path<'_>,
    notes: &mut Notes,
) {
    for (key, ids, status) in [
        ("known_affected", &statuses.known_affected, ProductStatus::Affected),
        ("first_affected", &statuses.first_affected, ProductStatus::FirstAffected),
        ("last_affected", &statuses.last_affected, ProductStatus::LastAffected),
        ("fixed", &statuses.fixed, ProductStatus::Fixed),
        ("first_fixed", &statuses.first_fixed, ProductStatus::FirstFixed),
        ("known_not_affected", &statuses.known_not_affected, ProductStatus::NotAffected),
        ("recommended", &statuses.recommended, ProductStatus::Recommended),
        ("under_investigation", &statuses.under_investigation, ProductStatus::UnderInvestigation),
        ("unknown", &statuses.unknown, ProductStatus::Unknown),
    ] {
        for product in tree.listed(ids, &path.field(key), notes) {
            let good_news = matches!(
                status,
                ProductStatus::NotAffected | ProductStatus::Fixed | ProductStatus::FirstFixed
            );
            if good_news && tree.ambiguous(product) {
                notes.add(
                    &path.field(key),
                    "several products share the id; not taken as good news".to_owned(),
                );
                continue;
            }
            let justification =
                justified.get(&product).copied().filter(|_| status == ProductStatus::NotAffected);
            advisory.statements.push(Statement { vulnerability, product, status, justification });
        }
    }
}

/// A product both affected and not: both are kept, and whoever decides must ask.
fn contradictions(advisory: &Advisory, path: &Path<'_>, notes: &mut Notes) {
    let side = |status: ProductStatus| match status {
        ProductStatus::Affected | ProductStatus::FirstAffected | ProductStatus::LastAffected => Some(true),
        ProductStatus::NotAffected | ProductStatus::Fixed | ProductStatus::FirstFixed => Some(false),
        _ => None,
    };
    for pair in advisory.statements.windows(2) {
        let [first, second] = pair else { continue };
        let same = (first.vulnerability, first.product) == (second.vulnerability, second.product);
        if let (true, Some(a), Some(b)) = (same, side(first.status), side(second.status))
            && a != b
        {
            let at = usize::try_from(first.vulnerability).unwrap_or_default();
            notes.add(
                &path.item(at).field("product_status"),
                "a product is both affected and not affected".to_owned(),
            );
        }
    }
}

fn scores(entry: &Wire<'_>, tree: &Tree<'_>, path: &Path<'_>, notes: &mut Notes) -> Vec<Score> {
    let mut out = Vec::new();
    let list = path.field("scores");
    for (at, score) in entry.scores.items.iter().enumerate() {
        if let Some(score) = score.get() {
            vectors(score, &tree.listed(&score.products, &list.item(at).field("products"), notes), &mut out);
        }
    }
    let list = path.field("metrics");
    for (at, metric) in entry.metrics.items.iter().enumerate() {
        if let Some(metric) = metric.get()
            && let Some(content) = metric.content.get()
        {
            vectors(
                content,
                &tree.listed(&metric.products, &list.item(at).field("products"), notes),
                &mut out,
            );
        }
    }
    out
}

fn vectors(score: &WireScore<'_>, products: &[u32], out: &mut Vec<Score>) {
    for (cvss, version) in [(&score.cvss_v2, "2.0"), (&score.cvss_v3, "3.1"), (&score.cvss_v4, "4.0")] {
        if let Some(cvss) = cvss.get()
            && !cvss.vector.get().is_empty()
        {
            out.push(self::score(cvss, version, products));
        }
    }
}

fn score(cvss: &Cvss<'_>, version: &str, products: &[u32]) -> Score {
    let stated = cvss.version.get();
    Score {
        version: if stated.is_empty() { version } else { stated }.to_owned(),
        vector: cvss.vector.get().trim().to_owned(),
        base: cvss.base.0.filter(|base| (0.0..=10.0).contains(base)),
        products: products.to_vec(),
    }
}

fn remediations(
    entry: &Wire<'_>,
    index: u32,
    tree: &Tree<'_>,
    advisory: &mut Advisory,
    path: &Path<'_>,
    notes: &mut Notes,
) {
    let path = path.field("remediations");
    notes.wrong(entry.remediations.wrong, &path);
    for (at, remedy) in entry.remediations.items.iter().enumerate() {
        let path = path.item(at);
        let Some(remedy) = remedy.get() else {
            notes.wrong(true, &path);
            continue;
        };
        let url = remedy.url.get().trim();
        let stated = !(remedy.product_ids.items.is_empty() && remedy.group_ids.items.is_empty());
        let products = tree.all(&remedy.product_ids, &remedy.group_ids, &path, notes);
        if stated && products.is_empty() {
            notes.add(&path, "is for no product of the document; left out".to_owned());
            continue;
        }
        advisory.remediations.push(Remediation {
            category: RemediationCategory::from_name(remedy.category.get()),
            text: remedy.details.get().trim().to_owned(),
            url: (!url.is_empty()).then(|| url.to_owned()),
            since: time(&remedy.date, &path.field("date"), notes),
            vulnerability: index,
            products,
        });
    }
}
