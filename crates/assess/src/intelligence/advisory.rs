//! Records of NVD and the CVE programme as advisories: the products they name by CPE, with their versions, in the one
//! shape that matching reads.
//!
//! What a record leaves open stays open: a version it does not state, a combination of products, an order of
//! versions that is not ours, become conditions that ask instead of deciding. A record never says "not affected".

use super::cpe::parts;
use super::{Unusable, cve_id, cve_record, nvd, time};
use crate::advisory::{Advisory, Helpers, Product, ProductStatus, Score, Statement, Vulnerability};
use crate::version::{Bound, Bounds, Clause, Condition, Requirement, Version};
use serde_json::Value;
use std::collections::BTreeMap;

/// Products taken from one record; those of a library that is everywhere are thousands.
const PRODUCTS_MAX: usize = 5_000;

/// A record of NVD as an advisory.
pub fn of_nvd(record: &Value) -> Result<Advisory, Unusable> {
    let read = nvd::record(record)?;
    let of = record.get("cve").unwrap_or(record);
    let mut products = Products::default();
    for configuration in list(of.get("configurations")) {
        let nodes: Vec<&Value> = list(configuration.get("nodes")).collect();
        let is_one_of = configuration.get("operator").and_then(Value::as_str) != Some("AND");
        let others = |at: usize| {
            let others = nodes.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, node)| *node);
            let names =
                others.flat_map(|node| list(node.get("cpeMatch"))).filter_map(|one| cpe(one).map(name_of));
            let mut names: Vec<String> = names.take(8).collect();
            names.dedup();
            names.join(" or ")
        };
        for (at, node) in nodes.iter().enumerate() {
            let is_plain = node.get("negate").and_then(Value::as_bool) != Some(true)
                && node.get("operator").and_then(Value::as_str) != Some("AND");
            for one in
                list(node.get("cpeMatch")).filter(|one| one.get("vulnerable") == Some(&Value::Bool(true)))
            {
                let Some(cpe) = cpe(one) else { continue };
                let mut condition =
                    if is_plain { of_match(one, cpe) } else { Condition::Open(cpe.to_owned()) };
                if !is_one_of && !is_its_hardware(cpe, &nodes, at) {
                    let with = format!("used together with {}", others(at));
                    condition = condition.requiring(&Requirement::Stated(with));
                }
                products.add(cpe, condition);
            }
        }
    }
    let text = |name: &str| of.get(name).and_then(Value::as_str).unwrap_or_default();
    let summary = list(of.get("descriptions")).find_map(|one| one.get("value").and_then(Value::as_str));
    Ok(finish(
        read.cve,
        &read.known,
        products,
        "NVD",
        "https://nvd.nist.gov",
        (text("published"), &read.modified),
        summary,
    ))
}

/// A CVE record as an advisory: of its products those that it names by CPE.
pub fn of_cve(record: &Value) -> Result<Advisory, Unusable> {
    let read = cve_record::record(record)?;
    let mut products = Products::default();
    let containers =
        record.pointer("/containers/cna").into_iter().chain(list(record.pointer("/containers/adp")));
    for affected in containers.flat_map(|container| list(container.get("affected"))) {
        let condition = of_affected(affected);
        for cpe in list(affected.get("cpes")).filter_map(Value::as_str) {
            products.add(cpe, condition.clone());
        }
    }
    let published = record.pointer("/cveMetadata/datePublished").and_then(Value::as_str).unwrap_or_default();
    let texts = record.pointer("/containers/cna/descriptions");
    let summary = list(texts).find_map(|one| one.get("value").and_then(Value::as_str));
    Ok(finish(
        read.cve,
        &read.known,
        products,
        "CVE",
        "https://www.cve.org",
        (published, &read.updated),
        summary,
    ))
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// True when a firmware is listed together with nothing but the hardware of its name: whoever has the device has both.
fn is_its_hardware(own: &str, nodes: &[&Value], at: usize) -> bool {
    let own = parts(own);
    let firmware = own.get(2).and_then(|product| product.strip_suffix("_firmware"));
    let (Some(vendor), Some(product)) = (own.get(1), firmware) else { return false };
    let others = nodes.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, node)| *node);
    let mut names = others.flat_map(|node| list(node.get("cpeMatch"))).filter_map(cpe).map(parts).peekable();
    names.peek().is_some()
        && names.all(|other| matches!(other.as_slice(),
            [part, maker, name, version, ..] if part == "h" && maker == vendor && name == product && !is_stated(version)))
}

fn cpe(one: &Value) -> Option<&str> {
    one.get("criteria").and_then(Value::as_str)
}

