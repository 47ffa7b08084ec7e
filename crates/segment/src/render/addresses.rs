//! The address plan for those who set ports and addresses: which VLAN each switch port gets, as a table and as lines of
//! Cisco IOS, and the reservations for DHCP servers, as configurations of Kea and of ISC dhcpd (Kea Administrator
//! Reference Manual, "Host Reservations in DHCPv4"; dhcpd.conf(5), "host").
//!
//! What is not known is left to people and said: a device whose port nobody told, a port with devices of several VLANs, a
//! MAC address that two devices have.

use super::names::Names;
use super::tables::row;
use super::{File, json, text};
use crate::addresses::{AddressPlan, Reservation, ZoneNetwork};
use cordon_model::identify::DeviceId;
use cordon_model::{Cidr, Mac, Vlan};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::net::Ipv4Addr;

/// What a plan calls devices and zones.
#[derive(Clone, Debug, Default)]
pub struct Called {
    /// Devices by id.
    pub devices: BTreeMap<DeviceId, String>,
    /// Zones by id.
    pub zones: BTreeMap<String, String>,
}

/// The files of an address plan; equal plans give equal files.
pub fn addresses(plan: &AddressPlan, called: &Called) -> Vec<File> {
    let view = View::new(plan, called);
    let mut files = vec![
        File::new("switch-ports.csv", view.ports_csv()),
        File::new("dhcp-kea.json", view.kea()),
        File::new("dhcpd.conf", view.dhcpd()),
    ];
    files.extend(view.switches());
    files
}

struct View<'a> {
    plan: &'a AddressPlan,
    called: &'a Called,
    networks: BTreeMap<&'a str, &'a ZoneNetwork>,
    ports: BTreeMap<(&'a str, &'a str), Vec<&'a Reservation>>,
    /// MAC addresses that several reservations have.
    shared: BTreeSet<Mac>,
}

/// Switch and port of `sw-3 Gi1/0/7`; what is one word is a port alone.
fn switch_port(text: &str) -> (&str, &str) {
    let text = text.trim();
    text.split_once(' ').map_or(("", text), |(switch, port)| (switch, port.trim()))
}

/// True for what can be nothing but the name of a port where a router's command line reads it.
fn is_port(text: &str) -> bool {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | ':' | '-' | ' ');
    text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.ends_with(|c: char| c.is_ascii_digit())
        && text.chars().all(is_safe)
}

