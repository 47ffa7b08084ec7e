//! Identifiers on labels, and whose a device is by the site's own conventions.

use crate::build::{Build, device, estate, estate_with};
use cordon_identify::conventions::{Convention, Looks, Reads, Template, Words};
use cordon_knowledge::pattern::Pattern;
use cordon_model::identify::{Attribute, Claim};
use cordon_model::observe::Fact;

const PUMP: &str = "00:1b:0d:20:77:05";
const SWITCH: &str = "00:1b:0d:20:77:06";
const UDI: &str = "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234";

fn claims(build: &Build, attribute: Attribute) -> Vec<(String, f64, bool)> {
    let estate = estate(std::slice::from_ref(build));
    let one = |claim: &Claim| {
        (claim.value.clone(), (claim.confidence.value() * 100.0).round() / 100.0, claim.conflict)
    };
    device(&estate, PUMP).claims.iter().filter(|claim| claim.attribute == attribute).map(one).collect()
}

#[test]
fn an_identifier_gives_serial_number_and_date_of_manufacture() {
    let build = Build::new("a").fact(PUMP, "10.0.0.5", Fact::SdcUdi, UDI);
    for (attribute, wanted) in
        [(Attribute::Udi, UDI), (Attribute::Serial, "1234"), (Attribute::Manufactured, "2014-12-31")]
    {
        let found = claims(&build, attribute);
        assert!(matches!(&found[..], [(value, 0.9.., false)] if value == wanted), "{found:?}");
    }
    // What the device states besides agrees: a month and a day, a part and the whole.
    let build = build.fact(PUMP, "10.0.0.5", Fact::SdcManufactured, "2014-12").fact(
        PUMP,
        "10.0.0.5",
        Fact::FhirDeviceUdi,
        "51022222233336",
    );
    assert_eq!(claims(&build, Attribute::Manufactured).len(), 1);
    let found = claims(&build, Attribute::Udi);
    assert!(matches!(&found[..], [(value, 0.9.., false)] if value == UDI), "{found:?}");
    // Another serial number on the wire is a conflict, and shown as one.
    let build = build.fact(PUMP, "10.0.0.5", Fact::SnmpSerial, "9999");
    assert!(
        claims(&build, Attribute::Serial)
            .iter()
            .all(|(_, confidence, conflict)| *conflict && *confidence < 0.9)
    );
}

#[test]
fn an_identifier_with_a_wrong_check_digit_is_not_believed() {
    let wrong = UDI.replace("33336", "33337");
    let build = Build::new("a").fact(PUMP, "10.0.0.5", Fact::Hl7DeviceUdi, &wrong);
    assert_eq!(claims(&build, Attribute::Udi), [(wrong, 0.3, false)]);
    assert_eq!(claims(&build, Attribute::Serial), []);
    let build = Build::new("a").fact(PUMP, "10.0.0.5", Fact::Hl7DeviceUdi, "pump seven");
    assert_eq!(claims(&build, Attribute::Udi), [("pump seven".to_owned(), 0.5, false)]);
}

fn convention(name: &str, reads: Reads, looks: Looks, says: &[(Attribute, &str)]) -> Convention {
    let words = [("icu".to_owned(), "Intensive care".to_owned()), ("rad".to_owned(), "Radiology".to_owned())];
    Convention {
        name: name.to_owned(),
        reads,
        looks,
        words: Words::from([("unit".to_owned(), words.into())]),
        says: says.iter().map(|(attribute, text)| (*attribute, Template::new(text).unwrap())).collect(),
        confidence: 0.8,
    }
}

fn like(pattern: &str) -> Looks {
    Looks::Like(Pattern::new(pattern, true).unwrap())
}

/// Department and evidence of the pump under these conventions.
fn department(conventions: Vec<Convention>, build: &Build) -> Vec<(String, f64, String)> {
    let estate = estate_with(conventions, std::slice::from_ref(build));
    let claims = device(&estate, PUMP).claims.iter();
    let said = claims.filter(|claim| claim.attribute == Attribute::Department);
    said.map(|claim| {
        let evidence = claim.evidence.first().unwrap();
        let words = format!("{} by {}", evidence.fact, evidence.rule);
        (claim.value.clone(), (claim.confidence.value() * 100.0).round() / 100.0, words)
    })
    .collect()
}

