//! What switches print of their neighbours in detail: LLDP (IEEE 802.1AB) of Cisco IOS and NX-OS, Aruba AOS-S and
//! CX, Juniper; CDP of Cisco. All write a line for each thing a neighbour said of itself, its name before a colon;
//! a neighbour begins with a line of dashes or with the switch's own port.

use crate::leases::each_line;
use crate::lines::Lines;
use crate::observed::{host, station};
use crate::scan;
use crate::tables::{mac, prompt};
use crate::tell::{At, Teller};
use cordon_model::observe::Fact;
use cordon_model::{Endpoint, Mac};
use std::net::IpAddr;

/// What stands behind a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meaning {
    /// The switch's own port: a neighbour begins.
    LocalPort,
    Chassis,
    /// Who it is, in CDP: a neighbour begins.
    DeviceId,
    Port,
    Address,
    Says(Fact),
    /// Lines that follow belong to it.
    Paragraph(Fact),
}

use Meaning::{Address, Chassis, DeviceId, LocalPort, Paragraph, Port, Says};

/// Names as they stand before the colon: small letters, single blanks, and without `neighbor` before them.
const NAMES: &[(&str, Meaning)] = &[
    ("local intf", LocalPort),
    ("local port id", LocalPort),
    ("local interface", LocalPort),
    ("local port", LocalPort),
    ("chassis id", Chassis),
    ("chassisid", Chassis),
    ("chassis-id", Chassis),
    ("device id", DeviceId),
    ("port id", Port),
    ("portid", Port),
    ("port-id", Port),
    ("port description", Says(Fact::LldpPortDescription)),
    ("portdescr", Says(Fact::LldpPortDescription)),
    ("port-desc", Says(Fact::LldpPortDescription)),
    ("system name", Says(Fact::LldpSystemName)),
    ("sysname", Says(Fact::LldpSystemName)),
    ("system-name", Says(Fact::LldpSystemName)),
    ("chassis-name", Says(Fact::LldpSystemName)),
    ("system description", Paragraph(Fact::LldpSystemDescription)),
    ("system descr", Says(Fact::LldpSystemDescription)),
    ("system-description", Says(Fact::LldpSystemDescription)),
    ("chassis-description", Says(Fact::LldpSystemDescription)),
    ("management address", Address),
    ("management-address", Address),
    ("address", Address),
    ("ip", Address),
    ("ipv4", Address),
    ("ip address", Address),
    ("ipv4 address", Address),
    ("platform", Says(Fact::CdpPlatform)),
    ("version", Paragraph(Fact::CdpVersion)),
    ("manufacturer", Says(Fact::LldpManufacturer)),
    ("manufacturer name", Says(Fact::LldpManufacturer)),
    ("model", Says(Fact::LldpModel)),
    ("model name", Says(Fact::LldpModel)),
    ("serial number", Says(Fact::LldpSerial)),
    ("asset id", Says(Fact::LldpAssetId)),
    ("h/w revision", Says(Fact::LldpHardware)),
    ("hardware revision", Says(Fact::LldpHardware)),
    ("f/w revision", Says(Fact::LldpFirmware)),
    ("firmware revision", Says(Fact::LldpFirmware)),
    ("s/w revision", Says(Fact::LldpSoftware)),
    ("software revision", Says(Fact::LldpSoftware)),
];

/// What a line says, and its value.
fn statement(line: &str) -> Option<(Meaning, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.to_ascii_lowercase();
    let mut words: Vec<&str> = name.split_ascii_whitespace().filter(|word| *word != "-").collect();
    if matches!(words.first(), Some(&("neighbor" | "neighbour" | "remote"))) && words.len() > 1 {
        words.remove(0);
    }
    let name = words.join(" ");
    let (_, meaning) = NAMES.iter().find(|(known, _)| *known == name)?;
    Some((*meaning, value.trim()))
}

/// What begins a neighbour without saying anything: a line of dashes, a heading of Juniper's, a port with how many
/// neighbours it has of Aruba CX.
fn is_border(line: &str) -> bool {
    let dashes = line.len() >= 8 && line.bytes().all(|byte| byte == b'-');
    dashes
        || line.eq_ignore_ascii_case("neighbour information:")
        || line.eq_ignore_ascii_case("lldp neighbor information:")
}

