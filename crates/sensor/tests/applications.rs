//! What recorded captures tell of encryption, shells, files, telephones and remote desktops, compared with what an
//! independent decoder read in them (`INDEX.json`) and with fingerprints that another tool made (`truth`).
#![expect(clippy::print_stderr, clippy::unwrap_used, reason = "tests stop loudly and say what was skipped")]

use cordon_sensor::{Observation, Settings};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Values = BTreeMap<&'static str, BTreeSet<String>>;

fn data() -> Option<PathBuf> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !data.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(data)
}

/// All facts of one capture by their kind.
fn observe(path: &Path) -> Values {
    let mut observation = Observation::new(Settings::named("test"));
    let mut values = Values::new();
    let mut out = |batch: cordon_model::observe::Batch| {
        for sighting in batch.sightings {
            values.entry(sighting.fact.name()).or_default().insert(sighting.value);
        }
    };
    observation.path(path.to_str().unwrap(), true, &mut (), &mut out);
    observation.finish(&mut out);
    values
}

/// Kinds of facts by the decoder's name and by ours.
const COMPARED: &[(&str, &[&str])] = &[
    ("tls.handshake.extensions_server_name", &["tls.server_name", "quic.server_name"]),
    ("ssh.protocol", &["ssh.identification"]),
    ("sip.User-Agent", &["sip.user_agent"]),
    ("vnc.server_proto_ver", &["vnc.version"]),
    ("http.server", &["http.server"]),
    ("http.user_agent", &["http.user_agent"]),
];

/// Where we and the decoder say different things (part of the file's name, of the value's kind, of the value), and
/// who is right.
const DIFFERENT: &[(&str, &str, &str, &str)] = &[
    (
        "",
        "http.",
        "UPnP/",
        "we: announcements over datagrams (SSDP) are no HTTP and told under their own name",
    ),
    ("wireshark_samples", "http.user_agent", "Google Chrome", "we: SSDP, as above"),
    ("fuzzed_bytes", "http.server", "", "we: a damaged head is left alone, others are read past the damage"),
    ("snaplen96", "", "not told", "we: the capture cut the values off; a part of one is not told"),
    ("bug-2769", "tls.", "not told", "the decoder: TLS inside an HTTP proxy's tunnel is not read"),
    ("bug-2769", "http.user_agent", "", "we: the decoder's list cut a long value off"),
    (
        "vnc-mac-to-linux",
        "vnc.",
        "told alone: 003.003",
        "both: ours is the client's version, theirs only servers'",
    ),
    ("ssh1-ssh2", "ssh.", "told alone: SSH-1.5", "we: the decoder leaves out what version 1 calls itself"),
    ("two_ifaces_options", "http.user_agent", "", "both: the decoder stops after some packets of one kind"),
    // Envelopes that are not opened.
    ("arcnet", "", "not told", "the decoder: ARCNET is not read"),
];

#[test]
fn field_values_agree_with_an_independent_decoder() {
    let Some(data) = data() else { return };
    let index = std::fs::read_to_string(data.join("INDEX.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let (mut compared, mut differences) = (0, Vec::new());
    for entry in index.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap_or_default();
        let told_of = |(theirs, _): &&(&str, &[&str])| entry["facts"].get(*theirs).is_some();
        if !file.starts_with("captures/") || !COMPARED.iter().any(|pair| told_of(&pair)) {
            continue;
        }
        let values = observe(&data.join(file));
        for (theirs, ours) in COMPARED.iter().filter(told_of) {
            let expected = entry["facts"][*theirs].as_array().unwrap().iter();
            let expected: BTreeSet<String> =
                expected.filter_map(|value| Some(value.as_str()?.trim().to_owned())).collect();
            let found: BTreeSet<String> =
                ours.iter().filter_map(|fact| values.get(fact)).flatten().cloned().collect();
            compared += expected.len();
            let name = file.rsplit('/').next().unwrap_or(file);
            for value in expected.difference(&found) {
                differences.push((name.to_owned(), (*theirs).to_owned(), format!("not told: {value}")));
            }
            for value in found.difference(&expected) {
                differences.push((name.to_owned(), (*theirs).to_owned(), format!("told alone: {value}")));
            }
        }
    }
    assert!(compared > 200, "only {compared} values compared");
    let explains = |(of, named, part, _): &(&str, &str, &str, &str),
                    difference: &(String, String, String)| {
        let (file, kind, what) = difference;
        file.contains(of) && kind.starts_with(named) && what.contains(part)
    };
    let unexplained: Vec<_> = differences
        .iter()
        .filter(|difference| !DIFFERENT.iter().any(|known| explains(known, difference)))
        .collect();
    assert_eq!(unexplained, Vec::<&(String, String, String)>::new());
    let past: Vec<_> = DIFFERENT
        .iter()
        .filter(|known| !differences.iter().any(|difference| explains(known, difference)))
        .collect();
    assert_eq!(past, Vec::<&(&str, &str, &str, &str)>::new(), "explained, but there is no such difference");
}

/// What file servers greet with: the decoder lists all they answer, so ours must be among it.
#[test]
fn greetings_of_file_servers_are_among_what_an_independent_decoder_read() {
    let Some(data) = data() else { return };
    let index = std::fs::read_to_string(data.join("INDEX.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&index).unwrap();
    let (mut compared, mut captures) = (0, 0);
    for entry in index.as_array().unwrap() {
        let file = entry["file"].as_str().unwrap_or_default();
        let Some(answers) = entry["facts"].get("ftp.response.arg").and_then(|all| all.as_array()) else {
            continue;
        };
        captures += 1;
        let answers: Vec<&str> = answers.iter().filter_map(|answer| Some(answer.as_str()?.trim())).collect();
        let values = observe(&data.join(file));
        for banner in values.get("ftp.banner").into_iter().flatten() {
            compared += 1;
            assert!(answers.contains(&banner.as_str()), "{file}: {banner:?} is not among {answers:?}");
        }
    }
    assert!(compared >= 5, "{compared} greetings in {captures} captures");
}

/// Fingerprints of clients as their inventors' own tool made them.
#[test]
fn fingerprints_agree_with_their_inventors() {
    let Some(data) = data() else { return };
    let values = observe(&data.join("captures/identity/arkime__tls-alpn-h2.pcap"));
    let truth = std::fs::read_to_string(data.join("truth/arkime__tls-alpn-h2.pcap.ja4.json")).unwrap();
    let truth: serde_json::Value = serde_json::from_str(&truth).unwrap();
    let expected: BTreeSet<String> = truth
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|entry| Some(entry["JA4.1"].as_str()?.to_owned()))
        .collect();
    assert!(!expected.is_empty());
    assert_eq!(values["tls.ja4"], expected);
}
