//! What was seen, brought together with what people decided and makers published.

use crate::decide::overlap;
use crate::makers::Published;
use crate::needs::{Sight, Sighted, Sights};
use crate::{Settings, Withheld, id};
use cordon_model::identify::DeviceId;
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedState, Party, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// What was seen, and what is said of it.
pub(crate) struct Settled {
    /// In order.
    pub needs: Vec<Need>,
    /// In order.
    pub withheld: Vec<Withheld>,
}

/// Brings what people decided and what makers published to what was seen. A proposal keeps only the ports that
/// nothing else speaks of; what was rejected and seen nevertheless is withheld, and the rejection stays in the list.
pub(crate) fn settle(
    seen: Vec<Sighted>,
    mut withheld: Vec<Withheld>,
    zones: &[Zone],
    published: &Published<'_>,
    settings: &Settings,
) -> Settled {
    let mut wholes: BTreeMap<&DeviceId, Vec<Party>> = BTreeMap::new();
    for (whole, devices) in zones.iter().flat_map(Zone::wholes) {
        devices.iter().for_each(|id| wholes.entry(id).or_default().push(whole.clone()));
    }
    let decided = &settings.decided;
    let unseen = |need: &Need| (need.clone(), Sights::new());
    let mut confirmed: Vec<Sighted> =
        settings.confirmed.iter().chain(&decided.confirmed).map(unseen).collect();
    for (need, _) in &mut confirmed {
        need.state = NeedState::Confirmed;
    }
    let rejected: Vec<Sighted> = decided.rejected.iter().map(unseen).collect();
    let covers = [Cover::of(&confirmed, &wholes), Cover::of(&rejected, &wholes)];
    let [yes, _] = &covers;
    for held in &mut withheld {
        let from = held.from.clone();
        held.flows.retain(|(to, transport, port)| yes.find(&from, to, *transport, Some(*port)).is_none());
    }
    withheld.retain(|held| !held.flows.is_empty());
    let mut settling = Settling {
        published,
        confirmed,
        rejected,
        open: Vec::new(),
        spoken_of: BTreeSet::new(),
        held: BTreeMap::new(),
    };
    for (need, sights) in seen {
        settling.take(&need, &sights, &covers);
    }
    settling.finish(withheld, settings)
}

/// Whom, by which transport, on which port.
type Target = (Party, Transport, u16);
/// Who asks whom by which transport.
type Ends = (Party, Party, Transport);
/// Where a need stands in its list, and its ports.
type Place = (usize, Vec<u16>);

/// What is being brought together.
struct Settling<'a> {
    published: &'a Published<'a>,
    confirmed: Vec<Sighted>,
    rejected: Vec<Sighted>,
    /// What nobody decided on.
    open: Vec<Sighted>,
    /// Published flows that were seen.
    spoken_of: BTreeSet<usize>,
    /// Seen and rejected, by who asked and why.
    held: BTreeMap<(Party, String), Vec<Target>>,
}

impl Settling<'_> {
    /// Gives each port of what was seen to who speaks of it.
    fn take(&mut self, need: &Need, sights: &Sights, [yes, no]: &[Cover<'_>; 2]) {
        let mut left: Vec<Option<u16>> = Vec::new();
        let mut vouched: BTreeMap<usize, Vec<Option<u16>>> = BTreeMap::new();
        for port in ports_of(&need.ports) {
            let at = |cover: &Cover<'_>| cover.find(&need.from, &need.to, need.transport, port);
            let maker = self.published.speaks_of(need, port);
            self.spoken_of.extend(maker.map(|(at, _)| at));
            match (at(yes), at(no), maker) {
                (Some(at), ..) => note(&mut self.confirmed, at, port, sights),
                (None, Some(at), _) => {
                    note(&mut self.rejected, at, port, sights);
                    let why = why_held(self.rejected.get(at).map(|(need, _)| need));
                    let flow = (need.to.clone(), need.transport, port.unwrap_or(0));
                    self.held.entry((need.from.clone(), why)).or_default().push(flow);
                }
                (None, None, Some((at, true))) => vouched.entry(at).or_default().push(port),
                (None, None, _) => left.push(port),
            }
        }
        for (at, ports) in vouched {
            let (need, sights) = only(need, sights, &ports);
            self.open.push((self.published.vouch(at, need), sights));
        }
        if !left.is_empty() {
            let (mut need, sights) = only(need, sights, &left);
            if let Some((at, _)) = left.iter().find_map(|port| self.published.speaks_of(&need, *port)) {
                need.source = format!("{}; {} speaks of it", need.source, self.published.source(at));
            }
            self.open.push((need, sights));
        }
    }

    fn finish(self, mut withheld: Vec<Withheld>, settings: &Settings) -> Settled {
        let decided = &settings.decided;
        let finish = |(mut need, sights): Sighted| {
            need.seen = sights.into_values().reduce(|one, other| one.with(Some(other))).map(Sight::seen);
            need
        };
        let told = |need: &Need| (need.from.clone(), need.to.clone(), need.transport);
        let mut answered: BTreeMap<Ends, Vec<&[u16]>> = BTreeMap::new();
        for need in decided.confirmed.iter().chain(&decided.rejected) {
            answered.entry(told(need)).or_default().push(&need.ports);
        }
        // An answer about one port says nothing of another.
        let is_answered = |need: &Need| {
            let ports = answered.get(&told(need)).map_or(&[][..], Vec::as_slice);
            ports.iter().any(|ports| overlap(ports, &need.ports))
        };
        let all = self.confirmed.into_iter().chain(self.rejected).chain(self.open);
        let mut needs: Vec<Need> = all.map(finish).collect();
        let published = self.published.unseen(&self.spoken_of);
        needs.extend(published.into_iter().filter(|need| !is_answered(need)));
        let answers = decided.answers.iter().map(|answer| &answer.need);
        needs.extend(answers.filter(|need| !need.state.is_required()).cloned());
        needs.sort();
        needs.dedup();
        let held = self.held.into_iter().map(|((from, reason), mut flows)| {
            flows.sort();
            Withheld { from, reason, flows }
        });
        withheld.extend(held);
        withheld.sort();
        Settled { needs, withheld }
    }
}

