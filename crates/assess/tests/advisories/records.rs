//! Real records of the CVE programme against operating systems and devices, and real bills of material.

use cordon_assess::advisory::Advisory;
use cordon_assess::intelligence::advisory::of_cve;
use cordon_assess::records::component::{Records, keys};
use cordon_assess::records::platform::{Platform, Stated, names};
use cordon_assess::records::product;
use cordon_assess::sbom;
use cordon_knowledge::Knowledge;
use cordon_model::assess::FindingStatus;
use std::fs;
use std::path::{Path, PathBuf};

fn data(folder: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(folder);
    if path.is_dir() {
        return Some(path);
    }
    println!("skipped: no ../shared/data");
    None
}

fn cve_records() -> Option<Vec<Advisory>> {
    let mut records = Vec::new();
    for entry in fs::read_dir(data("advisories/vulnrichment")?).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            records.push(of_cve(&value).unwrap_or_else(|error| panic!("{}: {error:?}", path.display())));
        }
    }
    records.sort_by(|one, other| one.id.cmp(&other.id));
    Some(records)
}

/// What the records mean for a system: CVE and status.
fn judged(records: &[Advisory], os: &str, version: &str) -> Vec<(String, FindingStatus)> {
    let knowledge = Knowledge::builtin().unwrap();
    let version = Some(version.to_owned()).filter(|version| !version.is_empty());
    let platform = Platform::new(&Stated { system: os.to_owned(), version }, &knowledge).unwrap();
    let hits = records.iter().filter_map(|record| platform.judge(record, &names(record)));
    hits.map(|hit| (hit.vulnerability().to_owned(), hit.status)).collect()
}

#[test]
fn real_records_are_decided_by_a_build_and_by_nothing_less() {
    let Some(records) = cve_records() else { return };
    let of = |version: &str, cve: &str| {
        judged(&records, "Windows", version).into_iter().find(|(id, _)| id == cve).map(|(_, status)| status)
    };
    // CVE-2022-41091: Windows 10 version 1809 before 10.0.17763.3650.
    assert_eq!(of("10 10.0.17763.3000", "CVE-2022-41091"), Some(FindingStatus::Affected));
    assert_eq!(of("10 10.0.17763.3650", "CVE-2022-41091"), Some(FindingStatus::Fixed));
    // CVE-2021-1675 names that release also with builds of a later one, and contradicts itself so.
    assert_eq!(of("10 10.0.17763.1000", "CVE-2021-1675"), Some(FindingStatus::Affected));
    assert_eq!(of("10 10.0.17763.1999", "CVE-2021-1675"), Some(FindingStatus::Undetermined));
    assert_eq!(of("7 SP1", "CVE-2021-1675"), Some(FindingStatus::Undetermined));
    assert_eq!(of("XP", "CVE-2021-1675"), None);
    for open in [
        "",
        "7",
        "8",
        "8.1",
        "10",
        "11",
        "10 1809",
        "Server 2008 R2",
        "Server 2012",
        "Server 2012 R2",
        "Server 2016",
        "Server 2019",
    ] {
        for (cve, status) in judged(&records, "Windows", open) {
            assert_eq!(status, FindingStatus::Undetermined, "Windows {open}: {cve}");
        }
    }
    let found = judged(&records, "Windows", "10").len();
    assert!(found >= 20, "{found} records on Windows 10");
    println!("Windows 10 without a build: {found} of {} records ask", records.len());
    let debian = judged(&records, "Debian", "11.3");
    assert!(!debian.is_empty() && debian.iter().all(|(_, status)| *status == FindingStatus::Undetermined));
}

#[test]
fn a_real_record_of_a_device_is_found_under_todays_and_former_owner() {
    let Some(records) = cve_records() else { return };
    let knowledge = Knowledge::builtin().unwrap();
    for maker in ["Baxter", "Hillrom", "Welch Allyn"] {
        let keys = product::keys(maker, "Welch Allyn Connex Spot Monitor", &knowledge.vendors);
        let found: Vec<String> = records
            .iter()
            .filter_map(|record| product::of_devices(record.clone(), &keys))
            .map(|record| record.id)
            .collect();
        assert_eq!(found, ["CVE-2024-1275"], "{maker}");
    }
}

#[test]
fn real_bills_of_material_are_read_or_refused_with_the_reason() {
    let Some(folder) = data("sbom") else { return };
    let knowledge = Knowledge::builtin().unwrap();
    let (mut read, mut components, mut refused) = (0, 0, Vec::new());
    let mut folders = vec![folder.clone()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "json") {
                match sbom::read(&fs::read(&path).unwrap(), &path.to_string_lossy()) {
                    Ok(bill) => {
                        read += 1;
                        components += bill.components.len();
                        keys(&bill, &knowledge);
                    }
                    Err(rejected) => refused.push(rejected.reason),
                }
            }
        }
    }
    println!("{read} documents, {components} components");
    assert!(read >= 15 && components >= 290, "{read} {components}");
    assert!(refused.iter().all(|reason| reason.contains("lists no component")), "{refused:?}");
}

#[test]
fn a_real_devices_bill_is_looked_up_by_package_and_by_product() {
    let Some(folder) = data("sbom/medical-case-study/sboms/case-study") else { return };
    let knowledge = Knowledge::builtin().unwrap();
    let bill = sbom::read(&fs::read(folder.join("narrow.sbom.json")).unwrap(), "narrow.sbom.json").unwrap();
    assert_eq!(bill.components.len(), 55);
    let keys = keys(&bill, &knowledge);
    assert!(keys.products.contains("a:wolfssl:wolfssl") && keys.packages.contains("nuget/automapper"));
    let record = serde_json::json!({ "id": "CVE-2022-25640", "lastModified": "x", "configurations": [{ "nodes": [{ "cpeMatch": [
        { "vulnerable": true, "criteria": "cpe:2.3:a:wolfssl:wolfssl:*:*:*:*:*:*:*:*", "versionEndExcluding": "5.2.0" }] }] }] });
    let records =
        Records::new(Vec::new(), vec![cordon_assess::intelligence::advisory::of_nvd(&record).unwrap()]);
    let hit: Vec<&str> = bill
        .components
        .iter()
        .filter(|one| records.of(one, &knowledge).iter().any(|hit| hit.status == FindingStatus::Affected))
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(hit, ["WolfSSL"]);
}
