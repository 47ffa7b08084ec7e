//! How far a segment reaches: where the end of one was damaged or never sent, the next begins within it, and a
//! patient's fields would be read as fields of the first.

/// Fields of MSH before which a segment's name is the end of a word: the names of applications and facilities
/// stand there. A header that breaks off so early does not hold together (see `header::is_coherent`).
const HEADER_NAMES_END: usize = 6;
/// Where MSH-10 stands among the fields: a control number may be of any capitals and digits.
const CONTROL_NUMBER: usize = 9;

/// Where another segment begins within these bytes; their length where none does.
pub(super) fn merged(bytes: &[u8], separator: u8) -> usize {
    let is_header = bytes.starts_with(b"MSH");
    let from = if is_header { HEADER_NAMES_END } else { 0 };
    let mut fields = bytes.split(|&byte| byte == separator).enumerate().peekable();
    let mut start = 0;
    while let Some((index, field)) = fields.next() {
        let end = start + field.len();
        if index > 0
            && let Some((front, name)) = field.split_last_chunk::<3>()
            && is_name(*name)
        {
            let next = fields.peek().map(|(_, next)| *next);
            let damaged = front.last().is_some_and(|byte| !matches!(byte, b' '..=b'~'));
            // The processing id follows it; a header without goes on to be found incoherent.
            let is_number = is_header && index == CONTROL_NUMBER && matches!(next, Some(b"P" | b"T" | b"D"));
            if damaged || (index > from && !is_number && next.is_some_and(|next| may_follow(*name, next))) {
                return end - 3;
            }
        }
        start = end + 1;
    }
    bytes.len()
}

/// True when no byte is one that only damage or a lost end puts into a segment.
pub(super) fn is_clean(bytes: &[u8]) -> bool {
    // Tabulators stand in texts; escapes switch character sets (ISO/IEC 2022).
    // Looked at to the end, which many can be at once.
    let is_odd = |byte: &u8| matches!(byte, 0..=0x08 | 0x0a..=0x1a | 0x1c..=0x1f | 0x7f);
    !bytes.iter().fold(false, |odd, byte| odd | is_odd(byte))
}

/// True when a field that is too long to be kept ends in the name of another segment, or holds such a byte.
pub(super) fn ends_badly(field: &[u8]) -> bool {
    field.last_chunk::<3>().is_some_and(|name| is_name(*name)) || !is_clean(field)
}

/// Segments that speak of people or may stand beside those that do, and all that sites define for themselves.
fn is_name(name: [u8; 3]) -> bool {
    match &name {
        b"ABS" | b"ACC" | b"AIG" | b"AIL" | b"AIP" | b"AIS" | b"AL1" | b"APR" | b"ARQ" | b"ARV" | b"AUT"
        | b"BHS" | b"BLG" | b"BPX" | b"BTS" | b"BTX" | b"CTD" | b"CTI" | b"DB1" | b"DEV" | b"DG1"
        | b"DON" | b"DRG" | b"DSP" | b"EQU" | b"ERR" | b"EVN" | b"FAM" | b"FHS" | b"FT1" | b"FTS"
        | b"GOL" | b"GP1" | b"GT1" | b"IAM" | b"IAR" | b"IN1" | b"IN2" | b"IN3" | b"IPC" | b"MRG"
        | b"MSA" | b"MSH" | b"NK1" | b"NPU" | b"NTE" | b"OBR" | b"OBX" | b"ODS" | b"ODT" | b"OH1"
        | b"OH2" | b"OH3" | b"OH4" | b"ORC" | b"PD1" | b"PDA" | b"PEO" | b"PES" | b"PID" | b"PR1"
        | b"PRB" | b"PRD" | b"PRT" | b"PTH" | b"PV1" | b"PV2" | b"QAK" | b"QID" | b"QPD" | b"QRD"
        | b"QRF" | b"RCP" | b"REL" | b"RF1" | b"RGS" | b"ROL" | b"RXA" | b"RXC" | b"RXD" | b"RXE"
        | b"RXG" | b"RXO" | b"RXR" | b"SAC" | b"SCH" | b"SFT" | b"SPM" | b"STF" | b"TQ1" | b"TQ2"
        | b"TXA" | b"UB1" | b"UB2" | b"VAR" => true,
        [b'Z', rest @ ..] => rest.iter().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()),
        _ => false,
    }
}

