//! Reports of vulnerability scanners: Nessus (its XML of version 2) and OpenVAS or GVM. A scan asked the
//! device: it is evidence, and not passive.

use crate::observed::{host, station};
use crate::scan;
use crate::tell::{At, Teller};
use crate::xml::{Element, Node, Xml};
use cordon_model::observe::{Damage, Fact};
use cordon_model::{Endpoint, Mac, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Facts that are kept of one host.
const FACTS_MAX: usize = 4_096;
/// CVE numbers of one finding that are told.
const CVES_MAX: usize = 64;

/// What was found of one host.
#[derive(Default)]
struct Found {
    row: u64,
    time: Timestamp,
    ip: Option<IpAddr>,
    macs: Vec<Mac>,
    facts: Vec<(Fact, String)>,
}

impl Found {
    fn tell(&mut self, fact: Fact, value: &str) {
        let value = value.trim();
        if !value.is_empty() && self.facts.len() < FACTS_MAX {
            self.facts.push((fact, value.to_owned()));
        }
    }

    fn finish(mut self, teller: &mut Teller<'_>) {
        let Some(ip) = self.ip else {
            teller.journal.reject(self.row, false, "no IP address of the host".to_owned(), Vec::new());
            return;
        };
        self.facts.sort();
        self.facts.dedup();
        let at = At { row: self.row, time: self.time };
        if self.time != Timestamp::default() {
            teller.journal.at(self.time);
        }
        // Of several interfaces it is not known whose the address is.
        let whom = match self.macs.as_slice() {
            [mac] => {
                teller.fact(at, station(*mac), Fact::ArpAddress, &ip.to_string());
                Endpoint { mac: Some(*mac), ..host(ip) }
            }
            _ => host(ip),
        };
        teller.presence(at, whom, Fact::ScannerHost);
        for (fact, value) in &self.facts {
            teller.fact(at, whom, *fact, value);
        }
    }
}

const NOT_PASSIVE: &str = "scans, which asked the devices and are no passive evidence";

/// Reads a report of Nessus.
pub(crate) fn nessus(xml: &mut Xml<'_>, teller: &mut Teller<'_>) -> Result<(), Damage> {
    let mut row = 0;
    teller.journal.skip(NOT_PASSIVE, 1);
    while let Some(node) = xml.next()? {
        if let Node::Start(element) = node
            && element.name == "ReportHost"
        {
            row += 1;
            teller.journal.report.packets += 1;
            let name = element.get("name").unwrap_or_default();
            let mut found = Found { row, ip: scan::ip(name.as_bytes()), ..Found::default() };
            nessus_host(xml, &mut found)?;
            found.finish(teller);
        }
    }
    Ok(())
}

fn nessus_host(xml: &mut Xml<'_>, found: &mut Found) -> Result<(), Damage> {
    while let Some(node) = xml.next()? {
        match node {
            Node::End(name) if name == "ReportHost" => break,
            Node::Start(tag) if tag.name == "tag" => {
                let text = xml.text()?;
                property(tag.get("name").unwrap_or_default(), &text, found);
            }
            Node::Start(item) if item.name == "ReportItem" => report_item(&item, xml, found)?,
            _ => {}
        }
    }
    Ok(())
}

fn property(name: &str, value: &str, found: &mut Found) {
    match name {
        "host-ip" => found.ip = scan::ip(value.as_bytes()).or(found.ip),
        "mac-address" => {
            let macs = value.split_ascii_whitespace().filter_map(|word| word.parse::<Mac>().ok());
            found.macs.extend(macs.filter(|mac| !mac.is_zero() && !mac.is_group()));
        }
        "operating-system" => value.lines().for_each(|line| found.tell(Fact::ScannerOs, line)),
        "system-type" => found.tell(Fact::ScannerDeviceType, value),
        "host-fqdn" | "host-rdns" if scan::ip(value.as_bytes()).is_none() => {
            found.tell(Fact::DnsReverseName, value)
        }
        "HOST_START_TIMESTAMP" => found.time = scan::time(value.as_bytes()).unwrap_or(found.time),
        name if name == "cpe" || name.starts_with("cpe-") => {
            // `cpe:/o:… -> Microsoft Windows`
            found.tell(Fact::ScannerCpe, value.split(" -> ").next().unwrap_or_default());
        }
        _ => {}
    }
}

fn report_item(item: &Element, xml: &mut Xml<'_>, found: &mut Found) -> Result<(), Damage> {
    let port = item.get("port").unwrap_or("0");
    let transport = item.get("protocol").unwrap_or("tcp");
    let service = item.get("svc_name").unwrap_or_default().trim_end_matches('?');
    if port != "0" {
        found.tell(Fact::ScannerService, &format!("{transport}/{port} {service}"));
    }
    let severity: u64 = item.get("severity").and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut cves = Vec::new();
    while let Some(node) = xml.next()? {
        match node {
            Node::End(name) if name == "ReportItem" => break,
            Node::Start(cve) if cve.name == "cve" => {
                let text = xml.text()?;
                cves.push(text);
            }
            // What a plugin prints may hold names of users and files.
            Node::Start(_) => xml.skip()?,
            _ => {}
        }
    }
    // Severity 0 is information, not a weakness.
    if severity > 0 {
        let (id, title) =
            (item.get("pluginID").unwrap_or_default(), item.get("pluginName").unwrap_or_default());
        vulnerability(found, &cves, &format!("Nessus {id} {title}"));
    }
    Ok(())
}

fn vulnerability(found: &mut Found, cves: &[String], otherwise: &str) {
    for cve in cves.iter().filter(|cve| cve.starts_with("CVE-")).take(CVES_MAX) {
        found.tell(Fact::ScannerVulnerability, cve);
    }
    if cves.is_empty() {
        found.tell(Fact::ScannerVulnerability, otherwise);
    }
}

/// Hosts of one report that are kept until its end, where OpenVAS says what they are.
const HOSTS_MAX: usize = 100_000;

/// Reads a report of OpenVAS.
pub(crate) fn openvas(xml: &mut Xml<'_>, teller: &mut Teller<'_>) -> Result<(), Damage> {
    let mut hosts: BTreeMap<IpAddr, Found> = BTreeMap::new();
    teller.journal.skip(NOT_PASSIVE, 1);
    let result = openvas_hosts(xml, teller, &mut hosts);
    for found in hosts.into_values() {
        found.finish(teller);
    }
    result
}

fn openvas_hosts(
    xml: &mut Xml<'_>,
    teller: &mut Teller<'_>,
    hosts: &mut BTreeMap<IpAddr, Found>,
) -> Result<(), Damage> {
    let mut row = 0;
    while let Some(node) = xml.next()? {
        let Node::Start(element) = node else { continue };
        let found = match element.name.as_str() {
            "result" => openvas_result(xml)?,
            "host" => openvas_host(xml)?,
            _ => continue,
        };
        row += 1;
        teller.journal.report.packets += 1;
        let Some(ip) = found.ip else {
            teller.journal.reject(row, false, "no IP address of the host".to_owned(), Vec::new());
            continue;
        };
        if hosts.len() >= HOSTS_MAX && !hosts.contains_key(&ip) {
            Found { row, ..found }.finish(teller);
            continue;
        }
        let known = hosts.entry(ip).or_insert_with(|| Found { row, ip: Some(ip), ..Found::default() });
        known.time = known.time.max(found.time);
        known.macs.extend(found.macs);
        let room = FACTS_MAX.saturating_sub(known.facts.len());
        known.facts.extend(found.facts.into_iter().take(room));
    }
    Ok(())
}

/// One finding: `<host>10.0.0.5<hostname/></host> <port>443/tcp</port> <nvt oid=…> … <severity>`.
fn openvas_result(xml: &mut Xml<'_>) -> Result<Found, Damage> {
    let mut found = Found::default();
    let (mut title, mut cves, mut severity) = (String::new(), Vec::new(), 0.0);
    let mut within: Vec<String> = Vec::new();
    while let Some(node) = xml.next()? {
        match node {
            Node::End(name) if name == "result" && within.is_empty() => break,
            Node::End(_) => {
                within.pop();
            }
            Node::Start(element) => {
                if element.name == "ref"
                    && element.get("type").is_some_and(|kind| kind.eq_ignore_ascii_case("cve"))
                {
                    cves.extend(element.get("id").map(str::to_owned));
                }
                within.push(element.name);
            }
            Node::Text(text) => {
                let text = text.trim();
                match within.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                    ["host"] => found.ip = found.ip.or(scan::ip(text.as_bytes())),
                    ["host", "hostname"] => found.tell(Fact::DnsReverseName, text),
                    ["port"] => found.tell(Fact::ScannerService, &service(text)),
                    ["severity"] => severity = text.parse().unwrap_or(0.0),
                    ["nvt", "name"] => text.clone_into(&mut title),
                    // Of older versions: several with commas between.
                    ["nvt", "cve"] => cves.extend(text.split(',').map(|cve| cve.trim().to_owned())),
                    _ => {}
                }
            }
        }
    }
    if severity > 0.0 {
        cves.retain(|cve| cve.starts_with("CVE-"));
        vulnerability(&mut found, &cves, &format!("OpenVAS {title}"));
    }
    Ok(found)
}

