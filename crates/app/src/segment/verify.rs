//! Configurations of enforcement points against the needs of an assessment: what they would break, and what they let
//! through that nothing needs.

use super::abilities::{Ability, abilities, upgrade_first};
use super::points::{
    LeftOut, OnLink, Stopped, TimedLine, assumed, at, flows, name, names, on_link, read, stopped, timed,
    unbound, words,
};
use crate::actor::{Actor, Permission};
use crate::equipment::Equipment;
use crate::error::AppError;
use crate::report::read_assessment;
use cordon_model::Timestamp;
use cordon_segment::lists::Idle;
use cordon_segment::packets::{Packets, TooComplex};
use cordon_segment::point::{Flow, Loose, Report, Worth, check_all};
use cordon_segment::read::Configuration;
use cordon_wire::assessment::Assessment;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

/// Ranks of risk, the worst first: what is reached by more than is needed is ranked by them.
const TIERS: [&str; 4] = ["critical", "high", "medium", "low"];

/// What to check.
#[derive(Debug)]
pub struct Request {
    /// The assessment with the needs.
    pub assessment: PathBuf,
    /// Running configurations, one a file; they are taken together as one network.
    pub configurations: Vec<PathBuf>,
    /// Only needs that somebody confirmed.
    pub confirmed_only: bool,
    /// The site folder, where it says what equipment can do.
    pub site: Option<PathBuf>,
    /// The time at which lines are asked that count only for a time.
    pub now: Timestamp,
}

/// What was found.
#[derive(Debug, Serialize)]
pub struct Verification {
    /// Needs of the assessment that were checked; each may be several flows.
    pub needs: u64,
    /// Flows from address to address.
    pub flows: u64,
    /// Flows that pass through at least one point.
    pub passing: u64,
    /// Flows of which both ends are behind one interface.
    pub elsewhere: u64,
    /// Flows of which the configurations do not say the way.
    pub no_way: u64,
    /// Flows that leave towards equipment whose configuration was not given: checked as far as it.
    pub beyond: u64,
    /// Requests and answers that are stopped, all points together.
    pub blocked_count: u64,
    /// Requests and answers of which it cannot be told.
    pub unsure_count: u64,
    /// Flows from or to the equipment itself, among those that pass: lists for what it gets and sends decide about them.
    pub itself: u64,
    /// Needs to groups and broadcast addresses that stay on their link: nothing to check at any point.
    pub on_link: Vec<OnLink>,
    /// What must be upgraded before the plan can be enforced, in sentences.
    pub upgrade_first: Vec<String>,
    /// Needs that could not be checked, with the reason.
    pub left_out: Vec<LeftOut>,
    /// The configurations, in the order they were named.
    pub points: Vec<Point>,
}

/// One configuration.
#[derive(Debug, Serialize)]
pub struct Point {
    /// Its file.
    pub path: String,
    /// What it is written in.
    pub language: &'static str,
    /// What it calls itself.
    pub hostname: Option<String>,
    /// Flows that pass through it.
    pub passing: u64,
    /// Needs it stops; of all points together at most 1,000 are named.
    pub blocked: Vec<Stopped>,
    /// How many are named here.
    pub blocked_count: u64,
    /// Needs of which it cannot be told.
    pub unsure: Vec<Stopped>,
    /// How many are named here.
    pub unsure_count: u64,
    /// Lines that let through more than is needed, those that reach what is riskiest first.
    pub loose: Vec<Open>,
    /// Lines that do nothing.
    pub idle: Vec<IdleLine>,
    /// Lines that filter.
    pub filter_lines: u64,
    /// Lists that are about the equipment itself, not about what passes through it.
    pub own_lists: Vec<String>,
    /// Lists that exist and are bound to nothing: no interface, and no other line names them.
    pub unbound: Vec<String>,
    /// What was taken for granted, where the configuration does not say which packets meet its lists.
    pub assumed: Option<&'static str>,
    /// Lines that count only for a time, as they are now.
    pub timed: Vec<TimedLine>,
    /// Lines that bear on what passes and were not understood: place and text.
    pub not_understood: Vec<(u32, String)>,
    /// How many.
    pub not_understood_count: u64,
    /// Whether the equipment can do what the plan needs, as far as its configuration tells.
    pub abilities: Vec<Ability>,
}

