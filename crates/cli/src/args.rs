//! The command line, as people and scripts rely on it.

mod segment;

pub(crate) use segment::{
    Diff, FailOnPoint, FailOnReplay, FailOnTurn, Needs, Render, Replay, Segment, Verify,
};

use clap::{Args, Parser, Subcommand};
use cordon_model::{Cidr, Timestamp};
use std::net::{Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

/// Finds every medical device on a clinical network, ranks the risk each one carries, and plans how to
/// contain what cannot be patched. Passive: it reads what it is given and sends nothing to any device.
#[derive(Debug, Parser)]
#[command(name = "cordon", version, max_term_width = 100, after_help = EXIT_CODES)]
pub(crate) struct Cordon {
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXIT_CODES: &str = "Exit codes: 0 done (damaged inputs are warnings), 1 what --fail-on asked for was found, 2 wrong use, 3 no input was \
usable, 4 could not write, 70 a defect in Cordon itself (please report it).\n\n\
CORDON_LOG=info in the environment tells the steps of the work on standard error.\n\nExample: cordon assess monday.pcapng assets.csv --out assessment";

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Assess(Assess),
    Observe(Observe),
    Explain(Explain),
    Compare(Compare),
    Affected(Affected),
    WhatIf(WhatIf),
    Paths(Paths),
    #[command(subcommand)]
    Rubric(Rubric),
    Report(Report),
    Schema(Schema),
    Simulate(Simulate),
    Score(Score),
    #[command(subcommand)]
    Segment(Segment),
    #[command(subcommand)]
    Intake(Intake),
    #[command(subcommand)]
    Site(Site),
    #[command(subcommand)]
    Knowledge(Knowledge),
    #[command(subcommand)]
    Feed(Feed),
}

/// Captures, other tools' logs and lists in; inventory, risk ranking and segmentation plan out
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon assess monday.pcapng tuesday.pcap.gz assets.csv --out assessment
  tcpdump -i mirror0 -w - | cordon assess - --out assessment --site our-site
  cordon assess capture.pcap assessment/inventory.csv --out second --json
  cordon assess conn.log.gz eve.json dhcpd.leases cmms.xlsx --out assessment --site our-site
  cordon assess assets.csv --advisories csaf --out assessment
  cordon assess month.pcapng --threads 2 --out assessment
  cordon assess month.pcapng --out assessment --config core-switch.cfg ward-router.cfg")]
pub(crate) struct Assess {
    /// Captures, logs (Zeek, Suricata, p0f), leases, switch tables, NAC and Wi-Fi exports, scans, asset lists
    /// (CSV, XLSX), NetBox, FHIR and Batches; plain, gzip or zstd, told apart by content;
    /// `-` is standard input
    #[arg(required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Folder for the documents; made when missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long)]
    pub(crate) force: bool,
    /// Threads that observe captures; what is seen stays the same
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) threads: u32,
    #[command(flatten)]
    pub(crate) context: Context,
    /// Print the result as JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
}

/// What several commands want to know about the site.
#[derive(Debug, Args)]
pub(crate) struct Context {
    /// Site folder with names, branding, inside networks and bills of material (see `cordon site init`)
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Networks that belong to the site besides the private ranges; may be repeated
    #[arg(long, value_name = "CIDR")]
    pub(crate) inside: Vec<Cidr>,
    /// Folder with a hospital's own knowledge (TOML), added to the built-in one
    #[arg(long, value_name = "DIR")]
    pub(crate) knowledge: Option<PathBuf>,
    /// Feed folder (see `cordon feed import`): advisories, and records of what devices are and run; the default is in the
    /// user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(crate) feeds: Option<PathBuf>,
    /// Folder of security advisories (CSAF 2.0 and 2.1 documents, plain, compressed or in tar archives), or one
    /// of them
    #[arg(long, value_name = "DIR")]
    pub(crate) advisories: Option<PathBuf>,
    /// Running configurations of routers, firewalls and switches, in the languages of `segment verify`: who can reach
    /// whom today is taken from them instead of a flat network; what is not understood counts as open
    #[arg(long = "config", value_name = "FILE", num_args = 1..)]
    pub(crate) configurations: Vec<PathBuf>,
    /// How likely a device must be the product that an advisory names, 0 to 1; lower shows more, less sure
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.5, value_parser = probability)]
    pub(crate) match_from: f64,
    /// Judge as of this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
}

