//! What the names of messages and elements stand for.

use super::Tag;
use super::equipment::{self, Equipment, Item};
use super::names::{self, Short};
use cordon_model::observe::{Fact, PatientDataKinds};

/// What is read of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Topic {
    /// Nothing more than its name.
    #[default]
    Nothing,
    /// Descriptions of devices, perhaps with their states.
    Description,
    /// States: contexts and values.
    States,
    /// An operation on a device, by its name.
    Operation(&'static str),
    /// What became of an operation at once.
    Invocation,
    /// Values of one kind: when one was seen, all is said.
    Metrics,
    Subscription,
    /// What a device says of itself in the devices profile.
    Metadata,
    Fault,
    Discovery,
    /// A camera's description of itself.
    Camera,
}

/// Who sends a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Provider,
    Consumer,
}

/// What a message's name says.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Found {
    pub(super) topic: Topic,
    /// Who sends it, for messages of the medical standard.
    pub(super) part: Option<Part>,
    /// What it reports.
    pub(super) reports: Option<&'static str>,
    /// What it always holds.
    pub(super) patient_data: PatientDataKinds,
}

/// The longest code of a fault that is told.
const CODE_BYTES_MAX: usize = 40;

/// Operations of the set service (IEEE 11073-10207 annex, "SetService").
const OPERATIONS: [&str; 7] = [
    "Activate",
    "SetValue",
    "SetString",
    "SetMetricState",
    "SetAlertState",
    "SetComponentState",
    "SetContextState",
];

/// Reports a provider sends: what of.
const REPORTS: &[(&[u8], &str)] = &[
    (b"EpisodicMetricReport", "metric"),
    (b"PeriodicMetricReport", "metric"),
    (b"WaveformStream", "waveform"),
    (b"ObservedValueStream", "waveform"),
    (b"EpisodicAlertReport", "alert"),
    (b"PeriodicAlertReport", "alert"),
    (b"EpisodicComponentReport", "component"),
    (b"PeriodicComponentReport", "component"),
    (b"EpisodicContextReport", "context"),
    (b"PeriodicContextReport", "context"),
    (b"EpisodicOperationalStateReport", "operation"),
    (b"PeriodicOperationalStateReport", "operation"),
    (b"OperationInvokedReport", "operation"),
    (b"DescriptionModificationReport", "description"),
    (b"SystemErrorReport", "system_error"),
];

/// What a message is by its body's first element.
pub(super) fn find(namespace: u8, name: &[u8]) -> Found {
    let topic = match (namespace, name) {
        (names::MESSAGE, _) => return find_medical(name),
        (names::EVENTING, b"Subscribe") => Topic::Subscription,
        (names::EXCHANGE, b"Metadata") => Topic::Metadata,
        (names::SOAP, b"Fault") => Topic::Fault,
        (names::DISCOVERY, _) => Topic::Discovery,
        (names::ONVIF_DEVICE, b"GetDeviceInformationResponse") => Topic::Camera,
        _ => Topic::Nothing,
    };
    Found { topic, ..Found::default() }
}

fn find_medical(name: &[u8]) -> Found {
    if let Some((_, reports)) = REPORTS.iter().find(|(report, _)| *report == name) {
        let (topic, patient_data) = match *reports {
            "metric" => (Topic::Metrics, PatientDataKinds::NONE),
            "context" => (Topic::States, PatientDataKinds::NONE),
            "waveform" => (Topic::Nothing, PatientDataKinds::WAVEFORM),
            _ => (Topic::Nothing, PatientDataKinds::NONE),
        };
        return Found { topic, part: Some(Part::Provider), reports: Some(reports), patient_data };
    }
    let found = |topic, part| Found { topic, part: Some(part), ..Found::default() };
    if let Some(operation) = OPERATIONS.iter().find(|known| known.as_bytes() == name) {
        return found(Topic::Operation(operation), Part::Consumer);
    }
    match name {
        b"GetMdibResponse" | b"GetMdDescriptionResponse" => found(Topic::Description, Part::Provider),
        b"GetMdStateResponse" | b"GetContextStatesResponse" => found(Topic::States, Part::Provider),
        _ if name.ends_with(b"Response") => {
            let operation = name.strip_suffix(b"Response").unwrap_or_default();
            let invoked = OPERATIONS.iter().any(|known| known.as_bytes() == operation);
            found(if invoked { Topic::Invocation } else { Topic::Nothing }, Part::Provider)
        }
        _ if name.starts_with(b"Get") => found(Topic::Nothing, Part::Consumer),
        _ => Found::default(),
    }
}

/// ThisModel and ThisDevice (DPWS 5.1, 5.2).
pub(super) fn metadata_fact(name: &[u8]) -> Option<Fact> {
    Some(match name {
        b"Manufacturer" => Fact::DpwsManufacturer,
        b"ManufacturerUrl" => Fact::DpwsManufacturerUrl,
        b"ModelName" => Fact::DpwsModel,
        b"ModelNumber" => Fact::DpwsModelNumber,
        b"ModelUrl" => Fact::DpwsModelUrl,
        b"PresentationUrl" => Fact::DpwsPresentationUrl,
        b"FriendlyName" => Fact::DpwsFriendlyName,
        b"FirmwareVersion" => Fact::DpwsFirmware,
        b"SerialNumber" => Fact::DpwsSerial,
        _ => return None,
    })
}

