//! Products and their ends of support as endoflife.date publishes them: its interface (version 1), and the files its
//! pages are made from (front matter over Markdown). Both are brought into one shape.

use super::{Unusable, time};
use cordon_model::Timestamp;
use serde_json::{Map, Value, json};

/// How long something lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Until {
    /// Up to this day.
    Day(Timestamp),
    /// It goes on, and no end is announced.
    Open,
    /// It is over; since when is not said.
    Over,
    /// Not said, or there is no such support.
    #[default]
    NotSaid,
}

/// One release of a product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Release {
    /// Its name, such as `10-21h2-e-lts`.
    pub cycle: String,
    /// The name a person reads.
    pub label: String,
    /// When it came out.
    pub released: Option<Timestamp>,
    /// Active support: changes besides security.
    pub active: Until,
    /// Security updates: the end of life.
    pub security: Until,
    /// Updates against extra payment, or by others.
    pub extended: Until,
    /// The newest version of it.
    pub latest: Option<String>,
}

/// A product.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Product {
    /// Its name in addresses, such as `windows`.
    pub name: String,
    /// The name a person reads.
    pub label: String,
    /// `os`, `server-app`, `device` and so on.
    pub category: String,
    /// CPE names without versions, as written.
    pub cpes: Vec<String>,
    /// Package URLs, as written.
    pub purls: Vec<String>,
    /// Releases in their order.
    pub releases: Vec<Release>,
}

/// Releases of one product; some have several hundreds.
const RELEASES_MAX: usize = 5_000;

/// Reads one product of the interface, or what [`markdown`] made of a file.
pub fn product(record: &Value) -> Result<Product, Unusable> {
    let word =
        |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let name = word(record, "name");
    if name.is_empty() {
        return Err(Unusable::new("name", "it is missing"));
    }
    let list = |name: &str| record.get(name).and_then(Value::as_array).into_iter().flatten();
    let identifiers = |kind: &str| {
        let of_kind = list("identifiers").filter(|one| one.get("type").and_then(Value::as_str) == Some(kind));
        of_kind.filter_map(|one| one.get("id").and_then(Value::as_str)).map(str::to_owned).collect()
    };
    let releases = list("releases").take(RELEASES_MAX).filter(|release| !word(release, "name").is_empty());
    let releases = releases.map(|release| Release {
        cycle: word(release, "name"),
        label: word(release, "label"),
        released: time(&word(release, "releaseDate")),
        active: until(release, "isEoas", "eoasFrom"),
        security: until(release, "isEol", "eolFrom"),
        extended: until(release, "isEoes", "eoesFrom"),
        latest: release.pointer("/latest/name").and_then(Value::as_str).map(str::to_owned),
    });
    let releases: Vec<Release> = releases.collect();
    if releases.is_empty() {
        return Err(Unusable::new("releases", "there is none with a name"));
    }
    Ok(Product {
        label: Some(word(record, "label")).filter(|label| !label.is_empty()).unwrap_or_else(|| name.clone()),
        name,
        category: word(record, "category"),
        cpes: identifiers("cpe"),
        purls: identifiers("purl"),
        releases,
    })
}

fn until(release: &Value, flag: &str, from: &str) -> Until {
    match (
        release.get(from).and_then(Value::as_str).and_then(time),
        release.get(flag).and_then(Value::as_bool),
    ) {
        (Some(day), _) => Until::Day(day),
        (None, Some(true)) => Until::Over,
        (None, Some(false)) => Until::Open,
        (None, None) => Until::NotSaid,
    }
}

/// Brings a file of endoflife.date's pages into the shape of its interface.
///
/// Of its front matter (a small part of YAML) only what is needed is understood: plain values, and two lists.
pub fn markdown(text: &str) -> Result<Value, Unusable> {
    let text = text.trim_start_matches('\u{feff}');
    let front = text.strip_prefix("---").ok_or_else(|| Unusable::new("line 1", "it is no front matter"))?;
    let front = front.split("\n---").next().unwrap_or_default();
    let (mut top, mut identifiers, mut releases) = (Map::new(), Vec::new(), Vec::new());
    let mut section = String::new();
    for line in front.lines() {
        let content = line.trim();
        if content.is_empty() || content.starts_with('#') {
            continue;
        }
        let depth = line.len() - line.trim_start().len();
        let is_item = content.starts_with("- ");
        let Some((key, value)) = content.trim_start_matches("- ").trim_start().split_once(':') else {
            continue;
        };
        let value = plain(value);
        match (depth, section.as_str()) {
            (0, _) if !is_item => {
                section = key.to_owned();
                top.insert(key.to_owned(), value);
            }
            (_, "identifiers") if is_item => identifiers.push(json!({ "type": key, "id": value })),
            (_, "releases") if is_item && key == "releaseCycle" && releases.len() < RELEASES_MAX => {
                let mut release = Map::new();
                release.insert(key.to_owned(), value);
                releases.push(release);
            }
            (3 | 4, "releases") if !is_item => {
                if let Some(release) = releases.last_mut() {
                    release.insert(key.to_owned(), value);
                }
            }
            _ => {}
        }
    }
    let word =
        |map: &Map<String, Value>, name: &str| map.get(name).and_then(Value::as_str).map(str::to_owned);
    let name = word(&top, "permalink").unwrap_or_default().trim_matches('/').to_owned();
    let template = word(&top, "releaseLabel");
    let releases: Vec<Value> =
        releases.iter().map(|release| of_front(release, template.as_deref())).collect();
    Ok(json!({
        "name": name, "label": word(&top, "title"), "category": word(&top, "category"),
        "identifiers": identifiers, "releases": releases,
    }))
}

