//! A streaming reader of XML (XML 1.0, Namespaces in XML 1.0) for dissectors: fed bytes in any pieces, of
//! fixed size, without allocation, total on any bytes.
//!
//! [`Xml::feed`] tells a [`Visitor`] of elements, attributes and of the text it asks for:
//!
//! ```text
//! <a:Name xmlns:a="urn:x" k="1">Pump&#32;8</a:Name>
//!     namespace("urn:x") -> 7
//!     attribute(of "Name", "k", "1")
//!     start(namespace 7, "Name", depth 1) -> Want::Text
//!     text("Pump 8")
//!     end(depth 1)
//! ```
//!
//! Attributes come before the start of their element, because a namespace may be declared after its use in
//! the same tag. Of a namespace only a number is remembered, which the visitor gives it. Comments,
//! instructions and document types are passed over, character references and CDATA sections are undone,
//! UTF-16 becomes UTF-8. Documents may follow one another.
//!
//! It is no validator: end tags are counted, not compared, and entities that a document type declares are
//! kept as they stand.

mod characters;
mod scope;
#[cfg(test)]
mod tests;

pub use characters::is_spoilt;
use characters::{begins_name, character};
pub use scope::Scope;
use scope::prefix_hash;

/// The longest text, word or attribute value that is told, in bytes; longer ones are cut.
pub const VALUE_BYTES_MAX: usize = 256;
/// Elements nested deeper are passed over in silence.
const DEPTH_MAX: u16 = 64;
/// Longer local names of elements are told as empty.
const ELEMENT_BYTES_MAX: usize = 40;
/// Longer local names of attributes are told as empty.
const ATTRIBUTE_BYTES_MAX: usize = 32;
/// Longer references are text: `#x10FFFF` and the five names of XML fit.
const REFERENCE_BYTES_MAX: usize = 8;

/// An element that begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Element<'a> {
    /// The number the visitor gave its namespace; 0 when it has none, or an unknown one.
    pub namespace: u8,
    /// Its local name; empty when it is too long to be known.
    pub name: &'a [u8],
    /// 1 for a document's root.
    pub depth: u8,
}

/// What a visitor wants of an element's text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Want {
    /// Nothing of it; it is passed over quickly.
    #[default]
    Nothing,
    /// Its text up to the first element within it, without blanks at its ends; never empty.
    Text,
    /// Each word of its text up to the first element within it.
    Words,
    /// Nothing more of anything: the reader stops.
    Stop,
}

/// Is told what a document contains.
pub trait Visitor {
    /// A namespace was declared; answers the number it shall have in this document, 0 when it is of no
    /// interest.
    fn namespace(&mut self, name: &[u8]) -> u8 {
        let _ = name;
        0
    }

    /// An attribute of the element that is about to start, by local names.
    fn attribute(&mut self, of: &[u8], name: &[u8], value: &[u8]) {
        let _ = (of, name, value);
    }

    /// An element starts; its attributes were told before.
    fn start(&mut self, element: Element<'_>) -> Want;

    /// Text that was wanted; `scope` resolves prefixes in it.
    fn text(&mut self, text: &[u8], scope: &Scope) {
        let _ = (text, scope);
    }

    /// The element at this depth ended.
    fn end(&mut self, depth: u8) {
        let _ = depth;
    }
}

/// How far the reader came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// All bytes were read; more may follow.
    On,
    /// The visitor wanted no more; this many bytes were read.
    Stopped(usize),
    /// This is no XML; this many bytes were read before that was clear. The reader reads no further.
    Malformed(usize),
}

/// The reader's state.
#[derive(Clone, Copy, Debug, Default)]
pub struct Xml {
    place: Place,
    encoding: Encoding,
    want: Want,
    depth: u16,
    element: Name<ELEMENT_BYTES_MAX>,
    attribute: Name<ATTRIBUTE_BYTES_MAX>,
    /// Text or an attribute's value on its way.
    value: Value,
    reference: Name<REFERENCE_BYTES_MAX>,
    /// Which quote ends the value, or a literal in a document type.
    quote: u8,
    /// How much of a closing sequence was seen, or how many brackets are open.
    matched: u8,
    scope: Scope,
    limited: bool,
}

