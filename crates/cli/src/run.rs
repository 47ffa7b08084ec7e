//! From parsed arguments to a use case, and from its result to what is shown.

use crate::args::{
    Affected, Assess, Command, Compare, Context, Cordon, Diff, Explain, FailOn, FailOnPoint, FailOnReplay,
    FailOnTurn, Feed, FeedUpdate, Intake, Knowledge, Needs, Observe, Paths, Propose, RareFlows, Render,
    Replay, Report, Rubric, Schema, Score, Segment, Simulate, Site, Verify, WhatIf,
};
use crate::progress::Shown;
use crate::{edge, live, output, planning, tables};
use cordon_app::{Actor, AppError};
use cordon_wire::comparison::{Direction, Turn};
use std::io;
use std::process::ExitCode;

/// Runs one command and answers its exit code.
pub(crate) fn run(cordon: Cordon) -> ExitCode {
    let actor = Actor::local(edge::user());
    let result = match cordon.command {
        Command::Assess(args) => assess(&actor, args),
        Command::Observe(args) => observe(&actor, args),
        Command::Explain(args) => explain(&actor, &args),
        Command::Affected(args) => affected(&actor, args),
        Command::Compare(args) => match compare(&actor, args) {
            Ok(true) => return ExitCode::from(1),
            done => done.map(|_| ()),
        },
        Command::WhatIf(args) => what_if(&actor, &args),
        Command::Paths(args) => paths(&actor, &args),
        Command::Rubric(args) => rubric(&actor, args),
        Command::Segment(Segment::Plan(args)) => planning::plan(&actor, args),
        Command::Segment(Segment::Quarantine(args)) => planning::quarantine(&actor, args),
        Command::Segment(Segment::Drift(args)) => match planning::drift(&actor, args) {
            Ok(true) => return ExitCode::from(1),
            done => done.map(|_| ()),
        },
        Command::Segment(Segment::Render(args)) => render(&actor, args),
        Command::Segment(Segment::Needs(args)) => needs(&actor, *args),
        Command::Segment(Segment::Verify(args)) => match verify(&actor, args) {
            Ok(true) => return ExitCode::from(1),
            done => done.map(|_| ()),
        },
        Command::Segment(Segment::Diff(args)) => match diff(&actor, args) {
            Ok(true) => return ExitCode::from(1),
            done => done.map(|_| ()),
        },
        Command::Segment(Segment::Replay(args)) => match replay(&actor, args) {
            Ok(true) => return ExitCode::from(1),
            done => done.map(|_| ()),
        },
        Command::Report(args) => report(&actor, args),
        Command::Schema(args) => schema(&args),
        Command::Simulate(args) => simulate(&actor, args),
        Command::Score(args) => score(&actor, &args),
        Command::Intake(args) => intake(&actor, args),
        Command::Site(args) => site(&actor, args),
        Command::Knowledge(args) => knowledge(&actor, args),
        Command::Feed(args) => feed(&actor, args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::words(&format!("error[{}]: {error}", error.code()));
            ExitCode::from(error.exit_code())
        }
    }
}

fn print(text: &str) -> Result<(), AppError> {
    output::data(text).map_err(stdout_failed)
}

fn stdout_failed(error: io::Error) -> AppError {
    AppError::Unwritable { path: "standard output".into(), reason: error.to_string() }
}

fn json(value: &impl serde::Serialize) -> Result<(), AppError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| AppError::Defect { what: "encoding the result", reason: error.to_string() })?;
    print(&(text + "\n"))
}

fn context(context: Context) -> cordon_app::Context {
    cordon_app::Context {
        feeds: context.feeds.or_else(|| edge::feeds().and_then(cordon_app::feeds::existing)),
        advisories: context.advisories,
        configurations: context.configurations,
        matching: cordon_app::Settings { match_from: context.match_from },
        site: context.site,
        knowledge: context.knowledge,
        inside: context.inside,
        now: context.now.unwrap_or_else(edge::now),
    }
}

fn assess(actor: &Actor, args: Assess) -> Result<(), AppError> {
    let mut progress = Shown::new();
    let request = cordon_app::assess::Request {
        inputs: args.inputs,
        out: args.out,
        force: args.force,
        threads: args.threads,
        context: context(args.context),
    };
    let outcome = cordon_app::assess::assess(actor, &request, &mut progress);
    progress.finish();
    let outcome = outcome?;
    if args.json {
        json(&outcome.assessment)
    } else {
        let folder = request.out.display().to_string();
        print(&tables::summary(&outcome.assessment, &folder, outcome.files.len()))
    }
}

