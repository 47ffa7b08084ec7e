//! What FDA publishes about devices: products by device identifier (GUDID), and the classification of product
//! codes. The nouns only: `intake` reads the files, `app` keeps them, `identify` joins them to devices.

use crate::vendors::Vendors;
use std::collections::BTreeMap;

/// One version or model of a device as its labeller registered it (21 CFR 830.300).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Product {
    /// Its place among what was imported, counted from 1.
    pub record: u64,
    /// Primary device identifier.
    pub device: String,
    /// Further device identifiers: of packages, of the unit of use, of the marking on the device itself.
    pub further: Vec<String>,
    /// Name it is sold under.
    pub brand: String,
    /// Version or model number.
    pub model: String,
    /// Catalogue number.
    pub catalogue: String,
    /// The labeller.
    pub company: String,
    /// FDA product codes, in order.
    pub codes: Vec<String>,
    /// Whether it is sold, in FDA's words: `In Commercial Distribution`, `Not in Commercial Distribution`.
    pub distribution: String,
    /// When it ceased or ceases to be sold, `YYYY-MM-DD`; empty when not known.
    pub distribution_end: String,
}

/// What FDA's classification says of a product code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Classification {
    /// Product code.
    pub code: String,
    /// What devices with it are called.
    pub name: String,
    /// Device class: `1`, `2`, `3`, `U` (unclassified), `N` (not classified), `F` (humanitarian use).
    pub class: String,
    /// The regulation (21 CFR), such as `880.5725`; empty when there is none.
    pub regulation: String,
    /// Whether it is life-sustaining or life-supporting; `None` when the record does not say.
    pub life_sustaining: Option<bool>,
    /// Whether it is an implant.
    pub implant: Option<bool>,
}

/// The product codes that were imported.
pub type Classes = BTreeMap<String, Classification>;

/// Fewer letters and digits name no model: `5`, `XL`.
const MODEL_MIN: usize = 3;
/// Words that stand where a brand or model is not given.
const NO_MODEL: &[&str] = &["none", "notapplicable", "unknown", "various", "tbd"];

/// The spelling under which models are looked up: letters and digits, lower case. `None` for what names none.
pub fn model_key(text: &str) -> Option<String> {
    let key: String = text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    (key.chars().count() >= MODEL_MIN && !NO_MODEL.contains(&key.as_str())).then_some(key)
}

impl Product {
    /// The spellings under which this product is looked up by model, each with how sure a match is that only the
    /// maker's name confirms: numbers name one product, a brand several.
    pub fn model_keys(&self) -> Vec<(String, f64)> {
        let whole = format!("{} {}", self.brand, self.model);
        let spellings = [(&self.model, 0.9), (&self.catalogue, 0.9), (&whole, 0.9), (&self.brand, 0.8)];
        let mut keys: Vec<(String, f64)> = Vec::new();
        for (key, sure) in spellings.into_iter().filter_map(|(text, sure)| Some((model_key(text)?, sure))) {
            if !keys.iter().any(|(known, _)| *known == key) {
                keys.push((key, sure));
            }
        }
        keys
    }

    /// All its device identifiers, the primary one first.
    pub fn identifiers(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.device.as_str()).chain(self.further.iter().map(String::as_str))
    }

    /// How sure it is that the labeller is `maker` (under its usual name), 0 to 1: the same name or another
    /// known one; or a name that goes on behind a known one, as those of subsidiaries do.
    pub fn is_made_by(&self, maker: &str, vendors: &Vendors) -> f64 {
        let same = |name: &str| {
            vendors.canonical(name) == vendors.canonical(maker) || model_key(name) == model_key(maker)
        };
        if same(&self.company) || model_key(&words_of(&self.company)) == model_key(&words_of(maker)) {
            return 1.0;
        }
        let words: Vec<&str> = self.company.split_whitespace().collect();
        let begins = (1..words.len()).rev().filter_map(|count| words.get(..count)).map(|part| part.join(" "));
        let known = begins.into_iter().find_map(|part| vendors.known(&part).map(str::to_owned));
        if known.is_some_and(|known| known == vendors.canonical(maker)) { 0.9 } else { 0.0 }
    }
}

/// Words of a company's name without its legal form at the end.
fn words_of(name: &str) -> String {
    const FORMS: &[&str] = &[
        "inc",
        "incorporated",
        "ltd",
        "limited",
        "llc",
        "corp",
        "corporation",
        "co",
        "company",
        "gmbh",
        "ag",
        "kg",
        "kgaa",
        "sa",
        "spa",
        "srl",
        "bv",
        "nv",
        "plc",
        "ab",
        "oy",
        "kk",
        "lp",
    ];
    let plain = name.to_lowercase().replace(['.', ','], " ");
    let mut words: Vec<&str> = plain.split_whitespace().collect();
    while words.len() > 1 && words.last().is_some_and(|last| FORMS.contains(last)) {
        words.pop();
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn models_are_looked_up_by_letters_and_digits() {
        assert_eq!(model_key("Infusomat® Space").as_deref(), Some("infusomatspace"));
        assert_eq!(model_key("8713050-U").as_deref(), Some("8713050u"));
        for text in ["", "-", "XL", "N/A", "Not Applicable", "None"] {
            assert_eq!(model_key(text), None, "{text}");
        }
        let product = Product {
            brand: "Infusomat Space".into(),
            model: "8713050U".into(),
            catalogue: "8713050U".into(),
            ..Product::default()
        };
        let keys: Vec<(String, f64)> = product.model_keys();
        let wanted = [("8713050u", 0.9), ("infusomatspace8713050u", 0.9), ("infusomatspace", 0.8)];
        assert_eq!(keys, wanted.map(|(key, sure)| (key.to_owned(), sure)));
    }

    #[test]
    fn labellers_are_makers_in_their_legal_spelling() {
        let vendors = crate::Knowledge::builtin().unwrap().vendors;
        let of = |company: &str, maker: &str| {
            Product { company: company.into(), ..Product::default() }.is_made_by(maker, &vendors)
        };
        assert_eq!(of("Philips Medical Systems, Inc.", "Philips"), 1.0);
        assert_eq!(of("CONSENSUS ORTHOPEDICS, INC.", "Consensus Orthopedics"), 1.0);
        assert_eq!(of("Philips Image Guided Therapy Corporation", "Philips"), 0.9);
        assert_eq!(of("Baxter Healthcare Corporation", "Philips"), 0.0);
        assert_eq!(of("", "Philips"), 0.0);
    }
}
