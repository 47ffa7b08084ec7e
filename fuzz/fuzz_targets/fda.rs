#![no_main]

use cordon_intake::fda::{FdaFormat, FdaRecord, read, recognise};

const FORMATS: [FdaFormat; 4] =
    [FdaFormat::UdiJson, FdaFormat::GudidXml, FdaFormat::ClassificationJson, FdaFormat::ClassificationTable];

// The first byte chooses the format, as it was recognised or not. Every record can be known again, and no text is
// longer than what is kept.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else { return };
    recognise(bytes);
    let format = FORMATS[usize::from(*which) % FORMATS.len()];
    let mut records = 0;
    let done = read(format, &mut &*bytes, &mut |record| {
        records += 1;
        match record {
            FdaRecord::Product(product) => {
                assert!(!product.device.is_empty() && product.further.len() <= 64 && product.codes.len() <= 64);
                for text in [&product.brand, &product.model, &product.company, &product.distribution] {
                    assert!(text.chars().count() <= 200 && !text.chars().any(char::is_control));
                }
                product.model_keys();
            }
            FdaRecord::Classification(class) => assert_eq!(class.code.len(), 3),
        }
    });
    assert_eq!(done.records, records);
});
