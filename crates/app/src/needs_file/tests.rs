use super::*;

const TEXT: &str = "# ours
version = 1

[[confirmed]] # the ward
who = \"Anna\"
when = \"2026-11-22\"
why = \"asked the ward\"
purpose = \"store images\"
until = \"2027-03-31\"
care_critical = true
flows = [
    # the CT
    { id = \"need-1\", from = { device = \"dev-1\", mac = \"00:1b:0d:20:30:01\", name = \"CT 1\" }, to = \"10.0.0.9\", service = \"tcp/104,11112\", application = \"dicom\" },
    { from = \"category:infusion_pump\", to = \"zone:zone-pumps\", service = \"udp/5000-5002\" },
]

[[rejected]]
who = \"Ben\"
when = \"2026-11-23\"
why = \"a test\"
flows = [{ id = \"need-2\", from = \"host:ct01\", to = \"outside:198.51.100.7\", service = \"tcp/443\" }]
";

fn read_text(text: &str) -> Result<NeedsFile, String> {
    parse(Path::new("site/needs.toml"), text).map_err(|error| error.to_string())
}

#[test]
fn decisions_are_read_with_their_lines() {
    let file = read_text(TEXT).unwrap();
    let [yes, no] = file.decisions.as_slice() else { panic!("{file:?}") };
    assert!(!yes.rejects && yes.care_critical && yes.until.is_some());
    assert_eq!(yes.flows.iter().map(|flow| flow.line).collect::<Vec<_>>(), [13, 14]);
    assert_eq!(yes.flows[0].ports, [104, 11112]);
    assert_eq!(yes.flows[0].to.ip, "10.0.0.9".parse().ok());
    assert_eq!(yes.flows[1].from.category, Some(Category::InfusionPump));
    assert_eq!(yes.flows[1].ports, [5000, 5001, 5002]);
    assert!(no.rejects);
    assert_eq!(no.flows[0].line, 21);
}

#[test]
fn mistakes_name_the_file_and_the_line() {
    for (from, to, wanted) in [
        ("version = 1", "version = 9", "version 9 is not known"),
        ("why = \"a test\"", "why = \" \"", "line 17: why is empty"),
        ("\"2027-03-31\"", "\"soon\"", "line 4: until: \"soon\""),
        ("tcp/104,11112", "tcp/99999", "line 13: service: \"99999\""),
        ("udp/5000-5002", "carrier pigeon", "line 14: service"),
        ("udp/5000-5002", "udp/7-5", "ends before it begins"),
        ("udp/5000-5002", "icmp/7", "icmp has no ports"),
        ("host:ct01", "ct01", "line 21: from: \"ct01\" names nothing"),
        ("category:infusion_pump", "category:pump", "no device category"),
        ("zone:zone-pumps", "mac:00:1b", "line 14: to: mac"),
        ("\"need-2\"", "\"need-1\"", "line 21: need-1 stands on line 13 too, with other ends"),
        ("application = \"dicom\"", "app = \"dicom\"", "line 13"),
        ("name = \"CT 1\"", "zone = \"z\"", "together with something else"),
        ("service = \"tcp/443\" }", "service = \"tcp/443\"", "TOML parse error at line 21"),
    ] {
        let text = TEXT.replacen(from, to, 1);
        assert_ne!(text, TEXT, "{from}");
        let error = read_text(&text).unwrap_err();
        assert!(error.contains(wanted) && error.contains("site/needs.toml"), "{error}\nwanted: {wanted}");
    }
}

fn entry(rejects: bool, id: &str) -> Entry {
    let flow = Flow {
        id: id.to_owned(),
        from: vec![("device", "dev-1".to_owned()), ("mac", "00:1b:0d:20:30:01".to_owned())],
        to: vec![("ip", "10.0.0.9".to_owned())],
        service: "tcp/104".to_owned(),
        application: Some("dicom".to_owned()),
        expected: None,
        expected_of_to: false,
        purpose: "store \"images\"\nand more".to_owned(),
    };
    let decision =
        NeedDecision { by: "Cleo".into(), when: day("", "2026-11-24").unwrap(), because: "it is".into() };
    Entry { rejects, decision, purpose: None, until: None, care_critical: !rejects, flows: vec![flow] }
}

#[test]
fn what_is_written_reads_back_and_comments_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    write(folder.path(), &entry(false, "need-7")).unwrap();
    assert_eq!(
        read(folder.path()).unwrap().decisions[0].flows[0].purpose.as_deref(),
        Some("store \"images\"\nand more")
    );
    fs::write(&path, TEXT).unwrap();
    write(folder.path(), &entry(true, "need-1")).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.starts_with("# ours\n") && text.contains("[[confirmed]] # the ward"), "{text}");
    let file = read(folder.path()).unwrap();
    assert_eq!(file.decisions.len(), 3);
    assert_eq!(file.decisions[0].flows.len(), 1, "need-1 is not confirmed any more");
    assert_eq!(file.decisions[2].flows[0].id.as_deref(), Some("need-1"));
    write(folder.path(), &entry(false, "need-2")).unwrap();
    assert_eq!(read(folder.path()).unwrap().decisions.iter().filter(|one| one.rejects).count(), 1);
}

#[test]
fn a_broken_file_is_never_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE);
    fs::write(&path, "version = 1\n[[confirmed]]\n").unwrap();
    assert!(write(folder.path(), &entry(false, "need-7")).is_err());
    assert_eq!(fs::read_to_string(&path).unwrap(), "version = 1\n[[confirmed]]\n");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
