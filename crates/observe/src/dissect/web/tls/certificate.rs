//! The first certificate of a chain: its names, issuer and end of validity (RFC 5280), the strength of its key and
//! signature, and whether it is one of a medical device (IEEE 11073-20701), as far as DER (X.690) must be walked
//! for them.

mod key;

use super::Reader;
use crate::dissect::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{Ipv4Addr, Ipv6Addr};

/// A name's text is cut at this length, in bytes.
const NAME_BYTES_MAX: usize = 512;
/// Alternative names of one certificate that are told; shared hosting lists hundreds.
const ALTERNATIVE_NAMES_MAX: usize = 16;
/// Relative names of one name that are read.
const NAME_PARTS_MAX: usize = 32;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;

/// Reads a Certificate message (RFC 5246 7.4.2), of which the end may be missing.
pub(super) fn first(side: Side, message: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let mut message = Reader(message);
    if message.number(3)? == 0 {
        // A client that has none sends an empty list.
        return Some(());
    }
    let length = message.number(3)?;
    tell(side, message.0.get(..length).unwrap_or(message.0), facts)
}

/// Reads a certificate, of which the end may be missing.
pub(super) fn tell(side: Side, der: &[u8], facts: &mut dyn Facts) -> Option<()> {
    let mut to_be_signed = Reader(open(open(der)?)?);
    const VERSION: u8 = 0xa0;
    if to_be_signed.0.first() == Some(&VERSION) {
        element(&mut to_be_signed)?;
    }
    let _serial = element(&mut to_be_signed)?;
    let algorithm = expect(&mut to_be_signed, SEQUENCE)?;
    let issuer = expect(&mut to_be_signed, SEQUENCE)?;
    let mut validity = Reader(expect(&mut to_be_signed, SEQUENCE)?);
    let subject = expect(&mut to_be_signed, SEQUENCE)?;

    for (fact, name) in [(Fact::TlsSubject, subject), (Fact::TlsIssuer, issuer)] {
        let text = name_text(name)?;
        if !text.bytes().is_empty() {
            facts.fact(side, fact, text.bytes());
        }
    }
    let _not_before = element(&mut validity)?;
    let (kind, not_after) = element(&mut validity)?;
    facts.fact(side, Fact::TlsNotAfter, &time(kind, not_after)?);
    if issuer == subject {
        facts.fact(side, Fact::TlsSelfSigned, b"yes");
    }
    key::tell(side, algorithm, expect(&mut to_be_signed, SEQUENCE)?, facts);
    // Old certificates have no extensions, and of long ones the end may not be at hand.
    let _ = extensions(side, to_be_signed, facts);
    Some(())
}

/// Reads the extensions after a certificate's public key that say what it is for: its other names (RFC 5280
/// 4.2.1.6) and the purposes of its key (4.2.1.12).
fn extensions(side: Side, mut after_key: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
    const EXTENSIONS: u8 = 0xa3;
    const OCTET_STRING: u8 = 0x04;
    const ALTERNATIVE_NAMES: &[u8] = b"\x55\x1d\x11";
    const EXTENDED_KEY_USAGE: &[u8] = b"\x55\x1d\x25";
    // id-pe-mud-url, 1.3.6.1.5.5.7.1.25 (RFC 8520 section 11).
    const MUD_URL: &[u8] = b"\x2b\x06\x01\x05\x05\x07\x01\x19";
    let extensions = loop {
        // Unique identifiers may stand before.
        if let (EXTENSIONS, content) = element(&mut after_key)? {
            break content;
        }
    };
    let mut extensions = Reader(open(extensions)?);
    loop {
        let mut extension = Reader(expect(&mut extensions, SEQUENCE)?);
        let kind = expect(&mut extension, OBJECT_IDENTIFIER)?;
        let (tag, mut value) = element(&mut extension)?;
        if tag != OCTET_STRING {
            // What came first says that the extension is critical.
            value = expect(&mut extension, OCTET_STRING)?;
        }
        // What is wrong inside one extension is not wrong with the next.
        let _ = match kind {
            ALTERNATIVE_NAMES => alternative_names(side, value, facts),
            EXTENDED_KEY_USAGE => medical_roles(side, value, facts),
            MUD_URL => description(side, value, facts),
            _ => Some(()),
        };
    }
}

