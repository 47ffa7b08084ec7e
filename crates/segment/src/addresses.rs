//! The address plan: a VLAN and a subnet for each zone, with room for growth; an address reserved for each device; the
//! switch port where it is known.
//!
//! What the policy gives stays, and so does an address that was reserved before or that already lies in the right
//! subnet. The rest is cut from the ranges the policy names, else from private space (RFC 1918) in which nothing was
//! seen.

use crate::policy::{Fault, Policy};
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::segment::Zone;
use cordon_model::{Cidr, Mac, Vlan};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// No subnet is smaller: a zone of one device is the beginning of one of five.
const PREFIX_MAX: u8 = 28;
/// Network, gateway and broadcast.
const NOT_FOR_DEVICES: u64 = 3;

/// Addresses for a plan.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AddressPlan {
    /// One for each zone with devices, in the order of the plan.
    pub networks: Vec<ZoneNetwork>,
    /// One for each device with an interface, by zone and address.
    pub reservations: Vec<Reservation>,
    /// What a person must look at, in sentences.
    pub notes: Vec<String>,
}

/// The network of a zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ZoneNetwork {
    /// The zone's id.
    pub zone: String,
    /// Its VLAN.
    pub vlan: Vlan,
    /// Its subnet.
    pub subnet: Cidr,
    /// The first address, kept for the router.
    pub gateway: Ipv4Addr,
    /// Devices it is for today.
    pub devices: u64,
    /// Devices it has room for.
    pub capacity: u64,
}

/// An address for a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reservation {
    /// Which device.
    pub device: DeviceId,
    /// Its zone's id.
    pub zone: String,
    /// Its interface; `None` when none was seen.
    pub mac: Option<Mac>,
    /// Its address today.
    pub now: Option<IpAddr>,
    /// Its address under the plan.
    pub then: Ipv4Addr,
    /// The switch and port it stands behind, where something told.
    pub switch_port: Option<String>,
    /// VLANs it was seen in.
    pub vlans: Vec<Vlan>,
}

/// Addresses for zones and devices; `reserved` are those of the last plan. A policy whose numbers cannot be kept is
/// refused with its lines.
pub fn plan(
    estate: &Estate,
    zones: &[Zone],
    policy: &Policy,
    reserved: &BTreeMap<DeviceId, Ipv4Addr>,
) -> Result<AddressPlan, Vec<Fault>> {
    let devices: BTreeMap<&DeviceId, &Device> =
        estate.devices.iter().map(|device| (&device.id, device)).collect();
    let on_wire = |zone: &Zone| -> Vec<&Device> {
        let members = zone.devices.iter().filter_map(|id| devices.get(id).copied());
        members.filter(|device| !device.macs.is_empty() || !device.ips.is_empty()).collect()
    };
    let mut found = AddressPlan::default();
    let mut faults = Vec::new();
    let mut given = Given::new(estate, policy);
    for zone in zones {
        let members = on_wire(zone);
        if members.is_empty() {
            continue;
        }
        let wanted = wanted(members.len() as u64, policy);
        let Some((vlan, subnet)) = given.to(&zone.id, wanted, policy, &mut faults) else { continue };
        let capacity = size(subnet.prefix()).saturating_sub(NOT_FOR_DEVICES);
        let Some((gateway, hosts)) = hosts(subnet) else { continue };
        let room = Room { gateway, hosts, subnet };
        room.reserve(zone, &members, reserved, &mut found);
        found.networks.push(ZoneNetwork {
            zone: zone.id.clone(),
            vlan,
            subnet,
            gateway,
            devices: members.len() as u64,
            capacity,
        });
    }
    found.notes.extend(given.notes);
    if faults.is_empty() { Ok(found) } else { Err(faults) }
}

/// Devices that a subnet must have room for.
fn wanted(devices: u64, policy: &Policy) -> u64 {
    let growth = u64::from(policy.addresses.growth_percent);
    devices.saturating_add(devices.saturating_mul(growth).div_ceil(100))
}

fn size(prefix: u8) -> u64 {
    1u64 << u32::from(32u8.saturating_sub(prefix))
}

/// The longest prefix with room for so many devices.
fn prefix_for(devices: u64) -> u8 {
    (8..=PREFIX_MAX).rev().find(|prefix| size(*prefix) >= devices + NOT_FOR_DEVICES).unwrap_or(8)
}

