//! Remote procedure calls of Windows (DCE 1.1 RPC, C706; MS-RPCE) over TCP: which interfaces a client binds to,
//! those that serve administration, and who logs in.

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, Messages, Next};
use super::gss;
use super::words::{guid, u16_le};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const HEADER: usize = 16;
/// Kinds of messages (C706 12.6.4).
const REQUEST: u8 = 0;
const BIND: u8 = 11;
const BOUND: u8 = 12;
const ALTER: u8 = 14;
const ALTERED: u8 = 15;
const LOG_IN: u8 = 16;
const LAST_KIND: u8 = 19;
/// Interfaces of one message that are looked at.
const CONTEXTS_MAX: usize = 8;

/// Interfaces by the first eight bytes of their identifiers as they stand in messages, their names, and what those
/// that serve administration are for.
const INTERFACES: [([u8; 8], &str, Option<&str>); 21] = [
    ([0x81, 0xbb, 0x7a, 0x36, 0x44, 0x98, 0xf1, 0x35], "svcctl", Some("service control")),
    ([0x82, 0x06, 0xf7, 0x1f, 0x51, 0x0a, 0xe8, 0x30], "atsvc", Some("scheduled tasks")),
    ([0x49, 0x59, 0xd3, 0x86, 0xc9, 0x83, 0x44, 0x40], "ITaskSchedulerService", Some("scheduled tasks")),
    ([0x01, 0xd0, 0x8c, 0x33, 0x44, 0x22, 0xf1, 0x31], "winreg", Some("remote registry")),
    ([0xdc, 0x3f, 0x27, 0x82, 0x2a, 0xe3, 0xc3, 0x18], "eventlog", Some("event log")),
    ([0xf7, 0xaf, 0xbe, 0xf6, 0x19, 0x1e, 0xbb, 0x4f], "even6", Some("event log")),
    ([0xc0, 0xe0, 0x4d, 0x89, 0x55, 0x0d, 0xd3, 0x11], "InitShutdown", Some("remote shutdown")),
    ([0x99, 0xdc, 0x56, 0x95, 0x8c, 0x82, 0xcf, 0x11], "IWbemServices", Some("WMI")),
    ([0x18, 0xad, 0x09, 0xf3, 0x6a, 0xd8, 0xd0, 0x11], "IWbemLevel1Login", Some("WMI")),
    ([0x35, 0x42, 0x51, 0xe3, 0x06, 0x4b, 0xd1, 0x11], "drsuapi", None),
    ([0x78, 0x56, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab], "", None),
    ([0x78, 0x57, 0x34, 0x12, 0x34, 0x12, 0xcd, 0xab], "", None),
    ([0xc8, 0x4f, 0x32, 0x4b, 0x70, 0x16, 0xd3, 0x01], "srvsvc", None),
    ([0x98, 0xd0, 0xff, 0x6b, 0x12, 0xa1, 0x10, 0x36], "wkssvc", None),
    ([0x08, 0x83, 0xaf, 0xe1, 0x1f, 0x5d, 0xc9, 0x11], "epmapper", None),
    ([0x00, 0xdb, 0xf1, 0xa4, 0x47, 0xca, 0x67, 0x10], "mapi", None),
    ([0x18, 0x5a, 0xcc, 0xf5, 0x64, 0x42, 0x1a, 0x10], "nspi", None),
    ([0x6a, 0x28, 0x19, 0x39, 0x0c, 0xb1, 0xd0, 0x11], "dssetup", None),
    ([0xa0, 0x01, 0, 0, 0, 0, 0, 0], "IRemoteSCMActivator", None),
    ([0xc4, 0xfe, 0xfc, 0x99, 0x60, 0x52, 0x1b, 0x10], "IObjectExporter", None),
    ([0x36, 0, 0x61, 0x20, 0x22, 0xfa, 0xcf, 0x11], "dhcpsrv", Some("DHCP server")),
];

/// Remote procedure calls of Windows.
pub type DceRpc = Framed<Session>;

/// What is remembered of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    /// The interface that was asked for, as an entry of the table.
    asked: Option<u8>,
}

