//! Names of products as the Common Platform Enumeration writes them, and how one name stands to another.
//!
//! Names are bound as in NIST IR 7695 (version 2.3 as formatted string, 2.2 as URI) and compared attribute by attribute
//! as in NIST IR 7696, table 6-2. A name compares; what a version range means is not decided here.

use std::fmt;

/// How many attributes a name has (NIST IR 7695, 5.2).
pub const ATTRIBUTES: usize = 11;
/// Longer texts are no names.
const NAME_BYTES_MAX: usize = 1_000;

/// An attribute of a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(usize)]
pub enum Attribute {
    /// `a` application, `o` operating system, `h` hardware.
    Part,
    /// Who makes it.
    Vendor,
    /// What it is called.
    Product,
    /// Its version.
    Version,
    /// Its update: a service pack, a patch level.
    Update,
    /// Its edition, in names of version 2.2.
    Edition,
    /// The language of its interface.
    Language,
    /// For which market it is made.
    SoftwareEdition,
    /// The computing environment it runs in.
    TargetSoftware,
    /// The instruction set it runs on.
    TargetHardware,
    /// Anything else.
    Other,
}

impl Attribute {
    /// All, in the order of a formatted string.
    pub const ALL: [Attribute; ATTRIBUTES] = [
        Attribute::Part,
        Attribute::Vendor,
        Attribute::Product,
        Attribute::Version,
        Attribute::Update,
        Attribute::Edition,
        Attribute::Language,
        Attribute::SoftwareEdition,
        Attribute::TargetSoftware,
        Attribute::TargetHardware,
        Attribute::Other,
    ];

    /// The word for it in a question.
    pub fn words(self) -> &'static str {
        match self {
            Attribute::Part => "kind",
            Attribute::Vendor => "maker",
            Attribute::Product => "product",
            Attribute::Version => "version",
            Attribute::Update => "update or service pack",
            Attribute::Edition | Attribute::SoftwareEdition => "edition",
            Attribute::Language => "language",
            Attribute::TargetSoftware => "environment",
            Attribute::TargetHardware => "processor",
            Attribute::Other => "variant",
        }
    }
}

/// What may stand before or behind the text of a value (NIST IR 7695, 5.3.2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Wild {
    /// Nothing.
    #[default]
    No,
    /// `*`: any characters.
    Any,
    /// `?` this often: at most so many characters.
    UpTo(usize),
}

/// A value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Value {
    /// Every value.
    Any,
    /// The attribute does not apply.
    NotApplicable,
    /// A text.
    Text(Text),
}

/// The text of a value, without escapes and in lower case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text {
    body: String,
    before: Wild,
    behind: Wild,
}

impl Text {
    /// The text between wildcards.
    pub fn body(&self) -> &str {
        &self.body
    }

    fn is_wild(&self) -> bool {
        self.before != Wild::No || self.behind != Wild::No
    }

    /// True when the wildcards of this text cover `other`.
    fn covers(&self, other: &str) -> bool {
        let spare = other.len().checked_sub(self.body.len());
        let Some(spare) = spare else { return false };
        let fits = |wild: Wild, length: usize| match wild {
            Wild::No => length == 0,
            Wild::Any => true,
            Wild::UpTo(most) => length <= most,
        };
        other.match_indices(self.body.as_str()).any(|(at, _)| {
            let before = other.get(..at).map_or(at, |text| text.chars().count());
            let behind = other.get(at + self.body.len()..).map_or(spare, |text| text.chars().count());
            fits(self.before, before) && fits(self.behind, behind)
        })
    }
}

impl Value {
    /// The value of a text without wildcards.
    pub fn text(text: &str) -> Value {
        Value::Text(Text { body: text.to_lowercase(), before: Wild::No, behind: Wild::No })
    }

    /// Its text, where it has one without wildcards.
    pub fn plain(&self) -> Option<&str> {
        match self {
            Value::Text(text) if !text.is_wild() => Some(&text.body),
            _ => None,
        }
    }
}

/// How a value, or a whole name, of a source stands to that of a target (NIST IR 7696, 6.1.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Relation {
    /// They have nothing in common.
    Disjoint,
    /// They are the same.
    Equal,
    /// The source is part of the target.
    Subset,
    /// The source holds the target.
    Superset,
    /// The specification does not say.
    Undefined,
}

