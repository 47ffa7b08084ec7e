//! CVSS 4.0: FIRST's specification document, section 8: a score for each set of equivalent vectors (MacroVector),
//! and interpolation within it by severity distance.

use super::metrics::{Chosen, Group, Metric, metric};
use super::{Edition, Score, Scores, VectorError};
use std::fmt;

const VECTORS: &[&str] = &["N", "A", "L", "P"];
const COMPLEXITIES: &[&str] = &["L", "H"];
const REQUIREMENTS_OF_ATTACK: &[&str] = &["N", "P"];
const PRIVILEGES: &[&str] = &["N", "L", "H"];
const INTERACTIONS: &[&str] = &["N", "P", "A"];
const IMPACTS: &[&str] = &["H", "L", "N"];
const SAFETY_IMPACTS: &[&str] = &["S", "H", "L", "N"];
const REQUIREMENTS: &[&str] = &["H", "M", "L"];

pub(super) const TABLE: &[Metric] = &[
    metric(Group::Base, "AV", VECTORS),
    metric(Group::Base, "AC", COMPLEXITIES),
    metric(Group::Base, "AT", REQUIREMENTS_OF_ATTACK),
    metric(Group::Base, "PR", PRIVILEGES),
    metric(Group::Base, "UI", INTERACTIONS),
    metric(Group::Base, "VC", IMPACTS),
    metric(Group::Base, "VI", IMPACTS),
    metric(Group::Base, "VA", IMPACTS),
    metric(Group::Base, "SC", IMPACTS),
    metric(Group::Base, "SI", IMPACTS),
    metric(Group::Base, "SA", IMPACTS),
    metric(Group::Temporal, "E", &["A", "P", "U"]),
    metric(Group::Environmental, "CR", REQUIREMENTS),
    metric(Group::Environmental, "IR", REQUIREMENTS),
    metric(Group::Environmental, "AR", REQUIREMENTS),
    metric(Group::Environmental, "MAV", VECTORS),
    metric(Group::Environmental, "MAC", COMPLEXITIES),
    metric(Group::Environmental, "MAT", REQUIREMENTS_OF_ATTACK),
    metric(Group::Environmental, "MPR", PRIVILEGES),
    metric(Group::Environmental, "MUI", INTERACTIONS),
    metric(Group::Environmental, "MVC", IMPACTS),
    metric(Group::Environmental, "MVI", IMPACTS),
    metric(Group::Environmental, "MVA", IMPACTS),
    metric(Group::Environmental, "MSC", IMPACTS),
    metric(Group::Environmental, "MSI", SAFETY_IMPACTS),
    metric(Group::Environmental, "MSA", SAFETY_IMPACTS),
    metric(Group::Supplemental, "S", &["N", "P"]),
    metric(Group::Supplemental, "AU", &["N", "Y"]),
    metric(Group::Supplemental, "R", &["A", "U", "I"]),
    metric(Group::Supplemental, "V", &["D", "C"]),
    metric(Group::Supplemental, "RE", &["L", "M", "H"]),
    metric(Group::Supplemental, "U", &["Clear", "Green", "Amber", "Red"]),
];

