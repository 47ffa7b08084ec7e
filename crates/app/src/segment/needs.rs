//! Which flows are needed: listed, confirmed and rejected, one by one or by group.

mod coverage;

pub use coverage::{CoverageRow, QuestionRow, coverage, coverage_sheet, questions, questions_sheet};

use super::{recall, settings};
use crate::actor::{Actor, Permission};
use crate::encode;
use crate::error::AppError;
use crate::explain::is_named;
use crate::knowledge;
use crate::needs_file::{self, Entry, Flow};
use crate::report::read_assessment;
use crate::site::SiteFolder;
use cordon_model::Timestamp;
use cordon_model::identify::{Attribute, Device, DeviceId, Estate};
use cordon_model::observe::Transport;
use cordon_model::segment::{Need, NeedDecision, NeedState, Party};
use cordon_segment::decide::service;
use cordon_segment::{Plan, Settings};
use cordon_wire::assessment::{Assessment, NeedSeen};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::path::PathBuf;

/// Which needs to show or to decide on; what is not named does not matter.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// By state.
    pub state: Option<String>,
    /// By one end: id, asset tag, host name, MAC or IP address of a device.
    pub device: Option<String>,
    /// By the other end, likewise, or an address outside.
    pub peer: Option<String>,
    /// By the zone of one end.
    pub zone: Option<String>,
    /// By the category of one end.
    pub category: Option<String>,
    /// By what is spoken.
    pub application: Option<String>,
    /// By who says that it is needed.
    pub origin: Option<String>,
}

/// What to look into.
#[derive(Clone, Debug)]
pub struct Request {
    /// The assessment with the conversations.
    pub assessment: PathBuf,
    /// The site folder with the decisions.
    pub site: Option<PathBuf>,
    /// Which needs.
    pub filter: Filter,
    /// The day decisions are judged on.
    pub now: Timestamp,
}

/// A decision to write down.
#[derive(Clone, Debug)]
pub struct Decision {
    /// True for one that says: not needed.
    pub rejects: bool,
    /// Ids, or groups such as `zone:zone-imaging`; `all` for whatever the filter leaves.
    pub select: Vec<String>,
    /// Who decides.
    pub by: String,
    /// Why.
    pub because: String,
    /// What for, in place of each need's own words.
    pub purpose: Option<String>,
    /// The last day.
    pub until: Option<String>,
    /// Care depends on it at once.
    pub care_critical: bool,
    /// The service in place of the need's own, for one need.
    pub service: Option<String>,
    /// The other end in place of the need's own, for one that is expected and of which it is not known or wide.
    pub counterpart: Option<String>,
}

/// A need as it is listed.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// Lasting name.
    pub id: String,
    /// `proposed`, `confirmed`, `expected_not_seen` or `rejected`.
    pub state: &'static str,
    /// `observed`, `person`, `maker` or `template`.
    pub origin: &'static str,
    /// `device:ID`, `zone:ID`, `outside:NAME` or `group:ADDRESS`.
    pub from: String,
    /// What a person calls it.
    pub from_name: String,
    /// Likewise.
    pub to: String,
    /// What a person calls it.
    pub to_name: String,
    /// `tcp/104,11112`.
    pub service: String,
    /// What is spoken.
    pub application: Option<String>,
    /// What for.
    pub purpose: String,
    /// Where it comes from.
    pub source: String,
    /// Who decided.
    pub by: Option<String>,
    /// On which day.
    pub when: Option<String>,
    /// Why.
    pub because: Option<String>,
    /// The last day it is needed.
    pub until: Option<String>,
    /// True when care depends on it at once.
    pub care_critical: bool,
    /// How well it was observed.
    pub seen: Option<NeedSeen>,
}

/// What was written, and what was not.
#[derive(Debug, Serialize)]
pub struct Done {
    /// The file.
    pub path: PathBuf,
    /// The needs that were decided on.
    pub written: Vec<String>,
    /// The ones that were not, with the reason.
    pub left_out: Vec<LeftOut>,
}

/// A need that was not decided on.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// Its id.
    pub need: String,
    /// Why, and what to do.
    pub why: String,
}

