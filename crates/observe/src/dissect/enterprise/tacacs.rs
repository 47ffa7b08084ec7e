//! TACACS+ (RFC 8907): that network equipment asks a server who may work on it. What is asked is disguised with a
//! secret both share; where it is not, that is told.

use super::super::{Facts, Probe, Side, Starts};
use super::framed::{Extent, Framed, Messages, Next};
use crate::layers::u32_at;
use cordon_model::observe::{EventKind, Fact};

const HEADER: usize = 12;
const PORT: u16 = 49;
/// The content is in clear (RFC 8907 4.1).
const IN_CLEAR: u8 = 1;
/// The connection may serve several sessions.
const SHARED: u8 = 4;
const BODY_BYTES_MAX: u32 = 1 << 16;

/// TACACS+.
pub type Tacacs = Framed<Session>;

/// The state of a connection.
#[derive(Clone, Copy, Debug, Default)]
pub struct Session {
    told: [bool; 2],
}

impl Messages for Session {
    const STARTS: Starts = Starts::of(&[0xc0, 0xc1]);
    const LOOK_MAX: usize = HEADER;
    const SEEKS: bool = false;

    fn probe(head: &[u8], port: u16) -> Probe {
        match (extent(head), head.get(2)) {
            // A whole message of the right length, or the port to break the tie.
            (Extent::Message { total, .. }, Some(number)) if total == head.len() as u64 || port == PORT => {
                Probe::Certain(if number % 2 == 1 { Side::Client } else { Side::Server })
            }
            (Extent::More, _) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn extent(&self, _side: Side, bytes: &[u8]) -> Extent {
        extent(bytes)
    }

    fn message(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Next {
        let [told_client, told_server] = &mut self.told;
        let (told, role) =
            if side == Side::Client { (told_client, "client") } else { (told_server, "server") };
        if !std::mem::replace(told, true) {
            facts.fact(side, Fact::TacacsRole, role.as_bytes());
            if side == Side::Client && bytes.get(3).is_some_and(|flags| flags & IN_CLEAR != 0) {
                facts.event(side, EventKind::LogInClearCredentials, "tacacs: without its secret");
            }
        }
        if self.told == [true, true] { Next::Over } else { Next::On }
    }
}

fn extent(bytes: &[u8]) -> Extent {
    let suits = bytes.iter().zip(0..4).all(|(byte, at)| match at {
        0 => matches!(*byte, 0xc0 | 0xc1),
        1 => matches!(*byte, 1..=3),
        2 => *byte > 0,
        _ => *byte & !(IN_CLEAR | SHARED) == 0,
    });
    if !suits {
        return Extent::Wrong;
    }
    match u32_at(bytes, 8) {
        Some(length @ 5..BODY_BYTES_MAX) => {
            Extent::Message { total: u64::from(length) + HEADER as u64, look: HEADER }
        }
        Some(_) => Extent::Wrong,
        None => Extent::More,
    }
}
