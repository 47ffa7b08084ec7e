//! What an advisory calls a product, taken apart: the models it lists, what it leaves out, what it requires.
//!
//! `IntelliVue MP Series (including MP2/X2/MP30)` names a series and three models; `Vivid products, not including
//! EchoPAC` a family and one that is left out. Each way to be meant is a [`Variant`]: words that must all be found.

use super::text::{Glue, Word, fold, words};
use super::vocabulary::{Kind, is_version, kind};

/// Models from one number to another, such as `MX400-550`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Range {
    /// The letters before the number.
    pub prefix: String,
    /// First number.
    pub low: u32,
    /// Last number.
    pub high: u32,
}

impl Range {
    /// True when `word` is a model of the range.
    pub(super) fn holds(&self, word: &str) -> bool {
        let Some(rest) = word.strip_prefix(self.prefix.as_str()) else { return false };
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        let number = digits.parse::<u32>().ok();
        number.is_some_and(|number| self.low <= number && number <= self.high)
    }
}

/// One place in a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slot {
    /// The words of which one must stand there.
    pub any: Vec<String>,
    /// Or a model of this range.
    pub range: Option<Range>,
    /// What the word contributes.
    pub kind: Kind,
    /// The maker's name, which lists put into another column or leave out.
    pub optional: bool,
    /// The letters of a series: any model of theirs is meant (`MP Series`).
    pub series: bool,
}

/// One product that a text names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Variant {
    /// All that must be found.
    pub slots: Vec<Slot>,
}

/// A product entry's name, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct ProductName {
    /// The products meant; any of them.
    pub variants: Vec<Variant>,
    /// Products said not to be meant.
    pub excluded: Vec<Variant>,
    /// The text speaks of a family: `series`, `products`, `all models`.
    pub family: bool,
    /// What the product must have besides: `with Hawkeye 4`.
    pub qualifier: Option<String>,
}

/// No advisory lists more products in one name; what is beyond is not matched, and never claimed to be fine.
const VARIANTS_MAX: usize = 64;

const EXCLUSIONS: &[&str] =
    &[" not including ", " excluding ", " except for ", " except ", " other than ", " but not "];
/// A parenthesis with one of these is a condition and no other name.
const CONDITIONS: &[&str] =
    &["with", "shipped", "running", "only", "for", "used", "non", "when", "if", "without"];

impl ProductName {
    /// Takes `text` apart; `maker` are the spellings of its maker, each as words.
    pub(super) fn parse(text: &str, maker: &[Vec<String>]) -> ProductName {
        let folded = joined_terms(&fold(text));
        // `x=16,32,64`: a scheme of order numbers, in which words are no names.
        let scheme = folded.find('=').and_then(|at| folded.get(..at)?.rfind(' '));
        let folded = scheme.and_then(|at| folded.get(..at)).unwrap_or(&folded).to_owned();
        let lower = folded.to_ascii_lowercase();
        let cut = EXCLUSIONS.iter().filter_map(|mark| Some((lower.find(mark)?, mark.len()))).min();
        let (kept, excluded) = match cut {
            Some((at, len)) => (folded.get(..at).unwrap_or_default(), folded.get(at + len..)),
            None => (folded.as_str(), None),
        };
        let (outer, inner) = parentheses(kept);
        let mut name = ProductName::default();
        let (base, qualifier) = split_qualifier(&outer);
        name.qualifier = qualifier;
        let base = words(&base);
        let variants = phrases(&base, &[]);
        let brands: Vec<Slot> = variants.first().map(|variant| brands(variant, maker)).unwrap_or_default();
        name.family = base.iter().any(|word| kind(&word.text, false) == Kind::Family);
        name.variants = variants;
        for text in &inner {
            name.add_parenthesis(text, &base, &brands);
        }
        if let Some(excluded) = excluded {
            name.excluded = phrases(&words(&parentheses(excluded).0), &brands);
            // Who names exceptions speaks of a family.
            name.family = true;
        }
        // A kind of device and nothing else: every product of the kind is meant.
        let kind_only = |word: &Word| matches!(kind(&word.text, word.capitals), Kind::Plain);
        name.family |= base.iter().any(|word| word.text == "systems")
            && base.iter().all(|word| kind_only(word) || maker.iter().any(|name| name.contains(&word.text)));
        if name.family {
            mark_series(&mut name.variants);
        }
        for variant in name.variants.iter_mut().chain(&mut name.excluded) {
            mark_maker(variant, maker);
        }
        name.variants.retain(|variant| !variant.slots.is_empty());
        name.variants.truncate(VARIANTS_MAX);
        name
    }

