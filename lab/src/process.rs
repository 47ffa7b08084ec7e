//! Other programs: run to the end, or kept running until the lab is done with them.

use crate::{Failure, wait};
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::Duration;

/// How much of a program's last words an error repeats, in bytes.
const SAID_BYTES_MAX: usize = 4000;

/// Runs a program to its end and takes its output; anything but success is a failure.
pub(crate) fn run(program: &str, arguments: &[&str]) -> Result<String, Failure> {
    let output = output(Command::new(program).args(arguments), program)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Failure::Command {
        command: format!("{program} {}", arguments.join(" ")),
        why: format!("ended with {}", output.status),
        said: tail(&[output.stdout, output.stderr].concat()),
    })
}

/// Sends a signal. The shell's own `kill`: the program of that name is not on every system.
pub(crate) fn signal(name: &str, process: &str) -> Result<(), Failure> {
    run("sh", &["-c", &format!("kill -{name} {process}")]).map(drop)
}

/// Runs a prepared command to its end.
pub(crate) fn output(command: &mut Command, program: &str) -> Result<Output, Failure> {
    command
        .stdin(Stdio::null())
        .output()
        .map_err(|source| Failure::Start { program: program.to_owned(), source })
}

/// A program under way whose words go to a file; it is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Running {
    child: Child,
    /// What was asked for, for messages.
    command: String,
    log: PathBuf,
}

impl Running {
    /// Starts `words`; `command` names it in messages.
    pub(crate) fn start(
        words: &mut Command,
        command: impl Into<String>,
        log: PathBuf,
    ) -> Result<Running, Failure> {
        let command = command.into();
        let file = File::create(&log).map_err(Failure::file(&log))?;
        let other = file.try_clone().map_err(Failure::file(&log))?;
        let child = words
            .stdin(Stdio::null())
            .stdout(file)
            .stderr(other)
            .spawn()
            .map_err(|source| Failure::Start { program: command.clone(), source })?;
        Ok(Running { child, command, log })
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// What it said so far.
    pub(crate) fn said(&self) -> String {
        fs::read(&self.log).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Waits until `ready` holds. It is a failure when the program ends before, or the time is over.
    pub(crate) fn ready(
        &mut self,
        limit: Duration,
        what: &str,
        mut ready: impl FnMut(&Running) -> bool,
    ) -> Result<(), Failure> {
        let answer = wait::until(limit, || match self.child.try_wait() {
            _ if ready(self) => Some(Ok(())),
            Ok(None) => None,
            Ok(Some(status)) => Some(Err(format!("ended with {status} before it {what}"))),
            Err(error) => Some(Err(error.to_string())),
        });
        let late = || Err(format!("did not get to where it {what} within {limit:?}"));
        answer.unwrap_or_else(late).map_err(|why| self.failure(why))
    }

    /// Waits for its end.
    pub(crate) fn end(&mut self, limit: Duration) -> Result<ExitStatus, Failure> {
        let ended = wait::until(limit, || self.child.try_wait().ok().flatten());
        ended.ok_or_else(|| self.failure(format!("had not ended after {limit:?}")))
    }

    /// Asks it to end by itself, as a person does with Ctrl-C.
    pub(crate) fn interrupt(&mut self, limit: Duration) -> Result<(), Failure> {
        signal("INT", &self.id().to_string())?;
        self.end(limit).map(drop)
    }

    pub(crate) fn failure(&self, why: String) -> Failure {
        Failure::Command { command: self.command.clone(), why, said: tail(self.said().as_bytes()) }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Nothing can be done about one that is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The end of a program's words, from the beginning of a line.
pub(crate) fn tail(bytes: &[u8]) -> String {
    let start = bytes.len().saturating_sub(SAID_BYTES_MAX);
    let text = String::from_utf8_lossy(bytes.get(start..).unwrap_or_default()).into_owned();
    match (start, text.split_once('\n')) {
        (1.., Some((_, rest))) => rest.to_owned(),
        _ => text,
    }
}

/// Whether a socket of the process's network namespace is open on this port: read from the kernel's tables,
/// so that waiting for a server puts nothing on the network.
pub(crate) fn is_open(process: u32, transport: &str, port: u16) -> bool {
    let net = Path::new("/proc").join(process.to_string()).join("net");
    [transport.to_owned(), format!("{transport}6")].iter().any(|table| {
        fs::read_to_string(net.join(table)).is_ok_and(|text| text.lines().any(|row| is_bound(row, port)))
    })
}

/// A row of `/proc/net/tcp` or `udp`: number, local address `HEX:PORT`, peer, state; a listening TCP socket
/// is in state 0A, an unconnected UDP one in 07.
fn is_bound(row: &str, port: u16) -> bool {
    let mut fields = row.split_whitespace().skip(1);
    let local = fields.next().and_then(|address| address.rsplit_once(':'));
    let state = fields.nth(1);
    local.is_some_and(|(_, hex)| u16::from_str_radix(hex, 16) == Ok(port))
        && state.is_some_and(|state| ["0A", "07"].contains(&state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn listening_sockets_are_told_from_connected_ones() {
        let listening = " 0: 00000000:2B68 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 1";
        let connected = " 1: 0B4D0A0A:2B68 0C4D0A0A:9C40 01 00000000:00000000 00:00000000 00000000 0 0 1";
        assert!(is_bound(listening, 11112));
        assert!(!is_bound(listening, 104));
        assert!(!is_bound(connected, 11112));
        assert!(!is_bound("  sl  local_address rem_address   st", 11112));
    }

    #[test]
    fn last_words_begin_with_a_line() {
        assert_eq!(tail(b"one\ntwo\n"), "one\ntwo\n");
        let long = format!("{}\nlast\n", "x".repeat(SAID_BYTES_MAX));
        assert_eq!(tail(long.as_bytes()), "last\n");
    }
}
