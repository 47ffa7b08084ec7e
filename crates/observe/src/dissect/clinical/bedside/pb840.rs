//! Reports of Puritan Bennett 840 ventilators, asked for with SNDA on their serial port:
//! `MISCA,706,97,<STX>14:47 ,840 3510053249    ,…<ETX><CR>`. Source: Puritan Bennett 800 Series Ventilator
//! System operator's manual, appendix on remote alarm and RS-232 ports; collectors that read it.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{Fact, PatientDataKinds};

const CR: u8 = 0x0d;
/// How a report begins; digits stand for digits: its length, its number of fields, then time and identity.
const SHAPE: &[u8] = b"MISCA,000,00,\x0200:00 ,";
/// Model, blank, serial number, blanks.
const IDENTITY_BYTES: usize = 18;
const START_BYTES: usize = SHAPE.len() + IDENTITY_BYTES;

/// Nothing needs to be remembered but that the present report was read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pb840 {
    /// Passing over the rest of a report, by side: client, server.
    skip: [bool; 2],
}

impl StreamDissector for Pb840 {
    const STARTS: Starts = Starts::of(b"MS");
    const HELD_BYTES_MAX: usize = START_BYTES;

    fn probe(head: &[u8], _port: u16) -> Probe {
        // What asks for reports is too short to be sure of.
        if b"SNDA\r".starts_with(head) || head.starts_with(b"SNDA\r") {
            return Probe::Unsure;
        }
        match (begins(head), head.len() >= SHAPE.len()) {
            (false, _) => Probe::No,
            (true, false) => Probe::Unsure,
            (true, true) => Probe::Certain(Side::Server),
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let [client, server] = &mut self.skip;
        let skip = if side == Side::Client { client } else { server };
        let mut rest = bytes;
        loop {
            if *skip {
                let Some(end) = memchr::memchr(CR, rest) else { return Step::Took(bytes.len()) };
                *skip = false;
                rest = rest.get(end + 1..).unwrap_or_default();
            } else if rest.is_empty() {
                return Step::Took(bytes.len());
            } else if !begins(rest) {
                *skip = true;
            } else if let Some(start) = rest.get(..START_BYTES) {
                read(side, start, facts);
                *skip = true;
            } else {
                return Step::Took(bytes.len() - rest.len());
            }
        }
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let [client, server] = &mut self.skip;
        *(if side == Side::Client { client } else { server }) = true;
        Step::Took(0)
    }
}

/// True as far as the bytes go.
fn begins(bytes: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    bytes.iter().zip(SHAPE).all(fits)
}

fn read(side: Side, start: &[u8], facts: &mut dyn Facts) {
    let identity = start.get(SHAPE.len()..).unwrap_or_default();
    let mut words = identity.split(|&byte| byte == b' ').filter(|word| !word.is_empty());
    let (Some(model), Some(serial), None) = (words.next(), words.next(), words.next()) else {
        return facts.malformed();
    };
    let names = [model, serial];
    if !names.iter().all(|name| name.iter().all(u8::is_ascii_alphanumeric)) {
        return facts.malformed();
    }
    facts.fact_of(side, serial, Fact::Pb840Model, model);
    facts.fact_of(side, serial, Fact::Pb840Serial, serial);
    // Every report holds settings, measured values and the state of the alarms.
    facts.fact_of(side, serial, Fact::Pb840Alarms, b"reported");
    facts.patient_data(PatientDataKinds::RESULT);
}