    /// Adds the model numbers that an advisory gives beside the name; those with wildcards name no one model.
    pub(super) fn add_models(&mut self, models: &[String]) {
        for model in models.iter().filter(|model| !model.contains(['*', '?'])) {
            let words = words(&fold(model));
            let slots: Vec<Slot> = words.iter().flat_map(|word| slots(&[word])).collect();
            if slots.iter().any(|slot| slot.any.iter().any(|word| has_digit(word)))
                && self.variants.len() < VARIANTS_MAX
            {
                self.variants.push(Variant { slots });
            }
        }
    }

    fn add_parenthesis(&mut self, text: &str, base: &[Word], brands: &[Slot]) {
        let lower = text.to_ascii_lowercase();
        if lower.contains("all models") || lower.contains("all versions") {
            self.family = true;
            return;
        }
        let listed = ["including", "includes", "incl", "e.g.", "such as"];
        let list = listed.iter().find_map(|mark| lower.strip_prefix(mark).map(|_| mark.len()));
        let inner = words(list.and_then(|len| text.get(len..)).unwrap_or(text));
        let conditional = inner.iter().any(|word| CONDITIONS.contains(&word.text.as_str()));
        if conditional && list.is_none() {
            self.qualifier.get_or_insert_with(|| text.trim().to_owned());
            return;
        }
        if let [word] = inner.as_slice()
            && is_acronym(word, base)
        {
            self.variants.push(acronym(word, brands));
            return;
        }
        self.variants.extend(phrases(&inner, brands));
    }
}

/// True for `CSM` after `Connex Spot Monitor`.
fn is_acronym(word: &Word, base: &[Word]) -> bool {
    let initials: String = base.iter().filter_map(|word| word.text.chars().next()).collect();
    word.text.len() >= 3 && initials.contains(word.text.as_str())
}

/// The short name stands for the whole; the brand may stand beside it.
fn acronym(word: &Word, brands: &[Slot]) -> Variant {
    let mut slots: Vec<Slot> = brands.to_vec();
    slots.iter_mut().for_each(|slot| slot.optional = true);
    let any = vec![word.text.clone()];
    slots.push(Slot { any, range: None, kind: Kind::Brand, optional: false, series: false });
    Variant { slots }
}

/// What `text` leaves out, from the words that say so to the end of the name.
pub(super) fn exclusion(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let at = EXCLUSIONS.iter().filter_map(|mark| lower.find(mark)).min()?;
    let rest = text.get(at..)?;
    Some(rest.split(':').next().unwrap_or(rest).to_owned())
}

/// Terms that a slash or a hyphen is part of.
fn joined_terms(text: &str) -> String {
    let mut text = text.to_owned();
    for (from, to) in [
        ("PET/CT", "PETCT"),
        ("SPECT/CT", "SPECTCT"),
        ("PET/MR", "PETMR"),
        ("CRT-D", "CRT"),
        ("CRT-P", "CRT"),
        ("Wi-Fi", "WiFi"),
        ("X-ray", "Xray"),
        ("X-Ray", "Xray"),
    ] {
        if text.contains(from) {
            text = text.replace(from, to);
        }
    }
    // `includingMP2`: a blank was lost.
    if let Some(at) = text.find("including") {
        let after = at + "including".len();
        if text.get(after..).is_some_and(|rest| rest.starts_with(|c: char| c.is_uppercase())) {
            text.insert(after, ' ');
        }
    }
    text
}

