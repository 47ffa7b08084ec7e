//! From what single facts say to claims: evidence combined as probabilities.
//!
//! Facts that go back to one cause are one witness ([`Witness`] declares which), of which the strongest counts;
//! different witnesses are independent, so that a value is wrong only if all of them are. Of several values
//! at most one is right, which shares the probability among them. What a list or person states is not made
//! less sure by what the wire says; the wire's claim stands beside it, both marked as in conflict. A list's
//! misspelling of what the wire states is no conflict: it is that value.

use crate::claims::witness::Witness;
use crate::ground::Ground;
use crate::spelling::is_misspelt;
use cordon_knowledge::Knowledge;
use cordon_model::identify::{Attribute, Claim, Confidence, Evidence};
use cordon_model::observe::Protocol;
use cordon_model::{Category, Timestamp};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// The most that observation alone is sure of.
const WIRE_MAX: f64 = 0.985;
/// How sure a person's list is.
pub(crate) const LIST: f64 = 0.97;
/// The most that a list confirmed by observation is sure of.
const LIST_MAX: f64 = 0.99;
/// What is left of a value that a later statement of the same source replaced.
const SUPERSEDED: f64 = 0.3;
/// How sure content must be that the registered owner of the address block no longer counts against it.
const CONTENT_OVER_BLOCK: f64 = 0.8;
/// What an address block still says against such content: the adapter may be another maker's.
const BLOCK_AGAINST_CONTENT: f64 = 0.1;
/// How sure the wire must be of a value for a list's to be its misspelling.
const STATED: f64 = 0.5;
/// What a general kind of machine says against a special one of it.
const GENERAL_AGAINST_SPECIAL: f64 = 0.1;
/// The fewest letters and digits of a device identifier: those of the shortest of GS1.
const UDI_MIN: usize = 12;
/// Evidence kept for each claim, strongest first.
const EVIDENCE_MAX: usize = 8;

/// What one fact says.
#[derive(Clone, Debug)]
pub(crate) struct Support<'a> {
    pub(crate) attribute: Attribute,
    pub(crate) value: Cow<'a, str>,
    /// How likely the value is right when nothing else is known.
    pub(crate) probability: f64,
    /// Who says so: supports of one witness count once.
    pub(crate) witness: Witness,
    /// When it was last said.
    pub(crate) last: Timestamp,
    pub(crate) ground: Ground<'a>,
}

/// A value with everything that speaks for it.
#[derive(Debug)]
struct Candidate<'s> {
    value: &'s str,
    /// Index into the supports of the attribute.
    supports: Vec<usize>,
    listed: f64,
    wire: f64,
    /// True when the wire states this very value, not only a more general one.
    stated: bool,
    last: Timestamp,
}

/// All claims about one device, by attribute, the most likely value of each first.
pub(crate) fn claims(mut supports: Vec<Support<'_>>, knowledge: &Knowledge) -> Vec<Claim> {
    for support in &mut supports {
        let usual = spelled(support.attribute, &support.value, knowledge);
        if usual != support.value {
            support.value = Cow::Owned(usual.to_owned());
        }
    }
    supports.retain(|support| !support.value.is_empty());
    // What is equal here is equal in everything that counts.
    supports.sort_unstable_by(|one, other| {
        one.attribute
            .cmp(&other.attribute)
            .then_with(|| one.value.cmp(&other.value))
            .then_with(|| one.ground.cmp(&other.ground))
            .then_with(|| other.probability.total_cmp(&one.probability))
    });
    let mut claims = Vec::new();
    let mut start = 0;
    while let Some(first) = supports.get(start) {
        let rest = supports.get(start..).unwrap_or_default();
        let length = rest.iter().take_while(|support| support.attribute == first.attribute).count();
        let group = rest.get(..length).unwrap_or_default();
        claims.extend(of_attribute(first.attribute, group, knowledge));
        start += length;
    }
    claims
}

