//! What to do first: actions in plain words, ordered by the risk they remove for the effort they take.
//!
//! What can be done at a device is in `network` (segment, disconnect, configure) and `maker` (patch, mitigate,
//! replace, accept, find out); here is what they have in common.

mod maker;
mod network;
mod words;

use crate::weakness::Profile;
use crate::{Context, Judged};
use cordon_model::Category;
use cordon_model::assess::{Action, DeviceAssessment, Lowered};
use cordon_model::identify::{Device, DeviceId};
use std::collections::{BTreeMap, BTreeSet};
use words::{counted, devices};

/// From more devices than this on, work done device by device is no low effort any more.
const LOW_EFFORT_DEVICES_MAX: usize = 25;

/// A device that care can do without for no longer than this is touched only when a substitute is at hand.
const SUBSTITUTE_UP_TO_HOURS: u32 = 4;

/// How much work an action is, as a divisor when ordering.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effort {
    Low,
    Medium,
    High,
}

impl Effort {
    fn name(self) -> &'static str {
        match self {
            Effort::Low => "low",
            Effort::Medium => "medium",
            Effort::High => "high",
        }
    }

    /// What is little work on one device is no longer little on a whole ward of them.
    fn for_devices(self, kind: &str, count: usize) -> Effort {
        let one_by_one = matches!(kind, "configure" | "find_out");
        if self == Effort::Low && one_by_one && count > LOW_EFFORT_DEVICES_MAX { self.more() } else { self }
    }

    /// The next step up.
    fn more(self) -> Effort {
        match self {
            Effort::Low => Effort::Medium,
            Effort::Medium | Effort::High => Effort::High,
        }
    }

    fn cost(self) -> f64 {
        match self {
            Effort::Low => 1.0,
            Effort::Medium => 3.0,
            Effort::High => 10.0,
        }
    }
}

/// Actions for the whole estate, in order.
pub(crate) fn of<'j>(
    context: &Context<'_>,
    assessed: impl Iterator<Item = (&'j Judged<'j>, &'j DeviceAssessment)>,
) -> Vec<Action> {
    let mut drafts = Drafts::default();
    for (judged, assessment) in assessed {
        let tolerance = context.knowledge.harms.of(judged.device.category()).downtime_tolerance_hours;
        let subject = Subject { judged, assessment, tolerance };
        drafts.segment(&subject);
        drafts.encrypt(&subject);
        drafts.set_passwords(&subject);
        drafts.close_services(&subject, context);
        drafts.harden(&subject);
        drafts.switch_on(&subject, context);
        drafts.disconnect(&subject);
        drafts.unplug(&subject);
        drafts.patch(&subject);
        drafts.recall(&subject);
        drafts.mitigate(&subject, context);
        drafts.replace(&subject);
        drafts.accept(&subject);
        drafts.find_out(&subject);
        drafts.settle(&subject);
    }
    drafts.finish()
}

struct Subject<'a> {
    judged: &'a Judged<'a>,
    assessment: &'a DeviceAssessment,
    /// For how many hours care goes on without it.
    tolerance: u32,
}

impl Subject<'_> {
    fn device(&self) -> &Device {
        self.judged.device
    }

    fn profile(&self) -> &Profile {
        &self.judged.profile
    }

    /// An action that takes these weaknesses away.
    fn clears(&self, names: &[&str]) -> Effect {
        let there: BTreeSet<String> =
            names.iter().filter(|name| self.profile().has(name)).map(|name| (*name).to_owned()).collect();
        Effect { points: self.profile().removes(names), clears: there, lowers: Vec::new() }
    }

    /// An action after which the advisories of `done` count only `keep` of what they did.
    fn lowers(&self, done: &BTreeSet<&str>, keep: f64) -> Effect {
        let left = self.profile().left_after(done, keep);
        let points = self.profile().removes_lowered(&left);
        let device = &self.device().id;
        let lowers = left
            .into_iter()
            .map(|(factor, left)| Lowered { device: device.clone(), factor: factor.to_owned(), left })
            .collect();
        Effect { points, clears: BTreeSet::new(), lowers }
    }
}

/// What an action does to one device.
#[derive(Default)]
struct Effect {
    /// Points that would go; of an action that only finds out, points counted for not knowing.
    points: f64,
    clears: BTreeSet<String>,
    lowers: Vec<Lowered>,
}

struct Draft {
    kind: &'static str,
    effort: Effort,
    devices: Vec<DeviceId>,
    removes_each: Vec<f64>,
    clears: BTreeSet<String>,
    lowers: Vec<Lowered>,
    /// How many devices of each category.
    categories: BTreeMap<Category, usize>,
    /// The shortest time that care goes on without one of them, of clinical devices.
    tolerance: Option<u32>,
    /// The words, given how many devices.
    words: Box<dyn Fn(&Whom) -> String>,
}

