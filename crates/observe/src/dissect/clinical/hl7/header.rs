//! The header of a message: who sends to whom, what kind of message by which profile, and whether an answer
//! is due.

use super::charset::{Buffer, Charset};
use super::fields::{Segment, Separators, Text, hash};
use crate::dissect::{Facts, Side};
use cordon_model::observe::{FACT_BYTES_MAX, Fact};

/// Message profiles read of one message.
const PROFILES_MAX: usize = 4;

/// MSH-9's code and trigger event as `ORU^R01`, whatever the separators.
pub(super) type MessageType = Text<7>;

/// What the header says that the rest of the message is read by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Message {
    pub(super) separators: Separators,
    pub(super) charset: Charset,
    pub(super) kind: MessageType,
    /// It reports alarms (IHE PCD-04).
    pub(super) alarm: bool,
    /// It is about devices: by its profile, or by an event of automated laboratories (HL7 2.9 13).
    pub(super) of_devices: bool,
    /// It follows the laboratory analytical workflow, which has a form of OBX-18 of its own.
    pub(super) laboratory: bool,
    /// MSH-10 as a hash.
    pub(super) control: u64,
    /// The sender is owed an answer.
    pub(super) expects_answer: bool,
    /// Hashes of MSH-3's universal identifier and name: a device that bears one is the sender itself.
    pub(super) sender: [u64; 2],
}

impl Message {
    /// Reads MSH and tells what it says.
    pub(super) fn of_header(segment: Segment<'_>, side: Side, facts: &mut dyn Facts) -> Message {
        let separators = segment.separators;
        let charset = Charset::named(segment.component(18, 0));
        let mut message = Message { separators, charset, ..Message::default() };
        message.tell_parties(segment, side, facts);
        message.tell_kind(segment, side, facts);
        message.tell_profiles(segment, side, facts);
        message.tell_manner(segment, side, facts);
        message
    }

    /// The headers of files and batches of messages name the same parties in the same fields.
    pub(super) fn of_batch(segment: Segment<'_>, side: Side, facts: &mut dyn Facts) -> Message {
        let message = Message { separators: segment.separators, ..Message::default() };
        message.tell_names(segment, side, facts);
        message
    }

    /// One text as UTF-8.
    pub(super) fn text<'a>(&self, value: &'a [u8], buffer: &'a mut Buffer) -> &'a [u8] {
        self.charset.decode(self.separators, value, buffer)
    }

    fn tell_names(&self, segment: Segment<'_>, side: Side, facts: &mut dyn Facts) {
        let mut buffer = [0; FACT_BYTES_MAX];
        for (field, about, fact) in [
            (3, side, Fact::Hl7Application),
            (4, side, Fact::Hl7Facility),
            (5, side.other(), Fact::Hl7ReceivingApplication),
            (6, side.other(), Fact::Hl7ReceivingFacility),
        ] {
            let name = self.separators.name(segment.field(field));
            if !name.is_empty() {
                facts.fact(about, fact, self.text(name, &mut buffer));
            }
        }
    }

    fn tell_parties(&mut self, segment: Segment<'_>, side: Side, facts: &mut dyn Facts) {
        self.tell_names(segment, side, facts);
        let (name, universal) = (segment.component(3, 0), segment.component(3, 1));
        self.sender = [hash(universal), hash(name)];
        if segment.component(3, 2) == b"EUI-64" && is_device_eui64(universal) {
            facts.fact(side, Fact::Hl7DeviceIdentifier, universal);
        }
        let address = segment.component(24, 1);
        if !address.is_empty() && matches!(segment.component(24, 2), b"MAC" | b"DNS" | b"IP" | b"EUI-64") {
            facts.fact(side, Fact::Hl7NetworkAddress, address);
        }
    }

    fn tell_kind(&mut self, segment: Segment<'_>, side: Side, facts: &mut dyn Facts) {
        let (code, event) = (segment.component(9, 0), segment.component(9, 1));
        let suits = |part: &[u8], most| part.len() <= most && part.iter().all(u8::is_ascii_alphanumeric);
        if code.len() >= 2 && suits(code, 3) && suits(event, 3) {
            self.kind.push(code);
            if !event.is_empty() {
                self.kind.push(b"^");
                self.kind.push(event);
            }
            facts.fact(side, Fact::Hl7MessageType, self.kind.bytes());
        }
        self.alarm = self.kind.bytes() == b"ORU^R40";
        if self.alarm {
            facts.fact(side, Fact::Hl7Alarms, self.kind.bytes());
        }
        let version = segment.component(12, 0);
        if !version.is_empty() && is_version(version) {
            facts.fact(side, Fact::Hl7Version, version);
        }
    }

