//! Fields as HTTP/2 packs them (HPACK, RFC 7541). The table that both sides build is followed without keeping what
//! is in it: which field an entry is is enough, for a value that is only pointed at has been told before.

use super::huffman;

/// Entries that are followed; the usual table of 4,096 bytes has room for no more.
const ENTRIES_MAX: usize = 128;
/// The table's size when nobody says otherwise (RFC 9113 6.5.2).
const SIZE_DEFAULT: usize = 4_096;
/// What an entry takes besides name and value (RFC 7541 4.1).
const OVERHEAD: usize = 32;
/// How much of a value is kept.
const VALUE_BYTES_MAX: usize = 512;
/// The longest name that is of interest.
const NAME_BYTES_MAX: usize = 24;
/// Entries of the table that everybody has (RFC 7541 appendix A).
const STATIC_ENTRIES: usize = 61;

/// The fields that are of interest.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Name {
    #[default]
    Other,
    Authority,
    Authorization,
    ContentType,
    PoweredBy,
    Server,
    UserAgent,
    Challenge,
}

impl Name {
    /// Of the static table's entry.
    fn of_static(index: usize) -> Name {
        match index {
            1 | 38 => Name::Authority,
            23 => Name::Authorization,
            31 => Name::ContentType,
            54 => Name::Server,
            58 => Name::UserAgent,
            61 => Name::Challenge,
            _ => Name::Other,
        }
    }

    fn of_text(text: &[u8]) -> Name {
        match text {
            b":authority" | b"host" => Name::Authority,
            b"authorization" => Name::Authorization,
            b"content-type" => Name::ContentType,
            b"x-powered-by" => Name::PoweredBy,
            b"server" => Name::Server,
            b"user-agent" => Name::UserAgent,
            b"www-authenticate" => Name::Challenge,
            _ => Name::Other,
        }
    }
}

/// One direction's table: which field each entry is, in a ring. Entries are named by their age, and one that the
/// sender has dropped is never named, so that what it drops need not be followed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table {
    names: [Name; ENTRIES_MAX],
    newest: usize,
    size_max: usize,
}

impl Default for Table {
    fn default() -> Self {
        Table { names: [Name::Other; ENTRIES_MAX], newest: 0, size_max: SIZE_DEFAULT }
    }
}

impl Table {
    fn name(&self, index: usize) -> Name {
        match index.checked_sub(STATIC_ENTRIES + 1) {
            None => Name::of_static(index),
            Some(age) if age < ENTRIES_MAX => {
                let place = (self.newest + ENTRIES_MAX - age) % ENTRIES_MAX;
                self.names.get(place).copied().unwrap_or_default()
            }
            Some(_) => Name::Other,
        }
    }

    fn add(&mut self, name: Name, bytes: usize) {
        // What is too large for the table empties it instead (RFC 7541 4.4).
        if bytes + OVERHEAD > self.size_max {
            return;
        }
        self.newest = (self.newest + 1) % ENTRIES_MAX;
        if let Some(place) = self.names.get_mut(self.newest) {
            *place = name;
        }
    }

    /// Calls `field` with each field of a block whose value stands in it.
    pub(super) fn read(&mut self, mut block: &[u8], mut field: impl FnMut(Name, &[u8])) -> Option<()> {
        while let Some(first) = block.first().copied() {
            let kept = first & 0xc0 == 0x40;
            let bits = match first {
                // Points at a field of a table.
                0x80.. => {
                    number(&mut block, 7)?;
                    continue;
                }
                0x20..=0x3f => {
                    self.size_max = number(&mut block, 5)?;
                    continue;
                }
                0x40..=0x7f => 6,
                ..=0x1f => 4,
            };
            let index = number(&mut block, bits)?;
            let (name, name_bytes) = match index {
                0 => {
                    let mut room = [0; NAME_BYTES_MAX];
                    let (text, length) = string(&mut block, &mut room)?;
                    (Name::of_text(text), length)
                }
                _ => (self.name(index), 0),
            };
            let mut room = [0; VALUE_BYTES_MAX];
            let (value, value_bytes) = string(&mut block, &mut room)?;
            if name != Name::Other {
                field(name, value);
            }
            if kept {
                self.add(name, name_bytes + value_bytes);
            }
        }
        Some(())
    }
}

