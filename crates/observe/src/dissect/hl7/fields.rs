//! Fields, components and repetitions by a message's own separators, and the device a message speaks of.

use super::super::{Facts, Side};
use cordon_model::observe::Fact;

/// A device's name as a record is cut at this length, in bytes.
const RECORD_BYTES_MAX: usize = 96;
/// Repetitions of one field that are read.
const REPETITIONS_MAX: usize = 8;

/// MSH-1 and the first two of MSH-2; zero until a message header was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Separators {
    pub(super) field: u8,
    component: u8,
    repetition: u8,
}

impl Separators {
    /// Two to five distinct printable characters that are neither letters nor digits.
    pub(super) fn new(field: u8, encoding: &[u8]) -> Option<Separators> {
        let suits = |byte: &u8| byte.is_ascii_punctuation();
        let [component, repetition, ..] = *encoding else { return None };
        let distinct = component != repetition && component != field && repetition != field;
        let all = suits(&field) && encoding.iter().all(suits) && encoding.len() <= 5;
        (distinct && all).then_some(Separators { field, component, repetition })
    }

    /// False before the first message header.
    pub(super) fn known(self) -> bool {
        self.field != 0
    }

    /// The component at `index`, counted from 0, of the first repetition.
    pub(super) fn component(self, value: &[u8], index: usize) -> &[u8] {
        let first = value.split(|&byte| byte == self.repetition).next().unwrap_or_default();
        first.split(|&byte| byte == self.component).nth(index).unwrap_or_default().trim_ascii()
    }

    /// The name in a hierarchic designator (HD): its namespace, or its universal identifier without one.
    pub(super) fn name(self, value: &[u8]) -> &[u8] {
        match self.component(value, 0) {
            b"" => self.component(value, 1),
            namespace => namespace,
        }
    }

    /// MSH-9's code and trigger event as `ORU^R01`, whatever the separators; `None` when it is no such code.
    pub(super) fn message_type(self, value: &[u8]) -> Option<MessageType> {
        let (code, event) = (self.component(value, 0), self.component(value, 1));
        let suits = |part: &[u8], most| part.len() <= most && part.iter().all(u8::is_ascii_alphanumeric);
        if code.len() < 2 || !suits(code, 3) || !suits(event, 3) {
            return None;
        }
        let mut kind = MessageType::default();
        kind.push(code);
        if !event.is_empty() {
            kind.push(b"^");
            kind.push(event);
        }
        Some(kind)
    }
}

/// A message type of bounded length.
#[derive(Default)]
pub(super) struct MessageType {
    bytes: [u8; 7],
    length: usize,
}

impl MessageType {
    fn push(&mut self, part: &[u8]) {
        if let Some(room) = self.bytes.get_mut(self.length..self.length + part.len()) {
            room.copy_from_slice(part);
            self.length += part.len();
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

/// The device the fields read last speak of.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    record: [u8; RECORD_BYTES_MAX],
    length: u8,
    /// It is the sender itself.
    own: bool,
    /// A hash of the sender's universal identifier in MSH-3, zero without one: who bears it is the sender.
    sender: u64,
}

impl Default for Device {
    fn default() -> Self {
        Device { record: [0; RECORD_BYTES_MAX], length: 0, own: false, sender: 0 }
    }
}

impl Device {
    /// Remembers who sends, by MSH-3's universal identifier.
    pub(super) fn sender(&mut self, separators: Separators, value: &[u8]) {
        self.sender = hash(separators.component(value, 1));
    }

    /// PRT-10 and PRT-16 to PRT-22 (HL7 2.9 7.4.4): a device that takes part. What comes before the first
    /// identifier of a segment has no device to belong to.
    pub(super) fn participation(
        &mut self,
        separators: Separators,
        side: Side,
        field: u16,
        value: &[u8],
        facts: &mut dyn Facts,
    ) {
        let first = separators.component(value, 0);
        let fact = match field {
            10 => Fact::Hl7DeviceUdi,
            16 => Fact::Hl7DeviceIdentifier,
            17 => Fact::Hl7DeviceManufactured,
            20 => Fact::Hl7DeviceSerial,
            22 => Fact::Hl7DeviceType,
            _ => return,
        };
        if self.length == 0 && matches!(field, 10 | 16 | 20) {
            self.name(first, first);
        }
        // A device type is coded: its text, where there is one, says more than its code.
        let value = match (field, separators.component(value, 1)) {
            (22, text @ [_, ..]) => text,
            _ => first,
        };
        self.tell(side, fact, value, facts);
    }

    /// OBX-18, the equipment instance (EI): entity, namespace, universal identifier and its type, for each
    /// of possibly several devices from the sensor to the gateway.
    pub(super) fn equipment(
        &mut self,
        separators: Separators,
        side: Side,
        value: &[u8],
        facts: &mut dyn Facts,
    ) {
        for instance in value.split(|&byte| byte == separators.repetition).take(REPETITIONS_MAX) {
            let part = |index| separators.component(instance, index);
            // The namespace says who gave the entity its identifier; it is no model.
            let (entity, universal, kind) = (part(0), part(2), part(3));
            self.name(instance.trim_ascii(), if universal.is_empty() { entity } else { universal });
            self.tell(side, Fact::Hl7DeviceIdentifier, entity, facts);
            if kind == b"EUI-64" {
                self.tell(side, Fact::Hl7DeviceIdentifier, universal, facts);
            } else if universal.is_empty() && kind.starts_with(b"SN") {
                // Some gateways put the serial number where the universal identifier's type belongs.
                self.tell(side, Fact::Hl7DeviceSerial, kind, facts);
            }
        }
        self.forget();
    }

    /// Forgets the device; the sender stays.
    pub(super) fn forget(&mut self) {
        *self = Device { sender: self.sender, ..Device::default() };
    }

    fn name(&mut self, record: &[u8], identifier: &[u8]) {
        self.own = self.sender != 0 && hash(identifier) == self.sender;
        let length = record.len().min(RECORD_BYTES_MAX);
        if let (Some(to), Some(from)) = (self.record.get_mut(..length), record.get(..length)) {
            to.copy_from_slice(from);
            self.length = length as u8;
        }
    }

    fn tell(&self, side: Side, fact: Fact, value: &[u8], facts: &mut dyn Facts) {
        match self.record.get(..usize::from(self.length)).unwrap_or_default() {
            _ if value.is_empty() => {}
            _ if self.own => facts.fact(side, fact, value),
            b"" => {}
            record => facts.fact_of(side, record, fact, value),
        }
    }
}

/// FNV-1a, to compare identifiers without keeping them; empty text has none.
fn hash(text: &[u8]) -> u64 {
    if text.is_empty() {
        return 0;
    }
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}
