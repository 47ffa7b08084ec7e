//! Published flows brought to the devices of an estate: whom each one means, and which of what was seen it speaks of.

use super::about::{About, Assignment, Meant};
use super::disclosure::alike;
use super::{Peer, Publication, PublishedFlow};
use crate::decide::{EndName, Handles};
use crate::id;
use crate::zones;
use cordon_model::Cidr;
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedOrigin, NeedState, Party};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Who plays the role that a controller's URI names; of one file's own controller the key is `my-controller FILE`.
pub type Controllers = BTreeMap<String, Vec<EndName>>;

/// Roles that every network has (RFC 8520 section 8.2), by what is spoken to them.
const STANDARD: [(&str, &str); 2] = [("urn:ietf:params:mud:dns", "dns"), ("urn:ietf:params:mud:ntp", "ntp")];

/// Whom a published flow means here.
enum Targets {
    /// These.
    Parties(BTreeSet<Party>),
    /// Every address of a network.
    Network(Cidr),
    /// Whoever speaks this.
    Speaks(&'static str),
    /// Nobody in particular.
    Anybody,
}

/// A published flow of one device.
struct Applied<'a> {
    device: DeviceId,
    flow: &'a PublishedFlow,
    targets: Targets,
    source: String,
}

impl Applied<'_> {
    /// True when it names ports and peers, so that it can vouch for a flow.
    fn is_definite(&self) -> bool {
        let has_ports = matches!(self.flow.transport, Transport::Tcp | Transport::Udp);
        let ports = !has_ports || !self.flow.ports.is_empty();
        ports && !matches!(self.targets, Targets::Anybody)
    }

    fn means(
        &self,
        party: &Party,
        application: Option<&str>,
        addresses: &BTreeMap<DeviceId, Vec<IpAddr>>,
    ) -> bool {
        match &self.targets {
            Targets::Parties(parties) => parties.contains(party),
            Targets::Speaks(name) => application == Some(*name),
            Targets::Anybody => true,
            Targets::Network(network) => match party {
                Party::Device(id) => {
                    addresses.get(id).is_some_and(|ips| ips.iter().any(|ip| network.contains(*ip)))
                }
                Party::Outside(name) => name.parse().is_ok_and(|ip| network.contains(ip)),
                Party::Group(ip) => network.contains(*ip),
                Party::Zone(_) | Party::Microsegment(_) => false,
            },
        }
    }

    fn need(&self, other: Party, state: NeedState) -> Need {
        let own = Party::Device(self.device.clone());
        let (from, to) = if self.flow.device_asks { (own, other) } else { (other, own) };
        let application = self.flow.application.as_deref();
        let id = id::of_flow("need", &from, &to, self.flow.transport, application, &self.flow.ports);
        Need {
            ports: self.flow.ports.clone(),
            application: self.flow.application.clone(),
            purpose: self.flow.purpose.clone(),
            source: self.source.clone(),
            origin: NeedOrigin::Maker,
            care_critical: self.flow.care_critical,
            expected_of: (state == NeedState::ExpectedNotSeen).then(|| self.device.clone()),
            ..Need::new(id, from, to, self.flow.transport, state)
        }
    }
}

/// Everything published, brought to an estate.
#[derive(Default)]
pub(crate) struct Published<'a> {
    applied: Vec<Applied<'a>>,
    by_device: BTreeMap<DeviceId, Vec<usize>>,
    addresses: BTreeMap<DeviceId, Vec<IpAddr>>,
}

