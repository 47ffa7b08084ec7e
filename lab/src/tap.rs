//! The mirror port: everything that crosses the bridge, into a capture file.

use crate::network::{BRIDGE, inside};
use crate::process::Running;
use crate::{Failure, wait};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);
/// The bridge counts as quiet when the file has not grown for this long.
const QUIET: Duration = Duration::from_millis(200);

/// A capture under way.
#[derive(Debug)]
pub(crate) struct Tap {
    tcpdump: Running,
    capture: PathBuf,
}

impl Tap {
    /// Starts capturing; every frame from now on is in the file.
    pub(crate) fn start(switch: &str, work: &Path) -> Result<Tap, Failure> {
        let capture = work.join("capture.pcap");
        let mut command = inside(switch);
        command.args([
            "tcpdump",
            "-i",
            BRIDGE,
            "--immediate-mode",
            "-U",
            "-n",
            "-s",
            "0",
            "-B",
            "8192",
            "-Z",
        ]);
        command.args(["root", "-w"]).arg(&capture);
        let mut tcpdump = Running::start(&mut command, "tcpdump on the bridge", work.join("tcpdump.log"))?;
        tcpdump.ready(LIMIT, "listened", |tcpdump| tcpdump.said().contains("listening on"))?;
        Ok(Tap { tcpdump, capture })
    }

    /// Waits until the bridge is quiet and closes the file.
    pub(crate) fn stop(mut self) -> Result<PathBuf, Failure> {
        let size = || std::fs::metadata(&self.capture).map_or(0, |metadata| metadata.len());
        wait::until_steady(QUIET, LIMIT, size);
        self.tcpdump.interrupt(LIMIT)?;
        match self.tcpdump.said().lines().find(|line| line.ends_with("dropped by kernel")) {
            Some(line) if line.starts_with("0 ") => Ok(self.capture.clone()),
            Some(line) => Err(Failure::Capture(line.to_owned())),
            None => Err(self.tcpdump.failure("did not say how many packets it dropped".to_owned())),
        }
    }
}
