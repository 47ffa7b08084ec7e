//! Inputs that fuzzing begins with: one of each kind of file, after a byte that chooses the kind.
//! `CORDON_WRITE_CORPUS=1 cargo test -p cordon-intake corpus` writes the files to commit.

use crate::read::read;
use crate::tell::testing::Told;
use crate::{Format, recognise};
use std::path::{Path, PathBuf};

const CONN: &str = "#separator \\x09\n#unset_field\t-\n#path\tconn\n#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tservice\tduration\thistory\torig_pkts\torig_ip_bytes\tresp_pkts\tresp_ip_bytes\n1794812400.25\t10.0.0.5\t49152\t10.0.0.9\t104\ttcp\tssl,http\t7200.5\tShADadFf\t10\t920\t8\t620\n";
const DNS: &str = "{\"ts\":1794812400.25,\"id\":{\"orig_h\":\"10.0.0.5\",\"resp_h\":\"10.0.0.1\",\"resp_p\":53},\"query\":\"5.0.0.10.in-addr.arpa\",\"qtype_name\":\"PTR\",\"rcode_name\":\"NOERROR\",\"answers\":[\"pump-7.example\"]}\n{\"_path\":\"ssh\",\"ts\":\"2026-11-16T07:00:00Z\",\"id.orig_h\":\"10.0.0.5\",\"id.resp_h\":\"10.0.0.1\",\"server\":\"SSH-2.0-OpenSSH_9.2\",\"auth_success\":false}\n";
const EVE: &str = "{\"timestamp\":\"2026-11-16T08:00:01.000000+0100\",\"event_type\":\"flow\",\"src_ip\":\"10.0.0.5\",\"dest_ip\":\"10.0.0.9\",\"dest_port\":104,\"proto\":\"TCP\",\"vlan\":[10],\"ether\":{\"src_macs\":[\"00:1b:0d:20:30:01\"]},\"flow\":{\"pkts_toserver\":1,\"pkts_toclient\":1,\"bytes_toserver\":60,\"bytes_toclient\":60,\"start\":\"2026-11-16T08:00:00.000000+0100\",\"end\":\"2026-11-16T09:30:00.000000+0100\"},\"tcp\":{\"syn\":true}}\n{\"timestamp\":\"2026-11-16T08:00:01+0100\",\"event_type\":\"dns\",\"src_ip\":\"10.0.0.5\",\"dest_ip\":\"10.0.0.1\",\"dns\":{\"type\":\"answer\",\"rrname\":\"a\",\"rrtype\":\"A\",\"rcode\":\"NOERROR\",\"answers\":[{\"rdata\":\"10.0.0.7\"}]}}\n";
const P0F: &str =
    "[2026/11/16 07:00:00] mod=syn|cli=10.0.0.5/4000|srv=10.0.0.9/80|subj=cli|os=Windows 7 or 8|raw_sig=x\n";
const ISC: &str = "lease 10.0.0.5 {\n  starts 1 2026/11/16 07:00:00;\n  binding state active;\n  hardware ethernet 00:1b:0d:20:30:01;\n  client-hostname \"m\\303\\274hle\";\n}\n";
const DNSMASQ: &str = "1794855600 00:1b:0d:20:30:01 10.0.0.5 pump-7 *\n";
const NETSH: &str =
    "10.0.0.5        - 255.255.255.0  - 00-1b-0d-20-30-01   - 11/16/2026 8:00:00 AM    -D-  pump-7\n";
