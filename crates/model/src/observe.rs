//! What was seen: facts, conversations and events, bundled into Batches — the narrow waist between
//! whatever sees the network and whatever reasons about it.
//!
//! Nothing here carries patient data: facts have no kind for it, and dissectors note only *that* and of
//! which kind it passed ([`PatientDataKinds`]).

use crate::address::Endpoint;
use crate::time::{HourOfWeek, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// The longest text a fact may carry, in bytes of UTF-8; longer values are cut at a character border.
pub const FACT_BYTES_MAX: usize = 256;

/// A name the vocabulary does not hold: a newer sensor's, or a typing error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownName {
    /// What kind of name was expected.
    pub expected: &'static str,
    /// The text as given, shortened to 64 characters.
    pub text: String,
}

impl fmt::Display for UnknownName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\" is no known {}", self.text, self.expected)
    }
}

impl std::error::Error for UnknownName {}

macro_rules! named {
    ($(#[$meta:meta])* $type:ident, $expected:literal { $($(#[$doc:meta])* $variant:ident = $name:literal;)* }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $type {
            $($(#[$doc])* $variant,)*
        }

        impl $type {
            /// Every value, in declaration order.
            pub const ALL: &'static [$type] = &[$($type::$variant),*];

            /// The stable name in files and interfaces.
            pub const fn name(self) -> &'static str {
                match self { $($type::$variant => $name),* }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl FromStr for $type {
            type Err = UnknownName;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                match text {
                    $($name => Ok($type::$variant),)*
                    _ => Err(UnknownName { expected: $expected, text: text.chars().take(64).collect() }),
                }
            }
        }
    };
}

named! {
    /// A protocol whose content was understood, or the kind of source a fact came from.
    Protocol, "protocol" {
        /// The link layer itself: a frame from this station was seen.
        Link = "link";
        /// Address Resolution Protocol (RFC 826).
        Arp = "arp";
        /// Dynamic Host Configuration Protocol for IPv4 (RFC 2131).
        Dhcp = "dhcp";
        /// Domain Name System (RFC 1035).
        Dns = "dns";
        /// Multicast DNS and service discovery (RFC 6762, RFC 6763).
        Mdns = "mdns";
        /// HTTP/1.0 and 1.1 in clear text (RFC 9112).
        Http = "http";
        /// Transport Layer Security (RFC 8446, RFC 5246).
        Tls = "tls";
        /// DICOM upper layer and message exchange (PS3.7, PS3.8).
        Dicom = "dicom";
        /// HL7 version 2 over the minimal lower layer protocol.
        Hl7 = "hl7";
        /// An asset list or maintenance system's export.
        AssetList = "asset_list";
        /// A person's own entry in the site folder.
        Person = "person";
    }
}

macro_rules! facts {
    ($($(#[$doc:meta])* $variant:ident: $protocol:ident = $name:literal;)*) => {
        named! {
            /// The kind of a fact; its name starts with its protocol's.
            Fact, "kind of fact" { $($(#[$doc])* $variant = $name;)* }
        }

        impl Fact {
            /// The protocol that states facts of this kind.
            pub const fn protocol(self) -> Protocol {
                match self { $(Fact::$variant => Protocol::$protocol),* }
            }
        }
    };
}

facts! {
    /// The station sent a frame of this EtherType that no layer understands; the value is hexadecimal.
    LinkEtherType: Link = "link.ether_type";
    /// The station announced or answered with this IP address as its own.
    ArpAddress: Arp = "arp.address";
    /// Option 12: the host name the client gives itself.
    DhcpHostname: Dhcp = "dhcp.hostname";
    /// Option 81 (RFC 4702): the client's fully qualified name.
    DhcpFqdn: Dhcp = "dhcp.fqdn";
    /// Option 60: what kind of client this is.
    DhcpVendorClass: Dhcp = "dhcp.vendor_class";
    /// Option 77 (RFC 3004).
    DhcpUserClass: Dhcp = "dhcp.user_class";
    /// Option 55: the requested option codes in order, decimal, comma separated.
    DhcpParameterList: Dhcp = "dhcp.parameter_list";
    /// Option 61 as hexadecimal, or text after a leading type 0 when printable.
    DhcpClientIdentifier: Dhcp = "dhcp.client_identifier";
    /// The address a server acknowledged for this client.
    DhcpAddress: Dhcp = "dhcp.address";
    /// Option 15 handed to this client.
    DhcpDomain: Dhcp = "dhcp.domain";
    /// Option 3 handed to this client: its router's address.
    DhcpRouter: Dhcp = "dhcp.router";
    /// Option 161 (RFC 8520): where this client's usage description lies.
    DhcpMudUrl: Dhcp = "dhcp.mud_url";
    /// This endpoint answers as a DHCP server; the value is its server identifier.
    DhcpServer: Dhcp = "dhcp.server";
    /// An answer said that this address bears the name.
    DnsName: Dns = "dns.name";
    /// A reverse lookup's answer for this address.
    DnsReverseName: Dns = "dns.reverse_name";
    /// This endpoint asked for the name.
    DnsQuery: Dns = "dns.query";
    /// This endpoint answers questions; the value is empty.
    DnsServer: Dns = "dns.server";
    /// The host name this endpoint announces.
    MdnsName: Mdns = "mdns.name";
    /// A service this endpoint announces, `instance._type._tcp.local`.
    MdnsService: Mdns = "mdns.service";
    /// One `key=value` of a service's TXT record.
    MdnsText: Mdns = "mdns.text";
    /// The `Server` header.
    HttpServer: Http = "http.server";
    /// The `User-Agent` header.
    HttpUserAgent: Http = "http.user_agent";
    /// The `Host` header asked of this endpoint.
    HttpHost: Http = "http.host";
    /// The realm of a `WWW-Authenticate` header.
    HttpRealm: Http = "http.realm";
    /// The `X-Powered-By` header.
    HttpPoweredBy: Http = "http.powered_by";
    /// The title of an HTML page this endpoint serves without a log-in.
    HttpTitle: Http = "http.title";
    /// The name a client asked this endpoint for (SNI, RFC 6066).
    TlsServerName: Tls = "tls.server_name";
    /// The subject of this endpoint's certificate, RFC 4514 style.
    TlsSubject: Tls = "tls.subject";
    /// The issuer of this endpoint's certificate, RFC 4514 style.
    TlsIssuer: Tls = "tls.issuer";
    /// The end of this endpoint's certificate's validity, RFC 3339.
    TlsNotAfter: Tls = "tls.not_after";
    /// The version this endpoint agreed to as a server: `1.0` to `1.3`, `ssl3`.
    TlsVersion: Tls = "tls.version";
    /// The application entity title this endpoint is called by (as a server).
    DicomCalledAe: Dicom = "dicom.called_ae";
    /// The application entity title this endpoint calls itself (as a client).
    DicomCallingAe: Dicom = "dicom.calling_ae";
    /// Implementation class UID (PS3.7 annex D.3.3.2).
    DicomImplementationUid: Dicom = "dicom.implementation_class_uid";
    /// Implementation version name (PS3.7 annex D.3.3.2).
    DicomImplementationVersion: Dicom = "dicom.implementation_version";
    /// This endpoint acts as a service class user of the SOP class.
    DicomScu: Dicom = "dicom.scu";
    /// This endpoint acts as a service class provider of the SOP class.
    DicomScp: Dicom = "dicom.scp";
    /// (0008,0060) of an object this endpoint sent.
    DicomModality: Dicom = "dicom.modality";
    /// (0008,0070) of an object this endpoint sent.
    DicomManufacturer: Dicom = "dicom.manufacturer";
    /// (0008,1090) of an object this endpoint sent.
    DicomModel: Dicom = "dicom.model";
    /// (0008,1010) of an object this endpoint sent.
    DicomStation: Dicom = "dicom.station";
    /// (0018,1020) of an object this endpoint sent; several values separated by a backslash.
    DicomSoftware: Dicom = "dicom.software";
    /// (0018,1000) of an object this endpoint sent.
    DicomSerial: Dicom = "dicom.serial";
    /// MSH-3 of messages this endpoint sends.
    Hl7Application: Hl7 = "hl7.application";
    /// MSH-4 of messages this endpoint sends.
    Hl7Facility: Hl7 = "hl7.facility";
    /// MSH-5 of messages sent to this endpoint.
    Hl7ReceivingApplication: Hl7 = "hl7.receiving_application";
    /// MSH-6 of messages sent to this endpoint.
    Hl7ReceivingFacility: Hl7 = "hl7.receiving_facility";
    /// MSH-12 of messages this endpoint sends.
    Hl7Version: Hl7 = "hl7.version";
    /// MSH-9 of messages this endpoint sends, `ORU^R01`.
    Hl7MessageType: Hl7 = "hl7.message_type";
    /// PRT-10: a device's unique device identifier.
    Hl7DeviceUdi: Hl7 = "hl7.device_udi";
    /// PRT-16, or OBX-18's entity identifier: a device's identifier.
    Hl7DeviceIdentifier: Hl7 = "hl7.device_identifier";
    /// PRT-20: a device's serial number.
    Hl7DeviceSerial: Hl7 = "hl7.device_serial";
    /// PRT-17: a device's date of manufacture.
    Hl7DeviceManufactured: Hl7 = "hl7.device_manufactured";
    /// PRT-22: a device's type or model.
    Hl7DeviceType: Hl7 = "hl7.device_type";
    /// The label a hospital sticks on the device.
    AssetTag: AssetList = "asset_list.asset_tag";
    /// A device category in the vocabulary's spelling.
    AssetCategory: AssetList = "asset_list.category";
    /// DICOM modality code.
    AssetModality: AssetList = "asset_list.modality";
    /// Maker, as the list spells it.
    AssetManufacturer: AssetList = "asset_list.manufacturer";
    /// Model, as the list spells it.
    AssetModel: AssetList = "asset_list.model";
    /// Operating system.
    AssetOs: AssetList = "asset_list.os";
    /// Operating system version.
    AssetOsVersion: AssetList = "asset_list.os_version";
    /// Firmware or software version.
    AssetFirmware: AssetList = "asset_list.firmware";
    /// Serial number.
    AssetSerial: AssetList = "asset_list.serial";
    /// Unique device identifier.
    AssetUdi: AssetList = "asset_list.udi";
    /// Date of manufacture.
    AssetManufactured: AssetList = "asset_list.manufactured";
    /// Host name.
    AssetHostname: AssetList = "asset_list.hostname";
    /// Who is responsible for the device.
    AssetOwner: AssetList = "asset_list.owner";
    /// Department that uses it.
    AssetDepartment: AssetList = "asset_list.department";
    /// Where it stands.
    AssetLocation: AssetList = "asset_list.location";
    /// `yes` or `no`: whether it can be patched.
    AssetPatchPossible: AssetList = "asset_list.patch_possible";
    /// Why it cannot be patched, in the vocabulary's spelling.
    AssetPatchWhyNot: AssetList = "asset_list.patch_why_not";
    /// Who may patch it and is responsible for it.
    AssetPatchResponsible: AssetList = "asset_list.patch_responsible";
    /// Free words of a person about the device.
    AssetNotes: AssetList = "asset_list.notes";
}

/// Where a fact was first read: the input and the place in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Source {
    /// Index into [`Batch::inputs`].
    pub input: u32,
    /// 1-based frame number in a capture, or row number in a list (the heading is row 1).
    pub packet: u64,
}

/// One fact about an endpoint from one protocol, with how often and when it was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Whom the fact is about, or who spoke for the thing it is about (see `record`).
    pub endpoint: Endpoint,
    /// Groups facts about one thing that is not the endpoint itself: the row of an imported list, or a
    /// bedside device a gateway speaks for. `None` when the fact is about the endpoint.
    pub record: Option<String>,
    /// What kind of fact.
    pub fact: Fact,
    /// The stated value, at most [`FACT_BYTES_MAX`] bytes, control characters replaced.
    pub value: String,
    /// How many times it was stated.
    pub count: u64,
    /// First time.
    pub first: Timestamp,
    /// Last time.
    pub last: Timestamp,
    /// Where it was first read.
    pub source: Source,
}

/// The transport a conversation uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Transmission Control Protocol.
    Tcp,
    /// User Datagram Protocol.
    Udp,
    /// ICMP or ICMPv6; the conversation's port is 0.
    Icmp,
    /// Another IP protocol by its IANA number; the conversation's port is 0.
    Other(u8),
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Transport::Tcp => f.write_str("tcp"),
            Transport::Udp => f.write_str("udp"),
            Transport::Icmp => f.write_str("icmp"),
            Transport::Other(number) => write!(f, "ip/{number}"),
        }
    }
}

impl FromStr for Transport {
    type Err = UnknownName;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let unknown = || UnknownName { expected: "transport", text: text.chars().take(64).collect() };
        match text {
            "tcp" => Ok(Transport::Tcp),
            "udp" => Ok(Transport::Udp),
            "icmp" => Ok(Transport::Icmp),
            _ => {
                let number = text.strip_prefix("ip/").ok_or_else(unknown)?;
                number.parse().map(Transport::Other).map_err(|_| unknown())
            }
        }
    }
}

named! {
    /// How it was decided which side is the client.
    Direction, "direction basis" {
        /// The TCP handshake was seen.
        Handshake = "handshake";
        /// The content says who asks and who answers.
        Content = "content";
        /// The lower or better known port is taken for the server's.
        Port = "port";
    }
}

/// Which kinds of patient data passed, never their values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientDataKinds(u16);

macro_rules! patient_data_kinds {
    ($($(#[$doc:meta])* $constant:ident = $bit:literal, $name:literal;)*) => {
        impl PatientDataKinds {
            $($(#[$doc])* pub const $constant: PatientDataKinds = PatientDataKinds(1 << $bit);)*

            const NAMES: &'static [(PatientDataKinds, &'static str)] = &[$((PatientDataKinds::$constant, $name)),*];
        }
    };
}

patient_data_kinds! {
    /// A patient's name.
    NAME = 0, "name";
    /// A patient or visit identifier.
    IDENTIFIER = 1, "identifier";
    /// A date of birth.
    BIRTH_DATE = 2, "birth_date";
    /// Postal address or telephone number.
    ADDRESS = 3, "address";
    /// Pixel data.
    IMAGE = 4, "image";
    /// A measured or reported result.
    RESULT = 5, "result";
    /// A waveform.
    WAVEFORM = 6, "waveform";
    /// An order or prescription.
    ORDER = 7, "order";
}

impl PatientDataKinds {
    /// No patient data.
    pub const NONE: PatientDataKinds = PatientDataKinds(0);

    /// True when no kind was seen.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Both sets together.
    #[must_use]
    pub fn union(self, other: PatientDataKinds) -> PatientDataKinds {
        PatientDataKinds(self.0 | other.0)
    }

    /// True when all of `other` is in this set.
    pub fn contains(self, other: PatientDataKinds) -> bool {
        self.0 & other.0 == other.0
    }

    /// The names of the kinds in this set, in declaration order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        Self::NAMES.iter().filter(move |(kind, _)| self.contains(*kind)).map(|(_, name)| *name)
    }

    /// The kind with this name.
    pub fn from_name(text: &str) -> Result<PatientDataKinds, UnknownName> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind);
        found.ok_or_else(|| UnknownName {
            expected: "kind of patient data",
            text: text.chars().take(64).collect(),
        })
    }
}

