//! What a product entry of a record, named by CPE, means for something whose own CPE name is known.

use crate::advisory::Product;
use crate::cpe::{Attribute, Name, Relation, Value, relation};
use crate::matching::side::{Side, side};
use crate::version::{self, Bounds, Condition, Decision, Requirement, Subject, Version, decide};

/// Something that may be the product of an entry.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// Its name, attributes that are not known as "any".
    pub name: Name,
    /// Its whole version.
    pub version: Option<Version>,
    /// Updates leave the version as it is, so that being of it says nothing of what is mended.
    pub patched_in_place: bool,
    /// The question that tells what is not known.
    pub ask: String,
}

/// What an entry means for a target; the graver last.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Outcome {
    /// It is another product or release.
    Other,
    /// It is the product, in a version that the entry does not hold for.
    Outside,
    /// It is later than what the entry names.
    Later,
    /// One more fact would tell: the question.
    Unknown(String),
    /// The entry holds for it on this processor, which is not known of the target.
    OnProcessor(String),
    /// The entry holds for it.
    Inside,
}

/// What `product`, an entry of a record that is named `source`, means for `target`.
pub(super) fn of_product(product: &Product, source: &Name, target: &Target) -> Outcome {
    let of = |about: Attribute| relation(source.get(about), target.name.get(about));
    let identity = [Attribute::Part, Attribute::Vendor, Attribute::Product];
    if !identity.into_iter().all(|about| matches!(of(about), Relation::Equal | Relation::Superset)) {
        return Outcome::Other;
    }
    let rest = [
        Attribute::Update,
        Attribute::Edition,
        Attribute::Language,
        Attribute::SoftwareEdition,
        Attribute::TargetSoftware,
        Attribute::Other,
    ];
    if rest.into_iter().chain([Attribute::TargetHardware]).any(|about| of(about) == Relation::Disjoint) {
        return Outcome::Other;
    }
    let open = rest.into_iter().find(|about| !matches!(of(*about), Relation::Equal | Relation::Superset));
    match (of_version(product, source, target), open) {
        (Outcome::Inside, _) if requirement(&product.condition).is_some() => {
            Outcome::Unknown(requirement(&product.condition).unwrap_or_default())
        }
        (Outcome::Inside, Some(about)) => Outcome::Unknown(asked(about, source, target)),
        (Outcome::Inside, None) => match source.get(Attribute::TargetHardware) {
            Value::Text(_) if *target.name.get(Attribute::TargetHardware) == Value::Any => {
                let processor = source.get(Attribute::TargetHardware).plain().unwrap_or_default();
                Outcome::OnProcessor(processor.to_owned())
            }
            _ => Outcome::Inside,
        },
        (other, _) => other,
    }
}

/// What must hold besides the version, as a question.
fn requirement(condition: &Condition) -> Option<String> {
    let Condition::Typed(readings) = condition else { return None };
    readings.iter().flatten().flat_map(|clause| &clause.requires).find_map(|required| match required {
        Requirement::Stated(text) => Some(format!("Is it {text}?")),
        Requirement::Part { name, .. } => Some(format!("Does it have {name}?")),
        Requirement::Model(_) => None,
    })
}

fn asked(about: Attribute, source: &Name, target: &Target) -> String {
    let value = source.get(about).plain().unwrap_or_default();
    if about == Attribute::Update || value.is_empty() {
        return target.ask.clone();
    }
    format!("Is its {} “{value}”? Only that is listed.", about.words())
}

