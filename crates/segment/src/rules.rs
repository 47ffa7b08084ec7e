//! From needs to rules: one for each flow, drawn together to zones and microsegments only where that opens no unneeded
//! pair.

use crate::id;
use cordon_model::Timestamp;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedState, Party, Rule, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What flows must share to be drawn together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Service<'a> {
    transport: Transport,
    ports: &'a [u16],
    application: Option<&'a str>,
    /// What ends by itself is never drawn together with what lasts.
    until: Option<Timestamp>,
}

/// A flow by numbers: its service, who asks, whom, and the places of the needs behind it.
struct Flow {
    service: usize,
    from: usize,
    to: usize,
    behind: Vec<usize>,
}

/// Least-privilege rules for proposed and confirmed needs, in order of id.
pub(crate) fn synthesise(estate: &Estate, needs: &[Need], zones: &[Zone]) -> Vec<Rule> {
    let required = || needs.iter().enumerate().filter(|(_, need)| need.state.is_required());
    let parties = Parties::new(required().map(|(_, need)| need), zones);
    let services: BTreeSet<Service<'_>> = required().map(|(_, need)| service_of(need)).collect();
    let services: Vec<Service<'_>> = services.into_iter().collect();
    let flows = required().filter_map(|(at, need)| {
        let service = services.binary_search(&service_of(need)).ok()?;
        let (from, to) = (parties.at(&need.from)?, parties.at(&need.to)?);
        Some(Flow { service, from, to, behind: vec![at] })
    });
    // Whole zones before their parts: one rule instead of several.
    let mut flows: Vec<Flow> = flows.collect();
    for of in [&parties.zone, &parties.microsegment] {
        for side in [Side::From, Side::To] {
            flows = parties.draw_together(flows, side, of);
        }
    }
    let words = Words::new(estate, zones);
    let mut rules: Vec<Rule> = flows
        .iter()
        .filter_map(|flow| {
            let (from, to) = (parties.list.get(flow.from)?, parties.list.get(flow.to)?);
            let behind: BTreeSet<&Need> = flow.behind.iter().filter_map(|at| needs.get(*at)).collect();
            Some(words.rule(services.get(flow.service)?, from, to, &behind))
        })
        .collect();
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

/// A lasting name; the day a rule ends is part of it, for the same flow may be needed by others for good.
fn name(service: &Service<'_>, from: &Party, to: &Party) -> String {
    let id = id::of_flow("rule", from, to, service.transport, service.application, service.ports);
    match service.until.map(Timestamp::date) {
        Some((year, month, day)) => format!("{id}-{year:04}{month:02}{day:02}"),
        None => id,
    }
}

fn service_of(need: &Need) -> Service<'_> {
    Service {
        transport: need.transport,
        ports: &need.ports,
        application: need.application.as_deref(),
        until: need.until,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    From,
    To,
}

/// Every party by number, so that whole estates compare numbers rather than names.
struct Parties {
    /// In order.
    list: Vec<Party>,
    /// For each party the number of its zone as a party, if it is a device of one.
    zone: Vec<Option<usize>>,
    /// The same of its microsegment.
    microsegment: Vec<Option<usize>>,
    /// For each party how many devices it has, if it is a zone or a microsegment.
    size: Vec<usize>,
}

impl Parties {
    fn new<'a>(needs: impl Iterator<Item = &'a Need>, zones: &[Zone]) -> Parties {
        let named: BTreeSet<&Party> = needs.flat_map(|need| [&need.from, &need.to]).collect();
        let mut list: BTreeSet<Party> = named.into_iter().cloned().collect();
        list.extend(zones.iter().flat_map(|zone| zone.wholes().map(|(party, _)| party)));
        let list: Vec<Party> = list.into_iter().collect();
        let none = vec![None; list.len()];
        let mut parties = Parties { zone: none.clone(), microsegment: none, size: vec![0; list.len()], list };
        for (whole, devices) in zones.iter().flat_map(Zone::wholes) {
            let own = parties.at(&whole);
            if let Some(size) = own.and_then(|at| parties.size.get_mut(at)) {
                *size = devices.len();
            }
            for id in devices {
                let Some(member) = parties.at(&Party::Device(id.clone())) else { continue };
                let of = match whole {
                    Party::Zone(_) => &mut parties.zone,
                    _ => &mut parties.microsegment,
                };
                if let Some(slot) = of.get_mut(member) {
                    *slot = own;
                }
            }
        }
        parties
    }

    fn at(&self, party: &Party) -> Option<usize> {
        self.list.binary_search(party).ok()
    }

    /// Replaces the devices of a whole zone or microsegment on one side by it, where every one of them has the flow;
    /// `of` says in which each device is.
    fn draw_together(&self, mut flows: Vec<Flow>, side: Side, of: &[Option<usize>]) -> Vec<Flow> {
        let kept = |flow: &Flow| if side == Side::From { flow.to } else { flow.from };
        let drawn = |flow: &Flow| if side == Side::From { flow.from } else { flow.to };
        flows.sort_by_key(|flow| (flow.service, kept(flow), drawn(flow)));
        let mut result: Vec<Flow> = Vec::with_capacity(flows.len());
        for group in flows.chunk_by(|a, b| a.service == b.service && kept(a) == kept(b)) {
            let Some(first) = group.first() else { continue };
            let whole = self.wholes(kept(first), group.iter().map(drawn), of);
            let mut together: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
            for flow in group {
                let party = drawn(flow);
                let party = at(of, party).filter(|own| whole.contains(own)).unwrap_or(party);
                together.entry(party).or_default().extend(&flow.behind);
            }
            result.extend(together.into_iter().map(|(party, behind)| {
                let (from, to) = if side == Side::From { (party, kept(first)) } else { (kept(first), party) };
                Flow { service: first.service, from, to, behind }
            }));
        }
        result
    }

    /// Those whose devices are all among `drawn`; a device needs no rule to reach itself.
    fn wholes(
        &self,
        kept: usize,
        drawn: impl Iterator<Item = usize>,
        of: &[Option<usize>],
    ) -> BTreeSet<usize> {
        let mut present: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for party in drawn {
            if let Some(own) = at(of, party) {
                present.entry(own).or_default().insert(party);
            }
        }
        let is_whole = |own: usize, devices: usize| {
            let itself = usize::from(at(of, kept) == Some(own));
            let wanted = self.size.get(own).copied().unwrap_or(0).saturating_sub(itself);
            wanted >= 2 && devices == wanted
        };
        let whole = present.into_iter().filter(|(own, devices)| is_whole(*own, devices.len()));
        whole.map(|(own, _)| own).collect()
    }
}

