//! Who can send to whom through enforcement points: addresses in groups that every configuration treats alike, and
//! which groups reach which.
//!
//! What is not known is open: an address behind no configuration's interface, a way that a configuration does not
//! say, a line that was not understood. A way is closed only where every equipment that the packet must leave its
//! network by, or enter the other's by, surely drops whatever could begin something.

use super::Enforcer;
use super::ways::Ways;
use crate::packets::{End, Packets, Set, TooComplex};
use crate::read::Configuration;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Protocol numbers of ICMP and ICMPv6 (IANA): an echo alone takes nobody over.
const PINGS: [u8; 2] = [1, 58];

/// Addresses in groups, and which groups reach which.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// The group of each address.
    pub groups: BTreeMap<IpAddr, usize>,
    /// To which groups each group can send; its own is among them when its members can send to one another.
    pub reaches: Vec<BTreeSet<usize>>,
}

/// Groups `addresses` by what `configurations` do to packets from and to them.
pub fn reach(
    configurations: &[Configuration],
    addresses: &BTreeSet<IpAddr>,
    packets: &mut Packets,
) -> Result<Reach, TooComplex> {
    let mut views = Vec::new();
    // What is bound nowhere bars no way.
    for configuration in configurations.iter().filter(|one| !one.is_assumed()) {
        let mut enforcer = Enforcer::of(configuration);
        // Each routing table is seen for itself; between two the way is not known, and so it is open.
        let tables: BTreeSet<Option<&str>> =
            configuration.interfaces.iter().map(|interface| interface.vrf.as_deref()).collect();
        for table in tables {
            views.push(View::new(&Ways::of(configuration, table), &mut enforcer, addresses, packets)?);
        }
    }
    let mut numbers: BTreeMap<Vec<Treated>, usize> = BTreeMap::new();
    let mut members: Vec<IpAddr> = Vec::new();
    let mut found = Reach::default();
    for address in addresses {
        let treated = views.iter().map(|view| view.treated(*address, packets)).collect();
        let next = numbers.len();
        let group = *numbers.entry(treated).or_insert(next);
        if group == next {
            members.push(*address);
        }
        found.groups.insert(*address, group);
    }
    // Members of a group are treated alike, so one stands for all.
    for from in &members {
        let open = members.iter().enumerate().filter(|(_, to)| is_open(&views, *from, **to, packets));
        found.reaches.push(open.map(|(at, _)| at).collect());
    }
    Ok(found)
}

/// How one configuration treats an address: everything that decides about packets from and to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Treated {
    is_ipv6: bool,
    /// The interface in whose network it lies.
    home: Option<usize>,
    /// The interface that leads to it.
    way: Option<usize>,
    /// For each interface packets may leave by, what is left of the permitted packets when they come from it.
    sends: Vec<(usize, Set)>,
    /// For each interface packets may come in by, the senders' remainders that still permit it.
    gets: Vec<(usize, Vec<Set>)>,
}

/// One routing table of a configuration with what may pass between its interfaces.
struct View {
    /// The interface in whose own network an address lies.
    homes: BTreeMap<IpAddr, usize>,
    ways: BTreeMap<IpAddr, usize>,
    /// What may begin something from one interface to another, where both lead to addresses.
    open: BTreeMap<(usize, usize), Set>,
    /// What is left of each when the sender is known, over all senders.
    left: BTreeMap<(usize, usize), BTreeSet<Set>>,
}

