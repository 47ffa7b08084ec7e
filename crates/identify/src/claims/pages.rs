//! What a device's own web page says beside labels, and what the documents say that it sends of itself.
//!
//! A label and its value are as good as a field of a protocol, where the page is the device's own. One address that
//! states several serial numbers or models speaks for others (a gateway, an inventory) and says nothing of itself.

use super::witness::Witness;
use super::{Said, Subject};
use crate::gather::Seen;
use crate::ground::Ground;
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol};
use std::collections::BTreeSet;

/// Beside a label on the page that a device shows of itself.
const PAGE: f64 = 0.97;
/// In a document that it sends.
const DOCUMENT: f64 = 0.96;
/// What is called software where nothing is called firmware; and where something is.
const SOFTWARE_ALONE: f64 = 0.94;
const SOFTWARE: f64 = 0.6;

/// The facts of one kind of place, and how sure their word is.
struct Place {
    rule: &'static str,
    likely: f64,
    facts: [(Fact, Attribute); 4],
    software: Fact,
}

const PLACES: [Place; 2] = [
    Place {
        rule: "http/own-page",
        likely: PAGE,
        facts: [
            (Fact::HttpPageManufacturer, Attribute::Manufacturer),
            (Fact::HttpPageModel, Attribute::Model),
            (Fact::HttpPageSerial, Attribute::Serial),
            (Fact::HttpPageFirmware, Attribute::Firmware),
        ],
        software: Fact::HttpPageSoftware,
    },
    Place {
        rule: "http/own-document",
        likely: DOCUMENT,
        facts: [
            (Fact::HttpDocumentManufacturer, Attribute::Manufacturer),
            (Fact::HttpDocumentModel, Attribute::Model),
            (Fact::HttpDocumentSerial, Attribute::Serial),
            (Fact::HttpDocumentFirmware, Attribute::Firmware),
        ],
        software: Fact::HttpDocumentSoftware,
    },
];

/// Draws claims from them.
pub(super) fn claim<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    for place in &PLACES {
        let of =
            |fact: Fact| subject.facts.iter().filter(move |seen| seen.fact == fact && seen.record.is_none());
        let several = place.facts.iter().any(|(fact, attribute)| {
            let values: BTreeSet<&str> = of(*fact).map(|seen| seen.value).collect();
            matches!(attribute, Attribute::Serial | Attribute::Model) && values.len() > 1
        });
        if several {
            continue;
        }
        let states_firmware =
            of(Fact::HttpPageFirmware).chain(of(Fact::HttpDocumentFirmware)).next().is_some();
        for (fact, attribute) in place.facts {
            for seen in of(fact) {
                say(seen, place.rule, attribute, place.likely, subject, said);
            }
        }
        for seen in of(place.software) {
            let likely = if states_firmware { SOFTWARE } else { SOFTWARE_ALONE };
            say(seen, place.rule, Attribute::Firmware, likely, subject, said);
        }
    }
}

fn say<'a>(
    seen: &Seen<'a>,
    rule: &'static str,
    attribute: Attribute,
    likely: f64,
    subject: &Subject<'a>,
    said: &mut Said<'a>,
) {
    // What a client sends is written by the same program that names itself in its requests.
    let serves = subject.deeds.serves.contains_key(&Protocol::Http);
    let witness = if serves { Witness::Pages } else { Witness::Agent };
    said.concluded(Ground::of(seen, rule), (witness, seen.last), attribute, seen.value, likely);
}
