//! `cordon segment plan`, `quarantine` and `drift`: their arguments, and the way to their use cases.

use crate::{edge, output, tables};
use clap::Args;
use cordon_app::segment::{drift, plan, quarantine};
use cordon_app::{Actor, AppError};
use cordon_model::Timestamp;
use serde::Serialize;
use std::path::PathBuf;

/// Zones, rules, addresses and the way into force, by the site's policy; and what is different from the last plan
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment plan --in assessment/assessment.json --site our-site --out plan
  cordon segment plan --in assessment/assessment.json --site our-site --dry-run

Writes policy.yaml into the site folder when there is none, and adds the zones, microsegments and addresses it lacks when there is one;
what people wrote there stays, comments too. The plan is kept beside it as plan.json, for the next comparison. A mistake
in the policy is told with its line, and nothing is written.")]
pub(crate) struct PlanArgs {
    /// The assessment to plan from
    #[arg(long = "in", value_name = "ASSESSMENT")]
    assessment: PathBuf,
    /// Site folder with policy.yaml (see `cordon site init`)
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// Folder for the plan's documents; made when missing
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long)]
    force: bool,
    /// Folder with a hospital's own knowledge (TOML), added to the built-in one
    #[arg(long, value_name = "DIR")]
    knowledge: Option<PathBuf>,
    /// Say what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// Let the communication graph place devices of unknown kind anew; without it what it told for the last plan holds
    #[arg(long)]
    ask_again: bool,
    /// Print the plan as JSON
    #[arg(long)]
    json: bool,
}

/// Rules that cut a device off but for what care needs at once, and end by themselves
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment quarantine pump-17 --in assessment/assessment.json --site our-site
  cordon segment quarantine pump-17 --in assessment/assessment.json --site our-site --for 90m \\
      --approved-by \"Dr. Anna Example\" --target nftables --out held

Says first which clinical functions stay and which are lost. Open stay the needs marked critical to care. For a device
that may keep a patient alive no rules are written before the clinician who agreed is named: without --approved-by it
is HELD and ends with code 2, so that no script takes it for done. nftables elements time out,
iptables matches and Cisco time ranges of IOS and ASA end: a forgotten quarantine cuts nobody off for good. ISE and
usage descriptions (mud) know no end; their files say what to do instead.")]
pub(crate) struct QuarantineArgs {
    /// The device: its id, asset tag, host name, MAC or IP address
    device: String,
    /// The assessment with the device
    #[arg(long = "in", value_name = "ASSESSMENT")]
    assessment: PathBuf,
    /// Site folder with policy and confirmed needs
    #[arg(long, value_name = "DIR")]
    site: PathBuf,
    /// The clinician who agreed
    #[arg(long, value_name = "CLINICIAN")]
    approved_by: Option<String>,
    /// For how long, such as 90s, 30m, 8h or 2d; at most 14 days
    #[arg(long = "for", value_name = "TIME", default_value = "8h", value_parser = seconds)]
    lasts: u32,
    /// Languages: table, nftables, iptables, cisco-ios, cisco-asa, cisco-ise, mud; all when not given
    #[arg(long, value_name = "TARGET", value_delimiter = ',')]
    target: Vec<String>,
    /// Folder for the rules; without it nothing is written
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long)]
    force: bool,
    /// Folder with a hospital's own knowledge (TOML), added to the built-in one
    #[arg(long, value_name = "DIR")]
    knowledge: Option<PathBuf>,
    /// Begin at this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// Print what it does as JSON
    #[arg(long)]
    json: bool,
}

/// What happens on the network now against the plan, and what equipment is told to do: flows without a rule, rules
/// without a flow, unknown devices, configurations that let through more or less
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment drift --in today/assessment.json --plan our-site
  cordon segment drift --in today/assessment.json --plan plan/plan.json --fail-on unpermitted --json
  cordon segment drift --in today/assessment.json --plan our-site --config core-1.cfg --fail-on stopped,opened,unsure

With --config the configurations of today are held against the plan's rules, for all packets: what a rule permits and they
stop, and what they let through and no rule permits; each with a packet, the line, the device and what for.")]
pub(crate) struct DriftArgs {
    /// The assessment of what happens now
    #[arg(long = "in", value_name = "ASSESSMENT")]
    assessment: PathBuf,
    /// A plan.json, or the site folder that holds it
    #[arg(long, value_name = "PLAN")]
    plan: PathBuf,
    /// Running configurations that are to do what the plan says, in the languages of `segment verify`
    #[arg(long = "config", value_name = "FILE", num_args = 1..)]
    configurations: Vec<PathBuf>,
    /// Look at lines of configurations that count only for a time as of this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    now: Option<Timestamp>,
    /// End with code 1 when there is such a thing
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    fail_on: Vec<FailOnDrift>,
    /// Print what was found as JSON
    #[arg(long)]
    json: bool,
}

