//! What a device of a category usually needs on the network: to say what was expected and never seen.

use crate::file::{File, KnowledgeError};
use crate::reference::mistake;
use cordon_model::Category;
use cordon_model::observe::Transport;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplatesFile {
    need: Vec<NeedFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NeedFile {
    categories: Vec<String>,
    peers: Vec<String>,
    transport: String,
    ports: Vec<u16>,
    application: Option<String>,
    purpose: String,
    #[serde(default)]
    or_speaks: Vec<String>,
    #[serde(default)]
    peer_asks: bool,
    every_days: Option<u32>,
    source: String,
}

/// A flow that devices of a category usually need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeedTemplate {
    /// Who asks.
    pub category: Category,
    /// Who may answer: the first of these categories the site has.
    pub peers: Vec<Category>,
    /// Transport protocol.
    pub transport: Transport,
    /// Usual server ports; empty where makers differ.
    pub ports: Vec<u16>,
    /// What is spoken, by protocol name; `None` where makers differ.
    pub application: Option<String>,
    /// What for, in words.
    pub purpose: String,
    /// What some makers speak instead, by protocol name.
    pub or_speaks: Vec<String>,
    /// True when the peer asks and the device answers.
    pub peer_asks: bool,
    /// For what happens so rarely that weeks of watching may not show it: once in so many days.
    pub every_days: Option<u32>,
    /// Who says so.
    pub source: String,
}

/// The templates of every category, in the order of the files.
#[derive(Clone, Debug, Default)]
pub struct Templates {
    needs: Vec<NeedTemplate>,
}

impl Templates {
    /// Reads and validates template files; of two files that speak of the same thing the later stands.
    pub(crate) fn load(files: &[File<'_>]) -> Result<Templates, KnowledgeError> {
        let mut needs = Vec::new();
        for file in files {
            let table: TemplatesFile = file.read()?;
            for row in table.need {
                needs.extend(templates(file, &row)?);
            }
        }
        Ok(Templates { needs })
    }

    /// What devices of `category` usually need.
    pub fn of(&self, category: Category) -> impl Iterator<Item = &NeedTemplate> {
        self.needs.iter().filter(move |need| need.category == category)
    }
}

fn templates(file: &File<'_>, row: &NeedFile) -> Result<Vec<NeedTemplate>, KnowledgeError> {
    let fail = |what: String| mistake(file, &row.purpose, format!("need \"{}\" {what}", row.purpose));
    let category = |text: &String| text.parse::<Category>().map_err(|error| fail(error.to_string()));
    let says = !row.purpose.trim().is_empty() && !row.source.trim().is_empty();
    if row.categories.is_empty() || row.peers.is_empty() || !says {
        return Err(fail("needs categories, peers, a purpose and a source".to_string()));
    }
    if row.every_days == Some(0) {
        return Err(fail("happens every 0 days".to_string()));
    }
    let peers: Vec<Category> = row.peers.iter().map(category).collect::<Result<_, _>>()?;
    let transport = row.transport.parse().map_err(|_| fail(format!("has transport {}", row.transport)))?;
    let of = |name: &String| {
        Ok(NeedTemplate {
            category: category(name)?,
            peers: peers.clone(),
            transport,
            ports: row.ports.clone(),
            application: row.application.clone(),
            purpose: row.purpose.clone(),
            or_speaks: row.or_speaks.clone(),
            peer_asks: row.peer_asks,
            every_days: row.every_days,
            source: row.source.clone(),
        })
    };
    row.categories.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_modality_needs_its_archive_and_a_name_service() {
        let templates = crate::Knowledge::builtin().unwrap().templates;
        let modality: Vec<_> = templates.of(Category::ImagingModality).collect();
        assert!(modality.iter().any(|need| need.peers.contains(&Category::ImageArchive)));
        assert!(modality.iter().any(|need| need.ports == [53]));
        assert_eq!(templates.of(Category::Unknown).count(), 0);
    }

    #[test]
    fn a_template_for_nobody_is_refused() {
        let text = include_str!("../data/templates/categories.toml").replacen(
            "\"image_archive\"",
            "\"image_attic\"",
            1,
        );
        assert!(
            Templates::load(&[File::builtin("templates.toml", &text)])
                .unwrap_err()
                .to_string()
                .contains("image_attic")
        );
    }
}
