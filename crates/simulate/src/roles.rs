//! What stands in a hospital: roles, and for each the products that fill it, as they speak on the wire.
//!
//! Products are public families. Names, versions and identifiers are in the manner of public conformance
//! statements and manuals; address blocks are those of the IEEE registry. Nothing here is read from, or
//! shared with, what recognises devices.

use crate::frames::Stack;

/// What a device is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Router,
    CoreServer,
    Pacs,
    Ris,
    Engine,
    PumpServer,
    Central,
    Switch,
    Modality,
    ReadingStation,
    Pump,
    Monitor,
    Ventilator,
    LabAnalyser,
    PointOfCare,
    Cabinet,
    Workstation,
    Printer,
    Phone,
    Camera,
    Ups,
    NurseCall,
    Building,
    Rogue,
}

/// The operating system a device shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Os {
    WindowsXp,
    Windows7,
    /// Windows 10 or 11, which show themselves alike in DHCP and HTTP.
    Windows10,
    WindowsServer,
    Linux,
    Embedded,
}

impl Os {
    /// Option 55 of its DHCP client, in the order it asks.
    pub(crate) fn parameters(self) -> &'static [u8] {
        match self {
            Os::WindowsXp => &[1, 15, 3, 6, 44, 46, 47, 31, 33, 249, 43],
            Os::Windows7 => &[1, 15, 3, 6, 44, 46, 47, 31, 33, 121, 249, 43],
            Os::Windows10 | Os::WindowsServer => &[1, 3, 6, 15, 31, 33, 43, 44, 46, 47, 119, 121, 249, 252],
            Os::Linux => &[1, 28, 2, 3, 15, 6, 119, 12, 44, 47, 26, 121, 42],
            Os::Embedded => &[1, 3, 6, 12, 15, 28, 42],
        }
    }

    pub(crate) fn is_windows(self) -> bool {
        !matches!(self, Os::Linux | Os::Embedded)
    }

    pub(crate) fn stack(self) -> Stack {
        match self {
            Os::Linux => Stack::Linux,
            Os::Embedded => Stack::Embedded,
            _ => Stack::Windows,
        }
    }

    /// The platform token of a browser's User-Agent, and what it says in words.
    pub(crate) fn platform(self) -> Option<(&'static str, &'static str)> {
        match self {
            Os::WindowsXp => Some(("Windows NT 5.1", "Windows XP")),
            Os::Windows7 => Some(("Windows NT 6.1; WOW64", "Windows 7")),
            Os::Windows10 => Some(("Windows NT 10.0; Win64; x64", "Windows")),
            _ => None,
        }
    }
}

/// A product family.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Profile {
    pub(crate) role: Role,
    /// Maker under its usual name.
    pub(crate) maker: &'static str,
    /// Maker as the device spells it.
    pub(crate) spelled: &'static str,
    pub(crate) model: &'static str,
    pub(crate) firmware: &'static str,
    /// DICOM modality code; empty for all but modalities.
    pub(crate) modality: &'static str,
    pub(crate) oui: [u8; 3],
    /// True when `oui` is the maker's own block.
    pub(crate) own_oui: bool,
    pub(crate) os: Os,
    /// DHCP host name: `{n}` is the device's number, `{m}` the end of its MAC, `{M}` all of it; empty for a
    /// fixed address.
    pub(crate) hostname: &'static str,
    /// DHCP vendor class when it is not the operating system's.
    pub(crate) vendor_class: &'static str,
    /// How its web server or client names itself, with the same places as `hostname` and `{s}` for the
    /// serial number; empty when it says nothing.
    pub(crate) banner: &'static str,
}

const fn profile(role: Role, maker: &'static str, model: &'static str, oui: [u8; 3], os: Os) -> Profile {
    Profile {
        role,
        maker,
        spelled: maker,
        model,
        firmware: "",
        modality: "",
        oui,
        own_oui: true,
        os,
        hostname: "",
        vendor_class: "",
        banner: "",
    }
}

