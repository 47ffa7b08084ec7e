use super::*;
use crate::intent::tests::any_intent;
use crate::intent::{Memory, Zone};
use crate::lists::{Decider, List, Way};
use crate::packets::{End, Packet, Packets, Set};
use crate::read::{Configuration, cisco_asa, cisco_ios, iptables, nftables};
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::process::Command;

fn rendered(name: &str, intent: &Intent) -> Vec<File> {
    target(name).unwrap().render(intent)
}

fn text(name: &str, intent: &Intent, file: &str) -> String {
    let files = rendered(name, intent);
    files.into_iter().find(|one| one.name == file).map(|one| one.text).unwrap()
}

/// Packets that come from behind zones.
fn sent_by(zones: &[&Zone], packets: &mut Packets) -> Set {
    let networks = zones.iter().flat_map(|zone| &zone.networks);
    let sets: Vec<Set> = networks.map(|network| packets.network(End::Source, network).unwrap()).collect();
    packets.any(sets).unwrap()
}

/// Holds a list against the intent, for IPv4 packets that come from the zones it stands before.
fn same_as_intended(
    list: &List,
    intent: &Intent,
    zones: &[&Zone],
    memory: Memory,
) -> Result<(), TestCaseError> {
    let mut packets = Packets::default();
    let decided = list.decide(&mut packets).unwrap();
    prop_assert!(packets.is_empty(decided.unsure), "something was not understood: {list:?}");
    let intended = intent.passes(memory, &mut packets).unwrap();
    let (sent, four) = (sent_by(zones, &mut packets), packets.family(false).unwrap());
    let sent = packets.and(sent, four).unwrap();
    let (found, wanted) =
        (packets.and(decided.permitted, sent).unwrap(), packets.and(intended, sent).unwrap());
    for (more, less, word) in [(found, wanted, "too loose"), (wanted, found, "too tight")] {
        let wrong = packets.minus(more, less).unwrap();
        let like = Packet {
            source: [10, 0, 0, 1].into(),
            destination: [10, 0, 0, 2].into(),
            protocol: 6,
            source_port: 49_152,
            destination_port: 443,
            established: false,
        };
        prop_assert_eq!(packets.example(wrong, &like), None, "{} in {}", word, list.name);
    }
    Ok(())
}

fn zones<'a>(intent: &'a Intent, ids: &[&str]) -> Vec<&'a Zone> {
    ids.iter().map(|id| intent.zone(id).unwrap()).collect()
}

/// The exit code and words of a program that reads a file; `None` where it is missing or may not run.
fn accepted(program: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let output = Command::new(program)
        .args(arguments)
        .arg(file.path())
        .output()
        .map_err(|_| eprintln!("skipped: {program} is not installed"))
        .ok()?;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    if words.contains("Permission denied")
        || words.contains("Operation not permitted")
        || words.contains("must be root")
    {
        eprintln!("skipped: {program} needs root");
        return None;
    }
    Some((output.status.success(), words))
}

fn both_stages(intent: Intent) -> [Intent; 2] {
    Stage::ALL.map(|stage| Intent { stage, ..intent.clone() })
}

