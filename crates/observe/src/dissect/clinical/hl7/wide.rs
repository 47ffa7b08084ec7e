//! Messages in UTF-16, which some senders put into frames meant for single bytes: told by a byte order mark
//! or by the zero beside each letter of `MSH`, and read through a small window of UTF-8.

/// How many bytes of UTF-8 are looked at in one go.
pub(super) const WINDOW_BYTES_MAX: usize = 2 * 1024;

/// How characters are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Width {
    /// Bytes that contain ASCII: any set but the two below.
    #[default]
    Narrow,
    /// UTF-16, high byte first.
    BigEndian,
    /// UTF-16, low byte first.
    LittleEndian,
}

impl Width {
    /// The width that the first bytes of a message show, and how many bytes of order mark precede it.
    /// `None` when more bytes would tell.
    pub(super) fn of(bytes: &[u8]) -> Option<(Width, usize)> {
        Some(match bytes {
            [0xfe, 0xff, ..] => (Width::BigEndian, 2),
            [0xff, 0xfe, ..] => (Width::LittleEndian, 2),
            [0xef, 0xbb, 0xbf, ..] => (Width::Narrow, 3),
            [0, b'A'..=b'Z', 0, ..] | [0, 0x0b | b'\r' | b'\n' | 0x1c, ..] => (Width::BigEndian, 0),
            [b'A'..=b'Z', 0, b'A'..=b'Z', ..] => (Width::LittleEndian, 0),
            [0xfe | 0xff | 0xef] | [0xef, 0xbb] | [0] | [0, b'A'..=b'Z'] => return None,
            [b'A'..=b'Z'] | [b'A'..=b'Z', 0] => return None,
            _ => (Width::Narrow, 0),
        })
    }

    fn unit(self, pair: [u8; 2]) -> u16 {
        if self == Width::BigEndian { u16::from_be_bytes(pair) } else { u16::from_le_bytes(pair) }
    }

    fn characters(self, bytes: &[u8]) -> impl Iterator<Item = char> {
        let units = bytes.as_chunks::<2>().0.iter().map(move |pair| self.unit(*pair));
        char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    /// Writes the beginning of `bytes` as UTF-8 and answers how much was written. The last character is
    /// held back, for it may be half of one.
    pub(super) fn narrow(self, bytes: &[u8], window: &mut [u8; WINDOW_BYTES_MAX]) -> usize {
        let mut length = 0;
        let whole = bytes.len() - bytes.len() % 2;
        let mut end = whole;
        if let Some(pair) = whole.checked_sub(2).and_then(|at| bytes.get(at..)?.first_chunk::<2>())
            && matches!(self.unit(*pair), 0xd800..=0xdbff)
        {
            end -= 2;
        }
        for character in self.characters(bytes.get(..end).unwrap_or_default()) {
            let Some(room) = window.get_mut(length..length + character.len_utf8()) else { break };
            length += character.encode_utf8(room).len();
        }
        length
    }

    /// How many of the bytes make the first `length` bytes of UTF-8.
    pub(super) fn taken(self, bytes: &[u8], length: usize) -> usize {
        let (mut narrow, mut wide) = (0, 0);
        for character in self.characters(bytes) {
            if narrow >= length {
                break;
            }
            narrow += character.len_utf8();
            wide += character.len_utf16() * 2;
        }
        wide
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_orders_come_out_as_utf8() {
        let text = "MSH|Röntgen \u{1f600}";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        for (width, bytes) in [(Width::LittleEndian, little), (Width::BigEndian, big)] {
            let mut window = [0; WINDOW_BYTES_MAX];
            let length = width.narrow(&bytes, &mut window);
            assert_eq!(&window[..length], text.as_bytes());
            assert_eq!(width.taken(&bytes, length), bytes.len());
            assert_eq!(width.taken(&bytes, 4), 8);
            // Half a character waits for its other half.
            assert_eq!(width.narrow(&bytes[..bytes.len() - 1], &mut window), length - 4);
            assert_eq!(width.narrow(&bytes[..bytes.len() - 2], &mut window), length - 4);
            assert_eq!(Width::of(&bytes[..3]), Some((width, 0)));
        }
        assert_eq!(Width::of(b"\xff\xfeM"), Some((Width::LittleEndian, 2)));
        assert_eq!(Width::of(b"MSH"), Some((Width::Narrow, 0)));
        assert_eq!(Width::of(b"M"), None);
    }
}