fn probability(text: &str) -> Result<f64, String> {
    let value: f64 = text.parse().map_err(|_| "give a number from 0 to 1, such as 0.5".to_owned())?;
    if (0.0..=1.0).contains(&value) {
        Ok(value)
    } else {
        Err("give a number from 0 to 1, such as 0.5".to_owned())
    }
}

/// Captures, lists and live interfaces to Batches, one JSON line each, on standard output
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon observe monday.pcapng > monday.jsonl
  cordon observe --hash --sensor ward-3 monday.pcapng > monday.jsonl
  cordon observe --threads 2 monday.pcapng > monday.jsonl
  cordon observe --site our-site monday.pcapng > monday.jsonl
  cordon observe --stats monday.pcapng
  cordon observe --stats --json monday.pcapng > statistics.json
  cordon observe --advise monday.pcapng tuesday.pcapng
  cordon observe --interface eth1 > eth1.jsonl
  cordon observe --interface eth1 --interface eth2 --window 5m --out batches
  cordon observe --interface eth1 --for 24h --stats
  cordon observe --watch captures --out batches
  cordon observe --flows 2055 --window 5m --out batches

A live observation needs the right to capture packets and nothing else: \"sudo setcap cap_net_raw+ep
$(command -v cordon)\". It gives up that right, too, as soon as the interfaces are open. An interrupt
(Ctrl-C) or SIGTERM ends it after the last Batch was written.")]
pub(crate) struct Observe {
    /// Captures, logs, leases, tables, exports and lists as for `assess`; plain, gzip or zstd, told apart by
    /// content; `-` is standard input
    #[arg(required_unless_present_any = ["interface", "flows", "watch"])]
    pub(crate) inputs: Vec<PathBuf>,
    /// Observe what passes this interface, as of now; may be repeated
    #[arg(long, value_name = "NAME", conflicts_with_all = ["inputs", "hash"])]
    pub(crate) interface: Vec<String>,
    /// Receive flow records (NetFlow v5 and v9, IPFIX, sFlow v5) on this UDP port, or at ADDRESS:PORT
    #[arg(long, value_name = "PORT", value_parser = listening, conflicts_with_all = ["inputs", "hash"])]
    pub(crate) flows: Option<SocketAddr>,
    /// Observe the captures that another program (dumpcap, tcpdump) writes into this folder, file after file
    #[arg(long, value_name = "DIR", conflicts_with_all = ["inputs", "hash", "interface", "flows", "threads"])]
    pub(crate) watch: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) lasting: Lasting,
    /// Print counts and time per protocol and what was shed instead of Batches
    #[arg(long)]
    pub(crate) stats: bool,
    /// Say what captures can and cannot answer, and how to take better ones, instead of printing Batches
    #[arg(long, requires = "inputs", conflicts_with_all = ["stats", "hash"])]
    pub(crate) advise: bool,
    /// Print counts or advice as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Put the SHA-256 of each input into the Batches; costs about as much time again as observing
    #[arg(long)]
    pub(crate) hash: bool,
    /// Threads that observe; what is seen stays the same. Files: 1, and one that reads when there are more.
    /// Interfaces: as many as there are processors, at most 4
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=64))]
    pub(crate) threads: Option<u32>,
    /// Name of the sensor in the Batches, when several observations are put together; the default is made
    /// from the inputs' names, or those of this machine and its interfaces
    #[arg(long, value_name = "NAME")]
    pub(crate) sensor: Option<String>,
    /// Site folder: says what becomes of the names of people's accounts
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
}