impl View {
    fn new(
        table: &Ways,
        enforcer: &mut Enforcer<'_>,
        addresses: &BTreeSet<IpAddr>,
        packets: &mut Packets,
    ) -> Result<View, TooComplex> {
        let (mut homes, mut ways) = (BTreeMap::new(), BTreeMap::new());
        for address in addresses {
            let Some(way) = table.to(*address) else { continue };
            ways.insert(*address, way.interface);
            if way.next.is_none() {
                homes.insert(*address, way.interface);
            }
        }
        let used: BTreeSet<usize> = ways.values().copied().collect();
        let mut open = BTreeMap::new();
        for from in &used {
            for to in used.iter().filter(|to| *to != from) {
                let passes = enforcer.passes((Some(*from), Some(*to)), packets)?;
                open.insert((*from, *to), beginning(passes.perhaps, packets)?);
            }
        }
        let mut left: BTreeMap<(usize, usize), BTreeSet<Set>> = BTreeMap::new();
        for (address, from) in &ways {
            for ((_, to), set) in open.range((*from, 0)..=(*from, usize::MAX)) {
                let rest = packets.of_address(*set, End::Source, *address);
                left.entry((*from, *to)).or_default().insert(rest);
            }
        }
        Ok(View { homes, ways, open, left })
    }

    fn treated(&self, address: IpAddr, packets: &Packets) -> Treated {
        let way = self.ways.get(&address).copied();
        let sends = way.into_iter().flat_map(|from| {
            self.open
                .range((from, 0)..=(from, usize::MAX))
                .map(|((_, to), set)| (*to, packets.of_address(*set, End::Source, address)))
        });
        let gets = way.into_iter().flat_map(|own| {
            let towards = self.left.iter().filter(move |((_, to), _)| *to == own);
            towards.map(|((from, _), left)| {
                let open = left.iter().filter(|rest| gets_through(**rest, address, packets));
                (*from, open.copied().collect())
            })
        });
        Treated {
            is_ipv6: address.is_ipv6(),
            home: self.homes.get(&address).copied(),
            way,
            sends: sends.collect(),
            gets: gets.collect(),
        }
    }

    /// Whether packets may pass here from one address to another; what does not come by here passes.
    fn lets(&self, from: IpAddr, to: IpAddr, packets: &Packets) -> bool {
        let (Some(way_in), Some(way_out)) = (self.ways.get(&from), self.ways.get(&to)) else { return true };
        match self.open.get(&(*way_in, *way_out)) {
            Some(set) => gets_through(packets.of_address(*set, End::Source, from), to, packets),
            None => true,
        }
    }
}

fn gets_through(rest: Set, to: IpAddr, packets: &Packets) -> bool {
    !packets.is_empty(packets.of_address(rest, End::Destination, to))
}

/// Packets that may begin something: no answers, and more than an echo.
fn beginning(set: Set, packets: &mut Packets) -> Result<Set, TooComplex> {
    let established = packets.established()?;
    let mut set = packets.minus(set, established)?;
    for number in PINGS {
        let ping = packets.protocol(number)?;
        set = packets.minus(set, ping)?;
    }
    Ok(set)
}