/// Vendor and product of a CPE name in words.
fn name_of(cpe: &str) -> String {
    let words = |at: usize| parts(cpe).get(at).map(|part| part.replace('_', " ")).unwrap_or_default();
    format!("{} {}", words(1), words(2))
}

/// Products by name and condition, each once.
#[derive(Default)]
struct Products(BTreeMap<(String, Condition), Product>);

impl Products {
    fn add(&mut self, cpe: &str, condition: Condition) {
        let parts = parts(cpe);
        let word = |at: usize| parts.get(at).map(|part| part.replace('_', " ")).unwrap_or_default();
        // The firmware of a device is called after it.
        let (vendor, name) = (word(1), word(2));
        let name = name.strip_suffix(" firmware").map(str::to_owned).unwrap_or(name);
        if vendor.is_empty() || name.is_empty() || self.0.len() >= PRODUCTS_MAX {
            return;
        }
        let product = Product {
            id: cpe.to_owned(),
            families: Vec::new(),
            full_name: format!("{vendor} {name}"),
            vendor,
            name,
            version: parts.get(3).cloned().unwrap_or_default(),
            condition: condition.clone(),
            limits: parts.get(9).filter(|target| is_stated(target)).cloned().into_iter().collect(),
            excludes: Vec::new(),
            helpers: Helpers { cpes: vec![cpe.to_owned()], ..Helpers::default() },
            composed: None,
        };
        self.0.insert((cpe.to_owned(), condition), product);
    }
}

fn is_stated(text: &str) -> bool {
    !matches!(text, "" | "*" | "-")
}

/// The versions of one line of NVD: a range beside the name, else the version in it.
fn of_match(one: &Value, cpe: &str) -> Condition {
    let end =
        |name: &str| one.get(name).and_then(Value::as_str).map(str::trim).filter(|text| !text.is_empty());
    let ends = [
        end("versionStartIncluding").map(|text| (text, true)),
        end("versionStartExcluding").map(|text| (text, false)),
        end("versionEndIncluding").map(|text| (text, true)),
        end("versionEndExcluding").map(|text| (text, false)),
    ];
    let [from, after, to, before] = ends;
    if from.or(after).or(to).or(before).is_some() {
        return range(from.or(after), to.or(before));
    }
    let parts = parts(cpe);
    let (version, update) =
        (parts.get(3).map_or("", String::as_str), parts.get(4).map_or("", String::as_str));
    match (version, is_stated(update)) {
        ("*", false) => Condition::all(),
        // The name without a version: which one is meant is not said.
        ("" | "-" | "*", _) => Condition::Open(cpe.to_owned()),
        (version, false) => Condition::exactly(version),
        (version, true) => Condition::exactly(&format!("{version} {update}")),
    }
}

fn range(low: Option<(&str, bool)>, high: Option<(&str, bool)>) -> Condition {
    let bound = |end: Option<(&str, bool)>| match end {
        None => Ok(None),
        Some((text, inclusive)) => Version::parse(text)
            .map(|version| Some(Bound { version, inclusive }))
            .ok_or_else(|| text.to_owned()),
    };
    let low = low.map(|(text, inclusive)| (if inclusive { without_zeros(text) } else { text }, inclusive));
    match (bound(low), bound(high)) {
        (Ok(low), Ok(high)) => Condition::Typed(vec![vec![Clause::new(Bounds::Range { low, high })]]),
        (Err(text), _) | (_, Err(text)) => Condition::Open(text),
    }
}

/// `10.0.0`, from which on Microsoft's builds are affected, is `10`: zeros at the end of where a range begins add
/// nothing, and builds with more digits can be compared with it.
fn without_zeros(text: &str) -> &str {
    let is_plain =
        text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let mut kept = text;
    while let Some(rest) = kept.strip_suffix(".0").filter(|_| is_plain) {
        kept = rest;
    }
    kept
}