fn of_front(release: &Map<String, Value>, template: Option<&str>) -> Value {
    let word = |name: &str| release.get(name).and_then(Value::as_str);
    let cycle = word("releaseCycle").unwrap_or_default();
    let label = word("releaseLabel").or(template).unwrap_or(cycle);
    let label = label
        .replace("__RELEASE_CYCLE__", cycle)
        .replace("__CODENAME__", word("codename").unwrap_or_default())
        .replace("__LATEST__", word("latest").unwrap_or_default());
    let mut shaped = Map::new();
    let mut set = |name: &str, value: Value| shaped.insert(name.to_owned(), value);
    set("name", json!(cycle));
    set("label", json!(label));
    set("releaseDate", json!(word("releaseDate")));
    if let Some(latest) = word("latest") {
        set("latest", json!({ "name": latest }));
    }
    let ends = [("eoas", "isEoas", "eoasFrom"), ("eol", "isEol", "eolFrom"), ("eoes", "isEoes", "eoesFrom")];
    for (key, flag, from) in ends {
        match release.get(key) {
            Some(Value::String(day)) if time(day).is_some() => drop(set(from, json!(day))),
            Some(Value::Bool(is_over)) => drop(set(flag, json!(is_over))),
            _ => {}
        }
    }
    Value::Object(shaped)
}

/// A plain value: quotes off, a comment off, `true` and `false` as such.
fn plain(text: &str) -> Value {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some((inner, _)) = text.strip_prefix(quote).and_then(|rest| rest.split_once(quote)) {
            return Value::String(inner.to_owned());
        }
    }
    match text.split(" #").next().unwrap_or_default().trim() {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        other => Value::String(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "---\ntitle: Example OS\ncategory: os\npermalink: /example\nreleaseLabel: \"Example __RELEASE_CYCLE__ (__CODENAME__)\"\n\
        identifiers:\n  - cpe: cpe:2.3:o:example:os\n  - repology: example\n\nauto:\n  methods:\n    - git: https://example.com\n\n\
        releases:\n  # newest\n  - releaseCycle: \"2\"\n    codename: 'Two'\n    releaseDate: 2024-01-02\n    eoas: false\n    eol: 2030-01-01 # soon\n    latest: '2.1'\n\
        \x20 - releaseCycle: \"1\"\n    releaseDate: 2014-01-02\n    eol: true\n    eoes: 2028-01-01\n---\n# Text\n- releaseCycle: no\n";

    #[test]
    fn a_page_and_the_interface_say_the_same() {
        let read = product(&markdown(PAGE).unwrap()).unwrap();
        assert_eq!((read.name.as_str(), read.category.as_str(), read.cpes.len()), ("example", "os", 1));
        let day = |text: &str| Until::Day(text.parse().unwrap());
        let two = &read.releases[0];
        assert_eq!(
            (two.label.as_str(), two.active, two.security),
            ("Example 2 (Two)", Until::Open, day("2030-01-01"))
        );
        assert_eq!((two.extended, two.latest.as_deref()), (Until::NotSaid, Some("2.1")));
        let one = &read.releases[1];
        assert_eq!((one.security, one.extended), (Until::Over, day("2028-01-01")));
        assert_eq!(read.releases.len(), 2);
    }

    #[test]
    fn what_has_no_name_or_release_says_so() {
        assert_eq!(product(&json!({})).unwrap_err().path, "name");
        assert_eq!(product(&json!({ "name": "x", "releases": [{}] })).unwrap_err().path, "releases");
        assert!(markdown("# Text").is_err());
        assert!(product(&markdown("---\n---").unwrap()).is_err());
    }
}
