#![no_main]

use cordon_intake::{asset_list, is_asset_list, rejected_csv};
use cordon_model::observe::FACT_BYTES_MAX;

// Whatever a list holds, its facts are clean and bounded, and its rejected rows run no formula.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    is_asset_list(&data[..data.len().min(4096)], &[]);
    let list = asset_list("fuzz.csv", data, &[]);
    for sighting in &list.batch.sightings {
        assert!(sighting.value.len() <= FACT_BYTES_MAX && !sighting.value.is_empty());
        assert!(!sighting.value.chars().any(char::is_control));
    }
    assert!(list.batch.sightings.is_sorted());
    let csv = rejected_csv(&list.rejected);
    assert!(!csv.contains("\n\"=") && !csv.contains(",\"="));
});
