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
use cordon_segment::graph::{self, graph};
use cordon_segment::policy::{self, Policy};
use cordon_segment::{Settings, plan, verify, zones};
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
    zones::place(estate, &assessments, &policy, &graph(estate))
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

/// Unknown devices 0 to 6, then an archive, a server, a gateway, three pumps, a workstation and something "other".
fn ward_of_strangers() -> Estate {
    use Category as C;
    let mut categories = vec![C::Unknown; 7];
    categories.extend([C::ImageArchive, C::Server, C::InfusionGateway]);
    categories.extend([C::InfusionPump; 3]);
    categories.extend([C::Workstation, C::Other]);
    estate(&categories)
}

#[test]
fn the_graph_places_what_nothing_identifies_and_admits_where_it_does_not_tell() {
    let mut site = ward_of_strangers();
    site.devices[3].claims.push(claim(Attribute::Criticality, "high"));
    for (from, to, answered) in [
        // With the archive and shared services.
        (0, 7, true),
        (0, 8, true),
        // With two kinds.
        (1, 7, true),
        (9, 1, true),
        // Never answered.
        (2, 7, false),
        // Highly critical.
        (3, 7, true),
        // With one pump only, which may be anybody's service laptop.
        (4, 10, true),
        // With pumps, and asks the office.
        (5, 10, true),
        (5, 11, true),
        (5, 13, true),
        // With pumps, and the office asks it.
        (6, 10, true),
        (6, 11, true),
        (13, 6, true),
        // "Other", with two pumps.
        (14, 11, true),
        (14, 12, true),
    ] {
        let mut one = talk(from, to, Transport::Tcp, 104);
        one.conversation.answered = answered;
        add(&mut site, one);
    }
    let told = graph(&site);
    let zones = zones::place(&site, &[], &Policy::default(), &told).unwrap();
    let placed = by_device(&zones);
    let zone = |at: usize| placed[&site.devices[at].id].as_str();
    assert_eq!((0..7).map(zone).collect::<Vec<_>>(), {
        let unknown = "zone-unknown";
        ["zone-imaging", unknown, unknown, "zone-imaging", unknown, unknown, "zone-pumps"]
    });
    assert_eq!(zone(14), "zone-pumps");
    let near = &told[&site.devices[0].id];
    assert!(near.confidence < 0.9 && near.why.contains("image_archive-7"), "{near:?}");
    // One pump is a hint for a person, with its reason.
    let hints = graph::hints(&told);
    assert_eq!(hints.len(), 1, "{hints:?}");
    assert!(hints[0].1.contains("infusion_pump-10") && hints[0].1.contains("zone-pumps"), "{hints:?}");
    // They stand apart within the zone: nobody said what they are.
    let imaging = zones.iter().find(|zone| zone.id == "zone-imaging").unwrap();
    let parts: Vec<&str> = imaging.microsegments.iter().map(|part| part.id.as_str()).collect();
    assert_eq!(parts, ["seg-imaging-not-identified", "seg-imaging-not-identified-critical"]);
}

#[test]
fn who_leaves_the_site_is_placed_only_when_it_speaks_as_clinical_devices_do() {
    for (spoken, zone) in [(Protocol::Tls, None), (Protocol::Dicom, Some("zone-imaging"))] {
        let mut site = ward_of_strangers();
        let mut one = talk(0, 7, Transport::Tcp, 11112);
        one.conversation.application = Some(spoken);
        add(&mut site, one);
        let mut away = talk(0, 3, Transport::Tcp, 443);
        away.conversation.server.ip = Some("198.51.100.1".parse().unwrap());
        (away.server_device, away.outside) = (None, true);
        add(&mut site, away);
        assert_eq!(graph(&site)[&site.devices[0].id].zone, zone);
    }
}

