//! The arguments of `cordon segment`.

use clap::{Args, Subcommand};
use cordon_model::Timestamp;
use std::path::PathBuf;

/// The segmentation plan and the equipment that is to enforce it
#[derive(Debug, Subcommand)]
pub(crate) enum Segment {
    Plan(crate::planning::PlanArgs),
    Quarantine(crate::planning::QuarantineArgs),
    Drift(crate::planning::DriftArgs),
    Needs(Box<Needs>),
    Render(Render),
    Verify(Verify),
    Diff(Diff),
    Replay(Replay),
}

/// The plan's rules in the languages of firewalls, switches and people
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment render --in assessment/assessment.json --out rules
  cordon segment render --in assessment/assessment.json --target nftables --stage enforce --out router-1
  cordon segment render --in assessment/assessment.json --target cisco-ios --point core-1 --zone zone-imaging \\
      --interface zone-imaging=Vlan20 --out core-1

Targets: tables (CSV, Markdown), nftables, iptables, cisco-ios, cisco-asa, cisco-ise (downloadable lists), mud (RFC 8520),
and addresses: VLAN of each switch port (CSV, Cisco IOS) and DHCP reservations (Kea, ISC dhcpd) of `cordon segment plan`.
Each first stage logs what the rules would drop and drops nothing; load `--stage enforce` when its log is quiet. What no
rule by address can hold is named on standard error and in every file. How to load and take back: the book, \"Enforcing\".")]
pub(crate) struct Render {
    /// The assessment with the plan
    #[arg(long = "in", value_name = "ASSESSMENT")]
    pub(crate) assessment: PathBuf,
    /// Which language; may be repeated, all without
    #[arg(long, value_name = "NAME")]
    pub(crate) target: Vec<String>,
    /// `log-only` logs what no rule permits, `enforce` drops it too
    #[arg(long, value_name = "STAGE", default_value = "log-only")]
    pub(crate) stage: String,
    /// Only rules from or to this zone; may be repeated
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Vec<String>,
    /// What the enforcement point is called
    #[arg(long, value_name = "NAME", default_value = "the site")]
    pub(crate) point: String,
    /// The point's interface to a zone, so that its list is put there; may be repeated
    #[arg(long, value_name = "ZONE=INTERFACE")]
    pub(crate) interface: Vec<String>,
    /// Where you will publish usage descriptions for controllers
    #[arg(long, value_name = "URL")]
    pub(crate) published_at: Option<String>,
    /// Folder for the files, made when missing; `-` prints them one after the other
    #[arg(long, value_name = "DIR", default_value = "-")]
    pub(crate) out: PathBuf,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long)]
    pub(crate) force: bool,
}

/// Which flows clinical work needs: list them, confirm them, reject them
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment needs --in assessment/assessment.json --site our-site --state proposed --device CT01
  cordon segment needs --in assessment/assessment.json --site our-site --confirm need-3f0c9a5e1b2d4c68 \\
      --by \"Anna Weber\" --because \"conformance statement, section 4\" --care-critical
  cordon segment needs --in assessment/assessment.json --site our-site --confirm category:infusion_pump \\
      --application dns --by \"Ben Ito\" --because \"pumps find their gateway by name\"
  cordon segment needs --in assessment/assessment.json --site our-site --reject peer:198.51.100.7 \\
      --by \"Ben Ito\" --because \"contract of remote service has ended\"
  cordon segment needs --in assessment/assessment.json --site our-site --confirm need-91ab6c0d5e7f2a34 \\
      --counterpart 10.20.0.9 --service tcp/8443 --by \"Ben Ito\" --because \"manual of the pump, table 3\"
  cordon segment needs --in assessment/assessment.json --csv > needs.csv
  cordon segment needs --in assessment/assessment.json --site our-site --coverage --csv > coverage.csv
  cordon segment needs --in assessment/assessment.json --site our-site --questions