proptest! {
    #[test]
    fn ios_lists_permit_exactly_what_is_intended(intent in any_intent()) {
        let text = text("cisco-ios", &intent, "cisco-ios.cfg");
        let router = format!("interface Vlan10\n ip address 10.0.0.1 255.255.255.128\n ip access-group X in\n{text}");
        let found = cisco_ios(&router).unwrap();
        for (list, ids) in [
            ("CORDON-zone-a-IN", vec!["zone-a"]),
            ("CORDON-GigabitEthernet0-0-7-IN", vec!["zone-b", "zone-c"]),
            ("CORDON-zone-d-IN", vec!["zone-d"]),
        ] {
            let zones = zones(&intent, &ids);
            same_as_intended(&found.lists[list], &intent, &zones, Memory::Stateless)?;
        }
    }

    #[test]
    fn ios_lists_of_ipv6_permit_exactly_what_is_intended(intent in any_intent()) {
        for intent in both_stages(intent) {
            let file = if intent.stage == Stage::Enforce { "cisco-ios.cfg" } else { "cisco-ios-log-only.cfg" };
            let router = format!(
                "interface Vlan10\n ipv6 address fd00::1/121\n ipv6 traffic-filter X in\n{}",
                text("cisco-ios", &intent, file)
            );
            let found = cisco_ios(&router).unwrap();
            prop_assert_eq!((found.doubtful_lines, found.passed_over_count), (0, 0), "{:?}", found.passed_over);
            let interface = &found.interfaces[0];
            prop_assert_eq!(interface.inward_v6.as_ref().map(|one| one.0.as_str()), Some("X"));
            let mut packets = Packets::default();
            let list = &found.lists["CORDON-zone-a-IN-V6"];
            let decided = list.decide(&mut packets).unwrap();
            prop_assert!(packets.is_empty(decided.unsure), "something was not understood: {list:?}");
            let six = packets.family(true).unwrap();
            let mut intended = match intent.stage {
                Stage::Enforce => intent.passes(Memory::Stateless, &mut packets).unwrap(),
                Stage::LogOnly => six,
            };
            // Neighbours and routers speak in any case.
            let icmp = packets.protocol(58).unwrap();
            for kind in [133u16, 135, 136] {
                let own = packets.ports(End::Destination, kind << 8, kind << 8 | 0xff).unwrap();
                let own = packets.and(own, icmp).unwrap();
                intended = packets.or(intended, own).unwrap();
            }
            let sent = sent_by(&zones(&intent, &["zone-a"]), &mut packets);
            let sent = packets.and(sent, six).unwrap();
            let (found, intended) =
                (packets.and(decided.permitted, sent).unwrap(), packets.and(intended, sent).unwrap());
            prop_assert!(found == intended, "what is read is not what is intended");
        }
    }

    #[test]
    fn asa_lists_permit_exactly_what_is_intended(intent in any_intent()) {
        for intent in both_stages(intent) {
            let file = if intent.stage == Stage::Enforce { "cisco-asa.cfg" } else { "cisco-asa-log-only.cfg" };
            let text = text("cisco-asa", &intent, file);
            let firewall = format!(
                "ASA Version 9.16(4)\nhostname fw\ninterface GigabitEthernet0/0\n nameif Vlan10\n security-level 50\n ip \
                 address 10.0.0.1 255.255.255.128\ninterface GigabitEthernet0/1\n nameif GigabitEthernet0/0.7\n \
                 security-level 50\n ip address 10.0.1.1 255.255.255.0\n{text}"
            );
            let found = cisco_asa(&firewall).unwrap();
            prop_assert_eq!((found.doubtful_lines, found.passed_over_count), (0, 0), "{:?}", found.passed_over);
            for (list, ids) in [
                ("CORDON-zone-a-IN", vec!["zone-a"]),
                ("CORDON-GigabitEthernet0-0-7-IN", vec!["zone-b", "zone-c"]),
            ] {
                let mut packets = Packets::default();
                let decided = Decider::new(&found.lists).decide(list, Way::default(), &mut packets).unwrap();
                prop_assert!(packets.is_empty(decided.unsure));
                // Only what begins something meets a list.
                let intended = match intent.stage {
                    Stage::Enforce => intent.requests(&mut packets).unwrap(),
                    Stage::LogOnly => packets.everything(),
                };
                let sent = sent_by(&zones(&intent, &ids), &mut packets);
                let (found, intended) =
                    (packets.and(decided.permitted, sent).unwrap(), packets.and(intended, sent).unwrap());
                prop_assert!(found == intended, "{}", list);
            }
        }
    }

    #[test]
    fn ios_log_only_lets_everything_through(intent in any_intent()) {
        let [log_only, _] = both_stages(intent);
        let text = text("cisco-ios", &log_only, "cisco-ios-log-only.cfg");
        let found = cisco_ios(&format!("interface V\n ip address 10.0.0.1 255.0.0.0\n ip access-group X in\n{text}")).unwrap();
        let mut packets = Packets::default();
        for list in found.lists.values() {
            let decided = list.decide(&mut packets).unwrap();
            let own = packets.family(list.name.ends_with("-V6")).unwrap();
            prop_assert_eq!(decided.permitted, own);
        }
    }

    #[test]
    fn downloadable_lists_permit_exactly_what_a_device_may(intent in any_intent()) {
        let endpoints = text("cisco-ise", &intent, "cisco-ise-endpoints.csv");
        let lists: serde_json::Value =
            serde_json::from_str(&text("cisco-ise", &intent, "cisco-ise-dacl.json")).unwrap();
        let of_device = |id: &str| {
            let row = endpoints.lines().find(|line| line.contains(id)).unwrap();
            row.split(',').find(|cell| cell.starts_with("CORDON-zone-") && !cell.ends_with("-V6")).unwrap().to_owned()
        };
        for (id, address) in [("dev-1", "10.0.0.5"), ("dev-2", "10.0.0.200")] {
            let name = of_device(id);
            let all = lists.as_array().unwrap().iter().map(|one| &one["DownloadableAcl"]);
            let body = all.clone().find(|one| one["name"] == name.as_str()).unwrap()["dacl"].as_str().unwrap();
            let lines: Vec<String> = body.lines().map(|line| format!(" {line}")).collect();
            // The switch puts the device where the list says any.
            let text = format!(
                "interface V\n ip address 10.0.0.1 255.0.0.0\n ip access-group A in\nip access-list extended A\n{}\n",
                lines.join("\n")
            );
            let found = cisco_ios(&text).unwrap();
            let network = format!("{address}/32").parse().unwrap();
            let zone = Zone { networks: vec![network], ..intent.zones[0].clone() };
            same_as_intended(&found.lists["A"], &intent, &[&zone], Memory::Stateless)?;
        }
    }

    #[test]
    fn names_stay_in_their_comments(intent in any_intent()) {
        for intent in both_stages(intent) {
            for file in targets().iter().flat_map(|target| target.render(&intent)) {
                let File { name, text } = &file;
                prop_assert!(!text.contains(['\u{2028}', '\u{202e}', '\t', '\0']) || name.ends_with(".nft"), "{name}");
                for line in text.lines() {
                    let foreign = ["reboot", "evil", "-A INPUT", "-A FORWARD", "deny ip any any\u{202e}"];
                    if !foreign.iter().any(|word| line.contains(word)) {
                        continue;
                    }
                    let line = line.trim_start();
                    let is_comment = match name.rsplit('.').next().unwrap() {
                        "nft" | "iptables" | "ip6tables" | "ipset" => line.starts_with('#'),
                        "cfg" => ["!", "description ", "remark "].iter().any(|word| line.starts_with(word))
                            || line.starts_with("access-list ") && line.contains(" remark "),
                        "txt" => line.starts_with('!'),
                        // What a cell or string holds is data there; that they end where they should is asked elsewhere.
                        "csv" | "md" | "json" => true,
                        other => return Err(TestCaseError::fail(format!("who checks {other}?"))),
                    };
                    prop_assert!(is_comment, "{name}: {line}");
                    // A question mark asks a router's command line for help.
                    let is_typed = [".cfg", ".txt"].iter().any(|end| name.ends_with(end));
                    prop_assert!(!is_typed || !line.contains('?'), "{name}: {line}");
                }
            }
        }
    }

    #[test]
    fn usage_descriptions_are_json_and_name_each_entry_once(intent in any_intent()) {
        let files = rendered("mud", &intent);
        prop_assert_eq!(files.len(), 3, "the device without an address has none");
        for file in files {
            prop_assert!(!file.name.contains(".."), "{}", file.name);
            let value: serde_json::Value = serde_json::from_str(&file.text).unwrap();
            let mud = &value["ietf-mud:mud"];
            prop_assert_eq!(mud["mud-version"].as_u64(), Some(1));
            prop_assert!(mud["systeminfo"].as_str().unwrap().chars().count() <= 60);
            let lists = value["ietf-access-control-list:acls"]["acl"].as_array().unwrap();
            for list in lists {
                let entries = list["aces"]["ace"].as_array().unwrap();
                let names: std::collections::BTreeSet<_> =
                    entries.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
                prop_assert_eq!(names.len(), entries.len());
                let is_named = ["from-device-policy", "to-device-policy"].iter().any(|policy| {
                    let named = mud[policy]["access-lists"]["access-list"].as_array().unwrap();
                    named.iter().any(|one| one["name"] == list["name"])
                });
                prop_assert!(is_named);
            }
        }
    }
}

