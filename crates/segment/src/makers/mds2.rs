//! What a disclosure statement (MDS2, ANSI/NEMA HN 1-2019 and its form of 2013) says of connections: its sections CONN
//! and RMOT, and notes of others that name ports.
//!
//! A form answers yes or no; which port, in which direction and with whom stands in a free note, or nowhere. Only what a
//! note says outright becomes a flow. Everything else is a question to the maker, never a rule.

mod ports;

use super::{Peer, Publication, PublishedFlow, Question};
use cordon_model::Cidr;
use std::collections::BTreeSet;

/// The most answers read of a form; the standard has about 240 questions.
const ANSWERS_MAX: usize = 1_000;
/// Sentences read of a note.
const SENTENCES_MAX: usize = 20;
/// Characters of a note that are quoted.
const QUOTED_MAX: usize = 120;

/// One answer of a form.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answer {
    /// The question's id as the form has it: `CONN-6`; the form of 2013 numbers otherwise, and how is not known here.
    pub id: String,
    /// The id of the same question in the form of 2019.
    pub topic: String,
    /// The answer.
    pub answer: String,
    /// The note beside it.
    pub note: String,
}

/// A question of the form that tells of connections: its id, what a yes means, and what to ask where no port is named.
const TOPICS: [(&str, &str, &str); 10] = [
    (
        "CONN-2",
        "has a list of its ports and protocols",
        "its maker has a list of ports and protocols: ask for it",
    ),
    (
        "CONN-3",
        "talk with systems of the hospital",
        "it talks with systems of the hospital: ask with which, and which ports and protocols",
    ),
    (
        "CONN-4",
        "talk with systems outside",
        "it talks with systems outside: ask for their names or addresses, ports and protocols",
    ),
    (
        "CONN-5",
        "be asked by its interface (API)",
        "it offers an interface (API): ask for its port and who may use it",
    ),
    (
        "CONN-6",
        "reach the internet",
        "it needs the internet: ask for names or addresses, ports and protocols",
    ),
    (
        "CONN-8",
        "be operated from afar",
        "it can be operated from afar: ask from where, by which port and protocol",
    ),
    (
        "RMOT-1",
        "be serviced from afar",
        "it can be serviced from afar: ask from where, by which port and protocol",
    ),
    ("RMOT-1.1", "let its owner begin service from afar", ""),
    (
        "RMOT-2",
        "send what predicts failures",
        "it sends what predicts failures to its maker: ask for the address, port and protocol",
    ),
    (
        "RMOT-3",
        "take part in other functions from afar",
        "it has further functions from afar: ask which, with whom, by which port and protocol",
    ),
];

/// Sections whose notes may name ports that are in use; SAHD lists what is closed as well.
const SECTIONS: [&str; 7] = ["CONN", "RMOT", "AUDT", "MPII", "TXCF", "TXIG", "DIDT"];

/// Words of a sentence that says what is not so.
const DENIALS: [&str; 12] = [
    "not",
    "no",
    "never",
    "closed",
    "disabled",
    "blocked",
    "unused",
    "none",
    "cannot",
    "without",
    "except",
    "prohibited",
];
/// Words by which the device opens the connection …
const ASKS: [&str; 9] =
    ["outbound", "outgoing", "initiates", "initiated", "connects", "sends", "uploads", "pushes", "client"];
/// … and those by which it answers.
const ANSWERS: [&str; 8] =
    ["inbound", "incoming", "listens", "listening", "listen", "accepts", "server", "receives"];
/// Names of protocols as people write them, and as this program does.
const PROTOCOLS: [(&str, &str); 15] = [
    ("dicom", "dicom"),
    ("hl7", "hl7"),
    ("mllp", "hl7"),
    ("https", "tls"),
    ("tls", "tls"),
    ("http", "http"),
    ("dns", "dns"),
    ("ntp", "ntp"),
    ("sntp", "ntp"),
    ("snmp", "snmp"),
    ("ssh", "ssh"),
    ("sftp", "ssh"),
    ("rdp", "rdp"),
    ("syslog", "syslog"),
    ("smb", "smb"),
];

/// What the answers of a form say; `file` names the form. Which devices it is about is said by who reads it.
pub fn publication(file: &str, answers: &[Answer]) -> Publication {
    let mut found = Publication { file: file.to_owned(), ..Publication::default() };
    let mut flows: BTreeSet<PublishedFlow> = BTreeSet::new();
    for answer in answers.iter().take(ANSWERS_MAX) {
        let section = answer.topic.split_once('-').map_or("", |(section, _)| section);
        if !SECTIONS.contains(&section) || !is_yes(&answer.answer) {
            continue;
        }
        let said = Said::of(answer);
        if let Some((.., ask)) = topic(answer).filter(|(.., ask)| !ask.is_empty() && said.flows.is_empty()) {
            let ask = match quoted(&answer.note) {
                Some(note) => format!("{ask} (it notes: {note})"),
                None => (*ask).to_owned(),
            };
            found.questions.push(Question { place: answer.id.clone(), ask });
        }
        found
            .questions
            .extend(said.questions.into_iter().map(|ask| Question { place: answer.id.clone(), ask }));
        flows.extend(said.flows);
    }
    found.flows = flows.into_iter().collect();
    found
}

