//! `nft -j list ruleset` (libnftables-json(5)).

use super::nft::{Base, Chain, Does, Element, Field, Rule, Set, Statement, Table, Values, field};
use super::nft_fields::{compared, has_ports};
use super::nft_rules::build;
use super::nft_text::priority;
use super::{Configuration, Language, Unreadable, shown};
use serde_json::Value;
use std::collections::BTreeMap;

/// Tables by family and name.
type Tables = BTreeMap<(String, String), Table>;

/// Reads a ruleset. A place is that of an object in the array, from 1.
pub fn read(text: &str) -> Result<Configuration, Unreadable> {
    let value: Value = serde_json::from_str(text).map_err(|error| Unreadable::Broken {
        line: u32::try_from(error.line()).unwrap_or(u32::MAX),
        why: format!("this is no complete JSON: {error}"),
    })?;
    let objects = value.get("nftables").and_then(Value::as_array).ok_or(Unreadable::NotKnown)?;
    let mut configuration = Configuration { language: Language::NftablesJson, ..Configuration::default() };
    let mut tables = Tables::new();
    for (place, object) in (1u32..).zip(objects) {
        // Commands of a script wrap what they add.
        let object = object.get("add").or_else(|| object.get("create")).unwrap_or(object);
        if let Some(chain) = object.get("chain") {
            table_of(&mut tables, chain).chains.push(chain_of(chain));
        } else if let Some(set) = object.get("set").or_else(|| object.get("map")) {
            table_of(&mut tables, set).sets.push(set_of(set, place));
        } else if let Some(element) = object.get("element") {
            let name = word(element, "name");
            let found = elements(element.get("elem").unwrap_or(&Value::Null), place);
            if let Some(set) = table_of(&mut tables, element).sets.iter_mut().find(|set| set.name == name) {
                set.elements.extend(found);
            }
        } else if let Some(rule) = object.get("rule") {
            let name = word(rule, "chain");
            let read = rule_of(rule, place);
            let table = table_of(&mut tables, rule);
            match table.chains.iter_mut().find(|chain| chain.name == name) {
                Some(chain) => chain.rules.push(read),
                None => {
                    let name = name.to_owned();
                    table.chains.push(Chain { name, base: None, rules: vec![read] });
                }
            }
        }
    }
    let tables: Vec<Table> = tables.into_values().collect();
    build(&tables, &mut configuration);
    match configuration.lists.is_empty() {
        true => Err(Unreadable::NoLists),
        false => Ok(configuration),
    }
}

fn word<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The table an object belongs to.
fn table_of<'a>(tables: &'a mut Tables, object: &Value) -> &'a mut Table {
    let (family, name) = (word(object, "family").to_owned(), word(object, "table").to_owned());
    tables.entry((family.clone(), name.clone())).or_insert_with(|| Table { family, name, ..Table::default() })
}

fn chain_of(chain: &Value) -> Chain {
    let base = chain.get("hook").map(|_| Base {
        kind: word(chain, "type").to_owned(),
        hook: word(chain, "hook").to_owned(),
        priority: match chain.get("prio") {
            Some(Value::String(name)) => priority(name),
            number => {
                number.and_then(Value::as_i64).and_then(|number| i32::try_from(number).ok()).unwrap_or(0)
            }
        },
        devices: match chain.get("dev") {
            Some(Value::String(name)) => vec![name.clone()],
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        },
        is_drop: word(chain, "policy") == "drop",
    });
    Chain { name: word(chain, "name").to_owned(), base, rules: Vec::new() }
}

