//! Reports in the forms of their makers, written anew.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &[u8], format: Format) -> (Vec<String>, Taken) {
    assert_eq!(recognise(text, &[]), Some(format));
    let mut told = Told::default();
    let mut reader = text;
    let taken = read(format, "report.xml", &mut reader, &[], &mut told);
    (told.facts, taken)
}

const NESSUS: &str = r#"<?xml version="1.0" ?>
<NessusClientData_v2><Policy><policyName>x</policyName></Policy><Report name="ward" xmlns:cm="http://www.nessus.org/cm">
<ReportHost name="pacs"><HostProperties><tag name="host-ip">10.0.0.5</tag><tag name="mac-address">00:1B:0D:20:30:01</tag>
<tag name="operating-system">Microsoft Windows 7 Professional</tag><tag name="system-type">general-purpose</tag>
<tag name="host-fqdn">pacs.clinic.example</tag><tag name="HOST_START_TIMESTAMP">1794812400</tag>
<tag name="cpe-0">cpe:/o:microsoft:windows_7 -&gt; Microsoft Windows 7</tag></HostProperties>
<ReportItem port="445" svc_name="cifs" protocol="tcp" severity="4" pluginID="97833" pluginName="MS17-010"><cve>CVE-2017-0143</cve><cve>CVE-2017-0144</cve><plugin_output>user DOE^JANE</plugin_output></ReportItem>
<ReportItem port="3389" svc_name="msrdp?" protocol="tcp" severity="0" pluginID="1" pluginName="Service"/>
<ReportItem port="0" svc_name="general" protocol="tcp" severity="2" pluginID="2" pluginName="Weak thing"></ReportItem>
</ReportHost>
<ReportHost name="nowhere"><HostProperties/></ReportHost>
</Report></NessusClientData_v2>
"#;

const OPENVAS: &str = r#"<report id="1" format_id="2"><name>x</name><report id="3"><results start="1" max="10">
<result id="4"><name>SSL</name><host>10.0.0.5<asset asset_id=""/><hostname>pacs.clinic.example</hostname></host><port>443/tcp</port>
<nvt oid="1.3"><type>nvt</type><name>SSL: old</name><refs><ref type="cve" id="CVE-2014-3566"/><ref type="url" id="http://x"/></refs></nvt><threat>Medium</threat><severity>4.3</severity><description>DOE^JANE</description></result>
<result id="5"><host>10.0.0.5</host><port>general/tcp</port><nvt><name>Uptime</name></nvt><severity>0.0</severity></result>
</results><host><ip>10.0.0.5</ip><start>2026-11-16T07:00:00Z</start><detail><name>best_os_txt</name><value>Debian GNU/Linux 12</value></detail><detail><name>MAC</name><value>00:1B:0D:20:30:01</value></detail></host></report></report>
"#;

#[test]
fn a_report_of_nessus() {
    let (facts, taken) = take(NESSUS.as_bytes(), Format::Nessus);
    let at = "1: 10.0.0.5 (00:1b:0d:20:30:01)";
    assert_eq!(
        facts,
        [
            "1: 00:1b:0d:20:30:01 (no IP) arp.address=10.0.0.5".to_owned(),
            format!("{at} scanner.host="),
            format!("{at} dns.reverse_name=pacs.clinic.example"),
            format!("{at} scanner.os=Microsoft Windows 7 Professional"),
            format!("{at} scanner.device_type=general-purpose"),
            format!("{at} scanner.service=tcp/3389 msrdp"),
            format!("{at} scanner.service=tcp/445 cifs"),
            format!("{at} scanner.cpe=cpe:/o:microsoft:windows_7"),
            format!("{at} scanner.vulnerability=CVE-2017-0143"),
            format!("{at} scanner.vulnerability=CVE-2017-0144"),
            format!("{at} scanner.vulnerability=Nessus 2 Weak thing"),
        ]
    );
    assert_eq!(taken.rejected[0].reason, "no IP address of the host");
}

#[test]
fn a_report_of_openvas() {
    let (facts, taken) = take(OPENVAS.as_bytes(), Format::OpenVas);
    let at = "1: 10.0.0.5 (00:1b:0d:20:30:01)";
    assert_eq!(
        facts,
        [
            "1: 00:1b:0d:20:30:01 (no IP) arp.address=10.0.0.5".to_owned(),
            format!("{at} scanner.host="),
            format!("{at} dns.reverse_name=pacs.clinic.example"),
            format!("{at} scanner.os=Debian GNU/Linux 12"),
            format!("{at} scanner.service=tcp/443"),
            format!("{at} scanner.vulnerability=CVE-2014-3566"),
        ]
    );
    assert_eq!((taken.report.packets, taken.report.damaged.len()), (3, 0));
}

proptest! {
    #[test]
    fn any_report_ends(nessus in any::<bool>(), at in 0usize..1_800, damage in "[<>/\"a-z= &;]{0,12}") {
        let (text, format) = if nessus { (NESSUS, Format::Nessus) } else { (OPENVAS, Format::OpenVas) };
        let mut bytes = text.as_bytes().to_vec();
        let at = at.min(bytes.len());
        bytes.splice(at..(at + damage.len()).min(text.len()).max(at), damage.bytes());
        let mut told = Told::default();
        read(format, "report.xml", &mut bytes.as_slice(), &[], &mut told);
    }
}
