//! Remote desktops by VNC (RFB, RFC 6143): versions, what protects them, whether somebody gets in. Screens and keys
//! are not read.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const VERSION_BYTES: usize = 12;
/// Kinds of security (RFC 6143 7.1.2).
const NONE: u8 = 1;
const PASSWORD: u8 = 2;
const CHALLENGE_BYTES: usize = 16;
/// Kinds of security of one server that are told.
const KINDS_MAX: usize = 16;
/// Size of the screen and how it is coded, before its name (RFC 6143 7.3.2).
const SCREEN_BYTES: usize = 20;
const NAME_BYTES_MAX: usize = 128;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Vnc {
    client: Client,
    server: Server,
    /// The minor versions both sides named.
    server_minor: Option<u8>,
    client_minor: Option<u8>,
    chosen: u8,
}

/// What a client sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Client {
    #[default]
    Version,
    Choice,
    Over,
}

/// What a server sends next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Server {
    #[default]
    Version,
    Security,
    Challenge,
    Result,
    Screen,
}

impl StreamDissector for Vnc {
    const STARTS: Starts = Starts::of(b"R");
    const HELD_BYTES_MAX: usize = 256 + SCREEN_BYTES + NAME_BYTES_MAX;

    /// Both sides begin alike; the server does so first.
    fn probe(head: &[u8], _port: u16) -> Probe {
        const MARK: &[u8] = b"RFB 00";
        if head.len() >= VERSION_BYTES {
            let Some(version) = minor(head) else { return Probe::No };
            return if version > 0 { Probe::Unsided } else { Probe::No };
        }
        let known = head.iter().zip(MARK).all(|(have, want)| have == want);
        if known { Probe::Unsure } else { Probe::No }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while !rest.is_empty() {
            let step = match side {
                Side::Client => self.client(rest, facts),
                Side::Server => self.server(rest, facts),
            };
            match step {
                Step::Took(0) => break,
                Step::Took(count) => rest = rest.get(count..).unwrap_or_default(),
                Step::Done => return Step::Done,
            }
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, _side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        Step::Done
    }
}

/// The minor version of `RFB 003.008` and its like; versions 4 and 5 are a maker's own and behave like 3.8.
fn minor(bytes: &[u8]) -> Option<u8> {
    let version = bytes.get(..VERSION_BYTES)?.strip_prefix(b"RFB 00")?;
    match *version {
        [b'3'..=b'5', b'.', b'0', a @ b'0'..=b'9', b @ b'0'..=b'9', b'\n'] => {
            let number = (a - b'0') * 10 + (b - b'0');
            Some(if version.first() == Some(&b'3') { number } else { 8 })
        }
        _ => None,
    }
}

impl Vnc {
    fn version(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Option<Step> {
        let Some(line) = bytes.get(..VERSION_BYTES) else { return Some(Step::Took(0)) };
        let number = minor(line)?;
        facts.fact(side, Fact::VncVersion, line.get(4..VERSION_BYTES - 1).unwrap_or_default());
        match side {
            Side::Client => (self.client_minor, self.client) = (Some(number), Client::Choice),
            Side::Server => (self.server_minor, self.server) = (Some(number), Server::Security),
        }
        Some(Step::Took(VERSION_BYTES))
    }

    /// The version both know (RFC 6143 7.1.1): 3, 7 or 8; `None` while only one of them was seen.
    fn agreed(&self) -> Option<u8> {
        let number = self.server_minor?.min(self.client_minor?);
        Some(match number {
            8.. => 8,
            7 => 7,
            _ => 3,
        })
    }

    fn client(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        match self.client {
            Client::Version => self.version(Side::Client, bytes, facts).unwrap_or_else(|| broken(facts)),
            Client::Choice if self.agreed().is_some_and(|version| version > 3) => {
                self.chosen = bytes.first().copied().unwrap_or(0);
                self.client = Client::Over;
                Step::Took(1)
            }
            Client::Choice | Client::Over => Step::Done,
        }
    }

    fn server(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        match self.server {
            Server::Version => self.version(Side::Server, bytes, facts).unwrap_or_else(|| broken(facts)),
            Server::Security => self.security(bytes, facts),
            Server::Challenge => self.challenge(bytes, facts),
            Server::Result => self.result(bytes, facts),
            Server::Screen => screen(bytes, facts),
        }
    }

    /// RFC 6143 7.1.2; up to version 3.3 the server alone decides.
    fn security(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let Some(version) = self.agreed() else { return Step::Done };
        if version == 3 {
            let Some([0, 0, 0, kind]) = bytes.first_chunk::<4>() else {
                return if bytes.len() < 4 { Step::Took(0) } else { broken(facts) };
            };
            self.chosen = *kind;
            tell_kind(*kind, facts);
            self.server = Server::Challenge;
            return Step::Took(4);
        }
        let Some((count, kinds)) = bytes.split_first() else { return Step::Took(0) };
        let Some(kinds) = kinds.get(..usize::from(*count)) else { return Step::Took(0) };
        if kinds.is_empty() {
            // What follows is why not.
            facts.event(Side::Client, EventKind::LogInFailed, "vnc refused");
            return Step::Done;
        }
        kinds.iter().take(KINDS_MAX).for_each(|kind| tell_kind(*kind, facts));
        self.server = Server::Challenge;
        Step::Took(1 + kinds.len())
    }

    /// What comes after the kind of security is chosen.
    fn challenge(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        match (self.chosen, self.agreed()) {
            (PASSWORD, _) if bytes.len() < CHALLENGE_BYTES => Step::Took(0),
            (PASSWORD, _) => {
                self.server = Server::Result;
                Step::Took(CHALLENGE_BYTES)
            }
            // Before 3.8 nobody says that nothing went wrong.
            (NONE, Some(8)) => {
                self.server = Server::Result;
                self.result(bytes, facts)
            }
            (NONE, _) => {
                self.server = Server::Screen;
                screen(bytes, facts)
            }
            _ => Step::Done,
        }
    }

    fn result(&mut self, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let Some(result) = bytes.first_chunk::<4>() else { return Step::Took(0) };
        if u32::from_be_bytes(*result) != 0 {
            facts.event(Side::Client, EventKind::LogInFailed, "vnc");
            return Step::Done;
        }
        self.server = Server::Screen;
        Step::Took(4)
    }
}

fn broken(facts: &mut dyn Facts) -> Step {
    facts.malformed();
    Step::Done
}

fn tell_kind(kind: u8, facts: &mut dyn Facts) {
    let name = match kind {
        NONE => "none",
        PASSWORD => "password",
        5 => "RA2",
        6 => "RA2ne",
        16 => "Tight",
        17 => "Ultra",
        18 => "TLS",
        19 => "VeNCrypt",
        20 => "SASL",
        30 => "Apple",
        _ => {
            let mut line = Line::default();
            if write!(line, "{kind}").is_ok() {
                facts.fact(Side::Server, Fact::VncSecurity, line.text().as_bytes());
            }
            return;
        }
    };
    facts.fact(Side::Server, Fact::VncSecurity, name.as_bytes());
}

/// RFC 6143 7.3.2: somebody is in.
fn screen(bytes: &[u8], facts: &mut dyn Facts) -> Step {
    let Some((_, rest)) = bytes.split_at_checked(SCREEN_BYTES) else { return Step::Took(0) };
    let Some((length, name)) = rest.split_first_chunk::<4>() else { return Step::Took(0) };
    let length = (u32::from_be_bytes(*length) as usize).min(NAME_BYTES_MAX);
    let Some(name) = name.get(..length) else { return Step::Took(0) };
    facts.event(Side::Client, EventKind::AdministrativeSession, "vnc");
    if let Some(host) = host(name) {
        facts.fact(Side::Server, Fact::VncHost, host);
    }
    Step::Done
}

/// The host in a screen's name, of which the rest may be a person's: `host:1 (anna)`, `anna's X desktop (host:1)`,
/// `anna@host`.
fn host(name: &[u8]) -> Option<&[u8]> {
    let inner = name.windows(2).any(|pair| pair == b"'s").then(|| {
        let open = name.iter().position(|byte| *byte == b'(')?;
        name.get(open + 1..)?.strip_suffix(b")")
    });
    let text = match inner {
        Some(inner) => inner?,
        None => name,
    };
    let word = text.split(|byte| *byte == b' ').next()?;
    let word = word.rsplit(|byte| *byte == b'@').next()?;
    let plain =
        word.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b':' | b'_'));
    (plain && !word.is_empty()).then_some(word)
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn name(text: &[u8]) -> Vec<u8> {
        [&[0; SCREEN_BYTES][..], &(text.len() as u32).to_be_bytes(), text].concat()
    }

