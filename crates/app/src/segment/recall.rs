//! From an assessment back to the values the planner reasons about.
//!
//! What planning asks for comes back whole: who is who, what is claimed of them, who talked to whom and when, support
//! status. Where each fact was read does not: evidence, events and lists stay in the assessment.

use cordon_model::assess::{self as found, DeviceAssessment, SupportStatus};
use cordon_model::identify::{
    Attribute, Claim, Confidence, Device, DeviceConversation, DeviceId, Estate, Presence, Service,
    ServiceSeen,
};
use cordon_model::observe::{Conversation, Direction, HoursOfWeek, PatientDataKinds, Source};
use cordon_model::segment::{Microsegment, Need, NeedDecision, NeedOrigin, NeedState, Party, Rule, Zone};
use cordon_model::{Endpoint, HourOfWeek, Mac, Timestamp, Vlan};
use cordon_segment::addresses::{AddressPlan, Reservation, ZoneNetwork};
use cordon_wire::assessment as wire;
use cordon_wire::segmentation;

/// The estate of an assessment, devices in order of their ids as identification gives them.
pub fn estate(assessment: &wire::Assessment) -> Estate {
    let mut devices: Vec<Device> = assessment.devices.iter().map(device).collect();
    devices.sort_by(|a, b| a.id.cmp(&b.id));
    Estate {
        inputs: assessment.inputs.iter().map(|input| input.path.clone()).collect(),
        devices,
        conversations: assessment.conversations.iter().filter_map(conversation).collect(),
        events: Vec::new(),
        flood_stations: 0,
    }
}

/// What was assessed of each device, as far as planning asks.
pub fn assessments(assessment: &wire::Assessment) -> Vec<DeviceAssessment> {
    let of = |device: &wire::Device| DeviceAssessment {
        recalls: Vec::new(),
        device: DeviceId::new(device.id.as_str()),
        support: found::Support {
            os: support(&device.support.os),
            device: support(&device.support.device),
            ..found::Support::default()
        },
        patch: found::Patch::default(),
        findings: Vec::new(),
        exposure: found::Exposure::default(),
        risk: found::Risk {
            inherent: device.risk.inherent,
            residual: device.risk.residual,
            factors: Vec::new(),
        },
    };
    assessment.devices.iter().map(of).collect()
}

/// The address plan as it was kept; what cannot be read back of it is left out.
pub fn addresses(plan: &segmentation::Segmentation) -> AddressPlan {
    let network = |one: &segmentation::Network| {
        Some(ZoneNetwork {
            zone: one.zone.clone(),
            vlan: Vlan::new(one.vlan)?,
            subnet: one.subnet.parse().ok()?,
            gateway: one.gateway.parse().ok()?,
            devices: one.devices,
            capacity: one.capacity,
        })
    };
    let reservation = |one: &segmentation::Reservation| {
        Some(Reservation {
            device: DeviceId::new(one.device.as_str()),
            zone: one.zone.clone(),
            mac: one.mac.as_ref().and_then(|mac| mac.parse().ok()),
            now: one.now.as_ref().and_then(|now| now.parse().ok()),
            then: one.then.parse().ok()?,
            switch_port: one.switch_port.clone(),
            vlans: one.vlans.iter().filter_map(|vlan| Vlan::new(*vlan)).collect(),
        })
    };
    AddressPlan {
        networks: plan.networks.iter().filter_map(network).collect(),
        reservations: plan.reservations.iter().filter_map(reservation).collect(),
        notes: Vec::new(),
    }
}

fn support(name: &str) -> SupportStatus {
    use SupportStatus as S;
    let all = [S::Supported, S::Limited, S::Extended, S::Ended];
    all.into_iter().find(|status| status.name() == name).unwrap_or(S::Unknown)
}