/// The versions of one product of a CVE record (CVE JSON 5, `affected[].versions`).
fn of_affected(affected: &Value) -> Condition {
    let default = affected.get("defaultStatus").and_then(Value::as_str).unwrap_or("unknown");
    let versions: Vec<&Value> = list(affected.get("versions")).take(PRODUCTS_MAX).collect();
    let word = |version: &Value, name: &str| {
        version.get(name).and_then(Value::as_str).unwrap_or_default().trim().to_owned()
    };
    if default == "affected" {
        // All but those that are listed; which of these are left out in which order is not ours to guess.
        return if versions.is_empty() {
            Condition::all()
        } else {
            Condition::Open("all but the versions listed".to_owned())
        };
    }
    let mut clauses = Vec::new();
    for version in versions.into_iter().filter(|version| word(version, "status") == "affected") {
        let low = Some(word(version, "version"))
            .filter(|text| !matches!(text.as_str(), "" | "0" | "*" | "unspecified"));
        let (before, to) = (word(version, "lessThan"), word(version, "lessThanOrEqual"));
        let is_ordered =
            !matches!(word(version, "versionType").as_str(), "git") && version.get("changes").is_none();
        let high = Some((before.as_str(), false)).filter(|(text, _)| !text.is_empty());
        let high = high.or(Some((to.as_str(), true)).filter(|(text, _)| !text.is_empty()));
        let condition = match (&low, high) {
            _ if !is_ordered => Condition::Open(word(version, "version")),
            (Some(low), None) => Condition::parse(low),
            (None, None) if word(version, "version") == "*" => Condition::all(),
            (None, None) => Condition::Open(word(version, "version")),
            // An open end: whatever follows.
            (low, Some(("*", _))) => range(low.as_deref().map(|low| (low, true)), None),
            (low, high) => range(low.as_deref().map(|low| (low, true)), high),
        };
        match condition {
            // Several readings of one line cannot be joined with those of others without inventing more.
            Condition::Typed(readings) if readings.len() == 1 => {
                clauses.extend(readings.into_iter().flatten())
            }
            Condition::Typed(_) => return Condition::Open(word(version, "version")),
            open => return open,
        }
    }
    if clauses.is_empty() {
        Condition::Open("no version is stated".to_owned())
    } else {
        Condition::Typed(vec![clauses])
    }
}

fn finish(
    cve: String,
    known: &super::CveIntelligence,
    products: Products,
    publisher: &str,
    namespace: &str,
    (released, updated): (&str, &str),
    summary: Option<&str>,
) -> Advisory {
    // A withdrawn record says nothing of any product.
    let products: Vec<Product> =
        if known.is_rejected { Vec::new() } else { products.0.into_values().collect() };
    let scores = known.cvss.iter().map(|cvss| Score {
        version: version_of(&cvss.vector),
        vector: cvss.vector.clone(),
        base: None,
        products: Vec::new(),
    });
    let statements = (0..).zip(&products).map(|(product, _)| Statement {
        vulnerability: 0,
        product,
        status: ProductStatus::Affected,
        justification: None,
    });
    Advisory {
        id: cve.clone(),
        title: cve.clone(),
        publisher: publisher.to_owned(),
        namespace: namespace.to_owned(),
        category: "vulnerability_record".to_owned(),
        released: time(released),
        updated: time(updated),
        summary: summary.unwrap_or_default().chars().take(2_000).collect(),
        source: format!("{publisher} {cve}"),
        vulnerabilities: vec![Vulnerability {
            cve: cve_id(&cve),
            cwes: known.cwes.clone(),
            scores: scores.collect(),
            ..Vulnerability::default()
        }],
        statements: statements.collect(),
        products,
        ..Advisory::default()
    }
}

