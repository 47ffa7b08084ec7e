//! Measures entity resolution and identification on a made-up estate: `estate [ENDPOINTS] [SIGHTINGS] [MODE]`.
//!
//! Makes Batches as sensors ship them (windows of time, in each the sightings sorted by endpoint), takes them all in,
//! and prints the seconds this took, the peak memory, and the milliseconds that further Batches of 1,000 sightings
//! take. MODE `distinct` tells every fact once, so that all are kept; `windows` (the default) tells what an endpoint
//! says again in later windows, as a sensor does. The generator is arithmetic, so that every run measures the same.

#![expect(clippy::print_stdout, reason = "it is what the program is for")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use cordon_identify::Resolver;
use cordon_knowledge::Knowledge;
use cordon_model::observe::{
    Batch, Conversation, Direction, Fact, Health, HoursOfWeek, PatientDataKinds, Protocol, Sighting, Source,
    Transport,
};
use cordon_model::{Endpoint, Inside, Mac, Timestamp, Vlan};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

/// Sightings of one Batch.
const BATCH: usize = 10_000;
/// Makers of devices and of computers, by their address blocks.
const BLOCKS: &[[u8; 3]] = &[
    [0x00, 0x30, 0xe6],
    [0x44, 0x4b, 0x5d],
    [0x00, 0x09, 0xfb],
    [0x18, 0x66, 0xda],
    [0x00, 0x1b, 0x0d],
    [0x00, 0x26, 0x73],
    [0x3c, 0x2a, 0xf4],
    [0x00, 0x50, 0x56],
];

