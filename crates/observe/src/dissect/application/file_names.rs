//! What a file that is sent is, by its name. The name itself may be a person's and is not told.

use cordon_model::observe::EventKind;

/// How the names of firmware and of software images end.
const FIRMWARE_ENDINGS: &[&str] =
    &[".bin", ".fw", ".img", ".rom", ".hex", ".swu", ".upd", ".ipk", ".srec", ".s19"];
/// What stands in them.
const FIRMWARE_WORDS: &[&str] = &["firmware", "bootloader", "u-boot", "uimage"];
/// How the names of configurations end.
const CONFIGURATION_ENDINGS: &[&str] = &[".cfg", ".conf", ".config", ".cnf", "-confg", ".ini"];
/// What stands in them.
const CONFIGURATION_WORDS: &[&str] = &["startup-config", "running-config", "backup-config", "config."];

/// The kind of event that sending a file of this name is, and by what its name tells.
pub(super) fn transfer(path: &[u8]) -> Option<(EventKind, &'static str)> {
    let name = path.rsplit(|byte| matches!(byte, b'/' | b'\\')).next().unwrap_or(path).trim_ascii();
    let ends = |ending: &&&str| {
        let start =
            name.len().checked_sub(ending.len()).filter(|start| *start > 0 || ending.starts_with('-'));
        start
            .and_then(|start| name.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(ending.as_bytes()))
    };
    let holds =
        |word: &&&str| name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word.as_bytes()));
    let find = |endings: &[&'static str], words: &[&'static str]| {
        endings.iter().find(ends).or_else(|| words.iter().find(holds)).copied()
    };
    find(CONFIGURATION_ENDINGS, CONFIGURATION_WORDS)
        .map(|mark| (EventKind::ConfigurationTransfer, mark))
        .or_else(|| find(FIRMWARE_ENDINGS, FIRMWARE_WORDS).map(|mark| (EventKind::FirmwareTransfer, mark)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_what_is_sent() {
        for (name, expected) in [
            (&b"/boot/M540-4.1.BIN"[..], Some((EventKind::FirmwareTransfer, ".bin"))),
            (b"Pump Firmware v7", Some((EventKind::FirmwareTransfer, "firmware"))),
            (b"C:\\site\\router.cfg", Some((EventKind::ConfigurationTransfer, ".cfg"))),
            (b"switch7-confg", Some((EventKind::ConfigurationTransfer, "-confg"))),
            (b"startup-config", Some((EventKind::ConfigurationTransfer, "startup-config"))),
            (b"config.xml", Some((EventKind::ConfigurationTransfer, "config."))),
            (b"DOE^JANE.dcm", None),
            (b".bin", None),
            (b"", None),
        ] {
            assert_eq!(transfer(name), expected, "{}", name.escape_ascii());
        }
    }
}
