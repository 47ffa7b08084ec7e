//! Fuzzing: every target runs from a committed corpus, every corpus has its target, and every dissector the
//! engine knows is fuzzed.

use crate::house::House;
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Every target without inputs, and every input folder without a target.
pub(crate) fn corpora(house: &House) -> Vec<String> {
    let Some(Ok(manifest)) = house.text("fuzz/Cargo.toml").map(str::parse::<Table>) else {
        return vec!["fuzz/Cargo.toml: missing or unreadable".to_owned()];
    };
    let targets: BTreeSet<&str> = manifest
        .get("bin")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|bin| bin.get("name").and_then(Value::as_str))
        .collect();
    let corpora: BTreeSet<&str> = house
        .paths
        .iter()
        .filter_map(|path| path.strip_prefix("fuzz/corpus/"))
        .filter_map(|path| path.split_once('/').map(|(target, _)| target))
        .collect();
    let without = targets
        .difference(&corpora)
        .map(|name| format!("fuzz/corpus/{name}: no input is committed for this target"));
    let orphaned = corpora
        .difference(&targets)
        .map(|name| format!("fuzz/corpus/{name}: fuzz/Cargo.toml has no such target"));
    let mut breaches: Vec<String> = without.chain(orphaned).collect();
    if targets.is_empty() {
        breaches.push("fuzz/Cargo.toml: lists no target".to_owned());
    }
    breaches
}

/// Where the engine lists its dissectors, and the name of the list.
const LISTS: [(&str, &str); 2] = [
    ("crates/observe/src/engine/dissectors.rs", "dissectors!"),
    ("crates/observe/src/engine/datagrams.rs", "datagrams!"),
];

/// Every dissector in the engine's lists that no fuzz target names. A target itself needs a corpus, as
/// [`corpora`] says.
pub(crate) fn dissectors(house: &House) -> Vec<String> {
    let targets: Vec<BTreeSet<&str>> = house
        .sources()
        .filter(|(path, _)| path.starts_with("fuzz/fuzz_targets/"))
        .map(|(_, text)| words(text).collect())
        .collect();
    let mut breaches = Vec::new();
    for (path, list) in LISTS {
        let names = house.text(path).map(|text| listed(text, list)).unwrap_or_default();
        if names.is_empty() {
            breaches.push(format!("{path}: {list} is missing or names no dissector"));
        }
        let without = names.iter().filter(|name| !targets.iter().any(|words| words.contains(*name)));
        breaches.extend(without.map(|name| format!("{path}: no file in fuzz/fuzz_targets/ names {name}")));
    }
    breaches
}

/// The dissectors between the brackets of a list: `Dns, Tls`, or `Dns: Names, Mdns: Mdns` where the protocol
/// stands before.
fn listed<'a>(text: &'a str, list: &str) -> Vec<&'a str> {
    let invoked = |line: &&str| line.trim_start().starts_with(list);
    let Some(start) = text.lines().find(invoked).and_then(|line| text.find(line)) else { return Vec::new() };
    let inside = text.get(start..).and_then(|rest| rest.split_once(['(', '{'])).map_or("", |(_, rest)| rest);
    let inside = inside.split([')', '}']).next().unwrap_or_default();
    let entries = inside.lines().map(|line| line.split("//").next().unwrap_or_default());
    entries
        .flat_map(|line| line.split(','))
        .filter_map(|entry| entry.rsplit(':').next().map(str::trim))
        .filter(|name| !name.is_empty())
        .collect()
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|character: char| !character.is_alphanumeric() && character != '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(paths: &[&str]) -> House {
        let mut house =
            House { paths: paths.iter().map(|path| (*path).to_owned()).collect(), ..House::default() };
        let manifest = "[[bin]]\nname = \"dns\"\npath = \"fuzz_targets/dns.rs\"\n";
        house.texts.insert("fuzz/Cargo.toml".into(), manifest.into());
        house
    }

    #[test]
    fn a_target_needs_its_corpus_and_a_corpus_its_target() {
        assert!(corpora(&house(&["fuzz/corpus/dns/answer"])).is_empty());
        assert_eq!(corpora(&house(&[])).len(), 1);
        assert_eq!(corpora(&house(&["fuzz/corpus/dns/a", "fuzz/corpus/gone/b"])).len(), 1);
        assert_eq!(corpora(&House::default()).len(), 1);
    }

    #[test]
    fn every_dissector_of_the_engine_is_fuzzed() {
        let mut house = House::default();
        for (path, text) in [
            (LISTS[0].0, "macro_rules! dissectors {}\n\ndissectors! {\n    Tls, // first\n    Http,\n}\n"),
            (LISTS[1].0, "macro_rules! datagrams {}\ndatagrams!(Dns: Names, Mdns: Mdns);"),
            ("fuzz/fuzz_targets/tls.rs", "cordon_fuzz::stream::<Tls>(data)"),
            ("fuzz/fuzz_targets/http.rs", "use http::Http;"),
            ("fuzz/fuzz_targets/dns.rs", "datagrams::<Names>(data); datagrams::<MdnsNot>(data)"),
        ] {
            house.texts.insert(path.into(), text.into());
        }
        assert_eq!(dissectors(&house), [format!("{}: no file in fuzz/fuzz_targets/ names Mdns", LISTS[1].0)]);
        assert_eq!(dissectors(&House::default()).len(), 2);
    }
}
