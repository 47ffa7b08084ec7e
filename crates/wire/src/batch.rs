//! `cordon.batch/1`: a Batch as one line of JSON.
//!
//! Names of a newer sensor (facts, protocols, kinds of event) that this program does not know are passed
//! over and counted in [`Note`]s; only a line that is no Batch of version 1 is an error. Fields may be added
//! within version 1, never renamed.

use cordon_model::observe::{
    Batch, Conversation, Damage, Event, FACT_BYTES_MAX, Health, HoursOfWeek, InputReport, PatientDataKinds,
    Sighting, Source,
};
use cordon_model::{Endpoint, HourOfWeek, Timestamp, Vlan};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// The value of [`BatchLine::schema`].
pub const SCHEMA: &str = "cordon.batch/1";

/// How every line starts that [`to_line`] writes, for recognising a file by its content.
pub const LINE_START: &str = "{\"schema\":\"cordon.batch/";

/// A bounded summary of a time window from one sensor.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct BatchLine<'a> {
    /// Always [`SCHEMA`].
    #[serde(borrow)]
    pub schema: Cow<'a, str>,
    /// Which sensor or import made it.
    #[serde(borrow)]
    pub sensor: Cow<'a, str>,
    /// Counts up from 0 for each sensor; (sensor, sequence) is accepted once.
    pub sequence: u64,
    /// Time of the earliest thing in it, RFC 3339 UTC.
    #[serde(default)]
    pub start: Option<String>,
    /// Time of the latest thing in it.
    #[serde(default)]
    pub end: Option<String>,
    /// The inputs that `input` numbers point into.
    #[serde(default)]
    pub inputs: Vec<String>,
    /// Facts.
    #[serde(default, borrow)]
    pub sightings: Vec<SightingLine<'a>>,
    /// Conversations.
    #[serde(default, borrow)]
    pub conversations: Vec<ConversationLine<'a>>,
    /// Events.
    #[serde(default, borrow)]
    pub events: Vec<EventLine<'a>>,
    /// How it went.
    #[serde(default)]
    pub health: HealthLine,
}

/// Where on the network, as far as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EndpointLine {
    /// VLAN identifier, 1 to 4094.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub vlan: Option<u16>,
    /// MAC address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mac: Option<String>,
    /// IP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
}

/// One fact about an endpoint.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SightingLine<'a> {
    /// Whom it is about, or who spoke for the thing it is about.
    pub endpoint: EndpointLine,
    /// Names a thing behind the endpoint: a row of a list, a device behind a gateway.
    #[serde(default, borrow, skip_serializing_if = "Option::is_none")]
    pub record: Option<Cow<'a, str>>,
    /// Kind of fact, `protocol.what`.
    #[serde(borrow)]
    pub fact: Cow<'a, str>,
    /// The stated value.
    #[serde(borrow)]
    pub value: Cow<'a, str>,
    /// How many times it was stated.
    pub count: u64,
    /// First time.
    #[serde(borrow)]
    pub first: Cow<'a, str>,
    /// Last time.
    #[serde(borrow)]
    pub last: Cow<'a, str>,
    /// Index into `inputs`.
    pub input: u32,
    /// 1-based frame or row number in that input.
    pub packet: u64,
}

