//! YAML as a tree that knows its lines, within limits: what people write by hand, and nothing that surprises.
//!
//! Anchors, aliases, tags and several documents in one file are refused: a policy must say what it says where it says it.

use super::Fault;
use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use std::collections::BTreeSet;

/// More of these than a policy of the largest site has.
const NODES_MAX: usize = 400_000;
const DEPTH_MAX: usize = 12;

/// A value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    /// 1-based line of its beginning.
    pub(crate) line: u32,
    /// 1-based line of its last scalar.
    pub(crate) last_line: u32,
    /// 0-based column of its beginning.
    pub(crate) column: u32,
    /// True for what is written in brackets or braces.
    pub(crate) is_flow: bool,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// The text, and whether it was in quotes.
    Scalar(String, bool),
    List(Vec<Node>),
    Map(Vec<(Node, Node)>),
}

/// What is being put together.
struct Open {
    node: Node,
    key: Option<Node>,
    keys: BTreeSet<String>,
}

/// The tree of a text; `None` for one that holds comments only.
pub(crate) fn read(text: &str) -> Result<Option<Node>, Fault> {
    let lines: Vec<&str> = text.lines().collect();
    let mut parser = Parser::new_from_str(text);
    let (mut open, mut root): (Vec<Open>, Option<Node>) = (Vec::new(), None);
    let (mut nodes, mut documents) = (0usize, 0usize);
    while let Some(next) = parser.next_event() {
        let (event, span) = next.map_err(|error| {
            Fault::new(line(error.marker().line()), format!("this is no YAML: {}", error.info()))
        })?;
        let fault = |message: &str| Err(Fault::new(line(span.start.line()), message));
        nodes += 1;
        if nodes > NODES_MAX {
            return fault(&format!("the file has more than {NODES_MAX} values"));
        }
        let finished = match event {
            Event::DocumentStart(_) => {
                documents += 1;
                if documents > 1 {
                    return fault("a second document begins here; a policy is one");
                }
                None
            }
            Event::Alias(_) => return fault("anchors and aliases are not used here; write it out"),
            Event::Scalar(_, _, anchor, ref tag) if anchor != 0 || tag.is_some() => {
                return fault("anchors and tags are not used here");
            }
            Event::SequenceStart(anchor, ref tag) | Event::MappingStart(anchor, ref tag) => {
                if anchor != 0 || tag.is_some() {
                    return fault("anchors and tags are not used here");
                }
                if open.len() >= DEPTH_MAX {
                    return fault("this is nested too deeply");
                }
                let is_list = matches!(event, Event::SequenceStart(..));
                let value = if is_list { Value::List(Vec::new()) } else { Value::Map(Vec::new()) };
                let node = Node { is_flow: is_flow(&lines, &span), ..node(&span, value) };
                open.push(Open { node, key: None, keys: BTreeSet::new() });
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|mut open| {
                // A bracket closes where it stands; a block ends with its last value.
                if open.node.is_flow {
                    open.node.last_line = open.node.last_line.max(line(span.start.line()));
                }
                open.node
            }),
            Event::Scalar(text, style, ..) => {
                let quoted = style != ScalarStyle::Plain;
                Some(node(&span, Value::Scalar(text.into_owned(), quoted)))
            }
            _ => None,
        };
        match (finished, open.last_mut()) {
            (Some(node), Some(parent)) => parent.take(node)?,
            (Some(node), None) => root = Some(node),
            (None, _) => {}
        }
    }
    Ok(root)
}

impl Open {
    fn take(&mut self, child: Node) -> Result<(), Fault> {
        let before = self.node.last_line;
        self.node.last_line = before.max(child.last_line);
        match &mut self.node.value {
            Value::List(items) => items.push(child),
            Value::Map(pairs) => match self.key.take() {
                Some(key) => {
                    let mut child = child;
                    // A value that is not there stands where its key does.
                    if child.value == Value::Scalar(String::new(), false) {
                        (child.line, child.last_line) = (key.line, key.last_line);
                        self.node.last_line = before.max(key.last_line);
                    }
                    pairs.push((key, child));
                }
                None => {
                    let Value::Scalar(name, _) = &child.value else {
                        return Err(Fault::new(child.line, "a key must be a word"));
                    };
                    if !self.keys.insert(name.clone()) {
                        return Err(Fault::new(child.line, format!("\"{name}\" stands here twice")));
                    }
                    self.key = Some(child);
                }
            },
            Value::Scalar(..) => {}
        }
        Ok(())
    }
}

fn node(span: &Span, value: Value) -> Node {
    let (first, mut last) = (line(span.start.line()), line(span.end.line()));
    // A block of text ends where the next line begins.
    if span.end.col() == 0 && last > first {
        last -= 1;
    }
    let is_container = !matches!(value, Value::Scalar(..));
    let last_line = if is_container { first } else { last };
    Node { line: first, last_line, column: line(span.start.col()), is_flow: false, value }
}

fn line(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn is_flow(lines: &[&str], span: &Span) -> bool {
    let text = span.start.line().checked_sub(1).and_then(|at| lines.get(at));
    matches!(text.and_then(|text| text.chars().nth(span.start.col())), Some('[' | '{'))
}
