//! Tables as their tools export them, written anew.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &str, kind: &str) -> (Vec<String>, Taken) {
    assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::Stations), "{kind}");
    let mut told = Told::default();
    let taken = read(Format::Stations, "x.csv", &mut text.as_bytes(), &[], &mut told);
    assert_eq!(taken.report.kind, kind);
    (told.facts, taken)
}

#[test]
fn kea_leases() {
    let text = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context,pool_id\n\
                10.0.0.5,00:1b:0d:20:30:01,01:00:1b:0d:20:30:01,3600,1794816000,1,0,0,pump-7,0,,0\n\
                10.0.0.6,00:1b:0d:20:30:02,,3600,1794816000,1,0,0,,2,,0\n\
                10.0.0.7,,,3600,1794816000,1,0,0,,1,,0\n\
                nonsense\n";
    let (facts, taken) = take(text, "Kea leases");
    assert_eq!(
        facts,
        [
            "2: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.5",
            "2: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7",
        ]
    );
    assert_eq!(taken.report.first.unwrap().to_string(), "2026-11-16T07:00:00Z");
    assert_eq!(taken.rejected.len(), 1);
    let six = "address,duid,valid_lifetime,expire,subnet_id,pref_lifetime,lease_type,iaid,prefix_len,fqdn_fwd,fqdn_rev,hostname,hwaddr,state\n\
               fd00::5,00:01:00:01,3600,1794816000,1,1800,0,7,128,0,0,pump-7,00:1b:0d:20:30:01,0\n";
    let (facts, _) = take(six, "Kea leases");
    assert_eq!(facts.len(), 2, "{facts:?}");
}

#[test]
fn windows_leases() {
    let text = "#TYPE Microsoft.Management.Infrastructure.CimInstance#root/Microsoft/Windows/DHCP/DhcpServerv4Lease\r\n\
                \"IPAddress\",\"ScopeId\",\"AddressState\",\"ClientId\",\"ClientType\",\"Description\",\"DnsRegistration\",\"HostName\",\"LeaseExpiryTime\",\"ServerIP\"\r\n\
                \"10.0.0.5\",\"10.0.0.0\",\"Active\",\"00-1b-0d-20-30-01\",\"Dhcp\",,\"Complete\",\"pump-7.clinic.example\",\"16/11/2026 08:00:00\",\"10.0.0.1\"\r\n\
                \"10.0.0.6\",\"10.0.0.0\",\"Expired\",\"00-1b-0d-20-30-02\",\"Dhcp\",,\"Complete\",\"old-1\",,\"10.0.0.1\"\r\n\
                \"10.0.0.7\",\"10.0.0.0\",\"Active\",\"52-41-53-20-00-1b-0d-20\",\"Dhcp\",,,,,\"10.0.0.1\"\r\n";
    let (facts, taken) = take(text, "Windows DHCP leases");
    assert_eq!(
        facts[..3],
        [
            "3: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.5",
            "3: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7.clinic.example",
            "4: 00:1b:0d:20:30:02 (no IP) dhcp.hostname=old-1",
        ]
    );
    assert_eq!(taken.rejected[0].reason, "used without what could not be read: the MAC address");
}

#[test]
fn endpoints_of_a_network_access_control() {
    let ise = "MACAddress,EndPointPolicy,IdentityGroup,PortalUser.LastName,ip,host-name,OUI,NetworkDeviceName,NAS-Port-Id,dhcp-class-identifier\n\
               00:1B:0D:20:30:01,Philips-IntelliVue,Medical,DOE,10.0.0.5,mon-7,Philips,sw-icu-1,GigabitEthernet1/0/12,MSFT 5.0\n\
               00:1B:0D:20:30:02,,,,,,,,,\n";
    let (facts, _) = take(ise, "Cisco ISE endpoints");
    let at = "2: 00:1b:0d:20:30:01 (no IP)";
    assert_eq!(
        facts,
        [
            format!("{at} arp.address=10.0.0.5"),
            format!("{at} nac.profile=Philips-IntelliVue"),
            format!("{at} nac.group=Medical"),
            format!("{at} dhcp.hostname=mon-7"),
            format!("{at} nac.manufacturer=Philips"),
            format!("{at} dhcp.vendor_class=MSFT 5.0"),
            format!("{at} switch.port=sw-icu-1 GigabitEthernet1/0/12"),
            format!("{at} nac.station="),
            "3: 00:1b:0d:20:30:02 (no IP) nac.station=".to_owned(),
        ]
    );
    let clearpass = "MAC Address,MAC Vendor,Hostname,Device Category,Device OS Family,Device Name,Status\n\
                     001b0d203001,Acme,prn-1,Printer,Lexmark,Lexmark Printer,Known\n";
    let (facts, _) = take(clearpass, "ClearPass endpoints");
    assert!(facts.contains(&"2: 00:1b:0d:20:30:01 (no IP) nac.category=Printer".to_owned()), "{facts:?}");
}

#[test]
fn clients_of_a_wifi_controller() {
    let text = "Client MAC Address;Client IP Address;User Name;AP Name;WLAN Profile;VLAN;Device Type;RSSI\n\
                00:1b:0d:20:30:01;10.0.0.5;jdoe;ap-icu-1;clinical;120;iPad;-50\n";
    let (facts, _) = take(text, "Wi-Fi clients");
    let at = "2: 00:1b:0d:20:30:01 (no IP, VLAN 120)";
    assert_eq!(
        facts,
        [
            format!("{at} arp.address=10.0.0.5"),
            format!("{at} wlan.access_point=ap-icu-1"),
            format!("{at} wlan.network=clinical"),
            format!("{at} wlan.device_type=iPad"),
            format!("{at} wlan.station="),
        ]
    );
}

#[test]
fn a_list_of_assets_is_none_of_these() {
    let text = "asset tag,mac address,ip address,manufacturer,model\nA,001b0d203001,,Acme,P\n";
    assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::AssetList));
}

proptest! {
    #[test]
    fn any_table_ends(body in "[0-9a-f:.,\"\n; -]{0,120}") {
        let text = format!("address,hwaddr,client_id,valid_lifetime,expire,hostname,state\n{body}");
        take(&text, "Kea leases");
    }
}
