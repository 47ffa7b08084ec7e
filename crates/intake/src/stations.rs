//! Tables of stations as delimited text: DHCP leases of Kea and Windows, endpoints of a network access control
//! (Cisco ISE, Aruba ClearPass), clients of a Wi-Fi controller (Cisco, Aruba, UniFi).
//!
//! Headings differ between versions and choices in the export, so each column is known by its heading alone;
//! a few of them tell whose table it is. Columns with people's names are read over.

use crate::columns::normalise;
use crate::lines::Lines;
use crate::observed::{host, station};
use crate::scan;
use crate::tell::{At, Teller, says_nothing};
use crate::text::{DELIMITERS, Rows};
use cordon_model::observe::Fact;
use cordon_model::{Endpoint, Mac, Timestamp, Vlan};
use std::net::IpAddr;

/// Whose table it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    Kea,
    WindowsDhcp,
    Ise,
    ClearPass,
    Wlan,
}

impl Source {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Source::Kea => "Kea leases",
            Source::WindowsDhcp => "Windows DHCP leases",
            Source::Ise => "Cisco ISE endpoints",
            Source::ClearPass => "ClearPass endpoints",
            Source::Wlan => "Wi-Fi clients",
        }
    }
}

/// What a column says of a row's station.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Mac,
    Ip,
    Vlan,
    Tells(Fact),
    /// The switch or controller it is connected to.
    Switch,
    /// The port of it.
    Port,
    /// Whether a lease is in use.
    State,
    /// When a lease ends, and how long it lasts.
    Expire,
    Lifetime,
    /// Nothing that is kept, but one of the columns that tell whose table it is.
    Mark,
}

/// What headings mean, whoever wrote them; normalised.
const HEADINGS: &[(Says, &[&str])] = &[
    (
        Says::Mac,
        &[
            "mac",
            "macaddress",
            "mac address",
            "client mac address",
            "client mac",
            "calling station id",
            "hwaddr",
            "station mac",
            "wireless mac address",
            "endpoint mac address",
            "clientid",
        ],
    ),
    (
        Says::Ip,
        &[
            "ip",
            "ipaddress",
            "ip address",
            "client ip address",
            "client ip",
            "framed ip address",
            "ipv4 address",
            "ipv4",
            "address",
            "ip address v4",
            "last ip",
        ],
    ),
    (Says::Vlan, &["vlan", "vlan id", "vlanid", "vlan number"]),
    (
        Says::Tells(Fact::DhcpHostname),
        &["hostname", "host name", "client hostname", "dhcp host name", "device hostname"],
    ),
    (Says::Tells(Fact::DhcpVendorClass), &["dhcp class identifier", "vendor class", "dhcp vendor class"]),
    (Says::Tells(Fact::DhcpUserClass), &["dhcp user class id", "user class"]),
    (Says::Tells(Fact::DhcpParameterList), &["dhcp parameter request list", "dhcp option 55"]),
    (Says::Tells(Fact::HttpUserAgent), &["user agent", "http user agent"]),
    (
        Says::Tells(Fact::NacProfile),
        &[
            "endpointpolicy",
            "endpoint policy",
            "matchedpolicy",
            "endpoint profile",
            "endpointprofile",
            "device name",
            "profile",
        ],
    ),
    (
        Says::Tells(Fact::NacCategory),
        &["device category", "endpoint category", "logicalprofile", "logical profile"],
    ),
    (
        Says::Tells(Fact::NacOs),
        &["device os family", "os family", "operating system", "operatingsystem", "os", "os type"],
    ),
    (
        Says::Tells(Fact::NacGroup),
        &["identitygroup", "identity group", "endpoint identity group", "role", "user role"],
    ),
    (Says::Tells(Fact::NacManufacturer), &["oui", "mac vendor", "vendor", "manufacturer", "macvendor"]),
    (
        Says::Tells(Fact::WlanNetwork),
        &[
            "ssid",
            "essid",
            "wlan",
            "wlan profile",
            "wlan ssid",
            "wlan name",
            "network name",
            "wireless network",
        ],
    ),
    (
        Says::Tells(Fact::WlanAccessPoint),
        &["ap name", "access point", "access point name", "ap", "connected to", "associated ap"],
    ),
    (Says::Tells(Fact::WlanDeviceType), &["device type", "endpoint type", "client type"]),
    (
        Says::Switch,
        &["networkdevicename", "network device name", "nas identifier", "switch", "switch name", "nas name"],
    ),
    (Says::Port, &["nasportid", "nas port id", "switch port", "port", "interface", "switchport"]),
    (Says::State, &["state", "addressstate", "address state"]),
    (Says::Expire, &["expire"]),
    (Says::Lifetime, &["valid lifetime"]),
    (
        Says::Mark,
        &[
            "scopeid",
            "leaseexpirytime",
            "lease expiry time",
            "subnet id",
            "client id",
            "duid",
            "endpointprofilerserver",
            "postureapplicable",
            "staticassignment",
            "static assignment",
            "profiled",
            "rssi",
            "snr",
            "protocol 802 11",
            "radio",
        ],
    ),
];

