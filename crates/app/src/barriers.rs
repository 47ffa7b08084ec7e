//! Configurations of firewalls and switches given to an assessment: which devices can send to which today.

use crate::error::AppError;
use crate::hash;
use crate::progress::Progress;
use cordon_assess::Barriers;
use cordon_model::identify::{DeviceId, Estate};
use cordon_segment::packets::Packets;
use cordon_segment::point::reach::{Reach, reach};
use cordon_segment::read::{self, Configuration, Language};
use cordon_wire::outlook as wire;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// The longest configuration that is read, in bytes.
const BYTES_MAX: u64 = 64 << 20;

/// What was found, for the assessment and for its encoding.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) barriers: Barriers,
    pub(crate) encoded: wire::Barriers,
}

/// Configurations that were read, before there are devices.
#[derive(Debug, Default)]
pub(crate) struct Read {
    configurations: Vec<Configuration>,
    sources: Vec<wire::BarrierSource>,
}

impl Read {
    /// Reads configurations; one that filters nothing is told of and left out, one that cannot be opened is a mistake.
    pub(crate) fn of(paths: &[PathBuf], progress: &mut dyn Progress) -> Result<Read, AppError> {
        let mut read = Read::default();
        let files = paths.iter().map(|path| bytes(path)).collect::<Result<Vec<_>, AppError>>()?;
        let texts: Vec<_> = files.iter().map(|bytes| read::decode(bytes)).collect();
        let is_beside = |text: &str| read::recognise(text) == Some(Language::Beside);
        let (beside, machines): (Vec<&str>, Vec<&str>) =
            texts.iter().flatten().map(String::as_str).partition(|text| is_beside(text));
        // Addresses and routes do not say whose they are: of several machines they are nobody's.
        let beside = if machines.len() == 1 { beside } else { Vec::new() };
        for ((path, bytes), text) in paths.iter().zip(&files).zip(&texts) {
            if text.as_ref().is_ok_and(|text| is_beside(text)) {
                if beside.is_empty() {
                    progress.warn(&format!(
                        "{} is not used: whose addresses and routes it holds is only plain beside one configuration",
                        path.display()
                    ));
                }
                continue;
            }
            let configuration =
                match text.as_ref().map_err(Clone::clone).and_then(|text| read::configuration(text, &beside))
                {
                    Ok(configuration) => configuration,
                    Err(reason) => {
                        progress.warn(&format!(
                            "the configuration {} is not used, and closes no way: {reason}",
                            path.display()
                        ));
                        continue;
                    }
                };
            read.sources.push(wire::BarrierSource {
                path: path.display().to_string(),
                hostname: configuration.hostname.clone(),
                language: configuration.language.name().to_owned(),
                sha256: hash::hex(bytes),
                interfaces: configuration.interfaces.len() as u64,
                devices: 0,
                not_understood: configuration.passed_over_count,
            });
            read.configurations.push(configuration);
        }
        Ok(read)
    }

    /// What they permit between the devices of an estate; `None` when there is none, and where they are too tangled to
    /// be decided, which is told.
    pub(crate) fn between(mut self, estate: &Estate, progress: &mut dyn Progress) -> Option<Found> {
        if self.configurations.is_empty() {
            return None;
        }
        progress.stage("following what configurations permit");
        let addresses: BTreeSet<IpAddr> =
            estate.devices.iter().flat_map(|device| device.ips.iter().copied()).collect();
        let found = match reach(&self.configurations, &addresses, &mut Packets::default()) {
            Ok(found) => found,
            Err(reason) => {
                progress.warn(&format!(
                    "the configurations are not used, and the network is taken as flat: {reason}"
                ));
                return None;
            }
        };
        for (configuration, source) in self.configurations.iter().zip(&mut self.sources) {
            let stands = |device: &&cordon_model::identify::Device| {
                let networks = configuration.interfaces.iter().flat_map(|one| &one.addresses);
                let mut networks =
                    networks.filter_map(|(base, length)| cordon_model::Cidr::new(*base, *length));
                networks.any(|network| device.ips.iter().any(|ip| network.contains(*ip)))
            };
            source.devices = estate.devices.iter().filter(stands).count() as u64;
        }
        let barriers = of_devices(estate, &found, &self.sources);
        let encoded = encoded(&barriers, self.sources);
        Some(Found { barriers, encoded })
    }
}

/// Groups of devices: those whose addresses are of the same groups.
fn of_devices(estate: &Estate, found: &Reach, sources: &[wire::BarrierSource]) -> Barriers {
    let mut numbers: BTreeMap<BTreeSet<usize>, usize> = BTreeMap::new();
    let mut groups: BTreeMap<DeviceId, usize> = BTreeMap::new();
    for device in estate.devices.iter().filter(|device| !device.ips.is_empty()) {
        let own: BTreeSet<usize> = device.ips.iter().filter_map(|ip| found.groups.get(ip).copied()).collect();
        let next = numbers.len();
        groups.insert(device.id.clone(), *numbers.entry(own).or_insert(next));
    }
    let mut members: Vec<(&BTreeSet<usize>, usize)> =
        numbers.iter().map(|(own, number)| (own, *number)).collect();
    members.sort_by_key(|(_, number)| *number);
    let sends = |from: &BTreeSet<usize>, to: &BTreeSet<usize>| {
        let mut targets = from.iter().filter_map(|at| found.reaches.get(*at));
        targets.any(|targets| targets.iter().any(|target| to.contains(target)))
    };
    let reaches = members
        .iter()
        .map(|(from, _)| {
            members.iter().filter(|(to, _)| sends(from, to)).map(|(_, number)| *number).collect()
        })
        .collect();
    Barriers {
        names: sources
            .iter()
            .map(|source| source.hostname.clone().unwrap_or_else(|| source.path.clone()))
            .collect(),
        not_understood: sources.iter().map(|source| source.not_understood).sum(),
        groups,
        reaches,
    }
}

fn encoded(barriers: &Barriers, configurations: Vec<wire::BarrierSource>) -> wire::Barriers {
    let mut groups = vec![wire::BarrierGroup::default(); barriers.reaches.len()];
    for (device, group) in &barriers.groups {
        if let Some(group) = groups.get_mut(*group) {
            group.devices.push(device.to_string());
        }
    }
    let mut pairs_open = 0;
    for (at, (targets, own)) in barriers.reaches.iter().zip(groups.clone()).enumerate() {
        let sizes = targets.iter().filter_map(|to| groups.get(*to)).map(|group| group.devices.len() as u64);
        let others = sizes.sum::<u64>().saturating_sub(u64::from(targets.contains(&at)));
        pairs_open += own.devices.len() as u64 * others;
        if let Some(group) = groups.get_mut(at) {
            group.reaches = targets.iter().map(|to| *to as u64).collect();
        }
    }
    let devices = barriers.groups.len() as u64;
    let pairs = devices * devices.saturating_sub(1);
    wire::Barriers { configurations, groups, pairs_open, pairs_closed: pairs.saturating_sub(pairs_open) }
}

fn bytes(path: &Path) -> Result<Vec<u8>, AppError> {
    let unreadable = |error: std::io::Error| AppError::unreadable(path, error);
    let size = fs::metadata(path).map_err(unreadable)?.len();
    if size > BYTES_MAX {
        return Err(AppError::unreadable(path, format!("it has {size} bytes; at most {BYTES_MAX} are read")));
    }
    fs::read(path).map_err(unreadable)
}
