//! Simple Service Discovery Protocol (UPnP Device Architecture 2.0, clause 1): devices announce themselves to all
//! and answer searches, in the form of HTTP heads, on UDP port 1900.

use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use cordon_model::observe::Fact;

const PORT: u16 = 1900;
/// Fields read of one message.
const FIELDS_MAX: usize = 48;

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct Ssdp;

impl DatagramDissector for Ssdp {
    const STARTS: Starts = Starts::of(b"NMH");

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match kind(datagram.bytes) {
            Some(Kind::Search) => Recognised::From(Side::Client),
            Some(Kind::Announcement) => Recognised::From(Side::Server),
            // Answers come from port 1900, or from another to one that a search came from.
            Some(Kind::Answer) if datagram.touches(PORT) || has_usn(datagram.bytes) => {
                Recognised::From(Side::Server)
            }
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(kind) = kind(datagram.bytes) else { return false };
        let mut lines = datagram.bytes.split(|byte| *byte == b'\n');
        lines.next();
        // A farewell is no proof that what it names is there.
        let farewell = kind == Kind::Announcement && says_farewell(datagram.bytes);
        for line in lines.by_ref().take(FIELDS_MAX) {
            let Some(colon) = memchr::memchr(b':', line) else { continue };
            let (name, value) = line.split_at(colon);
            let value = value.get(1..).unwrap_or_default().trim_ascii();
            field(kind, side, name.trim_ascii(), value, farewell, facts);
        }
        if lines.next().is_some() {
            facts.limit();
        }
        true
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Search,
    Announcement,
    Answer,
}

fn kind(bytes: &[u8]) -> Option<Kind> {
    let starts = |word: &[u8]| bytes.starts_with(word);
    match () {
        () if starts(b"NOTIFY * HTTP/1.") => Some(Kind::Announcement),
        () if starts(b"M-SEARCH * HTTP/1.") => Some(Kind::Search),
        () if starts(b"HTTP/1.1 200") || starts(b"HTTP/1.0 200") => Some(Kind::Answer),
        () => None,
    }
}

fn has_usn(bytes: &[u8]) -> bool {
    bytes.split(|byte| *byte == b'\n').take(FIELDS_MAX).any(|line| starts_with(line, b"usn:"))
}

fn says_farewell(bytes: &[u8]) -> bool {
    let mut lines = bytes.split(|byte| *byte == b'\n').take(FIELDS_MAX);
    lines.any(|line| starts_with(line, b"nts:") && memchr::memmem::find(line, b"byebye").is_some())
}

fn starts_with(line: &[u8], lower: &[u8]) -> bool {
    line.get(..lower.len()).is_some_and(|front| front.eq_ignore_ascii_case(lower))
}

fn field(kind: Kind, side: Side, name: &[u8], value: &[u8], farewell: bool, facts: &mut dyn StationFacts) {
    let is = |wanted: &[u8]| name.eq_ignore_ascii_case(wanted);
    match kind {
        Kind::Search => {
            if is(b"st") {
                facts.fact(side, Fact::SsdpSearch, value);
            } else if is(b"user-agent") {
                facts.fact(side, Fact::SsdpUserAgent, value);
            }
        }
        Kind::Announcement | Kind::Answer => {
            if is(b"server") {
                facts.fact(side, Fact::SsdpServer, value);
            } else if (is(b"nt") || is(b"st")) && !farewell {
                // A device's own number says nothing of its kind; its `usn` tells it.
                if !starts_with(value, b"uuid:") {
                    facts.fact(side, Fact::SsdpType, value);
                }
            } else if is(b"usn") {
                let number = value.get(5..).filter(|_| starts_with(value, b"uuid:"));
                let end = number.and_then(|number| memchr::memmem::find(number, b"::"));
                let number =
                    number.map(|number| number.get(..end.unwrap_or(number.len())).unwrap_or_default());
                facts.fact(side, Fact::SsdpUuid, number.unwrap_or_default());
            } else if is(b"location") && !farewell {
                facts.fact(side, Fact::SsdpLocation, value);
            }
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    pub(crate) const NOTIFY: &[u8] = b"NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nCACHE-CONTROL: max-age=1800\r\nLOCATION: http://10.0.0.7:49152/description.xml\r\nSERVER: Linux/3.4 UPnP/1.0 BedsideCam/2.1\r\nNTS: ssdp:alive\r\nNT: urn:schemas-upnp-org:device:MediaServer:1\r\nUSN: uuid:2fac1234-31f8-11b4-a222-08002b34c003::urn:schemas-upnp-org:device:MediaServer:1\r\n\r\n";
    pub(crate) const SEARCH: &[u8] =
        b"M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: \"ssdp:discover\"\r\nMX: 1\r\nST: ssdp:all\r\nUSER-AGENT: Chrome/90 Windows\r\n\r\n";

    #[test]
    fn announcements_tell_the_device() {
        let told = datagram::<Ssdp>([50_000, PORT], NOTIFY, false).unwrap();
        let expected = "Server ssdp.location http://10.0.0.7:49152/description.xml
Server ssdp.server Linux/3.4 UPnP/1.0 BedsideCam/2.1
Server ssdp.type urn:schemas-upnp-org:device:MediaServer:1
Server ssdp.uuid 2fac1234-31f8-11b4-a222-08002b34c003
";
        assert_eq!(told, expected);
        let answer = String::from_utf8(NOTIFY.to_vec()).unwrap();
        let answer = answer.replace("NOTIFY * HTTP/1.1", "HTTP/1.1 200 OK").replace("NT: ", "ST: ");
        let answered = datagram::<Ssdp>([40_000, 50_000], answer.as_bytes(), false).unwrap();
        assert_eq!(answered, expected);
        let farewell = String::from_utf8(NOTIFY.to_vec()).unwrap().replace("alive", "byebye");
        let told = datagram::<Ssdp>([50_000, PORT], farewell.as_bytes(), false).unwrap();
        assert!(!told.contains("type") && told.contains("uuid"), "{told}");
    }

    #[test]
    fn searches_tell_who_asks_for_what() {
        let told = datagram::<Ssdp>([50_000, PORT], SEARCH, false).unwrap();
        assert_eq!(told, "Client ssdp.search ssdp:all\nClient ssdp.user_agent Chrome/90 Windows\n");
        assert_eq!(datagram::<Ssdp>([1, 2], b"HTTP/1.1 200 OK\r\n\r\n", false), None);
        batter_datagram::<Ssdp>([50_000, PORT], NOTIFY);
        batter_datagram::<Ssdp>([50_000, PORT], SEARCH);
    }
}