/// The needs of an assessment as the site's decisions have them now.
pub fn list(actor: &Actor, request: &Request) -> Result<(Vec<Row>, Vec<String>), AppError> {
    actor.require(Permission::Assess)?;
    let known = Known::of(request)?;
    let rows = known.chosen(&request.filter)?.into_iter().map(|need| known.row(need)).collect();
    Ok((rows, known.warnings.clone()))
}

/// Writes a decision into `needs.toml`.
pub fn decide(actor: &Actor, request: &Request, decision: &Decision) -> Result<Done, AppError> {
    actor.require(Permission::EditSite)?;
    let folder = request.site.as_deref().ok_or_else(|| {
        AppError::WrongUse(
            "say where the decision is kept: --site DIR (`cordon site init DIR` makes one)".into(),
        )
    })?;
    check(decision)?;
    let known = Known::of(request)?;
    let chosen = known.selected(request, decision)?;
    let own = decision.service.as_deref().map(needs_file::service).transpose().map_err(AppError::WrongUse)?;
    if own.is_some() && chosen.len() != 1 {
        let reason = format!("--service says what one need is; {} were chosen", chosen.len());
        return Err(AppError::WrongUse(reason));
    }
    let counterpart = decision.counterpart.as_deref().map(|name| known.counterpart(name)).transpose()?;
    if counterpart.is_some() && chosen.len() != 1 {
        let reason = format!("--counterpart says with whom one need is; {} were chosen", chosen.len());
        return Err(AppError::WrongUse(reason));
    }
    let (mut flows, mut left_out) = (Vec::new(), Vec::new());
    for need in chosen {
        let mut need = need.clone();
        if let Some(counterpart) = &counterpart {
            settle_counterpart(&mut need, counterpart)?;
        }
        if let Some((transport, ports)) = &own {
            (need.transport, need.ports) = (*transport, ports.clone());
        }
        match known.why_not(&need, decision.rejects) {
            Some(why) => left_out.push(LeftOut { need: need.id, why }),
            None => flows.push(known.flow(&need)),
        }
    }
    let written: Vec<String> = flows.iter().map(|flow| flow.id.clone()).collect();
    if written.is_empty() {
        let reason =
            left_out.first().map_or("no need was chosen; `cordon segment needs` lists them".into(), |one| {
                format!("nothing was written; {}: {}", one.need, one.why)
            });
        return Err(AppError::WrongUse(reason));
    }
    let entry = Entry {
        rejects: decision.rejects,
        decision: NeedDecision {
            by: decision.by.clone(),
            when: request.now,
            because: decision.because.clone(),
        },
        purpose: decision.purpose.clone(),
        until: decision.until.clone(),
        care_critical: decision.care_critical,
        flows,
    };
    let path = needs_file::write(folder, &entry)?;
    Ok(Done { path, written, left_out })
}

/// Puts the other end of an expected need in place.
fn settle_counterpart(need: &mut Need, counterpart: &Party) -> Result<(), AppError> {
    let Some(own) = need.expected_of.clone().map(Party::Device) else {
        let reason =
            format!("{} was seen with both its ends; --counterpart is for what is expected", need.id);
        return Err(AppError::WrongUse(reason));
    };
    if *counterpart == own {
        return Err(AppError::WrongUse("--counterpart names the device itself".to_owned()));
    }
    let other = if need.to == own { &mut need.from } else { &mut need.to };
    other.clone_from(counterpart);
    Ok(())
}

fn check(decision: &Decision) -> Result<(), AppError> {
    for (name, text) in [("--by", &decision.by), ("--because", &decision.because)] {
        if text.trim().is_empty() {
            return Err(AppError::WrongUse(format!("{name} is empty; a decision needs a name and a reason")));
        }
    }
    if decision.rejects && (decision.until.is_some() || decision.care_critical) {
        return Err(AppError::WrongUse(
            "what is rejected has neither --until nor --care-critical".to_owned(),
        ));
    }
    if let Some(until) = &decision.until {
        needs_file::day("--until", until).map_err(AppError::WrongUse)?;
    }
    Ok(())
}

