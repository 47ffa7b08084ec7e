//! How much care depends on a device: what a person says, else FDA's life-sustaining flag, else what is usual
//! for its category.

use cordon_knowledge::{Criticality, Knowledge};
use cordon_model::identify::{Attribute, Claim, Device, Estate, Evidence};
use cordon_model::observe::Protocol;

/// Adds the default to every device whose kind or product says something. What a list says stands; FDA's flag
/// stands beside it, and what is usual does not.
pub fn default(estate: &mut Estate, knowledge: &Knowledge) {
    for device in &mut estate.devices {
        let is_said = device.value(Attribute::Criticality).is_some();
        let usual = || usual(device, knowledge).filter(|_| !is_said);
        if let Some(claim) = sustaining(device).or_else(usual) {
            device.add_claim(claim);
        }
    }
}

/// High for what FDA calls life-sustaining or life-supporting (21 CFR 860.3).
fn sustaining(device: &Device) -> Option<Claim> {
    device.value(Attribute::LifeSustaining).filter(|word| *word == "yes")?;
    let said = device.claim(Attribute::LifeSustaining)?;
    Some(concluded(said, Protocol::Fda, "high", "fda/life-sustaining"))
}

fn usual(device: &Device, knowledge: &Knowledge) -> Option<Claim> {
    device.value(Attribute::Category)?;
    let said = device.claim(Attribute::Category)?;
    let word = match knowledge.harms.of(device.category()).criticality {
        Criticality::High => "high",
        Criticality::Medium => "medium",
        Criticality::Low => "low",
    };
    Some(concluded(said, Protocol::Knowledge, word, &format!("harm/{}", said.value)))
}

/// The conclusion from a claim: as sure as that.
fn concluded(from: &Claim, protocol: Protocol, value: &str, rule: &str) -> Claim {
    let source = from.evidence.first().map(|evidence| evidence.source).unwrap_or_default();
    let fact = format!("{} = {}", from.attribute, from.value);
    Claim {
        attribute: Attribute::Criticality,
        value: value.to_owned(),
        confidence: from.confidence,
        conflict: false,
        evidence: vec![Evidence { protocol, fact, rule: rule.to_owned(), source, at: None }],
    }
}