/// What an observation wants to know that lasts until it is stopped.
#[derive(Debug, Args)]
pub(crate) struct Lasting {
    /// Time that a Batch covers, such as 60s, 5m or 1h
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = duration)]
    pub(crate) window: Duration,
    /// End by itself after this time, such as 30s, 8h or 7d
    #[arg(long = "for", value_name = "TIME", value_parser = duration, conflicts_with = "watch")]
    pub(crate) duration: Option<Duration>,
    /// End by itself after so many packets
    #[arg(long, value_name = "PACKETS", conflicts_with = "watch")]
    pub(crate) count: Option<u64>,
    /// Write a file for each Batch into this folder, made when missing, instead of lines to standard output
    #[arg(long, value_name = "DIR", conflicts_with = "stats")]
    pub(crate) out: Option<PathBuf>,
    /// File that remembers what was read of a watched folder; by default .cordon-watch in the output folder or
    /// else in the watched one
    #[arg(long, value_name = "FILE", requires = "watch")]
    pub(crate) memory: Option<PathBuf>,
    /// End once all that is in the watched folder has been read, instead of waiting for more
    #[arg(long, requires = "watch")]
    pub(crate) until_read: bool,
    /// Memory that holds packets of an interface until they are observed, in megabytes
    #[arg(long, value_name = "MEGABYTES", default_value_t = 64, value_parser = clap::value_parser!(u32).range(4..=4096))]
    pub(crate) ring: u32,
}

/// Reads where to listen: a port at all addresses, or an address and a port.
fn listening(text: &str) -> Result<SocketAddr, String> {
    let port = text.parse().map(|port: u16| SocketAddr::from((Ipv6Addr::UNSPECIFIED, port)));
    let address = port.ok().or_else(|| text.parse().ok());
    address.ok_or_else(|| format!("\"{text}\" is no port; write 2055, 10.0.0.5:2055 or [::1]:2055"))
}

/// Reads a length of time: a whole number and its unit.
fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("\"{text}\" is no length of time; write 30s, 5m, 8h or 7d");
    let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
    let (number, unit) = text.split_at_checked(digits).ok_or_else(wrong)?;
    let number: u64 = number.parse().map_err(|_| wrong())?;
    let seconds = match unit {
        "ms" => return Some(Duration::from_millis(number)).filter(|time| !time.is_zero()).ok_or_else(wrong),
        "s" => 1,
        "m" => 60,
        "h" => 3_600,
        "d" => 86_400,
        _ => return Err(wrong()),
    };
    let seconds = number.checked_mul(seconds).filter(|seconds| (1..=366 * 86_400).contains(seconds));
    seconds.map(Duration::from_secs).ok_or_else(wrong)
}

