//! Records of vulnerabilities in the feed folder against what the devices of an estate are and run.

use crate::error::AppError;
use crate::feeds::{self, Feed};
use crate::sbom::Attached;
use cordon_assess::advisory::Advisory;
use cordon_assess::intelligence::Intelligence;
use cordon_assess::records::component::{self, Records};
use cordon_assess::records::platform::{self, Platform, Stated};
use cordon_assess::records::stated::names_products;
use cordon_assess::records::summary::{self, About, slug};
use cordon_assess::records::{Hit, announced, decided, product, undecided, united};
use cordon_knowledge::{Knowledge, Software};
use cordon_model::assess::{Finding, FindingStatus};
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The most names of products that are looked up for models; an estate has some hundred models.
const PRODUCT_KEYS_MAX: usize = 200_000;

/// One system or component with what records say of it.
struct Told {
    about: About,
    hits: Vec<Hit>,
}

/// What records say of an estate.
#[derive(Default)]
pub(crate) struct Found {
    /// Records that name devices themselves, to be matched as advisories are.
    pub(crate) of_models: Vec<Advisory>,
    /// Of operating systems, as claimed.
    systems: BTreeMap<Stated, Told>,
    /// Of bills, by their place in the list.
    bills: BTreeMap<usize, Vec<Told>>,
    /// Of software that calls itself by name and version.
    software: BTreeMap<Software, Told>,
    /// Which bills are of which device.
    of_device: BTreeMap<DeviceId, Vec<usize>>,
    /// The feeds that were looked into.
    pub(crate) feeds: BTreeMap<String, Feed>,
}

impl Found {
    /// Looks up what the estate runs.
    pub(crate) fn look_up(
        estate: &Estate,
        bills: &[Attached],
        advisories: &[Advisory],
        knowledge: &Knowledge,
        cache: Option<&Path>,
    ) -> Result<Found, AppError> {
        let stated: BTreeSet<Stated> = estate.devices.iter().filter_map(Stated::of).collect();
        let platforms: Vec<Platform<'_>> =
            stated.iter().filter_map(|stated| Platform::new(stated, knowledge)).collect();
        let mut found = Found { of_device: of_devices(estate, bills, knowledge), ..Found::default() };
        let attached: BTreeSet<usize> = found.of_device.values().flatten().copied().collect();
        let of_models = model_keys(estate, knowledge);
        let mut products: BTreeSet<String> = platforms.iter().flat_map(Platform::keys).collect();
        let software = software(estate, knowledge);
        products.extend(software.iter().flat_map(|one| announced::keys(one, knowledge)));
        let mut packages = BTreeSet::new();
        for attached in attached.iter().filter_map(|at| bills.get(*at)) {
            let keys = component::keys(&attached.bill, knowledge);
            products.extend(keys.products);
            packages.extend(keys.packages);
        }
        products.extend(of_models.iter().cloned());
        let (mut records, mut osv) = (Vec::new(), Vec::new());
        if let Some(cache) = cache {
            (records, found.feeds) = feeds::vulnerabilities(cache, &products)?;
            let feed = feeds::records(cache, feeds::OSV, &packages, &mut |_, value| osv.push(value.clone()))?;
            found.feeds.extend(feed.map(|feed| (feeds::OSV.to_owned(), feed)));
        }
        let stated: Vec<Advisory> = advisories.iter().filter(|one| names_products(one)).cloned().collect();
        let named: Vec<_> = records.iter().map(platform::names).collect();
        for platform in &platforms {
            let own: Vec<Hit> = stated.iter().flat_map(|advisory| platform.stated_by(advisory)).collect();
            let judged =
                records.iter().zip(&named).filter_map(|(record, named)| platform.judge(record, named));
            let hits = united(own, judged.collect());
            if !hits.is_empty() {
                found
                    .systems
                    .insert(platform.stated.clone(), Told { about: of_system(&platform.stated), hits });
            }
        }
        found.of_models =
            records.iter().cloned().filter_map(|one| product::of_devices(one, &of_models)).collect();
        let records = Records::new(osv, records);
        found.software = software
            .into_iter()
            .map(|one| (announced::judge(&one, &records, knowledge), one))
            .filter(|(hits, _)| !hits.is_empty())
            .map(|(hits, one)| (one.clone(), Told { about: of_software(&one), hits }))
            .collect();
        for at in attached {
            let Some(attached) = bills.get(at) else { continue };
            found.bills.insert(at, of_bill(attached, &records, &stated, knowledge));
        }
        Ok(found)
    }

    /// The vulnerabilities that are named.
    pub(crate) fn cves(&self) -> BTreeSet<String> {
        let told = self.systems.values().chain(self.bills.values().flatten()).chain(self.software.values());
        told.flat_map(|told| &told.hits).flat_map(|hit| hit.cves.iter().cloned()).collect()
    }

    /// Adds the findings of each device to what advisories say of it.
    pub(crate) fn tell(
        &self,
        estate: &Estate,
        knowledge: &Knowledge,
        known: &Intelligence,
        findings: &mut BTreeMap<DeviceId, Vec<Finding>>,
    ) {
        // Devices with one system or bill, of which no maker decided anything, are told the same.
        let mut usual: BTreeMap<*const Told, Vec<Finding>> = BTreeMap::new();
        for device in &estate.devices {
            let told = self.told(device, &estate.inputs, knowledge);
            if told.is_empty() {
                continue;
            }
            let own = findings.entry(device.id.clone()).or_default();
            let decided = decided(own);
            for (told, evidence) in told {
                let is_usual =
                    decided.is_empty() || undecided(&told.hits, &decided).count() == told.hits.len();
                let mut found = if is_usual {
                    let all = || summary::findings(&told.about, &told.hits.iter().collect::<Vec<_>>(), known);
                    usual.entry(std::ptr::from_ref(told)).or_insert_with(all).clone()
                } else {
                    let left: Vec<&Hit> = undecided(&told.hits, &decided).collect();
                    summary::findings(&told.about, &left, known)
                };
                found.iter_mut().for_each(|finding| finding.why.push_str(&evidence));
                own.extend(found);
            }
        }
    }

