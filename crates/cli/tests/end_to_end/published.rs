//! What makers publish, through the binary: descriptions that devices announce (MUD) and disclosure statements (MDS2).

use crate::harness::{NOW, Place};
use serde_json::Value;

const LINE: &str = "--in out/assessment.json --site site --now 2026-11-22T12:00:00Z";
const URL: &str = "https://acme.example/phone9.json";

/// A capture of one station that announces itself and a URL by LLDP (RFC 8520 section 12).
fn announcing() -> Vec<u8> {
    let element = |kind: u16, value: &[u8]| {
        let head = kind << 9 | value.len() as u16;
        [&head.to_be_bytes()[..], value].concat()
    };
    let frame = [
        &[0x01, 0x80, 0xc2, 0, 0, 0x0e, 0x00, 0x1b, 0x0d, 0x20, 0x30, 0x01, 0x88, 0xcc][..],
        &element(1, &[4, 0x00, 0x1b, 0x0d, 0x20, 0x30, 0x01]),
        &element(2, b"\x05eth0"),
        &element(3, &[0, 120]),
        &element(5, b"phone-9"),
        &element(8, &[5, 1, 10, 20, 0, 77, 2, 0, 0, 0, 1, 0]),
        &element(127, &[&[0, 0, 0x5e, 1], URL.as_bytes()].concat()),
        &element(0, b""),
    ]
    .concat();
    let mut capture =
        vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
    for second in 0..3u32 {
        let time = 1_795_000_000 + second * 30;
        for word in [time, 0, frame.len() as u32, frame.len() as u32] {
            capture.extend(word.to_le_bytes());
        }
        capture.extend(&frame);
    }
    capture
}

fn description() -> String {
    format!(
        r#"{{"ietf-mud:mud":{{"mud-version":1,"mud-url":"{URL}","systeminfo":"a phone",
            "from-device-policy":{{"access-lists":{{"access-list":[{{"name":"from"}}]}}}}}},
           "ietf-access-control-list:acls":{{"acl":[{{"name":"from","type":"ipv4-acl-type","aces":{{"ace":[
             {{"name":"report","matches":{{"ipv4":{{"protocol":6,"destination-ipv4-network":"203.0.113.9/32"}},
               "tcp":{{"ietf-mud:direction-initiated":"from-device","destination-port":{{"operator":"eq","port":8883}}}}}},
              "actions":{{"forwarding":"accept"}}}}]}}}}]}}}}"#
    )
}

fn json(place: &Place, line: &str) -> Vec<Value> {
    serde_json::from_slice(&place.cordon(&format!("segment needs {LINE} --json {line}")).expect(0).stdout)
        .unwrap()
}

#[test]
fn an_announced_url_asks_for_its_file_and_then_picks_it() {
    let place = Place::new();
    place.write("lldp.pcap", announcing());
    place.cordon("site init site").expect(0);
    let assess = "assess lldp.pcap --site site --out";
    place.cordon(&format!("{assess} out --now {NOW}")).expect(0);
    let questions = json(&place, "--questions");
    assert_eq!(questions.len(), 1, "{questions:?}");
    assert_eq!((&questions[0]["kind"], &questions[0]["document"]), (&"obtain_file".into(), &URL.into()));
    let assessment = place.assessment("out");
    let claims = assessment["devices"][0]["claims"].as_array().unwrap();
    let claim = claims.iter().find(|claim| claim["attribute"] == "mud_url").unwrap();
    assert_eq!(claim["value"], URL);
    assert!(claim["evidence"][0]["fact"].as_str().unwrap().contains("lldp.mud_url"), "{claim}");
    let notes = assessment["segmentation"]["notes"].to_string();
    assert!(notes.contains("lldp.mud_url") && notes.contains("obtain the file"), "{notes}");
    assert!(json(&place, "--origin maker").is_empty());

    place.write("site/needs/mud/phone.json", description());
    assert!(json(&place, "--questions").is_empty());
    let needs = json(&place, "--origin maker");
    assert_eq!(needs.len(), 1, "{needs:?}");
    assert_eq!((&needs[0]["state"], &needs[0]["service"]), (&"confirmed".into(), &"tcp/8883".into()));
    let source = needs[0]["source"].as_str().unwrap();
    assert!(source.starts_with("mud/phone.json, whose URL the device announces"), "{source}");
    place.cordon(&format!("{assess} again --now {NOW}")).expect(0);
    assert_eq!(place.assessment("again")["needs"].as_array().unwrap().len(), 1);
    let sheet = place.cordon(&format!("segment needs {LINE} --coverage --csv")).expect(0).out();
    assert!(sheet.contains("tcp/8883") && sheet.contains("who confirmed it answers for it"), "{sheet}");
}