/// Characters of a text of several lines that are kept.
const PARAGRAPH_BYTES_MAX: usize = 1_024;
/// Things a neighbour says that are kept.
const SAID_MAX: usize = 64;

/// A neighbour on its way.
#[derive(Debug, Default)]
struct Neighbour {
    /// Row it begins in.
    row: u64,
    local_port: Option<String>,
    chassis: Option<String>,
    port: Option<String>,
    device_id: Option<String>,
    addresses: Vec<IpAddr>,
    said: Vec<(Fact, String)>,
    /// What the lines that follow belong to.
    paragraph: Option<Fact>,
}

impl Neighbour {
    fn is_named(&self) -> bool {
        self.chassis.is_some() || self.device_id.is_some()
    }

    fn note(&mut self, meaning: Meaning, value: &str) {
        self.paragraph = None;
        match meaning {
            LocalPort => self.local_port = Some(value.to_owned()),
            Chassis => self.chassis = Some(value.to_owned()),
            DeviceId => self.device_id = Some(value.to_owned()),
            Port => {
                self.port.get_or_insert_with(|| value.to_owned());
            }
            Address => {
                let address = scan::ip(value.as_bytes()).filter(|_| self.addresses.len() < SAID_MAX);
                self.addresses.extend(address.filter(|address| !self.addresses.contains(address)));
            }
            Says(fact) => self.say(fact, value),
            Paragraph(fact) => {
                self.say(fact, value);
                self.paragraph = Some(fact);
            }
        }
    }

    fn say(&mut self, fact: Fact, value: &str) {
        // CDP has two on one line: `Platform: cisco WS-C2960X,  Capabilities: Switch IGMP`.
        let value = match value.split_once(",  Capabilities:") {
            Some((platform, _)) if fact == Fact::CdpPlatform => platform,
            _ => value,
        };
        if self.said.len() < SAID_MAX {
            self.said.push((fact, value.trim_matches(['"', '\'']).to_owned()));
        }
    }

    /// A line without a name goes on with the text before it.
    fn go_on(&mut self, line: &str) -> bool {
        let Some(fact) = self.paragraph else { return false };
        let Some((_, text)) = self.said.iter_mut().rev().find(|(said, _)| *said == fact) else {
            return false;
        };
        if text.len() + line.len() < PARAGRAPH_BYTES_MAX {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(line);
        }
        true
    }

    /// Who it is: the station its chassis or its port is named by, else an address.
    fn whom(&self) -> Option<Endpoint> {
        let of = |text: &Option<String>| text.as_deref().and_then(address_of_station);
        let own = |mac: &Mac| !mac.is_zero() && !mac.is_group();
        let named = of(&self.chassis).or_else(|| of(&self.port)).filter(own).map(station);
        let chassis = self.chassis.as_deref().and_then(|text| scan::ip(text.as_bytes()));
        named.or_else(|| chassis.or(self.addresses.first().copied()).map(host))
    }

    fn tell(self, switch: &str, teller: &mut Teller<'_>) {
        let Some(whom) = self.whom() else {
            let said = self.device_id.or(self.chassis).unwrap_or_default();
            let reason = "neither a station's nor an IP address of the neighbour in it".to_owned();
            teller.journal.reject(self.row, false, reason, vec![said]);
            return;
        };
        let at = At { row: self.row, ..At::default() };
        let by_cdp = self.device_id.is_some();
        let identity = if by_cdp {
            [(Fact::CdpDeviceId, self.device_id), (Fact::CdpPort, self.port)]
        } else {
            [(Fact::LldpChassisId, self.chassis), (Fact::LldpPortId, self.port)]
        };
        for (fact, value) in identity {
            let value = value.unwrap_or_default();
            let mac = address_of_station(&value).map(|mac| mac.to_string());
            teller.fact(at, whom, fact, mac.as_deref().unwrap_or(&value));
        }
        for (fact, value) in &self.said {
            if !is_unstated(value) {
                teller.fact(at, whom, *fact, value);
            }
        }
        for address in &self.addresses {
            let fact = if by_cdp { Fact::CdpAddress } else { Fact::LldpManagementAddress };
            teller.fact(at, whom, fact, &address.to_string());
        }
        if let Some(port) = self.local_port.filter(|port| !port.is_empty()) {
            teller.fact(at, whom, Fact::SwitchPort, format!("{switch} {port}").trim());
        }
    }
}

