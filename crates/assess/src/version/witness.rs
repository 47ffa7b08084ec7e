//! Examples for a condition: facts of a device that it holds for, and of one that it does not hold for.
//!
//! They show what a typed condition means, and prove that it tells devices apart.

use super::order::{Token, Version};
use super::{Bounds, Clause, Condition, Decision, Event, Requirement, Subject, decide};
use cordon_model::Timestamp;

/// Facts of an imagined device.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Example {
    /// Its version.
    pub version: Option<Version>,
    /// Its names.
    pub names: Vec<String>,
    /// Its serial number.
    pub serial: Option<String>,
    /// When it was made.
    pub manufactured: Option<Timestamp>,
    /// When its owner got it.
    pub acquired: Option<Timestamp>,
    /// Its parts: name and version.
    pub parts: Vec<(String, String)>,
    /// Circumstances and whether they hold.
    pub stated: Vec<(String, bool)>,
}

impl Example {
    /// The facts as a condition is decided on them.
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            version: self.version.as_ref(),
            names: &self.names,
            serial: self.serial.as_deref(),
            manufactured: self.manufactured,
            acquired: self.acquired,
            parts: &self.parts,
            stated: &self.stated,
        }
    }
}

/// A device inside and a device outside the condition, where such can be found.
pub fn examples(condition: &Condition) -> (Option<Example>, Option<Example>) {
    let Condition::Typed(readings) = condition else { return (None, None) };
    let tried: Vec<Example> = readings.iter().flatten().flat_map(around).collect();
    let find = |wanted: &Decision| {
        tried.iter().find(|example| decide(condition, &example.subject()) == *wanted).cloned()
    };
    (find(&Decision::Inside), find(&Decision::Outside))
}

/// Devices at, below and above the bounds of a clause, with and without its requirements.
fn around(clause: &Clause) -> Vec<Example> {
    let mut out = Vec::new();
    let version = |version: Version| Example { version: Some(version), ..Example::default() };
    match &clause.bounds {
        Bounds::All => out.push(Example::default()),
        Bounds::Exactly(exact) => {
            out.extend(near(exact).into_iter().map(version));
        }
        Bounds::Range { low, high } => {
            for bound in [low, high].into_iter().flatten() {
                out.extend(near(&bound.version).into_iter().map(version));
            }
        }
        Bounds::Dated { event, from, until } => {
            for time in [from, until].into_iter().flatten() {
                for days in [-1, 0, 1] {
                    let time = time.plus_micros(days * 86_400_000_000);
                    let (year, month, day) = time.date();
                    let text = Version::parse(&format!("{year:04}-{month:02}-{day:02}"));
                    let released = *event == Event::Released;
                    out.push(Example {
                        version: text.filter(|_| released),
                        manufactured: (!released).then_some(time),
                        acquired: (!released).then_some(time),
                        ..Example::default()
                    });
                }
            }
        }
        Bounds::Serial { digits, low, high } => {
            for value in [low, high].into_iter().flatten() {
                for near in [value.saturating_sub(1), *value, value.saturating_add(1)] {
                    let serial = Some(format!("{near:0>width$}000", width = usize::from(*digits)));
                    out.push(Example { serial, ..Example::default() });
                }
            }
        }
        Bounds::Variant(name) => {
            let other = name.chars().map(|c| if c.is_ascii_digit() { other_digit(c) } else { c }).collect();
            out.extend([name.clone(), other].map(|name| Example { names: vec![name], ..Example::default() }));
        }
    }
    let met: Vec<Example> = out.iter().cloned().map(|example| meeting(example, &clause.requires)).collect();
    let unmet: Vec<Example> =
        clause.requires.iter().flat_map(|requirement| failing(&met, requirement)).collect();
    met.into_iter().chain(unmet).collect()
}

fn other_digit(digit: char) -> char {
    if digit == '9' { '1' } else { '9' }
}