/// Holds the rules that a reader finds on packets' way through against the intent.
fn read_as_intended(
    found: &Configuration,
    intent: &Intent,
    is_ipv6: Option<bool>,
) -> Result<(), TestCaseError> {
    let mut packets = Packets::default();
    prop_assert_eq!((found.doubtful_lines, found.passed_over_count), (0, 0), "{:?}", found.passed_over);
    let hooks: Vec<&str> = found.hooks.iter().map(|hook| hook.list.as_str()).collect();
    prop_assert_eq!(hooks.len(), 1, "{:?}", hooks);
    let decided = Decider::new(&found.lists).decide(hooks[0], Way::default(), &mut packets).unwrap();
    prop_assert!(packets.is_empty(decided.unsure));
    let intended = match intent.stage {
        Stage::Enforce => intent.passes(Memory::Stateful, &mut packets).unwrap(),
        Stage::LogOnly => packets.everything(),
    };
    let about = match is_ipv6 {
        Some(is_ipv6) => packets.family(is_ipv6).unwrap(),
        None => packets.everything(),
    };
    let found = packets.and(decided.permitted, about).unwrap();
    let intended = packets.and(intended, about).unwrap();
    prop_assert!(found == intended, "what is read is not what is intended");
    Ok(())
}

proptest! {
    #[test]
    fn nftables_read_back_is_what_is_intended(intent in any_intent()) {
        let [log_only, enforce] = both_stages(intent);
        for (intent, file) in [(enforce, "cordon.nft"), (log_only, "cordon-log-only.nft")] {
            read_as_intended(&nftables(&text("nftables", &intent, file)).unwrap(), &intent, None)?;
        }
    }

    #[test]
    fn iptables_read_back_is_what_is_intended(intent in any_intent()) {
        let [log_only, enforce] = both_stages(intent);
        for (intent, stem, table) in [(enforce, "cordon", "filter"), (log_only, "cordon-log-only", "mangle")] {
            for (is_ipv6, end) in [(false, "iptables"), (true, "ip6tables")] {
                // As the script hooks it in.
                let (start, hook) = (format!("*{table}"), format!("*{table}\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j CORDON"));
                let text = text("iptables", &intent, &format!("{stem}.{end}")).replacen(&start, &hook, 1);
                let text = if is_ipv6 { format!("# Generated by ip6tables-save\n{text}") } else { text };
                read_as_intended(&iptables(&text, &[]).unwrap(), &intent, Some(is_ipv6))?;
            }
        }
    }
}