/// How the value of a source stands to that of a target (NIST IR 7696, table 6-2).
pub fn relation(source: &Value, target: &Value) -> Relation {
    match (source, target) {
        (_, Value::Text(text)) if text.is_wild() => Relation::Undefined,
        (Value::Any, Value::Any) | (Value::NotApplicable, Value::NotApplicable) => Relation::Equal,
        (Value::Any, _) => Relation::Superset,
        (_, Value::Any) => Relation::Subset,
        (Value::NotApplicable, _) | (_, Value::NotApplicable) => Relation::Disjoint,
        (Value::Text(one), Value::Text(other)) if one.is_wild() => {
            if one.covers(&other.body) {
                Relation::Superset
            } else {
                Relation::Disjoint
            }
        }
        (Value::Text(one), Value::Text(other)) if one.body == other.body => Relation::Equal,
        _ => Relation::Disjoint,
    }
}

/// A well-formed name: a value for each attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    values: [Value; ATTRIBUTES],
}

impl Name {
    /// Reads a name of version 2.3 or 2.2; `None` for what is none, or names neither part, vendor nor product.
    pub fn parse(text: &str) -> Option<Name> {
        let text = text.trim();
        if text.len() > NAME_BYTES_MAX {
            return None;
        }
        let has = |prefix: &str| {
            text.get(..prefix.len())
                .filter(|head| head.eq_ignore_ascii_case(prefix))
                .and(text.get(prefix.len()..))
        };
        let name = match (has("cpe:2.3:"), has("cpe:/")) {
            (Some(rest), _) => formatted(rest)?,
            (None, Some(rest)) => uri(rest)?,
            (None, None) => return None,
        };
        let is_named = Attribute::ALL.into_iter().take(3).any(|about| *name.get(about) != Value::Any);
        // Written out in full a name may be longer than it was; then it is no name either.
        let is_long = text.len() > NAME_BYTES_MAX / 4 && name.to_string().len() > NAME_BYTES_MAX;
        (is_named && !is_long).then_some(name)
    }

    /// The value of an attribute.
    pub fn get(&self, about: Attribute) -> &Value {
        self.values.get(about as usize).unwrap_or(&Value::Any)
    }

    /// The same name with another value.
    pub fn with(mut self, about: Attribute, value: Value) -> Name {
        if let Some(place) = self.values.get_mut(about as usize) {
            *place = value;
        }
        self
    }

    /// How this name as the source stands to `target`, over all attributes (NIST IR 7696, 6.2).
    pub fn relation(&self, target: &Name) -> Relation {
        let mut whole = Relation::Equal;
        for about in Attribute::ALL {
            whole = match (whole, relation(self.get(about), target.get(about))) {
                (_, Relation::Disjoint) => return Relation::Disjoint,
                (whole, Relation::Equal) => whole,
                (Relation::Equal, own) => own,
                (whole, own) if whole == own => whole,
                _ => Relation::Undefined,
            };
        }
        whole
    }

    /// What products are looked up by: `o:microsoft:windows_10_1809`; `None` when it names no one product.
    pub fn key(&self) -> Option<String> {
        let word = |about: Attribute| self.get(about).plain().filter(|text| !text.is_empty());
        Some(format!("{}:{}:{}", word(Attribute::Part)?, word(Attribute::Vendor)?, word(Attribute::Product)?))
    }
}

impl fmt::Display for Name {
    /// The formatted string of version 2.3.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cpe:2.3")?;
        for value in &self.values {
            f.write_str(":")?;
            match value {
                Value::Any => f.write_str("*")?,
                Value::NotApplicable => f.write_str("-")?,
                Value::Text(text) => write_text(f, text)?,
            }
        }
        Ok(())
    }
}

