//! What the versions have in common: named metrics, each with one of a few values.

use super::{Edition, VectorError};
use std::fmt;

/// One metric of a version.
pub(super) struct Metric {
    /// As it stands in a vector.
    pub name: &'static str,
    /// What it can be, besides not defined.
    pub values: &'static [&'static str],
    /// Which group it belongs to.
    pub group: Group,
}

/// Which score a metric belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Must be given.
    Base,
    /// Temporal (2.0, 3.x) or threat (4.0).
    Temporal,
    /// Environmental.
    Environmental,
    /// Supplemental (4.0): told, and without influence on the score.
    Supplemental,
}

/// A metric, for the tables of the versions.
pub(super) const fn metric(group: Group, name: &'static str, values: &'static [&'static str]) -> Metric {
    Metric { name, values, group }
}

/// The metrics of one vector, in the order of the version's table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Chosen {
    values: Vec<Option<&'static str>>,
}

impl Chosen {
    /// Reads `AV:N/AC:L/…`.
    pub(super) fn read(
        edition: Edition,
        table: &'static [Metric],
        text: &str,
    ) -> Result<Chosen, VectorError> {
        let mut given = vec![false; table.len()];
        let mut values = vec![None; table.len()];
        for part in text.split('/').filter(|part| !part.is_empty()) {
            let Some((name, value)) = part.split_once(':') else {
                return Err(VectorError::NotAMetric(part.to_owned()));
            };
            let found =
                table.iter().zip(given.iter_mut().zip(&mut values)).find(|(metric, _)| metric.name == name);
            let Some((metric, (given, chosen))) = found else {
                return Err(VectorError::UnknownMetric { edition, name: name.to_owned() });
            };
            if *given {
                return Err(VectorError::Twice(metric.name));
            }
            *given = true;
            let not_defined = if edition == Edition::V2 { "ND" } else { "X" };
            *chosen = match metric.values.iter().find(|known| **known == value) {
                Some(known) => Some(*known),
                None if value == not_defined && metric.group != Group::Base => None,
                None => {
                    let (metric, value) = (metric.name, value.to_owned());
                    return Err(VectorError::UnknownValue { edition, metric, value });
                }
            };
        }
        let missing =
            table.iter().zip(&values).find(|(metric, value)| metric.group == Group::Base && value.is_none());
        match missing {
            Some((metric, _)) => Err(VectorError::Missing(metric.name)),
            None => Ok(Chosen { values }),
        }
    }

    /// The value of the metric with this name.
    pub(super) fn get(&self, table: &[Metric], name: &str) -> Option<&'static str> {
        let mut both = table.iter().zip(&self.values);
        both.find(|(metric, _)| metric.name == name).and_then(|(_, value)| *value)
    }

    /// True when a metric of the group is defined.
    pub(super) fn has(&self, table: &[Metric], group: Group) -> bool {
        table.iter().zip(&self.values).any(|(metric, value)| metric.group == group && value.is_some())
    }

    /// Writes `AV:N/AC:L/…` in the order of the table.
    pub(super) fn write(&self, table: &[Metric], f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let defined =
            table.iter().zip(&self.values).filter_map(|(metric, value)| Some((metric.name, (*value)?)));
        for (at, (name, value)) in defined.enumerate() {
            let slash = if at == 0 { "" } else { "/" };
            write!(f, "{slash}{name}:{value}")?;
        }
        Ok(())
    }
}
