//! File transfer (FTP, RFC 959; TLS: RFC 4217), its control connection: what a server says of itself, who logs in
//! and whether it goes well, and firmware and configurations that are sent. Names of files and directories are
//! looked at and never passed on.

use crate::dissect::talk::{Greeting, Heard, Talk, Words, greeting, reply, word};
use crate::dissect::{Facts, Probe, Side, Starts, file_names};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// The dissector.
pub type Ftp = Talk<FtpWords>;

const PORT: u16 = 21;
/// Lines of a greeting that are told.
const BANNER_LINES_MAX: u8 = 4;
/// Replies (RFC 959 4.2.1).
const SERVICE_READY: u16 = 220;
const SYSTEM_TYPE: u16 = 215;
const PASSWORD_WANTED: u16 = 331;
const NOT_LOGGED_IN: u16 = 530;
/// The commands of clients by which a conversation is known on its port.
const COMMANDS: &[&[u8]] = &[
    b"USER ", b"PASS ", b"AUTH ", b"FEAT", b"SYST", b"PASV", b"EPSV", b"PORT ", b"EPRT ", b"TYPE ", b"CWD ",
    b"PWD", b"LIST", b"NLST", b"STOR ", b"RETR ", b"SIZE ", b"NOOP", b"OPTS ", b"QUIT",
];

/// What a conversation's words have led to.
#[derive(Clone, Copy, Debug, Default)]
pub struct FtpWords {
    banner_lines: u8,
    /// The greeting is over.
    greeted: bool,
    anonymous: bool,
    /// A password in clear text was told of.
    password_told: bool,
    /// The reply before asked for a password, so that the next one says whether it was right.
    awaited: bool,
}

impl Words for FtpWords {
    const STARTS: Starts = Starts::range(b'1', b'5').or(Starts::of_words(COMMANDS));

