//! Whose a device is, what FDA publishes of it, and the asset list against what was seen.

use crate::harness::{NOW, Place, recorded};
use serde_json::Value;

fn assess(place: &Place, inputs: &str, out: &str) -> Value {
    place.cordon(&format!("assess {inputs} --out {out} --now {NOW}")).expect(0);
    place.assessment(out)
}

fn with<'a>(assessment: &'a Value, field: &str, value: &str) -> &'a Value {
    let devices = assessment["devices"].as_array().unwrap();
    let is = |device: &&Value| {
        let found = &device[field];
        found == value || found.as_array().is_some_and(|all| all.iter().any(|one| one == value))
    };
    devices.iter().find(is).unwrap_or_else(|| panic!("no device with {field} {value}"))
}

fn claim<'a>(device: &'a Value, attribute: &str) -> &'a Value {
    let claims = device["claims"].as_array().unwrap();
    claims
        .iter()
        .find(|claim| claim["attribute"] == attribute)
        .unwrap_or_else(|| panic!("{attribute}: {device}"))
}

/// Leases of three hosts; the addresses say the scope, the names say more.
const LEASES: &str = "lease 10.77.0.5 {\n  starts 1 2026/11/16 07:00:00;\n  binding state active;\n  hardware ethernet 00:1b:0d:20:77:05;\n  client-hostname \"ICU-PUMP-07\";\n}\nlease 10.77.0.6 {\n  starts 1 2026/11/16 07:00:00;\n  binding state active;\n  hardware ethernet 00:1b:0d:20:77:06;\n  client-hostname \"viewer-5\";\n}\nlease 10.99.0.9 {\n  starts 1 2026/11/16 07:30:00;\n  binding state active;\n  hardware ethernet 00:1b:0d:20:77:09;\n}\n";

const CONVENTIONS: &str = r#"version = 1
[[rule]]
name = "host names"
who = "IT"
when = "2026-11-01"
why = "naming rule of 2019"
reads = "hostname"
pattern = "{unit:alnum}-{kind:alnum}-{number:digits}"
says = { department = "{unit}", cost_centre = "KST-{unit}" }
[rule.words.unit]
icu = "Intensive care"

[[rule]]
name = "scope of floor 2"
who = "IT"
when = "2026-11-01"
why = "address plan"
reads = "dhcp_scope"
within = ["10.77.0.0/24"]
says = { location = "Floor 2" }
"#;

const CMMS: &str = "Asset Tag,MAC Address,IP Address,Manufacturer,Model,Serial No,Firmware,Owner,Dept,Cost Center,Purchase Date,Service Contract,Criticality\n\
T-1,00:1b:0d:20:77:05,10.77.0.55,B. Braun,Infusomat Space,S1,,Biomed,Surgery,4711,2019-04-01,\"B. Braun, 0800 1\",\n\
T-9,00:1b:0d:20:77:99,,Philips,IntelliVue MX450,S9,,,,,2015-01-01,,low\n";

#[test]
fn conventions_of_the_site_say_whose_a_device_is_and_nobody_is_said_to_be_so() {
    let place = Place::new();
    place.cordon("site init site").expect(0);
    place.cordon("site check site").expect(0);
    place.write("leases", LEASES);
    place.write("site/conventions.toml", CONVENTIONS);
    let found = assess(&place, "leases --site site", "out");
    let pump = with(&found, "ips", "10.77.0.5");
    assert_eq!(
        (&pump["department"], &pump["location"]),
        (&Value::from("Intensive care"), &Value::from("Floor 2"))
    );
    assert_eq!(claim(pump, "department")["evidence"][0]["rule"], "convention/host names");
    assert_eq!(claim(pump, "department")["confidence"], 0.8);
    let viewer = with(&found, "ips", "10.77.0.6");
    assert_eq!((&viewer["department"], &viewer["location"]), (&Value::Null, &Value::from("Floor 2")));
    // A location is no owner.
    let unowned = found["unowned"].as_array().unwrap();
    assert_eq!(unowned.len(), 2);
    assert!(!unowned.contains(&pump["id"]) && unowned.contains(&viewer["id"]));
    let sheet = String::from_utf8(place.read("out/without-owner.csv")).unwrap();
    assert_eq!(sheet.lines().count(), 3, "{sheet}");
    assert!(sheet.contains("10.99.0.9") && !sheet.contains("ICU-PUMP-07"));
    assert!(!place.path("out/reconciliation.csv").exists());
    // The inventory handed back unchanged does not make a person's word of a rule's.
    let again = assess(&place, "leases out/inventory.csv", "again");
    assert_eq!(with(&again, "ips", "10.77.0.5")["department"], Value::Null);

    place.write("site/conventions.toml", CONVENTIONS.replace("\"dhcp_scope\"", "\"dhcp_scopes\""));
    let refused = place.cordon("site check site").expect(3);
    assert!(
        refused.err().contains("conventions.toml: line 18: \"dhcp_scopes\" cannot be read"),
        "{}",
        refused.err()
    );
}