/// Tells names and addresses of hosts; addresses of mail are persons' and are not told.
fn alternative_names(side: Side, value: &[u8], facts: &mut dyn Facts) -> Option<()> {
    const DNS_NAME: u8 = 0x82;
    const LOCATOR: u8 = 0x86;
    const ADDRESS: u8 = 0x87;
    let mut names = Reader(expect(&mut Reader(value), SEQUENCE)?);
    for _ in 0..ALTERNATIVE_NAMES_MAX {
        if names.0.is_empty() {
            return Some(());
        }
        let (kind, name) = element(&mut names)?;
        match kind {
            DNS_NAME | LOCATOR => facts.fact(side, Fact::TlsAlternativeName, name),
            ADDRESS => {
                let mut line = Line::default();
                let written = match (<[u8; 4]>::try_from(name), <[u8; 16]>::try_from(name)) {
                    (Ok(octets), _) => write!(line, "{}", Ipv4Addr::from(octets)),
                    (_, Ok(octets)) => write!(line, "{}", Ipv6Addr::from(octets)),
                    _ => continue,
                };
                if written.is_ok() {
                    facts.fact(side, Fact::TlsAlternativeName, line.text().as_bytes());
                }
            }
            _ => {}
        }
    }
    if !names.0.is_empty() {
        facts.limit();
    }
    Some(())
}

/// Tells where the maker's usage description lies.
fn description(side: Side, value: &[u8], facts: &mut dyn Facts) -> Option<()> {
    const IA5_STRING: u8 = 0x16;
    let url = expect(&mut Reader(value), IA5_STRING)?;
    facts.fact(side, Fact::TlsMudUrl, url);
    Some(())
}

/// Tells of the purposes that IEEE 11073-20701 defines: provider and consumer of medical services.
fn medical_roles(side: Side, value: &[u8], facts: &mut dyn Facts) -> Option<()> {
    const PURPOSES: &[u8] = b"\x2a\x86\x48\xce\x14\x81\xa1\x5d\x01";
    let mut purposes = Reader(expect(&mut Reader(value), SEQUENCE)?);
    loop {
        let role = match expect(&mut purposes, OBJECT_IDENTIFIER)?.strip_prefix(PURPOSES) {
            Some([1]) => b"provider",
            Some([2]) => b"consumer",
            _ => continue,
        };
        facts.fact(side, Fact::SdcCertificateRole, role);
    }
}

/// One element's tag and content.
fn element<'a>(reader: &mut Reader<'a>) -> Option<(u8, &'a [u8])> {
    let (tag, length) = header(reader)?;
    Some((tag, reader.take(length)?))
}

/// The content of an element that must have this tag.
fn expect<'a>(reader: &mut Reader<'a>, tag: u8) -> Option<&'a [u8]> {
    element(reader).filter(|(found, _)| *found == tag).map(|(_, content)| content)
}

/// The content of a sequence that may be cut at its end.
fn open(der: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader(der);
    let (tag, length) = header(&mut reader)?;
    (tag == SEQUENCE).then(|| reader.0.get(..length).unwrap_or(reader.0))
}

/// Tag and definite length (X.690 8.1); tags above 30 and lengths above four bytes do not occur here.
fn header(reader: &mut Reader<'_>) -> Option<(u8, usize)> {
    let tag = u8::try_from(reader.number(1)?).ok()?;
    let length = match reader.number(1)? {
        short @ ..=0x7f => short,
        long @ 0x81..=0x84 => reader.number(long & 0x7f)?,
        _ => return None,
    };
    Some((tag, length))
}

/// A text of bounded length.
struct Text {
    bytes: [u8; NAME_BYTES_MAX],
    length: usize,
    full: bool,
}

