//! The conversations of an assessment, or of captures, through configurations: which would have been stopped, where, by which line,
//! and what they were for.

use super::points::{Stopped, names, read, stopped, transport};
use crate::actor::{Actor, Permission};
use crate::assess::{self, Context};
use crate::error::AppError;
use crate::progress::Progress;
use crate::report::read_assessment;
use cordon_segment::packets::Packets;
use cordon_segment::point::{Flow, Network, Outcome};
use cordon_segment::read::Configuration;
use cordon_wire::assessment::{Assessment, Conversation};
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;

/// Conversations that are named; more are counted.
const NAMED_MAX: usize = 1_000;

/// What to replay.
#[derive(Debug)]
pub struct Request {
    /// The assessment with needs and names, and with the conversations where no captures are given.
    pub assessment: Option<PathBuf>,
    /// Captures whose conversations are replayed.
    pub captures: Vec<PathBuf>,
    /// How captures are read.
    pub context: Context,
    /// Threads that observe; what is seen does not depend on it.
    pub threads: u32,
    /// Running configurations, one a file; they are taken together as one network.
    pub configurations: Vec<PathBuf>,
}

/// What would have become of the conversations.
#[derive(Debug, Default, Serialize)]
pub struct Replay {
    /// All of them.
    pub conversations: u64,
    /// They would have passed.
    pub passing: u64,
    /// Both ends are behind one interface.
    pub elsewhere: u64,
    /// The configurations do not say the way.
    pub no_way: u64,
    /// To groups and broadcasts, or without an address: not routed, and not replayed.
    pub left_out: u64,
    /// They would have been stopped; those a need names first, then by bytes. At most 1,000.
    pub blocked: Vec<Replayed>,
    /// How many.
    pub blocked_count: u64,
    /// It cannot be told.
    pub unsure: Vec<Replayed>,
    /// How many.
    pub unsure_count: u64,
    /// Lines of the configurations that bear on what passes and were not understood.
    pub not_understood_count: u64,
}

/// A conversation that would have been stopped, or may have been.
#[derive(Debug, Serialize)]
pub struct Replayed {
    /// Where and by what.
    pub stopped: Stopped,
    /// What was spoken.
    pub application: Option<String>,
    /// `confirmed`, `proposed` …: the state of the need that names it; `null` where none does.
    pub need_state: Option<String>,
    /// Packets that were seen.
    pub packets: u64,
    /// Bytes that were seen.
    pub bytes: u64,
    /// When it was seen last.
    pub last: String,
}

/// What is replayed: conversations with their devices, and the needs that name them.
fn replayed(request: &Request, progress: &mut dyn Progress) -> Result<Assessment, AppError> {
    let known = request.assessment.as_deref().map(read_assessment).transpose()?;
    if request.captures.is_empty() {
        return known.ok_or_else(|| AppError::WrongUse("give an assessment (--in) or captures".to_owned()));
    }
    let mut shown = assess::shown(&request.captures, request.threads, &request.context, progress)?;
    let Some(mut known) = known else { return Ok(shown) };
    // A capture of one day tells less of who is who than what was assessed before.
    let mut devices: BTreeMap<String, Option<String>> = BTreeMap::new();
    for device in &known.devices {
        for ip in &device.ips {
            // An address of two devices tells neither.
            let entry = devices.entry(ip.clone());
            entry.and_modify(|one| *one = None).or_insert_with(|| Some(device.id.clone()));
        }
    }
    for conversation in &mut shown.conversations {
        conversation.client_device = devices.get(&conversation.client).cloned().flatten();
        conversation.server_device = devices.get(&conversation.server).cloned().flatten();
    }
    known.conversations = shown.conversations;
    Ok(known)
}

