//! The web and what it carries: HTTP, FHIR, DICOMweb, SOAP and its profiles.

macro_rules! web_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// The `Server` header.
            HttpServer: Http = "http.server";
            /// The `User-Agent` header.
            HttpUserAgent: Http = "http.user_agent";
            /// The `Host` header asked of this endpoint.
            HttpHost: Http = "http.host";
            /// The realm of a `WWW-Authenticate` header.
            HttpRealm: Http = "http.realm";
            /// Account that a client of HTTP signed in with, in clear or as a digest.
            HttpUser: Http = "http.user";
            /// The `X-Powered-By` header.
            HttpPoweredBy: Http = "http.powered_by";
            /// The title of an HTML page this endpoint serves without a log-in.
            HttpTitle: Http = "http.title";
            /// The maker that this endpoint's own page names beside a label such as "Manufacturer".
            HttpPageManufacturer: Http = "http.page_manufacturer";
            /// The model that this endpoint's own page names beside a label such as "Model".
            HttpPageModel: Http = "http.page_model";
            /// The serial number that this endpoint's own page states beside a label such as "Serial Number".
            HttpPageSerial: Http = "http.page_serial";
            /// The firmware that this endpoint's own page states beside a label such as "Firmware Version".
            HttpPageFirmware: Http = "http.page_firmware";
            /// The software that this endpoint's own page states beside a label such as "Software Version".
            HttpPageSoftware: Http = "http.page_software";
            /// The maker in an XML document about a device that this endpoint sent.
            HttpDocumentManufacturer: Http = "http.document_manufacturer";
            /// The model in an XML document about a device that this endpoint sent.
            HttpDocumentModel: Http = "http.document_model";
            /// The serial number in an XML document about a device that this endpoint sent.
            HttpDocumentSerial: Http = "http.document_serial";
            /// The firmware in an XML document about a device that this endpoint sent.
            HttpDocumentFirmware: Http = "http.document_firmware";
            /// The software in an XML document about a device that this endpoint sent.
            HttpDocumentSoftware: Http = "http.document_software";
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
        }
    };
}

pub(super) use web_facts;