#[test]
fn a_scanner_is_placed_by_nobody_it_scanned() {
    let mut categories = vec![Category::InfusionPump; 20];
    categories.push(Category::Unknown);
    let mut site = estate(&categories);
    for to in 0..20 {
        let mut one = talk(20, to, Transport::Tcp, 80);
        one.conversation.answered = to % 2 == 0;
        add(&mut site, one);
    }
    assert_eq!(graph(&site)[&site.devices[20].id].zone, None);
}

#[test]
fn a_policy_that_says_more_than_unknown_stands_before_the_graph() {
    let mut site = ward_of_strangers();
    site.devices[1].claims.push(claim(Attribute::Department, "Lab"));
    for from in [0, 1] {
        add(&mut site, talk(from, 7, Transport::Tcp, 104));
    }
    let text = "version: 1
zones:
  - id: zone-unknown
    members:
      - category: unknown
  - id: zone-lab
    members:
      - {category: unknown, department: lab}
  - id: radiology
    members:
      - category: imaging_modality
";
    let policy = policy::read(text).unwrap();
    let placed = by_device(&zones::place(&site, &[], &policy, &graph(&site)).unwrap());
    let zone = |at: usize| placed[&site.devices[at].id].as_str();
    assert_eq!([zone(0), zone(1), zone(2)], ["radiology", "zone-lab", "zone-unknown"]);
}

/// For each device its microsegment.
fn parts_of(zones: &[Zone]) -> BTreeMap<DeviceId, String> {
    let parts = zones.iter().flat_map(|zone| &zone.microsegments);
    parts.flat_map(|part| part.devices.iter().map(|id| (id.clone(), part.id.clone()))).collect()
}

const DIVIDED: &str = "version: 1
zones:
  - id: zone-pumps
    unsupported: stay
    microsegments:
      - id: seg-pumps-east
        members:
          - department: ward 3 (east)
      - id: seg-pumps-old
        name: \"Old ones\"
        members:
          - support: ended
          - device: infusion_pump-5
  - id: zone-imaging
    microsegments:
      - id: seg-net
        members:
          - network: 10.0.0.6/31
  - id: zone-cardiology
    microsegments: []
";

fn pumps() -> Estate {
    use Category as C;
    let mut site = estate(&[
        C::InfusionPump,
        C::InfusionPump,
        C::InfusionPump,
        C::Ecg,
        C::ImagingModality,
        C::InfusionPump,
        C::ImagingModality,
    ]);
    for at in [0, 1] {
        site.devices[at].claims.push(claim(Attribute::Department, "Ward 3 (East)"));
    }
    site
}

#[test]
fn microsegments_follow_the_policy_and_the_rest_stands_in_none() {
    let policy = policy::read(DIVIDED).unwrap();
    let site = pumps();
    let zones = zones::place(&site, &[ended(&site.devices[1].id)], &policy, &graph(&site)).unwrap();
    let parts = parts_of(&zones);
    let of = |at: usize| parts.get(&site.devices[at].id).map(String::as_str);
    // Of two that say as much, that support ended is the rarer thing.
    assert_eq!(
        [of(0), of(1), of(2), of(3), of(4), of(5), of(6)],
        [
            Some("seg-pumps-east"),
            Some("seg-pumps-old"),
            None,
            None,
            None,
            Some("seg-pumps-old"),
            Some("seg-net")
        ]
    );
    let pumps = zones.iter().find(|zone| zone.id == "zone-pumps").unwrap();
    assert_eq!(pumps.microsegments[1].name, "Old ones");
}

#[test]
fn microsegments_that_contradict_the_estate_are_refused_by_line() {
    let site = pumps();
    for (from, to, line, words) in [
        (
            "- device: infusion_pump-5",
            "- device: ecg-3",
            13,
            "is not in zone-pumps, so seg-pumps-old cannot hold it",
        ),
        ("- device: infusion_pump-5", "- device: nobody", 13, "there is no device \"nobody\""),
        ("- department: ward 3 (east)", "- device: 10.0.0.6", 13, "is in seg-pumps-east by line 8 already"),
        ("- id: seg-net", "- id: seg-cardiology-ecg", 16, "is the proposed name"),
    ] {
        let text = DIVIDED
            .replace(from, to)
            .replace("    microsegments: []\n", if line == 16 { "" } else { "    microsegments: []\n" });
        let policy = policy::read(&text).unwrap();
        let faults = zones::place(&site, &[], &policy, &graph(&site)).unwrap_err();
        assert!(
            faults.iter().any(|fault| fault.line == line && fault.message.contains(words)),
            "{words}: {faults:?}"
        );
    }
}