/// Adds one more witness of a device's kind to its claims, as if it had been among them from the start.
pub(crate) fn add_category(claims: &mut Vec<Claim>, category: Category, likely: f64, evidence: Evidence) {
    let is_kind = |claim: &Claim| claim.attribute == Attribute::Category;
    let general = |value: &str| {
        SPECIAL.iter().any(|(general, special)| general.name() == value && special.contains(&category))
    };
    let listed = |claim: &Claim| claim.confidence.value() >= LIST;
    if claims.iter().any(|claim| is_kind(claim) && listed(claim)) {
        // What a person states is not made less sure.
        return;
    }
    let mut values: Vec<Claim> = claims.iter().filter(|claim| is_kind(claim)).cloned().collect();
    match values.iter_mut().find(|claim| claim.value == category.name()) {
        Some(claim) => {
            let known = claim.confidence.value();
            claim.confidence = Confidence::new((1.0 - (1.0 - known) * (1.0 - likely)).min(WIRE_MAX));
            if claim.evidence.len() < EVIDENCE_MAX {
                claim.evidence.push(evidence);
            }
        }
        None => {
            for claim in values.iter_mut().filter(|claim| general(&claim.value)) {
                let least = claim.confidence.value().min(GENERAL_AGAINST_SPECIAL);
                claim.confidence = Confidence::new(least);
            }
            let strengths: Vec<f64> =
                std::iter::once(likely).chain(values.iter().map(|claim| claim.confidence.value())).collect();
            let shared = shares(&strengths);
            let conflict = !values.is_empty();
            let mut shared = shared.into_iter();
            let own = Confidence::new(shared.next().unwrap_or(likely));
            for (claim, share) in values.iter_mut().zip(shared) {
                claim.confidence = Confidence::new(share);
                claim.conflict = true;
            }
            values.push(Claim {
                attribute: Attribute::Category,
                value: category.name().to_owned(),
                confidence: own,
                conflict,
                evidence: vec![evidence],
            });
        }
    }
    values.sort_by(|one, other| {
        other.confidence.value().total_cmp(&one.confidence.value()).then(one.value.cmp(&other.value))
    });
    claims.retain(|claim| !is_kind(claim));
    let place = claims.iter().position(|claim| claim.attribute > Attribute::Category).unwrap_or(claims.len());
    claims.splice(place..place, values);
}

/// The value in its usual spelling.
fn spelled<'a>(attribute: Attribute, value: &'a str, knowledge: &'a Knowledge) -> &'a str {
    match attribute {
        Attribute::Manufacturer => knowledge.vendors.canonical(value),
        Attribute::Os => knowledge.systems.canonical(value),
        Attribute::Model => without_maker(value, knowledge),
        _ => value.trim(),
    }
}

/// The model without the maker's name in front, where something is left of it and the name is no product's.
fn without_maker<'a>(value: &'a str, knowledge: &Knowledge) -> &'a str {
    match value.trim().split_once(' ') {
        Some((maker, model))
            if knowledge.vendors.known(maker).is_some()
                && !knowledge.vendors.is_brand(maker)
                && !model.trim().is_empty() =>
        {
            model.trim()
        }
        _ => value.trim(),
    }
}

/// Letters and digits in lower case: what counts when two spellings are compared.
fn plain(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    if value.is_ascii() {
        let letters = value.bytes().filter(u8::is_ascii_alphanumeric);
        plain.extend(letters.map(|letter| char::from(letter.to_ascii_lowercase())));
    } else {
        plain.extend(value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase));
    }
    plain
}

fn is_same(one: &str, other: &str) -> bool {
    one == other || plain(one) == plain(other)
}

/// A value, and what of it counts when two are compared.
struct Spelling<'s> {
    value: &'s str,
    plain: String,
}

/// True when `special` says the same as `general`, or more.
fn includes(
    attribute: Attribute,
    special: &Spelling<'_>,
    general: &Spelling<'_>,
    knowledge: &Knowledge,
) -> bool {
    let (Spelling { value: special, plain: one }, Spelling { value: general, plain: other }) =
        (special, general);
    match attribute {
        _ if one == other => true,
        Attribute::Os => knowledge.systems.is_kind_of(special, general),
        Attribute::Model => {
            let contained = other.len() >= 4 && one.contains(other.as_str());
            contained || (one.len() >= other.len() && knowledge.models.same(special, general))
        }
        // The device identifier alone, where another source gives the whole.
        Attribute::Udi => other.len() >= UDI_MIN && one.contains(other.as_str()),
        // A month, where another source gives the day.
        Attribute::Manufactured => special.starts_with(*general) && general.len() >= "2026".len(),
        Attribute::OsVersion => {
            let mut words = special.split([' ', '.']);
            words.next() == Some(*general)
        }
        Attribute::Hostname => special.split('.').next().is_some_and(|label| plain(label) == *other),
        _ => false,
    }
}

