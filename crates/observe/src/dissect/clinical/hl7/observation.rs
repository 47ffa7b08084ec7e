//! Observations in the containment that IHE DEC takes from ISO/IEEE 11073-10201: a medical device system,
//! its virtual devices, channels and metrics, each an OBX; and what some of them say of the equipment.

use super::STATUS;
use super::devices::{Devices, Instance};
use super::fields::Segment;
use super::header::Message;
use crate::dissect::date::is_date;
use crate::dissect::{Facts, Side};
use cordon_model::observe::{FACT_BYTES_MAX, Fact};

/// The longest reference identifier of a device type that is told.
const REFERENCE_BYTES_MAX: usize = 64;

/// A date with its day.
const DAY_BYTES: usize = 8;

/// What OBX-3 says an observation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// A device of this kind is described (partition 1 of the nomenclature, `MDC_DEV_…`).
    Device,
    /// OBX-5 states this of the system.
    States(Fact),
    /// OBX-5 holds model and maker together.
    Model,
    /// OBX-5 is the system's identifier.
    Identifier,
    /// Anything else.
    Other,
}

/// Where in the containment an observation stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    /// The medical device system itself: `1.0.0.0`, or `1` alone.
    System,
    /// A virtual medical device itself: `1.2.0.0`.
    Virtual,
    /// A channel, a metric, or what belongs to one.
    Within,
}

/// Reads OBX-4: the system's number, zero where the field is no such path, and the level.
fn place(path: &[u8]) -> (u32, Level) {
    let mut numbers = [0_u32; 6];
    let mut count = 0;
    for part in path.split(|&byte| byte == b'.') {
        let digits = part.iter().all(u8::is_ascii_digit) && (1..=9).contains(&part.len());
        let Some(place) = numbers.get_mut(count).filter(|_| digits) else { return (0, Level::Within) };
        *place = part.iter().fold(0, |number, digit| number * 10 + u32::from(digit - b'0'));
        count += 1;
    }
    let [system, virtual_device, rest @ ..] = numbers;
    let level = match (virtual_device, rest.iter().all(|&number| number == 0)) {
        (0, true) => Level::System,
        (_, true) if count > 2 => Level::Virtual,
        _ => Level::Within,
    };
    (system, level)
}

/// The reference identifier in OBX-3: text of its first or second component.
pub(super) fn reference<'a>(segment: Segment<'a>) -> &'a [u8] {
    let parts = [segment.component(3, 1), segment.component(3, 0)];
    parts.into_iter().find(|part| part.starts_with(b"MDC")).unwrap_or_default()
}

/// By code where it is of the nomenclature (ISO/IEEE 11073-10101, context-free), else by reference
/// identifier.
fn meaning(segment: Segment<'_>) -> Meaning {
    let reference = reference(segment);
    let code: &[u8] = if segment.component(3, 2) == b"MDC" { segment.component(3, 0) } else { b"" };
    match (code, reference) {
        (b"531969", _) | (_, b"MDC_ID_MODEL_NUMBER") => Meaning::States(Fact::Hl7DeviceModel),
        (b"531970", _) | (_, b"MDC_ID_MODEL_MANUFACTURER") => Meaning::States(Fact::Hl7DeviceManufacturer),
        (b"531972", _) | (_, b"MDC_ID_PROD_SPEC_SERIAL") => Meaning::States(Fact::Hl7DeviceSerial),
        (b"531973", _) | (_, b"MDC_ID_PROD_SPEC_PART") => Meaning::States(Fact::Hl7DevicePart),
        (b"531974", _) | (_, b"MDC_ID_PROD_SPEC_HW") => Meaning::States(Fact::Hl7DeviceHardware),
        (b"531975", _) | (_, b"MDC_ID_PROD_SPEC_SW") => Meaning::States(Fact::Hl7DeviceSoftware),
        (b"531976", _) | (_, b"MDC_ID_PROD_SPEC_FW") => Meaning::States(Fact::Hl7DeviceFirmware),
        (b"68218", _)
        | (b"532352", _)
        | (_, b"MDC_REG_CERT_DATA_AUTH_BODY" | b"MDC_REG_CERT_DATA_CONTINUA_VERSION") => {
            Meaning::States(Fact::Hl7DeviceCertification)
        }
        (_, b"MDC_NCC_WIRELESS_MAC") => Meaning::States(Fact::Hl7DeviceMac),
        (_, b"MDC_NCC_WIRELESS_DEVICE_IPV4_ADDR") => Meaning::States(Fact::Hl7DeviceAddress),
        (b"67880", _) | (_, b"MDC_ATTR_ID_MODEL") => Meaning::Model,
        (b"67972", _) | (_, b"MDC_ATTR_SYS_ID") => Meaning::Identifier,
        (_, [b'M', b'D', b'C', b'_', b'D', b'E', b'V', b'_', ..]) => Meaning::Device,
        _ => Meaning::Other,
    }
}

