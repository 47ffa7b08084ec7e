//! Which station last claimed an IP address: a table of fixed size, for noticing that two claim one.

use crate::counters::{Counter, Counters};
use cordon_model::{Mac, Timestamp};
use foldhash::fast::FixedState;
use std::hash::BuildHasher;
use std::net::IpAddr;

/// Claims farther apart than this are a new owner, not a conflict: a lease ended.
const CONFLICT_MICROS_MAX: i64 = 600 * 1_000_000;
/// A conflict that goes on is reported once in this time.
const REPORT_MICROS: i64 = 3_600 * 1_000_000;
/// Places an address may stand in.
const WAYS: usize = 4;

#[derive(Clone, Copy)]
struct Binding {
    vlan: u16,
    address: IpAddr,
    station: Mac,
    last: Timestamp,
    reported: Option<Timestamp>,
}

/// The claims remembered.
pub(crate) struct Bindings {
    sets: Vec<[Option<Binding>; WAYS]>,
    sets_max: usize,
    hasher: FixedState,
}

impl Bindings {
    pub(crate) fn new(bindings_max: u32) -> Bindings {
        let sets_max = (bindings_max as usize / WAYS).max(1);
        Bindings { sets: Vec::new(), sets_max, hasher: FixedState::with_seed(0x0a72_7062) }
    }

    /// Notes a claim; answers the station that claimed the same address a short while ago, if it is
    /// another one and was not reported lately.
    pub(crate) fn claim(
        &mut self,
        vlan: u16,
        address: IpAddr,
        station: Mac,
        at: Timestamp,
        counters: &mut Counters,
    ) -> Option<Mac> {
        // A virtual router's address moves between machines by design.
        if station.is_virtual_router() {
            return None;
        }
        if self.sets.is_empty() {
            self.sets.resize(self.sets_max, [None; WAYS]);
        }
        let hash = self.hasher.hash_one((vlan, address));
        let set = self.sets.get_mut((hash % self.sets_max as u64) as usize)?;
        let known = set.iter_mut().flatten().find(|known| known.vlan == vlan && known.address == address);
        if let Some(known) = known {
            return known.renew(station, at);
        }
        let fresh = Binding { vlan, address, station, last: at, reported: None };
        let place = set.iter_mut().min_by_key(|place| place.map(|known| known.last))?;
        if place.is_some() {
            counters.count(Counter::BindingsLimit);
        }
        *place = Some(fresh);
        None
    }
}

impl Binding {
    fn renew(&mut self, station: Mac, at: Timestamp) -> Option<Mac> {
        let before = self.station;
        let recent = at.micros_since(self.last).abs() <= CONFLICT_MICROS_MAX;
        self.last = at;
        self.station = station;
        let quiet = self.reported.is_none_or(|reported| at.micros_since(reported) >= REPORT_MICROS);
        if before == station || !recent || !quiet {
            return None;
        }
        self.reported = Some(at);
        Some(before)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    const ONE: Mac = Mac([2, 0, 0, 0, 0, 1]);
    const OTHER: Mac = Mac([2, 0, 0, 0, 0, 2]);

    #[test]
    fn two_stations_with_one_address_are_noticed_once_an_hour() {
        let (mut bindings, mut counters) = (Bindings::new(64), Counters::new());
        let mut claim = |station, second| {
            let at = Timestamp::from_seconds(second);
            bindings.claim(0, IpAddr::from([10, 0, 0, 1]), station, at, &mut counters)
        };
        assert_eq!(claim(ONE, 0), None);
        assert_eq!(claim(ONE, 10), None);
        assert_eq!(claim(OTHER, 20), Some(ONE));
        assert_eq!(claim(ONE, 30), None);
        assert_eq!(claim(OTHER, 3_000), None);
        assert_eq!(claim(ONE, 3_500), None);
        assert_eq!(claim(OTHER, 3_700), Some(ONE));
    }

    #[test]
    fn a_new_owner_or_another_vlan_is_no_conflict() {
        let (mut bindings, mut counters) = (Bindings::new(64), Counters::new());
        let address = IpAddr::from([10, 0, 0, 1]);
        assert_eq!(bindings.claim(1, address, ONE, Timestamp::from_seconds(0), &mut counters), None);
        assert_eq!(bindings.claim(2, address, OTHER, Timestamp::from_seconds(1), &mut counters), None);
        assert_eq!(bindings.claim(1, address, OTHER, Timestamp::from_seconds(700), &mut counters), None);
        for number in 0..10_000u32 {
            let at = Timestamp::from_seconds(800);
            assert_eq!(bindings.claim(3, IpAddr::V4(Ipv4Addr::from(number)), ONE, at, &mut counters), None);
        }
        assert!(counters.get(Counter::BindingsLimit) >= 9_936);
    }
}
