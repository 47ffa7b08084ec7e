//! The use case `assess`: inputs in; inventory, risk ranking and segmentation plan out.

use crate::actor::{Actor, Permission};
use crate::deliver::OutputFolder;
use crate::error::AppError;
use crate::inputs::{Gathered, How, gather};
use crate::progress::Progress;
use crate::segment::planning::{Wishes, planned};
use crate::site::SiteFolder;
use crate::{advisories, barriers, encode, feeds, knowledge, outlook, records, remediation, report};
use cordon_assess::matching::{Catalogue, Matcher, Settings};
use cordon_assess::reachability::Start;
use cordon_assess::recalls::{self, Register};
use cordon_assess::records::product;
use cordon_assess::{Beside, Planned, Weights};
use cordon_identify::reconcile::{self, Reconciliation};
use cordon_identify::{Resolver, criticality, products};
use cordon_intake::RejectedRow;
use cordon_knowledge::Knowledge;
use cordon_model::assess::DeviceAssessment;
use cordon_model::identify::{DeviceId, Estate};
use cordon_model::segment::{NeedState, Party};
use cordon_model::{Cidr, Inside, Timestamp};
use cordon_segment::intent::Stage;
use cordon_segment::render::{File, render_all};
use cordon_segment::{Plan, Verification, VerifiedPlan};
use cordon_wire::assessment::{Assessment, SCHEMA};
use cordon_wire::outlook::{OwnWeights, Reachability};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What an assessment is to know besides its inputs.
#[derive(Clone, Debug)]
pub struct Context {
    /// Site folder.
    pub site: Option<PathBuf>,
    /// A hospital's own knowledge.
    pub knowledge: Option<PathBuf>,
    /// Folder of feeds (see `cordon feed`); none is looked into when not given.
    pub feeds: Option<PathBuf>,
    /// Folder of advisories (CSAF documents), or one of them.
    pub advisories: Option<PathBuf>,
    /// Running configurations of firewalls and switches; without any the network is taken as flat.
    pub configurations: Vec<PathBuf>,
    /// Networks that belong to the site besides private ranges.
    pub inside: Vec<Cidr>,
    /// How sure a match of a device with an advisory must be.
    pub matching: Settings,
    /// The time statuses are judged at.
    pub now: Timestamp,
}

/// What to assess, and where the documents go.
#[derive(Clone, Debug)]
pub struct Request {
    /// Captures, Batches and asset lists; `-` is standard input.
    pub inputs: Vec<PathBuf>,
    /// Folder for the documents.
    pub out: PathBuf,
    /// Replace files of the same names.
    pub force: bool,
    /// Threads that observe; what is seen does not depend on it.
    pub threads: u32,
    /// Everything else.
    pub context: Context,
}

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    /// The result.
    pub assessment: Assessment,
    /// Every file that was written.
    pub files: Vec<PathBuf>,
}

