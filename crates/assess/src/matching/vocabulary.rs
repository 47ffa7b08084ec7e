//! Words of product names that tell the kind of thing and not which one.

/// What a word contributes to a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// A name given by the maker: `medfusion`, `solis`.
    Brand,
    /// A model number or a short mark that tells siblings apart: `8015`, `mp20`, `es`, `a+`.
    Designation,
    /// A version within a name: `8.0.x`.
    Version,
    /// A part of a system that is a product of its own: `server`, `module`, `gateway`.
    Part,
    /// The computer or program that a product runs as: `workstation`, `software`.
    Host,
    /// Describes without telling apart: `wireless`, `infusion`, `pump`, a ward's name.
    Plain,
    /// The text speaks of a family: `series`, `products`.
    Family,
}

/// A server, a module or a gateway is another product than what it serves.
const PARTS: &[&str] = &[
    "server",
    "module",
    "gateway",
    "station",
    "central",
    "programmer",
    "controller",
    "viewer",
    "dashboard",
    "portal",
    "webportal",
    "telemetry",
    "charger",
    "dock",
    "rack",
    "remote",
    "reader",
    "app",
    "apps",
    "tool",
    "tools",
    "kit",
    "sdk",
    "database",
    "manager",
    "bridge",
    "hub",
    "printer",
    "generator",
    "transmitter",
    "communicator",
    "journal",
    "service",
    "configuration",
    "license",
    "editor",
    "archive",
    "interface",
    "simulator",
    "display",
    "battery",
    "adapter",
    "link",
    "cloud",
    "enterprise",
];

/// What a product runs as; lists add it and leave it out.
const HOSTS: &[&str] = &[
    "workstation",
    "workstations",
    "workspot",
    "workplace",
    "workplaces",
    "software",
    "pc",
    "ws",
    "application",
    "computer",
    "client",
    "console",
    "web",
    "platform",
    "suite",
    "toolkit",
    "toolbox",
    "library",
];

/// Kinds of devices, what they are for, who is treated, and where they stand.
const PLAIN: &[&str] = &[
    // What it is.
    "pump",
    "monitor",
    "system",
    "unit",
    "device",
    "machine",
    "equipment",
    "instrument",
    "analyzer",
    "analyser",
    "ventilator",
    "defibrillator",
    "defib",
    "scanner",
    "processor",
    "recorder",
    "platform",
    "product",
    "model",
    "infusor",
    "infuser",
    "syringe",
    "ultrasound",
    "tomograph",
    "camera",
    "bed",
    "cabinet",
    "dispenser",
    "cart",
    "icd",
    "crt",
    "pacemaker",
    "lvp",
    "cpap",
    "bipap",
    "crrt",
    "ecg",
    "ekg",
    "eeg",
    "emr",
    "pacs",
    "holter",
    "electrocardiograph",
    "sequencer",
    "cytometer",
    "dialysis",
    "hemodialysis",
    "haemodialysis",
    "aed",
    // What it does, and for whom.
    "infusion",
    "volumetric",
    "large",
    "volume",
    "ambulatory",
    "wireless",
    "wired",
    "wifi",
    "wlan",
    "patient",
    "bedside",
    "vital",
    "vitals",
    "sign",
    "fetal",
    "foetal",
    "maternal",
    "neonatal",
    "adult",
    "pediatric",
    "paediatric",
    "portable",
    "mobile",
    "transport",
    "handheld",
    "digital",
    "medical",
    "clinical",
    "healthcare",
    "medication",
    "drug",
    "automated",
    "dispensing",
    "anesthesia",
    "anaesthesia",
    "diagnostic",
    "imaging",
    "image",
    "radiography",
    "xray",
    "insulin",
    "diabetes",
    "management",
    "cardiac",
    "stress",
    "resting",
    "testing",
    "analysis",
    "energy",
    "electrosurgical",
    "implantable",
    "processing",
    "review",
    "control",
    "operating",
    "acquisition",
    "information",
    "smart",
    "care",
    "intensive",
    "specimen",
    "speciman",
    "cell",
    "sorter",
    "ct",
    "mr",
    "mri",
    "pet",
    "spect",
    "petct",
    "spectct",
    "petmr",
    "extended",
    "standard",
    "professional",
    "multi",
    "parameter",
    "multiparameter",
    "channel",
    "single",
    "dual",
    "point",
    "of",
    "the",
    "a",
    "an",
    "for",
    "in",
    "by",
    "to",
    "on",
    "new",
    "old",
    "used",
    "spare",
    "loaner",
    "rental",
    "demo",
    "only",
    // Where it stands.
    "icu",
    "ccu",
    "nicu",
    "picu",
    "ward",
    "er",
    "ed",
    "theatre",
    "radiology",
    "cardiology",
    "oncology",
    "lab",
    "laboratory",
    "emergency",
    "surgery",
    "department",
    "dept",
    "room",
    "floor",
    "clinic",
    "hospital",
    "us",
    "usa",
    "eu",
    "uk",
    "intl",
    // How a list begins a number.
    "mod",
    "type",
    "typ",
    "no",
    "nr",
    "ref",
    "cat",
    "catalog",
    "catalogue",
    "sn",
    "pn",
    "part",
    "item",
    "number",
    "order",
    "rev",
    "version",
    "ver",
    "release",
    "sw",
    "fw",
    "firmware",
];

