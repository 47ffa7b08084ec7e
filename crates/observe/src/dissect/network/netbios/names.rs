//! The name service (RFC 1002 4.2) on UDP port 137: names that hosts register, ask for and are asked for.

use super::Name;
use crate::dissect::person::HostName;
use crate::dissect::{Datagram, DatagramDissector, Recognised, Side, Starts, StationFacts};
use crate::layers::u16_at;
use crate::text::Line;
use cordon_model::Mac;
use cordon_model::observe::Fact;
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

const PORT: u16 = 137;
const HEADER: usize = 12;
/// Records read of one message.
const RECORDS_MAX: usize = 16;
const TYPE_NAME: u16 = 0x20;
const TYPE_STATUS: u16 = 0x21;
/// Registration, release, and the two numbers of refresh.
const REGISTRATION: u16 = 5;
const REFRESH: u16 = 8;
const REFRESH_TOO: u16 = 9;
const MULTIHOMED: u16 = 15;

/// The dissector.
#[derive(Clone, Copy, Debug)]
pub struct NetbiosNames;

impl DatagramDissector for NetbiosNames {
    const STARTS: Starts = Starts::ANY;
    const PORTS: &'static [u16] = &[PORT];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        if !datagram.touches(PORT) {
            return Recognised::No;
        }
        let Some(message) = Message::new(datagram.bytes) else { return Recognised::No };
        // The first name's length is always that of the encoding, or points back to one.
        if !matches!(datagram.bytes.get(HEADER), Some(0x20)) {
            return Recognised::No;
        }
        Recognised::From(if message.is_response() { Side::Server } else { Side::Client })
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        let Some(message) = Message::new(datagram.bytes) else { return false };
        if message.read(side, facts).is_none() && !datagram.cut {
            facts.malformed();
        }
        true
    }
}

struct Message<'a> {
    bytes: &'a [u8],
    flags: u16,
    questions: u16,
    answers: u16,
    others: u16,
}

/// A record, of which the name may have been left out by pointing back.
struct Record<'a> {
    name: Name,
    kind: u16,
    data: &'a [u8],
    next: usize,
}

