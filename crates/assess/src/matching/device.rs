//! What a device is called: its makers, and every way to name its model that its claims and the knowledge give.

use super::compare::{Called, DeviceName, DeviceWord, device_word, is_number};
use super::maker::{Houses, Maker, makers, mentioned};
use super::text::{Glue, Word, fold, words};
use super::vocabulary::{Kind, kind};
use cordon_knowledge::Knowledge;
use cordon_model::identify::{Attribute, Device};
use std::collections::BTreeSet;

/// The texts of a device that say which product it is; devices with equal texts are the same product.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Texts {
    /// Maker.
    pub manufacturer: String,
    /// Models and brands, the surest first.
    pub models: Vec<String>,
    /// Version of Windows, in lower case.
    pub windows: Option<String>,
}

impl Texts {
    /// Of `device`'s claims.
    pub(super) fn of(device: &Device) -> Texts {
        let shown = device.claims.iter().filter(|claim| claim.confidence.value() >= Device::SHOWN_FROM);
        let values = |attribute: Attribute| shown.clone().filter(move |claim| claim.attribute == attribute);
        let brand = values(Attribute::Brand).map(|claim| claim.value.clone()).next();
        let mut models: Vec<String> = values(Attribute::Model).map(|claim| claim.value.clone()).collect();
        if let Some(brand) = brand {
            let both = models.first().map(|model| format!("{brand} {model}"));
            models.extend(both.or(Some(brand)));
        }
        let os = device.value(Attribute::Os).unwrap_or_default().to_ascii_lowercase();
        let version = device.value(Attribute::OsVersion).unwrap_or_default().to_ascii_lowercase();
        let windows = (os.contains("windows") && !version.is_empty()).then(|| {
            version
                .split([' ', '.'])
                .find(|word| !word.is_empty() && *word != "windows")
                .unwrap_or_default()
                .to_owned()
        });
        Texts {
            manufacturer: device.value(Attribute::Manufacturer).unwrap_or_default().trim().to_owned(),
            models,
            windows: windows.filter(|version| !version.is_empty()),
        }
    }
}

/// A device, ready to be compared with what advisories name.
#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// Its makers; empty when nothing says.
    pub makers: BTreeSet<Maker>,
    /// Its names.
    pub name: DeviceName,
}

/// More names are not looked at.
const CALLED_MAX: usize = 24;
/// The longest name of a model in the knowledge, in words.
const ALIAS_WORDS_MAX: usize = 6;
/// A bare number shorter than this is several makers'.
const BARE_DIGITS_MIN: usize = 5;

impl Known {
    pub(super) fn of(texts: &Texts, knowledge: &Knowledge, houses: &Houses) -> Known {
        let mut makers = makers(&texts.manufacturer, knowledge);
        if makers.is_empty() {
            makers = texts.models.iter().flat_map(|model| mentioned(model, &knowledge.vendors)).collect();
        }
        let maker_words = houses.spellings(&makers);
        let mut called: Vec<Called> = Vec::new();
        let mut numbers: BTreeSet<String> = BTreeSet::new();
        let before = device_words(&words(&fold(&texts.manufacturer)), &maker_words, true);
        for model in &texts.models {
            let written = words(&fold(model));
            let own = device_words(&written, &maker_words, false);
            let own_numbers: Vec<&DeviceWord> = own.iter().filter(|word| is_number(word)).collect();
            let mut aliased = aliases(&own, knowledge);
            if !own_numbers.is_empty() {
                let more = aliased.iter().flatten().filter(|word| is_number(word));
                numbers.extend(own_numbers.into_iter().chain(more).map(|word| word.text.clone()));
            }
            aliased.insert(0, own);
            for words in aliased {
                let named = Called::new(before.iter().cloned().chain(words).collect());
                if called.len() < CALLED_MAX && !called.contains(&named) {
                    called.push(named);
                }
            }
        }
        let name = DeviceName { called, numbers: numbers.into_iter().collect() };
        Known { makers, name }
    }
}

/// The words with what each contributes. In a text of capitals alone, capitals tell nothing.
fn device_words(words: &[Word], maker: &[Vec<String>], all_maker: bool) -> Vec<DeviceWord> {
    let shouted = words.iter().filter(|word| word.text.len() > 3).all(|word| word.capitals);
    let mut found: Vec<DeviceWord> = words
        .iter()
        .map(|word| device_word(&word.text, kind(&word.text, word.capitals && !shouted), all_maker))
        .collect();
    // `MMT-1715`: the letters are part of the number that follows.
    for (at, next) in words.iter().enumerate().skip(1) {
        let numbered = next.glue == Glue::Hyphen && next.text.starts_with(|c: char| c.is_ascii_digit());
        let before = found.get_mut(at - 1).filter(|word| numbered && word.kind == Kind::Designation);
        if let Some(before) = before.filter(|word| !word.text.contains(|c: char| c.is_ascii_digit())) {
            before.kind = Kind::Plain;
        }
    }
    for spelling in maker {
        let starts = (found.len() + 1).saturating_sub(spelling.len());
        for start in 0..starts {
            let here = found.iter().skip(start).take(spelling.len());
            if here.zip(spelling).all(|(word, text)| word.text == *text) {
                found.iter_mut().skip(start).take(spelling.len()).for_each(|word| word.maker = true);
            }
        }
    }
    found
}

/// The names that the knowledge gives for the model, or for a part of its text, in place of that part.
fn aliases(own: &[DeviceWord], knowledge: &Knowledge) -> Vec<Vec<DeviceWord>> {
    let mut found = Vec::new();
    let tells = |word: &&DeviceWord| !word.maker && !matches!(word.kind, Kind::Plain | Kind::Family);
    let telling = own.iter().filter(tells).count();
    for len in (1..=ALIAS_WORDS_MAX.min(own.len())).rev() {
        for start in 0..=own.len() - len {
            let part: Vec<&DeviceWord> = own.iter().skip(start).take(len).collect();
            let text: Vec<&str> = part.iter().map(|word| word.text.as_str()).collect();
            let text = text.join(" ");
            let bare = text.chars().all(|c| c.is_ascii_digit()) && text.len() < BARE_DIGITS_MIN;
            let short = text.len() < 3;
            let whole = part.iter().copied().filter(tells).count() == telling;
            if (bare || short) && !whole {
                continue;
            }
            for alias in knowledge.models.names(&text) {
                let alias_words = device_words(&words(&fold(alias)), &[], false);
                let before = own.iter().take(start).cloned();
                let after = own.iter().skip(start + len).cloned();
                let replaced: Vec<DeviceWord> = before.chain(alias_words).chain(after).collect();
                if replaced != own && !found.contains(&replaced) {
                    found.push(replaced);
                }
            }
        }
    }
    found
}
