//! What two families of bedside protocols share: values in the medical device encoding rules (IEEE 11073-20601
//! annex F; the Philips data export guide calls them its basic types), attribute lists, and the attributes
//! that say which device this is. All numbers are big-endian.

use crate::dissect::arp::Text;
use std::fmt::Write as _;

/// NOM_ATTR_ID_MODEL, MDC_ATTR_ID_MODEL: maker and model.
pub(super) const ATTRIBUTE_MODEL: u16 = 0x0928;
/// NOM_ATTR_ID_PROD_SPECN, MDC_ATTR_ID_PROD_SPECN: serial number, part numbers and revisions.
pub(super) const ATTRIBUTE_SPECIFICATION: u16 = 0x092d;
/// NOM_ATTR_SYS_ID, MDC_ATTR_SYS_ID: the system's own identifier.
pub(super) const ATTRIBUTE_SYSTEM: u16 = 0x0984;

/// Takes values from the front of a message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    /// The next `count` bytes.
    pub(super) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// An INT-U8.
    pub(super) fn u8(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    /// An INT-U16.
    pub(super) fn u16(&mut self) -> Option<u16> {
        let (value, rest) = self.0.split_first_chunk::<2>()?;
        self.0 = rest;
        Some(u16::from_be_bytes(*value))
    }

    /// An INT-U32.
    pub(super) fn u32(&mut self) -> Option<u32> {
        let (value, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(u32::from_be_bytes(*value))
    }

    /// An OCTET STRING: its length, then its bytes.
    pub(super) fn octets(&mut self) -> Option<&'a [u8]> {
        let length = self.u16()?;
        self.take(usize::from(length))
    }

    /// A list's count and the reader of its entries; of a list that goes on beyond the message, what is there.
    pub(super) fn list(&mut self) -> Option<(u16, Reader<'a>)> {
        let count = self.u16()?;
        let length = usize::from(self.u16()?).min(self.0.len());
        self.take(length).map(|body| (count, Reader(body)))
    }

    /// An attribute list's entries.
    pub(super) fn attributes(&mut self) -> Option<Attributes<'a>> {
        let (left, body) = self.list()?;
        Some(Attributes { left, body })
    }

    /// How many bytes are left.
    pub(super) fn len(self) -> usize {
        self.0.len()
    }
}

/// The entries of an attribute list: identifier and value. It ends early where the list lies or is cut off.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attributes<'a> {
    left: u16,
    body: Reader<'a>,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        self.left = self.left.checked_sub(1)?;
        let id = self.body.u16()?;
        Some((id, self.body.octets()?))
    }
}

/// A system model: maker and model number.
pub(super) fn model(value: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = Reader(value);
    Some((text(reader.octets()?), text(reader.octets()?)))
}

/// What an entry of a production specification states.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Specified {
    /// A serial number.
    Serial,
    /// A part number.
    Part,
    /// A hardware revision.
    Hardware,
    /// A software revision.
    Software,
    /// A firmware revision.
    Firmware,
}

/// The entries of a production specification: what it is, of which component, and its text.
pub(super) fn specification(value: &[u8]) -> impl Iterator<Item = (Specified, u16, &[u8])> {
    let (count, mut body) = Reader(value).list().unwrap_or((0, Reader(&[])));
    let entries = (0..count).map_while(move |_| Some((body.u16()?, body.u16()?, body.octets()?)));
    entries.filter_map(|(kind, component, value)| {
        let kind = match kind {
            1 => Specified::Serial,
            2 => Specified::Part,
            3 => Specified::Hardware,
            4 => Specified::Software,
            5 => Specified::Firmware,
            _ => return None,
        };
        let value = text(value);
        // Makers fill what they do not state with dashes or blanks.
        value.iter().any(u8::is_ascii_alphanumeric).then_some((kind, component, value))
    })
}

/// A text up to its terminator; devices leave what lay behind it in memory.
pub(super) fn text(value: &[u8]) -> &[u8] {
    value.split(|&byte| byte == 0).next().unwrap_or_default().trim_ascii()
}

/// An identifier of at most 16 bytes as hexadecimal digits; `None` for one that says nothing.
pub(super) fn identifier(value: &[u8]) -> Option<Text> {
    let says = value.iter().any(|&byte| byte != 0) && value.iter().any(|&byte| byte != 0xff);
    if !says || value.len() > 16 {
        return None;
    }
    let mut out = Text::default();
    for byte in value {
        write!(out, "{byte:02x}").ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_specification_lists_what_makers_state() {
        let value = b"\0\x04\0\x28\
            \0\x01\0\x08\0\x06DE1\0\x09x\
            \0\x05\0\x78\0\x04----\
            \0\x04\0\x58\0\x08G.01.78 \
            \0\x09\0\x08\0\x01x";
        let told: Vec<_> = specification(value).collect();
        assert_eq!(told, [(Specified::Serial, 8, &b"DE1"[..]), (Specified::Software, 0x58, &b"G.01.78"[..])]);
    }

    #[test]
    fn lists_that_lie_end_early() {
        let mut reader = Reader(b"\0\x05\0\x09\x09\x28\0\x01x\x09\x84\0\x09");
        let told: Vec<_> = reader.attributes().into_iter().flatten().collect();
        assert_eq!(told, [(ATTRIBUTE_MODEL, &b"x"[..])]);
        assert!(Reader(b"\0").attributes().is_none());
    }

    #[test]
    fn identifiers_that_say_nothing_are_none() {
        assert_eq!(identifier(&[0, 9, 0xfb]).map(|text| text.bytes().to_vec()), Some(b"0009fb".to_vec()));
        assert!(identifier(&[0; 8]).is_none() && identifier(&[0xff; 8]).is_none());
        assert!(identifier(&[]).is_none() && identifier(&[1; 17]).is_none());
    }
}
