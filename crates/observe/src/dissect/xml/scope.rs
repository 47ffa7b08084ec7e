//! Which prefix stands for which namespace where the reader stands.

/// Declarations that are remembered at once; those of no interest take no place unless they hide another.
const BINDINGS_MAX: usize = 16;

#[derive(Clone, Copy, Debug, Default)]
struct Binding {
    prefix: u32,
    depth: u16,
    namespace: u8,
}

/// The namespaces in force.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    bindings: [Binding; BINDINGS_MAX],
    count: u8,
}

impl Scope {
    /// The number of the namespace a qualified name such as `dpws:Device` is of, and its local part.
    pub fn resolve<'a>(&self, name: &'a [u8]) -> (u8, &'a [u8]) {
        match memchr::memchr(b':', name) {
            Some(colon) => {
                let prefix = name.get(..colon).unwrap_or_default();
                (self.lookup(prefix_hash(prefix)), name.get(colon + 1..).unwrap_or_default())
            }
            None => (self.lookup(prefix_hash(b"")), name),
        }
    }

    fn known(&self) -> &[Binding] {
        self.bindings.get(..usize::from(self.count)).unwrap_or_default()
    }

    pub(super) fn lookup(&self, prefix: u32) -> u8 {
        let known = self.known().iter().rev().find(|binding| binding.prefix == prefix);
        known.map_or(0, |binding| binding.namespace)
    }

    /// Remembers a declaration in the element at this depth; `false` when there is no room.
    pub(super) fn declare(&mut self, prefix: u32, depth: u16, namespace: u8) -> bool {
        if self.lookup(prefix) == namespace {
            return true;
        }
        match self.bindings.get_mut(usize::from(self.count)) {
            Some(slot) => {
                *slot = Binding { prefix, depth, namespace };
                self.count += 1;
                true
            }
            None => false,
        }
    }

    /// Forgets what the element at this depth, which ends, declared.
    pub(super) fn leave(&mut self, depth: u16) {
        while self.known().last().is_some_and(|binding| binding.depth >= depth) {
            self.count -= 1;
        }
    }
}

/// Prefixes are told apart by a hash (FNV-1a); only a document made for it has two that are equal.
pub(super) const fn prefix_hash(prefix: &[u8]) -> u32 {
    let mut hash = 0x811c_9dc5_u32;
    let mut rest = prefix;
    while let [first, tail @ ..] = rest {
        hash = (hash ^ *first as u32).wrapping_mul(0x0100_0193);
        rest = tail;
    }
    hash
}
