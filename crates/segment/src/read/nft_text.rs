//! The text of `nft list ruleset`, and scripts of the same language (nft(8)).

use super::nft::{Base, Chain, Element, Set, Table};
use super::nft_rules::build;
use super::nft_tokens::{END, Token, tokens};
use super::{Configuration, Language, Unreadable};
use std::collections::BTreeMap;

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

pub(super) struct Parser<'a> {
    pub(super) tokens: &'a [Token<'a>],
    pub(super) at: usize,
    lines: &'a [&'a str],
    tables: Vec<Table>,
    /// What `define` gave a name.
    pub(super) variables: BTreeMap<&'a str, Vec<Element>>,
}

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> Option<&'a str> {
        self.tokens.get(self.at).filter(|token| !token.is_quoted).map(|token| token.word)
    }

    pub(super) fn next(&mut self) -> Option<Token<'a>> {
        let token = self.tokens.get(self.at).copied();
        self.at += 1;
        token
    }

    pub(super) fn word(&mut self) -> Option<&'a str> {
        self.next().map(|token| token.word)
    }

    pub(super) fn line(&self) -> u32 {
        let token = self.tokens.get(self.at).or_else(|| self.tokens.last());
        token.map_or(1, |token| token.line)
    }

    /// True when the next word is this one; it is taken then.
    pub(super) fn takes(&mut self, word: &str) -> bool {
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

    pub(super) fn text(&self, line: u32) -> &'a str {
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
    pub(super) fn elements(&mut self) -> Result<Vec<Element>, Unreadable> {
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
