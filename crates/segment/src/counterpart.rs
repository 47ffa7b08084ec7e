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
    by_category: BTreeMap<Category, Vec<Peer<'a>>>,
    used: BTreeMap<Use, BTreeMap<Party, usize>>,
}

/// A device that others may use, with its maker in small letters where it is known.
struct Peer<'a> {
    device: &'a Device,
    maker: Option<String>,
}

/// A kind of device (category, maker, model where it is known) and what it uses somebody for.
type Use = (Category, String, Option<String>, String);

impl<'a> Counterparts<'a> {
    pub(crate) fn new(estate: &'a Estate) -> Counterparts<'a> {
        let mut by_category: BTreeMap<Category, Vec<Peer<'_>>> = BTreeMap::new();
        for device in &estate.devices {
            by_category.entry(device.category()).or_default().push(Peer { device, maker: maker(device) });
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
            let others =
                || self.by_category.get(peer).into_iter().flatten().filter(|one| one.device.id != device.id);
            others().next().is_some().then_some((*peer, others))
        });
        let Some((category, others)) = present else { return Party::counterpart_not_known() };
        let own_maker = maker(device);
        let same_maker = only(others().filter(|other| own_maker.is_some() && other.maker == own_maker));
        if let Count::One(only) = same_maker {
            return Party::Device(only.device.id.clone());
        }
        // Makers differ in what they speak: another maker's system is nobody to this device.
        if !is_of_a_standard(template) {
            return Party::counterpart_not_known();
        }
        match (only(others().filter(|other| speaks(other.device, template))), only(others())) {
            (Count::One(only), _) | (Count::None, Count::One(only)) => Party::Device(only.device.id.clone()),
            _ => Party::Zone(zones::id_of(category).to_owned()),
        }
    }
}

/// How many there are, as far as it matters.
enum Count<T> {
    None,
    One(T),
    Several,
}

fn only<T>(mut all: impl Iterator<Item = T>) -> Count<T> {
    match (all.next(), all.next()) {
        (None, _) => Count::None,
        (Some(only), None) => Count::One(only),
        (Some(_), Some(_)) => Count::Several,
    }
}

/// The maker in small letters.
fn maker(device: &Device) -> Option<String> {
    device.value(Attribute::Manufacturer).map(str::to_lowercase)
}

/// The kinds a device belongs to, the narrowest first; none where its maker is not known.
fn kinds(device: &Device, template: &NeedTemplate) -> Vec<Use> {
    let Some(maker) = maker(device) else { return Vec::new() };
    let kind = |model| (device.category(), maker.clone(), model, template.purpose.clone());
    let model = device.value(Attribute::Model).map(str::to_lowercase);
    model.map(|model| kind(Some(model))).into_iter().chain([kind(None)]).collect()
}

/// Whom more than half of them use.
fn most(used: &BTreeMap<Party, usize>) -> Option<Party> {
    let all: usize = used.values().sum();
    used.iter().find(|(_, count)| **count * 2 > all).map(|(party, _)| party.clone())
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