fn set_of(set: &Value, place: u32) -> Set {
    let flags = match set.get("flags") {
        Some(Value::String(flag)) => vec![flag.as_str()],
        Some(Value::Array(flags)) => flags.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    Set {
        name: word(set, "name").to_owned(),
        elements: elements(set.get("elem").unwrap_or(&Value::Null), place),
        is_dynamic: flags.contains(&"dynamic"),
        doubt: None,
    }
}

/// Members of a set, or pairs of a map.
fn elements(value: &Value, place: u32) -> Vec<Element> {
    let single = std::slice::from_ref(value);
    let all = match value {
        Value::Null => &[],
        Value::Array(all) => all.as_slice(),
        _ => single,
    };
    all.iter().map(|one| element(one, place)).collect()
}

fn element(value: &Value, place: u32) -> Element {
    let (value, verdict) = match value.as_array().map(Vec::as_slice) {
        Some([key, data]) => (key, Some(data)),
        _ => (value, None),
    };
    let inner = value.get("elem").and_then(|elem| elem.get("val")).unwrap_or(value);
    let key = match inner.get("concat").and_then(Value::as_array) {
        Some(parts) => parts.iter().map(atom).collect(),
        None => vec![atom(inner)],
    };
    let text = shown(&format!("{} {}", key.join(" . "), verdict.map(Value::to_string).unwrap_or_default()));
    Element { place, verdict: verdict.and_then(does_of), key, text }
}

/// A value as it would be written in the text: `a`, `a/length`, `a-b`.
fn atom(value: &Value) -> String {
    if let Some(inner) = value.get("elem").and_then(|elem| elem.get("val")) {
        return atom(inner);
    }
    if let Some(prefix) = value.get("prefix") {
        let length = prefix.get("len").map(Value::to_string).unwrap_or_default();
        return format!("{}/{length}", word(prefix, "addr"));
    }
    if let Some([first, last]) = value.get("range").and_then(Value::as_array).map(Vec::as_slice) {
        return format!("{}-{}", plain(first), plain(last));
    }
    plain(value)
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn does_of(value: &Value) -> Option<Does> {
    let (name, argument) = value.as_object()?.iter().next()?;
    Some(match name.as_str() {
        "accept" => Does::Accept,
        "drop" | "reject" => Does::Drop,
        "return" => Does::Return,
        "continue" => Does::Continue,
        "jump" => Does::Jump(word(argument, "target").to_owned()),
        "goto" => Does::Goto(word(argument, "target").to_owned()),
        "queue" => Does::Unknown(value.to_string()),
        _ => return None,
    })
}

fn rule_of(rule: &Value, place: u32) -> Rule {
    let handle = rule.get("handle").map(Value::to_string).unwrap_or_default();
    let empty = Vec::new();
    let expressions = rule.get("expr").and_then(Value::as_array).unwrap_or(&empty);
    let words: Vec<String> = expressions.iter().map(Value::to_string).collect();
    let mut text = format!("handle {handle} of {}: {}", word(rule, "chain"), words.join(" "));
    if let Some(comment) = rule.get("comment").and_then(Value::as_str) {
        text = format!("handle {handle} of {} \"{comment}\": {}", word(rule, "chain"), words.join(" "));
    }
    Rule {
        place,
        text: shown(&text),
        statements: expressions.iter().map(|one| statement(one, place)).collect(),
    }
}

fn statement(value: &Value, place: u32) -> Statement {
    if let Some(does) = does_of(value) {
        return Statement::Does(does);
    }
    let Some((name, argument)) = value.as_object().and_then(|object| object.iter().next()) else {
        return Statement::Unknown(value.to_string());
    };
    match name.as_str() {
        "match" => comparison(argument, place),
        "vmap" => {
            let fields = fields_of(argument.get("key").unwrap_or(&Value::Null));
            match fields.iter().all(|field| matches!(field, Field::Other(_))) {
                true => Statement::Unknown(shown(&value.to_string())),
                false => Statement::Map { fields, values: values(argument.get("data"), place) },
            }
        }
        "counter" | "log" | "comment" | "flow" => Statement::Nothing,
        "notrack" => Statement::NoTrack,
        "mangle" => match argument.get("key").map(fields_of).as_deref() {
            Some(
                [
                    Field::Source(_)
                    | Field::Destination(_)
                    | Field::SourcePort(_)
                    | Field::DestinationPort(_),
                ],
            ) => Statement::Translates(shown(&value.to_string())),
            _ => Statement::Nothing,
        },
        "limit" | "quota" | "ct count" => Statement::Sometimes(shown(&value.to_string())),
        "set" | "map" if argument.get("stmt").is_none() => Statement::Nothing,
        "set" | "map" => Statement::Sometimes(shown(&value.to_string())),
        "snat" | "dnat" | "masquerade" | "redirect" | "tproxy" => {
            Statement::Translates(shown(&value.to_string()))
        }
        _ => Statement::Unknown(shown(&value.to_string())),
    }
}

fn comparison(argument: &Value, place: u32) -> Statement {
    let unknown = || Statement::Sometimes(shown(&argument.to_string()));
    if goes_on(argument) {
        return Statement::GoesOn;
    }
    let fields = fields_of(argument.get("left").unwrap_or(&Value::Null));
    if fields.iter().all(|field| matches!(field, Field::Other(_))) {
        return unknown();
    }
    let found = values(argument.get("right"), place);
    match word(argument, "op") {
        "==" | "in" => Statement::Match { fields, is_not: false, values: found },
        "!=" => Statement::Match { fields, is_not: true, values: found },
        operator @ ("<" | ">" | "<=" | ">=") => {
            let bound = match (&found, fields.as_slice()) {
                (Values::These(elements), [field]) if has_ports(field) => {
                    elements.first().and_then(|one| compared(operator, one.key.first()?))
                }
                _ => None,
            };
            match bound {
                Some(bound) => Statement::Match {
                    fields,
                    is_not: false,
                    values: Values::These(vec![Element { place, key: vec![bound], ..Element::default() }]),
                },
                None => unknown(),
            }
        }
        _ => unknown(),
    }
}

/// The first packet of TCP is the only one with SYN and without ACK; what is compared are the flags under a mask.
fn goes_on(argument: &Value) -> bool {
    let masked = argument.get("left").and_then(|left| left.get("&")).and_then(Value::as_array);
    let Some([flags, mask]) = masked.map(Vec::as_slice) else { return false };
    let mut mask: Vec<&str> = mask.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    mask.sort_unstable();
    let is_flags = flags
        .get("payload")
        .is_some_and(|field| (word(field, "protocol"), word(field, "field")) == ("tcp", "flags"));
    let is_syn = argument.get("right").and_then(Value::as_str) == Some("syn");
    let is_mask = mask == ["ack", "fin", "rst", "syn"] || mask == ["ack", "syn"];
    is_flags && is_syn && is_mask && word(argument, "op") == "!="
}

fn values(value: Option<&Value>, place: u32) -> Values {
    let value = value.unwrap_or(&Value::Null);
    if let Some(name) = value.as_str().and_then(|text| text.strip_prefix('@')) {
        return Values::Named(name.to_owned());
    }
    Values::These(elements(value.get("set").unwrap_or(value), place))
}

fn fields_of(value: &Value) -> Vec<Field> {
    match value.get("concat").and_then(Value::as_array) {
        Some(parts) => parts.iter().map(field_of).collect(),
        None => vec![field_of(value)],
    }
}

fn field_of(value: &Value) -> Field {
    if let Some(payload) = value.get("payload") {
        return field(&[word(payload, "protocol"), word(payload, "field")]);
    }
    if let Some(meta) = value.get("meta") {
        return field(&["meta", word(meta, "key")]);
    }
    match value.get("ct") {
        Some(ct) if ct.get("dir").is_none() => field(&["ct", word(ct, "key")]),
        _ => Field::Other(shown(&value.to_string())),
    }
}
