//! What computers of an enterprise say of themselves, against what an independent decoder read of the same
//! recordings (`INDEX.json`). Skipped where the recordings are not at hand.

mod common;

use cordon_model::Timestamp;
use cordon_observe::{Engine, Flow, LinkType, Seen, SeenEvent, Settings, Sink, UserNames};
use std::collections::{BTreeMap, BTreeSet};

/// Everything told of one capture: values by the fact's name, events by their kind's.
#[derive(Default)]
struct Told {
    values: BTreeMap<&'static str, BTreeSet<String>>,
}

impl Sink for Told {
    fn fact(&mut self, seen: Seen<'_>) {
        self.values.entry(seen.fact.name()).or_default().insert(seen.value.to_owned());
    }

    fn flow(&mut self, _flow: &Flow) {}

    fn event(&mut self, event: SeenEvent<'_>) {
        self.values.entry(event.kind.name()).or_default().insert(event.detail.to_owned());
    }
}

impl Told {
    fn all<'a>(&'a self, names: &[&str]) -> BTreeSet<&'a str> {
        let values = names.iter().filter_map(|name| self.values.get(*name)).flatten();
        values.map(String::as_str).collect()
    }

    fn has(&self, name: &str, value: &str) -> bool {
        self.values.get(name).is_some_and(|values| values.contains(value))
    }
}

fn replay(name: &str) -> Option<Told> {
    let file = std::fs::read(common::captures().join(name)).ok()?;
    let settings = Settings { user_names: UserNames::Hashed([7; 32]), ..Settings::default() };
    let (mut engine, mut told) = (Engine::new(settings), Told::default());
    let classic = common::read_pcap(&file);
    if let Some(packets) = classic {
        for (frame, number) in packets.frames.iter().zip(1..) {
            engine.frame(packets.link, frame.at, number, frame.wire_len, &frame.bytes, &mut told);
        }
    } else {
        for ((link, wire, frame), number) in blocks(&file).into_iter().zip(1..) {
            let Some(link) = LinkType::from_linktype(link) else { continue };
            engine.frame(link, Timestamp::from_seconds(1_700_000_000), number, wire, frame, &mut told);
        }
    }
    engine.finish(&mut told);
    Some(told)
}

/// Link layer, length on the wire and bytes of each frame of a capture in blocks, little-endian.
fn blocks(file: &[u8]) -> Vec<(u32, u32, &[u8])> {
    let number = |at: usize| Some(u32::from_le_bytes(file.get(at..at + 4)?.try_into().ok()?));
    let (mut links, mut frames, mut at) = (Vec::new(), Vec::new(), 0);
    while let (Some(kind), Some(length)) = (number(at), number(at + 4)) {
        match kind {
            1 => links.extend(number(at + 8).map(|link| link & 0xffff)),
            6 => {
                let interface = number(at + 8).unwrap_or(0) as usize;
                let (captured, wire) = (number(at + 20).unwrap_or(0), number(at + 24).unwrap_or(0));
                if let (Some(link), Some(frame)) =
                    (links.get(interface), file.get(at + 28..at + 28 + captured as usize))
                {
                    frames.push((*link, wire, frame));
                }
            }
            _ => {}
        }
        at += (length as usize).max(12);
    }
    frames
}

/// What the decoder calls a thing, and the facts in which it must be found.
const SAME: [(&str, &[&str]); 5] = [
    ("smb.native_os", &["smb.native_os"]),
    ("smb.native_lanman", &["smb.native_lanman"]),
    ("ntlmssp.auth.hostname", &["ntlm.workstation"]),
    ("ntlmssp.challenge.target_info.nb_computer_name", &["ntlm.computer"]),
    ("ntlmssp.challenge.target_info.dns_computer_name", &["ntlm.dns_computer"]),
];

/// Things the decoder read that need but be told of at all: of accounts, no names are.
const PRESENT: [(&str, &[&str]); 2] =
    [("kerberos.CNameString", &["kerberos.user", "kerberos.computer"]), ("rdp.rt_cookie", &["rdp.user"])];