/// Which side sends messages of a kind.
fn sender(kind: u8) -> Option<Side> {
    match kind {
        REQUEST | BIND | ALTER | LOG_IN | 18 | 19 => Some(Side::Client),
        2 | 3 | BOUND | 13 | ALTERED | 17 => Some(Side::Server),
        _ => None,
    }
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[5]);
    const LOOK_MAX: usize = 4 * 1024;
    const SEEKS: bool = true;

    fn probe(head: &[u8], _port: u16) -> Probe {
        let side = head.get(2).and_then(|kind| sender(*kind));
        match (Session::default().begins(Side::Client, head), side) {
            (Extent::Message { .. }, Some(side)) => Probe::Certain(side),
            (Extent::More, _) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn extent(&self, side: Side, bytes: &[u8]) -> Extent {
        self.begins(side, bytes)
    }

    fn begins(&self, _side: Side, bytes: &[u8]) -> Extent {
        let suits = bytes.iter().zip(0..8).all(|(byte, at)| match at {
            0 => *byte == 5,
            1 => *byte <= 1,
            2 => sender(*byte).is_some(),
            // Order of bytes and characters, form of fractions.
            4 => matches!(*byte, 0x00 | 0x10),
            5..8 => *byte == 0,
            _ => true,
        });
        if !suits {
            return Extent::Wrong;
        }
        let Some(header) = bytes.get(..HEADER) else { return Extent::More };
        let total = number(header, 8).unwrap_or_default();
        if usize::from(total) < HEADER {
            return Extent::Wrong;
        }
        let kind = header.get(2).copied().unwrap_or(LAST_KIND);
        let look =
            if matches!(kind, BIND | BOUND | ALTER | ALTERED | LOG_IN) { Self::LOOK_MAX } else { HEADER };
        Extent::Message { total: u64::from(total), look }
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        let Some(&kind) = bytes.get(2) else { return Next::On };
        if sender(kind) != Some(side) {
            return Next::On;
        }
        match kind {
            BIND | ALTER => self.bind(bytes, facts),
            BOUND | ALTERED => self.bound(bytes, facts),
            _ => {}
        }
        if matches!(kind, BIND | BOUND | ALTER | ALTERED | LOG_IN)
            && number(bytes, 10).is_some_and(|count| count > 0)
        {
            gss::find(bytes, facts);
        }
        Next::On
    }
}

/// A number of two bytes, in the order the header names.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    if bytes.get(4)? & 0x10 != 0 { u16_le(bytes, at) } else { u16_at(bytes, at) }
}

/// An interface's identifier, its numbers little-endian as in most messages.
fn identifier(bytes: &[u8], at: usize) -> Option<[u8; 16]> {
    let mut id = *bytes.get(at..)?.first_chunk::<16>()?;
    if bytes.get(4)? & 0x10 == 0 {
        let [a, b, c, d, e, f, g, h, ..] = &mut id;
        std::mem::swap(a, d);
        std::mem::swap(b, c);
        std::mem::swap(e, f);
        std::mem::swap(g, h);
    }
    Some(id)
}

impl Session {
    /// Which interfaces the client wants (C706 12.6.4.3).
    fn bind(&mut self, bytes: &[u8], facts: &mut dyn Facts) {
        self.asked = None;
        let count = usize::from(bytes.get(HEADER + 8).copied().unwrap_or_default());
        let mut at = HEADER + 12;
        for _ in 0..count.min(CONTEXTS_MAX) {
            let (Some(&syntaxes), Some(id)) = (bytes.get(at + 2), identifier(bytes, at + 4)) else { return };
            let id = &id[..];
            let known = INTERFACES.iter().zip(0u8..).find(|((first, ..), _)| id.starts_with(first));
            match known.map(|((_, name, _), index)| (known_name(id).unwrap_or(name), index)) {
                Some((name, index)) if !name.is_empty() => {
                    facts.fact(Side::Server, Fact::DceRpcInterface, name.as_bytes());
                    self.asked = self.asked.or(Some(index));
                }
                _ => facts.fact(Side::Server, Fact::DceRpcInterface, guid(id).text().as_bytes()),
            }
            at += 4 + 20 + 20 * usize::from(syntaxes);
        }
    }

    /// The server's answer (C706 12.6.4.4): its own port in words, then a result for each interface.
    fn bound(&mut self, bytes: &[u8], facts: &mut dyn Facts) {
        let Some(asked) = self.asked.take() else { return };
        let result = || {
            let port = usize::from(number(bytes, HEADER + 8)?);
            number(bytes, (HEADER + 10 + port).next_multiple_of(4) + 4)
        };
        let Some((_, name, Some(service))) = INTERFACES.get(usize::from(asked)) else { return };
        if result() == Some(0) {
            let mut detail = Line::default();
            let _ = write!(detail, "dcerpc: {service} ({name})");
            facts.event(Side::Client, EventKind::AdministrativeSession, detail.text());
        }
    }
}

/// Names of interfaces whose identifiers begin alike.
fn known_name(id: &[u8]) -> Option<&'static str> {
    match (id.first()?, id.get(12..)?) {
        (0x78, [0x45, 0x67, 0x89, 0xab]) if id.get(1) == Some(&0x56) => Some("spoolss"),
        (0x78, [0x45, 0x67, 0xcf, 0xfb]) => Some("netlogon"),
        (0x78, [0x45, 0x67, 0x89, 0xab]) => Some("lsarpc"),
        (0x78, [0x45, 0x67, 0x89, 0xac]) => Some("samr"),
        _ => None,
    }
}
