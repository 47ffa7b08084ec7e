//! Other tools' records of a network on their way into Batches: what a reader of logs pushes is gathered
//! exactly as what the engine says of frames, by the same windows and under the same limits.

use crate::aggregate::{Aggregate, Feed, Limits};
use crate::observation::{Statistics, give};
use crate::watch::Watch;
use cordon_model::Timestamp;
use cordon_model::observe::{Batch, Fact, Flow, InputReport, Seen, SeenEvent, Sink};
use cordon_observe::HostName;

/// The taking in of one file of records.
pub struct Import {
    aggregate: Aggregate,
    watch: Watch,
    statistics: Statistics,
}

impl Import {
    /// An import that has seen nothing; `sensor` is its name in its Batches, `path` the input's.
    pub fn new(sensor: String, path: &str, limits: Limits) -> Import {
        let mut aggregate = Aggregate::new(sensor, limits);
        aggregate.input(path);
        Import { aggregate, watch: Watch::default(), statistics: Statistics::default() }
    }

    /// Where records are pushed; a Batch whose window is over or that is full goes to `out`. The `packet` of
    /// what is pushed is the number of the row.
    pub fn sink<'a>(&'a mut self, out: &'a mut dyn FnMut(Batch)) -> impl Sink + 'a {
        Records { import: self, out }
    }

    /// Ends the import: gives out the last Batch, which carries the input's report.
    pub fn finish(mut self, report: InputReport, out: &mut dyn FnMut(Batch)) -> Statistics {
        self.aggregate.ended(report);
        if let Some(batch) = self.aggregate.end_window() {
            give(&mut self.statistics, &mut self.watch, batch, out);
        }
        self.statistics
    }
}

struct Records<'a> {
    import: &'a mut Import,
    out: &'a mut dyn FnMut(Batch),
}

impl Records<'_> {
    /// Ends the window when `at` lies behind it. Logs are written when something ended, so that times before
    /// the window are usual and stay in it.
    fn push(&mut self, at: Timestamp, push: impl FnOnce(&mut Feed<'_>)) {
        let Import { aggregate, watch, statistics } = &mut *self.import;
        let mut out = |batch: Batch| give(statistics, watch, batch, &mut *self.out);
        if aggregate.is_behind(at)
            && let Some(batch) = aggregate.end_window()
        {
            out(batch);
        }
        aggregate.pass(at);
        push(&mut Feed { aggregate, out: &mut out });
    }
}

impl Sink for Records<'_> {
    fn fact(&mut self, seen: Seen<'_>) {
        if !is_host_name(seen.fact) {
            return self.push(seen.at, |feed| feed.fact(seen));
        }
        // As in the engine: people's own devices are called after them.
        let name = HostName::of(seen.value.as_bytes());
        let value = std::str::from_utf8(name.text()).unwrap_or_default();
        self.push(seen.at, |feed| feed.fact(Seen { value, ..seen }));
    }

    fn flow(&mut self, flow: &Flow) {
        self.push(flow.first, |feed| feed.flow(flow));
    }

    fn event(&mut self, event: SeenEvent<'_>) {
        self.push(event.at, |feed| feed.event(event));
    }
}

/// True for facts whose values are names of hosts.
fn is_host_name(fact: Fact) -> bool {
    matches!(
        fact,
        Fact::DhcpHostname
            | Fact::DhcpFqdn
            | Fact::DnsName
            | Fact::DnsReverseName
            | Fact::DnsQuery
            | Fact::HttpHost
            | Fact::NtlmWorkstation
            | Fact::NtlmComputer
            | Fact::NtlmDnsComputer
            | Fact::KerberosComputer
            | Fact::RdpClientName
            | Fact::LldpSystemName
            | Fact::CdpDeviceId
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use cordon_model::Endpoint;

    fn seen(hour: i64, packet: u64) -> Seen<'static> {
        Seen {
            endpoint: Endpoint { ip: Some([10, 0, 0, 1].into()), ..Endpoint::default() },
            record: None,
            fact: Fact::DhcpHostname,
            value: "pump-7",
            at: Timestamp::from_seconds(hour * 3_600),
            packet,
        }
    }

    #[test]
    fn people_are_not_told_by_what_their_devices_are_called() {
        let mut import = Import::new("import of x".to_owned(), "x", Limits::default());
        let mut batches = Vec::new();
        let mut out = |batch| batches.push(batch);
        import.sink(&mut out).fact(Seen { value: "Annas-iPhone.clinic.example", ..seen(1, 1) });
        import.finish(InputReport::default(), &mut out);
        assert_eq!(batches[0].sightings[0].value, "iPhone.clinic.example");
    }

    #[test]
    fn windows_end_with_time_and_what_is_late_stays() {
        let limits = Limits { window_packets_min: 1, ..Limits::default() };
        let mut import = Import::new("import of x".to_owned(), "x", limits);
        let mut batches = Vec::new();
        let mut out = |batch| batches.push(batch);
        for (hour, row) in [(5, 1), (1, 2), (5, 3), (6, 4)] {
            import.sink(&mut out).fact(seen(hour, row));
        }
        let report = InputReport { path: "x".to_owned(), packets: 4, ..InputReport::default() };
        let statistics = import.finish(report, &mut out);
        assert_eq!((statistics.batches, statistics.sightings), (2, 2));
        let told: Vec<_> =
            batches.iter().map(|b| (b.sequence, b.sightings[0].count, b.health.inputs.len())).collect();
        assert_eq!(told, [(0, 3, 0), (1, 1, 1)]);
        assert_eq!(batches[0].inputs, ["x"]);
        assert_eq!(batches[0].sightings[0].source.packet, 1);
    }
}
