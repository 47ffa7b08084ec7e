//! Remote operations of the data export protocol and the objects they are about (the guide, pages 42 to 64
//! and 75 to 111): the monitor itself, what it measures, its alarms, its patient.

use crate::dissect::arp::Text;
use crate::dissect::clinical::mder::{self, Reader, Specified};
use crate::dissect::{Facts, Side, StationFacts};
use cordon_model::Mac;
use cordon_model::observe::{EventKind, Fact, PatientDataKinds};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

const CLASS_SYSTEM: u16 = 33;
const CLASS_ANNOUNCING_SYSTEM: u16 = 35;
const CLASS_PATIENT: u16 = 42;
const EVENT_CREATED: u16 = 0x0d06;
const EVENT_CONNECT: u16 = 0x0d17;
const ACTION_POLL: u16 = 0x0c16;
const ACTION_POLL_EXTENDED: u16 = 0xf13b;
const PARTITION_OBJECTS: u16 = 1;

const PATIENT_ALARMS: u16 = 0x0902;
const TECHNICAL_ALARMS: u16 = 0x0904;
const LOCALIZATION: u16 = 0x0937;
const MODE: u16 = 0x0946;
const NUMERICS: u16 = 0x094b;
const NUMERIC: u16 = 0x0950;
const PATIENT_BIRTH_DATE: u16 = 0x0958;
const PATIENT_IDENTIFIER: u16 = 0x095a;
const PATIENT_FAMILY_NAME: u16 = 0x095c;
const PATIENT_GIVEN_NAME: u16 = 0x095d;
const PATIENT_MIDDLE_NAME: u16 = 0x095f;
const WAVES: u16 = 0x0967;
const WAVE: u16 = 0x096e;
const SYSTEM_SUPPORT: u16 = 0x0985;
const SYSTEM_TYPE: u16 = 0x0986;
const ENUMERATION: u16 = 0x099e;
const ADDRESS: u16 = 0xf100;
const PROTOCOLS: u16 = 0xf101;
/// Entry of the system specification that lists object classes (NOM_MDIB_OBJ_SUPPORT).
const OBJECT_SUPPORT: u16 = 0x0102;

/// Components a production specification speaks of (the guide, page 96).
const COMPONENT_PRODUCT: u16 = 0x08;
const COMPONENT_SOFTWARE: u16 = 0x58;

/// States that make a measurement no patient's: invalid, unavailable, calibrating, test, demonstration
/// (MeasurementState, the guide, page 76).
const NOT_MEASURED: u16 = 0xbc00;

/// What kind of remote operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Invoke,
    Result,
    /// One of several results.
    Linked,
    Error,
}

/// A remote operation whose lengths agree.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'a> {
    phase: Phase,
    /// The command, or the error's number.
    command: u16,
    body: Reader<'a>,
}