/// Adds when a port was seen.
fn note(list: &mut [Sighted], at: usize, port: Option<u16>, sights: &Sights) {
    if let (Some((_, known)), Some(sight)) = (list.get_mut(at), sights.get(&port)) {
        let before = known.get(&port).copied();
        known.insert(port, sight.with(before));
    }
}

/// A need with some of its ports, and when these were seen.
fn only(need: &Need, sights: &Sights, ports: &[Option<u16>]) -> Sighted {
    let kept: Vec<u16> = ports.iter().copied().flatten().collect();
    let mut need = need.clone();
    if kept != need.ports {
        let name = need.application.as_deref();
        need.id = id::of_flow("need", &need.from, &need.to, need.transport, name, &kept);
        need.ports = kept;
    }
    (
        need,
        sights.iter().filter(|(port, _)| ports.contains(port)).map(|(port, sight)| (*port, *sight)).collect(),
    )
}

/// Each port, or once none where the transport has none.
fn ports_of(ports: &[u16]) -> Vec<Option<u16>> {
    if ports.is_empty() { vec![None] } else { ports.iter().copied().map(Some).collect() }
}

fn why_held(rejection: Option<&Need>) -> String {
    match rejection.and_then(|need| Some((need, need.decision.as_ref()?))) {
        Some((need, decision)) if need.until.is_some() => {
            format!("its day is past; confirmed by {} because: {}", decision.by, decision.because)
        }
        Some((_, decision)) => format!("rejected by {} because: {}", decision.by, decision.because),
        None => "rejected".to_owned(),
    }
}

/// Finds who speaks of a flow, by its ends, their zones and their microsegments.
struct Cover<'a> {
    by_ends: BTreeMap<Ends, Vec<Place>>,
    wholes: &'a BTreeMap<&'a DeviceId, Vec<Party>>,
}

impl<'a> Cover<'a> {
    fn of(needs: &[Sighted], wholes: &'a BTreeMap<&'a DeviceId, Vec<Party>>) -> Cover<'a> {
        let mut by_ends: BTreeMap<Ends, Vec<Place>> = BTreeMap::new();
        for (at, (need, _)) in needs.iter().enumerate() {
            let ends = (need.from.clone(), need.to.clone(), need.transport);
            by_ends.entry(ends).or_default().push((at, need.ports.clone()));
        }
        Cover { by_ends, wholes }
    }

    fn names(&self, party: &Party) -> Vec<Party> {
        let wholes = match party {
            Party::Device(id) => self.wholes.get(id).map(Vec::as_slice),
            _ => None,
        };
        std::iter::once(party).chain(wholes.unwrap_or_default()).cloned().collect()
    }

    /// The place of the first that covers the flow; one without ports covers every port.
    fn find(&self, from: &Party, to: &Party, transport: Transport, port: Option<u16>) -> Option<usize> {
        if self.by_ends.is_empty() {
            return None;
        }
        let to_names = self.names(to);
        self.names(from).into_iter().find_map(|from| {
            to_names.iter().find_map(|to| {
                let known = self.by_ends.get(&(from.clone(), to.clone(), transport))?;
                let covers =
                    |ports: &[u16]| ports.is_empty() || port.is_some_and(|port| ports.contains(&port));
                known.iter().find(|(_, ports)| covers(ports)).map(|(at, _)| *at)
            })
        })
    }
}
