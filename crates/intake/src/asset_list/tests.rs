//! Lists as hospitals keep them, and our own sheet there and back.

use super::*;
use crate::journal::rejected_csv;
use cordon_model::observe::{Fact, Sighting, Source};
use cordon_wire::inventory::{AS_FOUND, COLUMNS, EDITABLE, encode_as_found};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// What a list says, one line a sighting.
fn said(list: &AssetList) -> Vec<String> {
    let line = |s: &Sighting| {
        let record = s.record.as_deref().unwrap_or_default();
        format!("{record}: {} {} = {}", s.endpoint, s.fact, s.value)
    };
    list.batch.sightings.iter().map(line).collect()
}

fn read(text: &str) -> AssetList {
    asset_list("dir/list.csv", text.as_bytes(), &[])
}

#[test]
fn a_plain_list_in_english() {
    let list = read(
        "Asset Tag,MAC Address,IP Address,Make,Model,Serial No.,Price\r\n\
         BME-1,00:1b:0d:20:30:01,10.0.0.5,Acme,\"Pump, large\",S1,900\r\n",
    );
    let at = "row 2 of dir/list.csv: 10.0.0.5 (00:1b:0d:20:30:01) asset_list";
    let wanted = ["asset_tag = BME-1", "manufacturer = Acme", "model = Pump, large", "serial = S1"];
    assert_eq!(said(&list), wanted.map(|fact| format!("{at}.{fact}")));
    assert_eq!((list.report.packets, list.rejected.len()), (1, 0));
    assert_eq!(list.report.skipped, BTreeMap::from([("column \"Price\"".to_owned(), 1)]));
    assert_eq!(list.batch.sightings[0].source, Source { input: 0, packet: 2 });
    assert_eq!(list.batch.health.inputs, [list.report]);
}

#[test]
fn titles_semicolons_and_windows_characters() {
    let text =
        b"Ger\xe4teliste Klinik;;\n\nInventarnummer;Hersteller;MAC-Adresse\n4711;M\xfcller;001b0d203001\n";
    assert!(is_asset_list(text, &[]));
    let list = asset_list("l", text, &[]);
    assert_eq!(
        said(&list),
        [
            "row 4 of l: 00:1b:0d:20:30:01 (no IP) asset_list.asset_tag = 4711",
            "row 4 of l: 00:1b:0d:20:30:01 (no IP) asset_list.manufacturer = Müller",
        ]
    );
}

#[test]
fn several_addresses_are_tied_together_by_the_record() {
    let list = read("tag\tmac\tip\tmodel\nT\t001b0d203001 001b0d203002\t10.0.0.5;10.0.0.6\tM\n");
    assert_eq!(
        said(&list),
        [
            "row 2 of dir/list.csv: 10.0.0.5 (no MAC) asset_list.asset_tag = T",
            "row 2 of dir/list.csv: 10.0.0.6 (no MAC) asset_list.asset_tag = T",
            "row 2 of dir/list.csv: 00:1b:0d:20:30:01 (no IP) asset_list.asset_tag = T",
            "row 2 of dir/list.csv: 00:1b:0d:20:30:01 (no IP) asset_list.model = M",
            "row 2 of dir/list.csv: 00:1b:0d:20:30:02 (no IP) asset_list.asset_tag = T",
        ]
    );
}

#[test]
fn rows_that_cannot_be_used_are_given_back_with_the_reason() {
    let list = read("mac,owner,model\n,IT,X\n001b0d203001,,\n\nzz,Eve,=cmd\n");
    let reasons: Vec<_> = list.rejected.iter().map(|row| (row.row, row.reason.as_str())).collect();
    let no_key = "neither label, serial number, name nor address: nothing to know the device by";
    let unread = format!("{no_key}; \"zz\" in column \"mac\" is no MAC address of a device");
    assert_eq!(reasons, [(2, no_key), (3, "it says nothing about its device"), (5, unread.as_str())]);
    assert_eq!(list.report.packets, 3);
    assert_eq!(list.report.skipped["cells with a MAC address that is none"], 1);
    assert_eq!(list.report.skipped["rows rejected"], 3);
    let csv = rejected_csv(&list.rejected);
    assert!(csv.starts_with("input,row,reason,cells\r\n\"dir/list.csv\",2,\"neither label"));
    assert!(csv.ends_with(",\"zz | Eve | =cmd\"\r\n"));
}