/// What one client and one server exchanged on one server port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ConversationLine<'a> {
    /// Who asks.
    pub client: EndpointLine,
    /// Who answers.
    pub server: EndpointLine,
    /// `tcp`, `udp`, `icmp` or `ip/N`.
    #[serde(borrow)]
    pub transport: Cow<'a, str>,
    /// Server port, 0 where the transport has none.
    pub port: u16,
    /// What was certainly spoken.
    #[serde(default, borrow)]
    pub application: Option<Cow<'a, str>>,
    /// How client and server were told apart.
    #[serde(borrow)]
    pub direction: Cow<'a, str>,
    /// True when the server was seen to answer.
    pub answered: bool,
    /// Connections or exchanges.
    pub flows: u64,
    /// Packets in both directions.
    pub packets: u64,
    /// Bytes on the wire in both directions.
    pub bytes: u64,
    /// First packet.
    #[serde(borrow)]
    pub first: Cow<'a, str>,
    /// Last packet.
    #[serde(borrow)]
    pub last: Cow<'a, str>,
    /// Pairs of hour of the week (0 is Monday 00:00 UTC) and packets in it.
    pub hours: Vec<(u8, u64)>,
    /// Kinds of patient data that were readable, never values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patient_data: Vec<String>,
    /// Index into `inputs`.
    pub input: u32,
    /// 1-based number of the first frame in that input.
    pub packet: u64,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct EventLine<'a> {
    /// When.
    #[serde(borrow)]
    pub at: Cow<'a, str>,
    /// What.
    #[serde(borrow)]
    pub kind: Cow<'a, str>,
    /// Who did it.
    pub endpoint: EndpointLine,
    /// To whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<EndpointLine>,
    /// Particulars, without patient data.
    #[serde(borrow)]
    pub detail: Cow<'a, str>,
    /// Index into `inputs`.
    pub input: u32,
    /// 1-based frame number in that input.
    pub packet: u64,
}

/// How the observation went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HealthLine {
    /// Frames taken in.
    #[serde(default)]
    pub packets: u64,
    /// Bytes on the wire taken in.
    #[serde(default)]
    pub bytes: u64,
    /// Malformed layers, limits hit, evictions.
    #[serde(default)]
    pub counters: BTreeMap<String, u64>,
    /// Inputs that ended within this window.
    #[serde(default)]
    pub inputs: Vec<InputLine>,
}

/// What an input was and how well it could be read.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct InputLine {
    /// Name as given.
    pub path: String,
    /// Hash of its bytes as given; empty when it was not taken.
    #[serde(default)]
    pub sha256: String,
    /// What it was recognised as.
    pub kind: String,
    /// Frames or rows read.
    #[serde(default)]
    pub packets: u64,
    /// Captured bytes read.
    #[serde(default)]
    pub bytes: u64,
    /// Time of the earliest frame.
    #[serde(default)]
    pub first: Option<String>,
    /// Time of the latest frame.
    #[serde(default)]
    pub last: Option<String>,
    /// Where it was damaged.
    #[serde(default)]
    pub damaged: Vec<DamageLine>,
    /// What was passed over, with counts.
    #[serde(default)]
    pub skipped: BTreeMap<String, u64>,
}

/// A damaged place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct DamageLine {
    /// Byte offset after decompression.
    pub offset: u64,
    /// What is wrong there.
    pub reason: String,
}

/// Something in a line that was passed over or bent, and how often.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Note {
    /// What, in words.
    pub what: String,
    /// How many times.
    pub count: u64,
}

impl std::fmt::Display for Note {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

/// Why a line is not a Batch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// It is not JSON, or a field is missing or of the wrong type.
    #[error("not a Batch: {0}")]
    Malformed(String),
    /// It is a Batch of a version this program does not read.
    #[error("schema \"{0}\" is not {SCHEMA}; a newer or older program wrote it")]
    Version(String),
}

/// Kinds of note kept apart in one line; further kinds are counted together.
const NOTE_KINDS_MAX: usize = 64;

/// A Batch as one line of JSON, without the line end.
pub fn to_line(batch: &Batch) -> String {
    // A Batch holds only strings, numbers and lists of them, so encoding has nothing to fail on.
    serde_json::to_string(&BatchLine::of(batch)).unwrap_or_default()
}

/// Writes a Batch as one line of JSON with its line end.
pub fn write_line(batch: &Batch, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer(&mut out, &BatchLine::of(batch))?;
    out.write_all(b"\n")
}

