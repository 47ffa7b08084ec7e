//! What an estate's risk would be after chosen actions, and which ranks move when scores change.
//!
//! Everything follows from the factors' values that stand in an assessment, so that a what-if needs no capture and
//! no second run. Each action leaves a factor a part of its chance to be no reason, 1 − value; several actions on one
//! factor multiply, as independent reasons do.

use crate::risk::{combine, score_tenths};
use cordon_model::assess::Side;
use std::collections::{BTreeMap, BTreeSet};

/// One reason of a device's score.
#[derive(Clone, Debug, PartialEq)]
pub struct Reason {
    /// Its name.
    pub name: String,
    /// Which number it belongs to.
    pub side: Side,
    /// Weight × strength, 0 to 0.99.
    pub value: f64,
    /// The same with verified controls in force.
    pub controlled: f64,
}

/// A device with its reasons.
#[derive(Clone, Debug, PartialEq)]
pub struct Scored {
    /// Its id.
    pub id: String,
    /// What its score is made of.
    pub reasons: Vec<Reason>,
}

/// What an action does.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Deed {
    /// True for a segmentation: all reasons of its devices fall to their controlled value.
    pub controls: bool,
    /// Whom it is done to.
    pub devices: BTreeSet<String>,
    /// Reasons that go.
    pub clears: BTreeSet<String>,
    /// (device, reason) → what is left.
    pub lowers: BTreeMap<(String, String), f64>,
}

/// A device's score before and after.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    /// The device.
    pub id: String,
    /// Its score as it is, 0 to 100.
    pub before: f64,
    /// Its score once all is done.
    pub after: f64,
}

/// The estate after `deeds`, in the order of `devices`.
pub fn what_if(devices: &[Scored], deeds: &[Deed]) -> Vec<Outlook> {
    devices
        .iter()
        .map(|device| {
            let here: Vec<&Deed> = deeds.iter().filter(|deed| deed.devices.contains(&device.id)).collect();
            let before = score(device, |reason| reason.value);
            let after = score(device, |reason| left(&device.id, reason, &here));
            // Rounding apart, less can never be more.
            Outlook { id: device.id.clone(), before, after: after.min(before) }
        })
        .collect()
}

fn left(device: &str, reason: &Reason, deeds: &[&Deed]) -> f64 {
    if reason.side == Side::Impact {
        return reason.value;
    }
    let spared = 1.0 - reason.value;
    let mut chance = spared;
    for deed in deeds {
        let named = (device.to_owned(), reason.name.clone());
        let value = match deed.lowers.get(&named) {
            _ if deed.clears.contains(&reason.name) => 0.0,
            Some(left) => *left,
            None if deed.controls => reason.controlled,
            None => continue,
        };
        chance *= (1.0 - value.clamp(0.0, reason.value)) / spared.max(0.01);
    }
    1.0 - chance.min(1.0)
}

fn score(device: &Scored, value: impl Fn(&Reason) -> f64) -> f64 {
    let side = |side: Side| combine(device.reasons.iter().filter(|reason| reason.side == side).map(&value));
    f64::from(score_tenths(side(Side::Likelihood), side(Side::Impact))) / 10.0
}

/// A device whose place in the ranking changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Move {
    /// The device.
    pub id: String,
    /// Its place before, 1 first; `None` when it was not there.
    pub rank_before: Option<usize>,
    /// Its place now; `None` when it is gone.
    pub rank_after: Option<usize>,
    /// Its score before.
    pub score_before: Option<f64>,
    /// Its score now.
    pub score_after: Option<f64>,
}

/// Which ranks move from one list of (device, score) to another, the furthest first; equal scores rank by id.
pub fn moves(before: &[(String, f64)], after: &[(String, f64)]) -> Vec<Move> {
    let (old, new) = (ranked(before), ranked(after));
    let ids: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
    let both = ids.into_iter().map(|id| {
        let (was, is) = (old.get(id), new.get(id));
        Move {
            id: id.to_owned(),
            rank_before: was.map(|(rank, _)| *rank),
            rank_after: is.map(|(rank, _)| *rank),
            score_before: was.map(|(_, score)| *score),
            score_after: is.map(|(_, score)| *score),
        }
    });
    let mut moved: Vec<Move> = both.filter(|one| one.rank_before != one.rank_after).collect();
    let far = |one: &Move| match (one.rank_before, one.rank_after) {
        (Some(was), Some(is)) => was.abs_diff(is),
        _ => usize::MAX,
    };
    moved.sort_by(|one, other| far(other).cmp(&far(one)).then_with(|| one.rank_after.cmp(&other.rank_after)));
    moved
}

