//! From what the stages found to the `wire` assessment: a translation without decisions.

use cordon_identify::reconcile::{Difference, Reconciliation};
use cordon_model::Timestamp;
use cordon_model::assess as found;
use cordon_model::identify as known;
use cordon_model::identify::{Attribute, DeviceConversation, Estate};
use cordon_model::observe::{InputReport, Source};
use cordon_model::segment as planned;
use cordon_wire::assessment as wire;
use cordon_wire::hours::HoursOfWeek;
use cordon_wire::reconciliation as reconciled;
use std::collections::BTreeMap;

mod judged;
mod layout;

pub(crate) use judged::{action, finding, own_weights};
pub(crate) use layout::{
    aggregate, by_graph, canary, changes, device_lost, network, point, reservation, step, unpermitted,
    zone_lost,
};

/// One device with what was found about it. `inputs` names the inputs that sources point into.
pub(crate) fn device(
    device: &known::Device,
    assessment: &found::DeviceAssessment,
    inputs: &[String],
) -> wire::Device {
    wire::Device {
        internet: wire::Internet {
            seen: !assessment.exposure.internet.destinations.is_empty(),
            destinations: assessment.exposure.internet.destinations.clone(),
        },
        exposure: judged::exposure(&assessment.exposure, inputs),
        support: judged::support(&assessment.support),
        patch: judged::patch(&assessment.patch),
        findings: assessment.findings.iter().map(judged::finding).collect(),
        risk: judged::risk(&assessment.risk),
        recalls: assessment.recalls.iter().map(judged::recall).collect(),
        ..identity(device, inputs)
    }
}

/// What one device is, before anything was assessed.
pub(crate) fn identity(device: &known::Device, inputs: &[String]) -> wire::Device {
    let value = |attribute| device.value(attribute).map(str::to_owned);
    wire::Device {
        id: device.id.to_string(),
        asset_tag: value(Attribute::AssetTag),
        owner: value(Attribute::Owner),
        department: value(Attribute::Department),
        location: value(Attribute::Location),
        support_contact: value(Attribute::SupportContact),
        cost_centre: value(Attribute::CostCentre),
        purchased: value(Attribute::Purchased),
        macs: device.macs.iter().map(ToString::to_string).collect(),
        ips: device.ips.iter().map(ToString::to_string).collect(),
        vlans: device.vlans.iter().map(|vlan| vlan.id()).collect(),
        hostnames: device.hostnames.clone(),
        category: device.category().name().to_owned(),
        criticality: value(Attribute::Criticality),
        modality: value(Attribute::Modality),
        manufacturer: value(Attribute::Manufacturer),
        model: value(Attribute::Model),
        os: value(Attribute::Os),
        os_version: value(Attribute::OsVersion),
        firmware: value(Attribute::Firmware),
        serial: value(Attribute::Serial),
        udi: value(Attribute::Udi),
        manufactured: value(Attribute::Manufactured),
        fda: fda(device),
        presence: device.presence.as_ref().map(presence),
        claims: device.claims.iter().map(|one| claim(one, inputs)).collect(),
        links: device.links.iter().map(|one| link(one, inputs)).collect(),
        services: device.services.iter().map(service).collect(),
        roles: device.roles.clone(),
        patient_data: wire::PatientData {
            seen: !device.patient_data.is_empty(),
            kinds: device.patient_data.names().map(str::to_owned).collect(),
            // What a dissector could read crossed the network in clear text.
            in_clear: !device.patient_data.is_empty(),
        },
        parent: device.parent.as_ref().map(ToString::to_string),
        ..wire::Device::default()
    }
}

fn fda(device: &known::Device) -> Option<wire::Fda> {
    let value = |attribute| device.value(attribute).map(str::to_owned);
    let fda = wire::Fda {
        brand: value(Attribute::Brand),
        product_code: value(Attribute::ProductCode),
        device_class: value(Attribute::DeviceClass),
        life_sustaining: value(Attribute::LifeSustaining).map(|word| word == "yes"),
        distribution: value(Attribute::Distribution),
    };
    (fda != wire::Fda::default()).then_some(fda)
}

fn presence(presence: &known::Presence) -> wire::Presence {
    let time = |time: Timestamp| (time != Timestamp::default()).then(|| time.to_string());
    wire::Presence { first: time(presence.first), last: time(presence.last) }
}

