//! What devices do: each act is one exchange, from the first packet to the last.

mod bedside;
mod clinical;
mod everyday;
mod incident;
mod network;
mod rare;
mod records;

use crate::frames::{Connection, Frame, Link, Network, Side, Stack, routed, udp_frame};
use crate::patients::Patient;
use crate::random::Random;
use crate::roles::Role;
use crate::site::{Device, Site};
use crate::truth::{Flow, TruthEvent};
use cordon_model::{Mac, Timestamp};
use std::net::{IpAddr, Ipv4Addr};

/// Something a device does, once or again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Act {
    /// Gets an address by DHCP, or announces its own by ARP.
    Join,
    Renew,
    Lookup,
    Time,
    Lldp,
    Echo,
    Worklist,
    Store,
    RemoteService,
    /// A monitor reports by itself.
    Vitals,
    /// A central station reports for a monitor.
    Reported,
    /// Waveforms to the central station in a protocol nobody documents.
    Waveform,
    Results,
    Order,
    Admit,
    PumpReport,
    PumpTelnet,
    CabinetPoll,
    Browse,
    Secure,
    Archive,
    /// Somebody opens the device's own web page.
    Page,
    Print,
    Register,
    Stream,
    Scan,
    WrongTitle,
    Rogue,
    /// Asks the archive to answer for what was stored.
    Commit,
    /// Reports an examination as it is performed.
    Perform,
    /// A service-oriented device announces itself.
    Announce,
    /// A central station reads a service-oriented device.
    Consume,
    /// A result in ASTM frames.
    Astm,
    /// A result in POCT1-A.
    Poct,
    Alarm,
    LookUpPatient,
    WebStudies,
    Audit,
    /// The maker's laptop reaches into a device.
    Serviced,
    /// Calibration data are exchanged.
    Calibrate,
    /// A pump takes a new drug library.
    Library,
    /// Work goes on with another archive or central station.
    Standby,
}

impl Act {
    /// True for what happens once in months.
    pub(crate) fn is_rare(self) -> bool {
        matches!(self, Act::Serviced | Act::Calibrate | Act::Library | Act::Standby)
    }

    /// False for what nobody needs: attacks, mistakes and a forgotten service port.
    pub(crate) fn is_work(self) -> bool {
        !matches!(self, Act::Scan | Act::WrongTitle | Act::Rogue | Act::PumpTelnet)
    }
}

/// What happens to a role once in months.
pub(crate) fn rarities(device: &Device) -> &'static [Act] {
    match device.role() {
        Role::Modality => &[Act::Serviced, Act::Standby],
        Role::LabAnalyser => &[Act::Serviced, Act::Calibrate],
        Role::PointOfCare => &[Act::Calibrate],
        Role::Pump => &[Act::Library],
        Role::Monitor => &[Act::Standby],
        _ => &[],
    }
}

/// What a role does, each with the mean number of seconds between two times; 0 is once.
pub(crate) fn habits(device: &Device) -> &'static [(Act, u32)] {
    match device.role() {
        Role::Router | Role::Switch => &[(Act::Lldp, 60)],
        Role::CoreServer => &[(Act::Secure, 600)],
        Role::Pacs => &[(Act::Time, 1800), (Act::Lookup, 900), (Act::Audit, 240)],
        Role::PumpServer => &[(Act::Time, 1800), (Act::Lookup, 900)],
        Role::Ris => &[(Act::Order, 90), (Act::Time, 1800)],
        Role::Engine => &[(Act::Admit, 60), (Act::Time, 1800)],
        Role::Central => &[(Act::Time, 1800), (Act::Lookup, 900)],
        Role::Modality => &[
            (Act::Store, 900),
            (Act::Worklist, 600),
            (Act::Echo, 1800),
            (Act::Lookup, 900),
            (Act::Time, 1800),
            (Act::RemoteService, 1500),
            (Act::Commit, 1200),
            (Act::Perform, 1200),
        ],
        Role::ReadingStation => {
            &[(Act::Archive, 300), (Act::Echo, 1800), (Act::Lookup, 600), (Act::WebStudies, 420)]
        }
        Role::Pump => &[(Act::PumpReport, 600), (Act::PumpTelnet, 0), (Act::Time, 3600)],
        Role::Monitor if device.profile.maker == "Philips" => &[(Act::Reported, 600), (Act::Waveform, 300)],
        Role::Monitor if device.profile.maker == "Mindray" => {
            &[(Act::Vitals, 600), (Act::Alarm, 900), (Act::Time, 3600)]
        }
        Role::Monitor => &[(Act::Vitals, 600), (Act::Time, 3600)],
        Role::Ventilator => &[(Act::Announce, 3600), (Act::Consume, 1200), (Act::Time, 3600)],
        Role::LabAnalyser if device.profile.maker == "Sysmex" => &[(Act::Astm, 300), (Act::Time, 3600)],
        Role::LabAnalyser => &[(Act::Results, 300), (Act::Time, 3600)],
        Role::PointOfCare if device.profile.maker == "Radiometer" => &[(Act::Poct, 900)],
        Role::PointOfCare => &[(Act::Results, 900)],
        Role::Cabinet => &[(Act::CabinetPoll, 300), (Act::Lookup, 900)],
        Role::Workstation => {
            const HABITS: &[(Act, u32)] = &[
                (Act::Secure, 240),
                (Act::Lookup, 300),
                (Act::Browse, 1200),
                (Act::Archive, 2400),
                (Act::LookUpPatient, 900),
            ];
            HABITS
        }
        Role::Printer => &[(Act::Print, 900), (Act::Page, 0)],
        Role::Phone => &[(Act::Register, 1200)],
        Role::Camera => &[(Act::Stream, 300), (Act::Page, 0)],
        Role::Ups | Role::NurseCall | Role::Building => &[(Act::Page, 3000), (Act::Time, 3600)],
        Role::Rogue => &[(Act::Rogue, 0)],
    }
}

