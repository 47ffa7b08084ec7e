//! The risk in the words of NIST SP 800-30 Rev. 1 (Guide for Conducting Risk Assessments).

use crate::risk::combine;
use cordon_model::assess::{Risk, Side};

/// The five levels of its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// 0 to 4 of 100.
    VeryLow,
    /// 5 to 20.
    Low,
    /// 21 to 79.
    Moderate,
    /// 80 to 95.
    High,
    /// 96 to 100.
    VeryHigh,
}

impl Level {
    /// The level of 0 to 1 on the semi-quantitative scales of tables G-4 and H-3.
    pub fn of(value: f64) -> Level {
        match value * 100.0 {
            v if v >= 95.5 => Level::VeryHigh,
            v if v >= 79.5 => Level::High,
            v if v >= 20.5 => Level::Moderate,
            v if v >= 4.5 => Level::Low,
            _ => Level::VeryLow,
        }
    }

    /// The name in files and interfaces.
    pub fn name(self) -> &'static str {
        match self {
            Level::VeryLow => "very_low",
            Level::Low => "low",
            Level::Moderate => "moderate",
            Level::High => "high",
            Level::VeryHigh => "very_high",
        }
    }
}

/// Table I-2: the level of risk from likelihood and impact.
pub fn risk(likelihood: Level, impact: Level) -> Level {
    use Level::{High, Low, Moderate, VeryHigh, VeryLow};
    let [very_low, low, moderate, high, very_high] = match likelihood {
        VeryHigh | High => [VeryLow, Low, Moderate, High, VeryHigh],
        Moderate => [VeryLow, Low, Moderate, Moderate, High],
        Low => [VeryLow, Low, Low, Low, Moderate],
        VeryLow => [VeryLow, VeryLow, VeryLow, Low, Low],
    };
    match impact {
        VeryLow => very_low,
        Low => low,
        Moderate => moderate,
        High => high,
        VeryHigh => very_high,
    }
}

/// A device's risk in these words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InWords {
    /// How likely a compromise is.
    pub likelihood: Level,
    /// How bad it would be.
    pub impact: Level,
    /// Both together.
    pub risk: Level,
    /// Both together, with verified controls in force.
    pub residual: Level,
}

/// Says a risk in these words, from its factors.
pub fn in_words(of: &Risk) -> InWords {
    let side = |side: Side, controlled: bool| {
        let factors = of.factors.iter().filter(|factor| factor.side == side);
        Level::of(combine(factors.map(|factor| if controlled { factor.controlled } else { factor.value })))
    };
    let (likelihood, impact) = (side(Side::Likelihood, false), side(Side::Impact, false));
    let residual = risk(side(Side::Likelihood, true), impact);
    InWords { likelihood, impact, risk: risk(likelihood, impact), residual }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Level; 5] = [Level::VeryLow, Level::Low, Level::Moderate, Level::High, Level::VeryHigh];

    #[test]
    fn levels_lie_where_the_scales_put_them() {
        let at = |percent: f64| Level::of(percent / 100.0);
        let edges =
            [(0.0, 0), (4.0, 0), (5.0, 1), (20.0, 1), (21.0, 2), (79.0, 2), (80.0, 3), (95.0, 3), (96.0, 4)];
        for (percent, level) in edges {
            assert_eq!(at(percent), ALL[level], "{percent}");
        }
    }

    #[test]
    fn a_worse_likelihood_or_impact_is_no_lower_risk() {
        for (at, likelihood) in ALL.into_iter().enumerate() {
            for (step, impact) in ALL.into_iter().enumerate() {
                let here = risk(likelihood, impact);
                assert!(ALL[at..].iter().all(|worse| risk(*worse, impact) >= here));
                assert!(ALL[step..].iter().all(|worse| risk(likelihood, *worse) >= here));
            }
        }
        assert_eq!(risk(Level::Moderate, Level::VeryHigh), Level::High);
        assert_eq!(risk(Level::VeryLow, Level::VeryHigh), Level::Low);
    }
}
