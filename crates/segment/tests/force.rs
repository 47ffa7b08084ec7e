//! Putting a plan into force: addresses, budgets, quarantine, lost zones, what changed and what drifted.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module"
)]

mod common;

use common::{add, claim, estate, ip, knowledge, talk};
use cordon_model::Category;
use cordon_model::identify::{Attribute, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::Party;
use cordon_model::{Cidr, Timestamp};
use cordon_segment::changes::{Side, changes};
use cordon_segment::graph::graph;
use cordon_segment::packets::{End, Packet, Packets};
use cordon_segment::point::Enforcer;
use cordon_segment::policy::{self, Policy};
use cordon_segment::quarantine::{Language, Terms, quarantine};
use cordon_segment::read::{self, Configuration};
use cordon_segment::{
    Plan, Settings, addresses, approve, blast, budgets, drift, plan, rollout, verify, zones,
};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, Ipv4Addr};

fn planned(estate: &Estate) -> Plan {
    plan(estate, &[], knowledge(), &Settings::default())
}

fn id(at: usize) -> DeviceId {
    DeviceId::new(format!("dev-{at:05}"))
}

/// Four pumps, three of which ask a gateway; a workstation that asks pump 0 and a server; the server asks outside.
fn ward() -> Estate {
    use Category as C;
    let mut ward = estate(&[
        C::InfusionPump,
        C::InfusionPump,
        C::InfusionPump,
        C::InfusionPump,
        C::ClinicalServer,
        C::Workstation,
        C::Server,
    ]);
    for pump in 0..3 {
        add(&mut ward, talk(pump, 4, Transport::Tcp, 8443));
    }
    add(&mut ward, talk(5, 0, Transport::Tcp, 22));
    add(&mut ward, talk(5, 6, Transport::Tcp, 445));
    ward
}

fn no_reservations() -> BTreeMap<DeviceId, Ipv4Addr> {
    BTreeMap::new()
}

#[test]
fn every_device_gets_an_address_of_its_own_in_its_zones_subnet() {
    let ward = ward();
    let plan = planned(&ward);
    let found = addresses::plan(&ward, &plan.zones, &Policy::default(), &no_reservations()).unwrap();
    assert_eq!(found.networks.len(), 4);
    assert_eq!(found.reservations.len(), 7);
    let subnets: BTreeMap<&str, Cidr> =
        found.networks.iter().map(|network| (network.zone.as_str(), network.subnet)).collect();
    assert!(found.reservations.iter().all(|one| subnets[one.zone.as_str()].contains(IpAddr::V4(one.then))));
    let given: BTreeSet<Ipv4Addr> = found.reservations.iter().map(|one| one.then).collect();
    assert_eq!(given.len(), 7);
    // The devices are in 10.0.0.0/12, so nothing is cut from it.
    let taken: Cidr = "10.0.0.0/12".parse().unwrap();
    assert!(subnets.values().all(|subnet| !taken.contains(subnet.base())));
}

#[test]
fn what_the_policy_gives_and_what_was_reserved_stays() {
    let ward = ward();
    let text = "version: 1
zones:
  - id: zone-pumps
    vlan: 300
    subnet: 10.0.0.0/29
addresses:
  ranges: [172.20.0.0/24]
";
    let policy = policy::read(text).unwrap();
    let placed = zones::place(&ward, &[], &policy, &graph(&ward)).unwrap();
    let reserved = BTreeMap::from([(id(6), "172.20.0.9".parse().unwrap())]);
    let found = addresses::plan(&ward, &placed, &policy, &reserved).unwrap();
    let pumps = found.networks.iter().find(|network| network.zone == "zone-pumps").unwrap();
    assert_eq!((pumps.vlan.id(), pumps.capacity), (300, 5));
    assert!(
        found.notes.iter().any(|note| note.contains("room for 5 devices; 8 are wanted")),
        "{:?}",
        found.notes
    );
    let then = |at: usize| found.reservations.iter().find(|one| one.device == id(at)).unwrap().then;
    // 10.0.0.1 is the router's now, so pump 0 gives way; the others stay where they are.
    assert_eq!(then(1).to_string(), "10.0.0.2");
    assert_ne!(then(0).to_string(), "10.0.0.1");
    let all: Vec<String> = found.networks.iter().map(|network| network.subnet.to_string()).collect();
    assert!(all.iter().filter(|subnet| subnet.starts_with("172.20.0.")).count() == 3, "{all:?}");
    let small = policy::read("version: 1\naddresses:\n  ranges: [172.20.0.0/28]\n").unwrap();
    let faults = addresses::plan(&ward, &placed, &small, &no_reservations()).unwrap_err();
    assert!(faults[0].message.contains("no room for"), "{faults:?}");
}

