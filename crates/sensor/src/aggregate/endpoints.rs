//! Endpoints of one Batch, numbered: facts and conversations name theirs by a small number, which is hashed
//! and compared faster than addresses.

use super::hash_state;
use cordon_model::{Endpoint, Mac, Vlan};
use cordon_observe::Index;
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Places for endpoints asked for lately; facts come in runs about the same few.
const RECENT: usize = 1_024;

/// An endpoint in three words that stand in the order of [`Endpoint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Packed {
    /// From the top: VLAN (0 is none), whether there is a MAC, the MAC, and 0, 1 or 2 for the IP version.
    link: u64,
    address: u128,
}

impl Packed {
    #[inline]
    pub(super) fn new(endpoint: &Endpoint) -> Packed {
        let vlan = endpoint.vlan.map_or(0, |vlan| u64::from(vlan.id()));
        let mac = endpoint.mac.map_or(0, |mac| {
            let [a, b, c, d, e, f] = mac.0;
            u64::from_be_bytes([0, 1, a, b, c, d, e, f])
        });
        let (version, address) = match endpoint.ip {
            None => (0, 0),
            Some(IpAddr::V4(v4)) => (1, u128::from(u32::from(v4))),
            Some(IpAddr::V6(v6)) => (2, u128::from(v6)),
        };
        Packed { link: vlan << 51 | mac << 2 | version, address }
    }

    fn unpacked(self) -> Endpoint {
        let [_, _, a, b, c, d, e, f] = (self.link >> 2).to_be_bytes();
        let has_mac = self.link >> 50 & 1 == 1;
        let ip = match self.link & 3 {
            0 => None,
            1 => Some(IpAddr::V4(Ipv4Addr::from(self.address as u32))),
            _ => Some(IpAddr::V6(Ipv6Addr::from(self.address))),
        };
        Endpoint {
            vlan: Vlan::new((self.link >> 51) as u16),
            mac: has_mac.then_some(Mac([a, b, c, d, e, f])),
            ip,
        }
    }

    #[inline]
    fn hash(self, state: &FixedState) -> u64 {
        state.hash_one((self.link, self.address))
    }
}

/// The endpoints met since the last Batch.
pub(super) struct Endpoints {
    known: Vec<Packed>,
    table: Index,
    recent: Vec<(Packed, u32)>,
    hasher: FixedState,
}

const NOBODY: (Packed, u32) = (Packed { link: u64::MAX, address: 0 }, 0);

impl Endpoints {
    pub(super) fn new() -> Endpoints {
        Endpoints {
            known: Vec::new(),
            table: Index::default(),
            recent: vec![NOBODY; RECENT],
            hasher: hash_state(),
        }
    }

    /// The endpoint's number.
    #[inline]
    pub(super) fn number(&mut self, endpoint: &Endpoint) -> u32 {
        let packed = Packed::new(endpoint);
        let hash = packed.hash(&self.hasher);
        if let Some((recent, number)) = self.recent.get(hash as usize % RECENT)
            && *recent == packed
        {
            return *number;
        }
        let number = self.look_up(packed, hash);
        if let Some(recent) = self.recent.get_mut(hash as usize % RECENT) {
            *recent = (packed, number);
        }
        number
    }

    /// The hash of an endpoint, for [`Endpoints::look_up`]; where that begins to look is read already.
    #[inline]
    pub(super) fn prepare(&self, packed: Packed) -> (u64, u64) {
        let hash = packed.hash(&self.hasher);
        (hash, self.table.touch(hash))
    }

    /// The number of the endpoint with this hash.
    #[inline]
    pub(super) fn look_up(&mut self, packed: Packed, hash: u64) -> u32 {
        let known = &self.known;
        if let Some(number) = self.table.find(hash, |number| known.get(number as usize) == Some(&packed)) {
            return number;
        }
        let number = known.len() as u32;
        self.known.push(packed);
        self.table.insert(hash, number);
        number
    }

    /// The endpoint with this number.
    pub(super) fn get(&self, number: u32) -> Endpoint {
        self.known.get(number as usize).map_or_else(Endpoint::default, |packed| packed.unpacked())
    }

    /// The place of each number in the order of endpoints.
    pub(super) fn ranks(&self) -> Vec<u32> {
        // What is packed first tells most of them apart.
        let mut order: Vec<(u64, u32)> = self.known.iter().map(|packed| packed.link).zip(0..).collect();
        let address = |number: u32| self.known.get(number as usize).map(|packed| packed.address);
        order.sort_unstable_by(|(one, left), (other, right)| {
            one.cmp(other).then_with(|| address(*left).cmp(&address(*right)))
        });
        let mut ranks = vec![0; order.len()];
        for ((_, number), rank) in order.into_iter().zip(0..) {
            if let Some(place) = ranks.get_mut(number as usize) {
                *place = rank;
            }
        }
        ranks
    }

    /// Starts anew.
    pub(super) fn clear(&mut self) {
        self.known.clear();
        self.table.clear();
        self.recent.fill(NOBODY);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn endpoint() -> impl Strategy<Value = Endpoint> {
        let address = prop_oneof![
            (0u32..4).prop_map(|low| IpAddr::V4(Ipv4Addr::from(low))),
            any::<u32>().prop_map(|whole| IpAddr::V4(Ipv4Addr::from(whole))),
            (0u128..4).prop_map(|low| IpAddr::V6(Ipv6Addr::from(low))),
            any::<u128>().prop_map(|whole| IpAddr::V6(Ipv6Addr::from(whole))),
        ];
        let mac = prop_oneof![Just([0; 6]), Just([0xff; 6]), any::<[u8; 6]>()];
        let link = (proptest::option::of(1u16..4095), proptest::option::of(mac));
        (link, proptest::option::of(address)).prop_map(|((vlan, mac), ip)| Endpoint {
            vlan: vlan.and_then(Vlan::new),
            mac: mac.map(Mac),
            ip,
        })
    }

    proptest! {
        #[test]
        fn packing_keeps_everything_and_the_order(one in endpoint(), other in endpoint()) {
            prop_assert_eq!(Packed::new(&one).unpacked(), one);
            prop_assert_eq!(Packed::new(&one).cmp(&Packed::new(&other)), one.cmp(&other));
        }

        #[test]
        fn numbers_lead_back(all in proptest::collection::vec(endpoint(), 1..300)) {
            let mut endpoints = Endpoints::new();
            let numbers: Vec<u32> = all.iter().map(|endpoint| endpoints.number(endpoint)).collect();
            let ranks = endpoints.ranks();
            for (one, number) in all.iter().zip(&numbers) {
                prop_assert_eq!(endpoints.get(*number), *one);
                prop_assert_eq!(endpoints.number(one), *number);
                for (other, its) in all.iter().zip(&numbers) {
                    let by_rank = ranks[*number as usize].cmp(&ranks[*its as usize]);
                    prop_assert_eq!(by_rank, one.cmp(other));
                }
            }
        }
    }
}