const fn imaging(
    modality: &'static str,
    maker: &'static str,
    spelled: &'static str,
    model: &'static str,
    firmware: &'static str,
    hostname: &'static str,
    os: Os,
) -> Profile {
    // Scanner consoles are ordinary workstations, so the address block is that of the computer.
    let oui = if matches!(os, Os::Linux) { HP } else { DELL };
    let base = profile(Role::Modality, maker, model, oui, os);
    Profile { spelled, firmware, modality, own_oui: false, hostname, ..base }
}

/// Stands in where a table had no product; a test proves that none is missing.
pub(crate) const NOBODY: Profile = profile(Role::Workstation, "", "", DELL, Os::Embedded);

const DELL: [u8; 3] = [0x18, 0x66, 0xda];
const HP: [u8; 3] = [0x94, 0x57, 0xa5];
const HP_PRINTER: [u8; 3] = [0x3c, 0xd9, 0x2b];
const VMWARE: [u8; 3] = [0x00, 0x50, 0x56];
const SUPERMICRO: [u8; 3] = [0xac, 0x1f, 0x6b];
const CISCO: [u8; 3] = [0x00, 0x1b, 0x0d];

/// A server's machine says nothing of its maker that would be worth judging.
const fn server(role: Role, model: &'static str, oui: [u8; 3], os: Os, banner: &'static str) -> Profile {
    Profile { own_oui: false, banner, ..profile(role, "", model, oui, os) }
}

