//! Who is in which zone: as proposed, as a policy says, and that nobody is moved by somebody else.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module"
)]

mod common;

use common::{add, claim, device, estate, knowledge, talk};
use cordon_model::Category;
use cordon_model::assess::{DeviceAssessment, Exposure, Patch, Risk, Support, SupportStatus};
use cordon_model::identify::{Attribute, DeviceId, Estate};
use cordon_model::observe::{Protocol, Transport};
use cordon_model::segment::Zone;
use cordon_segment::policy::{self, Policy};
use cordon_segment::{Settings, near, plan, verify, zones};
use proptest::prelude::*;
use std::collections::BTreeMap;

fn by_device(zones: &[Zone]) -> BTreeMap<DeviceId, String> {
    zones.iter().flat_map(|zone| zone.devices.iter().map(|id| (id.clone(), zone.id.clone()))).collect()
}

fn ended(id: &DeviceId) -> DeviceAssessment {
    DeviceAssessment {
        recalls: Vec::new(),
        device: id.clone(),
        support: Support { os: SupportStatus::Ended, ..Support::default() },
        patch: Patch::default(),
        findings: vec![],
        exposure: Exposure::default(),
        risk: Risk { inherent: 0.0, residual: 0.0, factors: vec![] },
    }
}

fn placed(estate: &Estate, text: &str) -> Result<BTreeMap<DeviceId, String>, Vec<String>> {
    let policy = policy::read(text).unwrap();
    let assessments = [ended(&DeviceId::new("dev-00001"))];
    zones::place(estate, &assessments, &policy)
        .map(|zones| by_device(&zones))
        .map_err(|faults| faults.iter().map(ToString::to_string).collect())
}

fn clinic() -> Estate {
    let mut clinic = estate(&[
        Category::InfusionPump,
        Category::InfusionPump,
        Category::ImagingModality,
        Category::Workstation,
        Category::ImageArchive,
        Category::IntegrationEngine,
    ]);
    clinic.devices[0].claims.push(claim(Attribute::Department, "Ward 3 (East)"));
    clinic.devices[3].claims.push(claim(Attribute::Criticality, "high"));
    clinic.devices[2].claims.push(claim(Attribute::AssetTag, "CT-1"));
    clinic
}

#[test]
fn what_is_proposed_keeps_services_unsupported_and_critical_apart() {
    let placed = placed(&clinic(), "version: 1\n").unwrap();
    let zones: Vec<&str> = placed.values().map(String::as_str).collect();
    assert_eq!(
        zones,
        [
            "zone-pumps",
            "zone-pumps-unsupported",
            "zone-imaging",
            "zone-office-critical",
            "zone-archive",
            "zone-integration"
        ]
    );
}

#[test]
fn what_a_policy_says_comes_first_and_the_strongest_word_counts() {
    let text = "version: 1
zones:
  - id: zone-pumps
    split_by: department
    members:
      - category: infusion_pump
  - id: zone-east
    unsupported: stay
    members:
      - category: infusion_pump
        department: ward 3 (east)
      - network: 10.0.0.4/32
  - id: zone-training
    members:
      - tag: ct-1
moves:
  - {device: image_archive-4, to: zone-training, by: Anna, when: 2026-11-22, why: test}
";
    let zones = placed(&clinic(), text).unwrap();
    let zones: Vec<&str> = zones.values().map(String::as_str).collect();
    assert_eq!(
        zones,
        [
            "zone-east",
            "zone-pumps-unsupported",
            "zone-training",
            "zone-east",
            "zone-training",
            "zone-integration"
        ]
    );
    let split = "version: 1\nzones:\n  - id: zone-pumps\n    split_by: department\n";
    assert_eq!(placed(&clinic(), split).unwrap()[&DeviceId::new("dev-00000")], "zone-pumps-ward-3-east");
}

#[test]
fn a_policy_that_does_not_fit_the_estate_is_refused_by_line() {
    let text = "version: 1
zones:
  - id: zone-a
    members:
      - device: nobody
      - network: 10.0.0.0/30
      - category: workstation
  - id: zone-b
    members:
      - device: 10.0.0.6
      - criticality: high
moves:
  - {device: 10.0.0.6, to: zone-c, by: Anna, when: 2026-11-22, why: test}
";
    let faults = placed(&clinic(), text).unwrap_err();
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(faults[0].contains("line 5: there is no device \"nobody\""), "{faults:?}");
    assert!(faults[1].contains("line 11: ") && faults[1].contains("zone-a by line 7"), "{faults:?}");
    assert!(faults[2].contains("line 13: there is no zone \"zone-c\""), "{faults:?}");
}

