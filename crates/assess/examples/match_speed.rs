//! How long matching takes: 100,000 devices against 2,300 advisories from nothing, one new advisory against all
//! devices, and one changed device. The real advisories of `../shared/data` and mutated copies of them.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "it measures, and prints what it measured"
)]

use cordon_assess::advisory::{Advisory, csaf};
use cordon_assess::matching::{Catalogue, Inventory, Matcher, Settings};
use cordon_knowledge::Knowledge;
use cordon_model::assess::FindingStatus;
use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceId};
use cordon_model::observe::PatientDataKinds;
use std::error::Error;
use std::time::Instant;

const DEVICES: usize = 100_000;
const ADVISORIES: usize = 2_300;
/// Every tenth device is of a product that an advisory names, so that there is much to judge.
const NAMED_EVERY: usize = 10;

/// Pseudo-random numbers (SplitMix64), the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % limit.max(1) as u64).unwrap_or(0)
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Some(documents) = cordon_testkit::advisories::csaf_documents() else {
        println!("skipped: no ../shared/data");
        return Ok(());
    };
    let now = "2026-11-22T12:00:00Z".parse()?;
    let read = documents.iter().filter_map(|(name, bytes)| csaf::read(bytes, name, now).ok());
    let real: Vec<Advisory> = read.map(|reading| reading.advisory).collect();
    let advisories: Vec<Advisory> = (0..ADVISORIES).filter_map(|at| copy(&real, at)).collect();
    let devices = devices(&advisories);
    let knowledge = Knowledge::builtin()?;

    let start = Instant::now();
    let catalogue = Catalogue::new(advisories.clone(), &knowledge, Settings::default());
    let indexed = start.elapsed();
    let mut matcher = Matcher::new(&catalogue);
    let found: Vec<_> = devices.iter().map(|device| matcher.device(device)).collect();
    let whole = start.elapsed();
    let all = found.iter().flat_map(|found| found.iter());
    let affected = all.clone().filter(|finding| finding.status == FindingStatus::Affected).count();
    println!(
        "{} advisories, {} devices: {} findings, {affected} affected",
        advisories.len(),
        devices.len(),
        all.count()
    );
    println!("from nothing      {:8.1} ms (indexing {:.1} ms)", ms(whole), ms(indexed));

    let mut inventory = Inventory::new(&knowledge);
    let start = Instant::now();
    devices.iter().cloned().for_each(|device| inventory.put(device));
    println!("inventory         {:8.1} ms, once", ms(start.elapsed()));
    let mut slowest = (0.0, 0);
    for advisory in advisories.iter().take(200) {
        let start = Instant::now();
        let concerned = inventory.concerned(advisory, Settings::default()).len();
        slowest = if ms(start.elapsed()) > slowest.0 { (ms(start.elapsed()), concerned) } else { slowest };
    }
    println!("one new advisory  {:8.1} ms, the slowest of 200 ({} devices concerned)", slowest.0, slowest.1);

    let mut slowest: f64 = 0.0;
    for at in 0..200 {
        let Some(mut device) = devices.get(at * 37 % DEVICES).cloned() else { continue };
        device.claims.extend(claim(Attribute::Firmware, "7.7.7"));
        let start = Instant::now();
        inventory.put(device.clone());
        let found = Matcher::new(&catalogue).device(&device).len();
        slowest = slowest.max(ms(start.elapsed()) + 0.0 * found as f64);
    }
    println!("one changed device {:7.1} ms, the slowest of 200", slowest);
    Ok(())
}

fn ms(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

/// The advisory itself, or from the second round on a copy under another id and with other model numbers.
fn copy(real: &[Advisory], at: usize) -> Option<Advisory> {
    let mut advisory = real.get(at % real.len().max(1))?.clone();
    let round = at / real.len().max(1);
    if round > 0 {
        advisory.id = format!("{}-{round}", advisory.id);
        for product in &mut advisory.products {
            product.name = product.name.replace(['1', '4'], &round.to_string());
        }
    }
    Some(advisory)
}

fn devices(advisories: &[Advisory]) -> Vec<Device> {
    let mut numbers = Numbers(1);
    let medical: Vec<&Advisory> = advisories.iter().filter(|one| one.id.starts_with("ICSMA")).collect();
    (0..DEVICES)
        .map(|at| {
            let from =
                if at % NAMED_EVERY == 0 { advisories.get(numbers.below(advisories.len())) } else { None };
            let from = from.or_else(|| medical.get(numbers.below(medical.len())).copied());
            let product = from.and_then(|one| one.products.get(numbers.below(one.products.len())));
            let (vendor, name) =
                product.map(|one| (one.vendor.as_str(), one.name.as_str())).unwrap_or_default();
            let model = if at % 3 == 0 { format!("{name} {}", numbers.below(4000)) } else { name.to_owned() };
            let firmware = format!("{}.{}.{}", numbers.below(12), numbers.below(40), numbers.below(9));
            let serial = format!("SN{at:06}");
            device(at, [vendor, &model, &firmware, &serial])
        })
        .collect()
}

fn claim(attribute: Attribute, value: &str) -> Option<Claim> {
    let confidence = Confidence::CERTAIN;
    let claim =
        Claim { attribute, value: value.to_owned(), confidence, conflict: false, evidence: Vec::new() };
    (!value.is_empty()).then_some(claim)
}

fn device(at: usize, texts: [&str; 4]) -> Device {
    let attributes = [Attribute::Manufacturer, Attribute::Model, Attribute::Firmware, Attribute::Serial];
    Device {
        id: DeviceId::new(format!("dev-{at}")),
        macs: Vec::new(),
        ips: Vec::new(),
        vlans: Vec::new(),
        hostnames: Vec::new(),
        claims: attributes.into_iter().zip(texts).filter_map(|(about, text)| claim(about, text)).collect(),
        services: Vec::new(),
        roles: Vec::new(),
        patient_data: PatientDataKinds::default(),
        parent: None,
        links: Vec::new(),
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}
