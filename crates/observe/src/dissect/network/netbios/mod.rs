//! NetBIOS over UDP (RFC 1001, RFC 1002): the name service, and announcements in datagrams.

pub mod browser;
pub mod names;

/// A NetBIOS name: 15 characters and a byte that says what it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Name {
    text: [u8; 15],
    suffix: u8,
}

impl Name {
    /// A name as it is written in name lists.
    fn plain(bytes: &[u8; 16]) -> Name {
        let [text @ .., suffix] = *bytes;
        Name { text, suffix }
    }

    /// A name in its first-level encoding (RFC 1001 14.1): each half byte is a letter from A on.
    fn encoded(bytes: &[u8]) -> Option<Name> {
        let (pairs, _) = bytes.get(..32)?.as_chunks::<2>();
        let mut plain = [0; 16];
        for (byte, [high, low]) in plain.iter_mut().zip(pairs) {
            if !matches!((high, low), (b'A'..=b'P', b'A'..=b'P')) {
                return None;
            }
            *byte = (high - b'A') << 4 | (low - b'A');
        }
        Some(Name::plain(&plain))
    }

    /// The characters, without the blanks that fill them up.
    fn text(&self) -> &[u8] {
        let text = self.text.split(|byte| *byte == 0).next().unwrap_or_default();
        text.trim_ascii()
    }

    /// True for names that stand for something: `*` asks for any, and the browser's has control characters.
    fn is_plain(&self) -> bool {
        let text = self.text();
        !text.is_empty() && text != b"*" && text.iter().all(|byte| !byte.is_ascii_control())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A name in its first-level encoding.
    pub(crate) fn encoded(text: &str, suffix: u8) -> Vec<u8> {
        let mut plain = format!("{text:<15}").into_bytes();
        plain.push(suffix);
        plain.iter().flat_map(|byte| [b'A' + (byte >> 4), b'A' + (byte & 15)]).collect()
    }

    #[test]
    fn names_are_decoded() {
        let name = Name::encoded(&encoded("WARD-PC7", 0x20)).unwrap();
        assert_eq!((name.text(), name.suffix), (&b"WARD-PC7"[..], 0x20));
        assert_eq!(Name::encoded(&[b'a'; 32]), None);
        assert_eq!(Name::encoded(&[b'A'; 31]), None);
        assert!(!Name::encoded(&encoded("*", 0)).unwrap().is_plain());
    }
}
