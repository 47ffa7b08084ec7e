//! Interfaces observed as frames come: a cable in a network namespace of its own, at one end a player of
//! captures, at the other Cordon.

use crate::harness::Place;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt as _;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A namespace with a cable from `near` to `far`; it goes away when this is dropped.
struct Cable {
    namespace: String,
}

fn system(line: &str) {
    let mut words = line.split_whitespace();
    let output = Command::new(words.next().unwrap()).args(words).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
}

impl Cable {
    /// Lays a cable; `None` for who may not.
    fn lay() -> Option<Cable> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        if fs::metadata("/proc/self").unwrap().uid() != 0 {
            eprintln!("skipped: live observation is tested in network namespaces, which need root");
            return None;
        }
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let cable = Cable { namespace: format!("cordon-live-{}-{number}", std::process::id()) };
        let name = &cable.namespace;
        system(&format!("ip netns add {name}"));
        system(&format!("ip -n {name} link add near type veth peer name far"));
        // Silence: no addresses, no questions of our own.
        for end in ["near", "far"] {
            system(&format!("ip netns exec {name} sysctl -qw net.ipv6.conf.{end}.disable_ipv6=1"));
            system(&format!("ip -n {name} link set {end} up"));
        }
        Some(cable)
    }

    fn command(&self, place: &Place, line: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, env!("CARGO_BIN_EXE_cordon")]);
        command.args(line.split_whitespace()).current_dir(place.path("")).stdin(Stdio::null());
        command
    }

    /// Starts `cordon` at the far end and waits until it receives.
    fn start(&self, place: &Place, line: &str) -> Running {
        let file = |name: &str| File::create(place.path(name)).unwrap();
        let mut command = self.command(place, line);
        let child = command.stdout(file("live.jsonl")).stderr(file("live.err")).spawn().unwrap();
        let mut running = Running { child };
        until("it observes", || {
            if let Some(status) = running.child.try_wait().unwrap() {
                panic!("ended {status}: {}", said(place));
            }
            said(place).contains("observing")
        });
        running
    }

    /// Plays a capture from the near end.
    fn play(&self, place: &Place, capture: &str) {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.namespace, "tcpreplay", "--quiet", "--mbps=50", "-i", "near"]);
        let output = command.arg(place.path(capture)).output().unwrap();
        assert!(output.status.success(), "tcpreplay: {}", String::from_utf8_lossy(&output.stderr));
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        let _ = Command::new("ip").args(["netns", "del", &self.namespace]).status();
    }
}

struct Running {
    child: Child,
}

impl Running {
    fn signal(&self, name: &str) {
        system(&format!("kill -{name} {}", self.child.id()));
    }