fn of_attribute(attribute: Attribute, supports: &[Support<'_>], knowledge: &Knowledge) -> Vec<Claim> {
    let mut candidates = candidates(attribute, supports, knowledge);
    weigh(attribute, supports, &mut candidates);
    if matches!(attribute, Attribute::Manufacturer | Attribute::Model | Attribute::Os)
        && take_misspellings(&mut candidates, knowledge)
    {
        weigh(attribute, supports, &mut candidates);
    }
    // A machine may bear several names at once, and each is right.
    let exclusive = attribute != Attribute::Hostname;
    let conflict = exclusive && candidates.len() > 1;
    let confidences = if exclusive {
        share(&candidates)
    } else {
        candidates.iter().map(|candidate| candidate.listed.max(candidate.wire)).collect()
    };
    let mut claims: Vec<Claim> = candidates
        .iter()
        .zip(confidences)
        .map(|(candidate, confidence)| Claim {
            attribute,
            value: candidate.value.to_owned(),
            confidence: Confidence::new(confidence),
            conflict,
            evidence: evidence(candidate, supports),
        })
        .collect();
    claims.sort_by(|one, other| {
        other.confidence.value().total_cmp(&one.confidence.value()).then(one.value.cmp(&other.value))
    });
    claims
}

/// Distinct values; a value that another includes is the same claim, under the fuller value.
fn candidates<'s>(
    attribute: Attribute,
    supports: &'s [Support<'_>],
    knowledge: &Knowledge,
) -> Vec<Candidate<'s>> {
    // The supports are in the order of their values.
    let mut runs: Vec<(&'s str, Vec<usize>)> = Vec::new();
    for (index, support) in supports.iter().enumerate() {
        match runs.last_mut().filter(|(value, _)| *value == support.value) {
            Some((_, run)) => run.push(index),
            None => runs.push((&support.value, vec![index])),
        }
    }
    if runs.len() < 2 {
        return runs.into_iter().map(|(value, run)| candidate(value, run)).collect();
    }
    let spellings: Vec<Spelling<'s>> =
        runs.iter().map(|(value, _)| Spelling { value, plain: plain(value) }).collect();
    let fuller = |value: &Spelling<'_>| -> Option<&'s str> {
        let mut best: Vec<&Spelling<'s>> =
            spellings.iter().filter(|other| includes(attribute, other, value, knowledge)).collect();
        // Where several fuller values disagree, the general one supports none of them alone.
        best.sort_by_key(|other| (std::cmp::Reverse(other.plain.len()), other.value));
        let first = best.first()?;
        best.iter().all(|other| includes(attribute, first, other, knowledge)).then_some(first.value)
    };
    let mut by_value: BTreeMap<&'s str, Vec<usize>> = BTreeMap::new();
    for (spelling, (value, run)) in spellings.iter().zip(runs) {
        by_value.entry(fuller(spelling).unwrap_or(value)).or_default().extend(run);
    }
    by_value.into_iter().map(|(value, supports)| candidate(value, supports)).collect()
}

fn candidate(value: &str, supports: Vec<usize>) -> Candidate<'_> {
    let last = Timestamp::default();
    Candidate { value, supports, listed: 0.0, wire: 0.0, stated: false, last }
}

/// Gives what only lists say, misspelt, to the one value of the wire that is meant; true when there was any.
fn take_misspellings(candidates: &mut Vec<Candidate<'_>>, knowledge: &Knowledge) -> bool {
    // What a listed model says of its maker is as good as the wire, where the maker is one we know.
    let is_sure = |stated: &Candidate<'_>| {
        stated.wire >= STATED || (stated.listed >= STATED && knowledge.vendors.known(stated.value).is_some())
    };
    let is_meant = |typed: &str, stated: &str| {
        is_misspelt(typed, stated)
            || knowledge.vendors.spellings(stated).any(|spelling| is_misspelt(typed, spelling))
    };
    let meant: Vec<Option<usize>> = candidates
        .iter()
        .map(|typed| {
            if typed.listed == 0.0 || typed.wire > 0.0 {
                return None;
            }
            let means = |(_, stated): &(usize, &Candidate<'_>)| {
                is_sure(stated) && is_meant(typed.value, stated.value)
            };
            let mut found = candidates.iter().enumerate().filter(means);
            let first = found.next()?;
            found.next().is_none().then_some(first.0)
        })
        .collect();
    for (typed, stated) in meant.iter().enumerate() {
        let Some(stated) = stated else { continue };
        let moved = candidates.get_mut(typed).map(|typed| std::mem::take(&mut typed.supports));
        if let Some(stated) = candidates.get_mut(*stated) {
            stated.supports.extend(moved.unwrap_or_default());
        }
    }
    let before = candidates.len();
    candidates.retain(|candidate| !candidate.supports.is_empty());
    candidates.len() < before
}

