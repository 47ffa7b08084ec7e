#![no_main]

use cordon_observe::dissect::dicom::Dicom;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::stream::<Dicom>(data));