proptest! {
    #[test]
    fn stages_made_together_are_those_made_alone(intent in any_intent()) {
        for target in super::targets() {
            let together: BTreeSet<File> = target.stages(&intent, &Stage::ALL).into_iter().collect();
            let alone: BTreeSet<File> =
                both_stages(intent.clone()).iter().flat_map(|intent| target.render(intent)).collect();
            prop_assert_eq!(together, alone, "{}", target.name());
        }
    }
}

proptest! {
    #[test]
    fn iptables_with_sets_read_back_is_what_is_intended(intent in any_intent()) {
        let [log_only, enforce] = both_stages(intent);
        for (intent, stem, table) in [(enforce, "cordon-sets", "filter"), (log_only, "cordon-sets-log-only", "mangle")] {
            let sets = text("iptables-ipset", &intent, "cordon-sets.ipset");
            for (is_ipv6, end) in [(false, "iptables"), (true, "ip6tables")] {
                let (start, hook) = (format!("*{table}"), format!("*{table}\n:FORWARD ACCEPT [0:0]\n-A FORWARD -j CORDON"));
                let text = text("iptables-ipset", &intent, &format!("{stem}.{end}")).replacen(&start, &hook, 1);
                let text = if is_ipv6 { format!("# Generated by ip6tables-save\n{text}") } else { text };
                read_as_intended(&iptables(&text, &[&sets]).unwrap(), &intent, Some(is_ipv6))?;
            }
        }
    }
}

