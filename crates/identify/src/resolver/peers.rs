//! What a device's peers say of it: who bears a title that a worklist names, and which TLS services carry DICOM.

use super::{Group, Resolver};
use crate::gather::{Part, Place, UnitId, Whose};
use crate::join::ThingId;
use crate::secured::{self, Secured, TlsService};
use cordon_model::observe::{Fact, Source};
use std::collections::{BTreeMap, BTreeSet};

impl Resolver<'_> {
    /// Decides anew who bears the titles for which worklists schedule work.
    pub(super) fn retitle(&mut self, stale: &mut BTreeSet<ThingId>) {
        for title in std::mem::take(&mut self.things.dirty_titles) {
            let Some(known) = self.things.titles.get(&title) else { continue };
            let groups: BTreeSet<ThingId> = known
                .bearers
                .iter()
                .filter_map(|thing| self.things.get(*thing))
                .map(|thing| thing.group)
                .collect();
            let borne = groups.first().copied().filter(|_| groups.len() == 1);
            let units = !known.units.is_empty();
            let before = known.borne;
            if let Some(known) = self.things.titles.get_mut(&title) {
                known.borne = borne;
            }
            if units {
                stale.extend(before);
                stale.extend(borne);
            }
        }
    }

    /// Decides anew which TLS services carry DICOM, and notes who uses them.
    pub(super) fn secure(&mut self, stale: &mut BTreeSet<ThingId>) {
        let mut peers: BTreeSet<ThingId> = BTreeSet::new();
        for root in stale.iter() {
            let speaks = self.group_speaks(*root);
            if let Some(group) = self.group_mut(*root)
                && std::mem::replace(&mut group.speaks, speaks) != speaks
                && let Some(group) = self.group(*root)
            {
                let met = self.places_of(group).flat_map(|place| place.doings.iter());
                let met = met.flat_map(|doings| &doings.peers);
                peers.extend(met.filter_map(|(_, peer)| self.things.group_at(*peer)));
            }
        }
        stale.append(&mut peers);
        let mut users: BTreeSet<ThingId> = BTreeSet::new();
        for root in stale.iter() {
            let Some(group) = self.group(*root) else { continue };
            let secured = self.secured_of(*root, group);
            if secured != group.secured {
                let clients =
                    self.places_of(group).flat_map(|place| place.doings.iter()).flat_map(|doings| {
                        doings.peers.iter().filter(|(part, _)| matches!(part, Part::TlsClient(_)))
                    });
                users.extend(clients.filter_map(|(_, peer)| self.things.group_at(*peer)));
                if let Some(group) = self.group_mut(*root) {
                    group.secured = secured;
                }
            }
        }
        stale.extend(users);
    }

    fn secured_of(&self, root: ThingId, group: &Group) -> Vec<Secured> {
        let mut ports: BTreeMap<u16, (Source, bool)> = BTreeMap::new();
        for doings in self.places_of(group).filter_map(|place| place.doings.as_ref()) {
            for (port, source) in &doings.tls {
                let source = self.store.inputs.labelled(*source);
                let known = ports.entry(*port).or_insert((source, false));
                known.0 = known.0.min(source);
            }
            for (part, peer) in &doings.peers {
                if let Part::TlsClient(port) = part
                    && let Some(known) = ports.get_mut(port)
                {
                    known.1 |= self.things.group_at(*peer).is_some_and(|client| self.group_speaks(client));
                }
            }
        }
        if ports.is_empty() {
            return Vec::new();
        }
        let mut units: Vec<UnitId> = group
            .members
            .iter()
            .filter_map(|thing| self.things.get(*thing))
            .flat_map(|thing| self.units_of(thing))
            .filter(|unit| self.unit(*unit).is_some_and(|unit| unit.whose == Whose::Own))
            .collect();
        units.sort_by(|one, other| self.order_units(*one, *other));
        let told = self.facts_of(&units, |fact| matches!(fact, Fact::TlsSubject | Fact::TlsServerName));
        let certificate = secured::certificate(told.into_iter());
        let server_speaks = self.group_speaks(root);
        let services = ports.into_iter().map(|(port, (source, client_speaks))| TlsService {
            port,
            server_speaks,
            client_speaks,
            source,
        });
        secured::find(services, certificate, self.knowledge)
    }

    fn group_speaks(&self, root: ThingId) -> bool {
        let members = self.group(root).into_iter().flat_map(|group| &group.members);
        members.filter_map(|thing| self.things.get(*thing)).any(|thing| thing.speaks)
    }

    /// The endpoints that are a device.
    pub(super) fn places_of<'s>(&'s self, group: &'s Group) -> impl Iterator<Item = &'s Place> {
        let members = group.members.iter().filter_map(|thing| self.things.get(*thing));
        members.flat_map(|thing| &thing.places).filter_map(|place| self.store.places.get(*place as usize))
    }
}
