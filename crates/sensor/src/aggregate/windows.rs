//! The windows of capture time that Batches cover.

use super::Limits;
use cordon_model::Timestamp;

/// The window being filled, and when it is over.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Windows {
    length_micros: i64,
    packets_min: u64,
    /// From its first microsecond to the first after it.
    window: Option<(i64, i64)>,
    /// Frames in it.
    packets: u64,
}

impl Windows {
    pub(crate) fn new(limits: &Limits) -> Windows {
        let (length_micros, packets_min) = (limits.window_micros.max(1), limits.window_packets_min);
        Windows { length_micros, packets_min, window: None, packets: 0 }
    }

    /// True when a frame of this time belongs to another window. Time that goes back a little stays here.
    pub(crate) fn is_over(&self, at: Timestamp) -> bool {
        let Some((from, until)) = self.window else { return false };
        let at = at.micros();
        let outside = at >= until || at < from.saturating_sub(self.length_micros);
        outside && self.packets >= self.packets_min
    }

    /// True when this time lies behind the window; then it belongs to another.
    pub(crate) fn is_behind(&self, at: Timestamp) -> bool {
        self.window.is_some_and(|(_, until)| at.micros() >= until) && self.packets >= self.packets_min
    }

    /// Counts a frame; the first begins a window.
    pub(crate) fn pass(&mut self, at: Timestamp) {
        if self.window.is_none() {
            let from = at.micros().div_euclid(self.length_micros) * self.length_micros;
            self.window = Some((from, from.saturating_add(self.length_micros)));
        }
        self.packets += 1;
    }

    /// Ends the window.
    pub(crate) fn end(&mut self) {
        (self.window, self.packets) = (None, 0);
    }
}