#[test]
fn a_budget_proposes_the_cheapest_looseness_and_does_it_only_when_accepted() {
    let ward = ward();
    let plan = planned(&ward);
    let rules = plan.rules.len();
    let tight = policy::read("version: 1\nbudgets:\n  - {point: core, entries: 3}\n").unwrap();
    let found = budgets::fit(plan.rules.clone(), &plan.zones, &tight);
    assert_eq!(found.rules, plan.rules);
    let point = &found.points[0];
    assert_eq!((point.entries, point.budget, point.is_short), (rules as u64, 3, false));
    let cheapest = &point.proposed[0];
    assert_eq!((cheapest.replaces.len(), cheapest.saves, cheapest.pairs), (3, 2, 1));
    assert_eq!(cheapest.opened, [id(3)]);
    let accept = |pairs: u64| {
        let text = format!(
            "version: 1\nbudgets:\n  - {{point: core, entries: 3}}\naccept:\n  - {{aggregate: {}, pairs: {pairs}, by: Anna, \
             when: 2026-11-22, why: full}}\n",
            cheapest.id
        );
        budgets::fit(plan.rules.clone(), &plan.zones, &policy::read(&text).unwrap())
    };
    let refused = accept(0);
    assert_eq!(refused.rules, plan.rules);
    assert!(refused.notes[0].contains("would open 1 pairs now and 0 were accepted"), "{:?}", refused.notes);
    let accepted = accept(1);
    assert_eq!((accepted.rules.len(), accepted.points[0].entries), (rules - 2, 3));
    let loose = Plan { rules: accepted.rules, ..plan.clone() };
    assert!(verify(&loose, &ward).passed());
    let mut unsaid = loose.clone();
    unsaid.rules.iter_mut().for_each(|rule| rule.accepted = None);
    assert_eq!(verify(&unsaid, &ward).too_loose.len(), 1);
}

fn critical(estate: &Estate) -> Plan {
    let mut plan = planned(estate);
    for need in &mut plan.needs {
        need.care_critical = need.ports == [8443];
    }
    plan
}

fn terms(approved_by: Option<&str>) -> Terms<'_> {
    Terms { now: Timestamp::from_seconds(1_795_000_000), seconds: 4 * 3600, approved_by }
}

#[test]
fn a_quarantine_keeps_what_care_needs_and_says_what_is_lost() {
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(None)).unwrap();
    assert_eq!((held.kept.len(), held.cut.len(), held.permits.len()), (1, 1, 1));
    assert!(held.lost[0].contains("workstation-5 no longer reaches it"), "{:?}", held.lost);
    assert!(held.hold.as_deref().unwrap().contains("may keep a patient alive"));
    assert!(held.release().is_none());
    let agreed = quarantine(&ward, &plan, &id(0), terms(Some("Dr. Anna Example"))).unwrap();
    let release = agreed.release().unwrap();
    for language in Language::ALL {
        let texts: Vec<String> = release.write(language).into_iter().map(|file| file.text).collect();
        // How it is taken back has a test of its own.
        let text = match language {
            Language::CiscoIse | Language::Mud => texts.join("\n"),
            _ => texts[0].clone(),
        };
        assert!(text.contains("Dr. Anna Example") && text.contains("8443"), "{text}");
        assert!(!text.contains("445"), "{text}");
        insta::assert_snapshot!(format!("quarantine_{}", language.name()), text);
    }
    // A workstation keeps nobody alive.
    let office = quarantine(&ward, &plan, &id(5), terms(Some("  "))).unwrap();
    assert!(office.hold.is_none() && office.approved_by.is_none());
    assert_eq!((office.kept.len(), office.cut.len()), (0, 2));
    assert!(quarantine(&ward, &plan, &id(99), terms(None)).is_none());
}

