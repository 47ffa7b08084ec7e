//! `cordon segment needs`: who needs what, said by people, and what a plan then dares to call ready.

use crate::harness::{NOW, Place};
use serde_json::Value;

const LINE: &str = "--in out/assessment.json --site site --now 2026-11-22T12:00:00Z";

fn rows(place: &Place, filter: &str) -> Vec<Value> {
    let ran = place.cordon(&format!("segment needs {LINE} --json {filter}")).expect(0);
    serde_json::from_slice::<Vec<Value>>(&ran.stdout).unwrap()
}

fn assess(place: &Place, out: &str) {
    place.cordon(&format!("assess hospital/capture.pcap --site site --out {out} --now {NOW}")).expect(0);
}

#[test]
fn needs_are_listed_confirmed_and_rejected() {
    let place = Place::new();
    place.cordon("simulate --devices 40 --hours 1 --seed 3 --out hospital").expect(0);
    place.cordon("site init site").expect(0);
    assess(&place, "out");
    let open = rows(&place, "--state proposed");
    assert!(open.len() > 20 && open.iter().all(|row| row["origin"] == "observed" && row["seen"].is_object()));
    let one = open[0]["id"].as_str().unwrap();
    place.cordon(&format!("segment needs {LINE} --confirm {one} --by Anna")).expect(2);
    place
        .cordon(&format!("segment needs {LINE} --confirm {one} --by Anna --because asked --care-critical"))
        .expect(0);
    let text = String::from_utf8(place.read("site/needs.toml")).unwrap();
    place.write("site/needs.toml", text.replace("[[confirmed]]", "# the first\n[[confirmed]]"));
    place
        .cordon(&format!(
            "segment needs {LINE} --confirm application:dns --by Ben --because names --until 2027-03-31"
        ))
        .expect(0);
    place
        .cordon(&format!("segment needs {LINE} --reject application:telnet --by Ben --because old"))
        .expect(2);
    place
        .cordon(&format!("segment needs {LINE} --reject state:expected_not_seen --by Ben --because no"))
        .expect(0);
    let text = String::from_utf8(place.read("site/needs.toml")).unwrap();
    assert!(text.contains("# the first\n[[confirmed]]"), "{text}");
    let confirmed = rows(&place, "--state confirmed");
    assert!(
        confirmed.iter().any(|row| row["id"] == *one && row["care_critical"] == true && row["by"] == "Anna")
    );
    assert!(confirmed.iter().any(|row| row["application"] == "dns" && row["until"] == "2027-03-31"));
    assert!(rows(&place, "--state expected_not_seen").is_empty());
    let before: usize = rows(&place, "").len();

    // The next assessment goes by it, and says the same as the list does.
    assess(&place, "again");
    let assessment = place.assessment("again");
    let states = |state: &str| {
        assessment["needs"].as_array().unwrap().iter().filter(|need| need["state"] == state).count()
    };
    assert_eq!(states("confirmed"), confirmed.len());
    assert_eq!(states("confirmed") + states("proposed") + states("rejected"), before);
    assert!(assessment["verification"]["too_tight"].as_array().unwrap().is_empty());
    // What is rejected opens nothing.
    let needed: Vec<&str> = assessment["rules"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|rule| rule["needs"].as_array().unwrap())
        .map(|id| id.as_str().unwrap())
        .collect();
    for need in assessment["needs"].as_array().unwrap().iter().filter(|need| need["state"] == "rejected") {
        assert!(!needed.contains(&need["id"].as_str().unwrap()));
        assert_eq!(need["decision"]["because"], "no");
    }
    let sheet = place.cordon(&format!("segment needs {LINE} --csv")).expect(0).out();
    assert_eq!(sheet.lines().count(), before + 1);
}

#[test]
fn contradictions_and_mistakes_name_the_file_and_the_line() {
    let place = Place::new();
    place.cordon("simulate --devices 10 --hours 1 --seed 3 --out hospital").expect(0);
    place.cordon("site init site").expect(0);
    let flow = "flows = [{ from = \"10.20.0.11\", to = \"10.20.0.12\", service = \"tcp/443\" }]";
    let entry = |kind: &str| format!("[[{kind}]]\nwho = \"a\"\nwhen = \"2026-11-20\"\nwhy = \"b\"\n{flow}\n");
    place.write("site/needs.toml", format!("version = 1\n{}{}", entry("confirmed"), entry("rejected")));
    let ran =
        place.cordon(&format!("assess hospital/capture.pcap --site site --out out --now {NOW}")).expect(3);
    assert!(ran.err().contains("needs.toml: line 6 confirms and line 11 rejects tcp/443"), "{}", ran.err());
    place.write("site/needs.toml", "version = 1\n[[confirmed]]\nwho = 7\n");
    let ran = place.cordon("site check site").expect(3);
    assert!(ran.err().contains("needs.toml") && ran.err().contains("line 3"), "{}", ran.err());
}

/// Four weeks of a hospital in which everything happens more seldom; what is needed stays the same.
fn weeks(rare: &str) -> Place {
    let place = Place::new();
    let line = "simulate --devices 200 --hours 672 --pace 150 --needs --seed 11 --out hospital";
    place.cordon(&format!("{line} --rare {rare}")).expect(0);
    place.cordon("site init site").expect(0);
    assess(&place, "out");
    place
}

fn scored(place: &Place) -> Value {
    assess(place, "again");
    let ran = place.cordon("score hospital/truth.json again/assessment.json").expect(0);
    eprintln!(
        "{}",
        ran.out().lines().take_while(|line| !line.starts_with("attribute")).collect::<Vec<_>>().join("\n")
    );
    let ran = place.cordon("score hospital/truth.json again/assessment.json --json").expect(0);
    serde_json::from_slice::<Value>(&ran.stdout).unwrap()["plan"].take()
}

#[test]
fn with_four_weeks_and_every_need_confirmed_plans_are_ready_and_stop_nothing() {
    let place = weeks("seen");
    place
        .cordon(&format!("segment needs {LINE} --confirm state:proposed --by Anna --because asked"))
        .expect(0);
    // Everything that is really needed was seen: whatever else is usual, these devices do not need.
    place
        .cordon(&format!("segment needs {LINE} --reject state:expected_not_seen --by Anna --because asked"))
        .expect(0);
    let plan = scored(&place);
    assert!(plan["needs"].as_u64().unwrap() > 500, "{plan}");
    assert_eq!(plan["allowed"], plan["needs"], "{plan}");
    assert!(plan["cut"].as_f64().unwrap() >= 0.95, "{plan}");
    let share = plan["ready"].as_f64().unwrap() / plan["devices"].as_f64().unwrap();
    assert!(share >= 0.9, "{plan}");
}

#[test]
fn no_plan_is_ready_while_a_need_is_missing_that_its_kind_could_have_told() {
    let place = weeks("withheld");
    place
        .cordon(&format!("segment needs {LINE} --confirm state:proposed --by Anna --because asked"))
        .expect(0);
    let plan = scored(&place);
    assert!(plan["withheld"].as_u64().unwrap() > 50, "{plan}");
    assert!(plan["stopped"].as_array().unwrap().is_empty(), "{plan}");
    assert!(plan["unwarned"].as_array().unwrap().is_empty(), "{plan}");
}
