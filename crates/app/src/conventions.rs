//! `conventions.toml` in the site folder: what names, titles, ports and networks say of whose a device is.
//!
//! A file of its own beside `mappings.toml`: that one is written by `cordon intake propose`, this one by people.

use crate::error::AppError;
use cordon_identify::conventions::{CONCLUDED, CONFIDENCE_MAX, Convention, Looks, Reads, Template, Words};
use cordon_knowledge::pattern::Pattern;
use cordon_model::identify::Attribute;
use cordon_model::{Cidr, Timestamp, Vlan};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use toml::Spanned;

const FILE: &str = "conventions.toml";
/// The version of `conventions.toml` this program reads.
const VERSION: u32 = 1;
/// How sure a convention is that does not say.
const CONFIDENCE: f64 = 0.8;
/// More rules than this are surely a mistake.
const RULES_MAX: usize = 10_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConventionsToml {
    version: u32,
    #[serde(default)]
    rule: Vec<Spanned<RuleToml>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleToml {
    name: String,
    who: String,
    when: String,
    why: String,
    reads: Spanned<String>,
    pattern: Option<Spanned<String>>,
    #[serde(default)]
    within: Vec<Spanned<String>>,
    #[serde(default)]
    vlans: Vec<Spanned<u16>>,
    confidence: Option<Spanned<f64>>,
    says: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    words: BTreeMap<String, Spanned<BTreeMap<String, String>>>,
}

/// A mistake and the byte it stands at.
type Mistake = (usize, String);

/// The conventions of a site folder, none where there is no file of them.
pub(crate) fn read(folder: &Path) -> Result<Vec<Convention>, AppError> {
    let path = folder.join(FILE);
    let text = match fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(AppError::unreadable(&path, error)),
    };
    parse(&text).map_err(|(offset, reason)| {
        let before = text.get(..offset).unwrap_or(&text);
        let line = 1 + before.bytes().filter(|byte| *byte == b'\n').count();
        AppError::unreadable(&path, format!("line {line}: {reason}"))
    })
}

fn parse(text: &str) -> Result<Vec<Convention>, Mistake> {
    let toml: ConventionsToml = toml::from_str(text).map_err(|error| {
        let offset = error.span().map_or(0, |span| span.start);
        (offset, error.message().trim_end().to_owned())
    })?;
    if toml.version != VERSION {
        let reason = format!("version {} is not known; this program reads version {VERSION}", toml.version);
        return Err((0, reason));
    }
    if toml.rule.len() > RULES_MAX {
        return Err((0, format!("it has more than {RULES_MAX} rules")));
    }
    let mut names: BTreeMap<String, ()> = BTreeMap::new();
    let mut conventions = Vec::new();
    for rule in toml.rule {
        let at = rule.span().start;
        let convention = convention(at, rule.into_inner())?;
        if names.insert(convention.name.clone(), ()).is_some() {
            return Err((at, format!("there are two rules \"{}\"", convention.name)));
        }
        conventions.push(convention);
    }
    Ok(conventions)
}

fn convention(at: usize, rule: RuleToml) -> Result<Convention, Mistake> {
    let RuleToml { name, who, when, why, reads, pattern, within, vlans, confidence, says, words } = rule;
    for (field, text) in [("name", &name), ("who", &who), ("why", &why)] {
        if text.trim().is_empty() {
            return Err((at, format!("{field} is empty; a rule says who made it, when and why")));
        }
    }
    when.parse::<Timestamp>().map_err(|error| (at, format!("when: {error}")))?;
    let kind = kind(&reads)?;
    let looks = looks(at, kind, pattern, &within, &vlans)?;
    let words = words_of(&looks, words)?;
    let says = conclusions(at, &looks, says)?;
    let confidence = match confidence {
        None => CONFIDENCE,
        Some(value) if (0.0..=CONFIDENCE_MAX).contains(value.get_ref()) => value.into_inner(),
        Some(value) => {
            let reason =
                format!("confidence is between 0 and {CONFIDENCE_MAX}: a rule is never as sure as a list");
            return Err((value.span().start, reason));
        }
    };
    Ok(Convention { name, reads: kind, looks, words, says, confidence })
}

fn kind(reads: &Spanned<String>) -> Result<Reads, Mistake> {
    let known = Reads::ALL.iter().find(|kind| kind.name() == reads.get_ref().as_str());
    known.copied().ok_or_else(|| {
        let names: Vec<&str> = Reads::ALL.iter().map(|kind| kind.name()).collect();
        (reads.span().start, format!("\"{}\" cannot be read; {} can", reads.get_ref(), names.join(", ")))
    })
}

