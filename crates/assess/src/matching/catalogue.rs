//! Advisories, ready to be asked which of them concern a device.

use super::compare::{Likeness, Why, likeness};
use super::context;
use super::device::Known;
use super::fix::Fixes;
use super::judge::{Entry, SURE_FROM, Stated};
use super::keys;
use super::maker::{Houses, Maker, makers};
use super::name::{ProductName, exclusion};
use crate::advisory::{Advisory, Product};
use crate::version::{Bounds, Condition, Version};
use cordon_knowledge::Knowledge;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, OnceLock};

/// How sure a match must be to be told (CSAF 2.1, 9.1.13: a probability that a user widens or narrows).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// The least probability, 0 to 1, that a device is the product an advisory names.
    pub match_from: f64,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings { match_from: 0.5 }
    }
}

/// A name that product entries bear, and the entries that bear it.
pub(super) struct Named {
    maker: u32,
    pub(super) name: ProductName,
    /// (advisory, product), in order.
    pub(super) entries: Vec<(u32, u32)>,
}

/// What of a device's product is found in advisories: by advisory, the entries it may be.
#[derive(Clone, Debug, Default)]
pub(super) struct Identity {
    pub(super) entries: BTreeMap<u32, Vec<Entry>>,
    /// A condition asks for a serial number or a date, so that devices of one name are not alike.
    pub(super) one_by_one: bool,
}

/// The names that words of devices lead to: for all devices, and for those without a number besides.
///
/// Lists of a hospital repeat few words many times. A brand, which may be misspelt, leads further than the same word
/// of a maker's name does.
#[derive(Default)]
pub(super) struct FoundByWord {
    brands: HashMap<String, (Vec<u32>, Vec<u32>)>,
    others: HashMap<String, (Vec<u32>, Vec<u32>)>,
}

/// Advisories with their products found by name.
pub struct Catalogue<'k> {
    pub(super) knowledge: &'k Knowledge,
    pub(super) houses: Arc<Houses>,
    pub(super) settings: Settings,
    pub(super) advisories: Vec<Advisory>,
    /// By advisory and product, what is said.
    pub(super) statements: Vec<BTreeMap<u32, Vec<Stated>>>,
    /// By advisory, the versions with the fix that its remedies name, read when first asked.
    pub(super) fixes: Vec<OnceLock<Fixes>>,
    makers: Vec<BTreeSet<Maker>>,
    pub(super) names: Vec<Named>,
    /// By advisory, the words of its title.
    titles: Vec<BTreeSet<String>>,
    strict: HashMap<String, Vec<u32>>,
    loose: HashMap<String, Vec<u32>>,
}

