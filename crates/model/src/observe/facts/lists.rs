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
            /// Whom to call about it: a maintainer, a service contract.
            AssetSupportContact: AssetList = "asset_list.support_contact";
            /// What its costs are booked on.
            AssetCostCentre: AssetList = "asset_list.cost_centre";
            /// When it was bought, as the list writes it.
            AssetPurchased: AssetList = "asset_list.purchased";
            /// How much care depends on it: `high`, `medium` or `low`.
            AssetCriticality: AssetList = "asset_list.criticality";
            /// `yes` or `no`: whether it can be patched.
            AssetPatchPossible: AssetList = "asset_list.patch_possible";
            /// Why it cannot be patched, in the vocabulary's spelling.
            AssetPatchWhyNot: AssetList = "asset_list.patch_why_not";
            /// Who may patch it and is responsible for it.
            AssetPatchResponsible: AssetList = "asset_list.patch_responsible";
            /// Free words of a person about the device.
            AssetNotes: AssetList = "asset_list.notes";
            /// Zeek saw this host take part in a connection (known_hosts.log); the value is empty.
            ZeekHost: Zeek = "zeek.host";
            /// A service that answered on this host (known_services.log): `tcp/22 SSH`.
            ZeekService: Zeek = "zeek.service";
            /// A program this host was seen to run (software.log): its kind, name and version.
            ZeekSoftware: Zeek = "zeek.software";
            /// nmap found this host up; the value is empty.
            NmapHost: Nmap = "nmap.host";
            /// A port nmap found open, with what answered there: `tcp/104 dicom Orthanc 1.12`.
            NmapService: Nmap = "nmap.service";
            /// What nmap takes the operating system for, in its own words, with its accuracy in per cent.
            NmapOs: Nmap = "nmap.os";
            /// The family of the operating system nmap takes for the most likely one: `Windows`, `Linux`.
            NmapOsFamily: Nmap = "nmap.os_family";
            /// The generation of it: `10`, `4.X`.
            NmapOsVersion: Nmap = "nmap.os_version";
            /// What nmap takes the device for: `general purpose`, `printer`, `switch`, `VoIP phone`.
            NmapDeviceType: Nmap = "nmap.device_type";
            /// A product in CPE 2.2 notation nmap found: `cpe:/a:openbsd:openssh:8.4`.
            NmapCpe: Nmap = "nmap.cpe";
            /// What p0f takes the operating system for, from the way its packets are made: `Windows 7 or 8`.
            P0fOs: P0f = "p0f.os";
            /// What p0f takes a program for, from the way it speaks HTTP.
            P0fApplication: P0f = "p0f.application";
            /// The kind of link p0f concludes from the size of packets: `Ethernet or modem`.
            P0fLink: P0f = "p0f.link";
            /// A vulnerability scanner found this host up; the value is empty.
            ScannerHost: Scanner = "scanner.host";
            /// The operating system a vulnerability scanner (Nessus, OpenVAS) takes this host to run.
            ScannerOs: Scanner = "scanner.os";
            /// What a vulnerability scanner takes this host for: `general-purpose`, `printer`.
            ScannerDeviceType: Scanner = "scanner.device_type";
            /// A port a vulnerability scanner found open, with what it takes to answer there: `tcp/443 www`.
            ScannerService: Scanner = "scanner.service";
            /// A product in CPE notation a vulnerability scanner found.
            ScannerCpe: Scanner = "scanner.cpe";
            /// A vulnerability a scanner reports: its CVE number, or the scanner's own number and title.
            ScannerVulnerability: Scanner = "scanner.vulnerability";
            /// A register of stations knows this one; the value is empty.
            NacStation: Nac = "nac.station";
            /// The profile a network access control (ISE, ClearPass) sorted this device into.
            NacProfile: Nac = "nac.profile";
            /// The category of device a network access control sorted it into: `Medical`, `Printer`.
            NacCategory: Nac = "nac.category";
            /// The group of identities or role a network access control gave it.
            NacGroup: Nac = "nac.group";
            /// The operating system a network access control takes it to run.
            NacOs: Nac = "nac.os";
            /// The maker a network access control or Wi-Fi controller names, mostly by its MAC address.
            NacManufacturer: Nac = "nac.manufacturer";
            /// The switch and port this station stands behind: `sw-icu-1 Gi1/0/12`.
            SwitchPort: Switch = "switch.port";
            /// A Wi-Fi controller knows this station; the value is empty.
            WlanStation: Wlan = "wlan.station";
            /// The Wi-Fi network this station is in (SSID).
            WlanNetwork: Wlan = "wlan.network";
            /// The access point that serves this station.
            WlanAccessPoint: Wlan = "wlan.access_point";
            /// What a Wi-Fi controller takes this station for: `iPad`, `Android`, `Windows 10`.
            WlanDeviceType: Wlan = "wlan.device_type";
        }
    };
}

pub(super) use lists_facts;
