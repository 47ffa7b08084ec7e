//! Texts in which a device presents itself, a maker's name in front of a model: a page's title, a realm, a
//! description, the name an application signs its messages with.
//!
//! A known maker must lead, and what follows must look like a model: a few words, one of them with a digit that is
//! no version. So "Zebra Technologies ZD420" speaks, and "Philips login page 2" says the maker only.

use super::witness::Witness;
use super::{Said, Subject};
use crate::combine::Support;
use crate::gather::{Record, Seen};
use cordon_knowledge::{Knowledge, Support as Reading};
use cordon_model::identify::Attribute;
use cordon_model::observe::Fact;
use std::collections::BTreeSet;

/// How sure the text is of the maker, and of the model.
fn strength(fact: Fact) -> Option<(f64, f64)> {
    Some(match fact {
        Fact::HttpTitle | Fact::HttpRealm => (0.89, 0.88),
        Fact::HttpServer | Fact::SipUserAgent | Fact::TelnetBanner => (0.89, 0.88),
        Fact::SnmpDescription | Fact::LldpSystemDescription | Fact::CdpVersion => (0.92, 0.85),
        Fact::Hl7Application => (0.89, 0.88),
        // Often the name of a family, which may be older than the model.
        Fact::DhcpVendorClass => (0.85, 0.6),
        _ => return None,
    })
}

/// A model named by the sending application of messages about devices, without its maker.
const APPLICATION_IS_MODEL: f64 = 0.95;
/// What the name of an application says of the machine that it runs on.
const APPLICATION_RUNS: f64 = 0.6;
/// A model in the place of the namespace that a device's identifier is unique in.
const NAMESPACE_IS_MODEL: f64 = 0.88;
/// How sure such a text is where the address block is of the same maker: of the maker, and of the model.
const OWN_BLOCK: (f64, f64) = (0.95, 0.95);
/// A family's name in front of its maker's block.
const OWN_BLOCK_FAMILY: f64 = 0.7;
/// The maker in the name of a program that speaks for the device, and what that says of the kind.
const AGENT: f64 = 0.82;
/// The organization in a device's own certificate.
const CERTIFICATE: f64 = 0.8;
/// What a model that only a text names is worth to claims drawn from it.
const SPEAKS_FROM: f64 = 0.5;
/// A model that is wrong in a digit still tells maker and kind: one that is little sure, and one that is.
const MODEL_SPEAKS: f64 = 0.96;
const SURE_MODEL_SPEAKS: f64 = 0.985;
/// From here on a model is sure.
const SURE_MODEL: f64 = 0.85;
/// The version behind a product's name in a description, and in an agent's token.
const DESCRIBED_VERSION: f64 = 0.95;
const TOKEN_VERSION: f64 = 0.93;

/// Words of pages and services, which no model bears.
const NO_MODEL: &[&str] = &[
    "login",
    "logon",
    "page",
    "web",
    "server",
    "management",
    "interface",
    "welcome",
    "portal",
    "home",
    "console",
    "viewer",
    "version",
    "software",
    "system",
    "systems",
    "client",
    "alarm",
    "gateway",
    "ris",
    "pacs",
    "lis",
    "his",
    "adt",
    "error",
    "index",
    "http",
    "service",
    "services",
    "release",
    "ios",
    "os",
    "firmware",
];
/// Words that tell the kind and not the model.
const KIND_WORDS: &[&str] =
    &["network", "camera", "printer", "series", "phone", "ip", "monitor", "pump", "wireless", "color", "mfp"];

/// A text taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Named<'a> {
    maker: &'a str,
    /// Empty when nothing that follows looks like one.
    model: String,
}

fn separates(letter: char) -> bool {
    letter.is_whitespace() || matches!(letter, '_' | ',' | ';' | '/' | ':' | '(' | ')')
}

/// Reads a maker's name in front of a text.
fn named<'k>(text: &str, knowledge: &'k Knowledge) -> Option<Named<'k>> {
    let words: Vec<&str> = text.split(separates).filter(|word| !word.is_empty()).take(12).collect();
    if !words.first().is_some_and(|word| knowledge.vendors.may_begin_with(word)) {
        return None;
    }
    // The longest name that is known counts: "GE Healthcare" before "GE".
    for length in (1..=words.len().min(4)).rev() {
        let (front, rest) = words.split_at_checked(length)?;
        if let Some(maker) = knowledge.vendors.known(&front.join(" ")) {
            return Some(Named { maker, model: model(rest).unwrap_or_default() });
        }
    }
    None
}

