//! What a controller of a domain answers to a computer that looks for one (MS-ADTS 6.3.1.9,
//! NETLOGON_SAM_LOGON_RESPONSE_EX).

use super::super::super::{Facts, Side};
use super::super::words::u16_le;
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// Operation codes of the answer: for a known account, and for one that is not.
const ANSWERS: [u16; 2] = [23, 25];
/// Operation code, flags and the domain's identifier stand before the names.
const HEAD: usize = 24;
/// Labels of one name.
const LABELS_MAX: usize = 64;

pub(super) fn answer(value: &[u8], facts: &mut dyn Facts) {
    if !u16_le(value, 0).is_some_and(|code| ANSWERS.contains(&code)) {
        return;
    }
    facts.fact(Side::Server, Fact::LdapRole, b"domain controller");
    let kinds = [
        Some((Side::Server, Fact::LdapForest)),
        Some((Side::Server, Fact::LdapDomain)),
        Some((Side::Server, Fact::LdapHost)),
        Some((Side::Server, Fact::LdapNetbiosDomain)),
        Some((Side::Server, Fact::LdapNetbiosName)),
        // The account that was asked about.
        None,
        Some((Side::Server, Fact::LdapSite)),
        Some((Side::Client, Fact::LdapClientSite)),
    ];
    let Some(end) = kinds.iter().try_fold(HEAD, |at, _| Some(name(value, at)?.1)) else {
        return facts.malformed();
    };
    // With one name more or less, the account could pass for a host.
    if !is_end(value.get(end..).unwrap_or_default()) {
        return facts.malformed();
    }
    let mut at = HEAD;
    for tell in kinds {
        let Some((name, next)) = name(value, at) else { return };
        at = next;
        if let Some((about, fact)) = tell
            && !name.text().is_empty()
        {
            facts.fact(about, fact, name.text().as_bytes());
        }
    }
}

/// What stands behind the names: perhaps the controller's address, then versions of which two are always the
/// same.
fn is_end(rest: &[u8]) -> bool {
    let versions = match rest.split_first() {
        Some((16, _)) if rest.len() > 8 => rest.get(17..).unwrap_or_default(),
        _ => rest,
    };
    versions.len() == 8 && versions.ends_with(&[0xff; 4])
}

/// A name in labels that may refer back (RFC 1035 4.1.4), and what follows it.
fn name(bytes: &[u8], start: usize) -> Option<(Line, usize)> {
    let (mut line, mut at, mut next) = (Line::default(), start, None);
    for _ in 0..LABELS_MAX {
        let length = usize::from(*bytes.get(at)?);
        match length {
            0 => return Some((line, next.unwrap_or(at + 1))),
            0xc0.. => {
                let low = usize::from(*bytes.get(at + 1)?);
                next = next.or(Some(at + 2));
                at = (length & 0x3f) << 8 | low;
            }
            _ => {
                let label = bytes.get(at + 1..)?.get(..length)?;
                let dot = if line.text().is_empty() { "" } else { "." };
                write!(line, "{dot}{}", std::str::from_utf8(label).ok()?).ok()?;
                at += 1 + length;
            }
        }
    }
    None
}
