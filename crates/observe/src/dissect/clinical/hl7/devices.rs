//! The devices a message speaks of: which they are, and whether one of them is the sender itself.

use super::fields::{Segment, Text, hash};
use super::header::{Message, is_device_eui64};
use super::observation::is_of_equipment;
use crate::dissect::date::is_date;
use crate::dissect::{Facts, Side};
use cordon_model::observe::{FACT_BYTES_MAX, Fact};

/// A device's name as a record is cut at this length, in bytes.
const RECORD_BYTES_MAX: usize = 96;
/// Repetitions of one field that are read.
const REPETITIONS_MAX: usize = 8;
/// Room for what is said of a device before its identifier.
const PENDING_BYTES_MAX: usize = 216;
/// The longest single value kept so.
const PENDING_VALUE_MAX: usize = 80;

/// Facts that may precede the identifier of their device; their place is their number in the room above.
const PENDING_FACTS: &[Fact] = &[
    Fact::Hl7DeviceType,
    Fact::Hl7DeviceModel,
    Fact::Hl7DeviceManufacturer,
    Fact::Hl7DeviceSerial,
    Fact::Hl7DeviceSoftware,
    Fact::Hl7DeviceFirmware,
    Fact::Hl7DeviceHardware,
    Fact::Hl7DevicePart,
    Fact::Hl7DeviceCertification,
    Fact::Hl7DeviceMac,
    Fact::Hl7DeviceAddress,
];

/// A device by the name that its facts go under.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Device {
    record: Text<RECORD_BYTES_MAX>,
    /// It is the sender itself.
    own: bool,
    /// Hashes of its entity identifier and its universal one.
    marks: [u64; 2],
}

impl Device {
    /// Tells a fact about it, or nothing where it has no name.
    pub(super) fn tell(&self, side: Side, fact: Fact, value: &[u8], facts: &mut dyn Facts) {
        match self.record.bytes() {
            _ if value.is_empty() => {}
            _ if self.own => facts.fact(side, fact, value),
            b"" => {}
            record => facts.fact_of(side, record, fact, value),
        }
    }

    /// True when it can be told of.
    pub(super) fn is_known(&self) -> bool {
        self.own || !self.record.is_empty()
    }

    fn has_mark(&self, mark: u64) -> bool {
        mark != 0 && self.marks.contains(&mark)
    }
}

/// One equipment instance (EI): entity, namespace, universal identifier and its type.
#[derive(Clone, Copy)]
pub(super) struct Instance<'a> {
    whole: &'a [u8],
    entity: &'a [u8],
    universal: &'a [u8],
    kind: &'a [u8],
}

impl<'a> Instance<'a> {
    pub(super) fn new(message: &Message, whole: &'a [u8]) -> Instance<'a> {
        let part = |index| message.separators.component(whole, index);
        let (entity, namespace) = (part(0), part(1));
        // Gateways of personal devices shift the identifier's type to the front (a designator, HD).
        if namespace == b"EUI-64" {
            return Instance { whole, entity, universal: entity, kind: namespace };
        }
        Instance { whole, entity, universal: part(2), kind: part(3) }
    }

    fn is_empty(&self) -> bool {
        self.entity.is_empty() && self.universal.is_empty()
    }

    /// False for the parts of a person's name (XCN): identifier, family name and given name, to which no type of
    /// identifier belongs.
    fn is_plausible(&self, message: &Message) -> bool {
        let named = !self.universal.is_empty() && self.kind.is_empty();
        let longer = !message.separators.component(self.whole, 4).is_empty();
        !longer && (!named || self.universal.iter().any(u8::is_ascii_digit))
    }
}

/// What one side's messages have said of devices.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Devices {
    /// The medical device system that the observations read last belong to (IHE DEC).
    system: Device,
    /// OBX-4's first number; zero where no system was begun.
    number: u32,
    pending: Text<PENDING_BYTES_MAX>,
    /// Its alarms were told in this message.
    alarms_told: bool,
    /// The entity that first bore the sender's universal identifier, as a hash.
    own_entity: u64,
    /// What is said now is about equipment in use: devices that take part are no patient's implants.
    of_equipment: bool,
}

