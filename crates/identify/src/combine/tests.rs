//! Evidence combined: witnesses, conflicts, lists and the wire.

use super::*;
use crate::ground::Wording;
use cordon_model::observe::{Protocol, Source};

fn say(attribute: Attribute, value: &str, probability: f64, protocol: Protocol) -> Support<'static> {
    Support {
        attribute,
        value: value.to_owned().into(),
        probability,
        witness: Witness::of_protocol(protocol),
        last: Timestamp::default(),
        ground: Ground {
            protocol,
            words: Wording::Text(format!("{protocol}.x = {value}").into()),
            rule: "test".into(),
            source: Source::default(),
            at: None,
        },
    }
}

fn check(supports: Vec<Support<'_>>, wanted: &[(&str, f64, bool)]) {
    let knowledge = Knowledge::builtin().unwrap();
    let claims = claims(supports, &knowledge);
    let found: Vec<(String, f64, bool)> = claims
        .into_iter()
        .map(|claim| (claim.value, (claim.confidence.value() * 1000.0).round() / 1000.0, claim.conflict))
        .collect();
    let wanted: Vec<(String, f64, bool)> =
        wanted.iter().map(|(value, p, conflict)| ((*value).to_owned(), *p, *conflict)).collect();
    assert_eq!(found, wanted);
}

#[test]
fn one_protocol_is_one_witness_and_two_are_two() {
    let os = |p, protocol| say(Attribute::Os, "Windows", p, protocol);
    check(vec![os(0.8, Protocol::Dhcp), os(0.7, Protocol::Dhcp)], &[("Windows", 0.8, false)]);
    check(vec![os(0.8, Protocol::Dhcp), os(0.5, Protocol::Http)], &[("Windows", 0.9, false)]);
    check(vec![os(0.9, Protocol::Dhcp), os(0.9, Protocol::Http)], &[("Windows", 0.985, false)]);
}

#[test]
fn contradiction_lowers_both_and_stays_visible() {
    check(
        vec![
            say(Attribute::Os, "Windows", 0.9, Protocol::Dhcp),
            say(Attribute::Os, "Linux", 0.8, Protocol::Http),
        ],
        &[("Windows", 0.643, true), ("Linux", 0.286, true)],
    );
}

#[test]
fn a_special_value_takes_in_the_general_one() {
    check(
        vec![
            say(Attribute::Os, "Linux", 0.8, Protocol::Dhcp),
            say(Attribute::Os, "Debian", 0.5, Protocol::Http),
        ],
        &[("Debian", 0.9, false)],
    );
    check(
        vec![
            say(Attribute::Model, "M540", 0.5, Protocol::Dhcp),
            say(Attribute::Model, "Draeger Infinity M540", 0.5, Protocol::Http),
        ],
        &[("Infinity M540", 0.75, false)],
    );
}

#[test]
fn an_order_number_and_the_model_it_stands_for_are_one_value() {
    check(
        vec![
            say(Attribute::Model, "M8004A", 0.8, Protocol::Intellivue),
            say(Attribute::Model, "IntelliVue MP50", 0.5, Protocol::Hl7),
        ],
        &[("IntelliVue MP50", 0.9, false)],
    );
}

#[test]
fn a_list_outranks_the_wire_and_the_newer_list_the_older() {
    check(
        vec![
            say(Attribute::Manufacturer, "GE Healthcare", LIST, Protocol::AssetList),
            say(Attribute::Manufacturer, "Toshiba", 0.95, Protocol::Dicom),
        ],
        &[("GE", 0.97, true), ("Toshiba", 0.029, true)],
    );
    let mut newer = say(Attribute::Owner, "Radiology", LIST, Protocol::AssetList);
    newer.last = Timestamp::from_seconds(10);
    let older = say(Attribute::Owner, "Cardiology", LIST, Protocol::AssetList);
    let knowledge = Knowledge::builtin().unwrap();
    let claims = claims(vec![older, newer], &knowledge);
    assert_eq!(claims[0].value, "Radiology");
    assert!(claims[0].confidence.value() > 0.9 && claims[1].confidence.value() < 0.1);
}

#[test]
fn a_misspelling_in_a_list_is_what_the_wire_states_and_another_value_is_not() {
    check(
        vec![
            say(Attribute::Model, "ABL90 FLEX LUS", LIST, Protocol::AssetList),
            say(Attribute::Model, "ABL90 FLEX PLUS", 0.88, Protocol::Dhcp),
        ],
        &[("ABL90 FLEX PLUS", 0.99, false)],
    );
    check(
        vec![
            say(Attribute::Model, "ABL80 FLEX PLUS", LIST, Protocol::AssetList),
            say(Attribute::Model, "ABL90 FLEX PLUS", 0.88, Protocol::Dhcp),
        ],
        &[("ABL80 FLEX PLUS", 0.97, true), ("ABL90 FLEX PLUS", 0.026, true)],
    );
    let part = vec![
        say(Attribute::Model, "ABL90 FLEX LUS", LIST, Protocol::AssetList),
        say(Attribute::Model, "ABL90", 0.88, Protocol::Dhcp),
    ];
    check(part, &[("ABL90 FLEX LUS", 0.97, false)]);
    let makers = vec![
        say(Attribute::Manufacturer, "Philips Helathcare", LIST, Protocol::AssetList),
        say(Attribute::Manufacturer, "Philips", 0.75, Protocol::Link),
    ];
    check(makers, &[("Philips", 0.99, false)]);
    let implied = vec![
        say(Attribute::Manufacturer, "MINDAY", LIST, Protocol::AssetList),
        say(Attribute::Manufacturer, "Mindray", 0.92, Protocol::AssetList),
    ];
    check(implied, &[("Mindray", 0.97, false)]);
    let serials = vec![
        say(Attribute::Serial, "ABCDE", LIST, Protocol::AssetList),
        say(Attribute::Serial, "ABCDF", 0.9, Protocol::Dicom),
    ];
    check(serials, &[("ABCDE", 0.97, true), ("ABCDF", 0.027, true)]);
}

#[test]
fn another_makers_adapter_hardly_counts_against_content() {
    let supports = vec![
        say(Attribute::Manufacturer, "LG", 0.25, Protocol::Link),
        say(Attribute::Manufacturer, "TOSHIBA_MEC", 0.93, Protocol::Dicom),
    ];
    check(supports, &[("Toshiba", 0.923, true), ("LG", 0.008, true)]);
}
