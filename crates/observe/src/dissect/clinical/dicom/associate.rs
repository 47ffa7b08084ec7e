//! A-ASSOCIATE-RQ, -AC, -RJ and A-ABORT (PS3.8 9.3, PS3.7 annex D.3.3).

use super::contexts::{Answers, Proposals, Syntax};
use super::uid;
use super::{ASSOCIATE_AC, ASSOCIATE_BYTES_MAX, ASSOCIATE_FIXED_BYTES, ASSOCIATE_RJ, ASSOCIATE_RQ};
use crate::dissect::{Facts, Probe, Side};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

/// An application entity title of sixteen bytes, blanks and all.
pub(super) type Title = [u8; 16];

/// The title at a place of a negotiation's fixed part.
pub(super) fn title(fixed: &[u8], at: usize) -> Title {
    let mut title = [b' '; 16];
    if let Some(bytes) = fixed.get(at..at + 16) {
        title.copy_from_slice(bytes);
    }
    title.map(|byte| if byte == 0 { b' ' } else { byte })
}

/// Item types (PS3.8 9.3.2, 9.3.3, annex D; PS3.7 annex D.3.3).
pub(super) const USER_INFORMATION: u8 = 0x50;
const APPLICATION_CONTEXT: u8 = 0x10;
const PROPOSED_CONTEXT: u8 = 0x20;
const ANSWERED_CONTEXT: u8 = 0x21;
const MAXIMUM_LENGTH: u8 = 0x51;
const IMPLEMENTATION_CLASS: u8 = 0x52;
const ASYNCHRONOUS_OPERATIONS: u8 = 0x53;
const ROLE_SELECTION: u8 = 0x54;
const IMPLEMENTATION_VERSION: u8 = 0x55;
const EXTENDED: u8 = 0x56;
const COMMON_EXTENDED: u8 = 0x57;
pub(super) const USER_IDENTITY: u8 = 0x58;
const USER_IDENTITY_ANSWER: u8 = 0x59;

/// Reads the items of one request or acceptance.
pub(super) struct Negotiation<'a> {
    /// Who sends it.
    pub(super) side: Side,
    pub(super) request: bool,
    /// The classes proposed; `None` when the request was missed.
    pub(super) proposals: Option<&'a mut Proposals>,
    pub(super) answers: &'a mut Answers,
    pub(super) facts: &'a mut dyn Facts,
}