/// True for an OBX that speaks of the equipment alone, so that its value is no patient's.
pub(super) fn is_of_equipment(segment: Segment<'_>) -> bool {
    const PREFIXES: [&[u8]; 6] = [b"MDC_DEV_", b"MDC_ID_", b"MDC_REG_", b"MDC_NCC_", b"MDC_MOC_", b"MDCX_"];
    let reference = reference(segment);
    PREFIXES.iter().any(|prefix| reference.starts_with(prefix))
        || (reference.starts_with(b"MDC_ATTR_") && !reference.starts_with(b"MDC_ATTR_PT_"))
        || meaning(segment) != Meaning::Other
}

/// True when a field of OBX may hold this: where separators were lost or doubled, values stand in fields that are
/// not theirs. With a `bare` status (OBX-11) nothing but the time comes before the equipment.
pub(super) fn may_hold(field: u16, value: &[u8], bare: bool) -> bool {
    let fits = |most, suits: fn(&u8) -> bool| value.len() <= most && value.iter().all(suits);
    match field {
        1 => fits(6, u8::is_ascii_digit),
        2 => fits(3, u8::is_ascii_uppercase),
        11 => fits(2, u8::is_ascii_uppercase),
        12 | 13 => value.is_empty() || !bare,
        15..=17 => value.is_empty() || !(bare || (value.len() >= DAY_BYTES && is_date(value))),
        14 | 19 => fits(32, |byte| byte.is_ascii_digit() || b"+-.:/T ".contains(byte)),
        _ => true,
    }
}

/// True when an OBX holds together up to what it says of its equipment.
fn is_sound(segment: Segment<'_>) -> bool {
    let bare = segment.field(STATUS).is_empty();
    // An identifier of a device behind its place has shifted.
    if (20..=22).any(|field| segment.component(field, 3) == b"EUI-64") {
        return false;
    }
    segment.fields().take_while(|(field, _)| *field < 20).all(|(field, value)| may_hold(field, value, bare))
}

/// True for what an implant reports of itself (IHE IDCO): it is a patient's.
fn is_of_implant(segment: Segment<'_>) -> bool {
    reference(segment).starts_with(b"MDC_IDC_")
}

