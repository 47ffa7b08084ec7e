//! Modbus over TCP (Modbus Messaging on TCP/IP Implementation Guide V1.0b): what a client asks for, which units
//! answer, and what they say of themselves (Application Protocol V1.1b3, 6.21 Read Device Identification).

use super::super::framed::{Frames, Framing};
use super::super::{Facts, Probe, Side, Starts, Step, StreamDissector};
use crate::dissect::arp::Text;
use cordon_model::observe::Fact;
use std::fmt::Write as _;

/// Transaction, protocol, length, unit, function.
const HEAD: usize = 8;
/// The longest message: 6 bytes of header, unit, and 253 bytes of function and data.
const MESSAGE_BYTES_MAX: usize = 260;
const PORT: u16 = 502;
/// Set in the function of an answer that refuses.
const REFUSED: u8 = 0x80;
const ENCAPSULATED: u8 = 43;
const READ_DEVICE_IDENTIFICATION: u8 = 14;

const FRAMING: Framing = Framing { head: HEAD, read_max: MESSAGE_BYTES_MAX, length };

/// Every message stands alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Modbus {
    client: Frames,
    server: Frames,
    /// Functions asked for so far, a bit for each of the first 64.
    asked: u64,
}

impl StreamDissector for Modbus {
    // The number of a transaction may be any.
    const STARTS: Starts = Starts::ANY;
    const HELD_BYTES_MAX: usize = MESSAGE_BYTES_MAX;

    fn probe(head: &[u8], port: u16) -> Probe {
        // Its head is weak. On another port than its own the first message must fit to the byte.
        let protocol = head.get(2..4);
        if protocol.is_some_and(|protocol| protocol != [0, 0]) {
            return Probe::No;
        }
        let Some(start) = head.get(..HEAD) else { return Probe::Unsure };
        let Some(length) = length(start) else { return Probe::No };
        let fits = if port == PORT { head.len() >= length } else { head.len() == length };
        match head.get(..length).and_then(sender) {
            Some(sender) if fits && (port == PORT || length > HEAD + 1) => Probe::Certain(sender),
            _ if head.len() < length => Probe::Unsure,
            _ => Probe::No,
        }
    }

    fn stream(&mut self, side: Side, bytes: &[u8], facts: &mut dyn Facts) -> Step {
        let asked = &mut self.asked;
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        Step::Took(frames.read(&FRAMING, bytes, facts, |message, facts| match side {
            Side::Client => request(message, asked, facts),
            Side::Server => answer(message, facts),
        }))
    }

    fn gap(&mut self, side: Side, missing: u64, _facts: &mut dyn Facts) -> Step {
        let frames = if side == Side::Client { &mut self.client } else { &mut self.server };
        frames.gap(missing);
        Step::Took(0)
    }
}

fn length(head: &[u8]) -> Option<usize> {
    let [_, _, 0, 0, high, low, _unit, function, ..] = head else { return None };
    let length = usize::from(u16::from_be_bytes([*high, *low]));
    let known = name(function & !REFUSED).is_some();
    (known && (2..=MESSAGE_BYTES_MAX - 6).contains(&length)).then_some(6 + length)
}

/// Who sends such a message, where its form tells: requests and answers of one function differ in length.
fn sender(message: &[u8]) -> Option<Side> {
    let function = *message.get(7)?;
    let body = message.get(8..)?;
    let counted = |at: usize| body.get(at).is_some_and(|count| at + 1 + usize::from(*count) == body.len());
    match function {
        // Four bytes of address and quantity, or a count of what follows.
        1..=4 if counted(0) && body.len() != 4 => Some(Side::Server),
        1..=4 if body.len() == 4 => Some(Side::Client),
        // Answers repeat the request.
        5 | 6 if body.len() == 4 => Some(Side::Client),
        15 | 16 if body.len() == 4 => Some(Side::Server),
        15 | 16 if counted(4) => Some(Side::Client),
        22 if body.len() == 6 => Some(Side::Client),
        23 if counted(8) => Some(Side::Client),
        23 if counted(0) => Some(Side::Server),
        7 | 11 | 12 | 17 if body.is_empty() => Some(Side::Client),
        17 if counted(0) => Some(Side::Server),
        ENCAPSULATED if body.first() == Some(&READ_DEVICE_IDENTIFICATION) => match body.len() {
            3 => Some(Side::Client),
            7.. => Some(Side::Server),
            _ => None,
        },
        _ if function & REFUSED != 0 && body.len() == 1 => Some(Side::Server),
        _ => None,
    }
}

/// Public functions (Application Protocol, table in clause 5.1).
fn name(function: u8) -> Option<&'static str> {
    Some(match function {
        1 => "read_coils",
        2 => "read_discrete_inputs",
        3 => "read_holding_registers",
        4 => "read_input_registers",
        5 => "write_single_coil",
        6 => "write_single_register",
        7 => "read_exception_status",
        8 => "diagnostics",
        11 => "get_comm_event_counter",
        12 => "get_comm_event_log",
        15 => "write_multiple_coils",
        16 => "write_multiple_registers",
        17 => "report_server_id",
        20 => "read_file_record",
        21 => "write_file_record",
        22 => "mask_write_register",
        23 => "read_write_multiple_registers",
        24 => "read_fifo_queue",
        ENCAPSULATED => "encapsulated_interface",
        _ => return None,
    })
}

fn request(message: &[u8], asked: &mut u64, facts: &mut dyn Facts) {
    let Some(function) = message.get(7).copied() else { return };
    let Some(name) = name(function) else { return facts.malformed() };
    // A client asks for the same thing every second, for years.
    let bit = 1 << (function & 63);
    if *asked & bit == 0 {
        *asked |= bit;
        facts.fact(Side::Client, Fact::ModbusAsks, name.as_bytes());
    }
}

fn answer(message: &[u8], facts: &mut dyn Facts) {
    let [_, _, _, _, _, _, unit, function, body @ ..] = message else { return };
    let mut of_unit = Text::default();
    let _ = write!(of_unit, "{unit}");
    // Servers that are no gateway are asked as unit 255, 0 or 1 (guide, 4.4.2.1).
    let gateway = !matches!(*unit, 0 | 1 | 255);
    if gateway {
        facts.fact(Side::Server, Fact::ModbusUnit, of_unit.bytes());
    }
    // Interface, level, conformity, whether more follows, next object, number of objects.
    let (ENCAPSULATED, [READ_DEVICE_IDENTIFICATION, _, _, _, _, count, objects @ ..]) = (*function, body)
    else {
        return;
    };
    let mut rest = objects;
    for _ in 0..*count {
        let [id, length, after @ ..] = rest else { return facts.malformed() };
        let Some((value, after)) = after.split_at_checked(usize::from(*length)) else {
            return facts.malformed();
        };
        rest = after;
        let Some(fact) = identification(*id) else { continue };
        if gateway {
            facts.fact_of(Side::Server, of_unit.bytes(), fact, value);
        } else {
            facts.fact(Side::Server, fact, value);
        }
    }
}

/// Objects of the basic and regular levels.
fn identification(id: u8) -> Option<Fact> {
    Some(match id {
        0 => Fact::ModbusVendor,
        1 => Fact::ModbusProductCode,
        2 => Fact::ModbusRevision,
        4 => Fact::ModbusProductName,
        5 => Fact::ModbusModel,
        _ => return None,
    })
}
