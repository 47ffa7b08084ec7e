//! A whole TCP connection as a mirror port sees it: handshake, segmentation, acknowledgments, close.

use super::{Frame, Link, Network, Segment, tcp_frame};
use cordon_model::{Mac, Timestamp, Vlan};
use std::net::IpAddr;

const FIN: u8 = 0x01;
const SYN: u8 = 0x02;
const RST: u8 = 0x04;
const PSH: u8 = 0x08;
const ACK: u8 = 0x10;

/// Ethernet payload of 1,500 bytes less 20 bytes IPv4 and 20 bytes TCP header.
const MSS_IPV4: usize = 1460;
/// The same with the 40 bytes of an IPv6 header.
const MSS_IPV6: usize = 1440;
const WINDOW: u16 = 64_240;

/// The manner in which a host's network stack sends: initial time to live and options of its SYN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stack {
    /// Windows: time to live 128; MSS, window scale, SACK permitted.
    Windows,
    /// Linux without timestamps: time to live 64; MSS, SACK permitted, window scale.
    #[default]
    Linux,
    /// A small real-time system: time to live 64, MSS only.
    Embedded,
    /// Network equipment: time to live 255, MSS only.
    Router,
}

impl Stack {
    /// The initial time to live.
    pub fn ttl(self) -> u8 {
        match self {
            Stack::Windows => 128,
            Stack::Linux | Stack::Embedded => 64,
            Stack::Router => 255,
        }
    }

    fn syn_options(self, mss: usize) -> Vec<u8> {
        let [high, low] = (mss as u16).to_be_bytes();
        let mut options = vec![2, 4, high, low];
        match self {
            Stack::Windows => options.extend_from_slice(&[1, 3, 3, 8, 1, 1, 4, 2]),
            Stack::Linux => options.extend_from_slice(&[1, 1, 4, 2, 1, 3, 3, 7]),
            Stack::Embedded | Stack::Router => {}
        }
        options
    }

    fn scales(self) -> bool {
        matches!(self, Stack::Windows | Stack::Linux)
    }
}

/// One end of a connection, as seen at the capture point (beyond a router the MAC is the router's).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Side {
    /// Link-layer address.
    pub mac: Mac,
    /// Network address; both sides of one family.
    pub ip: IpAddr,
    /// TCP port.
    pub port: u16,
    /// How it sends.
    pub stack: Stack,
    /// IPv4 identification of its first packet; counts up by one a packet.
    pub ip_id: u16,
}

#[derive(Clone, Copy, Debug)]
struct End {
    side: Side,
    next: u32,
    /// Payload segments received and not yet acknowledged.
    owed: u8,
}

/// A TCP connection under construction; every call appends frames.
///
/// Time advances by itself: a tenth of the round trip between segments of one burst, half of it when the
/// direction turns.
#[derive(Clone, Debug)]
pub struct Connection {
    ends: [End; 2],
    vlan: Option<Vlan>,
    now: Timestamp,
    round_trip_us: i64,
    mss: usize,
    window: u16,
    frames: Vec<Frame>,
}

impl Connection {
    /// Opens a connection with the three-way handshake; `round_trip_us` in microseconds.
    pub fn open(
        client: Side,
        server: Side,
        vlan: Option<Vlan>,
        at: Timestamp,
        round_trip_us: i64,
        initial_sequences: (u32, u32),
    ) -> Connection {
        let mut connection = Connection::new(client, server, vlan, at, round_trip_us, initial_sequences);
        let mss = connection.mss;
        connection.send(0, SYN, &client.stack.syn_options(mss), &[]);
        connection.turn();
        let both_scale = client.stack.scales() && server.stack.scales();
        // A server offers only what the client offered.
        let answer = if client.stack.scales() { server.stack } else { Stack::Embedded };
        connection.send(1, SYN | ACK, &answer.syn_options(mss), &[]);
        connection.turn();
        if both_scale {
            connection.window = 1026;
        }
        connection.send(0, ACK, &[], &[]);
        connection
    }

    /// A connection the server refuses: SYN, then RST.
    pub fn refused(
        client: Side,
        server: Side,
        vlan: Option<Vlan>,
        at: Timestamp,
        sequence: u32,
    ) -> Vec<Frame> {
        let mut connection = Connection::new(client, server, vlan, at, 400, (sequence, 0));
        let mss = connection.mss;
        connection.send(0, SYN, &client.stack.syn_options(mss), &[]);
        connection.turn();
        connection.window = 0;
        connection.send(1, RST | ACK, &[], &[]);
        connection.frames
    }

    fn new(
        client: Side,
        server: Side,
        vlan: Option<Vlan>,
        at: Timestamp,
        round_trip_us: i64,
        initial_sequences: (u32, u32),
    ) -> Connection {
        let end = |side, next| End { side, next, owed: 0 };
        Connection {
            ends: [end(client, initial_sequences.0), end(server, initial_sequences.1)],
            vlan,
            now: at,
            round_trip_us: round_trip_us.max(20),
            mss: if client.ip.is_ipv6() { MSS_IPV6 } else { MSS_IPV4 },
            window: WINDOW,
            frames: Vec::new(),
        }
    }

    /// The client sends `bytes`, in as many segments as needed.
    pub fn client(&mut self, bytes: &[u8]) {
        self.data(0, bytes);
    }

    /// The server sends `bytes`, in as many segments as needed.
    pub fn server(&mut self, bytes: &[u8]) {
        self.data(1, bytes);
    }

