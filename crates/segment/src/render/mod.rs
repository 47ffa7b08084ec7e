//! Intents in the languages of those who enforce them.
//!
//! One file a language: implement [`Target`], which sees nothing but an [`Intent`], and add it to [`targets`]. A
//! language takes its names from `names` and everything it writes of foreign text through `text`, so that what a device
//! calls itself never becomes a rule; it goes through what is permitted by `flows`, which parts it by IP family.

mod addresses;
pub(crate) mod cisco;
mod cisco_asa;
mod cisco_ios;
mod cisco_ise;
mod flows;
mod ipset;
mod iptables;
mod json;
mod mud;
mod names;
mod nftables;
mod tables;
#[cfg(test)]
mod tests;
pub(crate) mod text;

pub use addresses::{Called, addresses};

use crate::VerifiedPlan;
use crate::intent::{Intent, Place, Stage};
use cordon_model::identify::Estate;

/// A file of a target.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct File {
    /// Its name, with `/` where it stands in a folder.
    pub name: String,
    /// The whole of it.
    pub text: String,
}

impl File {
    fn new(name: impl Into<String>, text: String) -> File {
        File { name: name.into(), text }
    }
}

/// A language an intent can be written in. Equal intents give equal files; loading them twice is loading them once.
pub trait Target: Sync {
    /// Short stable name, such as `nftables`.
    fn name(&self) -> &'static str;
    /// What it is, in a sentence.
    fn describe(&self) -> &'static str;
    /// False when its files are the same in both stages.
    fn has_stages(&self) -> bool {
        true
    }
    /// Its files for each of these stages, with what loads them and what takes them back; the intent's own stage says
    /// nothing here. What the stages share is made once for all of them.
    fn stages(&self, intent: &Intent, stages: &[Stage]) -> Vec<File>;
    /// Its files for the intent's stage.
    fn render(&self, intent: &Intent) -> Vec<File> {
        self.stages(intent, &[intent.stage])
    }
}

/// Every target, in the order a person should use them.
pub fn targets() -> &'static [&'static dyn Target] {
    &[
        &tables::Tables,
        &nftables::Nftables,
        &iptables::Iptables,
        &ipset::Ipset,
        &cisco_ios::CiscoIos,
        &cisco_asa::CiscoAsa,
        &cisco_ise::CiscoIse,
        &mud::Mud,
    ]
}

/// The target with this name.
pub fn target(name: &str) -> Option<&'static dyn Target> {
    targets().iter().copied().find(|target| target.name() == name)
}

/// A plan in every language and both stages, for a point between all zones: each file once, made when it is asked for,
/// since those of a large estate need more memory together than the estate.
pub fn render_all(plan: &VerifiedPlan, estate: &Estate, place: &Place) -> impl Iterator<Item = File> + use<> {
    let intent = Intent::of(plan, estate, place);
    targets().iter().flat_map(move |target| {
        let stages = if target.has_stages() { &Stage::ALL[..] } else { &[Stage::Enforce] };
        let mut files = target.stages(&intent, stages);
        files.sort();
        // What takes back is the same in both stages.
        files.dedup_by(|one, other| one.name == other.name);
        files
    })
}
