//! A-ASSOCIATE-RQ, -AC, -RJ and A-ABORT (PS3.8 9.3, PS3.7 annex D.3.3).

use super::super::{Facts, Probe, Side};
use super::contexts::{Contexts, Syntax};
use super::{ASSOCIATE_AC, ASSOCIATE_BYTES_MAX, ASSOCIATE_FIXED_BYTES, ASSOCIATE_RJ, ASSOCIATE_RQ};
use cordon_model::observe::Fact;

/// An application entity title of sixteen bytes, blanks and all.
pub(super) fn title(fixed: &[u8], at: usize) -> [u8; 16] {
    let mut title = [b' '; 16];
    if let Some(bytes) = fixed.get(at..at + 16) {
        title.copy_from_slice(bytes);
    }
    title.map(|byte| if byte == 0 { b' ' } else { byte })
}

/// Reads one item of a request or an acceptance; `None` when it contradicts its form.
pub(super) fn item(
    contexts: &mut Contexts,
    side: Side,
    request: bool,
    kind: u8,
    content: &[u8],
    facts: &mut dyn Facts,
) -> Option<()> {
    const APPLICATION_CONTEXT: u8 = 0x10;
    const PROPOSED_CONTEXT: u8 = 0x20;
    const ANSWERED_CONTEXT: u8 = 0x21;
    const USER_INFORMATION: u8 = 0x50;
    match (kind, request) {
        (APPLICATION_CONTEXT, _) => uid(content).map(|_| ()),
        (PROPOSED_CONTEXT, true) => proposed(contexts, content, facts),
        (ANSWERED_CONTEXT, false) => answered(contexts, content),
        (USER_INFORMATION, _) => user_information(contexts, side, request, content, facts),
        _ => Some(()),
    }
}

/// The first item of some, and what follows it.
fn split_item(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [kind, _, high, low, rest @ ..] = bytes else { return None };
    let (content, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
    Some((*kind, content, rest))
}

/// A unique identifier without its padding (PS3.5 9): digits and dots, at most 64.
fn uid(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().rposition(|byte| !matches!(byte, 0 | b' ')).map_or(0, |at| at + 1);
    let uid = bytes.get(..end)?;
    let suits = !uid.is_empty() && uid.len() <= 64 && uid.iter().all(|b| b.is_ascii_digit() || *b == b'.');
    suits.then_some(uid)
}

/// Abstract syntax and proposed transfer syntaxes of one presentation context.
fn proposed(contexts: &mut Contexts, content: &[u8], facts: &mut dyn Facts) -> Option<()> {
    const ABSTRACT_SYNTAX: u8 = 0x30;
    const TRANSFER_SYNTAX: u8 = 0x40;
    let (&id, mut rest) = (content.first()?, content.get(4..)?);
    let (mut syntax, mut only) = (None, true);
    while !rest.is_empty() {
        let (kind, content, next) = split_item(rest)?;
        rest = next;
        match kind {
            // The table may be full; what is not remembered is counted.
            ABSTRACT_SYNTAX if !contexts.propose(id, uid(content)?) => facts.limit(),
            TRANSFER_SYNTAX => {
                only = syntax.is_none();
                syntax = Some(Syntax::of(uid(content)?));
            }
            _ => {}
        }
    }
    if only && let Some(syntax) = syntax {
        // It holds even if the answer is never seen.
        contexts.answer(id, syntax);
    }
    Some(())
}

/// Result and transfer syntax of one presentation context.
fn answered(contexts: &mut Contexts, content: &[u8]) -> Option<()> {
    let &[id, _, result, _, ref rest @ ..] = content else { return None };
    const ACCEPTANCE: u8 = 0;
    let accepted = result == ACCEPTANCE;
    let syntax = if accepted { Syntax::of(uid(split_item(rest)?.1)?) } else { Syntax::Refused };
    contexts.answer(id, syntax);
    Some(())
}

fn user_information(
    contexts: &mut Contexts,
    side: Side,
    request: bool,
    mut rest: &[u8],
    facts: &mut dyn Facts,
) -> Option<()> {
    const IMPLEMENTATION_CLASS: u8 = 0x52;
    const ROLE_SELECTION: u8 = 0x54;
    const IMPLEMENTATION_VERSION: u8 = 0x55;
    while !rest.is_empty() {
        let (kind, content, next) = split_item(rest)?;
        rest = next;
        match kind {
            IMPLEMENTATION_CLASS => facts.fact(side, Fact::DicomImplementationUid, uid(content)?),
            IMPLEMENTATION_VERSION => facts.fact(
                side,
                Fact::DicomImplementationVersion,
                content.get(..16).unwrap_or(content).trim_ascii_end(),
            ),
            // What the acceptor answers is what holds (PS3.7 D.3.3.4.2).
            ROLE_SELECTION if !request => {
                let (high, low) = (*content.first()?, *content.get(1)?);
                let count = usize::from(u16::from_be_bytes([high, low]));
                let &[user, provider] = content.get(2 + count..)? else { return None };
                contexts.select_roles(uid(content.get(2..2 + count)?)?, user == 1, provider == 1);
            }
            _ => {}
        }
    }
    Some(())
}

/// PS3.8 table 9-21 in words.
pub(super) fn rejection(result: u8, source: u8, reason: u8) -> &'static str {
    match (source, reason, result) {
        (1, 1, 1) => "rejected permanently by the service user: no reason given",
        (1, 1, _) => "rejected transiently by the service user: no reason given",
        (1, 2, 1) => "rejected permanently by the service user: application context name not supported",
        (1, 2, _) => "rejected transiently by the service user: application context name not supported",
        (1, 3, 1) => "rejected permanently by the service user: calling AE title not recognized",
        (1, 3, _) => "rejected transiently by the service user: calling AE title not recognized",
        (1, 7, 1) => "rejected permanently by the service user: called AE title not recognized",
        (1, 7, _) => "rejected transiently by the service user: called AE title not recognized",
        (1, _, _) => "rejected by the service user: reserved reason",
        (2, 1, 1) => "rejected permanently by the service provider (ACSE): no reason given",
        (2, 1, _) => "rejected transiently by the service provider (ACSE): no reason given",
        (2, 2, _) => "rejected by the service provider (ACSE): protocol version not supported",
        (2, _, _) => "rejected by the service provider (ACSE): reserved reason",
        (3, 1, _) => "rejected transiently by the service provider (presentation): temporary congestion",
        (3, 2, _) => "rejected transiently by the service provider (presentation): local limit exceeded",
        (3, _, _) => "rejected by the service provider (presentation): reserved reason",
        _ => "rejected by a reserved source",
    }
}

