//! Keys, eviction and expiry, the latter two against a plain model.

use super::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

fn key(number: u32) -> Key {
    let address = IpAddr::V4(Ipv4Addr::from(0x0a00_0000 + number));
    Key::new(0, 6, (address, 1000), (IpAddr::from([10, 255, 0, 1]), 80)).0
}

fn add(table: &mut Table, number: u32, second: i64) -> u32 {
    let (key, clock) = (key(number), second * 1_000_000);
    let hash = table.hash(&key);
    while let Some(id) = table.next_expired(clock) {
        table.remove(id);
    }
    if table.is_full() {
        let id = table.next_due(clock).unwrap();
        table.remove(id);
    }
    table.insert(hash, key, Timestamp::from_seconds(second), clock, Idle::Open).unwrap()
}

fn has(table: &Table, number: u32) -> bool {
    table.find(table.hash(&key(number)), &key(number)).is_some()
}

#[test]
fn both_directions_have_one_key() {
    for (a, b) in [("10.0.0.1", "10.0.0.2"), ("fe80::1", "2001:db8::2"), ("::1", "::1")] {
        let (a, b): (IpAddr, IpAddr) = (a.parse().unwrap(), b.parse().unwrap());
        let (there, place) = Key::new(7, 6, (a, 50_000), (b, 443));
        let (back, opposite) = Key::new(7, 6, (b, 443), (a, 50_000));
        assert_eq!((there, place), (back, opposite.other()));
        assert_eq!((there.address(place), there.port(place)), (a, 50_000));
        assert_eq!((there.address(opposite), there.port(opposite)), (b, 443));
        assert_eq!((there.vlan(), there.transport()), (7, Transport::Tcp));
        assert_ne!(there, Key::new(8, 6, (a, 50_000), (b, 443)).0);
        assert_ne!(there, Key::new(7, 17, (a, 50_000), (b, 443)).0);
    }
}

#[test]
fn the_longest_idle_makes_room() {
    let mut table = Table::new(3, [60, 3600, 10, 120]);
    for number in 0..3 {
        add(&mut table, number, i64::from(number));
    }
    let first = table.find(table.hash(&key(0)), &key(0)).unwrap();
    table.get_mut(first).unwrap().last = Timestamp::from_seconds(5);
    add(&mut table, 3, 6);
    assert!(has(&table, 0) && !has(&table, 1) && has(&table, 2) && has(&table, 3));
    assert_eq!(table.len(), 3);
}

#[test]
fn the_idle_expire_and_the_active_stay() {
    let mut table = Table::new(100, [60, 3600, 10, 120]);
    let idle = add(&mut table, 1, 0);
    let active = add(&mut table, 2, 0);
    table.get_mut(active).unwrap().last = Timestamp::from_seconds(3_000);
    let closed = add(&mut table, 3, 0);
    table.set_idle(closed, Idle::Closed);
    assert_eq!(table.next_expired(9_000_000), None);
    assert_eq!(table.next_expired(11_000_000), Some(closed));
    table.remove(closed);
    assert_eq!(table.next_expired(3_599_000_000), None);
    assert_eq!(table.next_expired(3_601_000_000), Some(idle));
    table.remove(idle);
    assert_eq!(table.next_expired(6_599_000_000), None);
    assert_eq!(table.next_expired(6_601_000_000), Some(active));
}

#[test]
fn storage_grows_to_its_limit_only() {
    let mut table = Table::new(1_500, [60, 3600, 10, 120]);
    for number in 0..10_000 {
        add(&mut table, number, i64::from(number));
    }
    assert_eq!(table.len(), 1_500);
    assert_eq!(table.slabs.iter().map(|slab| slab.len()).sum::<usize>(), 1_500);
    assert!(
        (0..8_500).all(|number| !has(&table, number)) && (8_500..10_000).all(|number| has(&table, number))
    );
    assert!(size_of::<Conversation>() <= 128, "{}", size_of::<Conversation>());
}

#[derive(Clone, Debug)]
enum Happening {
    /// A packet of this conversation, so many seconds after what happened before.
    Packet(u32, i64),
    /// It closes.
    Close(u32),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        6 => (0u32..40, prop_oneof![8 => 0i64..20, 1 => 0i64..500]).prop_map(|(n, s)| Happening::Packet(n, s)),
        1 => (0u32..40).prop_map(Happening::Close),
    ]
}

proptest! {
    /// Everything ends exactly when its time is over, whatever else there is; nothing is lost or found.
    #[test]
    fn agrees_with_a_plain_map(happenings in proptest::collection::vec(happening(), 1..300)) {
        let timeouts = [60, 200, 10, 120];
        let mut table = Table::new(30, timeouts);
        let mut model: BTreeMap<u32, (i64, i64)> = BTreeMap::new();
        let mut now = 0i64;
        for happening in happenings {
            let (number, closes) = match happening {
                Happening::Packet(number, seconds) => { now += seconds; (number, false) }
                Happening::Close(number) => (number, true),
            };
            let clock = now * 1_000_000;
            while let Some(id) = table.next_expired(clock) {
                let gone = (0..40).find(|n| table.find(table.hash(&key(*n)), &key(*n)) == Some(id)).unwrap();
                let (last, timeout) = model.remove(&gone).unwrap();
                prop_assert!(now - last >= timeout, "{gone} ended after {} of {timeout}", now - last);
                table.remove(id);
            }
            prop_assert!(model.values().all(|(last, timeout)| now - last < *timeout), "{now}: {model:?}");
            let found = table.find(table.hash(&key(number)), &key(number));
            prop_assert_eq!(found.is_some(), model.contains_key(&number));
            match found {
                Some(id) if closes => {
                    table.get_mut(id).unwrap().last = Timestamp::from_seconds(now);
                    table.set_idle(id, Idle::Closed);
                    let known = model.get_mut(&number).unwrap();
                    *known = (now, 10);
                }
                Some(id) => {
                    table.get_mut(id).unwrap().last = Timestamp::from_seconds(now);
                    model.get_mut(&number).unwrap().0 = now;
                }
                None if closes => {}
                None => {
                    if table.is_full() {
                        let id = table.next_due(clock).unwrap();
                        let gone = (0..40).find(|n| table.find(table.hash(&key(*n)), &key(*n)) == Some(id)).unwrap();
                        let (last, timeout) = model.remove(&gone).unwrap();
                        let first = model.values().map(|(last, timeout)| last + timeout).min();
                        prop_assert!(first.is_none_or(|first| last + timeout <= first));
                        table.remove(id);
                    }
                    add(&mut table, number, now);
                    model.insert(number, (now, 200));
                }
            }
            prop_assert_eq!(table.len(), model.len());
        }
    }
}