/// Packets a conversation exchanged in each hour of the week, only the hours in which there were any.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct HoursOfWeek(Vec<(HourOfWeek, u64)>);

impl HoursOfWeek {
    /// Adds `packets` to an hour.
    pub fn add(&mut self, hour: HourOfWeek, packets: u64) {
        match self.0.binary_search_by_key(&hour, |(known, _)| *known) {
            Ok(at) => {
                if let Some((_, count)) = self.0.get_mut(at) {
                    *count = count.saturating_add(packets);
                }
            }
            Err(at) => self.0.insert(at, (hour, packets)),
        }
    }

    /// Adds all hours of `other`.
    pub fn merge(&mut self, other: &HoursOfWeek) {
        for (hour, packets) in other.iter() {
            self.add(hour, packets);
        }
    }

    /// The hours with packets, in order.
    pub fn iter(&self) -> impl Iterator<Item = (HourOfWeek, u64)> + '_ {
        self.0.iter().copied()
    }
}

/// What one client and one server exchanged on one server port within a Batch's window.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Conversation {
    /// Who asks.
    pub client: Endpoint,
    /// Who answers.
    pub server: Endpoint,
    /// Transport protocol.
    pub transport: Transport,
    /// The server's port; 0 where the transport has none.
    pub port: u16,
    /// What the content showed to be spoken; `None` when no dissector was certain (a port alone is no
    /// evidence).
    pub application: Option<Protocol>,
    /// How client and server were told apart; the strongest basis seen.
    pub direction: Direction,
    /// True when the server was seen to answer.
    pub answered: bool,
    /// How many connections or exchanges.
    pub flows: u64,
    /// Packets in both directions.
    pub packets: u64,
    /// Bytes on the wire in both directions, headers included.
    pub bytes: u64,
    /// First packet.
    pub first: Timestamp,
    /// Last packet.
    pub last: Timestamp,
    /// When in the week.
    pub hours: HoursOfWeek,
    /// Which kinds of patient data were readable in it.
    pub patient_data: PatientDataKinds,
    /// Where it was first seen.
    pub source: Source,
}