fn at(of: &[Option<usize>], party: usize) -> Option<usize> {
    of.get(party).copied().flatten()
}

struct Words {
    devices: BTreeMap<DeviceId, String>,
    wholes: BTreeMap<Party, String>,
}

impl Words {
    fn new(estate: &Estate, zones: &[Zone]) -> Self {
        Words {
            devices: estate.devices.iter().map(|device| (device.id.clone(), device.label())).collect(),
            wholes: zones
                .iter()
                .flat_map(|zone| {
                    let parts = zone.microsegments.iter().map(|part| {
                        let name = format!("every device of {} in zone {}", part.name, zone.name);
                        (Party::Microsegment(part.id.clone()), name)
                    });
                    let name = format!("every device of zone {}", zone.name);
                    parts.chain([(Party::Zone(zone.id.clone()), name)])
                })
                .collect(),
        }
    }

    fn name(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => self.devices.get(id).cloned().unwrap_or_else(|| id.to_string()),
            Party::Zone(id) | Party::Microsegment(id) => {
                self.wholes.get(party).cloned().unwrap_or_else(|| format!("every device of {id}"))
            }
            Party::Outside(name) => format!("{name} outside the site"),
            Party::Group(address) => format!("group {address}"),
        }
    }

    fn rule(&self, service: &Service<'_>, from: &Party, to: &Party, behind: &BTreeSet<&Need>) -> Rule {
        let purposes: BTreeSet<&str> = behind.iter().map(|need| need.purpose.as_str()).collect();
        let purpose = purposes.into_iter().take(3).collect::<Vec<_>>().join("; ");
        let confirmed = behind.iter().all(|need| need.state == NeedState::Confirmed);
        let basis = if confirmed { "confirmed" } else { "seen, to be confirmed" };
        Rule {
            id: name(service, from, to),
            why: format!("{} to {}: {purpose} ({basis})", self.name(from), self.name(to)),
            from: from.clone(),
            to: to.clone(),
            transport: service.transport,
            ports: service.ports.to_vec(),
            application: service.application.map(str::to_owned),
            needs: behind.iter().map(|need| need.id.clone()).collect(),
            until: service.until,
            care_critical: behind.iter().any(|need| need.care_critical),
            accepted: None,
        }
    }
}
