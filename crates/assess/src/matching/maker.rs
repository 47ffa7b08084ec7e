//! Which makers a text names, and whether two texts name one, today or before one bought the other.

use super::text::{fold, nearly};
use cordon_knowledge::Knowledge;
use cordon_knowledge::{MergerKind, Vendors};
use std::collections::{BTreeMap, BTreeSet};

/// A maker as it is compared: its usual name where known, else the words of the text.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Maker {
    /// By its usual name.
    Known(String),
    /// By the words of the text, legal forms left out.
    Unknown(String),
}

/// The longest spelling of a maker, in words.
const SPELLING_WORDS_MAX: usize = 5;
/// A slip of the pen is told from another name only in words this long.
const SLIP_LETTERS_MIN: usize = 6;
/// The shortest first word by which two unknown makers are taken for one.
const FIRST_WORD_MIN: usize = 4;

/// The makers that `text` names; more than one where it lists several, none where it is empty.
pub(super) fn makers(text: &str, knowledge: &Knowledge) -> BTreeSet<Maker> {
    let vendors = &knowledge.vendors;
    let known = |text: &str| vendors.known(text).map(|name| Maker::Known(name.to_owned()));
    if let Some(maker) = known(text) {
        return BTreeSet::from([maker]);
    }
    let folded = fold(text);
    let parts = folded.split([',', ';', '/', '(', ')', '|', '&']).flat_map(|part| part.split(" and "));
    let mut makers: BTreeSet<Maker> = parts.filter_map(known).collect();
    if makers.is_empty() {
        makers = mentioned(&folded, vendors);
    }
    let plain = Vendors::plain(&folded);
    if makers.is_empty() {
        makers = slips(&plain, vendors);
    }
    if makers.is_empty() && !plain.is_empty() {
        makers.insert(Maker::Unknown(plain));
    }
    makers
}

/// Makers whose spelling stands among the words of `text`, the longest spelling first.
pub(super) fn mentioned(text: &str, vendors: &Vendors) -> BTreeSet<Maker> {
    let plain = Vendors::plain(text);
    let words: Vec<&str> = plain.split(' ').filter(|word| !word.is_empty()).collect();
    let mut makers = BTreeSet::new();
    let mut at = 0;
    while at < words.len() {
        let longest = (1..=SPELLING_WORDS_MAX).rev().find_map(|len| {
            let here = words.get(at..at + len)?.join(" ");
            vendors.known(&here).map(|name| (len, name))
        });
        if let Some((len, name)) = longest {
            makers.insert(Maker::Known(name.to_owned()));
            at += len;
        } else {
            at += 1;
        }
    }
    makers
}

/// Makers whose spelling begins with `plain`, or differs from it or its first word by one slip of the pen.
fn slips(plain: &str, vendors: &Vendors) -> BTreeSet<Maker> {
    if plain.len() < SLIP_LETTERS_MIN {
        return BTreeSet::new();
    }
    let first = plain.split(' ').next().unwrap_or_default();
    let begins = |spelling: &str| spelling.strip_prefix(plain).is_some_and(|rest| rest.starts_with(' '));
    let is_slip = |spelling: &str| {
        let long = spelling.len() >= SLIP_LETTERS_MIN;
        begins(spelling)
            || long
                && (nearly(spelling, plain) || (first.len() >= SLIP_LETTERS_MIN && nearly(spelling, first)))
    };
    let near: BTreeSet<&str> =
        vendors.all_spellings().filter(|(spelling, _)| is_slip(spelling)).map(|(_, name)| name).collect();
    // Near to two makers is near to none.
    if near.len() > 1 {
        return BTreeSet::new();
    }
    near.into_iter().map(|name| Maker::Known(name.to_owned())).collect()
}

/// Who belongs to whom, worked out once.
pub(super) struct Houses {
    /// By a maker's usual name, its owner's.
    owners: BTreeMap<String, String>,
    /// By a maker's usual name, every spelling of it, its owners and those that came into it, each as words.
    spellings: BTreeMap<String, Vec<Vec<String>>>,
}

/// No chain of owners is longer; a circle must end too.
const OWNERS_MAX: usize = 8;