#[test]
fn the_asset_list_is_compared_field_by_field_with_what_was_seen() {
    let place = Place::new();
    place.cordon("site init site").expect(0);
    place.write("leases", LEASES);
    place.write("site/conventions.toml", CONVENTIONS);
    place.write("cmms.csv", CMMS);
    let found = assess(&place, "leases cmms.csv --site site", "out");
    let pump = with(&found, "asset_tag", "T-1");
    // The list outranks the convention, which stays visible.
    assert_eq!((&pump["owner"], &pump["department"]), (&Value::from("Biomed"), &Value::from("Surgery")));
    assert_eq!(
        (&pump["cost_centre"], &pump["purchased"]),
        (&Value::from("4711"), &Value::from("2019-04-01"))
    );
    assert_eq!(pump["support_contact"], "B. Braun, 0800 1");
    let told = &found["reconciliation"];
    assert_eq!((&told["lists"][0], &told["matched"]), (&Value::from("cmms.csv"), &Value::from(1)));
    assert_eq!(told["not_listed"].as_array().unwrap().len(), 2);
    let never = with(&found, "asset_tag", "T-9");
    assert_eq!(
        (&told["never_seen"][0]["device"], &told["never_seen"][0]["row"]),
        (&never["id"], &Value::from(3))
    );
    assert_eq!(never["presence"], Value::Null);
    let differences: Vec<String> = told["differences"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            format!("{} {} {} {}", one["kind"], one["attribute"], one["listed"], one["seen"]).replace('"', "")
        })
        .collect();
    assert!(differences.contains(&"differs department Surgery Intensive care".to_owned()), "{differences:?}");
    assert!(
        differences.contains(&"differs cost_centre 4711 KST-Intensive care".to_owned()),
        "{differences:?}"
    );
    assert!(differences.contains(&"not_seen ip 10.77.0.55 null".to_owned()), "{differences:?}");
    assert!(differences.contains(&"not_listed ip null 10.77.0.5".to_owned()), "{differences:?}");
    let sheet = String::from_utf8(place.read("out/reconciliation.csv")).unwrap();
    for wanted in
        ["\"seen, in no list\"", "\"in a list, never seen\"", "list and network disagree", "cmms.csv,2"]
    {
        assert!(sheet.contains(wanted), "{wanted}: {sheet}");
    }
    // A person's low stands against what is usual for a monitor.
    assert_eq!(never["criticality"], "low");
    // Our own sheet given back is no register: nothing is compared with it.
    let again = assess(&place, "leases out/inventory.csv", "again");
    assert_eq!(again["reconciliation"], Value::Null);
    // Batches carry it all.
    let lines = place.cordon("observe leases cmms.csv").expect(0);
    place.write("b.jsonl", &lines.stdout);
    let through = assess(&place, "b.jsonl --site site", "through");
    assert_eq!(through["reconciliation"], found["reconciliation"]);
}

fn product(device: &str, brand: &str, model: &str, company: &str, codes: &[&str], status: &str) -> Value {
    let codes: Vec<Value> = codes.iter().map(|code| serde_json::json!({"code": code})).collect();
    serde_json::json!({
        "brand_name": brand, "version_or_model_number": model, "catalog_number": model, "company_name": company,
        "commercial_distribution_status": status, "publish_date": "2026-10-01",
        "identifiers": [{"id": device, "type": "Primary", "issuing_agency": "GS1"}], "product_codes": codes,
    })
}