/// Fills in how strongly lists and the wire speak for each value.
fn weigh(attribute: Attribute, supports: &[Support<'_>], candidates: &mut [Candidate<'_>]) {
    let strongest = |candidate: &Candidate<'_>, block: bool| {
        let mut witnesses: BTreeMap<Witness, f64> = BTreeMap::new();
        for support in candidate.supports.iter().filter_map(|index| supports.get(*index)) {
            let witness = support.witness;
            if witness != Witness::List && (witness == Witness::Block) == block {
                let known = witnesses.entry(witness).or_default();
                *known = known.max(support.probability);
            }
        }
        1.0 - witnesses.values().map(|probability| 1.0 - probability).product::<f64>()
    };
    let content_max = candidates.iter().map(|candidate| strongest(candidate, false)).fold(0.0, f64::max);
    for candidate in candidates.iter_mut() {
        let mine = candidate.supports.iter().filter_map(|index| supports.get(*index));
        candidate.last = mine.clone().map(|support| support.last).max().unwrap_or_default();
        let lists = mine.clone().filter(|support| support.witness == Witness::List);
        let mut wire = mine.clone().filter(|support| support.witness != Witness::List);
        candidate.stated = wire.any(|support| is_same(&support.value, candidate.value));
        candidate.listed = lists.map(|support| support.probability).fold(0.0, f64::max);
        let content = strongest(candidate, false);
        let mut block = strongest(candidate, true);
        if attribute == Attribute::Manufacturer && content == 0.0 && content_max >= CONTENT_OVER_BLOCK {
            block = block.min(BLOCK_AGAINST_CONTENT);
        }
        candidate.wire = (1.0 - (1.0 - content) * (1.0 - block)).min(WIRE_MAX);
    }
    supersede(attribute, supports, candidates);
    if attribute == Attribute::Category {
        yield_to_special(candidates);
    }
}

/// Kinds of machine that are also a server, or a workstation, in general.
const SPECIAL: &[(Category, &[Category])] = &[
    (
        Category::Server,
        &[
            Category::ImageArchive,
            Category::IntegrationEngine,
            Category::InfusionGateway,
            Category::TelemetryGateway,
            Category::ClinicalServer,
            Category::CentralStation,
        ],
    ),
    (Category::Workstation, &[Category::ImagingWorkstation, Category::CentralStation]),
];

/// That a machine is a server or a workstation says nothing against its being one for a purpose.
fn yield_to_special(candidates: &mut [Candidate<'_>]) {
    for (general, special) in SPECIAL {
        let is_special = |candidate: &&Candidate<'_>| {
            candidate.value.parse().is_ok_and(|category: Category| special.contains(&category))
        };
        let known = candidates.iter().filter(is_special).any(|candidate| candidate.wire >= STATED);
        for candidate in candidates.iter_mut().filter(|candidate| known && candidate.value == general.name())
        {
            candidate.wire = candidate.wire.min(GENERAL_AGAINST_SPECIAL);
        }
    }
}

/// Where one source changed its mind, the later statement counts: a list's newer entry, and firmware that was
/// updated while we watched. What two sources say at the same time is no change but a conflict.
fn supersede(attribute: Attribute, supports: &[Support<'_>], candidates: &mut [Candidate<'_>]) {
    let spans = |candidate: &Candidate<'_>| {
        let of = candidate.supports.iter().filter_map(|index| supports.get(*index));
        of.map(|support| support.last).fold(None, |latest: Option<Timestamp>, last| {
            Some(latest.map_or(last, |latest| latest.max(last)))
        })
    };
    let newest_list = candidates.iter().filter(|c| c.listed > 0.0).filter_map(spans).max();
    let replaced: Vec<bool> = candidates
        .iter()
        .map(|candidate| may_change(attribute) && is_replaced(candidate, candidates, supports))
        .collect();
    for (candidate, replaced) in candidates.iter_mut().zip(replaced) {
        let last = spans(candidate);
        if candidate.listed > 0.0 && last < newest_list {
            candidate.listed *= SUPERSEDED;
        }
        if replaced {
            candidate.wire *= SUPERSEDED;
        }
    }
}

/// What a device may have another of tomorrow.
fn may_change(attribute: Attribute) -> bool {
    matches!(
        attribute,
        Attribute::Firmware
            | Attribute::Os
            | Attribute::OsVersion
            | Attribute::Location
            | Attribute::Department
    )
}

