//! Which versions an advisory speaks of, as a value that decides.
//!
//! [`Condition::parse`] reads what makers write in place of a version: comparisons, prose, lists, lines (`9.x`),
//! revisions, service packs, dates, serial numbers, accessories, `vers:`. [`decide`] then says for one device
//! whether it is inside, outside, or which fact would settle it. Nothing is guessed: text that is not understood
//! stays [`Condition::Open`], and versions written too differently to compare give a question.

mod clauses;
mod date;
mod judge;
mod lex;
mod order;
mod phrase;
mod requirement;
mod show;
mod witness;
mod words;

pub use judge::{Decision, Question, QuestionKind, Subject, decide};
pub use order::{Relation, Version};
pub use witness::{Example, examples};

use cordon_model::Timestamp;

/// The longest text read as a condition; longer texts become a question.
pub const CONDITION_BYTES_MAX: usize = 2_000;

/// The versions, dates, serial numbers or variants an advisory speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Condition {
    /// Understood. More than one reading means that the text can be taken in more than one way, or that the
    /// document says it twice and differently; then only what all readings agree on is decided.
    Typed(Vec<Reading>),
    /// Not understood: the text itself is the question.
    Open(String),
}

/// One way to take a condition: it holds where one of the clauses holds; without clauses nowhere.
pub type Reading = Vec<Clause>;

/// Bounds that must hold together with all requirements.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Clause {
    /// What the version, date, serial number or variant must be.
    pub bounds: Bounds,
    /// Versions inside the bounds that are excepted.
    pub except: Vec<Version>,
    /// What must hold besides: an accessory, a model, a circumstance.
    pub requires: Vec<Requirement>,
}

/// An end of a range of versions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bound {
    /// The version at the end.
    pub version: Version,
    /// Whether it belongs to the range.
    pub inclusive: bool,
}

/// What a clause is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Bounds {
    /// Every version.
    All,
    /// From one version to another; an end that is absent is open.
    Range {
        /// The lower end.
        low: Option<Bound>,
        /// The upper end.
        high: Option<Bound>,
    },
    /// This version, or this line of versions (`9.x`).
    Exactly(Version),
    /// By a date in place of a version.
    Dated {
        /// What happened on the date.
        event: Event,
        /// From this time on.
        from: Option<Timestamp>,
        /// Until before this time.
        until: Option<Timestamp>,
    },
    /// By the first digits of the serial number.
    Serial {
        /// How many digits count, from the left.
        digits: u8,
        /// The lowest value, if there is one.
        low: Option<u64>,
        /// The highest value, if there is one.
        high: Option<u64>,
    },
    /// A variant of the product, named where a version would stand: `MMT-1715`, `7900 MRI`.
    Variant(String),
}

/// What a date is the date of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// The device was made.
    Manufactured,
    /// The device was sold or put into circulation.
    Distributed,
    /// The software was published, or the document does not say what happened.
    Released,
}

/// What must hold besides the version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Requirement {
    /// A part or accessory is there, in one of these versions.
    Part {
        /// The part's name in the advisory's words.
        name: String,
        /// Its versions.
        versions: Reading,
    },
    /// The device has this model number.
    Model(String),
    /// A circumstance in the advisory's words, such as a feature that must be in use.
    Stated(String),
}

impl Clause {
    /// A clause without exceptions and requirements.
    pub fn new(bounds: Bounds) -> Clause {
        Clause { bounds, except: Vec::new(), requires: Vec::new() }
    }
}

impl Condition {
    /// Every version.
    pub fn all() -> Condition {
        Condition::Typed(vec![vec![Clause::new(Bounds::All)]])
    }

    /// Exactly this version.
    pub fn exactly(text: &str) -> Condition {
        match Version::parse(text) {
            Some(version) => Condition::Typed(vec![vec![Clause::new(Bounds::Exactly(version))]]),
            None => Condition::Open(text.to_owned()),
        }
    }

    /// Reads the text that stands for the version of a product.
    pub fn parse(text: &str) -> Condition {
        if text.len() > CONDITION_BYTES_MAX {
            let cut = (0..=CONDITION_BYTES_MAX).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            return Condition::Open(text.get(..cut).unwrap_or_default().to_owned());
        }
        match phrase::readings(text) {
            Some(readings) => Condition::Typed(readings),
            None => Condition::Open(text.trim().to_owned()),
        }
    }

    /// This condition where the document also states it as `other`: both readings count.
    pub fn also(self, other: Condition) -> Condition {
        match (self, other) {
            (Condition::Typed(mut own), Condition::Typed(more)) => {
                for reading in more {
                    if !own.contains(&reading) {
                        own.push(reading);
                    }
                }
                Condition::Typed(own)
            }
            (own, _) => own,
        }
    }

    /// This condition where `requirement` must hold besides.
    pub fn requiring(self, requirement: &Requirement) -> Condition {
        match self {
            Condition::Typed(mut readings) => {
                for clause in readings.iter_mut().flatten() {
                    if !clause.requires.contains(requirement) {
                        clause.requires.push(requirement.clone());
                    }
                }
                Condition::Typed(readings)
            }
            open => open,
        }
    }

    /// This condition as that of a product with this name: model numbers in place of versions become variants.
    pub fn of_product(self, name: &str) -> Condition {
        match self {
            Condition::Typed(readings) => {
                let readings = readings.into_iter().map(|reading| {
                    reading.into_iter().map(|clause| requirement::with_variants(clause, name)).collect()
                });
                Condition::Typed(readings.collect())
            }
            open => open,
        }
    }

    /// Whether the text was understood.
    pub fn is_typed(&self) -> bool {
        matches!(self, Condition::Typed(_))
    }

    /// Whether it holds for every version without further requirements.
    pub fn is_all(&self) -> bool {
        let Condition::Typed(readings) = self else { return false };
        readings.iter().all(|reading| {
            reading.iter().any(|clause| {
                clause.bounds == Bounds::All && clause.except.is_empty() && clause.requires.is_empty()
            })
        })
    }

    /// Decides one version text, when nothing else is known of the device.
    pub fn decide_text(&self, version: &str) -> Decision {
        let version = Version::parse(version);
        decide(self, &Subject { version: version.as_ref(), ..Subject::default() })
    }
}
