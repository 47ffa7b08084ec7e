//! Records that name a device itself: under which names of products they may stand, and which of them count.
//!
//! The names only find records; whether a device is the product is decided by comparing its name, as with advisories.

use crate::advisory::Advisory;
use crate::cpe::Name;
use cordon_knowledge::Vendors;
use cordon_model::assess::{Finding, FindingStatus};
use std::collections::BTreeSet;

/// Spellings of one maker that are looked up.
const SPELLINGS_MAX: usize = 24;

/// What records of a device of this maker and model may be looked up by: `h:philips:intellivue_mp50`,
/// `o:philips:intellivue_mp50_firmware`.
pub fn keys(maker: &str, model: &str, vendors: &Vendors) -> BTreeSet<String> {
    let mut makers: BTreeSet<String> = BTreeSet::new();
    let usual = vendors.canonical(maker);
    // Who bought it publishes today what it published before, and the other way round.
    let mergers =
        || vendors.mergers().iter().map(|merger| (vendors.canonical(&merger.name), merger.into.as_str()));
    let owners = mergers().filter(|(name, _)| *name == usual).map(|(_, owner)| owner);
    let owned = mergers().filter(|(_, owner)| *owner == usual).map(|(name, _)| name);
    let spellings = vendors.spellings(usual);
    for spelling in [maker, usual].into_iter().chain(owners).chain(owned).chain(spellings).take(SPELLINGS_MAX)
    {
        let words = words(spelling);
        makers.extend([words.join("_"), words.concat(), words.join("-")]);
    }
    makers.retain(|maker| maker.len() >= 2);
    let own = words(model);
    // The maker's name may stand before the model's or not.
    let first = makers.iter().any(|maker| own.first() == Some(maker));
    let rest = own.get(1..).filter(|rest| first && !rest.is_empty());
    let models = [Some(own.as_slice()), rest].into_iter().flatten().map(|words| words.join("_"));
    let models: BTreeSet<String> = models.filter(|model| model.len() >= 2).collect();
    let mut keys = BTreeSet::new();
    for (maker, model) in makers.iter().flat_map(|maker| models.iter().map(move |model| (maker, model))) {
        keys.extend([
            format!("h:{maker}:{model}"),
            format!("a:{maker}:{model}"),
            format!("o:{maker}:{model}"),
            format!("o:{maker}:{model}_firmware"),
        ]);
    }
    keys
}

fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '.' | '+')));
    parts.map(|part| part.trim_matches('.').to_lowercase()).filter(|part| !part.is_empty()).collect()
}

/// The record with nothing but the products that are looked up by one of `keys`; `None` where none is.
pub fn of_devices(mut record: Advisory, keys: &BTreeSet<String>) -> Option<Advisory> {
    let is_wanted =
        |cpe: &String| Name::parse(cpe).and_then(|name| name.key()).is_some_and(|key| keys.contains(&key));
    let kept: Vec<bool> =
        record.products.iter().map(|product| product.helpers.cpes.iter().any(is_wanted)).collect();
    // Indices of statements follow the products.
    let mut place = 0_u32;
    let places: Vec<Option<u32>> = kept
        .iter()
        .map(|kept| {
            kept.then(|| {
                place += 1;
                place - 1
            })
        })
        .collect();
    let at = |index: u32| places.get(index as usize).copied().flatten();
    let mut keep = kept.iter();
    record.products.retain(|_| keep.next().copied().unwrap_or(false));
    record.statements.retain_mut(|statement| match at(statement.product) {
        Some(place) => {
            statement.product = place;
            true
        }
        None => false,
    });
    (!record.products.is_empty()).then_some(record)
}

/// Takes out what records say where a maker's advisory speaks of the vulnerability, and what they do not say: that a
/// device is not affected. `is_record` tells a record's id.
pub fn without_repeated(findings: &mut Vec<Finding>, is_record: impl Fn(&str) -> bool) {
    let told: BTreeSet<String> = findings
        .iter()
        .filter(|finding| !is_record(&finding.advisory))
        .flat_map(|finding| finding.cves.iter().cloned())
        .collect();
    findings.retain(|finding| {
        let is_told = !finding.cves.is_empty() && finding.cves.iter().all(|cve| told.contains(cve));
        !is_record(&finding.advisory) || (!is_told && finding.status != FindingStatus::NotAffected)
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::intelligence::advisory::of_nvd;
    use crate::matching::{Catalogue, Matcher, Settings};
    use cordon_knowledge::Knowledge;
    use serde_json::json;

    #[test]
    fn a_device_is_looked_up_by_every_spelling_of_its_maker() {
        let knowledge = Knowledge::builtin().unwrap();
        let keys = keys("Philips Medical Systems", "Philips IntelliVue MP50", &knowledge.vendors);
        assert!(
            keys.contains("h:philips:intellivue_mp50") && keys.contains("o:philips:intellivue_mp50_firmware")
        );
    }

    #[test]
    fn a_record_decides_by_name_and_firmware_and_never_clears() {
        let record = of_nvd(&json!({ "id": "CVE-2018-14787", "lastModified": "x", "configurations": [{ "nodes": [{ "cpeMatch": [
            { "vulnerable": true, "criteria": "cpe:2.3:a:other:thing:*:*:*:*:*:*:*:*" },
            { "vulnerable": true, "criteria": "cpe:2.3:o:baxter:sigma_spectrum_infusion_system_firmware:*:*:*:*:*:*:*:*", "versionEndIncluding": "8.0" }] }] }] }))
        .unwrap();
        let knowledge = Knowledge::builtin().unwrap();
        let wanted = BTreeSet::from(["o:baxter:sigma_spectrum_infusion_system_firmware".to_owned()]);
        let record = of_devices(record, &wanted).unwrap();
        assert_eq!((record.products.len(), record.statements[0].product), (1, 0));
        let catalogue = Catalogue::new(vec![record], &knowledge, Settings::default());
        let mut matcher = Matcher::new(&catalogue);
        let statuses = ["6.0", "9.0", ""].map(|firmware| {
            let device = crate::records::tests::device("Baxter", "Sigma Spectrum Infusion System", firmware);
            let mut found = matcher.device(&device).to_vec();
            without_repeated(&mut found, |id| id.starts_with("CVE-"));
            found.first().map(|finding| finding.status)
        });
        assert_eq!(statuses, [Some(FindingStatus::Affected), None, Some(FindingStatus::Undetermined)]);
        assert!(
            of_devices(of_nvd(&json!({ "id": "CVE-2018-0001", "lastModified": "x" })).unwrap(), &wanted)
                .is_none()
        );
    }
}
