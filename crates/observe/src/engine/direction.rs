//! Which side serves, when neither a handshake nor the content tells.

use crate::conversations::{Key, Place};
use cordon_model::address::is_shared_address;

/// Ports that servers listen on by registration or firm habit although they are not below 1024; the port
/// decides only who is asked to be the server, never what is spoken.
const KNOWN: [u16; 40] = [
    1433, 1521, 1883, 1900, 2049, 2345, 2575, 2761, 2762, 3268, 3306, 3389, 3702, 4242, 4840, 5060, 5061,
    5353, 5355, 5432, 5671, 5672, 5900, 5985, 5986, 6379, 8000, 8080, 8042, 8443, 8883, 9000, 9100, 9443,
    10_001, 11_112, 24_105, 27_017, 44_818, 47_808,
];

/// Lower serves: known ports, then system ports, registered ports, and those clients get from their system.
fn rank(port: u16) -> u8 {
    match port {
        0 => 3,
        port if KNOWN.contains(&port) => 0,
        1..1024 => 0,
        1024..32_768 => 1,
        _ => 2,
    }
}

/// True when `own` is more likely a server's port than `other`; for who has records of flows and no frames.
pub fn serves(own: u16, other: u16) -> bool {
    (rank(own), own) < (rank(other), other)
}

/// True when two ports say nothing of who serves: both of one rank, and neither a known one.
pub fn is_open(one: u16, other: u16) -> bool {
    rank(one) == rank(other) && rank(one) > 0
}

/// The client's place in a conversation whose first packet came from `sender`.
#[inline]
pub(crate) fn by_port(key: &Key, sender: Place) -> Place {
    let receiver = sender.other();
    if is_shared_address(key.address(receiver)) {
        return sender;
    }
    let (own, other) = (key.port(sender), key.port(receiver));
    match (rank(own), own).cmp(&(rank(other), other)) {
        std::cmp::Ordering::Less => receiver,
        // Equal ports: who speaks first asks.
        std::cmp::Ordering::Equal | std::cmp::Ordering::Greater => sender,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn the_better_known_port_serves() {
        let client = |own: u16, other: u16| {
            let a = IpAddr::from([10, 0, 0, 1]);
            let (key, sender) = Key::new(0, 6, (a, own), (IpAddr::from([10, 0, 0, 2]), other));
            by_port(&key, sender) == sender
        };
        assert!(client(50_000, 11_112) && client(50_000, 443) && client(2_000, 80) && client(40_000, 8_081));
        assert!(!client(104, 50_000) && !client(8_080, 2_000) && !client(2_575, 2_574));
        assert!(client(123, 123));
    }

    #[test]
    fn ports_of_one_rank_say_nothing_unless_they_are_known() {
        assert!(is_open(40_004, 41_004) && is_open(2_000, 30_000));
        assert!(
            !is_open(53, 40_000) && !is_open(123, 123) && !is_open(8_080, 8_443) && !is_open(2_000, 50_000)
        );
    }

    #[test]
    fn nobody_is_asked_by_a_group() {
        let (key, sender) =
            Key::new(0, 17, (IpAddr::from([10, 0, 0, 1]), 53), (IpAddr::from([239, 1, 1, 1]), 50_000));
        assert!(by_port(&key, sender) == sender);
    }
}
