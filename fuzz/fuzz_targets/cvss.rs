//! CVSS vectors and filled forms of the rubric: any text is a vector whose text reads back the same and whose scores
//! lie within the scale, or an error.
#![no_main]

use cordon_assess::cvss::{Score, Vector};
use cordon_assess::rubric;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(vector) = text.parse::<Vector>() {
        assert_eq!(vector.to_string().parse::<Vector>().as_ref(), Ok(&vector));
        let scores = vector.scores();
        let highest = Score::from_tenths(100);
        assert!(scores.base <= highest && scores.overall() <= highest);
    }
    let _ = rubric::score(text);
});
