//! Text in the character set and with the escape sequences of its message (HL7 2.9 2.7, table 0211), as
//! UTF-8.

use super::fields::Separators;
use cordon_model::observe::FACT_BYTES_MAX;
use encoding_rs::Encoding;

/// The longest escape sequence that is looked for, in bytes.
const ESCAPE_BYTES_MAX: usize = 64;

/// Where a text is put together.
pub(super) type Buffer = [u8; FACT_BYTES_MAX];

/// What MSH-18 says the bytes mean; `None` where they are ASCII, UTF-8 or of a set that is not known, and
/// so are passed on as they are.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Charset(Option<&'static Encoding>);

impl Charset {
    /// The set of MSH-18's first repetition (table 0211). A message is transferred in one set; the
    /// repetitions that follow name sets that escape sequences switch to.
    pub(super) fn named(name: &[u8]) -> Charset {
        Charset(match name {
            // The windows code pages print what the ISO sets leave to control characters.
            b"8859/1" => Some(encoding_rs::WINDOWS_1252),
            b"8859/2" => Some(encoding_rs::ISO_8859_2),
            b"8859/3" => Some(encoding_rs::ISO_8859_3),
            b"8859/4" => Some(encoding_rs::ISO_8859_4),
            b"8859/5" => Some(encoding_rs::ISO_8859_5),
            b"8859/6" => Some(encoding_rs::ISO_8859_6),
            b"8859/7" => Some(encoding_rs::ISO_8859_7),
            b"8859/8" => Some(encoding_rs::ISO_8859_8),
            b"8859/9" => Some(encoding_rs::WINDOWS_1254),
            b"8859/15" => Some(encoding_rs::ISO_8859_15),
            b"GB 18030-2000" => Some(encoding_rs::GB18030),
            b"KS X 1001" => Some(encoding_rs::EUC_KR),
            b"BIG-5" => Some(encoding_rs::BIG5),
            b"ISO IR14" | b"ISO IR87" | b"ISO IR159" => Some(encoding_rs::ISO_2022_JP),
            _ => None,
        })
    }

    /// True for the names of table 0211.
    pub(super) fn is_name(name: &[u8]) -> bool {
        const FAMILIES: [&[u8]; 9] =
            [b"ASCII", b"8859/", b"UNICODE", b"ISO IR", b"GB 18030", b"KS X", b"CNS 11643", b"BIG-5", b"JAS"];
        name.len() <= 24 && FAMILIES.iter().any(|family| name.starts_with(family))
    }

    /// The text with its escape sequences resolved, as UTF-8 where the set is known.
    pub(super) fn decode<'a>(
        self,
        separators: Separators,
        value: &'a [u8],
        buffer: &'a mut Buffer,
    ) -> &'a [u8] {
        let escaped = separators.escape != 0 && value.contains(&separators.escape);
        let plain = value.is_ascii() || self.0.is_none();
        if !escaped && plain && !value.contains(&ESCAPE) {
            return value;
        }
        let mut raw = [0; FACT_BYTES_MAX];
        let length = unescape(separators, value, &mut raw);
        let raw = raw.get(..length).unwrap_or_default();
        let written = match self.0 {
            Some(encoding) => {
                let mut decoder = encoding.new_decoder_without_bom_handling();
                decoder.decode_to_utf8(raw, buffer, true).2
            }
            None => {
                buffer.get_mut(..length).unwrap_or_default().copy_from_slice(raw);
                length
            }
        };
        buffer.get(..written).unwrap_or_default()
    }
}

/// Switches between sets within a text (ISO/IEC 2022).
const ESCAPE: u8 = 0x1b;

