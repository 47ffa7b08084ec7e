//! The use case `advise`: what a capture can and cannot answer, and how to take a better one.

mod rules;

use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::inputs::{How, gather};
use crate::privacy::Wish;
use crate::progress::Progress;
use cordon_model::observe::{Batch, Protocol, Transport};
use cordon_sensor::Input;
use cordon_sensor::capture::Capture;
use cordon_sensor::input::STANDARD_INPUT;
use cordon_sensor::survey::{Survey, Surveyor};
use serde::Serialize;
use std::collections::BTreeSet;
use std::path::PathBuf;

/// A question that a capture is taken to answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Question {
    /// What is on the network?
    Inventory,
    /// What exactly is each device: maker, model, version?
    Identity,
    /// What does each device usually talk to?
    Usage,
    /// Which rules would not break care?
    Rules,
    /// Where does patient data pass, and readable?
    PatientData,
}

impl Question {
    /// All of them, from the easiest to answer on.
    pub const ALL: [Question; 5] =
        [Question::Inventory, Question::Identity, Question::Usage, Question::Rules, Question::PatientData];

    /// The question in words.
    pub fn words(self) -> &'static str {
        match self {
            Question::Inventory => "What is on the network?",
            Question::Identity => "What exactly is each device?",
            Question::Usage => "What does each device usually talk to?",
            Question::Rules => "Which rules would not break care?",
            Question::PatientData => "Where does patient data pass, and is it readable?",
        }
    }
}

/// How well a question can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Well.
    Yes,
    /// With gaps that the findings name.
    Partly,
    /// Not from this.
    No,
}

/// Something about the capture that matters to a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its stable name.
    pub id: &'static str,
    /// What was found, with its number.
    pub what: String,
    /// Why that matters.
    pub why: &'static str,
    /// How to take a better capture.
    pub how: &'static str,
    /// The questions that suffer, and how well they can still be answered.
    pub affects: Vec<(Question, Answer)>,
}

/// How well a question can be answered, and what stands against it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Answered {
    /// Which question.
    pub question: Question,
    /// How well.
    pub answer: Answer,
    /// The findings that say so.
    pub because: Vec<&'static str>,
}

/// What a capture can and cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Advice {
    /// The version of this encoding.
    pub schema: &'static str,
    /// What was looked at.
    pub inputs: Vec<String>,
    /// Packets in it.
    pub packets: u64,
    /// Time from the first to the last, in seconds.
    pub seconds: u64,
    /// Stations that sent.
    pub stations: u64,
    /// VLANs that tags name.
    pub vlans: usize,
    /// Every question with its answer.
    pub answers: Vec<Answered>,
    /// What was found, the gravest first.
    pub findings: Vec<Finding>,
}

/// Numbers that only observation tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Observed {
    pub(crate) clinical: BTreeSet<Protocol>,
    /// Bytes of conversations, and those of them whose content was encrypted.
    pub(crate) bytes: u64,
    pub(crate) encrypted: u64,
    /// TCP packets, and holes in their streams.
    pub(crate) tcp_packets: u64,
    pub(crate) gaps: u64,
}

/// What to look at.
#[derive(Debug)]
pub struct Request {
    /// Captures.
    pub inputs: Vec<PathBuf>,
}

/// Looks at captures twice: how they were taken, and what can be read in them.
pub fn advise(actor: &Actor, request: &Request, progress: &mut dyn Progress) -> Result<Advice, AppError> {
    actor.require(Permission::Observe)?;
    let names: Vec<String> = request.inputs.iter().map(|path| path.to_string_lossy().into_owned()).collect();
    if names.iter().any(|name| name == STANDARD_INPUT) {
        let words = "advice needs to read a capture twice; write it to a file first: tcpdump -w capture.pcap";
        return Err(AppError::WrongUse(words.to_owned()));
    }
    let mut surveyor = Surveyor::new();
    for name in &names {
        // One that cannot be opened is told of by the second look.
        let Ok(input) = Input::open(name, false) else { continue };
        if input.format().is_capture() {
            // So is damage; what was before it counts.
            let _ = surveyor.capture(&mut Capture::new(input));
        }
    }
    let survey = surveyor.finish();
    let how = How { hash: false, threads: 1, clock: None, user_names: Wish::default(), mappings: Vec::new() };
    let mut observed = Observed::default();
    gather(&request.inputs, None, how, progress, &mut |batch| observed.add(&batch))?;
    if survey.frames == 0 {
        return Err(AppError::NoUsableInput {
            reasons: vec!["there are no captures among the inputs".into()],
        });
    }
    Ok(advice(names, &survey, &observed))
}

/// Draws the advice from the numbers.
fn advice(inputs: Vec<String>, survey: &Survey, observed: &Observed) -> Advice {
    let mut findings = rules::findings(survey, observed);
    let gravity = |finding: &Finding| {
        let of = |wanted: Answer| finding.affects.iter().filter(|(_, answer)| *answer == wanted).count();
        std::cmp::Reverse((of(Answer::No), of(Answer::Partly)))
    };
    findings.sort_by_key(gravity);
    let answers = Question::ALL.map(|question| {
        let against = findings.iter().filter_map(|finding| {
            let (_, answer) = finding.affects.iter().find(|(affected, _)| *affected == question)?;
            Some((*answer, finding.id))
        });
        let against: Vec<(Answer, &'static str)> = against.collect();
        Answered {
            question,
            answer: against.iter().map(|(answer, _)| *answer).max().unwrap_or(Answer::Yes),
            because: against.into_iter().map(|(_, id)| id).collect(),
        }
    });
    Advice {
        schema: "cordon.advice/1",
        inputs,
        packets: survey.frames,
        seconds: rules::seconds(survey),
        stations: survey.stations,
        vlans: survey.vlans.len(),
        answers: answers.into(),
        findings,
    }
}

impl Observed {
    fn add(&mut self, batch: &Batch) {
        for talk in &batch.conversations {
            self.bytes += talk.bytes;
            let Some(protocol) = talk.application else { continue };
            if is_encrypted(protocol) {
                self.encrypted += talk.bytes;
            }
            if is_clinical(protocol) {
                self.clinical.insert(protocol);
            }
        }
        let tcp = batch.conversations.iter().filter(|talk| talk.transport == Transport::Tcp);
        self.tcp_packets += tcp.map(|talk| talk.packets).sum::<u64>();
        self.gaps += batch.health.counters.get("tcp.gaps").copied().unwrap_or(0);
    }
}

fn is_encrypted(protocol: Protocol) -> bool {
    matches!(protocol.name(), "tls" | "quic" | "ssh")
}

/// Protocols that only clinical devices and systems speak.
fn is_clinical(protocol: Protocol) -> bool {
    use Protocol::{
        Astm, Bcc, Carescape, Dicom, DicomWeb, Dri, Fhir, Hl7, Intellivue, Masimo, Medibus, Pb840, Phd,
        Poct1a, Sdc,
    };
    matches!(
        protocol,
        Astm | Bcc
            | Carescape
            | Dicom
            | DicomWeb
            | Dri
            | Fhir
            | Hl7
            | Intellivue
            | Masimo
            | Medibus
            | Pb840
            | Phd
            | Poct1a
            | Sdc
    )
}

#[cfg(test)]
mod tests;