impl<'a> Operation<'a> {
    /// Reads the two headers (the guide, pages 42 to 45); `None` unless both lengths reach to the end.
    pub(super) fn of(mut reader: Reader<'a>, cut: bool) -> Option<Operation<'a>> {
        let phase = match reader.u16()? {
            1 => Phase::Invoke,
            2 => Phase::Result,
            3 => Phase::Error,
            5 => Phase::Linked,
            _ => return None,
        };
        let fits =
            |length: u16, rest: usize| usize::from(length) == rest || (cut && usize::from(length) > rest);
        let length = reader.u16()?;
        if !fits(length, reader.len()) {
            return None;
        }
        if phase == Phase::Linked {
            // Which of the linked results this is.
            reader.u16()?;
        }
        let _invoke = reader.u16()?;
        let command = reader.u16()?;
        let length = reader.u16()?;
        let known = match phase {
            Phase::Error => command <= 255,
            _ => matches!(command, 0 | 1 | 3 | 4 | 5 | 7),
        };
        (known && fits(length, reader.len())).then_some(Operation { phase, command, body: reader })
    }

    /// True for a connect indication.
    pub(super) fn is_announcement(&self) -> bool {
        let mut body = self.body;
        self.phase == Phase::Invoke
            && self.command == 0
            && body.u16() == Some(CLASS_ANNOUNCING_SYSTEM)
            && body.take(8).is_some()
            && body.u16() == Some(EVENT_CONNECT)
    }

    /// Events come from the monitor; everything else is asked by the collector.
    pub(super) fn sender(&self) -> Option<Side> {
        let event = matches!(self.command, 0 | 1);
        match self.phase {
            Phase::Invoke | Phase::Result => {
                Some(if event == (self.phase == Phase::Invoke) { Side::Server } else { Side::Client })
            }
            Phase::Linked => Some(Side::Server),
            Phase::Error => None,
        }
    }

    /// Tells what it says; a message that breaks off where its lengths say it should not is counted.
    pub(super) fn tell(self, side: Side, facts: &mut dyn Facts) {
        let told = match (self.phase, self.command) {
            (Phase::Error, number) => {
                facts.event(side, EventKind::IntellivueError, error_name(number));
                Some(())
            }
            (Phase::Invoke, 0 | 1) => self.event(side, facts),
            (Phase::Invoke, 7) => self.poll(side, facts),
            (Phase::Result | Phase::Linked, 7) => self.polled(side, facts),
            (Phase::Result | Phase::Linked, 3) => self.got(side, facts),
            _ => Some(()),
        };
        if told.is_none() {
            facts.malformed();
        }
    }

    /// An event report: object, time, kind, length; what a created system or a connect indication says.
    fn event(self, side: Side, facts: &mut dyn Facts) -> Option<()> {
        let mut body = self.body;
        body.take(10)?;
        let event = body.u16()?;
        body.u16()?;
        match event {
            EVENT_CREATED => {
                body.take(6)?;
            }
            EVENT_CONNECT => {}
            _ => return Some(()),
        }
        for (id, value) in body.attributes()? {
            system(side, id, value, facts);
        }
        Some(())
    }

    /// A poll: which class of objects the collector asks for.
    fn poll(self, side: Side, facts: &mut dyn Facts) -> Option<()> {
        let mut body = self.body;
        body.take(10)?;
        let action = body.u16()?;
        body.u16()?;
        if matches!(action, ACTION_POLL | ACTION_POLL_EXTENDED) {
            let _number = body.u16()?;
            let (partition, class) = (body.u16()?, body.u16()?);
            if let Some(name) = class_name(class).filter(|_| partition == PARTITION_OBJECTS) {
                facts.fact(side, Fact::IntellivueCollects, name.as_bytes());
            }
        }
        Some(())
    }

    /// The result of a get: attributes of the system.
    fn got(self, side: Side, facts: &mut dyn Facts) -> Option<()> {
        let mut body = self.body;
        let class = body.u16()?;
        body.take(4)?;
        for (id, value) in body.attributes()?.filter(|_| class == CLASS_SYSTEM) {
            system(side, id, value, facts);
        }
        Some(())
    }

    /// The result of a poll: number, for extended ones a sequence number, two times, class and group of what
    /// was polled, then the objects of each context.
    fn polled(self, side: Side, facts: &mut dyn Facts) -> Option<()> {
        let mut body = self.body;
        body.take(6)?;
        let action = body.u16()?;
        body.u16()?;
        match action {
            ACTION_POLL => body.take(2)?,
            ACTION_POLL_EXTENDED => body.take(4)?,
            _ => return Some(()),
        };
        body.take(12)?;
        let (_partition, class, _group) = (body.u16()?, body.u16()?, body.u16()?);
        let (contexts, mut body) = body.list()?;
        let (mut kinds, mut alarms) = (PatientDataKinds::NONE, false);
        for _ in 0..contexts {
            let _context = body.u16()?;
            let (objects, mut body) = body.list()?;
            for _ in 0..objects {
                let _handle = body.u16()?;
                for (id, value) in body.attributes()? {
                    if class == CLASS_SYSTEM {
                        system(side, id, value, facts);
                    }
                    alarms |= matches!(id, PATIENT_ALARMS | TECHNICAL_ALARMS);
                    kinds = kinds.union(kind(class, id, value));
                }
            }
        }
        if alarms {
            facts.fact(side, Fact::IntellivueAlarms, b"reported");
        }
        if !kinds.is_empty() {
            facts.patient_data(kinds);
        }
        Some(())
    }
}

/// Of which kind of patient data an attribute is, if it holds a value.
fn kind(class: u16, id: u16, value: &[u8]) -> PatientDataKinds {
    let mut reader = Reader(value);
    let measured = |mut reader: Reader<'_>| {
        let _quantity = reader.u16();
        reader.u16().is_some_and(|state| state & NOT_MEASURED == 0)
    };
    // The first of several values stands for all.
    let any =
        |reader: &mut Reader<'_>| reader.list().is_some_and(|(count, body)| count > 0 && measured(body));
    let (kind, present) = match (id, class) {
        (NUMERIC | ENUMERATION, _) => (PatientDataKinds::RESULT, measured(reader)),
        (NUMERICS, _) => (PatientDataKinds::RESULT, any(&mut reader)),
        (WAVE, _) => (PatientDataKinds::WAVEFORM, measured(reader)),
        (WAVES, _) => (PatientDataKinds::WAVEFORM, any(&mut reader)),
        // An alarm of the patient says what is wrong with them.
        (PATIENT_ALARMS, _) => (PatientDataKinds::RESULT, reader.u16().is_some_and(|count| count > 0)),
        (PATIENT_FAMILY_NAME | PATIENT_GIVEN_NAME | PATIENT_MIDDLE_NAME, CLASS_PATIENT) => {
            (PatientDataKinds::NAME, is_text(reader))
        }
        (PATIENT_IDENTIFIER, CLASS_PATIENT) => (PatientDataKinds::IDENTIFIER, is_text(reader)),
        (PATIENT_BIRTH_DATE, CLASS_PATIENT) => {
            (PatientDataKinds::BIRTH_DATE, value.iter().any(|byte| !matches!(byte, 0 | 0xff)))
        }
        _ => return PatientDataKinds::NONE,
    };
    if present { kind } else { PatientDataKinds::NONE }
}

