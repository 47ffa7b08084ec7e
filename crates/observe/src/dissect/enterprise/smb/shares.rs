//! Names of shares: which of them may be told, and which serve administration.

use super::super::super::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// The longest name of a share that is told.
const NAME_BYTES_MAX: usize = 24;

/// Words in names of shares that say what they hold. Other names may be a person's: home folders are shared
/// under their users' names.
const CONTENT: [&[u8]; 30] = [
    b"app",
    b"archiv",
    b"backup",
    b"calib",
    b"config",
    b"data",
    b"dicom",
    b"driver",
    b"export",
    b"exchange",
    b"ftp",
    b"hl7",
    b"image",
    b"import",
    b"inbox",
    b"install",
    b"lab",
    b"log",
    b"outbox",
    b"pacs",
    b"print",
    b"public",
    b"scan",
    b"service",
    b"share",
    b"soft",
    b"spool",
    b"temp",
    b"transfer",
    b"update",
];

/// A share that was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    name: [u8; NAME_BYTES_MAX],
    /// 0 for one that is not to be told.
    length: u8,
    administrative: bool,
}

/// The server and the share in `\\server\share`.
pub(super) fn split(path: &[u8]) -> (&[u8], &[u8]) {
    let path = path.strip_prefix(b"\\\\").or_else(|| path.strip_prefix(b"\\")).unwrap_or(path);
    match memchr::memchr(b'\\', path) {
        Some(at) => (path.get(..at).unwrap_or_default(), path.get(at + 1..).unwrap_or_default()),
        None => (&[], path),
    }
}

/// True for an IP address in a name's place, also as Windows writes one of version 6.
pub(super) fn is_address(server: &[u8]) -> bool {
    let v4 = server.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.');
    v4 || memchr::memchr(b':', server).is_some() || server.ends_with(b".ipv6-literal.net")
}

/// True when a name holds a word, in either case.
fn holds(name: &[u8], word: &[u8]) -> bool {
    name.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word))
}

impl Share {
    pub(super) fn of(name: &[u8]) -> Share {
        let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
        let drive = matches!(name, [letter, b'$'] if letter.is_ascii_alphabetic());
        let administrative = drive || is(b"ADMIN$");
        let of_system = is(b"IPC$") || is(b"PRINT$") || is(b"FAX$") || is(b"SYSVOL") || is(b"NETLOGON");
        let of_content = CONTENT.iter().any(|word| holds(name, word));
        let mut share = Share { administrative, ..Share::default() };
        if (administrative || of_system || of_content)
            && let Some(room) = share.name.get_mut(..name.len())
        {
            room.copy_from_slice(name);
            share.length = name.len() as u8;
        }
        share
    }

    /// It was opened.
    pub(super) fn tell(&self, facts: &mut dyn Facts) {
        let name = self.name.get(..usize::from(self.length)).unwrap_or_default();
        if name.is_empty() {
            return;
        }
        facts.fact(Side::Server, Fact::SmbShare, name);
        if self.administrative {
            let mut detail = Line::default();
            let _ = write!(detail, "smb: share {}", std::str::from_utf8(name).unwrap_or_default());
            facts.event(Side::Client, EventKind::AdministrativeSession, detail.text());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(name: &str) -> String {
        let share = Share::of(name.as_bytes());
        String::from_utf8(share.name[..usize::from(share.length)].to_vec()).unwrap()
    }

    #[test]
    fn names_that_may_be_persons_are_not_told() {
        for name in ["IPC$", "ADMIN$", "C$", "d$", "SYSVOL", "DICOM_in", "Scans"] {
            assert_eq!(told(name), name);
        }
        for name in ["jdoe", "doe$", "home", "a$b", "a-name-too-long-for-a-share-of-data"] {
            assert_eq!(told(name), "");
        }
        assert!(Share::of(b"C$").administrative && !Share::of(b"IPC$").administrative);
    }

    #[test]
    fn paths_name_server_and_share() {
        assert_eq!(split(b"\\\\FILES\\data"), (&b"FILES"[..], &b"data"[..]));
        assert_eq!(split(b"data"), (&b""[..], &b"data"[..]));
        assert!(is_address(b"10.0.0.7") && is_address(b"fe80--1.ipv6-literal.net") && !is_address(b"FILES7"));
    }
}
