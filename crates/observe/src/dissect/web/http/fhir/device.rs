//! What a Device resource says of a device, kept until it has said who the device is.

use crate::dissect::{Facts, Side};
use cordon_model::observe::Fact;

/// Room for one device's particulars.
const POOL_BYTES: usize = 320;
/// Before each value: what it is, and its length.
const RECORD_HEADER_BYTES: usize = 2;

/// What is kept of a device, in the order of how well it names one.
const KEPT: [(Particular, Option<Fact>); 11] = [
    (Particular::Serial, Some(Fact::FhirDeviceSerial)),
    (Particular::Identifier, Some(Fact::FhirDeviceIdentifier)),
    (Particular::Udi, Some(Fact::FhirDeviceUdi)),
    (Particular::Id, None),
    (Particular::UdiModel, Some(Fact::FhirDeviceUdiModel)),
    (Particular::Manufacturer, Some(Fact::FhirDeviceManufacturer)),
    (Particular::Model, Some(Fact::FhirDeviceModel)),
    (Particular::Name, Some(Fact::FhirDeviceName)),
    (Particular::Type, Some(Fact::FhirDeviceType)),
    (Particular::Version, Some(Fact::FhirDeviceVersion)),
    (Particular::Manufactured, Some(Fact::FhirDeviceManufactured)),
];
/// Those of them that name one device and no other.
const NAMING: usize = 4;

/// One thing a Device resource says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Particular {
    Serial,
    Identifier,
    Udi,
    /// The server's own name for the resource.
    Id,
    UdiModel,
    Manufacturer,
    Model,
    Name,
    Type,
    Version,
    Manufactured,
}

/// The device under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    pool: [u8; POOL_BYTES],
    used: u16,
    /// It is some patient's own, such as an implant.
    of_patient: bool,
    over: bool,
}

impl Default for Device {
    fn default() -> Self {
        Device { pool: [0; POOL_BYTES], used: 0, of_patient: false, over: false }
    }
}

/// A server's own name for a resource tells it from others, but whoever made it up may have put anything into it:
/// its hash (FNV-1a) does as well.
fn anonymised(id: &[u8]) -> [u8; 19] {
    let hash = id.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut name = *b"id-0000000000000000";
    for (place, shift) in name.iter_mut().skip(3).zip((0..16).rev()) {
        let digit = (hash >> (shift * 4) & 0xf) as u8;
        *place = if digit < 10 { b'0' + digit } else { b'a' + digit - 10 };
    }
    name
}

impl Device {
    /// Begins another device.
    pub(super) fn clear(&mut self) {
        (self.used, self.of_patient, self.over) = (0, false, false);
    }

    pub(super) fn keep(&mut self, particular: Particular, value: &[u8]) {
        let start = usize::from(self.used);
        let end = start + RECORD_HEADER_BYTES + value.len();
        match (self.pool.get_mut(start..end), u8::try_from(value.len())) {
            (Some([kind, length, room @ ..]), Ok(count)) if count > 0 => {
                (*kind, *length) = (particular as u8, count);
                room.copy_from_slice(value);
                self.used = end as u16;
            }
            (_, Ok(0)) => {}
            _ => self.over = true,
        }
    }

    /// Takes the name back that was kept last.
    pub(super) fn forget_name(&mut self) {
        let (mut at, mut name) = (0, None);
        while let Some([kind, length, ..]) = self.pool.get(at..usize::from(self.used)) {
            let end = at + RECORD_HEADER_BYTES + usize::from(*length);
            name = (*kind == Particular::Name as u8).then_some((at, end)).or(name);
            at = end;
        }
        if let Some((start, end)) = name {
            self.pool.copy_within(end.., start);
            self.used -= (end - start) as u16;
        }
    }

    /// The device is affixed to a patient or belongs to one.
    pub(super) fn belongs_to_patient(&mut self) {
        self.of_patient = true;
    }

    /// True when what was said would identify a patient: an implant's serial number is its bearer's.
    pub(super) fn is_of_patient(&self) -> bool {
        self.of_patient
    }

    /// The resource ended: tells what was said, if it named the device at all.
    pub(super) fn tell(&self, speaker: Side, facts: &mut dyn Facts) {
        if self.over {
            facts.limit();
        }
        let named = KEPT.iter().take(NAMING);
        let found = named
            .into_iter()
            .find_map(|(particular, _)| Some((particular, self.values(*particular).next()?)));
        let anonymous;
        let record = match found {
            Some((Particular::Id, id)) => {
                anonymous = anonymised(id);
                &anonymous[..]
            }
            Some((_, name)) => name,
            None => return,
        };
        for (particular, fact) in KEPT {
            let Some(fact) = fact else { continue };
            for value in self.values(particular) {
                facts.fact_of(speaker, record, fact, value);
            }
        }
    }

    fn values(&self, wanted: Particular) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.pool.get(..usize::from(self.used)).unwrap_or_default();
        std::iter::from_fn(move || {
            let [kind, length, after @ ..] = rest else { return None };
            let (value, next) = after.split_at_checked(usize::from(*length))?;
            rest = next;
            Some((*kind, value))
        })
        .filter(move |(kind, _)| *kind == wanted as u8)
        .map(|(_, value)| value)
    }
}
