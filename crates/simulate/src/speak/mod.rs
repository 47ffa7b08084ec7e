//! Messages of the protocols a hospital speaks, as bytes, written from the standards.

pub(crate) mod analysers;
pub(crate) mod audit;
pub(crate) mod dhcp;
pub(crate) mod dicom;
pub(crate) mod dns;
pub(crate) mod hl7;
pub(crate) mod http;
pub(crate) mod resources;
pub(crate) mod sdc;
pub(crate) mod small;
pub(crate) mod tls;
