//! Devices joined to what FDA publishes: by the device identifier on their label, or by maker and model.
//!
//! A device identifier names one product; that is as sure as the identifier is. Maker and model name one
//! where the model is a number, and several where it is a brand; then only what all of them share is claimed.

use cordon_knowledge::Knowledge;
use cordon_knowledge::fda::{Classes, Product, model_key};
use cordon_model::Udi;
use cordon_model::identify::{Attribute, Claim, Confidence, Device, Estate, Evidence};
use cordon_model::observe::{Protocol, Source};
use cordon_model::udi::UdiError;
use std::collections::{BTreeMap, BTreeSet};

/// The input that evidence of products is said to stand in.
const UDI_FEED: &str = "feed fda-udi";
/// The same for classifications.
const CLASSIFICATION_FEED: &str = "feed fda-classification";
/// What is left of a match by identifier when the device is sure to be another maker's.
const OTHER_MAKER: f64 = 0.5;
/// A maker's claim at least this sure counts against an identifier of another.
const SURE: f64 = 0.8;
/// Identifiers less sure than this are not looked up.
const IDENTIFIER_FROM: f64 = 0.5;

/// What an estate would like to know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Device identifiers.
    pub identifiers: BTreeSet<String>,
    /// Models, spelled as `model_key` does.
    pub models: BTreeSet<String>,
}

/// What there is.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// Products by a device identifier that was wanted.
    pub by_identifier: BTreeMap<String, Product>,
    /// All products of a model that was wanted.
    pub by_model: BTreeMap<String, Vec<Product>>,
    /// Every product code.
    pub classes: Classes,
}

/// The device identifiers on a device's label, with how sure each is and the claim it stands in. A text in none of
/// the agencies' forms may be a bare identifier: only a record of just this one will say so.
fn identifiers(device: &Device) -> impl Iterator<Item = (String, &Claim)> {
    let claims = device.claims.iter().filter(|claim| claim.attribute == Attribute::Udi);
    let sure = claims.filter(|claim| claim.confidence.value() >= IDENTIFIER_FROM);
    sure.filter_map(|claim| match Udi::parse(&claim.value) {
        Ok(udi) => Some((udi.device, claim)),
        Err(UdiError::Check { .. }) => None,
        Err(_) => Some((claim.value.trim().to_owned(), claim)),
    })
}

/// What to look up for an estate.
pub fn wanted(estate: &Estate) -> Wanted {
    let mut wanted = Wanted::default();
    for device in &estate.devices {
        wanted.identifiers.extend(identifiers(device).map(|(identifier, _)| identifier));
        wanted.models.extend(device.value(Attribute::Model).and_then(model_key));
    }
    wanted
}

/// Products that a device may be, and how sure that is.
struct Match<'f> {
    products: Vec<&'f Product>,
    confidence: f64,
    rule: &'static str,
    /// What of the device led to it.
    by: String,
}

/// Adds to each device what is known of its product.
pub fn join(estate: &mut Estate, knowledge: &Knowledge, found: &Found) {
    if found.by_identifier.is_empty() && found.by_model.is_empty() {
        return;
    }
    let place = |name: &str, inputs: &mut Vec<String>| {
        inputs.push(name.to_owned());
        u32::try_from(inputs.len() - 1).unwrap_or(u32::MAX)
    };
    let udi = place(UDI_FEED, &mut estate.inputs);
    let classification = place(CLASSIFICATION_FEED, &mut estate.inputs);
    for device in &mut estate.devices {
        let matched = by_identifier(device, knowledge, found).or_else(|| by_model(device, knowledge, found));
        if let Some(matched) = matched {
            let claims = claims(&matched, &found.classes, (udi, classification), device);
            for claim in claims {
                device.add_claim(claim);
            }
        }
    }
}

fn by_identifier<'f>(device: &Device, knowledge: &Knowledge, found: &'f Found) -> Option<Match<'f>> {
    let mut known = identifiers(device).filter_map(|(identifier, claim)| {
        Some((found.by_identifier.get(&identifier)?, identifier, claim.confidence.value()))
    });
    let (product, identifier, sure) = known.next()?;
    // Two labels that name different products: nobody can say which is right.
    if known.any(|(other, ..)| other.device != product.device) {
        return None;
    }
    let sure_of = |claim: &&Claim| claim.confidence.value() >= SURE && !is_of_adapter(claim);
    let maker = device.claim(Attribute::Manufacturer).filter(sure_of);
    let is_other = maker.is_some_and(|maker| product.is_made_by(&maker.value, &knowledge.vendors) == 0.0);
    Some(Match {
        products: vec![product],
        confidence: if is_other { sure * OTHER_MAKER } else { sure },
        rule: if is_other { "fda/udi-of-another-maker" } else { "fda/udi" },
        by: format!("device identifier {identifier}"),
    })
}

