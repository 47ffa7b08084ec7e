//! Reduced ordered binary decision diagrams (Bryant 1986, "Graph-Based Algorithms for Boolean Function
//! Manipulation"): sets of bit strings, each set stored once, so that equal sets are equal numbers.

/// A node: which bit decides, and where to go on without and with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) bit: u16,
    pub(super) without: u32,
    pub(super) with: u32,
}

/// The diagram of no bit string.
pub(super) const NONE: u32 = 0;
/// The diagram of every bit string.
pub(super) const ALL: u32 = 1;

/// The bit of the two ends: behind every other.
const END: u16 = u16::MAX;
/// No node; an empty place of the table.
const FREE: u32 = u32::MAX;

/// More nodes were needed than are allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the rules are too complex to be compared exactly: more than {nodes} decisions")]
pub struct TooComplex {
    /// How many are allowed.
    pub nodes: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    And,
    Or,
    Minus,
}

#[derive(Clone, Copy)]
struct Remembered {
    operation: u8,
    a: u32,
    b: u32,
    result: u32,
}

/// All diagrams of one comparison.
pub(super) struct Diagrams {
    nodes: Vec<Node>,
    /// Nodes by content: open addressing, a power of two of places.
    table: Vec<u32>,
    /// Results of operations, overwritten by whichever comes later.
    memory: Vec<Remembered>,
    nodes_max: usize,
}

impl Diagrams {
    /// No diagram but the two ends; never more than `nodes_max` nodes of 12 bytes.
    pub(super) fn new(nodes_max: usize) -> Diagrams {
        let end = |at| Node { bit: END, without: at, with: at };
        Diagrams {
            nodes: vec![end(NONE), end(ALL)],
            table: vec![FREE; 1 << 12],
            memory: vec![Remembered { operation: u8::MAX, a: 0, b: 0, result: 0 }; 1 << 12],
            nodes_max: nodes_max.clamp(2, u32::MAX as usize - 1),
        }
    }

    /// How many nodes there are.
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn get(&self, at: u32) -> Node {
        // Numbers come from here alone; the end is a safe answer to any other.
        self.nodes.get(at as usize).copied().unwrap_or(Node { bit: END, without: NONE, with: NONE })
    }

    /// The node that decides by `bit`.
    pub(super) fn node(&mut self, bit: u16, without: u32, with: u32) -> Result<u32, TooComplex> {
        if without == with {
            return Ok(without);
        }
        let node = Node { bit, without, with };
        let mask = self.table.len() - 1;
        let mut place = hash(u64::from(bit), without, with) as usize & mask;
        loop {
            match self.table.get(place).copied().unwrap_or(FREE) {
                FREE => break,
                at if self.get(at) == node => return Ok(at),
                _ => place = (place + 1) & mask,
            }
        }
        if self.nodes.len() >= self.nodes_max {
            return Err(TooComplex { nodes: self.nodes_max });
        }
        let at = self.nodes.len() as u32;
        self.nodes.push(node);
        if let Some(free) = self.table.get_mut(place) {
            *free = at;
        }
        if self.nodes.len() * 2 > self.table.len() {
            self.grow();
        }
        Ok(at)
    }

    fn grow(&mut self) {
        let places = self.table.len() * 2;
        self.table = vec![FREE; places];
        for (at, node) in (0u32..).zip(&self.nodes).skip(2) {
            let mut place = hash(u64::from(node.bit), node.without, node.with) as usize & (places - 1);
            while self.table.get(place).is_some_and(|held| *held != FREE) {
                place = (place + 1) & (places - 1);
            }
            if let Some(free) = self.table.get_mut(place) {
                *free = at;
            }
        }
        // What is remembered is only a saving; a larger memory starts empty.
        let remembered = (places / 2).min(1 << 20);
        if remembered > self.memory.len() {
            self.memory = vec![Remembered { operation: u8::MAX, a: 0, b: 0, result: 0 }; remembered];
        }
    }

    pub(super) fn and(&mut self, a: u32, b: u32) -> Result<u32, TooComplex> {
        self.apply(Operation::And, a, b)
    }

    pub(super) fn or(&mut self, a: u32, b: u32) -> Result<u32, TooComplex> {
        self.apply(Operation::Or, a, b)
    }

    /// What is in `a` and not in `b`.
    pub(super) fn minus(&mut self, a: u32, b: u32) -> Result<u32, TooComplex> {
        self.apply(Operation::Minus, a, b)
    }

    // The depth is that of the bits, 299 at most.
    fn apply(&mut self, operation: Operation, a: u32, b: u32) -> Result<u32, TooComplex> {
        let (a, b) = match operation {
            Operation::And => match (a, b) {
                (NONE, _) | (_, NONE) => return Ok(NONE),
                (ALL, other) | (other, ALL) => return Ok(other),
                _ if a == b => return Ok(a),
                _ => (a.min(b), a.max(b)),
            },
            Operation::Or => match (a, b) {
                (ALL, _) | (_, ALL) => return Ok(ALL),
                (NONE, other) | (other, NONE) => return Ok(other),
                _ if a == b => return Ok(a),
                _ => (a.min(b), a.max(b)),
            },
            Operation::Minus => match (a, b) {
                (NONE, _) | (_, ALL) => return Ok(NONE),
                (_, NONE) => return Ok(a),
                _ if a == b => return Ok(NONE),
                _ => (a, b),
            },
        };
        let place = hash(operation as u64 + 1, a, b) as usize & (self.memory.len() - 1);
        if let Some(known) = self.memory.get(place)
            && (known.operation, known.a, known.b) == (operation as u8, a, b)
        {
            return Ok(known.result);
        }
        let (left, right) = (self.get(a), self.get(b));
        let bit = left.bit.min(right.bit);
        let halves =
            |node: Node, whole: u32| if node.bit == bit { (node.without, node.with) } else { (whole, whole) };
        let ((a0, a1), (b0, b1)) = (halves(left, a), halves(right, b));
        let without = self.apply(operation, a0, b0)?;
        let with = self.apply(operation, a1, b1)?;
        let result = self.node(bit, without, with)?;
        // The memory may have grown meanwhile.
        let place = hash(operation as u64 + 1, a, b) as usize & (self.memory.len() - 1);
        if let Some(room) = self.memory.get_mut(place) {
            *room = Remembered { operation: operation as u8, a, b, result };
        }
        Ok(result)
    }
}

/// Spreads three numbers over 64 bits (the finishing steps of SplitMix64).
fn hash(first: u64, second: u32, third: u32) -> u64 {
    let mut value = (u64::from(second) << 32 | u64::from(third)) ^ first.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}