/// Reads a Batch from a line of JSON, with notes on what was passed over.
pub fn from_line(line: &str) -> Result<(Batch, Vec<Note>), BatchError> {
    #[derive(Deserialize)]
    struct Version<'a> {
        #[serde(borrow)]
        schema: Option<Cow<'a, str>>,
    }
    let malformed = |error: serde_json::Error| BatchError::Malformed(error.to_string());
    let version: Version<'_> = serde_json::from_str(line).map_err(malformed)?;
    match version.schema.as_deref() {
        Some(SCHEMA) => {}
        Some(other) => return Err(BatchError::Version(other.chars().take(64).collect())),
        None => return Err(BatchError::Malformed("no field \"schema\"".to_owned())),
    }
    let line: BatchLine<'_> = serde_json::from_str(line).map_err(malformed)?;
    let mut reader = Reader::default();
    let batch = reader.batch(line);
    Ok((batch, reader.notes()))
}

impl<'a> BatchLine<'a> {
    /// The encoding of `batch`.
    pub fn of(batch: &'a Batch) -> BatchLine<'a> {
        BatchLine {
            schema: SCHEMA.into(),
            sensor: batch.sensor.as_str().into(),
            sequence: batch.sequence,
            start: batch.start.map(|time| time.to_string()),
            end: batch.end.map(|time| time.to_string()),
            inputs: batch.inputs.clone(),
            sightings: batch.sightings.iter().map(SightingLine::of).collect(),
            conversations: batch.conversations.iter().map(ConversationLine::of).collect(),
            events: batch.events.iter().map(EventLine::of).collect(),
            health: HealthLine::of(&batch.health),
        }
    }
}

impl EndpointLine {
    fn of(endpoint: &Endpoint) -> EndpointLine {
        EndpointLine {
            vlan: endpoint.vlan.map(Vlan::id),
            mac: endpoint.mac.map(|mac| mac.to_string()),
            ip: endpoint.ip.map(|ip| ip.to_string()),
        }
    }
}

impl<'a> SightingLine<'a> {
    fn of(sighting: &'a Sighting) -> SightingLine<'a> {
        SightingLine {
            endpoint: EndpointLine::of(&sighting.endpoint),
            record: sighting.record.as_deref().map(Cow::Borrowed),
            fact: sighting.fact.name().into(),
            value: sighting.value.as_str().into(),
            count: sighting.count,
            first: sighting.first.to_string().into(),
            last: sighting.last.to_string().into(),
            input: sighting.source.input,
            packet: sighting.source.packet,
        }
    }
}

impl<'a> ConversationLine<'a> {
    fn of(conversation: &'a Conversation) -> ConversationLine<'a> {
        ConversationLine {
            client: EndpointLine::of(&conversation.client),
            server: EndpointLine::of(&conversation.server),
            transport: conversation.transport.to_string().into(),
            port: conversation.port,
            application: conversation.application.map(|protocol| protocol.name().into()),
            direction: conversation.direction.name().into(),
            answered: conversation.answered,
            flows: conversation.flows,
            packets: conversation.packets,
            bytes: conversation.bytes,
            first: conversation.first.to_string().into(),
            last: conversation.last.to_string().into(),
            hours: conversation.hours.iter().map(|(hour, packets)| (hour.index(), packets)).collect(),
            patient_data: conversation.patient_data.names().map(str::to_owned).collect(),
            input: conversation.source.input,
            packet: conversation.source.packet,
        }
    }
}

impl<'a> EventLine<'a> {
    fn of(event: &'a Event) -> EventLine<'a> {
        EventLine {
            at: event.at.to_string().into(),
            kind: event.kind.name().into(),
            endpoint: EndpointLine::of(&event.endpoint),
            peer: event.peer.as_ref().map(EndpointLine::of),
            detail: event.detail.as_str().into(),
            input: event.source.input,
            packet: event.source.packet,
        }
    }
}

impl HealthLine {
    fn of(health: &Health) -> HealthLine {
        HealthLine {
            packets: health.packets,
            bytes: health.bytes,
            counters: health.counters.clone(),
            inputs: health.inputs.iter().map(InputLine::of).collect(),
        }
    }
}

impl InputLine {
    fn of(report: &InputReport) -> InputLine {
        let damage = |damage: &Damage| DamageLine { offset: damage.offset, reason: damage.reason.clone() };
        InputLine {
            path: report.path.clone(),
            sha256: report.sha256.clone(),
            kind: report.kind.clone(),
            packets: report.packets,
            bytes: report.bytes,
            first: report.first.map(|time| time.to_string()),
            last: report.last.map(|time| time.to_string()),
            damaged: report.damaged.iter().map(damage).collect(),
            skipped: report.skipped.clone(),
        }
    }
}

/// Turns lines into values and counts what it cannot use.
#[derive(Default)]
struct Reader {
    notes: BTreeMap<String, u64>,
}

impl Reader {
    fn notes(self) -> Vec<Note> {
        self.notes.into_iter().map(|(what, count)| Note { what, count }).collect()
    }

