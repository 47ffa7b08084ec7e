//! What Cordon plans, enforced by a real kernel: the clinic of `enforcement/clinic.toml` is watched while its network is
//! flat, the binary makes a plan of that, and a router that all cables lead to loads the rules as they were written.
//!
//! Everything care needs must go on working, with the same real programs as before; a scan from the pump must find open
//! exactly what the rules permit and the verifier says of what is in force, port by port; the stage that only logs must stop nothing; and what takes the rules
//! back must take them back. Then the pump is held by a quarantine while the plan's rules are in force (`quarantine`), with
//! connections of it open (`sessions`).

mod quarantine;
mod sessions;

use crate::network::{Network, inside};
use crate::play::{Shell, play};
use crate::process::{Running, output, tail};
use crate::scenario::{Scenario, Station};
use crate::{Failure, places};
use cordon_segment::packets::{Packet, Packets};
use cordon_segment::point::Enforcer;
use cordon_segment::read::{self, Configuration, Unreadable};
use cordon_wire::assessment::{Assessment, Rule};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// Who is taken for compromised.
const COMPROMISED: &str = "pump";
/// Ports that are tried: what the clinic's servers listen on, and what attackers try.
const PORTS: [u16; 24] = [
    21, 22, 23, 25, 53, 80, 104, 135, 139, 389, 443, 445, 2575, 2761, 2762, 3306, 3389, 5432, 5900, 8080,
    8443, 9100, 11112, 11113,
];

/// Room for the verifier's sets of packets.
const DECISIONS_MAX: usize = 1_000_000;

/// A port of a station, and whether a packet to it got through: it was answered, if only by a refusal.
type Answers = BTreeSet<(Ipv4Addr, u16)>;

/// How a router takes the rules of one language: commands in the folder of the plan.
struct Language {
    /// In messages.
    name: &'static str,
    log_only: &'static str,
    enforce: &'static str,
    rollback: &'static str,
    /// In the folder of a quarantine: puts it into force.
    hold: &'static str,
    /// Takes it back.
    release: &'static str,
    /// Prints what is in force.
    in_force: &'static str,
    /// Reads that.
    read: fn(&str) -> Result<Configuration, Unreadable>,
    /// Prints how many packets were logged as permitted by no rule.
    count: &'static str,
}

const LANGUAGES: &[Language] = &[
    Language {
        name: "nftables",
        log_only: "nft -f cordon-log-only.nft",
        enforce: "nft -f cordon.nft",
        rollback: "nft -f cordon-rollback.nft",
        hold: "nft -f quarantine.nft",
        release: "nft -f quarantine-rollback.nft",
        in_force: "nft list ruleset",
        read: read::nftables,
        count: "nft list chain inet cordon forward | sed -n 's/.*counter packets \\([0-9]*\\) .*no rule permits it.*/\\1/p'",
    },
    Language {
        name: "iptables",
        log_only: "sh cordon-iptables.sh log-only",
        enforce: "sh cordon-iptables.sh enforce",
        rollback: "sh cordon-iptables.sh rollback",
        hold: "sh quarantine-iptables.sh hold",
        release: "sh quarantine-iptables.sh rollback",
        in_force: "iptables-save",
        read: |text| read::iptables(text, &[]),
        count: "iptables-save -c | sed -n 's/^\\[\\([0-9]*\\):.*-j LOG.*/\\1/p'",
    },
];

/// Watches, plans and enforces; everything that is not as it must be, one sentence each.
pub fn enforce(binary: &Path) -> Result<Vec<String>, Failure> {
    let scenario = scenario()?;
    let played = play(&scenario)?;
    let plan = Plan::of(binary, played.capture())?;
    let work = TempDir::with_prefix("cordon-lab-").map_err(Failure::file("a folder to work in"))?;
    let shell = Shell { scenario: &scenario, work: work.path() };
    for command in &scenario.prepare {
        shell.prepare(command)?;
    }
    let network = Network::routed(&scenario.stations)?;
    let mut clinic = Clinic { shell, network, servers: Vec::new(), plan, wrong: Vec::new() };
    clinic.open()?;
    clinic.expect("without rules", &clinic.everything())?;
    clinic.decide()?;
    for language in LANGUAGES {
        clinic.enforce(language)?;
    }
    Ok(clinic.wrong)
}

