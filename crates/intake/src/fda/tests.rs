use super::*;
use proptest::prelude::*;

/// A release of one product with two packages, built from the published list of fields.
const RELEASE: &str = r#"<?xml version="1.0" encoding="utf-8"?>
<gudid xmlns="http://www.fda.gov/cdrh/gudid"><header><period>Full</period></header>
<device><publicVersionDate>2026-10-02</publicVersionDate><devicePublishDate>2019-01-01</devicePublishDate>
<deviceCommDistributionEndDate/><deviceCommDistributionStatus>In Commercial Distribution</deviceCommDistributionStatus>
<identifiers><identifier><deviceId>14035479151234</deviceId><deviceIdType>Package</deviceIdType></identifier>
<identifier><deviceId>04035479151230</deviceId><deviceIdType>Primary</deviceIdType><deviceIdIssuingAgency>GS1</deviceIdIssuingAgency></identifier></identifiers>
<brandName>Infusomat&#174; Space &amp; more</brandName><versionModelNumber>8713050U</versionModelNumber><catalogNumber>8713050U</catalogNumber>
<companyName>B. Braun  Melsungen AG</companyName>
<productCodes><fdaProductCode><productCode>MEA</productCode></fdaProductCode><fdaProductCode><productCode>FRN</productCode><productCodeName>Pump, infusion</productCodeName></fdaProductCode></productCodes>
</device></gudid>"#;

const UDI: &str = r#"{"meta":{"last_updated":"2026-11-01"},"results":[
{"brand_name":"Infusomat® Space & more","version_or_model_number":"8713050U","catalog_number":"8713050U",
"company_name":"B. Braun Melsungen AG","commercial_distribution_status":"In Commercial Distribution","publish_date":"2026-10-02",
"identifiers":[{"id":"14035479151234","type":"Package"},{"id":"04035479151230","type":"Primary","issuing_agency":"GS1"}],
"product_codes":[{"code":"MEA"},{"code":"FRN","name":"Pump, infusion"}]},
{"brand_name":"without any identifier"},{"identifiers":"not a list","company_name":7}]}"#;

const CLASSES: &str = r#"{"meta":{},"results":[{"product_code":"FRN","device_name":"Pump, Infusion","device_class":"2",
"regulation_number":"880.5725","medical_specialty":"HO","life_sustain_support_flag":"N","implant_flag":"N"},
{"product_code":"CBK","device_name":"Ventilator, Continuous, Facility Use","device_class":"2","medical_specialty":"AN",
"life_sustain_support_flag":"Y","implant_flag":"N"},{"product_code":""}]}"#;

const TABLE: &str = "REVIEW_PANEL|MEDICALSPECIALTY|PRODUCTCODE|DEVICENAME|DEVICECLASS|REGULATIONNUMBER|DEFINITION|Implant_Flag|Life_Sustain_support_flag\r\nHO|HO|FRN|Pump, Infusion|2|880.5725|Words|N|N\r\nAN|AN|CBK|Ventilator, Continuous, Facility Use|2|868.5895||N|Y\r\n||\r\n";

fn all(text: &str) -> (Vec<FdaRecord>, FdaRead) {
    let format = recognise(text.as_bytes()).unwrap();
    let mut records = Vec::new();
    let read = read(format, &mut text.as_bytes(), &mut |record| records.push(record));
    (records, read)
}

fn pump() -> FdaRecord {
    FdaRecord::Product(Product {
        record: 0,
        device: "04035479151230".into(),
        further: vec!["14035479151234".into()],
        brand: "Infusomat® Space & more".into(),
        model: "8713050U".into(),
        catalogue: "8713050U".into(),
        company: "B. Braun Melsungen AG".into(),
        codes: vec!["FRN".into(), "MEA".into()],
        distribution: "In Commercial Distribution".into(),
        distribution_end: String::new(),
    })
}

#[test]
fn both_formats_of_products_say_the_same() {
    for (text, rejected) in [(RELEASE, 0), (UDI, 2)] {
        let (records, read) = all(text);
        assert_eq!(records, [pump()]);
        assert_eq!((read.records, read.rejected, read.damage), (1, rejected, None));
        assert_eq!(read.newest, "2026-10-02");
    }
}

