//! Streams of network cameras and video recorders (RTSP 1.0: RFC 2326, 2.0: RFC 7826): what they call themselves,
//! who logs in and how. Where streams lie and what they show is not looked at.

use crate::dissect::headed::{Headed, Messages, parameter};
use crate::dissect::{Facts, Probe, Side, Starts};
use cordon_model::observe::{EventKind, Fact};

/// The dissector.
pub type Rtsp = Headed<RtspMessages>;

const ANSWER: &[u8] = b"RTSP/";
const METHODS: &[&[u8]] = &[
    b"OPTIONS ",
    b"DESCRIBE ",
    b"SETUP ",
    b"PLAY ",
    b"PAUSE ",
    b"TEARDOWN ",
    b"ANNOUNCE ",
    b"RECORD ",
    b"GET_PARAMETER ",
    b"SET_PARAMETER ",
    b"REDIRECT ",
];
/// The answer to a request without credentials, or with wrong ones.
const UNAUTHORIZED: &[u8] = b"401";

/// What a conversation's messages have led to.
#[derive(Clone, Copy, Debug, Default)]
pub struct RtspMessages {
    /// The request under way has credentials, and they were not of a kind that is tried twice.
    credentials: bool,
    refused: bool,
    password_told: bool,
}

impl Messages for RtspMessages {
    const STARTS: Starts = Starts::of_words(METHODS).or(Starts::of(b"R"));

    fn probe(head: &[u8], _port: u16) -> Probe {
        match head {
            [b'R', b'T', b'S', b'P', b'/', b'1' | b'2', ..] => return Probe::Certain(Side::Server),
            _ if ANSWER.starts_with(head) => return Probe::Unsure,
            _ => {}
        }
        let of = METHODS.iter().find(|method| head.iter().zip(**method).all(|(have, want)| have == want));
        let Some(method) = of else { return Probe::No };
        let target = head.get(method.len()..).unwrap_or_default();
        let is_ours = |scheme: &&[u8]| target.starts_with(scheme);
        if [&b"rtsp://"[..], b"rtsps://", b"rtspu://"].iter().any(is_ours) {
            return Probe::Certain(Side::Client);
        }
        match target {
            [b'*', ..] if target.starts_with(b"* RTSP/") => Probe::Certain(Side::Client),
            [b'*', ..] if b"* RTSP/".starts_with(target) => Probe::Unsure,
            _ if b"rtsps://".starts_with(target) || b"rtsp://".starts_with(target) => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn start(&mut self, side: Side, line: &[u8]) -> bool {
        let mut words = line.split(|byte| *byte == b' ');
        let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if first.starts_with(ANSWER) {
            self.refused = side == Side::Server && second == UNAUTHORIZED;
            return true;
        }
        if side == Side::Client {
            self.credentials = false;
        }
        words.next().is_some_and(|version| version.starts_with(ANSWER))
    }

    fn field(&mut self, side: Side, name: &[u8], value: &[u8], facts: &mut dyn Facts) {
        let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
        if is(b"server") && side == Side::Server {
            facts.fact(Side::Server, Fact::RtspServer, value);
        } else if is(b"user-agent") && side == Side::Client {
            facts.fact(Side::Client, Fact::RtspUserAgent, value);
        } else if is(b"www-authenticate") && side == Side::Server {
            if let Some(realm) = parameter(value, b"realm") {
                facts.fact(Side::Server, Fact::RtspRealm, realm);
            }
        } else if is(b"authorization") && side == Side::Client {
            self.credentials = true;
            let basic = value.get(..6).is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
            if basic && !std::mem::replace(&mut self.password_told, true) {
                facts.event(Side::Client, EventKind::LogInClearCredentials, "rtsp Basic");
            }
        }
    }

    fn whole(&mut self, side: Side, facts: &mut dyn Facts) {
        let refused = side == Side::Server && std::mem::take(&mut self.refused);
        if refused && std::mem::take(&mut self.credentials) {
            facts.event(Side::Client, EventKind::LogInFailed, "rtsp 401");
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
            client("OPTIONS rtsp://10.0.0.9/DOE RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: LibVLC/3.0.16\r\n\r\n"),
            server("RTSP/1.0 200 OK\r\nCSeq: 1\r\nServer: Hipcam RealServer/V1.0\r\n\r\n"),
            client("DESCRIBE rtsp://10.0.0.9/DOE RTSP/1.0\r\nCSeq: 2\r\n\r\n"),
            server(
                "RTSP/1.0 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"IP Camera(23435)\", nonce=\"7\"\r\n\r\n",
            ),
            client("DESCRIBE rtsp://10.0.0.9/DOE RTSP/1.0\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"),
            server("RTSP/1.0 401 Unauthorized\r\nCSeq: 3\r\n\r\n"),
            client("DESCRIBE rtsp://10.0.0.9/DOE RTSP/1.0\r\nAuthorization: Basic c2VjcmV0Mg\r\n\r\n"),
            server("RTSP/1.0 200 OK\r\nContent-Length: 14\r\n\r\ns=DOE^JANE\r\n\r\n"),
            server(b"$\0\0\x08DOE JANE$\0\0\x02ABRTSP/1.0 200 OK\r\nServer: again\r\n\r\n".to_vec()),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden()]
    }

    #[test]
    fn a_camera_tells_what_it_is() {
        assert_snapshot!(check::<Rtsp>(&golden()), @r#"
        Client rtsp.user_agent LibVLC/3.0.16
        Server rtsp.server Hipcam RealServer/V1.0
        Server rtsp.realm IP Camera(23435)
        Client log_in.clear_credentials: rtsp Basic
        Client log_in.failed: rtsp 401
        Server rtsp.server again
        "#);
        batter::<Rtsp>(&golden());
    }

    #[test]
    fn the_place_is_found_again() {
        let long = [&b"X: "[..], &[b'y'; 9_000], b"\r\nServer: found\r\n\r\n"].concat();
        let told = check::<Rtsp>(&[
            server("RTSP/1.0 200 OK\r\nContent-Le"),
            Piece::Gap(Side::Server, 40),
            server("ngth\r\nno start\r\nRTSP/1.0 200 OK\r\n"),
            server(long),
            server("rubbish\r\nRTSP/1.0 200 OK\r\nServer: too\r\n\r\n"),
        ]);
        assert_eq!(told, "Server rtsp.server found\nServer rtsp.server too\nmalformed: 1\n");
    }

    #[test]
    fn probes_tell_it_from_its_relatives() {
        assert_eq!(Rtsp::probe(b"DESCRIBE rtsp://x", 1), Probe::Certain(Side::Client));
        assert_eq!(Rtsp::probe(b"OPTIONS * RTSP/1.0", 1), Probe::Certain(Side::Client));
        assert_eq!(Rtsp::probe(b"OPTIONS * HTTP/1.1", 1), Probe::No);
        assert_eq!(Rtsp::probe(b"OPTIONS sip:", 1), Probe::No);
        assert_eq!(Rtsp::probe(b"PLAY rt", 1), Probe::Unsure);
        assert_eq!(Rtsp::probe(b"RTSP/1.0 200", 1), Probe::Certain(Side::Server));
        assert_eq!(Rtsp::probe(b"RTS", 1), Probe::Unsure);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
            any_split::<Rtsp>(&golden(), &sizes);
        }
    }
}