#[test]
fn names_titles_ports_and_networks_say_whose_a_device_is() {
    use Attribute::Department;
    let pump = Build::new("a").vlan(30).fact(PUMP, "10.0.0.5", Fact::DhcpHostname, "ICU-PUMP-07");
    let names = convention(
        "names",
        Reads::HostName,
        like("{unit:alnum}-{kind:alnum}-{number:digits}"),
        &[(Department, "{unit}")],
    );
    let wanted = |fact: &str| vec![("Intensive care".to_owned(), 0.8, fact.to_owned())];
    assert_eq!(
        department(vec![names.clone()], &pump),
        wanted("dhcp.hostname = ICU-PUMP-07 by convention/names")
    );
    // A part that the site's words do not know concludes nothing.
    let unknown = Build::new("a").fact(PUMP, "10.0.0.5", Fact::DhcpHostname, "LAB-PUMP-07");
    assert_eq!(department(vec![names.clone()], &unknown), []);

    let bare = Build::new("a").vlan(30).fact(PUMP, "10.0.0.5", Fact::ArpAddress, "10.0.0.5");
    let title = convention("titles", Reads::AeTitle, like("{unit:alnum}_*"), &[(Department, "{unit}")]);
    let scanner = bare.clone().fact(PUMP, "10.0.0.5", Fact::DicomCallingAe, "RAD_CT1");
    assert_eq!(department(vec![title], &scanner)[0].0, "Radiology");
    let port = convention("ports", Reads::SwitchPort, like("sw-{unit:alnum}-*"), &[(Department, "{unit}")]);
    let behind = bare.clone().fact(PUMP, "10.0.0.5", Fact::SwitchPort, "sw-icu-1 Gi1/0/12");
    assert_eq!(department(vec![port], &behind)[0].2, "switch.port = sw-icu-1 Gi1/0/12 by convention/ports");
    let scope = convention(
        "scope",
        Reads::Address,
        Looks::Within(vec!["10.0.0.0/24".parse().unwrap()]),
        &[(Department, "Ward 3")],
    );
    assert_eq!(department(vec![scope], &bare)[0].2, "address 10.0.0.5 in 10.0.0.0/24 by convention/scope");
    let vlan = Looks::In(vec![cordon_model::Vlan::new(30).unwrap()]);
    assert_eq!(
        department(vec![convention("vlan", Reads::Vlan, vlan, &[(Department, "Ward 4")])], &bare)[0].0,
        "Ward 4"
    );
    // A switch names the VLAN for everyone in it.
    let named = bare.fact(SWITCH, "10.0.0.2", Fact::LldpVlanName, "30 VL-ICU");
    let by_name = convention("vlans", Reads::VlanName, like("vl-{unit}"), &[(Department, "{unit}")]);
    assert_eq!(department(vec![by_name], &named), wanted("VLAN 30 is named VL-ICU by convention/vlans"));
}

#[test]
fn a_list_outranks_conventions_and_their_conflicts_show() {
    let names = |value| convention(value, Reads::HostName, like("icu-*"), &[(Attribute::Department, value)]);
    let build = Build::new("a").fact(PUMP, "10.0.0.5", Fact::DhcpHostname, "ICU-7");
    let both = department(vec![names("Intensive care"), names("Cardiology")], &build);
    assert_eq!(both.len(), 2);
    assert!(both.iter().all(|(_, confidence, _)| *confidence <= 0.5), "{both:?}");
    let listed = build.row("1", Some(PUMP), None, Fact::AssetDepartment, "Surgery");
    let found = department(vec![names("Intensive care")], &listed);
    assert_eq!((found[0].0.as_str(), found[0].1), ("Surgery", 0.97));
    assert_eq!(found[1].0, "Intensive care");
    // However sure a rule calls itself, it stays below a list.
    let mut sure = names("Intensive care");
    sure.confidence = 1.0;
    assert_eq!(department(vec![sure], &build_of_host())[0].1, 0.9);
}

fn build_of_host() -> Build {
    Build::new("a").fact(PUMP, "10.0.0.5", Fact::DhcpHostname, "ICU-7")
}

#[test]
fn presence_and_rows_are_kept_apart() {
    let build = Build::new("a")
        .at(100)
        .fact(PUMP, "10.0.0.5", Fact::ArpAddress, "10.0.0.5")
        .at(900)
        .fact(PUMP, "10.0.0.5", Fact::DhcpHostname, "p")
        .at(0)
        .row("2", Some(PUMP), None, Fact::AssetTag, "T1")
        .row("3", Some("00:1b:0d:20:77:09"), None, Fact::AssetTag, "T2");
    let estate = estate(&[build]);
    let pump = device(&estate, PUMP);
    let presence = pump.presence.as_ref().unwrap();
    assert_eq!((presence.first.micros(), presence.last.micros()), (100_000_000, 900_000_000));
    assert_eq!((presence.macs.len(), presence.ips.len(), pump.listings.len()), (1, 1, 1));
    let never = device(&estate, "00:1b:0d:20:77:09");
    assert_eq!((never.presence.as_ref(), never.listings.len()), (None, 1));
}

#[test]
fn templates_say_what_is_wrong_with_them() {
    assert!(Template::new(" ").is_err() && Template::new("a {b").is_err());
    assert_eq!(Template::new("{a} and {b}").unwrap().names().collect::<Vec<_>>(), ["a", "b"]);
}
