//! Which tool wrote a file, told by its content.

use crate::asset_list::is_asset_list;
use crate::mapping::Mapping;
use crate::text::decode;
use crate::{devices, eve, leases, neighbours, p0f, stations, tables, workbook, xml, zeek};

/// A kind of file that is taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Zeek log, tab-separated.
    ZeekTsv,
    /// Zeek logs as JSON.
    ZeekJson,
    /// Suricata's EVE log.
    Eve,
    /// nmap's XML output.
    Nmap,
    /// A report of Nessus (XML, version 2).
    Nessus,
    /// A report of OpenVAS or GVM (XML).
    OpenVas,
    /// ClearPass' export of endpoints (XML).
    ClearPassXml,
    /// Leases of ISC dhcpd.
    IscLeases,
    /// Leases of dnsmasq.
    DnsmasqLeases,
    /// `netsh dhcp server scope … show clients`.
    NetshLeases,
    /// A table of stations as delimited text: leases of Kea and Windows, endpoints of ISE and ClearPass,
    /// clients of a Wi-Fi controller.
    Stations,
    /// Tables of ARP and MAC addresses as text.
    AddressTable,
    /// Neighbours of switches in detail (LLDP, CDP) as text.
    Neighbours,
    /// p0f's log.
    P0f,
    /// NetBox's list of devices (JSON).
    NetBox,
    /// FHIR Device resources (JSON).
    Fhir,
    /// Stations of a UniFi controller (JSON).
    UniFi,
    /// An asset list as an Excel workbook.
    Workbook,
    /// An asset list as delimited text.
    AssetList,
}

impl Format {
    /// What it is, in words for `InputReport::kind`.
    pub fn name(self) -> &'static str {
        match self {
            Format::ZeekTsv => "Zeek log",
            Format::ZeekJson => "Zeek log (JSON)",
            Format::Eve => "Suricata EVE log",
            Format::Nmap => "nmap scan",
            Format::Nessus => "Nessus report",
            Format::OpenVas => "OpenVAS report",
            Format::ClearPassXml => "ClearPass endpoints (XML)",
            Format::IscLeases => "ISC DHCP leases",
            Format::DnsmasqLeases => "dnsmasq leases",
            Format::NetshLeases => "Windows DHCP clients",
            Format::Stations => "table of stations",
            Format::AddressTable => "address table",
            Format::Neighbours => "neighbours of switches",
            Format::P0f => "p0f log",
            Format::NetBox => "NetBox devices",
            Format::Fhir => "FHIR devices",
            Format::UniFi => "UniFi stations",
            Format::Workbook => "asset list (XLSX)",
            Format::AssetList => "asset list",
        }
    }
}

/// What a file that starts with `head` is; nothing when no reader knows it.
pub fn recognise(head: &[u8], mappings: &[Mapping]) -> Option<Format> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    if workbook::is_workbook(head) && !workbook::is_other_spreadsheet(head) {
        return Some(Format::Workbook);
    }
    if zeek::is_tsv(text) {
        return Some(Format::ZeekTsv);
    }
    let start = text.trim_ascii_start();
    let first_line = start.split(|byte| *byte == b'\n').next().unwrap_or_default();
    if start.first() == Some(&b'{') {
        if eve::is_record(first_line) {
            return Some(Format::Eve);
        }
        if zeek::is_json(first_line) {
            return Some(Format::ZeekJson);
        }
    }
    if matches!(start.first(), Some(b'{' | b'[')) && !start.starts_with(b"[20") {
        return recognise_json(start);
    }
    if start.first() == Some(&b'<') {
        return recognise_xml(start);
    }
    recognise_text(head, mappings)
}

/// Whose register it is, by the names of its fields.
fn recognise_json(head: &[u8]) -> Option<Format> {
    if devices::is_fhir(head) {
        Some(Format::Fhir)
    } else if devices::is_netbox(head) {
        Some(Format::NetBox)
    } else if devices::is_unifi(head) {
        Some(Format::UniFi)
    } else {
        None
    }
}

/// Whose XML it is, by its outermost element.
fn recognise_xml(head: &[u8]) -> Option<Format> {
    let root = xml::root(head)?;
    match root.name.as_str() {
        "nmaprun" => Some(Format::Nmap),
        "NessusClientData_v2" => Some(Format::Nessus),
        "TipsContents" => Some(Format::ClearPassXml),
        "get_reports_response" => Some(Format::OpenVas),
        "report" if root.get("id").is_some() => Some(Format::OpenVas),
        _ => None,
    }
}

/// What a text is that is neither JSON nor XML. Tables of one tool come before lists of any.
fn recognise_text(head: &[u8], mappings: &[Mapping]) -> Option<Format> {
    let text = decode(head);
    if p0f::is_log(&text) {
        Some(Format::P0f)
    } else if leases::is_isc(&text) {
        Some(Format::IscLeases)
    } else if leases::is_dnsmasq(&text) {
        Some(Format::DnsmasqLeases)
    } else if stations::heading(&text).is_some() {
        Some(Format::Stations)
    } else if is_asset_list(head, mappings) {
        Some(Format::AssetList)
    } else if leases::is_netsh(&text) {
        Some(Format::NetshLeases)
    } else if neighbours::is_neighbours(&text) {
        Some(Format::Neighbours)
    } else if tables::is_table(&text) {
        Some(Format::AddressTable)
    } else {
        None
    }
}

/// What a person could do with a file that no reader knows.
pub fn advice(head: &[u8]) -> Option<&'static str> {
    if workbook::is_other_spreadsheet(head) {
        return Some("of spreadsheets, XLSX and CSV are read: save it as one of these");
    }
    let is_text = !head.is_empty() && !head.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31));
    let is_table = is_text && crate::read::table(head, ADVICE_ROWS).is_some();
    is_table.then_some("if it is a list of devices, `cordon intake propose` says what its columns could mean")
}

/// Rows that are looked at to see whether a text could be a table.
const ADVICE_ROWS: usize = 20;

/// True for the kind of a report (see `InputReport::kind`) about a register that people keep of their devices:
/// an asset list or maintenance system's export, but not our own sheet given back.
pub fn is_list_kind(kind: &str) -> bool {
    let lists = [Format::AssetList, Format::Workbook, Format::NetBox, Format::Fhir];
    lists.iter().any(|format| kind.starts_with(format.name()))
}