impl Devices {
    /// The device an instance names. Who bears the sender's universal identifier or its name is the sender,
    /// but only the first: some gateways put theirs after each entity, as the one who named it.
    pub(super) fn named(&mut self, message: &Message, instance: &Instance<'_>) -> Device {
        let marks = [hash(instance.entity), hash(instance.universal)];
        let [sender, application] = message.sender;
        let own = match marks {
            [entity, universal] if universal != 0 && universal == sender => {
                if self.own_entity == 0 {
                    self.own_entity = entity;
                }
                entity == 0 || entity == self.own_entity
            }
            [entity, _] => entity != 0 && entity == application,
        };
        let mut buffer = [0; FACT_BYTES_MAX];
        Device { record: Text::new(message.text(instance.whole, &mut buffer)), own, marks }
    }

    /// Tells the identifiers of an instance of equipment and answers which device it is.
    pub(super) fn identify(
        &mut self,
        message: &Message,
        side: Side,
        instance: &Instance<'_>,
        facts: &mut dyn Facts,
    ) -> Device {
        let mut buffer = [0; FACT_BYTES_MAX];
        let device = self.named(message, instance);
        device.tell(side, Fact::Hl7DeviceIdentifier, message.text(instance.entity, &mut buffer), facts);
        if instance.kind == b"EUI-64" {
            if instance.universal != instance.entity && is_device_eui64(instance.universal) {
                device.tell(side, Fact::Hl7DeviceIdentifier, instance.universal, facts);
            }
        } else if instance.universal.is_empty() && instance.kind.starts_with(b"SN") {
            // Some gateways put the serial number where the universal identifier's type belongs.
            device.tell(side, Fact::Hl7DeviceSerial, instance.kind, facts);
        }
        device
    }