/// PS3.8 table 9-26 in words.
pub(super) fn abortion(source: u8, reason: u8) -> &'static str {
    match (source, reason) {
        (0, _) => "aborted by the service user",
        (2, 0) => "aborted by the service provider: reason not specified",
        (2, 1) => "aborted by the service provider: unrecognized PDU",
        (2, 2) => "aborted by the service provider: unexpected PDU",
        (2, 4) => "aborted by the service provider: unrecognized PDU parameter",
        (2, 5) => "aborted by the service provider: unexpected PDU parameter",
        (2, 6) => "aborted by the service provider: invalid PDU parameter value",
        (2, _) => "aborted by the service provider: reserved reason",
        _ => "aborted by a reserved source",
    }
}

/// What the first bytes of one side are: a negotiation or its rejection. A conversation whose negotiation
/// was missed begins with a message's command set, whose sender may be either side; it is told by the
/// command, where that is in sight.
pub(super) fn probe(head: &[u8]) -> Probe {
    let form: [u8; 2] = [head.first().copied().unwrap_or(ASSOCIATE_RQ), 0];
    if !form.iter().zip(head).all(|(wanted, have)| wanted == have) {
        return Probe::No;
    }
    let sender = match form[0] {
        ASSOCIATE_RQ => Side::Client,
        ASSOCIATE_AC | ASSOCIATE_RJ => Side::Server,
        super::P_DATA_TF => return super::dataset::probe(head),
        _ => return Probe::No,
    };
    let Some(&[_, _, a, b, c, d]) = head.first_chunk::<6>() else { return Probe::Unsure };
    let count = u32::from_be_bytes([a, b, c, d]);
    if form[0] == ASSOCIATE_RJ {
        return match head.get(6..10) {
            None if count == 4 => Probe::Unsure,
            Some(&[0, 1 | 2, 1..=3, 0..=7]) if count == 4 && head.len() == 10 => Probe::Certain(sender),
            _ => Probe::No,
        };
    }
    if !(ASSOCIATE_FIXED_BYTES as u32..=ASSOCIATE_BYTES_MAX).contains(&count) {
        return Probe::No;
    }
    // Bit 0 of the version is set; titles are printable in the character repertoire in use.
    let version = head.get(6..8).is_none_or(|version| version.last().is_some_and(|low| low & 1 == 1));
    let titles = head.get(10..).unwrap_or_default();
    let printable = titles.iter().take(32).all(|byte| *byte == 0 || *byte >= b' ');
    match (version && printable, head.len()) {
        (false, _) => Probe::No,
        (true, 42..) => Probe::Certain(sender),
        (true, _) => Probe::Unsure,
    }
}