/// GetDeviceInformationResponse (ONVIF core specification 8.3.1).
pub(super) fn camera_fact(name: &[u8]) -> Option<Fact> {
    Some(match name {
        b"Manufacturer" => Fact::OnvifManufacturer,
        b"Model" => Fact::OnvifModel,
        b"FirmwareVersion" => Fact::OnvifFirmware,
        b"SerialNumber" => Fact::OnvifSerial,
        b"HardwareId" => Fact::OnvifHardware,
        _ => return None,
    })
}

/// MetaData of a device (MdsDescriptor, IEEE 11073-10207); below `Udi`, one deeper, its parts.
pub(super) fn equipment_fact(below: u8, name: &[u8]) -> Option<Fact> {
    Some(match (below, name) {
        (2, b"Manufacturer") => Fact::SdcManufacturer,
        (2, b"ModelName") => Fact::SdcModel,
        (2, b"ModelNumber") => Fact::SdcModelNumber,
        (2, b"SerialNumber") => Fact::SdcSerial,
        (2, b"LotNumber") => Fact::SdcLot,
        (2, b"ManufactureDate") => Fact::SdcManufactured,
        (3, b"DeviceIdentifier") => Fact::SdcUdiDeviceIdentifier,
        (3, b"HumanReadableForm") => Fact::SdcUdi,
        _ => return None,
    })
}

/// What a production specification is of, by the codes MDC_ID_PROD_SPEC_… of the nomenclature
/// (IEEE 11073-10101), which is meant where no coding system is named.
pub(super) fn specified(code: &[u8], coding_system: &[u8]) -> Option<Fact> {
    if !is_nomenclature(coding_system) {
        return None;
    }
    Some(match code {
        b"531972" => Fact::SdcSerial,
        b"531973" => Fact::SdcPartNumber,
        b"531974" => Fact::SdcHardware,
        b"531975" => Fact::SdcSoftware,
        b"531976" => Fact::SdcFirmware,
        _ => return None,
    })
}

fn is_nomenclature(coding_system: &[u8]) -> bool {
    coding_system.is_empty() || coding_system.starts_with(b"urn:oid:1.2.840.10004.1.1.1.0.0.1")
}

/// A code: of the nomenclature its number, of another its coding system and the code.
pub(super) fn coded(tag: &Tag) -> Short<72> {
    let mut text = Short::default();
    if !is_nomenclature(tag.coding_system.bytes()) && !tag.code.is_empty() {
        text.push(tag.coding_system.bytes());
        text.push(b"/");
    }
    text.push(tag.code.bytes());
    text
}

/// Attributes of LocationDetail.
pub(super) fn location_part(name: &[u8]) -> Option<equipment::Part> {
    Some(match name {
        b"Facility" => equipment::Part::Facility,
        b"Building" => equipment::Part::Building,
        b"Floor" => equipment::Part::Floor,
        b"PoC" => equipment::Part::PointOfCare,
        b"Room" => equipment::Part::Room,
        b"Bed" => equipment::Part::Bed,
        _ => return None,
    })
}

/// Of which kind the text of an element in a patient's context is.
pub(super) fn patient_kind(name: &[u8]) -> Option<PatientDataKinds> {
    match name {
        b"Givenname" | b"Middlename" | b"Familyname" | b"Birthname" => Some(PatientDataKinds::NAME),
        b"DateOfBirth" => Some(PatientDataKinds::BIRTH_DATE),
        _ => None,
    }
}

/// True when an operation in this state will not be carried out (InvocationState, IEEE 11073-10207).
pub(super) fn is_failure(state: &[u8]) -> bool {
    matches!(state, b"Fail" | b"Cnclld" | b"CnclldMan")
}

/// True when the answer told such a state.
pub(super) fn failed(equipment: &Equipment) -> bool {
    equipment.get(Item::Part(equipment::Part::FaultCode)).is_some()
}

/// An invocation's error (IEEE 11073-10207), one of four.
pub(super) fn is_invocation_error(error: &[u8]) -> bool {
    matches!(error, b"Unspec" | b"Unkn" | b"Inv" | b"Oth")
}

/// The code in a fault, without its prefix: a qualified name (SOAP 1.2 part 1, 5.4.6), or one of the four that
/// SOAP 1.1 allows without a prefix; free words could be about a patient.
pub(super) fn fault_code(value: &[u8]) -> &[u8] {
    let (qualified, local) = match memchr::memchr(b':', value) {
        Some(at) => (true, value.get(at + 1..).unwrap_or_default()),
        None => (false, value),
    };
    let known = matches!(local, b"Client" | b"Server" | b"VersionMismatch" | b"MustUnderstand");
    let suits = |byte: &u8| byte.is_ascii_alphabetic() || b"._-".contains(byte);
    let fits = local.len() <= CODE_BYTES_MAX && local.iter().all(suits);
    if (qualified || known) && fits { local } else { b"" }
}

/// A fault's code and subcode, or an invocation's state and error.
pub(super) fn fault_detail(equipment: &Equipment) -> Short<96> {
    let mut detail = Short::default();
    for part in [equipment::Part::FaultCode, equipment::Part::FaultSubcode] {
        let Some(code) = equipment.get(Item::Part(part)) else { continue };
        if !detail.is_empty() {
            detail.push(b": ");
        }
        detail.push(code);
    }
    detail
}