#[test]
fn a_rule_names_a_microsegment_whole_where_all_of_it_needs_the_same() {
    let mut site = pumps();
    site.devices.push(device(7, Category::Server));
    for from in [0, 1] {
        add(&mut site, talk(from, 7, Transport::Tcp, 443));
    }
    // Within the zone, from one microsegment to another.
    add(&mut site, talk(0, 5, Transport::Tcp, 8080));
    add(&mut site, talk(1, 5, Transport::Tcp, 8080));
    let policy = policy::read(DIVIDED).unwrap();
    let zones = zones::place(&site, &[], &policy, &graph(&site)).unwrap();
    let planned = |zones: Vec<Zone>| {
        plan(&site, &[], knowledge(), &Settings { zones: Some(zones), ..Settings::default() })
    };
    let found = planned(zones.clone());
    let sides: Vec<(String, String)> =
        found.rules.iter().map(|rule| (rule.from.to_string(), rule.to.to_string())).collect();
    assert!(sides.contains(&("microsegment:seg-pumps-east".into(), "device:dev-00007".into())), "{sides:?}");
    assert!(sides.contains(&("microsegment:seg-pumps-east".into(), "device:dev-00005".into())), "{sides:?}");
    assert!(verify(&found, &site).passed());
    // The same pairs stay open as without microsegments, only in fewer rules.
    let mut undivided = zones;
    undivided.iter_mut().for_each(|zone| zone.microsegments.clear());
    let plain = planned(undivided);
    assert!(plain.rules.len() > found.rules.len());
    let reach = |plan| cordon_segment::containment(&site, plan);
    assert_eq!(reach(&found), reach(&plain));
    let lost = |plan| cordon_segment::blast::blast(&site, plan);
    assert_eq!(lost(&found), lost(&plain));
    // A plan that opens the whole microsegment for one of it is too loose.
    let mut loose = found.clone();
    let rule = loose.rules.iter_mut().find(|rule| rule.to.to_string() == "device:dev-00007").unwrap();
    rule.from = cordon_model::segment::Party::Microsegment("seg-pumps-old".into());
    assert!(!verify(&loose, &site).too_loose.is_empty());
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

/// The proposed microsegments of a zone as a policy takes them.
fn given_parts(
    site: &Estate,
    assessments: &[DeviceAssessment],
    zones: &[Zone],
    zone: &str,
) -> Vec<policy::GivenPart> {
    let found = zones::microsegments(site, assessments, &Policy::default(), &graph(site), zones);
    found.iter().filter(|part| part.zone == zone).map(zones::Proposed::given).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    /// What a plan writes into a policy is read back and puts everybody where they were.
    #[test]
    fn a_first_policy_changes_nothing((site, assessments) in any_estate()) {
        let proposed = zones::place(&site, &assessments, &Policy::default(), &graph(&site)).unwrap();
        let given: Vec<policy::Given> = proposed
            .iter()
            .map(|zone| policy::Given {
                id: zone.id.clone(),
                name: zone.name.clone(),
                purpose: zone.purpose.clone(),
                categories: zones::categories(&zone.id),
                parts: given_parts(&site, &assessments, &proposed, &zone.id),
                ..policy::Given::default()
            })
            .collect();
        let policy = policy::read(&policy::first(&given)).unwrap();
        prop_assert_eq!(zones::place(&site, &assessments, &policy, &graph(&site)).unwrap(), proposed);
    }
}
