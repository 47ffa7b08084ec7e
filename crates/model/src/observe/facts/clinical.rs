//! Hospital information: DICOM and HL7 version 2.

macro_rules! clinical_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
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
        }
    };
}

pub(super) use clinical_facts;