/// Resolves escape sequences (HL7 2.9 2.7): the separators themselves, hexadecimal data, formatting.
/// Answers how many bytes were written.
fn unescape(separators: Separators, value: &[u8], out: &mut Buffer) -> usize {
    let mut length = 0;
    let mut push = |bytes: &[u8]| {
        let count = bytes.len().min(FACT_BYTES_MAX - length);
        if let (Some(room), Some(bytes)) = (out.get_mut(length..length + count), bytes.get(..count)) {
            room.copy_from_slice(bytes);
            length += count;
        }
    };
    let mut rest = value;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        let end = match separators.escape {
            escape if first == escape && escape != 0 => {
                after.iter().take(ESCAPE_BYTES_MAX).position(|&byte| byte == escape)
            }
            _ => None,
        };
        let Some(end) = end else {
            push(&[first]);
            continue;
        };
        let sequence = after.get(..end).unwrap_or_default();
        match sequence {
            b"F" => push(&[separators.field]),
            b"S" => push(&[separators.component]),
            b"T" => push(&[separators.subcomponent]),
            b"R" => push(&[separators.repetition]),
            b"E" => push(&[separators.escape]),
            b"H" | b"N" => {}
            [b'.', ..] => push(b" "),
            [b'X', digits @ ..] if !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit) => {
                for pair in digits.chunks(2) {
                    push(&[pair.iter().fold(0, |byte, &digit| byte << 4 | hexadecimal(digit))]);
                }
            }
            // Switching of character sets and what sites define for themselves.
            [b'C' | b'M' | b'Z', ..] => {}
            // Not an escape sequence but the character itself.
            _ => {
                push(&[first]);
                continue;
            }
        }
        rest = after.get(end + 1..).unwrap_or_default();
    }
    length
}

fn hexadecimal(digit: u8) -> u8 {
    char::from(digit).to_digit(16).unwrap_or_default() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(set: &[u8], value: &[u8]) -> String {
        let separators = Separators::new(b'|', b"^~\\&").unwrap();
        let mut buffer = [0; FACT_BYTES_MAX];
        String::from_utf8_lossy(Charset::named(set).decode(separators, value, &mut buffer)).into_owned()
    }

    #[test]
    fn escapes_are_resolved() {
        for (value, expected) in [
            (&b"A \\T\\ B"[..], "A & B"),
            (b"\\F\\\\S\\\\R\\\\E\\", "|^~\\"),
            (b"one\\.br\\two\\H\\three\\N\\", "one twothree"),
            (b"M\\XC3BC\\ller", "M\u{fc}ller"),
            (b"\\Zown\\x", "x"),
            // Nothing closes it, or it is no sequence: the character itself.
            (b"C:\\temp\\new", "C:\\temp\\new"),
            (b"end\\", "end\\"),
            (b"\\X\\", "\\X\\"),
        ] {
            assert_eq!(decoded(b"", value), expected);
        }
    }

    #[test]
    fn declared_sets_become_utf8() {
        assert_eq!(decoded(b"8859/1", b"R\xf6ntgen"), "R\u{f6}ntgen");
        assert_eq!(decoded(b"8859/15", b"\xa4"), "\u{20ac}");
        assert_eq!(decoded(b"8859/5", b"\xbc\xd8\xe0"), "\u{41c}\u{438}\u{440}");
        assert_eq!(decoded(b"8859/1", b"M\\XFC\\ller"), "M\u{fc}ller");
        assert_eq!(decoded(b"UNICODE UTF-8", "Müller".as_bytes()), "M\u{fc}ller");
        assert_eq!(decoded(b"GB 18030-2000", b"\xd6\xd0"), "\u{4e2d}");
        assert_eq!(decoded(b"ISO IR87", b"\x1b$B;3\x1b(B"), "\u{5c71}");
        // Nothing was declared: what the bytes mean is not known.
        assert_eq!(decoded(b"", b"R\xf6ntgen"), "R\u{fffd}ntgen");
    }

    #[test]
    fn long_text_is_cut() {
        assert!((FACT_BYTES_MAX - 4..=FACT_BYTES_MAX).contains(&decoded(b"8859/1", &[b'\xe4'; 400]).len()));
        assert_eq!(decoded(b"", &b"\\E\\".repeat(300)).len(), FACT_BYTES_MAX);
    }
}