/// The devices of an action, for its words.
struct Whom {
    count: usize,
    /// `2 imaging modalities, 1 infusion pump`.
    kinds: String,
}

impl Whom {
    fn is_are(&self) -> &'static str {
        if self.count == 1 { "is" } else { "are" }
    }

    fn it_them(&self) -> &'static str {
        if self.count == 1 { "it" } else { "them" }
    }

    fn devices(&self) -> String {
        format!("{} {}", self.count, devices(self.count))
    }
}

#[derive(Default)]
struct Drafts {
    by_key: BTreeMap<String, Draft>,
}

impl Drafts {
    fn add(
        &mut self,
        (key, kind, effort): (String, &'static str, Effort),
        subject: &Subject<'_>,
        effect: Effect,
        words: impl Fn(&Whom) -> String + 'static,
    ) {
        let draft = self.by_key.entry(key).or_insert_with(|| Draft {
            kind,
            effort,
            devices: Vec::new(),
            removes_each: Vec::new(),
            clears: BTreeSet::new(),
            lowers: Vec::new(),
            categories: BTreeMap::new(),
            tolerance: None,
            words: Box::new(words),
        });
        let device = subject.device();
        draft.devices.push(device.id.clone());
        draft.removes_each.push(effect.points);
        draft.clears.extend(effect.clears);
        draft.lowers.extend(effect.lowers);
        *draft.categories.entry(device.category()).or_insert(0) += 1;
        if device.category().is_clinical() {
            draft.tolerance =
                Some(draft.tolerance.map_or(subject.tolerance, |least| least.min(subject.tolerance)));
        }
    }

    fn finish(self) -> Vec<Action> {
        let drafts = self.by_key.into_iter();
        let mut ordered: Vec<(bool, f64, Action)> = drafts.map(|(key, draft)| draft.finish(&key)).collect();
        ordered.sort_by(|(later, a, left), (other, b, right)| {
            later.cmp(other).then_with(|| b.total_cmp(a)).then_with(|| left.id.cmp(&right.id))
        });
        ordered.into_iter().map(|(_, _, action)| action).collect()
    }
}

impl Draft {
    /// The action, with what it is ordered by: whether it removes nothing, and points for effort.
    fn finish(self, key: &str) -> (bool, f64, Action) {
        let tenths = |points: f64| (points * 10.0).round() / 10.0;
        let points = tenths(self.removes_each.iter().sum());
        let finds_out = self.kind == "find_out";
        let removes_nothing = finds_out || self.kind == "accept";
        let touches = matches!(self.kind, "patch" | "configure" | "replace");
        let urgent = self.tolerance.filter(|hours| touches && *hours <= SUBSTITUTE_UP_TO_HOURS);
        let mut effort = self.effort.for_devices(self.kind, self.devices.len());
        if urgent.is_some() && self.kind == "patch" {
            effort = effort.more();
        }
        let mut why = (self.words)(&self.whom());
        if finds_out && points > 0.0 {
            why.push_str(&format!(
                " That removes no risk by itself; it settles whether {points} points counted for not knowing belong \
                 there."
            ));
        }
        let constraint = urgent.map(|hours| {
            format!(
                "Only with a substitute at hand, or while no patient needs it: care goes on without it for about {}.",
                crate::impact::hours(hours)
            )
        });
        let nothing = |points: f64| if removes_nothing { 0.0 } else { tenths(points) };
        let action = Action {
            id: format!("act-{key}"),
            kind: self.kind.to_string(),
            why,
            removes_each: self.removes_each.iter().map(|points| nothing(*points)).collect(),
            devices: self.devices,
            clears: if removes_nothing { Vec::new() } else { self.clears.into_iter().collect() },
            lowers: if removes_nothing { Vec::new() } else { self.lowers },
            removes: nothing(points),
            effort: effort.name().to_string(),
            constraint,
        };
        (removes_nothing, points / effort.cost(), action)
    }

    fn whom(&self) -> Whom {
        let mut kinds: Vec<(&Category, &usize)> = self.categories.iter().collect();
        kinds.sort_by(|(left, a), (right, b)| b.cmp(a).then_with(|| left.cmp(right)));
        let kinds: Vec<String> =
            kinds.into_iter().map(|(category, count)| counted(*count, *category)).collect();
        Whom { count: self.devices.len(), kinds: kinds.join(", ") }
    }
}
