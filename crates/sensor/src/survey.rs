//! How good a capture is, in numbers: what frames say of the place and the way in which they were recorded.
//!
//! Judges nothing: what follows from a number is for who asks.

use crate::aggregate::hash_state;
use crate::capture::{Capture, Frame};
use cordon_model::observe::Damage;
use cordon_model::{Mac, Timestamp};
use foldhash::fast::FixedState;
use hashbrown::HashMap;
use std::collections::BTreeSet;
use std::hash::BuildHasher as _;
use std::net::IpAddr;

/// Pairs and stations remembered; further ones are not counted apart.
const REMEMBERED_MAX: usize = 131_072;
/// A copy of a frame comes within so many others and this time.
const COPIES_WITHIN: usize = 64;
const COPIES_MICROS: i64 = 20_000;
/// Time goes back a little where several queues are put together.
const BACK_MICROS: i64 = 1_000_000;
/// A silence longer than this is a pause of the recording.
const PAUSE_MICROS: i64 = 600 * 1_000_000;
/// Segments after which the other side must have been heard.
const SEGMENTS_MIN: u64 = 4;

/// What the frames of captures say of their recording.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Survey {
    /// Frames.
    pub frames: u64,
    /// Frames of which only the beginning was recorded.
    pub cut: u64,
    /// The longest of those beginnings, in bytes: the snap length.
    pub snap: u32,
    /// Frames to all stations.
    pub broadcasts: u64,
    /// ARP messages.
    pub arp: u64,
    /// DHCP messages of either version.
    pub dhcp: u64,
    /// Frames with a VLAN tag.
    pub tagged: u64,
    /// VLANs of tags.
    pub vlans: BTreeSet<u16>,
    /// Frames between two stations.
    pub unicast: u64,
    /// Those of them in which the busiest station is one of the two.
    pub busiest: u64,
    /// Stations that sent.
    pub stations: u64,
    /// Pairs of addresses and ports that exchanged TCP segments with content, or so many that one would
    /// have to be answered.
    pub connections: u64,
    /// Those of which one side was never heard.
    pub one_sided: u64,
    /// Frames that are copies of one just before.
    pub copies: u64,
    /// How often time went back by more than a second.
    pub went_back: u64,
    /// Pauses of more than ten minutes.
    pub pauses: u64,
    /// Time of the first frame.
    pub first: Option<Timestamp>,
    /// Time of the last frame.
    pub last: Option<Timestamp>,
    /// Frames without a time.
    pub timeless: u64,
    /// Frames of link layers that name no stations.
    pub without_stations: u64,
}

/// Makes a survey.
pub struct Surveyor {
    survey: Survey,
    stations: HashMap<Mac, u64, FixedState>,
    senders: HashMap<Mac, (), FixedState>,
    /// Connections by their ends, the smaller first: segments each way.
    connections: HashMap<Ends, [u64; 2], FixedState>,
    /// Hashes and times of the latest frames.
    recent: [(u64, i64); COPIES_WITHIN],
    next: usize,
    hasher: FixedState,
    latest: Option<Timestamp>,
}

type End = (IpAddr, u16);
type Ends = (End, End);

/// Frames of Ethernet, in the registry of link types.
const ETHERNET: u32 = 1;

impl Default for Surveyor {
    fn default() -> Surveyor {
        Surveyor {
            survey: Survey::default(),
            stations: HashMap::with_hasher(hash_state()),
            senders: HashMap::with_hasher(hash_state()),
            connections: HashMap::with_hasher(hash_state()),
            recent: [(0, i64::MIN); COPIES_WITHIN],
            next: 0,
            hasher: hash_state(),
            latest: None,
        }
    }
}

impl Surveyor {
    /// A surveyor that has seen nothing.
    pub fn new() -> Surveyor {
        Surveyor::default()
    }

    /// Looks at all frames of a capture; damage ends it, and what was before it counts.
    pub fn capture(&mut self, capture: &mut Capture) -> Result<(), Damage> {
        while let Some(frame) = capture.next()? {
            self.frame(&frame);
        }
        Ok(())
    }

    /// Looks at a frame.
    pub fn frame(&mut self, frame: &Frame<'_>) {
        self.survey.frames += 1;
        if (frame.bytes.len() as u64) < u64::from(frame.wire_len) {
            self.survey.cut += 1;
            self.survey.snap = self.survey.snap.max(frame.bytes.len() as u32);
        }
        match frame.at {
            Some(at) => self.time(at),
            None => self.survey.timeless += 1,
        }
        self.copy(frame);
        if frame.link == ETHERNET {
            self.ethernet(frame.bytes);
        } else {
            self.survey.without_stations += 1;
            self.packet(match frame.link {
                113 => frame.bytes.get(16..).unwrap_or_default(),
                276 => frame.bytes.get(20..).unwrap_or_default(),
                _ => frame.bytes,
            });
        }
    }

