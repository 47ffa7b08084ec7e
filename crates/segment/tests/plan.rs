//! Plans over small and random estates: what becomes a need, a rule, a zone, and what the check finds.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module"
)]

mod common;

use common::{add, estate, ip, knowledge, talk};
use cordon_model::Category;
use cordon_model::Timestamp;
use cordon_model::assess::{DeviceAssessment, Patch, Risk, Support, SupportStatus};
use cordon_model::identify::{DeviceConversation, Estate};
use cordon_model::observe::{Protocol, Transport};
use cordon_model::segment::{NeedState, Party};
use cordon_segment::intent::Stage;
use cordon_segment::render::{File, render_all};
use cordon_segment::{Place, Plan, Settings, VerifiedPlan, approve, containment, exposure, plan, verify};
use proptest::prelude::*;
use std::io::Write as _;
use std::net::IpAddr;

fn planned(estate: &Estate) -> Plan {
    plan(estate, &[], knowledge(), &Settings::default())
}

fn files(plan: &VerifiedPlan, estate: &Estate) -> Vec<File> {
    let place = Place::new("clinic", Stage::LogOnly, Timestamp::from_seconds(1_790_000_000));
    render_all(plan, estate, &place).collect()
}

fn dicom(from: usize, to: usize) -> DeviceConversation {
    let mut talk = talk(from, to, Transport::Tcp, 11112);
    talk.conversation.application = Some(Protocol::Dicom);
    talk
}

/// Two modalities that store in an archive, a pump that asks a gateway, an internet contact and mDNS.
fn clinic() -> Estate {
    use Category as C;
    let mut clinic = estate(&[
        C::ImagingModality,
        C::ImagingModality,
        C::ImageArchive,
        C::InfusionPump,
        C::InfusionGateway,
        C::Workstation,
    ]);
    clinic.devices[0].ips.push("fd00::1".parse().unwrap());
    clinic.devices[2].ips.push("fd00::2".parse().unwrap());
    add(&mut clinic, dicom(0, 2));
    add(&mut clinic, dicom(1, 2));
    add(&mut clinic, talk(3, 4, Transport::Tcp, 443));
    let mut browsing = talk(5, 0, Transport::Tcp, 443);
    browsing.conversation.server.ip = Some("198.51.100.7".parse().unwrap());
    browsing.conversation.application = Some(Protocol::Tls);
    (browsing.server_device, browsing.outside) = (None, true);
    add(&mut clinic, browsing);
    let mut discovery = talk(5, 0, Transport::Udp, 5353);
    discovery.conversation.server.ip = Some("224.0.0.251".parse().unwrap());
    discovery.conversation.application = Some(Protocol::Mdns);
    (discovery.server_device, discovery.conversation.answered) = (None, false);
    add(&mut clinic, discovery);
    let mut ping = talk(5, 2, Transport::Icmp, 0);
    ping.conversation.packets = 2;
    add(&mut clinic, ping);
    clinic
}

#[test]
fn a_clinic_is_planned_and_written() {
    let clinic = clinic();
    let plan = planned(&clinic);
    let mut text = String::new();
    for zone in &plan.zones {
        text += &format!("{} {:?}\n", zone.id, zone.devices.iter().map(|id| id.as_str()).collect::<Vec<_>>());
    }
    for need in &plan.needs {
        let (from, to, ports) = (&need.from, &need.to, &need.ports);
        text += &format!(
            "{} {from} > {to} {}{ports:?} {} | {}\n",
            need.id,
            need.transport,
            need.state.name(),
            need.purpose
        );
    }
    for rule in &plan.rules {
        text += &format!(
            "{} {} > {} {}{:?}: {}\n",
            rule.id, rule.from, rule.to, rule.transport, rule.ports, rule.why
        );
    }
    insta::assert_snapshot!("clinic_plan", text);
    let verified = approve(plan, &clinic).unwrap();
    for file in files(&verified, &clinic) {
        insta::assert_snapshot!(format!("clinic_{}", file.name.replace('/', "_")), file.text);
    }
}

