//! VEX in CycloneDX 1.4 to 1.7: components, vulnerabilities and their analysis to an [`Advisory`].
//!
//! States and justifications are mapped to those of CSAF. A justification that CSAF does not know, such as
//! `requires_configuration`, is left out: the statement stands, its reason is in the remediation text.

use super::lenient::{List, Number, Object, Text};
use super::notes::{Notes, Path, parsed, rejected, text, time};
use super::{
    Advisory, DocumentStatus, Helpers, Justification, Product, ProductStatus, Reading, Rejected, Remediation,
    RemediationCategory, Revision, Score, Statement, Vulnerability, prose,
};
use crate::version::Condition;
use cordon_model::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// How deep components may lie in one another.
const DEPTH_MAX: usize = 30;

/// The most products and the most statements of one document.
const STATEMENTS_MAX: usize = 1_000_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Bom<'a> {
    #[serde(rename = "bomFormat")]
    format: Text<'a>,
    #[serde(rename = "serialNumber")]
    serial: Text<'a>,
    version: Text<'a>,
    metadata: Object<Metadata<'a>>,
    components: List<Object<Component<'a>>>,
    vulnerabilities: List<Object<Vulnerable<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Metadata<'a> {
    timestamp: Text<'a>,
    component: Object<Component<'a>>,
    supplier: Object<Named<'a>>,
    manufacturer: Object<Named<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Named<'a> {
    name: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Component<'a> {
    #[serde(rename = "bom-ref")]
    reference: Text<'a>,
    name: Text<'a>,
    version: Text<'a>,
    supplier: Object<Named<'a>>,
    manufacturer: Object<Named<'a>>,
    publisher: Text<'a>,
    cpe: Text<'a>,
    purl: Text<'a>,
    components: List<Object<Component<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Vulnerable<'a> {
    id: Text<'a>,
    description: Text<'a>,
    recommendation: Text<'a>,
    workaround: Text<'a>,
    cwes: List<Text<'a>>,
    ratings: List<Object<Rating<'a>>>,
    analysis: Object<Analysis<'a>>,
    affects: List<Object<Affected<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Rating<'a> {
    score: Number,
    method: Text<'a>,
    vector: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Analysis<'a> {
    state: Text<'a>,
    justification: Text<'a>,
    detail: Text<'a>,
    response: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Affected<'a> {
    #[serde(rename = "ref")]
    reference: Text<'a>,
    versions: List<Object<AffectedVersion<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct AffectedVersion<'a> {
    version: Text<'a>,
    range: Text<'a>,
    status: Text<'a>,
}

/// Reads a document; `source` is the file's name, `now` the time of reading.
pub fn read(bytes: &[u8], source: &str, now: Timestamp) -> Result<Reading, Rejected> {
    let mut notes = Notes::default();
    let text = text(bytes, &mut notes)?;
    let bom: Bom<'_> = parsed(&text)?;
    let root = Path::ROOT;
    if bom.format.get() != "CycloneDX" {
        return Err(rejected("/bomFormat", "not a CycloneDX document".to_owned()));
    }
    if bom.vulnerabilities.items.is_empty() {
        return Err(rejected(
            "/vulnerabilities",
            "there are none: a bill of materials, not an advisory".to_owned(),
        ));
    }
    let mut advisory = document(&bom, source, now, &mut notes);
    let mut reader = Reader { advisory: &mut advisory, index: BTreeMap::new() };
    if let Some(component) = bom.metadata.get().and_then(|metadata| metadata.component.get()) {
        reader.component(component, 0, &root.field("metadata").field("component"), &mut notes)?;
    }
    reader.components(&bom.components, 0, &root.field("components"), &mut notes)?;
    let path = root.field("vulnerabilities");
    for (at, entry) in bom.vulnerabilities.items.iter().enumerate() {
        match entry.get() {
            Some(entry) => reader.vulnerability(entry, &path.item(at), &mut notes)?,
            None => notes.wrong(true, &path.item(at)),
        }
    }
    advisory.statements.sort_unstable();
    advisory.statements.dedup();
    Ok(Reading { advisory, notes: notes.finish() })
}

fn document(bom: &Bom<'_>, source: &str, now: Timestamp, notes: &mut Notes) -> Advisory {
    let (root, empty) = (Path::ROOT, Metadata::default());
    let metadata = bom.metadata.get().unwrap_or(&empty);
    let updated = time(&metadata.timestamp, &root.field("metadata").field("timestamp"), notes);
    if updated.is_some_and(|updated| updated > now) {
        notes.add(&root.field("metadata").field("timestamp"), "lies in the future".to_owned());
    }
    let component = metadata.component.get();
    let name = component.map(|component| component.name.get()).unwrap_or_default();
    let id = [bom.serial.get(), name, source].into_iter().find(|text| !text.is_empty()).unwrap_or_default();
    let publisher = [metadata.supplier.get(), metadata.manufacturer.get()].into_iter().flatten();
    Advisory {
        id: id.to_owned(),
        title: name.to_owned(),
        publisher: publisher.map(|named| named.name.get().to_owned()).next().unwrap_or_default(),
        category: "cyclonedx_vex".to_owned(),
        revision: Revision::parse(bom.version.get()).unwrap_or_default(),
        status: DocumentStatus::Unstated,
        updated,
        source: source.to_owned(),
        ..Advisory::default()
    }
}