fn observe(actor: &Actor, args: Observe) -> Result<(), AppError> {
    if args.json && !args.stats && !args.advise {
        return Err(AppError::WrongUse(
            "--json is for --stats or --advise; Batches are JSON anyway".to_owned(),
        ));
    }
    if args.advise {
        return advise(actor, args);
    }
    if !args.interface.is_empty() || args.flows.is_some() {
        return live::interfaces(actor, args);
    }
    if let Some(folder) = args.watch.clone() {
        return live::folder(actor, folder, args);
    }
    let mut progress = Shown::new();
    let request = cordon_app::observe::Request {
        inputs: args.inputs,
        sensor: args.sensor,
        hash: args.hash,
        threads: args.threads.unwrap_or(1),
        site: args.site,
    };
    if args.stats {
        let stats = cordon_app::observe::statistics(actor, &request, edge::nanoseconds, &mut progress);
        progress.finish();
        let stats = stats?;
        return figures(&stats, args.json);
    }
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let done = cordon_app::observe::to_lines(actor, &request, &mut stdout, &mut progress);
    progress.finish();
    match done {
        Err(AppError::Unwritable { reason, .. }) if reason.contains("Broken pipe") => Ok(()),
        done => done.and_then(|()| output::forgive(io::Write::flush(&mut stdout)).map_err(stdout_failed)),
    }
}

fn advise(actor: &Actor, args: Observe) -> Result<(), AppError> {
    let mut progress = Shown::new();
    let request = cordon_app::advise::Request { inputs: args.inputs };
    let advice = cordon_app::advise::advise(actor, &request, &mut progress);
    progress.finish();
    let advice = advice?;
    if args.json { json(&advice) } else { print(&tables::advice(&advice)) }
}

/// Shows what was seen in numbers.
pub(crate) fn figures(stats: &cordon_app::Statistics, as_json: bool) -> Result<(), AppError> {
    if as_json { json(&tables::statistics_json(stats)) } else { print(&tables::statistics(stats)) }
}

fn explain(actor: &Actor, args: &Explain) -> Result<(), AppError> {
    let device = cordon_app::explain::device(actor, &args.assessment, &args.device)?;
    if args.json { json(&device) } else { print(&tables::explanation(&device)) }
}

/// Answers true when something is there that the caller wants to fail on.
fn affected(actor: &Actor, args: Affected) -> Result<(), AppError> {
    let request = cordon_app::affected::Request {
        advisory: args.advisory,
        assessment: args.assessment,
        advisories: args.advisories,
        knowledge: args.knowledge,
        matching: cordon_app::Settings { match_from: args.match_from },
        now: edge::now(),
    };
    let answer = cordon_app::affected::affected(actor, &request)?;
    if args.json { json(&answer) } else { print(&tables::affected(&answer)) }
}

fn compare(actor: &Actor, args: Compare) -> Result<bool, AppError> {
    let request =
        cordon_app::compare::Request { old: args.old, new: args.new, out: args.out, force: args.force };
    let outcome = cordon_app::compare::compare(actor, &request)?;
    let comparison = &outcome.comparison;
    if args.json {
        json(comparison)?
    } else {
        print(&tables::comparison(comparison, &outcome.files))?
    }
    Ok(args.fail_on.iter().any(|what| match what {
        FailOn::Worse => comparison.changed.iter().any(|device| device.direction == Direction::Worse),
        FailOn::Affected => comparison.findings.iter().any(|finding| finding.turn == Turn::NewlyAffected),
        FailOn::Appeared => !comparison.appeared.is_empty(),
    }))
}

fn what_if(actor: &Actor, args: &WhatIf) -> Result<(), AppError> {
    let chosen = match args.first {
        Some(count) => cordon_app::outlook::Chosen::First(count),
        None => cordon_app::outlook::Chosen::Named(&args.actions),
    };
    let found = cordon_app::outlook::what_if(actor, &args.assessment, chosen)?;
    if args.json { json(&found) } else { print(&tables::what_if(&found)) }
}

fn paths(actor: &Actor, args: &Paths) -> Result<(), AppError> {
    let (assessment, found) = cordon_app::outlook::paths(actor, &args.assessment, args.from.as_deref())?;
    if args.json { json(&found) } else { print(&tables::paths(&assessment, &found)) }
}

