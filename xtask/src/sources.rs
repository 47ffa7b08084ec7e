//! Sources: unsafe code, length, unfinished work, paths of one machine, and what pure code must not touch.

use crate::arrows::is_pure;
use crate::house::House;

/// The longest file a reader should meet.
const LINES_MAX: usize = 800;

/// Files that are longer, each with the length it may not pass; the list may only shrink.
const LONG_FILES: &str = "xtask/long-files.txt";

/// Marks of unfinished work, written in halves so that this file is not its own finding.
const UNFINISHED: &[&str] = &[
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("XX", "X:"),
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
];

/// Beginnings of paths that exist on one machine only.
const MACHINE_PATHS: &[&str] = &[
    concat!("/wo", "rk/"),
    concat!("/ro", "ot/"),
    concat!("/ho", "me/"),
    concat!("/Us", "ers/"),
    concat!("/tm", "p/"),
];

/// What the sources of a pure crate must not name outside tests.
const IMPURE: &[&str] = &[
    "std::fs",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "UnixStream",
    "SystemTime::now",
    "Instant::now",
    "async fn",
    "thread_local!",
    "RandomState",
];

/// Every library and binary root that does not forbid unsafe code. `sensor` may deny instead, for one capture module.
pub(crate) fn forbids_unsafe(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    for member in &house.members {
        for root in &member.roots {
            let text = house.text(root).unwrap_or_default();
            let denies = member.name == "sensor" && text.contains("#![deny(unsafe_code)]");
            if !text.contains("#![forbid(unsafe_code)]") && !denies {
                breaches.push(format!("{root}: add `#![forbid(unsafe_code)]`"));
            }
        }
    }
    breaches
}

/// Every source longer than the limit and its exception, and every exception that can go or shrink.
pub(crate) fn length(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    let exceptions: Vec<(&str, usize)> = house
        .text(LONG_FILES)
        .unwrap_or_default()
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(lines, path)| Some((path.trim(), lines.parse().ok()?)))
        .collect();
    for (path, text) in house.sources() {
        let lines = text.lines().count();
        let allowed = exceptions.iter().find(|(excepted, _)| *excepted == path).map(|(_, lines)| *lines);
        match allowed {
            None if lines > LINES_MAX => {
                breaches.push(format!(
                    "{path}: {lines} lines, at most {LINES_MAX}; split it by what a reader looks for"
                ));
            }
            Some(allowed) if lines > allowed => {
                breaches.push(format!("{path}: {lines} lines, and its exception allows {allowed}"));
            }
            Some(_) if lines <= LINES_MAX => {
                breaches.push(format!("{LONG_FILES}: {path} needs no exception any more"))
            }
            _ => {}
        }
    }
    for (path, _) in exceptions.iter().filter(|(path, _)| house.text(path).is_none()) {
        breaches.push(format!("{LONG_FILES}: {path} is gone"));
    }
    breaches
}

/// Every source of a crate that does not start with a module documentation.
pub(crate) fn module_docs(house: &House) -> Vec<String> {
    house
        .sources()
        .filter(|(path, text)| {
            path.contains("/src/") && !path.ends_with("tests.rs") && !text.starts_with("//! ")
        })
        .map(|(path, _)| {
            format!("{path}: start with a `//!` line that says what this is and what it does not know")
        })
        .collect()
}

/// Every mark of unfinished work.
pub(crate) fn unfinished(house: &House) -> Vec<String> {
    lines_with(house, |line| UNFINISHED.iter().copied().find(|mark| line.contains(mark)))
}

/// Every path of one machine.
pub(crate) fn machine_paths(house: &House) -> Vec<String> {
    lines_with(house, |line| MACHINE_PATHS.iter().copied().find(|path| starts_a_path(line, path)))
}

/// Whether `path` stands in the line as the beginning of a path, not in the middle of a longer one or a URL.
fn starts_a_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let before = line.get(..at).and_then(|head| head.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | '/' | '-' | '_' | '}' | '*'))
    })
}

fn lines_with(house: &House, find: impl Fn(&str) -> Option<&'static str>) -> Vec<String> {
    let mut breaches = Vec::new();
    for (path, text) in &house.texts {
        for (number, line) in text.lines().enumerate() {
            if let Some(found) = find(line) {
                breaches.push(format!("{path}:{}: {found}", number + 1));
            }
        }
    }
    breaches
}

/// Every line of a pure crate, tests left out, that names files, sockets, threads, processes or clocks.
pub(crate) fn pure_sources(house: &House) -> Vec<String> {
    let mut breaches = Vec::new();
    for member in house.members.iter().filter(|member| is_pure(&member.name)) {
        let folder = format!("{}/src/", member.folder);
        let sources = house.sources().filter(|(path, _)| path.starts_with(&folder));
        for (path, text) in sources.filter(|(path, _)| !is_test_module(house, path)) {
            for (number, line) in outside_tests(text) {
                if let Some(found) = IMPURE.iter().find(|word| line.contains(**word)) {
                    breaches
                        .push(format!("{path}:{number}: {} is pure and may not name {found}", member.name));
                }
            }
        }
    }
    breaches
}

