//! nmap's XML output (nmap.dtd). A scan asked the device: it is evidence, and not passive; its facts are nmap's
//! own, so that who reads them knows, except where a script passes on what the device says of itself.

use crate::observed::{host, station};
use crate::scan;
use crate::tell::{At, Teller};
use crate::xml::{Element, Node, Xml};
use cordon_model::observe::{Damage, Fact};
use cordon_model::{Endpoint, Mac, Timestamp};
use std::net::IpAddr;

/// Accuracy in per cent from which on the most likely system is taken for the host's.
const ACCURACY_MIN: u64 = 90;
/// Systems that are told of one host.
const SYSTEMS_MAX: usize = 3;
/// Facts that are kept of one host.
const FACTS_MAX: usize = 4_096;

/// What was found of one host.
#[derive(Default)]
struct Host {
    is_up: bool,
    /// True when nmap was told to take it for up.
    is_assumed: bool,
    time: Timestamp,
    mac: Option<Mac>,
    ips: Vec<IpAddr>,
    facts: Vec<(Fact, String)>,
    systems: usize,
    certificate: Certificate,
}

/// What `ssl-cert` shows of a certificate.
#[derive(Default)]
struct Certificate {
    subject: Option<String>,
    issuer: Option<String>,
    not_after: Option<String>,
}

impl Host {
    fn tell(&mut self, fact: Fact, value: &str) {
        if !value.is_empty() && self.facts.len() < FACTS_MAX {
            self.facts.push((fact, value.to_owned()));
        }
    }
}

/// Reads a scan.
pub(crate) fn read(xml: &mut Xml<'_>, teller: &mut Teller<'_>) -> Result<(), Damage> {
    let mut number = 0;
    let mut scan_time = Timestamp::default();
    while let Some(node) = xml.next()? {
        match node {
            Node::Start(element) if element.name == "nmaprun" => {
                scan_time = time(element.get("start")).unwrap_or_default();
                teller.journal.skip("scans, which asked the devices and are no passive evidence", 1);
            }
            Node::Start(element) if element.name == "host" => {
                number += 1;
                teller.journal.report.packets += 1;
                let begun = time(element.get("starttime")).unwrap_or(scan_time);
                let found = one_host(xml, begun)?;
                tell(teller, number, found);
            }
            _ => {}
        }
    }
    Ok(())
}

fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| scan::time(text.as_bytes()))
}

fn one_host(xml: &mut Xml<'_>, time: Timestamp) -> Result<Host, Damage> {
    let mut host = Host { time, ..Host::default() };
    let mut port: Option<(String, bool)> = None;
    while let Some(node) = xml.next()? {
        match node {
            Node::End(name) if name == "host" => break,
            Node::End(name) if name == "port" => port = None,
            Node::Start(element) => match element.name.as_str() {
                "status" => {
                    host.is_up = element.get("state") == Some("up");
                    host.is_assumed = element.get("reason") == Some("user-set");
                }
                "address" => address(&element, &mut host),
                "hostname" if element.get("type") == Some("PTR") => {
                    host.tell(Fact::DnsReverseName, element.get("name").unwrap_or_default());
                }
                "port" => {
                    let transport = element.get("protocol").unwrap_or("tcp");
                    port =
                        Some((format!("{transport}/{}", element.get("portid").unwrap_or_default()), false));
                }
                "state" => {
                    if let Some((_, is_open)) = &mut port {
                        *is_open = element.get("state") == Some("open");
                    }
                }
                "service" => service(&element, port.as_ref(), &mut host),
                "osmatch" => system(&element, xml, &mut host)?,
                "script" => script(&element, xml, &mut host)?,
                _ => {}
            },
            _ => {}
        }
    }
    Ok(host)
}

fn address(element: &Element, host: &mut Host) {
    let Some(text) = element.get("addr") else { return };
    match element.get("addrtype") {
        Some("mac") => host.mac = text.parse().ok(),
        _ => host.ips.extend(scan::ip(text.as_bytes())),
    }
}

fn service(element: &Element, port: Option<&(String, bool)>, host: &mut Host) {
    let Some((port, true)) = port else { return };
    let get = |name: &str| element.get(name).unwrap_or_default();
    // A name out of a table says nothing of what answers there.
    let name = if element.get("method") == Some("table") { "" } else { get("name") };
    let words = [port.as_str(), name, get("product"), get("version"), get("extrainfo")];
    let value: Vec<&str> = words.into_iter().filter(|word| !word.is_empty()).collect();
    host.tell(Fact::NmapService, &value.join(" "));
    if let Some(kind) = element.get("devicetype") {
        host.tell(Fact::NmapDeviceType, kind);
    }
}