    fn end(mut self) -> ExitStatus {
        let mut status = None;
        until("it ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "a program outside is waited for")]
fn until(what: &str, mut ask: impl FnMut() -> bool) {
    let start = Instant::now();
    while !ask() {
        assert!(start.elapsed() < PATIENCE, "waited for: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn said(place: &Place) -> String {
    String::from_utf8(place.read("live.err")).unwrap()
}

fn batches(text: &[u8]) -> Vec<Value> {
    let lines = std::str::from_utf8(text).unwrap().lines();
    lines.map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Facts without times and counts: which endpoint stated what. Names of accounts are left out: without a key of
/// the site they are hashed under one made of the file, and withheld where there is no file.
fn facts(batches: &[Value]) -> BTreeSet<String> {
    let sightings = batches.iter().flat_map(|batch| batch["sightings"].as_array().unwrap());
    let sightings = sightings.filter(|seen| !seen["fact"].as_str().unwrap().ends_with(".user"));
    let fact =
        |seen: &Value| format!("{} {} {} {}", seen["endpoint"], seen["record"], seen["fact"], seen["value"]);
    sightings.map(fact).collect()
}

fn sum(batches: &[Value], of: &str, what: &str) -> u64 {
    let all = batches.iter().flat_map(|batch| batch[of].as_array().unwrap());
    all.map(|one| one[what].as_u64().unwrap()).sum()
}

fn packets(batches: &[Value]) -> u64 {
    batches.iter().map(|batch| batch["health"]["packets"].as_u64().unwrap()).sum()
}

fn hospital(place: &Place, options: &str) -> Vec<Value> {
    place.cordon(&format!("simulate --devices 25 --hours 0.5 --seed 11 {options} --out hospital")).expect(0);
    batches(&place.cordon("observe hospital/capture.pcap").expect(0).stdout)
}

#[test]
fn an_interface_tells_what_the_file_tells_with_any_number_of_threads() {
    let Some(cable) = Cable::lay() else { return };
    for (options, threads) in [("", 1), ("--vlans", 3)] {
        let place = Place::new();
        let file = hospital(&place, options);
        let running =
            cable.start(&place, &format!("observe --interface far --window 1s --threads {threads}"));
        cable.play(&place, "hospital/capture.pcap");
        running.signal("TERM");
        assert!(running.end().success(), "{}", said(&place));
        let live = batches(&place.read("live.jsonl"));
        same(&facts(&live), &facts(&file), options);
        assert_eq!(packets(&live), packets(&file));
        for what in ["packets", "bytes"] {
            assert_eq!(sum(&live, "conversations", what), sum(&file, "conversations", what), "{what}");
        }
        assert!(said(&place).contains("lost: 0 in the ring"), "{}", said(&place));
        let last = live.last().unwrap();
        assert_eq!(last["inputs"][0], "interface far");
        assert_eq!(last["health"]["inputs"][0]["packets"], packets(&file));
        let sequences: Vec<u64> = live.iter().map(|batch| batch["sequence"].as_u64().unwrap()).collect();
        assert!(sequences.windows(2).all(|pair| pair[1] == pair[0] + 1), "{sequences:?}");
    }
}

#[test]
fn batches_become_files_that_can_be_assessed_and_the_last_is_written_at_the_end() {
    let Some(cable) = Cable::lay() else { return };
    let place = Place::new();
    let file = hospital(&place, "");
    let running = cable.start(&place, "observe --interface far --window 300ms --out batches --sensor ward");
    cable.play(&place, "hospital/capture.pcap");
    until("a window is written", || !place.files("batches").is_empty());
    running.signal("INT");
    assert!(running.end().success(), "{}", said(&place));
    let files = place.files("batches");
    assert!(files.iter().all(|file| file.extension().is_some_and(|end| end == "jsonl")), "{files:?}");
    let all: Vec<Value> = files.iter().flat_map(|file| batches(&fs::read(file).unwrap())).collect();
    same(&facts(&all), &facts(&file), "files");
    assert!(all.iter().all(|batch| batch["sensor"] == "ward"));
    let names: Vec<String> =
        files.iter().map(|file| format!("batches/{}", file.file_name().unwrap().to_str().unwrap())).collect();
    place.cordon(&format!("assess {} --out assessment", names.join(" "))).expect(0);
}

#[test]
fn it_ends_by_itself_when_asked_to_or_when_the_interface_goes() {
    let Some(cable) = Cable::lay() else { return };
    let place = Place::new();
    hospital(&place, "");
    let running = cable.start(&place, "observe --interface far --count 100 --threads 2");
    cable.play(&place, "hospital/capture.pcap");
    assert!(running.end().success());
    assert_eq!(packets(&batches(&place.read("live.jsonl"))), 100);
    let running = cable.start(&place, "observe --interface far --for 300ms --stats --json");
    assert!(running.end().success());
    let statistics: Value = serde_json::from_slice(&place.read("live.jsonl")).unwrap();
    assert_eq!(statistics["packets"], 0);
    let running = cable.start(&place, "observe --interface far");
    cable.play(&place, "hospital/capture.pcap");
    system(&format!("ip -n {} link del far", cable.namespace));
    assert!(running.end().success(), "{}", said(&place));
    assert!(said(&place).contains("far: the interface is gone"), "{}", said(&place));
    assert!(packets(&batches(&place.read("live.jsonl"))) > 100);
}

#[test]
fn what_is_not_needed_is_given_up() {
    let Some(cable) = Cable::lay() else { return };
    let place = Place::new();
    let running = cable.start(&place, "observe --interface far --out batches");
    let status = fs::read_to_string(format!("/proc/{}/status", running.child.id())).unwrap();
    let field = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name)).unwrap();
        line.split_whitespace().nth(1).unwrap().to_owned()
    };
    assert!(field("CapPrm:").chars().all(|digit| digit == '0'), "{status}");
    assert!(field("CapEff:").chars().all(|digit| digit == '0'), "{status}");
    assert_eq!((field("Seccomp:"), field("NoNewPrivs:")), ("2".to_owned(), "1".to_owned()));
    running.signal("TERM");
    assert!(running.end().success(), "{}", said(&place));
}

#[test]
fn an_interface_that_cannot_be_observed_says_what_to_do() {
    let Some(cable) = Cable::lay() else { return };
    let place = Place::new();
    let fails = |command: &mut Command, words: &str| {
        let output = command.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(words), "{said}");
    };
    fails(&mut cable.command(&place, "observe --interface wall"), "there are far, lo, near");
    fails(&mut cable.command(&place, "observe --interface far --interface far"), "named twice");
    system(&format!("ip -n {} link set far down", cable.namespace));
    fails(&mut cable.command(&place, "observe --interface far"), "ip link set far up");
    // A user without rights: who the program is for must be told how to get them.
    let mut command = Command::new("setpriv");
    command.args(["--reuid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]);
    command.arg(env!("CARGO_BIN_EXE_cordon")).args(["observe", "--interface", "lo"]);
    fails(command.current_dir("/"), "setcap cap_net_raw+ep");
}

/// What exporters say of a capture that is played to them, against the capture itself.
#[test]
fn flow_records_of_a_real_exporter_tell_the_conversations_of_the_capture() {
    let Some(cable) = Cable::lay() else { return };
    system(&format!("ip -n {} link set lo up", cable.namespace));
    let place = Place::new();
    let file = hospital(&place, "");
    for version in ["5", "9", "10"] {
        let running = cable.start(&place, "observe --flows 127.0.0.1:2055 --sensor flows");
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &cable.namespace, "softflowd", "-d", "-i", "far"]);
        command.args(["-n", "127.0.0.1:2055", "-v", version, "-c"]).arg(place.path("control"));
        command.arg("-p").arg(place.path("process")).stdout(Stdio::null()).stderr(Stdio::null());
        let exporter = Running { child: command.spawn().unwrap() };
        let ask = |what: &str| {
            let mut command = Command::new("softflowctl");
            command.arg("-c").arg(place.path("control")).arg(what).output().unwrap()
        };
        until("the exporter listens", || ask("statistics").status.success());
        cable.play(&place, "hospital/capture.pcap");
        // It leaves what fills no block in its own ring; what it has read it says.
        let number = |line: &str| line.split_whitespace().find_map(|word| word.parse::<u64>().ok());
        let mut processed = 0;
        until("the exporter has seen most", || {
            let text = String::from_utf8(ask("statistics").stdout).unwrap();
            let line = text.lines().find(|line| line.starts_with("Packets processed"));
            let before = std::mem::replace(&mut processed, line.and_then(number).unwrap_or(0));
            processed == before && processed * 2 > packets(&file)
        });
        assert!(ask("expire-all").status.success());
        ask("shutdown");
        exporter.end();
        running.signal("TERM");
        assert!(running.end().success(), "{}", said(&place));
        let told = batches(&place.read("live.jsonl"));
        let (of_file, of_records) = (ways(&file), ways(&told));
        for (way, count) in &of_records {
            assert!(of_file.get(way).is_some_and(|all| count <= all), "v{version}: {way} {count}");
        }
        // Packets of who has no address yet are nobody's.
        let count = sum(&told, "conversations", "packets");
        assert!(count <= processed && count * 100 >= processed * 95, "v{version}: {count} of {processed}");
        assert!(said(&place).contains("127.0.0.1: "), "{}", said(&place));
        let basis = told.iter().flat_map(|batch| batch["conversations"].as_array().unwrap());
        assert!(basis.into_iter().all(|talk| talk["direction"] == "port"));
    }
}

/// Stops with what only one of two says.
fn same(one: &BTreeSet<String>, other: &BTreeSet<String>, whose: &str) {
    let different: Vec<&String> = one.symmetric_difference(other).collect();
    assert!(different.is_empty(), "{whose}: {different:#?}");
}

/// Packets of TCP and UDP between two addresses by the server's port.
fn ways(batches: &[Value]) -> std::collections::BTreeMap<String, u64> {
    let mut ways = std::collections::BTreeMap::new();
    for talk in batches.iter().flat_map(|batch| batch["conversations"].as_array().unwrap()) {
        if talk["transport"] == "tcp" || talk["transport"] == "udp" {
            let mut ends = [talk["client"]["ip"].to_string(), talk["server"]["ip"].to_string()];
            // Who has no address yet is nobody in a record.
            if ends.contains(&"null".to_owned()) {
                continue;
            }
            // Where both ports are alike an exporter does not say who asked.
            ends.sort();
            let way = format!("{ends:?} {} {}", talk["transport"], talk["port"]);
            *ways.entry(way).or_insert(0) += talk["packets"].as_u64().unwrap();
        }
    }
    ways
}

#[test]
fn a_watched_folder_tells_what_its_captures_tell_once() {
    let place = Place::new();
    let file = hospital(&place, "");
    fs::create_dir(place.path("captures")).unwrap();
    fs::rename(place.path("hospital/capture.pcap"), place.path("captures/ward_00001.pcap")).unwrap();
    let line = "observe --watch captures --until-read --window 10m --sensor ward";
    let told = batches(&place.cordon(line).expect(0).stdout);
    same(&facts(&told), &facts(&file), "watched");
    assert_eq!(packets(&told), packets(&file));
    let ran = place.cordon(line).expect(0);
    assert!(ran.stdout.is_empty(), "{}", ran.out());
    assert!(ran.err().contains("1 files are known"), "{}", ran.err());
    place.cordon("observe --watch nowhere --until-read").expect(3);
}

#[test]
fn advice_says_what_a_capture_can_and_cannot_answer() {
    let place = Place::new();
    hospital(&place, "");
    let ran = place.cordon("observe --advise hospital/capture.pcap").expect(0);
    for words in
        ["What is on the network?", "it matters", "It covers 29 minutes", "No frame carries a VLAN tag"]
    {
        assert!(ran.out().contains(words), "{words}: {}", ran.out());
    }
    let ran = place.cordon("observe --advise --json hospital/capture.pcap").expect(0);
    let advice: Value = serde_json::from_slice(&ran.stdout).unwrap();
    assert_eq!(advice["schema"], "cordon.advice/1");
    assert_eq!(advice["answers"][3]["answer"], "no", "{advice}");
    let found: Vec<&str> =
        advice["findings"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(found.contains(&"short") && !found.contains(&"one_direction"), "{found:?}");
    assert!(place.cordon("observe --advise -").expect(2).err().contains("twice"));
    place.cordon("observe --json hospital/capture.pcap").expect(2);
}