fn of_version(product: &Product, source: &Name, target: &Target) -> Outcome {
    let unknown = || Outcome::Unknown(target.ask.clone());
    // Being of a release does not say that its updates are missing.
    let by_release = || if target.patched_in_place { unknown() } else { Outcome::Inside };
    // Where versions are stated beside the name they count, and not what stands in it: records of the CVE programme
    // write the version with the fix there.
    if is_range(&product.condition) {
        return of_condition(&product.condition, target);
    }
    match (source.get(Attribute::Version), target.name.get(Attribute::Version)) {
        (Value::NotApplicable, _) if product.condition.is_all() => of_condition(&product.condition, target),
        // A configuration that is not read asks.
        (Value::Any | Value::Text(_), _) if !product.condition.is_typed() => unknown(),
        (Value::Any, _) => of_condition(&product.condition, target),
        (Value::NotApplicable, Value::NotApplicable) => by_release(),
        // The record does not say which version it means.
        (Value::NotApplicable, _) | (_, Value::Any) => unknown(),
        (Value::Text(_), Value::NotApplicable) => Outcome::Other,
        (own, Value::Text(stated)) => {
            let (Some(own), false) = (own.plain(), stated.body().is_empty()) else {
                let covers = relation(own, target.name.get(Attribute::Version)) == Relation::Superset;
                return if covers { by_release() } else { Outcome::Other };
            };
            of_listed(own, stated.body(), &by_release, &unknown)
        }
    }
}

/// A version that is listed by itself.
fn of_listed(
    listed: &str,
    stated: &str,
    by_release: &dyn Fn() -> Outcome,
    unknown: &dyn Fn() -> Outcome,
) -> Outcome {
    if listed == stated {
        return by_release();
    }
    let (Some(listed), Some(stated)) = (Version::parse(listed), Version::parse(stated)) else {
        return unknown();
    };
    match stated.relation(&listed) {
        version::Relation::Equal | version::Relation::InLine | version::Relation::CoarserZero => by_release(),
        version::Relation::Less | version::Relation::Greater | version::Relation::Finer => Outcome::Other,
        version::Relation::Coarser | version::Relation::Unknown => unknown(),
    }
}

pub(super) fn of_condition(condition: &Condition, target: &Target) -> Outcome {
    let is_range = is_range(condition);
    let subject = Subject { version: target.version.as_ref(), ..Subject::default() };
    match decide(condition, &subject) {
        Decision::Inside if is_range || !target.patched_in_place => Outcome::Inside,
        Decision::Inside => Outcome::Unknown(target.ask.clone()),
        Decision::Outside => match side(condition, target.version.as_ref()) {
            Side::After => Outcome::Later,
            Side::Unlisted => Outcome::Unknown(target.ask.clone()),
            Side::Closed | Side::Variant => Outcome::Outside,
        },
        Decision::Undecidable(question) if question.kind == version::QuestionKind::Version => {
            Outcome::Unknown(target.ask.clone())
        }
        Decision::Undecidable(question) => Outcome::Unknown(question.text),
    }
}

/// True for a condition that names where versions begin or end to be affected.
fn is_range(condition: &Condition) -> bool {
    let Condition::Typed(readings) = condition else { return false };
    readings.iter().flatten().any(|clause| matches!(clause.bounds, Bounds::Range { .. }))
}

/// Words for the two processors that a clinic's computers have.
const X86: [&str; 4] = ["x86", "i386", "i686", "32-bit"];
const X64: [&str; 4] = ["x64", "x86_64", "amd64", "64-bit"];

/// What several entries of one record come to.
pub(super) fn together(outcomes: &[Outcome]) -> Outcome {
    let processors: Vec<&str> = outcomes
        .iter()
        .filter_map(|outcome| match outcome {
            Outcome::OnProcessor(processor) => Some(processor.as_str()),
            _ => None,
        })
        .collect();
    let has = |words: &[&str]| processors.iter().any(|processor| words.contains(processor));
    let gravest = outcomes.iter().max().cloned().unwrap_or(Outcome::Other);
    match gravest {
        // Listed for either: whichever it is.
        Outcome::OnProcessor(_) if has(&X86) && has(&X64) => Outcome::Inside,
        Outcome::OnProcessor(_) => {
            let mut named = processors.clone();
            named.sort_unstable();
            named.dedup();
            Outcome::Unknown(format!("Is its processor {}? Only that is listed.", named.join(" or ")))
        }
        // Later than one of several ranges and before another: what lies between is not affected.
        Outcome::Later if outcomes.contains(&Outcome::Outside) => Outcome::Outside,
        other => other,
    }
}
