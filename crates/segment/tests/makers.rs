//! What makers publish: usage descriptions and disclosures as they are written, and what becomes of them in a plan.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module"
)]

mod common;

use common::{add, claim, estate, ip, knowledge, talk};
use cordon_model::Category;
use cordon_model::identify::{Attribute, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedOrigin, NeedState, Party};
use cordon_segment::decide::EndName;
use cordon_segment::makers::{Assignment, Peer, Publication, PublishedFlow, disclosure, mud};
use cordon_segment::{Plan, Settings, plan, verify};
use std::path::PathBuf;

/// A description with one entry in each list.
fn description(from: &str, to: &str) -> String {
    let list = |name: &str, matches: &str| {
        format!(
            r#"{{"name":"{name}","type":"ipv4-acl-type","aces":{{"ace":[
                {{"name":"{name}-0","matches":{matches},"actions":{{"forwarding":"accept"}}}}]}}}}"#
        )
    };
    format!(
        r#"{{"ietf-mud:mud":{{"mud-version":1,"mfg-name":"Acme","model-name":"Lamp 3",
            "from-device-policy":{{"access-lists":{{"access-list":[{{"name":"from"}}]}}}},
            "to-device-policy":{{"access-lists":{{"access-list":[{{"name":"to"}}]}}}}}},
           "ietf-access-control-list:acls":{{"acl":[{},{}]}}}}"#,
        list("from", from),
        list("to", to)
    )
}

fn flows(from: &str, to: &str) -> Vec<PublishedFlow> {
    mud::read("mud/lamp.json", description(from, to).as_bytes()).unwrap().flows
}

#[test]
fn packets_of_a_description_become_who_asks_whom() {
    let tcp = |side: &str, initiated: &str| {
        format!(
            r#"{{"ipv4":{{"ietf-acldns:{side}-dnsname":"Cloud.Example.","protocol":6}},
                "tcp":{{"ietf-mud:direction-initiated":"{initiated}",
                "{}-port":{{"operator":"eq","port":443}}}}}}"#,
            if side == "dst" { "destination" } else { "source" }
        )
    };
    // Both directions of one connection are one flow.
    let found = flows(&tcp("dst", "from-device"), &tcp("src", "from-device"));
    assert_eq!(found.len(), 1);
    assert!(found[0].device_asks);
    assert_eq!(
        (found[0].peer.clone(), found[0].ports.as_slice()),
        (Peer::Name("cloud.example".into()), &[443][..])
    );

    let served = r#"{"ietf-mud:mud":{"same-manufacturer":[null]},"ipv6":{"protocol":17},
                     "udp":{"destination-port":{"lower-port":5000,"upper-port":5002}}}"#;
    let answer = r#"{"ietf-mud:mud":{"same-manufacturer":[null]},"ipv6":{"protocol":17},
                     "udp":{"source-port":{"lower-port":5000,"upper-port":5002}}}"#;
    let found = flows(answer, served);
    assert_eq!(found.len(), 1);
    assert!(!found[0].device_asks);
    assert_eq!(found[0].ports, [5000, 5001, 5002]);
    assert_eq!(found[0].peer, Peer::SameManufacturer);
}