#[test]
fn a_row_used_without_a_cell_is_given_back_too() {
    let list = read(
        "tag,MAC,ip,category,model\nT1,not a mac,10.0.0.5,Primrind,M\nT2,001b0d203001 wlan,,,M\nT3,,,,M\n",
    );
    let given: Vec<_> = list.rejected.iter().map(|row| (row.row, row.used, row.reason.as_str())).collect();
    assert_eq!(
        given,
        [
            (
                2,
                true,
                "used without what could not be read: \"not a mac\" in column \"MAC\" is no MAC address of a \
                 device; \"Primrind\" in column \"category\" is no category"
            ),
            (
                3,
                true,
                "used without what could not be read: \"001b0d203001 wlan\" in column \"MAC\" is no MAC address \
                 of a device"
            ),
        ]
    );
    let tags = list.batch.sightings.iter().filter(|seen| seen.fact == Fact::AssetTag);
    assert_eq!(tags.count(), 3);
    let counts = |name: &str| list.report.skipped.get(name).copied();
    assert_eq!(counts("cells with a MAC address that is none"), Some(2));
    assert_eq!(counts("rows used in part"), Some(2));
    assert_eq!(counts("rows rejected"), None);
}

/// Inputs that fuzzing begins with, and those it once found.
#[test]
fn the_fuzz_corpus_is_survived() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fuzz/corpus/asset_list");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        let list = asset_list("l", &bytes, &[]);
        assert!(rejected_csv(&list.rejected).starts_with("input,row,reason,cells\r\n"));
        count += 1;
    }
    assert!(count >= 3);
}

#[test]
fn other_text_is_no_list() {
    for text in ["", "hello, world\n", "mac\n001b0d203001\n", "owner,location\na,b\n", "[section]\nmac = 1\n"]
    {
        assert!(!is_asset_list(text.as_bytes(), &[]), "{text}");
        let list = read(text);
        assert_eq!((list.batch.sightings.len(), list.report.damaged.len()), (0, 1));
    }
    let unclosed = read("tag,owner\n\"T,IT\nU,IT\n");
    assert_eq!((unclosed.batch.sightings.len(), unclosed.report.damaged.len()), (4, 1));
}

/// Our own sheet with one row; `edit` changes its cells after it was written.
fn sheet(cells: &[(&str, &str)], edit: impl Fn(&str, &str) -> String) -> AssetList {
    let value = |column: &str| cells.iter().find(|(name, _)| *name == column).map_or("", |(_, value)| value);
    let as_found = encode_as_found(EDITABLE.iter().map(|column| (*column, value(column))));
    let row: Vec<String> = COLUMNS
        .iter()
        .map(|column| if *column == AS_FOUND { as_found.as_str() } else { value(column) })
        .zip(COLUMNS)
        .map(|(value, column)| format!("\"{}\"", edit(column, value).replace('"', "\"\"")))
        .collect();
    read(&format!("{}\r\n{}\r\n", COLUMNS.join(","), row.join(",")))
}

const FOUND: &[(&str, &str)] = &[
    ("id", "dev-1"),
    ("manufacturer", "ICU | 100%=full"),
    ("model", "Pump 7"),
    ("firmware", "4.10"),
    ("category", "infusion_pump"),
    ("hostnames", "pump-7 pump-7.lan"),
    ("macs", "00:1b:0d:20:30:01"),
    ("ips", "10.0.0.5"),
    ("risk_score", "70.5"),
];

