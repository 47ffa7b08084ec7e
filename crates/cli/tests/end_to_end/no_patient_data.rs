//! No patient data is kept: every capture with known patient names is taken in, and everything written is
//! searched for them — also inside compressed documents, and in other encodings.

use crate::harness::{NOW, Place, recorded};
use flate2::read::{DeflateDecoder, ZlibDecoder};
use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Command;

/// Texts of a document that compression hides: PDF streams, XLSX parts.
fn inflated(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"stream") {
        let mut start = at + found + b"stream".len();
        while matches!(bytes.get(start), Some(b'\r' | b'\n')) {
            start += 1;
        }
        let _ = ZlibDecoder::new(&bytes[start..]).read_to_end(&mut text);
        at = start;
    }
    // Every local file header of a ZIP archive: name length at 26, extra length at 28 (APPNOTE 4.3.7).
    let mut at = 0;
    while let Some(found) = find(&bytes[at..], b"PK\x03\x04") {
        let header = at + found;
        let Some(lengths) = bytes.get(header + 26..header + 30) else { break };
        let name = usize::from(u16::from_le_bytes([lengths[0], lengths[1]]));
        let extra = usize::from(u16::from_le_bytes([lengths[2], lengths[3]]));
        let start = (header + 30 + name + extra).min(bytes.len());
        let _ = DeflateDecoder::new(&bytes[start..]).read_to_end(&mut text);
        at = header + 4;
    }
    text
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(haystack, needle)
}

/// The spellings in which a text could hide.
fn spellings(text: &str) -> Vec<Vec<u8>> {
    let mut all = vec![text.as_bytes().to_vec()];
    all.push(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
    all.push(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
    // Base64 of the text at each of the three alignments, without the characters its neighbours touch.
    for shift in 0..3 {
        let mut padded = vec![0; shift];
        padded.extend(text.as_bytes());
        padded.truncate(padded.len() / 3 * 3);
        let encoded = base64(&padded);
        all.push(encoded[shift.min(1) * 4..].to_vec());
    }
    all.retain(|spelling| spelling.len() >= 6);
    all
}

fn base64(bytes: &[u8]) -> Vec<u8> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    bytes
        .chunks_exact(3)
        .flat_map(|chunk| {
            let word = u32::from_be_bytes([0, chunk[0], chunk[1], chunk[2]]);
            [18, 12, 6, 0].map(|shift| ALPHABET[(word >> shift) as usize & 63])
        })
        .collect()
}

fn assert_absent(what: &str, bytes: &[u8], forbidden: &[String]) {
    for text in forbidden {
        for spelling in spellings(text) {
            assert!(find(bytes, &spelling).is_none(), "{what} holds {text:?} (as {spelling:?})");
        }
    }
}

fn pdf_text(path: &Path) -> Vec<u8> {
    match Command::new("pdftotext").arg(path).arg("-").output() {
        Ok(output) if output.status.success() => output.stdout,
        _ => {
            eprintln!("skipped: no pdftotext");
            Vec::new()
        }
    }
}

/// Takes in `capture` every way there is and searches everything that comes out.
fn assert_keeps_nothing(place: &Place, capture: &str, forbidden: &[String]) {
    assert!(!forbidden.is_empty(), "{capture}: nothing to look for");
    let ran = place.cordon(&format!("assess {capture} --out out --now {NOW} --json --force")).expect(0);
    assert_absent("standard output", &ran.stdout, forbidden);
    assert_absent("standard error", &ran.stderr, forbidden);
    let ran = place.cordon(&format!("observe {capture}")).expect(0);
    assert_absent("the Batches", &ran.stdout, forbidden);
    assert_absent("the log", &ran.stderr, forbidden);
    let ran = place.cordon(&format!("observe --stats {capture}")).expect(0);
    assert_absent("the statistics", &ran.stdout, forbidden);
    for path in place.files("out") {
        let bytes = fs::read(&path).unwrap();
        let name = path.display().to_string();
        assert_absent(&name, &bytes, forbidden);
        assert_absent(&format!("{name} inflated"), &inflated(&bytes), forbidden);
        if name.ends_with(".pdf") {
            assert_absent(&format!("{name} as text"), &pdf_text(&path), forbidden);
        }
    }
}

fn forbidden_of(truth: &[u8]) -> Vec<String> {
    let truth: serde_json::Value = serde_json::from_slice(truth).unwrap();
    truth["forbidden_text"].as_array().unwrap().iter().map(|text| text.as_str().unwrap().to_owned()).collect()
}

#[test]
fn simulated_patients_leave_no_trace() {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 11 --out hospital").expect(0);
    let forbidden = forbidden_of(&place.read("hospital/truth.json"));
    // The search itself must be able to find: the capture does hold them.
    let capture = place.read("hospital/capture.pcap");
    let held = forbidden.iter().filter(|text| find(&capture, text.as_bytes()).is_some()).count();
    assert!(held > 0, "no forbidden text in the capture itself");
    assert_keeps_nothing(&place, "hospital/capture.pcap", &forbidden);
}

#[test]
fn recorded_patients_leave_no_trace() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let truth = fs::read(data.join("truth/labA.truth.json")).unwrap();
    let lab = data.join("captures/medical/lab__labA.pcap");
    assert_keeps_nothing(&place, &lab.display().to_string(), &forbidden_of(&truth));
    // Names read in the published captures with an independent decoder.
    for (file, names) in [
        ("captures/medical/tapirx__HL7-ORU.pcap", KNOWN_ORU),
        ("captures/medical/nDPI__hl7.pcap", KNOWN_NDPI),
    ] {
        let path = data.join(file);
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let bytes = fs::read(&path).unwrap();
        assert!(names.iter().all(|name| find(&bytes, name.as_bytes()).is_some()), "{file}");
        assert_keeps_nothing(&place, &path.display().to_string(), &names);
    }
}

const KNOWN_ORU: &[&str] = &["MOUSE^MINNIE", "MINNIE", "MOUSEHOLE", "19240101", "12345^^^MIE"];
const KNOWN_NDPI: &[&str] =
    &["MOUSE^MICKEY", "MICKEY", "19281118", "135769", "Lake Buena Vista", "ohtoodles"];

#[test]
fn the_search_finds_what_compression_and_encodings_hide() {
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut zlib, b"name DOE^JANE here").unwrap();
    let mut pdf = b"%PDF 1 0 obj stream\n".to_vec();
    pdf.extend(zlib.finish().unwrap());
    assert!(find(&inflated(&pdf), b"DOE^JANE").is_some());
    let hidden = base64(b"xyzDOE^JANEabcd");
    assert!(spellings("DOE^JANE").iter().any(|spelling| find(&hidden, spelling).is_some()));
    let hidden = base64(b"xDOE^JANEabcdef");
    assert!(spellings("DOE^JANE").iter().any(|spelling| find(&hidden, spelling).is_some()));
}
