//! Devices beside the bed and the bench: service-oriented device connectivity, analysers' own protocols,
//! alarms.

use super::clinical::play;
use super::{Peer, Scene};
use crate::frames::{Frame, Link, Network, udp_frame};
use crate::roles::Role;
use crate::site::{DOMAIN, Device, stated};
use crate::speak::analysers::{self, ACK, ENQ, EOT, Instrument};
use crate::speak::sdc::{self, Provider};
use crate::speak::{hl7, http, tls};
use cordon_model::Mac;
use std::net::{IpAddr, Ipv4Addr};

const DISCOVERY_PORT: u16 = 3_702;
/// The group of WS-Discovery and the station address IPv4 groups map to (RFC 1112 6.4).
const DISCOVERY_GROUP: (Ipv4Addr, Mac) =
    (Ipv4Addr::new(239, 255, 255, 250), Mac([0x01, 0x00, 0x5e, 0x7f, 0xff, 0xfa]));
const PROVIDER_PORT: u16 = 6_464;
const ASTM_PORT: u16 = 5_100;
const POCT_PORT: u16 = 9_001;
const MLLP_PORT: u16 = 2_575;
/// MDC_DEV_SYS_PT_VENT_MDS of ISO/IEEE 11073-10101: partition 1, code 4465.
const VENTILATOR: u32 = 70_001;