fn rubric(actor: &Actor, args: Rubric) -> Result<(), AppError> {
    match args {
        Rubric::Form => print(&cordon_app::outlook::rubric_form(actor)?),
        Rubric::Score { answers } => {
            print(&tables::rubric(&cordon_app::outlook::rubric_score(actor, &answers)?))
        }
    }
}

/// With a folder its files are named; without one they are printed, each under its name where there are several.
fn render(actor: &Actor, args: Render) -> Result<(), AppError> {
    let out = Some(args.out).filter(|out| out.as_os_str() != "-");
    let request = cordon_app::segment::render::Request {
        assessment: args.assessment,
        targets: args.target,
        stage: args.stage,
        zones: args.zone,
        point: args.point,
        interfaces: args.interface,
        published_at: args.published_at,
        out: out.clone(),
        force: args.force,
    };
    let rendered = cordon_app::segment::render::render(actor, &request)?;
    for sentence in &rendered.not_enforceable {
        output::words(&format!("not enforceable by address: {}", sentence));
    }
    match out {
        Some(out) => print(&format!("{} files in {}\n", rendered.paths.len(), out.display())),
        None => match rendered.files.as_slice() {
            [only] => print(&only.text),
            files => {
                files.iter().try_for_each(|file| print(&format!("==> {} <==\n{}", file.name, file.text)))
            }
        },
    }
}

fn needs(actor: &Actor, args: Needs) -> Result<(), AppError> {
    use cordon_app::segment::needs::{Decision, Filter, Request, decide, list, sheet};
    let request = Request {
        assessment: args.assessment,
        site: args.site,
        filter: Filter {
            state: args.state,
            device: args.device,
            peer: args.peer,
            zone: args.zone,
            category: args.category,
            application: args.application,
            origin: args.origin,
        },
        now: args.now.unwrap_or_else(edge::now),
    };
    if args.coverage || args.questions {
        return needs_tables(actor, &request, args.coverage, (args.json, args.csv));
    }
    if args.confirm.is_empty() && args.reject.is_empty() {
        let (rows, warnings) = list(actor, &request)?;
        warnings.iter().for_each(|warning| crate::output::words(&format!("warning: {warning}")));
        return match (args.json, args.csv) {
            (true, _) => json(&rows),
            (_, true) => print(&String::from_utf8_lossy(&sheet(&rows)?)),
            _ => print(&tables::needs(&rows)),
        };
    }
    let decision = Decision {
        rejects: args.confirm.is_empty(),
        select: if args.confirm.is_empty() { args.reject } else { args.confirm },
        by: args.by.unwrap_or_default(),
        because: args.because.unwrap_or_default(),
        purpose: args.purpose,
        until: args.until,
        care_critical: args.care_critical,
        service: args.service,
        counterpart: args.counterpart,
    };
    let done = decide(actor, &request, &decision)?;
    if args.json { json(&done) } else { print(&tables::decided(&done, decision.rejects)) }
}

/// How well needs were observed, or what stays open with their makers.
fn needs_tables(
    actor: &Actor,
    request: &cordon_app::segment::needs::Request,
    of_coverage: bool,
    form: (bool, bool),
) -> Result<(), AppError> {
    use cordon_app::segment::needs::{coverage, coverage_sheet, questions, questions_sheet};
    let warn = |warnings: &[String]| {
        warnings.iter().for_each(|warning| crate::output::words(&format!("warning: {warning}")));
    };
    if of_coverage {
        let (rows, warnings) = coverage(actor, request)?;
        warn(&warnings);
        return match form {
            (true, _) => json(&rows),
            (_, true) => print(&String::from_utf8_lossy(&coverage_sheet(&rows)?)),
            _ => print(&tables::need_coverage(&rows)),
        };
    }
    let (rows, warnings) = questions(actor, request)?;
    warn(&warnings);
    match form {
        (true, _) => json(&rows),
        (_, true) => print(&String::from_utf8_lossy(&questions_sheet(&rows)?)),
        _ => print(&tables::need_questions(&rows)),
    }
}

