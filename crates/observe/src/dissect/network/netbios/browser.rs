//! Announcements of Windows hosts and Samba to their browsers ([MS-BRWS] 2.2) in NetBIOS datagrams (RFC 1002 4.4)
//! on UDP port 138: name, version, what the host serves as.

use super::Name;
use crate::dissect::person::HostName;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

const PORT: u16 = 138;
/// Type, flags, identifier, sender's address and port, length, offset; then two names of 34 bytes each.
const HEADER: usize = 14;
const NAME: usize = 34;
const HOST_ANNOUNCEMENT: u8 = 1;
const ELECTION: u8 = 8;
const DOMAIN_ANNOUNCEMENT: u8 = 12;
const LOCAL_MASTER_ANNOUNCEMENT: u8 = 15;

/// What a host serves as ([MS-RAP] 2.5.5.2.1), by bit; of those that matter.
const ROLES: [&str; 27] = [
    "workstation",
    "server",
    "sql_server",
    "domain_controller",
    "backup_domain_controller",
    "time_source",
    "apple_file_server",
    "novell_server",
    "domain_member",
    "print_server",
    "dial_in_server",
    "unix_server",
    "windows_nt",
    "windows_for_workgroups",
    "",
    "server_nt",
    "",
    "backup_browser",
    "master_browser",
    "domain_master_browser",
    "",
    "",
    "windows_95",
    "distributed_file_system",
    "cluster",
    "terminal_server",
    "",
];

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Browser;

impl DatagramDissector for Browser {
    const STARTS: Starts = Starts::range(0x10, 0x16);
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        let bytes = datagram.bytes;
        let named = bytes.get(HEADER) == Some(&0x20)
            && bytes.get(HEADER + 1..).is_some_and(|rest| Name::encoded(rest).is_some());
        match bytes {
            [0x10..=0x12, ..] if named && datagram.touches(PORT) => Recognised::From(Side::Client),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        if read(datagram.bytes, side, facts).is_none() && !datagram.cut {
            facts.malformed();
        }
        true
    }
}

fn read(bytes: &[u8], side: Side, facts: &mut dyn StationFacts) -> Option<()> {
    let to = Name::encoded(bytes.get(HEADER + NAME + 1..)?)?;
    let block = bytes.get(HEADER + 2 * NAME..)?;
    // A transaction of the server message block protocol to a mailslot; other datagrams are of other programs.
    let Some(b"\xffSMB\x25") = block.first_chunk::<5>() else { return Some(()) };
    let place = |at: usize| {
        block.get(at..).and_then(|rest| rest.first_chunk::<2>()).map(|two| u16::from_le_bytes(*two))
    };
    let (length, at) = (usize::from(place(55)?), usize::from(place(57)?));
    let slot = memchr::memmem::find(block.get(..at)?, b"\\MAILSLOT\\BROWSE\0");
    if slot.is_none() {
        return Some(());
    }
    let message = block.get(at..at.checked_add(length)?)?;
    let kind = *message.first()?;
    if kind == ELECTION {
        // Version, criteria, time since the start, reserved, then who stands for election.
        let host = message.get(14..)?.split(|byte| *byte == 0).next().unwrap_or_default();
        facts.fact(side, Fact::BrowserHost, HostName::of(host).text());
        return Some(());
    }
    if !matches!(kind, HOST_ANNOUNCEMENT | DOMAIN_ANNOUNCEMENT | LOCAL_MASTER_ANNOUNCEMENT) {
        return Some(());
    }
    announcement(kind, message, &to, side, facts)
}

/// Kind, count, period, name, version of the system, roles, version of the protocol, comment.
fn announcement(kind: u8, message: &[u8], to: &Name, side: Side, facts: &mut dyn StationFacts) -> Option<()> {
    let name = message.get(6..22)?.split(|byte| *byte == 0).next().unwrap_or_default();
    if kind == DOMAIN_ANNOUNCEMENT {
        facts.fact(side, Fact::BrowserDomain, name);
        // Where others have a comment this one names the host that speaks for the domain.
        let host = message.get(32..)?.split(|byte| *byte == 0).next().unwrap_or_default();
        facts.fact(side, Fact::BrowserHost, HostName::of(host).text());
        return Some(());
    }
    facts.fact(side, Fact::BrowserHost, HostName::of(name).text());
    if to.is_plain() && matches!(to.suffix, 0x00 | 0x1d | 0x1e) {
        facts.fact(side, Fact::BrowserDomain, to.text());
    }
    let mut line = Line::default();
    let _ = write!(line, "{}.{}", message.get(22)?, message.get(23)?);
    facts.fact(side, Fact::BrowserVersion, line.text().as_bytes());
    let roles =
        u32::from(u16_at(message, 24)?.swap_bytes()) | u32::from(u16_at(message, 26)?.swap_bytes()) << 16;
    let mut line = Line::default();
    for (role, bit) in ROLES.iter().zip(0..32) {
        if roles >> bit & 1 != 0 && !role.is_empty() {
            let comma = if line.text().is_empty() { "" } else { "," };
            let _ = write!(line, "{comma}{role}");
        }
    }
    facts.fact(side, Fact::BrowserRoles, line.text().as_bytes());
    Some(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tests::encoded;
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) fn host_announcement() -> Vec<u8> {
        let mut bytes = vec![0x11, 0x0a, 0x12, 0x34, 10, 0, 0, 7, 0, 138, 0, 0, 0, 0];
        for (name, suffix) in [("WARD-PC7", 0x20), ("HOSPITAL", 0x1d)] {
            bytes.push(0x20);
            bytes.extend(encoded(name, suffix));
            bytes.push(0);
        }
        let mut message = vec![1, 0, 0x80, 0xfc, 0x0a, 0];
        message.extend(b"WARD-PC7\0\0\0\0\0\0\0\0");
        message.extend([6, 1, 0x03, 0x10, 0, 0, 0x0f, 1, 0x55, 0xaa]);
        message.extend(b"Jane Doe's PC\0");
        let mut block = b"\xffSMB\x25".to_vec();
        block.resize(32, 0);
        block.push(17);
        block.resize(55, 0);
        block.extend((message.len() as u16).to_le_bytes());
        block.extend(86u16.to_le_bytes());
        block.extend([3, 0, 1, 0, 0, 0, 2, 0]);
        block.extend([23, 0]);
        block.extend(b"\\MAILSLOT\\BROWSE\0");
        assert_eq!(block.len(), 86);
        block.extend(message);
        bytes.extend(block);
        bytes
    }

    #[test]
    fn an_announcement_tells_host_version_and_roles() {
        let told = datagram::<Browser>([138, 138], &host_announcement(), false).unwrap();
        let expected = "Client browser.host WARD-PC7
Client browser.domain HOSPITAL
Client browser.version 6.1
Client browser.roles workstation,server,windows_nt
";
        assert_eq!(told, expected);
        batter_datagram::<Browser>([138, 138], &host_announcement());
    }
}
