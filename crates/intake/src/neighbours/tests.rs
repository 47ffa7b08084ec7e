//! Neighbours as the manuals of the switches' makers show them, with addresses of our own.

use super::*;
use crate::format::{Format, recognise};
use crate::read::Taken;
use crate::read::read as take_in;
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &str) -> (Vec<String>, Taken) {
    assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::Neighbours), "{text}");
    let mut told = Told::default();
    let taken = take_in(Format::Neighbours, "x.txt", &mut text.as_bytes(), &[], &mut told);
    let plain = told.facts.iter().map(|fact| fact.split_once(": ").unwrap().1.to_owned());
    (plain.collect(), taken)
}

const PUMP: &str = "00:1b:0d:20:30:01 (no IP)";

fn all(whom: &str, facts: &[&str]) -> Vec<String> {
    facts.iter().map(|fact| format!("{whom} {fact}")).collect()
}

/// Of Cisco IOS: a device that says all, a telephone that says little.
const LLDP: &str = "sw-icu-1#show lldp neighbors detail\n\
------------------------------------------------\n\
Local Intf: Gi1/0/12\n\
Chassis id: 001b.0d20.3001\n\
Port id: 001b.0d20.3001\n\
Port Description: eth0\n\
System Name: pump-7\n\
\n\
System Description: \n\
Acme Pump 3\n\
Linux 4.4\n\
\n\
Time remaining: 95 seconds\n\
System Capabilities: S\n\
Enabled Capabilities: S\n\
Management Addresses:\n\
    IP: 10.0.0.5\n\
Auto Negotiation - supported, enabled\n\
Vlan ID: - not advertised\n\
\n\
MED Information:\n\
\n\
    MED Codes:\n\
          (NP) Network Policy, (LI) Location Identification\n\
    H/W revision: B\n\
    F/W revision: 2.1\n\
    S/W revision: 9.4\n\
    Serial number: AC-1001\n\
    Manufacturer: Acme\n\
    Model: Pump 3\n\
    Capabilities: NP\n\
    Device type: Endpoint Class I\n\
\n\
------------------------------------------------\n\
Local Intf: Gi1/0/13\n\
Chassis id: 10.0.0.6\n\
Port id: 001B0D203002:P1\n\
Port Description - not advertised\n\
System Name: phone-2\n\
\n\
Total entries displayed: 2\n";

#[test]
fn cisco_lldp() {
    let (facts, taken) = take(LLDP);
    let mut expected = all(
        PUMP,
        &[
            "lldp.chassis_id=00:1b:0d:20:30:01",
            "lldp.port_id=00:1b:0d:20:30:01",
            "lldp.port_description=eth0",
            "lldp.system_name=pump-7",
            "lldp.system_description=Acme Pump 3 Linux 4.4",
            "lldp.hardware=B",
            "lldp.firmware=2.1",
            "lldp.software=9.4",
            "lldp.serial=AC-1001",
            "lldp.manufacturer=Acme",
            "lldp.model=Pump 3",
            "lldp.management_address=10.0.0.5",
            "switch.port=sw-icu-1 Gi1/0/12",
        ],
    );
    expected.extend(all(
        "10.0.0.6 (no MAC)",
        &[
            "lldp.chassis_id=10.0.0.6",
            "lldp.port_id=001B0D203002:P1",
            "lldp.system_name=phone-2",
            "switch.port=sw-icu-1 Gi1/0/13",
        ],
    ));
    assert_eq!(facts, expected);
    assert_eq!((taken.report.packets, taken.rejected.len()), (2, 0));
}

