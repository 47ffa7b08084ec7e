//! Disjoint sets of nodes, with what keeps sets apart.

use std::collections::{BTreeMap, BTreeSet};

/// Groups of nodes, each known by its first node.
#[derive(Clone, Debug, Default)]
pub(crate) struct Groups<'a> {
    parents: Vec<usize>,
    labels: BTreeMap<usize, Labels<'a>>,
}

#[derive(Clone, Debug, Default)]
struct Labels<'a> {
    tags: BTreeSet<&'a str>,
    /// Rows by list.
    rows: BTreeMap<u32, BTreeSet<&'a str>>,
    /// Parts by the number of the person's correction that keeps them apart.
    parts: BTreeMap<u32, BTreeSet<u32>>,
}

impl Labels<'_> {
    fn parted_from(&self, other: &Self) -> bool {
        self.parts.iter().any(|(number, parts)| other.parts.get(number).is_some_and(|others| others != parts))
    }

    /// Why both cannot be one device, if they cannot: a person said so, two asset tags, or two rows of one list
    /// unless they bear the same tag.
    fn why_apart(&self, other: &Self) -> Option<&'static str> {
        if self.parted_from(other) {
            return Some("a person keeps them apart");
        }
        let tags: BTreeSet<&&str> = self.tags.iter().chain(&other.tags).collect();
        if tags.len() > 1 {
            return Some("they bear different asset tags");
        }
        let same_tag = !self.tags.is_empty() && self.tags == other.tags;
        let two_rows =
            |(list, rows): (&u32, &BTreeSet<&str>)| other.rows.get(list).is_some_and(|others| others != rows);
        (!same_tag && self.rows.iter().any(two_rows)).then_some("they are two rows of one list")
    }
}

impl<'a> Labels<'a> {
    fn take(&mut self, other: Labels<'a>) {
        self.tags.extend(other.tags);
        for (list, rows) in other.rows {
            self.rows.entry(list).or_default().extend(rows);
        }
        for (number, parts) in other.parts {
            self.parts.entry(number).or_default().extend(parts);
        }
    }
}

impl<'a> Groups<'a> {
    pub(crate) fn new(count: usize) -> Groups<'a> {
        Groups { parents: (0..count).collect(), labels: BTreeMap::new() }
    }

    pub(crate) fn root(&self, mut index: usize) -> usize {
        while let Some(parent) = self.parents.get(index)
            && *parent != index
        {
            index = *parent;
        }
        index
    }

    pub(crate) fn label_row(
        &mut self,
        index: usize,
        list: u32,
        name: &'a str,
        tags: impl Iterator<Item = &'a str>,
    ) {
        let labels = self.labels.entry(self.root(index)).or_default();
        labels.tags.extend(tags);
        labels.rows.entry(list).or_default().insert(name);
    }

    pub(crate) fn label_part(&mut self, index: usize, number: u32, part: u32) {
        let labels = self.labels.entry(self.root(index)).or_default();
        labels.parts.entry(number).or_default().insert(part);
    }

    fn labels(&self, index: usize) -> Labels<'a> {
        self.labels.get(&self.root(index)).cloned().unwrap_or_default()
    }

    /// Why two groups stay apart, in words.
    pub(crate) fn why_apart(&self, one: usize, other: usize) -> &'static str {
        self.labels(one).why_apart(&self.labels(other)).unwrap_or("nothing keeps them apart")
    }

    /// Makes two groups one, unless their labels keep them apart; true when they are one now.
    pub(crate) fn join(&mut self, one: usize, other: usize) -> bool {
        let apart = self.labels(one).why_apart(&self.labels(other)).is_some();
        if !apart {
            self.force(one, other);
        }
        !apart
    }

    /// Makes two groups one whatever lists say, unless a person keeps them apart; true when they are one now.
    pub(crate) fn merge(&mut self, one: usize, other: usize) -> bool {
        let (mine, theirs) = (self.labels(one), self.labels(other));
        let apart = mine.parted_from(&theirs);
        if !apart {
            self.force(one, other);
        }
        !apart
    }

    /// Makes two groups one whatever their labels say. The lower number stays the root, so that the outcome does not
    /// depend on the order of joining.
    fn force(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        let (root, child) = (one.min(other), one.max(other));
        if root == child {
            return;
        }
        if let Some(parent) = self.parents.get_mut(child) {
            *parent = root;
        }
        if let Some(labels) = self.labels.remove(&child) {
            self.labels.entry(root).or_default().take(labels);
        }
    }

    /// True when all of these could be one device together.
    pub(crate) fn all_agree(&self, indexes: impl Iterator<Item = usize>) -> bool {
        let mut together = Labels::default();
        let mut roots = BTreeSet::new();
        for index in indexes {
            if !roots.insert(self.root(index)) {
                continue;
            }
            let labels = self.labels(index);
            if together.why_apart(&labels).is_some() {
                return false;
            }
            together.take(labels);
        }
        true
    }
}