/// Whether a module beside or above the file declares it for tests only.
fn is_test_module(house: &House, path: &str) -> bool {
    let Some((folder, file)) = path.rsplit_once('/') else { return false };
    let declaration = format!("mod {};", file.trim_end_matches(".rs"));
    let parents = [format!("{folder}/mod.rs"), format!("{folder}/lib.rs"), format!("{folder}.rs")];
    parents.iter().filter_map(|parent| house.text(parent)).any(|text| {
        let mut for_tests = false;
        text.lines().any(|line| {
            let declares = line.trim_start().trim_start_matches("pub(crate) ").starts_with(&declaration);
            let found = for_tests && declares;
            for_tests = line.contains("#[cfg(test)]") || (for_tests && line.starts_with('#'));
            found
        })
    })
}

/// Lines of code before the file's test module, comments left out, numbered from 1.
fn outside_tests(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines()
        .enumerate()
        .take_while(|(_, line)| line.trim() != "#[cfg(test)]")
        .filter(|(_, line)| !line.trim_start().starts_with("//"))
        .map(|(index, line)| (index + 1, line))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::house::Member;

    fn house(path: &str, text: &str) -> House {
        let member = Member {
            name: path.split('/').nth(1).unwrap().to_owned(),
            folder: path.split('/').take(2).collect::<Vec<_>>().join("/"),
            manifest: String::new(),
            roots: vec![path.to_owned()],
            arrows: Vec::new(),
        };
        let mut house = House { members: vec![member], ..House::default() };
        house.texts.insert(path.to_owned(), text.to_owned());
        house
    }

    #[test]
    fn a_root_without_forbid_is_found() {
        assert_eq!(forbids_unsafe(&house("crates/assess/src/lib.rs", "//! Doc\n")).len(), 1);
        assert!(forbids_unsafe(&house("crates/assess/src/lib.rs", "#![forbid(unsafe_code)]\n")).is_empty());
        assert_eq!(forbids_unsafe(&house("crates/assess/src/lib.rs", "#![deny(unsafe_code)]\n")).len(), 1);
        assert!(forbids_unsafe(&house("crates/sensor/src/lib.rs", "#![deny(unsafe_code)]\n")).is_empty());
    }

    #[test]
    fn long_files_are_found_and_exceptions_only_shrink() {
        let text = "x\n".repeat(900);
        let mut house = house("crates/assess/src/lib.rs", &text);
        assert_eq!(length(&house).len(), 1);
        house.texts.insert(LONG_FILES.into(), "900 crates/assess/src/lib.rs\n".into());
        assert!(length(&house).is_empty());
        house.texts.insert(LONG_FILES.into(), "850 crates/assess/src/lib.rs\n".into());
        assert_eq!(length(&house).len(), 1);
        house.texts.insert(LONG_FILES.into(), "900 crates/assess/src/lib.rs\n900 crates/gone.rs\n".into());
        assert_eq!(length(&house).len(), 1);
        house.texts.insert("crates/assess/src/lib.rs".into(), "x\n".into());
        assert_eq!(length(&house).len(), 2);
    }

    #[test]
    fn a_module_without_its_first_words_is_found() {
        assert!(module_docs(&house("crates/assess/src/lib.rs", "//! What.\n")).is_empty());
        assert_eq!(module_docs(&house("crates/assess/src/lib.rs", "use std::fmt;\n")).len(), 1);
    }

    #[test]
    fn unfinished_work_is_found() {
        let text = format!("// {}: later\n", concat!("TO", "DO"));
        assert_eq!(
            unfinished(&house("crates/assess/src/lib.rs", &text)),
            ["crates/assess/src/lib.rs:1: TO".to_owned() + "DO"]
        );
    }

    #[test]
    fn machine_paths_are_found_but_not_inside_urls_or_longer_paths() {
        let home = concat!("/ho", "me/");
        let one = |text: String| machine_paths(&house("crates/assess/src/lib.rs", &text)).len();
        assert_eq!(one(format!("let x = \"{home}anna/x\";")), 1);
        assert_eq!(one(format!("https://example.org{home}page")), 0);
        assert_eq!(one("target/release".to_owned()), 0);
    }

    #[test]
    fn a_pure_crate_that_opens_files_is_found_outside_tests_only() {
        let path = "crates/assess/src/lib.rs";
        assert_eq!(pure_sources(&house(path, "use std::fs::File;\n")).len(), 1);
        assert_eq!(
            pure_sources(&house(
                path,
                "// std::fs is not for us\n#[cfg(test)]\nmod tests { use std::fs; }\n"
            ))
            .len(),
            0
        );
        let mut house_of_two = house("crates/assess/src/corpus.rs", "use std::fs::File;\n");
        house_of_two.texts.insert("crates/assess/src/lib.rs".into(), "#[cfg(test)]\nmod corpus;\n".into());
        assert!(pure_sources(&house_of_two).is_empty());
        house_of_two.texts.insert("crates/assess/src/lib.rs".into(), "mod corpus;\n".into());
        assert_eq!(pure_sources(&house_of_two).len(), 1);
        assert_eq!(pure_sources(&house("crates/sensor/src/lib.rs", "use std::fs::File;\n")).len(), 0);
    }
}