    fn tell_profiles(&mut self, segment: Segment<'_>, side: Side, facts: &mut dyn Facts) {
        let mut buffer = [0; FACT_BYTES_MAX];
        let mut profile = None;
        for stated in self.separators.repetitions(segment.field(21)).take(PROFILES_MAX) {
            let part = |index| self.separators.component(stated, index);
            let (entity, known) = (part(0), profile_stated(part(0), part(2)));
            profile = profile.or(known);
            // Only what is a profile beyond doubt: one with an object identifier, or named beside such.
            if !entity.is_empty() && (profile.is_some() || part(3) == b"ISO") {
                facts.fact(side, Fact::Hl7MessageProfile, self.text(entity, &mut buffer));
            }
        }
        // PCD-04 and PCD-10 are told apart from PCD-01 by their events; profiles are often misstated there.
        let profile = profile_of_kind(self.kind.bytes()).or(profile);
        const OF_EQUIPMENT: [&[u8]; 10] =
            [b"EAC", b"EAN", b"EAR", b"ESR", b"ESU", b"INR", b"INU", b"LSU", b"SSU", b"TCU"];
        let code = self.kind.bytes().first_chunk::<3>();
        self.of_devices = profile.is_some() || code.is_some_and(|code| OF_EQUIPMENT.contains(&&code[..]));
        if let Some(profile) = profile {
            self.laboratory = profile == "LAW";
            facts.fact(side, Fact::Hl7Profile, profile.as_bytes());
        }
    }

    /// Character set and acknowledgement mode (HL7 2.9 2.9.2): enhanced where MSH-15 or MSH-16 says what is
    /// wanted, original where neither does.
    fn tell_manner(&mut self, segment: Segment<'_>, side: Side, facts: &mut dyn Facts) {
        let set = segment.component(18, 0);
        if Charset::is_name(set) {
            facts.fact(side, Fact::Hl7CharacterSet, set);
        }
        self.control = hash(segment.field(10));
        if is_answer(segment.component(9, 0)) {
            return;
        }
        let (accept, application) = (segment.component(15, 0), segment.component(16, 0));
        let enhanced = !accept.is_empty() || !application.is_empty();
        let mode: &[u8] = if enhanced { b"enhanced" } else { b"original" };
        facts.fact(side, Fact::Hl7AcknowledgementMode, mode);
        self.expects_answer = !enhanced || accept == b"AL" || application == b"AL";
    }
}

/// True when a header's fields are what they should be. One that breaks off and goes on in another segment, or
/// lost a separator, would tell a patient's fields for names of applications.
pub(super) fn is_coherent(segment: Segment<'_>) -> bool {
    let is_time = |byte: &u8| byte.is_ascii_digit() || b"+-.:/TZ ".contains(byte);
    let timed = segment.field(7).split(|byte| *byte == segment.separators.component).next();
    if !timed.unwrap_or_default().iter().all(is_time) {
        return false;
    }
    if segment.name() != b"MSH" {
        return true;
    }
    let (code, event) = (segment.component(9, 0), segment.component(9, 1));
    let (processing, version) = (segment.component(11, 0), segment.component(12, 0));
    is_message_type(code, event) && processing.len() <= 2 && is_version(version)
}

/// MSH-9: three letters, and a letter with two more characters, among them a digit.
fn is_message_type(code: &[u8], event: &[u8]) -> bool {
    let suits = |part: &[u8]| part.len() == 3 && part.iter().all(u8::is_ascii_alphanumeric);
    let by_itself = is_answer(code) || is_asked(code);
    suits(code) && (event.is_empty() && by_itself || suits(event) && event.iter().any(u8::is_ascii_digit))
}

/// True for message types that older senders send without an event.
fn is_asked(code: &[u8]) -> bool {
    const CODES: [&[u8]; 12] =
        [b"ADT", b"BAR", b"CRM", b"CSU", b"DFT", b"MDM", b"MFN", b"ORM", b"ORU", b"QRY", b"UDM", b"VXU"];
    CODES.contains(&code)
}

fn is_version(text: &[u8]) -> bool {
    text.len() <= 8 && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
}

/// True for sixteen hexadecimal digits, perhaps grouped, of which the maker's own five bytes are not all
/// zero: some makers fill in their company identifier alone.
pub(super) fn is_device_eui64(text: &[u8]) -> bool {
    let digits = || text.iter().filter(|byte| !matches!(byte, b'-' | b':'));
    digits().count() == 16
        && digits().all(u8::is_ascii_hexdigit)
        && digits().skip(6).any(|&digit| digit != b'0')
}

