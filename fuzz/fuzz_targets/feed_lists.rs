#![no_main]

use cordon_link::{Url, csaf, nvd, sums};

// What servers say of their files. No address leads elsewhere than to the web, and none of a folder out of it.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((which, bytes)) = data.split_first() else { return };
    let Ok(at) = "https://example.com/csaf/white/".parse::<Url>() else { return };
    let listed = match which % 6 {
        0 => {
            if let Ok(provider) = csaf::provider(bytes, &at) {
                assert!(!provider.lists.is_empty());
                assert!(provider.lists.iter().all(|list| list.url().scheme() == "https"));
            }
            return;
        }
        1 => csaf::feed(bytes, &at).unwrap_or_default(),
        2 => csaf::changes(bytes, &at),
        3 => csaf::index(bytes, &at),
        4 => {
            assert!(csaf::security_txt(bytes, &at).iter().all(|url| url.scheme() == "https"));
            csaf::recognise(bytes);
            return;
        }
        _ => {
            let _ = nvd::head(bytes);
            if let Some(sum) = sums::parse(bytes) {
                sum.fits(bytes);
            }
            return;
        }
    };
    for one in listed {
        assert_eq!(one.url.scheme(), "https");
        assert!(which % 6 == 1 || one.url.as_str().starts_with(at.as_str()), "{}", one.url);
    }
});
