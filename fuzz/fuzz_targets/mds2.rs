#![no_main]

use cordon_segment::makers::{Peer, mds2};

// Lines `id|answer|note`: what a form says of connections. Reading ends, is bounded, and what names no other end never
// becomes a flow with one.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let text = String::from_utf8_lossy(data);
    let answers: Vec<mds2::Answer> = text
        .lines()
        .map(|line| {
            let mut cells = line.splitn(3, '|').map(str::to_owned);
            let id = cells.next().unwrap_or_default();
            let mut next = || cells.next().unwrap_or_default();
            mds2::Answer { topic: id.clone(), id, answer: next(), note: next() }
        })
        .collect();
    let found = mds2::publication("x", &answers);
    for flow in &found.flows {
        assert!(!flow.ports.is_empty() && flow.ports.len() <= 65_535);
        assert!(flow.place.chars().count() < 400, "{}", flow.place);
        let named = matches!(&flow.peer, Peer::Name(_) | Peer::Network(_));
        assert!(!named || text.contains('.') || text.contains(':'));
    }
});
