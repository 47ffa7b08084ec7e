//! From needs to rules: one for each flow, drawn together to zones only where that opens no unneeded pair.

use crate::id;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedState, Party, Rule, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What flows must share to be drawn together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Service {
    transport: Transport,
    ports: Vec<u16>,
    application: Option<String>,
}

/// Flows between parties with the needs behind each, by service.
type Flows = BTreeMap<(Service, Party, Party), BTreeSet<usize>>;

/// Least-privilege rules for proposed and confirmed needs, in order of id.
pub(crate) fn synthesise(estate: &Estate, needs: &[Need], zones: &[Zone]) -> Vec<Rule> {
    let mut flows: Flows = BTreeMap::new();
    for (at, need) in needs.iter().enumerate() {
        if need.state == NeedState::ExpectedNotSeen {
            continue;
        }
        let service = Service {
            transport: need.transport,
            ports: need.ports.clone(),
            application: need.application.clone(),
        };
        flows.entry((service, need.from.clone(), need.to.clone())).or_default().insert(at);
    }
    let zones = Zones::new(zones);
    let flows = zones.draw_together(flows, Side::From);
    let flows = zones.draw_together(flows, Side::To);
    let words = Words::new(estate, zones.zones);
    let mut rules: Vec<Rule> = flows
        .into_iter()
        .map(|((service, from, to), behind)| words.rule(service, from, to, &behind, needs))
        .collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    From,
    To,
}

struct Zones<'a> {
    zones: &'a [Zone],
    of_device: BTreeMap<&'a DeviceId, &'a Zone>,
}

impl<'a> Zones<'a> {
    fn new(zones: &'a [Zone]) -> Self {
        let members = zones.iter().flat_map(|zone| zone.devices.iter().map(move |id| (id, zone)));
        Zones { zones, of_device: members.collect() }
    }

    /// Replaces the devices of a whole zone on one side by the zone, where every one of them has the flow.
    fn draw_together(&self, flows: Flows, side: Side) -> Flows {
        let mut groups: BTreeMap<(Service, Party), BTreeMap<Party, BTreeSet<usize>>> = BTreeMap::new();
        for ((service, from, to), behind) in flows {
            let (kept, drawn) = if side == Side::From { (to, from) } else { (from, to) };
            groups.entry((service, kept)).or_default().entry(drawn).or_default().extend(behind);
        }
        let mut result = Flows::new();
        for ((service, kept), drawn) in groups {
            for (party, behind) in self.draw_group(&kept, drawn) {
                let (from, to) =
                    if side == Side::From { (party, kept.clone()) } else { (kept.clone(), party) };
                result.entry((service.clone(), from, to)).or_default().extend(behind);
            }
        }
        result
    }

    fn draw_group(
        &self,
        kept: &Party,
        drawn: BTreeMap<Party, BTreeSet<usize>>,
    ) -> BTreeMap<Party, BTreeSet<usize>> {
        let mut present: BTreeMap<&str, usize> = BTreeMap::new();
        for party in drawn.keys() {
            if let Some(zone) = self.zone_of(party) {
                *present.entry(zone.id.as_str()).or_default() += 1;
            }
        }
        let whole = |zone: &Zone| {
            // A device needs no rule to reach itself.
            let own = usize::from(self.zone_of(kept).is_some_and(|own| own.id == zone.id));
            let wanted = zone.devices.len() - own.min(zone.devices.len());
            wanted >= 2 && present.get(zone.id.as_str()).is_some_and(|count| *count == wanted)
        };
        let mut result: BTreeMap<Party, BTreeSet<usize>> = BTreeMap::new();
        for (party, behind) in &drawn {
            let party = match self.zone_of(party) {
                Some(zone) if whole(zone) => Party::Zone(zone.id.clone()),
                _ => party.clone(),
            };
            result.entry(party).or_default().extend(behind);
        }
        result
    }

    fn zone_of(&self, party: &Party) -> Option<&'a Zone> {
        match party {
            Party::Device(id) => self.of_device.get(id).copied(),
            _ => None,
        }
    }
}

struct Words {
    devices: BTreeMap<DeviceId, String>,
    zones: BTreeMap<String, String>,
}

impl Words {
    fn new(estate: &Estate, zones: &[Zone]) -> Self {
        Words {
            devices: estate.devices.iter().map(|device| (device.id.clone(), device.label())).collect(),
            zones: zones.iter().map(|zone| (zone.id.clone(), zone.name.clone())).collect(),
        }
    }

    fn name(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => self.devices.get(id).cloned().unwrap_or_else(|| id.to_string()),
            Party::Zone(id) => {
                format!("every device of zone {}", self.zones.get(id).unwrap_or(id))
            }
            Party::Outside(name) => format!("{name} outside the site"),
            Party::Group(address) => format!("group {address}"),
        }
    }

    fn rule(
        &self,
        service: Service,
        from: Party,
        to: Party,
        behind: &BTreeSet<usize>,
        needs: &[Need],
    ) -> Rule {
        let behind: Vec<&Need> = behind.iter().filter_map(|at| needs.get(*at)).collect();
        let purposes: BTreeSet<&str> = behind.iter().map(|need| need.purpose.as_str()).collect();
        let purpose = purposes.into_iter().take(3).collect::<Vec<_>>().join("; ");
        let confirmed = behind.iter().all(|need| need.state == NeedState::Confirmed);
        let basis = if confirmed { "confirmed" } else { "seen, to be confirmed" };
        let Service { transport, ports, application } = service;
        Rule {
            id: id::of_flow("rule", &from, &to, transport, application.as_deref(), &ports),
            why: format!("{} to {}: {purpose} ({basis})", self.name(&from), self.name(&to)),
            from,
            to,
            transport,
            ports,
            application,
            needs: behind.iter().map(|need| need.id.clone()).collect(),
        }
    }
}
