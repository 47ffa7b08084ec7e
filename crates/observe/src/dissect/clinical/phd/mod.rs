//! Personal health devices (IEEE 11073-20601) over TCP: a device (the agent) associates with a collector (the
//! manager), describes its configuration and itself, and reports what it measures.
//!
//! A hub may speak for several devices, one connection each: everything said of a device stands under its
//! system identifier. Only devices that agreed on the medical device encoding rules can be read further than
//! their association; others are rare. Values of measurements are not read.

mod apdu;
mod device;

use crate::dissect::clinical::mder::{self, Reader};
use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use apdu::{Apdu, Service};
use cordon_model::observe::{EventKind, Fact, PatientDataKinds};

/// How much of an APDU is read: descriptions are shorter, and of long reports the beginning tells.
const APDU_BYTES_MAX: usize = 4 * 1024;
/// 20601 6.2: this data exchange protocol.
const PROTOCOL: u16 = 20601;
/// 20601 annex F: the encoding rules as a bit of a set.
const RULES_MDER: u16 = 0x8000;
/// The numeric code of a system identifier is 8 bytes (EUI-64).
const SYSTEM_BYTES: usize = 8;

const EVENT_CONFIGURATION: u16 = 3356;
const EVENT_REPORT_FIXED: u16 = 3357;
const EVENT_REPORT_VARIABLE: u16 = 3358;
const EVENT_SEGMENT: u16 = 3361;
/// The last of the scan reports, which follow one another.
const EVENT_REPORT_LAST: u16 = 3373;
const CLASS_WAVE: u16 = 9;
const ATTRIBUTE_TYPE: u16 = 2351;
const ATTRIBUTE_WAVE: u16 = 2632;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Phd {
    client: Half,
    server: Half,
    /// The device's system identifier, zero before it was told.
    system: [u8; SYSTEM_BYTES],
    /// Handle of the configuration's first wave, zero without one: object 0 is the device itself.
    wave: u16,
    /// They agreed on encoding rules that are not read.
    foreign: bool,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    /// Bytes of the present APDU still to be passed over.
    skip: usize,
    /// Looking for where an APDU begins.
    lost: bool,
}

impl StreamDissector for Phd {
    const STARTS: Starts = Starts::range(0xe2, 0xe7);
    const HELD_BYTES_MAX: usize = APDU_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        apdu::probe(head)
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while !rest.is_empty() {
            let half = self.half(side);
            if half.skip > 0 {
                let count = half.skip.min(rest.len());
                half.skip -= count;
                rest = rest.get(count..).unwrap_or_default();
                continue;
            }
            let Some(head) = rest.first_chunk::<{ apdu::HEAD }>() else { break };
            let Some(length) = apdu::length(*head) else {
                if !half.lost {
                    facts.malformed();
                }
                half.lost = true;
                rest = rest.get(1..).unwrap_or_default();
                continue;
            };
            let readable = length.min(APDU_BYTES_MAX);
            let Some((apdu, after)) = rest.split_at_checked(readable) else { break };
            half.lost = false;
            half.skip = length - readable;
            self.apdu(side, apdu, length > readable, facts);
            rest = after;
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        // A loss within what is passed over anyway loses nothing.
        match usize::try_from(missing) {
            Ok(missing) if half.skip >= missing => half.skip -= missing,
            _ => *half = Half { skip: 0, lost: true },
        }
        Step::Took(0)
    }
}

