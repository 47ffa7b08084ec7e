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
    category: String,
    peers: Vec<String>,
    transport: String,
    ports: Vec<u16>,
    application: Option<String>,
    purpose: String,
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
                needs.push(template(file, row)?);
            }
        }
        Ok(Templates { needs })
    }

    /// What devices of `category` usually need.
    pub fn of(&self, category: Category) -> impl Iterator<Item = &NeedTemplate> {
        self.needs.iter().filter(move |need| need.category == category)
    }
}

fn template(file: &File<'_>, row: NeedFile) -> Result<NeedTemplate, KnowledgeError> {
    let fail = |what: String| mistake(file, &row.purpose, format!("need \"{}\" {what}", row.purpose));
    let category = |text: &str| text.parse::<Category>().map_err(|error| fail(error.to_string()));
    if row.peers.is_empty() || row.purpose.trim().is_empty() || row.source.trim().is_empty() {
        return Err(fail("needs peers, a purpose and a source".to_string()));
    }
    Ok(NeedTemplate {
        category: category(&row.category)?,
        peers: row.peers.iter().map(|peer| category(peer)).collect::<Result<_, _>>()?,
        transport: row.transport.parse().map_err(|_| fail(format!("has transport {}", row.transport)))?,
        ports: row.ports.clone(),
        application: row.application.clone(),
        purpose: row.purpose.clone(),
        source: row.source.clone(),
    })
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