/// The integration profile a message belongs to by MSH-21: IHE names its transactions there.
fn profile_stated(entity: &[u8], universal: &[u8]) -> Option<&'static str> {
    let transaction = match entity {
        [b'I', b'H', b'E', b'_', b'P', b'C', b'D', b'_', number @ ..] => number,
        _ => b"",
    };
    Some(match (transaction, universal) {
        (b"001" | b"ORU_R01" | b"ORU-R01", _) | (_, b"1.3.6.1.4.1.19376.1.6.1.1.1") => "DEC",
        (b"002", _) => "DEC",
        (b"003", _) | (_, b"1.3.6.1.4.1.19376.1.6.1.3.1") => "PIV",
        (b"004" | b"005" | b"006" | b"007", _) | (_, b"1.3.6.1.4.1.19376.1.6.1.4.1") => "ACM",
        (b"010", _) | (_, b"1.3.6.1.4.1.19376.1.6.4.10" | b"1.3.6.1.4.1.19376.1.6.1.10.1") => "IPEC",
        (b"015", _) | (_, b"1.3.6.1.4.1.19376.1.6.1.15.1") => "MEMDMC",
        (b"016", _) | (_, b"1.3.6.1.4.1.19376.1.6.1.16.1") => "MEMLS",
        _ => match entity {
            [b'L', b'A', b'B', b'-', b'2', b'7' | b'8' | b'9', rest @ ..] if rest.len() <= 1 => "LAW",
            _ => return None,
        },
    })
}

/// The integration profile by message type, where only one uses it.
fn profile_of_kind(kind: &[u8]) -> Option<&'static str> {
    Some(match kind {
        b"ORU^R40" | b"ORA^R41" | b"ORU^R41" | b"ACK^R40" | b"ACK^R41" => "ACM",
        b"RGV^O15" | b"RRG^O16" => "PIV",
        b"ORU^R42" | b"ACK^R42" => "IPEC",
        _ => return None,
    })
}

/// True for message types that answer another (table 0076); these are sent by who was asked.
pub(super) fn is_answer(code: &[u8]) -> bool {
    const ANSWERS: &[&[u8; 3]] = &[
        b"ACK", b"ADR", b"BRP", b"DSR", b"EAR", b"EDR", b"ERP", b"MCF", b"MFK", b"MFR", b"NMR", b"OPR",
        b"ORA", b"ORB", b"ORD", b"ORF", b"ORG", b"ORI", b"ORL", b"ORN", b"ORP", b"ORR", b"ORS", b"ORX",
        b"OSR", b"QCK", b"RAR", b"RCI", b"RCL", b"RDR", b"RER", b"RGR", b"ROR", b"RPI", b"RPL", b"RPR",
        b"RRA", b"RRD", b"RRE", b"RRG", b"RRI", b"RSP", b"RTB", b"SQR", b"SRR", b"TBR", b"VXR", b"VXX",
    ];
    code.first_chunk::<3>().is_some_and(|code| ANSWERS.binary_search(&code).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_known_by_their_code() {
        assert!([&b"ACK"[..], b"RSP", b"VXX", b"ORL", b"RRG"].into_iter().all(is_answer));
        assert!(![&b"ORU"[..], b"ADT", b"QBP", b"OML", b"", b"AC"].into_iter().any(is_answer));
    }

    #[test]
    fn profiles_are_known_by_transaction_and_event() {
        let pcd = b"IHE PCD";
        for (entity, universal, expected) in [
            (&b"IHE_PCD_001"[..], &b"1.3.6.1.4.1.19376.1.6.1.1.1"[..], Some("DEC")),
            (b"IHE PCD ORU-R01 2006", b"1.3.6.1.4.1.19376.1.6.1.1.1", Some("DEC")),
            (b"IHE_PCD_ORU_R01", b"", Some("DEC")),
            (b"IHE_PCD_015", b"", Some("MEMDMC")),
            (b"LAB-29", b"", Some("LAW")),
            (b"LAB-27R", b"", Some("LAW")),
            (b"PHLabReport-NoAck", b"2.16.840.1.114222.4.10.3", None),
            (pcd, b"", None),
        ] {
            assert_eq!(profile_stated(entity, universal), expected);
        }
        assert_eq!(profile_of_kind(b"ORU^R40"), Some("ACM"));
        assert_eq!(profile_of_kind(b"ORU^R01"), None);
    }

    #[test]
    fn an_identifier_names_more_than_its_maker() {
        assert!(is_device_eui64(b"00A037009A0053DE") && is_device_eui64(b"00-1e-e7-00-00-00-00-01"));
        assert!(!is_device_eui64(b"0012210000000000") && !is_device_eui64(b"2.16.840.1.113883"));
    }
}
