//! The namespaces of device SOAP, and short texts made of parts.

use crate::dissect::person;

/// SOAP 1.1 and 1.2.
pub(crate) const SOAP: u8 = 1;
/// WS-Addressing, final and as of 2004.
pub(crate) const ADDRESSING: u8 = 2;
/// WS-Discovery 1.1, and as of April 2005.
pub(crate) const DISCOVERY: u8 = 3;
/// DPWS 1.1, and as of February 2006.
pub(crate) const DPWS: u8 = 4;
/// WS-MetadataExchange.
pub(crate) const EXCHANGE: u8 = 5;
/// WS-Eventing.
pub(crate) const EVENTING: u8 = 6;
/// Messages of IEEE 11073-10207.
pub(crate) const MESSAGE: u8 = 7;
/// The participant model of IEEE 11073-10207.
pub(crate) const PARTICIPANT: u8 = 8;
/// IEEE 11073-20702.
pub(crate) const MDPWS: u8 = 9;
/// IEEE 11073-20701.
pub(crate) const SDC: u8 = 10;
/// Windows computers (MS-PBSD).
pub(crate) const PUBLICATION: u8 = 11;
/// ONVIF's device service.
pub(crate) const ONVIF_DEVICE: u8 = 12;
/// Descriptions of UPnP devices.
pub(crate) const UPNP: u8 = 16;

/// What is known of a namespace: its number, its usual prefix, its names.
const NAMESPACES: &[(u8, &str, &[&str])] = &[
    (SOAP, "soap", &["http://www.w3.org/2003/05/soap-envelope", "http://schemas.xmlsoap.org/soap/envelope/"]),
    (
        ADDRESSING,
        "wsa",
        &["http://www.w3.org/2005/08/addressing", "http://schemas.xmlsoap.org/ws/2004/08/addressing"],
    ),
    (DISCOVERY, "wsd", &DISCOVERY_NAMES),
    (
        DPWS,
        "dpws",
        &[
            "http://docs.oasis-open.org/ws-dd/ns/dpws/2009/01",
            "http://schemas.xmlsoap.org/ws/2006/02/devprof",
            "http://schemas.xmlsoap.org/ws/2005/05/devprof",
        ],
    ),
    (EXCHANGE, "wsx", &["http://schemas.xmlsoap.org/ws/2004/09/mex"]),
    (EVENTING, "wse", &["http://schemas.xmlsoap.org/ws/2004/08/eventing"]),
    (MDPWS, "mdpws", &["http://standards.ieee.org/downloads/11073/11073-20702-2016"]),
    (SDC, "sdc", &["http://standards.ieee.org/downloads/11073/11073-20701-2018"]),
    (PUBLICATION, "pub", &["http://schemas.microsoft.com/windows/pub/2005/07"]),
    (ONVIF_DEVICE, "tds", &["http://www.onvif.org/ver10/device/wsdl"]),
    (UPNP, "upnp", &["urn:schemas-upnp-org:device-1-0"]),
    // Those below are known only for the types they name.
    (13, "dn", &["http://www.onvif.org/ver10/network/wsdl"]),
    (14, "wprt", &["http://schemas.microsoft.com/windows/2006/08/wdp/print"]),
    (15, "wscn", &["http://schemas.microsoft.com/windows/2006/08/wdp/scan"]),
];

/// WS-Discovery 1.1, and as of April 2005.
pub(crate) const DISCOVERY_NAMES: [&str; 2] = [
    "http://docs.oasis-open.org/ws-dd/ns/discovery/2009/01",
    "http://schemas.xmlsoap.org/ws/2005/04/discovery",
];

/// The number of a namespace, 0 of an unknown one.
pub(crate) fn namespace(name: &[u8]) -> u8 {
    let known = |(_, _, names): &&(u8, &str, &[&str])| names.iter().any(|known| known.as_bytes() == name);
    if let Some((number, _, _)) = NAMESPACES.iter().find(known) {
        return *number;
    }
    // Drafts of the standard had other hosts and versions in the same names.
    match memchr::memmem::find(name, b"11073-10207").and_then(|at| name.get(at..)) {
        Some(rest) if memchr::memmem::find(rest, b"/message").is_some() => MESSAGE,
        Some(rest) if memchr::memmem::find(rest, b"/msg").is_some() => MESSAGE,
        Some(rest) if memchr::memmem::find(rest, b"/participant").is_some() => PARTICIPANT,
        Some(rest) if memchr::memmem::find(rest, b"/pm").is_some() => PARTICIPANT,
        _ => 0,
    }
}

/// A qualified name with its namespace's usual prefix, or with none.
pub(crate) fn qualified(namespace: u8, local: &[u8]) -> Short<96> {
    let mut name = Short::default();
    if let Some((_, prefix, _)) = NAMESPACES.iter().find(|(number, _, _)| *number == namespace) {
        name.push(prefix.as_bytes());
        name.push(b":");
    }
    name.push(local);
    name
}

/// A text of bounded length.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Short<const N: usize> {
    bytes: [u8; N],
    length: u16,
}

impl<const N: usize> Default for Short<N> {
    fn default() -> Self {
        Short { bytes: [0; N], length: 0 }
    }
}

impl<const N: usize> Short<N> {
    /// As much of the text as fits.
    pub(crate) fn of(text: &[u8]) -> Self {
        let mut short = Short::default();
        short.push(text);
        short
    }

    /// Appends as much as fits.
    pub(crate) fn push(&mut self, text: &[u8]) {
        for &byte in text {
            let Some(slot) = self.bytes.get_mut(usize::from(self.length)) else { return };
            *slot = byte;
            self.length += 1;
        }
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.length)).unwrap_or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.length == 0
    }
}

/// Where something stands: facility, building, floor, point of care, room, bed; from the widest to the
/// narrowest, as far as they are known and name nobody.
pub(crate) fn place([facility, building, floor, care, room, bed]: [&[u8]; 6]) -> Short<256> {
    let mut text = Short::default();
    let [facility, building, floor, care] = [facility, building, floor, care].map(person::of_nobody);
    let [room, bed] = [room, bed].map(person::place_of_nobody);
    let parts = [facility, building, floor, care, room, bed];
    for part in parts.into_iter().map(<[u8]>::trim_ascii).filter(|part| !part.is_empty()) {
        if !text.is_empty() {
            text.push(b" / ");
        }
        text.push(part);
    }
    text
}
