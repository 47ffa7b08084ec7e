//! What a device's own status page or status document says beside a label: maker, model, serial number, versions.
//!
//! All labels stand here, once for pages for people ([`Item::labelled`]) and once for elements of XML
//! ([`Item::of_element`]), in the spellings that devices use. A value must have the form of what its label
//! announces, so that a page that was misread tells nothing; a label that stands there twice with different values
//! speaks of several things, and so of none.

use super::{Facts, Side, person};
use cordon_model::observe::Fact;

/// The longest label, and the longest value that is kept.
pub(super) const LABEL_BYTES_MAX: usize = 40;
pub(super) const VALUE_BYTES_MAX: usize = 48;

/// What a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    Manufacturer,
    Model,
    Serial,
    Firmware,
    Software,
}

/// What may stand where a document says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A page for people.
    Page,
    /// An XML document.
    Document,
}

/// Labels in small letters, without the colon behind them, as the pages of devices spell them: network printers (HP
/// "Firmware Datecode", Brother "Serial no." and "Main Firmware Version"), cameras, power supplies ("Model Number",
/// "Firmware Revision"), switches and access points. What is of a part alone ("Boot firmware version", "Hardware
/// version") is left out.
const LABELS: &[(Item, &[&str])] = &[
    (
        Item::Manufacturer,
        &["manufacturer", "manufacturer name", "vendor name", "hersteller", "fabricant", "fabricante"],
    ),
    (
        Item::Model,
        &[
            "model",
            "model name",
            "model number",
            "model no.",
            "model no",
            "device model",
            "machine model",
            "product model",
            "product name",
            "printer model",
            "camera model",
            "ups model",
            "host model",
            "hardware model",
            "modell",
            "modèle",
            "modelo",
        ],
    ),
    (
        Item::Serial,
        &[
            "serial number",
            "serial no.",
            "serial no",
            "serial #",
            "serial",
            "s/n",
            "sn",
            "device serial number",
            "product serial number",
            "printer serial number",
            "machine serial number",
            "system serial number",
            "unit serial number",
            "ups serial number",
            "machine id",
            "seriennummer",
            "serien-nr.",
            "numéro de série",
            "número de serie",
            "número de série",
            "numero di serie",
        ],
    ),
    (
        Item::Firmware,
        &[
            "firmware version",
            "firmware",
            "firmware revision",
            "firmware rev.",
            "firmware level",
            "firmware datecode",
            "firmware date code",
            "firmware ver.",
            "current firmware version",
            "main firmware version",
            "system firmware version",
            "system firmware",
            "device firmware version",
            "printer firmware version",
            "f/w version",
            "fw version",
            "firmware-version",
            "firmwareversion",
            "version du firmware",
            "versión de firmware",
            "versão do firmware",
        ],
    ),
    (
        Item::Software,
        &[
            "software version",
            "software revision",
            "software release",
            "system software version",
            "device software version",
            "sw version",
            "s/w version",
            "system version",
            "softwareversion",
            "software-version",
            "version du logiciel",
            "versión de software",
        ],
    ),
];

/// Local names of elements without hyphens, underscores and capital letters: those of UPnP device descriptions
/// (UPnP Device Architecture 2.0, 2.3), the `DeviceInfo` of cameras (Hikvision ISAPI), the `ProductConfigDyn` of
/// printers (HP), and the same words in other documents.
const ELEMENTS: &[(Item, &[&str])] = &[
    (Item::Manufacturer, &["manufacturer", "manufacturername", "vendorname"]),
    (
        Item::Model,
        &["model", "modelname", "modelnumber", "devicemodel", "productname", "productmodel", "makeandmodel"],
    ),
    (Item::Serial, &["serialnumber", "serialno", "serial", "deviceserialnumber", "productserialnumber"]),
    (Item::Firmware, &["firmwareversion", "firmware", "firmwarerevision", "firmwaredatecode", "fwversion"]),
    (Item::Software, &["softwareversion", "swversion", "softwarerevision"]),
];

/// Parts of element names that show a document to be about people.
const OF_PEOPLE: [&[u8]; 9] = [
    b"patient",
    b"person",
    b"birth",
    b"mrn",
    b"firstname",
    b"lastname",
    b"surname",
    b"familyname",
    b"givenname",
];

/// Words that head the columns and groups of such pages, and the values of what is not set: no model and no maker.
const NO_NAMES: [&[u8]; 38] = [
    b"-",
    b"--",
    b"n/a",
    b"na",
    b"none",
    b"null",
    b"unknown",
    b"undefined",
    b"description",
    b"type",
    b"name",
    b"status",
    b"state",
    b"location",
    b"address",
    b"ip address",
    b"mac address",
    b"value",
    b"version",
    b"date",
    b"contact",
    b"quantity",
    b"price",
    b"number",
    b"details",
    b"information",
    b"device name",
    b"host name",
    b"hostname",
    b"other",
    b"asset",
    b"owner",
    b"department",
    b"default",
    b"not set",
    b"not available",
    b"to be filled by o.e.m.",
    b"select",
];

