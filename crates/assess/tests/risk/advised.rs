//! What advisories, notices, controls and the device's own protection do to risk and actions.

use super::*;
use cordon_assess::intelligence::{CveIntelligence, Epss, Intelligence, KnownExploited};
use cordon_assess::whatif::{Deed, Reason, Scored, what_if};
use cordon_assess::{Control, Notice, Notices};
use cordon_model::assess::{Finding, FindingStatus, Remedy, RemedyKind};
use cordon_model::identify::{Presence, Protection};
use cordon_model::observe::Fact;
use std::collections::BTreeSet;

const CRITICAL: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

fn finding(advisory: &str, status: FindingStatus, vector: &str) -> Finding {
    Finding {
        advisory: advisory.into(),
        cves: vec![format!("CVE-2024-{}", 1000 + advisory.len())],
        status,
        why: "the advisory lists it".into(),
        question: (status == FindingStatus::Undetermined)
            .then(|| "Which firmware version does the pump run?".into()),
        vectors: vec![vector.into()],
        ..Finding::default()
    }
}

fn with_findings(findings: Vec<Finding>) -> Beside {
    Beside { findings: BTreeMap::from([(DeviceId::new("dev-0"), findings)]), ..Beside::default() }
}

fn judged(told: &Beside) -> Vec<DeviceAssessment> {
    beside(&clinic(), &Weights::default(), told, assess)
}

fn known(cve: &str, more: CveIntelligence) -> Intelligence {
    let mut known = Intelligence::default();
    assert!(known.add(cve, more));
    known
}

