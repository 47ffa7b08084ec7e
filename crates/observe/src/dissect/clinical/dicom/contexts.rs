//! What an association proposes and agrees on: SOP classes, transfer syntaxes, roles — packed into a few
//! hundred bytes.

use super::uid::{self, UID_CHARACTERS_MAX, Uid};
use crate::dissect::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// Room for proposed SOP classes: as many storage classes fit as an association can have contexts.
const POOL_BYTES: usize = 800;
/// Transfer syntaxes remembered as told; acceptors choose among few.
const SYNTAXES_TOLD: usize = 4;
/// Context ids are odd: 1 to 255.
const IDS: usize = 128;

/// What became of a presentation context, and how its data sets are encoded (PS3.5 clause 10), as far as
/// their reading goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Syntax {
    /// The negotiation was not seen: the data set itself must tell.
    #[default]
    Unknown,
    ImplicitLittle,
    /// Also every encapsulated one.
    ExplicitLittle,
    ExplicitBig,
    /// Explicit, little endian, all of it compressed (RFC 1951).
    Deflated,
    /// A manufacturer's own: the data set itself must tell.
    Private,
    RefusedByUser,
    RefusedByProvider,
    RefusedAbstract,
    RefusedTransfer,
    RefusedOtherwise,
}

impl Syntax {
    const ALL: [Syntax; 11] = [
        Syntax::Unknown,
        Syntax::ImplicitLittle,
        Syntax::ExplicitLittle,
        Syntax::ExplicitBig,
        Syntax::Deflated,
        Syntax::Private,
        Syntax::RefusedByUser,
        Syntax::RefusedByProvider,
        Syntax::RefusedAbstract,
        Syntax::RefusedTransfer,
        Syntax::RefusedOtherwise,
    ];

    pub(super) fn of(uid: &[u8]) -> Syntax {
        match uid {
            b"1.2.840.10008.1.2" => Syntax::ImplicitLittle,
            b"1.2.840.10008.1.2.2" => Syntax::ExplicitBig,
            // Deflated data sets; deflated frames alone (1.2.8.1) leave the data set as it is.
            b"1.2.840.10008.1.2.1.99" | b"1.2.840.10008.1.2.4.95" | b"1.2.840.10008.1.2.4.205" => {
                Syntax::Deflated
            }
            _ if uid.starts_with(b"1.2.840.10008.1.2.") => Syntax::ExplicitLittle,
            _ => Syntax::Private,
        }
    }

    /// The refusal with this result (PS3.8 table 9-18).
    pub(super) fn refused(result: u8) -> Syntax {
        match result {
            1 => Syntax::RefusedByUser,
            2 => Syntax::RefusedByProvider,
            3 => Syntax::RefusedAbstract,
            4 => Syntax::RefusedTransfer,
            _ => Syntax::RefusedOtherwise,
        }
    }

    /// Why it was refused, where it was.
    pub(super) fn refusal(self) -> Option<&'static str> {
        Some(match self {
            Syntax::RefusedByUser => "user rejection",
            Syntax::RefusedByProvider => "provider rejection, no reason",
            Syntax::RefusedAbstract => "abstract syntax not supported",
            Syntax::RefusedTransfer => "transfer syntaxes not supported",
            Syntax::RefusedOtherwise => "reserved result",
            _ => return None,
        })
    }
}

/// What became of each context of an association.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answers {
    /// Half a byte for each context id.
    syntaxes: [u8; IDS / 2],
}

impl Default for Answers {
    fn default() -> Self {
        Answers { syntaxes: [0; IDS / 2] }
    }
}

impl Answers {
    /// The acceptor's answer for a context.
    pub(super) fn set(&mut self, id: u8, syntax: Syntax) {
        if id & 1 == 0 {
            return;
        }
        let index = usize::from(id >> 1);
        if let Some(pair) = self.syntaxes.get_mut(index >> 1) {
            let shift = (index & 1) * 4;
            *pair = *pair & !(15 << shift) | (syntax as u8) << shift;
        }
    }

    /// What became of a context.
    pub(super) fn get(&self, id: u8) -> Syntax {
        let index = usize::from(id >> 1);
        let pair = self.syntaxes.get(index >> 1).copied().unwrap_or_default();
        let number = pair >> ((index & 1) * 4) & 15;
        Syntax::ALL.get(usize::from(number)).copied().unwrap_or_default()
    }
}

/// The SOP classes a request proposes, until they are answered.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proposals {
    /// Records of proposed SOP classes: id, flags, length in characters, packed characters.
    pool: [u8; POOL_BYTES],
    used: u16,
    /// Marks of transfer syntaxes that were told of.
    told: [u32; SYNTAXES_TOLD],
}

