use super::*;
use crate::read::{Configuration, cisco_ios, nftables};

const OLD: &str = "interface V1
 ip address 10.1.0.1 255.255.255.0
 ip access-group A in
interface V2
 ip address 10.2.0.1 255.255.255.0
ip access-list extended A
 permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.9 eq 104
 permit tcp 10.1.0.0 0.0.0.255 host 10.2.0.9 eq 443
 deny ip any any
";

fn changes(old: &Configuration, new: &Configuration) -> Vec<(Turn, u32, u32, String)> {
    let place = |one: &Option<(String, Option<(u32, String)>)>| {
        one.as_ref().and_then(|(_, line)| line.as_ref()).map_or(0, |line| line.0)
    };
    let all = difference(old, new, &mut Packets::default()).unwrap();
    all.iter()
        .map(|one| {
            let packet = format!("{}:{}", one.example.destination, one.example.destination_port);
            (one.turn, place(&one.old), place(&one.new), packet)
        })
        .collect()
}

#[test]
fn what_opens_and_closes_is_told_by_line_with_a_packet() {
    let old = cisco_ios(OLD).unwrap();
    assert_eq!(changes(&old, &old), []);
    // Other words for the same change nothing.
    let same = OLD.replace("host 10.2.0.9 eq 104", "10.2.0.9 0.0.0.0 range 104 104");
    assert_eq!(changes(&old, &cisco_ios(&same).unwrap()), []);
    let new = OLD.replace("eq 443", "eq 8443").replace(
        " deny ip",
        " permit udp any host 10.2.0.53 eq domain\n permit tcp any any eq 22 time-range NIGHT\n deny ip",
    );
    let told = changes(&old, &cisco_ios(&new).unwrap());
    assert_eq!(
        told,
        [
            (Turn::Closed, 8, 11, "10.2.0.9:443".to_owned()),
            (Turn::Opened, 9, 8, "10.2.0.9:8443".to_owned()),
            (Turn::Opened, 9, 9, "10.2.0.53:53".to_owned()),
            (Turn::Unsure, 9, 10, "10.2.0.2:22".to_owned()),
        ]
    );
}

#[test]
fn rulesets_without_addresses_are_compared_whatever_their_interfaces() {
    let rules = |port: u16| {
        let text = format!(
            "table inet f {{\n chain forward {{\n  type filter hook forward priority 0; policy drop;\n  tcp dport {port} accept\n }}\n}}\n"
        );
        nftables(&text).unwrap()
    };
    assert_eq!(changes(&rules(80), &rules(80)), []);
    let told = changes(&rules(80), &rules(81));
    assert_eq!(told.iter().map(|one| one.0).collect::<Vec<_>>(), [Turn::Closed, Turn::Opened]);
}
