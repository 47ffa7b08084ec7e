//! Records of NVD, the CVE programme and OSV, from files a person carries to what is said of each device: its operating
//! system, its model, the components of its bill of material, and the software that it names on the wire.

use crate::exposed::{said, talk};
use crate::harness::{NOW, Place};
use cordon_testkit::capture::Pcap;
use serde_json::{Value, json};

fn nvd(id: &str, cpe: &str, before: &str) -> Value {
    json!({ "cve": { "id": id, "lastModified": "2024-08-01T10:00:00.000", "published": "2024-08-01T10:00:00.000",
        "vulnStatus": "Analyzed", "descriptions": [{ "lang": "en", "value": "x" }],
        "metrics": { "cvssMetricV31": [{ "source": "nvd@nist.gov", "cvssData": { "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" } }] },
        "configurations": [{ "nodes": [{ "operator": "OR", "negate": false,
            "cpeMatch": [{ "vulnerable": true, "criteria": cpe, "versionEndExcluding": before }] }] }] } })
}

fn feeds(place: &Place) {
    let records = [
        nvd("CVE-2024-0001", "cpe:2.3:o:microsoft:windows_10_1809:*:*:*:*:*:*:*:*", "10.0.17763.6189"),
        nvd("CVE-2024-0003", "cpe:2.3:o:acme:zephyrus_9000_firmware:*:*:*:*:*:*:*:*", "2.1"),
        nvd("CVE-2023-38408", "cpe:2.3:a:openbsd:openssh:*:*:*:*:*:*:*:*", "9.3"),
        nvd("CVE-2014-9222", "cpe:2.3:a:allegrosoft:rompager:*:*:*:*:*:*:*:*", "4.34"),
    ];
    let page = json!({ "resultsPerPage": records.len(), "startIndex": 0, "totalResults": records.len(), "format": "NVD_CVE",
        "version": "2.0", "timestamp": "2026-11-20T00:00:00.000", "vulnerabilities": records });
    place.write("carried/nvd.json", page.to_string());
    let record = json!({ "dataType": "CVE_RECORD", "dataVersion": "5.1",
        "cveMetadata": { "cveId": "CVE-2022-37434", "assignerOrgId": "x", "state": "PUBLISHED", "dateUpdated": "2024-08-01T10:00:00.000Z" },
        "containers": { "cna": { "providerMetadata": { "orgId": "x" }, "descriptions": [{ "lang": "en", "value": "x" }],
            "affected": [{ "vendor": "zlib", "product": "zlib", "cpes": ["cpe:2.3:a:zlib:zlib:*:*:*:*:*:*:*:*"], "defaultStatus": "unaffected",
                "versions": [{ "version": "0", "lessThanOrEqual": "1.2.12", "status": "affected", "versionType": "semver" }] }] } } });
    place.write("carried/CVE-2022-37434.json", record.to_string());
    let osv = json!({ "schema_version": "1.6.0", "id": "GHSA-jfh8-c2jp-5v3q", "modified": "2026-01-01T00:00:00Z", "aliases": ["CVE-2021-44228"],
        "affected": [{ "package": { "ecosystem": "Maven", "name": "org.apache.logging.log4j:log4j-core" },
            "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "2.0-beta9" }, { "fixed": "2.15.0" }] }] }] });
    place.write("carried/GHSA-jfh8-c2jp-5v3q.json", osv.to_string());
    let told = place.cordon(&format!("feed import carried --feeds feeds --now {NOW}")).expect(0).out();
    for wanted in ["nvd: 4 records", "cve: 1 records", "osv: 1 records"] {
        assert!(told.contains(wanted), "{wanted}: {told}");
    }
}

fn hospital(place: &Place) {
    let list = "asset_tag,manufacturer,model,firmware,os,os_version\n\
        T-1,Acme,Zephyrus 9000,2.0,,\n\
        T-2,Acme,Console 5,,Windows,10 10.0.17763.5122\n\
        T-3,Acme,Zephyrus 9000,2.2,,\n\
        T-4,Acme,Archive 7,,,\n";
    place.write("assets.csv", list);
    let ssh = |banner: &str| {
        vec![(false, said(&format!("{banner}\r\n"))), (true, said("SSH-2.0-PuTTY_Release_0.78\r\n"))]
    };
    let page = "HTTP/1.1 200 OK\r\nServer: RomPager/4.07 UPnP/1.0\r\nContent-Type: text/html\r\nContent-Length: 2\r\n\r\nOk";
    let frames = [
        talk(30, 22, &ssh("SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13")),
        talk(31, 80, &[(true, said("GET / HTTP/1.1\r\nHost: 10.20.0.31\r\n\r\n")), (false, said(page))]),
        talk(32, 22, &ssh("SSH-2.0-OpenSSH_9.6p1 Ubuntu-3ubuntu13")),
    ];
    place.write("lab.pcap", Pcap::default().frames(&frames.concat()).bytes());
    place.write("site/site.toml", "version = 1\n");
    let bill = "<?xml version=\"1.0\"?><bom xmlns=\"http://cyclonedx.org/schema/bom/1.6\" serialNumber=\"urn:uuid:11-22\"><components>\
        <component type=\"library\"><group>org.apache.logging.log4j</group><name>log4j-core</name><version>2.14.1</version>\
        <purl>pkg:maven/org.apache.logging.log4j/log4j-core@2.14.1</purl></component>\
        <component type=\"library\"><name>zlib</name><version>1.2.11</version></component></components></bom>";
    place.write("site/sbom/archive.xml", bill);
    let of = "version = 1\n[[bill]]\nfile = \"archive.xml\"\nmanufacturer = \"Acme\"\nmodel = \"Archive 7\"\nwho = \"anna\"\n\
        when = \"2026-11-01\"\nwhy = \"sent by the maker\"\n";
    place.write("site/sbom/sbom.toml", of);
}

#[test]
fn records_reach_systems_models_components_and_what_is_named_on_the_wire() {
    let place = Place::new();
    feeds(&place);
    hospital(&place);
    place
        .cordon(&format!("assess lab.pcap assets.csv --site site --feeds feeds --out out --now {NOW}"))
        .expect(0);
    let explained =
        |device: &str| place.cordon(&format!("explain {device} --in out/assessment.json")).expect(0).out();
    for (device, wanted) in [
        ("T-1", vec!["CVE-2024-0003  affected"]),
        ("T-2", vec!["os:windows-10-10.0.17763.5122:affected", "CVE-2024-0001", "NVD: "]),
        ("T-4", vec!["sbom:archive.xml:log4j-core@2.14.1:affected", "CVE-2021-44228", "2.15.0"]),
        ("T-4", vec!["sbom:archive.xml:zlib@1.2.11:affected", "CVE-2022-37434", "CVE: "]),
        (
            "10.20.0.30",
            vec![
                "software:openssh-6.6.1p1:undetermined",
                "CVE-2023-38408",
                "to settle it: Which release of Ubuntu's package of OpenSSH",
                "ssh.identification: \"SSH-2.0-OpenSSH_6.6.1p1 Ubuntu-2ubuntu2.13\" (lab.pcap, frame 4)",
            ],
        ),
        (
            "10.20.0.31",
            vec!["software:allegro-rompager-4.07:affected", "CVE-2014-9222", "RomPager/4.07 UPnP/1.0"],
        ),
        ("10.20.0.32", vec!["software:openssh-9.6p1:fixed"]),
    ] {
        let told = explained(device);
        for wanted in wanted {
            assert!(told.contains(wanted), "{device}: no {wanted} in\n{told}");
        }
    }
    assert!(!explained("T-3").contains("CVE-2024-0003  affected"));
    // No advisory was given, and still there is a sheet of findings.
    let sheet = String::from_utf8(place.read("out/findings.csv")).unwrap();
    for wanted in
        ["software:openssh-6.6.1p1:undetermined", "sbom:archive.xml:zlib@1.2.11:affected", "CVE-2024-0003"]
    {
        assert!(sheet.contains(wanted), "{wanted}");
    }
    let answer = place.cordon("affected CVE-2023-38408 --in out/assessment.json --json").expect(0);
    let answer: Value = serde_json::from_slice(&answer.stdout).unwrap();
    assert_eq!(
        (&answer["affected"], answer["undetermined"].as_array().unwrap().len()),
        (&json!([]), 1),
        "{answer}"
    );
}