fn scenario() -> Result<Scenario, Failure> {
    let path = places::lab().join("enforcement/clinic.toml");
    let text = std::fs::read_to_string(&path).map_err(Failure::file(&path))?;
    Scenario::parse("clinic", &text).map_err(|why| Failure::Scenario { name: "clinic".to_owned(), why })
}

/// What the binary made of the flat network.
struct Plan {
    binary: PathBuf,
    folder: TempDir,
    assessment: Assessment,
}

impl Plan {
    fn of(binary: &Path, capture: &Path) -> Result<Plan, Failure> {
        let folder = TempDir::with_prefix("cordon-lab-").map_err(Failure::file("a folder to work in"))?;
        let out = folder.path().join("assessment");
        let mut command = Command::new(binary);
        command.args(["assess", "--now", "2026-11-22T12:00:00Z", "--out"]).arg(&out).arg(capture);
        // What feeds this machine has taken in is no part of the clinic.
        command.env("XDG_CACHE_HOME", folder.path());
        let done = output(&mut command, "cordon")?;
        if !done.status.success() {
            let why = format!("ended with {}", done.status);
            let said = tail(&[done.stdout, done.stderr].concat());
            return Err(Failure::Command { command: "cordon assess".to_owned(), why, said });
        }
        let path = out.join("assessment.json");
        let text = std::fs::read(&path).map_err(Failure::file(&path))?;
        let assessment = serde_json::from_slice(&text)
            .map_err(|error| Failure::Capture(format!("{} is no assessment: {error}", path.display())))?;
        Ok(Plan { binary: binary.to_owned(), folder, assessment })
    }

    /// Where the rules are.
    fn rules(&self) -> PathBuf {
        self.folder.path().join("assessment/segmentation")
    }

    /// The addresses a side of a rule stands for.
    fn addresses(&self, party: &str) -> BTreeSet<String> {
        let devices = &self.assessment.devices;
        let of_device = |id: &str| -> Vec<String> {
            devices.iter().filter(|device| device.id == id).flat_map(|device| device.ips.clone()).collect()
        };
        match party.split_once(':') {
            Some(("device", id)) => of_device(id).into_iter().collect(),
            Some(("zone", id)) => {
                let zones = self.assessment.zones.iter().filter(|zone| zone.id == id);
                zones.flat_map(|zone| &zone.devices).flat_map(|id| of_device(id)).collect()
            }
            _ => BTreeSet::new(),
        }
    }

    /// Which of a station's TCP ports the rules let another ask.
    fn permits(&self, from: Ipv4Addr, to: Ipv4Addr) -> BTreeSet<u16> {
        let is_between = |rule: &&Rule| {
            rule.transport == "tcp"
                && self.addresses(&rule.from).contains(&from.to_string())
                && self.addresses(&rule.to).contains(&to.to_string())
        };
        let rules = self.assessment.rules.iter().filter(is_between);
        rules.flat_map(|rule| rule.ports.iter().copied()).collect()
    }
}

/// The clinic behind its router.
struct Clinic<'a> {
    shell: Shell<'a>,
    network: Network,
    servers: Vec<Running>,
    plan: Plan,
    wrong: Vec<String>,
}