/// A number that begins in the low `bits` of a byte (RFC 7541 5.1).
fn number(block: &mut &[u8], bits: u32) -> Option<usize> {
    let (first, rest) = block.split_first()?;
    *block = rest;
    let most = (1usize << bits) - 1;
    let mut value = usize::from(*first) & most;
    if value < most {
        return Some(value);
    }
    for shift in [0, 7, 14, 21] {
        let (next, rest) = block.split_first()?;
        *block = rest;
        value += usize::from(next & 0x7f) << shift;
        if next & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// A text, coded or plain (RFC 7541 5.2): as much as there is room for, and its whole length.
fn string<'a>(block: &mut &[u8], room: &'a mut [u8]) -> Option<(&'a [u8], usize)> {
    let coded = block.first()? & 0x80 != 0;
    let length = number(block, 7)?;
    let (text, rest) = block.split_at_checked(length)?;
    *block = rest;
    let mut count = 0;
    let mut take = |byte| {
        if let Some(place) = room.get_mut(count) {
            *place = byte;
        }
        count += 1;
    };
    if coded {
        huffman::decode(text, take)?;
    } else {
        text.iter().for_each(|byte| take(*byte));
    }
    Some((room.get(..count.min(room.len())).unwrap_or_default(), count))
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;

    fn read(table: &mut Table, block: &[u8]) -> Option<Vec<(Name, String)>> {
        let mut fields = Vec::new();
        table.read(block, |name, value| fields.push((name, String::from_utf8_lossy(value).into_owned())))?;
        Some(fields)
    }

    /// RFC 7541 C.4.1 to C.4.3: three requests that build one table.
    #[test]
    fn the_standards_requests_are_read() {
        let mut table = Table::default();
        let first = b"\x82\x86\x84\x41\x8c\xf1\xe3\xc2\xe5\xf2\x3a\x6b\xa0\xab\x90\xf4\xff";
        assert_eq!(read(&mut table, first).unwrap(), [(Name::Authority, String::from("www.example.com"))]);
        assert_eq!(table.name(62), Name::Authority);
        let second = b"\x82\x86\x84\xbe\x58\x86\xa8\xeb\x10\x64\x9c\xbf";
        assert_eq!(read(&mut table, second).unwrap(), []);
        assert_eq!((table.name(62), table.name(63)), (Name::Other, Name::Authority));
        let third = b"\x82\x87\x85\xbf\x40\x88\x25\xa8\x49\xe9\x5b\xa9\x7d\x7f\x89\x25\xa8\x49\xe9\x5b\xb8\xe8\xb4\xbf";
        assert_eq!(read(&mut table, third).unwrap(), []);
        assert_eq!(table.name(64), Name::Authority);
    }

    #[test]
    fn names_are_found_by_text_and_by_age() {
        let mut table = Table::default();
        let new = [&[0x40, 6][..], b"server", &[3], b"abc"].concat();
        assert_eq!(read(&mut table, &new).unwrap(), [(Name::Server, String::from("abc"))]);
        // The same field again by its age, with another value that is not kept.
        assert_eq!(read(&mut table, b"\x0f\x2f\x01x").unwrap(), [(Name::Server, String::from("x"))]);
        // An entry larger than the table is not kept: the ages stay.
        assert_eq!(
            read(&mut table, &[&[0x3f, 0x11, 0x40, 1, b'a', 40][..], &[b'v'; 40]].concat()).unwrap(),
            []
        );
        assert_eq!(
            (table.name(62), table.name(63), table.name(400)),
            (Name::Server, Name::Other, Name::Other)
        );
        let long = [&[0x0f, 0x27, 0x7f, 0x81, 6][..], &[b'v'; 896]].concat();
        assert_eq!(read(&mut table, &long).unwrap()[0].1.len(), VALUE_BYTES_MAX);
    }

    #[test]
    fn damage_ends_a_block() {
        for block in [&b"\x40"[..], b"\x40\x05ab", b"\xff\xff\xff\xff\xff\xff", b"\x41\x84\xff\xff\xff\xff"] {
            assert_eq!(read(&mut Table::default(), block), None, "{block:x?}");
        }
    }
}
