//! Devices at the bedside and in the laboratory.

macro_rules! bedside_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
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
        }
    };
}

pub(super) use bedside_facts;