#[test]
fn every_kind_of_peer_is_told_apart() {
    let from = |mud: &str| {
        let matches = format!(
            r#"{{"ietf-mud:mud":{mud},"ipv4":{{"protocol":17}},"udp":{{"destination-port":{{"port":9}}}}}}"#
        );
        flows(&matches, "{}").remove(0).peer
    };
    assert_eq!(
        from(r#"{"controller":"urn:ietf:params:mud:dns"}"#),
        Peer::Controller("urn:ietf:params:mud:dns".into())
    );
    assert_eq!(from(r#"{"my-controller":[null]}"#), Peer::MyController);
    assert_eq!(from(r#"{"manufacturer":"acme.example"}"#), Peer::Manufacturer("acme.example".into()));
    assert_eq!(from(r#"{"model":"https://acme.example/x"}"#), Peer::Model("https://acme.example/x".into()));
    assert_eq!(from(r#"{"local-networks":[null]}"#), Peer::LocalNetworks);
    let network = r#"{"ipv4":{"protocol":1,"destination-ipv4-network":"10.1.0.0/16"}}"#;
    let found = flows(network, "{}");
    assert_eq!(
        (found[0].peer.clone(), found[0].transport),
        (Peer::Network("10.1.0.0/16".parse().unwrap()), Transport::Icmp)
    );
}

#[test]
fn what_is_not_understood_is_noted_and_what_is_no_description_refused() {
    let strange = description(r#"{"eth":{"ethertype":"0x888e"}}"#, r#"{"ipv4":{"protocol":47}}"#);
    let found = mud::read("x", strange.as_bytes()).unwrap();
    assert!(found.flows.is_empty());
    assert_eq!(found.notes.len(), 2, "{:?}", found.notes);
    for (text, wanted) in [
        ("{", "no JSON"),
        ("{}", "no usage description"),
        (r#"{"ietf-mud:mud":{"mud-version":2}}"#, "mud-version"),
        (r#"{"ietf-mud:mud":{"mud-version":1}}"#, "no access lists"),
    ] {
        assert!(mud::read("x", text.as_bytes()).unwrap_err().to_string().contains(wanted));
    }
}

#[test]
fn real_descriptions_are_read_whole() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mud");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return;
    }
    let mut open = vec![folder];
    let (mut read, mut flows, mut notes) = (0, 0, Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "json") {
                // One of them is an old draft whose lists have another form.
                let Ok(found) = mud::read("x", &std::fs::read(&path).unwrap()) else { continue };
                assert!(!found.flows.is_empty() || !found.notes.is_empty(), "{}", path.display());
                read += 1;
                flows += found.flows.len();
                notes.extend(found.notes);
            }
        }
    }
    eprintln!("{read} descriptions, {flows} flows, {} notes", notes.len());
    assert!(read >= 14 && flows > 200, "{read} {flows}");
    // Left out: frames below IP, membership of groups (IGMP) and IPv6 options, of which no rule of a plan is made.
    let usual = ["below IP", "no entries", "IP protocol 2 ", "IP protocol 0 "];
    let other: Vec<&String> =
        notes.iter().filter(|note| !usual.iter().any(|words| note.contains(words))).collect();
    assert!(other.is_empty(), "{other:?}");
}

const YAML: &str = "version: 1
manufacturer: Acme
category: infusion_pump
source: manual, table 2
flows:
  - direction: out
    peer: infusion_gateway
    transport: tcp
    ports: [8443]
    purpose: report infusions
    care_critical: yes
  - { direction: out, peer: cloud.example, transport: tcp, ports: 443, purpose: fetch updates }
  - { direction: out, peer: local, transport: udp, ports: 3702, purpose: be found }
";

#[test]
fn both_forms_of_a_disclosure_say_the_same() {
    let yaml = disclosure::from_yaml("disclosure/pump.yaml", YAML).unwrap();
    let row = |text: &str| text.split('|').map(str::to_owned).collect::<Vec<_>>();
    let rows = [
        row("manufacturer|category|direction|peer|transport|ports|purpose|care_critical|source"),
        row("# a remark"),
        row("Acme|infusion_pump|out|infusion_gateway|tcp|8443|report infusions|yes|manual, table 2"),
        row("Acme|infusion_pump|OUT|cloud.example|tcp|443|fetch updates||manual, table 2"),
        row("Acme|infusion_pump|out|local|udp|3702|be found|no|manual, table 2"),
    ];
    let csv = disclosure::from_rows("disclosure/pump.csv", &rows).unwrap();
    let said = |all: &[Publication]| -> Vec<_> {
        let flows = all.iter().flat_map(|one| one.flows.iter());
        flows.map(|flow| PublishedFlow { place: String::new(), ..flow.clone() }).collect()
    };
    assert_eq!(said(&yaml), said(&csv));
    assert_eq!(yaml[0].subject, csv[0].subject);
    assert_eq!(yaml[0].flows[0].place, "line 6, manual, table 2");
    assert_eq!(csv[0].flows[0].place, "line 3, manual, table 2");
}

#[test]
fn mistakes_of_a_disclosure_name_the_line() {
    for (from, to, wanted) in [
        ("version: 1", "version: 2", "version: 1 must stand"),
        ("category: infusion_pump", "kind: pump", "line 3: \"kind\" is not known here"),
        ("direction: out", "direction: away", "line 6: direction is out"),
        ("peer: infusion_gateway", "peer: the gateway", "line 6: peer \"the gateway\""),
        ("[8443]", "[8443, x]", "line 6: \"x\" is no port"),
        ("transport: tcp", "transport: pigeon", "line 6: transport"),
        ("purpose: report infusions", "purpose: ''", "line 6: purpose is empty"),
        ("care_critical: yes", "care_critical: perhaps", "care_critical is yes or no"),
        ("manufacturer: Acme\ncategory: infusion_pump\n", "", "it says of no device"),
        ("flows:", "flows: &a", "anchors"),
    ] {
        let error = disclosure::from_yaml("x", &YAML.replacen(from, to, 1)).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}\nwanted: {wanted}");
    }
    let rows = [vec!["direction".to_owned(), "peers".to_owned()]];
    assert!(disclosure::from_rows("x", &rows).unwrap_err().to_string().contains("column \"peers\""));
}

fn site() -> Estate {
    let mut site = estate(&[Category::InfusionPump, Category::InfusionGateway, Category::Other]);
    site.devices[0].claims.push(claim(Attribute::Manufacturer, "ACME"));
    site
}

fn planned(site: &Estate, publications: Vec<Publication>) -> Plan {
    plan(site, &[], knowledge(), &Settings { publications, ..Settings::default() })
}

fn of_maker(plan: &Plan, state: NeedState) -> Vec<&Need> {
    plan.needs.iter().filter(|need| need.origin == NeedOrigin::Maker && need.state == state).collect()
}

#[test]
fn a_definite_flow_stands_by_the_makers_word_and_no_other_opens_anything() {
    let publications = disclosure::from_yaml("disclosure/pump.yaml", YAML).unwrap();
    let unseen = planned(&site(), publications.clone());
    let confirmed = of_maker(&unseen, NeedState::Confirmed);
    assert_eq!(confirmed.len(), 1, "{:?}", unseen.needs);
    assert!(confirmed[0].care_critical && confirmed[0].seen.is_none());
    assert_eq!(confirmed[0].source, "disclosure/pump.yaml line 6, manual, table 2");
    assert_eq!(unseen.rules.len(), 1);
    let expected = of_maker(&unseen, NeedState::ExpectedNotSeen);
    assert_eq!(expected.len(), 1);
    assert_eq!(expected[0].to, Party::Outside("cloud.example".into()));
    assert!(unseen.coverage[0].missing.contains(&"fetch updates".to_owned()));
    assert!(verify(&unseen, &site()).passed());

    let mut seen = site();
    add(&mut seen, talk(0, 1, Transport::Tcp, 8443));
    add(&mut seen, talk(0, 1, Transport::Tcp, 22));
    let seen_plan = planned(&seen, publications);
    let confirmed = of_maker(&seen_plan, NeedState::Confirmed);
    assert_eq!(confirmed.len(), 1);
    assert!(confirmed[0].seen.is_some());
    let open: Vec<_> = seen_plan.needs.iter().filter(|need| need.state == NeedState::Proposed).collect();
    assert_eq!(open.len(), 1);
    assert_eq!(open[0].ports, [22]);
    assert!(verify(&seen_plan, &seen).passed());
}

#[test]
fn a_person_says_whom_a_description_is_about_and_who_the_controller_is() {
    let controlled = r#"{"ietf-mud:mud":{"my-controller":[null]},"ipv4":{"protocol":6},
                         "tcp":{"ietf-mud:direction-initiated":"from-device","destination-port":{"port":8883}}}"#;
    let description = mud::read("mud/lamp.json", description(controlled, "{}").as_bytes()).unwrap();
    let end = |at: usize| EndName { ip: Some(ip(at)), ..EndName::default() };
    let mut settings = Settings { publications: vec![description], ..Settings::default() };
    settings.assignments.push(Assignment { file: "mud/lamp.json".into(), devices: vec![end(2)] });
    let plan_of = |settings: &Settings| plan(&site(), &[], knowledge(), settings);
    assert!(of_maker(&plan_of(&settings), NeedState::Confirmed).is_empty());
    settings.controllers.insert("my-controller mud/lamp.json".into(), vec![end(1)]);
    let plan = plan_of(&settings);
    let confirmed = of_maker(&plan, NeedState::Confirmed);
    assert_eq!(confirmed.len(), 1);
    assert_eq!(confirmed[0].ports, [8883]);
}
