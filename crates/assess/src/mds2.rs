//! Makers' disclosure statements (MDS2, ANSI/NEMA HN 1-2019): who may install updates, accounts from the factory, and
//! protection that is built in and may be switched on.
//!
//! A form is rows of cells as a workbook or CSV file has them; what is read is a question's id, the cell after the
//! question, and nothing of the wording. A question that is not answered with yes or no says nothing.

mod connections;

pub use connections::Said;

use crate::notices::key;
use cordon_model::assess::{Patch, PatchWhyNot};
use cordon_model::identify::{Attribute, Device};
use std::collections::BTreeMap;

/// The most answers kept of a form; the standard has about 240 questions.
const ANSWERS_MAX: usize = 1_000;
/// Characters kept of an answer.
const ANSWER_CHARACTERS_MAX: usize = 200;

/// What is updated: operating system, drivers and firmware, anti-malware, third-party and other software.
const UPDATED: [&str; 5] = ["CSUP-2", "CSUP-3", "CSUP-4", "CSUP-5", "CSUP-6"];

/// Protection that is built in and that an owner may switch on, with the words for it and the weakness it ends.
const BUILT_IN: &[(&str, &str, Option<&str>)] = &[
    ("ALOF-1", "logging people off when nobody works there", None),
    ("MLDP-4", "running only software on a list (allow-listing)", None),
    ("NAUT-2", "a firewall or list of partners of its own", None),
    ("STCF-1", "encrypting what it stores", None),
    ("TXCF-2", "encrypting patient data before it is sent", Some("patient_data_in_clear")),
    ("AUDT-1", "keeping an audit log", None),
];

/// A filled form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    /// Where it was read.
    pub source: String,
    manufacturer: String,
    models: Vec<String>,
    answers: BTreeMap<String, String>,
    /// What it says of connections, in the order of the form.
    connections: Vec<Said>,
}

/// Built-in protection of a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct BuiltIn {
    pub(crate) id: &'static str,
    pub(crate) words: &'static str,
    pub(crate) ends: Option<&'static str>,
}

impl Form {
    /// Reads rows; `None` when they do not name a manufacturer and a model (DOC-1, DOC-3 or DOC-2) or answer nothing.
    pub fn read(source: &str, rows: &[Vec<String>]) -> Option<Form> {
        let mut answers = BTreeMap::new();
        for row in rows {
            let Some(at) = row.iter().position(|cell| is_id(cell.trim())) else { continue };
            let id = row.get(at)?.trim().to_ascii_uppercase();
            // Behind the id stands the question, behind that the answer.
            let mut behind = row.iter().skip(at + 2).map(|cell| cell.trim()).filter(|cell| !cell.is_empty());
            let Some(answer) = behind.next() else { continue };
            if answers.len() < ANSWERS_MAX {
                answers.entry(id).or_insert_with(|| answer.chars().take(ANSWER_CHARACTERS_MAX).collect());
            }
        }
        connections::head(rows, &mut answers);
        let connections = connections::of(rows);
        let manufacturer: String = answers.get("DOC-1").cloned()?;
        let named = ["DOC-3", "DOC-2"].into_iter().filter_map(|id| answers.get(id));
        // One form may be for several models: "MX450, MX500".
        let models: Vec<String> = named
            .flat_map(|text| text.split([',', ';', '/', '\n']))
            .map(key)
            .filter(|model| model.len() >= 2)
            .collect();
        let decides = !connections.is_empty() || answers.keys().any(|id| !id.starts_with("DOC-"));
        (!models.is_empty() && decides).then(|| Form {
            source: source.to_owned(),
            manufacturer: key(&manufacturer),
            models,
            answers,
            connections,
        })
    }

    /// True when the form is about a device: same maker, and its model or brand is one the form names.
    pub fn is_about(&self, device: &Device) -> bool {
        let value = |about| device.value(about).map(key);
        let makes = value(Attribute::Manufacturer).is_some_and(|maker| maker == self.manufacturer);
        let names = [Attribute::Model, Attribute::Brand].into_iter().filter_map(value);
        makes && names.into_iter().any(|name| self.models.contains(&name))
    }

    /// What it says of connections, in the order of the form.
    pub fn connections(&self) -> &[Said] {
        &self.connections
    }

    fn yes(&self, id: &str) -> Option<bool> {
        match self.answers.get(id)?.to_ascii_lowercase().as_str() {
            "yes" | "y" => Some(true),
            "no" | "n" => Some(false),
            _ => None,
        }
    }

    /// Whether it can be patched and who may, by CSUP-2.1 to 6.4; empty when the form does not say.
    pub(crate) fn patch(&self) -> Patch {
        let any = |part: &str| -> Option<(bool, String)> {
            let answers = UPDATED.iter().filter_map(|what| {
                let id = format!("{what}.{part}");
                self.yes(&id).map(|yes| (yes, id))
            });
            // A yes before a no, and of equals the first.
            answers.reduce(|one, other| if other.0 && !one.0 { other } else { one })
        };
        let [owner, maker, remote, others] = ["1", "2", "3", "4"].map(any);
        let said = [&owner, &maker, &remote, &others];
        let yes: Vec<&str> = said
            .iter()
            .filter_map(|one| one.as_ref())
            .filter(|(yes, _)| *yes)
            .map(|(_, id)| id.as_str())
            .collect();
        let no = said.iter().filter_map(|one| one.as_ref()).filter(|(yes, _)| !*yes).count();
        let source = |ids: &str| Some(format!("MDS2 {} ({ids})", self.source));
        let is_yes = |one: &Option<(bool, String)>| one.as_ref().is_some_and(|(yes, _)| *yes);
        let responsible = match (is_yes(&owner), is_yes(&maker)) {
            (true, true) => Some("the owner or the maker's service"),
            (true, false) => Some("the owner"),
            (false, true) => Some("the maker or its service"),
            // 2.4: other makers' security updates may be installed without the maker's approval; 2.3: from afar.
            (false, false) if is_yes(&others) => {
                Some("the owner, with security updates of the system's maker; the rest is the maker's")
            }
            (false, false) if is_yes(&remote) => {
                Some("whoever has the maker's remote access; the form does not say who")
            }
            (false, false) => None,
        };
        match (yes.is_empty(), no) {
            (false, _) => Patch {
                possible: Some(true),
                responsible: responsible.map(str::to_owned),
                source: source(&yes.join(", ")),
                ..Patch::default()
            },
            // Every way is denied for all that is updated.
            (true, 4) => Patch {
                possible: Some(false),
                why_not: Some(PatchWhyNot::NoMechanism),
                source: source("CSUP-2.1 to 6.4"),
                ..Patch::default()
            },
            _ => Patch::default(),
        }
    }

