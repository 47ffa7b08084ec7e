//! The documents as a reader gets them: the sheets, the workbook and the text of the PDF.

#![expect(clippy::unwrap_used, clippy::print_stderr, reason = "tests stop loudly and say what they skip")]

mod sample;

use cordon_report::{Branding, Document, RuleFile, documents};
use cordon_wire::assessment::Assessment;
use std::process::Command;

const HOSTILE: &str = "=1+1 #eval(\"x\") $x$ *b* _i_ \\ [a](b) <l> @r // c \u{202e}gnp.exe\u{0}\u{1b}[2J \u{7f} אבג 漢字 \
    https://a.example/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

fn made(assessment: &Assessment) -> Vec<Document> {
    let rules = [RuleFile { name: "segmentation/nftables.nft".into(), lines: 2 }];
    documents(assessment, &Branding::default(), &rules).unwrap()
}

fn bytes<'a>(documents: &'a [Document], name: &str) -> &'a [u8] {
    &documents.iter().find(|document| document.name == name).unwrap().bytes
}

fn text_of(documents: &[Document], name: &str) -> String {
    let text = String::from_utf8(bytes(documents, name).to_vec()).unwrap();
    // RFC 4180 ends lines with both; a snapshot keeps its own kind of line end.
    assert_eq!(text.matches("\r\n").count(), text.lines().count(), "{name}");
    text.replace("\r\n", "\n")
}

/// The text of a PDF; `None` where `pdftotext` is not installed.
fn pdf_text(pdf: &[u8], name: &str) -> Option<String> {
    let path = std::env::temp_dir().join(format!("cordon-report-{name}-{}.pdf", std::process::id()));
    std::fs::write(&path, pdf).unwrap();
    let output = Command::new("pdftotext").args(["-raw", "-enc", "UTF-8"]).arg(&path).arg("-").output();
    std::fs::remove_file(&path).unwrap();
    match output {
        Ok(output) => Some(String::from_utf8(output.stdout).unwrap().replace('\u{200b}', "")),
        Err(_) => {
            eprintln!("skipped: pdftotext is not installed");
            None
        }
    }
}

/// One long line, so that a line break does not hide a phrase.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_sheets_stay_as_they_are() {
    let documents = made(&sample::hospital(6));
    insta::assert_snapshot!("inventory_csv", text_of(&documents, "inventory.csv"));
    insta::assert_snapshot!("risk_ranking_csv", text_of(&documents, "risk-ranking.csv"));
}

#[test]
fn every_column_of_the_inventory_is_filled_from_a_full_device() {
    let mut assessment = sample::hospital(0);
    assessment.devices.push(sample::full_device());
    let documents = made(&assessment);
    let mut reader = csv::Reader::from_reader(bytes(&documents, "inventory.csv"));
    let header = reader.headers().unwrap().clone();
    assert_eq!(header.iter().collect::<Vec<_>>(), cordon_wire::inventory::COLUMNS);
    let row = reader.records().next().unwrap().unwrap();
    for (column, cell) in header.iter().zip(&row) {
        assert_eq!(cell.is_empty(), column == "notes", "{column}");
    }
}

#[test]
fn the_text_of_the_pdf_stays_as_it_is() {
    let documents = made(&sample::hospital(6));
    if let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "snapshot") {
        // Spacing depends on the version of the extracting program; the words do not.
        let lines: Vec<String> = text.lines().map(flat).filter(|line| !line.is_empty()).collect();
        insta::assert_snapshot!("assessment_pdf", lines.join("\n"));
    }
}

#[test]
fn the_pdf_says_what_a_reader_must_find() {
    let mut assessment = sample::hospital(50);
    assessment.devices[3].category = "unknown".into();
    let documents = made(&assessment);
    let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "content") else { return };
    let text = flat(&text);
    for phrase in [
        "Hospital of Saint Anne",
        "Main building, Zürich",
        "22 November 2026",
        "Dr. Erika Muster",
        "What to do first, and why",
        "Contents",
        "answers on tcp/23; the port number suggests Telnet",
        "not known",
        "in conflict",
        "Inputs that were damaged",
        "cut in the middle of a packet",
        "link type 105",
        "Risk ranking",
        "The ranking at a glance",
        "Every factor of every score",
        "Patient data on the network",
        "birth date, name",
        "encrypted: whatever it carries cannot be read",
        "What happened meanwhile",
        "Asked an archive for everything it has",
        "ward-2026-11-20.pcap, packet 4400",
        "What was seen and is not proposed, and why",
        "Who may ask whom",
        "How far an intruder gets, before and after",
        "SHA-256",
        "Signature",
        "segmentation/nftables.nft",
    ] {
        assert!(text.contains(phrase), "{phrase} is missing");
    }
    for device in &assessment.devices {
        assert!(text.replace(' ', "").contains(&device.ips[0]), "{} is missing", device.ips[0]);
    }
    assert_eq!(text.matches("proposed zone:").count(), 10, "a page for each of the worst ten");
}