/// A station's address, also with blanks between its octets, as AOS-S writes it.
fn address_of_station(text: &str) -> Option<Mac> {
    let joined: String = text.split_ascii_whitespace().collect::<Vec<_>>().join("-");
    let text = text.split_once(" (").map_or(text, |(before, _)| before);
    mac(text).or_else(|| mac(&joined))
}

/// What switches write where a neighbour said nothing.
fn is_unstated(value: &str) -> bool {
    let lower = value.to_ascii_lowercase();
    lower.trim_start_matches("- ").starts_with("not advertised")
        || matches!(lower.as_str(), "" | "-" | "null" | "not available")
}

/// True for a text in which switches tell of neighbours in detail.
pub(crate) fn is_neighbours(head: &str) -> bool {
    let said: Vec<Meaning> = head
        .lines()
        .take(400)
        .filter_map(|line| statement(line.trim()).map(|(meaning, _)| meaning))
        .collect();
    let lldp =
        said.contains(&Chassis) && (said.contains(&Port) || said.contains(&Says(Fact::LldpSystemName)));
    let cdp = said.contains(&DeviceId) && said.contains(&Says(Fact::CdpPlatform));
    lldp || cdp
}

/// Reads what is said of each neighbour.
pub(crate) fn read(lines: &mut Lines<'_>, teller: &mut Teller<'_>) {
    let mut neighbour = Neighbour::default();
    let mut switch = String::new();
    each_line(lines, teller, |text, number, teller| {
        teller.journal.report.packets -= 1;
        if let Some(name) = prompt(text) {
            end(&mut neighbour, &switch, teller);
            name.clone_into(&mut switch);
            return Ok(());
        }
        if is_border(text) {
            end(&mut neighbour, &switch, teller);
            return Ok(());
        }
        // CDP says its own port and the neighbour's on one line.
        let cdp_port = text.strip_prefix("Interface:").and_then(|rest| rest.split_once(','));
        if let Some((local, rest)) = cdp_port {
            neighbour.note(LocalPort, local.trim());
            neighbour.note(Port, rest.split_once(':').map_or("", |(_, port)| port.trim()));
            return Ok(());
        }
        // Aruba CX: `Port : 1/1/12` begins one.
        let of_cx = text.strip_prefix("Port ").and_then(|rest| rest.trim_start().strip_prefix(':'));
        let said = match of_cx {
            Some(port) if port.contains('/') => Some((LocalPort, port.trim())),
            _ => statement(text),
        };
        match said {
            Some((meaning, value)) => {
                let begins = match meaning {
                    LocalPort | DeviceId => neighbour.is_named(),
                    Chassis => neighbour.chassis.is_some(),
                    _ => false,
                };
                if begins {
                    end(&mut neighbour, &switch, teller);
                }
                if neighbour.row == 0 {
                    neighbour.row = number;
                }
                neighbour.note(meaning, value);
            }
            None => {
                // A line with a name that means nothing here ends a text; that of a version has colons in it, and
                // what follows it is known.
                let of_version = neighbour.paragraph == Some(Fact::CdpVersion);
                let goes_on =
                    if of_version { !text.starts_with("advertisement version") } else { !text.contains(':') };
                if !goes_on || !neighbour.go_on(text) {
                    neighbour.paragraph = None;
                }
            }
        }
        Ok(())
    });
    end(&mut neighbour, &switch, teller);
}

/// Tells the neighbour that ends here.
fn end(neighbour: &mut Neighbour, switch: &str, teller: &mut Teller<'_>) {
    let ended = std::mem::take(neighbour);
    if ended.is_named() {
        teller.journal.report.packets += 1;
        ended.tell(switch, teller);
    } else if ended.local_port.is_some() {
        // A port is named before the line that begins its neighbour.
        neighbour.local_port = ended.local_port;
        neighbour.row = ended.row;
    }
}

#[cfg(test)]
mod tests;
