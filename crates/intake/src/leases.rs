//! What DHCP servers keep of the addresses they lent: ISC dhcpd (dhcpd.leases(5)), dnsmasq (dnsmasq(8),
//! `--dhcp-leasefile`) and `netsh dhcp server … show clients`. Kea's and Windows' tables are in `stations`.

use crate::lines::Lines;
use crate::observed::{self, Lease};
use crate::scan;
use crate::tell::{At, Teller, says_nothing};
use cordon_model::{Mac, Timestamp};
use std::collections::BTreeMap;
use std::net::IpAddr;

/// Leases that are remembered until the end of the file, where a later entry takes the place of an earlier.
const LEASES_MAX: usize = 500_000;

/// True for a text with a lease of ISC dhcpd.
pub(crate) fn is_isc(head: &str) -> bool {
    let mut lines = head.lines().map(str::trim_start);
    lines.any(|line| block(line).is_some() && line.trim_end().ends_with('{'))
}

/// The address a block is about: `lease 10.0.0.5 {`.
fn block(line: &str) -> Option<IpAddr> {
    let mut words = line.split_ascii_whitespace();
    (words.next() == Some("lease")).then_some(())?;
    words.next()?.parse().ok()
}

/// True for a text whose first line is a lease of dnsmasq.
pub(crate) fn is_dnsmasq(head: &str) -> bool {
    head.lines().find(|line| !line.trim().is_empty()).is_some_and(|line| dnsmasq_line(line).is_some())
}

/// One entry of a lease file as it grows.
#[derive(Clone, Debug, Default)]
struct Entry {
    row: u64,
    time: Option<Timestamp>,
    mac: Option<Mac>,
    hostname: Option<String>,
    vendor_class: Option<String>,
    client_identifier: Option<String>,
    is_active: bool,
    is_abandoned: bool,
}

fn tell(teller: &mut Teller<'_>, address: IpAddr, entry: &Entry) {
    if entry.is_abandoned {
        teller.journal.skip("leases abandoned because somebody else used the address", 1);
        return;
    }
    let at = At { row: entry.row, time: entry.time.unwrap_or_default() };
    let lease = Lease {
        mac: entry.mac,
        // An address that was given back may be another's by now.
        address: (entry.is_active).then_some(address),
        hostname: entry.hostname.as_deref(),
        vendor_class: entry.vendor_class.as_deref(),
        client_identifier: entry.client_identifier.as_deref(),
        ..Lease::default()
    };
    if entry.mac.is_none() && !entry.is_active {
        teller.journal.skip("leases that name no station", 1);
    } else if !observed::lease(teller, at, &lease) {
        teller.journal.reject(entry.row, false, "neither MAC nor IP address".to_owned(), Vec::new());
    }
}

/// Reads ISC dhcpd's leases. The file is a journal: of several entries of one address the last counts.
pub(crate) fn isc(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    let mut leases: BTreeMap<IpAddr, Entry> = BTreeMap::new();
    let mut open: Option<(IpAddr, Entry)> = None;
    let mut depth = 0usize;
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(damage) => {
                teller.journal.damage(damage);
                break;
            }
        };
        let text = String::from_utf8_lossy(line.bytes);
        let text = text.trim();
        if text.is_empty() || text.starts_with('#') {
            continue;
        }
        if let Some(address) = block(text) {
            close(&mut open, &mut leases, teller);
            teller.journal.report.packets += 1;
            open = Some((address, Entry { row: line.number, ..Entry::default() }));
            depth = 1;
        } else if text.ends_with('{') {
            depth += 1;
        } else if text.starts_with('}') {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                close(&mut open, &mut leases, teller);
            }
        } else if let Some((_, entry)) = &mut open
            && depth == 1
            && let Err(reason) = statement(text, entry)
        {
            teller.journal.reject(line.number, false, reason.to_owned(), vec![text.to_owned()]);
        }
    }
    close(&mut open, &mut leases, teller);
    for (address, entry) in &leases {
        tell(teller, *address, entry);
    }
    teller.journal.report.bytes = lines.bytes();
}

