//! A device cut off without cutting off care: everything is closed but the needs marked critical to care, for a time
//! that ends by itself.
//!
//! What is lost is said in words before anything is written. A device that keeps a patient alive is held back until a
//! clinician is named. A [`Release`] can only be made here, and only it can be written in a language.

mod equipment;
mod write;

pub use write::{File, Language};

use crate::Plan;
use crate::rollout::is_life_sustaining;
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, Party, Zone};
use cordon_model::{Cidr, Mac, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

const MICROS_PER_SECOND: i64 = 1_000_000;

/// What a quarantine would do.
#[derive(Clone, Debug, PartialEq)]
pub struct Quarantine {
    /// Which device.
    pub device: DeviceId,
    /// What a person calls it. It may come from the network.
    pub label: String,
    /// Its addresses; a device without one cannot be held by address.
    pub addresses: Vec<IpAddr>,
    /// Its MAC addresses.
    pub macs: Vec<Mac>,
    /// When it begins.
    pub from: Timestamp,
    /// When it ends: by itself, where the language can.
    pub until: Timestamp,
    /// Needs that stay open, in order.
    pub kept: Vec<Need>,
    /// Needs that are cut, in order.
    pub cut: Vec<Need>,
    /// What stays possible, a sentence each.
    pub stays: Vec<String>,
    /// What is lost, a sentence each.
    pub lost: Vec<String>,
    /// What stays open, by address.
    pub permits: Vec<Permit>,
    /// What care needs and no rule by address can keep open, with the reason.
    pub not_enforceable: Vec<String>,
    /// Why a clinician must be named first; `None` when nobody need be.
    pub hold: Option<String>,
    /// The clinician who agreed.
    pub approved_by: Option<String>,
}

/// Something that stays open.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Permit {
    /// The need behind it.
    pub need: String,
    /// True when the device asks; false when it is asked.
    pub asks: bool,
    /// The other side.
    pub peer: Cidr,
    /// Transport protocol.
    pub transport: Transport,
    /// Server ports; none means every port, or a transport without ports.
    pub ports: Vec<u16>,
}

/// A quarantine that may be put into force.
#[derive(Clone, Debug, PartialEq)]
pub struct Release<'a>(&'a Quarantine);

impl Quarantine {
    /// Permission to write the rules: nobody need agree, or somebody is named who does.
    pub fn release(&self) -> Option<Release<'_>> {
        (self.hold.is_none() || self.approved_by.is_some()).then_some(Release(self))
    }
}

impl Release<'_> {
    /// What is put into force.
    pub fn get(&self) -> &Quarantine {
        self.0
    }
}

/// How long, from when, and who agreed.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'a> {
    /// When it begins.
    pub now: Timestamp,
    /// For how many seconds.
    pub seconds: u32,
    /// The clinician who agreed.
    pub approved_by: Option<&'a str>,
}

/// What the quarantine of a device would do; `None` when the estate has no such device.
pub fn quarantine(estate: &Estate, plan: &Plan, device: &DeviceId, terms: Terms<'_>) -> Option<Quarantine> {
    let held = estate.devices.iter().find(|one| one.id == *device)?;
    let parties = Parties::new(estate, plan);
    let own = parties.names_of(device);
    let mut found = Quarantine {
        device: device.clone(),
        label: held.label(),
        addresses: held.ips.clone(),
        macs: held.macs.clone(),
        from: terms.now,
        until: terms.now.plus_micros(i64::from(terms.seconds).saturating_mul(MICROS_PER_SECOND)),
        kept: Vec::new(),
        cut: Vec::new(),
        stays: Vec::new(),
        lost: Vec::new(),
        permits: Vec::new(),
        not_enforceable: Vec::new(),
        hold: None,
        approved_by: terms.approved_by.map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned),
    };
    let (mut stays, mut lost, mut permits) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for need in plan.needs.iter().filter(|need| need.state.is_required()) {
        let (asks, asked) = (own.contains(&need.from), own.contains(&need.to));
        if !asks && !asked {
            continue;
        }
        let peer = parties.label(if asks { &need.to } else { &need.from });
        let words = match asks {
            true => format!("{} ({peer})", need.purpose),
            false => format!("{peer} no longer reaches it: {}", need.purpose),
        };
        if need.care_critical {
            stays.insert(match asks {
                true => words,
                false => format!("{peer} reaches it: {}", need.purpose),
            });
            found.kept.push(need.clone());
            parties.permits(need, asks, asked, device, &mut permits, &mut found.not_enforceable);
        } else {
            lost.insert(words);
            found.cut.push(need.clone());
        }
    }
    found.stays = stays.into_iter().collect();
    found.lost = lost.into_iter().collect();
    found.permits = permits.into_iter().collect();
    found.not_enforceable.sort();
    found.not_enforceable.dedup();
    found.hold = hold(held, &found.kept);
    Some(found)
}