/// `443/tcp` and `general/tcp` in our order.
fn service(text: &str) -> String {
    match text.split_once('/') {
        Some((port, transport)) if port.parse::<u16>().is_ok() => format!("{transport}/{port}"),
        _ => String::new(),
    }
}

/// What is said of a host as a whole.
fn openvas_host(xml: &mut Xml<'_>) -> Result<Found, Damage> {
    let mut found = Found::default();
    let (mut name, mut value) = (String::new(), String::new());
    let mut within: Vec<String> = Vec::new();
    while let Some(node) = xml.next()? {
        match node {
            Node::End(element) if element == "host" && within.is_empty() => break,
            Node::End(element) => {
                within.pop();
                if element == "detail" {
                    detail(&name, &value, &mut found);
                    (name, value) = (String::new(), String::new());
                }
            }
            Node::Start(element) => within.push(element.name),
            Node::Text(text) => {
                let text = text.trim();
                match within.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
                    ["ip"] | [] => found.ip = found.ip.or(scan::ip(text.as_bytes())),
                    ["start"] => found.time = scan::time(text.as_bytes()).unwrap_or_default(),
                    ["detail", "name"] => text.clone_into(&mut name),
                    ["detail", "value"] => text.clone_into(&mut value),
                    _ => {}
                }
            }
        }
    }
    Ok(found)
}

fn detail(name: &str, value: &str, found: &mut Found) {
    match name {
        "best_os_txt" => found.tell(Fact::ScannerOs, value),
        "best_os_cpe" | "App" => found.tell(Fact::ScannerCpe, value),
        "MAC" => found.macs.extend(value.parse::<Mac>()),
        "hostname" => found.tell(Fact::DnsReverseName, value),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
