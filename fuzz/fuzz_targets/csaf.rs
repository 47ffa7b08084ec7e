#![no_main]

use cordon_assess::advisory;
use cordon_assess::version::{Subject, decide};
use cordon_model::Timestamp;

// Whatever a publisher sends, in CSAF, CycloneDX or OpenVEX: read or rejected with a reason, indices lead somewhere,
// the same bytes read the same.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let now = Timestamp::from_seconds(1_700_000_000);
    let reading = match advisory::read(data, "fuzz.json", now) {
        Ok(reading) => reading,
        Err(rejected) => {
            assert!(!rejected.reason.is_empty());
            return;
        }
    };
    let read = &reading.advisory;
    let (products, vulnerabilities) = (read.products.len() as u32, read.vulnerabilities.len() as u32);
    assert!(read.statements.iter().all(|one| one.product < products && one.vulnerability < vulnerabilities));
    assert!(read.statements.windows(2).all(|pair| pair[0] < pair[1]));
    for remediation in &read.remediations {
        assert!(remediation.vulnerability < vulnerabilities);
        assert!(remediation.products.iter().all(|product| *product < products));
    }
    for product in &read.products {
        decide(&product.condition, &Subject::default());
        if let Some(composed) = &product.composed {
            assert!(composed.part < products && composed.whole < products);
        }
    }
    assert_eq!(advisory::read(data, "fuzz.json", now).as_ref(), Ok(&reading));
});
