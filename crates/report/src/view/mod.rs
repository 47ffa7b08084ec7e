//! What the PDF shows, as plain values the template only has to set.
//!
//! Every text in a [`View`] is ready to print: cleaned, worded, bounded. Lists of an estate too large for
//! paper are cut here, and the view says how many there are in all.

mod advisories;
mod devices;
mod estate;
mod events;
mod exposure;
mod layout;
mod limits;
mod owners;
mod plan;
mod summary;
mod zone_map;

use crate::branding::Branding;
use crate::{RuleFile, words};
use cordon_wire::assessment::{Assessment, Device};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many of the devices at highest risk have a page of their own.
const PAGES_MAX: usize = 10;

/// Everything the template is given.
#[derive(Serialize)]
pub(crate) struct View {
    document: Frame,
    summary: summary::Summary,
    actions: Listed<summary::ActionRow>,
    estate: estate::Shape,
    ranking: Listed<estate::RankingRow>,
    inventory: Listed<estate::InventoryRow>,
    plan: plan::Plan,
    layout: Option<layout::Layout>,
    /// True when the plan alone is printed.
    plan_only: bool,
    worst: Vec<devices::Page>,
    events: Listed<events::EventRow>,
    owners: owners::Owners,
    advisories: Option<advisories::Advisories>,
    exposure: exposure::Chapter,
    limits: limits::Limits,
    method: limits::Method,
}

/// What stands on the cover and at the edges of every page.
#[derive(Serialize)]
struct Frame {
    title: String,
    /// What stands above every page, short enough for one line.
    running: String,
    /// For whom; `None` when nobody said.
    organization: Option<String>,
    site: Option<String>,
    author: Option<String>,
    issuer: Option<String>,
    date: String,
    time: String,
    accent: String,
    accent_text: String,
    on_accent: String,
    /// The virtual file name of the logo.
    logo: Option<String>,
    cordon: String,
}

/// A list that may have been cut for paper.
#[derive(Serialize)]
struct Listed<T> {
    rows: Vec<T>,
    shown: String,
    total: String,
    cut: bool,
}

impl<T> Listed<T> {
    fn new(rows: Vec<T>, total: usize) -> Listed<T> {
        Listed { shown: words::count(rows.len()), total: words::count(total), cut: rows.len() < total, rows }
    }
}

impl View {
    /// The view of an assessment.
    pub(crate) fn of(assessment: &Assessment, branding: &Branding, rules: &[RuleFile]) -> View {
        let index = Index::of(assessment);
        View {
            document: frame(assessment, branding),
            summary: summary::summary(&index),
            actions: summary::actions(&index),
            estate: estate::shape(&index),
            ranking: estate::ranking(&index),
            inventory: estate::inventory(&index),
            plan: plan::plan(&index, rules),
            layout: layout::layout(&index),
            plan_only: false,
            worst: devices::pages(&index),
            events: events::events(&index),
            owners: owners::owners(&index),
            advisories: advisories::advisories(&index),
            exposure: exposure::chapter(&index),
            limits: limits::limits(&index),
            method: limits::method(&index),
        }
    }
}

impl View {
    /// The same for the plan alone.
    pub(crate) fn of_plan(assessment: &Assessment, branding: &Branding) -> View {
        let mut view = View::of(assessment, branding, &[]);
        view.plan_only = true;
        let whole = std::mem::replace(&mut view.document.title, "Segmentation plan".to_owned());
        if view.document.running == whole {
            view.document.running.clone_from(&view.document.title);
        }
        view
    }
}

