//! Rows of asset lists as hospitals write them, against real advisories, with the verdict a reader of the advisory
//! comes to.
#![expect(clippy::unwrap_used, reason = "tests stop loudly")]

use cordon_assess::advisory::{Advisory, csaf};
use cordon_assess::matching::{Catalogue, Inventory, Matcher, Settings, Turn, turn};
use cordon_knowledge::Knowledge;
use cordon_model::Timestamp;
use cordon_model::assess::FindingStatus;
use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceId, Evidence};
use cordon_model::observe::{Protocol, Source};
use std::collections::BTreeMap;

/// Affected.
const A: Option<FindingStatus> = Some(FindingStatus::Affected);
/// Fixed.
const F: Option<FindingStatus> = Some(FindingStatus::Fixed);
/// Not affected.
const N: Option<FindingStatus> = Some(FindingStatus::NotAffected);
/// A fact is missing that no reader of the row could know.
const U: Option<FindingStatus> = Some(FindingStatus::Undetermined);
/// Another product.
const NONE: Option<FindingStatus> = None;

type Row = (&'static str, &'static str, &'static str, &'static str, Option<FindingStatus>);

/// (manufacturer, model, firmware, advisory, verdict).
const ROWS: &[Row] = &[
    // ICSMA-17-017-01: "Alaris 8000 PC unit", all versions.
    ("CareFusion", "Alaris 8000 PCU", "", "ICSMA-17-017-01", A),
    ("BD", "Alaris 8000 PC Unit", "9.7", "ICSMA-17-017-01", A),
    ("BD", "Alaris 8015 PC Unit", "9.7", "ICSMA-17-017-01", NONE),
    ("BD", "Alaris 8100 pump module", "", "ICSMA-17-017-01", NONE),
    // ICSMA-20-170-06: "Alaris PC Unit", 9.13 | 9.19 | 9.33 | 12.1.
    ("BD", "ALARIS PCU 8015", "9.33", "ICSMA-20-170-06", A),
    ("Carefusion 303 Inc", "Alaris PC Unit", "12.1", "ICSMA-20-170-06", A),
    ("Becton Dickinson", "Alaris PC Unit 8015", "", "ICSMA-20-170-06", U),
    ("BD", "Alaris 8110 Syringe Module", "9.33", "ICSMA-20-170-06", NONE),
    ("BD", "Alaris 8100 LVP Module", "9.33", "ICSMA-20-170-06", NONE),
    // ICSMA-17-082-01 and ICSMA-18-142-01: Kiestra programs.
    ("BD", "Kiestra PerformA", "2.0.13.0", "ICSMA-17-082-01", A),
    ("BD", "PerformA", "3.1.0.0", "ICSMA-18-142-01", F),
    ("BD Kiestra", "KLA Journal Service", "1.0.51", "ICSMA-17-082-01", A),
    // ICSMA-17-215-02: "PET/CT Systems Windows 7-Based".
    // ICSMA-17-227-01: "Luna CPAP Machine", released before July 2017.
    ("3B Medical", "Luna CPAP", "", "ICSMA-17-227-01", U),
    // ICSMA-17-250-01: "< 2.4.0".
    ("i-SENS", "SmartLog", "2.3.1", "ICSMA-17-250-01", A),
    ("i-Sens Inc.", "SmartLog Diabetes Management", "2.4.1", "ICSMA-17-250-01", F),
    // ICSMA-17-250-02A: "Medfusion 4000 Wireless Syringe Infusion Pump", 1.1 | 1.5 | 1.6.
    ("Smiths Medical", "Medfusion 4000", "1.5", "ICSMA-17-250-02A", A),
    ("ICU Medical", "Medfusion 4000 syringe pump", "1.6", "ICSMA-17-250-02A", A),
    ("Smiths Medical ASD", "MEDFUSION 4000", "1.6.1", "ICSMA-17-250-02A", F),
    ("Smiths Medical", "Medfusion 4000", "", "ICSMA-17-250-02A", U),
    ("Smiths Medical", "Medfusion 3500", "1.5", "ICSMA-17-250-02A", NONE),
    // ICSMA-17-292-01.
    ("Boston Scientific", "ZOOM LATITUDE 3120", "", "ICSMA-17-292-01", A),
    ("Guidant", "Zoom Latitude PRM Model 3120", "2.1", "ICSMA-17-292-01", A),
    ("Boston Scientific", "Latitude 3300 programming system", "", "ICSMA-17-292-01", NONE),
    // ICSMA-19-255-01: the WLAN module's firmware, which is not the monitor's.
    ("Philips Healthcare", "IntelliVue Patient Monitor MP50", "J.10.3", "ICSMA-19-255-01", U),
    ("Philips", "M8105A", "A.03.09", "ICSMA-19-255-01", U),
    ("Philips", "IntelliVue MX450", "J.10.3", "ICSMA-19-255-01", NONE),
    // ICSMA-18-037-02: GE imaging.
    ("GE Healthcare", "Optima MR360", "", "ICSMA-18-037-02", A),
    ("GE Medical Systems", "Optima 540 CT scanner", "", "ICSMA-18-037-02", A),
    ("GE", "Discovery NM530c", "1.002", "ICSMA-18-037-02", A),
    ("GE", "Discovery NM 530c", "1.004", "ICSMA-18-037-02", N),
    ("GE", "Discovery XR656 Plus", "", "ICSMA-18-037-02", A),
    ("GE Healthcare", "Optima MR450w", "", "ICSMA-18-037-02", NONE),
    ("GE Healthcare", "Discovery MR750", "", "ICSMA-18-037-02", NONE),
    ("GE Healthcare", "Xeleris", "3.1", "ICSMA-18-037-02", A),
    // ICSMA-18-058-01, -18-179-01: Medtronic programmers and home monitors.
    ("Medtronic", "CareLink 2090", "", "ICSMA-18-058-01", A),
    ("Medtronic", "Encore 29901 programmer", "", "ICSMA-18-058-01", A),
    ("Medtronic", "MyCareLink 24950", "", "ICSMA-18-179-01", A),
    ("Medtronic", "CareLink Encore 29902", "", "ICSMA-18-058-01", NONE),
    // ICSMA-18-058-02: "IntelliSpace Portal 8.0.x".
    ("Philips", "IntelliSpace Portal", "8.0.2", "ICSMA-18-058-02", A),
    ("Philips Healthcare", "IntelliSpace Portal 7.0", "", "ICSMA-18-058-02", A),
    ("Philips", "IntelliSpace Portal", "", "ICSMA-18-058-02", U),
    // ICSMA-18-107-01: distributed before April 2018.
    ("St. Jude Medical", "Ellipse", "", "ICSMA-18-107-01", U),
    ("Abbott", "Gallant", "", "ICSMA-18-107-01", NONE),
    // ICSMA-18-156-01.
    ("Philips", "IntelliVue MP70", "H.15", "ICSMA-18-156-01", A),
    ("Philips", "M8007A", "L.0", "ICSMA-18-156-01", A),
    ("Philips", "IntelliVue MX450", "M.00", "ICSMA-18-156-01", A),
    ("Philips", "Avalon FM30", "J.3", "ICSMA-18-156-01", A),
    ("Philips", "IntelliVue MP70", "", "ICSMA-18-156-01", U),
    ("Philips", "Avalon CL", "J.3", "ICSMA-18-156-01", NONE),
    ("Philips", "IntelliVue Information Center iX", "B.02", "ICSMA-18-156-01", NONE),
    // ICSMA-18-165-01: "Natus Xltek NeuroWorks", 8.
    ("Natus Medical", "NeuroWorks", "8.0", "ICSMA-18-165-01", A),
    ("Natus", "XLTEK NeuroWorks EEG", "8.4", "ICSMA-18-165-01", A),
    // ICSMA-19-120-01.
    ("Philips", "Tasy EMR", "3.01.1700", "ICSMA-19-120-01", A),
    ("Philips", "Tasy WebPortal", "3.02.1757", "ICSMA-19-120-01", A),
    ("Philips", "Tasy WebPortal", "3.02.1760", "ICSMA-19-120-01", F),
    // ICSMA-19-164-01.
    ("BD", "Alaris Gateway Workstation", "1.1.5", "ICSMA-19-164-01", A),
    ("CareFusion", "Alaris Gateway Workstation", "1.3.0 Build 14", "ICSMA-19-164-01", A),
    ("BD", "Alaris PC Unit", "1.1.5", "ICSMA-19-164-01", NONE),
    // ICSMA-19-178-01.
    ("Medtronic MiniMed", "Paradigm 722", "", "ICSMA-19-178-01", A),
    ("Medtronic", "MiniMed 508", "", "ICSMA-19-178-01", A),
    ("Medtronic", "MiniMed Paradigm Veo 754", "2.5A", "ICSMA-19-178-01", A),
    ("Medtronic", "Paradigm Revel 723", "2.4A", "ICSMA-19-178-01", A),
    ("Medtronic", "MiniMed Paradigm 523", "2.5A", "ICSMA-19-178-01", F),
    ("Medtronic", "MiniMed 670G", "", "ICSMA-19-178-01", NONE),
    // ICSMA-19-190-01.
    ("Datex-Ohmeda", "Aestiva 7100", "", "ICSMA-19-190-01", A),
    ("GE Healthcare", "Carestation 650", "", "ICSMA-19-190-01", A),
    ("GE Healthcare", "Carestation 750", "", "ICSMA-19-190-01", NONE),
    // ICSMA-19-192-01.
    ("Philips", "Holter 2010 Plus", "", "ICSMA-19-192-01", A),
    // ICSMA-19-248-01.
    ("BD", "Pyxis ES", "1.4.0", "ICSMA-19-248-01", A),
    ("CareFusion", "Pyxis ES", "1.6.1", "ICSMA-19-248-01", F),
    // ICSMA-19-311-01.
    ("Covidien", "Valleylab FT10", "2.0.3", "ICSMA-19-311-01", A),
    ("Medtronic", "VLLS10GEN", "1.20.1", "ICSMA-19-311-01", A),
    ("Medtronic", "Valleylab LS10", "1.21", "ICSMA-19-311-01", F),
    ("Medtronic", "Valleylab FX8", "2.0.3", "ICSMA-19-311-01", NONE),
    // ICSMA-20-023-01.
    ("GE Healthcare", "CARESCAPE B650", "2.0.3", "ICSMA-20-023-01", A),
    ("GE", "B450 Patient Monitor", "2.1", "ICSMA-20-023-01", A),
    ("GE", "CIC Pro", "5.1.0", "ICSMA-20-023-01", A),
    ("GE", "ApexPro Telemetry Server", "4.2", "ICSMA-20-023-01", A),
    ("GE", "CARESCAPE Central Station", "1.1", "ICSMA-20-023-01", A),
    ("GE", "CARESCAPE B650", "", "ICSMA-20-023-01", U),
    ("GE", "CARESCAPE B850", "3.0", "ICSMA-20-023-01", F),
    ("GE", "CARESCAPE ONE", "2.0", "ICSMA-20-023-01", NONE),
    ("GE", "Dash 4000", "", "ICSMA-20-023-01", NONE),
    // ICSMA-20-049-02.
    ("GE Healthcare", "Vivid E95", "203", "ICSMA-20-049-02", A),
    ("GE Vingmed Ultrasound", "VIVID S70", "", "ICSMA-20-049-02", A),
    ("GE Healthcare", "LOGIQ E9", "", "ICSMA-20-049-02", A),
    ("GE Healthcare", "LOGIQ 100 Pro", "", "ICSMA-20-049-02", NONE),
    ("GE Healthcare", "EchoPAC", "", "ICSMA-20-049-02", NONE),
    ("GE Healthcare", "Vscan Air", "", "ICSMA-20-049-02", NONE),
    // ICSMA-20-163-01.
    ("Philips", "IntelliBridge Enterprise", "B.12", "ICSMA-20-163-01", A),
    ("Philips", "IBE server", "B.13", "ICSMA-20-163-01", F),
    // ICSMA-20-170-02.
    ("Gambro", "Prismaflex", "", "ICSMA-20-170-02", A),
    ("Baxter", "PRISMAFLEX CRRT", "8.10", "ICSMA-20-170-02", A),
    ("Baxter", "PrisMax", "2.1", "ICSMA-20-170-02", A),
    ("Baxter", "PrisMax", "3.1", "ICSMA-20-170-02", F),
    // ICSMA-20-170-04.
    ("Baxter", "Sigma Spectrum 35700BAX", "6.05", "ICSMA-20-170-04", A),
    ("Baxter", "Spectrum 35700BAX2", "8.00.01", "ICSMA-20-170-04", A),
    ("Baxter", "Spectrum IQ", "9.02", "ICSMA-20-170-04", NONE),
    // ICSMA-20-212-01.
    ("Philips Respironics", "DreamMapper", "2.24", "ICSMA-20-212-01", A),
    ("Respironics", "DreamStation", "2.24", "ICSMA-20-212-01", NONE),
    // ICSMA-21-007-01.
    ("Innokas Medical", "VC150", "1.7.11", "ICSMA-21-007-01", A),
    ("Innokas Yhtymä Oy", "VC-150", "1.7.15", "ICSMA-21-007-01", F),
    // ICSMA-21-152-01.
    ("Welch Allyn", "Connex Spot Monitor", "1.51", "ICSMA-21-152-01", A),
    ("Baxter", "Welch Allyn CSM", "1.52", "ICSMA-21-152-01", F),
    ("Hillrom", "CVSM 6000", "2.43.00", "ICSMA-21-152-01", A),
    ("Welch Allyn", "Connex Central Station", "1.8.3", "ICSMA-21-152-01", A),
    ("Welch Allyn", "Spot Vital Signs 4400", "1.10.00", "ICSMA-21-152-01", A),
    ("Welch Allyn", "Connex ProBP 3400", "1.0", "ICSMA-21-152-01", NONE),
    // ICSMA-21-161-01, -21-313-01, -21-343-01.
    ("ZOLL Medical", "Defibrillator Dashboard", "2.1", "ICSMA-21-161-01", A),
    ("ZOLL", "R Series defibrillator", "2.1", "ICSMA-21-161-01", NONE),
    ("Mortara", "X-Scribe", "6.2.0", "ICSMA-21-343-01", A),
    ("Welch Allyn", "HScribe", "6.4.1", "ICSMA-21-343-01", F),
    ("Hillrom", "RScribe resting ECG", "7.0.0", "ICSMA-21-343-01", A),
    // ICSMA-22-062-01.
    ("BD", "Pyxis MedStation ES", "1.7", "ICSMA-22-062-01", A),
    ("CareFusion", "Pyxis MedStation 4000", "", "ICSMA-22-062-01", A),
    ("BD Rowa", "Rowa Vmax", "", "ICSMA-22-062-01", NONE),
    // ICSMA-22-174-01, -22-244-01.
    ("OFFIS", "DCMTK", "3.6.6", "ICSMA-22-174-01", A),
    ("OFFIS e.V.", "dcmtk toolkit", "3.6.7", "ICSMA-22-174-01", F),
    ("Contec", "CMS8000", "", "ICSMA-22-244-01", U),
    ("Contec Medical Systems Co., Ltd", "CMS 8000 patient monitor", "", "ICSMA-22-244-01", U),
    ("Contec", "CMS6000", "", "ICSMA-22-244-01", NONE),
    // ICSMA-22-263-01.
    ("Medtronic", "MiniMed 630G MMT-1715", "", "ICSMA-22-263-01", A),
    ("Medtronic", "MiniMed 670G", "", "ICSMA-22-263-01", U),
    ("Medtronic", "MiniMed 780G MMT-1885", "", "ICSMA-22-263-01", NONE),
    // ICSMA-22-335-01, -23-117-01, -23-180-01.
    ("BD", "BodyGuard 323", "", "ICSMA-22-335-01", U),
    ("Illumina", "iSeq 100", "", "ICSMA-23-117-01", A),
    ("Illumina", "NextSeq 550Dx", "1.2.0", "ICSMA-23-117-01", A),
    ("Medtronic", "Paceart Optima", "1.11", "ICSMA-23-180-01", A),
    ("Medtronic", "Paceart Optima server", "1.12", "ICSMA-23-180-01", F),
    // DICOM viewers and archives.
    ("Softneta", "MedDream PACS Premium", "7.2.8.810", "ICSMA-23-248-01", A),
    ("Santesoft", "Sante DICOM Viewer Pro", "12.2.5", "ICSMA-23-285-01", F),
    ("Santesoft", "Sante DICOM Viewer Pro", "14.0.3", "ICSMA-24-058-01", A),
    ("Santesoft", "Sante FFT Imaging", "1.4.1", "ICSMA-24-065-01", A),
    ("Santesoft", "Sante PACS Server", "1.4.1", "ICSMA-24-065-01", NONE),
    ("Orthanc", "Osimis Web Viewer", "1.4.2.0-9d9eff4", "ICSMA-24-023-01", A),
    ("MicroDicom", "DICOM Viewer", "2023.3", "ICSMA-24-163-01", A),
    ("MicroDicom", "MicroDicom DICOM viewer", "2024.2", "ICSMA-24-163-01", F),
    ("Philips", "Vue PACS", "12.2.8.400", "ICSMA-24-200-01", A),
    ("Philips", "Vue PACS", "12.2.8.410", "ICSMA-24-200-01", F),
    ("Carestream", "Vue PACS", "12.2.8.400", "ICSMA-24-200-01", NONE),
    ("Hillrom", "Welch Allyn Product Configuration Tool", "1.9.4.1", "ICSMA-24-151-01", A),
];

