//! A hospital's day written as it happens: schedules of all devices merged in time, frames straight to disk.
//!
//! Memory grows with devices (about 150 bytes each), with the frames of exchanges under way at one moment,
//! and with nothing else: not with hours, not with packets. Frames wait in a heap only until no later act can
//! start before them.

use crate::acts::{Act, Scene, habits, rarities};
use crate::assets;
use crate::capture::{LINKTYPE_ETHERNET, PcapWriter};
use crate::random::Random;
use crate::roles::{Os, Role};
use crate::site::{Device, Site};
use crate::truth::{self, Needs, TrueNeed, TruthEvent};
use cordon_model::Timestamp;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// What to simulate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Number of devices, servers and network equipment included; 1 to [`DEVICES_MAX`].
    pub devices: u32,
    /// Length of the capture in hours, above 0 and up to [`HOURS_MAX`].
    pub hours: f64,
    /// Equal seeds (and other settings) give equal bytes.
    pub seed: u64,
    /// Time of the capture's start.
    pub start: Timestamp,
    /// Whether the network is divided into VLANs with a router between; otherwise it is flat. The capture is
    /// then that of a mirror of all VLANs: what crosses the router is seen on both sides of it.
    pub vlans: bool,
    /// How many times more seldom everything is done than on a usual day; with 50, weeks are a few million packets.
    /// What a device needs does not change by it.
    pub pace: u32,
    /// Whether things happen that happen once in months.
    pub rare: Rare,
    /// Whether the truth says what flows are needed; it takes memory for each.
    pub needs: bool,
}

/// What happens once in months: service from the maker's laptop, calibration data, a new drug library, a standby.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rare {
    /// Not in this time.
    #[default]
    Absent,
    /// Once in this time, and seen.
    Seen,
    /// It will happen and is needed, and is not in the capture: the truth alone has it.
    Withheld,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            devices: 200,
            hours: 1.0,
            seed: 1,
            start: Timestamp::default(),
            vlans: false,
            pace: 1,
            rare: Rare::Absent,
            needs: false,
        }
    }
}

impl Settings {
    /// Refuses a hospital of no or too many devices, or of no or too long a time.
    pub fn check(&self) -> Result<(), SimulateError> {
        if !(1..=DEVICES_MAX).contains(&self.devices) {
            return Err(SimulateError::Devices(self.devices));
        }
        if !(self.hours > 0.0 && self.hours <= HOURS_MAX) {
            return Err(SimulateError::Hours(self.hours));
        }
        if !(1..=PACE_MAX).contains(&self.pace) {
            return Err(SimulateError::Pace(self.pace));
        }
        Ok(())
    }
}

/// The most devices the address plan has room for.
pub const DEVICES_MAX: u32 = 250_000;
/// What is done every minute is then done once a week.
pub const PACE_MAX: u32 = 10_000;
/// A year.
pub const HOURS_MAX: f64 = 8_784.0;

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Devices simulated.
    pub devices: u32,
    /// Frames in the capture.
    pub packets: u64,
    /// Bytes of the capture file.
    pub bytes: u64,
    /// Rows of the asset list, header not counted.
    pub asset_rows: u64,
    /// Events in the truth.
    pub events: u64,
}

/// Why a hospital could not be simulated.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// A number of devices there is no room for.
    #[error("a simulated hospital has 1 to {DEVICES_MAX} devices, not {0}")]
    Devices(u32),
    /// A length that is no length.
    #[error("a simulated capture lasts more than 0 and up to {HOURS_MAX} hours, not {0}")]
    Hours(f64),
    /// A pace that is none.
    #[error("a pace is 1 (a usual day) to {PACE_MAX} (everything so many times more seldom), not {0}")]
    Pace(u32),
    /// Writing failed.
    #[error("could not write {what}")]
    Write {
        /// Which file.
        what: String,
        /// What the system says.
        source: io::Error,
    },
}

impl SimulateError {
    fn write(what: &str) -> impl FnOnce(io::Error) -> SimulateError {
        move |source| SimulateError::Write { what: what.to_owned(), source }
    }
}

/// Where the three files of a simulation go.
#[derive(Debug)]
pub struct Outputs<C: Write, A: Write, T: Write> {
    /// The capture, in pcap.
    pub capture: C,
    /// The hospital's asset list, in CSV.
    pub assets: A,
    /// The truth, `cordon.truth/1`.
    pub truth: T,
}

/// File name of the capture within a simulation's folder.
pub const CAPTURE_NAME: &str = "capture.pcap";
/// File name of the asset list.
pub const ASSETS_NAME: &str = "assets.csv";
/// File name of the truth.
pub const TRUTH_NAME: &str = "truth.json";

