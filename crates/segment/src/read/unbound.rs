//! Lists that stand in a configuration of Cisco's and are put nowhere.

use super::{Configuration, Interface};
use crate::lists::Verdict;
use std::collections::BTreeSet;

/// Lists that no interface has, no other list hands on to, and no other line names: what those are used for is told
/// elsewhere (tunnels, translation, who may log in).
pub(super) fn find(found: &Configuration, text: &str) -> Vec<String> {
    let mut named: BTreeSet<&str> =
        found.interfaces.iter().flat_map(Interface::guards).map(|(list, _)| list.as_str()).collect();
    for line in found.lists.values().flat_map(|list| &list.lines) {
        if let Verdict::Jump(next) | Verdict::Goto(next) = &line.verdict {
            named.insert(next);
        }
    }
    for line in text.lines() {
        let mut words = line.split_whitespace();
        let is_about_itself = match words.next() {
            // Entries of lists, which name none.
            Some("permit" | "deny" | "remark" | "sequence" | "access-list" | "no" | "clear") | None => true,
            Some("ip" | "ipv6") => words.clone().next() == Some("access-list"),
            Some(first) => first.starts_with(['!', ':']) || first.bytes().all(|byte| byte.is_ascii_digit()),
        };
        if !is_about_itself {
            named.extend(words.filter(|word| found.lists.contains_key(*word)));
        }
    }
    found.lists.keys().filter(|name| !named.contains(name.as_str())).cloned().collect()
}