/// The CVSS version that a vector says it is of; 2.0 says nothing.
fn version_of(vector: &str) -> String {
    let said = vector.strip_prefix("CVSS:").and_then(|rest| rest.split('/').next());
    said.unwrap_or("2.0").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::version::Decision;
    use serde_json::json;

    fn nvd(configurations: &Value) -> Advisory {
        of_nvd(&json!({ "cve": { "id": "CVE-2024-0001", "lastModified": "2024-01-01T00:00:00.000", "vulnStatus": "Analyzed",
            "metrics": { "cvssMetricV2": [{ "source": "n", "cvssData": { "vectorString": "AV:N/AC:L/Au:N/C:P/I:P/A:P" } }] },
            "configurations": configurations } }))
        .unwrap()
    }

    fn one(criteria: &str, more: &Value) -> Value {
        let mut one = json!({ "vulnerable": true, "criteria": criteria });
        for (name, value) in more.as_object().unwrap() {
            one[name] = value.clone();
        }
        json!([{ "nodes": [{ "operator": "OR", "cpeMatch": [one] }] }])
    }

    #[test]
    fn ranges_beside_the_name_count_before_the_version_in_it() {
        let any = "cpe:2.3:o:maker:pump_os:*:*:*:*:*:*:*:*";
        let range = json!({ "versionStartIncluding": "1.0", "versionEndExcluding": "2.0" });
        let advisory = nvd(&one(any, &range));
        let product = &advisory.products[0];
        assert_eq!((product.vendor.as_str(), product.name.as_str()), ("maker", "pump os"));
        assert!(matches!(product.condition.decide_text("1.5"), Decision::Inside));
        assert!(matches!(product.condition.decide_text("2.0"), Decision::Outside));
        assert_eq!(advisory.vulnerabilities[0].scores[0].version, "2.0");
        assert!(nvd(&one(any, &json!({}))).products[0].condition.is_all());
        let exact = nvd(&one("cpe:2.3:o:maker:pump_os:1.2:*:*:*:*:*:*:*", &json!({})));
        assert!(matches!(exact.products[0].condition.decide_text("1.3"), Decision::Outside));
        let unnamed = nvd(&one("cpe:2.3:o:maker:pump_os:-:*:*:*:*:*:*:*", &json!({})));
        assert!(!unnamed.products[0].condition.is_typed());
    }

    #[test]
    fn a_combination_is_a_condition_and_no_claim() {
        let together = json!([{ "operator": "AND", "nodes": [
            { "operator": "OR", "cpeMatch": [{ "vulnerable": true, "criteria": "cpe:2.3:o:maker:os:*:*:*:*:*:*:*:*" }] },
            { "operator": "OR", "cpeMatch": [{ "vulnerable": false, "criteria": "cpe:2.3:h:maker:pump_7:-:*:*:*:*:*:*:*" }] } ] }]);
        let advisory = nvd(&together);
        assert_eq!(advisory.products.len(), 1);
        assert!(!matches!(advisory.products[0].condition.decide_text("1.0"), Decision::Inside));
    }

    #[test]
    fn firmware_and_the_hardware_of_its_name_are_one_device() {
        let configured = |hardware: &str| {
            json!([{ "operator": "AND", "nodes": [
            { "operator": "OR", "cpeMatch": [{ "vulnerable": true, "criteria": "cpe:2.3:o:maker:pump_7_firmware:*:*:*:*:*:*:*:*", "versionEndExcluding": "2.0" }] },
            { "operator": "OR", "cpeMatch": [{ "vulnerable": false, "criteria": hardware }] } ] }])
        };
        let own = nvd(&configured("cpe:2.3:h:maker:pump_7:-:*:*:*:*:*:*:*"));
        assert_eq!(own.products[0].name, "pump 7");
        assert!(matches!(own.products[0].condition.decide_text("1.0"), Decision::Inside));
        let other = nvd(&configured("cpe:2.3:h:maker:pump_8:-:*:*:*:*:*:*:*"));
        assert!(!matches!(other.products[0].condition.decide_text("1.0"), Decision::Inside));
    }

    fn cve(affected: &Value) -> Condition {
        let record = json!({ "dataVersion": "5.1", "cveMetadata": { "cveId": "CVE-2024-0001", "state": "PUBLISHED" },
            "containers": { "cna": { "affected": [affected] } } });
        of_cve(&record).unwrap().products[0].condition.clone()
    }

    #[test]
    fn what_a_cve_record_leaves_open_stays_open() {
        let with = |default: &str, versions: Value| {
            cve(
                &json!({ "cpes": ["cpe:2.3:o:maker:os:*:*:*:*:*:*:*:*"], "defaultStatus": default, "versions": versions }),
            )
        };
        let typed = with(
            "unaffected",
            json!([{ "version": "0", "lessThan": "3.1", "status": "affected", "versionType": "semver" }]),
        );
        assert!(matches!(typed.decide_text("3.0"), Decision::Inside));
        assert!(matches!(typed.decide_text("3.1"), Decision::Outside));
        assert!(with("affected", json!([])).is_all());
        for versions in [
            json!([{ "version": "n/a", "status": "affected", "changes": [{ "at": "2", "status": "unaffected" }] }]),
            json!([{ "version": "abc", "lessThan": "def", "status": "affected", "versionType": "git" }]),
            json!([{ "version": "unspecified", "status": "affected" }]),
            json!([{ "version": "1", "status": "unaffected" }]),
        ] {
            assert!(!with("unaffected", versions.clone()).is_typed(), "{versions}");
        }
        assert!(!with("affected", json!([{ "version": "1", "status": "unaffected" }])).is_typed());
    }

    #[test]
    fn a_withdrawn_record_names_no_product() {
        let record = json!({ "id": "CVE-2024-0001", "vulnStatus": "Rejected", "configurations": one("cpe:2.3:o:a:b:1:*:*:*:*:*:*:*", &json!({})) });
        assert!(of_nvd(&record).unwrap().products.is_empty());
        assert!(of_nvd(&json!({})).is_err() && of_cve(&json!({})).is_err());
    }
}
