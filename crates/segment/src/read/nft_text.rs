//! The text of `nft list ruleset`, and scripts of the same language (nft(8)).

use super::nft::{Base, Chain, Does, Element, Field, Rule, Set, Statement, Table, Values, field};
use super::nft_fields::{compared, has_ports};
use super::nft_rules::build;
use super::{Configuration, Language, Unreadable, shown};
use std::collections::BTreeMap;

/// A word, a sign, or the end of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token<'a> {
    line: u32,
    word: &'a str,
    /// It stood in quotation marks.
    is_quoted: bool,
}

/// The word for the end of a statement: a new line or a semicolon.
const END: &str = ";";

/// Reads a ruleset.
pub fn read(text: &str) -> Result<Configuration, Unreadable> {
    let tokens = tokens(text)?;
    let lines: Vec<&str> = text.lines().collect();
    let mut configuration = Configuration { language: Language::Nftables, ..Configuration::default() };
    let mut parser =
        Parser { tokens: &tokens, at: 0, lines: &lines, tables: Vec::new(), variables: BTreeMap::new() };
    parser.ruleset(&mut configuration)?;
    build(&parser.tables, &mut configuration);
    match configuration.lists.is_empty() {
        true => Err(Unreadable::NoLists),
        false => Ok(configuration),
    }
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, Unreadable> {
    let mut tokens = Vec::new();
    for (line, whole) in (1u32..).zip(text.lines()) {
        let mut rest = whole.trim_start();
        let mut goes_on = false;
        while let Some(first) = rest.chars().next() {
            let (word, is_quoted, length) = match first {
                '#' => {
                    // iptables' own matches and targets are shown behind this sign, and are no comments.
                    let behind = rest.get(1..).unwrap_or_default().trim_start();
                    if !["match ", "target ", "watcher "].iter().any(|word| behind.starts_with(word)) {
                        break;
                    }
                    ("#", false, 1)
                }
                '\\' if rest.len() == 1 => {
                    goes_on = true;
                    break;
                }
                '"' => {
                    let inner = rest.get(1..).unwrap_or_default();
                    let end = inner.find('"').ok_or_else(|| Unreadable::Broken {
                        line,
                        why: "a quotation mark is opened and not closed".to_owned(),
                    })?;
                    (inner.get(..end).unwrap_or_default(), true, end + 2)
                }
                '{' | '}' | ';' | ',' | '(' | ')' => (rest.get(..1).unwrap_or_default(), false, 1),
                '=' | '!' | '<' | '>' => {
                    let length = if rest.get(1..2) == Some("=") { 2 } else { 1 };
                    (rest.get(..length).unwrap_or_default(), false, length)
                }
                _ => {
                    let is_end = |c: char| c.is_whitespace() || "{};,()=!<>\"#".contains(c);
                    let length = rest.find(is_end).unwrap_or(rest.len());
                    (rest.get(..length).unwrap_or_default(), false, length)
                }
            };
            push(&mut tokens, Token { line, word, is_quoted });
            rest = rest.get(length..).unwrap_or_default().trim_start();
        }
        if !goes_on {
            tokens.push(Token { line, word: END, is_quoted: false });
        }
    }
    Ok(tokens)
}

/// A word may hold a colon between a key and what it maps to; those of IPv6 and of MAC addresses stay.
fn push<'a>(tokens: &mut Vec<Token<'a>>, token: Token<'a>) {
    let colons = token.word.bytes().filter(|byte| *byte == b':').count();
    match token.word.split_once(':') {
        Some((before, behind)) if colons == 1 && !token.is_quoted && token.word.len() > 1 => {
            for word in [before, ":", behind] {
                if !word.is_empty() {
                    tokens.push(Token { word, ..token });
                }
            }
        }
        _ => tokens.push(token),
    }
}