/// Every product; those of one role follow each other and are given out in turn.
pub(crate) const PROFILES: &[Profile] = &[
    Profile {
        firmware: "17.9.4",
        banner: "Cisco IOS Software [Cupertino], ISR Software, Version 17.9.4",
        ..profile(Role::Router, "Cisco", "ISR4431", CISCO, Os::Embedded)
    },
    server(Role::CoreServer, "", VMWARE, Os::WindowsServer, "Microsoft-IIS/10.0"),
    Profile {
        maker: "Sectra",
        spelled: "Sectra",
        firmware: "25.1.0",
        ..server(Role::Pacs, "PACS", VMWARE, Os::WindowsServer, "Microsoft-IIS/10.0")
    },
    Profile {
        maker: "Agfa",
        spelled: "Agfa HealthCare",
        firmware: "8.2.2",
        ..server(Role::Pacs, "Enterprise Imaging", SUPERMICRO, Os::Linux, "nginx")
    },
    server(Role::Ris, "", VMWARE, Os::WindowsServer, "Microsoft-IIS/10.0"),
    server(Role::Engine, "", VMWARE, Os::Linux, "Jetty(9.4.53.v20231009)"),
    Profile {
        maker: "BD",
        spelled: "BD",
        ..server(Role::PumpServer, "Alaris Systems Manager", VMWARE, Os::WindowsServer, "Microsoft-IIS/8.5")
    },
    Profile {
        maker: "Philips",
        spelled: "PHILIPS",
        firmware: "C.03",
        hostname: "PICIX{n}",
        ..server(Role::Central, "IntelliVue PIC iX", DELL, Os::Windows10, "")
    },
    Profile {
        firmware: "17.6.5",
        banner: "Cisco IOS Software [Bengaluru], Catalyst L3 Switch Software (CAT9K_IOSXE), Version 17.6.5",
        ..profile(Role::Switch, "Cisco", "C9300-48P", CISCO, Os::Embedded)
    },
    imaging("CT", "GE", "GE MEDICAL SYSTEMS", "Revolution CT", "revo_ct_22bc.50", "GECT{n}", Os::Linux),
    imaging("MR", "Siemens", "SIEMENS", "MAGNETOM Avanto", "syngo MR B17", "MRC{n}", Os::WindowsXp),
    imaging("US", "Philips", "Philips Medical Systems", "EPIQ 7G", "EPIQ 7G_5.0.1", "EPIQ-{n}", Os::Windows7),
    imaging("DX", "Carestream", "Carestream Health", "DRX-Revolution", "5.7.412", "DRXREV{n}", Os::Windows10),
    imaging("CR", "Fujifilm", "FUJIFILM Corporation", "FDR-1000AP", "V12.1", "FDXCON{n}", Os::Windows7),
    imaging("CT", "Canon", "CANON_MEC", "Aquilion ONE", "V10.6ER002", "AQONE{n}", Os::Windows10),
    imaging("MG", "Hologic", "HOLOGIC, Inc.", "Selenia Dimensions", "AWS:1.11.1.2", "SDM{n}", Os::Windows10),
    imaging("XA", "Philips", "Philips", "Azurion", "2.1.4", "AZURION{n}", Os::Windows10),
    imaging("MR", "GE", "GE MEDICAL SYSTEMS", "SIGNA Artist", "MR29.1_EA_2", "GEMR{n}", Os::Linux),
    imaging("US", "GE", "GE Healthcare", "LOGIQ E10", "LOGIQE10:R3.2.0", "LOGIQE10-{n}", Os::Windows10),
    imaging("NM", "Siemens", "SIEMENS NM", "Symbia Intevo", "VB22A", "SYMBIA{n}", Os::Windows7),
    imaging(
        "CT",
        "Siemens",
        "Siemens Healthineers",
        "SOMATOM Force",
        "syngo CT VB20A",
        "CTAWP{n}",
        Os::Windows10,
    ),
    Profile {
        hostname: "RADREAD{n}",
        firmware: "25.1",
        ..profile(Role::ReadingStation, "Dell", "", DELL, Os::Windows10)
    },
    Profile {
        spelled: "BD",
        firmware: "12.1.2",
        hostname: "PCU{s}",
        banner: "AlarisPCU/12.1.2",
        ..profile(Role::Pump, "BD", "Alaris 8015", [0xf8, 0xc6, 0x78], Os::Embedded)
    },
    Profile {
        spelled: "B. Braun Melsungen AG",
        firmware: "686U000012",
        hostname: "SpaceCom-{s}",
        banner: "SpaceCom/012U000061",
        ..profile(Role::Pump, "B. Braun", "Infusomat Space", [0x00, 0x12, 0x21], Os::Linux)
    },
    Profile {
        spelled: "Baxter Healthcare",
        firmware: "9.02.01",
        hostname: "SIGMA{s}",
        banner: "Spectrum-IQ/9.02.01",
        ..profile(Role::Pump, "Baxter", "Spectrum IQ", [0x58, 0x42, 0xe4], Os::Embedded)
    },
    Profile {
        spelled: "ICU Medical, Inc.",
        firmware: "15.12.00.013",
        hostname: "PLUM360-{s}",
        banner: "Plum360/15.12",
        ..profile(Role::Pump, "ICU Medical", "Plum 360", [0x00, 0x03, 0xb1], Os::Embedded)
    },
    Profile {
        spelled: "PHILIPS",
        firmware: "M.04.01",
        ..profile(Role::Monitor, "Philips", "IntelliVue MX800", [0x00, 0x09, 0xfb], Os::Embedded)
    },
    Profile {
        spelled: "MINDRAY",
        firmware: "08.07.00",
        hostname: "BeneVision-{m}",
        ..profile(Role::Monitor, "Mindray", "BeneVision N17", [0x38, 0x0b, 0x26], Os::Embedded)
    },
    Profile {
        spelled: "WELCH ALLYN",
        firmware: "2.43.01",
        hostname: "CVSM-{s}",
        vendor_class: "Welch Allyn CVSM 6000",
        ..profile(Role::Monitor, "Welch Allyn", "CVSM 6800", [0x00, 0x1a, 0xfa], Os::Linux)
    },
    Profile {
        spelled: "DRAEGER",
        firmware: "VG7.1",
        hostname: "M540-{s}",
        ..profile(Role::Monitor, "Draeger", "Infinity M540", [0x00, 0x30, 0xe6], Os::Embedded)
    },
    Profile {
        spelled: "Draeger",
        firmware: "02.51.03",
        hostname: "EVITA-{s}",
        ..profile(Role::Ventilator, "Draeger", "Evita V800", [0x00, 0x30, 0xe6], Os::Embedded)
    },
    Profile {
        spelled: "ROCHE",
        firmware: "06.05",
        ..profile(Role::LabAnalyser, "Roche", "cobas 6000", [0x00, 0x60, 0x19], Os::Embedded)
    },
    Profile {
        spelled: "SYSMEX",
        firmware: "00-22",
        hostname: "XN{n}",
        ..profile(Role::LabAnalyser, "Sysmex", "XN-1000", [0x00, 0x06, 0x6b], Os::Windows7)
    },
    Profile {
        spelled: "ABBOTT",
        firmware: "2.6.0",
        hostname: "ALINITY{n}",
        ..profile(Role::LabAnalyser, "Abbott", "Alinity ci", [0x00, 0x13, 0xdd], Os::Windows10)
    },
    Profile {
        spelled: "RADIOMETER",
        firmware: "3.4 MR2",
        own_oui: false,
        hostname: "ABL90-{s}",
        ..profile(Role::PointOfCare, "Radiometer", "ABL90 FLEX PLUS", [0x00, 0xd0, 0xc9], Os::Windows7)
    },
    Profile {
        spelled: "SIEMENS",
        firmware: "4.2",
        hostname: "RP500-{s}",
        ..profile(Role::PointOfCare, "Siemens", "RAPIDPoint 500", [0x20, 0xe7, 0x91], Os::Embedded)
    },
    Profile {
        own_oui: false,
        spelled: "BD",
        firmware: "1.7.3",
        hostname: "PYXISES{n}",
        banner: "PyxisES/1.7.3",
        ..profile(Role::Cabinet, "BD", "Pyxis MedStation ES", DELL, Os::Windows10)
    },
    Profile { hostname: "WS-{n}", ..profile(Role::Workstation, "Dell", "", DELL, Os::Windows10) },
    Profile { hostname: "DESKTOP-{m}", ..profile(Role::Workstation, "Dell", "", DELL, Os::Windows10) },
    Profile { hostname: "NURSE-{n}", ..profile(Role::Workstation, "HP", "", HP, Os::Windows10) },
    Profile { hostname: "ADMIN-{n}", ..profile(Role::Workstation, "HP", "", HP, Os::Windows7) },
    Profile {
        firmware: "2411097_060427",
        hostname: "NPI{m}",
        vendor_class: "Hewlett-Packard JetDirect",
        banner: "HP HTTP Server; HP LaserJet M607 - K0Q15A; Serial Number: {s}; Built:Mon Mar 02, 2020 11:21:08AM {2411097_060427}",
        ..profile(Role::Printer, "HP", "LaserJet M607", HP_PRINTER, Os::Embedded)
    },
    Profile {
        spelled: "Zebra Technologies",
        firmware: "V84.20.18Z",
        hostname: "ZBR{s}",
        ..profile(Role::Printer, "Zebra", "ZD420", [0x00, 0x07, 0x4d], Os::Embedded)
    },
    Profile {
        spelled: "KYOCERA",
        firmware: "2V7_S000.002.310",
        hostname: "KM{m}",
        banner: "KM-MFP-http/V0.0.1",
        ..profile(Role::Printer, "Kyocera", "ECOSYS P3150dn", [0x00, 0x17, 0xc8], Os::Embedded)
    },
    Profile {
        firmware: "12.8.1",
        hostname: "SEP{M}",
        vendor_class: "Cisco Systems, Inc. IP Phone CP-8841",
        banner: "Cisco-CP8841/12.8.1",
        ..profile(Role::Phone, "Cisco", "CP-8841", CISCO, Os::Embedded)
    },
    Profile {
        firmware: "5.9.6.2327",
        hostname: "Polycom_{M}",
        vendor_class: "Polycom-VVX411",
        banner: "PolycomVVX-VVX_411-UA/5.9.6.2327",
        ..profile(Role::Phone, "Polycom", "VVX 411", [0x64, 0x16, 0x7f], Os::Embedded)
    },
    Profile {
        spelled: "AXIS",
        firmware: "9.80.1",
        hostname: "axis-{M}",
        vendor_class: "AXIS,Network Camera,M3045-V,9.80.1",
        banner: "AXIS M3045-V Network Camera",
        ..profile(Role::Camera, "Axis", "M3045-V", [0x00, 0x40, 0x8c], Os::Linux)
    },
    Profile {
        spelled: "APC",
        firmware: "v6.8.2",
        hostname: "apc{m}",
        vendor_class: "APC",
        banner: "APC Management Card",
        ..profile(Role::Ups, "APC", "AP9641", [0x00, 0xc0, 0xb7], Os::Embedded)
    },
    Profile {
        spelled: "Rauland",
        firmware: "2.11",
        hostname: "R5-{n}",
        banner: "Responder 5 Gateway",
        ..profile(Role::NurseCall, "Rauland", "Responder 5", [0x00, 0x90, 0x5e], Os::Linux)
    },
    Profile {
        spelled: "Tridium",
        firmware: "4.10.0.154",
        hostname: "jace-{m}",
        banner: "Niagara Web Server/4.10.0.154",
        ..profile(Role::Building, "Tridium", "JACE 8000", [0x00, 0x01, 0xf0], Os::Embedded)
    },
    Profile {
        spelled: "HID Global",
        firmware: "2.3.1",
        hostname: "EdgeEvo-{m}",
        banner: "EDGE EVO EH400",
        ..profile(Role::Building, "HID", "EDGE EVO EH400", [0x00, 0x06, 0x8e], Os::Linux)
    },
    Profile {
        hostname: "raspberrypi",
        vendor_class: "dhcpcd-8.1.2:Linux-5.10.17-v7l+:armv7l:BCM2835",
        ..profile(Role::Rogue, "Raspberry Pi", "", [0xb8, 0x27, 0xeb], Os::Linux)
    },
];