#[test]
fn equal_inputs_give_equal_bytes() {
    let (one, two) = (made(&sample::hospital(20)), made(&sample::hospital(20)));
    for (one, two) in one.iter().zip(&two) {
        assert!(one == two, "{} differs", one.name);
    }
    let mut later = sample::hospital(20);
    later.now = "2026-11-23T05:00:00Z".into();
    for (one, later) in one.iter().zip(&made(&later)) {
        let dated = matches!(one.name, "assessment.pdf" | "inventory.xlsx");
        assert_eq!(one.bytes != later.bytes, dated, "{}", one.name);
    }
}

#[test]
fn nothing_and_one_device_are_documents_too() {
    for (name, assessment) in [("empty", sample::empty()), ("one", sample::hospital(1))] {
        let documents = made(&assessment);
        assert_eq!(documents.len(), if name == "empty" { 7 } else { 9 });
        let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), name) else { continue };
        let text = flat(&text);
        assert!(!text.contains("NaN") && !text.contains("inf "), "{name}");
        if name == "empty" {
            assert!(
                text.contains("No device was seen. This assessment cannot say anything about the network.")
            );
        }
    }
}

#[test]
fn hostile_text_is_only_text() {
    let assessment = sample::with_every_text(&sample::hospital(12), HOSTILE);
    let documents = made(&assessment);
    for name in ["inventory.csv", "risk-ranking.csv", "reconciliation.csv", "without-owner.csv"] {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(bytes(&documents, name));
        for row in reader.records().map(Result::unwrap).skip(1) {
            for cell in &row {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{name}: {cell}");
                assert!(!cell.chars().any(char::is_control), "{name}: {cell:?}");
            }
        }
    }
    if let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "hostile") {
        let text = flat(&text);
        assert!(text.contains("#eval(\"x\") $x$ *b* _i_ \\ [a](b) <l> @r // c"), "markup was set as markup");
        assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'));
    }
    // In every odd place at once: empty names, wrong vocabulary, no times.
    for text in ["", "unknown", "device:", "zone:zone-1", "\u{0}", "ﷺ", &"x".repeat(3_000)] {
        assert_eq!(made(&sample::with_every_text(&sample::hospital(3), text)).len(), 9);
    }
}

#[test]
fn strange_numbers_do_not_reach_the_paper() {
    let mut assessment = sample::hospital(4);
    for (device, value) in assessment.devices.iter_mut().zip([f64::NAN, f64::INFINITY, -1.0, 1e300]) {
        device.risk.score = value;
        device.risk.factors.iter_mut().for_each(|factor| factor.share = value);
        device.claims.iter_mut().for_each(|claim| claim.confidence = value);
    }
    assessment.containment.worst_before[0].reaches = u64::MAX;
    let documents = made(&assessment);
    if let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "numbers") {
        assert!(!text.contains("NaN") && !flat(&text).contains(" inf "));
    }
}

#[test]
fn a_large_estate_is_cut_and_says_so() {
    let documents = made(&sample::hospital(3_000));
    if let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "large") {
        assert!(flat(&text).contains("Shown are the first 150 of 3,000 devices."));
    }
    assert_eq!(text_of(&documents, "inventory.csv").lines().count(), 3_001);
    assert!(bytes(&documents, "inventory.xlsx") == bytes(&made(&sample::hospital(3_000)), "inventory.xlsx"));
}

#[test]
fn no_value_of_a_patient_is_asked_for_or_invented() {
    // Only kinds are shown; the words the PDF uses for them come from the assessment itself.
    let documents = made(&sample::hospital(6));
    let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "patients") else { return };
    let text = flat(&text);
    assert!(text.contains("The data itself was not kept."));
    for invented in ["Patient name:", "Patient ID:", "Date of birth:", "John Doe"] {
        assert!(!text.contains(invented), "{invented}");
    }
}

#[test]
fn a_logo_and_colours_are_taken() {
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg' width='60' height='20'><rect width='60' height='20' fill='#c00'/></svg>";
    let branding = Branding::new(
        Some("Cordon Advisers".into()),
        Some("A. Author".into()),
        Some("#ffdd00"),
        Some(svg.to_vec()),
    )
    .unwrap();
    let documents = documents(&sample::hospital(3), &branding, &[]).unwrap();
    let Some(text) = pdf_text(bytes(&documents, "assessment.pdf"), "branding") else { return };
    assert!(text.contains("Cordon Advisers") && text.contains("A. Author"));
}