struct Reader<'r, 'a> {
    advisory: &'r mut Advisory,
    /// Products by reference.
    index: BTreeMap<&'a str, u32>,
}

impl<'a> Reader<'_, 'a> {
    fn components(
        &mut self,
        list: &'a List<Object<Component<'a>>>,
        depth: usize,
        path: &Path<'_>,
        notes: &mut Notes,
    ) -> Result<(), Rejected> {
        notes.wrong(list.wrong, path);
        for (at, component) in list.items.iter().enumerate() {
            match component.get() {
                Some(component) => self.component(component, depth, &path.item(at), notes)?,
                None => notes.wrong(true, &path.item(at)),
            }
        }
        Ok(())
    }

    fn component(
        &mut self,
        component: &'a Component<'a>,
        depth: usize,
        path: &Path<'_>,
        notes: &mut Notes,
    ) -> Result<(), Rejected> {
        if depth > DEPTH_MAX {
            notes.add(path, format!("more than {DEPTH_MAX} components deep; left out"));
            return Ok(());
        }
        let product = product(component);
        let reference = component.reference.get();
        let index = self.keep(product, path)?;
        if !reference.is_empty() && self.index.insert(reference, index).is_some() {
            notes.add(path, format!("another component has the reference “{reference}”; this one counts"));
        }
        self.components(&component.components, depth + 1, &path.field("components"), notes)
    }

    fn keep(&mut self, product: Product, path: &Path<'_>) -> Result<u32, Rejected> {
        let index = self.advisory.products.len();
        if index >= STATEMENTS_MAX || self.advisory.statements.len() >= STATEMENTS_MAX {
            return Err(rejected(
                &path.pointer(),
                format!("more than {STATEMENTS_MAX} products or statements"),
            ));
        }
        self.advisory.products.push(product);
        Ok(u32::try_from(index).unwrap_or(u32::MAX))
    }

    fn vulnerability(
        &mut self,
        entry: &Vulnerable<'a>,
        path: &Path<'_>,
        notes: &mut Notes,
    ) -> Result<(), Rejected> {
        let vulnerability = u32::try_from(self.advisory.vulnerabilities.len()).unwrap_or(u32::MAX);
        let (status, justification) = status(entry.analysis.get(), path, notes);
        let mut products = Vec::new();
        for (at, affected) in entry.affects.items.iter().enumerate() {
            let path = path.field("affects");
            let path = path.item(at);
            let Some(affected) = affected.get() else { continue };
            let reference = affected.reference.get();
            // A link to another document's component ends in the component's reference.
            let own = reference.rsplit_once('#').map_or(reference, |(_, own)| own);
            let Some(product) = self.index.get(own).copied() else {
                notes.add(&path.field("ref"), format!("no component “{reference}”; left out"));
                continue;
            };
            let named = self.versions(affected, product, status, &path, notes)?;
            for (product, status) in named {
                let justification = justification.filter(|_| status == ProductStatus::NotAffected);
                self.advisory.statements.push(Statement { vulnerability, product, status, justification });
                products.push(product);
            }
        }
        self.remediations(entry, vulnerability, &products);
        self.advisory.vulnerabilities.push(described(entry, products));
        Ok(())
    }

    /// The products of one reference: as the component states it, or one for each version that is named.
    fn versions(
        &mut self,
        affected: &Affected<'a>,
        product: u32,
        status: ProductStatus,
        path: &Path<'_>,
        notes: &mut Notes,
    ) -> Result<Vec<(u32, ProductStatus)>, Rejected> {
        if affected.versions.items.is_empty() {
            return Ok(vec![(product, status)]);
        }
        let mut out = Vec::new();
        for (at, version) in affected.versions.items.iter().enumerate() {
            let path = path.field("versions");
            let Some(version) = version.get() else {
                notes.wrong(true, &path.item(at));
                continue;
            };
            let text =
                if version.version.get().is_empty() { version.range.get() } else { version.version.get() };
            let whole = usize::try_from(product).ok().and_then(|index| self.advisory.products.get(index));
            let Some(whole) = whole else { continue };
            let named = Product {
                version: text.to_owned(),
                full_name: format!("{} {text}", whole.name),
                condition: Condition::parse(text),
                ..whole.clone()
            };
            // What the analysis says of the vulnerability goes for the versions said to be affected.
            let status = match version.status.get() {
                "unaffected" => ProductStatus::NotAffected,
                "unknown" => ProductStatus::Unknown,
                _ => status,
            };
            out.push((self.keep(named, &path.item(at))?, status));
        }
        Ok(out)
    }

    fn remediations(&mut self, entry: &Vulnerable<'_>, vulnerability: u32, products: &[u32]) {
        let analysis = entry.analysis.get();
        let response = |wanted: &str| {
            analysis.is_some_and(|analysis| {
                analysis.response.items.iter().any(|response| response.get() == wanted)
            })
        };
        let recommended = match (response("will_not_fix"), response("update")) {
            (true, _) => RemediationCategory::NoFixPlanned,
            (_, true) => RemediationCategory::VendorFix,
            _ => RemediationCategory::Mitigation,
        };
        let detail = analysis.map(|analysis| analysis.detail.get()).unwrap_or_default();
        for (category, text) in [
            (recommended, entry.recommendation.get()),
            (RemediationCategory::Workaround, entry.workaround.get()),
            (RemediationCategory::Other, detail),
        ] {
            if !text.trim().is_empty() && !products.is_empty() {
                self.advisory.remediations.push(Remediation {
                    category,
                    text: text.trim().to_owned(),
                    url: None,
                    since: None,
                    vulnerability,
                    products: products.to_vec(),
                });
            }
        }
    }
}

