//! The chapter on what Cordon understands, made from the vocabulary itself so that it cannot fall behind.

use crate::house::House;
use std::collections::BTreeMap;
use std::fmt::Write;

/// Where the vocabulary stands, and the chapter made from it.
const SOURCES: &str = "crates/model/src/observe/";
const CHAPTER: &str = "docs/src/vocabulary.md";

/// How a list of facts begins, in each of the files of `facts/`.
const FACTS: &str = "[$($rest)*] $($before)*";

/// One word: its stable name and what it means.
struct Word {
    name: String,
    meaning: String,
}

/// The chapter is what would be written now.
pub(crate) fn chapter(house: &House) -> Vec<String> {
    if house.text(CHAPTER) == Some(&written(house)) {
        return Vec::new();
    }
    vec![format!("{CHAPTER} is not what the vocabulary says: run `cargo xtask vocabulary`")]
}

/// Writes the chapter anew; answers its path within the workspace and its text.
pub(crate) fn written_to(house: &House) -> (&'static str, String) {
    (CHAPTER, written(house))
}

fn written(house: &House) -> String {
    let sources: Vec<&str> =
        house.sources().filter(|(path, _)| path.starts_with(SOURCES)).map(|(_, text)| text).collect();
    let words =
        |macro_name: &str| -> Vec<Word> { sources.iter().flat_map(|text| block(text, macro_name)).collect() };
    let (protocols, facts, events) = (words("protocols! {"), words(FACTS), words("EventKind, "));
    let mut by_protocol: BTreeMap<&str, Vec<&Word>> = BTreeMap::new();
    for fact in &facts {
        by_protocol.entry(fact.name.split('.').next().unwrap_or_default()).or_default().push(fact);
    }
    let mut out = String::from(
        "# What Cordon understands\n\nEvery protocol, what it may tell of a device, and what counts as an event. \
         The names are those of `cordon observe` and of the evidence in `assessment.json`. There is no name for a \
         patient's data: of that, only the kinds are noted.\n\nThis chapter is made from the vocabulary \
         (`cargo xtask vocabulary`).\n",
    );
    for protocol in &protocols {
        let _ = write!(out, "\n## `{}`\n{}\n", protocol.name, protocol.meaning);
        let Some(facts) = by_protocol.get(protocol.name.as_str()) else { continue };
        out.push_str("\n| fact | says |\n|---|---|\n");
        for fact in facts {
            let _ = writeln!(out, "| `{}` | {} |", fact.name, fact.meaning.replace('|', "\\|"));
        }
    }
    out.push_str("\n## Events\nWhat happened, as against what is so. Facts, not alarms.\n\n| event | says |\n|---|---|\n");
    for event in &events {
        let _ = writeln!(out, "| `{}` | {} |", event.name, event.meaning.replace('|', "\\|"));
    }
    out
}

/// The words of a list: doc comments, then `Variant = "name";` or `Variant: Protocol = "name";`.
fn block(text: &str, beginning: &str) -> Vec<Word> {
    let lines = text.lines().map(str::trim);
    let mut lines = lines.skip_while(|line| !line.starts_with(beginning)).skip(1);
    let (mut words, mut meaning) = (Vec::new(), String::new());
    for line in lines.by_ref() {
        if line == "}" {
            break;
        }
        if let Some(doc) = line.strip_prefix("///") {
            if !meaning.is_empty() {
                meaning.push(' ');
            }
            meaning.push_str(doc.trim());
        } else if let Some((_, name)) = line.split_once(" = \"") {
            let name = name.trim_end_matches("\";").to_owned();
            words.push(Word { name, meaning: std::mem::take(&mut meaning) });
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_with_their_meaning() {
        let text = "[$($rest)*] $($before)*\n    /// One\n    /// two.\n    A: B = \"b.a\";\n    /// Three | four.\n    C: B = \"b.c\";\n}\n";
        let words = block(text, FACTS);
        let read: Vec<(&str, &str)> =
            words.iter().map(|word| (word.name.as_str(), word.meaning.as_str())).collect();
        assert_eq!(read, [("b.a", "One two."), ("b.c", "Three | four.")]);
        assert!(block(text, "protocols! {").is_empty());
    }
}
