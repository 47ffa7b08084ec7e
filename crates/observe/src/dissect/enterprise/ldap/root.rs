//! The server's own entry (the root DSE, RFC 4512 5.1): what it says of itself and of its domain.

use super::super::super::{Facts, Side};
use super::super::ber::{Element, OCTETS, SEQUENCE};
use super::netlogon;
use crate::text::Line;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

const SET: u8 = 0x31;
/// Attributes that are looked at; Windows' has about thirty.
const ATTRIBUTES_MAX: usize = 64;

/// Reads an entry (RFC 4511 4.5.2), if it is the server's own.
pub(super) fn entry(operation: Element<'_>, side: Side, facts: &mut dyn Facts) -> Option<()> {
    let mut fields = operation.inside();
    let name = fields.tagged(OCTETS)?;
    if !name.value.is_empty() || side != Side::Server {
        return None;
    }
    for attribute in fields.tagged(SEQUENCE)?.inside().take(ATTRIBUTES_MAX) {
        let mut attribute = attribute.inside();
        let Some(name) = attribute.tagged(OCTETS) else { break };
        let Some(values) = attribute.tagged(SET) else { break };
        for value in values.inside().take(8).filter(|value| value.tag == OCTETS && value.whole) {
            tell(name.value, value.value, facts);
        }
    }
    Some(())
}

fn tell(name: &[u8], value: &[u8], facts: &mut dyn Facts) {
    let is = |known: &[u8]| name.eq_ignore_ascii_case(known);
    let mut fact = |fact, value: &[u8]| facts.fact(Side::Server, fact, value);
    if is(b"dnsHostName") {
        fact(Fact::LdapHost, value);
    } else if is(b"defaultNamingContext") || is(b"rootDomainNamingContext") {
        let kind = if is(b"defaultNamingContext") { Fact::LdapDomain } else { Fact::LdapForest };
        if let Some(domain) = domain(value) {
            fact(kind, domain.text().as_bytes());
        }
    } else if is(b"serverName") {
        if let Some(site) = site(value) {
            fact(Fact::LdapSite, site);
        }
    } else if is(b"domainControllerFunctionality") {
        fact(Fact::LdapLevel, value);
    } else if is(b"vendorName") {
        fact(Fact::LdapVendor, value);
    } else if is(b"vendorVersion") {
        fact(Fact::LdapVersion, value);
    } else if is(b"namingContexts") && !of_zones(value) {
        if let Some(domain) = domain(value) {
            fact(Fact::LdapDomain, domain.text().as_bytes());
        }
    } else if (is(b"objectClass") || is(b"structuralObjectClass")) && value == b"OpenLDAProotDSE" {
        fact(Fact::LdapVendor, b"OpenLDAP");
    } else if is(b"netlogon") {
        netlogon::answer(value, facts);
    }
}

/// True for the name of a part in which Windows keeps its DNS, which looks like a domain's.
fn of_zones(name: &[u8]) -> bool {
    parts(name).any(|(_, value)| value.ends_with(b"DnsZones"))
}

/// The parts of a distinguished name: kind and value.
fn parts(name: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    name.split(|byte| *byte == b',').filter_map(|part| {
        let at = memchr::memchr(b'=', part)?;
        Some((part.get(..at)?.trim_ascii(), part.get(at + 1..)?.trim_ascii()))
    })
}

/// The DNS name in the domain components of a distinguished name.
pub(super) fn domain(name: &[u8]) -> Option<Line> {
    let mut line = Line::default();
    for (_, value) in parts(name).filter(|(kind, _)| kind.eq_ignore_ascii_case(b"dc")) {
        let dot = if line.text().is_empty() { "" } else { "." };
        write!(line, "{dot}{}", std::str::from_utf8(value).ok()?).ok()?;
    }
    (!line.text().is_empty()).then_some(line)
}

/// The site in `CN=DC1,CN=Servers,CN=Main,CN=Sites,…`.
fn site(name: &[u8]) -> Option<&[u8]> {
    let mut parts = parts(name).skip_while(|(_, value)| !value.eq_ignore_ascii_case(b"Servers")).skip(1);
    let (site, folder) = (parts.next()?.1, parts.next()?.1);
    folder.eq_ignore_ascii_case(b"Sites").then_some(site)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_domain_and_site() {
        let name = b"CN=DC1,CN=Servers,CN=Main,CN=Sites,CN=Configuration,DC=clinic,dc=local";
        assert_eq!(domain(name).unwrap().text(), "clinic.local");
        assert_eq!(site(name), Some(&b"Main"[..]));
        assert!(
            domain(b"o=clinic").is_none() && domain(b"").is_none() && site(b"CN=Servers,CN=Main").is_none()
        );
    }
}
