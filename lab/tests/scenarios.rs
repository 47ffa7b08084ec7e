//! Every scenario, played and judged: a test each, so that they run side by side and fail by name.
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "tests stop loudly, and say what they skip"
)]

use cordon_lab::{Patients, Scenario, binary, by_binary, by_library, is_root, judge, play};
use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

fn check(name: &str) {
    if !is_root() {
        eprintln!("skipped: the lab needs network namespaces; run it as an administrator: sudo make lab");
        return;
    }
    let scenario = Scenario::read(name).unwrap_or_else(|failure| panic!("{failure}"));
    if scenario.runs_cordon && binary().is_none() {
        eprintln!("skipped: `make test` builds the binary, and names it in CORDON_LAB_BINARY");
        return;
    }
    let played = play(&scenario).unwrap_or_else(|failure| panic!("{failure}"));
    let patients = Patients::read().unwrap();
    let frames = std::fs::read(played.capture()).unwrap();
    let observed = by_library(played.capture()).unwrap_or_else(|failure| panic!("{failure}"));
    let mut wrong = judge(&scenario, &observed, &patients, &frames);
    if let Some(binary) = binary() {
        let observed = by_binary(&binary, played.capture()).unwrap_or_else(|failure| panic!("{failure}"));
        let said = judge(&scenario, &observed, &patients, &frames);
        wrong.extend(said.into_iter().map(|wrong| format!("the binary: {wrong}")));
    }
    if !wrong.is_empty() {
        let kept = played.keep();
        panic!("{}\nThe capture and what the peers said: {}", wrong.join("\n"), kept.display());
    }
}

/// The whole way, with the binary a user has: what these peers said becomes devices, and no document that is
/// written names a patient.
#[test]
fn documents_name_devices_and_no_patient() {
    let Some(binary) = binary().filter(|_| is_root()) else {
        eprintln!("skipped: `sudo make test` builds the binary, and names it in CORDON_LAB_BINARY");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(binary);
    command.args(["assess", "--now", "2026-11-22T12:00:00Z", "--out"]).arg(folder.path().join("documents"));
    for name in ["dicom-store", "hl7-gateway", "fhir", "intellivue", "astm"] {
        let scenario = Scenario::read(name).unwrap_or_else(|failure| panic!("{failure}"));
        let played = play(&scenario).unwrap_or_else(|failure| panic!("{failure}"));
        let capture = folder.path().join(format!("{name}.pcap"));
        std::fs::copy(played.capture(), &capture).unwrap();
        command.arg(capture);
    }
    let output = command.output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&said));
    let patients = Patients::read().unwrap();
    assert_eq!(patients.found_in(&said), Vec::<&str>::new());
    let written = files(&folder.path().join("documents"));
    assert!(written.len() >= 5, "{:?}", written.keys());
    for (path, bytes) in &written {
        assert_eq!(patients.found_in(bytes), Vec::<&str>::new(), "{path}");
    }
    let inventory = String::from_utf8_lossy(&written["inventory.csv"]);
    for device in ["Helix 64", "HX-004417", "DE33018842", "DR8-00192", "LC-40017", "infusion_pump"] {
        assert!(inventory.contains(device), "{device}\n{inventory}");
    }
}

/// Every file below a folder by its path in it.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for path in std::fs::read_dir(next).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().display().to_string();
                found.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    found
}

macro_rules! scenarios {
    ($($test:ident = $name:literal;)*) => {
        $(#[test] fn $test() { check($name); })*

        #[test]
        fn every_scenario_has_a_test() {
            assert_eq!(cordon_lab::names().unwrap(), [$($name),*]);
        }
    };
}

// In order of name.
scenarios! {
    astm = "astm";
    audit = "audit";
    bacnet = "bacnet";
    dhcp = "dhcp";
    dhcpv6 = "dhcpv6";
    dicom_aborted = "dicom-aborted";
    dicom_archive = "dicom-archive";
    dicom_commitment = "dicom-commitment";
    dicom_performed_step = "dicom-performed-step";
    dicom_rejected = "dicom-rejected";
    dicom_signed_in = "dicom-signed-in";
    dicom_store = "dicom-store";
    dicom_store_big_endian = "dicom-store-big-endian";
    dicom_store_deflated = "dicom-store-deflated";
    dicom_store_implicit = "dicom-store-implicit";
    dicom_swept = "dicom-swept";
    dicom_tls = "dicom-tls";
    dicom_tls12 = "dicom-tls12";
    dicom_worklist = "dicom-worklist";
    dicomweb = "dicomweb";
    envelopes = "envelopes";
    fhir = "fhir";
    ftp = "ftp";
    hl7_gateway = "hl7-gateway";
    hl7_mllp = "hl7-mllp";
    hl7_rejected = "hl7-rejected";
    http_sign_in = "http-sign-in";
    http2 = "http2";
    intellivue = "intellivue";
    kerberos = "kerberos";
    ldap = "ldap";
    lldp = "lldp";
    mailboxes = "mailboxes";
    mdns = "mdns";
    modbus = "modbus";
    mqtt = "mqtt";
    mysql = "mysql";
    names = "names";
    network_access = "network-access";
    nmap = "nmap";
    ntp = "ntp";
    opcua = "opcua";
    phd = "phd";
    poct = "poct";
    postgresql = "postgresql";
    quic = "quic";
    rdp = "rdp";
    router_pair = "router-pair";
    rtsp = "rtsp";
    s7 = "s7";
    sdc = "sdc";
    sdc_compressed = "sdc-compressed";
    sdc_tls = "sdc-tls";
    sdc_tls12 = "sdc-tls12";
    sensor = "sensor";
    sip = "sip";
    smb = "smb";
    smtp = "smtp";
    snmp = "snmp";
    spanning_tree = "spanning-tree";
    ssh = "ssh";
    telnet = "telnet";
    tftp = "tftp";
    tls = "tls";
    tunnel = "tunnel";
    upnp = "upnp";
    vnc = "vnc";
}