/// A quarantine's rules as an enforcement point reads them, at a moment.
fn in_force(
    held: &cordon_segment::quarantine::Quarantine,
    language: Language,
    now: Timestamp,
) -> Configuration {
    let text = held.release().unwrap().write(language)[0].text.clone();
    let named = |before: &str| {
        let name = text.lines().find_map(|line| line.strip_prefix(before)).unwrap();
        name.split(' ').next().unwrap().to_owned()
    };
    let found = match language {
        Language::Nftables => read::nftables(&text),
        Language::Iptables => {
            // The script's jump, which stands before all others.
            let jump = format!("-I FORWARD 1 -j {}\nCOMMIT", named(":"));
            read::iptables(&text.replace("COMMIT", &jump), &[])
        }
        Language::CiscoAsa => {
            let on = format!(
                "interface G0\n nameif inside\n security-level 100\n ip address 10.0.0.254 255.255.255.0\naccess-group {} in \
                 interface inside\n",
                named("time-range ")
            );
            read::cisco_asa(&format!("{text}{on}"))
        }
        _ => {
            let on = format!(
                "interface Vlan1\n ip address 10.0.0.254 255.255.255.0\n ip access-group {} in\n",
                named("ip access-list extended ")
            );
            read::cisco_ios(&format!("{text}{on}"))
        }
    };
    found.unwrap().at(now)
}

const IN_POINTS: [Language; 4] =
    [Language::Nftables, Language::Iptables, Language::CiscoIos, Language::CiscoAsa];

/// For all packets: of what the device sends or gets, what care needs passes and nothing else; of everybody else's
/// packets nothing is stopped.
#[test]
fn a_quarantine_lets_through_what_care_needs_and_no_other_packet_of_the_device() {
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(Some("Anna"))).unwrap();
    for language in IN_POINTS {
        let configuration = in_force(&held, language, held.from);
        let name = language.name();
        assert_eq!(configuration.passed_over, [], "{name}");
        let mut packets = Packets::default();
        let mut enforcer = Enforcer::of(&configuration);
        let remembers = enforcer.remembers();
        let way = (configuration.interfaces.first().map(|_| 0), None);
        let passes = enforcer.passes(way, &mut packets).unwrap();
        assert_eq!(passes.surely, passes.perhaps, "{name}: something cannot be told");
        let own = held.addresses[0];
        let one = |packets: &mut Packets, end| packets.addresses(end, own, own).unwrap();
        let (from, to) = (one(&mut packets, End::Source), one(&mut packets, End::Destination));
        let of_device = packets.or(from, to).unwrap();
        let mut needed = packets.nothing();
        for permit in &held.permits {
            let peer = permit.peer.base();
            let (client, server) = if permit.asks { (own, peer) } else { (peer, own) };
            for port in &permit.ports {
                let (any, port) = ((0, u16::MAX), (*port, *port));
                let mut add = |from, to, ports, established| {
                    let set = packets.conversation(from, to, 6, Some(ports), established).unwrap();
                    let beyond = packets.minus(set, passes.surely).unwrap();
                    assert!(packets.is_empty(beyond), "{name}: {:?}", packets.example(beyond, &LIKE));
                    needed = packets.or(needed, set).unwrap();
                };
                add(client, server, (any, port), None);
                add(server, client, (port, any), Some(true));
            }
        }
        let mut open = packets.and(passes.surely, of_device).unwrap();
        if language == Language::CiscoAsa {
            // What goes on with a connection meets no list there: open ones are closed by hand.
            let established = packets.established().unwrap();
            open = packets.minus(open, established).unwrap();
        }
        let loose = packets.minus(open, needed).unwrap();
        assert!(packets.is_empty(loose), "{name}: {:?}", packets.example(loose, &LIKE));
        let everything = packets.everything();
        let v4 = packets.family(false).unwrap();
        let others = packets.minus(everything, of_device).unwrap();
        let others = packets.and(others, v4).unwrap();
        assert!(packets.is_within(others, passes.surely).unwrap(), "{name}: others are stopped");
        assert!(remembers || language == Language::CiscoIos);
    }
}

