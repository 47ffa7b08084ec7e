//! With whom an expected flow would be: whom other devices of the model ask, a system of the same maker, whoever speaks
//! the protocol that is expected. Where nothing tells, the counterpart is not known.

use cordon_knowledge::NeedTemplate;
use cordon_model::Category;
use cordon_model::identify::{Attribute, Device, Estate};
use cordon_model::segment::Party;
use std::collections::BTreeMap;

use crate::zones;

/// Devices by category, and whom kinds of devices use for what.
pub(crate) struct Counterparts<'a> {
    by_category: BTreeMap<Category, Vec<&'a Device>>,
    used: BTreeMap<Use, BTreeMap<Party, usize>>,
}

/// A kind of device (category, maker, model where it is known) and what it uses somebody for.
type Use = (Category, String, Option<String>, String);

impl<'a> Counterparts<'a> {
    pub(crate) fn new(estate: &'a Estate) -> Counterparts<'a> {
        let mut by_category: BTreeMap<Category, Vec<&Device>> = BTreeMap::new();
        for device in &estate.devices {
            by_category.entry(device.category()).or_default().push(device);
        }
        Counterparts { by_category, used: BTreeMap::new() }
    }

    /// Notes whom a device was seen with for what a template expects.
    pub(crate) fn note(&mut self, device: &Device, template: &NeedTemplate, peer: &Party) {
        if !matches!(peer, Party::Device(_)) {
            return;
        }
        for key in kinds(device, template) {
            *self.used.entry(key).or_default().entry(peer.clone()).or_insert(0) += 1;
        }
    }

    /// With whom a device would have what a template expects.
    pub(crate) fn of(&self, device: &Device, template: &NeedTemplate) -> Party {
        let own = Party::Device(device.id.clone());
        let kinds = kinds(device, template);
        if let Some(peer) =
            kinds.iter().find_map(|kind| most(self.used.get(kind)?)).filter(|peer| *peer != own)
        {
            return peer;
        }
        let present = template.peers.iter().find_map(|peer| {
            let others: Vec<&Device> =
                self.by_category.get(peer)?.iter().copied().filter(|other| other.id != device.id).collect();
            (!others.is_empty()).then_some((*peer, others))
        });
        let Some((category, others)) = present else { return Party::counterpart_not_known() };
        let same_maker: Vec<&Device> =
            others.iter().copied().filter(|other| is_same_maker(device, other)).collect();
        if let [only] = same_maker.as_slice() {
            return Party::Device(only.id.clone());
        }
        // Makers differ in what they speak: another maker's system is nobody to this device.
        if !is_of_a_standard(template) {
            return Party::counterpart_not_known();
        }
        let speakers: Vec<&Device> = others.iter().copied().filter(|other| speaks(other, template)).collect();
        match (speakers.as_slice(), others.as_slice()) {
            ([only], _) | ([], [only]) => Party::Device(only.id.clone()),
            _ => Party::Zone(zones::id_of(category).to_owned()),
        }
    }
}

/// The kinds a device belongs to, the narrowest first; none where its maker is not known.
fn kinds(device: &Device, template: &NeedTemplate) -> Vec<Use> {
    let Some(maker) = device.value(Attribute::Manufacturer).map(str::to_lowercase) else { return Vec::new() };
    let kind = |model| (device.category(), maker.clone(), model, template.purpose.clone());
    let model = device.value(Attribute::Model).map(str::to_lowercase);
    model.map(|model| kind(Some(model))).into_iter().chain([kind(None)]).collect()
}

/// Whom more than half of them use.
fn most(used: &BTreeMap<Party, usize>) -> Option<Party> {
    let all: usize = used.values().sum();
    used.iter().find(|(_, count)| **count * 2 > all).map(|(party, _)| party.clone())
}

fn is_same_maker(one: &Device, other: &Device) -> bool {
    let maker = |device: &Device| device.value(Attribute::Manufacturer).map(str::to_lowercase);
    maker(one).is_some_and(|own| maker(other) == Some(own))
}

/// True where the protocol is named, by itself or by its ports, so that systems of several makers understand each other.
fn is_of_a_standard(template: &NeedTemplate) -> bool {
    template.application.is_some() || !template.or_speaks.is_empty() || !template.ports.is_empty()
}

/// True when it was seen to answer in what is expected.
fn speaks(device: &Device, template: &NeedTemplate) -> bool {
    device.services.iter().any(|service| {
        let named = service.application.as_ref().is_some_and(|name| {
            template.application.as_ref() == Some(name) || template.or_speaks.contains(name)
        });
        named || service.transport == template.transport && template.ports.contains(&service.port)
    })
}