fn close(open: &mut Option<(IpAddr, Entry)>, leases: &mut BTreeMap<IpAddr, Entry>, teller: &mut Teller<'_>) {
    let Some((address, entry)) = open.take() else { return };
    if let Some(time) = entry.time {
        teller.journal.at(time);
    }
    if leases.len() >= LEASES_MAX && !leases.contains_key(&address) {
        tell(teller, address, &entry);
    } else if let Some(before) = leases.insert(address, entry)
        && leases.get(&address).is_some_and(|now| now.mac != before.mac)
    {
        // Whoever had the address before is a device too.
        tell(teller, address, &Entry { is_active: false, ..before });
    }
}

fn statement(text: &str, entry: &mut Entry) -> Result<(), &'static str> {
    let text = text.strip_suffix(';').unwrap_or(text);
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    match word {
        "starts" | "cltt" => {
            let time = isc_time(rest).ok_or("the time cannot be read")?;
            entry.time = Some(entry.time.map_or(time, |known| known.max(time)));
        }
        "binding" => {
            let state = rest.strip_prefix("state ").unwrap_or_default();
            entry.is_active = state == "active";
            entry.is_abandoned = state == "abandoned";
        }
        "abandoned" => entry.is_abandoned = true,
        "hardware" => {
            let (kind, address) = rest.split_once(' ').ok_or("the hardware address cannot be read")?;
            if kind == "ethernet" {
                entry.mac = Some(address.trim().parse().map_err(|_| "the hardware address cannot be read")?);
            }
        }
        "client-hostname" | "hostname" => entry.hostname = quoted(rest),
        "set" => {
            let (name, value) = rest.split_once('=').unwrap_or((rest, ""));
            match name.trim() {
                "vendor-class-identifier" | "vendor-string" => entry.vendor_class = quoted(value),
                "ddns-client-fqdn" | "ddns-fwd-name" if entry.hostname.is_none() => {
                    entry.hostname = quoted(value);
                }
                _ => {}
            }
        }
        _ => {}
    }
    Ok(())
}

/// `1 2026/11/16 07:00:00`: the day of the week and a time in UTC; or `epoch 1794812400`; or `never`.
fn isc_time(text: &str) -> Option<Timestamp> {
    let mut words = text.split_ascii_whitespace();
    let first = words.next()?;
    match first {
        "never" => Some(Timestamp::default()),
        "epoch" => scan::time(words.next()?.trim_end_matches(';').as_bytes()),
        _ => {
            let (date, clock) = (words.next()?, words.next()?);
            scan::time(format!("{}T{clock}", date.replace('/', "-")).as_bytes())
        }
    }
}

/// A quoted text with `\ooo` for bytes.
fn quoted(text: &str) -> Option<String> {
    let text = text.trim().strip_prefix('"')?;
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        match (first, after) {
            (b'"', _) => break,
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', more @ ..]) => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                rest = more;
            }
            (b'\\', [escaped, more @ ..]) => {
                bytes.push(*escaped);
                rest = more;
            }
            (byte, more) => {
                bytes.push(*byte);
                rest = more;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|text| !text.is_empty())
}

/// Expiry, MAC address, IP address, host name, client identifier; `*` for what is not known.
fn dnsmasq_line(line: &str) -> Option<(Timestamp, Mac, IpAddr, &str, &str)> {
    let mut words = line.split_ascii_whitespace();
    let expiry = Timestamp::from_seconds(words.next()?.parse().ok()?);
    // Kinds of hardware other than Ethernet stand before the address: `06-00:1b:…`.
    let mac: Mac = words.next()?.parse().ok()?;
    let address = words.next()?.parse().ok()?;
    Some((expiry, mac, address, words.next()?, words.next().unwrap_or("*")))
}