fn claim(claim: &known::Claim, inputs: &[String]) -> wire::Claim {
    wire::Claim {
        attribute: claim.attribute.name().to_owned(),
        value: claim.value.clone(),
        confidence: round(claim.confidence.value(), 3),
        conflict: claim.conflict,
        evidence: claim.evidence.iter().map(|one| evidence(one, inputs)).collect(),
    }
}

fn link(link: &known::Link, inputs: &[String]) -> wire::Link {
    wire::Link {
        joined: link.joined,
        with: link.with.clone(),
        why: link.why.clone(),
        evidence: link.evidence.iter().map(|one| evidence(one, inputs)).collect(),
    }
}

fn evidence(evidence: &known::Evidence, inputs: &[String]) -> wire::Evidence {
    wire::Evidence {
        protocol: evidence.protocol.name().to_owned(),
        fact: evidence.fact.clone(),
        rule: evidence.rule.clone(),
        input: input_name(evidence.source, inputs),
        packet: evidence.source.packet,
        time: evidence.at.map(|at| at.to_string()),
    }
}

pub(crate) fn input_name(source: Source, inputs: &[String]) -> String {
    inputs.get(source.input as usize).cloned().unwrap_or_default()
}

fn service(service: &known::Service) -> wire::Service {
    wire::Service {
        transport: service.transport.to_string(),
        port: service.port,
        application: service.application.clone(),
        seen: service.seen.name().to_owned(),
    }
}

/// The advisories that were read from `path`.
pub(crate) fn advisories(path: &str, collection: &crate::advisories::Collection) -> wire::Advisories {
    let rejected = collection.rejected.iter().map(|one| wire::RejectedAdvisory {
        file: one.file.clone(),
        at: one.path.clone(),
        reason: one.reason.clone(),
    });
    let mut ids: Vec<String> = collection.advisories.iter().map(|one| one.id.clone()).collect();
    ids.sort();
    wire::Advisories {
        path: path.to_owned(),
        ids,
        read: collection.advisories.len() as u64,
        concerning: 0,
        superseded: collection.superseded,
        rejected: rejected.collect(),
    }
}

/// Rounds to `places` decimals, so that text and number agree in every output.
pub(crate) fn round(value: f64, places: i32) -> f64 {
    let scale = 10f64.powi(places);
    (value * scale).round() / scale
}

/// A feed that was looked into.
pub(crate) fn feed(name: String, feed: crate::feeds::Feed) -> wire::Feed {
    wire::Feed { name, version: feed.version, fetched: Some(feed.imported) }
}

/// Devices that nobody owns, and the asset lists compared with what was seen; devices stand as in the
/// assessment, highest risk first.
pub(crate) fn govern(
    assessment: &mut wire::Assessment,
    inputs: &[String],
    unowned: Vec<known::DeviceId>,
    reconciliation: Option<(Vec<String>, Reconciliation)>,
) {
    let ranks: BTreeMap<&str, usize> =
        assessment.devices.iter().enumerate().map(|(at, device)| (device.id.as_str(), at)).collect();
    let rank = |id: &str| ranks.get(id).copied().unwrap_or(usize::MAX);
    let ids = |mut ids: Vec<String>| {
        ids.sort_by_key(|id| rank(id));
        ids
    };
    let unowned = ids(unowned.iter().map(ToString::to_string).collect());
    let found = reconciliation.map(|(lists, found)| {
        let listed = |(id, row): &(known::DeviceId, Source)| reconciled::Listed {
            device: id.to_string(),
            input: input_name(*row, inputs),
            row: row.packet,
        };
        let mut never_seen: Vec<reconciled::Listed> = found.never_seen.iter().map(listed).collect();
        never_seen.sort_by(|one, other| (&one.input, one.row).cmp(&(&other.input, other.row)));
        let mut differences: Vec<reconciled::Difference> =
            found.differences.iter().map(|one| difference(one, inputs)).collect();
        differences.sort_by_key(|one| rank(&one.device));
        reconciled::Reconciliation {
            lists,
            matched: found.matched,
            not_listed: ids(found.not_listed.iter().map(ToString::to_string).collect()),
            never_seen,
            differences,
        }
    });
    assessment.unowned = unowned;
    assessment.reconciliation = found;
}

