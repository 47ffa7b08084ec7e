//! Risk over small estates: what counts, what is said, and what can never happen.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests stop loudly")]

use cordon_assess::{Beside, Context, Planned, Weights, assess};
use cordon_knowledge::Knowledge;
use cordon_model::assess::{Action, DeviceAssessment, PatchWhyNot, SupportStatus};
use cordon_model::identify::{
    Attribute, Claim, Confidence, Device, DeviceConversation, DeviceId, Estate, Evidence, Service,
    ServiceSeen,
};
use cordon_model::observe::{
    Conversation, Direction, Event, EventKind, HoursOfWeek, PatientDataKinds, Protocol, Source, Transport,
};
use cordon_model::{Category, Endpoint, Inside, Timestamp};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::OnceLock;

#[path = "risk/advised.rs"]
mod advised;

fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
    KNOWLEDGE.get_or_init(|| Knowledge::builtin().unwrap())
}

fn claim(attribute: Attribute, value: &str) -> Claim {
    let evidence = Evidence {
        protocol: Protocol::Dhcp,
        fact: format!("dhcp.vendor_class = {value}"),
        rule: "test/rule".into(),
        source: Source { input: 0, packet: 7 },
        at: None,
    };
    let confidence = Confidence::new(0.9);
    Claim { attribute, value: value.into(), confidence, conflict: false, evidence: vec![evidence] }
}

fn ip(at: usize) -> IpAddr {
    IpAddr::from([10, 0, 0, at as u8 + 1])
}

fn device(at: usize, category: Category) -> Device {
    Device {
        id: DeviceId::new(format!("dev-{at}")),
        macs: vec![],
        ips: vec![ip(at)],
        vlans: vec![],
        hostnames: vec![],
        claims: vec![claim(Attribute::Category, category.name())],
        services: vec![],
        roles: vec![],
        patient_data: PatientDataKinds::NONE,
        parent: None,
        links: Vec::new(),
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}

fn service(port: u16, application: Option<&str>, seen: ServiceSeen) -> Service {
    Service { transport: Transport::Tcp, port, application: application.map(str::to_owned), seen }
}

fn outside(from: usize, to: &str, answered: bool) -> DeviceConversation {
    let at = Timestamp::from_seconds(1_790_000_000);
    DeviceConversation {
        conversation: Conversation {
            client: Endpoint { ip: Some(ip(from)), ..Endpoint::default() },
            server: Endpoint { ip: Some(to.parse().unwrap()), ..Endpoint::default() },
            transport: Transport::Tcp,
            port: 443,
            application: None,
            direction: Direction::Handshake,
            answered,
            flows: 1,
            packets: 20,
            bytes: 3000,
            first: at,
            last: at,
            hours: HoursOfWeek::default(),
            patient_data: PatientDataKinds::NONE,
            source: Source { input: 0, packet: 1 },
        },
        client_device: Some(DeviceId::new(format!("dev-{from}"))),
        server_device: None,
        outside: true,
    }
}

fn with<T>(estate: &Estate, weights: &Weights, then: impl FnOnce(&Context<'_>) -> T) -> T {
    beside(estate, weights, &Beside::default(), then)
}

fn beside<T>(estate: &Estate, weights: &Weights, beside: &Beside, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let now = "2026-11-22".parse().unwrap();
    then(&Context { estate, knowledge: knowledge(), weights, inside: &Inside::default(), now, beside })
}

fn actions(context: &Context<'_>, found: &[DeviceAssessment]) -> Vec<Action> {
    cordon_assess::judge(context).0.actions(found)
}

fn with_controls(
    context: &Context<'_>,
    found: &mut [DeviceAssessment],
    reach: &BTreeMap<DeviceId, (u64, u64)>,
) {
    let planned = Planned { reach: reach.clone(), ..Planned::default() };
    cordon_assess::judge(context).0.with_controls(found, &planned);
}

fn judge(estate: &Estate) -> Vec<DeviceAssessment> {
    with(estate, &Weights::default(), assess)
}

fn sum_of_shares(assessment: &DeviceAssessment) -> i64 {
    assessment.risk.factors.iter().map(|factor| (factor.share * 10.0).round() as i64).sum()
}

fn why<'a>(assessment: &'a DeviceAssessment, factor: &str) -> Option<&'a str> {
    let found = assessment.risk.factors.iter().find(|one| one.name == factor);
    found.map(|factor| factor.why.as_str())
}