/// Facts an endpoint of some kind tells; `#` stands for its number.
const KINDS: &[&[(Fact, &str)]] = &[
    &[
        (Fact::DhcpHostname, "M540-55#"),
        (Fact::DhcpVendorClass, "udhcp 1.21.1"),
        (Fact::DhcpParameterList, "1,3,6,12,15,28,42"),
        (Fact::DhcpClientIdentifier, "01#"),
        (Fact::Hl7Application, "Infinity"),
        (Fact::Hl7Facility, "Ward #"),
        (Fact::Hl7MessageType, "ORU^R01"),
        (Fact::Hl7Version, "2.3"),
        (Fact::NtpReference, "10.0.0.2"),
        (Fact::SyslogHostname, "m540-#"),
        (Fact::SnmpDescription, "Draeger Infinity M540 #"),
        (Fact::SnmpName, "m540-55#"),
        (Fact::SnmpSerial, "SN#"),
    ],
    &[
        (Fact::DhcpHostname, "WS-#"),
        (Fact::DhcpVendorClass, "MSFT 5.0"),
        (Fact::DhcpParameterList, "1,3,6,15,31,33,43,44,46,47,119,121,249,252"),
        (Fact::DhcpFqdn, "ws-#.hospital.example"),
        (Fact::NbnsName, "WS-#"),
        (Fact::NbnsGroup, "HOSPITAL"),
        (Fact::BrowserHost, "WS-#"),
        (Fact::BrowserVersion, "10.0"),
        (Fact::SmbOffers, "2.0.2,2.1,3.0,3.0.2,3.1.1"),
        (Fact::SmbServerGuid, "6d2fd9b8-5c3a-4b7e-8f10-0000000#"),
        (Fact::NtlmWorkstation, "WS-#"),
        (Fact::NtlmOs, "10.0.19045"),
        (Fact::KerberosComputer, "WS-#$"),
        (Fact::HttpUserAgent, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/120.0"),
        (Fact::TlsJa4, "t13d1516h2_8daaf6152771_b0da82dd1658"),
        (Fact::LdapClientName, "WS-#"),
    ],
    &[
        (Fact::DicomCallingAe, "CT#"),
        (Fact::DicomScu, "1.2.840.10008.5.1.4.1.1.2"),
        (Fact::DicomScu, "1.2.840.10008.5.1.4.31"),
        (Fact::DicomModality, "CT"),
        (Fact::DicomManufacturer, "GE MEDICAL SYSTEMS"),
        (Fact::DicomModel, "BrightSpeed"),
        (Fact::DicomSerial, "CT-9#"),
        (Fact::DicomStation, "GECT#"),
        (Fact::DicomSoftware, "07MW18.4"),
        (Fact::DicomImplementationUid, "1.2.840.113619.6.80"),
        (Fact::DicomImplementationVersion, "GE_CT_1"),
        (Fact::DhcpHostname, "GECT#"),
        (Fact::SshIdentification, "SSH-2.0-OpenSSH_5.3"),
    ],
    &[
        (Fact::SnmpDescription, "Brother NC-8700w, Firmware Ver.ZC  ,MID 8C5-F04,FID 2"),
        (Fact::SnmpName, "BRW#"),
        (Fact::SnmpObjectId, "1.3.6.1.4.1.2435.2.3.9.1"),
        (Fact::MdnsName, "BRW#.local"),
        (Fact::MdnsService, "Brother HL-L5100DN series._ipp._tcp.local"),
        (Fact::MdnsText, "ty=Brother HL-L5100DN series"),
        (Fact::MdnsText, "product=(Brother HL-L5100DN series)"),
        (Fact::HttpServer, "debut/1.30"),
        (Fact::HttpTitle, "Brother HL-L5100DN series"),
        (Fact::SsdpServer, "Linux/3.10 UPnP/1.0 Brother/1.0"),
        (Fact::SsdpUuid, "uuid:e3248000-80ce-11db-8000-0000000#"),
        (Fact::DhcpHostname, "BRW#"),
    ],
];

struct Estate {
    endpoints: usize,
    /// Facts told of each endpoint in all.
    each: usize,
    distinct: bool,
}

impl Estate {
    fn endpoint(&self, number: usize) -> Endpoint {
        let block = BLOCKS.get(number % BLOCKS.len()).copied().unwrap_or_default();
        let [_, a, b, c] = u32::try_from(number).unwrap_or(0).to_be_bytes();
        let [x, y, z] = block;
        Endpoint {
            vlan: Vlan::new(u16::try_from(10 + number / 250).unwrap_or(10)),
            mac: Some(Mac([x, y, z, a, b, c])),
            ip: Some(IpAddr::V4(Ipv4Addr::new(10, a.wrapping_add(1), b, c))),
        }
    }

    /// The `turn`th thing told of an endpoint.
    fn sighting(&self, number: usize, turn: usize) -> Sighting {
        let endpoint = self.endpoint(number);
        let kind = KINDS.get(number % KINDS.len()).copied().unwrap_or_default();
        let told = turn % (kind.len() + 1);
        let round = turn / (kind.len() + 1);
        let (fact, value) = match told.checked_sub(1).and_then(|told| kind.get(told)) {
            None if self.distinct && round > 0 => (Fact::DnsQuery, format!("host-{turn}.hospital.example")),
            None => (Fact::ArpAddress, endpoint.ip.map(|ip| ip.to_string()).unwrap_or_default()),
            Some(_) if self.distinct && round > 0 => {
                (Fact::DnsQuery, format!("host-{turn}.hospital.example"))
            }
            Some((fact, value)) => (*fact, value.replace('#', &format!("{number:06}"))),
        };
        let at =
            Timestamp::from_seconds(1_700_000_000 + i64::try_from(turn * 600 + number % 600).unwrap_or(0));
        Sighting {
            endpoint,
            record: None,
            fact,
            value,
            count: 1,
            first: at,
            last: at,
            source: Source { input: 0, packet: (turn * self.endpoints + number) as u64 + 1 },
        }
    }

    /// A conversation of an endpoint with one of the site's servers.
    fn conversation(&self, number: usize) -> Conversation {
        let protocols = [Protocol::Hl7, Protocol::Smb, Protocol::Dicom, Protocol::Snmp];
        let at = Timestamp::from_seconds(1_700_000_000);
        Conversation {
            client: self.endpoint(number),
            server: self.endpoint(number % 64),
            transport: Transport::Tcp,
            port: [2575, 445, 104, 161].get(number % 4).copied().unwrap_or(80),
            application: protocols.get(number % 4).copied(),
            direction: Direction::Handshake,
            answered: true,
            flows: 3,
            packets: 40,
            bytes: 9_000,
            first: at,
            last: at,
            hours: HoursOfWeek::default(),
            patient_data: PatientDataKinds::NONE,
            source: Source { input: 0, packet: number as u64 + 1 },
        }
    }

    fn batch(sequence: usize, sightings: Vec<Sighting>, conversations: Vec<Conversation>) -> Batch {
        Batch {
            sensor: "core".to_owned(),
            sequence: sequence as u64,
            start: None,
            end: None,
            inputs: vec!["eth0".to_owned()],
            sightings,
            conversations,
            events: Vec::new(),
            health: Health::default(),
        }
    }
}

/// A line of `/proc/self/status` in megabytes.
fn megabytes(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with(what)).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|number| number.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// Takes the whole estate in; the seconds this took without making the Batches.
fn take_in(estate: &Estate, resolver: &mut Resolver<'_>) -> (f64, usize) {
    let mut spent = Duration::ZERO;
    let mut sequence = 0;
    let mut sightings = 0;
    let at_once = BATCH.max(1);
    // In each window some facts of every endpoint, so many to a Batch as a sensor ships.
    for window in 0..estate.each.div_ceil(10) {
        let turns = window * 10..estate.each.min(window * 10 + 10);
        let mut batch: Vec<Sighting> = Vec::with_capacity(at_once + 10);
        for number in 0..estate.endpoints {
            batch.extend(turns.clone().map(|turn| estate.sighting(number, turn)));
            if batch.len() < at_once && number + 1 < estate.endpoints {
                continue;
            }
            sightings += batch.len();
            let talks =
                if window == 0 { (number.saturating_sub(999)..=number).collect() } else { Vec::new() };
            let talks: Vec<Conversation> =
                talks.into_iter().map(|number| estate.conversation(number)).collect();
            batch.sort();
            let made = Estate::batch(sequence, std::mem::take(&mut batch), talks);
            sequence += 1;
            let start = Instant::now();
            resolver.add(&made);
            spent += start.elapsed();
        }
    }
    (spent.as_secs_f64(), sightings)
}

/// Milliseconds that further Batches of 1,000 sightings take: the least, the median and the most.
fn one_more(
    resolver: &mut Resolver<'_>,
    sequence: usize,
    make: &dyn Fn(usize, usize) -> Sighting,
) -> (f64, f64, f64) {
    let mut times: Vec<f64> = Vec::new();
    for turn in 0..21 {
        let mut sightings: Vec<Sighting> = (0..1_000).map(|index| make(turn, index)).collect();
        sightings.sort();
        let batch = Estate::batch(sequence + turn, sightings, Vec::new());
        let start = Instant::now();
        resolver.add(&batch);
        let changes = resolver.refresh();
        times.push(start.elapsed().as_secs_f64() * 1e3);
        std::hint::black_box(changes);
    }
    times.sort_by(f64::total_cmp);
    let at = |place: usize| times.get(place).copied().unwrap_or(0.0);
    (at(0), at(times.len() / 2), at(times.len() - 1))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |place: usize, default: usize| {
        arguments.get(place).and_then(|text| text.parse().ok()).unwrap_or(default)
    };
    let (endpoints, wanted) = (number(0, 100_000), number(1, 3_000_000));
    let distinct = arguments.get(2).is_some_and(|mode| mode == "distinct");
    let estate = Estate { endpoints, each: wanted / endpoints.max(1), distinct };
    let knowledge = Knowledge::builtin()?;
    let before = megabytes("VmRSS");
    let mut resolver = Resolver::new(&knowledge, Inside::default());
    let (taking, sightings) = take_in(&estate, &mut resolver);
    let taken = megabytes("VmRSS");
    let start = Instant::now();
    let changes = resolver.refresh();
    let settling = start.elapsed().as_secs_f64();
    println!("endpoints {endpoints}, sightings {sightings}, devices {}", changes.changed.len());
    println!(
        "taken in {taking:.2} s, resolved and identified {settling:.2} s, together {:.2} s",
        taking + settling
    );
    println!(
        "memory: knowledge {before} MB, with the facts {taken} MB, with the devices {} MB, peak {} MB",
        megabytes("VmRSS"),
        megabytes("VmHWM")
    );
    let known = |turn: usize, index: usize| {
        let number = (turn * 7919 + index * 97) % endpoints;
        let mut sighting = estate.sighting(number, index % 12);
        sighting.last = Timestamp::from_seconds(1_800_000_000 + i64::try_from(turn).unwrap_or(0));
        sighting
    };
    let fresh = |turn: usize, index: usize| Sighting {
        fact: Fact::DnsQuery,
        value: format!("new-{turn}-{index}.hospital.example"),
        ..estate.sighting((turn * 7919 + index / 10 * 97) % endpoints, 1)
    };
    let each = |turn: usize, index: usize| Sighting {
        fact: Fact::HttpServer,
        value: format!("Apache/2.4.{turn}"),
        ..estate.sighting((turn * 7919 + index * 97) % endpoints, 1)
    };
    let strangers =
        |turn: usize, index: usize| estate.sighting(endpoints + turn * 100 + index / 10, index % 10);
    for (offset, (name, make)) in [
        ("known facts of 1,000 devices again", &known as &dyn Fn(usize, usize) -> Sighting),
        ("10 new facts of each of 100 devices", &fresh),
        ("a new fact of each of 1,000 devices", &each),
        ("100 new devices with 10 facts each", &strangers),
    ]
    .into_iter()
    .enumerate()
    {
        let (least, median, most) = one_more(&mut resolver, 1_000_000 * (offset + 1), make);
        println!("a Batch of 1,000 sightings, {name}: {median:.1} ms ({least:.1} to {most:.1})");
    }
    if arguments.get(3).is_some_and(|last| last == "estate") {
        let start = Instant::now();
        let whole = resolver.finish();
        println!(
            "estate of {} devices given in {:.2} s, peak {} MB",
            whole.devices.len(),
            start.elapsed().as_secs_f64(),
            megabytes("VmHWM")
        );
    }
    Ok(())
}
