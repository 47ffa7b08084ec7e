//! What is refused, what gives way, and what is found without trying everything.

use super::*;
use crate::Knowledge;
use crate::systems::Systems;
use crate::vendors::Vendors;
use proptest::prelude::*;
use std::sync::LazyLock;

static BUILTIN: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::builtin().unwrap());

const GOOD: &str = r#"
[[fingerprint]]
id = "dhcp/printer"
facts = ["dhcp.vendor_class"]
pattern = "Mfg={maker};Typ=*;Mod={model};*"
claims = [
  { attribute = "manufacturer", value = "{maker}", probability = 0.9 },
  { attribute = "category", value = "printer", probability = 0.9 },
]
examples = [{ input = "Mfg=HP;Typ=Printer;Mod=M401;Ser=1;", gives = { manufacturer = "HP" } }]
not = ["MSFT 5.0"]
source = "test"
"#;

fn load(text: &str) -> Result<Fingerprints, KnowledgeError> {
    Fingerprints::load(&[File::builtin("fingerprints.toml", text)])
}

#[test]
fn a_match_fills_its_claims() {
    let fingerprints = load(GOOD).unwrap();
    let matched = fingerprints.matching(Fact::DhcpVendorClass, "Mfg=Acme;Typ=X;Mod=Y;");
    assert_eq!(matched.len(), 1);
    assert_eq!(matched[0].supports[0].value, "Acme");
    assert!(fingerprints.matching(Fact::DhcpHostname, "Mfg=Acme;Typ=X;Mod=Y;").is_empty());
}

#[test]
fn every_mistake_is_refused_with_its_line() {
    let cases = [
        ("dhcp.vendor_class", "dhcp.vendor", "no known kind of fact"),
        ("\"printer\"", "\"toaster\"", "no device category"),
        ("probability = 0.9 },\n]", "probability = 1.5 },\n]", "no probability"),
        ("value = \"{maker}\"", "value = \"{brand}\"", "does not capture"),
        ("manufacturer = \"HP\"", "manufacturer = \"IBM\"", "and not \"IBM\""),
        ("not = [\"MSFT 5.0\"]", "not = [\"Mfg=a;Typ=b;Mod=c;\"]", "must not"),
        ("source = \"test\"", "source = \" \"", "no source"),
        ("not = [\"MSFT 5.0\"]", "not = []", "needs an example"),
    ];
    for (from, to, word) in cases {
        let error = load(&GOOD.replace(from, to)).unwrap_err();
        assert!(error.reason.contains(word), "{to}: {error}");
        assert_eq!(error.line, 2, "{to}: {error}");
    }
    assert!(load(&format!("{GOOD}{GOOD}")).unwrap_err().reason.contains("twice"));
    assert!(load(&GOOD.replace("pattern =", "exact =")).unwrap_err().reason.contains("pattern signs"));
}

#[test]
fn an_unconfirmed_source_supports_little() {
    let unconfirmed = GOOD.replace("source = \"test\"", "source = \"unconfirmed: common knowledge\"");
    assert!(load(&unconfirmed).unwrap_err().reason.contains("no confirmed source"));
    let own = |text: &str| Fingerprints::load(&[File::own("fingerprints.toml", text)]);
    let error = own(&unconfirmed).unwrap_err();
    assert!(error.reason.contains("unconfirmed source supports 0.8 at most"), "{error}");
    assert_eq!((error.file.as_str(), error.line), ("fingerprints.toml", 2));
    let modest = unconfirmed.replace("probability = 0.9", "probability = 0.8");
    assert_eq!(own(&modest).unwrap().iter().count(), 1);
}

/// An entry that reads vendor classes, by name, what it contains, and the category it says.
fn entry(id: &str, contains: &str, category: &str, more: &str) -> String {
    format!(
        "[[fingerprint]]\nid = \"{id}\"\nfacts = [\"dhcp.vendor_class\"]\ncontains = \"{contains}\"\n{more}\n\
         claims = [{{ attribute = \"category\", value = \"{category}\", probability = 0.8 }}]\n\
         examples = [{{ input = \"the {contains} of ward 3\" }}]\nnot = [\"nothing\"]\nsource = \"test\"\n"
    )
}

fn conflicts(text: &str) -> Vec<(String, bool)> {
    let fingerprints = load(text).unwrap();
    let found = fingerprints.conflicts(&Vendors::default(), &Systems::default());
    found.iter().map(|pair| (pair.error().reason, pair.settled())).collect()
}

