//! Address translation of Cisco ASA: which packets it concerns. What it makes of them is not followed, so what
//! they meet cannot be told.

use super::asa_objects::{Kind, Objects, host};
use super::ios::Words;
use super::{Configuration, shown};
use crate::lists::{AddressTest, Line, Match, Name, Verdict};

/// `nat …` within `object network NAME`.
pub(super) fn of_object(
    configuration: &mut Configuration,
    objects: &Objects,
    name: &str,
    place: u32,
    line: &str,
) {
    let mut words = Words::of(line);
    words.next();
    let (from, to) = interfaces(&mut words);
    let mapped = match (words.next(), words.next()) {
        (Some("static"), Some(mapped)) => addresses(objects, mapped),
        _ => Vec::new(),
    };
    let mut real = addresses(objects, name);
    push(configuration, (from, to), std::mem::take(&mut real), mapped, place, line);
}

/// `nat [(REAL,MAPPED)] … source static|dynamic REAL MAPPED …`, and what ASA had before 8.3.
pub(super) fn line(configuration: &mut Configuration, objects: &Objects, place: u32, line: &str) {
    let mut words = Words::of(line);
    let first = words.next();
    if line.contains(" inactive") || first == Some("global") {
        return;
    }
    let (from, to) = interfaces(&mut words);
    let mut behind = words.skip_while(|word| *word != "source");
    if first != Some("nat") || behind.next().is_none() {
        return push(configuration, (from, to), Vec::new(), Vec::new(), place, line);
    }
    let kind = behind.next();
    let (real, mapped) = (behind.next().unwrap_or_default(), behind.next().unwrap_or_default());
    let mut destination = behind.skip_while(|word| *word != "destination").skip(2);
    let is_same = |a: Option<&str>, b: Option<&str>| a == b;
    // What is translated into itself is not translated: how tunnels are kept out of it.
    if kind == Some("static") && real == mapped && is_same(destination.next(), destination.next()) {
        return;
    }
    let mapped = if kind == Some("static") { addresses(objects, mapped) } else { Vec::new() };
    push(configuration, (from, to), addresses(objects, real), mapped, place, line);
}

/// `(REAL,MAPPED)`; none stands for any.
fn interfaces(words: &mut Words<'_>) -> (Option<String>, Option<String>) {
    let Some(pair) = words.peek().filter(|word| word.starts_with('(')) else { return (None, None) };
    words.next();
    let pair = pair.trim_matches(['(', ')']);
    let (from, to) = pair.split_once(',').unwrap_or((pair, "any"));
    let name = |word: &str| (word != "any").then(|| word.to_owned());
    (name(from), name(to))
}

/// The addresses of an object; none stands for any, which they may be where they are not known.
fn addresses(objects: &Objects, name: &str) -> Vec<AddressTest> {
    if objects.has(Kind::Network, name) {
        return objects.addresses(name).unwrap_or_default();
    }
    objects.address(name).and_then(host).into_iter().collect()
}

fn push(
    configuration: &mut Configuration,
    (from, to): (Option<String>, Option<String>),
    real: Vec<AddressTest>,
    mapped: Vec<AddressTest>,
    place: u32,
    line: &str,
) {
    let names = |name: &Option<String>| name.iter().map(|name| Name::exactly(name)).collect::<Vec<_>>();
    let there =
        Match { inward: names(&from), outward: names(&to), sources: real.clone(), ..Match::default() };
    // The other way, to what is translated: to its own addresses or to those it is known by.
    let is_known = !real.is_empty();
    let destinations = if is_known { real.into_iter().chain(mapped).collect() } else { Vec::new() };
    let back = Match { inward: names(&to), outward: names(&from), destinations, ..Match::default() };
    configuration.translations.push(Line {
        place,
        text: shown(line),
        verdict: Verdict::Permit,
        matches: Match { also: vec![vec![there, back]], ..Match::default() },
        not_understood: Some(shown(line)),
    });
}
