//! The fields of CSAF 2.0 and 2.1 that are read. Unknown fields are skipped without being kept.

use crate::advisory::lenient::{List, Number, Object, Text};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Csaf<'a> {
    pub(super) document: Object<Document<'a>>,
    pub(super) product_tree: Object<ProductTree<'a>>,
    pub(super) vulnerabilities: List<Object<Vulnerability<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Document<'a> {
    pub(super) csaf_version: Text<'a>,
    pub(super) category: Text<'a>,
    pub(super) title: Text<'a>,
    pub(super) publisher: Object<Publisher<'a>>,
    pub(super) tracking: Object<Tracking<'a>>,
    pub(super) notes: List<Object<Note<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Publisher<'a> {
    pub(super) name: Text<'a>,
    pub(super) namespace: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Tracking<'a> {
    pub(super) id: Text<'a>,
    pub(super) aliases: List<Text<'a>>,
    pub(super) version: Text<'a>,
    pub(super) status: Text<'a>,
    pub(super) initial_release_date: Text<'a>,
    pub(super) current_release_date: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Note<'a> {
    pub(super) category: Text<'a>,
    pub(super) text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductTree<'a> {
    pub(super) branches: List<Object<Branch<'a>>>,
    pub(super) full_product_names: List<Object<FullProductName<'a>>>,
    pub(super) relationships: List<Object<Relationship<'a>>>,
    pub(super) product_groups: List<Object<ProductGroup<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Branch<'a> {
    pub(super) category: Text<'a>,
    pub(super) name: Text<'a>,
    pub(super) branches: List<Object<Branch<'a>>>,
    pub(super) product: Object<FullProductName<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct FullProductName<'a> {
    pub(super) name: Text<'a>,
    pub(super) product_id: Text<'a>,
    pub(super) product_identification_helper: Object<Helper<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Helper<'a> {
    pub(super) cpe: Text<'a>,
    pub(super) purl: Text<'a>,
    pub(super) purls: List<Text<'a>>,
    pub(super) model_numbers: List<Text<'a>>,
    pub(super) serial_numbers: List<Text<'a>>,
    pub(super) skus: List<Text<'a>>,
    pub(super) hashes: List<Object<Hashes<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Hashes<'a> {
    pub(super) file_hashes: List<Object<FileHash<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct FileHash<'a> {
    pub(super) algorithm: Text<'a>,
    pub(super) value: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Relationship<'a> {
    pub(super) category: Text<'a>,
    pub(super) full_product_name: Object<FullProductName<'a>>,
    pub(super) product_reference: Text<'a>,
    pub(super) relates_to_product_reference: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductGroup<'a> {
    pub(super) group_id: Text<'a>,
    pub(super) product_ids: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Vulnerability<'a> {
    pub(super) cve: Text<'a>,
    pub(super) ids: List<Object<Id<'a>>>,
    pub(super) title: Text<'a>,
    pub(super) cwe: Object<Cwe<'a>>,
    pub(super) cwes: List<Object<Cwe<'a>>>,
    pub(super) product_status: Object<ProductStatus<'a>>,
    pub(super) scores: List<Object<Score<'a>>>,
    pub(super) metrics: List<Object<Metric<'a>>>,
    pub(super) flags: List<Object<Flag<'a>>>,
    pub(super) threats: List<Object<Threat<'a>>>,
    pub(super) first_known_exploitation_dates: List<Object<Exploitation<'a>>>,
    pub(super) remediations: List<Object<Remediation<'a>>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Id<'a> {
    pub(super) text: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Cwe<'a> {
    pub(super) id: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct ProductStatus<'a> {
    pub(super) known_affected: List<Text<'a>>,
    pub(super) first_affected: List<Text<'a>>,
    pub(super) last_affected: List<Text<'a>>,
    pub(super) fixed: List<Text<'a>>,
    pub(super) first_fixed: List<Text<'a>>,
    pub(super) known_not_affected: List<Text<'a>>,
    pub(super) recommended: List<Text<'a>>,
    pub(super) under_investigation: List<Text<'a>>,
    pub(super) unknown: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Score<'a> {
    pub(super) cvss_v2: Object<Cvss<'a>>,
    pub(super) cvss_v3: Object<Cvss<'a>>,
    pub(super) cvss_v4: Object<Cvss<'a>>,
    pub(super) products: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Metric<'a> {
    pub(super) content: Object<Score<'a>>,
    pub(super) products: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Cvss<'a> {
    pub(super) version: Text<'a>,
    #[serde(rename = "vectorString")]
    pub(super) vector: Text<'a>,
    #[serde(rename = "baseScore")]
    pub(super) base: Number,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Flag<'a> {
    pub(super) label: Text<'a>,
    pub(super) product_ids: List<Text<'a>>,
    pub(super) group_ids: List<Text<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Threat<'a> {
    pub(super) category: Text<'a>,
    pub(super) details: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Exploitation<'a> {
    pub(super) exploitation_date: Text<'a>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default, bound(deserialize = "'de: 'a"))]
pub(super) struct Remediation<'a> {
    pub(super) category: Text<'a>,
    pub(super) details: Text<'a>,
    pub(super) url: Text<'a>,
    pub(super) date: Text<'a>,
    pub(super) product_ids: List<Text<'a>>,
    pub(super) group_ids: List<Text<'a>>,
}
