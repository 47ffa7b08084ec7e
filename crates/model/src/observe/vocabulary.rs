//! The words everything speaks: protocols and kinds of events here, kinds of facts in `facts`. Each stands once,
//! with the stable name files and interfaces use; adding one is adding its line.

use std::fmt;
use std::str::FromStr;

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

/// An enumeration of names: its values, their stable names, and the way back.
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

pub(super) use named;

macro_rules! protocols {
    ($($(#[$doc:meta])* $variant:ident = $name:literal;)*) => {
        named! {
            /// A protocol whose content was understood, or the kind of source a fact came from.
            Protocol, "protocol" { $($(#[$doc])* $variant = $name;)* }
        }

        impl Protocol {
            /// Under which name messages that contradict the protocol are counted.
            pub const fn malformed(self) -> &'static str {
                match self { $(Protocol::$variant => concat!($name, ".malformed")),* }
            }
        }
    };
}

protocols! {
    /// The link layer itself: a frame from this station was seen.
    Link = "link";
    /// Address Resolution Protocol (RFC 826).
    Arp = "arp";
    /// Generic routing encapsulation (RFC 2784).
    Gre = "gre";
    /// A switch's copies of frames on their way to an analyser elsewhere (ERSPAN, types I to III).
    Erspan = "erspan";
    /// Copies of frames on their way to an analyser elsewhere (TaZmen Sniffer Protocol).
    Tzsp = "tzsp";
    /// Virtual extensible LAN (RFC 7348).
    Vxlan = "vxlan";
    /// Generic network virtualization encapsulation (RFC 8926).
    Geneve = "geneve";
    /// IP packets in IP packets (RFC 2003, RFC 4213).
    IpInIp = "ip_in_ip";
    /// Ethernet frames in IP packets (RFC 3378).
    EtherIp = "ether_ip";
    /// IPv6 through address translation (RFC 4380).
    Teredo = "teredo";
    /// User packets of mobile networks (3GPP TS 29.281).
    Gtp = "gtp";
    /// Wireless access points and their controller (RFC 5415).
    Capwap = "capwap";
    /// Layer two tunnelling protocol (RFC 2661).
    L2tp = "l2tp";
    /// Link Layer Discovery Protocol (IEEE 802.1AB), with the extensions of IEEE 802.1, IEEE 802.3 and media
    /// endpoints (ANSI/TIA-1057).
    Lldp = "lldp";
    /// Cisco Discovery Protocol.
    Cdp = "cdp";
    /// Foundry Discovery Protocol.
    Fdp = "fdp";
    /// MikroTik Neighbour Discovery Protocol.
    Mndp = "mndp";
    /// Ubiquiti's discovery protocol.
    Ubnt = "ubnt";
    /// Spanning tree, all its kinds (IEEE 802.1D, 802.1Q; Cisco's per VLAN).
    Stp = "stp";
    /// Port-based network access control (IEEE 802.1X).
    Eapol = "eapol";
    /// Neighbour discovery for IPv6 (RFC 4861).
    Nd = "nd";
    /// Group membership in IPv4 (RFC 3376) and IPv6 (RFC 3810).
    Igmp = "igmp";
    /// Virtual router redundancy (RFC 9568).
    Vrrp = "vrrp";
    /// Cisco's hot standby routers (RFC 2281).
    Hsrp = "hsrp";
    /// Dynamic Host Configuration Protocol for IPv4 (RFC 2131).
    Dhcp = "dhcp";
    /// Dynamic Host Configuration Protocol for IPv6 (RFC 8415).
    Dhcpv6 = "dhcpv6";
    /// NetBIOS name service (RFC 1002).
    Nbns = "nbns";
    /// Announcements of Windows hosts to their browsers ([MS-BRWS]), in NetBIOS datagrams.
    Browser = "browser";
    /// Simple Service Discovery Protocol (UPnP Device Architecture 2.0).
    Ssdp = "ssdp";
    /// Descriptions of UPnP devices (UPnP Device Architecture 2.0), in HTTP.
    Upnp = "upnp";
    /// Network Time Protocol (RFC 5905).
    Ntp = "ntp";
    /// Trivial File Transfer Protocol (RFC 1350).
    Tftp = "tftp";
    /// Domain Name System (RFC 1035).
    Dns = "dns";
    /// Multicast DNS and service discovery (RFC 6762, RFC 6763).
    Mdns = "mdns";
    /// Link-local multicast name resolution (RFC 4795).
    Llmnr = "llmnr";
    /// HTTP/1.0 and 1.1 in clear text (RFC 9112).
    Http = "http";
    /// HTTP/2 in clear text (RFC 9113).
    Http2 = "http2";
    /// Remote procedure calls in HTTP/2 (gRPC).
    Grpc = "grpc";
    /// HL7 FHIR's REST interface (R4, R5: "RESTful API") in HTTP.
    Fhir = "fhir";
    /// DICOMweb services in HTTP (PS3.18).
    DicomWeb = "dicomweb";
    /// Web Services Dynamic Discovery: devices, printers, computers and cameras that announce themselves
    /// (OASIS WS-Discovery 1.1, and the draft of April 2005).
    WsDiscovery = "ws_discovery";
    /// What a device tells of itself over SOAP (OASIS Devices Profile for Web Services 1.1).
    Dpws = "dpws";
    /// Service-oriented device connectivity of medical devices (IEEE 11073-10207, 20701, 20702), over SOAP.
    Sdc = "sdc";
    /// Network cameras and video recorders (ONVIF), over SOAP.
    Onvif = "onvif";
    /// Transport Layer Security (RFC 8446, RFC 5246).
    Tls = "tls";
    /// QUIC, of which the first messages can be read (RFC 9000, RFC 9001, RFC 9369).
    Quic = "quic";
    /// Simple Network Management Protocol, versions 1, 2c and 3 (RFC 3410).
    Snmp = "snmp";
    /// Windows' file sharing, versions 1 to 3 (MS-CIFS, MS-SMB2), over TCP and NetBIOS sessions.
    Smb = "smb";
    /// Windows' challenge and response within other protocols (MS-NLMP).
    Ntlm = "ntlm";
    /// Kerberos 5 (RFC 4120).
    Kerberos = "kerberos";
    /// Lightweight Directory Access Protocol (RFC 4511).
    Ldap = "ldap";
    /// Remote desktops (MS-RDPBCGR).
    Rdp = "rdp";
    /// Microsoft's SQL Server (MS-TDS), and its browser (MC-SQLR).
    Mssql = "mssql";
    /// MySQL and MariaDB.
    Mysql = "mysql";
    /// PostgreSQL.
    Postgres = "postgres";
    /// Oracle's database (TNS).
    Oracle = "oracle";
    /// Remote procedure calls of Windows over TCP (MS-RPCE).
    DceRpc = "dcerpc";
    /// Remote Authentication Dial In User Service (RFC 2865).
    Radius = "radius";
    /// TACACS+ (RFC 8907).
    Tacacs = "tacacs";
    /// Secure Shell (RFC 4253).
    Ssh = "ssh";
    /// Telnet (RFC 854).
    Telnet = "telnet";
    /// File Transfer Protocol, its control connection (RFC 959).
    Ftp = "ftp";
    /// Simple Mail Transfer Protocol (RFC 5321).
    Smtp = "smtp";
    /// Post Office Protocol (RFC 1939).
    Pop3 = "pop3";
    /// Internet Message Access Protocol (RFC 9051).
    Imap = "imap";
    /// Real-Time Streaming Protocol of cameras and recorders (RFC 2326, RFC 7826).
    Rtsp = "rtsp";
    /// Session Initiation Protocol of telephones (RFC 3261).
    Sip = "sip";
    /// MQTT (OASIS 3.1.1, 5.0).
    Mqtt = "mqtt";
    /// Remote desktops by VNC (RFB, RFC 6143).
    Vnc = "vnc";
    /// Internet Key Exchange of IPsec (RFC 2408, RFC 7296).
    Ike = "ike";
    /// WireGuard tunnels.
    WireGuard = "wireguard";
    /// OpenVPN tunnels.
    OpenVpn = "openvpn";
    /// DICOM upper layer and message exchange (PS3.7, PS3.8).
    Dicom = "dicom";
    /// HL7 version 2 over the minimal lower layer protocol.
    Hl7 = "hl7";
    /// Philips IntelliVue data export: monitors announce themselves, collectors poll their vital signs
    /// (Data Export Interface Programming Guide, 4535 642 59271).
    Intellivue = "intellivue";
    /// Exchange with personal health devices (IEEE 11073-20601).
    Phd = "phd";
    /// Laboratory analysers: ASTM E1394 (CLSI LIS2-A2) records, in ASTM E1381 (LIS01-A2) frames or bare.
    Astm = "astm";
    /// Point-of-care analysers: POCT1-A (CLSI POCT01-A2) device messages.
    Poct1a = "poct1a";
    /// B. Braun BCC: racks of infusion pumps tell a collector what they do.
    Bcc = "bcc";
    /// GE CARESCAPE (Unity) monitoring network: its nodes announce themselves, the time and alarms to all.
    Carescape = "carescape";
    /// Datex-Ohmeda Record Interface of GE monitors, met behind serial device servers.
    Dri = "dri";
    /// Dräger MEDIBUS, met behind serial device servers (RS 232 MEDIBUS Protocol Definition 6.00).
    Medibus = "medibus";
    /// Lines of text that Masimo pulse oximeters send on their serial port, met behind serial device servers.
    Masimo = "masimo";
    /// Puritan Bennett 840 ventilators' serial reports, met behind serial device servers.
    Pb840 = "pb840";
    /// Modbus over TCP (Modbus Messaging on TCP/IP Implementation Guide V1.0b).
    Modbus = "modbus";
    /// S7 communication of Siemens controllers, over ISO transport (RFC 1006).
    S7comm = "s7";
    /// EtherNet/IP with the Common Industrial Protocol (ODVA).
    EtherNetIp = "enip";
    /// BACnet/IP, building automation (ANSI/ASHRAE 135).
    Bacnet = "bacnet";
    /// OPC Unified Architecture over TCP (IEC 62541).
    Opcua = "opcua";
    /// Syslog (RFC 5424, RFC 3164).
        Syslog = "syslog";
        /// Audit trails of IHE ATNA, carried by syslog (DICOM PS3.15 annex A.5, RFC 3881).
        Atna = "atna";
        /// An asset list or maintenance system's export.
    AssetList = "asset_list";
    /// What Cordon's knowledge says of a kind of device.
    Knowledge = "knowledge";
    /// FDA's databases of devices: GUDID and the classification of products.
    Fda = "fda";
    /// What Zeek worked out of traffic by itself and no protocol states (Zeek's known_hosts, known_services and
    /// software logs).
    Zeek = "zeek";
    /// A scan by nmap: it asked the device, and is no passive evidence.
    Nmap = "nmap";
    /// p0f's guesses from the way packets are made; passive.
    P0f = "p0f";
    /// A scan by a vulnerability scanner (Nessus, OpenVAS): it asked the device, and is no passive evidence.
    Scanner = "scanner";
    /// A network access control's register of devices (Cisco ISE, Aruba ClearPass).
    Nac = "nac";
    /// A switch's table of addresses.
    Switch = "switch";
    /// A Wi-Fi controller's list of stations.
    Wlan = "wlan";
    /// A person's own entry in the site folder.
    Person = "person";
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

named! {
    /// Something that happened, as against something that is so.
    EventKind, "kind of event" {
        /// A DICOM association was rejected; the detail names result, source and reason (PS3.8 9.3.4).
        DicomRejected = "dicom.association_rejected";
        /// A DICOM association was aborted (PS3.8 9.3.8).
        DicomAborted = "dicom.association_aborted";
        /// A DICOM association was rejected because of an application entity title; the detail tells whose.
        DicomWrongAeTitle = "dicom.wrong_ae_title";
        /// A user's passcode or token crossed the network in clear text in a DICOM negotiation; it is not
        /// kept.
        DicomClearCredentials = "dicom.clear_credentials";
        /// A DICOM association was used for queries (C-FIND); the detail says of what, how many, with how many
        /// answers.
        DicomQuery = "dicom.query";
        /// Queries whose keys restrict nothing: whoever asks wants everything there is.
        DicomBroadQuery = "dicom.broad_query";
        /// Objects were asked for (C-MOVE, C-GET); the detail says of what, how many, and where to.
        DicomRetrieve = "dicom.retrieve";
        /// DICOM operations failed; the detail names them with their status (PS3.7 annex C).
        DicomFailed = "dicom.operations_failed";
        /// An HL7 acknowledgement other than accept (MSA-1 AE, AR, CE, CR).
        Hl7Rejected = "hl7.rejected";
        /// A monitor refused an association with a collector (session refuse).
        IntellivueRejected = "intellivue.association_rejected";
        /// An association between a monitor and a collector was aborted (session abort).
        IntellivueAborted = "intellivue.association_aborted";
        /// A monitor answered a request with an error; the detail names it.
        IntellivueError = "intellivue.error";
        /// A manager rejected a personal health device's association; the detail says why (20601 8.7.3).
        PhdRejected = "phd.association_rejected";
        /// An association with a personal health device was aborted; the detail says why.
        PhdAborted = "phd.association_aborted";
        /// An audit trail reports that somebody failed to log in or out; who it was is not kept.
        AtnaAuthenticationFailed = "atna.authentication_failed";
        /// An audit trail reports a security alert (DICOM 110113); the detail is its kind.
        AtnaSecurityAlert = "atna.security_alert";
        /// HTTP Basic credentials crossed the network in clear text; the credentials are not kept.
        HttpClearCredentials = "http.clear_credentials";
        /// Patients were searched over FHIR; the detail names the parameters, never their values.
        FhirPatientSearch = "fhir.patient_search";
        /// Everything a FHIR service holds of a kind was asked for at once (`$export`, `$everything`).
        FhirBulkExport = "fhir.bulk_export";
        /// A FHIR request failed; the detail gives the HTTP status and the outcome's code.
        FhirFailed = "fhir.failed";
        /// Patient data was handed out over FHIR to a request without any credentials.
        FhirUnauthenticated = "fhir.unauthenticated";
        /// Studies, series or instances were searched over DICOMweb by a patient's particulars; the detail
        /// names the keys, never their values.
        DicomWebQuery = "dicomweb.query";
        /// A DICOMweb search whose keys restrict nothing.
        DicomWebBroadQuery = "dicomweb.broad_query";
        /// A DICOMweb request failed; the detail gives the service and the HTTP status.
        DicomWebFailed = "dicomweb.failed";
        /// A laboratory message was not taken: NAK as the answer to an enquiry or a frame (ASTM E1381).
        AstmRefused = "astm.refused";
        /// A laboratory message ended other than normally (LIS2-A2 L-3).
        AstmAborted = "astm.aborted";
        /// A laboratory message's access password crossed the network in clear text; it is not kept.
        AstmClearCredentials = "astm.clear_credentials";
        /// A point-of-care message was not accepted (ACK.type_cd AE) or what it asks cannot be done (ESC.R01).
        Poct1aRefused = "poct1a.refused";
        /// An operator's password crossed the network in clear text in a POCT1-A list; it is not kept.
        Poct1aClearCredentials = "poct1a.clear_credentials";
        /// A medical device was operated over the network (SDC): the kind of operation and what it acts on.
        SdcOperation = "sdc.operation";
        /// A medical device did not carry out an operation it was asked for (SDC); the detail is the state of
        /// the invocation and the kind of error.
        SdcOperationFailed = "sdc.operation_failed";
        /// A SOAP message was answered with a fault; the detail is its codes.
        SoapFault = "soap.fault";
        /// Somebody failed to log in; the detail names the protocol and the reason, never who it was.
        LogInFailed = "log_in.failed";
        /// A password, or what can be made into one without effort, crossed the network in clear text; it is
        /// not kept. The detail names the protocol and the kind of log-in.
        LogInClearCredentials = "log_in.clear_credentials";
        /// Access was gained with a name or password that makers set at the factory and everybody knows, such
        /// as SNMP's community `public`; the detail names the protocol and what was used.
        LogInDefaultCredentials = "log_in.default_credentials";
        /// Somebody works on a device from afar: a shell, a remote desktop, a maker's remote support. The
        /// detail names the protocol or the product.
        AdministrativeSession = "administration.session";
        /// A device's configuration was sent, fetched or changed over the network; the detail names the
        /// protocol and the direction.
        ConfigurationTransfer = "configuration.transfer";
        /// Firmware or a software image was sent over the network; the detail names the protocol and, where
        /// it is no person's, the file.
        FirmwareTransfer = "firmware.transfer";
        /// A controller was stopped, started, restarted or silenced over the network; the detail names the
        /// protocol and the operation.
        ControlOperation = "control.operation";
        /// Encryption that can be broken was agreed to; the detail names the version or the cipher suite.
        EncryptionWeak = "encryption.weak";
        /// An intrusion detection (Suricata's rules, Zeek's notices) raised an alert; the detail is the rule's
        /// number and title.
        IntrusionAlert = "intrusion.alert";
        /// A DHCP server refused a client the address it asked for (DHCPNAK).
        DhcpRefused = "dhcp.refused";
        /// A DHCP client found the address it was given in use already (DHCPDECLINE).
        DhcpDeclined = "dhcp.declined";
        /// Two stations claim one IP address.
        ArpConflict = "arp.address_conflict";
        /// TLS negotiation failed with an alert; the detail is its number.
        TlsAlert = "tls.alert";
        /// Patient data was readable between two endpoints for the first time, or of a further kind; the
        /// detail names the protocol and the kinds.
        PatientDataInClear = "patient_data.in_clear";
        /// Somebody asked a server for patients who had not asked it before, while others had.
        PatientQueryNewPeer = "patient_query.new_peer";
        /// One client asked for patients unusually often, or many servers, within a few minutes.
        PatientQuerySweep = "patient_query.sweep";
        /// One client was refused DICOM associations again and again within a few minutes.
        DicomTitleGuessing = "dicom.title_guessing";
        /// A sender of alarms was heard no more while its sensor went on hearing others.
        AlarmsSilent = "alarms.silent";
    }
}

impl EventKind {
    /// True for events that say a password, or what is as good as one, could be read on the way.
    pub const fn is_clear_credentials(self) -> bool {
        matches!(
            self,
            EventKind::LogInClearCredentials
                | EventKind::HttpClearCredentials
                | EventKind::DicomClearCredentials
                | EventKind::AstmClearCredentials
                | EventKind::Poct1aClearCredentials
        )
    }

    /// True for events that say a client asked a server for patients, studies or results.
    pub const fn is_patient_query(self) -> bool {
        matches!(
            self,
            EventKind::DicomQuery
                | EventKind::DicomBroadQuery
                | EventKind::DicomWebQuery
                | EventKind::DicomWebBroadQuery
                | EventKind::FhirPatientSearch
                | EventKind::FhirBulkExport
        )
    }
}

impl Protocol {
    /// The protocol that carries this one, where a conversation may be called by either name.
    pub const fn carrier(self) -> Option<Protocol> {
        match self {
            Protocol::Fhir | Protocol::DicomWeb | Protocol::Dpws | Protocol::Upnp => Some(Protocol::Http),
            Protocol::Sdc => Some(Protocol::Dpws),
            Protocol::Grpc => Some(Protocol::Http2),
            Protocol::Atna => Some(Protocol::Syslog),
            _ => None,
        }
    }

    /// True when `other` carries this one, itself or by what it carries.
    pub fn is_carried_by(self, other: Protocol) -> bool {
        std::iter::successors(self.carrier(), |carrier| carrier.carrier()).any(|carrier| carrier == other)
    }

    /// Of two names for one conversation the more precise one; of two that are no names for the same, the
    /// first of the vocabulary.
    #[must_use]
    pub fn more_precise(self, other: Protocol) -> Protocol {
        if self.is_carried_by(other) {
            self
        } else if other.is_carried_by(self) {
            other
        } else {
            self.min(other)
        }
    }
}
