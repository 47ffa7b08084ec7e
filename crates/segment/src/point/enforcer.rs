//! One enforcement point: what passes from one of its interfaces to another.

use super::difference::Decision;
use super::{Broken, Direction};
use crate::lists::{Action, Decided, Decider, Line, Verdict, Way, trace};
use crate::packets::{Packet, Packets, Set, TooComplex};
use crate::read::{Configuration, Hook, Language, Tracking};
use std::collections::BTreeMap;

/// What passes from one interface to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Passes {
    /// Surely.
    pub surely: Set,
    /// Surely or perhaps.
    pub perhaps: Set,
}

/// A configuration with what its lists decide. Interfaces are given by their places in it; `None` where it is not
/// known which.
pub struct Enforcer<'a> {
    pub(super) configuration: &'a Configuration,
    decider: Decider<'a>,
    passes: BTreeMap<(Option<usize>, Option<usize>), Passes>,
}

/// One of the lists a packet meets.
#[derive(Clone)]
pub(super) struct Guard<'a> {
    /// Where, in words.
    pub(super) at: String,
    pub(super) list: &'a str,
    /// Only packets of one family meet it: true for IPv6.
    pub(super) only_ipv6: Option<bool>,
    hook: Option<&'a Hook>,
}

/// Where a list is that is put nowhere.
const UNBOUND: &str = "bound to no interface:";

/// In an interface's place: the equipment itself, where a packet is from one of its addresses or to one.
pub(super) const ITSELF: usize = usize::MAX;

impl Guard<'_> {
    /// True where packets of a family meet it.
    pub(super) fn is_met_by(&self, is_ipv6: bool) -> bool {
        self.only_ipv6.is_none_or(|only| only == is_ipv6)
    }
}

impl<'a> Enforcer<'a> {
    /// With nothing decided yet.
    pub fn of(configuration: &'a Configuration) -> Enforcer<'a> {
        Enforcer { configuration, decider: Decider::new(&configuration.lists), passes: BTreeMap::new() }
    }

    /// True where it lets answers through because of their requests.
    pub fn remembers(&self) -> bool {
        self.configuration.tracking != Tracking::Nothing
    }

    pub(super) fn way(&self, way: (Option<usize>, Option<usize>)) -> Way<'a> {
        let name = |at: Option<usize>| {
            at.and_then(|at| self.configuration.interfaces.get(at)).map(|interface| interface.name.as_str())
        };
        Way { from: name(way.0), to: name(way.1) }
    }

