//! Domain Name System (RFC 1035) over UDP and TCP, and multicast DNS with service discovery (RFC 6762,
//! RFC 6763): which names addresses bear, who asks for what, what stations announce.

use crate::dissect::person::HostName;
use crate::dissect::{
    Datagram, DatagramDissector, Facts, Probe, Recognised, Side, Starts, StationFacts, Step, StreamDissector,
};
use crate::layers::u16_at;
use cordon_model::observe::Fact;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const A: u16 = 1;
const PTR: u16 = 12;
const TXT: u16 = 16;
const AAAA: u16 = 28;
const SRV: u16 = 33;
const INTERNET: u16 = 1;
/// Records read of one message; a message of 64 KiB could hold thousands.
const RECORDS_MAX: usize = 256;
/// Pointers followed in one name.
const POINTERS_MAX: usize = 32;
/// Texts told of one TXT record.
const TEXTS_MAX: usize = 64;
const HEADER: usize = 12;
const PORT_DNS: u16 = 53;
const PORT_MDNS: u16 = 5353;
const PORT_LLMNR: u16 = 5355;
/// The NetBIOS name service (RFC 1002) looks like DNS and is not: its port tells it apart.
const PORT_NETBIOS_NAMES: u16 = 137;

/// Name service over UDP.
#[derive(Debug)]
pub struct Names;

/// Multicast DNS.
#[derive(Debug)]
pub struct Mdns;

/// Link-local multicast name resolution.
#[derive(Debug)]
pub struct Llmnr;

impl DatagramDissector for Names {
    const STARTS: Starts = Starts::ANY;

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        if datagram.touches(PORT_NETBIOS_NAMES) {
            return Recognised::No;
        }
        match datagram.bytes {
            bytes if !datagram.touches(PORT_DNS) && !looks_like(bytes) => Recognised::No,
            [_, _, flags, ..] if flags & 0x80 == 0 => Recognised::From(Side::Client),
            [_, _, _, ..] => Recognised::From(Side::Server),
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        message(side, datagram.bytes, Scope::Unicast, datagram.cut, facts)
    }
}

impl DatagramDissector for Mdns {
    const STARTS: Starts = Starts::ANY;
    const PORTS: &'static [u16] = &[PORT_MDNS];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        if datagram.touches(PORT_MDNS) { Recognised::Unsided } else { Recognised::No }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        message(side, datagram.bytes, Scope::Multicast(datagram.source.0), datagram.cut, facts)
    }
}

impl DatagramDissector for Llmnr {
    const STARTS: Starts = Starts::ANY;
    const PORTS: &'static [u16] = &[PORT_LLMNR];

    fn recognise(datagram: &Datagram<'_>) -> Recognised {
        match datagram.bytes {
            [_, _, flags, ..] if datagram.touches(PORT_LLMNR) => {
                Recognised::From(if flags & 0x80 == 0 { Side::Client } else { Side::Server })
            }
            _ => Recognised::No,
        }
    }

    fn read(datagram: &Datagram<'_>, side: Side, facts: &mut dyn StationFacts) -> bool {
        message(side, datagram.bytes, Scope::LinkLocal, datagram.cut, facts)
    }
}

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// From a client to a server and back.
    Unicast,
    /// To a whole link; the sender's address is given.
    Multicast(IpAddr),
    /// Link-local name resolution (RFC 4795): the same format, but every station answers for itself and
    /// none is a name server.
    LinkLocal,
}

/// Reads one message; `cut` says that its end was not captured. Answers `false` when it is not DNS.
pub fn message(side: Side, bytes: &[u8], scope: Scope, cut: bool, facts: &mut dyn Facts) -> bool {
    let Some(message) = Message::new(bytes) else { return false };
    let whole = match (scope, message.is_response) {
        (Scope::Unicast, false) => message.query(side, facts),
        (Scope::Unicast, true) => message.response(Some(side), facts),
        (Scope::LinkLocal, false) => Some(()),
        (Scope::LinkLocal, true) => message.response(None, facts),
        // Answers in a multicast query repeat what others said (RFC 6762 7.1).
        (Scope::Multicast(_), false) => Some(()),
        (Scope::Multicast(sender), true) => message.announcement(side, sender, facts),
    };
    if whole.is_none() && !cut {
        facts.malformed();
    }
    true
}

