//! DICOM over TLS: what cannot be read, told from certificate, port and peers.
//!
//! Each reason counts as evidence of its own; the registered port of the secured form is a strong one, a name
//! in a certificate a fair one, and that both ends speak DICOM in clear elsewhere only adds to the others.

use crate::gather::Seen;
use cordon_knowledge::Knowledge;
use cordon_model::observe::{Fact, Source, Transport};

/// How the service is called, in services and roles.
pub(crate) const NAME: &str = "DICOM over TLS";
/// The registered port of DICOM over TLS.
const SECURED_PORT: u16 = 2762;

/// How much each reason counts.
const BY_SECURED_PORT: f64 = 0.8;
const BY_PORT: f64 = 0.7;
const BY_CERTIFICATE: f64 = 0.6;
const BY_SERVER: f64 = 0.35;
const BY_CLIENT: f64 = 0.4;
/// Below this nothing is said.
const TOLD_FROM: f64 = 0.7;

/// Words that a certificate's subject or a server's name has to have among its parts.
const WORDS: &[&str] = &["dicom", "dicomtls", "pacs", "vna", "mppsscp", "worklist", "modality"];

/// A TLS service that carries DICOM, as far as can be told.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Secured {
    pub(crate) port: u16,
    pub(crate) probability: f64,
    /// Why, in words.
    pub(crate) reasons: String,
    /// The certificate says so, not only the port.
    pub(crate) named: bool,
    pub(crate) source: Source,
}

/// Whether TLS on a port may carry DICOM for all the port says: not where something else is usual.
pub(crate) fn may_carry(port: u16, knowledge: &Knowledge) -> bool {
    let usual = knowledge.ports.get(Transport::Tcp, port);
    port == SECURED_PORT || usual.is_none_or(|usual| usual.name.starts_with("DICOM"))
}

/// What is known of a device's TLS service.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TlsService {
    pub(crate) port: u16,
    /// The device itself speaks DICOM in clear.
    pub(crate) server_speaks: bool,
    /// One of its clients does.
    pub(crate) client_speaks: bool,
    pub(crate) source: Source,
}

/// The services of a device that carry DICOM.
pub(crate) fn find(
    services: impl Iterator<Item = TlsService>,
    certificate: Option<&str>,
    knowledge: &Knowledge,
) -> Vec<Secured> {
    let judged = services.filter_map(|service| {
        let TlsService { port, server_speaks, client_speaks, source } = service;
        let (probability, reasons) = Reasons::of(port, certificate, server_speaks, client_speaks, knowledge)?;
        let named = certificate.is_some();
        (probability >= TOLD_FROM).then_some(Secured { port, probability, reasons, named, source })
    });
    judged.collect()
}

struct Reasons;

impl Reasons {
    /// How likely a TLS service is DICOM's, and why; `None` where nothing but its peers would say so.
    fn of(
        port: u16,
        certificate: Option<&str>,
        server_speaks: bool,
        client_speaks: bool,
        knowledge: &Knowledge,
    ) -> Option<(f64, String)> {
        let usual = knowledge.ports.get(Transport::Tcp, port).map(|port| port.name.as_str());
        let mut reasons: Vec<(f64, String)> = Vec::new();
        match usual {
            _ if port == SECURED_PORT => {
                reasons.push((BY_SECURED_PORT, format!("TLS on port {port}, registered for it")));
            }
            Some(name) if name.starts_with("DICOM") => {
                reasons.push((BY_PORT, format!("TLS on port {port}, usual for DICOM")));
            }
            // Archives have web pages too; their certificate says nothing of such a port.
            Some(_) => return None,
            None => {}
        }
        if let Some(subject) = certificate {
            reasons.push((BY_CERTIFICATE, format!("certificate of {subject}")));
        }
        if reasons.is_empty() {
            return None;
        }
        if server_speaks {
            reasons.push((BY_SERVER, "it speaks DICOM in clear as well".to_owned()));
        }
        if client_speaks {
            reasons.push((BY_CLIENT, "a client of it speaks DICOM in clear as well".to_owned()));
        }
        let doubt: f64 = reasons.iter().map(|(likely, _)| 1.0 - likely).product();
        let words: Vec<&str> = reasons.iter().map(|(_, words)| words.as_str()).collect();
        Some((1.0 - doubt, words.join("; ")))
    }
}

/// The subject of its certificate, or the name it is called by, where that names DICOM or what speaks it.
pub(crate) fn certificate<'a>(told: impl Iterator<Item = Seen<'a>>) -> Option<&'a str> {
    let names = |value: &str| {
        let lower = value.to_lowercase();
        lower.split(|c: char| !c.is_ascii_alphabetic()).any(|part| WORDS.contains(&part))
    };
    let mut found = told.filter(|seen| matches!(seen.fact, Fact::TlsSubject | Fact::TlsServerName));
    found.find(|seen| names(seen.value)).map(|seen| seen.value)
}