fn advisories() -> Option<Vec<Advisory>> {
    let folder = cordon_testkit::data_dir()?.join("advisories/icsma");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut documents: Vec<(String, Vec<u8>)> = files
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    documents.sort();
    let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
    Some(documents.iter().map(|(name, bytes)| csaf::read(bytes, name, now).unwrap().advisory).collect())
}

fn claim(attribute: Attribute, value: &str) -> Option<Claim> {
    let evidence = Evidence {
        protocol: Protocol::AssetList,
        fact: String::new(),
        rule: "list".to_owned(),
        source: Source { input: 0, packet: 1 },
        at: None,
    };
    (!value.is_empty()).then(|| Claim {
        attribute,
        value: value.to_owned(),
        confidence: Confidence::CERTAIN,
        conflict: false,
        evidence: vec![evidence],
    })
}

fn device(number: usize, manufacturer: &str, model: &str, firmware: &str) -> Device {
    let claims = [
        claim(Attribute::Manufacturer, manufacturer),
        claim(Attribute::Model, model),
        claim(Attribute::Firmware, firmware),
    ];
    Device {
        id: DeviceId::new(format!("dev-{number}")),
        macs: vec![],
        ips: vec![],
        vlans: vec![],
        hostnames: vec![],
        claims: claims.into_iter().flatten().collect(),
        services: vec![],
        roles: vec![],
        patient_data: Default::default(),
        parent: None,
        links: vec![],
        presence: None,
        listings: vec![],
        protections: vec![],
        banners: vec![],
    }
}

