//! What is known of the device under way, until it is clear whether it is the endpoint itself or one of
//! several that it speaks for.

use crate::dissect::{Facts, Side};
use cordon_model::observe::Fact;

/// All values of one device, in bytes; more are left out and counted.
const BYTES_MAX: usize = 288;
/// A longer value is cut.
const VALUE_BYTES_MAX: usize = 96;

/// Values that are not facts themselves stand for these.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Facility,
    Building,
    Floor,
    PointOfCare,
    Room,
    Bed,
    FaultCode,
    FaultSubcode,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Fact(Fact),
    Part(Part),
}

/// The facts of a device, in the order of their numbers.
const FACTS: [Fact; 16] = [
    Fact::SdcManufacturer,
    Fact::SdcModel,
    Fact::SdcModelNumber,
    Fact::SdcSerial,
    Fact::SdcLot,
    Fact::SdcUdi,
    Fact::SdcUdiDeviceIdentifier,
    Fact::SdcUdiIssuer,
    Fact::SdcManufactured,
    Fact::SdcHardware,
    Fact::SdcSoftware,
    Fact::SdcFirmware,
    Fact::SdcPartNumber,
    Fact::SdcType,
    Fact::SdcTypeName,
    Fact::SdcHandle,
];

impl Item {
    fn number(self) -> u8 {
        let number = match self {
            Item::Fact(fact) => FACTS.iter().position(|known| *known == fact).unwrap_or(FACTS.len()),
            Item::Part(part) => 128 + part as usize,
        };
        number as u8
    }
}

/// Values one after another: number, length, bytes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Equipment {
    bytes: [u8; BYTES_MAX],
    length: u16,
    full: bool,
}

impl Default for Equipment {
    fn default() -> Self {
        Equipment { bytes: [0; BYTES_MAX], length: 0, full: false }
    }
}

impl Equipment {
    /// Remembers a value; of several the first, for the others are the same in other languages.
    pub(super) fn put(&mut self, item: Item, value: &[u8]) {
        let value = value.get(..VALUE_BYTES_MAX).unwrap_or(value);
        if value.is_empty() || self.get(item).is_some() {
            return;
        }
        let start = usize::from(self.length);
        let Some(room) = self.bytes.get_mut(start..start + 2 + value.len()) else {
            self.full = true;
            return;
        };
        let (head, body) = room.split_at_mut(2);
        head.copy_from_slice(&[item.number(), value.len() as u8]);
        body.copy_from_slice(value);
        self.length += 2 + value.len() as u16;
    }

    /// The value of an item.
    pub(super) fn get(&self, item: Item) -> Option<&[u8]> {
        let number = item.number();
        self.entries().find(|(found, _)| *found == number).map(|(_, value)| value)
    }

    fn entries(&self) -> impl Iterator<Item = (u8, &[u8])> {
        let mut rest = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        std::iter::from_fn(move || {
            let [number, length, after @ ..] = rest else { return None };
            let (value, next) = after.split_at_checked(usize::from(*length))?;
            rest = next;
            Some((*number, value))
        })
    }

    /// Tells all facts and forgets them: about the endpoint, or about one of the devices it speaks for, named
    /// by its serial number, unique identifier or handle.
    pub(super) fn tell(&mut self, side: Side, one_of_several: bool, facts: &mut dyn Facts) {
        const NAMES: [Fact; 3] = [Fact::SdcSerial, Fact::SdcUdi, Fact::SdcHandle];
        let record = NAMES.iter().find_map(|fact| self.get(Item::Fact(*fact)));
        for (number, value) in self.entries() {
            let Some(&fact) = FACTS.get(usize::from(number)) else { continue };
            match record {
                Some(record) if one_of_several => facts.fact_of(side, record, fact, value),
                // The handle tells parts of a description apart, not devices of a network.
                _ if one_of_several || fact == Fact::SdcHandle => {}
                _ => facts.fact(side, fact, value),
            }
        }
        if self.full {
            facts.limit();
        }
        *self = Equipment::default();
    }

    /// Where the device stands: facility, building, floor, point of care, room, bed.
    pub(super) fn place(&self) -> [&[u8]; 6] {
        use Part::{Bed, Building, Facility, Floor, PointOfCare, Room};
        [Facility, Building, Floor, PointOfCare, Room, Bed]
            .map(|part| self.get(Item::Part(part)).unwrap_or_default())
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        *self = Equipment::default();
    }
}
