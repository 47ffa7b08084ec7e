//! What a cell says, in the vocabulary's spelling.

use cordon_model::observe::{FACT_BYTES_MAX, Fact};
use cordon_model::{Category, Mac};
use std::net::IpAddr;

/// Cells that say that nobody knows.
const NOTHING: &[&str] = &[
    "-",
    "--",
    "---",
    "?",
    "n/a",
    "na",
    "n.a.",
    "none",
    "null",
    "nil",
    "tbd",
    "unknown",
    "not known",
    "not available",
    "unbekannt",
    "k.a.",
    "keine",
    "inconnu",
    "dhcp",
    "#n/a",
    "#nv",
];

/// What stands between several values in one cell.
fn is_separator(character: char) -> bool {
    character.is_whitespace() || matches!(character, ';' | ',' | '|')
}

/// A cell's text: one line, trimmed, cut to the length of a fact; empty when it says nothing. The guard that
/// our own sheet puts before what a spreadsheet would run as a formula is taken off.
pub(crate) fn clean(cell: &str) -> String {
    let cell = cell.trim();
    let starts_formula = |text: &str| text.trim_start_matches('\'').starts_with(['=', '+', '-', '@']);
    one_line(cell.strip_prefix('\'').filter(|rest| starts_formula(rest)).unwrap_or(cell))
}

fn one_line(cell: &str) -> String {
    if NOTHING.contains(&cell.trim().to_lowercase().as_str()) {
        return String::new();
    }
    let mut text = String::new();
    for word in cell.split(|character: char| character.is_whitespace() || character.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str(word);
    }
    text.truncate(text.floor_char_boundary(FACT_BYTES_MAX));
    text
}

/// The MAC addresses of a cell, and whether it holds nothing else.
pub(crate) fn macs(cell: &str) -> (Vec<Mac>, bool) {
    let usable = |mac: Mac| !mac.is_zero() && !mac.is_group();
    // One address whose pairs are kept apart with blanks.
    let joined: String = cell.split_whitespace().collect();
    if cell.split_whitespace().all(|pair| pair.len() == 2)
        && let Ok(mac) = joined.parse::<Mac>()
    {
        return (Vec::from_iter(usable(mac).then_some(mac)), usable(mac));
    }
    parse_all(cell, |word| word.parse().ok().filter(|mac| usable(*mac)))
}

/// The IP addresses of a cell, and whether it holds nothing else.
pub(crate) fn ips(cell: &str) -> (Vec<IpAddr>, bool) {
    parse_all(cell, |word| {
        let address = word.split_once('/').map_or(word, |(address, _)| address);
        address.parse().ok().filter(|ip: &IpAddr| !cordon_model::address::is_shared_address(*ip))
    })
}

fn parse_all<T: Ord>(cell: &str, parse: impl Fn(&str) -> Option<T>) -> (Vec<T>, bool) {
    let mut all = Vec::new();
    let mut all_read = true;
    for word in cell.split(is_separator).filter(|word| !word.is_empty()) {
        match parse(word) {
            Some(value) => all.push(value),
            None => all_read = false,
        }
    }
    all.sort();
    all.dedup();
    (all, all_read)
}

/// The values of a cleaned cell for `fact`, and whether it could be brought into the vocabulary.
pub(crate) fn of_fact(fact: Fact, cell: &str) -> (Vec<String>, bool) {
    if cell.is_empty() {
        return (Vec::new(), true);
    }
    let known = match fact {
        Fact::AssetHostname => {
            let names = cell.split(is_separator).filter(|name| !name.is_empty());
            return (names.map(str::to_owned).collect(), true);
        }
        Fact::AssetCategory => category(cell).map(|category| category.name().to_owned()),
        Fact::AssetModality => modality(cell),
        Fact::AssetCriticality => criticality(cell).map(str::to_owned),
        Fact::AssetPatchPossible => yes_or_no(cell).map(str::to_owned),
        Fact::AssetPatchWhyNot => why_not(cell).map(str::to_owned),
        _ => Some(cell.to_owned()),
    };
    let understood = known.is_some();
    (Vec::from_iter(known), understood)
}