#[test]
fn our_own_sheet_unchanged_says_nothing() {
    let list = sheet(FOUND, |_, value| value.to_owned());
    assert_eq!(said(&list), Vec::<String>::new());
    assert_eq!(list.rejected, []);
    assert_eq!(list.report.skipped["rows in which nothing was changed"], 1);
    let bent = sheet(FOUND, |column, value| match column {
        "firmware" => "4.1".to_owned(),
        "model" => " pump 7".to_owned(),
        _ => value.to_owned(),
    });
    assert_eq!(said(&bent), Vec::<String>::new());
}

#[test]
fn what_a_person_changed_in_our_sheet_is_their_word() {
    let list = sheet(FOUND, |column, value| match column {
        "owner" => "Biomed".to_owned(),
        "model" => "Pump 8".to_owned(),
        "hostnames" => format!("{value} west-3"),
        "patch_possible" => "no".to_owned(),
        _ => value.to_owned(),
    });
    let at = "row 2 of dir/list.csv: 10.0.0.5 (00:1b:0d:20:30:01) asset_list";
    assert_eq!(
        said(&list),
        ["model = Pump 8", "hostname = west-3", "owner = Biomed", "patch_possible = no"]
            .map(|fact| format!("{at}.{fact}"))
    );
}

#[test]
fn a_label_stays_a_persons_word_in_the_next_sheet() {
    let cells = [FOUND, &[("asset_tag", "BME-1"), ("purchased", "2019-04-01")]].concat();
    let list = sheet(&cells, |_, value| value.to_owned());
    let at = "row 2 of dir/list.csv: 10.0.0.5 (00:1b:0d:20:30:01) asset_list";
    assert_eq!(said(&list), [format!("{at}.asset_tag = BME-1"), format!("{at}.purchased = 2019-04-01")]);
}

#[test]
fn what_a_convention_of_the_site_filled_in_does_not_come_back_as_a_persons_word() {
    let cells = [FOUND, &[("department", "Intensive care"), ("location", "B2"), ("owner", "ICU")]].concat();
    let list = sheet(&cells, |_, value| value.to_owned());
    assert_eq!(said(&list), Vec::<String>::new());
    let edited = sheet(&cells, |column, value| match column {
        "department" => "Anaesthesia".to_owned(),
        _ => value.to_owned(),
    });
    let at = "row 2 of dir/list.csv: 10.0.0.5 (00:1b:0d:20:30:01) asset_list";
    assert_eq!(said(&edited), [format!("{at}.department = Anaesthesia")]);
}

#[test]
fn without_its_memory_our_sheet_gives_only_what_people_alone_say() {
    let emptied = sheet(FOUND, |column, value| match column {
        AS_FOUND => String::new(),
        "patch_responsible" => "Biomed".to_owned(),
        _ => value.to_owned(),
    });
    let at = "row 2 of dir/list.csv: 10.0.0.5 (00:1b:0d:20:30:01) asset_list";
    assert_eq!(said(&emptied), [format!("{at}.patch_responsible = Biomed")]);
    // A row a person added has no id, and is theirs whole.
    let added = sheet(&[("model", "Bed"), ("serial", "S9")], |column, value| {
        if column == AS_FOUND { String::new() } else { value.to_owned() }
    });
    assert_eq!(added.batch.sightings.len(), 2);
}

proptest! {
    #[test]
    fn any_text_is_read_to_its_end(text in "(tag|mac|ip|model|[,;\n\r\"a1:. ]){0,60}", bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
        read(&text);
        read(&format!("tag,mac,model\n{text}"));
        asset_list("x", &bytes, &[]);
        is_asset_list(&bytes, &[]);
    }

    /// However a sheet's cells look, unchanged they say nothing that Cordon may have written.
    #[test]
    fn unchanged_cells_are_never_a_persons_word(values in proptest::collection::vec("[a-z0-9=|%;.,'+ -]{0,10}", 6..7)) {
        let columns = ["model", "manufacturer", "serial", "hostnames", "os", "firmware"];
        let mut cells = vec![("id", "dev-1"), ("macs", "001b0d203001")];
        cells.extend(columns.into_iter().zip(values.iter().map(String::as_str)));
        prop_assert_eq!(said(&sheet(&cells, |_, value| value.to_owned())), Vec::<String>::new());
    }
}
