//! Lines of text that Masimo pulse oximeters send every second on their serial port (format ASCII 1):
//! `03/19/16 13:37:12 SN=0000093112 SPO2=098% BPM=072 … ALARM=0000 EXC=000000`. Sources: Masimo Radical-7
//! and Rad-8 operator's manuals, serial interface; collectors that read it.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{Fact, PatientDataKinds};

/// The longest line.
const LINE_BYTES_MAX: usize = 512;
/// How a line begins: digits stand for digits.
const SHAPE: &[u8] = b"00/00/00 00:00:00 SN=0000000000 SPO2=";
/// Where the serial number stands in it.
const SERIAL: std::ops::Range<usize> = 21..31;

/// Nothing needs to be remembered but whether a line is too long.
#[derive(Clone, Copy, Debug, Default)]
pub struct Masimo {
    /// Passing over the rest of a line, by side: client, server.
    skip: [bool; 2],
}

impl StreamDissector for Masimo {
    const STARTS: Starts = Starts::range(b'0', b'9').or(Starts::of(b"\r\n"));
    const HELD_BYTES_MAX: usize = LINE_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let line = after_breaks(head);
        match (begins(line), line.len() >= SHAPE.len()) {
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
            let window = rest.get(..LINE_BYTES_MAX).unwrap_or(rest);
            let Some(end) = window.iter().position(|byte| matches!(byte, b'\r' | b'\n')) else {
                if window.len() < LINE_BYTES_MAX {
                    return Step::Took(bytes.len() - rest.len());
                }
                if !*skip {
                    facts.malformed();
                }
                *skip = true;
                rest = rest.get(LINE_BYTES_MAX..).unwrap_or_default();
                continue;
            };
            let line = rest.get(..end).unwrap_or_default();
            if !std::mem::take(skip) && !line.is_empty() {
                read(side, line, facts);
            }
            rest = rest.get(end + 1..).unwrap_or_default();
        }
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let [client, server] = &mut self.skip;
        *(if side == Side::Client { client } else { server }) = true;
        Step::Took(0)
    }
}

fn after_breaks(head: &[u8]) -> &[u8] {
    let start = head.iter().take(4).take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    head.get(start..).unwrap_or_default()
}

/// True as far as the line goes.
fn begins(line: &[u8]) -> bool {
    let fits = |(byte, shape): (&u8, &u8)| if *shape == b'0' { byte.is_ascii_digit() } else { byte == shape };
    line.iter().zip(SHAPE).all(fits)
}

fn read(side: Side, line: &[u8], facts: &mut dyn Facts) {
    let Some(serial) = line.get(SERIAL).filter(|_| line.len() >= SHAPE.len() && begins(line)) else {
        // Other output formats share the port.
        return;
    };
    facts.fact_of(side, serial, Fact::MasimoSerial, serial);
    for field in line.get(SERIAL.end..).unwrap_or_default().split(|&byte| byte == b' ') {
        let mut parts = field.splitn(2, |&byte| byte == b'=');
        let (name, value) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        match name {
            // Dashes stand for what is not measured.
            b"SPO2" | b"BPM" if value.iter().any(u8::is_ascii_digit) => {
                facts.patient_data(PatientDataKinds::RESULT);
            }
            b"ALARM" => facts.fact_of(side, serial, Fact::MasimoAlarms, b"reported"),
            _ => {}
        }
    }
}
