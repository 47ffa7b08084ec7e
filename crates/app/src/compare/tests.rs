use super::*;
use cordon_wire::assessment::{Factor, Finding, Risk, Rule, Service, Zone};
use cordon_wire::comparison::Turn;

fn device(id: &str, score: f64) -> Device {
    let tier = cordon_model::assess::Tier::of(score).name().to_owned();
    Device { id: id.to_owned(), risk: Risk { score, tier, ..Risk::default() }, ..Device::default() }
}

fn assessment(now: &str, devices: Vec<Device>) -> Assessment {
    let text = serde_json::json!({
        "schema": cordon_wire::assessment::SCHEMA, "cordon": "1", "now": now, "knowledge": "k", "feeds": [], "inputs": [],
        "devices": [], "conversations": [], "needs": [], "zones": [], "rules": [], "coverage": [], "actions": [],
        "containment": { "pairs_before": 12, "pairs_after": 3, "worst_before": [], "worst_after": [] }
    });
    Assessment { devices, ..serde_json::from_value(text).unwrap() }
}

fn compared(old: &Assessment, new: &Assessment) -> Comparison {
    let side = |assessment: &Assessment| {
        Read { assessment: assessment.clone(), sha256: String::new() }.side(Path::new("x.json"))
    };
    between(side(old), old, side(new), new)
}

fn finding(advisory: &str, status: &str) -> Finding {
    let text = serde_json::json!({ "advisory": advisory, "cves": ["CVE-2020-1"], "status": status, "why": "because", "question": null,
        "known_exploited": null, "epss": null, "cvss": null, "ssvc": null });
    serde_json::from_value(text).unwrap()
}

#[test]
fn equal_assessments_have_no_difference() {
    let one = assessment("2026-01-01T00:00:00Z", vec![device("a", 10.0), device("b", 20.0)]);
    let found = compared(&one, &one);
    assert_eq!((found.unchanged, found.changed.len(), found.basis.len()), (2, 0, 0));
    assert!(found.appeared.is_empty() && found.gone.is_empty() && found.findings.is_empty());
    assert_eq!(found.plan, PlanChangeOf::pairs(12, 3));
}

/// A plan in which nothing changed.
struct PlanChangeOf;

impl PlanChangeOf {
    fn pairs(today: u64, planned: u64) -> cordon_wire::comparison::PlanChange {
        cordon_wire::comparison::PlanChange {
            pairs_today: [today; 2],
            pairs_planned: [planned; 2],
            ..cordon_wire::comparison::PlanChange::default()
        }
    }
}

#[test]
fn a_device_of_which_something_surer_became_known_is_found_again() {
    let mac = vec!["00:09:fb:00:00:01".to_owned()];
    let before = Device { macs: mac.clone(), ..device("by-mac", 30.0) };
    let now = Device { macs: mac, serial: Some("S1".into()), ..device("by-serial", 30.0) };
    let rule = |party: &str| Rule {
        id: "r".into(),
        from: party.into(),
        to: "zone:z".into(),
        transport: "tcp".into(),
        ports: vec![104],
        application: None,
        needs: Vec::new(),
        why: String::new(),
        until: None,
        care_critical: false,
        accepted: None,
    };
    let zone = |name: &str, device: &str| Zone {
        id: "z".into(),
        name: name.into(),
        purpose: String::new(),
        devices: vec![device.into()],
        outside: Vec::new(),
        microsegments: Vec::new(),
    };
    let mut old = assessment("2026-01-01T00:00:00Z", vec![before]);
    let mut new = assessment("2026-02-01T00:00:00Z", vec![now]);
    (old.rules, new.rules) = (vec![rule("device:by-mac")], vec![rule("device:by-serial")]);
    (old.zones, new.zones) = (vec![zone("imaging", "by-mac")], vec![zone("imaging", "by-serial")]);
    let found = compared(&old, &new);
    assert_eq!(found.changed.len(), 1);
    let change = &found.changed[0];
    assert_eq!((change.was.as_deref(), change.id.as_str()), (Some("by-mac"), "by-serial"));
    assert_eq!(change.changes.len(), 1);
    assert_eq!(
        (change.changes[0].field.as_str(), &change.changes[0].gained),
        ("serial", &vec!["S1".to_owned()])
    );
    assert_eq!(found.plan, PlanChangeOf::pairs(12, 3), "its rules and zone are the same under the new id");
}

