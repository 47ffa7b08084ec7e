//! Who speaks: facts that go back to one cause are one witness, however many protocols carry them.
//!
//! Evidence is combined as if witnesses were independent, so what depends on what is declared here, once. Two
//! banners of one protocol are not two witnesses; nor is a host's name in DHCP and in mDNS, for somebody typed it
//! once; nor are the self-descriptions that one software answers with in several protocols.

use super::stated::stated;
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol};

/// A witness.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Witness {
    /// A list or a person.
    List,
    /// The registered owner of the address block.
    Block,
    /// The host's name, whoever passes it on.
    Name,
    /// The device's own web pages, and the descriptions its web server hands out.
    Pages,
    /// What it says of itself as a client of others' web servers.
    Agent,
    /// The device's service-oriented self-description (ISO/IEEE 11073-20701 and what it stands on).
    DeviceService,
    /// The stack that shares files, authenticates and announces itself as Windows does.
    WindowsNetworking,
    /// The agent that speaks to neighbours on the link.
    Neighbours,
    /// DICOM, over associations or the web.
    Dicom,
    /// Any other protocol.
    Of(Protocol),
}

impl Witness {
    /// Who speaks in a fact.
    pub(crate) fn of(fact: Fact) -> Witness {
        match fact {
            Fact::HttpUserAgent => Witness::Agent,
            Fact::DicomStation => Witness::Dicom,
            _ => match Witness::of_protocol(fact.protocol()) {
                Witness::List => Witness::List,
                _ if matches!(stated(fact), Some((Attribute::Hostname, _))) => Witness::Name,
                witness => witness,
            },
        }
    }

    /// Who speaks in a protocol, where nothing finer is known.
    pub(crate) fn of_protocol(protocol: Protocol) -> Witness {
        match protocol {
            Protocol::AssetList | Protocol::Person => Witness::List,
            Protocol::Link => Witness::Block,
            Protocol::Mdns | Protocol::Llmnr => Witness::Of(Protocol::Mdns),
            Protocol::Http | Protocol::Http2 | Protocol::Upnp | Protocol::Ssdp => Witness::Pages,
            Protocol::WsDiscovery | Protocol::Dpws | Protocol::Sdc => Witness::DeviceService,
            Protocol::Smb | Protocol::Ntlm | Protocol::Browser | Protocol::Nbns => Witness::WindowsNetworking,
            Protocol::Lldp | Protocol::Cdp | Protocol::Fdp | Protocol::Mndp | Protocol::Ubnt => {
                Witness::Neighbours
            }
            Protocol::Dhcp | Protocol::Dhcpv6 => Witness::Of(Protocol::Dhcp),
            Protocol::Dicom | Protocol::DicomWeb => Witness::Dicom,
            Protocol::Syslog | Protocol::Atna => Witness::Of(Protocol::Syslog),
            // Every tool that scans concludes from the same answers.
            Protocol::Nmap | Protocol::Scanner | Protocol::P0f => Witness::Of(Protocol::Scanner),
            other => Witness::Of(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_goes_back_to_one_cause_is_one_witness() {
        let same = |one: Fact, other: Fact| assert_eq!(Witness::of(one), Witness::of(other), "{one} {other}");
        let apart =
            |one: Fact, other: Fact| assert_ne!(Witness::of(one), Witness::of(other), "{one} {other}");
        same(Fact::HttpTitle, Fact::HttpServer);
        same(Fact::DhcpHostname, Fact::MdnsName);
        same(Fact::DhcpHostname, Fact::NtlmComputer);
        same(Fact::SdcModel, Fact::DpwsModel);
        same(Fact::NtlmOs, Fact::SmbNativeOs);
        same(Fact::AssetModel, Fact::AssetHostname);
        apart(Fact::DhcpHostname, Fact::DhcpVendorClass);
        apart(Fact::HttpUserAgent, Fact::HttpServer);
        apart(Fact::DicomModel, Fact::SdcModel);
    }
}
