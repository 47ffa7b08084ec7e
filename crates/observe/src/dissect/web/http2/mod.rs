//! HTTP/2 without encryption (RFC 9113), from its first byte on: what clients and servers call themselves, and that
//! remote procedures are called with it (gRPC). Bodies, paths and cookies are not looked at.

mod hpack;
mod huffman;

use crate::dissect::http::{realm, scheme};
use crate::dissect::{Facts, Probe, Side, Starts, Step, StreamDissector};
use cordon_model::observe::{EventKind, Fact, Protocol};
use hpack::{Name, Table};

/// What a client begins with (RFC 9113 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD_BYTES: usize = 9;
/// The longest frame that is read, as nobody may send longer ones unasked (RFC 9113 4.2).
const FRAME_BYTES_MAX: usize = 1 << 14;
/// The longest frame there is.
const KINDS_MAX: u8 = 0x20;

/// Kinds of frames that hold fields, and their flags (RFC 9113 6).
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
const PUSH_PROMISE: u8 = 5;
const CONTINUATION: u8 = 9;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 0x20;

/// What one conversation's dissector remembers.
#[derive(Clone, Copy, Debug, Default)]
pub struct Http2 {
    client: Half,
    server: Half,
    /// It carries remote procedure calls, and that was said.
    procedures: bool,
    credentials_told: bool,
}

/// Where one side's stream stands.
#[derive(Clone, Copy, Debug, Default)]
struct Half {
    begun: bool,
    /// Bytes of the frame under way that are passed over.
    left: usize,
    table: Table,
}

impl StreamDissector for Http2 {
    const STARTS: Starts = Starts::of(b"P\0");
    const HELD_BYTES_MAX: usize = HEAD_BYTES + FRAME_BYTES_MAX;

    fn probe(head: &[u8], _port: u16) -> Probe {
        if head.starts_with(PREFACE) {
            return Probe::Certain(Side::Client);
        }
        if PREFACE.starts_with(head) {
            return Probe::Unsure;
        }
        // A server begins with its settings: on no stream, six bytes each, the first of them known.
        match *head {
            [0, 0, length, SETTINGS, 0, 0, 0, 0, 0, ref settings @ ..] if length % 6 == 0 && length <= 60 => {
                match *settings {
                    [0, 1..=9, ..] => Probe::Certain(Side::Server),
                    [] | [0] => Probe::Unsure,
                    _ => Probe::No,
                }
            }
            [] | [0] | [0, 0] => Probe::Unsure,
            [0, 0, length, ref rest @ ..] if length % 6 == 0 && length <= 60 && rest.len() < 6 => {
                if [SETTINGS, 0, 0, 0, 0, 0].starts_with(rest) { Probe::Unsure } else { Probe::No }
            }
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.advance(side, rest, facts) {
                Step::Took(0) => break,
                Step::Took(count) => rest = rest.get(count..).unwrap_or_default(),
                Step::Done => return Step::Done,
            }
        }
        Step::Took(bytes.len() - rest.len())
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        match usize::try_from(missing) {
            Ok(missing) if missing <= half.left => {
                half.left -= missing;
                Step::Took(0)
            }
            // Neither frames nor the table can be followed any more.
            _ => Step::Done,
        }
    }
}

impl Http2 {
    fn half(&mut self, side: Side) -> &mut Half {
        if side == Side::Client { &mut self.client } else { &mut self.server }
    }

    fn advance(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let half = self.half(side);
        if half.left > 0 {
            let count = half.left.min(bytes.len());
            half.left -= count;
            return Step::Took(count);
        }
        if side == Side::Client && !half.begun {
            if bytes.starts_with(PREFACE) {
                half.begun = true;
                return Step::Took(PREFACE.len());
            }
            if PREFACE.starts_with(bytes) {
                return Step::Took(0);
            }
            facts.malformed();
            return Step::Done;
        }
        let Some((&[a, b, c, kind, flags, ..], _)) = bytes.split_first_chunk::<HEAD_BYTES>() else {
            return Step::Took(0);
        };
        let length = u32::from_be_bytes([0, a, b, c]) as usize;
        if kind > KINDS_MAX || (!half.begun && kind != SETTINGS) {
            facts.malformed();
            return Step::Done;
        }
        half.begun = true;
        if !matches!(kind, HEADERS | PUSH_PROMISE | CONTINUATION) {
            half.left = length;
            return Step::Took(HEAD_BYTES);
        }
        if length > FRAME_BYTES_MAX || kind == CONTINUATION || flags & END_HEADERS == 0 {
            // Fields across frames: rare, and from then on the table is not known.
            facts.limit();
            return Step::Done;
        }
        let Some(content) = bytes.get(HEAD_BYTES..HEAD_BYTES + length) else { return Step::Took(0) };
        if self.fields(side, kind, flags, content, facts).is_none() {
            facts.malformed();
            return Step::Done;
        }
        Step::Took(HEAD_BYTES + length)
    }