/// Takes in the inputs, runs identify → assess → segment, and writes every document.
///
/// What one step no longer needs is dropped before the next: the facts, the estate and the documents of ten
/// thousand devices are large, and need not be in memory together.
pub fn assess(actor: &Actor, request: &Request, progress: &mut dyn Progress) -> Result<Outcome, AppError> {
    actor.require(Permission::Assess)?;
    let prepared = Prepared::of(&request.context)?;
    let configurations = barriers::Read::of(&request.context.configurations, progress)?;
    let folder = OutputFolder::prepare(&request.out, request.force)?;

    let conventions = prepared.site.as_ref().map(|site| site.conventions.clone()).unwrap_or_default();
    let corrections = prepared.site.as_ref().map(|site| site.corrections.clone()).unwrap_or_default();
    let mut resolver = Resolver::new(&prepared.knowledge, prepared.inside.clone())
        .with_conventions(conventions)
        .with_corrections(corrections);
    let mut health = BTreeMap::new();
    let (user_names, mappings) = prepared
        .site
        .as_ref()
        .map(|site| (site.user_names.clone(), site.mappings.clone()))
        .unwrap_or_default();
    let how = How { hash: true, threads: request.threads, clock: None, user_names, mappings };
    let gathered = gather(&request.inputs, None, how, progress, &mut |batch| {
        for (name, count) in &batch.health.counters {
            *health.entry(name.clone()).or_insert(0) += count;
        }
        resolver.add(&batch);
    })?;
    progress.stage("identifying devices");
    let mut estate = resolver.finish();
    if estate.flood_stations > 0 {
        health.insert("identify.flood_stations".to_owned(), estate.flood_stations);
    }
    let mut feeds = add_products(&mut estate, &prepared, request.context.feeds.as_deref())?;
    let reconciliation = reconcile(&estate, &gathered);
    tracing::info!(devices = estate.devices.len(), conversations = estate.conversations.len(), "identified");
    progress.stage("assessing risk and planning zones");
    let mut beside = prepared.beside(&estate);
    let mut used = match_advisories(&estate, &prepared, &request.context, &mut beside, progress)?;
    if let Some(folder) = request.context.feeds.as_deref() {
        used.feeds.extend(add_published(&estate, &prepared, folder, &mut beside)?);
    }
    let found = configurations.between(&estate, progress);
    let (ways, encoded) = found.map(|found| (found.barriers, found.encoded)).unzip();
    beside.barriers = ways;
    let (settings, warnings) =
        crate::segment::settings::of_site(prepared.site.as_ref(), &estate, prepared.now)?;
    warnings.iter().for_each(|warning| progress.warn(warning));
    let stages = Stages::run(&estate, &prepared, &beside, settings)?;
    progress.stage("writing documents");
    // Rules first: they need the estate and the plan, which nothing needs once they are encoded.
    let rules = report::write_rules(&folder, stages.plan.render(&estate, prepared.now).map(Ok))?;
    if rules.is_empty() {
        progress
            .warn("the plan did not pass its own check, so no rules were written; assessment.json says why");
    }
    let (unowned, inputs) = (reconcile::unowned(&estate), estate.inputs.clone());
    let mut assessment = stages.encode(estate, &prepared, &gathered, health);
    feeds.extend(used.feeds.into_iter().map(|(name, feed)| encode::feed(name, feed)));
    assessment.feeds = feeds;
    if let Some(barriers) = encoded {
        encode::barriers(&mut assessment, barriers);
    }
    assessment.advisories = used.advisories;
    encode::govern(&mut assessment, &inputs, unowned, reconciliation);
    assessment.reachability = outlook::reachability(&assessment, &Start::Internet);
    if let Some(site) = &prepared.site {
        remediation::mark(&mut assessment, &site.remediations);
        report::name_site(&mut assessment, site);
    }
    tracing::info!(zones = assessment.zones.len(), rules = assessment.rules.len(), "planned");
    let mut files = report::write(&folder, &assessment, prepared.site.as_ref(), rules)?;
    files.extend(write_rejected(&folder, &gathered.rejected)?);
    Ok(Outcome { assessment, files })
}

/// What captures show, and what is needed by it: an assessment in memory, without documents.
pub(crate) fn shown(
    inputs: &[PathBuf],
    threads: u32,
    context: &Context,
    progress: &mut dyn Progress,
) -> Result<Assessment, AppError> {
    let prepared = Prepared::of(context)?;
    let mut resolver = Resolver::new(&prepared.knowledge, prepared.inside.clone());
    let (user_names, mappings) = Default::default();
    let how = How { hash: false, threads, clock: None, user_names, mappings };
    let gathered = gather(inputs, None, how, progress, &mut |batch| resolver.add(&batch))?;
    let estate = resolver.finish();
    let (settings, _) = crate::segment::settings::of_site(None, &estate, prepared.now)?;
    let stages = Stages::run(&estate, &prepared, &prepared.beside(&estate), settings)?;
    Ok(stages.encode(estate, &prepared, &gathered, BTreeMap::new()))
}

/// Which advisories and feeds were used.
#[derive(Default)]
struct Used {
    advisories: Option<cordon_wire::assessment::Advisories>,
    feeds: BTreeMap<String, feeds::Feed>,
}

