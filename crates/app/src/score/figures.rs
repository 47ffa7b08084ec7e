//! Right, missed and wrong in numbers, and how well stated confidence fits.

use super::compare::Verdict;
use serde::Serialize;

/// From this confidence on, a wrong value counts as confidently wrong.
pub const CONFIDENT: f64 = 0.9;

/// Lowest confidences of the bins: a tenth wide, and finer near certainty, where most claims are.
const BINS: [f64; 12] = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

/// One value of the truth, and what became of it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Judged {
    pub(super) attribute: &'static str,
    /// The device's category by the truth; empty where the truth does not say.
    pub(super) category: String,
    pub(super) verdict: Verdict,
    /// Of what was stated.
    pub(super) confidence: Option<f64>,
    /// It rests on a fingerprint that was taken from this very capture.
    pub(super) learnt: bool,
}

/// How values fared.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Figures {
    /// Stated and true.
    pub right: u64,
    /// Not stated, or stated so generally that it does not say which.
    pub missed: u64,
    /// Stated and not true.
    pub wrong: u64,
    /// Those of `right` that were stated with at least [`CONFIDENT`].
    pub right_confident: u64,
    /// Those of `wrong` that were stated with at least [`CONFIDENT`].
    pub wrong_confident: u64,
    /// Stated and true, but by a fingerprint whose values came from this very capture: proves nothing, and counts
    /// neither as right nor in the recall.
    pub learnt: u64,
    /// Share of the values of the truth that were stated and true; `None` where there were none.
    pub recall: Option<f64>,
    /// Mean distance between stated confidence and share of right claims, weighted by claims (expected
    /// calibration error); `None` when nothing stated a confidence.
    pub expected_calibration_error: Option<f64>,
    /// How often claims of like confidence were right.
    pub reliability: Vec<Bin>,
}

/// Claims of like confidence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Bin {
    /// Lowest confidence of the bin; it reaches to the next one's.
    pub from: f64,
    /// Judged claims.
    pub claims: u64,
    /// Those that were right.
    pub right: u64,
    /// Mean stated confidence.
    pub confidence: f64,
}

impl Figures {
    pub(super) fn of<'a>(judged: impl Iterator<Item = &'a Judged>) -> Figures {
        let mut figures = Figures::default();
        let mut bins: Vec<Bin> = BINS.iter().map(|from| Bin { from: *from, ..Bin::default() }).collect();
        for one in judged {
            figures.count(one);
            let counts = one.verdict != Verdict::Missed && !one.learnt;
            if let (Some(confidence), true) = (one.confidence, counts) {
                let bin = bins.iter_mut().rev().find(|bin| confidence >= bin.from);
                if let Some(bin) = bin {
                    bin.claims += 1;
                    bin.right += u64::from(one.verdict == Verdict::Right);
                    bin.confidence += confidence;
                }
            }
        }
        bins.retain(|bin| bin.claims > 0);
        // `confidence` holds the sum until here.
        let distance: f64 = bins.iter().map(|bin| (bin.confidence - bin.right as f64).abs()).sum();
        let claims: u64 = bins.iter().map(|bin| bin.claims).sum();
        for bin in &mut bins {
            bin.confidence /= bin.claims as f64;
        }
        figures.expected_calibration_error = (claims > 0).then(|| distance / claims as f64);
        figures.reliability = bins;
        let judged = figures.right + figures.missed + figures.wrong;
        figures.recall = (judged > 0).then(|| figures.right as f64 / judged as f64);
        figures
    }

    fn count(&mut self, one: &Judged) {
        let sure = one.confidence.is_some_and(|confidence| confidence >= CONFIDENT);
        match one.verdict {
            Verdict::Right if one.learnt => self.learnt += 1,
            Verdict::Right => {
                self.right += 1;
                self.right_confident += u64::from(sure);
            }
            Verdict::Missed => self.missed += 1,
            Verdict::Wrong => {
                self.wrong += 1;
                self.wrong_confident += u64::from(sure);
            }
        }
    }

    /// Share of the claims stated with at least [`CONFIDENT`] that were right.
    pub fn confident_right(&self) -> Option<f64> {
        let all = self.right_confident + self.wrong_confident;
        (all > 0).then(|| self.right_confident as f64 / all as f64)
    }

    /// Share of the right claims that were stated with at least [`CONFIDENT`].
    pub fn right_stated_confidently(&self) -> Option<f64> {
        (self.right > 0).then(|| self.right_confident as f64 / self.right as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(verdict: Verdict, confidence: f64) -> Judged {
        Judged {
            attribute: "model",
            category: String::new(),
            verdict,
            confidence: Some(confidence),
            learnt: false,
        }
    }

    #[test]
    fn the_error_is_the_weighted_distance_from_the_diagonal() {
        let mut all = vec![judged(Verdict::Right, 0.8); 8];
        all.extend(vec![judged(Verdict::Wrong, 0.8); 2]);
        let figures = Figures::of(all.iter());
        assert!(figures.expected_calibration_error.unwrap() < 1e-9);
        assert_eq!((figures.right, figures.wrong, figures.right_confident), (8, 2, 0));
        all.extend(vec![judged(Verdict::Right, 0.9); 10]);
        let figures = Figures::of(all.iter());
        // Half of the claims are 0.1 too modest.
        assert!((figures.expected_calibration_error.unwrap() - 0.05).abs() < 1e-9);
        assert_eq!(figures.right_stated_confidently(), Some(10.0 / 18.0));
        assert_eq!(figures.confident_right(), Some(1.0));
    }

    #[test]
    fn what_was_learnt_here_counts_neither_way() {
        let learnt = Judged { learnt: true, ..judged(Verdict::Right, 0.95) };
        let all = [learnt, judged(Verdict::Missed, 0.0)];
        let figures = Figures::of(all.iter());
        assert_eq!((figures.learnt, figures.right, figures.recall), (1, 0, Some(0.0)));
        assert_eq!(figures.expected_calibration_error, None);
        let wrong = [Judged { learnt: true, ..judged(Verdict::Wrong, 0.95) }];
        assert_eq!(Figures::of(wrong.iter()).wrong_confident, 1, "a wrong claim is wrong whoever taught it");
    }
}
