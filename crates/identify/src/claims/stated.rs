//! Facts that state an attribute outright, and how sure their word is.
//!
//! A value a device reports of itself in a field made for it is nearly certain; what a person typed into a
//! configuration, or what others say, is less so.

use crate::combine::LIST;
use cordon_model::Mac;
use cordon_model::identify::Attribute;
use cordon_model::observe::Fact;

/// A device's own word in a field of the protocol made for it.
const OWN_WORD: f64 = 0.97;
/// What a gateway or server says of a device behind it.
const HEARSAY: f64 = 0.9;
/// A component of a free field that has the form of what is looked for.
const BY_FORM: f64 = 0.85;

/// The attribute a fact states outright, and how sure its word is.
pub(crate) fn stated(fact: Fact) -> Option<(Attribute, f64)> {
    let listed = match fact {
        Fact::AssetTag => Attribute::AssetTag,
        Fact::AssetModality => Attribute::Modality,
        Fact::AssetManufacturer => Attribute::Manufacturer,
        Fact::AssetModel => Attribute::Model,
        Fact::AssetOs => Attribute::Os,
        Fact::AssetOsVersion => Attribute::OsVersion,
        Fact::AssetFirmware => Attribute::Firmware,
        Fact::AssetSerial => Attribute::Serial,
        Fact::AssetUdi => Attribute::Udi,
        Fact::AssetManufactured => Attribute::Manufactured,
        Fact::AssetHostname => Attribute::Hostname,
        Fact::AssetOwner => Attribute::Owner,
        Fact::AssetDepartment => Attribute::Department,
        Fact::AssetLocation => Attribute::Location,
        Fact::SwitchPort => Attribute::SwitchPort,
        Fact::AssetSupportContact => Attribute::SupportContact,
        Fact::AssetCostCentre => Attribute::CostCentre,
        Fact::AssetPurchased => Attribute::Purchased,
        Fact::AssetCriticality => Attribute::Criticality,
        Fact::AssetPatchPossible => Attribute::PatchPossible,
        Fact::AssetPatchWhyNot => Attribute::PatchWhyNot,
        Fact::AssetPatchResponsible => Attribute::PatchResponsible,
        Fact::AssetCategory => Attribute::Category,
        _ => return spoken(fact),
    };
    Some((listed, LIST))
}

/// The same for what is read on the wire.
fn spoken(fact: Fact) -> Option<(Attribute, f64)> {
    Some(match fact {
        Fact::DhcpHostname => (Attribute::Hostname, 0.97),
        Fact::DhcpFqdn => (Attribute::Hostname, 0.96),
        Fact::MdnsName => (Attribute::Hostname, 0.95),
        // Others say so, and one address may bear the names of several services.
        Fact::DnsReverseName => (Attribute::Hostname, 0.8),
        Fact::DnsName => (Attribute::Hostname, 0.6),
        // A relay passes on what others call themselves.
        Fact::SyslogHostname => (Attribute::Hostname, 0.6),
        Fact::Hl7DeviceSerial | Fact::IntellivueSerial | Fact::PhdSerial => (Attribute::Serial, OWN_WORD),
        Fact::BccSerial | Fact::MasimoSerial | Fact::Pb840Serial | Fact::Poct1aSerial => {
            (Attribute::Serial, OWN_WORD)
        }
        Fact::SdcSerial | Fact::DpwsSerial | Fact::OnvifSerial => (Attribute::Serial, OWN_WORD),
        // The bed or room that it is assigned to in its own configuration.
        Fact::SdcLocation | Fact::WsDiscoveryLocation => (Attribute::Location, 0.88),
        Fact::Poct1aLocation => (Attribute::Location, 0.85),
        // The ward, as clinical locations are written (IHE PCD, point of care).
        Fact::SdcPointOfCare | Fact::WsDiscoveryPointOfCare => (Attribute::Department, 0.8),
        Fact::Hl7DeviceUdi | Fact::SdcUdi => (Attribute::Udi, OWN_WORD),
        Fact::Hl7DeviceManufactured | Fact::SdcManufactured => (Attribute::Manufactured, OWN_WORD),
        Fact::IntellivueManufacturer
        | Fact::PhdManufacturer
        | Fact::Poct1aManufacturer
        | Fact::SdcManufacturer
        | Fact::DpwsManufacturer
        | Fact::OnvifManufacturer
        | Fact::Hl7DeviceManufacturer => (Attribute::Manufacturer, OWN_WORD),
        // Whose product it is sold as; the maker proper is a field of its own.
        Fact::Poct1aVendor => (Attribute::Manufacturer, 0.85),
        Fact::IntellivueModel
        | Fact::PhdModel
        | Fact::Poct1aModel
        | Fact::BccModel
        | Fact::Hl7DeviceModel
        | Fact::MedibusDeviceName
        | Fact::SdcModel
        | Fact::DpwsModel
        | Fact::OnvifModel
        | Fact::Pb840Model => (Attribute::Model, OWN_WORD),
        Fact::IntellivueSoftware
        | Fact::PhdFirmware
        | Fact::Poct1aSoftware
        | Fact::Hl7DeviceFirmware
        | Fact::SdcFirmware
        | Fact::DpwsFirmware
        | Fact::OnvifFirmware
        | Fact::IntellivueFirmware => (Attribute::Firmware, OWN_WORD),
        // Where a device tells firmware and software apart, the former is what advisories speak of.
        Fact::PhdSoftware | Fact::Hl7DeviceSoftware | Fact::SdcSoftware => (Attribute::Firmware, 0.85),
        _ => {
            return hearsay(fact)
                .or_else(|| plant(fact))
                .or_else(|| computer(fact))
                .or_else(|| neighbour(fact));
        }
    })
}

