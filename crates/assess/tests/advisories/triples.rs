//! What a careful reader says of real products and versions, against what is decided.

use cordon_assess::advisory::{Advisory, Product, csaf};
use cordon_assess::version::{Decision, Subject, Version, decide};
use cordon_model::Timestamp;
use serde::Deserialize;

const TRIPLES: &str = include_str!("triples.toml");

/// At most this part of what a reader decides may end in a question.
const UNDETERMINED_PERCENT_MAX: usize = 10;

#[derive(Deserialize)]
struct Table {
    product: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    advisory: String,
    product: String,
    #[serde(default)]
    facts: Vec<String>,
    #[serde(default)]
    affected: Vec<String>,
    #[serde(default)]
    fixed: Vec<String>,
    #[serde(default)]
    not_affected: Vec<String>,
    #[serde(default)]
    undetermined: Vec<String>,
}

/// What is known of a device besides its version.
#[derive(Default)]
struct Facts {
    names: Vec<String>,
    parts: Vec<(String, String)>,
    stated: Vec<(String, bool)>,
    manufactured: Option<Timestamp>,
    acquired: Option<Timestamp>,
}

fn facts(texts: &[String]) -> Facts {
    let mut facts = Facts::default();
    for text in texts {
        let (kind, rest) = text.split_once(' ').unwrap();
        match kind {
            "name" => facts.names.push(rest.to_owned()),
            "part" => {
                let (name, version) = rest.split_once(" = ").unwrap();
                facts.parts.push((name.to_owned(), version.to_owned()));
            }
            "holds" => facts.stated.push((rest.to_owned(), true)),
            "not" => facts.stated.push((rest.to_owned(), false)),
            "made" => facts.manufactured = Some(format!("{rest}T00:00:00Z").parse().unwrap()),
            "got" => facts.acquired = Some(format!("{rest}T00:00:00Z").parse().unwrap()),
            _ => panic!("unknown fact {text}"),
        }
    }
    facts
}

/// The decision over all products of the advisory with that name: inside any, outside all, or a question.
fn decided(products: &[&Product], version: &str, facts: &Facts) -> &'static str {
    let version = Version::parse(version);
    let subject = Subject {
        version: version.as_ref(),
        names: &facts.names,
        serial: None,
        manufactured: facts.manufactured,
        acquired: facts.acquired,
        parts: &facts.parts,
        stated: &facts.stated,
    };
    let decisions: Vec<Decision> =
        products.iter().map(|product| decide(&product.condition, &subject)).collect();
    if decisions.contains(&Decision::Inside) {
        "inside"
    } else if decisions.iter().all(|decision| *decision == Decision::Outside) {
        "outside"
    } else {
        "question"
    }
}

#[test]
fn there_are_enough_triples() {
    let table: Table = toml::from_str(TRIPLES).unwrap();
    let count =
        |row: &Row| row.affected.len() + row.fixed.len() + row.not_affected.len() + row.undetermined.len();
    let triples: usize = table.product.iter().map(count).sum();
    assert!(triples >= 200, "{triples}");
}

#[test]
fn verdicts_of_a_careful_reader() {
    let Some(documents) = cordon_testkit::advisories::csaf_documents() else {
        println!("skipped: no ../shared/data");
        return;
    };
    let now = Timestamp::from_seconds(1_800_000_000);
    let medical = documents.iter().filter(|(name, _)| name.starts_with("icsma"));
    let advisories: Vec<Advisory> =
        medical.map(|(name, bytes)| csaf::read(bytes, name, now).unwrap().advisory).collect();
    let table: Table = toml::from_str(TRIPLES).unwrap();
    let (mut decidable, mut open, mut wrong) = (0, Vec::new(), Vec::new());
    for row in &table.product {
        let advisory = advisories.iter().rfind(|advisory| advisory.id == row.advisory);
        let advisory = advisory.unwrap_or_else(|| panic!("no advisory {}", row.advisory));
        let exact: Vec<&Product> =
            advisory.products.iter().filter(|product| product.name == row.product).collect();
        assert!(!exact.is_empty(), "{} has no product “{}”", row.advisory, row.product);
        let facts = facts(&row.facts);
        for (versions, expected) in [
            (&row.affected, "inside"),
            (&row.fixed, "outside"),
            (&row.not_affected, "outside"),
            (&row.undetermined, "question"),
        ] {
            for version in versions {
                let decided = decided(&exact, version, &facts);
                let text = format!(
                    "{} {} “{version}”: expected {expected}, decided {decided}",
                    row.advisory, row.product
                );
                decidable += usize::from(expected != "question");
                match (expected, decided) {
                    (expected, decided) if expected == decided => {}
                    (_, "question") => open.push(text),
                    _ => wrong.push(text),
                }
            }
        }
    }
    println!("{decidable} decidable, {} left open:\n{}", open.len(), open.join("\n"));
    assert!(wrong.is_empty(), "{} of {decidable} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(
        open.len() * 100 <= decidable * UNDETERMINED_PERCENT_MAX,
        "{} of {decidable}:\n{}",
        open.len(),
        open.join("\n")
    );
}