fn looks(
    at: usize,
    kind: Reads,
    pattern: Option<Spanned<String>>,
    within: &[Spanned<String>],
    vlans: &[Spanned<u16>],
) -> Result<Looks, Mistake> {
    let given = (pattern.is_some(), !within.is_empty(), !vlans.is_empty());
    match (kind, pattern) {
        (kind, Some(pattern)) if kind.is_text() && given == (true, false, false) => {
            let compiled = Pattern::new(pattern.get_ref(), true);
            compiled.map(Looks::Like).map_err(|reason| (pattern.span().start, reason))
        }
        (Reads::Address, None) if given == (false, true, false) => {
            let range = |text: &Spanned<String>| {
                let parsed = text.get_ref().parse::<Cidr>();
                parsed.map_err(|error| (text.span().start, error.to_string()))
            };
            within.iter().map(range).collect::<Result<Vec<Cidr>, Mistake>>().map(Looks::Within)
        }
        (Reads::Vlan, None) if given == (false, false, true) => {
            let number = |number: &Spanned<u16>| {
                let reason = || (number.span().start, format!("there is no VLAN {}", number.get_ref()));
                Vlan::new(*number.get_ref()).ok_or_else(reason)
            };
            vlans.iter().map(number).collect::<Result<Vec<Vlan>, Mistake>>().map(Looks::In)
        }
        (kind, _) => {
            let wanted = match kind {
                Reads::Address => "within = [\"10.20.30.0/24\"]",
                Reads::Vlan => "vlans = [30]",
                _ => "pattern = \"{ward:alnum}-*\"",
            };
            Err((at, format!("a rule that reads {} looks for {wanted}, and for nothing else", kind.name())))
        }
    }
}

/// The names of the parts that a rule can find.
fn parts(looks: &Looks) -> Vec<&str> {
    match looks {
        Looks::Like(pattern) => pattern.names().collect(),
        _ => Vec::new(),
    }
}

fn words_of(
    looks: &Looks,
    words: BTreeMap<String, Spanned<BTreeMap<String, String>>>,
) -> Result<Words, Mistake> {
    let mut known = Words::new();
    for (part, table) in words {
        if !parts(looks).contains(&part.as_str()) {
            return Err((
                table.span().start,
                format!("words for \"{part}\", which the pattern does not find"),
            ));
        }
        let lower = table.into_inner().into_iter().map(|(short, long)| (short.to_lowercase(), long));
        known.insert(part, lower.collect());
    }
    Ok(known)
}

fn conclusions(
    at: usize,
    looks: &Looks,
    says: BTreeMap<String, Spanned<String>>,
) -> Result<Vec<(Attribute, Template)>, Mistake> {
    let mut conclusions = Vec::new();
    for (name, text) in says {
        let place = text.span().start;
        let known = CONCLUDED.iter().find(|attribute| attribute.name() == name);
        let attribute = known.copied().ok_or_else(|| {
            let names: Vec<&str> = CONCLUDED.iter().map(|attribute| attribute.name()).collect();
            (place, format!("a rule cannot say \"{name}\"; it can say {}", names.join(", ")))
        })?;
        let template = Template::new(text.get_ref()).map_err(|reason| (place, reason))?;
        if let Some(part) = template.names().find(|name| !parts(looks).contains(name)) {
            return Err((place, format!("\"{{{part}}}\" is no part that the pattern finds")));
        }
        conclusions.push((attribute, template));
    }
    if conclusions.is_empty() {
        return Err((at, "it says nothing: says = { department = \"…\" }".to_owned()));
    }
    Ok(conclusions)
}

/// What `cordon site init` puts beside `site.toml`.
pub(crate) const TEMPLATE: &str = r##"# What names, titles, ports and networks say of whose a device is and where it stands. What a rule concludes is a
# claim with the rule as its evidence; what a list or a person says of a device outranks it.
# `cordon site check FOLDER` says what is wrong with this file, with line and reason.
version = 1

