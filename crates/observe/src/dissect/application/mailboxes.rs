//! Mail that is fetched (POP3, RFC 1939; IMAP, RFC 9051): what servers call themselves and whether passwords cross
//! in clear text. Once somebody is logged in, nothing more is read.

use crate::dissect::talk::{Heard, Talk, Words, word};
use crate::dissect::{Facts, Probe, Side, Starts};
use cordon_model::observe::{EventKind, Fact};

/// The dissector of POP3.
pub type Pop3 = Talk<Pop3Words>;
/// The dissector of IMAP.
pub type Imap = Talk<ImapWords>;

/// How far a log-in is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum LogIn {
    /// Nobody tried.
    #[default]
    None,
    /// Name and password were sent, their answer is awaited.
    Tried,
}

/// What the words of POP3 have led to.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pop3Words {
    greeted: bool,
    log_in: LogIn,
}

impl Words for Pop3Words {
    const STARTS: Starts = Starts::of(b"+");

    /// Other protocols that answer so say no word after it.
    fn probe(head: &[u8], _port: u16) -> Probe {
        const GREETING: &[u8] = b"+OK ";
        match head {
            [b'+', b'O', b'K', b' ', 0x21..=0xff, ..] => Probe::Certain(Side::Server),
            _ if GREETING.starts_with(head) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn line(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) -> Heard {
        let (first, rest) = word(line);
        if side == Side::Client {
            if first.eq_ignore_ascii_case(b"PASS") {
                self.log_in = LogIn::Tried;
                facts.event(Side::Client, EventKind::LogInClearCredentials, "pop3 password");
            }
            return Heard::More;
        }
        // Only the very first line is the server's own; later ones may be about letters.
        let greeted = std::mem::replace(&mut self.greeted, true);
        let tried = std::mem::take(&mut self.log_in) == LogIn::Tried;
        match first {
            b"+OK" if !greeted => {
                facts.fact(Side::Server, Fact::Pop3Banner, rest);
            }
            b"+OK" if tried => return Heard::Over,
            b"-ERR" if tried => facts.event(Side::Client, EventKind::LogInFailed, "pop3"),
            _ => {}
        }
        Heard::More
    }
}

/// What the words of IMAP have led to.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImapWords {
    greeted: bool,
    log_in: LogIn,
}

impl Words for ImapWords {
    const STARTS: Starts = Starts::of(b"*");

    fn probe(head: &[u8], _port: u16) -> Probe {
        const GREETING: &[u8] = b"* OK ";
        if head.starts_with(GREETING) {
            Probe::Certain(Side::Server)
        } else if GREETING.starts_with(head) {
            Probe::Unsure
        } else {
            Probe::No
        }
    }

    fn line(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) -> Heard {
        let (tag, rest) = word(line);
        let (second, argument) = word(rest);
        if side == Side::Client {
            let (mechanism, _) = word(argument);
            let clear = [&b"PLAIN"[..], b"LOGIN"].iter().any(|name| mechanism.eq_ignore_ascii_case(name));
            let detail = if second.eq_ignore_ascii_case(b"LOGIN") {
                "imap LOGIN"
            } else if second.eq_ignore_ascii_case(b"AUTHENTICATE") && clear {
                "imap AUTHENTICATE"
            } else {
                return Heard::More;
            };
            self.log_in = LogIn::Tried;
            facts.event(Side::Client, EventKind::LogInClearCredentials, detail);
            return Heard::More;
        }
        let greeted = std::mem::replace(&mut self.greeted, true);
        match (tag, second) {
            (b"*", b"OK") if !greeted => {
                facts.fact(Side::Server, Fact::ImapBanner, without_code(argument));
            }
            (b"*" | b"+", _) => {}
            (_, b"OK") if self.log_in == LogIn::Tried => return Heard::Over,
            (_, b"NO") if self.log_in == LogIn::Tried => {
                self.log_in = LogIn::None;
                facts.event(Side::Client, EventKind::LogInFailed, "imap");
            }
            _ => {}
        }
        Heard::More
    }
}

/// The text after a list of what the server can do, in brackets.
fn without_code(text: &[u8]) -> &[u8] {
    match text.first() {
        Some(b'[') => text.splitn(2, |byte| *byte == b']').nth(1).unwrap_or_default().trim_ascii(),
        _ => text,
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::StreamDissector as _;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    pub(crate) fn pop3() -> Vec<Vec<Piece>> {
        vec![vec![
            server("+OK Cyrus POP3 ready.\r\n"),
            client("USER jane.DOE\r\n"),
            server("+OK\r\n"),
            client("PASS c2VjcmV0\r\n"),
            server("-ERR [AUTH] Authentication failed, DOE.\r\n"),
            client("PASS c2VjcmV0Mg\r\n"),
            server("+OK Logged in.\r\n"),
            client("RETR 1\r\n"),
            server("+OK\r\nSubject: DOE JANE\r\n+OK DOE\r\n"),
        ]]
    }

    pub(crate) fn imap() -> Vec<Vec<Piece>> {
        vec![vec![
            server("* OK [CAPABILITY IMAP4rev1 STARTTLS] Cyrus IMAP ready.\r\n"),
            client("a1 LOGIN jane.DOE c2VjcmV0\r\n"),
            server("a1 NO [AUTHENTICATIONFAILED] DOE\r\n"),
            client("a2 authenticate plain c2VjcmV0\r\n"),
            server("* CAPABILITY IMAP4rev1\r\na2 OK Logged in\r\n"),
            client("a3 FETCH 1 BODY[]\r\n"),
            server("* 1 FETCH Subject: DOE JANE\r\n"),
        ]]
    }

    #[test]
    fn conversations_tell_names_and_log_ins() {
        assert_snapshot!(check::<Pop3>(&pop3()[0]), @r#"
        Server pop3.banner Cyrus POP3 ready.
        Client log_in.clear_credentials: pop3 password
        Client log_in.failed: pop3
        Client log_in.clear_credentials: pop3 password
        "#);
        assert_snapshot!(check::<Imap>(&imap()[0]), @r#"
        Server imap.banner Cyrus IMAP ready.
        Client log_in.clear_credentials: imap LOGIN
        Client log_in.failed: imap
        Client log_in.clear_credentials: imap AUTHENTICATE
        "#);
        batter::<Pop3>(&pop3()[0]);
        batter::<Imap>(&imap()[0]);
    }

    #[test]
    fn probes_want_a_greeting() {
        assert_eq!(Pop3::probe(b"+OK Cyrus", 1), Probe::Certain(Side::Server));
        assert_eq!(Pop3::probe(b"+O", 110), Probe::Unsure);
        assert_eq!(Pop3::probe(b"+OK\r\n", 6379), Probe::No);
        assert_eq!(Imap::probe(b"* OK [", 1), Probe::Certain(Side::Server));
        assert_eq!(Imap::probe(b"* O", 143), Probe::Unsure);
        assert_eq!(Imap::probe(b"*1\r\n", 6379), Probe::No);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
            any_split::<Pop3>(&pop3()[0], &sizes);
            any_split::<Imap>(&imap()[0], &sizes);
        }
    }
}
