//! Batches by hand, and estates in words.

use cordon_identify::conventions::Convention;
use cordon_identify::{Corrections, Entry, Resolver};
use cordon_knowledge::Knowledge;
use cordon_model::identify::{Device, Estate};
use cordon_model::observe::{
    Batch, Conversation, Direction, Fact, Health, HoursOfWeek, PatientDataKinds, Protocol, Sighting, Source,
    Transport,
};
use cordon_model::{Endpoint, Inside, Mac, Timestamp, Vlan};
use std::fmt::Write as _;
use std::sync::OnceLock;

/// A Batch under construction; every fact comes one packet later than the one before.
#[derive(Clone, Debug)]
pub(crate) struct Build {
    batch: Batch,
    vlan: Option<Vlan>,
    seconds: i64,
}

pub(crate) fn mac(text: &str) -> Mac {
    text.parse().unwrap()
}

impl Build {
    pub(crate) fn new(input: &str) -> Build {
        let batch = Batch {
            sensor: "test".to_owned(),
            sequence: 0,
            start: None,
            end: None,
            inputs: vec![input.to_owned()],
            sightings: Vec::new(),
            conversations: Vec::new(),
            events: Vec::new(),
            health: Health::default(),
        };
        Build { batch, vlan: None, seconds: 0 }
    }

    pub(crate) fn batch(&self) -> &Batch {
        &self.batch
    }

    pub(crate) fn at(mut self, seconds: i64) -> Build {
        self.seconds = seconds;
        self
    }

    pub(crate) fn vlan(mut self, vlan: u16) -> Build {
        self.vlan = Vlan::new(vlan);
        self
    }

    fn endpoint(&self, mac: Option<&str>, ip: Option<&str>) -> Endpoint {
        Endpoint {
            vlan: self.vlan,
            mac: mac.map(|text| text.parse().unwrap()),
            ip: ip.map(|text| text.parse().unwrap()),
        }
    }

    fn see(mut self, endpoint: Endpoint, record: Option<&str>, fact: Fact, value: &str) -> Build {
        let packet = self.batch.sightings.len() as u64 + 1;
        let at = Timestamp::from_seconds(self.seconds);
        self.batch.sightings.push(Sighting {
            endpoint,
            record: record.map(str::to_owned),
            fact,
            value: value.to_owned(),
            count: 1,
            first: at,
            last: at,
            source: Source { input: 0, packet },
        });
        self
    }

    pub(crate) fn fact(self, mac: &str, ip: &str, fact: Fact, value: &str) -> Build {
        let endpoint = self.endpoint(Some(mac), Some(ip));
        self.see(endpoint, None, fact, value)
    }

    /// A fact from a frame without an IP address.
    pub(crate) fn link(self, mac: &str, fact: Fact, value: &str) -> Build {
        let endpoint = self.endpoint(Some(mac), None);
        self.see(endpoint, None, fact, value)
    }

    pub(crate) fn address_fact(self, ip: &str, fact: Fact, value: &str) -> Build {
        let endpoint = self.endpoint(None, Some(ip));
        self.see(endpoint, None, fact, value)
    }

    pub(crate) fn behind(self, mac: &str, ip: &str, record: &str, fact: Fact, value: &str) -> Build {
        let endpoint = self.endpoint(Some(mac), Some(ip));
        self.see(endpoint, Some(record), fact, value)
    }

    pub(crate) fn row(
        self,
        row: &str,
        mac: Option<&str>,
        ip: Option<&str>,
        fact: Fact,
        value: &str,
    ) -> Build {
        let endpoint = Endpoint { vlan: None, ..self.endpoint(mac, ip) };
        self.see(endpoint, Some(row), fact, value)
    }

