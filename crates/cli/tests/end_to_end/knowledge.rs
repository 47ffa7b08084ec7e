//! A hospital's own knowledge: what it adds, what it stands over, and how its mistakes are told.

use crate::harness::{NOW, Place};

/// Reads the names that a rule of the clinic gives to its infusion servers.
const OURS: &str = r#"
[[fingerprint]]
id = "ours/pharmacy-server"
facts = ["dhcp.hostname"]
pattern = "pharm-srv-{number:digits}"
claims = [{ attribute = "category", value = "infusion_gateway", probability = 0.9 }]
examples = [{ input = "pharm-srv-03" }]
not = ["pharm-printer"]
source = "naming rule of clinical engineering"
"#;

const LEASES: &str = "lease 10.77.0.5 {\n  starts 1 2026/11/16 07:00:00;\n  binding state active;\n  hardware ethernet 00:1b:0d:20:77:05;\n  client-hostname \"pharm-srv-07\";\n}\n";

fn folder(place: &Place, files: &[(&str, &str)]) {
    std::fs::create_dir_all(place.path("ours")).unwrap();
    for (name, text) in files {
        place.write(&format!("ours/{name}"), text);
    }
}

#[test]
fn the_knowledge_that_comes_with_cordon_is_counted_and_sound() {
    let place = Place::new();
    let ran = place.cordon("knowledge test").expect(0);
    let printed = ran.out();
    assert!(printed.contains("fingerprints/dhcp.toml") && printed.contains("nurse_call"), "{printed}");
    assert!(printed.contains("agree with their examples and with one another"), "{printed}");
    let counted = place.cordon("knowledge test --json").expect(0);
    let counted: serde_json::Value = serde_json::from_slice(&counted.stdout).unwrap();
    assert!(counted["fingerprints"].as_u64().unwrap() >= 400);
    assert!(counted["categories"].as_object().unwrap().values().all(|count| count.as_u64().unwrap() >= 5));
    let ran = place.cordon("knowledge try telnet.banner SSH").expect(2);
    assert!(ran.err().contains("no fingerprint"), "{}", ran.err());
    assert!(place.cordon("knowledge try telnet.flag x").expect(2).err().contains("vocabulary"));
    let ran = place.cordon("knowledge try model.model x").expect(2);
    assert!(ran.err().contains("model.model"), "{}", ran.err());
}

#[test]
fn a_hospitals_own_entry_counts_and_is_named_as_evidence() {
    let place = Place::new();
    // The second takes the place of one that comes with Cordon; the third stands over another on its example.
    let replaces = OURS.replace("ours/pharmacy-server", "hostname/raspberrypi");
    let over = OURS
        .replace("ours/pharmacy-server", "ours/ipad")
        .replace("pattern = \"pharm-srv-{number:digits}\"", "contains = \"ipad\"")
        .replace("pharm-srv-03", "Ward-iPad");
    let vendors = "[[vendor]]\nname = \"Northside Workshop\"\naliases = [\"NSW\"]\nsource = \"us\"\n";
    folder(
        &place,
        &[("fingerprints-a.toml", OURS), ("fingerprints-b.toml", &over), ("vendors.toml", vendors)],
    );
    let ran = place.cordon("knowledge test --knowledge ours").expect(0);
    assert!(ran.out().contains("fingerprints-a.toml"), "{}", ran.out());
    assert!(ran.out().contains("\"ours/ipad\" stands over \"hostname/ipad\""), "{}", ran.out());
    let ran = place.cordon("knowledge try dhcp.hostname pharm-srv-07 --knowledge ours").expect(0);
    assert!(ran.out().contains("ours/pharmacy-server (fingerprints-a.toml:2)"), "{}", ran.out());
    folder(&place, &[("fingerprints-b.toml", &replaces.replace("pharm-srv", "pharm-box"))]);
    let ran = place.cordon("knowledge test --knowledge ours").expect(0);
    assert!(ran.out().contains("stands for the one that comes with Cordon"), "{}", ran.out());

    place.write("dhcpd.leases", LEASES);
    let assess = |more: &str, out: &str| {
        place.cordon(&format!("assess dhcpd.leases --out {out} --now {NOW} {more}")).expect(0);
        place.assessment(out)["devices"][0].clone()
    };
    assert_ne!(assess("", "without")["category"], "infusion_gateway");
    let device = assess("--knowledge ours", "with");
    assert_eq!(device["category"], "infusion_gateway", "{device:#}");
    let evidence = device["claims"].to_string();
    assert!(evidence.contains("ours/pharmacy-server (fingerprints-a.toml:2)"), "{evidence}");
}

#[test]
fn every_mistake_in_a_folder_is_told_with_file_line_and_reason() {
    let place = Place::new();
    let twice = format!("{OURS}{OURS}");
    let contradicts =
        OURS.replace("ours/pharmacy-server", "ours/other").replace("infusion_gateway", "server");
    folder(
        &place,
        &[
            ("fingerprints-a.toml", &twice),
            ("fingerprints-b.toml", &contradicts),
            ("fingerprints-c.toml", &OURS.replace("dhcp.hostname", "dhcp.host")),
            ("fingerprints-d.toml", "[[fingerprint]\n"),
            ("vendors.toml", "\n[[vendor]]\nname = \"Acme\"\nsource = \"\"\n"),
            ("wards.toml", ""),
        ],
    );
    let ran = place.cordon("knowledge test --knowledge ours").expect(2);
    let told = ran.err();
    for (place, word) in [
        ("ours/fingerprints-a.toml:11: ", "stands twice"),
        ("ours/fingerprints-b.toml:2: ", "an example of \"ours/pharmacy-server\""),
        ("ours/fingerprints-c.toml:2: ", "dhcp.host"),
        ("ours/fingerprints-d.toml:1: ", ""),
        ("ours/vendors.toml:2: ", "no source"),
        ("ours/wards.toml:1: ", "no known concern"),
    ] {
        let line = told.lines().find(|line| line.contains(place));
        assert!(line.is_some_and(|line| line.contains(word)), "{place}{word}\n{told}");
    }
    // Nothing runs with such a folder, and an empty one is not silently nothing.
    place.write("dhcpd.leases", LEASES);
    let ran = place.cordon("assess dhcpd.leases --out out --knowledge ours").expect(3);
    assert!(ran.err().contains(".toml:") && ran.err().contains("tells every mistake"), "{}", ran.err());
    std::fs::create_dir(place.path("empty")).unwrap();
    assert!(place.cordon("knowledge test --knowledge empty").expect(3).err().contains("no TOML file"));
    assert!(place.cordon("knowledge test --knowledge nowhere").expect(3).err().contains("nowhere"));
}
