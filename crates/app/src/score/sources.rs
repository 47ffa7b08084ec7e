//! Every source of truth there is, played one by one: simulated hospitals, the recorded laboratory, labelled
//! captures. Each is scored by itself; a fingerprint that was taken from a source proves nothing on it.

use super::{Means, Score, read_truth, score};
use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::inputs::{How, gather};
use crate::{encode, knowledge};
use cordon_identify::Resolver;
use cordon_knowledge::Knowledge;
use cordon_model::{Inside, Timestamp};
use cordon_simulate::{Settings, hospital_in};
use cordon_wire::assessment::Device;
use cordon_wire::truth::{SCHEMA, Truth, TruthDevice};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A source of truth.
#[derive(Clone, Debug)]
pub struct Source {
    /// What to call it.
    pub name: String,
    /// True when nothing was ever fitted to it.
    pub held_out: bool,
    kind: Kind,
    /// How fingerprints that were taken from it cite it.
    cited: &'static [&'static str],
}

#[derive(Clone, Debug)]
enum Kind {
    /// A hospital that is made for the purpose, with its asset list or without.
    Simulated { settings: Settings, list: bool },
    /// A capture with one truth.
    Recorded { truth: PathBuf, capture: PathBuf },
    /// Labelled devices, each with captures of its own.
    Labelled { truth: PathBuf },
}

/// Monday morning, seven o'clock: 2026-11-16T07:00:00Z.
const START_SECONDS: i64 = 1_794_812_400;

/// A simulated hospital.
pub fn simulated(devices: u32, hours: f64, seed: u64, vlans: bool, list: bool) -> Source {
    let name = format!(
        "simulated, {devices} devices, {hours} h, seed {seed}{}{}",
        if vlans { ", VLANs" } else { "" },
        if list { ", with asset list" } else { "" }
    );
    let settings = Settings {
        devices,
        hours,
        seed,
        start: Timestamp::from_seconds(START_SECONDS),
        vlans,
        ..Settings::default()
    };
    Source { name, held_out: false, kind: Kind::Simulated { settings, list }, cited: &[] }
}

/// The recorded sources in a folder of sample data, `../shared/data`; those whose files are missing are left out.
pub fn recorded(data: &Path) -> Vec<Source> {
    let one = |name: &str, truth: &str, capture: &str| Source {
        name: name.to_owned(),
        held_out: false,
        kind: Kind::Recorded { truth: data.join(truth), capture: data.join(capture) },
        cited: &["lab A", "labA"],
    };
    let labelled = Source {
        name: "IoT Sentinel, labelled devices at home".to_owned(),
        held_out: false,
        kind: Kind::Labelled { truth: data.join("truth/iot_sentinel.json") },
        cited: &["IoT Sentinel"],
    };
    let all = [
        one("laboratory A", "truth/labA.truth.json", "captures/medical/lab__labA.pcap"),
        labelled,
        one("many devices", "big/many_devices.truth.json", "big/many_devices.pcap.zst"),
    ];
    all.into_iter().filter(|source| source.truth().is_none_or(Path::exists)).collect()
}

impl Source {
    /// The same, marked as never fitted to.
    pub fn held_out(self) -> Source {
        Source { name: format!("never seen: {}", self.name), held_out: true, ..self }
    }

    fn truth(&self) -> Option<&Path> {
        match &self.kind {
            Kind::Simulated { .. } => None,
            Kind::Recorded { truth, .. } | Kind::Labelled { truth } => Some(truth),
        }
    }

    /// Identifies what the source holds and compares it with the truth; `scratch` is a folder for what is made on
    /// the way.
    pub fn play(&self, actor: &Actor, scratch: &Path) -> Result<Score, AppError> {
        actor.require(Permission::Simulate)?;
        let knowledge = knowledge::read(None)?;
        let learnt = self.learnt(&knowledge);
        let alias = |name: &str| knowledge.vendors.canonical(name).to_owned();
        let means = Means { alias: &alias, learnt: &learnt };
        let mut result = match &self.kind {
            Kind::Simulated { settings, list } => {
                hospital_in(settings, scratch).map_err(|error| AppError::unwritable(scratch, error))?;
                let mut inputs = vec![scratch.join("capture.pcap")];
                inputs.extend(list.then(|| scratch.join("assets.csv")));
                score(&read_truth(&scratch.join("truth.json"))?, &identified(&inputs, &knowledge)?, means)
            }
            Kind::Recorded { truth, capture } => {
                score(&read_truth(truth)?, &identified(std::slice::from_ref(capture), &knowledge)?, means)
            }
            Kind::Labelled { truth } => labelled(truth, &knowledge, means)?,
        };
        result.input.clone_from(&self.name);
        Ok(result)
    }

    /// The fingerprints that cite this source.
    fn learnt(&self, knowledge: &Knowledge) -> BTreeSet<String> {
        let cites = |text: &str| self.cited.iter().any(|name| text.contains(name));
        let citing = knowledge.fingerprints.iter().filter(|fingerprint| cites(&fingerprint.source));
        citing.map(|fingerprint| fingerprint.id.clone()).collect()
    }
}

/// The devices that inputs describe.
fn identified(inputs: &[PathBuf], knowledge: &Knowledge) -> Result<Vec<Device>, AppError> {
    let mut resolver = Resolver::new(knowledge, Inside::default());
    let how = How {
        hash: false,
        threads: 1,
        clock: None,
        user_names: crate::privacy::Wish::default(),
        mappings: Vec::new(),
    };
    gather(inputs, None, how, &mut (), &mut |batch| resolver.add(&batch))?;
    let estate = resolver.resolve();
    Ok(estate.devices.iter().map(|device| encode::identity(device, &estate.inputs)).collect())
}

#[derive(Deserialize)]
struct Labels {
    devices: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    name: String,
    macs: Vec<String>,
    /// Relative to the file they stand in.
    captures: Vec<PathBuf>,
    manufacturer: Option<String>,
}

fn labelled(path: &Path, knowledge: &Knowledge, means: Means<'_>) -> Result<Score, AppError> {
    let text = std::fs::read(path).map_err(|error| AppError::unreadable(path, error))?;
    let labels: Labels = serde_json::from_slice(&text).map_err(|error| AppError::unreadable(path, error))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut all = Score::default();
    for label in labels.devices {
        let inputs: Vec<PathBuf> = label.captures.iter().map(|capture| folder.join(capture)).collect();
        let device = TruthDevice {
            name: label.name,
            macs: label.macs,
            manufacturer: label.manufacturer,
            ..TruthDevice::default()
        };
        let truth = Truth {
            schema: SCHEMA.to_owned(),
            input: String::new(),
            devices: vec![device],
            events: Vec::new(),
            needs: Vec::new(),
            forbidden_text: Vec::new(),
        };
        let mut one = score(&truth, &identified(&inputs, knowledge)?, means);
        // Whatever else is in the capture of a home, nobody labelled.
        one.devices_extra = 0;
        all.absorb(one);
    }
    Ok(all)
}