/// The score in tenths of the most severe vector of each MacroVector, by equivalence set: EQ1 (3 levels), EQ2 (2),
/// EQ3 (3), EQ4 (3), EQ5 (3), EQ6 (2), the last counting fastest; 0 where no vector can be.
/// Figures: FIRST, CVSS v4.0 calculator, `cvss_lookup.js` (BSD-2-Clause).
const MACRO_VECTORS: [u8; 324] = [
    100, 99, 98, 95, 95, 92, 100, 96, 93, 87, 91, 81, 93, 90, 89, 80, 81, 68, 98, 95, 95, 92, 90, 84, 93, 92,
    89, 81, 81, 65, 88, 80, 78, 70, 69, 48, 0, 92, 0, 82, 0, 72, 0, 79, 0, 69, 0, 50, 0, 69, 0, 55, 0, 27,
    99, 97, 95, 92, 92, 85, 95, 91, 90, 83, 84, 71, 92, 81, 82, 71, 72, 53, 95, 93, 92, 85, 85, 73, 92, 82,
    80, 72, 70, 59, 84, 70, 71, 52, 50, 30, 0, 86, 0, 75, 0, 52, 0, 71, 0, 52, 0, 29, 0, 63, 0, 29, 0, 17,
    98, 95, 94, 87, 91, 81, 94, 89, 86, 74, 77, 64, 87, 75, 74, 63, 63, 49, 94, 89, 88, 77, 76, 67, 86, 76,
    74, 58, 59, 50, 72, 57, 57, 52, 52, 25, 0, 83, 0, 70, 0, 54, 0, 65, 0, 58, 0, 26, 0, 53, 0, 21, 0, 13,
    95, 90, 88, 76, 76, 70, 90, 77, 75, 62, 61, 53, 77, 66, 68, 59, 52, 30, 89, 78, 76, 67, 62, 58, 74, 59,
    57, 57, 47, 23, 61, 52, 57, 29, 24, 16, 0, 71, 0, 59, 0, 30, 0, 58, 0, 26, 0, 15, 0, 23, 0, 13, 0, 6, 93,
    87, 86, 72, 75, 58, 86, 74, 74, 61, 56, 34, 70, 54, 52, 40, 40, 22, 85, 75, 74, 55, 62, 51, 72, 57, 55,
    41, 46, 19, 53, 36, 34, 19, 19, 8, 0, 64, 0, 51, 0, 20, 0, 47, 0, 21, 0, 11, 0, 24, 0, 9, 0, 4, 88, 75,
    73, 53, 60, 50, 73, 55, 59, 40, 41, 20, 54, 43, 45, 22, 20, 11, 75, 55, 58, 45, 40, 21, 61, 51, 48, 18,
    20, 9, 46, 18, 17, 7, 8, 2, 0, 53, 0, 24, 0, 14, 0, 24, 0, 12, 0, 5, 0, 10, 0, 3, 0, 1,
];

/// A vector of CVSS 4.0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vector(Chosen);

/// Which groups of metrics are taken into account.
#[derive(Clone, Copy)]
struct View {
    threat: bool,
    environment: bool,
}

impl Vector {
    pub(super) fn read(text: &str) -> Result<Vector, VectorError> {
        Chosen::read(Edition::V4, TABLE, text).map(Vector)
    }

    pub(super) fn metric(&self, name: &str) -> Option<&'static str> {
        self.0.get(TABLE, name)
    }

    pub(super) fn scores(&self) -> Scores {
        let threat = self.0.has(TABLE, Group::Temporal);
        let environment = self.0.has(TABLE, Group::Environmental);
        let score = |threat, environment| Effective::of(self, View { threat, environment }).score();
        Scores {
            base: score(false, false),
            temporal: threat.then(|| score(true, false)),
            environmental: environment.then(|| score(threat, true)),
        }
    }
}

impl fmt::Display for Vector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CVSS:{}/", Edition::V4)?;
        self.0.write(TABLE, f)
    }
}

/// The metrics that count, what is not defined taken as the worst, each as its steps below the most severe value
/// (section 8.2, severity distance).
struct Effective {
    /// AV, PR, UI.
    reach: [u8; 3],
    /// AC, AT.
    conditions: [u8; 2],
    /// VC, VI, VA, CR, IR, AR.
    vulnerable: [u8; 6],
    /// SC, SI, SA; H is step 1, S of SI and SA step 0.
    subsequent: [u8; 3],
    /// E.
    exploited: u8,
}

