//! CVSS 3.0 and 3.1: FIRST's specification documents, sections 7.1 to 7.4 and appendix A (rounding).

use super::metrics::{Chosen, Group, Metric, metric};
use super::{Edition, Score, Scores, VectorError};
use std::fmt;

const IMPACTS: &[&str] = &["N", "L", "H"];
const VECTORS: &[&str] = &["N", "A", "L", "P"];
const COMPLEXITIES: &[&str] = &["L", "H"];
const PRIVILEGES: &[&str] = &["N", "L", "H"];
const INTERACTIONS: &[&str] = &["N", "R"];
const SCOPES: &[&str] = &["U", "C"];
const REQUIREMENTS: &[&str] = &["L", "M", "H"];

pub(super) const TABLE: &[Metric] = &[
    metric(Group::Base, "AV", VECTORS),
    metric(Group::Base, "AC", COMPLEXITIES),
    metric(Group::Base, "PR", PRIVILEGES),
    metric(Group::Base, "UI", INTERACTIONS),
    metric(Group::Base, "S", SCOPES),
    metric(Group::Base, "C", IMPACTS),
    metric(Group::Base, "I", IMPACTS),
    metric(Group::Base, "A", IMPACTS),
    metric(Group::Temporal, "E", &["U", "P", "F", "H"]),
    metric(Group::Temporal, "RL", &["O", "T", "W", "U"]),
    metric(Group::Temporal, "RC", &["U", "R", "C"]),
    metric(Group::Environmental, "CR", REQUIREMENTS),
    metric(Group::Environmental, "IR", REQUIREMENTS),
    metric(Group::Environmental, "AR", REQUIREMENTS),
    metric(Group::Environmental, "MAV", VECTORS),
    metric(Group::Environmental, "MAC", COMPLEXITIES),
    metric(Group::Environmental, "MPR", PRIVILEGES),
    metric(Group::Environmental, "MUI", INTERACTIONS),
    metric(Group::Environmental, "MS", SCOPES),
    metric(Group::Environmental, "MC", IMPACTS),
    metric(Group::Environmental, "MI", IMPACTS),
    metric(Group::Environmental, "MA", IMPACTS),
];

/// A vector of CVSS 3.0 or 3.1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector {
    edition: Edition,
    chosen: Chosen,
}

/// Whether base metrics are taken as given or as modified for the environment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum View {
    Base,
    Modified,
}

impl Vector {
    pub(super) fn read(edition: Edition, text: &str) -> Result<Vector, VectorError> {
        Chosen::read(edition, TABLE, text).map(|chosen| Vector { edition, chosen })
    }

    pub(super) fn edition(&self) -> Edition {
        self.edition
    }

    pub(super) fn metric(&self, name: &str) -> Option<&'static str> {
        self.chosen.get(TABLE, name)
    }

    pub(super) fn scores(&self) -> Scores {
        let base = self.composed(View::Base);
        let temporal = self.chosen.has(TABLE, Group::Temporal).then(|| self.over_time(base));
        let environmental = self
            .chosen
            .has(TABLE, Group::Environmental)
            .then(|| self.over_time(self.composed(View::Modified)));
        Scores { base, temporal, environmental }
    }

    /// A base metric, or its modified form where that is defined.
    fn seen(&self, view: View, name: &str) -> Option<&'static str> {
        let modified = (view == View::Modified).then(|| self.metric(&format!("M{name}"))).flatten();
        modified.or_else(|| self.metric(name))
    }

    fn composed(&self, view: View) -> Score {
        let changed = self.seen(view, "S") == Some("C");
        let impact = self.impact(view, changed);
        if impact <= 0.0 {
            return Score::from_tenths(0);
        }
        let sum = impact + self.exploitability(view, changed);
        self.round_up(if changed { 1.08 * sum } else { sum }.min(10.0))
    }

    fn impact(&self, view: View, changed: bool) -> f64 {
        let spared: f64 = [("C", "CR"), ("I", "IR"), ("A", "AR")]
            .into_iter()
            .map(|(name, requirement)| {
                let loss = match self.seen(view, name) {
                    Some("H") => 0.56,
                    Some("L") => 0.22,
                    _ => 0.0,
                };
                let weight = match self.metric(requirement).filter(|_| view == View::Modified) {
                    Some("H") => 1.5,
                    Some("L") => 0.5,
                    _ => 1.0,
                };
                1.0 - loss * weight
            })
            .product();
        let score = match view {
            View::Base => 1.0 - spared,
            View::Modified => (1.0 - spared).min(0.915),
        };
        match (changed, view, self.edition) {
            (false, ..) => 6.42 * score,
            // 3.1 mended the modified impact, which could rise when a requirement fell (its appendix A).
            (true, View::Modified, Edition::V31) => {
                7.52 * (score - 0.029) - 3.25 * (score * 0.9731 - 0.02).powi(13)
            }
            (true, ..) => 7.52 * (score - 0.029) - 3.25 * (score - 0.02).powi(15),
        }
    }

    fn exploitability(&self, view: View, changed: bool) -> f64 {
        let vector = match self.seen(view, "AV") {
            Some("N") => 0.85,
            Some("A") => 0.62,
            Some("L") => 0.55,
            _ => 0.2,
        };
        let complexity = if self.seen(view, "AC") == Some("L") { 0.77 } else { 0.44 };
        let privileges = match (self.seen(view, "PR"), changed) {
            (Some("N"), _) => 0.85,
            (Some("L"), false) => 0.62,
            (Some("L"), true) => 0.68,
            (_, false) => 0.27,
            (_, true) => 0.5,
        };
        let interaction = if self.seen(view, "UI") == Some("N") { 0.85 } else { 0.62 };
        8.22 * vector * complexity * privileges * interaction
    }

    fn over_time(&self, score: Score) -> Score {
        let exploit = match self.metric("E") {
            Some("U") => 0.91,
            Some("P") => 0.94,
            Some("F") => 0.97,
            _ => 1.0,
        };
        let remediation = match self.metric("RL") {
            Some("O") => 0.95,
            Some("T") => 0.96,
            Some("W") => 0.97,
            _ => 1.0,
        };
        let confidence = match self.metric("RC") {
            Some("U") => 0.92,
            Some("R") => 0.96,
            _ => 1.0,
        };
        self.round_up(score.value() * exploit * remediation * confidence)
    }

    /// The next tenth up. 3.1 looks at five decimals first (its appendix A); 3.0 means the exact value, from which
    /// binary arithmetic strays far less than that.
    fn round_up(&self, value: f64) -> Score {
        let tenths = match self.edition {
            Edition::V30 => (value * 10.0 - 1e-9).ceil(),
            _ => ((value * 100_000.0).round() / 10_000.0).ceil(),
        };
        Score::of_tenths(tenths)
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CVSS:{}/", self.edition)?;
        self.chosen.write(TABLE, f)
    }
}
