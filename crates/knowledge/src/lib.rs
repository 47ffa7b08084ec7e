//! Reference data — fingerprints, makers, address blocks, DICOM registers, ports, lifecycles — as readable
//! TOML, one concern a file, and its typed, validated loaders.
//!
//! Every entry names its source. A hospital adds its own folder with files of the same form
//! ([`Knowledge::with_folder`]). This crate reads no files itself and holds no opinion without a source.
#![forbid(unsafe_code)]

pub mod dicom;
pub mod file;
pub mod fingerprints;
pub mod harm;
pub mod lifecycle;
pub mod oui;
pub mod pattern;
pub mod ports;
mod reference;
pub mod systems;
pub mod templates;
pub mod vendors;

pub use dicom::{Dicom, SopKind};
pub use file::{File, KnowledgeError};
pub use fingerprints::{Failure, Fingerprint, Fingerprints, Matched, Support};
pub use harm::{Criticality, Harm, Harms};
pub use lifecycle::{Lifecycle, OsSupport, Release};
pub use oui::{Oui, OuiKind, OuiTable};
pub use ports::{Port, Ports};
pub use systems::Systems;
pub use templates::{NeedTemplate, Templates};
pub use vendors::Vendors;

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(File { name: $name, text: include_str!(concat!("../data/", $name)) }),*]
    };
}

/// The files that come with Cordon.
const BUILTIN: &[File<'static>] = files![
    "dicom/modalities.toml",
    "dicom/services.toml",
    "dicom/sop_classes.toml",
    "fingerprints/bedside.toml",
    "fingerprints/dhcp.toml",
    "fingerprints/dicom.toml",
    "fingerprints/hl7.toml",
    "fingerprints/hostnames.toml",
    "fingerprints/http.toml",
    "fingerprints/mdns.toml",
    "fingerprints/models.toml",
    "fingerprints/remote_support.toml",
    "fingerprints/tls.toml",
    "fingerprints/tools.toml",
    "harm/categories.toml",
    "lifecycle/android.toml",
    "lifecycle/centos.toml",
    "lifecycle/debian.toml",
    "lifecycle/macos.toml",
    "lifecycle/no-public-dates.toml",
    "lifecycle/rhel.toml",
    "lifecycle/ubuntu.toml",
    "lifecycle/windows-server.toml",
    "lifecycle/windows.toml",
    "oui/it.toml",
    "oui/medical.toml",
    "oui/modules.toml",
    "ports/clinical.toml",
    "ports/general.toml",
    "systems/systems.toml",
    "templates/categories.toml",
    "vendors/vendors.toml",
];

/// The concerns a file can be about; its name starts with one of them.
const CONCERNS: &[&str] =
    &["dicom", "fingerprints", "harm", "lifecycle", "oui", "ports", "systems", "templates", "vendors"];

/// All reference data, ready to be asked.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// How facts read and what they say.
    pub fingerprints: Fingerprints,
    /// Makers and their spellings.
    pub vendors: Vendors,
    /// Who MAC address blocks belong to.
    pub oui: OuiTable,
    /// DICOM's registers.
    pub dicom: Dicom,
    /// Operating system families.
    pub systems: Systems,
    /// Until when operating systems are supported.
    pub lifecycle: Lifecycle,
    /// What port numbers suggest.
    pub ports: Ports,
    /// What a device of a category can do when it is compromised or fails.
    pub harms: Harms,
    /// What a device of a category usually needs on the network.
    pub templates: Templates,
    version: String,
}

impl Knowledge {
    /// The reference data that comes with Cordon.
    pub fn builtin() -> Result<Knowledge, KnowledgeError> {
        Knowledge::with_folder(&[])
    }

    /// The reference data that comes with Cordon, and a hospital's own files as (name relative to its
    /// folder, text). Where both speak of the same thing the hospital's stands.
    pub fn with_folder(files: &[(String, String)]) -> Result<Knowledge, KnowledgeError> {
        let own = files.iter().map(|(name, text)| File { name, text });
        let mut all: Vec<File<'_>> = BUILTIN.to_vec();
        all.extend(own);
        if let Some(stranger) = all.iter().find(|file| !CONCERNS.contains(&file.concern())) {
            let reason = format!("is about no known concern: name it after one of {}", CONCERNS.join(", "));
            return Err(stranger.error(0, reason));
        }
        let concern = |name: &str| -> Vec<File<'_>> {
            all.iter().copied().filter(|file| file.concern() == name).collect()
        };
        Ok(Knowledge {
            fingerprints: Fingerprints::load(&concern("fingerprints"))?,
            vendors: Vendors::load(&concern("vendors"))?,
            oui: OuiTable::load(&concern("oui"))?,
            dicom: Dicom::load(&concern("dicom"))?,
            systems: Systems::load(&concern("systems"))?,
            lifecycle: Lifecycle::load(&concern("lifecycle"))?,
            ports: Ports::load(&concern("ports"))?,
            harms: Harms::load(&concern("harm"))?,
            templates: Templates::load(&concern("templates"))?,
            version: file::version(&all),
        })
    }

    /// Changes whenever any text of the reference data changes.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Runs every fingerprint on its own examples.
    pub fn self_test(&self) -> Vec<Failure> {
        self.fingerprints.self_test()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::identify::Attribute;

    #[test]
    fn the_builtin_knowledge_is_sound() {
        let knowledge = Knowledge::builtin().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(knowledge.self_test(), []);
        assert_eq!(knowledge.version().len(), 16);
        assert!(knowledge.oui.len() > 1000 && !knowledge.dicom.is_empty());
        let makers = knowledge.fingerprints.iter().flat_map(|fingerprint| &fingerprint.supports);
        for support in makers.filter(|support| support.attribute == Attribute::Manufacturer) {
            let usual = knowledge.vendors.canonical(&support.value);
            assert_eq!(usual, support.value, "a maker stands under its usual name");
        }
    }

    #[test]
    fn a_folder_adds_and_its_mistakes_are_named() {
        let own = |text: &str| vec![("vendors-ours.toml".to_owned(), text.to_owned())];
        let added = Knowledge::with_folder(&own(
            "[[vendor]]\nname = \"Acme\"\naliases = [\"Acme Pumps\"]\nsource = \"us\"\n",
        ))
        .unwrap();
        assert_eq!(added.vendors.canonical("ACME PUMPS"), "Acme");
        assert_ne!(added.version(), Knowledge::builtin().unwrap().version());
        let error = Knowledge::with_folder(&own("\n[[vendor]]\nnome = \"Acme\"\n")).unwrap_err();
        assert_eq!((error.file.as_str(), error.line), ("vendors-ours.toml", 3));
        let error = Knowledge::with_folder(&[("notes.txt".into(), String::new())]).unwrap_err();
        assert!(error.reason.contains("fingerprints"), "{error}");
    }
}