fn device(device: &wire::Device) -> Device {
    let kinds = device.patient_data.kinds.iter().filter_map(|kind| PatientDataKinds::from_name(kind).ok());
    Device {
        id: DeviceId::new(device.id.as_str()),
        macs: device.macs.iter().filter_map(|mac| mac.parse().ok()).collect(),
        ips: device.ips.iter().filter_map(|ip| ip.parse().ok()).collect(),
        vlans: device.vlans.iter().filter_map(|vlan| Vlan::new(*vlan)).collect(),
        hostnames: device.hostnames.clone(),
        claims: device.claims.iter().filter_map(claim).collect(),
        services: device.services.iter().filter_map(service).collect(),
        roles: device.roles.clone(),
        patient_data: kinds.fold(PatientDataKinds::NONE, PatientDataKinds::union),
        parent: device.parent.as_deref().map(DeviceId::new),
        links: Vec::new(),
        presence: device.presence.as_ref().map(|_| presence(device)),
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}

fn presence(device: &wire::Device) -> Presence {
    let seen = device.presence.as_ref();
    let time = |text: Option<&String>| text.and_then(|text| text.parse().ok()).unwrap_or_default();
    Presence {
        first: time(seen.and_then(|seen| seen.first.as_ref())),
        last: time(seen.and_then(|seen| seen.last.as_ref())),
        macs: device.macs.iter().filter_map(|mac| mac.parse().ok()).collect(),
        ips: device.ips.iter().filter_map(|ip| ip.parse().ok()).collect(),
    }
}

fn claim(claim: &wire::Claim) -> Option<Claim> {
    Some(Claim {
        attribute: Attribute::from_name(&claim.attribute)?,
        value: claim.value.clone(),
        confidence: Confidence::new(claim.confidence),
        conflict: claim.conflict,
        evidence: Vec::new(),
    })
}

fn service(service: &wire::Service) -> Option<Service> {
    let kinds = [ServiceSeen::Conversation, ServiceSeen::Banner, ServiceSeen::PortOnly];
    Some(Service {
        transport: service.transport.parse().ok()?,
        port: service.port,
        application: service.application.clone(),
        seen: kinds.into_iter().find(|kind| kind.name() == service.seen)?,
    })
}

/// An endpoint of which the assessment says the address, or the station where it has none.
fn endpoint(text: &str, vlan: Option<u16>) -> Endpoint {
    Endpoint { vlan: vlan.and_then(Vlan::new), mac: text.parse().ok(), ip: text.parse().ok() }
}

fn conversation(both: &wire::Conversation) -> Option<DeviceConversation> {
    let time = |text: &str| text.parse::<Timestamp>().ok();
    let mut hours = HoursOfWeek::default();
    for (hour, packets) in both.hours_of_week.busy() {
        if let Some(hour) = HourOfWeek::new(*hour) {
            hours.add(hour, *packets);
        }
    }
    let mut server = endpoint(&both.server, both.vlan);
    // A network's own broadcast address looks like any other; the frame's told.
    server.mac = if both.to_group { Some(Mac::BROADCAST) } else { server.mac };
    Some(DeviceConversation {
        conversation: Conversation {
            client: endpoint(&both.client, both.vlan),
            server,
            transport: both.transport.parse().ok()?,
            port: both.port,
            application: both.application.as_deref().and_then(|name| name.parse().ok()),
            direction: Direction::Handshake,
            answered: both.answered,
            flows: both.flows.max(1),
            packets: both.packets,
            bytes: both.bytes,
            first: time(&both.first)?,
            last: time(&both.last)?,
            hours,
            patient_data: PatientDataKinds::NONE,
            source: Source::default(),
        },
        client_device: both.client_device.as_deref().map(DeviceId::new),
        server_device: both.server_device.as_deref().map(DeviceId::new),
        outside: both.outside,
    })
}

/// `device:ID`, `zone:ID`, `microsegment:ID`, `outside:NAME` or `group:ADDRESS`.
pub fn party(text: &str) -> Option<Party> {
    match text.split_once(':')? {
        ("device", id) => Some(Party::Device(DeviceId::new(id))),
        ("zone", id) => Some(Party::Zone(id.to_owned())),
        ("microsegment", id) => Some(Party::Microsegment(id.to_owned())),
        ("outside", name) => Some(Party::Outside(name.to_owned())),
        ("group", address) => address.parse().ok().map(Party::Group),
        _ => None,
    }
}

/// A zone as it was planned.
pub fn zone(zone: &wire::Zone) -> Zone {
    Zone {
        id: zone.id.clone(),
        name: zone.name.clone(),
        purpose: zone.purpose.clone(),
        devices: zone.devices.iter().map(|id| DeviceId::new(id.as_str())).collect(),
        outside: zone.outside.clone(),
        microsegments: zone.microsegments.iter().map(microsegment).collect(),
    }
}

fn microsegment(part: &wire::Microsegment) -> Microsegment {
    Microsegment {
        id: part.id.clone(),
        name: part.name.clone(),
        purpose: part.purpose.clone(),
        devices: part.devices.iter().map(|id| DeviceId::new(id.as_str())).collect(),
    }
}

/// A rule as it was planned; `None` when an end or the transport is not understood.
pub fn rule(rule: &wire::Rule) -> Option<Rule> {
    Some(Rule {
        id: rule.id.clone(),
        from: party(&rule.from)?,
        to: party(&rule.to)?,
        transport: rule.transport.parse().ok()?,
        ports: rule.ports.clone(),
        application: rule.application.clone(),
        needs: rule.needs.clone(),
        why: rule.why.clone(),
        until: rule.until.as_deref().and_then(|until| until.parse().ok()),
        care_critical: rule.care_critical,
        accepted: rule.accepted.clone(),
    })
}

/// A need as it was planned with; `None` when an end, its state or the transport is not understood.
pub fn need(need: &wire::Need) -> Option<Need> {
    let states = [NeedState::Proposed, NeedState::Confirmed, NeedState::ExpectedNotSeen, NeedState::Rejected];
    let origins = [NeedOrigin::Observed, NeedOrigin::Person, NeedOrigin::Maker, NeedOrigin::Template];
    let day = |text: &str| text.parse::<Timestamp>().ok();
    let state = states.into_iter().find(|state| state.name() == need.state)?;
    let (from, to, transport) = (party(&need.from)?, party(&need.to)?, need.transport.parse().ok()?);
    Some(Need {
        ports: need.ports.clone(),
        application: need.application.clone(),
        purpose: need.purpose.clone(),
        source: need.source.clone(),
        origin: origins.into_iter().find(|origin| origin.name() == need.origin).unwrap_or_default(),
        decision: need.decision.as_ref().map(|decision| NeedDecision {
            by: decision.by.clone(),
            when: day(&decision.when).unwrap_or_default(),
            because: decision.because.clone(),
        }),
        until: need.until.as_deref().and_then(day),
        care_critical: need.care_critical,
        ..Need::new(need.id.clone(), from, to, transport, state)
    })
}