fn frame(assessment: &Assessment, branding: &Branding) -> Frame {
    let said = |text: Option<&str>| text.map(|text| words::clean(text, 120)).filter(|text| !text.is_empty());
    let site = &assessment.site;
    let organization = said(site.organization.as_deref());
    let title = "Medical device security assessment";
    let whose = [&site.organization, &site.name].into_iter().flatten();
    let whose: Vec<String> =
        whose.map(|part| words::clean(part, 45)).filter(|part| !part.is_empty()).collect();
    Frame {
        title: title.to_owned(),
        running: if whose.is_empty() { title.to_owned() } else { whose.join(" · ") },
        site: said(site.name.as_deref()),
        author: said(branding.author().or(site.author.as_deref())),
        issuer: said(branding.organization()).filter(|issuer| Some(issuer) != organization.as_ref()),
        organization,
        date: words::date(&assessment.now),
        time: words::date_time(&assessment.now),
        accent: branding.accent(),
        accent_text: branding.accent_for_text(),
        on_accent: branding.on_accent(),
        logo: branding.logo().map(|(name, _)| name.to_owned()),
        cordon: words::clean(&assessment.cordon, 40),
    }
}

/// The assessment with what several parts look up.
struct Index<'a> {
    assessment: &'a Assessment,
    devices: BTreeMap<&'a str, &'a Device>,
    /// Place in `assessment.zones` by device id.
    zones: BTreeMap<&'a str, usize>,
    /// Place in `assessment.zones` and name of zones and microsegments, by what rules call them.
    wholes: BTreeMap<String, (usize, String)>,
}

impl<'a> Index<'a> {
    fn of(assessment: &'a Assessment) -> Index<'a> {
        let devices = assessment.devices.iter().map(|device| (device.id.as_str(), device)).collect();
        let members = assessment.zones.iter().enumerate();
        let zones = members.flat_map(|(at, zone)| zone.devices.iter().map(move |id| (id.as_str(), at)));
        let mut wholes = BTreeMap::new();
        for (at, zone) in assessment.zones.iter().enumerate() {
            let name = words::clean(&zone.name, 60);
            wholes.extend(zone.microsegments.iter().map(|part| {
                let inner = format!("{} of zone {name}", words::clean(&part.name, 60));
                (format!("microsegment:{}", part.id), (at, inner))
            }));
            wholes.insert(format!("zone:{}", zone.id), (at, format!("zone {name}")));
        }
        Index { assessment, devices, zones: zones.collect(), wholes }
    }

    /// A device's short name; its id when the assessment does not describe it.
    fn name(&self, id: &str) -> String {
        self.devices.get(id).map_or_else(|| words::clean(id, 60), |device| words::device_name(device))
    }

    /// The names of several devices, in their order.
    fn names(&self, ids: &[String]) -> Vec<String> {
        ids.iter().map(|id| self.name(id)).collect()
    }

    /// One end of a need or rule in words.
    fn party(&self, party: &str) -> String {
        match party.split_once(':') {
            Some(("device", id)) => self.name(id),
            Some(("zone", "counterpart-not-known")) => "counterpart not known".to_owned(),
            Some(("zone" | "microsegment", id)) => {
                let known = self.wholes.get(party).map(|(_, name)| name.clone());
                known.unwrap_or_else(|| format!("zone {}", words::clean(id, 60)))
            }
            Some(("outside", name)) => format!("{} (outside)", words::clean(name, 80)),
            Some(("group", address)) => format!("{} (group)", words::clean(address, 60)),
            _ => words::clean(party, 80),
        }
    }

    /// How many devices fulfil a condition.
    fn count(&self, condition: impl Fn(&Device) -> bool) -> usize {
        self.assessment.devices.iter().filter(|device| condition(device)).count()
    }
}

/// What is spoken where: `DICOM on tcp/104, 11112`.
fn flow(application: Option<&str>, transport: &str, ports: &[u16]) -> String {
    const PORTS_MAX: usize = 6;
    let transport = words::clean(transport, 20);
    let mut at = match ports.iter().take(PORTS_MAX).map(u16::to_string).collect::<Vec<_>>() {
        numbers if numbers.is_empty() => transport,
        numbers => format!("{transport}/{}", numbers.join(", ")),
    };
    if ports.len() > PORTS_MAX {
        at.push_str(&format!(" and {} more", ports.len() - PORTS_MAX));
    }
    match application {
        Some(name) => format!("{} on {at}", words::protocol(name)),
        None => at,
    }
}