/// The same where a hyphen joins maker and model, as in agents and vendor classes: "Cisco-CP8841".
fn hyphened<'k>(text: &str, knowledge: &'k Knowledge) -> Option<Named<'k>> {
    let words: Vec<&str> = text.split(separates).filter(|word| !word.is_empty()).take(12).collect();
    let (front, rest) = words.first()?.split_once('-')?;
    let maker = knowledge.vendors.known(front)?;
    let rest = std::iter::once(rest).chain(words.get(1..).unwrap_or_default().iter().copied());
    Some(Named { maker, model: model(&rest.collect::<Vec<_>>()).unwrap_or_default() })
}

/// The words a model consists of, at the front of `words`.
fn model(words: &[&str]) -> Option<String> {
    let is = |list: &[&str], word: &str| list.contains(&word.to_lowercase().as_str());
    let stops =
        |word: &&&str| **word == "-" || is(NO_MODEL, word) || is(KIND_WORDS, word) || is_version(word);
    let kept: Vec<&str> = words.iter().take_while(|word| !stops(word)).copied().collect();
    // What ends at a word of a page is part of a sentence.
    let sentence = words.get(kept.len()).is_some_and(|word| is(NO_MODEL, word) && !is_version(word));
    let telling = kept.iter().any(|word| word.chars().any(|c| c.is_ascii_digit()));
    let short = (1..=5).contains(&kept.len()) && kept.iter().map(|word| word.len()).sum::<usize>() <= 40;
    (short && telling && !sentence).then(|| kept.join(" "))
}

/// True for `4.10.0.154`, `v6.8`, `VG7.1.1`: what no model is called.
fn is_version(word: &str) -> bool {
    let numbers = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letters = word.len() - numbers.len();
    letters <= 3 && numbers.contains('.') && numbers.starts_with(|c: char| c.is_ascii_digit())
}

/// Draws claims from such texts.
pub(crate) fn claim<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let block: BTreeSet<&str> = subject
        .stations
        .iter()
        .filter(|(_, standing)| standing.is_some())
        .filter_map(|(mac, _)| knowledge.oui.lookup(*mac))
        .map(|oui| knowledge.vendors.canonical(&oui.manufacturer))
        .collect();
    for seen in subject.facts.iter().filter(|seen| seen.record.is_none()) {
        present(seen, &block, knowledge, said);
    }
    for seen in &subject.facts {
        match seen.fact {
            Fact::TlsSubject => certificate(seen, knowledge, said),
            Fact::HttpUserAgent => agent(seen, knowledge, said),
            Fact::Hl7DeviceIdentifier => namespace(seen, said),
            _ => {}
        }
    }
    sign(subject, said);
    let known = names(said);
    for seen in &subject.facts {
        version(seen, &known, knowledge, said);
    }
    speak_for_models(subject, knowledge, said);
}

fn present<'a>(seen: &Seen<'a>, block: &BTreeSet<&str>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let Some(mut strength) = strength(seen.fact) else { return };
    let joined = matches!(seen.fact, Fact::SipUserAgent | Fact::DhcpVendorClass);
    let found =
        named(seen.value, knowledge).or_else(|| joined.then(|| hyphened(seen.value, knowledge)).flatten());
    let Some(Named { maker, model }) = found else { return };
    if block.contains(maker) {
        let family = if seen.fact == Fact::DhcpVendorClass { OWN_BLOCK_FAMILY } else { OWN_BLOCK.1 };
        strength = (OWN_BLOCK.0, family);
    }
    said.fact(seen, "text/maker", Attribute::Manufacturer, maker, strength.0);
    if !model.is_empty() {
        said.fact(seen, "text/maker-and-model", Attribute::Model, model, strength.1);
    }
}

/// The product an agent names first (RFC 9110 10.1.5), where it is no browser: a maker in front, "AlarisPCU/12.1.2",
/// or a model that is known.
fn agent<'a>(seen: &Seen<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let product = seen.value.split(['/', ' ', '(']).next().unwrap_or_default();
    if product.is_empty() || product == "Mozilla" || seen.record.is_some() {
        return;
    }
    for spelling in spellings(product) {
        let led = spelling.split_once(' ').and_then(|(maker, _)| knowledge.vendors.known(maker));
        if let Some(maker) = led {
            said.fact(seen, "agent/maker", Attribute::Manufacturer, maker, AGENT);
        }
        read_model(knowledge, &spelling, |id, reading| {
            if reading.attribute != Attribute::Model {
                said.fact(
                    seen,
                    id,
                    reading.attribute,
                    reading.value,
                    reading.probability * AGENT / MODEL_SPEAKS,
                );
            }
        });
    }
}

/// `O=` of the subject: makers put their name into the certificates they deliver devices with, hospitals theirs.
fn certificate<'a>(seen: &Seen<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let organization = seen.value.split(',').find_map(|part| part.trim().strip_prefix("O="));
    if let Some(maker) = organization.and_then(|name| knowledge.vendors.known(name)) {
        said.fact(seen, "tls/organization", Attribute::Manufacturer, maker, CERTIFICATE);
    }
}