fn says(heading: &str) -> Option<Says> {
    HEADINGS.iter().find(|(_, headings)| headings.contains(&heading)).map(|(says, _)| *says)
}

/// What the heading says.
#[derive(Debug)]
pub(crate) struct Heading {
    pub(crate) source: Source,
    delimiter: char,
    columns: Vec<Option<Says>>,
}

/// The heading may stand below titles and comments.
const HEADING_LINES_MAX: usize = 12;

/// The heading of a table of stations, if a text begins with one.
pub(crate) fn heading(head: &str) -> Option<Heading> {
    head.lines().take(HEADING_LINES_MAX).find_map(heading_line)
}

fn heading_line(line: &str) -> Option<Heading> {
    let delimiter = DELIMITERS.into_iter().max_by_key(|delimiter| line.matches(*delimiter).count())?;
    let cells = Rows::new(line, delimiter).next()?;
    let names: Vec<String> = cells.iter().map(|cell| normalise(cell)).collect();
    let has = |name: &str| names.iter().any(|known| known == name);
    let any = |candidates: &[&str]| candidates.iter().any(|name| has(name));
    let columns: Vec<Option<Says>> = names.iter().map(|name| says(name)).collect();
    let knows = |wanted: Says| columns.contains(&Some(wanted));
    let source = if has("address") && any(&["hwaddr", "duid"]) && has("valid lifetime") {
        Source::Kea
    } else if any(&["ipaddress", "ip address"])
        && any(&["clientid", "client id"])
        && any(&[
            "scopeid",
            "scope id",
            "leaseexpirytime",
            "lease expiry time",
            "addressstate",
            "address state",
        ])
    {
        Source::WindowsDhcp
    } else if knows(Says::Mac)
        && any(&[
            "endpointpolicy",
            "endpoint policy",
            "matchedpolicy",
            "endpoint profile",
            "endpointprofilerserver",
            "identitygroup",
            "endpoint identity group",
        ])
    {
        Source::Ise
    } else if knows(Says::Mac) && any(&["mac vendor", "device category", "device os family"]) {
        Source::ClearPass
    } else if knows(Says::Mac)
        && knows(Says::Tells(Fact::WlanNetwork))
        && (knows(Says::Tells(Fact::WlanAccessPoint))
            || any(&["rssi", "snr", "signal", "signal strength", "channel", "radio"]))
    {
        Source::Wlan
    } else {
        return None;
    };
    let columns = match source {
        // Windows calls the MAC address the client's id; elsewhere that is another thing.
        Source::WindowsDhcp => {
            names.iter().map(|name| if name == "client id" { Some(Says::Mac) } else { says(name) }).collect()
        }
        // In a lease a vendor or a profile means something else.
        Source::Kea => columns
            .into_iter()
            .map(|column| {
                column.filter(|says| !matches!(says, Says::Tells(fact) if *fact != Fact::DhcpHostname))
            })
            .collect(),
        _ => columns,
    };
    Some(Heading { source, delimiter, columns })
}

/// One row as it was understood.
#[derive(Default)]
struct Station {
    mac: Option<Mac>,
    ips: Vec<IpAddr>,
    vlan: Option<Vlan>,
    facts: Vec<(Fact, String)>,
    switch: String,
    port: String,
    state: String,
    expire: Option<Timestamp>,
    lifetime: Option<u64>,
    unread: Vec<String>,
}

/// Reads the table.
pub(crate) fn read(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    let mut heading: Option<Heading> = None;
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => break,
            Err(damage) => {
                teller.journal.damage(damage);
                break;
            }
        };
        let text = crate::text::decode(line.bytes);
        let Some(known) = &heading else {
            heading = heading_line(&text);
            if let Some(found) = &heading {
                found.source.name().clone_into(&mut teller.journal.report.kind);
            }
            continue;
        };
        if text.trim().is_empty() || heading_line(&text).is_some() {
            continue;
        }
        teller.journal.report.packets += 1;
        row(known, &text, line.number, line.is_cut, teller);
    }
    teller.journal.report.bytes = lines.bytes();
}

