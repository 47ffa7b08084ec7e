//! How likely a device is the product an advisory names, from the words of both.
//!
//! Every word the advisory names must be found, but for those that only describe; every word of the device must be
//! explained. A model number that differs, a short mark more or less (`A+3`, `ES`, `II`) is another product.

use super::name::{ProductName, Slot, Variant, has_digit};
use super::text::nearly;
use super::vocabulary::{Kind, is_general, is_modality, is_program, is_version};

/// A word of a device's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DeviceWord {
    /// In lower case.
    pub text: String,
    /// What it contributes.
    pub kind: Kind,
    /// Of the maker's name.
    pub maker: bool,
}

/// One way to call a device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Called {
    /// In order.
    pub words: Vec<DeviceWord>,
    /// Two or three neighbouring words as one: (text, first word, how many).
    pub joined: Vec<(String, usize, usize)>,
}

impl Called {
    pub(super) fn new(words: Vec<DeviceWord>) -> Called {
        let mut joined = Vec::new();
        for len in 2..=3 {
            for start in 0..words.len().saturating_sub(len - 1) {
                let here = words.iter().skip(start).take(len);
                let text: String = here.map(|word| word.text.as_str()).collect();
                joined.push((text, start, len));
            }
        }
        Called { words, joined }
    }
}

/// A device as its texts name it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct DeviceName {
    /// As written, then as the knowledge also calls it.
    pub called: Vec<Called>,
    /// Model numbers it bears under any of its names.
    pub numbers: Vec<String>,
}

/// Why two names were taken for one product, or nearly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Why {
    /// All words agree.
    SameName,
    /// The model number agrees; some words are missing or more.
    SameNumber,
    /// The text speaks of a family that it belongs to by name.
    Family,
    /// It may belong to what the text names as a whole.
    PerhapsFamily,
    /// The device is named less exactly than the advisory needs.
    LessExact,
    /// Words differ.
    Differs,
    /// Something the text requires is not known of the device.
    Requirement,
}

/// How likely, and why.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Likeness {
    /// 0 to 1.
    pub probability: f64,
    /// The reason.
    pub why: Why,
}

impl Likeness {
    const NONE: Likeness = Likeness { probability: 0.0, why: Why::Differs };

    fn of(probability: f64, why: Why) -> Likeness {
        Likeness { probability, why }
    }

    fn better(self, other: Likeness) -> Likeness {
        if other.probability > self.probability { other } else { self }
    }
}

/// How likely `device` is what `product` names.
pub(super) fn likeness(product: &ProductName, device: &DeviceName) -> Likeness {
    let best = |variants: &[Variant], family: bool| {
        let mut best = Likeness::NONE;
        for variant in variants {
            for called in &device.called {
                best = best.better(variant_likeness(variant, variants, called, device, family));
            }
        }
        best
    };
    let mut found = best(&product.variants, product.family);
    if found.probability == 0.0 {
        return found;
    }
    if best(&product.excluded, false).probability >= 0.8 {
        return Likeness::NONE;
    }
    // An exception for some releases of a model: whether this is one of them is not known.
    let models: Vec<Variant> = product.excluded.iter().filter_map(first_number_only).collect();
    if best(&models, false).probability >= 0.8 {
        found = Likeness::of(found.probability.min(0.6), Why::Requirement);
    }
    found
}

/// `Venue 40 R1-3` without the releases.
fn first_number_only(variant: &Variant) -> Option<Variant> {
    let numbered = |slot: &Slot| slot.any.iter().any(|word| has_digit(word));
    let first = variant.slots.iter().position(numbered)?;
    let more = variant.slots.iter().skip(first + 1).any(numbered);
    more.then(|| Variant { slots: variant.slots.iter().take(first + 1).cloned().collect() })
}

/// What was found and what not.
#[derive(Default)]
struct Tally {
    brands: usize,
    brands_found: usize,
    slips: usize,
    numbers: usize,
    numbers_found: usize,
    marks_missing: usize,
    marks_found: usize,
    strong: bool,
    parts_missing: usize,
    versions_missing: usize,
    series: bool,
    program: bool,
    literal: bool,
    plain_found: usize,
}