fn yes_or_no(cell: &str) -> Option<&'static str> {
    match cell.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" | "ja" | "j" | "wahr" | "oui" | "vrai" => Some("yes"),
        "no" | "n" | "false" | "0" | "nein" | "falsch" | "non" | "faux" => Some("no"),
        _ => None,
    }
}

/// How much care depends on a device, in the words and letters lists use.
fn criticality(cell: &str) -> Option<&'static str> {
    match cell.to_lowercase().as_str() {
        "high" | "h" | "critical" | "life support" | "life-support" | "hoch" | "kritisch" | "élevée"
        | "haute" => Some("high"),
        "medium" | "m" | "moderate" | "mittel" | "moyenne" => Some("medium"),
        "low" | "l" | "none" | "niedrig" | "gering" | "faible" | "basse" => Some("low"),
        _ => None,
    }
}

fn why_not(cell: &str) -> Option<&'static str> {
    let name = cell.to_lowercase().replace([' ', '-'], "_");
    ["vendor_ended", "certification", "no_mechanism", "in_use", "unknown"]
        .into_iter()
        .find(|known| *known == name)
}

/// A DICOM modality code (PS3.3 C.7.3.1.1.1) is up to sixteen capitals; those of devices are two or more.
fn modality(cell: &str) -> Option<String> {
    let code = cell.to_uppercase();
    let fits = (2..=16).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_uppercase());
    fits.then_some(code)
}

/// Words by which lists name categories, longest first where one holds another.
const CATEGORY_WORDS: &[(&str, Category)] = &[
    ("infusion gateway", Category::InfusionGateway),
    ("infusion", Category::InfusionPump),
    ("syringe", Category::InfusionPump),
    ("pca pump", Category::InfusionPump),
    ("feeding pump", Category::InfusionPump),
    ("central station", Category::CentralStation),
    ("central monitor", Category::CentralStation),
    ("home monitor", Category::HomeMonitor),
    ("patient monitor", Category::PatientMonitor),
    ("vital signs", Category::PatientMonitor),
    ("bedside monitor", Category::PatientMonitor),
    ("physiologic", Category::PatientMonitor),
    ("telemetry", Category::TelemetryGateway),
    ("ventilator", Category::Ventilator),
    ("anaesthe", Category::Anaesthesia),
    ("anesthe", Category::Anaesthesia),
    ("linear accelerator", Category::Radiotherapy),
    ("radiotherapy", Category::Radiotherapy),
    ("radiation therapy", Category::Radiotherapy),
    ("image archive", Category::ImageArchive),
    ("pacs", Category::ImageArchive),
    ("viewing station", Category::ImagingWorkstation),
    ("imaging workstation", Category::ImagingWorkstation),
    ("diagnostic workstation", Category::ImagingWorkstation),
    ("endoscop", Category::Endoscopy),
    ("ultrasound", Category::ImagingModality),
    ("x-ray", Category::ImagingModality),
    ("xray", Category::ImagingModality),
    ("radiograph", Category::ImagingModality),
    ("mammograph", Category::ImagingModality),
    ("ct scanner", Category::ImagingModality),
    ("computed tomography", Category::ImagingModality),
    ("mri", Category::ImagingModality),
    ("magnetic resonance", Category::ImagingModality),
    ("c-arm", Category::ImagingModality),
    ("angiograph", Category::ImagingModality),
    ("imaging", Category::ImagingModality),
    ("blood gas", Category::PointOfCareAnalyser),
    ("glucometer", Category::PointOfCareAnalyser),
    ("glucose meter", Category::PointOfCareAnalyser),
    ("point of care", Category::PointOfCareAnalyser),
    ("analyser", Category::LaboratoryAnalyser),
    ("analyzer", Category::LaboratoryAnalyser),
    ("electrocardiograph", Category::Ecg),
    ("ecg", Category::Ecg),
    ("ekg", Category::Ecg),
    ("defibrillator", Category::Defibrillator),
    ("dialysis", Category::Dialysis),
    ("medication cabinet", Category::MedicationCabinet),
    ("dispensing cabinet", Category::MedicationCabinet),
    ("nurse call", Category::NurseCall),
    ("hospital bed", Category::Bed),
    ("integration engine", Category::IntegrationEngine),
    ("interface engine", Category::IntegrationEngine),
    ("implant programmer", Category::ImplantProgrammer),
    ("pacemaker programmer", Category::ImplantProgrammer),
    ("workstation", Category::Workstation),
    ("desktop", Category::Workstation),
    ("laptop", Category::Workstation),
    ("notebook", Category::Workstation),
    ("tablet", Category::Tablet),
    ("printer", Category::Printer),
    ("phone", Category::Phone),
    ("camera", Category::Camera),
    ("uninterruptible", Category::Ups),
    ("hvac", Category::BuildingSystem),
    ("building", Category::BuildingSystem),
    ("network switch", Category::NetworkEquipment),
    ("router", Category::NetworkEquipment),
    ("firewall", Category::NetworkEquipment),
    ("access point", Category::NetworkEquipment),
    ("clinical server", Category::ClinicalServer),
    ("server", Category::Server),
];

