//! In which order a plan is put into force: zones moved to their networks, and devices tried first.
//!
//! The least critical and the redundant go first, what keeps patients alive and what there is only one of last; each
//! zone moves in the hour of the week in which its devices are quietest, within the hours the policy allows.

use crate::Plan;
use crate::policy::Addresses;
use cordon_knowledge::{Criticality, Knowledge};
use cordon_model::HourOfWeek;
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::segment::{Need, Party};
use std::collections::{BTreeMap, BTreeSet};

/// One zone's move to its network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The zone's id.
    pub zone: String,
    /// Its devices, in the order they are tried.
    pub devices: Vec<DeviceId>,
    /// Needs that are interrupted while it moves, by id.
    pub needs: Vec<String>,
    /// How many of these are critical to care.
    pub care_critical: u64,
    /// The hour of the week (UTC) to do it in.
    pub hour: HourOfWeek,
    /// Why now and why then, in a sentence.
    pub why: String,
}

/// A device in the order a plan is tried on devices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Canary {
    /// Which device.
    pub device: DeviceId,
    /// 1 is tried first; the next wave follows when this one was well for the time agreed.
    pub wave: u8,
    /// Why then, in a sentence.
    pub why: String,
}

/// How much depends on a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Depends {
    Low,
    Medium,
    High,
    Life,
}

struct Site<'a> {
    plan: &'a Plan,
    devices: BTreeMap<&'a DeviceId, &'a Device>,
    depends: BTreeMap<&'a DeviceId, Depends>,
    /// How many of its kind the device's zone has.
    alike: BTreeMap<&'a DeviceId, usize>,
    ready: BTreeSet<&'a DeviceId>,
    needs: BTreeMap<&'a DeviceId, Vec<&'a Need>>,
}

impl<'a> Site<'a> {
    fn new(estate: &'a Estate, plan: &'a Plan, knowledge: &Knowledge) -> Site<'a> {
        let devices: BTreeMap<&DeviceId, &Device> =
            estate.devices.iter().map(|device| (&device.id, device)).collect();
        let mut alike = BTreeMap::new();
        for zone in &plan.zones {
            let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
            let kind = |id: &DeviceId| devices.get(id).map(|device| device.category());
            zone.devices.iter().for_each(|id| *kinds.entry(kind(id)).or_default() += 1);
            alike.extend(zone.devices.iter().map(|id| (id, kinds.get(&kind(id)).copied().unwrap_or(1))));
        }
        let mut needs: BTreeMap<&DeviceId, Vec<&Need>> = BTreeMap::new();
        for need in plan.needs.iter().filter(|need| need.state.is_required()) {
            for party in [&need.from, &need.to] {
                if let Party::Device(id) = party {
                    needs.entry(id).or_default().push(need);
                }
            }
        }
        Site {
            plan,
            depends: devices.iter().map(|(id, device)| (*id, depends(device, knowledge))).collect(),
            alike,
            ready: plan.coverage.iter().filter(|one| one.ready).map(|one| &one.device).collect(),
            needs,
            devices,
        }
    }

    fn depends(&self, id: &DeviceId) -> Depends {
        self.depends.get(id).copied().unwrap_or(Depends::Medium)
    }

    fn alike(&self, id: &DeviceId) -> usize {
        self.alike.get(id).copied().unwrap_or(1)
    }

    /// Least critical first, then those of which there are most, then those seen long enough.
    fn rank(&self, id: &'a DeviceId) -> (Depends, std::cmp::Reverse<usize>, bool, &'a DeviceId) {
        (self.depends(id), std::cmp::Reverse(self.alike(id)), !self.ready.contains(id), id)
    }
}

fn depends(device: &Device, knowledge: &Knowledge) -> Depends {
    if is_life_sustaining(device) {
        return Depends::Life;
    }
    match device.value(Attribute::Criticality) {
        Some("high") => return Depends::High,
        Some("medium") => return Depends::Medium,
        Some("low") => return Depends::Low,
        _ => {}
    }
    match knowledge.harms.of(device.category()).criticality {
        Criticality::High => Depends::High,
        Criticality::Medium => Depends::Medium,
        Criticality::Low => Depends::Low,
    }
}

/// True for what keeps patients alive: what FDA's classification calls life-sustaining or life-supporting (21 CFR
/// 860.3), and kinds whose failure endangers a patient at once whatever the product.
pub fn is_life_sustaining(device: &Device) -> bool {
    use cordon_model::Category as C;
    device.value(Attribute::LifeSustaining) == Some("yes")
        || matches!(
            device.category(),
            C::Ventilator | C::Anaesthesia | C::Dialysis | C::InfusionPump | C::Defibrillator
        )
}