#[test]
fn cisco_cdp() {
    let text = "sw#show cdp neighbors detail\n\
-------------------------\n\
Device ID: cart-3\n\
Entry address(es): \n\
  IP address: 10.0.0.5\n\
Platform: cisco AIR-AP,  Capabilities: Trans-Bridge \n\
Interface: GigabitEthernet1/0/3,  Port ID (outgoing port): GigabitEthernet0\n\
Holdtime : 130 sec\n\
\n\
Version :\n\
Cisco Software, Version 8.5\n\
Compiled by: nobody\n\
\n\
advertisement version: 2\n\
-------------------------\n\
Device ID: unnamed\n\
Platform: x,  Capabilities: Host\n\
Interface: GigabitEthernet1/0/4,  Port ID (outgoing port): 1\n";
    let (facts, taken) = take(text);
    assert_eq!(
        facts,
        all(
            "10.0.0.5 (no MAC)",
            &[
                "cdp.device_id=cart-3",
                "cdp.port=GigabitEthernet0",
                "cdp.platform=cisco AIR-AP",
                "cdp.version=Cisco Software, Version 8.5 Compiled by: nobody",
                "cdp.address=10.0.0.5",
                "switch.port=sw GigabitEthernet1/0/3",
            ]
        )
    );
    assert_eq!((taken.report.packets, taken.rejected.len()), (2, 1));
    assert_eq!(
        (taken.rejected[0].row, taken.rejected[0].cells.as_slice()),
        (16, &["unnamed".to_owned()][..])
    );
}

#[test]
fn aruba() {
    let expected = |port: &str| {
        all(
            PUMP,
            &[
                "lldp.chassis_id=00:1b:0d:20:30:01",
                "lldp.port_id=eth0",
                "lldp.system_name=pump-7",
                "lldp.system_description=Acme Pump 3",
                "lldp.port_description=uplink",
                "lldp.management_address=10.0.0.5",
                &format!("switch.port={port}"),
            ],
        )
    };
    let aos_s = "sw# show lldp info remote-device 12\n\n LLDP Remote Device Information Detail\n\n  Local Port   : 12\n  ChassisType  : mac-address\n  ChassisId    : 00 1b 0d 20 30 01\n  PortType     : interface-name\n  PortId       : eth0\n  SysName      : pump-7\n  System Descr : Acme Pump 3\n  PortDescr    : uplink\n  Pvid         :\n\n  System Capabilities Supported  : station-only\n\n  Remote Management Address\n     Type    : ipv4\n     Address : 10.0.0.5\n";
    assert_eq!(take(aos_s).0, expected("sw 12"));
    let cx = "sw-cx# show lldp neighbor-info detail\n\nLLDP Neighbor Information\n=========================\n\nPort                           : 1/1/12\nNeighbor Entries               : 1\nNeighbor Chassis-ID            : 00:1b:0d:20:30:01\nNeighbor Port-ID               : eth0\nNeighbor System-Name           : pump-7\nNeighbor System-Description    : Acme Pump 3\nNeighbor Port-Desc             : uplink\nNeighbor Management-Address    : 10.0.0.5\nTTL                            : 120\n";
    assert_eq!(take(cx).0, expected("sw-cx 1/1/12"));
}

#[test]
fn juniper() {
    let text = "admin@ex1> show lldp neighbors interface ge-0/0/12\nLLDP Neighbor Information:\nLocal Information:\nIndex: 7 Time to live: 120\nLocal Interface    : ge-0/0/12\nParent Interface   : -\n\nNeighbour Information:\nChassis type       : Mac address\nChassis ID         : 00:1b:0d:20:30:01\nPort type          : Interface name\nPort ID            : eth0\nSystem name        : pump-7\n\nSystem Description : Acme Pump 3\n\nManagement Info\n        Type              : IPv4\n        Address           : 10.0.0.5\n        Port ID           : 1\n";
    let (facts, taken) = take(text);
    assert!(facts.contains(&format!("{PUMP} lldp.system_name=pump-7")), "{facts:?}");
    assert!(facts.contains(&format!("{PUMP} switch.port=ex1 ge-0/0/12")), "{facts:?}");
    assert!(facts.contains(&format!("{PUMP} lldp.port_id=eth0")), "{facts:?}");
    assert!(facts.contains(&format!("{PUMP} lldp.management_address=10.0.0.5")), "{facts:?}");
    assert_eq!(taken.rejected, []);
}

#[test]
fn words_about_devices_are_none() {
    for text in
        ["Device ID: 7\nOwner: nobody\n", "Port: 80\nAddress: 10.0.0.5\n", "chassis id,port id\n1,2\n"]
    {
        assert!(!is_neighbours(text), "{text}");
    }
}

proptest! {
    #[test]
    fn any_text_ends(body in "[0-9a-f:. \nSystem Name-]{0,200}") {
        take(&format!("Chassis id: 001b.0d20.3001\nPort id: 1\n{body}"));
    }
}