#[test]
fn fingerprints_that_contradict_one_another_are_found() {
    let two = entry("a", "label printer", "printer", "") + &entry("b", "printer", "phone", "");
    let found = conflicts(&two);
    assert_eq!(found.len(), 1);
    assert!(found[0].0.contains("\"phone\"") && found[0].0.contains("an example of \"a\""), "{found:?}");
    assert!(!found[0].1);
    let same = entry("a", "label printer", "printer", "") + &entry("b", "printer", "printer", "");
    assert_eq!(conflicts(&same), []);
    let declared =
        entry("a", "label printer", "printer", "over = [\"b\"]") + &entry("b", "printer", "phone", "");
    assert!(conflicts(&declared).iter().all(|(_, settled)| *settled));
    let fingerprints = load(&declared).unwrap();
    let said = fingerprints.matching(Fact::DhcpVendorClass, "label printer");
    assert_eq!(said.iter().map(|matched| matched.fingerprint.id.as_str()).collect::<Vec<_>>(), ["a"]);
    let said = fingerprints.matching(Fact::DhcpVendorClass, "printer");
    assert_eq!(said[0].supports[0].value, "phone");
}

#[test]
fn who_stands_over_another_must_name_one_and_not_in_turn() {
    let strange = entry("a", "label printer", "printer", "over = [\"c\"]");
    assert!(load(&strange).unwrap_err().reason.contains("does not exist"));
    let both = entry("a", "label printer", "printer", "over = [\"b\"]")
        + &entry("b", "printer", "phone", "over = [\"a\"]");
    assert!(load(&both).unwrap_err().reason.contains("in turn"));
}

#[test]
fn a_sites_own_replaces_and_outranks_and_is_named() {
    let builtin = entry("a", "label printer", "printer", "") + &entry("b", "cart", "other", "");
    let own = entry("a", "plate printer", "camera", "") + &entry("ours/cart", "cart", "bed", "");
    let files = [File::builtin("fingerprints.toml", &builtin), File::own("fingerprints-w.toml", &own)];
    let fingerprints = Fingerprints::load(&files).unwrap();
    let said = |value: &str| -> Vec<(String, String)> {
        let found = fingerprints.matching(Fact::DhcpVendorClass, value);
        found
            .iter()
            .map(|matched| (matched.fingerprint.rule.clone(), matched.supports[0].value.clone()))
            .collect()
    };
    assert_eq!(said("label printer"), []);
    assert_eq!(said("plate printer"), [("a (fingerprints-w.toml:1)".to_owned(), "camera".to_owned())]);
    assert_eq!(said("cart"), [("ours/cart (fingerprints-w.toml:10)".to_owned(), "bed".to_owned())]);
    assert_eq!(fingerprints.replaced().len(), 1);
    assert_eq!(fingerprints.replaced()[0].builtin.line, 1);
}

#[test]
fn the_facts_of_a_file_count_for_every_entry_without_its_own() {
    let text = GOOD.replace("facts = [\"dhcp.vendor_class\"]\n", "");
    assert!(load(&text).unwrap_err().reason.contains("reads no facts"));
    let text = format!("facts = [\"http.server\"]\n{text}");
    assert!(load(&text).unwrap().reads(Fact::HttpServer));
}

#[test]
fn a_fact_that_only_one_kind_of_device_has_fits_any_value() {
    let text = GOOD
        .replace("pattern = \"Mfg={maker};Typ=*;Mod={model};*\"", "any = true")
        .replace("value = \"{maker}\"", "value = \"HP\"")
        .replace("\"MSFT 5.0\"", "\"\"");
    let fingerprints = load(&text).unwrap();
    assert_eq!(fingerprints.matching(Fact::DhcpVendorClass, "x").len(), 1);
    assert_eq!(fingerprints.matching(Fact::DhcpVendorClass, " ").len(), 0);
}

#[test]
fn every_mistake_of_a_file_is_told() {
    let bad =
        entry("a", "x", "toaster", "") + &entry("b", "y", "printer", "") + &entry("b", "z", "printer", "");
    let mut problems = Vec::new();
    let sound = Fingerprints::load_all(&[File::builtin("fingerprints.toml", &bad)], &mut problems);
    assert_eq!(problems.iter().map(|problem| problem.line).collect::<Vec<_>>(), [1, 19]);
    assert_eq!(sound.iter().count(), 1);
}

proptest! {
    #[test]
    fn the_index_misses_nothing(index in 0usize..4000, before in "[ -~]{0,12}", after in "[ -~]{0,12}") {
        let knowledge = &*BUILTIN;
        let all: Vec<&Fingerprint> = knowledge.fingerprints.iter().collect();
        let some = all[index % all.len()];
        let value = format!("{before}{}{after}", some.examples[0].input);
        for fact in &some.facts {
            let found: Vec<&str> =
                knowledge.fingerprints.reading(*fact, &value).iter().map(|m| m.fingerprint.id.as_str()).collect();
            let slow: Vec<&str> = all
                .iter()
                .filter(|other| other.facts.contains(fact) && other.read(&value).is_some())
                .map(|other| other.id.as_str())
                .collect();
            prop_assert_eq!(&found, &slow, "{}", fact);
        }
    }
}