/// Where the reader stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    /// Outside of markup.
    #[default]
    Content,
    /// After `&`, outside of markup or in an attribute's value.
    Reference {
        in_value: bool,
    },
    /// After `<`.
    Markup,
    /// After `<!`: the name of what follows is in `reference`.
    Declaration,
    Comment,
    Cdata,
    Instruction,
    DocumentType,
    ElementName,
    /// In a tag, before an attribute or the end.
    Tag,
    /// After `/` in a tag.
    EmptyTag,
    AttributeName,
    /// After an attribute's name and blanks.
    Equals,
    /// Before an attribute's value.
    Quote,
    Value,
    EndTag,
    Stopped,
    Malformed,
}

/// How bytes make characters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Encoding {
    /// Before the first byte.
    #[default]
    Unknown,
    /// After the first byte.
    First(u8),
    /// UTF-8, or another that leaves ASCII as it is.
    Bytes,
    /// UTF-16: the first byte of a unit, and the first unit of a pair.
    Units { big: bool, half: Option<u8>, high: u16 },
}

/// A qualified name: of its prefix only a hash is kept.
#[derive(Clone, Copy, Debug)]
struct Name<const N: usize> {
    bytes: [u8; N],
    length: u8,
    too_long: bool,
    prefix: u32,
}

impl<const N: usize> Default for Name<N> {
    fn default() -> Self {
        Name { bytes: [0; N], length: 0, too_long: false, prefix: prefix_hash(b"") }
    }
}

impl<const N: usize> Name<N> {
    fn begin(&mut self, byte: u8) {
        (self.length, self.too_long, self.prefix) = (0, false, prefix_hash(b""));
        self.push(byte);
    }

    fn push(&mut self, byte: u8) {
        if byte == b':' && !self.too_long {
            self.prefix = prefix_hash(self.local());
            self.length = 0;
            return;
        }
        self.push_any(byte);
    }

    fn push_any(&mut self, byte: u8) {
        match self.bytes.get_mut(usize::from(self.length)) {
            Some(slot) => {
                *slot = byte;
                self.length += 1;
            }
            None => self.too_long = true,
        }
    }

    /// The local part; empty when it was too long.
    fn local(&self) -> &[u8] {
        let length = if self.too_long { 0 } else { usize::from(self.length) };
        self.bytes.get(..length).unwrap_or_default()
    }
}

/// Text of bounded length without leading blanks.
#[derive(Clone, Copy, Debug)]
struct Value {
    bytes: [u8; VALUE_BYTES_MAX],
    length: u16,
}

impl Default for Value {
    fn default() -> Self {
        Value { bytes: [0; VALUE_BYTES_MAX], length: 0 }
    }
}

impl Value {
    fn push(&mut self, byte: u8) {
        if self.length == 0 && byte.is_ascii_whitespace() {
            return;
        }
        if let Some(slot) = self.bytes.get_mut(usize::from(self.length)) {
            *slot = byte;
            self.length += 1;
        }
    }

    fn text(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default().trim_ascii_end()
    }
}

