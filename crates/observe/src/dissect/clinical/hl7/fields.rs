//! Segments, fields, components and repetitions by a message's own separators.

/// Field separator and the characters of MSH-2; zero until a header was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Separators {
    pub(super) field: u8,
    pub(super) component: u8,
    pub(super) repetition: u8,
    pub(super) escape: u8,
    pub(super) subcomponent: u8,
}

impl Separators {
    /// Two to five distinct printable characters that are neither letters nor digits; the fourth and fifth
    /// came later than the standard's first versions and may be missing.
    pub(super) fn new(field: u8, encoding: &[u8]) -> Option<Separators> {
        let suits = |byte: &u8| byte.is_ascii_punctuation();
        let [component, repetition, ..] = *encoding else { return None };
        let distinct = component != repetition && component != field && repetition != field;
        let all = suits(&field) && encoding.iter().all(suits) && encoding.len() <= 5;
        let further = |index: usize| encoding.get(index).copied().unwrap_or_default();
        let (escape, subcomponent) = (further(2), further(3));
        let separators = Separators { field, component, repetition, escape, subcomponent };
        (distinct && all).then_some(separators)
    }

    /// MSH-1 and MSH-2, or their like in a batch's header: the field separator is the byte after the
    /// segment's name, the others follow up to its next occurrence.
    pub(super) fn of_header(segment: &[u8]) -> Option<Separators> {
        let (field, rest) = segment.get(3..)?.split_first()?;
        let encoding = rest.split(|byte| byte == field).next()?;
        Separators::new(*field, encoding)
    }

    /// False before the first header.
    pub(super) fn known(self) -> bool {
        self.field != 0
    }

    /// The repetitions of a field.
    pub(super) fn repetitions(self, value: &[u8]) -> impl Iterator<Item = &[u8]> {
        value.split(move |&byte| byte == self.repetition).map(|part| part.trim_ascii())
    }

    /// The component at `index`, counted from 0, of the first repetition. Two double quotes say that a
    /// value is to be deleted (HL7 2.5.1 2.5.3): that is none.
    pub(super) fn component(self, value: &[u8], index: usize) -> &[u8] {
        let first = value.split(|&byte| byte == self.repetition).next().unwrap_or_default();
        match first.split(|&byte| byte == self.component).nth(index).unwrap_or_default().trim_ascii() {
            b"\"\"" => b"",
            part => part,
        }
    }

    /// What stands before the first subcomponent separator.
    pub(super) fn subcomponent(self, component: &[u8]) -> &[u8] {
        let mut parts = component.split(|&byte| self.subcomponent != 0 && byte == self.subcomponent);
        parts.next().unwrap_or_default()
    }

    /// The name in a hierarchic designator (HD): its namespace, or its universal identifier without one.
    pub(super) fn name(self, value: &[u8]) -> &[u8] {
        match self.component(value, 0) {
            b"" => self.component(value, 1),
            namespace => namespace,
        }
    }
}

/// One segment without its end.
#[derive(Clone, Copy, Debug)]
pub(super) struct Segment<'a> {
    pub(super) separators: Separators,
    bytes: &'a [u8],
    /// Only the beginning is there: the last field's end is missing.
    cut: bool,
    /// Where the first of its fields end, and how many of these there are.
    ends: [u32; ENDS_KEPT],
    count: usize,
}

/// Ends of fields that are found once and not again for each field asked for.
const ENDS_KEPT: usize = 24;

impl<'a> Segment<'a> {
    pub(super) fn new(separators: Separators, bytes: &'a [u8], cut: bool) -> Segment<'a> {
        let mut segment = Segment { separators, bytes, cut, ends: [0; ENDS_KEPT], count: 0 };
        for (kept, end) in segment.ends.iter_mut().zip(memchr::memchr_iter(separators.field, bytes)) {
            *kept = end as u32;
            segment.count += 1;
        }
        segment
    }

    /// The three letters it begins with.
    pub(super) fn name(self) -> &'a [u8] {
        self.bytes.get(..3).unwrap_or_default()
    }

