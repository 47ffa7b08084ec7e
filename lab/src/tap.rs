//! The mirror port: everything that crosses the bridge, into a capture file.

use crate::network::{BRIDGE, inside};
use crate::process::Running;
use crate::{Failure, wait};
use std::path::{Path, PathBuf};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(10);
/// The bridge counts as quiet when the file has not grown for this long.
const QUIET: Duration = Duration::from_millis(200);

/// Sizes in a capture file of tcpdump's first kind.
const FILE_HEADER_BYTES: usize = 24;
const RECORD_HEADER_BYTES: usize = 16;

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
        // The kernel keeps room for the longest frame, for every frame: of short ones more wait at a time.
        command.args([
            "tcpdump",
            "-i",
            BRIDGE,
            "--immediate-mode",
            "-U",
            "-n",
            "-s",
            "9216",
            "-B",
            "16384",
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

/// How many frames in a capture file this MAC address sent. Read here, and not by what is being judged.
pub(crate) fn frames_from(capture: &[u8], mac: &str) -> usize {
    let mac: Option<Vec<u8>> = mac.split(':').map(|byte| u8::from_str_radix(byte, 16).ok()).collect();
    let mut records = capture.get(FILE_HEADER_BYTES..).unwrap_or_default();
    let mut sent = 0;
    // A record: two words of time, the bytes kept, the bytes there were; tcpdump writes the machine's order.
    while let Some((header, rest)) = records.split_at_checked(RECORD_HEADER_BYTES) {
        let kept = header.get(8..12).and_then(|kept| kept.try_into().ok()).map_or(0, u32::from_ne_bytes);
        let (frame, after) = rest.split_at(rest.len().min(kept as usize));
        sent += usize::from(frame.get(6..12).is_some() && frame.get(6..12) == mac.as_deref());
        records = after;
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_counted_by_who_sent_them() {
        let mut capture = vec![0; FILE_HEADER_BYTES];
        for last in [1, 2, 1] {
            capture.extend([0; 8].into_iter().chain(14_u32.to_ne_bytes()).chain(14_u32.to_ne_bytes()));
            capture.extend([9, 9, 9, 9, 9, 9, 2, 0, 0, 0, 0, last, 8, 0]);
        }
        assert_eq!(frames_from(&capture, "02:00:00:00:00:01"), 2);
        assert_eq!(frames_from(&capture, "02:00:00:00:00:03"), 0);
        assert_eq!(frames_from(&[], "02:00:00:00:00:01"), 0);
    }
}