/// Someone to talk to, inside or outside.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    mac: Mac,
    ip: Ipv4Addr,
    stack: Stack,
    /// `None` outside.
    zone: Option<u8>,
    /// `None` outside.
    index: Option<u32>,
}

/// The stage for one act: the site, the time, the act's own random numbers, and the frames it leaves.
#[derive(Debug)]
pub(crate) struct Scene<'a> {
    pub(crate) site: &'a mut Site,
    pub(crate) at: Timestamp,
    pub(crate) random: Random,
    pub(crate) frames: Vec<Frame>,
    pub(crate) events: Vec<TruthEvent>,
    /// Who asked whom, for the truth.
    pub(crate) flows: Vec<Flow>,
}

impl Scene<'_> {
    /// Plays `act` by `device`. Where a partner is missing in a small hospital, nothing happens.
    pub(crate) fn play(&mut self, act: Act, device: &Device) -> Option<()> {
        match act {
            Act::Join => self.join(device),
            Act::Renew => self.renew(device),
            Act::Lookup => self.lookup(device),
            Act::Time => self.time(device),
            Act::Lldp => self.lldp(device),
            Act::Echo => self.echo(device),
            Act::Worklist => self.worklist(device),
            Act::Store => self.store(device),
            Act::RemoteService => self.remote_service(device),
            Act::Vitals => self.vitals(device, None),
            Act::Reported => self.reported(device),
            Act::Waveform => self.waveform(device),
            Act::Results => self.results(device),
            Act::Order => self.order(device),
            Act::Admit => self.admit(device),
            Act::PumpReport => self.pump_report(device),
            Act::PumpTelnet => self.pump_telnet(device),
            Act::CabinetPoll => self.cabinet_poll(device),
            Act::Browse => self.browse(device),
            Act::Secure => self.secure(device),
            Act::Archive => self.archive(device),
            Act::Page => self.page(device),
            Act::Print => self.print(device),
            Act::Register => self.register(device),
            Act::Stream => self.stream(device),
            Act::Scan => self.scan(device),
            Act::WrongTitle => self.wrong_title(device),
            Act::Rogue => self.rogue(device),
            Act::Commit => self.commit(device),
            Act::Perform => self.perform(device),
            Act::Announce => self.announce(device),
            Act::Consume => self.consume(device),
            Act::Astm => self.astm(device),
            Act::Poct => self.poct(device),
            Act::Alarm => self.alarm(device),
            Act::LookUpPatient => self.look_up_patient(device),
            Act::WebStudies => self.web_studies(device),
            Act::Audit => self.audit(device),
            Act::Serviced => self.serviced(device),
            Act::Calibrate => self.calibrate(device),
            Act::Library => self.drug_library(device),
            Act::Standby => self.standby(device),
        }
    }

    /// Notes that the device has now stated these attributes on the wire.
    fn state(&mut self, device: &Device, bits: u16) {
        if let Some(device) = self.site.devices.get_mut(device.index as usize) {
            device.stated |= bits;
        }
    }

    fn peer(&self, device: &Device) -> Peer {
        Peer {
            mac: device.mac,
            ip: device.ip,
            stack: device.stack(),
            zone: Some(device.zone),
            index: Some(device.index),
        }
    }

    /// The server of this role for `device`, but never the device itself.
    fn server(&self, role: Role, device: &Device) -> Option<Device> {
        let index = self.site.serving(role, device.index)?;
        self.site.get(index).filter(|server| server.index != device.index).cloned()
    }

    /// Somebody of this role, chosen by the dice.
    fn someone(&mut self, role: Role, device: &Device) -> Option<Device> {
        let index = self.site.serving(role, self.random.next() as u32)?;
        self.site.get(index).filter(|other| other.index != device.index).cloned()
    }

    /// A host in the internet, seen behind the router.
    fn outside(&self, ip: Ipv4Addr) -> Option<Peer> {
        let router = self.site.get(self.site.serving(Role::Router, 0)?)?;
        Some(Peer { mac: router.mac, ip, stack: Stack::Linux, zone: None, index: None })
    }

    /// The address a name in the internet resolves to: of the blocks set aside for documentation (RFC 5737).
    fn outside_address(name: &str) -> Ipv4Addr {
        let sum = name.bytes().fold(7u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(u32::from(byte)));
        let last = (sum % 250 + 2) as u8;
        match sum / 250 % 3 {
            0 => Ipv4Addr::new(192, 0, 2, last),
            1 => Ipv4Addr::new(198, 51, 100, last),
            _ => Ipv4Addr::new(203, 0, 113, last),
        }
    }

    /// The link between two peers as seen on the first one's side: beyond a router the other's MAC is the
    /// router's.
    fn link(&self, from: &Peer, to: &Peer) -> Link {
        let zone = from.zone.or(to.zone).unwrap_or(0);
        Link { source: from.mac, destination: self.mac_towards(from, to), vlan: self.site.vlan(zone) }
    }

    fn mac_towards(&self, from: &Peer, to: &Peer) -> Mac {
        if from.zone == to.zone { to.mac } else { self.router_mac().unwrap_or(to.mac) }
    }

    fn router_mac(&self) -> Option<Mac> {
        self.site.get(self.site.serving(Role::Router, 0)?).map(|router| router.mac)
    }

    fn use_port(&mut self, peer: &Peer) -> u16 {
        let Some(device) = peer.index.and_then(|index| self.site.devices.get_mut(index as usize)) else {
            return 50_000;
        };
        // The dynamic range of RFC 6335, in turn, so that a pair of ports does not come again soon.
        device.port = if device.port == u16::MAX { 49_152 } else { device.port + 1 };
        device.port
    }

    fn use_id(&mut self, peer: &Peer, count: u16) -> u16 {
        match peer.index.and_then(|index| self.site.devices.get_mut(index as usize)) {
            None => 1,
            Some(device) => {
                let first = device.ip_id;
                device.ip_id = device.ip_id.wrapping_add(count);
                first
            }
        }
    }

    /// Opens a TCP connection from `client` to `server`; [`Scene::done`] puts its frames on the stage.
    fn connect(&mut self, client: &Peer, server: &Peer, port: u16) -> Connection {
        self.asked(client, server, true, port);
        if self.random.chance(15) {
            self.resolve(client, server);
        }
        let round_trip = if server.zone.is_some() {
            self.random.between(250, 900)
        } else {
            self.random.between(9_000, 38_000)
        };
        let sequences = (self.random.next() as u32, self.random.next() as u32);
        let (client_side, server_side) = self.sides(client, server, port);
        let vlan = self.link(client, server).vlan;
        Connection::open(client_side, server_side, vlan, self.at, round_trip as i64, sequences)
    }

    /// Notes who asked whom.
    fn asked(&mut self, client: &Peer, server: &Peer, tcp: bool, port: u16) {
        self.flows.push((client.ip, server.ip, tcp, port));
    }

    fn sides(&mut self, client: &Peer, server: &Peer, port: u16) -> (Side, Side) {
        let client_side = Side {
            mac: client.mac,
            ip: IpAddr::V4(client.ip),
            port: self.use_port(client),
            stack: client.stack,
            ip_id: self.use_id(client, 64),
        };
        let server_side = Side {
            mac: self.mac_towards(client, server),
            ip: IpAddr::V4(server.ip),
            port,
            stack: server.stack,
            ip_id: self.use_id(server, 64),
        };
        (client_side, server_side)
    }

    /// Takes the frames of a conversation as seen on the client's side; where a router stands between two
    /// inside zones, a mirror of all VLANs sees each frame a second time.
    fn done(&mut self, client: &Peer, server: &Peer, frames: Vec<Frame>) {
        if let Some(last) = frames.last() {
            self.at = self.at.max(last.time);
        }
        let (Some(router), true) = (self.router_mac(), client.zone != server.zone && server.zone.is_some())
        else {
            self.frames.extend(frames);
            return;
        };
        let server_vlan = self.site.vlan(server.zone.unwrap_or(0));
        let client_vlan = self.site.vlan(client.zone.unwrap_or(0));
        for frame in frames {
            let from_client = frame.bytes.get(6..12) == Some(&client.mac.0[..]);
            let later = frame.time.plus_micros(15);
            if from_client {
                let link = Link { source: router, destination: server.mac, vlan: server_vlan };
                self.frames.push(Frame { time: later, bytes: routed(&frame.bytes, &link) });
                self.frames.push(frame);
            } else {
                let link = Link { source: router, destination: client.mac, vlan: client_vlan };
                self.frames.push(Frame { time: later, bytes: routed(&frame.bytes, &link) });
                let first =
                    relinked(&frame.bytes, server.mac, router, server_vlan.map_or(0, |vlan| vlan.id()));
                self.frames.push(Frame { time: frame.time, bytes: first });
            }
        }
    }

    /// A datagram from `from` to `to`.
    fn datagram(&mut self, from: &Peer, to: &Peer, ports: (u16, u16), payload: &[u8]) -> Frame {
        let network = Network {
            source: IpAddr::V4(from.ip),
            destination: IpAddr::V4(to.ip),
            ttl: from.stack.ttl(),
            id: self.use_id(from, 1),
        };
        Frame { time: self.at, bytes: udp_frame(&self.link(from, to), &network, ports, payload) }
    }

    /// A question and its answer over UDP.
    fn ask(&mut self, client: &Peer, server: &Peer, ports: (u16, u16), question: &[u8], answer: &[u8]) {
        self.asked(client, server, false, ports.1);
        let first = self.datagram(client, server, ports, question);
        self.wait(300, 4_000);
        let mut second = self.datagram(server, client, (ports.1, ports.0), answer);
        // Seen on the client's side, like everything `done` takes.
        let vlan = self.link(client, server).vlan.map_or(0, |vlan| vlan.id());
        second.bytes = relinked(&second.bytes, self.mac_towards(client, server), client.mac, vlan);
        self.done(client, server, vec![first, second]);
    }

    fn wait(&mut self, low_us: u64, high_us: u64) {
        self.at = self.at.plus_micros(self.random.between(low_us, high_us) as i64);
    }

    /// A payload of no known protocol. Its first byte keeps dissectors that guess from guessing.
    fn opaque(&mut self, size: usize) -> Vec<u8> {
        let mut payload = vec![0x5a, 0x01];
        payload.extend_from_slice(&self.random.bytes(size));
        payload
    }

    fn patient(&mut self) -> Patient {
        let index = self.random.below(self.site.patients);
        Patient::new(self.site.seed, index)
    }

    /// `yyyymmdd` and `hhmmss`.
    fn clock(&self) -> (String, String) {
        let (year, month, day) = self.at.date();
        let seconds = self.at.micros().div_euclid(1_000_000).rem_euclid(86_400);
        (
            format!("{year:04}{month:02}{day:02}"),
            format!("{:02}{:02}{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        )
    }
}

/// The frame with another link header and nothing else changed; `vlan` 0 is untagged.
fn relinked(frame: &[u8], source: Mac, destination: Mac, vlan: u16) -> Vec<u8> {
    let tagged = frame.get(12..14) == Some(&[0x81, 0x00][..]);
    let rest = frame.get(if tagged { 16 } else { 12 }..).unwrap_or_default();
    let mut bytes = Vec::with_capacity(frame.len() + 4);
    bytes.extend_from_slice(&destination.0);
    bytes.extend_from_slice(&source.0);
    if vlan != 0 {
        bytes.extend_from_slice(&[0x81, 0x00]);
        bytes.extend_from_slice(&vlan.to_be_bytes());
    }
    bytes.extend_from_slice(rest);
    bytes
}
