//! Conditions as makers write them, and properties that hold for every text.

use cordon_assess::version::{Condition, Decision, QuestionKind, Subject, Version, decide};
use cordon_model::Timestamp;
use proptest::prelude::*;

/// How a text prints once it is understood, versions inside, outside, and such that a question remains.
fn check(text: &str, printed: &str, inside: &[&str], outside: &[&str], open: &[&str]) {
    let condition = Condition::parse(text);
    assert!(condition.is_typed(), "“{text}” is not understood");
    assert_eq!(condition.to_string(), printed, "“{text}”");
    for version in inside {
        assert_eq!(condition.decide_text(version), Decision::Inside, "{version} in “{text}”: {condition:?}");
    }
    for version in outside {
        assert_eq!(condition.decide_text(version), Decision::Outside, "{version} in “{text}”: {condition:?}");
    }
    for version in open {
        let decision = condition.decide_text(version);
        assert!(matches!(decision, Decision::Undecidable(_)), "{version} in “{text}”: {decision:?}");
    }
}

#[test]
fn comparisons_and_prose() {
    check("<= L81", "<= L81", &["L81", "L80"], &["L82", "M1"], &["81", ""]);
    check("< 2.43.02", "< 2.43.02", &["2.43.01", "v2.42"], &["2.43.02", "2.44", "2.43.02.1"], &["2.43", "A"]);
    check("All versions prior to 2.2", "< 2.2", &["2.1"], &["2.2"], &["2"]);
    check("Version 2.0.14.0 and prior versions", "<= 2.0.14.0", &["2.0.14.0"], &["2.0.14.1"], &[]);
    check("1.20.2 and lower", "<= 1.20.2", &["1.20.1"], &["1.20.3"], &[]);
    check("Versions 4.01 through 4.34", ">= 4.01 <= 4.34", &["4.01", "4.34"], &["4.35", "4.00"], &[]);
    check("4.4 – 4.12", ">= 4.4 <= 4.12", &["4.10"], &["4.13"], &["4.12.1"]);
    check("12.4.1-12.4.11", ">= 12.4.1 <= 12.4.11", &["12.4.9"], &["12.4.12"], &[]);
    check("between 1.0 and 2.0", ">= 1.0 <= 2.0", &["1.5"], &["2.1"], &[]);
    check("from 1.0 up to but not including 2.0", ">= 1.0 < 2.0", &["1.9"], &["2.0"], &[]);
    check("starting with 3.1", ">= 3.1", &["3.1", "4"], &["3.0"], &[]);
    check("1.8 or later", ">= 1.8", &["1.9"], &["1.7"], &[]);
    check("R10.3b+", ">= R10.3b", &["R10.4"], &["R10.2"], &[]);
    check("after 8.0.4 and prior to 8.1", "> 8.0.4 < 8.1", &["8.0.5"], &["8.0.4", "8.1"], &[]);
}

#[test]
fn what_may_be_meant_two_ways_asks_where_it_matters() {
    check("all versions up to 7.6.2", "< 7.6.2 // <= 7.6.2", &["7.6.1"], &["7.6.3"], &["7.6.2"]);
    let twice = Condition::parse("<= 3.01.1744").also(Condition::parse("3.02.1744 and prior"));
    assert_eq!(twice.decide_text("3.01.5"), Decision::Inside);
    assert_eq!(twice.decide_text("3.03"), Decision::Outside);
    let Decision::Undecidable(question) = twice.decide_text("3.02.1") else { panic!() };
    assert_eq!(question.kind, QuestionKind::Meaning);
}

