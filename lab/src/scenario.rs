//! A scenario as its file says it: stations, steps, and what Cordon must make of the frames.

use crate::{Failure, places};
use cordon_model::observe::Fact;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};

/// One scenario, read from `scenarios/NAME.toml`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// The file's name without its ending.
    #[serde(skip)]
    pub name: String,
    /// What happens, in a sentence.
    pub about: String,
    /// Commands that make what the stations need, before anything is captured.
    #[serde(default)]
    pub(crate) prepare: Vec<String>,
    /// True when the planted patients cannot be read in the capture: it is encrypted or compressed, or there
    /// are none. Otherwise at least one must be, or nothing was proven.
    #[serde(default)]
    pub(crate) no_patient_readable: bool,
    /// Who is on the network, by a name of small letters.
    pub(crate) stations: BTreeMap<String, Station>,
    /// What they do, in order.
    #[serde(rename = "step")]
    pub(crate) steps: Vec<Step>,
    /// Facts about stations that must come out.
    #[serde(default)]
    pub(crate) facts: BTreeMap<String, Facts>,
    /// Facts that must come out about things a station speaks for, by station and record.
    #[serde(default)]
    pub(crate) behind: BTreeMap<String, BTreeMap<String, Facts>>,
    /// Facts that must not come out about a station, by full name.
    #[serde(default)]
    pub(crate) unknown: BTreeMap<String, Vec<String>>,
    /// Counters of malformed messages and limits that may rise here, because a peer does not speak as it should.
    #[serde(default)]
    pub(crate) counted: Vec<String>,
    /// Stations that only listen: no frame may come from them. Where there are any, every station is shown
    /// all frames, as by a mirror port.
    #[serde(default)]
    pub(crate) silent: Vec<String>,
    /// A station runs Cordon itself: `$cordon`, the binary that `CORDON_LAB_BINARY` names.
    #[serde(default)]
    pub runs_cordon: bool,
    /// Conversations that must come out.
    #[serde(default, rename = "conversation")]
    pub(crate) conversations: Vec<ExpectedConversation>,
    /// Events that must come out.
    #[serde(default, rename = "event")]
    pub(crate) events: Vec<ExpectedEvent>,
}

/// A station's addresses.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Station {
    pub(crate) mac: String,
    pub(crate) ip: Ipv4Addr,
    /// Addresses it takes or is given meanwhile.
    #[serde(default)]
    pub(crate) also: Vec<IpAddr>,
}

/// One program on one station: `serve` keeps running to the end of the scenario, `run` is waited for.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Step {
    pub(crate) on: String,
    pub(crate) serve: Option<String>,
    pub(crate) run: Option<String>,
    /// What `serve` opens when it is ready: `tcp 11112`.
    #[serde(default)]
    pub(crate) opens: Option<String>,
    /// What `serve` says when it is ready, or what `run` must have said.
    #[serde(default)]
    pub(crate) says: Option<String>,
    /// How `run` must end.
    #[serde(default)]
    pub(crate) exit: i32,
    /// How long it may take, in seconds.
    #[serde(default = "usual_limit")]
    pub(crate) limit_s: u64,
}

fn usual_limit() -> u64 {
    60
}

/// Values of facts by protocol and rest of the fact's name: `dicom.model = "…"`.
pub(crate) type Facts = BTreeMap<String, BTreeMap<String, Values>>;

/// One value, or several that must all be there.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Values {
    One(String),
    Many(Vec<String>),
}

/// A fact that must come out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ExpectedSighting<'a> {
    pub(crate) of: &'a str,
    /// The thing the station speaks for; `None` when the fact is about the station itself.
    pub(crate) record: Option<&'a str>,
    pub(crate) fact: Fact,
    pub(crate) value: &'a str,
}

/// A conversation between two stations.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedConversation {
    pub(crate) client: String,
    /// A station, or the address of a group or broadcast.
    pub(crate) server: String,
    #[serde(default = "tcp")]
    pub(crate) transport: String,
    /// Absent where the server takes any free port.
    pub(crate) port: Option<u16>,
    /// The protocol's name; absent when none must be recognised.
    pub(crate) application: Option<String>,
    /// Kinds of patient data, exactly.
    #[serde(default)]
    pub(crate) patient_data: Vec<String>,
    /// Whether the server answered.
    #[serde(default = "yes")]
    pub(crate) answered: bool,
}

fn tcp() -> String {
    "tcp".to_owned()
}

fn yes() -> bool {
    true
}

