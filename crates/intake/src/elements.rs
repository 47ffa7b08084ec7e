//! A list of records within one JSON document of any size, read a record at a time.

use cordon_model::observe::Damage;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use std::cell::Cell;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read};
use std::rc::Rc;

/// Bytes that are read at once: a record's leash is measured in these.
const READ_BYTES: usize = 64 << 10;
/// What stands beside the list is looked at up to this many members; the rest is passed over.
const MEMBERS_MAX: usize = 64;

/// What is told of a document.
pub enum Element {
    /// A member of the document beside the list, by name.
    Beside(String, Value),
    /// A record of the list, by its place from 0 on.
    Record(usize, Value),
}

/// Reads one document: an array, or an object with an array under one of `lists`. Damage when it is not whole, or
/// when one record has more than `record_bytes_max` bytes.
pub fn elements(
    reader: &mut dyn BufRead,
    lists: &[&str],
    record_bytes_max: usize,
    take: &mut dyn FnMut(Element),
) -> Result<(), Damage> {
    let left = Rc::new(Cell::new(record_bytes_max));
    let leash = Leash { inner: reader, left: Rc::clone(&left), bytes_max: record_bytes_max };
    let mut count = 0;
    let mut told = |element: Element| {
        left.set(record_bytes_max);
        take(element);
    };
    let mut deserializer = serde_json::Deserializer::from_reader(BufReader::with_capacity(READ_BYTES, leash));
    let document = Document { lists, take: &mut told, count: &mut count };
    let whole = document.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    whole.map_err(|error| Damage { offset: 0, reason: format!("no whole JSON: {error}") })
}

struct Document<'t> {
    lists: &'t [&'t str],
    take: &'t mut dyn FnMut(Element),
    count: &'t mut usize,
}

impl<'de> DeserializeSeed<'de> for Document<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Document<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with a list, or a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<(), A::Error> {
        while let Some(value) = values.next_element::<Value>()? {
            (self.take)(Element::Record(*self.count, value));
            *self.count += 1;
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut members = 0;
        while let Some(key) = map.next_key::<String>()? {
            if self.lists.contains(&key.as_str()) {
                map.next_value_seed(Document { lists: &[], take: &mut *self.take, count: &mut *self.count })?;
            } else if members < MEMBERS_MAX {
                members += 1;
                let value = map.next_value()?;
                (self.take)(Element::Beside(key, value));
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// A reader that fails when one record takes too many bytes; whoever reads says when the next begins.
struct Leash<'r> {
    inner: &'r mut dyn BufRead,
    left: Rc<Cell<usize>>,
    bytes_max: usize,
}

impl Read for Leash<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::other(format!("a record has more than {} bytes", self.bytes_max)));
        }
        let count = self.inner.read(out)?;
        self.left.set(self.left.get().saturating_sub(count));
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, bytes_max: usize) -> (Vec<String>, Result<(), String>) {
        let mut told = Vec::new();
        let done = elements(&mut text.as_bytes(), &["results"], bytes_max, &mut |element| {
            told.push(match element {
                Element::Beside(name, value) => format!("{name}={value}"),
                Element::Record(at, value) => format!("{at}:{value}"),
            });
        });
        (told, done.map_err(|damage| damage.reason))
    }

    #[test]
    fn records_and_what_stands_beside_them_are_told() {
        let (told, done) = read(r#" {"a": 1, "results": [7, {"x": 2}], "b": [3]} "#, 1 << 20);
        assert_eq!((told.join(" "), done), (r#"a=1 0:7 1:{"x":2} b=[3]"#.to_owned(), Ok(())));
        assert_eq!(read("[1, 2]", 1 << 20).0, ["0:1", "1:2"]);
    }

    #[test]
    fn half_a_document_or_two_are_damage() {
        let text = r#"{"results": [1, 2, 3]}"#;
        for end in 0..text.len() {
            assert!(read(&text[..end], 1 << 20).1.is_err(), "{end}");
        }
        assert!(read("[1] [2]", 1 << 20).1.is_err());
        assert!(read("7", 1 << 20).1.is_err());
    }

    #[test]
    fn a_record_without_end_is_damage() {
        let text = format!("[\"{}\"]", "x".repeat(1 << 20));
        assert!(read(&text, 100_000).1.unwrap_err().contains("more than 100000 bytes"));
    }
}