impl Negotiation<'_> {
    /// Reads one item, of the negotiation itself or within its user information; `None` when it contradicts
    /// its form.
    pub(super) fn item(&mut self, kind: u8, content: &[u8]) -> Option<()> {
        match (kind, self.request) {
            (APPLICATION_CONTEXT, _) => self.application_context(content),
            (PROPOSED_CONTEXT, true) => self.proposed(content),
            (ANSWERED_CONTEXT, false) => self.answered(content),
            (MAXIMUM_LENGTH, _) => self.maximum_length(content),
            (IMPLEMENTATION_CLASS, _) => {
                self.facts.fact(self.side, Fact::DicomImplementationUid, uid::trimmed(content)?);
                Some(())
            }
            (IMPLEMENTATION_VERSION, _) => {
                let name = content.get(..16).unwrap_or(content).trim_ascii_end();
                self.facts.fact(self.side, Fact::DicomImplementationVersion, name);
                Some(())
            }
            (ASYNCHRONOUS_OPERATIONS, _) => self.asynchronous(content),
            // What the acceptor answers is what holds (PS3.7 D.3.3.4.2).
            (ROLE_SELECTION, false) => self.roles(content),
            (EXTENDED, _) => self.extended(content),
            (COMMON_EXTENDED, true) => self.common_extended(content),
            (USER_IDENTITY, true) => self.user_identity(content),
            (USER_IDENTITY_ANSWER, false) => {
                split_text(content)?;
                self.facts.fact(self.side, Fact::DicomUserIdentity, b"answers a user's identity");
                Some(())
            }
            _ => Some(()),
        }
    }

    fn application_context(&mut self, content: &[u8]) -> Option<()> {
        const OF_DICOM: &[u8] = b"1.2.840.10008.3.1.1.1";
        let uid = uid::trimmed(content)?;
        if self.request && uid != OF_DICOM {
            self.facts.fact(self.side, Fact::DicomApplicationContext, uid);
        }
        Some(())
    }

    /// Abstract syntax and proposed transfer syntaxes of one presentation context.
    fn proposed(&mut self, content: &[u8]) -> Option<()> {
        const ABSTRACT_SYNTAX: u8 = 0x30;
        const TRANSFER_SYNTAX: u8 = 0x40;
        let (&id, mut rest) = (content.first()?, content.get(4..)?);
        let (mut syntax, mut only) = (None, true);
        while !rest.is_empty() {
            let (kind, content, next) = split_item(rest)?;
            rest = next;
            match kind {
                // The table may be full; what is not remembered is counted.
                ABSTRACT_SYNTAX => {
                    let uid = uid::trimmed(content)?;
                    if self.proposals.as_mut().is_some_and(|proposals| !proposals.propose(id, uid)) {
                        self.facts.limit();
                    }
                }
                TRANSFER_SYNTAX => {
                    only = syntax.is_none();
                    syntax = Some(Syntax::of(uid::trimmed(content)?));
                }
                _ => {}
            }
        }
        if only && let Some(syntax) = syntax {
            // It holds even if the answer is never seen.
            self.answers.set(id, syntax);
        }
        Some(())
    }

    /// Result and transfer syntax of one presentation context.
    fn answered(&mut self, content: &[u8]) -> Option<()> {
        let &[id, _, result, _, ref rest @ ..] = content else { return None };
        const ACCEPTANCE: u8 = 0;
        if result != ACCEPTANCE {
            self.answers.set(id, Syntax::refused(result));
            return Some(());
        }
        let uid = uid::trimmed(split_item(rest)?.1)?;
        self.answers.set(id, Syntax::of(uid));
        if let Some(proposals) = self.proposals.as_mut() {
            proposals.tell_syntax(self.side, uid, self.facts);
        }
        Some(())
    }

    fn maximum_length(&mut self, content: &[u8]) -> Option<()> {
        let length = u32::from_be_bytes(content.try_into().ok()?);
        self.tell(Fact::DicomMaximumLength, format_args!("{length}"));
        Some(())
    }

    fn asynchronous(&mut self, content: &[u8]) -> Option<()> {
        let &[a, b, c, d] = content else { return None };
        let (invoked, performed) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        self.tell(Fact::DicomAsynchronous, format_args!("{invoked}/{performed}"));
        Some(())
    }

    fn roles(&mut self, content: &[u8]) -> Option<()> {
        let (class, rest) = split_text(content)?;
        let &[user, provider] = rest else { return None };
        let class = uid::trimmed(class)?;
        if let Some(proposals) = self.proposals.as_mut() {
            proposals.select_roles(class, user == 1, provider == 1);
        }
        Some(())
    }

    /// What a service class lets its users say of themselves, a byte a feature.
    fn extended(&mut self, content: &[u8]) -> Option<()> {
        const SHOWN_BYTES: usize = 16;
        let (class, information) = split_text(content)?;
        let class = uid::trimmed(class)?;
        let mut line = Line::default();
        let _ = write!(line, "{} ", class.escape_ascii());
        for byte in information.iter().take(SHOWN_BYTES) {
            let _ = write!(line, "{byte:02x}");
        }
        self.facts.fact(self.side, Fact::DicomExtendedNegotiation, line.text().as_bytes());
        Some(())
    }

    /// To which service a SOP class belongs, and as which general ones its objects may pass.
    fn common_extended(&mut self, content: &[u8]) -> Option<()> {
        let (class, rest) = split_text(content)?;
        let (service, rest) = split_text(rest)?;
        let (mut related, _) = split_text(rest)?;
        let mut line = Line::default();
        let (class, service) = (uid::trimmed(class)?, uid::trimmed(service)?);
        let _ = write!(line, "{} of {}", class.escape_ascii(), service.escape_ascii());
        while !related.is_empty() {
            let (general, next) = split_text(related)?;
            related = next;
            let _ = write!(line, ", as {}", uid::trimmed(general)?.escape_ascii());
        }
        self.facts.fact(self.side, Fact::DicomExtendedNegotiation, line.text().as_bytes());
        Some(())
    }

    /// By what a user is named and proven. Only the first two bytes of the item are looked at, so that it
    /// does not matter when an assertion is too long to be held.
    fn user_identity(&mut self, content: &[u8]) -> Option<()> {
        let &[kind, response, ..] = content else { return None };
        // A Kerberos ticket proves nothing without its session key; the others can be used by who reads them.
        let (word, secret) = match kind {
            1 => ("user name", ""),
            2 => ("user name and passcode", "a user name and passcode"),
            3 => ("Kerberos service ticket", ""),
            4 => ("SAML assertion", "a SAML assertion"),
            5 => ("JSON Web Token", "a JSON Web Token"),
            _ => ("reserved type", ""),
        };
        let asks = if response == 1 { ", response requested" } else { "" };
        self.tell(Fact::DicomUserIdentity, format_args!("{word}{asks}"));
        if !secret.is_empty() {
            let mut line = Line::default();
            let _ = write!(line, "{secret} in an association request");
            self.facts.event(self.side, EventKind::DicomClearCredentials, line.text());
        }
        Some(())
    }

    fn tell(&mut self, fact: Fact, words: std::fmt::Arguments<'_>) {
        let mut line = Line::default();
        let _ = line.write_fmt(words);
        self.facts.fact(self.side, fact, line.text().as_bytes());
    }
}