/// A packet of which examples are made.
const LIKE: Packet = Packet {
    source: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)),
    destination: IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2)),
    protocol: 6,
    source_port: 49_152,
    destination_port: 445,
    established: false,
};

#[test]
fn a_quarantine_ends_by_itself_and_until_when_is_said() {
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(Some("Anna"))).unwrap();
    let text = &held.release().unwrap().write(Language::Iptables)[0].text;
    assert_eq!(read::iptables(text, &[]).unwrap().passed_over_count, 2, "when is not known by itself");
    for language in [Language::Iptables, Language::CiscoIos, Language::CiscoAsa] {
        assert!(language.ends_by_itself());
        let during = in_force(&held, language, held.from);
        let name = language.name();
        assert_eq!(during.timely.len(), 2, "{name}");
        for line in &during.timely {
            assert_eq!(line.counts, Some(true), "{name}");
            // The last moment belongs to it; a range of Cisco's is written to the minute.
            let late = line.until.unwrap().micros_since(held.until) / 1_000_000;
            assert!((-59..=1).contains(&late), "{name}: {late}");
        }
        let after = in_force(&held, language, held.until.plus_micros(300_000_000));
        assert!(after.timely.iter().all(|line| (line.counts, line.until) == (Some(false), None)), "{name}");
        let mut packets = Packets::default();
        let way = (after.interfaces.first().map(|_| 0), None);
        let passes = Enforcer::of(&after).passes(way, &mut packets).unwrap();
        let v4 = packets.family(false).unwrap();
        assert!(packets.is_within(v4, passes.surely).unwrap(), "{name} still stops something");
    }
}

#[test]
fn a_downloadable_list_lets_out_what_care_needs_and_the_way_to_an_address() {
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(Some("Anna"))).unwrap();
    let files = held.release().unwrap().write(Language::CiscoIse);
    let names: Vec<&str> = files.iter().map(|file| file.name.as_str()).collect();
    assert_eq!(
        names,
        ["quarantine-cisco-ise.txt", "quarantine-cisco-ise.json", "quarantine-cisco-ise-endpoints.csv"]
    );
    assert!(files[0].text.contains("Nothing here ends by itself") && !Language::CiscoIse.ends_by_itself());
    let json: serde_json::Value = serde_json::from_str(&files[1].text).unwrap();
    let body = json[0]["DownloadableAcl"]["dacl"].as_str().unwrap();
    assert!(
        files[0].text.contains(body)
            && files[2].text.contains(json[0]["DownloadableAcl"]["name"].as_str().unwrap())
    );
    let lines: Vec<String> = body.lines().map(|line| format!(" {line}")).collect();
    let list = format!(
        "interface V\n ip address 10.0.0.254 255.255.255.0\n ip access-group A in\nip access-list extended A\n{}\n",
        lines.join("\n")
    );
    let found = read::cisco_ios(&list).unwrap();
    assert_eq!(found.doubtful_lines, 0);
    let mut packets = Packets::default();
    let decided = found.lists["A"].decide(&mut packets).unwrap();
    // The switch puts the device where the list says any.
    let (own, gateway) = (held.addresses[0], ip(4));
    let from = packets.addresses(End::Source, own, own).unwrap();
    let open = packets.and(decided.permitted, from).unwrap();
    let asks = packets.conversation(own, gateway, 6, Some(((0, u16::MAX), (8443, 8443))), None).unwrap();
    let everybody = IpAddr::V4(Ipv4Addr::BROADCAST);
    let dhcp = packets.conversation(own, everybody, 17, Some(((0, u16::MAX), (67, 67))), None).unwrap();
    let wanted = packets.or(asks, dhcp).unwrap();
    assert!(open == wanted, "{body}");
}

