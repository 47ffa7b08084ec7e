//! Walks BER and DER (ITU-T X.690) as far as SNMP, LDAP and Kerberos use them: tags of one byte, definite
//! lengths. Nothing is copied. A value that ends beyond the bytes at hand is given as far as it is there.

/// INTEGER.
pub(crate) const INTEGER: u8 = 0x02;
/// OCTET STRING.
pub(crate) const OCTETS: u8 = 0x04;
/// OBJECT IDENTIFIER.
pub(crate) const OBJECT: u8 = 0x06;
/// SEQUENCE and SEQUENCE OF.
pub(crate) const SEQUENCE: u8 = 0x30;

/// What stands before a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    pub(crate) tag: u8,
    /// Bytes of tag and length.
    pub(crate) head: usize,
    /// Bytes of the value.
    pub(crate) length: usize,
}

/// What the first bytes of an element say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Known(Head),
    /// More bytes would tell.
    More,
    /// It is none: a tag of several bytes, an indefinite or an overlong length.
    Wrong,
}

/// Reads tag and length.
pub(crate) fn start(bytes: &[u8]) -> Start {
    let Some((&tag, rest)) = bytes.split_first() else { return Start::More };
    if tag & 0x1f == 0x1f {
        return Start::Wrong;
    }
    let Some((&first, rest)) = rest.split_first() else { return Start::More };
    let count = match first {
        0..=0x7f => return Start::Known(Head { tag, head: 2, length: usize::from(first) }),
        0x81..=0x84 => usize::from(first & 0x7f),
        _ => return Start::Wrong,
    };
    let Some(digits) = rest.get(..count) else { return Start::More };
    let length = digits.iter().fold(0usize, |sum, &digit| sum << 8 | usize::from(digit));
    Start::Known(Head { tag, head: 2 + count, length })
}

/// One element: its tag, and its value as far as it is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element<'a> {
    pub(crate) tag: u8,
    pub(crate) value: &'a [u8],
    /// The value is all there.
    pub(crate) whole: bool,
}

impl<'a> Element<'a> {
    /// The elements in it.
    pub(crate) fn inside(self) -> Elements<'a> {
        Elements { rest: self.value }
    }

    /// Its value as a signed number of at most eight bytes.
    pub(crate) fn number(self) -> Option<i64> {
        let (&first, _) = self.value.split_first()?;
        if !self.whole || self.value.len() > 8 {
            return None;
        }
        let sign = if first & 0x80 == 0 { 0 } else { -1 };
        Some(self.value.iter().fold(sign, |sum, &digit| sum << 8 | i64::from(digit)))
    }
}

/// Elements one after another.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Elements<'a> {
        Elements { rest: bytes }
    }

    /// The next element if it has this tag; otherwise nothing is passed over.
    pub(crate) fn tagged(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.next().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element)
    }

    /// The first element with this tag from here on.
    pub(crate) fn find(mut self, tag: u8) -> Option<Element<'a>> {
        self.by_ref().find(|element| element.tag == tag)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let Start::Known(Head { tag, head, length }) = start(self.rest) else {
            self.rest = &[];
            return None;
        };
        let content = self.rest.get(head..).unwrap_or_default();
        let (value, rest) = content.split_at_checked(length).unwrap_or((content, &[]));
        self.rest = rest;
        Some(Element { tag, value, whole: value.len() == length })
    }
}

/// Writes an object identifier as dotted numbers; stops where it is not one.
pub(crate) fn write_object(out: &mut impl std::fmt::Write, value: &[u8]) {
    let mut arc = 0u64;
    let mut first = true;
    for &byte in value {
        if arc > u64::MAX >> 7 {
            return;
        }
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        let written = if std::mem::take(&mut first) {
            // The first two arcs share a number (X.690 8.19.4).
            let top = (arc / 40).min(2);
            write!(out, "{top}.{}", arc - 40 * top)
        } else {
            write!(out, ".{arc}")
        };
        if written.is_err() {
            return;
        }
        arc = 0;
    }
}

/// The first number of what follows a known object identifier, such as a table's index, and the rest.
pub(crate) fn first_arc(value: &[u8]) -> Option<(u32, &[u8])> {
    let mut arc = 0u32;
    for (&byte, count) in value.iter().zip(1..=5) {
        arc = arc.checked_mul(128)? | u32::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            return Some((arc, value.get(count..).unwrap_or_default()));
        }
    }
    None
}

/// An object identifier as a fact is told it.
pub(crate) fn object_line(value: &[u8]) -> crate::text::Line {
    let mut line = crate::text::Line::default();
    write_object(&mut line, value);
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lengths_take_one_to_five_bytes() {
        let known = |head, length| Start::Known(Head { tag: 0x30, head, length });
        assert_eq!(start(&[0x30, 0x7f]), known(2, 127));
        assert_eq!(start(&[0x30, 0x81, 0xff]), known(3, 255));
        assert_eq!(start(&[0x30, 0x84, 0, 0, 1, 0]), known(6, 256));
        assert_eq!(start(&[0x30, 0x84, 0, 0, 1]), Start::More);
        assert_eq!(start(&[0x30, 0x80]), Start::Wrong);
        assert_eq!(start(&[0x3f, 1]), Start::Wrong);
        assert_eq!(start(&[]), Start::More);
    }

    #[test]
    fn elements_follow_one_another_and_the_last_may_be_cut() {
        let mut all = Elements::new(&[2, 1, 0xfe, 4, 3, b'a', b'b']);
        assert_eq!(all.tagged(4), None);
        assert_eq!(all.tagged(2).and_then(Element::number), Some(-2));
        let text = all.next().unwrap();
        assert_eq!((text.tag, text.value, text.whole), (4, &b"ab"[..], false));
        assert_eq!(text.number(), None);
        assert_eq!(all.next(), None);
    }

    #[test]
    fn object_identifiers_are_written_with_dots() {
        assert_eq!(object_line(&[0x2b, 6, 1, 4, 1, 0x82, 0x37]).text(), "1.3.6.1.4.1.311");
        assert_eq!(object_line(&[0x88, 0x37, 3]).text(), "2.999.3");
        assert_eq!(first_arc(&[0x82, 0x37, 1]), Some((311, &[1][..])));
        assert_eq!(first_arc(&[0xff; 9]), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_walked(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut depth = 0;
            let all = Elements::new(&bytes);
            let mut walked = 0;
            for element in all {
                walked += 1;
                prop_assert!(element.value.len() <= bytes.len());
                let _ = element.number();
                depth += element.inside().count();
            }
            prop_assert!(walked <= bytes.len() && depth <= bytes.len());
            prop_assert!(object_line(&bytes).text().len() <= 256);
        }
    }
}