const KEA: &str = "address,hwaddr,client_id,valid_lifetime,expire,subnet_id,fqdn_fwd,fqdn_rev,hostname,state,user_context\n10.0.0.5,00:1b:0d:20:30:01,,3600,1794816000,1,0,0,pump-7,0,\n";
const ARP: &str = "sw#show ip arp\nProtocol  Address   Age (min)  Hardware Addr   Type   Interface\nInternet  10.0.0.5   12   001b.0d20.3001  ARPA   Vlan10\n";
const NEIGHBOURS: &str = "sw#show lldp neighbors detail\n------------------------\nLocal Intf: Gi1/0/12\nChassis id: 001b.0d20.3001\nPort id: eth0\nSystem Name: pump-7\n\nSystem Description: \nAcme Pump 3\n\nManagement Addresses:\n    IP: 10.0.0.5\n";
const NMAP: &str = "<nmaprun start=\"1794812400\"><host><status state=\"up\" reason=\"arp-response\"/><address addr=\"10.0.0.5\" addrtype=\"ipv4\"/><ports><port protocol=\"tcp\" portid=\"104\"><state state=\"open\"/><service name=\"dicom\" method=\"probed\"/></port></ports><os><osmatch name=\"Linux\" accuracy=\"100\"><osclass osfamily=\"Linux\" osgen=\"4.X\"/></osmatch></os></host></nmaprun>";
const NESSUS: &str = "<NessusClientData_v2><Report><ReportHost name=\"10.0.0.5\"><HostProperties><tag name=\"operating-system\">Linux</tag></HostProperties><ReportItem port=\"22\" svc_name=\"ssh\" protocol=\"tcp\" severity=\"2\" pluginID=\"1\" pluginName=\"x\"><cve>CVE-2024-1</cve></ReportItem></ReportHost></Report></NessusClientData_v2>";
const OPENVAS: &str = "<report id=\"1\"><results><result><host>10.0.0.5</host><port>443/tcp</port><nvt><name>x</name><refs><ref type=\"cve\" id=\"CVE-2024-1\"/></refs></nvt><severity>4.3</severity></result></results><host><ip>10.0.0.5</ip><detail><name>best_os_txt</name><value>Linux</value></detail></host></report>";
const CLEARPASS: &str = "<TipsContents><Endpoints><Endpoint macAddress=\"001b0d203001\" macVendor=\"Acme\"><EndpointProfile name=\"Pump\" category=\"Medical\"/></Endpoint></Endpoints></TipsContents>";
const NETBOX: &str = "{\"count\":1,\"results\":[{\"name\":\"pump-7\",\"device_type\":{\"manufacturer\":{\"name\":\"Acme\"},\"model\":\"Pump 3\"},\"serial\":\"S1\",\"asset_tag\":\"B1\",\"primary_ip4\":{\"address\":\"10.0.0.5/24\"}}]}";
const FHIR: &str = "{\"resourceType\":\"Bundle\",\"entry\":[{\"resource\":{\"resourceType\":\"Device\",\"manufacturer\":\"Acme\",\"serialNumber\":\"S1\",\"patient\":{\"reference\":\"Patient/1\"}}}]}";
const UNIFI: &str = "{\"data\":[{\"mac\":\"00:1b:0d:20:30:01\",\"ip\":\"10.0.0.5\",\"essid\":\"clinical\",\"last_seen\":1794812400}]}";

/// Target, byte that chooses, kind, content. The byte is the kind's place in the target's list.
const INPUTS: &[(&str, u8, Format, &str)] = &[
    ("intake_logs", 0, Format::ZeekTsv, CONN),
    ("intake_logs", 1, Format::ZeekJson, DNS),
    ("intake_logs", 2, Format::Eve, EVE),
    ("intake_logs", 3, Format::P0f, P0F),
    ("intake_tables", 0, Format::IscLeases, ISC),
    ("intake_tables", 1, Format::DnsmasqLeases, DNSMASQ),
    ("intake_tables", 2, Format::NetshLeases, NETSH),
    ("intake_tables", 3, Format::Stations, KEA),
    ("intake_tables", 4, Format::AddressTable, ARP),
    ("intake_tables", 5, Format::Neighbours, NEIGHBOURS),
    ("intake_xml", 0, Format::Nmap, NMAP),
    ("intake_xml", 1, Format::Nessus, NESSUS),
    ("intake_xml", 2, Format::OpenVas, OPENVAS),
    ("intake_xml", 3, Format::ClearPassXml, CLEARPASS),
    ("intake_json", 0, Format::NetBox, NETBOX),
    ("intake_json", 1, Format::Fhir, FHIR),
    ("intake_json", 2, Format::UniFi, UNIFI),
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus")
}

#[test]
fn the_corpus_of_each_kind_is_recognised_and_committed() {
    let write = std::env::var_os("CORDON_WRITE_CORPUS").is_some();
    let workbook = crate::workbook::tests::book();
    let texts = INPUTS
        .iter()
        .map(|(target, choice, format, text)| (*target, *choice, *format, text.as_bytes().to_vec()));
    for (target, choice, format, bytes) in texts.chain([("intake_workbook", 0, Format::Workbook, workbook)]) {
        assert_eq!(recognise(&bytes, &[]), Some(format));
        let mut told = Told::default();
        let taken = read(format, "x", &mut bytes.as_slice(), &[], &mut told);
        let listed = taken.batch.map_or(0, |batch| batch.sightings.len());
        assert!(told.facts.len() + told.flows.len() + listed > 0, "{format:?}");
        let path = folder().join(target).join(format!("{format:?}").to_lowercase());
        if write {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, [vec![choice], bytes].concat()).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap_or_default().first(), Some(&choice), "{}", path.display());
    }
}

/// Inputs that fuzzing once found are survived.
#[test]
fn the_whole_corpus_is_survived() {
    let formats: Vec<Format> =
        INPUTS.iter().map(|(_, _, format, _)| *format).chain([Format::Workbook]).collect();
    for target in ["intake_logs", "intake_tables", "intake_xml", "intake_json", "intake_workbook"] {
        for entry in std::fs::read_dir(folder().join(target)).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            for format in &formats {
                let mut told = Told::default();
                read(*format, "x", &mut bytes.get(1..).unwrap_or_default(), &[], &mut told);
            }
        }
    }
}
