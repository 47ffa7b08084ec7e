//! Getting on the network and finding one's way: ARP, DHCP, DNS, NTP, LLDP.

use super::{Peer, Scene};
use crate::frames::{
    ArpOperation, ETHERTYPE_ARP, ETHERTYPE_LLDP, Frame, Link, Network, arp, ethernet, udp_frame,
};
use crate::roles::Role;
use crate::site::{DOMAIN, Device, stated};
use crate::speak::dhcp::{Client, Kind, Lease, from_client, from_server};
use crate::speak::{dns, small};
use cordon_model::Mac;
use std::net::{IpAddr, Ipv4Addr};

impl Scene<'_> {
    /// DHCP for those who ask, then the announcement of the address (RFC 5227).
    pub(super) fn join(&mut self, device: &Device) -> Option<()> {
        if !device.is_static() {
            self.lease(device, true);
        }
        let payload = arp(ArpOperation::Request, (device.mac, device.ip), (Mac([0; 6]), device.ip));
        self.broadcast(device, ETHERTYPE_ARP, &payload);
        if device.profile.own_oui {
            self.state(device, stated::MAKER);
        }
        if matches!(device.role(), Role::Switch | Role::Router) {
            self.lldp(device);
        }
        let peer = self.peer(device);
        let gateway = self.site.gateway(device.zone);
        let router = Peer { ip: gateway, zone: Some(device.zone), ..self.outside(gateway)? };
        if device.role() != Role::Router {
            self.wait(500, 90_000);
            self.resolve(&peer, &router);
        }
        Some(())
    }

    pub(super) fn renew(&mut self, device: &Device) -> Option<()> {
        if device.is_static() {
            return None;
        }
        self.lease(device, false);
        Some(())
    }

    fn broadcast(&mut self, device: &Device, ethertype: u16, payload: &[u8]) {
        let link =
            Link { source: device.mac, destination: Mac::BROADCAST, vlan: self.site.vlan(device.zone) };
        self.frames.push(Frame { time: self.at, bytes: ethernet(&link, ethertype, payload) });
        self.at = self.at.plus_micros(40);
    }

    /// `from` asks for the MAC of `to`, or of the router towards it.
    pub(super) fn resolve(&mut self, from: &Peer, to: &Peer) {
        let Some(zone) = from.zone else { return };
        let target = if to.zone == from.zone { to.ip } else { self.site.gateway(zone) };
        let mac = self.mac_towards(from, to);
        let vlan = self.site.vlan(zone);
        let question = arp(ArpOperation::Request, (from.mac, from.ip), (Mac([0; 6]), target));
        let link = Link { source: from.mac, destination: Mac::BROADCAST, vlan };
        self.frames.push(Frame { time: self.at, bytes: ethernet(&link, ETHERTYPE_ARP, &question) });
        self.wait(80, 400);
        let answer = arp(ArpOperation::Reply, (mac, target), (from.mac, from.ip));
        let link = Link { source: mac, destination: from.mac, vlan };
        self.frames.push(Frame { time: self.at, bytes: ethernet(&link, ETHERTYPE_ARP, &answer) });
        self.wait(20, 200);
    }

    /// Discover, offer, request, acknowledge; or request and acknowledge of a renewal. Where the network is
    /// divided, the router relays nothing here: the server has a leg in every zone.
    fn lease(&mut self, device: &Device, whole: bool) -> Option<()> {
        let server = self.server(Role::CoreServer, device)?;
        let hostname = device.hostname();
        let windows = device.profile.os.is_windows();
        let vendor_class = match device.profile.vendor_class {
            "" if windows => "MSFT 5.0",
            class => class,
        };
        let client = Client {
            mac: device.mac,
            transaction: self.random.next() as u32,
            hostname: &hostname,
            vendor_class,
            parameters: device.profile.os.parameters(),
        };
        let server_ip = if device.zone == server.zone { server.ip } else { self.site.leg(device.zone) };
        let lease = Lease {
            address: device.ip,
            server: server_ip,
            router: self.site.gateway(device.zone),
            mask: self.site.mask(),
            domain: DOMAIN,
        };
        if whole {
            let discover = from_client(Kind::Discover, &client, None, None);
            self.dhcp_up(device, Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, Mac::BROADCAST, &discover);
            self.wait(400, 9_000);
            let offer = from_server(Kind::Offer, &client, &lease);
            self.dhcp_down(device, &server, server_ip, &offer);
            self.wait(400, 9_000);
            let request = from_client(Kind::Request, &client, None, Some((device.ip, server_ip)));
            self.dhcp_up(device, Ipv4Addr::UNSPECIFIED, Ipv4Addr::BROADCAST, Mac::BROADCAST, &request);
        } else {
            let request = from_client(Kind::Request, &client, Some(device.ip), None);
            self.dhcp_up(device, device.ip, server_ip, server.mac, &request);
        }
        self.wait(400, 9_000);
        let ack = from_server(Kind::Ack, &client, &lease);
        self.dhcp_down(device, &server, server_ip, &ack);
        self.wait(5_000, 60_000);
        let mut bits = if hostname.is_empty() { 0 } else { stated::HOSTNAME };
        if windows {
            bits |= stated::OS;
        }
        if matches!(
            device.role(),
            Role::Phone | Role::Camera | Role::Workstation | Role::Monitor | Role::Printer
        ) && (windows || !device.profile.vendor_class.is_empty())
        {
            bits |= stated::CATEGORY;
        }
        if matches!(device.role(), Role::Phone | Role::Camera) {
            bits |= stated::PRODUCT;
        }
        self.state(device, bits);
        Some(())
    }

    fn dhcp_up(&mut self, device: &Device, from: Ipv4Addr, to: Ipv4Addr, mac: Mac, message: &[u8]) {
        let peer = self.peer(device);
        let id = self.use_id(&peer, 1);
        let link = Link { source: device.mac, destination: mac, vlan: self.site.vlan(device.zone) };
        let network =
            Network { source: IpAddr::V4(from), destination: IpAddr::V4(to), ttl: device.stack().ttl(), id };
        self.frames.push(Frame { time: self.at, bytes: udp_frame(&link, &network, (68, 67), message) });
    }

    fn dhcp_down(&mut self, device: &Device, server: &Device, from: Ipv4Addr, message: &[u8]) {
        let peer = self.peer(server);
        let id = self.use_id(&peer, 1);
        let link = Link { source: server.mac, destination: device.mac, vlan: self.site.vlan(device.zone) };
        let network = Network { source: IpAddr::V4(from), destination: IpAddr::V4(device.ip), ttl: 128, id };
        self.frames.push(Frame { time: self.at, bytes: udp_frame(&link, &network, (67, 68), message) });
        self.state(server, stated::CATEGORY);
    }

    /// Asks for the address of a server it uses.
    pub(super) fn lookup(&mut self, device: &Device) -> Option<()> {
        let role = self.random.pick(&[Some(Role::Pacs), Some(Role::Engine), Some(Role::Ris)])?;
        let server = self.server(role, device);
        let name = format!("{}.{DOMAIN}", role.short());
        self.name_query(device, &name, server.map(|server| server.ip))
    }

    /// Asks the name server for `name`.
    pub(super) fn name_query(
        &mut self,
        device: &Device,
        name: &str,
        address: Option<Ipv4Addr>,
    ) -> Option<()> {
        let server = self.server(Role::CoreServer, device)?;
        let id = self.random.next() as u16;
        let (client, server) = (self.peer(device), self.peer(&server));
        let port = self.use_port(&client);
        self.ask(&client, &server, (port, 53), &dns::query(id, name), &dns::answer(id, name, address));
        self.wait(200, 3_000);
        Some(())
    }

    pub(super) fn time(&mut self, device: &Device) -> Option<()> {
        let server = self.server(Role::CoreServer, device)?;
        let (client, server) = (self.peer(device), self.peer(&server));
        let port = if device.profile.os.is_windows() { 123 } else { self.use_port(&client) };
        let question = small::ntp(0, self.at, None);
        let answer = small::ntp(2, self.at.plus_micros(800), Some(self.at));
        self.ask(&client, &server, (port, 123), &question, &answer);
        Some(())
    }

    pub(super) fn lldp(&mut self, device: &Device) -> Option<()> {
        let name = format!("{}-{:02}", device.role().short(), device.nth + 1);
        let unit = small::lldp(device.mac.0, "Gi1/0/48", &name, &device.banner());
        // The nearest-bridge group address of IEEE 802.1AB table 7-1; never tagged.
        let link = Link { source: device.mac, destination: Mac([0x01, 0x80, 0xc2, 0, 0, 0x0e]), vlan: None };
        self.frames.push(Frame { time: self.at, bytes: ethernet(&link, ETHERTYPE_LLDP, &unit) });
        self.state(device, stated::CATEGORY | stated::FIRMWARE);
        Some(())
    }
}
