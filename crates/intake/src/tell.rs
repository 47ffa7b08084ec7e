//! From a record to the sink: values brought into a fact's form, flows divided over the hours they lasted.

use crate::journal::Journal;
use cordon_model::observe::{
    Direction, EventKind, FACT_BYTES_MAX, Fact, Flow, PatientDataKinds, Protocol, Seen, SeenEvent, Sink,
    Transport,
};
use cordon_model::{Endpoint, Timestamp};

/// Where and when something was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct At {
    /// Row number.
    pub(crate) row: u64,
    /// Time; the epoch where the record has none.
    pub(crate) time: Timestamp,
}

/// A flow as other tools record it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Recorded {
    pub(crate) client: Endpoint,
    pub(crate) server: Endpoint,
    pub(crate) transport: Transport,
    /// Server port; 0 where the transport has none.
    pub(crate) port: u16,
    pub(crate) application: Option<Protocol>,
    pub(crate) direction: Direction,
    pub(crate) answered: bool,
    pub(crate) packets: u64,
    /// Bytes on the wire.
    pub(crate) bytes: u64,
    pub(crate) first: Timestamp,
    pub(crate) last: Timestamp,
}

const HOUR_MICROS: i64 = 3_600_000_000;
/// A flow is divided over so many hours at most: one week, after which hours of the week repeat.
const HOURS_MAX: u64 = 168;

/// Tells what a reader understood.
pub(crate) struct Teller<'s> {
    sink: &'s mut dyn Sink,
    pub(crate) journal: Journal,
    scratch: String,
}

impl<'s> Teller<'s> {
    pub(crate) fn new(sink: &'s mut dyn Sink, journal: Journal) -> Teller<'s> {
        Teller { sink, journal, scratch: String::new() }
    }

    /// A fact about an endpoint; nothing for a value that says nothing, or about nowhere.
    pub(crate) fn fact(&mut self, at: At, endpoint: Endpoint, fact: Fact, value: &str) {
        let value = value.trim();
        if endpoint.is_nowhere() || says_nothing(value) {
            return;
        }
        let value = match value.len() > FACT_BYTES_MAX || value.chars().any(char::is_control) {
            true => {
                cleaned(value, &mut self.scratch);
                self.scratch.trim()
            }
            false => value,
        };
        if !value.is_empty() {
            self.sink.fact(Seen { endpoint, record: None, fact, value, at: at.time, packet: at.row });
        }
    }

    /// A fact that states the mere presence of its endpoint.
    pub(crate) fn presence(&mut self, at: At, endpoint: Endpoint, fact: Fact) {
        if !endpoint.is_nowhere() {
            let At { row, time } = at;
            self.sink.fact(Seen { endpoint, record: None, fact, value: "", at: time, packet: row });
        }
    }

    /// Something that happened.
    pub(crate) fn event(
        &mut self,
        at: At,
        endpoint: Endpoint,
        peer: Option<Endpoint>,
        kind: EventKind,
        detail: &str,
    ) {
        cleaned(detail.trim(), &mut self.scratch);
        let detail = self.scratch.as_str();
        self.sink.event(SeenEvent { endpoint, peer, kind, detail, at: at.time, packet: at.row });
    }

    /// A flow. Records say when it began and ended and how much passed, not when: packets are spread evenly
    /// over the hours it lasted.
    pub(crate) fn flow(&mut self, row: u64, flow: &Recorded) {
        let (first, last) = (flow.first, flow.last.max(flow.first));
        let mut part = Flow {
            client: flow.client,
            server: flow.server,
            transport: flow.transport,
            port: flow.port,
            application: flow.application,
            direction: flow.direction,
            answered: flow.answered,
            flows: 1,
            packets: flow.packets,
            bytes: flow.bytes,
            first,
            last,
            patient_data: PatientDataKinds::NONE,
            packet: row,
        };
        let hour = |time: Timestamp| time.micros().div_euclid(HOUR_MICROS);
        let hours = u64::try_from(hour(last) - hour(first)).unwrap_or(0).saturating_add(1).min(HOURS_MAX);
        if hours == 1 || flow.packets < 2 {
            self.sink.flow(&part);
            return;
        }
        let mut left = (flow.packets, flow.bytes);
        for step in 0..hours {
            let remaining = hours - step;
            let share = (left.0.div_ceil(remaining), left.1.div_ceil(remaining));
            let starts = (hour(first) + step as i64) * HOUR_MICROS;
            part.first = Timestamp::from_micros(starts).max(first);
            part.last = Timestamp::from_micros(starts + HOUR_MICROS - 1).min(last);
            if remaining == 1 {
                part.last = last;
            }
            (part.packets, part.bytes) = share;
            if share != (0, 0) || step == 0 || remaining == 1 {
                self.sink.flow(&part);
            }
            left = (left.0 - share.0, left.1 - share.1);
            part.flows = 0;
        }
    }
}

/// True for what tools write where they know nothing.
pub(crate) fn says_nothing(value: &str) -> bool {
    matches!(value, "" | "-" | "--" | "(empty)" | "*" | "?" | "<unknown>")
        || ["n/a", "none", "null", "unknown", "undefined"]
            .iter()
            .any(|nothing| value.eq_ignore_ascii_case(nothing))
}

/// Brings a value into one line of at most [`FACT_BYTES_MAX`] bytes.
fn cleaned(value: &str, into: &mut String) {
    into.clear();
    for character in value.chars() {
        let character = if character.is_control() { ' ' } else { character };
        if into.len() + character.len_utf8() > FACT_BYTES_MAX {
            break;
        }
        into.push(character);
    }
}

#[cfg(test)]
pub(crate) mod testing {
    //! A sink that writes down what it is told.