impl Devices {
    /// Reads one OBX: which equipment it comes from, and what it says of it.
    pub(super) fn observation(
        &mut self,
        message: &Message,
        side: Side,
        segment: Segment<'_>,
        facts: &mut dyn Facts,
    ) {
        if !is_sound(segment) || is_of_implant(segment) {
            return;
        }
        let meaning = meaning(segment);
        let (number, level) = place(segment.component(4, 0));
        let begins = meaning == Meaning::Device && level == Level::System;
        if begins || (number != 0 && number != self.number()) {
            self.begin(side, number, facts);
        }
        let equipment = segment.field(18);
        let instance = self.equipment(message, side, equipment, facts);
        let value = value(segment);
        let mut buffer = [0; FACT_BYTES_MAX];
        match (meaning, instance) {
            (Meaning::Device, Some(device)) if level != Level::System => {
                // A module with an identifier of its own.
                device.tell(side, Fact::Hl7DeviceType, device_type(segment), facts);
                return;
            }
            (_, Some(device)) => {
                if number == 0 {
                    self.begin(side, 0, facts);
                }
                if !self.is_named() && level != Level::Virtual {
                    self.adopt(message, side, device, facts);
                }
            }
            (Meaning::Identifier, None) => {
                let whole = segment.field(5);
                let instance = Instance::new(message, whole);
                if !whole.is_empty() && self.is_named() {
                    // The identifier is a further one of a system that OBX-18 has named.
                    let entity = message.separators.component(whole, 0);
                    let entity = message.text(entity, &mut buffer);
                    self.of_system(side, Fact::Hl7DeviceIdentifier, entity, facts);
                } else if !whole.is_empty() {
                    let device = self.identify(message, side, &instance, facts);
                    self.adopt(message, side, device, facts);
                }
            }
            _ => {}
        }
        match meaning {
            Meaning::Device if level == Level::System => {
                self.of_system(side, Fact::Hl7DeviceType, device_type(segment), facts);
            }
            Meaning::States(fact) if !value.is_empty() => {
                self.of_system(side, fact, message.text(value, &mut buffer), facts);
            }
            Meaning::Model => self.model(side, message.text(value, &mut buffer), facts),
            _ => {}
        }
    }

    /// Model and maker, as `manufacturer=… model=…` or the model alone.
    fn model(&mut self, side: Side, value: &[u8], facts: &mut dyn Facts) {
        const MAKER: &[u8] = b"manufacturer=";
        const MODEL: &[u8] = b"model=";
        if let Some(rest) = value.strip_prefix(MAKER)
            && let Some(at) = rest.windows(MODEL.len()).position(|part| part == MODEL)
        {
            let (maker, model) = rest.split_at(at);
            let maker = maker.trim_ascii_end();
            if !maker.is_empty() {
                self.of_system(side, Fact::Hl7DeviceManufacturer, maker, facts);
            }
            let model = model.get(MODEL.len()..).unwrap_or_default().trim_ascii();
            if !model.is_empty() {
                self.of_system(side, Fact::Hl7DeviceModel, model, facts);
            }
        } else if !value.is_empty() {
            self.of_system(side, Fact::Hl7DeviceModel, value, facts);
        }
    }
}

/// The reference identifier of a device's kind; none where it is no such word.
fn device_type<'a>(segment: Segment<'a>) -> &'a [u8] {
    let reference = reference(segment);
    let suits = |byte: &u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || *byte == b'_';
    let fits = reference.len() <= REFERENCE_BYTES_MAX && reference.iter().all(suits);
    if fits { reference } else { b"" }
}

/// OBX-5 as text: of a coded value its text, where there is one.
fn value<'a>(segment: Segment<'a>) -> &'a [u8] {
    match (segment.field(2), segment.component(5, 1)) {
        (b"CWE" | b"CE" | b"CNE", text @ [_, ..]) => text,
        _ => segment.component(5, 0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_paths_of_numbers() {
        for (path, expected) in [
            (&b"1.0.0.0"[..], (1, Level::System)),
            (b"1", (1, Level::System)),
            (b"2.1.0.0", (2, Level::Virtual)),
            (b"1.2.1.0", (1, Level::Within)),
            (b"1.0.0.3", (1, Level::Within)),
            (b"1.1.0.0.1", (1, Level::Within)),
            (b"1.1", (1, Level::Within)),
            (b"", (0, Level::Within)),
            (b"LOC", (0, Level::Within)),
            (b"1.x.0.0", (0, Level::Within)),
            (b"1.2.3.4.5.6.7", (0, Level::Within)),
            (b"12345678901.0.0.0", (0, Level::Within)),
        ] {
            assert_eq!(place(path), expected, "{}", String::from_utf8_lossy(path));
        }
    }
}