/// Numbers of advisories and products beyond this are not indexed; no collection comes near.
fn index(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The name by which an entry's product is compared.
pub(super) fn product_text(product: &Product) -> String {
    if product.name.trim().is_empty() {
        return product.full_name.clone();
    }
    let lower = product.name.to_lowercase();
    let excluded = exclusion(&product.full_name).filter(|_| exclusion(&product.name).is_none());
    let more = product.families.iter().filter(|family| !lower.contains(&family.to_lowercase()));
    let words: Vec<&str> = more.map(String::as_str).chain([product.name.as_str()]).collect();
    format!("{}{}", words.join(" "), excluded.unwrap_or_default())
}

impl<'k> Catalogue<'k> {
    /// Makes a catalogue of `advisories`, which keep their order.
    pub fn new(advisories: Vec<Advisory>, knowledge: &'k Knowledge, settings: Settings) -> Catalogue<'k> {
        Catalogue::among(advisories, knowledge, Arc::new(Houses::of(&knowledge.vendors)), settings)
    }

    /// The same, where it is known who belongs to whom.
    pub(super) fn among(
        advisories: Vec<Advisory>,
        knowledge: &'k Knowledge,
        houses: Arc<Houses>,
        settings: Settings,
    ) -> Catalogue<'k> {
        let mut catalogue = Catalogue {
            knowledge,
            houses,
            settings,
            statements: advisories.iter().map(by_product).collect(),
            fixes: advisories.iter().map(|_| OnceLock::new()).collect(),
            titles: advisories.iter().map(|advisory| context::title(&advisory.title)).collect(),
            advisories,
            makers: Vec::new(),
            names: Vec::new(),
            strict: HashMap::new(),
            loose: HashMap::new(),
        };
        catalogue.index_names();
        catalogue
    }

    /// The advisories, in order.
    pub fn advisories(&self) -> &[Advisory] {
        &self.advisories
    }

    /// The words by which its names are found: each with the names, and whether it finds them for all devices or
    /// only for those without a number.
    pub(super) fn keys(&self) -> impl Iterator<Item = (&String, &Vec<u32>, bool)> {
        let strict = self.strict.iter().map(|(key, names)| (key, names, true));
        strict.chain(self.loose.iter().map(|(key, names)| (key, names, false)))
    }

    fn index_names(&mut self) {
        let mut makers_of: HashMap<String, u32> = HashMap::new();
        let mut spellings_of: Vec<Vec<Vec<String>>> = Vec::new();
        let mut names_of: HashMap<(u32, String, Vec<String>), u32> = HashMap::new();
        for (advisory, document) in self.advisories.iter().enumerate() {
            for (at, product) in document.products.iter().enumerate() {
                let whole = product
                    .composed
                    .as_ref()
                    .and_then(|composed| document.products.get(composed.whole as usize));
                let named = whole.unwrap_or(product);
                let maker = *makers_of.entry(named.vendor.clone()).or_insert_with(|| {
                    let own = makers(&named.vendor, self.knowledge);
                    spellings_of.push(self.houses.spellings(&own));
                    self.makers.push(own);
                    index(self.makers.len() - 1)
                });
                let text = product_text(named);
                let key = (maker, text.clone(), named.helpers.models.clone());
                let name = *names_of.entry(key).or_insert_with(|| {
                    let spelled = spellings_of.get(maker as usize).map(Vec::as_slice).unwrap_or_default();
                    let mut name = ProductName::parse(&text, spelled);
                    name.add_models(&named.helpers.models);
                    let found = keys::of_product(&name);
                    let at = index(self.names.len());
                    for (into, keys) in [(&mut self.strict, found.strict), (&mut self.loose, found.loose)] {
                        keys.into_iter().for_each(|key| into.entry(key).or_default().push(at));
                    }
                    self.names.push(Named { maker, name, entries: Vec::new() });
                    at
                });
                if let Some(named) = self.names.get_mut(name as usize) {
                    named.entries.push((index(advisory), index(at)));
                }
            }
        }
    }

    /// The products that a device may be, and how likely.
    pub(super) fn identify(&self, device: &Known, found: &mut FoundByWord) -> Identity {
        self.identify_among(device, &self.candidates(device, found))
    }

    /// The same, where the names that share a key with the device are known.
    pub(super) fn identify_among(&self, device: &Known, candidates: &[u32]) -> Identity {
        let mut agrees: HashMap<u32, Option<f64>> = HashMap::new();
        let mut by_advisory: BTreeMap<u32, Vec<Entry>> = BTreeMap::new();
        for at in candidates {
            let Some(named) = self.names.get(*at as usize) else { continue };
            let factor = agrees.entry(named.maker).or_insert_with(|| self.maker_factor(named.maker, device));
            let Some(factor) = *factor else { continue };
            let found = likeness(&named.name, &device.name);
            let probability = found.probability * factor;
            if probability < self.settings.match_from.min(CONTEXT_FROM) {
                continue;
            }
            let likeness = Likeness { probability, why: found.why };
            for (advisory, product) in &named.entries {
                let entry = self.in_context(named, device, factor, *advisory, Entry::new(*product, likeness));
                if let Some(entry) =
                    entry.filter(|entry| entry.likeness.probability >= self.settings.match_from)
                {
                    by_advisory.entry(*advisory).or_default().push(entry);
                }
            }
        }
        let mut one_by_one = false;
        for (advisory, entries) in &mut by_advisory {
            nearest(entries);
            let products =
                self.advisories.get(*advisory as usize).map(|advisory| advisory.products.as_slice());
            one_by_one |= entries.iter().any(|entry| {
                let product = products.and_then(|products| products.get(entry.product as usize));
                product.is_some_and(|product| asks_for_the_single_device(&product.condition))
            });
        }
        Identity { entries: by_advisory, one_by_one }
    }

    /// The entry as its document's title and its version text bear on it; `None` when they say that it is another
    /// model.
    fn in_context(
        &self,
        named: &Named,
        device: &Known,
        factor: f64,
        at: u32,
        mut entry: Entry,
    ) -> Option<Entry> {
        let advisory = self.advisories.get(at as usize)?;
        let product = advisory.products.get(entry.product as usize)?;
        let codes = context::codes(&product.version);
        if !codes.is_empty() {
            match context::variant(&codes, &device.name) {
                context::Variant::This { code, words } => {
                    let explained = context::explained(&device.name, |word| words.contains(word));
                    entry.likeness = improved(entry.likeness, likeness(&named.name, &explained), factor);
                    entry.variant = Version::parse(&code);
                }
                context::Variant::Another if entry.likeness.why == Why::PerhapsFamily => return None,
                context::Variant::Another | context::Variant::NotSaid => {}
            }
        }
        if entry.likeness.probability < SURE_FROM {
            let title = self.titles.get(at as usize)?;
            let explained = context::explained(&device.name, |word| title.contains(word));
            entry.likeness = improved(entry.likeness, likeness(&named.name, &explained), factor);
        }
        Some(entry)
    }

    /// The names that share a key with the device, in order; what a word leads to is kept in `found`.
    fn candidates(&self, device: &Known, found: &mut FoundByWord) -> Vec<u32> {
        let is_unnumbered = device.name.numbers.is_empty();
        let mut candidates: Vec<u32> = Vec::new();
        let mut of_key = |key: &str| {
            candidates.extend(self.strict.get(key).into_iter().flatten());
            candidates.extend(self.loose.get(key).filter(|_| is_unnumbered).into_iter().flatten());
        };
        for (text, ..) in device.name.called.iter().flat_map(|called| &called.joined) {
            keys::of_joined(text, &mut of_key);
        }
        for word in device.name.called.iter().flat_map(|called| &called.words) {
            let by_word = if keys::is_brand(word) { &mut found.brands } else { &mut found.others };
            if !by_word.contains_key(&word.text) {
                let mut leads = (Vec::new(), Vec::new());
                keys::of_word(word, &mut |key: &str| {
                    leads.0.extend(self.strict.get(key).into_iter().flatten().copied());
                    leads.1.extend(self.loose.get(key).into_iter().flatten().copied());
                });
                by_word.insert(word.text.clone(), leads);
            }
            let (strict, loose) = by_word.get(&word.text).map(|(s, l)| (s, l)).unzip();
            candidates.extend(strict.into_iter().flatten());
            candidates.extend(loose.filter(|_| is_unnumbered).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        candidates
    }

    /// What the makers of both say: a factor on the probability, `None` when they are two.
    fn maker_factor(&self, maker: u32, device: &Known) -> Option<f64> {
        let named = self.makers.get(maker as usize)?;
        maker_factor(named, device, &self.houses)
    }
}

/// Names less alike than this are not looked at again with their document's title.
const CONTEXT_FROM: f64 = 0.35;
/// The most that a word of the title or of the version text adds up to.
const IN_CONTEXT: f64 = 0.9;

fn improved(own: Likeness, again: Likeness, factor: f64) -> Likeness {
    let probability = (again.probability * factor).min(IN_CONTEXT);
    if probability > own.probability { Likeness { probability, why: again.why } } else { own }
}

/// Where one side names no maker, only the product's name speaks.
const MAKER_NOT_NAMED: f64 = 0.85;

pub(super) fn maker_factor(named: &BTreeSet<Maker>, device: &Known, houses: &Houses) -> Option<f64> {
    if named.is_empty() || device.makers.is_empty() {
        return Some(MAKER_NOT_NAMED);
    }
    houses.agree(&device.makers, named).then_some(1.0)
}

/// Entries this much less likely than the best one are about its siblings.
const NEAREST_WITHIN: f64 = 0.1;

/// Where one entry is surely meant, those of siblings are not.
pub(super) fn nearest(entries: &mut Vec<Entry>) {
    let best = entries.iter().map(|entry| entry.likeness.probability).fold(0.0, f64::max);
    if best >= SURE_FROM {
        entries.retain(|entry| entry.likeness.probability >= best - NEAREST_WITHIN);
    }
    entries.sort_by_key(|entry| entry.product);
}

pub(super) fn asks_for_the_single_device(condition: &Condition) -> bool {
    let Condition::Typed(readings) = condition else { return false };
    let mut clauses = readings.iter().flatten();
    clauses.any(|clause| matches!(clause.bounds, Bounds::Dated { .. } | Bounds::Serial { .. }))
}

/// What an advisory says, by product.
pub(super) fn by_product(advisory: &Advisory) -> BTreeMap<u32, Vec<Stated>> {
    let mut found: BTreeMap<u32, Vec<Stated>> = BTreeMap::new();
    for statement in &advisory.statements {
        let stated = Stated {
            vulnerability: statement.vulnerability,
            status: statement.status,
            justification: statement.justification,
        };
        found.entry(statement.product).or_default().push(stated);
    }
    found
}
