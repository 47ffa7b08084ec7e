//! What keeps a network going: addresses, names, neighbours, routers, time, discovery, tunnels.

pub mod arp;
pub mod dhcp;
pub mod dhcpv6;
pub mod dns;
pub mod igmp;
pub mod ike;
pub mod nd;
pub mod neighbours;
pub mod netbios;
pub mod ntp;
pub mod routers;
pub mod ssdp;
#[cfg(test)]
pub(crate) mod stations;
pub mod tunnels;
pub mod ws_discovery;
