//! What makers publish: usage descriptions and disclosures as they are written, and what becomes of them in a plan.
#![expect(
    unreachable_pub,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module"
)]

mod common;

use common::{add, claim, estate, ip, knowledge, talk};
use cordon_model::identify::{Attribute, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedDecision, NeedOrigin, NeedState, Party};
use cordon_model::{Category, Timestamp};
use cordon_segment::decide::{DecidedFlow, Decision, EndName, resolve};
use cordon_segment::makers::{self, Assignment, Peer, Publication, PublishedFlow, disclosure, mds2, mud};
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

fn answer(id: &str, answer: &str, note: &str) -> mds2::Answer {
    mds2::Answer { id: id.into(), topic: id.into(), answer: answer.into(), note: note.into() }
}

/// A form's flows as `out tcp/443 peer`, and the places of its questions.
fn said(answers: &[mds2::Answer]) -> (Vec<String>, Vec<String>) {
    let found = mds2::publication("mds2/pump.csv", answers);
    let flow = |flow: &PublishedFlow| {
        let way = if flow.device_asks { "out" } else { "in" };
        let service = cordon_segment::decide::service(flow.transport, &flow.ports);
        format!("{way} {service} {}", flow.peer)
    };
    (found.flows.iter().map(flow).collect(), found.questions.iter().map(|one| one.place.clone()).collect())
}

#[test]
fn a_form_becomes_flows_only_where_it_says_them() {
    let (flows, questions) = said(&[
        answer("CONN-6", "Yes", "TCP 443 outbound to cloud.acme.example (HTTPS)"),
        answer("CONN-3", "Yes", "Listens on port 104 (TCP) for DICOM. Port 23/TCP is closed."),
        answer("CONN-4", "No", "UDP 123 outbound"),
        answer("SAHD-8", "Yes", "TCP 5900 outbound"),
    ]);
    assert_eq!(flows, ["in tcp/104 somebody who is not named", "out tcp/443 host cloud.acme.example"]);
    assert_eq!(questions, ["CONN-3"]);
    // Without ports, or without direction, it is a question.
    let (flows, questions) = said(&[
        answer("CONN-6", "Yes", ""),
        answer("RMOT-1", "Yes", "VPN of the maker"),
        answer("CONN-2", "yes", "see service manual"),
        answer("CONN-8", "See Note", "TCP 22 inbound"),
    ]);
    assert!(flows.is_empty(), "{flows:?}");
    assert_eq!(questions, ["CONN-6", "RMOT-1", "CONN-2"]);
    let (flows, questions) = said(&[answer("CONN-3", "Yes", "DICOM: TCP 104; status on port 8080")]);
    assert_eq!(flows, ["in tcp/104 somebody", "out tcp/104 somebody"]);
    assert_eq!(questions, ["CONN-3", "CONN-3"]);
}

#[test]
fn what_a_form_says_is_kept_apart_and_opens_nothing_by_itself() {
    let answers = [
        answer("CONN-6", "Yes", "TCP 443 outbound to cloud.acme.example"),
        answer("CONN-3", "Yes", "TCP 8443 outbound"),
        answer("RMOT-1", "Yes", ""),
    ];
    let form = mds2::publication("mds2/pump.csv", &answers);
    let about = EndName { ip: Some(ip(0)), ..EndName::default() };
    let settings = Settings {
        publications: vec![form],
        assignments: vec![Assignment { file: "mds2/pump.csv".into(), devices: vec![about] }],
        ..Settings::default()
    };
    let unseen = plan(&site(), &[], knowledge(), &settings);
    assert!(unseen.rules.is_empty());
    let expected = of_maker(&unseen, NeedState::ExpectedNotSeen);
    assert_eq!(expected.len(), 2, "{expected:?}");
    assert!(expected.iter().any(|need| need.to == Party::Outside("cloud.acme.example".into())));
    assert!(expected.iter().any(|need| need.to.is_not_known() && need.ports == [8443]));
    assert!(expected.iter().all(|need| need.source.starts_with("mds2/pump.csv CONN-")), "{expected:?}");
    assert!(!unseen.coverage[0].missing.is_empty());
    let questions = makers::open_questions(&site(), &settings);
    assert!(questions.iter().any(|one| one.place == "RMOT-1" && one.asked == makers::Asked::AskMaker));

    // Seen, it is still for a person to confirm; the form is named beside it.
    let mut seen = site();
    add(&mut seen, talk(0, 1, Transport::Tcp, 8443));
    let plan = plan(&seen, &[], knowledge(), &settings);
    let open: Vec<_> = plan.needs.iter().filter(|need| need.state == NeedState::Proposed).collect();
    assert_eq!(open.len(), 1);
    assert!(open[0].source.contains("mds2/pump.csv CONN-3"), "{}", open[0].source);
    assert!(verify(&plan, &seen).passed());
}

