//! DICOM's own registers: what a SOP class is for, and what kind of machine a modality code names.

use crate::file::{File, KnowledgeError};
use cordon_model::Category;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// What a service class does (PS3.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SopKind {
    /// Verification (C-ECHO): says nothing of the device.
    Verification,
    /// Storage of objects (C-STORE).
    Storage,
    /// Query (C-FIND).
    Query,
    /// Retrieve (C-MOVE, C-GET).
    Retrieve,
    /// Modality worklist.
    Worklist,
    /// Modality performed procedure step.
    ProcedureStep,
    /// Storage commitment.
    Commitment,
    /// Print management.
    Print,
    /// Anything else.
    Other,
}

impl SopKind {
    /// The word in role names: `DICOM storage SCU`.
    pub fn word(self) -> &'static str {
        match self {
            SopKind::Verification => "verification",
            SopKind::Storage => "storage",
            SopKind::Query => "query",
            SopKind::Retrieve => "retrieve",
            SopKind::Worklist => "worklist",
            SopKind::ProcedureStep => "procedure step",
            SopKind::Commitment => "storage commitment",
            SopKind::Print => "print",
            SopKind::Other => "other service",
        }
    }
}

/// A SOP class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SopClass {
    /// Name as PS3.6 annex A gives it, shortened.
    pub name: String,
    /// What it is for.
    pub kind: SopKind,
    /// The modality whose objects it carries, where it carries one's only.
    pub modality: Option<String>,
}

/// A modality code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Modality {
    /// The defined term's meaning.
    pub name: String,
    /// The kind of machine that makes such objects; `None` where several kinds do (documents,
    /// presentation states, secondary captures).
    pub category: Option<Category>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DicomFile {
    #[serde(default)]
    sop_class: Vec<Spanned<SopEntry>>,
    #[serde(default)]
    modality: Vec<Spanned<ModalityEntry>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SopEntry {
    uid: String,
    name: String,
    kind: SopKind,
    modality: Option<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ModalityEntry {
    code: String,
    name: String,
    category: Option<String>,
    source: String,
}

/// DICOM's registers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dicom {
    sop_classes: BTreeMap<String, SopClass>,
    modalities: BTreeMap<String, Modality>,
}

/// The root of all storage SOP classes (PS3.6 annex A); private and newer classes below it are storage too.
const STORAGE_ROOT: &str = "1.2.840.10008.5.1.4.1.1.";

impl Dicom {
    pub(crate) fn load(files: &[File<'_>]) -> Result<Dicom, KnowledgeError> {
        let mut dicom = Dicom::default();
        for file in files {
            let read: DicomFile = file.read()?;
            for entry in read.sop_class {
                dicom.add_sop_class(file, entry)?;
            }
            for entry in read.modality {
                let at = entry.span().start;
                let ModalityEntry { code, name, category, source } = entry.into_inner();
                let category = match category.as_deref().map(str::parse).transpose() {
                    Ok(category) => category,
                    Err(error) => return Err(file.error(at, format!("{error}"))),
                };
                if source.trim().is_empty() {
                    return Err(file.error(at, format!("modality {code} has no source")));
                }
                dicom.modalities.insert(code, Modality { name, category });
            }
        }
        Ok(dicom)
    }

    fn add_sop_class(&mut self, file: &File<'_>, entry: Spanned<SopEntry>) -> Result<(), KnowledgeError> {
        let at = entry.span().start;
        let SopEntry { uid, name, kind, modality, source } = entry.into_inner();
        if uid.is_empty() || !uid.chars().all(|c| c.is_ascii_digit() || c == '.') {
            return Err(file.error(at, format!("\"{uid}\" is no UID")));
        }
        if source.trim().is_empty() {
            return Err(file.error(at, format!("SOP class {uid} has no source")));
        }
        self.sop_classes.insert(uid, SopClass { name, kind, modality });
        Ok(())
    }

    /// The SOP class with this UID.
    pub fn sop_class(&self, uid: &str) -> Option<&SopClass> {
        self.sop_classes.get(uid.trim())
    }

    /// What a SOP class is for; classes not listed are storage below the storage root, else something else.
    pub fn kind(&self, uid: &str) -> SopKind {
        match self.sop_class(uid) {
            Some(class) => class.kind,
            None if uid.trim().starts_with(STORAGE_ROOT) => SopKind::Storage,
            None => SopKind::Other,
        }
    }

    /// The modality with this code.
    pub fn modality(&self, code: &str) -> Option<&Modality> {
        self.modalities.get(code.trim())
    }

    /// How many SOP classes and modality codes are known.
    pub fn len(&self) -> usize {
        self.sop_classes.len() + self.modalities.len()
    }

    /// True when neither is known.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
