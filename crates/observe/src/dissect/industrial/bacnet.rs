//! BACnet/IP (ANSI/ASHRAE 135, annex J): devices of building automation announce themselves and are asked for
//! their properties. Behind a router they have no address of their own on this network and are told by their
//! instance.

use super::super::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use super::number;
use crate::dissect::arp::Text;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// BACnet virtual link control over IPv4 and IPv6.
const LINK_TYPES: [u8; 2] = [0x81, 0x82];
/// Bit of the network layer's control byte: a message of the network layer itself.
const NETWORK_MESSAGE: u8 = 0x80;
const HAS_DESTINATION: u8 = 0x20;
const HAS_SOURCE: u8 = 0x08;
/// The device object's type.
const DEVICE: u32 = 8;
/// The highest instance is for "any".
const ANY_INSTANCE: u32 = 0x3f_ffff;

/// Reads each datagram alone.
#[derive(Clone, Copy, Debug)]
pub struct Bacnet;

impl DatagramDissector for Bacnet {
    const STARTS: Starts = Starts::of(&LINK_TYPES);

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match application(datagram.bytes).map(|(_, content)| content) {
            Some([kind, ..]) => match kind >> 4 {
                // I-Am and I-Have speak for themselves; Who-Is asks.
                1 => Recognised::Unsided,
                0 => Recognised::From(Side::Client),
                2..=7 => Recognised::From(Side::Server),
                _ => Recognised::No,
            },
            // Routers' and link messages.
            Some([]) => Recognised::Unsided,
            None => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some((routed, content)) = application(datagram.bytes) else { return false };
        match content {
            // I-Am: object, longest message, segmentation, vendor.
            [0x10, 0, rest @ ..] => i_am(side, routed, rest, facts),
            // Acknowledgement of ReadProperty and ReadPropertyMultiple: kind, invocation, service.
            [0x30, _, 12, rest @ ..] => property(side, routed, rest, facts),
            [0x30, _, 14, rest @ ..] => properties(side, routed, rest, facts),
            // Requests: kind, longest answer, invocation, service.
            [kind, _, _, service, ..] if kind >> 4 == 0 && kind & 0x0c == 0 => {
                request(side, *service, facts);
            }
            _ => {}
        }
        true
    }
}

/// The application layer's content, empty where there is none, and whether it came from behind a router;
/// `None` when this is no BACnet.
fn application(bytes: &[u8]) -> Option<(bool, &[u8])> {
    let [link, function, high, low, rest @ ..] = bytes else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    if !LINK_TYPES.contains(link) || length != bytes.len() || *function > 0x0c {
        return None;
    }
    let mut network = match (*link, *function) {
        // Forwarded: the address of who sent it first.
        (0x81, 4) => rest.get(6..)?,
        (0x81, 9..=11) => rest,
        // Over IPv6: virtual addresses of source and, to one station, destination.
        (0x82, 1) => rest.get(6..)?,
        (0x82, 2) => rest.get(3..)?,
        _ => return Some((false, &[])),
    };
    let [1, control, after @ ..] = network else { return None };
    network = after;
    if control & HAS_DESTINATION != 0 {
        network = address(network)?;
    }
    let routed = control & HAS_SOURCE != 0;
    if routed {
        network = address(network)?;
    }
    if control & HAS_DESTINATION != 0 {
        network = network.get(1..)?;
    }
    Some((routed, if control & NETWORK_MESSAGE != 0 { &[] } else { network }))
}

/// What follows a network number, a length and an address of that length.
fn address(network: &[u8]) -> Option<&[u8]> {
    let [_, _, length, rest @ ..] = network else { return None };
    rest.get(usize::from(*length)..)
}

/// A tagged value (clause 20.2): its number, whether it is the context's, its content.
struct Tag<'a> {
    number: u8,
    context: bool,
    content: Content<'a>,
}

enum Content<'a> {
    Value(&'a [u8]),
    Opening,
    Closing,
}

/// The tag in front, and what follows it.
fn tag(bytes: &[u8]) -> Option<(Tag<'_>, &[u8])> {
    let (first, mut rest) = bytes.split_first()?;
    let (mut number, context) = (first >> 4, first & 8 != 0);
    if number == 15 {
        let (extended, after) = rest.split_first()?;
        (number, rest) = (*extended, after);
    }
    let length = match first & 7 {
        6 if context => return Some((Tag { number, context, content: Content::Opening }, rest)),
        7 if context => return Some((Tag { number, context, content: Content::Closing }, rest)),
        // A Boolean's value stands in its length.
        _ if number == 1 && !context => 0,
        5 => {
            let (length, after) = rest.split_first()?;
            rest = after;
            match *length {
                254 => {
                    let (length, after) = rest.split_first_chunk::<2>()?;
                    rest = after;
                    usize::from(u16::from_be_bytes(*length))
                }
                255 => return None,
                length => usize::from(length),
            }
        }
        length => usize::from(length),
    };
    let (value, rest) = rest.split_at_checked(length)?;
    Some((Tag { number, context, content: Content::Value(value) }, rest))
}

/// The value of a tag of the context with this number, and what follows.
fn context(bytes: &[u8], wanted: u8) -> Option<(&[u8], &[u8])> {
    match tag(bytes)? {
        (Tag { number, context: true, content: Content::Value(value) }, rest) if number == wanted => {
            Some((value, rest))
        }
        _ => None,
    }
}

/// An unsigned number of up to four bytes.
fn unsigned(value: &[u8]) -> Option<u32> {
    (1..=4).contains(&value.len()).then(|| value.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte)))
}

