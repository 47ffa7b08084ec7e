//! Interfaces observed as frames come: a ring of the kernel for each lane on each interface, a thread for each
//! lane, Batches put together by window.
//!
//! Lane `n` reads ring `n` of every interface. All between two addresses comes to one ring, whichever
//! interface it came in by, and what is not IP to the first; so lanes see what they would see of a file.

mod collect;
mod confine;
mod fanout;
mod frames;
mod interface;
mod ring;
mod windows;
mod work;

pub use confine::{Access, Confined, confine};
pub use interface::OpenError;

use crate::aggregate::{Aggregate, Limits};
use crate::flows::Exporter;
use crate::lane::Lane;
use crate::observation::{Settings, Statistics};
use crate::threads::THREADS_MAX;
use collect::{Gathering, Listener};
use cordon_model::Timestamp;
use cordon_model::observe::Batch;
use cordon_observe::Engine;
use interface::Interface;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;
use windows::Windows;
use work::{Port, Tally, Worker};

/// Batches that may wait for whoever writes them; when more do, lanes wait, and what the rings then cannot
/// hold is counted.
const WAITING_MAX: usize = 16;
/// How often the time is looked at.
const TICK: Duration = Duration::from_millis(50);

/// What to observe and for how long.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Names of interfaces.
    pub interfaces: Vec<String>,
    /// Where to receive flow records.
    pub flows: Option<SocketAddr>,
    /// Memory for the rings of one interface, in bytes.
    pub ring_bytes: usize,
    /// Length of a window.
    pub window: Duration,
    /// Ends by itself after this time.
    pub duration: Option<Duration>,
    /// Ends by itself after so many frames.
    pub frames: Option<u64>,
}

/// Clocks, which this crate does not read by itself.
#[derive(Clone, Copy, Debug)]
pub struct Clocks {
    /// The time of day.
    pub now: fn() -> Timestamp,
    /// Nanoseconds since any moment, never going back.
    pub nanoseconds: fn() -> u64,
}

/// How it goes, told when frames are received and at the end of each window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// True when it has just begun.
    pub begun: bool,
    /// Of each interface since the start.
    pub interfaces: Vec<InterfaceStatus>,
    /// Who sent flow records since the start.
    pub exporters: Vec<Exporter>,
    /// Something that happened to an interface, in words.
    pub warning: Option<String>,
}

/// What came in by an interface since the start, and what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InterfaceStatus {
    /// Its name.
    pub name: String,
    /// Frames observed.
    pub frames: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Frames for which the ring had no room because they were not observed fast enough.
    pub ring_drops: u64,
    /// Frames that the interface or its driver dropped.
    pub interface_drops: u64,
}

/// What all threads look at.
struct Shared {
    stop: AtomicBool,
    /// The window that is being filled.
    window: AtomicU64,
    /// Frames that may still be taken; looked at only when there is an end to them.
    left: AtomicU64,
    is_counted: bool,
    lanes: u64,
}

impl Shared {
    fn new(wanted: &Wanted, lanes: u32) -> Shared {
        Shared {
            stop: AtomicBool::new(false),
            window: AtomicU64::new(0),
            left: AtomicU64::new(wanted.frames.unwrap_or(0)),
            is_counted: wanted.frames.is_some(),
            lanes: u64::from(lanes),
        }
    }

    /// Takes one of the frames that there may be.
    fn take_one(&self) -> bool {
        if !self.is_counted {
            return true;
        }
        let less = |left: u64| left.checked_sub(1);
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok()
    }

    /// True when no more frames are wanted.
    fn is_enough(&self) -> bool {
        self.is_counted && self.left.load(Ordering::Relaxed) == 0
    }
}

/// Open interfaces that hold frames back until [`Live::run`].
pub struct Live {
    settings: Settings,
    wanted: Wanted,
    interfaces: Vec<Interface>,
    socket: Option<UdpSocket>,
}

impl Live {
    /// Opens the interfaces and the port: the only step that needs a right, `CAP_NET_RAW`, for interfaces.
    pub fn open(settings: Settings, wanted: Wanted) -> Result<Live, OpenError> {
        let lanes = settings.threads.clamp(1, THREADS_MAX) as usize;
        let mut interfaces: Vec<Interface> = Vec::new();
        for name in &wanted.interfaces {
            if interfaces.iter().any(|open| open.name == *name) {
                return Err(OpenError::Twice { name: name.clone() });
            }
            interfaces.push(Interface::open(name, lanes, wanted.ring_bytes)?);
        }
        let socket = wanted.flows.map(collect::listen).transpose()?;
        Ok(Live { settings, wanted, interfaces, socket })
    }

