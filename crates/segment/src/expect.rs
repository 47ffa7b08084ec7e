//! What devices of a kind usually need and nobody saw: from templates, never the ground for a rule.

use crate::counterpart::Counterparts;
use crate::{Settings, id};
use cordon_knowledge::{Knowledge, NeedTemplate};
use cordon_model::Category;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::segment::{Need, NeedOrigin, NeedState, Party};
use std::collections::{BTreeMap, BTreeSet};

/// What is expected of one device, was not seen and has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Missing {
    /// What for, in words.
    pub purpose: String,
    /// For what happens so rarely that weeks may not show it: in days, how often.
    pub every_days: Option<u32>,
}

/// What templates expect and nobody saw.
#[derive(Default)]
pub(crate) struct Expected {
    /// The flows.
    pub needs: Vec<Need>,
    /// The same for each device.
    pub missing: BTreeMap<DeviceId, Vec<Missing>>,
}

/// What a device's needs look like to a template.
struct Own<'a> {
    need: &'a Need,
    /// The category of the other end, where that is a device.
    peer: Option<Category>,
}

/// Expected and never seen.
pub(crate) fn expected(
    estate: &Estate,
    needs: &mut Vec<Need>,
    knowledge: &Knowledge,
    settings: &Settings,
) -> Expected {
    let answered: BTreeSet<(&DeviceId, &str)> =
        settings.decided.answers.iter().map(|answer| (&answer.device, answer.expected.as_str())).collect();
    // What makers published and nobody saw waits for an answer as templates do.
    needs.retain(|need| {
        !need.expected_of.as_ref().is_some_and(|id| {
            need.state == NeedState::ExpectedNotSeen && answered.contains(&(id, need.purpose.as_str()))
        })
    });
    let needs: &[Need] = needs;
    let category_of: BTreeMap<&DeviceId, Category> =
        estate.devices.iter().map(|device| (&device.id, device.category())).collect();
    let category = |party: &Party| match party {
        Party::Device(id) => category_of.get(id).copied(),
        _ => None,
    };
    let mut spoken: BTreeMap<&DeviceId, Vec<Own<'_>>> = BTreeMap::new();
    for need in needs.iter().filter(|need| need.state.is_required()) {
        for (party, other) in [(&need.from, &need.to), (&need.to, &need.from)] {
            if let Party::Device(id) = party {
                spoken.entry(id).or_default().push(Own { need, peer: category(other) });
            }
        }
    }
    let mut found = Expected::default();
    for need in needs.iter().filter(|need| need.state == NeedState::ExpectedNotSeen) {
        if let Some(id) = &need.expected_of {
            let missing = Missing { purpose: need.purpose.clone(), every_days: None };
            found.missing.entry(id.clone()).or_default().push(missing);
        }
    }
    let counterparts = counterparts(estate, &spoken, knowledge);
    for device in estate.devices.iter().filter(|device| device.parent.is_none()) {
        let own = spoken.get(&device.id).map_or(&[][..], Vec::as_slice);
        for template in knowledge.templates.of(device.category()) {
            let known = answered.contains(&(&device.id, template.purpose.as_str()));
            if known || own.iter().any(|own| satisfies(own, template)) {
                continue;
            }
            let missing = Missing { purpose: template.purpose.clone(), every_days: template.every_days };
            found.missing.entry(device.id.clone()).or_default().push(missing);
            let peer = counterparts.of(device, template);
            let id = device.id.clone();
            let device = Party::Device(id.clone());
            let (from, to) = if template.peer_asks { (peer, device) } else { (device, peer) };
            found.needs.push(Need { expected_of: Some(id), ..need(from, to, template) });
        }
    }
    found
}

/// Whom devices were seen with for what is expected of their kind.
fn counterparts<'a>(
    estate: &'a Estate,
    spoken: &BTreeMap<&DeviceId, Vec<Own<'_>>>,
    knowledge: &Knowledge,
) -> Counterparts<'a> {
    let mut counterparts = Counterparts::new(estate);
    for device in &estate.devices {
        for own in spoken.get(&device.id).map_or(&[][..], Vec::as_slice) {
            let is_peer = |template: &&NeedTemplate| {
                own.peer.is_some_and(|peer| template.peers.contains(&peer)) && satisfies(own, template)
            };
            for template in knowledge.templates.of(device.category()).filter(is_peer) {
                let asks = own.need.from == Party::Device(device.id.clone());
                if asks != template.peer_asks {
                    let other = if asks { &own.need.to } else { &own.need.from };
                    counterparts.note(device, template, other);
                }
            }
        }
    }
    counterparts
}

/// A need fits a template when it speaks the same or uses one of its ports; where makers differ, any flow of that
/// transport does. What is rare must also be with one of the peers: everyday traffic proves nothing of it.
fn satisfies(own: &Own<'_>, template: &NeedTemplate) -> bool {
    let need = own.need;
    let speaks =
        |name: &String| template.application.as_ref() == Some(name) || template.or_speaks.contains(name);
    let same_application = need.application.as_ref().is_some_and(speaks);
    let same_port = need.transport == template.transport
        && (template.ports.is_empty() && need.application.is_none()
            || need.ports.iter().any(|port| template.ports.contains(port)));
    let with_peer = own.peer.is_some_and(|peer| template.peers.contains(&peer));
    (same_application || same_port) && (template.every_days.is_none() || with_peer)
}

fn need(from: Party, to: Party, template: &NeedTemplate) -> Need {
    let application = template.application.as_deref();
    // Several expectations may share ends and service; the purpose keeps their names apart.
    let name = format!("{} {}", application.unwrap_or(""), template.purpose);
    let id = id::of_flow("need", &from, &to, template.transport, Some(&name), &template.ports);
    Need {
        ports: template.ports.clone(),
        application: template.application.clone(),
        purpose: template.purpose.clone(),
        source: template.source.clone(),
        origin: NeedOrigin::Template,
        ..Need::new(id, from, to, template.transport, NeedState::ExpectedNotSeen)
    }
}
