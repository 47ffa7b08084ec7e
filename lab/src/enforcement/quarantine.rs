//! A compromised pump is held while the plan's rules are in force: what care needs of it goes on, everything else of it
//! is cut, taking it back gives all of it back, and a quarantine that nobody takes back ends by itself in the kernel.

use super::sessions::Sessions;
use super::{Answers, COMPROMISED, Clinic, Language};
use crate::Failure;
use crate::network::inside;
use crate::process::{output, tail};
use crate::wait::{self, Watch};
use std::collections::BTreeMap;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What stays possible: the pump's alarms go to the record.
const KEPT: (&str, u16) = ("emr", 2575);
/// Who is asked to learn whether the quarantine has ended: nothing critical to care.
const CUT: (&str, u16) = ("infra", 443);
/// How long the quarantine lasts that nobody takes back.
const LASTS: Duration = Duration::from_secs(15);
/// How much longer a busy machine may take to notice.
const SLACK: Duration = Duration::from_secs(45);
const NOW: &str = "2026-11-22T12:00:00Z";

impl Clinic<'_> {
    /// Confirms the one need that care depends on at once, as a person would.
    pub(super) fn decide(&self) -> Result<(), Failure> {
        let assessment = &self.plan.assessment;
        let pump = self.address(COMPROMISED).to_string();
        let id = assessment.devices.iter().find(|device| device.ips.contains(&pump)).map(|found| &found.id);
        let from = id.map(|id| format!("device:{id}")).unwrap_or_default();
        let need = assessment.needs.iter().find(|need| need.from == from && need.ports == [KEPT.1]);
        let Some(need) = need else {
            return Err(Failure::Capture("the plan does not know what the pump's alarms need".to_owned()));
        };
        self.cordon(&["site", "init", "site"])?;
        let who = ["--by", "Lab", "--because", "alarms", "--care-critical", "--now", NOW];
        let line = ["segment", "needs", "--in", "assessment/assessment.json", "--site", "site", "--confirm"];
        self.cordon(&[&line[..], &[need.id.as_str()], &who[..]].concat())
    }

    /// Holds the pump with the plan's rules in force, and lets it go both ways.
    pub(super) fn quarantine(&mut self, language: &Language) -> Result<(), Failure> {
        let name = language.name;
        let (planned, kept) = (self.permitted(), Answers::from([(self.address(KEPT.0), KEPT.1)]));
        if !planned.is_superset(&kept) || planned == kept {
            self.wrong.push(format!("{name}: the plan permits the pump no more than its quarantine does"));
        }
        self.render(language, "1h")?;
        let mut sessions = Sessions::open(self, 900)?;
        // Twice: loading again changes nothing.
        for _ in 0..2 {
            self.at_router_in("held", language.hold)?;
        }
        sessions.held();
        let stage = format!("{name}, pump held");
        self.wrong.extend(sessions.judge().into_iter().map(|wrong| format!("{stage}: {wrong}")));
        let verified = self.verified(language)?;
        self.differ(&format!("{stage}: what is in force"), &verified, &kept);
        self.care_but_for_the_pump(&stage);
        let answers = self.scan()?;
        self.differ(&format!("{stage}: nmap"), &answers, &kept);
        self.wrong.extend(sessions.judge().into_iter().map(|wrong| format!("{stage}, later: {wrong}")));
        self.at_router_in("held", language.release)?;
        drop(sessions);
        self.expect(&format!("{name}, pump let go"), &planned)?;

        let watch = Watch::start();
        self.render(language, &format!("{}s", LASTS.as_secs()))?;
        self.at_router_in("held", language.hold)?;
        let mut tries = 0;
        let ended = wait::until(LASTS + SLACK, || match self.reaches(CUT) {
            Ok(true) => Some(Ok(())),
            Ok(false) => {
                tries += 1;
                None
            }
            Err(failure) => Some(Err(failure)),
        });
        let (ended, lasted) = (ended.transpose()?, watch.elapsed());
        // The kernel's clock of the rules counts whole seconds.
        if tries == 0 || lasted + Duration::from_secs(1) < LASTS {
            self.wrong.push(format!("{name}: a quarantine of {LASTS:?} ended after {lasted:?}"));
        }
        if ended.is_none() {
            self.wrong.push(format!("{name}: a quarantine of {LASTS:?} did not end by itself"));
        }
        self.expect(&format!("{name}, quarantine ended by itself"), &planned)?;
        self.at_router_in("held", language.release)?;
        self.at_router_in("held", language.release).map(drop)
    }

    /// Holds the pump at a router that had no rules before and so followed no connection.
    pub(super) fn alone(&mut self, language: &Language) -> Result<(), Failure> {
        let mut sessions = Sessions::open(self, 910)?;
        self.render(language, "1h")?;
        self.at_router_in("held", language.hold)?;
        sessions.held();
        let stage = format!("{}, pump held by nothing else", language.name);
        self.wrong.extend(sessions.judge().into_iter().map(|wrong| format!("{stage}: {wrong}")));
        self.at_router_in("held", language.release).map(drop)
    }

    fn address(&self, station: &str) -> Ipv4Addr {
        self.shell.scenario.stations.get(station).map_or(Ipv4Addr::UNSPECIFIED, |station| station.ip)
    }

    fn render(&self, language: &Language, lasts: &str) -> Result<(), Failure> {
        let pump = self.address(COMPROMISED).to_string();
        let line = ["segment", "quarantine", pump.as_str(), "--in", "assessment/assessment.json"];
        let line = [&line[..], &["--site", "site", "--approved-by", "Dr. Lab", "--for", lasts][..]].concat();
        self.cordon(&[&line[..], &["--target", language.name, "--out", "held", "--force"][..]].concat())
    }

    /// Runs the binary in the plan's folder.
    fn cordon(&self, arguments: &[&str]) -> Result<(), Failure> {
        let mut command = Command::new(&self.plan.binary);
        command.args(arguments).current_dir(self.plan.folder.path());
        command.env("XDG_CACHE_HOME", self.plan.folder.path());
        let done = output(&mut command, "cordon")?;
        if done.status.success() {
            return Ok(());
        }
        let why = format!("ended with {}", done.status);
        let said = tail(&[done.stdout, done.stderr].concat());
        Err(Failure::Command { command: format!("cordon {}", arguments.join(" ")), why, said })
    }

    /// Everybody else's care goes on, and so does the pump's one critical need; the rest of the pump's is cut.
    fn care_but_for_the_pump(&mut self, stage: &str) {
        let kept = format!("--port {}", KEPT.1);
        let mut cut = BTreeMap::new();
        for (number, step) in
            self.shell.scenario.steps.iter().enumerate().filter(|(_, step)| step.run.is_some())
        {
            let line = step.run.as_deref().unwrap_or_default();
            let works = self.shell.step(number, step, &self.network);
            match (step.on == COMPROMISED && !line.contains(&kept), works) {
                (false, Err(failure)) => self.wrong.push(format!("{stage}: care is broken: {failure}")),
                (true, Ok(_)) => self.wrong.push(format!("{stage}: it is not cut: {line}")),
                (true, Err(_)) => drop(cut.insert(number, line)),
                (false, Ok(_)) => {}
            }
        }
        if cut.is_empty() {
            self.wrong.push(format!("{stage}: nothing of the pump was tried that should be cut"));
        }
    }

    /// Whether the pump gets an answer.
    fn reaches(&self, (station, port): (&str, u16)) -> Result<bool, Failure> {
        let mut command = inside(&self.network.name(COMPROMISED));
        let to = format!("https://{}:{port}/", self.address(station));
        command.args(["curl", "-sk", "-m", "1", "-o", "/dev/null", to.as_str()]);
        Ok(output(&mut command, "curl")?.status.success())
    }

    fn at_router_in(&self, folder: &str, line: &str) -> Result<String, Failure> {
        self.at_router_of(&self.plan.folder.path().join(Path::new(folder)), line)
    }
}