impl Scene<'_> {
    fn multicast(&mut self, device: &Device, port: u16, payload: &[u8]) {
        let peer = self.peer(device);
        let id = self.use_id(&peer, 1);
        let (group, station) = DISCOVERY_GROUP;
        let link = Link { source: device.mac, destination: station, vlan: self.site.vlan(device.zone) };
        let (source, destination) = (IpAddr::V4(device.ip), IpAddr::V4(group));
        let network = Network { source, destination, ttl: 1, id };
        let bytes = udp_frame(&link, &network, (port, DISCOVERY_PORT), payload);
        self.frames.push(Frame { time: self.at, bytes });
    }

    /// A provider announces itself.
    pub(super) fn announce(&mut self, device: &Device) -> Option<()> {
        let (uuid, address, serial) = provider_names(device);
        let provider = provider(device, &uuid, &address, &serial);
        let message = self.random.next();
        self.multicast(device, DISCOVERY_PORT, &sdc::hello(&provider, message));
        Some(())
    }

    /// The central station looks for a provider, then reads what it is and what it measures.
    pub(super) fn consume(&mut self, device: &Device) -> Option<()> {
        let central = self.server(Role::Central, device)?;
        let (uuid, address, serial) = provider_names(device);
        let provider = provider(device, &uuid, &address, &serial);
        let (client, server) = (self.peer(&central), self.peer(device));
        let port = self.use_port(&client);
        let message = self.random.next();
        self.multicast(&central, port, &sdc::probe(message));
        self.wait(40_000, 400_000);
        let answer = sdc::probe_match(&provider, self.random.next());
        let frame = self.datagram(&server, &client, (DISCOVERY_PORT, port), &answer);
        self.done(&server, &client, vec![frame]);
        self.wait(10_000, 90_000);
        if is_sealed(device) {
            return self.consume_sealed(device, &client, &server);
        }
        let patient = self.patient();
        let names = (patient.family.as_str(), patient.given.as_str(), patient.number.as_str());
        let mut connection = self.connect(&client, &server, PROVIDER_PORT);
        let (first, second) = (self.random.next(), self.random.next());
        let exchanges = [
            (sdc::metadata_request(&provider, first), sdc::metadata(&provider, first)),
            (sdc::mdib_request(&provider, second), sdc::mdib(&provider, names, second)),
        ];
        let headers = [("Content-Type", "application/soap+xml; charset=utf-8")];
        for (question, answer) in &exchanges {
            connection.client(&http::request(
                "POST",
                "/sdc",
                &device.ip.to_string(),
                &headers,
                Some(question),
            ));
            connection.pause(3_000);
            connection.server(&http::response("200 OK", &headers, answer));
            connection.pause(1_000);
        }
        self.done(&client, &server, connection.close());
        self.state(device, stated::PRODUCT | stated::FIRMWARE | stated::SERIAL);
        Some(())
    }

    fn consume_sealed(&mut self, device: &Device, client: &Peer, server: &Peer) -> Option<()> {
        let subject = format!("{}.{DOMAIN}", device.hostname().to_lowercase());
        let organization = device.profile.spelled;
        let names = tls::Names { subject: &subject, organization, issuer: "Hospital Device CA" };
        let flights = tls::tls12(&subject, &names, &[(600, 7_000)], &mut self.random);
        let mut connection = self.connect(client, server, PROVIDER_PORT);
        play(&mut connection, &flights);
        self.done(client, server, connection.close());
        Some(())
    }

    /// A result in ASTM frames to the laboratory's system, each frame acknowledged.
    pub(super) fn astm(&mut self, analyser: &Device) -> Option<()> {
        let system = self.server(Role::Engine, analyser)?;
        let (patient, time) = (self.patient(), self.now_text());
        let serial = analyser.serial();
        let from = instrument(analyser, &serial, &time);
        let (specimen, value) = (self.random.between(1_000_000, 9_999_999), self.random.between(3, 18));
        let frames = analysers::astm_frames(&from, &patient, specimen, value);
        let (client, server) = (self.peer(analyser), self.peer(&system));
        let mut connection = self.connect(&client, &server, ASTM_PORT);
        connection.client(&[ENQ]);
        connection.server(&[ACK]);
        for frame in &frames {
            connection.client(frame);
            connection.pause(2_000);
            connection.server(&[ACK]);
        }
        connection.client(&[EOT]);
        self.done(&client, &server, connection.close());
        self.state(analyser, stated::CATEGORY | stated::MODEL | stated::FIRMWARE | stated::SERIAL);
        Some(())
    }

    /// A point-of-care analyser greets its data manager and sends a result.
    pub(super) fn poct(&mut self, analyser: &Device) -> Option<()> {
        let manager = self.server(Role::Engine, analyser)?;
        let (patient, time) = (self.patient(), self.now_text());
        let (serial, eui64) = (analyser.serial(), analyser.eui64());
        let from = instrument(analyser, &serial, &time);
        let value = self.random.between(60, 240);
        let (client, server) = (self.peer(analyser), self.peer(&manager));
        let mut connection = self.connect(&client, &server, POCT_PORT);
        connection.client(&analysers::poct_hello(&from, &eui64));
        connection.pause(5_000);
        connection.server(&analysers::poct_acknowledge(1, &time));
        connection.client(&analysers::poct_observation(&from, &patient, value));
        connection.pause(5_000);
        connection.server(&analysers::poct_acknowledge(2, &time));
        self.done(&client, &server, connection.close());
        self.state(analyser, stated::PRODUCT | stated::FIRMWARE | stated::SERIAL);
        Some(())
    }

    /// An alarm to the alarm manager (IHE ACM, transaction PCD-04).
    pub(super) fn alarm(&mut self, monitor: &Device) -> Option<()> {
        let engine = self.server(Role::Engine, monitor)?;
        let (patient, time) = (self.patient(), self.now_text());
        let (serial, eui64) = (monitor.serial(), monitor.eui64());
        let sender = format!("{}_ALARM^{eui64}^EUI-64", monitor.profile.spelled);
        let header = self.header(&sender, "ALARMS", "ORU^R40^ORU_R40", &time, "2.6");
        let equipment =
            hl7::Equipment { serial: &serial, model: monitor.profile.model, eui64: &eui64, udi: "" };
        let bed = format!("ICU^{}^{}", 1 + monitor.nth / 12, 1 + monitor.nth % 12);
        let message = hl7::alarm(&header, &patient, &bed, &equipment);
        self.mllp(monitor, &engine, MLLP_PORT, &message, &header);
        Some(())
    }
}

/// Every other provider speaks TLS only.
fn is_sealed(device: &Device) -> bool {
    device.nth % 2 == 1
}

fn instrument<'a>(device: &'a Device, serial: &'a str, time: &'a str) -> Instrument<'a> {
    let profile = device.profile;
    Instrument { maker: profile.spelled, model: profile.model, firmware: profile.firmware, serial, time }
}

/// A provider's UUID (of its MAC, as in version 1 of RFC 9562), its service address and serial number.
fn provider_names(device: &Device) -> (String, String, String) {
    let [a, b, c, d, e, f] = device.mac.0;
    let uuid = format!("8f3c1a20-6d5e-11ee-9b42-{a:02x}{b:02x}{c:02x}{d:02x}{e:02x}{f:02x}");
    let scheme = if is_sealed(device) { "https" } else { "http" };
    (uuid, format!("{scheme}://{}:{PROVIDER_PORT}/sdc", device.ip), device.serial())
}

fn provider<'a>(device: &'a Device, uuid: &'a str, address: &'a str, serial: &'a str) -> Provider<'a> {
    let profile = device.profile;
    Provider {
        uuid,
        address,
        manufacturer: profile.spelled,
        model: profile.model,
        firmware: profile.firmware,
        serial,
        kind: VENTILATOR,
    }
}