/// True for bytes that are a whole DNS message and hardly anything else, whatever port they use.
pub fn looks_like(bytes: &[u8]) -> bool {
    let Some(message) = Message::new(bytes) else { return false };
    let plain = message.questions == 1 && message.flags & 0x7870 == 0;
    plain && message.is_whole() == Some(true)
}

/// A domain name in its textual form, dots and backslashes inside labels escaped (RFC 6763 4.3).
struct Name {
    bytes: [u8; 512],
    length: usize,
}

impl Name {
    fn text(&self) -> &[u8] {
        self.bytes.get(..self.length).unwrap_or_default()
    }

    fn push(&mut self, byte: u8) -> Option<()> {
        *self.bytes.get_mut(self.length)? = byte;
        self.length += 1;
        Some(())
    }

    fn push_label(&mut self, label: &[u8]) -> Option<()> {
        if self.length > 0 {
            self.push(b'.')?;
        }
        for byte in label {
            if matches!(byte, b'.' | b'\\') {
                self.push(b'\\')?;
            }
            self.push(*byte)?;
        }
        Some(())
    }

    fn ends_with(&self, suffix: &[u8]) -> bool {
        let text = self.text();
        let from = text.len().checked_sub(suffix.len());
        from.and_then(|from| text.get(from..)).is_some_and(|end| end.eq_ignore_ascii_case(suffix))
    }

    /// The address a name of the reverse trees stands for (RFC 1035 3.5, RFC 3596 2.5).
    fn reversed(&self) -> Option<IpAddr> {
        let text = std::str::from_utf8(self.text()).ok()?;
        if self.ends_with(b".in-addr.arpa") {
            let mut octets = [0u8; 4];
            let mut labels = text.get(..text.len() - 13)?.split('.');
            for octet in octets.iter_mut().rev() {
                *octet = labels.next()?.parse().ok()?;
            }
            return labels.next().is_none().then_some(IpAddr::V4(Ipv4Addr::from(octets)));
        }
        if self.ends_with(b".ip6.arpa") {
            let mut whole = 0u128;
            let mut count = 0;
            for label in text.get(..text.len() - 9)?.split('.') {
                let digit = u128::from(u8::from_str_radix(label, 16).ok().filter(|_| label.len() == 1)?);
                whole = whole >> 4 | digit << 124;
                count += 1;
            }
            return (count == 32).then_some(IpAddr::V6(Ipv6Addr::from(whole)));
        }
        None
    }

    /// True for `instance._type._tcp.local` and the like.
    fn is_service_instance(&self) -> bool {
        let text = self.text();
        let typed = memchr::memmem::find(text, b"._tcp.").or_else(|| memchr::memmem::find(text, b"._udp."));
        let Some(front) = typed.and_then(|at| text.get(..at)) else { return false };
        // Before the transport comes `_type`, and before that an instance.
        memchr::memmem::rfind(front, b"._").is_some_and(|at| at > 0) && !front.ends_with(b"_dns-sd")
    }
}

/// A message whose header makes sense.
#[derive(Clone, Copy)]
struct Message<'a> {
    bytes: &'a [u8],
    flags: u16,
    is_response: bool,
    questions: u16,
    answers: u16,
    others: u32,
    additional: u16,
}

struct Record<'a> {
    name: Name,
    kind: u16,
    class: u16,
    data: &'a [u8],
    data_at: usize,
}

