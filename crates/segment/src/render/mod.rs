//! Verified plans in the languages of those who enforce them. One file a language: implement [`Target`] and
//! add it to [`targets`].

mod nftables;
mod tables;

use crate::VerifiedPlan;
use cordon_model::identify::Estate;

/// A language a plan can be written in. Equal plans give equal text.
pub trait Target: Sync {
    /// Short stable name, such as `nftables`.
    fn name(&self) -> &'static str;
    /// The file it is written to, within the plan's folder.
    fn file_name(&self) -> &'static str;
    /// What it is and how to use it, in a sentence.
    fn describe(&self) -> &'static str;
    /// The whole file.
    fn render(&self, plan: &VerifiedPlan, estate: &Estate) -> String;
}

/// Every target, in the order a person should use them.
pub fn targets() -> &'static [&'static dyn Target] {
    &[
        &tables::ZonesCsv,
        &tables::RulesMarkdown,
        &tables::RulesCsv,
        &nftables::Nftables { stage: nftables::Stage::LogOnly },
        &nftables::Nftables { stage: nftables::Stage::Enforce },
    ]
}

/// Text from the network on one line, without control characters, for comments and cells.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}
