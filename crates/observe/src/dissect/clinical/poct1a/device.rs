//! The device a greeting speaks of (POCT1-A, object DEV): the one that greets, or one that a station in
//! between speaks for.

use crate::dissect::{Facts, Side, person};
use cordon_model::observe::Fact;

/// A device's name as a record is cut at this length, in bytes.
const RECORD_BYTES_MAX: usize = 48;

/// Whom the fields read last are about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Device {
    /// A hash of the device that greeted first on this side, zero before: that is who speaks.
    speaker: u64,
    about: About,
    record: [u8; RECORD_BYTES_MAX],
    length: u8,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum About {
    /// No identifier of this message's device was read yet.
    #[default]
    Unknown,
    Speaker,
    Another,
}

impl Default for Device {
    fn default() -> Self {
        Device { speaker: 0, about: About::Unknown, record: [0; RECORD_BYTES_MAX], length: 0 }
    }
}

impl Device {
    /// A message begins; of whom it speaks is not known.
    pub(super) fn begin(&mut self) {
        self.about = About::Unknown;
        self.length = 0;
    }

    /// A field of DEV, or of DSC within it, that is not empty. What comes before the identifier is the speaker's while no other
    /// device is known, and else has nobody to belong to.
    pub(super) fn tell(&mut self, side: Side, field: &[u8], value: &[u8], facts: &mut dyn Facts) {
        if matches!(field, b"device_id" | b"serial_id") && self.about == About::Unknown {
            self.identify(value);
        }
        let fact = match field {
            b"device_id" => Fact::Poct1aDeviceId,
            b"vendor_id" => Fact::Poct1aVendor,
            b"model_id" => Fact::Poct1aModel,
            b"serial_id" => Fact::Poct1aSerial,
            b"manufacturer_name" => Fact::Poct1aManufacturer,
            b"hw_version" => Fact::Poct1aHardware,
            b"sw_version" => Fact::Poct1aSoftware,
            b"device_name" => Fact::Poct1aName,
            b"connection_profile_cd" => Fact::Poct1aProfile,
            b"location" => Fact::Poct1aLocation,
            _ => return,
        };
        // Users name their devices as they like.
        if fact == Fact::Poct1aName && person::may_name_someone(value) {
            return;
        }
        match self.about {
            About::Speaker => facts.fact(side, fact, value),
            About::Unknown if self.speaker == 0 => facts.fact(side, fact, value),
            About::Another => {
                let record = self.record.get(..usize::from(self.length)).unwrap_or_default();
                facts.fact_of(side, record, fact, value);
            }
            About::Unknown => facts.limit(),
        }
    }

    fn identify(&mut self, identifier: &[u8]) {
        let hash = hash(identifier);
        if self.speaker == 0 {
            self.speaker = hash;
        }
        self.about = if self.speaker == hash { About::Speaker } else { About::Another };
        let length = identifier.len().min(RECORD_BYTES_MAX);
        if let (Some(to), Some(from)) = (self.record.get_mut(..length), identifier.get(..length)) {
            to.copy_from_slice(from);
            self.length = length as u8;
        }
    }
}

/// FNV-1a, to compare identifiers without keeping them; never zero.
fn hash(text: &[u8]) -> u64 {
    let hash = text.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    hash | 1
}