fn v4(address: IpAddr) -> Option<u32> {
    match address {
        IpAddr::V4(address) => Some(u32::from(address)),
        IpAddr::V6(_) => None,
    }
}

/// The router's address and the numbers of the addresses after it, the broadcast left out.
fn hosts(subnet: Cidr) -> Option<(Ipv4Addr, std::ops::Range<u32>)> {
    let base = v4(subnet.base())?;
    let last = base.checked_add(u32::try_from(size(subnet.prefix()) - 1).ok()?)?;
    Some((Ipv4Addr::from(base.checked_add(1)?), base.checked_add(2)?..last))
}

/// VLANs and subnets as they are given out.
struct Given {
    vlans: BTreeSet<u16>,
    /// Taken: by the policy's zones, by other networks of the site, by what was given out.
    taken: Vec<(u32, u32)>,
    ranges: Vec<Cidr>,
    notes: Vec<String>,
}

impl Given {
    fn new(estate: &Estate, policy: &Policy) -> Given {
        let seen = estate.devices.iter().flat_map(|device| &device.vlans).map(|vlan| vlan.id());
        let said = policy.zones.iter().filter_map(|zone| zone.vlan).map(Vlan::id);
        let subnets = policy.zones.iter().filter_map(|zone| zone.subnet);
        let mut given = Given {
            vlans: seen.chain(said).collect(),
            taken: subnets.filter_map(span).collect(),
            ranges: policy.addresses.ranges.clone(),
            notes: Vec::new(),
        };
        if given.ranges.is_empty() {
            given.ranges = unused(estate);
            let names: Vec<String> = given.ranges.iter().take(1).map(ToString::to_string).collect();
            given.notes.push(format!(
                "subnets are proposed from {}, private space in which nothing was seen; name your own under \
                 addresses.ranges of the policy",
                names.join(", ")
            ));
        }
        given
    }

    fn to(
        &mut self,
        zone: &str,
        wanted: u64,
        policy: &Policy,
        faults: &mut Vec<Fault>,
    ) -> Option<(Vlan, Cidr)> {
        let said = policy.zones.iter().find(|said| said.id == zone);
        let line = said.map_or(1, |said| said.line);
        let subnet = match said.and_then(|said| said.subnet) {
            Some(subnet) if !subnet.base().is_ipv4() => {
                faults.push(Fault::new(line, format!("subnet of {zone}: {subnet} is no IPv4 network")));
                return None;
            }
            Some(subnet) => {
                let room = size(subnet.prefix()).saturating_sub(NOT_FOR_DEVICES);
                if room < wanted {
                    self.notes.push(format!(
                        "{subnet} of {zone} has room for {room} devices; {wanted} are wanted with growth"
                    ));
                }
                subnet
            }
            None => match self.cut(prefix_for(wanted)) {
                Some(subnet) => subnet,
                None => {
                    let message =
                        format!("no room for {wanted} devices of {zone} in addresses.ranges; name more");
                    faults.push(Fault::new(line, message));
                    return None;
                }
            },
        };
        let vlan = said.and_then(|said| said.vlan).or_else(|| self.number(policy.addresses.first_vlan));
        if vlan.is_none() {
            faults.push(Fault::new(line, format!("no VLAN is left for {zone}; lower addresses.first_vlan")));
        }
        Some((vlan?, subnet))
    }

    fn number(&mut self, first: u16) -> Option<Vlan> {
        let number = (first..=4094).find(|number| !self.vlans.contains(number))?;
        self.vlans.insert(number);
        Vlan::new(number)
    }

    /// The lowest free block of the ranges.
    fn cut(&mut self, prefix: u8) -> Option<Cidr> {
        let block = u32::try_from(size(prefix)).ok()?;
        for range in &self.ranges {
            let Some((from, to)) = span(*range) else { continue };
            let mut at = from;
            while at.checked_add(block - 1).is_some_and(|last| last <= to) {
                let last = at + (block - 1);
                match self
                    .taken
                    .iter()
                    .filter(|(low, high)| *low <= last && at <= *high)
                    .map(|(_, high)| *high)
                    .max()
                {
                    None => {
                        self.taken.push((at, last));
                        return Cidr::new(IpAddr::V4(Ipv4Addr::from(at)), prefix);
                    }
                    // Behind what is taken, at the next block's beginning.
                    Some(high) => {
                        match high.checked_add(1).and_then(|next| next.checked_next_multiple_of(block)) {
                            Some(next) => at = next,
                            None => break,
                        }
                    }
                }
            }
        }
        None
    }
}