#[test]
fn lists_lines_revisions_editions_builds() {
    check("1.1 | 1.6 | 1.5", "1.1 or 1.6 or 1.5", &["1.5"], &["1.2"], &["1"]);
    check("(Release 1.3.2 1.4.0 1.4.1)", "1.3.2 or 1.4.0 or 1.4.1", &["1.4.0"], &["1.4.2"], &[]);
    check("4.20 4.20 SR1 and 4.30", "4.20 or 4.20 SR1 or 4.30", &["4.20 SR1"], &["4.10"], &[]);
    check("5.x.x", "5.x.x", &["5.1.7", "5"], &["4.9", "6.0"], &[]);
    check("4.X | 5.X", "4.X or 5.X", &["5.1"], &["6.0"], &[]);
    check("< 3.x", "< 3.x", &["2.9"], &["3.0", "3.5"], &[]);
    check("Rev J-M", ">= J <= M", &["K", "Rev. L"], &["H", "N"], &["2.1", "AA"]);
    check("2nd Edition", "2nd Edition", &["2nd edition"], &["3rd Edition"], &["2.0"]);
    check("1.1.3 MR Build 11", "1.1.3 MR Build 11", &["1.1.3 MR build 11"], &["1.1.4"], &["1.1.3"]);
    check("< 1.8.4 Service Pack 01", "< 1.8.4 Service Pack 01", &["1.8.3"], &["1.8.4 SP1"], &["1.8.4"]);
    check("<V14_SP1_Update_5", "< V14 SP1 Update 5", &["V14 SP1 Update 4"], &["V14 SP2", "V15"], &["V14"]);
    check("2.6A and earlier", "<= 2.6A", &["2.5", "2.6A"], &["2.6B", "2.7"], &["2.6"]);
}

#[test]
fn vers_and_excepted_versions() {
    check("vers:all/*", "all versions", &["1", "anything"], &[], &[]);
    check("vers:intdot/>=1.0|<2.4", ">= 1.0 < 2.4", &["1.0", "2.3"], &["2.4"], &[]);
    check("vers:generic/1.1|1.3", "1.1 or 1.3", &["1.3"], &["1.2"], &[]);
    check("vers:semver/>=1.0.0|!=1.5.0|<2.0.0", ">= 1.0.0 < 2.0.0 except 1.5.0", &["1.4.0"], &["1.5.0"], &[]);
    check("vers:all/>=V1.0<V2.0", ">= V1.0 < V2.0", &["1.5"], &["2.0"], &[]);
    check("vers:none/*", "no version", &[], &["1"], &[]);
}

#[test]
fn dates_serial_numbers_accessories() {
    let condition = Condition::parse("distributed < april 1, 2018");
    assert_eq!(condition.to_string(), "distributed < 2018-04-01");
    let at = |date: &str| Some(format!("{date}T00:00:00Z").parse::<Timestamp>().unwrap());
    let made = |date| decide(&condition, &Subject { manufactured: at(date), ..Subject::default() });
    assert_eq!(made("2018-04-02"), Decision::Outside);
    assert!(matches!(made("2017-04-02"), Decision::Undecidable(_)));
    let got = decide(&condition, &Subject { acquired: at("2018-03-01"), ..Subject::default() });
    assert_eq!(got, Decision::Inside);

    let condition = Condition::parse("<=with_the_first_5_digits_of_serial_number_24061");
    let serial = |serial| decide(&condition, &Subject { serial: Some(serial), ..Subject::default() });
    assert_eq!(serial("2406012345"), Decision::Inside);
    assert_eq!(serial("2406212345"), Decision::Outside);
    assert!(matches!(serial("X1"), Decision::Undecidable(_)));

    let condition = Condition::parse("v9.x (with Wireless Battery Module >= v22D19)");
    let with = |version: &str| {
        let parts = [("Wireless Battery Module".to_owned(), version.to_owned())];
        decide(
            &condition,
            &Subject { version: Version::parse("9.01").as_ref(), parts: &parts, ..Subject::default() },
        )
    };
    assert_eq!(with("22D24"), Decision::Inside);
    assert_eq!(with("v20D29"), Decision::Outside);
    assert_eq!(condition.decide_text("8.0"), Decision::Outside);
    let Decision::Undecidable(question) = condition.decide_text("9.01") else { panic!() };
    assert_eq!(question.kind, QuestionKind::Part);
}

#[test]
fn what_is_not_understood_stays_a_question() {
    for text in [
        "4.1.1.7662 (and possibly prior versions)",
        "most recent builds",
        "<= PI SDK 2018 SP1 Version 1.4.7.602",
        "versions with the blue label",
        "<=",
        "",
    ] {
        let condition = Condition::parse(text);
        assert!(!condition.is_typed(), "“{text}” was taken as {condition}");
        assert!(matches!(condition.decide_text("1.0"), Decision::Undecidable(_)));
    }
}

