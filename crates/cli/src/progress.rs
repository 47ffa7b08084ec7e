//! Progress on standard error while a person watches: bytes, packets a second, time left.

use crate::edge;
use cordon_app::Progress;
use indicatif::{HumanCount, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Shows progress on a terminal and nothing in a pipe.
pub(crate) struct Shown {
    bar: ProgressBar,
    clock: edge::Stopwatch,
    input: String,
}

impl Shown {
    pub(crate) fn new() -> Shown {
        let target = if edge::is_watched() {
            ProgressDrawTarget::stderr_with_hz(8)
        } else {
            ProgressDrawTarget::hidden()
        };
        Shown {
            bar: ProgressBar::with_draw_target(None, target),
            clock: edge::Stopwatch::start(),
            input: String::new(),
        }
    }

    fn style(&self, template: &str) {
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style);
        }
    }

    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Progress for Shown {
    fn reading(&mut self, input: &str, bytes: u64, total: Option<u64>, packets: u64) {
        if self.input != input {
            input.clone_into(&mut self.input);
            self.clock = edge::Stopwatch::start();
            self.bar.reset();
            match total {
                Some(total) => {
                    self.bar.set_length(total);
                    self.style("{prefix} {wide_bar} {bytes}/{total_bytes}  {msg}  {eta} left");
                }
                None => {
                    self.bar.unset_length();
                    self.style("{prefix} {spinner} {bytes}  {msg}");
                }
            }
            self.bar.set_prefix(input.to_owned());
        }
        let seconds = self.clock.elapsed().as_secs_f64().max(0.001);
        self.bar.set_position(bytes);
        self.bar.set_message(format!("{} packets/s", HumanCount((packets as f64 / seconds) as u64)));
    }

    fn stage(&mut self, words: &str) {
        self.input.clear();
        self.bar.reset();
        self.bar.unset_length();
        self.style("{spinner} {msg}");
        self.bar.set_message(words.to_owned());
        self.bar.tick();
    }

    fn warn(&mut self, words: &str) {
        self.bar.suspend(|| crate::output::words(&format!("warning: {words}")));
    }

    fn begun(&mut self, words: &str) {
        self.bar.suspend(|| crate::output::words(words));
    }
}