impl Clinic<'_> {
    /// Starts what serves.
    fn open(&mut self) -> Result<(), Failure> {
        for (number, step) in self.shell.scenario.steps.iter().enumerate() {
            if step.serve.is_some() {
                self.servers.extend(self.shell.step(number, step, &self.network)?);
            }
        }
        Ok(())
    }

    fn enforce(&mut self, language: &Language) -> Result<(), Failure> {
        let name = language.name;
        let (everything, permitted) = (self.everything(), self.permitted());
        if permitted.is_empty() || permitted == everything {
            self.wrong.push(format!("{name}: the plan permits all or nothing, which proves nothing"));
        }
        for (stage, load, wanted) in
            [("log only", language.log_only, &everything), ("enforcing", language.enforce, &permitted)]
        {
            self.at_router(load)?;
            let verified = self.verified(language)?;
            self.differ(&format!("{name}, {stage}: what is in force"), &verified, wanted);
            self.expect(&format!("{name}, {stage}"), wanted)?;
            let counted = self.at_router(language.count)?;
            if counted.lines().filter_map(|line| line.trim().parse::<u64>().ok()).sum::<u64>() == 0 {
                self.wrong.push(format!("{name}, {stage}: the scan was not logged"));
            }
        }
        self.quarantine(language)?;
        self.at_router(language.rollback)?;
        self.expect(&format!("{name}, rolled back"), &everything)?;
        self.alone(language)
    }

    /// What the verifier says of the rules in force at the router.
    fn verified(&self, language: &Language) -> Result<Answers, Failure> {
        let unclear = |why: String| Failure::Capture(format!("{} at the router: {why}", language.name));
        let text = self.at_router(language.in_force)?;
        let configuration = (language.read)(&text).map_err(|error| unclear(error.to_string()))?;
        let mut packets = Packets::new(DECISIONS_MAX);
        let passes = Enforcer::of(&configuration)
            .passes((None, None), &mut packets)
            .map_err(|error| unclear(error.to_string()))?;
        let Some(from) = self.shell.scenario.stations.get(COMPROMISED) else { return Ok(Answers::new()) };
        let gets_through = |(to, port): &(Ipv4Addr, u16)| {
            let packet = Packet {
                source: IpAddr::V4(from.ip),
                destination: IpAddr::V4(*to),
                protocol: 6,
                source_port: 40_000,
                destination_port: *port,
                established: false,
            };
            packets.has(passes.surely, &packet)
        };
        Ok(self.everything().into_iter().filter(gets_through).collect())
    }

    fn at_router(&self, line: &str) -> Result<String, Failure> {
        self.at_router_of(&self.plan.rules(), line)
    }

    fn at_router_of(&self, folder: &Path, line: &str) -> Result<String, Failure> {
        let mut command = inside(&self.network.switch());
        command.args(["sh", "-c", &format!("PATH=$PATH:/usr/sbin:/sbin\n{line}")]).current_dir(folder);
        let done = output(&mut command, "sh")?;
        if done.status.success() {
            return Ok(String::from_utf8_lossy(&done.stdout).into_owned());
        }
        let why = format!("ended with {}", done.status);
        let said = tail(&[done.stdout, done.stderr].concat());
        Err(Failure::Command { command: format!("router: {line}"), why, said })
    }

    /// Care goes on, and the compromised station gets through to exactly these ports.
    fn expect(&mut self, stage: &str, wanted: &Answers) -> Result<(), Failure> {
        for (number, step) in
            self.shell.scenario.steps.iter().enumerate().filter(|(_, step)| step.run.is_some())
        {
            if let Err(failure) = self.shell.step(number, step, &self.network) {
                self.wrong.push(format!("{stage}: care is broken: {failure}"));
            }
        }
        let answers = self.scan()?;
        self.differ(&format!("{stage}: nmap"), &answers, wanted);
        Ok(())
    }

    /// Notes where somebody's answer is not the one that is wanted.
    fn differ(&mut self, who: &str, answers: &Answers, wanted: &Answers) {
        let line = |(to, port): &(Ipv4Addr, u16)| format!("{to} tcp/{port}");
        let open: Vec<String> = answers.difference(wanted).map(line).collect();
        let shut: Vec<String> = wanted.difference(answers).map(line).collect();
        if !open.is_empty() {
            self.wrong.push(format!("{who}: the {COMPROMISED} gets through to {}", open.join(", ")));
        }
        if !shut.is_empty() {
            self.wrong.push(format!("{who}: the {COMPROMISED} does not get through to {}", shut.join(", ")));
        }
    }

    fn others(&self) -> impl Iterator<Item = &Station> {
        self.shell
            .scenario
            .stations
            .iter()
            .filter(|(name, _)| *name != COMPROMISED)
            .map(|(_, station)| station)
    }

    /// What gets through where nothing is stopped.
    fn everything(&self) -> Answers {
        self.others().flat_map(|station| PORTS.into_iter().map(|port| (station.ip, port))).collect()
    }

    /// What gets through where the rules are enforced.
    fn permitted(&self) -> Answers {
        let from = self.shell.scenario.stations.get(COMPROMISED).map(|station| station.ip);
        let of = |station: &Station| {
            let ports = from.map(|from| self.plan.permits(from, station.ip)).unwrap_or_default();
            let tried: Vec<(Ipv4Addr, u16)> = PORTS
                .into_iter()
                .filter(|port| ports.contains(port))
                .map(|port| (station.ip, port))
                .collect();
            tried
        };
        self.others().flat_map(of).collect()
    }

    /// Has nmap try every port of every other station.
    fn scan(&self) -> Result<Answers, Failure> {
        let mut command = inside(&self.network.name(COMPROMISED));
        let ports = PORTS.map(|port| port.to_string()).join(",");
        command.args([
            "nmap",
            "-n",
            "-Pn",
            "-sS",
            "--max-retries",
            "2",
            "--max-rtt-timeout",
            "300ms",
            "-p",
            &ports,
        ]);
        // Every port is listed, whatever state it shares with others.
        command.args(["-vv", "-d", "-oX", "-"]);
        command.args(self.others().map(|station| station.ip.to_string()));
        let done = output(&mut command, "nmap")?;
        let text = String::from_utf8_lossy(&done.stdout);
        if !done.status.success() {
            let why = format!("ended with {}", done.status);
            return Err(Failure::Command { command: "nmap".to_owned(), why, said: tail(&done.stderr) });
        }
        answers(&text).ok_or_else(|| Failure::Capture("what nmap said cannot be read".to_owned()))
    }
}