/// The category a list means: by its name, its label, or the words lists use.
fn category(cell: &str) -> Option<Category> {
    let text = cell.to_lowercase();
    let name = text.replace([' ', '-'], "_");
    let exact = Category::ALL.iter().find(|known| known.name() == name || known.label() == text);
    let by_words = || {
        let found = CATEGORY_WORDS.iter().find(|(words, _)| holds_words(&text, words));
        found.map(|(_, category)| *category)
    };
    exact.copied().or_else(by_words).filter(|category| *category != Category::Unknown)
}

/// True when `words` start at the start of a word of `text`, so that `mri` is not found in `primrind`.
fn holds_words(text: &str, words: &str) -> bool {
    text.match_indices(words).any(|(at, _)| {
        text.get(..at)
            .and_then(|before| before.chars().next_back())
            .is_none_or(|before| !before.is_alphanumeric())
    })
}

/// True when a cell still says what our own sheet held when it was written, though a spreadsheet may have
/// bent its form: dates turned about, leading and trailing zeros of numbers dropped, case of truth values.
pub(crate) fn is_unchanged(as_found: &str, cell: &str) -> bool {
    // What was remembered bears no guard; the cell may have lost its own.
    let now = clean(cell);
    is_same(&one_line(as_found), &now) || is_same(&clean(as_found), &now)
}

fn is_same(before: &str, now: &str) -> bool {
    if before.eq_ignore_ascii_case(now) {
        return true;
    }
    let bare = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    if let (Some(before_number), Some(now_number)) = (bare(before), bare(now)) {
        // `1234567890123` comes back as `1.23457E+12`: six digits are kept.
        let kept = if now.contains(['e', 'E']) { 1e-5 } else { 0.0 };
        return (before_number - now_number).abs() <= before_number.abs() * kept;
    }
    if let (Some(before), Some(now)) = (date_parts(before), date_parts(now)) {
        return before == now;
    }
    matches!((yes_or_no(before), yes_or_no(now)), (Some(before), Some(now)) if before == now)
}

