//! Which advisories concern which devices, and what each means for it.
//!
//! A device's maker and model, as a list or the wire spells them, are compared with the products that advisories
//! name ([`Catalogue`]); where they are one product, the advisory's own words on versions decide ([`Matcher`]).
//! Nothing is guessed: a device that may be the product, and a fact that is missing, become a question.

mod catalogue;
mod compare;
mod context;
mod device;
mod finding;
mod fix;
mod inventory;
mod judge;
mod keys;
mod maker;
mod matcher;
mod name;
#[cfg(test)]
mod name_tests;
mod part;
pub(crate) mod side;
mod text;
mod vocabulary;

pub use catalogue::{Catalogue, Settings};
pub use inventory::{Inventory, Turn, turn};
pub use judge::SURE_FROM;
pub use matcher::{Findings, Matcher};
