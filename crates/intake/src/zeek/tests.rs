//! Records as Zeek's documentation shows them, written anew.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use cordon_model::observe::{Flow, Protocol};
use proptest::prelude::*;

fn take(text: &[u8]) -> (Told, Taken) {
    let format = recognise(text, &[]).unwrap();
    let mut told = Told::default();
    let mut reader = text;
    let taken = read(format, "x.log", &mut reader, &[], &mut told);
    (told, taken)
}

fn log(path: &str, fields: &str, rows: &[&str]) -> Vec<u8> {
    let mut text = format!(
        "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\t{path}\n#open\t2026-11-16-07-00-00\n#fields\t{}\n#types\tx\n",
        fields.replace(' ', "\t")
    );
    for row in rows {
        text += &row.replace(' ', "\t").replace('~', " ");
        text += "\n";
    }
    (text + "#close\t2026-11-16-08-00-00\n").into_bytes()
}

const CONN: &str = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p proto service duration orig_bytes resp_bytes \
                    conn_state local_orig local_resp missed_bytes history orig_pkts orig_ip_bytes resp_pkts \
                    resp_ip_bytes tunnel_parents";

#[test]
fn connections_are_flows() {
    let (told, taken) = take(&log(
        "conn",
        CONN,
        &[
            "1794812400.250000 C1 10.0.0.5 49152 10.0.0.9 104 tcp - 12.5 500 300 SF T T 0 ShADadFf 10 920 8 620 -",
            "1794812401.000000 C2 10.0.0.5 5353 224.0.0.251 5353 udp dns - - - S0 T T 0 D 1 80 0 0 -",
            "1794812402.000000 C3 10.0.0.5 3 10.0.0.1 1 icmp - - - - OTH T T 0 - 1 56 0 0 -",
            "1794812403.000000 C4 fe80::1 50000 fe80::2 443 tcp ssl,http 0.1 1 1 RSTO T T 0 ^dADa 2 100 2 100 -",
        ],
    ));
    assert_eq!(taken.rejected, []);
    assert_eq!((taken.report.packets, taken.report.kind.as_str()), (4, "Zeek conn.log"));
    let line = |f: &Flow| {
        format!(
            "{}>{} {}/{} {:?} {:?} {} {} {} {}",
            f.client.ip.unwrap(),
            f.server.ip.unwrap(),
            f.transport,
            f.port,
            f.application,
            f.direction,
            f.answered,
            f.packets,
            f.bytes,
            f.last.micros_since(f.first)
        )
    };
    assert_eq!(
        told.flows.iter().map(line).collect::<Vec<_>>(),
        [
            "10.0.0.5>10.0.0.9 tcp/104 None Handshake true 18 1792 12500000",
            "10.0.0.5>224.0.0.251 udp/5353 Some(Dns) Port false 1 94 0",
            "10.0.0.5>10.0.0.1 icmp/0 None Port false 1 70 0",
            "fe80::1>fe80::2 tcp/443 Some(Tls) Port true 4 256 100000",
        ]
    );
    assert_eq!(told.flows[0].packet, 9);
    assert_eq!(taken.report.first.unwrap().to_string(), "2026-11-16T07:00:00.250000Z");
}

#[test]
fn link_layer_and_vlan_are_used_where_they_were_logged() {
    let fields = format!("{CONN} vlan inner_vlan orig_l2_addr resp_l2_addr");
    let row = "1794812400.25 C1 10.0.0.5 49152 10.0.0.9 104 tcp - 1 5 3 SF T T 0 Sh 1 92 1 62 - 10 20 00:1b:0d:20:30:01 00:1b:0d:20:30:02";
    let (told, _) = take(&log("conn", &fields, &[row]));
    assert_eq!(told.flows[0].client.to_string(), "10.0.0.5 (00:1b:0d:20:30:01, VLAN 20)");
    assert_eq!(told.flows[0].server.to_string(), "10.0.0.9 (00:1b:0d:20:30:02, VLAN 20)");
}

