//! Documents: relative links and named source paths must exist, and the book must list its pages.

use crate::house::House;

/// Documents that newcomers walk through; the paths they name in code marks must exist too.
const MAPS: &[&str] = &["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"];

/// Folders whose paths are checked when a map names them.
const TREES: &[&str] = &["crates/", "testkit/", "xtask/", "fuzz/", "benches/", "scripts/", "docs/"];

/// Every relative link and every named path that leads nowhere.
pub(crate) fn documents(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in house.texts.iter().filter(|(path, _)| path.ends_with(".md")) {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (number, line) in prose(text) {
            for target in links(line) {
                let file = target.split('#').next().unwrap_or_default();
                let outward = file.is_empty() || file.contains("://") || file.starts_with("mailto:");
                if !outward && !exists(house, &join(folder, file)) {
                    breaches.push(format!("{path}:{number}: nothing is at {target}"));
                }
            }
            for named in named_paths(line).filter(|_| MAPS.contains(&path.as_str())) {
                if !exists(house, named) {
                    breaches.push(format!("{path}:{number}: names {named}, which is not there"));
                }
            }
        }
    }
    breaches
}

/// Every page that no line of the summary leads to.
pub(crate) fn summary(house: &House) -> Vec<String> {
    let summary = house.text("docs/src/SUMMARY.md").unwrap_or_default();
    house
        .texts
        .keys()
        .filter_map(|path| path.strip_prefix("docs/src/"))
        .filter(|page| page.ends_with(".md") && *page != "SUMMARY.md")
        .filter(|page| !summary.contains(&format!("({page})")))
        .map(|page| format!("docs/src/SUMMARY.md: does not lead to {page}"))
        .collect()
}

/// Lines outside fenced blocks, numbered from 1.
fn prose(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut fenced = false;
    text.lines().enumerate().filter_map(move |(index, line)| {
        let fence = line.trim_start().starts_with("```");
        fenced ^= fence;
        (!fenced && !fence).then_some((index + 1, line))
    })
}

/// Targets of `[words](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split_once(')').map(|(target, _)| target))
}

/// Paths in code marks that start in one of the trees and hold no placeholder.
fn named_paths(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2).filter(|word| {
        let placeholder =
            word.contains(|c: char| c.is_whitespace() || "*<>{}…".contains(c) || c.is_ascii_uppercase());
        let readme =
            word.ends_with("README.md") || word.ends_with("Cargo.toml") || word.ends_with("SUMMARY.md");
        TREES.iter().any(|tree| word.starts_with(tree)) && (!placeholder || readme)
    })
}

fn join(folder: &str, file: &str) -> String {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in file.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a tracked file or folder has this path.
fn exists(house: &House, path: &str) -> bool {
    let path = path.trim_end_matches('/');
    let folder = format!("{path}/");
    house.paths.iter().any(|tracked| tracked == path || tracked.starts_with(&folder))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn house(pages: &[(&str, &str)]) -> House {
        let mut house = House::default();
        for (path, text) in pages {
            house.paths.push((*path).to_owned());
            house.texts.insert((*path).to_owned(), (*text).to_owned());
        }
        house
    }

    #[test]
    fn dead_links_are_found_and_fenced_examples_are_not_links() {
        let page =
            "[a](b.md#x) [c](../README.md) [web](https://example.org) [d](#here)\n```\n[e](gone.md)\n```\n";
        let mut house = house(&[("docs/src/a.md", page), ("docs/src/b.md", ""), ("docs/README.md", "")]);
        assert!(documents(&house).is_empty());
        house.texts.insert("docs/src/b.md".into(), "[gone](gone.md)".into());
        assert_eq!(documents(&house), ["docs/src/b.md:1: nothing is at gone.md"]);
    }

    #[test]
    fn a_map_must_name_what_is_there() {
        let text = "Copy `crates/observe/src/dissect/dns.rs`, see `crates/observe/` and `crates/NAME`.\n";
        let mut house = house(&[("ARCHITECTURE.md", text), ("crates/observe/src/dissect/dns.rs", "")]);
        assert!(documents(&house).is_empty());
        house.paths.pop();
        assert_eq!(documents(&house).len(), 2);
    }

    #[test]
    fn every_page_stands_in_the_summary() {
        let house =
            house(&[("docs/src/SUMMARY.md", "- [A](a.md)\n"), ("docs/src/a.md", ""), ("docs/src/b.md", "")]);
        assert_eq!(summary(&house), ["docs/src/SUMMARY.md: does not lead to b.md"]);
    }
}
