//! From weaknesses and harms to a score with shares that sum to it.
//!
//! Likelihood is 1 − ∏(1 − weight × strength) over weaknesses, impact the same over harms, the score
//! 100 × likelihood × impact rounded to tenths. Both are monotone: one more weakness or a greater harm never
//! lowers the score. Half of the points are shared among the weaknesses and half among the harms, each by
//! its −ln(1 − weight × strength), which is how much it adds to the product's exponent.

use cordon_model::assess::{Factor, Side};

/// One reason that counts, before it has points.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Short stable name.
    pub name: String,
    /// Weight × strength, 0 to below 1.
    pub value: f64,
    /// The reason in a sentence.
    pub why: String,
}

/// 1 − ∏(1 − value), 0 to 1; values are held within 0 to 0.99.
pub fn combine(values: impl Iterator<Item = f64>) -> f64 {
    1.0 - values.map(|value| 1.0 - held(value)).product::<f64>()
}

/// The score of 0 to 100 in tenths of a point.
pub fn score_tenths(likelihood: f64, impact: f64) -> u32 {
    (1000.0 * likelihood * impact).round().clamp(0.0, 1000.0) as u32
}

/// Shares a score out among its reasons, so that the shares sum to it exactly (largest remainder, in
/// tenths); largest share first.
pub fn share_out(score_tenths: u32, weaknesses: &[Part], harms: &[Part]) -> Vec<Factor> {
    let mut exact: Vec<(&Part, Side, f64)> = halves(weaknesses, harms, f64::from(score_tenths));
    exact.retain(|(part, ..)| part.value > 0.0);
    let mut tenths: Vec<u32> = exact.iter().map(|(.., share)| share.floor().max(0.0) as u32).collect();
    let left = score_tenths.saturating_sub(tenths.iter().sum());
    let mut order: Vec<usize> = (0..exact.len()).collect();
    order.sort_by(|a, b| {
        let remainder = |at: &usize| exact.get(*at).map_or(0.0, |(.., share)| share - share.floor());
        remainder(b).total_cmp(&remainder(a)).then(a.cmp(b))
    });
    for at in order.iter().cycle().take(if exact.is_empty() { 0 } else { left as usize }) {
        if let Some(share) = tenths.get_mut(*at) {
            *share += 1;
        }
    }
    let mut factors: Vec<Factor> = exact
        .iter()
        .zip(tenths)
        .map(|((part, side, _), share)| Factor {
            name: part.name.clone(),
            share: f64::from(share) / 10.0,
            why: part.why.clone(),
            side: *side,
            value: held(part.value),
            controlled: held(part.value),
        })
        .collect();
    factors.sort_by(|a, b| b.share.total_cmp(&a.share).then_with(|| a.name.cmp(&b.name)));
    factors
}

fn halves<'a>(weaknesses: &'a [Part], harms: &'a [Part], total: f64) -> Vec<(&'a Part, Side, f64)> {
    let mut shares = Vec::with_capacity(weaknesses.len() + harms.len());
    let sum = |parts: &[Part]| parts.iter().map(|part| exponent(part.value)).sum::<f64>();
    for (side, parts) in [(Side::Likelihood, weaknesses), (Side::Impact, harms)] {
        let sum = sum(parts);
        for part in parts {
            let share = if sum > 0.0 { total / 2.0 * exponent(part.value) / sum } else { 0.0 };
            shares.push((part, side, share));
        }
    }
    shares
}

fn held(value: f64) -> f64 {
    if value.is_nan() { 0.0 } else { value.clamp(0.0, 0.99) }
}

fn exponent(value: f64) -> f64 {
    -(1.0 - held(value)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parts(values: &[f64], prefix: &str) -> Vec<Part> {
        let part = |(at, value): (usize, &f64)| Part {
            name: format!("{prefix}{at:02}"),
            value: *value,
            why: String::new(),
        };
        values.iter().enumerate().map(part).collect()
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_score(
            weaknesses in prop::collection::vec(0.0..0.99f64, 1..12),
            harms in prop::collection::vec(0.0..0.99f64, 1..5),
        ) {
            let likelihood = combine(weaknesses.iter().copied());
            let impact = combine(harms.iter().copied());
            let tenths = score_tenths(likelihood, impact);
            let factors = share_out(tenths, &parts(&weaknesses, "w"), &parts(&harms, "h"));
            let sum: i64 = factors.iter().map(|factor| (factor.share * 10.0).round() as i64).sum();
            prop_assert_eq!(sum, i64::from(tenths));
            prop_assert!(factors.iter().all(|factor| factor.share >= 0.0));
        }

        #[test]
        fn one_more_reason_never_lowers_the_score(
            weaknesses in prop::collection::vec(0.0..0.99f64, 0..10),
            more in 0.0..0.99f64,
            at in 0..10usize,
            harm in 0.0..0.99f64,
        ) {
            let score = |values: &[f64]| score_tenths(combine(values.iter().copied()), harm);
            let before = score(&weaknesses);
            let mut added = weaknesses.clone();
            added.push(more);
            prop_assert!(score(&added) >= before);
            if let Some(value) = weaknesses.clone().get_mut(at) {
                let mut raised = weaknesses.clone();
                raised[at] = value.max(more);
                prop_assert!(score(&raised) >= before);
            }
        }
    }

    #[test]
    fn nothing_is_nothing_and_not_a_number_counts_as_nothing() {
        assert_eq!(combine([].into_iter()), 0.0);
        assert_eq!(combine([f64::NAN].into_iter()), 0.0);
        assert_eq!(share_out(0, &[], &[]), []);
    }
}