/// The three numbers of a date in any order, ascending.
fn date_parts(text: &str) -> Option<[u32; 3]> {
    let numbers: Vec<u32> =
        text.split(['-', '.', '/']).map(|part| part.trim().parse().ok()).collect::<Option<_>>()?;
    let mut parts: [u32; 3] = numbers.try_into().ok()?;
    parts.sort_unstable();
    let [_, _, year] = parts;
    (year > 1900).then_some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_brought_into_one_line() {
        assert_eq!(clean("  two \n words\u{0}x "), "two words x");
        assert_eq!(clean("'=1+1"), "=1+1");
        assert_eq!(clean("'quoted"), "'quoted");
        assert_eq!(clean("N/A"), "");
        assert_eq!(clean(&"ü".repeat(200)).len(), 256);
    }

    #[test]
    fn addresses_are_read_in_every_usual_form() {
        let one: Mac = "00:1b:0d:20:30:01".parse().unwrap();
        let two: Mac = "00:1b:0d:20:30:02".parse().unwrap();
        assert_eq!(macs("00-1B-0D-20-30-01"), (vec![one], true));
        assert_eq!(macs("00 1B 0D 20 30 01"), (vec![one], true));
        assert_eq!(macs("001b.0d20.3002; 001b0d203001|wlan"), (vec![one, two], false));
        assert_eq!(macs("ff:ff:ff:ff:ff:ff"), (vec![], false));
        assert_eq!(macs("").0, []);
        let ip: IpAddr = "10.0.0.5".parse().unwrap();
        assert_eq!(ips("10.0.0.5/24, fe80::1"), (vec![ip, "fe80::1".parse().unwrap()], true));
        assert_eq!(ips("0.0.0.0 nonsense"), (vec![], false));
    }

    #[test]
    fn vocabularies_are_met_or_counted() {
        for (fact, cell, wanted) in [
            (Fact::AssetCategory, "Infusion Pump, large volume", Some("infusion_pump")),
            (Fact::AssetCategory, "imaging_modality", Some("imaging_modality")),
            (Fact::AssetCategory, "MRI scanner", Some("imaging_modality")),
            (Fact::AssetCategory, "laboratory analyser", Some("laboratory_analyser")),
            (Fact::AssetCategory, "Primrind", None),
            (Fact::AssetCategory, "unknown", None),
            (Fact::AssetModality, "ct", Some("CT")),
            (Fact::AssetModality, "C T 5", None),
            (Fact::AssetPatchPossible, "Nein", Some("no")),
            (Fact::AssetPatchPossible, "perhaps", None),
            (Fact::AssetPatchWhyNot, "Vendor ended", Some("vendor_ended")),
            (Fact::AssetPatchWhyNot, "because", None),
            (Fact::AssetModel, "A1", Some("A1")),
        ] {
            let wanted = (Vec::from_iter(wanted.map(str::to_owned)), wanted.is_some());
            assert_eq!(of_fact(fact, cell), wanted, "{cell}");
        }
        assert_eq!(of_fact(Fact::AssetHostname, "a b;c").0, ["a", "b", "c"]);
    }

    #[test]
    fn what_a_spreadsheet_bends_is_not_a_persons_word() {
        for (before, now) in [
            ("4.10", "4.1"),
            ("00123", "123"),
            ("1234567890123", "1.23457E+12"),
            ("2019-03-07", "07.03.2019"),
            ("2019-03-07", "3/7/2019"),
            ("yes", "TRUE"),
            ("Windows  7", "Windows 7"),
            ("infusion_pump", "INFUSION_PUMP"),
            ("=1", "'=1"),
            ("=1", "=1"),
            ("''=1", "'''=1"),
            ("''=1", "''=1"),
            ("", "n/a"),
        ] {
            assert!(is_unchanged(before, now), "{before} {now}");
        }
        for (before, now) in [
            ("4.10", "4.11"),
            ("7", "10"),
            ("", "IT"),
            ("IT", ""),
            ("2019-03-07", "2019-03-08"),
            ("yes", "no"),
            ("10.0.0.1", "10.0.0.2"),
            ("nan", "inf"),
        ] {
            assert!(!is_unchanged(before, now), "{before} {now}");
        }
    }
}
