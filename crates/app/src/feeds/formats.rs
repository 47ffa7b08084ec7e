//! Which published format a file is, and its records as the feeds keep them: with what orders revisions, what they are
//! looked up by, and no more than is needed.

use super::pack::{Record, sortable};
use cordon_assess::intelligence::{Unusable, cve_record, kev, lifecycle, nvd, osv, recall};
use cordon_intake::fda::delimited::{self, Table};
use cordon_intake::fda::{self, FdaFormat};
use serde_json::Value;

/// The feed of security advisories.
pub const CSAF: &str = "csaf";
/// The feed of known exploited vulnerabilities.
pub const KEV: &str = "kev";
/// The feed of probabilities of exploitation.
pub const EPSS: &str = "epss";
/// The feed of CVE records, CISA's Vulnrichment among them.
pub const CVE: &str = "cve";
/// The feed of NVD's records.
pub const NVD: &str = "nvd";
/// The feed of open source vulnerabilities.
pub const OSV: &str = "osv";
/// The feed of ends of support.
pub const ENDOFLIFE: &str = "endoflife";
/// The feed of products by device identifier.
pub const UDI: &str = "fda-udi";
/// The feed of product codes.
pub const CLASSIFICATION: &str = "fda-classification";
/// The feed of recalls.
pub const RECALL: &str = "fda-recall";
/// The feed of enforcement reports.
pub const ENFORCEMENT: &str = "fda-enforcement";

/// A published format, as far as the beginning of a file tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// openFDA's and GUDID's, one file for all.
    Fda(FdaFormat),
    /// A table of GUDID's delimited release.
    Gudid(Table),
    /// A list of records in one document.
    List(List),
    /// The table of EPSS scores.
    Epss,
    /// A page of endoflife.date.
    LifecyclePage,
    /// One JSON document; what it is shows when it was read.
    Document,
}

/// A document that is a list of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    Kev,
    Nvd,
    Lifecycle,
    Recall,
    Enforcement,
}

impl List {
    pub(super) fn feed(self) -> &'static str {
        match self {
            List::Kev => KEV,
            List::Nvd => NVD,
            List::Lifecycle => ENDOFLIFE,
            List::Recall => RECALL,
            List::Enforcement => ENFORCEMENT,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            List::Kev => "known exploited vulnerabilities (CISA)",
            List::Nvd => "NVD vulnerabilities",
            List::Lifecycle => "endoflife.date products",
            List::Recall => "openFDA recalls",
            List::Enforcement => "openFDA enforcement reports",
        }
    }

    /// Where the records stand.
    pub(super) fn key(self) -> &'static str {
        match self {
            List::Kev | List::Nvd => "vulnerabilities",
            List::Lifecycle => "result",
            List::Recall | List::Enforcement => "results",
        }
    }

    /// One record; why not, where it cannot be used.
    pub(super) fn record(self, value: &Value) -> Result<Record, Unusable> {
        match self {
            List::Kev => {
                let (id, _) = kev::entry(value)?;
                let names = [
                    "cveID",
                    "dateAdded",
                    "dueDate",
                    "knownRansomwareCampaignUse",
                    "vulnerabilityName",
                    "requiredAction",
                ];
                made(id, String::new(), Vec::new(), &kept(value, &names))
            }
            List::Nvd => {
                let read = nvd::record(value)?;
                let of = value.get("cve").unwrap_or(value);
                let names = [
                    "id",
                    "lastModified",
                    "published",
                    "vulnStatus",
                    "metrics",
                    "weaknesses",
                    "configurations",
                    "descriptions",
                ];
                let keys = read.products.into_iter().collect();
                made(read.cve, sortable(&read.modified), keys, &english(kept(of, &names)))
            }
            List::Lifecycle => {
                let read = lifecycle::product(value)?;
                let names = ["name", "label", "category", "identifiers", "releases"];
                made(read.name, String::new(), Vec::new(), &kept(value, &names))
            }
            List::Recall | List::Enforcement => {
                let read = recall::recall(value)?;
                let names = [
                    "product_res_number",
                    "recall_number",
                    "res_event_number",
                    "event_id",
                    "recalling_firm",
                    "product_code",
                    "product_description",
                    "code_info",
                    "reason_for_recall",
                    "action",
                    "classification",
                    "recall_status",
                    "status",
                    "event_date_initiated",
                    "recall_initiation_date",
                    "k_numbers",
                    "pma_numbers",
                ];
                let firm = cordon_assess::recalls::firm_key(&read.firm);
                let keys = read.product_code.into_iter().chain(read.submissions).chain(firm).collect();
                let posted = ["report_date", "event_date_posted", "event_date_terminated"];
                let posted = posted.iter().filter_map(|name| value.get(name).and_then(Value::as_str)).max();
                // Of one number there are several products; each is a record of its own.
                let id =
                    format!("{} {:08x}", read.number, short_hash(&format!("{}{}", read.product, read.codes)));
                made(id, sortable(posted.unwrap_or_default()), keys, &kept(value, &names))
            }
        }
    }
}

