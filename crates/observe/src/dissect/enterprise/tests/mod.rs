//! Tests of what computers of an enterprise speak, each with builders of its own from the published formats.

pub(crate) mod access;
mod ber;
pub(crate) mod databases;
pub(crate) mod kerberos;
pub(crate) mod ldap;
mod ntlm;
pub(crate) mod rdp;
pub(crate) mod smb;
pub(crate) mod snmp;

/// A text as 16-bit characters, little-endian.
fn wide(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