const CLASSES: &str = "REVIEW_PANEL|MEDICALSPECIALTY|PRODUCTCODE|DEVICENAME|DEVICECLASS|REGULATIONNUMBER|Implant_Flag|Life_Sustain_support_flag\nAN|AN|CBK|Ventilator, Continuous, Facility Use|2|868.5895|N|Y\nHO|HO|FRN|Pump, Infusion|2|880.5725|N|N\nCV|CV|MHX|Monitor, Physiological|2|870.1025|N|N\n";

/// A feed folder with four products and three product codes, and a list of three devices.
fn with_feeds(place: &Place) {
    let sold = "In Commercial Distribution";
    let products = [
        product("51022222233336", "Evita V800", "MK11800", "Drägerwerk AG & Co. KGaA", &["CBK"], sold),
        product(
            "04035479151230",
            "Infusomat Space",
            "8713050U",
            "B. Braun Melsungen AG",
            &["FRN"],
            "Not in Commercial Distribution",
        ),
        product("04035479151247", "Infusomat Space", "8713051U", "B. Braun Melsungen AG", &["FRN"], sold),
        product("00844588018923", "Infusomat Space", "X", "Somebody Else, Inc.", &["CBK"], sold),
    ];
    place.write("udi.json", serde_json::json!({"meta": {}, "results": products}).to_string());
    place.write("foiclass.txt", CLASSES);
    let imported =
        place.cordon(&format!("feed import udi.json foiclass.txt --feeds feeds --now {NOW}")).expect(0);
    assert!(
        imported.out().contains("fda-udi: 4 records, 2026-10-01, imported 2026-11-22"),
        "{}",
        imported.out()
    );
    place.write(
        "cmms.csv",
        "tag,manufacturer,model,udi,category\nV-1,,,(01)51022222233336(11)190401(21)S-77,\nP-1,B. Braun,Infusomat Space,,infusion pump\nX-1,Philips,IntelliVue MX450,,patient monitor\n",
    );
}

#[test]
fn what_fda_publishes_is_joined_by_identifier_and_by_maker_and_model() {
    let place = Place::new();
    with_feeds(&place);
    let found = assess(&place, "cmms.csv --feeds feeds", "out");
    // By identifier: maker, model and product code come with it, and the flag makes it critical.
    let ventilator = with(&found, "asset_tag", "V-1");
    assert_eq!(
        (&ventilator["serial"], &ventilator["manufactured"]),
        (&Value::from("S-77"), &Value::from("2019-04-01"))
    );
    assert_eq!(
        (&ventilator["model"], &ventilator["fda"]["brand"]),
        (&Value::from("MK11800"), &Value::from("Evita V800"))
    );
    assert_eq!(ventilator["fda"]["product_code"], "CBK");
    assert_eq!(
        (&ventilator["fda"]["life_sustaining"], &ventilator["criticality"]),
        (&Value::from(true), &Value::from("high"))
    );
    let why = &claim(ventilator, "criticality")["evidence"][0];
    assert_eq!((&why["rule"], &why["protocol"]), (&Value::from("fda/life-sustaining"), &Value::from("fda")));
    let code = &claim(ventilator, "product_code")["evidence"][0];
    assert_eq!(
        (&code["rule"], &code["input"], &code["packet"]),
        (&Value::from("fda/udi"), &Value::from("feed fda-udi"), &Value::from(1))
    );
    // By maker and brand: what both models share, less sure; another maker's of the same name does not count.
    let pump = with(&found, "asset_tag", "P-1");
    assert_eq!(
        (&pump["fda"]["product_code"], &pump["fda"]["distribution"]),
        (&Value::from("FRN"), &Value::Null)
    );
    let sure = claim(pump, "product_code")["confidence"].as_f64().unwrap();
    assert!((0.7..0.85).contains(&sure), "{sure}");
    assert_eq!(claim(pump, "distribution")["conflict"], true);
    // Without a product what is usual for the kind stands.
    let monitor = with(&found, "asset_tag", "X-1");
    assert_eq!((&monitor["fda"], &monitor["criticality"]), (&Value::Null, &Value::from("high")));
    assert_eq!(claim(monitor, "criticality")["evidence"][0]["rule"], "harm/patient_monitor");
    assert_eq!(found["feeds"][1]["name"], "fda-udi");
    let sheet = String::from_utf8(place.read("out/inventory.csv")).unwrap();
    assert!(
        sheet.contains("FDA: life-sustaining or life-supporting") && sheet.contains("usual for its kind"),
        "{sheet}"
    );
    // Given back, the default does not become a person's word.
    let again = assess(&place, "out/inventory.csv cmms.csv", "again");
    assert_eq!(
        claim(with(&again, "asset_tag", "X-1"), "criticality")["evidence"][0]["protocol"],
        "knowledge"
    );
}

