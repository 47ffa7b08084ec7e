//! When a device was on the network, and the rows of lists about it. Both change with every Batch and decide
//! nothing, so that they are told when a device is shown and not kept.

use super::Resolver;
use crate::gather::{UnitId, Whose};
use crate::join::ThingId;
use crate::place::Spot;
use crate::texts::Positions;
use crate::things::{Name, Thing};
use cordon_model::identify::{Device, Listing, Presence};
use cordon_model::observe::Source;
use cordon_model::{Mac, Timestamp};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// Rows of lists kept for one device.
const LISTINGS_MAX: usize = 64;

/// What was seen of a device so far.
#[derive(Default)]
struct Sight {
    macs: BTreeSet<Mac>,
    ips: BTreeSet<IpAddr>,
    span: Option<(Timestamp, Timestamp)>,
}

impl Sight {
    /// It was seen from `first` to `last`; the epoch stands for a time that is not known.
    fn see(&mut self, first: Timestamp, last: Timestamp) {
        let unknown = Timestamp::default();
        let (from, to) = self.span.unwrap_or((first, last));
        let from = if from == unknown || (first != unknown && first < from) { first } else { from };
        self.span = Some((from, to.max(last)));
    }
}

impl Resolver<'_> {
    /// Adds when and where a device was on the network, and the rows about it.
    pub(super) fn add_presence(&self, root: ThingId, device: &mut Device, positions: &Positions) {
        let Some(group) = self.group(root) else { return };
        let mut sight = Sight::default();
        let mut rows: Vec<UnitId> = Vec::new();
        for thing in group.members.iter().filter_map(|member| self.things.get(*member)) {
            self.look(thing, &mut sight);
            rows.extend(&thing.units);
        }
        let is_there = sight.span.is_some() || !sight.macs.is_empty() || !sight.ips.is_empty();
        device.presence = is_there.then(|| {
            let (first, last) = sight.span.unwrap_or_default();
            let (macs, ips) = (sight.macs.into_iter().collect(), sight.ips.into_iter().collect());
            Presence { first, last, macs, ips }
        });
        device.listings = self.listings(&rows, positions);
    }

    fn look(&self, thing: &Thing, sight: &mut Sight) {
        match thing.name {
            Name::Spot(Spot::Station(mac)) => {
                if let Some(standing) = self.network.standing(mac) {
                    sight.macs.insert(mac);
                    sight
                        .ips
                        .extend(standing.own.iter().filter(|address| !self.network.is_outside(**address)));
                }
            }
            Name::Spot(Spot::Address(_, address)) if !thing.places.is_empty() => {
                sight.ips.insert(address);
            }
            Name::Behind(..) => {
                let units = thing.units.iter().filter_map(|unit| self.unit(*unit));
                for told in units.flat_map(|unit| unit.facts.values()) {
                    sight.see(told.first, told.last);
                }
            }
            _ => {}
        }
        for place in thing.places.iter().filter_map(|place| self.store.places.get(*place as usize)) {
            // An endpoint that only lists name was never seen.
            if place.first <= place.last {
                sight.see(place.first, place.last);
            }
        }
    }

    fn listings(&self, rows: &[UnitId], positions: &Positions) -> Vec<Listing> {
        let mut listings: BTreeMap<(u32, &str), Listing> = BTreeMap::new();
        for unit in rows.iter().filter_map(|unit| self.unit(*unit)) {
            let Whose::Row(input, name) = unit.whose else { continue };
            let first = unit.facts.values().map(|told| told.source.packet).min().unwrap_or_default();
            let source = positions.of(self.store.inputs.labelled(Source { input, packet: first }));
            let endpoint = self.store.places.get(unit.place as usize).map(|place| place.endpoint);
            let Some(endpoint) = endpoint else { continue };
            let key = (source.input, self.store.texts.get(name));
            let empty = || Listing { source, macs: Vec::new(), ips: Vec::new() };
            let listing = listings.entry(key).or_insert_with(empty);
            listing.source = listing.source.min(source);
            let mac = endpoint.mac.filter(|mac| !mac.is_group() && !mac.is_zero());
            listing.macs.extend(mac.filter(|mac| !listing.macs.contains(mac)));
            listing.ips.extend(endpoint.ip.filter(|ip| !listing.ips.contains(ip)));
        }
        let mut listings: Vec<Listing> = listings.into_values().collect();
        for listing in &mut listings {
            listing.macs.sort_unstable();
            listing.ips.sort_unstable();
        }
        listings.sort_unstable();
        listings.truncate(LISTINGS_MAX);
        listings
    }
}