/// What others say of a device, and what only has the form of what is looked for.
fn hearsay(fact: Fact) -> Option<(Attribute, f64)> {
    Some(match fact {
        Fact::FhirDeviceSerial => (Attribute::Serial, HEARSAY),
        Fact::FhirDeviceManufacturer => (Attribute::Manufacturer, HEARSAY),
        Fact::FhirDeviceModel => (Attribute::Model, HEARSAY),
        Fact::FhirDeviceUdi => (Attribute::Udi, HEARSAY),
        Fact::FhirDeviceManufactured => (Attribute::Manufactured, HEARSAY),
        Fact::FhirDeviceVersion => (Attribute::Firmware, 0.7),
        // A scan's conclusion from how the host answers.
        Fact::NmapOsFamily => (Attribute::Os, 0.7),
        Fact::AstmModel => (Attribute::Model, BY_FORM),
        Fact::AstmSoftware => (Attribute::Firmware, BY_FORM),
        Fact::AstmSerial => (Attribute::Serial, BY_FORM),
        _ => return None,
    })
}

/// What computers say of themselves to managers, directories and file servers.
fn computer(fact: Fact) -> Option<(Attribute, f64)> {
    Some(match fact {
        // Made up of the system's own settings.
        Fact::NtlmComputer | Fact::NtlmDnsComputer | Fact::LdapHost | Fact::LdapNetbiosName => {
            (Attribute::Hostname, 0.95)
        }
        Fact::NtlmWorkstation | Fact::KerberosComputer | Fact::LdapClientName => (Attribute::Hostname, 0.9),
        // Free to set, but mostly what the system is called.
        Fact::SnmpName
        | Fact::SmbNetbiosName
        | Fact::KerberosNetbiosName
        | Fact::MssqlServerName
        | Fact::MssqlClientHost => (Attribute::Hostname, 0.85),
        Fact::RdpClientName | Fact::OracleClientHost => (Attribute::Hostname, 0.8),
        Fact::SnmpManufacturer => (Attribute::Manufacturer, OWN_WORD),
        Fact::SnmpModel => (Attribute::Model, OWN_WORD),
        Fact::SnmpSerial => (Attribute::Serial, OWN_WORD),
        Fact::SnmpFirmware => (Attribute::Firmware, OWN_WORD),
        Fact::SnmpSoftware => (Attribute::Firmware, 0.8),
        // Somebody typed it in once; devices move.
        Fact::SnmpLocation => (Attribute::Location, 0.7),
        _ => return None,
    })
}