impl<'a> Message<'a> {
    fn new(bytes: &'a [u8]) -> Option<Message<'a>> {
        let number = |at: usize| u16_at(bytes, at);
        let (questions, answers) = (number(4)?, number(6)?);
        let others = number(8)?.saturating_add(number(10)?);
        if questions > 1 || usize::from(answers) > RECORDS_MAX || questions + answers == 0 {
            return None;
        }
        Some(Message { bytes, flags: number(2)?, questions, answers, others })
    }

    fn is_response(&self) -> bool {
        self.flags & 0x8000 != 0
    }

    fn operation(&self) -> u16 {
        self.flags >> 11 & 0x0f
    }

    fn read(&self, side: Side, facts: &mut dyn StationFacts) -> Option<()> {
        let (mut at, mut asked) = (HEADER, None);
        if self.questions == 1 {
            let (name, after) = self.name(at)?;
            asked = Some((name, u16_at(self.bytes, after)?));
            at = after + 4;
        }
        if self.is_response() {
            for _ in 0..self.answers {
                let record = self.record(at)?;
                self.answer(side, &record, facts)?;
                at = record.next;
            }
            return Some(());
        }
        let (name, _) = asked?;
        match self.operation() {
            0 if name.is_plain() => {
                let mut line = Line::default();
                let _ = write!(line, "{}<{:02x}>", name.text().escape_ascii(), name.suffix);
                facts.fact(side, Fact::NbnsQuery, line.text().as_bytes());
            }
            REGISTRATION | REFRESH | REFRESH_TOO | MULTIHOMED if self.others > 0 => {
                let record = self.record(at)?;
                let is_group = u16_at(record.data, 0)? & 0x8000 != 0;
                own(side, &name, is_group, facts);
            }
            _ => {}
        }
        Some(())
    }

    /// An answer: who has a name, or which names a host has.
    fn answer(&self, side: Side, record: &Record<'a>, facts: &mut dyn StationFacts) -> Option<()> {
        match record.kind {
            // Answers to registrations repeat what was asked.
            TYPE_NAME if self.operation() == 0 && self.flags & 0x000f == 0 => {
                for entry in record.data.chunks_exact(6).take(RECORDS_MAX) {
                    let is_group = u16_at(entry, 0)? & 0x8000 != 0;
                    let address = Ipv4Addr::from(*entry.get(2..)?.first_chunk::<4>()?);
                    if !is_group && is_host(record.name.suffix) && record.name.is_plain() {
                        let name = HostName::of(record.name.text());
                        facts.fact_at(IpAddr::V4(address), Fact::NbnsName, name.text());
                    }
                }
                Some(())
            }
            TYPE_STATUS => status(side, record.data, facts),
            _ => Some(()),
        }
    }

    /// A name at this place and where it ends; scopes after it are passed over.
    fn name(&self, at: usize) -> Option<(Name, usize)> {
        match self.bytes.get(at)? {
            0x20 => {
                let name = Name::encoded(self.bytes.get(at + 1..)?)?;
                let mut end = at + 33;
                for _ in 0..8 {
                    let length = usize::from(*self.bytes.get(end)?);
                    end += 1 + length;
                    if length == 0 {
                        return Some((name, end));
                    }
                }
                None
            }
            // Back to the question's (RFC 1002 4.2.1.3).
            0xc0 if self.bytes.get(at + 1) == Some(&(HEADER as u8)) && at > HEADER => {
                Some((self.name(HEADER)?.0, at + 2))
            }
            _ => None,
        }
    }

    fn record(&self, at: usize) -> Option<Record<'a>> {
        let (name, after) = self.name(at)?;
        let length = usize::from(u16_at(self.bytes, after + 8)?);
        let next = after + 10 + length;
        Some(Record { name, kind: u16_at(self.bytes, after)?, data: self.bytes.get(after + 10..next)?, next })
    }
}

/// True for suffixes of names that computers bear: workstation and server service.
fn is_host(suffix: u8) -> bool {
    matches!(suffix, 0x00 | 0x20)
}

/// A name that a host says is its own, by what its suffix stands for ([MS-NBTE], KB 163409).
fn own(side: Side, name: &Name, is_group: bool, facts: &mut dyn StationFacts) {
    if !name.is_plain() {
        return;
    }
    match (name.suffix, is_group) {
        (0x00 | 0x20, false) => facts.fact(side, Fact::NbnsName, HostName::of(name.text()).text()),
        // The messenger service: the computer's, or that of who is logged in.
        (0x03, _) => facts.user(side, Fact::NbnsUser, name.text()),
        (0x00 | 0x1e, true) => facts.fact(side, Fact::NbnsGroup, name.text()),
        (0x1b, _) => facts.fact(side, Fact::NbnsRole, b"domain_master_browser"),
        (0x1c, true) => {
            facts.fact(side, Fact::NbnsGroup, name.text());
            facts.fact(side, Fact::NbnsRole, b"domain_controller");
        }
        (0x1d, _) => facts.fact(side, Fact::NbnsRole, b"master_browser"),
        _ => {}
    }
}

