//! Which kinds of patient data a segment carries; their values are looked at only to see that there are any.

use super::fields::{Segment, Separators};
use super::observation::is_of_equipment;
use crate::dissect::Facts;
use cordon_model::observe::PatientDataKinds;

/// How a field shows that it holds something.
#[derive(Clone, Copy)]
enum Holds {
    /// Anything in it.
    Anything,
    /// A first component in any repetition: identifiers (CX, EI).
    First,
    /// A family or given name (XPN).
    Name,
    /// Any of the first five components, a place rather than its kind (XAD).
    Address,
}

/// Segment, its fields from and to, what they hold and of which kind it is (HL7 2.9 chapters 3, 4, 6, 7, 9).
const FIELDS: &[(&[u8; 3], u16, u16, Holds, PatientDataKinds)] = &[
    (b"PID", 2, 4, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"PID", 5, 6, Holds::Name, PatientDataKinds::NAME),
    (b"PID", 7, 7, Holds::Anything, PatientDataKinds::BIRTH_DATE),
    (b"PID", 9, 9, Holds::Name, PatientDataKinds::NAME),
    (b"PID", 11, 11, Holds::Address, PatientDataKinds::ADDRESS),
    (b"PID", 13, 14, Holds::Anything, PatientDataKinds::ADDRESS),
    (b"PID", 18, 21, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"NK1", 2, 2, Holds::Name, PatientDataKinds::NAME),
    (b"NK1", 4, 4, Holds::Address, PatientDataKinds::ADDRESS),
    (b"NK1", 5, 6, Holds::Anything, PatientDataKinds::ADDRESS),
    (b"PV1", 5, 5, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"PV1", 19, 19, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"PV1", 50, 50, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"MRG", 1, 6, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"MRG", 7, 7, Holds::Name, PatientDataKinds::NAME),
    (b"GT1", 3, 3, Holds::Name, PatientDataKinds::NAME),
    (b"GT1", 5, 5, Holds::Address, PatientDataKinds::ADDRESS),
    (b"GT1", 6, 7, Holds::Anything, PatientDataKinds::ADDRESS),
    (b"GT1", 8, 8, Holds::Anything, PatientDataKinds::BIRTH_DATE),
    (b"IN1", 16, 16, Holds::Name, PatientDataKinds::NAME),
    (b"IN1", 18, 18, Holds::Anything, PatientDataKinds::BIRTH_DATE),
    (b"IN1", 19, 19, Holds::Address, PatientDataKinds::ADDRESS),
    (b"IN1", 36, 36, Holds::Anything, PatientDataKinds::IDENTIFIER),
    (b"IN1", 49, 49, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"QRD", 8, 8, Holds::First, PatientDataKinds::IDENTIFIER),
    (b"ORC", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"OBR", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"RXO", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"RXE", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"RXD", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"RXG", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"RXA", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"SCH", 1, u16::MAX, Holds::Anything, PatientDataKinds::ORDER),
    (b"AL1", 3, 5, Holds::Anything, PatientDataKinds::RESULT),
    (b"DG1", 3, 4, Holds::Anything, PatientDataKinds::RESULT),
    (b"PR1", 3, 4, Holds::Anything, PatientDataKinds::RESULT),
    (b"FT1", 7, 8, Holds::Anything, PatientDataKinds::RESULT),
];

/// Notes the kinds a segment carries. Of a segment that is cut the beginning of its last field counts too.
pub(super) fn note(segment: Segment<'_>, facts: &mut dyn Facts) {
    match segment.name() {
        b"OBX" => observation(segment, facts),
        b"QPD" => query(segment, facts),
        name => {
            let mut kinds = PatientDataKinds::NONE;
            for (_, from, to, holds, kind) in FIELDS.iter().filter(|(segment, ..)| *segment == name) {
                let fields = segment.fields().filter(|(index, _)| (*from..=*to).contains(index));
                if fields.into_iter().any(|(_, value)| holds.something(segment.separators, value)) {
                    kinds = kinds.union(*kind);
                }
            }
            if !kinds.is_empty() {
                facts.patient_data(kinds);
            }
        }
    }
}

impl Holds {
    fn something(self, separators: Separators, value: &[u8]) -> bool {
        let any = |from: usize, to: usize| {
            separators
                .repetitions(value)
                .any(|part| (from..to).any(|index| !separators.component(part, index).is_empty()))
        };
        match self {
            Holds::Anything => !matches!(value, b"" | b"\"\""),
            Holds::First => any(0, 1),
            Holds::Name => any(0, 2),
            Holds::Address => any(0, 5),
        }
    }
}

/// OBX: a result unless it speaks of the equipment; its type tells waveforms and images.
fn observation(segment: Segment<'_>, facts: &mut dyn Facts) {
    let value = segment.fields().find(|(index, _)| *index == 5).map_or(&b""[..], |(_, value)| value);
    if matches!(value, b"" | b"\"\"") || is_of_equipment(segment) {
        return;
    }
    let kinds = match segment.field(2) {
        // Numeric and multiplexed arrays carry waveforms (HL7 2.5.1 7.14).
        b"NA" | b"MA" => PatientDataKinds::RESULT.union(PatientDataKinds::WAVEFORM),
        b"ED" if is_image(segment.separators, value) => {
            PatientDataKinds::RESULT.union(PatientDataKinds::IMAGE)
        }
        _ => PatientDataKinds::RESULT,
    };
    facts.patient_data(kinds);
}

/// Encapsulated data (HL7 2.9 2A.2.24): type (table 0191) and subtype (table 0291) of an image.
fn is_image(separators: Separators, value: &[u8]) -> bool {
    let (kind, subtype) = (separators.component(value, 1), separators.component(value, 2));
    const SUBTYPES: [&[u8]; 7] = [b"JPEG", b"JPG", b"PNG", b"TIFF", b"GIF", b"BMP", b"DICOM"];
    kind.eq_ignore_ascii_case(b"IM")
        || kind.eq_ignore_ascii_case(b"image")
        || SUBTYPES.iter().any(|known| subtype.eq_ignore_ascii_case(known))
}

/// QPD: patients are asked for by fields of their segments, `@PID.5.1^DOE` (HL7 2.9 5.3.1.2).
fn query(segment: Segment<'_>, facts: &mut dyn Facts) {
    for (_, value) in segment.fields().skip(3) {
        for part in segment.separators.repetitions(value) {
            let number =
                part.strip_prefix(b"@PID.").and_then(|rest| rest.split(|byte| !byte.is_ascii_digit()).next());
            let kind = match number {
                Some(b"2" | b"3" | b"4" | b"18" | b"19") => PatientDataKinds::IDENTIFIER,
                Some(b"5" | b"6" | b"9") => PatientDataKinds::NAME,
                Some(b"7") => PatientDataKinds::BIRTH_DATE,
                Some(b"11" | b"13" | b"14") => PatientDataKinds::ADDRESS,
                _ => continue,
            };
            facts.patient_data(kind);
        }
    }
}