    fn probe(head: &[u8], port: u16) -> Probe {
        match greeting(head, port) {
            Greeting::Files => return Probe::Certain(Side::Server),
            Greeting::Unsure => return Probe::Unsure,
            Greeting::Mail => return Probe::No,
            Greeting::No => {}
        }
        if port != PORT {
            return Probe::No;
        }
        if COMMANDS.iter().any(|command| head.get(..command.len()).is_some_and(|word| word == *command)) {
            return Probe::Certain(Side::Client);
        }
        let end = memchr::memchr(b'\n', head);
        match (reply(head.get(..end.unwrap_or(head.len())).unwrap_or_default()), end) {
            (Some(_), Some(_)) => Probe::Certain(Side::Server),
            (_, None) if head.len() < 64 && matches!(head, [b'1'..=b'5', ..]) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn line(&mut self, side: Side, line: &[u8], facts: &mut dyn Facts) -> Heard {
        match side {
            Side::Client => self.command(line, facts),
            Side::Server => self.reply(line, facts),
        }
        Heard::More
    }
}

impl FtpWords {
    fn command(&mut self, line: &[u8], facts: &mut dyn Facts) {
        let (command, argument) = word(line);
        let is = |name: &[u8]| command.eq_ignore_ascii_case(name);
        if is(b"USER") {
            self.anonymous =
                [&b"anonymous"[..], b"ftp"].iter().any(|name| argument.eq_ignore_ascii_case(name));
            if !self.anonymous {
                facts.user(Side::Client, Fact::FtpUser, argument);
            }
        } else if is(b"PASS") {
            if !self.anonymous && !self.password_told {
                self.password_told = true;
                facts.event(Side::Client, EventKind::LogInClearCredentials, "ftp password");
            }
        } else if is(b"STOR") || is(b"APPE") || is(b"STOU") {
            transfer(argument, "upload", facts);
        } else if is(b"RETR") {
            transfer(argument, "download", facts);
        }
    }

    fn reply(&mut self, line: &[u8], facts: &mut dyn Facts) {
        let Some((code, text)) = reply(line) else { return };
        let awaited = std::mem::replace(&mut self.awaited, code == PASSWORD_WANTED);
        match code {
            SERVICE_READY if !self.greeted && self.banner_lines < BANNER_LINES_MAX => {
                self.banner_lines += 1;
                // The last line has no dash.
                self.greeted = line.get(3) != Some(&b'-');
                facts.fact(Side::Server, Fact::FtpBanner, text);
            }
            SERVICE_READY => {}
            SYSTEM_TYPE => facts.fact(Side::Server, Fact::FtpSystem, text),
            NOT_LOGGED_IN if awaited => facts.event(Side::Client, EventKind::LogInFailed, "ftp 530"),
            _ => self.greeted = true,
        }
    }
}

fn transfer(path: &[u8], direction: &str, facts: &mut dyn Facts) {
    if let Some((kind, mark)) = file_names::transfer(path) {
        let mut line = Line::default();
        if write!(line, "ftp {direction} of a file named by \"{mark}\"").is_ok() {
            facts.event(Side::Client, kind, line.text());
        }
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::StreamDissector as _;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn golden() -> Vec<Piece> {
        vec![
            server("220-Aquilion ONE service\r\n220 (vsFTPd 3.0.3)\r\n"),
            client("USER service.DOE\r\n"),
            server("331 Please specify the password.\r\n"),
            client("PASS c2VjcmV0\r\n"),
            server("530 Login incorrect.\r\n"),
            client("USER service.DOE\r\n"),
            server("331 Please specify the password.\r\n"),
            client("PASS c2VjcmV0-2\r\n"),
            server("230 Login successful.\r\n"),
            client("SYST\r\n"),
            server("215 UNIX Type: L8\r\n"),
            client("CWD /export/DOE_JANE\r\n"),
            server("250 /export/DOE_JANE is the directory\r\n"),
            client("STOR DOE_JANE.pdf\r\nSTOR /fw/DOE_4.2.bin\r\n"),
            server("150 Ok to send data.\r\n226 Transfer complete.\r\n220 DOE\r\n"),
            client("RETR startup-config\r\nQUIT\r\n"),
            server("221 Goodbye.\r\n"),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden()]
    }

    #[test]
    fn a_conversation_tells_server_log_ins_and_files() {
        assert_snapshot!(check::<Ftp>(&golden()), @r#"
        Server ftp.banner Aquilion ONE service
        Server ftp.banner (vsFTPd 3.0.3)
        Client ftp.user af511cbdd7b56e4f
        Client log_in.clear_credentials: ftp password
        Client log_in.failed: ftp 530
        Client ftp.user af511cbdd7b56e4f
        Server ftp.system UNIX Type: L8
        Client firmware.transfer: ftp upload of a file named by ".bin"
        Client configuration.transfer: ftp download of a file named by "startup-config"
        "#);
        batter::<Ftp>(&golden());
    }

    #[test]
    fn strangers_need_no_password() {
        let told = check::<Ftp>(&[
            server("220 ftp\r\n"),
            client("user Anonymous\r\n"),
            server("331 Any password will do.\r\n"),
            client("pass jane@clinic.example\r\n"),
            server("230 Welcome.\r\n"),
        ]);
        assert_snapshot!(told, @r#"Server ftp.banner ftp"#);
    }

    #[test]
    fn one_side_is_enough_for_a_failure() {
        let told = check::<Ftp>(&[server("331 Password?\r\n530 No.\r\n530 Please log in.\r\n")]);
        assert_snapshot!(told, @r#"Client log_in.failed: ftp 530"#);
    }

    #[test]
    fn lines_without_end_and_losses_cost_one_line() {
        let long = [&b"USER "[..], &[b'x'; 5_000], b"\r\nRETR a.cfg\r\n"].concat();
        let told = check::<Ftp>(&[
            client(long),
            server("215 UN"),
            Piece::Gap(Side::Server, 3),
            server("IX\r\n215 VxWorks\r\n"),
        ]);
        assert_eq!(told.lines().count(), 3, "{told}");
        assert!(told.contains("configuration.transfer") && told.contains("ftp.system VxWorks"), "{told}");
    }

    #[test]
    fn probes_tell_files_from_mail() {
        let server_at = |head: &[u8], port| Ftp::probe(head, port);
        assert_eq!(server_at(b"220 (vsFTPd 3.0.3)\r\n", 4021), Probe::Certain(Side::Server));
        assert_eq!(server_at(b"220 device ready\r\n", 21), Probe::Certain(Side::Server));
        assert_eq!(server_at(b"220 device ready\r\n", 4021), Probe::Unsure);
        assert_eq!(server_at(b"220 mx ESMTP FTP\r\n", 21), Probe::No);
        assert_eq!(server_at(b"220 vsF", 21), Probe::Unsure);
        assert_eq!(server_at(b"22", 21), Probe::Unsure);
        assert_eq!(server_at(b"230 ok\r\n", 21), Probe::Certain(Side::Server));
        assert_eq!(server_at(b"230 ok\r\n", 80), Probe::No);
        assert_eq!(server_at(b"2024-01-01", 21), Probe::Unsure);
        assert_eq!(server_at(b"2024-01-01\r\n", 21), Probe::No);
        assert_eq!(server_at(b"USER x\r\n", 21), Probe::Certain(Side::Client));
        assert_eq!(server_at(b"USER x\r\n", 6667), Probe::No);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
            any_split::<Ftp>(&golden(), &sizes);
        }
    }
}
