//! Versions of Maven artefacts, as `ComparableVersion` orders them: numbers, words with a known order, and lists
//! that begin behind a hyphen or where letters meet digits.

use super::{digits, run};
use std::cmp::Ordering;

/// A part of a version.
#[derive(Clone, Debug)]
enum Item {
    Number(String),
    Word(String),
    List(Vec<Item>),
}

/// Lists within lists beyond this are not read; hostile texts have no meaning to keep.
const DEPTH_MAX: usize = 32;

/// How two versions stand.
pub(super) fn order(one: &str, other: &str) -> Ordering {
    lists(&parse(one), &parse(other))
}

/// Words that mean something, in their order; the empty one is the release itself.
const QUALIFIERS: [&str; 7] = ["alpha", "beta", "milestone", "rc", "snapshot", "", "sp"];

fn parse(text: &str) -> Vec<Item> {
    let lower = text.to_ascii_lowercase();
    // Lists from the outermost to the one that is being filled.
    let mut open: Vec<Vec<Item>> = vec![Vec::new()];
    let mut rest = lower.as_str();
    while let Some(first) = rest.chars().next() {
        match first {
            '.' => {
                if rest.len() == lower.len() || follows_separator(&lower, rest) {
                    push(&mut open, Item::Number("0".to_owned()));
                }
                rest = rest.get(1..).unwrap_or_default();
            }
            '-' => {
                if rest.len() == lower.len() || follows_separator(&lower, rest) {
                    push(&mut open, Item::Number("0".to_owned()));
                }
                rest = rest.get(1..).unwrap_or_default();
                begin(&mut open);
            }
            _ => {
                let is_number = first.is_ascii_digit();
                let inside = |c: char| c != '.' && c != '-' && c.is_ascii_digit() == is_number;
                let (own, behind) = run(rest, inside);
                let digit_next = behind.starts_with(|c: char| c.is_ascii_digit());
                push(&mut open, if is_number { Item::Number(own.to_owned()) } else { word(own, digit_next) });
                if behind.starts_with(|c: char| c != '.' && c != '-') {
                    begin(&mut open);
                }
                rest = behind;
            }
        }
    }
    while open.len() > 1 {
        let mut inner = open.pop().unwrap_or_default();
        normalize(&mut inner);
        push(&mut open, Item::List(inner));
    }
    let mut whole = open.pop().unwrap_or_default();
    normalize(&mut whole);
    whole
}

fn follows_separator(whole: &str, rest: &str) -> bool {
    let before = whole.len().checked_sub(rest.len() + 1).and_then(|at| whole.as_bytes().get(at));
    matches!(before, Some(b'.' | b'-'))
}

fn push(open: &mut [Vec<Item>], item: Item) {
    if let Some(list) = open.last_mut() {
        list.push(item);
    }
}

fn begin(open: &mut Vec<Vec<Item>>) {
    if open.len() < DEPTH_MAX {
        open.push(Vec::new());
    }
}

fn word(text: &str, digit_next: bool) -> Item {
    let text = match (text, digit_next) {
        ("a", true) => "alpha",
        ("b", true) => "beta",
        ("m", true) => "milestone",
        ("cr", _) => "rc",
        ("ga" | "final" | "release", _) => "",
        (other, _) => other,
    };
    Item::Word(text.to_owned())
}

/// Takes away what stands at the end and means nothing.
fn normalize(list: &mut Vec<Item>) {
    let mut at = list.len();
    while let Some(place) = at.checked_sub(1) {
        let is_nothing = list.get(place).is_some_and(is_nothing);
        if is_nothing {
            list.remove(place);
        } else if !matches!(list.get(place), Some(Item::List(_))) {
            break;
        }
        at = place;
    }
}

fn is_nothing(item: &Item) -> bool {
    match item {
        Item::Number(number) => number.bytes().all(|byte| byte == b'0'),
        Item::Word(word) => word.is_empty(),
        Item::List(list) => list.is_empty(),
    }
}

fn lists(one: &[Item], other: &[Item]) -> Ordering {
    let length = one.len().max(other.len());
    let mut places = (0..length).map(|at| match (one.get(at), other.get(at)) {
        (Some(own), others) => items(own, others),
        (None, Some(others)) => items(others, None).reverse(),
        (None, None) => Ordering::Equal,
    });
    places.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn items(one: &Item, other: Option<&Item>) -> Ordering {
    match (one, other) {
        (Item::Number(own), Some(Item::Number(others))) => digits(own, others),
        (Item::Number(own), None) => digits(own, "0"),
        (Item::Number(_), Some(_)) => Ordering::Greater,
        (Item::Word(own), Some(Item::Word(others))) => qualifiers(own, others),
        (Item::Word(own), None) => qualifiers(own, ""),
        (Item::Word(_), Some(_)) => Ordering::Less,
        (Item::List(own), Some(Item::List(others))) => lists(own, others),
        (Item::List(own), None) => {
            own.iter().map(|item| items(item, None)).find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
        }
        (Item::List(_), Some(Item::Number(_))) => Ordering::Less,
        (Item::List(_), Some(Item::Word(_))) => Ordering::Greater,
    }
}

/// Known words by their place, others behind them by their letters.
fn qualifiers(one: &str, other: &str) -> Ordering {
    let place = |word: &str| QUALIFIERS.iter().position(|known| *known == word).unwrap_or(QUALIFIERS.len());
    place(one)
        .cmp(&place(other))
        .then_with(|| if place(one) == QUALIFIERS.len() { one.cmp(other) } else { Ordering::Equal })
}
