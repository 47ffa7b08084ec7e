//! A lane whose frames are other machines' records: a port on which flow records are received.

use super::work::Told;
use super::{Clocks, OpenError, Shared};
use crate::aggregate::{Aggregate, Feed, place};
use crate::flows::Told as Says;
use crate::flows::{Collector, Exporter, Pairs, Sample, is_tagged};
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, Flow, InputReport, Seen, SeenEvent, Sink};
use cordon_observe::{Engine, LinkType};
use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::Ordering;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

/// How long a thread waits for datagrams before it looks at what it is told.
const WAIT: Duration = Duration::from_millis(100);
/// The largest datagram there is.
const DATAGRAM_BYTES_MAX: usize = 65_536;
/// Memory of the system for datagrams that wait; it may give less.
const WAITING_BYTES: usize = 8 << 20;
/// Where an Ethernet frame's addresses end.
const ADDRESSES_BYTES: usize = 12;

/// Listens on a port; an address of all zeros of IPv6 takes both versions in.
pub(super) fn listen(address: SocketAddr) -> Result<UdpSocket, OpenError> {
    let fail =
        |source| OpenError::Failed { name: address.to_string(), what: "listen for flow records", source };
    let socket = UdpSocket::bind(address).map_err(fail)?;
    socket.set_read_timeout(Some(WAIT)).map_err(fail)?;
    // With less memory more datagrams are lost, which their numbers show.
    let _ = rustix::net::sockopt::set_socket_recv_buffer_size(&socket, WAITING_BYTES);
    Ok(socket)
}

/// What stands for an exporter among the inputs of a Batch.
fn input_name(exporter: &Exporter) -> String {
    format!("flow records of {}", exporter.address)
}

pub(super) struct Listener<'a> {
    pub(super) number: u32,
    pub(super) socket: UdpSocket,
    pub(super) shared: &'a Shared,
    pub(super) clocks: Clocks,
    pub(super) told: SyncSender<(u32, Told)>,
    pub(super) gathering: Gathering,
}

/// From datagrams to a Batch.
pub(super) struct Gathering {
    engine: Engine,
    aggregate: Aggregate,
    /// The engine's counters as of the last Batch.
    counted: BTreeMap<&'static str, u64>,
    collector: Collector,
    pairs: Pairs,
    /// Sampling rate of each exporter that is named as an input, as it told last.
    rates: Vec<u32>,
    /// Inputs that are no exporters.
    others: u32,
    /// A frame whose VLAN tag was put back.
    frame: Vec<u8>,
}

impl Gathering {
    /// `others` are the inputs of other lanes, which are numbered first.
    pub(super) fn new(engine: Engine, mut aggregate: Aggregate, others: &[String]) -> Gathering {
        for name in others {
            aggregate.input(name);
        }
        Gathering {
            engine,
            aggregate,
            counted: BTreeMap::new(),
            collector: Collector::new(),
            pairs: Pairs::new(),
            rates: Vec::new(),
            others: u32::try_from(others.len()).unwrap_or(u32::MAX),
            frame: Vec::new(),
        }
    }

    /// Takes a datagram; a Batch that becomes full goes to `out`. `wanted` is asked before each record.
    pub(super) fn datagram(
        &mut self,
        sender: std::net::IpAddr,
        now: Timestamp,
        datagram: &[u8],
        wanted: &mut dyn FnMut() -> bool,
        out: &mut dyn FnMut(Batch),
    ) {
        let Gathering { engine, aggregate, collector, pairs, rates, others, frame, .. } = self;
        let Some(number) = collector.recognise(sender, now, datagram) else { return };
        for exporter in collector.exporters().iter().skip(rates.len()) {
            aggregate.input(&input_name(exporter));
            rates.push(exporter.sampling);
        }
        collector.read(number, now, datagram, &mut |number, exporter, says| {
            if !wanted() {
                return;
            }
            if let Some(rate) = rates.get_mut(number) {
                *rate = exporter.sampling;
            }
            let input = others.saturating_add(u32::try_from(number).unwrap_or(u32::MAX));
            let place = place(input, exporter.records);
            match says {
                Says::Record(record) => {
                    let Some(flow) = pairs.flow(&record, exporter.sampling, place, now) else {
                        return aggregate.count("flows.of_nobody", 1);
                    };
                    Feed { aggregate: &mut *aggregate, out: &mut *out }.flow(&flow);
                }
                Says::Sample(sample) => {
                    let bytes = whole(&sample, frame);
                    aggregate.frame(sample.wire_len);
                    let feed = Feed { aggregate: &mut *aggregate, out: &mut *out };
                    let mut sink = Scaled { feed, rates, others: *others };
                    engine.frame(sample.link, now, place, sample.wire_len, bytes, &mut sink);
                }
            }
        });
    }

