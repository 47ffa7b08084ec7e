//! Exactly some addresses, in as few networks as can be.

use cordon_model::Cidr;
use std::net::IpAddr;

/// The fewest networks that hold exactly these networks' addresses, in order: IPv4 first. Networks inside others go,
/// two halves become their whole; what was in none is in none.
pub fn cover(networks: impl IntoIterator<Item = Cidr>) -> Vec<Cidr> {
    let mut networks: Vec<Cidr> = networks.into_iter().collect();
    networks.sort_by_key(|network| (network.base(), network.prefix()));
    let mut kept: Vec<Cidr> = Vec::with_capacity(networks.len());
    for network in networks {
        if kept.last().is_some_and(|last| last.contains(network.base())) {
            continue;
        }
        kept.push(network);
        // In order, the lower half always stands right before the upper one.
        while let [.., lower, upper] = kept.as_slice()
            && let Some(whole) = joined(lower, upper)
        {
            kept.truncate(kept.len().saturating_sub(2));
            kept.push(whole);
        }
    }
    kept
}

/// The network that two networks are the halves of.
fn joined(lower: &Cidr, upper: &Cidr) -> Option<Cidr> {
    let prefix = lower.prefix().checked_sub(1).filter(|_| lower.prefix() == upper.prefix())?;
    let whole = Cidr::new(lower.base(), prefix)?;
    (whole.base() == lower.base() && whole.contains(upper.base()) && lower != upper).then_some(whole)
}

/// A single address as a network.
pub(crate) fn host(address: IpAddr) -> Option<Cidr> {
    Cidr::new(address, if address.is_ipv4() { 32 } else { 128 })
}