/// One of each, in this order, before a hospital grows: what smaller ones cannot do without stands first.
pub(crate) const ESSENTIAL: &[Role] = &[
    Role::Router,
    Role::CoreServer,
    Role::Pacs,
    Role::Modality,
    Role::Monitor,
    Role::Central,
    Role::Pump,
    Role::PumpServer,
    Role::Engine,
    Role::Workstation,
    Role::Workstation,
    Role::Ris,
    Role::Modality,
    Role::LabAnalyser,
    Role::Printer,
    Role::Pump,
    Role::Monitor,
    Role::Modality,
    Role::PointOfCare,
    Role::Switch,
    Role::Camera,
    Role::Ups,
    Role::Rogue,
    Role::Workstation,
    Role::Cabinet,
    Role::Building,
    Role::Phone,
    Role::NurseCall,
    Role::ReadingStation,
    Role::Ventilator,
];

/// How many of a thousand further devices have each role; the rest are workstations.
pub(crate) const PER_THOUSAND: &[(Role, u32)] = &[
    (Role::Pump, 170),
    (Role::Monitor, 130),
    (Role::Phone, 90),
    (Role::Printer, 70),
    (Role::Modality, 45),
    (Role::Camera, 40),
    (Role::PointOfCare, 25),
    (Role::Cabinet, 25),
    (Role::Switch, 25),
    (Role::LabAnalyser, 20),
    (Role::Building, 20),
    (Role::Ventilator, 20),
    (Role::NurseCall, 18),
    (Role::ReadingStation, 15),
    (Role::Ups, 15),
    (Role::Central, 5),
    (Role::PumpServer, 1),
    (Role::Pacs, 1),
    (Role::Engine, 1),
    (Role::Ris, 1),
];

