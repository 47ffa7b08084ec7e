//! Lets a scenario happen: cables, capture, programs in their order, and the frames that passed.

use crate::network::{Network, inside};
use crate::process::{Running, is_open, output, tail};
use crate::scenario::{Scenario, Step};
use crate::tap::Tap;
use crate::{Failure, places};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// What is left of a scenario that was played: a folder with the capture and what the programs said.
#[derive(Debug)]
pub struct Played {
    work: TempDir,
    capture: PathBuf,
}

impl Played {
    /// The frames.
    pub fn capture(&self) -> &Path {
        &self.capture
    }

    /// Keeps the folder for who wants to look, and says where it is.
    pub fn keep(self) -> PathBuf {
        self.work.keep()
    }
}

/// Plays a scenario. Whatever happens, its namespaces and programs are gone afterwards.
pub fn play(scenario: &Scenario) -> Result<Played, Failure> {
    if scenario.runs_cordon && places::binary().is_none() {
        return Err(Failure::Scenario {
            name: scenario.name.clone(),
            why: "a station runs Cordon: name its binary in CORDON_LAB_BINARY".to_owned(),
        });
    }
    let work = TempDir::with_prefix("cordon-lab-").map_err(Failure::file("a folder to work in"))?;
    let shell = Shell { scenario, work: work.path() };
    for command in &scenario.prepare {
        shell.prepare(command)?;
    }
    let network = Network::new(&scenario.stations, !scenario.silent.is_empty())?;
    let tap = Tap::start(&network.switch(), work.path())?;
    let mut servers = Vec::new();
    for (number, step) in scenario.steps.iter().enumerate() {
        servers.extend(shell.step(number, step, &network)?);
    }
    let capture = tap.stop()?;
    drop(servers);
    drop(network);
    Ok(Played { work, capture })
}

/// How commands of a scenario are run: by `sh`, in the working folder, with the station's addresses and the
/// lab's folders as variables.
pub(crate) struct Shell<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) work: &'a Path,
}

impl Shell<'_> {
    pub(crate) fn prepare(&self, line: &str) -> Result<(), Failure> {
        let mut command = Command::new("env");
        self.dress(&mut command, line);
        let done = output(&mut command, "sh")?;
        if done.status.success() {
            return Ok(());
        }
        let why = format!("ended with {}", done.status);
        Err(Failure::Command {
            command: line.to_owned(),
            why,
            said: tail(&[done.stdout, done.stderr].concat()),
        })
    }

    /// Runs a step; a server that goes on is handed back.
    pub(crate) fn step(
        &self,
        number: usize,
        step: &Step,
        network: &Network,
    ) -> Result<Option<Running>, Failure> {
        let line = step.serve.as_ref().or(step.run.as_ref()).map(String::as_str).unwrap_or_default();
        let mut command = inside(&network.name(&step.on));
        command.arg("env");
        // The server itself, not a shell that waits for it, is what is watched and ended.
        let exec = if step.serve.is_some() { format!("exec {line}") } else { line.to_owned() };
        self.dress(&mut command, &exec);
        let log = self.work.join(format!("{}-{}.log", number + 1, step.on));
        let mut running = Running::start(&mut command, format!("{}: {line}", step.on), log)?;
        let limit = Duration::from_secs(step.limit_s);
        if step.serve.is_some() {
            self.wait_for_server(step, &mut running, limit)?;
            return Ok(Some(running));
        }
        let status = running.end(limit)?;
        if status.code() != Some(step.exit) {
            return Err(running.failure(format!("ended with {status} instead of {}", step.exit)));
        }
        match &step.says {
            Some(words) if !running.said().contains(words) => {
                Err(running.failure(format!("did not say \"{words}\"")))
            }
            _ => Ok(None),
        }
    }

    fn wait_for_server(&self, step: &Step, running: &mut Running, limit: Duration) -> Result<(), Failure> {
        if let Some(words) = &step.says {
            running.ready(limit, &format!("said \"{words}\""), |running| running.said().contains(words))?;
        }
        let Some(socket) = &step.opens else { return Ok(()) };
        let known =
            socket.split_once(' ').and_then(|(transport, port)| Some((transport, port.parse().ok()?)));
        let (transport, port) = known.ok_or_else(|| Failure::Scenario {
            name: self.scenario.name.clone(),
            why: format!("opens = \"{socket}\": write it like \"tcp 11112\""),
        })?;
        running.ready(limit, &format!("opened {socket}"), |running| is_open(running.id(), transport, port))
    }

    /// Completes a command that begins with `env`: variables, working folder, `sh -c LINE`.
    fn dress(&self, command: &mut Command, line: &str) {
        let peers = places::lab().join("peers");
        for (name, station) in &self.scenario.stations {
            command.arg(format!("{name}={}", station.ip));
        }
        command.arg(format!("peers={}", peers.display()));
        let cordon = places::binary().unwrap_or_default();
        command.arg(format!("cordon={}", cordon.display()));
        // Not in the search path: packages of Python bring programs that hide DCMTK's by their names.
        let programs = places::python().unwrap_or_default().join("bin");
        command.arg(format!("tools={}", programs.display()));
        command.arg(format!("python={}", programs.join("python3").display()));
        command.args(["LC_ALL=C.UTF-8", "PYTHONUNBUFFERED=1", "PYTHONDONTWRITEBYTECODE=1", "sh", "-c"]);
        command.arg(format!("PATH=$PATH:/usr/sbin:/sbin\n{line}"));
        command.current_dir(self.work);
    }
}
