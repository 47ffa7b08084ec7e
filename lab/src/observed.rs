//! What Cordon says about a capture: through its library, and through the binary a user has.

use crate::Failure;
use crate::process;
use cordon_model::observe::{Batch, Conversation, Event, Sighting};
use cordon_sensor::{Observation, Settings, UserNames};
use std::path::Path;
use std::process::{Command, Output};

/// Everything Cordon said.
#[derive(Debug, Default)]
pub struct Observed {
    batches: Vec<Batch>,
    /// Everything it wrote, to search for what must not be there.
    pub(crate) written: Vec<u8>,
}

impl Observed {
    /// Batches as lines.
    pub(crate) fn of_lines(lines: &str) -> Result<Observed, Failure> {
        let batches = lines.lines().map(|line| match cordon_wire::batch::from_line(line) {
            Ok((batch, _)) => Ok(batch),
            Err(error) => Err(Failure::Capture(format!("what was written is no Batch: {error}"))),
        });
        let batches = batches.collect::<Result<Vec<Batch>, Failure>>()?;
        Ok(Observed { batches, written: lines.as_bytes().to_vec() })
    }

    pub(crate) fn sightings(&self) -> impl Iterator<Item = &Sighting> {
        self.batches.iter().flat_map(|batch| &batch.sightings)
    }

    pub(crate) fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.batches.iter().flat_map(|batch| &batch.conversations)
    }

    pub(crate) fn events(&self) -> impl Iterator<Item = &Event> {
        self.batches.iter().flat_map(|batch| &batch.events)
    }

    /// Everything that was seen, a line each, for who writes a scenario.
    pub fn lines(&self) -> Vec<String> {
        let sightings = self.sightings().map(|Sighting { endpoint, record, fact, value, .. }| {
            let record = record.as_ref().map(|record| format!(" [{record}]")).unwrap_or_default();
            format!("{endpoint}{record} {fact} = {value:?}")
        });
        let conversations = self.conversations().map(|conversation| {
            let Conversation { client, server, transport, port, application, patient_data, .. } =
                conversation;
            let application = application.map_or("not recognised", |protocol| protocol.name());
            let kinds: Vec<&str> = patient_data.names().collect();
            format!("{client} to {server} {transport}/{port} {application} {kinds:?}")
        });
        let events = self.events().map(|Event { kind, endpoint, peer, detail, .. }| match peer {
            Some(peer) => format!("{kind} by {endpoint} to {peer}: {detail}"),
            None => format!("{kind} by {endpoint}: {detail}"),
        });
        sightings.chain(conversations).chain(events).collect()
    }

    /// Counters by name, without those that were expected, and damage of the input.
    pub(crate) fn troubles(&self, expected: &[String]) -> Vec<String> {
        let health = self.batches.iter().map(|batch| &batch.health);
        let counters = health.clone().flat_map(|health| &health.counters);
        let counted = counters
            .filter(|(name, count)| **count > 0 && is_trouble(name) && !expected.contains(name))
            .map(|(name, count)| format!("counted {count} of {name}: these peers speak as they should"));
        let damaged = health.flat_map(|health| &health.inputs).flat_map(|input| &input.damaged);
        counted.chain(damaged.map(|damage| format!("the capture is damaged: {}", damage.reason))).collect()
    }
}

/// Counters that stay at zero when well-behaved peers are listened to without loss.
fn is_trouble(name: &str) -> bool {
    name.ends_with(".malformed") || name.starts_with("limit.")
}

/// Reads the capture as `cordon observe` would, within this process.
pub fn by_library(capture: &Path) -> Result<Observed, Failure> {
    let mut batches = Vec::new();
    let mut settings = Settings::named("lab");
    settings.engine.user_names = UserNames::Hashed([0x5a; 32]);
    let mut observation = Observation::new(settings);
    let path = capture.display().to_string();
    let report = observation.path(&path, false, &mut (), &mut |batch| batches.push(batch));
    observation.finish(&mut |batch| batches.push(batch));
    if report.packets == 0 {
        return Err(Failure::Capture(format!("no packet could be read from it: {:?}", report.damaged)));
    }
    let written = batches.iter().map(cordon_wire::batch::to_line).collect::<String>().into_bytes();
    Ok(Observed { batches, written })
}

/// Has the binary read the capture, and reads what it wrote; its statistics are searched as well.
pub fn by_binary(binary: &Path, capture: &Path) -> Result<Observed, Failure> {
    let observed = run(Command::new(binary).arg("observe").arg(capture))?;
    let statistics = run(Command::new(binary).args(["observe", "--stats"]).arg(capture))?;
    let mut said = Observed::of_lines(&String::from_utf8_lossy(&observed.stdout))?;
    said.written.extend([observed.stderr, statistics.stdout, statistics.stderr].concat());
    Ok(said)
}

fn run(command: &mut Command) -> Result<Output, Failure> {
    let output = process::output(command, "cordon")?;
    if output.status.success() {
        return Ok(output);
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(Failure::Capture(format!("cordon observe ended with {}: {why}", output.status)))
}