    fn time(&mut self, at: Timestamp) {
        let survey = &mut self.survey;
        survey.first = Some(survey.first.map_or(at, |first| first.min(at)));
        survey.last = Some(survey.last.map_or(at, |last| last.max(at)));
        if let Some(latest) = self.latest {
            let step = at.micros_since(latest);
            survey.went_back += u64::from(step < -BACK_MICROS);
            survey.pauses += u64::from(step > PAUSE_MICROS);
        }
        self.latest = Some(at);
    }

    fn copy(&mut self, frame: &Frame<'_>) {
        let at = frame.at.map_or(i64::MIN, Timestamp::micros);
        let hash = self.hasher.hash_one(frame.bytes);
        // Short frames are alike by themselves: acknowledgements, keep-alives, spanning tree.
        let is_told_apart = frame.bytes.len() > 70;
        let is_copy =
            |(known, then): &(u64, i64)| *known == hash && at.saturating_sub(*then).abs() <= COPIES_MICROS;
        self.survey.copies += u64::from(is_told_apart && self.recent.iter().any(is_copy));
        if let Some(place) = self.recent.get_mut(self.next) {
            *place = (hash, at);
        }
        self.next = (self.next + 1) % COPIES_WITHIN;
    }

    fn ethernet(&mut self, bytes: &[u8]) {
        let Some((head, mut rest)) = bytes.split_first_chunk::<12>() else { return };
        let [d0, d1, d2, d3, d4, d5, s0, s1, s2, s3, s4, s5] = *head;
        let (to, from) = (Mac([d0, d1, d2, d3, d4, d5]), Mac([s0, s1, s2, s3, s4, s5]));
        self.between(from, to);
        let mut is_tagged = false;
        while let Some((&[k0, k1, i0, i1], after)) = rest.split_first_chunk::<4>() {
            if !matches!(u16::from_be_bytes([k0, k1]), 0x8100 | 0x88a8 | 0x9100) {
                break;
            }
            let id = u16::from_be_bytes([i0, i1]) & 0x0fff;
            if id != 0 {
                is_tagged = true;
                self.survey.vlans.insert(id);
            }
            rest = after;
        }
        self.survey.tagged += u64::from(is_tagged);
        let Some((kind, packet)) = rest.split_first_chunk::<2>() else { return };
        match u16::from_be_bytes(*kind) {
            0x0806 => self.survey.arp += 1,
            0x0800 | 0x86dd => self.packet(packet),
            _ => {}
        }
    }

    fn between(&mut self, from: Mac, to: Mac) {
        if !from.is_group() && (self.senders.len() < REMEMBERED_MAX || self.senders.contains_key(&from)) {
            self.senders.insert(from, ());
        }
        if to == Mac::BROADCAST {
            self.survey.broadcasts += 1;
        }
        if to.is_group() || from == to {
            return;
        }
        self.survey.unicast += 1;
        for station in [from, to] {
            if self.stations.len() < REMEMBERED_MAX || self.stations.contains_key(&station) {
                *self.stations.entry(station).or_insert(0) += 1;
            }
        }
    }

    fn packet(&mut self, bytes: &[u8]) {
        let Some((from, to, protocol, payload)) = addresses(bytes) else { return };
        let Some(&[p0, p1, q0, q1]) = payload.first_chunk::<4>() else { return };
        let (source, destination) = (u16::from_be_bytes([p0, p1]), u16::from_be_bytes([q0, q1]));
        if protocol == 17 {
            let is_dhcp = |port: u16| matches!(port, 67 | 68 | 546 | 547);
            self.survey.dhcp += u64::from(is_dhcp(source) && is_dhcp(destination));
        }
        if protocol != 6 {
            return;
        }
        let (one, other) = ((from, source), (to, destination));
        let (ends, way) = if one <= other { ((one, other), 0) } else { ((other, one), 1) };
        if self.connections.len() < REMEMBERED_MAX || self.connections.contains_key(&ends) {
            let ways = self.connections.entry(ends).or_insert([0; 2]);
            if let Some(count) = ways.get_mut(way) {
                *count += 1;
            }
        }
    }