fn row(heading: &Heading, text: &str, number: u64, is_cut: bool, teller: &mut Teller<'_>) {
    let cells = Rows::new(text, heading.delimiter).next().unwrap_or_default();
    let mut reject = |reason: &str| teller.journal.reject(number, false, reason.to_owned(), Vec::new());
    if is_cut {
        return reject("the line is too long");
    }
    let station = understand(heading, &cells);
    if station.mac.is_none() && station.ips.is_empty() {
        return reject("neither a MAC address nor an IP address of a device");
    }
    if !station.unread.is_empty() {
        let reason = format!("used without what could not be read: {}", station.unread.join("; "));
        teller.journal.reject(number, true, reason, Vec::new());
    }
    tell(heading.source, &station, number, teller);
}

fn understand(heading: &Heading, cells: &[String]) -> Station {
    let mut station = Station::default();
    for (says, cell) in heading.columns.iter().zip(cells) {
        let cell = cell.trim();
        let Some(says) = says else { continue };
        if says_nothing(cell) {
            continue;
        }
        match says {
            Says::Mac => match mac(cell) {
                Some(mac) if !mac.is_zero() && !mac.is_group() => station.mac = station.mac.or(Some(mac)),
                _ => station.unread.push("the MAC address".to_owned()),
            },
            Says::Ip => {
                for word in cell.split([',', ';', ' ', '|']).filter(|word| !word.is_empty()) {
                    match scan::ip(word.as_bytes()) {
                        Some(ip) if !cordon_model::address::is_shared_address(ip) => station.ips.push(ip),
                        Some(_) => {}
                        None => station.unread.push("the IP address".to_owned()),
                    }
                }
            }
            Says::Vlan => station.vlan = cell.parse().ok().and_then(Vlan::new),
            Says::Tells(fact) => station.facts.push((*fact, cell.to_owned())),
            Says::Switch => cell.clone_into(&mut station.switch),
            Says::Port => cell.clone_into(&mut station.port),
            Says::State => cell.clone_into(&mut station.state),
            Says::Expire => station.expire = scan::time(cell.as_bytes()),
            Says::Lifetime => station.lifetime = scan::number(cell.as_bytes()),
            Says::Mark => {}
        }
    }
    station
}

/// A MAC address; Windows gives a longer client identifier, which is none, for what is no Ethernet.
fn mac(cell: &str) -> Option<Mac> {
    cell.parse().ok()
}

fn tell(source: Source, station: &Station, row: u64, teller: &mut Teller<'_>) {
    let Station { mac, ips, vlan, facts, .. } = station;
    // Kea: 0 is in use, 1 declined, 2 expired and reclaimed (Kea ARM, "lease-cmds", state). Windows: Active…
    let in_use = match source {
        Source::Kea => matches!(station.state.as_str(), "" | "0"),
        Source::WindowsDhcp => {
            station.state.is_empty() || station.state.to_ascii_lowercase().starts_with("active")
        }
        _ => true,
    };
    if source == Source::Kea && station.state == "1" {
        teller.journal.skip("leases declined because somebody else used the address", 1);
        return;
    }
    let lifetime = i64::try_from(station.lifetime.unwrap_or(0)).unwrap_or(0);
    let time = station
        .expire
        .map_or_else(Timestamp::default, |end| end.plus_micros(lifetime.saturating_mul(-1_000_000)));
    let at = At { row, time };
    if station.expire.is_some() {
        teller.journal.at(time);
    }
    let place = |vlan: Option<Vlan>, endpoint: Endpoint| Endpoint { vlan, ..endpoint };
    let whom = match (mac, ips.first()) {
        (Some(mac), _) => place(*vlan, self::station(*mac)),
        (None, Some(ip)) => place(*vlan, host(*ip)),
        (None, None) => return,
    };
    if in_use && mac.is_some() {
        for ip in ips {
            teller.fact(at, whom, address_fact(source), &ip.to_string());
        }
    }
    for (fact, value) in facts {
        teller.fact(at, whom, *fact, value);
    }
    if !station.port.is_empty() && source != Source::Wlan {
        teller.fact(at, whom, Fact::SwitchPort, format!("{} {}", station.switch, station.port).trim());
    }
    match source {
        Source::Wlan => teller.presence(at, whom, Fact::WlanStation),
        Source::Ise | Source::ClearPass => teller.presence(at, whom, Fact::NacStation),
        Source::Kea | Source::WindowsDhcp => {}
    }
}

/// By what a station bears an address: by lease, or because its register saw it so.
fn address_fact(source: Source) -> Fact {
    match source {
        Source::Kea | Source::WindowsDhcp => Fact::DhcpAddress,
        _ => Fact::ArpAddress,
    }
}

#[cfg(test)]
mod tests;
