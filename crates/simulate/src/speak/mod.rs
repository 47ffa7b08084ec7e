//! Messages of the protocols a hospital speaks, as bytes, written from the standards.

pub(crate) mod dhcp;
pub(crate) mod dicom;
pub(crate) mod dns;
pub(crate) mod hl7;
pub(crate) mod http;
pub(crate) mod small;
pub(crate) mod tls;