impl Item {
    const ALL: [Item; 5] = [Item::Manufacturer, Item::Model, Item::Serial, Item::Firmware, Item::Software];

    /// What a label on a page announces.
    pub(super) fn labelled(label: &[u8]) -> Option<Item> {
        // Most texts of a page begin with none of these letters, or are too long.
        let begins =
            label.first().is_some_and(|first| b"mvhfpdcus\xc3n".contains(&first.to_ascii_lowercase()));
        if !begins || label.len() > LABEL_BYTES_MAX {
            return None;
        }
        find(LABELS, label)
    }

    /// What an element's local name announces.
    pub(super) fn of_element(name: &[u8]) -> Option<Item> {
        let mut plain = [0; LABEL_BYTES_MAX];
        let mut length = 0;
        for byte in name.iter().filter(|byte| !b"-_".contains(byte)) {
            *plain.get_mut(length)? = byte.to_ascii_lowercase();
            length += 1;
        }
        find(ELEMENTS, plain.get(..length)?)
    }

    /// True for a value that has the form of what is announced.
    fn suits(self, value: &[u8]) -> bool {
        let words = value.split(|byte| *byte == b' ').count();
        let digits = value.iter().filter(|byte| byte.is_ascii_digit()).count();
        let only = |more: &[u8]| value.iter().all(|byte| byte.is_ascii_alphanumeric() || more.contains(byte));
        match self {
            // Dates and times have colons, slashes, or two hyphens between digits.
            Item::Serial => (4..=32).contains(&value.len()) && digits >= 2 && only(b"-_.") && !is_date(value),
            Item::Firmware | Item::Software => {
                digits >= 1 && words <= 6 && only(b" ._-+()/") && !is_date(value)
            }
            Item::Manufacturer | Item::Model => {
                value.iter().filter(|byte| byte.is_ascii_alphabetic()).count() >= 2
                    && words <= 6
                    && !value.iter().any(|byte| b"{}<>=?|;!\"\\$".contains(byte))
                    && !NO_NAMES.iter().any(|no| no.eq_ignore_ascii_case(value))
                    && !person::may_name_someone(value)
            }
        }
    }

    fn fact(self, place: Place) -> Fact {
        match (place, self) {
            (Place::Page, Item::Manufacturer) => Fact::HttpPageManufacturer,
            (Place::Page, Item::Model) => Fact::HttpPageModel,
            (Place::Page, Item::Serial) => Fact::HttpPageSerial,
            (Place::Page, Item::Firmware) => Fact::HttpPageFirmware,
            (Place::Page, Item::Software) => Fact::HttpPageSoftware,
            (Place::Document, Item::Manufacturer) => Fact::HttpDocumentManufacturer,
            (Place::Document, Item::Model) => Fact::HttpDocumentModel,
            (Place::Document, Item::Serial) => Fact::HttpDocumentSerial,
            (Place::Document, Item::Firmware) => Fact::HttpDocumentFirmware,
            (Place::Document, Item::Software) => Fact::HttpDocumentSoftware,
        }
    }
}

fn find(known: &[(Item, &[&str])], label: &[u8]) -> Option<Item> {
    let is = |name: &&str| name.as_bytes().eq_ignore_ascii_case(label);
    known.iter().find(|(_, names)| names.iter().any(is)).map(|(item, _)| *item)
}

/// True for `2020-03-02`, as a serial number or a version of the same form is not told from it.
fn is_date(value: &[u8]) -> bool {
    let digits = |part: Option<&[u8]>| {
        part.is_some_and(|part| (1..=4).contains(&part.len()) && part.iter().all(u8::is_ascii_digit))
    };
    let mut parts = value.split(|byte| b"-/".contains(byte));
    digits(parts.next()) && digits(parts.next()) && digits(parts.next()) && parts.next().is_none()
}

/// True for the name of an element that shows a document to be about people.
pub(super) fn is_of_people(name: &[u8]) -> bool {
    OF_PEOPLE.iter().any(|word| name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word)))
}

/// All values of one document, in bytes; what finds no room is left out.
const BYTES_MAX: usize = 136;

/// The particulars of one document, kept until it has shown that it is nobody's: number, length and bytes of each
/// value, one after another.
#[derive(Clone, Copy, Debug)]
pub(super) struct Particulars {
    bytes: [u8; BYTES_MAX],
    length: u8,
    /// Items of which the document says several things, a bit each.
    several: u8,
}

