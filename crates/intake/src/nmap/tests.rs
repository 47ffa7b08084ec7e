//! Scans in the form of nmap.dtd, written anew; and recorded ones where they are.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &[u8]) -> (Vec<String>, Taken) {
    assert_eq!(recognise(text, &[]), Some(Format::Nmap));
    let mut told = Told::default();
    let mut reader = text;
    let taken = read(Format::Nmap, "scan.xml", &mut reader, &[], &mut told);
    (told.facts, taken)
}

const SCAN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE nmaprun>
<nmaprun scanner="nmap" args="nmap -O -sV 10.0.0.0/24" start="1794812400" version="7.95">
<host starttime="1794812401" endtime="1794812410"><status state="up" reason="arp-response"/>
<address addr="10.0.0.5" addrtype="ipv4"/><address addr="00:1B:0D:20:30:01" addrtype="mac" vendor="Acme"/>
<hostnames><hostname name="pacs.clinic.example" type="PTR"/><hostname name="typed" type="user"/></hostnames>
<ports><extraports state="closed" count="997"/>
<port protocol="tcp" portid="104"><state state="open" reason="syn-ack"/><service name="dicom" product="Orthanc" version="1.12" method="probed" conf="10"/>
<script id="dicom-ping" output="&#xa; DICOM"><elem key="dicom">DICOM Service Provider discovered!</elem><elem key="version">ORTHANC_112</elem></script></port>
<port protocol="tcp" portid="22"><state state="filtered"/><service name="ssh" method="table"/></port>
<port protocol="tcp" portid="443"><state state="open"/><service name="https" method="table"/>
<script id="ssl-cert" output="x"><table key="subject"><elem key="commonName">pacs</elem></table><table key="issuer"><elem key="commonName">ca</elem></table><table key="validity"><elem key="notAfter">2030-01-01T00:00:00</elem></table></script>
<script id="http-title" output="Orthanc Explorer&#xa;Requested resource was /app"/></port></ports>
<os><osmatch name="Linux 4.15 - 5.8" accuracy="100" line="1"><osclass type="general purpose" vendor="Linux" osfamily="Linux" osgen="4.X" accuracy="100"><cpe>cpe:/o:linux:linux_kernel:4</cpe></osclass><osclass type="general purpose" vendor="Linux" osfamily="Linux" osgen="5.X" accuracy="100"><cpe>cpe:/o:linux:linux_kernel:5</cpe></osclass></osmatch>
<osmatch name="Linux 2.6" accuracy="96" line="2"><osclass osfamily="Linux" osgen="2.6.X"/></osmatch></os>
<hostscript><script id="smb-enum-users" output="DOE^JANE"/></hostscript>
</host>
<host><status state="up" reason="user-set"/><address addr="10.0.0.6" addrtype="ipv4"/></host>
<host><status state="down" reason="no-response"/><address addr="10.0.0.7" addrtype="ipv4"/></host>
<runstats><finished time="1794812500"/></runstats>
</nmaprun>
"#;

#[test]
fn a_scan() {
    let (facts, taken) = take(SCAN.as_bytes());
    let at = "1: 10.0.0.5 (00:1b:0d:20:30:01)";
    assert_eq!(
        facts,
        [
            "1: 00:1b:0d:20:30:01 (no IP) arp.address=10.0.0.5".to_owned(),
            format!("{at} nmap.host="),
            format!("{at} dns.reverse_name=pacs.clinic.example"),
            format!("{at} nmap.service=tcp/104 dicom Orthanc 1.12"),
            format!("{at} dicom.implementation_version=ORTHANC_112"),
            format!("{at} nmap.service=tcp/443"),
            format!("{at} tls.subject=CN=pacs"),
            format!("{at} tls.issuer=CN=ca"),
            format!("{at} tls.not_after=2030-01-01T00:00:00Z"),
            format!("{at} http.title=Orthanc Explorer"),
            format!("{at} nmap.os=Linux 4.15 - 5.8 (100 %)"),
            format!("{at} nmap.os_family=Linux"),
            format!("{at} nmap.os_version=4.X"),
            format!("{at} nmap.device_type=general purpose"),
            format!("{at} nmap.cpe=cpe:/o:linux:linux_kernel:4"),
            format!("{at} nmap.os=Linux 2.6 (96 %)"),
        ]
    );
    assert_eq!(taken.report.skipped["addresses at which nothing answered"], 2);
    assert_eq!(
        (taken.report.packets, taken.report.first.unwrap().to_string()),
        (3, "2026-11-16T07:00:01Z".to_owned())
    );
}

#[test]
fn what_was_read_before_a_scan_was_cut_off_is_kept() {
    let cut = &SCAN.as_bytes()[..SCAN.find("<host><status state=\"up\" reason=\"user").unwrap() + 20];
    let (facts, taken) = take(cut);
    assert_eq!(facts.len(), 16);
    assert_eq!(taken.report.damaged.len(), 1, "{:?}", taken.report.damaged);
}

#[test]
fn recorded_scans_are_read() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/nmap_xml/libnmap");
    let Ok(entries) = std::fs::read_dir(folder) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let mut hosts = 0;
    for entry in entries {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        if path.extension().is_none_or(|extension| extension != "xml") {
            continue;
        }
        if recognise(&bytes, &[]) != Some(Format::Nmap) {
            // Files made to lead parsers astray.
            assert!(path.to_string_lossy().contains("defused"), "{}", path.display());
            continue;
        }
        let (facts, taken) = take(&bytes);
        // An independent count: elements in the text.
        let text = String::from_utf8_lossy(&bytes);
        let count = text.matches("<host>").count() + text.matches("<host ").count();
        assert_eq!(taken.report.packets as usize, count, "{}", path.display());
        assert_eq!(taken.report.damaged, [], "{}", path.display());
        hosts += facts.len();
    }
    assert!(hosts > 50, "{hosts}");
}

proptest! {
    #[test]
    fn any_scan_ends(at in 0usize..3_000, damage in "[<>/\"a-z= &;]{0,12}") {
        let mut text = SCAN.as_bytes().to_vec();
        let at = at.min(text.len());
        text.splice(at..(at + damage.len()).min(SCAN.len()).max(at), damage.bytes());
        let mut told = Told::default();
        read(Format::Nmap, "scan.xml", &mut text.as_slice(), &[], &mut told);
    }
}