fn day(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn point(finding: &Finding, name: &str) -> (&'static str, String) {
    let points = &finding.ssvc.as_ref().unwrap().points;
    let point = points.iter().find(|point| point.name == name).unwrap();
    (point.value, point.why.clone())
}

#[test]
fn an_advisory_that_attackers_use_counts_most_and_is_decided_with_its_reasons() {
    let mut told = with_findings(vec![finding("ICSMA-24-001-01", FindingStatus::Affected, CRITICAL)]);
    let cve = told.findings.values().next().unwrap()[0].cves[0].clone();
    let plain = judged(&told);
    assert!(why(&plain[0], "known_vulnerability").unwrap().contains("ICSMA-24-001-01 (CVSS 9.8)"));
    assert_eq!(plain[0].findings[0].cvss.as_ref().unwrap().tenths, 98);
    assert_eq!(point(&plain[0].findings[0], "exploitation").0, "none");

    let entry = KnownExploited {
        added: day("2024-03-01"),
        due: None,
        ransomware: None,
        name: "n".into(),
        action: "a".into(),
    };
    told.intelligence = known(&cve, CveIntelligence { kev: Some(entry), ..CveIntelligence::default() });
    let used = judged(&told);
    assert!(used[0].risk.score() > plain[0].risk.score());
    assert!(
        why(&used[0], "exploited_vulnerability").is_some() && why(&used[0], "known_vulnerability").is_none()
    );
    let found = &used[0].findings[0];
    assert_eq!(found.known_exploited, Some(day("2024-03-01")));
    // Active, on a network, automatable, a single life, an essential function: CERT/CC's table.
    assert_eq!(found.ssvc.as_ref().unwrap().decision, "out-of-cycle");
    assert!(point(found, "exploitation").1.contains("2024-03-01"));
    assert_eq!((point(found, "exposure").0, point(found, "automatable").0), ("controlled", "yes"));
    assert_eq!((point(found, "safety_impact").0, point(found, "human_impact").0), ("critical", "high"));
}

#[test]
fn what_does_not_hit_counts_nothing_and_what_may_hit_asks() {
    let none = judged(&Beside::default());
    let spared = judged(&with_findings(vec![
        finding("A", FindingStatus::NotAffected, CRITICAL),
        finding("B", FindingStatus::Fixed, CRITICAL),
    ]));
    assert_eq!(spared[0].risk, none[0].risk);
    assert!(spared[0].findings.iter().all(|finding| finding.ssvc.is_none()));
    let told = with_findings(vec![finding("A", FindingStatus::Undetermined, CRITICAL)]);
    let open = judged(&told);
    let hit = judged(&with_findings(vec![finding("A", FindingStatus::Affected, CRITICAL)]));
    assert!(none[0].risk.score() < open[0].risk.score() && open[0].risk.score() < hit[0].risk.score());
    assert!(why(&open[0], "undetermined_vulnerability").unwrap().contains("for want of one fact"));
    let todo = beside(&clinic(), &Weights::default(), &told, |context| actions(context, &open));
    let asked = todo.iter().find(|action| action.why.starts_with("Which firmware version")).unwrap();
    assert_eq!((asked.kind.as_str(), asked.removes), ("find_out", 0.0));
    assert!(asked.why.contains("decides 1 advisory"), "{}", asked.why);
}

#[test]
fn exploits_are_told_by_points_vectors_and_probability() {
    let cve = "CVE-2024-1001";
    let check = |more: CveIntelligence, vector: &str, expected: &str, word: &str| {
        let mut told = with_findings(vec![finding("A", FindingStatus::Affected, vector)]);
        told.intelligence = known(cve, more);
        let found = judged(&told)[0].findings[0].clone();
        let (value, why) = point(&found, "exploitation");
        assert_eq!(value, expected, "{why}");
        assert!(why.contains(word), "{why}");
    };
    let epss = |score| {
        let epss = Epss { score, percentile: 0.9, model: Some("v2025.03.14".into()), date: None };
        CveIntelligence { epss: Some(epss), ..CveIntelligence::default() }
    };
    check(CveIntelligence::default(), CRITICAL, "none", "no source");
    check(CveIntelligence::default(), &format!("{CRITICAL}/E:P"), "public poc", "CVSS");
    check(epss(0.05), CRITICAL, "none", "no source");
    check(epss(0.42), CRITICAL, "public poc", "42 %");
    let four = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N/E:A";
    check(CveIntelligence::default(), four, "active", "E:A");
}

#[test]
fn who_must_be_at_the_device_counts_less() {
    let hit = |vector: &str| judged(&with_findings(vec![finding("A", FindingStatus::Affected, vector)]));
    let local = hit("CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    assert!(why(&local[0], "local_vulnerability").is_some());
    assert_eq!(point(&local[0].findings[0], "automatable").0, "no");
    assert!(local[0].risk.score() < hit(CRITICAL)[0].risk.score());
}

#[test]
fn a_notice_ends_support_and_distribution_only_hints() {
    let mut estate = clinic();
    let more = [
        claim(Attribute::Manufacturer, "Baxter"),
        claim(Attribute::Model, "Sigma Spectrum"),
        claim(Attribute::Distribution, "Not in Commercial Distribution"),
    ];
    estate.devices[0].claims.extend(more);
    estate.devices[0].claims.retain(|claim| {
        !matches!(
            claim.attribute,
            Attribute::PatchPossible | Attribute::PatchWhyNot | Attribute::PatchResponsible
        )
    });
    let told = |notices| Beside { notices: Notices::new(notices), ..Beside::default() };
    let before = beside(&estate, &Weights::default(), &told(vec![]), assess);
    assert_eq!(before[0].support.device, SupportStatus::Unknown);
    assert!(before[0].support.hints[0].contains("sold no more"), "{:?}", before[0].support.hints);
    assert!(before[0].patch.hint.as_ref().unwrap().contains("an infusion pump"), "{:?}", before[0].patch);
    let notice = Notice {
        manufacturer: "BAXTER".into(),
        model: Some("Sigma-Spectrum".into()),
        full_until: None,
        support_until: Some(day("2025-01-01")),
        paid_until: None,
        source: "letter 17".into(),
        who: "anna".into(),
        when: "2026-03-01".into(),
        why: "inventory".into(),
    };
    let told = told(vec![notice]);
    let after = beside(&estate, &Weights::default(), &told, assess);
    assert_eq!(after[0].support.device, SupportStatus::Ended);
    assert_eq!(after[0].support.device_until, Some(day("2024-12-31")));
    assert!(why(&after[0], "device_support_ended").unwrap().contains("letter 17, recorded by anna"));
    assert_eq!(
        (after[0].patch.possible, after[0].patch.why_not),
        (Some(false), Some(PatchWhyNot::VendorEnded))
    );
    assert!(after[0].risk.score() > before[0].risk.score());
    let todo = beside(&estate, &Weights::default(), &told, |context| actions(context, &after));
    assert!(todo.iter().any(|action| action.id == "act-replace-baxter-sigma-spectrum"));
}

#[test]
fn life_class_and_place_raise_the_harm() {
    let score = |more: Vec<Claim>| {
        let mut estate = clinic();
        estate.devices[1].claims.extend(more);
        judge(&estate)[1].risk.score()
    };
    let plain = score(vec![]);
    assert!(score(vec![claim(Attribute::LifeSustaining, "yes")]) > plain);
    assert!(score(vec![claim(Attribute::DeviceClass, "3")]) > plain);
    assert!(score(vec![claim(Attribute::Department, "NICU 2")]) > plain);
    assert_eq!(score(vec![claim(Attribute::Department, "Bits and pieces")]), plain);
}

#[test]
fn what_a_device_says_of_its_protection_is_listed_and_hardened() {
    let mut estate = clinic();
    let said = [
        (Fact::TlsVersion, "1.0"),
        (Fact::TlsNotAfter, "2020-05-01T00:00:00Z"),
        (Fact::VncSecurity, "none"),
        (Fact::SmbDialect, "1.0"),
        (Fact::RdpSecurity, "TLS"),
        (Fact::RdpSecurity, "CredSSP"),
        (Fact::TlsVersion, "1.3"),
    ];
    let protection =
        |(fact, value): (Fact, &str)| Protection { fact, value: value.into(), source: Source::default() };
    estate.devices[1].protections = said.into_iter().map(protection).collect();
    let found = judge(&estate);
    let names: BTreeSet<&str> =
        found[1].exposure.risky_services.iter().map(|risky| risky.name.as_str()).collect();
    let expected = ["certificate_expired", "rdp_without_nla", "smb1", "tls_old", "vnc_open"];
    assert!(expected.iter().all(|name| names.contains(name)), "{names:?}");
    assert!(
        why(&found[1], "smb1").is_some()
            && why(&found[1], "certificate_expired").unwrap().contains("2020-05-01")
    );
    assert!(found[1].risk.score() > judge(&clinic())[1].risk.score());
    let todo = with(&estate, &Weights::default(), |context| actions(context, &found));
    let smb = todo.iter().find(|action| action.id == "act-configure-smb1").unwrap();
    assert!(smb.why.contains("version 3") && smb.removes > 0.0 && smb.clears == ["smb1"]);
}

#[test]
fn what_serves_nobody_can_be_unplugged_once_it_was_watched() {
    let mut estate = clinic();
    estate.conversations.retain(|talk| talk.client_device != Some(DeviceId::new("dev-1")));
    let seen = |hours: i64| {
        let first = Timestamp::from_seconds(1_790_000_000);
        Some(Presence { first, last: first.plus_micros(hours * 3_600_000_000), macs: vec![], ips: vec![] })
    };
    estate.devices[1].presence = seen(1);
    assert_eq!(judge(&estate)[1].exposure.can_be_disconnected, None);
    estate.devices[1].presence = seen(48);
    let found = judge(&estate);
    assert!(found[1].exposure.can_be_disconnected.as_ref().unwrap().contains("2.0 days"));
    let todo = with(&estate, &Weights::default(), |context| actions(context, &found));
    assert!(todo.iter().any(|action| action.id == "act-disconnect-idle"));
    estate.devices[1].presence = None;
    assert_eq!(judge(&estate)[1].exposure.can_be_disconnected, None);
}

fn scored(found: &[DeviceAssessment]) -> Vec<Scored> {
    let reasons = |assessment: &DeviceAssessment| {
        let factors = assessment.risk.factors.iter();
        factors
            .map(|factor| Reason {
                name: factor.name.clone(),
                side: factor.side,
                value: factor.value,
                controlled: factor.controlled,
            })
            .collect()
    };
    found
        .iter()
        .map(|assessment| Scored { id: assessment.device.to_string(), reasons: reasons(assessment) })
        .collect()
}

fn deed(action: &Action) -> Deed {
    Deed {
        controls: action.kind == "segment",
        devices: action.devices.iter().map(ToString::to_string).collect(),
        clears: action.clears.iter().cloned().collect(),
        lowers: action
            .lowers
            .iter()
            .map(|one| ((one.device.to_string(), one.factor.clone()), one.left))
            .collect(),
    }
}

/// What an action says it removes is what the estate loses when it alone is done.
#[test]
fn a_what_if_of_one_action_gives_what_the_action_promises() {
    let mut hit = finding("A", FindingStatus::Affected, CRITICAL);
    let remedy = |kind| Remedy { kind, text: "Do as we say.".into(), url: None };
    hit.remedies = vec![remedy(RemedyKind::VendorFix), remedy(RemedyKind::Mitigation)];
    let mut told = with_findings(vec![hit.clone(), finding("BB", FindingStatus::Affected, CRITICAL)]);
    told.findings.insert(DeviceId::new("dev-1"), vec![hit]);
    let estate = clinic();
    beside(&estate, &Weights::default(), &told, |context| {
        let mut found = assess(context);
        let reach = estate.devices.iter().map(|device| (device.id.clone(), (2, 0))).collect();
        with_controls(context, &mut found, &reach);
        let todo = actions(context, &found);
        let kinds: BTreeSet<&str> = todo.iter().map(|action| action.kind.as_str()).collect();
        assert!(
            ["segment", "patch", "configure", "replace"].iter().all(|kind| kinds.contains(kind)),
            "{kinds:?}"
        );
        for action in todo.iter().filter(|action| action.removes > 0.0) {
            assert_eq!(action.removes_each.len(), action.devices.len());
            let outlook = what_if(&scored(&found), &[deed(action)]);
            for (device, promised) in action.devices.iter().zip(&action.removes_each) {
                let of_device = outlook.iter().find(|one| one.id == device.as_str()).unwrap();
                let lost = of_device.before - of_device.after;
                assert!((lost - promised).abs() < 0.051, "{}: {lost} lost, {promised} promised", action.id);
            }
        }
        let all: Vec<Deed> = todo.iter().map(deed).collect();
        let outlook = what_if(&scored(&found), &all);
        assert!(outlook.iter().all(|one| one.after <= one.before));
    });
}

/// As a clinician would rank: what can injure comes before what leaks, also where the leak is the likelier.
#[test]
fn who_can_injure_a_patient_ranks_above_an_office_computer_that_leaks() {
    let ended = |at: usize, category: Category| {
        let mut device = device(at, category);
        device.claims.extend([claim(Attribute::Os, "Windows"), claim(Attribute::OsVersion, "7")]);
        device
    };
    let mut estate = clinic();
    estate.devices = vec![
        device(0, Category::InfusionPump),
        device(1, Category::Printer),
        ended(2, Category::Workstation),
        device(3, Category::MedicationCabinet),
    ];
    // The office computer leaks patient data, names and passwords, and talks to the internet.
    let mut leak = outside(2, "198.51.100.8", true);
    leak.conversation.patient_data = PatientDataKinds::NAME;
    estate.conversations = vec![leak];
    let mut exploited = finding("A", FindingStatus::Affected, CRITICAL);
    exploited.cves = vec!["CVE-2024-0001".into()];
    let mut told = with_findings(vec![exploited]);
    let many = (0..3).map(|at| finding(&"B".repeat(at + 1), FindingStatus::Affected, CRITICAL)).collect();
    told.findings.insert(DeviceId::new("dev-3"), many);
    let entry = KnownExploited {
        added: day("2024-03-01"),
        due: None,
        ransomware: None,
        name: "n".into(),
        action: "a".into(),
    };
    told.intelligence =
        known("CVE-2024-0001", CveIntelligence { kev: Some(entry), ..CveIntelligence::default() });
    let found = beside(&estate, &Weights::default(), &told, assess);
    let score = |at: usize| found[at].risk.score();
    assert!(why(&found[2], "clear_credentials").is_some() && why(&found[2], "internet_contact").is_some());
    assert!(score(0) > score(2), "pump {} office {}", score(0), score(2));
    assert!(score(3) > score(2), "cabinet {} office {}", score(3), score(2));
    // On the same weaknesses alone the order is that of the harm.
    let (station, plain) = (ended(0, Category::CentralStation), ended(1, Category::Workstation));
    let alike = judge(&Estate { devices: vec![station, plain], ..Estate::default() });
    assert!(alike[0].risk.score() > 1.5 * alike[1].risk.score());
}

/// The example of the book's page on the risk formula.
#[test]
fn the_example_worked_by_hand_comes_out() {
    let mut scanner = device(0, Category::ImagingModality);
    scanner.claims.extend([claim(Attribute::Os, "Windows"), claim(Attribute::OsVersion, "7")]);
    let estate = Estate { devices: vec![scanner, device(1, Category::ImagingModality)], ..Estate::default() };
    let told = with_findings(vec![finding("A", FindingStatus::Affected, CRITICAL)]);
    let found = beside(&estate, &Weights::default(), &told, assess);
    let value = |name: &str| found[0].risk.factors.iter().find(|factor| factor.name == name).unwrap().value;
    assert_eq!((value("on_the_network"), value("os_support_ended")), (0.05, 0.45));
    assert!((value("known_vulnerability") - 0.294).abs() < 1e-9);
    assert!((value("flat_reachability") - 0.0049).abs() < 1e-4);
    assert_eq!(found[0].risk.score(), 47.0);
}

fn random_finding() -> impl Strategy<Value = Finding> {
    let status = prop::sample::select(vec![
        FindingStatus::Affected,
        FindingStatus::Undetermined,
        FindingStatus::Fixed,
        FindingStatus::NotAffected,
    ]);
    let vector = prop::sample::select(vec![
        CRITICAL,
        "CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "CVSS:3.1/AV:N/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N/E:P",
        "AV:N/AC:L/Au:N/C:P/I:P/A:P",
        "no vector at all",
    ]);
    ("[A-Z]{1,6}", status, vector).prop_map(|(name, status, vector)| finding(&name, status, vector))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn one_more_advisory_never_lowers_a_score(
        findings in prop::collection::vec(random_finding(), 0..8),
        epss in 0.0..1.0f64,
    ) {
        let mut before = 0.0;
        for count in 0..=findings.len() {
            let told = with_findings(findings[..count].to_vec());
            let found = judged(&told);
            prop_assert!(found[0].risk.score() >= before);
            prop_assert_eq!(sum_of_shares(&found[0]), (found[0].risk.score() * 10.0).round() as i64);
            before = found[0].risk.score();
        }
        // Nor does a probability of exploitation.
        let mut told = with_findings(findings.clone());
        let cve = findings.first().map_or("CVE-2024-9999", |finding| finding.cves[0].as_str());
        let epss = Epss { score: epss, percentile: 0.5, model: None, date: None };
        told.intelligence = known(cve, CveIntelligence { epss: Some(epss), ..CveIntelligence::default() });
        prop_assert!(judged(&told)[0].risk.score() >= before);
    }

    #[test]
    fn controls_never_raise_what_remains(
        findings in prop::collection::vec(random_finding(), 0..8),
        controls in prop::sample::subsequence(vec![Control::Monitoring, Control::Physical], 0..=2),
        before in 0u64..500,
        after in 0u64..500,
    ) {
        let estate = clinic();
        let reach: BTreeMap<DeviceId, (u64, u64)> =
            estate.devices.iter().map(|device| (device.id.clone(), (before, after))).collect();
        let residual = |controls: Vec<Control>, reach: &BTreeMap<DeviceId, (u64, u64)>| {
            let mut told = with_findings(findings.clone());
            told.controls = BTreeMap::from([(DeviceId::new("dev-0"), controls)]);
            beside(&estate, &Weights::default(), &told, |context| {
                let mut found = assess(context);
                with_controls(context, &mut found, reach);
                found[0].risk.residual
            })
        };
        let nothing = residual(vec![], &BTreeMap::new());
        prop_assert!(residual(controls.clone(), &BTreeMap::new()) <= nothing);
        prop_assert!(residual(controls, &reach) <= residual(vec![], &reach));
    }
}
