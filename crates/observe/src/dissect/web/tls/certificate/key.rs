//! The public key and the signature of a certificate (RFC 3279, RFC 5480, RFC 8410): how strong they are.

use super::super::Reader;
use super::{OBJECT_IDENTIFIER, element, expect};
use crate::dissect::{Facts, Side};
use crate::text::Line;
use cordon_model::observe::{EventKind, Fact};
use std::fmt::Write as _;

const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const BIT_STRING: u8 = 0x03;

/// Shorter RSA and DSA keys are not to be used (NIST SP 800-131A).
const BITS_MIN: usize = 2_048;

/// What identifies an algorithm or a curve, and its name; with keys that are told by their length.
const KEYS: &[(&[u8], &str, bool)] = &[
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01", "RSA", true),
    (b"\x2a\x86\x48\xce\x38\x04\x01", "DSA", true),
    (b"\x2b\x65\x70", "Ed25519", false),
    (b"\x2b\x65\x71", "Ed448", false),
];
const ELLIPTIC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const CURVES: &[(&[u8], &str)] = &[
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x01", "P-192"),
    (b"\x2a\x86\x48\xce\x3d\x03\x01\x07", "P-256"),
    (b"\x2b\x81\x04\x00\x21", "P-224"),
    (b"\x2b\x81\x04\x00\x22", "P-384"),
    (b"\x2b\x81\x04\x00\x23", "P-521"),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x07", "brainpoolP256r1"),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0b", "brainpoolP384r1"),
    (b"\x2b\x24\x03\x03\x02\x08\x01\x01\x0d", "brainpoolP512r1"),
];
/// Signatures that can be forged.
const WEAK_SIGNATURES: &[(&[u8], &str)] = &[
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x02", "MD2 with RSA"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x04", "MD5 with RSA"),
    (b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x05", "SHA-1 with RSA"),
    (b"\x2a\x86\x48\xce\x38\x04\x03", "SHA-1 with DSA"),
    (b"\x2a\x86\x48\xce\x3d\x04\x01", "SHA-1 with ECDSA"),
];

/// Tells of a certificate's signature algorithm and its public key; what is not known is not told.
pub(super) fn tell(side: Side, signature: &[u8], public_key: &[u8], facts: &mut dyn Facts) {
    let identifier = expect(&mut Reader(signature), OBJECT_IDENTIFIER).unwrap_or_default();
    if let Some((_, name)) = WEAK_SIGNATURES.iter().find(|(known, _)| *known == identifier) {
        facts.fact(side, Fact::TlsWeakSignature, name.as_bytes());
    }
    let _ = key(side, Reader(public_key), facts);
}

fn key(side: Side, mut info: Reader<'_>, facts: &mut dyn Facts) -> Option<()> {
    let mut algorithm = Reader(expect(&mut info, SEQUENCE)?);
    let identifier = expect(&mut algorithm, OBJECT_IDENTIFIER)?;
    if identifier == ELLIPTIC {
        let curve = expect(&mut algorithm, OBJECT_IDENTIFIER)?;
        let (_, name) = CURVES.iter().find(|(known, _)| *known == curve)?;
        facts.fact(side, Fact::TlsPublicKey, name.as_bytes());
        return Some(());
    }
    let (_, name, measured) = KEYS.iter().find(|(known, _, _)| *known == identifier)?;
    if !measured {
        facts.fact(side, Fact::TlsPublicKey, name.as_bytes());
        return Some(());
    }
    // The modulus of RSA is the first number of the key, that of DSA the first of the algorithm's parameters.
    let number = if *name == "RSA" {
        let key = expect(&mut info, BIT_STRING)?.get(1..)?;
        expect(&mut Reader(expect(&mut Reader(key), SEQUENCE)?), INTEGER)?
    } else {
        let (_, parameters) = element(&mut algorithm)?;
        expect(&mut Reader(parameters), INTEGER)?
    };
    let start = number.iter().position(|byte| *byte != 0)?;
    let significant = number.get(start..)?;
    let bits = significant.len() * 8 - significant.first()?.leading_zeros() as usize;
    let mut line = Line::default();
    write!(line, "{name} {bits}").ok()?;
    facts.fact(side, Fact::TlsPublicKey, line.text().as_bytes());
    if bits < BITS_MIN {
        let mut line = Line::default();
        write!(line, "certificate with {name} key of {bits} bits").ok()?;
        facts.event(side, EventKind::EncryptionWeak, line.text());
    }
    Some(())
}