#[test]
fn a_description_applies_to_the_device_that_announces_it() {
    let asks = r#"{"ipv4":{"protocol":6,"destination-ipv4-network":"10.0.0.2/32"},
                   "tcp":{"ietf-mud:direction-initiated":"from-device","destination-port":{"port":8883}}}"#;
    let with = |maker: &str| {
        let text = description(asks, "{}").replacen(
            "\"mfg-name\":\"Acme\"",
            &format!(r#""mud-url":"https://Acme.example/lamp.json","mfg-name":"{maker}""#),
            1,
        );
        mud::read("mud/lamp.json", text.as_bytes()).unwrap()
    };
    let announces = |url: &str| {
        let mut site = site();
        site.devices[0].claims.push(claim(Attribute::MudUrl, url));
        site
    };
    let settings = |maker: &str| Settings { publications: vec![with(maker)], ..Settings::default() };
    let own = announces("https://acme.EXAMPLE/lamp.json");
    let applied = plan(&own, &[], knowledge(), &settings("Acme Healthcare Inc."));
    let confirmed = of_maker(&applied, NeedState::Confirmed);
    assert_eq!(confirmed.len(), 1);
    assert_eq!(confirmed[0].source, "mud/lamp.json, whose URL the device announces entry from-0");
    assert!(makers::open_questions(&own, &settings("Acme")).is_empty());

    // Another maker's description is not applied on the device's own word.
    let doubted = plan(&own, &[], knowledge(), &settings("Other Works GmbH"));
    assert!(of_maker(&doubted, NeedState::Confirmed).is_empty());
    let questions = makers::open_questions(&own, &settings("Other Works GmbH"));
    assert_eq!(questions[0].asked, makers::Asked::CheckFile);

    // What nobody has obtained is listed, with the sighting.
    let other = announces("https://acme.example/other.json");
    assert!(of_maker(&plan(&other, &[], knowledge(), &settings("Acme")), NeedState::Confirmed).is_empty());
    let questions = makers::open_questions(&other, &settings("Acme"));
    assert_eq!(questions.len(), 1);
    assert_eq!((questions[0].asked, questions[0].devices.len()), (makers::Asked::ObtainFile, 1));
    assert_eq!(questions[0].document, "https://acme.example/other.json");
    assert!(!questions[0].evidence.is_empty());
}

#[test]
fn how_much_of_real_descriptions_is_understood() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/mud");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return;
    }
    let mut open = vec![folder];
    let (mut all, mut understood, mut files, mut refused) = (0, 0, 0, Vec::new());
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                open.push(path);
            } else if name.ends_with(".json") || name == "MUDFILE.NEST" {
                match mud::read(&name, &std::fs::read(&path).unwrap()) {
                    Ok(found) => {
                        files += 1;
                        all += found.entries.0;
                        understood += found.entries.1;
                    }
                    Err(mistake) => refused.push(format!("{name}: {mistake}")),
                }
            }
        }
    }
    let share = 100.0 * f64::from(understood as u32) / f64::from(all as u32);
    eprintln!("{files} descriptions read, {understood} of {all} entries understood ({share:.1} %)");
    refused.iter().for_each(|one| eprintln!("refused: {one}"));
    // What is left out are frames below IP, IGMP and IPv6 options, of which no rule of a plan is made.
    assert!(share >= 75.0, "{share}");
    assert!(refused.len() <= 2, "{refused:?}");
}

#[test]
fn a_rejection_of_what_a_maker_publishes_stands_and_is_told_with_both_places() {
    let publications = disclosure::from_yaml("disclosure/pump.yaml", YAML).unwrap();
    let flow = DecidedFlow {
        id: None,
        from: EndName { ip: Some(ip(0)), ..EndName::default() },
        to: EndName { ip: Some(ip(1)), ..EndName::default() },
        transport: Transport::Tcp,
        ports: vec![8443],
        application: None,
        expected: None,
        expected_of_to: false,
        purpose: None,
        line: 12,
    };
    let no = Decision {
        rejects: true,
        decision: NeedDecision {
            by: "Anna".into(),
            when: Timestamp::default(),
            because: "not used here".into(),
        },
        purpose: None,
        until: None,
        care_critical: false,
        flows: vec![flow],
    };
    let decided = resolve(&site(), std::slice::from_ref(&no), "needs.toml", Timestamp::default()).unwrap();
    let settings = Settings { publications: publications.clone(), decided, ..Settings::default() };
    let told = makers::disagreements(&site(), &settings);
    assert_eq!(told.len(), 1);
    assert!(told[0].starts_with("needs.toml line 12 rejects tcp/8443"), "{told:?}");
    assert!(told[0].contains("disclosure/pump.yaml line 6"), "{told:?}");
    let found = plan(&site(), &[], knowledge(), &settings);
    assert!(found.rules.is_empty() && of_maker(&found, NeedState::Confirmed).is_empty());

    // An answer about another port says nothing of this one.
    let mut other = no;
    other.flows[0].ports = vec![9000];
    let decided = resolve(&site(), &[other], "needs.toml", Timestamp::default()).unwrap();
    let settings = Settings { publications, decided, ..Settings::default() };
    assert!(makers::disagreements(&site(), &settings).is_empty());
    assert_eq!(of_maker(&plan(&site(), &[], knowledge(), &settings), NeedState::Confirmed).len(), 1);
}

#[test]
fn a_table_may_have_a_mark_semicolons_and_columns_in_any_order() {
    let row = |text: &str| text.split(';').map(str::to_owned).collect::<Vec<_>>();
    let rows = [
        row("\u{feff}purpose;peer;Transport;direction;PORTS;category"),
        row("send;infusion_gateway;TCP;out;443, 8443;infusion_pump"),
    ];
    let found = disclosure::from_rows("x.csv", &rows).unwrap();
    assert_eq!(found[0].flows[0].ports, [443, 8443]);
    for (heading, line, wanted) in [
        (
            "peer;transport;direction;category",
            "a;tcp;out;ventilator",
            "line 1: the column purpose is missing",
        ),
        ("purpose;peer;transport;direction", "a;local;tcp;out", "line 2: it says of no device"),
        (
            "purpose;peer;transport;direction;category",
            "a;local;https;out;ventilator",
            "line 2: transport is tcp",
        ),
        ("purpose;peer;transport;direction;category", "a;local;tcp;out;fridge", "line 2: \"fridge\""),
    ] {
        let error = disclosure::from_rows("x.csv", &[row(heading), row(line)]).unwrap_err().to_string();
        assert!(error.contains(wanted), "{error}\nwanted: {wanted}");
    }
}