fn hold(device: &Device, kept: &[Need]) -> Option<String> {
    if !is_life_sustaining(device) {
        return None;
    }
    let care = match kept.len() {
        0 => "no need of it is marked critical to care, so nothing at all would stay open".to_owned(),
        1 => "one need critical to care stays open".to_owned(),
        many => format!("{many} needs critical to care stay open"),
    };
    Some(format!(
        "{} ({}) may keep a patient alive; {care}. Name the clinician who agreed",
        device.label(),
        device.category().label()
    ))
}

struct Parties<'a> {
    devices: BTreeMap<&'a DeviceId, &'a Device>,
    plan: &'a Plan,
}

impl<'a> Parties<'a> {
    fn new(estate: &'a Estate, plan: &'a Plan) -> Parties<'a> {
        Parties { devices: estate.devices.iter().map(|device| (&device.id, device)).collect(), plan }
    }

    /// The device itself, its zone and its microsegment.
    fn names_of(&self, device: &DeviceId) -> BTreeSet<Party> {
        let wholes = self.plan.zones.iter().flat_map(Zone::wholes);
        let own = wholes.filter(|(_, devices)| devices.contains(device)).map(|(whole, _)| whole);
        own.chain([Party::Device(device.clone())]).collect()
    }

    fn label(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => self.devices.get(id).map_or_else(|| id.to_string(), |device| device.label()),
            Party::Zone(id) => {
                let zone = self.plan.zones.iter().find(|zone| zone.id == *id);
                zone.map_or_else(|| id.clone(), |zone| format!("zone {}", zone.name))
            }
            Party::Microsegment(id) => {
                let mut parts = self.plan.zones.iter().flat_map(|zone| &zone.microsegments);
                parts.find(|part| part.id == *id).map_or_else(|| id.clone(), |part| part.name.clone())
            }
            Party::Outside(name) => format!("{name} outside"),
            Party::Group(address) => format!("group {address}"),
        }
    }

    /// What stays open for a need, in the directions in which the device is part of it.
    fn permits(
        &self,
        need: &Need,
        asks: bool,
        asked: bool,
        own: &DeviceId,
        permits: &mut BTreeSet<Permit>,
        not_enforceable: &mut Vec<String>,
    ) {
        for (is_part, is_asking, peer) in [(asks, true, &need.to), (asked, false, &need.from)] {
            if !is_part {
                continue;
            }
            let peers = self.networks(peer, own);
            if peers.is_empty() {
                let label = self.label(peer);
                not_enforceable
                    .push(format!("{}: no address of {label} is known, so it is cut", need.purpose));
            }
            permits.extend(peers.into_iter().map(|peer| Permit {
                need: need.id.clone(),
                asks: is_asking,
                peer,
                transport: need.transport,
                ports: need.ports.iter().copied().collect::<BTreeSet<u16>>().into_iter().collect(),
            }));
        }
    }

    fn networks(&self, party: &Party, own: &DeviceId) -> Vec<Cidr> {
        let host = |ip: &IpAddr| Cidr::new(*ip, if ip.is_ipv4() { 32 } else { 128 });
        let of_device = |id: &DeviceId| {
            let ips = self.devices.get(id).map(|device| device.ips.as_slice()).unwrap_or_default();
            ips.iter().filter_map(host).collect::<Vec<Cidr>>()
        };
        let found: Vec<Cidr> = match party {
            Party::Device(id) => of_device(id),
            Party::Zone(_) | Party::Microsegment(_) => {
                let mut wholes = self.plan.zones.iter().flat_map(Zone::wholes);
                let members = wholes.find(|(whole, _)| whole == party).map(|(_, devices)| devices);
                let members = members.unwrap_or_default();
                members.iter().filter(|id| *id != own).flat_map(of_device).collect()
            }
            Party::Outside(name) => name.parse().ok().as_ref().and_then(host).into_iter().collect(),
            Party::Group(address) => host(address).into_iter().collect(),
        };
        crate::intent::cover(found)
    }
}
