#![no_main]

use cordon_observe::dissect::syslog::SyslogMessages;

libfuzzer_sys::fuzz_target!(|data: &[u8]| cordon_fuzz::datagrams::<SyslogMessages>(data, 514));