/// A pump on Windows 7 with Telnet, a CT that leaks, a supported workstation.
fn clinic() -> Estate {
    let mut pump = device(0, Category::InfusionPump);
    pump.claims.extend([claim(Attribute::Os, "Windows"), claim(Attribute::OsVersion, "7")]);
    pump.claims
        .extend([claim(Attribute::PatchPossible, "no"), claim(Attribute::PatchWhyNot, "certification")]);
    pump.services = vec![service(23, Some("telnet"), ServiceSeen::PortOnly)];
    let mut scanner = device(1, Category::ImagingModality);
    scanner.services = vec![service(11112, Some("dicom"), ServiceSeen::Conversation)];
    let mut workstation = device(2, Category::Workstation);
    workstation.services = vec![service(23, Some("http"), ServiceSeen::Conversation)];
    let mut leak = outside(1, "10.0.0.3", true);
    (leak.outside, leak.server_device) = (false, Some(DeviceId::new("dev-2")));
    leak.conversation.application = Some(Protocol::Dicom);
    leak.conversation.patient_data = PatientDataKinds::NAME.union(PatientDataKinds::IMAGE);
    let event = Event {
        at: Timestamp::from_seconds(1_790_000_000),
        kind: EventKind::HttpClearCredentials,
        endpoint: Endpoint { ip: Some(ip(2)), ..Endpoint::default() },
        peer: None,
        detail: String::new(),
        source: Source { input: 0, packet: 3 },
    };
    Estate {
        inputs: vec!["test.pcap".into()],
        devices: vec![pump, scanner, workstation],
        conversations: vec![leak, outside(1, "198.51.100.7", true), outside(2, "198.51.100.8", false)],
        events: vec![event],
        flood_stations: 0,
    }
}

#[test]
fn every_factor_cites_what_was_seen() {
    let found = judge(&clinic());
    let (pump, scanner, workstation) = (&found[0], &found[1], &found[2]);
    assert_eq!(pump.support.os, SupportStatus::Ended);
    let ended = why(pump, "os_support_ended").unwrap();
    assert!(
        ended.contains("Windows 7") && ended.contains("2020-01-14") && ended.ends_with("(endoflife.date)"),
        "{ended}"
    );
    let telnet = why(pump, "service_tcp_23_telnet").unwrap();
    assert!(telnet.contains("answers on tcp/23") && telnet.contains("by port number only"), "{telnet}");
    assert_eq!((pump.patch.possible, pump.patch.why_not), (Some(false), Some(PatchWhyNot::Certification)));
    assert!(why(pump, "flat_reachability").unwrap().starts_with("2 other devices"));
    let leak = why(scanner, "patient_data_in_clear").unwrap();
    assert!(leak.contains("name, image") && leak.contains("DICOM"), "{leak}");
    assert_eq!(scanner.exposure.internet.destinations, ["198.51.100.7"]);
    assert!(why(scanner, "internet_contact").unwrap().contains("198.51.100.7"));
    // HTTP seen on port 23 is no Telnet; an attempt is no contact.
    assert_eq!(why(workstation, "service_tcp_23_telnet"), None);
    assert!(why(workstation, "http_in_clear").is_some() && why(workstation, "clear_credentials").is_some());
    assert!(
        workstation.exposure.internet.destinations.is_empty()
            && why(workstation, "internet_attempt").is_some()
    );
}

#[test]
fn who_lets_in_by_factory_passwords_is_weak_and_who_uses_them_is_not() {
    let mut estate = clinic();
    let at = |last| Endpoint { ip: Some(ip(last)), ..Endpoint::default() };
    for kind in [EventKind::LogInDefaultCredentials, EventKind::EncryptionWeak] {
        let event = Event { kind, endpoint: at(2), peer: Some(at(0)), ..estate.events[0].clone() };
        estate.events.push(event);
    }
    let found = judge(&estate);
    assert!(why(&found[0], "default_credentials").unwrap().contains("once"));
    assert_eq!(why(&found[2], "default_credentials"), None);
    assert!(why(&found[0], "weak_encryption").is_some() && why(&found[2], "weak_encryption").is_some());
    assert_eq!(why(&found[1], "weak_encryption"), None);
}

#[test]
fn shares_sum_to_the_score_and_unknown_stays_unknown() {
    let found = judge(&clinic());
    for assessment in &found {
        assert_eq!(sum_of_shares(assessment), (assessment.risk.score() * 10.0).round() as i64);
        assert_eq!(assessment.risk.residual, assessment.risk.inherent);
    }
    assert!(found[0].risk.score() > found[2].risk.score());
    assert_eq!(found[1].support.os, SupportStatus::Unknown);
    assert_eq!((found[1].patch.possible, &found[1].patch.source), (None, &None));
}

#[test]
fn a_windows_of_unknown_edition_asks_for_the_edition() {
    let mut estate = clinic();
    estate.devices[0].claims.retain(|claim| claim.attribute != Attribute::OsVersion);
    estate.devices[0].claims.push(claim(Attribute::OsVersion, "10"));
    let found = judge(&estate);
    assert_eq!((found[0].support.os, found[0].support.until), (SupportStatus::Unknown, None));
    assert!(found[0].support.source.as_ref().unwrap().contains("edition"));
    assert!(why(&found[0], "os_edition_unknown").is_some());
    let todo = with(&estate, &Weights::default(), |context| actions(context, &found));
    assert!(todo.iter().any(|action| action.id == "act-find-out-os-edition"));
}

