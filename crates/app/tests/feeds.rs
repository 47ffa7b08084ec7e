//! Feeds over a real connection from a server of our own that behaves as badly as real ones do.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly, and say what they skip"
)]

use cordon_app::feeds::update::{self, Outside, Updated};
use cordon_app::feeds::{self, Manner, Sources};
use cordon_app::{Actor, AppError};
use cordon_link::{Client, Proxies, Trust};
use cordon_model::Timestamp;
use cordon_testkit::server::{Fault, Server};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

struct Site {
    server: Server,
    folder: tempfile::TempDir,
    waits: Vec<u64>,
}

impl Site {
    fn new() -> Site {
        Site { server: Server::start().unwrap(), folder: tempfile::tempdir().unwrap(), waits: Vec::new() }
    }

    fn feeds(&self) -> PathBuf {
        self.folder.path().join("feeds")
    }

    fn update(&mut self, names: &[&str]) -> Result<Updated, AppError> {
        self.update_with(names, Manner::default())
    }

    fn update_with(&mut self, names: &[&str], manner: Manner) -> Result<Updated, AppError> {
        let mut sources = Sources::published().unwrap();
        for name in ["kev", "epss", "nvd", "vulnrichment", "cve", "osv", "endoflife", "openfda"] {
            sources.set(name, &self.server.url(&format!("/{name}"))).unwrap();
        }
        sources.ecosystems = vec!["Debian".to_owned()];
        sources.set_providers(&[self.server.url("/csaf/provider-metadata.json")]).unwrap();
        let request = update::Request {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            folder: self.feeds(),
            sources,
            manner,
            now: now(),
        };
        let mut client = Client::new(Proxies::default(), &Trust::default()).unwrap();
        let waits = &mut self.waits;
        let mut wait = |time: Duration| waits.push(time.as_secs());
        let outside = Outside { exchange: &mut client, now: &now, wait: &mut wait };
        update::update(&Actor::local("test"), &request, outside, &mut ())
    }

    fn import(&self, into: &str, inputs: &[PathBuf]) -> Result<(), AppError> {
        let folder = self.folder.path().join(into);
        let request =
            feeds::Request { inputs: inputs.to_vec(), folder, manner: Manner::default(), now: now() };
        feeds::import(&Actor::local("test"), &request, &mut ()).map(drop)
    }

    fn manifest(&self) -> Value {
        manifest(&self.feeds())
    }

    fn version(&self, name: &str) -> String {
        self.manifest()["feeds"][name]["version"].as_str().unwrap_or_default().to_owned()
    }
}

