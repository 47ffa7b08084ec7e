#![no_main]

use cordon_segment::policy::{Given, edited, read};

// Whatever a policy file says is read or refused by line; what is put into one that was read leaves every line of it
// and is read back.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(policy) = read(text) else { return };
    if policy.zones.iter().any(|zone| zone.id == "zone-added") {
        return;
    }
    let given = Given { id: "zone-added".into(), name: "\"#\n: - ".into(), ..Given::default() };
    if let Ok((more, notes)) = edited(text, &[given])
        && notes.is_empty()
    {
        let again = read(&more).expect("what was added is read back");
        assert_eq!(again.zones.len(), policy.zones.len() + 1, "{more}");
        assert_eq!((&again.moves.len(), &again.rules), (&policy.moves.len(), &again.rules));
    }
});
