//! DNS queries and answers for host addresses (RFC 1035).

use std::net::Ipv4Addr;

/// A recursive query for the address of `name`.
pub(crate) fn query(id: u16, name: &str) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    message.extend_from_slice(&[0x01, 0x00, 0, 1, 0, 0, 0, 0, 0, 0]);
    question(&mut message, name);
    message
}

/// The answer to that query; `None` says that there is no such name.
pub(crate) fn answer(id: u16, name: &str, address: Option<Ipv4Addr>) -> Vec<u8> {
    let mut message = id.to_be_bytes().to_vec();
    match address {
        Some(_) => message.extend_from_slice(&[0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]),
        None => message.extend_from_slice(&[0x81, 0x83, 0, 1, 0, 0, 0, 0, 0, 0]),
    }
    question(&mut message, name);
    if let Some(address) = address {
        // The name is that of the question, at offset 12; type A, class IN, 300 seconds, 4 bytes.
        message.extend_from_slice(&[0xc0, 12, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4]);
        message.extend_from_slice(&address.octets());
    }
    message
}

fn question(message: &mut Vec<u8>, name: &str) {
    for label in name.split('.').filter(|label| !label.is_empty() && label.len() < 64) {
        message.push(label.len() as u8);
        message.extend_from_slice(label.as_bytes());
    }
    message.extend_from_slice(&[0, 0, 1, 0, 1]);
}
