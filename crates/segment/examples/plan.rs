//! How long a plan takes: `cargo run --release -p cordon-segment --example plan [DEVICES] [CONVERSATIONS]`.
//!
//! An estate made up by arithmetic, so that the time is that of planning alone: zones, needs, rules, budgets, addresses,
//! the check, lost zones, the way into force.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "an example that measures time and tells it"
)]

use cordon_knowledge::Knowledge;
use cordon_model::identify::{Attribute, Claim, Confidence, Device, DeviceConversation, DeviceId, Estate};
use cordon_model::observe::{Conversation, Direction, HoursOfWeek, PatientDataKinds, Source, Transport};
use cordon_model::{Category, Endpoint, HourOfWeek, Timestamp};
use cordon_segment::policy::Policy;
use cordon_segment::{Settings, addresses, approve, blast, budgets, containment, plan, rollout};
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::Instant;

fn number(at: usize, fallback: usize) -> usize {
    std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(fallback)
}

fn ip(at: usize) -> IpAddr {
    IpAddr::from([10, (at >> 16) as u8, (at >> 8) as u8, at as u8])
}

fn device(at: usize) -> Device {
    let category = Category::ALL.get(at % Category::ALL.len()).copied().unwrap_or(Category::Other);
    Device {
        id: DeviceId::new(format!("dev-{at:06}")),
        macs: Vec::new(),
        ips: vec![ip(at + 1)],
        vlans: Vec::new(),
        hostnames: vec![format!("{category}-{at}")],
        claims: vec![Claim {
            attribute: Attribute::Category,
            value: category.name().to_owned(),
            confidence: Confidence::new(0.9),
            conflict: false,
            evidence: Vec::new(),
        }],
        services: Vec::new(),
        roles: Vec::new(),
        patient_data: PatientDataKinds::NONE,
        parent: None,
        links: Vec::new(),
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    }
}

/// Most flows go to the few devices that many ask, as in hospitals; a third goes anywhere.
fn conversation(at: usize, devices: usize) -> DeviceConversation {
    let mixed = at.wrapping_mul(2_654_435_761) >> 7;
    let (from, to) = match at % 3 {
        0 => (mixed % devices, (mixed / 7) % devices),
        _ => (mixed % devices, (mixed / 11) % (devices / 50).max(1)),
    };
    let start = Timestamp::from_seconds(1_790_000_000 + (at % 1_000_000) as i64);
    let mut hours = HoursOfWeek::default();
    hours.add(HourOfWeek::of(start), 20);
    let endpoint = |at: usize| Endpoint { vlan: None, mac: None, ip: Some(ip(at + 1)) };
    DeviceConversation {
        conversation: Conversation {
            client: endpoint(from),
            server: endpoint(to),
            transport: if at.is_multiple_of(5) { Transport::Udp } else { Transport::Tcp },
            port: [443, 104, 2575, 445, 53, 8443, 123, 11112].get(mixed % 8).copied().unwrap_or(443),
            application: None,
            direction: Direction::Handshake,
            answered: true,
            flows: 1,
            packets: 20,
            bytes: 2_000,
            first: start,
            last: start.plus_micros(86_400_000_000 * 20),
            hours,
            patient_data: PatientDataKinds::NONE,
            source: Source::default(),
        },
        client_device: Some(DeviceId::new(format!("dev-{from:06}"))),
        server_device: Some(DeviceId::new(format!("dev-{to:06}"))),
        outside: false,
    }
}

/// 64-bit FNV-1a: equal for two programs that plan alike.
fn fingerprint(text: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    text.bytes().fold(0xcbf2_9ce4_8422_2325, step)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (devices, conversations) = (number(1, 10_000), number(2, 500_000));
    let knowledge = Knowledge::builtin()?;
    let estate = Estate {
        devices: (0..devices).map(device).collect(),
        conversations: (0..conversations).map(|at| conversation(at, devices)).collect(),
        ..Estate::default()
    };
    let start = Instant::now();
    let mut step = start;
    let mut lap = |what: &str, result: String| {
        println!("{what}: {result}, {:.2} s", step.elapsed().as_secs_f64());
        step = Instant::now();
    };
    let mut plan = plan(&estate, &[], &knowledge, &Settings::default());
    lap(
        "plan",
        format!("{} zones, {} needs, {} rules", plan.zones.len(), plan.needs.len(), plan.rules.len()),
    );
    let policy: Policy =
        cordon_segment::policy::read("version: 1\nbudgets:\n  - {point: core, entries: 100000}\n")
            .map_err(|faults| format!("{faults:?}"))?;
    let fit = budgets::fit(std::mem::take(&mut plan.rules), &plan.zones, &policy);
    let proposed: usize = fit.points.iter().map(|point| point.proposed.len()).sum();
    plan.rules = fit.rules;
    lap("budgets", format!("{proposed} aggregations proposed"));
    let addresses = addresses::plan(&estate, &plan.zones, &policy, &BTreeMap::new())
        .map_err(|faults| format!("{faults:?}"))?;
    lap("addresses", format!("{} reservations", addresses.reservations.len()));
    let steps = rollout::migration(&estate, &plan, &knowledge, &policy.addresses).len();
    let canaries = rollout::canaries(&estate, &plan, &knowledge).len();
    lap("order", format!("{steps} steps, {canaries} devices"));
    let lost = blast::blast(&estate, &plan);
    lap("blast radius", format!("{} zones, {} devices", lost.zones.len(), lost.devices.len()));
    let reach = containment(&estate, &plan);
    lap("containment", format!("{} of {} pairs", reach.pairs_after, reach.pairs_before));
    let verified = approve(plan, &estate).map_err(|_| "the plan did not pass its own check")?;
    lap("check", format!("{} flows", verified.verification().flows_checked));
    println!("in all {:.2} s", start.elapsed().as_secs_f64());
    let told = format!("{:?}{:?}{:?}", verified.get(), verified.verification(), fit.points);
    println!("fingerprint of what came out: {:016x}", fingerprint(&told));
    Ok(())
}
