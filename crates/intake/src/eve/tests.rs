//! Records in the form that Suricata's user guide describes, written anew.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &str) -> (Told, Taken) {
    let mut told = Told::default();
    let mut reader = text.as_bytes();
    let taken = read(Format::Eve, "eve.json", &mut reader, &[], &mut told);
    (told, taken)
}

const HEAD: &str = r#""timestamp":"2026-11-16T08:00:01.000000+0100","flow_id":1,"src_ip":"10.0.0.5","src_port":49152,"dest_ip":"10.0.0.9","dest_port":104"#;

fn record(kind: &str, rest: &str) -> String {
    format!("{{{HEAD},\"event_type\":\"{kind}\",{rest}}}\n")
}

#[test]
fn flows_are_flows() {
    let text = record(
        "flow",
        r#""proto":"TCP","app_proto":"tls","vlan":[10,20],"ether":{"src_macs":["00:1b:0d:20:30:01"],"dest_macs":["00:1b:0d:20:30:02","00:1b:0d:20:30:03"]},"flow":{"pkts_toserver":10,"pkts_toclient":8,"bytes_toserver":1000,"bytes_toclient":500,"start":"2026-11-16T08:00:00.000000+0100","end":"2026-11-16T08:00:30.000000+0100"},"tcp":{"tcp_flags":"1b","syn":true}"#,
    );
    assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::Eve));
    let (told, taken) = take(&text);
    assert_eq!(taken.rejected, []);
    let flow = told.flows[0];
    assert_eq!(flow.client.to_string(), "10.0.0.5 (00:1b:0d:20:30:01, VLAN 20)");
    assert_eq!(flow.server.to_string(), "10.0.0.9 (no MAC, VLAN 20)");
    let figures = (flow.port, flow.packets, flow.bytes, flow.answered, flow.last.micros_since(flow.first));
    assert_eq!(figures, (104, 18, 1500, true, 30_000_000));
    assert_eq!(format!("{:?} {:?}", flow.application, flow.direction), "Some(Tls) Handshake");
    assert_eq!(flow.first.to_string(), "2026-11-16T07:00:00Z");
}