#[test]
fn a_broken_row_costs_a_row() {
    let (told, taken) = take(&log(
        "conn",
        CONN,
        &[
            "yesterday C1 10.0.0.5 49152 10.0.0.9 104 tcp - 12.5 500 300 SF T T 0 Sh 10 920 8 620 -",
            "1794812400.25 C1 10.0.0.5",
            "1794812400.25 C1 10.0.0.555 49152 10.0.0.9 104 tcp - 12.5 500 300 SF T T 0 Sh 10 920 8 620 -",
            "1794812400.25 C1 10.0.0.5 49152 10.0.0.9 70000 tcp - 12.5 500 300 SF T T 0 Sh 10 920 8 620 -",
            "1794812400.25 C1 10.0.0.5 49152 10.0.0.9 104 tcp - 12.5 500 300 SF T T 0 Sh 10 920 8 620 -",
        ],
    ));
    let reasons: Vec<_> = taken.rejected.iter().map(|row| (row.row, row.reason.as_str())).collect();
    assert_eq!(
        reasons,
        [
            (9, "no time"),
            (10, "it has 3 fields, the heading 21"),
            (11, "no address of the originator"),
            (12, "no port of the responder")
        ]
    );
    assert!(taken.rejected[1].cells[0].ends_with("10.0.0.5"));
    assert_eq!((told.flows.len(), taken.report.skipped["rows rejected"]), (1, 4));
}

#[test]
fn names_leases_and_banners_are_the_facts_of_their_protocols() {
    let talk = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p";
    let said = |path: &str, fields: &str, row: &str| {
        let (told, taken) = take(&log(path, fields, &[row]));
        assert_eq!(taken.rejected, [], "{path}");
        [told.facts, told.events].concat()
    };
    assert_eq!(
        said(
            "dns",
            &format!("{talk} proto trans_id query qtype_name rcode_name answers"),
            "1.5 C 10.0.0.5 4000 10.0.0.1 53 udp 7 pacs.clinic.example A NOERROR alias.clinic.example,10.0.0.9"
        ),
        [
            "9: 10.0.0.5 (no MAC) dns.query=pacs.clinic.example",
            "9: 10.0.0.1 (no MAC) dns.server=",
            "9: 10.0.0.9 (no MAC) dns.name=pacs.clinic.example",
        ]
    );
    assert_eq!(
        said(
            "dhcp",
            "ts uids client_addr server_addr mac host_name client_fqdn domain requested_addr assigned_addr lease_time client_message server_message msg_types duration client_software",
            "1.5 C1,C2 10.0.0.5 10.0.0.1 00:1b:0d:20:30:01 pump-7 - clinic.example - 10.0.0.5 3600 - - DISCOVER,ACK 0.1 MSFT~5.0"
        ),
        [
            "9: 00:1b:0d:20:30:01 (no IP) dhcp.hostname=pump-7",
            "9: 00:1b:0d:20:30:01 (no IP) dhcp.domain=clinic.example",
            "9: 00:1b:0d:20:30:01 (no IP) dhcp.vendor_class=MSFT 5.0",
            "9: 00:1b:0d:20:30:01 (no IP) dhcp.address=10.0.0.5",
            "9: 10.0.0.1 (no MAC) dhcp.server=10.0.0.1",
        ]
    );
    assert_eq!(
        said(
            "http",
            &format!("{talk} trans_depth method host uri user_agent username"),
            "1.5 C 10.0.0.5 4000 10.0.0.1 80 1 GET fhir.example /Patient?name=DOE Pump\\x2f7 jdoe"
        ),
        [
            "9: 10.0.0.1 (no MAC) http.host=fhir.example",
            "9: 10.0.0.5 (no MAC) http.user_agent=Pump/7",
            "9: 10.0.0.5 (no MAC) > 10.0.0.1 (no MAC) http.clear_credentials Basic",
        ]
    );
    assert_eq!(
        said(
            "ssl",
            &format!("{talk} version cipher server_name established subject issuer"),
            "1.5 C 10.0.0.5 4000 10.0.0.1 443 TLSv12 X pacs.example T CN=pacs CN=ca"
        ),
        [
            "9: 10.0.0.1 (no MAC) tls.server_name=pacs.example",
            "9: 10.0.0.1 (no MAC) tls.version=1.2",
            "9: 10.0.0.1 (no MAC) tls.subject=CN=pacs",
            "9: 10.0.0.1 (no MAC) tls.issuer=CN=ca",
        ]
    );
    assert_eq!(
        said("known_services", "ts host port_num port_proto service", "1.5 10.0.0.1 22 tcp SSH"),
        ["9: 10.0.0.1 (no MAC) zeek.service=tcp/22 SSH"]
    );
    assert_eq!(said("known_hosts", "ts host", "1.5 10.0.0.1"), ["9: 10.0.0.1 (no MAC) zeek.host="]);
    assert_eq!(
        said(
            "notice",
            &format!("{talk} note msg"),
            "1.5 C 10.0.0.5 4000 10.0.0.1 22 SSH::Password_Guessing jdoe"
        ),
        ["9: 10.0.0.5 (no MAC) > 10.0.0.1 (no MAC) intrusion.alert Zeek SSH::Password_Guessing"]
    );
}