#[test]
fn makers_and_the_internet_stand_in_zones_of_their_own() {
    let mut site = clinic();
    for (to, port, application) in [
        ("198.51.100.1", 443, Protocol::Tls),
        ("203.0.113.7", 3389, Protocol::Rdp),
        ("203.0.113.7", 443, Protocol::Tls),
    ] {
        let mut one = talk(2, 3, Transport::Tcp, port);
        one.conversation.server.ip = Some(to.parse().unwrap());
        one.conversation.application = Some(application);
        (one.server_device, one.outside) = (None, true);
        add(&mut site, one);
    }
    let plan = plan(&site, &[], knowledge(), &Settings::default());
    let outside: Vec<(&str, &[String])> = plan
        .zones
        .iter()
        .filter(|zone| !zone.outside.is_empty())
        .map(|zone| (zone.id.as_str(), zone.outside.as_slice()))
        .collect();
    assert_eq!(
        outside,
        [
            ("zone-internet", &["198.51.100.1".to_owned()][..]),
            ("zone-vendor-access", &["203.0.113.7".to_owned()][..])
        ]
    );
    assert!(verify(&plan, &site).passed());
}

#[test]
fn an_unknown_device_is_suggested_near_the_one_kind_it_talks_with() {
    let mut site = estate(&[
        Category::Unknown,
        Category::Unknown,
        Category::Unknown,
        Category::Unknown,
        Category::ImageArchive,
        Category::Server,
        Category::InfusionGateway,
    ]);
    site.devices[3].claims.push(claim(Attribute::Criticality, "high"));
    // One with the archive and shared services; one with two kinds; one that was never answered; one highly critical.
    for (from, to, answered) in
        [(0, 4, true), (0, 5, true), (1, 4, true), (6, 1, true), (2, 4, false), (3, 4, true)]
    {
        let mut one = talk(from, to, Transport::Tcp, 104);
        one.conversation.answered = answered;
        add(&mut site, one);
    }
    let found = near(&site);
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].device.as_str(), found[0].zone), ("dev-00000", "zone-imaging"));
    assert!(found[0].confidence < 0.9 && found[0].why.contains("image_archive-4"), "{found:?}");
    // It is a suggestion: the zone stays.
    let zones = zones::place(&site, &[], &Policy::default()).unwrap();
    assert_eq!(by_device(&zones)[&found[0].device], "zone-unknown");
}

fn any_estate() -> impl Strategy<Value = (Estate, Vec<DeviceAssessment>)> {
    let one = (
        prop::sample::select(Category::ALL.to_vec()),
        prop::option::of(prop::sample::select(vec!["ICU", "Ward 3", "Radiology"])),
        prop::option::of(prop::sample::select(vec!["high", "medium", "low"])),
        prop::bool::weighted(0.2),
    );
    let talks = prop::collection::vec((0usize..20, 0usize..20, 0usize..4), 0..60);
    (prop::collection::vec(one, 2..20), talks).prop_map(|(devices, talks)| {
        let mut site = Estate::default();
        let mut assessments = Vec::new();
        for (at, (category, department, criticality, is_ended)) in devices.into_iter().enumerate() {
            let mut one = device(at, category);
            one.claims.extend(department.map(|value| claim(Attribute::Department, value)));
            one.claims.extend(criticality.map(|value| claim(Attribute::Criticality, value)));
            if is_ended {
                assessments.push(ended(&one.id));
            }
            site.devices.push(one);
        }
        let count = site.devices.len();
        for (from, to, port) in talks.into_iter().filter(|(from, to, _)| from % count != to % count) {
            add(&mut site, talk(from % count, to % count, Transport::Tcp, [22, 53, 104, 443][port]));
        }
        (site, assessments)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// Whatever comes or goes, whoever stays stands where it stood: with a policy and without.
    #[test]
    fn one_more_device_never_moves_another(
        (site, assessments) in any_estate(),
        gone in any::<prop::sample::Index>(),
        file in prop::sample::select(vec![
            "version: 1\n",
            "version: 1\nzones:\n  - id: zone-pumps\n    split_by: department\n  - id: zone-mine\n    members:\n      - category: ecg\n      - network: 10.0.0.8/29\n",
        ]),
    ) {
        let policy = policy::read(file).unwrap();
        let mut fewer = site.clone();
        let gone = fewer.devices.remove(gone.index(site.devices.len())).id;
        fewer.conversations.retain(|both| {
            both.client_device.as_ref() != Some(&gone) && both.server_device.as_ref() != Some(&gone)
        });
        let planned = |estate: &Estate| {
            let zones = zones::place(estate, &assessments, &policy).unwrap();
            let settings = Settings { zones: Some(zones), ..Settings::default() };
            by_device(&plan(estate, &assessments, knowledge(), &settings).zones)
        };
        let (mut with, without) = (planned(&site), planned(&fewer));
        prop_assert!(with.remove(&gone).is_some());
        prop_assert_eq!(with, without);
    }

    /// What a plan writes into a policy is read back and puts everybody where they were.
    #[test]
    fn a_first_policy_changes_nothing((site, assessments) in any_estate()) {
        let proposed = zones::place(&site, &assessments, &Policy::default()).unwrap();
        let given: Vec<policy::Given> = proposed
            .iter()
            .map(|zone| policy::Given {
                id: zone.id.clone(),
                name: zone.name.clone(),
                purpose: zone.purpose.clone(),
                categories: zones::categories(&zone.id),
                ..policy::Given::default()
            })
            .collect();
        let policy = policy::read(&policy::first(&given)).unwrap();
        prop_assert_eq!(zones::place(&site, &assessments, &policy).unwrap(), proposed);
    }
}
