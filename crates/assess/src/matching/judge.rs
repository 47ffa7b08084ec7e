//! What one advisory means for one device that bears a name of its products.

use super::compare::{Likeness, Why};
use super::fix::Fixes;
use super::part;
use super::side::{Side, combined, side};
use crate::advisory::{Advisory, Justification, Product, ProductStatus, RemediationCategory};
use crate::version::{Bound, Bounds, Clause, Condition, Decision, Subject, Version, decide};
use cordon_model::assess::FindingStatus;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// From this probability on a device is taken for the product it is named like; below, that is the question.
pub const SURE_FROM: f64 = 0.8;

/// A product of an advisory that a device may be.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Index of the product.
    pub product: u32,
    /// How likely the device is this product.
    pub likeness: Likeness,
    /// The variant that the device's name says it is, where the document names variants in place of versions.
    pub variant: Option<Version>,
}

impl Entry {
    pub(super) fn new(product: u32, likeness: Likeness) -> Entry {
        Entry { product, likeness, variant: None }
    }
}

/// What came out, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judgement {
    /// What it means for the device.
    pub status: FindingStatus,
    /// The product entry that decided.
    pub entry: u32,
    /// How likely the device is this product.
    pub likeness: Likeness,
    /// Why the version, date or variant decided so.
    pub reason: Reason,
    /// The question that would settle it.
    pub question: Option<String>,
    /// The vulnerabilities this holds for, as indices.
    pub vulnerabilities: Vec<u32>,
}

/// Which statement and decision gave the status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// The entry says so of versions the device is among.
    Stated(ProductStatus, Option<Justification>),
    /// The device is later than all versions named as affected.
    Later,
    /// The maker's remedy names its version as the one with the fix.
    Remedied,
    /// It is outside of what is named as affected, on another side.
    Outside,
    /// A fact is missing.
    Missing,
    /// Whether the device is this product is not sure.
    Identity,
    /// The version is not among those listed, and the text does not say what that means.
    NotListed,
    /// Two entries that hold for it say different things.
    Contradiction,
    /// The publisher has not decided.
    Open(ProductStatus),
}

/// What is known of a device that decides conditions. Several versions where sources differ.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    /// What it runs, by each source that says so.
    pub versions: Vec<Version>,
    /// Names of the variant it is.
    pub names: Vec<String>,
    /// Serial number.
    pub serial: Option<String>,
    /// When it was made.
    pub manufactured: Option<cordon_model::Timestamp>,
    /// When it was bought.
    pub acquired: Option<cordon_model::Timestamp>,
    /// Its parts: name and version.
    pub parts: Vec<(String, String)>,
    /// Circumstances somebody answered.
    pub stated: Vec<(String, bool)>,
}

impl Facts {
    fn subject<'a>(&'a self, version: Option<&'a Version>) -> Subject<'a> {
        Subject {
            version,
            names: &self.names,
            serial: self.serial.as_deref(),
            manufactured: self.manufactured,
            acquired: self.acquired,
            parts: &self.parts,
            stated: &self.stated,
        }
    }

    /// Decides a condition; where sources differ in the version, only what all of them lead to.
    fn decide(&self, condition: &Condition, variant: Option<&Version>) -> Decision {
        if variant.is_some() {
            return decide(condition, &self.subject(variant));
        }
        let mut versions = self.versions.iter();
        let first = decide(condition, &self.subject(versions.next()));
        for other in versions {
            let next = decide(condition, &self.subject(Some(other)));
            if next != first {
                let texts: Vec<&str> = self.versions.iter().map(Version::text).collect();
                let text = format!("Which version does it run: {}? Sources differ.", texts.join(" or "));
                let kind = crate::version::QuestionKind::Version;
                return Decision::Undecidable(crate::version::Question { kind, text });
            }
        }
        first
    }

    fn side(&self, condition: &Condition) -> Side {
        let sides: Vec<Side> = match self.versions.as_slice() {
            [] => vec![side(condition, None)],
            versions => versions.iter().map(|version| side(condition, Some(version))).collect(),
        };
        combined(&sides)
    }
}