/// RFC 1002 4.2.18: names with their flags, then statistics that begin with the station.
fn status(side: Side, data: &[u8], facts: &mut dyn StationFacts) -> Option<()> {
    let (count, mut rest) = data.split_first()?;
    for _ in 0..*count {
        let (entry, after) = rest.split_first_chunk::<18>()?;
        let (name, flags) = entry.split_first_chunk::<16>()?;
        own(side, &Name::plain(name), u16_at(flags, 0)? & 0x8000 != 0, facts);
        rest = after;
    }
    let station = Mac(*rest.first_chunk::<6>()?);
    if !station.is_zero() && !station.is_group() {
        let mut line = Line::default();
        let _ = write!(line, "{station}");
        facts.fact(side, Fact::NbnsStation, line.text().as_bytes());
    }
    Some(())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tests::encoded;
    use super::*;
    use crate::dissect::testing::{batter_datagram, datagram};

    fn question(flags: u16, others: u16, name: &str, suffix: u8, kind: u8) -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34];
        for number in [flags, 1, 0, 0, others] {
            bytes.extend(number.to_be_bytes());
        }
        bytes.push(0x20);
        bytes.extend(encoded(name, suffix));
        bytes.extend([0, 0, kind, 0, 1]);
        bytes
    }

    pub(crate) fn registration(suffix: u8, is_group: bool) -> Vec<u8> {
        let mut bytes = question(0x2910, 1, "WARD-PC7", suffix, 0x20);
        bytes.extend([0xc0, 12, 0, 0x20, 0, 1, 0, 4, 0x93, 0xe0, 0, 6]);
        bytes.extend([if is_group { 0x80 } else { 0 }, 0, 10, 0, 0, 7]);
        bytes
    }

    pub(crate) fn answer(kind: u8, data: &[u8]) -> Vec<u8> {
        let mut bytes = vec![0x12, 0x34, 0x85, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0x20];
        bytes.extend(encoded("WARD-PC7", 0x20));
        bytes.extend([0, 0, kind, 0, 1, 0, 0, 0, 0]);
        bytes.extend((data.len() as u16).to_be_bytes());
        bytes.extend(data);
        bytes
    }

    pub(crate) fn status_answer() -> Vec<u8> {
        let mut data = vec![4];
        for (name, suffix, flags) in
            [("WARD-PC7", 0u8, 4u8), ("HOSPITAL", 0, 0x84), ("AMUSTER", 3, 4), ("HOSPITAL", 0x1d, 4)]
        {
            data.extend(format!("{name:<15}").as_bytes());
            data.extend([suffix, flags, 0]);
        }
        data.extend([2, 0, 0, 0, 0, 9]);
        data.extend([0; 40]);
        answer(0x21, &data)
    }

    fn tell(ports: [u16; 2], bytes: &[u8]) -> String {
        datagram::<NetbiosNames>(ports, bytes, false).unwrap()
    }

    #[test]
    fn names_are_told_of_whom_they_are() {
        assert_eq!(tell([137, 137], &registration(0x20, false)), "Client nbns.name WARD-PC7\n");
        assert_eq!(tell([137, 137], &registration(0, true)), "Client nbns.group WARD-PC7\n");
        let user = tell([137, 137], &registration(3, false));
        assert!(user.starts_with("Client nbns.user ") && !user.contains("WARD"), "{user}");
        let query = question(0x0110, 0, "PACS", 0x20, 0x20);
        assert_eq!(tell([137, 137], &query), "Client nbns.query PACS<20>\n");
        assert_eq!(tell([137, 137], &answer(0x20, &[0, 0, 10, 0, 0, 9])), "10.0.0.9 nbns.name WARD-PC7\n");
    }

    #[test]
    fn a_hosts_status_tells_its_names_and_station() {
        let told = tell([137, 50_000], &status_answer());
        for wanted in [
            "Server nbns.name WARD-PC7\n",
            "Server nbns.group HOSPITAL\n",
            "Server nbns.user ",
            "Server nbns.role master_browser\n",
            "Server nbns.station 02:00:00:00:00:09\n",
        ] {
            assert!(told.contains(wanted), "{wanted} in {told}");
        }
        assert!(!told.contains("AMUSTER"), "{told}");
    }

    #[test]
    fn anything_is_safe() {
        for golden in [registration(0x20, false), status_answer(), answer(0x20, &[0, 0, 10, 0, 0, 9])] {
            batter_datagram::<NetbiosNames>([137, 137], &golden);
        }
        assert_eq!(datagram::<NetbiosNames>([137, 137], &[0; 60], false), None);
    }
}