#[test]
fn strangers_are_not_paired_by_what_many_share_or_contradict() {
    let shared = |id: &str, serial: &str| Device {
        macs: vec!["00:80:a3:00:00:01".into()],
        serial: Some(serial.into()),
        ..device(id, 5.0)
    };
    let old = assessment("2026-01-01T00:00:00Z", vec![shared("a", "1")]);
    let new = assessment("2026-01-02T00:00:00Z", vec![shared("b", "2")]);
    let found = compared(&old, &new);
    assert_eq!((found.appeared.len(), found.gone.len(), found.changed.len()), (1, 1, 0), "another serial");
    // The address went from one device to another: neither it nor a name alone says that they are the same.
    let at = |id: &str, name: &str| Device {
        ips: vec!["10.0.0.5".into()],
        hostnames: vec![name.into()],
        ..device(id, 5.0)
    };
    let old = assessment("2026-01-01T00:00:00Z", vec![at("c", "ct01")]);
    let new = assessment("2026-01-02T00:00:00Z", vec![at("d", "mr01")]);
    assert_eq!(compared(&old, &new).appeared.len(), 1);
    let new = assessment("2026-01-02T00:00:00Z", vec![at("d", "CT01")]);
    assert_eq!(compared(&old, &new).appeared.len(), 0);
}

#[test]
fn worse_ones_come_first_with_their_reasons() {
    let with = |mut device: Device, factors: &[(&str, f64)]| {
        let factor = |(name, share): &(&str, f64)| Factor {
            name: (*name).into(),
            share: *share,
            why: "w".into(),
            ..Factor::default()
        };
        device.risk.factors = factors.iter().map(factor).collect();
        device
    };
    let old = assessment(
        "2026-01-01T00:00:00Z",
        vec![
            with(device("a", 10.0), &[("x", 10.0)]),
            with(device("b", 60.0), &[("x", 60.0)]),
            device("c", 1.0),
        ],
    );
    let mut worse = with(device("a", 55.0), &[("x", 10.0), ("internet_contact", 45.0)]);
    worse.internet.destinations = vec!["update.example".into()];
    worse.services = vec![Service {
        transport: "tcp".into(),
        port: 23,
        application: Some("telnet".into()),
        seen: "banner".into(),
    }];
    let mut new = assessment(
        "2026-02-01T00:00:00Z",
        vec![with(device("b", 20.0), &[("x", 20.0)]), worse, device("c", 1.0), device("d", 3.0)],
    );
    new.knowledge = "k2".into();
    let found = compared(&old, &new);
    let order: Vec<_> = found.changed.iter().map(|device| (device.id.as_str(), device.direction)).collect();
    assert_eq!(order, [("a", Direction::Worse), ("b", Direction::Better)]);
    let fields: Vec<_> = found.changed[0].changes.iter().map(|change| change.field.as_str()).collect();
    assert_eq!(fields, ["services", "internet"]);
    let factor = &found.changed[0].factors[0];
    assert_eq!((factor.name.as_str(), factor.before, factor.after), ("internet_contact", None, Some(45.0)));
    assert_eq!((found.unchanged, found.appeared.len(), found.basis.len()), (1, 1, 1));
    let sheet = String::from_utf8(cordon_report::comparison(&found).unwrap().remove(0).bytes).unwrap();
    assert_eq!(sheet.lines().count(), 1 + 1 + 2 + 2 + 1 + 1, "{sheet}");
    assert!(sheet.contains("risk,a,,a,score,10.0 low,55.0 high,"), "{sheet}");
}

#[test]
fn findings_tell_what_their_turn_means() {
    let of = |findings: &[(&str, &str)]| {
        let findings = findings.iter().map(|(advisory, status)| finding(advisory, status)).collect();
        Device { findings, ..device("a", 10.0) }
    };
    let before =
        [("A1", "affected"), ("A2", "undetermined"), ("A3", "affected"), ("A4", "fixed"), ("A5", "affected")];
    let now = [
        ("A1", "fixed"),
        ("A2", "affected"),
        ("A3", "undetermined"),
        ("A4", "fixed"),
        ("A6", "undetermined"),
        ("A7", "affected"),
    ];
    let old = assessment("2026-01-01T00:00:00Z", vec![of(&before)]);
    let new = assessment("2026-02-01T00:00:00Z", vec![of(&now)]);
    let turns: Vec<_> = compared(&old, &new).findings.iter().map(|f| (f.advisory.clone(), f.turn)).collect();
    let expected = [
        ("A1", Turn::Settled),
        ("A2", Turn::NewlyAffected),
        ("A3", Turn::Reopened),
        ("A5", Turn::Withdrawn),
        ("A6", Turn::Asked),
        ("A7", Turn::NewlyAffected),
    ];
    assert_eq!(turns, expected.map(|(advisory, turn)| (advisory.to_owned(), turn)));
    // The gravest of several products of one advisory counts.
    let old = assessment("2026-01-01T00:00:00Z", vec![of(&[("A1", "affected"), ("A1", "fixed")])]);
    let new = assessment("2026-02-01T00:00:00Z", vec![of(&[("A1", "not_affected"), ("A1", "affected")])]);
    assert!(compared(&old, &new).findings.is_empty());
}