    /// OBX-18 or EQU-1: each of possibly several devices from the sensor to the gateway; answers the first.
    /// A field whose first repetition is empty holds something else: a place, by one maker's custom.
    pub(super) fn equipment(
        &mut self,
        message: &Message,
        side: Side,
        value: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<Device> {
        if message.laboratory {
            return self.analyser(message, side, value, facts);
        }
        let mut first = None;
        for part in message.separators.repetitions(value).take(REPETITIONS_MAX) {
            let instance = Instance::new(message, part);
            if instance.is_empty() || !instance.is_plausible(message) {
                break;
            }
            self.of_equipment = true;
            let device = self.identify(message, side, &instance, facts);
            first = first.or(Some(device));
        }
        first
    }

    /// OBX-18 in the laboratory analytical workflow: model and maker, then serial number, then the
    /// module's number, each with the maker as namespace.
    fn analyser(
        &mut self,
        message: &Message,
        side: Side,
        value: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<Device> {
        let mut parts = message.separators.repetitions(value);
        let (model, serial) = (parts.next()?, parts.next().unwrap_or_default());
        let part = |value, index| message.separators.component(value, index);
        let number = part(serial, 0);
        if number.is_empty() && part(model, 0).is_empty() {
            return None;
        }
        self.of_equipment = true;
        // Without a serial number the module is known only within its analyser.
        let whole = if number.is_empty() { value } else { serial };
        let device = self.named(message, &Instance::new(message, whole));
        let mut buffer = [0; FACT_BYTES_MAX];
        for (fact, value) in [
            (Fact::Hl7DeviceModel, part(model, 0)),
            (Fact::Hl7DeviceManufacturer, part(model, 1)),
            (Fact::Hl7DeviceSerial, number),
        ] {
            device.tell(side, fact, message.text(value, &mut buffer), facts);
        }
        Some(device)
    }

    /// A segment begins or goes on with what is about equipment, or about a patient, whose implants are nobody's
    /// equipment.
    pub(super) fn passes(&mut self, message: &Message, segment: Segment<'_>) {
        self.of_equipment = match segment.name() {
            b"OBX" => message.of_devices || is_of_equipment(segment),
            b"OBR" => message.of_devices,
            b"EQU" => true,
            b"PRT" | b"DEV" | b"NTE" | b"TQ1" | b"TQ2" => return,
            _ => false,
        };
    }

    /// PRT: a device that takes part in what equipment observed. PRT-10 and PRT-16 to PRT-22 (HL7 2.9 7.4.4).
    pub(super) fn participation(
        &mut self,
        message: &Message,
        side: Side,
        segment: Segment<'_>,
        facts: &mut dyn Facts,
    ) {
        const PARTICULARS: [(Fact, u16); 7] = [
            (Fact::Hl7DeviceUdi, 10),
            (Fact::Hl7DeviceIdentifier, 16),
            (Fact::Hl7DeviceManufactured, 17),
            (Fact::Hl7DeviceExpiry, 18),
            (Fact::Hl7DeviceLot, 19),
            (Fact::Hl7DeviceSerial, 20),
            (Fact::Hl7DeviceType, 22),
        ];
        if self.of_equipment && !is_of_person(segment) {
            let ids = [segment.field(16), segment.field(10)];
            let device = self.participant(message, ids, segment.field(20));
            tell_particulars(message, side, device, segment, &PARTICULARS, facts);
        }
    }

    /// DEV (HL7 2.9 17.8): a device. An implant is a patient's: of it nothing is told.
    pub(super) fn device(
        &mut self,
        message: &Message,
        side: Side,
        segment: Segment<'_>,
        facts: &mut dyn Facts,
    ) {
        const PARTICULARS: [(Fact, u16); 11] = [
            (Fact::Hl7DeviceIdentifier, 2),
            (Fact::Hl7DeviceType, 3),
            (Fact::Hl7DeviceManufacturer, 5),
            (Fact::Hl7DeviceModel, 7),
            (Fact::Hl7DevicePart, 8),
            (Fact::Hl7DeviceUdi, 9),
            (Fact::Hl7DeviceLot, 10),
            (Fact::Hl7DeviceSerial, 11),
            (Fact::Hl7DeviceManufactured, 12),
            (Fact::Hl7DeviceExpiry, 13),
            (Fact::Hl7DeviceSoftware, 16),
        ];
        if self.of_equipment && segment.field(17).is_empty() {
            let device = self.participant(message, [segment.field(2), segment.field(9)], segment.field(11));
            tell_particulars(message, side, device, segment, &PARTICULARS, facts);
        }
    }

    /// The device that identifiers and a serial number name: the system spoken of if it bears one of them,
    /// else what tells instances apart best.
    fn participant(&mut self, message: &Message, ids: [&[u8]; 2], serial: &[u8]) -> Option<Device> {
        let [one, other] = ids.map(|id| Instance::new(message, id));
        let serial = Instance { whole: serial, entity: serial, universal: b"", kind: b"" };
        let marks = [one.universal, other.universal, serial.entity, one.entity, other.entity].map(hash);
        if marks.iter().any(|&mark| self.system.has_mark(mark)) {
            return Some(self.system);
        }
        let by_universal =
            [one, other].into_iter().find(|id| id.kind == b"EUI-64" && is_device_eui64(id.universal));
        let best = match by_universal {
            Some(id) => Some(Instance { whole: id.universal, ..id }),
            None => [serial, other, one]
                .into_iter()
                .find(|id| !id.entity.is_empty())
                .map(|id| Instance { whole: id.entity, ..id }),
        };
        best.map(|best| self.named(message, &best))
    }

    /// A medical device system begins: what was said of the one before is settled.
    pub(super) fn begin(&mut self, side: Side, number: u32, facts: &mut dyn Facts) {
        self.settle(side, facts);
        self.number = number;
    }

    /// The number of the system spoken of, zero for none.
    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// Whether the system spoken of has been named.
    pub(super) fn is_named(&self) -> bool {
        self.system.is_known()
    }

    /// The system spoken of is this device: what was said before its name is told now.
    pub(super) fn adopt(&mut self, message: &Message, side: Side, device: Device, facts: &mut dyn Facts) {
        self.system = device;
        self.tell_pending(side, facts);
        if message.alarm && !self.alarms_told {
            self.alarms_told = true;
            if !device.own {
                device.tell(side, Fact::Hl7Alarms, message.kind.bytes(), facts);
            }
        }
    }

    /// Tells a fact about the system spoken of, or keeps it until the system is named.
    pub(super) fn of_system(&mut self, side: Side, fact: Fact, value: &[u8], facts: &mut dyn Facts) {
        if self.system.is_known() {
            return self.system.tell(side, fact, value, facts);
        }
        let Some(number) = PENDING_FACTS.iter().position(|known| *known == fact) else { return };
        let value = value.get(..PENDING_VALUE_MAX).unwrap_or(value);
        if value.is_empty() || self.pending.bytes().len() + value.len() + 2 > PENDING_BYTES_MAX {
            return facts.limit();
        }
        self.pending.push(&[number as u8, value.len() as u8]);
        self.pending.push(value);
    }

    /// The message, or what it says of this system, is over. A system without any other name is known by
    /// its serial number.
    pub(super) fn settle(&mut self, side: Side, facts: &mut dyn Facts) {
        if !self.system.is_known() {
            let serial = pending(self.pending.bytes()).find(|(fact, _)| *fact == Fact::Hl7DeviceSerial);
            if let Some((_, serial)) = serial {
                self.system = Device { record: Text::new(serial), own: false, marks: [hash(serial), 0] };
                self.tell_pending(side, facts);
            }
        }
        let Devices { own_entity, of_equipment, .. } = *self;
        *self = Devices { own_entity, of_equipment, ..Devices::default() };
    }

    fn tell_pending(&mut self, side: Side, facts: &mut dyn Facts) {
        for (fact, value) in pending(self.pending.bytes()) {
            self.system.tell(side, fact, value, facts);
        }
        self.pending = Text::default();
    }
}

/// Tells the first component of each field; of the device's type, which is coded, the text where there is one, for
/// it says more than its code.
fn tell_particulars(
    message: &Message,
    side: Side,
    device: Option<Device>,
    segment: Segment<'_>,
    particulars: &[(Fact, u16)],
    facts: &mut dyn Facts,
) {
    let Some(device) = device else { return };
    let is_dated = |fact| matches!(fact, Fact::Hl7DeviceManufactured | Fact::Hl7DeviceExpiry);
    // Where dates are none, another segment's fields have run into this one.
    let mut dates =
        particulars.iter().filter(|(fact, _)| is_dated(*fact)).map(|(_, field)| segment.field(*field));
    if !dates.all(|date| date.is_empty() || is_date(date)) {
        return;
    }
    let mut buffer = [0; FACT_BYTES_MAX];
    for &(fact, field) in particulars {
        let value = match (fact, segment.component(field, 1)) {
            (Fact::Hl7DeviceType, text @ [_, ..]) => text,
            _ => segment.component(field, 0),
        };
        device.tell(side, fact, message.text(value, &mut buffer), facts);
    }
}

/// True for a PRT of a person or an organisation: one with an address or a telephone number, or in another part
/// than equipment plays (table 0912). Without its role its other required fields have shifted.
fn is_of_person(segment: Segment<'_>) -> bool {
    let filled = |from: u16, to: u16| (from..=to).any(|field| !segment.field(field).is_empty());
    let role = segment.component(4, 0);
    filled(14, 15) || if role.is_empty() { filled(1, 3) } else { !matches!(role, b"EQUIP" | b"DEV") }
}

/// Facts and values in the order they were kept.
fn pending(mut bytes: &[u8]) -> impl Iterator<Item = (Fact, &[u8])> {
    std::iter::from_fn(move || {
        let (&[number, length], rest) = bytes.split_first_chunk::<2>()?;
        let (value, rest) = rest.split_at_checked(usize::from(length))?;
        bytes = rest;
        Some((*PENDING_FACTS.get(usize::from(number))?, value))
    })
}
