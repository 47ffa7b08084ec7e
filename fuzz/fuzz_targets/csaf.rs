#![no_main]

use cordon_assess::advisory::csaf;
use cordon_assess::version::{Subject, decide};
use cordon_model::Timestamp;

// Whatever a publisher sends: read or rejected with a reason, indices lead somewhere, the same bytes read the same.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let now = Timestamp::from_seconds(1_700_000_000);
    let reading = match csaf::read(data, "fuzz.json", now) {
        Ok(reading) => reading,
        Err(rejected) => {
            assert!(!rejected.reason.is_empty());
            return;
        }
    };
    let advisory = &reading.advisory;
    let (products, vulnerabilities) = (advisory.products.len() as u32, advisory.vulnerabilities.len() as u32);
    assert!(advisory.statements.iter().all(|one| one.product < products && one.vulnerability < vulnerabilities));
    assert!(advisory.statements.windows(2).all(|pair| pair[0] < pair[1]));
    for remediation in &advisory.remediations {
        assert!(remediation.vulnerability < vulnerabilities);
        assert!(remediation.products.iter().all(|product| *product < products));
    }
    for product in &advisory.products {
        decide(&product.condition, &Subject::default());
        if let Some(composed) = &product.composed {
            assert!(composed.part < products && composed.whole < products);
        }
    }
    assert_eq!(csaf::read(data, "fuzz.json", now).as_ref(), Ok(&reading));
});