named! {
    /// Something that happened, as against something that is so.
    EventKind, "kind of event" {
        /// A DICOM association was rejected; the detail names result, source and reason (PS3.8 9.3.4).
        DicomRejected = "dicom.association_rejected";
        /// A DICOM association was aborted (PS3.8 9.3.8).
        DicomAborted = "dicom.association_aborted";
        /// An HL7 acknowledgement other than accept (MSA-1 AE, AR, CE, CR).
        Hl7Rejected = "hl7.rejected";
        /// HTTP Basic credentials crossed the network in clear text; the credentials are not kept.
        HttpClearCredentials = "http.clear_credentials";
        /// Two stations claim one IP address.
        ArpConflict = "arp.address_conflict";
        /// TLS negotiation failed with an alert; the detail is its number.
        TlsAlert = "tls.alert";
    }
}

/// Something that happened between two endpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub endpoint: Endpoint,
    /// To whom, where there is one.
    pub peer: Option<Endpoint>,
    /// Particulars in words, without patient data.
    pub detail: String,
    /// Where it was read.
    pub source: Source,
}

/// A place where an input was damaged; everything readable before it was used.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// Byte offset in the input after decompression.
    pub offset: u64,
    /// What is wrong there, in words.
    pub reason: String,
}

/// What a Batch's inputs were and how well they could be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InputReport {
    /// The name as given, `-` for standard input.
    pub path: String,
    /// SHA-256 of the bytes as given (compressed where they were), hexadecimal; empty until all was read.
    pub sha256: String,
    /// What it was recognised as: `pcap`, `pcapng`, `pcap (gzip)`, `batches`, `asset list` …
    pub kind: String,
    /// Frames or rows read.
    pub packets: u64,
    /// Captured bytes read.
    pub bytes: u64,
    /// Time of the earliest frame.
    pub first: Option<Timestamp>,
    /// Time of the latest frame.
    pub last: Option<Timestamp>,
    /// Where it was damaged.
    pub damaged: Vec<Damage>,
    /// What was passed over, with counts: link types, option kinds, rows.
    pub skipped: BTreeMap<String, u64>,
}