impl Phd {
    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Client => &mut self.client,
            Side::Server => &mut self.server,
        }
    }

    fn apdu(&mut self, side: Side, bytes: &[u8], cut: bool, facts: &mut dyn Facts) {
        let told = match Apdu::of(bytes, cut) {
            Some(Apdu::Request(body)) => self.requested(side, body, facts),
            Some(Apdu::Response(body)) => self.answered(side, body, facts),
            Some(Apdu::Abort(reason)) => {
                facts.event(side, EventKind::PhdAborted, apdu::abort_reason(reason));
                Some(())
            }
            Some(Apdu::Release) => Some(()),
            Some(Apdu::Data(..)) if self.foreign => Some(()),
            Some(Apdu::Data(Service::Event, body)) => self.event(side, body, facts),
            Some(Apdu::Data(Service::Got, body)) => self.got(side, body, facts),
            Some(Apdu::Data(Service::Other, _)) => Some(()),
            None if self.foreign => Some(()),
            None => None,
        };
        if told.is_none() {
            facts.malformed();
        }
    }

    /// An association request (20601 6.3): which protocols the agent offers, and for this one who it is.
    fn requested(&mut self, side: Side, mut body: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
        *self = Phd { client: self.client, server: self.server, ..Phd::default() };
        let _version = body.u32()?;
        let (count, mut list) = body.list()?;
        for _ in 0..count {
            let (protocol, information) = (list.u16()?, list.octets()?);
            if protocol != PROTOCOL {
                continue;
            }
            let information = Information::of(information)?;
            self.learn_system(side, information.system, facts);
            self.configuration(side, information.configuration, facts);
        }
        Some(())
    }

    /// The answer to it: result, and for the protocol that was chosen who the manager is.
    fn answered(&mut self, side: Side, mut body: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
        if let Some(reason) = apdu::rejection(body.u16()?) {
            facts.event(side, EventKind::PhdRejected, reason);
        }
        let (protocol, information) = (body.u16()?, body.octets()?);
        if protocol == PROTOCOL && !information.is_empty() {
            let information = Information::of(information)?;
            self.foreign = information.rules & RULES_MDER == 0;
            if let Some(text) = mder::identifier(information.system) {
                facts.fact(side, Fact::PhdManagerId, text.bytes());
            }
        }
        Some(())
    }

    /// An event report (20601 A.10.3): handle, time, kind, what happened.
    fn event(&mut self, side: Side, mut body: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
        let (_handle, _time, kind) = (body.u16()?, body.u32()?, body.u16()?);
        let length = usize::from(body.u16()?).min(body.len());
        let mut information = Reader(body.take(length)?);
        match kind {
            EVENT_CONFIGURATION => self.configured(side, information, facts),
            EVENT_SEGMENT => {
                facts.patient_data(PatientDataKinds::RESULT);
                Some(())
            }
            EVENT_REPORT_FIXED..=EVENT_REPORT_LAST => {
                // Request and number of the report, then its observations.
                information.u32()?;
                let (count, observations) = information.list()?;
                if count > 0 {
                    facts.patient_data(PatientDataKinds::RESULT);
                }
                if self.holds_wave(kind, observations) {
                    facts.patient_data(PatientDataKinds::WAVEFORM);
                }
                Some(())
            }
            _ => Some(()),
        }
    }

    /// True when a scan report says so, or the configuration said so of one of its objects. Reports of
    /// several persons and of scanners are not taken apart.
    fn holds_wave(&self, kind: u16, mut observations: Reader<'_>) -> bool {
        while let Some(handle) = observations.u16() {
            let wave = match kind {
                EVENT_REPORT_VARIABLE => observations
                    .attributes()
                    .is_some_and(|mut attributes| attributes.any(|(id, _)| id == ATTRIBUTE_WAVE)),
                EVENT_REPORT_FIXED => {
                    observations.octets().is_some() && self.wave != 0 && handle == self.wave
                }
                _ => return false,
            };
            if wave {
                return true;
            }
        }
        false
    }

    /// A configuration (20601 A.11.5): its number and the objects it is made of.
    fn configured(&mut self, side: Side, mut report: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
        self.configuration(side, report.u16()?, facts);
        let (count, mut objects) = report.list()?;
        for _ in 0..count {
            // A long one is read as far as it is held.
            let (Some(class), Some(handle), Some(attributes)) =
                (objects.u16(), objects.u16(), objects.attributes())
            else {
                return Some(());
            };
            if class == CLASS_WAVE && self.wave == 0 {
                self.wave = handle;
            }
            for (_, value) in attributes.filter(|(id, _)| *id == ATTRIBUTE_TYPE) {
                device::measures(side, &self.system, value, facts);
            }
        }
        Some(())
    }

    /// What a get of the device's own object answered.
    fn got(&mut self, side: Side, mut body: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
        if body.u16()? != 0 {
            return Some(());
        }
        let attributes = body.attributes()?;
        for (_, value) in attributes.filter(|(id, _)| *id == mder::ATTRIBUTE_SYSTEM) {
            self.learn_system(side, Reader(value).octets()?, facts);
        }
        for (id, value) in attributes {
            device::attribute(side, &self.system, id, value, facts);
        }
        Some(())
    }

    fn learn_system(&mut self, side: Side, system: &[u8], facts: &mut dyn Facts) {
        if let (Some(text), Ok(system)) = (mder::identifier(system), system.try_into()) {
            self.system = system;
            facts.fact(side, Fact::PhdSystemId, text.bytes());
        }
    }

    fn configuration(&self, side: Side, number: u16, facts: &mut dyn Facts) {
        device::configuration(side, &self.system, number, facts);
    }
}

/// Association information (20601 A.8), as far as it is read.
struct Information<'a> {
    rules: u16,
    system: &'a [u8],
    configuration: u16,
}

impl<'a> Information<'a> {
    fn of(bytes: &'a [u8]) -> Option<Information<'a>> {
        let mut reader = Reader(bytes);
        let _protocol_version = reader.u32()?;
        let rules = reader.u16()?;
        // Nomenclature version, functional units, kind of system.
        reader.take(12)?;
        Some(Information { rules, system: reader.octets()?, configuration: reader.u16()? })
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests;
