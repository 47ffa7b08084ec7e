//! What lies outside the site, in two zones: where makers come in or are called for support, and the rest of the
//! internet.
//!
//! A party counts as vendor access for what it does itself, so that one more device never moves it: it opens
//! connections into the site, or it is asked in a protocol of remote support.

use crate::Withheld;
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, Party, Zone};
use std::collections::{BTreeMap, BTreeSet};

/// Protocols that let somebody work on a machine from afar, by the name they have in conversations.
const SUPPORT_PROTOCOLS: &[&str] = &["ssh", "rdp", "vnc", "telnet", "ike", "openvpn"];

/// Ports of remote support where the content says nothing: SSH, Telnet, RDP, VNC, IKE and NAT traversal (RFC 3947),
/// L2TP, OpenVPN (IANA), WireGuard (its documentation), TeamViewer and AnyDesk (their makers' firewall notes).
const SUPPORT_PORTS: &[(Transport, u16)] = &[
    (Transport::Tcp, 22),
    (Transport::Tcp, 23),
    (Transport::Tcp, 3389),
    (Transport::Tcp, 5900),
    (Transport::Udp, 500),
    (Transport::Udp, 4500),
    (Transport::Udp, 1701),
    (Transport::Udp, 1194),
    (Transport::Tcp, 1194),
    (Transport::Udp, 51820),
    (Transport::Tcp, 5938),
    (Transport::Tcp, 7070),
];

/// Adds what lies outside to the zones; what the policy put somewhere stays there.
pub(crate) fn outside(zones: &mut Vec<Zone>, needs: &[Need], withheld: &[Withheld]) {
    let placed: BTreeSet<&String> = zones.iter().flat_map(|zone| &zone.outside).collect();
    let mut parties: BTreeMap<&String, bool> = BTreeMap::new();
    for need in needs.iter().filter(|need| need.state.is_required()) {
        if let Party::Outside(name) = &need.from {
            *parties.entry(name).or_default() = true;
        }
        if let Party::Outside(name) = &need.to {
            *parties.entry(name).or_default() |= is_support(need);
        }
    }
    for held in withheld {
        if let Party::Outside(name) = &held.from
            && let Some(is_vendor) = parties.get_mut(name)
        {
            *is_vendor = true;
        }
    }
    parties.retain(|name, _| !placed.contains(name));
    let of = |wanted: bool| -> Vec<String> {
        parties.iter().filter(|(_, is)| **is == wanted).map(|(name, _)| (*name).clone()).collect()
    };
    let (vendors, internet) = (of(true), of(false));
    add(
        zones,
        (
            "zone-internet",
            "Internet egress",
            "addresses outside that devices ask; everything else outside is closed",
        ),
        internet,
    );
    add(
        zones,
        (
            "zone-vendor-access",
            "Vendor access",
            "outside parties that open connections into the site or are asked for remote support",
        ),
        vendors,
    );
    zones.sort();
}

fn is_support(need: &Need) -> bool {
    let spoken = need.application.as_deref();
    spoken.is_some_and(|spoken| SUPPORT_PROTOCOLS.contains(&spoken))
        || need.ports.iter().any(|port| SUPPORT_PORTS.contains(&(need.transport, *port)))
}

fn add(zones: &mut Vec<Zone>, (id, name, purpose): (&str, &str, &str), parties: Vec<String>) {
    if parties.is_empty() {
        return;
    }
    match zones.iter_mut().find(|zone| zone.id == id) {
        Some(zone) => {
            zone.outside.extend(parties);
            zone.outside.sort();
        }
        None => zones.push(Zone {
            id: id.to_owned(),
            name: name.to_owned(),
            purpose: purpose.to_owned(),
            devices: Vec::new(),
            outside: parties,
            microsegments: Vec::new(),
        }),
    }
}