/// How the observation itself went: what was read, what was shed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Frames taken in.
    pub packets: u64,
    /// Bytes on the wire taken in.
    pub bytes: u64,
    /// Counters by name: malformed layers, limits hit, evictions. Names are `area.what`, such as
    /// `ipv4.bad_length` or `limit.conversations_evicted`.
    pub counters: BTreeMap<String, u64>,
    /// Inputs that ended within this Batch's window.
    pub inputs: Vec<InputReport>,
}

/// A bounded summary of a time window from one sensor.
///
/// (sensor, sequence) names it; who accepts Batches accepts each once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Which sensor or import made it.
    pub sensor: String,
    /// Counts up from 0 for each sensor.
    pub sequence: u64,
    /// Time of the earliest thing in it, if it holds any.
    pub start: Option<Timestamp>,
    /// Time of the latest thing in it, if it holds any.
    pub end: Option<Timestamp>,
    /// The inputs that [`Source::input`] points into.
    pub inputs: Vec<String>,
    /// Facts, in order.
    pub sightings: Vec<Sighting>,
    /// Conversations, in order.
    pub conversations: Vec<Conversation>,
    /// Events, in order of time.
    pub events: Vec<Event>,
    /// How it went.
    pub health: Health,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fact_is_named_after_its_protocol() {
        for fact in Fact::ALL {
            let (protocol, _) = fact.name().split_once('.').unwrap();
            assert_eq!(protocol, fact.protocol().name());
            assert_eq!(fact.name().parse(), Ok(*fact));
        }
    }

    #[test]
    fn patient_data_kinds_go_by_name() {
        let both = PatientDataKinds::NAME.union(PatientDataKinds::IMAGE);
        assert_eq!(both.names().collect::<Vec<_>>(), ["name", "image"]);
        assert_eq!(PatientDataKinds::from_name("image"), Ok(PatientDataKinds::IMAGE));
        assert!(both.contains(PatientDataKinds::NAME) && !both.contains(PatientDataKinds::RESULT));
    }

    #[test]
    fn hours_stay_in_order() {
        let mut hours = HoursOfWeek::default();
        for (hour, packets) in [(5, 1), (2, 1), (5, 2)] {
            hours.add(HourOfWeek::new(hour).unwrap(), packets);
        }
        assert_eq!(hours.iter().map(|(h, n)| (h.index(), n)).collect::<Vec<_>>(), [(2, 1), (5, 3)]);
    }

    #[test]
    fn transports_round_trip() {
        for transport in [Transport::Tcp, Transport::Udp, Transport::Icmp, Transport::Other(47)] {
            assert_eq!(transport.to_string().parse(), Ok(transport));
        }
    }
}