#[test]
fn a_feed_that_is_not_whole_never_replaces_one_that_is() {
    let place = Place::new();
    let text = |device: &str| {
        serde_json::json!({"results": [product(device, "B", "M-1", "C", &["FRN"], "In Commercial Distribution")]}).to_string()
    };
    place.write("one.json", text("51022222233336"));
    place.cordon(&format!("feed import one.json --feeds feeds --now {NOW}")).expect(0);
    let before = place.cordon("feed status --feeds feeds").expect(0).out();
    let two = text("00844588018923");
    place.write("two.json", &two[..two.len() - 2]);
    let refused = place.cordon("feed import two.json --feeds feeds").expect(3);
    assert!(refused.err().contains("what was there before stays"), "{}", refused.err());
    place.write("words.txt", "hello");
    assert!(place.cordon("feed import words.txt --feeds feeds").expect(3).err().contains("foiclass.txt"));
    place.write("a.zip", "PK\u{3}\u{4}");
    assert!(place.cordon("feed import a.zip --feeds feeds").expect(3).err().contains("no whole ZIP archive"));
    assert_eq!(place.cordon("feed status --feeds feeds").expect(0).out(), before);
    // Added, both are there; imported, the new one alone. Compressed is as good.
    place.write("two.json.zst", zstd::encode_all(two.as_bytes(), 1).unwrap());
    place.cordon("feed import two.json.zst --add --feeds feeds").expect(0);
    let count = || {
        let told = place.cordon("feed status --json --feeds feeds").expect(0).out();
        serde_json::from_str::<Value>(&told).unwrap()["feeds"]["fda-udi"]["records"].clone()
    };
    assert_eq!(count(), 2);
    place.cordon("feed import two.json.zst --feeds feeds").expect(0);
    assert_eq!(count(), 1);
    // Nothing is left of what was replaced.
    assert_eq!(std::fs::read_dir(place.path("feeds")).unwrap().count(), 2);
    assert!(place.cordon("feed status --feeds none").expect(0).out().contains("no feed was imported"));
    // Without --feeds the user's cache folder serves, where something was imported into it.
    place.write("list.csv", "tag,udi\nA,00844588018923\nB,H123PARTNO1234567890120\n");
    assert_eq!(assess(&place, "list.csv", "none")["feeds"], serde_json::json!([]));
    place.cordon("feed import two.json.zst").expect(0);
    let found = assess(&place, "list.csv", "joined");
    assert_eq!(found["feeds"][0]["name"], "fda-udi");
    assert_eq!(with(&found, "asset_tag", "A")["fda"]["product_code"], "FRN");
    let refused = place.cordon("assess list.csv --feeds none --out x").expect(3);
    assert!(refused.err().contains("cordon feed import"), "{}", refused.err());
}

#[test]
fn the_published_slice_of_gudid_is_imported_and_joined() {
    let Some(data) = recorded() else { return };
    let place = Place::new();
    let slice = data.join("fda/gudid_slice_dev.xml");
    place.cordon(&format!("feed import {} --feeds feeds --now {NOW}", slice.display())).expect(0);
    place.write(
        "cmms.csv",
        "tag,manufacturer,model,udi\nA,,,00844588018923\nB,Consensus Orthopedics,1107-0-3256,\n",
    );
    let found = assess(&place, "cmms.csv --feeds feeds", "out");
    let by_identifier = with(&found, "asset_tag", "A");
    assert_eq!(by_identifier["model"], "1107-0-3258");
    assert_eq!(by_identifier["fda"]["product_code"], "OQG");
    let by_model = with(&found, "asset_tag", "B");
    assert_eq!(by_model["fda"]["brand"], "CS2 Acet. Cup Sys. - VitalitE");
    assert_eq!(by_model["fda"]["distribution"], "In Commercial Distribution");
    // The classification was not imported: nothing is said of the class.
    assert_eq!(
        (&by_model["fda"]["device_class"], &by_model["fda"]["life_sustaining"]),
        (&Value::Null, &Value::Null)
    );
}