/// The text outside of parentheses, and each text inside one; an open one ends with the text.
fn parentheses(text: &str) -> (String, Vec<String>) {
    let (mut outer, mut inner, mut current) = (String::new(), Vec::new(), String::new());
    let mut depth = 0_usize;
    for letter in text.chars() {
        match letter {
            '(' | '[' => depth += 1,
            ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && !current.trim().is_empty() {
                    inner.push(std::mem::take(&mut current));
                    outer.push(' ');
                }
            }
            _ if depth > 0 => current.push(letter),
            _ => outer.push(letter),
        }
    }
    if !current.trim().is_empty() {
        inner.push(current);
    }
    (outer, inner)
}

/// `Infinia with Hawkeye 4` asks for a Hawkeye.
fn split_qualifier(text: &str) -> (String, Option<String>) {
    match text.to_ascii_lowercase().find(" with ") {
        Some(at) => {
            let rest = text.get(at + 1..).unwrap_or_default().trim();
            (text.get(..at).unwrap_or_default().to_owned(), Some(rest.to_owned()))
        }
        None => (text.to_owned(), None),
    }
}

/// The products a list of words names. A later one without a brand has that of the first, or `inherited`.
fn phrases(words: &[Word], inherited: &[Slot]) -> Vec<Variant> {
    let mut parts: Vec<Vec<&Word>> = Vec::new();
    let mut before: Option<&Word> = None;
    for word in words {
        let splits = word.glue == Glue::List
            || (word.glue == Glue::Slash && before.is_some_and(|before| !alternates(before, word)));
        match parts.last_mut() {
            Some(part) if !splits => part.push(word),
            _ => parts.push(vec![word]),
        }
        before = Some(word);
    }
    let mut brands: Vec<Slot> = inherited.to_vec();
    let mut variants = Vec::new();
    for part in parts {
        let mut slots = slots(&part);
        let tells = |slot: &Slot| !matches!(slot.kind, Kind::Plain | Kind::Family);
        let own: Vec<Slot> = slots.iter().filter(|slot| slot.kind == Kind::Brand).cloned().collect();
        if own.is_empty() {
            // "…, and pumps": describes what was named, and names nothing.
            let named = slots.iter().any(tells) && slots.iter().any(names_a_model);
            if !variants.is_empty() && !named {
                continue;
            }
            let mut with_brand = brands.clone();
            with_brand.append(&mut slots);
            slots = with_brand;
        } else {
            brands = own;
        }
        if !slots.is_empty() && variants.len() < VARIANTS_MAX {
            variants.push(Variant { slots });
        }
    }
    variants
}

/// True for what can follow a brand in a list: a model number, a mark of more than a letter, a word.
fn names_a_model(slot: &Slot) -> bool {
    slot.any.iter().any(|word| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        word.len() >= 2 && (digits < word.len() || digits >= 3)
    })
}

/// True when a slash between two words means one or the other, and not two names.
fn alternates(one: &Word, other: &Word) -> bool {
    let (one, other) = (kind(&one.text, one.capitals), kind(&other.text, other.capitals));
    let names = |kind: Kind| matches!(kind, Kind::Designation | Kind::Version);
    if names(one) || names(other) {
        names(one) && names(other)
    } else {
        one != Kind::Brand && other != Kind::Brand
    }
}

fn slots(words: &[&Word]) -> Vec<Slot> {
    let mut slots: Vec<Slot> = Vec::new();
    let mut first = String::new();
    for (at, word) in words.iter().enumerate() {
        let of = kind(&word.text, word.capitals);
        let glued = at > 0;
        if glued
            && word.glue == Glue::Slash
            && let Some(slot) = slots.last_mut()
        {
            slot.any.push(completed(&first, &word.text));
            continue;
        }
        if glued
            && word.glue == Glue::Hyphen
            && let Some(slot) = slots.last_mut()
            && joined(slot, &first, &word.text)
        {
            continue;
        }
        first.clone_from(&word.text);
        slots.push(Slot {
            any: vec![word.text.clone()],
            range: None,
            kind: of,
            optional: false,
            series: false,
        });
    }
    slots
}