#[test]
fn both_formats_of_classifications_say_the_same() {
    for text in [CLASSES, TABLE] {
        let (records, read) = all(text);
        assert_eq!((records.len(), read.damage), (2, None));
        let FdaRecord::Classification(ventilator) = &records[1] else { panic!() };
        assert_eq!((ventilator.code.as_str(), ventilator.class.as_str()), ("CBK", "2"));
        assert_eq!((ventilator.life_sustaining, ventilator.implant), (Some(true), Some(false)));
    }
}

#[test]
fn a_file_that_was_cut_off_is_damaged_wherever_it_was_cut() {
    for text in [UDI, CLASSES] {
        for end in 300..text.trim_end().len() {
            let Some(part) = text.get(..end) else { continue };
            if recognise(part.as_bytes()).is_some() {
                assert!(all(part).1.damage.is_some(), "{part}");
            }
        }
    }
    assert!(all(RELEASE.split("</gudid>").next().unwrap()).1.damage.is_some());
}

#[test]
fn a_record_without_end_is_not_held() {
    let huge = format!(
        "{{\"version_or_model_number\":\"x\",\"results\":[{{\"brand_name\":\"{}",
        "a".repeat(RECORD_BYTES_MAX + READ)
    );
    let (records, read) = all(&huge);
    assert!(records.is_empty() && read.damage.unwrap().reason.contains("more than"));
}

const READ: usize = 1 << 18;

#[test]
fn other_files_are_none() {
    for text in ["", "{}", "<device/>", "PRODUCTCODE|x\n", "tag,serial\n1,2\n", "{\"product_code\":1}"] {
        assert_eq!(recognise(text.as_bytes()), None, "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_ends(text in "\\PC{0,200}", at in 0usize..2000, with in "[<>\"{}\\[\\],:|&;a-z]{0,6}") {
        for whole in [RELEASE, UDI, CLASSES, TABLE] {
            let at = whole.floor_char_boundary(at.min(whole.len()));
            let bent = format!("{}{with}{}", &whole[..at], &whole[at..]);
            for format in [FdaFormat::UdiJson, FdaFormat::GudidXml, FdaFormat::ClassificationJson, FdaFormat::ClassificationTable] {
                read(format, &mut bent.as_bytes(), &mut |_| {});
                read(format, &mut text.as_bytes(), &mut |_| {});
            }
        }
    }
}

/// The slice of GUDID and the test file that openFDA publish, where this machine has them.
#[test]
fn the_published_files_are_read() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/fda");
    let Ok(slice) = std::fs::read_to_string(folder.join("gudid_slice_dev.xml")) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let (records, read) = all(&slice);
    assert_eq!((records.len(), read.rejected, read.damage), (260, 0, None));
    for record in &records {
        let FdaRecord::Product(product) = record else { panic!() };
        let udi = cordon_model::Udi::parse(&product.device).unwrap();
        assert_eq!(udi.device, product.device);
        assert!(
            product.company.contains("CONSENSUS") && product.codes.len() == 1 && !product.model.is_empty()
        );
    }
    let (records, _) =
        all(&std::fs::read_to_string(folder.join("openfda/device_udi/tests/test.xml")).unwrap());
    let FdaRecord::Product(product) = &records[0] else { panic!() };
    assert_eq!(product.further, ["00844868017264"]);
    assert_eq!(product.codes, ["MAX", "OQG"]);
}

/// Inputs that fuzzing begins with, after a byte that chooses the format.
/// `CORDON_WRITE_CORPUS=1 cargo test -p cordon-intake corpus` writes the files to commit.
#[test]
fn the_corpus_of_fda_is_committed_and_survived() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/fda");
    let texts = [("udi", UDI), ("gudid", RELEASE), ("classification", CLASSES), ("foiclass", TABLE)];
    for (choice, (name, text)) in (0u8..).zip(texts) {
        let (path, bytes) = (folder.join(name), [&[choice], text.as_bytes()].concat());
        if std::env::var_os("CORDON_WRITE_CORPUS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, &bytes).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap_or_default(), bytes, "{}", path.display());
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let mut bytes = bytes.get(1..).unwrap_or_default();
        for format in [
            FdaFormat::UdiJson,
            FdaFormat::GudidXml,
            FdaFormat::ClassificationJson,
            FdaFormat::ClassificationTable,
        ] {
            read(format, &mut bytes, &mut |_| {});
        }
    }
}
