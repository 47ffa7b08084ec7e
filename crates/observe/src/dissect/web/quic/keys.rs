//! The keys of a connection's first packets (RFC 9001 5.2, RFC 9369 3.3), made from its first identifier, and what
//! they open.

use super::{PACKET_BYTES_MAX, Packet, Version};
use aes_gcm::aead::inout::InOutBuf;
use aes_gcm::aead::{AeadInOut as _, KeyInit as _};
use aes_gcm::aes::Aes128;
use aes_gcm::aes::cipher::BlockCipherEncrypt as _;
use aes_gcm::{Aes128Gcm, Nonce, Tag};
use hmac::{Hmac, Mac as _};
use sha2::Sha256;

/// What authenticates a packet, at its end.
const TAG_BYTES: usize = 16;
const SAMPLE_BYTES: usize = 16;
/// Where the sample lies after the packet number's first byte (RFC 9001 5.4.2).
const SAMPLE_AFTER: usize = 4;

const SALT_1: [u8; 20] = *b"\x38\x76\x2c\xf7\xf5\x59\x34\xb3\x4d\x17\x9a\xe6\xa4\xc8\x0c\xad\xcc\xbb\x7f\x0a";
const SALT_2: [u8; 20] = *b"\x0d\xed\xe3\xde\xf7\x00\xa6\xdb\x81\x93\x81\xbe\x6e\x26\x9d\xcb\xf9\xbd\x2e\xd9";
/// Drafts 29 to 32.
const SALT_29: [u8; 20] =
    *b"\xaf\xbf\xec\x28\x99\x93\xd2\x4c\x9e\x97\x86\xf1\x9c\x61\x11\xe0\x43\x90\xa8\x99";
/// Drafts 23 to 28.
const SALT_23: [u8; 20] =
    *b"\xc3\xee\xf7\x12\xc7\x2e\xbb\x5a\x11\xa7\xd2\x43\x2b\xb4\x63\x65\xbe\xf9\xf5\x02";

/// A client's.
pub(super) struct Keys {
    key: [u8; 16],
    start: [u8; 12],
    header: [u8; 16],
}

impl Keys {
    /// Those that belong to a client's first identifier.
    pub(super) fn of_client(version: Version, identifier: &[u8]) -> Option<Keys> {
        let salt = match version {
            Version::One | Version::Draft(33..) => SALT_1,
            Version::Two => SALT_2,
            Version::Draft(29..) => SALT_29,
            Version::Draft(_) => SALT_23,
        };
        let [key, start, header] = match version {
            Version::Two => [&b"quicv2 key"[..], b"quicv2 iv", b"quicv2 hp"],
            _ => [&b"quic key"[..], b"quic iv", b"quic hp"],
        };
        let initial = authenticate(&salt, &[identifier])?;
        let client = expand(&initial, b"client in", 32)?;
        let part = |label, length| expand(&client, label, length);
        Some(Keys {
            key: *part(key, 16)?.first_chunk()?,
            start: *part(start, 12)?.first_chunk()?,
            header: *part(header, 16)?.first_chunk()?,
        })
    }

    #[cfg(test)]
    pub(super) fn parts(&self) -> ([u8; 16], [u8; 12], [u8; 16]) {
        (self.key, self.start, self.header)
    }

    /// What a packet holds; `None` when these are not its keys, or a part of it is missing.
    pub(super) fn open<'a>(
        &self,
        packet: &Packet<'_>,
        buffer: &'a mut [u8; PACKET_BYTES_MAX],
    ) -> Option<&'a [u8]> {
        let at = packet.number_at;
        if packet.bytes.len() != packet.length {
            return None;
        }
        let bytes = buffer.get_mut(..packet.length)?;
        bytes.copy_from_slice(packet.bytes);
        let sample = bytes.get(at + SAMPLE_AFTER..)?.first_chunk::<SAMPLE_BYTES>()?;
        let mut mask = (*sample).into();
        Aes128::new(&self.header.into()).encrypt_block(&mut mask);
        let [first_mask, masks @ ..] = <[u8; SAMPLE_BYTES]>::from(mask);
        let first = bytes.first_mut()?;
        *first ^= first_mask & 0x0f;
        let number_bytes = usize::from(*first & 3) + 1;
        let mut nonce = self.start;
        let places = nonce.iter_mut().skip(self.start.len() - number_bytes);
        for ((byte, mask), place) in bytes.get_mut(at..at + number_bytes)?.iter_mut().zip(masks).zip(places) {
            *byte ^= mask;
            *place ^= *byte;
        }
        let (head, content) = bytes.split_at_mut_checked(at + number_bytes)?;
        let (content, tag) = content.split_at_mut_checked(content.len().checked_sub(TAG_BYTES)?)?;
        let tag = Tag::try_from(&*tag).ok()?;
        let cipher = Aes128Gcm::new(&self.key.into());
        let opened =
            cipher.decrypt_inout_detached(&Nonce::from(nonce), head, InOutBuf::from(&mut *content), &tag);
        opened.ok().map(|()| &*content)
    }
}

/// HMAC (RFC 2104), which is also HKDF's first step (RFC 5869 2.2).
fn authenticate(key: &[u8], parts: &[&[u8]]) -> Option<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in parts {
        mac.update(part);
    }
    Some(mac.finalize().into_bytes().into())
}

/// HKDF-Expand-Label (RFC 8446 7.1) of at most one block, so that its one step is a single HMAC (RFC 5869 2.3).
fn expand(secret: &[u8; 32], label: &[u8], length: u8) -> Option<[u8; 32]> {
    const PREFIX: &[u8] = b"tls13 ";
    let label_length = u8::try_from(PREFIX.len() + label.len()).ok()?;
    authenticate(secret, &[&[0, length, label_length], PREFIX, label, &[0, 1]])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9001 A.1 and RFC 9369 A.1.
    #[test]
    fn keys_are_those_of_the_standards_examples() {
        let identifier = b"\x83\x94\xc8\xf0\x3e\x51\x57\x08";
        let keys = Keys::of_client(Version::One, identifier).unwrap();
        assert_eq!(keys.key, *b"\x1f\x36\x96\x13\xdd\x76\xd5\x46\x77\x30\xef\xcb\xe3\xb1\xa2\x2d");
        assert_eq!(keys.start, *b"\xfa\x04\x4b\x2f\x42\xa3\xfd\x3b\x46\xfb\x25\x5c");
        assert_eq!(keys.header, *b"\x9f\x50\x44\x9e\x04\xa0\xe8\x10\x28\x3a\x1e\x99\x33\xad\xed\xd2");
        let keys = Keys::of_client(Version::Two, identifier).unwrap();
        assert_eq!(keys.key, *b"\x8b\x1a\x0b\xc1\x21\x28\x42\x90\xa2\x9e\x09\x71\xb5\xcd\x04\x5d");
        assert_eq!(keys.start, *b"\x91\xf7\x3e\x23\x51\xd8\xfa\x91\x66\x0e\x90\x9f");
        assert_eq!(keys.header, *b"\x45\xb9\x5e\x15\x23\x5d\x6f\x45\xa6\xb1\x9c\xbc\xb0\x29\x4b\xa9");
    }
}