fn write_text(f: &mut fmt::Formatter<'_>, text: &Text) -> fmt::Result {
    let wild = |f: &mut fmt::Formatter<'_>, wild: Wild| match wild {
        Wild::No => Ok(()),
        Wild::Any => f.write_str("*"),
        Wild::UpTo(count) => f.write_str(&"?".repeat(count)),
    };
    wild(f, text.before)?;
    // A hyphen alone would be the value that says that the attribute does not apply.
    let is_hyphen = text.body == "-";
    for letter in text.body.chars() {
        if is_hyphen || !(letter.is_alphanumeric() || matches!(letter, '_' | '.' | '-')) {
            f.write_str("\\")?;
        }
        write!(f, "{letter}")?;
    }
    wild(f, text.behind)
}

/// The attributes behind `cpe:2.3:`.
fn formatted(rest: &str) -> Option<Name> {
    let mut parts: Vec<String> = vec![String::new()];
    let mut is_escaped = false;
    for letter in rest.chars() {
        match letter {
            ':' if !is_escaped => parts.push(String::new()),
            other => parts.last_mut()?.push(other),
        }
        is_escaped = letter == '\\' && !is_escaped;
    }
    if parts.len() > ATTRIBUTES || parts.len() < 3 {
        return None;
    }
    let mut values = [const { Value::Any }; ATTRIBUTES];
    for (place, part) in values.iter_mut().zip(&parts) {
        *place = value(part);
    }
    Some(Name { values })
}