    /// What records say of what `device` runs, each with where that is seen, where a sentence is to say so.
    fn told(&self, device: &Device, inputs: &[String], knowledge: &Knowledge) -> Vec<(&Told, String)> {
        let of_system = Stated::of(device).and_then(|stated| self.systems.get(&stated));
        let places = self.of_device.get(&device.id).into_iter().flatten();
        let of_bills = places.filter_map(|at| self.bills.get(at)).flatten();
        let known = of_system.into_iter().chain(of_bills).map(|told| (told, String::new()));
        let named = if self.software.is_empty() { Vec::new() } else { announced::of(device, knowledge) };
        let of_software = named.into_iter().filter_map(|(software, banner)| {
            let input = inputs.get(banner.source.input as usize).map(String::as_str).unwrap_or_default();
            let (fact, value, packet) = (banner.fact.name(), &banner.value, banner.source.packet);
            let evidence = format!(" It says so itself in {fact}: \"{value}\" ({input}, frame {packet}).");
            Some((self.software.get(&software)?, evidence))
        });
        known.chain(of_software).collect()
    }
}

/// The software that devices of the estate name on the wire.
fn software(estate: &Estate, knowledge: &Knowledge) -> BTreeSet<Software> {
    let named = estate.devices.iter().flat_map(|device| announced::of(device, knowledge));
    named.map(|(software, _)| software).collect()
}

fn of_software(software: &Software) -> About {
    let name = announced::words(software);
    About {
        id: format!("software:{}", slug(&name)),
        place: "as it calls itself on the network".to_owned(),
        version: software.version.clone(),
        document: String::new(),
        is_named: true,
        name,
    }
}

/// What a bill's components are hit by: each by itself, and together those that are fixed.
fn of_bill(attached: &Attached, records: &Records, stated: &[Advisory], knowledge: &Knowledge) -> Vec<Told> {
    let bill = &attached.bill;
    let documents: Vec<_> = std::iter::once(bill).chain(&attached.vex).collect();
    let mut told = Vec::new();
    let mut fixed: Vec<Hit> = Vec::new();
    let mut seen = BTreeSet::new();
    for one in &bill.components {
        // A package that lies in several places of a product is one.
        if !seen.insert((&one.name, &one.version, &one.purls, &one.cpes)) {
            continue;
        }
        let hits = united(records.stated_by(one, knowledge, stated), records.of(one, knowledge));
        let hits = component::overruled(hits, bill, one, &documents);
        let (mended, open): (Vec<Hit>, Vec<Hit>) =
            hits.into_iter().partition(|hit| hit.status == FindingStatus::Fixed);
        fixed.extend(mended);
        if open.is_empty() {
            continue;
        }
        let name = format!("{} {}", one.name, one.version).trim().to_owned();
        told.push(Told {
            about: About {
                id: format!("sbom:{}:{}", slug(&bill.source), slug(&name.replace(' ', "@"))),
                place: format!("a component in the bill of material {}", bill.source),
                version: one.version.clone(),
                document: bill.source.clone(),
                is_named: !one.version.is_empty(),
                name,
            },
            hits: open,
        });
    }
    if !fixed.is_empty() {
        fixed.sort();
        fixed.dedup();
        told.push(Told {
            about: About {
                id: format!("sbom:{}:components", slug(&bill.source)),
                name: format!("Components of {}", bill.source),
                place: "as their versions are listed".to_owned(),
                document: bill.source.clone(),
                is_named: true,
                ..About::default()
            },
            hits: fixed,
        });
    }
    told
}

fn of_system(stated: &Stated) -> About {
    let name = stated.words();
    About {
        id: format!("os:{}", slug(&name)),
        name,
        place: "the operating system".to_owned(),
        version: stated.version.clone().unwrap_or_default(),
        document: String::new(),
        is_named: stated.version.is_some(),
    }
}

fn of_devices(estate: &Estate, bills: &[Attached], knowledge: &Knowledge) -> BTreeMap<DeviceId, Vec<usize>> {
    let of = |device: &Device| -> Vec<usize> {
        let own = bills.iter().enumerate().filter(|(_, attached)| attached.is_of(device, knowledge));
        own.map(|(at, _)| at).collect()
    };
    let all = estate.devices.iter().map(|device| (device.id.clone(), of(device)));
    all.filter(|(_, bills)| !bills.is_empty()).collect()
}

/// What records of the estate's models may be looked up by.
fn model_keys(estate: &Estate, knowledge: &Knowledge) -> BTreeSet<String> {
    let named = |device: &Device| {
        let maker = device.value(Attribute::Manufacturer)?.to_owned();
        let models = [Attribute::Model, Attribute::Brand].into_iter().filter_map(|about| device.value(about));
        Some(models.map(|model| (maker.clone(), model.to_owned())).collect::<Vec<_>>())
    };
    let models: BTreeSet<(String, String)> = estate.devices.iter().filter_map(named).flatten().collect();
    let keys = models.iter().flat_map(|(maker, model)| product::keys(maker, model, &knowledge.vendors));
    keys.take(PRODUCT_KEYS_MAX).collect()
}
