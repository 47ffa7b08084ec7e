//! What a thing says that may tell whether another thing is the same device: serial numbers, names, identifiers
//! made to be unique, and the MAC and IP addresses it states.

use crate::claims::stated;
use crate::gather::Seen;
use crate::place::{made_of, station_of};
use cordon_model::identify::Attribute;
use cordon_model::observe::{Fact, Protocol};
use cordon_model::{Endpoint, Mac};
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

/// The SOP class of C-ECHO, which everything with DICOM answers (PS3.4 A.4).
const VERIFICATION: &str = "1.2.840.10008.1.1";
/// Digits that the end of a host name has at least to be a serial number.
const NAME_DIGITS: usize = 6;
/// Letters and digits that an object's equipment serial number has at least: many machines fill in "1" or "0".
const SERIAL_CHARS: usize = 4;
/// How sure a host's word about its own name must be for it to tell machines apart.
const NAME_FROM: f64 = 0.85;
/// Hexadecimal digits of an identifier that was made to be unique.
const UNIQUE_DIGITS: usize = 12;
/// Names, addresses and identifiers looked at for one thing; one that states more speaks for many.
const TRAITS_MAX: usize = 256;

/// Kinds of identifiers that were made to be unique.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// DHCP unique identifier (RFC 8415 11; RFC 4361 in DHCPv4).
    Duid,
    /// UUID of a device in UPnP, WS-Discovery or SIP (RFC 9562).
    Uuid,
    /// SnmpEngineID (RFC 3411).
    Engine,
    /// ServerGuid (MS-SMB2 2.2.4).
    Guid,
    /// LLDP chassis identifier (IEEE 802.1AB 8.5.2).
    Chassis,
}

impl Kind {
    /// What it is called in reasons.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Kind::Duid => "DHCP unique identifier",
            Kind::Uuid => "UUID",
            Kind::Engine => "SNMP engine identifier",
            Kind::Guid => "SMB server identifier",
            Kind::Chassis => "LLDP chassis identifier",
        }
    }
}

/// What a row of a list names.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowTraits<'a> {
    pub(crate) tags: BTreeSet<&'a str>,
    pub(crate) macs: BTreeMap<Mac, Seen<'a>>,
    pub(crate) addresses: BTreeMap<Endpoint, Seen<'a>>,
    pub(crate) serial: Option<Seen<'a>>,
}

/// What a thing says of its identity, each with the first fact that said so.
#[derive(Clone, Debug, Default)]
pub(crate) struct Traits<'a> {
    /// Serial numbers it states as its own.
    pub(crate) serials: BTreeMap<String, Seen<'a>>,
    /// Serial numbers of equipment in objects it sent.
    pub(crate) objects: BTreeMap<String, Seen<'a>>,
    /// It keeps others' objects.
    pub(crate) keeps: bool,
    /// Serial numbers at the end of its host names.
    pub(crate) tails: BTreeMap<String, Seen<'a>>,
    /// Host names it gives itself, without domain, in lower case.
    pub(crate) names: BTreeMap<String, Seen<'a>>,
    /// How many names it gave itself with DHCP.
    pub(crate) dhcp_names: usize,
    pub(crate) unique: BTreeMap<(Kind, String), Seen<'a>>,
    /// MAC addresses it states as its own.
    pub(crate) stations: BTreeMap<Mac, Option<Seen<'a>>>,
    /// IP addresses it states as its own.
    pub(crate) addresses: BTreeMap<IpAddr, Seen<'a>>,
    /// Application entity titles it bears.
    pub(crate) titles: BTreeSet<&'a str>,
    /// What it names, when it is a row of a list.
    pub(crate) row: Option<RowTraits<'a>>,
    /// The first of its facts.
    pub(crate) first: Option<Seen<'a>>,
}

/// What counts when serial numbers are compared: letters and digits, without "SN" in front.
pub(crate) fn serial_key(value: &str) -> Option<String> {
    let value = value.trim().to_uppercase();
    let bare = ["S/N", "SN"].iter().find_map(|mark| value.strip_prefix(mark)).unwrap_or(&value);
    let key: String = bare.chars().filter(|c| c.is_alphanumeric()).collect();
    key.chars().any(|c| c.is_ascii_digit()).then_some(key)
}

/// True when a serial number tells devices apart: not too short, and not one character over and over.
fn is_telling(key: &str) -> bool {
    key.chars().count() >= SERIAL_CHARS && key.chars().any(|c| !key.starts_with(c))
}

/// A host name as it is compared: without domain, in lower case; `None` for what names every machine.
pub(crate) fn name_key(value: &str) -> Option<String> {
    let name = value.trim().trim_end_matches('.');
    if name.parse::<IpAddr>().is_ok() {
        return None;
    }
    let first = name.split('.').next().unwrap_or(name).to_lowercase();
    let telling = first.chars().count() > 1 && !crate::claims::names_nothing(&first);
    telling.then_some(first)
}