    use super::*;

    #[derive(Default)]
    pub(crate) struct Told {
        pub(crate) facts: Vec<String>,
        pub(crate) flows: Vec<Flow>,
        pub(crate) events: Vec<String>,
    }

    impl Sink for Told {
        fn fact(&mut self, seen: Seen<'_>) {
            assert!(seen.value.len() <= FACT_BYTES_MAX && seen.value.trim() == seen.value, "{seen:?}");
            assert!(!seen.value.chars().any(char::is_control), "{seen:?}");
            let record = seen.record.map(|record| format!(" [{record}]")).unwrap_or_default();
            self.facts
                .push(format!("{}: {}{record} {}={}", seen.packet, seen.endpoint, seen.fact, seen.value));
        }

        fn flow(&mut self, flow: &Flow) {
            self.flows.push(*flow);
        }

        fn event(&mut self, event: SeenEvent<'_>) {
            let SeenEvent { endpoint, peer, kind, detail, packet, .. } = event;
            let peer = peer.map(|peer| peer.to_string()).unwrap_or_default();
            self.events.push(format!("{packet}: {endpoint} > {peer} {kind} {detail}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::Told;
    use super::*;
    use proptest::prelude::*;

    fn recorded(first: i64, last: i64, packets: u64, bytes: u64) -> Recorded {
        Recorded {
            client: Endpoint { ip: Some([10, 0, 0, 1].into()), ..Endpoint::default() },
            server: Endpoint { ip: Some([10, 0, 0, 2].into()), ..Endpoint::default() },
            transport: Transport::Tcp,
            port: 104,
            application: None,
            direction: Direction::Handshake,
            answered: true,
            packets,
            bytes,
            first: Timestamp::from_seconds(first),
            last: Timestamp::from_seconds(last),
        }
    }

    fn parts(flow: &Recorded) -> Vec<Flow> {
        let mut told = Told::default();
        Teller::new(&mut told, Journal::new("x", "y")).flow(7, flow);
        told.flows
    }

    #[test]
    fn a_long_flow_is_spread_over_its_hours() {
        let parts = parts(&recorded(3_000, 9_000, 10, 100));
        let told: Vec<_> =
            parts.iter().map(|p| (p.flows, p.packets, p.bytes, p.first.micros() / 1_000_000)).collect();
        assert_eq!(told, [(1, 4, 34, 3_000), (0, 3, 33, 3_600), (0, 3, 33, 7_200)]);
        assert_eq!(parts.last().unwrap().last, Timestamp::from_seconds(9_000));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_on_the_way(first in 0i64..1_000_000, length in 0i64..2_000_000, packets in 0u64..500, bytes in 0u64..100_000) {
            let parts = parts(&recorded(first, first + length, packets, bytes));
            prop_assert_eq!(parts.iter().map(|p| p.packets).sum::<u64>(), packets);
            prop_assert_eq!(parts.iter().map(|p| p.bytes).sum::<u64>(), bytes);
            prop_assert_eq!(parts.iter().map(|p| p.flows).sum::<u64>(), 1);
            prop_assert_eq!(parts.iter().map(|p| p.first).min(), Some(Timestamp::from_seconds(first)));
            prop_assert_eq!(parts.iter().map(|p| p.last).max(), Some(Timestamp::from_seconds(first + length)));
        }
    }
}