/// Which packets a real kernel lets through; `None` where it may not be asked. The rules stand in its output chain, so
/// that one namespace is enough: what it sends it asks about, and from whom is as free as to whom.
fn kernel(load: &str, files: &[File], these: &[Packet]) -> Option<Vec<Option<bool>>> {
    let is_root =
        std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    if !is_root {
        eprintln!("skipped: network namespaces need root");
        return None;
    }
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        std::fs::write(folder.path().join(&file.name), &file.text).unwrap();
    }
    let lines: Vec<String> = these
        .iter()
        .map(|one| {
            let Packet { source, destination, protocol, source_port, destination_port, .. } = one;
            format!("{source} {destination} {protocol} {source_port} {destination_port}\n")
        })
        .collect();
    std::fs::write(folder.path().join("packets"), lines.concat()).unwrap();
    std::fs::write(folder.path().join("probe.py"), include_str!("kernel_probe.py")).unwrap();
    let script = format!(
        "set -e; PATH=$PATH:/usr/sbin:/sbin; ip link add d0 arp off type veth peer name d1 arp off; ip link set d0 up; ip link set d1 up; ip link set lo up
         ip route add default dev d0; ip -6 route add default dev d0; {load}; python3 probe.py <packets"
    );
    let output = Command::new("unshare")
        .args(["--net", "sh", "-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let (said, wrong) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{wrong}");
    let answers: Vec<Option<bool>> = said
        .lines()
        .map(|line| match line {
            "1" => Some(true),
            "0" => Some(false),
            _ => None,
        })
        .collect();
    assert_eq!(answers.len(), these.len(), "{wrong}");
    Some(answers)
}

/// Packets that permits are about, and others near them.
fn packets_near(intent: &Intent) -> Vec<Packet> {
    let mut found = Vec::new();
    let any: Vec<cordon_model::Cidr> =
        intent.groups.values().flat_map(|group| group.members.clone()).collect();
    for permit in &intent.permits {
        let sides =
            [&permit.from, &permit.to].map(|who| intent.members(who).map_or(any.clone(), <[_]>::to_vec));
        for (at, (source, destination)) in sides[0].iter().zip(sides[1].iter().cycle()).enumerate() {
            let (source, destination) = (source.base(), destination.base());
            if source.is_ipv4() != destination.is_ipv4() || at > 8 {
                continue;
            }
            let protocol = crate::intent::protocol_number(permit.transport, source.is_ipv6());
            let ports = permit
                .ports
                .iter()
                .copied()
                .take(4)
                .chain([permit.ports.first().map_or(80, |port| port ^ 1)]);
            for port in ports {
                let one = Packet {
                    source,
                    destination,
                    protocol,
                    source_port: 49_152,
                    destination_port: port,
                    established: false,
                };
                let back = Packet { source: destination, destination: source, ..one };
                let other = Packet { protocol: if protocol == 6 { 17 } else { 6 }, ..one };
                // Of protocols that are not known, what goes back counts as an answer.
                found.extend([one, other].into_iter().chain((protocol != 47).then_some(back)));
            }
        }
    }
    found.sort_by_key(|one| (one.source, one.destination, one.protocol, one.destination_port));
    found.dedup();
    found
}

/// Holds what a kernel does against the intent. Packets it would send to nobody are passed over; enough must be left.
fn kernel_does_as_intended(name: &str, load: &str, intent: &Intent) -> Result<(), TestCaseError> {
    let these = packets_near(intent);
    let Some(answers) = kernel(load, &rendered(name, intent), &these) else { return Ok(()) };
    let mut packets = Packets::default();
    let requests = intent.requests(&mut packets).unwrap();
    let asked = answers.iter().filter(|answer| answer.is_some()).count();
    prop_assert!(asked * 2 >= these.len(), "{} of {} packets were sent", asked, these.len());
    for (packet, answer) in these.iter().zip(answers) {
        let wanted = intent.stage == Stage::LogOnly || packets.has(requests, packet);
        prop_assert!(answer.is_none_or(|passes| passes == wanted), "{packet:?} must pass: {wanted}");
    }
    Ok(())
}

