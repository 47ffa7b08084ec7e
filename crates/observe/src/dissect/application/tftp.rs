//! Trivial File Transfer Protocol (RFC 1350, RFC 2347): which files are asked for. What follows goes on other
//! ports and is not read.

use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const PORT: u16 = 69;
const FILE_BYTES_MAX: usize = 512;

/// Ends of names of files that hold a device's configuration.
const CONFIGURATIONS: [&[u8]; 8] =
    [b".cfg", b".conf", b".cnf", b".cnf.xml", b".config", b"-confg", b".ini", b".cfg.xml"];
/// Ends of names of files that hold firmware.
const FIRMWARE: [&[u8]; 12] = [
    b".bin", b".img", b".fw", b".rom", b".hex", b".ipk", b".sbn", b".loads", b".image", b".upd", b".ldf",
    b".tar",
];

/// How the names of programs end that a machine boots from the network.
const BOOT: [&[u8]; 5] = [b"pxelinux.0", b".kpxe", b".efi", b".n12", b"bootmgr.exe"];

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Tftp;

impl DatagramDissector for Tftp {
    const STARTS: Starts = Starts::of(&[0]);
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match request(datagram.bytes) {
            Some(_) if datagram.destination.1 == PORT => Recognised::From(Side::Client),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some((writes, file)) = request(datagram.bytes) else { return false };
        let kind = match () {
            () if is_one_of(file, &CONFIGURATIONS) => Some(EventKind::ConfigurationTransfer),
            () if is_one_of(file, &FIRMWARE) => Some(EventKind::FirmwareTransfer),
            () if is_one_of(file, &BOOT) => None,
            // Any other file may be named after a person or a case.
            () => return true,
        };
        facts.fact(side, if writes { Fact::TftpWrites } else { Fact::TftpReads }, file);
        let Some(kind) = kind else { return true };
        let mut line = Line::default();
        let verb = if writes { "sent" } else { "fetched" };
        let _ = write!(line, "TFTP: {verb} {}", file.escape_ascii());
        facts.event(side, kind, line.text());
        true
    }
}

/// A request to read or to write: operation, file, mode; both texts end with NUL.
fn request(bytes: &[u8]) -> Option<(bool, &[u8])> {
    let (writes, rest) = match bytes {
        [0, 1, rest @ ..] => (false, rest),
        [0, 2, rest @ ..] => (true, rest),
        _ => return None,
    };
    let end = memchr::memchr(0, rest).filter(|end| (1..=FILE_BYTES_MAX).contains(end))?;
    let (file, rest) = rest.split_at(end);
    let mode = rest.get(1..)?.split(|byte| *byte == 0).next()?;
    let known = [&b"octet"[..], b"netascii", b"mail"].iter().any(|known| mode.eq_ignore_ascii_case(known));
    let printable = file.iter().all(|byte| !byte.is_ascii_control());
    (known && printable).then_some((writes, file))
}

fn is_one_of(file: &[u8], ends: &[&[u8]]) -> bool {
    ends.iter().any(|end| {
        let from = file.len().checked_sub(end.len());
        from.and_then(|from| file.get(from..)).is_some_and(|tail| tail.eq_ignore_ascii_case(end))
    })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) fn asked(operation: u8, file: &str) -> Vec<u8> {
        [&[0, operation][..], file.as_bytes(), b"\0octet\0blksize\x001428\0"].concat()
    }

    #[test]
    fn files_are_told_and_what_they_are() {
        let told = |bytes: &[u8]| datagram::<Tftp>([50_000, PORT], bytes, false).unwrap();
        assert_eq!(
            told(&asked(1, "SEP00112233.cnf.xml")),
            "Client tftp.reads SEP00112233.cnf.xml\nClient configuration.transfer: TFTP: fetched SEP00112233.cnf.xml\n"
        );
        assert_eq!(
            told(&asked(2, "pump-8.2.BIN")),
            "Client tftp.writes pump-8.2.BIN\nClient firmware.transfer: TFTP: sent pump-8.2.BIN\n"
        );
        assert_eq!(told(&asked(1, "pxelinux.0")), "Client tftp.reads pxelinux.0\n");
        assert_eq!(told(&asked(2, "PX4471093.txt")), "", "the file of a patient");
        assert_eq!(datagram::<Tftp>([50_000, PORT], b"\0\x01name\0mode\0", false), None);
        assert_eq!(datagram::<Tftp>([50_000, PORT], b"\0\x03\0\x01data", false), None);
        batter_datagram::<Tftp>([50_000, PORT], &asked(1, "SEP00112233.cnf.xml"));
    }
}