impl<'a> Message<'a> {
    fn new(bytes: &'a [u8]) -> Option<Message<'a>> {
        let flags = u16_at(bytes, 2)?;
        let questions = u16_at(bytes, 4)?;
        let answers = u16_at(bytes, 6)?;
        let (authority, additional) = (u16_at(bytes, 8)?, u16_at(bytes, 10)?);
        bytes.get(..HEADER)?;
        // Opcodes above 6 are not assigned (IANA DNS parameters); the reserved bit is zero.
        if flags >> 11 & 0x0f > 6 || flags & 0x0040 != 0 {
            return None;
        }
        // Every question takes 5 bytes at least, every record 11.
        let least = usize::from(questions) * 5
            + (usize::from(answers) + usize::from(authority) + usize::from(additional)) * 11;
        let is_response = flags & 0x8000 != 0;
        if least > bytes.len().saturating_sub(HEADER).saturating_mul(64) || (questions == 0 && !is_response) {
            return None;
        }
        let others = u32::from(authority) + u32::from(additional);
        Some(Message { bytes, flags, is_response, questions, answers, others, additional })
    }

    /// Reads the name at `at`; answers it and where the bytes after it start.
    fn name(&self, mut at: usize) -> Option<(Name, usize)> {
        let mut name = Name { bytes: [0; 512], length: 0 };
        let mut end = None;
        let mut pointers = 0;
        loop {
            let length = *self.bytes.get(at)?;
            match length {
                0 => return Some((name, end.unwrap_or(at + 1))),
                1..=63 => {
                    name.push_label(self.bytes.get(at + 1..at + 1 + usize::from(length))?)?;
                    at += 1 + usize::from(length);
                }
                192.. => {
                    let target = usize::from(u16_at(self.bytes, at)? & 0x3fff);
                    pointers += 1;
                    // Only backwards: then every chain ends.
                    if target >= at || pointers > POINTERS_MAX {
                        return None;
                    }
                    end.get_or_insert(at + 2);
                    at = target;
                }
                _ => return None,
            }
        }
    }

    fn question(&self, at: usize) -> Option<(Name, u16, u16, usize)> {
        let (name, at) = self.name(at)?;
        Some((name, u16_at(self.bytes, at)?, u16_at(self.bytes, at + 2)?, at + 4))
    }

    fn record(&self, at: usize) -> Option<(Record<'a>, usize)> {
        let (name, at) = self.name(at)?;
        let (kind, class) = (u16_at(self.bytes, at)?, u16_at(self.bytes, at + 2)?);
        let data_at = at + 10;
        let end = data_at + usize::from(u16_at(self.bytes, at + 8)?);
        let data = self.bytes.get(data_at..end)?;
        // The top bit of a multicast answer's class asks to flush caches (RFC 6762 10.2).
        Some((Record { name, kind, class: class & 0x7fff, data, data_at }, end))
    }

    /// Where the records start: after the questions.
    fn after_questions(&self) -> Option<usize> {
        let mut at = HEADER;
        for _ in 0..usize::from(self.questions).min(RECORDS_MAX) {
            (_, _, _, at) = self.question(at)?;
        }
        Some(at)
    }

    /// True when everything parses, is of the Internet class and fills the message exactly.
    fn is_whole(&self) -> Option<bool> {
        let (name, kind, class, mut at) = self.question(HEADER)?;
        let sober = name.text().iter().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte));
        if name.length == 0 || !sober || class != INTERNET || kind == 0 || kind > 260 {
            return Some(false);
        }
        if !self.is_response && (self.answers > 0 || u32::from(self.additional) != self.others) {
            return Some(false);
        }
        for _ in 0..(u32::from(self.answers) + self.others).min(RECORDS_MAX as u32) {
            (_, at) = self.record(at)?;
        }
        Some(at == self.bytes.len())
    }

    fn query(&self, side: Side, facts: &mut dyn Facts) -> Option<()> {
        let mut at = HEADER;
        for _ in 0..usize::from(self.questions).min(RECORDS_MAX) {
            let (name, _, class, next) = self.question(at)?;
            if class == INTERNET && self.flags >> 11 & 0x0f == 0 {
                facts.fact(side, Fact::DnsQuery, HostName::of(name.text()).text());
            }
            at = next;
        }
        Some(())
    }

    /// What an answer says; `server` is the side that answers as a name server, if one does.
    fn response(&self, server: Option<Side>, facts: &mut dyn Facts) -> Option<()> {
        // An update's or notification's response (opcode 5, 4) answers no question.
        if self.flags >> 11 & 0x0f != 0 {
            return Some(());
        }
        let mut at = self.after_questions()?;
        // Refused or not implemented is no service.
        if let Some(side) = server.filter(|_| matches!(self.flags & 0x0f, 0 | 3)) {
            facts.fact(side, Fact::DnsServer, b"");
        }
        let asked = if self.questions == 1 { self.question(HEADER).map(|(name, ..)| name) } else { None };
        for _ in 0..usize::from(self.answers).min(RECORDS_MAX) {
            let (record, next) = self.record(at)?;
            at = next;
            if record.class != INTERNET {
                continue;
            }
            if let Some(address) = record.address() {
                facts.fact_at(address, Fact::DnsName, HostName::of(record.name.text()).text());
                // Behind an alias the name that was asked for leads here too.
                if let Some(asked) = asked.as_ref().filter(|asked| asked.text() != record.name.text()) {
                    facts.fact_at(address, Fact::DnsName, HostName::of(asked.text()).text());
                }
            } else if record.kind == PTR
                && let Some(address) = record.name.reversed()
                && let Some((target, _)) = self.name(record.data_at)
            {
                facts.fact_at(address, Fact::DnsReverseName, HostName::of(target.text()).text());
            }
        }
        Some(())
    }

    /// A multicast answer: what a station says of itself.
    fn announcement(&self, side: Side, sender: IpAddr, facts: &mut dyn Facts) -> Option<()> {
        let start = self.after_questions()?;
        let speaker = self.speaker(start, sender);
        let tell = |facts: &mut dyn Facts, fact, value: &[u8]| match speaker {
            None => facts.fact(side, fact, value),
            Some(address) => facts.fact_at(address, fact, value),
        };
        let mut at = start;
        for _ in 0..(u32::from(self.answers) + self.others).min(RECORDS_MAX as u32) {
            let (record, next) = self.record(at)?;
            at = next;
            if record.class != INTERNET {
                continue;
            }
            match record.kind {
                A | AAAA => match record.address() {
                    Some(address) if address == sender => {
                        facts.fact(side, Fact::MdnsName, HostName::of(record.name.text()).text())
                    }
                    Some(address) => {
                        facts.fact_at(address, Fact::MdnsName, HostName::of(record.name.text()).text())
                    }
                    None => {}
                },
                SRV => {
                    if record.name.is_service_instance() {
                        tell(facts, Fact::MdnsService, HostName::of(record.name.text()).text());
                    }
                    let target = record.data.get(6..).and_then(|_| self.name(record.data_at + 6));
                    if let Some((target, _)) = target {
                        tell(facts, Fact::MdnsName, HostName::of(target.text()).text());
                    }
                }
                PTR => {
                    if let Some((target, _)) =
                        self.name(record.data_at).filter(|(name, _)| name.is_service_instance())
                    {
                        tell(facts, Fact::MdnsService, HostName::of(target.text()).text());
                    }
                }
                TXT => {
                    for text in (Texts { rest: record.data }).take(TEXTS_MAX) {
                        tell(facts, Fact::MdnsText, text);
                    }
                }
                _ => {}
            }
        }
        Some(())
    }

    /// Whom an announcement is about when it is not its sender: reflectors between links pass on what
    /// others announced, recognised by addresses none of which is the sender's.
    fn speaker(&self, start: usize, sender: IpAddr) -> Option<IpAddr> {
        let mut other = None;
        let mut at = start;
        for _ in 0..(u32::from(self.answers) + self.others).min(RECORDS_MAX as u32) {
            let Some((record, next)) = self.record(at) else { break };
            at = next;
            match record.address() {
                Some(address) if address == sender => return None,
                Some(address) if address.is_ipv4() == sender.is_ipv4() => {
                    other.get_or_insert(address);
                }
                _ => {}
            }
        }
        other
    }
}