/// The ports that nmap (its XML) had an answer from.
fn answers(xml: &str) -> Option<Answers> {
    let value = |text: &str, name: &str| -> Option<String> {
        let (_, rest) = text.split_once(&format!(" {name}=\""))?;
        Some(rest.split_once('"')?.0.to_owned())
    };
    let mut found = Answers::new();
    for host in xml.split("<host ").skip(1) {
        let address: Ipv4Addr = value(host.split_once("<address")?.1, "addr")?.parse().ok()?;
        for port in host.split("<port ").skip(1) {
            let number: u16 = value(&format!(" {port}"), "portid")?.parse().ok()?;
            let state = value(port.split_once("<state")?.1, "state")?;
            if matches!(state.as_str(), "open" | "closed") {
                found.insert((address, number));
            }
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clinic_can_be_read() {
        let scenario = scenario().unwrap();
        assert!(scenario.stations.contains_key(COMPROMISED));
    }

    #[test]
    fn a_port_that_answers_is_told_from_one_that_does_not() {
        let xml = r#"<host starttime="1"><status state="up"/><address addr="10.77.0.12" addrtype="ipv4"/><ports>
            <port protocol="tcp" portid="104"><state state="open" reason="syn-ack"/></port>
            <port protocol="tcp" portid="22"><state state="closed" reason="reset"/></port>
            <port protocol="tcp" portid="80"><state state="filtered" reason="no-response"/></port></ports></host>"#;
        let at = Ipv4Addr::new(10, 77, 0, 12);
        assert_eq!(answers(xml), Some(BTreeSet::from([(at, 22), (at, 104)])));
    }
}