    fn golden() -> Vec<Piece> {
        vec![
            server("RFB 003.008\n"),
            client("RFB 003.008\n"),
            server([3, 1, 2, 19]),
            client([2]),
            server([7; 16]),
            client([8; 16]),
            server([0, 0, 0, 0]),
            client([1]),
            server([name(b"cath-lab-2:1 (DOE)"), b"DOE JANE".to_vec()].concat()),
            client([4, 1, 0, 0, 0, 0, 0, 0x44]),
        ]
    }

    fn old() -> Vec<Piece> {
        vec![
            server("RFB 003.008\n"),
            client("RFB 003.003\n"),
            server([0, 0, 0, 2]),
            server([7; 16]),
            client([8; 16]),
            server([0, 0, 0, 1]),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden(), old()]
    }

    #[test]
    fn sessions_and_failures_are_told() {
        assert_snapshot!(check::<Vnc>(&golden()), @r#"
        Server vnc.version 003.008
        Client vnc.version 003.008
        Server vnc.security none
        Server vnc.security password
        Server vnc.security VeNCrypt
        Client administration.session: vnc
        Server vnc.host cath-lab-2:1
        "#);
        assert_snapshot!(check::<Vnc>(&old()), @r#"
        Server vnc.version 003.008
        Client vnc.version 003.003
        Server vnc.security password
        Client log_in.failed: vnc
        "#);
        let open = check::<Vnc>(&[
            server("RFB 003.007\n"),
            client("RFB 003.007\n"),
            server([1, 1]),
            client([1]),
            server(name(b"x11")),
        ]);
        assert_snapshot!(open, @r#"
        Server vnc.version 003.007
        Client vnc.version 003.007
        Server vnc.security none
        Client administration.session: vnc
        Server vnc.host x11
        "#);
        let full =
            check::<Vnc>(&[server("RFB 003.008\n"), client("RFB 003.008\n"), server([0, 0, 0, 0, 4, b'D'])]);
        assert!(full.ends_with("Client log_in.failed: vnc refused\n"), "{full}");
        batter::<Vnc>(&golden());
        batter::<Vnc>(&old());
    }

    #[test]
    fn only_hosts_are_told_of_names() {
        for (name, expected) in [
            (&b"cath-lab-2:1 (anna)"[..], Some(&b"cath-lab-2:1"[..])),
            (b"anna's X desktop (cath-lab-2:1)", Some(b"cath-lab-2:1")),
            (b"anna's desktop", None),
            (b"anna@pump-7", Some(b"pump-7")),
            (b"DOE^JANE - viewer", None),
            (b"", None),
        ] {
            assert_eq!(host(name), expected);
        }
    }

    #[test]
    fn probes_want_a_version() {
        assert_eq!(Vnc::probe(b"RFB 003.008\n", 1), Probe::Unsided);
        assert_eq!(Vnc::probe(b"RFB 00", 5900), Probe::Unsure);
        assert_eq!(Vnc::probe(b"RFB 009.008\n", 5900), Probe::No);
        assert_eq!(Vnc::probe(b"RTSP/1", 5900), Probe::No);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..40, 1..12)) {
            any_split::<Vnc>(&golden(), &sizes);
        }
    }
}