/// True for a string that is not empty; its characters are of 16 bits.
fn is_text(mut reader: Reader<'_>) -> bool {
    reader.octets().is_some_and(|text| text.iter().any(|&byte| byte != 0 && byte != b' '))
}

/// Tells an attribute of the monitor itself. Its bed label (0x091e, and 0xf135 of announcements) is not
/// read; internal counters, clocks and the line frequency say nothing about which device it is.
fn system(side: Side, id: u16, value: &[u8], facts: &mut dyn Facts) {
    let mut reader = Reader(value);
    match id {
        mder::ATTRIBUTE_MODEL => match mder::model(value) {
            Some((maker, model)) => {
                facts.fact(side, Fact::IntellivueManufacturer, maker);
                facts.fact(side, Fact::IntellivueModel, model);
            }
            None => facts.malformed(),
        },
        mder::ATTRIBUTE_SPECIFICATION => {
            for (specified, component, text) in mder::specification(value) {
                if let Some(fact) = specified_fact(specified, component) {
                    facts.fact(side, fact, text);
                }
            }
        }
        mder::ATTRIBUTE_SYSTEM => {
            if let Some(text) = reader.octets().and_then(mder::identifier) {
                facts.fact(side, Fact::IntellivueSystemId, text.bytes());
            }
        }
        SYSTEM_TYPE => {
            if let (Some(PARTITION_OBJECTS), Some(code)) = (reader.u16(), reader.u16()) {
                tell(side, Fact::IntellivueSystemType, format_args!("{code}"), facts);
            }
        }
        LOCALIZATION => {
            if let (Some(_), Some(code)) = (reader.u32(), reader.u16().filter(|&code| code != 0)) {
                tell(side, Fact::IntellivueLanguage, format_args!("{code}"), facts);
            }
        }
        MODE => {
            if let Some(name) = reader.u16().and_then(mode_name) {
                facts.fact(side, Fact::IntellivueMode, name.as_bytes());
            }
        }
        PROTOCOLS => protocols(side, reader, facts),
        SYSTEM_SUPPORT => supports(side, reader, facts),
        _ => {}
    }
}