fn difference(difference: &Difference, inputs: &[String]) -> reconciled::Difference {
    reconciled::Difference {
        device: difference.device.to_string(),
        attribute: difference.field.to_owned(),
        kind: difference.kind.name().to_owned(),
        listed: difference.listed.clone(),
        seen: difference.seen.clone(),
        confidence: difference.confidence.map(|sure| round(sure, 3)),
        input: input_name(difference.row, inputs),
        row: difference.row.packet,
        evidence: difference.evidence.as_ref().map(|one| evidence(one, inputs)),
    }
}

/// Who talked to whom.
pub(crate) fn conversation(item: &DeviceConversation) -> wire::Conversation {
    let conversation = &item.conversation;
    let address = |endpoint: &cordon_model::Endpoint| match (endpoint.ip, endpoint.mac) {
        (Some(ip), _) => ip.to_string(),
        (None, Some(mac)) => mac.to_string(),
        (None, None) => String::new(),
    };
    let busy = conversation.hours.iter().map(|(hour, packets)| (hour.index(), packets));
    wire::Conversation {
        client: address(&conversation.client),
        server: address(&conversation.server),
        client_device: item.client_device.as_ref().map(ToString::to_string),
        server_device: item.server_device.as_ref().map(ToString::to_string),
        vlan: conversation.client.vlan.map(|vlan| vlan.id()),
        transport: conversation.transport.to_string(),
        port: conversation.port,
        application: conversation.application.map(|protocol| protocol.name().to_owned()),
        patient_data: conversation.patient_data.names().map(str::to_owned).collect(),
        outside: item.outside,
        answered: conversation.answered,
        flows: conversation.flows,
        to_group: is_group(&conversation.server),
        packets: conversation.packets,
        bytes: conversation.bytes,
        first: conversation.first.to_string(),
        last: conversation.last.to_string(),
        hours_of_week: HoursOfWeek::new(busy),
    }
}

fn is_group(endpoint: &cordon_model::Endpoint) -> bool {
    endpoint.ip.is_some_and(cordon_model::address::is_shared_address)
        || endpoint.mac.is_some_and(cordon_model::Mac::is_group)
}

/// What happened.
pub(crate) fn events(estate: &Estate) -> Vec<wire::Event> {
    estate
        .events
        .iter()
        .map(|event| wire::Event {
            at: event.at.to_string(),
            kind: event.kind.name().to_owned(),
            endpoint: event.endpoint.to_string(),
            peer: event.peer.map(|peer| peer.to_string()),
            detail: event.detail.clone(),
            input: input_name(event.source, &estate.inputs),
            packet: event.source.packet,
        })
        .collect()
}

/// What was read.
pub(crate) fn input(report: &InputReport) -> wire::Input {
    let time = |time: Option<Timestamp>| time.map(|time| time.to_string());
    wire::Input {
        path: report.path.clone(),
        sha256: (!report.sha256.is_empty()).then(|| report.sha256.clone()),
        kind: report.kind.clone(),
        packets: report.packets,
        bytes: report.bytes,
        first: time(report.first),
        last: time(report.last),
        damaged: report
            .damaged
            .iter()
            .map(|damage| wire::Damage { offset: damage.offset, reason: damage.reason.clone() })
            .collect(),
        skipped: report.skipped.clone(),
    }
}

/// A required flow.
pub(crate) fn need(need: &planned::Need) -> wire::Need {
    wire::Need {
        id: need.id.clone(),
        from: need.from.to_string(),
        to: need.to.to_string(),
        transport: need.transport.to_string(),
        ports: need.ports.clone(),
        application: need.application.clone(),
        purpose: need.purpose.clone(),
        state: need.state.name().to_owned(),
        source: need.source.clone(),
        origin: need.origin.name().to_owned(),
        decision: need.decision.as_ref().map(|decision| wire::NeedDecision {
            by: decision.by.clone(),
            when: day(decision.when),
            because: decision.because.clone(),
        }),
        until: need.until.map(day),
        care_critical: need.care_critical,
        seen: need.seen.as_ref().map(need_seen),
    }
}

/// How well a flow was observed.
pub(crate) fn need_seen(seen: &planned::NeedSeen) -> wire::NeedSeen {
    let days = seen.last.micros_since(seen.first) as f64 / 86_400_000_000.0;
    wire::NeedSeen {
        first: seen.first.to_string(),
        last: seen.last.to_string(),
        days: round(days, 2),
        flows: seen.flows,
        hours: seen.hours,
        weekday: seen.weekday,
        night: seen.night,
        weekend: seen.weekend,
    }
}

