//! A namespace for each station, with one cable to a bridge that shows everything, or to a router that parts them.
//!
//! Names are this process's own, so that any number of scenarios can be played at once; what a killed run
//! left behind is taken away by the next one.

use crate::Failure;
use crate::process::{run, signal};
use crate::scenario::Station;
use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

/// Beginning of the names of all namespaces the lab makes; the process's number follows.
const PREFIX: &str = "cordon-lab-";
/// The namespace of the bridge or router. No station can have this name: they are made of letters.
const SWITCH: &str = "0";
/// The bridge in that namespace.
pub(crate) const BRIDGE: &str = "bridge";
/// The router's own address at every cable.
const ROUTER: &str = "10.77.0.254";
/// Every station's interface.
const INTERFACE: &str = "eth0";

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// True for the administrator, who alone may make network namespaces.
pub fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|metadata| metadata.uid() == 0)
}

/// The stations and their bridge; all of it goes away, with every program in it, when this is dropped.
#[derive(Debug)]
pub(crate) struct Network {
    prefix: String,
    stations: Vec<String>,
}

impl Network {
    /// Lays the cables. A bridge that is `mirrored` never learns who is where, and so shows every station all.
    pub(crate) fn new(stations: &BTreeMap<String, Station>, mirrored: bool) -> Result<Network, Failure> {
        sweep();
        let mut network = Network::named();
        network.namespace(SWITCH)?;
        let switch = network.name(SWITCH);
        ip(&switch, &format!("link add {BRIDGE} type bridge stp_state 0 mcast_snooping 0"))?;
        if mirrored {
            ip(&switch, &format!("link set {BRIDGE} type bridge ageing_time 0"))?;
        }
        // A switch keeps LLDP and its like to itself; the mirror port shows them all the same.
        ip(&switch, &format!("link set {BRIDGE} type bridge group_fwd_mask 0xfff8"))?;
        // Without addresses of its own; up only then, or a first IPv6 packet slips out.
        ip(&switch, &format!("link set {BRIDGE} addrgenmode none"))?;
        ip(&switch, &format!("link set {BRIDGE} up"))?;
        for (name, station) in stations {
            network.namespace(name)?;
            network.wire(name, station)?;
            ip(&switch, &format!("link set {name} master {BRIDGE} up"))?;
            network.raise(name, station)?;
        }
        Ok(network)
    }

    /// Lays the cables to a router instead: the stations keep their addresses, and everything between any two of them
    /// is forwarded by it. It answers for all at each cable, as where a flat network is divided without new addresses.
    pub(crate) fn routed(stations: &BTreeMap<String, Station>) -> Result<Network, Failure> {
        sweep();
        let mut network = Network::named();
        network.namespace(SWITCH)?;
        let router = network.name(SWITCH);
        ip(&router, "link set lo up")?;
        set(&router, "ipv4/ip_forward", "1")?;
        for (name, station) in stations {
            network.namespace(name)?;
            network.wire(name, station)?;
            ip(&router, &format!("address add {ROUTER}/32 dev {name}"))?;
            ip(&router, &format!("link set {name} up"))?;
            set(&router, &format!("ipv4/conf/{name}/proxy_arp"), "1")?;
            // Without waiting before it answers.
            set(&router, &format!("ipv4/neigh/{name}/proxy_delay"), "0")?;
            network.raise(name, station)?;
            ip(&router, &format!("route add {}/32 dev {name}", station.ip))?;
        }
        Ok(network)
    }

    fn named() -> Network {
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Network { prefix: format!("{PREFIX}{}-{number}-", std::process::id()), stations: Vec::new() }
    }

    /// The namespace of the bridge or router, where everything passes.
    pub(crate) fn switch(&self) -> String {
        self.name(SWITCH)
    }

    /// The namespace of a station.
    pub(crate) fn name(&self, station: &str) -> String {
        format!("{}{station}", self.prefix)
    }

    fn namespace(&mut self, station: &str) -> Result<(), Failure> {
        run("ip", &["netns", "add", &self.name(station)])?;
        self.stations.push(station.to_owned());
        Ok(())
    }

    /// A station's cable; its other end goes by the station's name.
    fn wire(&self, name: &str, Station { mac, .. }: &Station) -> Result<(), Failure> {
        let (switch, namespace) = (self.switch(), self.name(name));
        ip(
            &switch,
            &format!("link add {name} type veth peer name {INTERFACE} address {mac} netns {namespace}"),
        )?;
        ip(&switch, &format!("link set {name} addrgenmode none"))
    }

    /// Makes a station's own end ready.
    fn raise(&self, name: &str, Station { ip: address, .. }: &Station) -> Result<(), Failure> {
        let namespace = self.name(name);
        // Segments and checksums as they would be on a cable, not as the kernel would leave them to a card.
        run("ip", &["netns", "exec", &namespace, "ethtool", "-K", INTERFACE, "tx", "off"])?;
        ip(&namespace, "link set lo up")?;
        ip(&namespace, &format!("link set {INTERFACE} addrgenmode none"))?;
        ip(&namespace, &format!("address add {address}/24 broadcast + dev {INTERFACE}"))?;
        ip(&namespace, &format!("link set {INTERFACE} up"))?;
        ip(&namespace, &format!("route add 224.0.0.0/4 dev {INTERFACE}"))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for station in &self.stations {
            remove(&self.name(station));
        }
    }
}

/// A command that runs in a namespace and dies with the thread that started it.
pub(crate) fn inside(namespace: &str) -> Command {
    let mut command = Command::new("ip");
    command.args(["netns", "exec", namespace, "setpriv", "--pdeathsig", "KILL"]);
    command
}

fn ip(namespace: &str, words: &str) -> Result<(), Failure> {
    let mut arguments = vec!["-n", namespace];
    arguments.extend(words.split(' '));
    run("ip", &arguments).map(drop)
}

/// Sets what the kernel keeps for a namespace below `/proc/sys/net`.
fn set(namespace: &str, what: &str, value: &str) -> Result<(), Failure> {
    let line = format!("echo {value} >/proc/sys/net/{what}");
    run("ip", &["netns", "exec", namespace, "sh", "-c", &line]).map(drop)
}

/// Ends what still runs in a namespace and takes it away; one that is half gone already is no failure.
fn remove(namespace: &str) {
    for process in run("ip", &["netns", "pids", namespace]).unwrap_or_default().split_whitespace() {
        let _ = signal("KILL", process);
    }
    let _ = run("ip", &["netns", "delete", namespace]);
}

/// Takes away namespaces of lab processes that are gone: of a run that was killed.
fn sweep() {
    let list = run("ip", &["netns", "list"]).unwrap_or_default();
    for name in list.lines().filter_map(|line| line.split_whitespace().next()) {
        let process = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').next());
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            remove(name);
        }
    }
}
