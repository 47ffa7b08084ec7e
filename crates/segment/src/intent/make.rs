//! From a verified plan to the intent of one point.

use super::cover::{cover, host};
use super::{Device, Group, GroupKind, Intent, NotEnforceable, Permit, Place, Who, Zone};
use crate::VerifiedPlan;
use cordon_model::Cidr;
use cordon_model::identify::{self, Attribute, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{self, Party, Rule};
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

/// The port of a DHCP server (RFC 2131, 4.1).
const DHCP_SERVER: u16 = 67;
/// The key of the group of those that have no address yet.
const UNADDRESSED: &str = "unaddressed";

impl Intent {
    /// What a point is to do under a plan.
    pub fn of(plan: &VerifiedPlan, estate: &Estate, place: &Place) -> Intent {
        Making::new(plan, estate, place).intent()
    }
}

struct Making<'a> {
    plan: &'a VerifiedPlan,
    place: &'a Place,
    devices: BTreeMap<&'a DeviceId, &'a identify::Device>,
    zone_of: BTreeMap<&'a DeviceId, &'a str>,
    not_enforceable: BTreeSet<NotEnforceable>,
    groups: BTreeMap<String, Group>,
}

impl<'a> Making<'a> {
    fn new(plan: &'a VerifiedPlan, estate: &'a Estate, place: &'a Place) -> Self {
        let zones = plan.get().zones.iter();
        Making {
            plan,
            place,
            devices: estate.devices.iter().map(|device| (&device.id, device)).collect(),
            zone_of: zones.flat_map(|zone| zone.devices.iter().map(|id| (id, zone.id.as_str()))).collect(),
            not_enforceable: BTreeSet::new(),
            groups: BTreeMap::new(),
        }
    }

    fn intent(mut self) -> Intent {
        let zones = self.zones();
        self.names_outside();
        let devices = self.listed();
        self.shared_addresses(&devices);
        let rules: Vec<&Rule> = self.plan.get().rules.iter().filter(|rule| self.is_here(rule)).collect();
        let mut permits: Vec<Permit> = rules.into_iter().map(|rule| self.permit(rule)).collect();
        permits.extend(self.unaddressed(&permits));
        permits.sort_by(|a, b| a.id.cmp(&b.id));
        for permit in &permits {
            self.families(permit);
        }
        Intent {
            point: self.place.name.clone(),
            stage: self.place.stage,
            zones,
            devices,
            groups: self.groups,
            permits,
            not_enforceable: self.not_enforceable.into_iter().collect(),
            published_at: self.place.published_at.clone(),
            made: self.place.made,
        }
    }

    fn is_wanted(&self, zone: &str) -> bool {
        self.place.zones.is_empty() || self.place.zones.contains(zone)
    }

    /// True when one side of the rule is in a zone of this point.
    fn is_here(&self, rule: &Rule) -> bool {
        [&rule.from, &rule.to].into_iter().any(|party| match party {
            Party::Zone(id) => self.is_wanted(id),
            Party::Microsegment(id) => {
                let mut zones = self.plan.get().zones.iter();
                let own = zones.find(|zone| zone.microsegments.iter().any(|part| part.id == *id));
                own.is_none_or(|zone| self.is_wanted(&zone.id))
            }
            Party::Device(id) => self.zone_of.get(id).is_none_or(|zone| self.is_wanted(zone)),
            Party::Outside(_) | Party::Group(_) => false,
        })
    }

    fn zones(&self) -> Vec<Zone> {
        let wanted = self.plan.get().zones.iter().filter(|zone| self.is_wanted(&zone.id));
        let mut zones: Vec<Zone> = wanted
            .map(|zone| Zone {
                id: zone.id.clone(),
                name: zone.name.clone(),
                interface: self.place.interfaces.get(&zone.id).cloned(),
                vlan: self.place.vlans.get(&zone.id).copied(),
                networks: self.within(zone),
            })
            .collect();
        zones.sort_by(|a, b| a.id.cmp(&b.id));
        zones
    }

