//! Spanning tree: which bridge speaks, and which one it takes for the root (IEEE 802.1D-2004 9.3, 802.1Q 14);
//! Cisco's, one tree a VLAN, has the same form.

use super::Sender;
use crate::dissect::StationFacts;
use crate::layers::u16_at;
use cordon_model::Mac;
use cordon_model::observe::Fact;

const CONFIGURATION: u8 = 0;
const RAPID: u8 = 2;
const TOPOLOGY_CHANGED: u8 = 0x80;

/// Reads what is behind the logical link head.
pub fn message(source: Mac, bytes: &[u8], facts: &mut dyn StationFacts) {
    let Some([0, 0, _, kind]) = bytes.first_chunk::<4>() else { return facts.malformed() };
    match *kind {
        TOPOLOGY_CHANGED => return,
        CONFIGURATION | RAPID => {}
        _ => return facts.malformed(),
    }
    let mut sender = Sender { station: source, facts };
    // Flags, root, cost, bridge, port.
    let (Some(root), Some(bridge)) = (Bridge::read(bytes, 5), Bridge::read(bytes, 17)) else {
        return sender.facts.malformed();
    };
    sender.tell_display(Fact::StpBridge, bridge);
    sender.tell_display(Fact::StpRoot, root);
}

/// A bridge's identifier: priority with the number of the tree, and address.
struct Bridge {
    priority: u16,
    station: Mac,
}

impl Bridge {
    fn read(bytes: &[u8], at: usize) -> Option<Bridge> {
        let station = Mac(*bytes.get(at + 2..)?.first_chunk::<6>()?);
        Some(Bridge { priority: u16_at(bytes, at)?, station })
    }
}

impl std::fmt::Display for Bridge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.priority, self.station)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::stations::told;

    pub(crate) fn golden() -> Vec<u8> {
        let mut bytes = vec![0, 0, 2, 2, 0x3c];
        bytes.extend([0x10, 30, 2, 0, 0, 0, 0, 1]);
        bytes.extend([0, 0, 0, 4]);
        bytes.extend([0x80, 30, 2, 0, 0, 0, 0, 2]);
        bytes.extend([0x80, 1, 0, 0, 20, 0, 2, 0, 15, 0, 0]);
        bytes
    }

    #[test]
    fn bridge_and_root_are_told() {
        let tell = |bytes: &[u8]| told(|facts| message(Mac([2, 0, 0, 0, 0, 9]), bytes, facts));
        let expected = "02:00:00:00:00:09 - stp.bridge 32798/02:00:00:00:00:02
02:00:00:00:00:09 - stp.root 4126/02:00:00:00:00:01
";
        assert_eq!(tell(&golden()), expected);
        for length in 0..25 {
            assert_eq!(tell(&golden()[..length]), "malformed\n");
        }
        assert_eq!(tell(&[0, 0, 0, 0x80]), "");
        assert_eq!(tell(&[0, 1, 0, 0, 9, 9]), "malformed\n");
    }
}
