//! Fuzzing: every target runs from a committed corpus, and every corpus has its target.

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
}