#[test]
fn model_numbers_are_not_versions() {
    let condition = Condition::parse("24950 | 24952").of_product("MyCareLink Monitor");
    let named = |name: &str| {
        let names = [name.to_owned()];
        decide(
            &condition,
            &Subject { names: &names, version: Version::parse("1.1").as_ref(), ..Subject::default() },
        )
    };
    assert_eq!(named("MyCareLink 24952"), Decision::Inside);
    assert_eq!(named("MyCareLink 24955"), Decision::Outside);
    assert!(matches!(named("MyCareLink"), Decision::Undecidable(_)));
    assert!(matches!(condition.decide_text("1.1"), Decision::Undecidable(_)));
}

fn version() -> impl Strategy<Value = String> {
    let part = prop_oneof![4 => "[0-9]{1,3}", 1 => "[A-D]", 1 => Just("x".to_owned())];
    (
        prop_oneof![3 => Just(""), 1 => Just("v"), 1 => Just("Rev ")],
        proptest::collection::vec(part, 1..4),
        prop_oneof![4 => Just(String::new()), 1 => "( SP[1-9]| Build [0-9]{2}| Update [1-9])"],
    )
        .prop_map(|(lead, parts, tail)| format!("{lead}{}{tail}", parts.join(".")))
}

fn phrase() -> impl Strategy<Value = String> {
    let one = (version(), 0..9).prop_map(|(version, form)| match form {
        0 => format!("< {version}"),
        1 => format!("<={version}"),
        2 => format!(">= {version}"),
        3 => format!("prior to {version}"),
        4 => format!("{version} and earlier"),
        5 => format!("up to {version}"),
        6 => format!("{version} (with Radio >= 2.1)"),
        7 => format!("vers:intdot/>{version}"),
        _ => version,
    });
    proptest::collection::vec(one, 1..4).prop_map(|parts| parts.join(" | "))
}

proptest! {
    #[test]
    fn deciding_is_total(text in ".{0,120}", version in ".{0,40}") {
        let condition = Condition::parse(&text);
        let _ = condition.decide_text(&version);
        let _ = cordon_assess::version::examples(&condition);
        let _ = condition.to_string();
    }

    #[test]
    fn deciding_phrases_is_total(text in phrase(), version in version()) {
        let condition = Condition::parse(&text);
        let _ = condition.decide_text(&version);
    }

    #[test]
    fn printed_conditions_read_back(text in phrase()) {
        let condition = Condition::parse(&text);
        prop_assert_eq!(Condition::parse(&condition.to_string()), condition);
    }

    #[test]
    fn a_range_holds_its_ends_as_stated(numbers in proptest::collection::vec(0u32..50, 1..5)) {
        let version = numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        for (sign, expected) in [("<", Decision::Outside), ("<=", Decision::Inside), (">", Decision::Outside), (">=", Decision::Inside), ("=", Decision::Inside)] {
            let condition = Condition::parse(&format!("{sign} {version}"));
            prop_assert_eq!(condition.decide_text(&version), expected, "{} {}", sign, version);
        }
    }

    #[test]
    fn examples_are_what_they_say(text in phrase()) {
        let condition = Condition::parse(&text);
        let (inside, outside) = cordon_assess::version::examples(&condition);
        if let Some(inside) = inside {
            prop_assert_eq!(decide(&condition, &inside.subject()), Decision::Inside);
        }
        if let Some(outside) = outside {
            prop_assert_eq!(decide(&condition, &outside.subject()), Decision::Outside);
        }
    }

    /// Later versions never come back below an upper end.
    #[test]
    fn upper_ends_are_monotone(bound in proptest::collection::vec(0u32..20, 2..4), a in proptest::collection::vec(0u32..20, 3), b in proptest::collection::vec(0u32..20, 3)) {
        let text = |numbers: &[u32]| numbers.iter().map(u32::to_string).collect::<Vec<_>>().join(".");
        let (low, high) = if a <= b { (a, b) } else { (b, a) };
        let condition = Condition::parse(&format!("< {}", text(&bound)));
        if condition.decide_text(&text(&high)) == Decision::Inside {
            prop_assert_eq!(condition.decide_text(&text(&low)), Decision::Inside);
        }
    }
}