    pub(crate) fn talk(
        mut self,
        client: (&str, &str),
        server: (&str, &str),
        port: u16,
        application: Option<Protocol>,
        answered: bool,
    ) -> Build {
        let at = Timestamp::from_seconds(self.seconds);
        self.batch.conversations.push(Conversation {
            client: self.endpoint(Some(client.0), Some(client.1)),
            server: self.endpoint(Some(server.0), Some(server.1)),
            transport: Transport::Tcp,
            port,
            application,
            direction: Direction::Handshake,
            answered,
            flows: 1,
            packets: 2,
            bytes: 200,
            first: at,
            last: at,
            hours: HoursOfWeek::default(),
            patient_data: PatientDataKinds::NONE,
            source: Source { input: 0, packet: 1 },
        });
        self
    }
}

pub(crate) fn knowledge() -> &'static Knowledge {
    static KNOWLEDGE: OnceLock<Knowledge> = OnceLock::new();
    KNOWLEDGE.get_or_init(|| Knowledge::builtin().unwrap())
}

pub(crate) fn estate(builds: &[Build]) -> Estate {
    corrected(builds, Vec::new())
}

/// The same, with what a person corrected.
pub(crate) fn corrected(builds: &[Build], corrections: Vec<Entry>) -> Estate {
    let resolver = Resolver::new(knowledge(), Inside::default());
    taken_in(resolver.with_corrections(Corrections::new(corrections)), builds)
}

/// The same under a site's conventions.
pub(crate) fn estate_with(conventions: Vec<Convention>, builds: &[Build]) -> Estate {
    taken_in(Resolver::new(knowledge(), Inside::default()).with_conventions(conventions), builds)
}

fn taken_in(mut resolver: Resolver<'_>, builds: &[Build]) -> Estate {
    for build in builds {
        resolver.add(build.batch());
    }
    resolver.resolve()
}

/// The one device with this MAC.
pub(crate) fn device<'e>(estate: &'e Estate, mac: &str) -> &'e Device {
    let wanted: Mac = mac.parse().unwrap();
    let found: Vec<&Device> = estate.devices.iter().filter(|device| device.macs.contains(&wanted)).collect();
    assert_eq!(found.len(), 1, "devices with {mac}");
    found.into_iter().next().unwrap()
}

/// Everything an estate says, for a snapshot; taking devices apart by name, so that no new field is forgotten.
pub(crate) fn worded(estate: &Estate) -> String {
    let mut text = format!("inputs {:?}\n", estate.inputs);
    for device in &estate.devices {
        let Device { id, macs, ips, vlans, hostnames, claims, services, roles, .. } = device;
        let Device { patient_data, parent, presence, listings, links, .. } = device;
        let _ = writeln!(text, "\n{id} macs {macs:?} ips {ips:?} vlans {vlans:?} names {hostnames:?}");
        let _ = writeln!(text, "  parent {parent:?} patient data {patient_data:?}");
        let _ = writeln!(text, "  presence {presence:?}");
        for listing in listings {
            let _ = writeln!(text, "  listed {listing:?}");
        }
        let _ = writeln!(text, "  roles {roles:?}");
        for link in links {
            let _ = writeln!(
                text,
                "  {} {}: {}",
                if link.joined { "with" } else { "not with" },
                link.with,
                link.why
            );
            for evidence in &link.evidence {
                let place = (evidence.source.input, evidence.source.packet);
                let _ = writeln!(text, "    {} by {} at {place:?}", evidence.fact, evidence.rule);
            }
        }
        for service in services {
            let _ = writeln!(text, "  service {service:?}");
        }
        for claim in claims {
            let conflict = if claim.conflict { " in conflict" } else { "" };
            let _ = writeln!(
                text,
                "  {} = {} at {:.3}{conflict}",
                claim.attribute,
                claim.value,
                claim.confidence.value()
            );
            for evidence in &claim.evidence {
                let place = (evidence.source.input, evidence.source.packet);
                let _ = writeln!(text, "    {} by {} at {place:?}", evidence.fact, evidence.rule);
            }
        }
    }
    for talk in &estate.conversations {
        let _ = writeln!(
            text,
            "\n{:?} -> {:?} outside {}",
            talk.client_device.as_ref().map(ToString::to_string),
            talk.server_device.as_ref().map(ToString::to_string),
            talk.outside
        );
    }
    text
}