#[test]
fn rows_of_hospitals_lists_get_the_verdict_of_a_careful_reader() {
    let Some(advisories) = advisories() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let catalogue = Catalogue::new(advisories, &knowledge, Settings::default());
    let mut matcher = Matcher::new(&catalogue);
    let (mut wrong, mut decidable, mut open) = (Vec::new(), 0, 0);
    for (number, (manufacturer, model, firmware, advisory, expected)) in ROWS.iter().enumerate() {
        let findings = matcher.device(&device(number, manufacturer, model, firmware));
        let found = findings.iter().find(|finding| finding.advisory == *advisory);
        let status = found.map(|finding| finding.status);
        if *expected != U {
            decidable += 1;
            if status == U {
                open += 1;
                println!(
                    "undetermined: {manufacturer} | {model} | {firmware} | {advisory}: {:?}",
                    found.map(|f| (&f.why, &f.question))
                );
            }
        }
        // What a reader could decide and Cordon could not is counted, not wrong.
        if status != *expected && (status != U || *expected == NONE) {
            let why =
                found.map(|finding| format!("{} {:?} {:?}", finding.why, finding.question, finding.matched));
            wrong.push(format!("{manufacturer} | {model} | {firmware} | {advisory}: expected {expected:?}, found {status:?}: {why:?}"));
        }
    }
    println!("{} rows, {decidable} a reader could decide, of which {open} stayed undetermined", ROWS.len());
    assert!(open * 10 <= decidable, "more than a tenth stayed undetermined");
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), ROWS.len(), wrong.join("\n"));
}

