#![no_main]

use cordon_assess::cpe::Name;
use cordon_assess::ecosystem::Rule;
use cordon_assess::intelligence::advisory::{of_cve, of_nvd};
use cordon_assess::purl::Purl;
use cordon_assess::records::osv::{is_about, standing};

const ECOSYSTEMS: [&str; 7] = ["npm", "NuGet", "PyPI", "Maven", "Debian:12", "Red Hat", "RubyGems"];

// Texts that records and bills hold: names of products, versions of every ecosystem, records of vulnerabilities. The
// first line is a name and a version, the rest is a record.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    let (name, version) = first.split_once(' ').unwrap_or((first, first));
    if let Some(name) = Name::parse(name) {
        assert_eq!(Name::parse(&name.to_string()).as_ref(), Some(&name));
        name.relation(&name);
        name.key();
    }
    for rule in ECOSYSTEMS.into_iter().filter_map(Rule::of) {
        assert_eq!(rule.order(name, version), rule.order(version, name).map(std::cmp::Ordering::reverse));
    }
    let Ok(record) = serde_json::from_str(rest) else { return };
    if let Some(purl) = Purl::parse(name) {
        is_about(&record, &purl);
    }
    standing(&record, version);
    let _ = of_nvd(&record);
    let _ = of_cve(&record);
});