    /// Accounts that are set at the factory (PAUT-4), in a sentence.
    pub(crate) fn default_accounts(&self) -> Option<String> {
        self.yes("PAUT-4").filter(|yes| *yes)?;
        let change = match self.yes("PAUT-5") {
            Some(true) => "their passwords can be changed (PAUT-5)",
            Some(false) => "their passwords cannot all be changed (PAUT-5)",
            None => "ask whether they were changed",
        };
        Some(format!(
            "its maker documents accounts from the factory (MDS2 {}, PAUT-4); {change}",
            self.source
        ))
    }

    /// Protection it says is built in.
    pub(crate) fn built_in(&self) -> impl Iterator<Item = BuiltIn> {
        let there = BUILT_IN.iter().filter(|(id, ..)| self.yes(id) == Some(true));
        there.map(|(id, words, ends)| BuiltIn { id, words, ends: *ends })
    }
}

/// The form about a device; of two the later.
pub(crate) fn about<'f>(forms: &'f [Form], device: &Device) -> Option<&'f Form> {
    forms.iter().rev().find(|form| form.is_about(device))
}

/// `CSUP-2.1`: three or four letters, a dash, numbers with dots between.
fn is_id(cell: &str) -> bool {
    let Some((section, number)) = cell.split_once('-') else { return false };
    (3..=4).contains(&section.len())
        && section.bytes().all(|byte| byte.is_ascii_alphabetic())
        && number.len() <= 8
        && number.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(answers: &[(&str, &str)]) -> Option<Form> {
        let head =
            [("DOC-1", "Baxter Healthcare"), ("DOC-2", "Infusion system"), ("DOC-3", "Sigma Spectrum, IQ")];
        let all = head.iter().chain(answers);
        let rows: Vec<Vec<String>> = all
            .map(|(id, answer)| ["", id, "a question", answer, "a note"].map(str::to_owned).to_vec())
            .collect();
        Form::read("form.xlsx", &rows)
    }

    #[test]
    fn who_may_install_updates_is_read() {
        let patch = |answers: &[(&str, &str)]| form(answers).unwrap().patch();
        let by_maker = patch(&[("CSUP-2.1", "No"), ("CSUP-2.2", "Yes"), ("CSUP-5.2", "Yes")]);
        assert_eq!(by_maker.possible, Some(true));
        assert_eq!(by_maker.responsible.as_deref(), Some("the maker or its service"));
        assert_eq!(by_maker.source.as_deref(), Some("MDS2 form.xlsx (CSUP-2.2)"));
        let others = patch(&[("CSUP-2.1", "No"), ("CSUP-2.2", "No"), ("CSUP-2.4", "Yes")]);
        assert_eq!(others.possible, Some(true));
        assert!(others.responsible.unwrap().starts_with("the owner, with security updates"));
        let both = patch(&[("CSUP-3.1", "yes"), ("CSUP-2.2", "Y")]);
        assert_eq!(both.responsible.as_deref(), Some("the owner or the maker's service"));
        let none = patch(&[("CSUP-2.1", "No"), ("CSUP-2.2", "No"), ("CSUP-2.3", "No"), ("CSUP-2.4", "No")]);
        assert_eq!((none.possible, none.why_not), (Some(false), Some(PatchWhyNot::NoMechanism)));
        assert_eq!(patch(&[("CSUP-2.1", "No"), ("CSUP-2.2", "See Notes")]), Patch::default());
    }

    #[test]
    fn accounts_and_built_in_protection_are_read() {
        let form =
            form(&[("PAUT-4", "Yes"), ("PAUT-5", "No"), ("ALOF-1", "Yes"), ("TXCF-2", "N/A")]).unwrap();
        assert!(form.default_accounts().unwrap().contains("cannot all be changed"));
        assert_eq!(form.built_in().map(|one| one.id).collect::<Vec<_>>(), ["ALOF-1"]);
        assert_eq!(form.models, ["sigmaspectrum", "iq", "infusionsystem"]);
    }

    #[test]
    fn what_is_no_form_is_none() {
        assert_eq!(form(&[]), None);
        assert_eq!(Form::read("x", &[]), None);
        assert_eq!(Form::read("x", &[vec!["CSUP-2.1".into(), "q".into(), "Yes".into()]]), None);
        for (text, wanted) in [
            ("CSUP-2.1", true),
            ("DOC-11.4", true),
            ("ICSMA-17-017", false),
            ("CSUP-", false),
            ("A-1", false),
        ] {
            assert_eq!(is_id(text), wanted, "{text}");
        }
    }
}