    fn with_engine(&mut self, out: &mut dyn FnMut(Batch), run: impl FnOnce(&mut Engine, &mut Scaled<'_>)) {
        let Gathering { engine, aggregate, rates, others, .. } = self;
        run(engine, &mut Scaled { feed: Feed { aggregate, out }, rates, others: *others });
    }

    /// Time goes on without datagrams.
    fn pass(&mut self, now: Timestamp, out: &mut dyn FnMut(Batch)) {
        self.with_engine(out, |engine, sink| engine.pass(now, sink));
    }

    /// Reports what is still open, and who sent what.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(Batch)) {
        self.with_engine(out, |engine, sink| engine.finish(sink));
        for exporter in self.collector.exporters() {
            let rate = match exporter.sampling {
                0 | 1 => String::new(),
                rate => format!(", 1 packet in {rate}"),
            };
            self.aggregate.ended(InputReport {
                path: input_name(exporter),
                kind: format!("{}{rate}", exporter.kind.name()),
                packets: exporter.records,
                bytes: exporter.bytes,
                first: Some(exporter.first),
                last: Some(exporter.last),
                ..InputReport::default()
            });
        }
    }

    /// Ends the window.
    pub(super) fn end_window(&mut self) -> Option<Batch> {
        for (name, count) in self.engine.health().iter() {
            let told = self.counted.entry(name).or_insert(0);
            self.aggregate.count(name, count.saturating_sub(*told));
            *told = count;
        }
        for (name, count) in self.collector.take_counts().iter() {
            self.aggregate.count(name, count);
        }
        self.aggregate.end_window()
    }
}

/// The frame with the tag of the VLAN that the switch took it for, where it has none itself.
fn whole<'a>(sample: &Sample<'a>, frame: &'a mut Vec<u8>) -> &'a [u8] {
    let has_place = sample.link == LinkType::Ethernet && sample.vlan != 0 && !is_tagged(sample.bytes);
    let Some((addresses, rest)) = sample.bytes.split_at_checked(ADDRESSES_BYTES).filter(|_| has_place) else {
        return sample.bytes;
    };
    frame.clear();
    frame.extend_from_slice(addresses);
    frame.extend_from_slice(&[0x81, 0x00]);
    frame.extend_from_slice(&sample.vlan.to_be_bytes());
    frame.extend_from_slice(rest);
    frame
}

/// Multiplies what conversations counted by the rate at which their exporter sampled.
struct Scaled<'a> {
    feed: Feed<'a>,
    rates: &'a [u32],
    others: u32,
}

impl Sink for Scaled<'_> {
    fn fact(&mut self, seen: Seen<'_>) {
        self.feed.fact(seen);
    }

    fn flow(&mut self, flow: &Flow) {
        let input = crate::aggregate::source(flow.packet).input.checked_sub(self.others);
        let rate = input.and_then(|number| self.rates.get(number as usize)).copied().unwrap_or(1);
        let times = |count: u64| count.saturating_mul(u64::from(rate.max(1)));
        self.feed.flow(&Flow { packets: times(flow.packets), bytes: times(flow.bytes), ..*flow });
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.feed.event(event);
    }
}

impl Listener<'_> {
    pub(super) fn run(mut self) {
        let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
        let mut window = 0;
        while !self.shared.stop.load(Ordering::Relaxed) {
            while window < self.shared.window.load(Ordering::Relaxed) {
                window += 1;
                self.tell(Told::Exporters(self.gathering.collector.exporters().to_vec()));
                let batch = self.gathering.end_window();
                self.tell(Told::Ended(batch, Vec::new()));
            }
            self.receive(&mut buffer);
        }
        let (told, number) = (self.told.clone(), self.number);
        self.gathering.finish(&mut |batch| send(&told, number, Told::Full(batch)));
        self.tell(Told::Exporters(self.gathering.collector.exporters().to_vec()));
        let batch = self.gathering.end_window();
        let counters = Box::new(self.gathering.engine.health().clone());
        self.tell(Told::Done(batch, Vec::new(), counters));
    }

    fn receive(&mut self, buffer: &mut [u8]) {
        let received = self.socket.recv_from(buffer);
        let now = (self.clocks.now)();
        let (told, number, shared) = (&self.told, self.number, self.shared);
        let mut out = |batch| send(told, number, Told::Full(batch));
        match received {
            Ok((length, sender)) => {
                let datagram = buffer.get(..length).unwrap_or_default();
                self.gathering.datagram(sender.ip(), now, datagram, &mut || shared.take_one(), &mut out);
            }
            Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
                self.gathering.pass(now, &mut out);
            }
            // A signal, or a complaint of the network about something sent, which nothing is.
            Err(_) => {}
        }
    }

    fn tell(&self, what: Told) {
        send(&self.told, self.number, what);
    }
}

fn send(told: &SyncSender<(u32, Told)>, number: u32, what: Told) {
    // Nobody listens any more only when the observation was given up.
    let _ = told.send((number, what));
}