#[test]
fn what_only_scanned_is_never_needed() {
    let mut site = estate(&[Category::InfusionPump; 40]);
    add(&mut site, talk(0, 1, Transport::Tcp, 443));
    // A sweep of one port, two hosts of which are open, and a scan of many ports of one host.
    for host in 2..40 {
        let mut probe = talk(0, host, Transport::Tcp, 445);
        probe.conversation.answered = host % 20 == 0;
        probe.conversation.packets = if host % 20 == 0 { 4 } else { 1 };
        add(&mut site, probe);
    }
    for port in 1..200 {
        let mut probe = talk(0, 5, Transport::Tcp, port);
        probe.conversation.answered = true;
        probe.conversation.packets = if port == 80 { 9 } else { 2 };
        add(&mut site, probe);
    }
    let plan = planned(&site);
    let seen: Vec<_> = plan.needs.iter().filter(|need| need.state == NeedState::Proposed).collect();
    assert_eq!(seen.len(), 1, "{seen:?}");
    assert_eq!(seen[0].ports, [443]);
    assert_eq!(plan.rules.len(), 1);
    let reasons: Vec<&str> = plan.withheld.iter().map(|group| group.reason.as_str()).collect();
    assert!(reasons.iter().any(|reason| reason.contains("38 hosts were tried on tcp/445")), "{reasons:?}");
    assert!(reasons.iter().any(|reason| reason.contains("ports of")), "{reasons:?}");
    let withheld: usize = plan.withheld.iter().map(|group| group.flows.len()).sum();
    assert_eq!(withheld, 38 + 199);
    assert!(verify(&plan, &site).passed());
}

#[test]
fn what_was_never_answered_or_came_from_outside_is_withheld() {
    let mut site = estate(&[Category::Workstation, Category::Server]);
    let mut unanswered = talk(0, 1, Transport::Tcp, 5000);
    unanswered.conversation.answered = false;
    add(&mut site, unanswered);
    let mut inbound = talk(0, 1, Transport::Tcp, 3389);
    inbound.conversation.client.ip = Some("203.0.113.9".parse().unwrap());
    (inbound.client_device, inbound.outside) = (None, true);
    add(&mut site, inbound);
    let mut one_way = talk(0, 1, Transport::Udp, 514);
    one_way.conversation.answered = false;
    add(&mut site, one_way);
    let plan = planned(&site);
    let ports: Vec<_> = plan.rules.iter().map(|rule| rule.ports.clone()).collect();
    assert_eq!(ports, [vec![514]]);
    assert_eq!(plan.withheld.len(), 2);
    assert!(verify(&plan, &site).passed());
}

#[test]
fn zones_stand_for_their_devices_only_when_all_need_it() {
    use Category as C;
    let all = [C::ImagingModality, C::ImagingModality, C::ImagingModality, C::ImageArchive];
    let mut site = estate(&all);
    add(&mut site, dicom(0, 3));
    add(&mut site, dicom(1, 3));
    let part = planned(&site);
    assert_eq!(part.rules.len(), 2);
    assert!(part.rules.iter().all(|rule| matches!(rule.from, Party::Device(_))));
    add(&mut site, dicom(2, 3));
    let whole = planned(&site);
    assert_eq!(whole.rules.len(), 1);
    assert_eq!(whole.rules[0].from, Party::Zone("zone-imaging".into()));
    assert_eq!(whole.rules[0].needs.len(), 3);
    assert!(verify(&whole, &site).passed());
    let reach = containment(&site, &whole);
    assert_eq!((reach.pairs_before, reach.pairs_after), (12, 3));
    assert_eq!(exposure(&site, &whole).values().copied().max(), Some((3, 3)));
}

