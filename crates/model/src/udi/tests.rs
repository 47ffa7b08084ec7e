use super::*;
use proptest::prelude::*;

fn read(text: &str) -> Udi {
    Udi::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Device, lot, serial, manufactured, expires, donation.
fn parts(text: &str) -> [String; 6] {
    let udi = read(text);
    let date = |date: Option<LabelDate>| date.map(|date| date.to_string()).unwrap_or_default();
    [
        udi.device.clone(),
        udi.lot.clone().unwrap_or_default(),
        udi.serial.clone().unwrap_or_default(),
        date(udi.manufactured),
        date(udi.expires),
        udi.donation.unwrap_or_default(),
    ]
}

// The examples FDA publishes for each agency ("UDI formats by FDA-accredited issuing agency").
#[test]
fn the_examples_of_gs1_are_read() {
    let wanted = ["51022222233336", "A213B1", "1234", "2014-12-31", "2015-07-07", ""];
    assert_eq!(parts("(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234"), wanted);
    assert_eq!(parts("(01) 51022222233336 (11) 141231 (17) 150707 (10) A213B1 (21) 1234"), wanted);
    for lead in ["", "\u{1d}", "]C1", "]d2"] {
        assert_eq!(
            parts(&format!("{lead}01510222222333361114123117150707 10A213B1\u{1d}211234").replace(' ', "")),
            wanted
        );
        assert_eq!(parts(&format!("{lead}0151022222233336111412311715070710A213B1\u{241d}211234")), wanted);
    }
}

#[test]
fn a_field_whose_end_nobody_can_tell_is_left_out() {
    // A scanner's separators were dropped with other control characters.
    assert_eq!(
        parts("0151022222233336111412311715070710A213B1211234"),
        ["51022222233336", "", "", "2014-12-31", "2015-07-07", ""]
    );
    // Here nothing but one number can be meant.
    assert_eq!(parts("015102222223333621SN-4")[2], "SN-4");
    assert_eq!(read("51022222233336").agency, Agency::Gs1);
    assert_eq!(
        parts("(01)51022222233336(17)270200(21)A(10)B")[1..5],
        ["B", "A", "", "2027-02"].map(str::to_owned)
    );
    assert_eq!(parts("(01)51022222233336(21)A(x)B(8012)1.2")[2], "A(x)B");
}

// Examples of the standard (+A999…), of a maker of label software and of a reader's documentation. FDA's own
// example ends in a letter C that stands for "check character" and is not the one its text calls for.
#[test]
fn the_examples_of_hibcc_are_read() {
    let parts_of = |text: &str| {
        assert!(read(text).checked);
        parts(text)
    };
    assert_eq!(parts_of("+A99912345/$$52001510X33"), ["A99912345", "10X3", "", "", "2020-01-15", ""]);
    let wanted = ["A99912345", "10X3", "77DEFG45", "2011-12-12", "2020-01-15", ""];
    assert_eq!(parts_of("*+A99912345/$$52001510X3/16D20111212/S77DEFG457*"), wanted);
    assert_eq!(parts_of("+A123ABCDEFGHI1234567891E")[0], "A123ABCDEFGHI1234567891");
    for (text, expires) in [
        ("+X999123ABC0/$$05191234AB/S5678EDFG/16D20151001A", "2019-05"),
        ("+X999123ABC0/$$20515191234AB/S5678EDFG/16D20151001I", "2019-05-15"),
        ("+X999123ABC0/$$31905151234AB/S5678EDFG/16D20151001J", "2019-05-15"),
        ("+X999123ABC0/$$4190515211234AB/S5678EDFG/16D20151001N", "2019-05-15"),
        ("+X999123ABC0/$$5191351234AB/S5678EDFG/16D20151001J", "2019-05-15"),
        ("+X999123ABC0/$$619135211234AB/S5678EDFG/16D20151001N", "2019-05-15"),
        ("+X999123ABC0/$1234AB/S5678EDFG/16D20151001/14D20190515.", "2019-05-15"),
    ] {
        assert_eq!(parts_of(text), ["X999123ABC0", "1234AB", "5678EDFG", "2015-10-01", expires, ""]);
    }
    let fda = "+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202";
    let wanted = [
        "H123PARTNO1234567890120",
        "LOT123456789012345",
        "XYZ456789012345678",
        "2013-02-02",
        "2020-02-02",
        "",
    ];
    assert_eq!(parts_of(&hibc(fda)), wanted);
    assert!(Udi::parse(&format!("{fda}C")).is_err());
}

fn hibc(body: &str) -> String {
    format!("{body}{}", hibc::check_character(body).unwrap())
}

#[test]
fn every_form_of_a_secondary_label_is_read() {
    for (secondary, [lot, serial, expires]) in [
        ("26028LOT1", ["LOT1", "", "2026-01-28"]),
        ("$LOT1", ["LOT1", "", ""]),
        ("$+S1", ["", "S1", ""]),
        ("$$1226LOT1", ["LOT1", "", "2026-12"]),
        ("$$2123126LOT1", ["LOT1", "", "2026-12-31"]),
        ("$$3261231LOT1", ["LOT1", "", "2026-12-31"]),
        ("$$426123123LOT1", ["LOT1", "", "2026-12-31"]),
        ("$$526365LOT1", ["LOT1", "", "2026-12-31"]),
        ("$$62636523LOT1", ["LOT1", "", "2026-12-31"]),
        ("$$7LOT1", ["LOT1", "", ""]),
        ("$$8051226LOT1", ["LOT1", "", "2026-12"]),
        ("$$900005", ["", "", ""]),
        ("$$9000057LOT1", ["LOT1", "", ""]),
        ("$$+1226S1", ["", "S1", "2026-12"]),
        ("$$+7S1", ["", "S1", ""]),
    ] {
        let found = parts(&hibc(&format!("+A123BJC5D6E71/{secondary}")));
        assert_eq!(found, ["A123BJC5D6E71", lot, serial, "", expires, ""], "{secondary}");
        // The same as a label of its own, linked by the primary's check character.
        let primary = hibc("+A123BJC5D6E71");
        let link = primary.chars().last().unwrap();
        let linked = format!("{primary} {}", hibc(&format!("+{secondary}{link}")));
        assert_eq!(parts(&linked), found, "{linked}");
        let strange =
            format!("{primary} {}", hibc(&format!("+{secondary}{}", if link == 'A' { 'B' } else { 'A' })));
        assert!(Udi::parse(&strange).is_err());
    }
}

#[test]
fn the_examples_of_iccbba_are_read() {
    assert_eq!(
        parts("=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123"),
        ["A9999XYZ100T0944", "000000000000XYZ123", "000025", "2013-02-01", "2014-02-01", "A999713123456"]
    );
    assert_eq!(parts("=)1TE123456A&)RZ12345678"), ["1TE123456A", "RZ12345678", "", "", "", ""]);
    assert!(!read("=)1TE123456A").checked);
    // ST-001 gives this number with its keyboard check character 17, H.
    assert_eq!(isbt::check_value("G123498654321"), 17);
    assert!(read("=/A9999XYZ100T0944=G12349865432177").checked);
    assert!(matches!(
        Udi::parse("=/A9999XYZ100T0944=G12349865432178"),
        Err(UdiError::Check { wanted: '7', found: '8' })
    ));
}

#[test]
fn other_texts_are_none_and_say_why() {
    for text in ["", "pump", "12345", "(01)", "S/N 51022222233336", "+", "=", "01", "(99)x", "é", "*"] {
        assert!(Udi::parse(text).is_err(), "{text}");
    }
    for (text, why) in [
        ("(01)51022222233337(21)1", "\"7\" where \"6\""),
        ("(10)LOT(21)1", "no (01)"),
        ("(01)51022222233336(21)123456789012345678901", "longer"),
        ("(01)51022222233336(17)261331", "no such date"),
        ("(01)51022222233336(21)a\u{fc}b", "does not use"),
        ("(01)51022222233336(21)A(21)B", "twice"),
        ("(01)51022222233336(01)00844588018923", "two devices"),
        (
            "+H123PARTNO1234567890120/$$420020216LOT123456789012345/SXYZ456789012345678/16D20130202D",
            "\"D\" where \"H\"",
        ),
        ("=/A9999XYZ100T09", "ends within"),
        ("=,000025", "no =/"),
        ("=/A9999XYZ100T0944=>014367", "no such date"),
    ] {
        let error = Udi::parse(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let ancient = hibc("+A123BJC5D6E71/$7/16D00010101");
    assert!(Udi::parse(&ancient).unwrap_err().to_string().contains("no such date"));
    assert_eq!(Udi::parse(&"0".repeat(UDI_BYTES_MAX + 1)), Err(UdiError::NoIdentifier));
}

fn gtin() -> impl Strategy<Value = String> {
    "[0-9]{13}".prop_map(|digits| {
        let check = gs1::check_digit(&digits);
        format!("{digits}{check}")
    })
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in "\\PC{0,80}", like in "[(+=&\\]0-9A-Z$/)>},\u{1d}*]{0,80}") {
        let _ = Udi::parse(&text);
        let _ = Udi::parse(&like);
        let _ = Udi::parse(&format!("(01){like}"));
        let _ = Udi::parse(&format!("+A123{like}"));
        let _ = Udi::parse(&format!("=/A9999XYZ100T0944{like}"));
    }

    #[test]
    fn fields_come_back_from_both_forms_of_gs1(
        gtin in gtin(), lot in "[0-9A-Z./-]{1,20}", serial in "[0-9A-Za-z_-]{1,20}",
        year in 1977u16..2077, month in 1u8..=12, day in 0u8..=28,
    ) {
        let date = format!("{:02}{month:02}{day:02}", year % 100);
        let made = LabelDate::new(year, month, (day > 0).then_some(day));
        for text in [
            format!("(01){gtin}(11){date}(10){lot}(21){serial}"),
            format!("01{gtin}11{date}10{lot}\u{1d}21{serial}"),
            format!("]d201{gtin}21{serial}\u{1d}10{lot}\u{1d}11{date}"),
        ] {
            let udi = read(&text);
            prop_assert_eq!((&udi.device, udi.manufactured), (&gtin, made));
            prop_assert_eq!((udi.lot.as_deref(), udi.serial.as_deref()), (Some(lot.as_str()), Some(serial.as_str())));
        }
    }

    #[test]
    fn a_number_is_whole_or_left_out_where_separators_are_lost(gtin in gtin(), serial in "[0-9A-Z]{1,20}") {
        let found = read(&format!("01{gtin}21{serial}")).serial;
        prop_assert!(found.is_none() || found.as_deref() == Some(serial.as_str()));
    }

    #[test]
    fn one_wrong_digit_of_a_gtin_is_noticed(gtin in gtin(), at in 0usize..14, by in 1u8..10) {
        let mut wrong = gtin.into_bytes();
        wrong[at] = b'0' + (wrong[at] - b'0' + by) % 10;
        let wrong = String::from_utf8(wrong).unwrap();
        let is_check = |text: &str| matches!(Udi::parse(text), Err(UdiError::Check { .. }));
        let whole = format!("(01){wrong}");
        prop_assert!(is_check(&wrong) && is_check(&whole));
    }

    #[test]
    fn one_wrong_character_of_hibc_is_noticed(
        product in "[0-9A-Z]{1,18}", unit in 0u8..10, lot in "[0-9A-Z]{0,18}", at in 1usize..20, by in 1usize..36,
    ) {
        let body = format!("+A1B2{product}{unit}/$$7{lot}");
        let text = hibc(&body);
        prop_assume!(!text.ends_with(' '));
        let udi = read(&text);
        prop_assert_eq!(udi.device, format!("A1B2{product}{unit}"));
        prop_assert_eq!(udi.lot.unwrap_or_default(), lot);
        const PLAIN: &[u8] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let mut wrong = text.into_bytes();
        let at = at.min(body.len() - 1);
        if let Some(place) = PLAIN.iter().position(|byte| *byte == wrong[at]) {
            wrong[at] = PLAIN[(place + by) % PLAIN.len()];
            prop_assert!(Udi::parse(std::str::from_utf8(&wrong).unwrap()).is_err());
        }
    }

    #[test]
    fn structures_of_isbt_128_come_back_in_any_order(
        device in "[A-Z][0-9A-Z]{15}", serial in "[0-9A-Z]{6}", lot in "[0-9A-Z]{18}", day in 1u16..=365, turn in 0usize..4,
    ) {
        let mut structures = [format!("=/{device}"), format!("=,{serial}"), format!("&,1{lot}"), format!("=}}026{day:03}")];
        structures.rotate_left(turn);
        let udi = read(&structures.concat());
        prop_assert_eq!((udi.device, udi.serial, udi.lot), (device, Some(serial), Some(lot)));
        prop_assert_eq!(udi.manufactured, LabelDate::of_year(2026, day));
    }
}

/// Inputs that fuzzing begins with: an identifier of each agency and form.
/// `CORDON_WRITE_CORPUS=1 cargo test -p cordon-model corpus` writes the files to commit.
#[test]
fn the_corpus_is_committed_and_survived() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/udi");
    let linked = format!("{} {}", hibc("+A123BJC5D6E71"), hibc("+$$+1226S1X"));
    for (name, text) in [
        ("gs1_bracketed", "(01)51022222233336(11)141231(17)150707(10)A213B1(21)1234"),
        ("gs1_separated", "]d2015102222223333621SN-4\u{1d}10LOT\u{1d}17270200"),
        ("gs1_without_separators", "0151022222233336111412311715070710A213B1211234"),
        ("gtin", "51022222233336"),
        ("hibc", "+A99912345/$$52001510X3/16D20111212/S77DEFG457"),
        ("hibc_linked", &linked),
        ("isbt", "=/A9999XYZ100T0944=,000025=A99971312345600=>014032=}013032&,1000000000000XYZ123"),
        ("isbt_container", "=)1TE123456A&)RZ12345678"),
    ] {
        let path = folder.join(name);
        if std::env::var_os("CORDON_WRITE_CORPUS").is_some() {
            std::fs::create_dir_all(&folder).unwrap();
            std::fs::write(&path, text).unwrap();
        }
        assert_eq!(std::fs::read(&path).unwrap_or_default(), text.as_bytes(), "{}", path.display());
    }
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let _ = Udi::parse(&String::from_utf8_lossy(&bytes));
    }
}