/// True for words that any product's name may end with.
pub(super) fn is_general(word: &str) -> bool {
    matches!(singular(word), "system" | "product" | "device" | "equipment" | "machine")
}

/// True for a kind of image that scanners are named after.
pub(super) fn is_modality(word: &str) -> bool {
    matches!(word, "ct" | "mr" | "mri" | "pet" | "spect" | "petct" | "spectct" | "petmr")
}

/// Products that are programs, by the words that say so.
const PROGRAMS: &[&str] = &[
    "pacs",
    "emr",
    "software",
    "suite",
    "platform",
    "enterprise",
    "portal",
    "database",
    "application",
    "ris",
];

/// True for a word that says that the product is a program.
pub(super) fn is_program(word: &str) -> bool {
    PROGRAMS.contains(&word)
}

/// The text speaks of more than one model.
const FAMILY: &[&str] = &["series", "family", "products", "line", "lines", "range", "models", "families"];

/// The word without the ending of the plural, where it is one of the vocabulary's.
fn singular(word: &str) -> &str {
    match word {
        "analysis" | "diabetes" | "series" | "stress" | "us" | "ws" => word,
        _ => word.strip_suffix('s').unwrap_or(word),
    }
}

/// `8.0.x`, `2.5`, `v9`, `6.3v1l10` is none.
pub(super) fn is_version(word: &str) -> bool {
    let number = word.strip_prefix('v').unwrap_or(word);
    let prefixed = number.len() < word.len();
    let numeric = number.starts_with(|c: char| c.is_ascii_digit())
        && number.chars().all(|c| c.is_ascii_digit() || c == '.' || c == 'x');
    numeric && (prefixed || number.contains('.'))
}

/// What `word` (in lower case) contributes; `capitals` when it was written so in a text that has small letters.
pub(super) fn kind(word: &str, capitals: bool) -> Kind {
    let stem = singular(word);
    if is_version(word) {
        return Kind::Version;
    }
    if word.chars().any(|c| c.is_ascii_digit() || c == '+') {
        return Kind::Designation;
    }
    if FAMILY.contains(&word) {
        return Kind::Family;
    }
    if PARTS.contains(&word) || PARTS.contains(&stem) {
        return Kind::Part;
    }
    if HOSTS.contains(&word) || HOSTS.contains(&stem) {
        return Kind::Host;
    }
    if PLAIN.contains(&word) || PLAIN.contains(&stem) {
        return Kind::Plain;
    }
    let short = word.chars().count();
    if short <= 2 || (short == 3 && capitals) || matches!(word, "plus" | "pro" | "mini" | "iii" | "max") {
        return Kind::Designation;
    }
    Kind::Brand
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_told_apart_by_what_they_contribute() {
        for (word, expected) in [
            ("medfusion", Kind::Brand),
            ("8015", Kind::Designation),
            ("a+", Kind::Designation),
            ("es", Kind::Designation),
            ("8.0.x", Kind::Version),
            ("v9", Kind::Version),
            ("servers", Kind::Part),
            ("workstation", Kind::Host),
            ("pumps", Kind::Plain),
            ("series", Kind::Family),
        ] {
            assert_eq!(kind(word, false), expected, "{word}");
        }
        assert_eq!(
            (kind("PCU".to_lowercase().as_str(), true), kind("pcu", false)),
            (Kind::Designation, Kind::Brand)
        );
    }
}