/// An assessment and what its site says of it.
struct Known {
    assessment: Assessment,
    estate: Estate,
    zone_of: BTreeMap<DeviceId, String>,
    plan: Plan,
    settings: Settings,
    warnings: Vec<String>,
}

impl Known {
    fn of(request: &Request) -> Result<Known, AppError> {
        let assessment = read_assessment(&request.assessment)?;
        let site = request.site.as_deref().map(SiteFolder::read).transpose()?;
        let estate = recall::estate(&assessment);
        let (mut settings, warnings) = settings::of_site(site.as_ref(), &estate, request.now)?;
        settings.zones = Some(assessment.zones.iter().map(recall::zone).collect());
        let knowledge = knowledge::read(None)?;
        let plan = cordon_segment::plan(&estate, &recall::assessments(&assessment), &knowledge, &settings);
        let zone_of =
            plan.zones.iter().flat_map(|zone| zone.devices.iter().map(|id| (id.clone(), zone.id.clone())));
        Ok(Known { zone_of: zone_of.collect(), plan, settings, warnings, assessment, estate })
    }

    fn device(&self, party: &Party) -> Option<&Device> {
        let Party::Device(id) = party else { return None };
        self.estate
            .devices
            .binary_search_by(|device| device.id.cmp(id))
            .ok()
            .and_then(|at| self.estate.devices.get(at))
    }

    fn name(&self, party: &Party) -> String {
        match party {
            Party::Device(id) => self.device(party).map_or_else(|| id.to_string(), Device::label),
            Party::Zone(_) if party.is_not_known() => "counterpart not known".to_owned(),
            Party::Zone(id) => {
                let zone = self.assessment.zones.iter().find(|zone| zone.id == *id);
                zone.map_or_else(|| id.clone(), |zone| zone.name.clone())
            }
            Party::Microsegment(id) => {
                let mut parts = self.assessment.zones.iter().flat_map(|zone| &zone.microsegments);
                parts.find(|part| part.id == *id).map_or_else(|| id.clone(), |part| part.name.clone())
            }
            Party::Outside(name) => name.clone(),
            Party::Group(address) => address.to_string(),
        }
    }

    fn row(&self, need: &Need) -> Row {
        let decision = need.decision.as_ref();
        Row {
            id: need.id.clone(),
            state: need.state.name(),
            origin: need.origin.name(),
            from: need.from.to_string(),
            from_name: self.name(&need.from),
            to: need.to.to_string(),
            to_name: self.name(&need.to),
            service: service(need.transport, &need.ports),
            application: need.application.clone(),
            purpose: need.purpose.clone(),
            source: need.source.clone(),
            by: decision.map(|decision| decision.by.clone()),
            when: decision.map(|decision| encode::day(decision.when)),
            because: decision.map(|decision| decision.because.clone()),
            until: need.until.map(encode::day),
            care_critical: need.care_critical,
            seen: need.seen.as_ref().map(encode::need_seen),
        }
    }

    fn chosen(&self, filter: &Filter) -> Result<Vec<&Need>, AppError> {
        let state = filter.state.as_deref().map(state).transpose()?;
        let device = filter.device.as_deref().map(|name| self.party(name)).transpose()?;
        let peer = filter.peer.as_deref().map(|name| self.party(name)).transpose()?;
        let fits = |need: &&Need| {
            state.is_none_or(|state| need.state == state)
                && filter.origin.as_deref().is_none_or(|origin| need.origin.name() == origin)
                && filter.application.as_deref().is_none_or(|name| need.application.as_deref() == Some(name))
                && filter
                    .zone
                    .as_deref()
                    .is_none_or(|zone| self.touches(need, |party| self.is_in(party, zone)))
                && filter.category.as_deref().is_none_or(|category| {
                    self.touches(need, |party| {
                        self.device(party).is_some_and(|device| device.category().name() == category)
                    })
                })
                && device.as_ref().is_none_or(|device| self.touches(need, |party| party == device))
                && peer.as_ref().is_none_or(|peer| self.touches(need, |party| party == peer))
        };
        Ok(self.plan.needs.iter().filter(fits).collect())
    }