/// What `cordon segment drift` may be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum FailOnDrift {
    /// A flow that worked and that no rule permits
    Unpermitted,
    /// A rule that nothing used, or that has run out
    Unused,
    /// A device that the plan puts into no zone
    Unknown,
    /// A configuration stops what a rule permits
    Stopped,
    /// A configuration lets through what no rule permits
    Opened,
    /// It cannot be told whether a configuration lets through what a rule permits
    Unsure,
}

/// A length of time in seconds: a number and `s`, `m`, `h` or `d`.
fn seconds(text: &str) -> Result<u32, String> {
    const WANTED: &str = "write a number and s, m, h or d, such as 90m";
    let unit = match text.chars().last() {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        _ => return Err(WANTED.to_owned()),
    };
    let number: u32 = text.get(..text.len() - 1).and_then(|number| number.parse().ok()).ok_or(WANTED)?;
    number
        .checked_mul(unit)
        .filter(|seconds| *seconds > 0)
        .ok_or_else(|| "this is no length of a quarantine".to_owned())
}

/// Plans, and says what is different.
pub(crate) fn plan(actor: &Actor, args: PlanArgs) -> Result<(), AppError> {
    let request = plan::Request {
        assessment: args.assessment,
        site: args.site,
        out: args.out,
        force: args.force,
        knowledge: args.knowledge,
        dry_run: args.dry_run,
        ask_again: args.ask_again,
    };
    let outcome = plan::plan(actor, &request)?;
    if args.json {
        json(&outcome.plan)?
    } else {
        print(&tables::plan(&outcome))?
    }
    for file in &outcome.files {
        output::words(&format!("wrote {}", file.display()));
    }
    Ok(())
}

/// Says what a quarantine does; a device that is held back ends with code 2.
pub(crate) fn quarantine(actor: &Actor, args: QuarantineArgs) -> Result<(), AppError> {
    let request = quarantine::Request {
        device: args.device,
        assessment: args.assessment,
        site: args.site,
        approved_by: args.approved_by,
        seconds: args.lasts,
        now: args.now.unwrap_or_else(edge::now),
        targets: args.target,
        out: args.out,
        force: args.force,
        knowledge: args.knowledge,
    };
    let held = quarantine::quarantine(actor, &request)?;
    if args.json {
        json(&held)?
    } else {
        print(&tables::quarantine(&held))?
    }
    for file in &held.files {
        output::words(&format!("wrote {file}"));
    }
    match &held.hold {
        Some(why) if held.approved_by.is_none() => {
            Err(AppError::WrongUse(format!("{why} with --approved-by; no rules were written")))
        }
        _ => Ok(()),
    }
}

/// Answers true when something is there that the caller wants to fail on.
pub(crate) fn drift(actor: &Actor, args: DriftArgs) -> Result<bool, AppError> {
    let request = drift::Request {
        assessment: args.assessment,
        plan: args.plan,
        configurations: args.configurations,
        now: args.now.unwrap_or_else(edge::now),
    };
    let found = drift::drift(actor, &request)?;
    let (seen, points) = (&found.seen, found.configurations.iter().flat_map(|all| &all.points));
    let points: Vec<&drift::PointDrift> = points.collect();
    if args.json {
        json(&found)?
    } else {
        print(&tables::drift(&found))?
    }
    Ok(args.fail_on.iter().any(|what| match what {
        FailOnDrift::Unpermitted => seen.unpermitted.iter().any(|one| one.answered),
        FailOnDrift::Unused => !seen.unused.is_empty() || !seen.expired.is_empty(),
        FailOnDrift::Unknown => !seen.unknown.is_empty(),
        FailOnDrift::Stopped => points.iter().any(|point| point.stopped_count > 0),
        FailOnDrift::Opened => points.iter().any(|point| !point.opened.is_empty()),
        FailOnDrift::Unsure => points.iter().any(|point| point.unsure_count > 0),
    }))
}

fn json(value: &impl Serialize) -> Result<(), AppError> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| AppError::Defect { what: "encoding the result", reason: error.to_string() })?;
    print(&(text + "\n"))
}

fn print(text: &str) -> Result<(), AppError> {
    output::data(text)
        .map_err(|error| AppError::Unwritable { path: "standard output".into(), reason: error.to_string() })
}