    /// Observes until `stop` is set, the time or number of frames is reached, or no interface is left.
    /// Batches go to `out` as windows end, the last one included; `tell` learns how it goes.
    pub fn run(
        self,
        stop: &AtomicBool,
        clocks: Clocks,
        out: &mut dyn FnMut(Batch),
        tell: &mut dyn FnMut(&Status),
    ) -> Result<Statistics, OpenError> {
        let Live { settings, wanted, mut interfaces, socket } = self;
        let lanes = if interfaces.is_empty() { 0 } else { settings.threads.clamp(1, THREADS_MAX) };
        let listens = socket.is_some();
        let all = lanes + u32::from(listens);
        let shared = Shared::new(&wanted, lanes);
        let (told, messages) = sync_channel(WAITING_MAX);
        let names: Vec<String> = interfaces.iter().map(|open| input_name(&open.name)).collect();
        // Frames wait in the rings while the engines are made.
        for interface in &mut interfaces {
            interface.start()?;
        }
        let workers: Vec<Worker<'_>> = (0..lanes)
            .map(|number| Worker {
                number,
                lane: lane(&settings, all, &names),
                ports: ports(&mut interfaces),
                shared: &shared,
                clocks,
                told: told.clone(),
                frames: 0,
            })
            .collect();
        let listener = socket.map(|socket| Listener {
            number: lanes,
            socket,
            shared: &shared,
            clocks,
            told: told.clone(),
            gathering: gathering(&settings, all, &names),
        });
        drop(told);
        let mut tasks: Vec<(String, Box<dyn FnOnce() + Send + '_>)> = Vec::new();
        for worker in workers {
            tasks.push((format!("lane {}", worker.number), Box::new(move || worker.run())));
        }
        if let Some(listener) = listener {
            tasks.push(("flow records".to_owned(), Box::new(move || listener.run())));
        }
        let name = (settings.sensor.clone(), first_sequence(clocks));
        let mut windows = Windows::new(all as usize, interfaces, name, out, tell);
        windows.begin();
        std::thread::scope(|scope| {
            for (name, run) in tasks {
                // A lane without a thread would be a lane whose frames are lost; its rings are closed with it.
                if let Err(error) = std::thread::Builder::new().name(name).spawn_scoped(scope, run) {
                    windows.warn(format!("cannot start a thread: {error}"));
                    shared.stop.store(true, Ordering::Relaxed);
                }
            }
            let start = (clocks.nanoseconds)();
            let length = u64::try_from(wanted.window.as_nanos()).unwrap_or(u64::MAX).max(1);
            while windows.wait(&messages, TICK) {
                let elapsed = (clocks.nanoseconds)().saturating_sub(start);
                shared.window.store(elapsed / length, Ordering::Relaxed);
                let is_over = wanted.duration.is_some_and(|until| u128::from(elapsed) >= until.as_nanos());
                let is_asked = is_over || stop.load(Ordering::Relaxed);
                if is_asked || shared.is_enough() || (windows.is_all_gone() && !listens) {
                    shared.stop.store(true, Ordering::Relaxed);
                }
            }
        });
        Ok(windows.finish())
    }
}

/// A sensor that starts again must not number its Batches as before: it counts on from the milliseconds of the
/// time, which are more than the Batches it can have given out.
fn first_sequence(clocks: Clocks) -> u64 {
    u64::try_from((clocks.now)().micros() / 1_000).unwrap_or(0)
}

/// What stands for an interface among the inputs of a Batch.
fn input_name(interface: &str) -> String {
    format!("interface {interface}")
}

/// The share of one lane in the memory; live windows are ended from outside.
fn share(settings: &Settings, lanes: u32) -> (cordon_observe::Settings, Limits) {
    let entries_max = settings.limits.entries_max.div_ceil(lanes.max(1) as usize);
    (settings.engine.share(lanes), Limits { entries_max, ..settings.limits })
}

fn lane(settings: &Settings, lanes: u32, names: &[String]) -> Lane {
    let (engine, limits) = share(settings, lanes);
    let mut lane = Lane::new(settings.sensor.clone(), engine, limits);
    for name in names {
        lane.input(name);
    }
    lane
}

fn gathering(settings: &Settings, lanes: u32, names: &[String]) -> Gathering {
    let (engine, limits) = share(settings, lanes);
    Gathering::new(Engine::new(engine), Aggregate::new(settings.sensor.clone(), limits), names)
}

/// The next ring of every interface.
fn ports(interfaces: &mut [Interface]) -> Vec<Port> {
    let port = |(interface, open): (u32, &mut Interface)| {
        (!open.rings.is_empty()).then(|| Port {
            interface,
            ring: open.rings.remove(0),
            tally: Tally::default(),
        })
    };
    (0..).zip(interfaces).filter_map(port).collect()
}
