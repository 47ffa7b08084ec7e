//! All reference data together: read from its files, and reviewed for every mistake in them.

use crate::banners::Banners;
use crate::cpe::CpeNames;
use crate::dicom::Dicom;
use crate::file::{self, File, KnowledgeError};
use crate::fingerprints::Fingerprints;
use crate::harm::Harms;
use crate::lifecycle::Lifecycle;
use crate::models::Models;
use crate::oui::OuiTable;
use crate::ports::Ports;
use crate::systems::Systems;
use crate::templates::Templates;
use crate::vendors::Vendors;

/// The concerns a file can be about; its name starts with one of them.
const CONCERNS: &[&str] = &[
    "banners",
    "cpe",
    "dicom",
    "fingerprints",
    "harm",
    "lifecycle",
    "models",
    "oui",
    "ports",
    "systems",
    "templates",
    "vendors",
];

/// All reference data, ready to be asked.
#[derive(Clone, Debug)]
pub struct Knowledge {
    /// How facts read and what they say.
    pub fingerprints: Fingerprints,
    /// Makers and their spellings.
    pub vendors: Vendors,
    /// Models and their other names.
    pub models: Models,
    /// Who MAC address blocks belong to.
    pub oui: OuiTable,
    /// DICOM's registers.
    pub dicom: Dicom,
    /// What software calls itself on the wire.
    pub banners: Banners,
    /// Names of systems and components in the CPE dictionary.
    pub cpe: CpeNames,
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
    /// Reads all files; the error is the first mistake.
    pub fn read(files: &[File<'_>]) -> Result<Knowledge, KnowledgeError> {
        if let Some(stranger) = files.iter().find_map(stranger) {
            return Err(stranger);
        }
        Ok(Knowledge {
            fingerprints: Fingerprints::load(&concern(files, "fingerprints"))?,
            vendors: Vendors::load(&concern(files, "vendors"))?,
            models: Models::load(&concern(files, "models"))?,
            oui: OuiTable::load(&concern(files, "oui"))?,
            dicom: Dicom::load(&concern(files, "dicom"))?,
            banners: Banners::load(&concern(files, "banners"))?,
            cpe: CpeNames::load(&concern(files, "cpe"))?,
            systems: Systems::load(&concern(files, "systems"))?,
            lifecycle: Lifecycle::load(&concern(files, "lifecycle"))?,
            ports: Ports::load(&concern(files, "ports"))?,
            harms: Harms::load(&concern(files, "harm"))?,
            templates: Templates::load(&concern(files, "templates"))?,
            version: file::version(files),
        })
    }

    /// Changes whenever any text of the reference data changes.
    pub fn version(&self) -> &str {
        &self.version
    }
}

fn concern<'a>(files: &[File<'a>], name: &str) -> Vec<File<'a>> {
    files.iter().copied().filter(|file| file.concern() == name).collect()
}

/// The mistake of a file that is about no known concern.
fn stranger(file: &File<'_>) -> Option<KnowledgeError> {
    let reason = || format!("is about no known concern: name it after one of {}", CONCERNS.join(", "));
    (!CONCERNS.contains(&file.concern())).then(|| file.error(0, reason()))
}

/// What a look at every file found.
#[derive(Debug)]
pub struct Review {
    /// What is sound; `None` when the files that come with Cordon are not.
    pub knowledge: Option<Knowledge>,
    /// Every mistake, by file and line: of fingerprints each one, of other files the first in each.
    pub problems: Vec<KnowledgeError>,
}

impl Review {
    /// Looks at every file.
    pub fn of(files: &[File<'_>]) -> Review {
        let mut problems: Vec<KnowledgeError> = files.iter().filter_map(stranger).collect();
        let sound = Knowledge::sound(files, &mut problems);
        if let Some(knowledge) = &sound {
            let Knowledge { fingerprints, vendors, systems, .. } = knowledge;
            let conflicts = fingerprints.conflicts(vendors, systems);
            problems.extend(conflicts.iter().filter(|pair| !pair.settled()).map(|pair| pair.error()));
        }
        problems.sort();
        problems.dedup();
        Review { knowledge: sound, problems }
    }
}

impl Knowledge {
    /// What is sound in the files.
    fn sound(files: &[File<'_>], problems: &mut Vec<KnowledgeError>) -> Option<Knowledge> {
        Some(Knowledge {
            fingerprints: Fingerprints::load_all(&concern(files, "fingerprints"), problems),
            vendors: most(&concern(files, "vendors"), Vendors::load, problems)?,
            models: most(&concern(files, "models"), Models::load, problems)?,
            oui: most(&concern(files, "oui"), OuiTable::load, problems)?,
            dicom: most(&concern(files, "dicom"), Dicom::load, problems)?,
            banners: most(&concern(files, "banners"), Banners::load, problems)?,
            cpe: most(&concern(files, "cpe"), CpeNames::load, problems)?,
            systems: most(&concern(files, "systems"), Systems::load, problems)?,
            lifecycle: most(&concern(files, "lifecycle"), Lifecycle::load, problems)?,
            ports: most(&concern(files, "ports"), Ports::load, problems)?,
            harms: most(&concern(files, "harm"), Harms::load, problems)?,
            templates: most(&concern(files, "templates"), Templates::load, problems)?,
            version: file::version(files),
        })
    }
}

/// Loads a concern's files; where that fails, all of the site's own that can be, and a problem for each other.
fn most<T>(
    files: &[File<'_>],
    load: fn(&[File<'_>]) -> Result<T, KnowledgeError>,
    problems: &mut Vec<KnowledgeError>,
) -> Option<T> {
    let first = match load(files) {
        Ok(loaded) => return Some(loaded),
        Err(error) => error,
    };
    let mut sound: Vec<File<'_>> = files.iter().copied().filter(|file| !file.own).collect();
    let mut loaded = load(&sound).ok();
    if loaded.is_none() {
        problems.push(first);
        return None;
    }
    for own in files.iter().copied().filter(|file| file.own) {
        sound.push(own);
        match load(&sound) {
            Ok(more) => loaded = Some(more),
            Err(error) => {
                problems.push(error);
                sound.pop();
            }
        }
    }
    loaded
}
