//! Telephony (SIP, RFC 3261), over datagrams and streams: what telephones and their servers call themselves and
//! whether they may register. Who calls whom is not told; a registered account's name is a person's and told as the
//! site allows.

use crate::dissect::headed::{self, Headed, Messages, parameter};
use crate::dissect::{Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts};
use cordon_model::observe::{EventKind, Fact};

/// The dissector of streams.
pub type Sip = Headed<SipMessages>;

/// The dissector of datagrams.
#[derive(Debug)]
pub struct SipMessage;

const ANSWER: &[u8] = b"SIP/2.0 ";
const METHODS: &[&[u8]] = &[
    b"REGISTER ",
    b"INVITE ",
    b"OPTIONS ",
    b"ACK ",
    b"BYE ",
    b"CANCEL ",
    b"SUBSCRIBE ",
    b"NOTIFY ",
    b"PUBLISH ",
    b"MESSAGE ",
    b"INFO ",
    b"REFER ",
    b"UPDATE ",
    b"PRACK ",
];
const SCHEMES: [&[u8]; 3] = [b"sip:", b"sips:", b"tel:"];

/// What the message under way is.
#[derive(Clone, Copy, Debug, Default)]
pub struct SipMessages {
    client: Kind,
    server: Kind,
}

/// Of one side's message.
#[derive(Clone, Copy, Debug, Default)]
struct Kind {
    answer: bool,
    registers: bool,
    /// 403: the credentials or the telephone are not welcome (RFC 3261 21.4.4). 401 only asks for credentials.
    forbidden: bool,
}

impl Messages for SipMessages {
    const STARTS: Starts = Starts::of_words(METHODS).or(Starts::of(b"S"));

    fn probe(head: &[u8], _port: u16) -> Probe {
        if head.starts_with(ANSWER) {
            return Probe::Certain(Side::Server);
        }
        if ANSWER.starts_with(head) {
            return Probe::Unsure;
        }
        let of = METHODS.iter().find(|method| head.iter().zip(**method).all(|(have, want)| have == want));
        let Some(method) = of else { return Probe::No };
        let target = head.get(method.len()..).unwrap_or_default();
        let same =
            |scheme: &&[u8]| target.iter().zip(*scheme).all(|(have, want)| have.eq_ignore_ascii_case(want));
        match SCHEMES.iter().find(|scheme| same(scheme)) {
            Some(scheme) if target.len() >= scheme.len() => Probe::Certain(Side::Client),
            Some(_) => Probe::Unsure,
            None => Probe::No,
        }
    }

    fn start(&mut self, side: Side, line: &[u8]) -> bool {
        let answer = line.starts_with(ANSWER);
        let request =
            matches!(Self::probe(line, 0), Probe::Certain(Side::Client)) && line.ends_with(b" SIP/2.0");
        let forbidden = answer && line.get(ANSWER.len()..ANSWER.len() + 3) == Some(b"403");
        *self.kind(side) = Kind { answer, registers: line.starts_with(b"REGISTER "), forbidden };
        answer || request
    }

    fn field(&mut self, side: Side, name: &[u8], value: &[u8], facts: &mut dyn Facts) {
        let kind = *self.kind(side);
        let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
        if is(b"user-agent") || (is(b"server") && kind.answer) {
            facts.fact(side, Fact::SipUserAgent, value);
        } else if is(b"cseq") {
            self.kind(side).registers |= value.ends_with(b"REGISTER");
        } else if kind.registers && !kind.answer {
            if is(b"to") || is(b"t") {
                if let Some(account) = account(value) {
                    facts.user(side, Fact::SipAccount, account);
                }
            } else if (is(b"contact") || is(b"m"))
                && let Some(instance) = parameter(value, b"+sip.instance")
            {
                let instance = instance.strip_prefix(b"<").unwrap_or(instance);
                facts.fact(side, Fact::SipInstance, instance.strip_suffix(b">").unwrap_or(instance));
            }
        }
    }

    fn whole(&mut self, side: Side, facts: &mut dyn Facts) {
        let kind = std::mem::take(self.kind(side));
        if kind.forbidden && kind.registers {
            facts.event(side.other(), EventKind::LogInFailed, "sip REGISTER 403");
        }
    }
}

impl SipMessages {
    fn kind(&mut self, side: Side) -> &mut Kind {
        if side == Side::Client { &mut self.client } else { &mut self.server }
    }
}

/// The part of an address before the host.
fn account(value: &[u8]) -> Option<&[u8]> {
    let at = value.windows(4).position(|part| part.eq_ignore_ascii_case(b"sip:"))?;
    let rest = value.get(at + 4..)?;
    let end = rest.iter().position(|byte| matches!(byte, b'@' | b'>' | b';'))?;
    (rest.get(end) == Some(&b'@')).then(|| rest.get(..end))?
}

