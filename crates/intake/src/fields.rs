//! A record's fields by place: what a kind of record has to say stands in a list of names, and a row holds a
//! value for each. The same for delimited lines and for JSON, so that who tells facts does not see which it was.

use crate::scan;
use cordon_model::{Endpoint, Mac, Timestamp, Vlan};
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use std::fmt;
use std::net::IpAddr;

/// Fields of one kind of record.
pub(crate) const FIELDS_MAX: usize = 32;

/// The values of one record, by place; empty where there is none.
pub(crate) struct Row<'a> {
    values: [&'a [u8]; FIELDS_MAX],
    /// True when text may hold `\xHH` for bytes that could not be written otherwise.
    pub(crate) is_escaped: bool,
}

impl<'a> Row<'a> {
    pub(crate) fn new(is_escaped: bool) -> Row<'a> {
        Row { values: [&[]; FIELDS_MAX], is_escaped }
    }

    #[inline]
    pub(crate) fn set(&mut self, place: usize, value: &'a [u8]) {
        if let Some(slot) = self.values.get_mut(place) {
            *slot = value;
        }
    }

    /// The bytes of a field; nothing when it is unset.
    #[inline]
    pub(crate) fn bytes(&self, place: usize) -> Option<&'a [u8]> {
        self.values.get(place).copied().filter(|value| !value.is_empty())
    }

    /// The text of a field.
    pub(crate) fn text(&self, place: usize) -> Option<String> {
        let bytes = self.bytes(place)?;
        if self.is_escaped && memchr::memchr(b'\\', bytes).is_some() {
            return Some(String::from_utf8_lossy(&unescaped(bytes)).into_owned());
        }
        scan::text(bytes).map(str::to_owned)
    }

    pub(crate) fn ip(&self, place: usize) -> Option<IpAddr> {
        self.bytes(place).and_then(scan::ip)
    }

    pub(crate) fn port(&self, place: usize) -> Option<u16> {
        self.bytes(place).and_then(scan::port)
    }

    pub(crate) fn number(&self, place: usize) -> Option<u64> {
        self.bytes(place).and_then(scan::number)
    }

    pub(crate) fn time(&self, place: usize) -> Option<Timestamp> {
        self.bytes(place).and_then(scan::time)
    }

    pub(crate) fn mac(&self, place: usize) -> Option<Mac> {
        scan::text(self.bytes(place)?)?.parse().ok()
    }

    /// `T` or `true`, `F` or `false`.
    pub(crate) fn flag(&self, place: usize) -> Option<bool> {
        match self.bytes(place)? {
            b"T" | b"true" => Some(true),
            b"F" | b"false" => Some(false),
            _ => None,
        }
    }

    pub(crate) fn vlan(&self, place: usize) -> Option<Vlan> {
        self.port(place).and_then(Vlan::new)
    }

    /// The endpoint of an address.
    pub(crate) fn host(&self, place: usize) -> Option<Endpoint> {
        self.ip(place).map(|ip| Endpoint { ip: Some(ip), ..Endpoint::default() })
    }
}

/// `\x09` as Zeek writes bytes that would break a line.
fn unescaped(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, after)) = rest.split_first() {
        let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        match (rest.starts_with(b"\\x"), digit(rest.get(2)), digit(rest.get(3))) {
            (true, Some(high), Some(low)) => {
                plain.push((high * 16 + low) as u8);
                rest = rest.get(4..).unwrap_or_default();
            }
            _ => {
                plain.push(*first);
                rest = after;
            }
        }
    }
    plain
}

/// The fields of a JSON object, copied out.
#[derive(Debug, Default)]
pub(crate) struct Object {
    text: Vec<u8>,
    places: Vec<(u8, usize, usize)>,
}

impl Object {
    /// Reads the fields with these names; `id.orig_h` also stands as `orig_h` within an object `id`, and as
    /// `id_orig_h`. Arrays come as their values with commas between, flags as `T` and `F`.
    pub(crate) fn read(&mut self, line: &[u8], names: &[&str]) -> Result<(), serde_json::Error> {
        self.text.clear();
        self.places.clear();
        let mut deserializer = serde_json::Deserializer::from_slice(line);
        Fields { into: self, names, within: "" }.deserialize(&mut deserializer)?;
        deserializer.end()
    }

    /// The row of what was read.
    pub(crate) fn row(&self) -> Row<'_> {
        let mut row = Row::new(false);
        for (place, start, end) in &self.places {
            row.set(usize::from(*place), self.text.get(*start..*end).unwrap_or_default());
        }
        row
    }
}

struct Fields<'a> {
    into: &'a mut Object,
    names: &'a [&'a str],
    within: &'a str,
}