impl Houses {
    pub(super) fn of(vendors: &Vendors) -> Houses {
        let mut owners = BTreeMap::new();
        for merger in vendors.mergers().iter().filter(|merger| merger.kind != MergerKind::SpunOff) {
            let name = vendors.canonical(&merger.name);
            if name != merger.into {
                owners.entry(name.to_owned()).or_insert_with(|| merger.into.clone());
            }
        }
        let mut houses = Houses { owners, spellings: BTreeMap::new() };
        let mut own: BTreeMap<&str, Vec<Vec<String>>> = BTreeMap::new();
        for (spelling, usual) in vendors.all_spellings() {
            own.entry(usual).or_default().push(words(spelling));
        }
        for name in own.keys() {
            let related = own
                .iter()
                .filter(|(other, _)| houses.came_into(other, name) || houses.came_into(name, other));
            let all = related.flat_map(|(_, spellings)| spellings.iter().cloned()).collect();
            houses.spellings.insert((*name).to_owned(), all);
        }
        houses
    }

    /// True when the one became part of the other, both given under their usual names.
    fn came_into(&self, brand: &str, owner: &str) -> bool {
        let mut current = brand;
        for _ in 0..OWNERS_MAX {
            if current == owner {
                return true;
            }
            match self.owners.get(current) {
                Some(next) => current = next,
                None => return false,
            }
        }
        false
    }

    /// True when a device of one of `own` may be a product of one of `named`: they are one maker, or one came into
    /// the other, so that either's name may stand on the device or in the advisory.
    pub(super) fn agree(&self, own: &BTreeSet<Maker>, named: &BTreeSet<Maker>) -> bool {
        own.iter().any(|own| named.iter().any(|named| self.one(own, named)))
    }

    fn one(&self, own: &Maker, named: &Maker) -> bool {
        match (own, named) {
            (Maker::Known(own), Maker::Known(named)) => {
                self.came_into(own, named) || self.came_into(named, own)
            }
            (Maker::Unknown(own), Maker::Unknown(named)) => {
                let first = |text: &'_ str| text.split(' ').next().map(str::to_owned).unwrap_or_default();
                own == named || (first(own) == first(named) && first(own).len() >= FIRST_WORD_MIN)
            }
            _ => false,
        }
    }

    /// Every spelling of the makers and of those that belong to them, each as words; the longest first.
    pub(super) fn spellings(&self, makers: &BTreeSet<Maker>) -> Vec<Vec<String>> {
        let mut spellings: BTreeSet<Vec<String>> = BTreeSet::new();
        for maker in makers {
            match maker {
                Maker::Unknown(text) => {
                    spellings.insert(words(text));
                    let first = text.split(' ').next().filter(|word| word.len() >= FIRST_WORD_MIN);
                    spellings.extend(first.map(words));
                }
                Maker::Known(name) => {
                    spellings.extend(self.spellings.get(name).into_iter().flatten().cloned())
                }
            }
        }
        let mut spellings: Vec<Vec<String>> = spellings.into_iter().collect();
        spellings.sort_by_key(|spelling| std::cmp::Reverse(spelling.len()));
        spellings
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(knowledge: &Knowledge, own: &str, named: &str) -> bool {
        Houses::of(&knowledge.vendors).agree(&makers(own, knowledge), &makers(named, knowledge))
    }

    #[test]
    fn makers_are_one_under_every_spelling_and_after_every_merger() {
        let knowledge = Knowledge::builtin().unwrap();
        for (own, named) in [
            ("BD", "Becton, Dickinson and Company (BD)"),
            ("CareFusion 303 Inc", "Becton, Dickinson and Company (BD)"),
            ("BD / CareFusion", "BD"),
            ("Hospira", "ICU Medical"),
            ("Smiths Medical", "ICU Medical"),
            ("Baxter (Hillrom)", "Hillrom"),
            ("Welch Allyn Inc.", "Baxter"),
            ("GE Healthcare IT", "General Electric (GE)"),
            ("Philips Electronics North America", "Phillips"),
            ("Medtronics", "Medtronic"),
            ("Smiths", "Smiths Medical"),
            ("Innokas Oy", "Innokas YhtymÃ¤ Oy"),
            ("BMC Medical", "BMC Medical, 3B Medical"),
            ("Acme Devices Ltd", "ACME Devices GmbH"),
        ] {
            assert!(same(&knowledge, own, named), "{own} {named}");
        }
    }

    #[test]
    fn makers_are_not_one_for_being_near_or_of_one_owner() {
        let knowledge = Knowledge::builtin().unwrap();
        for (own, named) in [
            ("Welch Allyn", "Gambro"),
            ("Philips", "Siemens"),
            ("Baxter", "B. Braun"),
            ("GE", "Gambro"),
            ("Acme", "Acne"),
            ("", "BD"),
        ] {
            assert!(!same(&knowledge, own, named), "{own} {named}");
        }
    }
}