/// True when everybody on the wire who said so says something else since.
fn is_replaced(candidate: &Candidate<'_>, candidates: &[Candidate<'_>], supports: &[Support<'_>]) -> bool {
    let of = |candidate: &Candidate<'_>| {
        let all = candidate.supports.iter().filter_map(|index| supports.get(*index));
        all.filter(|support| support.witness != Witness::List).collect::<Vec<_>>()
    };
    let others: Vec<&Support<'_>> =
        candidates.iter().filter(|other| other.value != candidate.value).flat_map(of).collect();
    let mine = of(candidate);
    let since = |support: &&Support<'_>| {
        let later = |other: &&&Support<'_>| {
            other.witness == support.witness
                && other.ground.rule == support.ground.rule
                && other.ground.at.is_some_and(|at| at > support.last)
        };
        others.iter().any(|other| later(&other))
    };
    !mine.is_empty() && mine.iter().all(since)
}

/// True where the time a fact was last told decides between claims: [`supersede`] looks at it.
pub(crate) fn is_decided_by_time(claims: &[Claim]) -> bool {
    let rivals =
        claims.iter().zip(claims.iter().skip(1)).filter(|(one, other)| one.attribute == other.attribute);
    let listed = |claim: &Claim| {
        let protocols = claim.evidence.iter().map(|evidence| evidence.protocol);
        protocols.clone().any(|protocol| matches!(protocol, Protocol::AssetList | Protocol::Person))
            || claim.evidence.len() >= EVIDENCE_MAX
    };
    rivals.into_iter().any(|(one, other)| may_change(one.attribute) || listed(one) || listed(other))
}

/// How likely each value is right, given that at most one of them is.
fn share(candidates: &[Candidate<'_>]) -> Vec<f64> {
    let best_list = candidates.iter().map(|candidate| candidate.listed).fold(0.0, f64::max);
    if best_list > 0.0 {
        let listed = shares(&candidates.iter().map(confirmed).collect::<Vec<_>>());
        // What lists leave open is shared among the values only the wire knows.
        let open = (1.0 - listed.iter().sum::<f64>()).max(0.0);
        let alone = |candidate: &Candidate<'_>| if candidate.listed > 0.0 { 0.0 } else { candidate.wire };
        let others = candidates.iter().map(alone).sum::<f64>().max(1.0);
        let all = candidates.iter().zip(listed);
        return all.map(|(candidate, listed)| listed + alone(candidate) / others * open).collect();
    }
    shares(&candidates.iter().map(|candidate| candidate.wire).collect::<Vec<_>>())
}

/// How strongly a list speaks for a value; surer where the wire confirms all of it (`ABL90` confirms nothing
/// of what a list adds), nothing where no list does.
fn confirmed(candidate: &Candidate<'_>) -> f64 {
    if candidate.listed == 0.0 {
        return 0.0;
    }
    if !candidate.stated {
        return candidate.listed;
    }
    let most = if candidate.wire > 0.0 { LIST_MAX.max(candidate.listed) } else { candidate.listed };
    (1.0 - (1.0 - candidate.listed) * (1.0 - candidate.wire)).min(most)
}

fn shares(strengths: &[f64]) -> Vec<f64> {
    if strengths.len() < 2 {
        return strengths.to_vec();
    }
    // The weight of "this one is right and all others are wrong", and of "all are wrong".
    let odds: Vec<f64> = strengths.iter().map(|p| p / (1.0 - p.min(0.999_999))).collect();
    let total = 1.0 + odds.iter().sum::<f64>();
    odds.iter().map(|odd| odd / total).collect()
}

fn evidence(candidate: &Candidate<'_>, supports: &[Support<'_>]) -> Vec<Evidence> {
    let mut mine: Vec<&Support<'_>> =
        candidate.supports.iter().filter_map(|index| supports.get(*index)).collect();
    mine.sort_by(|one, other| {
        other.probability.total_cmp(&one.probability).then_with(|| one.ground.cmp(&other.ground))
    });
    let mut kept: Vec<&Ground<'_>> = Vec::with_capacity(mine.len().min(EVIDENCE_MAX));
    for Support { ground, .. } in mine {
        let same = |known: &&Ground<'_>| known.words == ground.words && known.rule == ground.rule;
        if kept.len() < EVIDENCE_MAX && !kept.iter().any(same) {
            kept.push(ground);
        }
    }
    kept.into_iter().map(Ground::evidence).collect()
}

#[cfg(test)]
mod tests;
