//! What several tools record of a protocol, told as the facts a dissector of ours would tell of it.

use crate::tell::{At, Teller};
use cordon_model::observe::{EventKind, Fact};
use cordon_model::{Endpoint, Mac};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// The endpoint of an address alone.
pub(crate) fn host(ip: IpAddr) -> Endpoint {
    Endpoint { ip: Some(ip), ..Endpoint::default() }
}

/// The endpoint of a station alone.
pub(crate) fn station(mac: Mac) -> Endpoint {
    Endpoint { mac: Some(mac), ..Endpoint::default() }
}

/// Answers of one message that are told.
const ANSWERS_MAX: usize = 64;

/// A question was asked of a name server.
pub(crate) fn dns_query(teller: &mut Teller<'_>, at: At, client: Endpoint, name: &str) {
    teller.fact(at, client, Fact::DnsQuery, name.trim_end_matches('.'));
}

/// A name server answered; `kind` is the type of record asked for (`A`, `PTR`).
pub(crate) fn dns_answer<'a>(
    teller: &mut Teller<'_>,
    at: At,
    server: Endpoint,
    name: &str,
    kind: &str,
    answers: impl Iterator<Item = &'a str>,
) {
    teller.presence(at, server, Fact::DnsServer);
    let name = name.trim_end_matches('.');
    for answer in answers.take(ANSWERS_MAX) {
        match kind {
            "A" | "AAAA" => {
                // Aliases stand among the addresses.
                if let Some(ip) = crate::scan::ip(answer.as_bytes()) {
                    teller.fact(at, host(ip), Fact::DnsName, name);
                }
            }
            "PTR" => {
                if let Some(ip) = reversed(name) {
                    teller.fact(at, host(ip), Fact::DnsReverseName, answer.trim_end_matches('.'));
                }
            }
            _ => {}
        }
    }
}

/// The address a name of the reverse trees stands for (RFC 1035 3.5, RFC 3596 2.5).
fn reversed(name: &str) -> Option<IpAddr> {
    let lower = name.to_ascii_lowercase();
    if let Some(labels) = lower.strip_suffix(".in-addr.arpa") {
        let octets: Vec<u8> =
            labels.split('.').rev().map(|label| label.parse().ok()).collect::<Option<_>>()?;
        let octets: [u8; 4] = octets.try_into().ok()?;
        return Some(IpAddr::V4(Ipv4Addr::from(octets)));
    }
    let labels = lower.strip_suffix(".ip6.arpa")?;
    let mut whole = 0u128;
    let mut count = 0;
    for label in labels.split('.') {
        let digit = u128::from(u8::from_str_radix(label, 16).ok().filter(|_| label.len() == 1)?);
        whole = whole >> 4 | digit << 124;
        count += 1;
    }
    (count == 32).then_some(IpAddr::V6(Ipv6Addr::from(whole)))
}

/// What a DHCP server's record says of a client.
#[derive(Default)]
pub(crate) struct Lease<'a> {
    pub(crate) mac: Option<Mac>,
    pub(crate) address: Option<IpAddr>,
    pub(crate) hostname: Option<&'a str>,
    pub(crate) fqdn: Option<&'a str>,
    pub(crate) domain: Option<&'a str>,
    pub(crate) vendor_class: Option<&'a str>,
    pub(crate) user_class: Option<&'a str>,
    pub(crate) client_identifier: Option<&'a str>,
    pub(crate) parameter_list: Option<&'a str>,
}

/// Tells a lease; false when it names no station or address.
pub(crate) fn lease(teller: &mut Teller<'_>, at: At, lease: &Lease<'_>) -> bool {
    let mac = lease.mac.filter(|mac| !mac.is_zero() && !mac.is_group());
    let Some(client) = mac.map(station).or_else(|| lease.address.map(host)) else { return false };
    let told = [
        (Fact::DhcpHostname, lease.hostname),
        (Fact::DhcpFqdn, lease.fqdn),
        (Fact::DhcpDomain, lease.domain),
        (Fact::DhcpVendorClass, lease.vendor_class),
        (Fact::DhcpUserClass, lease.user_class),
        (Fact::DhcpClientIdentifier, lease.client_identifier),
        (Fact::DhcpParameterList, lease.parameter_list),
    ];
    for (fact, value) in told {
        if let Some(value) = value {
            teller.fact(at, client, fact, value);
        }
    }
    if let Some(address) = lease.address {
        teller.fact(at, client, Fact::DhcpAddress, &address.to_string());
    }
    true
}