    /// The lists a packet meets, in order.
    pub(super) fn guards(&self, way: (Option<usize>, Option<usize>)) -> Vec<Guard<'a>> {
        let configuration = self.configuration;
        // Lists of IOS are of one family each; those of others are of both.
        let is_ios = configuration.language == Language::CiscoIos;
        // Lists of an ASA are about what passes through it.
        if configuration.language == Language::CiscoAsa && (way.0 == Some(ITSELF) || way.1 == Some(ITSELF)) {
            return Vec::new();
        }
        let guards = |at: Option<usize>, is_inward: bool| -> Vec<Guard<'a>> {
            let Some(interface) = at.and_then(|at| configuration.interfaces.get(at)) else {
                return Vec::new();
            };
            let (words, lists) = match is_inward {
                true => ("in", [&interface.inward, &interface.inward_v6]),
                false => ("out", [&interface.outward, &interface.outward_v6]),
            };
            let with_family = [false, true].into_iter().zip(lists);
            let found = with_family.filter_map(|(is_ipv6, list)| Some((is_ipv6, &list.as_ref()?.0)));
            let found = found.filter(|(_, name)| configuration.lists.contains_key(*name));
            found
                .map(|(is_ipv6, name)| Guard {
                    at: format!("{} {words}", interface.name),
                    list: name,
                    only_ipv6: is_ios.then_some(is_ipv6),
                    hook: None,
                })
                .collect()
        };
        if self.is_any_of(way) {
            return self.placeless();
        }
        let (is_from, is_to) = (way.0 == Some(ITSELF), way.1 == Some(ITSELF));
        let hooks = configuration.hooks.iter().filter(|hook| hook.is_met(is_from, is_to)).map(|hook| Guard {
            at: hook.at.clone(),
            list: &hook.list,
            only_ipv6: hook.only_ipv6,
            hook: Some(hook),
        });
        // What a router sends itself meets no list on its way out (Cisco IOS Security Configuration Guide, "Access
        // Control Lists").
        let out = if is_from { Vec::new() } else { guards(way.1, false) };
        guards(way.0, true).into_iter().chain(hooks).chain(out).collect()
    }

    /// True where it is not said which list a packet meets: each may stand before those it names, and what one of them
    /// lets through passes.
    pub(super) fn is_any_of(&self, way: (Option<usize>, Option<usize>)) -> bool {
        way == (None, None) && self.configuration.is_placeless()
    }

    /// The lists of a configuration that does not say who is behind which interface: those for what comes in, or where
    /// none is bound, all that are put nowhere.
    fn placeless(&self) -> Vec<Guard<'a>> {
        let configuration = self.configuration;
        let is_ios = configuration.language == Language::CiscoIos;
        let inward = configuration.interfaces.iter().flat_map(|one| {
            [(false, &one.inward), (true, &one.inward_v6)]
                .into_iter()
                .filter_map(|(is_ipv6, list)| Some((format!("{} in", one.name), &list.as_ref()?.0, is_ipv6)))
        });
        let found: Vec<Guard<'a>> = inward
            .filter(|(_, list, _)| configuration.lists.contains_key(*list))
            .map(|(at, list, is_ipv6)| Guard { at, list, only_ipv6: is_ios.then_some(is_ipv6), hook: None })
            .collect();
        if !found.is_empty() {
            return found;
        }
        let unbound = configuration.unbound.iter().map(|one| Guard {
            at: UNBOUND.to_owned(),
            list: &one.list,
            only_ipv6: one.only_ipv6,
            hook: None,
        });
        unbound.collect()
    }

    /// What at least one of the lists lets through, each in its own family; a family without lists passes.
    fn any_of(
        &mut self,
        way: (Option<usize>, Option<usize>),
        packets: &mut Packets,
    ) -> Result<(Set, Set), TooComplex> {
        let (mut surely, mut perhaps) = (packets.nothing(), packets.nothing());
        let guards = self.guards(way);
        for is_ipv6 in [false, true] {
            let family = packets.family(is_ipv6)?;
            if !guards.iter().any(|guard| guard.is_met_by(is_ipv6)) {
                (surely, perhaps) = (packets.or(surely, family)?, packets.or(perhaps, family)?);
            }
            for guard in guards.iter().filter(|guard| guard.is_met_by(is_ipv6)) {
                let decided = self.decider.decide(guard.list, self.way(way), packets)?;
                let permitted = packets.and(decided.permitted, family)?;
                let unsure = packets.and(decided.unsure, family)?;
                surely = packets.or(surely, permitted)?;
                let either = packets.or(permitted, unsure)?;
                perhaps = packets.or(perhaps, either)?;
            }
        }
        // What goes out is not looked at where it is not known by which interface.
        if self.configuration.interfaces.iter().any(|one| one.outward.is_some() || one.outward_v6.is_some()) {
            surely = packets.nothing();
        }
        Ok((surely, perhaps))
    }

    fn doubts(&self, way: (Option<usize>, Option<usize>)) -> Option<(&'a str, &'a str)> {
        if self.configuration.language == Language::CiscoAsa && way.1 == Some(ITSELF) {
            return Some((
                "the firewall itself",
                "what it answers itself, its own settings decide, not its lists",
            ));
        }
        [way.0, way.1].into_iter().flatten().find_map(|at| {
            let interface = self.configuration.interfaces.get(at)?;
            interface.doubts.first().map(|doubt| (interface.name.as_str(), doubt.as_str()))
        })
    }

    /// What passes.
    pub fn passes(
        &mut self,
        way: (Option<usize>, Option<usize>),
        packets: &mut Packets,
    ) -> Result<Passes, TooComplex> {
        if let Some(known) = self.passes.get(&way) {
            return Ok(*known);
        }
        let (mut surely, mut perhaps) = (packets.everything(), packets.everything());
        let is_any_of = self.is_any_of(way);
        if is_any_of {
            (surely, perhaps) = self.any_of(way, packets)?;
        }
        for guard in self.guards(way).into_iter().filter(|_| !is_any_of) {
            let decided = self.guarded(&guard, way, packets)?;
            surely = packets.and(surely, decided.permitted)?;
            let either = packets.or(decided.permitted, decided.unsure)?;
            perhaps = packets.and(perhaps, either)?;
        }
        if self.configuration.tracking == Tracking::Always {
            let established = packets.established()?;
            surely = packets.or(surely, established)?;
            perhaps = packets.or(perhaps, established)?;
        }
        if self.doubts(way).is_some() {
            surely = packets.nothing();
        }
        let translated = self.translated(way, packets)?;
        surely = packets.minus(surely, translated)?;
        perhaps = packets.or(perhaps, translated)?;
        let passes = Passes { surely, perhaps };
        self.passes.insert(way, passes);
        Ok(passes)
    }

    /// Packets of which addresses may be changed before a list sees them, or behind.
    fn translated(
        &mut self,
        way: (Option<usize>, Option<usize>),
        packets: &mut Packets,
    ) -> Result<Set, TooComplex> {
        let names = self.way(way);
        let sets: Vec<Set> = self
            .configuration
            .translations
            .iter()
            .map(|line| Ok(line.matches.packets(names, packets)?.perhaps))
            .collect::<Result<_, TooComplex>>()?;
        packets.any(sets)
    }

    /// What one list lets through of its own family.
    pub(super) fn permitted(
        &mut self,
        guard: &Guard<'a>,
        way: (Option<usize>, Option<usize>),
        packets: &mut Packets,
    ) -> Result<Set, TooComplex> {
        let decided = self.decider.decide(guard.list, self.way(way), packets)?;
        match guard.only_ipv6 {
            Some(is_ipv6) => {
                let family = packets.family(is_ipv6)?;
                packets.and(decided.permitted, family)
            }
            None => Ok(decided.permitted),
        }
    }

    /// What one list does, with whom it does not concern.
    fn guarded(
        &mut self,
        guard: &Guard<'a>,
        way: (Option<usize>, Option<usize>),
        packets: &mut Packets,
    ) -> Result<Decided, TooComplex> {
        let names = self.way(way);
        let mut decided = self.decider.decide(guard.list, names, packets)?;
        if let Some(is_ipv6) = guard.only_ipv6 {
            let others = packets.family(!is_ipv6)?;
            decided.permitted = packets.or(decided.permitted, others)?;
            decided.unsure = packets.minus(decided.unsure, others)?;
        }
        let Some(hook) = guard.hook else { return Ok(decided) };
        if !hook.devices.is_empty() {
            let device = if hook.at == "egress" { names.to } else { names.from };
            match device {
                Some(name) if hook.devices.iter().any(|device| device == name) => {}
                Some(_) => {
                    decided = Decided { permitted: packets.everything(), unsure: packets.nothing() };
                }
                None => {
                    let everything = packets.everything();
                    decided.unsure = packets.minus(everything, decided.permitted)?;
                }
            }
        }
        Ok(decided)
    }

    /// Where a packet is stopped, or may be; the flow, point and direction are the caller's.
    pub(super) fn broken(
        &mut self,
        way: (Option<usize>, Option<usize>),
        example: Packet,
        packets: &mut Packets,
    ) -> Result<Broken, TooComplex> {
        let mut broken = Broken {
            flow: 0,
            point: 0,
            direction: Direction::Request,
            example,
            at: String::new(),
            list: String::new(),
            line: None,
            doubt: None,
        };
        let names = self.way(way);
        let translation = self
            .configuration
            .translations
            .iter()
            .find(|line| line.matches.takes(&example, names) != Some(false));
        if let Some(line) = translation {
            broken.at = "address translation".to_owned();
            broken.line = Some(place(line));
            broken.doubt = Some("addresses are changed here".to_owned());
            return Ok(broken);
        }
        let mut guards = self.guards(way);
        if self.is_any_of(way) {
            // Of lists that all stop it, the one that lets through anything of its sender is meant for it.
            guards.sort_by_key(|guard| !self.is_meant_for(guard, &example));
        }
        for guard in guards {
            let decided = self.guarded(&guard, way, packets)?;
            if packets.has(decided.permitted, &example) {
                continue;
            }
            broken.at = guard.at;
            broken.list = guard.list.to_owned();
            let Some(step) = trace(&self.configuration.lists, guard.list, &example, names) else { continue };
            let is_unsure = packets.has(decided.unsure, &example);
            match step.doubt.filter(|_| is_unsure) {
                Some((_, line)) => {
                    broken.line = Some(place(line));
                    let which = || "which interface it takes is not in the configuration".to_owned();
                    broken.doubt = Some(line.not_understood.clone().unwrap_or_else(which));
                }
                None => broken.line = step.line.map(|(_, line)| place(line)),
            }
            return Ok(broken);
        }
        if let Some((name, doubt)) = self.doubts(way) {
            broken.at = name.to_owned();
            broken.doubt = Some(doubt.to_owned());
        }
        Ok(broken)
    }

    /// True where a list has a permit that names the sender of a packet.
    fn is_meant_for(&self, guard: &Guard<'a>, packet: &Packet) -> bool {
        let lines = self.configuration.lists.get(guard.list).map(|list| list.lines.as_slice());
        let names = |line: &Line| line.verdict == Verdict::Permit && line.matches.names_sender(packet.source);
        guard.is_met_by(packet.source.is_ipv6()) && lines.unwrap_or_default().iter().any(names)
    }

    /// What decides about a packet: the list that stops it or may, or else the line that lets it through.
    pub(super) fn decides(
        &mut self,
        way: (Option<usize>, Option<usize>),
        packet: Packet,
        packets: &mut Packets,
    ) -> Result<Option<Decision>, TooComplex> {
        let passes = self.passes(way, packets)?;
        let names = self.way(way);
        if !packets.has(passes.surely, &packet) {
            let broken = self.broken(way, packet, packets)?;
            let found = self.configuration.lists.values().flat_map(|list| &list.lines);
            let place = broken.line.as_ref().map(|line| line.0);
            let own = match found.into_iter().find(|line| Some(line.place) == place) {
                Some(line) => Some(line.matches.packets(names, packets)?.perhaps),
                None => None,
            };
            let list = if broken.list.is_empty() { broken.at } else { broken.list };
            return Ok(Some(Decision { list, line: broken.line, own }));
        }
        match self.lets_through(way, &packet) {
            Some((list, line)) => {
                let own = Some(line.matches.packets(names, packets)?.perhaps);
                Ok(Some(Decision { list: list.to_owned(), line: Some(place(line)), own }))
            }
            None => Ok(None),
        }
    }

    /// The line that lets a packet through at the first list it meets.
    pub fn lets_through(
        &self,
        way: (Option<usize>, Option<usize>),
        packet: &Packet,
    ) -> Option<(&'a str, &'a Line)> {
        let names = self.way(way);
        let met = self.guards(way).into_iter().filter(|guard| guard.is_met_by(packet.source.is_ipv6()));
        met.into_iter().find_map(|guard| {
            let step = trace(&self.configuration.lists, guard.list, packet, names)?;
            step.line
                .filter(|_| step.action == Some(Action::Permit))
                .map(|(list, line)| (list.name.as_str(), line))
        })
    }
}

pub(super) fn place(line: &Line) -> (u32, String) {
    (line.place, line.text.clone())
}