impl Tally {
    /// The name has words enough to be one model's and not a family's.
    fn is_specific(&self) -> bool {
        self.brands >= 2 || (self.brands == 1 && self.plain_found >= 2)
    }
}

/// What of the device's words the product does not explain.
#[derive(Default)]
struct Extra {
    brands: usize,
    /// Short marks: `II`, `XL`, `3`.
    marks: usize,
    /// Model numbers.
    numbers: usize,
    /// Numbers long enough to be a maker's order number.
    orders: usize,
    parts: usize,
    servers: usize,
    hosts: usize,
    plain: usize,
    /// `CT` behind a brand is a name of its own, where the product bears another mark.
    modalities: usize,
}

fn variant_likeness(
    variant: &Variant,
    all: &[Variant],
    called: &Called,
    device: &DeviceName,
    family: bool,
) -> Likeness {
    let mut used = vec![false; called.words.len()];
    let tally = tally(variant, called, &mut used);
    // The short name of the product, beside the long one.
    for (word, used) in called.words.iter().zip(&mut used) {
        let short = word.kind != Kind::Plain && !has_digit(&word.text);
        *used |= short && all.iter().flat_map(|other| &other.slots).any(|slot| slot.any.contains(&word.text));
    }
    let extra = extra(called, &used);
    judge(&tally, &extra, device, family)
}