#[test]
fn a_usage_description_of_a_held_device_reads_back_as_what_care_needs() {
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(Some("Anna"))).unwrap();
    let files = held.release().unwrap().write(Language::Mud);
    assert!(files[0].text.contains("Nothing here ends by itself") && !Language::Mud.ends_by_itself());
    assert!(files[1].text.contains("\"cache-validity\": 1,"), "{}", files[1].text);
    let read = cordon_segment::makers::mud::read(&files[1].name, files[1].text.as_bytes()).unwrap();
    assert_eq!(read.notes, Vec::<String>::new());
    let flows: BTreeSet<(bool, String, Vec<u16>)> =
        read.flows.iter().map(|flow| (flow.device_asks, flow.peer.to_string(), flow.ports.clone())).collect();
    assert_eq!(
        flows,
        BTreeSet::from([
            (true, format!("{}/32", ip(4)), vec![8443]),
            (true, "255.255.255.255/32".to_owned(), vec![67]),
        ])
    );
}

#[test]
fn iptables_takes_a_quarantine() {
    if std::process::Command::new("iptables-restore").arg("--version").output().is_err() {
        eprintln!("skipped: iptables-restore is not installed");
        return;
    }
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(Some("Anna"))).unwrap();
    let files = held.release().unwrap().write(Language::Iptables);
    assert_eq!(
        files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(),
        ["quarantine.iptables", "quarantine-iptables.sh"]
    );
    let path = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(path.path(), &files[0].text).unwrap();
    let output = std::process::Command::new("iptables-restore")
        .args(["--noflush", "--test"])
        .arg(path.path())
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if words.contains("Permission denied")
        || words.contains("Operation not permitted")
        || words.contains("must be root")
    {
        eprintln!("skipped: iptables-restore --test needs root");
        return;
    }
    assert!(output.status.success(), "{words}\n{}", files[0].text);
}

#[test]
fn nft_takes_a_quarantine() {
    if std::process::Command::new("nft").arg("--version").output().is_err() {
        eprintln!("skipped: nft is not installed");
        return;
    }
    let ward = ward();
    let plan = critical(&ward);
    let held = quarantine(&ward, &plan, &id(0), terms(Some("Anna"))).unwrap();
    for file in held.release().unwrap().write(Language::Nftables) {
        let path = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(path.path(), &file.text).unwrap();
        let output = std::process::Command::new("nft").arg("-c").arg("-f").arg(path.path()).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        if words.contains("Operation not permitted") {
            eprintln!("skipped: nft -c needs root");
            return;
        }
        assert!(output.status.success(), "{}: {words}\n{}", file.name, file.text);
    }
}

#[test]
fn a_lost_zone_reaches_what_rules_permit_and_no_more() {
    let ward = ward();
    let plan = planned(&ward);
    let lost: BTreeMap<String, blast::ZoneBlast> =
        blast::by_zone(&ward, &plan).into_iter().map(|one| (one.zone.clone(), one)).collect();
    let office = &lost["zone-office"];
    // The workstation reaches a pump and the server; from the pump the clinical server is one step more.
    assert_eq!((office.today, office.direct, office.in_steps, office.life_sustaining), (6, 2, 3, 1));
    let pumps = &lost["zone-pumps"];
    assert_eq!((pumps.today, pumps.direct, pumps.in_steps), (3, 1, 1));
    assert_eq!(lost["zone-servers"].direct, 0);
}

