//! Small estates for tests, built flow by flow.

use cordon_knowledge::Knowledge;
use cordon_model::identify::{
    Attribute, Claim, Confidence, Device, DeviceConversation, DeviceId, Estate, Evidence, Service,
    ServiceSeen,
};
use cordon_model::observe::{
    Conversation, Direction, HoursOfWeek, PatientDataKinds, Protocol, Source, Transport,
};
use cordon_model::{Category, Endpoint, HourOfWeek, Timestamp};
use std::net::IpAddr;
use std::sync::OnceLock;

/// The built-in knowledge, read once.
pub fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
    KNOWLEDGE.get_or_init(|| Knowledge::builtin().unwrap())
}

/// A claim as identification would make it.
pub fn claim(attribute: Attribute, value: &str) -> Claim {
    Claim {
        attribute,
        value: value.to_string(),
        confidence: Confidence::new(0.9),
        conflict: false,
        evidence: vec![Evidence {
            protocol: Protocol::Dhcp,
            fact: "dhcp.vendor_class = MSFT 5.0".into(),
            rule: "test".into(),
            source: Source::default(),
            at: None,
        }],
    }
}

/// The address of device number `at`.
pub fn ip(at: usize) -> IpAddr {
    IpAddr::from([10, 0, (at / 250) as u8, (at % 250 + 1) as u8])
}

/// Device number `at` with its category.
pub fn device(at: usize, category: Category) -> Device {
    Device {
        id: DeviceId::new(format!("dev-{at:05}")),
        macs: vec![],
        ips: vec![ip(at)],
        vlans: vec![],
        hostnames: vec![format!("{}-{at}", category.name())],
        claims: vec![claim(Attribute::Category, category.name())],
        services: vec![],
        roles: vec![],
        patient_data: PatientDataKinds::NONE,
        parent: None,
        links: vec![],
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}

/// An estate of these categories and no conversations.
pub fn estate(categories: &[Category]) -> Estate {
    let devices = categories.iter().enumerate().map(|(at, category)| device(at, *category)).collect();
    Estate {
        inputs: vec!["test.pcap".into()],
        devices,
        conversations: vec![],
        events: vec![],
        flood_stations: 0,
    }
}

/// One conversation, to be changed by the test before it is added.
pub fn talk(from: usize, to: usize, transport: Transport, port: u16) -> DeviceConversation {
    let start = Timestamp::from_seconds(1_790_000_000);
    let mut hours = HoursOfWeek::default();
    hours.add(HourOfWeek::of(start), 20);
    let endpoint = |at| Endpoint { vlan: None, mac: None, ip: Some(ip(at)) };
    DeviceConversation {
        conversation: Conversation {
            client: endpoint(from),
            server: endpoint(to),
            transport,
            port,
            application: None,
            direction: Direction::Handshake,
            answered: true,
            flows: 1,
            packets: 20,
            bytes: 2000,
            first: start,
            last: start.plus_micros(1_000_000),
            hours,
            patient_data: PatientDataKinds::NONE,
            source: Source { input: 0, packet: 1 },
        },
        client_device: Some(DeviceId::new(format!("dev-{from:05}"))),
        server_device: Some(DeviceId::new(format!("dev-{to:05}"))),
        outside: false,
    }
}

/// Adds a conversation and the server's service.
pub fn add(estate: &mut Estate, talk: DeviceConversation) {
    let flow = &talk.conversation;
    let server = talk.server_device.as_ref();
    if let Some(device) = estate.devices.iter_mut().find(|device| Some(&device.id) == server && flow.answered)
    {
        let service = Service {
            transport: flow.transport,
            port: flow.port,
            application: flow.application.map(|protocol| protocol.name().to_string()),
            seen: if flow.application.is_some() { ServiceSeen::Conversation } else { ServiceSeen::PortOnly },
        };
        if !device.services.contains(&service) {
            device.services.push(service);
            device.services.sort();
        }
    }
    estate.conversations.push(talk);
}
