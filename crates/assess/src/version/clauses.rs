//! Items to clauses: which of them belong together.

use super::date::Span;
use super::lex::Op;
use super::order::{Relation, Version};
use super::phrase::Item;
use super::requirement;
use super::{Bounds, Clause, Event, Reading, Requirement};

/// The readings that items make; `None` when they make no sense together.
pub(super) fn readings(items: &[Item]) -> Option<Vec<Reading>> {
    let mut builder = Builder::default();
    let mut at = 0;
    while let Some(item) = items.get(at) {
        at += 1 + builder.take(item, items.get(at + 1..).unwrap_or_default())?;
    }
    builder.finish()?;
    Some(builder.readings)
}

/// A range with one end.
pub(super) fn half(op: Op, version: Version) -> Option<Clause> {
    Some(match op {
        Op::Less => requirement::range(None, Some((version, false))),
        Op::LessEqual => requirement::range(None, Some((version, true))),
        Op::Greater => requirement::range(Some((version, false)), None),
        Op::GreaterEqual => requirement::range(Some((version, true)), None),
        Op::Equal => Clause::new(Bounds::Exactly(version)),
        Op::Not => return None,
    })
}

fn dated(op: Op, span: Span, event: Event) -> Option<Clause> {
    let (from, until) = match op {
        Op::Less => (None, Some(span.start)),
        Op::LessEqual => (None, Some(span.end)),
        Op::Greater => (Some(span.end), None),
        Op::GreaterEqual => (Some(span.start), None),
        Op::Equal => (Some(span.start), Some(span.end)),
        Op::Not => return None,
    };
    Some(Clause::new(Bounds::Dated { event, from, until }))
}

/// Clauses under construction.
#[derive(Default)]
struct Builder {
    readings: Vec<Reading>,
    clauses: Vec<Clause>,
    /// Whether something separates what was read from what follows.
    apart: bool,
    /// Whether what follows is an alternative, never the other end of a range.
    alternative: bool,
    excepted: Vec<Version>,
    /// Set by `up to`: the last upper end may be meant inclusive.
    ambiguous: bool,
    /// What the next date is the date of.
    event: Option<Event>,
}

impl Builder {
    /// Takes an item and says how many of those after it belong to it.
    fn take(&mut self, item: &Item, rest: &[Item]) -> Option<usize> {
        match item {
            Item::Version(version) => return self.version(version, rest),
            Item::Op(op) => return self.comparison(*op, rest),
            Item::Between => {
                let [Item::Version(low), Item::And | Item::To(true), Item::Version(high), ..] = rest else {
                    return None;
                };
                self.range((low, true), (high, true))?;
                return Some(3);
            }
            Item::UpTo => return self.up_to(rest),
            Item::To(inclusive) => {
                let [Item::Version(version), ..] = rest else { return None };
                self.push(half(if *inclusive { Op::LessEqual } else { Op::Less }, version.clone())?)?;
                return Some(1);
            }
            Item::Date(span) => {
                let [Item::Suffix(op), ..] = rest else { return None };
                self.push(dated(*op, *span, self.event.unwrap_or(Event::Released))?)?;
                return Some(1);
            }
            Item::Except => {
                let [Item::Version(version), ..] = rest else { return None };
                self.excepted.push(version.clone());
                return Some(1);
            }
            Item::Variant(name) => self.push(Clause::new(Bounds::Variant(name.clone())))?,
            Item::All => self.all(rest),
            Item::Event(event) => self.event = Some(*event),
            Item::Requires(requirement) => self.require(requirement),
            Item::Separator | Item::And => self.apart = true,
            Item::Or => {
                self.apart = true;
                self.alternative = true;
            }
            Item::NextReading => self.finish()?,
            Item::Suffix(_) => return None,
        }
        Some(0)
    }

    /// A version: the end of a range when words after it say so, else one of a list.
    fn version(&mut self, version: &Version, rest: &[Item]) -> Option<usize> {
        match rest {
            [Item::Suffix(op), ..] => {
                self.push(half(*op, version.clone())?)?;
                Some(1)
            }
            [Item::To(inclusive), Item::Version(high), ..] => {
                self.range((version, true), (high, *inclusive))?;
                Some(2)
            }
            [Item::UpTo, Item::Version(high), ..] => {
                self.ambiguous = true;
                self.range((version, true), (high, false))?;
                Some(2)
            }
            [Item::Op(op @ (Op::Less | Op::LessEqual)), Item::Version(high), ..] => {
                self.range((version, true), (high, *op == Op::LessEqual))?;
                Some(2)
            }
            _ => {
                self.push(Clause::new(Bounds::Exactly(version.clone())))?;
                Some(0)
            }
        }
    }

    fn comparison(&mut self, op: Op, rest: &[Item]) -> Option<usize> {
        let lower = matches!(op, Op::GreaterEqual | Op::Greater);
        match rest {
            [Item::Version(version), ..] if op == Op::Not => {
                self.excepted.push(version.clone());
                Some(1)
            }
            [Item::Version(low), Item::To(inclusive), Item::Version(high), ..] if lower => {
                self.range((low, op == Op::GreaterEqual), (high, *inclusive))?;
                Some(3)
            }
            [Item::Version(low), Item::UpTo, Item::Version(high), ..] if lower => {
                self.ambiguous = true;
                self.range((low, op == Op::GreaterEqual), (high, false))?;
                Some(3)
            }
            [Item::Version(version), Item::Suffix(suffix), ..] if op == *suffix => {
                self.push(half(op, version.clone())?)?;
                Some(2)
            }
            [Item::Version(version), ..] => {
                self.push(half(op, version.clone())?)?;
                Some(1)
            }
            [Item::Date(span), ..] => {
                self.push(dated(op, *span, self.event.unwrap_or(Event::Released))?)?;
                Some(1)
            }
            [Item::Event(event), Item::Date(span), ..] => {
                self.push(dated(op, *span, *event)?)?;
                Some(2)
            }
            _ => None,
        }
    }

