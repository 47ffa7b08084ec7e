//! Ports that a sentence of a free text names, with their transport: `TCP 443`, `443/tcp`, `UDP ports 5000-5010`,
//! `port 104 (TCP)`, `TCP/UDP 53`. A number without one of these words beside it is no port.

use cordon_model::observe::Transport;
use std::collections::BTreeSet;

/// Tokens read of a sentence.
const TOKENS_MAX: usize = 400;
/// A longer range is not read port by port.
const RANGE_MAX: u16 = 256;
/// Words that may stand between a transport and its numbers.
const FILLERS: [&str; 6] = ["port", "ports", "number", "numbers", "on", "at"];

/// What a sentence names.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// Transport and ports, those of one transport together.
    pub(super) services: Vec<(Transport, Vec<u16>)>,
    /// Ports of which it does not say the transport.
    pub(super) unclear: BTreeSet<u16>,
}

/// A word or number, and what stands between it and the one before.
struct Token<'a> {
    before: &'a str,
    text: &'a str,
}

impl Token<'_> {
    fn transport(&self) -> Option<Transport> {
        match self.text {
            _ if self.text.eq_ignore_ascii_case("tcp") => Some(Transport::Tcp),
            _ if self.text.eq_ignore_ascii_case("udp") => Some(Transport::Udp),
            _ => None,
        }
    }

    fn is(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.text.eq_ignore_ascii_case(word))
    }

    /// The ports of a number or range.
    fn ports(&self) -> Option<(u16, u16)> {
        let port = |text: &str| text.parse::<u16>().ok().filter(|port| *port > 0);
        let (first, last) = self.text.split_once('-').unwrap_or((self.text, self.text));
        let (first, last) = (port(first)?, port(last)?);
        (first <= last && last - first < RANGE_MAX).then_some((first, last))
    }
}

fn tokens(sentence: &str) -> Vec<Token<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.');
    let mut found = Vec::new();
    let mut rest = sentence;
    while found.len() < TOKENS_MAX {
        let begin = rest.find(is_part).unwrap_or(rest.len());
        let (before, after) = rest.split_at(begin);
        let end = after.find(|c: char| !is_part(c)).unwrap_or(after.len());
        let (text, left) = after.split_at(end);
        if text.is_empty() {
            break;
        }
        found.push(Token { before, text: text.trim_matches(['.', '-']) });
        rest = left;
    }
    found
}

/// The ports that a sentence names.
pub(super) fn named(sentence: &str) -> Named {
    let tokens = tokens(sentence);
    let mut ports: [BTreeSet<u16>; 2] = Default::default();
    let mut found = Named::default();
    let mut at = 0;
    while at < tokens.len() {
        let end = list_end(&tokens, at);
        if end == at {
            at += 1;
            continue;
        }
        let list = tokens.get(at..end).unwrap_or_default();
        let numbers = list.iter().filter_map(Token::ports).flat_map(|(first, last)| first..=last);
        let (transports, is_port) = around(&tokens, at, end);
        for port in numbers {
            match transports {
                [false, false] if is_port => _ = found.unclear.insert(port),
                [false, false] => {}
                known => {
                    for (set, _) in ports.iter_mut().zip(known).filter(|(_, known)| *known) {
                        set.insert(port);
                    }
                }
            }
        }
        at = end;
    }
    for (transport, ports) in [Transport::Tcp, Transport::Udp].into_iter().zip(ports) {
        if !ports.is_empty() {
            found.services.push((transport, ports.into_iter().collect()));
        }
    }
    found
}

