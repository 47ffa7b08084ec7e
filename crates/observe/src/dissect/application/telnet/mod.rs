//! Telnet (RFC 854, RFC 855): what a device says before anybody logs in, which options it asks for, who logs in
//! and whether it goes well. From the first command on nothing is read: screens may show patients.

use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// Interpret as command, and the commands (RFC 854).
const IAC: u8 = 255;
const SB: u8 = 250;
const SE: u8 = 240;
const WILL: u8 = 251;
const DONT: u8 = 254;
/// Option: what kind of terminal this is (RFC 1091), and the answer to it.
const TERMINAL_TYPE: u8 = 24;
const IS: u8 = 0;
/// Options above these are not assigned, but for two.
const OPTION_MAX: u8 = 49;

const BANNER_BYTES_MAX: usize = 160;
const NAME_BYTES_MAX: usize = 64;
const TAIL_BYTES: usize = 16;
const OPTIONS_MAX: usize = 12;
/// What a server may say after a password before it counts as right.
const ANSWER_BYTES_MAX: u16 = 256;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Telnet {
    client: Half,
    server: Half,
    /// What the server said before the first prompt.
    banner: Kept<BANNER_BYTES_MAX>,
    banner_over: bool,
    /// The end of what the server said, in small letters.
    tail: Tail,
    /// The account's name as it is typed, or the kind of terminal.
    typed: Kept<NAME_BYTES_MAX>,
    asked: Asked,
    /// Bytes of the answer to a password.
    answered: u16,
    password_told: bool,
    over: bool,
}

/// What a client's next line answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Asked {
    /// Nothing that was understood.
    #[default]
    Nothing,
    Name,
    Password,
    /// A password was given; the server has yet to say what it thinks of it.
    Given,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    place: Place,
    /// Options asked for before the first text, each with its command.
    options: [(u8, u8); OPTIONS_MAX],
    count: u8,
    options_over: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Text,
    Command,
    /// The option of this command follows.
    Option(u8),
    /// Inside a subnegotiation: nothing seen, its option, its answer, others.
    Sub,
    SubOption(u8),
    SubContent,
    SubOther,
    /// A command inside a subnegotiation.
    SubCommand(bool),
}

/// Text of bounded length.
#[derive(Clone, Copy, Debug)]
struct Kept<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

