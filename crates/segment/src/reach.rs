//! How many devices each node of a graph comes to, from step to step: what is lost when every device that is reached is
//! lost too.
//!
//! Nodes that reach one another are one component (Tarjan 1972); sets of reached devices are drawn up from the last
//! component to the first, a block of devices at a time, so that memory grows with the nodes only.

/// Words of a block: so many times 64 devices are looked at together.
const WORDS: usize = 64;

type Block = [u64; WORDS];

/// For each node how many of the first `devices` nodes it comes to, itself among them where it is one.
pub(crate) fn counts(next: &[Vec<usize>], devices: usize) -> Vec<u64> {
    let of = components(next);
    let components = of.iter().max().map_or(0, |last| last + 1);
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); components];
    for (node, component) in of.iter().enumerate() {
        if let Some(members) = members.get_mut(*component) {
            members.push(node);
        }
    }
    let after: Vec<Vec<usize>> = (members.iter().enumerate())
        .map(|(own, members)| {
            let targets = members.iter().filter_map(|node| next.get(*node)).flatten();
            let mut after: Vec<usize> = targets.filter_map(|node| of.get(*node).copied()).collect();
            after.sort_unstable();
            after.dedup();
            after.retain(|component| *component != own);
            after
        })
        .collect();
    let mut totals = vec![0u64; components];
    for from in (0..devices).step_by(WORDS * 64) {
        let until = devices.min(from + WORDS * 64);
        block(&members, &after, from..until, &mut totals);
    }
    of.iter().map(|component| totals.get(*component).copied().unwrap_or(0)).collect()
}

/// Adds how many devices of a block each component comes to; what follows a component has a lower number.
fn block(members: &[Vec<usize>], after: &[Vec<usize>], devices: std::ops::Range<usize>, totals: &mut [u64]) {
    let mut rows: Vec<Block> = Vec::with_capacity(members.len());
    for (members, after) in members.iter().zip(after) {
        let mut row: Block = [0; WORDS];
        for node in members.iter().filter(|node| devices.contains(node)) {
            let at = node - devices.start;
            if let Some(word) = row.get_mut(at / 64) {
                *word |= 1 << (at % 64);
            }
        }
        for reached in after.iter().filter_map(|component| rows.get(*component)) {
            row.iter_mut().zip(reached).for_each(|(word, more)| *word |= more);
        }
        rows.push(row);
    }
    for (total, row) in totals.iter_mut().zip(&rows) {
        *total += row.iter().map(|word| u64::from(word.count_ones())).sum::<u64>();
    }
}

const UNSEEN: usize = usize::MAX;

/// Tarjan's walk, with a stack of its own instead of calls: an estate may be one long chain.
struct Walk {
    order: Vec<usize>,
    low: Vec<usize>,
    component: Vec<usize>,
    /// Nodes whose component is not complete yet.
    open: Vec<usize>,
    seen: usize,
    found: usize,
}

/// The component of each node; where one leads to another, the other has the lower number.
fn components(next: &[Vec<usize>]) -> Vec<usize> {
    let nodes = next.len();
    let mut walk = Walk {
        order: vec![UNSEEN; nodes],
        low: vec![UNSEEN; nodes],
        component: vec![UNSEEN; nodes],
        open: Vec::new(),
        seen: 0,
        found: 0,
    };
    for start in 0..nodes {
        if walk.order.get(start) == Some(&UNSEEN) {
            walk.from(start, next);
        }
    }
    walk.component
}

impl Walk {
    fn from(&mut self, start: usize, next: &[Vec<usize>]) {
        let mut path: Vec<(usize, usize)> = Vec::new();
        self.enter(start, &mut path);
        while let Some((node, tried)) = path.last_mut() {
            let node = *node;
            let target = next.get(node).and_then(|targets| targets.get(*tried)).copied();
            *tried += 1;
            match target {
                Some(target) if self.order.get(target) == Some(&UNSEEN) => self.enter(target, &mut path),
                // A node of a component that is complete says nothing of this one.
                Some(target) if self.component.get(target) == Some(&UNSEEN) => {
                    let order = self.order.get(target).copied().unwrap_or(UNSEEN);
                    self.lower(node, order);
                }
                Some(_) => {}
                None => {
                    path.pop();
                    let low = self.low.get(node).copied().unwrap_or(UNSEEN);
                    if let Some((parent, _)) = path.last() {
                        self.lower(*parent, low);
                    }
                    if self.order.get(node) == Some(&low) {
                        self.close(node);
                    }
                }
            }
        }
    }

    fn enter(&mut self, node: usize, path: &mut Vec<(usize, usize)>) {
        for list in [&mut self.order, &mut self.low] {
            if let Some(slot) = list.get_mut(node) {
                *slot = self.seen;
            }
        }
        self.seen += 1;
        self.open.push(node);
        path.push((node, 0));
    }

    fn lower(&mut self, node: usize, value: usize) {
        if let Some(low) = self.low.get_mut(node) {
            *low = value.min(*low);
        }
    }

    fn close(&mut self, node: usize) {
        while let Some(member) = self.open.pop() {
            if let Some(slot) = self.component.get_mut(member) {
                *slot = self.found;
            }
            if member == node {
                break;
            }
        }
        self.found += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn naive(next: &[Vec<usize>], devices: usize) -> Vec<u64> {
        let from = |start: usize| {
            let (mut reached, mut edge) = (BTreeSet::from([start]), vec![start]);
            while let Some(node) = edge.pop() {
                edge.extend(next[node].iter().filter(|target| reached.insert(**target)));
            }
            reached.range(..devices).count() as u64
        };
        (0..next.len()).map(from).collect()
    }

    #[test]
    fn a_long_chain_is_walked_without_calls() {
        let nodes = 20_000;
        let next: Vec<Vec<usize>> =
            (0..nodes).map(|at| Vec::from_iter((at + 1 < nodes).then_some(at + 1))).collect();
        let counts = counts(&next, nodes);
        assert_eq!((counts[0], counts[nodes - 1]), (nodes as u64, 1));
    }

    proptest! {
        #[test]
        fn as_many_are_reached_as_by_walking_from_each(
            nodes in 1usize..40, edges in prop::collection::vec((0usize..40, 0usize..40), 0..120), devices in 0usize..40,
        ) {
            let mut next = vec![Vec::new(); nodes];
            for (from, to) in edges {
                next[from % nodes].push(to % nodes);
            }
            let devices = devices.min(nodes);
            prop_assert_eq!(counts(&next, devices), naive(&next, devices));
        }
    }
}