impl<'a> View<'a> {
    fn new(plan: &'a AddressPlan, called: &'a Called) -> View<'a> {
        let mut ports: BTreeMap<(&str, &str), Vec<&Reservation>> = BTreeMap::new();
        let (mut seen, mut shared) = (BTreeSet::new(), BTreeSet::new());
        for one in &plan.reservations {
            ports.entry(switch_port(one.switch_port.as_deref().unwrap_or_default())).or_default().push(one);
            shared.extend(one.mac.filter(|mac| !seen.insert(*mac)));
        }
        let networks = plan.networks.iter().map(|network| (network.zone.as_str(), network)).collect();
        View { plan, called, networks, ports, shared }
    }

    fn device(&self, id: &'a DeviceId) -> &'a str {
        self.called.devices.get(id).map_or(id.as_str(), String::as_str)
    }

    fn zone(&self, id: &'a str) -> &'a str {
        self.called.zones.get(id).map_or(id, String::as_str)
    }

    fn vlan(&self, one: &Reservation) -> Option<Vlan> {
        self.networks.get(one.zone.as_str()).map(|network| network.vlan)
    }

    /// The VLAN a port gets, unless its devices are of several.
    fn only_vlan(&self, devices: &[&Reservation]) -> Option<Vlan> {
        let vlans: BTreeSet<Option<Vlan>> = devices.iter().map(|one| self.vlan(one)).collect();
        match vlans.into_iter().collect::<Vec<_>>().as_slice() {
            [only] => *only,
            _ => None,
        }
    }

    fn ports_csv(&self) -> String {
        let mut out = row([
            "switch",
            "port",
            "vlan_now",
            "vlan_then",
            "device",
            "name",
            "mac",
            "address_then",
            "zone",
            "note",
        ]);
        for ((switch, port), devices) in &self.ports {
            let only = self.only_vlan(devices);
            for one in devices {
                let now: Vec<String> = one.vlans.iter().map(ToString::to_string).collect();
                let mac = one.mac.map(|mac| mac.to_string()).unwrap_or_default();
                let note = match (
                    port.is_empty(),
                    only,
                    one.mac.is_some_and(|mac| self.shared.contains(&mac)),
                ) {
                    (true, ..) => "port not known: look the MAC address up in the switches' tables",
                    (_, None, _) => {
                        "devices of several VLANs at this port: a trunk or a switch behind it, to be set by hand"
                    }
                    (_, _, true) => "another device has this MAC address too",
                    _ => "",
                };
                out.push_str(&row([
                    *switch,
                    *port,
                    &now.join(" "),
                    &self.vlan(one).map(|vlan| vlan.to_string()).unwrap_or_default(),
                    one.device.as_str(),
                    self.device(&one.device),
                    &mac,
                    &one.then.to_string(),
                    self.zone(&one.zone),
                    note,
                ]));
            }
        }
        out
    }

    /// A file a switch, and one that takes it back.
    fn switches(&self) -> Vec<File> {
        let mut by_switch: BTreeMap<&str, Vec<(&str, &[&Reservation])>> = BTreeMap::new();
        for ((switch, port), devices) in &self.ports {
            if !port.is_empty() {
                by_switch.entry(switch).or_default().push((port, devices));
            }
        }
        let names = Names::new(by_switch.keys().copied(), '-', 60);
        by_switch
            .into_iter()
            .flat_map(|(switch, ports)| {
                let name = if switch.is_empty() { "switch" } else { names.get(switch) };
                let [there, back] = self.switch(switch, &ports);
                [
                    File::new(format!("switch-ports/{name}.cfg"), there),
                    File::new(format!("switch-ports/{name}-rollback.cfg"), back),
                ]
            })
            .collect()
    }

    fn switch(&self, switch: &str, ports: &[(&str, &[&Reservation])]) -> [String; 2] {
        let name = text::plain(switch, 60);
        let mut there = format!(
            "! Cordon address plan, switch {name}, Cisco IOS: the VLAN of each port whose devices are known.\n! Ports that \
             are not here stay as they are. Take it back with the file that ends in -rollback.cfg.\n"
        );
        let mut back = format!("! Puts the ports of {name} back into the VLANs they were seen in.\n");
        let vlans: BTreeSet<(Vlan, &str)> = ports
            .iter()
            .filter_map(|(_, devices)| Some((self.only_vlan(devices)?, devices.first()?.zone.as_str())))
            .collect();
        let mut declared = BTreeSet::new();
        for (vlan, zone) in vlans {
            if declared.insert(vlan) {
                let _ = writeln!(there, "vlan {vlan}\n name {}", text::id(zone));
            }
        }
        for (port, devices) in ports {
            let labels: Vec<&str> = devices.iter().map(|one| self.device(&one.device)).collect();
            let who = text::plain(&labels.join(", "), 80);
            let port = text::plain(port, 60);
            let Some(vlan) = self.only_vlan(devices).filter(|_| is_port(&port)) else {
                let _ = writeln!(there, "!\n! {port} is to be set by hand: {who}");
                continue;
            };
            let _ = writeln!(
                there,
                "!\n! {who}\ninterface {port}\n switchport mode access\n switchport access vlan {vlan}"
            );
            let now: BTreeSet<Vlan> = devices.iter().flat_map(|one| one.vlans.iter().copied()).collect();
            let _ = match now.into_iter().collect::<Vec<_>>().as_slice() {
                [only] => writeln!(back, "!\ninterface {port}\n switchport access vlan {only}"),
                _ => writeln!(back, "!\n! {port}: which VLAN it had was not seen"),
            };
        }
        [there, back]
    }

    /// Reservations by zone, those with a MAC address that no other has.
    fn reserved(&self, zone: &str) -> impl Iterator<Item = (&'a Reservation, Mac)> {
        let of_zone = self.plan.reservations.iter().filter(move |one| one.zone == zone);
        of_zone.filter_map(|one| Some((one, one.mac.filter(|mac| !self.shared.contains(mac))?)))
    }

    /// What a person has to add, as lines.
    fn left_out(&self) -> impl Iterator<Item = String> {
        let without = |one: &&Reservation| one.mac.is_none_or(|mac| self.shared.contains(&mac));
        self.plan.reservations.iter().filter(without).map(|one| {
            let why = if one.mac.is_none() { "no MAC address is known" } else { "its MAC address is shared" };
            format!("{} ({}), {}: {why}", self.device(&one.device), one.device, one.then)
        })
    }

    fn kea(&self) -> String {
        let mut out = String::from("{\n  \"Dhcp4\": {\n");
        let left: Vec<String> = self.left_out().map(|line| json::string(&text::one_line(&line))).collect();
        let _ = writeln!(
            out,
            "    \"user-context\": {{ \"comment\": \"Cordon address plan: only reserved devices get an address; set \
             interfaces-config and lease-database of your own\", \"not-reserved\": [{}] }},\n    \"subnet4\": [",
            left.join(", ")
        );
        let mut comma = "";
        for network in &self.plan.networks {
            let _ = write!(
                out,
                "{comma}      {{ \"id\": {}, \"subnet\": \"{}\", \"user-context\": {{ \"comment\": {} }},\n        \
                 \"option-data\": [{{ \"name\": \"routers\", \"data\": \"{}\" }}],\n        \"reservations\": [",
                network.vlan.id(),
                network.subnet,
                json::string(&text::one_line(self.zone(&network.zone))),
                network.gateway
            );
            let mut inner = "\n";
            for (one, mac) in self.reserved(&network.zone) {
                let _ = write!(
                    out,
                    "{inner}          {{ \"hw-address\": \"{mac}\", \"ip-address\": \"{}\", \"user-context\": {{ \"comment\": \
                     {} }} }}",
                    one.then,
                    json::string(&text::one_line(self.device(&one.device)))
                );
                inner = ",\n";
            }
            out.push_str(" ] }");
            comma = ",\n";
        }
        out.push_str("\n    ]\n  }\n}\n");
        out
    }

    fn dhcpd(&self) -> String {
        let mut out = String::from(
            "# Cordon address plan for ISC dhcpd: include it in dhcpd.conf. Only reserved devices get an address.\n",
        );
        for line in self.left_out() {
            let _ = writeln!(out, "# not reserved: {}", text::one_line(&line));
        }
        let ids = self.plan.reservations.iter().map(|one| one.device.as_str());
        let names = Names::new(ids, '-', 60);
        for network in &self.plan.networks {
            let _ = writeln!(
                out,
                "\n# {}, VLAN {}\nsubnet {} netmask {} {{\n  option routers {};\n  option subnet-mask {1};\n}}",
                text::one_line(self.zone(&network.zone)),
                network.vlan,
                network.subnet.base(),
                mask(&network.subnet),
                network.gateway,
            );
            for (one, mac) in self.reserved(&network.zone) {
                let _ = writeln!(
                    out,
                    "host {} {{ hardware ethernet {mac}; fixed-address {}; }} # {}",
                    names.get(one.device.as_str()),
                    one.then,
                    text::one_line(self.device(&one.device))
                );
            }
        }
        out
    }
}

fn mask(network: &Cidr) -> Ipv4Addr {
    let bits = u32::from(network.prefix().min(32));
    Ipv4Addr::from_bits(u32::MAX.checked_shl(32 - bits).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;
    use std::process::Command;

    fn plan() -> (AddressPlan, Called) {
        let network = |zone: &str, vlan: u16, subnet: &str, gateway: [u8; 4]| ZoneNetwork {
            zone: zone.into(),
            vlan: Vlan::new(vlan).unwrap(),
            subnet: subnet.parse().unwrap(),
            gateway: gateway.into(),
            devices: 2,
            capacity: 13,
        };
        let one = |device: &str, zone: &str, mac: Option<&str>, last: u8, port: Option<&str>, vlan: u16| {
            Reservation {
                device: DeviceId::new(device),
                zone: zone.into(),
                mac: mac.map(|mac| mac.parse().unwrap()),
                now: None,
                then: [10, 64, if zone == "zone-pumps" { 1 } else { 2 }, last].into(),
                switch_port: port.map(str::to_owned),
                vlans: vec![Vlan::new(vlan).unwrap()],
            }
        };
        let shared = Some("00:0d:f0:00:00:09");
        let plan = AddressPlan {
            networks: vec![
                network("zone-pumps", 113, "10.64.1.0/28", [10, 64, 1, 1]),
                network("zone-imaging", 114, "10.64.2.0/28", [10, 64, 2, 1]),
            ],
            reservations: vec![
                one("dev-1", "zone-pumps", Some("00:0d:f0:00:00:01"), 2, Some("sw-icu-1 Gi1/0/12"), 10),
                one("dev-2", "zone-pumps", Some("00:0d:f0:00:00:02"), 3, Some("sw-icu-1 Gi1/0/13"), 10),
                one("dev-3", "zone-imaging", Some("00:0d:f0:00:00:03"), 2, Some("sw-icu-1 Gi1/0/13"), 20),
                one("dev-4", "zone-imaging", None, 3, None, 20),
                one("dev-5", "zone-imaging", shared, 4, Some("sw-2 1\nreload"), 20),
                one("dev-6", "zone-imaging", shared, 5, None, 20),
            ],
            notes: Vec::new(),
        };
        let name = "CT\u{2028}\"}; }\n! reload";
        let devices = (1..7).map(|at| (DeviceId::new(format!("dev-{at}")), name.to_owned())).collect();
        (
            plan,
            Called { devices, zones: BTreeMap::from([("zone-pumps".to_owned(), "Pumps \"A\"".to_owned())]) },
        )
    }

    fn file(name: &str) -> String {
        let (plan, called) = plan();
        let files = addresses(&plan, &called);
        files.into_iter().find(|file| file.name == name).map(|file| file.text).unwrap()
    }

    #[test]
    fn ports_get_the_vlan_of_their_only_zone() {
        let there = file("switch-ports/sw-icu-1.cfg");
        assert!(there.contains("vlan 113\n name zone-pumps\n"), "{there}");
        assert!(
            there.contains("interface Gi1/0/12\n switchport mode access\n switchport access vlan 113\n"),
            "{there}"
        );
        assert!(!there.contains("interface Gi1/0/13"), "devices of two zones: {there}");
        assert!(there.contains("! Gi1/0/13 is to be set by hand"), "{there}");
        let back = file("switch-ports/sw-icu-1-rollback.cfg");
        assert!(back.contains("interface Gi1/0/12\n switchport access vlan 10\n"), "{back}");
        // What is no port's name becomes no command.
        let odd = file("switch-ports/sw-2.cfg");
        assert!(
            odd.lines()
                .all(|line| line.starts_with('!') || line.starts_with("vlan") || line.starts_with(" name")),
            "{odd}"
        );
        let table = file("switch-ports.csv");
        assert_eq!(table.lines().count(), 7, "{table}");
        assert_eq!(table.matches("port not known").count(), 2, "{table}");
        assert_eq!(table.matches("several VLANs").count(), 2, "{table}");
    }

    fn accepted(program: &str, arguments: &[&str], text: &str) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text.as_bytes()).unwrap();
        let Ok(output) = Command::new(program).args(arguments).arg(file.path()).output() else {
            eprintln!("skipped: {program} is not installed");
            return;
        };
        let words = [output.stdout, output.stderr].concat();
        assert!(output.status.success(), "{}\n{text}", String::from_utf8_lossy(&words));
    }

    #[test]
    fn servers_take_the_reservations() {
        let kea = file("dhcp-kea.json");
        let read: serde_json::Value = serde_json::from_str(&kea).unwrap();
        let subnets = read["Dhcp4"]["subnet4"].as_array().unwrap();
        assert_eq!(subnets[0]["id"], 113);
        assert_eq!(subnets[0]["reservations"].as_array().unwrap().len(), 2);
        assert_eq!(subnets[1]["reservations"][0]["ip-address"], "10.64.2.2");
        assert_eq!(read["Dhcp4"]["user-context"]["not-reserved"].as_array().unwrap().len(), 3);
        accepted("kea-dhcp4", &["-t"], &kea);
        let dhcpd = file("dhcpd.conf");
        assert_eq!(dhcpd.lines().filter(|line| line.starts_with("host ")).count(), 3, "{dhcpd}");
        accepted("dhcpd", &["-t", "-cf"], &dhcpd);
    }
}