/// What a handshake of TLS showed of its server.
#[derive(Default)]
pub(crate) struct Handshake<'a> {
    pub(crate) server_name: Option<&'a str>,
    /// As tools write it: `TLSv12`, `TLS 1.2`.
    pub(crate) version: Option<&'a str>,
    pub(crate) subject: Option<&'a str>,
    pub(crate) issuer: Option<&'a str>,
    /// End of the certificate's validity.
    pub(crate) not_after: Option<cordon_model::Timestamp>,
}

/// Tells a handshake of TLS.
pub(crate) fn handshake(teller: &mut Teller<'_>, at: At, server: Endpoint, shown: &Handshake<'_>) {
    let version = shown.version.and_then(tls_version);
    let not_after = shown.not_after.map(|time| time.to_string());
    let told = [
        (Fact::TlsServerName, shown.server_name),
        (Fact::TlsVersion, version),
        (Fact::TlsSubject, shown.subject),
        (Fact::TlsIssuer, shown.issuer),
        (Fact::TlsNotAfter, not_after.as_deref()),
    ];
    for (fact, value) in told {
        if let Some(value) = value {
            teller.fact(at, server, fact, value);
        }
    }
}

/// A version as [`Fact::TlsVersion`] spells it.
fn tls_version(text: &str) -> Option<&'static str> {
    let letters: String =
        text.chars().filter(|c| c.is_ascii_alphanumeric()).map(|c| c.to_ascii_lowercase()).collect();
    Some(match letters.as_str() {
        "sslv3" | "ssl3" => "ssl3",
        "tlsv10" | "tlsv1" | "tls10" | "tls1" => "1.0",
        "tlsv11" | "tls11" => "1.1",
        "tlsv12" | "tls12" => "1.2",
        "tlsv13" | "tls13" => "1.3",
        _ => return None,
    })
}

/// A log-in, or what is like one.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    pub(crate) at: At,
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
}

/// A user name or password crossed the network in clear text.
pub(crate) fn clear_credentials(teller: &mut Teller<'_>, session: Session, what: &str) {
    let Session { at, client, server } = session;
    teller.event(at, client, Some(server), EventKind::LogInClearCredentials, what);
}

/// A log-in failed.
pub(crate) fn log_in_failed(teller: &mut Teller<'_>, session: Session, what: &str) {
    let Session { at, client, server } = session;
    teller.event(at, client, Some(server), EventKind::LogInFailed, what);
}

/// Communities that makers set at the factory.
const FACTORY_COMMUNITIES: &[&str] = &["public", "private"];

/// An agent answered to a community, which is a password and is not kept.
pub(crate) fn community(teller: &mut Teller<'_>, session: Session, word: &str) {
    let Session { at, client, server } = session;
    let known = FACTORY_COMMUNITIES.iter().find(|known| **known == word);
    let kind = match known {
        Some(_) => EventKind::LogInDefaultCredentials,
        None => EventKind::LogInClearCredentials,
    };
    let detail = known.map_or_else(|| "SNMP community".to_owned(), |known| format!("SNMP community {known}"));
    teller.event(at, client, Some(server), kind, &detail);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reverse_names_lead_back() {
        assert_eq!(reversed("5.0.20.10.in-addr.arpa"), Some([10, 20, 0, 5].into()));
        let six = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.e.f.ip6.arpa";
        assert_eq!(reversed(six), Some("fe80::1".parse().unwrap()));
        for name in ["0.20.10.in-addr.arpa", "a.b.c.d.in-addr.arpa", "1.2.ip6.arpa", "example.org"] {
            assert_eq!(reversed(name), None, "{name}");
        }
    }

    #[test]
    fn versions_are_spelt_alike() {
        for (text, wanted) in [("TLSv12", "1.2"), ("TLS 1.3", "1.3"), ("TLSv1", "1.0"), ("SSLv3", "ssl3")] {
            assert_eq!(tls_version(text), Some(wanted));
        }
        assert_eq!(tls_version("DTLSv12"), None);
    }
}
