//! Manifests: what must be inherited from the workspace, and the reason each dependency needs.

use crate::house::{House, Member};
use std::collections::BTreeSet;
use toml::{Table, Value};

/// Fields of `[package]` that the workspace sets for everyone.
const INHERITED: &[&str] = &["version", "edition", "rust-version", "license", "authors", "publish"];

/// The tables of a manifest that list dependencies.
const DEPENDENCY_TABLES: &[&str] = &["dependencies", "dev-dependencies", "build-dependencies"];

/// Every member that sets for itself what the workspace sets for all.
pub(crate) fn inherited(house: &House) -> Vec<String> {
    house.members.iter().flat_map(inherited_by).collect()
}

fn inherited_by(member: &Member) -> Vec<String> {
    let path = format!("{}/Cargo.toml", member.folder);
    let manifest: Table = match member.manifest.parse() {
        Ok(manifest) => manifest,
        Err(error) => return vec![format!("{path}: {error}")],
    };
    let mut breaches = Vec::new();
    if !from_workspace(manifest.get("lints")) {
        breaches.push(format!("{path}: add `[lints] workspace = true`"));
    }
    let package = manifest.get("package").and_then(Value::as_table);
    for field in INHERITED {
        if !from_workspace(package.and_then(|package| package.get(*field))) {
            breaches.push(format!("{path}: write `{field}.workspace = true`"));
        }
    }
    for (section, name, value) in dependencies(&manifest) {
        if !from_workspace(Some(value)) {
            breaches.push(format!(
                "{path} [{section}]: write `{name}.workspace = true`; versions stand in the root manifest"
            ));
        }
    }
    breaches
}

/// Every direct dependency without a reason in ARCHITECTURE.md's table, and every one nobody uses.
pub(crate) fn reasons(house: &House) -> Vec<String> {
    let Some(Ok(manifest)) = house.text("Cargo.toml").map(str::parse::<Table>) else {
        return vec!["Cargo.toml: cannot be read".to_owned()];
    };
    let declared = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("dependencies"))
        .and_then(Value::as_table)
        .into_iter()
        .flat_map(Table::keys);
    let used: BTreeSet<String> =
        house.members.iter().flat_map(|member| names_used(&member.manifest)).collect();
    let architecture = house.text("ARCHITECTURE.md").unwrap_or_default();
    let mut breaches = Vec::new();
    for name in declared {
        if !used.contains(name) {
            breaches.push(format!("Cargo.toml: no member uses {name}; take it out"));
        }
        let reasoned =
            architecture.lines().any(|line| line.starts_with("| ") && line.contains(&format!("`{name}`")));
        if !name.starts_with("cordon-") && !reasoned {
            breaches.push(format!("ARCHITECTURE.md: the table of dependencies gives no reason for `{name}`"));
        }
    }
    breaches
}

fn names_used(manifest: &str) -> Vec<String> {
    let manifest: Table = manifest.parse().unwrap_or_default();
    dependencies(&manifest).map(|(_, name, _)| name.to_owned()).collect()
}

/// Every dependency of a manifest: section, name, value. Sections of one platform are looked into too.
fn dependencies(manifest: &Table) -> impl Iterator<Item = (&'static str, &str, &Value)> {
    let platforms = manifest.get("target").and_then(Value::as_table);
    let tables = platforms.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    std::iter::once(manifest).chain(tables).flat_map(|table| {
        DEPENDENCY_TABLES.iter().flat_map(move |section| {
            let listed = table.get(*section).and_then(Value::as_table);
            listed.into_iter().flatten().map(move |(name, value)| (*section, name.as_str(), value))
        })
    })
}

fn from_workspace(value: Option<&Value>) -> bool {
    value.and_then(|value| value.get("workspace")).and_then(Value::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "[package]\nname = \"x\"\nversion.workspace = true\nedition.workspace = true\n\
        rust-version.workspace = true\nlicense.workspace = true\nauthors.workspace = true\n\
        publish.workspace = true\n[lints]\nworkspace = true\n[dependencies]\nserde.workspace = true\n";

    fn member(manifest: &str) -> Member {
        Member {
            name: "x".into(),
            folder: "crates/x".into(),
            manifest: manifest.into(),
            roots: Vec::new(),
            arrows: Vec::new(),
        }
    }

    #[test]
    fn a_manifest_that_inherits_everything_passes() {
        assert_eq!(inherited_by(&member(GOOD)), Vec::<String>::new());
    }

    #[test]
    fn a_version_of_its_own_is_found_wherever_it_hides() {
        for own in [
            "[dev-dependencies]\ninsta = \"1\"\n",
            "[target.'cfg(unix)'.dependencies]\nlibc = { version = \"0.2\" }\n",
            "[build-dependencies]\ncc = { path = \"../cc\" }\n",
        ] {
            assert_eq!(inherited_by(&member(&format!("{GOOD}{own}"))).len(), 1, "{own}");
        }
    }

    #[test]
    fn missing_lints_and_an_own_edition_are_found() {
        let manifest = GOOD
            .replace("[lints]\nworkspace = true\n", "")
            .replace("edition.workspace = true", "edition = \"2021\"");
        let breaches = inherited_by(&member(&manifest));
        assert_eq!(breaches.len(), 2, "{breaches:?}");
    }

    #[test]
    fn a_dependency_needs_a_reason_and_a_user() {
        let mut house = House { members: vec![member(GOOD)], ..House::default() };
        house
            .texts
            .insert("Cargo.toml".into(), "[workspace.dependencies]\nserde = \"1\"\nuuid = \"1\"\n".into());
        house.texts.insert("ARCHITECTURE.md".into(), "| `serde` | reads and writes |\n".into());
        let breaches = reasons(&house);
        assert_eq!(breaches.len(), 2, "{breaches:?}");
        assert!(breaches.iter().all(|breach| breach.contains("uuid")));
    }
}