    fn note(&mut self, what: String) {
        let full = self.notes.len() >= NOTE_KINDS_MAX && !self.notes.contains_key(&what);
        let what = if full { "something else was passed over".to_owned() } else { what };
        *self.notes.entry(what).or_insert(0) += 1;
    }

    /// Parses a name or address; notes what it is not.
    fn parse<T: std::str::FromStr>(&mut self, text: &str, what: &str) -> Option<T> {
        let parsed = text.parse().ok();
        if parsed.is_none() {
            let shown: String = text.chars().take(64).collect();
            self.note(format!("{what} \"{shown}\" is not known"));
        }
        parsed
    }

    fn time(&mut self, text: &str) -> Option<Timestamp> {
        fixed_form_time(text).or_else(|| self.parse(text, "time"))
    }

    /// Holds foreign text to the bounds sightings promise.
    fn text(&mut self, text: Cow<'_, str>) -> String {
        let clean = text.len() <= FACT_BYTES_MAX && !text.chars().any(char::is_control);
        if clean {
            return text.into_owned();
        }
        self.note("a text was cut or cleaned of control characters".to_owned());
        let mut kept = String::new();
        for character in text.chars().filter(|character| !character.is_control()) {
            if kept.len() + character.len_utf8() > FACT_BYTES_MAX {
                break;
            }
            kept.push(character);
        }
        kept
    }

    fn batch(&mut self, line: BatchLine<'_>) -> Batch {
        Batch {
            sensor: line.sensor.into_owned(),
            sequence: line.sequence,
            start: line.start.and_then(|text| self.time(&text)),
            end: line.end.and_then(|text| self.time(&text)),
            inputs: line.inputs,
            sightings: line.sightings.into_iter().filter_map(|line| self.sighting(line)).collect(),
            conversations: line
                .conversations
                .into_iter()
                .filter_map(|line| self.conversation(line))
                .collect(),
            events: line.events.into_iter().filter_map(|line| self.event(line)).collect(),
            health: self.health(line.health),
        }
    }

    fn endpoint(&mut self, line: EndpointLine) -> Option<Endpoint> {
        let vlan = match line.vlan {
            None => None,
            Some(id) => Some(Vlan::new(id).or_else(|| {
                self.note(format!("VLAN {id} does not exist"));
                None
            })?),
        };
        let mac = match line.mac {
            None => None,
            Some(text) => Some(self.parse(&text, "MAC address")?),
        };
        let ip = match line.ip {
            None => None,
            Some(text) => Some(self.parse(&text, "IP address")?),
        };
        Some(Endpoint { vlan, mac, ip })
    }

    fn sighting(&mut self, line: SightingLine<'_>) -> Option<Sighting> {
        Some(Sighting {
            endpoint: self.endpoint(line.endpoint)?,
            record: line.record.map(|text| self.text(text)),
            fact: self.parse(&line.fact, "kind of fact")?,
            value: self.text(line.value),
            count: line.count,
            first: self.time(&line.first)?,
            last: self.time(&line.last)?,
            source: Source { input: line.input, packet: line.packet },
        })
    }