/// A line that lets through more than is needed.
#[derive(Debug, Serialize)]
pub struct Open {
    /// From which interface.
    pub from: String,
    /// To which.
    pub to: String,
    /// Between how many pairs of interfaces.
    pub pairs: u64,
    /// The list; `null` where there is none.
    pub list: Option<String>,
    /// The line's place in the file.
    pub line: Option<u32>,
    /// The line.
    pub text: Option<String>,
    /// A packet that passes and that nothing needs.
    pub packet: String,
    /// The device it reaches, where one is known.
    pub reaches: Option<String>,
    /// The risk of that device: `critical`, `high`, `medium` or `low`.
    pub tier: Option<&'static str>,
    /// True where it reaches the equipment itself: ranked with the riskiest device, since it guards them all.
    pub itself: bool,
}

/// A line that does nothing.
#[derive(Debug, Serialize)]
pub struct IdleLine {
    /// The list.
    pub list: String,
    /// The line's place in the file.
    pub line: u32,
    /// The line.
    pub text: String,
    /// `redundant`, `contradicted` or `empty`.
    pub kind: &'static str,
    /// Places of the lines before it that decide instead.
    pub by: Vec<u32>,
    /// A packet it was written for and does not get.
    pub packet: Option<String>,
}

/// Checks configurations against the needs of an assessment: each flow at every point it passes.
pub fn verify(actor: &Actor, request: &Request) -> Result<Verification, AppError> {
    actor.require(Permission::Assess)?;
    let assessment = read_assessment(&request.assessment)?;
    let (flows, left_out, needs) = flows(&assessment, request.confirmed_only);
    let points = at(read(&request.configurations)?, request.now);
    let equipment = match &request.site {
        Some(folder) => crate::equipment::read(folder)?,
        None => Vec::new(),
    };
    let mut found = against(&assessment, &points, &flows, left_out, needs)
        .map_err(|error| AppError::unreadable(&request.assessment, error))?;
    judge_equipment(&mut found, &points, &assessment, &equipment);
    Ok(found)
}

/// Checks configurations against flows: of `needs` needs, or rules. Fails where packet sets would grow beyond bounds.
pub(super) fn against(
    assessment: &Assessment,
    points: &[(PathBuf, Configuration)],
    flows: &[Flow],
    left_out: Vec<LeftOut>,
    needs: u64,
) -> Result<Verification, TooComplex> {
    let found: Vec<Configuration> = points.iter().map(|(_, found)| found.clone()).collect();
    let report = check_all(&found, flows, &worth(assessment), &mut Packets::default())?;
    Ok(described(assessment, points, report, flows, left_out, needs))
}

/// Addresses of devices by their rank of risk.
fn worth(assessment: &Assessment) -> Worth {
    let of = |tier: &&str| {
        let devices = assessment.devices.iter().filter(|device| device.risk.tier == **tier);
        devices.flat_map(|device| &device.ips).filter_map(|ip| ip.parse().ok()).collect()
    };
    TIERS.iter().map(of).collect()
}

/// Says of each point what it can do, and over all what must be upgraded first.
fn judge_equipment(
    found: &mut Verification,
    points: &[(PathBuf, Configuration)],
    assessment: &Assessment,
    equipment: &[Equipment],
) {
    for (point, (path, configuration)) in found.points.iter_mut().zip(points) {
        point.abilities = abilities(path, configuration, assessment, equipment);
        found.upgrade_first.extend(upgrade_first(&name(path, configuration), &point.abilities));
    }
}