/// True for a maker that only the address block names: who made the network adapter need not have made the device.
fn is_of_adapter(claim: &Claim) -> bool {
    claim.evidence.iter().all(|evidence| evidence.protocol == Protocol::Link)
}

fn by_model<'f>(device: &Device, knowledge: &Knowledge, found: &'f Found) -> Option<Match<'f>> {
    let claim =
        |attribute| device.claim(attribute).filter(|claim| device.value(attribute) == Some(&claim.value));
    let (maker, model) = (claim(Attribute::Manufacturer)?, claim(Attribute::Model)?);
    let key = model_key(&model.value)?;
    let mut products = Vec::new();
    let mut least: f64 = 1.0;
    for product in found.by_model.get(&key)? {
        let made = product.is_made_by(&maker.value, &knowledge.vendors);
        if made > 0.0 {
            let named = product.model_keys().into_iter().find(|(known, _)| *known == key);
            least = least.min(made * named.map_or(0.0, |(_, sure)| sure));
            products.push(product);
        }
    }
    let (maker_sure, model_sure) = (maker.confidence.value(), model.confidence.value());
    (!products.is_empty()).then(|| Match {
        products,
        confidence: least * maker_sure.min(model_sure),
        rule: "fda/maker-and-model",
        by: format!("{} {}", maker.value, model.value),
    })
}

/// What all products of a match share is claimed; where they differ each stands, and none is likely.
fn claims(matched: &Match<'_>, classes: &Classes, (udi, codes): (u32, u32), device: &Device) -> Vec<Claim> {
    let class_of = |product: &Product| {
        let known =
            product.codes.iter().filter_map(|code| classes.get(code)).map(|class| class.class.clone());
        known.max().unwrap_or_default()
    };
    let sustaining = |product: &Product| {
        let of = |code: &String| classes.get(code).and_then(|class| class.life_sustaining);
        let all: Vec<Option<bool>> = product.codes.iter().map(of).collect();
        let word = if all.contains(&Some(true)) {
            "yes"
        } else if !all.is_empty() && all.iter().all(|one| *one == Some(false)) {
            "no"
        } else {
            ""
        };
        word.to_owned()
    };
    let is_unknown = |attribute| device.value(attribute).is_none();
    let read = |attribute, input, of: &dyn Fn(&Product) -> String| shared(matched, attribute, input, of);
    let mut claims = Vec::new();
    let maker = device.claim(Attribute::Manufacturer);
    if is_unknown(Attribute::Manufacturer) || maker.is_some_and(is_of_adapter) {
        claims.extend(read(Attribute::Manufacturer, udi, &|product| product.company.clone()));
    }
    if is_unknown(Attribute::Model) {
        claims.extend(read(Attribute::Model, udi, &|product| product.model.clone()));
    }
    claims.extend(read(Attribute::Brand, udi, &|product| product.brand.clone()));
    claims.extend(read(Attribute::ProductCode, udi, &|product| product.codes.join(" ")));
    claims.extend(read(Attribute::Distribution, udi, &|product| product.distribution.clone()));
    claims.extend(read(Attribute::DeviceClass, codes, &class_of));
    claims.extend(read(Attribute::LifeSustaining, codes, &sustaining));
    claims
}

fn shared(
    matched: &Match<'_>,
    attribute: Attribute,
    input: u32,
    of: &dyn Fn(&Product) -> String,
) -> Vec<Claim> {
    let mut values: BTreeMap<String, &Product> = BTreeMap::new();
    for product in &matched.products {
        let value = of(product);
        values.entry(value.trim().to_owned()).or_insert(product);
    }
    // A product that says nothing leaves open whether it is as the others are.
    let count = values.len();
    let claim = |(value, product): (String, &Product)| Claim {
        attribute,
        confidence: Confidence::new(matched.confidence / count as f64),
        conflict: count > 1,
        evidence: vec![evidence(matched, attribute, &value, product, input)],
        value,
    };
    values.into_iter().filter(|(value, _)| !value.is_empty()).take(VALUES_MAX).map(claim).collect()
}

/// Values of products that differ which are worth naming.
const VALUES_MAX: usize = 8;

fn evidence(
    matched: &Match<'_>,
    attribute: Attribute,
    value: &str,
    product: &Product,
    input: u32,
) -> Evidence {
    let of = match attribute {
        Attribute::DeviceClass | Attribute::LifeSustaining => {
            format!("product code {}", product.codes.join(" "))
        }
        _ => format!("product {}", product.device),
    };
    Evidence {
        protocol: Protocol::Fda,
        fact: format!("{attribute} = {value}, of {of}, by {}", matched.by),
        rule: matched.rule.to_owned(),
        source: Source { input, packet: product.record },
        at: None,
    }
}
