//! How long verification takes: `cargo run --release -p cordon-segment --example verification`.
//!
//! 5,000 devices in 60 zones behind 20 enforcement points, 10,000 rules, half of them for requests and half for
//! answers; then one rule taken away, single conversations asked for, and a list of 42,000 lines read.
#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "an example that measures, for a developer to read"
)]

use cordon_model::observe::Transport;
use cordon_segment::packets::Packets;
use cordon_segment::point::{Flow, Network, Outcome, Report, Verifier, Worth};
use cordon_segment::read::{Configuration, Unreadable, cisco_asa, cisco_ios};
use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

const POINTS: u32 = 20;
const ZONES: u32 = 60;
const DEVICES: u32 = 5_000;
const FLOWS: u32 = 5_000;

/// The same numbers in every run (Numerical Recipes, "quick and dirty generators").
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % u64::from(limit)) as u32
    }
}

/// A device's zone and address.
fn device(number: u32) -> (u32, Ipv4Addr) {
    let zone = number % ZONES;
    (zone, Ipv4Addr::new(10, zone as u8 + 1, 0, (number / ZONES) as u8 + 10))
}

fn flows() -> Vec<Flow> {
    let mut numbers = Numbers(7);
    let ports = [104, 443, 2575, 11_112, 389, 445, 1_433, 22, 8_080, 53];
    (0..FLOWS)
        .map(|at| {
            let (from, to) = loop {
                let (from, to) = (numbers.below(DEVICES), numbers.below(DEVICES));
                if device(from).0 % POINTS != device(to).0 % POINTS {
                    break (device(from).1, device(to).1);
                }
            };
            Flow {
                need: format!("N{at}"),
                from_name: from.to_string(),
                from: from.into(),
                to_name: to.to_string(),
                to: to.into(),
                transport: Transport::Tcp,
                port: Some(ports[numbers.below(10) as usize]),
                purpose: "care".to_owned(),
            }
        })
        .collect()
}

/// Point 0 stands in the middle; every other is linked to it. A zone is behind the point of its number modulo 20.
fn point(number: u32, flows: &[Flow], without: Option<usize>) -> String {
    let mut text = format!("hostname point-{number}\n");
    let own: Vec<u32> = (0..ZONES).filter(|zone| zone % POINTS == number).collect();
    for zone in &own {
        let _ = write!(
            text,
            "interface Vlan{zone}\n ip address 10.{}.0.1 255.255.255.0\n ip access-group Z{zone} in\n",
            zone + 1
        );
    }
    for other in 1..POINTS {
        let is_here = number == other || number == 0;
        if is_here {
            let side = if number == 0 { 1 } else { 2 };
            let _ =
                writeln!(text, "interface Link{other}\n ip address 172.16.{other}.{side} 255.255.255.252");
        }
    }
    match number {
        0 => {
            for zone in (0..ZONES).filter(|zone| zone % POINTS != 0) {
                let _ =
                    writeln!(text, "ip route 10.{}.0.0 255.255.255.0 172.16.{}.2", zone + 1, zone % POINTS);
            }
        }
        _ => _ = writeln!(text, "ip route 0.0.0.0 0.0.0.0 172.16.{number}.1"),
    }
    for zone in own {
        let _ = writeln!(text, "ip access-list extended Z{zone}");
        let is_here =
            |address: IpAddr| matches!(address, IpAddr::V4(one) if u32::from(one.octets()[1]) == zone + 1);
        for (at, flow) in flows.iter().enumerate() {
            let (Some(port), true) = (flow.port, Some(at) != without) else { continue };
            if is_here(flow.from) {
                let _ = writeln!(text, " permit tcp host {} gt 32767 host {} eq {port}", flow.from, flow.to);
            }
            if is_here(flow.to) {
                let _ = writeln!(
                    text,
                    " permit tcp host {} eq {port} host {} gt 32767 established",
                    flow.to, flow.from
                );
            }
        }
        text.push_str(" deny ip any any log\n");
    }
    text
}

fn told(what: &str, begun: Instant, report: &Report) {
    println!(
        "{what}: {:.3} s; {} flows pass, {} stopped, {} unsure, {} too loose, {} idle",
        begun.elapsed().as_secs_f64(),
        report.passing,
        report.blocked_count,
        report.unsure_count,
        report.loose.len(),
        report.idle.len()
    );
}

fn status(name: &str) -> String {
    let all = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = all.lines().find(|line| line.starts_with(name)).unwrap_or_default().to_owned();
    line.split_whitespace().skip(1).collect::<Vec<_>>().join(" ")
}