impl Xml {
    /// Reads bytes in order and tells the visitor what they complete.
    pub fn feed(&mut self, bytes: &[u8], visitor: &mut dyn Visitor) -> Reading {
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            match self.place {
                Place::Stopped => return Reading::Stopped(at),
                Place::Malformed => return Reading::Malformed(at),
                // Unwanted text is passed over in one step.
                Place::Content
                    if self.want == Want::Nothing && self.depth > 0 && self.encoding == Encoding::Bytes =>
                {
                    let rest = bytes.get(at..).unwrap_or_default();
                    at += memchr::memchr(b'<', rest).unwrap_or(rest.len());
                    if at == bytes.len() {
                        break;
                    }
                    self.place = Place::Markup;
                }
                _ => self.byte(byte, visitor),
            }
            at += 1;
        }
        match self.place {
            Place::Stopped => Reading::Stopped(at),
            Place::Malformed => Reading::Malformed(at),
            _ => Reading::On,
        }
    }

    /// Reads on for another visitor, within the element at whose start one stopped.
    pub fn resume(&mut self) {
        if self.place == Place::Stopped {
            (self.place, self.want) = (Place::Content, Want::Nothing);
        }
    }

    /// True when a document nested or declared more than is remembered.
    pub fn limited(&self) -> bool {
        self.limited
    }

    /// Undoes the encoding.
    fn byte(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        match self.encoding {
            Encoding::Bytes => self.step(byte, visitor),
            Encoding::Unknown => self.encoding = Encoding::First(byte),
            Encoding::First(first) => {
                let units = |big| Encoding::Units { big, half: None, high: 0 };
                self.encoding = match (first, byte) {
                    (0xfe, 0xff) => return self.encoding = units(true),
                    (0xff, 0xfe) => return self.encoding = units(false),
                    (0, 1..) => units(true),
                    (1.., 0) => units(false),
                    _ => Encoding::Bytes,
                };
                if self.encoding == Encoding::Bytes {
                    self.step(first, visitor);
                    self.step(byte, visitor);
                } else {
                    self.step(first | byte, visitor);
                }
            }
            Encoding::Units { big, half: None, high } => {
                self.encoding = Encoding::Units { big, half: Some(byte), high };
            }
            Encoding::Units { big, half: Some(half), high } => {
                let pair = if big { [half, byte] } else { [byte, half] };
                let unit = u16::from_be_bytes(pair);
                let next = if (0xd800..0xdc00).contains(&unit) { unit } else { 0 };
                self.encoding = Encoding::Units { big, half: None, high: next };
                if next == 0 {
                    self.unit(high, unit, visitor);
                }
            }
        }
    }

    /// One unit of UTF-16, with the first of its pair if there was one.
    fn unit(&mut self, high: u16, unit: u16, visitor: &mut dyn Visitor) {
        let code = match (high, unit) {
            (1.., 0xdc00..0xe000) => 0x10000 + (u32::from(high - 0xd800) << 10) + u32::from(unit - 0xdc00),
            _ => u32::from(unit),
        };
        let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
        for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
            self.step(byte, visitor);
        }
    }

    /// Reads one byte of UTF-8.
    fn step(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        match self.place {
            Place::Content => self.content(byte, visitor),
            Place::Reference { in_value } => self.in_reference(byte, in_value, visitor),
            Place::Markup => self.markup(byte, visitor),
            Place::Declaration => self.declaration(byte),
            Place::Comment => self.until(byte, b'-', 2),
            Place::Instruction => self.until(byte, b'?', 1),
            Place::Cdata => self.cdata(byte, visitor),
            Place::DocumentType => self.document_type(byte),
            Place::ElementName | Place::Tag | Place::EmptyTag => self.tag(byte, visitor),
            Place::AttributeName | Place::Equals | Place::Quote => self.attribute_head(byte),
            Place::Value if byte == self.quote => self.end_value(visitor),
            // Not allowed there (XML 1.0 3.1): the quote that ended the value was lost.
            Place::Value if byte == b'<' => self.place = Place::Malformed,
            Place::Value if byte == b'&' => self.begin_reference(true),
            Place::Value => self.value.push(byte),
            Place::EndTag if byte == b'>' => self.end_element(visitor),
            Place::EndTag if byte == b'<' => self.place = Place::Malformed,
            Place::EndTag | Place::Stopped | Place::Malformed => {}
        }
    }

    fn content(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];
        match byte {
            b'<' => self.place = Place::Markup,
            // Between documents there is nothing but blanks, or a zero that ends a string.
            _ if self.depth == 0 => {
                if !byte.is_ascii_whitespace() && !BYTE_ORDER_MARK.contains(&byte) && byte != 0 {
                    self.place = Place::Malformed;
                }
            }
            b'&' if self.want != Want::Nothing => self.begin_reference(false),
            _ => self.text_byte(byte, visitor),
        }
    }

    fn text_byte(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        match self.want {
            Want::Text => self.value.push(byte),
            Want::Words if byte.is_ascii_whitespace() => self.end_text(visitor),
            Want::Words => self.value.push(byte),
            Want::Nothing | Want::Stop => {}
        }
    }

    /// Tells the text or word that has gathered.
    fn end_text(&mut self, visitor: &mut dyn Visitor) {
        if self.want != Want::Nothing && !self.value.text().is_empty() {
            visitor.text(self.value.text(), &self.scope);
        }
        self.value.length = 0;
    }

    fn begin_reference(&mut self, in_value: bool) {
        (self.reference.length, self.reference.too_long) = (0, false);
        self.place = Place::Reference { in_value };
    }

    fn in_reference(&mut self, byte: u8, in_value: bool, visitor: &mut dyn Visitor) {
        self.place = if in_value { Place::Value } else { Place::Content };
        let full = usize::from(self.reference.length) == REFERENCE_BYTES_MAX;
        if !full && (byte.is_ascii_alphanumeric() || byte == b'#') {
            self.reference.push_any(byte);
            self.place = Place::Reference { in_value };
            return;
        }
        let reference = self.reference;
        match character(reference.local()).filter(|_| byte == b';') {
            Some(character) => {
                for &byte in character.encode_utf8(&mut [0; 4]).as_bytes() {
                    self.value.push(byte);
                }
            }
            None => {
                self.value.push(b'&');
                reference.local().iter().for_each(|&byte| self.value.push(byte));
                self.step(byte, visitor);
            }
        }
    }

    fn markup(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        match byte {
            b'!' => {
                (self.reference.length, self.reference.too_long) = (0, false);
                self.place = Place::Declaration;
            }
            b'?' => (self.place, self.matched) = (Place::Instruction, 0),
            b'/' => {
                self.end_text(visitor);
                self.place = if self.depth == 0 { Place::Malformed } else { Place::EndTag };
            }
            _ if begins_name(byte) => {
                self.end_text(visitor);
                self.want = Want::Nothing;
                self.element.begin(byte);
                self.place = Place::ElementName;
            }
            _ => self.place = Place::Malformed,
        }
    }

    /// After `<!`: tells comments, CDATA sections and document types apart.
    fn declaration(&mut self, byte: u8) {
        self.reference.push_any(byte);
        self.matched = 0;
        self.place = match self.reference.local() {
            b"--" => Place::Comment,
            b"[CDATA[" if self.depth > 0 => Place::Cdata,
            b"DOCTYPE" if self.depth == 0 => Place::DocumentType,
            so_far => {
                let wanted: [&[u8]; 3] = [b"--", b"[CDATA[", b"DOCTYPE"];
                match wanted.iter().any(|name| name.len() > so_far.len() && name.starts_with(so_far)) {
                    true => Place::Declaration,
                    false => Place::Malformed,
                }
            }
        };
        if self.place == Place::DocumentType {
            self.quote = 0;
        }
    }

    /// Passes over what ends with `count` of these bytes before `>`.
    fn until(&mut self, byte: u8, last: u8, count: u8) {
        match byte {
            b'>' if self.matched >= count => self.place = Place::Content,
            _ if byte == last => self.matched = self.matched.saturating_add(1),
            _ => self.matched = 0,
        }
    }

    fn cdata(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        match byte {
            b'>' if self.matched >= 2 => self.place = Place::Content,
            b']' => self.matched = self.matched.saturating_add(1),
            _ => self.matched = 0,
        }
        if self.place == Place::Content {
            // The two brackets before the end were taken for text.
            let kept = self.value.length.saturating_sub(2);
            self.value.length = if self.want == Want::Nothing { 0 } else { kept };
        } else {
            self.text_byte(byte, visitor);
        }
    }

    fn document_type(&mut self, byte: u8) {
        match byte {
            _ if self.quote == byte => self.quote = 0,
            _ if self.quote != 0 => {}
            b'"' | b'\'' => self.quote = byte,
            b'[' => self.matched = self.matched.saturating_add(1),
            b']' => self.matched = self.matched.saturating_sub(1),
            b'>' if self.matched == 0 => self.place = Place::Content,
            _ => {}
        }
    }

    fn tag(&mut self, byte: u8, visitor: &mut dyn Visitor) {
        match (self.place, byte) {
            (Place::EmptyTag, b'>') => {
                self.start_element(visitor);
                self.value.length = 0;
                if self.place != Place::Stopped {
                    self.end_element(visitor);
                }
            }
            (Place::EmptyTag, _) => self.place = Place::Malformed,
            (_, b'>') => self.start_element(visitor),
            (_, b'/') => self.place = Place::EmptyTag,
            (_, b'<' | b'=' | b'"' | b'\'') => self.place = Place::Malformed,
            _ if byte.is_ascii_whitespace() => self.place = Place::Tag,
            (Place::ElementName, _) => self.element.push(byte),
            _ if begins_name(byte) => {
                self.attribute.begin(byte);
                self.place = Place::AttributeName;
            }
            _ => self.place = Place::Malformed,
        }
    }

    fn attribute_head(&mut self, byte: u8) {
        self.place = match (self.place, byte) {
            (Place::AttributeName | Place::Equals, b'=') => Place::Quote,
            (Place::Quote, b'"' | b'\'') => {
                self.quote = byte;
                self.value.length = 0;
                Place::Value
            }
            (Place::AttributeName, _) if byte.is_ascii_whitespace() => Place::Equals,
            (Place::AttributeName, b'<' | b'>' | b'/' | b'"' | b'\'') => Place::Malformed,
            (Place::AttributeName, _) => {
                self.attribute.push(byte);
                Place::AttributeName
            }
            (place, _) if byte.is_ascii_whitespace() => place,
            _ => Place::Malformed,
        }
    }

    fn end_value(&mut self, visitor: &mut dyn Visitor) {
        const XMLNS: u32 = prefix_hash(b"xmlns");
        const NONE: u32 = prefix_hash(b"");
        self.place = Place::Tag;
        if self.depth >= DEPTH_MAX {
            return;
        }
        let (name, value) = (self.attribute.local(), self.value.text());
        let declared = match (self.attribute.prefix, name) {
            (XMLNS, _) => prefix_hash(name),
            (NONE, b"xmlns") => NONE,
            _ => return visitor.attribute(self.element.local(), name, value),
        };
        let number = if value.is_empty() { 0 } else { visitor.namespace(value) };
        self.limited |= !self.scope.declare(declared, self.depth as u8 + 1, number);
    }

    fn start_element(&mut self, visitor: &mut dyn Visitor) {
        self.place = Place::Content;
        self.value.length = 0;
        self.depth = self.depth.saturating_add(1);
        self.want = Want::Nothing;
        if self.depth == u16::MAX {
            self.place = Place::Malformed;
        }
        if self.depth > DEPTH_MAX {
            self.limited = true;
            return;
        }
        let namespace = self.scope.lookup(self.element.prefix);
        let element = Element { namespace, name: self.element.local(), depth: self.depth as u8 };
        self.want = visitor.start(element);
        if self.want == Want::Stop {
            self.place = Place::Stopped;
        }
    }

    fn end_element(&mut self, visitor: &mut dyn Visitor) {
        self.place = Place::Content;
        self.want = Want::Nothing;
        if self.depth <= DEPTH_MAX {
            visitor.end(self.depth as u8);
            self.scope.leave(self.depth as u8);
        }
        self.depth = self.depth.saturating_sub(1);
    }
}