#[test]
fn a_disclosure_statement_is_listed_asked_about_and_confirmed_with_its_other_end() {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 3 --out hospital").expect(0);
    place.cordon("site init site").expect(0);
    place.cordon(&format!("assess hospital/capture.pcap --site site --out out --now {NOW}")).expect(0);
    let assessment = place.assessment("out");
    let value = |device: &Value, name: &str| device[name].as_str().map(str::to_owned);
    let devices = assessment["devices"].as_array().unwrap();
    let device = devices
        .iter()
        .find(|one| {
            one["category"] == "patient_monitor"
                && one["manufacturer"].is_string()
                && one["model"].is_string()
        })
        .unwrap();
    let (maker, model) = (value(device, "manufacturer").unwrap(), value(device, "model").unwrap());
    let form = format!(
        "\u{feff}Question ID;Question;Answer;Note\nDOC-1;Manufacturer Name;{maker};\nDOC-3;Device Model;{model};\n\
         CONN-3;Does it talk with systems of the hospital?;Yes;TCP 9443 outbound\n\
         CONN-6;Is the internet needed?;Yes;\nRMOT-1;Serviced from afar?;Yes;\n"
    );
    place.write("site/mds2/monitor.csv", form);
    let questions = json(&place, "--questions");
    let places: Vec<&str> = questions.iter().map(|one| one["place"].as_str().unwrap()).collect();
    assert_eq!(places, ["CONN-3", "CONN-6", "RMOT-1"], "{questions:?}");
    assert!(questions.iter().all(|one| one["document"] == "mds2/monitor.csv" && one["kind"] == "ask_maker"));
    let expected = json(&place, "--origin maker");
    assert!(!expected.is_empty() && expected.iter().all(|row| row["state"] == "expected_not_seen"));
    assert!(
        expected.iter().all(|row| row["to_name"] == "counterpart not known" && row["service"] == "tcp/9443")
    );
    assert!(
        expected[0]["source"].as_str().unwrap().starts_with("mds2/monitor.csv CONN-3: \"TCP 9443 outbound\"")
    );

    let id = expected[0]["id"].as_str().unwrap();
    let confirm = format!("segment needs {LINE} --confirm {id} --by Anna --because manual");
    let ran = place.cordon(&confirm).expect(2);
    assert!(ran.err().contains("--counterpart"), "{}", ran.err());
    assert!(!place.path("site/needs.toml").exists());
    place.cordon(&format!("{confirm} --counterpart 198.51.100.20")).expect(0);
    let confirmed = json(&place, "--state confirmed");
    assert_eq!(confirmed.len(), 1, "{confirmed:?}");
    assert_eq!(
        (&confirmed[0]["to"], &confirmed[0]["origin"]),
        (&"outside:198.51.100.20".into(), &"person".into())
    );
    assert_eq!(json(&place, "--origin maker").len(), expected.len() - 1);
    let text = place.cordon(&format!("segment needs {LINE} --questions")).expect(0).out();
    assert!(text.contains("3 open questions") && text.contains("RMOT-1"), "{text}");
    // The assessment itself says what is still open.
    place.cordon(&format!("assess hospital/capture.pcap --site site --out again --now {NOW}")).expect(0);
    assert!(
        place.assessment("again")["segmentation"]["notes"].to_string().contains("mds2/monitor.csv RMOT-1")
    );
}

#[test]
fn tables_of_disclosure_say_what_is_wrong_and_where() {
    let place = Place::new();
    place.cordon("site init site").expect(0);
    let table = |rows: &str| {
        place.write("site/needs/disclosure/pump.csv", format!("\u{feff}{rows}"));
        place.cordon("site check site")
    };
    let heading = "Category;direction;peer;transport;ports;purpose\n";
    table(&format!("{heading}infusion_pump;out;infusion_gateway;tcp;443, 8443;report\n")).expect(0);
    for (rows, wanted) in [
        (
            format!("{heading}infusion_pump;out;infusion_gateway;https;443;report\n"),
            "line 2: transport is tcp",
        ),
        (format!("{heading}infusion_pump;out;infusion_gateway;tcp;x;report\n"), "line 2: \"x\" is no port"),
        (
            "category;direction;peer;transport\na;out;local;tcp\n".to_owned(),
            "line 1: the column purpose is missing",
        ),
        ("category;direction;peer;transport;goal\n".to_owned(), "line 1: column \"goal\" is not known"),
    ] {
        let error = table(&rows).expect(3).err();
        assert!(error.contains("pump.csv") && error.contains(wanted), "{error}\nwanted: {wanted}");
    }
}

#[test]
fn a_decision_is_written_whole_or_not_at_all() {
    let place = Place::new();
    place.cordon("simulate --devices 12 --hours 1 --seed 3 --out hospital").expect(0);
    place.cordon("site init site").expect(0);
    place.cordon(&format!("assess hospital/capture.pcap --site site --out out --now {NOW}")).expect(0);
    let all = format!("segment needs {LINE} --confirm state:proposed --by Anna --because asked");
    // A group in which nothing is, a day that is none, a file that is broken: what was there stays, byte by byte.
    place.cordon(&format!("{all} --until 2027-02-30")).expect(2);
    assert!(!place.path("site/needs.toml").exists());
    place.cordon(&format!("{all} --purpose work")).expect(0);
    let first = place.read("site/needs.toml");
    assert!(String::from_utf8_lossy(&first).contains("purpose = \"work\""));
    place.cordon(&all).expect(2);
    assert_eq!(place.read("site/needs.toml"), first);
    let broken = [&first[..], b"\n[[confirmed]]\nwho = \n"].concat();
    place.write("site/needs.toml", &broken);
    let ran = place.cordon(&format!("segment needs {LINE} --reject all --by Ben --because no")).expect(3);
    assert!(ran.err().contains("needs.toml") && ran.err().contains("line "), "{}", ran.err());
    assert_eq!(place.read("site/needs.toml"), broken);
    let left: Vec<_> =
        std::fs::read_dir(place.path("site")).unwrap().map(|one| one.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().contains("tmp")), "{left:?}");
}