impl Text {
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        match self.bytes.get_mut(self.length..end) {
            Some(room) if !self.full => {
                room.copy_from_slice(bytes);
                self.length = end;
            }
            // Nothing shorter may follow what did not fit.
            _ => self.full = true,
        }
    }

    fn push_char(&mut self, character: char) {
        self.push(character.encode_utf8(&mut [0; 4]).as_bytes());
    }

    fn push_number(&mut self, mut number: u64) {
        let mut digits = [b'0'; 20];
        let mut count = 0;
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + (number % 10) as u8;
            number /= 10;
            count += 1;
            if number == 0 {
                break;
            }
        }
        self.push(digits.get(20 - count..).unwrap_or_default());
    }

    fn push_hexadecimal(&mut self, byte: u8) {
        for digit in [byte >> 4, byte & 15] {
            self.push_char(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
    }
}

/// A name as RFC 4514 writes it: the last relative name first.
fn name_text(name: &[u8]) -> Option<Text> {
    let mut parts = [&[][..]; NAME_PARTS_MAX];
    let mut reader = Reader(name);
    let mut count = 0;
    while !reader.0.is_empty() {
        *parts.get_mut(count)? = expect(&mut reader, SET)?;
        count += 1;
    }
    let mut text = Text { bytes: [0; NAME_BYTES_MAX], length: 0, full: false };
    for (index, part) in parts.iter().take(count).rev().enumerate() {
        let mut attributes = Reader(part);
        let mut separator: &[u8] = if index > 0 { b"," } else { b"" };
        while !attributes.0.is_empty() {
            let mut attribute = Reader(expect(&mut attributes, SEQUENCE)?);
            text.push(separator);
            attribute_type(&mut text, expect(&mut attribute, OBJECT_IDENTIFIER)?);
            text.push(b"=");
            let (kind, value) = element(&mut attribute)?;
            attribute_value(&mut text, kind, value);
            separator = b"+";
        }
    }
    Some(text)
}

/// The short names of RFC 4514 clause 3 and of the LDAP registry, otherwise the identifier in numbers.
fn attribute_type(text: &mut Text, identifier: &[u8]) {
    const EMAIL_ADDRESS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x01";
    const COSINE: &[u8] = b"\x09\x92\x26\x89\x93\xf2\x2c\x64\x01";
    let name: &[u8] = match identifier {
        [0x55, 0x04, 3] => b"CN",
        [0x55, 0x04, 4] => b"sn",
        [0x55, 0x04, 5] => b"serialNumber",
        [0x55, 0x04, 6] => b"C",
        [0x55, 0x04, 7] => b"L",
        [0x55, 0x04, 8] => b"ST",
        [0x55, 0x04, 9] => b"STREET",
        [0x55, 0x04, 10] => b"O",
        [0x55, 0x04, 11] => b"OU",
        [0x55, 0x04, 12] => b"title",
        [0x55, 0x04, 13] => b"description",
        [0x55, 0x04, 17] => b"postalCode",
        [0x55, 0x04, 42] => b"givenName",
        [0x55, 0x04, 46] => b"dnQualifier",
        _ if identifier == EMAIL_ADDRESS => b"emailAddress",
        [front @ .., 1] if front == COSINE => b"UID",
        [front @ .., 25] if front == COSINE => b"DC",
        _ => return dotted(text, identifier),
    };
    text.push(name);
}

/// X.690 8.19: base 128 numbers, the first two in one.
fn dotted(text: &mut Text, identifier: &[u8]) {
    let (mut number, mut first) = (0u64, true);
    for byte in identifier {
        number = number.wrapping_shl(7) | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if first {
            let root = (number / 40).min(2);
            text.push_number(root);
            number -= root * 40;
            first = false;
        }
        text.push(b".");
        text.push_number(number);
        number = 0;
    }
}

/// A value in its string type's characters, with RFC 4514's escapes.
fn attribute_value(text: &mut Text, kind: u8, value: &[u8]) {
    const UTF8: u8 = 12;
    const TELETEX: u8 = 20;
    const UNIVERSAL: u8 = 28;
    const BASIC_MULTILINGUAL: u8 = 30;
    const ASCII_KINDS: [u8; 4] = [18, 19, 22, 26];
    let mut escape = Escape { text, begun: false, blank: false };
    match kind {
        UTF8 => {
            for chunk in value.utf8_chunks() {
                chunk.valid().chars().for_each(|character| escape.push(character));
                if !chunk.invalid().is_empty() {
                    escape.push(char::REPLACEMENT_CHARACTER);
                }
            }
        }
        // In practice Teletex strings hold Latin 1.
        TELETEX => value.iter().for_each(|byte| escape.push(char::from(*byte))),
        _ if ASCII_KINDS.contains(&kind) => value.iter().for_each(|byte| escape.push(char::from(*byte))),
        BASIC_MULTILINGUAL => {
            let units = value.chunks_exact(2).map(|unit| match unit {
                [high, low] => u16::from_be_bytes([*high, *low]),
                _ => 0,
            });
            char::decode_utf16(units)
                .for_each(|character| escape.push(character.unwrap_or(char::REPLACEMENT_CHARACTER)));
        }
        UNIVERSAL => value.chunks_exact(4).for_each(|unit| {
            let code = unit.iter().fold(0, |sum, byte| sum << 8 | u32::from(*byte));
            escape.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        }),
        _ => {
            text.push(b"#");
            value.iter().take(64).for_each(|byte| text.push_hexadecimal(*byte));
            return;
        }
    }
    escape.end();
}

/// Writes a value's characters with the escapes of RFC 4514 2.4.
struct Escape<'a> {
    text: &'a mut Text,
    begun: bool,
    /// A blank waits: it is escaped when it is the last.
    blank: bool,
}

