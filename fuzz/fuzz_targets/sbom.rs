#![no_main]

use cordon_assess::purl::Purl;
use cordon_assess::sbom::{COMPONENTS_MAX, read};

// Bills of material in any format: read or refused with a reason, within limits, the same bytes the same.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    match read(data, "fuzz.json") {
        Ok(bill) => {
            assert!(bill.components.len() <= COMPONENTS_MAX);
            for component in &bill.components {
                assert!(!component.name.is_empty() && component.name.chars().count() <= 500);
                for purl in component.purls.iter().filter_map(|purl| Purl::parse(purl)) {
                    assert!(!purl.name.is_empty());
                    purl.package();
                }
            }
            assert_eq!(read(data, "fuzz.json"), Ok(bill));
        }
        Err(rejected) => assert!(!rejected.reason.is_empty()),
    }
});
