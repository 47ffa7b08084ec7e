#![no_main]

use cordon_assess::version::{Condition, Decision, Relation, Version, decide, examples};

// A condition and, after the first line break, a version: reading and deciding end, examples are what they say,
// a version never comes both before and after another, and what prints reads back.
libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (text, version) = text.split_once('\n').unwrap_or((text, "1.0"));
    let condition = Condition::parse(text);
    let decision = condition.decide_text(version);
    assert_eq!(decision, condition.decide_text(version));
    let (inside, outside) = examples(&condition);
    if let Some(inside) = inside {
        assert_eq!(decide(&condition, &inside.subject()), Decision::Inside);
    }
    if let Some(outside) = outside {
        assert_eq!(decide(&condition, &outside.subject()), Decision::Outside);
    }
    let _ = Condition::parse(&condition.to_string()).of_product(version);
    let (Some(one), Some(other)) = (Version::parse(text), Version::parse(version)) else { return };
    match one.relation(&other) {
        Relation::Less => assert!(!matches!(other.relation(&one), Relation::Less | Relation::Equal)),
        Relation::Greater => assert!(!matches!(other.relation(&one), Relation::Greater | Relation::Equal)),
        _ => {}
    }
});