/// What equipment tells its neighbours, and those who look for it.
fn neighbour(fact: Fact) -> Option<(Attribute, f64)> {
    Some(match fact {
        Fact::Dhcpv6Fqdn => (Attribute::Hostname, 0.96),
        Fact::LldpSystemName | Fact::UbntHostname => (Attribute::Hostname, 0.95),
        Fact::NbnsName | Fact::BrowserHost | Fact::EapolHost => (Attribute::Hostname, 0.9),
        Fact::CdpDeviceId | Fact::CdpSystemName | Fact::FdpDeviceId | Fact::MndpIdentity | Fact::VncHost => {
            (Attribute::Hostname, 0.85)
        }
        // Anybody can announce a URL; only a certificate binds it to the device (RFC 8520 section 16).
        Fact::TlsMudUrl => (Attribute::MudUrl, OWN_WORD),
        Fact::DhcpMudUrl | Fact::Dhcpv6MudUrl | Fact::LldpMudUrl => (Attribute::MudUrl, 0.9),
        Fact::LldpManufacturer => (Attribute::Manufacturer, OWN_WORD),
        Fact::LldpModel | Fact::UbntModel => (Attribute::Model, OWN_WORD),
        Fact::LldpSerial => (Attribute::Serial, OWN_WORD),
        Fact::UbntFirmware => (Attribute::Firmware, OWN_WORD),
        // Of a computer that is its BIOS; and what LLDP calls software is its kernel, which is not claimed at all.
        Fact::LldpFirmware => (Attribute::Firmware, 0.7),
        // Descriptions of devices for homes are often a chip maker's template.
        Fact::UpnpManufacturer => (Attribute::Manufacturer, 0.88),
        Fact::UpnpModelName | Fact::MndpBoard => (Attribute::Model, 0.88),
        Fact::UpnpSerial => (Attribute::Serial, 0.8),
        _ => return None,
    })
}

/// What controllers of buildings and plants say of themselves.
fn plant(fact: Fact) -> Option<(Attribute, f64)> {
    Some(match fact {
        Fact::ModbusVendor | Fact::BacnetVendor => (Attribute::Manufacturer, OWN_WORD),
        Fact::S7ModuleType | Fact::EnipProductName | Fact::BacnetModel | Fact::ModbusModel => {
            (Attribute::Model, OWN_WORD)
        }
        // Where a model is named as well, that is more precise.
        Fact::ModbusProductName | Fact::ModbusProductCode => (Attribute::Model, 0.7),
        Fact::S7OrderNumber => (Attribute::Model, 0.8),
        Fact::S7Firmware | Fact::EnipRevision | Fact::BacnetFirmware | Fact::ModbusRevision => {
            (Attribute::Firmware, OWN_WORD)
        }
        Fact::BacnetSoftware => (Attribute::Firmware, 0.7),
        Fact::S7Serial | Fact::EnipSerial | Fact::BacnetSerial => (Attribute::Serial, OWN_WORD),
        // Typed in when the building was commissioned.
        Fact::BacnetLocation | Fact::S7Plant => (Attribute::Location, 0.6),
        _ => return None,
    })
}

/// True for facts that are a host's name.
pub(crate) fn is_host_name(fact: Fact) -> bool {
    stated(fact).is_some_and(|(attribute, _)| attribute == Attribute::Hostname)
}

/// True for facts by which a device states its own serial number, so that it can be met again elsewhere.
pub(crate) fn is_serial(fact: Fact) -> bool {
    spoken(fact).is_some_and(|(attribute, _)| attribute == Attribute::Serial)
}

/// The link-layer address a fact about a device states, outright or as the EUI-64 made from it by putting
/// FFFE in the middle (IEEE Guidelines for Use of EUI).
pub(crate) fn station(fact: Fact, value: &str) -> Option<Mac> {
    match fact {
        Fact::Hl7DeviceMac => value.parse().ok(),
        Fact::Hl7DeviceIdentifier | Fact::Poct1aDeviceId | Fact::PhdSystemId | Fact::IntellivueSystemId => {
            let digits: String = value.chars().filter(|letter| !matches!(letter, '-' | ':')).collect();
            let (maker, number) = (digits.get(..6)?, digits.get(10..16)?);
            let made = digits.len() == 16 && digits.get(6..10)?.eq_ignore_ascii_case("fffe");
            if made { [maker, number].concat().parse().ok() } else { None }
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_made_from_an_address_is_told_from_others() {
        let of = |value| station(Fact::Hl7DeviceIdentifier, value).map(|mac| mac.to_string());
        assert_eq!(of("0009FBFFFE9D7D13").as_deref(), Some("00:09:fb:9d:7d:13"));
        assert_eq!(of("00-1A-01-FF-FE-00-00-07").as_deref(), Some("00:1a:01:00:00:07"));
        assert_eq!(of("001AFA0000000000"), None);
        assert_eq!(of("20007072"), None);
        assert_eq!(of("é009FBFFFE9D7D13"), None);
        assert_eq!(station(Fact::Hl7DeviceSerial, "0009FBFFFE9D7D13"), None);
    }
}
