//! An estate that changes a little moves nobody else: zones, microsegments, their names, VLANs, subnets and addresses
//! stay, by what is proposed and by a policy file with the last plan beside it.
#![expect(
    unreachable_pub,
    dead_code,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "tests stop loudly; their helpers are a module, not all of which is used here"
)]

mod common;

use common::{add, claim, device, talk};
use cordon_model::assess::{DeviceAssessment, Exposure, Patch, Risk, Support, SupportStatus};
use cordon_model::identify::{Attribute, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::Zone;
use cordon_model::{Category, Cidr, Mac, Vlan};
use cordon_segment::graph::{self, Graph, graph};
use cordon_segment::policy::{self, Given, GivenPart, Policy};
use cordon_segment::{addresses, zones};
use proptest::prelude::*;
use std::collections::BTreeMap;
use std::net::Ipv4Addr;

fn judged(id: &DeviceId, os: SupportStatus, maker: SupportStatus) -> DeviceAssessment {
    DeviceAssessment {
        recalls: Vec::new(),
        device: id.clone(),
        support: Support { os, device: maker, ..Support::default() },
        patch: Patch::default(),
        findings: vec![],
        exposure: Exposure::default(),
        risk: Risk { inherent: 0.0, residual: 0.0, factors: vec![] },
    }
}

/// What stays of a device from plan to plan.
#[derive(Clone, Debug, PartialEq)]
struct Stands {
    zone: String,
    zone_name: String,
    part: Option<(String, String)>,
    network: Option<(Vlan, Cidr)>,
    address: Option<Ipv4Addr>,
}

/// A site folder as plans leave it: the policy, what the graph told, the addresses that were given.
#[derive(Clone, Debug)]
struct Folder {
    text: String,
    told: BTreeMap<DeviceId, Option<String>>,
    reserved: BTreeMap<DeviceId, Ipv4Addr>,
}

/// Plans as `cordon segment plan` does, and keeps what it keeps.
fn planned(
    site: &Estate,
    assessments: &[DeviceAssessment],
    before: Option<&Folder>,
) -> (BTreeMap<DeviceId, Stands>, Folder) {
    let text = before.map(|folder| folder.text.clone()).unwrap_or_default();
    let policy = policy::read(&text).unwrap();
    let mut told: Graph = graph(site);
    if let Some(folder) = before {
        graph::remember(&mut told, &folder.told);
    }
    let placed = zones::place(site, assessments, &policy, &told).unwrap();
    let reserved = before.map(|folder| folder.reserved.clone()).unwrap_or_default();
    let plan = addresses::plan(site, &placed, &policy, &reserved).unwrap();
    let found = zones::microsegments(site, assessments, &policy, &told, &placed);
    let given: Vec<Given> = placed
        .iter()
        .map(|zone| {
            let network = plan.networks.iter().find(|network| network.zone == zone.id);
            let own = found.iter().filter(|part| part.zone == zone.id);
            let parts: Vec<GivenPart> = own.map(zones::Proposed::given).collect();
            Given {
                id: zone.id.clone(),
                name: zone.name.clone(),
                purpose: zone.purpose.clone(),
                categories: zones::categories(&zone.id),
                parts: if parts.len() > 1 { parts } else { Vec::new() },
                vlan: network.map(|network| network.vlan),
                subnet: network.map(|network| network.subnet),
                ..Given::default()
            }
        })
        .collect();
    let (text, notes) = policy::edited(&text, &given).unwrap();
    assert_eq!(notes, []);
    let reserved = plan.reservations.iter().map(|one| (one.device.clone(), one.then)).collect();
    let told = site.devices.iter().map(|device| {
        (device.id.clone(), told.get(&device.id).and_then(|near| near.zone).map(str::to_owned))
    });
    (stands(&placed, &plan), Folder { text, told: told.collect(), reserved })
}

fn stands(zones: &[Zone], plan: &addresses::AddressPlan) -> BTreeMap<DeviceId, Stands> {
    let address = |id: &DeviceId| plan.reservations.iter().find(|one| one.device == *id).map(|one| one.then);
    let of = |zone: &Zone, id: &DeviceId| {
        let part = zone.microsegments.iter().find(|part| part.devices.contains(id));
        let network = plan.networks.iter().find(|network| network.zone == zone.id);
        Stands {
            zone: zone.id.clone(),
            zone_name: zone.name.clone(),
            part: part.map(|part| (part.id.clone(), part.name.clone())),
            network: network.map(|network| (network.vlan, network.subnet)),
            address: address(id),
        }
    };
    zones.iter().flat_map(|zone| zone.devices.iter().map(move |id| (id.clone(), of(zone, id)))).collect()
}

/// What happens to an estate between two plans.
#[derive(Clone, Debug)]
enum Change {
    Arrives(Category, Vec<(usize, usize)>),
    Leaves(usize),
    Renamed(usize),
    Talks(usize, usize, usize),
    Corrected(usize, Category),
    Critical(usize),
    Supported(usize),
    Department(usize),
}

fn any_category() -> impl Strategy<Value = Category> {
    // Every other one is of unknown or general kind: what the communication graph is asked about.
    let general = vec![Category::Unknown, Category::Other, Category::Workstation, Category::Server];
    prop_oneof![
        prop::sample::select(Category::ALL.to_vec()),
        prop::sample::select(general),
        prop::sample::select(vec![Category::InfusionPump, Category::ImagingModality, Category::ImageArchive]),
    ]
}

fn any_change() -> impl Strategy<Value = Change> {
    let at = || 0usize..20;
    prop_oneof![
        (any_category(), prop::collection::vec((at(), 0usize..4), 0..4))
            .prop_map(|(category, talks)| Change::Arrives(category, talks)),
        at().prop_map(Change::Leaves),
        at().prop_map(Change::Renamed),
        (at(), at(), 0usize..4).prop_map(|(from, to, port)| Change::Talks(from, to, port)),
        (at(), any_category()).prop_map(|(at, category)| Change::Corrected(at, category)),
        at().prop_map(Change::Critical),
        at().prop_map(Change::Supported),
        at().prop_map(Change::Department),
    ]
}

fn any_estate() -> impl Strategy<Value = (Estate, Vec<DeviceAssessment>)> {
    let one = (
        any_category(),
        prop::option::of(prop::sample::select(vec!["ICU", "Ward 3", "Radiology"])),
        prop::option::of(prop::sample::select(vec!["Building 1", "Building 2"])),
        prop::option::of(prop::sample::select(vec!["high", "low"])),
        (prop::bool::weighted(0.2), prop::bool::weighted(0.2)),
    );
    let talks = prop::collection::vec((0usize..20, 0usize..20, 0usize..4), 0..60);
    (prop::collection::vec(one, 2..20), talks).prop_map(|(devices, talks)| {
        let (mut site, mut assessments) = (Estate::default(), Vec::new());
        let status = |ended| if ended { SupportStatus::Ended } else { SupportStatus::Unknown };
        for (at, (category, department, location, criticality, (os, maker))) in
            devices.into_iter().enumerate()
        {
            let mut one = device(at, category);
            one.macs = vec![Mac([2, 0, 0, 0, 0, at as u8])];
            one.claims.extend(department.map(|value| claim(Attribute::Department, value)));
            one.claims.extend(location.map(|value| claim(Attribute::Location, value)));
            one.claims.extend(criticality.map(|value| claim(Attribute::Criticality, value)));
            assessments.push(judged(&one.id, status(os), status(maker)));
            site.devices.push(one);
        }
        for (from, to, port) in talks {
            converse(&mut site, from, to, port);
        }
        (site, assessments)
    })
}

/// A conversation between two devices by their places, as they are in order.
fn converse(site: &mut Estate, from: usize, to: usize, port: usize) {
    let count = site.devices.len();
    let (from, to) = (from % count, to % count);
    if from == to {
        return;
    }
    let mut one = talk(from, to, Transport::Tcp, [22, 53, 104, 443][port]);
    one.client_device = Some(site.devices[from].id.clone());
    one.server_device = Some(site.devices[to].id.clone());
    add(site, one);
}

/// Makes the change; answers which devices it is about.
fn change(site: &mut Estate, assessments: &mut Vec<DeviceAssessment>, change: &Change) -> Vec<DeviceId> {
    let count = site.devices.len();
    let put = |site: &mut Estate, at: usize, attribute: Attribute, value: &str| {
        let device = &mut site.devices[at % count];
        device.claims.retain(|claim| claim.attribute != attribute);
        device.claims.push(claim(attribute, value));
        vec![device.id.clone()]
    };
    match change {
        Change::Arrives(category, talks) => {
            let mut one = device(count + 50, *category);
            one.macs = vec![Mac([2, 0, 0, 0, 1, 0])];
            let id = one.id.clone();
            // In order of ids, as identification gives them: it comes last.
            site.devices.push(one);
            for (to, port) in talks {
                converse(site, count, *to, *port);
            }
            vec![id]
        }
        Change::Leaves(at) => {
            let gone = site.devices.remove(at % count).id;
            site.conversations.retain(|both| {
                both.client_device.as_ref() != Some(&gone) && both.server_device.as_ref() != Some(&gone)
            });
            vec![gone]
        }
        Change::Renamed(at) => {
            let device = &mut site.devices[at % count];
            device.hostnames = vec!["another-name".to_owned()];
            // A name is nothing to stand by: not even the device itself moves.
            Vec::new()
        }
        Change::Talks(from, to, port) => {
            converse(site, *from, *to, *port);
            vec![site.devices[from % count].id.clone(), site.devices[to % count].id.clone()]
        }
        Change::Corrected(at, category) => put(site, *at, Attribute::Category, category.name()),
        Change::Critical(at) => put(site, *at, Attribute::Criticality, "high"),
        Change::Department(at) => put(site, *at, Attribute::Department, "Theatre"),
        Change::Supported(at) => {
            let id = site.devices[at % count].id.clone();
            assessments.retain(|one| one.device != id);
            vec![id]
        }
    }
}

/// Devices of unknown or general kind that have a conversation with one of these.
fn asked_about(site: &Estate, about: &[DeviceId]) -> Vec<DeviceId> {
    let graph = graph(site);
    let ends = site
        .conversations
        .iter()
        .filter_map(|both| both.client_device.clone().zip(both.server_device.clone()));
    let touching = ends.filter(|(from, to)| about.contains(from) || about.contains(to));
    touching.flat_map(|(from, to)| [from, to]).filter(|id| graph.contains_key(id)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(192) })]

    /// With the site folder that the last plan left, nobody but the device the change is about moves, whatever the
    /// communication graph says of the others now: zone, microsegment, names, VLAN, subnet and address stay.
    #[test]
    fn a_small_change_moves_nobody_else(
        (mut site, mut assessments) in any_estate(),
        changes in prop::collection::vec(any_change(), 1..5),
    ) {
        let (mut before, mut folder) = planned(&site, &assessments, None);
        for one in &changes {
            if site.devices.len() < 2 {
                break;
            }
            let about = change(&mut site, &mut assessments, one);
            let (after, kept) = planned(&site, &assessments, Some(&folder));
            for (id, was) in before.iter().filter(|(id, _)| !about.contains(id)) {
                prop_assert_eq!(after.get(id), Some(was), "{} by {:?}\n{}", id, one, folder.text);
            }
            // What people could have written stays, line by line, and the next plan finds nothing to add.
            let mut lines = kept.text.lines();
            prop_assert!(folder.text.lines().all(|line| lines.any(|other| other == line)), "{}", kept.text);
            let (again, same) = planned(&site, &assessments, Some(&kept));
            prop_assert_eq!(&again, &after);
            prop_assert_eq!(&same.text, &kept.text);
            (before, folder) = (after, kept);
        }
    }

    /// Without one, when everything is proposed anew, only those move besides whose place rests on conversations with
    /// the device the change is about.
    #[test]
    fn what_is_proposed_moves_nobody_who_has_nothing_to_do_with_it(
        (mut site, mut assessments) in any_estate(),
        one in any_change(),
    ) {
        prop_assume!(site.devices.len() > 2);
        let place = |site: &Estate, assessments: &[DeviceAssessment]| {
            let zones = zones::place(site, assessments, &Policy::default(), &graph(site)).unwrap();
            stands(&zones, &addresses::AddressPlan::default())
        };
        let before = place(&site, &assessments);
        let then = site.clone();
        let about = change(&mut site, &mut assessments, &one);
        let mut free = about.clone();
        free.extend(asked_about(&then, &about));
        free.extend(asked_about(&site, &about));
        let after = place(&site, &assessments);
        for (id, was) in before.iter().filter(|(id, _)| !free.contains(id)) {
            prop_assert_eq!(after.get(id), Some(was), "{} by {:?}", id, one);
        }
    }

    /// Two plans of one estate from one folder are equal, and the first plan's microsegments are those of the proposal.
    #[test]
    fn a_folder_is_read_as_it_was_written((site, assessments) in any_estate()) {
        let (first, folder) = planned(&site, &assessments, None);
        let (second, kept) = planned(&site, &assessments, Some(&folder));
        prop_assert_eq!(first, second);
        prop_assert_eq!(folder.text, kept.text);
    }
}
