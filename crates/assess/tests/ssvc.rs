//! The deployer's decision against CERT/CC's published tables, as files and as their Python package holds them.
#![expect(clippy::unwrap_used, clippy::panic, reason = "tests stop loudly and say what they skip")]

use cordon_assess::ssvc::{
    Automatable, Decision, Exploitation, Exposure, HumanImpact, MissionImpact, SafetyImpact, Utility,
    ValueDensity, decide, human_impact, utility,
};
use std::collections::BTreeSet;
use std::process::Command;

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split(',').collect())
}

/// Holds rows of points and decision against ours, and that every combination is there once.
fn check_deployer<'a>(rows: impl Iterator<Item = Vec<&'a str>>) {
    let mut seen = BTreeSet::new();
    for row in rows {
        let [exploitation, exposure, automatable, impact, decision] = row[..] else { panic!("{row:?}") };
        let exploitation = Exploitation::from_name(exploitation).unwrap();
        let exposure = Exposure::from_name(exposure).unwrap();
        let automatable = Automatable::from_name(automatable).unwrap();
        let impact = HumanImpact::from_name(impact).unwrap();
        let expected = Decision::from_name(decision).unwrap();
        assert_eq!(decide(exploitation, exposure, automatable, impact), expected, "{row:?}");
        assert!(seen.insert((exploitation, exposure, automatable, impact)), "{row:?} stands twice");
    }
    assert_eq!(seen.len(), 72);
}

#[test]
fn every_combination_is_decided_as_published() {
    check_deployer(rows(include_str!("data/ssvc-deployer.csv")));
    let mut count = 0;
    for row in rows(include_str!("data/ssvc-human-impact.csv")) {
        let [safety, mission, expected] = row[..] else { panic!("{row:?}") };
        let safety = SafetyImpact::from_name(safety).unwrap();
        let mission = MissionImpact::from_name(mission).unwrap();
        assert_eq!(human_impact(safety, mission), HumanImpact::from_name(expected).unwrap(), "{row:?}");
        count += 1;
    }
    assert_eq!(count, 16);
    assert_eq!(utility(Automatable::Yes, ValueDensity::Concentrated), Utility::SuperEffective);
    assert_eq!(utility(Automatable::No, ValueDensity::Diffuse), Utility::Laborious);
    assert_eq!(utility(Automatable::Yes, ValueDensity::Diffuse), Utility::Efficient);
    assert_eq!(utility(Automatable::No, ValueDensity::Concentrated), Utility::Efficient);
}

/// Prints the package's own table, names in lower case, separated by commas.
const ASK: &str = r#"
from ssvc.decision_tables.ssvc.deployer_dt import LATEST as table
points = table.decision_points
for row in table.mapping:
    names = []
    for point, key in row.items():
        names += [value.name.lower() for value in points[point].values if value.key == key]
    print(",".join(names))
"#;

#[test]
fn the_python_package_of_cert_decides_the_same() {
    let Ok(said) = Command::new("python3").args(["-c", ASK]).output() else {
        eprintln!("skipped: no python3");
        return;
    };
    if !said.status.success() {
        eprintln!("skipped: no Python package certcc-ssvc (pip install certcc-ssvc)");
        return;
    }
    let text = String::from_utf8(said.stdout).unwrap();
    check_deployer(rows(&text));
}

/// No decision point, made worse, makes the decision less urgent.
#[test]
fn the_decision_is_monotone() {
    for &exploitation in Exploitation::ALL {
        for &exposure in Exposure::ALL {
            for &automatable in Automatable::ALL {
                for &impact in HumanImpact::ALL {
                    let here = decide(exploitation, exposure, automatable, impact);
                    for &worse in Exploitation::ALL.iter().filter(|worse| **worse > exploitation) {
                        assert!(decide(worse, exposure, automatable, impact) >= here);
                    }
                    for &worse in Exposure::ALL.iter().filter(|worse| **worse > exposure) {
                        assert!(decide(exploitation, worse, automatable, impact) >= here);
                    }
                    assert!(decide(exploitation, exposure, Automatable::Yes, impact) >= here);
                    for &worse in HumanImpact::ALL.iter().filter(|worse| **worse > impact) {
                        assert!(decide(exploitation, exposure, automatable, worse) >= here);
                    }
                }
            }
        }
    }
}