/// Why Cordon says what it says about a device: from packet to claim, and every factor of its risk
#[derive(Debug, Args)]
#[command(after_help = "Example: cordon explain 10.20.30.123 --in assessment/assessment.json")]
pub(crate) struct Explain {
    /// A device's id, asset tag, host name, MAC or IP address
    pub(crate) device: String,
    /// The assessment to look in
    #[arg(long = "in", value_name = "ASSESSMENT")]
    pub(crate) assessment: PathBuf,
    /// Print the device as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// From an advisory to devices: those it hits, those that need one more fact and which, those it does not
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon affected ICSMA-20-170-06 --in assessment/assessment.json
  cordon affected CVE-2020-25165 --in assessment/assessment.json --json
  cordon affected new-advisory.json --in assessment/assessment.json
  cordon affected ICSMA-20-170-06 --in assessment/assessment.json --advisories csaf")]
pub(crate) struct Affected {
    /// An advisory's id, a CVE id, or the file of an advisory (CSAF)
    pub(crate) advisory: String,
    /// The assessment.json whose devices are asked about
    #[arg(long = "in", value_name = "ASSESSMENT")]
    pub(crate) assessment: PathBuf,
    /// Match the devices with the advisories of this folder instead of answering from the assessment
    #[arg(long, value_name = "DIR")]
    pub(crate) advisories: Option<PathBuf>,
    /// Folder with a hospital's own knowledge (TOML), for matching
    #[arg(long, value_name = "DIR")]
    pub(crate) knowledge: Option<PathBuf>,
    /// How likely a device must be the product that an advisory names, 0 to 1, for matching
    #[arg(long, value_name = "PROBABILITY", default_value_t = 0.5, value_parser = probability)]
    pub(crate) match_from: f64,
    /// Print the answer as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// The estate once chosen actions are done: every score and tier before and after
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon what-if assessment/assessment.json --do act-segment-patient-care --do act-replace-windows-7
  cordon what-if assessment/assessment.json --first 5

It is computed from the factors that stand in the assessment; actions are named there and in the document.")]
pub(crate) struct WhatIf {
    /// An assessment.json
    pub(crate) assessment: PathBuf,
    /// An action by its id; may be given several times
    #[arg(long = "do", value_name = "ACTION")]
    pub(crate) actions: Vec<String>,
    /// The first so many actions, in their order
    #[arg(long, value_name = "N", conflicts_with = "actions")]
    pub(crate) first: Option<usize>,
    /// Print the result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// How an attacker gets from the internet, or from a device, to devices that can harm patients
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon paths assessment/assessment.json
  cordon paths assessment/assessment.json --from 10.20.30.123

Today every device is taken to reach each other, for watching sees no barrier; under the plan, only what a rule
permits. A path's likelihood is the product of its devices' likelihoods; a device you start from counts as taken.")]
pub(crate) struct Paths {
    /// An assessment.json
    pub(crate) assessment: PathBuf,
    /// Begin on this device: its id, asset tag, host name, MAC or IP address
    #[arg(long, value_name = "DEVICE")]
    pub(crate) from: Option<String>,
    /// Print the paths as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// A form that leads to a CVSS vector for a vulnerability of a medical device
#[derive(Debug, Subcommand)]
pub(crate) enum Rubric {
    /// Print the form to fill in
    #[command(after_help = "Example: cordon rubric form > pump.toml")]
    Form,
    /// Turn a filled form into a CVSS 3.1 vector, with its score and which answer decided each metric
    #[command(after_help = "Example: cordon rubric score pump.toml")]
    Score {
        /// The filled form
        answers: PathBuf,
    },
}

/// Two assessments of one place: new, gone and changed devices, findings that turned, better and worse
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon compare spring/assessment.json summer/assessment.json
  cordon compare spring/assessment.json summer/assessment.json --out quarter
  cordon compare before.json after.json --fail-on worse --json > difference.json

A device is found again by its id, else by asset tag, serial number, MAC, or address with host name. One that
is not in the later assessment was not seen or listed; that does not prove that it is gone.")]
pub(crate) struct Compare {
    /// The earlier assessment.json
    pub(crate) old: PathBuf,
    /// The later assessment.json
    pub(crate) new: PathBuf,
    /// Folder for comparison.json and comparison.csv; made when missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long, requires = "out")]
    pub(crate) force: bool,
    /// End with code 1 when a device is worse, newly affected by an advisory, or new
    #[arg(long, value_name = "WHAT", value_delimiter = ',')]
    pub(crate) fail_on: Vec<FailOn>,
    /// Print the comparison as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// What `cordon compare` may be told to fail on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum FailOn {
    /// A device's score rose
    Worse,
    /// An advisory newly affects a device
    Affected,
    /// A device appeared
    Appeared,
}

/// The documents again from an assessment.json, with other branding or after an update
#[derive(Debug, Args)]
#[command(after_help = "Example: cordon report assessment/assessment.json --out again --site our-site")]
pub(crate) struct Report {
    /// An assessment.json
    pub(crate) assessment: PathBuf,
    /// Folder for the documents; made when missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long)]
    pub(crate) force: bool,
    /// Site folder with the branding
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
}

/// The JSON Schema of an interface: assessment, batch, comparison or truth
#[derive(Debug, Args)]
#[command(after_help = "Example: cordon schema assessment > assessment.schema.json")]
pub(crate) struct Schema {
    /// Which one; without a name, the names
    pub(crate) name: Option<String>,
}

/// A synthetic hospital: a capture, an asset list and the truth about both
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  cordon simulate --devices 200 --hours 8 --seed 7 --out hospital
  cordon simulate --devices 200 --hours 8 --seed 7 --vlans --out divided
  cordon simulate --devices 60 --hours 672 --pace 60 --needs --rare withheld --out weeks")]
pub(crate) struct Simulate {
    /// How many devices
    #[arg(long, default_value_t = 50, value_name = "COUNT")]
    pub(crate) devices: u32,
    /// How many hours of traffic
    #[arg(long, default_value_t = 2.0)]
    pub(crate) hours: f64,
    /// Equal seeds give equal bytes
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Time of the first packet (RFC 3339)
    #[arg(long, value_name = "TIME", default_value = "2026-11-16T07:00:00Z")]
    pub(crate) start: Timestamp,
    /// Divide the network into VLANs with a router between them instead of a flat one
    #[arg(long)]
    pub(crate) vlans: bool,
    /// Do everything so many times more seldom, so that weeks stay small
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) pace: u32,
    /// What happens once in months (service, calibration, standby): not at all, in the capture, or only in the truth
    #[arg(long, value_enum, default_value_t = RareFlows::Absent)]
    pub(crate) rare: RareFlows,
    /// Let the truth say which flows are needed
    #[arg(long)]
    pub(crate) needs: bool,
    /// Folder for capture.pcap, assets.csv and truth.json; made when missing
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Replace files of the same names in a folder that is not empty
    #[arg(long)]
    pub(crate) force: bool,
}

/// What becomes of what happens once in months.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum RareFlows {
    /// It does not happen
    Absent,
    /// It happens once, and is in the capture
    Seen,
    /// It is needed, and only the truth has it
    Withheld,
}

/// How much of a known truth an assessment found: right, missed and wrong for each attribute
#[derive(Debug, Args)]
#[command(after_help = "Example: cordon score hospital/truth.json assessment/assessment.json")]
pub(crate) struct Score {
    /// A truth file (cordon.truth/1)
    pub(crate) truth: PathBuf,
    /// An assessment.json
    pub(crate) assessment: PathBuf,
    /// Print as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

/// Lists that are taken in
#[derive(Debug, Subcommand)]
pub(crate) enum Intake {
    /// Say what the columns of an asset list could mean; with --confirm, keep it in the site folder
    #[command(after_help = "Examples:
  cordon intake propose cmms-export.csv
  cordon intake propose cmms-export.csv --set \"Lfd. Nr.=asset_tag\" --set \"Preis=ignore\"
  cordon intake propose cmms-export.csv --site our-site --confirm --why \"checked with the workshop\"")]
    Propose(Propose),
    /// An asset list to fill in by hand, as CSV on standard output; devices that are never on the network
    /// (USB only, stand-alone) are rows without addresses
    #[command(after_help = "Example: cordon intake template > assets.csv")]
    Template,
}

/// What `cordon intake propose` takes.
#[derive(Debug, Args)]
pub(crate) struct Propose {
    /// An asset list or a maintenance system's export
    pub(crate) list: PathBuf,
    /// Say what a column means: a column of inventory.csv, or `ignore`; may be repeated
    #[arg(long, value_name = "HEADING=MEANING", value_parser = heading_and_meaning)]
    pub(crate) set: Vec<(String, String)>,
    /// Site folder (see `cordon site init`)
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Keep it in the site folder's mappings.toml, with your name and the time
    #[arg(long, requires = "site")]
    pub(crate) confirm: bool,
    /// Why the columns mean what they mean, for the record
    #[arg(long, value_name = "WORDS", requires = "confirm")]
    pub(crate) why: Option<String>,
    /// Folder with a hospital's own knowledge (TOML), added to the built-in one
    #[arg(long, value_name = "DIR")]
    pub(crate) knowledge: Option<PathBuf>,
    /// Confirm as of this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Print the proposal as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn heading_and_meaning(text: &str) -> Result<(String, String), String> {
    let (heading, meaning) =
        text.rsplit_once('=').ok_or("write HEADING=MEANING, such as \"Lfd. Nr.=asset_tag\"")?;
    Ok((heading.to_owned(), meaning.to_owned()))
}

/// The site folder
#[derive(Debug, Subcommand)]
pub(crate) enum Site {
    /// Make a site folder with a commented site.toml
    #[command(after_help = "Example: cordon site init our-site")]
    Init {
        /// Folder to make
        folder: PathBuf,
    },
    /// Read a site folder and say what is wrong with it, if anything
    #[command(after_help = "Example: cordon site check our-site")]
    Check {
        /// Folder to check
        folder: PathBuf,
    },
}

/// The knowledge base
#[derive(Debug, Subcommand)]
pub(crate) enum Knowledge {
    /// Run every fingerprint against its own examples and the others'
    ///
    /// Prints how many there are by file and by category, what of your own stands over what comes with
    /// Cordon, and every mistake with file and line; exit code 2 when there is one.
    #[command(after_help = "Example: cordon knowledge test --knowledge our-knowledge")]
    Test {
        /// Folder with a hospital's own knowledge (TOML), added to the built-in one
        #[arg(long, value_name = "DIR")]
        knowledge: Option<PathBuf>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
    /// Say what one fact would tell, and by which fingerprints
    #[command(after_help = "Example: cordon knowledge try dhcp.vendor_class \"MSFT 5.0\"")]
    Try {
        /// Kind of fact, as evidence names it
        fact: String,
        /// Its value
        value: String,
        /// Folder with a hospital's own knowledge (TOML), added to the built-in one
        #[arg(long, value_name = "DIR")]
        knowledge: Option<PathBuf>,
    },
}

/// What others publish of vulnerabilities, products and their support: fetched, or imported from files
#[derive(Debug, Subcommand)]
pub(crate) enum Feed {
    /// Fetch feeds from their publishers, and import what is new. What fails costs its own feed; what was there stays
    ///
    /// Without names: csaf, kev, epss, endoflife, fda-classification, fda-recall, fda-enforcement, and what was fetched
    /// before. By name also the large ones: nvd, vulnrichment, cve, osv, fda-udi. Proxies are those of the environment
    /// (HTTPS_PROXY, HTTP_PROXY, NO_PROXY); a key for NVD is taken from NVD_API_KEY.
    #[command(after_help = "Examples:
  cordon feed update
  cordon feed update kev epss nvd --feeds feeds
  cordon feed update csaf --csaf https://maker.example/.well-known/csaf/provider-metadata.json
  cordon feed update kev --url kev=https://mirror.hospital.example/kev.json --ca our-ca.pem")]
    Update(FeedUpdate),
    /// Read published files into the feed folder, for sites without the internet: files, folders and archives (gzip,
    /// zstd, ZIP, tar, also in one another), told apart by content: CSAF advisories, CISA's known exploited
    /// vulnerabilities, EPSS, NVD, CVE records and Vulnrichment, OSV, endoflife.date, openFDA (udi, classification,
    /// recall, enforcement), GUDID's releases (XML, delimited), foiclass.txt. What is published as a whole takes the
    /// place of what was there; records are added, the newest revision of each stands. A feed that is not whole, or
    /// older than the one that is there, changes nothing
    #[command(after_help = "Examples:
  cordon feed import carried-over/ --feeds feeds
  cordon feed import known_exploited_vulnerabilities.json epss_scores-current.csv.gz csaf.tar.gz
  cordon feed import AccessGUDID_Delimited_Full_Release_20261101.zip foiclass.txt
  cordon feed import gudid_weekly_update/ --add")]
    Import(FeedImport),
    /// What the feed folder holds: records, how old, from which files, and how the last update went
    #[command(after_help = "Example: cordon feed status --json")]
    Status {
        /// Feed folder; the default is in the user's cache folder
        #[arg(long, value_name = "DIR")]
        feeds: Option<PathBuf>,
        /// Reckon ages as of this time (RFC 3339) instead of the present
        #[arg(long, value_name = "TIME")]
        now: Option<Timestamp>,
        /// Print as JSON
        #[arg(long)]
        json: bool,
    },
}

/// What `cordon feed update` takes.
#[derive(Debug, Args)]
pub(crate) struct FeedUpdate {
    /// What to fetch
    #[arg(value_name = "NAME")]
    pub(crate) names: Vec<String>,
    /// Feed folder, made when missing; the default is in the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(crate) feeds: Option<PathBuf>,
    /// Site folder; its feeds.toml names mirrors and providers of advisories
    #[arg(long, value_name = "DIR")]
    pub(crate) site: Option<PathBuf>,
    /// Provider of advisories (CSAF 2.0) in place of CISA: its provider-metadata.json, a ROLIE feed, a folder with
    /// changes.csv or index.txt, or its server; may be repeated
    #[arg(long, value_name = "URL")]
    pub(crate) csaf: Vec<String>,
    /// Another address for a source, such as a mirror; may be repeated
    #[arg(long, value_name = "NAME=URL", value_parser = name_and_url)]
    pub(crate) url: Vec<(String, String)>,
    /// Certificates (PEM) to believe besides the machine's, such as that of a proxy that looks into connections
    #[arg(long, value_name = "FILE")]
    pub(crate) ca: Option<PathBuf>,
    /// Begin anew, also with feeds that grow
    #[arg(long)]
    pub(crate) replace: bool,
    /// Take a version older than the one that is there
    #[arg(long)]
    pub(crate) allow_rollback: bool,
    /// Update as of this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Print what became of it as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

fn name_and_url(text: &str) -> Result<(String, String), String> {
    let (name, url) =
        text.split_once('=').ok_or("write NAME=URL, such as kev=https://mirror.example/kev.json")?;
    Ok((name.to_owned(), url.to_owned()))
}

/// What `cordon feed import` takes.
#[derive(Debug, Args)]
pub(crate) struct FeedImport {
    /// Files, folders and archives
    #[arg(required = true)]
    pub(crate) inputs: Vec<PathBuf>,
    /// Feed folder, made when missing; the default is in the user's cache folder
    #[arg(long, value_name = "DIR")]
    pub(crate) feeds: Option<PathBuf>,
    /// Keep what was imported before, where no new record takes its place, also of feeds that are published as
    /// a whole; advisories, CVE, NVD and OSV records and recalls are always added
    #[arg(long)]
    pub(crate) add: bool,
    /// Begin anew, also with feeds that grow
    #[arg(long, conflicts_with = "add")]
    pub(crate) replace: bool,
    /// Take a version older than the one that is there
    #[arg(long)]
    pub(crate) allow_rollback: bool,
    /// Import as of this time (RFC 3339) instead of the present
    #[arg(long, value_name = "TIME")]
    pub(crate) now: Option<Timestamp>,
    /// Print what the feeds hold as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cordon::command().debug_assert();
    }

    #[test]
    fn a_port_is_at_all_addresses() {
        assert_eq!(listening("2055"), Ok("[::]:2055".parse().unwrap()));
        assert_eq!(listening("10.0.0.5:9995"), Ok("10.0.0.5:9995".parse().unwrap()));
        assert!(listening("10.0.0.5").is_err() && listening("70000").is_err());
    }

    #[test]
    fn lengths_of_time_are_numbers_with_units() {
        for (text, seconds) in [("30s", 30), ("5m", 300), ("8h", 28_800), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        assert_eq!(duration("250ms"), Ok(Duration::from_millis(250)));
        for text in
            ["", "5", "s", "5 s", "-5s", "5x", "0s", "0ms", "9999999999999999999d", "400d", "1.5h", "5ü"]
        {
            assert!(duration(text).is_err(), "{text}");
        }
    }
}