/// One of the systems the host could run; the most likely one stands first.
fn system(element: &Element, xml: &mut Xml<'_>, host: &mut Host) -> Result<(), Damage> {
    host.systems += 1;
    let accuracy = element.get("accuracy").and_then(|text| text.parse::<u64>().ok()).unwrap_or(0);
    if host.systems <= SYSTEMS_MAX {
        host.tell(Fact::NmapOs, &format!("{} ({accuracy} %)", element.get("name").unwrap_or_default()));
    }
    let is_likely = host.systems == 1 && accuracy >= ACCURACY_MIN;
    let mut classes = 0;
    while let Some(node) = xml.next()? {
        match node {
            Node::End(name) if name == "osmatch" => break,
            Node::Start(class) if class.name == "osclass" => {
                classes += 1;
                if is_likely && classes == 1 {
                    host.tell(Fact::NmapOsFamily, class.get("osfamily").unwrap_or_default());
                    host.tell(Fact::NmapOsVersion, class.get("osgen").unwrap_or_default());
                    host.tell(Fact::NmapDeviceType, class.get("type").unwrap_or_default());
                }
            }
            Node::Start(cpe) if cpe.name == "cpe" => {
                let text = xml.text()?;
                if is_likely && classes == 1 {
                    host.tell(Fact::NmapCpe, &text);
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// What scripts pass on of a device's own words. Others may hold names of users and files and are read over.
fn script(element: &Element, xml: &mut Xml<'_>, host: &mut Host) -> Result<(), Damage> {
    let id = element.get("id").unwrap_or_default().to_owned();
    let output = element.get("output").unwrap_or_default();
    match id.as_str() {
        "http-server-header" => host.tell(Fact::HttpServer, output.lines().next().unwrap_or_default()),
        "http-title" => {
            let title = output.lines().next().unwrap_or_default().trim();
            let is_title = !title.starts_with("Did not follow") && !title.starts_with("Site doesn't have");
            host.tell(Fact::HttpTitle, if is_title { title } else { "" });
        }
        "snmp-sysdescr" => {
            let description = output.split("System uptime:").next().unwrap_or_default();
            host.tell(Fact::SnmpDescription, description.trim());
        }
        _ => {}
    }
    elements(&id, xml, host)
}

/// The named values within a script's output.
fn elements(id: &str, xml: &mut Xml<'_>, host: &mut Host) -> Result<(), Damage> {
    let mut tables: Vec<String> = Vec::new();
    while let Some(node) = xml.next()? {
        match node {
            Node::End(name) if name == "script" => break,
            Node::End(name) if name == "table" => {
                tables.pop();
            }
            Node::Start(table) if table.name == "table" => {
                tables.push(table.get("key").unwrap_or_default().to_owned())
            }
            Node::Start(named) if named.name == "elem" => {
                let key = named.get("key").unwrap_or_default().to_owned();
                let value = xml.text()?;
                element_said(id, tables.last().map_or("", String::as_str), &key, &value, host);
            }
            _ => {}
        }
    }
    let Certificate { subject, issuer, not_after } = std::mem::take(&mut host.certificate);
    let until = not_after.and_then(|text| scan::time(text.as_bytes())).map(|time| time.to_string());
    for (fact, value) in [(Fact::TlsSubject, subject), (Fact::TlsIssuer, issuer), (Fact::TlsNotAfter, until)]
    {
        host.tell(fact, value.as_deref().unwrap_or_default());
    }
    Ok(())
}

fn element_said(id: &str, table: &str, key: &str, value: &str, host: &mut Host) {
    match (id, table, key) {
        ("ssl-cert", "subject", "commonName") => host.certificate.subject = Some(format!("CN={value}")),
        ("ssl-cert", "issuer", "commonName") => host.certificate.issuer = Some(format!("CN={value}")),
        ("ssl-cert", "validity", "notAfter") => host.certificate.not_after = Some(value.to_owned()),
        ("smb-os-discovery", _, "os") => host.tell(Fact::NmapOs, &format!("{value} (SMB)")),
        ("smb-os-discovery", _, "fqdn") => host.tell(Fact::DnsReverseName, value),
        ("smb-os-discovery", _, "cpe") => host.tell(Fact::NmapCpe, value),
        ("dicom-ping", _, "version") => host.tell(Fact::DicomImplementationVersion, value),
        _ => {}
    }
}

fn tell(teller: &mut Teller<'_>, number: u64, found: Host) {
    let is_there = found.is_up && (!found.is_assumed || !found.facts.is_empty());
    if !is_there {
        teller.journal.skip("addresses at which nothing answered", 1);
        return;
    }
    let Some(ip) = found.ips.first().copied() else {
        teller.journal.reject(number, false, "no IP address of the host".to_owned(), Vec::new());
        return;
    };
    let at = At { row: number, time: found.time };
    teller.journal.at(found.time);
    let whom = match found.mac {
        Some(mac) => {
            // A MAC address is known of hosts on the same network only, which answered with it.
            for ip in &found.ips {
                teller.fact(at, station(mac), Fact::ArpAddress, &ip.to_string());
            }
            Endpoint { mac: Some(mac), ..host(ip) }
        }
        None => host(ip),
    };
    teller.presence(at, whom, Fact::NmapHost);
    for (fact, value) in &found.facts {
        teller.fact(at, whom, *fact, value);
    }
}

#[cfg(test)]
mod tests;
