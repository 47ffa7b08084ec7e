//! DHCPv4 messages (RFC 2131, RFC 2132).

use cordon_model::Mac;
use std::net::Ipv4Addr;

/// What a client says about itself in every message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    pub(crate) mac: Mac,
    pub(crate) transaction: u32,
    /// Option 12.
    pub(crate) hostname: &'a str,
    /// Option 60; empty when not sent.
    pub(crate) vendor_class: &'a str,
    /// Option 55.
    pub(crate) parameters: &'a [u8],
}

/// What the server hands out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lease<'a> {
    pub(crate) address: Ipv4Addr,
    pub(crate) server: Ipv4Addr,
    pub(crate) router: Ipv4Addr,
    pub(crate) mask: Ipv4Addr,
    pub(crate) domain: &'a str,
}

/// The message types of option 53 that a lease takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Discover = 1,
    Offer = 2,
    Request = 3,
    Ack = 5,
}

const LEASE_SECONDS: u32 = 28_800;

/// A client's message; in a request `asked` is the address it wants and the server it chose, in a renewal
/// `current` is the address it has.
pub(crate) fn from_client(
    kind: Kind,
    client: &Client<'_>,
    current: Option<Ipv4Addr>,
    asked: Option<(Ipv4Addr, Ipv4Addr)>,
) -> Vec<u8> {
    let current = current.unwrap_or(Ipv4Addr::UNSPECIFIED);
    let mut message = header(1, client, current, Ipv4Addr::UNSPECIFIED);
    option(&mut message, 53, &[kind as u8]);
    let mut identifier = vec![1];
    identifier.extend_from_slice(&client.mac.0);
    option(&mut message, 61, &identifier);
    if let Some((address, server)) = asked {
        option(&mut message, 50, &address.octets());
        option(&mut message, 54, &server.octets());
    }
    if !client.hostname.is_empty() {
        option(&mut message, 12, client.hostname.as_bytes());
    }
    if !client.vendor_class.is_empty() {
        option(&mut message, 60, client.vendor_class.as_bytes());
    }
    option(&mut message, 55, client.parameters);
    finish(message)
}

/// The server's offer or acknowledgment.
pub(crate) fn from_server(kind: Kind, client: &Client<'_>, lease: &Lease<'_>) -> Vec<u8> {
    let mut message = header(2, client, Ipv4Addr::UNSPECIFIED, lease.address);
    option(&mut message, 53, &[kind as u8]);
    option(&mut message, 54, &lease.server.octets());
    option(&mut message, 51, &LEASE_SECONDS.to_be_bytes());
    option(&mut message, 1, &lease.mask.octets());
    option(&mut message, 3, &lease.router.octets());
    option(&mut message, 6, &lease.server.octets());
    option(&mut message, 15, lease.domain.as_bytes());
    finish(message)
}

fn header(operation: u8, client: &Client<'_>, current: Ipv4Addr, yours: Ipv4Addr) -> Vec<u8> {
    let mut message = vec![operation, 1, 6, 0];
    message.extend_from_slice(&client.transaction.to_be_bytes());
    message.extend_from_slice(&[0; 4]);
    message.extend_from_slice(&current.octets());
    message.extend_from_slice(&yours.octets());
    // Next server and relay agent: none.
    message.extend_from_slice(&[0; 8]);
    message.extend_from_slice(&client.mac.0);
    // Rest of the hardware address, server name and boot file name: empty.
    message.extend_from_slice(&[0; 10 + 64 + 128]);
    message.extend_from_slice(&[0x63, 0x82, 0x53, 0x63]);
    message
}

fn option(message: &mut Vec<u8>, code: u8, value: &[u8]) {
    let value = value.get(..value.len().min(255)).unwrap_or_default();
    message.push(code);
    message.push(value.len() as u8);
    message.extend_from_slice(value);
}

fn finish(mut message: Vec<u8>) -> Vec<u8> {
    message.push(255);
    // BOOTP's smallest message (RFC 1542 section 2.1), which many clients still pad to.
    message.resize(message.len().max(300), 0);
    message
}