#[test]
fn actions_come_in_plain_words_most_relief_for_least_work_first() {
    let estate = clinic();
    let weights = Weights::default();
    let todo = with(&estate, &weights, |context| {
        let mut found = assess(context);
        let reach = estate.devices.iter().map(|device| (device.id.clone(), (2, 0))).collect();
        with_controls(context, &mut found, &reach);
        actions(context, &found)
    });
    let kinds: Vec<&str> = todo.iter().map(|action| action.kind.as_str()).collect();
    for kind in ["segment", "configure", "replace", "disconnect", "find_out"] {
        assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
    }
    let relief = |at: usize| {
        todo[at].removes
            / match todo[at].effort.as_str() {
                "low" => 1.0,
                "medium" => 3.0,
                _ => 10.0,
            }
    };
    assert!((1..todo.len()).all(|at| relief(at - 1) >= relief(at)));
    // Finding out removes nothing, stands last and says what it settles.
    let finds_out = |action: &&cordon_model::assess::Action| action.kind == "find_out";
    assert!(todo.iter().filter(finds_out).all(|action| action.removes == 0.0));
    assert!(todo.iter().skip_while(|action| !finds_out(action)).all(|action| finds_out(&action)));
    let telnet = todo.iter().find(|action| action.id.starts_with("act-configure-close-tcp-23")).unwrap();
    assert!(telnet.why.starts_with("1 device answers on the port of Telnet"), "{}", telnet.why);
    // A workstation may use the internet; the modality is asked about.
    let cut: Vec<_> = todo.iter().filter(|action| action.kind == "disconnect").collect();
    assert_eq!((cut.len(), cut[0].devices[0].as_str()), (1, "dev-1"));
}

#[test]
fn a_changed_weight_changes_the_score() {
    let estate = clinic();
    let weights = Weights::from_toml("[likelihood]\ninternet_contact = 0.99\n").unwrap();
    let heavy = with(&estate, &weights, assess);
    assert!(heavy[1].risk.score() > judge(&estate)[1].risk.score());
}

/// One more weakness of the kind `which` on the first device.
fn worsen(estate: &mut Estate, which: u8) {
    let at = Timestamp::from_seconds(1_790_000_001);
    match which % 7 {
        0 => estate.devices[0].services.push(service(3389, None, ServiceSeen::PortOnly)),
        1 => estate.devices[0].services.push(service(445, Some("smb"), ServiceSeen::Banner)),
        2 => estate.conversations.push(outside(0, "198.51.100.99", true)),
        3 => {
            let mut leak = outside(0, "198.51.100.98", false);
            leak.conversation.patient_data = PatientDataKinds::RESULT;
            estate.conversations.push(leak);
        }
        4 => estate.events.push(Event {
            at,
            kind: EventKind::HttpClearCredentials,
            endpoint: Endpoint { ip: Some(ip(0)), ..Endpoint::default() },
            peer: None,
            detail: String::new(),
            source: Source::default(),
        }),
        5 => estate.devices[0].claims.push(claim(Attribute::PatchPossible, "no")),
        _ => {
            let mut more = device(estate.devices.len(), Category::Workstation);
            more.services.push(service(443, Some("tls"), ServiceSeen::Conversation));
            estate.devices.push(more);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(128) })]

    #[test]
    fn more_weaknesses_never_lower_a_score(
        steps in prop::collection::vec(any::<u8>(), 1..10),
        category in prop::sample::select(Category::ALL.to_vec()),
    ) {
        let mut estate = clinic();
        estate.devices[0] = device(0, category);
        estate.devices[0].services.push(service(443, Some("tls"), ServiceSeen::Conversation));
        let mut before = judge(&estate)[0].risk.score();
        for step in steps {
            worsen(&mut estate, step);
            let found = judge(&estate);
            prop_assert!(found[0].risk.score() >= before, "step {} lowered {before}", step % 7);
            prop_assert_eq!(sum_of_shares(&found[0]), (found[0].risk.score() * 10.0).round() as i64);
            before = found[0].risk.score();
        }
    }

    #[test]
    fn a_verified_control_never_raises_a_score(
        steps in prop::collection::vec(any::<u8>(), 0..10),
        before in 0u64..5_000,
        after in 0u64..10_000,
    ) {
        let mut estate = clinic();
        for step in steps {
            worsen(&mut estate, step);
        }
        let reach = estate.devices.iter().map(|device| (device.id.clone(), (before, after))).collect();
        with(&estate, &Weights::default(), |context| {
            let mut found = assess(context);
            with_controls(context, &mut found, &reach);
            for assessment in &found {
                prop_assert!(assessment.risk.residual <= assessment.risk.inherent);
                prop_assert!(assessment.risk.residual >= 0.0);
            }
            Ok(())
        })?;
    }
}