/// Something that happened.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ExpectedEvent {
    pub(crate) kind: String,
    pub(crate) by: String,
    /// The other station, where there is one.
    pub(crate) to: Option<String>,
    /// A part of the detail.
    #[serde(default)]
    pub(crate) detail: String,
}

/// The names of all scenarios, in order.
pub fn names() -> Result<Vec<String>, Failure> {
    let folder = places::lab().join("scenarios");
    let entries = fs::read_dir(&folder).map_err(Failure::file(&folder))?;
    let files = entries.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> =
        files.filter_map(|file| file.strip_suffix(".toml").map(str::to_owned)).collect();
    names.sort_unstable();
    Ok(names)
}

impl Scenario {
    /// Reads and checks one.
    pub fn read(name: &str) -> Result<Scenario, Failure> {
        let path = places::lab().join("scenarios").join(format!("{name}.toml"));
        let text = fs::read_to_string(&path).map_err(Failure::file(&path))?;
        Scenario::parse(name, &text).map_err(|why| Failure::Scenario { name: name.to_owned(), why })
    }

    pub(crate) fn parse(name: &str, text: &str) -> Result<Scenario, String> {
        let mut scenario: Scenario = toml::from_str(text).map_err(|error| error.to_string())?;
        scenario.name = name.to_owned();
        scenario.check()?;
        Ok(scenario)
    }

    /// Every name means something: a scenario that expects what cannot be would fail for the wrong reason.
    fn check(&self) -> Result<(), String> {
        let plain = |name: &&String| name.len() > 12 || !name.bytes().all(|byte| byte.is_ascii_lowercase());
        if let Some(name) = self.stations.keys().find(plain) {
            return Err(format!("station \"{name}\": at most twelve small letters"));
        }
        for step in &self.steps {
            self.station(&step.on)?;
            if step.serve.is_some() == step.run.is_some() {
                return Err(format!("a step on {} needs either `serve` or `run`", step.on));
            }
        }
        self.sightings()?;
        let mut unknown = self.unknown.values().flatten();
        unknown.try_for_each(|name| fact(name).map(drop))?;
        let of = self.facts.keys().chain(self.behind.keys()).chain(self.unknown.keys());
        let of = of.chain(self.conversations.iter().map(|expected| &expected.client)).chain(&self.silent);
        let mut of =
            of.chain(self.events.iter().flat_map(|expected| [&expected.by].into_iter().chain(&expected.to)));
        of.try_for_each(|name| self.station(name).map(drop))
    }

    /// Every fact that must come out.
    pub(crate) fn sightings(&self) -> Result<Vec<ExpectedSighting<'_>>, String> {
        let own = self.facts.iter().map(|(of, facts)| (of, None, facts));
        let behind = self.behind.iter().flat_map(|(of, records)| {
            records.iter().map(move |(record, facts)| (of, Some(record.as_str()), facts))
        });
        let mut all = Vec::new();
        for (of, record, facts) in own.chain(behind) {
            for (protocol, rest) in facts {
                for (what, values) in rest {
                    let fact = fact(&format!("{protocol}.{what}"))?;
                    let values = match values {
                        Values::One(value) => std::slice::from_ref(value),
                        Values::Many(values) => values,
                    };
                    all.extend(values.iter().map(|value| ExpectedSighting { of, record, fact, value }));
                }
            }
        }
        Ok(all)
    }

    pub(crate) fn station(&self, name: &str) -> Result<&Station, String> {
        self.stations.get(name).ok_or_else(|| format!("there is no station \"{name}\""))
    }
}

fn fact(name: &str) -> Result<Fact, String> {
    name.parse::<Fact>().map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        about = "A knocks at B."
        stations.a = { mac = "02:00:00:00:00:01", ip = "10.77.0.1" }
        stations.b = { mac = "02:00:00:00:00:02", ip = "10.77.0.2" }
        [[step]]
        on = "a"
        run = "true"
        [[conversation]]
        client = "a"
        server = "b"
        port = 1
    "#;

    #[test]
    fn every_scenario_can_be_read() {
        for name in names().unwrap() {
            Scenario::read(&name).unwrap();
        }
    }

    #[test]
    fn a_scenario_that_makes_no_sense_is_refused() {
        assert!(Scenario::parse("small", SMALL).is_ok());
        let wrong = [("on = \"a\"", "on = \"c\""), ("client = \"a\"", "client = \"d\""), ("run =", "walk =")];
        for (good, bad) in wrong {
            assert!(Scenario::parse("small", &SMALL.replace(good, bad)).is_err(), "{bad}");
        }
        let both = SMALL.replace("run = \"true\"", "run = \"true\"\nserve = \"true\"");
        assert!(Scenario::parse("small", &both).is_err());
    }
}
