//! Records of NVD and OSV against operating systems, components and models, from the feed folder to an assessment.
#![expect(clippy::unwrap_used, reason = "tests stop loudly, and say what they skip")]

use cordon_app::feeds::{self, Manner};
use cordon_app::{Actor, Context, Settings, affected, assess};
use cordon_model::Timestamp;
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

struct Place(tempfile::TempDir);

impl Place {
    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn assess(&self, out: &str) -> Value {
        let request = assess::Request {
            inputs: vec![self.path("assets.csv")],
            out: self.path(out),
            force: false,
            threads: 1,
            context: Context {
                site: Some(self.path("site")),
                knowledge: None,
                feeds: Some(self.path("feeds")),
                advisories: None,
                configurations: Vec::new(),
                inside: Vec::new(),
                matching: Settings::default(),
                now: now(),
            },
        };
        assess::assess(&Actor::local("test"), &request, &mut ()).unwrap();
        serde_json::from_slice(&fs::read(self.path(out).join("assessment.json")).unwrap()).unwrap()
    }
}

fn nvd(id: &str, matches: &Value) -> Value {
    json!({ "cve": { "id": id, "lastModified": "2024-08-01T10:00:00.000", "published": "2024-08-01T10:00:00.000",
        "vulnStatus": "Analyzed", "descriptions": [{ "lang": "en", "value": "x" }],
        "metrics": { "cvssMetricV31": [{ "source": "nvd@nist.gov", "cvssData": { "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" } }] },
        "configurations": [{ "nodes": [{ "operator": "OR", "negate": false, "cpeMatch": matches }] }] } })
}

fn range(cpe: &str, before: &str) -> Value {
    json!([{ "vulnerable": true, "criteria": cpe, "versionEndExcluding": before }])
}

