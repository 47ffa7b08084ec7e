//! What the named sources say, where a copy of them is at hand: a fingerprint that cites a document reads what
//! stands in it. And there is enough of it: for every category that shows on a wire.
#![expect(clippy::print_stderr, reason = "tests say what they skip")]

use cordon_knowledge::{Fingerprint, Knowledge};
use cordon_model::Category;
use std::fs;
use std::path::{Path, PathBuf};

/// Fingerprints that tell a category, for each one that shows on a wire.
const CATEGORY_MIN: usize = 5;
/// Fingerprints in all, without address blocks and spellings.
const ALL_MIN: usize = 400;

fn data() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("skipped: no ../shared/data");
        return None;
    }
    Some(folder)
}

#[test]
fn every_category_on_the_wire_is_told_by_several_documented_fingerprints() {
    let knowledge = Knowledge::builtin().unwrap();
    let counts = knowledge.fingerprints.by_category();
    let few: Vec<String> = Category::ALL
        .iter()
        .filter(|category| !matches!(category, Category::Other | Category::Unknown))
        .map(|category| (category, counts.get(category).copied().unwrap_or(0)))
        .filter(|(_, count)| *count < CATEGORY_MIN)
        .map(|(category, count)| format!("{category}: {count}"))
        .collect();
    assert_eq!(few, [""; 0], "at least {CATEGORY_MIN} each");
    assert!(knowledge.fingerprints.iter().count() >= ALL_MIN);
    for fingerprint in knowledge.fingerprints.iter() {
        let Fingerprint { id, source, examples, not, .. } = fingerprint;
        let words = source.split_whitespace().count();
        assert!(words > 1 || source.contains('/'), "{id}: \"{source}\" names no document");
        assert!(!source.to_lowercase().contains("unconfirmed"), "{id}: {source}");
        assert!(!examples.is_empty() && !not.is_empty(), "{id} is tested on nothing");
        assert!(examples.iter().all(|example| !example.input.trim().is_empty()), "{id}: an empty example");
    }
}

/// Letters and digits in lower case, one blank between words: documents break lines and mix cases.
fn plain(text: &str) -> String {
    let text = text.replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let text = text.replace('\\', "");
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The names of medical advisories in a source, `icsma-18-058-01`.
fn advisories(source: &str) -> Vec<String> {
    let words = source.split(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
    words.filter(|word| word.starts_with("ICSMA-")).map(str::to_lowercase).collect()
}

#[test]
fn an_advisory_that_is_named_holds_what_is_read() {
    let Some(folder) = data().map(|data| data.join("advisories/icsma")) else { return };
    let knowledge = Knowledge::builtin().unwrap();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for fingerprint in knowledge.fingerprints.iter() {
        let texts: Vec<String> = advisories(&fingerprint.source)
            .iter()
            .filter_map(|name| fs::read_to_string(folder.join(format!("{name}.json"))).ok())
            .map(|text| plain(&text))
            .collect();
        if texts.is_empty() {
            continue;
        }
        checked += 1;
        let read = plain(fingerprint.text());
        // Of a series "MP70" the advisory may say "MP Series (including MP2/MP70)".
        let held = |text: &String| read.split([' ', '-']).all(|word| text.contains(word));
        if !texts.iter().any(held) {
            wrong.push(format!("{}: \"{read}\" is not in {}", fingerprint.id, fingerprint.source));
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(checked > 80, "{checked} fingerprints were checked");
}

#[test]
fn an_example_of_a_public_list_stands_in_that_list() {
    let Some(folder) = data().map(|data| data.join("identity_kb/recog")) else { return };
    let knowledge = Knowledge::builtin().unwrap();
    let (mut wrong, mut checked) = (Vec::new(), 0);
    for fingerprint in knowledge.fingerprints.iter() {
        let words = fingerprint.source.split(|c: char| c.is_whitespace() || matches!(c, ';' | ','));
        let Some(file) = words.clone().find_map(|word| word.strip_prefix("rapid7/recog:")) else { continue };
        let file = file.trim_end_matches(':');
        let Ok(text) = fs::read_to_string(folder.join(file)) else {
            wrong.push(format!("{}: no file {file}", fingerprint.id));
            continue;
        };
        checked += 1;
        // The list leaves out what stands before every value of a kind, such as "SSH-2.0-", and signs.
        if !plain(&text).contains(plain(fingerprint.text()).trim_matches(['-', '(', ')'])) {
            wrong.push(format!("{}: \"{}\" is not in {file}", fingerprint.id, fingerprint.text()));
        }
    }
    assert_eq!(wrong, [""; 0]);
    assert!(checked > 100, "{checked} fingerprints were checked");
}

/// The makers that an advisory names, as it writes them.
fn makers(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    // In the product tree a branch of category "vendor" bears the maker's name, before or after the category.
    for part in text.split("\"category\": \"vendor\"").skip(1) {
        let after = part.split_once("\"name\": \"").map(|(_, rest)| rest);
        found.extend(after.and_then(|rest| rest.split('"').next()).map(str::to_owned));
    }
    found
}

#[test]
fn every_maker_in_the_medical_advisories_is_known_however_it_is_spelt() {
    let Some(folder) = data().map(|data| data.join("advisories/icsma")) else { return };
    let knowledge = Knowledge::builtin().unwrap();
    let mut strangers = std::collections::BTreeSet::new();
    let mut seen = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        for maker in makers(&text) {
            seen += 1;
            if knowledge.vendors.known(&maker).is_none() {
                strangers.insert(maker);
            }
        }
    }
    assert_eq!(strangers.into_iter().collect::<Vec<_>>(), [""; 0]);
    assert!(seen > 60, "{seen} makers were read");
}

#[test]
fn owners_of_today_are_known() {
    let vendors = Knowledge::builtin().unwrap().vendors;
    for (brand, owner) in [
        ("Hospira", "ICU Medical"),
        ("Smiths Medical ASD", "ICU Medical"),
        ("Welch Allyn", "Baxter"),
        ("CareFusion", "BD"),
        ("Varian Medical Systems", "Siemens"),
        ("Qualcomm Life", "Philips"),
        ("TOSHIBA_MEC", "Canon"),
    ] {
        assert!(vendors.came_into(brand, owner), "{brand} is {owner}'s");
        assert!(vendors.same(brand, owner) || !vendors.came_into(owner, brand), "{owner} is not {brand}'s");
    }
    assert!(vendors.mergers().iter().all(|merger| merger.source.split_whitespace().count() > 2));
}