fn described(
    assessment: &Assessment,
    points: &[(PathBuf, Configuration)],
    report: Report,
    flows: &[Flow],
    left_out: Vec<LeftOut>,
    needs: u64,
) -> Verification {
    let names = names(assessment);
    let on_link = on_link(&report.on_link, flows);
    let mut all: Vec<Point> = points.iter().map(|(path, found)| point(path, found)).collect();
    for (at, point) in all.iter_mut().enumerate() {
        point.passing = report.passing_at.get(&at).copied().unwrap_or(0);
    }
    for (is_blocked, found) in [(true, report.blocked), (false, report.unsure)] {
        for broken in found {
            let (Some(point), Some(flow)) = (all.get_mut(broken.point), flows.get(broken.flow)) else {
                continue;
            };
            let one = stopped(broken, flow, points);
            let (list, count) = match is_blocked {
                true => (&mut point.blocked, &mut point.blocked_count),
                false => (&mut point.unsure, &mut point.unsure_count),
            };
            list.push(one);
            *count += 1;
        }
    }
    for loose in report.loose {
        if let Some(point) = all.get_mut(loose.point) {
            point.loose.push(open(loose, &names));
        }
    }
    for (at, list, idle) in report.idle {
        if let (Some(point), Some((_, found))) = (all.get_mut(at), points.get(at)) {
            point.idle.extend(idle_line(found, list, idle));
        }
    }
    Verification {
        needs,
        flows: flows.len() as u64,
        passing: report.passing,
        elsewhere: report.elsewhere,
        no_way: report.no_way.len() as u64,
        beyond: report.beyond,
        on_link,
        blocked_count: report.blocked_count,
        unsure_count: report.unsure_count,
        itself: report.itself,
        upgrade_first: Vec::new(),
        left_out,
        points: all,
    }
}

fn point(path: &Path, found: &Configuration) -> Point {
    Point {
        path: path.display().to_string(),
        language: found.language.name(),
        hostname: found.hostname.clone(),
        passing: 0,
        blocked: Vec::new(),
        blocked_count: 0,
        unsure: Vec::new(),
        unsure_count: 0,
        loose: Vec::new(),
        idle: Vec::new(),
        filter_lines: found.filter_lines,
        own_lists: found
            .hooks
            .iter()
            .filter(|hook| !hook.is_transit())
            .map(|hook| hook.list.clone())
            .collect(),
        unbound: unbound(found),
        assumed: assumed(found),
        timed: timed(found),
        not_understood: found.passed_over.clone(),
        not_understood_count: found.passed_over_count,
        abilities: Vec::new(),
    }
}

fn open(loose: Loose, names: &BTreeMap<IpAddr, String>) -> Open {
    let (line, text) = loose.line.unzip();
    Open {
        from: loose.from,
        to: loose.to,
        pairs: loose.pairs,
        list: loose.list,
        line,
        text,
        packet: words(&loose.example),
        reaches: match loose.is_itself {
            true => Some("the equipment itself".to_owned()),
            false => names.get(&loose.example.destination).cloned(),
        },
        tier: loose.worth.filter(|_| !loose.is_itself).and_then(|at| TIERS.get(at).copied()),
        itself: loose.is_itself,
    }
}

fn idle_line(configuration: &Configuration, name: String, idle: Idle) -> Option<IdleLine> {
    let list = configuration.lists.get(&name)?;
    let (at, kind, by, packet) = match idle {
        Idle::Redundant { line, by } => (line, "redundant", by, None),
        Idle::Contradicted { line, by, example } => (line, "contradicted", by, Some(words(&example))),
        Idle::Empty { line } => (line, "empty", Vec::new(), None),
    };
    let line = list.lines.get(at)?;
    let by = by.into_iter().filter_map(|at| list.lines.get(at)).map(|line| line.place).collect();
    Some(IdleLine { list: name, line: line.place, text: line.text.clone(), kind, by, packet })
}
