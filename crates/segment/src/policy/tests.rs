use super::*;

const FILE: &str = r#"# ours
version: 1
zones:
  # scanners
  - id: zone-imaging   # do not rename
    name: Imaging
    members:
      - category: imaging_modality
      - network: 10.1.0.0/16
    # the old one stays
    unsupported: stay
  - id: zone-theatre
    vlan: 50
    subnet: 10.9.0.0/24
    members: [{device: "AB:CD"}, {tag: A-1}]

# hand-made
rules:
  - from: ct-2
    to: outside:203.0.113.9
    transport: tcp
    ports: [443, 8443]
    purpose: "calibration: yearly"
    until: 2026-12-31
    by: Anna
    when: 2026-11-22
    why: contract
budgets:
  - {point: core-1, entries: 20, zones: [zone-imaging]}
accept: []
"#;

fn lines(text: &str) -> Vec<(u32, String)> {
    read(text).unwrap_err().into_iter().map(|fault| (fault.line, fault.message)).collect()
}

#[test]
fn a_policy_is_read_with_its_lines() {
    let policy = read(FILE).unwrap();
    assert_eq!(policy.zones.len(), 2);
    assert!(policy.zones[0].keeps_unsupported);
    assert_eq!((policy.zones[0].line, policy.zones[0].members[1].line), (5, 9));
    assert_eq!(policy.zones[1].vlan.map(|vlan| vlan.id()), Some(50));
    assert_eq!(policy.zones[1].members[0].selector, Selector::Device("AB:CD".into()));
    assert_eq!(policy.rules[0].ports, [443, 8443]);
    assert_eq!(policy.rules[0].purpose, "calibration: yearly");
    assert_eq!(policy.budgets[0].entries, 20);
    assert_eq!(read("# nothing\n").unwrap(), Policy::default());
}

#[test]
fn every_mistake_is_told_with_its_line() {
    for (text, line, words) in [
        ("zones: []", 1, "\"version: 1\" is missing"),
        ("version: 7", 1, "version 7 is not known"),
        ("version: 1\nzone: []", 2, "\"zone\" is not known here"),
        ("version: 1\nzones:\n  - id: zone-a\n  - id: zone-a", 4, "zone zone-a stands on line 3 already"),
        ("version: 1\nzones:\n  - id: Zone A", 3, "letters a to z"),
        ("version: 1\nzones:\n  - id: a\n    members:\n      - network: 10.0.0.0/99", 5, "10.0.0.0/99"),
        ("version: 1\nzones:\n  - id: a\n    members:\n      - category: pump", 5, "\"pump\" is no category"),
        ("version: 1\nzones:\n  - id: a\n    members:\n      - {}", 5, "a member is one of"),
        ("version: 1\nzones:\n  - id: a\n    vlan: 5000", 3, "2 to 4094"),
        ("version: 1\nzones:\n  - id: a\n    split_by: mood", 3, "not \"mood\""),
        ("version: 1\nzones:\n  - id: a\n    name: [x]", 4, "name is a text"),
        ("version: 1\nzones: 5", 2, "zones is a list"),
        ("version: 1\nmoves:\n  - device: x\n    to: a", 3, "by is missing"),
        (
            "version: 1\nrules:\n  - {from: a, to: b, transport: sctp, purpose: p, by: b, when: 2026-01-01, why: w}",
            3,
            "sctp",
        ),
        (
            "version: 1\nrules:\n  - {from: a, to: b, transport: tcp, purpose: p, by: b, when: 2026-01-01, why: w}",
            3,
            "name the ports",
        ),
        ("version: 1\naddresses:\n  quiet_hours: night", 3, "\"night\" is no span"),
        ("version: 1\nversion: 1", 2, "stands here twice"),
        ("version: 1\nzones:\n\t- id: a", 3, "this is no YAML"),
        ("version: 1\nzones:\n  - id: a\n    microsegments:\n      - name: x", 5, "id is missing"),
        ("version: 1\nzones:\n  - id: a\n    microsegments: 5", 4, "microsegments is a list"),
        (
            "version: 1\nzones:\n  - id: a\n    microsegments:\n      - {id: s, vlan: 5}",
            5,
            "\"vlan\" is not known",
        ),
        ("version: 1\nzones:\n  - id: a\n    members:\n      - support: soon", 5, "support is ended"),
        (
            "version: 1\nzones:\n  - id: a\n    members:\n      - talks_with: people",
            5,
            "no kind of clinical device",
        ),
        ("version: 1\nzones:\n  - id: a\n    members:\n      - group: icu", 5, "no group \"icu\""),
        ("version: 1\ngroups:\n  - id: a\n    members:\n      - group: b", 5, "no group \"b\""),
        (
            "version: 1\ngroups:\n  - id: a\n    members: [{group: b}]\n  - id: b\n    members: [{group: c}]\n  - id: c\n    members: [{group: a}]",
            5,
            "group b holds itself",
        ),
        ("version: 1\ngroups:\n  - id: a\n  - id: a", 4, "group a stands on line 3"),
        (
            "version: 1\nzones:\n  - id: a\n    microsegments: [{id: s}]\n  - id: b\n    microsegments:\n      - id: s",
            7,
            "microsegment s stands on line 4",
        ),
        (
            "version: 1\nzones:\n  - id: a\n    microsegments:\n      - {id: s, members: [{network: 10.0.0.0/24}]}\n      - id: t\n        members:\n          - network: 10.0.0.0/25",
            8,
            "microsegments overlap: 10.0.0.0/25 of t",
        ),
        (
            "version: 1\nzones:\n  - id: a\n    microsegments:\n      - {id: s, members: [{category: ecg}]}\n      - id: t\n        members:\n          - category: ecg",
            8,
            "member stands on line 5",
        ),
        ("version: &a 1", 1, "anchors"),
        ("version: 1\n---\nversion: 1", 2, "a second document"),
        ("[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]", 1, "nested too deeply"),
    ] {
        let found = lines(text);
        assert!(found.iter().any(|(at, said)| *at == line && said.contains(words)), "{text}\n{found:?}");
    }
}

