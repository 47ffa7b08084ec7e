//! What is known of an estate's devices besides themselves, for the placing: whose updates ended, and what the
//! communication graph tells.

use crate::graph::{self, Graph};
use crate::policy::Like;
use cordon_model::Category;
use cordon_model::assess::{DeviceAssessment, SupportStatus};
use cordon_model::identify::{Attribute, Device, DeviceId};
use std::collections::BTreeSet;

pub(super) struct Context<'a> {
    /// Whose system gets no updates.
    system_ended: BTreeSet<&'a DeviceId>,
    /// Whose maker ended support of the device.
    device_ended: BTreeSet<&'a DeviceId>,
    graph: &'a Graph,
}

impl<'a> Context<'a> {
    pub(super) fn new(assessments: &'a [DeviceAssessment], graph: &'a Graph) -> Context<'a> {
        let of = |is: fn(&DeviceAssessment) -> bool| {
            assessments.iter().filter(|one| is(one)).map(|one| &one.device).collect()
        };
        Context {
            system_ended: of(|one| one.support.os == SupportStatus::Ended),
            device_ended: of(|one| one.support.device == SupportStatus::Ended),
            graph,
        }
    }

    pub(super) fn is_system_ended(&self, device: &Device) -> bool {
        self.system_ended.contains(&device.id)
    }

    /// True when either gets no updates.
    pub(super) fn is_ended(&self, device: &Device) -> bool {
        self.is_system_ended(device) || self.device_ended.contains(&device.id)
    }

    /// The kind that the communication graph puts a device near.
    pub(super) fn near(&self, device: &Device) -> Option<&'static str> {
        self.graph.get(&device.id).and_then(|near| near.zone)
    }

    /// The category a device is placed by: its own, or where that is not known the kind the graph puts it near.
    pub(super) fn category(&self, device: &Device) -> Category {
        let told = self.near(device).filter(|_| graph::places(device));
        told.map_or_else(|| device.category(), graph::stands_for)
    }

    /// Whether all that is said is true of a device; `category` stands for its own.
    pub(super) fn is_like(&self, like: &Like, device: &Device, category: Category) -> bool {
        let is = |wanted: &Option<String>, attribute| {
            wanted.as_ref().is_none_or(|wanted| {
                device.value(attribute).is_some_and(|value| value.to_lowercase() == wanted.to_lowercase())
            })
        };
        like.category.is_none_or(|wanted| wanted == category)
            && is(&like.department, Attribute::Department)
            && is(&like.location, Attribute::Location)
            && is(&like.criticality, Attribute::Criticality)
            && (!like.ended || self.is_ended(device))
            && like.talks_with.as_ref().is_none_or(|kind| self.near(device) == Some(kind.as_str()))
    }
}