    /// The devices of the zones, and word of those that have no address.
    fn listed(&mut self) -> Vec<Device> {
        let mut listed = Vec::new();
        for (id, device) in &self.devices {
            let Some(zone) = self.zone_of.get(id).filter(|zone| self.is_wanted(zone)) else { continue };
            if device.ips.is_empty() {
                self.not_enforceable.insert(NotEnforceable {
                    what: format!("{} ({id})", device.label()),
                    why: "has no IP address; no rule by address can hold it".to_owned(),
                });
            }
            let value = |attribute| device.value(attribute).map(str::to_owned);
            listed.push(Device {
                id: device.id.clone(),
                name: device.label(),
                zone: (*zone).to_owned(),
                category: device.category(),
                manufacturer: value(Attribute::Manufacturer),
                model: value(Attribute::Model),
                macs: device.macs.clone(),
                addresses: device.ips.clone(),
                vlans: device.vlans.clone(),
            });
        }
        listed
    }

    /// Two devices with one address cannot be told apart: what one may, the other may.
    fn shared_addresses(&mut self, devices: &[Device]) {
        let mut owners: BTreeMap<IpAddr, Vec<&Device>> = BTreeMap::new();
        for device in devices {
            for address in &device.addresses {
                owners.entry(*address).or_default().push(device);
            }
        }
        for (address, owners) in owners.into_iter().filter(|(_, owners)| owners.len() > 1) {
            let names: Vec<String> =
                owners.iter().take(4).map(|device| format!("{} ({})", device.name, device.id)).collect();
            self.not_enforceable.insert(NotEnforceable {
                what: address.to_string(),
                why: format!(
                    "is the address of {} devices ({}); what one may, the others may",
                    owners.len(),
                    names.join(", ")
                ),
            });
        }
    }

    fn addresses(&self, id: &DeviceId) -> impl Iterator<Item = Cidr> {
        let device = self.devices.get(id).copied();
        device.into_iter().flat_map(|device| device.ips.iter().filter_map(|ip| host(*ip)))
    }

    /// Exactly the addresses of a zone.
    fn within(&self, zone: &segment::Zone) -> Vec<Cidr> {
        let outside = zone.outside.iter().filter_map(|name| name.parse().ok());
        cover(zone.devices.iter().flat_map(|id| self.addresses(id)).chain(outside))
    }

    /// What zones have outside the site and is known by name only.
    fn names_outside(&mut self) {
        let wanted = self.plan.get().zones.iter().filter(|zone| self.is_wanted(&zone.id));
        let names: Vec<String> = wanted
            .flat_map(|zone| &zone.outside)
            .filter(|name| name.parse::<Cidr>().is_err())
            .cloned()
            .collect();
        self.not_enforceable.extend(names.into_iter().map(by_name));
    }

    fn permit(&mut self, rule: &Rule) -> Permit {
        Permit {
            id: rule.id.clone(),
            from: self.who(&rule.from),
            to: self.who(&rule.to),
            transport: rule.transport,
            ports: rule.ports.iter().copied().collect::<BTreeSet<_>>().into_iter().collect(),
            application: rule.application.clone(),
            needs: rule.needs.clone(),
            why: rule.why.clone(),
            expires: rule.until,
            care_critical: rule.care_critical,
        }
    }

    fn who(&mut self, party: &Party) -> Who {
        let key = party.to_string();
        if !self.groups.contains_key(&key) {
            let group = self.group(party);
            self.groups.insert(key.clone(), group);
        }
        Who::Group(key)
    }