/// The zones in the order they move.
pub fn migration(estate: &Estate, plan: &Plan, knowledge: &Knowledge, addresses: &Addresses) -> Vec<Step> {
    let site = Site::new(estate, plan, knowledge);
    let busy = busy(estate);
    let mut zones: Vec<_> = plan.zones.iter().filter(|zone| !zone.devices.is_empty()).collect();
    let worst = |zone: &cordon_model::segment::Zone| zone.devices.iter().map(|id| site.depends(id)).max();
    zones.sort_by_key(|zone| (worst(zone), zone.devices.len(), &zone.id));
    let step = |zone: &&cordon_model::segment::Zone| {
        let mut devices: Vec<&DeviceId> = zone.devices.iter().collect();
        devices.sort_by_key(|id| site.rank(id));
        let touched = zone.devices.iter().flat_map(|id| site.needs.get(id).into_iter().flatten());
        let touched: BTreeMap<&str, bool> =
            touched.map(|need| (need.id.as_str(), need.care_critical)).collect();
        let (hour, packets) = quietest(zone.devices.iter().filter_map(|id| busy.get(id)), addresses);
        let depends = match worst(zone) {
            Some(Depends::Life) => "keeps patients alive: agree each device with the ward",
            Some(Depends::High) => "care depends on it",
            Some(Depends::Medium) => "care can do without it for a while",
            _ => "care does not depend on it",
        };
        let when = if packets == 0 {
            "nothing was seen of it in this hour".to_owned()
        } else {
            format!("its quietest hour within the quiet hours: {packets} packets seen")
        };
        Step {
            zone: zone.id.clone(),
            needs: touched.keys().map(|id| (*id).to_owned()).collect(),
            care_critical: touched.values().filter(|critical| **critical).count() as u64,
            devices: devices.into_iter().cloned().collect(),
            hour,
            why: format!("{depends}; {when}"),
        }
    };
    zones.iter().map(step).collect()
}

/// Packets of each device in each hour of the week.
fn busy(estate: &Estate) -> BTreeMap<&DeviceId, BTreeMap<HourOfWeek, u64>> {
    let mut busy: BTreeMap<&DeviceId, BTreeMap<HourOfWeek, u64>> = BTreeMap::new();
    for both in &estate.conversations {
        for id in [&both.client_device, &both.server_device].into_iter().flatten() {
            let hours = busy.entry(id).or_default();
            for (hour, packets) in both.conversation.hours.iter() {
                *hours.entry(hour).or_default() += packets;
            }
        }
    }
    busy
}

/// The hour with the fewest packets within the quiet hours, the earliest of the week from Tuesday on: after a weekend
/// and before the next.
fn quietest<'a>(
    devices: impl Iterator<Item = &'a BTreeMap<HourOfWeek, u64>>,
    addresses: &Addresses,
) -> (HourOfWeek, u64) {
    let mut total: BTreeMap<HourOfWeek, u64> = BTreeMap::new();
    for hours in devices {
        for (hour, packets) in hours {
            *total.entry(*hour).or_default() += packets;
        }
    }
    let (from, to) = addresses.quiet_hours;
    let is_quiet = |hour: u8| if from < to { (from..to).contains(&hour) } else { hour >= from || hour < to };
    let week = (24..168u8).chain(0..24).filter(|hour| is_quiet(hour % 24)).filter_map(HourOfWeek::new);
    let packets = |hour: HourOfWeek| total.get(&hour).copied().unwrap_or(0);
    let best = week.min_by_key(|hour| packets(*hour)).or(HourOfWeek::new(24));
    let best = best.unwrap_or_else(|| HourOfWeek::of(cordon_model::Timestamp::default()));
    (best, packets(best))
}

/// The devices in the order a plan is tried on them.
pub fn canaries(estate: &Estate, plan: &Plan, knowledge: &Knowledge) -> Vec<Canary> {
    let site = Site::new(estate, plan, knowledge);
    let mut order: Vec<&DeviceId> = site.plan.zones.iter().flat_map(|zone| &zone.devices).collect();
    order.retain(|id| site.devices.get(id).is_some_and(|device| !device.ips.is_empty()));
    order.sort_by_key(|id| site.rank(id));
    let mut first: BTreeMap<(Depends, _), usize> = BTreeMap::new();
    let canary = |id: &&DeviceId| {
        let kind = site.devices.get(*id).map(|device| device.category());
        let (depends, alike) = (site.depends(id), site.alike(id));
        let before = first.entry((depends, kind)).or_default();
        *before += 1;
        let (wave, why) = wave(depends, alike, *before, site.ready.contains(*id));
        Canary { device: (*id).clone(), wave, why }
    };
    let mut canaries: Vec<Canary> = order.iter().map(canary).collect();
    // Stable: within a wave the order stays.
    canaries.sort_by_key(|canary| canary.wave);
    canaries
}

/// One of a kind that can be done without first, a tenth of it next, then the rest; then what care depends on, in the
/// same way; what there is only one of and what keeps patients alive at the end.
fn wave(depends: Depends, alike: usize, number: usize, is_ready: bool) -> (u8, String) {
    let tenth = number <= alike.div_ceil(10);
    let (wave, why) = match (depends, alike) {
        (Depends::Life, _) => (6, "keeps patients alive; one at a time, with the ward".to_owned()),
        (Depends::High, 1) => (5, "care depends on it and there is no other in its zone".to_owned()),
        (Depends::High, _) if tenth => {
            (3, format!("care depends on it, and {alike} of its kind stand in for it"))
        }
        (Depends::High, _) => (4, format!("care depends on it, and {alike} of its kind stand in for it")),
        (_, 1) => (2, "care can do without it for a while; there is no other in its zone".to_owned()),
        _ if tenth => (1, format!("care can do without it for a while, and there are {alike} of its kind")),
        _ => (2, format!("care can do without it for a while, and there are {alike} of its kind")),
    };
    let ready = if is_ready { "" } else { "; not watched long enough yet" };
    (wave, format!("{why}{ready}"))
}
