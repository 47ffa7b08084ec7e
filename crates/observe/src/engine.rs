//! The engine: one frame in, facts, flows and events out.

use crate::counters::Counters;
use crate::layers::LinkType;
use crate::settings::Settings;
use crate::sink::Sink;
use cordon_model::Timestamp;

/// Observes one stream of frames in fixed memory.
pub struct Engine {
    settings: Settings,
    counters: Counters,
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(settings: Settings) -> Engine {
        Engine { settings, counters: Counters::new() }
    }

    /// Takes one frame. `packet` is its 1-based number in its input, `wire_len` its length before the
    /// capture cut it, `bytes` what was captured.
    pub fn frame<S: Sink>(
        &mut self,
        link: LinkType,
        at: Timestamp,
        packet: u64,
        wire_len: u32,
        bytes: &[u8],
        sink: &mut S,
    ) {
        let _ = (link, at, packet, bytes, sink, &self.settings);
        self.counters.packets += 1;
        self.counters.bytes += u64::from(wire_len);
    }

    /// Ends all conversations: reports what was not yet reported. The engine can go on afterwards, as if
    /// new but with its counters.
    pub fn finish<S: Sink>(&mut self, sink: &mut S) {
        let _ = sink;
    }

    /// What was counted since the start.
    pub fn health(&self) -> &Counters {
        &self.counters
    }
}