    fn fields(
        &mut self,
        side: Side,
        kind: u8,
        flags: u8,
        content: &[u8],
        facts: &mut dyn Facts,
    ) -> Option<()> {
        let mut block = content;
        if flags & PADDED != 0 {
            let (padding, rest) = block.split_first()?;
            block = rest.get(..rest.len().checked_sub(usize::from(*padding))?)?;
        }
        if kind == HEADERS && flags & PRIORITY != 0 {
            block = block.get(5..)?;
        }
        if kind == PUSH_PROMISE {
            block = block.get(4..)?;
        }
        let (mut procedures, mut credentials) = (false, false);
        // What a server promises is a request of its own making.
        let asks = side == Side::Client;
        let answers = side == Side::Server && kind == HEADERS;
        self.half(side).table.read(block, |name, value| match name {
            Name::Authority if asks => facts.fact(Side::Server, Fact::HttpHost, value),
            Name::UserAgent if asks => facts.fact(Side::Client, Fact::HttpUserAgent, value),
            Name::Authorization if asks => {
                credentials |= value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
            }
            Name::Server if answers => facts.fact(Side::Server, Fact::HttpServer, value),
            Name::PoweredBy if answers => facts.fact(Side::Server, Fact::HttpPoweredBy, value),
            Name::Challenge if answers => {
                if let Some(scheme) = scheme(value) {
                    facts.fact(Side::Server, Fact::HttpAuthentication, scheme.as_bytes());
                }
                if let Some(realm) = realm(value) {
                    facts.fact(Side::Server, Fact::HttpRealm, realm);
                }
            }
            Name::ContentType => procedures |= value.starts_with(b"application/grpc"),
            _ => {}
        })?;
        if procedures && !std::mem::replace(&mut self.procedures, true) {
            facts.carries(Protocol::Grpc);
        }
        if credentials && !std::mem::replace(&mut self.credentials_told, true) {
            facts.event(Side::Client, EventKind::HttpClearCredentials, "Basic credentials");
        }
        Some(())
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::testing::{Piece, any_split, batter, check, client, server};
    use insta::assert_snapshot;
    use proptest::prelude::*;

    fn frame(kind: u8, flags: u8, stream: u32, content: &[u8]) -> Vec<u8> {
        let length = (content.len() as u32).to_be_bytes();
        [&length[1..], &[kind, flags], &stream.to_be_bytes(), content].concat()
    }

    /// A field that is kept in the table: by its name's place, coded.
    fn field(index: u8, value: &str) -> Vec<u8> {
        let coded = huffman::tests::encode(value.as_bytes());
        [&[0x40 | index, 0x80 | coded.len() as u8][..], &coded].concat()
    }

    fn golden() -> Vec<Piece> {
        let asked = [
            vec![0x83, 0x86, 0x84],
            field(1, "orders.clinic.example:8080"),
            field(58, "grpc-go/1.62.0"),
            field(31, "application/grpc"),
            [&[0x40, 7][..], b"patient", &[8], b"DOE^JANE"].concat(),
            field(23, "Basic c2VjcmV0"),
        ];
        let answered = [vec![0x88], field(54, "envoy"), field(61, "Basic realm=\"Pump server\"")];
        let padded = [&[3][..], &[0, 0, 0, 0, 16], &asked.concat(), &[0; 3]].concat();
        vec![
            client([PREFACE, &frame(SETTINGS, 0, 0, &[0, 4, 0, 0, 0xff, 0xff])].concat()),
            server(frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100])),
            client(
                [frame(SETTINGS, 1, 0, &[]), frame(HEADERS, END_HEADERS | PADDED | PRIORITY, 1, &padded)]
                    .concat(),
            ),
            client(frame(0, 1, 1, b"\0\0\0\0\x08DOE^JANE")),
            server(
                [frame(HEADERS, END_HEADERS, 1, &answered.concat()), frame(0, 1, 1, b"DOE^JANE")].concat(),
            ),
            client(frame(HEADERS, END_HEADERS, 3, &[0x83, 0x86, 0x84, 0xc2, 0xc1, 0xc0, 0x7f, 2, 1, b'x'])),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden()]
    }

    #[test]
    fn a_conversation_tells_names_and_procedures() {
        assert_snapshot!(check::<Http2>(&golden()), @r#"
        Server http.host orders.clinic.example:8080
        Client http.user_agent grpc-go/1.62.0
        carries grpc
        Client http.clear_credentials: Basic credentials
        Server http.server envoy
        Server http.authentication Basic
        Server http.realm Pump server
        Client http.user_agent x
        "#);
        batter::<Http2>(&golden());
    }

    #[test]
    fn what_cannot_be_followed_is_left() {
        let begin = || client([PREFACE, &frame(SETTINGS, 0, 0, &[])].concat());
        let told = check::<Http2>(&[begin(), client(frame(HEADERS, 0, 1, &field(58, "x")))]);
        assert_eq!(told, "limits: 1\n");
        let told = check::<Http2>(&[begin(), client(frame(0x99, 0, 1, &[]))]);
        assert_eq!(told, "malformed: 1\n");
        let told = check::<Http2>(&[begin(), client(frame(HEADERS, END_HEADERS | PADDED, 1, &[9, 1]))]);
        assert_eq!(told, "malformed: 1\n");
        let told = check::<Http2>(&[
            begin(),
            client(frame(0, 0, 1, &[7; 400])[..100].to_vec()),
            Piece::Gap(Side::Client, 309),
            client(frame(HEADERS, END_HEADERS, 1, &field(58, "curl/8"))),
        ]);
        assert_eq!(told, "Client http.user_agent curl/8\n");
    }

    #[test]
    fn probes_know_both_sides() {
        assert_eq!(Http2::probe(PREFACE, 1), Probe::Certain(Side::Client));
        assert_eq!(Http2::probe(b"PRI ", 1), Probe::Unsure);
        assert_eq!(Http2::probe(b"POST", 80), Probe::No);
        let settings = frame(SETTINGS, 0, 0, &[0, 3, 0, 0, 0, 100]);
        assert_eq!(Http2::probe(&settings, 1), Probe::Certain(Side::Server));
        for length in 1..=10 {
            assert_eq!(Http2::probe(&settings[..length], 1), Probe::Unsure, "{length}");
        }
        assert_eq!(Http2::probe(&[0; 20], 1), Probe::No);
        assert!(size_of::<Http2>() <= 352, "{}", size_of::<Http2>());
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
            any_split::<Http2>(&golden(), &sizes);
        }
    }
}