fn product(component: &Component<'_>) -> Product {
    let makers = [component.supplier.get(), component.manufacturer.get()].into_iter().flatten();
    let maker =
        makers.map(|named| named.name.get()).chain([component.publisher.get()]).find(|name| !name.is_empty());
    let one =
        |text: &Text<'_>| Some(text.get().to_owned()).filter(|text| !text.is_empty()).into_iter().collect();
    let (name, version) = (prose::mend(component.name.get().trim()), component.version.get().trim());
    let helpers = Helpers { cpes: one(&component.cpe), purls: one(&component.purl), ..Helpers::default() };
    Product {
        id: component.reference.get().to_owned(),
        vendor: prose::mend(maker.unwrap_or_default()).into_owned(),
        families: Vec::new(),
        full_name: format!("{name} {version}").trim().to_owned(),
        name: name.into_owned(),
        version: version.to_owned(),
        condition: if version.is_empty() { Condition::all() } else { Condition::exactly(version) },
        limits: Vec::new(),
        excludes: Vec::new(),
        helpers,
        composed: None,
    }
}

/// What the analysis says (CycloneDX 1.6, `vulnerability.analysis.state`); without one the reference is affected.
fn status(
    analysis: Option<&Analysis<'_>>,
    path: &Path<'_>,
    notes: &mut Notes,
) -> (ProductStatus, Option<Justification>) {
    let Some(analysis) = analysis else { return (ProductStatus::Affected, None) };
    let status = match analysis.state.get() {
        "exploitable" | "" => ProductStatus::Affected,
        "resolved" | "resolved_with_pedigree" => ProductStatus::Fixed,
        "false_positive" | "not_affected" => ProductStatus::NotAffected,
        "in_triage" => ProductStatus::UnderInvestigation,
        other => {
            notes.add(&path.field("analysis"), format!("unknown state “{other}”; taken as not known"));
            ProductStatus::Unknown
        }
    };
    let justification = match analysis.justification.get() {
        "code_not_present" => Some(Justification::CodeNotPresent),
        "code_not_reachable" => Some(Justification::CodeNotInExecutePath),
        "protected_by_compiler"
        | "protected_at_runtime"
        | "protected_at_perimeter"
        | "protected_by_mitigating_control" => Some(Justification::InlineMitigations),
        _ => None,
    };
    (status, justification)
}

fn described(entry: &Vulnerable<'_>, products: Vec<u32>) -> Vulnerability {
    let id = entry.id.get().trim();
    let cve = id.starts_with("CVE-");
    let scores = entry.ratings.items.iter().filter_map(|rating| rating.get()).filter_map(|rating| {
        let version = match rating.method.get() {
            "CVSSv2" => "2.0",
            "CVSSv3" => "3.0",
            "CVSSv31" => "3.1",
            "CVSSv4" => "4.0",
            _ => return None,
        };
        let (vector, base) = (rating.vector.get().to_owned(), rating.score.0);
        let base = base.filter(|base| (0.0..=10.0).contains(base));
        (!vector.is_empty()).then(|| Score {
            version: version.to_owned(),
            vector,
            base,
            products: products.clone(),
        })
    });
    Vulnerability {
        cve: cve.then(|| id.to_owned()),
        ids: if cve || id.is_empty() { Vec::new() } else { vec![id.to_owned()] },
        title: entry.description.get().lines().next().unwrap_or_default().to_owned(),
        cwes: entry
            .cwes
            .items
            .iter()
            .map(|cwe| cwe.get())
            .filter(|cwe| !cwe.is_empty())
            .map(|cwe| format!("CWE-{cwe}"))
            .collect(),
        scores: scores.collect(),
        ..Vulnerability::default()
    }
}
