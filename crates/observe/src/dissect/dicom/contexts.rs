//! What an association agreed on: SOP classes, transfer syntaxes, roles — packed into a few hundred bytes.

use super::super::{Facts, Side};
use cordon_model::observe::Fact;

/// Room for proposed SOP classes. An identifier takes half a byte a character, without its well-known root,
/// so that as many storage classes fit as an association can have contexts.
const POOL_BYTES: usize = 800;
/// Roots that are left out: none, of storage classes, of all that the standard defines.
const ROOTS: [&[u8]; 3] = [b"", b"1.2.840.10008.5.1.4.1.1.", b"1.2.840.10008."];
/// Context ids are odd: 1 to 255.
const IDS: usize = 128;

/// How a data set is encoded (PS3.5 clause 10), as far as its reading goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Syntax {
    /// The negotiation was not seen: the data set itself must tell.
    #[default]
    Unknown,
    Refused,
    ImplicitLittle,
    /// Also every encapsulated one.
    ExplicitLittle,
    ExplicitBig,
    /// Cannot be read here: deflated.
    Opaque,
    /// A manufacturer's own: the data set itself must tell.
    Private,
}

impl Syntax {
    const ALL: [Syntax; 7] = [
        Syntax::Unknown,
        Syntax::Refused,
        Syntax::ImplicitLittle,
        Syntax::ExplicitLittle,
        Syntax::ExplicitBig,
        Syntax::Opaque,
        Syntax::Private,
    ];

    pub(super) fn of(uid: &[u8]) -> Syntax {
        match uid {
            b"1.2.840.10008.1.2" => Syntax::ImplicitLittle,
            b"1.2.840.10008.1.2.2" => Syntax::ExplicitBig,
            // Deflated data sets; deflated frames alone (1.2.8.1) leave the data set as it is.
            b"1.2.840.10008.1.2.1.99" | b"1.2.840.10008.1.2.4.95" | b"1.2.840.10008.1.2.4.205" => {
                Syntax::Opaque
            }
            _ if uid.starts_with(b"1.2.840.10008.1.2.") => Syntax::ExplicitLittle,
            _ => Syntax::Private,
        }
    }
}

/// The contexts of one association.
#[derive(Clone, Copy, Debug)]
pub(super) struct Contexts {
    /// The called title, until the association is known to be accepted.
    pub(super) called: [u8; 16],
    /// Half a byte for each context id.
    syntaxes: [u8; IDS / 2],
    /// Records of proposed SOP classes: id, flags, length in characters, packed characters.
    pool: [u8; POOL_BYTES],
    used: u16,
}

impl Default for Contexts {
    fn default() -> Self {
        Contexts { called: [b' '; 16], syntaxes: [0; IDS / 2], pool: [0; POOL_BYTES], used: 0 }
    }
}

/// Flags of a record: roles of the requestor that the acceptor selected.
const SELECTED: u8 = 1;
const USER: u8 = 2;
const PROVIDER: u8 = 4;
/// Which root of the identifier was left out, above the other flags.
const ROOT_SHIFT: u8 = 4;

const RECORD_HEADER_BYTES: usize = 3;

impl Contexts {
    /// The association was accepted: the called title is this side's.
    pub(super) fn accepted(&mut self, server: Side, facts: &mut dyn Facts) {
        let called = self.called.trim_ascii();
        if !called.is_empty() {
            facts.fact(server, Fact::DicomCalledAe, called);
        }
        self.called = [b' '; 16];
    }

    /// Remembers a proposed SOP class; `false` when there is no room.
    pub(super) fn propose(&mut self, id: u8, uid: &[u8]) -> bool {
        let known = ROOTS.iter().zip(0u8..).skip(1).find(|(root, _)| uid.starts_with(root));
        let (root, index) = known.map_or((&b""[..], 0), |(root, index)| (*root, index));
        let rest = uid.get(root.len()..).unwrap_or_default();
        let start = usize::from(self.used);
        let end = start + RECORD_HEADER_BYTES + rest.len().div_ceil(2);
        let Some([id_slot, flags, length, packed @ ..]) = self.pool.get_mut(start..end) else { return false };
        (*id_slot, *flags, *length) = (id, index << ROOT_SHIFT, rest.len() as u8);
        for (slot, pair) in packed.iter_mut().zip(rest.chunks(2)) {
            let nibble =
                |byte: Option<&u8>| byte.map_or(0, |byte| if *byte == b'.' { 10 } else { byte & 15 });
            *slot = nibble(pair.first()) << 4 | nibble(pair.get(1));
        }
        self.used = end as u16;
        true
    }