/// Answers true when something is there that the caller wants to fail on.
fn verify(actor: &Actor, args: Verify) -> Result<bool, AppError> {
    let request = cordon_app::segment::verify::Request {
        assessment: args.assessment,
        configurations: args.configurations,
        confirmed_only: args.confirmed,
        site: args.site,
        now: args.now.unwrap_or_else(edge::now),
    };
    let found = cordon_app::segment::verify::verify(actor, &request)?;
    if args.json {
        json(&found)?
    } else {
        print(&tables::verification(&found))?
    }
    Ok(args.fail_on.iter().any(|what| match what {
        FailOnPoint::Blocked => found.blocked_count > 0,
        FailOnPoint::Unsure => found.unsure_count > 0 || found.no_way > 0,
        FailOnPoint::Loose => found.points.iter().any(|point| !point.loose.is_empty()),
    }))
}

/// Answers true when there is a difference that the caller wants to fail on.
fn diff(actor: &Actor, args: Diff) -> Result<bool, AppError> {
    let request =
        cordon_app::segment::diff::Request { old: args.old, new: args.new, assessment: args.assessment };
    let found = cordon_app::segment::diff::diff(actor, &request)?;
    if args.json {
        json(&found)?
    } else {
        print(&tables::difference(&found))?
    }
    Ok(args.fail_on.iter().any(|what| match what {
        FailOnTurn::Closed => !found.closed.is_empty(),
        FailOnTurn::Opened => !found.opened.is_empty(),
        FailOnTurn::Unsure => !found.unsure.is_empty(),
    }))
}

/// Answers true when something is there that the caller wants to fail on.
fn replay(actor: &Actor, args: Replay) -> Result<bool, AppError> {
    let request = cordon_app::segment::replay::Request {
        assessment: args.assessment,
        captures: args.capture,
        configurations: args.configurations,
        threads: 1,
        context: cordon_app::Context {
            site: None,
            knowledge: None,
            feeds: None,
            advisories: None,
            configurations: Vec::new(),
            inside: Vec::new(),
            matching: cordon_app::Settings::default(),
            now: edge::now(),
        },
    };
    let mut progress = Shown::new();
    let found = cordon_app::segment::replay::replay(actor, &request, &mut progress);
    progress.finish();
    let found = found?;
    if args.json {
        json(&found)?
    } else {
        print(&tables::replay(&found))?
    }
    Ok(args.fail_on.iter().any(|what| match what {
        FailOnReplay::Blocked => found.blocked_count > 0,
        FailOnReplay::Unsure => found.unsure_count > 0 || found.no_way > 0,
    }))
}

fn report(actor: &Actor, args: Report) -> Result<(), AppError> {
    let files = cordon_app::report::again(
        actor,
        &cordon_app::report::Request {
            assessment: args.assessment,
            out: args.out.clone(),
            force: args.force,
            site: args.site,
        },
    )?;
    print(&format!("{} documents in {}\n", files.len(), args.out.display()))
}

fn schema(args: &Schema) -> Result<(), AppError> {
    match &args.name {
        None => print(&(cordon_wire::schema::names().join("\n") + "\n")),
        Some(name) => match cordon_wire::schema::json(name) {
            Some(schema) => json(&schema),
            None => Err(AppError::WrongUse(format!(
                "there is no schema \"{name}\"; there are {}",
                cordon_wire::schema::names().join(", ")
            ))),
        },
    }
}

fn simulate(actor: &Actor, args: Simulate) -> Result<(), AppError> {
    let request = cordon_app::simulate::Request {
        devices: args.devices,
        hours: args.hours,
        seed: args.seed,
        start: args.start,
        vlans: args.vlans,
        pace: args.pace,
        rare: match args.rare {
            RareFlows::Absent => cordon_app::simulate::Rare::Absent,
            RareFlows::Seen => cordon_app::simulate::Rare::Seen,
            RareFlows::Withheld => cordon_app::simulate::Rare::Withheld,
        },
        needs: args.needs,
        out: args.out,
        force: args.force,
    };
    print(&cordon_app::simulate::simulate(actor, &request)?)
}

fn score(actor: &Actor, args: &Score) -> Result<(), AppError> {
    let score = cordon_app::score::files(actor, &args.truth, &args.assessment)?;
    if args.json { json(&score) } else { print(&score.to_string()) }
}

fn intake(actor: &Actor, args: Intake) -> Result<(), AppError> {
    match args {
        Intake::Propose(args) => propose(actor, args),
        Intake::Template => print(&cordon_app::intake::template()),
    }
}

