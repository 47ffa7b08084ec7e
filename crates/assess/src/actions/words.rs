//! Words for whom an action is about, and which kinds of devices belong together.

use cordon_model::Category;

/// What is put behind rules in one go: devices of one field of work, named as in the action's id.
pub(super) fn group(category: Category) -> &'static str {
    match category {
        Category::ImagingModality
        | Category::ImageArchive
        | Category::ImagingWorkstation
        | Category::Radiotherapy
        | Category::Endoscopy => "imaging",
        Category::LaboratoryAnalyser | Category::PointOfCareAnalyser => "laboratory",
        Category::Workstation | Category::Tablet | Category::Printer | Category::Phone => "office",
        Category::Server
        | Category::NetworkEquipment
        | Category::ClinicalServer
        | Category::IntegrationEngine => "servers-and-network",
        Category::Unknown | Category::Other => "unknown",
        clinical if clinical.is_clinical() => "patient-care",
        _ => "building",
    }
}

pub(super) fn devices(count: usize) -> &'static str {
    if count == 1 { "device" } else { "devices" }
}

pub(super) fn counted(count: usize, category: Category) -> String {
    let label = match category {
        Category::Unknown => "device of unknown kind",
        Category::Other => "other device",
        known => known.label(),
    };
    match (count, label) {
        (1, "network equipment") => "1 piece of network equipment".to_string(),
        (1, label) => format!("1 {label}"),
        (_, "network equipment") => format!("{count} pieces of network equipment"),
        (_, "uninterruptible power supply") => format!("{count} uninterruptible power supplies"),
        (_, "device of unknown kind") => format!("{count} devices of unknown kind"),
        (_, label) if label.ends_with('y') && !label.ends_with("ay") => {
            format!("{count} {}ies", label.trim_end_matches('y'))
        }
        (_, label) => format!("{count} {label}s"),
    }
}

/// A text as part of an id: small letters, digits and dashes.
pub(super) fn slug(text: &str) -> String {
    let mut slug = String::new();
    for c in text.to_lowercase().chars() {
        match c.is_ascii_alphanumeric() {
            true => slug.push(c),
            false if !slug.ends_with('-') && !slug.is_empty() => slug.push('-'),
            false => {}
        }
    }
    slug.chars().take(60).collect::<String>().trim_matches('-').to_owned()
}

/// A short name for a text too long for an id: FNV-1a, 32 bits.
pub(super) fn mark(text: &str) -> String {
    let hash =
        text.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    format!("{hash:08x}")
}
