//! Network disclosures: what a maker must tell of a device's connections (IEC 60601-1 clause 14.13, IEC 80001-1), as a
//! table of rows or as YAML. The form is ours; makers give the same in prose and tables of their manuals.

use super::{FLOWS_MAX, Mistake, Peer, Publication, PublishedFlow, Subject, key, ports};
use crate::policy::yaml::{self, Node, Value};
use cordon_model::{Category, Cidr};
use std::collections::BTreeMap;

/// The columns of a table; those after `transport` may be missing.
pub const COLUMNS: [&str; 11] = [
    "manufacturer",
    "model",
    "category",
    "direction",
    "peer",
    "transport",
    "ports",
    "application",
    "purpose",
    "care_critical",
    "source",
];
const VERSION: &str = "1";

/// One flow in words, from either form.
#[derive(Default)]
struct Words {
    line: u32,
    direction: String,
    peer: String,
    transport: String,
    ports: String,
    application: String,
    purpose: String,
    care_critical: String,
    source: String,
}

impl Words {
    fn flow(&self) -> Result<PublishedFlow, Mistake> {
        let wrong = |why: String| Mistake::new(self.line, why);
        let device_asks = match self.direction.to_lowercase().as_str() {
            "out" => true,
            "in" => false,
            other => {
                let why = "out (the device asks) or in (the device answers)";
                return Err(wrong(format!("direction is {why}, not \"{other}\"")));
            }
        };
        let transport = self.transport.to_lowercase();
        let transport = transport.parse().map_err(|_| {
            wrong(format!("transport is tcp, udp or another by its name, not \"{transport}\""))
        })?;
        let care_critical = match self.care_critical.to_lowercase().as_str() {
            "" | "no" | "false" => false,
            "yes" | "true" => true,
            other => return Err(wrong(format!("care_critical is yes or no, not \"{other}\""))),
        };
        if self.purpose.trim().is_empty() {
            return Err(wrong("purpose is empty; say what the connection is for".to_owned()));
        }
        let place = if self.source.is_empty() {
            format!("line {}", self.line)
        } else {
            format!("line {}, {}", self.line, self.source)
        };
        Ok(PublishedFlow {
            device_asks,
            peer: peer(&self.peer).map_err(wrong)?,
            transport,
            ports: ports(&self.ports).map_err(wrong)?,
            application: Some(self.application.to_lowercase()).filter(|name| !name.is_empty()),
            purpose: self.purpose.trim().to_owned(),
            care_critical,
            place,
        })
    }
}

/// `image_archive`, `10.0.0.0/24`, `pacs.example`, `local`, `any`, `same_manufacturer`, `controller:URI`.
fn peer(text: &str) -> Result<Peer, String> {
    let text = text.trim();
    if let Ok(category) = text.parse() {
        return Ok(Peer::Category(category));
    }
    if let Ok(network) = text.parse::<Cidr>() {
        return Ok(Peer::Network(network));
    }
    if let Some(uri) = text.strip_prefix("controller:") {
        return Ok(Peer::Controller(uri.trim().to_owned()));
    }
    match text.to_lowercase().as_str() {
        "local" => Ok(Peer::LocalNetworks),
        "any" => Ok(Peer::Any),
        "same_manufacturer" => Ok(Peer::SameManufacturer),
        "my_controller" => Ok(Peer::MyController),
        name if name.contains('.') && !name.contains(char::is_whitespace) => Ok(Peer::Name(name.to_owned())),
        _ => Err(format!(
            "peer \"{text}\" is no category, address, network, host name, local, any, same_manufacturer, my_controller \
             or controller:URI"
        )),
    }
}

fn subject(manufacturer: &str, model: &str, category: &str, line: u32) -> Result<Subject, Mistake> {
    let said = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
    let category = said(category).map(|name| name.parse::<Category>()).transpose();
    let subject = Subject {
        manufacturer: said(manufacturer),
        model: said(model),
        category: category.map_err(|error| Mistake::new(line, error.to_string()))?,
    };
    if subject.is_empty() {
        return Err(Mistake::new(line, "it says of no device: give a manufacturer, a model or a category"));
    }
    Ok(subject)
}