/// Adds what advisories mean for the devices, and what the world knows of the vulnerabilities they name.
fn match_advisories(
    estate: &Estate,
    prepared: &Prepared,
    context: &Context,
    beside: &mut Beside,
    progress: &mut dyn Progress,
) -> Result<Used, AppError> {
    let mut used = Used::default();
    let (folder, cache) = (context.advisories.as_deref(), context.feeds.as_deref());
    if folder.is_none() && cache.is_none() {
        return Ok(used);
    }
    progress.stage("matching advisories");
    let advisories::Gathered { collection, path, feed } = advisories::gather(folder, cache, prepared.now)?;
    used.feeds.extend(feed.map(|feed| (feeds::CSAF.to_owned(), feed)));
    for one in &collection.rejected {
        progress.warn(&format!("advisory {} is not used: {}", one.file, one.reason));
    }
    let mut told =
        (folder.is_some() || !collection.is_empty()).then(|| encode::advisories(&path, &collection));
    let bills = prepared.site.as_ref().map(|site| site.bills.as_slice()).unwrap_or_default();
    let mut records =
        records::Found::look_up(estate, bills, &collection.advisories, &prepared.knowledge, cache)?;
    let of_models = std::mem::take(&mut records.of_models);
    let is_record: BTreeSet<String> = of_models.iter().map(|record| record.id.clone()).collect();
    let advisories = collection.advisories.into_iter().chain(of_models).collect();
    let catalogue = Catalogue::new(advisories, &prepared.knowledge, context.matching);
    let mut matcher = Matcher::new(&catalogue);
    let (mut concerning, mut cves) = (BTreeSet::new(), records.cves());
    for device in &estate.devices {
        let mut found = matcher.device(device).to_vec();
        product::without_repeated(&mut found, |id| is_record.contains(id));
        if !found.is_empty() {
            concerning
                .extend(found.iter().map(|one| one.advisory.clone()).filter(|id| !is_record.contains(id)));
            cves.extend(found.iter().flat_map(|one| one.cves.iter().cloned()));
            beside.findings.entry(device.id.clone()).or_default().extend(found);
        }
    }
    if let Some(told) = &mut told {
        told.concerning = concerning.len() as u64;
        tracing::info!(advisories = told.read, concerning = told.concerning, "matched");
    }
    used.advisories = told;
    if let Some(cache) = cache {
        let (known, feeds) = feeds::intelligence(cache, &cves)?;
        beside.intelligence = known;
        used.feeds.extend(std::mem::take(&mut records.feeds));
        used.feeds.extend(feeds);
    }
    records.tell(estate, &prepared.knowledge, &beside.intelligence, &mut beside.findings);
    Ok(used)
}

/// Adds ends of support and recalls as the feeds publish them.
fn add_published(
    estate: &Estate,
    prepared: &Prepared,
    folder: &Path,
    beside: &mut Beside,
) -> Result<BTreeMap<String, feeds::Feed>, AppError> {
    let (lifecycles, mut used) = feeds::lifecycles(folder)?;
    beside.lifecycles = lifecycles;
    let (published, feeds) = feeds::recalls(folder, &recalls::wanted(estate, &prepared.knowledge))?;
    beside.recalls = Register::new(published, &prepared.knowledge).of_estate(estate, &prepared.knowledge);
    used.extend(feeds);
    Ok(used)
}

/// Adds what FDA publishes of the devices' products, and how much care depends on each.
fn add_products(
    estate: &mut Estate,
    prepared: &Prepared,
    folder: Option<&Path>,
) -> Result<Vec<cordon_wire::assessment::Feed>, AppError> {
    let mut used = Vec::new();
    if let Some(folder) = folder {
        let taken = feeds::look_up(folder, &products::wanted(estate))?;
        products::join(estate, &prepared.knowledge, &taken.found);
        used = taken.feeds.into_iter().map(|(name, feed)| encode::feed(name, feed)).collect();
    }
    criticality::default(estate, &prepared.knowledge);
    Ok(used)
}

/// Compares the asset lists among the inputs with what was seen; `None` where there is no list.
fn reconcile(estate: &Estate, gathered: &Gathered) -> Option<(Vec<String>, Reconciliation)> {
    let is_list = |path: &String| {
        let mut reports = gathered.reports.iter();
        reports.any(|report| report.path == *path && cordon_intake::is_list_kind(&report.kind))
    };
    let places = (0u32..).zip(&estate.inputs).filter(|(_, path)| is_list(path));
    let (places, lists): (BTreeSet<u32>, Vec<String>) = places.map(|(at, path)| (at, path.clone())).unzip();
    (!lists.is_empty()).then(|| (lists, reconcile::reconcile(estate, &places)))
}

/// Everything read before the inputs, so that a mistake in it is told at once.
struct Prepared {
    site: Option<SiteFolder>,
    knowledge: Knowledge,
    weights: Weights,
    inside: Inside,
    /// What the site folder says about the segmentation plan.
    wishes: Wishes,
    now: Timestamp,
}

