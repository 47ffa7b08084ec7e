//! Files of other tools: whatever they hold, reading ends, and what is told is clean and bounded.

use cordon_intake::{Format, Taken, read, recognise, rejected_csv};
use cordon_model::observe::{FACT_BYTES_MAX, Flow, Seen, SeenEvent, Sink};
use std::fmt::Write as _;

/// What is told, written down and checked.
#[derive(Default, PartialEq, Eq)]
struct Told {
    text: String,
    lines: usize,
}

const LINES_MAX: usize = 10_000;

impl Told {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        self.lines += 1;
        if self.lines <= LINES_MAX {
            let _ = writeln!(self.text, "{line}");
        }
    }
}

fn is_clean(value: &str) -> bool {
    value.len() <= FACT_BYTES_MAX && value.trim() == value && !value.chars().any(char::is_control)
}

impl Sink for Told {
    fn fact(&mut self, seen: Seen<'_>) {
        assert!(is_clean(seen.value) && !seen.endpoint.is_nowhere(), "{seen:?}");
        self.line(format_args!("{seen:?}"));
    }

    fn flow(&mut self, flow: &Flow) {
        assert!(flow.first <= flow.last, "{flow:?}");
        self.line(format_args!("{flow:?}"));
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        assert!(event.detail.len() <= FACT_BYTES_MAX, "{event:?}");
        self.line(format_args!("{event:?}"));
    }
}

/// Reads the input as one of these kinds of files, chosen by its first byte, and as whatever it is recognised
/// for; twice, with the same outcome.
pub fn file(formats: &[Format], data: &[u8]) {
    let Some((choice, data)) = data.split_first() else { return };
    let chosen = formats[usize::from(*choice) % formats.len()];
    one(chosen, data);
    if let Some(recognised) = recognise(data, &[])
        && recognised != chosen
    {
        one(recognised, data);
    }
}

fn one(format: Format, data: &[u8]) {
    let (told, taken) = reading(format, data);
    let (again, _) = reading(format, data);
    assert!(told == again, "reading twice gives one outcome");
    let csv = rejected_csv(&taken.rejected);
    assert!(!csv.contains("\n\"=") && !csv.contains(",\"="));
    for sighting in taken.batch.iter().flat_map(|batch| &batch.sightings) {
        assert!(is_clean(&sighting.value) && !sighting.value.is_empty(), "{sighting:?}");
    }
}

fn reading(format: Format, data: &[u8]) -> (Told, Taken) {
    let mut told = Told::default();
    let mut reader = data;
    let taken = read(format, "fuzz", &mut reader, &[], &mut told);
    (told, taken)
}
