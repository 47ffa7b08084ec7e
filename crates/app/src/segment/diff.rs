//! Two configurations of one point: which packets the second lets through that the first did not, and the other way
//! round.

use super::points::{names, read, words};
use crate::actor::{Actor, Permission};
use crate::error::AppError;
use crate::report::read_assessment;
use cordon_segment::packets::Packets;
use cordon_segment::point::{Change, Turn, difference};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// What to compare.
#[derive(Debug)]
pub struct Request {
    /// The configuration as it was.
    pub old: PathBuf,
    /// As it is, or is to be.
    pub new: PathBuf,
    /// An assessment, to name devices.
    pub assessment: Option<PathBuf>,
}

/// What is different.
#[derive(Debug, Serialize)]
pub struct Difference {
    /// What passed and does not any more.
    pub closed: Vec<Changed>,
    /// What did not pass and does.
    pub opened: Vec<Changed>,
    /// Of what it cannot be told any more.
    pub unsure: Vec<Changed>,
    /// Lines of either that bear on what passes and were not understood.
    pub not_understood_count: u64,
}

/// One difference.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// From which interface; `null` for any.
    pub from: Option<String>,
    /// To which.
    pub to: Option<String>,
    /// A packet that shows it.
    pub packet: String,
    /// The device that sends it, where it is known.
    pub source: Option<String>,
    /// The device that is to get it.
    pub destination: Option<String>,
    /// What decides about it in the old configuration.
    pub old: Option<Decides>,
    /// In the new one.
    pub new: Option<Decides>,
}

/// What decides about a packet.
#[derive(Debug, Serialize)]
pub struct Decides {
    /// The list.
    pub list: String,
    /// The line's place; `null` where the list's end decides.
    pub line: Option<u32>,
    /// The line.
    pub text: Option<String>,
}

/// Compares for all packets.
pub fn diff(actor: &Actor, request: &Request) -> Result<Difference, AppError> {
    actor.require(Permission::Assess)?;
    let names = match &request.assessment {
        Some(path) => names(&read_assessment(path)?),
        None => BTreeMap::new(),
    };
    let found = read(&[request.old.clone(), request.new.clone()])?;
    let [(_, old), (_, new)] = found.as_slice() else {
        let why = "two configurations of rules are compared, and one of these files is none".to_owned();
        return Err(AppError::WrongUse(why));
    };
    let changes = difference(old, new, &mut Packets::default())
        .map_err(|error| AppError::unreadable(&request.new, error))?;
    let mut all = Difference {
        closed: Vec::new(),
        opened: Vec::new(),
        unsure: Vec::new(),
        not_understood_count: old.passed_over_count + new.passed_over_count,
    };
    for change in changes {
        let kind = match change.turn {
            Turn::Closed => &mut all.closed,
            Turn::Opened => &mut all.opened,
            Turn::Unsure => &mut all.unsure,
        };
        kind.push(changed(change, &names));
    }
    Ok(all)
}

fn changed(change: Change, names: &BTreeMap<IpAddr, String>) -> Changed {
    let decides = |one: Option<(String, Option<(u32, String)>)>| {
        one.map(|(list, line)| {
            let (line, text) = line.unzip();
            Decides { list, line, text }
        })
    };
    Changed {
        from: change.from,
        to: change.to,
        packet: words(&change.example),
        source: names.get(&change.example.source).cloned(),
        destination: names.get(&change.example.destination).cloned(),
        old: decides(change.old),
        new: decides(change.new),
    }
}