/// The version, and versions beside it.
fn near(version: &Version) -> Vec<Version> {
    let close = [0, -1, 1].into_iter().filter_map(|step| stepped(version, step));
    let far = [-1, 1].into_iter().filter_map(|step| {
        let mut first = [version.tokens().first()?.clone()];
        let rest = version.tokens().get(1..).unwrap_or_default().iter().cloned();
        let changed = first.iter_mut().any(|token| changed(token, step));
        let text =
            first.iter().cloned().chain(rest).map(|token| spelled(&token)).collect::<Vec<_>>().join(".");
        if changed { Version::parse(&text) } else { None }
    });
    close.chain(far).collect()
}

/// The version with its last number or letter changed, a line made one of its versions.
fn stepped(version: &Version, step: i64) -> Option<Version> {
    let mut tokens = version.tokens().to_vec();
    while matches!(tokens.last(), Some(Token::Wild)) {
        tokens.pop();
    }
    if step == 0 && tokens.len() == version.tokens().len() {
        return Some(version.clone());
    }
    let changed = step == 0 || tokens.iter_mut().rev().any(|token| changed(token, step));
    let text = tokens.iter().map(spelled).collect::<Vec<_>>().join(".");
    if changed { Version::parse(&text) } else { None }
}

/// Changes a number or a letter by one; a number at zero and a word cannot be changed.
fn changed(token: &mut Token, step: i64) -> bool {
    let next = match token {
        Token::Number(value, width) => {
            value.checked_add_signed(step).map(|value| Token::Number(value, *width))
        }
        Token::Stem(value) => value.checked_add_signed(step).map(Token::Stem),
        Token::Word(word) => match (word.as_bytes(), step) {
            ([letter @ b'b'..=b'y'], 1) => Some(Token::Word(char::from(letter + 1).to_string().into())),
            ([letter @ b'b'..=b'y'], -1) => Some(Token::Word(char::from(letter - 1).to_string().into())),
            ([lead, letter @ b'b'..=b'y'], 1 | -1) => {
                let letter = if step == 1 { letter + 1 } else { letter - 1 };
                Some(Token::Word([char::from(*lead), char::from(letter)].iter().collect::<String>().into()))
            }
            _ => None,
        },
        Token::Wild => None,
    };
    match next {
        Some(next) => {
            *token = next;
            true
        }
        None => false,
    }
}

fn spelled(token: &Token) -> String {
    match token {
        Token::Number(value, width) => format!("{value:0>width$}", width = usize::from(*width)),
        Token::Word(word) => word.to_string(),
        Token::Wild => "x".to_owned(),
        Token::Stem(value) => value.to_string(),
    }
}

/// The example with every requirement met.
fn meeting(mut example: Example, requires: &[Requirement]) -> Example {
    for requirement in requires {
        match requirement {
            Requirement::Part { name, versions } => {
                if let Some(version) = part_version(versions, &Decision::Inside) {
                    example.parts.push((name.clone(), version));
                }
            }
            Requirement::Model(model) => example.names.push(model.clone()),
            Requirement::Stated(text) => example.stated.push((text.clone(), true)),
        }
    }
    example
}

/// The examples with one requirement not met.
fn failing(met: &[Example], requirement: &Requirement) -> Vec<Example> {
    met.iter()
        .cloned()
        .map(|mut example| {
            match requirement {
                Requirement::Part { name, versions } => {
                    example.parts.retain(|(part, _)| part != name);
                    match part_version(versions, &Decision::Outside) {
                        Some(version) => example.parts.push((name.clone(), version)),
                        None => example.stated.push((name.clone(), false)),
                    }
                }
                Requirement::Model(model) => {
                    example.names = vec![
                        model.chars().map(|c| if c.is_ascii_digit() { other_digit(c) } else { c }).collect(),
                    ];
                }
                Requirement::Stated(text) => example.stated = vec![(text.clone(), false)],
            }
            example
        })
        .collect()
}

/// A version of a part inside or outside the versions asked for.
fn part_version(versions: &[Clause], wanted: &Decision) -> Option<String> {
    let condition = Condition::Typed(vec![versions.to_vec()]);
    let tried = versions.iter().flat_map(around).collect::<Vec<_>>();
    let found = tried.iter().find(|example| decide(&condition, &example.subject()) == *wanted)?;
    match &found.version {
        Some(version) => Some(version.text().to_owned()),
        None if *wanted == Decision::Inside => Some("1".to_owned()),
        None => None,
    }
}