#[test]
fn ways_of_writing_in_medical_advisories() {
    check("< VA25", "< VA25", &["VA10A", "VA24"], &["VA25", "VB10"], &[]);
    check("vD25 and prior", "<= vD25", &["D24", "vD25"], &["D26"], &[]);
    check("Versions N and prior", "<= N", &["M", "N"], &["P"], &["2.1"]);
    // The zero of 2.60 may have been dropped; then 2.10 would be inside.
    check("<= 2.6", "<= 2.6", &["2.5", "1.10"], &["2.7", "3.1"], &["2.10"]);
    check("< 1.10", "< 1.10", &["1.9"], &["1.11"], &[]);
    check("<= 2.43.02", "<= 2.43.02", &[], &[], &["2018.04.01", "2018-04-01"]);
    check("5.0 (and prior)", "<= 5.0", &["4.9"], &["5.1"], &[]);
    check("5.0.0.0 and versions prior", "<= 5.0.0.0", &["4.9"], &["5.1"], &[]);
    check(">= 1.31 | <= 1.4", ">= 1.31 <= 1.4", &[], &["1.5", "1.30"], &["1.35"]);
    check("Release 3.2 and any earlier release", "<= 3.2", &["3.1"], &["3.3"], &[]);
    check("versions lower than or equal to 4.2", "<= 4.2", &["4.2"], &["4.3"], &[]);
    check("1.0 to 2.0 inclusive", ">= 1.0 <= 2.0", &["2.0"], &["2.1"], &[]);
    check("1.0.0 and 1.0.1 only", "1.0.0 or 1.0.1", &["1.0.1"], &["1.0.2"], &[]);
    check("2.x and 3.x prior to 3.4", "2.x or >= 3.x < 3.4", &["2.9", "3.3"], &["3.4", "4.0"], &[]);
    check("K and prior", "<= K", &["J"], &["L"], &[]);
    check("11.x and earlier", "<= 11.x", &["11.4", "10.0"], &["12.1"], &[]);
    check("1.10, 1.11, 1.13, and 1.14", "1.10 or 1.11 or 1.13 or 1.14", &["1.13"], &["1.12"], &["1"]);
    check("3.36 and 3.40", "3.36 or 3.40", &["3.40"], &["3.37"], &[]);
    check("Version 2.0 and later", ">= 2.0", &["2.0", "3"], &["1.9"], &[]);
    check("SW 8.2x", "8.2x", &["8.2"], &["9.0"], &["8.21"]);
    check("5.04 - 5.07", ">= 5.04 <= 5.07", &["5.05"], &["5.08"], &[]);
    check("B.02, C.02, C.03", "B.02 or C.02 or C.03", &["C.02"], &["C.04"], &["C"]);
    check("5.09.02 and 5.89.05b", "5.09.02 or 5.89.05b", &["5.89.05b"], &["5.10.01"], &["5.89.05"]);
    check(
        "All versions prior to May 2018",
        "released < 2018-05-01",
        &["2018-04-30"],
        &["2018-05-01"],
        &["1.0"],
    );
    check("prior to Rev. 1.4", "< 1.4", &["Rev 1.3"], &["1.4"], &[]);
    check("v3.0 D15 and prior", "<= v3.0 D15", &["v3.0 D14", "2.9"], &["v3.0 D16", "3.1"], &["3.0"]);
}

#[test]
fn circumstances_are_asked_for_only_inside_the_versions() {
    for text in [
        "< 03.06.00 (serial number below 14000)",
        "11.2 and prior, running on a Windows 8.1 machine",
        "<= 2.5 (Windows 10 only)",
        "4.x if the web server is used",
    ] {
        let condition = Condition::parse(text);
        assert!(condition.is_typed(), "{text}");
        assert_eq!(condition.decide_text("99.1"), Decision::Outside, "{text}");
        for version in ["03.05.00", "11.1", "2.4", "4.1"] {
            assert_ne!(condition.decide_text(version), Decision::Inside, "{text}");
        }
    }
}
