//! Texts and inputs, each kept once and known by number.

use cordon_model::observe::Source;
use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::Arc;

/// The number of a text; numbers follow the order of arrival and say nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Text(u32);

/// Texts by number.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    numbers: HashMap<Arc<str>, Text>,
    texts: Vec<Arc<str>>,
}

impl Texts {
    /// The number of a text, which it gets now if it has none.
    pub(crate) fn number(&mut self, text: &str) -> Text {
        if let Some(number) = self.numbers.get(text) {
            return *number;
        }
        let number = Text(u32::try_from(self.texts.len()).unwrap_or(u32::MAX));
        let kept: Arc<str> = Arc::from(text);
        self.texts.push(Arc::clone(&kept));
        self.numbers.insert(kept, number);
        number
    }

    /// The text.
    pub(crate) fn get(&self, number: Text) -> &str {
        self.texts.get(number.0 as usize).map_or("", |text| &**text)
    }
}

/// The room between the labels of two inputs that follow each other.
const LABEL_STEP: u32 = 1 << 16;

/// The inputs of all Batches.
///
/// Each has a number by arrival, which never changes, and a label. Labels sort as the names do, so that what was
/// decided by comparing them stays right when further inputs arrive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inputs {
    by_name: BTreeMap<String, u32>,
    labels: Vec<u32>,
}

impl Inputs {
    /// The number of the input with this name, and whether all labels had to change for it.
    pub(crate) fn number(&mut self, name: &str) -> (u32, bool) {
        if let Some(number) = self.by_name.get(name) {
            return (*number, false);
        }
        let mut below = self.by_name.range::<str, _>((Bound::Unbounded, Bound::Excluded(name)));
        let before = below.next_back().and_then(|(_, input)| self.label_of(*input));
        let mut above = self.by_name.range::<str, _>((Bound::Excluded(name), Bound::Unbounded));
        let after = above.next().and_then(|(_, input)| self.label_of(*input));
        let label = match (before, after) {
            (None, None) => Some(u32::MAX / 2),
            (Some(before), None) => before.checked_add(LABEL_STEP).filter(|label| *label < u32::MAX),
            (None, Some(after)) => after.checked_sub(LABEL_STEP),
            (Some(before), Some(after)) => (after - before > 1).then(|| before + (after - before) / 2),
        };
        let number = u32::try_from(self.labels.len()).unwrap_or(u32::MAX);
        self.by_name.insert(name.to_owned(), number);
        self.labels.push(label.unwrap_or(0));
        if label.is_none() {
            self.label_anew();
        }
        (number, label.is_none())
    }

    fn label_anew(&mut self) {
        let step = (u32::MAX / u32::try_from(self.by_name.len() + 1).unwrap_or(u32::MAX)).max(1);
        let mut label = 0u32;
        for input in self.by_name.values() {
            label = label.saturating_add(step);
            if let Some(slot) = self.labels.get_mut(*input as usize) {
                *slot = label;
            }
        }
    }

    /// The label of the input with this number.
    pub(crate) fn label(&self, input: u32) -> u32 {
        self.label_of(input).unwrap_or(u32::MAX)
    }

    fn label_of(&self, input: u32) -> Option<u32> {
        self.labels.get(input as usize).copied()
    }

    /// A source with its input's label in place of its number.
    pub(crate) fn labelled(&self, source: Source) -> Source {
        Source { input: self.label_of(source.input).unwrap_or(u32::MAX), packet: source.packet }
    }

    /// The one of two sources that comes first.
    pub(crate) fn first(&self, one: Source, other: Source) -> Source {
        if self.labelled(other) < self.labelled(one) { other } else { one }
    }

    /// The names in order.
    pub(crate) fn names(&self) -> Vec<String> {
        self.by_name.keys().cloned().collect()
    }

    /// Where each label's input stands among the names.
    pub(crate) fn positions(&self) -> Positions {
        let labels = self.by_name.values().map(|input| self.label_of(*input).unwrap_or(u32::MAX)).collect();
        Positions { labels }
    }

    /// The name of the input with this label.
    pub(crate) fn name(&self, label: u32) -> &str {
        let found = self.by_name.iter().find(|(_, input)| self.label_of(**input) == Some(label));
        found.map_or("", |(name, _)| name)
    }
}

/// From labels to places in the list of names.
#[derive(Clone, Debug)]
pub(crate) struct Positions {
    labels: Vec<u32>,
}

impl Positions {
    /// The source as others are to see it.
    pub(crate) fn of(&self, source: Source) -> Source {
        // What rests on no one place in an input has none.
        if source.packet == 0 {
            return Source::default();
        }
        let place = self.labels.binary_search(&source.input).ok();
        Source {
            input: place.and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX),
            packet: source.packet,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_sort_as_names_do_however_inputs_arrive() {
        let mut inputs = Inputs::default();
        let mut anew = 0;
        // Each new name lies between the two before it, which uses the room up soonest.
        let mut names = vec!["a".to_owned(), "c".to_owned()];
        for turn in 0..60 {
            let last = names.last().cloned().unwrap_or_default();
            names.push(if turn % 2 == 0 { format!("b{}", "m".repeat(turn)) } else { format!("{last}a") });
        }
        for name in &names {
            anew += u32::from(inputs.number(name).1);
        }
        let positions = inputs.positions();
        assert!(positions.labels.is_sorted() && positions.labels.len() == inputs.names().len());
        assert!(anew > 0, "the room between labels was used up");
        let (number, _) = inputs.number("c");
        let place = positions.of(inputs.labelled(Source { input: number, packet: 7 }));
        assert_eq!(inputs.names()[place.input as usize], "c");
        assert_eq!(place.packet, 7);
    }
}
