#![no_main]

use cordon_intake::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::intake::file(&[Format::ZeekTsv, Format::ZeekJson, Format::Eve, Format::P0f], data));