Decisions go into needs.toml of the site folder, where comments stay; the next `cordon assess --site` goes by them.
A group is zone:ID, category:NAME, application:NAME, peer:NAME, device:NAME, state:NAME, origin:NAME or all; it holds
what nobody has decided on yet. What is rejected never becomes a rule and stays visible.")]
pub(crate) struct Needs {
    /// The assessment with the conversations
    #[arg(long = "in", value_name = "ASSESSMENT")]
    pub(crate) assessment: PathBuf,
    /// Site folder with the decisions (needs.toml)
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Only these: proposed, confirmed, expected_not_seen or rejected
    #[arg(long, value_name = "STATE")]
    pub(crate) state: Option<String>,
    /// Only of a device: id, asset tag, host name, MAC or IP address
    #[arg(long, value_name = "DEVICE")]
    pub(crate) device: Option<String>,
    /// Only with this peer: a device, or an address outside
    #[arg(long, value_name = "PEER")]
    pub(crate) peer: Option<String>,
    /// Only of a zone, by its id
    #[arg(long, value_name = "ZONE")]
    pub(crate) zone: Option<String>,
    /// Only of devices of a category
    #[arg(long, value_name = "CATEGORY")]
    pub(crate) category: Option<String>,
    /// Only what is spoken so
    #[arg(long, value_name = "NAME")]
    pub(crate) application: Option<String>,
    /// Only what this says is needed: observed, person, maker or template
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) origin: Option<String>,
    /// Say that these are needed: ids or groups
    #[arg(long, value_name = "ID|GROUP", num_args = 1.., conflicts_with = "reject", requires = "by", requires = "because")]
    pub(crate) confirm: Vec<String>,
    /// Say that these are not needed: ids or groups
    #[arg(long, value_name = "ID|GROUP", num_args = 1.., requires = "by", requires = "because")]
    pub(crate) reject: Vec<String>,
    /// Who decides
    #[arg(long, value_name = "NAME")]
    pub(crate) by: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) because: Option<String>,
    /// What for, in place of each need's own words
    #[arg(long, value_name = "TEXT", requires = "confirm")]
    pub(crate) purpose: Option<String>,
    /// The last day it is needed, such as 2027-03-31
    #[arg(long, value_name = "DATE", requires = "confirm")]
    pub(crate) until: Option<String>,
    /// Care depends on it at once: a quarantine leaves it open
    #[arg(long, requires = "confirm")]
    pub(crate) care_critical: bool,
    /// The service in place of the need's own, such as tcp/443; for one need
    #[arg(long, value_name = "SERVICE")]
    pub(crate) service: Option<String>,
    /// The other end of an expected need, where it is not known or wider than it should be; for one need
    #[arg(long, value_name = "PEER", requires = "confirm")]
    pub(crate) counterpart: Option<String>,
    /// How well each need was observed: days, hours, weekdays, nights, weekends, and what is still missing
    #[arg(long, conflicts_with_all = ["confirm", "reject", "questions"])]
    pub(crate) coverage: bool,
    /// What only makers can say, and usage descriptions that devices announce and nobody has obtained
    #[arg(long, conflicts_with_all = ["confirm", "reject"])]
    pub(crate) questions: bool,
    /// The day decisions are made and judged on; today when not given
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Print as CSV
    #[arg(long, conflicts_with = "json")]
    pub(crate) csv: bool,
}

/// What a firewall's configuration would break, and what it lets through that nothing needs: for all packets
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment verify core-1.cfg --in assessment/assessment.json
  cordon segment verify core-1.cfg core-2.cfg --in assessment/assessment.json --fail-on blocked --json > proof.json

  cordon segment verify core-1.cfg --in assessment/assessment.json --site our-site
  cordon segment verify rules.nft addresses.txt routes.txt --in assessment/assessment.json