/// Where both differ, and who is right.
const DISAGREEMENTS: &[(&str, &str, &str)] = &[
    // "NULL" is how the decoder shows a name that is empty: ours is right to tell none.
    ("suricata-verify__smb-dce_iface__input.pcap", "ntlmssp.auth.hostname", "NULL"),
    ("zeek__smb__smb3.pcap", "ntlmssp.auth.hostname", "NULL"),
    ("zeek__smb__smb2_100_small_files.pcap", "ntlmssp.auth.hostname", "NULL"),
    (
        "suricata-verify__filestore-filecontainer-smb1-data-offset__input.pcap",
        "ntlmssp.auth.hostname",
        "NULL",
    ),
    // A made-up server marks its challenge as a request: neither is wrong, ours tells nothing of contradictions.
    ("arkime__ntlm_synthetic.pcap", "ntlmssp.version.build_number", "17763"),
    // The bytes of an exploit where a name should stand: ours is right to tell none.
    (
        "zeek-EternalSafety__traces__shadowbrokers__eternalblue-success-unpatched-win7.pcap",
        "smb.native_os",
        "\u{fffd}",
    ),
];

/// What the same decoder shows of recordings when asked for more than the index holds.
const EXPECTED: &[(&str, &[(&str, &str)])] = &[
    (
        "medical/lab__labA.pcap",
        &[
            ("snmp.description", "KYOCERA Document Solutions Printing System"),
            ("snmp.community", "public"),
            ("log_in.default_credentials", "snmp: v2c, community public"),
        ],
    ),
    (
        "broken/zeek__snmp__snmpwalk-short.pcap",
        &[
            ("snmp.name", "ubuntu-512mb-sfo2-01"),
            ("snmp.object_id", "1.3.6.1.4.1.8072.3.2.10"),
            ("snmp.interface_address", "04:01:3a:ef:d2:01"),
            ("snmp.contact", "present"),
        ],
    ),
    ("discovery/zeek__snmp__leak_test.pcapng", &[("snmp.name", "B6300"), ("snmp.engine_enterprise", "8072")]),
    ("discovery/zeek__radius__radius.pcap", &[("radius.nas_address", "10.0.0.1"), ("radius.role", "server")]),
    (
        "attack/suricata-verify__smb2-07__20171220_smb_psexec_add_user.pcap",
        &[
            ("administration.session", "smb: service control (svcctl)"),
            ("administration.session", "smb: share ADMIN$"),
            ("kerberos.service", "cifs/dc1.contoso.local"),
        ],
    ),
    ("identity/zeek__smb__smb3.pcap", &[("smb.dialect", "3.0"), ("smb.encrypted", "yes")]),
    ("attack/zeek__smb__SMBGhost.pcap", &[("smb.dialect", "3.1.1")]),
    ("identity/zeek__krb__kinit.pcap", &[("log_in.failed", "kerberos: no such client (6)")]),
    ("identity/zeek__ldap__ldap-who-am-i.pcap", &[("log_in.clear_credentials", "ldap: simple bind")]),
    (
        "identity/zeek__ldap__missing_krbtgt_ldap_request.pcapng",
        &[("ldap.host", "DC01-Zion.matrix.local"), ("ldap.site", "Default-First-Site-Name")],
    ),
    (
        "identity/zeek__rdp__rdp-proprietary-encryption.pcap",
        &[("rdp.client_name", "FROG-POND"), ("rdp.client_build", "6000"), ("rdp.security", "RDP")],
    ),
    ("identity/zeek__rdp__rdp-to-ssl.pcap", &[("rdp.security", "CredSSP")]),
    (
        "attack/zeek-EternalSafety__traces__shadowbrokers__esteemedaudit-failed-XPSP2.pcap",
        &[("rdp.security", "RDP"), ("administration.session", "rdp: without TLS")],
    ),
    ("identity/arkime__mysql-deny.pcap", &[("log_in.failed", "mysql: wrong name or password (1045)")]),
    (
        "identity/zeek__mysql__many-query-attrs.pcap",
        &[("mysql.version", "9.0.0"), ("mysql.client", "libmysql")],
    ),
    (
        "identity/zeek__postgresql__psql-login-fail.pcap",
        &[("log_in.failed", "postgres: wrong password (28P01)")],
    ),
    (
        "identity/suricata-verify__pgsql__pgsql-pwd-output-disabled__input.pcap",
        &[("postgres.version", "13.4"), ("log_in.clear_credentials", "postgres: password in clear")],
    ),
    (
        "identity/arkime__dcerpc_synthetic.pcap",
        &[("administration.session", "dcerpc: service control (svcctl)")],
    ),
];

