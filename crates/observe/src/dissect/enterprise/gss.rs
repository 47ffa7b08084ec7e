//! Tokens of GSS-API and SPNEGO (RFC 2743, RFC 4178) within other protocols: NTLM's messages or a ticket of
//! Kerberos.

use super::super::Facts;
use super::{ber, kerberos, ntlm};

/// Tells what the token in some bytes says, wherever in them it begins. Answers `true` when there is one.
pub(super) fn find(bytes: &[u8], facts: &mut dyn Facts) -> bool {
    ntlm::find(bytes, facts) || kerberos::find_ticket(bytes, facts)
}

/// True when a token ends where its own lengths say; where another protocol's length of it is a lie, what follows
/// it is none of that protocol's.
pub(super) fn is_whole(token: &[u8]) -> bool {
    match ber::start(token) {
        _ if token.starts_with(ntlm::SIGNATURE) => ntlm::is_whole(token),
        ber::Start::Known(head) => head.head + head.length == token.len(),
        _ => false,
    }
}

/// Bytes of a header's token that are looked at: NTLM's messages fit, and the beginning of a ticket.
const HEADER_TOKEN_MAX: usize = 1536;

/// Tells what the token in a header of HTTP says (`NTLM …`, `Negotiate …`; RFC 4559), if there is one.
pub(crate) fn find_in_header(value: &[u8], facts: &mut dyn Facts) {
    let Some(at) = memchr::memchr(b' ', value) else { return };
    let (scheme, token) = (value.get(..at).unwrap_or_default(), value.get(at + 1..).unwrap_or_default());
    if !scheme.eq_ignore_ascii_case(b"NTLM") && !scheme.eq_ignore_ascii_case(b"Negotiate") {
        return;
    }
    let mut bytes = [0; HEADER_TOKEN_MAX];
    let length = decode(token.trim_ascii(), &mut bytes);
    find(bytes.get(..length).unwrap_or_default(), facts);
}

/// Undoes Base64 (RFC 4648 4) as far as there is room; ends at anything else. Answers how much there is.
fn decode(text: &[u8], out: &mut [u8]) -> usize {
    let (mut bits, mut count, mut places) = (0u32, 0, 0);
    let mut room = out.iter_mut();
    for byte in text {
        let digit = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => break,
        };
        (bits, places) = (bits << 6 | u32::from(digit), places + 6);
        if places >= 8 {
            places -= 8;
            let Some(place) = room.next() else { break };
            *place = (bits >> places) as u8;
            count += 1;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_undone() {
        let mut out = [0; 8];
        let mut decoded = |text: &[u8]| {
            let length = decode(text, &mut out);
            out[..length].to_vec()
        };
        assert_eq!(decoded(b"TlRMTQ=="), b"NTLM");
        assert_eq!(decoded(b"TlRMTVM="), b"NTLMS");
        assert_eq!(decoded(b"TlRMTVNTUAAAAAAA"), b"NTLMSSP\0");
        assert_eq!(decoded(b"!"), b"");
    }
}