/// A packet leaves its network by one of the equipments that stand in it, and enters the other's likewise: of several
/// it may take any. Where none is known there is no barrier at that end.
fn is_open(views: &[View], from: IpAddr, to: IpAddr, packets: &Packets) -> bool {
    if from.is_ipv4() != to.is_ipv4() {
        return false;
    }
    let share = |view: &View| view.homes.get(&from).is_some_and(|home| view.homes.get(&to) == Some(home));
    if views.iter().any(share) {
        return true;
    }
    let end = |address: IpAddr| {
        let mut doors = views.iter().filter(|view| view.homes.contains_key(&address)).peekable();
        doors.peek().is_none() || doors.any(|view| view.lets(from, to, packets))
    };
    end(from) && end(to)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::read::cisco_ios;

    const CORE: &str = "hostname core\n\
        interface Vlan10\n ip address 10.0.10.1 255.255.255.0\n ip access-group PUMPS in\n!\n\
        interface Vlan20\n ip address 10.0.20.1 255.255.255.0\n!\n\
        interface Vlan30\n ip address 10.0.30.1 255.255.255.0\n ip access-group GUESTS in\n!\n\
        interface Uplink\n ip address 192.0.2.2 255.255.255.252\n!\n\
        ip route 0.0.0.0 0.0.0.0 192.0.2.1\n\
        ip access-list extended PUMPS\n permit tcp any host 10.0.20.5 eq 443\n permit icmp any any\n\
        \x20permit tcp any any established\n deny ip any any\n\
        ip access-list extended GUESTS\n deny ip any 10.0.0.0 0.0.255.255\n permit ip any any\n";

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn open(configurations: &[&str], addresses: &[&str]) -> impl Fn(&str, &str) -> bool {
        let read: Vec<Configuration> = configurations.iter().map(|text| cisco_ios(text).unwrap()).collect();
        let addresses = addresses.iter().map(|text| ip(text)).collect();
        let found = reach(&read, &addresses, &mut Packets::default()).unwrap();
        move |from, to| found.reaches[found.groups[&ip(from)]].contains(&found.groups[&ip(to)])
    }

    #[test]
    fn lists_close_ways_and_pings_and_answers_open_none() {
        let all = ["10.0.10.5", "10.0.10.6", "10.0.20.5", "10.0.20.6", "10.0.30.7", "172.16.0.9"];
        let open = open(&[CORE], &all);
        assert!(open("10.0.10.5", "10.0.20.5") && !open("10.0.10.5", "10.0.20.6"));
        assert!(!open("10.0.10.5", "10.0.30.7"), "a ping and answers are no beginning");
        assert!(open("10.0.20.6", "10.0.10.5"), "nothing guards this way");
        assert!(open("10.0.10.5", "10.0.10.6"), "one network, no barrier");
        assert!(!open("10.0.30.7", "10.0.10.5") && open("10.0.30.7", "172.16.0.9"));
        // Behind the default route nothing is known but what this router drops.
        assert!(open("172.16.0.9", "10.0.10.5") && !open("10.0.10.5", "172.16.0.9"));
    }

    #[test]
    fn a_second_way_out_of_a_network_opens_what_the_first_closes() {
        let second = CORE.replace("deny ip any any", "permit ip any any").replace("10.0.10.1", "10.0.10.2");
        let all = ["10.0.10.5", "10.0.20.6"];
        assert!(!open(&[CORE], &all)("10.0.10.5", "10.0.20.6"));
        assert!(open(&[CORE, &second], &all)("10.0.10.5", "10.0.20.6"));
    }

    #[test]
    fn what_is_not_understood_and_not_known_is_open() {
        let unsure =
            CORE.replace(" deny ip any any\n", " permit object-group NOBODY any any\n deny ip any any\n");
        let all = ["10.0.10.5", "10.0.20.6", "203.0.113.9"];
        assert!(open(&[&unsure], &all)("10.0.10.5", "10.0.20.6"));
        let no_route = CORE.replace("ip route 0.0.0.0 0.0.0.0 192.0.2.1\n", "");
        assert!(open(&[&no_route], &all)("10.0.10.5", "203.0.113.9"));
        assert!(open(&[], &all)("10.0.10.5", "10.0.20.6"));
    }

    /// The groups must say for every pair what looking at the pair itself says.
    #[test]
    fn groups_say_what_every_pair_says() {
        let addresses: BTreeSet<IpAddr> = [10, 20, 30, 40]
            .iter()
            .flat_map(|network| (4..8).map(move |host| ip(&format!("10.0.{network}.{host}"))))
            .collect();
        let read = [cisco_ios(CORE).unwrap()];
        let mut packets = Packets::default();
        let found = reach(&read, &addresses, &mut packets).unwrap();
        let mut enforcer = Enforcer::of(&read[0]);
        let table = Ways::of(&read[0], None);
        let views = [View::new(&table, &mut enforcer, &addresses, &mut packets).unwrap()];
        for from in &addresses {
            for to in addresses.iter().filter(|to| *to != from) {
                let by_group = found.reaches[found.groups[from]].contains(&found.groups[to]);
                assert_eq!(by_group, is_open(&views, *from, *to, &packets), "{from} {to}");
            }
        }
        assert!(found.reaches.len() < addresses.len());
    }
}