    fn up_to(&mut self, rest: &[Item]) -> Option<usize> {
        match rest {
            [Item::Version(version), Item::Suffix(Op::LessEqual), ..] => {
                self.push(half(Op::LessEqual, version.clone())?)?;
                Some(2)
            }
            [Item::Version(version), ..] => {
                self.ambiguous = true;
                self.push(half(Op::Less, version.clone())?)?;
                Some(1)
            }
            _ => None,
        }
    }

    /// `all` before a comparison only introduces it.
    fn all(&mut self, rest: &[Item]) {
        let introduces = matches!(
            rest,
            [Item::Op(_) | Item::UpTo | Item::To(_) | Item::Between | Item::Event(_) | Item::Version(_), ..]
        );
        if !introduces {
            self.clauses.push(Clause::new(Bounds::All));
        }
    }

    /// Adds a clause, or joins it with the one before to a range. Without a separator only versions that look alike
    /// are a list (`1.3.2 1.4.0`); two names of one version (`2018 SP1 Version 1.4.7`) are not.
    fn push(&mut self, clause: Clause) -> Option<()> {
        if let Some(last) = self.clauses.last_mut() {
            if let Some(range) = paired(last, &clause).filter(|_| !self.alternative) {
                *last = range;
                self.apart = false;
                return Some(());
            }
            if !self.apart && !alike(last, &clause) {
                return None;
            }
        }
        self.clauses.push(clause);
        self.apart = false;
        self.alternative = false;
        Some(())
    }

    fn range(&mut self, low: (&Version, bool), high: (&Version, bool)) -> Option<()> {
        if low.0.relation(high.0) == Relation::Greater || (!self.apart && !self.clauses.is_empty()) {
            return None;
        }
        let end = |(version, inclusive): (&Version, bool)| Some((version.clone(), inclusive));
        self.clauses.push(requirement::range(end(low), end(high)));
        self.apart = false;
        self.alternative = false;
        Some(())
    }

    fn require(&mut self, requirement: &Requirement) {
        if self.clauses.is_empty() {
            self.clauses.push(Clause::new(Bounds::All));
        }
        if let Some(last) = self.clauses.last_mut()
            && !last.requires.contains(requirement)
        {
            last.requires.push(requirement.clone());
        }
    }

    /// Ends a reading; `up to` makes two of it.
    fn finish(&mut self) -> Option<()> {
        let mut clauses = std::mem::take(&mut self.clauses);
        if clauses.is_empty() && self.excepted.is_empty() {
            return None;
        }
        if clauses.is_empty() {
            clauses.push(Clause::new(Bounds::All));
        }
        let excepted = std::mem::take(&mut self.excepted);
        for clause in &mut clauses {
            clause.except.clone_from(&excepted);
        }
        if std::mem::take(&mut self.ambiguous) {
            let mut inclusive = clauses.clone();
            if let Some(Bounds::Range { high: Some(high), .. }) =
                inclusive.last_mut().map(|clause| &mut clause.bounds)
            {
                high.inclusive = true;
            }
            self.readings.push(clauses);
            self.readings.push(inclusive);
        } else {
            self.readings.push(clauses);
        }
        Some(())
    }
}

/// Whether two neighbours are entries of one list.
fn alike(first: &Clause, second: &Clause) -> bool {
    let dots = |version: &Version| version.text().bytes().filter(|byte| *byte == b'.').count();
    match (&first.bounds, &second.bounds) {
        (Bounds::Exactly(first), Bounds::Exactly(second)) => dots(first) == dots(second),
        _ => false,
    }
}

/// The range two half-open clauses make together: a lower end and an upper end that is not below it.
fn paired(first: &Clause, second: &Clause) -> Option<Clause> {
    let (Bounds::Range { low: a, high: b }, Bounds::Range { low: c, high: d }) =
        (&first.bounds, &second.bounds)
    else {
        return None;
    };
    let (low, high) = match (a, b, c, d) {
        (Some(low), None, None, Some(high)) | (None, Some(high), Some(low), None) => (low, high),
        _ => return None,
    };
    let in_order = match low.version.relation(&high.version) {
        Relation::Less | Relation::Equal | Relation::InLine | Relation::Coarser | Relation::CoarserZero => {
            true
        }
        Relation::Unknown | Relation::Finer => a.is_some(),
        // `>= 1.31 | <= 1.4`: meant as decimal numbers.
        Relation::Greater => a.is_some() && low.version.reversed_as_decimals(&high.version),
    };
    let plain = first.requires.is_empty() && second.requires.is_empty();
    let bounds = Bounds::Range { low: Some(low.clone()), high: Some(high.clone()) };
    (in_order && plain).then(|| Clause::new(bounds))
}