/// The instance of an object identifier, where it is a device's.
fn device(value: &[u8]) -> Option<u32> {
    let identifier = unsigned(value).filter(|_| value.len() == 4)?;
    (identifier >> 22 == DEVICE && identifier & ANY_INSTANCE != ANY_INSTANCE)
        .then_some(identifier & ANY_INSTANCE)
}

/// Tells about the device of this instance: the speaker itself, or one behind it.
fn tell(side: Side, routed: bool, instance: u32, fact: Fact, value: &[u8], facts: &mut dyn StationFacts) {
    if routed {
        let mut record = Text::default();
        let _ = write!(record, "bacnet device {instance}");
        facts.fact_of(side, record.bytes(), fact, value);
    } else {
        facts.fact(side, fact, value);
    }
}

fn tell_number(
    side: Side,
    routed: bool,
    instance: u32,
    fact: Fact,
    value: u32,
    facts: &mut dyn StationFacts,
) {
    let mut text = Text::default();
    let _ = write!(text, "{value}");
    tell(side, routed, instance, fact, text.bytes(), facts);
}

fn i_am(side: Side, routed: bool, bytes: &[u8], facts: &mut dyn StationFacts) {
    let told = (|| {
        let mut values = [&[][..]; 4];
        let mut rest = bytes;
        for (value, wanted) in values.iter_mut().zip([12, 2, 9, 2]) {
            match tag(rest)? {
                (Tag { number, context: false, content: Content::Value(content) }, after)
                    if number == wanted =>
                {
                    (*value, rest) = (content, after);
                }
                _ => return None,
            }
        }
        let [object, _, _, vendor] = values;
        let instance = device(object)?;
        tell_number(side, routed, instance, Fact::BacnetInstance, instance, facts);
        tell_number(side, routed, instance, Fact::BacnetVendorId, unsigned(vendor)?, facts);
        Some(())
    })();
    if told.is_none() {
        facts.malformed();
    }
}

/// An answer with one property: object, property, perhaps an index, value.
fn property(side: Side, routed: bool, bytes: &[u8], facts: &mut dyn StationFacts) {
    let Some((object, rest)) = context(bytes, 0) else { return facts.malformed() };
    let Some((number, rest)) = context(rest, 1) else { return facts.malformed() };
    let rest = context(rest, 2).map_or(rest, |(_, rest)| rest);
    let (Some(instance), Some(number)) = (device(object), unsigned(number)) else { return };
    if let Some((Tag { number: 3, content: Content::Opening, .. }, rest)) = tag(rest) {
        value(side, routed, instance, number, rest, facts);
    }
}

/// An answer with several properties of several objects.
fn properties(side: Side, routed: bool, bytes: &[u8], facts: &mut dyn StationFacts) {
    let (mut rest, mut instance, mut number) = (bytes, None, 0);
    while let Some((tag, after)) = tag(rest) {
        rest = after;
        match (tag.context, tag.number, tag.content) {
            (true, 0, Content::Value(object)) => instance = device(object),
            (true, 2, Content::Value(property)) => number = unsigned(property).unwrap_or(u32::MAX),
            (true, 4, Content::Opening) => {
                if let Some(instance) = instance {
                    value(side, routed, instance, number, rest, facts);
                }
                let Some(after) = closing(rest) else { return };
                rest = after;
            }
            _ => {}
        }
    }
}

/// What follows the closing tag that belongs to an opening one already read.
fn closing(mut rest: &[u8]) -> Option<&[u8]> {
    let mut depth = 1_u32;
    while let Some((tag, after)) = tag(rest) {
        rest = after;
        match tag.content {
            Content::Opening => depth += 1,
            Content::Closing => depth -= 1,
            Content::Value(_) => {}
        }
        if depth == 0 {
            return Some(rest);
        }
    }
    None
}

/// The value of a property that says which device this is (clause 12.11).
fn value(side: Side, routed: bool, instance: u32, property: u32, bytes: &[u8], facts: &mut dyn StationFacts) {
    let Some((Tag { number, context: false, content: Content::Value(content) }, _)) = tag(bytes) else {
        return;
    };
    let fact = match property {
        12 => Fact::BacnetSoftware,
        44 => Fact::BacnetFirmware,
        58 => Fact::BacnetLocation,
        70 => Fact::BacnetModel,
        77 => Fact::BacnetName,
        120 => Fact::BacnetVendorId,
        121 => Fact::BacnetVendor,
        372 => Fact::BacnetSerial,
        _ => return,
    };
    match (number, content) {
        (2, _) => {
            if let Some(value) = unsigned(content) {
                tell_number(side, routed, instance, fact, value, facts);
            }
        }
        // A character string; its first byte is the character set, 0 for UTF-8.
        (7, [0, text @ ..]) => tell(side, routed, instance, fact, text, facts),
        _ => {}
    }
    if !routed {
        number_of(side, instance, facts);
    }
}

fn number_of(side: Side, instance: u32, facts: &mut dyn StationFacts) {
    number(side, Fact::BacnetInstance, instance, facts);
}

/// Requests that change more than a value.
fn request(side: Side, service: u8, facts: &mut dyn StationFacts) {
    let (kind, what) = match service {
        7 => (EventKind::ConfigurationTransfer, "bacnet: a file is written"),
        17 => (EventKind::ControlOperation, "bacnet: communication is switched off or on"),
        20 => (EventKind::ControlOperation, "bacnet: the device is restarted"),
        _ => return,
    };
    facts.event(side, kind, what);
}
