//! OpenVEX 0.2: statements about products named by package URL or CPE, to an [`Advisory`].

use super::csaf::helper_version;
use super::lenient::{List, Object, Text};
use super::notes::{Notes, Path, parsed, rejected, text, time};
use super::{
    Advisory, Helpers, Justification, Product, ProductStatus, Reading, Rejected, Remediation,
    RemediationCategory, Revision, Statement, Vulnerability,
};
use crate::version::Condition;
use cordon_model::Timestamp;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The most statements of one document.
const STATEMENTS_MAX: usize = 1_000_000;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct OpenVex<'a> {
    #[serde(rename = "@id")]
    id: Text<'a>,
    author: Text<'a>,
    timestamp: Text<'a>,
    last_updated: Text<'a>,
    version: Text<'a>,
    statements: List<Object<Said<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Said<'a> {
    vulnerability: Object<Named<'a>>,
    products: List<Object<Component<'a>>>,
    status: Text<'a>,
    justification: Text<'a>,
    impact_statement: Text<'a>,
    action_statement: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Named<'a> {
    #[serde(rename = "@id")]
    id: Text<'a>,
    name: Text<'a>,
    aliases: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Component<'a> {
    #[serde(rename = "@id")]
    id: Text<'a>,
    identifiers: Object<Identifiers<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
struct Identifiers<'a> {
    purl: Text<'a>,
    cpe22: Text<'a>,
    cpe23: Text<'a>,
}

/// Reads a document; `source` is the file's name, `now` the time of reading.
pub fn read(bytes: &[u8], source: &str, now: Timestamp) -> Result<Reading, Rejected> {
    let mut notes = Notes::default();
    let text = text(bytes, &mut notes)?;
    let vex: OpenVex<'_> = parsed(&text)?;
    let root = Path::ROOT;
    let id = vex.id.get().trim();
    if id.is_empty() {
        return Err(rejected("/@id", "there is none".to_owned()));
    }
    let released = time(&vex.timestamp, &root.field("timestamp"), &mut notes);
    let updated = time(&vex.last_updated, &root.field("last_updated"), &mut notes).or(released);
    if updated.is_some_and(|updated| updated > now) {
        notes.add(&root.field("timestamp"), "lies in the future".to_owned());
    }
    let mut advisory = Advisory {
        id: id.to_owned(),
        publisher: vex.author.get().to_owned(),
        category: "openvex".to_owned(),
        revision: Revision::parse(vex.version.get()).unwrap_or_default(),
        released,
        updated,
        source: source.to_owned(),
        ..Advisory::default()
    };
    let mut index = BTreeMap::new();
    let path = root.field("statements");
    notes.wrong(vex.statements.wrong, &path);
    for (at, said) in vex.statements.items.iter().enumerate() {
        match said.get() {
            Some(said) => statement(said, &mut advisory, &mut index, &path.item(at), &mut notes)?,
            None => notes.wrong(true, &path.item(at)),
        }
    }
    advisory.statements.sort_unstable();
    advisory.statements.dedup();
    Ok(Reading { advisory, notes: notes.finish() })
}

fn statement<'a>(
    said: &'a Said<'a>,
    advisory: &mut Advisory,
    index: &mut BTreeMap<&'a str, u32>,
    path: &Path<'_>,
    notes: &mut Notes,
) -> Result<(), Rejected> {
    let Some(status) = status(said.status.get()) else {
        notes.add(&path.field("status"), format!("unknown status “{}”; left out", said.status.get()));
        return Ok(());
    };
    let vulnerability = u32::try_from(advisory.vulnerabilities.len()).unwrap_or(u32::MAX);
    let mut products = Vec::new();
    for (at, component) in said.products.items.iter().enumerate() {
        let Some(component) = component.get().filter(|component| !component.id.get().is_empty()) else {
            notes.add(&path.field("products").item(at), "has no id; left out".to_owned());
            continue;
        };
        let next = u32::try_from(advisory.products.len()).unwrap_or(u32::MAX);
        let product = *index.entry(component.id.get()).or_insert(next);
        if product == next {
            advisory.products.push(self::product(component));
        }
        let justification = Justification::from_name(said.justification.get())
            .filter(|_| status == ProductStatus::NotAffected);
        advisory.statements.push(Statement { vulnerability, product, status, justification });
        products.push(product);
    }
    if advisory.statements.len() > STATEMENTS_MAX {
        return Err(rejected(&path.pointer(), format!("more than {STATEMENTS_MAX} statements")));
    }
    for (category, text) in [
        (RemediationCategory::Mitigation, said.action_statement.get()),
        (RemediationCategory::Other, said.impact_statement.get()),
    ] {
        if !text.trim().is_empty() && !products.is_empty() {
            let text = text.trim().to_owned();
            let products = products.clone();
            advisory.remediations.push(Remediation {
                category,
                text,
                url: None,
                since: None,
                vulnerability,
                products,
            });
        }
    }
    advisory.vulnerabilities.push(described(said.vulnerability.get()));
    Ok(())
}

fn status(text: &str) -> Option<ProductStatus> {
    Some(match text {
        "affected" => ProductStatus::Affected,
        "not_affected" => ProductStatus::NotAffected,
        "fixed" => ProductStatus::Fixed,
        "under_investigation" => ProductStatus::UnderInvestigation,
        _ => return None,
    })
}

fn described(named: Option<&Named<'_>>) -> Vulnerability {
    let Some(named) = named else { return Vulnerability::default() };
    let names =
        [&named.name, &named.id].into_iter().chain(&named.aliases.items).map(|text| text.get().trim());
    let names: Vec<&str> = names.filter(|name| !name.is_empty()).collect();
    Vulnerability {
        cve: names.iter().find(|name| name.starts_with("CVE-")).map(|name| (*name).to_owned()),
        ids: names.iter().filter(|name| !name.starts_with("CVE-")).map(|name| (*name).to_owned()).collect(),
        ..Vulnerability::default()
    }
}

/// A product by its package URL or CPE; the version is what these say.
fn product(component: &Component<'_>) -> Product {
    let id = component.id.get();
    let one =
        |text: Option<&Text<'_>>| text.map(|text| text.get().to_owned()).filter(|text| !text.is_empty());
    let identifiers = component.identifiers.get();
    let own = |prefix: &str| Some(id.to_owned()).filter(|id| id.starts_with(prefix));
    let mut helpers = Helpers::default();
    helpers.purls.extend(own("pkg:").or_else(|| one(identifiers.map(|known| &known.purl))));
    helpers.cpes.extend(own("cpe:"));
    helpers.cpes.extend(one(identifiers.map(|known| &known.cpe23)));
    helpers.cpes.extend(one(identifiers.map(|known| &known.cpe22)));
    let path =
        helpers.purls.first().map(|purl| purl.split(['@', '?', '#']).next().unwrap_or_default().to_owned());
    let name = path.as_deref().and_then(|path| path.rsplit('/').next()).unwrap_or(id).to_owned();
    let condition = helper_version(&helpers);
    Product {
        id: id.to_owned(),
        vendor: String::new(),
        families: Vec::new(),
        full_name: id.to_owned(),
        name,
        version: condition.as_ref().map(ToString::to_string).unwrap_or_default(),
        condition: condition.unwrap_or_else(Condition::all),
        limits: Vec::new(),
        excludes: Vec::new(),
        helpers,
        composed: None,
    }
}