    /// The answers follow: what was only proposed no longer holds.
    pub(super) fn begin_answers(&mut self) {
        self.syntaxes = [0; IDS / 2];
    }

    /// The acceptor's answer for a context.
    pub(super) fn answer(&mut self, id: u8, syntax: Syntax) {
        if id & 1 == 0 {
            return;
        }
        let index = usize::from(id >> 1);
        if let Some(pair) = self.syntaxes.get_mut(index >> 1) {
            let shift = (index & 1) * 4;
            *pair = *pair & !(15 << shift) | (syntax as u8) << shift;
        }
    }

    /// The transfer syntax agreed for a context.
    pub(super) fn syntax(&self, id: u8) -> Syntax {
        let index = usize::from(id >> 1);
        let pair = self.syntaxes.get(index >> 1).copied().unwrap_or_default();
        let number = pair >> ((index & 1) * 4) & 15;
        Syntax::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }

    /// The acceptor's selection of the requestor's roles for a SOP class.
    pub(super) fn select_roles(&mut self, uid: &[u8], user: bool, provider: bool) {
        let (user, provider) = (if user { USER } else { 0 }, if provider { PROVIDER } else { 0 });
        let mut at = 0;
        while let Some((record, next)) = self.record(at) {
            let flags = record.flags >> ROOT_SHIFT << ROOT_SHIFT | SELECTED | user | provider;
            let same = record.uid(&mut [0; 64]) == uid;
            if let Some(slot) = self.pool.get_mut(at + 1).filter(|_| same) {
                *slot = flags;
            }
            at = next;
        }
    }

    /// Tells who uses and who provides each accepted SOP class, and forgets the classes.
    pub(super) fn tell_roles(&mut self, server: Side, facts: &mut dyn Facts) {
        let mut at = 0;
        while let Some((record, next)) = self.record(at) {
            at = next;
            if matches!(self.syntax(record.id), Syntax::Unknown | Syntax::Refused) {
                continue;
            }
            let mut text = [0; 64];
            let uid = record.uid(&mut text);
            let selected = record.flags & SELECTED != 0;
            let client = server.other();
            if !selected || record.flags & USER != 0 {
                facts.fact(client, Fact::DicomScu, uid);
                facts.fact(server, Fact::DicomScp, uid);
            }
            if selected && record.flags & PROVIDER != 0 {
                facts.fact(client, Fact::DicomScp, uid);
                facts.fact(server, Fact::DicomScu, uid);
            }
        }
        self.used = 0;
    }

    /// The record at a place in the pool, and where the next one is.
    fn record(&self, at: usize) -> Option<(Record<'_>, usize)> {
        let used = self.pool.get(..usize::from(self.used))?;
        let [id, flags, length, packed @ ..] = used.get(at..)? else { return None };
        let bytes = usize::from(*length).div_ceil(2);
        let record =
            Record { id: *id, flags: *flags, length: usize::from(*length), packed: packed.get(..bytes)? };
        Some((record, at + RECORD_HEADER_BYTES + bytes))
    }
}

/// One proposed SOP class.
struct Record<'a> {
    id: u8,
    flags: u8,
    length: usize,
    packed: &'a [u8],
}

impl Record<'_> {
    fn uid<'t>(&self, text: &'t mut [u8; 64]) -> &'t [u8] {
        let root = ROOTS.get(usize::from(self.flags >> ROOT_SHIFT)).copied().unwrap_or_default();
        let nibbles = self.packed.iter().flat_map(|byte| [byte >> 4, byte & 15]).take(self.length);
        let characters = nibbles.map(|nibble| if nibble == 10 { b'.' } else { b'0' + nibble });
        let mut count = 0;
        for (slot, byte) in text.iter_mut().zip(root.iter().copied().chain(characters)) {
            *slot = byte;
            count += 1;
        }
        text.get(..count).unwrap_or_default()
    }
}