impl Escape<'_> {
    fn push(&mut self, character: char) {
        if self.blank {
            self.text.push(b" ");
            self.blank = false;
        }
        match character {
            ' ' if self.begun => self.blank = true,
            ' ' => self.text.push(b"\\ "),
            '#' if !self.begun => self.text.push(b"\\#"),
            ',' | '+' | '"' | '\\' | '<' | '>' | ';' => {
                self.text.push(b"\\");
                self.text.push_char(character);
            }
            '\0'..='\x1f' | '\x7f' => {
                self.text.push(b"\\");
                self.text.push_hexadecimal(character as u8);
            }
            _ => self.text.push_char(character),
        }
        self.begun = true;
    }

    fn end(self) {
        if self.blank {
            self.text.push(b"\\ ");
        }
    }
}

/// `UTCTime` or `GeneralizedTime` (RFC 5280 4.1.2.5) as RFC 3339.
fn time(kind: u8, text: &[u8]) -> Option<[u8; 20]> {
    const UTC_TIME: u8 = 23;
    const GENERALIZED_TIME: u8 = 24;
    let text = text.strip_suffix(b"Z")?;
    let mut digits = [b'0'; 14];
    match (kind, text.len()) {
        (UTC_TIME, 12) => {
            // Years from 50 on are of the last century.
            let century: &[u8; 2] = if text.first()? >= &b'5' { b"19" } else { b"20" };
            digits.get_mut(..2)?.copy_from_slice(century);
            digits.get_mut(2..)?.copy_from_slice(text);
        }
        (GENERALIZED_TIME, 14) => digits.copy_from_slice(text),
        _ => return None,
    }
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let pair = |at: usize| digits.get(at..at + 2).unwrap_or_default();
    let within = |at: usize, low: &[u8], high: &[u8]| (low..=high).contains(&pair(at));
    let valid = within(4, b"01", b"12") && within(6, b"01", b"31") && within(8, b"00", b"23");
    if !valid || !within(10, b"00", b"59") || !within(12, b"00", b"60") {
        return None;
    }
    let mut out = *b"0000-00-00T00:00:00Z";
    for (from, to) in [(0, 0), (2, 2), (4, 5), (6, 8), (8, 11), (10, 14), (12, 17)] {
        out.get_mut(to..to + 2)?.copy_from_slice(pair(from));
    }
    Some(out)
}