impl DatagramDissector for SipMessage {
    const STARTS: Starts = <SipMessages as Messages>::STARTS;

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match SipMessages::probe(datagram.bytes, datagram.destination.1) {
            Probe::Certain(side) => Recognised::From(side),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        headed::read::<SipMessages>(side, datagram.bytes, &mut *facts)
    }
}

#[cfg(test)]
pub(in crate::dissect) mod tests {
    use super::*;
    use crate::dissect::StreamDissector as _;
    use crate::dissect::testing::{
        Piece, any_split, batter, batter_datagram, check, client, datagram, server,
    };
    use insta::assert_snapshot;
    use proptest::prelude::*;

    const REGISTER: &str = "REGISTER sip:pbx.clinic.example SIP/2.0\r\n\
        Via: SIP/2.0/UDP 10.0.0.7:5060\r\nFrom: \"Jane DOE\" <sip:DOE@pbx>;tag=1\r\nTo: \"Jane DOE\" <sip:DOE@pbx>\r\n\
        Contact: <sip:DOE@10.0.0.7>;+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-805EC0AABBCC>\"\r\n\
        CSeq: 2 REGISTER\r\nUser-Agent: Yealink SIP-T46S 66.84.0.15\r\nContent-Length: 0\r\n\r\n";
    const FORBIDDEN: &str = "SIP/2.0 403 Forbidden\r\nTo: <sip:DOE@pbx>\r\nCSeq: 2 REGISTER\r\nServer: Asterisk PBX 18.10.0\r\n\r\n";
    const INVITE: &str =
        "INVITE sip:DOE@10.0.0.7 SIP/2.0\r\nTo: \"JANE DOE\" <sip:DOE@pbx>\r\nl: 8\r\n\r\nDOE JANE";

    fn golden() -> Vec<Piece> {
        vec![
            client(REGISTER),
            server(FORBIDDEN),
            server(INVITE),
            client("SIP/2.0 180 Ringing\r\nUser-Agent: Cisco-CP8841/12.5.1\r\n\r\n"),
        ]
    }

    pub(crate) fn corpus() -> Vec<Vec<Piece>> {
        vec![golden()]
    }

    pub(crate) fn datagrams() -> Vec<Vec<u8>> {
        [REGISTER, FORBIDDEN, INVITE].map(|text| text.as_bytes().to_vec()).to_vec()
    }

    #[test]
    fn telephones_tell_what_they_are() {
        assert_snapshot!(check::<Sip>(&golden()), @r#"
        Client sip.account d7c8f7d91bdd2c6a
        Client sip.instance urn:uuid:00000000-0000-1000-8000-805EC0AABBCC
        Client sip.user_agent Yealink SIP-T46S 66.84.0.15
        Server sip.user_agent Asterisk PBX 18.10.0
        Client log_in.failed: sip REGISTER 403
        Client sip.user_agent Cisco-CP8841/12.5.1
        "#);
        batter::<Sip>(&golden());
    }

    #[test]
    fn datagrams_tell_the_same() {
        let told = |bytes: &[u8]| datagram::<SipMessage>([5060, 5060], bytes, false);
        let all: Vec<String> = datagrams().iter().map(|bytes| told(bytes).unwrap()).collect();
        assert_snapshot!(all.concat(), @r#"
        Client sip.account d7c8f7d91bdd2c6a
        Client sip.instance urn:uuid:00000000-0000-1000-8000-805EC0AABBCC
        Client sip.user_agent Yealink SIP-T46S 66.84.0.15
        Server sip.user_agent Asterisk PBX 18.10.0
        Client log_in.failed: sip REGISTER 403
        "#);
        assert_eq!(told(b"\r\n\r\n"), None);
        assert_eq!(told(b"OPTIONS / HTTP/1.1\r\n\r\n"), None);
        for bytes in datagrams() {
            batter_datagram::<SipMessage>([5060, 5060], &bytes);
        }
    }

    #[test]
    fn probes_want_an_address() {
        assert_eq!(Sip::probe(b"OPTIONS sip:x", 1), Probe::Certain(Side::Client));
        assert_eq!(Sip::probe(b"OPTIONS SI", 1), Probe::Unsure);
        assert_eq!(Sip::probe(b"OPTIONS /", 1), Probe::No);
        assert_eq!(Sip::probe(b"SIP/2.0 200", 1), Probe::Certain(Side::Server));
        assert_eq!(Sip::probe(b"SSH-", 1), Probe::No);
    }

    proptest! {
        #[test]
        fn any_cut_tells_the_same(sizes in prop::collection::vec(1usize..90, 1..12)) {
            any_split::<Sip>(&golden(), &sizes);
        }
    }
}
