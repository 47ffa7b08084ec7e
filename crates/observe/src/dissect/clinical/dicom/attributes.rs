//! Which attributes of a data set matter (PS3.6): those of equipment, and the kinds of patient data.

use cordon_model::observe::{Fact, PatientDataKinds};

/// Scheduled Procedure Step Sequence.
pub(super) const SCHEDULED_STEP: u32 = 0x0040_0100;
/// UDI Sequence.
pub(super) const UDI_SEQUENCE: u32 = 0x0018_100a;
/// Unique Device Identifier, within the UDI Sequence.
pub(super) const UDI: u32 = 0x0018_1009;
/// Scheduled Station AE Title, Modality and Scheduled Station Name, within the scheduled step.
pub(super) const SCHEDULED_AE: u32 = 0x0040_0001;
pub(super) const SCHEDULED_STATION: u32 = 0x0040_0010;
pub(super) const MODALITY: u32 = 0x0008_0060;
/// Query/Retrieve Level.
pub(super) const QUERY_LEVEL: u32 = 0x0008_0052;

/// Attributes that tell of the equipment that made an object or performs a procedure step.
pub(super) fn equipment(tag: u32) -> Option<Fact> {
    Some(match tag {
        MODALITY => Fact::DicomModality,
        0x0008_0070 => Fact::DicomManufacturer,
        0x0008_0080 => Fact::DicomInstitution,
        0x0008_1010 | 0x0040_0242 => Fact::DicomStation,
        0x0008_1040 => Fact::DicomDepartment,
        0x0008_1090 => Fact::DicomModel,
        0x0018_1000 => Fact::DicomSerial,
        0x0018_1002 => Fact::DicomDeviceUid,
        0x0018_1008 => Fact::DicomGantry,
        0x0018_1020 => Fact::DicomSoftware,
        0x0018_1204 => Fact::DicomManufactured,
        0x0018_700a => Fact::DicomDetector,
        0x0040_0241 => Fact::DicomStationAe,
        _ => return None,
    })
}

/// Attributes of a query that select or frame, but restrict nothing: character set, level, view, the
/// archive's own title and availability, the offset of times.
pub(super) fn is_no_key(tag: u32) -> bool {
    let private = tag >> 16 & 1 == 1;
    private || matches!(tag, 0x0008_0005 | QUERY_LEVEL..=0x0008_0054 | 0x0008_0056 | 0x0008_0201)
}

/// Of which kind of patient data an attribute is.
pub(super) fn patient_data(tag: u32) -> Option<PatientDataKinds> {
    Some(match tag {
        // The patient's, other, birth and mother's name; who is responsible for the patient.
        0x0010_0010 | 0x0010_1001 | 0x0010_1005 | 0x0010_1060 | 0x0010_2297 => PatientDataKinds::NAME,
        // Patient, other, medical record and admission identifiers.
        0x0010_0020 | 0x0010_1000 | 0x0010_1002 | 0x0010_1090 | 0x0038_0010 => PatientDataKinds::IDENTIFIER,
        0x0010_0030 | 0x0010_0032 => PatientDataKinds::BIRTH_DATE,
        // Address, telephone and other ways to reach; institution of residence.
        0x0010_1040 | 0x0010_2154 | 0x0010_2155 | 0x0038_0400 => PatientDataKinds::ADDRESS,
        // A report's content, an encapsulated document, a spectrum.
        0x0040_a730 | 0x0042_0011 | 0x5600_0020 => PatientDataKinds::RESULT,
        // What was requested or scheduled: of a worklist's entry, a performed and a unified step.
        0x0032_1060 | 0x0032_1064 | SCHEDULED_STEP | 0x0040_0270 | 0x0040_4005 | 0x0040_4018 => {
            PatientDataKinds::ORDER
        }
        0x5400_0100 => PatientDataKinds::WAVEFORM,
        // Pixels: of an object, of a sheet to print.
        0x7fe0_0008..=0x7fe0_0010 | 0x2020_0110 | 0x2020_0111 => PatientDataKinds::IMAGE,
        // Curves and overlays, a repeating group each.
        _ if tag & 0xff01_ffff == 0x5000_3000 => PatientDataKinds::WAVEFORM,
        _ if tag & 0xff01_ffff == 0x6000_3000 => PatientDataKinds::IMAGE,
        _ => return None,
    })
}
