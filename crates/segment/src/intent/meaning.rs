//! What an intent lets through, as exact sets of packets: what renderers' output is held against.

use super::{GroupKind, Intent, Memory, Permit, Who, protocol_number};
use crate::packets::{End, Packets, Set, TooComplex};
use cordon_model::Cidr;
use cordon_model::observe::Transport;

impl Intent {
    /// Packets that pass a point of this kind once it enforces.
    ///
    /// A stateful point lets through every packet of a connection it let through before. At a stateless one, answers
    /// over TCP must show that they go on with something; others cannot.
    pub fn passes(&self, memory: Memory, packets: &mut Packets) -> Result<Set, TooComplex> {
        let requests = self.requests(packets)?;
        let answers = match memory {
            Memory::Stateful => packets.established()?,
            Memory::Stateless => self.answers(packets)?,
        };
        packets.or(requests, answers)
    }

    /// Packets from those who may ask to those they may ask.
    pub fn requests(&self, packets: &mut Packets) -> Result<Set, TooComplex> {
        let sets: Vec<Set> =
            self.permits.iter().map(|permit| self.one(permit, false, packets)).collect::<Result<_, _>>()?;
        packets.any(sets)
    }

    /// Packets back from those who may be asked; a multicast group answers nothing.
    pub fn answers(&self, packets: &mut Packets) -> Result<Set, TooComplex> {
        let answered = self.permits.iter().filter(|permit| self.is_answered(permit));
        let sets: Vec<Set> =
            answered.map(|permit| self.one(permit, true, packets)).collect::<Result<_, _>>()?;
        packets.any(sets)
    }

    /// True when somebody can answer: no multicast group or broadcast address sends.
    pub fn is_answered(&self, permit: &Permit) -> bool {
        let is_multicast = |who: &Who| match who {
            Who::Any => false,
            Who::Group(key) => self.groups.get(key).is_some_and(|group| group.kind == GroupKind::Multicast),
        };
        !is_multicast(&permit.to)
    }

    fn one(&self, permit: &Permit, is_answer: bool, packets: &mut Packets) -> Result<Set, TooComplex> {
        let mut families = Vec::new();
        for is_ipv6 in [false, true] {
            let (asking, asked) = match is_answer {
                false => (End::Source, End::Destination),
                true => (End::Destination, End::Source),
            };
            let family = packets.family(is_ipv6)?;
            let mut set = packets.protocol(protocol_number(permit.transport, is_ipv6))?;
            set = packets.and(set, family)?;
            for (end, who) in [(asking, &permit.from), (asked, &permit.to)] {
                if let Some(members) = self.members(who) {
                    let own = side(packets, end, members)?;
                    set = packets.and(set, own)?;
                }
            }
            if matches!(permit.transport, Transport::Tcp | Transport::Udp) && !permit.ports.is_empty() {
                let ports: Vec<Set> = permit
                    .ports
                    .iter()
                    .map(|port| packets.ports(asked, *port, *port))
                    .collect::<Result<_, _>>()?;
                let ports = packets.any(ports)?;
                set = packets.and(set, ports)?;
            }
            if is_answer && permit.transport == Transport::Tcp {
                let established = packets.established()?;
                set = packets.and(set, established)?;
            }
            families.push(set);
        }
        packets.any(families)
    }
}

fn side(packets: &mut Packets, end: End, members: &[Cidr]) -> Result<Set, TooComplex> {
    let sets: Vec<Set> =
        members.iter().map(|network| packets.network(end, network)).collect::<Result<_, _>>()?;
    packets.any(sets)
}