/// Where the list of numbers that begins at `at` ends: numbers with commas, strokes, `and` or `or` between.
fn list_end(tokens: &[Token<'_>], at: usize) -> usize {
    let mut end = at;
    while let Some(token) = tokens.get(end) {
        let joined = end == at || token.before.contains([',', '/', '&']);
        let word = end > at && token.is(&["and", "or"]);
        let next_is_number = tokens.get(end + 1).is_some_and(|next| next.ports().is_some());
        if word && next_is_number {
            // The number behind `and` belongs to the list whatever stands between.
            end += 2;
        } else if joined && token.ports().is_some() {
            // `443/TCP, 161/UDP`: the second has a transport of its own.
            let own = end > at
                && tokens.get(end + 1).is_some_and(|next| next.before == "/" && next.transport().is_some());
            if own {
                break;
            }
            end += 1;
        } else {
            break;
        }
    }
    end
}

/// The transports named beside a list (TCP, UDP), and whether it is said to be of ports.
fn around(tokens: &[Token<'_>], from: usize, end: usize) -> ([bool; 2], bool) {
    let which = |transport: Option<Transport>| match transport {
        Some(Transport::Tcp) => [true, false],
        Some(_) => [false, true],
        None => [false, false],
    };
    let mut back = from;
    let mut is_port = false;
    while let Some(token) =
        back.checked_sub(1).and_then(|at| tokens.get(at)).filter(|token| token.is(&FILLERS))
    {
        is_port |= token.is(&["port", "ports"]);
        back -= 1;
    }
    let before = back.checked_sub(1).and_then(|at| tokens.get(at));
    let after = tokens.get(end);
    // `443/TCP` is bound more tightly than a word before it.
    let stroke = after.filter(|token| token.before == "/").and_then(Token::transport);
    if stroke.is_some() {
        return (which(stroke), is_port);
    }
    if let Some(transport) = before.and_then(Token::transport) {
        let mut both = which(Some(transport));
        let ahead = back.checked_sub(2).and_then(|at| tokens.get(at)).and_then(Token::transport);
        let joined = before.is_some_and(|token| matches!(token.before.trim(), "/" | "&"));
        if let Some(other) = ahead.filter(|_| joined) {
            let other = which(Some(other));
            both = [both[0] | other[0], both[1] | other[1]];
        }
        // `161/UDP 443`: that transport is of the number before it.
        let taken = before.is_some_and(|token| token.before == "/")
            && back.checked_sub(2).and_then(|at| tokens.get(at)).is_some_and(|token| token.ports().is_some());
        if !taken {
            return (both, is_port);
        }
    }
    let close = after.filter(|token| matches!(token.before.trim(), "" | "(")).and_then(Token::transport);
    (which(close), is_port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(sentence: &str, tcp: &[u16], udp: &[u16], unclear: &[u16]) {
        let found = named(sentence);
        let of = |wanted| {
            found
                .services
                .iter()
                .find(|(transport, _)| *transport == wanted)
                .map_or(&[][..], |(_, ports)| ports)
        };
        assert_eq!(of(Transport::Tcp), tcp, "{sentence}");
        assert_eq!(of(Transport::Udp), udp, "{sentence}");
        assert_eq!(found.unclear.iter().copied().collect::<Vec<_>>(), unclear, "{sentence}");
    }

    #[test]
    fn ports_are_read_as_people_write_them() {
        check("TCP 443", &[443], &[], &[]);
        check("tcp/443 outbound", &[443], &[], &[]);
        check("443/TCP, 161/UDP", &[443], &[161], &[]);
        check("TCP port 104, 11112 and 2762 (DICOM)", &[104, 2762, 11112], &[], &[]);
        check("UDP ports 5000-5003 to the central", &[], &[5000, 5001, 5002, 5003], &[]);
        check("TCP 443, UDP 123", &[443], &[123], &[]);
        check("TCP/UDP 53", &[53], &[53], &[]);
        check("listens on port 104 (TCP)", &[104], &[], &[]);
        check("HTTPS on port 8443", &[], &[], &[8443]);
        check("443 TCP", &[443], &[], &[]);
        check("TCP: 80 & 443", &[80, 443], &[], &[]);
    }

    #[test]
    fn other_numbers_are_no_ports() {
        for text in [
            "TLS 1.2 or higher",
            "IEEE 802.11",
            "TCP/IP v4",
            "Windows 10",
            "see note 3",
            "up to 4 ports",
            "TCP 0",
            "TCP 70000",
            "within 24 hours",
            "TCP 1-65535",
            "CAT 6 cable, 10/100/1000",
        ] {
            check(text, &[], &[], &[]);
        }
    }

    proptest! {
        #[test]
        fn any_text_is_safe(text in "\\PC{0,200}", pieces in proptest::collection::vec("(tcp|UDP|/|,| |port|[0-9]{1,6}|-|and|\\()", 0..60)) {
            named(&text);
            named(&pieces.concat());
        }
    }
}