/// Replays every conversation.
pub fn replay(actor: &Actor, request: &Request, progress: &mut dyn Progress) -> Result<Replay, AppError> {
    actor.require(Permission::Assess)?;
    // A mistake in a configuration is told before a long capture is read.
    let points = read(&request.configurations)?;
    let assessment = replayed(request, progress)?;
    let configurations: Vec<Configuration> = points.iter().map(|(_, found)| found.clone()).collect();
    let mut network = Network::of(&configurations);
    let mut packets = Packets::default();
    let names = names(&assessment);
    let name = |address: IpAddr| names.get(&address).cloned().unwrap_or_else(|| address.to_string());
    let mut replay = Replay { conversations: assessment.conversations.len() as u64, ..Replay::default() };
    replay.not_understood_count = points.iter().map(|(_, found)| found.passed_over_count).sum();
    for conversation in &assessment.conversations {
        let Some(mut flow) = flow(conversation).filter(|_| !conversation.to_group) else {
            replay.left_out += 1;
            continue;
        };
        (flow.from_name, flow.to_name) = (name(flow.from), name(flow.to));
        let outcome = network
            .one(&flow, &mut packets)
            .map_err(|error| AppError::WrongUse(format!("the configurations together: {error}")))?;
        let (is_blocked, broken) = match outcome {
            None => {
                replay.no_way += 1;
                continue;
            }
            Some(Outcome::Passes) => {
                replay.passing += 1;
                continue;
            }
            Some(Outcome::Elsewhere) => {
                replay.elsewhere += 1;
                continue;
            }
            Some(Outcome::Blocked(broken)) => (true, broken),
            Some(Outcome::Unsure(broken)) => (false, broken),
        };
        let state = named(&assessment, conversation, &mut flow);
        let one = Replayed {
            stopped: stopped(broken, &flow, &points),
            application: conversation.application.clone(),
            need_state: state,
            packets: conversation.packets,
            bytes: conversation.bytes,
            last: conversation.last.clone(),
        };
        let (list, count) = match is_blocked {
            true => (&mut replay.blocked, &mut replay.blocked_count),
            false => (&mut replay.unsure, &mut replay.unsure_count),
        };
        list.push(one);
        *count += 1;
    }
    for list in [&mut replay.blocked, &mut replay.unsure] {
        list.sort_by_key(|one| (rank(one.need_state.as_deref()), std::cmp::Reverse(one.bytes)));
        list.truncate(NAMED_MAX);
    }
    Ok(replay)
}

fn rank(state: Option<&str>) -> u8 {
    match state {
        Some("confirmed") => 0,
        Some(_) => 1,
        None => 2,
    }
}

fn flow(conversation: &Conversation) -> Option<Flow> {
    let (from, to): (IpAddr, IpAddr) = (conversation.client.parse().ok()?, conversation.server.parse().ok()?);
    let transport = transport(&conversation.transport)?;
    Some(Flow {
        need: String::new(),
        from_name: String::new(),
        from,
        to_name: String::new(),
        to,
        transport,
        port: (conversation.port > 0).then_some(conversation.port),
        purpose: String::new(),
    })
    .filter(|flow| flow.from.is_ipv4() == flow.to.is_ipv4() && flow.from != flow.to)
}

/// Gives a flow the need that names its conversation, and answers that need's state.
fn named(assessment: &Assessment, conversation: &Conversation, flow: &mut Flow) -> Option<String> {
    let is_party = |party: &str, device: &Option<String>, address: &str| match party.split_once(':') {
        Some(("device", id)) => device.as_deref() == Some(id),
        Some(("zone" | "microsegment", _)) => device.as_ref().is_some_and(|device| {
            let mut wholes = assessment.zones.iter().flat_map(|zone| zone.wholes());
            wholes.any(|(whole, devices)| whole == party && devices.contains(device))
        }),
        Some((_, name)) => name == address,
        None => false,
    };
    let need = assessment.needs.iter().find(|need| {
        need.transport == conversation.transport
            && (need.ports.is_empty() || need.ports.contains(&conversation.port))
            && is_party(&need.from, &conversation.client_device, &conversation.client)
            && is_party(&need.to, &conversation.server_device, &conversation.server)
    })?;
    flow.need.clone_from(&need.id);
    flow.purpose.clone_from(&need.purpose);
    Some(need.state.clone())
}