#[test]
fn an_advisory_finds_the_devices_that_find_it_and_a_change_touches_only_itself() {
    let Some(advisories) = advisories() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let devices: Vec<Device> = ROWS
        .iter()
        .enumerate()
        .map(|(number, (manufacturer, model, firmware, ..))| device(number, manufacturer, model, firmware))
        .collect();
    let mut inventory = Inventory::new(&knowledge);
    for device in &devices {
        // Every device came in another guise before.
        inventory.put(Device { claims: vec![], ..device.clone() });
        inventory.put(device.clone());
    }
    assert_eq!(inventory.len(), devices.len());
    let catalogue = Catalogue::new(advisories.clone(), &knowledge, Settings::default());
    let mut matcher = Matcher::new(&catalogue);
    let mut one_way = BTreeMap::new();
    for device in &devices {
        for finding in matcher.device(device).iter() {
            one_way.insert((finding.advisory.clone(), device.id.clone()), finding.clone());
        }
    }
    let mut other_way = BTreeMap::new();
    for advisory in &advisories {
        for (device, finding) in inventory.concerned(advisory, Settings::default()) {
            other_way.insert((advisory.id.clone(), device), (*finding).clone());
        }
    }
    assert!(one_way.len() > 100 && one_way == other_way);
}

#[test]
fn a_revision_that_changes_nothing_for_the_device_is_no_new_match() {
    let Some(advisories) = advisories() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let knowledge = Knowledge::builtin().unwrap();
    let old = advisories.into_iter().find(|one| one.id == "ICSMA-17-250-02A").unwrap();
    let mut inventory = Inventory::new(&knowledge);
    inventory.put(device(0, "Smiths Medical", "Medfusion 4000", "1.5"));
    let finding = |advisory: &Advisory| {
        inventory.concerned(advisory, Settings::default()).into_values().next().unwrap()
    };
    let before = finding(&old);
    let mut revised = old.clone();
    revised.revision.minor += 1;
    revised.summary.push_str(" More text.");
    assert_eq!(turn(Some(&before), &finding(&revised)), Turn::Same);
    revised.remediations[0].text = "Install 1.6.2.".to_owned();
    assert_eq!(turn(Some(&before), &finding(&revised)), Turn::New);
    assert_eq!(turn(None, &before), Turn::New);
}