impl Default for Particulars {
    fn default() -> Self {
        Particulars { bytes: [0; BYTES_MAX], length: 0, several: 0 }
    }
}

impl Particulars {
    /// Remembers a value that has the form of what is announced.
    pub(super) fn put(&mut self, item: Item, value: &[u8]) {
        if value.len() > VALUE_BYTES_MAX || !item.suits(value) {
            return;
        }
        if let Some(known) = self.known(item) {
            self.several |= u8::from(known != value) << item as u8;
            return;
        }
        let start = usize::from(self.length);
        let Some(room) = self.bytes.get_mut(start..start + 2 + value.len()) else { return };
        let (head, body) = room.split_at_mut(2);
        head.copy_from_slice(&[item as u8, value.len() as u8]);
        body.copy_from_slice(value);
        self.length += 2 + value.len() as u8;
    }

    /// The first value of an item.
    fn known(&self, item: Item) -> Option<&[u8]> {
        let mut rest = self.bytes.get(..usize::from(self.length)).unwrap_or_default();
        while let [number, length, after @ ..] = rest {
            let (value, next) = after.split_at_checked(usize::from(*length))?;
            if *number == item as u8 {
                return Some(value);
            }
            rest = next;
        }
        None
    }

    fn is_several(&self, item: Item) -> bool {
        self.several >> item as u8 & 1 == 1
    }

    /// The one value of an item.
    fn value(&self, item: Item) -> Option<&[u8]> {
        self.known(item).filter(|_| !self.is_several(item))
    }

    /// True when they say what a device is, and which one or what runs on it: more than a word in passing.
    pub(super) fn describe_a_device(&self) -> bool {
        let says = |item: Item| self.value(item).is_some();
        (says(Item::Manufacturer) || says(Item::Model))
            && (says(Item::Serial) || says(Item::Firmware) || says(Item::Software))
    }

    /// Tells what was remembered. Of several serial numbers or models none is the device's own, and then neither
    /// are the other values.
    pub(super) fn tell(&self, place: Place, side: Side, facts: &mut dyn Facts) {
        if self.is_several(Item::Serial) || self.is_several(Item::Model) {
            return;
        }
        for item in Item::ALL {
            if let Some(value) = self.value(item) {
                facts.fact(side, item.fact(place), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_label_fits_and_announces_one_thing() {
        let mut seen = std::collections::BTreeSet::new();
        for (item, names) in LABELS {
            for name in *names {
                assert!(seen.insert(name), "{name} twice");
                assert_eq!(Item::labelled(name.as_bytes()), Some(*item), "{name}");
                assert_eq!(Item::labelled(name.to_ascii_uppercase().as_bytes()), Some(*item), "{name}");
            }
        }
        for (item, names) in ELEMENTS {
            for name in *names {
                assert_eq!(Item::of_element(name.as_bytes()), Some(*item), "{name}");
            }
        }
        assert_eq!(Item::of_element(b"Firmware-Version"), Some(Item::Firmware));
        assert_eq!(Item::labelled(b"Boot firmware version"), None);
        assert_eq!(Item::labelled(b""), None);
        assert_eq!(Item::of_element(&[b's'; 200]), None);
    }

    #[test]
    fn values_have_the_form_of_what_is_announced() {
        for (item, value, suits) in [
            (Item::Serial, "CNJBK03456", true),
            (Item::Serial, "5A1712T 03456", false),
            (Item::Serial, "Location", false),
            (Item::Serial, "2020-03-02", false),
            (Item::Serial, "10:02:33", false),
            (Item::Firmware, "2411097_060427", true),
            (Item::Firmware, "V5.5.0 build 170725", true),
            (Item::Firmware, "v2.6.0 (aos)", true),
            (Item::Firmware, "Upgrade", false),
            (Item::Software, "{{ version }}", false),
            (Item::Model, "LaserJet M607", true),
            (Item::Model, "Infusomat Space", true),
            (Item::Model, "Description", false),
            (Item::Model, "Doe, Jane", false),
            (Item::Manufacturer, "Mr Doe", false),
            (Item::Manufacturer, "B. Braun", true),
            (Item::Model, "{{model}}", false),
        ] {
            assert_eq!(item.suits(value.as_bytes()), suits, "{item:?} {value}");
        }
    }

    #[test]
    fn documents_about_people_are_known_by_their_elements() {
        assert!(is_of_people(b"PatientId") && is_of_people(b"dateOfBirth") && is_of_people(b"Person"));
        assert!(!is_of_people(b"serialNumber") && !is_of_people(b""));
    }
}
