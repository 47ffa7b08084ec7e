//! The hospital's own asset list: other spellings, gaps, typing errors, and devices nobody ever saw again.

use crate::random::Random;
use crate::roles::Role;
use crate::site::{Device, Site};
use std::io::{self, Write};

const DEPARTMENTS: [&str; 8] = [
    "Radiology",
    "Intensive Care",
    "Emergency",
    "Surgery",
    "Internal Medicine",
    "Laboratory",
    "Administration",
    "Facility Management",
];

/// Share of devices that are in the list, in percent.
const LISTED_PERCENT: u64 = 80;

/// Writes the list as CSV (RFC 4180) with a header row.
pub(crate) fn write(out: &mut impl Write, site: &Site) -> io::Result<u64> {
    writeln!(out, "asset_tag,manufacturer,model,serial,mac,department,location,owner,category")?;
    let mut rows = 0;
    for device in &site.devices {
        let mut random = Random::of(site.seed, &[0x6173_7365, u64::from(device.index)]);
        if device.role() == Role::Rogue || !random.chance(LISTED_PERCENT) {
            continue;
        }
        let row = row(device, &mut random);
        writeln!(out, "{}", row.map(|field| quoted(&field)).join(","))?;
        rows += 1;
    }
    // Bought, labelled, and since then in a cupboard or in another building.
    for index in 0..(u64::from(site.devices.len() as u32) / 40).max(1) {
        let mut random = Random::of(site.seed, &[0x676f_6e65, index]);
        let department = random.pick(&DEPARTMENTS);
        writeln!(
            out,
            "HT-{:06},{},{:08},,{department},store room,Clinical Engineering,infusion pump",
            900_000 + index,
            random.pick(&["B BRAUN,Perfusor Space", "Alaris,GP Plus", "Fresenius Kabi,Agilia VP"]),
            10_000_000 + random.below(89_999_999)
        )?;
        rows += 1;
    }
    Ok(rows)
}

fn row(device: &Device, random: &mut Random) -> [String; 9] {
    let profile = device.profile;
    let mut maker = if profile.spelled.is_empty() { String::new() } else { profile.spelled.to_owned() };
    match random.below(5) {
        0 => maker = maker.to_uppercase(),
        1 => maker = maker.replace(" Medical Systems", " Med. Systems"),
        _ => {}
    }
    let mut model = profile.model.to_owned();
    if random.chance(6) {
        maker = mistyped(&maker, random);
    }
    if random.chance(4) {
        model = mistyped(&model, random);
    }
    let serial = if random.chance(85) { device.serial() } else { String::new() };
    // Clinical engineering rarely writes down the MAC; where it does, in its own way.
    let mac = match random.below(10) {
        0..=4 => device.mac.to_string(),
        5 | 6 => device.mac.to_string().replace(':', "-").to_uppercase(),
        _ => String::new(),
    };
    let department = department(device, random);
    let location =
        format!("{}{}.{:03}", random.pick(&["A", "B", "C"]), random.between(0, 5), random.between(1, 60));
    let owner = match device.role().zone() {
        1 => "Imaging Support",
        2 => "Clinical Engineering",
        4 => "Facility Management",
        _ => "IT Operations",
    };
    let category = device.role().category().unwrap_or("other").replace('_', " ");
    [
        format!("HT-{:06}", 100_000 + device.index),
        maker,
        model,
        serial,
        mac,
        department.to_owned(),
        location,
        owner.to_owned(),
        category,
    ]
}

fn department(device: &Device, random: &mut Random) -> &'static str {
    match device.role() {
        Role::Modality | Role::ReadingStation | Role::Pacs | Role::Ris => "Radiology",
        Role::LabAnalyser => "Laboratory",
        Role::Building | Role::Ups => "Facility Management",
        _ => random.pick(&DEPARTMENTS),
    }
}

/// Two neighbouring letters changed round, or one left out.
fn mistyped(text: &str, random: &mut Random) -> String {
    let mut letters: Vec<char> = text.chars().collect();
    if letters.len() < 3 {
        return text.to_owned();
    }
    let at = 1 + random.below(letters.len() as u64 - 2) as usize;
    if random.chance(50) {
        letters.swap(at, at + 1);
    } else {
        letters.remove(at);
    }
    letters.into_iter().collect()
}

fn quoted(field: &str) -> String {
    if field.contains(['"', ',', '\n']) {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_has_most_devices_and_some_that_are_not_there() {
        let site = Site::new(1_000, false, 3);
        let mut bytes = Vec::new();
        let rows = write(&mut bytes, &site).unwrap();
        assert!((775..=875).contains(&rows), "{rows}");
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text.lines().filter(|line| line.starts_with("HT-9")).count(), 25);
        assert!(!text.contains("raspberry"));
        assert!(text.contains("\"HOLOGIC, Inc.\"") || text.contains("\"HOLOGIC, INC.\""));
    }
}