#[test]
fn other_records_are_the_facts_of_their_protocols() {
    let said = |kind: &str, rest: &str| {
        let (told, taken) = take(&record(kind, rest));
        assert_eq!(taken.rejected, [], "{kind}");
        [told.facts, told.events].concat()
    };
    let answer = [
        "1: 10.0.0.9 (no MAC) dns.server=",
        "1: 10.0.0.9 (no MAC) dns.server=",
        "1: 10.0.0.7 (no MAC) dns.name=pacs.example",
    ];
    assert_eq!(
        said(
            "dns",
            r#""proto":"UDP","dns":{"version":2,"type":"answer","rrname":"pacs.example","rrtype":"A","rcode":"NOERROR","answers":[{"rrname":"pacs.example","rrtype":"A","ttl":60,"rdata":"10.0.0.7"}]}"#
        ),
        answer
    );
    assert_eq!(
        said(
            "dns",
            r#""proto":"UDP","dns":{"version":3,"type":"response","rcode":"NOERROR","queries":[{"rrname":"pacs.example","rrtype":"A"}],"answers":[{"rrname":"pacs.example","rrtype":"A","rdata":"10.0.0.7"}]}"#
        ),
        answer
    );
    assert_eq!(
        said("dns", r#""proto":"UDP","dns":{"type":"query","rrname":"pacs.example","rrtype":"A","tx_id":0}"#),
        ["1: 10.0.0.5 (no MAC) dns.query=pacs.example"]
    );
    assert_eq!(
        said(
            "dhcp",
            r#""proto":"UDP","dhcp":{"type":"reply","dhcp_type":"ack","client_mac":"00:1b:0d:20:30:01","assigned_ip":"10.0.0.77","hostname":"pump-7","vendor_class_identifier":"MSFT 5.0","routers":["10.0.0.1"]}"#
        ),
        [
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7",
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.vendor_class=MSFT 5.0",
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.77",
            "1: 10.0.0.5 (no MAC) dhcp.server=10.0.0.5",
            "1: 00:1b:0d:20:30:01 (no IP) dhcp.router=10.0.0.1",
        ]
    );
    assert_eq!(
        said(
            "http",
            r#""proto":"TCP","http":{"hostname":"fhir.example","url":"/Patient?name=DOE","http_user_agent":"Pump/7","http_method":"GET"}"#
        ),
        ["1: 10.0.0.9 (no MAC) http.host=fhir.example", "1: 10.0.0.5 (no MAC) http.user_agent=Pump/7"]
    );
    assert_eq!(
        said(
            "tls",
            r#""proto":"TCP","tls":{"subject":"CN=pacs","issuerdn":"CN=ca","notafter":"2030-01-01T00:00:00","sni":"pacs.example","version":"TLS 1.2"}"#
        ),
        [
            "1: 10.0.0.9 (no MAC) tls.server_name=pacs.example",
            "1: 10.0.0.9 (no MAC) tls.version=1.2",
            "1: 10.0.0.9 (no MAC) tls.subject=CN=pacs",
            "1: 10.0.0.9 (no MAC) tls.issuer=CN=ca",
            "1: 10.0.0.9 (no MAC) tls.not_after=2030-01-01T00:00:00Z",
        ]
    );
    assert_eq!(
        said(
            "alert",
            r#""proto":"TCP","alert":{"signature_id":2001,"signature":"ET SCAN probe","severity":2},"payload_printable":"DOE^JANE""#
        ),
        ["1: 10.0.0.5 (no MAC) > 10.0.0.9 (no MAC) intrusion.alert Suricata 2001 ET SCAN probe"]
    );
}

#[test]
fn log_ins_are_told_without_who_logs_in() {
    let both = "1: 10.0.0.5 (no MAC) > 10.0.0.9 (no MAC)";
    for (kind, rest, wanted) in [
        (
            "snmp",
            r#""snmp":{"version":2,"pdu_type":"response","community":"public"}"#,
            "log_in.default_credentials SNMP community public",
        ),
        (
            "snmp",
            r#""snmp":{"version":2,"pdu_type":"response","community":"jdoe"}"#,
            "log_in.clear_credentials SNMP community",
        ),
        (
            "smb",
            r#""smb":{"command":"SMB2_COMMAND_SESSION_SETUP","status":"STATUS_LOGON_FAILURE","ntlmssp":{"user":"jdoe","host":"WS1","domain":"CLINIC"}}"#,
            "log_in.failed SMB",
        ),
        (
            "krb5",
            r#""krb5":{"msg_type":"KRB_ERROR","cname":"jdoe","realm":"CLINIC","error_code":"KDC_ERR_PREAUTH_FAILED"}"#,
            "log_in.failed Kerberos KDC_ERR_PREAUTH_FAILED",
        ),
        ("ftp", r#""ftp":{"command":"USER","command_data":"jdoe"}"#, "log_in.clear_credentials FTP"),
    ] {
        let (told, taken) = take(&record(kind, &format!("\"proto\":\"TCP\",{rest}")));
        assert_eq!(taken.rejected, [], "{kind}");
        assert_eq!(told.events, [format!("{both} {wanted}")]);
        assert!(!format!("{:?}{:?}", told.facts, taken.report).contains("jdoe"), "{kind}");
    }
}

#[test]
fn a_broken_record_costs_a_record_and_is_not_repeated() {
    let text = [
        record("http", r#""http":{"hostname":5}"#),
        "{\"timestamp\":\"2026\n".to_owned(),
        record("flow", r#""proto":"TCP""#),
        record("stats", r#""stats":{"uptime":5}"#),
        record("tls", r#""tls":{"sni":"a.example"}"#),
    ]
    .concat();
    let (told, taken) = take(&text);
    let reasons: Vec<_> =
        taken.rejected.iter().map(|row| (row.row, row.reason.as_str(), row.cells.len())).collect();
    assert_eq!(reasons.len(), 3, "{reasons:?}");
    assert!(reasons[0].1.starts_with("a field has another form"));
    assert!(reasons[1].1.starts_with("it is no whole JSON object"));
    assert_eq!(reasons[2], (3, "no counts of the flow", 0));
    assert!(reasons.iter().all(|(_, _, cells)| *cells == 0));
    assert_eq!(told.facts, ["5: 10.0.0.9 (no MAC) tls.server_name=a.example"]);
    assert_eq!(taken.report.skipped["records that say nothing of devices: stats"], 1);
}

proptest! {
    #[test]
    fn any_text_ends(text in "([{}\\[\\]\":,0-9a-z.\n]|\"event_type\":\"flow\"|\"timestamp\":\"2026-11-16T08:00:00Z\"){0,80}") {
        take(&text);
    }

    #[test]
    fn any_cut_record_ends(at in 0usize..400) {
        let whole = record("dns", r#""proto":"UDP","dns":{"type":"answer","rrname":"a","rrtype":"A","rcode":"NOERROR","answers":[{"rdata":"10.0.0.7"}]}"#);
        take(whole.get(..at).unwrap_or(&whole));
    }
}