#[test]
fn unsupported_systems_stand_apart() {
    let site = estate(&[Category::InfusionPump, Category::InfusionPump]);
    let ended = DeviceAssessment {
        recalls: Vec::new(),
        device: site.devices[0].id.clone(),
        support: Support { os: SupportStatus::Ended, ..Support::default() },
        patch: Patch::default(),
        findings: vec![],
        exposure: cordon_model::assess::Exposure::default(),
        risk: Risk { inherent: 0.0, residual: 0.0, factors: vec![] },
    };
    let plan = plan(&site, &[ended], knowledge(), &Settings::default());
    let ids: Vec<&str> = plan.zones.iter().map(|zone| zone.id.as_str()).collect();
    assert_eq!(ids, ["zone-pumps", "zone-pumps-unsupported"]);
}

#[test]
fn a_short_capture_is_never_ready_and_says_why() {
    let plan = planned(&clinic());
    assert_eq!(plan.coverage.len(), 6);
    assert!(plan.coverage.iter().all(|coverage| !coverage.ready && coverage.why.contains("14 days")));
}

#[test]
fn a_confirmed_need_stands_without_having_been_seen() {
    let site = clinic();
    let mut confirmed = planned(&site).needs[0].clone();
    confirmed.ports = vec![9999];
    confirmed.id = "need-by-hand".into();
    let settings = Settings { confirmed: vec![confirmed], ..Settings::default() };
    let plan = plan(&site, &[], knowledge(), &settings);
    let rule = plan.rules.iter().find(|rule| rule.ports == [9999]).unwrap();
    assert_eq!(rule.needs, ["need-by-hand"]);
    assert!(rule.why.contains("(confirmed)"));
    assert!(verify(&plan, &site).passed());
}

#[test]
fn a_rule_too_many_and_a_rule_too_few_are_found() {
    let clinic = clinic();
    let good = planned(&clinic);
    for at in 0..good.rules.len() {
        let mut bad = good.clone();
        let gone = bad.rules.remove(at);
        let found = verify(&bad, &clinic);
        assert!(!found.too_tight.is_empty(), "{gone:?}");
        assert!(found.too_tight[0].to_string().contains(" > "), "{}", found.too_tight[0]);
        assert!(approve(bad, &clinic).is_err());
    }
    let tcp = good.rules.iter().position(|rule| rule.transport == Transport::Tcp).unwrap();
    let mut wide = good.clone();
    wide.rules[tcp].ports.push(22);
    let found = verify(&wide, &clinic);
    assert_eq!((found.too_tight.len(), found.too_loose.len()), (0, 1));
    assert_eq!(found.too_loose[0].port, 22);
    let mut open = good.clone();
    open.rules[0].from = Party::Zone("zone-imaging".into());
    assert!(!verify(&open, &clinic).passed());
    let mut baseless = good;
    baseless.rules[0].needs.clear();
    assert!(!verify(&baseless, &clinic).too_loose.is_empty());
}

#[test]
fn nft_takes_what_we_write() {
    if std::process::Command::new("nft").arg("--version").output().is_err() {
        eprintln!("skipped: nft is not installed");
        return;
    }
    let clinic = clinic();
    let verified = approve(planned(&clinic), &clinic).unwrap();
    let empty = estate(&[]);
    let nothing = approve(planned(&empty), &empty).unwrap();
    for (plan, estate) in [(&verified, &clinic), (&nothing, &empty)] {
        for rendered in files(plan, estate).iter().filter(|file| file.name.ends_with(".nft")) {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(rendered.text.as_bytes()).unwrap();
            let output =
                std::process::Command::new("nft").arg("-c").arg("-f").arg(file.path()).output().unwrap();
            let words = String::from_utf8_lossy(&output.stderr).into_owned();
            if words.contains("Operation not permitted") {
                eprintln!("skipped: nft -c needs root");
                return;
            }
            assert!(output.status.success(), "{}: {words}", rendered.name);
        }
    }
}

