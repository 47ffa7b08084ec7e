//! A line put together from one condition after another.

use crate::lists::{Match, State};

/// A line as far as it has been read.
#[derive(Clone, Debug, Default)]
pub(super) struct Building {
    pub(super) matches: Match,
    /// What was not understood first.
    pub(super) doubt: Option<String>,
}

impl Building {
    /// Says that something was not understood.
    pub(super) fn doubt(&mut self, what: impl Into<String>) {
        self.doubt.get_or_insert_with(|| what.into());
    }

    /// One of these must match too; none of them where the list is empty.
    pub(super) fn and(&mut self, alternatives: Vec<Match>) {
        let own = &mut self.matches;
        let is_one = |field: fn(&Match) -> bool| {
            !alternatives.is_empty() && alternatives.iter().all(|one| field(one) && fields(one) == 1)
        };
        // Conditions on what is not asked yet stand side by side in the line itself.
        if own.sources.is_empty() && is_one(|one| !one.sources.is_empty()) {
            own.sources = alternatives.into_iter().flat_map(|one| one.sources).collect();
        } else if own.destinations.is_empty() && is_one(|one| !one.destinations.is_empty()) {
            own.destinations = alternatives.into_iter().flat_map(|one| one.destinations).collect();
        } else if own.services.is_empty() && is_one(|one| !one.services.is_empty()) {
            own.services = alternatives.into_iter().flat_map(|one| one.services).collect();
        } else if own.inward.is_empty() && is_one(|one| !one.inward.is_empty()) {
            own.inward = alternatives.into_iter().flat_map(|one| one.inward).collect();
        } else if own.outward.is_empty() && is_one(|one| !one.outward.is_empty()) {
            own.outward = alternatives.into_iter().flat_map(|one| one.outward).collect();
        } else if let [one] = alternatives.as_slice()
            && fields(own) == 0
        {
            *own = one.clone();
        } else {
            own.also.push(alternatives);
        }
    }

    /// None of these may match.
    pub(super) fn and_none(&mut self, matches: Vec<Match>) {
        self.matches.except.extend(matches);
    }

    /// What it must be to its connection.
    pub(super) fn state(&mut self, state: State) {
        self.matches.state = match (self.matches.state, state) {
            (State::Any, other) | (other, State::Any) => other,
            (one, other) if one == other => one,
            _ => State::Neither,
        };
    }
}

/// How many of the lists ask for something; more than one list deep counts as many.
fn fields(one: &Match) -> usize {
    let asked = [
        !one.sources.is_empty(),
        !one.destinations.is_empty(),
        !one.services.is_empty(),
        !one.inward.is_empty(),
        !one.outward.is_empty(),
        one.state != State::Any,
        !one.also.is_empty(),
        !one.except.is_empty(),
    ];
    asked.into_iter().filter(|is_asked| *is_asked).count()
}