fn propose(actor: &Actor, args: Propose) -> Result<(), AppError> {
    let request = cordon_app::intake::Request {
        list: args.list,
        site: args.site,
        knowledge: args.knowledge,
        set: args.set,
        why: args.why,
        now: args.now.unwrap_or_else(edge::now),
    };
    let columns = cordon_app::intake::propose(actor, &request)?;
    match args.json {
        true => json(&tables::proposal_json(&columns))?,
        false => print(&tables::proposal(&columns))?,
    }
    if args.confirm {
        let path = cordon_app::intake::confirm(actor, &request, &columns)?;
        output::words(&format!("kept in {}", path.display()));
    }
    Ok(())
}

fn site(actor: &Actor, args: Site) -> Result<(), AppError> {
    match args {
        Site::Init { folder } => {
            let path = cordon_app::SiteFolder::init(actor, &folder)?;
            print(&format!("{}\n", path.display()))
        }
        Site::Check { folder } => {
            cordon_app::SiteFolder::check(actor, &folder)?;
            print(&format!("{}: in order\n", folder.display()))
        }
    }
}

fn knowledge(actor: &Actor, args: Knowledge) -> Result<(), AppError> {
    let (knowledge, as_json) = match args {
        Knowledge::Test { knowledge, json } => (knowledge, json),
        Knowledge::Try { fact, value, knowledge } => {
            let folder = knowledge.as_deref();
            return print(&cordon_app::knowledge::try_value(actor, folder, &fact, &value)?);
        }
    };
    let tested = cordon_app::knowledge::test(actor, knowledge.as_deref())?;
    if as_json {
        json(&tested)?
    } else {
        print(&tables::knowledge(&tested))?
    }
    if tested.failures.is_empty() {
        return Ok(());
    }
    let failures = tested.failures.join("\n");
    Err(AppError::WrongUse(format!("{failures}\nmistakes in the knowledge: {}", tested.failures.len())))
}

fn feed(actor: &Actor, args: Feed) -> Result<(), AppError> {
    match args {
        Feed::Update(args) => feed_update(actor, args),
        Feed::Import(args) => {
            let mut progress = Shown::new();
            let request = cordon_app::feeds::Request {
                inputs: args.inputs,
                folder: feed_folder(args.feeds)?,
                manner: cordon_app::feeds::Manner {
                    add: args.add,
                    anew: args.replace,
                    allow_rollback: args.allow_rollback,
                },
                now: args.now.unwrap_or_else(edge::now),
            };
            let feeds = cordon_app::feeds::import(actor, &request, &mut progress);
            progress.finish();
            let feeds = feeds?;
            if args.json { json(&feeds) } else { print(&tables::feeds(&feeds)) }
        }
        Feed::Status { feeds, now, json: as_json } => {
            let now = now.unwrap_or_else(edge::now);
            let status = cordon_app::feeds::status(actor, &feed_folder(feeds)?, now)?;
            if as_json { json(&status) } else { print(&tables::feed_status(&status)) }
        }
    }
}

fn feed_folder(given: Option<std::path::PathBuf>) -> Result<std::path::PathBuf, AppError> {
    let unknown = || AppError::WrongUse("there is no cache folder here; name one with --feeds".to_owned());
    given.or_else(edge::feeds).ok_or_else(unknown)
}

fn feed_update(actor: &Actor, args: FeedUpdate) -> Result<(), AppError> {
    use cordon_app::feeds::{Manner, Sources, update};
    let mut sources = Sources::published()?;
    if let Some(site) = &args.site {
        sources = sources.of_site(site)?;
    }
    for (name, url) in &args.url {
        sources.set(name, url)?;
    }
    sources.set_providers(&args.csaf)?;
    sources.nvd_key = edge::nvd_key();
    let request = update::Request {
        names: args.names,
        folder: feed_folder(args.feeds)?,
        sources,
        manner: Manner { add: false, anew: args.replace, allow_rollback: args.allow_rollback },
        now: args.now.unwrap_or_else(edge::now),
    };
    let mut client = edge::client(args.ca)?;
    let mut progress = Shown::new();
    let outside = update::Outside { exchange: &mut client, now: &edge::now, wait: &mut edge::wait };
    let updated = update::update(actor, &request, outside, &mut progress);
    progress.finish();
    let updated = updated?;
    if args.json { json(&updated) } else { print(&tables::updated(&updated)) }
}