#[test]
fn names_from_the_network_stay_inside_their_cell() {
    let mut clinic = clinic();
    clinic.devices[0].hostnames = vec!["=cmd|' /C calc'!A0\",\r\n| evil".into()];
    let verified = approve(planned(&clinic), &clinic).unwrap();
    for file in files(&verified, &clinic) {
        let is_out = file.text.contains(",=cmd") || file.text.contains("\n| evil");
        assert!(!is_out, "{}", file.name);
    }
}

prop_compose! {
    fn any_talk(devices: usize)(
        from in 0..devices,
        to in 0..devices + 3,
        transport in prop::sample::select(vec![Transport::Tcp, Transport::Udp, Transport::Icmp, Transport::Other(47)]),
        port in prop::sample::select(vec![53u16, 80, 104, 443, 2575, 11112, 40000]),
        application in prop::sample::select(vec![None, Some(Protocol::Dicom), Some(Protocol::Tls)]),
        answered in prop::bool::weighted(0.8),
        packets in 1u64..30,
    ) -> DeviceConversation {
        let port = if matches!(transport, Transport::Tcp | Transport::Udp) { port } else { 0 };
        let mut one = talk(from, to.min(devices - 1), transport, port);
        one.conversation.application = application;
        one.conversation.answered = answered;
        one.conversation.packets = packets;
        let elsewhere: [IpAddr; 3] = ["198.51.100.1".parse().unwrap(), "224.0.0.251".parse().unwrap(), ip(9_999)];
        if let Some(extra) = to.checked_sub(devices) {
            one.server_device = None;
            one.outside = extra == 0;
            one.conversation.server.ip = Some(elsewhere[extra]);
        }
        one
    }
}

fn any_estate() -> impl Strategy<Value = Estate> {
    let categories = prop::collection::vec(prop::sample::select(Category::ALL.to_vec()), 2..14);
    categories.prop_flat_map(|categories| {
        let devices = categories.len();
        prop::collection::vec(any_talk(devices), 0..120).prop_map(move |talks| {
            let mut estate = estate(&categories);
            for talk in talks {
                add(&mut estate, talk);
            }
            estate
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(96) })]

    #[test]
    fn every_plan_passes_its_own_check(estate in any_estate()) {
        let plan = planned(&estate);
        let found = verify(&plan, &estate);
        prop_assert!(found.passed(), "{found:#?}");
        prop_assert!(plan.rules.iter().all(|rule| !rule.needs.is_empty()));
        let placed: usize = plan.zones.iter().map(|zone| zone.devices.len()).sum();
        prop_assert_eq!(placed, estate.devices.len());
        let ids: std::collections::BTreeSet<&str> = plan.rules.iter().map(|rule| rule.id.as_str()).collect();
        prop_assert_eq!(ids.len(), plan.rules.len());
    }

    #[test]
    fn a_missing_rule_is_always_noticed(estate in any_estate(), pick in any::<prop::sample::Index>()) {
        let mut plan = planned(&estate);
        prop_assume!(!plan.rules.is_empty());
        let at = pick.index(plan.rules.len());
        let gone = plan.rules.remove(at);
        prop_assert!(!verify(&plan, &estate).too_tight.is_empty(), "{gone:?}");
    }

    #[test]
    fn order_of_conversations_does_not_matter(estate in any_estate()) {
        let mut turned = estate.clone();
        turned.conversations.reverse();
        let (one, two) = (planned(&estate), planned(&turned));
        prop_assert_eq!(&one.rules, &two.rules);
        prop_assert_eq!(&one.withheld, &two.withheld);
        let (one, two) = (approve(one, &estate).unwrap(), approve(two, &turned).unwrap());
        prop_assert_eq!(files(&one, &estate), files(&two, &turned));
    }

    #[test]
    fn a_plan_never_widens_reach(estate in any_estate()) {
        let plan = planned(&estate);
        let reach = containment(&estate, &plan);
        let each = exposure(&estate, &plan);
        prop_assert_eq!(each.values().map(|(before, _)| before).sum::<u64>(), reach.pairs_before);
        prop_assert_eq!(each.values().map(|(_, after)| after).sum::<u64>(), reach.pairs_after);
    }
}