#[test]
fn overlapping_zones_are_told_with_both_lines() {
    let text = "version: 1\nzones:\n  - id: a\n    members:\n      - network: 10.0.0.0/8\n      - network: 10.1.0.0/16\n  - id: b\n    subnet: 10.9.0.0/24\n    members:\n      - network: 10.2.0.0/16\n  - id: c\n    subnet: 10.9.0.0/25\n";
    let found = lines(text);
    assert_eq!(found.len(), 2, "{found:?}");
    assert_eq!(found[0], (10, "zones overlap: 10.2.0.0/16 of b lies in 10.0.0.0/8 of a (line 5)".into()));
    assert!(found[1].1.contains("subnets overlap"));
    let twice = "version: 1\nzones:\n  - id: a\n    members:\n      - category: ecg\n  - id: b\n    members:\n      - category: ecg\n";
    assert_eq!(lines(twice), [(8, "member stands on line 5 already".into())]);
}

fn given(id: &str, vlan: u16) -> Given {
    Given {
        id: id.into(),
        name: "A \"name\"\\\n".into(),
        purpose: "# not a comment: - ".into(),
        categories: if id == "zone-b" { vec![] } else { vec![Category::Ecg] },
        vlan: Vlan::new(vlan),
        subnet: Some(format!("10.8.{vlan}.0/24").parse().unwrap()),
        ..Given::default()
    }
}

#[test]
fn edits_leave_every_line_of_people_where_it_is() {
    let (text, notes) =
        edited(FILE, &[given("zone-imaging", 77), given("zone-theatre", 78), given("zone-new", 79)]).unwrap();
    assert_eq!(notes, []);
    let kept: Vec<&str> = text.lines().filter(|line| FILE.lines().any(|old| old == *line)).collect();
    assert!(FILE.lines().all(|old| kept.contains(&old)), "{text}");
    let policy = read(&text).unwrap();
    assert_eq!(policy.zones.len(), 3);
    assert_eq!(policy.zones[0].vlan.map(|vlan| vlan.id()), Some(77));
    // What a person gave stays.
    assert_eq!(policy.zones[1].subnet, Some("10.9.0.0/24".parse().unwrap()));
    assert_eq!(policy.zones[2].name, "A \"name\"\\ ");
    assert_eq!(policy.zones[2].purpose, "# not a comment: - ");
    let (again, _) =
        edited(&text, &[given("zone-imaging", 77), given("zone-theatre", 78), given("zone-new", 79)])
            .unwrap();
    assert_eq!(text, again);
}

