//! Building and plant control.

macro_rules! industrial_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
            /// What this endpoint asks a Modbus server for: `read_holding_registers`, `write_single_coil`.
            ModbusAsks: Modbus = "modbus.asks";
            /// A unit that this endpoint answers for, decimal: a device on a serial line behind it.
            ModbusUnit: Modbus = "modbus.unit";
            /// VendorName of its device identification.
            ModbusVendor: Modbus = "modbus.vendor";
            /// ProductCode of its device identification.
            ModbusProductCode: Modbus = "modbus.product_code";
            /// MajorMinorRevision of its device identification.
            ModbusRevision: Modbus = "modbus.revision";
            /// ProductName of its device identification.
            ModbusProductName: Modbus = "modbus.product_name";
            /// ModelName of its device identification.
            ModbusModel: Modbus = "modbus.model";
            /// Order number of the module that answers (SZL 16#0011): `6ES7 315-2EH14-0AB0`.
            S7OrderNumber: S7comm = "s7.order_number";
            /// Output stage of its hardware (SZL 16#0011).
            S7Hardware: S7comm = "s7.hardware";
            /// Version of its firmware (SZL 16#0011).
            S7Firmware: S7comm = "s7.firmware";
            /// Name of the automation system (SZL 16#001C).
            S7SystemName: S7comm = "s7.system_name";
            /// Name of the module (SZL 16#001C).
            S7ModuleName: S7comm = "s7.module_name";
            /// Plant designation of the module (SZL 16#001C).
            S7Plant: S7comm = "s7.plant";
            /// Serial number of the module (SZL 16#001C).
            S7Serial: S7comm = "s7.serial";
            /// Type name of the module (SZL 16#001C): `CPU 315-2 PN/DP`.
            S7ModuleType: S7comm = "s7.module_type";
            /// Vendor number of a CIP device, decimal (assigned by ODVA): 1 is Rockwell Automation.
            EnipVendor: EtherNetIp = "enip.vendor_id";
            /// Device profile, decimal: 14 is a programmable logic controller.
            EnipDeviceType: EtherNetIp = "enip.device_type";
            /// Product code, decimal, the vendor's own.
            EnipProductCode: EtherNetIp = "enip.product_code";
            /// Revision of the firmware: `20.011`.
            EnipRevision: EtherNetIp = "enip.revision";
            /// Serial number, eight hexadecimal digits.
            EnipSerial: EtherNetIp = "enip.serial";
            /// Product name.
            EnipProductName: EtherNetIp = "enip.product_name";
            /// Instance of the device object, decimal; unique in a building's network.
            BacnetInstance: Bacnet = "bacnet.instance";
            /// Vendor identifier, decimal (assigned by ASHRAE).
            BacnetVendorId: Bacnet = "bacnet.vendor_id";
            /// Vendor_Name of the device object.
            BacnetVendor: Bacnet = "bacnet.vendor";
            /// Model_Name of the device object.
            BacnetModel: Bacnet = "bacnet.model";
            /// Firmware_Revision of the device object.
            BacnetFirmware: Bacnet = "bacnet.firmware";
            /// Application_Software_Version of the device object.
            BacnetSoftware: Bacnet = "bacnet.software";
            /// Object_Name of the device object.
            BacnetName: Bacnet = "bacnet.name";
            /// Location of the device object.
            BacnetLocation: Bacnet = "bacnet.location";
            /// Serial_Number of the device object.
            BacnetSerial: Bacnet = "bacnet.serial";
            /// An address under which this endpoint's server is reached.
            OpcuaEndpoint: Opcua = "opcua.endpoint";
            /// What the application at this endpoint is called.
            OpcuaApplication: Opcua = "opcua.application";
            /// ApplicationUri: names this installation of the application.
            OpcuaApplicationUri: Opcua = "opcua.application_uri";
            /// ProductUri: names the product.
            OpcuaProduct: Opcua = "opcua.product_uri";
            /// Protection this server offers: mode and security policy, `sign_and_encrypt Basic256Sha256`.
            OpcuaOffers: Opcua = "opcua.offers";
            /// Security policy that was used with this server.
            OpcuaPolicyUsed: Opcua = "opcua.policy_used";
            /// Account that a client of OPC UA used.
            OpcuaUser: Opcua = "opcua.user";
        }
    };
}

pub(super) use industrial_facts;