# A rule reads one of: hostname, ae_title, switch_port, vlan_name, wlan_network, access_point (each with a pattern),
# dhcp_scope (with ranges) or vlan (with numbers). In a pattern * stands for anything and {part} for text that is
# kept under that name; {part:alnum} takes letters and digits only, {part:digits} digits. Upper and lower case are
# the same. It can say owner, department, location, support_contact and cost_centre.
#
# [[rule]]
# name = "host names"
# who = "Your name"
# when = "2026-11-22"
# why = "naming rule of the IT department, of 2019"
# reads = "hostname"                        # ICU-MON-07
# pattern = "{unit:alnum}-{kind:alnum}-{number:digits}"
# says = { department = "{unit}" }
# confidence = 0.8                          # 0 to 0.9; 0.8 when not given
# words.unit = { icu = "Intensive care", rad = "Radiology" }   # other units then conclude nothing
#
# [[rule]]
# name = "scope of the ward"
# who = "Your name"
# when = "2026-11-22"
# why = "address plan"
# reads = "dhcp_scope"
# within = ["10.20.30.0/24"]
# says = { department = "Ward 3", location = "Building B, floor 2", cost_centre = "4711" }
"##;

#[cfg(test)]
mod tests {
    use super::*;

    const RULE: &str =
        "version = 1\n[[rule]]\nname = \"a\"\nwho = \"b\"\nwhen = \"2026-11-22\"\nwhy = \"c\"\n";

    #[test]
    fn the_template_reads_back_with_and_without_its_examples() {
        assert_eq!(parse(TEMPLATE).unwrap(), []);
        let start = TEMPLATE.find("# [[rule]]").unwrap();
        let examples =
            TEMPLATE[start..].lines().map(|line| line.trim_start_matches("# ").trim_start_matches('#'));
        let text = format!("version = 1\n{}", examples.collect::<Vec<_>>().join("\n"));
        let conventions = parse(&text).unwrap();
        assert_eq!(conventions.len(), 2);
        assert_eq!(conventions[0].words["unit"]["rad"], "Radiology");
        assert_eq!(conventions[1].says.len(), 3);
    }

    #[test]
    fn mistakes_name_the_file_the_line_and_the_reason() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(read(folder.path()).unwrap(), []);
        for (rest, wanted) in [
            ("reads = \"hostname\"\n", "line 2: missing field `says`"),
            ("reads = \"name\"\nsays = { owner = \"x\" }\n", "line 7: \"name\" cannot be read; hostname"),
            (
                "reads = \"hostname\"\nsays = { owner = \"x\" }\n",
                "line 2: a rule that reads hostname looks for pattern",
            ),
            (
                "reads = \"hostname\"\npattern = \"*\"\nsays = { owner = \"x\" }\n",
                "line 8: \"*\" would match everything",
            ),
            (
                "reads = \"hostname\"\npattern = \"{a}-*\"\n[rule.says]\nprice = \"x\"\n",
                "line 10: a rule cannot say \"price\"",
            ),
            (
                "reads = \"hostname\"\npattern = \"{a}-*\"\n[rule.says]\nowner = \"{b}\"\n",
                "line 10: \"{b}\" is no part",
            ),
            (
                "reads = \"hostname\"\npattern = \"{a}-*\"\nwords.z = {}\nsays = { owner = \"x\" }\n",
                "words for \"z\"",
            ),
            (
                "reads = \"hostname\"\npattern = \"a-*\"\nconfidence = 0.99\nsays = { owner = \"x\" }\n",
                "line 9: confidence",
            ),
            ("reads = \"dhcp_scope\"\nwithin = [\"10.0.0.0/99\"]\nsays = { owner = \"x\" }\n", "line 8: "),
            ("reads = \"vlan\"\nvlans = [5000]\nsays = { owner = \"x\" }\n", "line 8: there is no VLAN 5000"),
            ("reads = \"vlan\"\nvlans = [5]\nsays = {}\n", "line 2: it says nothing"),
            ("reads = \"vlan\"\nvlans = [5]\nprice = 1\nsays = { owner = \"x\" }\n", "line 9: unknown field"),
        ] {
            fs::write(folder.path().join(FILE), format!("{RULE}{rest}")).unwrap();
            let error = read(folder.path()).unwrap_err().to_string();
            assert!(error.contains(wanted) && error.contains(FILE), "{error}");
        }
        for (text, wanted) in [
            ("version = 2\n".to_owned(), "version 2"),
            (
                RULE.replace("\"b\"", "\"\"") + "reads = \"vlan\"\nvlans = [5]\nsays = { owner = \"x\" }\n",
                "who is empty",
            ),
            (
                RULE.replace("2026-11-22", "soon")
                    + "reads = \"vlan\"\nvlans = [5]\nsays = { owner = \"x\" }\n",
                "when: ",
            ),
        ] {
            fs::write(folder.path().join(FILE), text).unwrap();
            assert!(read(folder.path()).unwrap_err().to_string().contains(wanted));
        }
    }
}