impl Default for Proposals {
    fn default() -> Self {
        Proposals { pool: [0; POOL_BYTES], used: 0, told: [0; SYNTAXES_TOLD] }
    }
}

/// Flags of a record: roles of the requestor that the acceptor selected.
const SELECTED: u8 = 1;
const USER: u8 = 2;
const PROVIDER: u8 = 4;
/// Which root of the identifier was left out, above the other flags.
const ROOT_SHIFT: u8 = 4;

const RECORD_HEADER_BYTES: usize = 3;

impl Proposals {
    /// Remembers a proposed SOP class; `false` when there is no room.
    pub(super) fn propose(&mut self, id: u8, uid: &[u8]) -> bool {
        let (root, rest) = uid::split_root(uid);
        let start = usize::from(self.used);
        let end = start + RECORD_HEADER_BYTES + rest.len().div_ceil(2);
        let Some([id_slot, flags, length, packed @ ..]) = self.pool.get_mut(start..end) else { return false };
        (*id_slot, *flags, *length) = (id, root << ROOT_SHIFT, rest.len() as u8);
        uid::pack(rest, packed);
        self.used = end as u16;
        true
    }

    /// The acceptor's selection of the requestor's roles for a SOP class.
    pub(super) fn select_roles(&mut self, uid: &[u8], user: bool, provider: bool) {
        let (user, provider) = (if user { USER } else { 0 }, if provider { PROVIDER } else { 0 });
        let mut at = 0;
        while let Some((record, next)) = self.record(at) {
            let flags = record.flags >> ROOT_SHIFT << ROOT_SHIFT | SELECTED | user | provider;
            let same = record.uid(&mut [0; UID_CHARACTERS_MAX]) == uid;
            if let Some(slot) = self.pool.get_mut(at + 1).filter(|_| same) {
                *slot = flags;
            }
            at = next;
        }
    }

    /// Tells of a transfer syntax that was accepted, unless it was told of already.
    pub(super) fn tell_syntax(&mut self, server: Side, uid: &[u8], facts: &mut dyn Facts) {
        let mark = Uid::of(uid).map_or(0, |uid| uid.mark(0));
        if !self.told.contains(&mark) {
            self.told.rotate_right(1);
            if let Some(last) = self.told.first_mut() {
                *last = mark;
            }
            facts.fact(server, Fact::DicomTransferSyntax, uid);
        }
    }

    /// Tells who uses and who provides each accepted SOP class, and why others were refused.
    pub(super) fn tell(&self, answers: &Answers, server: Side, facts: &mut dyn Facts) {
        let mut at = 0;
        while let Some((record, next)) = self.record(at) {
            at = next;
            let mut text = [0; UID_CHARACTERS_MAX];
            let uid = record.uid(&mut text);
            match answers.get(record.id) {
                Syntax::Unknown => {}
                syntax => match syntax.refusal() {
                    Some(why) => {
                        let mut line = Line::default();
                        let _ = write!(line, "{} {why}", uid.escape_ascii());
                        facts.fact(server, Fact::DicomRefused, line.text().as_bytes());
                    }
                    None => record.tell_roles(uid, server, facts),
                },
            }
        }
    }

    /// The record at a place in the pool, and where the next one is.
    fn record(&self, at: usize) -> Option<(Record<'_>, usize)> {
        let used = self.pool.get(..usize::from(self.used))?;
        let [id, flags, length, packed @ ..] = used.get(at..)? else { return None };
        let bytes = usize::from(*length).div_ceil(2);
        let record = Record { id: *id, flags: *flags, length: *length, packed: packed.get(..bytes)? };
        Some((record, at + RECORD_HEADER_BYTES + bytes))
    }
}

/// One proposed SOP class.
struct Record<'a> {
    id: u8,
    flags: u8,
    length: u8,
    packed: &'a [u8],
}

impl Record<'_> {
    fn uid<'t>(&self, text: &'t mut [u8; UID_CHARACTERS_MAX]) -> &'t [u8] {
        uid::unpack(self.flags >> ROOT_SHIFT, self.length, self.packed, text)
    }

    fn tell_roles(&self, uid: &[u8], server: Side, facts: &mut dyn Facts) {
        let client = server.other();
        let selected = self.flags & SELECTED != 0;
        if !selected || self.flags & USER != 0 {
            facts.fact(client, Fact::DicomScu, uid);
            facts.fact(server, Fact::DicomScp, uid);
        }
        if selected && self.flags & PROVIDER != 0 {
            facts.fact(client, Fact::DicomScp, uid);
            facts.fact(server, Fact::DicomScu, uid);
        }
    }
}