/// One statement about a product the device may be, decided.
struct Said<'a> {
    entry: &'a Entry,
    status: ProductStatus,
    justification: Option<Justification>,
    decision: &'a Decision,
    side: Side,
    /// Holds for every version, so that a narrower statement says more.
    all: bool,
}

/// What `advisory` means for a device that may be the products of `entries`; `None` when it does not concern it.
/// `statements` are those about `entries`, in order; `fixes` is filled when the remedies are first asked.
pub(super) fn judge(
    advisory: &Advisory,
    entries: &[Entry],
    statements: &BTreeMap<u32, Vec<Stated>>,
    fixes: &OnceLock<Fixes>,
    facts: &Facts,
) -> Option<Judgement> {
    let mut decided: BTreeMap<(u32, Form), (Decision, Side, bool)> = BTreeMap::new();
    for entry in entries {
        let Some(product) = advisory.products.get(entry.product as usize) else { continue };
        for stated in statements.get(&entry.product).into_iter().flatten() {
            let form = Form::of(stated.status);
            decided.entry((entry.product, form)).or_insert_with(|| {
                let condition = form.condition(product);
                let condition =
                    with_whole(advisory, product, part::of_part(product, &facts.names, condition));
                let decision = facts.decide(&condition, entry.variant.as_ref());
                (decision, facts.side(&condition), condition.is_all())
            });
        }
    }
    let mut by_vulnerability: BTreeMap<u32, Vec<Said<'_>>> = BTreeMap::new();
    for entry in entries {
        for stated in statements.get(&entry.product).into_iter().flatten() {
            let form = Form::of(stated.status);
            let Some((decision, side, all)) = decided.get(&(entry.product, form)) else { continue };
            by_vulnerability.entry(stated.vulnerability).or_default().push(Said {
                entry,
                status: stated.status,
                justification: stated.justification,
                decision,
                side: *side,
                all: *all,
            });
        }
    }
    let judged = by_vulnerability.iter().filter_map(|(vulnerability, said)| {
        let judgement = one_vulnerability(advisory, said, fixes, facts)?;
        Some((*vulnerability, judgement))
    });
    together(judged)
}

/// A statement about a product.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stated {
    /// Index of the vulnerability.
    pub vulnerability: u32,
    /// What is said.
    pub status: ProductStatus,
    /// Why not affected.
    pub justification: Option<Justification>,
}

/// How a status reads the version of its product: as itself, as the first or as the last of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Itself,
    From,
    UpTo,
}

impl Form {
    fn of(status: ProductStatus) -> Form {
        match status {
            ProductStatus::FirstAffected | ProductStatus::FirstFixed => Form::From,
            ProductStatus::LastAffected => Form::UpTo,
            _ => Form::Itself,
        }
    }

