//! What the columns of a list could mean: a proposal that a person looks at and confirms.

use crate::asset_list::Heading;
use crate::columns::{Column, column, normalise, own_names};
use crate::mapping::Mapping;
use crate::values;
use cordon_knowledge::Knowledge;
use cordon_model::observe::Fact;

/// A column and what it could mean.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProposedColumn {
    /// Its heading as it stands.
    pub heading: String,
    /// The name of the column of our own sheet it seems to be; nothing when nothing speaks for any.
    pub means: Option<&'static str>,
    /// What speaks for it.
    pub why: &'static str,
    /// The first value in it.
    pub example: String,
}

/// Rows of a list that are looked at.
const ROWS_MAX: usize = 500;
/// The heading is looked for in so many rows.
const HEADING_ROWS_MAX: usize = 20;
/// So many in a hundred of a column's values must have the form in question.
const MOST_PERCENT: usize = 80;

/// The columns of a table with what each could mean; nothing for a table without anything like a heading.
pub fn propose(
    rows: &[Vec<String>],
    mappings: &[Mapping],
    knowledge: &Knowledge,
) -> Option<Vec<ProposedColumn>> {
    let row = Heading::of_rows(rows.iter().cloned(), mappings)
        .map(|heading| heading.row)
        .or_else(|| likely_heading(rows))?;
    let heading = rows.get(row)?;
    let body: Vec<&Vec<String>> = rows.iter().skip(row + 1).take(ROWS_MAX).collect();
    let confirmed = mappings.iter().find(|mapping| mapping.fits(heading));
    let mut proposed: Vec<ProposedColumn> = Vec::new();
    for (index, cell) in heading.iter().enumerate().filter(|(_, cell)| !normalise(cell).is_empty()) {
        let values: Vec<String> = body
            .iter()
            .filter_map(|row| row.get(index))
            .map(|cell| values::clean(cell))
            .filter(|cell| !cell.is_empty())
            .collect();
        let (means, why) = meaning(cell, &values, confirmed, knowledge);
        let heading = cell.trim().to_owned();
        let example = values.first().cloned().unwrap_or_default();
        proposed.push(ProposedColumn { heading, means, why, example });
    }
    Some(proposed)
}

/// The row near the top with the most cells that are words.
fn likely_heading(rows: &[Vec<String>]) -> Option<usize> {
    let words = |row: &Vec<String>| row.iter().filter(|cell| cell.chars().any(char::is_alphabetic)).count();
    let top = rows.iter().take(HEADING_ROWS_MAX).enumerate();
    let (row, count) =
        top.map(|(at, row)| (at, words(row))).max_by_key(|(at, count)| (*count, usize::MAX - at))?;
    (count >= 2).then_some(row)
}

/// Whether a value has a form, the column whose values have it, and what is said of it.
type Form<'a> = (&'a dyn Fn(&str) -> bool, Column, &'static str);

fn meaning(
    heading: &str,
    values: &[String],
    confirmed: Option<&Mapping>,
    knowledge: &Knowledge,
) -> (Option<&'static str>, &'static str) {
    if let Some(known) = confirmed.and_then(|mapping| mapping.meaning(heading)) {
        return (known.and_then(name), "confirmed before");
    }
    if let Some(known) = column(heading) {
        return match name(known) {
            Some(name) => (Some(name), "its heading"),
            None => (None, "a column that Cordon computes itself"),
        };
    }
    let most = |is: &dyn Fn(&str) -> bool| {
        let fits = values.iter().filter(|value| is(value)).count();
        !values.is_empty() && fits * 100 >= values.len() * MOST_PERCENT
    };
    let forms: &[Form<'_>] = &[
        (&|value| is_all(values::macs(value)), Column::Macs, "its values are MAC addresses"),
        (&|value| is_all(values::ips(value)), Column::Ips, "its values are IP addresses"),
        (
            &|value| knowledge.vendors.known(value).is_some(),
            Column::Says(Fact::AssetManufacturer),
            "its values are manufacturers",
        ),
        (
            &|value| knowledge.systems.is_known(value),
            Column::Says(Fact::AssetOs),
            "its values are operating systems",
        ),
        (
            &|value| values::of_fact(Fact::AssetCategory, value).1,
            Column::Says(Fact::AssetCategory),
            "its values are kinds of devices",
        ),
    ];
    let found = forms.iter().find(|(is, _, _)| most(is));
    found.map_or((None, ""), |(_, column, why)| (name(*column), why))
}

fn is_all<T>((found, all_read): (Vec<T>, bool)) -> bool {
    all_read && !found.is_empty()
}

fn name(wanted: Column) -> Option<&'static str> {
    own_names().find(|(_, column)| *column == wanted).map(|(name, _)| name)
}

/// The columns that a person may fill in, and rows that show how.
const TEMPLATE: &[&str] = &[
    "asset_tag,manufacturer,model,serial,category,modality,macs,ips,hostnames,os,os_version,firmware,udi,\
     manufactured,owner,department,location,patch_possible,patch_why_not,patch_responsible,notes",
    "EXAMPLE-1,Acme Medical,Pump 3,SN-0001,infusion_pump,,00:00:5e:00:53:01,192.0.2.10,,,,4.1,,2019-03,\
     Biomedical engineering,ICU,Room 12,no,certification,Acme Medical,delete these example rows",
    "EXAMPLE-2,Acme Medical,Spirometer,SN-0002,other,,,,,,,,,,Practice,,Cupboard,,,,\
     connected by USB only: a row without addresses is a device of its own",
];

/// A sheet with the columns that a person may fill in, and rows that show how.
pub fn template() -> String {
    TEMPLATE.iter().flat_map(|row| [*row, "\r\n"]).collect()
}