/// An identifier as it is compared, when it has enough digits and not all the same.
fn unique_key(value: &str) -> Option<String> {
    let lower = value.trim().to_lowercase();
    let bare = lower.trim_start_matches('<').trim_end_matches('>');
    let bare = bare.trim_start_matches("urn:").trim_start_matches("uuid:");
    let digits: String = bare.chars().filter(char::is_ascii_hexdigit).collect();
    let told = digits.len() >= UNIQUE_DIGITS && digits.chars().any(|c| !digits.starts_with(c));
    told.then(|| bare.split("::").next().unwrap_or(bare).to_owned())
}

fn keep<'a, K: Ord>(into: &mut BTreeMap<K, Seen<'a>>, key: Option<K>, seen: &Seen<'a>) {
    if let Some(key) = key
        && (into.len() < TRAITS_MAX || into.contains_key(&key))
    {
        into.entry(key).or_insert(*seen);
    }
}

impl<'a> Traits<'a> {
    /// What the facts about a thing say, given in order; `address` is set for an address known by itself.
    pub(crate) fn of(facts: &[Seen<'a>], is_row: bool, address: Option<IpAddr>) -> Traits<'a> {
        let mut traits = Traits::default();
        for seen in facts {
            if traits.first.is_none_or(|first| seen.source < first.source) {
                traits.first = Some(*seen);
            }
            if is_row {
                traits.take_cell(seen);
            } else {
                traits.take(seen);
            }
        }
        if let Some(IpAddr::V6(v6)) = address
            && let Some(mac) = made_of(v6)
        {
            traits.stations.entry(mac).or_insert(None);
        }
        traits
    }

    /// True for kinds of facts that say anything here.
    pub(crate) fn reads(fact: Fact) -> bool {
        let spoken = stated::stated(fact).is_some_and(|(attribute, sure)| match attribute {
            Attribute::Serial => true,
            Attribute::Hostname => sure >= NAME_FROM,
            _ => false,
        });
        let listed = matches!(fact, Fact::AssetTag | Fact::AssetSerial);
        let wired = fact.protocol() != Protocol::AssetList && spoken;
        listed || wired || Self::reads_more(fact)
    }

    fn reads_more(fact: Fact) -> bool {
        matches!(
            fact,
            Fact::DicomSerial
                | Fact::DicomScp
                | Fact::DicomCallingAe
                | Fact::DicomCalledAe
                | Fact::DicomStationAe
                | Fact::Dhcpv6Duid
                | Fact::DhcpClientIdentifier
                | Fact::SsdpUuid
                | Fact::WsDiscoveryEndpoint
                | Fact::DpwsEndpoint
                | Fact::SipInstance
                | Fact::SnmpEngineId
                | Fact::SmbServerGuid
                | Fact::LldpChassisId
                | Fact::NbnsStation
                | Fact::SnmpInterface
                | Fact::SnmpEngineAddress
                | Fact::LldpPortId
                | Fact::LldpManagementAddress
                | Fact::Dhcpv6DuidStation
                | Fact::StpBridge
                | Fact::Hl7DeviceMac
                | Fact::Hl7DeviceIdentifier
                | Fact::Poct1aDeviceId
                | Fact::PhdSystemId
                | Fact::IntellivueSystemId
                | Fact::CdpAddress
                | Fact::CdpManagementAddress
                | Fact::FdpAddress
                | Fact::RadiusNasAddress
                | Fact::Hl7DeviceAddress
        )
    }

    fn take_cell(&mut self, seen: &Seen<'a>) {
        let row = self.row.get_or_insert_default();
        if let Some(mac) = station_of(&seen.endpoint) {
            row.macs.entry(mac).or_insert(*seen);
        }
        if seen.endpoint.ip.is_some() {
            row.addresses.entry(seen.endpoint).or_insert(*seen);
        }
        match seen.fact {
            Fact::AssetTag => row.tags.extend(Some(seen.value.trim()).filter(|tag| !tag.is_empty())),
            // Of several cells the last in order of value counts, whichever came first.
            Fact::AssetSerial => row.serial = Some(*seen),
            _ => {}
        }
    }

    fn take(&mut self, seen: &Seen<'a>) {
        match seen.fact {
            Fact::DicomSerial => {
                keep(&mut self.objects, serial_key(seen.value).filter(|key| is_telling(key)), seen);
            }
            Fact::DicomScp => self.keeps |= seen.value != VERIFICATION,
            Fact::DicomCallingAe | Fact::DicomCalledAe | Fact::DicomStationAe if seen.record.is_none() => {
                self.titles.insert(seen.value);
            }
            Fact::DicomCallingAe | Fact::DicomCalledAe | Fact::DicomStationAe => {}
            fact => self.take_stated(fact, seen),
        }
        self.take_unique(seen);
        self.take_addresses(seen);
    }

    fn take_stated(&mut self, fact: Fact, seen: &Seen<'a>) {
        match stated::stated(fact) {
            Some((Attribute::Serial, _)) => keep(&mut self.serials, serial_key(seen.value), seen),
            Some((Attribute::Hostname, sure)) if sure >= NAME_FROM => {
                keep(&mut self.names, name_key(seen.value), seen);
            }
            _ => {}
        }
        if fact == Fact::DhcpHostname {
            self.dhcp_names += 1;
            if let Some((_, end)) = seen.value.rsplit_once(['-', '_']) {
                let digits = end.chars().filter(char::is_ascii_digit).count();
                keep(&mut self.tails, serial_key(end).filter(|_| digits >= NAME_DIGITS), seen);
            }
        }
    }

    fn take_unique(&mut self, seen: &Seen<'a>) {
        let (kind, value) = match seen.fact {
            Fact::Dhcpv6Duid => (Kind::Duid, seen.value),
            // RFC 4361: type 255, the number of the interface (32 bits), the DUID.
            Fact::DhcpClientIdentifier
                if seen.value.get(..2).is_some_and(|kind| kind.eq_ignore_ascii_case("ff")) =>
            {
                (Kind::Duid, seen.value.get(10..).unwrap_or_default())
            }
            Fact::SsdpUuid | Fact::WsDiscoveryEndpoint | Fact::DpwsEndpoint | Fact::SipInstance => {
                (Kind::Uuid, seen.value)
            }
            Fact::SnmpEngineId => (Kind::Engine, seen.value),
            Fact::SmbServerGuid => (Kind::Guid, seen.value),
            Fact::LldpChassisId => (Kind::Chassis, seen.value),
            _ => return,
        };
        keep(&mut self.unique, unique_key(value).map(|key| (kind, key)), seen);
    }

    fn take_addresses(&mut self, seen: &Seen<'a>) {
        let mac = match seen.fact {
            Fact::NbnsStation
            | Fact::SnmpInterface
            | Fact::SnmpEngineAddress
            | Fact::LldpChassisId
            | Fact::LldpPortId
            | Fact::LldpManagementAddress
            | Fact::Dhcpv6DuidStation => seen.value.trim().parse::<Mac>().ok(),
            Fact::StpBridge => seen.value.split_whitespace().find_map(|word| word.parse::<Mac>().ok()),
            fact => stated::station(fact, seen.value),
        };
        if let Some(mac) = mac.filter(|mac| !mac.is_group() && !mac.is_zero())
            && self.stations.len() < TRAITS_MAX
        {
            self.stations.entry(mac).or_insert(Some(*seen));
        }
        let stated = matches!(
            seen.fact,
            Fact::LldpManagementAddress
                | Fact::LldpChassisId
                | Fact::CdpAddress
                | Fact::CdpManagementAddress
                | Fact::FdpAddress
                | Fact::SnmpEngineAddress
                | Fact::RadiusNasAddress
                | Fact::Hl7DeviceAddress
        );
        if stated {
            let address = seen.value.trim().parse::<IpAddr>().ok();
            keep(&mut self.addresses, address.filter(|address| !address.is_loopback()), seen);
        }
    }

    /// The serial numbers that may meet others': its own, an object's, one at the end of its name, a row's.
    pub(crate) fn serial_keys(&self) -> BTreeSet<String> {
        let row = self.row.as_ref().and_then(|row| row.serial).and_then(|seen| serial_key(seen.value));
        let all = self.serials.keys().chain(self.objects.keys()).chain(self.tails.keys());
        all.cloned().chain(row).collect()
    }
}

/// A fact in words, as evidence gives it.
pub(crate) fn worded(seen: &Seen<'_>) -> String {
    if seen.value.is_empty() {
        seen.fact.name().to_owned()
    } else {
        format!("{} = {}", seen.fact, seen.value)
    }
}

/// The protocol of a fact, or the link layer's where an address itself is the evidence.
pub(crate) fn protocol(seen: Option<&Seen<'_>>) -> Protocol {
    seen.map_or(Protocol::Link, |seen| seen.fact.protocol())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_compared_without_their_dress() {
        let bare = Some("2fac1234-31f8-11b4-a222-08002b34c003".to_owned());
        for dress in [
            "uuid:2FAC1234-31f8-11b4-a222-08002b34c003::upnp:rootdevice",
            "<urn:uuid:2fac1234-31f8-11b4-a222-08002b34c003>",
        ] {
            assert_eq!(unique_key(dress), bare);
        }
        assert_eq!(unique_key("00000000-0000-0000-0000-000000000000"), None);
        assert_eq!(unique_key("sw-icu-1"), None);
    }

    #[test]
    fn names_that_fit_every_machine_name_none() {
        assert_eq!(name_key("CT01.radiology.example."), Some("ct01".to_owned()));
        for none in ["localhost", "10.0.0.5", "", "unknown"] {
            assert_eq!(name_key(none), None, "{none}");
        }
    }
}