fn ranked(list: &[(String, f64)]) -> BTreeMap<&str, (usize, f64)> {
    let mut ordered: Vec<&(String, f64)> = list.iter().collect();
    ordered.sort_by(|(one, a), (other, b)| b.total_cmp(a).then_with(|| one.cmp(other)));
    (1..).zip(ordered).map(|(rank, (id, score))| (id.as_str(), (rank, *score))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn device(values: &[f64]) -> Scored {
        let mut reasons: Vec<Reason> = values
            .iter()
            .enumerate()
            .map(|(at, value)| Reason {
                name: format!("r{at}"),
                side: Side::Likelihood,
                value: *value,
                controlled: value / 2.0,
            })
            .collect();
        reasons.push(Reason { name: "harm".into(), side: Side::Impact, value: 0.8, controlled: 0.8 });
        Scored { id: "d".into(), reasons }
    }

    fn deed() -> Deed {
        Deed { devices: BTreeSet::from(["d".to_owned()]), ..Deed::default() }
    }

    fn after(values: &[f64], deeds: &[Deed]) -> f64 {
        what_if(&[device(values)], deeds)[0].after
    }

    #[test]
    fn deeds_add_up_as_reasons_do() {
        // 100 × (1 − 0.5 × 0.6) × 0.8
        assert_eq!(after(&[0.5, 0.4], &[]), 56.0);
        let clears = |name: &str| Deed { clears: BTreeSet::from([name.to_owned()]), ..deed() };
        assert_eq!(after(&[0.5, 0.4], &[clears("r1")]), 40.0);
        assert_eq!(after(&[0.5, 0.4], &[clears("r1"), clears("r1")]), 40.0);
        assert_eq!(after(&[0.5, 0.4], &[clears("r0"), clears("r1")]), 0.0);
        // Of a reason made of two, 1 − 0.8 × 0.625, each deed takes one away: nothing is left.
        let lowers = |left: f64| Deed {
            lowers: BTreeMap::from([(("d".to_owned(), "r0".to_owned()), left)]),
            ..deed()
        };
        assert_eq!(after(&[0.5], &[lowers(0.2)]), 16.0);
        assert_eq!(after(&[0.5], &[lowers(0.2), lowers(0.375)]), 0.0);
        assert_eq!(after(&[0.5, 0.4], &[Deed { controls: true, ..deed() }]), 32.0);
        let elsewhere = Deed { controls: true, devices: BTreeSet::new(), ..deed() };
        assert_eq!(after(&[0.5, 0.4], &[elsewhere]), 56.0);
    }

    #[test]
    fn moves_are_told_furthest_first() {
        let list = |scores: &[(&str, f64)]| -> Vec<(String, f64)> {
            scores.iter().map(|(id, score)| ((*id).to_owned(), *score)).collect()
        };
        let before = list(&[("a", 30.0), ("b", 20.0), ("c", 10.0)]);
        assert_eq!(moves(&before, &before), []);
        let after = list(&[("c", 40.0), ("a", 30.0), ("b", 20.0), ("d", 5.0)]);
        let found: Vec<(String, Option<usize>, Option<usize>)> =
            moves(&before, &after).into_iter().map(|one| (one.id, one.rank_before, one.rank_after)).collect();
        let expected =
            [("d", None, Some(4)), ("c", Some(3), Some(1)), ("a", Some(1), Some(2)), ("b", Some(2), Some(3))];
        assert_eq!(found, expected.map(|(id, was, is)| (id.to_owned(), was, is)));
    }

    proptest! {
        #[test]
        fn one_more_deed_never_raises_a_score(
            values in prop::collection::vec(0.0..0.99f64, 1..8),
            clears in prop::collection::vec(0..8usize, 0..4),
            left in 0.0..0.99f64,
            controls in any::<bool>(),
        ) {
            let names = clears.iter().map(|at| format!("r{at}")).collect();
            let first = Deed { clears: names, ..deed() };
            let lowers = BTreeMap::from([(("d".to_owned(), "r0".to_owned()), left)]);
            let second = Deed { lowers, controls, ..deed() };
            let (none, one, both) =
                (after(&values, &[]), after(&values, std::slice::from_ref(&first)), after(&values, &[first, second]));
            prop_assert!(one <= none && both <= one, "{none} {one} {both}");
        }
    }
}
