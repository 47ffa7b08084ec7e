//! Goes on inside of tunnels: the packet outside counts as the tunnel's, the frame inside is observed like any other.

use super::telling::{Moment, Teller, Told};
use super::{Arrival, Engine};
use crate::conversations::{Content, Conversation, Place};
use crate::counters::Counter;
use crate::dissect::arp::Text;
use crate::dissect::{Facts as _, Side};
use crate::layers::link::{ETHER_TYPE_IPV4, ETHER_TYPE_IPV6};
use crate::layers::tunnel::{TUNNELS_MAX, Tunnel};
use cordon_model::observe::{Fact, Protocol, Sink};
use std::fmt::Write as _;

impl Engine {
    /// A packet of conversation `id` is a tunnel's; `missing` bytes of what is inside were not captured.
    pub(super) fn tunnelled<S: Sink>(
        &mut self,
        id: u32,
        from: Place,
        tunnel: &Tunnel<'_>,
        missing: u32,
        arrival: Arrival,
        sink: &mut S,
    ) {
        let Some(conversation) = self.table.get_mut(id) else { return };
        conversation.note_spoke(from);
        conversation.content = Content::Ignored;
        conversation.application = Some(tunnel.protocol);
        // What shares a tunnel is read by several engines, each of which sees a part of it: nothing may depend
        // on which packet was seen first. Facts tell the station of their packet, the conversation none.
        conversation.reported = true;
        if conversation.key.port(Place::First) == conversation.key.port(Place::Second) {
            conversation.client = Place::First;
        }
        let mut teller = Teller {
            sink,
            moment: Moment { at: arrival.at, packet: arrival.packet, vlan: arrival.vlan },
            // A fact of the client is one of the sender.
            sides: Some((&*conversation, from)),
            queries: &mut self.queries,
            user_names: &self.settings.user_names,
            told: Told::default(),
        };
        tell(tunnel, conversation, from, &mut teller);
        teller.told.note(tunnel.protocol, tunnel.protocol, &mut self.counters);
        if let Some(conversation) = self.table.get_mut(id) {
            conversation.forget_stations();
        }
        let frame = match tunnel.inside {
            None => return,
            Some(Err(counter)) => return self.counters.count(counter),
            Some(Ok(frame)) => frame,
        };
        if arrival.depth >= TUNNELS_MAX {
            return self.counters.count(Counter::TunnelsTooDeep);
        }
        self.counters.count(Counter::TunnelFrames);
        let length = u32::try_from(frame.payload.len()).unwrap_or(u32::MAX);
        // The head of an Ethernet frame is no part of its payload.
        let head = if frame.source.is_some() { 14 } else { 0 };
        let wire_bytes = u64::from(length) + u64::from(missing) + head;
        let inner = Arrival::new(&frame, arrival.at, arrival.packet, wire_bytes, arrival.depth + 1);
        self.carry(&frame, missing, inner, sink);
    }
}

/// States of a tunnel's packet what its sender does with it.
fn tell<S: Sink>(tunnel: &Tunnel<'_>, conversation: &Conversation, from: Place, teller: &mut Teller<'_, S>) {
    let mut text = Text::default();
    let number = match tunnel.protocol {
        Protocol::Erspan => Fact::ErspanSession,
        Protocol::Vxlan => Fact::VxlanNetwork,
        Protocol::Geneve => Fact::GeneveNetwork,
        Protocol::Tzsp => Fact::TzspCollector,
        Protocol::Gre => {
            let Some(Ok(frame)) = tunnel.inside else { return };
            let _ = match (frame.source, frame.ether_type) {
                (Some(_), _) => write!(text, "ethernet"),
                (None, ETHER_TYPE_IPV4) => write!(text, "ipv4"),
                (None, ETHER_TYPE_IPV6) => write!(text, "ipv6"),
                (None, other) => write!(text, "0x{other:04x}"),
            };
            return teller.fact(Side::Client, Fact::GreCarries, text.bytes());
        }
        _ => return,
    };
    if let Some(number_value) = tunnel.number {
        let _ = write!(text, "{number_value}");
        teller.fact(Side::Client, number, text.bytes());
    }
    let collector = match tunnel.protocol {
        Protocol::Erspan => Fact::ErspanCollector,
        Protocol::Tzsp => Fact::TzspCollector,
        _ => return,
    };
    let mut text = Text::default();
    let _ = write!(text, "{}", conversation.key.address(from.other()));
    teller.fact(Side::Client, collector, text.bytes());
}