fn short_hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The format of a file that begins so; `None` for what can be none of them.
pub(super) fn recognise(head: &[u8]) -> Option<Format> {
    let begin = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let text = String::from_utf8_lossy(begin);
    let holds = |name: &str| text.contains(name);
    if let Some(table) = delimited::table(head) {
        return Some(Format::Gudid(table));
    }
    match begin.first()? {
        b'#' if holds("model_version") => Some(Format::Epss),
        b'c' if text.starts_with("cve,epss") => Some(Format::Epss),
        b'-' if text.starts_with("---") && holds("permalink:") => Some(Format::LifecyclePage),
        b'{' | b'[' => {
            let is_page = holds("\"results\"");
            if is_page && (holds("\"cfres_id\"") || holds("\"product_res_number\"")) {
                return Some(Format::List(List::Recall));
            }
            if is_page && holds("\"recall_number\"") {
                return Some(Format::List(List::Enforcement));
            }
            if let Some(format) = fda::recognise(head) {
                return Some(Format::Fda(format));
            }
            if holds("\"catalogVersion\"") {
                return Some(Format::List(List::Kev));
            }
            if holds("\"vulnerabilities\"") && (holds("\"totalResults\"") || holds("NVD_CVE")) {
                return Some(Format::List(List::Nvd));
            }
            if holds("\"result\"") && holds("\"releases\"") {
                return Some(Format::List(List::Lifecycle));
            }
            Some(Format::Document)
        }
        _ => fda::recognise(head).map(Format::Fda),
    }
}

