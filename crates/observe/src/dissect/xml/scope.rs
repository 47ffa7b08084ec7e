//! Which prefix stands for which namespace where the reader stands.

/// Declarations that are remembered at once; those of no interest take no place unless they hide another.
const BINDINGS_MAX: usize = 20;

/// The namespaces in force: the same place in each list is one declaration.
#[derive(Clone, Copy, Debug, Default)]
pub struct Scope {
    prefixes: [u32; BINDINGS_MAX],
    depths: [u8; BINDINGS_MAX],
    namespaces: [u8; BINDINGS_MAX],
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

    pub(super) fn lookup(&self, prefix: u32) -> u8 {
        let known = self.prefixes.iter().zip(self.namespaces).take(usize::from(self.count)).rev();
        let mut known = known.filter(|(known, _)| **known == prefix);
        known.next().map_or(0, |(_, namespace)| namespace)
    }

    /// Remembers a declaration in the element at this depth; `false` when there is no room.
    pub(super) fn declare(&mut self, prefix: u32, depth: u8, namespace: u8) -> bool {
        if self.lookup(prefix) == namespace {
            return true;
        }
        let at = usize::from(self.count);
        let slots = (self.prefixes.get_mut(at), self.depths.get_mut(at), self.namespaces.get_mut(at));
        let (Some(prefix_slot), Some(depth_slot), Some(namespace_slot)) = slots else { return false };
        (*prefix_slot, *depth_slot, *namespace_slot) = (prefix, depth, namespace);
        self.count += 1;
        true
    }

    /// Forgets what the element at this depth, which ends, declared.
    pub(super) fn leave(&mut self, depth: u8) {
        let declared = self.depths.iter().take(usize::from(self.count)).rev();
        self.count -= declared.take_while(|declared| **declared >= depth).count() as u8;
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