#[test]
fn groups_are_written_out_where_they_are_named() {
    let text = "version: 1
groups:
  - id: icu
    members: [{department: ICU}, {device: cart-2}]
  - id: both
    members: [{group: icu}, {tag: A-1}]
zones:
  - id: zone-a
    members:
      - network: 10.1.0.0/16
    microsegments:
      - id: seg-a
        name: Ours
        members:
          - group: both
      - id: seg-b
        members: [{category: ecg, support: ended, talks_with: zone-imaging}]
  - id: zone-b
    microsegments: []
";
    let policy = read(text).unwrap();
    let parts = policy.zones[0].parts.as_ref().unwrap();
    assert_eq!((parts[0].id.as_str(), parts[0].name.as_str(), parts[0].line), ("seg-a", "Ours", 12));
    let members: Vec<(u32, &Selector)> =
        parts[0].members.iter().map(|member| (member.line, &member.selector)).collect();
    let icu = Like { department: Some("ICU".into()), ..Like::default() };
    assert_eq!(
        members,
        [
            (15, &Selector::Tag("A-1".into())),
            (15, &Selector::Like(icu)),
            (15, &Selector::Device("cart-2".into()))
        ]
    );
    let Selector::Like(like) = &parts[1].members[0].selector else { panic!("{parts:?}") };
    assert_eq!(like.conditions(), 3);
    assert_eq!(policy.zones[1].parts, Some(Vec::new()));
}

#[test]
fn microsegments_are_put_where_they_break_nothing() {
    let like = |category| Like {
        category: Some(category),
        department: Some("Ward \"3\"".into()),
        ..Like::default()
    };
    let part = |id: &str, category| GivenPart {
        id: id.into(),
        name: "A: name".into(),
        purpose: "alike".into(),
        members: vec![like(category), Like { department: Some("ward 3".into()), ..like(category) }],
    };
    let zone = |id: &str| Given {
        id: id.into(),
        parts: vec![part(&format!("seg-{id}-a"), Category::Ecg), part(&format!("seg-{id}-b"), Category::Bed)],
        ..Given::default()
    };
    let brackets = "version: 1
zones:
  - id: a   # ours
    members: [
      {category: ecg},
      # the last
    ]
  - id: b
    microsegments: []   # nobody divides it
  - id: c
    members:
      - category: bed
    # about c
";
    let (text, notes) = edited(brackets, &[zone("a"), zone("b"), zone("c"), zone("d")]).unwrap();
    assert_eq!(notes, []);
    assert!(brackets.lines().all(|old| text.lines().any(|line| line == old)), "{text}");
    let policy = read(&text).unwrap();
    let parts = |at: usize| policy.zones[at].parts.as_ref().map(Vec::len);
    assert_eq!([parts(0), parts(1), parts(2), parts(3)], [Some(2), Some(0), Some(2), Some(2)], "{text}");
    let Selector::Like(found) = &policy.zones[2].parts.as_ref().unwrap()[1].members[0].selector else {
        panic!("{text}")
    };
    assert_eq!(*found, like(Category::Bed));
    assert_eq!(edited(&text, &[zone("a"), zone("b"), zone("c"), zone("d")]).unwrap().0, text);
}

#[test]
fn a_first_file_reads_back_and_takes_zones_later() {
    let text = first(&[given("zone-a", 80)]);
    assert_eq!(read(&text).unwrap().zones.len(), 1);
    for empty in
        ["version: 1\n", "version: 1\nzones: [] # none yet\nrules: []\n", "version: 1\nzones:\nrules: []\n"]
    {
        let (text, notes) = edited(empty, &[given("zone-a", 80), given("zone-b", 81)]).unwrap();
        assert_eq!(read(&text).unwrap().zones.len(), 2, "{text}");
        assert_eq!(notes, []);
    }
    let braces = "version: 1\nzones: [{id: zone-a}]\n";
    let (text, notes) = edited(braces, &[given("zone-a", 80), given("zone-b", 81)]).unwrap();
    assert_eq!((text.as_str(), notes.len()), (braces, 2));
}