#[test]
fn log_ins_are_told_without_who_logs_in() {
    let talk = "ts uid id.orig_h id.orig_p id.resp_h id.resp_p";
    let said = |path: &str, fields: &str, row: &str| {
        let (told, taken) = take(&log(
            path,
            &format!("{talk} {fields}"),
            &[&format!("1.5 C 10.0.0.5 4000 10.0.0.1 22 {row}")],
        ));
        assert_eq!(taken.rejected, [], "{path}");
        let all = [told.facts, told.events].concat();
        assert!(!format!("{all:?}{:?}", taken.report).contains("jdoe"), "{all:?}");
        all
    };
    let both = "9: 10.0.0.5 (no MAC) > 10.0.0.1 (no MAC)";
    let failed = said("ssh", "auth_success client server", "F SSH-2.0-Acme SSH-2.0-OpenSSH_9.2");
    assert_eq!(failed.last(), Some(&format!("{both} log_in.failed SSH")));
    let failed = said(
        "ntlm",
        "username hostname domainname server_nb_computer_name success",
        "jdoe WS1 CLINIC PACS01 F",
    );
    assert_eq!(failed.last(), Some(&format!("{both} log_in.failed NTLM")));
    let failed = said(
        "kerberos",
        "request_type client service success error_msg",
        "AS jdoe/CLINIC krbtgt/CLINIC F KDC_ERR_PREAUTH_FAILED",
    );
    assert_eq!(failed.last(), Some(&format!("{both} log_in.failed Kerberos KDC_ERR_PREAUTH_FAILED")));
    let usual = said(
        "kerberos",
        "request_type client service success error_msg",
        "AS jdoe/CLINIC krbtgt/CLINIC F KDC_ERR_PREAUTH_REQUIRED",
    );
    assert!(usual.iter().all(|line| !line.contains("log_in")), "{usual:?}");
    let factory = said("snmp", "version community get_responses display_string", "2c public 3 jnet");
    assert_eq!(factory.last(), Some(&format!("{both} log_in.default_credentials SNMP community public")));
    let own = said("snmp", "version community get_responses", "2c jdoe 3");
    assert_eq!(own.last(), Some(&format!("{both} log_in.clear_credentials SNMP community")));
    assert_eq!(
        said("ftp", "user password command", "jdoe jdoe RETR"),
        [format!("{both} log_in.clear_credentials FTP")]
    );
    assert_eq!(said("smb_files", "action path name", "OPEN jdoe jdoe.doc"), [] as [String; 0]);
}

