//! Reference data — fingerprints, makers, address blocks, DICOM registers, ports, lifecycles — as readable
//! TOML, one concern a file, and its typed, validated loaders.
//!
//! Every entry names its source. The files of `data` are checked when this crate is built, which fails on a
//! mistake with file and line. A hospital adds its own folder with files of the same form
//! ([`Knowledge::with_folder`]). This crate reads no files itself and holds no opinion without a source.
#![forbid(unsafe_code)]

pub mod all;
pub mod banners;
pub mod cpe;
pub mod dicom;
pub mod fda;
pub mod file;
pub mod fingerprints;
pub mod harm;
pub mod lifecycle;
pub mod models;
pub mod oui;
pub mod pattern;
pub mod ports;
mod reference;
pub mod systems;
pub mod templates;
pub mod vendors;

pub use all::{Knowledge, Review};
pub use banners::{Banners, Software};
pub use cpe::{CpeNames, CpeSystem, Fitting, VersionForm};
pub use dicom::{Dicom, SopKind};
pub use file::{File, KnowledgeError, Place};
pub use fingerprints::{Conflict, FileCount, Fingerprint, Fingerprints, Matched, Replaced, Support};
pub use harm::{Criticality, Harm, Harms};
pub use lifecycle::{Lifecycle, OsSupport, Release};
pub use models::Models;
pub use oui::{Oui, OuiKind, OuiTable};
pub use ports::{Port, Ports};
pub use systems::Systems;
pub use templates::{NeedTemplate, Templates};
pub use vendors::{Merger, MergerKind, Vendors};

/// The files that come with Cordon: all of `data`, listed and checked by the build script.
const BUILTIN: &[File<'static>] = include!(concat!(env!("OUT_DIR"), "/builtin.rs"));

impl Knowledge {
    /// The reference data that comes with Cordon.
    pub fn builtin() -> Result<Knowledge, KnowledgeError> {
        Knowledge::read(BUILTIN)
    }

    /// The reference data that comes with Cordon, and a hospital's own files as (name relative to its
    /// folder, text). Where both speak of the same thing the hospital's stands.
    pub fn with_folder(files: &[(String, String)]) -> Result<Knowledge, KnowledgeError> {
        Knowledge::read(&with_own(files))
    }

    /// Every mistake of a hospital's own files, with what is sound of them beside what comes with Cordon.
    pub fn review(files: &[(String, String)]) -> Review {
        Review::of(&with_own(files))
    }
}

fn with_own(files: &[(String, String)]) -> Vec<File<'_>> {
    let own = files.iter().map(|(name, text)| File::own(name, text));
    BUILTIN.iter().copied().chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::identify::Attribute;

    #[test]
    fn the_builtin_knowledge_is_sound() {
        let knowledge = Knowledge::builtin().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(Knowledge::review(&[]).problems, []);
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

    #[test]
    fn a_look_at_a_folder_tells_every_mistake_and_keeps_what_is_sound() {
        let files = [
            ("vendors-a.toml", "[[vendor]]\nname = \"Acme\"\nsource = \"us\"\n"),
            ("vendors-b.toml", "\n[[vendor]]\nname = \"Acme\"\nsource = \" \"\n"),
            ("fingerprints.toml", "[[fingerprint]]\nid = 1\n"),
            ("notes.toml", ""),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let Review { knowledge, problems } = Knowledge::review(&files);
        let places: Vec<(&str, usize)> =
            problems.iter().map(|problem| (problem.file.as_str(), problem.line)).collect();
        assert_eq!(places, [("fingerprints.toml", 2), ("notes.toml", 1), ("vendors-b.toml", 2)]);
        assert_eq!(knowledge.unwrap().vendors.known("ACME"), Some("Acme"));
    }
}