#[test]
fn what_can_be_done_without_goes_first() {
    let ward = ward();
    let plan = planned(&ward);
    let order = rollout::canaries(&ward, &plan, knowledge());
    assert_eq!(order.len(), 7);
    assert!(order.windows(2).all(|pair| pair[0].wave <= pair[1].wave));
    let waves: BTreeMap<&DeviceId, u8> = order.iter().map(|one| (&one.device, one.wave)).collect();
    assert!(waves[&id(5)] < waves[&id(0)]);
    assert_eq!(waves[&id(0)], 6);
    let steps = rollout::migration(&ward, &plan, knowledge(), &Policy::default().addresses);
    assert_eq!(steps.last().unwrap().zone, "zone-pumps");
    assert!(steps.iter().all(|step| matches!(step.hour.index() % 24, 20..=23 | 0..=4)));
}

#[test]
fn changes_name_what_moved_and_which_rules_let_more_through() {
    let before = ward();
    let old = planned(&before);
    let mut after = before.clone();
    // Another port, another flow, and a pump that turns out to be a printer.
    add(&mut after, talk(5, 6, Transport::Tcp, 139));
    add(&mut after, talk(6, 4, Transport::Tcp, 1433));
    after.devices[3].claims = vec![claim(Attribute::Category, "printer")];
    after.conversations.retain(|both| both.conversation.port != 22);
    let new = planned(&after);
    let side = |plan: &'static Plan| Side { zones: &plan.zones, rules: &plan.rules, needs: &plan.needs };
    let (old, new): (&'static Plan, &'static Plan) = (Box::leak(Box::new(old)), Box::leak(Box::new(new)));
    assert!(changes(side(old), side(old)).is_empty());
    let found = changes(side(old), side(new));
    assert_eq!(found.moved, [(id(3), "zone-pumps".to_owned(), "zone-office".to_owned())]);
    assert_eq!(found.widened.len(), 1, "{found:?}");
    assert!(found.widened[0].why.contains("139"));
    assert!(found.removed.iter().any(|one| one.why.contains("not seen")), "{found:?}");
    assert!(found.added.iter().any(|one| one.why.contains("a need that is new, seen in use")), "{found:?}");
}

#[test]
fn drift_tells_new_flows_and_rules_nobody_uses() {
    let before = ward();
    let plan = planned(&before);
    let now = Timestamp::from_seconds(1_796_000_000);
    let same = drift::drift(&before, &plan.zones, &plan.rules, now);
    assert_eq!((same.unpermitted.len(), same.unused.len(), same.flows), (0, 0, same.permitted));
    let mut after = before.clone();
    after.conversations.retain(|both| both.conversation.port != 445);
    add(&mut after, talk(1, 0, Transport::Tcp, 23));
    let mut rules = plan.rules.clone();
    rules.iter_mut().find(|rule| rule.ports == [22]).unwrap().until =
        Some(Timestamp::from_seconds(1_795_000_000));
    let found = drift::drift(&after, &plan.zones, &rules, now);
    let new: Vec<u16> = found.unpermitted.iter().map(|one| one.port).collect();
    assert_eq!(new, [23, 22]);
    assert_eq!((found.unused.len(), found.expired.len()), (1, 1));
    after.devices.remove(3);
    assert_eq!(drift::drift(&after, &plan.zones, &rules, now).absent, [id(3)]);
}

