//! Assessments made up for tests: a hospital of any size, an empty one, and one whose every text is hostile.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "the builder works on its own constants and stops loudly"
)]

use cordon_wire::assessment::{
    Action, Assessment, Claim, Containment, Conversation, Coverage, Damage, Device, Event, Evidence, Factor,
    Fda, Feed, Finding, Input, Internet, Need, Patch, PatientData, Presence, Reach, Risk, Rule, SCHEMA,
    Service, Site, Support, Verification, Withheld, Zone,
};
use cordon_wire::reconciliation::{Difference, Listed, Reconciliation};

/// category, maker, model, operating system, version, zone, main service (application, port), score
type Kind = (
    &'static str,
    &'static str,
    &'static str,
    Option<(&'static str, &'static str)>,
    usize,
    (&'static str, u16),
    f64,
);

const ZONES: &[(&str, &str)] = &[
    ("Imaging", "Scanners and the workstations that drive them; they send images to the archive."),
    ("Image archive", "The archive and its viewers; every scanner sends to it."),
    ("Patient monitoring", "Bedside monitors and their central stations; alarms must arrive."),
    ("Infusion", "Infusion pumps and their gateway."),
    ("Laboratory", "Analysers and their middleware."),
    ("Integration", "The integration engine that passes results and orders on."),
    ("Clinical workstations", "Workstations in wards and reading rooms."),
    ("Infrastructure", "Name service, address service, directory, time."),
    ("Building and comfort", "Cameras, printers, telephones, power supplies."),
];

const KINDS: &[Kind] = &[
    (
        "imaging_modality",
        "Siemens Healthineers",
        "SOMATOM Definition AS",
        Some(("Windows", "7 SP1")),
        0,
        ("dicom", 104),
        91.0,
    ),
    ("patient_monitor", "Philips", "IntelliVue MX450", None, 2, ("hl7", 2575), 46.5),
    ("infusion_pump", "B. Braun", "Infusomat Space", None, 3, ("http", 80), 58.0),
    (
        "image_archive",
        "Sectra",
        "IDS7 Archive",
        Some(("Windows Server", "2012 R2")),
        1,
        ("dicom", 11112),
        78.5,
    ),
    ("laboratory_analyser", "Roche", "cobas 6000", Some(("Windows", "XP")), 4, ("hl7", 2575), 83.2),
    (
        "integration_engine",
        "NextGen",
        "Mirth Connect 3.8",
        Some(("Linux", "Debian 10")),
        5,
        ("hl7", 6661),
        61.0,
    ),
    ("workstation", "Dell", "OptiPlex 7060", Some(("Windows", "10 22H2")), 6, ("https", 443), 31.0),
    ("server", "HPE", "ProLiant DL360", Some(("Windows Server", "2019")), 7, ("dns", 53), 27.4),
    ("camera", "Axis", "M3045-V", None, 8, ("http", 80), 22.0),
    (
        "imaging_modality",
        "GE HealthCare",
        "LOGIQ E10",
        Some(("Windows", "10 LTSC 2016")),
        0,
        ("dicom", 104),
        54.0,
    ),
    ("central_station", "Philips", "PIC iX", Some(("Windows", "10 22H2")), 2, ("hl7", 2575), 49.0),
    (
        "infusion_gateway",
        "B. Braun",
        "OnlineSuite",
        Some(("Windows Server", "2016")),
        3,
        ("https", 443),
        40.0,
    ),
    ("printer", "HP", "LaserJet M507", None, 8, ("ipp", 631), 12.0),
    ("unknown", "", "", None, 8, ("telnet", 23), 35.0),
    ("ventilator", "Dräger", "Evita V500", None, 2, ("hl7", 2575), 38.0),
];

/// A hospital with `count` devices, highest risk first.
pub(crate) fn hospital(count: usize) -> Assessment {
    let seen = |at: usize| Device { presence: Some(presence()), ..device(at) };
    let mut devices: Vec<Device> = (0..count).map(seen).collect();
    devices.sort_by(|a, b| b.risk.score.total_cmp(&a.risk.score).then_with(|| a.id.cmp(&b.id)));
    let conversations = devices.iter().filter_map(|device| conversation(device, &devices)).collect();
    let zones = zones(&devices);
    let pairs = (count * count.saturating_sub(1)) as u64;
    let reach = |device: &Device, reaches| Reach { device: device.id.clone(), reaches };
    let needs = needs(&devices);
    let nobodys = devices.iter().filter(|device| device.owner.is_none() && device.department.is_none());
    let unowned = nobodys.map(|device| device.id.clone()).collect();
    let reconciliation = reconciliation(&devices);
    Assessment {
        schema: SCHEMA.into(),
        cordon: "0.1.0".into(),
        now: "2026-11-22T05:00:00Z".into(),
        knowledge: "b3c0f7a2d4e5968778695a4b3c2d1e0f".into(),
        site: Site {
            organization: Some("Hospital of Saint Anne".into()),
            name: Some("Main building, Zürich".into()),
            author: Some("Dr. Erika Muster, Security Consultant".into()),
        },
        advisories: None,
        feeds: vec![Feed { name: "CISA ICS medical advisories".into(), version: Some("2026-11-20".into()), fetched: None }],
        inputs: vec![input()],
        coverage: devices.iter().map(coverage).collect(),
        actions: actions(&devices),
        containment: Containment {
            pairs_before: pairs,
            pairs_after: pairs / 14,
            worst_before: devices.iter().take(5).map(|device| reach(device, count as u64 - 1)).collect(),
            worst_after: devices.iter().take(5).map(|device| reach(device, count as u64 / 9)).collect(),
        },
        withheld: vec![Withheld {
            from: "device:dev-1".to_owned(),
            reason: "it asked many addresses on the same port in a short time, as a scan does".to_owned(),
            count: 120,
            flows: vec!["device:dev-2 tcp/445".to_owned(), "outside:198.51.100.9 tcp/445".to_owned()],
        }],
        verification: Verification {
            flows_checked: needs.len() as u64,
            too_tight: vec![],
            too_loose: vec!["Zone Imaging may ask zone Image archive on tcp/11112 from any scanner; only 6 of 8 do. Example: 10.20.0.9:40000 → 10.20.3.1:11112 tcp.".into()],
        },
        rules: rules(),
        needs,
        zones,
        conversations,
        devices,
        events: events(),
        unowned,
        reachability: Default::default(),
        segmentation: None,
        barriers: None,
        own_weights: None,
        reconciliation: Some(reconciliation),
        health: [("ipv4.bad_length".to_owned(), 3), ("tcp.gap".to_owned(), 12), ("unused".to_owned(), 0)].into(),
    }
}

fn events() -> Vec<Event> {
    let event = |minute: u32, kind: &str, from: &str, to: Option<&str>, detail: &str| Event {
        at: format!("2026-11-20T07:{minute:02}:00Z"),
        kind: kind.into(),
        endpoint: from.into(),
        peer: to.map(str::to_owned),
        detail: detail.into(),
        input: "captures/ward-2026-11-20.pcap".into(),
        packet: u64::from(minute) * 100,
    };
    vec![
        event(
            5,
            "patient_data.in_clear",
            "10.20.0.1 (00:1b:0d:00:00:00)",
            Some("10.20.0.4"),
            "dicom on tcp port 104: name, image",
        ),
        event(9, "dicom.query", "10.20.0.1", Some("10.20.0.4"), "Study Root, 3 requests"),
        event(12, "dicom.query", "10.20.0.1", Some("10.20.0.4"), "Study Root, 1 request"),
        event(44, "dicom.broad_query", "10.20.0.99", Some("10.20.0.4"), "Study Root, no key"),
        event(45, "alarms.silent", "10.20.0.2", None, "silent for 31 minutes"),
    ]
}

/// Half of the devices in a list, one of them never seen, and a disagreement of each kind.
fn reconciliation(devices: &[Device]) -> Reconciliation {
    let id = |at: usize| devices.get(at).map(|device| device.id.clone()).unwrap_or_default();
    let evidence = Evidence {
        protocol: "sdc".into(),
        fact: "sdc.firmware = 2.0".into(),
        rule: "stated".into(),
        input: "captures/ward-2026-11-20.pcap".into(),
        packet: 4711,
        time: None,
    };
    let difference = |attribute: &str, kind: &str, listed: Option<&str>, seen: Option<&str>| Difference {
        device: id(0),
        attribute: attribute.into(),
        kind: kind.into(),
        listed: listed.map(str::to_owned),
        seen: seen.map(str::to_owned),
        confidence: (attribute == "firmware").then_some(0.95),
        input: "lists/cmms.csv".into(),
        row: 12,
        evidence: (attribute == "firmware").then(|| evidence.clone()),
    };
    if devices.is_empty() {
        return Reconciliation::default();
    }
    Reconciliation {
        lists: vec!["lists/cmms.csv".into()],
        matched: (devices.len() / 2) as u64,
        not_listed: devices.iter().skip(2).step_by(2).map(|device| device.id.clone()).collect(),
        never_seen: vec![Listed { device: id(1), input: "lists/cmms.csv".into(), row: 3 }],
        differences: vec![
            difference("firmware", "differs", Some("1.0"), Some("2.0")),
            difference("manufacturer", "spelling", Some("SIEMENS"), Some("Siemens Healthineers")),
            difference("ip", "not_seen", Some("10.20.0.99"), None),
            difference("ip", "not_listed", None, Some("10.20.0.1")),
        ],
    }
}

/// A device with every field filled.
pub(crate) fn full_device() -> Device {
    let mut device = device(0);
    device.udi = Some("(01)04056869012345".into());
    device.manufactured = Some("2014-03".into());
    device.support_contact = Some("Siemens service, +49 800 0000".into());
    device.cost_centre = Some("4711".into());
    device.purchased = Some("2014-06-01".into());
    device.criticality = Some("high".into());
    device.fda = Some(Fda {
        brand: Some("SOMATOM".into()),
        product_code: Some("JAK".into()),
        device_class: Some("2".into()),
        life_sustaining: Some(false),
        distribution: Some("In Commercial Distribution".into()),
    });
    device.claims.push(Claim {
        attribute: "criticality".into(),
        value: "high".into(),
        confidence: 0.9,
        conflict: false,
        evidence: vec![Evidence {
            protocol: "fda".into(),
            fact: "life_sustaining = yes".into(),
            rule: "fda/life-sustaining".into(),
            input: "feed fda-classification".into(),
            packet: 1,
            time: None,
        }],
    });
    device
}

fn device(at: usize) -> Device {
    let (category, maker, model, os, zone, service, base) = KINDS[at % KINDS.len()];
    let known = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let score = (base - (at / KINDS.len()) as f64 * 1.3 - (at % 7) as f64 * 0.4).clamp(1.0, 100.0);
    let clear = matches!(service.0, "hl7" | "dicom");
    let ended = os.is_some_and(|(_, version)| matches!(version, "7 SP1" | "XP" | "2012 R2" | "Debian 10"));
    let scanner = category == "imaging_modality";
    Device {
        id: format!("d{:012x}", at * 7_919 + 17),
        asset_tag: (at.is_multiple_of(4)).then(|| format!("MT-{:05}", 10_400 + at)),
        owner: (at.is_multiple_of(5)).then(|| "Clinical engineering".into()),
        department: (at.is_multiple_of(3)).then(|| "Radiology".into()),
        location: (at.is_multiple_of(6)).then(|| "Building A, floor 2, room 214".into()),
        macs: vec![format!("00:1b:0d:{:02x}:{:02x}:{:02x}", zone, at / 256 % 256, at % 256)],
        ips: vec![format!("10.20.{}.{}", at / 250, at % 250 + 1)],
        vlans: vec![100 + zone as u16],
        hostnames: known(model)
            .map(|_| format!("{}-{:03}.anne.example", &category[..4], at))
            .into_iter()
            .collect(),
        category: category.into(),
        modality: scanner.then(|| if maker.starts_with('S') { "CT" } else { "US" }.into()),
        manufacturer: known(maker),
        model: known(model),
        os: os.map(|(name, _)| name.into()),
        os_version: os.map(|(_, version)| version.into()),
        firmware: scanner.then(|| "VA48A_02_P12".into()),
        serial: scanner.then(|| format!("66{at:04}")),
        claims: claims(category, maker, os.is_some()),
        services: services(service, scanner),
        roles: if scanner {
            vec!["dicom_client".into(), "dhcp_client".into()]
        } else {
            vec!["dhcp_client".into()]
        },
        patient_data: PatientData {
            seen: clear,
            kinds: if clear { vec!["name".into(), "identifier".into(), "birth_date".into()] } else { vec![] },
            in_clear: clear,
        },
        internet: Internet {
            seen: at.is_multiple_of(8),
            destinations: if at.is_multiple_of(8) {
                vec!["telemetry.vendor.example".into(), "203.0.113.7".into()]
            } else {
                vec![]
            },
        },
        support: Support {
            os: if ended {
                "ended"
            } else if os.is_some() {
                "supported"
            } else {
                "unknown"
            }
            .into(),
            device: "unknown".into(),
            until: ended.then(|| "2020-01-14".into()),
            source: ended.then(|| "Microsoft lifecycle, knowledge base entry windows-7".into()),
            ..Support::default()
        },
        patch: if scanner { unpatchable(maker) } else { Patch::default() },
        findings: if scanner { vec![finding()] } else { vec![] },
        risk: risk(score, ended, clear),
        ..Device::default()
    }
}

fn unpatchable(maker: &str) -> Patch {
    Patch {
        possible: Some(false),
        why_not: Some("vendor_ended".into()),
        responsible: Some(maker.into()),
        source: Some("lifecycle notice of 2021".into()),
        ..Patch::default()
    }
}

fn presence() -> Presence {
    let time = |text: &str| Some(text.to_owned());
    Presence { first: time("2026-11-20T06:00:01Z"), last: time("2026-11-20T11:59:58Z") }
}

fn finding() -> Finding {
    Finding {
        advisory: "ICSMA-17-215-01".into(),
        cves: vec!["CVE-2015-1635".into()],
        status: "affected".into(),
        why: "Windows 7 with the web server part is affected in all versions.".into(),
        question: None,
        known_exploited: Some(true),
        epss: Some(0.94),
        cvss: Some(9.8),
        ssvc: Some("immediate".into()),
        ..Finding::default()
    }
}

fn claims(category: &str, maker: &str, os: bool) -> Vec<Claim> {
    let claim = |attribute: &str, value: &str, confidence, protocol: &str, fact: &str, conflict| Claim {
        attribute: attribute.into(),
        value: value.into(),
        confidence,
        conflict,
        evidence: vec![Evidence {
            protocol: protocol.into(),
            fact: fact.into(),
            rule: "rule-1".into(),
            input: "captures/ward-2026-11-20.pcap".into(),
            packet: 1_482,
            time: Some("2026-11-16T07:03:00Z".into()),
        }],
    };
    if maker.is_empty() {
        return vec![claim(
            "manufacturer",
            "Lantronix",
            0.3,
            "arp",
            "MAC address of a block assigned to Lantronix",
            true,
        )];
    }
    let mut claims = vec![
        claim("category", category, 0.95, "dicom", "association as CT, storage class CT Image", false),
        claim("manufacturer", maker, 0.9, "dicom", "implementation version name SIEMENS_SWFVA48A", false),
    ];
    if os {
        claims.push(claim("os", "Windows", 0.8, "dhcp", "vendor class MSFT 5.0", false));
        claims.push(claim("os_version", "Windows 7", 0.6, "http", "agent Windows NT 6.1", true));
    }
    claims
}

fn services((application, port): (&str, u16), scanner: bool) -> Vec<Service> {
    let service = |application: &str, port, seen: &str| Service {
        transport: "tcp".into(),
        port,
        application: Some(application.into()),
        seen: seen.into(),
    };
    let mut services =
        vec![service(application, port, if port == 23 { "port_only" } else { "conversation" })];
    if scanner {
        services.push(service("telnet", 23, "port_only"));
        services.push(service("http", 8080, "banner"));
    }
    services
}

fn risk(score: f64, ended: bool, clear: bool) -> Risk {
    let mut factors = vec![Factor {
        name: "reachable".into(),
        share: score * 0.3,
        why: "Every device of the flat network can open a connection to it.".into(),
        ..Factor::default()
    }];
    if ended {
        factors.push(Factor {
            name: "support_ended".into(),
            share: score * 0.4,
            why: "Its operating system has had no security updates since 14 January 2020.".into(),
            ..Factor::default()
        });
    }
    if clear {
        factors.push(Factor {
            name: "patient_data_in_clear".into(),
            share: score * 0.2,
            why: "Names and identifiers of patients cross the network unencrypted.".into(),
            ..Factor::default()
        });
    }
    let rest = score - factors.iter().map(|factor| factor.share).sum::<f64>();
    factors.push(Factor {
        name: "category".into(),
        share: rest,
        why: "A failure would delay or harm care.".into(),
        ..Factor::default()
    });
    let tier = match score {
        s if s >= 75.0 => "critical",
        s if s >= 50.0 => "high",
        s if s >= 25.0 => "medium",
        _ => "low",
    };
    let inherent = (score + 4.0).min(100.0);
    Risk { score, tier: tier.into(), inherent, residual: score * 0.45, factors, ..Risk::default() }
}

fn conversation(device: &Device, devices: &[Device]) -> Option<Conversation> {
    let server = devices.iter().find(|other| other.category == "image_archive")?;
    let outside = device.internet.seen;
    let service = device.services.first()?;
    Some(Conversation {
        client: device.ips[0].clone(),
        server: if outside { "203.0.113.7".into() } else { server.ips[0].clone() },
        client_device: Some(device.id.clone()),
        server_device: (!outside).then(|| server.id.clone()),
        vlan: device.vlans.first().copied(),
        transport: "tcp".into(),
        port: if outside { 443 } else { service.port },
        application: if outside { Some("tls".into()) } else { service.application.clone() },
        patient_data: if outside { vec![] } else { vec!["name".into(), "birth_date".into()] },
        outside,
        answered: true,
        flows: 1,
        to_group: false,
        packets: 4_211,
        bytes: 3_882_104,
        first: "2026-11-20T06:12:00Z".into(),
        last: "2026-11-20T09:55:12Z".into(),
        hours_of_week: Default::default(),
    })
}

fn zones(devices: &[Device]) -> Vec<Zone> {
    let member = |at: usize| devices.iter().filter(move |device| device.vlans == [100 + at as u16]);
    let zones = ZONES.iter().enumerate().map(|(at, (name, purpose))| Zone {
        id: format!("zone-{}", at + 1),
        name: (*name).into(),
        purpose: (*purpose).into(),
        devices: member(at).map(|device| device.id.clone()).collect(),
        outside: Vec::new(),
        microsegments: Vec::new(),
    });
    zones.filter(|zone| !zone.devices.is_empty()).collect()
}

fn rules() -> Vec<Rule> {
    let flows: &[(&str, &str, &str, &[u16], &str)] = &[
        ("zone:zone-1", "zone:zone-2", "dicom", &[104, 11112], "scanners send images to the archive"),
        ("zone:zone-2", "zone:zone-7", "dicom", &[11112], "the archive sends images to viewers"),
        ("zone:zone-7", "zone:zone-2", "https", &[443], "viewers open the archive's pages"),
        ("zone:zone-3", "zone:zone-6", "hl7", &[2575], "monitors send measurements"),
        ("zone:zone-4", "zone:zone-6", "hl7", &[2575], "pumps report through their gateway"),
        ("zone:zone-5", "zone:zone-6", "hl7", &[2575, 6661], "analysers send results"),
        ("zone:zone-6", "zone:zone-7", "https", &[443], "results are shown in wards"),
        ("zone:zone-6", "zone:zone-5", "hl7", &[6661], "orders go to the analysers"),
        ("zone:zone-1", "zone:zone-8", "dns", &[53], "names are looked up"),
        ("zone:zone-2", "zone:zone-8", "dns", &[53], "names are looked up"),
        ("zone:zone-3", "zone:zone-8", "ntp", &[123], "clocks are set"),
        ("zone:zone-4", "zone:zone-8", "dns", &[53], "names are looked up"),
        ("zone:zone-5", "zone:zone-8", "dns", &[53], "names are looked up"),
        ("zone:zone-7", "zone:zone-8", "ldap", &[389], "people sign in"),
        ("zone:zone-9", "zone:zone-8", "dns", &[53], "names are looked up"),
        ("zone:zone-3", "zone:zone-3", "hl7", &[2575], "monitors talk to their central station"),
        ("zone:zone-8", "outside:time.example", "ntp", &[123], "the time server follows public time"),
        ("zone:zone-1", "outside:telemetry.vendor.example", "tls", &[443], "remote service of the scanners"),
        ("zone:zone-9", "group:224.0.0.251", "mdns", &[5353], "printers announce themselves"),
    ];
    let rule = |(at, (from, to, application, ports, why)): (usize, &(&str, &str, &str, &[u16], &str))| Rule {
        id: format!("rule-{:03}", at + 1),
        from: (*from).into(),
        to: (*to).into(),
        transport: if matches!(*application, "dns" | "ntp" | "mdns") { "udp" } else { "tcp" }.into(),
        ports: ports.to_vec(),
        application: Some((*application).into()),
        needs: vec![format!("need-{:03}", at + 1)],
        why: format!("Seen in use: {why}."),
        until: None,
        care_critical: false,
        accepted: None,
    };
    flows.iter().enumerate().map(rule).collect()
}

fn needs(devices: &[Device]) -> Vec<Need> {
    let need = |(at, device): (usize, &Device)| Need {
        id: format!("need-{:03}", at + 1),
        from: format!("device:{}", device.id),
        to: "zone:zone-8".into(),
        transport: "udp".into(),
        ports: vec![53],
        application: Some("dns".into()),
        purpose: "Looks up names.".into(),
        state: if at % 9 == 8 { "expected_not_seen" } else { "proposed" }.into(),
        source: "observed".into(),
        origin: "observed".into(),
        decision: None,
        until: None,
        care_critical: false,
        seen: None,
    };
    devices.iter().enumerate().map(need).collect()
}

fn coverage(device: &Device) -> Coverage {
    let ready = device.category != "imaging_modality";
    Coverage {
        device: device.id.clone(),
        days: if ready { 21.4 } else { 0.2 },
        ready,
        why: if ready {
            "Seen on 21 days, nights and weekends included."
        } else {
            "Seen for five hours only; weekly tasks cannot have been seen."
        }
        .into(),
        ..Coverage::default()
    }
}

fn actions(devices: &[Device]) -> Vec<Action> {
    let of = |category: &str| -> Vec<String> {
        devices.iter().filter(|device| device.category == category).map(|device| device.id.clone()).collect()
    };
    let all = [
        (
            "segment",
            of("laboratory_analyser"),
            "They run Windows XP and cannot be patched. Kept apart, they can do their work and reach nothing else.",
            212.4,
            "medium",
        ),
        (
            "configure",
            of("imaging_modality"),
            "Telnet seems to be open on the scanners. Ask the maker to switch it off.",
            74.0,
            "low",
        ),
        (
            "disconnect",
            of("camera"),
            "The cameras speak to addresses outside the site and nobody needs that.",
            38.5,
            "low",
        ),
        (
            "replace",
            of("image_archive"),
            "The archive's operating system gets no more updates.",
            66.0,
            "high",
        ),
        (
            "find_out",
            of("unknown"),
            "Nothing they sent says what they are. Walk to them and look.",
            12.0,
            "low",
        ),
    ];
    let action =
        |(at, (kind, devices, why, removes, effort)): (usize, (&str, Vec<String>, &str, f64, &str))| Action {
            id: format!("action-{}", at + 1),
            kind: kind.into(),
            devices,
            why: why.into(),
            removes,
            effort: effort.into(),
            ..Action::default()
        };
    let all = all.into_iter().filter(|(_, devices, ..)| !devices.is_empty());
    all.enumerate().map(action).collect()
}

fn input() -> Input {
    Input {
        path: "captures/ward-2026-11-20.pcap".into(),
        sha256: Some("9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".into()),
        kind: "pcap".into(),
        packets: 1_482_311,
        bytes: 912_445_120,
        first: Some("2026-11-20T06:00:01Z".into()),
        last: Some("2026-11-20T11:59:58Z".into()),
        damaged: vec![Damage { offset: 911_204_114, reason: "cut in the middle of a packet".into() }],
        skipped: [("link type 105 (IEEE 802.11)".to_owned(), 120)].into(),
    }
}

/// An assessment of nothing.
pub(crate) fn empty() -> Assessment {
    let mut assessment = hospital(0);
    assessment.site = Site::default();
    assessment.inputs.clear();
    assessment.feeds.clear();
    assessment.rules.clear();
    assessment.health.clear();
    assessment.verification = Verification::default();
    assessment.withheld.clear();
    assessment.reconciliation = None;
    assessment.containment = Containment::default();
    assessment
}

/// The sample with every text replaced by `text`, names of the vocabulary included.
pub(crate) fn with_every_text(assessment: &Assessment, text: &str) -> Assessment {
    let mut value = serde_json::to_value(assessment).unwrap();
    replace(&mut value, text);
    serde_json::from_value(value).unwrap()
}

fn replace(value: &mut serde_json::Value, text: &str) {
    match value {
        serde_json::Value::String(string) => *string = text.to_owned(),
        serde_json::Value::Array(items) => items.iter_mut().for_each(|item| replace(item, text)),
        serde_json::Value::Object(fields) => fields.values_mut().for_each(|field| replace(field, text)),
        _ => {}
    }
}
