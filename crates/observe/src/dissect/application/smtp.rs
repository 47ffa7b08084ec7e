//! Mail on its way (SMTP, RFC 5321; TLS: RFC 3207; log-in: RFC 4954): what servers and clients call themselves and
//! whether passwords cross in clear text. Addresses and letters are never looked at.

use crate::dissect::talk::{Greeting, Heard, Talk, Words, greeting, reply, word};
use crate::dissect::{Facts, Probe, Side, Starts};
use cordon_model::observe::{EventKind, Fact};

/// The dissector.
pub type Smtp = Talk<SmtpWords>;

/// Replies (RFC 5321 4.2.3, RFC 4954 6).
const SERVICE_READY: u16 = 220;
const LETTER_WANTED: u16 = 354;
const NOT_AUTHENTICATED: u16 = 535;
/// What clients greet with.
const GREETINGS: [&[u8]; 3] = [b"EHLO", b"HELO", b"LHLO"];

/// What a conversation's words have led to.
#[derive(Clone, Copy, Debug, Default)]
pub struct SmtpWords {
    /// Each side has said something; only what it says first can be its own name.
    greeted: bool,
    client_begun: bool,
    password_told: bool,
}

impl Words for SmtpWords {
    const STARTS: Starts = Starts::of(b"2EHLehl");

    fn probe(head: &[u8], port: u16) -> Probe {
        match greeting(head, port) {
            Greeting::Mail => return Probe::Certain(Side::Server),
            Greeting::Unsure => return Probe::Unsure,
            Greeting::Files => return Probe::No,
            Greeting::No => {}
        }
        let begins =
            |greeting: &&[u8]| head.iter().zip(*greeting).all(|(have, want)| have.eq_ignore_ascii_case(want));
        match head.get(4) {
            Some(b' ') if GREETINGS.iter().any(begins) => Probe::Certain(Side::Client),
            None if GREETINGS.iter().any(begins) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn line(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) -> Heard {
        match side {
            Side::Client => self.command(line, facts),
            Side::Server => self.reply(line, facts),
        }
    }
}

impl SmtpWords {
    fn command(&mut self, line: &[u8], facts: &mut dyn Facts) -> Heard {
        let (command, argument) = word(line);
        let is = |name: &[u8]| command.eq_ignore_ascii_case(name);
        let begun = std::mem::replace(&mut self.client_begun, true);
        if !begun && GREETINGS.iter().any(|name| is(name)) {
            let (name, _) = word(argument);
            facts.fact(Side::Client, Fact::SmtpClientName, name);
        } else if is(b"AUTH") && !self.password_told {
            let (mechanism, _) = word(argument);
            let detail = match mechanism {
                name if name.eq_ignore_ascii_case(b"PLAIN") => "smtp AUTH PLAIN",
                name if name.eq_ignore_ascii_case(b"LOGIN") => "smtp AUTH LOGIN",
                _ => return Heard::More,
            };
            self.password_told = true;
            facts.event(Side::Client, EventKind::LogInClearCredentials, detail);
        } else if is(b"DATA") || is(b"BDAT") {
            // What follows is a letter; there is nothing in it for us.
            return Heard::Enough;
        }
        Heard::More
    }

    fn reply(&mut self, line: &[u8], facts: &mut dyn Facts) -> Heard {
        let greeted = std::mem::replace(&mut self.greeted, true);
        match reply(line) {
            Some((SERVICE_READY, text)) if !greeted => {
                facts.fact(Side::Server, Fact::SmtpBanner, text);
            }
            Some((NOT_AUTHENTICATED, _)) => facts.event(Side::Client, EventKind::LogInFailed, "smtp 535"),
            Some((LETTER_WANTED, _)) => return Heard::Over,
            _ => {}
        }
        Heard::More
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::StreamDissector as _;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use crate::dissect::tls;
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn golden() -> Vec<Piece> {
        vec![
            server("220 mx.clinic.example ESMTP Postfix (Debian/GNU)\r\n"),
            client("EHLO scanner-7.clinic.example\r\n"),
            server("250-mx.clinic.example\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"),
            client("AUTH LOGIN\r\n"),
            server("334 VXNlcm5hbWU6\r\n"),
            client("c2VjcmV0\r\n"),
            server("334 UGFzc3dvcmQ6\r\n"),
            client("c2VjcmV0Mg==\r\n"),
            server("535 5.7.8 Error: authentication failed\r\n"),
            client("MAIL FROM:<jane.DOE@clinic.example>\r\nRCPT TO:<DOE@clinic.example>\r\nDATA\r\n"),
            server("250 Ok\r\n250 Ok\r\n354 End data with <CR><LF>.<CR><LF>\r\n"),
            client("Subject: DOE JANE\r\n\r\nEHLO DOE\r\n.\r\nQUIT\r\n"),
            server("250 Ok\r\n221 Bye\r\n"),
        ]
    }

    /// Goes over to TLS: what follows are the pieces of another dissector's golden conversation.
    fn secured() -> Vec<Piece> {
        let mut pieces = vec![
            server("220 mx ESMTP\r\n"),
            client("EHLO printer-3\r\n"),
            server("250-mx\r\n250 STARTTLS\r\n"),
            client("STARTTLS\r\n"),
            server("220 Ready to start TLS\r\n"),
        ];
        pieces.extend(tls::tests::corpus().swap_remove(0));
        pieces
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden(), secured()]
    }

    #[test]
    fn a_conversation_tells_names_and_log_ins() {
        assert_snapshot!(check::<Smtp>(&golden()), @r#"
        Server smtp.banner mx.clinic.example ESMTP Postfix (Debian/GNU)
        Client smtp.client_name scanner-7.clinic.example
        Client log_in.clear_credentials: smtp AUTH LOGIN
        Client log_in.failed: smtp 535
        "#);
        batter::<Smtp>(&golden());
    }

    #[test]
    fn it_goes_over_to_tls() {
        assert_snapshot!(check::<Smtp>(&secured()), @r#"
        Server smtp.banner mx ESMTP
        Client smtp.client_name printer-3
        Server tls.server_name archive.clinic.example
        Client tls.ja4 t12d010200_0f2cb44170f4_a8f3e973773c
        Server tls.version 1.2
        Server tls.cipher_suite TLS_RSA_WITH_AES_128_CBC_SHA
        Server tls.subject CN=\#pump\007,serialNumber=SN 77\ ,1.3.6.1.4.1.311.1=#cafe,OU=Ω\+,O=Medizingeräte\, Inc.,C=US
        Server tls.issuer CN=Klinik Köln CA,C=DE
        Server tls.not_after 2050-12-31T23:59:59Z
        "#);
    }

    #[test]
    fn probes_know_both_sides() {
        assert_eq!(Smtp::probe(b"220 mx ESMTP\r\n", 4025), Probe::Certain(Side::Server));
        assert_eq!(Smtp::probe(b"220 mx\r\n", 25), Probe::Certain(Side::Server));
        assert_eq!(Smtp::probe(b"220 FTP\r\n", 25), Probe::No);
        assert_eq!(Smtp::probe(b"ehlo x", 4025), Probe::Certain(Side::Client));
        assert_eq!(Smtp::probe(b"EHL", 4025), Probe::Unsure);
        assert_eq!(Smtp::probe(b"EHLOS", 4025), Probe::No);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
            any_split::<Smtp>(&golden(), &sizes);
        }
    }
}