#[test]
fn json_gives_what_tab_separated_gives() {
    let tsv = log(
        "conn",
        CONN,
        &[
            "1794812400.250000 C1 10.0.0.5 49152 10.0.0.9 104 tcp dns 12.5 500 300 SF T T 0 ShADadFf 10 920 8 620 -",
        ],
    );
    let json = br#"{"ts":1794812400.25,"uid":"C1","id.orig_h":"10.0.0.5","id.orig_p":49152,"id.resp_h":"10.0.0.9","id.resp_p":104,"proto":"tcp","service":"dns","duration":12.5,"orig_bytes":500,"resp_bytes":300,"conn_state":"SF","history":"ShADadFf","orig_pkts":10,"orig_ip_bytes":920,"resp_pkts":8,"resp_ip_bytes":620}
{"ts":1794812400.25,"uid":
"#;
    let (from_tsv, _) = take(&tsv);
    let (from_json, taken) = take(json);
    let flow = |told: &Told| format!("{:?}", Flow { packet: 0, ..told.flows[0] });
    assert_eq!(flow(&from_json), flow(&from_tsv));
    assert_eq!(taken.report.kind, "Zeek conn.log (JSON)");
    assert_eq!(taken.rejected[0].reason, "it is no whole JSON object (column 26)");
}

#[test]
fn records_of_several_logs_in_one_file_tell_which_they_are() {
    let json = br#"{"_path":"known_hosts","ts":"2026-11-16T07:00:00.000000Z","host":"10.0.0.7"}
{"_path":"stats","ts":"2026-11-16T07:00:00.000000Z","mem":5}
{"_path":"dns","ts":"2026-11-16T07:00:00.000000Z","id":{"orig_h":"10.0.0.5","resp_h":"10.0.0.1","resp_p":53},"query":"a.example","rcode_name":"REFUSED"}
"#;
    let (told, taken) = take(json);
    assert_eq!(told.facts, ["1: 10.0.0.7 (no MAC) zeek.host=", "3: 10.0.0.5 (no MAC) dns.query=a.example"]);
    assert_eq!(taken.report.skipped["records that say nothing of devices: stats.log"], 1);
}

#[test]
fn logs_that_say_nothing_are_named() {
    let (told, taken) = take(&log("files", "ts fuid filename", &["1.5 F DOE^JANE.dcm"]));
    assert_eq!(told.facts.len() + told.flows.len(), 0);
    assert_eq!(taken.report.packets, 0);
    assert!(taken.report.damaged[0].reason.contains("files.log"), "{:?}", taken.report.damaged);
    assert_eq!(taken.rejected, []);
}

#[test]
fn services_are_the_vocabularys_protocols() {
    for (name, wanted) in [
        ("ssl", Some(Protocol::Tls)),
        ("dicom", Some(Protocol::Dicom)),
        ("asset_list", None),
        ("nonsense", None),
    ] {
        assert_eq!(super::protocol(name.as_bytes()), wanted, "{name}");
    }
}

proptest! {
    #[test]
    fn any_log_ends(kind in "(conn|dns|dhcp|http|ssl|software|notice|x)", fields in "((ts|id.orig_h|id.resp_h|host|query|mac|note|proto)[\t ]){0,8}", body in "[-0-9.:a-zA,\t\n\\\\#x]{0,200}") {
        let text = [log(&kind, &fields, &[]), body.into_bytes()].concat();
        let (_, taken) = take(&text);
        prop_assert_eq!(taken.report.bytes, text.len() as u64);
    }

    #[test]
    fn any_json_ends(body in "([{}\\[\\]\":,0-9a-z.\n]|\"ts\"|\"host\"|\"id\\.orig_h\"){0,80}") {
        let text = format!("{{\"ts\":1,\"host\":\"10.0.0.1\"}}\n{body}");
        prop_assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::ZeekJson));
        take(text.as_bytes());
    }
}