/// The namespace of an instance identifier (EI.2, HL7 v2.6 2.A.28) where it has the form of a model: a device
/// numbers itself within its own kind.
fn namespace<'a>(seen: &Seen<'a>, said: &mut Said<'a>) {
    let Some(Record::Behind(name)) = seen.record else { return };
    let parts: Vec<&str> = name.split('^').collect();
    let [_, namespace, _, "EUI-64"] = parts.as_slice() else { return };
    if let Some(model) =
        model(&namespace.split(separates).filter(|word| !word.is_empty()).collect::<Vec<_>>())
            .or_else(|| is_lettered(namespace).then(|| (*namespace).to_owned()))
    {
        said.fact(seen, "hl7/namespace", Attribute::Model, model, NAMESPACE_IS_MODEL);
    }
}

/// A name of two words or more, as models without a number are called: "Alinity ci".
fn is_lettered(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (2..=4).contains(&words) && text.chars().all(|c| c.is_alphanumeric() || c == ' ' || c == '-')
}

/// An application that signs reports of its own device with the very name that identifies the device is called by
/// the model.
fn sign<'a>(subject: &Subject<'a>, said: &mut Said<'a>) {
    let models: BTreeSet<String> = said
        .supports
        .iter()
        .filter(|support| support.attribute == Attribute::Model && support.ground.rule == "hl7/namespace")
        .map(|support| plain(&support.value))
        .collect();
    for seen in subject.facts.iter().filter(|seen| seen.fact == Fact::Hl7Application && seen.record.is_none())
    {
        if models.contains(&plain(seen.value)) {
            said.fact(seen, "hl7/application-is-model", Attribute::Model, seen.value, APPLICATION_IS_MODEL);
        }
    }
}

fn plain(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Names the device goes by so far: makers, models.
fn names(said: &Said<'_>) -> Vec<String> {
    let named =
        |attribute| matches!(attribute, Attribute::Manufacturer | Attribute::Model | Attribute::Hostname);
    let of = said.supports.iter().filter(|support| named(support.attribute) && support.probability >= 0.5);
    let mut names: Vec<String> =
        of.map(|support| plain(&support.value)).filter(|name| name.len() >= 2).collect();
    names.sort();
    names.dedup();
    names
}

/// The version a device states of itself: behind "Version" in a description that a maker's name leads, or behind a
/// product's name that is the device's own.
fn version<'a>(seen: &Seen<'a>, known: &[String], knowledge: &'a Knowledge, said: &mut Said<'a>) {
    match seen.fact {
        Fact::SnmpDescription | Fact::LldpSystemDescription | Fact::CdpVersion => {
            let Some((before, after)) = seen.value.split_once("Version ") else { return };
            let value = after.split([',', ' ', ';', '\r', '\n']).next().unwrap_or_default();
            let of_kernel = before.to_lowercase().contains("linux");
            let is_number = value.starts_with(|c: char| c.is_ascii_digit());
            if is_number && !of_kernel && named(seen.value, knowledge).is_some() {
                said.fact(seen, "text/version", Attribute::Firmware, value, DESCRIBED_VERSION);
            }
        }
        Fact::SipUserAgent | Fact::HttpUserAgent | Fact::HttpServer => {
            let Some((product, rest)) = seen.value.rsplit_once('/') else { return };
            let value = rest.split([' ', ';', '(']).next().unwrap_or_default();
            let one = !product.contains('/') && !product.contains("Mozilla");
            let name = plain(product);
            let speaks_of = |known: &String| name.contains(known.as_str()) || known.starts_with(&name);
            // The version of a server that runs on many machines is none of theirs.
            let maker = named(product, knowledge).or_else(|| hyphened(product, knowledge));
            let own = maker.is_some_and(|named| named.maker != "Microsoft") || known.iter().any(speaks_of);
            if one && own && value.starts_with(|c: char| c.is_ascii_digit()) && value.contains('.') {
                said.fact(seen, "text/product-version", Attribute::Firmware, value, TOKEN_VERSION);
            }
        }
        _ => {}
    }
}