    /// Nothing happens for `micros` microseconds, but what is owed is acknowledged first.
    pub fn pause(&mut self, micros: i64) {
        self.settle();
        self.now = self.now.plus_micros(micros.max(0));
    }

    /// The client ends the connection in order, and the server follows.
    pub fn close(mut self) -> Vec<Frame> {
        self.settle();
        self.turn();
        self.send(0, FIN | ACK, &[], &[]);
        self.turn();
        self.send(1, FIN | ACK, &[], &[]);
        self.turn();
        self.send(0, ACK, &[], &[]);
        self.frames
    }

    /// The client ends the connection with a reset.
    pub fn reset(mut self) -> Vec<Frame> {
        self.settle();
        self.turn();
        self.window = 0;
        self.send(0, RST | ACK, &[], &[]);
        self.frames
    }

    /// The frames so far, for a connection that stays open beyond the capture.
    pub fn leave_open(mut self) -> Vec<Frame> {
        self.settle();
        self.frames
    }

    /// The time of the next frame.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    fn data(&mut self, from: usize, bytes: &[u8]) {
        let count = bytes.len().div_ceil(self.mss);
        // Data acknowledges what came before, so nothing stays owed by the sender.
        self.turn();
        for (index, piece) in bytes.chunks(self.mss).enumerate() {
            let flags = if index + 1 == count { ACK | PSH } else { ACK };
            self.send(from, flags, &[], piece);
            let receiver = 1 - from;
            let owed = self.ends.get_mut(receiver).map_or(0, |end| {
                end.owed += 1;
                end.owed
            });
            self.step();
            if owed >= 2 {
                self.send(receiver, ACK, &[], &[]);
                self.step();
            }
        }
    }

    fn settle(&mut self) {
        for index in 0..2 {
            if self.ends.get(index).is_some_and(|end| end.owed > 0) {
                self.turn();
                self.send(index, ACK, &[], &[]);
            }
        }
    }

    fn step(&mut self) {
        self.now = self.now.plus_micros((self.round_trip_us / 10).clamp(1, 60));
    }

    fn turn(&mut self) {
        self.now = self.now.plus_micros(self.round_trip_us / 2);
    }

    fn send(&mut self, from: usize, flags: u8, options: &[u8], payload: &[u8]) {
        let (Some(mut sender), Some(receiver)) =
            (self.ends.get(from).copied(), self.ends.get(1 - from).copied())
        else {
            return;
        };
        let network = Network {
            source: sender.side.ip,
            destination: receiver.side.ip,
            ttl: sender.side.stack.ttl(),
            id: sender.side.ip_id,
        };
        let acknowledgment = if flags & ACK == 0 { 0 } else { receiver.next };
        let segment = Segment {
            source_port: sender.side.port,
            destination_port: receiver.side.port,
            sequence: sender.next,
            acknowledgment,
            flags,
            window: if flags & SYN == 0 { self.window } else { WINDOW },
            options,
        };
        let link = Link { source: sender.side.mac, destination: receiver.side.mac, vlan: self.vlan };
        self.frames.push(Frame { time: self.now, bytes: tcp_frame(&link, &network, &segment, payload) });
        // SYN and FIN each take a sequence number (RFC 9293 section 3.4).
        let taken = payload.len() as u32 + u32::from(flags & (SYN | FIN) != 0);
        sender.next = sender.next.wrapping_add(taken);
        sender.side.ip_id = sender.side.ip_id.wrapping_add(1);
        sender.owed = 0;
        if let Some(end) = self.ends.get_mut(from) {
            *end = sender;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(last: u8, port: u16, stack: Stack) -> Side {
        Side { mac: Mac([2, 0, 0, 0, 0, last]), ip: IpAddr::from([10, 0, 0, last]), port, stack, ip_id: 7 }
    }

    fn flags(frame: &Frame) -> u8 {
        frame.bytes[14 + 20 + 13]
    }

    fn numbers(frame: &Frame) -> (u32, u32) {
        let at = |offset: usize| u32::from_be_bytes(frame.bytes[offset..offset + 4].try_into().unwrap());
        (at(38), at(42))
    }

    #[test]
    fn a_connection_opens_carries_acknowledges_and_closes() {
        let client = side(1, 50_000, Stack::Windows);
        let server = side(2, 104, Stack::Linux);
        let mut connection =
            Connection::open(client, server, None, Timestamp::from_seconds(5), 400, (100, 900));
        connection.client(&[7; 4000]);
        connection.server(b"ok");
        let frames = connection.close();
        let seen: Vec<u8> = frames.iter().map(flags).collect();
        assert_eq!(
            seen,
            [
                SYN,
                SYN | ACK,
                ACK,
                ACK,
                ACK,
                ACK, // the receiver's, after two segments
                ACK | PSH,
                ACK | PSH, // the answer acknowledges the third
                ACK,       // the client acknowledges the answer
                FIN | ACK,
                FIN | ACK,
                ACK
            ]
        );
        assert_eq!(numbers(&frames[11]), (100 + 1 + 4000 + 1, 900 + 1 + 2 + 1));
        assert!(frames.windows(2).all(|pair| pair[0].time < pair[1].time));
    }

    #[test]
    fn a_refused_connection_acknowledges_the_syn() {
        let frames = Connection::refused(
            side(1, 1, Stack::Linux),
            side(2, 23, Stack::Embedded),
            None,
            Timestamp::from_seconds(0),
            41,
        );
        assert_eq!(frames.iter().map(flags).collect::<Vec<_>>(), [SYN, RST | ACK]);
        assert_eq!(numbers(&frames[1]), (0, 42));
    }
}