impl Record<'_> {
    fn address(&self) -> Option<IpAddr> {
        match self.kind {
            A => <[u8; 4]>::try_from(self.data).ok().map(IpAddr::from),
            AAAA => <[u8; 16]>::try_from(self.data).ok().map(IpAddr::from),
            _ => None,
        }
    }
}

/// The counted texts of a TXT record.
struct Texts<'a> {
    rest: &'a [u8],
}

impl<'a> Iterator for Texts<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.rest.split_first()?;
        let text = rest.get(..usize::from(*length))?;
        self.rest = rest.get(usize::from(*length)..).unwrap_or_default();
        Some(text)
    }
}

/// Messages longer than this are passed over: zone transfers, not what a device says of itself.
const STREAM_MESSAGE_MAX: usize = 16 << 10;

/// DNS over TCP: messages after a two-byte length (RFC 1035 4.2.2).
#[derive(Debug, Default)]
pub struct Dns {
    /// Bytes of a long message still to pass over, for each side.
    client_skip: u32,
    server_skip: u32,
}

impl StreamDissector for Dns {
    const STARTS: Starts = Starts::ANY;
    const HELD_BYTES_MAX: usize = 2 + STREAM_MESSAGE_MAX;

    fn probe(head: &[u8], port: u16) -> Probe {
        // Two bytes of length, then the header; a length that fits no message says no at once.
        let Some(length) = u16_at(head, 0) else { return if port == 53 { Probe::Unsure } else { Probe::No } };
        if usize::from(length) < HEADER + 5 {
            return Probe::No;
        }
        let Some(message) = head.get(2..2 + HEADER) else {
            return if port == 53 { Probe::Unsure } else { Probe::No };
        };
        let count = |at| u16_at(message, at).unwrap_or(u16::MAX);
        let flags = count(2);
        let is_response = flags & 0x8000 != 0;
        let sober = flags & 0x7840 == 0 && count(4) == 1 && (is_response || count(6) == 0);
        if !sober || (!is_response && (count(8) > 0 || count(10) > 2)) {
            return Probe::No;
        }
        let side = if is_response { Side::Server } else { Side::Client };
        match head.get(2..2 + usize::from(length)) {
            Some(whole) if looks_like(whole) => Probe::Certain(side),
            Some(_) if port == 53 && Message::new(head.get(2..).unwrap_or_default()).is_some() => {
                Probe::Certain(side)
            }
            Some(_) => Probe::No,
            // Not all is here: the header alone convinces only where DNS is expected.
            None if port == 53 => Probe::Certain(side),
            None if head.len() < 64 => Probe::Unsure,
            None => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let skip = self.skip(side);
        if *skip > 0 {
            let count = (*skip as usize).min(bytes.len());
            *skip -= count as u32;
            return Step::Took(count);
        }
        let Some(length) = u16_at(bytes, 0).map(usize::from) else { return Step::Took(0) };
        if length > STREAM_MESSAGE_MAX {
            *skip = length as u32;
            return Step::Took(2);
        }
        let Some(content) = bytes.get(2..2 + length) else { return Step::Took(0) };
        if !message(side, content, Scope::Unicast, false, facts) {
            facts.malformed();
        }
        Step::Took(2 + length)
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let skip = self.skip(side);
        match u32::try_from(missing) {
            Ok(missing) if missing <= *skip => {
                *skip -= missing;
                Step::Took(0)
            }
            _ => Step::Done,
        }
    }
}

impl Dns {
    fn skip(&mut self, side: Side) -> &mut u32 {
        if side == Side::Client { &mut self.client_skip } else { &mut self.server_skip }
    }
}

#[cfg(test)]
#[path = "dns_tests.rs"]
mod tests;