/// Simulates a hospital into the three files of `folder`, which must exist.
pub fn hospital_in(settings: &Settings, folder: &Path) -> Result<Summary, SimulateError> {
    let create = |name: &str| -> Result<BufWriter<File>, SimulateError> {
        let path: PathBuf = folder.join(name);
        let file = File::create(&path).map_err(SimulateError::write(&path.display().to_string()))?;
        Ok(BufWriter::with_capacity(1 << 18, file))
    };
    let outputs =
        Outputs { capture: create(CAPTURE_NAME)?, assets: create(ASSETS_NAME)?, truth: create(TRUTH_NAME)? };
    hospital(settings, outputs)
}

/// Simulates a hospital. The truth names the capture [`CAPTURE_NAME`].
pub fn hospital<C: Write, A: Write, T: Write>(
    settings: &Settings,
    mut outputs: Outputs<C, A, T>,
) -> Result<Summary, SimulateError> {
    settings.check()?;
    let writer = PcapWriter::new(&mut outputs.capture, LINKTYPE_ETHERNET)
        .map_err(SimulateError::write("the capture"))?;
    let mut day = Day::new(settings, writer);
    day.run().map_err(SimulateError::write("the capture"))?;
    let mut summary = Summary {
        devices: settings.devices,
        packets: day.writer.packets(),
        bytes: day.writer.bytes(),
        events: day.events.len() as u64,
        ..Summary::default()
    };
    day.events.sort_by(|a, b| (&a.start, a.kind).cmp(&(&b.start, b.kind)));
    day.writer.finish().map_err(SimulateError::write("the capture"))?;
    summary.asset_rows =
        assets::write(&mut outputs.assets, &day.site).map_err(SimulateError::write("the asset list"))?;
    outputs.assets.flush().map_err(SimulateError::write("the asset list"))?;
    let needs = day.needs.as_ref();
    truth::write(&mut outputs.truth, CAPTURE_NAME, &day.site, &day.events, needs, notes)
        .map_err(SimulateError::write("the truth"))?;
    outputs.truth.flush().map_err(SimulateError::write("the truth"))?;
    Ok(summary)
}

/// What was planted in a device, for people; never judged.
fn notes(device: &Device) -> Option<&'static str> {
    let old = matches!(device.profile.os, Os::WindowsXp | Os::Windows7);
    match device.role() {
        Role::Modality if old && device.nth % 6 == 1 => {
            Some("planted: operating system without support; contact with the internet")
        }
        Role::Modality if old => Some("planted: operating system without support"),
        Role::Modality if device.nth % 6 == 1 => Some("planted: contact with the internet"),
        Role::Pump if device.nth % 25 == 1 => Some("planted: telnet service open"),
        Role::Pump if device.nth % 4 < 2 => Some("planted: status in clear text"),
        Role::Ups | Role::Camera => Some("planted: password in clear text"),
        Role::Monitor | Role::LabAnalyser | Role::PointOfCare => Some("planted: patient data in clear text"),
        Role::Rogue => Some("planted: device nobody owns"),
        Role::Workstation if device.nth == 1 => Some("planted: scans the network"),
        _ => None,
    }
}

/// The next act of a device. Ordered by time, then device, then act, so that order never depends on chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Appointment {
    at: Timestamp,
    device: u32,
    act: Act,
    /// Mean seconds until the next time; 0 is once.
    every_s: u32,
    /// How many times before.
    count: u32,
}

struct Day<W: Write> {
    site: Site,
    start: Timestamp,
    end: Timestamp,
    appointments: BinaryHeap<Reverse<Appointment>>,
    waiting: BinaryHeap<Reverse<(Timestamp, u64, Vec<u8>)>>,
    sequence: u64,
    events: Vec<TruthEvent>,
    writer: PcapWriter<W>,
    pace: u32,
    rare: Rare,
    /// Every flow of legitimate work, where the truth is to have them.
    needs: Option<Needs>,
}

/// Exchanges may last a few seconds; the last ones start this long before the end, in short captures earlier.
const TAIL_US: i64 = 8_000_000;
/// Devices come onto the network within this time, as after a failure of power.
const JOIN_US_MAX: i64 = 900_000_000;
const RENEW_SECONDS: u32 = 14_400;

impl<W: Write> Day<W> {
    fn new(settings: &Settings, writer: PcapWriter<W>) -> Day<W> {
        let site = Site::new(settings.devices, settings.vlans, settings.seed);
        let length = ((settings.hours * 3.6e9) as i64).max(1);
        let mut day = Day {
            start: settings.start,
            end: settings.start.plus_micros(length),
            appointments: BinaryHeap::new(),
            waiting: BinaryHeap::new(),
            sequence: 0,
            events: Vec::new(),
            writer,
            pace: settings.pace,
            rare: settings.rare,
            needs: settings.needs.then(Needs::new),
            site,
        };
        let mut plan = Vec::new();
        for device in &day.site.devices {
            day.plan(device, length, &mut plan);
        }
        day.appointments.extend(plan.into_iter().map(Reverse));
        day
    }

