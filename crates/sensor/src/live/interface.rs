//! Opening an interface: its rings, and what the system counts about it.

use super::fanout;
use super::ring::{BLOCK_BYTES, Ring};
use rustix::net::{AddressFamily, SocketType, netdevice};
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::PathBuf;

/// Fewer blocks than this and the kernel would often find none free.
const BLOCKS_MIN: usize = 4;
/// Bytes of an Ethernet header.
const ETHERNET_HEADER: u32 = 14;

/// Why an interface cannot be opened; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The process may not open packet sockets.
    #[error(
        "{name}: this process may not capture packets: give the program that right with \"sudo setcap \
         cap_net_raw+ep $(command -v cordon)\", or run it as root"
    )]
    NotPermitted {
        /// The interface asked for.
        name: String,
    },
    /// There is no such interface.
    #[error("{name}: there is no such interface; there are {}", .there.join(", "))]
    Missing {
        /// The interface asked for.
        name: String,
        /// Those there are.
        there: Vec<String>,
    },
    /// The interface is switched off.
    #[error("{name}: the interface is down; \"ip link set {name} up\" switches it on, it needs no address")]
    Down {
        /// The interface asked for.
        name: String,
    },
    /// The same interface was named twice.
    #[error("{name}: named twice")]
    Twice {
        /// The interface asked for.
        name: String,
    },
    /// Something else failed.
    #[error("{name}: cannot {what}: {source}")]
    Failed {
        /// The interface asked for.
        name: String,
        /// What failed.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
}

/// An interface that is open but lets no frame through yet.
pub(super) struct Interface {
    pub(super) name: String,
    /// One for each lane.
    pub(super) rings: Vec<Ring>,
    drops: Drops,
}

impl Interface {
    /// Opens an interface with so many rings, which share `bytes` of memory.
    pub(super) fn open(name: &str, rings: usize, bytes: usize) -> Result<Interface, OpenError> {
        let fail = |what| move |source| OpenError::Failed { name: name.to_owned(), what, source };
        let index = index_of(name)?;
        if flags(name).is_some_and(|flags| flags & IS_UP == 0) {
            return Err(OpenError::Down { name: name.to_owned() });
        }
        let blocks = (bytes / BLOCK_BYTES / rings.max(1)).max(BLOCKS_MIN);
        let mut opened = Vec::with_capacity(rings);
        for _ in 0..rings {
            let ring = Ring::new(blocks).map_err(|source| match source.kind() {
                io::ErrorKind::PermissionDenied => OpenError::NotPermitted { name: name.to_owned() },
                _ => fail("make a ring for packets")(source),
            })?;
            ring.filter(fanout::NOTHING).map_err(fail("hold packets back"))?;
            if is_loopback(name) {
                ring.ignore_own().map_err(fail("leave out own packets"))?;
            }
            ring.bind(index).map_err(fail("listen"))?;
            opened.push(ring);
        }
        if let Some((first, others)) = opened.split_first() {
            first.listen_to_all(index).map_err(fail("receive packets for others"))?;
            if !others.is_empty() {
                let header = if has_no_header(name) { 0 } else { ETHERNET_HEADER };
                let program = fanout::program(header);
                let group = first.found_group(&program).map_err(fail("divide packets among rings"))?;
                for other in others {
                    other.join_group(group).map_err(fail("divide packets among rings"))?;
                }
            }
        }
        Ok(Interface { name: name.to_owned(), rings: opened, drops: Drops::open(name) })
    }

    /// From now on frames are received.
    pub(super) fn start(&mut self) -> Result<(), OpenError> {
        // What was counted while nothing was let through is nobody's loss.
        self.drops.since_last();
        for ring in &self.rings {
            ring.unfilter().map_err(|source| OpenError::Failed {
                name: self.name.clone(),
                what: "let packets through",
                source,
            })?;
        }
        Ok(())
    }

    /// Frames that the interface itself dropped since the last call.
    pub(super) fn dropped(&mut self) -> u64 {
        self.drops.since_last()
    }

    /// True when the interface that was opened is there no more.
    pub(super) fn is_gone(&mut self) -> bool {
        self.drops.is_gone()
    }
}

fn index_of(name: &str) -> Result<u32, OpenError> {
    let fail = |source: rustix::io::Errno| OpenError::Failed {
        name: name.to_owned(),
        what: "look for it",
        source: source.into(),
    };
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::DGRAM, None).map_err(fail)?;
    match netdevice::name_to_index(&socket, name) {
        Ok(index) => Ok(index),
        Err(rustix::io::Errno::NODEV | rustix::io::Errno::INVAL) => {
            Err(OpenError::Missing { name: name.to_owned(), there: names() })
        }
        Err(error) => Err(fail(error)),
    }
}

/// The interfaces there are.
fn names() -> Vec<String> {
    let entries = std::fs::read_dir("/sys/class/net").into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_string_lossy().into()).collect();
    names.sort();
    names
}

/// A file of the system about an interface. Names with a slash are no names of interfaces.
fn about(name: &str, what: &str) -> PathBuf {
    PathBuf::from("/sys/class/net").join(name).join(what)
}

/// `IFF_UP` and `IFF_LOOPBACK` of the interface's flags.
const IS_UP: u32 = 1;
const IS_LOOPBACK: u32 = 8;

fn flags(name: &str) -> Option<u32> {
    let text = std::fs::read_to_string(about(name, "flags")).ok()?;
    u32::from_str_radix(text.trim().trim_start_matches("0x"), 16).ok()
}

fn is_loopback(name: &str) -> bool {
    flags(name).is_some_and(|flags| flags & IS_LOOPBACK != 0)
}

/// True for tunnels and the like, whose frames begin with IP.
fn has_no_header(name: &str) -> bool {
    let kind = std::fs::read_to_string(about(name, "type")).ok();
    kind.is_some_and(|kind| !matches!(kind.trim(), "1" | "772"))
}

/// Counters of frames that an interface dropped before any socket saw them. The files are kept open, because
/// nothing can be opened once the process is confined.
struct Drops {
    files: Vec<File>,
    told: u64,
}

impl Drops {
    fn open(name: &str) -> Drops {
        let names = ["rx_dropped", "rx_missed_errors", "rx_fifo_errors"];
        let open = |what: &str| File::open(about(name, "statistics").join(what)).ok();
        Drops { files: names.into_iter().filter_map(open).collect(), told: 0 }
    }

    fn since_last(&mut self) -> u64 {
        let total = self.files.iter_mut().filter_map(number).sum::<u64>();
        let fresh = total.saturating_sub(self.told);
        self.told = total;
        fresh
    }

    /// The files of an interface that is taken away cannot be read any more.
    fn is_gone(&mut self) -> bool {
        !self.files.is_empty() && self.files.iter_mut().all(|file| number(file).is_none())
    }
}

fn number(file: &mut File) -> Option<u64> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