proptest! {
    // Each asks a kernel in six network namespaces of their own.
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn a_kernel_with_nftables_does_what_is_intended(intent in any_intent()) {
        let [log_only, enforce] = both_stages(intent);
        let load = |file: &str| format!("sed 's/hook forward/hook output/' {file} >in.nft; nft -f in.nft; nft -f in.nft");
        kernel_does_as_intended("nftables", &load("cordon.nft"), &enforce)?;
        kernel_does_as_intended("nftables", &load("cordon-log-only.nft"), &log_only)?;
        let back = format!("{}; nft -f cordon-rollback.nft", load("cordon.nft"));
        let Some(answers) = kernel(&back, &rendered("nftables", &enforce), &packets_near(&enforce)) else {
            return Ok(());
        };
        prop_assert!(!answers.contains(&Some(false)), "something is left of rules that were taken back");
    }

    #[test]
    fn a_kernel_with_iptables_does_what_is_intended(intent in any_intent()) {
        let [log_only, enforce] = both_stages(intent);
        // The script as it is, but for where it hooks itself in.
        let load = |stage: &str| format!("sed -i 's/FORWARD/OUTPUT/g' cordon-iptables.sh; for i in 1 2; do sh cordon-iptables.sh {stage}; done");
        kernel_does_as_intended("iptables", &load("enforce"), &enforce)?;
        kernel_does_as_intended("iptables", &load("log-only"), &log_only)?;
        let back = format!("{}; sh cordon-iptables.sh rollback", load("enforce"));
        let Some(answers) = kernel(&back, &rendered("iptables", &enforce), &packets_near(&enforce)) else {
            return Ok(());
        };
        prop_assert!(!answers.contains(&Some(false)), "something is left of rules that were taken back");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn a_kernel_with_ipset_does_what_is_intended(intent in any_intent()) {
        let [log_only, enforce] = both_stages(intent);
        let load = |stage: &str| format!("command -v ipset >/dev/null || exit 0; sed -i 's/FORWARD/OUTPUT/g' cordon-sets-iptables.sh; for i in 1 2; do sh cordon-sets-iptables.sh {stage}; done");
        if Command::new("ipset").arg("version").output().is_err() {
            eprintln!("skipped: ipset is not installed");
            return Ok(());
        }
        kernel_does_as_intended("iptables-ipset", &load("enforce"), &enforce)?;
        kernel_does_as_intended("iptables-ipset", &load("log-only"), &log_only)?;
        let back = format!(
            "{}; sh cordon-sets-iptables.sh rollback; test -z \"$(ipset list -n)\"",
            load("log-only; sh cordon-sets-iptables.sh enforce")
        );
        let files: Vec<File> =
            [rendered("iptables-ipset", &log_only), rendered("iptables-ipset", &enforce)].concat();
        let Some(answers) = kernel(&back, &files, &packets_near(&enforce)) else {
            return Ok(());
        };
        prop_assert!(!answers.contains(&Some(false)), "something is left of rules that were taken back");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nft_takes_every_intent(intent in any_intent()) {
        for intent in both_stages(intent) {
            for file in rendered("nftables", &intent) {
                if let Some((is_accepted, words)) = accepted("nft", &["-c", "-f"], &file.text) {
                    prop_assert!(is_accepted, "{}: {}\n{}", file.name, words, file.text);
                }
            }
        }
    }

    #[test]
    fn iptables_takes_every_intent(intent in any_intent()) {
        for intent in both_stages(intent) {
            for file in rendered("iptables", &intent) {
                let program = match file.name.rsplit('.').next().unwrap() {
                    "iptables" => "iptables-restore",
                    "ip6tables" => "ip6tables-restore",
                    _ => continue,
                };
                if let Some((is_accepted, words)) = accepted(program, &["--test", "--noflush"], &file.text) {
                    prop_assert!(is_accepted, "{}: {}\n{}", file.name, words, file.text);
                }
            }
        }
    }
}

#[test]
fn targets_have_names_of_their_own_and_files_of_their_own() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let intent = any_intent().new_tree(&mut runner).unwrap().current();
    let mut names = std::collections::BTreeSet::new();
    let mut files = std::collections::BTreeSet::new();
    for one in targets() {
        assert!(names.insert(one.name()) && target(one.name()).is_some());
        for file in one.render(&intent) {
            assert!(files.insert(file.name.clone()), "{}", file.name);
        }
    }
}