/// A day as `YYYY-MM-DD`.
pub(crate) fn day(time: Timestamp) -> String {
    let (year, month, day) = time.date();
    format!("{year:04}-{month:02}-{day:02}")
}

/// A proposed zone.
pub(crate) fn zone(zone: &planned::Zone) -> wire::Zone {
    wire::Zone {
        id: zone.id.clone(),
        name: zone.name.clone(),
        purpose: zone.purpose.clone(),
        devices: zone.devices.iter().map(ToString::to_string).collect(),
        outside: zone.outside.clone(),
        microsegments: zone
            .microsegments
            .iter()
            .map(|part| wire::Microsegment {
                id: part.id.clone(),
                name: part.name.clone(),
                purpose: part.purpose.clone(),
                devices: part.devices.iter().map(ToString::to_string).collect(),
            })
            .collect(),
    }
}

/// A proposed rule.
pub(crate) fn rule(rule: &planned::Rule) -> wire::Rule {
    wire::Rule {
        id: rule.id.clone(),
        from: rule.from.to_string(),
        to: rule.to.to_string(),
        transport: rule.transport.to_string(),
        ports: rule.ports.clone(),
        application: rule.application.clone(),
        needs: rule.needs.clone(),
        why: rule.why.clone(),
        until: rule.until.map(day),
        care_critical: rule.care_critical,
        accepted: rule.accepted.clone(),
    }
}

/// The most flows named for one thing withheld; a scan of a whole network has tens of thousands.
const WITHHELD_FLOWS_MAX: usize = 100;

/// What was seen and is not proposed.
pub(crate) fn withheld(withheld: &cordon_segment::Withheld) -> wire::Withheld {
    let flows = withheld.flows.iter().take(WITHHELD_FLOWS_MAX);
    wire::Withheld {
        from: withheld.from.to_string(),
        reason: withheld.reason.clone(),
        count: withheld.flows.len() as u64,
        flows: flows.map(|(to, transport, port)| format!("{to} {transport}/{port}")).collect(),
    }
}

/// How well a device was observed.
pub(crate) fn coverage(coverage: &planned::Coverage) -> wire::Coverage {
    wire::Coverage {
        device: coverage.device.to_string(),
        days: round(coverage.days, 2),
        ready: coverage.ready,
        why: coverage.why.clone(),
        roles: coverage.roles.clone(),
        hours: coverage.hours,
        weekday: coverage.weekday,
        night: coverage.night,
        weekend: coverage.weekend,
        unconfirmed: coverage.unconfirmed,
        missing: coverage.missing.clone(),
        rare: coverage.rare.clone(),
    }
}

/// How far an attacker gets.
pub(crate) fn containment(containment: &planned::Containment) -> wire::Containment {
    let reach = |list: &[planned::Reach]| {
        list.iter()
            .map(|reach| wire::Reach { device: reach.device.to_string(), reaches: reach.reaches })
            .collect()
    };
    wire::Containment {
        pairs_before: containment.pairs_before,
        pairs_after: containment.pairs_after,
        worst_before: reach(&containment.worst_before),
        worst_after: reach(&containment.worst_after),
    }
}

/// Says what configurations permit today in place of the flat network.
pub(crate) fn barriers(assessment: &mut wire::Assessment, barriers: cordon_wire::outlook::Barriers) {
    let mut reaches: Vec<wire::Reach> = assessment
        .devices
        .iter()
        .map(|device| wire::Reach { device: device.id.clone(), reaches: device.exposure.reaches })
        .collect();
    reaches.sort_by(|a, b| b.reaches.cmp(&a.reaches).then_with(|| a.device.cmp(&b.device)));
    let containment = &mut assessment.containment;
    reaches.truncate(containment.worst_before.len());
    containment.pairs_before = barriers.pairs_open;
    containment.worst_before = reaches;
    assessment.barriers = Some(barriers);
}

/// The plan checked against the flows it must allow.
pub(crate) fn verification(verification: &cordon_segment::Verification) -> wire::Verification {
    let sentences = |list: &[cordon_segment::Mismatch]| list.iter().map(ToString::to_string).collect();
    wire::Verification {
        flows_checked: verification.flows_checked,
        too_tight: sentences(&verification.too_tight),
        too_loose: sentences(&verification.too_loose),
    }
}