fn span(network: Cidr) -> Option<(u32, u32)> {
    let base = v4(network.base())?;
    let length = u32::try_from(size(network.prefix()) - 1).ok()?;
    Some((base, base.checked_add(length)?))
}

/// Blocks of private space in which no address of the estate lies, in the order they are proposed: the middle of
/// 10.0.0.0/8 first, for the beginning and the end are what everybody takes.
fn unused(estate: &Estate) -> Vec<Cidr> {
    let devices = estate.devices.iter().flat_map(|device| device.ips.iter().copied());
    let talked = estate
        .conversations
        .iter()
        .flat_map(|both| [both.conversation.client.ip, both.conversation.server.ip])
        .flatten();
    // What the policy gives its zones is taken already and does not spoil the block it was cut from.
    let seen: BTreeSet<u32> = devices.chain(talked).filter_map(v4).collect();
    let tenths = (4..16u8).chain(0..4).map(|part| (Ipv4Addr::new(10, part << 4, 0, 0), 12));
    let others = [(Ipv4Addr::new(172, 16, 0, 0), 12), (Ipv4Addr::new(192, 168, 0, 0), 16)];
    let blocks = tenths.chain(others).filter_map(|(base, prefix)| Cidr::new(IpAddr::V4(base), prefix));
    let free = |block: &Cidr| span(*block).is_some_and(|(from, to)| seen.range(from..=to).next().is_none());
    blocks.filter(free).collect()
}

/// A subnet from which addresses are given.
struct Room {
    gateway: Ipv4Addr,
    hosts: std::ops::Range<u32>,
    subnet: Cidr,
}

impl Room {
    fn reserve(
        &self,
        zone: &Zone,
        members: &[&Device],
        reserved: &BTreeMap<DeviceId, Ipv4Addr>,
        found: &mut AddressPlan,
    ) {
        let fits = |address: Ipv4Addr| {
            self.subnet.contains(IpAddr::V4(address))
                && address != self.gateway
                && self.hosts.contains(&u32::from(address))
        };
        let today = |device: &Device| {
            device.ips.iter().find_map(|ip| match ip {
                IpAddr::V4(ip) => Some(*ip),
                IpAddr::V6(_) => None,
            })
        };
        let mut taken: BTreeSet<u32> = BTreeSet::new();
        let mut placed: Vec<(&Device, Option<Ipv4Addr>)> = Vec::with_capacity(members.len());
        for device in members {
            let kept = today(device).filter(|ip| fits(*ip));
            let kept = kept.or_else(|| reserved.get(&device.id).copied().filter(|ip| fits(*ip)));
            let kept = kept.filter(|ip| taken.insert(u32::from(*ip)));
            placed.push((device, kept));
        }
        let mut free = self.hosts.clone();
        let mut without = 0u64;
        let mut rows = Vec::with_capacity(placed.len());
        for (device, kept) in placed {
            let then = kept.or_else(|| free.find(|number| !taken.contains(number)).map(Ipv4Addr::from));
            let Some(then) = then else {
                without += 1;
                continue;
            };
            if device.macs.len() > 1 {
                found.notes.push(format!(
                    "{} has {} interfaces; which one takes the address is to be decided by hand",
                    device.label(),
                    device.macs.len()
                ));
            }
            rows.push(Reservation {
                device: device.id.clone(),
                zone: zone.id.clone(),
                mac: device.macs.first().copied(),
                now: device.ips.first().copied(),
                then,
                switch_port: device.value(Attribute::SwitchPort).map(str::to_owned),
                vlans: device.vlans.clone(),
            });
        }
        if without > 0 {
            found
                .notes
                .push(format!("{} has no address left for {without} devices of {}", self.subnet, zone.id));
        }
        rows.sort_by_key(|row| row.then);
        found.reservations.extend(rows);
    }
}
