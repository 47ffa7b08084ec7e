//! Waiting for other programs: the one place of the lab with a clock.

use std::time::{Duration, Instant};

const PAUSE: Duration = Duration::from_millis(20);

/// Tells how long something took.
pub(crate) struct Watch(Instant);

impl Watch {
    #[expect(clippy::disallowed_methods, reason = "other programs take real time")]
    pub(crate) fn start() -> Watch {
        Watch(Instant::now())
    }

    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

/// Asks until the answer is `Some` or the time is over.
#[expect(clippy::disallowed_methods, reason = "other programs take real time")]
pub(crate) fn until<T>(limit: Duration, mut ask: impl FnMut() -> Option<T>) -> Option<T> {
    let start = Instant::now();
    loop {
        if let Some(answer) = ask() {
            return Some(answer);
        }
        if start.elapsed() > limit {
            return None;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Waits until a measure has not changed for `quiet`, at most for `limit`.
pub(crate) fn until_steady(quiet: Duration, limit: Duration, mut measure: impl FnMut() -> u64) {
    let mut last = measure();
    let mut same = Duration::ZERO;
    until(limit, || {
        let now = measure();
        same = if now == last { same + PAUSE } else { Duration::ZERO };
        last = now;
        (same >= quiet).then_some(())
    });
}
