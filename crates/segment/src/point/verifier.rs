//! Verification point by point, so that a point that changes is checked again alone.

use super::network::Ways;
use super::{Flow, NAMED_MAX, Network, Report, USUAL, Worth};
use crate::lists::audit;
use crate::packets::{Packets, Set, TooComplex};
use crate::read::{Configuration, Tracking};

/// Points, what is needed of them, and what was found at each.
pub struct Verifier {
    configurations: Vec<Configuration>,
    flows: Vec<Flow>,
    worth: Worth,
    packets: Packets,
    ways: Ways,
    needed: Set,
    parts: Vec<Report>,
}

impl Verifier {
    /// Checks all points.
    pub fn new(
        configurations: Vec<Configuration>,
        flows: Vec<Flow>,
        worth: Worth,
        mut packets: Packets,
    ) -> Result<Verifier, TooComplex> {
        let mut network = Network::of(&configurations);
        let ways = network.ways(&flows);
        let needed = network.needed(&flows, &mut packets)?;
        let parts = (0..configurations.len())
            .map(|point| network.part(point, &ways, &flows, needed, &worth, &mut packets))
            .collect::<Result<_, _>>()?;
        Ok(Verifier { configurations, flows, worth, packets, ways, needed, parts })
    }

    /// Puts another configuration in a point's place: that point is checked again, and the others only where the
    /// ways may be different.
    pub fn replace(&mut self, point: usize, configuration: Configuration) -> Result<(), TooComplex> {
        let Some(old) = self.configurations.get_mut(point) else { return Ok(()) };
        let same_ways = leads_alike(old, &configuration);
        *old = configuration;
        let mut network = Network::of(&self.configurations);
        let (flows, worth) = (&self.flows, &self.worth);
        if same_ways {
            let part = network.part(point, &self.ways, flows, self.needed, worth, &mut self.packets)?;
            if let Some(room) = self.parts.get_mut(point) {
                *room = part;
            }
            return Ok(());
        }
        self.ways = network.ways(flows);
        self.needed = network.needed(flows, &mut self.packets)?;
        self.parts = (0..self.configurations.len())
            .map(|point| network.part(point, &self.ways, flows, self.needed, worth, &mut self.packets))
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    /// What was found.
    pub fn report(&self) -> Report {
        let mut report = self.ways.report();
        self.parts.iter().for_each(|part| report.add(part));
        report.finish();
        report
    }
}

/// True where packets take the same ways through both.
fn leads_alike(one: &Configuration, other: &Configuration) -> bool {
    let interface =
        |it: &crate::read::Interface| (it.name.clone(), it.addresses.clone(), it.vrf.clone(), it.is_down);
    let route = |it: &crate::read::Route| (it.network, it.interface.clone(), it.next, it.vrf.clone());
    one.interfaces.iter().map(interface).eq(other.interfaces.iter().map(interface))
        && one.routes.iter().map(route).eq(other.routes.iter().map(route))
        && (one.tracking == Tracking::Nothing) == (other.tracking == Tracking::Nothing)
}

impl Network<'_> {
    /// What is found at one point.
    pub(super) fn part(
        &mut self,
        point: usize,
        ways: &Ways,
        flows: &[Flow],
        needed: Set,
        worth: &Worth,
        packets: &mut Packets,
    ) -> Result<Report, TooComplex> {
        let mut report = Report::default();
        self.needs(point, ways, flows, &mut report, packets)?;
        self.loose(point, needed, worth, &mut report, packets)?;
        let Some(configuration) = self.enforcers.get(point).map(|one| one.configuration) else {
            return Ok(report);
        };
        for (name, list) in &configuration.lists {
            let idle = audit(list, packets, &USUAL)?;
            report.idle.extend(idle.into_iter().map(|idle| (point, name.clone(), idle)));
        }
        Ok(report)
    }
}

impl Report {
    /// Takes what was found at one more point.
    pub(super) fn add(&mut self, part: &Report) {
        self.blocked_count += part.blocked_count;
        self.unsure_count += part.unsure_count;
        self.blocked.extend(part.blocked.iter().cloned());
        self.unsure.extend(part.unsure.iter().cloned());
        self.loose.extend(part.loose.iter().cloned());
        self.idle.extend(part.idle.iter().cloned());
    }

    /// Puts what was found in order, and names as much of it as is named.
    pub(super) fn finish(&mut self) {
        for broken in [&mut self.blocked, &mut self.unsure] {
            broken.sort_by_key(|one| (one.flow, one.direction, one.point));
            broken.truncate(NAMED_MAX);
        }
        self.loose.sort_by(|a, b| {
            let key = |one: &super::Loose| {
                (one.worth.unwrap_or(usize::MAX), std::cmp::Reverse(one.pairs), one.point, one.line.is_none())
            };
            key(a).cmp(&key(b)).then_with(|| a.line.cmp(&b.line)).then_with(|| a.from.cmp(&b.from))
        });
        self.loose.truncate(NAMED_MAX);
    }
}
