//! Lease files in the forms their manuals describe, written anew.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &str, wanted: Format) -> (Vec<String>, Taken) {
    assert_eq!(recognise(text.as_bytes(), &[]), Some(wanted));
    let mut told = Told::default();
    let taken = read(wanted, "leases", &mut text.as_bytes(), &[], &mut told);
    (told.facts, taken)
}

const ISC: &str = r#"# The format of this file is documented in the dhcpd.leases(5) manual page.
authoring-byte-order little-endian;

lease 10.0.0.5 {
  starts 1 2026/11/16 06:00:00;
  ends 1 2026/11/16 07:00:00;
  binding state active;
  hardware ethernet 00:1b:0d:20:30:09;
}
lease 10.0.0.5 {
  starts 1 2026/11/16 07:00:00;
  ends 1 2026/11/16 19:00:00;
  cltt 1 2026/11/16 07:00:00;
  binding state active;
  next binding state free;
  hardware ethernet 00:1b:0d:20:30:01;
  uid "\001\000\033\015 0\001";
  set vendor-class-identifier = "MSFT 5.0";
  client-hostname "pump-7";
  on expiry {
    set x = "client-hostname";
  }
}
lease 10.0.0.6 {
  starts epoch 1794812400; # Mon
  binding state free;
  hardware ethernet 00:1b:0d:20:30:02;
  client-hostname "m\303\274hle";
}
lease 10.0.0.7 {
  starts never;
  binding state abandoned;
}
lease 10.0.0.8 {
  starts 1 2026/11/16;
  hardware ethernet 00:1b;
  binding state active;
}
"#;

#[test]
fn the_last_entry_of_an_address_counts() {
    let (facts, taken) = take(ISC, Format::IscLeases);
    assert_eq!(
        facts,
        [
            "10: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7",
            "10: 00:1b:0d:20:30:01 (no IP) dhcp.vendor_class=MSFT 5.0",
            "10: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.5",
            "24: 00:1b:0d:20:30:02 (no IP) dhcp.hostname=mühle",
            "34: 10.0.0.8 (no MAC) dhcp.address=10.0.0.8",
        ]
    );
    let reasons: Vec<_> = taken.rejected.iter().map(|row| (row.row, row.reason.as_str())).collect();
    assert_eq!(reasons, [(35, "the time cannot be read"), (36, "the hardware address cannot be read")]);
    assert_eq!(taken.report.skipped["leases abandoned because somebody else used the address"], 1);
    assert_eq!(
        (taken.report.packets, taken.report.last.unwrap().to_string()),
        (5, "2026-11-16T07:00:00Z".to_owned())
    );
}

#[test]
fn dnsmasq_leases() {
    let text = "1794855600 00:1b:0d:20:30:01 10.0.0.5 pump-7 01:00:1b:0d:20:30:01\n1794855600 00:1b:0d:20:30:02 10.0.0.6 * *\nnonsense\nduid 00:01\n1794855600 7 fd00::5 pump-7 00:01\n";
    let (facts, taken) = take(text, Format::DnsmasqLeases);
    assert_eq!(
        facts,
        [
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7",
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.client_identifier=01:00:1b:0d:20:30:01",
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.5",
            "2: 00:1b:0d:20:30:02 (no IP) dhcp.address=10.0.0.6",
        ]
    );
    assert_eq!(taken.rejected.len(), 1);
    assert_eq!(taken.rejected[0].cells, ["nonsense"]);
}

#[test]
fn netsh_clients() {
    let text = "\nChanged the current scope context to 10.0.0.0 scope.\n\nType : N - NONE, D - DHCP B - BOOTP\n=====\nIP Address      - Subnet Mask    - Unique ID           - Lease Expires        -Type -Name\n=====\n\n10.0.0.5        - 255.255.255.0  - 00-1b-0d-20-30-01   - 11/16/2026 8:00:00 AM    -D-  pump-7.clinic.example\n10.0.0.6        - 255.255.255.0  -00-1b-0d-20-30-02    - INACTIVE -D\n10.0.0.7 what\n";
    let (facts, taken) = take(text, Format::NetshLeases);
    assert_eq!(
        facts,
        [
            "9: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7.clinic.example",
            "9: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.5",
        ]
    );
    assert_eq!(taken.rejected.len(), 2);
}

proptest! {
    #[test]
    fn any_lease_file_ends(body in "(lease 10\\.0\\.0\\.[0-9] \\{|[ };{\"\\\\0-9a-z:/\n]|hardware ethernet |binding state active|client-hostname \"){0,60}") {
        let text = format!("lease 10.0.0.1 {{\n{body}");
        take(&text, Format::IscLeases);
    }

    #[test]
    fn any_line_ends(body in "[0-9a-f:. *\n-]{0,80}") {
        let text = format!("1794855600 00:1b:0d:20:30:01 10.0.0.5 * *\n{body}");
        take(&text, Format::DnsmasqLeases);
    }
}