    fn touches(&self, need: &Need, is: impl Fn(&Party) -> bool) -> bool {
        is(&need.from) || is(&need.to)
    }

    fn is_in(&self, party: &Party, zone: &str) -> bool {
        match party {
            Party::Device(id) => self.zone_of.get(id).is_some_and(|own| own == zone),
            Party::Zone(id) => id == zone,
            _ => false,
        }
    }

    /// The party a person names: a device, else an address or name outside.
    fn party(&self, name: &str) -> Result<Party, AppError> {
        let wanted = name.trim().to_lowercase();
        let mut found = self.assessment.devices.iter().filter(|device| is_named(device, &wanted));
        match (found.next(), found.next()) {
            (Some(device), None) => return Ok(Party::Device(DeviceId::new(device.id.as_str()))),
            (Some(one), Some(other)) => {
                let reason =
                    format!("several devices bear \"{name}\", such as {} and {}; name one", one.id, other.id);
                return Err(AppError::WrongUse(reason));
            }
            _ => {}
        }
        let outside = Party::Outside(name.to_owned());
        let mut parties = self.plan.needs.iter().flat_map(|need| [&need.from, &need.to]);
        if parties.any(|party| *party == outside) {
            return Ok(outside);
        }
        match name.parse().map(Party::Group) {
            Ok(group) if self.plan.needs.iter().any(|need| need.to == group) => Ok(group),
            _ => Err(AppError::WrongUse(format!(
                "no device and no peer of this assessment goes by \"{name}\""
            ))),
        }
    }

    /// The party a person names as the other end of a flow: a device, or an address outside that need not have been seen.
    fn counterpart(&self, name: &str) -> Result<Party, AppError> {
        let wanted = name.trim().to_lowercase();
        let is_known = self.assessment.devices.iter().any(|device| is_named(device, &wanted));
        match wanted.parse::<IpAddr>() {
            Ok(address) if !is_known => Ok(Party::Outside(address.to_string())),
            _ => self.party(name),
        }
    }

    /// What selectors choose of what the filter leaves. A group holds what nobody has decided on; a need that is
    /// named by its id may be decided on anew.
    fn selected(&self, request: &Request, decision: &Decision) -> Result<Vec<&Need>, AppError> {
        let left: BTreeSet<&Need> = self.chosen(&request.filter)?.into_iter().collect();
        let mut chosen: BTreeSet<&Need> = BTreeSet::new();
        for selector in &decision.select {
            let group = match selector.split_once(':') {
                _ if selector == "all" => Some(Filter::default()),
                Some((kind, name)) => Some(group(kind, name)?),
                None => None,
            };
            let before = chosen.len();
            match group {
                Some(group) => {
                    let open = |need: &&Need| {
                        matches!(need.state, NeedState::Proposed | NeedState::ExpectedNotSeen)
                            && left.contains(need)
                    };
                    chosen.extend(self.chosen(&group)?.into_iter().filter(open));
                }
                None => chosen.extend(left.iter().filter(|need| need.id == *selector)),
            }
            if chosen.len() == before {
                let reason =
                    format!("{selector} chooses no need that is open; `cordon segment needs` lists them");
                return Err(AppError::WrongUse(reason));
            }
        }
        Ok(chosen.into_iter().collect())
    }

    /// Why a need cannot be written down as it is.
    fn why_not(&self, need: &Need, rejects: bool) -> Option<String> {
        let has_ports = matches!(need.transport, Transport::Tcp | Transport::Udp);
        let any_port = need.ports.is_empty() && has_ports;
        if !rejects && (need.from.is_not_known() || need.to.is_not_known()) {
            let why = "its other end is not known; say which: --counterpart 10.20.0.9";
            return Some(why.to_owned());
        }
        if need.expected_of.is_some() && any_port && !rejects {
            let why = "makers differ in its ports, and confirming it would open all of them; say which: --service tcp/443";
            return Some(why.to_owned());
        }
        None
    }

