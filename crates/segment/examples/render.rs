//! Renders a plan of so many rules to every target, several times each, and prints the least time: `render RULES
//! [FOLDER]`. With a folder, the files of the enforcing stage are written there, and the same policy as the Python
//! package aerleon reads it.
//!
//! The plan has 5,000 devices in 60 zones and mixes rules between devices, zones and both, as plans do.
#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "measures and prints")]

use cordon_model::Timestamp;
use cordon_model::identify::{Device, DeviceId, Estate};
use cordon_model::observe::{PatientDataKinds, Transport};
use cordon_model::segment::{Need, NeedState, Party, Rule, Zone};
use cordon_segment::intent::{Intent, Place, Stage};
use cordon_segment::{Plan, VerifiedPlan, approve, targets};
use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::fs;
use std::net::IpAddr;
use std::path::Path;
use std::time::Instant;

const DEVICES: usize = 5_000;
const ZONES: usize = 60;
const PORTS: [u16; 8] = [104, 443, 2575, 11112, 53, 123, 8080, 3268];
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let rules: usize = arguments.next().ok_or("usage: render RULES [FOLDER]")?.parse()?;
    let folder = arguments.next();
    let estate = estate();
    let start = Instant::now();
    let plan = approve(plan(rules), &estate).map_err(|refused| format!("{:?}", refused.verification))?;
    println!("{:<12} {:>8.1} ms  {} rules checked against their needs", "approve", millis(start), rules);
    let place = place(&plan);
    let (intent, time) = least(|| Intent::of(&plan, &estate, &place));
    println!(
        "{:<12} {time:>8.1} ms  {} permits, {} groups",
        "intent",
        intent.permits.len(),
        intent.groups.len()
    );
    for target in targets() {
        let (files, time) = least(|| target.render(&intent));
        let bytes: usize = files.iter().map(|file| file.text.len()).sum();
        println!("{:<12} {time:>8.1} ms  {} files, {:.1} MB", target.name(), files.len(), bytes as f64 / 1e6);
        for (file, folder) in files.iter().zip(std::iter::repeat(&folder)) {
            if let Some(folder) = folder {
                let path = Path::new(folder).join(&file.name);
                fs::create_dir_all(path.parent().ok_or("no folder")?)?;
                fs::write(path, &file.text)?;
            }
        }
    }
    if let Some(folder) = folder {
        aerleon(&intent, Path::new(&folder))?;
    }
    Ok(())
}

fn millis(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1e3
}

fn least<T>(make: impl Fn() -> T) -> (T, f64) {
    let round = || {
        let start = Instant::now();
        let made = make();
        (made, millis(start))
    };
    let mut best = round();
    for _ in 1..ROUNDS {
        let next = round();
        if next.1 < best.1 {
            best = next;
        }
    }
    best
}

fn id(at: usize) -> DeviceId {
    DeviceId::new(format!("dev-{at:05}"))
}

fn zone_id(at: usize) -> String {
    format!("zone-{at:02}")
}

fn estate() -> Estate {
    let device = |at: usize| Device {
        id: id(at),
        macs: Vec::new(),
        // Not in a row, as addresses of one kind of device rarely are.
        ips: vec![IpAddr::from([10, (at % 7) as u8, (at / 250) as u8, (at % 250 + 1) as u8])],
        vlans: Vec::new(),
        hostnames: vec![format!("device-{at}")],
        claims: Vec::new(),
        services: Vec::new(),
        roles: Vec::new(),
        patient_data: PatientDataKinds::NONE,
        parent: None,
        links: Vec::new(),
        presence: None,
        listings: Vec::new(),
        protections: Vec::new(),
        banners: Vec::new(),
    };
    Estate {
        inputs: Vec::new(),
        devices: (0..DEVICES).map(device).collect(),
        conversations: Vec::new(),
        events: Vec::new(),
        flood_stations: 0,
    }
}

