//! What should not happen: a scanning workstation, and a device nobody owns.

use super::Scene;
use crate::frames::{ArpOperation, Connection, ETHERTYPE_ARP, Frame, Link, arp, ethernet};
use crate::roles::Role;
use crate::site::{Device, stated};
use crate::truth::TruthEvent;
use cordon_model::{Mac, Timestamp};
use std::net::Ipv4Addr;

const SCANNED_PORTS: [u16; 12] = [21, 22, 23, 80, 104, 135, 139, 443, 445, 2_575, 3_389, 11_112];
const SCANNED_HOSTS: usize = 12;
const SWEPT_ADDRESSES: u32 = 120;

impl Scene<'_> {
    /// Notes an event from `start` until now.
    pub(super) fn note(&mut self, kind: &'static str, start: Timestamp, by: &Device, target: Option<String>) {
        self.events.push(TruthEvent::new(kind, (start, self.at), by, target));
    }

    /// Asks for every address of its own subnet, then tries ports on the first that answer.
    pub(super) fn scan(&mut self, device: &Device) -> Option<()> {
        let start = self.at;
        let first = u32::from(self.site.gateway(device.zone)) & !0xff;
        let link =
            Link { source: device.mac, destination: Mac::BROADCAST, vlan: self.site.vlan(device.zone) };
        let mut found = Vec::new();
        for number in 1..=SWEPT_ADDRESSES {
            let address = Ipv4Addr::from(first + number);
            let question = arp(ArpOperation::Request, (device.mac, device.ip), (Mac([0; 6]), address));
            self.frames.push(Frame { time: self.at, bytes: ethernet(&link, ETHERTYPE_ARP, &question) });
            let answering = self.site.devices.iter().find(|other| other.ip == address).cloned();
            if let Some(other) = answering.filter(|other| other.index != device.index) {
                self.wait(100, 600);
                let answer = arp(ArpOperation::Reply, (other.mac, other.ip), (device.mac, device.ip));
                let back = Link { source: other.mac, destination: device.mac, vlan: link.vlan };
                self.frames.push(Frame { time: self.at, bytes: ethernet(&back, ETHERTYPE_ARP, &answer) });
                found.push(other);
            }
            self.wait(2_000, 9_000);
        }
        self.note("arp sweep", start, device, None);
        let start = self.at;
        found.truncate(SCANNED_HOSTS);
        let targets: Vec<String> = found.iter().map(|target| target.ip.to_string()).collect();
        for target in &found {
            for port in SCANNED_PORTS {
                let (client, server) = (self.peer(device), self.peer(target));
                let (client_side, server_side) = self.sides(&client, &server, port);
                let vlan = self.site.vlan(device.zone);
                let sequence = self.random.next() as u32;
                let frames = if opens(target.role(), port) {
                    Connection::open(client_side, server_side, vlan, self.at, 400, (sequence, sequence ^ 1))
                        .reset()
                } else {
                    Connection::refused(client_side, server_side, vlan, self.at, sequence)
                };
                self.done(&client, &server, frames);
                self.wait(1_000, 12_000);
            }
        }
        self.note("port scan", start, device, (!targets.is_empty()).then(|| targets.join(",")));
        Some(())
    }

    /// A small computer nobody owns joins, asks the internet, and knocks at the archive.
    pub(super) fn rogue(&mut self, device: &Device) -> Option<()> {
        let start = self.at;
        self.join(device);
        self.internet_tls(device, "relay.dropbox-of-nobody.example", None);
        self.wait(900_000, 3_000_000);
        if let Some(pacs) = self.server(Role::Pacs, device) {
            let (client, server) = (self.peer(device), self.peer(&pacs));
            let mut connection = self.connect(&client, &server, 11_112);
            connection.pause(2_000_000);
            self.done(&client, &server, connection.reset());
        }
        self.state(device, stated::HOSTNAME);
        self.note("rogue device", start, device, None);
        Some(())
    }
}

/// Whether a device of this role listens on a port, in line with the rest of the simulation.
fn opens(role: Role, port: u16) -> bool {
    match port {
        80 => matches!(
            role,
            Role::Ris | Role::Printer | Role::Camera | Role::Ups | Role::NurseCall | Role::Building
        ),
        443 => matches!(role, Role::Pacs | Role::PumpServer),
        104 => role == Role::Ris,
        11_112 => role == Role::Pacs,
        2_575 => role == Role::Engine,
        135 | 139 | 445 => {
            matches!(role, Role::Workstation | Role::CoreServer | Role::ReadingStation | Role::Cabinet)
        }
        _ => false,
    }
}