impl<'a> Published<'a> {
    pub(crate) fn of(
        estate: &Estate,
        publications: &'a [Publication],
        assignments: &[Assignment],
        controllers: &Controllers,
    ) -> Published<'a> {
        let mut published = Published::default();
        if publications.is_empty() {
            return published;
        }
        let handles = Handles::new(estate);
        published.addresses =
            estate.devices.iter().map(|device| (device.id.clone(), device.ips.clone())).collect();
        for publication in publications {
            let about = About::new(publication, assignments, &handles);
            for device in &estate.devices {
                if let Some(meant @ (Meant::Said | Meant::Announced)) = about.means(device) {
                    let site = Site { estate, handles: &handles, controllers };
                    published.add(publication, device, meant, &site);
                }
            }
        }
        published
    }

    fn add(&mut self, publication: &'a Publication, device: &Device, meant: Meant, site: &Site<'_>) {
        let how = if meant == Meant::Announced { ", whose URL the device announces" } else { "" };
        for flow in &publication.flows {
            let Some(targets) = site.targets(&flow.peer, &publication.file, device) else { continue };
            let source = format!("{}{how} {}", publication.file, flow.place);
            self.by_device.entry(device.id.clone()).or_default().push(self.applied.len());
            self.applied.push(Applied { device: device.id.clone(), flow, targets, source });
        }
    }

    /// The published flow that speaks of one that was seen, the definite before others.
    pub(crate) fn speaks_of(&self, need: &Need, port: Option<u16>) -> Option<(usize, bool)> {
        let mut found: Option<(usize, bool)> = None;
        for (own, other, asks) in [(&need.from, &need.to, true), (&need.to, &need.from, false)] {
            let Party::Device(id) = own else { continue };
            for at in self.by_device.get(id).map_or(&[][..], Vec::as_slice) {
                let Some(applied) = self.applied.get(*at) else { continue };
                let same = applied.flow.device_asks == asks && applied.flow.transport == need.transport;
                let ports = &applied.flow.ports;
                let fits = ports.is_empty() || port.is_some_and(|port| ports.contains(&port));
                if same && fits && applied.means(other, need.application.as_deref(), &self.addresses) {
                    let definite = applied.is_definite();
                    if found.is_none_or(|(_, known)| definite && !known) {
                        found = Some((*at, definite));
                    }
                }
            }
        }
        found
    }

    /// What a flow that was seen becomes by the word of its maker.
    pub(crate) fn vouch(&self, at: usize, mut need: Need) -> Need {
        if let Some(applied) = self.applied.get(at) {
            need.state = NeedState::Confirmed;
            need.origin = NeedOrigin::Maker;
            need.source.clone_from(&applied.source);
            need.purpose.clone_from(&applied.flow.purpose);
            need.care_critical = applied.flow.care_critical;
        }
        need
    }

    /// Where a published flow stands.
    pub(crate) fn source(&self, at: usize) -> &str {
        self.applied.get(at).map_or("", |applied| &applied.source)
    }

    /// What was published and not seen: definite and with one peer a need of its own, otherwise an expectation.
    pub(crate) fn unseen(&self, seen: &BTreeSet<usize>) -> Vec<Need> {
        let unseen = self.applied.iter().enumerate().filter(|(at, _)| !seen.contains(at));
        unseen.filter_map(|(_, applied)| self.alone(applied)).collect()
    }

    fn alone(&self, applied: &Applied<'_>) -> Option<Need> {
        let own = Party::Device(applied.device.clone());
        let only = match &applied.targets {
            Targets::Parties(parties) if parties.len() == 1 => parties.first().cloned(),
            Targets::Network(network) if is_host(network) => {
                let owns = |(_, ips): &(&DeviceId, &Vec<IpAddr>)| ips.contains(&network.base());
                let owner = self.addresses.iter().find(owns).map(|(id, _)| Party::Device(id.clone()));
                Some(owner.unwrap_or_else(|| Party::Outside(network.base().to_string())))
            }
            _ => None,
        };
        let is_named = matches!(&only, Some(Party::Outside(name)) if name.parse::<IpAddr>().is_err());
        match (only.filter(|party| *party != own), &applied.flow.peer) {
            // A name has no address to make a rule of until it was seen.
            (Some(party), _) if is_named => Some(applied.need(party, NeedState::ExpectedNotSeen)),
            (Some(party), _) if applied.is_definite() => Some(applied.need(party, NeedState::Confirmed)),
            (Some(party), _) => Some(applied.need(party, NeedState::ExpectedNotSeen)),
            (None, Peer::NotNamed) => {
                Some(applied.need(Party::counterpart_not_known(), NeedState::ExpectedNotSeen))
            }
            (None, Peer::Category(category)) => {
                let zone = Party::Zone(zones::id_of(*category).to_owned());
                Some(applied.need(zone, NeedState::ExpectedNotSeen))
            }
            _ => None,
        }
    }
}

fn is_host(network: &Cidr) -> bool {
    let bits = if network.base().is_ipv4() { 32 } else { 128 };
    network.prefix() == bits
}

/// What targets are looked up in.
struct Site<'a> {
    estate: &'a Estate,
    handles: &'a Handles<'a>,
    controllers: &'a Controllers,
}

impl Site<'_> {
    /// Whom a peer means for a device; `None` when nobody here is known to be that.
    fn targets(&self, peer: &Peer, file: &str, device: &Device) -> Option<Targets> {
        let assigned = |name: &str| {
            let ends = self.controllers.get(name)?;
            let parties: BTreeSet<Party> =
                ends.iter().filter_map(|end| self.handles.parties(end, "is").ok()).flatten().collect();
            (!parties.is_empty()).then_some(Targets::Parties(parties))
        };
        let devices = |is: &dyn Fn(&Device) -> bool| {
            let others = self.estate.devices.iter().filter(|other| other.id != device.id && is(other));
            let parties: BTreeSet<Party> = others.map(|other| Party::Device(other.id.clone())).collect();
            Some(Targets::Parties(parties))
        };
        let maker = |other: &Device| other.value(Attribute::Manufacturer).map(str::to_owned);
        match peer {
            Peer::Name(name) => {
                let here: BTreeSet<Party> = self
                    .estate
                    .devices
                    .iter()
                    .filter(|other| other.hostnames.iter().any(|host| host.eq_ignore_ascii_case(name)))
                    .map(|other| Party::Device(other.id.clone()))
                    .collect();
                let outside = || BTreeSet::from([Party::Outside(name.clone())]);
                Some(Targets::Parties(if here.is_empty() { outside() } else { here }))
            }
            Peer::Network(network) => Some(Targets::Network(*network)),
            Peer::Category(category) => devices(&|other| other.category() == *category),
            Peer::Controller(uri) => assigned(uri).or_else(|| {
                let standard = STANDARD.iter().find(|(name, _)| name == uri)?;
                Some(Targets::Speaks(standard.1))
            }),
            Peer::MyController => assigned(&format!("my-controller {file}")),
            Peer::Manufacturer(name) => assigned(name)
                .or_else(|| devices(&|other| maker(other).is_some_and(|maker| alike(&maker, name)))),
            Peer::SameManufacturer => {
                let own = maker(device)?;
                devices(&|other| maker(other).is_some_and(|maker| alike(&maker, &own)))
            }
            Peer::Model(name) => assigned(name),
            Peer::LocalNetworks | Peer::Any | Peer::NotNamed | Peer::Mentioned => Some(Targets::Anybody),
        }
    }
}