    fn group(&mut self, party: &Party) -> Group {
        match party {
            Party::Device(id) => {
                let device = self.devices.get(id);
                Group {
                    kind: GroupKind::Device(id.clone()),
                    label: device.map_or_else(|| id.to_string(), |device| device.label()),
                    members: cover(self.addresses(id)),
                }
            }
            Party::Zone(id) => {
                let zone = self.plan.get().zones.iter().find(|zone| zone.id == *id);
                Group {
                    kind: GroupKind::Zone(id.clone()),
                    label: zone.map_or_else(|| id.clone(), |zone| zone.name.clone()),
                    members: zone.map(|zone| self.within(zone)).unwrap_or_default(),
                }
            }
            Party::Microsegment(id) => {
                let zones = self.plan.get().zones.iter();
                let mut parts =
                    zones.flat_map(|zone| zone.microsegments.iter().map(move |part| (zone, part)));
                let (zone, part) = parts.find(|(_, part)| part.id == *id).unzip();
                let devices = part.map(|part| part.devices.as_slice()).unwrap_or_default();
                let zone = zone.map(|zone| zone.id.clone()).unwrap_or_default();
                Group {
                    kind: GroupKind::Microsegment { id: id.clone(), zone },
                    label: part.map_or_else(|| id.clone(), |part| part.name.clone()),
                    members: cover(devices.iter().flat_map(|id| self.addresses(id))),
                }
            }
            Party::Outside(name) => {
                // An address alone is a network of one.
                let members: Vec<Cidr> = name.parse().ok().into_iter().collect();
                if members.is_empty() {
                    self.not_enforceable.insert(by_name(name.clone()));
                }
                Group { kind: GroupKind::Outside, label: name.clone(), members }
            }
            Party::Group(address) => Group {
                kind: GroupKind::Multicast,
                label: address.to_string(),
                members: host(*address).into_iter().collect(),
            },
        }
    }

    /// Who asks for an address has none: then it sends from 0.0.0.0 to everybody (RFC 2131, 4.1), and a rule by the
    /// address it will have does not let that through.
    fn unaddressed(&mut self, permits: &[Permit]) -> Option<Permit> {
        let broadcast = Party::Group(IpAddr::V4(Ipv4Addr::BROADCAST)).to_string();
        let asking: Vec<&Permit> = permits
            .iter()
            .filter(|permit| {
                permit.transport == Transport::Udp
                    && permit.ports.contains(&DHCP_SERVER)
                    && permit.to == Who::Group(broadcast.clone())
            })
            .collect();
        let needs: BTreeSet<String> = asking.iter().flat_map(|permit| permit.needs.iter().cloned()).collect();
        let care_critical = asking.iter().any(|permit| permit.care_critical);
        if asking.is_empty() {
            return None;
        }
        let members = host(IpAddr::V4(Ipv4Addr::UNSPECIFIED)).into_iter().collect();
        let label = "devices that have no address yet".to_owned();
        self.groups.insert(UNADDRESSED.to_owned(), Group { kind: GroupKind::Unaddressed, label, members });
        Some(Permit {
            id: "rule-dhcp-unaddressed".to_owned(),
            from: Who::Group(UNADDRESSED.to_owned()),
            to: Who::Group(broadcast),
            transport: Transport::Udp,
            ports: vec![DHCP_SERVER],
            application: Some("dhcp".to_owned()),
            needs: needs.into_iter().collect(),
            why: format!(
                "devices ask for their address before they have one; {} rules need it",
                asking.len()
            ),
            expires: None,
            care_critical,
        })
    }

    /// A permit between two families lets nothing through.
    fn families(&mut self, permit: &Permit) {
        let (Who::Group(from), Who::Group(to)) = (&permit.from, &permit.to) else { return };
        let (Some(from), Some(to)) = (self.groups.get(from), self.groups.get(to)) else { return };
        let has = |group: &Group, is_ipv4| group.members.iter().any(|one| one.base().is_ipv4() == is_ipv4);
        let is_split = !from.members.is_empty()
            && !to.members.is_empty()
            && ![true, false].into_iter().any(|family| has(from, family) && has(to, family));
        if is_split {
            self.not_enforceable.insert(NotEnforceable {
                what: permit.id.clone(),
                why: format!("{} and {} have no addresses of one IP family", from.label, to.label),
            });
        }
    }
}

fn by_name(what: String) -> NotEnforceable {
    NotEnforceable { what, why: "is a name; add its addresses by hand".to_owned() }
}