    /// Fields with their numbers, beginning with the name as field 0; of the last one perhaps only the
    /// beginning. In headers the field separator itself counts as field 1.
    pub(super) fn fields(self) -> impl Iterator<Item = (u16, &'a [u8])> {
        let header = matches!(self.name(), b"MSH" | b"FHS" | b"BHS");
        let separator = self.separators.field;
        let values = self.bytes.split(move |&byte| byte == separator).map(|value| value.trim_ascii());
        (0_u16..).zip(values).map(move |(index, value)| (index + u16::from(header && index > 0), value))
    }

    /// The number of the last field, be it complete or not.
    pub(super) fn last_number(self) -> u16 {
        self.fields().last().map_or(0, |(index, _)| index)
    }

    /// One field; empty when it is not there, not complete, or to be deleted.
    pub(super) fn field(self, index: u16) -> &'a [u8] {
        let header = matches!(self.name(), b"MSH" | b"FHS" | b"BHS");
        if header && index == 1 {
            return b"";
        }
        let place = usize::from(index) - usize::from(header && index > 0);
        let start = match place.checked_sub(1).map(|before| self.end(before)) {
            None => 0,
            Some(Some(end)) => end + 1,
            Some(None) => return b"",
        };
        let (end, complete) = self.end(place).map_or((self.bytes.len(), !self.cut), |end| (end, true));
        match self.bytes.get(start..end).unwrap_or_default().trim_ascii() {
            value if complete && value != b"\"\"" => value,
            _ => b"",
        }
    }

    /// Where the field at a place ends, if another follows.
    fn end(&self, place: usize) -> Option<usize> {
        match self.ends.get(place) {
            Some(end) if place < self.count => Some(*end as usize),
            Some(_) => None,
            None => memchr::memchr_iter(self.separators.field, self.bytes).nth(place),
        }
    }

    /// A component, counted from 0, of a field's first repetition.
    pub(super) fn component(self, index: u16, component: usize) -> &'a [u8] {
        self.separators.component(self.field(index), component)
    }
}

/// Text of bounded length; what is too long is cut.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<const MAX: usize> {
    bytes: [u8; MAX],
    length: u8,
}

impl<const MAX: usize> Default for Text<MAX> {
    fn default() -> Self {
        Text { bytes: [0; MAX], length: 0 }
    }
}

impl<const MAX: usize> Text<MAX> {
    pub(super) fn new(text: &[u8]) -> Text<MAX> {
        let mut made = Text::default();
        made.push(text);
        made
    }

    pub(super) fn push(&mut self, part: &[u8]) {
        let from = usize::from(self.length);
        let count = part.len().min(MAX.min(255).saturating_sub(from));
        if let (Some(room), Some(part)) = (self.bytes.get_mut(from..from + count), part.get(..count)) {
            room.copy_from_slice(part);
            self.length = (from + count) as u8;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// FNV-1a, to compare identifiers without keeping them; empty text has none.
pub(super) fn hash(text: &[u8]) -> u64 {
    if text.is_empty() {
        return 0;
    }
    text.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A field alone is what going through all of them finds.
        #[test]
        fn one_field_is_that_of_all(text in "(MSH|OBX|)([|^ A\"]|\"\"){0,12}[|A]{0,40}", index in 0u16..45, cut: bool) {
            let separators = Separators::new(b'|', b"^~\\&").unwrap();
            let segment = Segment::new(separators, text.as_bytes(), cut);
            let mut fields = segment.fields().skip_while(|(at, _)| *at < index);
            let found = fields.next().filter(|(at, value)| *at == index && value != b"\"\"");
            let complete = !cut || fields.next().is_some();
            let expected = found.map(|(_, value)| value).filter(|_| complete).unwrap_or_default();
            prop_assert_eq!(segment.field(index), expected);
        }
    }
}