/// What of the product's words the device bears.
fn tally(variant: &Variant, called: &Called, used: &mut [bool]) -> Tally {
    let mut tally = Tally::default();
    // A name without any brand or number is made of its describing words.
    let telling =
        |slot: &Slot| matches!(slot.kind, Kind::Brand | Kind::Designation | Kind::Version) && !slot.optional;
    let literal = !variant.slots.iter().any(telling);
    tally.literal = literal;
    let mut joined_with_next = false;
    for (at, slot) in variant.slots.iter().enumerate() {
        if std::mem::take(&mut joined_with_next) {
            continue;
        }
        let mut found = find(slot, called, used);
        if found == Found::No
            && let Some(next) = variant.slots.get(at + 1)
            && find_pair(slot, next, called, used)
        {
            joined_with_next = true;
            found = Found::Yes;
            count(&mut tally, next, found, literal);
        }
        count(&mut tally, slot, found, literal);
    }
    tally
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Found {
    Yes,
    /// With a slip of the pen.
    Nearly,
    No,
}

fn count(tally: &mut Tally, slot: &Slot, found: Found, literal: bool) {
    let hit = found != Found::No;
    tally.program |= slot.any.iter().any(|word| is_program(word));
    if slot.optional {
        return;
    }
    match slot.kind {
        Kind::Designation if slot.any.iter().any(|word| has_digit(word)) => {
            tally.numbers += 1;
            tally.numbers_found += usize::from(hit);
            tally.strong |= hit && slot.any.iter().any(|word| is_strong(word));
        }
        Kind::Designation => {
            tally.marks_missing += usize::from(!hit);
            tally.marks_found += usize::from(hit);
            tally.series |= hit && slot.series;
            tally.strong |= hit && slot.series;
        }
        Kind::Version => tally.versions_missing += usize::from(!hit),
        Kind::Part if !literal => tally.parts_missing += usize::from(!hit),
        Kind::Brand => {
            tally.brands += 1;
            tally.brands_found += usize::from(hit);
            tally.slips += usize::from(found == Found::Nearly);
        }
        _ if literal && slot.kind != Kind::Family && !slot.any.iter().any(|word| is_general(word)) => {
            tally.brands += 1;
            tally.brands_found += usize::from(hit);
        }
        Kind::Plain => tally.plain_found += usize::from(hit),
        _ => {}
    }
}

/// A number that hardly two products of one maker share.
fn is_strong(word: &str) -> bool {
    let digits = word.chars().filter(char::is_ascii_digit).count();
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    digits >= 4 || (digits >= 1 && letters >= 1 && digits + letters >= 3)
}

fn find(slot: &Slot, called: &Called, used: &mut [bool]) -> Found {
    for (at, word) in called.words.iter().enumerate() {
        let held = slot.range.as_ref().is_some_and(|range| range.holds(&word.text));
        let series = slot.series && slot.any.iter().any(|letters| is_of_series(letters, &word.text));
        if held || series || slot.any.iter().any(|text| same_word(text, &word.text)) {
            mark(used, at, 1);
            return Found::Yes;
        }
    }
    for (text, start, len) in &called.joined {
        if slot.any.contains(text) || slot.range.as_ref().is_some_and(|range| range.holds(text)) {
            mark(used, *start, *len);
            return Found::Yes;
        }
    }
    if slot.kind == Kind::Brand {
        for (at, word) in called.words.iter().enumerate() {
            if word.kind == Kind::Brand && slot.any.iter().any(|text| is_slip(text, &word.text)) {
                mark(used, at, 1);
                return Found::Nearly;
            }
        }
    }
    Found::No
}

/// Two words of the product that the device writes as one: `MP 20`, `MP20`.
fn find_pair(slot: &Slot, next: &Slot, called: &Called, used: &mut [bool]) -> bool {
    for one in &slot.any {
        for other in &next.any {
            let found = called.words.iter().position(|word| {
                word.text.len() == one.len() + other.len()
                    && word.text.starts_with(one.as_str())
                    && word.text.ends_with(other.as_str())
            });
            if let Some(at) = found {
                mark(used, at, 1);
                return true;
            }
        }
    }
    false
}

fn mark(used: &mut [bool], start: usize, len: usize) {
    used.iter_mut().skip(start).take(len).for_each(|used| *used = true);
}

/// Equal but for the ending of the plural.
fn same_word(one: &str, other: &str) -> bool {
    one == other
        || (!has_digit(one)
            && one.len().abs_diff(other.len()) == 1
            && (one.strip_suffix('s') == Some(other) || other.strip_suffix('s') == Some(one)))
}

/// `mp50` is of the series `mp`.
fn is_of_series(letters: &str, word: &str) -> bool {
    word.strip_prefix(letters).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

/// Shorter words are too near to one another for a slip to be told from another name.
const SLIP_LETTERS_MIN: usize = 6;

fn is_slip(one: &str, other: &str) -> bool {
    one.len() >= SLIP_LETTERS_MIN
        && other.len() >= SLIP_LETTERS_MIN
        && one.as_bytes().first() == other.as_bytes().first()
        && !has_digit(one)
        && !has_digit(other)
        && nearly(one, other)
}

fn extra(called: &Called, used: &[bool]) -> Extra {
    let mut extra = Extra::default();
    for (word, used) in called.words.iter().zip(used) {
        if *used || word.maker {
            continue;
        }
        let digits = word.text.chars().filter(char::is_ascii_digit).count();
        match word.kind {
            Kind::Brand => extra.brands += 1,
            Kind::Designation if digits == 0 || (digits == 1 && word.text.len() <= 2) => extra.marks += 1,
            Kind::Designation if digits >= 5 || word.text.len() >= 7 => extra.orders += 1,
            Kind::Designation => extra.numbers += 1,
            Kind::Part if word.text.starts_with("server") => extra.servers += 1,
            Kind::Part => extra.parts += 1,
            Kind::Host => extra.hosts += 1,
            Kind::Plain => {
                extra.plain += 1;
                extra.modalities += usize::from(is_modality(&word.text));
            }
            Kind::Version | Kind::Family => {}
        }
    }
    extra
}

fn judge(tally: &Tally, extra: &Extra, device: &DeviceName, family: bool) -> Likeness {
    if tally.brands_found + tally.numbers_found + tally.marks_found == 0 {
        return Likeness::NONE;
    }
    if tally.numbers_found < tally.numbers {
        return less_exact(tally, extra, device);
    }
    // A mark of letters is not missed where the number says which.
    let mark_missing = tally.marks_missing > 0 && tally.numbers_found == 0;
    if mark_missing {
        let other = extra.marks > 0 || !device.numbers.is_empty();
        return if other { Likeness::NONE } else { less_exact(tally, extra, device) };
    }
    let mut found = named(tally, extra, family, !device.numbers.is_empty());
    if tally.versions_missing > 0 {
        found = Likeness::of(found.probability.min(0.6), Why::LessExact);
    }
    if tally.slips > 0 {
        found.probability *= 0.95;
    }
    found
}

/// The device bears none of the numbers or marks that would say which of the brand's models it is.
fn less_exact(tally: &Tally, extra: &Extra, device: &DeviceName) -> Likeness {
    let unnumbered = device.numbers.is_empty() && tally.numbers_found == 0;
    let brand = tally.brands > 0 && tally.brands_found == tally.brands;
    if unnumbered && brand && extra.brands + extra.marks + extra.parts + extra.servers + extra.modalities == 0
    {
        return Likeness::of(0.6, Why::LessExact);
    }
    Likeness::NONE
}

/// Not all brands of the name are found; `numbered` when the device bears a number.
fn half_named(tally: &Tally, extra: &Extra, numbered: bool) -> Likeness {
    let (some, half) = (tally.brands_found > 0, tally.brands_found * 2 >= tally.brands);
    if tally.literal || tally.parts_missing > 0 || (tally.series && tally.brands > 1) {
        return Likeness::NONE;
    }
    match () {
        () if tally.strong && extra.brands == 0 => Likeness::of(0.87, Why::SameNumber),
        () if tally.numbers_found > 0 && some && extra.brands == 0 => Likeness::of(0.85, Why::SameNumber),
        () if tally.strong && some => Likeness::of(0.82, Why::SameNumber),
        () if half && some && !numbered && extra.brands + extra.marks + extra.plain == 0 => {
            Likeness::of(0.55, Why::LessExact)
        }
        () if tally.strong => Likeness::of(0.4, Why::Differs),
        () => Likeness::NONE,
    }
}

/// All numbers agree, or the product has none.
fn named(tally: &Tally, extra: &Extra, family: bool, numbered: bool) -> Likeness {
    let whole = tally.brands_found == tally.brands;
    if !whole {
        return half_named(tally, extra, numbered);
    }
    let mut found = Likeness::of(0.97, Why::SameName);
    let mut at_most = |probability: f64, why: Why| {
        if probability < found.probability {
            found = Likeness::of(probability, why);
        }
    };
    if tally.series {
        at_most(0.9, Why::Family);
    }
    if extra.brands > 0 {
        match () {
            () if tally.strong => at_most(0.87, Why::SameNumber),
            () if family => at_most(0.85, Why::Family),
            () if tally.brands >= 2 => at_most(0.55, Why::PerhapsFamily),
            () => at_most(0.4, Why::Differs),
        }
    }
    if extra.marks > 0 {
        at_most(if family { 0.85 } else { 0.4 }, if family { Why::Family } else { Why::Differs });
    }
    if extra.numbers > 0 && tally.numbers_found == 0 && !tally.series {
        match () {
            () if family => at_most(0.88, Why::Family),
            // A name of several words is a model's own; what follows is how the maker orders it.
            () if tally.is_specific() => at_most(0.82, Why::SameName),
            () => at_most(0.6, Why::PerhapsFamily),
        }
    } else if extra.numbers > 0 {
        at_most(0.87, Why::SameNumber);
    }
    if extra.orders > 0 {
        at_most(0.87, Why::SameName);
    }
    if tally.parts_missing > 0 {
        at_most(0.4, Why::Differs);
    }
    if extra.parts > 0 {
        at_most(if tally.strong || family { 0.85 } else { 0.45 }, Why::Differs);
    }
    // Programs run on servers; a cabinet or a pump and its server are two products.
    if extra.servers > 0 {
        at_most(if tally.program || tally.brands >= 2 { 0.85 } else { 0.6 }, Why::PerhapsFamily);
    }
    if extra.hosts > 0 {
        at_most(0.9, Why::SameName);
    }
    found
}

/// A word as a device bears it.
pub(super) fn device_word(text: &str, kind: Kind, maker: bool) -> DeviceWord {
    DeviceWord { text: text.to_owned(), kind, maker }
}

/// True for words that tell models of a brand apart by number.
pub(super) fn is_number(word: &DeviceWord) -> bool {
    word.kind == Kind::Designation && has_digit(&word.text) && !is_version(&word.text)
}
