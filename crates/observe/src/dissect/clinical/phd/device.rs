//! What a personal health device says of itself: its configuration and the attributes of its own object
//! (20601 6.3.2 and annex A; codes of IEEE 11073-10101 and of the device specialisations).

use crate::dissect::arp::Text;
use crate::dissect::clinical::mder::{self, Reader, Specified};
use crate::dissect::{Facts, Side};
use cordon_model::observe::Fact;
use std::fmt::Write as _;

const CONFIGURATION: u16 = 2628;
const SPECIALIZATIONS: u16 = 2650;
/// Configuration of an association's answer, where the manager has none (20601 A.8).
const CONFIGURATION_NONE: u16 = 0;

/// Tells an attribute of the device with this system identifier.
pub(super) fn attribute(side: Side, system: &[u8], id: u16, value: &[u8], facts: &mut dyn Facts) {
    let mut reader = Reader(value);
    match id {
        mder::ATTRIBUTE_MODEL => match mder::model(value) {
            Some((maker, model)) => {
                tell(side, system, Fact::PhdManufacturer, maker, facts);
                tell(side, system, Fact::PhdModel, model, facts);
            }
            None => facts.malformed(),
        },
        mder::ATTRIBUTE_SPECIFICATION => {
            for (specified, _component, text) in mder::specification(value) {
                let fact = match specified {
                    Specified::Serial => Fact::PhdSerial,
                    Specified::Part => Fact::PhdPartNumber,
                    Specified::Hardware => Fact::PhdHardware,
                    Specified::Software => Fact::PhdSoftware,
                    Specified::Firmware => Fact::PhdFirmware,
                };
                tell(side, system, fact, text, facts);
            }
        }
        CONFIGURATION => {
            if let Some(number) = reader.u16() {
                configuration(side, system, number, facts);
            }
        }
        SPECIALIZATIONS => {
            let (count, mut list) = reader.list().unwrap_or((0, reader));
            for _ in 0..count {
                let (Some(code), Some(_version)) = (list.u16(), list.u16()) else { return };
                specialization(side, system, code, facts);
            }
        }
        _ => {}
    }
}

/// Tells a configuration's number and, for the standard ones of known standards, the kind of device it
/// stands for: each specialisation 104xx owns the hundred numbers from xx00 (11073-10404, -10407, -10408,
/// -10415, -10417).
pub(super) fn configuration(side: Side, system: &[u8], number: u16, facts: &mut dyn Facts) {
    if number == CONFIGURATION_NONE {
        return;
    }
    let mut text = Text::default();
    let _ = write!(text, "{number}");
    tell(side, system, Fact::PhdConfiguration, text.bytes(), facts);
    let code = match number / 100 {
        4 => 4100,
        7 => 4103,
        8 => 4104,
        15 => 4111,
        17 => 4113,
        _ => return,
    };
    specialization(side, system, code, facts);
}

/// Tells the type of an object the device measures: partition and code.
pub(super) fn measures(side: Side, system: &[u8], value: &[u8], facts: &mut dyn Facts) {
    let mut reader = Reader(value);
    if let (Some(partition), Some(code)) = (reader.u16(), reader.u16()) {
        let mut text = Text::default();
        let _ = write!(text, "{partition}:{code}");
        tell(side, system, Fact::PhdMeasures, text.bytes(), facts);
    }
}

fn specialization(side: Side, system: &[u8], code: u16, facts: &mut dyn Facts) {
    let mut text = Text::default();
    match standard(code) {
        Some(number) => _ = write!(text, "11073-{number}"),
        None => _ = write!(text, "8:{code}"),
    }
    tell(side, system, Fact::PhdSpecialization, text.bytes(), facts);
}

/// The standard of a device specialisation, by its code in the infrastructure partition (IEEE 11073-10101,
/// MDC_DEV_SPEC_PROFILE_…).
fn standard(code: u16) -> Option<u16> {
    Some(match code {
        4100 => 10404,
        4102 => 10406,
        4103 => 10407,
        4104 => 10408,
        4109 => 10413,
        4111 => 10415,
        4113 => 10417,
        4114 => 10418,
        4115 => 10419,
        4116 => 10420,
        4117 => 10421,
        4118 => 10422,
        4120 => 10424,
        4121 => 10425,
        4124 => 10427,
        4137 => 10441,
        4138 => 10442,
        4167 => 10471,
        4168 => 10472,
        _ => return None,
    })
}

/// Tells a fact of the device; without an identifier there is nothing it could be told of.
fn tell(side: Side, system: &[u8], fact: Fact, value: &[u8], facts: &mut dyn Facts) {
    if let Some(record) = mder::identifier(system) {
        facts.fact_of(side, record.bytes(), fact, value);
    }
}
