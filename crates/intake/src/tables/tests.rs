//! Tables as the manuals of their makers show them, with addresses of our own.

use super::*;
use crate::format::{Format, recognise};
use crate::read::Taken;
use crate::read::read as take_in;
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &str) -> (Vec<String>, Taken) {
    assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::AddressTable), "{text}");
    let mut told = Told::default();
    let taken = take_in(Format::AddressTable, "x.txt", &mut text.as_bytes(), &[], &mut told);
    let plain = told.facts.iter().map(|fact| fact.split_once(": ").unwrap().1.to_owned());
    (plain.collect(), taken)
}

const MAC: &str = "00:1b:0d:20:30:01";

#[test]
fn cisco() {
    let arp = "sw-icu-1#show ip arp\n\
               Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n\
               Internet  10.0.0.5                12   001b.0d20.3001  ARPA   Vlan10\n\
               Internet  10.0.0.6                 0   Incomplete      ARPA\n";
    let (facts, taken) = take(arp);
    assert_eq!(facts, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
    assert_eq!((taken.report.packets, taken.rejected.len()), (2, 0));
    assert_eq!(taken.report.skipped["entries of addresses nobody answered for"], 1);
    let ios = "sw-icu-1#show mac address-table\n          Mac Address Table\n-------------------------------------------\n\n\
               Vlan    Mac Address       Type        Ports\n----    -----------       --------    -----\n \
               All    0100.0ccc.cccc    STATIC      CPU\n  10    001b.0d20.3001    DYNAMIC     Gi1/0/12\nTotal Mac Addresses for this criterion: 2\n";
    let (facts, taken) = take(ios);
    assert_eq!(facts, [format!("{MAC} (no IP, VLAN 10) switch.port=sw-icu-1 Gi1/0/12")]);
    assert_eq!(taken.rejected, []);
    let nexus = "Legend:\n        * - primary entry, G - Gateway MAC\n   VLAN     MAC Address      Type      age     Secure NTFY Ports\n\
                 ---------+-----------------+--------+---------+------+----+------------------\n*   10     001b.0d20.3001   dynamic  0         F      F    Eth1/1\n";
    assert_eq!(take(nexus).0, [format!("{MAC} (no IP, VLAN 10) switch.port=Eth1/1")]);
    let nexus_arp = "IP ARP Table for context default\nTotal number of entries: 1\nAddress         Age       MAC Address     Interface       Flags\n10.0.0.5        00:12:03  001b.0d20.3001  Vlan10\n";
    assert_eq!(take(nexus_arp).0, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
}

#[test]
fn aruba() {
    let aos_s = "sw# show mac-address\n\n Status and Counters - Port Address Table\n\n  MAC Address   Port  VLAN\n  ------------- ----- ----\n  001b0d-203001 12    10\n";
    assert_eq!(take(aos_s).0, [format!("{MAC} (no IP, VLAN 10) switch.port=sw 12")]);
    let aos_s_arp = " IP ARP table\n\n  IP Address       MAC Address       Type    Port\n  ---------------  ----------------- ------- ----\n  10.0.0.5         001b0d-203001     dynamic 12\n";
    assert_eq!(take(aos_s_arp).0, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
    let cx = "MAC age-time            : 300 seconds\nNumber of MAC addresses : 1\n\nMAC Address          VLAN     Type                      Port\n--------------------------------------------------------------\n00:1b:0d:20:30:01    10       dynamic                   1/1/12\n";
    assert_eq!(take(cx).0, [format!("{MAC} (no IP, VLAN 10) switch.port=1/1/12")]);
    let cx_arp = "IPv4 Address     MAC                Port         Physical Port          State     VRF\n----------\n10.0.0.5         00:1b:0d:20:30:01  vlan10       1/1/12                 reachable default\n";
    assert_eq!(take(cx_arp).0, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
}

#[test]
fn juniper_and_hosts() {
    let arp = "admin@ex1> show arp no-resolve\nMAC Address       Address         Interface         Flags\n00:1b:0d:20:30:01 10.0.0.5        irb.10 [ge-0/0/12.0]  none\nTotal entries: 1\n";
    assert_eq!(take(arp).0, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
    let old = "  VLAN              MAC address       Type         Age Interfaces\n  clinical          00:1b:0d:20:30:01 Learn          0 ge-0/0/12.0\n";
    assert_eq!(take(old).0, [format!("{MAC} (no IP) switch.port=ge-0/0/12.0")]);
    let linux = "10.0.0.5 dev eth0 lladdr 00:1b:0d:20:30:01 REACHABLE\n10.0.0.9 dev eth0 FAILED\nfe80::1 dev eth0 lladdr 00:1b:0d:20:30:02 router STALE\n";
    let (facts, taken) = take(linux);
    assert_eq!(
        facts,
        [
            format!("{MAC} (no IP) arp.address=10.0.0.5"),
            "00:1b:0d:20:30:02 (no IP) arp.address=fe80::1".to_owned()
        ]
    );
    assert_eq!(taken.rejected, []);
    assert_eq!(
        take("? (10.0.0.5) at 0:1b:d:20:30:1 on en0 ifscope [ethernet]\n").0,
        [format!("{MAC} (no IP) arp.address=10.0.0.5")]
    );
    let windows = "Interface: 10.0.0.2 --- 0x4\r\n  Internet Address      Physical Address      Type\r\n  10.0.0.5              00-1b-0d-20-30-01     dynamic\r\n  10.0.0.255            ff-ff-ff-ff-ff-ff     static\r\n";
    assert_eq!(take(windows).0, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
    let old_linux = "Address                  HWtype  HWaddress           Flags Mask            Iface\n10.0.0.5                 ether   00:1b:0d:20:30:01   C                     eth0\n";
    assert_eq!(take(old_linux).0, [format!("{MAC} (no IP) arp.address=10.0.0.5")]);
}

#[test]
fn neighbours_in_a_table() {
    let expected = |port: &str| {
        [format!("{MAC} (no IP) lldp.system_name=pump-7"), format!("{MAC} (no IP) switch.port={port}")]
    };
    let juniper = "admin@ex1> show lldp neighbors\nLocal Interface    Parent Interface    Chassis Id          Port info          System Name\nge-0/0/12          -                   00:1b:0d:20:30:01   eth0               pump-7\n";
    assert_eq!(take(juniper).0, expected("ex1 ge-0/0/12"));
    let cx = "LOCAL-PORT  CHASSIS-ID         PORT-ID                      PORT-DESC                    TTL      SYS-NAME\n---------------------------------------------------------\n1/1/12      00:1b:0d:20:30:01  eth0                         uplink                       120      pump-7\n";
    assert_eq!(take(cx).0, expected("1/1/12"));
}

#[test]
fn words_are_no_table() {
    for text in
        ["MAC address of the pump: 00:1b:0d:20:30:01\n", "mac vlan\nhello\n", "address port\n10.0.0.5 80\n"]
    {
        assert!(!is_table(text), "{text}");
    }
}

proptest! {
    #[test]
    fn any_table_ends(body in "[0-9a-f:. \nVlanGi/#()-]{0,120}") {
        let text = format!("10.0.0.5 dev eth0 lladdr 00:1b:0d:20:30:01 REACHABLE\nVlan Mac Address Type Ports\n{body}");
        take(&text);
    }
}