/// A model in words says its maker and kind, wherever it was read: the fingerprints of models read it.
fn speak_for_models<'a>(subject: &Subject<'a>, knowledge: &'a Knowledge, said: &mut Said<'a>) {
    let speaks = |support: &&Support| {
        support.attribute == Attribute::Model
            && support.probability >= SPEAKS_FROM
            // What a list says has been read already.
            && support.witness != Witness::List
    };
    let mut models: Vec<Support<'a>> = said.supports.iter().filter(speaks).cloned().collect();
    models.sort_by(|one, other| {
        (&one.value, one.witness).cmp(&(&other.value, other.witness)).then(one.ground.cmp(&other.ground))
    });
    models.dedup_by(|one, other| one.value == other.value && one.witness == other.witness);
    for seen in subject.facts.iter().filter(|seen| seen.fact == Fact::Hl7Application && seen.record.is_none())
    {
        for spelling in spellings(seen.value) {
            read_model(knowledge, &spelling, |id, reading| {
                said.fact(seen, id, reading.attribute, reading.value, reading.probability * APPLICATION_RUNS);
            });
        }
    }
    for support in models {
        for spelling in spellings(&support.value).into_iter().chain(usual_name(&support.value, knowledge)) {
            let mut found = Vec::new();
            read_model(knowledge, &spelling, |id, reading| {
                // A fingerprint's own shorter name for the model adds nothing to the text's.
                if reading.attribute != Attribute::Model {
                    let mut drawn = support.clone();
                    drawn.attribute = reading.attribute;
                    drawn.value = reading.value.into();
                    let speaks =
                        if support.probability >= SURE_MODEL { SURE_MODEL_SPEAKS } else { MODEL_SPEAKS };
                    drawn.probability = reading.probability * support.probability.max(speaks);
                    drawn.ground.rule = id.into();
                    found.push(drawn);
                }
            });
            said.supports.extend(found);
        }
    }
}

fn read_model<'a>(knowledge: &'a Knowledge, model: &str, mut say: impl FnMut(&'a str, Reading)) {
    for matched in knowledge.fingerprints.matching(Fact::AssetModel, model) {
        for reading in matched.supports {
            say(&matched.fingerprint.id, reading);
        }
    }
}

/// The usual name of a model that goes by an order number or a short name, where that has a letter: "Alaris 8015" is
/// the Alaris PC Unit, but 8015 may be anything.
fn usual_name(model: &str, knowledge: &Knowledge) -> Option<String> {
    let name = knowledge.models.usual(model).filter(|_| model.chars().any(char::is_alphabetic))?;
    (name != model).then(|| name.to_owned())
}

/// A model as written, and with the blank that application names leave out: `BeneVisionN17`, `BeneVision N17`.
fn spellings(model: &str) -> Vec<String> {
    let text = model.replace('_', " ");
    let mut all = vec![text.clone()];
    if text.contains(' ') {
        return all;
    }
    let letters: Vec<char> = text.chars().collect();
    for (at, pair) in letters.windows(2).enumerate() {
        if let [one, other] = pair
            && one.is_lowercase()
            && (other.is_uppercase() || other.is_ascii_digit())
        {
            let (front, rest) = letters.split_at(at + 1);
            all.push(front.iter().chain(&[' ']).chain(rest).collect());
        }
    }
    all.truncate(4);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_maker_leads_and_a_model_follows() {
        let knowledge = Knowledge::builtin().unwrap();
        let check = |text: &str, wanted: Option<(&str, &str)>| {
            let found = named(text, &knowledge);
            let found = found.as_ref().map(|named| (named.maker, named.model.as_str()));
            assert_eq!(found, wanted, "{text}");
        };
        check("Zebra Technologies ZD420", Some(("Zebra", "ZD420")));
        check("KYOCERA ECOSYS P3150dn", Some(("Kyocera", "ECOSYS P3150dn")));
        check("DRAEGER_InfinityM540", Some(("Draeger", "InfinityM540")));
        check("AXIS M3045-V Network Camera", Some(("Axis", "M3045-V")));
        check("Microsoft-IIS/10.0", None);
        check("GE Healthcare login page 2", Some(("GE", "")));
        check("Cisco IOS Software, C3560CX Software, Version 15.2", Some(("Cisco", "")));
        check("Philips 4.2.1", Some(("Philips", "")));
        check("Draeger Infinity M540 VG7.1.1", Some(("Draeger", "Infinity M540")));
        check("Welcome to Siemens MAGNETOM 3T", None);
        check("page", None);
        check("", None);
    }

    #[test]
    fn a_hyphen_joins_maker_and_model_in_agents() {
        let knowledge = Knowledge::builtin().unwrap();
        let found = hyphened("Cisco-CP8841/12.8.1", &knowledge).unwrap();
        assert_eq!((found.maker, found.model.as_str()), ("Cisco", "CP8841"));
        assert_eq!(hyphened("curl/8.1", &knowledge), None);
    }

    #[test]
    fn blanks_that_names_leave_out_are_tried() {
        assert_eq!(spellings("BeneVisionN17"), ["BeneVisionN17", "Bene VisionN17", "BeneVision N17"]);
        assert_eq!(spellings("cobas 6000"), ["cobas 6000"]);
        assert_eq!(spellings("é1"), ["é1", "é 1"]);
    }
}