/// Reads a table, its heading first; a line of the file is a row.
pub fn from_rows(file: &str, rows: &[Vec<String>]) -> Result<Vec<Publication>, Mistake> {
    let mut rows = (1u32..).zip(rows).filter(|(_, row)| {
        let first = row.iter().map(|cell| cell.trim()).find(|cell| !cell.is_empty());
        first.is_some_and(|cell| !cell.starts_with('#'))
    });
    let (line, heading) = rows.next().ok_or_else(|| Mistake::new(0, "the table is empty"))?;
    let mut columns: BTreeMap<&str, usize> = BTreeMap::new();
    for (at, name) in heading.iter().enumerate() {
        let name = name.trim().trim_start_matches('\u{feff}').to_lowercase();
        match COLUMNS.iter().find(|known| **known == name) {
            Some(known) => _ = columns.insert(known, at),
            None if name.is_empty() => {}
            None => {
                let known = COLUMNS.join(", ");
                return Err(Mistake::new(
                    line,
                    format!("column \"{name}\" is not known; these are: {known}"),
                ));
            }
        }
    }
    if let Some(missing) =
        ["direction", "peer", "transport", "purpose"].into_iter().find(|name| !columns.contains_key(name))
    {
        return Err(Mistake::new(line, format!("the column {missing} is missing")));
    }
    let mut found: BTreeMap<Subject, Vec<PublishedFlow>> = BTreeMap::new();
    for (count, (line, row)) in rows.enumerate() {
        if count >= FLOWS_MAX {
            return Err(Mistake::new(line, format!("a table has at most {FLOWS_MAX} flows; divide it")));
        }
        let cell = |name: &str| {
            columns
                .get(name)
                .and_then(|at| row.get(*at))
                .map(|cell| cell.trim())
                .unwrap_or_default()
                .to_owned()
        };
        let words = Words {
            line,
            direction: cell("direction"),
            peer: cell("peer"),
            transport: cell("transport"),
            ports: cell("ports"),
            application: cell("application"),
            purpose: cell("purpose"),
            care_critical: cell("care_critical"),
            source: cell("source"),
        };
        let subject = subject(&cell("manufacturer"), &cell("model"), &cell("category"), line)?;
        found.entry(subject).or_default().push(words.flow()?);
    }
    let publication =
        |(subject, flows)| Publication { file: file.to_owned(), subject, flows, ..Publication::default() };
    Ok(found.into_iter().map(publication).collect())
}

/// Reads the YAML form.
pub fn from_yaml(file: &str, text: &str) -> Result<Vec<Publication>, Mistake> {
    let tree = yaml::read(text).map_err(|fault| Mistake::new(fault.line, fault.message))?;
    let tree = tree.ok_or_else(|| Mistake::new(0, "the file is empty"))?;
    let mut top = fields(&tree, &["version", "manufacturer", "model", "category", "source", "flows"])?;
    if top.get("version").is_none_or(|(version, _)| version != VERSION) {
        return Err(Mistake::new(tree.line, format!("version: {VERSION} must stand at the top")));
    }
    let mut take = |name: &str| top.remove(name).map(|(text, _)| text).unwrap_or_default();
    let subject = subject(&take("manufacturer"), &take("model"), &take("category"), tree.line)?;
    let source = take("source");
    let Value::Map(pairs) = &tree.value else { return Ok(Vec::new()) };
    let listed =
        pairs.iter().find(|(name, _)| word(name).is_some_and(|name| name == "flows")).map(|(_, list)| list);
    let Some(Node { value: Value::List(listed), .. }) = listed else {
        return Err(Mistake::new(tree.line, "it has no list of flows"));
    };
    if listed.len() > FLOWS_MAX {
        return Err(Mistake::new(tree.line, format!("a file has at most {FLOWS_MAX} flows; divide it")));
    }
    let names =
        ["direction", "peer", "transport", "ports", "application", "purpose", "care_critical", "source"];
    let flow = |node: &Node| {
        let mut said = fields(node, &names)?;
        let mut take = |name: &str| said.remove(name).map(|(text, _)| text).unwrap_or_default();
        let own = take("source");
        let words = Words {
            line: node.line,
            direction: take("direction"),
            peer: take("peer"),
            transport: take("transport"),
            ports: take("ports"),
            application: take("application"),
            purpose: take("purpose"),
            care_critical: take("care_critical"),
            source: if own.is_empty() { source.clone() } else { own },
        };
        words.flow()
    };
    let flows = listed.iter().map(flow).collect::<Result<Vec<_>, _>>()?;
    Ok(vec![Publication { file: file.to_owned(), subject, flows, ..Publication::default() }])
}

fn word(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Scalar(text, _) => Some(text),
        _ => None,
    }
}

/// The fields of a map with their lines; a list of words counts as one with commas. A name that is not known is a
/// mistake, for a maker's word that is passed over may be the one that matters.
fn fields<'a>(node: &'a Node, known: &[&'static str]) -> Result<BTreeMap<&'a str, (String, u32)>, Mistake> {
    let Value::Map(pairs) = &node.value else {
        return Err(Mistake::new(
            node.line,
            "here must stand names with values, such as peer: image_archive",
        ));
    };
    let mut said = BTreeMap::new();
    for (name, value) in pairs {
        let name_text = word(name).unwrap_or_default();
        if !known.contains(&name_text) {
            let why = format!("\"{name_text}\" is not known here; these are: {}", known.join(", "));
            return Err(Mistake::new(name.line, why));
        }
        let text = match &value.value {
            Value::Scalar(text, _) => text.clone(),
            Value::List(items) => items.iter().filter_map(word).collect::<Vec<_>>().join(","),
            Value::Map(_) => {
                return Err(Mistake::new(value.line, format!("{name_text} is a word or a list")));
            }
        };
        said.insert(name_text, (text, value.line));
    }
    Ok(said)
}

/// True when two makers' or models' names are the same but for spacing, hyphens and case.
pub(super) fn alike(one: &str, other: &str) -> bool {
    !key(one).is_empty() && key(one) == key(other)
}
