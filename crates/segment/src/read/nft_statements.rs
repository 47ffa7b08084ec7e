//! Rules of nftables: comparisons, verdicts, and what else a rule does.

use super::nft::{Does, Element, Field, Rule, Statement, Values, field};
use super::nft_fields::{compared, has_ports};
use super::nft_text::Parser;
use super::nft_tokens::END;
use super::{Unreadable, shown};

impl Parser<'_> {
    /// `packets N bytes N`.
    pub(super) fn counter(&mut self) {
        for word in ["packets", "bytes"] {
            if self.takes(word) {
                self.at += 1;
            }
        }
    }

    /// What is done, where that comes next.
    pub(super) fn does(&mut self) -> Option<Does> {
        let does = match self.peek()? {
            "accept" => Does::Accept,
            "drop" | "reject" => Does::Drop,
            "return" => Does::Return,
            "continue" => Does::Continue,
            word @ ("jump" | "goto") => {
                self.at += 1;
                let chain = self.tokens.get(self.at).map(|token| token.word.to_owned()).unwrap_or_default();
                if word == "jump" { Does::Jump(chain) } else { Does::Goto(chain) }
            }
            _ => return None,
        };
        self.at += 1;
        Some(does)
    }

    /// A rule up to its end.
    pub(super) fn rule(&mut self) -> Result<Rule, Unreadable> {
        let place = self.line();
        let mut rule = Rule { place, text: shown(self.text(place)), statements: Vec::new() };
        while let Some(token) = self.tokens.get(self.at).copied() {
            if !token.is_quoted && token.word == END {
                self.at += 1;
                break;
            }
            if !token.is_quoted && token.word == "}" {
                break;
            }
            let before = self.at;
            let statement = self.statement()?;
            rule.statements.push(statement);
            // Whatever a statement is, something of it is taken.
            self.at = self.at.max(before + 1);
        }
        Ok(rule)
    }

    fn statement(&mut self) -> Result<Statement, Unreadable> {
        if let Some(does) = self.does() {
            if does == Does::Drop {
                self.skip_words();
            }
            return Ok(Statement::Does(does));
        }
        let start = self.at;
        let Some(token) = self.next() else { return Ok(Statement::Nothing) };
        Ok(match token.word {
            "counter" => {
                if self.takes("name") {
                    self.at += 1;
                }
                self.counter();
                Statement::Nothing
            }
            "log" => {
                self.log();
                Statement::Nothing
            }
            "comment" => {
                self.at += 1;
                Statement::Nothing
            }
            "flow" => {
                self.skip_words();
                Statement::Nothing
            }
            "notrack" => Statement::NoTrack,
            "limit" | "quota" => {
                self.skip_words();
                Statement::Sometimes(self.words(start))
            }
            "add" | "update" | "delete" => {
                self.skip_words();
                let words = self.words(start);
                match ["limit", "count", "quota"].iter().any(|word| words.contains(word)) {
                    true => Statement::Sometimes(words),
                    false => Statement::Nothing,
                }
            }
            "queue" => {
                self.skip_words();
                Statement::Does(Does::Unknown(self.words(start)))
            }
            "masquerade" | "snat" | "dnat" | "redirect" | "tproxy" => {
                self.skip_words();
                Statement::Translates(self.words(start))
            }
            "dup" | "fwd" | "synproxy" | "xt" | "#" => {
                self.skip_words();
                Statement::Unknown(self.words(start))
            }
            _ => {
                self.at = start;
                self.comparison()?
            }
        })
    }

    fn words(&self, start: usize) -> String {
        let tokens = self.tokens.get(start..self.at).unwrap_or_default();
        tokens.iter().map(|token| token.word).collect::<Vec<_>>().join(" ")
    }

    fn log(&mut self) {
        while let Some(word) = self.peek() {
            match word {
                "prefix" | "level" | "group" | "snaplen" | "queue-threshold" => self.at += 2,
                "flags" => {
                    self.at += 2;
                    while self.peek().is_some_and(|word| matches!(word, "," | "sequence" | "options")) {
                        self.at += 1;
                    }
                }
                _ => return,
            }
        }
    }

    /// Goes on to where a statement that is known begins, or the rule ends.
    fn skip_words(&mut self) {
        let mut depth = 0usize;
        while let Some(token) = self.tokens.get(self.at).copied() {
            match token.word {
                _ if token.is_quoted => {}
                "{" | "(" => depth += 1,
                "}" | ")" if depth > 0 => depth -= 1,
                "}" => return,
                _ if depth > 0 => {}
                END | "accept" | "drop" | "reject" | "return" | "continue" | "jump" | "goto" | "queue"
                | "counter" | "log" | "comment" => return,
                _ => {}
            }
            self.at += 1;
        }
    }

    /// `FIELD [. FIELD]… [OPERATOR] VALUES` or `FIELD… vmap …`.
    fn comparison(&mut self) -> Result<Statement, Unreadable> {
        let start = self.at;
        let mut fields = vec![self.field()];
        while self.takes(".") {
            fields.push(self.field());
        }
        let is_unknown = |field: &Field| matches!(field, Field::Other(_));
        if fields.iter().all(is_unknown) {
            return self.unknown(start);
        }
        if self.takes("vmap") {
            let values = self.values(fields.len())?;
            return Ok(Statement::Map { fields, values });
        }
        if self.peek() == Some("set") {
            // The packet is changed.
            self.skip_words();
            return Ok(Statement::Translates(self.words(start)));
        }
        let operator =
            self.peek().filter(|word| matches!(*word, "==" | "!=" | "<" | ">" | "<=" | ">=" | "!"));
        if operator.is_some() {
            self.at += 1;
        }
        if self.peek().is_some_and(|word| matches!(word, "&" | "|" | "^" | "(" | "map" | "and" | "or")) {
            return self.unknown(start);
        }
        let mut values = self.values(fields.len())?;
        if self.peek().is_some_and(|word| matches!(word, "/" | "&" | "|")) {
            return self.unknown(start);
        }
        if let Some(operator @ ("<" | ">" | "<=" | ">=")) = operator {
            let bound = match (&values, fields.as_slice()) {
                (Values::These(elements), [field]) if has_ports(field) => {
                    elements.first().and_then(|one| compared(operator, one.key.first()?))
                }
                _ => None,
            };
            let Some(bound) = bound else { return self.unknown(start) };
            values = Values::These(vec![Element { key: vec![bound], ..Element::default() }]);
        }
        Ok(Statement::Match { fields, is_not: matches!(operator, Some("!=" | "!")), values })
    }

    /// What is not understood, with all its words; marks that are set on a packet do not decide.
    fn unknown(&mut self, start: usize) -> Result<Statement, Unreadable> {
        self.skip_words();
        let words = self.words(start);
        if goes_on(&words) {
            return Ok(Statement::GoesOn);
        }
        let mut parts = words.split(' ');
        let sets = matches!(
            (parts.next(), parts.next(), parts.next()),
            (
                Some("meta" | "ct"),
                Some("mark" | "priority" | "nftrace" | "helper" | "label" | "zone"),
                Some("set")
            )
        ) || words.starts_with("tcp option maxseg size set")
            || words.starts_with("ip dscp set")
            || words.starts_with("ip6 dscp set");
        let compares = matches!(
            words.split(' ').next(),
            Some(
                "meta"
                    | "ct"
                    | "ip"
                    | "ip6"
                    | "tcp"
                    | "udp"
                    | "th"
                    | "icmp"
                    | "icmpv6"
                    | "ether"
                    | "vlan"
                    | "fib"
                    | "rt"
                    | "socket"
                    | "exthdr"
                    | "iifgroup"
                    | "oifgroup"
                    | "iiftype"
                    | "oiftype"
                    | "mark"
                    | "pkttype"
                    | "skuid"
                    | "skgid"
                    | "hour"
                    | "day"
                    | "time"
                    | "arp"
                    | "ah"
                    | "esp"
                    | "comp"
                    | "dccp"
                    | "sctp"
                    | "udplite"
                    | "ibrname"
                    | "obrname"
            )
        );
        Ok(match (sets, compares) {
            (true, _) => Statement::Nothing,
            (_, true) => Statement::Sometimes(words),
            _ => Statement::Unknown(words),
        })
    }

    fn field(&mut self) -> Field {
        let first = self.word().unwrap_or_default();
        match first {
            "iif" | "iifname" | "oif" | "oifname" => field(&[first]),
            _ => {
                let second = self.peek().unwrap_or_default();
                let found = field(&[first, second]);
                if !matches!(second, END | "}" | "{") {
                    self.at += 1;
                }
                found
            }
        }
    }

    fn values(&mut self, fields: usize) -> Result<Values, Unreadable> {
        if self.takes("{") {
            return Ok(Values::These(self.elements()?));
        }
        let Some(token) =
            self.tokens.get(self.at).copied().filter(|token| token.word != END || token.is_quoted)
        else {
            return Ok(Values::These(Vec::new()));
        };
        if let Some(name) = token.word.strip_prefix('@').filter(|_| !token.is_quoted) {
            self.at += 1;
            return Ok(Values::Named(name.to_owned()));
        }
        if let Some(name) = token.word.strip_prefix('$').filter(|_| !token.is_quoted) {
            self.at += 1;
            return Ok(match self.variables.get(name) {
                Some(elements) => Values::These(elements.clone()),
                None => Values::Named(token.word.to_owned()),
            });
        }
        let mut element = Element { place: token.line, ..Element::default() };
        loop {
            let mut value = self.word().unwrap_or_default().to_owned();
            while self.takes(",") {
                value.push(',');
                value.push_str(self.word().unwrap_or_default());
            }
            element.key.push(value);
            if element.key.len() >= fields || !self.takes(".") {
                return Ok(Values::These(vec![element]));
            }
        }
    }
}

/// `tcp flags & (fin | syn | rst | ack) != syn`, and as newer versions print it, `tcp flags != syn / fin,syn,rst,ack`:
/// the first packet of TCP is the only one with SYN and without ACK.
fn goes_on(words: &str) -> bool {
    let plain: String =
        words.chars().filter(|letter| !letter.is_whitespace() && !matches!(letter, '(' | ')')).collect();
    let flags = match plain.strip_prefix("tcpflags") {
        Some(rest) => rest.strip_prefix("!=syn/").or_else(|| rest.strip_prefix('&')?.strip_suffix("!=syn")),
        None => None,
    };
    let mut flags: Vec<&str> = flags.into_iter().flat_map(|flags| flags.split([',', '|'])).collect();
    flags.sort_unstable();
    flags == ["ack", "fin", "rst", "syn"] || flags == ["ack", "syn"]
}