Reads, and recognises by content: Cisco IOS, IOS-XE and ASA (show running-config), nftables (nft list ruleset, with -j
too) and iptables (iptables-save). Rules of Linux hold no addresses: name files of `ip addr`, `ip route` and
`ipset save` behind them. Several configurations are one network: each need is followed from point to point. What is
not understood is listed and counts as unsure, never as fine; address translation likewise. Lines that count only for a
time (iptables `-m time`, absolute time ranges of Cisco) are checked as of --now. A file without interfaces or chains of the
kernel, such as Cordon's own rules before they are loaded, is checked as if packets met its lists.")]
pub(crate) struct Verify {
    /// Running configurations, one a file; of Linux the rules, and behind them addresses, routes and sets
    #[arg(required = true)]
    pub(crate) configurations: Vec<PathBuf>,
    /// The assessment with the needs
    #[arg(long = "in", value_name = "ASSESSMENT")]
    pub(crate) assessment: PathBuf,
    /// Leave out needs that were only observed and that nobody confirmed
    #[arg(long)]
    pub(crate) confirmed: bool,
    /// Site folder that says what the equipment can hold (equipment.toml)
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Check lines that count only for a time as of this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// End with code 1 when a need is stopped, cannot be told, or more is let through than is needed
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fail_on: Vec<FailOnPoint>,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What a changed configuration lets through that the old one did not, and what it stops: for all packets
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment diff core-1-monday.cfg core-1-tuesday.cfg --in assessment/assessment.json
  cordon segment diff running.cfg intended.cfg --fail-on closed,opened,unsure

Both may be written in different words, or in different languages: what they let through is compared, and each
difference is shown by a packet and the lines that decide about it. With --fail-on it tells whether both are equal.")]
pub(crate) struct Diff {
    /// The configuration as it was
    pub(crate) old: PathBuf,
    /// As it is, or is to be
    pub(crate) new: PathBuf,
    /// An assessment, to name devices
    #[arg(long = "in", value_name = "ASSESSMENT")]
    pub(crate) assessment: Option<PathBuf>,
    /// End with code 1 when there is such a difference
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fail_on: Vec<FailOnTurn>,
    /// Print the differences as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `cordon segment diff` may be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOnTurn {
    /// Something passed and does not any more
    Closed,
    /// Something did not pass and does
    Opened,
    /// Of something it cannot be told any more
    Unsure,
}

/// The conversations that were seen, through configurations: which would have been stopped, by which line
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon segment replay core-1.cfg --in assessment/assessment.json
  cordon segment replay ward.cfg core-1.cfg --in assessment/assessment.json --fail-on blocked --json > replay.json
  cordon segment replay core-1.cfg --capture yesterday.pcap --in assessment/assessment.json

Replays every conversation of the assessment, or of captures, with its answers, from point to point. Of captures alone
the purposes are those that Cordon proposes; with --in too, devices and needs are those of the assessment.
It shows what was seen and nothing else: `cordon segment verify` proves for all packets.")]
pub(crate) struct Replay {
    /// Running configurations, one a file; of Linux the rules, and behind them addresses, routes and sets
    #[arg(required = true)]
    pub(crate) configurations: Vec<PathBuf>,
    /// The assessment with needs and names; its conversations are replayed where no capture is given
    #[arg(long = "in", value_name = "ASSESSMENT", required_unless_present = "capture")]
    pub(crate) assessment: Option<PathBuf>,
    /// A capture (pcap, pcapng) whose conversations are replayed; may be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) capture: Vec<PathBuf>,
    /// End with code 1 when a conversation would have been stopped, or it cannot be told
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fail_on: Vec<FailOnReplay>,
    /// Print what was found as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `cordon segment replay` may be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOnReplay {
    /// A conversation would have been stopped
    Blocked,
    /// It cannot be told of a conversation
    Unsure,
}

/// What `cordon segment verify` may be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOnPoint {
    /// A need is stopped
    Blocked,
    /// It cannot be told whether a need is stopped
    Unsure,
    /// Something passes that nothing needs
    Loose,
}
