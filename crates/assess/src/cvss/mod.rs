//! CVSS vectors of versions 2.0, 3.0, 3.1 and 4.0: read, written and scored as FIRST specifies.
//!
//! A vector is read totally: any text gives a [`Vector`] or a [`VectorError`]. It is written in the order of its
//! specification and without metrics that are not defined (`X`, `ND`), so that equal vectors have equal texts.
//! Scores are counted in tenths, as they are published.

mod metrics;
mod v2;
mod v3;
mod v4;

use std::fmt;
use std::str::FromStr;

/// The longest text that is looked at; the longest vector there is has fewer than 300 characters.
const TEXT_BYTES_MAX: usize = 512;

/// Which edition of the standard a vector follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Edition {
    /// CVSS 2.0 (FIRST, 2007).
    V2,
    /// CVSS 3.0 (FIRST, 2015).
    V30,
    /// CVSS 3.1 (FIRST, 2019).
    V31,
    /// CVSS 4.0 (FIRST, 2023).
    V4,
}

impl Edition {
    /// `2.0`, `3.0`, `3.1`, `4.0`.
    pub fn name(self) -> &'static str {
        match self {
            Edition::V2 => "2.0",
            Edition::V30 => "3.0",
            Edition::V31 => "3.1",
            Edition::V4 => "4.0",
        }
    }
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A score of 0.0 to 10.0, exact in tenths.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u8);

impl Score {
    /// The score of so many tenths, at most 100.
    pub fn from_tenths(tenths: u8) -> Score {
        Score(tenths.min(100))
    }

    /// 0.0 to 10.0.
    pub fn value(self) -> f64 {
        f64::from(self.0) / 10.0
    }

    /// 0 to 100.
    pub fn tenths(self) -> u8 {
        self.0
    }

    /// The qualitative rating (CVSS 3.1 section 5, CVSS 4.0 section 6): `none`, `low`, `medium`, `high`,
    /// `critical`.
    pub fn severity(self) -> &'static str {
        match self.0 {
            0 => "none",
            1..=39 => "low",
            40..=69 => "medium",
            70..=89 => "high",
            _ => "critical",
        }
    }

    /// The nearest tenth, halves upward. What binary arithmetic leaves just below a half counts as the half.
    fn nearest(value: f64) -> Score {
        Score::of_tenths((value * 10.0 + 1e-6 + 0.5).floor())
    }

    fn of_tenths(tenths: f64) -> Score {
        Score(tenths.clamp(0.0, 100.0) as u8)
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0 / 10, self.0 % 10)
    }
}

/// What a vector amounts to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// From the base metrics alone (CVSS-B).
    pub base: Score,
    /// With the temporal (4.0: threat) metrics, when any is defined.
    pub temporal: Option<Score>,
    /// With the environmental and temporal metrics, when any environmental one is defined.
    pub environmental: Option<Score>,
}

impl Scores {
    /// The score that takes most into account.
    pub fn overall(&self) -> Score {
        self.environmental.or(self.temporal).unwrap_or(self.base)
    }
}

/// Why a text is no CVSS vector.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VectorError {
    /// Longer than any vector.
    #[error("a CVSS vector has at most {TEXT_BYTES_MAX} characters")]
    TooLong,
    /// Neither `CVSS:3.0/`, `CVSS:3.1/`, `CVSS:4.0/` nor a vector of version 2.
    #[error("CVSS version {0:?} is not known; 2.0, 3.0, 3.1 and 4.0 are")]
    UnknownVersion(String),
    /// A part without a colon.
    #[error("{0:?} is no metric with a value, such as AV:N")]
    NotAMetric(String),
    /// A metric that this version does not have.
    #[error("version {edition} has no metric {name:?}")]
    UnknownMetric {
        /// The version.
        edition: Edition,
        /// The name as given.
        name: String,
    },
    /// A value that the metric does not have.
    #[error("metric {metric} of version {edition} has no value {value:?}")]
    UnknownValue {
        /// The version.
        edition: Edition,
        /// Which metric.
        metric: &'static str,
        /// The value as given.
        value: String,
    },
    /// A metric given twice.
    #[error("metric {0} is given twice")]
    Twice(&'static str),
    /// A base metric that is not there.
    #[error("base metric {0} is missing")]
    Missing(&'static str),
}

/// A CVSS vector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Vector {
    /// Of version 2.0.
    V2(v2::Vector),
    /// Of version 3.0 or 3.1.
    V3(v3::Vector),
    /// Of version 4.0.
    V4(v4::Vector),
}

impl Vector {
    /// Which edition it follows.
    pub fn edition(&self) -> Edition {
        match self {
            Vector::V2(_) => Edition::V2,
            Vector::V3(vector) => vector.edition(),
            Vector::V4(_) => Edition::V4,
        }
    }

    /// Its scores.
    pub fn scores(&self) -> Scores {
        match self {
            Vector::V2(vector) => vector.scores(),
            Vector::V3(vector) => vector.scores(),
            Vector::V4(vector) => vector.scores(),
        }
    }

    /// The value of a metric by its names in the specification, such as `AV` → `N`; `None` when it is not defined.
    pub fn metric(&self, name: &str) -> Option<&'static str> {
        match self {
            Vector::V2(vector) => vector.metric(name),
            Vector::V3(vector) => vector.metric(name),
            Vector::V4(vector) => vector.metric(name),
        }
    }
}

impl FromStr for Vector {
    type Err = VectorError;

    /// Metrics may stand in any order, for without it they are as clear; version 2 may stand in brackets.
    fn from_str(text: &str) -> Result<Vector, VectorError> {
        let text = text.trim();
        if text.len() > TEXT_BYTES_MAX {
            return Err(VectorError::TooLong);
        }
        let Some(rest) = text.strip_prefix("CVSS:") else {
            let bare = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(text);
            return v2::Vector::read(bare).map(Vector::V2);
        };
        let (version, metrics) = rest.split_once('/').unwrap_or((rest, ""));
        match version {
            "3.0" => v3::Vector::read(Edition::V30, metrics).map(Vector::V3),
            "3.1" => v3::Vector::read(Edition::V31, metrics).map(Vector::V3),
            "4.0" => v4::Vector::read(metrics).map(Vector::V4),
            other => Err(VectorError::UnknownVersion(other.chars().take(16).collect())),
        }
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Vector::V2(vector) => vector.fmt(f),
            Vector::V3(vector) => vector.fmt(f),
            Vector::V4(vector) => vector.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests;