/// What one answer says.
#[derive(Default)]
struct Said {
    flows: Vec<PublishedFlow>,
    questions: Vec<String>,
}

impl Said {
    fn of(answer: &Answer) -> Said {
        let mut said = Said::default();
        for sentence in sentences(&answer.note).take(SENTENCES_MAX) {
            let words: Vec<String> = words(sentence).collect();
            let has = |list: &[&str]| words.iter().any(|word| list.contains(&word.as_str()));
            let named = ports::named(sentence);
            // What a sentence denies is no need, whatever ports it names.
            if has(&DENIALS) || (named.services.is_empty() && named.unclear.is_empty()) {
                continue;
            }
            for port in named.unclear {
                said.questions.push(format!("it names port {port} and no transport: ask whether TCP or UDP"));
            }
            let way = match (has(&ASKS), has(&ANSWERS)) {
                (true, false) => Some(true),
                (false, true) => Some(false),
                _ => None,
            };
            let application = only(words.iter().filter_map(|word| {
                PROTOCOLS.iter().find(|(written, _)| written == word).map(|(_, name)| (*name).to_owned())
            }));
            for (transport, ports) in named.services {
                let service = crate::decide::service(transport, &ports);
                let flow = PublishedFlow {
                    device_asks: true,
                    peer: Peer::Mentioned,
                    transport,
                    ports,
                    application: application.clone(),
                    purpose: format!(
                        "{} ({service})",
                        topic(answer).map_or("use the network", |(_, words, _)| words)
                    ),
                    care_critical: false,
                    place: place(answer, sentence),
                };
                said.take(flow, way, sentence, &service);
            }
        }
        said
    }

    fn take(&mut self, flow: PublishedFlow, way: Option<bool>, sentence: &str, service: &str) {
        let Some(device_asks) = way else {
            self.questions.push(format!(
                "it names {service} and not who asks whom: ask for the direction and the other end"
            ));
            self.flows.push(PublishedFlow { device_asks: false, ..flow.clone() });
            self.flows.push(flow);
            return;
        };
        let peer = only(hosts(sentence)).map_or(Peer::NotNamed, |host| match host.parse::<Cidr>() {
            Ok(network) => Peer::Network(network),
            Err(_) => Peer::Name(host),
        });
        if peer == Peer::NotNamed {
            self.questions.push(format!("it names {service} and not the other end: ask who that is"));
        }
        self.flows.push(PublishedFlow { device_asks, peer, ..flow });
    }
}

fn topic(answer: &Answer) -> Option<&'static (&'static str, &'static str, &'static str)> {
    TOPICS.iter().find(|(id, ..)| *id == answer.topic)
}

/// `CONN-6: "TCP 443 outbound"`.
fn place(answer: &Answer, sentence: &str) -> String {
    match quoted(sentence) {
        Some(note) => format!("{}: {note}", answer.id),
        None => answer.id.clone(),
    }
}

fn quoted(text: &str) -> Option<String> {
    let clean: String = text.chars().map(|c| if c.is_control() || c == '"' { ' ' } else { c }).collect();
    let clean = clean.trim();
    let short: String = clean.chars().take(QUOTED_MAX).collect();
    let more = if short.len() < clean.len() { " …" } else { "" };
    (!clean.is_empty()).then(|| format!("\"{}{more}\"", short.trim_end()))
}

fn is_yes(answer: &str) -> bool {
    matches!(answer.trim().to_lowercase().as_str(), "yes" | "y")
}

/// Sentences of a note; a full stop between digits or letters ends none.
fn sentences(note: &str) -> impl Iterator<Item = &str> {
    note.split(['\n', '\r', ';'])
        .flat_map(|line| line.split(". "))
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

fn words(sentence: &str) -> impl Iterator<Item = String> {
    sentence.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase)
}

/// The only value there is, however often.
fn only<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: BTreeSet<T> = values.collect();
    if values.len() == 1 { values.pop_first() } else { None }
}

/// Host names and addresses of a sentence, in lower case.
fn hosts(sentence: &str) -> impl Iterator<Item = String> {
    let ends =
        |c: char| c.is_whitespace() || matches!(c, ',' | '(' | ')' | '[' | ']' | '<' | '>' | '"' | '\'');
    let tokens = sentence.split(ends).filter_map(|token| {
        let token = token.rsplit_once("://").map_or(token, |(_, rest)| rest);
        let token = token.split(['/', ':']).next()?.trim_matches('.');
        let lower = token.to_lowercase();
        if lower.parse::<std::net::IpAddr>().is_ok() {
            return Some(lower);
        }
        let labels: Vec<&str> = lower.split('.').collect();
        let is_label = |label: &&str| {
            label.len() >= 2 && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        };
        let top = labels.last().is_some_and(|label| label.bytes().all(|byte| byte.is_ascii_alphabetic()));
        // A name written in capitals at its end is the beginning of a sentence without a blank before it.
        let plain = token.rsplit('.').next().is_some_and(|label| !label.starts_with(char::is_uppercase));
        (labels.len() >= 2 && top && plain && labels.iter().all(is_label)).then_some(lower)
    });
    tokens.collect::<Vec<_>>().into_iter()
}