/// What one JSON document turned out to be.
pub(super) enum Document {
    /// A record of a feed.
    Of(&'static str, Result<Record, Unusable>),
    /// A file of a provider that is no record: lists, metadata.
    Beside,
    /// None of the formats.
    Unknown,
}

/// What a JSON document is, with its record.
pub(super) fn document(value: &Value, bytes: &[u8]) -> Document {
    let has = |name: &str| value.get(name).is_some();
    if value.pointer("/document/tracking").is_some() || value.pointer("/document/csaf_version").is_some() {
        return Document::Of(CSAF, advisory(value, bytes));
    }
    if value.get("dataType").and_then(Value::as_str) == Some("CVE_RECORD") || has("cveMetadata") {
        return Document::Of(CVE, cve(value));
    }
    if has("id") && has("modified") && (has("affected") || has("withdrawn") || has("schema_version")) {
        return Document::Of(OSV, open_source(value));
    }
    if has("distributions") || has("feed") || has("fetchTime") || has("aggregator") {
        return Document::Beside;
    }
    Document::Unknown
}

/// An advisory is kept byte for byte: its matching reads it, and its hash was published.
fn advisory(value: &Value, bytes: &[u8]) -> Result<Record, Unusable> {
    let word = |path: &str| value.pointer(path).and_then(Value::as_str).unwrap_or_default().trim();
    let id = word("/document/tracking/id");
    if id.is_empty() || id.chars().count() > 200 {
        return Err(Unusable::new("document.tracking.id", "it is missing"));
    }
    let version = word("/document/tracking/version");
    if version.is_empty() {
        return Err(Unusable::new("document.tracking.version", "it is missing"));
    }
    let date = word("/document/tracking/current_release_date");
    let publisher = Some(word("/document/publisher/namespace")).filter(|text| !text.is_empty());
    let publisher = publisher.unwrap_or_else(|| word("/document/publisher/name"));
    let cves = value.get("vulnerabilities").and_then(Value::as_array).into_iter().flatten();
    let cves = cves
        .filter_map(|one| one.get("cve").and_then(Value::as_str))
        .filter_map(cordon_assess::intelligence::cve_id);
    let mut keys: Vec<String> = std::iter::once(id.to_uppercase()).chain(cves).collect();
    keys.sort();
    keys.dedup();
    let one_line = |text: &str| text.replace(['\n', '\r'], " ");
    Ok(Record {
        id: one_line(&format!("{publisher} {id}")),
        order: format!("{} {}", revision(version), sortable(date)),
        keys: keys.iter().map(|key| one_line(key)).collect(),
        body: bytes.to_vec(),
    })
}

/// Orders versions of documents: numbers, or semantic versions, in which a prerelease comes before its release.
fn revision(version: &str) -> String {
    let version = version.split('+').next().unwrap_or_default();
    match version.split_once('-') {
        Some((release, before)) => format!("{} - {}", sortable(release), sortable(before)),
        None => format!("{} ~", sortable(version)),
    }
}

fn cve(value: &Value) -> Result<Record, Unusable> {
    let read = cve_record::record(value)?;
    let mut of = kept(value, &["dataType", "dataVersion", "cveMetadata"]);
    let names = ["providerMetadata", "title", "descriptions", "affected", "metrics", "problemTypes"];
    if let Some(object) = of.as_object_mut() {
        let cna = value.pointer("/containers/cna").map(|cna| english(kept(cna, &names)));
        let adp = value.pointer("/containers/adp").and_then(Value::as_array).into_iter().flatten();
        let adp: Vec<Value> = adp.map(|adp| english(kept(adp, &names))).collect();
        object.insert("containers".to_owned(), serde_json::json!({ "cna": cna, "adp": adp }));
    }
    // Vulnrichment and the CVE programme publish the same record; with CISA's points it says more.
    let order = format!("{} {}", sortable(&read.updated), u8::from(read.known.ssvc.is_some()));
    made(read.cve, order, read.products.into_iter().collect(), &of)
}

fn open_source(value: &Value) -> Result<Record, Unusable> {
    let read = osv::record(value)?;
    let names = [
        "id",
        "modified",
        "withdrawn",
        "aliases",
        "upstream",
        "summary",
        "affected",
        "severity",
        "database_specific",
    ];
    let keys = read.packages.into_iter().chain(read.cves.into_iter().filter(|cve| *cve != read.id)).collect();
    made(read.id.clone(), sortable(&read.modified), keys, &kept(value, &names))
}

/// A page of endoflife.date as a record.
pub(super) fn lifecycle_page(text: &str) -> Result<Record, Unusable> {
    List::Lifecycle.record(&lifecycle::markdown(text)?)
}

/// The members of an object that are of use.
fn kept(value: &Value, names: &[&str]) -> Value {
    let members = value.as_object().into_iter().flatten();
    let members = members.filter(|(name, _)| names.contains(&name.as_str()));
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// Texts in other languages are left out.
fn english(mut value: Value) -> Value {
    if let Some(texts) = value.get_mut("descriptions").and_then(Value::as_array_mut) {
        texts.retain(|text| {
            text.get("lang").and_then(Value::as_str).is_none_or(|lang| lang.starts_with("en"))
        });
    }
    value
}

fn made(id: String, order: String, keys: Vec<String>, value: &Value) -> Result<Record, Unusable> {
    let body = serde_json::to_vec(value).map_err(|error| Unusable::new("record", error.to_string()))?;
    let one_line = |text: String| if text.contains('\n') { text.replace('\n', " ") } else { text };
    Ok(Record { id: one_line(id), order, keys: keys.into_iter().map(one_line).collect(), body })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn revisions_of_documents_are_in_their_order() {
        for (less, more) in
            [("1", "2"), ("9", "10"), ("1.9.0", "1.10.0"), ("2.0.0-rc.1", "2.0.0"), ("1.0.0", "1.0.1-x")]
        {
            assert!(revision(less) < revision(more), "{less} {more}");
        }
        assert_eq!(revision("1.0.0+build"), revision("1.0.0"));
    }

    #[test]
    fn formats_are_told_apart_by_content() {
        for (text, wanted) in [
            ("#model_version:v1,score_date:x\ncve,epss", Some(Format::Epss)),
            ("---\ntitle: x\npermalink: /x\n", Some(Format::LifecyclePage)),
            ("{\"title\": \"x\", \"catalogVersion\": \"1\"", Some(Format::List(List::Kev))),
            ("{\"totalResults\": 1, \"vulnerabilities\": []", Some(Format::List(List::Nvd))),
            (
                "{\"meta\": {}, \"results\": [{\"cfres_id\": \"1\", \"product_code\": \"x\", \"openfda\": {\"device_class\": \"2\", \"medical_specialty_description\": \"\"}",
                Some(Format::List(List::Recall)),
            ),
            ("{\"document\": {}}", Some(Format::Document)),
            ("PrimaryDI|productCode\n", Some(Format::Gudid(Table::Codes))),
            ("plain text", None),
            ("", None),
        ] {
            assert_eq!(recognise(text.as_bytes()), wanted, "{text}");
        }
    }

    #[test]
    fn documents_are_records_or_say_what_is_missing() {
        let of = |value: Value| match document(&value, b"bytes") {
            Document::Of(feed, made) => {
                format!("{feed}: {}", made.map_or_else(|error| error.to_string(), |record| record.id))
            }
            Document::Beside => "beside".to_owned(),
            Document::Unknown => "unknown".to_owned(),
        };
        let tracking = json!({ "id": "A-1", "version": "1" });
        let document = json!({ "publisher": { "namespace": "https://x" }, "tracking": tracking });
        assert_eq!(of(json!({ "document": document })), "csaf: https://x A-1");
        assert_eq!(
            of(json!({ "document": { "tracking": { "id": "A-1" } } })),
            "csaf: document.tracking.version: it is missing"
        );
        assert_eq!(of(json!({ "dataType": "CVE_RECORD" })), "cve: cveMetadata: it is missing");
        assert_eq!(of(json!({ "id": "GHSA-1", "modified": "2026", "affected": [] })), "osv: GHSA-1");
        assert_eq!(
            (of(json!({ "distributions": [] })), of(json!({ "x": 1 }))),
            ("beside".into(), "unknown".into())
        );
    }
}