    fn conversation(&mut self, line: ConversationLine<'_>) -> Option<Conversation> {
        let mut hours = HoursOfWeek::default();
        for (hour, packets) in line.hours {
            match HourOfWeek::new(hour) {
                Some(hour) => hours.add(hour, packets),
                None => self.note(format!("hour of the week {hour} does not exist")),
            }
        }
        let mut patient_data = PatientDataKinds::NONE;
        for name in line.patient_data {
            match PatientDataKinds::from_name(&name) {
                Ok(kind) => patient_data = patient_data.union(kind),
                Err(unknown) => self.note(unknown.to_string()),
            }
        }
        Some(Conversation {
            client: self.endpoint(line.client)?,
            server: self.endpoint(line.server)?,
            transport: self.parse(&line.transport, "transport")?,
            port: line.port,
            application: line.application.and_then(|name| self.parse(&name, "protocol")),
            direction: self.parse(&line.direction, "direction basis")?,
            answered: line.answered,
            flows: line.flows,
            packets: line.packets,
            bytes: line.bytes,
            first: self.time(&line.first)?,
            last: self.time(&line.last)?,
            hours,
            patient_data,
            source: Source { input: line.input, packet: line.packet },
        })
    }

    fn event(&mut self, line: EventLine<'_>) -> Option<Event> {
        let peer = match line.peer {
            None => None,
            Some(peer) => Some(self.endpoint(peer)?),
        };
        Some(Event {
            at: self.time(&line.at)?,
            kind: self.parse(&line.kind, "kind of event")?,
            endpoint: self.endpoint(line.endpoint)?,
            peer,
            detail: self.text(line.detail),
            source: Source { input: line.input, packet: line.packet },
        })
    }

    fn health(&mut self, line: HealthLine) -> Health {
        Health {
            packets: line.packets,
            bytes: line.bytes,
            counters: line.counters,
            inputs: line.inputs.into_iter().map(|line| self.input(line)).collect(),
        }
    }

    fn input(&mut self, line: InputLine) -> InputReport {
        let damage = |line: DamageLine| Damage { offset: line.offset, reason: line.reason };
        InputReport {
            path: line.path,
            sha256: line.sha256,
            kind: line.kind,
            packets: line.packets,
            bytes: line.bytes,
            first: line.first.and_then(|text| self.time(&text)),
            last: line.last.and_then(|text| self.time(&text)),
            damaged: line.damaged.into_iter().map(damage).collect(),
            skipped: line.skipped,
        }
    }
}

/// Reads the one spelling [`Timestamp`] writes, over its whole range and without a general date parser,
/// which costs most of the time a Batch takes to read and does not know the last day of year 9999.
fn fixed_form_time(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let number = |text: &str| -> Option<u32> {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
    };
    let part = |text: &str, from: usize, to: usize| text.get(from..to).and_then(number);
    let separators = date.get(4..5) == Some("-") && date.get(7..8) == Some("-");
    let day = Timestamp::from_date(i64::from(part(date, 0, 4)?), part(date, 5, 7)?, part(date, 8, 10)?)?;
    let clock = rest.strip_prefix('T')?.strip_suffix('Z')?;
    let (clock, fraction) = clock.split_at_checked(8)?;
    let separators = separators && clock.get(2..3) == Some(":") && clock.get(5..6) == Some(":");
    let (hour, minute, second) = (part(clock, 0, 2)?, part(clock, 3, 5)?, part(clock, 6, 8)?);
    let micros = match fraction.strip_prefix('.') {
        Some(digits) if digits.len() == 6 => number(digits)?,
        None if fraction.is_empty() => 0,
        _ => return None,
    };
    let valid = separators && hour < 24 && minute < 60 && second < 60;
    let seconds = i64::from(hour * 3600 + minute * 60 + second);
    valid.then(|| day.plus_micros(seconds * 1_000_000 + i64::from(micros)))
}

#[cfg(test)]
mod tests;
