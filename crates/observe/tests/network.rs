//! The network's own protocols on recorded captures: what an independent decoder reads there is told. Expected
//! values stand in `INDEX.json` (tshark 4.0.17).

mod common;

use common::{Host, host, talk};
use cordon_model::observe::{Flow, Protocol, Seen, SeenEvent, Sink};
use cordon_observe::{Engine, Settings};
use std::collections::{BTreeMap, BTreeSet};

const STATION: &str = "dhcp.hw.mac_addr";

/// Where tshark reads a value that is not told, and why.
const DISAGREEMENTS: &[(&str, &str, &str)] = &[
    // Questions about leases (RFC 4388): their hardware address is of another kind, or none.
    ("tcpdump__dhcp-rfc4388.pcap", STATION, "00:00:00:00:00:00"),
    ("tcpdump__dhcp-rfc4388.pcap", STATION, "01:00:00:00:00:00"),
    // Only an offer or a refusal to this client was captured, or a request without any particulars: nothing but
    // the address is said of it, and that it has not taken.
    ("IoT_Sentinel__D-LinkSensor__Setup-C-4-STA.pcap", STATION, "38:0b:40:ef:85:41"),
    ("PcapPlusPlus__Packet++Test__PacketExamples__Dhcp1.pcap", STATION, "00:0e:86:11:c0:75"),
    ("tcpdump__dhcp-option-33.pcap", STATION, "00:11:22:33:44:55"),
    ("zeek__dhcp__dhcp_bad_cookie_option_retention.pcap", STATION, "00:11:22:33:44:55"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:00"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:01"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:02"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:03"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:04"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:05"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:06"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:07"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:08"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:09"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:0a"),
    ("zeek__dhcp__dhcp-unique-xid-join-data-growth.pcapng", STATION, "02:00:00:00:00:0b"),
    // The capture ends each frame before the options, so that DHCP is not told from BOOTP; and before what says
    // whether a name is a host's or a group's.
    ("lab__labA_snaplen96.pcap", STATION, "44:4b:5d:10:00:21"),
    ("lab__labA_snaplen96.pcap", STATION, "7c:94:b2:00:51:03"),
    ("lab__labA_snaplen96.pcap", STATION, "d4:81:d7:33:44:0c"),
    ("lab__labA_snaplen96.pcap", "nbns.name", "NHREAD01<20>"),
    ("lab__labA_snaplen96.pcap", "nbns.name", "NHREAD01<00>"),
    ("lab__labA_snaplen96.pcap", "nbns.name", "NORTHHOSP<00>"),
    // A server says so in its answer, which makes it no word of the client.
    ("zeek__dhcp__dhcp.pcap", "dhcp.option.vendor_class_id", "ArubaAP"),
    ("lab__labA_two_ifaces_options.pcapng", "dhcp.option.hostname", "CX50-0042"),
    // A serial line (Cisco HDLC) has no stations that could be told of.
    ("tcpdump__HDLC.pcap", "cdp.deviceid", "R0"),
    ("tcpdump__HDLC.pcap", "cdp.deviceid", "R1"),
    ("tcpdump__HDLC.pcap", "cdp.platform", "Cisco 3725"),
    (
        "tcpdump__HDLC.pcap",
        "cdp.software_version",
        "Cisco IOS Software, 3700 Software (C3725-ADVENTERPRISEK9-M), Version 12.4(9)T1, RELEASE SOFTWARE (fc2)",
    ),
    ("tcpdump__HDLC.pcap", "cdp.software_version", "Technical Support: http://www.cisco.com/techsupport"),
    ("tcpdump__HDLC.pcap", "cdp.software_version", "Copyright (c) 1986-2006 by Cisco Systems, Inc."),
    ("tcpdump__HDLC.pcap", "cdp.software_version", "Compiled Wed 30-Aug-06 18:48 by prod_rel_team"),
];

#[derive(Default)]
struct Notes {
    values: BTreeMap<&'static str, BTreeSet<String>>,
    stations: BTreeSet<String>,
}

impl Sink for Notes {
    fn fact(&mut self, seen: Seen<'_>) {
        self.values.entry(seen.fact.name()).or_default().insert(seen.value.to_owned());
        if let Some(mac) = seen.endpoint.mac.filter(|_| seen.fact.name().starts_with("dhcp.")) {
            self.stations.insert(mac.to_string());
        }
    }
    fn flow(&mut self, _flow: &Flow) {}
    fn event(&mut self, _event: SeenEvent<'_>) {}
}

impl Notes {
    fn any(&self, facts: &[&str], wanted: impl Fn(&str) -> bool) -> bool {
        facts.iter().filter_map(|fact| self.values.get(fact)).flatten().any(|value| wanted(value))
    }
}

/// Blanks, control characters and letters that are no UTF-8 are shown differently.
fn bare(text: &str) -> String {
    let text = text.replace("\\n", "").replace("\\r", "");
    text.chars().filter(|c| !c.is_control() && !c.is_whitespace() && *c != '\u{fffd}').collect()
}

/// True when what tshark read as `field` was told.
fn is_told(notes: &Notes, field: &str, value: &str) -> bool {
    let value = bare(value);
    let same = |facts: &[&str]| {
        notes.any(facts, |ours| {
            let ours = bare(ours);
            // Long values are cut, by us and in the index.
            ours == value
                || (ours.len() > 180 && value.starts_with(&ours))
                || (value.len() > 120 && ours.starts_with(&value))
        })
    };
    let within = |facts: &[&str]| notes.any(facts, |ours| bare(ours).contains(&value) || ours.len() > 200);
    match field {
        "dhcp.option.hostname" => same(&["dhcp.hostname"]),
        "dhcp.option.vendor_class_id" => same(&["dhcp.vendor_class"]),
        "dhcp.option.request_list_item" => same(&["dhcp.parameter_list"]),
        "dhcp.hw.mac_addr" => notes.stations.contains(&value),
        "browser.server" => same(&["browser.host", "browser.domain"]),
        "cdp.deviceid" => same(&["cdp.device_id"]),
        "cdp.platform" => same(&["cdp.platform"]),
        // tshark tells each line by itself.
        "cdp.software_version" => within(&["cdp.version"]),
        "lldp.tlv.system.name" => same(&["lldp.system_name"]),
        "lldp.tlv.system.desc" => same(&["lldp.system_description"]),
        "lldp.port.id" => same(&["lldp.port_id"]),
        "nbns.name" => is_name_told(notes, &value),
        _ => true,
    }
}

/// tshark's `NAME<suffix>`, perhaps with words after it. Names that ask for any, of the browser's own group and of
/// accounts are told in other ways or not at all.
fn is_name_told(notes: &Notes, value: &str) -> bool {
    let Some((name, suffix)) = value.split_once('<') else { return true };
    let suffix = suffix.get(..2).unwrap_or_default();
    if name.is_empty() || name == "*" || !matches!(suffix, "00" | "20" | "1c") {
        return true;
    }
    notes.any(&["nbns.name", "nbns.group"], |ours| bare(ours) == name)
        || notes.any(&["nbns.query"], |ours| bare(ours) == format!("{name}<{suffix}>"))
}

#[test]
fn what_an_independent_decoder_reads_is_told() {
    let Ok(index) = std::fs::read(common::captures().join("../INDEX.json")) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let (mut compared, mut missing) = (0, Vec::new());
    for entry in index.as_array().unwrap() {
        let name = entry["file"].as_str().unwrap();
        let file = common::captures().join("..").join(name);
        let Some(facts) = entry["facts"].as_object() else { continue };
        let Some(frames) = std::fs::read(file).ok().and_then(|file| common::read_any(&file)) else {
            continue;
        };
        let (mut engine, mut notes) = (Engine::new(Settings::default()), Notes::default());
        for ((link, frame), number) in frames.iter().zip(1..) {
            engine.frame(*link, frame.at, number, frame.wire_len, &frame.bytes, &mut notes);
        }
        engine.finish(&mut notes);
        for (field, values) in facts {
            for value in values.as_array().unwrap().iter().filter_map(|value| value.as_str()) {
                compared += 1;
                let name = name.rsplit('/').next().unwrap();
                if !is_told(&notes, field, value) {
                    missing.push((name.to_owned(), field.clone(), value.to_owned()));
                }
            }
        }
    }
    assert!(compared > 1_000, "{compared}");
    let known = |(name, field, value): &(String, String, String)| {
        DISAGREEMENTS.iter().any(|(n, f, v)| n == name && f == field && v == value)
    };
    let unknown: Vec<_> = missing.iter().filter(|one| !known(one)).collect();
    assert!(unknown.is_empty(), "{unknown:#?}");
    assert_eq!(missing.len(), DISAGREEMENTS.len(), "some are told by now");
}

const DESCRIPTION: &str = "<?xml version=\"1.0\"?>
<root xmlns=\"urn:schemas-upnp-org:device-1-0\" xmlns:x=\"urn:x\"><specVersion><major>1</major></specVersion>
<device><deviceType>urn:schemas-upnp-org:device:Basic:1</deviceType><friendlyName>Scope room 2</friendlyName>
<manufacturer>Acme &amp; Sons</manufacturer><modelName>Recorder</modelName><modelNumber>R-9</modelNumber>
<serialNumber>SN4711</serialNumber><UDN>uuid:1</UDN><x:manufacturer/><serviceList><service><serviceType>t</serviceType>
</service></serviceList><deviceList><device><manufacturer>Other</manufacturer></device></deviceList></device></root>";

#[test]
fn a_description_tells_what_a_device_is() {
    let ask = b"GET /description.xml HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n";
    let head =
        format!("HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: {}\r\n\r\n", DESCRIPTION.len());
    let answer = [head.as_bytes(), DESCRIPTION.as_bytes()].concat();
    let (client, server): (Host, Host) = (host(2, 50_000), host(1, 49_152));
    let notes = talk(client, server, true, &[(true, ask), (false, &answer)]);
    let upnp: Vec<_> = notes.facts.iter().filter(|fact| fact.contains("upnp.")).collect();
    let expected = [
        "10.0.0.1 upnp.device_type urn:schemas-upnp-org:device:Basic:1",
        "10.0.0.1 upnp.friendly_name Scope room 2",
        "10.0.0.1 upnp.manufacturer Acme & Sons",
        "10.0.0.1 upnp.model_name Recorder",
        "10.0.0.1 upnp.model_number R-9",
        "10.0.0.1 upnp.serial SN4711",
    ];
    assert_eq!(upnp, expected);
    assert_eq!(notes.flows.first().and_then(|flow| flow.application), Some(Protocol::Upnp));
}