/// Rules without chance: each is another pair and port.
fn plan(count: usize) -> Plan {
    let zones = (0..ZONES).map(|at| Zone {
        id: zone_id(at),
        name: format!("Zone {at}"),
        purpose: "measured".to_owned(),
        devices: (0..DEVICES).filter(|device| device % ZONES == at).map(id).collect(),
        outside: Vec::new(),
        microsegments: Vec::new(),
    });
    let (mut plan, mut seen) = (Plan { zones: zones.collect(), ..Plan::default() }, BTreeSet::new());
    let mut number = 0usize;
    while plan.rules.len() < count {
        number += 1;
        let spread = number.wrapping_mul(0x9e37_79b9) >> 7;
        let device = |salt: usize| Party::Device(id((spread / 3 + salt * number) % DEVICES));
        let zone = |salt: usize| Party::Zone(zone_id((spread / 5 + salt * number) % ZONES));
        let (from, to) = match number % 20 {
            0 => (zone(1), zone(7)),
            1 => (device(1), zone(7)),
            2..=5 => (zone(1), device(7)),
            _ => (device(1), device(7)),
        };
        let transport = if number.is_multiple_of(5) { Transport::Udp } else { Transport::Tcp };
        let port = PORTS.get(number % PORTS.len()).copied().unwrap_or(443);
        if from == to || !seen.insert((from.clone(), to.clone(), transport, port)) {
            continue;
        }
        let need = format!("need-{number:016x}");
        let mut asked = Need::new(need.clone(), from.clone(), to.clone(), transport, NeedState::Confirmed);
        asked.ports = vec![port];
        plan.needs.push(asked);
        plan.rules.push(Rule {
            id: format!("rule-{number:016x}"),
            from,
            to,
            transport,
            ports: vec![port],
            application: None,
            needs: vec![need],
            why: "measured".to_owned(),
            until: None,
            care_critical: false,
            accepted: None,
        });
    }
    plan.needs.sort();
    plan.rules.sort_by(|a, b| a.id.cmp(&b.id));
    plan
}

fn place(plan: &VerifiedPlan) -> Place {
    let mut place = Place::new("core", Stage::Enforce, Timestamp::from_seconds(1_790_000_000));
    for (number, zone) in (10..).zip(&plan.get().zones) {
        place.interfaces.insert(zone.id.clone(), format!("Vlan{number}"));
    }
    place
}

/// The same policy for aerleon: definitions of networks and services, and a term a rule.
fn aerleon(intent: &Intent, folder: &Path) -> Result<(), Box<dyn Error>> {
    let word = |key: &str| key.to_uppercase().replace([':', '-', '.'], "_");
    let mut networks = String::from("networks:\n");
    for (key, group) in &intent.groups {
        let _ = writeln!(networks, "  {}:\n    values:", word(key));
        for member in &group.members {
            let _ = writeln!(networks, "      - address: {member}");
        }
    }
    let mut services = String::from("services:\n");
    for port in PORTS {
        for protocol in ["tcp", "udp"] {
            let _ = writeln!(
                services,
                "  {}_{port}:\n    - protocol: {protocol}\n      port: {port}",
                protocol.to_uppercase()
            );
        }
    }
    let mut policy =
        String::from("filters:\n  - header:\n      targets:\n        nftables: inet forward\n    terms:\n");
    for permit in &intent.permits {
        let side = |who: &cordon_segment::intent::Who| match who {
            cordon_segment::intent::Who::Group(key) => word(key),
            cordon_segment::intent::Who::Any => "ANY".to_owned(),
        };
        let port = permit.ports.first().copied().unwrap_or_default();
        let _ = writeln!(
            policy,
            "      - name: {}\n        source-address: {}\n        destination-address: {}\n        protocol: {protocol}\n        \
             destination-port: {}_{port}\n        action: accept",
            permit.id,
            side(&permit.from),
            side(&permit.to),
            permit.transport.to_string().to_uppercase(),
            protocol = permit.transport,
        );
    }
    policy.push_str("      - name: default-deny\n        action: deny\n");
    for (name, text) in [
        ("def/networks.yaml", networks),
        ("def/services.yaml", services),
        ("policies/pol/cordon.yaml", policy),
    ] {
        let path = folder.join("aerleon").join(name);
        fs::create_dir_all(path.parent().ok_or("no folder")?)?;
        fs::write(path, text)?;
    }
    Ok(())
}
