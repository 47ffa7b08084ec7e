//! A mapping of the file, key by key: what is asked for is taken, and what is left is not known.

use super::yaml::{Node, Value};
use super::{Decided, Fault};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The keys of a mapping, each of which must be asked for.
pub(super) struct Keys<'a, 'f> {
    pub(super) line: u32,
    pub(super) left: BTreeMap<&'a str, (u32, &'a Node)>,
    pub(super) faults: &'f mut Vec<Fault>,
}

impl<'a, 'f> Keys<'a, 'f> {
    pub(super) fn of(node: &'a Node, what: &str, faults: &'f mut Vec<Fault>) -> Keys<'a, 'f> {
        let mut left = BTreeMap::new();
        match &node.value {
            Value::Map(pairs) => {
                for (key, value) in pairs {
                    if let Value::Scalar(name, _) = &key.value {
                        left.insert(name.as_str(), (key.line, value));
                    }
                }
            }
            Value::Scalar(text, false) if text.is_empty() => {}
            _ => faults.push(Fault::new(node.line, format!("{what} is a list of keys with values"))),
        }
        Keys { line: node.line, left, faults }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<&'a Node> {
        self.left.remove(key).map(|(_, node)| node)
    }

    pub(super) fn fault(&mut self, line: u32, message: impl Into<String>) {
        self.faults.push(Fault::new(line, message));
    }

    pub(super) fn text(&mut self, key: &str) -> Option<String> {
        let node = self.take(key)?;
        match &node.value {
            Value::Scalar(text, quoted) if *quoted || !text.is_empty() => Some(text.clone()),
            Value::Scalar(..) => None,
            _ => {
                self.fault(node.line, format!("{key} is a text"));
                None
            }
        }
    }

    pub(super) fn required(&mut self, key: &str) -> String {
        let line = self.line;
        self.text(key).unwrap_or_else(|| {
            self.fault(line, format!("{key} is missing"));
            String::new()
        })
    }

    pub(super) fn parsed<T: FromStr>(&mut self, key: &str, wanted: &str) -> Option<T> {
        let line = self.left.get(key).map_or(self.line, |(line, _)| *line);
        let text = self.text(key)?;
        let value = text.trim().parse().ok();
        if value.is_none() {
            self.fault(line, format!("{key}: \"{text}\" is no {wanted}"));
        }
        value
    }

    pub(super) fn yes(&mut self, key: &str) -> bool {
        let line = self.left.get(key).map_or(self.line, |(line, _)| *line);
        match self.text(key).as_deref() {
            Some("true" | "yes") => true,
            None | Some("false" | "no") => false,
            Some(other) => {
                self.fault(line, format!("{key} is yes or no, not \"{other}\""));
                false
            }
        }
    }

    pub(super) fn list(&mut self, key: &str) -> &'a [Node] {
        let Some(node) = self.take(key) else { return &[] };
        match &node.value {
            Value::List(items) => items,
            Value::Scalar(text, false) if text.is_empty() => &[],
            _ => {
                self.fault(node.line, format!("{key} is a list: a line with a dash for each"));
                &[]
            }
        }
    }

    pub(super) fn scalars<T: FromStr>(&mut self, key: &str, wanted: &str) -> Vec<T> {
        let items = self.list(key);
        let mut values = Vec::with_capacity(items.len());
        for item in items {
            match &item.value {
                Value::Scalar(text, _) => match text.trim().parse() {
                    Ok(value) => values.push(value),
                    Err(_) => self.fault(item.line, format!("{key}: \"{text}\" is no {wanted}")),
                },
                _ => self.fault(item.line, format!("{key} holds {wanted}s, one a line")),
            }
        }
        values
    }

    pub(super) fn decided(&mut self) -> Decided {
        let by = self.required("by");
        let when = self.parsed("when", "date such as 2026-11-22");
        if when.is_none() && !self.faults.iter().any(|fault| fault.message.starts_with("when:")) {
            self.fault(self.line, "when is missing: the day it was decided, such as 2026-11-22");
        }
        Decided { by, when: when.unwrap_or_default(), why: self.required("why") }
    }

    pub(super) fn done(self) {
        for (key, (line, _)) in self.left {
            self.faults.push(Fault::new(line, format!("\"{key}\" is not known here")));
        }
    }
}
