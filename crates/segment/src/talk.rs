//! Conversations as the planner sees them: small, comparable, by place in the estate.

use crate::hours::Hours;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::observe::{Protocol, Transport};
use cordon_model::segment::Party;
use cordon_model::{Endpoint, Timestamp, address::is_shared_address};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// One end of a conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum End {
    /// A device, by its place in the estate.
    Device(usize),
    /// An address outside the site.
    Outside(IpAddr),
    /// A multicast group or broadcast address.
    Group(IpAddr),
    /// An address inside that no device owns.
    Stranger(IpAddr),
}

impl End {
    pub(crate) fn party(self, estate: &Estate) -> Option<Party> {
        match self {
            End::Device(at) => estate.devices.get(at).map(|device| Party::Device(device.id.clone())),
            End::Outside(ip) | End::Stranger(ip) => Some(Party::Outside(ip.to_string())),
            End::Group(ip) => Some(Party::Group(ip)),
        }
    }
}

/// Who asked whom for what, and how it went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Talk {
    pub from: End,
    pub to: End,
    pub transport: Transport,
    pub port: u16,
    pub application: Option<Protocol>,
    pub answered: bool,
    pub flows: u64,
    pub packets: u64,
    pub first: Timestamp,
    pub last: Timestamp,
    pub hours: Hours,
}

impl Talk {
    /// True when nothing was exchanged: no answer, or a TCP connection that was refused or closed before a
    /// byte of content (SYN, SYN/ACK, ACK, RST at most).
    pub(crate) fn is_idle(&self) -> bool {
        !self.answered
            || self.transport == Transport::Tcp
                && self.application.is_none()
                && self.packets <= self.flows.max(1).saturating_mul(4)
    }
}

/// Every conversation with both ends known, in the order of the estate; a device's talk with itself is left
/// out.
pub(crate) fn of_estate(estate: &Estate) -> Vec<Talk> {
    let index: BTreeMap<&DeviceId, usize> =
        estate.devices.iter().enumerate().map(|(at, device)| (&device.id, at)).collect();
    let end = |device: &Option<DeviceId>, endpoint: &Endpoint, outside: bool| -> Option<End> {
        if let Some(at) = device.as_ref().and_then(|id| index.get(id)) {
            return Some(End::Device(*at));
        }
        let ip = endpoint.ip?;
        let group = is_shared_address(ip) || endpoint.mac.is_some_and(|mac| mac.is_group());
        Some(match (group, outside) {
            (true, _) => End::Group(ip),
            (false, true) => End::Outside(ip),
            (false, false) => End::Stranger(ip),
        })
    };
    let mut talks = Vec::with_capacity(estate.conversations.len());
    for both in &estate.conversations {
        let flow = &both.conversation;
        // Where one end is outside, it is the one that is no device.
        let Some(from) = end(&both.client_device, &flow.client, both.outside) else { continue };
        let Some(to) = end(&both.server_device, &flow.server, both.outside) else { continue };
        if from == to {
            continue;
        }
        talks.push(Talk {
            from,
            to,
            transport: flow.transport,
            port: flow.port,
            application: flow.application,
            answered: flow.answered,
            flows: flow.flows,
            packets: flow.packets,
            first: flow.first,
            last: flow.last,
            hours: Hours::of(&flow.hours),
        });
    }
    talks
}
