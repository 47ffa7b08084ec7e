//! Names of groups as a language takes them: safe characters, a length limit, and no two alike.

use super::flows::Key;
use crate::intent::Intent;
use std::collections::{BTreeMap, BTreeSet};

/// The names of an intent's groups.
pub(super) struct GroupNames {
    in_order: Vec<String>,
}

impl GroupNames {
    pub(super) fn new(intent: &Intent, joint: char, longest: usize) -> GroupNames {
        let keys = || intent.groups.keys().map(String::as_str);
        let mut names = Names::new(keys(), joint, longest);
        GroupNames { in_order: keys().filter_map(|key| names.by_key.remove(key)).collect() }
    }

    pub(super) fn get(&self, key: Key<'_>) -> &str {
        self.in_order.get(key.number()).map_or("unnamed", String::as_str)
    }
}

/// Names by key.
pub(super) struct Names {
    by_key: BTreeMap<String, String>,
}

impl Names {
    /// A name for each key: its letters and digits, everything else `joint`. A name that would be too long, or that two
    /// keys would share (upper and lower case count as the same, as some languages have it), ends in a hash of its key.
    /// The same keys always get the same names, whatever their order.
    pub(super) fn new<'a>(keys: impl IntoIterator<Item = &'a str>, joint: char, longest: usize) -> Names {
        let keys: BTreeSet<&str> = keys.into_iter().collect();
        let mut wanted: BTreeMap<String, Vec<(&str, String)>> = BTreeMap::new();
        for key in keys {
            let name = safe(key, joint);
            wanted.entry(name.to_ascii_lowercase()).or_default().push((key, name));
        }
        let (mut by_key, mut taken, mut hashed) = (BTreeMap::new(), BTreeSet::new(), Vec::new());
        for (lower, mut wanting) in wanted {
            match wanting.len() == 1 && lower.len() <= longest && !lower.is_empty() {
                true => {
                    taken.insert(lower);
                    by_key.extend(wanting.pop().map(|(key, name)| (key.to_owned(), name)));
                }
                false => hashed.append(&mut wanting),
            }
        }
        hashed.sort();
        for (key, name) in hashed {
            let mut round = 0u32;
            let name = loop {
                let tail = format!("{joint}{:08x}", hash(key, round));
                let kept: String = name.chars().take(longest.saturating_sub(tail.len())).collect();
                let name = format!("{kept}{tail}");
                if taken.insert(name.to_ascii_lowercase()) {
                    break name;
                }
                round += 1;
            };
            by_key.insert(key.to_owned(), name);
        }
        Names { by_key }
    }

    /// The name of a key that was among those it was made for.
    pub(super) fn get(&self, key: &str) -> &str {
        self.by_key.get(key).map_or("unnamed", String::as_str)
    }
}

fn safe(key: &str, joint: char) -> String {
    // Ids of zones and devices say by themselves what they are.
    let key = ["device:", "zone:", "outside:", "group:"]
        .into_iter()
        .find_map(|kind| key.strip_prefix(kind))
        .unwrap_or(key);
    let mut name = String::with_capacity(key.len());
    for c in key.chars() {
        match c.is_ascii_alphanumeric() {
            true => name.push(c),
            false if !name.is_empty() && !name.ends_with(joint) => name.push(joint),
            false => {}
        }
    }
    name.trim_end_matches(joint).to_owned()
}

/// 32 bits of FNV-1a (draft-eastlake-fnv): it tells names apart, it protects nothing.
fn hash(key: &str, round: u32) -> u32 {
    let bytes = key.bytes().chain(round.to_be_bytes());
    bytes.fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_collides_or_is_too_long_is_told_apart() {
        let keys = [
            "zone:a b",
            "zone:a-b",
            "zone:imaging",
            "device:IMAGING",
            "zone:a-name-that-is-far-too-long",
            "!!!",
        ];
        let names = Names::new(keys, '-', 20);
        let all: Vec<&str> = keys.iter().map(|key| names.get(key)).collect();
        assert_eq!(
            all,
            [
                "a-b-eb90593c",
                "a-b-d68b0fed",
                "imaging-fd7cf43f",
                "IMAGING-81e1aebb",
                "a-name-that-13edda9d",
                "-f2877742",
            ]
        );
        assert_eq!(Names::new(["zone:imaging-1"], '_', 20).get("zone:imaging-1"), "imaging_1");
    }

    proptest! {
        #[test]
        fn names_are_safe_short_and_never_shared(
            keys in prop::collection::btree_set("\\PC{0,30}|[ab:]{1,3}|zone:[a-cA-C]{1,2}", 0..60),
            longest in 12usize..40,
        ) {
            let names = Names::new(keys.iter().map(String::as_str), '-', longest);
            let all: BTreeSet<String> = keys.iter().map(|key| names.get(key).to_ascii_lowercase()).collect();
            prop_assert_eq!(all.len(), keys.len());
            for name in &all {
                prop_assert!(!name.is_empty() && name.len() <= longest, "{}", name);
                prop_assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{}", name);
            }
        }
    }
}
