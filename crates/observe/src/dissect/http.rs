//! HTTP/1.0 and 1.1 in clear text (RFC 9112).

use super::{Facts, Probe, Side, Step, StreamDissector};

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Http;

impl StreamDissector for Http {
    const HELD_BYTES_MAX: usize = 8192;

    fn probe(_head: &[u8], _port: u16) -> Probe {
        Probe::No
    }

    fn stream(&mut self, _side: Side, _bytes: &[u8], _facts: &mut dyn Facts) -> Step {
        Step::Done
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        Step::Done
    }
}