/// What of an entry of the index is not told.
fn missing(told: &Told, facts: &serde_json::Value) -> Vec<(String, String)> {
    let values = |key: &str| {
        let values = facts.get(key).and_then(|values| values.as_array()).into_iter().flatten();
        values.filter_map(|value| Some(value.as_str()?.to_owned())).collect::<Vec<_>>()
    };
    let mut missing = Vec::new();
    for (key, names) in SAME {
        let found = told.all(names);
        let wanted = values(key).into_iter().filter(|value| !found.contains(value.trim()));
        missing.extend(wanted.map(|value| (key.to_owned(), value)));
    }
    for (key, names) in PRESENT {
        if !values(key).is_empty() && told.all(names).is_empty() {
            missing.push((key.to_owned(), values(key).join(" ")));
        }
    }
    let builds = told.all(&["ntlm.os"]);
    let key = "ntlmssp.version.build_number";
    let wanted =
        values(key).into_iter().filter(|build| !builds.iter().any(|os| os.ends_with(&format!(".{build}"))));
    missing.extend(wanted.map(|build| (key.to_owned(), build)));
    missing
}

#[test]
fn what_an_independent_decoder_read_is_told() {
    let index = common::captures().join("../INDEX.json");
    let Ok(index) = std::fs::read(index) else {
        eprintln!("skipped: no ../shared/data");
        return;
    };
    let index: serde_json::Value = serde_json::from_slice(&index).unwrap();
    let (mut compared, mut differences) = (0, Vec::new());
    for entry in index.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap();
        let topic =
            ["identity/", "discovery/", "attack/", "medical/"].iter().any(|topic| file.contains(topic));
        let Some(facts) = entry.get("facts").filter(|_| topic && !file.ends_with(".gz")) else { continue };
        let known = SAME.iter().chain(&PRESENT).any(|(key, _)| facts.get(key).is_some());
        let Some(told) = file.strip_prefix("captures/").filter(|_| known).and_then(replay) else { continue };
        compared += 1;
        let name = file.rsplit('/').next().unwrap();
        differences
            .extend(missing(&told, facts).into_iter().map(|(key, value)| (name.to_owned(), key, value)));
    }
    let expected = |(file, key, value): &(String, String, String)| {
        DISAGREEMENTS.contains(&(file.as_str(), key.as_str(), value.as_str()))
    };
    let unexpected: Vec<_> = differences.iter().filter(|difference| !expected(difference)).collect();
    assert!(unexpected.is_empty(), "not told: {unexpected:#?}");
    assert_eq!(differences.len(), DISAGREEMENTS.len(), "fewer disagreements than are listed");
    assert!(compared > 25, "only {compared} captures were compared");
}

#[test]
fn further_recordings_tell_what_is_in_them() {
    for (file, facts) in EXPECTED {
        let Some(told) = replay(file) else {
            eprintln!("skipped: no ../shared/data/captures/{file}");
            continue;
        };
        for (name, value) in *facts {
            assert!(told.has(name, value), "{file}: {name} {value}: {:?}", told.values);
        }
    }
}