fn main() {
    let flows = flows();
    let texts: Vec<String> = (0..POINTS).map(|number| point(number, &flows, None)).collect();
    let begun = Instant::now();
    let mut points: Vec<Configuration> = texts.iter().map(|text| cisco_ios(text).unwrap()).collect();
    let rules: u64 = points.iter().map(|point| point.filter_lines).sum();
    println!(
        "{DEVICES} devices, {ZONES} zones, {POINTS} points, {rules} rules: read in {:.3} s",
        begun.elapsed().as_secs_f64()
    );

    let begun = Instant::now();
    let worth: Worth = vec![(0..DEVICES / 10).map(|number| device(number).1.into()).collect()];
    let mut verifier =
        Verifier::new(points.clone(), flows.clone(), worth.clone(), Packets::default()).unwrap();
    told("verified", begun, &verifier.report());
    println!("  peak memory {}", status("VmHWM"));

    let changed = device(
        flows[17].from.to_string().split('.').nth(1).map_or(0, |zone| zone.parse::<u32>().unwrap() - 1),
    )
    .0 % POINTS;
    points[changed as usize] = cisco_ios(&point(changed, &flows, Some(17))).unwrap();
    let begun = Instant::now();
    verifier.replace(changed as usize, points[changed as usize].clone()).unwrap();
    told("one rule taken away, verified again", begun, &verifier.report());
    let middle = cisco_ios(&point(0, &flows, Some(20))).unwrap();
    let begun = Instant::now();
    verifier.replace(0, middle).unwrap();
    told("the same at the point in the middle", begun, &verifier.report());
    let mut packets = Packets::default();

    asked(&points, &flows, &mut packets);
    read_long();
    println!("peak memory {}", status("VmHWM"));
}

/// Does the policy allow this conversation?
fn asked(points: &[Configuration], flows: &[Flow], packets: &mut Packets) {
    let mut network = Network::of(points);
    let first = |network: &mut Network<'_>, packets: &mut Packets| {
        flows.iter().filter(|flow| network.one(flow, packets).unwrap() == Some(Outcome::Passes)).count()
    };
    first(&mut network, packets);
    let begun = Instant::now();
    let passed = first(&mut network, packets);
    let each = begun.elapsed().as_nanos() as f64 / flows.len() as f64;
    println!(
        "a conversation over its whole way, requests and answers: {each:.0} ns each; {passed} of {} pass",
        flows.len()
    );

    // All rules in one list, as one large firewall has them.
    let all: String = points
        .iter()
        .flat_map(|point| point.lists.values())
        .flat_map(|list| &list.lines)
        .filter(|line| line.text.contains("permit"))
        .map(|line| format!(" {}\n", line.text))
        .collect();
    let one = format!(
        "interface A\n ip address 10.0.0.1 255.0.0.0\n ip access-group ALL in\nip access-list extended ALL\n{all}"
    );
    let one = cisco_ios(&one).unwrap();
    let begun = Instant::now();
    let decided = one.lists["ALL"].decide(packets).unwrap();
    println!("{} rules in one list: decided in {:.3} s", one.filter_lines, begun.elapsed().as_secs_f64());
    let usual: Vec<_> = flows
        .iter()
        .flat_map(|flow| {
            [
                flow.usual(cordon_segment::point::Direction::Request, false),
                flow.usual(cordon_segment::point::Direction::Answer, false),
            ]
        })
        .collect();
    let begun = Instant::now();
    let rounds = 200;
    let mut passed = 0usize;
    for _ in 0..rounds {
        passed += usual.iter().filter(|packet| packets.has(decided.permitted, packet)).count();
    }
    let each = begun.elapsed().as_nanos() as f64 / (usual.len() * rounds) as f64;
    println!("one conversation against it: {each:.0} ns each; {} of {} pass", passed / rounds, usual.len());
}

type Reader = fn(&str) -> Result<Configuration, Unreadable>;

fn read_long() {
    let (mut ios, mut asa) = (
        String::from(
            "interface A\n ip address 10.0.0.1 255.0.0.0\n ip access-group L in\nip access-list extended L\n",
        ),
        String::from("ASA Version 9.14\n"),
    );
    for at in 0..42_000u32 {
        let (a, b, port) = (at % 250, at / 250, 1 + at % 60_000);
        let _ = writeln!(ios, " permit tcp host 10.1.{b}.{a} host 10.2.{a}.{b} eq {port}");
        let _ =
            writeln!(asa, "access-list L extended permit tcp host 10.1.{b}.{a} host 10.2.{a}.{b} eq {port}");
    }
    let all: [(&str, String, Reader); 2] = [("Cisco IOS", ios, cisco_ios), ("Cisco ASA", asa, cisco_asa)];
    for (name, text, read) in all {
        let begun = Instant::now();
        let found: Configuration = read(&text).unwrap();
        println!("{name}, {} lines read in {:.3} s", found.filter_lines, begun.elapsed().as_secs_f64());
    }
}