/// Joins a word to the one before the hyphen where both are one: a range, a number with its letters, `X-Scribe`.
fn joined(slot: &mut Slot, first: &str, word: &str) -> bool {
    if let Some(range) = range(first, word) {
        slot.any.push(completed(first, word));
        slot.range = Some(range);
        return true;
    }
    let letters = first.chars().all(|c| c.is_ascii_alphabetic());
    let digits = word.chars().all(|c| c.is_ascii_digit());
    if letters && digits && first.len() <= 4 {
        slot.any = vec![format!("{first}{word}")];
        if word.len() >= 4 {
            slot.any.push(word.to_owned());
        }
        slot.kind = Kind::Designation;
        return true;
    }
    if first.len() == 1 && letters && word.len() >= 4 {
        slot.any = vec![format!("{first}{word}")];
        slot.kind = Kind::Brand;
        return true;
    }
    false
}

/// `letters`, `digits`, rest of a model number.
fn taken_apart(word: &str) -> (&str, &str, &str) {
    let letters = word.find(|c: char| c.is_ascii_digit()).unwrap_or(word.len());
    let (letters, rest) = word.split_at(letters);
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, rest) = rest.split_at(digits);
    (letters, digits, rest)
}

/// `MX400` to `550`.
fn range(first: &str, last: &str) -> Option<Range> {
    let (prefix, low, rest) = taken_apart(first);
    let (other, high, more) = taken_apart(last);
    let fits =
        !prefix.is_empty() && (other.is_empty() || other == prefix) && rest.is_empty() && more.is_empty();
    if !fits || low.len() != high.len() || low.len() > 4 {
        return None;
    }
    let (low, high) = (low.parse().ok()?, high.parse().ok()?);
    (low < high).then(|| Range { prefix: prefix.to_owned(), low, high })
}

/// `700` after `MX800/` is MX700, `5AS` after `M8105A/` is M8105AS: the last digits are exchanged.
fn completed(first: &str, word: &str) -> String {
    let (letters, digits, _) = taken_apart(first);
    let (own, few, _) = taken_apart(word);
    if !own.is_empty() || few.is_empty() || is_version(word) || few.len() > digits.len() {
        return word.to_owned();
    }
    let kept = digits.get(..digits.len() - few.len()).unwrap_or_default();
    format!("{letters}{kept}{word}")
}

/// The brand of a name, for the models that follow it without one.
fn brands(variant: &Variant, maker: &[Vec<String>]) -> Vec<Slot> {
    let mut variant = variant.clone();
    mark_maker(&mut variant, maker);
    variant.slots.retain(|slot| slot.kind == Kind::Brand);
    variant.slots
}

/// `MP` in `MP Series` stands for every model with these letters and a number.
fn mark_series(variants: &mut [Variant]) {
    for variant in variants {
        let numbered = variant.slots.iter().any(|slot| slot.any.iter().any(|word| has_digit(word)));
        for slot in variant.slots.iter_mut().filter(|slot| !numbered && slot.kind == Kind::Designation) {
            slot.series = slot.any.iter().all(|word| word.chars().all(|c| c.is_ascii_alphabetic()));
        }
    }
}

pub(super) fn has_digit(word: &str) -> bool {
    word.chars().any(|c| c.is_ascii_digit())
}