/// A value of a formatted string: wildcards at its ends count, others are letters.
fn value(part: &str) -> Value {
    match part {
        "*" | "" => return Value::Any,
        "-" => return Value::NotApplicable,
        _ => {}
    }
    let leading = part.chars().take_while(|c| *c == '?').count();
    let (before, rest) = match part.strip_prefix('*') {
        Some(rest) => (Wild::Any, rest),
        None if leading > 0 => (Wild::UpTo(leading), part.get(leading..).unwrap_or_default()),
        None => (Wild::No, part),
    };
    let trailing = rest.chars().rev().take_while(|c| *c == '?').count();
    let is_quoted = |count: usize| {
        let kept = rest.get(..rest.len().saturating_sub(count)).unwrap_or_default();
        kept.chars().rev().take_while(|c| *c == '\\').count() % 2 == 1
    };
    let (behind, body) = match rest.strip_suffix('*') {
        Some(body) if !is_quoted(1) => (Wild::Any, body),
        _ if trailing > 0 && !is_quoted(trailing) => {
            (Wild::UpTo(trailing), rest.get(..rest.len() - trailing).unwrap_or_default())
        }
        _ => (Wild::No, rest),
    };
    let mut plain = String::with_capacity(body.len());
    let mut letters = body.chars();
    while let Some(letter) = letters.next() {
        plain.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    if plain.is_empty() {
        return Value::Any;
    }
    Value::Text(Text { body: plain.to_lowercase(), before, behind })
}

/// The attributes behind `cpe:/` (NIST IR 7695, 6.1).
fn uri(rest: &str) -> Option<Name> {
    let parts: Vec<&str> = rest.split(':').collect();
    if parts.len() > 7 {
        return None;
    }
    let mut values = [const { Value::Any }; ATTRIBUTES];
    for (place, part) in values.iter_mut().zip(&parts) {
        *place = decoded(part);
    }
    let name = Name { values };
    // Five attributes packed into the edition, each behind a tilde.
    let Some(packed) = parts.get(5).and_then(|edition| edition.strip_prefix('~')) else { return Some(name) };
    let places = [
        Attribute::Edition,
        Attribute::SoftwareEdition,
        Attribute::TargetSoftware,
        Attribute::TargetHardware,
        Attribute::Other,
    ];
    let name = name.with(Attribute::Edition, Value::Any);
    Some(
        places
            .into_iter()
            .zip(packed.split('~'))
            .fold(name, |name, (about, part)| name.with(about, decoded(part))),
    )
}

/// A value of a URI: letters behind per cent signs, of which `%01` is `?` and `%02` is `*`.
fn decoded(part: &str) -> Value {
    match part {
        "" => return Value::Any,
        "-" => return Value::NotApplicable,
        _ => {}
    }
    let mut formatted = String::with_capacity(part.len());
    let mut rest = part;
    while let Some(letter) = rest.chars().next() {
        let code = rest.strip_prefix('%').and_then(|rest| rest.get(..2));
        let byte = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match byte {
            Some(1) => formatted.push('?'),
            Some(2) => formatted.push('*'),
            Some(byte) => formatted.extend(['\\', char::from(byte)]),
            None => {
                if !letter.is_alphanumeric() {
                    formatted.push('\\');
                }
                formatted.push(letter);
            }
        }
        let used = if byte.is_some() { 3 } else { letter.len_utf8() };
        rest = rest.get(used..).unwrap_or_default();
    }
    value(&formatted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap_or_else(|| panic!("{text}"))
    }

    #[test]
    fn values_relate_as_in_table_6_2() {
        use Relation::{Disjoint, Equal, Subset, Superset, Undefined};
        for (source, target, expected) in [
            ("*", "*", Equal),
            ("*", "-", Superset),
            ("*", "i", Superset),
            ("*", "m*", Undefined),
            ("-", "*", Subset),
            ("-", "-", Equal),
            ("-", "i", Disjoint),
            ("-", "m*", Undefined),
            ("i", "i", Equal),
            ("i", "k", Disjoint),
            ("i", "m*", Undefined),
            ("i", "-", Disjoint),
            ("i", "*", Subset),
            ("m*", "mx", Superset),
            ("m*", "n", Disjoint),
            ("m?", "mx", Superset),
            ("m?", "mxy", Disjoint),
            ("*x", "mx", Superset),
            ("m*", "*", Subset),
            ("m*", "-", Disjoint),
            ("m*", "m*", Undefined),
        ] {
            assert_eq!(relation(&value(source), &value(target)), expected, "{source} to {target}");
        }
    }

    #[test]
    fn both_bindings_give_one_name_and_it_prints_again() {
        let formatted = r"cpe:2.3:a:hp:insight_diagnostics:7.4.0.1570:-:*:*:online:win2003:x64:*";
        let uri = "cpe:/a:hp:insight_diagnostics:7.4.0.1570:-:~~online~win2003~x64~";
        assert_eq!(name(formatted), name(uri));
        assert_eq!(name(uri).to_string(), formatted);
        let quoted = r"cpe:2.3:a:foo\\bar:big\$money_manager_2010:*:*:*:*:special:ipod_touch:80gb:*";
        assert_eq!(name(&name(quoted).to_string()), name(quoted));
        assert_eq!(name("cpe:/a:foo%5cbar:big%24money_2010%02").to_string(), {
            r"cpe:2.3:a:foo\\bar:big\$money_2010*:*:*:*:*:*:*:*:*"
        });
        assert_eq!(name(r"cpe:2.3:a:a:b:\-:*:*:*:*:*:*:*").get(Attribute::Version), &Value::text("-"));
        assert_eq!(name("cpe:/o:Microsoft:Windows_10:1809").key().as_deref(), Some("o:microsoft:windows_10"));
        for none in ["", "cpe:", "cpe:/", "cpe:2.3:", "cpe:2.3:a", "pkg:npm/x", "cpe:2.3:*:*:*", "ä"] {
            assert_eq!(Name::parse(none), None, "{none}");
        }
        // Escapes would make it longer than a name may be.
        let long = format!("cpe:/a:maker:{}", "$".repeat(600));
        assert_eq!(Name::parse(&long), None);
    }

    #[test]
    fn names_relate_by_the_weakest_of_their_attributes() {
        let all = name("cpe:2.3:o:microsoft:windows_7:-:*:*:*:*:*:*:*");
        let sp1 = name("cpe:2.3:o:microsoft:windows_7:-:sp1:*:*:*:*:x64:*");
        assert_eq!(all.relation(&sp1), Relation::Superset);
        assert_eq!(sp1.relation(&all), Relation::Subset);
        assert_eq!(all.relation(&all), Relation::Equal);
        assert_eq!(all.relation(&name("cpe:/o:microsoft:windows_8:-")), Relation::Disjoint);
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_name_that_prints_and_reads_again_or_none(text in "(cpe:2\\.3:|cpe:/)?[a-z*?:%~\\\\.-]{0,60}") {
            if let Some(name) = Name::parse(&text) {
                proptest::prop_assert_eq!(Name::parse(&name.to_string()), Some(name));
            }
        }
    }
}
