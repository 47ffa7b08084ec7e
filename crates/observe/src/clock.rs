//! Capture time as an engine follows it: it goes forward with the frames, and back only with another recording.

use crate::conversations::WENT_BACK_MICROS;
use cordon_model::Timestamp;

const TICK_MICROS: i64 = 1_000_000;

/// The latest time seen, and when to look again at what has been idle too long: about once a second. Engines
/// that share a stream of frames keep to the same seconds when they are told of the steps that count.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// In microseconds.
    latest: i64,
    next_tick: i64,
}

/// What a frame's time does to the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Time went back by more than a few minutes: another recording began, and the clock follows it.
    pub went_back: bool,
    /// It is time to end what has been idle too long.
    pub ticks: bool,
}

impl Default for Clock {
    fn default() -> Clock {
        Clock { latest: i64::MIN, next_tick: i64::MIN }
    }
}

impl Clock {
    /// Goes on to the time of a frame.
    #[inline]
    pub fn step(&mut self, at: Timestamp) -> Step {
        let now = at.micros();
        let went_back = now < self.latest.saturating_sub(WENT_BACK_MICROS);
        if went_back {
            (self.latest, self.next_tick) = (now, now);
        }
        self.latest = self.latest.max(now);
        let ticks = self.latest >= self.next_tick;
        if ticks {
            self.next_tick = self.latest.saturating_add(TICK_MICROS);
        }
        Step { went_back, ticks }
    }

    /// The latest time.
    pub fn latest(&self) -> Timestamp {
        Timestamp::from_micros(self.latest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_goes_forward_and_back_only_far() {
        let mut clock = Clock::default();
        let mut step = |micros: i64| {
            let Step { went_back, ticks } = clock.step(Timestamp::from_micros(micros));
            (went_back, ticks, clock.latest().micros())
        };
        let start = 1_700_000_000_000_000;
        assert_eq!(step(start), (false, true, start));
        assert_eq!(step(start + 999_999), (false, false, start + 999_999));
        assert_eq!(step(start - 300_000_000 + 999_999), (false, false, start + 999_999));
        assert_eq!(step(start + 1_000_000), (false, true, start + 1_000_000));
        assert_eq!(step(start + 1_999_999), (false, false, start + 1_999_999));
        let before = start + 1_999_998 - 300_000_000;
        assert_eq!(step(before), (true, true, before));
        assert_eq!(step(before + 1_000_001), (false, true, before + 1_000_001));
    }
}