/// Reads dnsmasq's leases.
pub(crate) fn dnsmasq(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    each_line(lines, teller, |text, number, teller| {
        // `duid …` divides IPv4 from IPv6, whose lines hold an identifier in place of the MAC address.
        if text.starts_with("duid ") {
            return Ok(());
        }
        let Some((_, mac, address, hostname, client)) = dnsmasq_line(text) else {
            if text
                .split_ascii_whitespace()
                .nth(2)
                .is_some_and(|word| word.contains(':') && word.parse::<IpAddr>().is_ok())
            {
                teller.journal.skip("leases of IPv6, which name no station", 1);
                return Ok(());
            }
            return Err("it is no lease: expiry, MAC address, IP address, name, client identifier");
        };
        let known = |word: &str| (word != "*").then(|| word.to_owned());
        let (hostname, client) = (known(hostname), known(client));
        let lease = Lease {
            mac: Some(mac),
            address: Some(address),
            hostname: hostname.as_deref(),
            client_identifier: client.as_deref(),
            ..Lease::default()
        };
        // When it was lent is not written down, only until when.
        observed::lease(teller, At { row: number, time: Timestamp::default() }, &lease);
        Ok(())
    });
}

/// Calls `read` for each line that is not blank, and rejects what it does not understand.
pub(crate) fn each_line(
    lines: &mut Lines<'_>,
    teller: &mut Teller<'_>,
    mut read: impl FnMut(&str, u64, &mut Teller<'_>) -> Result<(), &'static str>,
) {
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(damage) => {
                teller.journal.damage(damage);
                break;
            }
        };
        let text = String::from_utf8_lossy(line.bytes);
        let text = text.trim();
        if text.is_empty() {
            continue;
        }
        teller.journal.report.packets += 1;
        let result = if line.is_cut { Err("the line is too long") } else { read(text, line.number, teller) };
        if let Err(reason) = result {
            teller.journal.reject(line.number, false, reason.to_owned(), vec![text.to_owned()]);
        }
    }
    teller.journal.report.bytes = lines.bytes();
}

/// True for the output of `netsh dhcp server scope … show clients`.
pub(crate) fn is_netsh(head: &str) -> bool {
    head.lines().any(|line| netsh_line(line.trim()).is_some())
}

/// `10.0.0.5 - 255.255.255.0 - 00-1b-0d-20-30-01 - 11/16/2026 8:00:00 AM -D - pump-7`
fn netsh_line(line: &str) -> Option<(IpAddr, Mac, &str)> {
    let mut parts = line.split(" - ").map(str::trim);
    let address: IpAddr = parts.next()?.parse().ok()?;
    let mask: IpAddr = parts.next()?.trim_start_matches('-').trim().parse().ok()?;
    let rest = parts.next()?;
    let mac = rest.split_ascii_whitespace().next()?.trim_end_matches('-').parse().ok()?;
    let name = line.rsplit("- ").next().unwrap_or_default().trim();
    (mask.is_ipv4()).then_some((address, mac, name))
}

/// Reads the output of `netsh dhcp server scope … show clients`.
pub(crate) fn netsh(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    each_line(lines, teller, |text, number, teller| {
        let Some((address, mac, name)) = netsh_line(text) else {
            let starts_with_address =
                text.split_ascii_whitespace().next().is_some_and(|word| word.parse::<IpAddr>().is_ok());
            if starts_with_address {
                return Err("it is no client: IP address, mask, unique id, expiry, type, name");
            }
            teller.journal.skip("lines of words around the table", 1);
            return Ok(());
        };
        let is_name =
            |name: &str| !says_nothing(name) && name.chars().any(char::is_alphabetic) && !name.contains(' ');
        let hostname = Some(name).filter(|name| is_name(name));
        let lease = Lease { mac: Some(mac), address: Some(address), hostname, ..Lease::default() };
        observed::lease(teller, At { row: number, time: Timestamp::default() }, &lease);
        Ok(())
    });
}

#[cfg(test)]
mod tests;