impl<const N: usize> Default for Kept<N> {
    fn default() -> Self {
        Kept { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Kept<N> {
    fn push(&mut self, byte: u8) {
        if let Some(place) = self.bytes.get_mut(self.length) {
            *place = byte;
            self.length += 1;
        }
    }

    fn get(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct Tail([u8; TAIL_BYTES]);

impl Tail {
    fn push(&mut self, byte: u8) {
        self.0.rotate_left(1);
        if let Some(last) = self.0.last_mut() {
            *last = byte.to_ascii_lowercase();
        }
    }

    fn ends_with(&self, words: &[&[u8]]) -> bool {
        words.iter().any(|word| self.0.ends_with(word))
    }
}

impl StreamDissector for Telnet {
    const STARTS: Starts = Starts::of(&[IAC]);
    const HELD_BYTES_MAX: usize = 0;

    /// Nothing else begins with a negotiation of options.
    fn probe(head: &[u8], _port: u16) -> Probe {
        match *head {
            [IAC, WILL..=DONT, ..=OPTION_MAX, ..] => Probe::Unsided,
            [IAC] | [IAC, WILL..=DONT] => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        for byte in bytes {
            if self.over {
                return Step::Done;
            }
            self.byte(side, *byte, facts);
        }
        Step::Took(bytes.len())
    }

    fn gap(&mut self, side: Side, _missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = if side == Side::Client { &mut self.client } else { &mut self.server };
        // Commands are short, text is long.
        half.place = Place::Text;
        self.asked = Asked::Nothing;
        self.banner_over = true;
        Step::Took(0)
    }

    fn end(&mut self, facts: &mut dyn Facts) {
        for side in [Side::Client, Side::Server] {
            self.tell_options(side, facts);
        }
    }
}

impl Telnet {
    fn byte(&mut self, side: Side, byte: u8, facts: &mut dyn Facts) {
        let half = if side == Side::Client { &mut self.client } else { &mut self.server };
        half.place = match (half.place, byte) {
            (Place::Text, IAC) => Place::Command,
            (Place::Command, SB) => Place::Sub,
            (Place::Command, WILL..=DONT) => Place::Option(byte),
            // An escaped byte 255 is none that is read; other commands stand alone.
            (Place::Command, _) => Place::Text,
            (Place::Option(command), option) => {
                half.note(command, option);
                Place::Text
            }
            (Place::Sub, option) => Place::SubOption(option),
            (Place::SubOption(TERMINAL_TYPE), IS) if side == Side::Client => {
                self.typed.length = 0;
                Place::SubContent
            }
            (Place::SubOption(_) | Place::SubOther, IAC) => Place::SubCommand(false),
            (Place::SubOption(_) | Place::SubOther, _) => Place::SubOther,
            (Place::SubContent, IAC) => Place::SubCommand(true),
            (Place::SubContent, byte) => {
                self.typed.push(byte);
                Place::SubContent
            }
            (Place::SubCommand(told), SE) => {
                if told {
                    facts.fact(Side::Client, Fact::TelnetTerminal, self.typed.get());
                    self.typed.length = 0;
                }
                Place::Text
            }
            (Place::SubCommand(_), _) => Place::SubOther,
            (Place::Text, _) => {
                self.tell_options(side, facts);
                match side {
                    Side::Client => self.client_text(byte, facts),
                    Side::Server => self.server_text(byte, facts),
                }
                return;
            }
        };
    }

    /// Which options a side asks for first tells its software apart.
    fn tell_options(&mut self, side: Side, facts: &mut dyn Facts) {
        let half = if side == Side::Client { &mut self.client } else { &mut self.server };
        if std::mem::replace(&mut half.options_over, true) || half.count == 0 {
            return;
        }
        let mut line = Line::default();
        for (index, (command, option)) in half.options.iter().take(usize::from(half.count)).enumerate() {
            let name = match command {
                251 => "will",
                252 => "wont",
                253 => "do",
                _ => "dont",
            };
            let _ = write!(line, "{}{name} {option}", if index > 0 { "," } else { "" });
        }
        facts.fact(side, Fact::TelnetOptions, line.text().as_bytes());
    }

    /// Only what follows the options at a conversation's beginning is the server's own; anything else may be the
    /// end of somebody's screen.
    fn begins(&self) -> bool {
        !self.banner_over && self.server.count > 0
    }

    fn server_text(&mut self, byte: u8, facts: &mut dyn Facts) {
        const NAME: [&[u8]; 5] = [b"login:", b"login :", b"username:", b"user name:", b"user:"];
        const LAST: [&[u8]; 2] = [b"last login:", b"previous login:"];
        const PASSWORD: [&[u8]; 3] = [b"password:", b"passcode:", b"password :"];
        const WRONG: [&[u8]; 5] = [b"incorrect", b"invalid", b"failed", b"denied", b"bad password"];
        if self.begins() {
            match byte {
                // Lines become words.
                b'\r' | b'\n' | b'\t' | b' ' => {
                    if self.banner.get().last().is_some_and(|last| *last != b' ') {
                        self.banner.push(b' ');
                    }
                }
                _ => self.banner.push(byte),
            }
        }
        self.tail.push(byte);
        let names = byte == b':' && self.tail.ends_with(&NAME) && !self.tail.ends_with(&LAST);
        let wrong = self.asked == Asked::Given && self.tail.ends_with(&WRONG);
        if wrong || (names && self.asked == Asked::Given) {
            facts.event(Side::Client, EventKind::LogInFailed, "telnet");
            self.asked = Asked::Nothing;
        }
        if self.asked == Asked::Given {
            self.answered = self.answered.saturating_add(1);
            if self.answered > ANSWER_BYTES_MAX {
                self.session(facts);
            }
        }
        if names {
            self.prompted(Asked::Name, facts);
        } else if byte == b':' && self.tail.ends_with(&PASSWORD) {
            self.prompted(Asked::Password, facts);
        }
    }

    /// The server wants to know who it is: what it said so far is its own, of no patient.
    fn prompted(&mut self, asked: Asked, facts: &mut dyn Facts) {
        let begins = self.begins();
        self.banner_over = true;
        if begins {
            facts.fact(Side::Server, Fact::TelnetBanner, self.banner.get());
        }
        self.asked = asked;
        self.typed.length = 0;
    }

    fn client_text(&mut self, byte: u8, facts: &mut dyn Facts) {
        const BACKSPACE: u8 = 8;
        const DELETE: u8 = 127;
        self.banner_over = true;
        let ends = matches!(byte, b'\r' | b'\n');
        match self.asked {
            Asked::Name if ends => {
                if self.typed.length > 0 {
                    facts.user(Side::Client, Fact::TelnetUser, self.typed.get());
                    self.asked = Asked::Nothing;
                }
            }
            Asked::Name if matches!(byte, BACKSPACE | DELETE) => {
                self.typed.length = self.typed.length.saturating_sub(1);
            }
            Asked::Name => self.typed.push(byte),
            Asked::Password if ends => {
                if !std::mem::replace(&mut self.password_told, true) {
                    facts.event(Side::Client, EventKind::LogInClearCredentials, "telnet password");
                }
                (self.asked, self.answered) = (Asked::Given, 0);
            }
            // What ends a line may be two bytes.
            Asked::Password | Asked::Nothing if matches!(byte, b'\r' | b'\n' | 0) => {}
            Asked::Given if matches!(byte, b'\r' | b'\n' | 0) => {}
            Asked::Password => {}
            // Somebody types a command.
            Asked::Nothing | Asked::Given => self.session(facts),
        }
    }

    fn session(&mut self, facts: &mut dyn Facts) {
        facts.event(Side::Client, EventKind::AdministrativeSession, "telnet");
        self.over = true;
    }
}

impl Half {
    fn note(&mut self, command: u8, option: u8) {
        if self.options_over {
            return;
        }
        if let Some(place) = self.options.get_mut(usize::from(self.count)) {
            *place = (command, option);
            self.count += 1;
        }
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn golden() -> Vec<Piece> {
        vec![
            server(b"\xff\xfd\x18\xff\xfd\x20\xff\xfb\x01".to_vec()),
            client(b"\xff\xfb\x18\xff\xfc\x20".to_vec()),
            server(b"\xff\xfa\x18\x01\xff\xf0".to_vec()),
            client(b"\xff\xfa\x18\x00XTERM-256\xff\xf0".to_vec()),
            server("\r\n\tDigi PortServer TS 8\r\n  VxWorks 6.9\r\n\r\nlogin: "),
            client("jane.DOX"),
            client(b"\x7fE\r\0".to_vec()),
            server("jane.DOE\r\nPassword: "),
            client("c2VjcmV0\r\0"),
            server("\r\nLogin incorrect\r\nlogin: "),
            client("jane.DOE\r\n"),
            server("Password: "),
            client("c2VjcmV0\r\n"),
            server("\r\nLast login: Sat Nov 22 DOE\r\n# "),
            client("cat DOE_JANE\r\n"),
            server("DOE^JANE 19440229\r\nlogin: "),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden()]
    }

    #[test]
    fn a_session_tells_what_answers_and_who_came_in() {
        assert_snapshot!(check::<Telnet>(&golden()), @r#"
        Client telnet.terminal XTERM-256
        Server telnet.options do 24,do 32,will 1
        Server telnet.banner Digi PortServer TS 8 VxWorks 6.9 login:
        Client telnet.options will 24,wont 32
        Client telnet.user c8a311f1f753374c
        Client log_in.clear_credentials: telnet password
        Client log_in.failed: telnet
        Client telnet.user c8a311f1f753374c
        Client administration.session: telnet
        "#);
        batter::<Telnet>(&golden());
    }

    #[test]
    fn screens_are_not_read() {
        let told = check::<Telnet>(&[
            server(b"\xff\xfb\x01\xff\xfb\x03DOE^JANE 19440229\r\nMenu".to_vec()),
            client("1"),
            server("DOE JANE login: "),
        ]);
        assert_snapshot!(told, @r#"
        Server telnet.options will 1,will 3
        Client administration.session: telnet
        "#);
        let long = [&b"\xff\xfb\x01"[..], &[b'x'; 9_000], b" login:"].concat();
        let told = check::<Telnet>(&[server(long)]);
        assert!(told.contains("telnet.banner xxxx") && told.len() < 300, "{told}");
    }

    #[test]
    fn probes_want_a_negotiation() {
        assert_eq!(Telnet::probe(b"\xff\xfb\x01\xff\xfb", 1), Probe::Unsided);
        assert_eq!(Telnet::probe(b"\xff\xfd", 23), Probe::Unsure);
        assert_eq!(Telnet::probe(b"\xff\xff\xff", 23), Probe::No);
        assert_eq!(Telnet::probe(b"\xff\xd8\xff", 23), Probe::No);
    }

    #[test]
    fn the_state_stays_small() {
        assert!(size_of::<Telnet>() <= 400, "{}", size_of::<Telnet>());
    }

    const WORDS: &[&[u8]] = &[
        b"\xff\xfb\x01",
        b"\xff\xfa\x18\0",
        b"\xff\xf0",
        b"login:",
        b"Password:",
        b"incorrect",
        b"\r\n",
        b"x",
        b"\xff",
    ];

    proptest! {
        #[test]
        fn any_bytes_are_safe(
            words in prop::collection::vec(prop::sample::select(WORDS), 0..30),
            sizes in prop::collection::vec(1usize..9, 1..6),
        ) {
            let pieces: Vec<Piece> =
                words.chunks(3).enumerate().map(|(index, words)| match index % 2 {
                    0 => server(words.concat()),
                    _ => client(words.concat()),
                }).collect();
            any_split::<Telnet>(&pieces, &sizes);
        }
    }
}