    /// Ends the survey.
    pub fn finish(mut self) -> Survey {
        self.survey.stations = self.senders.len() as u64;
        // Sums and the greatest do not depend on the order.
        self.survey.busiest = self.stations.values().copied().max().unwrap_or(0);
        let judged = |ways: &&[u64; 2]| ways.iter().sum::<u64>() >= SEGMENTS_MIN;
        self.survey.connections = self.connections.values().filter(judged).count() as u64;
        let one_sided = |ways: &&[u64; 2]| ways.contains(&0);
        self.survey.one_sided = self.connections.values().filter(judged).filter(one_sided).count() as u64;
        self.survey
    }
}

/// Addresses, protocol and payload of an unfragmented IP packet.
fn addresses(bytes: &[u8]) -> Option<(IpAddr, IpAddr, u8, &[u8])> {
    match bytes.first()? >> 4 {
        4 => {
            let header = usize::from(bytes.first()? & 0x0f) * 4;
            let is_later_piece = u16::from_be_bytes(*bytes.get(6..)?.first_chunk()?) & 0x1fff != 0;
            let from = IpAddr::from(*bytes.get(12..)?.first_chunk::<4>()?);
            let to = IpAddr::from(*bytes.get(16..)?.first_chunk::<4>()?);
            let payload = bytes.get(header..).filter(|_| !is_later_piece && header >= 20)?;
            Some((from, to, *bytes.get(9)?, payload))
        }
        6 => {
            let from = IpAddr::from(*bytes.get(8..)?.first_chunk::<16>()?);
            let to = IpAddr::from(*bytes.get(24..)?.first_chunk::<16>()?);
            Some((from, to, *bytes.get(6)?, bytes.get(40..)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(from: u8, to: u8, tag: Option<u16>, ports: (u16, u16), length: usize) -> Vec<u8> {
        let mut bytes = vec![2, 0, 0, 0, 0, to, 2, 0, 0, 0, 0, from];
        if let Some(id) = tag {
            bytes.extend([0x81, 0]);
            bytes.extend(id.to_be_bytes());
        }
        bytes.extend([8, 0, 0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0, 10, 0, 0, from, 10, 0, 0, to]);
        bytes.extend(ports.0.to_be_bytes());
        bytes.extend(ports.1.to_be_bytes());
        bytes.resize(bytes.len() + length, from ^ to);
        bytes
    }

    fn survey(frames: &[(i64, Vec<u8>, u32)]) -> Survey {
        let mut surveyor = Surveyor::new();
        for (millis, bytes, wire_len) in frames {
            let at = Some(Timestamp::from_micros(millis * 1_000));
            let wire_len = (*wire_len).max(bytes.len() as u32);
            surveyor.frame(&Frame { number: 1, at, link: ETHERNET, wire_len, bytes });
        }
        surveyor.finish()
    }

    #[test]
    fn directions_stations_and_tags_are_counted() {
        let there = |millis| (millis, frame(1, 2, Some(20), (50_000, 104), 20 + millis as usize), 0);
        let back = |millis| (millis, frame(2, 1, Some(20), (104, 50_000), 20 + millis as usize), 0);
        let alone = |millis| (millis, frame(1, 3, None, (50_001, 104), 20 + millis as usize), 0);
        let all: Vec<_> =
            (0..6).flat_map(|step| [there(step * 40), back(step * 40 + 1), alone(step * 40 + 2)]).collect();
        let survey = survey(&all);
        assert_eq!((survey.connections, survey.one_sided), (2, 1));
        assert_eq!((survey.unicast, survey.busiest, survey.stations), (18, 18, 2));
        assert_eq!((survey.tagged, survey.vlans.len(), survey.copies), (12, 1, 0));
    }

    #[test]
    fn copies_cuts_and_clocks_are_counted() {
        let one = frame(1, 2, None, (1, 2), 200);
        let survey = survey(&[
            (0, one.clone(), 1_500),
            (1, one.clone(), 1_500),
            (500, one.clone(), 0),
            (-5_000, frame(2, 1, None, (2, 1), 200), 0),
            (3_600_000, frame(1, 2, None, (1, 2), 9), 0),
        ]);
        assert_eq!((survey.copies, survey.cut, survey.snap), (1, 2, one.len() as u32));
        assert_eq!((survey.went_back, survey.pauses), (1, 1));
        assert_eq!(survey.first, Some(Timestamp::from_micros(-5_000_000)));
    }

    #[test]
    fn broken_frames_are_only_counted() {
        let whole = frame(1, 2, Some(7), (68, 67), 30);
        let cut: Vec<_> = (0..whole.len()).map(|length| (0, whole[..length].to_vec(), 0)).collect();
        assert_eq!(survey(&cut).frames, whole.len() as u64);
    }
}
