//! Registers in the forms of their interfaces, written anew.

use crate::format::{Format, recognise};
use crate::read::{Taken, read};
use crate::tell::testing::Told;
use proptest::prelude::*;

fn take(text: &str, format: Format) -> (Vec<String>, Taken) {
    let mut told = Told::default();
    let taken = read(format, "x.json", &mut text.as_bytes(), &[], &mut told);
    let listed = taken.batch.iter().flat_map(|batch| &batch.sightings);
    let listed = listed.map(|seen| {
        format!(
            "{}: {} {}={}",
            seen.record.as_deref().unwrap(),
            seen.endpoint,
            seen.fact.name().split_once('.').unwrap().1,
            seen.value
        )
    });
    let all = told.facts.iter().cloned().chain(listed).collect();
    (all, taken)
}

const NETBOX: &str = r#"{"count":2,"next":null,"previous":null,"results":[
{"id":7,"name":"pump-7","device_type":{"id":1,"manufacturer":{"id":1,"name":"Acme"},"model":"Pump 3"},"role":{"name":"Infusion pump"},"tenant":null,"platform":{"name":"Windows 10"},"serial":"S1","asset_tag":"BME-1","site":{"name":"Main"},"location":{"name":"ICU"},"rack":null,"primary_ip":{"address":"10.0.0.5/24"},"primary_ip4":{"address":"10.0.0.5/24"},"status":{"value":"active"}},
{"id":8,"name":null,"device_type":{"model":"X"},"asset_tag":null,"serial":""},
5
]}"#;

#[test]
fn netbox_devices() {
    assert_eq!(recognise(NETBOX.as_bytes(), &[]), Some(Format::NetBox));
    let (facts, taken) = take(NETBOX, Format::NetBox);
    let at = "record 1 of x.json: 10.0.0.5 (no MAC)";
    assert_eq!(
        facts,
        [
            format!("{at} asset_tag=BME-1"),
            format!("{at} category=infusion_pump"),
            format!("{at} manufacturer=Acme"),
            format!("{at} model=Pump 3"),
            format!("{at} os=Windows 10"),
            format!("{at} serial=S1"),
            format!("{at} hostname=pump-7"),
            format!("{at} location=Main / ICU"),
        ]
    );
    assert_eq!((taken.report.packets, taken.rejected.len()), (3, 2));
}

const DEVICE: &str = r#"{"resourceType":"Device","id":"d1","identifier":[{"type":{"coding":[{"code":"SNO"}]},"value":"SN-9"}],"udiCarrier":[{"deviceIdentifier":"00844588003288","carrierHRF":"(01)00844588003288(21)SN-9"}],"manufacturer":"Acme","manufactureDate":"2019-03-07T10:00:00Z","deviceName":[{"name":"Pump 3","type":"model-name"}],"type":{"coding":[{"display":"Infusion pump"}]},"version":[{"value":"4.1"}],"patient":{"reference":"Patient/DOE","display":"DOE^JANE"},"owner":{"display":"Biomedical engineering"},"location":{"display":"ICU"},"note":[{"text":"DOE^JANE"}]}"#;

#[test]
fn fhir_devices() {
    let wanted = [
        "category=infusion_pump",
        "manufacturer=Acme",
        "model=Pump 3",
        "firmware=4.1",
        "serial=SN-9",
        "udi=(01)00844588003288(21)SN-9",
        "manufactured=2019-03-07",
        "owner=Biomedical engineering",
        "location=ICU",
    ];
    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"searchset","entry":[{{"resource":{{"resourceType":"Patient","name":[{{"family":"DOE^JANE"}}]}}}},{{"resource":{DEVICE}}}]}}"#
    );
    let lines = format!("{DEVICE}\n{DEVICE}\n");
    for (text, number, count) in [(bundle.as_str(), 2, 1), (DEVICE, 1, 1), (lines.as_str(), 1, 2)] {
        assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::Fhir));
        let (facts, taken) = take(text, Format::Fhir);
        let at = format!("record {number} of x.json: nowhere (no address)");
        assert_eq!(facts[..wanted.len()], wanted.map(|fact| format!("{at} {fact}")));
        assert_eq!((facts.len(), taken.report.packets), (wanted.len() * count, count as u64));
        let everything = format!("{facts:?} {taken:?}");
        assert!(!everything.contains("DOE") && !everything.contains("JANE"), "{everything}");
    }
}

#[test]
fn a_broken_register_keeps_what_came_before() {
    let cut = &NETBOX[..NETBOX.find("{\"id\":8").unwrap() + 9];
    let (facts, taken) = take(cut, Format::NetBox);
    assert_eq!((facts.len(), taken.report.damaged.len()), (8, 1));
}

#[test]
fn stations_of_a_controller() {
    let text = r#"{"meta":{"rc":"ok"},"data":[{"mac":"00:1b:0d:20:30:01","ip":"10.0.0.5","hostname":"pump-7","essid":"clinical","ap_mac":"00:1b:0d:20:30:99","oui":"Acme","vlan":120,"last_seen":1794812400,"name":"Jane's","is_wired":false},{"mac":"x"}]}"#;
    assert_eq!(recognise(text.as_bytes(), &[]), Some(Format::UniFi));
    let (facts, taken) = take(text, Format::UniFi);
    let at = "1: 00:1b:0d:20:30:01 (no IP, VLAN 120)";
    assert_eq!(
        facts,
        [
            format!("{at} arp.address=10.0.0.5"),
            format!("{at} dhcp.hostname=pump-7"),
            format!("{at} nac.manufacturer=Acme"),
            format!("{at} wlan.network=clinical"),
            format!("{at} wlan.access_point=00:1b:0d:20:30:99"),
        ]
    );
    assert_eq!((taken.report.packets, taken.rejected.len()), (2, 1));
}

proptest! {
    #[test]
    fn any_register_ends(which in 0u8..3, at in 0usize..700, damage in "[{}\\[\\]\":,0-9a-z ]{0,8}") {
        let (text, format) = match which {
            0 => (NETBOX, Format::NetBox),
            1 => (DEVICE, Format::Fhir),
            _ => (NETBOX, Format::UniFi),
        };
        let mut bytes = text.as_bytes().to_vec();
        let at = at.min(bytes.len());
        let end = (at + damage.len()).min(bytes.len());
        bytes.splice(at..end, damage.bytes());
        let mut told = Told::default();
        read(format, "x", &mut bytes.as_slice(), &[], &mut told);
    }
}