/// Tells which address the announcing monitor's link-layer address bears: so that it is one device however
/// the announcement came here.
pub(super) fn station(operation: Operation<'_>, facts: &mut dyn StationFacts) {
    let mut body = operation.body;
    if body.take(14).is_none() {
        return;
    }
    for (id, value) in body.attributes().into_iter().flatten() {
        let mut reader = Reader(value);
        if id != ADDRESS {
            continue;
        }
        let (Some(mac), Some(address)) = (reader.take(6), reader.u32()) else { continue };
        let (Ok(mac), address) = (<[u8; 6]>::try_from(mac).map(Mac), Ipv4Addr::from(address)) else {
            continue;
        };
        let usable = !address.is_unspecified() && !address.is_broadcast() && !address.is_multicast();
        if usable && !mac.is_zero() && !mac.is_group() {
            let mut text = Text::default();
            let _ = write!(text, "{address}");
            let address = Some(IpAddr::V4(address));
            facts.fact_on(mac, address, false, Fact::IntellivueAddress, text.bytes());
        }
    }
}

/// The protocols a monitor announces: application, transport, port, options (the guide, page 53).
fn protocols(side: Side, mut reader: Reader<'_>, facts: &mut dyn Facts) {
    let (count, mut body) = reader.list().unwrap_or((0, reader));
    for _ in 0..count {
        let (Some(application), Some(transport), Some(port), Some(_)) =
            (body.u16(), body.u16(), body.u16(), body.u16())
        else {
            return;
        };
        // Others are not in the guide.
        let name = match (application, transport) {
            (1, 1) => "association",
            (5, 1) => "data_export",
            _ => continue,
        };
        tell(side, Fact::IntellivueService, format_args!("{name} udp/{port}"), facts);
    }
}

/// The classes of objects a monitor can be asked for (the guide, page 97).
fn supports(side: Side, mut reader: Reader<'_>, facts: &mut dyn Facts) {
    for (id, value) in reader.attributes().into_iter().flatten() {
        if id != OBJECT_SUPPORT {
            continue;
        }
        let (count, mut body) = Reader(value).list().unwrap_or((0, reader));
        for _ in 0..count {
            let (Some(partition), Some(class), Some(_)) = (body.u16(), body.u16(), body.u32()) else {
                return;
            };
            if let Some(name) = class_name(class).filter(|_| partition == PARTITION_OBJECTS) {
                facts.fact(side, Fact::IntellivueSupports, name.as_bytes());
            }
        }
    }
}

fn specified_fact(specified: Specified, component: u16) -> Option<Fact> {
    Some(match (specified, component) {
        (Specified::Serial, COMPONENT_PRODUCT) => Fact::IntellivueSerial,
        (Specified::Part, COMPONENT_PRODUCT) => Fact::IntellivuePartNumber,
        (Specified::Part, COMPONENT_SOFTWARE) => Fact::IntellivueSoftwarePart,
        (Specified::Hardware, COMPONENT_PRODUCT) => Fact::IntellivueHardware,
        (Specified::Software, COMPONENT_PRODUCT | COMPONENT_SOFTWARE) => Fact::IntellivueSoftware,
        (Specified::Firmware, _) => Fact::IntellivueFirmware,
        _ => return None,
    })
}

fn class_name(class: u16) -> Option<&'static str> {
    Some(match class {
        5 => "enumeration",
        6 => "numeric",
        9 => "waveform",
        CLASS_SYSTEM => "system",
        CLASS_PATIENT => "patient_demographics",
        54 => "alarm",
        _ => return None,
    })
}

/// OperatingMode (the guide, page 96).
fn mode_name(mode: u16) -> Option<&'static str> {
    Some(match mode {
        0x4000 => "monitoring",
        0x2000 => "demo",
        0x1000 => "service",
        0x0002 => "standby",
        0x0001 => "configuration",
        _ => return None,
    })
}

/// Remote operation errors (the guide, page 45).
fn error_name(number: u16) -> &'static str {
    match number {
        0 => "no such object class",
        1 => "no such object instance",
        2 => "access denied",
        7 => "get list error",
        8 => "set list error",
        9 => "no such action",
        10 => "processing failure",
        15 => "invalid argument value",
        16 => "invalid scope",
        17 => "invalid object instance",
        _ => "an error the guide does not name",
    }
}

fn tell(side: Side, fact: Fact, value: std::fmt::Arguments<'_>, facts: &mut dyn Facts) {
    let mut text = Text::default();
    if text.write_fmt(value).is_ok() {
        facts.fact(side, fact, text.bytes());
    }
}