impl Prepared {
    fn of(context: &Context) -> Result<Prepared, AppError> {
        let site = context.site.as_deref().map(SiteFolder::read).transpose()?;
        let weights = site.as_ref().map(SiteFolder::risk_weights).transpose()?.unwrap_or_default();
        context.feeds.as_deref().map(feeds::require).transpose()?;
        // A logo that cannot be used is told before the work, not after it.
        site.as_ref().map(SiteFolder::branding).transpose()?;
        let mut inside = context.inside.clone();
        inside.extend(site.iter().flat_map(|site| site.inside.iter().copied()));
        Ok(Prepared {
            site,
            knowledge: knowledge::read(context.knowledge.as_deref())?,
            weights,
            inside: Inside::with(inside),
            wishes: context.site.as_deref().map(Wishes::read).transpose()?.unwrap_or_default(),
            now: context.now,
        })
    }
}

impl Prepared {
    /// What people say besides the inputs.
    fn beside(&self, estate: &Estate) -> Beside {
        let Some(site) = &self.site else { return Beside::default() };
        Beside {
            notices: site.notices.clone(),
            forms: site.forms.clone(),
            controls: site.controls.of(estate, self.now),
            ..Beside::default()
        }
    }
}

/// What the pure stages found about an estate.
struct Stages {
    assessments: Vec<DeviceAssessment>,
    actions: Vec<cordon_model::assess::Action>,
    plan: Checked,
    segmentation: cordon_wire::segmentation::Segmentation,
    containment: cordon_model::segment::Containment,
    own_weights: Option<OwnWeights>,
}

/// A plan and what the independent check says of it; only one that passed is written as rules.
enum Checked {
    Passed(VerifiedPlan),
    Refused { plan: Plan, verification: Verification },
}

impl Checked {
    fn of(plan: Plan, estate: &Estate) -> Checked {
        match cordon_segment::approve(plan, estate) {
            Ok(verified) => Checked::Passed(verified),
            Err(refused) => Checked::Refused { plan: refused.plan, verification: refused.verification },
        }
    }

    fn plan(&self) -> &Plan {
        match self {
            Checked::Passed(verified) => verified.get(),
            Checked::Refused { plan, .. } => plan,
        }
    }

    fn verification(&self) -> &Verification {
        match self {
            Checked::Passed(verified) => verified.verification(),
            Checked::Refused { verification, .. } => verification,
        }
    }

    /// The plan in every language there is; nothing for one that was refused.
    fn render(&self, estate: &Estate, now: Timestamp) -> impl Iterator<Item = File> + use<> {
        let Checked::Passed(verified) = self else { return None.into_iter().flatten() };
        let place = cordon_segment::Place::new("the site", Stage::LogOnly, now);
        Some(render_all(verified, estate, &place)).into_iter().flatten()
    }
}

impl Stages {
    fn run(
        estate: &Estate,
        prepared: &Prepared,
        beside: &Beside,
        settings: cordon_segment::Settings,
    ) -> Result<Stages, AppError> {
        let context = cordon_assess::Context {
            estate,
            knowledge: &prepared.knowledge,
            weights: &prepared.weights,
            inside: &prepared.inside,
            now: prepared.now,
            beside,
        };
        let (judged, mut assessments) = cordon_assess::judge(&context);
        let (knowledge, wishes) = (&prepared.knowledge, &prepared.wishes);
        let planned = planned(estate, &assessments, knowledge, wishes, settings, prepared.now)?;
        let segmentation = planned.encode(estate, knowledge, &wishes.policy);
        let plan = Checked::of(planned.plan, estate);
        let reach = match &plan {
            Checked::Passed(verified) => cordon_segment::exposure(estate, verified.get()),
            Checked::Refused { .. } => BTreeMap::new(),
        };
        let planned = Planned { reach, internet: needed_outside(plan.plan()) };
        judged.with_controls(&mut assessments, &planned);
        let actions = judged.actions(&assessments);
        drop(judged);
        let containment = cordon_segment::containment(estate, plan.plan());
        let own_weights = own_weights(&context, &assessments);
        Ok(Stages { assessments, actions, plan, segmentation, containment, own_weights })
    }

