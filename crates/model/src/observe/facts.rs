//! The kinds of facts, each with what it means and where the standard says so. A fact's name starts with its
//! protocol's.

use super::vocabulary::{Protocol, UnknownName, named};
use std::fmt;
use std::str::FromStr;

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
    /// A scheme of a `WWW-Authenticate` header: `Basic`, `Digest`, `NTLM`, `Negotiate`, `Bearer`.
    HttpAuthentication: Http = "http.authentication";
    /// The path this endpoint's FHIR service lies under, such as `/fhir`.
    FhirBase: Fhir = "fhir.base";
    /// CapabilityStatement.fhirVersion of this endpoint's service, such as `4.0.1`.
    FhirVersion: Fhir = "fhir.version";
    /// CapabilityStatement.software.name of this endpoint's service.
    FhirSoftware: Fhir = "fhir.software";
    /// CapabilityStatement.software.version of this endpoint's service.
    FhirSoftwareVersion: Fhir = "fhir.software_version";
    /// CapabilityStatement.implementation.description of this endpoint's service.
    FhirImplementation: Fhir = "fhir.implementation";
    /// CapabilityStatement.implementation.url of this endpoint's service.
    FhirUrl: Fhir = "fhir.url";
    /// A code of CapabilityStatement.rest.security.service: `SMART-on-FHIR`, `OAuth`, `Basic`.
    FhirSecurity: Fhir = "fhir.security";
    /// Who grants access to this endpoint's service, by its SMART configuration.
    FhirAuthorization: Fhir = "fhir.authorization_endpoint";
    /// A resource type this endpoint answered requests for.
    FhirServes: Fhir = "fhir.serves";
    /// A resource type this endpoint asked for or sent.
    FhirAsks: Fhir = "fhir.asks";
    /// Device.manufacturer, of a device this endpoint speaks for.
    FhirDeviceManufacturer: Fhir = "fhir.device_manufacturer";
    /// Device.modelNumber (`model` before R4), of a device this endpoint speaks for.
    FhirDeviceModel: Fhir = "fhir.device_model";
    /// Device.serialNumber, of a device this endpoint speaks for.
    FhirDeviceSerial: Fhir = "fhir.device_serial";
    /// Device.udiCarrier.carrierHRF, of a device this endpoint speaks for.
    FhirDeviceUdi: Fhir = "fhir.device_udi";
    /// Device.udiCarrier.deviceIdentifier: the part of the unique device identifier that names the model.
    FhirDeviceUdiModel: Fhir = "fhir.device_udi_di";
    /// A value of Device.identifier, of a device this endpoint speaks for.
    FhirDeviceIdentifier: Fhir = "fhir.device_identifier";
    /// Device.deviceName (`name` in R5), of a device this endpoint speaks for.
    FhirDeviceName: Fhir = "fhir.device_name";
    /// Device.type as text or by its code's name, of a device this endpoint speaks for.
    FhirDeviceType: Fhir = "fhir.device_type";
    /// A value of Device.version, of a device this endpoint speaks for.
    FhirDeviceVersion: Fhir = "fhir.device_version";
    /// Device.manufactureDate, of a device this endpoint speaks for.
    FhirDeviceManufactured: Fhir = "fhir.device_manufactured";
    /// The path this endpoint's DICOMweb services lie under, such as `/dicom-web`.
    DicomWebBase: DicomWeb = "dicomweb.base";
    /// A DICOMweb service this endpoint offers: `QIDO-RS`, `WADO-RS`, `WADO-URI`, `STOW-RS`, `UPS-RS`.
    DicomWebScp: DicomWeb = "dicomweb.scp";
    /// A DICOMweb service this endpoint uses.
    DicomWebScu: DicomWeb = "dicomweb.scu";
    /// The lasting name of the device at this endpoint, mostly `urn:uuid:…`.
    WsDiscoveryEndpoint: WsDiscovery = "ws_discovery.endpoint";
    /// A type this endpoint says it is of, with the usual prefix of its namespace: `mdpws:MedicalDevice`,
    /// `pub:Computer`, `wprt:PrintDeviceType`, `dn:NetworkVideoTransmitter`.
    WsDiscoveryType: WsDiscovery = "ws_discovery.type";
    /// A scope this endpoint says it is in that speaks of neither place nor person: the key purposes
    /// (`sdc.mds.pkp:…`) and kind (`sdc.cdc.type:…`) of a medical device, a camera's profiles.
    WsDiscoveryScope: WsDiscovery = "ws_discovery.scope";
    /// Where this endpoint's device is reached (XAddrs).
    WsDiscoveryAddress: WsDiscovery = "ws_discovery.address";
    /// The version of the metadata this endpoint's device offers; it grows when they change.
    WsDiscoveryMetadataVersion: WsDiscovery = "ws_discovery.metadata_version";
    /// Where the device stands, from the widest to the narrowest: `HOSP / ICU3 / BED7`.
    WsDiscoveryLocation: WsDiscovery = "ws_discovery.location";
    /// The point of care the device serves, mostly a ward.
    WsDiscoveryPointOfCare: WsDiscovery = "ws_discovery.point_of_care";
    /// The name a camera gives itself in its scopes.
    WsDiscoveryName: WsDiscovery = "ws_discovery.name";
    /// The model a camera states in its scopes.
    WsDiscoveryHardware: WsDiscovery = "ws_discovery.hardware";
    /// A type this endpoint searches the network for.
    WsDiscoveryLooksFor: WsDiscovery = "ws_discovery.looks_for";
    /// ThisModel/Manufacturer.
    DpwsManufacturer: Dpws = "dpws.manufacturer";
    /// ThisModel/ManufacturerUrl.
    DpwsManufacturerUrl: Dpws = "dpws.manufacturer_url";
    /// ThisModel/ModelName.
    DpwsModel: Dpws = "dpws.model";
    /// ThisModel/ModelNumber.
    DpwsModelNumber: Dpws = "dpws.model_number";
    /// ThisModel/ModelUrl.
    DpwsModelUrl: Dpws = "dpws.model_url";
    /// ThisModel/PresentationUrl: where a person may look at the device.
    DpwsPresentationUrl: Dpws = "dpws.presentation_url";
    /// ThisDevice/FriendlyName.
    DpwsFriendlyName: Dpws = "dpws.friendly_name";
    /// ThisDevice/FirmwareVersion.
    DpwsFirmware: Dpws = "dpws.firmware";
    /// ThisDevice/SerialNumber.
    DpwsSerial: Dpws = "dpws.serial";
    /// The lasting name of the device in its own metadata.
    DpwsEndpoint: Dpws = "dpws.endpoint";
    /// A type the host says it is of, as in `ws_discovery.type`.
    DpwsType: Dpws = "dpws.type";
    /// A type of a service the device hosts: `sdc:GetService`, `wprt:PrinterServiceType`.
    DpwsService: Dpws = "dpws.service";
    /// The name of a Windows computer and its domain or workgroup (MS-PBSD 2.2): `WS12/Domain:CLINIC`.
    DpwsComputer: Dpws = "dpws.computer";
    /// `provider` or `consumer`: the part this endpoint plays in SDC.
    SdcRole: Sdc = "sdc.role";
    /// `provider` or `consumer`: the part this endpoint's certificate allows it (extended key usage of
    /// IEEE 11073-20701).
    SdcCertificateRole: Sdc = "sdc.certificate_role";
    /// MetaData/Manufacturer of a medical device system (MDS, IEEE 11073-10207).
    SdcManufacturer: Sdc = "sdc.manufacturer";
    /// MetaData/ModelName of an MDS.
    SdcModel: Sdc = "sdc.model";
    /// MetaData/ModelNumber of an MDS.
    SdcModelNumber: Sdc = "sdc.model_number";
    /// MetaData/SerialNumber of an MDS, or its production specification's.
    SdcSerial: Sdc = "sdc.serial";
    /// MetaData/LotNumber of an MDS.
    SdcLot: Sdc = "sdc.lot";
    /// MetaData/Udi/HumanReadableForm of an MDS: the whole unique device identifier.
    SdcUdi: Sdc = "sdc.udi";
    /// MetaData/Udi/DeviceIdentifier of an MDS: the part that names the model.
    SdcUdiDeviceIdentifier: Sdc = "sdc.udi_di";
    /// MetaData/Udi/Issuer of an MDS: who issued the identifier.
    SdcUdiIssuer: Sdc = "sdc.udi_issuer";
    /// MetaData/ManufactureDate of an MDS.
    SdcManufactured: Sdc = "sdc.manufactured";
    /// Hardware revision in an MDS' production specification.
    SdcHardware: Sdc = "sdc.hardware_revision";
    /// Software revision in an MDS' production specification.
    SdcSoftware: Sdc = "sdc.software_revision";
    /// Firmware revision in an MDS' production specification.
    SdcFirmware: Sdc = "sdc.firmware_revision";
    /// Part number in an MDS' production specification.
    SdcPartNumber: Sdc = "sdc.part_number";
    /// The code of an MDS' type: one of the nomenclature (IEEE 11073-10101) as its number, another after its
    /// coding system.
    SdcType: Sdc = "sdc.type";
    /// What the type of an MDS is called.
    SdcTypeName: Sdc = "sdc.type_name";
    /// The name of an MDS in its provider's description.
    SdcHandle: Sdc = "sdc.handle";
    /// How many MDS this provider describes, where it speaks for several.
    SdcDevices: Sdc = "sdc.devices";
    /// Where the device stands, from the widest to the narrowest: `HOSP / ICU3 / BED7`.
    SdcLocation: Sdc = "sdc.location";
    /// The point of care the device serves, mostly a ward.
    SdcPointOfCare: Sdc = "sdc.point_of_care";
    /// What this provider reports: `metric`, `waveform`, `alert`, `component`, `context`, `operation`,
    /// `description`, `system_error`. When `alert` was last told is when alarms were last carried.
    SdcReports: Sdc = "sdc.reports";
    /// What this consumer has subscribed to, in the words of `sdc.reports`.
    SdcSubscribes: Sdc = "sdc.subscribes";
    /// GetDeviceInformation's Manufacturer.
    OnvifManufacturer: Onvif = "onvif.manufacturer";
    /// GetDeviceInformation's Model.
    OnvifModel: Onvif = "onvif.model";
    /// GetDeviceInformation's FirmwareVersion.
    OnvifFirmware: Onvif = "onvif.firmware";
    /// GetDeviceInformation's SerialNumber.
    OnvifSerial: Onvif = "onvif.serial";
    /// GetDeviceInformation's HardwareId.
    OnvifHardware: Onvif = "onvif.hardware";
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
    /// (0008,0080) of an object this endpoint sent: the institution that owns the equipment.
    DicomInstitution: Dicom = "dicom.institution";
    /// (0008,1040) of an object this endpoint sent: the department the equipment stands in.
    DicomDepartment: Dicom = "dicom.department";
    /// (0018,1002) of an object this endpoint sent: the equipment's own UID.
    DicomDeviceUid: Dicom = "dicom.device_uid";
    /// (0018,1009) of an object this endpoint sent: a unique device identifier.
    DicomUdi: Dicom = "dicom.udi";
    /// (0018,1204) of an object this endpoint sent: the date of manufacture, `YYYYMMDD`.
    DicomManufactured: Dicom = "dicom.manufactured";
    /// (0018,1008) of an object this endpoint sent: the gantry's identifier.
    DicomGantry: Dicom = "dicom.gantry_id";
    /// (0018,700A) of an object this endpoint sent: the detector's identifier.
    DicomDetector: Dicom = "dicom.detector_id";
    /// (0040,0241) of a procedure step this endpoint performs: the equipment's application entity title.
    DicomStationAe: Dicom = "dicom.station_ae";
    /// An application context other than DICOM's own (PS3.7 annex A.2.1) that this endpoint asked for.
    DicomApplicationContext: Dicom = "dicom.application_context";
    /// A SOP class this endpoint refused as an acceptor, and why: `UID abstract syntax not supported`.
    DicomRefused: Dicom = "dicom.refused";
    /// A transfer syntax this endpoint accepted as an acceptor.
    DicomTransferSyntax: Dicom = "dicom.transfer_syntax";
    /// The longest P-DATA-TF this endpoint takes, in bytes; `0` means any (PS3.8 annex D.1).
    DicomMaximumLength: Dicom = "dicom.maximum_length";
    /// Operations this endpoint would have outstanding, `invoked/performed`; `0` means any (PS3.7 D.3.3.3).
    DicomAsynchronous: Dicom = "dicom.asynchronous_operations";
    /// A SOP class this endpoint negotiated further, and what it said in hexadecimal (PS3.7 D.3.3.5), or the
    /// service class and the related general SOP classes that it named (PS3.7 D.3.3.6).
    DicomExtendedNegotiation: Dicom = "dicom.extended_negotiation";
    /// How this endpoint says who its user is, or that it answered such a statement; never who it is
    /// (PS3.7 D.3.3.7).
    DicomUserIdentity: Dicom = "dicom.user_identity";
    /// An operation this endpoint asked for, and its SOP class: `C-FIND 1.2.840.10008.5.1.4.1.2.2.1`.
    DicomInvokes: Dicom = "dicom.invokes";
    /// An operation this endpoint carried out, and its SOP class.
    DicomPerforms: Dicom = "dicom.performs";
    /// The application entity title this endpoint had objects sent to (C-MOVE).
    DicomMoveDestination: Dicom = "dicom.move_destination";
    /// The title of a modality that a worklist schedules work for; the record is this title too, and the
    /// endpoint only the worklist's provider.
    DicomScheduledAe: Dicom = "dicom.scheduled_ae";
    /// The modality of the station that the record names by its title.
    DicomScheduledModality: Dicom = "dicom.scheduled_modality";
    /// The name of the station that the record names by its title.
    DicomScheduledStation: Dicom = "dicom.scheduled_station";
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
    /// MSH-21's entity identifiers: the message profiles this endpoint says it follows.
    Hl7MessageProfile: Hl7 = "hl7.message_profile";
    /// The integration profile by which this endpoint speaks of devices: `DEC`, `ACM`, `PIV`, `IPEC`,
    /// `MEMDMC`, `MEMLS` (IHE Devices), `LAW` (IHE Pathology and Laboratory Medicine).
    Hl7Profile: Hl7 = "hl7.profile";
    /// MSH-18's first repetition: the character set of messages this endpoint sends (table 0211).
    Hl7CharacterSet: Hl7 = "hl7.character_set";
    /// `original` or `enhanced`: how this endpoint asks for answers (MSH-15 and MSH-16, HL7 2.9 2.9.2).
    Hl7AcknowledgementMode: Hl7 = "hl7.acknowledgement_mode";
    /// MSH-24: the network address this endpoint gives itself.
    Hl7NetworkAddress: Hl7 = "hl7.network_address";
    /// SFT-1: the vendor of the software that this endpoint sends with.
    Hl7SoftwareVendor: Hl7 = "hl7.software_vendor";
    /// SFT-3: that software's name.
    Hl7SoftwareProduct: Hl7 = "hl7.software_product";
    /// SFT-2: that software's version.
    Hl7SoftwareVersion: Hl7 = "hl7.software_version";
    /// This endpoint, or the device the record names, reports alarms; the value is the message type, counted
    /// once a message (IHE ACM, PCD-04).
    Hl7Alarms: Hl7 = "hl7.alarms";
    /// No answer of this endpoint was seen to a message of this type that wanted one.
    Hl7Unanswered: Hl7 = "hl7.unanswered";
    /// PRT-10 or DEV-9: a device's unique device identifier.
    Hl7DeviceUdi: Hl7 = "hl7.device_udi";
    /// A device's identifier: PRT-16, DEV-2, the entity and the EUI-64 of OBX-18 or EQU-1, the system
    /// identifier in an OBX, the EUI-64 of MSH-3.
    Hl7DeviceIdentifier: Hl7 = "hl7.device_identifier";
    /// PRT-20, DEV-11, an OBX's `MDC_ID_PROD_SPEC_SERIAL`: a device's serial number.
    Hl7DeviceSerial: Hl7 = "hl7.device_serial";
    /// PRT-17 or DEV-12: a device's date of manufacture.
    Hl7DeviceManufactured: Hl7 = "hl7.device_manufactured";
    /// PRT-18 or DEV-13: when a device's use ends.
    Hl7DeviceExpiry: Hl7 = "hl7.device_expiry";
    /// PRT-19 or DEV-10: a device's lot number.
    Hl7DeviceLot: Hl7 = "hl7.device_lot";
    /// PRT-22 or DEV-3, a device's type or model; or the reference identifier of its kind in the containment
    /// of IHE DEC, such as `MDC_DEV_PUMP_INFUS_MDS` (ISO/IEEE 11073-10101).
    Hl7DeviceType: Hl7 = "hl7.device_type";
    /// DEV-7, an OBX's `MDC_ID_MODEL_NUMBER` or `MDC_ATTR_ID_MODEL`: a device's model.
    Hl7DeviceModel: Hl7 = "hl7.device_model";
    /// DEV-5, an OBX's `MDC_ID_MODEL_MANUFACTURER`: a device's maker.
    Hl7DeviceManufacturer: Hl7 = "hl7.device_manufacturer";
    /// DEV-16, an OBX's `MDC_ID_PROD_SPEC_SW`: a device's software version.
    Hl7DeviceSoftware: Hl7 = "hl7.device_software";
    /// An OBX's `MDC_ID_PROD_SPEC_FW`: a device's firmware version.
    Hl7DeviceFirmware: Hl7 = "hl7.device_firmware";
    /// An OBX's `MDC_ID_PROD_SPEC_HW`: a device's hardware version.
    Hl7DeviceHardware: Hl7 = "hl7.device_hardware";
    /// DEV-8, an OBX's `MDC_ID_PROD_SPEC_PART`: a device's part or catalogue number.
    Hl7DevicePart: Hl7 = "hl7.device_part";
    /// An OBX's `MDC_REG_CERT_DATA_…`: by whom or to what a device is certified.
    Hl7DeviceCertification: Hl7 = "hl7.device_certification";
    /// An OBX's `MDC_NCC_WIRELESS_MAC`: a device's own link-layer address (IHE MEM DMC).
    Hl7DeviceMac: Hl7 = "hl7.device_mac";
    /// An OBX's `MDC_NCC_WIRELESS_DEVICE_IPV4_ADDR`: a device's own network address (IHE MEM DMC).
    Hl7DeviceAddress: Hl7 = "hl7.device_address";
    /// Maker in the system model of the monitor at this endpoint (guide: NOM_ATTR_ID_MODEL).
    IntellivueManufacturer: Intellivue = "intellivue.manufacturer";
    /// Model number in the system model: `M8007A`, `866062`.
    IntellivueModel: Intellivue = "intellivue.model";
    /// The monitor's serial number (guide: NOM_ATTR_ID_PROD_SPECN of the product).
    IntellivueSerial: Intellivue = "intellivue.serial";
    /// The monitor's part number, mostly the model number again.
    IntellivuePartNumber: Intellivue = "intellivue.part_number";
    /// The part number of its application software: `S-M8003-1402A`.
    IntellivueSoftwarePart: Intellivue = "intellivue.software_part";
    /// Revision of its hardware.
    IntellivueHardware: Intellivue = "intellivue.hardware_revision";
    /// Revision of its application software: `L.01.18`.
    IntellivueSoftware: Intellivue = "intellivue.software_revision";
    /// Revision of its firmware.
    IntellivueFirmware: Intellivue = "intellivue.firmware_revision";
    /// The monitor's system identifier in hexadecimal digits: an EUI-64, or on older ones an EUI-48.
    IntellivueSystemId: Intellivue = "intellivue.system_id";
    /// The nomenclature code of the kind of system, decimal: 4429 is a monitor of several vital signs.
    IntellivueSystemType: Intellivue = "intellivue.system_type";
    /// The address the monitor says it has; about the station whose link-layer address it names.
    IntellivueAddress: Intellivue = "intellivue.address";
    /// What the monitor is doing: `monitoring`, `demo`, `service`, `standby`, `configuration`.
    IntellivueMode: Intellivue = "intellivue.operating_mode";
    /// The code of the language it is set to, decimal (guide: Language).
    IntellivueLanguage: Intellivue = "intellivue.language";
    /// A port the monitor announces: `association udp/24105`, `data_export udp/24105`.
    IntellivueService: Intellivue = "intellivue.service";
    /// A kind of object the monitor holds and can be asked for, in the words of `intellivue.collects`.
    IntellivueSupports: Intellivue = "intellivue.supports";
    /// This endpoint collects from a monitor: `system`, `numeric`, `enumeration`, `waveform`, `alarm`,
    /// `patient_demographics`.
    IntellivueCollects: Intellivue = "intellivue.collects";
    /// The monitor sent the state of its alarms; always `reported`. When it was last told is when alarms
    /// were last carried.
    IntellivueAlarms: Intellivue = "intellivue.alarms";
    /// The system identifier (EUI-64) of a personal health device this endpoint is or speaks for, in
    /// hexadecimal digits; also the record of the facts about that device (20601 6.3.2).
    PhdSystemId: Phd = "phd.system_id";
    /// The system identifier (EUI-64) of the manager at this endpoint, who collects.
    PhdManagerId: Phd = "phd.manager_id";
    /// The configuration the device offers, decimal; below 16384 a standard one (20601 7.4.6).
    PhdConfiguration: Phd = "phd.configuration";
    /// What kind of device it states to be, or its standard configuration stands for: the number of that
    /// kind's standard, `11073-10404` for a pulse oximeter; for a code without one `8:code`.
    PhdSpecialization: Phd = "phd.specialization";
    /// Maker in the system model (MDC_ATTR_ID_MODEL).
    PhdManufacturer: Phd = "phd.manufacturer";
    /// Model number in the system model.
    PhdModel: Phd = "phd.model";
    /// Serial number in the production specification (MDC_ATTR_ID_PROD_SPECN).
    PhdSerial: Phd = "phd.serial";
    /// Part number in the production specification.
    PhdPartNumber: Phd = "phd.part_number";
    /// Hardware revision in the production specification.
    PhdHardware: Phd = "phd.hardware_revision";
    /// Software revision in the production specification.
    PhdSoftware: Phd = "phd.software_revision";
    /// Firmware revision in the production specification.
    PhdFirmware: Phd = "phd.firmware_revision";
    /// A quantity the device says it measures, as `partition:code` of the nomenclature: `2:19384`.
    PhdMeasures: Phd = "phd.measures";
    /// H-5: what the sender of messages calls itself.
    AstmSender: Astm = "astm.sender";
    /// A component of H-5 that has the form of a model's name.
    AstmModel: Astm = "astm.model";
    /// A component of H-5 that has the form of a software version.
    AstmSoftware: Astm = "astm.software";
    /// A component of H-5 that has the form of a serial number.
    AstmSerial: Astm = "astm.serial";
    /// H-10 of messages sent to this endpoint.
    AstmReceiver: Astm = "astm.receiver";
    /// H-12 of messages this endpoint sends: `P` production, `T` training, `D` debugging, `Q` control material.
    AstmProcessing: Astm = "astm.processing";
    /// H-13 of messages this endpoint sends: the standard's version.
    AstmVersion: Astm = "astm.version";
    /// R-14 of results this endpoint sends: which instrument, or which part of one, measured.
    AstmInstrument: Astm = "astm.instrument";
    /// `instrument` when this endpoint states results or asks what to measure, `host` when it orders.
    AstmRole: Astm = "astm.role";
    /// what this endpoint asks the other for: `orders`, `results`, `demographics`, `cancel`.
    AstmQuery: Astm = "astm.query";
    /// DEV.device_id: an EUI-64 by the standard, what makers like in practice.
    Poct1aDeviceId: Poct1a = "poct1a.device_id";
    /// DEV.vendor_id.
    Poct1aVendor: Poct1a = "poct1a.vendor";
    /// DEV.manufacturer_name.
    Poct1aManufacturer: Poct1a = "poct1a.manufacturer";
    /// DEV.model_id.
    Poct1aModel: Poct1a = "poct1a.model";
    /// DEV.serial_id.
    Poct1aSerial: Poct1a = "poct1a.serial";
    /// DEV.hw_version.
    Poct1aHardware: Poct1a = "poct1a.hardware";
    /// DEV.sw_version.
    Poct1aSoftware: Poct1a = "poct1a.software";
    /// DEV.device_name: what the device is called, by its maker or on site.
    Poct1aName: Poct1a = "poct1a.name";
    /// DEV.location, or the text of DEV.device_id, where some makers state facility and ward.
    Poct1aLocation: Poct1a = "poct1a.location";
    /// DSC.connection_profile_cd: how a device stays connected.
    Poct1aProfile: Poct1a = "poct1a.profile";
    /// REQ.request_cd: what this endpoint asks for, such as `ROBS` (observations) or `RPAT` (a patient).
    Poct1aRequest: Poct1a = "poct1a.request";
    /// DTV.command_cd: what this endpoint tells devices to do.
    Poct1aDirective: Poct1a = "poct1a.directive";
    /// `device` when this endpoint sends what only devices send, `manager` when what only managers do.
    Poct1aRole: Poct1a = "poct1a.role";
    /// Serial number of a pump in the rack this endpoint speaks for; also its record (INSERNUM).
    BccSerial: Bcc = "bcc.serial";
    /// The pump's name (GNNEW).
    BccDeviceName: Bcc = "bcc.device_name";
    /// The name of the pump's model (GNMODEL).
    BccModel: Bcc = "bcc.model";
    /// The number of the pump's type (INDTNR).
    BccDeviceType: Bcc = "bcc.device_type";
    /// The name of the drug library in the pump (DLNAME).
    BccDrugLibrary: Bcc = "bcc.drug_library";
    /// An answer held the state of a pump's alarms; always `reported`.
    BccAlarms: Bcc = "bcc.alarms";
    /// What this node of a CARESCAPE network sends to all: `discovery`, `time`, `alarm`.
    CarescapeSends: Carescape = "carescape.sends";
    /// The node sent an alarm; always `reported`.
    CarescapeAlarms: Carescape = "carescape.alarms";
    /// The interface level of the monitor at this endpoint, decimal: 2 of 1995 to 12 of 2019.
    DriLevel: Dri = "dri.level";
    /// The number that names the monitor on its own network, decimal.
    DriPlugId: Dri = "dri.plug_id";
    /// The monitor sent the state of its alarms; always `reported`.
    DriAlarms: Dri = "dri.alarms";
    /// The number of the kind of device that answers here, four digits as sent.
    MedibusDeviceId: Medibus = "medibus.device_id";
    /// The name of the device that answers here: `Evita XL`.
    MedibusDeviceName: Medibus = "medibus.device_name";
    /// The revision it states, as sent.
    MedibusRevision: Medibus = "medibus.revision";
    /// The device answered with its alarms; always `reported`.
    MedibusAlarms: Medibus = "medibus.alarms";
    /// The serial number of the oximeter whose lines this endpoint passes on; also its record.
    MasimoSerial: Masimo = "masimo.serial";
    /// A line held the oximeter's alarm state; always `reported`.
    MasimoAlarms: Masimo = "masimo.alarms";
    /// The ventilator's model number as its reports begin: `840`.
    Pb840Model: Pb840 = "pb840.model";
    /// The serial number of the ventilator whose reports this endpoint passes on; also its record.
    Pb840Serial: Pb840 = "pb840.serial";
    /// A report held the state of the ventilator's alarms; always `reported`.
    Pb840Alarms: Pb840 = "pb840.alarms";
    /// HOSTNAME of messages this endpoint sends; several mean that it passes on what others report.
    SyslogHostname: Syslog = "syslog.hostname";
    /// APP-NAME, or the older form's TAG, of messages this endpoint sends.
    SyslogApplication: Syslog = "syslog.application";
    /// The software that messages of this endpoint say they come from (RFC 5424 7.2.3).
    SyslogSoftware: Syslog = "syslog.software";
    /// That software's version.
    SyslogSoftwareVersion: Syslog = "syslog.software_version";
    /// AuditSourceID: what this endpoint calls itself in the audit trail it sends.
    AtnaSource: Atna = "atna.source";
    /// AuditEnterpriseSiteID: the site this endpoint says the events belong to.
    AtnaSite: Atna = "atna.enterprise_site";
    /// A kind of event this endpoint reports, in the words of DICOM's audit codes (PS3.16 CID 400).
    AtnaEvent: Atna = "atna.event";
    /// An application entity title that an audit message says takes part at this address.
    AtnaAeTitle: Atna = "atna.ae_title";
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

impl Fact {
    /// True for facts that say an endpoint sends alarms, some of them with this value only.
    pub fn tells_alarms(self, value: &str) -> bool {
        let always = matches!(
            self,
            Fact::Hl7Alarms
                | Fact::IntellivueAlarms
                | Fact::BccAlarms
                | Fact::CarescapeAlarms
                | Fact::DriAlarms
                | Fact::MedibusAlarms
                | Fact::MasimoAlarms
                | Fact::Pb840Alarms
        );
        always || (self == Fact::SdcReports && value == "alert")
    }
}