/// Marks the words that are the maker's name.
fn mark_maker(variant: &mut Variant, maker: &[Vec<String>]) {
    for spelling in maker {
        let starts = (variant.slots.len() + 1).saturating_sub(spelling.len());
        for start in 0..starts {
            let here = variant.slots.iter_mut().skip(start).take(spelling.len());
            let mut here: Vec<&mut Slot> = here.collect();
            if !here.is_empty()
                && here.iter().zip(spelling).all(|(slot, word)| slot.any.first() == Some(word))
            {
                here.iter_mut().for_each(|slot| slot.optional = true);
            }
        }
    }
    // A name made of the maker's alone is that name.
    if variant.slots.iter().all(|slot| slot.optional) {
        variant.slots.iter_mut().for_each(|slot| slot.optional = false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The variants as text: `|` between alternatives, `?` behind what may be left out.
    fn variants(text: &str, maker: &[&str]) -> Vec<String> {
        let maker: Vec<Vec<String>> =
            maker.iter().map(|name| name.split(' ').map(str::to_owned).collect()).collect();
        let shown = |variant: &Variant| {
            let slots: Vec<String> = variant.slots.iter().map(shown_slot).collect();
            slots.join(" ")
        };
        ProductName::parse(text, &maker).variants.iter().map(shown).collect()
    }

    fn shown_slot(slot: &Slot) -> String {
        let range =
            slot.range.as_ref().map(|range| format!("[{}{}-{}]", range.prefix, range.low, range.high));
        let mark = if slot.optional { "?" } else { "" };
        let series = if slot.series { "*" } else { "" };
        format!("{}{}{series}{mark}", slot.any.join("|"), range.unwrap_or_default())
    }

    #[test]
    fn real_names_are_taken_apart() {
        let check =
            |text: &str, maker: &[&str], expected: &[&str]| assert_eq!(variants(text, maker), expected);
        check("Avalon Fetal/Maternal Monitors FM20/FM30", &[], &["avalon fetal|maternal monitors fm20|fm30"]);
        check(
            "IntelliVue MP monitors MX800/700 ((865240/41/42) WLAN",
            &[],
            &["intellivue mp monitors mx800|mx700", "intellivue 865240|865241|865242 wlan"],
        );
        check("MP5/5SC (M8105A/5AS)", &[], &["mp5|mp5sc", "m8105a|m8105as"]);
        check(
            "IntelliVue Patient Monitors MX (MX400-550)",
            &[],
            &["intellivue patient monitors mx", "intellivue mx400|mx550[mx400-550]"],
        );
        check(
            "Welch Allyn Connex Spot Monitor (CSM)",
            &["hillrom", "welch allyn"],
            &["welch? allyn? connex spot monitor", "welch? allyn? connex? spot? csm"],
        );
        check("Plum A+ and Symbiq Infusion Systems", &[], &["plum a+", "symbiq infusion systems"]);
        check("Plum A+/A+3 Infusion Systems", &[], &["plum a+|a+3 infusion systems"]);
        check("MMT-503 Remote Controller", &[], &["mmt503 remote controller"]);
        check("Welch Allyn X-Scribe", &["welch allyn"], &["welch? allyn? xscribe"]);
        check(
            "Coronary Tools/Dynamic Coronary Roadmap/Stentboost Live",
            &[],
            &["coronary tools", "dynamic coronary roadmap", "stentboost live"],
        );
        check("Philips", &["philips"], &["philips"]);
        check(
            "ZOOM LATITUDE Programmer/Recorder/Monitor (PRM) - Model 3120",
            &[],
            &["zoom latitude programmer|recorder|monitor model 3120", "zoom? latitude? prm"],
        );
    }

    #[test]
    fn what_is_left_out_required_or_meant_as_a_family_is_kept_apart() {
        let name = ProductName::parse("Venue, not including Venue 40 R1-3 and Venue 50 R4-5", &[]);
        assert_eq!((name.variants.len(), name.excluded.len()), (1, 2));
        let name = ProductName::parse("Infinia with Hawkeye 4 / 1", &[]);
        assert_eq!(name.qualifier.as_deref(), Some("with Hawkeye 4 / 1"));
        assert!(ProductName::parse("Vivid products, not including EchoPAC", &[]).family);
        let series = ProductName::parse("Efficia CM Series", &[]);
        assert!(series.variants.iter().any(|variant| variant.slots.iter().any(|slot| slot.series)));
    }
}