impl Effective {
    fn of(vector: &Vector, view: View) -> Effective {
        let environment = |name: &str| vector.metric(name).filter(|_| view.environment);
        let base = |name: &str| environment(&format!("M{name}")).or_else(|| vector.metric(name));
        let step = |value: Option<&str>, order: &[&str]| {
            let at = value.and_then(|value| order.iter().position(|known| *known == value));
            at.unwrap_or_default() as u8
        };
        let impact = |name| step(base(name), IMPACTS);
        let requirement = |name| step(environment(name), REQUIREMENTS);
        Effective {
            reach: [step(base("AV"), VECTORS), step(base("PR"), PRIVILEGES), step(base("UI"), INTERACTIONS)],
            conditions: [step(base("AC"), COMPLEXITIES), step(base("AT"), REQUIREMENTS_OF_ATTACK)],
            vulnerable: [
                impact("VC"),
                impact("VI"),
                impact("VA"),
                requirement("CR"),
                requirement("IR"),
                requirement("AR"),
            ],
            subsequent: [
                step(base("SC"), SAFETY_IMPACTS),
                step(base("SI"), SAFETY_IMPACTS),
                step(base("SA"), SAFETY_IMPACTS),
            ],
            exploited: step(vector.metric("E").filter(|_| view.threat), &["A", "P", "U"]),
        }
    }

    fn score(&self) -> Score {
        let [confidentiality, integrity, availability, ..] = self.vulnerable;
        let harmless = [confidentiality, integrity, availability] == [2; 3] && self.subsequent == [3; 3];
        let macro_vector = self.macro_vector();
        let Some(highest) = macro_vector.score().filter(|_| !harmless) else { return Score::from_tenths(0) };
        // The share of the way to the next lower MacroVector, over the sets that have one (section 8.2).
        let mut ways = Vec::with_capacity(5);
        for set in Set::ALL {
            let Some(lower) = macro_vector.below(set) else { continue };
            let (distance, depth) = self.distance(set, &macro_vector);
            ways.push((highest - lower) * f64::from(distance) / f64::from(depth));
        }
        let mean = if ways.is_empty() { 0.0 } else { ways.iter().sum::<f64>() / ways.len() as f64 };
        Score::nearest((highest - mean).max(0.0))
    }

    /// Section 8.1, tables 24 to 29.
    fn macro_vector(&self) -> MacroVector {
        let [vector, privileges, interaction] = self.reach;
        let eq1 = match (vector, privileges, interaction) {
            (0, 0, 0) => 0,
            (3, ..) => 2,
            _ if vector == 0 || privileges == 0 || interaction == 0 => 1,
            _ => 2,
        };
        let [c, i, a, cr, ir, ar] = self.vulnerable;
        let eq3 = match (c, i, a) {
            (0, 0, _) => 0,
            _ if c == 0 || i == 0 || a == 0 => 1,
            _ => 2,
        };
        let eq4 = match self.subsequent {
            [_, 0, _] | [_, _, 0] => 0,
            [1, ..] | [_, 1, _] | [_, _, 1] => 1,
            _ => 2,
        };
        let most = [(c, cr), (i, ir), (a, ar)].contains(&(0, 0));
        MacroVector {
            eq1,
            eq2: u8::from(self.conditions != [0, 0]),
            eq3,
            eq4,
            eq5: self.exploited,
            eq6: u8::from(!most),
        }
    }

    /// How many steps this vector lies below the most severe one of its MacroVector, in the metrics of `set`, and
    /// how many steps that set is deep (section 8.2 and its table of depths).
    fn distance(&self, set: Set, at: &MacroVector) -> (u8, u8) {
        match set {
            Set::Eq1 => match at.eq1 {
                0 => (below(&self.reach, &[[0, 0, 0]]), 1),
                1 => (below(&self.reach, &[[1, 0, 0], [0, 1, 0], [0, 0, 1]]), 4),
                _ => (below(&self.reach, &[[3, 0, 0], [1, 1, 1]]), 5),
            },
            Set::Eq2 => match at.eq2 {
                0 => (below(&self.conditions, &[[0, 0]]), 1),
                _ => (below(&self.conditions, &[[1, 0], [0, 1]]), 2),
            },
            Set::Eq3And6 => match (at.eq3, at.eq6) {
                (0, 0) => (below(&self.vulnerable, &[[0; 6]]), 7),
                (0, _) => (below(&self.vulnerable, &[[0, 0, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1]]), 6),
                (1, 0) => (below(&self.vulnerable, &[[1, 0, 0, 0, 0, 0], [0, 1, 0, 0, 0, 0]]), 8),
                (1, _) => (below(&self.vulnerable, &MIXED), 8),
                _ => (below(&self.vulnerable, &[[1, 1, 1, 0, 0, 0]]), 10),
            },
            Set::Eq4 => match at.eq4 {
                0 => (below(&self.subsequent, &[[1, 0, 0]]), 6),
                1 => (below(&self.subsequent, &[[1, 1, 1]]), 5),
                _ => (below(&self.subsequent, &[[2, 2, 2]]), 4),
            },
            // One value is one level: there is no way within it.
            Set::Eq5 => (0, 1),
        }
    }
}

