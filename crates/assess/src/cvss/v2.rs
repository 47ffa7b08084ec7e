//! CVSS 2.0: "A Complete Guide to the Common Vulnerability Scoring System Version 2.0", section 3.2.

use super::metrics::{Chosen, Group, Metric, metric};
use super::{Edition, Score, Scores, VectorError};
use std::fmt;

const IMPACTS: &[&str] = &["N", "P", "C"];
const REQUIREMENTS: &[&str] = &["L", "M", "H"];

pub(super) const TABLE: &[Metric] = &[
    metric(Group::Base, "AV", &["L", "A", "N"]),
    metric(Group::Base, "AC", &["H", "M", "L"]),
    metric(Group::Base, "Au", &["M", "S", "N"]),
    metric(Group::Base, "C", IMPACTS),
    metric(Group::Base, "I", IMPACTS),
    metric(Group::Base, "A", IMPACTS),
    metric(Group::Temporal, "E", &["U", "POC", "F", "H"]),
    metric(Group::Temporal, "RL", &["OF", "TF", "W", "U"]),
    metric(Group::Temporal, "RC", &["UC", "UR", "C"]),
    metric(Group::Environmental, "CDP", &["N", "L", "LM", "MH", "H"]),
    metric(Group::Environmental, "TD", &["N", "L", "M", "H"]),
    metric(Group::Environmental, "CR", REQUIREMENTS),
    metric(Group::Environmental, "IR", REQUIREMENTS),
    metric(Group::Environmental, "AR", REQUIREMENTS),
];

/// A vector of CVSS 2.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector(Chosen);

impl Vector {
    pub(super) fn read(text: &str) -> Result<Vector, VectorError> {
        Chosen::read(Edition::V2, TABLE, text).map(Vector)
    }

    pub(super) fn metric(&self, name: &str) -> Option<&'static str> {
        self.0.get(TABLE, name)
    }

    pub(super) fn scores(&self) -> Scores {
        let exact = self.base(self.impact([1.0; 3]));
        let base = Score::nearest(exact);
        let temporal = self.0.has(TABLE, Group::Temporal).then(|| Score::nearest(self.temporal(exact)));
        let environmental = self.0.has(TABLE, Group::Environmental).then(|| self.environmental());
        Scores { base, temporal, environmental }
    }

    fn impact(&self, requirements: [f64; 3]) -> f64 {
        let metrics = ["C", "I", "A"].into_iter().zip(requirements);
        let spared: f64 = metrics.map(|(name, requirement)| 1.0 - self.loss(name) * requirement).product();
        10.41 * (1.0 - spared)
    }

    fn loss(&self, name: &str) -> f64 {
        match self.metric(name) {
            Some("C") => 0.660,
            Some("P") => 0.275,
            _ => 0.0,
        }
    }

    /// Rounded to tenths, and not held above 0: the guide's formula goes below for an impact that hardly matters,
    /// and the environmental score goes on from there.
    fn base(&self, impact: f64) -> f64 {
        let vector = match self.metric("AV") {
            Some("N") => 1.0,
            Some("A") => 0.646,
            _ => 0.395,
        };
        let complexity = match self.metric("AC") {
            Some("L") => 0.71,
            Some("M") => 0.61,
            _ => 0.35,
        };
        let authentication = match self.metric("Au") {
            Some("N") => 0.704,
            Some("S") => 0.56,
            _ => 0.45,
        };
        let exploitability = 20.0 * vector * complexity * authentication;
        let factor = if impact == 0.0 { 0.0 } else { 1.176 };
        tenths((0.6 * impact + 0.4 * exploitability - 1.5) * factor)
    }

    fn temporal(&self, base: f64) -> f64 {
        let exploitability = match self.metric("E") {
            Some("U") => 0.85,
            Some("POC") => 0.90,
            Some("F") => 0.95,
            _ => 1.0,
        };
        let remediation = match self.metric("RL") {
            Some("OF") => 0.87,
            Some("TF") => 0.90,
            Some("W") => 0.95,
            _ => 1.0,
        };
        let confidence = match self.metric("RC") {
            Some("UC") => 0.90,
            Some("UR") => 0.95,
            _ => 1.0,
        };
        tenths(base * exploitability * remediation * confidence)
    }

    fn environmental(&self) -> Score {
        let requirement = |name| match self.metric(name) {
            Some("L") => 0.5,
            Some("H") => 1.51,
            _ => 1.0,
        };
        let impact = self.impact([requirement("CR"), requirement("IR"), requirement("AR")]).min(10.0);
        let adjusted = self.temporal(self.base(impact));
        let damage = match self.metric("CDP") {
            Some("L") => 0.1,
            Some("LM") => 0.3,
            Some("MH") => 0.4,
            Some("H") => 0.5,
            _ => 0.0,
        };
        let targets = match self.metric("TD") {
            Some("N") => 0.0,
            Some("L") => 0.25,
            Some("M") => 0.75,
            _ => 1.0,
        };
        Score::nearest((adjusted + (10.0 - adjusted) * damage) * targets)
    }
}

/// To the nearest tenth, halves upward.
fn tenths(value: f64) -> f64 {
    (value * 10.0 + 1e-6 + 0.5).floor() / 10.0
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.write(TABLE, f)
    }
}