    /// The first time of everything a device does: its joining, then each habit once before the end.
    fn plan(&self, device: &Device, length: i64, plan: &mut Vec<Appointment>) {
        let mut random = Random::of(self.site.seed, &[0x706c_616e, u64::from(device.index)]);
        let spread = (length / 4).min(JOIN_US_MAX);
        // Servers are up before those they serve.
        let is_server = device.role() < Role::Switch;
        let join = if is_server { spread / 20 } else { spread };
        let joined = random.below(join.max(1) as u64) as i64 + if is_server { 0 } else { spread / 20 };
        let mut book = |at: i64, act: Act, every_s: u32| {
            let at = self.start.plus_micros(at);
            plan.push(Appointment { at, device: device.index, act, every_s, count: 0 });
        };
        if device.role() != Role::Rogue {
            book(joined, Act::Join, 0);
            let renew = RENEW_SECONDS.saturating_mul(self.pace);
            book(joined + i64::from(renew) * 1_000_000, Act::Renew, renew);
        }
        let last = (length - TAIL_US).max(length / 2);
        for (act, every_s) in habits(device) {
            let every_s = &every_s.saturating_mul(self.pace);
            let after = joined + (length / 100).min(2_000_000);
            let room = (last - after).max(1);
            let wish = if *every_s == 0 { room } else { room.min(i64::from(*every_s) * 1_000_000) };
            let at = match act {
                Act::Rogue => length * 2 / 5,
                _ => after + random.below(wish as u64) as i64,
            };
            book(at, *act, *every_s);
        }
        if self.rare != Rare::Absent {
            for act in rarities(device) {
                book(last / 2 + random.below((last / 3).max(1) as u64) as i64, *act, 0);
            }
        }
        match (device.role(), device.nth) {
            (Role::Workstation, 1) => book(length * 3 / 5, Act::Scan, 0),
            (Role::Modality, 0) => book(length * 3 / 10, Act::WrongTitle, 0),
            _ => {}
        }
    }

    fn run(&mut self) -> io::Result<()> {
        while let Some(Reverse(appointment)) = self.appointments.pop() {
            if appointment.at >= self.end {
                continue;
            }
            self.flush_before(appointment.at)?;
            self.keep(appointment);
        }
        self.flush_before(Timestamp::from_micros(i64::MAX))
    }

    /// Plays an act and books its next time.
    fn keep(&mut self, appointment: Appointment) {
        let Some(device) = self.site.get(appointment.device).cloned() else { return };
        let keys = [u64::from(appointment.device), appointment.act as u64, u64::from(appointment.count)];
        let mut scene = Scene {
            random: Random::of(self.site.seed, &keys),
            site: &mut self.site,
            at: appointment.at,
            frames: Vec::new(),
            events: Vec::new(),
            flows: Vec::new(),
        };
        // In a small hospital a partner may be missing; then the act simply does not take place.
        let _ = scene.play(appointment.act, &device);
        let (mut frames, events, mut random, flows) = (scene.frames, scene.events, scene.random, scene.flows);
        self.events.extend(events);
        let withheld = appointment.act.is_rare() && self.rare == Rare::Withheld;
        if let Some(needs) = self.needs.as_mut().filter(|_| appointment.act.is_work()) {
            for flow in flows {
                let rare = appointment.act.is_rare();
                let known = needs.entry(flow).or_insert(TrueNeed { rare, withheld });
                known.rare &= rare;
                known.withheld &= withheld;
            }
        }
        if withheld {
            frames.clear();
        }
        for frame in frames {
            self.waiting.push(Reverse((frame.time, self.sequence, frame.bytes)));
            self.sequence += 1;
        }
        if appointment.every_s > 0 {
            let mean = u64::from(appointment.every_s) * 1_000_000;
            let pause = random.between(mean / 2, mean * 3 / 2) as i64;
            let at = appointment.at.plus_micros(pause);
            if at.plus_micros(TAIL_US) < self.end {
                let count = appointment.count + 1;
                self.appointments.push(Reverse(Appointment { at, count, ..appointment }));
            }
        }
    }

    fn flush_before(&mut self, time: Timestamp) -> io::Result<()> {
        while self.waiting.peek().is_some_and(|Reverse((at, ..))| *at < time) {
            if let Some(Reverse((at, _, frame))) = self.waiting.pop() {
                self.writer.write(at, &frame)?;
            }
        }
        Ok(())
    }
}
