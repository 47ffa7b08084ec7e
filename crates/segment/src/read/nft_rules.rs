//! Rulesets of nftables as lists of lines.

use super::building::Building;
use super::nft::{Chain, Does, Element, Field, Rule, Statement, Table, Values};
use super::nft_fields::{one, present};
use super::{Configuration, Hook, Tracking, shown};
use crate::lists::{Action, Line, List, Match, State, Verdict};
use std::collections::BTreeMap;

/// Brings tables into a configuration.
pub(super) fn build(tables: &[Table], configuration: &mut Configuration) {
    configuration.tracking = Tracking::ByLists;
    // Tables of ARP see no IP packet.
    for table in tables.iter().filter(|table| table.family != "arp") {
        let sets = table.sets.iter().map(|set| (set.name.as_str(), set)).collect();
        let reader = Reader { table, sets };
        for chain in &table.chains {
            reader.chain(chain, configuration);
        }
    }
    configuration.hooks.sort_by_key(Hook::order);
}

struct Reader<'a> {
    table: &'a Table,
    sets: BTreeMap<&'a str, &'a super::nft::Set>,
}

impl Reader<'_> {
    fn name(&self, chain: &str) -> String {
        format!("{} {} {chain}", self.table.family, self.table.name)
    }

    fn chain(&self, chain: &Chain, configuration: &mut Configuration) {
        let mut lines = Vec::new();
        for rule in &chain.rules {
            self.rule(rule, &mut lines, configuration);
        }
        let is_drop = chain.base.as_ref().is_some_and(|base| base.is_drop);
        let otherwise = if is_drop { Action::Deny } else { Action::Permit };
        let name = self.name(&chain.name);
        if let Some(base) = &chain.base {
            let stops = is_drop || lines.iter().any(|line| line.verdict != Verdict::Permit);
            // Of frames that a bridge passes on, the rest of the hooks are met by others too.
            let is_met = self.table.family != "bridge" || base.hook == "forward";
            // Translation lets through what it does not stop.
            configuration.bridges |= self.table.family == "bridge" && base.hook == "forward";
            if is_met && (base.kind != "nat" || stops) {
                configuration.hooks.push(Hook {
                    list: name.clone(),
                    at: base.hook.clone(),
                    priority: base.priority,
                    only_ipv6: match self.table.family.as_str() {
                        "ip" => Some(false),
                        "ip6" => Some(true),
                        _ => None,
                    },
                    devices: base.devices.clone(),
                });
            }
        }
        configuration.lists.insert(name.clone(), List { name, lines, otherwise });
    }

    fn rule(&self, rule: &Rule, lines: &mut Vec<Line>, configuration: &mut Configuration) {
        let mut building = Building::default();
        let before = lines.len();
        let mut decides = false;
        for statement in &rule.statements {
            match statement {
                Statement::Nothing => {}
                Statement::GoesOn => {
                    building.and(vec![present(&Field::SourcePort(&[6]))]);
                    building.state(State::Established);
                }
                Statement::NoTrack => configuration.pass_over(rule.place, &rule.text),
                Statement::Match { fields, is_not, values } => {
                    self.matches(&mut building, fields, *is_not, values);
                }
                Statement::Sometimes(words) => building.doubt(words.as_str()),
                Statement::Unknown(words) => {
                    building.doubt(words.as_str());
                    // It may decide as well as match.
                    decides = true;
                }
                Statement::Translates(words) => {
                    let mut line = line(rule, building.clone(), Verdict::Permit);
                    lines.push(line.clone());
                    line.not_understood = Some(words.clone());
                    configuration.translations.push(line);
                    break;
                }
                Statement::Does(does) => {
                    lines.extend(self.does(rule, building.clone(), does));
                    decides = false;
                    break;
                }
                Statement::Map { fields, values } => {
                    self.map(rule, &building, (fields, values), lines);
                    decides = false;
                }
            }
        }
        if decides {
            lines.push(line(rule, building, Verdict::Unknown));
        }
        for line in lines.iter().skip(before) {
            configuration.count(line);
        }
    }

    fn does(&self, rule: &Rule, mut building: Building, does: &Does) -> Option<Line> {
        let verdict = match does {
            Does::Accept => Verdict::Permit,
            Does::Drop => Verdict::Deny,
            Does::Return => Verdict::Return,
            Does::Continue => return None,
            Does::Jump(chain) => Verdict::Jump(self.name(chain)),
            Does::Goto(chain) => Verdict::Goto(self.name(chain)),
            Does::Unknown(words) => {
                building.doubt(words.as_str());
                Verdict::Unknown
            }
        };
        if let Does::Jump(chain) | Does::Goto(chain) = does
            && !self.table.chains.iter().any(|other| other.name == *chain)
        {
            building.doubt(format!("chain {chain}, which is not there"));
        }
        Some(line(rule, building, verdict))
    }

    fn map(&self, rule: &Rule, before: &Building, key: (&[Field], &Values), lines: &mut Vec<Line>) {
        let (fields, values) = key;
        let mut building = before.clone();
        let Some(elements) = self.elements(&mut building, values) else {
            lines.push(line(rule, building, Verdict::Unknown));
            return;
        };
        let is_rest = |element: &&Element| element.key.first().is_some_and(|value| value == "*");
        for element in elements {
            let Some(does) = &element.verdict else { continue };
            let mut building = building.clone();
            match is_rest(&element) {
                true => {
                    let others: Vec<Element> =
                        elements.iter().filter(|other| !is_rest(other)).cloned().collect();
                    self.matches(&mut building, fields, true, &Values::These(others));
                }
                false => self.matches(&mut building, fields, false, &Values::These(vec![element.clone()])),
            }
            lines.extend(self.does(rule, building, does).map(|line| Line {
                place: element.place,
                text: if element.text.is_empty() { line.text } else { shown(&element.text) },
                ..line
            }));
        }
    }

    /// The members that a value stands for; none where they are not known.
    fn elements<'b>(&'b self, building: &mut Building, values: &'b Values) -> Option<&'b [Element]> {
        let name = match values {
            Values::These(elements) => return Some(elements),
            Values::Named(name) => name,
        };
        let Some(set) = self.sets.get(name.as_str()) else {
            building.doubt(format!("set @{name}, which is not there"));
            return None;
        };
        if set.is_dynamic {
            building.doubt(format!("set @{name}, which packets add to"));
            return None;
        }
        if let Some(doubt) = &set.doubt {
            building.doubt(format!("set @{name}: {doubt}"));
            return None;
        }
        Some(&set.elements)
    }

    fn matches(&self, building: &mut Building, fields: &[Field], is_not: bool, values: &Values) {
        if let [Field::ConnectionState] = fields {
            return self.state(building, is_not, values);
        }
        if let [Field::ConnectionDirection] = fields {
            return self.direction(building, is_not, values);
        }
        // Whatever the values are, a packet without the field is not matched.
        let there = || fields.iter().map(present).filter(|one| *one != Match::default()).collect::<Vec<_>>();
        let Some(elements) = self.elements(building, values) else {
            there().into_iter().for_each(|one| building.and(vec![one]));
            return;
        };
        let mut found = Vec::with_capacity(elements.len());
        let mut is_known = true;
        for element in elements {
            let (one, doubt) = key(fields, element);
            found.push(one);
            if let Some(doubt) = doubt {
                building.doubt(doubt);
                is_known = false;
            }
        }
        match (is_not, is_known) {
            (false, _) => building.and(found),
            (true, true) => {
                there().into_iter().for_each(|one| building.and(vec![one]));
                building.and_none(found);
            }
            (true, false) => there().into_iter().for_each(|one| building.and(vec![one])),
        }
    }

    /// An answer goes on with a connection; of requests it is not told which of their packets is meant.
    fn direction(&self, building: &mut Building, is_not: bool, values: &Values) {
        let Some(elements) = self.elements(building, values) else { return };
        let words: Vec<&str> = elements.iter().flat_map(|element| &element.key).map(String::as_str).collect();
        match (is_not, words.as_slice()) {
            (false, ["reply"]) => building.state(State::Established),
            _ => building.doubt(format!("ct direction {}", words.join(", "))),
        }
    }

    fn state(&self, building: &mut Building, is_not: bool, values: &Values) {
        let Some(elements) = self.elements(building, values) else { return };
        let (mut new, mut established) = (false, false);
        for word in elements.iter().flat_map(|element| &element.key).flat_map(|word| word.split(',')) {
            match word.trim() {
                "new" => new = true,
                "established" => established = true,
                // No packet that is looked at is one of these.
                "related" | "invalid" | "untracked" => {}
                other => building.doubt(format!("ct state {other}")),
            }
        }
        building.state(match (new != is_not, established != is_not) {
            (true, true) => State::Any,
            (true, false) => State::New,
            (false, true) => State::Established,
            (false, false) => State::Neither,
        });
    }
}

/// What a key matches, at most, and what was not understood of it.
fn key(fields: &[Field], element: &Element) -> (Match, Option<String>) {
    let mut building = Building::default();
    for (field, value) in fields.iter().zip(&element.key) {
        match one(field, value) {
            _ if value == "*" => {}
            Some(found) => building.and(vec![found]),
            None => {
                let words = match field {
                    Field::Other(name) => format!("{name} {value}"),
                    _ => format!("the value {value}"),
                };
                building.doubt(words);
                building.and(vec![present(field)]);
            }
        }
    }
    if fields.len() != element.key.len() {
        building.doubt(format!("{} values for {} fields", element.key.len(), fields.len()));
    }
    (building.matches, building.doubt)
}

fn line(rule: &Rule, building: Building, verdict: Verdict) -> Line {
    Line {
        place: rule.place,
        text: shown(&rule.text),
        verdict,
        matches: building.matches,
        not_understood: building.doubt,
    }
}
