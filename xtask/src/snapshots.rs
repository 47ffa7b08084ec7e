//! Snapshots: each belongs to a test that still exists, and none waits for a decision.

use crate::house::House;

/// Every snapshot whose test file is gone, and every undecided one.
pub(crate) fn belong(house: &House) -> Vec<String> {
    let undecided = house
        .paths
        .iter()
        .filter(|path| path.ends_with(".snap.new") || path.ends_with(".pending-snap"))
        .map(|path| format!("{path}: accept or reject it, then commit without it"));
    let orphaned =
        house.texts.iter().filter(|(path, _)| path.ends_with(".snap")).filter_map(|(path, text)| {
            let source = text.lines().find_map(|line| line.strip_prefix("source: "))?;
            let gone = house.text(source).is_none();
            gone.then(|| format!("{path}: its test was in {source}, which is gone"))
        });
    undecided.chain(orphaned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn orphans_and_undecided_snapshots_are_found() {
        let mut house = House { paths: vec!["a.snap.new".into()], ..House::default() };
        house.texts.insert("a.snap".into(), "---\nsource: a.rs\n---\nx\n".into());
        assert_eq!(belong(&house).len(), 2);
        house.paths.clear();
        house.texts.insert("a.rs".into(), String::new());
        assert!(belong(&house).is_empty());
    }
}