impl Fields<'_> {
    fn place(&self, key: &str) -> Option<usize> {
        let matches = |name: &str| match name.split_once('.') {
            _ if self.within.is_empty() && *name == *key => true,
            Some((group, field)) if self.within.is_empty() => {
                key.strip_prefix(group).and_then(|rest| rest.strip_prefix('_')) == Some(field)
            }
            Some((group, field)) => group == self.within && field == key,
            None => false,
        };
        self.names.iter().position(|name| matches(name))
    }
}

impl<'de> DeserializeSeed<'de> for Fields<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Fields<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<std::borrow::Cow<'de, str>>()? {
            let is_group = |name: &&str| name.split_once('.').is_some_and(|(group, _)| group == key);
            match self.place(&key) {
                Some(place) => {
                    let start = self.into.text.len();
                    map.next_value_seed(Text(&mut self.into.text))?;
                    self.into.places.push((place as u8, start, self.into.text.len()));
                }
                None if self.within.is_empty() && self.names.iter().any(is_group) => {
                    map.next_value_seed(Group(Fields { into: self.into, names: self.names, within: &key }))?;
                }
                None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}

/// An object within the object, or whatever else stands there.
struct Group<'a>(Fields<'a>);

macro_rules! ignoring {
    ($($visit:ident: $type:ty),*) => {
        $(fn $visit<E>(self, _: $type) -> Result<(), E> { Ok(()) })*
    };
}

impl<'de> DeserializeSeed<'de> for Group<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Group<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    ignoring!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while values.next_element::<IgnoredAny>()?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<(), A::Error> {
        self.0.visit_map(map)
    }
}

/// A value as text.
struct Text<'a>(&'a mut Vec<u8>);

impl<'de> DeserializeSeed<'de> for Text<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Text<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<(), E> {
        self.0.push(if value { b'T' } else { b'F' });
        Ok(())
    }

    fn visit_i64<E>(self, value: i64) -> Result<(), E> {
        self.0.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_u64<E>(self, value: u64) -> Result<(), E> {
        self.0.extend_from_slice(value.to_string().as_bytes());
        Ok(())
    }

    fn visit_f64<E>(self, value: f64) -> Result<(), E> {
        // Times are seconds with six digits behind the point.
        self.0.extend_from_slice(format!("{value:.6}").as_bytes());
        Ok(())
    }

    fn visit_str<E>(self, value: &str) -> Result<(), E> {
        self.0.extend_from_slice(value.as_bytes());
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        let start = self.0.len();
        loop {
            let before = self.0.len();
            if before > start {
                self.0.push(b',');
            }
            if values.next_element_seed(Text(self.0))?.is_none() {
                self.0.truncate(before);
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(())
    }
}

/// The names of the fields of a JSON object, those within objects too (`id.orig_h`).
pub(crate) fn names_of(line: &[u8]) -> Option<Vec<String>> {
    let object: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(line).ok()?;
    let mut names = Vec::new();
    for (name, value) in object {
        if let serde_json::Value::Object(within) = &value {
            names.extend(within.keys().map(|inner| format!("{name}.{inner}")));
        }
        names.push(name);
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: &[&str] = &["ts", "id.orig_h", "id.orig_p", "answers", "AA", "_path"];

    fn row(line: &str) -> Vec<String> {
        let mut object = Object::default();
        object.read(line.as_bytes(), NAMES).unwrap();
        let row = object.row();
        (0..NAMES.len()).map(|place| row.text(place).unwrap_or_default()).collect()
    }

    #[test]
    fn objects_nested_flat_or_joined_give_the_same_row() {
        let wanted = ["1594810800.250000", "10.0.0.5", "104", "a,b", "T", "dns"];
        for line in [
            r#"{"_path":"dns","ts":1594810800.25,"id.orig_h":"10.0.0.5","id.orig_p":104,"answers":["a","b"],"AA":true,"x":{"y":[1]}}"#,
            r#"{"_path":"dns","ts":1594810800.25,"id":{"orig_h":"10.0.0.5","orig_p":104},"answers":["a","b"],"AA":true}"#,
            r#"{"_path":"dns","ts":1594810800.25,"id_orig_h":"10.0.0.5","id_orig_p":104,"answers":["a","b"],"AA":true}"#,
        ] {
            assert_eq!(row(line), wanted, "{line}");
        }
        assert_eq!(row(r#"{"id":7,"ts":null,"answers":[],"AA":{"a":1}}"#).concat(), "");
    }

    #[test]
    fn escapes_are_undone() {
        assert_eq!(unescaped(b"a\\x09b\\xzz\\x4"), b"a\tb\\xzz\\x4");
    }

    #[test]
    fn broken_objects_are_errors() {
        let mut object = Object::default();
        for line in ["", "[]", "{\"ts\":", "{} {}", "{\"ts\":\"\u{0}\"}"] {
            assert!(object.read(line.as_bytes(), NAMES).is_err(), "{line}");
        }
    }
}