/// The most severe vectors of EQ3 = 1 with EQ6 = 1, as VC, VI, VA, CR, IR, AR.
const MIXED: [[u8; 6]; 5] =
    [[1, 0, 1, 0, 1, 0], [1, 0, 0, 0, 1, 1], [0, 1, 0, 1, 0, 1], [0, 1, 1, 1, 0, 0], [1, 1, 0, 0, 0, 1]];

/// Steps below the first of the most severe that is nowhere less severe.
fn below<const N: usize>(steps: &[u8; N], severest: &[[u8; N]]) -> u8 {
    let down = |from: &[u8; N]| -> Option<u8> {
        steps.iter().zip(from).map(|(at, from)| at.checked_sub(*from)).sum()
    };
    severest.iter().find_map(down).unwrap_or_default()
}

/// A group of equivalence sets with a way down of its own.
#[derive(Clone, Copy)]
enum Set {
    Eq1,
    Eq2,
    Eq3And6,
    Eq4,
    Eq5,
}

impl Set {
    const ALL: [Set; 5] = [Set::Eq1, Set::Eq2, Set::Eq3And6, Set::Eq4, Set::Eq5];
}

#[derive(Clone, Copy)]
struct MacroVector {
    eq1: u8,
    eq2: u8,
    eq3: u8,
    eq4: u8,
    eq5: u8,
    eq6: u8,
}

impl MacroVector {
    /// 0 to 10; `None` for one that cannot be.
    fn score(&self) -> Option<f64> {
        let levels =
            [(self.eq1, 3), (self.eq2, 2), (self.eq3, 3), (self.eq4, 3), (self.eq5, 3), (self.eq6, 2)];
        if levels.iter().any(|(level, count)| level >= count) {
            return None;
        }
        let at =
            levels.iter().fold(0usize, |at, (level, count)| at * usize::from(*count) + usize::from(*level));
        MACRO_VECTORS.get(at).filter(|tenths| **tenths > 0).map(|tenths| f64::from(*tenths) / 10.0)
    }

    /// The score of the next lower MacroVector in `set`; of two the higher.
    fn below(&self, set: Set) -> Option<f64> {
        let lower = *self;
        match (set, self.eq3, self.eq6) {
            (Set::Eq1, ..) => MacroVector { eq1: self.eq1 + 1, ..lower }.score(),
            (Set::Eq2, ..) => MacroVector { eq2: self.eq2 + 1, ..lower }.score(),
            (Set::Eq3And6, 0, 0) => {
                let left = MacroVector { eq6: 1, ..lower }.score();
                let right = MacroVector { eq3: 1, ..lower }.score();
                left.into_iter().chain(right).reduce(f64::max)
            }
            (Set::Eq3And6, 1, 0) => MacroVector { eq6: 1, ..lower }.score(),
            (Set::Eq3And6, 0 | 1, 1) => MacroVector { eq3: self.eq3 + 1, ..lower }.score(),
            (Set::Eq3And6, ..) => None,
            (Set::Eq4, ..) => MacroVector { eq4: self.eq4 + 1, ..lower }.score(),
            (Set::Eq5, ..) => MacroVector { eq5: self.eq5 + 1, ..lower }.score(),
        }
    }
}