fn manifest(folder: &Path) -> Value {
    serde_json::from_slice(&fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// The records of a feed, byte for byte.
fn records(folder: &Path, name: &str) -> Vec<u8> {
    let place = manifest(folder)["feeds"][name]["folder"].as_str().unwrap().to_owned();
    fs::read(folder.join(place).join("records.bin")).unwrap()
}

fn kev(version: &str, ids: &[&str]) -> Vec<u8> {
    let entries: Vec<Value> = ids
        .iter()
        .map(|id| json!({ "cveID": id, "dateAdded": "2024-12-30", "dueDate": "2025-01-20", "knownRansomwareCampaignUse": "Known" }))
        .collect();
    json!({ "title": "x", "catalogVersion": version, "count": ids.len(), "vulnerabilities": entries })
        .to_string()
        .into()
}

const EPSS: &str = "#model_version:v2025.03.14,score_date:2026-11-21T00:00:00+0000\ncve,epss,percentile\n\
                    CVE-2024-0001,0.5,0.9\nCVE-2024-0002,0.1,0.2\n";

fn advisory(id: &str, version: &str, title: &str) -> Value {
    json!({ "document": {
        "category": "csaf_security_advisory", "csaf_version": "2.0", "title": title,
        "publisher": { "category": "vendor", "name": "Maker", "namespace": "https://maker.example" },
        "tracking": { "id": id, "version": version, "status": "final", "current_release_date": "2026-01-01T00:00:00Z" }
    } })
}

/// Puts a provider with these documents in place, each with its hash.
fn publish(server: &Server, documents: &[(&str, Value, &str)], keys: &Value) {
    server.put(
        "/csaf/provider-metadata.json",
        json!({ "publisher": { "name": "Maker" }, "role": "csaf_trusted_provider", "public_openpgp_keys": keys,
                "distributions": [{ "rolie": { "feeds": [{ "tlp_label": "WHITE", "url": server.url("/csaf/feed.json") }] } }] })
        .to_string(),
    );
    let mut entries = Vec::new();
    for (name, document, updated) in documents {
        let path = format!("/csaf/{name}.json");
        let text = document.to_string();
        let hash: String = Sha512::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        server.put(&path, text);
        server.put(&format!("{path}.sha512"), format!("{hash}  {name}.json\n"));
        let url = server.url(&path);
        let mut links = vec![
            json!({ "rel": "self", "href": url }),
            json!({ "rel": "hash", "href": format!("{url}.sha512") }),
        ];
        if keys.as_array().is_some_and(|keys| !keys.is_empty()) {
            links.push(json!({ "rel": "signature", "href": format!("{url}.asc") }));
        }
        entries.push(json!({ "id": name, "updated": updated, "content": { "src": url }, "link": links }));
    }
    server.put("/csaf/feed.json", json!({ "feed": { "id": "x", "entry": entries } }).to_string());
}

#[test]
fn a_bad_line_is_survived_and_the_download_goes_on_where_it_broke() {
    let mut site = Site::new();
    site.server.put("/kev", kev("2026.11.20", &["CVE-2024-0001", "CVE-2024-0002"]));
    let busy = |status| Fault::Status(status, "retry-after", "7".to_owned());
    let faults = [Fault::Drop, Fault::Half, busy(503), busy(429), Fault::Status(500, "x", String::new())];
    site.server.spoil("/kev", &faults);
    let updated = site.update(&["kev"]).unwrap();
    assert_eq!(updated.feeds["kev"].records, 2);
    assert_eq!(site.waits, [1, 1, 7, 7, 4]);
    let asked = site.server.asked();
    assert_eq!(asked.len(), 6);
    assert!(asked[5].headers["range"].starts_with("bytes=") && asked[5].headers.contains_key("if-range"));
    assert!(asked[0].headers["user-agent"].starts_with("cordon/"));
    // The next time nothing is sent, and nothing is made anew.
    let updated = site.update(&["kev"]).unwrap();
    assert_eq!(updated.unchanged, ["kev"]);
    let asked = site.server.asked();
    assert_eq!(asked.len(), 1);
    assert!(asked[0].headers.contains_key("if-none-match"));
}

#[test]
fn what_is_broken_older_or_lies_never_takes_the_place_of_what_is_good() {
    let mut site = Site::new();
    let good = kev("2026.11.20", &["CVE-2024-0001", "CVE-2024-0002"]);
    site.server.put("/kev", good);
    site.update(&["kev"]).unwrap();
    let before = records(&site.feeds(), "kev");
    let newer = kev("2026.11.21", &["CVE-2024-0001", "CVE-2024-0003"]);
    let whole: Value = serde_json::from_slice(&newer).unwrap();
    let counted = |count: u64| {
        let mut wrong = whole.clone();
        wrong["count"] = json!(count);
        wrong.to_string().into_bytes()
    };
    for (text, faults, wanted) in [
        (newer.clone(), vec![Fault::LongLie; 12], "the connection broke"),
        (newer.clone(), vec![Fault::ShortLie; 2], "no whole JSON"),
        (newer.clone(), vec![Fault::Drop; 12], "tries"),
        (
            newer.clone(),
            vec![Fault::Status(302, "location", "file:///etc/passwd".into())],
            "leads to file://",
        ),
        (newer.clone(), vec![Fault::Status(429, "retry-after", "86400".into())], "86400 seconds"),
        (newer.clone(), vec![Fault::Status(403, "x", String::new())], "refuses"),
        (newer[..newer.len() - 5].to_vec(), vec![], "no whole JSON"),
        (counted(900), vec![], "says that it holds 900"),
        (b"<html>maintenance</html>".to_vec(), vec![], "nothing in it is a record"),
        (kev("2026.11.01", &["CVE-2024-0001", "CVE-2024-0002"]), vec![], "older than 2026.11.20"),
        (
            b"{\"catalogVersion\": \"2026.12.01\", \"vulnerabilities\": [{}, 7]}".to_vec(),
            vec![],
            "none of its records",
        ),
    ] {
        site.server.put("/kev", text);
        site.server.spoil("/kev", &faults);
        let error = site.update(&["kev"]).expect_err(wanted).to_string();
        assert!(error.contains(wanted), "{wanted}: {error}");
        assert_eq!(records(&site.feeds(), "kev"), before, "{wanted}");
        assert_eq!(site.version("kev"), "2026.11.20");
        let told = site.manifest()["tried"]["kev"]["error"].as_str().unwrap().to_owned();
        assert!(told.contains(wanted), "{told}");
        site.server.spoil("/kev", &[]);
    }
    // What was refused is refused again, not passed over as known; and taken when that is wanted.
    site.server.put("/kev", kev("2026.11.01", &["CVE-2024-0009"]));
    for _ in 0..2 {
        assert!(site.update(&["kev"]).unwrap_err().to_string().contains("--allow-rollback"));
    }
    site.update_with(&["kev"], Manner { allow_rollback: true, ..Manner::default() }).unwrap();
    assert_eq!(site.version("kev"), "2026.11.01");
    assert!(site.manifest()["tried"]["kev"]["error"].is_null());
}

#[test]
fn one_feed_that_fails_costs_no_other() {
    let mut site = Site::new();
    site.server.put("/epss", EPSS);
    let updated = site.update(&["kev", "epss"]).unwrap();
    assert_eq!(updated.feeds.keys().collect::<Vec<_>>(), ["epss"]);
    assert!(updated.failed["kev"].contains("no such file"));
    let (known, used) =
        feeds::intelligence(&site.feeds(), &BTreeSet::from(["cve-2024-0001".to_owned()])).unwrap();
    let epss = known.of("CVE-2024-0001").unwrap().epss.clone().unwrap();
    assert_eq!((epss.score, epss.percentile, epss.model.as_deref()), (0.5, 0.9, Some("v2025.03.14")));
    assert_eq!(used["epss"].version.as_deref(), Some("2026-11-21 v2025.03.14"));
    assert!(site.update(&["nothing"]).unwrap_err().to_string().contains("there is no source"));
}

#[test]
fn only_changed_documents_of_a_provider_are_fetched_and_each_must_fit_its_hash() {
    let mut site = Site::new();
    let none = json!([]);
    let (a, b) = (advisory("A", "1", "first"), advisory("B", "1", "first"));
    publish(&site.server, &[("a", a.clone(), "1"), ("b", b.clone(), "1")], &none);
    site.server.put("/csaf/b.json.sha512", "0".repeat(128));
    site.update(&["csaf"]).unwrap();
    let feed = &site.manifest()["feeds"]["csaf"];
    assert_eq!((&feed["records"], &feed["rejected"]), (&json!(1), &json!(1)));
    let folder = site.feeds().join(feed["folder"].as_str().unwrap());
    let rejected = fs::read_to_string(folder.join("rejected.jsonl")).unwrap();
    assert!(rejected.contains("b.json") && rejected.contains("SHA-512"), "{rejected}");
    // Its hash put right, it comes; the other is not asked for again.
    publish(&site.server, &[("a", a, "1"), ("b", b.clone(), "1")], &none);
    site.server.asked();
    site.update(&["csaf"]).unwrap();
    let asked: Vec<String> = site.server.asked().into_iter().map(|asked| asked.path).collect();
    assert!(
        !asked.contains(&"/csaf/a.json".to_owned()) && asked.contains(&"/csaf/b.json".to_owned()),
        "{asked:?}"
    );
    assert_eq!(site.manifest()["feeds"]["csaf"]["records"], 2);
    assert_eq!(site.update(&["csaf"]).unwrap().unchanged, ["csaf"]);
    // A later revision takes its place, an earlier one does not.
    publish(&site.server, &[("a", advisory("A", "2", "second"), "2"), ("b", b, "1")], &none);
    site.update(&["csaf"]).unwrap();
    publish(&site.server, &[("a", advisory("A", "1", "first"), "3")], &none);
    site.update(&["csaf"]).unwrap();
    let mut titles = Vec::new();
    feeds::advisories(&site.feeds(), &mut |name, bytes| {
        let value: Value = serde_json::from_slice(bytes).unwrap();
        titles.push(format!("{name}: {}", value["document"]["title"].as_str().unwrap()));
    })
    .unwrap();
    assert_eq!(titles, ["https://maker.example A: second", "https://maker.example B: first"]);
}

#[test]
fn a_server_that_is_gone_ends_the_update_and_what_came_is_kept() {
    let mut site = Site::new();
    let names: Vec<String> = (0..30).map(|at| format!("d{at:02}")).collect();
    let documents: Vec<(&str, Value, &str)> =
        names.iter().map(|name| (name.as_str(), advisory(name, "1", "x"), "1")).collect();
    publish(&site.server, &documents, &json!([]));
    for name in &names[5..] {
        site.server.remove(&format!("/csaf/{name}.json"));
    }
    let error = site.update(&["csaf"]).unwrap_err().to_string();
    assert!(error.contains("10 documents in a row"), "{error}");
    assert_eq!(site.manifest()["feeds"]["csaf"]["records"], 5);
    publish(&site.server, &documents, &json!([]));
    site.update(&["csaf"]).unwrap();
    assert_eq!(site.manifest()["feeds"]["csaf"]["records"], 30);
}

#[test]
fn signatures_are_checked_against_the_keys_that_the_provider_publishes() {
    let home = tempfile::tempdir().unwrap();
    let gpg = |args: &[&str]| {
        let mut command = Command::new("gpg");
        command.args(["--batch", "--quiet", "--homedir"]).arg(home.path()).args([
            "--pinentry-mode",
            "loopback",
            "--passphrase",
            "",
        ]);
        command.args(args).output().ok().filter(|output| output.status.success())
    };
    let is_there = Command::new("gpgv").arg("--version").output().is_ok();
    if !is_there
        || gpg(&["--quick-generate-key", "maker@maker.example", "ed25519", "sign", "never"]).is_none()
    {
        eprintln!("skipped: no gpg and gpgv");
        return;
    }
    let listed = gpg(&["--with-colons", "--list-keys"]).unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let fingerprint =
        listed.lines().find_map(|line| line.strip_prefix("fpr:")).unwrap().trim_matches(':').to_owned();
    let mut site = Site::new();
    site.server.put("/csaf/key.asc", gpg(&["--armor", "--export"]).unwrap().stdout);
    let keys = json!([{ "fingerprint": fingerprint, "url": site.server.url("/csaf/key.asc") }]);
    let documents = [("a", advisory("A", "1", "good"), "1"), ("b", advisory("B", "1", "bad"), "1")];
    publish(&site.server, &documents, &keys);
    let file = home.path().join("document");
    let sign = |bytes: &[u8]| {
        fs::write(&file, bytes).unwrap();
        let path = file.to_str().unwrap();
        gpg(&["--yes", "--armor", "--output", "-", "--detach-sign", path]).unwrap().stdout
    };
    site.server.put("/csaf/a.json.asc", sign(documents[0].1.to_string().as_bytes()));
    site.server.put("/csaf/b.json.asc", sign(b"something else"));
    site.update(&["csaf"]).unwrap();
    let feed = &site.manifest()["feeds"]["csaf"];
    assert_eq!((&feed["records"], &feed["rejected"]), (&json!(1), &json!(1)));
    // A key that the provider does not name is not believed either.
    let other = json!([{ "fingerprint": "AA".repeat(20), "url": site.server.url("/csaf/key.asc") }]);
    let documents = [("c", advisory("C", "1", "unnamed"), "1")];
    publish(&site.server, &documents, &other);
    site.server.put("/csaf/c.json.asc", sign(documents[0].1.to_string().as_bytes()));
    let error = site.update(&["csaf"]).unwrap_err().to_string();
    assert!(error.contains("does not name"), "{error}");
}

fn nvd_page(start: usize, total: usize, ids: &[(&str, &str)]) -> String {
    let list: Vec<Value> = ids
        .iter()
        .map(|(id, modified)| {
            json!({ "cve": { "id": id, "lastModified": modified, "vulnStatus": "Analyzed",
                "configurations": [{ "nodes": [{ "cpeMatch": [{ "vulnerable": true, "criteria": "cpe:2.3:o:maker:pump_os:1:*:*:*:*:*:*:*" }] }] }],
                "metrics": { "cvssMetricV31": [{ "source": "nvd@nist.gov", "cvssData": { "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" } }] } } })
        })
        .collect();
    json!({ "resultsPerPage": list.len(), "startIndex": start, "totalResults": total, "vulnerabilities": list }).to_string()
}

#[test]
fn nvd_comes_in_pages_and_then_only_what_changed() {
    let mut site = Site::new();
    let at = |start: usize| format!("/nvd?resultsPerPage=2000&startIndex={start}");
    site.server.put(
        &at(0),
        nvd_page(
            0,
            3,
            &[("CVE-2024-0001", "2026-11-01T00:00:00.000"), ("CVE-2024-0002", "2026-11-02T00:00:00.000")],
        ),
    );
    // A page that is missing spoils the whole.
    site.server.put(&at(2), nvd_page(2, 3, &[]));
    assert!(site.update(&["nvd"]).unwrap_err().to_string().contains("empty although"));
    assert!(!site.manifest()["feeds"].as_object().unwrap().contains_key("nvd"));
    site.server.put(&at(2), nvd_page(2, 3, &[("CVE-2024-0003", "2026-11-03T00:00:00.000")]));
    site.server.asked();
    site.update(&["nvd"]).unwrap();
    // The first page was there from the try before.
    assert_eq!(site.server.asked().iter().map(|asked| asked.path.clone()).collect::<Vec<_>>(), [at(2)]);
    assert_eq!(site.manifest()["feeds"]["nvd"]["records"], 3);
    // From now on by time of change; the server answers whatever the query.
    site.server.put("/nvd", nvd_page(0, 1, &[("CVE-2024-0003", "2026-11-20T00:00:00.000")]));
    site.update(&["nvd"]).unwrap();
    let asked = site.server.asked();
    assert!(asked[0].path.contains("lastModStartDate=2026-11-02T22"), "{}", asked[0].path);
    assert_eq!(
        (site.version("nvd").as_str(), &site.manifest()["feeds"]["nvd"]["records"]),
        ("2026-11-20T00:00:00.000", &json!(3))
    );
    let mut found = Vec::new();
    let keys = BTreeSet::from(["o:maker:pump_os".to_owned()]);
    feeds::records(&site.feeds(), "nvd", &keys, &mut |id, _| found.push(id.to_owned())).unwrap();
    assert_eq!(found, ["CVE-2024-0001", "CVE-2024-0002", "CVE-2024-0003"]);
    let (known, _) =
        feeds::intelligence(&site.feeds(), &BTreeSet::from(["CVE-2024-0002".to_owned()])).unwrap();
    assert_eq!(known.of("CVE-2024-0002").map(|cve| cve.cvss.len()), Some(1));
    let (advisories, used) = feeds::vulnerabilities(&site.feeds(), &keys).unwrap();
    assert_eq!((advisories.len(), used.len(), advisories[0].products.len()), (3, 1, 1));
}

fn zip(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    use std::io::Write as _;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

fn tar(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_ustar();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

/// Puts a small file of every source in place; answers them under the names of files.
fn publish_everything(server: &Server) -> Vec<(&'static str, Vec<u8>)> {
    let recall = json!({ "meta": { "last_updated": "2026-11-18" }, "results": [
        { "cfres_id": "1", "product_res_number": "Z-0001-2026", "recalling_firm": "Maker", "product_code": "FRN" }] });
    let recall = zip(&[("device-recall-0001-of-0001.json", recall.to_string().into())]);
    server.put("/recall.zip", recall.clone());
    server.put(
        "/openfda",
        json!({ "results": { "device": { "recall": { "export_date": "2026-11-18", "partitions": [{ "file": server.url("/recall.zip") }] } } } })
            .to_string(),
    );
    let lifecycle = json!({ "schema_version": "1.1.0", "generated_at": "2026-11-20T00:00:00+00:00", "total": 1, "result": [
        { "name": "windows", "label": "Microsoft Windows", "category": "os", "releases": [
            { "name": "10", "label": "10", "releaseDate": "2015-07-29", "isEol": true, "eolFrom": "2025-10-14" }] }] });
    let osv = json!({ "schema_version": "1.6.0", "id": "DEBIAN-CVE-2024-0001", "modified": "2026-01-01T00:00:00Z", "upstream": ["CVE-2024-0001"],
        "affected": [{ "package": { "ecosystem": "Debian:12", "name": "openssl" }, "ranges": [] }] });
    let osv = zip(&[("DEBIAN-CVE-2024-0001.json", osv.to_string().into())]);
    let record = json!({ "dataType": "CVE_RECORD", "dataVersion": "5.1", "cveMetadata": { "cveId": "CVE-2024-0001", "state": "PUBLISHED", "dateUpdated": "2026-01-01T00:00:00Z" },
        "containers": { "cna": { "affected": [] }, "adp": [{ "providerMetadata": { "shortName": "CISA-ADP" }, "metrics": [{ "other": { "type": "ssvc", "content": { "options": [{ "Exploitation": "active" }] } } }] }] } });
    let records_zip =
        zip(&[("vulnrichment-develop/2024/0xxx/CVE-2024-0001.json", record.to_string().into())]);
    let (advisory, kev) = (advisory("A", "1", "x"), kev("2026.11.20", &["CVE-2024-0001"]));
    publish(server, &[("a", advisory.clone(), "1")], &json!([]));
    for (path, bytes) in [
        ("/kev", kev.clone()),
        ("/epss", EPSS.into()),
        ("/endoflife", lifecycle.to_string().into()),
        ("/osv/Debian/all.zip", osv.clone()),
        ("/vulnrichment", records_zip.clone()),
    ] {
        server.put(path, bytes);
    }
    vec![
        ("csaf/2026/a.json", advisory.to_string().into_bytes()),
        ("kev.json", kev),
        ("epss.csv", EPSS.into()),
        ("full.json", lifecycle.to_string().into()),
        ("recall.zip", recall),
        ("osv.zip", osv),
        ("vulnrichment.zip", records_zip),
    ]
}

#[test]
fn what_is_fetched_and_what_is_carried_over_are_the_same_however_it_is_packed() {
    let mut site = Site::new();
    let files = publish_everything(&site.server);
    let names = ["csaf", "kev", "epss", "endoflife", "fda-recall", "vulnrichment", "osv"];
    let updated = site.update(&names).unwrap();
    assert_eq!(updated.failed.len(), 0, "{:?}", updated.failed);
    let folder = site.folder.path().join("carried");
    for (name, bytes) in &files {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    let packed = tar(&files);
    let write = |name: &str, bytes: &[u8]| {
        let path = site.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let inputs = [
        ("of-folder", folder),
        ("of-tar", write("all.tar", &packed)),
        ("of-zip", write("all.zip", &zip(&files))),
        ("of-zip-in-tar", write("nested.tar", &tar(&[("all.zip", zip(&files)), ("x/all.tar", packed)]))),
    ];
    for (into, input) in inputs {
        site.import(into, &[input]).unwrap();
        let made = site.folder.path().join(into);
        for name in ["csaf", "kev", "epss", "endoflife", "fda-recall", "cve", "osv"] {
            assert_eq!(records(&made, name), records(&site.feeds(), name), "{into} {name}");
        }
    }
    let known = feeds::intelligence(&site.feeds(), &BTreeSet::from(["CVE-2024-0001".to_owned()])).unwrap().0;
    let known = known.of("CVE-2024-0001").unwrap();
    assert!(known.kev.is_some() && known.epss.is_some());
    assert_eq!(
        known.ssvc.as_ref().unwrap().exploitation,
        Some(cordon_assess::intelligence::Exploitation::Active)
    );
}

#[test]
fn a_broken_archive_changes_nothing_and_a_broken_document_costs_itself() {
    let site = Site::new();
    let good = ("a.json", advisory("A", "1", "x").to_string().into_bytes());
    let write = |name: &str, bytes: &[u8]| {
        let path = site.folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let whole = tar(&[good.clone(), ("b.json", advisory("B", "1", "y").to_string().into())]);
    let error =
        site.import("feeds", &[write("cut.tar", &whole[..whole.len() - 1500])]).unwrap_err().to_string();
    assert!(error.contains("what was there before stays"), "{error}");
    assert!(!site.feeds().join("manifest.json").exists());
    let broken = [
        good.clone(),
        ("again.json", advisory("A", "1", "other content").to_string().into()),
        ("cut.json", good.1[..good.1.len() - 9].to_vec()),
        ("deep.json", format!("{{\"document\": {}", "[".repeat(100_000)).into_bytes()),
        (
            "no-id.json",
            b"{\"document\": {\"csaf_version\": \"2.0\", \"tracking\": {\"version\": \"1\"}}}".to_vec(),
        ),
        ("old.json", advisory("A", "0.9", "old").to_string().into()),
        ("picture.png", vec![0x89, b'P', b'N', b'G', 0]),
    ];
    site.import("feeds", &[write("all.zip", &zip(&broken))]).unwrap();
    let feed = &site.manifest()["feeds"]["csaf"];
    assert_eq!((&feed["records"], &feed["rejected"]), (&json!(1), &json!(4)));
    let folder = site.feeds().join(feed["folder"].as_str().unwrap());
    let rejected = fs::read_to_string(folder.join("rejected.jsonl")).unwrap();
    for wanted in
        ["again.json", "another content", "cut.json", "deep.json", "document.tracking.id", "a later revision"]
    {
        assert!(rejected.contains(wanted), "{wanted}: {rejected}");
    }
    // Zeroes compress well: an archive within an archive within … ends somewhere.
    let mut deep = zip(&[good]);
    for _ in 0..7 {
        deep = zip(&[("inner.zip", deep)]);
    }
    assert!(
        site.import("deep", &[write("deep.zip", &deep)])
            .unwrap_err()
            .to_string()
            .contains("deep in one another")
    );
}

#[test]
fn guduids_delimited_release_is_joined_from_its_tables() {
    let site = Site::new();
    let device = "PrimaryDI|publicVersionDate|brandName|versionModelNumber|catalogNumber|companyName|deviceCommDistributionStatus\n\
                  51022222233336|2026-10-01|Evita|V800||Maker|In Commercial Distribution\n";
    let files = [
        ("device.txt", device.as_bytes().to_vec()),
        ("identifiers.txt", b"PrimaryDI|deviceId|deviceIdType\n51022222233336|9001|Package\n".to_vec()),
        (
            "productCodes.txt",
            b"PrimaryDI|productCode|productCodeName\n51022222233336|CBK|Ventilator\n".to_vec(),
        ),
        ("gmdnTerms.txt", b"PrimaryDI|gmdnPTName\n51022222233336|x\n".to_vec()),
    ];
    let path = site.folder.path().join("AccessGUDID_Delimited_Full_Release.zip");
    fs::write(&path, zip(&files)).unwrap();
    site.import("feeds", &[path]).unwrap();
    let feed = &site.manifest()["feeds"]["fda-udi"];
    assert_eq!((&feed["records"], &feed["version"]), (&json!(1), &json!("2026-10-01")));
    let place = site.feeds().join(feed["folder"].as_str().unwrap());
    let line = fs::read_to_string(place.join("products.tsv")).unwrap();
    assert!(line.contains("9001") && line.contains("CBK"), "{line}");
}

#[test]
fn all_sample_data_comes_in() {
    let Some(data) = cordon_testkit::data_dir() else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let site = Site::new();
    let inputs = ["advisories", "fda", "lifecycle"].map(|name| data.join(name));
    site.import("feeds", &inputs).unwrap();
    let feeds = site.manifest()["feeds"].clone();
    let count = |name: &str| feeds[name]["records"].as_u64().unwrap_or_default();
    assert_eq!((count("kev"), count("cve"), count("endoflife"), count("fda-udi")), (1_239, 134, 464, 261));
    assert!(count("csaf") > 1_200, "{}", count("csaf"));
    let mut names = 0;
    feeds::advisories(&site.feeds(), &mut |_, bytes| {
        names += 1;
        assert!(!bytes.is_empty());
    })
    .unwrap();
    assert_eq!(names, count("csaf"));
    // Every CVE record becomes an advisory or says nothing of any product by CPE.
    let keys = BTreeSet::from(["a:oracle:weblogic_server".to_owned(), "h:dlink:dir-645".to_owned()]);
    let (advisories, _) = feeds::vulnerabilities(&site.feeds(), &keys).unwrap();
    assert!(!advisories.is_empty() && advisories.iter().all(|one| !one.products.is_empty()));
}