    /// What was found, as it crosses the border; device by device and conversation by conversation it takes the place
    /// of the estate.
    fn encode(
        self,
        estate: Estate,
        prepared: &Prepared,
        gathered: &Gathered,
        health: BTreeMap<String, u64>,
    ) -> Assessment {
        let events = encode::events(&estate);
        let Estate { inputs, devices, conversations, .. } = estate;
        let mut devices: Vec<_> = devices
            .into_iter()
            .zip(self.assessments)
            .map(|(device, assessment)| encode::device(&device, &assessment, &inputs))
            .collect();
        devices.sort_by(|a, b| b.risk.score.total_cmp(&a.risk.score).then_with(|| a.id.cmp(&b.id)));
        let plan = self.plan.plan();
        Assessment {
            schema: SCHEMA.to_owned(),
            cordon: env!("CARGO_PKG_VERSION").to_owned(),
            now: prepared.now.to_string(),
            knowledge: prepared.knowledge.version().to_owned(),
            site: cordon_wire::assessment::Site::default(),
            feeds: Vec::new(),
            advisories: None,
            inputs: gathered.reports.iter().map(encode::input).collect(),
            devices,
            conversations: conversations.into_iter().map(|one| encode::conversation(&one)).collect(),
            events,
            needs: plan.needs.iter().map(encode::need).collect(),
            zones: plan.zones.iter().map(encode::zone).collect(),
            rules: plan.rules.iter().map(encode::rule).collect(),
            withheld: plan.withheld.iter().map(encode::withheld).collect(),
            segmentation: Some(self.segmentation),
            coverage: plan.coverage.iter().map(encode::coverage).collect(),
            actions: self.actions.iter().map(encode::action).collect(),
            containment: encode::containment(&self.containment),
            verification: encode::verification(self.plan.verification()),
            reachability: Reachability::default(),
            barriers: None,
            own_weights: self.own_weights,
            unowned: Vec::new(),
            reconciliation: None,
            health,
        }
    }
}

/// Flows with outside that somebody confirmed, or that are usual for such a device, in words; what was only seen needs
/// a person's word.
fn needed_outside(plan: &Plan) -> BTreeMap<DeviceId, Vec<String>> {
    let mut needed: BTreeMap<DeviceId, Vec<String>> = BTreeMap::new();
    let said = plan.needs.iter().filter(|need| need.state != NeedState::Proposed || need.source != OBSERVED);
    for need in said {
        if let (Party::Device(device), Party::Outside(to)) | (Party::Outside(to), Party::Device(device)) =
            (&need.from, &need.to)
        {
            let words =
                format!("{} ({to}; {}, {})", need.purpose, need.state.name().replace('_', " "), need.source);
            needed.entry(device.clone()).or_default().push(words);
        }
    }
    needed
}

/// The source of a need that nobody but the traffic spoke of.
const OBSERVED: &str = "observed";

/// What the site's own weights do to the ranking; `None` when they are the defaults.
fn own_weights(context: &cordon_assess::Context<'_>, own: &[DeviceAssessment]) -> Option<OwnWeights> {
    let defaults = Weights::default();
    if *context.weights == defaults {
        return None;
    }
    let usual = cordon_assess::assess(&cordon_assess::Context { weights: &defaults, ..*context });
    let scores = |found: &[DeviceAssessment]| -> Vec<(String, f64)> {
        found.iter().map(|one| (one.device.to_string(), one.risk.score())).collect()
    };
    Some(encode::own_weights(&defaults, context.weights, &scores(&usual), &scores(own)))
}

/// A file for each input that has rejected rows, named after it.
fn write_rejected(folder: &OutputFolder, rejected: &[RejectedRow]) -> Result<Vec<PathBuf>, AppError> {
    let mut files = Vec::new();
    let mut names = BTreeSet::new();
    for rows in rejected.chunk_by(|one, other| one.input == other.input) {
        let input = rows.first().map_or("", |row| row.input.as_str());
        let mut name = rejected_name(input, 1);
        for count in 2.. {
            if names.insert(name.clone()) {
                break;
            }
            name = rejected_name(input, count);
        }
        files.push(folder.write(&name, cordon_intake::rejected_csv(rows).as_bytes())?);
    }
    Ok(files)
}

/// `rejected-NAME.csv` for an input, without what a file name may not hold.
fn rejected_name(input: &str, count: u32) -> String {
    let name = Path::new(input).file_name().unwrap_or_default().to_string_lossy();
    let plain = |c: char| if c.is_alphanumeric() || "._-".contains(c) { c } else { '_' };
    let name: String = name.trim_end_matches(".csv").chars().take(80).map(plain).collect();
    match (name.as_str(), count) {
        ("" | "-", 1) => "rejected-standard-input.csv".to_owned(),
        (name, 1) => format!("rejected-{name}.csv"),
        (name, count) => format!("rejected-{name}-{count}.csv"),
    }
}
