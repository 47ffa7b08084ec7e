#![no_main]

use cordon_assess::advisory::archive::{is_tar, members};

// Archives of advisories: every file handed out lies within the bytes, and the same bytes give the same files.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    is_tar(data);
    let list = || {
        let mut found = Vec::new();
        let done = members(data, &mut |name, body| found.push((name.to_owned(), body.to_vec())));
        (found, done.is_ok())
    };
    let (found, is_whole) = list();
    assert!(found.iter().map(|(_, body)| body.len()).sum::<usize>() <= data.len());
    assert_eq!(list(), (found, is_whole));
});