    fn flow(&self, need: &Need) -> Flow {
        Flow {
            id: need.id.clone(),
            from: self.end(&need.from),
            to: self.end(&need.to),
            service: service(need.transport, &need.ports),
            application: need.application.clone(),
            expected: need.expected_of.as_ref().map(|_| need.purpose.clone()),
            expected_of_to: need.expected_of.as_ref().is_some_and(|id| need.to == Party::Device(id.clone())),
            purpose: need.purpose.clone(),
        }
    }

    /// The names of an end that last: of a device its id, and what it is found by when that changes.
    fn end(&self, party: &Party) -> Vec<(&'static str, String)> {
        let device = match party {
            Party::Device(id) => match self.device(party) {
                Some(device) => device,
                None => return vec![("device", id.to_string())],
            },
            Party::Zone(id) => return vec![("zone", id.clone())],
            Party::Microsegment(id) => return vec![("microsegment", id.clone())],
            Party::Outside(name) => return vec![("outside", name.clone())],
            Party::Group(address) => return vec![("group", address.to_string())],
        };
        let mut names = vec![("device", device.id.to_string())];
        names.extend(device.value(Attribute::AssetTag).map(|tag| ("asset_tag", tag.to_owned())));
        names.extend(device.macs.first().map(|mac| ("mac", mac.to_string())));
        if names.len() == 1 {
            names.extend(device.ips.first().map(|ip| ("ip", ip.to_string())));
        }
        names.push(("name", device.label()));
        names
    }
}

fn group(kind: &str, name: &str) -> Result<Filter, AppError> {
    let (name, none) = (Some(name.to_owned()), Filter::default());
    Ok(match kind {
        "zone" => Filter { zone: name, ..none },
        "category" => Filter { category: name, ..none },
        "application" => Filter { application: name, ..none },
        "peer" => Filter { peer: name, ..none },
        "device" => Filter { device: name, ..none },
        "state" => Filter { state: name, ..none },
        "origin" => Filter { origin: name, ..none },
        _ => {
            let reason = format!(
                "\"{kind}:\" is no group; zone:, category:, application:, peer:, device:, state: and origin: are"
            );
            return Err(AppError::WrongUse(reason));
        }
    })
}

fn state(name: &str) -> Result<NeedState, AppError> {
    use NeedState as S;
    let all = [S::Proposed, S::Confirmed, S::ExpectedNotSeen, S::Rejected];
    all.into_iter().find(|state| state.name() == name).ok_or_else(|| {
        AppError::WrongUse(format!(
            "\"{name}\" is no state; proposed, confirmed, expected_not_seen and rejected are"
        ))
    })
}

/// The rows as a sheet.
pub fn sheet(rows: &[Row]) -> Result<Vec<u8>, AppError> {
    let columns = [
        "id",
        "state",
        "origin",
        "from",
        "from_name",
        "to",
        "to_name",
        "service",
        "application",
        "purpose",
        "source",
        "by",
        "when",
        "because",
        "until",
        "care_critical",
        "first",
        "last",
        "flows",
        "hours",
        "weekday",
        "night",
        "weekend",
    ];
    let word = |yes: bool| if yes { "yes" } else { "no" }.to_owned();
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = |row: &Row| {
        let seen = row.seen.as_ref();
        let of = |cell: &dyn Fn(&NeedSeen) -> String| seen.map(cell).unwrap_or_default();
        vec![
            row.id.clone(),
            row.state.to_owned(),
            row.origin.to_owned(),
            row.from.clone(),
            row.from_name.clone(),
            row.to.clone(),
            row.to_name.clone(),
            row.service.clone(),
            text(&row.application),
            row.purpose.clone(),
            row.source.clone(),
            text(&row.by),
            text(&row.when),
            text(&row.because),
            text(&row.until),
            word(row.care_critical),
            of(&|seen| seen.first.clone()),
            of(&|seen| seen.last.clone()),
            of(&|seen| seen.flows.to_string()),
            of(&|seen| seen.hours.to_string()),
            of(&|seen| word(seen.weekday)),
            of(&|seen| word(seen.night)),
            of(&|seen| word(seen.weekend)),
        ]
    };
    cordon_report::sheet("needs", &columns, rows.iter().map(cells))
        .map_err(|error| AppError::Defect { what: "writing the sheet", reason: error.to_string() })
}
