//! Where a version that a condition does not hold for stands: past it, before it, or between what it lists.

use crate::version::{Bound, Bounds, Clause, Condition, Relation, Version};

/// On which side of a condition a device is that it does not hold for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// Later than everything the condition names.
    After,
    /// Before a range begins, or between ranges: the text says where it stops.
    Closed,
    /// Not among versions that are only listed: what lies between or before them, the text does not say.
    Unlisted,
    /// Another variant or model than the condition names.
    Variant,
}

/// The side on which a device with `version` is; what the condition is decided by besides closes it.
pub(crate) fn side(condition: &Condition, version: Option<&Version>) -> Side {
    let Condition::Typed(readings) = condition else { return Side::Unlisted };
    let sides: Vec<Side> = readings.iter().flatten().map(|clause| of_clause(clause, version)).collect();
    combined(&sides)
}

/// The side of several conditions that all do not hold.
pub(crate) fn combined(sides: &[Side]) -> Side {
    let has = |side: Side| sides.contains(&side);
    if !sides.is_empty() && sides.iter().all(|side| *side == Side::After) {
        return Side::After;
    }
    if has(Side::Unlisted) {
        return Side::Unlisted;
    }
    if has(Side::After) || has(Side::Closed) { Side::Closed } else { Side::Variant }
}

fn of_clause(clause: &Clause, version: Option<&Version>) -> Side {
    match (&clause.bounds, version) {
        (Bounds::Range { high, .. }, Some(own)) => {
            if high.as_ref().is_some_and(|high| past(own, high)) {
                Side::After
            } else {
                Side::Closed
            }
        }
        (Bounds::Exactly(listed), Some(own)) => match own.relation(listed) {
            Relation::Greater => Side::After,
            // Excepted by name, or by something else than the version.
            Relation::Equal | Relation::InLine | Relation::CoarserZero => Side::Closed,
            _ => Side::Unlisted,
        },
        (Bounds::Variant(_), _) => Side::Variant,
        (Bounds::All | Bounds::Dated { .. } | Bounds::Serial { .. }, _) | (_, None) => Side::Closed,
    }
}

/// True when `own` is surely later than the upper end of a range.
fn past(own: &Version, high: &Bound) -> bool {
    match own.relation(&high.version) {
        Relation::Greater => true,
        Relation::Equal | Relation::InLine | Relation::CoarserZero | Relation::Finer => !high.inclusive,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(condition: &str, version: &str) -> Side {
        side(&Condition::parse(condition), Version::parse(version).as_ref())
    }

    #[test]
    fn a_range_says_where_it_stops_and_a_list_does_not() {
        assert_eq!(of("<= 2.0.14.0", "2.0.15"), Side::After);
        assert_eq!(of("< 2.4.0", "2.4.0"), Side::After);
        assert_eq!(of(">= 1.3.4 | < 1.5.3", "1.2"), Side::Closed);
        assert_eq!(of("9.13 | 9.19 | 9.33 | 12.1", "12.3"), Side::After);
        assert_eq!(of("9.13 | 9.19 | 9.33 | 12.1", "9.25"), Side::Unlisted);
        assert_eq!(of("9.13 | 9.19 | 9.33 | 12.1", "8"), Side::Unlisted);
    }
}
