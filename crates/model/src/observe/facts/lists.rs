//! What lists, other tools and persons state.

macro_rules! lists_facts {
    ([$next:ident $($rest:ident)*] $($before:tt)*) => {
        $next! {
            [$($rest)*] $($before)*
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
    };
}

pub(super) use lists_facts;