#[test]
fn what_a_person_allows_by_hand_becomes_a_need_that_ends() {
    let ward = ward();
    let text = "version: 1
rules:
  - from: infusion_pump-3
    to: zone:zone-servers
    transport: udp
    ports: [514]
    purpose: trial of a log server
    until: 2026-12-31
    by: Anna
    when: 2026-11-22
    why: trial
  - {from: infusion_pump-3, to: outside:203.0.113.9, transport: tcp, ports: [443], purpose: old, until: 2026-01-01, by: Anna, when: 2025-11-22, why: x}
";
    let policy = policy::read(text).unwrap();
    let placed = zones::place(&ward, &[], &policy, &graph(&ward)).unwrap();
    let now: Timestamp = "2026-11-22T05:00:00Z".parse().unwrap();
    let (needs, over) = policy::needs(&policy, &ward, &placed, now).unwrap();
    assert_eq!((needs.len(), over.len()), (1, 1));
    let settings = Settings { confirmed: needs, zones: Some(placed.clone()), ..Settings::default() };
    let plan = plan(&ward, &[], knowledge(), &settings);
    let rule = plan.rules.iter().find(|rule| rule.ports == [514]).unwrap();
    assert_eq!(rule.to, Party::Zone("zone-servers".into()));
    assert_eq!(rule.until.map(Timestamp::date), Some((2026, 12, 31)));
    assert!(approve(plan, &ward).is_ok());
    let wrong = policy::read(&text.replace("zone:zone-servers", "zone:zone-x")).unwrap();
    let faults = policy::needs(&wrong, &ward, &placed, now).unwrap_err();
    assert_eq!(faults[0].line, 3);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(48) })]

    /// What keeps patients alive is tried last, and where there are several of a kind before where there is one.
    #[test]
    fn canaries_end_with_what_nobody_can_do_without(
        categories in prop::collection::vec(prop::sample::select(Category::ALL.to_vec()), 2..40),
    ) {
        let whole = estate(&categories);
        let plan = planned(&whole);
        let order = rollout::canaries(&whole, &plan, knowledge());
        prop_assert_eq!(order.len(), whole.devices.len());
        let device = |id: &DeviceId| whole.devices.iter().find(|device| device.id == *id).unwrap();
        let alike = |id: &DeviceId| {
            let zone = plan.zones.iter().find(|zone| zone.devices.contains(id)).unwrap();
            zone.devices.iter().filter(|other| device(other).category() == device(id).category()).count()
        };
        let is_life: Vec<bool> =
            order.iter().map(|one| rollout::is_life_sustaining(device(&one.device))).collect();
        prop_assert!(is_life.is_sorted());
        let life = order.iter().zip(&is_life).filter(|(_, is_life)| **is_life);
        let spares: Vec<usize> = life.map(|(one, _)| alike(&one.device)).collect();
        prop_assert!(spares.is_sorted_by(|before, after| before >= after), "{:?}", spares);
        prop_assert!(order.windows(2).all(|pair| pair[0].wave <= pair[1].wave));
    }

    /// Addresses stay when a device comes: those that were reserved are given again.
    #[test]
    fn one_more_device_takes_nobodys_address(
        categories in prop::collection::vec(prop::sample::select(Category::ALL.to_vec()), 2..60),
        gone in any::<prop::sample::Index>(),
    ) {
        let whole = estate(&categories);
        let mut fewer = whole.clone();
        fewer.devices.remove(gone.index(categories.len()));
        let first = addresses::plan(&fewer, &planned(&fewer).zones, &Policy::default(), &no_reservations()).unwrap();
        let reserved: BTreeMap<DeviceId, Ipv4Addr> =
            first.reservations.iter().map(|one| (one.device.clone(), one.then)).collect();
        // The zones' networks are in the policy by then.
        let policy = Policy {
            zones: first
                .networks
                .iter()
                .map(|one| policy::ZonePolicy {
                    id: one.zone.clone(),
                    vlan: Some(one.vlan),
                    subnet: Some(one.subnet),
                    ..policy::ZonePolicy::default()
                })
                .collect(),
            ..Policy::default()
        };
        let zones = zones::place(&whole, &[], &policy, &graph(&whole)).unwrap();
        let second = addresses::plan(&whole, &zones, &policy, &reserved).unwrap();
        let now: BTreeMap<DeviceId, Ipv4Addr> =
            second.reservations.iter().map(|one| (one.device.clone(), one.then)).collect();
        prop_assert!(reserved.iter().all(|(device, address)| now.get(device) == Some(address)));
        let distinct: BTreeSet<Ipv4Addr> = now.values().copied().collect();
        prop_assert_eq!(distinct.len(), now.len());
        prop_assert_eq!(now.len(), categories.len());
    }
}

#[test]
fn the_helpers_address_is_what_the_tests_think() {
    assert_eq!(ip(0).to_string(), "10.0.0.1");
}
