//! How well each need was observed: one row a need, for a table that people go through.

use crate::decide::service;
use crate::{Plan, Settings};
use cordon_model::identify::DeviceId;
use cordon_model::segment::{Coverage, Need, NeedOrigin, NeedSeen, NeedState, Party};
use std::collections::{BTreeMap, BTreeSet};

/// How well one need was observed.
#[derive(Clone, Debug, PartialEq)]
pub struct NeedCoverage {
    /// The need's id.
    pub need: String,
    /// Who asks.
    pub from: Party,
    /// Who answers.
    pub to: Party,
    /// `tcp/104,11112`.
    pub service: String,
    /// What for.
    pub purpose: String,
    /// Where it stands.
    pub state: NeedState,
    /// Who says that it is needed.
    pub origin: NeedOrigin,
    /// Days for which its devices were watched, of two the fewer; `None` when neither was seen.
    pub watched_days: Option<f64>,
    /// What its devices were seen to do, by the names of their roles, in order.
    pub roles: Vec<String>,
    /// When the flow itself was seen; `None` when it never was.
    pub seen: Option<NeedSeen>,
    /// True when it happens so rarely that this watch cannot have shown it.
    pub rare: bool,
    /// True when nothing more of it has to be waited for or asked.
    pub enough: bool,
    /// Why or why not, in a sentence.
    pub why: String,
}

/// How well each need of a plan was observed, in the order of the needs.
pub fn need_coverage(plan: &Plan, settings: &Settings) -> Vec<NeedCoverage> {
    let of_device: BTreeMap<&DeviceId, &Coverage> =
        plan.coverage.iter().map(|coverage| (&coverage.device, coverage)).collect();
    plan.needs.iter().map(|need| row(need, &of_device, settings)).collect()
}

fn row(need: &Need, of_device: &BTreeMap<&DeviceId, &Coverage>, settings: &Settings) -> NeedCoverage {
    let ends: Vec<&Coverage> = [&need.from, &need.to]
        .into_iter()
        .filter_map(|party| match party {
            Party::Device(id) => of_device.get(id).copied(),
            _ => None,
        })
        .collect();
    let watched_days = ends.iter().map(|coverage| coverage.days).reduce(f64::min);
    let roles: BTreeSet<String> = ends.iter().flat_map(|coverage| coverage.roles.iter().cloned()).collect();
    let expecting = need.expected_of.as_ref().and_then(|id| of_device.get(id));
    let rare = expecting.is_some_and(|coverage| coverage.rare.contains(&need.purpose));
    let is_missing = expecting.is_some_and(|coverage| coverage.missing.contains(&need.purpose));
    let (enough, why) = judge(need, watched_days, (rare, is_missing), settings);
    NeedCoverage {
        need: need.id.clone(),
        from: need.from.clone(),
        to: need.to.clone(),
        service: service(need.transport, &need.ports),
        purpose: need.purpose.clone(),
        state: need.state,
        origin: need.origin,
        watched_days,
        roles: roles.into_iter().collect(),
        seen: need.seen,
        rare,
        enough,
        why,
    }
}

/// Whether anything is left to wait for or to ask.
fn judge(
    need: &Need,
    watched: Option<f64>,
    (rare, is_missing): (bool, bool),
    settings: &Settings,
) -> (bool, String) {
    let days = watched.unwrap_or(0.0);
    match (need.state, &need.seen) {
        (NeedState::Rejected, _) => {
            (true, "somebody says that it is not needed, or its day is past".to_owned())
        }
        (NeedState::ExpectedNotSeen, _) if rare => {
            (false, format!("too rare to be seen in {days:.1} days; somebody must say whether it is needed"))
        }
        (NeedState::ExpectedNotSeen, _) if is_missing => (
            false,
            format!("expected and not seen in {days:.1} days; somebody must say whether it is needed"),
        ),
        (NeedState::ExpectedNotSeen, _) => {
            (true, format!("not seen in {days:.1} days, in which it would have shown itself"))
        }
        (NeedState::Confirmed, None) => (true, "never seen; who confirmed it answers for it".to_owned()),
        (NeedState::Proposed, None) => (false, "never seen and not confirmed".to_owned()),
        (NeedState::Confirmed, Some(seen)) => (true, format!("confirmed, and seen {}", times(seen))),
        (NeedState::Proposed, Some(seen)) if days < settings.days_min => {
            let min = settings.days_min;
            (
                false,
                format!("seen {}, not confirmed, and watched for {days:.1} of {min:.0} days", times(seen)),
            )
        }
        (NeedState::Proposed, Some(seen)) => (false, format!("seen {}, not confirmed", times(seen))),
    }
}

/// `once`, `12 times, on weekdays and at weekends`.
fn times(seen: &NeedSeen) -> String {
    let named: Vec<&str> =
        [(seen.weekday, "on weekdays"), (seen.night, "at night"), (seen.weekend, "at weekends")]
            .into_iter()
            .filter_map(|(is, name)| is.then_some(name))
            .collect();
    let when = if named.is_empty() { String::new() } else { format!(", {}", named.join(", ")) };
    if seen.flows == 1 { format!("once{when}") } else { format!("{} times{when}", seen.flows) }
}