fn feeds(place: &Place) {
    let windows = "cpe:2.3:o:microsoft:windows_10_1809:*:*:*:*:*:*:*:*";
    let records = [
        nvd("CVE-2024-0001", &range(windows, "10.0.17763.6189")),
        nvd("CVE-2024-0002", &range(windows, "10.0.17763.5000")),
        nvd("CVE-2024-0003", &range("cpe:2.3:o:acme:zephyrus_9000_firmware:*:*:*:*:*:*:*:*", "2.1")),
        nvd("CVE-2021-3711", &range("cpe:2.3:a:openssl:openssl:*:*:*:*:*:*:*:*", "1.1.1l")),
    ];
    let page = json!({ "resultsPerPage": 4, "startIndex": 0, "totalResults": 4, "format": "NVD_CVE", "version": "2.0",
        "timestamp": "2026-11-20T00:00:00.000", "vulnerabilities": records });
    place.write("carried/nvd.json", page.to_string());
    let osv = json!({ "schema_version": "1.6.0", "id": "GHSA-jfh8-c2jp-5v3q", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2021-44228"],
        "affected": [{ "package": { "ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "2.0-beta9" }, { "fixed": "2.15.0" }] }] }] });
    place.write("carried/GHSA-jfh8-c2jp-5v3q.json", osv.to_string());
    place.write(
        "carried/kev.json",
        json!({ "catalogVersion": "2026.11.20", "count": 1, "vulnerabilities": [{ "cveID": "CVE-2024-0001", "dateAdded": "2024-12-30" }] })
            .to_string(),
    );
    let request = feeds::Request {
        inputs: vec![place.path("carried")],
        folder: place.path("feeds"),
        manner: Manner::default(),
        now: now(),
    };
    feeds::import(&Actor::local("test"), &request, &mut ()).unwrap();
}

const ASSETS: &str = "asset_tag,manufacturer,model,firmware,os,os_version\n\
    T-1,Acme,Zephyrus 9000,2.0,,\n\
    T-2,Acme,Console 5,,Windows,10 10.0.17763.5122\n\
    T-3,Acme,Console 6,,Windows,10\n\
    T-4,Acme,Archive 7,,Windows,10 10.0.17763.7000\n";

const LIST: &str = "version = 1\n[[bill]]\nfile = \"archive.json\"\nvex = [\"vex.json\"]\nmanufacturer = \"Acme\"\n\
    model = \"Archive 7\"\nwho = \"anna\"\nwhen = \"2026-11-01\"\nwhy = \"sent by the maker\"\n";

fn site(place: &Place) {
    place.write("site/site.toml", "version = 1\n");
    place.write("site/sbom/sbom.toml", LIST);
    place.write(
        "site/sbom/archive.json",
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:11-22", "components": [
            { "bom-ref": "a", "type": "library", "name": "log4j-core", "version": "2.14.1",
              "purl": "pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1" },
            { "bom-ref": "b", "type": "library", "name": "openssl", "version": "1.1.1k" }] })
        .to_string(),
    );
    place.write(
        "site/sbom/vex.json",
        json!({ "bomFormat": "CycloneDX", "specVersion": "1.5", "vulnerabilities": [{ "id": "CVE-2021-3711",
            "analysis": { "state": "not_affected", "justification": "code_not_present", "detail": "SM2 is not built in" },
            "affects": [{ "ref": "urn:cdx:11-22/1#b" }] }] })
        .to_string(),
    );
    place.write(
        "site/remediation.toml",
        "version = 1\n[[remediation]]\ncve = \"CVE-2021-44228\"\nstate = \"in_progress\"\nwho = \"anna\"\n\
         when = \"2026-11-20\"\nwhy = \"the maker sends an update\"\n",
    );
}

/// Advisory, status and CVEs of each finding of a device.
fn findings(assessment: &Value, tag: &str) -> Vec<(String, String, Vec<String>)> {
    let devices = assessment["devices"].as_array().unwrap();
    let device = devices.iter().find(|device| device["asset_tag"] == tag).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let of = |finding: &Value| {
        let cves = finding["cves"].as_array().unwrap().iter().map(text).collect();
        (text(&finding["advisory"]), text(&finding["status"]), cves)
    };
    device["findings"].as_array().unwrap().iter().map(of).collect()
}

fn one(advisory: &str, status: &str, cve: &str) -> (String, String, Vec<String>) {
    (advisory.to_owned(), status.to_owned(), vec![cve.to_owned()])
}

#[test]
fn records_are_matched_with_systems_components_and_models() {
    let place = Place(tempfile::tempdir().unwrap());
    feeds(&place);
    site(&place);
    place.write("assets.csv", ASSETS);
    let assessment = place.assess("out");
    assert_eq!(findings(&assessment, "T-1"), [one("CVE-2024-0003", "affected", "CVE-2024-0003")]);
    let build = "os:windows-10-10.0.17763.5122";
    assert_eq!(
        findings(&assessment, "T-2"),
        [
            one(&format!("{build}:affected"), "affected", "CVE-2024-0001"),
            one(&format!("{build}:fixed"), "fixed", "CVE-2024-0002")
        ]
    );
    let open = findings(&assessment, "T-3");
    assert_eq!(open.len(), 1, "{open:?}");
    assert_eq!((open[0].0.as_str(), open[0].1.as_str()), ("os:windows-10:undetermined", "undetermined"));
    assert_eq!(open[0].2, ["CVE-2024-0001", "CVE-2024-0002"], "the one that is exploited comes first");
    let text = serde_json::to_string(&assessment).unwrap();
    assert!(text.contains("Which release and build of Windows does it run"));
    let archive = findings(&assessment, "T-4");
    assert!(archive.contains(&one(
        "sbom:archive.json:log4j-core@2.14.1:affected",
        "affected",
        "CVE-2021-44228"
    )));
    assert!(archive.contains(&one(
        "sbom:archive.json:openssl@1.1.1k:not_affected",
        "not_affected",
        "CVE-2021-3711"
    )));
    assert!(text.contains("SM2 is not built in") && text.contains("2.15.0"));
    let request = affected::Request {
        advisory: "CVE-2021-44228".to_owned(),
        assessment: place.path("out/assessment.json"),
        advisories: None,
        knowledge: None,
        matching: Settings::default(),
        now: now(),
    };
    let answer = affected::affected(&Actor::local("test"), &request).unwrap();
    assert_eq!((answer.affected.len(), answer.remediation["in_progress"]), (1, 1));
    // Equal inputs, equal bytes.
    place.assess("again");
    let read = |out: &str| fs::read(place.path(out).join("assessment.json")).unwrap();
    assert_eq!(read("out"), read("again"));
}
