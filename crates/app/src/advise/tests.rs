use super::*;
use cordon_model::Timestamp;

/// A capture without fault, of five weeks.
fn good() -> (Survey, Observed) {
    let survey = Survey {
        frames: 100_000,
        broadcasts: 2_000,
        arp: 1_000,
        dhcp: 100,
        tagged: 90_000,
        vlans: [10, 20].into(),
        unicast: 98_000,
        busiest: 30_000,
        stations: 120,
        connections: 900,
        one_sided: 9,
        first: Some(Timestamp::from_seconds(0)),
        last: Some(Timestamp::from_seconds(35 * 86_400)),
        ..Survey::default()
    };
    let clinical = [Protocol::Dicom].into();
    let observed = Observed { clinical, bytes: 1_000_000, encrypted: 200_000, tcp_packets: 50_000, gaps: 10 };
    (survey, observed)
}

/// The findings' names after a change, and the answers.
fn after(change: impl FnOnce(&mut Survey, &mut Observed)) -> (Vec<&'static str>, Vec<Answer>) {
    let (mut survey, mut observed) = good();
    change(&mut survey, &mut observed);
    let advice = advice(vec!["x.pcap".into()], &survey, &observed);
    let answers = advice.answers.iter().map(|answered| answered.answer).collect();
    (advice.findings.iter().map(|finding| finding.id).collect(), answers)
}

#[test]
fn a_good_capture_answers_everything() {
    assert_eq!(after(|_, _| {}), (Vec::new(), vec![Answer::Yes; 5]));
}

#[test]
fn each_fault_is_found_and_nothing_else() {
    type Change = fn(&mut Survey, &mut Observed);
    let faults: [(&str, Change); 15] = [
        ("one_host", |survey, _| (survey.busiest, survey.stations) = (98_000, 12)),
        ("no_broadcasts", |survey, _| (survey.broadcasts, survey.arp, survey.dhcp) = (0, 0, 0)),
        ("no_dhcp", |survey, _| survey.dhcp = 0),
        ("no_vlan_tags", |survey, _| (survey.tagged, survey.vlans) = (0, BTreeSet::new())),
        ("one_vlan", |survey, _| survey.vlans = [7].into()),
        ("no_stations", |survey, _| survey.without_stations = 60_000),
        ("one_direction", |survey, _| survey.one_sided = 800),
        ("some_one_direction", |survey, _| survey.one_sided = 200),
        ("cut", |survey, _| (survey.cut, survey.snap) = (40_000, 96)),
        ("copies", |survey, _| survey.copies = 40_000),
        ("lost", |_, observed| observed.gaps = 5_000),
        ("clock", |survey, _| survey.went_back = 3),
        ("short", |survey, _| survey.last = Some(Timestamp::from_seconds(7_200))),
        ("pauses", |survey, _| survey.pauses = 1),
        ("no_clinical_protocols", |_, observed| observed.clinical.clear()),
    ];
    for (id, change) in faults {
        assert_eq!(after(change).0, [id]);
    }
    assert_eq!(after(|_, observed| observed.encrypted = 900_000).0, ["encrypted"]);
}

#[test]
fn the_gravest_comes_first_and_decides_the_answer() {
    let (findings, answers) = after(|survey, _| {
        survey.last = Some(Timestamp::from_seconds(2 * 86_400));
        survey.one_sided = 900;
    });
    assert_eq!(findings, ["one_direction", "short"]);
    assert_eq!(answers, [Answer::Yes, Answer::No, Answer::No, Answer::No, Answer::Partly]);
}