/// True when a segment of this name may begin with this field; words may end in a name as well.
fn may_follow(name: [u8; 3], first: &[u8]) -> bool {
    let upper = |count: usize| first.len() == count && first.iter().all(u8::is_ascii_uppercase);
    match &name {
        b"MSH" | b"FHS" | b"BHS" => {
            (2..=5).contains(&first.len()) && first.iter().all(u8::is_ascii_punctuation)
        }
        b"MSA" | b"ORC" => upper(2),
        b"EVN" => first.is_empty() || (first.len() == 3 && first.first().is_some_and(u8::is_ascii_uppercase)),
        // These begin with what is theirs alone.
        b"ACC" | b"ARQ" | b"BPX" | b"CTD" | b"DEV" | b"EQU" | b"IN2" | b"MRG" | b"PD1" | b"PRT" | b"QAK"
        | b"QID" | b"QPD" | b"QRD" | b"QRF" | b"RXA" | b"RXC" | b"RXD" | b"RXE" | b"RXG" | b"RXO"
        | b"RXR" | b"SAC" | b"SCH" | b"SFT" | b"STF" => true,
        [b'Z', ..] => true,
        // The others begin with their number.
        _ => first.len() <= 4 && first.iter().all(u8::is_ascii_digit),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> &str {
        &text[..merged(text.as_bytes(), b'|')]
    }

    #[test]
    fn ends_that_were_never_sent_are_found() {
        for (own, other) in [
            ("OBX|1|ST|x||1||||||F", "PID|1||4711"),
            ("OBX|1|ST|x||1||||||F", "PID|||4711"),
            ("OBX|1|ST|x||1||||||F|", "NTE|1||words"),
            ("SFT|Mak", "MRG|4711^^^X"),
            ("SFT|Maker|4.1|", "ZPD|Doe"),
            ("PRT|1|AD", "OBX|2|NM"),
            ("DEV|1|A|SN-1", "ORC|NW|4711"),
            ("DEV|1|A|SN-1", "EVN|A01|2025"),
            ("OBX|1|ST", "MSH|^~\\&|A"),
            ("OBX|1|ST", "SCH|4711^X"),
            ("BHS|^~\\&|LAB|NO", "PID|1|4711"),
            ("MSH|^~\\&|A|B|C|D|2025||ADT^A01|1|P|2.6", "PID|1"),
            ("MSH|^~\\&|A|B|C|D|2025||ADT^A01|1", "ZPD|Doe"),
            ("MSH|^~\\&|A|B|C|D|2025||ADT^A01|1|P|2.6", "EVN|A01|2025"),
            ("OBX|1|ST|x||1||||||F\u{c}", "OBR|x"),
        ] {
            assert_eq!(first(&format!("{own}{other}")), own, "{own}{other}");
        }
    }

    #[test]
    fn words_may_end_like_names() {
        for text in [
            "MSH|^~\\&|RAPID||C|D|2025||ADT^A01|1|P|2.6",
            "MSH|^~\\&|A|B|C|D|2025||ACK^A01^ACK|6327052213564035KZX8|P|2.5.1",
            "OBX|1|ST|x^RAPID^L|1.0.0.1|RAPID|mg||||||F|||||||RAPID^X",
            "SFT|DEUTSPM|Maker|4.1",
            "PID|1||4711",
        ] {
            assert_eq!(first(text), text);
        }
    }

    #[test]
    fn damage_within_is_seen() {
        assert!(is_clean("SFT|M\u{fc}ller\t\u{1b}$B|4".as_bytes()));
        assert!(!is_clean(b"SFT|M\x00ler") && !is_clean(b"SFT|M\x7fler") && !is_clean(b"\x03"));
        assert!(ends_badly(b"QUJDPID") && ends_badly(b"A\0B") && !ends_badly(b"QUJD") && !ends_badly(b"ID"));
    }
}