/// The first item of some, and what follows it.
fn split_item(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let [kind, _, high, low, rest @ ..] = bytes else { return None };
    let (content, rest) = rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))?;
    Some((*kind, content, rest))
}

/// A text with its length before it, and what follows.
fn split_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let [high, low, rest @ ..] = bytes else { return None };
    rest.split_at_checked(usize::from(u16::from_be_bytes([*high, *low])))
}

/// Tells of a rejection; one that is about a title tells which it was (PS3.8 9.3.4).
pub(super) fn reject(side: Side, [result, source, reason]: [u8; 3], titles: &Titles, facts: &mut dyn Facts) {
    const SERVICE_USER: u8 = 1;
    const CALLING_UNKNOWN: u8 = 3;
    const CALLED_UNKNOWN: u8 = 7;
    let titled = source == SERVICE_USER && matches!(reason, CALLING_UNKNOWN | CALLED_UNKNOWN);
    if !titled {
        return facts.event(side, EventKind::DicomRejected, rejection(result, source, reason));
    }
    let mut line = Line::default();
    let (called, calling) = (Text(titles.called), Text(titles.calling));
    let _ = match reason {
        CALLED_UNKNOWN => write!(line, "called AE title not recognized: {called}, asked for by {calling}"),
        _ => write!(line, "calling AE title not recognized: {calling}, asking for {called}"),
    };
    facts.event(side, EventKind::DicomWrongAeTitle, line.text());
}

/// The titles an association was opened with; blank when that was not seen.
#[derive(Clone, Copy, Debug)]
pub(super) struct Titles {
    pub(super) called: Title,
    pub(super) calling: Title,
    /// Whether the called title may be its bearer's, which only an acceptance shows.
    pub(super) open: bool,
}

impl Default for Titles {
    fn default() -> Self {
        Titles { called: [b' '; 16], calling: [b' '; 16], open: false }
    }
}

impl Titles {
    /// The association was accepted: the called title is this side's.
    pub(super) fn accepted(&mut self, server: Side, facts: &mut dyn Facts) {
        if self.open {
            facts.fact(server, Fact::DicomCalledAe, self.called.trim_ascii());
        }
        self.open = false;
    }
}

/// A title in words.
struct Text(Title);

impl std::fmt::Display for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let title = self.0.trim_ascii();
        if title.is_empty() { write!(f, "unknown") } else { write!(f, "{}", title.escape_ascii()) }
    }
}

/// PS3.8 table 9-21 in words, but for titles.
fn rejection(result: u8, source: u8, reason: u8) -> &'static str {
    match (source, reason, result) {
        (1, 1, 1) => "rejected permanently by the service user: no reason given",
        (1, 1, _) => "rejected transiently by the service user: no reason given",
        (1, 2, 1) => "rejected permanently by the service user: application context name not supported",
        (1, 2, _) => "rejected transiently by the service user: application context name not supported",
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
        super::P_DATA_TF => return super::command::probe(head),
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
    // Bit 0 of the version is set; titles are printable in the character repertoire in use, and not blank.
    let version = head.get(6..8).is_none_or(|version| version.last().is_some_and(|low| low & 1 == 1));
    let titles = head.get(10..).unwrap_or_default();
    let printable = titles.iter().take(32).all(|byte| *byte == 0 || *byte >= b' ');
    // The called title will do where what follows was not captured and the version is the usual one.
    let usual = head.get(6..10) == Some(&[0, 1, 0, 0]);
    let called = titles.get(..16).is_some_and(|title| title.iter().any(u8::is_ascii_alphanumeric));
    match (version && printable, head.len()) {
        (false, _) => Probe::No,
        (true, 42..) => Probe::Certain(sender),
        (true, 26..) if usual && called => Probe::Certain(sender),
        (true, _) => Probe::Unsure,
    }
}