struct Parser<'a> {
    tokens: &'a [Token<'a>],
    at: usize,
    lines: &'a [&'a str],
    tables: Vec<Table>,
    /// What `define` gave a name.
    variables: BTreeMap<&'a str, Vec<Element>>,
}

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).filter(|token| !token.is_quoted).map(|token| token.word)
    }

    fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    fn word(&mut self) -> Option<&'a str> {
        self.next().map(|token| token.word)
    }

    fn line(&self) -> u32 {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.map_or(1, |token| token.line)
    }

    /// True when the next word is this one; it is taken then.
    fn takes(&mut self, word: &str) -> bool {
        let is_next = self.peek() == Some(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn skip_ends(&mut self) {
        while self.takes(END) {}
    }

    fn broken<T>(line: u32, why: &str) -> Result<T, Unreadable> {
        Err(Unreadable::Broken { line, why: why.to_owned() })
    }

    fn ruleset(&mut self, configuration: &mut Configuration) -> Result<(), Unreadable> {
        loop {
            self.skip_ends();
            let line = self.line();
            let Some(word) = self.word() else { return Ok(()) };
            match word {
                "table" => self.table(line)?,
                // Statements of scripts; what empties a table before it is filled changes nothing of what is read.
                "flush" | "delete" | "destroy" | "list" => self.skip_statement()?,
                "add" | "create" | "insert" => self.add(line)?,
                "define" => self.define()?,
                _ => {
                    configuration.pass_over(line, self.text(line));
                    self.skip_statement()?;
                }
            }
        }
    }

    fn text(&self, line: u32) -> &'a str {
        self.lines.get((line as usize).saturating_sub(1)).copied().unwrap_or_default()
    }

    fn define(&mut self) -> Result<(), Unreadable> {
        let name = self.word().unwrap_or_default();
        self.takes("=");
        let elements = match self.takes("{") {
            true => self.elements()?,
            false => {
                let token = self.next();
                let key = token.map(|token| token.word.to_owned()).into_iter().collect();
                vec![Element { key, ..Element::default() }]
            }
        };
        self.variables.insert(name, elements);
        self.skip_statement()
    }

    /// Goes behind the end of a statement, with the braces in it.
    fn skip_statement(&mut self) -> Result<(), Unreadable> {
        let (line, mut depth) = (self.line(), 0usize);
        loop {
            match self.peek() {
                Some(END) if depth == 0 => return Ok(()),
                Some("}") if depth == 0 => return Ok(()),
                Some("{") => depth += 1,
                Some("}") => depth -= 1,
                None if self.at >= self.tokens.len() => {
                    return match depth {
                        0 => Ok(()),
                        _ => Self::broken(line, "a brace is opened and not closed; is the file cut off?"),
                    };
                }
                _ => {}
            }
            self.at += 1;
        }
    }

    /// The table that is named next, taken out; it must be put back.
    fn take_table(&mut self) -> Table {
        let word = self.word().unwrap_or_default();
        let (family, name) = match word {
            "ip" | "ip6" | "inet" | "arp" | "bridge" | "netdev" => (word, self.word().unwrap_or_default()),
            name => ("ip", name),
        };
        match self.tables.iter().position(|table| table.family == family && table.name == name) {
            Some(found) => self.tables.swap_remove(found),
            None => Table { family: family.to_owned(), name: name.to_owned(), ..Table::default() },
        }
    }

    fn table(&mut self, line: u32) -> Result<(), Unreadable> {
        let mut table = self.take_table();
        if !self.takes("{") {
            self.tables.push(table);
            return self.skip_statement();
        }
        loop {
            self.skip_ends();
            let at = self.line();
            match self.word() {
                Some("}") => break,
                None => return Self::broken(line, "this table does not end; is the file cut off?"),
                Some("chain") => self.chain(at, &mut table)?,
                Some("set" | "map") => self.set(at, &mut table)?,
                // Counters, helpers and the like decide nothing by themselves.
                Some(_) => self.skip_statement()?,
            }
        }
        self.tables.push(table);
        Ok(())
    }

    /// `add table|chain|set|map|element|rule …`.
    fn add(&mut self, line: u32) -> Result<(), Unreadable> {
        let kind = self.word().unwrap_or_default();
        match kind {
            "table" => return self.table(line),
            "chain" | "set" | "map" | "element" | "rule" => {}
            _ => return self.skip_statement(),
        }
        let mut table = self.take_table();
        match kind {
            "chain" => self.chain(line, &mut table)?,
            "set" | "map" => self.set(line, &mut table)?,
            "element" => {
                let name = self.word().unwrap_or_default();
                self.takes("{");
                let elements = self.elements()?;
                if let Some(set) = table.sets.iter_mut().find(|set| set.name == name) {
                    set.elements.extend(elements);
                }
            }
            _ => {
                let mut chain = take_chain(&mut table, self.word().unwrap_or_default());
                let rule = self.rule()?;
                chain.rules.push(rule);
                table.chains.push(chain);
            }
        }
        self.tables.push(table);
        Ok(())
    }

    fn chain(&mut self, line: u32, table: &mut Table) -> Result<(), Unreadable> {
        let mut chain = take_chain(table, self.word().unwrap_or_default());
        if !self.takes("{") {
            table.chains.push(chain);
            return self.skip_statement();
        }
        loop {
            self.skip_ends();
            match self.peek() {
                Some("}") => break,
                Some("type") => {
                    self.at += 1;
                    chain.base = Some(self.base());
                }
                Some("policy") => {
                    self.at += 1;
                    let is_drop = self.word() == Some("drop");
                    if let Some(base) = &mut chain.base {
                        base.is_drop = is_drop;
                    }
                }
                Some("comment") => self.skip_statement()?,
                Some("devices") => self.skip_statement()?,
                _ if self.at >= self.tokens.len() => {
                    return Self::broken(line, "this chain does not end; is the file cut off?");
                }
                _ => {
                    let rule = self.rule()?;
                    chain.rules.push(rule);
                }
            }
        }
        self.at += 1;
        table.chains.push(chain);
        Ok(())
    }

    /// `filter hook forward [device X | devices = { X, Y }] priority filter [+ N]`.
    fn base(&mut self) -> Base {
        let mut base = Base { kind: self.word().unwrap_or_default().to_owned(), ..Base::default() };
        while let Some(word) = self.peek().filter(|word| *word != END && *word != "}") {
            self.at += 1;
            match word {
                "hook" => base.hook = self.word().unwrap_or_default().to_owned(),
                "device" => base.devices.extend(self.word().map(str::to_owned)),
                "devices" => {
                    self.takes("=");
                    self.takes("{");
                    while let Some(token) = self.next().filter(|token| token.word != "}") {
                        if token.word != "," {
                            base.devices.push(token.word.to_owned());
                        }
                    }
                }
                "priority" => {
                    base.priority = priority(self.word().unwrap_or_default());
                    let sign = if self.takes("-") { -1 } else { i32::from(self.takes("+")) };
                    if sign != 0 {
                        let more: i32 = self.word().and_then(|word| word.parse().ok()).unwrap_or(0);
                        base.priority = base.priority.saturating_add(sign.saturating_mul(more));
                    }
                }
                _ => {}
            }
        }
        base
    }

    fn set(&mut self, line: u32, table: &mut Table) -> Result<(), Unreadable> {
        let mut set = Set { name: self.word().unwrap_or_default().to_owned(), ..Set::default() };
        if !self.takes("{") {
            table.sets.push(set);
            return self.skip_statement();
        }
        loop {
            self.skip_ends();
            match self.word() {
                Some("}") => break,
                None => return Self::broken(line, "this set does not end; is the file cut off?"),
                Some("flags") => {
                    while let Some(word) = self.peek().filter(|word| !matches!(*word, END | "}")) {
                        set.is_dynamic |= word == "dynamic";
                        self.at += 1;
                    }
                }
                Some("elements") => {
                    self.takes("=");
                    if !self.takes("{") {
                        return Self::broken(self.line(), "the elements of a set stand in braces");
                    }
                    set.elements.extend(self.elements()?);
                }
                Some(_) => self.skip_statement()?,
            }
        }
        table.sets.retain(|other| other.name != set.name);
        table.sets.push(set);
        Ok(())
    }

    /// Elements up to the brace that closes them.
    fn elements(&mut self) -> Result<Vec<Element>, Unreadable> {
        let begun = self.line();
        let mut elements = Vec::new();
        let mut element = Element::default();
        let mut texts: Vec<&str> = Vec::new();
        loop {
            let Some(token) = self.next() else {
                return Self::broken(begun, "a brace is opened and not closed; is the file cut off?");
            };
            if !token.is_quoted && matches!(token.word, "," | "}") {
                if !element.key.is_empty() {
                    element.text = texts.join(" ");
                    elements.push(std::mem::take(&mut element));
                }
                texts.clear();
                if token.word == "}" {
                    return Ok(elements);
                }
                continue;
            }
            if token.word == END && !token.is_quoted {
                continue;
            }
            if element.key.is_empty() {
                element.place = token.line;
            }
            texts.push(token.word);
            match token.word {
                "." if !token.is_quoted => {}
                ":" if !token.is_quoted => {
                    let start = self.at;
                    element.verdict = self.does();
                    texts.extend(self.tokens.get(start..self.at).unwrap_or_default().iter().map(|t| t.word));
                    // What a map of addresses or ports maps to is a value.
                    while element.verdict.is_none()
                        && self.peek().is_some_and(|word| !matches!(word, "," | "}"))
                    {
                        self.at += 1;
                    }
                }
                "timeout" | "expires" | "comment" if !element.key.is_empty() && !token.is_quoted => {
                    texts.extend(self.next().map(|token| token.word));
                }
                "counter" if !element.key.is_empty() && !token.is_quoted => self.counter(),
                word if word.starts_with('$') => self.variable(word, &mut element, &mut elements),
                word => element.key.push(word.to_owned()),
            }
        }
    }

    /// A variable alone stands for its elements; within a key for its only value.
    fn variable(&mut self, word: &str, element: &mut Element, elements: &mut Vec<Element>) {
        let known = self.variables.get(word.trim_start_matches('$')).cloned().unwrap_or_default();
        match known.as_slice() {
            [one] if one.key.len() == 1 => element.key.extend(one.key.clone()),
            _ => elements.extend(known),
        }
    }

    /// `packets N bytes N`.
    fn counter(&mut self) {
        for word in ["packets", "bytes"] {
            if self.takes(word) {
                self.at += 1;
            }
        }
    }

    /// What is done, where that comes next.
    fn does(&mut self) -> Option<Does> {
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
    fn rule(&mut self) -> Result<Rule, Unreadable> {
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

/// The chain of this name, taken out; it must be put back.
fn take_chain(table: &mut Table, name: &str) -> Chain {
    match table.chains.iter().position(|chain| chain.name == name) {
        Some(found) => table.chains.swap_remove(found),
        None => Chain { name: name.to_owned(), ..Chain::default() },
    }
}

/// The numbers behind the names of priorities (nft(8), "Standard priority names").
pub(super) fn priority(word: &str) -> i32 {
    match word {
        "raw" => -300,
        "mangle" => -150,
        "dstnat" => -100,
        "filter" => 0,
        "security" => 50,
        "srcnat" => 100,
        "out" => 100,
        number => number.parse().unwrap_or(0),
    }
}