    fn condition(self, product: &Product) -> Cow<'_, Condition> {
        let exact = match (&product.condition, self) {
            (Condition::Typed(readings), Form::From | Form::UpTo) => match readings.as_slice() {
                [reading] => match reading.as_slice() {
                    [Clause { bounds: Bounds::Exactly(version), .. }] => Some(version.clone()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        let Some(version) = exact else { return Cow::Borrowed(&product.condition) };
        let end = Some(Bound { version, inclusive: true });
        let bounds = match self {
            Form::UpTo => Bounds::Range { low: None, high: end },
            _ => Bounds::Range { low: end, high: None },
        };
        Cow::Owned(Condition::Typed(vec![vec![Clause::new(bounds)]]))
    }
}

/// The condition of a product that the document composes of others: the part's version asks for the part.
fn with_whole<'a>(
    advisory: &'a Advisory,
    product: &Product,
    condition: Cow<'a, Condition>,
) -> Cow<'a, Condition> {
    let Some(composition) = &product.composed else { return condition };
    let Some(whole) = advisory.products.get(composition.whole as usize) else { return condition };
    let Some(part) = advisory.products.get(composition.part as usize) else { return condition };
    let Condition::Typed(readings) = &part.condition else { return Cow::Borrowed(&part.condition) };
    let Some(reading) = readings.first() else { return condition };
    let name = if part.name.is_empty() { part.full_name.clone() } else { part.name.clone() };
    let part = crate::version::Requirement::Part { name, versions: reading.clone() };
    Cow::Owned(whole.condition.clone().requiring(&part))
}

/// What the statements about one vulnerability come to.
fn one_vulnerability(
    advisory: &Advisory,
    said: &[Said<'_>],
    fixes: &OnceLock<Fixes>,
    facts: &Facts,
) -> Option<Judgement> {
    let holding = |statuses: &[ProductStatus]| {
        let holds =
            said.iter().filter(|one| statuses.contains(&one.status) && *one.decision == Decision::Inside);
        let likely = |one: &&Said<'_>| ((one.entry.likeness.probability * 1000.0) as u32, !one.all);
        holds.max_by_key(likely)
    };
    use ProductStatus as S;
    let affected = holding(&[S::Affected, S::FirstAffected, S::LastAffected]);
    let mended = holding(&[S::Fixed, S::FirstFixed, S::NotAffected]);
    let open = holding(&[S::UnderInvestigation, S::Unknown]);
    match (affected, mended) {
        (Some(affected), Some(mended)) if affected.all && !mended.all => Some(stated(mended)),
        (Some(affected), Some(mended)) if mended.all && !affected.all => Some(stated(affected)),
        (Some(affected), Some(_)) => Some(contradiction(affected)),
        (Some(affected), None) => Some(stated(affected)),
        (None, Some(mended)) => Some(stated(mended)),
        (None, None) => match open {
            Some(open) => Some(investigated(open)),
            None => mended_by_text(advisory, said, fixes, facts)
                .or_else(|| unknown(said))
                .or_else(|| outside(advisory, said)),
        },
    }
}

/// The statement as it stands, or the question whether the device is its product.
fn stated(said: &Said<'_>) -> Judgement {
    let status = match said.status {
        ProductStatus::Fixed | ProductStatus::FirstFixed => FindingStatus::Fixed,
        ProductStatus::NotAffected => FindingStatus::NotAffected,
        _ => FindingStatus::Affected,
    };
    judgement(said, status, Reason::Stated(said.status, said.justification))
}

fn judgement(said: &Said<'_>, status: FindingStatus, reason: Reason) -> Judgement {
    let sure = said.entry.likeness.probability >= SURE_FROM;
    let (status, reason) =
        if sure { (status, reason) } else { (FindingStatus::Undetermined, Reason::Identity) };
    Judgement {
        status,
        entry: said.entry.product,
        likeness: said.entry.likeness,
        reason,
        question: None,
        vulnerabilities: Vec::new(),
    }
}

fn contradiction(said: &Said<'_>) -> Judgement {
    let text = "Which of the two does the publisher mean: the advisory lists it as affected and as fixed or not affected?";
    let question = Some(text.to_owned());
    Judgement { question, ..judgement(said, FindingStatus::Undetermined, Reason::Contradiction) }
}

fn investigated(said: &Said<'_>) -> Judgement {
    let text = "What did the publisher find? It was still looking into this product.".to_owned();
    Judgement {
        question: Some(text),
        ..judgement(said, FindingStatus::Undetermined, Reason::Open(said.status))
    }
}

/// No entry decides, and the maker's own remedy names the version that the device runs as the one with the fix.
fn mended_by_text(
    advisory: &Advisory,
    said: &[Said<'_>],
    fixes: &OnceLock<Fixes>,
    facts: &Facts,
) -> Option<Judgement> {
    let [own] = facts.versions.as_slice() else { return None };
    let asks_version = |decision: &Decision| match decision {
        Decision::Undecidable(question) => question.kind == crate::version::QuestionKind::Version,
        _ => true,
    };
    let first = said.first().filter(|_| said.iter().all(|one| asks_version(one.decision)))?;
    let fixes = fixes.get_or_init(|| Fixes::of(advisory));
    let holds = said.iter().all(|one| fixes.hold(one.entry.product, own));
    holds.then(|| judgement(first, FindingStatus::Fixed, Reason::Remedied))
}

/// A statement that one more fact would decide.
fn unknown(said: &[Said<'_>]) -> Option<Judgement> {
    let relevant = said.iter().filter(|one| one.status != ProductStatus::Recommended);
    let likely = relevant.filter_map(|one| match one.decision {
        Decision::Undecidable(question) => Some((one, question)),
        _ => None,
    });
    // Of equally likely entries the first one asks.
    let mut best: Option<(&Said<'_>, &crate::version::Question)> = None;
    for (one, question) in likely {
        if best.is_none_or(|(other, _)| one.entry.likeness.probability > other.entry.likeness.probability) {
            best = Some((one, question));
        }
    }
    let (one, question) = best?;
    let mut judged = judgement(one, FindingStatus::Undetermined, Reason::Missing);
    if judged.reason == Reason::Missing {
        judged.question = Some(question.text.clone());
    }
    Some(judged)
}

/// Nothing holds: not affected, where the document's own lists close the case.
fn outside(advisory: &Advisory, said: &[Said<'_>]) -> Option<Judgement> {
    use ProductStatus as S;
    let affected: Vec<&Said<'_>> = said
        .iter()
        .filter(|one| matches!(one.status, S::Affected | S::FirstAffected | S::LastAffected))
        .collect();
    let first = affected.iter().copied().reduce(|best, one| {
        if one.entry.likeness.probability > best.entry.likeness.probability { one } else { best }
    })?;
    let sides: Vec<Side> = affected.iter().map(|one| one.side).collect();
    let (status, reason) = match combined(&sides) {
        Side::Variant => return None,
        Side::After if has_fix(advisory, first.entry.product) => (FindingStatus::Fixed, Reason::Later),
        Side::After => (FindingStatus::NotAffected, Reason::Later),
        Side::Closed => (FindingStatus::NotAffected, Reason::Outside),
        Side::Unlisted => (FindingStatus::Undetermined, Reason::NotListed),
    };
    // A device that is not surely the product is none of its affected versions either way.
    if first.entry.likeness.probability < SURE_FROM && reason != Reason::NotListed {
        return None;
    }
    Some(judgement(first, status, reason))
}

fn has_fix(advisory: &Advisory, product: u32) -> bool {
    advisory.remediations.iter().any(|remediation| {
        remediation.category == RemediationCategory::VendorFix
            && (remediation.products.is_empty() || remediation.products.contains(&product))
    })
}

/// The gravest of what holds for each vulnerability, and for which it does.
fn together(judged: impl Iterator<Item = (u32, Judgement)>) -> Option<Judgement> {
    let gravity = |status: FindingStatus| match status {
        FindingStatus::Affected => 3,
        FindingStatus::Undetermined => 2,
        FindingStatus::Fixed => 1,
        FindingStatus::NotAffected => 0,
    };
    let mut gravest: Option<Judgement> = None;
    for (vulnerability, mut judgement) in judged {
        judgement.vulnerabilities.push(vulnerability);
        gravest = Some(match gravest {
            None => judgement,
            Some(mut best) if best.status == judgement.status => {
                best.vulnerabilities.push(vulnerability);
                best
            }
            Some(best) if gravity(best.status) > gravity(judgement.status) => best,
            Some(_) => judgement,
        });
    }
    gravest
}

/// Why a likeness leaves a question, in words.
pub(super) fn identity_question(product: &Product, why: Why) -> String {
    let name = if product.name.is_empty() { &product.full_name } else { &product.name };
    match why {
        Why::LessExact => format!("Which model exactly is it? The advisory speaks of {name}."),
        Why::PerhapsFamily => format!("Does this model belong to what the advisory calls {name}?"),
        Why::Requirement => format!("Is it “{name}” with all that this name requires?"),
        _ => format!("Is it the product that the advisory calls {name}?"),
    }
}
