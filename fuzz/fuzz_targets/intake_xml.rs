#![no_main]

use cordon_intake::Format;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::intake::file(&[Format::Nmap, Format::Nessus, Format::OpenVas, Format::ClearPassXml], data));