impl Role {
    /// The vocabulary's category; `None` where nobody could tell.
    pub(crate) fn category(self) -> Option<&'static str> {
        Some(match self {
            Role::Router | Role::Switch => "network_equipment",
            Role::CoreServer => "server",
            Role::Pacs => "image_archive",
            Role::Ris => "clinical_server",
            Role::Engine => "integration_engine",
            Role::PumpServer => "infusion_gateway",
            Role::Central => "central_station",
            Role::Modality => "imaging_modality",
            Role::ReadingStation => "imaging_workstation",
            Role::Pump => "infusion_pump",
            Role::Monitor => "patient_monitor",
            Role::Ventilator => "ventilator",
            Role::LabAnalyser => "laboratory_analyser",
            Role::PointOfCare => "point_of_care_analyser",
            Role::Cabinet => "medication_cabinet",
            Role::Workstation => "workstation",
            Role::Printer => "printer",
            Role::Phone => "phone",
            Role::Camera => "camera",
            Role::Ups => "ups",
            Role::NurseCall => "nurse_call",
            Role::Building => "building_system",
            Role::Rogue => return None,
        })
    }

    /// The zone it stands in when the network is divided: 0 servers, 1 imaging, 2 clinical, 3 office,
    /// 4 facility and network.
    pub(crate) fn zone(self) -> u8 {
        match self {
            Role::CoreServer | Role::Pacs | Role::Ris | Role::Engine | Role::PumpServer => 0,
            Role::Modality | Role::ReadingStation => 1,
            Role::Central
            | Role::Pump
            | Role::Monitor
            | Role::Ventilator
            | Role::LabAnalyser
            | Role::PointOfCare
            | Role::Cabinet => 2,
            Role::Workstation | Role::Printer | Role::Phone | Role::Rogue => 3,
            Role::Router | Role::Switch | Role::Camera | Role::Ups | Role::NurseCall | Role::Building => 4,
        }
    }

    /// A short name for names of devices in the truth and for the asset list.
    pub(crate) fn short(self) -> &'static str {
        match self {
            Role::Router => "router",
            Role::CoreServer => "core",
            Role::Pacs => "pacs",
            Role::Ris => "ris",
            Role::Engine => "engine",
            Role::PumpServer => "pumpserver",
            Role::Central => "central",
            Role::Switch => "switch",
            Role::Modality => "modality",
            Role::ReadingStation => "reading",
            Role::Pump => "pump",
            Role::Monitor => "monitor",
            Role::Ventilator => "ventilator",
            Role::LabAnalyser => "lab",
            Role::PointOfCare => "poc",
            Role::Cabinet => "cabinet",
            Role::Workstation => "workstation",
            Role::Printer => "printer",
            Role::Phone => "phone",
            Role::Camera => "camera",
            Role::Ups => "ups",
            Role::NurseCall => "nursecall",
            Role::Building => "building",
            Role::Rogue => "rogue",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_role_has_products_and_no_name_is_too_long_for_the_wire() {
        for role in ESSENTIAL.iter().chain(PER_THOUSAND.iter().map(|(role, _)| role)) {
            assert!(PROFILES.iter().any(|profile| profile.role == *role), "{role:?}");
            assert!(role.category().is_none_or(|name| name.parse::<cordon_model::Category>().is_ok()));
        }
        assert!(PER_THOUSAND.iter().map(|(_, share)| share).sum::<u32>() < 1000);
        assert!(
            PROFILES.iter().all(|profile| profile.modality.is_empty() == (profile.role != Role::Modality))
        );
        assert!(PROFILES.windows(2).all(|pair| pair[0].role <= pair[1].role), "grouped by role");
    }
}
